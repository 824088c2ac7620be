"""Lazy modules: what may be done to them before their first call, and what they are after it."""

from __future__ import annotations

import copy
import pickle

import pytest

import minitorch
from minitorch import nn
from minitorch.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

LAZY = {
    "LazyLinear": ((3,), (2, 5)),
    "LazyConv1d": ((4, 3), (2, 6, 9)),
    "LazyConv2d": ((4, 3), (6, 9, 9)),
    "LazyConv3d": ((4, 2), (2, 6, 4, 4, 4)),
    "LazyConvTranspose1d": ((4, 3), (6, 9)),
    "LazyConvTranspose2d": ((4, 3), (2, 6, 9, 9)),
    "LazyConvTranspose3d": ((4, 2), (2, 6, 4, 4, 4)),
    "LazyBatchNorm1d": ((), (2, 6, 9)),
    "LazyBatchNorm2d": ((), (2, 6, 9, 9)),
    "LazyBatchNorm3d": ((), (2, 6, 4, 4, 4)),
    "LazyInstanceNorm1d": ((), (2, 6, 9)),
    "LazyInstanceNorm2d": ((), (2, 6, 9, 9)),
    "LazyInstanceNorm3d": ((), (2, 6, 4, 4, 4)),
}


@pytest.mark.parametrize("name", LAZY)
class TestLazy:
    def made(self, name: str) -> tuple:
        args, shape = LAZY[name]
        return getattr(nn, name)(*args), minitorch.ones(shape)

    def test_becomes_the_plain_module(self, name: str) -> None:
        layer, input = self.made(name)
        weight = layer.weight
        assert layer.has_uninitialized_params() and repr(weight) == "<UninitializedParameter>"
        layer(input)
        assert type(layer) is getattr(nn, name.removeprefix("Lazy"))
        assert layer.weight is weight and type(weight) is nn.Parameter and weight.requires_grad and weight.is_leaf
        assert not [value for value in layer.state_dict().values() if is_lazy(value)]
        assert not layer._hooks and not layer._state_hooks  # so that calls are as fast as any

    def test_first_values_are_those_of_the_plain_module(self, name: str) -> None:
        layer, input = self.made(name)
        minitorch.manual_seed(3)
        layer(input)
        minitorch.manual_seed(3)
        layer.reset_parameters()
        again = {key: value.clone() for key, value in layer.state_dict().items()}
        other, _ = self.made(name)
        minitorch.manual_seed(3)
        other.eval()(input)  # without running averages
        assert all(minitorch.equal(value, other.state_dict()[key]) for key, value in again.items())

    def test_converted_before_the_call(self, name: str) -> None:
        layer, input = self.made(name)
        layer = pickle.loads(pickle.dumps(copy.deepcopy(layer.double().requires_grad_(False))))
        assert layer(input.double()).dtype is minitorch.float64
        assert not any(parameter.requires_grad for parameter in layer.parameters())

    def test_loads_a_state_with_shapes(self, name: str) -> None:
        trained, input = self.made(name)
        trained(input)
        fresh, _ = self.made(name)
        fresh.load_state_dict(trained.state_dict())
        assert not fresh.has_uninitialized_params() and type(fresh) is getattr(nn, name)
        assert minitorch.equal(fresh.eval()(input), trained.eval()(input))

    def test_state_without_shapes(self, name: str) -> None:
        layer, input = self.made(name)
        state = layer.state_dict()
        other, _ = self.made(name)
        assert not any(other.load_state_dict(state))
        other(input)
        with pytest.raises(RuntimeError, match="shape of an uninitialized"):
            other.load_state_dict(state)

    def test_no_op_takes_what_has_no_shape(self, name: str) -> None:
        weight = self.made(name)[0].weight
        with pytest.raises(RuntimeError, match="shape of an uninitialized"):
            weight.shape
        for use in (lambda: weight + 1, lambda: minitorch.exp(weight), lambda: weight.sum(), lambda: weight.detach()):
            with pytest.raises(ValueError, match="uninitialized parameter"):
                use()


def test_in_a_network() -> None:
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    model(minitorch.zeros(3, 1, 5, 5)).sum().backward()
    assert [tuple(parameter.shape) for parameter in model.parameters()] == [
        (4, 1, 3, 3),
        (4,),
        (4,),
        (4,),
        (2, 36),
        (2,),
    ]
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_module_of_ones_own() -> None:
    class Scale(nn.Module):
        def forward(self, input):
            return input * self.weight

    class LazyScale(nn.modules.lazy.LazyModuleMixin, Scale):
        cls_to_become = Scale

        def __init__(self):
            super().__init__()
            self.weight = UninitializedParameter()
            self.register_buffer("seen", UninitializedBuffer(dtype=minitorch.float64, persistent=False))

        def initialize_parameters(self, input, size):
            self.weight.materialize(size)
            nn.init.ones_(self.weight)
            self.seen.materialize((1,))

    layer = LazyScale()
    layer.register_forward_pre_hook(lambda module, args: args[:1])
    with pytest.raises(TypeError):
        layer(minitorch.ones(2))
    layer._infer_parameters(layer, (minitorch.ones(2), (2,)))
    assert type(layer) is Scale and layer(minitorch.ones(2)).tolist() == [1.0, 1.0]
    assert type(layer.seen) is nn.Buffer and layer.seen.dtype is minitorch.float64


def test_not_fully_initialized() -> None:
    class Forgetful(nn.LazyLinear):
        def initialize_parameters(self, input):
            self.weight.materialize((self.out_features, input.shape[-1]))

    with pytest.raises(RuntimeError, match="module Forgetful has not been fully initialized"):
        Forgetful(3)(minitorch.ones(1, 2))


def test_other_width_than_was_loaded() -> None:
    layer = nn.LazyLinear(3)
    layer.load_state_dict(nn.Linear(5, 3).state_dict())
    with pytest.raises(AssertionError, match="inferred from input: 4"):
        layer(minitorch.ones(1, 4))
