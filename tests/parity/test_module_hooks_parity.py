"""Hooks of all kinds, conversions and pickles of modules against torch.nn: the order of calls, what hooks may change, errors."""

from __future__ import annotations

import copy
import importlib
import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest
from telling import assert_same_story, error_of

import minitorch


def globals_of(library: Any) -> Any:
    """The module in which a library has register_module_forward_hook and its like."""
    return importlib.import_module("minitorch.nn.hooks" if library is minitorch else "torch.nn.modules.module")


def rounded(gradients: Any) -> Any:
    return [None if gradient is None else (gradient + 0).tolist() for gradient in gradients]


def orders(library: Any, story: list) -> None:
    """All kinds of hooks at once, some put first: who is called when, and with what."""
    nn, everywhere = library.nn, globals_of(library)
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh())

    def note(name: str, *shown: str) -> Callable:
        def hook(module: Any, *arguments: Any) -> None:
            story.append((name, type(module).__name__, len(arguments)))

        return hook

    handles = [
        everywhere.register_module_forward_pre_hook(note("all before")),
        everywhere.register_module_forward_hook(note("all after")),
        everywhere.register_module_forward_hook(note("all after, kwargs"), with_kwargs=True),
        everywhere.register_module_forward_hook(note("all after, always"), always_call=True),
        everywhere.register_module_full_backward_pre_hook(note("all backward before")),
        everywhere.register_module_full_backward_hook(note("all backward")),
    ]
    for name, module in (("model", model), ("0", model[0]), ("1", model[1])):
        for number in range(3):
            first = number == 2
            module.register_forward_pre_hook(note(f"{name} before {number}"), prepend=first, with_kwargs=number == 1)
            module.register_forward_hook(
                note(f"{name} after {number}"), prepend=first, with_kwargs=number == 1, always_call=number == 2
            )
            module.register_full_backward_pre_hook(note(f"{name} backward before {number}"), prepend=first)
            module.register_full_backward_hook(note(f"{name} backward {number}"), prepend=first)
    try:
        model(library.ones(1, 2, requires_grad=True)).sum().backward()
        story += ["an error", error_of(lambda: model(library.ones(1, 3)))]
    finally:
        for handle in handles:
            handle.remove()
    story += ["without those of all", model(input=library.ones(1, 2)).shape]
    for module in model:
        module._forward_hooks.clear()
        module._forward_pre_hooks.clear()
    model(library.ones(1, 2))


def dicts_of_hooks(library: Any, story: list) -> None:
    module = library.nn.Linear(2, 2)
    names = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks", "_state_dict_pre_hooks",
             "_state_dict_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks")  # fmt: skip
    story += [[len(getattr(module, name)) for name in names]]
    hook = lambda *arguments: story.append("called")
    handles = [
        module.register_forward_pre_hook(hook),
        module.register_forward_hook(hook, with_kwargs=True),
        module.register_full_backward_pre_hook(hook),
        module.register_full_backward_hook(hook),
        module.register_state_dict_pre_hook(hook),
        module.register_state_dict_post_hook(hook),
        module.register_load_state_dict_pre_hook(hook),
        module.register_load_state_dict_post_hook(hook),
    ]
    story += [[len(getattr(module, name)) for name in names]]
    story += [[handle.id in getattr(module, name) for name, handle in zip(names, handles, strict=True)]]
    story += [module._forward_pre_hooks[handles[0].id] is hook, list(module._forward_hooks.values()) == [hook]]
    del module._forward_pre_hooks[handles[0].id]
    handles[0].remove()
    module._forward_hooks.popitem()
    module(library.ones(1, 2, requires_grad=True)).sum().backward()
    module._state_dict_hooks.clear()
    story += [list(module.state_dict()), [len(getattr(module, name)) for name in names]]


def hooks_on_the_last_node(library: Any, story: list) -> None:
    """The old register_backward_hook: of a module that is one op, the gradients of its inputs."""
    nn = library.nn

    def note(module: Any, grad_in: Any, grad_out: Any) -> None:
        story.append((type(module).__name__, rounded(grad_in), rounded(grad_out)))

    x = library.tensor([1.0, -2.0], requires_grad=True)
    for module in (nn.Tanh(), nn.Sigmoid()):
        handle = module.register_backward_hook(note)
        module(x).sum().backward()
        story += [x.grad.tolist(), error_of(lambda module=module: module.register_full_backward_hook(print))]
        handle.remove()
        module(x).sum().backward()
    module = nn.Tanh()
    module.register_backward_hook(lambda m, grad_in, grad_out: (grad_in[0] * 100,))
    module(x).sum().backward()
    story += [x.grad.tolist(), len(module._backward_hooks)]
    module = nn.Tanh()
    module.register_full_backward_hook(lambda m, grad_in, grad_out: None)
    story += [error_of(lambda: module.register_backward_hook(print))]


def registrations(library: Any, story: list) -> None:
    nn, everywhere = library.nn, globals_of(library)

    def note(what: str) -> Callable:
        return lambda module, name, value: story.append((what, type(module).__name__, name, value is None))

    handles = [
        everywhere.register_module_parameter_registration_hook(note("parameter")),
        everywhere.register_module_buffer_registration_hook(note("buffer")),
        everywhere.register_module_module_registration_hook(note("module")),
    ]
    try:
        model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.BatchNorm1d(2))
        model[0].weight = nn.Parameter(library.zeros(2, 2))
        model[1].running_mean = library.ones(2)
        model[1].running_mean = None
        model.extra = nn.Buffer(library.ones(1))
        model.add_module("none", None)
        model.none = nn.ReLU()
        model.none = None
        model.register_parameter("nothing", None)
        story += [error_of(lambda: model.register_parameter("wrong", library.ones(1)))]
        twice = everywhere.register_module_parameter_registration_hook(
            lambda module, name, parameter: nn.Parameter(parameter.detach() * 2)
        )
        handles.append(twice)
        model.doubled = nn.Parameter(library.ones(1))
        handles.append(
            everywhere.register_module_module_registration_hook(
                lambda module, name, child: nn.Sequential(child) if name == "wrapped" else None
            )
        )
        model.wrapped = nn.ReLU()
        story += [model.doubled.tolist(), model]
    finally:
        for handle in handles:
            handle.remove()
    story += [nn.Linear(1, 1)]


def state_hooks(library: Any, story: list) -> None:
    model = library.nn.Sequential(library.nn.Linear(1, 1), library.nn.ReLU())
    model._register_state_dict_hook(lambda module, state, prefix, metadata: {**state, "new": 1})
    model[0]._register_state_dict_hook(
        lambda module, state, prefix, metadata: story.append((list(state), prefix, metadata))
    )
    story += [list(model.state_dict())]
    model[0]._register_load_state_dict_pre_hook(lambda *arguments: story.append((len(arguments), arguments[1:])))
    model[0]._register_load_state_dict_pre_hook(lambda *arguments: story.append(arguments[0]), with_module=True)
    plain = library.nn.Sequential(library.nn.Linear(1, 1)).state_dict()
    story += [model.load_state_dict(plain), len(model[0]._load_state_dict_pre_hooks)]
    with pytest.warns(FutureWarning):
        story += [list(model[0].state_dict({"a": 1}, "b.")), list(model[0].state_dict({}, "b.", True))]
    model.register_state_dict_post_hook(lambda module, state, prefix, metadata: state)
    story += [error_of(model.state_dict)]
    failing = library.nn.Linear(1, 1)
    failing.register_load_state_dict_post_hook(lambda module, keys: keys)
    story += [error_of(lambda: failing.load_state_dict(failing.state_dict()))]
    story += [error_of(failing.get_extra_state), error_of(lambda: failing.set_extra_state(1))]


def mismatches(library: Any, story: list) -> None:
    """The texts that programs look for, word for word."""
    nn, zeros = library.nn, library.zeros
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Sequential(nn.Linear(3, 1)))
    good = model.state_dict()
    wrong: list[Any] = [
        {},
        {**good, "0.weight": zeros(2, 2), "2.0.bias": zeros(())},
        {**good, "0.extra": zeros(1), "3.weight": zeros(1), "whole": zeros(1), "2.0.weight.more": zeros(1)},
        {key: value for key, value in good.items() if "weight" not in key} | {"weight": zeros(1)},
        {**good, "0.weight": [1.0]},
        {**good, "1.num_batches_tracked": zeros(1)},
        {**good, "0._extra_state": 3},
    ]
    for state in wrong:
        for keywords in ({}, {"strict": False}, {"assign": True}):
            try:
                story += [model.load_state_dict(state, **keywords)]
            except RuntimeError as error:
                story += [str(error)]


def without_values(library: Any, story: list) -> None:
    """Loading into modules on the device meta, and from them."""
    nn = library.nn
    real, hollow = nn.Linear(2, 2), nn.Linear(2, 2, device="meta")
    with pytest.warns(UserWarning, match="copying from a non-meta parameter in the checkpoint to a meta parameter"):
        story += [hollow.load_state_dict(real.state_dict()), hollow.weight.device]
    story += [hollow.load_state_dict(hollow.state_dict()), error_of(lambda: hollow.to("cpu"))]
    story += [
        hollow.load_state_dict(real.state_dict(), assign=True),
        hollow.weight.tolist(),
        hollow.weight is real.weight,
    ]
    story += [nn.Linear(2, 2).load_state_dict(nn.Linear(2, 2, device="meta").state_dict(), assign=True)]
    real.load_state_dict({**real.state_dict(), "bias": library.zeros(2, device="meta")})


def converting(library: Any, story: list) -> None:
    nn = library.nn
    model = nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2))
    weight = model[0].weight
    weight.grad = library.ones_like(weight)
    gradient = weight.grad
    for convert in (
        lambda: model.double(),
        lambda: model.type(library.float16),
        lambda: model.type("torch.FloatTensor"),
        lambda: model.bfloat16(),
        lambda: model.to("cpu", library.float32, non_blocking=True),
        lambda: model.to(library.zeros(1, dtype=library.float64)),
        lambda: model.to(dtype=library.complex64),
        lambda: model.to(device="cpu"),
        lambda: model.to_empty(device="meta"),
        lambda: model.to_empty(device="cpu", recurse=False),
    ):
        convert()
        story += [[(tensor.dtype, tensor.device, tensor.shape) for tensor in model.state_dict().values()]]
        story += [model[0].weight is weight or model[0].weight.is_meta, weight.requires_grad]
    story += [gradient.dtype, error_of(lambda: model.to("cpu")), error_of(lambda: model.to(library.int32))]
    story += [nn.Linear(1, 1).share_memory().weight.is_shared()]


class Shifting:
    """A hook that can be pickled."""

    def __call__(self, module: Any, args: tuple) -> Any:
        return args[0] + 1


def pickles(library: Any, story: list) -> None:
    nn = library.nn
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval()
    model[0].register_forward_pre_hook(Shifting())
    model[0].register_buffer("passing", library.ones(1), persistent=False)
    model.handle = model.register_forward_hook(max)
    model.handle.remove()
    x = library.ones(1, 2)
    story += [model(x).tolist()]
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), copy.copy(model)):
        story += [twin(x).tolist(), list(twin.state_dict()), len(twin[0]._forward_pre_hooks), twin.training, twin]
    twin = copy.deepcopy(model)
    twin[0]._forward_pre_hooks.clear()
    twin[0].weight.data.zero_()
    story += [twin(x).tolist(), model(x).tolist(), twin[0].weight is model[0].weight]
    again = pickle.loads(pickle.dumps(model))
    for _ in range(50):  # numbers of new hooks don't meet those of the pickled ones
        again[0].register_forward_pre_hook(lambda module, args: None).remove()
    story += [len(again[0]._forward_pre_hooks)]


def mixing_in(library: Any, story: list) -> None:
    class Named:
        def __init__(self, name: str = "none", **others: Any) -> None:
            story.append((name, others))

    class Both(library.nn.Module, Named):
        call_super_init = True

        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            super().__init__(*arguments, **keywords)

    class Neither(Both):
        call_super_init = False

    Both()
    Both("a", more=1)
    Neither()
    for wrong in (lambda: Neither("a"), lambda: Neither(a=1), lambda: library.nn.Module(1, 2)):
        try:
            wrong()
        except TypeError as error:
            story.append(error)


# --- Random hooks -----------------------------------------------------------------------------------------------------


def register_any(library: Any, chosen: random.Random, model: Any, number: int, story: list) -> Any:
    """A hook of a random kind on a random module, or on all; some change what they see."""
    kind = chosen.choice(["before", "forward", "backward before", "backward"])
    module, changes = chosen.choice([*model.modules()]), chosen.random() < 0.3
    keywords: dict[str, Any] = {"prepend": chosen.random() < 0.3}
    if kind in ("before", "forward"):
        keywords["with_kwargs"] = chosen.random() < 0.3
    if kind == "forward" and not changes:
        keywords["always_call"] = chosen.random() < 0.3
    everywhere = chosen.random() < 0.2

    def hook(module: Any, *arguments: Any) -> Any:
        shown = arguments[-1] if kind == "forward" else arguments[0]
        tensors = [value for value in (shown if isinstance(shown, tuple) else (shown,)) if value is not None]
        story.append((number, kind, type(module).__name__, len(arguments), rounded(tensors)))
        if not changes or everywhere:
            return None
        if kind == "forward":
            return shown * 2
        doubled = tuple(None if value is None else value * 2 for value in shown)
        return (doubled, arguments[1]) if keywords.get("with_kwargs") else doubled

    if everywhere:
        names = {"before": "forward_pre", "forward": "forward", "backward before": "full_backward_pre"}
        return getattr(globals_of(library), f"register_module_{names.get(kind, 'full_backward')}_hook")(hook)
    registrars = {
        "before": module.register_forward_pre_hook,
        "forward": module.register_forward_hook,
        "backward before": module.register_full_backward_pre_hook,
        "backward": module.register_full_backward_hook,
    }
    return registrars[kind](hook, **keywords)


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@pytest.mark.parametrize("seed", range(60))
def test_random_hooks(seed: int) -> None:
    def script(library: Any, story: list) -> None:
        chosen, nn = random.Random(seed), library.nn
        model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Tanh(), nn.Linear(2, 2)))
        handles: list = []
        try:
            for number in range(chosen.randint(3, 12)):
                handles.append(register_any(library, chosen, model, number, story))
                if chosen.random() < 0.2:
                    handles.pop(chosen.randrange(len(handles))).remove()
            x = library.ones(1, 2, requires_grad=True)
            model(x).sum().backward()
            story += [x.grad.tolist(), error_of(lambda: model(library.ones(1, 3)))]
            with library.no_grad():
                story += [model(library.ones(1, 2)).tolist()]
        finally:
            for handle in handles:
                handle.remove()

    assert_same_story(script)


SCRIPTS = (
    orders,
    dicts_of_hooks,
    hooks_on_the_last_node,
    registrations,
    state_hooks,
    mismatches,
    without_values,
    converting,
    pickles,
    mixing_in,
)


@pytest.mark.filterwarnings("ignore:Full backward hook is firing", "ignore:Complex modules are a new feature",
                            "ignore:Using a non-full backward hook")  # fmt: skip
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_script(script: Callable) -> None:
    assert_same_story(script)
