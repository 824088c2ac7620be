"""Collation: many samples into one batch, or (without batching) NumPy values into Tensors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from minitorch.dtypes import float64
from minitorch.errors import message
from minitorch.ops.creation import tensor
from minitorch.ops.interchange import as_tensor
from minitorch.ops.joining import stack
from minitorch.tensor import Tensor

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack the samples of a batch along a new first dimension; containers of samples become containers of batches.

    Tensors and NumPy arrays are stacked, numbers become a 1-d Tensor (floats of dtype float64), strings stay a list, tuples
    become lists, named tuples, mappings and sequences keep their type. Register more types in `default_collate_fn_map`.

    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    >>> default_collate([{"x": 0.5}, {"x": 1.5}])
    {'x': tensor([0.5000, 1.5000], dtype=torch.float64)}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Sequence[Any], *, collate_fn_map: dict[Any, Callable] | None = None) -> Any:
    """Collate by the type of the first sample: `collate_fn_map[type](batch, collate_fn_map=...)`, else as a container.

    A sample's own type is looked up first, then the map's types in their order for one that it is an instance of.
    """
    first = batch[0]
    function = _function_for(first, collate_fn_map or {})
    if function is not None:
        return function(batch, collate_fn_map=collate_fn_map)

    def inner(samples: Sequence[Any]) -> Any:
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        return _like_mapping(first, {key: inner([sample[key] for sample in batch]) for key in first})
    if isinstance(first, Sequence):
        return _like_sequence(first, [inner(samples) for samples in _columns(batch)])
    raise TypeError(_unknown_type(type(first)))


def default_convert(data: Any) -> Any:
    """Turn NumPy arrays and numbers inside `data` into Tensors, and leave everything else as it is.

    >>> default_convert((np.array([0, 1]), "a"))
    [tensor([0, 1]), 'a']
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, np.ndarray | np.generic) and not isinstance(data, np.str_ | np.bytes_):
        return data if data.dtype.kind in "SUO" else as_tensor(data)
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _like_sequence(data, [default_convert(item) for item in data])
    return data


def collate_tensor_fn(batch: Sequence[Tensor], *, collate_fn_map: dict[Any, Callable] | None = None) -> Tensor:
    """Stack Tensors of one shape."""
    return stack(list(batch), 0)


def collate_numpy_array_fn(batch: Sequence[Any], *, collate_fn_map: dict[Any, Callable] | None = None) -> Any:
    """Turn NumPy arrays into Tensors, and collate these."""
    if batch[0].dtype.kind in "SUO":
        raise TypeError(_unknown_type(batch[0].dtype))
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Sequence[Any], *, collate_fn_map: dict[Any, Callable] | None = None) -> Tensor:
    """NumPy numbers keep their dtype."""
    return as_tensor(np.asarray(batch))


def collate_float_fn(batch: Sequence[float], *, collate_fn_map: dict[Any, Callable] | None = None) -> Tensor:
    """Python floats lose nothing: float64."""
    return tensor(batch, dtype=float64)


def collate_int_fn(batch: Sequence[int], *, collate_fn_map: dict[Any, Callable] | None = None) -> Tensor:
    """Integers become int64, bools bool."""
    return tensor(batch)


def collate_str_fn(batch: Sequence[str], *, collate_fn_map: dict[Any, Callable] | None = None) -> Sequence[str]:
    """Text stays as it is."""
    return batch


default_collate_fn_map: dict[Any, Callable] = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def _function_for(sample: Any, functions: dict[Any, Callable]) -> Callable | None:
    exact = functions.get(type(sample))
    if exact is not None:
        return exact
    return next((function for types, function in functions.items() if isinstance(sample, types)), None)


def _columns(batch: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """From samples with fields to fields with samples."""
    sizes = [len(sample) for sample in batch]
    if len(set(sizes)) > 1:
        odd = next(position for position, size in enumerate(sizes) if size != sizes[0])
        raise RuntimeError(
            message(
                "each element in list of batch should be of equal size",
                where=f"sample {odd} of the batch",
                expected=f"{sizes[0]} fields, as in sample 0",
                got=sizes[odd],
                hint="give the DataLoader a collate_fn that pads the samples or keeps them in a list",
            )
        )
    return list(zip(*batch, strict=True))


def _like_mapping(model: Any, items: dict[Any, Any]) -> Any:
    """A mapping of the model's type; a plain dict where that type can't be copied or made."""
    try:
        if isinstance(model, MutableMapping):
            made = copy.copy(model)  # keeps what else such an object carries
            made.update(items)
            return made
        return type(model)(items)
    except TypeError:
        return items


def _like_sequence(model: Any, items: list[Any]) -> Any:
    """A sequence of the model's type, but a list for a tuple; a list too where that type can't be copied or made."""
    if isinstance(model, tuple):
        return type(model)(*items) if hasattr(model, "_fields") else items
    try:
        if isinstance(model, MutableSequence):
            made = copy.copy(model)
            for position, item in enumerate(items):
                made[position] = item
            return made
        return type(model)(items)
    except TypeError:
        return items


def _unknown_type(kind: Any) -> str:
    return message(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {kind}",
        hint="give the DataLoader a collate_fn, or register the type in default_collate_fn_map",
    )
