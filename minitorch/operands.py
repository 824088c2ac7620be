"""The cold path before a kernel: operands that aren't all Tensors of one dtype on one device become so.

Python numbers turn into 0-d tensors, dtypes are promoted by PyTorch's lattice, indices become int64, 0-d CPU tensors move to
the device of the others. Also what settings go through: dims count from the front, sizes are tuples of ints.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from . import dtypes
from .backend import Device, default_device, topmost
from .dtypes import DType
from .errors import DeviceMismatch, DTypeMismatch, ShapeMismatch, message
from .rows import OPS, Op
from .tensor import Tensor, wrap
from .type_limits import bounds

# --- Settings ---------------------------------------------------------------------------------------------------------

_ALL = tuple(tuple(range(ndim)) for ndim in range(65))


def to_dim(dim: Any, ndim: int) -> int:
    """One dimension, counted from the front."""
    if type(dim) is not int:
        try:
            dim = operator.index(dim)
        except TypeError:
            raise TypeError(f"expected a dimension as an int, got {type(dim).__name__}: {dim!r}") from None
    span = ndim or 1
    if not -span <= dim < span:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})")
    return dim + span if dim < 0 else dim


def to_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """Several dimensions, counted from the front; None and () mean all of them."""
    if dim is None:
        return _ALL[ndim]
    if type(dim) is int and ndim:
        return (to_dim(dim, ndim),)
    if isinstance(dim, tuple | list):
        dims = tuple([to_dim(d, ndim) for d in dim])
        if len(set(dims)) != len(dims):
            raise RuntimeError(
                f"dim {next(d for d in dims if dims.count(d) > 1)} appears multiple times in the list of dims"
            )
        return (dims if ndim else ()) or _ALL[ndim]
    return (to_dim(dim, ndim),) if ndim else (to_dim(dim, ndim),)[:0]


def to_dim_list(dims: Any, ndim: int) -> tuple[int, ...]:
    """Several dimensions, counted from the front, where () means none."""
    return () if isinstance(dims, Sequence) and not dims else to_dims(dims, ndim)


def to_sizes(sizes: Any, ndim: int = 0) -> tuple[int, ...]:
    """A shape as a tuple of ints."""
    if isinstance(sizes, tuple | list | range):
        return tuple([size if type(size) is int else operator.index(size) for size in sizes])
    return (operator.index(sizes),)


def infer_size(size: tuple[int, ...], count: int) -> tuple[int, ...]:
    """A shape for `count` elements in which one size may be -1: as many as are left."""
    for index, length in enumerate(size):
        if length < -1:
            raise RuntimeError(f"invalid shape dimension {length} at index {index} of shape {list(size)}")
        if length == -1 and -1 in size[:index]:
            raise RuntimeError("only one dimension can be inferred")
    known = abs(math.prod(size))
    if known == count == 0 and -1 in size:
        raise RuntimeError(
            f"cannot reshape tensor of {count} elements into shape {list(size)} because the unspecified dimension size "
            "-1 can be any value and is ambiguous"
        )
    if known != count and (-1 not in size or not known or count % known):
        raise ShapeMismatch(f"shape '{list(size)}' is invalid for input of size {count}")
    return tuple([count // known if length == -1 else length for length in size])


def to_number(name: str, value: Any) -> Any:
    """A number, perhaps out of a Tensor of one; `name` is the argument's, for the error."""
    if type(value) is int or type(value) is float:
        return value
    value = value.item() if isinstance(value, Tensor | np.generic) else value
    if dtypes.of_number(value) is None:
        raise TypeError(f"argument '{name}' must be Number, not {type(value).__name__}")
    return value


def to_float(name: str, value: Any) -> Any:
    """A number for a kernel of floats: an int becomes a float, since one of 65 bits is no number to NumPy."""
    value = to_number(name, value)
    if isinstance(value, complex):
        raise RuntimeError(f"argument '{name}' is complex: {value} cannot be converted to type double without overflow")
    return float(value) if isinstance(value, int) else value


# --- Operands ---------------------------------------------------------------------------------------------------------

_constants: dict[tuple, Tensor] = {}


def constant(value: Any, dtype: DType, device: Device, exact: bool = False) -> Tensor:
    """A 0-d tensor of a Python number; common ones are kept, since `x * 2.0` would make one each time.

    Whole numbers beyond an integer type are taken modulo its range, as in C: so PyTorch computes and compares with them. Ops that
    refuse them ask `ops.conversion.fitted` first. An `exact` one of 16 bits has an array of 32, for a kernel that computes in
    float32 and rounds its result alone.
    """
    key = (value or repr(value), dtype, device, exact)  # 0.0 and -0.0 are equal, and would find each other
    found = _constants.get(key)
    if found is None:
        if device.backend.inner is not None:
            return OPS["to_device"].function(constant(value, dtype, device.backend.inner), device)
        if dtype.category == dtypes.INTEGER:
            low, high = bounds(dtype)
            if not low <= value <= high:
                value = _wrapped(value, dtype)
        kind = dtypes.float32 if exact else dtype
        array = dtypes.number_array(value, kind)
        array.setflags(write=False)
        found = wrap(device.backend.from_host(array, kind, device), dtype, device)
        if len(_constants) < 1024:
            _constants[key] = found
    return found


def _wrapped(value: int, dtype: DType) -> int:
    if not -(2**63) <= value < 2**64:
        raise OverflowError(f"value {value} cannot be converted to type {dtype.name} without overflow")
    return np.array(int(value) % 2**64, np.uint64).astype(dtype.name).item()


def regular(op: Op, operands: Sequence[Any], cast: DType | None) -> list[Any]:
    """The operands as the template wants them: Tensors of one dtype on one device."""
    device = _common_device(op, operands)
    operands = [
        t if isinstance(t, Tensor) and t.device is device else _lift(op, p, t, device)
        for p, t in zip(op.operands, operands, strict=True)
    ]
    dtype = _common_dtype(op, _promoted(op, operands), cast)
    return [
        t if isinstance(t, Tensor) and t.dtype is dtype and p.kind == "Array" else _convert(op, p, t, dtype, device)
        for p, t in zip(op.operands, operands, strict=True)
    ]


def _flat(op: Op, operands: Sequence[Any]) -> Sequence[Any]:
    """The operands, and those in a list as well."""
    if op.operands[0].kind != "list[Array]":
        return operands
    return [value for _, value in _named(op, operands)]


def _named(op: Op, operands: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Each operand with its name; those in a list are numbered."""
    for parameter, value in zip(op.operands, operands, strict=True):
        if parameter.kind == "list[Array]" and _listed(op, value):
            yield from ((f"{parameter.name}[{number}]", element) for number, element in enumerate(value))
        else:
            yield parameter.name, value


def _listed(op: Op, value: Any) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"{op.name}(): argument 'tensors' must be tuple of Tensors, not {type(value).__name__}")
    if not value:
        raise RuntimeError(f"{op.name}(): expected a non-empty list of Tensors")
    return True


def _promoted(op: Op, operands: Sequence[Any]) -> list[Any]:
    """Those values that take part in promotion."""
    if op.operands[0].kind == "list[Array]":
        return list(operands[0])
    pairs = zip(op.operands, operands, strict=True)
    return [value for p, value in pairs if value is not None and p.kind in ("Array", "Array | None")]


def _common_device(op: Op, operands: Sequence[Any]) -> Device:
    tensors = [value for value in _flat(op, operands) if isinstance(value, Tensor)]
    devices = {tensor.device for tensor in tensors}
    if len(devices) > 1:
        devices = {tensor.device for tensor in tensors if _stays(tensor)}
    if len(devices) > 1:
        top = topmost(devices)  # a transform's; the others are lifted to it
        if top is not None:
            return top
        named: dict[Device, str] = {}
        for name, value in _named(op, operands):
            if isinstance(value, Tensor) and _stays(value):
                named.setdefault(value.device, name)
        raise DeviceMismatch(
            message(
                f"{op.name}(): Expected all tensors to be on the same device",
                where=f"the arguments of {op.name}",
                expected="one device",
                got=", ".join(f"{name} on {device.qualified}" for device, name in named.items()),
                hint="move them first, for example with tensor.to(other.device)",
            )
        )
    if devices:
        return devices.pop()
    return tensors[0].device if tensors else default_device()


def _stays(tensor: Tensor) -> bool:
    """Is it others that move to its device? A 0-d tensor on the cpu is as good as a number."""
    return bool(tensor._array.shape) or tensor.device.type != "cpu" or tensor.device.backend.inner is not None


def _lift(op: Op, parameter: Any, value: Any, device: Device) -> Any:
    """Check an operand's Python type; numbers stay numbers until the dtype is known."""
    if isinstance(value, Tensor):
        return value if value.device is device else OPS["to_device"].function(value, device)
    if value is None and parameter.kind.endswith("None"):
        return value
    if isinstance(value, list | tuple) and parameter.kind == "list[Array]":
        return [_lift(op, _SINGLE, element, device) for element in value]
    if op.numbers and parameter.kind in ("Array", "Mask") and dtypes.of_number(value) is not None:
        return value
    hint = (
        "wrap it with minitorch.tensor(...) or minitorch.from_numpy(...)"
        if isinstance(value, np.ndarray | list)
        else None
    )
    raise TypeError(
        message(
            f"{op.name}(): argument '{parameter.name}' must be Tensor, not {type(value).__name__}",
            expected="a Tensor or a number" if op.numbers else "a Tensor",
            got=f"{type(value).__name__}: {shortened(value)}",
            hint=hint,
        )
    )


def shortened(value: Any) -> str:
    """The repr of a value, or its beginning."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class _SINGLE:
    kind, name = "Array", "tensors"


def _common_dtype(op: Op, values: Sequence[Any], cast: DType | None) -> DType | None:
    """The dtype in which the kernel computes."""
    if not values:
        return None
    tensors = [value for value in values if isinstance(value, Tensor)]
    if not op.promote and cast is None and len({tensor.dtype for tensor in tensors}) > 1:
        names = " and ".join(repr(tensor.dtype) for tensor in tensors)
        raise DTypeMismatch(
            message(
                f"{op.name}(): expected all arguments to have the same dtype, but got {names}",
                where=f"the arguments of {op.name}",
                expected="one dtype",
                got=names,
                hint="convert one of them, for example with .to(other.dtype)",
            )
        )
    numbers = [dtypes.of_number(value) for value in values if not isinstance(value, Tensor)]
    dtype = cast or dtypes.result_of(
        [t.dtype for t in tensors if t._array.shape],
        [t.dtype for t in tensors if not t._array.shape],
        [number for number in numbers if number is not None],
    )
    if op.takes == "inexact" and not dtype.inexact:
        return dtypes.get_default_dtype()
    category = ("bool", "integer", "float", "complex")[dtype.category]
    if category in op.refuses:
        raise RuntimeError(
            f'"{op.name}" not implemented for {dtype!r}: it takes no {category} tensors; convert the operands first'
        )
    if op.takes == "floats" and not dtype.inexact:
        raise RuntimeError(
            message(
                f"{op.name}(): could not infer output dtype. Input dtype must be either a floating point or "
                f"complex dtype. Got: {dtype!r}",
                hint="convert it first with .float()",
            )
        )
    if op.takes == "numbers" and dtype is dtypes.bool:
        return dtypes.int64
    if op.takes == "accumulates" and not dtype.accumulates and cast is None:
        return dtypes.int64
    return dtype


def _convert(op: Op, parameter: Any, value: Any, dtype: DType | None, device: Device) -> Any:
    if value is None:
        return None
    if parameter.kind == "list[Array]":
        return [_convert(op, _SINGLE, element, dtype, device) for element in value]
    if parameter.kind.startswith("Index"):
        if value.dtype.category != dtypes.INTEGER:
            raise _wrong_index(op, parameter, value)
        dtype = dtypes.int64
    elif parameter.kind == "Mask":
        if not isinstance(value, Tensor):
            return constant(bool(value), dtypes.bool, device)
        if value.dtype is not dtypes.bool:
            raise RuntimeError(f"{op.name}(): expected '{parameter.name}' to be a bool tensor, but got {value.dtype!r}; "
                               "compare first, for example mask != 0")  # fmt: skip
        return value
    if not isinstance(value, Tensor):
        dtype = dtype or dtypes.get_default_dtype()
        return constant(value, dtype, device, not dtype.full and _stays_exact(op, parameter, dtype, device))
    if dtype is None or value.dtype is dtype:
        return value
    alone = not dtype.full and not value._array.shape and not value.requires_grad
    if alone and _stays_exact(op, parameter, dtype, device):
        return wrap(OPS["cast"].function(value, dtypes.float32)._array, dtype, device)
    return OPS["cast"].function(value, dtype)


def _stays_exact(op: Op, parameter: Any, dtype: DType, device: Device) -> bool:
    """Is a number beside 16-bit floats left as it is? 1e5 is no float16, and yet 1e-3 * 1e5 is one."""
    backend = device.backend
    widened = backend.inner is None and not backend.short_floats and op.name not in backend.short_kernels
    return parameter.name == op.exact and dtype.is_floating_point and not dtype.storage and widened


def _wrong_index(op: Op, parameter: Any, value: Tensor) -> Exception:
    return RuntimeError(
        message(
            f"{op.name}(): Expected tensor for argument '{parameter.name}' to have scalar type Long or Int",
            expected="torch.int64 or torch.int32",
            got=repr(value.dtype),
            hint="convert it with .long()",
        )
    )


def some(mask: Tensor) -> bool:
    """Is any element True? For checks that raise: vmap asks for all slices together, and on meta the answer is no."""
    if mask._view is not None:
        mask._sync()
    return mask.device.backend.some(mask._array)


def meet(*tensors: Tensor) -> list[Tensor]:
    """Tensors of which one is part of a transform (minitorch.transforms), all lifted to it; others stay as they are."""
    devices = {tensor.device for tensor in tensors}
    top = topmost(devices) if len(devices) > 1 else None
    return list(tensors) if top is None else [tensor.to(top) for tensor in tensors]


def as_index(values: Sequence[Any] | np.ndarray, device: Device) -> Tensor:
    """Python ints, in lists or lists of lists, as an int64 tensor."""
    array = np.array(values, np.int64)
    return wrap(device.backend.from_host(array, dtypes.int64, device), dtypes.int64, device)
