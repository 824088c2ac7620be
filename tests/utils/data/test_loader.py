"""DataLoader: batches, their order, the short way for tensors, and what it refuses."""

import pytest

import minitorch
from minitorch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset, get_worker_info


class Counts(IterableDataset):
    def __init__(self, stop, says=None):
        self.stop, self.says = stop, stop if says is None else says

    def __iter__(self):
        return iter(range(self.stop))

    def __len__(self):
        return self.says


def values(loader):
    return [batch.tolist() if hasattr(batch, "tolist") else batch for batch in loader]


def table(size=10):
    return TensorDataset(minitorch.arange(3 * size).reshape(size, 3).float(), minitorch.arange(size))


def test_batches_in_order():
    loader = DataLoader(range(5), batch_size=2)
    assert values(loader) == [[0, 1], [2, 3], [4]]
    assert len(loader) == len(iter(loader)) == 3
    loader = DataLoader(range(5), batch_size=2, drop_last=True)
    assert values(loader) == [[0, 1], [2, 3]]
    assert len(loader) == 2


def test_shuffling_gives_each_sample_once_and_each_epoch_anew():
    loader = DataLoader(range(50), batch_size=8, shuffle=True)
    epochs = [[value for batch in values(loader) for value in batch] for _ in range(2)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(50))] * 2
    assert epochs[0] != epochs[1]


def test_the_seed_decides():
    epochs = []
    for _ in range(2):
        minitorch.manual_seed(7)
        epochs.append(values(DataLoader(range(50), batch_size=8, shuffle=True)))
    assert epochs[0] == epochs[1]
    generators = [minitorch.Generator().manual_seed(3) for _ in range(2)]
    first, second = (values(DataLoader(range(9), shuffle=True, generator=generator)) for generator in generators)
    assert first == second


def test_without_batching():
    assert values(DataLoader(range(3), batch_size=None)) == [0, 1, 2]
    loader = DataLoader(Counts(3), batch_size=None)
    assert values(loader) == [0, 1, 2]
    assert len(loader) == 3


def test_samplers():
    assert values(DataLoader("abcd", batch_size=3, sampler=[3, 1, 0, 2])) == [["d", "b", "a"], ["c"]]
    loader = DataLoader("abcd", batch_sampler=[[3, 1], [0]])
    assert values(loader) == [["d", "b"], ["a"]]
    assert len(loader) == 2
    assert loader.batch_size is None


def test_collate_fn_gets_a_list():
    assert values(DataLoader(table(4), batch_size=3, collate_fn=lambda batch: (type(batch), len(batch)))) == [
        (list, 3),
        (list, 1),
    ]


def test_streams():
    loader = DataLoader(Counts(5), batch_size=2)
    assert values(loader) == [[0, 1], [2, 3], [4]]
    assert len(loader) == 3
    assert values(DataLoader(Counts(5), batch_size=2, drop_last=True)) == [[0, 1], [2, 3]]
    assert values(DataLoader(Counts(4), batch_size=2)) == [[0, 1], [2, 3]]
    loader = DataLoader(Counts(3, says=1), batch_size=None)
    assert len(loader) == 1
    with pytest.warns(UserWarning, match="reported to be 1"):
        list(loader)


def test_two_passes_at_once():
    loader = DataLoader(range(4), batch_size=2)
    assert [(a.tolist(), b.tolist()) for a, b in zip(loader, loader, strict=True)] == [
        ([0, 1], [0, 1]),
        ([2, 3], [2, 3]),
    ]


# --- The short way for tensors ----------------------------------------------------------------------------------------


class Slow(Dataset):
    """The same samples, one by one."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __getitem__(self, index):
        return self.dataset[index]

    def __len__(self):
        return len(self.dataset)


def assert_same_batches(dataset, **settings):
    passes = []
    for samples in (dataset, Slow(dataset)):
        minitorch.manual_seed(0)
        passes.append(list(DataLoader(samples, batch_size=4, shuffle=True, **settings)))
    for fast, slow in zip(*passes, strict=True):
        assert type(fast) is type(slow) is list
        for one, other in zip(fast, slow, strict=True):
            assert one.dtype is other.dtype
            assert one.shape == other.shape
            assert one.tolist() == other.tolist()
            assert one.requires_grad == other.requires_grad


def test_tensors_come_as_if_stacked():
    assert_same_batches(table())
    assert_same_batches(Subset(table(), [7, 3, 3, 9, 0, -1]))
    assert_same_batches(Subset(Subset(table(), [7, 3, 9, 0, 5]), [4, 3, 2, 1, 0]))
    assert_same_batches(TensorDataset(minitorch.arange(6)))


def test_the_short_way_is_taken(monkeypatch):
    calls = []
    monkeypatch.setattr("minitorch.utils.data.dataloader.default_collate", calls.append, raising=True)
    loader = DataLoader(table(), batch_size=5)
    assert len(list(loader)) == 2
    assert calls == []


def test_a_batch_shares_no_memory_with_the_dataset():
    dataset = table()
    first, _ = next(iter(DataLoader(dataset, batch_size=10)))
    first.zero_()
    assert dataset.tensors[0].sum().item() == sum(range(30))


def test_gradients_flow_into_tensors_of_a_dataset():
    rows = minitorch.ones(4, 2, requires_grad=True)
    for (batch,) in DataLoader(TensorDataset(rows), batch_size=2):
        batch.sum().backward()
    assert rows.grad.tolist() == [[1.0, 1.0]] * 4


def test_a_subclass_that_changes_samples_is_heard():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return tuple(2 * tensor for tensor in super().__getitem__(index))

    class Batched(TensorDataset):
        def __getitems__(self, indices):
            return [self[index] for index in reversed(indices)]

    class Chosen(Subset):
        def __getitems__(self, indices):
            return [self.dataset[0] for _ in indices]

    numbers = minitorch.arange(3)
    assert next(iter(DataLoader(Doubled(numbers), batch_size=3)))[0].tolist() == [0, 2, 4]
    assert next(iter(DataLoader(Batched(numbers), batch_size=3)))[0].tolist() == [2, 1, 0]
    assert next(iter(DataLoader(Chosen(TensorDataset(numbers), [1, 2]), batch_size=2)))[0].tolist() == [0, 0]
    assert next(iter(DataLoader(Subset(Doubled(numbers), [1, 2]), batch_size=2)))[0].tolist() == [2, 4]


def test_other_kinds_of_indices_take_the_long_way():
    indices = [minitorch.tensor([3, 1]), (4, 0), [slice(0, 2), slice(2, 4)]]
    batches = list(DataLoader(TensorDataset(minitorch.arange(5)), batch_sampler=indices))
    assert [batch[0].tolist() for batch in batches] == [[3, 1], [4, 0], [[0, 1], [2, 3]]]


def test_a_registered_collation_of_tensors_is_heard(monkeypatch):
    from minitorch.utils.data.collate import default_collate_fn_map

    monkeypatch.setitem(default_collate_fn_map, minitorch.Tensor, lambda batch, *, collate_fn_map: "mine")
    assert list(DataLoader(table(), batch_size=10)) == [["mine", "mine"]]


def test_index_errors_are_index_errors():
    with pytest.raises(IndexError):
        list(DataLoader(table(), batch_size=2, sampler=[0, 99]))


# --- What it refuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"num_workers": 2}, NotImplementedError, "only num_workers=0 is served yet"),
        ({"num_workers": -1}, ValueError, "non-negative"),
        ({"timeout": -1}, ValueError, "non-negative"),
        ({"prefetch_factor": 2}, ValueError, "prefetch_factor"),
        ({"persistent_workers": True}, ValueError, "persistent_workers"),
        ({"multiprocessing_context": "fork"}, ValueError, "multiprocessing_context"),
        ({"shuffle": True, "sampler": [0]}, ValueError, "mutually exclusive with shuffle"),
        ({"batch_sampler": [[0]], "batch_size": 2}, ValueError, "batch_sampler option is mutually exclusive"),
        ({"batch_sampler": [[0]], "shuffle": True}, ValueError, "batch_sampler option is mutually exclusive"),
        ({"batch_size": None, "drop_last": True}, ValueError, "batch_size=None"),
        ({"batch_size": 0}, ValueError, "batch_size=0"),
    ],
)
def test_wrong_arguments(settings, error, says):
    with pytest.raises(error, match=says):
        DataLoader(range(3), **settings)


@pytest.mark.parametrize("settings", [{"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}])
def test_streams_come_in_their_own_order(settings):
    with pytest.raises(ValueError, match=f"unspecified {next(iter(settings))} option"):
        DataLoader(Counts(3), **settings)


def test_an_empty_dataset():
    assert list(DataLoader([], batch_size=2)) == []
    with pytest.raises(ValueError, match="the dataset is empty"):
        DataLoader([], shuffle=True)


def test_settings_are_fixed():
    loader = DataLoader(range(3))
    with pytest.raises(ValueError, match="batch_size attribute should not be set"):
        loader.batch_size = 2
    loader.collate_fn = len
    assert values(loader) == [1, 1, 1]


def test_pinned_memory_is_no_error():
    with pytest.warns(UserWarning, match="pin_memory"):
        list(DataLoader(range(3), pin_memory=True))


def test_worker_info():
    assert get_worker_info() is None
