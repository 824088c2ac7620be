"""Sampled functions: areas under them, their slopes, and the cross product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch import dtypes
from minitorch.operands import to_dim
from minitorch.ops.arranging import diff
from minitorch.ops.joining import cat
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import basic_index, narrow
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor

# --- Areas ------------------------------------------------------------------------------------------------------------


def _area_samples(make):
    yield Sample(make(2, 5))
    yield Sample(make(2, 5), make(5))
    yield Sample(make(5, 2), make(5, 1), dim=0)
    yield Sample(make(2, 5), dx=0.5)
    yield Sample(make(2, 1))


def _area_errors(make):
    yield ErrorSample(Sample(make(3), make(2)), RuntimeError, "one `x` value for each sample point")
    yield ErrorSample(Sample(make(3), make(3), dx=1.0), TypeError, "not both")


def _trapezoids(name: str, y: Tensor, x: Tensor | None, dx: Any, dim: int) -> tuple[Tensor, int]:
    """The areas between neighbouring points."""
    if x is not None and dx is not None:
        raise TypeError(f"{name}(): expected x or dx, but not both")
    if y.dtype is dtypes.bool or (x is not None and x.dtype is dtypes.bool):
        raise RuntimeError(f"{name}: received a bool input for `x` or `y`, but bool is not supported")
    if not y.ndim:
        raise IndexError(f"{name}(): Dimension specified as {dim} but tensor has no dimensions")
    y = y if y.dtype.inexact else y.long()  # the sums of small integers could overflow
    x = x if x is None or x.dtype.inexact else x.long()
    dim = to_dim(dim, y.ndim)
    size = y.shape[dim]
    if size == 0:
        return y, dim
    pairs = narrow(y, dim, 1, size - 1) + narrow(y, dim, 0, size - 1)
    if x is None:
        return pairs * ((1 if dx is None else dx) / 2), dim
    if x.ndim == 1 and x.shape[0] != size:
        raise RuntimeError(f"{name}: There must be one `x` value for each sample point, got {x.shape[0]} for {size}")
    shape = (-1, *(1,) * (y.ndim - 1 - dim)) if x.ndim == 1 else (*(1,) * (y.ndim - x.ndim), *x.shape)
    return pairs * diff(x.reshape(shape), dim=dim - y.ndim) / 2.0, dim


@composition(samples=_area_samples, errors=_area_errors, method=False)
def trapezoid(y: Array, x: Array | None = None, *, dx: float | None = None, dim: int = -1):
    """The area under y along `dim` by the trapezoidal rule, at the points x or at distances dx (1 unless given).

    out = sum over i of (x[i + 1] - x[i]) * (y[i] + y[i + 1]) / 2
    """
    areas, dim = _trapezoids("trapezoid", y, x, dx, dim)
    return areas.sum(dim)


@composition(samples=_area_samples, errors=_area_errors, method=False)
def cumulative_trapezoid(y: Array, x: Array | None = None, *, dx: float | None = None, dim: int = -1):
    """The areas under y from the first point to each later one along `dim` by the trapezoidal rule.

    out[n] = sum over i <= n of (x[i + 1] - x[i]) * (y[i] + y[i + 1]) / 2
    """
    areas, dim = _trapezoids("cumulative_trapezoid", y, x, dx, dim)
    return areas.cumsum(dim)


# --- Slopes -----------------------------------------------------------------------------------------------------------


def _gradient_samples(make):
    yield Sample(make(5))
    yield Sample(make(4, 3), spacing=2.0, edge_order=2)
    yield Sample(make(4, 3), spacing=(make.distinct((3,)).detach(),), dim=1)
    yield Sample(make(4, 3), spacing=[2.0, 0.5], dim=(0, 1))
    yield Sample(make(4), spacing=(make.distinct((4,)).detach(),), edge_order=2)


def _gradient_errors(make):
    yield ErrorSample(Sample(make(3), edge_order=3), RuntimeError, "edge_order=1 and edge_order=2")
    yield ErrorSample(Sample(make(1)), RuntimeError, "at least edge_order\\+1")


@composition(samples=_gradient_samples, errors=_gradient_errors, method=False)
def gradient(input: Array, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1):
    """The slope of sampled values along each of `dim` (all of them unless given), one tensor for each.

    out[i] = (input[i + 1] - input[i - 1]) / (x[i + 1] - x[i - 1]), where the distances are equal

    In the middle from both neighbours, exact for parabolas, at the edges from one side, exact for lines or (`edge_order` 2)
    parabolas. `spacing` is a distance, a distance for each dim, or a tensor of places for each dim.
    """
    if input.dtype is dtypes.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input: slopes have signs; convert it with .int()")
    spacing = 1 if spacing is None else spacing
    dims = _gradient_dims(input, spacing, dim)
    spacings = list(spacing) if isinstance(spacing, Sequence) else [spacing] * len(dims)
    if len(spacings) != len(dims):
        raise RuntimeError(
            f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length {len(dims)}, one for each dim, "
            f"but got a list of length {len(spacings)}"
        )
    if edge_order not in (1, 2):
        raise RuntimeError(f"torch.gradient only supports edge_order=1 and edge_order=2, got {edge_order}.")
    return tuple([_slope(input, d, space, edge_order) for d, space in zip(dims, spacings, strict=True)])


def _gradient_dims(input: Tensor, spacing: Any, dim: Any) -> list[int]:
    if isinstance(spacing, Tensor):
        raise TypeError("gradient(): argument 'spacing' must be a number or a list of numbers or tensors, not Tensor")
    if dim is None:
        one = isinstance(spacing, Sequence) and len(spacing) == 1 and isinstance(spacing[0], Tensor) and input.ndim == 1
        return [0] if one else list(range(input.ndim))
    dims = [to_dim(d, input.ndim) for d in (dim if isinstance(dim, Sequence) else (dim,))]
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"dim {dims} appears multiple times in the list of dims")
    return dims


def _slope(input: Tensor, dim: int, space: Any, edge_order: int) -> Tensor:
    size = input.shape[dim]
    if size < edge_order + 1:
        raise RuntimeError(
            f"torch.gradient expected each dimension size to be at least edge_order+1, got {size} in dimension {dim}"
        )
    if isinstance(space, Tensor):
        if space.ndim != 1 or space.shape[0] != size:
            raise RuntimeError(
                f"torch.gradient expected each spacing tensor to be a vector of the dimension's size, {size}, but got "
                f"{list(space.shape)}"
            )
        steps = diff(space).reshape(-1, *(1,) * (input.ndim - 1 - dim))
    else:
        steps = None

    def at(start: int, count: int) -> Tensor:
        return narrow(input, dim, start, count)

    def step(start: int, count: int) -> Any:
        return space if steps is None else narrow(steps, 0, start, count)

    middle = []
    if size > 2 and steps is None:
        middle = [(at(2, size - 2) - at(0, size - 2)) / (2.0 * space)]
    elif size > 2:
        a, b = step(0, size - 2), step(1, size - 2)
        middle = [
            _parabola(
                at(0, size - 2), at(1, size - 2), at(2, size - 2), -b / a / (a + b), (b - a) / a / b, a / b / (a + b)
            )
        ]
    if edge_order == 1:
        first, last = (at(1, 1) - at(0, 1)) / step(0, 1), (at(size - 1, 1) - at(size - 2, 1)) / step(size - 2, 1)
    else:
        first = _edge(at(0, 1), at(1, 1), at(2, 1), step(0, 1), step(1, 1))
        last = -_edge(at(size - 1, 1), at(size - 2, 1), at(size - 3, 1), step(size - 2, 1), step(size - 3, 1))
    return cat([first, *middle, last], dim)


def _parabola(x: Tensor, y: Tensor, z: Tensor, a: Any, b: Any, c: Any) -> Tensor:
    return x * a + y * b + z * c


def _edge(x: Tensor, y: Tensor, z: Tensor, near: Any, far: Any) -> Tensor:
    """The slope at x of the parabola through x, y and z, `near` and then `far` apart."""
    both = near + far
    return _parabola(x, y, z, -(both + near) / near / both, both / near / far, -near / far / both)


# --- The cross product ------------------------------------------------------------------------------------------------


def _cross_samples(make):
    yield Sample(make(2, 3), make(2, 3))
    yield Sample(make(3, 2), make(3, 1), 0)
    yield Sample(make(0, 3), make(1, 3), dim=-1)


@composition(samples=_cross_samples, out=True, autocast="cuda widest")
def cross(input: Array, other: Array, dim: int | None = None):
    """The cross product of vectors of size 3 along `dim`, by default the first dimension of size 3.

    out[0] = input[1] * other[2] - input[2] * other[1], and so on in turn
    """
    if dim is None:
        threes = [d for d, n in enumerate(input.shape) if n == 3]
        if not threes:
            raise RuntimeError(f"no dimension of size 3 in input: {list(input.shape)}")
        dim = threes[0]
    return cross_along(input, other, dim)


def cross_along(input: Tensor, other: Tensor, dim: int) -> Tensor:
    """The cross product along one dim, counted from the back where the numbers of dimensions differ."""
    if input.ndim != other.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions, got {list(input.shape)} and {list(other.shape)}"
        )
    dim = to_dim(dim, input.ndim)
    for value in (input, other):
        if value.shape[dim] != 3:
            raise RuntimeError(
                f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[dim]} and {other.shape[dim]}"
            )
    front = (slice(None),) * dim
    (x, y, z), (u, v, w) = (
        [basic_index(value, (*front, slice(i, i + 1))) for i in range(3)] for value in (input, other)
    )
    return cat([y * w - z * v, z * u - x * w, x * v - y * u], dim)
