"""Module, containers, parameters and hooks against torch.nn: one script, run with both libraries, must tell the same story.

A script notes what it sees; an error is noted too. So are the errors of many small mistakes, by type and first words.
"""

from __future__ import annotations

import copy
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from telling import LIBRARIES, builtin, tell

# --- Scripts ----------------------------------------------------------------------------------------------------------


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
            return [
                None if g is None else (g + 0).tolist() for g in gradients
            ]  # + 0: the sign of zeros is relu's affair

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
        told.append((builtin(caught.type), re.sub(r"(mini)?torch\.nn(\.[a-z_]+)+\.", "nn.", str(caught.value))))
    (their_type, theirs), (our_type, ours) = told
    assert our_type == their_type
    assert ours[: len(theirs)] == theirs  # ours may go on to say what to do
