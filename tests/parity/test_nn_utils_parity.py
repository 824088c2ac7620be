"""The rest of torch.nn.utils: norms as hooks, fusion, memory formats, skip_init, clipping, functional_call and batch norms."""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from telling import LIBRARIES, assert_same_story, error_of

import minitorch


def train(library: Any, layer: Any, x: Any, story: list, name: str = "weight") -> None:
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


# --- Norms as hooks ---------------------------------------------------------------------------------------------------


def old_weight_norm(library: Any, story: list) -> None:
    nn, utils = library.nn, library.nn.utils
    for layer, dim, x in (
        (nn.Linear(3, 2), 0, library.ones(1, 3)),
        (nn.Linear(3, 2), 1, library.ones(1, 3)),
        (nn.Linear(3, 2), None, library.ones(1, 3)),
        (nn.Conv1d(2, 3, 2), 0, library.ones(1, 2, 3)),
    ):
        story += [utils.weight_norm(layer, dim=dim) is layer, layer.weight_g.tolist(), layer.weight_v.tolist()]
        train(library, layer, x, story)
        story += [error_of(lambda layer=layer: utils.weight_norm(layer))]
        story += [utils.remove_weight_norm(layer) is layer, list(layer.state_dict()), layer(x).tolist()]
        story += [
            layer.weight.is_leaf,
            error_of(lambda layer=layer: utils.remove_weight_norm(layer)),
            len(layer._forward_pre_hooks),
        ]


def old_spectral_norm(library: Any, story: list) -> None:
    nn, utils = library.nn, library.nn.utils
    for layer, x in ((nn.Linear(3, 2), library.ones(1, 3)), (nn.Conv2d(2, 3, 2), library.ones(1, 2, 3, 3))):
        story += [
            utils.spectral_norm(layer, n_power_iterations=2) is layer,
            layer.weight_u.tolist(),
            layer.weight_v.tolist(),
        ]
        train(library, layer, x, story)
        story += [error_of(lambda layer=layer: utils.spectral_norm(layer)), dict(layer.state_dict()._metadata)]
        other = utils.spectral_norm(type(layer)(*((3, 2) if isinstance(layer, nn.Linear) else (2, 3, 2))))
        story += [other.load_state_dict(layer.state_dict()), other.eval()(x).tolist()]
        story += [utils.remove_spectral_norm(layer) is layer, list(layer.state_dict()), layer(x).tolist()]
        story += [layer.weight.is_leaf, error_of(lambda layer=layer: utils.remove_spectral_norm(layer))]
        story += [len(layer._forward_pre_hooks), len(layer._state_dict_hooks)]
    story += [utils.spectral_norm(nn.Linear(3, 2), dim=1).weight_u.tolist()]
    story += [error_of(lambda: utils.spectral_norm(nn.Linear(3, 2), n_power_iterations=0))]
    story += [error_of(lambda: utils.spectral_norm(nn.Linear(3, 2, bias=False), "bias"))]


def spectral_norm_of_old_states(library: Any, story: list) -> None:
    """States of before version 1 have the weight and no v; v is solved for."""
    layer = library.nn.utils.spectral_norm(library.nn.Linear(2, 3, bias=False))
    for _ in range(20):
        layer(library.ones(1, 2))
    state = layer.state_dict()
    old = {"weight_orig": state["weight_orig"], "weight_u": state["weight_u"], "weight": layer.weight.detach()}
    other = library.nn.utils.spectral_norm(library.nn.Linear(2, 3, bias=False))
    story += [other.load_state_dict(old), other.weight_v.tolist(), other.eval()(library.ones(1, 2)).tolist()]
    story += [other.load_state_dict({key: state[key] for key in state})]  # without metadata
    other.load_state_dict({key: value for key, value in old.items() if key != "weight"})


# --- Fusion and the like ----------------------------------------------------------------------------------------------


def fusion(library: Any, story: list) -> None:
    nn, utils = library.nn, library.nn.utils

    def warmed(norm: Any, *shape: int) -> Any:
        norm(library.randn(6, *shape))
        return norm.eval()

    def compared(fused: Any, layer: Any, norm: Any, x: Any) -> None:
        story.extend([fused, type(fused) is type(layer), fused(x).tolist(), norm(layer(x)).tolist()])
        story.extend([isinstance(fused.weight, nn.Parameter), fused.weight.requires_grad, fused.bias.requires_grad])

    for bias in (True, False):
        conv, norm = nn.Conv2d(2, 3, 2, bias=bias).eval(), warmed(nn.BatchNorm2d(3), 3, 4, 4)
        compared(utils.fuse_conv_bn_eval(conv, norm), conv, norm, library.randn(1, 2, 3, 3))
        conv, norm = nn.Conv1d(2, 3, 2, bias=bias).eval(), warmed(nn.BatchNorm1d(3, affine=False), 3, 4)
        compared(utils.fuse_conv_bn_eval(conv.requires_grad_(False), norm), conv, norm, library.randn(1, 2, 3))
        linear, norm = nn.Linear(2, 3, bias=bias).eval(), warmed(nn.BatchNorm1d(3), 3)
        compared(utils.fuse_linear_bn_eval(linear, norm), linear, norm, library.randn(1, 2))
    weight = library.randn(2, 3, 2, 2)
    facts = (library.randn(3), library.rand(3), 1e-5, library.randn(3), library.randn(3))
    story += [[part.tolist() for part in utils.fuse_conv_bn_weights(weight, None, *facts, transpose=True)]]
    story += [error_of(lambda: utils.fuse_conv_bn_eval(nn.Conv1d(2, 3, 2), warmed(nn.BatchNorm1d(3), 3)))]
    story += [error_of(lambda: utils.fuse_linear_bn_eval(nn.Linear(2, 4).eval(), warmed(nn.BatchNorm1d(3), 3)))]
    untracked = nn.BatchNorm1d(3, track_running_stats=False).eval()
    utils.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), untracked)


def memory_formats(library: Any, story: list) -> None:
    nn, utils = library.nn, library.nn.utils
    model = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Sequential(nn.Conv1d(2, 3, 2), nn.Conv2d(3, 4, 2)), nn.Linear(2, 2))
    weight, before = model[0].weight, model[0].weight.tolist()
    story += [utils.convert_conv2d_weight_memory_format(model, library.channels_last) is model]
    story += [each.stride() for each in model.parameters()] + [weight is model[0].weight, before == weight.tolist()]
    utils.convert_conv3d_weight_memory_format(model, library.channels_last_3d)
    story += [each.stride() for each in model.parameters()]
    model = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Linear(2, 2)).to(memory_format=library.channels_last)
    story += [each.stride() for each in model.parameters()]
    story += [
        each.stride() for each in model.to("cpu", library.float64, memory_format=library.contiguous_format).parameters()
    ]
    volume = nn.Module()
    volume.register_parameter("weight", nn.Parameter(library.ones(2, 3, 2, 2, 2)))
    volume.register_buffer("small", library.ones(2, 3))
    story += [volume.to(memory_format=library.channels_last_3d).weight.stride(), volume.small.stride()]


def transposed(library: Any, story: list) -> None:
    """Transposed convolutions have their output channels in dim 1."""
    nn, utils = library.nn, library.nn.utils
    for make in (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d):
        for norm in (utils.spectral_norm, utils.parametrizations.spectral_norm):
            layer = norm(make(2, 3, 2))
            x = library.ones(1, 2, *[2] * (layer.weight.ndim - 2))
            story += [layer(x).tolist(), [tuple(buffer.shape) for buffer in layer.buffers()]]
        conv = make(2, 3, 2).eval()
        norm = getattr(nn, f"BatchNorm{conv.weight.ndim - 2}d")(3)
        norm(library.randn(6, 3, *[2] * (conv.weight.ndim - 2)))
        story += [utils.fuse_conv_bn_eval(conv, norm.eval(), transpose=True)(x).tolist(), norm(conv(x)).tolist()]
    model = nn.Sequential(nn.ConvTranspose2d(2, 3, 2), nn.Conv3d(2, 3, 2), nn.ConvTranspose3d(2, 3, 2), nn.MaxPool2d(2))
    utils.convert_conv2d_weight_memory_format(model, library.channels_last)
    story += [each.stride() for each in model.parameters()]
    utils.convert_conv3d_weight_memory_format(model, library.channels_last_3d)
    story += [each.stride() for each in model.parameters()]
    for make in (utils.weight_norm, utils.spectral_norm):
        story += [error_of(lambda make=make: make(nn.LazyLinear(2)))]


def batch_norms_of_all_kinds(library: Any, story: list) -> None:
    nn = library.nn
    kinds = (nn.BatchNorm1d, nn.BatchNorm3d, nn.InstanceNorm2d, nn.LazyBatchNorm1d, nn.SyncBatchNorm, nn.GroupNorm)
    for kind in kinds:
        arguments = () if "Lazy" in kind.__name__ else (2, 2) if kind is nn.GroupNorm else (2,)
        keywords = {"track_running_stats": True} if kind is nn.InstanceNorm2d else {}
        module = library.func.replace_all_batch_norm_modules_(kind(*arguments, **keywords))
        story += [module, getattr(module, "track_running_stats", None), list(module.state_dict())]


def skipping(library: Any, story: list) -> None:
    nn, skip_init = library.nn, library.nn.utils.skip_init
    layer = skip_init(nn.Linear, 3, 2, bias=False, dtype=library.float64)
    story += [layer, layer.weight.shape, layer.weight.dtype, layer.weight.device, library.rand(2).tolist()]
    story += [list(skip_init(nn.BatchNorm1d, 3).state_dict())]
    story += [error_of(lambda: skip_init(nn.ReLU)), error_of(lambda: skip_init(int, 3))]


def clipping(library: Any, story: list) -> None:
    utils, inf = library.nn.utils, float("inf")
    parameters = [library.nn.Parameter(library.ones(3)), library.nn.Parameter(library.ones(2, dtype=library.float64))]
    for norm_type in (2.0, 1, 0, 0.5, 3.0, inf, -inf):
        parameters[0].grad = library.tensor([1.0, -4.0, 2.0])
        parameters[1].grad = library.tensor([0.5, 3.0], dtype=library.float64)
        norm = utils.get_total_norm([each.grad for each in parameters], norm_type, foreach=False)
        story += [norm.item(), norm.dtype, utils.get_total_norm(parameters[0].grad, norm_type).item()]
        story += [utils.clip_grad_norm_(parameters, 2.5, norm_type, foreach=True).item()]
        story += [each.grad.tolist() for each in parameters]
        utils.clip_grads_with_norm_(parameters, 0.5, library.tensor(2.0))
        story += [each.grad.tolist() for each in parameters]
        utils.clip_grad_value_(parameters, 0.1, foreach=False)
        story += [each.grad.tolist() for each in parameters]
    utils.clip_grads_with_norm_(iter(parameters), 0.01, library.tensor(2.0))
    story += [each.grad.tolist() for each in parameters] + [utils.get_total_norm([])]
    story += [utils.clip_grad_norm(parameters, 1e-3).item(), parameters[0].grad.tolist()]
    parameters[0].grad[0] = float("nan")
    story += [error_of(lambda: utils.get_total_norm([parameters[0].grad], error_if_nonfinite=True))]
    story += [error_of(lambda: utils.vector_to_parameters([1.0], parameters))]
    story += [error_of(lambda: utils.parameters_to_vector([]))]


# --- Calls with other parameters --------------------------------------------------------------------------------------


def calls(library: Any, story: list) -> None:
    nn, call = library.nn, library.func.functional_call

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 2)
            self.tied = nn.Linear(2, 2)
            self.tied.weight = self.layer.weight
            self.register_buffer("count", library.zeros(1))
            self.plain = library.full((2,), 5.0)

        def forward(self, x: Any, scale: float = 1.0) -> Any:
            self.count = self.count + 1
            return (self.tied(self.layer(x)) + self.plain) * scale + self.count

    model, x = Net(), library.ones(1, 2)
    zeros, ones = library.zeros(2, 2), library.ones(2)
    given = {"layer.weight": zeros, "count": library.full((1,), 10.0)}
    story += [
        call(model, given, x).tolist(),
        given["count"].tolist(),
        model.count.tolist(),
        model.layer.weight.tolist(),
    ]
    story += [call(model, {"layer.weight": zeros}, (x,), {"scale": 2.0}, tie_weights=False).tolist()]
    story += [call(model, ({"layer.weight": zeros}, {"tied.bias": ones}), (x,)).tolist()]
    story += [
        call(model, {"plain": zeros[0]}, x).tolist(),
        model.plain.tolist(),
        call(model, {"new": ones}, x).tolist(),
    ]
    story += [hasattr(model, "new"), model.count.tolist()]
    everything = {name: value.detach() for name, value in (*model.named_parameters(), *model.named_buffers())}
    story += [call(model, everything, x, strict=True).tolist()]
    weight = library.zeros(2, 2, requires_grad=True)
    call(model, {"layer.weight": weight}, x).sum().backward()
    story += [weight.grad.tolist(), model.layer.weight.grad]
    attempts: list[Callable] = [
        lambda: call(model, {"layer.weight": zeros}, x, strict=True),
        lambda: call(model, {**everything, "odd": zeros}, x, strict=True),
        lambda: call(model, {"layer.weight": zeros, "tied.weight": ones}, x),
        lambda: call(model, [{"layer.weight": zeros}, {"layer.weight": zeros}], x),
        lambda: call(model, [{"layer.weight": zeros}, 3], x),
        lambda: call(model, 3, x),
        lambda: call(model, {"layer.weight": 3}, x),
        lambda: call(model, {"layer": zeros}, x),
        lambda: call(model, {"nothing.weight": zeros}, x),
        lambda: call(model, {"layer.weight": library.zeros(3, 3)}, x),
    ]
    story += [error_of(attempt) for attempt in attempts]
    story += [list(model.state_dict()), model.layer.weight.tolist(), model.layer.weight.requires_grad]
    story += [library.nn.utils.stateless.functional_call(model, {"layer.weight": zeros}, x).tolist()]


def ensembles(library: Any, story: list) -> None:
    nn, func = library.nn, library.func
    models = nn.ModuleList([nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).eval() for _ in range(3)])
    parameters, buffers = func.stack_module_state(models)
    story += [[(name, value.shape, value.requires_grad, value.is_leaf) for name, value in parameters.items()]]
    story += [[(name, value.shape, value.requires_grad) for name, value in buffers.items()]]
    call = func.vmap(lambda p, b: func.functional_call(models[0], (p, b), (library.ones(4, 2),)))
    story += [call(parameters, buffers).tolist()]
    models[1][0].bias.requires_grad_(False)
    story += [error_of(lambda: func.stack_module_state(models)), error_of(lambda: func.stack_module_state([]))]
    story += [error_of(lambda: func.stack_module_state([models[0], models[2].train()]))]
    story += [error_of(lambda: func.stack_module_state([models[0], nn.ReLU().eval()]))]


def untracked(library: Any, story: list) -> None:
    nn, func = library.nn, library.func
    model = nn.Sequential(
        nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Sequential(nn.BatchNorm1d(3, affine=False)), nn.LayerNorm(3)
    )
    story += [func.replace_all_batch_norm_modules_(model) is model, model, list(model.state_dict())]
    story += [model[1].running_mean, model[1].track_running_stats, model.eval()(library.randn(4, 2)).tolist()]
    alone = func.replace_all_batch_norm_modules_(nn.BatchNorm2d(2))
    story += [alone, list(alone.state_dict())]


SCRIPTS = (old_weight_norm, old_spectral_norm, spectral_norm_of_old_states, fusion, memory_formats, transposed,
           batch_norms_of_all_kinds, skipping, clipping, calls, ensembles, untracked)  # fmt: skip


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_script(script: Callable) -> None:
    assert_same_story(script)


OLD: dict[str, Callable[[Any], Any]] = {
    "weight_norm": lambda library: library.nn.utils.weight_norm(library.nn.Linear(1, 1)),
    "clip_grad_norm": lambda library: library.nn.utils.clip_grad_norm([], 1.0),
    "stateless": lambda library: library.nn.utils.stateless.functional_call(library.nn.ReLU(), {}, library.ones(1)),
}


@pytest.mark.parametrize("name", OLD)
def test_old_names_warn(name: str) -> None:
    for library in LIBRARIES:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            OLD[name](library)
        assert [warning.category for warning in caught] == [FutureWarning]
        assert library is not minitorch or caught[0].filename == __file__


# --- Names ------------------------------------------------------------------------------------------------------------

NAMES = [
    (module, name)
    for module in ("clip_grad", "convert_parameters", "fusion", "init", "memory_format", "parametrizations", "parametrize",
                   "prune", "spectral_norm", "stateless", "weight_norm")
    for name, value in vars(importlib.import_module(f"torch.nn.utils.{module}")).items()
    if name[0] != "_" and getattr(value, "__module__", "") == f"torch.nn.utils.{module}" and callable(value)
]  # fmt: skip


def parameters_of(function: Callable) -> list[tuple]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_name(module: str, name: str) -> None:
    """Every function and class stands at PyTorch's path, with PyTorch's parameters; so do the methods of the classes."""
    theirs, ours = (
        getattr(importlib.import_module(f"{library.__name__}.nn.utils.{module}"), name) for library in LIBRARIES
    )
    assert parameters_of(ours) == parameters_of(theirs)
    if isinstance(theirs, type):
        methods = {method for method in vars(theirs) if method[0] != "_" and callable(getattr(theirs, method))}
        for method in methods:
            assert parameters_of(getattr(ours, method)) == parameters_of(getattr(theirs, method)), method
