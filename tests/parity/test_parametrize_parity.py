"""Parametrizations against torch.nn.utils.parametrize: values, gradients, keys, texts and errors."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from telling import assert_same_story, error_of


def own(library: Any) -> dict[str, type]:
    """Parametrizations such as users write them."""
    nn = library.nn

    class Symmetric(nn.Module):
        def forward(self, X: Any) -> Any:
            return X.triu() + X.triu(1).mT

        def right_inverse(self, A: Any) -> Any:
            return A.triu()

    class Doubled(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * 2

    class Exp(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.exp()

        def right_inverse(self, y: Any) -> Any:
            return y.abs().log()

    class RankOne(nn.Module):
        def forward(self, x: Any, y: Any) -> Any:
            return x.unsqueeze(-1) @ y.unsqueeze(-2)

        def right_inverse(self, Z: Any) -> tuple:
            return Z[:, 0] * 2, Z[0] + 1

    class Resized(nn.Module):
        def forward(self, x: Any) -> Any:
            return x[:-1].double()

    class Stubborn(nn.Module):
        def forward(self, x: Any) -> Any:
            return x + 1

        def right_inverse(self, y: Any) -> Any:
            raise NotImplementedError

    return {kind.__name__: kind for kind in (Symmetric, Doubled, Exp, RankOne, Resized, Stubborn)}


def one(library: Any, story: list) -> None:
    nn, kinds = library.nn, own(library)
    parametrize = nn.utils.parametrize
    layer = nn.Linear(3, 3)
    weight = layer.weight
    story += [parametrize.register_parametrization(layer, "weight", kinds["Symmetric"]()) is layer, layer]
    story += [list(layer.state_dict()), layer.weight.tolist(), layer.parametrizations.weight.original.tolist()]
    story += [layer.parametrizations.weight.original is weight, type(layer.parametrizations["weight"]).__name__]
    story += [
        isinstance(layer, nn.Linear),
        type(layer).__name__,
        parametrize.type_before_parametrizations(layer) is nn.Linear,
    ]
    story += [parametrize.is_parametrized(layer), parametrize.is_parametrized(layer, "bias")]
    story += [parametrize.is_parametrized(layer, "weight"), [name for name, _ in layer.named_parameters()]]
    story += [[name for name, _ in layer.named_modules()], "weight" in layer._parameters, hasattr(layer, "weight")]
    layer(library.ones(2, 3)).square().sum().backward()
    story += [layer.parametrizations.weight.original.grad.tolist(), layer.weight.grad_fn is not None]
    layer.weight = library.arange(9.0).reshape(3, 3)
    story += [layer.weight.tolist(), layer.parametrizations.weight.original.tolist()]
    optimizer = library.optim.SGD(layer.parameters(), lr=0.1)
    optimizer.step()
    story += [layer.weight.tolist()]
    layer.weight = nn.Parameter(library.ones(3, 3))


def several(library: Any, story: list) -> None:
    nn, kinds = library.nn, own(library)
    parametrize = nn.utils.parametrize
    layer = nn.Linear(3, 3)
    parametrize.register_parametrization(layer, "weight", kinds["Symmetric"]())
    before = layer.weight.tolist()
    parametrize.register_parametrization(layer, "weight", kinds["Exp"]())
    parametrize.register_parametrization(layer, "bias", kinds["Exp"]())
    story += [layer, before, layer.weight.tolist(), layer.bias.tolist(), list(layer.state_dict())]
    layer.weight = library.full((3, 3), 2.0)
    story += [
        layer.weight.tolist(),
        layer.eval().parametrizations.weight[1].training,
        len(layer.parametrizations.weight),
    ]
    layer.double()
    story += [layer.weight.dtype, layer.bias.dtype]
    parametrize.remove_parametrizations(layer, "weight")
    story += [layer, layer.weight.tolist(), list(layer.state_dict()), isinstance(layer.weight, nn.Parameter)]
    parametrize.remove_parametrizations(layer, "bias", leave_parametrized=False)
    story += [
        layer,
        type(layer) is nn.Linear,
        layer.bias.tolist(),
        list(layer.state_dict()),
        hasattr(layer, "parametrizations"),
    ]


def of_two_tensors(library: Any, story: list) -> None:
    nn, kinds = library.nn, own(library)
    parametrize = nn.utils.parametrize
    layer = nn.Linear(3, 2, bias=False)
    parametrize.register_parametrization(layer, "weight", kinds["RankOne"]())
    entries = layer.parametrizations.weight
    story += [layer, layer.weight.tolist(), list(layer.state_dict()), entries.ntensors, entries.is_tensor]
    story += [entries.original0.tolist(), entries.original1.tolist(), entries.original0.requires_grad]
    layer.weight = library.ones(2, 3)
    story += [layer.weight.tolist(), error_of(lambda: parametrize.remove_parametrizations(layer, "weight", False))]
    layer.weight.sum().backward()
    story += [entries.original0.grad.tolist(), entries.original1.grad.tolist()]
    parametrize.remove_parametrizations(layer, "weight")
    story += [layer, layer.weight.tolist(), type(layer.weight).__name__]


def buffers_and_unsafe(library: Any, story: list) -> None:
    nn, kinds = library.nn, own(library)
    parametrize = nn.utils.parametrize
    norm = nn.BatchNorm1d(3)
    parametrize.register_parametrization(norm, "running_mean", kinds["Doubled"]())
    story += [norm, list(norm.state_dict()), norm.running_mean.tolist(), [name for name, _ in norm.named_buffers()]]
    parametrize.remove_parametrizations(norm, "running_mean")
    story += [list(norm.state_dict()), [name for name, _ in norm.named_buffers()]]
    layer = nn.Linear(2, 3)
    story += [error_of(lambda: parametrize.register_parametrization(layer, "weight", kinds["Resized"]()))]
    story += [type(layer).__name__, list(layer.state_dict())]
    parametrize.register_parametrization(layer, "weight", kinds["Resized"](), unsafe=True)
    story += [layer.weight.shape, layer.weight.dtype, layer.parametrizations.weight.unsafe]
    parametrize.register_parametrization(layer, "bias", kinds["Stubborn"]())
    story += [(layer.parametrizations.bias.original + 1 == layer.bias).all()]
    story += [parametrize.register_parametrization(layer.eval(), "bias", kinds["Resized"](), unsafe=True).bias.shape]
    story += [layer.parametrizations.bias.unsafe, [module.training for module in layer.parametrizations.bias]]
    entries = parametrize.ParametrizationList(
        [kinds["Exp"](), kinds["Symmetric"]()], nn.Parameter(library.ones(2, 2) * 3)
    )
    story += [entries, entries.original.tolist(), entries().tolist()]
    layer.bias = library.zeros(3)


def cache(library: Any, story: list) -> None:
    nn = library.nn
    parametrize = nn.utils.parametrize

    class Counting(nn.Module):
        def forward(self, x: Any) -> Any:
            story.append("computed")
            return x * 2

    layers = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    for layer in layers:
        parametrize.register_parametrization(layer, "weight", Counting())
    with parametrize.cached():
        story += [layers[0].weight is layers[0].weight]
        with parametrize.cached():
            layers(layers(library.ones(1, 2)))
        story += [layers[1].weight is layers[1].weight, "outside"]
    story += [layers[0].weight is layers[0].weight]


def copies(library: Any, story: list) -> None:
    nn, kinds = library.nn, own(library)
    parametrize = nn.utils.parametrize
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    parametrize.register_parametrization(model[0], "weight", kinds["Exp"]())
    twin = copy.deepcopy(model)
    story += [twin, (twin[0].weight == model[0].weight).all(), type(twin[0]).__name__]
    story += [twin[0].parametrizations.weight.original is model[0].parametrizations.weight.original]
    twin[0].weight = library.ones(2, 2)
    story += [twin[0].weight.tolist(), (twin[0].weight == model[0].weight).any()]
    other = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    parametrize.register_parametrization(other[0], "weight", kinds["Exp"]())
    story += [other.load_state_dict(model.state_dict()), (other[0].weight == model[0].weight).all()]
    story += [
        error_of(lambda: pickle.dumps(model)),
        error_of(lambda: other.load_state_dict(nn.Linear(2, 2).state_dict())),
    ]
    plain = nn.Linear(2, 2)
    parametrize.transfer_parametrizations_and_params(model[0], plain)
    story += [plain, plain.parametrizations.weight.original is model[0].parametrizations.weight.original]
    rank = nn.Linear(2, 2)
    parametrize.register_parametrization(rank, "weight", kinds["RankOne"]())
    target = nn.Linear(2, 2)
    parametrize.transfer_parametrizations_and_params(rank, target, "weight")
    story += [target, (target.weight == rank.weight).all()]
    seen = library.func.functional_call(
        model, {"0.parametrizations.weight.original": library.zeros(2, 2)}, (library.ones(1, 2),)
    )
    story += [seen.tolist(), (twin[1].weight == model[1].weight).all()]


def mistakes(library: Any, story: list) -> None:
    nn, kinds = library.nn, own(library)
    parametrize = nn.utils.parametrize
    register = parametrize.register_parametrization

    def function(name: str, inverse: Callable | None = None) -> Any:
        members: dict[str, Any] = {"forward": lambda self, x: x if name == "same" else [x]}
        if inverse is not None:
            members["right_inverse"] = lambda self, x: inverse(x)
        return type("F", (nn.Module,), members)()

    def attempts() -> list[Callable]:
        layer = nn.Linear(2, 2)
        changed = register(nn.Linear(2, 2), "weight", kinds["Exp"]())
        pair = register(nn.Linear(2, 2), "weight", kinds["RankOne"]())
        pair.parametrizations.weight[0].right_inverse = lambda x: (x[0],)
        return [
            lambda: register(layer, "nothing", kinds["Exp"]()),
            lambda: register(layer, "in_features", kinds["Exp"]()),
            lambda: register(layer, "weight", function("list")),
            lambda: register(layer, "weight", function("same", lambda x: 3)),
            lambda: register(layer, "weight", function("same", lambda x: [3])),
            lambda: register(layer, "weight", function("same", lambda x: x.double())),
            lambda: register(changed, "weight", function("list")),
            lambda: register(changed, "weight", kinds["Resized"]()),
            lambda: register(changed, "weight", function("same", lambda x: x.double())),
            lambda: register(changed, "weight", function("same", lambda x: x[0])),
            lambda: register(changed, "weight", function("same", lambda x: [x])),
            lambda: parametrize.remove_parametrizations(layer, "weight"),
            lambda: parametrize.ParametrizationList([], layer.weight),
            lambda: setattr(register(layer, "bias", kinds["Doubled"]()), "bias", library.ones(2)),
            lambda: setattr(register(nn.Linear(2, 2), "weight", function("same")), "weight", library.ones(2, 2)),
            lambda: setattr(pair, "weight", library.ones(2, 2)),
            lambda: delattr(changed, "weight"),
        ]

    story += [error_of(attempt) for attempt in attempts()]


SCRIPTS = (one, several, of_two_tensors, buffers_and_unsafe, cache, copies, mistakes)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_script(script: Callable) -> None:
    assert_same_story(script)


# --- Ready-made ones --------------------------------------------------------------------------------------------------


def train(library: Any, layer: Any, x: Any, story: list, name: str = "weight") -> None:
    """Three steps of SGD; the tensor, its gradients and the keys go into the story."""
    optimizer = library.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        output = layer(x)
        (output * library.arange(float(output.numel())).reshape(output.shape)).sum().backward()
        optimizer.step()
        story += [
            getattr(layer, name).tolist(),
            [(key, value.grad.tolist()) for key, value in layer.named_parameters()],
        ]
    story += [layer, list(layer.state_dict()), layer.eval()(x).tolist()]


@pytest.mark.parametrize("trivialized", [True, False])
@pytest.mark.parametrize("orthogonal_map", [None, "matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (2, 4)])
def test_orthogonal(shape: tuple[int, int], orthogonal_map: str | None, trivialized: bool) -> None:
    def script(library: Any, story: list) -> None:
        layer = library.nn.Linear(*reversed(shape)).double()
        make = library.nn.utils.parametrizations.orthogonal
        story += [make(layer, "weight", orthogonal_map, use_trivialization=trivialized) is layer, layer.weight.tolist()]
        train(library, layer, library.ones(2, shape[1], dtype=library.float64) / 8, story)
        matrix = library.nn.init.orthogonal_(library.empty(shape, dtype=library.float64))
        story += [error_of(lambda: setattr(layer, "weight", matrix)), layer.weight.tolist()]
        story += [error_of(lambda: setattr(layer, "weight", matrix[:-1]))]

    assert_same_story(script)


def orthogonal_batches(library: Any, story: list) -> None:
    class Stack(library.nn.Module):
        def __init__(self, tensor: Any) -> None:
            super().__init__()
            self.matrices = library.nn.Parameter(tensor)

    make = library.nn.utils.parametrizations.orthogonal
    for map_name in ("matrix_exp", "cayley", "householder"):
        for shape in ((2, 3, 3), (2, 2, 4, 3), (2, 2, 3)):
            stack = make(Stack(library.randn(shape, dtype=library.float64)), "matrices", map_name)
            story += [stack.matrices.tolist()]
    unitary = Stack(library.randn(3, 3, dtype=library.float64) + 1j * library.randn(3, 3, dtype=library.float64))
    product = make(unitary, "matrices").matrices
    story += [library.view_as_real(product.mH @ product).tolist(), error_of(lambda: make(unitary, "nothing"))]
    story += [error_of(lambda: make(library.nn.Linear(2, 2), "bias"))]
    story += [error_of(lambda: make(library.nn.Linear(2, 2), orthogonal_map="other"))]
    complex_one = Stack(library.ones(2, 2, dtype=library.complex64))
    story += [error_of(lambda: make(complex_one, "matrices", "householder"))]


@pytest.mark.parametrize("dim", [0, 1, None, -1])
def test_weight_norm(dim: int | None) -> None:
    def script(library: Any, story: list) -> None:
        make = library.nn.utils.parametrizations.weight_norm
        train(library, make(library.nn.Linear(3, 2), dim=dim), library.ones(2, 3), story)
        train(library, make(library.nn.Conv1d(3, 2, 2), "weight", dim), library.ones(1, 3, 4), story)
        layer = make(library.nn.Linear(3, 2), dim=dim)
        layer.weight = library.full((2, 3), 2.0)
        story += [layer.weight.tolist(), layer.parametrizations.weight.original0.tolist()]
        library.nn.utils.parametrize.remove_parametrizations(layer, "weight")
        story += [layer, layer.weight.tolist()]

    assert_same_story(script)


def weight_norm_of_old_states(library: Any, story: list) -> None:
    make = library.nn.utils.parametrizations.weight_norm
    new = make(library.nn.Linear(3, 2))
    state = {"bias": library.zeros(2), "weight_g": library.ones(2, 1), "weight_v": library.ones(2, 3)}
    story += [new.load_state_dict(state), new.weight.tolist()]
    model = library.nn.Sequential(make(library.nn.Linear(3, 2)))
    story += [model.load_state_dict({f"0.{key}": value for key, value in state.items()}), model[0].weight.tolist()]
    del state["weight_g"]
    new.load_state_dict(state)


@pytest.mark.parametrize("iterations", [1, 3])
def test_spectral_norm(iterations: int) -> None:
    def script(library: Any, story: list) -> None:
        make = library.nn.utils.parametrizations.spectral_norm
        for layer, x in (
            (library.nn.Linear(3, 2), library.ones(2, 3)),
            (library.nn.Conv2d(2, 3, 2), library.ones(1, 2, 3, 3)),
        ):
            train(library, make(layer, n_power_iterations=iterations), x, story)
        story += [make(library.nn.Linear(3, 2), "weight", iterations, 1e-6, dim=1).weight.tolist()]
        story += [make(library.nn.Linear(3, 2), "bias").bias.tolist()]
        layer = make(library.nn.Linear(3, 2))
        story += [layer.load_state_dict(make(library.nn.Linear(3, 2)).state_dict()), layer.weight.tolist()]
        layer.weight = library.ones(2, 3)
        story += [layer.eval().weight.tolist(), error_of(lambda: make(library.nn.Linear(1, 1), n_power_iterations=0))]
        story += [error_of(lambda: make(library.nn.Linear(1, 1), dim=2)), error_of(lambda: make(library.nn.ReLU()))]

    assert_same_story(script)


@pytest.mark.parametrize("script", (orthogonal_batches, weight_norm_of_old_states), ids=lambda script: script.__name__)
def test_ready_made(script: Callable) -> None:
    assert_same_story(script)
