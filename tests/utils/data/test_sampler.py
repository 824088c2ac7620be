"""Samplers: which indices, how many, and what they refuse."""

import pytest

import minitorch
from minitorch.utils.data import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)


def seeded():
    return minitorch.Generator().manual_seed(5)


def test_sequential():
    assert list(SequentialSampler("abcd")) == [0, 1, 2, 3]
    with pytest.raises(NotImplementedError, match="__iter__"):
        iter(Sampler())


def test_random_is_a_permutation_and_another_one_each_time():
    sampler = RandomSampler(range(100))
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second


def test_random_from_one_seed_repeats_itself():
    assert list(RandomSampler(range(9), generator=seeded())) == list(RandomSampler(range(9), generator=seeded()))
    minitorch.manual_seed(1)
    first = list(RandomSampler(range(9)))
    minitorch.manual_seed(1)
    assert list(RandomSampler(range(9))) == first


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("count", [1, 9, 10, 31, 32, 33, 70])
def test_random_gives_as_many_as_asked(replacement, count):
    sampler = RandomSampler(range(10), replacement=replacement, num_samples=count)
    drawn = list(sampler)
    assert len(drawn) == len(sampler) == count
    assert set(drawn) <= set(range(10))
    if not replacement:
        assert max(map(drawn.count, drawn)) == -(-count // 10)


def test_random_follows_a_growing_dataset():
    data = [0]
    sampler = RandomSampler(data)
    data += [1, 2]
    assert sorted(sampler) == [0, 1, 2]


def test_subset_random():
    assert sorted(SubsetRandomSampler([4, 8, 6])) == [4, 6, 8]
    assert len(SubsetRandomSampler([4, 8, 6])) == 3


def test_weighted():
    sampler = WeightedRandomSampler([0.0, 1.0, 0.0, 3.0], 200, generator=seeded())
    drawn = list(sampler)
    assert len(drawn) == len(sampler) == 200
    assert set(drawn) == {1, 3}
    assert 110 < drawn.count(3) < 190
    assert sorted(WeightedRandomSampler(minitorch.ones(4), 4, replacement=False)) == [0, 1, 2, 3]


def test_batches():
    batches = BatchSampler(SequentialSampler(range(7)), 3, drop_last=False)
    assert list(batches) == [[0, 1, 2], [3, 4, 5], [6]]
    assert len(batches) == 3
    batches = BatchSampler(SequentialSampler(range(7)), 3, drop_last=True)
    assert list(batches) == [[0, 1, 2], [3, 4, 5]]
    assert len(batches) == 2
    assert list(BatchSampler([], 3, drop_last=False)) == []


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: RandomSampler([]), ValueError, r"num_samples=0(.|\n)*empty"),
        (lambda: RandomSampler([1], num_samples=-1), ValueError, "num_samples=-1"),
        (lambda: RandomSampler([1], replacement=1), TypeError, "replacement=1"),
        (lambda: BatchSampler([1], 0, False), ValueError, "batch_size=0"),
        (lambda: BatchSampler([1], True, False), ValueError, "batch_size=True"),
        (lambda: BatchSampler([1], 2, 1), ValueError, "drop_last=1"),
        (lambda: WeightedRandomSampler([1.0], 0), ValueError, "num_samples=0"),
        (lambda: WeightedRandomSampler([1.0], 1, replacement=0), ValueError, "replacement=0"),
        (lambda: WeightedRandomSampler([[1.0]], 1), ValueError, "1d sequence"),
    ],
)
def test_wrong_arguments(make, error, says):
    with pytest.raises(error, match=says):
        make()
