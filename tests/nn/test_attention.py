"""MultiheadAttention: what masks hide has no influence, and all layouts say the same."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch import nn


@pytest.fixture
def layer():
    minitorch.manual_seed(0)
    return nn.MultiheadAttention(6, 3, dtype=minitorch.float64)


def drawn(*shapes):
    random = np.random.default_rng(0)
    return [minitorch.tensor(random.standard_normal(shape)) for shape in shapes]


def close(one, other):
    np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_one_head_without_projections_is_plain_attention():
    layer = nn.MultiheadAttention(2, 1, bias=False, dtype=minitorch.float64)
    eye = minitorch.eye(2, dtype=minitorch.float64)
    layer.load_state_dict({"in_proj_weight": minitorch.cat([eye, eye, eye]), "out_proj.weight": eye})
    query, key = drawn((3, 2), (4, 2))
    out, weights = layer(query, key, key)
    close(weights, minitorch.softmax(query @ key.T / 2**0.5, -1))
    close(out, weights @ key)


@pytest.mark.parametrize("need_weights", [True, False])
def test_what_is_hidden_has_no_influence(layer, need_weights):
    query, key = drawn((4, 2, 6), (5, 2, 6))
    padding = minitorch.tensor([[False] * 3 + [True] * 2, [False] * 5])
    wanted = layer(query[:, :1], key[:3, :1], key[:3, :1], need_weights=need_weights)[0]
    key[3:, 0] = 1e6
    close(layer(query, key, key, padding, need_weights)[0][:, :1], wanted)
    later = minitorch.ones(4, 4, dtype=minitorch.bool).triu(1)
    one = layer(query, query, query, need_weights=need_weights, attn_mask=later)[0]
    query[-1] = 7
    other = layer(query, query, query, need_weights=need_weights, attn_mask=later)[0]
    close(one[:-1], other[:-1])


def test_layouts_agree(layer):
    x, memory = drawn((4, 2, 6), (5, 2, 6))
    out, weights = layer(x, memory, memory, average_attn_weights=False)
    assert tuple(weights.shape) == (2, 3, 4, 5)
    close(weights.sum(-1), minitorch.ones(2, 3, 4))
    close(layer(x, memory, memory, need_weights=False)[0], out)
    alone, its_weights = layer(x[:, 1], memory[:, 1], memory[:, 1])
    close(alone, out[:, 1])
    close(its_weights, weights[1].mean(0))
    layer.batch_first = True
    turned, turned_weights = layer(x.transpose(0, 1), memory.transpose(0, 1), memory.transpose(0, 1))
    close(turned.transpose(0, 1), out)
    close(turned_weights, weights.mean(1))


def test_the_causal_hint_needs_the_mask_only_for_weights(layer):
    (x,) = drawn((4, 2, 6))
    later = minitorch.ones(4, 4, dtype=minitorch.bool).triu(1)
    wrong = minitorch.zeros(4, 4, dtype=minitorch.bool)
    hinted = layer(x, x, x, need_weights=False, attn_mask=wrong, is_causal=True)[0]
    close(hinted, layer(x, x, x, attn_mask=later)[0])


def test_gradients(layer):
    query, key, value, mask = (x.requires_grad_() for x in drawn((3, 2, 6), (4, 2, 6), (4, 2, 6), (3, 4)))

    def out(query, key, value, mask):
        return layer(query, key, value, attn_mask=mask, need_weights=False)[0]

    assert minitorch.autograd.gradcheck(out, (query, key, value, mask))
    out(query, key, value, mask).sum().backward()
    assert all(parameter.grad is not None for parameter in layer.parameters())
