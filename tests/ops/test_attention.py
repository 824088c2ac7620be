"""Attention: many blocks of keys are one softmax, masks that leave nothing, memory that doesn't grow with the square."""

from __future__ import annotations

import math
import tracemalloc
from functools import partial

import numpy as np
import pytest

import minitorch
from minitorch.backend import BODIES
from minitorch.nn import functional as F
from minitorch.nn.attention import SDPBackend, bias, sdpa_kernel
from minitorch.ops import attention


@pytest.fixture(params=["kernel", "body"])
def form(request, monkeypatch):
    """Attention as this backend computes it, and as the row says it."""
    k = minitorch.device("cpu").kernels
    if request.param == "body":
        for name in ("attention", "attention_gradients"):
            monkeypatch.setitem(vars(k), name, partial(BODIES[name], k))


def plain(query, key, value, mask=None):
    """Attention as it is defined, in NumPy."""
    scores = query @ np.swapaxes(key, -1, -2) / math.sqrt(query.shape[-1])
    scores = scores if mask is None else scores + mask
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ value


def drawn(*shapes):
    random = np.random.default_rng(0)
    return [minitorch.tensor(random.normal(size=shape)).requires_grad_() for shape in shapes]


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("block", [1, 2, 3, 5, 512])
def test_blocks_are_one_softmax(monkeypatch, block, causal):
    query, key, value = drawn((2, 5, 4), (2, 5, 4), (2, 5, 3))
    mask = np.where(np.tri(5), 0, -np.inf) if causal else None
    monkeypatch.setattr(attention, "BLOCK", block)
    out = F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    expected = plain(*(t.detach().numpy() for t in (query, key, value)), mask)
    np.testing.assert_allclose(out.detach().numpy(), expected, rtol=1e-12)

    def call(query, key, value):
        return F.scaled_dot_product_attention(query, key, value, is_causal=causal)

    assert minitorch.autograd.gradcheck(call, (query, key, value))
    assert minitorch.autograd.gradgradcheck(call, (query, key, value))


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("block", [2, 512])
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (1, 5), (2, 1, 1), (1, 1)])
def test_a_mask_gets_its_gradient_through_blocks(monkeypatch, block, shape):
    query, key, value, mask = drawn((2, 3, 4), (2, 5, 4), (2, 5, 3), shape)
    monkeypatch.setattr(attention, "BLOCK", block)
    assert minitorch.autograd.gradcheck(F.scaled_dot_product_attention, (query, key, value, mask))


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("block", [2, 512])
def test_a_query_that_may_look_nowhere_gets_nothing(monkeypatch, block):
    monkeypatch.setattr(attention, "BLOCK", block)
    query, key, value = drawn((2, 4), (5, 4), (5, 3))
    mask = minitorch.tensor([[False] * 5, [True] * 5])
    out = F.scaled_dot_product_attention(query, key, value, mask)
    assert out[0].tolist() == [0, 0, 0]
    out.sum().backward()
    for t in (query, key, value):
        assert bool(t.grad.isfinite().all())
    assert query.grad[0].tolist() == [0, 0, 0, 0] and query.grad[1].abs().sum() > 0


@pytest.mark.usefixtures("form")
def test_large_scores_do_not_overflow():
    query = minitorch.tensor([[1000.0, 0.0]])
    key = minitorch.tensor([[1000.0, 0.0], [0.0, 0.0]])
    assert F.scaled_dot_product_attention(query, key, minitorch.tensor([[1.0], [2.0]])).tolist() == [[1.0]]


def test_dropped_weights_keep_their_mean():
    minitorch.manual_seed(0)
    query, key = minitorch.zeros(2000, 4), minitorch.zeros(10, 4)
    out = F.scaled_dot_product_attention(query, key, minitorch.ones(10, 1), dropout_p=0.5)
    assert abs(float(out.mean()) - 1) < 0.02 and float(out.std()) > 0.1


def test_grouped_heads_share_keys_and_values():
    query, key, value = drawn((1, 4, 3, 2), (1, 2, 5, 2), (1, 2, 5, 2))
    grouped = F.scaled_dot_product_attention(query, key, value, enable_gqa=True)
    for head in range(4):
        alone = F.scaled_dot_product_attention(query[0, head], key[0, head // 2], value[0, head // 2])
        np.testing.assert_allclose(grouped[0, head].detach().numpy(), alone.detach().numpy(), rtol=1e-12)
    with pytest.raises(RuntimeError, match="must divide"):
        F.scaled_dot_product_attention(query[:, :3], key, value, enable_gqa=True)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize(("queries", "keys"), [(3, 3), (3, 5), (5, 3), (1, 4)])
def test_causal_biases_are_their_masks(queries, keys):
    query, key, value = drawn((2, queries, 4), (2, keys, 4), (2, keys, 3))
    for make in (bias.causal_upper_left, bias.causal_lower_right):
        if queries > keys and make is bias.causal_lower_right:
            with pytest.warns(UserWarning, match="nothing to look at"):
                causal = make(queries, keys)
        else:
            causal = make(queries, keys)
        mask = causal._materialize()
        assert repr(causal) == repr(mask) and tuple(mask.shape) == (queries, keys)
        for settings in ({}, {"dropout_p": 1e-9}):
            results = []
            for form in (causal, mask):
                out = F.scaled_dot_product_attention(query, key, value, form, **settings)
                results.append([out, *minitorch.autograd.grad(out.square().sum(), (query, key, value))])
            for one, other in zip(*results, strict=True):
                np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-6, atol=1e-9)


def test_mistakes_with_causal_biases():
    x = minitorch.zeros(2, 3, 4)
    with pytest.raises(ValueError, match="should not be used with causal=True"):
        F.scaled_dot_product_attention(x, x, x, bias.causal_upper_left(3, 3), is_causal=True)
    with pytest.raises(AssertionError, match="only supports 2D"):
        bias.causal_lower_right(1, 2, 3)
    with pytest.raises(AssertionError, match="must be a CausalVariant"):
        bias.CausalBias(1, 2, 3)


def test_any_form_may_be_asked_for():
    x = minitorch.ones(1, 2, 4)
    with sdpa_kernel([SDPBackend.MATH, SDPBackend.FLASH_ATTENTION], set_priority=True):
        assert F.scaled_dot_product_attention(x, x, x).tolist() == x.tolist()
    with pytest.raises(AssertionError, match="Backend must be"), sdpa_kernel("math"):
        pass
    assert repr(SDPBackend.MATH) == "<SDPBackend.MATH: 0>" and str(SDPBackend.MATH) == "SDPBackend.MATH"


def peaks(length):
    """The most memory that was in use during forward and backward, in bytes."""
    operands = [minitorch.randn(1, 1, length, 8).requires_grad_() for _ in range(3)]
    tracemalloc.start()
    try:
        out = F.scaled_dot_product_attention(*operands, is_causal=True)
        forward = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        out.backward(out.detach())
        return forward, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_grows_with_the_length_and_not_its_square():
    peaks(16)  # what is kept for later calls
    for short, long in zip(peaks(1024), peaks(4096), strict=True):
        assert long < 4 * short and long < 4096 * 4096 * 4 / 16
