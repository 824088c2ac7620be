"""Where CuPy computes otherwise than PyTorch, minitorch doesn't: compared with NumPy's results on the host."""

from __future__ import annotations

import math

import pytest

import minitorch

pytest.importorskip("cupy")

INF, NAN = math.inf, math.nan


def same(call, *columns, dtype=None):
    tensors = [minitorch.tensor(column, dtype=dtype) for column in columns]
    expected, found = call(*tensors), call(*[tensor.cuda() for tensor in tensors])
    assert found.dtype is expected.dtype
    for one, other in zip(found.tolist(), expected.tolist(), strict=True):
        assert one == other or (one != one and other != other), (found, expected)
        assert math.copysign(1, one) == math.copysign(1, other) or one != one


def test_logaddexp_of_equal_infinities():
    same(minitorch.logaddexp, [INF, -INF, INF, -INF, NAN, 1.0], [INF, -INF, -INF, 0.0, 1.0, NAN])


@pytest.mark.parametrize("call", [minitorch.remainder, minitorch.floor_divide])
@pytest.mark.parametrize("dtype", [minitorch.float32, minitorch.float64])
def test_divisions_with_a_floor(call, dtype):
    same(call, [1.0, 7.0, -7.0, 7.0, -7.0, 0.0, -0.0, 5.5, 1e20, 1.0, NAN, 6.0],
         [0.1, 2.0, 2.0, -2.0, -2.0, 3.0, 3.0, INF, 3.0, 0.0, 1.0, -3.0], dtype=dtype)  # fmt: skip


@pytest.mark.parametrize("call", [minitorch.remainder, minitorch.floor_divide])
def test_whole_numbers(call):
    same(call, [7, -7, 7, -7, 2**60 + 1], [2, 2, -2, -2, 3])


@pytest.mark.parametrize("target", ["uint8", "int8", "int16", "int32", "int64", "bool"])
def test_floats_to_whole_numbers(target):
    same(lambda x: x.to(getattr(minitorch, target)), [0.0, -0.0, 1.9, -1.0, -1.9, 100.5, 250.0])


@pytest.mark.parametrize("call", [minitorch.maximum, minitorch.minimum])
def test_nan_wins(call):
    same(call, [NAN, 1.0, INF], [1.0, NAN, -INF])
    assert minitorch.tensor([1.0, NAN]).cuda().max().isnan().item()


def test_in_place_too():
    x = minitorch.tensor([INF, 1.0]).cuda()
    assert x.logaddexp_(minitorch.tensor([INF, -INF]).cuda()).tolist() == [INF, 1.0]
    assert minitorch.tensor([1.0, -7.0]).cuda().remainder_(0.1).tolist()[0] == pytest.approx(0.1, rel=1e-5)
    bools = minitorch.tensor([True, False]).cuda()
    assert bools.sign_().tolist() == [True, False] and bools.dtype is minitorch.bool


def test_ties_and_signs():
    same(minitorch.round, [0.5, 1.5, 2.5, -0.5, -0.2])
    same(minitorch.sign, [-3.0, -0.0, 0.0, INF])
    same(minitorch.sqrt, [-0.0, 4.0])
