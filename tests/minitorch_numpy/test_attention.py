"""Attention in blocks of heads, queries and keys, on one thread and two, against the row's body."""

import numpy as np
import pytest
from minitorch_numpy import attention, threads
from minitorch_numpy.backend import NumpyBackend

from minitorch.backend import BODIES, Kernels

# query, key and value; the mask; the diagonal
PROBLEMS = [
    (((5, 4), (7, 4), (7, 3)), None, None),
    (((2, 5, 4), (2, 5, 4), (2, 5, 4)), (5, 5), 0),
    (((2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 2)), (2, 1, 1, 7), None),
    (((2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 2)), (3, 5, 1), 2),
    (((3, 1, 2, 6, 4), (3, 1, 2, 4, 4), (3, 1, 2, 4, 2)), (3, 1, 1, 6, 4), -2),
    (((2, 3, 4), (2, 6, 4), (2, 6, 4)), None, 9),
    (((2, 3, 4), (2, 6, 4), (2, 6, 4)), None, 0),  # keys that nobody sees
]


def drawn(shapes, mask_shape, dtype):
    random = np.random.default_rng(0)
    operands = [random.standard_normal(shape).astype(dtype) for shape in shapes]
    if mask_shape is None:
        return [*operands, None]
    mask = random.standard_normal(mask_shape).astype(dtype)
    mask[random.random(mask_shape) < 0.3] = -np.inf
    return [*operands, mask]


def computed(call, operands, diagonal, g, by_logarithm):
    """Results and gradients, by `call(name, *arguments)`."""
    out = call("attention", *operands, diagonal, 0.7)
    needs = (True, True, True, operands[3] is not None)
    gradients = call("attention_gradients", g, by_logarithm, *operands, diagonal, 0.7, *out, needs)
    return [*out, *gradients[: 4 if operands[3] is not None else 3]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("side, block", [(1, 1), (2, 4), (3, 40), (256, 60), (256, 1 << 16)])
@pytest.mark.parametrize("shapes, mask_shape, diagonal", PROBLEMS)
def test_blocks_and_threads(monkeypatch, shapes, mask_shape, diagonal, side, block, dtype):
    operands = drawn(shapes, mask_shape, dtype)
    out_shape = (*shapes[0][:-1], shapes[2][-1])
    g = np.random.default_rng(1).standard_normal(out_shape).astype(dtype)
    backend = NumpyBackend()
    by_logarithm = None if diagonal == -2 else g[..., :1]  # where a query sees nothing, the logarithm is -inf
    k = Kernels(backend)
    wanted = computed(lambda name, *a: BODIES[name](k, *a), operands, diagonal, g, by_logarithm)
    monkeypatch.setattr(attention, "SIDE", side)
    monkeypatch.setattr(attention, "TOGETHER", block)
    monkeypatch.setattr(attention, "WORTH_THREADS", 0)
    monkeypatch.setattr(threads, "number", lambda: 2)
    monkeypatch.setattr(np, "empty", lambda shape, dtype: np.full(shape, np.nan, dtype))  # all must be written
    found = computed(lambda name, *a: getattr(backend, name)(*a), operands, diagonal, g, by_logarithm)
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=1e-4 if dtype is np.float32 else 1e-12, atol=1e-6)


def test_results_lie_as_the_queries_do():
    x = np.zeros((2, 5, 3, 4), np.float32).transpose(0, 2, 1, 3)  # heads split off the last dim
    out, logarithm = NumpyBackend().attention(x, x, x, None, None, 1.0)
    assert out.transpose(0, 2, 1, 3).flags.c_contiguous and logarithm.shape == (2, 3, 5, 1)


@pytest.mark.parametrize("shapes", [((0, 3, 2), (0, 3, 2), (0, 3, 2)), ((2, 0, 2), (2, 3, 2), (2, 3, 2))])
def test_nothing_to_attend_to(shapes):
    out, _ = NumpyBackend().attention(*drawn(shapes, None, np.float32)[:3], None, None, 1.0)
    assert out.shape == shapes[0]
