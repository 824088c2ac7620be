"""Pruning: what is left, and that a refused pruning changes nothing."""

from __future__ import annotations

import pytest

import minitorch
from minitorch import nn
from minitorch.nn.utils import prune


def layer(*weights: float) -> nn.Linear:
    made = nn.Linear(len(weights), 1, bias=False)
    made.weight.data = minitorch.tensor([list(weights)])
    return made


def left(module: nn.Module) -> list:
    return [value != 0 for value in module.weight.flatten().tolist()]


def test_the_smallest_go_first_and_stay_away() -> None:
    module = layer(3.0, -1.0, 2.0, -4.0)
    prune.l1_unstructured(module, "weight", 1)
    assert left(module) == [True, False, True, True]
    prune.l1_unstructured(module, "weight", 2)  # of those that are left
    assert left(module) == [False, False, False, True]
    module(minitorch.ones(1, 4)).sum().backward()
    minitorch.optim.SGD(module.parameters(), lr=0.1).step()
    module(minitorch.ones(1, 4))
    assert left(module) == [False, False, False, True]
    prune.remove(module, "weight")
    assert left(module) == [False, False, False, True] and isinstance(module.weight, nn.Parameter)
    assert not prune.is_pruned(module) and not module._hooks


def test_whole_channels() -> None:
    module = nn.Linear(2, 3, bias=False)
    module.weight.data = minitorch.tensor([[1.0, 1.0], [3.0, 0.5], [0.1, 2.0]])
    prune.ln_structured(module, "weight", 1, n=2, dim=0)
    assert left(module) == [False, False, True, True, True, True]


def test_several_parameters_as_one() -> None:
    first, second = layer(1.0, 5.0), layer(2.0, 6.0, 0.5)
    prune.global_unstructured([(first, "weight"), (second, "weight")], prune.L1Unstructured, amount=3)
    assert left(first) == [False, True] and left(second) == [False, True, False]


@pytest.mark.parametrize("earlier", [False, True])
def test_a_refused_pruning_changes_nothing(earlier: bool) -> None:
    module = layer(1.0, 2.0)
    if earlier:
        prune.l1_unstructured(module, "weight", 1)
    before = list(module.state_dict()), left(module), list(module._forward_pre_hooks)
    for amount, error in ((3, ValueError), (1.5, ValueError), ("all", TypeError)):
        with pytest.raises(error):
            prune.l1_unstructured(module, "weight", amount)
    with pytest.raises(AssertionError, match="importance_scores must have the shape of what is pruned"):
        prune.l1_unstructured(module, "weight", 1, importance_scores=minitorch.ones(3))
    assert (list(module.state_dict()), left(module), list(module._forward_pre_hooks)) == before
    (hook,) = module._forward_pre_hooks.values() if earlier else (None,)
    assert not isinstance(hook, prune.PruningContainer)
