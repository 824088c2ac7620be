"""Losses: samples that don't count, targets that can't be, logits that overflow, and old ways to say `reduction`."""

from __future__ import annotations

import math
import tracemalloc

import pytest

import minitorch
from minitorch.nn import functional as F


def test_ignored_samples_have_no_loss_and_no_gradient():
    logits = minitorch.randn(3, 4, requires_grad=True)
    loss = F.cross_entropy(logits, minitorch.tensor([1, -100, 2]))
    loss.backward()
    assert logits.grad[1].tolist() == [0, 0, 0, 0] and logits.grad[0].abs().sum() > 0
    kept = F.cross_entropy(logits[[0, 2]], minitorch.tensor([1, 2]))
    assert abs(float(loss) - float(kept)) < 1e-6
    assert math.isnan(F.cross_entropy(logits, minitorch.tensor([-100, -100, -100])))


@pytest.mark.parametrize("bad", [4, -1, -3, 2**40])
def test_a_target_that_is_no_class(bad):
    with pytest.raises(IndexError, match=f"Target {bad} is out of bounds.*\n.*\n.*from 0 to 3"):
        F.cross_entropy(minitorch.randn(2, 4), minitorch.tensor([0, bad]))


def test_many_classes_do_not_hide_a_negative_target():
    with pytest.raises(IndexError, match="Target -3"):
        F.cross_entropy(minitorch.randn(2, 300), minitorch.tensor([0, -3]))


def test_large_logits_neither_overflow_nor_round_to_nothing():
    logits = minitorch.tensor([[1000.0, 0.0], [-1000.0, 0.0]], requires_grad=True)
    losses = F.cross_entropy(logits, minitorch.tensor([0, 0]), reduction="none")
    assert losses.tolist() == [0, 1000]
    assert F.binary_cross_entropy_with_logits(minitorch.tensor([-1000.0]), minitorch.tensor([1.0])) == 1000
    assert minitorch.log_softmax(logits, 1).tolist() == [[0, -1000], [-1000, 0]]


def test_the_derivative_of_the_derivative_of_cross_entropy():
    logits = minitorch.randn(3, 4, dtype=minitorch.float64, requires_grad=True)
    target = minitorch.tensor([1, 0, 3])
    for reduction in ("mean", "sum", "none"):
        assert minitorch.autograd.gradcheck(lambda x, r=reduction: F.cross_entropy(x, target, reduction=r), logits)
        assert minitorch.autograd.gradgradcheck(lambda x, r=reduction: F.cross_entropy(x, target, reduction=r), logits)


def test_probabilities_as_targets_are_the_same_as_classes():
    logits, target = minitorch.randn(4, 3), minitorch.tensor([0, 2, 1, 1])
    soft = F.one_hot(target, 3).float()
    weight = minitorch.tensor([0.2, 0.3, 0.5])
    assert abs(float(F.cross_entropy(logits, target)) - float(F.cross_entropy(logits, soft))) < 1e-6
    by_class = F.cross_entropy(logits, target, weight, reduction="sum", label_smoothing=0.1)
    by_probability = F.cross_entropy(logits, soft, weight, reduction="sum", label_smoothing=0.1)
    assert abs(float(by_class) - float(by_probability)) < 1e-5


def test_old_ways_to_say_reduction():
    a, b = minitorch.tensor([1.0, 2.0]), minitorch.tensor([0.0, 0.0])
    with pytest.warns(UserWarning, match="reduction='sum'"):
        assert F.mse_loss(a, b, size_average=False) == 5
    with pytest.warns(UserWarning, match="reduction='none'"):
        assert F.mse_loss(a, b, reduce=False).tolist() == [1, 4]
    with pytest.raises(ValueError, match="avg is not a valid value for reduction"):
        F.mse_loss(a, b, reduction="avg")


def test_broadcasting_a_target_is_warned_of():
    with pytest.warns(UserWarning, match="different to the input size"):
        F.mse_loss(minitorch.zeros(2, 3), minitorch.zeros(3))
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="must match the size of tensor b"):
        F.l1_loss(minitorch.zeros(2, 3), minitorch.zeros(4))


def test_what_is_no_probability():
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        F.binary_cross_entropy(minitorch.tensor([1.5]), minitorch.tensor([1.0]))
    assert F.binary_cross_entropy(minitorch.tensor([0.0]), minitorch.tensor([1.0])) == 100


def test_cross_entropy_beside_its_own_slope():
    """The loss and its derivative in one sum: both results of the row have a gradient then."""
    target = minitorch.tensor([0, 2])

    def slopes(loss_of):
        x = minitorch.tensor([[0.5, -1.0, 2.0], [1.5, 0.0, -0.5]], dtype=minitorch.float64, requires_grad=True)
        loss = loss_of(x)
        (slope,) = minitorch.autograd.grad(loss, x, create_graph=True)
        (loss + (slope * slope).sum()).backward()
        return x.grad

    by_hand = slopes(lambda x: -x.log_softmax(1).gather(1, target[:, None]).mean())
    minitorch.testing.assert_close(slopes(lambda x: minitorch.nn.functional.cross_entropy(x, target)), by_hand)


def test_the_logits_of_chunks_never_exist_at_once():
    """Forward and backward together need no more than the gradients and a few logits; in one piece, three times all logits."""
    samples, width, classes = 512, 16, 4000
    input, weight = minitorch.randn(samples, width).requires_grad_(), minitorch.randn(classes, width).requires_grad_()
    target = minitorch.randint(0, classes, (samples,))
    peaks = []
    for options in (None, minitorch.nn.LinearCrossEntropyOptions()):
        F.linear_cross_entropy(input, weight, target, options=options).backward()
        input.grad = weight.grad = None
        tracemalloc.start()
        F.linear_cross_entropy(input, weight, target, options=options).backward()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    logits = 4 * samples * classes
    assert peaks[0] > 2 * logits
    assert peaks[1] < logits / 4


def test_chunks_name_a_class_that_is_not_there():
    options = minitorch.nn.LinearCrossEntropyOptions()
    with pytest.raises(IndexError, match=r"Target 4 is out of bounds.*\n(.*\n)*.*from 0 to 3"):
        F.linear_cross_entropy(minitorch.randn(2, 3), minitorch.randn(4, 3), minitorch.tensor([0, 4]), options=options)
    with pytest.raises(ValueError, match="to match target batch_size"):
        F.linear_cross_entropy(minitorch.randn(2, 3), minitorch.randn(4, 3), minitorch.tensor([0]), options=options)


@pytest.mark.parametrize("name", ["numpy", "array_api_strict"])
def test_a_class_of_no_weight_has_no_gradient(name):
    pytest.importorskip(name)
    with minitorch.use_backend(name):
        x = minitorch.tensor([[1.0, 2.0], [0.5, 0.5]], requires_grad=True)
        weight, target = minitorch.tensor([0.0, 2.0]), minitorch.tensor([0, 1])
        minitorch.nn.functional.cross_entropy(x, target, weight=weight).backward()
    assert x.grad[0].tolist() == [0, 0] and x.grad[1].tolist() == pytest.approx([0.5, -0.5])
