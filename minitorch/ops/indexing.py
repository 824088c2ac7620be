"""Reading and writing at computed places: `x[...]` in all its forms, gather and scatter, masks.

Integers, slices, None and `...` give views (`basic_index`). Tensors of integers or bools read copies (`index`) and write
through `index_put`. The derivative of reading is adding at the same places, and the other way round. A row that takes
`indices` gets raw int64 arrays in a tuple, with None where a dimension is taken whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.errors import IndexOutOfRange, message
from minitorch.explain import broadcast_shape, placed
from minitorch.inplace import run_inplace, write, written
from minitorch.operands import constant, meet
from minitorch.ops.creation import tensor
from minitorch.ops.samples import Sample
from minitorch.ops.shape import basic_index
from minitorch.rows import OPS, Array, Mask, Op, composition, op
from minitorch.tape import mode
from minitorch.tensor import Tensor, wrap

# --- Rows behind x[i] -------------------------------------------------------------------------------------------------


def _explain_arrays(input: Tensor, indices: tuple) -> None:
    """Say which of the indices lies outside of its dimension."""
    for dim, array in enumerate(indices):
        if array is not None:
            size = input.shape[dim]
            try:
                input.device.backend.check_index(array, -size, size, dim)
            except IndexOutOfRange as error:
                raise IndexOutOfRange(placed(str(error), f"indexing a tensor of shape {list(input.shape)}")) from None


@op(
    input=lambda k, g, input_shape, indices: k.index_transpose(g, input_shape, indices),
    public=False,
    explain=_explain_arrays,
)
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


@op(
    input=lambda k, g, values_shape, indices, accumulate: (
        g if accumulate else k.index_put(g, k.new_full(g, values_shape, 0), indices, False)
    ),
    values=lambda k, g, indices: k.index(g, indices),
    public=False,
    grad_name="IndexPutBackward0",
    explain=lambda input, values, indices, accumulate: _explain_arrays(input, indices),
    autocast="cuda widest",
)
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


def _on_tensors(op: Op) -> Callable:
    """One of these rows for rules and graphs, where indices may be Tensors: they become arrays where the operands lie."""

    def function(*arguments: Any) -> Tensor:
        place = [parameter.name for parameter in op.parameters].index("indices")
        tensors = [value for value in (*arguments, *arguments[place]) if isinstance(value, Tensor)]
        met = dict(zip(map(id, tensors), meet(*tensors), strict=True))
        given: list[Any] = [met.get(id(value), value) for value in arguments]
        given[place] = tuple([_array_of(met.get(id(value), value)) for value in arguments[place]])
        return op.function(*given)

    return function


def _array_of(index: Any) -> Any:
    if not isinstance(index, Tensor):
        return index
    if index._view is not None:
        index._sync()
    return index._array


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
    self = meet(self, *[part for part in parts if isinstance(part, Tensor)])[0]
    basic, indices = _split(self, parts)
    view = basic_index(self, basic) if any(part != slice(None) for part in basic) else self
    if all(array is None for array in indices):
        return view
    return index(view, _kept(view, indices))


def setitem(self: Tensor, key: Any, value: Any) -> None:
    """x[key] = value, broadcast and converted to x's dtype."""
    parts = key if type(key) is tuple else (key,)
    if not isinstance(value, Tensor):
        value = tensor(value, dtype=self.dtype, device=self.device)
    if _fills_mask(self, key, value):
        mask: Any = key
        mask = mask.reshape((*mask.shape, *[1] * (self.ndim - mask.ndim)))
        write("index_put_", self, OPS["where"].function(mask, value.to(self.device, self.dtype), self))
        return
    basic, indices = _split(self, parts)
    view = basic_index(self, basic) if any(part != slice(None) for part in basic) else self
    if all(array is None for array in indices):
        view.copy_(_without_leading_ones(value, view.ndim))
        return
    value = value.to(self.device, self.dtype)
    put(view, _kept(view, indices), value, False)


def _fills_mask(self: Tensor, key: Any, value: Tensor) -> bool:
    """Is it one number at a mask's places, off the tape? Then nobody needs to know how many places these are."""
    return (
        isinstance(key, Tensor)
        and key.dtype is dtypes.bool
        and 0 < key.ndim <= self.ndim
        and key.device is self.device
        and key.shape == self.shape[: key.ndim]
        and not value.ndim
        and not (mode.enabled and (self.requires_grad or value.requires_grad))
    )


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
        part.ndim
        if isinstance(part, Tensor) and part.dtype is dtypes.bool
        else part is not None and part is not Ellipsis and part is not True and part is not False
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
    if not isinstance(part, Tensor) and isinstance(part, list | tuple | range | np.ndarray | np.generic):
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
        part = part if part.device is self.device else part.to(self.device)
        return part if part.dtype is not dtypes.uint8 else part.bool()
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
            f"The shape of the mask {list(mask.shape)} at index {dim} does not match the shape of the indexed "
            f"tensor {list(self.shape)} "
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


@composition(
    samples=lambda make: iter([Sample(make(2, 3), make.bools((2, 3))), Sample(make(2, 3), make.bools((3,)))]), out=True
)
def masked_select(input: Array, mask: Mask, *, out=None):
    """The elements where mask is True, in one dimension.

    out = input[mask]
    """
    shape = broadcast_shape([input.shape, mask.shape])
    if shape is None:
        raise RuntimeError(f"masked_select(): input {list(input.shape)} and mask {list(mask.shape)} must broadcast")
    input, mask = (t if t.shape == shape else t.expand(*shape) for t in (input, mask))
    selected = getitem(input, mask)
    return selected if out is None else written("masked_select", out, selected)


METHODS = {"__getitem__": getitem, "__setitem__": setitem, "nonzero": nonzero, "index_put_": index_put_}
ON_TENSORS = {name: _on_tensors(OPS[name]) for name in ("index", "index_put", "index_transpose")}
