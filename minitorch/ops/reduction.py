"""Reductions: many numbers in, one out, over all dims or some. The gradient is spread back over what was reduced."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from minitorch.ops.formulas import conjugate, count, formula, kept, named_by_dims
from minitorch.ops.samples import ErrorSample, Sample, reduction
from minitorch.ops.scan import before, behind
from minitorch.rows import OPS, Array, Cast, Dim, DimList, Dims, Index, composition, linear, op
from minitorch.tensor import Tensor


def _out_of_range(make):
    yield ErrorSample(Sample(make(2, 3), 2), IndexError, "Dimension out of range")
    yield ErrorSample(Sample(make(2, 3), -3), IndexError, "Dimension out of range")


def _several_dims(make):
    yield from _out_of_range(make)
    yield ErrorSample(Sample(make(2, 3), (0, -2)), RuntimeError, "dim 0 appears multiple times")


def _float_errors(make):
    yield from _several_dims(make)
    yield ErrorSample(
        Sample(make.integers((3,), 0, 5)), RuntimeError, "must be either a floating point or complex dtype"
    )


@linear(input=lambda k, g, dim, keepdim: k.sum(g, dim, keepdim), public=False,
        samples=lambda make: iter([Sample(make(2), (2, 3), (1,), False), Sample(make(2, 1), (2, 3), (1,), True)]))  # fmt: skip
def spread(k, input: Array, size: tuple, dim: tuple, keepdim: bool):
    """Values of a reduction over `dim`, each as often as it had elements: the transpose of `sum`."""
    return k.expand(input if keepdim else k.reshape(input, kept(size, dim)), size)


# --- Sums and products ------------------------------------------------------------------------------------------------


def _sum_samples(make):
    yield from reduction()(make)
    yield Sample(
        make(4096, low=0.9, high=1.1, requires_grad=False)
    )  # float16 that is added up in float16 stops at 2048


@linear(input=lambda k, g, input_shape, dim, keepdim: k.spread(g, input_shape, dim, keepdim), takes="accumulates",
        grad_name=named_by_dims("Sum"), samples=_sum_samples, errors=_several_dims,
        autocast="cuda float32")  # fmt: skip
def sum(k, input: Array, dim: Dims = None, keepdim: bool = False, *, dtype: Cast = None):
    """The sum over `dim` (an int, several, or None for all); bools and small integers are summed as int64.

    out = sum over i of input[i]

    >>> import minitorch
    >>> minitorch.sum(minitorch.tensor([[1, 2], [3, 4]]), dim=0)
    tensor([4, 6])
    """
    ...


@linear(input=lambda k, g, input_shape, dim, keepdim: k.spread(g / count(input_shape, dim), input_shape, dim, keepdim),
        takes="floats", grad_name=named_by_dims("Mean"), samples=reduction(), errors=_float_errors)  # fmt: skip
def mean(k, input: Array, dim: Dims = None, keepdim: bool = False, *, dtype: Cast = None):
    """The arithmetic mean over `dim`: the sum divided by the number of elements."""
    return k.sum(input, dim, keepdim) / count(input.shape, dim)


@composition(samples=reduction(), out=True)
def nansum(input: Array, dim: Dims = None, keepdim: bool = False, *, dtype: Cast = None, out=None):
    """The sum of what isn't nan.

    out = sum(0 if isnan(input) else input)
    """
    if input.dtype.is_complex:
        raise RuntimeError(f"nansum does not support complex inputs, got {input.dtype!r}")
    filled = input.masked_fill(input != input, 0) if input.dtype.inexact else input
    return sum(filled, dim, keepdim, dtype=dtype, out=out)


@composition(samples=reduction(), out=True)
def nanmean(input: Array, dim: Dims = None, keepdim: bool = False, *, dtype: Cast = None, out=None):
    """The mean of what isn't nan.

    out = nansum(input) / sum(not isnan(input))
    """
    if not input.dtype.inexact:
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype!r}")
    return nansum(input, dim, keepdim, dtype=dtype).div(sum(input == input, dim, keepdim), out=out)


def _count_samples(make):
    yield Sample(make(2, 3))
    yield Sample(make(2, 3), 1)
    yield Sample(make(2, 3, 4), (0, 2))


@composition(samples=_count_samples)
def count_nonzero(input: Array, dim: Dims = None):
    """How many elements aren't 0."""
    return sum(input != 0, dim)


@formula
def product_of_others(k, input: Array, dim: tuple[int, ...]):
    """For each element the product of all others: of those before and those behind it, so that no zero is divided by."""
    order = (*(d for d in range(len(input.shape)) if d not in dim), *dim)
    there = k.permute(input, order)
    lines = k.reshape(there, (*there.shape[: len(order) - len(dim)], count(input.shape, dim)))
    others = k.reshape(before(k, lines) * behind(k, lines), tuple(there.shape))
    return k.permute(others, tuple(sorted(range(len(order)), key=order.__getitem__)))


def _prod_gradient(k, g, input, dim, keepdim):
    return (g if keepdim else k.reshape(g, kept(input.shape, dim))) * k.product_of_others(conjugate(k, input), dim)


@op(
    input=_prod_gradient,
    takes="accumulates",
    grad_name=named_by_dims("Prod"),
    samples=reduction(),
    errors=_out_of_range,
    autocast="float32",
)
def prod(k, input: Array, dim: Dims = None, keepdim: bool = False, *, dtype: Cast = None):
    """The product over `dim`.

    out = product over i of input[i]
    """
    ...


# --- Truth ------------------------------------------------------------------------------------------------------------


def _truth_samples(make):
    yield Sample(make.bools((2, 3)))
    yield Sample(make.bools((2, 3)), 1)
    yield Sample(make.bools((2, 3, 4)), (0, 2), True)
    yield Sample(make(2, 3), 0)
    yield Sample(make.integers((0, 3), 0, 2), 0)


@op(result="array", samples=_truth_samples, errors=_several_dims)
def all(k, input: Array, dim: DimList = None, keepdim: bool = False):
    """Is every element nonzero? bool, but uint8 for uint8."""
    ...


@op(result="array", samples=_truth_samples, errors=_several_dims)
def any(k, input: Array, dim: DimList = None, keepdim: bool = False):
    """Is some element nonzero? bool, but uint8 for uint8."""
    ...


# --- Extremes ---------------------------------------------------------------------------------------------------------


def _refuse_empty(name: str, input: Tensor, dim: Sequence[int]) -> None:
    """The error of a reduction that has no value for no elements."""
    whole = len(dim) == len(input.shape) and builtins.any(size == 0 for size in input.shape)
    if whole:
        error = IndexError if name.startswith("arg") else RuntimeError
        hint = "" if error is IndexError else " Specify the reduction dim with the 'dim' argument."
        raise error(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.{hint}")
    for position in dim:
        if input.shape[position] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {position} to have non-zero size.")


def _empty_explained(name: str):
    return lambda input, dim, keepdim: _refuse_empty(name, input, (dim,) if isinstance(dim, int) else dim)


def _empty(make):
    yield ErrorSample(Sample(make(0)), (RuntimeError, IndexError), "Expected reduction dim to be specified")
    yield ErrorSample(Sample(make(0, 3), 0), IndexError, "Expected reduction dim 0 to have non-zero size")
    yield from _out_of_range(make)


def _share(k, g, input, out, dim, keepdim):
    """Equal extremes share the gradient equally."""
    if not keepdim:
        g, out = k.reshape(g, kept(input.shape, dim)), k.reshape(out, kept(input.shape, dim))
    chosen = k.cast_like(input == out, g)
    return chosen * (g / k.sum(chosen, dim, True))


@op(input=_share, samples=reduction(), errors=_empty, refuses="complex", explain=_empty_explained("amax"))
def amax(k, input: Array, dim: Dims = (), keepdim: bool = False):
    """The largest values over `dim`; nan if there is one. Equal ones share the gradient.

    out = max over i of input[i]
    """
    ...


@op(input=_share, samples=reduction(), errors=_empty, refuses="complex", explain=_empty_explained("amin"))
def amin(k, input: Array, dim: Dims = (), keepdim: bool = False):
    """The smallest values over `dim`; nan if there is one. Equal ones share the gradient.

    out = min over i of input[i]
    """
    ...


def share_with_nan(k: Any, g: Any, input: Any, out: Any) -> Any:
    """The same for one value of all, where nan counts as equal to nan."""
    chosen = (input == out) | ((input != input) & (out != out))
    share = g / k.sum(k.cast_like(chosen, g), tuple(range(len(input.shape))), False)
    return k.zero_where(share, k.logical_not(chosen))


def _whole_samples(make):
    yield Sample(make(2, 3))
    yield Sample(make.strided(3, 4))
    yield Sample(make())


@op(input=share_with_nan, public=False, samples=_whole_samples, refuses="complex", torch="max", grad_name="MaxBackward1",
    out=True,
    explain=lambda input: _refuse_empty("max", input, range(input.ndim)))  # fmt: skip
def max_of_all(k, input: Array):
    """The largest value."""
    return k.amax(input, tuple(range(len(input.shape))), False)


@op(input=share_with_nan, public=False, samples=_whole_samples, refuses="complex", torch="min", grad_name="MinBackward1",
    out=True,
    explain=lambda input: _refuse_empty("min", input, range(input.ndim)))  # fmt: skip
def min_of_all(k, input: Array):
    """The smallest value."""
    return k.amin(input, tuple(range(len(input.shape))), False)


def chosen_gradient(k, g, indices, input_shape, dim, keepdim):
    """The gradient goes to the element that was chosen, and to no other."""
    if not input_shape:
        return (g[0],)
    shape = kept(input_shape, (dim,))
    return (k.to_chosen(k.reshape(g[0], shape), k.reshape(indices, shape), input_shape, dim),)


@linear(input=lambda k, g, index, dim: k.gather(g, dim, index), public=False, refuses="bool",
        samples=lambda make: iter([Sample(make(2, 1), make.integers((2, 1), 0, 3), (2, 3), 1)]))  # fmt: skip
def to_chosen(k, input: Array, index: Index, size: tuple, dim: int):
    """Zeros of `size` with `input` at the places `index` along `dim`, one for each line."""
    return k.scatter_add(k.new_full(input, size, 0), dim, index, input)


@op(grad=chosen_gradient, public=False, result=("same", "int64"), fields=("values", "indices"), result_name="max", torch="max",
    grad_name="MaxBackward0", refuses="complex",
    samples=lambda make: iter([Sample(make(2, 3), 1, False), Sample(make(2, 3, 4), 1, True), Sample(make(), 0, False)]),
    out=True, explain=_empty_explained("max"))  # fmt: skip
def max_along(k, input: Array, dim: Dim, keepdim: bool):
    """The largest values along one dim, and where they are: the first of equal ones, which gets all the gradient."""
    dims = (dim,) if input.shape else ()
    return k.amax(input, dims, keepdim), k.argmax(input, dims, keepdim)


@op(grad=chosen_gradient, public=False, result=("same", "int64"), fields=("values", "indices"), result_name="min", torch="min",
    grad_name="MinBackward0", refuses="complex",
    samples=lambda make: iter([Sample(make(2, 3), 1, False), Sample(make(2, 3, 4), 1, True), Sample(make(), 0, False)]),
    out=True, explain=_empty_explained("min"))  # fmt: skip
def min_along(k, input: Array, dim: Dim, keepdim: bool):
    """The smallest values along one dim, and where they are: the first of equal ones, which gets all the gradient."""
    dims = (dim,) if input.shape else ()
    return k.amin(input, dims, keepdim), k.argmin(input, dims, keepdim)


def _extreme_samples(make):
    yield Sample(make(2, 3))
    yield Sample(make(2, 3), 1)
    yield Sample(make.strided(3, 4), -2, True)
    yield Sample(make(2, 3), make(3))


@composition(samples=_extreme_samples, out=True)
def max(input: Array, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None, out=None):
    """The largest value; with `dim`, the largest values along it and their indices; with a tensor, `maximum`.

    >>> import minitorch
    >>> minitorch.tensor([[1.0, 5.0], [4.0, 2.0]]).max(dim=1).indices
    tensor([1, 0])
    """
    return _extreme(max_of_all, max_along, "maximum", input, dim, keepdim, other, out)


@composition(samples=_extreme_samples, out=True)
def min(input: Array, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None, out=None):
    """The smallest value; with `dim`, the smallest values along it and their indices; with a tensor, `minimum`."""
    return _extreme(min_of_all, min_along, "minimum", input, dim, keepdim, other, out)


def _extreme(of_all, along, elementwise, input, dim, keepdim, other, out):
    if dim is None and other is None:
        return of_all(input, out=out)
    if isinstance(dim, Tensor) or other is not None:
        return OPS[elementwise].function(input, dim if other is None else other, out=out)
    return along(input, dim, keepdim, out=out)


def _share_both(k, g, input, out, dim, keepdim):
    gradients = [
        _share(k, part, input, extreme, dim, keepdim) for part, extreme in zip(g, out, strict=True) if part is not None
    ]
    return (gradients[0] if len(gradients) == 1 else gradients[0] + gradients[1],)


def _explain_aminmax(input, dim, keepdim):
    if builtins.any(input.shape[position] == 0 for position in dim):
        if len(dim) < input.ndim:
            raise IndexError(f"aminmax(): Expected reduction dim {dim[0]} to have non-zero size.")
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )


def _aminmax_samples(make):
    yield Sample(make(2, 3))
    yield Sample(make(2, 3), dim=1)
    yield Sample(make(2, 3), dim=0, keepdim=True)


@op(grad=_share_both, result=("same", "same"), fields=("min", "max"), refuses="complex", explain=_explain_aminmax,
    samples=_aminmax_samples)  # fmt: skip
def aminmax(k, input: Array, *, dim: Dims = None, keepdim: bool = False):
    """The smallest and the largest values, over all elements or along one dim."""
    return k.amin(input, dim, keepdim), k.amax(input, dim, keepdim)


def _places(make):
    yield Sample(make(2, 3))
    yield Sample(make(2, 3), 1)
    yield Sample(make.strided(3, 4), 0, True)
    yield Sample(make(2, 3), None, True)
    yield Sample(make())


@op(result="int64", samples=_places, errors=_empty, refuses="bool complex", explain=_empty_explained("argmax"))
def argmax(k, input: Array, dim: Dims = None, keepdim: bool = False):
    """Where the largest value is: its index along `dim`, or in the flattened tensor; the first of equal ones.

    input[out] = max(input)
    """
    ...


@op(result="int64", samples=_places, errors=_empty, refuses="bool complex", explain=_empty_explained("argmin"))
def argmin(k, input: Array, dim: Dims = None, keepdim: bool = False):
    """Where the smallest value is: its index along `dim`, or in the flattened tensor; the first of equal ones.

    input[out] = min(input)
    """
    ...
