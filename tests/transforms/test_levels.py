"""Levels and graphs: what a transform does about moves, other dtypes, values that are asked for and ops it has no rule for."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

import minitorch
from minitorch import dtypes, func, nn
from minitorch.autograd import forward_ad
from minitorch.backend import Device
from minitorch.rows import OPS, Array, op
from minitorch.transforms.level import ground, raised

Pair = namedtuple("Pair", "first second")
x = minitorch.tensor([1.0, -2.0, 3.0])


def values(tensor):
    return tensor.detach().numpy().tolist()


@pytest.fixture
def halved(monkeypatch):
    """A core row that vmap has no rule for, gone again after the test."""
    backend = type(x.device.backend)
    monkeypatch.setattr(backend, "halved", lambda self, input: input * 0.5, raising=False)

    @op(input=lambda k, g: k.halved(g), public=False)
    def halved(k, input: Array): ...

    yield OPS["halved"].function
    del OPS["halved"]


def test_an_op_without_a_rule_is_called_for_each_slice(halved):
    with pytest.warns(UserWarning, match="performance drop .* batching rule for halved: .* 2 slices"):
        got = func.vmap(halved, in_dims=1)(minitorch.arange(6.0).reshape(3, 2))
    assert values(got) == [[0.0, 1.0, 2.0], [0.5, 1.5, 2.5]]
    with pytest.warns(UserWarning, match="performance drop"):
        slopes = func.vmap(func.grad(lambda row: halved(row).sum()))(minitorch.ones(2, 3))
    assert values(slopes) == [[0.5] * 3] * 2


@pytest.mark.parametrize("device", ["numpy/cpu", "array_api_strict/cpu"])
def test_tensors_move_inside_transforms(device):
    there = Device(device)

    def moved(v):
        return (v.to(there) * 2).sum()

    gradient = func.grad(moved)(x)
    assert values(gradient) == [2.0, 2.0, 2.0] and gradient.device is x.device
    each = func.vmap(lambda v: v.to(there).exp())(x)
    assert each.device is there and np.allclose(each.numpy(), np.exp(x.numpy()))
    out, tangent = func.jvp(lambda v: v.to(there) * v.to(there), (x,), (minitorch.ones(3),))
    assert out.device is tangent.device is there and values(tangent) == [2.0, -4.0, 6.0]
    with forward_ad.dual_level():
        plain = forward_ad.unpack_dual(forward_ad.make_dual(x, x).detach().to(there))
        assert plain.tangent is None and plain.primal.device is there


def test_pooled_slices_of_another_number_than_two():
    """Where the numbers of slices and of images are both 2, their sum would do for their product."""
    images = minitorch.arange(96.0).reshape(3, 2, 1, 4, 4).sin()
    slope = func.grad(lambda v: nn.functional.avg_pool2d(v, 2).square().sum())
    assert np.allclose(func.vmap(slope)(images).numpy(), [slope(one).numpy() for one in images])


def test_transforms_know_of_each_other():
    seen = []

    def look(v):
        seen.append((ground(v.device), v.device.backend.supports(dtypes.float64)))
        v.device.backend.synchronize(v.device)
        assert raised(v) is v
        return (v * v).sum()

    func.grad(lambda v: func.grad(look)(v).sum())(x)
    assert seen == [(x.device, True)]


def test_dtypes_inside_of_transforms():
    def program(v):
        low = v.to(dtypes.float16)
        assert low.device.backend.native_dtype(low.dtype) is low._array.dtype is dtypes.float16
        assert minitorch.amax(low).dtype is dtypes.float16
        return (low.masked_fill(low < 0, 0) * 3).to(v.dtype).sum()

    assert values(func.grad(program)(x)) == [3.0, 0.0, 3.0]
    assert values(func.vmap(func.grad(program))(minitorch.stack([x, -x]))) == [[3.0, 0.0, 3.0], [0.0, 3.0, 0.0]]


def test_trees_keep_their_form():
    got = func.vmap(lambda pair: Pair(pair.second, {"sum": pair.first + pair.second}))(Pair(x, -x))
    assert type(got) is Pair and values(got.first) == values(-x) and values(got.second["sum"]) == [0.0, 0.0, 0.0]
    with pytest.raises(RuntimeError, match=r"vjp.* got int"):
        func.vjp(lambda v: (v, 3), x)


# --- Trace ------------------------------------------------------------------------------------------------------------


def test_a_graph_says_what_it_is():
    graph = func.trace(lambda a, b: {"sum": (a * b).sum(), "many": a.to(dtypes.float64), "three": 3})(x, x)
    assert repr(graph) == "<Graph: 2 inputs, 0 constants, 3 equations>"
    assert "return {'sum': v1, 'many': v2, 'three': 3}" in str(graph)
    assert values(graph(x, x)["sum"]) == 14.0 and graph(x, x)["many"].dtype is dtypes.float64


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((), TypeError, "takes 1 tensors, got 0"),
        ((x, x), TypeError, "takes 1 tensors, got 2"),
        ((minitorch.ones(2),), RuntimeError, r"traced with x0 of shape \[3\] and torch.float32, got \[2\]"),
        ((x.double(),), RuntimeError, "and torch.float64; trace the function again"),
    ],
)
def test_a_graph_holds_for_what_it_was_traced_with(arguments, error, words):
    with pytest.raises(error, match=words):
        func.trace(lambda a: a * 2)(x)(*arguments)


def test_a_graph_lies_on_one_device():
    with pytest.raises(RuntimeError, match="a graph lies on one device"):
        func.trace(lambda a: a.to("array_api_strict/cpu"))(x)


def test_values_that_lead_a_trace_are_told():
    with pytest.warns(UserWarning, match="asked for while tracing"):
        graph = func.trace(lambda a: a * 2 if a.sum() > 0 else a)(x)
    assert values(graph(x)) == [2.0, -4.0, 6.0]


def test_a_wrong_index_is_found_while_tracing():
    with pytest.raises(IndexError, match=r"out of (range|bounds)"):
        func.trace(lambda a, i: a.index_select(0, i))(x, minitorch.tensor([3]))
    graph = func.trace(lambda a, i: a.index_select(0, i))(x, minitorch.tensor([2, 0]))
    assert values(graph(x, minitorch.tensor([1, 1]))) == [-2.0, -2.0]


# --- Meta -------------------------------------------------------------------------------------------------------------


def test_meta_moves_to_itself_only():
    hollow = minitorch.empty(2, 3, device="meta")
    assert hollow.to("meta").shape == (2, 3) and hollow.to(dtypes.bfloat16).dtype is dtypes.bfloat16
    assert hollow._array.device.backend.native_dtype(dtypes.bool) is dtypes.bool
    with pytest.raises(NotImplementedError, match=r"no data! Make the tensor on .*empty_like"):
        hollow.to("cpu")
    assert x.to("meta").shape == (3,)


def test_slices_of_products_of_two_ranks():
    matrices, stacks = minitorch.randn(5, 3, 4), minitorch.randn(5, 2, 2, 4, 3)
    for left, right in ((matrices, stacks), (stacks, matrices)):
        expected = minitorch.stack([a @ b for a, b in zip(left, right, strict=True)])
        assert minitorch.allclose(func.vmap(minitorch.matmul)(left, right), expected, atol=1e-6)


def test_a_pullback_can_be_called_again():
    _, pull = func.vjp(lambda v: (v * v).sin(), x)
    expected = values(2 * x * (x * x).cos())
    for factor in (1.0, 2.0):
        with minitorch.no_grad():
            (gradient,) = pull(minitorch.full((3,), factor))
        assert np.allclose(gradient.numpy(), factor * np.array(expected))
