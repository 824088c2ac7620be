"""Samples: what a row is tried on, by conformance, gradcheck and the comparison with PyTorch.

A row says `samples=binary(low=0.5)` or gives a function of its own that yields `Sample`s, made with the `make` it is handed:

    def samples(make):
        yield Sample(make(2, 3), 1, keepdim=True)

`make` decides dtype, backend and randomness, so the same samples serve every dtype and backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Samples = Callable[[Any], Iterator["Sample"]]


class Sample:
    """One call: the arguments, the first of which are mostly tensors."""

    __slots__ = ("args", "kwargs")

    def __init__(self, *args: Any, **kwargs: Any):
        self.args = args
        self.kwargs = kwargs

    def __repr__(self) -> str:
        shown = [_brief(value) for value in self.args] + [
            f"{name}={_brief(value)}" for name, value in self.kwargs.items()
        ]
        return f"({', '.join(shown)})"


def _brief(value: Any) -> str:
    if hasattr(value, "_array"):
        return f"{value.dtype.name}{list(value.shape)}"
    if isinstance(value, list | tuple) and value and hasattr(value[0], "_array"):
        return "[" + ", ".join(map(_brief, value)) + "]"
    return repr(value)


class ErrorSample(NamedTuple):
    """A call that must be refused, with which error."""

    sample: Sample
    error: type[Exception] | tuple[type[Exception], ...]
    pattern: str


def unary(low: float = -3.0, high: float = 3.0, **settings: Any) -> Samples:
    """One operand with values in [low, high]: a matrix, a vector, a scalar, an empty one, a transposed one."""

    def samples(make: Any) -> Iterator[Sample]:
        for shape in ((2, 3), (5,), (), (0, 2)):
            yield Sample(make(*shape, low=low, high=high), **settings)
        yield Sample(make.strided(3, 4, low=low, high=high), **settings)

    return samples


def binary(
    low: float = -3.0, high: float = 3.0, low2: float | None = None, high2: float | None = None, **settings: Any
) -> Samples:
    """Two operands: equal shapes, broadcast both ways, scalars, empty ones, transposed ones, and a Python number."""
    low2, high2 = (low if low2 is None else low2), (high if high2 is None else high2)

    def samples(make: Any) -> Iterator[Sample]:
        for first, second in (((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((), ()), ((0, 2), (2,))):
            yield Sample(make(*first, low=low, high=high), make(*second, low=low2, high=high2), **settings)
        yield Sample(make.strided(3, 4, low=low, high=high), make(3, 4, low=low2, high=high2), **settings)
        yield Sample(make(2, 2, low=low, high=high), (low2 + high2) / 2 + 0.5, **settings)

    return samples


def reduction(low: float = -3.0, high: float = 3.0, several: bool = True, **settings: Any) -> Samples:
    """One operand reduced over all dims, one, the last, several; with and without keepdim."""

    def samples(make: Any) -> Iterator[Sample]:
        yield Sample(make(2, 3, low=low, high=high), **settings)
        yield Sample(make(2, 3, 4, low=low, high=high), 1, **settings)
        yield Sample(make.strided(3, 4, low=low, high=high), -1, True, **settings)
        yield Sample(make(low=low, high=high), **settings)
        if several:
            yield Sample(make(2, 3, 4, low=low, high=high), (0, 2), **settings)
            yield Sample(make(2, 3, 4, low=low, high=high), (-1, 0), True, **settings)

    return samples
