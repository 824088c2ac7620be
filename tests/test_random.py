"""minitorch.random and the samplers that tensors of parameters feed: what isn't a comparison with PyTorch."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import minitorch
from minitorch import random


def test_fork_rng() -> None:
    minitorch.manual_seed(3)
    expected = minitorch.rand(2).tolist()
    minitorch.manual_seed(3)
    with random.fork_rng():
        minitorch.rand(5)
    assert minitorch.rand(2).tolist() == expected
    minitorch.manual_seed(3)
    with random.fork_rng(enabled=False):
        minitorch.rand(2)
    assert minitorch.rand(2).tolist() != expected
    minitorch.manual_seed(3)
    with pytest.raises(KeyError), random.fork_rng(devices=["cpu"], device_type="cuda"):
        minitorch.rand(1)
        raise KeyError
    assert minitorch.rand(2).tolist() == expected


def test_generators_are_copied_with_their_state() -> None:
    generator = minitorch.Generator().manual_seed(5)
    minitorch.randn(3, generator=generator)  # leaves the second of a pair for later
    copies = [copy.deepcopy(generator), pickle.loads(pickle.dumps(generator)), generator.clone_state()]
    expected = minitorch.randn(4, generator=generator).tolist()
    assert [minitorch.randn(4, generator=one).tolist() for one in copies] == [expected] * 3
    for call in (generator.get_offset, generator.graphsafe_get_state):
        with pytest.raises(RuntimeError):
            call()


def test_what_is_drawn_one_by_one_leaves_nothing_drawn() -> None:
    """Numbers drawn ahead and not taken are put back, after an error too."""
    one, two = minitorch.Generator().manual_seed(0), minitorch.Generator().manual_seed(0)
    minitorch.poisson(minitorch.zeros(100), generator=one)
    with pytest.raises(RuntimeError, match="rate"):
        minitorch.poisson(minitorch.tensor([1.0, -1.0]), generator=one)
    assert one.get_state().tolist() == two.get_state().tolist()
    minitorch.poisson(minitorch.full((70_000,), 0.5), generator=one)
    assert minitorch.rand(1, generator=one).item() != minitorch.rand(1, generator=two).item()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: minitorch.poisson(minitorch.tensor([-1.0])), RuntimeError, "non-negative"),
        (lambda: minitorch.poisson(minitorch.tensor([float("inf")])), RuntimeError, "finite"),
        (lambda: minitorch.poisson(minitorch.tensor([1])), NotImplementedError, "int64"),
        (lambda: minitorch.binomial(minitorch.tensor([1]), minitorch.tensor([0.5])), ValueError, "floating-point"),
        (lambda: minitorch.binomial(minitorch.ones(1), minitorch.ones(1).double()), RuntimeError, "float64"),
        (
            lambda: minitorch.binomial(minitorch.ones(1).half(), minitorch.ones(1).half()),
            NotImplementedError,
            "float16",
        ),
        (lambda: minitorch.binomial(minitorch.ones(1) / 0, minitorch.ones(1)), RuntimeError, "finite"),
        (lambda: minitorch._standard_gamma(minitorch.tensor([-1.0])), RuntimeError, "alpha"),
    ],
)
def test_refusals(call, error, text) -> None:
    with pytest.raises(error, match=text):
        call()


def test_gradients() -> None:
    rate = minitorch.ones(3, requires_grad=True)
    drawn = minitorch.poisson(rate)
    assert drawn.grad_fn.name() == "PoissonBackward0"
    drawn.sum().backward()
    assert rate.grad.tolist() == [0, 0, 0]
    with pytest.raises(RuntimeError, match="derivative for binomial is not implemented"):
        minitorch.binomial(rate, rate).sum().backward()


def test_shapes_and_means() -> None:
    minitorch.manual_seed(0)
    assert minitorch.poisson(minitorch.ones(2, 3).t()).shape == (3, 2)
    assert minitorch.binomial(minitorch.full((3, 1), 9.0), minitorch.full((2,), 0.5)).shape == (3, 2)
    for drawn, mean, deviation in (
        (minitorch.poisson(minitorch.full((4000,), 3.0)), 3.0, 3.0**0.5),
        (minitorch.poisson(minitorch.full((4000,), 70.0)), 70.0, 70.0**0.5),
        (minitorch.binomial(minitorch.full((4000,), 50.0), minitorch.full((4000,), 0.7)), 35.0, 10.5**0.5),
        (minitorch._standard_gamma(minitorch.full((4000,), 0.5)), 0.5, 0.5**0.5),
    ):
        assert abs(np.mean(drawn.numpy()) - mean) < 5 * deviation / 4000**0.5
