"""Module: what registering does, how fast a call is, and that nothing outlives its use."""

from __future__ import annotations

import gc
import timeit
import weakref

import pytest

import minitorch
from minitorch import nn


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.register_buffer("calls", minitorch.zeros(()))

    def forward(self, x: minitorch.Tensor) -> minitorch.Tensor:
        self.calls += 1
        return self.layer(self.layer(x))


def test_text() -> None:
    assert repr(nn.Sequential(nn.Flatten(), Twice())) == (
        "Sequential(\n"
        "  (0): Flatten(start_dim=1, end_dim=-1)\n"
        "  (1): Twice(\n"
        "    (layer): Linear(in_features=2, out_features=2, bias=True)\n"
        "  )\n"
        ")"
    )


def test_names() -> None:
    model = nn.Sequential(Twice(), nn.BatchNorm1d(2, affine=False))
    assert [name for name, _ in model.named_parameters()] == ["0.layer.weight", "0.layer.bias"]
    assert [name for name, _ in model.named_buffers()] == [
        "0.calls", "1.running_mean", "1.running_var", "1.num_batches_tracked",
    ]  # fmt: skip
    assert [name for name, _ in model.named_modules()] == ["", "0", "0.layer", "1"]


def test_an_attribute_is_one_thing_at_a_time() -> None:
    module = nn.Module()
    module.a = nn.Parameter(minitorch.zeros(1))
    module.a = nn.Parameter(minitorch.ones(1))
    module.a = None
    assert dict(module._parameters) == {"a": None}
    with pytest.raises(TypeError, match=r"cannot assign 'torch\.FloatTensor' as parameter 'a'"):
        module.a = minitorch.zeros(1)
    del module.a
    module.a = minitorch.zeros(1)
    assert not module._parameters and not module._buffers
    module.a = nn.ReLU()
    assert list(module._modules) == ["a"]
    module.b = nn.Parameter(minitorch.zeros(1))
    module.a = nn.Parameter(minitorch.zeros(1))
    assert list(module._parameters) == ["b", "a"] and not module._modules
    module.b = nn.Parameter(minitorch.ones(1))
    assert list(module._parameters) == ["b", "a"]


def test_the_dicts_are_live() -> None:
    module = nn.Linear(2, 1)
    weight = nn.Parameter(minitorch.zeros(1, 2))
    module._parameters["weight"] = weight
    assert module.weight is weight
    del module._parameters["bias"]
    assert not hasattr(module, "bias")
    with pytest.raises(KeyError):
        del module._parameters["in_features"]
    with pytest.raises(KeyError):
        module._modules["weight"]
    assert repr(module._buffers) == "{}"


def test_a_failed_assignment_changes_nothing() -> None:
    module = nn.Linear(2, 1)
    before = dict(module.__dict__)
    computed = nn.Parameter(minitorch.ones(1) * 1)
    computed = computed * 2
    for wrong in (3, nn.ReLU(), minitorch.zeros(1), computed):
        with pytest.raises(TypeError):
            module.weight = wrong
    with pytest.raises(KeyError):
        module.forward = nn.Parameter(minitorch.zeros(1))
    assert module.__dict__ == before


def test_assigning_goes_through_the_methods_that_register(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that make large models without memory replace them."""
    seen = []
    for method in ("register_parameter", "register_buffer"):
        original = getattr(nn.Module, method)

        def replaced(module: nn.Module, name: str, *others: object, original: object = original) -> None:
            seen.append(name)
            original(module, name, *others)

        monkeypatch.setattr(nn.Module, method, replaced)
    module = nn.Linear(1, 1)
    module.extra = nn.Buffer(minitorch.ones(1))
    assert seen == ["weight", "bias", "extra"]


def test_a_failed_replacement_changes_nothing() -> None:
    module = nn.Sequential(nn.ReLU(), nn.Tanh())
    module.plain = 3
    before = dict(module.__dict__), list(module._kinds)
    computed = minitorch.ones(1, requires_grad=True).as_subclass(nn.Parameter)
    for name in ("0", "plain", "new"):
        with pytest.raises(ValueError, match="Cannot assign non-leaf Tensor"):
            setattr(module, name, computed)
    assert (module.__dict__, list(module._kinds)) == before


def test_reading_needs_no_getattr() -> None:
    """A wrapper may add its own __getattr__, which is asked for missing names only."""

    class Wrapper(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(2, 3)

        def __getattr__(self, name: str) -> object:
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

    wrapper = Wrapper()
    assert wrapper.out_features == 3
    assert wrapper.weight is wrapper.inner.weight


def test_forward_of_an_instance_may_be_replaced() -> None:
    module = nn.ReLU()
    module.forward = lambda x: x + 1
    assert module(1) == 2


def test_state_moves_in_place() -> None:
    module = Twice()
    weight = module.layer.weight
    module(minitorch.ones(1, 2)).sum().backward()
    assert module.double().layer.weight is weight
    assert weight.dtype is weight.grad.dtype is module.calls.dtype is minitorch.float64
    assert weight.requires_grad and weight.is_leaf
    module(minitorch.ones(1, 2, dtype=minitorch.float64)).sum().backward()


def test_a_failed_conversion_loses_no_gradient() -> None:
    module = nn.Linear(1, 1, bias=False)
    module(minitorch.ones(1)).sum().backward()
    with pytest.raises(ZeroDivisionError):
        module._apply(lambda tensor: 1 / 0)
    assert module.weight.grad.item() == 1


def test_compiling_changes_nothing() -> None:
    module = nn.Linear(1, 1)
    assert module.compile(mode="max-autotune") is None
    assert module(minitorch.ones(1)).shape == (1,)


def test_state_of_an_older_pickle() -> None:
    module = nn.Module.__new__(nn.Linear)
    module.__setstate__({key: value for key, value in nn.Linear(1, 1).__dict__.items() if "hooks" not in key})
    assert module(minitorch.ones(1)).shape == (1,) and len(module.state_dict()) == 2


def test_a_module_goes_with_its_last_reference() -> None:
    gc.collect()
    gc.disable()
    try:
        model = nn.Sequential(Twice(), nn.ReLU())
        model.register_forward_hook(lambda module, args, output: None)
        model[0].register_full_backward_hook(lambda module, grad_input, grad_output: None)
        model(minitorch.ones(1, 2)).sum().backward()
        gone = [weakref.ref(module) for module in model.modules()]
        del model
        assert [reference() for reference in gone] == [None] * 4
    finally:
        gc.enable()


def test_deep_nesting_is_walked_without_recursion() -> None:
    model = nn.Sequential()
    for _ in range(5000):
        outer = nn.Sequential()
        outer.append(model)
        model = outer
    assert sum(1 for _ in model.modules()) == 5001
    while len(model):  # take it apart from outside: freeing is recursive in Python itself
        model = model.pop(0)


def test_calling_costs_little() -> None:
    """A call costs little more than the emptiest `__call__` that passes its arguments on; hooks that are gone cost nothing."""

    class Bare:
        def __call__(self, *args: object, **kwargs: object) -> object:
            return self.forward(*args, **kwargs)

        def forward(self, x: object) -> object:
            return x

    hooked = nn.Identity()
    hooked.register_forward_hook(lambda module, args, output: None).remove()
    best = dict.fromkeys((Bare(), nn.Identity(), hooked), float("inf"))
    for _ in range(30):
        for call, shortest in best.items():
            best[call] = min(shortest, timeit.timeit("call(1)", globals={"call": call}, number=3_000))
    bare, identity, without = best.values()
    assert identity < 3 * bare and without < 3 * bare
