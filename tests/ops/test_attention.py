"""Attention: many blocks of keys are one softmax, masks that leave nothing, memory that doesn't grow with the square."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minitorch
from minitorch.nn import functional as F
from minitorch.ops import attention


def plain(query, key, value, mask=None):
    """Attention as it is defined, in NumPy."""
    scores = query @ np.swapaxes(key, -1, -2) / math.sqrt(query.shape[-1])
    scores = scores if mask is None else scores + mask
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ value


def drawn(*shapes):
    random = np.random.default_rng(0)
    return [minitorch.tensor(random.normal(size=shape)).requires_grad_() for shape in shapes]


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


@pytest.mark.parametrize("block", [2, 512])
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (1, 5), (2, 1, 1), (1, 1)])
def test_a_mask_gets_its_gradient_through_blocks(monkeypatch, block, shape):
    query, key, value, mask = drawn((2, 3, 4), (2, 5, 4), (2, 5, 3), shape)
    monkeypatch.setattr(attention, "BLOCK", block)
    assert minitorch.autograd.gradcheck(F.scaled_dot_product_attention, (query, key, value, mask))


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
