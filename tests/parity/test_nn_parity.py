"""minitorch.nn against torch.nn: one script, run with both libraries, must tell the same story.

Layers: the same text, names, shapes and first values from the same seed, the same results and gradients. Module, containers
and hooks: the same transcript of what happened, errors included.
"""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

LIBRARIES = (torch, minitorch)


# --- Layers -----------------------------------------------------------------------------------------------------------


class Layer(NamedTuple):
    """A layer's constructor arguments and the shape of an input; `dtype` int for indices."""

    name: str
    args: tuple
    keywords: dict
    shape: tuple[int, ...]
    integers_below: int | None = None

    def __str__(self) -> str:
        keywords = [f"{name}={value}" for name, value in self.keywords.items()]
        return f"{self.name}({', '.join([*map(str, self.args), *keywords])})-{'x'.join(map(str, self.shape))}"


def layer(name: str, *args: Any, shape: tuple[int, ...] = (4, 6), below: int | None = None, **keywords: Any) -> Layer:
    return Layer(name, args, keywords, shape, below)


LAYERS = [
    layer("Identity"),
    layer("Identity", 54, unused=1),
    layer("Linear", 6, 3),
    layer("Linear", 6, 3, bias=False),
    layer("Linear", 6, 20, shape=(2, 5, 6)),
    layer("Linear", 6, 3, shape=(6,)),
    layer("Flatten", shape=(2, 3, 4)),
    layer("Flatten", 0, 1, shape=(2, 3, 4)),
    layer("Unflatten", 1, (2, 3)),
    layer("Unflatten", 1, (2, -1)),
    *(
        layer(name, *args)
        for name, args in [
            ("ReLU", ()), ("ReLU", (True,)), ("ReLU6", ()), ("ReLU6", (True,)), ("Hardtanh", ()), ("Hardtanh", (-2.0, 0.5)),
            ("Hardtanh", (-2, 0.5, True)), ("LeakyReLU", ()), ("LeakyReLU", (0.2,)), ("LeakyReLU", (0.2, True)), ("ELU", ()),
            ("ELU", (0.5,)), ("ELU", (0.5, True)), ("GELU", ()), ("GELU", ("tanh",)), ("SiLU", ()), ("SiLU", (True,)),
            ("Sigmoid", ()), ("LogSigmoid", ()), ("Tanh", ()), ("Softplus", ()), ("Softplus", (2.0, 1.0)), ("Softmax", (1,)),
            ("Softmax", (0,)), ("Softmin", (-1,)), ("LogSoftmax", (1,)),
        ]
    ),
    layer("Softmax2d", shape=(2, 3, 4, 5)),
    layer("Dropout"),
    layer("Dropout", 0.25, shape=(50, 3)),
    layer("Dropout", 0.0),
    layer("Dropout", 1.0),
    layer("Dropout", 0.5, True),
    layer("Dropout1d", 0.3, shape=(3, 4, 5)),
    layer("Dropout2d", shape=(3, 4, 2, 5)),
    layer("Conv1d", 4, 6, 3, shape=(2, 4, 9)),
    layer("Conv1d", 4, 6, 3, stride=2, padding=1, dilation=2, groups=2, bias=False, shape=(2, 4, 11)),
    layer("Conv1d", 4, 6, 4, padding="same", shape=(2, 4, 9)),
    layer("Conv1d", 4, 6, 3, padding=2, padding_mode="circular", shape=(2, 4, 9)),
    layer("Conv2d", 3, 8, 3, shape=(2, 3, 7, 8)),
    layer("Conv2d", 3, 8, (3, 5), stride=(2, 1), padding=(1, 2), shape=(2, 3, 7, 8)),
    layer("Conv2d", 4, 8, 3, padding="same", dilation=2, groups=4, shape=(2, 4, 7, 8)),
    layer("Conv2d", 3, 8, 3, padding="valid", bias=False, shape=(3, 7, 8)),
    layer("Conv2d", 3, 8, 3, padding=1, padding_mode="reflect", shape=(2, 3, 7, 8)),
    layer("Conv2d", 3, 8, 3, padding=1, padding_mode="replicate", shape=(2, 3, 7, 8)),
    layer("Conv2d", 3, 8, 2, padding="same", padding_mode="circular", shape=(2, 3, 7, 8)),
    layer("MaxPool1d", 2, shape=(2, 3, 9)),
    layer("MaxPool1d", 3, stride=2, padding=1, ceil_mode=True, shape=(2, 3, 10)),
    layer("MaxPool2d", 2, shape=(2, 3, 7, 8)),
    layer("MaxPool2d", (3, 2), stride=(2, 1), padding=1, dilation=1, shape=(2, 3, 7, 8)),
    layer("MaxPool2d", 3, 2, 1, 2, ceil_mode=True, shape=(3, 9, 10)),
    layer("AvgPool1d", 3, 2, shape=(2, 3, 9)),
    layer("AvgPool2d", 2, shape=(2, 3, 7, 8)),
    layer("AvgPool2d", (3, 2), stride=2, padding=(1, 0), count_include_pad=False, shape=(2, 3, 7, 8)),
    layer("AvgPool2d", 3, padding=1, ceil_mode=True, divisor_override=2, shape=(2, 3, 7, 8)),
    layer("AdaptiveAvgPool1d", 3, shape=(2, 3, 10)),
    layer("AdaptiveAvgPool2d", 1, shape=(2, 3, 7, 8)),
    layer("AdaptiveAvgPool2d", (3, None), shape=(2, 3, 7, 8)),
    layer("BatchNorm1d", 6),
    layer("BatchNorm1d", 6, eps=1e-3, momentum=None, shape=(4, 6, 5)),
    layer("BatchNorm1d", 6, affine=False),
    layer("BatchNorm1d", 6, track_running_stats=False),
    layer("BatchNorm1d", 6, bias=False),
    layer("BatchNorm2d", 3, momentum=0.3, shape=(4, 3, 2, 5)),
    layer("LayerNorm", 6),
    layer("LayerNorm", (3, 6), eps=1e-3, shape=(4, 3, 6)),
    layer("LayerNorm", [6], elementwise_affine=False),
    layer("LayerNorm", 6, bias=False),
    layer("GroupNorm", 2, 6, shape=(4, 6, 5)),
    layer("GroupNorm", 3, 6, affine=False, shape=(4, 6, 2, 2)),
    layer("Embedding", 10, 5, shape=(3, 4), below=10),
    layer("Embedding", 10, 3, padding_idx=2, shape=(12,), below=10),
    layer("Embedding", 10, 20, padding_idx=-1, max_norm=2.0, norm_type=1.0, scale_grad_by_freq=True, shape=(12,), below=10),
]  # fmt: skip


def seeded(library: Any, case: Layer) -> Any:
    library.manual_seed(0)
    return getattr(library.nn, case.name)(*case.args, **case.keywords)


def data(case: Layer) -> np.ndarray:
    random = np.random.default_rng(7)
    if case.integers_below is not None:
        return random.integers(0, case.integers_below, case.shape)
    return random.standard_normal(case.shape).astype(np.float32)


def values(state: dict) -> dict[str, np.ndarray]:
    return {name: np.array(tensor.detach().tolist()) for name, tensor in state.items()}


def assert_equal(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], rtol: float, atol: float = 0.0) -> None:
    """Equal, but for rounding: `atol` is in units of the largest value, since sums may nearly cancel."""
    assert list(got) == list(expected)
    for name, value in expected.items():
        largest = float(np.abs(value).max(initial=0.0)) if np.isfinite(value).all() else 1.0
        np.testing.assert_allclose(got[name], value, err_msg=name, rtol=rtol, atol=atol * largest)


def used(library: Any, module: Any, array: np.ndarray) -> dict[str, np.ndarray]:
    """Result, gradients and state after a call of the module and a backward pass."""
    input = library.tensor(array)
    if array.dtype == np.float32:
        input.requires_grad_()
    library.manual_seed(3)
    output = module(input.clone())
    seen = {"output": output.detach()}
    if output.requires_grad:
        weights = library.arange(output.numel(), dtype=library.float32).reshape(output.shape)
        (output * (weights.cos() + 0.1)).sum().backward()
        seen |= {name: parameter.grad for name, parameter in module.named_parameters() if parameter.grad is not None}
        if input.requires_grad:
            seen["input"] = input.grad
    return values(seen) | {f"state {name}": value for name, value in values(module.state_dict()).items()}


@pytest.mark.parametrize("case", LAYERS, ids=str)
class TestLayer:
    def test_text(self, case: Layer) -> None:
        expected, got = (repr(seeded(library, case)) for library in LIBRARIES)
        assert got == expected

    def test_first_values(self, case: Layer) -> None:
        (theirs, next_theirs), (ours, next_ours) = ((seeded(lib, case), lib.rand(3).tolist()) for lib in LIBRARIES)
        assert_equal(values(ours.state_dict()), values(theirs.state_dict()), rtol=1e-6)
        assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
        assert next_ours == next_theirs  # as many random numbers were used

    @pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
    @pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
    def test_results_and_gradients(self, case: Layer, training: bool) -> None:
        theirs, ours = (seeded(library, case).train(training) for library in LIBRARIES)
        for _ in range(2):  # the second time with other running averages
            expected = used(torch, theirs, data(case))
            assert_equal(used(minitorch, ours, data(case)), expected, rtol=2e-5, atol=2e-6)

    def test_pickled_and_copied(self, case: Layer) -> None:
        ours = seeded(minitorch, case)
        for again in (pickle.loads(pickle.dumps(ours)), copy.deepcopy(ours)):
            assert repr(again) == repr(ours)
            assert_equal(values(again.state_dict()), values(ours.state_dict()), rtol=0)
            assert all(a is not b for a, b in zip(again.parameters(), ours.parameters(), strict=True))


LOSSES = [
    ("L1Loss", {}, "floats"),
    ("MSELoss", {}, "floats"),
    ("SmoothL1Loss", {"beta": 0.5}, "floats"),
    ("SmoothL1Loss", {}, "floats"),
    ("HuberLoss", {"delta": 0.7}, "floats"),
    ("NLLLoss", {}, "classes"),
    ("NLLLoss", {"weight": 4, "ignore_index": 2}, "classes"),
    ("CrossEntropyLoss", {}, "classes"),
    ("CrossEntropyLoss", {"weight": 4, "ignore_index": 1}, "classes"),
    ("CrossEntropyLoss", {"label_smoothing": 0.1}, "classes"),
    ("CrossEntropyLoss", {"label_smoothing": 0.1, "weight": 4}, "probabilities"),
    ("BCELoss", {}, "probabilities"),
    ("BCELoss", {"weight": 4}, "probabilities"),
    ("BCEWithLogitsLoss", {}, "probabilities"),
    ("BCEWithLogitsLoss", {"pos_weight": 4, "weight": 4}, "probabilities"),
]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("name", "keywords", "kind"), LOSSES, ids=lambda value: str(value))
def test_loss(name: str, keywords: dict, kind: str, reduction: str) -> None:
    random = np.random.default_rng(1)
    scores = random.random((5, 4)).astype(np.float32) * 0.9 + 0.05
    target = {"floats": random.random((5, 4)).astype(np.float32), "classes": random.integers(0, 4, 5),
              "probabilities": random.dirichlet([1.0] * 4, 5).astype(np.float32)}[kind]  # fmt: skip
    seen = []
    for library in LIBRARIES:
        weights = {
            key: library.linspace(0.5, 2.0, value) if "weight" in key else value for key, value in keywords.items()
        }
        loss = getattr(library.nn, name)(reduction=reduction, **weights)
        input = library.tensor(scores, requires_grad=True)
        output = loss(input, library.tensor(target))
        output.sum().backward()
        seen.append((repr(loss), values({"output": output, "gradient": input.grad, **loss.state_dict()})))
    (expected_text, expected), (text, got) = seen
    assert text == expected_text
    assert_equal(got, expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("old", [(True, True), (False, None), (None, False)])
def test_old_names_of_reductions(old: tuple) -> None:
    reductions = []
    for library in LIBRARIES:
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
            reductions.append(library.nn.MSELoss(*old).reduction)
    assert reductions[0] == reductions[1]


# --- Names and signatures ---------------------------------------------------------------------------------------------

NOT_HERE = {"compile", "ipu", "mtia", "register_backward_hook", "share_memory", "xpu", "call_super_init", "dump_patches", "T_destination"}


def parameters_of(function: Callable) -> list[tuple]:
    """Names, kinds and defaults; without what PyTorch gave up, and without `out=`, which our rows have more often."""
    left_out = ("min_value", "max_value", "out")
    parameters = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in parameters if p.name not in left_out]


@pytest.mark.parametrize("name", [name for name in minitorch.nn.__all__ if name[0].isupper() and name != "Buffer"])
def test_constructor(name: str) -> None:
    expected = parameters_of(getattr(torch.nn, name))
    got = parameters_of(getattr(minitorch.nn, name))
    if expected[:1] != [("args", inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.empty)]:
        assert got == expected


@pytest.mark.parametrize("name", minitorch.nn.functional.__all__)
def test_functional(name: str) -> None:
    theirs, ours = getattr(torch.nn.functional, name), getattr(minitorch.nn.functional, name)
    try:
        expected = parameters_of(theirs)
    except ValueError:  # made in C++
        return
    if expected[0][0] != "args":
        assert parameters_of(ours) == expected


def test_methods_of_module() -> None:
    theirs, ours = ({name for name in dir(library.nn.Module) if name[0] != "_"} for library in LIBRARIES)
    assert theirs - ours == NOT_HERE & theirs
    for name in sorted(ours & theirs - {"state_dict", "to", "type", "forward", "training"}):
        expected, got = (parameters_of(getattr(library.nn.Module, name)) for library in LIBRARIES)
        if name not in ("get_extra_state", "set_extra_state"):
            assert got == expected, name


@pytest.mark.parametrize("name", minitorch.nn.init.__all__)
def test_init_signature(name: str) -> None:
    expected, got = (parameters_of(getattr(library.nn.init, name)) for library in LIBRARIES)
    assert got == expected


@pytest.mark.parametrize("name", minitorch.nn.utils.__all__)
def test_utils_signature(name: str) -> None:
    expected, got = (parameters_of(getattr(library.nn.utils, name)) for library in LIBRARIES)
    assert got == expected


# --- Scripts ----------------------------------------------------------------------------------------------------------


def tell(script: Callable[[Any, list], None], library: Any) -> list[str]:
    """What a script noted; an exception is noted too, by type and message."""
    story: list = []
    try:
        library.manual_seed(0)
        script(library, story)
    except Exception as error:
        story.append(f"{_builtin(type(error))}: {error}")
    return [str(line) for line in story]


def _builtin(kind: type) -> str:
    return next(base.__name__ for base in kind.__mro__ if base.__module__ == "builtins")


def net(library: Any) -> Any:
    """A small model with shared parts, buffers of both kinds and places held by None."""
    nn = library.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(3, 3)
            self.scale = nn.Parameter(library.ones(3))
            self.register_buffer("seen", library.zeros(1))
            self.register_buffer("passing", library.zeros(2), persistent=False)
            self.register_buffer("none", None)
            self.register_parameter("absent", None)
            self.add_module("gone", None)
            self.rest = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.ModuleList([self.first, nn.Tanh()]))
            self.tied = self.first.weight

        def forward(self, x: Any) -> Any:
            x = self.rest[1](self.rest[0](self.first(x) * self.scale))
            return x

    return Net()


def walking(library: Any, story: list) -> None:
    model = net(library)
    story += [
        repr(model),
        sorted(set(dir(model)) & {"first", "scale", "seen", "absent", "rest", "0", "forward", "tied"}),
    ]
    for recurse in (True, False):
        story += [name for name, _ in model.named_parameters(recurse=recurse)]
        story += [name for name, _ in model.named_buffers("b", recurse=recurse)]
    story += [name for name, _ in model.named_parameters(prefix="p", remove_duplicate=False)]
    story += [name for name, _ in model.named_modules()] + [
        name for name, _ in model.named_modules(remove_duplicate=False)
    ]
    story += [name for name, _ in model.named_modules(prefix="m")] + [name for name, _ in model.named_children()]
    story += [len(list(walk())) for walk in (model.parameters, model.buffers, model.modules, model.children)]
    story += [list(model._parameters), list(model._buffers), list(model._modules), len(model._buffers)]
    story += [model.get_submodule("rest.1"), model.get_submodule("") is model, model.get_parameter("rest.0.bias").shape]
    story += [model.get_buffer("rest.1.running_mean"), model.training, model.eval().training, model.rest[1].training]
    visited: list = []
    model.apply(lambda module: visited.append(type(module).__name__))
    story += visited
    model.requires_grad_(False)
    story += [[p.requires_grad for p in model.parameters()]]


def changing(library: Any, story: list) -> None:
    nn, model = library.nn, net(library)
    model.first = nn.Linear(3, 1)
    model.scale = None
    story += [list(model.state_dict()), model.scale]
    model.scale = nn.Parameter(library.zeros(2))
    model.seen = library.ones(4)
    model.seen = None
    model.tied = 3
    story += [list(model.state_dict()), model.tied, repr(model)]
    model.tied = None
    del model.tied, model.seen, model.first
    story += [hasattr(model, "first"), list(model.state_dict()), list(model._buffers)]
    model.plain = library.ones(1)
    story += [list(model._buffers), model.plain]
    model.plain = nn.Parameter(model.plain)
    model.extra = nn.Buffer(library.ones(2))
    model.unsaved = nn.Buffer(library.ones(2), persistent=False)
    story += [list(model._parameters), list(model._buffers), list(model.state_dict())]
    model._modules["new"] = nn.ReLU()
    model._parameters["scale"] = None
    del model._buffers["none"]
    story += [model, model.scale, "none" in model._buffers, hasattr(model, "none")]
    model.set_submodule("rest.0", nn.ReLU())
    model.set_submodule("newer", nn.ReLU())
    story += [model]
    model.plain = 3


def states(library: Any, story: list) -> None:
    nn, model = library.nn, net(library)
    saved = model.state_dict()
    story += [list(saved), dict(saved._metadata), list(model.state_dict(prefix="x."))]
    story += [
        all(not t.requires_grad for t in saved.values()),
        model.state_dict(keep_vars=True)["scale"] is model.scale,
    ]
    other = net(library)
    story += [other.load_state_dict(saved), (other.first.weight == model.first.weight).all()]
    story += [other.load_state_dict({"scale": library.zeros(3), "odd": library.zeros(1)}, strict=False)]
    story += [other.scale.detach()]
    parameter = other.scale
    other.load_state_dict({**saved, "scale": library.full((3,), 7.0)}, assign=True)
    story += [other.scale, other.scale is parameter, other.first.weight is saved["first.weight"]]

    class Extra(nn.Linear):
        def get_extra_state(self) -> Any:
            return {"seen": 3}

        def set_extra_state(self, state: Any) -> None:
            story.append(("set", state))

    extra = Extra(1, 1)
    story += [list(extra.state_dict()), extra.load_state_dict(extra.state_dict())]
    story += [nn.Linear(1, 1).load_state_dict(extra.state_dict(), strict=False)]
    batch_norm = nn.BatchNorm1d(2)
    old = {name: value for name, value in batch_norm.state_dict().items() if name != "num_batches_tracked"}
    story += [batch_norm.load_state_dict(old)]


def state_hooks(library: Any, story: list) -> None:
    model = library.nn.Sequential(library.nn.Linear(1, 1), library.nn.ReLU())
    model.register_state_dict_pre_hook(lambda module, prefix, keep: story.append(("pre", prefix, keep)))

    def post(module: Any, state: Any, prefix: str, metadata: Any) -> None:
        story.append(("post", list(state), prefix, metadata))
        state["more"] = 1

    handle = model.register_state_dict_post_hook(post)
    model[0].register_load_state_dict_pre_hook(
        lambda module, state, prefix, metadata, strict, missing, unexpected, errors: state.pop(prefix + "bias")
    )
    model[0].register_load_state_dict_post_hook(
        lambda module, keys: story.append(("loaded", type(module).__name__, keys))
    )
    model.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    state = model.state_dict()
    handle.remove()
    story += [list(state), list(model.state_dict())]
    del state["more"]
    story += [model.load_state_dict(state)]


def forward_hooks(library: Any, story: list) -> None:
    nn = library.nn
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU())
    nn.init.eye_(model[0].weight)
    x = library.tensor([[1.0, -2.0]])
    handles = [
        model[0].register_forward_pre_hook(lambda m, args: story.append(("pre", args[0].tolist()))),
        model[0].register_forward_pre_hook(lambda m, args: args[0] + 1),
        model[0].register_forward_pre_hook(
            lambda m, args, kwargs: story.append((args[0].tolist(), kwargs)), with_kwargs=True
        ),
        model[0].register_forward_pre_hook(lambda m, args: story.append("first"), prepend=True),
        model[0].register_forward_hook(lambda m, args, out: story.append((args[0].tolist(), out.tolist()))),
        model[0].register_forward_hook(lambda m, args, out: out * 10),
        model[0].register_forward_hook(
            lambda m, args, kw, out: story.append((kw, out.tolist())), with_kwargs=True, prepend=True
        ),
        model.register_forward_hook(lambda m, args, out: story.append(("all", out.tolist()))),
    ]
    story += [model(x).tolist(), model[0](input=x).tolist()]
    for handle in handles:
        handle.remove()
    story += [model(x).tolist()]
    model[0].register_forward_hook(lambda m, args, out: story.append(("always", out)), always_call=True)
    model[0].register_forward_hook(lambda m, args, out: story.append("never"))
    try:
        model(library.ones(1, 3))
    except RuntimeError:
        story.append("failed")
    model[1].register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    model(x)


def backward_hooks(library: Any, story: list) -> None:
    nn = library.nn

    class Mixed(nn.Module):
        def forward(self, a: Any, number: float, b: Any, unused: Any) -> tuple:
            return a * b, number, (a + b) * number

    def note(name: str) -> Callable:
        def shown(gradients: Any) -> Any:
            return [None if g is None else (g + 0).tolist() for g in gradients]  # + 0: the sign of zeros is relu's affair

        return lambda module, *gradients: story.append((name, *map(shown, gradients)))

    x = library.tensor([[1.0, -2.0]], requires_grad=True)
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1))
    for name, child in model.named_children():
        child.register_full_backward_hook(note(f"after {name}"))
        child.register_full_backward_pre_hook(note(f"before {name}"))
    (model(x) + x.sum()).sum().backward()
    story += [x.grad.tolist(), (model[0].weight.grad + 0).tolist()]

    mixed = Mixed()
    mixed.register_full_backward_hook(note("mixed"))
    mixed.register_full_backward_pre_hook(note("before"))
    a, b = library.tensor([2.0], requires_grad=True), library.tensor([3.0], requires_grad=True)
    product, _, total = mixed(a, 5.0, b, library.ones(1))
    (product * 2 + total * 3).backward()
    story += [a.grad.tolist(), b.grad.tolist()]
    mixed.register_full_backward_hook(lambda m, grad_in, grad_out: (grad_in[0] * 100, *grad_in[1:]))
    mixed.register_full_backward_pre_hook(lambda m, grad_out: tuple(g if g is None else g * 2 for g in grad_out))
    mixed(a, 5.0, b, library.ones(1))[0].backward()
    story += [a.grad.tolist(), b.grad.tolist()]
    mixed.register_full_backward_hook(lambda m, grad_in, grad_out: grad_in[:1])
    mixed(a, 5.0, b, library.ones(1))[0].backward()


def containers(library: Any, story: list) -> None:
    nn = library.nn
    row = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 3))
    story += [row[0], row[-1], row[1:], len(row), [type(m).__name__ for m in row], row + row[:1], row * 2]
    row[1] = nn.Tanh()
    row.append(nn.ReLU()).extend([nn.Tanh(), nn.Tanh()]).insert(0, nn.Sigmoid()).insert(-1, nn.ELU())
    story += [row]
    del row[1]
    del row[2:4]
    story += [row, row.pop(0), row]
    row += nn.Sequential(nn.ReLU())
    row *= 2
    story += [row, 2 * nn.Sequential(nn.ReLU()), list(row.state_dict())]
    named = nn.Sequential(OrderedDict([("a", nn.Linear(1, 1)), ("b", nn.ReLU())]))
    story += [named, named[:1], named.a, list(named.state_dict()), named(library.ones(1)).shape]

    many = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1)])
    story += [many, many[1:], many[-1], len(many), nn.ModuleList(), many + [nn.Tanh()], nn.ModuleList([many, many])]
    many.insert(1, nn.Tanh())
    many[0] = nn.ReLU()
    many += [nn.ELU()]
    del many[-2]
    story += [many, many.pop(1), many, list(many.state_dict())]

    choice = nn.ModuleDict({"b": nn.Linear(1, 1), "a": nn.ReLU()})
    choice.update([("c", nn.Tanh())])
    story += [
        choice,
        list(choice),
        "a" in choice,
        list(choice.keys()),
        [key for key, _ in choice.items()],
        choice.pop("a"),
    ]
    story += [len(choice), choice["c"], list(choice.values())]
    del choice["b"]
    choice.clear()
    story += [choice]


def parameter_containers(library: Any, story: list) -> None:
    nn = library.nn
    each = nn.ParameterList([library.ones(2), nn.Parameter(library.zeros(1, 2)), "text"])
    each.append(library.ones(())).extend([library.zeros(3)])
    each[0] = library.zeros(1)
    story += [
        each,
        len(each),
        each[-1],
        each[1:3],
        [name for name, _ in each.named_parameters()],
        list(each.state_dict()),
    ]
    each += [library.ones(1)]
    story += [len(each)]
    named = nn.ParameterDict({"b": library.ones(2), "a": nn.Parameter(library.zeros(1, 2))})
    named.update(OrderedDict([("d", 3), ("c", library.ones(1))]))
    story += [named, list(named), list(named.keys()), [key for key, _ in named.items()], "a" in named, len(named)]
    story += [
        named.get("z", 5),
        named.pop("d"),
        named.popitem(),
        named.setdefault("e", library.ones(1)),
        list(reversed(named)),
    ]
    story += [
        named.copy(),
        named | nn.ParameterDict({"f": library.ones(1)}),
        named.fromkeys(["x"], 1),
        list(named.state_dict()),
    ]
    named.clear()
    story += [len(named)]
    named(1)


def parameters(library: Any, story: list) -> None:
    nn = library.nn
    data = library.ones(2)
    parameter = nn.Parameter(data)
    story += [
        parameter,
        nn.Parameter(data, requires_grad=False),
        isinstance(parameter, library.Tensor),
        parameter.is_leaf,
    ]
    data[0] = 5
    story += [
        parameter,
        type(parameter * 2) is library.Tensor,
        nn.Parameter().shape,
        type(parameter.data) is library.Tensor,
    ]
    (parameter * 3).sum().backward()
    story += [parameter.grad]
    duplicate = copy.deepcopy(parameter)
    story += [duplicate, type(duplicate) is nn.Parameter, duplicate.grad, duplicate is parameter]
    again = pickle.loads(pickle.dumps(parameter))
    story += [again, type(again) is nn.Parameter, again.requires_grad]
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    model = copy.deepcopy(model)
    story += [model[1].weight is model[0].weight, [name for name, _ in model.named_parameters()]]


def converting(library: Any, story: list) -> None:
    model = net(library)
    parameter = model.scale
    model(library.ones(2, 3)).sum().backward()
    model.double()
    story += [{name: tensor.dtype for name, tensor in model.state_dict().items()}, model.scale is parameter]
    story += [
        model.scale.grad.dtype,
        model.passing.dtype,
        model.to(library.float16).scale.dtype,
        model.float().scale.dtype,
    ]
    story += [
        model.to("cpu", library.float64).scale.dtype,
        model.to(library.ones(1)).scale.dtype,
        model.half().scale.dtype,
    ]
    story += [model.cpu() is model, model.type(library.float32).scale.dtype, model.rest[1].num_batches_tracked.dtype]
    model.zero_grad(set_to_none=False)
    story += [model.scale.grad]
    model.zero_grad()
    story += [model.scale.grad]
    model.to(library.int64)


def gradients(library: Any, story: list) -> None:
    utils = library.nn.utils
    model = library.nn.Linear(2, 2)
    model.weight.grad = library.tensor([[3.0, 4.0], [0.0, 12.0]])
    story += [utils.clip_grad_norm_(model.parameters(), 100.0), model.weight.grad]
    story += [utils.clip_grad_norm_(model.parameters(), 6.5), model.weight.grad]
    story += [utils.clip_grad_norm_(model.weight, 1.0, norm_type=float("inf")), model.weight.grad]
    story += [utils.clip_grad_norm_(model.weight, 1.0, norm_type=1.0), model.weight.grad]
    utils.clip_grad_value_(model.parameters(), 0.05)
    vector = utils.parameters_to_vector(model.parameters())
    story += [model.weight.grad, vector.shape, utils.clip_grad_norm_([], 1.0)]
    utils.vector_to_parameters(library.arange(6.0), model.parameters())
    story += [model.weight, model.bias]
    model.weight.grad[0, 0] = float("nan")
    utils.clip_grad_norm_(model.parameters(), 1.0, error_if_nonfinite=True)


SCRIPTS = (walking, changing, states, state_hooks, forward_hooks, backward_hooks, containers, parameter_containers, parameters,
           converting, gradients)  # fmt: skip


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_script(script: Callable) -> None:
    expected, got = (tell(script, library) for library in LIBRARIES)
    for position, (theirs, ours) in enumerate(zip(expected, got, strict=False)):
        assert ours == theirs, f"line {position} of the story"
    assert got == expected


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "no init, parameter": lambda lib, nn: type(
        "M", (nn.Module,), {"__init__": lambda s: setattr(s, "a", nn.Parameter())}
    )(),
    "no init, module": lambda lib, nn: type("M", (nn.Module,), {"__init__": lambda s: setattr(s, "a", nn.ReLU())})(),
    "no forward": lambda lib, nn: nn.Module()(1),
    "Module(3)": lambda lib, nn: nn.Module(3),
    "parameter from tensor": lambda lib, nn: setattr(nn.Linear(1, 1), "weight", lib.ones(1)),
    "parameter from module": lambda lib, nn: setattr(nn.Linear(1, 1), "weight", nn.ReLU()),
    "module from number": lambda lib, nn: setattr(nn.Sequential(nn.ReLU()), "0", 3),
    "buffer from number": lambda lib, nn: setattr(nn.BatchNorm1d(1), "running_mean", 3),
    "register tensor": lambda lib, nn: nn.Module().register_parameter("a", lib.ones(1)),
    "register computed": lambda lib, nn: nn.Module().register_parameter("a", nn.Parameter(lib.ones(1)).clone()),
    "register dot": lambda lib, nn: nn.Module().register_parameter("a.b", None),
    "register nameless": lambda lib, nn: nn.Module().register_parameter("", None),
    "register number": lambda lib, nn: nn.Module().register_parameter(3, None),
    "register taken": lambda lib, nn: nn.Module().register_parameter("forward", None),
    "buffer taken": lambda lib, nn: nn.Linear(1, 1).register_buffer("weight", None),
    "buffer list": lambda lib, nn: nn.Module().register_buffer("a", [1]),
    "buffer dot": lambda lib, nn: nn.Module().register_buffer("a.b", None),
    "buffer number": lambda lib, nn: nn.Module().register_buffer(3, None),
    "module dot": lambda lib, nn: nn.Module().add_module("a.b", None),
    "module nameless": lambda lib, nn: nn.Module().add_module("", None),
    "module taken": lambda lib, nn: nn.Linear(1, 1).add_module("weight", nn.ReLU()),
    "module number": lambda lib, nn: nn.Module().add_module("a", 3),
    "missing attribute": lambda lib, nn: nn.ReLU().nothing,
    "deleting nothing": lambda lib, nn: delattr(nn.ReLU(), "nothing"),
    "get_submodule": lambda lib, nn: nn.Sequential(nn.ReLU()).get_submodule("0.a"),
    "get_submodule of parameter": lambda lib, nn: nn.Linear(1, 1).get_submodule("weight"),
    "get_parameter": lambda lib, nn: nn.Linear(1, 1).get_parameter("nothing"),
    "get_parameter of setting": lambda lib, nn: nn.Linear(1, 1).get_parameter("in_features"),
    "get_buffer": lambda lib, nn: nn.Linear(1, 1).get_buffer("weight"),
    "train": lambda lib, nn: nn.ReLU().train(1),
    "to int": lambda lib, nn: nn.Linear(1, 1).to(lib.int32),
    "load list": lambda lib, nn: nn.Linear(1, 1).load_state_dict([1]),
    "load too little": lambda lib, nn: nn.Sequential(nn.Linear(1, 1)).load_state_dict({"0.weight": lib.ones(1, 1)}),
    "load too much": lambda lib, nn: nn.ReLU().load_state_dict({"0.weight": lib.ones(1, 1), "x": lib.ones(1)}),
    "load wrong shape": lambda lib, nn: nn.Linear(1, 2).load_state_dict(
        {"weight": lib.ones(1, 1), "bias": lib.ones(3), "c": 1}
    ),
    "load a number": lambda lib, nn: nn.Linear(1, 2, bias=False).load_state_dict({"weight": 1}),
    "Sequential index": lambda lib, nn: nn.Sequential(nn.ReLU())[1],
    "Sequential + list": lambda lib, nn: nn.Sequential(nn.ReLU()) + [nn.ReLU()],
    "Sequential * 0": lambda lib, nn: nn.Sequential(nn.ReLU()) * 0,
    "Sequential insert": lambda lib, nn: nn.Sequential(nn.ReLU()).insert(3, nn.ReLU()),
    "Sequential of a number": lambda lib, nn: nn.Sequential(3),
    "ModuleList extend": lambda lib, nn: nn.ModuleList().extend(3),
    "ModuleList index": lambda lib, nn: nn.ModuleList([nn.ReLU()])[-2],
    "ModuleDict key": lambda lib, nn: nn.ModuleDict()["a"],
    "ModuleDict taken": lambda lib, nn: nn.ModuleDict({"training": nn.ReLU()}),
    "ModuleDict update": lambda lib, nn: nn.ModuleDict().update(3),
    "ModuleDict pairs": lambda lib, nn: nn.ModuleDict([("a", nn.ReLU(), 3)]),
    "ParameterList called": lambda lib, nn: nn.ParameterList()(3),
    "ParameterList extend": lambda lib, nn: nn.ParameterList().extend(lib.ones(2)),
    "Dropout p": lambda lib, nn: nn.Dropout(1.5),
    "Conv groups": lambda lib, nn: nn.Conv2d(3, 4, 3, groups=2),
    "Conv groups out": lambda lib, nn: nn.Conv2d(4, 3, 3, groups=2),
    "Conv groups 0": lambda lib, nn: nn.Conv2d(4, 3, 3, groups=0),
    "Conv same stride": lambda lib, nn: nn.Conv2d(4, 3, 3, padding="same", stride=2),
    "BatchNorm dims": lambda lib, nn: nn.BatchNorm2d(3)(lib.ones(2, 3)),
    "BatchNorm1d dims": lambda lib, nn: nn.BatchNorm1d(3)(lib.ones(2, 3, 1, 1)),
    "GroupNorm groups": lambda lib, nn: nn.GroupNorm(2, 3),
    "Embedding padding": lambda lib, nn: nn.Embedding(3, 2, padding_idx=3),
    "Embedding from vector": lambda lib, nn: nn.Embedding.from_pretrained(lib.ones(2)),
    "Softmax2d dims": lambda lib, nn: nn.Softmax2d()(lib.ones(2)),
    "Unflatten": lambda lib, nn: nn.Unflatten(1, (2, "3")),
    "Hardtanh": lambda lib, nn: nn.Hardtanh(1, 0),
    "gain": lambda lib, nn: nn.init.calculate_gain("leaky_relu", "x"),
    "fan": lambda lib, nn: nn.init.xavier_uniform_(lib.ones(2)),
    "mode": lambda lib, nn: nn.init.kaiming_uniform_(lib.ones(2, 2), mode="x"),
    "eye": lambda lib, nn: nn.init.eye_(lib.ones(2)),
    "dirac": lambda lib, nn: nn.init.dirac_(lib.ones(2, 2)),
}


@pytest.mark.parametrize("what", ERRORS)
def test_error(what: str) -> None:
    told = []
    for library in LIBRARIES:
        with pytest.raises(Exception) as caught:
            ERRORS[what](library, library.nn)
        told.append((_builtin(caught.type), re.sub(r"(mini)?torch\.nn(\.[a-z_]+)+\.", "nn.", str(caught.value))))
    (their_type, theirs), (our_type, ours) = told
    assert our_type == their_type
    assert ours[: len(theirs)] == theirs  # ours may go on to say what to do


INITS: dict[str, Callable[[Any, Any], Any]] = {
    "uniform": lambda init, t: init.uniform_(t, -2.0, 3.0),
    "normal": lambda init, t: init.normal_(t, 1.0, 2.0),
    "trunc_normal": lambda init, t: init.trunc_normal_(t),
    "trunc_normal tail": lambda init, t: init.trunc_normal_(t, 0.0, 1.0, 1.0, 1.5),
    "constant": lambda init, t: init.constant_(t, 3.5),
    "ones": lambda init, t: init.ones_(t),
    "zeros": lambda init, t: init.zeros_(t),
    "eye": lambda init, t: init.eye_(t.view(6, 20)),
    "dirac": lambda init, t: init.dirac_(t),
    "dirac groups": lambda init, t: init.dirac_(t, groups=2),
    "xavier_uniform": lambda init, t: init.xavier_uniform_(t, gain=2.0),
    "xavier_normal": lambda init, t: init.xavier_normal_(t),
    "kaiming_uniform": lambda init, t: init.kaiming_uniform_(t, 0.2, "fan_out"),
    "kaiming_normal": lambda init, t: init.kaiming_normal_(t, nonlinearity="relu"),
    "sparse": lambda init, t: init.sparse_(t.view(12, 10), 0.4),
}


@pytest.mark.parametrize("name", INITS)
def test_init(name: str) -> None:
    filled = []
    for library in LIBRARIES:
        library.manual_seed(5)
        tensor = library.empty(6, 4, 5)
        INITS[name](library.nn.init, tensor)
        filled.append(np.array([tensor.flatten().tolist(), [*library.rand(2).tolist(), *[0] * 118]]))
    np.testing.assert_allclose(filled[1], filled[0], rtol=1e-6, atol=1e-7)  # and as many random numbers were used


@pytest.mark.parametrize(
    "nonlinearity", ["linear", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
)
def test_gain(nonlinearity: str) -> None:
    assert minitorch.nn.init.calculate_gain(nonlinearity) == torch.nn.init.calculate_gain(nonlinearity)
