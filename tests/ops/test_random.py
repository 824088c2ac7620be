"""Random functions on Tensors, without torch: known numbers, the same on every backend, and what in-place filling must keep."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import minitorch
from minitorch.backend import why_unusable
from minitorch.ops.dropping import dropout, dropout1d
from minitorch.ops.generators import fork_rng

OTHERS = [name for name in ("array_api_strict", "torch") if why_unusable(name) is None]


def test_the_numbers_of_seed_0() -> None:
    """What PyTorch 2.13 prints, written down so that it holds where PyTorch isn't installed."""
    minitorch.manual_seed(0)
    assert [round(x, 4) for x in minitorch.rand(4).tolist()] == [0.4963, 0.7682, 0.0885, 0.132]
    assert minitorch.randint(0, 10, (5,)).tolist() == [3, 9, 7, 3, 7]
    assert [round(x, 4) for x in minitorch.randn(3).tolist()] == [0.6472, 0.249, -0.3354]
    assert minitorch.randperm(6).tolist() == [0, 5, 3, 1, 2, 4]
    assert dropout(minitorch.ones(6)).tolist() == [2, 2, 0, 2, 2, 2]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.rand(3, 4),
        lambda t: t.randn(20),
        lambda t: t.randint(0, 9, (4,)),
        lambda t: t.randperm(7),
        lambda t: t.rand_like(t.zeros(2, 3)),
        lambda t: t.zeros(3, 4).uniform_(-1, 1),
        lambda t: t.zeros(3, 4)[1:, ::2].normal_(),
        lambda t: t.zeros(4).bernoulli_(t.tensor([0.0, 0.5, 0.5, 1.0])),
        lambda t: t.multinomial(t.tensor([1.0, 2.0, 3.0]), 2),
        lambda t: t.bernoulli(t.full((9,), 0.5)),
        lambda t: t.normal(t.ones(3), 2.0),
        lambda t: t.dropout(t.ones(3, 5), 0.5, True),
    ],
)
def test_all_backends_draw_the_same(name: str, call: Callable) -> None:
    minitorch.manual_seed(1)
    expected = call(minitorch)
    with minitorch.use_backend(name):
        minitorch.manual_seed(1)
        got = call(minitorch)
        assert got.device.backend.name == name
    assert got.tolist() == expected.tolist()
    assert got.dtype is expected.dtype


@pytest.mark.parametrize("name", ["numpy", *OTHERS])
def test_a_fill_through_a_view_reaches_its_base(name: str) -> None:
    with minitorch.use_backend(name):
        base = minitorch.zeros(3, 4)
        view = base[:, 1:3]
        view.uniform_(1, 2)
        assert base[:, 1:3].tolist() == view.tolist()
        assert base[:, 0].tolist() == [0, 0, 0]
        assert bool((view >= 1).all())
        assert base._version == 1


def test_a_fill_spoils_a_saved_value() -> None:
    x = minitorch.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    y.uniform_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_leaf_is_refused_before_anything_is_drawn() -> None:
    x = minitorch.ones(3, requires_grad=True)
    before = minitorch.get_rng_state().tolist()
    with pytest.raises(RuntimeError, match=r"a leaf Variable that requires grad.*uniform_\(\)"):
        x.uniform_()
    assert minitorch.get_rng_state().tolist() == before
    assert x.tolist() == [1, 1, 1]


def test_second_derivatives_are_zero_too() -> None:
    x = minitorch.ones(3, requires_grad=True)
    y = (x * x).normal_()
    (gradient,) = minitorch.autograd.grad((y * x).sum(), x, create_graph=True)
    assert gradient.tolist() == y.tolist()
    (second,) = minitorch.autograd.grad(gradient.sum(), x)
    assert second.tolist() == [0, 0, 0]


def test_dropout_keeps_the_mask_for_backward() -> None:
    x = minitorch.ones(50, requires_grad=True)
    y = dropout(x, 0.4)
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()
    assert 0 in y.tolist()


def test_channels_drop_together() -> None:
    y = dropout1d(minitorch.ones(4, 6, 5), 0.5)
    assert all(len(set(channel)) == 1 for sample in y.tolist() for channel in sample)
    assert {0.0, 2.0} == {channel[0] for sample in y.tolist() for channel in sample}


def test_generators_are_copied_and_pickled_with_their_state() -> None:
    generator = minitorch.Generator().manual_seed(5)
    minitorch.randn(3, generator=generator)
    twins = [copy.deepcopy(generator), pickle.loads(pickle.dumps(generator)), generator.clone_state()]
    expected = minitorch.rand(4, generator=generator).tolist()
    assert [minitorch.rand(4, generator=twin).tolist() for twin in twins] == [expected] * 3


def test_fork_rng() -> None:
    before = minitorch.get_rng_state().tolist()
    with fork_rng():
        minitorch.rand(3)
    assert minitorch.get_rng_state().tolist() == before
    with fork_rng(enabled=False):
        minitorch.rand(3)
    assert minitorch.get_rng_state().tolist() != before


def test_the_default_dtype_is_heeded() -> None:
    minitorch.set_default_dtype(minitorch.float64)
    try:
        made: list[Any] = [minitorch.rand(2), minitorch.randn(2), minitorch.normal(0.0, 1.0, (2,))]
    finally:
        minitorch.set_default_dtype(minitorch.float32)
    assert {tensor.dtype for tensor in made} == {minitorch.float64}
