"""Reading and writing at computed places: `x[...]` in all its forms, gather and scatter, masks.

Integers, slices, None and `...` give views (`basic_index`). Tensors of integers or bools read copies (`index`) and write
through `index_put`. The derivative of reading is adding at the same places, and the other way round. A row that takes
`indices` gets raw int64 arrays in a tuple, with None where a dimension is taken whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import BODIES
from minitorch.errors import IndexOutOfRange, message
from minitorch.explain import broadcast_shape, placed
from minitorch.inplace import check_writable, run_inplace, write, written
from minitorch.operands import constant, regular, to_dim
from minitorch.ops.creation import tensor
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import basic_index
from minitorch.rows import OPS, Array, Dim, Index, Mask, composition, linear, op
from minitorch.tape import mode
from minitorch.tensor import Tensor, wrap

# --- Rows behind x[i] -------------------------------------------------------------------------------------------------


def _explain_places(input: Tensor, indices: tuple) -> None:
    """Say which of the indices lies outside of its dimension."""
    for dim, array in enumerate(indices):
        if array is not None:
            size = input.shape[dim]
            try:
                input.device.backend.check_index(array, -size, size, dim)
            except IndexOutOfRange as error:
                raise IndexOutOfRange(placed(str(error), f"indexing a tensor of shape {list(input.shape)}")) from None


@op(input=lambda k, g, input_shape, indices: k.index_transpose(g, input_shape, indices), public=False, explain=_explain_places)
def index(k, input: Array, indices: tuple):
    """input at integer arrays that broadcast together; they stand where the first was if they are neighbours, else in front."""
    shape, dims, order = _plan(input.shape, indices)
    rows = math.prod(input.shape[d] for d in dims)
    flat = k.reshape(k.permute(input, order), (rows, *[input.shape[d] for d in order[len(dims) :]]))
    taken = k.index_select(flat, 0, _positions(k, input.shape, indices, dims, shape))
    taken = k.reshape(taken, (*shape, *taken.shape[1:]))
    return k.permute(taken, _to_place(len(shape), len(taken.shape), dims))


@op(input=lambda k, g, indices: k.index(g, indices), public=False)
def index_transpose(k, input: Array, size: tuple, indices: tuple):
    """Zeros of `size` to which `input` is added at the indices."""
    return k.index_put(k.new_full(input, size, 0), input, indices, True)


@op(input=lambda k, g, values_shape, indices, accumulate: g if accumulate else k.index_put(g, _zeros(k, g, values_shape), indices, False),
    values=lambda k, g, indices: k.index(g, indices), public=False, grad_name="IndexPutBackward0",
    explain=lambda input, values, indices, accumulate: _explain_places(input, indices))  # fmt: skip
def index_put(k, input: Array, values: Array, indices: tuple, accumulate: bool):
    """input with `values` written (or added) at the indices; which of several values for one place stays is the last."""
    shape, dims, order = _plan(input.shape, indices)
    rows, rest = math.prod(input.shape[d] for d in dims), tuple([input.shape[d] for d in order[len(dims) :]])
    flat = k.reshape(k.permute(input, order), (rows, *rest))
    place = _to_place(len(shape), len(shape) + len(rest), dims)
    result_shape = [(*shape, *rest)[d] for d in place]
    values = k.permute(k.expand(values, tuple(result_shape)), _inverse(place))
    values = k.reshape(values, (math.prod(shape), *rest))
    positions = _positions(k, input.shape, indices, dims, shape)
    flat = k.index_add(flat, 0, positions, values) if accumulate else k.index_copy(flat, 0, positions, values)
    return k.permute(k.reshape(flat, tuple([input.shape[d] for d in order])), _inverse(order))


def _zeros(k, g, shape):
    return k.new_full(g, shape, 0)


def _plan(size: Sequence[int], indices: tuple) -> tuple[tuple[int, ...], list[int], tuple[int, ...]]:
    """The indices' common shape, the indexed dims, and all dims with those in front."""
    dims = [d for d, array in enumerate(indices) if array is not None]
    shape = broadcast_shape([indices[d].shape for d in dims])
    if shape is None:
        shapes = ", ".join(str(list(indices[d].shape)) for d in dims)
        raise IndexError(f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}")
    return shape, dims, tuple(dims + [d for d in range(len(size)) if d not in dims])


def _to_place(count: int, ndim: int, dims: list[int]) -> tuple[int, ...]:
    """The permutation that moves the first `count` dims (the indices') to where they belong in the result."""
    neighbours = dims == list(range(dims[0], dims[0] + len(dims)))
    start = dims[0] if neighbours else 0
    rest = list(range(count, ndim))
    return tuple(rest[:start] + list(range(count)) + rest[start:])


def _inverse(order: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def _positions(k, size, indices, dims, shape):
    """The row numbers, in one dimension, that indices into several dims amount to."""
    total = None
    for d in dims:
        k.check_index(indices[d], -size[d], size[d], d)
        array = indices[d] + size[d] * k.cast_like(indices[d] < 0, indices[d])
        total = array if total is None else total * size[d] + array
    return k.reshape(k.expand(total, shape), (math.prod(shape),))


# --- x[...] -----------------------------------------------------------------------------------------------------------

_PLAIN = (int, slice, type(None), type(Ellipsis))


def getitem(self: Tensor, key: Any) -> Tensor:
    """x[key]: a view for ints, slices, None and `...`; a copy where a tensor, list or array of integers or bools is among them.

    >>> import minitorch
    >>> x = minitorch.arange(6).reshape(2, 3)
    >>> x[1, 1:], x[x > 3]
    (tensor([4, 5]), tensor([4, 5]))
    """
    parts = key if type(key) is tuple else (key,)
    for part in parts:
        if type(part) not in _PLAIN:
            break
        if type(part) is slice and part.step is not None and not part.step > 0:
            raise ValueError("step must be greater than zero")
    else:
        return basic_index(self, parts)
    basic, indices = _split(self, parts)
    view = basic_index(self, basic) if any(part != slice(None) for part in basic) else self
    if all(array is None for array in indices):
        return view
    return index(view, _kept(view, indices))


def setitem(self: Tensor, key: Any, value: Any) -> None:
    """x[key] = value, broadcast and converted to x's dtype."""
    parts = key if type(key) is tuple else (key,)
    basic, indices = _split(self, parts)
    view = basic_index(self, basic) if any(part != slice(None) for part in basic) else self
    if not isinstance(value, Tensor):
        value = tensor(value, dtype=self.dtype, device=self.device)
    if all(array is None for array in indices):
        view.copy_(_without_leading_ones(value, view.ndim))
        return
    value = value.to(self.device, self.dtype)
    put(view, _kept(view, indices), value, False)


def put(target: Tensor, indices: tuple, value: Tensor, accumulate: bool) -> Tensor:
    """Write into the target at integer arrays."""
    if mode.enabled and (target.requires_grad or value.requires_grad):
        return run_inplace(OPS["index_put"], target, (value, indices, accumulate), {})
    return write("index_put_", target, index_put(target, value, indices, accumulate))


def _without_leading_ones(value: Tensor, ndim: int) -> Tensor:
    """PyTorch lets x[0] = y with y of shape (1, 3) for an x[0] of shape (3,)."""
    while value.ndim > ndim and value.shape[0] == 1:
        value = value[0]
    return value


def _kept(view: Tensor, indices: tuple) -> tuple:
    """The index arrays, copied where backward will read them again."""
    if mode.enabled and view.requires_grad:
        clone = view.device.kernels.clone
        return tuple([None if array is None else clone(array) for array in indices])
    return indices


def _split(self: Tensor, parts: tuple) -> tuple[tuple, tuple]:
    """A key as a basic one, and the index arrays for the dims of what that gives."""
    converted = [_as_index(self, part) for part in parts]
    consumed = sum(
        part.ndim if isinstance(part, Tensor) and part.dtype is dtypes.bool else part is not None and part is not Ellipsis and part is not True and part is not False
        for part in converted
    )
    if consumed > self.ndim:
        raise IndexError(f"too many indices for tensor of dimension {self.ndim}")
    basic: list[Any] = []
    indices: list[Any] = []
    dim = 0  # of self, for bounds
    for part in converted:
        if part is Ellipsis:
            count = self.ndim - consumed
            basic += [slice(None)] * count
            indices += [None] * count
            dim += count
        elif isinstance(part, Tensor):
            arrays = _mask_places(self, part, dim) if part.dtype is dtypes.bool else [part.to(dtypes.int64)._array]
            if part.dtype is dtypes.bool and part.ndim == 0:
                basic.append(None)
            else:
                basic += [slice(None)] * len(arrays)
                dim += len(arrays)
            indices += arrays
        else:
            basic.append(part)
            if type(part) is not int:
                indices.append(None)
            dim += part is not None
    return tuple(basic), tuple(indices)


def _as_index(self: Tensor, part: Any) -> Any:
    """One part of a key as an int, a slice, None, `...`, or a tensor of integers or bools."""
    if isinstance(part, bool):
        return constant(part, dtypes.bool, self.device)
    if type(part) in _PLAIN:
        if type(part) is slice:
            if part.step is not None and not part.step > 0:
                raise ValueError("step must be greater than zero")
            return slice(*[None if edge is None else int(edge) for edge in (part.start, part.stop, part.step)])
        return part
    if isinstance(part, list | tuple | range | np.ndarray | np.generic):
        part = tensor(list(part) if isinstance(part, range) else part, device=self.device)
        if part.numel() == 0:
            part = part.long()
    if isinstance(part, Tensor):
        if part.dtype.inexact:
            raise IndexError(
                message(
                    "tensors used as indices must be long, int, byte or bool tensors",
                    where=f"indexing a tensor of shape {list(self.shape)}",
                    expected="torch.int64, another integer dtype, or a torch.bool mask",
                    got=repr(part.dtype),
                    hint="convert whole numbers with .long(), or compare to get a mask",
                )
            )
        return part.to(self.device) if part.dtype is not dtypes.uint8 else part.to(self.device).bool()
    if hasattr(part, "__index__"):
        return int(part.__index__())
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {type(part).__name__})"
    )


def _mask_places(self: Tensor, mask: Tensor, dim: int) -> list[Any]:
    """The places where a mask is True, an index array for each of its dims."""
    shape = tuple(self.shape[dim : dim + mask.ndim])
    if tuple(mask.shape) != shape:
        raise IndexError(
            f"The shape of the mask {list(mask.shape)} at index {dim} does not match the shape of the indexed tensor {list(self.shape)} "
            f"at index {dim}"
        )
    if mask.ndim == 0:
        return list(mask.device.kernels.nonzero_arrays(mask.reshape(1)._array))
    if mask._view is not None:
        mask._sync()
    return list(mask.device.kernels.nonzero_arrays(mask._array))


def nonzero(input: Tensor, *, as_tuple: bool = False, out: Tensor | None = None) -> Any:
    """The places of the elements that aren't 0: one row each, or a tuple with an index tensor per dimension."""
    if input._view is not None:
        input._sync()
    from_mask = input if input.dtype is dtypes.bool else input != 0
    arrays = from_mask.device.kernels.nonzero_arrays(from_mask._array if input.ndim else from_mask.reshape(1)._array)
    columns = [wrap(array, dtypes.int64, input.device) for array in arrays]
    if as_tuple:
        return tuple(columns)
    rows = OPS["stack"].function(columns, 1) if input.ndim else columns[0].reshape(-1, 1)[:, :0]
    return rows if out is None else written("nonzero", out, rows)


def index_put_(self: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """Write (or add) values at index tensors."""
    if accumulate:
        _, arrays = _split(self, tuple(indices))
        return put(self, _kept(self, arrays), values.to(self.dtype), True)
    setitem(self, tuple(indices), values)
    return self


# --- Along one dimension ------------------------------------------------------------------------------------------------


def _gather_samples(make):
    yield Sample(make(3, 4), 1, make.integers((3, 2), 0, 4))
    yield Sample(make(3, 4), 0, make.integers((2, 3), 0, 3))
    yield Sample(make(5), -1, make.integers((7,), 0, 5))


def _gather_errors(make):
    yield ErrorSample(Sample(make(3, 4), 1, make.integers((3, 2), 4, 6)), RuntimeError, "index .* is out of bounds for dimension 1 with size 4")
    yield ErrorSample(Sample(make(3, 4), 1, make(3, 2)), RuntimeError, "scalar type Long or Int")


def _explain_places(input: Tensor, index: Tensor, *rest: Any) -> None:
    """Of gather and the scatters: (input, index, dim) or (input, index, src, dim)."""
    dim = rest[-1]
    for name, tensor in (("self", input), ("src", rest[0] if len(rest) > 1 else input)):
        if tensor.ndim != index.ndim:
            raise RuntimeError(f"Index tensor must have the same number of dimensions as {name} tensor, got {index.ndim} and {tensor.ndim}")
        if any(n > size and (d != dim or name == "src") for d, (n, size) in enumerate(zip(index.shape, tensor.shape, strict=True))):
            raise RuntimeError(f"Expected index {list(index.shape)} to be no larger than {name} {list(tensor.shape)} apart from dimension {dim}")


@linear(input=lambda k, g, input_shape, dim, index: k.scatter_add(k.new_full(g, input_shape, 0), dim, index, g),
        samples=_gather_samples, errors=_gather_errors, explain=_explain_places)  # fmt: skip
def gather(k, input: Array, dim: Dim, index: Index):
    """out[i][j] = input[index[i][j]][j] along dim 0, and so on: one element of `input` for each of `index`."""
    if 0 in index.shape:
        return k.new_full(input, index.shape, 0)
    k.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
    flat = k.reshape(input, (math.prod(input.shape),))
    return k.reshape(k.index_select(flat, 0, _places(k, input.shape, dim, index)), index.shape)


def _places(k, size, dim, index):
    """The number in row-major order of each place that `index` means along `dim`."""
    total = None
    for d, length in enumerate(size):
        if d == dim:
            part = index
        else:
            shape = tuple([index.shape[d] if e == d else 1 for e in range(len(size))])
            part = k.expand(k.reshape(k.arange_like(index, index.shape[d]), shape), index.shape)
        total = part if total is None else total * length + part
    return k.reshape(index if total is None else total, (math.prod(index.shape),))


def _scatter_samples(make):
    yield Sample(make(3, 4), 1, make.permutations((3, 2), 4), make(3, 2))
    yield Sample(make(3, 4), 0, make.permutations((2, 4), 3, 0), make(3, 4))


def _src_gradient(k, g, src_shape, dim, index):
    if 0 in index.shape:
        return _zeros(k, g, src_shape)
    taken = k.gather(g, dim, index)
    after = [(0, size - used) for size, used in zip(src_shape, index.shape, strict=True)]
    return taken if not any(extra for _, extra in after) else k.pad_constant(taken, tuple(after), 0)


def _src_part(k, src, index):
    """The corner of src that index covers."""
    if tuple(src.shape) == tuple(index.shape):
        return src
    return k.basic_index(src, tuple([slice(0, size) for size in index.shape]))


@op(input=lambda g: g, src=lambda k, g, src_shape, dim, index: _src_gradient(k, g, src_shape, dim, index), inplace=True,
    explain=_explain_places, samples=lambda make: iter([Sample(make(3, 4), 1, make.integers((3, 5), 0, 4), make(3, 5)), Sample(make(4), 0, make.integers((6,), 0, 4), make(6))]))  # fmt: skip
def scatter_add(k, input: Array, dim: Dim, index: Index, src: Array):
    """input with every element of `src` added at the place that `index` says along `dim`."""
    if 0 in index.shape:
        return k.clone(input)
    k.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
    count = math.prod(index.shape)
    values = k.reshape(_src_part(k, src, index), (count,))
    flat = k.index_add(k.reshape(input, (math.prod(input.shape),)), 0, _places(k, input.shape, dim, index), values)
    return k.reshape(flat, input.shape)


@op(input=lambda k, g, src_shape, dim, index: k.scatter_elements(g, dim, index, _zeros(k, g, src_shape)),
    src=lambda k, g, src_shape, dim, index: _src_gradient(k, g, src_shape, dim, index), public=False,
    out=True, grad_name="ScatterBackward0", samples=_scatter_samples, explain=_explain_places)  # fmt: skip
def scatter_elements(k, input: Array, dim: Dim, index: Index, src: Array):
    """input with the elements of `src` at the places that `index` says along `dim`."""
    if 0 in index.shape:
        return k.clone(input)
    k.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
    values = k.reshape(_src_part(k, src, index), (math.prod(index.shape),))
    flat = k.index_copy(k.reshape(input, (math.prod(input.shape),)), 0, _places(k, input.shape, dim, index), values)
    return k.reshape(flat, input.shape)


@composition(samples=_scatter_samples, inplace=True, out=True)
def scatter(input: Array, dim: int, index: Index, src: Any = None, *, value: Any = None, reduce: str | None = None, out=None):
    """input with `src` (a tensor or a number) written at the places that `index` says along `dim`."""
    src = value if src is None else src
    if not isinstance(src, Tensor):
        src = OPS["expand"].function(constant(src, input.dtype, input.device), tuple(index.shape))
    if reduce == "add":
        return scatter_add(input, dim, index, src, out=out)
    if reduce is not None:
        raise RuntimeError(f"scatter(): reduce argument must be None or 'add' here, got {reduce!r}")
    return scatter_elements(input, dim, index, src, out=out)


BODIES["scatter"] = BODIES["scatter_elements"]  # on arrays `k.scatter` takes arrays only


def _select_samples(make):
    yield Sample(make(4, 3), 0, make.integers((5,), 0, 4))
    yield Sample(make(4, 3), -1, make.integers((2,), 0, 3))


@linear(input=lambda k, g, input_shape, dim, index: k.index_add(k.new_full(g, input_shape, 0), dim, index, g), samples=_select_samples)
def index_select(k, input: Array, dim: Dim, index: Index):
    """The slices of input along `dim` that a vector of integers names, in its order."""
    ...


@op(input=lambda g: g, source=lambda k, g, dim, index, alpha: k.index_select(g, dim, index) * alpha, inplace=True,
    samples=lambda make: iter([Sample(make(4, 3), 0, make.integers((5,), 0, 4), make(5, 3)), Sample(make(4, 3), 1, make.integers((2,), 0, 3), make(4, 2), alpha=2)]))  # fmt: skip
def index_add(k, input: Array, dim: Dim, index: Index, source: Array, *, alpha: float = 1):
    """input with the slices of `source`, times alpha, added at the slices that `index` names along `dim`."""
    ...


@op(input=lambda k, g, source_shape, dim, index: k.index_copy(g, dim, index, _zeros(k, g, source_shape)),
    source=lambda k, g, dim, index: k.index_select(g, dim, index), inplace=True,
    samples=lambda make: iter([Sample(make(4, 3), 0, make.permutations((2,), 4), make(2, 3))]))  # fmt: skip
def index_copy(k, input: Array, dim: Dim, index: Index, source: Array):
    """input with the slices of `source` written at the slices that `index` names along `dim`."""
    ...


@composition(samples=lambda make: iter([Sample(make(4, 3), 0, make.integers((2,), 0, 4), 1.5)]), inplace=True)
def index_fill(input: Array, dim: int, index: Index, value: Any):
    """input with `value` in the slices that `index` names along `dim`."""
    value = value.to(input.dtype) if isinstance(value, Tensor) else constant(value, input.dtype, input.device)
    if value.ndim:
        raise RuntimeError(f"index_fill(): only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s).")
    if not input.ndim:
        return index_copy(input, dim, index, value)
    dim = to_dim(dim, input.ndim)
    chosen = tensor([False] * input.shape[dim], dtype=dtypes.bool, device=input.device)
    chosen = index_copy(chosen, 0, index, constant(True, dtypes.bool, input.device).expand(index.numel()))
    return OPS["where"].function(chosen.reshape(-1, *[1] * (input.ndim - 1 - dim)), value, input)


def _along_samples(make):
    yield Sample(make(3, 4), make.integers((3, 2), 0, 4), 1)
    yield Sample(make(3, 4), make.integers((1, 4), 0, 3), 0)
    yield Sample(make(3, 4), make.integers((5,), 0, 12))


@composition(samples=_along_samples, out=True)
def take_along_dim(input: Array, indices: Index, dim: int | None = None, *, out=None):
    """gather whose other dimensions broadcast; without `dim` on the flattened tensor."""
    if dim is None:
        return gather(input.flatten(), 0, _from_front(indices.flatten(), input.numel()), out=out)
    dim = to_dim(dim, input.ndim)
    shape = broadcast_shape([[1 if d == dim else n for d, n in enumerate(t.shape)] for t in (input, indices)])
    if shape is None:
        raise RuntimeError(f"take_along_dim(): input {list(input.shape)} and indices {list(indices.shape)} must broadcast but for dim {dim}")

    def sized(t: Tensor) -> Tensor:
        return OPS["expand"].function(t, tuple([t.shape[dim] if d == dim else n for d, n in enumerate(shape)]))

    return gather(sized(input), dim, _from_front(sized(indices), input.shape[dim]), out=out)


def _from_front(index: Tensor, size: int) -> Tensor:
    """Places counted from the end as places counted from the front."""
    return OPS["where"].function(index < 0, index + size, index)


@composition(samples=lambda make: iter([Sample(make(3, 4), make.integers((5,), 0, 12))]), out=True)
def take(input: Array, index: Index, *, out=None):
    """The elements of the flattened tensor at the given numbers, in the shape of `index`."""
    taken = gather(input.flatten(), 0, _from_front(index.flatten(), input.numel())).reshape(index.shape)
    return taken if out is None else written("take", out, taken)


@composition(samples=lambda make: iter([Sample(make(2, 3), make.bools((2, 3))), Sample(make(2, 3), make.bools((3,)))]), out=True)
def masked_select(input: Array, mask: Mask, *, out=None):
    """The elements where mask is True, in one dimension."""
    shape = broadcast_shape([input.shape, mask.shape])
    if shape is None:
        raise RuntimeError(f"masked_select(): input {list(input.shape)} and mask {list(mask.shape)} must broadcast")
    selected = getitem(input.expand(*shape), mask.expand(*shape))
    return selected if out is None else written("masked_select", out, selected)


METHODS = {"__getitem__": getitem, "__setitem__": setitem, "nonzero": nonzero, "index_put_": index_put_}
