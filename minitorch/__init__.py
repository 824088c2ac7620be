"""minitorch: PyTorch that you can read. The same names and the same numbers, in pure Python, over any array library.

    >>> import minitorch
    >>> x = minitorch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])

This file holds the public names and nothing else. Ops come from the op table (`minitorch/ops`), which is where to read what
one does and what its derivative is.
"""

import math as _math
import typing as _typing
from importlib import import_module as _import_module

from minitorch.config import let_blas_sleep as _let_blas_sleep

_let_blas_sleep()  # before anything below loads NumPy

from minitorch import (
    accelerator,
    amp,
    autograd,
    backend,
    backends,
    cpu,
    cuda,
    fft,
    func,
    linalg,
    masked,
    nn,
    ops,
    optim,
    random,
    signal,
    special,
    utils,
)
from minitorch.amp import GradScaler, autocast
from minitorch.amp.switches import (
    autocast_decrement_nesting,
    autocast_increment_nesting,
    clear_autocast_cache,
    get_autocast_cpu_dtype,
    get_autocast_dtype,
    get_autocast_gpu_dtype,
    is_autocast_cache_enabled,
    is_autocast_cpu_enabled,
    is_autocast_enabled,
    set_autocast_cache_enabled,
    set_autocast_cpu_dtype,
    set_autocast_cpu_enabled,
    set_autocast_dtype,
    set_autocast_enabled,
    set_autocast_gpu_dtype,
)
from minitorch.autograd import (
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from minitorch.autograd.anomaly_mode import set_anomaly_enabled
from minitorch.backend import Device as device
from minitorch.backend import default_device as get_default_device
from minitorch.backend import set_backend, set_default_device, use_backend
from minitorch.cpu import get_device_module
from minitorch.determinism import (
    are_deterministic_algorithms_enabled,
    get_deterministic_debug_mode,
    is_deterministic_algorithms_warn_only_enabled,
    set_deterministic_debug_mode,
    use_deterministic_algorithms,
)
from minitorch.dtypes import (
    DType as dtype,
)
from minitorch.dtypes import (
    bfloat16,
    bool,
    can_cast,
    cdouble,
    cfloat,
    complex64,
    complex128,
    double,
    float,
    float8_e4m3fn,
    float8_e4m3fnuz,
    float8_e5m2,
    float8_e5m2fnuz,
    float8_e8m0fnu,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    set_default_dtype,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from minitorch.errors import OutOfMemory as OutOfMemoryError
from minitorch.func import vmap
from minitorch.layouts import (
    Layout as layout,
)
from minitorch.layouts import (
    MemoryFormat as memory_format,
)
from minitorch.layouts import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    preserve_format,
    strided,
)
from minitorch.ops import *  # noqa: F403
from minitorch.overrides import DisableTorchFunction, DisableTorchFunctionSubclass
from minitorch.printing import get_printoptions, printoptions, set_printoptions
from minitorch.size import Size
from minitorch.storage import OLD_NAMES as _OLD_STORAGES
from minitorch.storage import TypedStorage, UntypedStorage, is_storage
from minitorch.switches import (
    get_float32_matmul_precision,
    get_num_interop_threads,
    get_num_threads,
    init_num_threads,
    set_float32_matmul_precision,
    set_flush_denormal,
    set_num_interop_threads,
    set_num_threads,
)
from minitorch.tensor import Tensor
from minitorch.type_limits import finfo, iinfo
from minitorch.version import __version__

inf, nan, pi, e, newaxis = _math.inf, _math.nan, _math.pi, _math.e, None
legacy_contiguous_format = contiguous_format
has_lapack = has_spectral = True  # matrices are factorized and transformed everywhere, by bodies if not by the library

__all__ = [
    "GradScaler", "accelerator", "amp",
    "autocast", "autocast_decrement_nesting", "autocast_increment_nesting", "clear_autocast_cache",
    "get_autocast_cpu_dtype", "get_autocast_dtype", "get_autocast_gpu_dtype", "is_autocast_cache_enabled",
    "is_autocast_cpu_enabled", "is_autocast_enabled", "set_autocast_cache_enabled", "set_autocast_cpu_dtype",
    "set_autocast_cpu_enabled", "set_autocast_dtype", "set_autocast_enabled", "set_autocast_gpu_dtype",
    "DisableTorchFunction", "DisableTorchFunctionSubclass", "OutOfMemoryError", "Size", "Tensor", "TypedStorage",
    "UntypedStorage", "__version__", "are_deterministic_algorithms_enabled", "autograd", "backend", "backends", "bfloat16",
    "bool", "can_cast", "cdouble", "cfloat", "channels_last", "channels_last_3d", "complex128", "complex64",
    "contiguous_format", "cpu", "cuda", "device", "double", "dtype", "e", "enable_grad", "fft", "finfo", "float", "float16",
    "float32", "float64", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "func",
    "get_default_device", "get_default_dtype", "get_deterministic_debug_mode", "get_device_module",
    "get_float32_matmul_precision", "get_num_interop_threads", "get_num_threads", "get_printoptions", "half", "has_lapack",
    "has_spectral", "iinfo", "inf", "inference_mode", "init_num_threads", "int", "int16", "int32", "int64", "int8",
    "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "is_deterministic_algorithms_warn_only_enabled", "is_grad_enabled",
    "is_inference_mode_enabled", "is_storage", "layout", "legacy_contiguous_format", "linalg", "long", "masked",
    "memory_format", "nan", "newaxis", "nn", "no_grad", "ops", "optim", "pi", "preserve_format", "printoptions",
    "promote_types", "random", "set_anomaly_enabled", "set_backend", "set_default_device", "set_default_dtype",
    "set_deterministic_debug_mode", "set_float32_matmul_precision", "set_flush_denormal", "set_grad_enabled",
    "set_num_interop_threads", "set_num_threads", "set_printoptions", "short", "signal", "special", "strided", "uint16",
    "uint32", "uint64", "uint8", "use_backend", "use_deterministic_algorithms", "utils", "vmap",
    *ops.__all__,
]  # fmt: skip

globals().update(_OLD_STORAGES)  # FloatStorage and its kin
__all__ += list(_OLD_STORAGES)

if _typing.TYPE_CHECKING:
    from minitorch.signatures import *  # noqa: F403  # the op table's functions

    def __getattr__(name: str) -> _typing.Any: ...  # the op table's functions
else:

    def __getattr__(name: str) -> _typing.Any:
        if name in ("distributions", "testing"):  # not everybody's, so they are imported at their first use
            return _import_module(f"minitorch.{name}")
        if name in ("complex32", "chalf"):
            raise AttributeError(f"minitorch has no {name}: complex numbers of two float16 are left out; use complex64")
        raise AttributeError(f"module 'minitorch' has no attribute {name!r}")
