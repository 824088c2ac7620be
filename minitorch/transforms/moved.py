"""How rows get over vmap's hidden dimension that neither broadcast nor work along a dimension of their own.

A rule gets the number of slices and the row's arguments by name, in which arrays are Batched; it returns Tensors with the hidden
dimension in front.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from minitorch.ops import arange
from minitorch.rows import OPS
from minitorch.tensor import Tensor
from minitorch.transforms.arguments import called
from minitorch.transforms.batching import RULES, Batched, at_rank, in_front
from minitorch.transforms.trees import mapped


def _moved(name: str) -> Callable:
    def add(rule: Callable) -> Callable:
        RULES[name] = lambda count, given: rule(count, **given)
        return rule

    return add


# --- Shapes -----------------------------------------------------------------------------------------------------------


def _resized(count: int, input: Batched, size: tuple) -> Tensor:
    return input.value.reshape(count, *size)


for _name in ("view_as_size", "reshape_copy"):
    _moved(_name)(_resized)


@_moved("permute")
def _permute(count: int, input: Batched, dims: tuple) -> Tensor:
    return input.value.permute(0, *[dim + 1 for dim in dims])


@_moved("expand")
def _expand(count: int, input: Batched, size: tuple) -> Tensor:
    return at_rank(input, len(size)).expand(count, *size)


@_moved("basic_index")
def _basic_index(count: int, input: Batched, index: tuple) -> Tensor:
    return OPS["basic_index"].function(input.value, (slice(None), *index))


@_moved("basic_index_transpose")
def _basic_index_transpose(count: int, input: Batched, size: tuple, index: tuple) -> Tensor:
    return OPS["basic_index_transpose"].function(input.value, (count, *size), (slice(None), *index))


@_moved("as_strided_contiguous")
def _as_strided(count: int, input: Batched, size: tuple, stride: tuple, storage_offset: int) -> Tensor:
    whole = math.prod(input.shape)
    function = OPS["as_strided_contiguous"].function
    return function(input.value.contiguous(), (count, *size), (whole, *stride), storage_offset)


def _extreme(name: str) -> Callable:
    """argmax and argmin, which over several dimensions count as in a vector."""

    def rule(count: int, input: Batched, dim: tuple, keepdim: bool) -> Tensor:
        function = OPS[name].function
        if len(dim) == 1:
            return function(input.value, dim[0] + 1, keepdim)
        found = function(input.value.reshape(count, -1), 1, False)
        return found.reshape(count, *[1] * len(input.shape)) if keepdim else found

    return rule


for _name in ("argmax", "argmin"):
    _moved(_name)(_extreme(_name))


# --- Products ---------------------------------------------------------------------------------------------------------


@_moved("matmul")
def _matmul(count: int, input: Batched, other: Batched) -> Tensor:
    """Vectors become rows or columns, then both get the same rank."""
    left, right = input, other
    row, column = len(left.shape) == 1, len(right.shape) == 1
    a = left.value.unsqueeze(-2) if row else left.value
    b = right.value.unsqueeze(-1) if column else right.value
    if not right.hidden and len(right.shape) <= 2:  # many left sides, one matrix: one product
        out = left.value @ right.value
        return out
    rank = max(len(left.shape) + row, len(right.shape) + column)
    a, b = _ranked(a, left.hidden, rank), _ranked(b, right.hidden, rank)
    out = a @ b
    out = out.squeeze(-1) if column else out
    return out.squeeze(-1 if column and row else -2) if row else out


def _ranked(value: Tensor, hidden: bool, rank: int) -> Tensor:
    missing = rank + 1 - value.ndim
    return value.reshape(value.shape[0], *[1] * missing, *value.shape[1:]) if hidden and missing > 0 else value


# --- Slices by number -------------------------------------------------------------------------------------------------


@_moved("index_select")
def _index_select(count: int, input: Batched, dim: int, index: Batched) -> Tensor:
    if not index.hidden:
        return input.value.index_select(dim + 1, index.value)
    if not input.hidden:  # one table, many lists: one list after the other
        picked = input.value.index_select(dim, index.value.reshape(-1))
        return picked.reshape(*input.shape[:dim], count, -1, *input.shape[dim + 1 :]).movedim(dim, 0)
    rows, order = _rows(input.value, dim)
    picked = rows.index_select(0, _numbered(index.value, input.shape[dim]))
    return _unrows(picked.reshape(count, -1, *rows.shape[1:]), order)


def _written(name: str) -> Callable:
    """index_add and index_copy."""

    def rule(count: int, input: Batched, dim: int, index: Batched, source: Batched, **settings: Any) -> Tensor:
        function = OPS[name].function
        base, source_ = in_front(input, count), in_front(source, count)
        if not index.hidden:
            return function(base, dim + 1, index.value, source_, **settings)
        rows, order = _rows(base, dim)
        given, _ = _rows(source_, dim)
        written = function(rows, 0, _numbered(index.value, input.shape[dim]), given, **settings)
        return _unrows(written.reshape(count, -1, *rows.shape[1:]), order)

    return rule


for _name in ("index_add", "index_copy"):
    _moved(_name)(_written(_name))


def _rows(value: Tensor, dim: int) -> tuple[Tensor, tuple[int, ...]]:
    """(slices, ..., n at `dim`, ...) as (slices * n, ...), and how to put the dimensions back."""
    order = (0, dim + 1, *[d for d in range(1, value.ndim) if d != dim + 1])
    turned = value.permute(order)
    return turned.reshape(-1, *turned.shape[2:]), order


def _unrows(value: Tensor, order: tuple[int, ...]) -> Tensor:
    return value.permute([order.index(d) for d in range(len(order))])


def _numbered(index: Tensor, size: int) -> Tensor:
    """Numbers within each slice as numbers among the rows of all."""
    start = arange(index.shape[0], device=index.device).reshape(-1, *[1] * (index.ndim - 1)) * size
    return (index + start).reshape(-1)


# --- Planes -----------------------------------------------------------------------------------------------------------


def _folded(name: str, count: int, given: dict[str, Any]) -> Any:
    """Rows that treat each element of the first dimension alike get the hidden one multiplied into it."""
    op = OPS[name]
    values = dict(given)
    for p in op.operands:
        if isinstance(given[p.name], Batched) and p.name not in ("weight", "bias"):
            values[p.name] = in_front(given[p.name], count).flatten(0, 1)
    values |= {key: value.value for key, value in values.items() if isinstance(value, Batched)}
    if "input_size" in values:
        first, *rest = given["input_size"]
        values["input_size"] = (count * first, *rest)
    result = called(op, values)
    return mapped(lambda part: part.unflatten(0, (count, -1)), result if isinstance(result, Tensor) else list(result))


for _name in ("adaptive_max_pooling", "avg_pooling", "avg_pooling_gradient", "col2im", "im2col", "max_pooling",
              "max_pooling_gradient", "max_pooling_take", "max_unpooling"):  # fmt: skip
    RULES[_name] = partial(_folded, _name)


def _convolved(name: str, count: int, given: dict[str, Any]) -> Any:
    """One weight for all slices: one convolution of all. A weight each: by the body, as products of matrices."""
    if any(isinstance(given.get(key), Batched) and given[key].hidden for key in ("weight", "bias")):
        kernels = next(value.device.kernels for value in given.values() if isinstance(value, Batched))
        body: Any = OPS[name].body
        return body(kernels, **given)
    return _folded(name, count, given)


for _name in ("convolution", "convolution_input_gradient"):
    RULES[_name] = partial(_convolved, _name)
