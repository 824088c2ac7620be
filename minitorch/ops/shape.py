"""Views and rearrangements: the same values under another shape. Each derivative is the way back.

A row with `view=True` shares memory with its input; its kernel must return a view. Compositions choose among views (`squeeze`
is a view of another size) or copy where PyTorch does (`reshape` of what can't be viewed).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, SupportsIndex

from minitorch import dtypes
from minitorch.errors import IndexOutOfRange, ShapeMismatch, message
from minitorch.explain import broadcast_shapes, refuse
from minitorch.operands import infer_size, shortened, to_dim, to_sizes
from minitorch.ops.reinterpretation import reinterpret
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Dim, DimList, Dims, Sizes, composition, linear, op
from minitorch.tensor import Tensor

# --- Views ------------------------------------------------------------------------------------------------------------


def _explain_view(input: Tensor, size: Sequence[int]) -> None:
    if math.prod(size) != input.numel():
        raise ShapeMismatch(f"shape '{list(size)}' is invalid for input of size {input.numel()}")
    raise ShapeMismatch(
        message(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
            "subspaces). Use .reshape(...) instead.",
            where=f"view of shape {list(input.shape)} with strides {list(input.stride())} as {list(size)}",
        )
    )


@linear(
    input=lambda k, g, input_shape: k.reshape(g, input_shape),
    view=True,
    public=False,
    grad_name="ViewBackward0",
    explain=_explain_view,
    samples=lambda make: iter([Sample(make(2, 6), (3, 4)), Sample(make(6), (2, 3)), Sample(make(), (1, 1))]),
)
def view_as_size(k, input: Array, size: tuple):
    """The same elements in row-major order under another shape, sharing memory."""
    ...


@linear(input=lambda k, g, input_shape: k.reshape(g, input_shape), public=False, grad_name="ViewBackward0")
def reshape_copy(k, input: Array, size: tuple):
    """The same elements in row-major order under another shape, in new memory."""
    return k.reshape(input, size)


def sizes_of(size: tuple) -> tuple[int, ...]:
    """The sizes in `view(2, 3)` as in `view((2, 3))`."""
    return to_sizes(size[0] if len(size) == 1 and isinstance(size[0], tuple | list) else size)


def view(self: Tensor, *size: Any) -> Tensor:
    """The same memory under another shape (`view(2, -1)`), which must fit the strides, or in another dtype."""
    if not size or type(size[0]) is not int:
        if not size:
            raise TypeError(
                "view(): expected a shape or a dtype, got nothing; of one element without dimensions, view(())"
            )
        if isinstance(size[0], dtypes.DType):
            return reinterpret(self, size[0])
        size = sizes_of(size)
    for length in size:  # min(size) takes three times as long
        if length < 0:
            size = infer_size(size, self.numel())
            break
    return view_as_size(self, size)


def _reshape_samples(make):
    yield Sample(make(2, 6), (3, -1))
    yield Sample(make.strided(3, 4), (12,))
    yield Sample(make(0, 3), (3, 0))
    yield Sample(make(), (1,))


def _reshape_errors(make):
    yield ErrorSample(Sample(make(2, 3), (-2, 3)), RuntimeError, "invalid shape dimension -2 at index 0")
    yield ErrorSample(Sample(make(2, 3), (-1, -1)), RuntimeError, "only one dimension can be inferred")
    yield ErrorSample(Sample(make(2, 3), (4, -1)), RuntimeError, "is invalid for input of size 6")


@composition(samples=_reshape_samples, errors=_reshape_errors, method=False)
def reshape(input: Array, shape: Sizes):
    """The same elements in row-major order under another shape: a view where the strides allow, else a copy.

    >>> import minitorch
    >>> minitorch.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    size = shape if type(shape) is tuple else to_sizes(shape)
    for length in size:
        if length < 0:
            size = infer_size(size, input.numel())
            break
    if input.device.backend.is_viewable(input._array, size):  # asked, since an error takes long to word
        try:
            return view_as_size(input, size)
        except ShapeMismatch:  # or of a library that doesn't tell its strides
            pass
    infer_size(size, input.numel())
    return reshape_copy(input, size)


def _permute_samples(make):
    yield Sample(make(2, 3, 4), (2, 0, 1))
    yield Sample(make(2, 3), (-1, 0))
    yield Sample(make(), ())


def _explain_permute(input, dims):
    if len(dims) != input.ndim:
        refuse("permute", f"dims={dims} for a tensor that has {input.ndim} dims", expected="each of its dims once")


@linear(input=lambda k, g, dims: k.permute(g, inverse(dims)), view=True, method=False, samples=_permute_samples,
        explain=_explain_permute)  # fmt: skip
def permute(k, input: Array, dims: DimList):
    """The dimensions in another order; shares memory."""
    ...


def inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes `dims`."""
    return tuple(sorted(range(len(dims)), key=dims.__getitem__))


@linear(input=lambda k, g, dim0, dim1: k.transpose(g, dim0, dim1), view=True,
        samples=lambda make: iter([Sample(make(2, 3, 4), 0, 2), Sample(make(2, 3), -1, 0), Sample(make(), 0, 0)]))  # fmt: skip
def transpose(k, input: Array, dim0: Dim, dim1: Dim):
    """Two dimensions exchanged; shares memory."""
    dims = list(range(len(input.shape)))
    if dims:
        dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
    return k.permute(input, tuple(dims))


@composition(samples=lambda make: iter([Sample(make(2, 3)), Sample(make(3)), Sample(make())]))
def t(input: Array):
    """The transpose of a matrix; vectors and scalars as they are."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return transpose(input, 0, 1) if input.ndim == 2 else permute(input, tuple(range(input.ndim)))


def _expand_samples(make):
    yield Sample(make(3, 1), (3, 4))
    yield Sample(make(3), (2, 3))
    yield Sample(make(), (2, 2))
    yield Sample(make(2, 3), (2, 3))


def _explain_expand(input: Tensor, size: Sequence[int]) -> None:
    raise ShapeMismatch(
        message(
            f"The expanded size of the tensor ({list(size)}) must match the existing size ({list(input.shape)}) "
            "wherever that is not 1",
            where=f"expand({list(size)}) on a tensor of shape {list(input.shape)}",
            hint="sizes are matched from the right; only dimensions of size 1 can be expanded",
        )
    )


@linear(input=lambda g: g, view=True, method=False, samples=_expand_samples, explain=_explain_expand)
def expand(k, input: Array, size: tuple):
    """Dimensions of size 1 repeated without a copy; the tape sums the gradient back."""
    ...


def _expand_method(self: Tensor, *size: Any, implicit: bool = False) -> Tensor:
    """The tensor broadcast to `size`, where -1 keeps a size; shares memory."""
    size = sizes_of(size)
    extra = len(size) - self.ndim
    if extra < 0:
        raise RuntimeError(
            f"expand(): the number of sizes provided ({len(size)}) must be greater or equal to the number of dimensions "
            f"in the tensor ({self.ndim})"
        )
    if -1 in size[:extra]:
        raise RuntimeError(
            f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {size.index(-1)}"
        )
    shape = (0,) * extra + tuple(self.shape)
    return expand(self, tuple([shape[i] if length == -1 else length for i, length in enumerate(size)]))


@composition(samples=lambda make: iter([Sample(make(3, 1), (2, 3, 4))]))
def broadcast_to(input: Array, size: Sizes):
    """The tensor expanded to `size`."""
    return _expand_method(input, *to_sizes(size))


@composition(samples=lambda make: iter([Sample(make(2, 1), make(3)), Sample(make(), make(2))]), method=False)
def broadcast_tensors(*tensors: Array):
    """All tensors expanded to their common shape."""
    from_shapes = broadcast_shapes(*[tensor.shape for tensor in tensors])
    return tuple([_expand_method(tensor, *from_shapes) for tensor in tensors])


# --- Basic indexing and what comes from it ------------------------------------------------------------------------------


def _index_samples(make):
    yield Sample(make(4, 5), (slice(1, 3),))
    yield Sample(make(4, 5), (2, None, slice(None, None, 2)))
    yield Sample(make(4, 5), (Ellipsis, -1))
    yield Sample(make(4, 5), (1, 2))
    yield Sample(make(), (None,))


def _index_name(node) -> str:
    """What PyTorch calls the last of the views that it makes of an index."""
    named = {int: "Select", slice: "Slice", type(None): "Unsqueeze"}
    names = [named.get(type(part), "") for part in node.params[0] if part != slice(None) and part is not Ellipsis]
    return f"{names[-1] if names else 'Alias'}Backward0"


def _index_errors(make):
    yield ErrorSample(Sample(make(2, 3), (5,)), IndexError, "index 5 is out of bounds for dimension 0 with size 2")
    yield ErrorSample(Sample(make(2, 3), (0, -4)), IndexError, "index -4 is out of bounds for dimension 1 with size 3")
    yield ErrorSample(
        Sample(make(2, 3), (None, Ellipsis, 3)), IndexError, "index 3 is out of bounds for dimension 1 with size 3"
    )
    yield ErrorSample(Sample(make(2, 3), (0, 0, 0)), IndexError, "too many indices for tensor of dimension 2")
    yield ErrorSample(Sample(make(), (0,)), IndexError, "invalid index of a 0-dim tensor")


def _explain_index(input: Tensor, index: tuple) -> None:
    where = f"indexing a tensor of shape {list(input.shape)} with {shortened(index[0] if len(index) == 1 else index)}"
    if not input.ndim:
        raise IndexError(
            message("invalid index of a 0-dim tensor", where=where, hint="use tensor.item() for its value as a number")
        )
    dims = sum(part is not None and part is not Ellipsis for part in index)
    if dims > input.ndim:
        raise IndexError(message(f"too many indices for tensor of dimension {input.ndim}", where=where,
                                 expected=f"at most {input.ndim}", got=dims))  # fmt: skip
    dim = 0
    for part in index:
        dim += input.ndim - dims if part is Ellipsis else part is not None
        size = input.shape[dim - 1]
        if isinstance(part, int) and not -size <= part < size:
            raise IndexOutOfRange(
                message(
                    f"index {part} is out of bounds for dimension {dim - 1} with size {size}",
                    where=where,
                    expected=f"an index from {-size} to {size - 1}" if size else "no index: there are no elements",
                    got=part,
                    hint="dimensions and indices count from 0",
                )
            )


@linear(input=lambda k, g, input_shape, index: k.basic_index_transpose(g, input_shape, index), view=True, public=False,
        grad_name=_index_name, samples=_index_samples, errors=_index_errors, explain=_explain_index)  # fmt: skip
def basic_index(k, input: Array, index: tuple):
    """input[index] for ints, slices, None and `...`; shares memory."""
    ...


@linear(input=lambda k, g, index: k.basic_index(g, index), public=False,
        samples=lambda make: iter([Sample(make(2, 5), (4, 5), (slice(1, 3),)), Sample(make(), (3,), (1,))]))  # fmt: skip
def basic_index_transpose(k, input: Array, size: tuple, index: tuple):
    """Zeros of `size`, with `input` at `index`."""
    ...


@composition(samples=lambda make: iter([Sample(make(3, 4), 1, 2), Sample(make(3, 4), -1, -1), Sample(make(3), 0, 0)]))
def select(input: Array, dim: int, index: int):
    """The slice number `index` along `dim`, without that dimension; a view."""
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = to_dim(dim, input.ndim)
    size = input.shape[dim]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {dim}"
        )
    return basic_index(input, (slice(None),) * dim + (int(index) % size,))


@composition(samples=lambda make: iter([Sample(make(5, 3), 0, 1, 3), Sample(make(5, 3), -1, -2, 2)]))
def narrow(input: Array, dim: int, start: int, length: int):
    """`length` slices along `dim` from `start` on; a view."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Tensor) and (start.ndim or start.dtype.inexact or start.dtype is dtypes.bool):
        raise RuntimeError(f"narrow(): start must be an 0-dim integral Tensor, got {list(start.shape)} {start.dtype!r}")
    dim = to_dim(dim, input.ndim)
    size, start = input.shape[dim], int(start)
    if not -size <= start <= size:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start += size if start < 0 else 0
    if length < 0 or start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return basic_index(input, (slice(None),) * dim + (slice(start, start + length),))


@composition(samples=lambda make: iter([Sample(make(3, 4), 0), Sample(make(3, 4), -1), Sample(make(), 0)]))
def unsqueeze(input: Array, dim: int):
    """A new dimension of size 1 at `dim`; a view."""
    return basic_index(input, (slice(None),) * to_dim(dim, input.ndim + 1) + (None,))


@composition(
    samples=lambda make: iter(
        [Sample(make(1, 3, 1)), Sample(make(1, 3, 1), 0), Sample(make(1, 3), 1), Sample(make(1, 2, 1), (0, 2))]
    )
)
def squeeze(input: Array, dim: Dims = None):
    """Without the dimensions of size 1 (or those of them named in `dim`); a view."""
    named = range(input.ndim) if dim is None else dim if isinstance(dim, Sequence) else (dim,)
    dims = [to_dim(d, input.ndim) for d in named]
    shape = tuple([size for i, size in enumerate(input.shape) if not (size == 1 and i in dims)])
    return view_like(input, shape)


def view_like(input: Tensor, size: tuple[int, ...]) -> Tensor:
    """A view that only adds or takes away dimensions of size 1, which fits any strides."""
    return view_as_size(input, size)


@composition(
    samples=lambda make: iter(
        [Sample(make(2, 3, 4)), Sample(make(2, 3, 4), 1), Sample(make(), 0), Sample(make(2, 3, 4), 0, 1)]
    )
)
def flatten(input: Array, start_dim: int = 0, end_dim: int = -1):
    """The dimensions start_dim ... end_dim as one."""
    start, end = to_dim(start_dim, input.ndim), to_dim(end_dim, input.ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end and input.ndim:
        return input
    shape = tuple(input.shape)
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension."""
    return flatten(input.contiguous())


def _movedim_samples(make):
    yield Sample(make(2, 3, 4), 0, 2)
    yield Sample(make(2, 3, 4), (0, 1), (-1, 0))


@composition(samples=_movedim_samples)
def movedim(input: Array, source: Dims, destination: Dims):
    """Dimensions moved to other places, the rest in their order; a view."""
    source, destination = (
        [to_dim(d, input.ndim) for d in (dims if isinstance(dims, Sequence) else (dims,))]
        for dims in (source, destination)
    )
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({source} dims) should contain the same number of dims "
            f"as destination ({destination} dims)"
        )
    for name, dims in (("source", source), ("destination", destination)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({dims})")
    order = [d for d in range(input.ndim) if d not in source]
    for target, d in sorted(zip(destination, source, strict=True)):
        order.insert(target, d)
    return permute(input, tuple(order))


# --- Several views ----------------------------------------------------------------------------------------------------


@op(grad=lambda k, g, input_shape, sizes, dim: (_join(k, g, input_shape, sizes, dim),), result="list", view=True, public=False,
    grad_name="SplitWithSizesBackward0")  # fmt: skip
def split_sizes(k, input: Array, sizes: tuple, dim: Dim):
    """Consecutive pieces of the given sizes along `dim`; views."""
    pieces, start = [], 0
    for size in sizes:
        pieces.append(k.basic_index(input, (slice(None),) * dim + (slice(start, start + size),)))
        start += size
    return pieces


@op(grad=lambda k, g, input_shape, sizes, dim: (_join(k, g, input_shape, sizes, dim),), result="list", view=True, public=False,
    grad_name="SplitBackward0")  # fmt: skip
def split_evenly(k, input: Array, sizes: tuple, dim: Dim):
    """The same where the sizes come from one: PyTorch has a node of another name for it."""
    return k.split_sizes(input, sizes, dim)


def _join(k, gradients, shape, sizes, dim):
    """The gradients of the pieces side by side, zeros for those that were not used."""
    some = next(g for g in gradients if g is not None)
    parts = [
        k.new_full(some, (*shape[:dim], size, *shape[dim + 1 :]), 0) if g is None else g
        for g, size in zip(gradients, sizes, strict=True)
    ]
    return k.cat(parts, dim)


def _split_samples(make):
    yield Sample(make(5, 3), 2)
    yield Sample(make(5, 3), (1, 4))
    yield Sample(make(2, 6), 3, -1)


@composition(samples=_split_samples)
def split(tensor: Array, split_size_or_sections: int | list[int], dim: int = 0):
    """Pieces of one size (the last may be smaller), or of given sizes, along `dim`; views."""
    if not tensor.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    size, step = tensor.shape[dim := to_dim(dim, tensor.ndim)], split_size_or_sections
    if isinstance(step, SupportsIndex):
        if step < 0 or (step == 0 and size):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
        sizes = tuple([min(step, size - start) for start in range(0, size, step or 1)]) or (0,)
    else:
        sizes = to_sizes(split_size_or_sections)
        if sum(sizes) != size or min(sizes, default=0) < 0:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension {dim}), but "
                f"got split_sizes={list(sizes)}"
            )
    return (split_evenly if isinstance(step, int) else split_sizes)(tensor, sizes, dim)


@composition(samples=lambda make: iter([Sample(make(5, 3), 2), Sample(make(2, 7), 3, 1), Sample(make(2), 5)]))
def chunk(input: Array, chunks: int, dim: int = 0):
    """At most `chunks` pieces of equal size (the last may be smaller) along `dim`, as many empty ones of none; views."""
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = input.shape[to_dim(dim, input.ndim)]
    return split(input, -(-size // chunks) if size else [0] * chunks, dim)


@op(grad=lambda k, g, input_shape, dim: (_stack_back(k, g, input_shape, dim),), result="list", view=True,
    samples=lambda make: iter([Sample(make(3, 2)), Sample(make(2, 3), 1)]))  # fmt: skip
def unbind(k, input: Array, dim: Dim = 0):
    """The slices along `dim`, each without that dimension; views."""
    return [k.basic_index(input, (slice(None),) * dim + (i,)) for i in range(input.shape[dim])]


def _stack_back(k, gradients, shape, dim):
    some = next(g for g in gradients if g is not None)
    zeros = k.new_full(some, (*shape[:dim], *shape[dim + 1 :]), 0)
    return k.stack([zeros if g is None else g for g in gradients], dim)


# --- Methods with other signatures ----------------------------------------------------------------------------------------


def dims_method(function):
    """`x.permute(2, 0, 1)` as well as `x.permute((2, 0, 1))`."""

    def method(self: Tensor, *dims: Any, **named: Any) -> Tensor:
        if not dims:
            return function(self, **named)
        return function(self, dims[0] if len(dims) == 1 and isinstance(dims[0], tuple | list) else dims)

    method.__doc__ = function.__doc__
    return method


def _matrix_transpose(self: Tensor) -> Tensor:
    if self.ndim < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor.")
    return transpose(self, -2, -1)


def _reversed_dims(self: Tensor) -> Tensor:
    return transpose(self, 0, 1) if self.ndim == 2 else permute(self, tuple(reversed(range(self.ndim))))


def adjoint(input: Tensor) -> Tensor:
    """The conjugate transpose of a matrix, or of a batch of them."""
    return _matrix_transpose(input).conj()


METHODS = {
    "adjoint": adjoint, "view": view, "expand": _expand_method, "ravel": ravel,
    "view_as": lambda self, other: view(self, other.shape), "reshape_as": lambda self, other: reshape(self, other.shape),
    "expand_as": lambda self, other: _expand_method(self, other.shape),
    **{name: dims_method(function) for name, function in (("reshape", reshape), ("permute", permute))},
    "T": property(_reversed_dims), "mT": property(_matrix_transpose), "mH": property(adjoint),
    "H": property(lambda self: _matrix_transpose(self).conj() if self.ndim else self),
}  # fmt: skip
