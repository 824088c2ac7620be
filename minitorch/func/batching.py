"""`vmap`: a function of one example becomes one of many."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from minitorch.ops import cat, get_rng_state, set_rng_state
from minitorch.tensor import Tensor
from minitorch.transforms.batching import Batched, Randomness, batch_transform
from minitorch.transforms.level import Transform, current
from minitorch.transforms.trees import filled, leaves

Dims = Any  # an int, None, or a tree of them


def vmap(
    func: Callable,
    in_dims: Dims = 0,
    out_dims: Dims = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable:
    """`func` applied to each slice of its arguments along `in_dims`; results are stacked along `out_dims`.

    The slices are not taken one after the other: each op works on all of them. in_dims may be None for what is the same for all
    slices. randomness: "error" refuses random numbers inside, "same" draws the same for all slices, "different" others for each.
    chunk_size: how many slices at a time, to use less memory.

    >>> import minitorch
    >>> minitorch.vmap(minitorch.dot)(minitorch.ones(2, 3), minitorch.ones(2, 3))
    tensor([3., 3.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        flat, dims = _inputs(func, args, in_dims)
        named = list(leaves(kwargs))
        every = list(zip([*flat, *named], [*dims, *[0 if isinstance(v, Tensor) else None for v in named]], strict=True))
        count = _count(func, every)
        if chunk_size is None or chunk_size >= count:
            return _run(func, args, kwargs, every, count, out_dims, randomness)
        state, parts = get_rng_state(), []
        for start in range(0, count, chunk_size):
            if randomness == "same":
                set_rng_state(state)
            piece = [_piece(value, dim, start, chunk_size) for value, dim in every]
            parts.append(_run(func, args, kwargs, piece, None, out_dims, randomness))
        spread = _spread(out_dims, parts[0])
        columns = zip(*[list(leaves(part)) for part in parts], strict=True)
        return filled(parts[0], [cat(list(c), dim) for c, dim in zip(columns, spread, strict=True)])

    return wrapped


def _piece(value: Any, dim: int | None, start: int, size: int) -> tuple[Any, int | None]:
    if dim is None:
        return value, None
    return value.narrow(dim, start, min(size, value.shape[dim] - start)), dim


def _run(
    func: Callable, args: tuple, kwargs: dict, every: list, count: int | None, out_dims: Dims, randomness: str
) -> Any:
    count = _count(func, every) if count is None else count
    with batch_transform(count) as transform, Randomness(randomness, transform):
        inputs = [value if dim is None else _batched(transform, value, dim) for value, dim in every]
        given = filled((args, kwargs), inputs)
        result = func(*given[0], **given[1])
    return filled(result, [_unbatched(transform, value, dim, count)
                           for value, dim in zip(leaves(result), _spread(out_dims, result), strict=True)])  # fmt: skip


def _batched(transform: Transform, value: Tensor, dim: int) -> Tensor:
    return transform.enter(
        current(value), lambda below: Batched(transform.over(below.device), below.movedim(dim, 0), True)
    )


def _unbatched(transform: Transform, value: Any, dim: int, count: int) -> Tensor:
    if not isinstance(value, Tensor):
        raise ValueError(
            f"vmap(f, ...): `f` must only return Tensors, got type {type(value)}. Did you mean to set out_dims= to None?"
        )
    array = current(value)._array if transform.has(value) else None
    below = value if array is None else array.value
    if dim is None:
        if array is not None and array.hidden:
            raise ValueError("vmap(f, ...): `f` returned a Tensor that differs between slices where out_dims= is None")
        return below
    whole = below if array is not None and array.hidden else below.expand(count, *below.shape)
    return whole.movedim(0, dim)


# --- in_dims and out_dims ---------------------------------------------------------------------------------------------


def _inputs(func: Callable, args: tuple, in_dims: Dims) -> tuple[list, list]:
    """The arguments' leaves, and the dimension of each along which it is sliced."""
    name = getattr(func, "__name__", "f")
    if not isinstance(in_dims, int | tuple):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) tuple "
            f"matching the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function "
            "with no inputs. The latter is unsupported."
        )
    try:
        dims = _prefix(in_dims, args)
    except ValueError as error:
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of `inputs`: {error}"
        ) from None
    flat = list(leaves(args))
    for value, dim in zip(flat, dims, strict=True):
        if dim is None:
            continue
        if not isinstance(value, Tensor):
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for an input but the input is of type "
                f"{type(value)}. We cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -value.ndim <= dim < value.ndim:
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for some input, but that input is a Tensor of "
                f"dimensionality {value.ndim} so expected in_dim to satisfy -{value.ndim} <= in_dim < {value.ndim}."
            )
    return flat, [dim if dim is None or dim >= 0 else dim + value.ndim for value, dim in zip(flat, dims, strict=True)]


def _prefix(dims: Dims, tree: Any) -> list:
    """A dimension for each leaf, where a tree of dimensions may stop above the leaves."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(list(leaves(tree)))
    parts = list(tree.values()) if isinstance(tree, dict) else tree
    given = list(dims.values()) if isinstance(dims, dict) else dims
    if not isinstance(parts, list | tuple) or len(given) != len(parts):
        raise ValueError(
            f"{dims!r} for {type(tree).__name__} of {len(parts) if isinstance(parts, list | tuple) else 1}"
        )
    return [dim for one, part in zip(given, parts, strict=True) for dim in _prefix(one, part)]


def _spread(out_dims: Dims, result: Any) -> list:
    try:
        return _prefix(out_dims, result)
    except (ValueError, AttributeError, TypeError):
        raise ValueError(
            f"vmap(f, ..., out_dims={out_dims}): out_dims is not compatible with the structure of the outputs"
        ) from None


def _count(func: Callable, every: list) -> int:
    sizes = {value.shape[dim] for value, dim in every if dim is not None}
    if not sizes:
        raise ValueError("vmap: at least one input must be sliced: in_dims has only None")
    if len(sizes) > 1:
        listed = [value.shape[dim] for value, dim in every if dim is not None]
        raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got {listed}")
    return sizes.pop()
