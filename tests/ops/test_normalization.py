"""Normalization and embedding: running statistics, padding, and precision far from 0."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import minitorch
from minitorch.nn import functional as F


def test_running_statistics_move_toward_the_batch():
    x = minitorch.tensor([[1.0], [3.0], [5.0]])
    mean, var = minitorch.zeros(1), minitorch.ones(1)
    F.batch_norm(x, mean, var, training=True, momentum=0.5)
    assert mean.tolist() == [1.5] and var.tolist() == [2.5]  # halfway to the mean 3 and the unbiased variance 4
    F.batch_norm(x, mean, var)
    assert mean.tolist() == [1.5]


def test_statistics_are_not_on_the_tape():
    x = minitorch.randn(4, 2, requires_grad=True)
    mean, var = minitorch.zeros(2), minitorch.ones(2)
    F.batch_norm(x, mean, var, training=True)
    assert not mean.requires_grad and not var.requires_grad


@pytest.mark.parametrize("normalize", [
    lambda x: F.layer_norm(x, (64,)),
    lambda x: F.batch_norm(x.mT.contiguous(), None, None, training=True).mT,
    lambda x: F.group_norm(x.reshape(32, 8, 8), 1).reshape(32, 64),
])  # fmt: skip
def test_values_far_from_zero_keep_their_spread(normalize):
    generator = minitorch.randn(32, 64, dtype=minitorch.float64)
    expected = normalize(generator)
    assert (normalize((generator + 1000).float()) - expected).abs().max() < 1e-2


def test_a_single_value_has_no_variance():
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        F.batch_norm(minitorch.zeros(1, 3), None, None, training=True)


def test_the_padding_row_gets_no_gradient():
    weight = minitorch.randn(4, 2, requires_grad=True)
    F.embedding(minitorch.tensor([1, 2, 1, 3]), weight, padding_idx=-3).sum().backward()
    assert weight.grad.tolist() == [[0, 0], [0, 0], [1, 1], [1, 1]]


def test_gradients_divided_by_how_often_a_row_was_named():
    weight = minitorch.randn(3, 1, requires_grad=True)
    F.embedding(minitorch.tensor([[1, 1], [1, 2]]), weight, scale_grad_by_freq=True).sum().backward()
    assert weight.grad.tolist() == [[0], [1], [1]]


def test_rows_longer_than_max_norm_are_shortened_in_place():
    weight = minitorch.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]])
    F.embedding(minitorch.tensor([0, 1]), weight, max_norm=1.0)
    assert minitorch.allclose(weight, minitorch.tensor([[0.6, 0.8], [0.3, 0.4], [6.0, 8.0]]), atol=1e-5)


@pytest.mark.parametrize("bad", [3, -1])
def test_an_index_that_no_row_has(bad):
    with pytest.raises(IndexError, match="index out of range in self"):
        F.embedding(minitorch.tensor([0, bad]), minitorch.zeros(3, 2))


@pytest.mark.parametrize(("numbers", "classes", "message"), [
    ([0, 2], 2, "smaller than num_classes"), ([0, -2], -1, "non-negative"), ([], -1, "Can not infer"), ([0], 0, "positive"),
])  # fmt: skip
def test_one_hot_of_what_is_no_class(numbers, classes, message):
    with pytest.raises(RuntimeError, match=message):
        F.one_hot(minitorch.tensor(numbers, dtype=minitorch.int64), classes)


@pytest.mark.parametrize(
    "normalize",
    [
        lambda x, weight: F.layer_norm(x, (4,), weight, weight),
        lambda x, weight: F.group_norm(x, 2, weight, weight),
        lambda x, weight: F.batch_norm(x, None, None, weight, weight, training=True),
        lambda x, weight: F.instance_norm(x, None, None, weight, weight),
    ],
    ids=["layer_norm", "group_norm", "batch_norm", "instance_norm"],
)
def test_16_bit_inputs_take_float32_parameters_and_no_other_mixture(normalize: Callable) -> None:
    x, weight = minitorch.randn(3, 4, 4), minitorch.rand(4) + 0.5
    short = normalize(x.bfloat16(), weight)
    assert short.dtype is minitorch.bfloat16
    assert (short.float() - normalize(x.bfloat16().float(), weight)).abs().max() < 0.02
    for input, other in ((x, weight.double()), (x.bfloat16(), weight.double()), (x, weight.half())):
        with pytest.raises(RuntimeError, match="mixed dtypes"):
            normalize(input, other)


def test_running_statistics_in_float32_beside_16_bit_inputs() -> None:
    x, mean, var = minitorch.randn(8, 4).bfloat16(), minitorch.zeros(4), minitorch.ones(4)
    F.batch_norm(x, mean, var, training=True, momentum=1.0)
    assert mean.dtype is minitorch.float32
    assert (mean - x.float().mean(0)).abs().max() < 1e-6
