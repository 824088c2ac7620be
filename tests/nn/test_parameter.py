"""Parameter and Buffer."""

from __future__ import annotations

import copy
import pickle

import pytest

import minitorch
from minitorch import nn
from minitorch.backend import default_backend


@pytest.fixture
def aliasing() -> None:
    """For what only arrays that can be written show."""
    if not default_backend().aliasing:
        pytest.skip("the backend's arrays can't be written, so none is shared")


def test_shares_memory_and_keeps_its_own_place_on_the_tape(aliasing: None) -> None:
    data = minitorch.zeros(2)
    parameter = nn.Parameter(data)
    data += 1
    assert parameter.tolist() == [1.0, 1.0]
    assert parameter.requires_grad and parameter.is_leaf and not data.requires_grad
    computed = nn.Parameter(parameter * 2)
    assert computed.is_leaf and computed.tolist() == [2.0, 2.0]


def test_scalar_shares_memory_too(aliasing: None) -> None:
    data = minitorch.zeros(())
    parameter = nn.Parameter(data)
    data.fill_(3)
    assert parameter.item() == 3


def test_text() -> None:
    assert repr(nn.Parameter(minitorch.ones(1))) == "Parameter containing:\ntensor([1.], requires_grad=True)"
    assert repr(nn.Parameter(minitorch.ones(1), requires_grad=False)) == "Parameter containing:\ntensor([1.])"


def test_results_of_ops_are_plain() -> None:
    parameter = nn.Parameter(minitorch.ones(2))
    for result in (parameter + 1, parameter[0], parameter.detach(), parameter.data, parameter.clone()):
        assert type(result) is minitorch.Tensor


def test_copies() -> None:
    parameter = nn.Parameter(minitorch.ones(2))
    parameter.note = "mine"
    for again in (copy.deepcopy(parameter), pickle.loads(pickle.dumps(parameter))):
        assert type(again) is nn.Parameter and again.requires_grad and again.tolist() == [1.0, 1.0]
        with minitorch.no_grad():
            again.zero_()
        assert parameter.tolist() == [1.0, 1.0]


def test_deepcopy_keeps_ties() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    again = copy.deepcopy(model)
    assert again[0].weight is again[1].weight is not model[0].weight
    (again(minitorch.ones(1, 2))).sum().backward()
    assert model[0].weight.grad is None and again[0].weight.grad is not None


def test_refuses_what_has_no_gradient() -> None:
    with pytest.raises(RuntimeError, match=r"(?i)only tensors of floating point and complex dtype"):
        nn.Parameter(minitorch.ones(1, dtype=minitorch.int64))
    nn.Parameter(minitorch.ones(1, dtype=minitorch.int64), requires_grad=False)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        nn.Parameter([1.0])


def test_buffer_is_registered_by_assignment() -> None:
    module = nn.Module()
    module.kept = nn.Buffer(minitorch.ones(1))
    module.passing = nn.Buffer(minitorch.ones(1), persistent=False)
    assert [name for name, _ in module.named_buffers()] == ["kept", "passing"]
    assert list(module.state_dict()) == ["kept"]
    assert not module.kept.requires_grad
