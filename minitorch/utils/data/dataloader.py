"""DataLoader: passes over a dataset in batches, in this process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any

from minitorch.errors import message
from minitorch.generator import Generator, default_generator
from minitorch.tensor import Tensor

from .collate import collate_tensor_fn, default_collate, default_collate_fn_map, default_convert
from .dataset import Dataset, IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, random_seed

__all__ = ["DataLoader", "get_worker_info"]

_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader:
    """Iterate over a dataset in batches; each `for` is one pass (an epoch), shuffled anew if asked for.

    `batch_size=None` gives single samples. From the same seed, batches come as PyTorch's do, and the default generator goes on
    as it does there: a pass takes a number from it, and a shuffled one without a `generator` a second one.

    >>> list(DataLoader(range(5), batch_size=2))
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler | Iterable | None = None,
        batch_sampler: Sampler | Iterable | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ):
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
        self._streams = isinstance(dataset, IterableDataset)
        if self._streams:
            _check_stream(shuffle, sampler, batch_sampler)
        _check_sampling(batch_size, shuffle, sampler, batch_sampler, drop_last)
        self.dataset: Any = dataset
        self.num_workers, self.timeout, self.prefetch_factor = num_workers, timeout, prefetch_factor
        self.worker_init_fn, self.multiprocessing_context = worker_init_fn, multiprocessing_context
        self.pin_memory, self.pin_memory_device, self.in_order = pin_memory, pin_memory_device, in_order
        if sampler is None:
            if self._streams:
                sampler = repeat(None)
            else:
                sampler = (
                    RandomSampler(self.dataset, generator=generator) if shuffle else SequentialSampler(self.dataset)
                )
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size, self.drop_last = batch_size, drop_last
        self.sampler, self.batch_sampler = sampler, batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self._counted: int | None = None  # the length that a stream gave when it was asked for
        self.persistent_workers = persistent_workers

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIXED and "persistent_workers" in vars(self):  # the last one that __init__ sets
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized; make a new loader"
            )
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[Any]:
        return _Pass(self)

    def __len__(self) -> int:
        """Batches (or samples, without batching) of a pass."""
        if not self._streams:
            return len(self._index_sampler)
        samples = self._counted = len(self.dataset)
        if self.batch_size is None:
            return samples
        whole, rest = divmod(samples, self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler


class _Pass:
    """One pass over a loader's dataset."""

    def __init__(self, loader: DataLoader):
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but has no effect: batches stay where they are", stacklevel=3
            )
        self._loader = loader
        self._indices = iter(loader._index_sampler)
        # The seed of workers that don't exist here; drawn because PyTorch draws it, so that later numbers agree.
        random_seed(loader.generator or default_generator)
        self._stream: Any = iter(loader.dataset) if loader._streams else None
        self._fetch = _single if loader.batch_sampler is None else _batch
        if self._stream is not None:
            self._fetch = self._next_single if loader.batch_sampler is None else self._next_batch
        self._yielded = 0

    def __iter__(self) -> _Pass:
        return self

    def __len__(self) -> int:
        return len(self._loader._index_sampler)

    def __next__(self) -> Any:
        data = self._fetch(self._loader, next(self._indices))
        self._yielded += 1
        counted = self._loader._counted
        if self._stream is not None and counted is not None and self._yielded > counted:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {counted} (when accessing "
                f"len(dataloader)), but {self._yielded} samples have been fetched.",
                stacklevel=2,
            )
        return data

    def _next_single(self, loader: DataLoader, index: None) -> Any:
        return loader.collate_fn(next(self._stream))

    def _next_batch(self, loader: DataLoader, indices: list[None]) -> Any:
        samples = [sample for _, sample in zip(indices, self._stream, strict=False)]
        if not samples or (loader.drop_last and len(samples) < len(indices)):
            raise StopIteration
        return loader.collate_fn(samples)


def _single(loader: DataLoader, index: Any) -> Any:
    return loader.collate_fn(loader.dataset[index])


def _batch(loader: DataLoader, indices: Any) -> Any:
    """The batch of a dataset with samples by index."""
    dataset = loader.dataset
    if loader.collate_fn is default_collate and hasattr(dataset, "collated") and _plain(indices):
        collated = dataset.collated(indices)
        if collated is not None:
            return collated
    if getattr(dataset, "__getitems__", None):
        return loader.collate_fn(dataset.__getitems__(indices))
    return loader.collate_fn([dataset[index] for index in indices])


def _plain(indices: Any) -> bool:
    """Are these a list of ints, and Tensors collated as ever, so that one indexing gives what stacking rows would?"""
    return (
        type(indices) is list
        and set(map(type, indices)) == {int}
        and default_collate_fn_map.get(Tensor) is collate_tensor_fn
    )


def get_worker_info() -> None:
    """What a worker process knows about itself; None, since samples are read in the main process."""
    return None


# --- Checks of arguments ----------------------------------------------------------------------------------------------


def _check_workers(workers: int, timeout: float, prefetch: int | None, persistent: bool, context: Any) -> None:
    if workers < 0:
        raise ValueError(f"num_workers option should be non-negative, but got {workers}; use 0 to load in this process")
    if workers > 0:
        raise NotImplementedError(
            message(
                "DataLoader: only num_workers=0 is served yet: batches are made in this process",
                expected=0,
                got=workers,
                hint="leave num_workers out; for data in memory, a TensorDataset with the default collate is fastest",
            )
        )
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative, but got {timeout}")
    for name, given in (
        ("prefetch_factor", prefetch is not None),
        ("persistent_workers", persistent),
        ("multiprocessing_context", context is not None),
    ):
        if given:
            raise ValueError(f"{name} option needs num_workers > 0, but there are no workers; leave it out")


def _check_stream(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    for name, value in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
        if value is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}; "
                "a stream comes in its own order"
            )


def _check_sampling(batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any, drop_last: bool) -> None:
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
    if batch_sampler is None and batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
