"""What strides say about views, beside NumPy, which tries."""

import itertools
import math

import numpy as np
import pytest

import minitorch
from minitorch import layouts

SHAPES = [(), (1,), (6,), (2, 3), (2, 1, 3), (2, 3, 4), (1, 6, 2), (4, 3, 1, 2), (0, 3)]


def _arrays(shape):
    whole = np.arange(math.prod(shape), dtype=np.int64).reshape(shape)
    for order in itertools.permutations(range(len(shape))):
        turned = whole.transpose(order)
        yield turned
        yield np.broadcast_to(turned, (2, *turned.shape))
        if shape:
            yield turned[::2]
            yield turned[..., ::2]


def _factorizations(count):
    if count == 0:
        return [(0,), (0, 3), (2, 0)]
    found = [(count,), (1, count), (count, 1)]
    for first in range(2, count + 1):
        if count % first == 0:
            rest = count // first
            found += [(first, rest), (first, 1, rest)]
            found += [(first, second, rest // second) for second in range(2, rest + 1) if rest % second == 0]
    return found


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_view_is_seen_where_numpy_finds_one(shape):
    tried = 0
    for array in _arrays(shape):
        strides = tuple(step // array.itemsize for step in array.strides)
        for size in _factorizations(array.size):
            try:
                array.reshape(size, copy=False)
                there = True
            except ValueError:
                there = False
            assert layouts.is_viewable(array.shape, strides, size) == there, (array.shape, strides, size)
            tried += 1
    assert tried


def test_reshape_shares_memory_where_it_can():
    x = minitorch.arange(24).reshape(2, 3, 4)
    for tensor, size, shares in ((x, (6, 4), True), (x.mT, (24,), False), (x.mT, (2, 2, 2, 3), True), (x[:, :2], (2, 8), True),
                                 (x[:, :2], (16,), False), (x[0].expand(5, 3, 4), (5, 12), True)):  # fmt: skip
        assert (tensor.reshape(size).data_ptr() == tensor.data_ptr()) == shares
        assert tensor.reshape(size).tolist() == tensor.numpy().reshape(size).tolist()
    with pytest.raises(RuntimeError, match=r"shape '\[5\]' is invalid for input of size 24"):
        x.mT.reshape(5)


def test_zero_and_minus_zero_are_two_constants():
    one = minitorch.ones(2)
    for _ in range(2):
        assert (one * 0.0).signbit().tolist() == [False, False]
        assert (one * -0.0).signbit().tolist() == [True, True]
        assert (minitorch.ones(2, dtype=minitorch.int64) * 0).tolist() == [0, 0]
