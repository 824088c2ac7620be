"""Attention: each query reads a mean of the values, weighted by how well its key fits (Vaswani et al. 2017, arXiv:1706.03762).

    out = softmax(scale * query key^T + mask) value

The keys come in blocks. What is known after some of them, the largest score m, the sum of exp(score - m) and the weighted values,
is rescaled when a block brings a larger score, so that the L x S scores never exist at once (Milakov and Gimelshein 2018,
arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135). Backward makes each block's scores again, from log(sum(exp(score))).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch import dtypes
from minitorch.explain import broadcast_shape
from minitorch.operands import constant
from minitorch.ops.causal_bias import CausalBias
from minitorch.ops.comparison import where
from minitorch.ops.creation import ones
from minitorch.ops.dropping import dropout
from minitorch.ops.formulas import formula
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import transpose
from minitorch.ops.softmax import softmax
from minitorch.rows import Array, composition, op
from minitorch.tensor import Tensor

BLOCK = 512  # keys that are looked at together

# --- The row ----------------------------------------------------------------------------------------------------------


def _turned(k: Any, x: Any) -> Any:
    return k.transpose(x, len(x.shape) - 2, len(x.shape) - 1)


def _blocks(count: int):
    """Ranges of keys."""
    return [(start, min(start + BLOCK, count)) for start in range(0, count, BLOCK)]


def _scores(k: Any, query: Any, key: Any, mask: Any, diagonal: int | None, scale: float, start: int, stop: int) -> Any:
    """The scores (*, L, stop - start) of a block of keys; -inf where a query may not look."""
    scores = k.matmul(query * scale, _turned(k, key))
    if mask is not None:
        if mask.shape and mask.shape[-1] != 1 and (start, stop) != (0, mask.shape[-1]):
            mask = k.basic_index(mask, (Ellipsis, slice(start, stop)))
        scores = scores + mask
    if diagonal is not None and stop - 1 > diagonal:
        rows = k.reshape(k.arange_like(query, query.shape[-2]), (query.shape[-2], 1)) + diagonal
        later = k.reshape(k.arange_like(query, stop - start), (1, stop - start)) + start > rows
        here = k.new_full(query, later.shape, 0)
        scores = scores + k.where(later, k.full_like(here, -math.inf), here)
    return scores


def _part(k: Any, x: Any, start: int, stop: int) -> Any:
    """A block of keys or values."""
    return x if (start, stop) == (0, x.shape[-2]) else k.basic_index(x, (Ellipsis, slice(start, stop), slice(None)))


def _finite(k: Any, x: Any) -> Any:
    """x, with 0 in the place of -inf: what is subtracted from scores that are all -inf."""
    return k.where(x == -math.inf, k.full_like(x, 0), x)


def _joined(k: Any, parts: list) -> Any:
    return parts[0] if len(parts) == 1 else k.cat(parts, len(parts[0].shape) - 2)


@formula
def attention_gradients(
    k, by_out: Array, by_logarithm: Any, query: Array, key: Array, value: Array, mask: Any,
    diagonal: int | None, scale: float, result: Array, logarithm: Array, needs: Sequence[bool],
):  # fmt: skip
    """The gradients of query, key, value and mask, block of keys by block of keys."""
    last = (len(query.shape) - 1,)
    inner = k.sum(by_out * result, last, True)  # what the weights' sum takes back
    if by_logarithm is not None:
        inner = inner - by_logarithm
    base = _finite(k, logarithm)
    by_query: Any = None
    by_key, by_value, by_mask = [], [], []
    for start, stop in _blocks(key.shape[-2]):
        keys, values = _part(k, key, start, stop), _part(k, value, start, stop)
        weights = k.exp(_scores(k, query, keys, mask, diagonal, scale, start, stop) - base)
        by_scores = weights * (k.matmul(by_out, _turned(k, values)) - inner)
        share = k.matmul(by_scores, keys) * scale
        by_query = share if by_query is None else by_query + share
        by_key.append(k.matmul(_turned(k, by_scores), query) * scale)
        by_value.append(k.matmul(_turned(k, weights), by_out))
        by_mask.append(by_scores)
    of_mask = k.cat(by_mask, last[0]) if needs[3] and len(by_mask) > 1 else by_mask[0] if needs[3] else None
    return by_query, _joined(k, by_key), _joined(k, by_value), of_mask


def _attention_grad(k, g, query, key, value, mask, diagonal, scale, out, needs):
    by_out, by_logarithm = g
    by_out = k.full_like(out[0], 0) if by_out is None else by_out
    return k.attention_gradients(by_out, by_logarithm, query, key, value, mask, diagonal, scale, *out, needs)


def _row_samples(make):
    yield Sample(make(2, 3, 4), make(2, 5, 4), make(2, 5, 2), None, None, 0.5)
    yield Sample(make(3, 4), make(3, 4), make(3, 4), make(3, 3), 0, 1.0)
    yield Sample(make(2, 2, 3, 2), make(2, 2, 4, 2), make(2, 2, 4, 2), make(2, 1, 1, 4), None, 0.7)
    yield Sample(make(2, 3, 2), make(2, 5, 2), make(2, 5, 2), None, 2, 0.7)
    yield Sample(make(2, 1, 1, 3, 2), make(2, 1, 1, 4, 2), make(2, 1, 1, 4, 1), make(2, 1, 1, 3, 4), 1, 1.0)


@op(grad=_attention_grad, result=("same", "same"), public=False, promote=False, takes="floats", refuses="complex",
    grad_name="ScaledDotProductFlashAttentionForCpuBackward0", samples=_row_samples)  # fmt: skip
def attention(k, query: Array, key: Array, value: Array, mask: Array | None, diagonal: int | None, scale: float):
    """softmax(scale * query key^T + mask) value of (*, L, E), (*, S, E) and (*, S, V); and log(sum(exp(scores))) (*, L, 1).

    Query i looks at keys up to i + diagonal, or at all of them; one that may look nowhere gets 0.
    """
    last = (len(query.shape) - 1,)
    top: Any = None
    total: Any = None
    result: Any = None
    for start, stop in _blocks(key.shape[-2]):
        scores = _scores(k, query, _part(k, key, start, stop), mask, diagonal, scale, start, stop)
        highest = k.amax(scores, last, True)
        highest = highest if top is None else k.maximum(top, highest)
        base = _finite(k, highest)
        weights = k.exp(scores - base)
        part, sums = k.matmul(weights, _part(k, value, start, stop)), k.sum(weights, last, True)
        if top is not None:
            fade = k.exp(top - base)
            part, sums = part + result * fade, sums + total * fade
        top, total, result = highest, sums, part
    empty = total == 0
    logarithm = k.where(empty, k.full_like(total, -math.inf), _finite(k, top) + k.log(total))
    return result / k.where(empty, k.full_like(total, 1), total), logarithm


# --- PyTorch's function -----------------------------------------------------------------------------------------------


def _samples(make):
    yield Sample(make(2, 3, 4), make(2, 5, 4), make(2, 5, 4))
    yield Sample(make(2, 2, 3, 4), make(2, 2, 3, 4), make(2, 2, 3, 4), is_causal=True)
    yield Sample(make(2, 3, 4), make(1, 5, 4), make(2, 5, 3), make(3, 5), scale=0.3)
    yield Sample(make(2, 3, 4), make(2, 5, 4), make(2, 5, 4), make.bools((2, 3, 5)))
    yield Sample(make(1, 4, 3, 2), make(1, 2, 3, 2), make(1, 2, 3, 2), enable_gqa=True)


def _errors(make):
    q = make(2, 3, 4)
    yield ErrorSample(
        Sample(q, q, q, make(3, 3), is_causal=True), RuntimeError, "attn_mask should not be set when is_causal"
    )
    yield ErrorSample(Sample(make(4), q, q), RuntimeError, "at least 2 dimensional")
    yield ErrorSample(Sample(q, make(2, 3, 5), q), RuntimeError, "last dimension")


@composition(
    method=False, samples=_samples, errors=_errors, torch="nn.functional.scaled_dot_product_attention", autocast="lower"
)
def scaled_dot_product_attention(
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
):
    """softmax(query key^T / sqrt(E) + attn_mask) value: (*, L, E), (*, S, E), (*, S, V) to (*, L, V).

    out = softmax(query @ key^T / sqrt(E) + attn_mask) @ value

    A bool mask says with True where to look, any other is added to the scores; `is_causal` lets query i look at keys up to i,
    and so does a causal bias (minitorch.nn.attention.bias).
    With `enable_gqa`, several heads of queries (dim -3) share one of keys and values (Ainslie et al. 2023, arXiv:2305.13245).
    """
    diagonal = 0 if is_causal else None
    if isinstance(attn_mask, CausalBias):
        if is_causal:
            raise ValueError("scaled_dot_product_attention(): CausalBias should not be used with causal=True")
        attn_mask, diagonal = None, attn_mask.diagonal
    _check(query, key, value, attn_mask, is_causal)
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1]) if query.shape[-1] else 1.0
    if enable_gqa:
        key, value = _shared(query, key), _shared(query, value)
    batch = broadcast_shape([t.shape[:-2] for t in (query, key, value)])
    if batch is None:
        raise RuntimeError(
            f"scaled_dot_product_attention(): the batches {list(query.shape[:-2])}, {list(key.shape[:-2])} and "
            f"{list(value.shape[:-2])} must broadcast"
        )
    query, key, value = (t.expand(*batch, *t.shape[-2:]) for t in (query, key, value))
    if attn_mask is not None and attn_mask.dtype is dtypes.bool:
        attn_mask = where(attn_mask, constant(0.0, query.dtype, query.device), -math.inf)
    elif attn_mask is not None and attn_mask.dtype is not query.dtype:  # float32 beside another
        kind = query.dtype if query.dtype.full else dtypes.float32
        operands = [t.to(kind) for t in (query, key, value, attn_mask)]
        return scaled_dot_product_attention(*operands, dropout_p, is_causal, scale).to(query.dtype)
    if dropout_p > 0 or not query.numel() or not value.numel():
        return _with_dropout(query, key, value, attn_mask, dropout_p, diagonal, scale)
    return attention(query, key, value, attn_mask, diagonal, float(scale))[0]


def _with_dropout(query, key, value, mask, p, diagonal: int | None, scale) -> Tensor:
    """The same with some of the weights dropped, which have to be there all at once; 16-bit floats are rounded once."""
    if not query.dtype.full:
        mask = None if mask is None else mask.float()
        return _with_dropout(query.float(), key.float(), value.float(), mask, p, diagonal, scale).to(query.dtype)
    scores = (query * scale) @ transpose(key, -2, -1)
    if diagonal is not None:
        allowed = ones(*scores.shape[-2:], dtype=dtypes.bool, device=query.device).tril(diagonal)
        scores = scores.masked_fill(~allowed, -math.inf)
    scores = scores if mask is None else scores + mask
    nowhere = (scores.detach() == -math.inf).all(-1, True)
    weights = softmax(scores.masked_fill(nowhere, 0), -1).masked_fill(nowhere, 0)  # else their gradient would be nan
    return dropout(weights, p, True) @ value


def _shared(query: Tensor, heads: Tensor) -> Tensor:
    """Each head of keys or values as often as heads of queries share it."""
    if query.ndim < 3 or heads.ndim < 3 or not heads.shape[-3] or query.shape[-3] % heads.shape[-3]:
        raise RuntimeError(
            "scaled_dot_product_attention(): with enable_gqa the number of heads in key and value must divide that in query: got "
            f"{list(heads.shape)} and {list(query.shape)}"
        )
    times = query.shape[-3] // heads.shape[-3]
    shape = tuple(heads.shape)
    spread = heads.unsqueeze(-3).expand(*shape[:-2], times, *shape[-2:])
    return spread.reshape((*shape[:-3], shape[-3] * times, *shape[-2:]))


def _check(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> None:
    if mask is not None and causal:
        raise RuntimeError("scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    named = {"query": query, "key": key, "value": value}
    if min(query.ndim, key.ndim, value.ndim) < 2:
        got = ", ".join(f"{name}: {t.ndim}D" for name, t in named.items())
        raise RuntimeError(
            f"scaled_dot_product_attention(): Expected query, key, and value to all be at least 2 dimensional, but got {got}"
        )
    if not query.dtype is key.dtype is value.dtype:
        got = ", ".join(f"{name}: {t.dtype!r}" for name, t in named.items())
        raise RuntimeError(
            f"scaled_dot_product_attention(): Expected query, key, and value to have the same dtype, but got {got}"
        )
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        got = ", ".join(f"{name} {list(t.shape)}" for name, t in named.items())
        raise RuntimeError(
            f"scaled_dot_product_attention(): query and key must agree in their last dimension, key and value in "
            f"their next-to-last: {got}"
        )
    if mask is not None and mask.dtype not in (dtypes.bool, dtypes.float32, query.dtype):
        raise RuntimeError(
            f"scaled_dot_product_attention(): Expected attn_mask dtype to be bool or float or to match query dtype, but got "
            f"attn_mask.dtype: {mask.dtype!r} and query.dtype: {query.dtype!r}"
        )
