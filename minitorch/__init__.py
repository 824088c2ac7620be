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

from minitorch import (
    autograd,
    backend,
    backends,
    cuda,
    fft,
    func,
    linalg,
    masked,
    nn,
    ops,
    optim,
    signal,
    special,
    utils,
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
from minitorch.backend import set_backend, use_backend
from minitorch.determinism import are_deterministic_algorithms_enabled, use_deterministic_algorithms
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
from minitorch.func import vmap
from minitorch.ops import *  # noqa: F403
from minitorch.printing import get_printoptions, printoptions, set_printoptions
from minitorch.size import Size
from minitorch.tensor import Tensor
from minitorch.version import __version__

inf, nan, pi, e, newaxis = _math.inf, _math.nan, _math.pi, _math.e, None

__all__ = [
    "Size", "Tensor", "__version__", "are_deterministic_algorithms_enabled", "autograd", "backend", "backends",
    "bfloat16", "bool", "can_cast", "cdouble", "cfloat", "complex128", "complex64", "cuda", "device", "double", "dtype",
    "e", "enable_grad", "fft", "float", "func", "float16", "float32", "float64", "get_default_dtype", "get_printoptions",
    "half", "inf", "inference_mode", "int", "int16", "int32", "int64", "int8", "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled", "is_grad_enabled",
    "is_inference_mode_enabled", "linalg", "long", "masked", "nan", "newaxis", "nn", "no_grad", "ops", "optim", "pi",
    "printoptions", "promote_types", "set_anomaly_enabled", "set_backend", "set_default_dtype", "set_grad_enabled",
    "set_printoptions", "short", "signal", "special", "uint16", "uint32", "uint64", "uint8", "use_backend",
    "use_deterministic_algorithms", "utils", "vmap", *ops.__all__,
]  # fmt: skip

if _typing.TYPE_CHECKING:
    from minitorch.signatures import *  # noqa: F403  # the op table's functions

    def __getattr__(name: str) -> _typing.Any: ...
