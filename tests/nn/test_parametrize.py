"""Parametrizations: what stays as it was when something fails, and that copies are free of each other."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest

import minitorch
from minitorch import nn
from minitorch.nn.utils import parametrize
from minitorch.nn.utils.parametrizations import orthogonal, weight_norm


class Exp(nn.Module):
    def forward(self, x: minitorch.Tensor) -> minitorch.Tensor:
        return x.exp()

    def right_inverse(self, y: minitorch.Tensor) -> minitorch.Tensor:
        return y.abs().log()


class Wrong(Exp):
    """Its result has another shape."""

    def forward(self, x: minitorch.Tensor) -> minitorch.Tensor:
        return x[0]


def test_a_refused_parametrization_changes_nothing() -> None:
    layer = nn.Linear(2, 2)
    before = {name: value.tolist() for name, value in layer.state_dict().items()}
    with pytest.raises(ValueError, match=r"may not change the tensor's shape\n  expected: torch.Size\(\[2, 2\]\)"):
        parametrize.register_parametrization(layer, "weight", Wrong())
    assert type(layer) is nn.Linear
    assert {name: value.tolist() for name, value in layer.state_dict().items()} == before


def test_a_refused_assignment_changes_nothing() -> None:
    layer = weight_norm(nn.Linear(2, 2))
    layer.parametrizations.weight[0].right_inverse = lambda value: (value, value.double())
    before = layer.weight.tolist()
    with pytest.raises(ValueError, match="must have the original's dtype"):
        layer.weight = minitorch.zeros(2, 2)
    assert layer.weight.tolist() == before


def test_copies_lose_their_parametrizations_one_by_one() -> None:
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Exp())
    twin = copy.deepcopy(layer)
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear and parametrize.is_parametrized(twin, "weight")
    assert minitorch.equal(twin.weight, layer.weight)
    twin.weight = minitorch.ones(2, 2)
    assert twin.weight.tolist() == [[1.0, 1.0], [1.0, 1.0]] != layer.weight.tolist()


def test_cache_ends_with_the_block() -> None:
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Exp())
    with pytest.raises(ZeroDivisionError), parametrize.cached():
        first = layer.weight
        assert layer.weight is first
        raise ZeroDivisionError
    assert layer.weight is not first
    with parametrize.cached():
        assert layer.weight is not first


def test_a_parametrized_module_goes_with_its_last_reference() -> None:
    """The module itself; its class, as all classes, waits for the collector."""
    gc.disable()
    try:
        layer = orthogonal(nn.Linear(2, 2))
        gone = weakref.ref(layer)
        del layer
        assert gone() is None
    finally:
        gc.enable()


def test_pickle_is_refused_with_a_reason() -> None:
    with pytest.raises(RuntimeError, match=r"only supported through state_dict\(\)"):
        copy.copy(orthogonal(nn.Linear(2, 2)))


def test_an_optimizer_keeps_its_parameter() -> None:
    layer = nn.Linear(2, 2, bias=False)
    optimizer = minitorch.optim.SGD(layer.parameters(), lr=1.0)
    parametrize.register_parametrization(layer, "weight", Exp())
    before = layer.weight.tolist()
    layer(minitorch.ones(1, 2)).sum().backward()
    optimizer.step()
    assert layer.weight.tolist() != before
    weight = layer.parametrizations.weight.original
    parametrize.remove_parametrizations(layer, "weight")
    assert layer.weight is weight


def test_an_orthogonal_matrix_is_taken_as_it_is() -> None:
    layer = orthogonal(nn.Linear(3, 3))
    matrix = nn.init.orthogonal_(minitorch.empty(3, 3))
    layer.weight = matrix
    assert minitorch.equal(layer.parametrizations.weight[0].base, matrix)
