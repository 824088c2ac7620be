"""Datasets: what they hold, how they combine and split."""

import pytest

import minitorch
from minitorch.utils.data import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)


class Squares(Dataset):
    def __init__(self, size):
        self.size = size

    def __getitem__(self, index):
        return index**2

    def __len__(self):
        return self.size


class Counts(IterableDataset):
    def __init__(self, stop):
        self.stop = stop

    def __iter__(self):
        return iter(range(self.stop))

    def __len__(self):
        return self.stop


def tensors():
    return TensorDataset(minitorch.arange(8).reshape(4, 2), minitorch.arange(4))


def test_a_dataset_says_what_a_subclass_must_define():
    with pytest.raises(NotImplementedError, match="__getitem__"):
        Dataset()[0]
    with pytest.raises(NotImplementedError, match="__iter__"):
        iter(IterableDataset())
    assert Dataset[int] is not None


def test_tensor_dataset():
    dataset = tensors()
    assert len(dataset) == 4
    first, second = dataset[2]
    assert first.tolist() == [4, 5]
    assert second.item() == 2
    with pytest.raises(AssertionError, match=r"Size mismatch(.|\n)*\[3, 4\]"):
        TensorDataset(minitorch.zeros(3), minitorch.zeros(4))


def test_subset_looks_up_its_indices():
    subset = Subset(Squares(10), [7, 3])
    assert len(subset) == 2
    assert subset[1] == 9
    assert subset.__getitems__([1, 0, 1]) == [9, 49, 9]
    assert Subset(subset, [1])[0] == 9


def test_a_subset_that_overrides_half_is_refused():
    class Half(Subset):
        def __getitem__(self, index):
            return -super().__getitem__(index)

    with pytest.raises(NotImplementedError, match="__getitems__"):
        Half(Squares(3), [0])


def test_concat():
    both = Squares(3) + Squares(2)
    assert isinstance(both, ConcatDataset)
    assert [both[index] for index in range(5)] == [0, 1, 4, 0, 1]
    assert both[-1] == 1
    with pytest.raises(ValueError, match="absolute value of index"):
        both[-6]
    with pytest.raises(AssertionError, match="empty"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="IterableDataset"):
        ConcatDataset([Counts(3)])


def test_chain():
    chain = Counts(2) + Counts(3)
    assert isinstance(chain, ChainDataset)
    assert list(chain) == [0, 1, 0, 1, 2]
    assert len(chain) == 5
    with pytest.raises(AssertionError, match="only supports IterableDataset"):
        list(ChainDataset([Squares(2)]))


def test_stack():
    assert StackDataset(Squares(3), Squares(3))[2] == (4, 4)
    named = StackDataset(square=Squares(3), subset=Subset(Squares(9), [8, 7, 6]))
    assert named[1] == {"square": 1, "subset": 49}
    assert named.__getitems__([2, 0]) == [{"square": 4, "subset": 36}, {"square": 0, "subset": 64}]
    with pytest.raises(ValueError, match="Size mismatch"):
        StackDataset(Squares(3), Squares(4))
    with pytest.raises(ValueError, match="both types"):
        StackDataset(Squares(3), other=Squares(3))
    with pytest.raises(ValueError, match="At least one"):
        StackDataset()


def test_random_split_takes_each_sample_once():
    parts = random_split(Squares(10), [3, 7])
    assert sorted(part.indices[position] for part in parts for position in range(len(part))) == list(range(10))
    assert [len(part) for part in random_split(Squares(10), [0.3, 0.3, 0.4])] == [3, 3, 4]
    assert [len(part) for part in random_split(Squares(11), [0.5, 0.5])] == [6, 5]


def test_random_split_with_a_generator_repeats_itself():
    indices = [random_split(Squares(9), [4, 5], minitorch.Generator().manual_seed(3))[0].indices for _ in range(2)]
    assert indices[0] == indices[1]


def test_random_split_checks_its_lengths():
    with pytest.raises(ValueError, match=r"Sum of input lengths(.|\n)*9"):
        random_split(Squares(10), [4, 5])
    with pytest.raises(ValueError, match="Fraction at index 0"):
        random_split(Squares(10), [-0.5, 1.5])
    with pytest.warns(UserWarning, match="split at index 1 is 0"):
        random_split(Squares(1), [0.5, 0.5])
