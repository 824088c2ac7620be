"""The layers, losses and first values of minitorch.nn against those of torch.nn.

The same text, names, shapes and first values from the same seed, the same results and gradients, the same signatures. What
Module itself does is compared in test_module_parity.py.
"""

from __future__ import annotations

import copy
import inspect
import pickle
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
    layer("Dropout3d", shape=(3, 4, 2, 5, 2)),
    layer("AlphaDropout", 0.2),
    layer("FeatureAlphaDropout", shape=(3, 4, 5)),
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
    *[layer("Conv3d", 2, 4, (3, 2, 3), padding=(1, 0, 2), padding_mode=mode, shape=(2, 2, 4, 5, 6))
      for mode in ("zeros", "reflect", "replicate", "circular")],
    layer("Conv3d", 2, 4, 3, padding="same", dilation=2, groups=2, bias=False, shape=(2, 5, 6, 5)),
    layer("ConvTranspose1d", 4, 6, 3, 2, 1, 1, groups=2, shape=(2, 4, 5)),
    layer("ConvTranspose2d", 4, 6, (3, 2), (2, 3), (1, 0), (0, 2), 2, False, (2, 1), shape=(4, 5, 6)),
    layer("ConvTranspose3d", 2, 4, 2, stride=2, dilation=3, output_padding=(0, 1, 2), shape=(2, 2, 3, 2, 3)),
    layer("PReLU", 6, 0.1),
    layer("PReLU", shape=(2, 3, 4)),
    layer("LPPool2d", 3, (2, 3), stride=1, ceil_mode=True, shape=(2, 3, 5, 6)),
    layer("MaxPool3d", 2, 1, 1, 2, ceil_mode=True, shape=(2, 5, 6, 7)),
    layer("AvgPool3d", 3, (2, 1, 2), 1, True, False, 5, shape=(2, 5, 6, 7)),
    layer("AdaptiveAvgPool3d", (3, None, 2), shape=(2, 3, 7, 4, 5)),
    layer("AdaptiveMaxPool3d", (3, None, 2), shape=(2, 3, 7, 4, 5)),
    layer("FractionalMaxPool2d", (2, 3), output_ratio=(0.5, 0.6), shape=(2, 3, 9, 10)),
    layer("FractionalMaxPool3d", 2, output_size=(3, 4, 2), shape=(2, 3, 7, 8, 6)),
    layer("InstanceNorm2d", 3, momentum=0.3, affine=True, track_running_stats=True, shape=(4, 3, 2, 5)),
    layer("ConstantPad2d", (1, -1, 0, 2), 0.5, shape=(2, 3, 4, 5)),
    layer("ReflectionPad3d", (1, 2, 0, 1, 1, 0), shape=(3, 3, 4, 5)),
    layer("CircularPad2d", (1, 2, 0, 3), shape=(3, 4, 5)),
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
    layer("RMSNorm", 6),
    layer("RMSNorm", (3, 6), 1e-3, elementwise_affine=False, shape=(4, 3, 6)),
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
    ("KLDivLoss", {}, "probabilities"),
    ("KLDivLoss", {"log_target": True}, "floats"),
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


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss by both the batch size")
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


def test_bilinear() -> None:
    told = []
    for library in LIBRARIES:
        library.manual_seed(0)
        module = library.nn.Bilinear(3, 4, 2)
        a, b = library.arange(6.0).reshape(2, 3).requires_grad_(), library.arange(8.0).reshape(2, 4)
        module(a, b).sum().backward()
        told.append((repr(module), values({**module.state_dict(), "output": module(a, b), "gradient": a.grad})))
    assert told[1][0] == told[0][0]
    assert_equal(told[1][1], told[0][1], rtol=1e-5)


@pytest.mark.parametrize("old", [(True, True), (False, None), (None, False)])
def test_old_names_of_reductions(old: tuple) -> None:
    reductions = []
    for library in LIBRARIES:
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
            reductions.append(library.nn.MSELoss(*old).reduction)
    assert reductions[0] == reductions[1]


# --- Names and signatures ---------------------------------------------------------------------------------------------

NOT_HERE = {"ipu", "mtia", "xpu", "T_destination"}


def parameters_of(function: Callable) -> list[tuple]:
    """Names, kinds and defaults (a function's name); without what PyTorch gave up and `out=`, which our rows have more often."""
    left_out = ("min_value", "max_value", "out")
    parameters = inspect.signature(function).parameters.values()
    return [
        (p.name, p.kind, p.default.__name__ if inspect.isfunction(p.default) else p.default)
        for p in parameters
        if p.name not in left_out
    ]


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
    for name in sorted(ours & theirs - {"to", "forward", "training", "dump_patches", "call_super_init"}):
        expected, got = (parameters_of(getattr(library.nn.Module, name)) for library in LIBRARIES)
        assert got == expected, name


@pytest.mark.parametrize("name", minitorch.nn.init.__all__)
def test_init_signature(name: str) -> None:
    expected, got = (parameters_of(getattr(library.nn.init, name)) for library in LIBRARIES)
    assert got == expected


@pytest.mark.parametrize(
    "name", [name for name in minitorch.nn.utils.__all__ if callable(vars(minitorch.nn.utils)[name])]
)
def test_utils_signature(name: str) -> None:
    expected, got = (parameters_of(getattr(library.nn.utils, name)) for library in LIBRARIES)
    assert got == expected


# --- First values -----------------------------------------------------------------------------------------------------

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
    "orthogonal wide": lambda init, t: init.orthogonal_(t),
    "orthogonal tall": lambda init, t: init.orthogonal_(t.view(20, 6), gain=2.0),
    "orthogonal square": lambda init, t: init.orthogonal_(t.view(-1)[:36].view(6, 6)),
}


@pytest.mark.parametrize("name", INITS)
def test_init(name: str) -> None:
    filled = []
    for library in LIBRARIES:
        library.manual_seed(5)
        tensor = library.zeros(6, 4, 5)
        INITS[name](library.nn.init, tensor)
        filled.append(np.array([tensor.flatten().tolist(), [*library.rand(2).tolist(), *[0] * 118]]))
    np.testing.assert_allclose(filled[1], filled[0], rtol=1e-6, atol=1e-6)  # and as many random numbers were used


@pytest.mark.parametrize("name", [name for name in dir(torch.nn.init) if hasattr(torch.nn.init, name + "_")])
def test_old_name_of_init(name: str) -> None:
    """The names without underscore do the same and say so; a generator is passed on."""
    keywords = {"constant": {"val": 3.0}, "sparse": {"sparsity": 0.5}}.get(name, {})
    shape = (4, 3, 5) if name == "dirac" else (4, 3)
    filled = []
    for library in LIBRARIES:
        if name not in ("constant", "dirac", "eye"):
            keywords["generator"] = library.Generator().manual_seed(3)
        library.manual_seed(2)
        with pytest.warns(FutureWarning, match=f"nn.init.{name}_"):
            filled.append(getattr(library.nn.init, name)(library.zeros(shape), **keywords).tolist())
    np.testing.assert_allclose(filled[1], filled[0], rtol=1e-6, atol=1e-6)


def test_init_on_meta() -> None:
    """Tensors without values are passed through."""
    for name in ("orthogonal_", "dirac_", "sparse_", "eye_", "normal_", "kaiming_uniform_", "trunc_normal_", "ones_"):
        for library in LIBRARIES:
            tensor = library.empty((4, 3, 5) if name == "dirac_" else (4, 3), device="meta")
            extra = (0.5,) if name == "sparse_" else ()
            assert getattr(library.nn.init, name)(tensor, *extra) is tensor


@pytest.mark.parametrize(
    "nonlinearity", ["linear", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
)
def test_gain(nonlinearity: str) -> None:
    assert minitorch.nn.init.calculate_gain(nonlinearity) == torch.nn.init.calculate_gain(nonlinearity)
