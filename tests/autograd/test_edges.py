"""Corners of the tape: two devices on one way, lists in anomaly mode, how nodes show themselves."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch.autograd import detect_anomaly, steps


def test_gradients_of_two_ways_through_another_device_add_up():
    x = minitorch.tensor([1.0, 2.0], requires_grad=True)
    there = [x.to("array_api_strict/cpu") for _ in range(2)]
    (there[0] * 2 + there[1] * 3).to("numpy/cpu").sum().backward()
    assert x.grad.numpy().tolist() == [5.0, 5.0] and x.grad.device is x.device


def test_a_gradient_of_another_precision_comes_home_from_another_device():
    x = minitorch.tensor([1.0, 2.0], requires_grad=True)
    x.to("array_api_strict/cpu", minitorch.float64).exp().sum().backward()
    assert x.grad.dtype is minitorch.float32 and np.allclose(x.grad.numpy(), np.exp([1.0, 2.0]))


def test_a_gradient_assigned_from_elsewhere_is_added_to():
    x = minitorch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    (x * 3).sum().backward()
    assert x.grad.detach().numpy().tolist() == [5.0, 7.0]


def test_nodes_show_what_they_are():
    x = minitorch.ones(2, requires_grad=True)
    node = (x * 2).grad_fn
    assert repr(node).startswith("<MulBackward0 object at 0x")
    assert repr(node.next_functions[0][0]).startswith("<AccumulateGrad object at 0x")
    with pytest.raises(AttributeError, match="'MulBackward0' object has no attribute 'weight'"):
        node.weight


def test_anomalies_in_lists_of_operands():
    x = minitorch.tensor([1.0, float("nan")], requires_grad=True)
    with detect_anomaly():
        both = minitorch.cat([x, x])  # what came in was no number already
        with pytest.raises(RuntimeError, match="'log' returned inf"):
            minitorch.cat([x[:1] * 0, x[:1]]).log()
    assert both.shape == (4,)


def test_sums_in_a_small_dtype_wrap_around():
    small = minitorch.tensor([200, 100], dtype=minitorch.uint8)
    assert small.sum().item() == 300 and small.sum(dtype=minitorch.uint8).item() == 44


def test_nodes_behind_a_wanted_one_are_no_steps():
    a = minitorch.tensor([1.0, 2.0], requires_grad=True)
    b = a.exp()
    names = [step.name for step in steps((b * b).sum(), inputs=b)]
    assert "ExpBackward0" not in names and a.grad is None
    assert np.allclose(b.grad.numpy(), 2 * np.exp([1.0, 2.0]))
