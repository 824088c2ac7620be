"""Attention by several heads, each on its own projection of queries, keys and values (Vaswani et al. 2017, arXiv:1706.03762)."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes
from minitorch.operands import constant
from minitorch.ops.attention import scaled_dot_product_attention
from minitorch.ops.comparison import where
from minitorch.ops.contraction import linear
from minitorch.ops.creation import zeros
from minitorch.ops.dropping import dropout
from minitorch.ops.joining import cat
from minitorch.ops.samples import Sample
from minitorch.ops.shape import chunk, transpose
from minitorch.ops.softmax import softmax
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor


def _samples(make):
    weights = (make(12, 4, low=-0.5, high=0.5), make(12), None, None, False, 0.0, make(4, 4), make(4))
    yield Sample(make(2, 2, 4), make(3, 2, 4), make(3, 2, 4), 4, 2, *weights)
    yield Sample(make(2, 4), make(3, 4), make(3, 4), 4, 2, *weights, need_weights=False)


@composition(method=False, samples=_samples, tolerance=8.0,  # short floats are rounded after each of six products, and cancel
             torch="nn.functional.multi_head_attention_forward")  # fmt: skip
def multi_head_attention_forward(
    query: Array,
    key: Array,
    value: Array,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Array | None,
    in_proj_bias: Array | None,
    bias_k: Array | None,
    bias_v: Array | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Array,
    out_proj_bias: Array | None,
    training: bool = True,
    key_padding_mask: Array | None = None,
    need_weights: bool = True,
    attn_mask: Array | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Array | None = None,
    k_proj_weight: Array | None = None,
    v_proj_weight: Array | None = None,
    static_k: Array | None = None,
    static_v: Array | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
):
    """Attention of (L, N, E) queries to (S, N, E) keys and values by heads, and the weights (N, L, S), or None.

    Masks (`attn_mask` (L, S) or (N * heads, L, S), `key_padding_mask` (N, S)) are True where not to look, or added to scores.
    """
    batched = query.ndim == 3
    if not batched:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    _check(query, key, value, embed_dim_to_check, num_heads, attn_mask, is_causal)
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight
    queries, keys, values = _projected(query, key, value, weights, in_proj_bias)
    keys, values, added = _lengthened(keys, values, bias_k, bias_v)
    queries, keys, values = (_by_head(x, num_heads) for x in (queries, keys, values))
    keys, values = keys if static_k is None else static_k, values if static_v is None else static_v
    if add_zero_attn:
        keys, values, added = _with_nothing(keys), _with_nothing(values), added + 1
    causal = is_causal and key_padding_mask is None and not need_weights
    mask = _mask(queries, keys, None if causal else attn_mask, key_padding_mask, num_heads, added)
    p = dropout_p if training else 0.0
    out, shares = _attended(queries, keys, values, mask, p, num_heads, need_weights, causal)
    out = linear(transpose(out, 0, 1).reshape(query.shape), out_proj_weight, out_proj_bias)
    shares = shares.mean(1) if shares is not None and average_attn_weights else shares
    return (out, shares) if batched else (out.squeeze(1), None if shares is None else shares.squeeze(0))


def _attended(
    queries, keys, values, mask: Tensor | None, p: float, heads: int, need_weights: bool, causal: bool
) -> tuple[Tensor, Tensor | None]:
    """Attention of (N * heads, L, D); the weights (N, heads, L, S) only if they are asked for."""
    pairs, length, width = queries.shape
    if need_weights:
        scores = (queries * math.sqrt(1.0 / width)) @ transpose(keys, 1, 2)
        shares = dropout(softmax(scores if mask is None else scores + mask.to(scores.dtype), -1), p, p > 0)
        return shares @ values, shares.reshape((pairs // heads, heads, length, keys.shape[1]))
    queries, keys, values = (x.reshape((pairs // heads, heads, *x.shape[1:])) for x in (queries, keys, values))
    if mask is not None:
        mask = mask.unsqueeze(0) if mask.shape[0] == 1 else mask.reshape((pairs // heads, heads, *mask.shape[1:]))
    return scaled_dot_product_attention(queries, keys, values, mask, p, causal).reshape((pairs, length, width)), None


def _check(
    query: Tensor, key: Tensor, value: Tensor, width: int, heads: int, mask: Tensor | None, causal: bool
) -> None:
    if query.ndim != 3 or key.ndim != 3 or value.ndim != 3:
        raise RuntimeError(
            "multi_head_attention_forward(): query, key and value should be batched, (L, N, E), or all unbatched, (L, E): got "
            f"{list(query.shape)}, {list(key.shape)}, {list(value.shape)}"
        )
    if query.shape[2] != width:
        raise RuntimeError(f"was expecting embedding dimension of {width}, but got {query.shape[2]}")
    if heads <= 0 or width % heads:
        raise RuntimeError(f"embed_dim {width} not divisible by num_heads {heads}")
    if tuple(key.shape[:2]) != tuple(value.shape[:2]):
        raise RuntimeError(
            f"key's sequence and batch dims {list(key.shape[:2])} do not match value's {list(value.shape[:2])}"
        )
    if causal and mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")


def _projected(query: Tensor, key: Tensor, value: Tensor, weights: Any, bias: Tensor | None) -> list[Tensor]:
    """Queries, keys and values for all heads; from one tensor by one product."""
    if isinstance(weights, tuple):
        biases = [None] * 3 if bias is None else chunk(bias, 3)
        return [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)]
    if weights is None:
        raise RuntimeError("use_separate_proj_weight is False but in_proj_weight is None")
    if query is key and key is value:
        return list(chunk(linear(query, weights, bias), 3, -1))
    return _projected(query, key, value, tuple(chunk(weights, 3)), bias)


def _lengthened(
    keys: Tensor, values: Tensor, bias_k: Tensor | None, bias_v: Tensor | None
) -> tuple[Tensor, Tensor, int]:
    """One more key and value, the same for all samples, where there are such."""
    if bias_k is None and bias_v is None:
        return keys, values, 0
    if bias_k is None or bias_v is None:
        raise RuntimeError("bias_k and bias_v must be given together")
    more = [b.reshape((1, 1, b.numel())).expand(1, keys.shape[1], b.numel()) for b in (bias_k, bias_v)]
    return cat([keys, more[0]], 0), cat([values, more[1]], 0), 1


def _with_nothing(x: Tensor) -> Tensor:
    """One more key or value, of zeros."""
    return cat([x, zeros(x.shape[0], 1, x.shape[2], dtype=x.dtype, device=x.device)], 1)


def _by_head(x: Tensor, heads: int) -> Tensor:
    """(S, N, E) to (N * heads, S, E / heads)."""
    length, batch, width = x.shape
    return transpose(x.reshape((length, batch * heads, width // heads)), 0, 1)


def _additive(name: str, mask: Tensor, like: Tensor) -> Tensor:
    """A mask as numbers that are added to the scores."""
    if mask.dtype.is_floating_point:
        return mask
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(f"only bool and floating types of {name} are supported, got {mask.dtype!r}")
    return where(mask, -math.inf, constant(0.0, like.dtype, like.device))


def _mask(queries: Tensor, keys: Tensor, attn_mask: Any, padding: Any, heads: int, added: int) -> Tensor | None:
    """Both masks as one, (1 or N * heads, L, S), with zeros for the `added` keys."""
    length, count, pairs = queries.shape[1], keys.shape[1] - added, queries.shape[0]
    if attn_mask is not None:
        expected = (length, count) if attn_mask.ndim == 2 else (pairs, length, count)
        if tuple(attn_mask.shape) != expected:
            raise RuntimeError(
                f"The shape of the {attn_mask.ndim}D attn_mask is {list(attn_mask.shape)}, but should be {list(expected)}."
            )
        attn_mask = _additive("attn_mask", attn_mask, queries)
        attn_mask = attn_mask.unsqueeze(0) if attn_mask.ndim == 2 else attn_mask
    if padding is not None:
        batch = pairs // heads
        if tuple(padding.shape) != (batch, count):
            raise RuntimeError(f"key_padding_mask should be of shape {[batch, count]}, but got {list(padding.shape)}")
        padding = _additive("key_padding_mask", padding, queries).reshape((batch, 1, 1, count))
        padding = padding.expand(batch, heads, 1, count).reshape((pairs, 1, count))
    mask = padding if attn_mask is None else attn_mask if padding is None else attn_mask + padding
    if mask is None or not added:
        return mask
    return cat([mask, zeros(*mask.shape[:2], added, dtype=mask.dtype, device=mask.device)], 2)
