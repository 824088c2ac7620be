"""The number types: PyTorch's names, categories and promotion lattice.

A `DType` says what a Tensor's elements are, independently of any array library; each backend maps it to its library's own
type. Promotion is decided here and nowhere else: kernels always get operands of one dtype. The lattice is PyTorch's
(https://docs.pytorch.org/docs/stable/tensor_attributes.html): bool < integers < floats < complex, where 0-d tensors and
Python numbers are weak: they change the result only by a higher category. What a type holds (`finfo`, `iinfo`) stands in
type_limits.py.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Any

import numpy as np

BOOL, INTEGER, FLOAT, COMPLEX = range(4)


class DType:
    """One element type; compare with `is`."""

    __slots__ = ("accumulates", "category", "full", "inexact", "itemsize", "name", "storage")

    def __init__(self, name: str, category: builtins.int, itemsize: builtins.int):
        self.name = name
        self.category = category
        self.itemsize = itemsize  # bytes
        self.inexact = category >= FLOAT
        # Is it for storage and conversions alone? PyTorch moves and compares float8, and computes nothing in it.
        self.storage = name.startswith("float8")
        # Has it the precision to compute in? In the 16-bit floats PyTorch computes in float32 and rounds once.
        self.full = not (self.storage or name in ("float16", "bfloat16"))
        # May a sum be kept in this type? PyTorch sums bools and other integers in int64.
        self.accumulates = self.inexact or name == "int64"

    @property
    def is_floating_point(self) -> builtins.bool:
        return self.category == FLOAT

    @property
    def is_complex(self) -> builtins.bool:
        return self.category == COMPLEX

    @property
    def is_signed(self) -> builtins.bool:
        return not (self.category == BOOL or self.name.startswith("uint") or self is float8_e8m0fnu)

    @property
    def abbr(self) -> str:
        """The short name: f32, i64, bf16."""
        if self.category == BOOL:
            return "b8"
        return (
            self.name.replace("uint", "u")
            .replace("int", "i")
            .replace("complex", "c")
            .replace("float", "f")
            .replace("_", "")
        )

    def to_real(self) -> DType:
        """The type of the real part: complex64 -> float32; a real type is its own."""
        return {complex64: float32, complex128: float64}.get(self, self)

    def to_complex(self) -> DType:
        """The complex type of the same precision: float32 -> complex64 (of float16 too: there is no complex32 here)."""
        if not self.inexact or self.storage:
            raise RuntimeError(f"{self!r} has no complex type: only float16, bfloat16, float32 and float64 have")
        return {float64: complex128, complex128: complex128}.get(self, complex64)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


bool = DType("bool", BOOL, 1)
uint8 = DType("uint8", INTEGER, 1)
uint16 = DType("uint16", INTEGER, 2)
uint32 = DType("uint32", INTEGER, 4)
uint64 = DType("uint64", INTEGER, 8)
int8 = DType("int8", INTEGER, 1)
int16 = short = DType("int16", INTEGER, 2)
int32 = int = DType("int32", INTEGER, 4)
int64 = long = DType("int64", INTEGER, 8)
float16 = half = DType("float16", FLOAT, 2)
bfloat16 = DType("bfloat16", FLOAT, 2)
float8_e4m3fn = DType("float8_e4m3fn", FLOAT, 1)
float8_e4m3fnuz = DType("float8_e4m3fnuz", FLOAT, 1)
float8_e5m2 = DType("float8_e5m2", FLOAT, 1)
float8_e5m2fnuz = DType("float8_e5m2fnuz", FLOAT, 1)
float8_e8m0fnu = DType("float8_e8m0fnu", FLOAT, 1)
float32 = float = DType("float32", FLOAT, 4)
float64 = double = DType("float64", FLOAT, 8)
complex64 = cfloat = DType("complex64", COMPLEX, 8)
complex128 = cdouble = DType("complex128", COMPLEX, 16)

FLOAT8 = (float8_e4m3fn, float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz, float8_e8m0fnu)
ALL = (
    bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64,
    float16, bfloat16, float32, float64, complex64, complex128, *FLOAT8,
)  # fmt: skip
BY_NAME = {dtype.name: dtype for dtype in ALL}


# --- NumPy's names for them -------------------------------------------------------------------------------------------

FOREIGN = (bfloat16, *FLOAT8)  # NumPy has no such types of its own; the package ml-dtypes brings them
_NUMPY = {np.dtype(dtype.name): dtype for dtype in ALL if dtype not in FOREIGN}
_TO_NUMPY = {dtype: numpy for numpy, dtype in _NUMPY.items()}


def numpy_dtype(dtype: DType) -> np.dtype:
    """The NumPy dtype of `dtype`; bfloat16 and float8 need the package ml-dtypes (extra `dtypes`)."""
    found = _TO_NUMPY.get(dtype)
    if found is None:
        if not isinstance(dtype, DType):
            raise TypeError(
                f"dtype must be a torch.dtype such as minitorch.float32, not {type(dtype).__name__}: {dtype!r}"
            )
        found = _TO_NUMPY[dtype] = _of_ml_dtypes(dtype)
        _NUMPY[found] = dtype
    return found


def converted(array: np.ndarray, dtype: DType) -> np.ndarray:
    """`array.astype`, for float8 as PyTorch does it: through float32, and within its range."""
    native = numpy_dtype(dtype)
    if dtype.storage and array.dtype != native:
        array = within(np, array.astype(np.float32), dtype)
    return array.astype(native, copy=False)


def number_array(value: Any, dtype: DType) -> np.ndarray:
    """A 0-d array of a number."""
    native = numpy_dtype(dtype)
    return converted(np.array(value), dtype) if dtype.storage else np.array(value, native)


def within(xp: Any, array: Any, dtype: DType) -> Any:
    """A float32 array in a float8 range where PyTorch keeps it: of float8_e4m3fn (448) and e8m0fnu (no sign, no 0)."""
    if dtype is float8_e4m3fn:
        return xp.clip(array, -448, 448)
    return xp.clip(xp.abs(array), 2.0**-127, None) if dtype is float8_e8m0fnu else array


def from_numpy_dtype(numpy: np.dtype) -> DType:
    """The DType of a NumPy dtype; TypeError where PyTorch has none (strings, objects, longdouble)."""
    found = _NUMPY.get(numpy)
    if found is None:
        numpy = np.dtype(numpy).newbyteorder("=")
        found = _NUMPY.get(numpy)
    if found is None:
        found = next((dtype for dtype in FOREIGN if dtype.name == numpy.name), None)
        if found is not None:
            numpy_dtype(found)
    if found is None:
        supported = ", ".join(dtype.name for dtype in ALL)
        raise TypeError(f"can't convert an array of NumPy dtype {numpy}: expected one of {supported}")
    return found


def _of_ml_dtypes(dtype: DType) -> np.dtype:
    try:
        import ml_dtypes

        return np.dtype(getattr(ml_dtypes, dtype.name))
    except (ImportError, AttributeError) as error:
        missing = "is not installed" if isinstance(error, ImportError) else "is older than 0.5"
        raise ImportError(
            f"{dtype.name}: NumPy has no such type of its own; it comes from the package ml-dtypes, which {missing}; "
            "install the extra: pip install 'minitorch-ref[dtypes]'"
        ) from error


# --- The default floating type ----------------------------------------------------------------------------------------

_default = float32


def get_default_dtype() -> DType:
    """The type of Python floats and of creation functions without a `dtype=`: float32 until it is set."""
    return _default


def set_default_dtype(dtype: DType) -> None:
    """Make `dtype` (floating point) the default for new tensors."""
    global _default
    if not isinstance(dtype, DType) or dtype.category != FLOAT or dtype.storage:
        raise TypeError(f"only floating-point types are supported as the default type, got {dtype!r}")
    _default = dtype
    _result_cache.clear()


# --- Promotion --------------------------------------------------------------------------------------------------------

_BAREBONES = (uint16, uint32, uint64)  # PyTorch stores them, but promotes them to floats only


def promote_types(type1: DType, type2: DType) -> DType:
    """The smallest type that holds both, by PyTorch's lattice.

    >>> promote_types(int32, float16)
    torch.float16
    """
    for name, dtype in (("type1", type1), ("type2", type2)):
        require("promote_types", name, dtype)
    if type1 is type2:
        return type1
    if type1.storage or type2.storage:
        raise RuntimeError(
            f"Promotion for Float8 Types is not supported, attempted to promote {type1.name} and {type2.name}; "
            "convert one of them with .to(...) first"
        )
    low, high = sorted((type1, type2), key=lambda dtype: (dtype.category, dtype.itemsize))
    if high.category != FLOAT and (low in _BAREBONES or high in _BAREBONES):
        raise RuntimeError(
            f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {low.name} and "
            f"{high.name}; convert one of them with .to(...) first"
        )
    if high.category == COMPLEX:
        return complex128 if low is float64 else high
    if low.category != high.category:
        return high
    if high.category == FLOAT:
        return float32 if high.itemsize == low.itemsize else high
    return (
        int16 if low.itemsize == high.itemsize else high
    )  # of one size there are uint8 and int8, and neither holds both


def require(function: str, name: str, dtype: object) -> None:
    """Refuse what is no dtype."""
    if not isinstance(dtype, DType):
        raise TypeError(f"{function}(): argument '{name}' must be minitorch.dtype, not {type(dtype).__name__}")


def can_cast(from_: DType, to: DType) -> builtins.bool:
    """May a result of type `from_` be written to a tensor of type `to`? Never to a lower category."""
    require("can_cast", "from_", from_)
    require("can_cast", "to", to)
    return from_.category <= to.category and not (to.category == BOOL and from_.category != BOOL)


def of_number(value: object) -> DType | None:
    """The type of a Python (or NumPy) scalar, None if it is none."""
    kind = _NUMBERS.get(type(value))
    if kind is None:
        for python_type, name in ((builtins.bool, BOOL), (builtins.int, INTEGER), (builtins.float, FLOAT)):
            if isinstance(value, python_type):
                kind = name
                break
        else:
            if isinstance(value, np.generic):
                kind = from_numpy_dtype(value.dtype).category
            elif isinstance(value, builtins.complex):
                kind = COMPLEX
            else:
                return None
    return (bool, int64, _default, _default.to_complex())[kind]


_NUMBERS = {builtins.bool: BOOL, builtins.int: INTEGER, builtins.float: FLOAT, builtins.complex: COMPLEX}


def result_of(tensors: Iterable[DType], zero_dim: Iterable[DType] = (), numbers: Iterable[DType] = ()) -> DType:
    """The result type of tensors with dimensions, 0-d tensors and Python numbers, each group weaker than the one before."""
    key = (tuple(tensors), tuple(zero_dim), tuple(numbers))
    found = _result_cache.get(key)
    if found is None:
        strong, weak, weaker = (_promote_all(group) for group in key)
        found = _combine(strong, _combine(weak, weaker))
        if found is None:
            raise ValueError("result_of: expected at least one tensor or number")
        _result_cache[key] = found
    return found


_result_cache: dict[tuple, DType] = {}


def _promote_all(dtypes: tuple[DType, ...]) -> DType | None:
    result = None
    for dtype in dtypes:
        result = dtype if result is None else promote_types(result, dtype)
    return result


def _combine(strong: DType | None, weak: DType | None) -> DType | None:
    if strong is None or weak is None:
        return weak if strong is None else strong
    if strong.category >= weak.category:
        return strong
    if strong.category == FLOAT:  # a complex number against real tensors keeps their precision
        return strong.to_complex()
    return weak if weak.category == COMPLEX else promote_types(strong, weak)
