"""Datasets: what has samples by index, what streams them, and how to combine and split them."""

from __future__ import annotations

import math
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

import numpy as np

from minitorch.errors import message
from minitorch.generator import Generator, default_generator
from minitorch.ops.gathering import index_select
from minitorch.ops.interchange import as_tensor
from minitorch.tensor import Tensor

__all__ = [
    "ChainDataset",
    "ConcatDataset",
    "Dataset",
    "IterableDataset",
    "StackDataset",
    "Subset",
    "TensorDataset",
    "random_split",
]

Sample = TypeVar("Sample", covariant=True)


class Dataset(Generic[Sample]):
    """Samples by index: a subclass defines `__getitem__`, and `__len__` for the samplers.

    `__getitems__(indices)`, where a subclass has it, returns the samples of a whole batch at once, as a list. And
    `collated(indices)`, our own addition, returns what `default_collate` would make of them, or None if it can't say.
    """

    def __getitem__(self, index: Any) -> Sample:
        raise NotImplementedError(f"{type(self).__name__}: Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset) -> ConcatDataset:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample]):
    """Samples as a stream: a subclass defines `__iter__`."""

    def __iter__(self) -> Iterator[Sample]:
        raise NotImplementedError(f"{type(self).__name__}: Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Dataset) -> ChainDataset:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Sample i is the tuple of every tensor's row i.

    >>> import minitorch
    >>> dataset = TensorDataset(minitorch.tensor([[1, 2], [3, 4]]), minitorch.tensor([0, 1]))
    >>> dataset[1]
    (tensor([3, 4]), tensor(1))
    """

    def __init__(self, *tensors: Tensor):
        sizes = [len(tensor) for tensor in tensors]
        if len(set(sizes)) > 1:
            raise AssertionError(
                message(
                    "Size mismatch between tensors", where="TensorDataset", expected="one first dimension", got=sizes
                )
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def collated(self, indices: list[int]) -> list[Tensor] | None:
        """What `default_collate` makes of these samples, by one indexing of each tensor; None where it can't be had so."""
        if type(self).__getitem__ is not TensorDataset.__getitem__ or hasattr(self, "__getitems__"):
            return None
        rows = np.array(indices)
        rows[rows < 0] += len(self)
        return [index_select(tensor, 0, as_tensor(rows, device=tensor.device)) for tensor in self.tensors]


class StackDataset(Dataset[Any]):
    """Sample i is the tuple (or with keywords the dict) of every dataset's sample i."""

    def __init__(self, *args: Dataset, **kwargs: Dataset):
        if args and kwargs:
            raise ValueError(
                "StackDataset takes datasets as positional arguments or as keywords, but both types are given"
            )
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets: tuple[Dataset, ...] | dict[str, Dataset] = args or kwargs
        sizes = [len(dataset) for dataset in self._parts()]
        if len(set(sizes)) > 1:
            raise ValueError(message("Size mismatch between datasets", where="StackDataset", got=sizes))
        self._length = sizes[0]

    def _parts(self) -> Iterable[Any]:
        return self.datasets.values() if isinstance(self.datasets, dict) else self.datasets

    def __getitem__(self, index: Any) -> Any:
        return self._sample([dataset[index] for dataset in self._parts()])

    def __getitems__(self, indices: list[int]) -> list[Any]:
        columns = [_items(dataset, indices) for dataset in self._parts()]
        for column in columns:
            if len(column) != len(indices):
                raise ValueError(f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(column)}")
        return [self._sample(fields) for fields in zip(*columns, strict=True)]

    def _sample(self, fields: Sequence[Any]) -> Any:
        return dict(zip(self.datasets, fields, strict=True)) if isinstance(self.datasets, dict) else tuple(fields)

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[Sample]):
    """The samples of several datasets, one dataset after the other.

    >>> ConcatDataset(["ab", "cde"])[3]
    'd'
    """

    def __init__(self, datasets: Iterable[Dataset[Sample]]):
        self.datasets: list[Any] = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset; ChainDataset does")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Sample:
        if index < 0:
            if -index > len(self):
                raise ValueError(
                    f"absolute value of index should not exceed dataset length, but got {index} for {len(self)} samples"
                )
            index += len(self)
        which = bisect_right(self.cumulative_sizes, index)
        start = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][index - start]


class ChainDataset(IterableDataset[Sample]):
    """The samples of several streams, one stream after the other."""

    def __init__(self, datasets: Iterable[Dataset[Sample]]):
        self.datasets = datasets

    def _streams(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(f"ChainDataset only supports IterableDataset, but got a {type(dataset).__name__}")
            yield dataset

    def __iter__(self) -> Iterator[Sample]:
        for dataset in self._streams():
            yield from dataset

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._streams())


class Subset(Dataset[Sample]):
    """The samples of a dataset at the given indices.

    A subclass that overrides `__getitem__` must override `__getitems__` too: the loader calls the latter.
    """

    def __init__(self, dataset: Dataset[Sample], indices: Sequence[int]):
        kind = type(self)
        if kind.__getitem__ is not Subset.__getitem__ and kind.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                message(
                    f"{kind.__name__} overrides __getitem__ but not __getitems__",
                    where="a subclass of Subset",
                    hint="def __getitems__(self, indices): return [self[index] for index in indices]",
                )
            )
        self.dataset: Any = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> Sample:
        if isinstance(index, list):
            return self.dataset[[self.indices[position] for position in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: list[int]) -> list[Sample]:
        return _items(self.dataset, [self.indices[position] for position in indices])

    def __len__(self) -> int:
        return len(self.indices)

    def collated(self, indices: list[int]) -> Any:
        """What `default_collate` makes of these samples, if the dataset itself can say; else None."""
        if type(self).__getitems__ is not Subset.__getitems__ or not hasattr(self.dataset, "collated"):
            return None
        return self.dataset.collated([self.indices[position] for position in indices])


def random_split(dataset: Any, lengths: Sequence[int | float], generator: Generator | None = None) -> list[Subset]:
    """Split a dataset at random into subsets of the given lengths, or of fractions that add up to 1.

    Fractions are rounded down; what is left over goes to the first subsets, one sample each.

    >>> [len(part) for part in random_split(range(10), [0.5, 0.25, 0.25])]
    [6, 2, 2]
    """
    total = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = _whole_lengths(lengths, total)
    if sum(lengths) != total:
        raise ValueError(
            message(
                "Sum of input lengths does not equal the length of the input dataset!",
                where="random_split",
                expected=f"lengths that add up to {total}, or fractions that add up to 1",
                got=f"{list(lengths)}, which add up to {sum(lengths)}",
            )
        )
    indices = (default_generator if generator is None else generator).randperm(total).tolist()
    return [
        Subset(dataset, indices[stop - length : stop])
        for stop, length in zip(accumulate(lengths), lengths, strict=True)
    ]


def _whole_lengths(fractions: Sequence[float], total: int) -> list[int]:
    for index, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {index} is not between 0 and 1: {fraction}")
    lengths = [math.floor(total * fraction) for fraction in fractions]
    for extra in range(total - sum(lengths)):
        lengths[extra % len(lengths)] += 1
    for index, length in enumerate(lengths):
        if length == 0:
            warnings.warn(
                f"Length of split at index {index} is 0. This might result in an empty dataset.", stacklevel=3
            )
    return lengths


def _items(dataset: Any, indices: list[int]) -> list[Any]:
    """Samples by index, all at once where the dataset can."""
    if callable(getattr(dataset, "__getitems__", None)):
        return dataset.__getitems__(indices)
    return [dataset[index] for index in indices]
