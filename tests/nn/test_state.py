"""Saving and loading: names, checks before writing, and what is left when loading fails."""

from __future__ import annotations

import pickle

import pytest

import minitorch
from minitorch import nn


def model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))


def snapshot(module: nn.Module) -> dict:
    return {name: tensor.tolist() for name, tensor in module.state_dict().items()}


def test_round_trip() -> None:
    source, target = model(), model()
    assert repr(target.load_state_dict(source.state_dict())) == "<All keys matched successfully>"
    assert snapshot(target) == snapshot(source)
    again = pickle.loads(pickle.dumps(source.state_dict()))
    assert again._metadata == source.state_dict()._metadata
    model().load_state_dict(again)


def test_entries_share_memory_and_are_off_the_tape() -> None:
    module = nn.Linear(1, 1)
    entry = module.state_dict()["weight"]
    assert not entry.requires_grad
    with minitorch.no_grad():
        module.weight.fill_(7)
    assert entry.item() == 7


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"2.weight": minitorch.zeros(1, 3)}, "size mismatch for 2.weight"),
        ({"2.weight": 3}, "expected torch.Tensor or Tensor-like object"),
        ({"2.weight": minitorch.zeros(1, 2, device="meta"), "other": 1}, "Unexpected key"),
        ({"other": minitorch.zeros(1)}, "Unexpected key"),
    ],
)
def test_a_failed_load_changes_nothing(wrong: dict, text: str) -> None:
    module = model()
    before = snapshot(module)
    entries = {**model().state_dict(), **wrong}
    with pytest.raises(RuntimeError, match=text):
        module.load_state_dict(entries)
    with pytest.raises(RuntimeError, match=text):
        module.load_state_dict(entries, assign=True)
    assert snapshot(module) == before


def test_missing_keys_change_nothing_unless_allowed() -> None:
    module = model()
    before = snapshot(module)
    ones = {"0.weight": minitorch.ones(2, 2)}
    with pytest.raises(RuntimeError, match="Missing key"):
        module.load_state_dict(ones)
    assert snapshot(module) == before
    keys = module.load_state_dict(ones, strict=False)
    assert "0.bias" in keys.missing_keys and not keys.unexpected_keys
    assert snapshot(module) == {**before, "0.weight": [[1.0, 1.0], [1.0, 1.0]]}


def test_a_hook_may_forgive_keys() -> None:
    module = nn.Linear(1, 1)
    module.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())
    module.load_state_dict({"weight": minitorch.full((1, 1), 5.0)})
    assert module.weight.item() == 5


def test_a_hook_sees_what_was_loaded() -> None:
    seen = []
    module = nn.Linear(1, 1, bias=False)
    module.register_load_state_dict_post_hook(lambda m, keys: seen.append(m.weight.item()))
    module.load_state_dict({"weight": minitorch.full((1, 1), 5.0)})
    assert seen == [5.0]


def test_assign_takes_the_tensor_and_keeps_requires_grad() -> None:
    module = nn.Linear(2, 1, bias=False).requires_grad_(False)
    weight = nn.Parameter(minitorch.ones(1, 2, dtype=minitorch.float64))
    module.load_state_dict({"weight": weight}, assign=True)
    assert module.weight is weight and not weight.requires_grad
    module.load_state_dict({"weight": weight.detach()}, assign=True)
    assert type(module.weight) is nn.Parameter and module.weight.dtype is minitorch.float64


def test_loading_converts() -> None:
    module = nn.Linear(2, 1, bias=False)
    module.load_state_dict({"weight": minitorch.ones(1, 2, dtype=minitorch.float64)})
    assert module.weight.dtype is minitorch.float32 and module.weight.requires_grad


def test_overriding_what_is_saved() -> None:
    class Counter(nn.Module):
        count = 0

        def get_extra_state(self) -> int:
            return self.count

        def set_extra_state(self, state: int) -> None:
            self.count = state

    source, target = nn.Sequential(Counter()), nn.Sequential(Counter())
    source[0].count = 3
    assert source.state_dict() == {"0._extra_state": 3}
    target.load_state_dict(source.state_dict())
    assert target[0].count == 3
    with pytest.raises(RuntimeError, match=r'Missing key.*"0._extra_state"'):
        target.load_state_dict({})
    with pytest.raises(RuntimeError, match=r'Unexpected key.*"_extra_state"'):
        nn.Linear(1, 1, bias=False).load_state_dict({"weight": minitorch.ones(1, 1), "_extra_state": 3})
    with pytest.raises(RuntimeError, match="doesn't override get_extra_state"):
        nn.ReLU().get_extra_state()


def test_old_batch_norm_states_lack_the_counter() -> None:
    module = nn.BatchNorm1d(2)
    entries = {name: value for name, value in module.state_dict().items() if name != "num_batches_tracked"}
    module.load_state_dict(entries)
    module.state_dict()


def test_saved_scalars_with_a_dim() -> None:
    module = nn.BatchNorm1d(2)
    entries = {**module.state_dict(), "num_batches_tracked": minitorch.tensor([7])}
    for assign in (False, True):
        module.load_state_dict(entries, assign=assign)
        assert module.num_batches_tracked.shape == () and module.num_batches_tracked.item() == 7


def test_a_hook_may_give_another_dict() -> None:
    module = nn.Linear(1, 1)
    module._register_state_dict_hook(lambda module, state, prefix, metadata: {"only": 1})
    assert module.state_dict() == {"only": 1}


def test_hooks_see_the_metadata_alone() -> None:
    seen = []
    module = nn.Linear(1, 1)
    module._register_load_state_dict_pre_hook(lambda state, prefix, metadata, *others: seen.append(dict(metadata)))
    module.load_state_dict(module.state_dict())
    module.load_state_dict(module.state_dict(), assign=True)
    assert seen == [{"version": 1}, {"version": 1, "assign_to_params_buffers": True}]


def test_values_that_are_not_there_change_nothing() -> None:
    module = model()
    before = snapshot(module)
    with pytest.raises(RuntimeError, match="Cannot copy out of meta tensor"):
        module.load_state_dict({**model().state_dict(), "2.weight": minitorch.zeros(1, 2, device="meta")})
    assert snapshot(module) == before
