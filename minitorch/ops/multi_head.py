"""Attention by several heads, each on its own projection of queries, keys and values (Vaswani et al. 2017, arXiv:1706.03762)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.errors import Refused
from minitorch.operands import constant
from minitorch.ops.attention import scaled_dot_product_attention
from minitorch.ops.comparison import where
from minitorch.ops.contraction import linear
from minitorch.ops.creation import zeros
from minitorch.ops.dropping import dropout
from minitorch.ops.joining import cat
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import chunk, transpose
from minitorch.ops.softmax import softmax
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor


def _samples(make):
    weights = (make(12, 4, low=-0.5, high=0.5), make(12), None, None, False, 0.0, make(4, 4), make(4))
    yield Sample(make(2, 2, 4), make(3, 2, 4), make(3, 2, 4), 4, 2, *weights)
    yield Sample(make(2, 4), make(3, 4), make(3, 4), 4, 2, *weights, need_weights=False)


def _errors(make):
    x, weights = make(2, 2, 4), (make(12, 4), None, None, None, False, 0.0, make(4, 4), None)
    causal = {"need_weights": False, "is_causal": True}
    yield ErrorSample(Sample(x, make(2, 4), x, 4, 2, *weights), AssertionError, "expected `key` and `value` to be 3-D")
    yield ErrorSample(Sample(x, x, x, 6, 2, *weights), AssertionError, "was expecting embedding dimension of 6")
    yield ErrorSample(Sample(x, x, x, 4, 3, *weights), AssertionError, "not divisible by num_heads 3")
    yield ErrorSample(Sample(x, x, x, 4, 2, *weights, **causal), RuntimeError, "Need attn_mask")
    yield ErrorSample(Sample(x, x, x, 4, 2, *weights, attn_mask=make(3, 2)), RuntimeError, "2D attn_mask is")


@composition(method=False, samples=_samples, errors=_errors,
             tolerance=8.0,  # short floats are rounded after each of six products, and cancel
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
    _check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = each_once(lambda x: x.unsqueeze(1), query, key, value)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    _check(query, key, value, embed_dim_to_check, num_heads, attn_mask, is_causal, use_separate_proj_weight)
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight
    queries, keys, values = _projected(query, key, value, weights, in_proj_bias)
    keys, values, added = _lengthened(keys, values, bias_k, bias_v)
    queries, keys, values = (_by_head(x, num_heads) for x in (queries, keys, values))
    keys, values = keys if static_k is None else static_k, values if static_v is None else static_v
    if add_zero_attn:
        keys, values, added = _with_nothing(keys), _with_nothing(values), added + 1
    causal = is_causal and key_padding_mask is None and not need_weights
    mask = _mask(queries, keys, None if causal else attn_mask, key_padding_mask, num_heads, added)
    out, shares = _attended(queries, keys, values, mask, dropout_p * training, num_heads, need_weights, causal)
    out = linear(transpose(out, 0, 1).reshape(query.shape), out_proj_weight, out_proj_bias)
    shares = shares.mean(1) if shares is not None and average_attn_weights else shares
    return (out, shares) if batched else (out.squeeze(1), None if shares is None else shares.squeeze(0))


def each_once(function: Callable, *tensors: Tensor) -> list[Tensor]:
    """`function` of each tensor; what was the same tensor stays the same, so that self-attention is known."""
    results = {id(x): x for x in tensors}
    results = {key: function(x) for key, x in results.items()}
    return [results[id(x)] for x in tensors]


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


def _check_ranks(query: Tensor, key: Tensor, value: Tensor, padding: Any, mask: Any, heads: int) -> None:
    """Are all arguments those of a batch, or all of a single sequence?"""
    if query.ndim not in (2, 3):
        raise Refused(f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor")
    kind = "For batched (3-D) `query`" if query.ndim == 3 else "For unbatched (2-D) `query`"
    if key.ndim != query.ndim or value.ndim != query.ndim:
        raise Refused(
            f"{kind}, expected `key` and `value` to be {query.ndim}-D but found {key.ndim}-D and {value.ndim}-D tensors "
            f"respectively"
        )
    if padding is not None and padding.ndim != query.ndim - 1:
        raise Refused(
            f"{kind}, expected `key_padding_mask` to be `None` or {query.ndim - 1}-D but found {padding.ndim}-D tensor "
            f"instead"
        )
    if mask is not None and mask.ndim not in (2, 3):
        raise Refused(f"{kind}, expected `attn_mask` to be `None`, 2-D or 3-D but found {mask.ndim}-D tensor instead")
    expected = (heads, query.shape[0], key.shape[0])
    if query.ndim == 2 and mask is not None and mask.ndim == 3 and tuple(mask.shape) != expected:
        raise Refused(f"Expected `attn_mask` shape to be {expected} but got {mask.shape}")


def _check(
    query: Tensor, key: Tensor, value: Tensor, width: int, heads: int, mask: Any, causal: bool, separate: bool
) -> None:
    if causal and mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    if query.shape[2] != width:
        raise Refused(f"was expecting embedding dimension of {width}, but got {query.shape[2]}")
    if heads <= 0 or width % heads:
        raise Refused(f"embed_dim {width} not divisible by num_heads {heads}")
    if not separate and key.shape != value.shape:
        raise Refused(f"key shape {key.shape} does not match value shape {value.shape}")
    if tuple(key.shape[:2]) != tuple(value.shape[:2]):
        raise Refused(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")


def _projected(query: Tensor, key: Tensor, value: Tensor, weights: Any, bias: Tensor | None) -> list[Tensor]:
    """Queries, keys and values for all heads; from one tensor by one product."""
    if isinstance(weights, tuple):
        for name, weight in zip("qkv", weights, strict=True):
            if weight is None:
                raise Refused(f"use_separate_proj_weight is True but {name}_proj_weight is None")
        biases = [None] * 3 if bias is None else chunk(bias, 3)
        return [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)]
    if weights is None:
        raise Refused("use_separate_proj_weight is False but in_proj_weight is None")
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
        given, missing = ("bias_v", "bias_k") if bias_k is None else ("bias_k", "bias_v")
        raise Refused(f"{given} is set but {missing} is None")
    more = [b.reshape((1, 1, b.numel())).expand(1, keys.shape[1], b.numel()) for b in (bias_k, bias_v)]
    return cat([keys, more[0]], 0), cat([values, more[1]], 0), 1


def _with_nothing(x: Tensor) -> Tensor:
    """One more key or value, of zeros."""
    return cat([x, zeros(x.shape[0], 1, x.shape[2], dtype=x.dtype, device=x.device)], 1)


def _by_head(x: Tensor, heads: int) -> Tensor:
    """(S, N, E) to (N * heads, S, E / heads)."""
    length, batch, width = x.shape
    return transpose(x.reshape((length, batch * heads, width // heads)), 0, 1)


def canonical_mask(name: str, mask: Tensor | None, dtype: DType, device: Any, other: Any = None) -> Tensor | None:
    """A mask as numbers that are added to the scores; `other`, name and dtype of a mask that goes with it, should be alike."""
    if mask is None:
        return None
    if not (mask.dtype is dtypes.bool or mask.dtype.is_floating_point):
        raise Refused(f"only bool and floating types of {name} are supported, got {mask.dtype!r}")
    if other is not None and other[1] is not mask.dtype:
        warnings.warn(
            f"Support for mismatched {name} and {other[0]} is deprecated. Use same type for both instead.", stacklevel=3
        )
    if mask.dtype.is_floating_point:
        return mask
    return where(mask, -math.inf, constant(0.0, dtype, device))


def _mask(queries: Tensor, keys: Tensor, attn_mask: Any, padding: Any, heads: int, added: int) -> Tensor | None:
    """Both masks as one, (1 or N * heads, L, S), with zeros for the `added` keys."""
    length, count, pairs = queries.shape[1], keys.shape[1] - added, queries.shape[0]
    dtype, device = queries.dtype, queries.device
    other = None if attn_mask is None else ("attn_mask", attn_mask.dtype)
    padding = canonical_mask("key_padding_mask", padding, dtype, device, other)
    attn_mask = canonical_mask("attn_mask", attn_mask, dtype, device)
    if attn_mask is not None:
        expected = (length, count) if attn_mask.ndim == 2 else (pairs, length, count)
        if tuple(attn_mask.shape) != expected:
            raise RuntimeError(
                f"The shape of the {attn_mask.ndim}D attn_mask is {attn_mask.shape}, but should be {expected}."
            )
        attn_mask = attn_mask.unsqueeze(0) if attn_mask.ndim == 2 else attn_mask
    if padding is not None:
        batch = pairs // heads
        for dim, size in enumerate((batch, count)):
            if padding.shape[dim] != size:
                raise Refused(f"Expected key_padded_mask.shape[{dim}] to be {size}, but got {padding.shape[dim]}")
        padding = padding.reshape((batch, 1, 1, count)).expand(batch, heads, 1, count).reshape((pairs, 1, count))
    mask = padding if attn_mask is None else attn_mask if padding is None else attn_mask + padding
    if mask is None or not added:
        return mask
    return cat([mask, zeros(*mask.shape[:2], added, dtype=mask.dtype, device=mask.device)], 2)
