"""Pruning against torch.nn.utils.prune: masks, values, keys, hooks, containers and errors."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from telling import assert_same_story, error_of

import minitorch.nn.utils.prune

torch_prune = pytest.importorskip("torch.nn.utils.prune")


def prune_of(library: Any) -> Any:
    return minitorch.nn.utils.prune if library is minitorch else torch_prune


def note(layer: Any, story: list, name: str = "weight") -> None:
    story += [
        layer,
        list(layer.state_dict()),
        [key for key, _ in layer.named_parameters()],
        getattr(layer, name).tolist(),
    ]
    story += [getattr(layer, name + "_mask").tolist() if hasattr(layer, name + "_mask") else "no mask"]
    story += [[type(hook).__name__ for hook in layer._forward_pre_hooks.values()]]


WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "identity": lambda prune, layer: prune.identity(layer, "weight"),
    "random_unstructured, number": lambda prune, layer: prune.random_unstructured(layer, "weight", 3),
    "random_unstructured, fraction": lambda prune, layer: prune.random_unstructured(layer, "weight", amount=0.4),
    "random_unstructured, nothing": lambda prune, layer: prune.random_unstructured(layer, "weight", amount=0),
    "l1_unstructured, number": lambda prune, layer: prune.l1_unstructured(layer, "weight", 5),
    "l1_unstructured, all": lambda prune, layer: prune.l1_unstructured(layer, "weight", 1.0),
    "l1_unstructured, bias": lambda prune, layer: prune.l1_unstructured(layer, "bias", 0.5),
    "l1_unstructured, scores": lambda prune, layer: prune.l1_unstructured(
        layer, "weight", 4, importance_scores=layer.weight.detach() ** 2 - layer.weight.detach()
    ),
    "random_structured": lambda prune, layer: prune.random_structured(layer, "weight", 0.5, dim=0),
    "random_structured, last": lambda prune, layer: prune.random_structured(layer, "weight", 2, dim=-1),
    "ln_structured, 2": lambda prune, layer: prune.ln_structured(layer, "weight", 2, n=2, dim=0),
    "ln_structured, 1": lambda prune, layer: prune.ln_structured(layer, "weight", 0.5, n=1, dim=1),
    "ln_structured, inf": lambda prune, layer: prune.ln_structured(layer, "weight", 1, n=float("inf"), dim=-1),
    "ln_structured, nothing": lambda prune, layer: prune.ln_structured(layer, "weight", 0, n=2, dim=0),
    "ln_structured, scores": lambda prune, layer: prune.ln_structured(
        layer, "weight", 1, n=2, dim=0, importance_scores=(layer.weight.detach() - 0.1) ** 2
    ),
    "custom_from_mask": lambda prune, layer: prune.custom_from_mask(layer, "weight", layer.weight.detach() > 0),
}


@pytest.mark.parametrize("way", WAYS)
def test_way(way: str) -> None:
    def script(library: Any, story: list) -> None:
        prune, name = prune_of(library), "bias" if "bias" in way else "weight"
        layer = library.nn.Linear(4, 5)
        story += [WAYS[way](prune, layer) is layer, prune.is_pruned(library.nn.Sequential(layer))]
        note(layer, story, name)
        x = library.arange(8.0).reshape(2, 4)
        layer(x).sum().backward()
        story += [getattr(layer, name + "_orig").grad.tolist()]
        library.optim.SGD(layer.parameters(), lr=0.1).step()
        story += [layer(x).tolist(), getattr(layer, name).tolist()]
        original = getattr(layer, name + "_orig")
        story += [prune.remove(layer, name) is layer, getattr(layer, name) is original, prune.is_pruned(layer)]
        note(layer, story, name)

    assert_same_story(script)


@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", ["l1_unstructured, number", "ln_structured, 2", "custom_from_mask", "identity"])
def test_one_after_the_other(first: str, second: str) -> None:
    def script(library: Any, story: list) -> None:
        prune, layer = prune_of(library), library.nn.Linear(4, 5)
        WAYS[first](prune, layer)
        WAYS[second](prune, layer)
        note(layer, story)
        (hook, *_) = layer._forward_pre_hooks.values()
        if type(hook).__name__ == "PruningContainer":
            story += [len(hook), [type(method).__name__ for method in hook], type(hook[0]).__name__]
        prune.remove(layer, "weight")
        note(layer, story)

    assert_same_story(script)


def whole_model(library: Any, story: list) -> None:
    prune, nn = prune_of(library), library.nn
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    pairs = [(model[0], "weight"), (model[2], "weight"), (model[0], "bias")]
    prune.global_unstructured(pairs, pruning_method=prune.L1Unstructured, amount=0.5)
    note(model[0], story)
    note(model[2], story)
    prune.global_unstructured(pairs, prune.RandomUnstructured, {(model[0], "weight"): library.ones(4, 3)}, amount=3)
    note(model[0], story, "bias")
    scores = {(model[0], "weight"): library.arange(12.0).reshape(4, 3)}
    prune.global_unstructured(pairs[:2], prune.L1Unstructured, importance_scores=scores, amount=4)
    note(model[0], story)
    story += [prune.is_pruned(model), model(library.ones(1, 3)).tolist()]
    for module, name in pairs:
        prune.remove(module, name)
    story += [model, prune.is_pruned(model), list(model.state_dict()), model(library.ones(1, 3)).tolist()]


def states_and_copies(library: Any, story: list) -> None:
    prune, nn = prune_of(library), library.nn
    model = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten())
    prune.ln_structured(model[0], "weight", 1, n=2, dim=0)
    again = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten())
    prune.identity(again[0], "weight")
    story += [again.load_state_dict(model.state_dict()), again(library.ones(1, 2, 2, 2)).tolist()]
    with library.no_grad():
        model(library.ones(1, 2, 2, 2))  # a weight that has a graph can't be copied
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        story += [twin(library.ones(1, 2, 2, 2)).tolist(), prune.is_pruned(twin)]
        prune.remove(twin[0], "weight")
        story += [prune.is_pruned(twin), prune.is_pruned(model), list(twin.state_dict())]


def by_hand(library: Any, story: list) -> None:
    prune, nn = prune_of(library), library.nn

    class EveryOther(prune.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t: Any, default_mask: Any) -> Any:
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    layer = nn.Linear(2, 3)
    story += [type(EveryOther.apply(layer, "weight")).__name__]
    note(layer, story)
    EveryOther.apply(layer, "weight")
    note(layer, story)
    values = library.arange(6.0)
    story += [EveryOther().prune(values).tolist(), prune.L1Unstructured(2).prune(values).tolist()]
    story += [prune.L1Unstructured(2).prune(values, importance_scores=-values.flip(0)).tolist()]
    story += [prune.L1Unstructured(amount=2).compute_mask(values, library.ones(6)).tolist()]
    container = prune.PruningContainer()
    container._tensor_name = "bias"
    method = prune.L1Unstructured(1)
    method._tensor_name = "bias"
    container.add_pruning_method(method)
    story += [len(container), container[0] is method, container.compute_mask(values, library.ones(6)).tolist()]
    stranger = prune.L1Unstructured(1)
    stranger._tensor_name = "weight"
    story += [
        error_of(lambda: container.add_pruning_method(stranger)),
        error_of(lambda: container.add_pruning_method(3)),
    ]
    story += [error_of(lambda: prune.BasePruningMethod())]


def mistakes(library: Any, story: list) -> None:
    prune, nn = prune_of(library), library.nn
    layer = nn.Linear(3, 2)
    attempts: list[Callable] = [
        lambda: prune.l1_unstructured(layer, "weight", "many"),
        lambda: prune.l1_unstructured(layer, "weight", 1.5),
        lambda: prune.l1_unstructured(layer, "weight", -1),
        lambda: prune.l1_unstructured(layer, "weight", 7),
        lambda: prune.random_unstructured(layer, "weight", -0.1),
        lambda: prune.l1_unstructured(layer, "nothing", 1),
        lambda: prune.l1_unstructured(layer, "weight", 1, importance_scores=library.ones(3)),
        lambda: prune.L1Unstructured(1).prune(library.ones(2), importance_scores=library.ones(3)),
        lambda: prune.ln_structured(layer, "bias", 1, n=2, dim=0),
        lambda: prune.random_structured(layer, "weight", 1, dim=2),
        lambda: prune.random_structured(layer, "weight", 3, dim=0),
        lambda: prune.custom_from_mask(layer, "weight", library.ones(3)),
        lambda: prune.remove(layer, "weight"),
        lambda: prune.global_unstructured(3, prune.L1Unstructured, amount=1),
        lambda: prune.global_unstructured([(layer, "weight")], prune.L1Unstructured, [1], amount=1),
        lambda: prune.global_unstructured([(layer, "weight")], prune.LnStructured, amount=1, n=2),
        lambda: prune.global_unstructured([(layer, "weight")], prune.L1Unstructured, amount=7),
    ]
    for attempt in attempts:
        story += [error_of(attempt)]
    story += [layer(library.ones(1, 3)).shape]


SCRIPTS = (whole_model, states_and_copies, by_hand, mistakes)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_script(script: Callable) -> None:
    assert_same_story(script)
