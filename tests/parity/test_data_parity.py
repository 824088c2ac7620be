"""Samplers, splits and loaders against PyTorch's: the same order, and the default generator left at the same place."""

from collections import namedtuple

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import minitorch  # noqa: E402
import minitorch.utils.data  # noqa: E402

LIBRARIES = (minitorch, torch)


def in_both(run):
    """What `run(library)` gives in each library from one seed, and what the default generators would draw next."""
    results = []
    for library in LIBRARIES:
        library.manual_seed(123)
        result = plain(run(library))
        results.append((result, library.randint(0, 2**31, (4,)).tolist()))
    return results


def plain(value):
    """Tensors as (dtype, values), so that results of the two libraries compare."""
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return repr(value.dtype), value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def seeded(library):
    return library.Generator().manual_seed(9)


@pytest.mark.parametrize(
    "run",
    [
        lambda d, g: d.RandomSampler(range(10)),
        lambda d, g: d.RandomSampler(range(1000)),
        lambda d, g: d.RandomSampler(range(10), num_samples=25),
        lambda d, g: d.RandomSampler(range(10), num_samples=4),
        lambda d, g: d.RandomSampler(range(10), replacement=True, num_samples=77),
        lambda d, g: d.RandomSampler(range(10), replacement=True, num_samples=64),
        lambda d, g: d.RandomSampler(range(10), generator=g),
        lambda d, g: d.SubsetRandomSampler([5, 6, 7, 8]),
        lambda d, g: d.SubsetRandomSampler([5, 6, 7, 8], generator=g),
        lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4, 3.0], 50),
        lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4, 3.0], 4, replacement=False),
        lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4, 3.0], 9, generator=g),
        lambda d, g: d.BatchSampler(d.RandomSampler(range(10)), 4, True),
    ],
)
def test_samplers(run):
    def twice(library):
        generator = seeded(library)
        sampler = run(library.utils.data, generator)
        return list(sampler), list(sampler), generator.get_state().tolist()

    ours, theirs = in_both(twice)
    assert ours == theirs


@pytest.mark.parametrize("lengths", [[3, 7], [0.25, 0.75], [0.33, 0.33, 0.34], [0.5, 0.2, 0.2, 0.1]])
def test_random_split(lengths):
    def split(library):
        return [list(part.indices) for part in library.utils.data.random_split(range(10), lengths)]

    ours, theirs = in_both(split)
    assert ours == theirs


def table(library, size):
    rows = np.arange(3 * size, dtype=np.float32).reshape(size, 3)
    return library.utils.data.TensorDataset(library.from_numpy(rows), library.arange(size))


@pytest.mark.parametrize("subset", [False, True])
@pytest.mark.parametrize("settings", [
    {"batch_size": 4},
    {"batch_size": 4, "shuffle": True},
    {"batch_size": 4, "shuffle": True, "drop_last": True},
    {"batch_size": None, "shuffle": True},
    {"shuffle": True, "generator": True},
])  # fmt: skip
def test_loaders(settings, subset):
    def epochs(library):
        own = dict(settings)
        if "generator" in own:
            own["generator"] = seeded(library)
        dataset = table(library, 10)
        if subset:
            dataset = library.utils.data.Subset(dataset, [9, 8, 8, 1, 0])
        loader = library.utils.data.DataLoader(dataset, **own)
        batches = [list(loader) for _ in range(3)]
        next(iter(loader))  # a pass that was left early
        return batches, len(loader), own["generator"].get_state().tolist() if "generator" in own else None

    ours, theirs = in_both(epochs)
    assert ours == theirs


def test_two_passes_at_once():
    def run(library):
        loader = library.utils.data.DataLoader(range(6), batch_size=2, shuffle=True)
        return [[first, second] for first, second in zip(loader, loader, strict=True)]

    ours, theirs = in_both(run)
    assert ours == theirs


Point = namedtuple("Point", ["x", "y"])


@pytest.mark.parametrize(
    "samples",
    [
        [1, 2], [1.5, 2.5], [True, False], ["a", "b"], [b"a"],
        [(1, 2.5), (3, 4.5)], [[1, "a"], [2, "b"]], [{"a": 1, "b": [2, 3]}, {"a": 4, "b": [5, 6]}],
        [Point(1, 2.5), Point(3, 4.5)],
        [np.array([1, 2]), np.array([3, 4])], [np.float32(1), np.float32(2)], [np.float64(1)], [np.int32(7), np.int32(8)],
        [np.uint8(3)], [np.bool_(True)], [(np.zeros(2, np.float16), np.int64(3))],
    ],
    ids=str,
)  # fmt: skip
def test_collate_and_convert(samples):
    assert plain(minitorch.utils.data.default_collate(samples)) == plain(torch.utils.data.default_collate(samples))
    assert plain(minitorch.utils.data.default_convert(samples)) == plain(torch.utils.data.default_convert(samples))


def stream(library):
    class Counts(library.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(3))

    return Counts()


@pytest.mark.parametrize(
    "make",
    [
        lambda lib: lib.utils.data.RandomSampler([]),
        lambda lib: lib.utils.data.RandomSampler([1], replacement=1),
        lambda lib: lib.utils.data.BatchSampler([1], 0, False),
        lambda lib: lib.utils.data.WeightedRandomSampler([[1.0]], 1),
        lambda lib: lib.utils.data.DataLoader([1], shuffle=True, sampler=[0]),
        lambda lib: lib.utils.data.DataLoader([1], batch_sampler=[[0]], batch_size=3),
        lambda lib: lib.utils.data.DataLoader([1], batch_size=None, drop_last=True),
        lambda lib: lib.utils.data.DataLoader([1], prefetch_factor=2),
        lambda lib: lib.utils.data.DataLoader(stream(lib), shuffle=True),
        lambda lib: lib.utils.data.TensorDataset(lib.zeros(2), lib.zeros(3)),
        lambda lib: lib.utils.data.ConcatDataset([]),
        lambda lib: lib.utils.data.ConcatDataset([stream(lib)]),
        lambda lib: lib.utils.data.ConcatDataset([[1]])[-2],
        lambda lib: lib.utils.data.random_split([1, 2], [3]),
        lambda lib: lib.utils.data.random_split([1, 2], [-0.5, 1.5]),
        lambda lib: lib.utils.data.default_collate([(1, 2), (3,)]),
        lambda lib: lib.utils.data.default_collate([object()]),
    ],
)
def test_errors_have_one_type_and_one_beginning(make):
    with pytest.raises(Exception) as their_error:
        make(torch)
    with pytest.raises(type(their_error.value)) as our_error:
        make(minitorch)
    assert str(our_error.value).split()[:2] == str(their_error.value).split()[:2]
