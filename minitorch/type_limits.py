"""What the number types hold: `finfo` of floating types, `iinfo` of whole ones."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

from . import dtypes
from .dtypes import DType


class Format(NamedTuple):
    """How a floating type stores numbers: binary digits, the least exponent of a normal number, the largest number."""

    digits: int  # of the significand, the leading one included
    least_exponent: int
    largest: float


FORMATS = {
    dtypes.float16: Format(11, -14, 65504.0),
    dtypes.bfloat16: Format(8, -126, math.ldexp(2 - 2.0**-7, 127)),
    dtypes.float32: Format(24, -126, math.ldexp(2 - 2.0**-23, 127)),
    dtypes.float64: Format(53, -1022, math.ldexp(2 - 2.0**-52, 1023)),
    # Eight bits (Micikevicius et al. 2022, arXiv:2209.05433): exponent, mantissa; fn: no infinities; uz: no minus zero.
    dtypes.float8_e4m3fn: Format(4, -6, 448.0),
    dtypes.float8_e4m3fnuz: Format(4, -7, 240.0),
    dtypes.float8_e5m2: Format(3, -14, 57344.0),
    dtypes.float8_e5m2fnuz: Format(3, -15, 57344.0),
    dtypes.float8_e8m0fnu: Format(1, -127, math.ldexp(1, 127)),  # powers of two alone: no sign, no zero
}


class _Limits:
    """What a type holds; equal for equal types, and never changed."""

    __slots__ = ("bits", "dtype", "max", "min")
    shown: tuple[str, ...] = ()  # attributes that the repr tells, in its order

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"attribute {name!r} of {type(self).__name__!r} objects is not writable")

    def _set(self, **facts: Any) -> None:
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Limits) and type(other) is type(self) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash((type(self), self.dtype))

    def __reduce__(self) -> tuple:
        return type(self), (dtypes.BY_NAME[self.dtype],)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={getattr(self, name):g}" for name in self.shown)
        return f"{type(self).__name__}({numbers}, dtype={self.dtype})"


class finfo(_Limits):
    """The limits of a floating type, or of the parts of a complex one; of the default type if none is named.

    `eps` is the distance from 1 to the next number, `tiny` and `smallest_normal` the smallest number of full precision,
    `resolution` the decimal digits that survive, as a power of ten.

    >>> finfo(dtypes.float16)
    finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, tiny=6.10352e-05, dtype=float16)
    """

    __slots__ = ("eps", "resolution", "smallest_normal", "tiny")
    shown = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, type: DType | None = None):
        asked = dtypes.get_default_dtype() if type is None else type
        dtypes.require("finfo", "type", asked)
        if not asked.inexact:
            raise TypeError(f"finfo() requires a floating point input type, got {asked!r}; use iinfo for whole numbers")
        kind = asked.to_real()
        digits, exponent, largest = FORMATS[kind]
        tiny = math.ldexp(1, exponent)
        self._set(
            dtype=kind.name,
            bits=8 * kind.itemsize,
            max=largest,
            min=-largest if kind.is_signed else tiny,
            # PyTorch says 1/8 of float8_e5m2fnuz too, though the number after 1 is 1.25.
            eps=0.125 if kind is dtypes.float8_e5m2fnuz else math.ldexp(1, 1 - digits),
            tiny=tiny,
            smallest_normal=tiny,
            resolution=float(f"1e-{math.floor((digits - 1) * math.log10(2))}"),
        )


class iinfo(_Limits):
    """The limits of a type of whole numbers.

    >>> iinfo(dtypes.uint8)
    iinfo(min=0, max=255, dtype=uint8)
    """

    __slots__ = ()
    shown = ("min", "max")

    def __init__(self, type: DType):
        dtypes.require("iinfo", "type", type)
        if type.inexact:
            raise TypeError(f"iinfo() requires an integer input type, got {type!r}; use finfo for floating point")
        if type is dtypes.bool:
            raise TypeError("torch.bool is not supported by iinfo: it holds False and True")
        bits = 8 * type.itemsize
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if type.is_signed else (0, (1 << bits) - 1)
        self._set(dtype=type.name, bits=bits, min=low, max=high)


@cache
def bounds(dtype: DType) -> tuple[float, float]:
    """The smallest and the largest number of a type, of which whole types have ints."""
    limits = finfo(dtype) if dtype.inexact else iinfo(dtype)
    return limits.min, limits.max
