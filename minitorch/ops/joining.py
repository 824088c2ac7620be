"""Putting tensors together and repeating them: cat, stack, pad, tile, repeat, flip, roll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.operands import as_index, to_dim, to_sizes
from minitorch.ops.conversion import fitted
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import basic_index, dims_method, sizes_of, unsqueeze, view_as_size
from minitorch.rows import OPS, Array, Dim, DimList, Sizes, composition, linear, op
from minitorch.tensor import Tensor


def _cat_samples(make):
    yield Sample([make(2, 3), make(1, 3)])
    yield Sample([make(2, 3), make(2, 2), make(2, 1)], 1)
    yield Sample([make(2, 3)], -1)
    yield Sample([make(0, 3), make(2, 3)])


def _cat_errors(make):
    yield ErrorSample(
        Sample([make(2, 3), make(2, 4)]), RuntimeError, "Sizes of tensors must match except in dimension 0"
    )
    yield ErrorSample(Sample([]), RuntimeError, "expected a non-empty list of Tensors")


def _explain_cat(tensors: Sequence[Tensor], dim: int) -> None:
    first = tensors[0]
    for number, tensor in enumerate(tensors):
        if not tensor.ndim:
            raise RuntimeError(
                f"zero-dimensional tensor (at position {number}) cannot be concatenated; stack() puts them together"
            )
        if tensor.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {tensor.ndim}")
        for d, (size, expected) in enumerate(zip(tensor.shape, first.shape, strict=True)):
            if d != dim and size != expected:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {expected} but got size {size} for "
                    f"tensor number {number} in the list."
                )


@op(grad=lambda k, g, tensors_shape, dim: _cut(k, g, tensors_shape, dim), promote=True, method=False, explain=_explain_cat,
    samples=_cat_samples, errors=_cat_errors, autocast="cpu widest")  # fmt: skip
def cat(k, tensors: list[Array], dim: Dim = 0):
    """The tensors one after the other along `dim`; their other sizes must agree.

    out = [tensors[0], tensors[1], ...]
    """
    ...


def _cut(k, g, shapes, dim):
    pieces, start = [], 0
    for shape in shapes:
        pieces.append(k.basic_index(g, (slice(None),) * dim + (slice(start, start + shape[dim]),)))
        start += shape[dim]
    return pieces


def _stack_samples(make):
    yield Sample([make(2, 3), make(2, 3)])
    yield Sample([make(2), make(2), make(2)], -1)
    yield Sample([make(), make()])


def _stack_errors(make):
    yield ErrorSample(Sample([make(2, 3), make(2, 4)]), RuntimeError, "stack expects each tensor to be equal size")


def concatenate(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """`cat` as users call it: as PyTorch does, it overlooks empty vectors among tensors of more dimensions."""
    if isinstance(tensors, Sequence) and not tensors:
        raise ValueError("cat(): expected a non-empty list of Tensors")
    if isinstance(tensors, Sequence) and any(isinstance(t, Tensor) and t.ndim == 1 and not t.numel() for t in tensors):
        shape = next((list(t.shape) for t in tensors if t.ndim > 1), None)
        if shape is not None:
            shape[to_dim(dim, len(shape))] = 0
            tensors = [t.reshape(shape) if t.ndim == 1 and not t.numel() else t for t in tensors]
    return cat(tensors, dim, out=out)


@composition(samples=_stack_samples, errors=_stack_errors, method=False, out=True, autocast="cpu widest")
def stack(tensors: list[Array], dim: int = 0, *, out=None):
    """The tensors as slices of a new dimension at `dim`; their shapes must be equal."""
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for number, tensor in enumerate(tensors):
        if tuple(tensor.shape) != tuple(tensors[0].shape):
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                               f"{list(tensor.shape)} at entry {number}")  # fmt: skip
    dim, shape = to_dim(dim, tensors[0].ndim + 1), tuple(tensors[0].shape)
    if dim == len(shape) or out is not None:
        return cat([unsqueeze(tensor, dim) for tensor in tensors], dim, out=out)
    return view_as_size(cat(tensors, dim), (*shape[:dim], len(tensors), *shape[dim:]))


@composition(
    samples=lambda make: iter([Sample([make(2), make(3)]), Sample([make(2, 1), make(2, 3)])]), method=False, out=True
)
def hstack(tensors: list[Array], *, out=None):
    """The tensors side by side: along dimension 1, or 0 for vectors."""
    tensors = [tensor.reshape(1) if tensor.ndim == 0 else tensor for tensor in tensors]
    return cat(tensors, 0 if not tensors or tensors[0].ndim == 1 else 1, out=out)


@composition(
    samples=lambda make: iter([Sample([make(3), make(3)]), Sample([make(2, 3), make(1, 3)])]), method=False, out=True
)
def vstack(tensors: list[Array], *, out=None):
    """The tensors below each other: along dimension 0, vectors as rows."""
    return cat([tensor.reshape(1, tensor.numel()) if tensor.ndim < 2 else tensor for tensor in tensors], 0, out=out)


def _pad_samples(make):
    yield Sample(make(2, 3), (1, 2))
    yield Sample(make(2, 3), (1, 0, 0, 2), value=1.5)
    yield Sample(make(4, 5), (-1, 1, 1, -2))


def _padded_tangent(tangent: Tensor, padding: tuple) -> Tensor:
    return pad_constant(tangent, padding, 0)


@op(input=lambda k, g, padding: k.pad_constant(g, tuple([(-before, -after) for before, after in padding]), 0),
    forward=lambda padding, tangents: _padded_tangent(tangents["input"], padding), public=False,
    grad_name="ConstantPadNdBackward0")  # fmt: skip
def pad_constant(k, input: Array, padding: tuple, value: float = 0):
    """`value` around the input: (before, after) for each dimension; negative numbers cut off."""
    cut = tuple(
        [
            slice(max(-before, 0), size - max(-after, 0))
            for (before, after), size in zip(padding, input.shape, strict=True)
        ]
    )
    result = k.basic_index(input, cut)
    for dim, (before, after) in enumerate(padding):
        sides = []
        for count in (before, after):
            shape = (*result.shape[:dim], max(count, 0), *result.shape[dim + 1 :])
            sides.append([k.new_full(result, shape, value)] if count > 0 else [])
        if sides[0] or sides[1]:
            result = k.cat([*sides[0], result, *sides[1]], dim)
    return k.clone(result) if result is input else result


@composition(samples=_pad_samples, method=False, torch="nn.functional.pad")
def pad(input: Array, pad: Sizes, mode: str = "constant", value: float | None = None):
    """Padding by (last before, last after, next-to-last before, ...): a constant, or the input itself mirrored or continued."""
    sizes = to_sizes(pad)
    if len(sizes) % 2 or len(sizes) // 2 > input.ndim:
        raise RuntimeError(
            f"Padding length must be divisible by 2 and at most twice the number of dimensions of the input: got {len(sizes)} "
            f"for {input.ndim} dimensions"
        )
    pairs = [(sizes[i], sizes[i + 1]) for i in range(0, len(sizes), 2)]
    pairs = [(0, 0)] * (input.ndim - len(pairs)) + pairs[::-1]
    if mode == "constant":
        for dim, (before, after) in enumerate(pairs):
            if input.shape[dim] + before + after < 0:
                raise RuntimeError(
                    f"The input size {input.shape[dim]}, plus negative padding {before} and {after}, resulted in a negative "
                    "output size, which is invalid."
                )
        return pad_constant(
            input, tuple(pairs), (value or 0) if input.dtype.inexact else fitted(value or 0, input.dtype)
        )
    if mode == "circular" and min(sizes) < 0:  # what is cut off isn't there any more when the rest goes around
        input = pad_constant(input, tuple([(min(before, 0), min(after, 0)) for before, after in pairs]), 0)
        pairs = [(max(before, 0), max(after, 0)) for before, after in pairs]
    return (_continued if mode == "circular" else continued)(input, pairs, mode)


def _continued(input: Tensor, pairs: Sequence[tuple[int, int]], mode: str) -> Tensor:
    for dim, (before, after) in enumerate(pairs):
        if before or after:
            input = input.index_select(dim, _source_positions(input, dim, before, after, mode))
    return input


@composition(
    samples=lambda make: iter([Sample(make(2, 3), [(0, 0), (1, 2)], "reflect")]), public=False, autocast="cpu float32"
)
def continued(input: Array, pairs: Sequence[tuple[int, int]], mode: str):
    """Padding, by (before, after) of each dimension, with the input itself: "reflect" or "replicate"."""
    return _continued(input, pairs, mode)


_padded = pad


@composition(samples=_pad_samples, method=False)
def constant_pad_nd(input: Array, pad: Sizes, value: float = 0):
    """Padding by (last before, last after, next-to-last before, ...) with `value`; negative numbers cut off."""
    return _padded(input, pad, "constant", value)


def _source_positions(input: Tensor, dim: int, before: int, after: int, mode: str) -> Tensor:
    """Where each padded slice comes from."""
    size = input.shape[dim]
    if mode == "reflect" and max(before, after) >= size:
        raise RuntimeError(
            f"Padding size should be less than the corresponding input dimension, but got: padding ({before}, {after}) at "
            f"dimension {dim} of input {list(input.shape)}"
        )
    places = np.arange(-before, size + after)
    if mode == "replicate":
        chosen = places.clip(0, size - 1)
    elif mode == "circular":
        chosen = places % size
    elif mode == "reflect":
        chosen = np.where(places < size, np.abs(places), 2 * (size - 1) - places)
    else:
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}; expected constant, reflect, replicate or circular"
        )
    return as_index(chosen, input.device)


@composition(
    samples=lambda make: iter([Sample(make(2, 3), (2, 2)), Sample(make(3), (2, 2)), Sample(make(2, 1), (1, 3))]),
    method=False,
)
def tile(input: Array, dims: Sizes):
    """The tensor repeated `dims` times along its dimensions."""
    dims = to_sizes(dims)
    return repeat(input, *((1,) * (input.ndim - len(dims)) + dims))


def repeat(self: Tensor, *repeats: Any) -> Tensor:
    """The tensor repeated along each dimension, in new memory: `repeat(2, 3)`."""
    repeats = sizes_of(repeats)
    extra = len(repeats) - self.ndim
    if extra < 0:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    shape = (1,) * extra + tuple(self.shape)
    if any(times < 0 for times in repeats):
        raise RuntimeError(
            f"Trying to create tensor with negative dimension: {list(repeats)} times {list(shape)}; a number of repeats is "
            "at least 0"
        )
    apart = [size for pair in zip(repeats, shape, strict=True) for size in pair]
    single = [size for length in shape for size in (1, length)]
    result = self.reshape(single).expand(*apart).reshape([n * m for n, m in zip(repeats, shape, strict=True)])
    return OPS["contiguous_copy"].function(result) if result._is_view() else result


@linear(input=lambda k, g, dims: k.flip(g, dims), method=False,
        samples=lambda make: iter([Sample(make(2, 3), (0,)), Sample(make(2, 3), (0, -1))]))  # fmt: skip
def flip(k, input: Array, dims: DimList):
    """The elements in reverse order along `dims`.

    out[i] = input[n - 1 - i]
    """
    ...


@composition(
    samples=lambda make: iter([Sample(make(2, 3), 1), Sample(make(2, 3), 1, 1), Sample(make(2, 3), (1, -1), (0, 1))])
)
def roll(input: Array, shifts: Sizes, dims: Any = None):
    """The elements shifted along `dims` (or along all of them as one); what falls off comes back at the other end.

    out[(i + shifts) % n] = input[i]
    """
    if shifts in ((), []):
        raise RuntimeError("`shifts` required: roll() was given an empty tuple of them")
    if dims is None or dims in ((), []):
        return roll(input.flatten(), shifts, 0).reshape(input.shape)
    shifts, dims = to_sizes(shifts), to_sizes(dims)
    if len(shifts) != len(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if not input.numel():
        return input.clone()
    for shift, dim in zip(shifts, dims, strict=True):
        dim = to_dim(dim, input.ndim)
        size = input.shape[dim]
        cut, front = size - shift % size, (slice(None),) * dim
        input = cat([basic_index(input, (*front, slice(cut, size))), basic_index(input, (*front, slice(0, cut)))], dim)
    return input


METHODS = {"repeat": repeat, "flip": dims_method(flip), "tile": dims_method(tile)}
