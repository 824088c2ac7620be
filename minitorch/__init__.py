"""minitorch: PyTorch that you can read."""

from minitorch import dtypes
from minitorch.backend import Device as device
from minitorch.backend import set_backend, use_backend
from minitorch.dtypes import (
    DType as dtype, bfloat16, bool, cdouble, cfloat, complex64, complex128, double, float, float16, float32, float64, get_default_dtype,
    half, int, int8, int16, int32, int64, long, promote_types, set_default_dtype, short, uint8, uint16, uint32, uint64,
)  # fmt: skip
from minitorch.ops import *  # noqa: F403
from minitorch.printing import set_printoptions
from minitorch.size import Size
from minitorch.tensor import Tensor
from minitorch.version import __version__
from minitorch import autograd
from minitorch.autograd import enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled
