"""Attention whose scores go through a function of one's own, `score_mod` (Dong et al. 2024, arXiv 2412.05496)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

from minitorch import dtypes
from minitorch.nn.attention.block_mask import (
    BlockMask,
    and_masks,
    create_block_mask,
    create_mask,
    everywhere,
    mask_of_a_part,
    noop_mask,
    or_masks,
)
from minitorch.tensor import Tensor

__all__ = ["AuxOutput", "AuxRequest", "BlockMask", "FlexKernelOptions", "and_masks", "create_block_mask", "create_mask",
           "flex_attention", "noop_mask", "or_masks"]  # fmt: skip


class FlexKernelOptions(TypedDict, total=False):
    """Settings of PyTorch's GPU kernels; any are taken, and change nothing."""


class AuxRequest(NamedTuple):
    """What `flex_attention` shall give besides the output."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What it gave: for each query (B, Hq, L) log(Σ exp(score)) and the largest score, or None if not asked for."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


def flex_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    score_mod: Callable[..., Tensor] | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: FlexKernelOptions | None = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """softmax(s)·V, where s at (b, h, q, k) is `score_mod(score, b, h, q, k)` of score = scale·(Q·Kᵀ), or -inf where masked out.

    query (B, Hq, L, E), key (B, Hkv, S, E), value (B, Hkv, S, Ev); the output is (B, Hq, L, Ev). scale: 1/√E unless given. With
    `enable_gqa`, Hq/Hkv heads of the query share one of key and value. `score_mod` works on 0-d tensors, under vmap, and may
    look up others by the places; gradients flow to those too. Scores are float32 or float64; a query with none above -inf gets 0.
    With `return_aux` the result is (output, AuxOutput); with `return_lse`, its older form, (output, lse).

    All L·S scores are in memory at once; `scaled_dot_product_attention` needs less, where a mask is enough. ValueError for shapes
    that don't fit each other or the mask.

    >>> import minitorch
    >>> query = key = value = minitorch.eye(2).reshape(1, 1, 2, 2)
    >>> nearer = lambda score, b, h, q_idx, kv_idx: score - (q_idx - kv_idx).abs()
    >>> flex_attention(query, key, value, nearer)
    tensor([[[[0.8465, 0.1535],
              [0.1535, 0.8465]]]])
    """
    _check(query, key, value, block_mask, enable_gqa)
    if return_lse and return_aux is not None:
        raise ValueError("Cannot specify both return_lse and return_aux. return_aux=AuxRequest(lse=True) is enough")
    scores, value = _scores(query, key, value, score_mod, block_mask, scale)
    # a query without a score has neither a softmax nor a derivative of one; it gets scores of 0, whose results are dropped
    nothing = (scores == -math.inf).all(-1, keepdim=True)
    safe = scores.masked_fill(nothing, 0)
    output = safe.softmax(-1).masked_fill(nothing, 0).to(query.dtype) @ value.to(query.dtype)
    wanted = return_aux or AuxRequest(lse=return_lse)
    aux = AuxOutput(
        safe.logsumexp(-1).masked_fill(nothing.squeeze(-1), -math.inf) if wanted.lse else None,
        scores.amax(-1) if wanted.max_scores else None,
    )
    return (output, aux) if return_aux is not None else (output, aux.lse) if return_lse else output


def _scores(
    query: Tensor, key: Tensor, value: Tensor, score_mod: Any, block_mask: BlockMask | None, scale: float | None
) -> tuple[Tensor, Tensor]:
    """The scores (B, Hq, L, S), and the values for each head of the query."""
    shared = query.shape[1] // key.shape[1]
    key, value = (tensor.repeat_interleave(shared, 1).expand(query.shape[0], -1, -1, -1) for tensor in (key, value))
    precise = dtypes.float64 if query.dtype is dtypes.float64 else dtypes.float32
    scores = query.to(precise) @ key.to(precise).mT * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    shape, device = scores.shape, scores.device
    if score_mod is not None:
        scores = everywhere(score_mod, shape, device, scores)
    if block_mask is not None:
        scores = scores.where(everywhere(block_mask.mask_mod, shape, device), -math.inf)
    return scores, value


def _check(query: Tensor, key: Tensor, value: Tensor, block_mask: BlockMask | None, shares_heads: bool) -> None:
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(
            "Expect query and key/value to have the same embedding dimension but got "
            f"E={query.shape[-1]} and E={key.shape[-1]}."
        )
    if not query.ndim == key.ndim == value.ndim == 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    heads, key_heads = query.shape[1], key.shape[1]
    if not shares_heads and heads != key_heads:
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={heads} and Hkv={key_heads}. "
            "Try setting enable_gqa=True for GQA."
        )
    if heads % key_heads != 0:
        raise ValueError(
            f"Expect number of query heads to be a multiple of kv heads for GQA but got Hq={heads} and Hkv={key_heads}."
        )
    if query.shape[0] != key.shape[0]:
        given = f"Bq={query.shape[0]}, and Bkv={key.shape[0]}"
        if block_mask is None:
            raise ValueError(
                "Expect query and key/value to have the same batch size, or non-none block_mask, but got "
                f"block_mask=None, {given}."
            )
        if block_mask.kv_num_blocks.shape[0] != query.shape[0]:
            raise ValueError(
                "Expect query and key/value to have the same batch size, or block_mask and query to have the same batch "
                f"size, but got {given}, B_block_mask={block_mask.kv_num_blocks.shape[0]}."
            )
        if key.shape[0] != 1:
            raise RuntimeError(f"Bq and Bkv must broadcast. Got {given}")
    if block_mask is not None:
        _check_mask(query, key, block_mask)


def _check_mask(query: Tensor, key: Tensor, block_mask: BlockMask) -> None:
    if block_mask.mask_mod is mask_of_a_part:
        raise RuntimeError("Cannot use mask_mod from a sliced BlockMask; set its mask_mod")
    length, key_length = query.shape[-2], key.shape[-2]
    if (length, key_length) != block_mask.shape[-2:]:
        small = length > block_mask.shape[-2] or key_length > block_mask.shape[-1]
        raise ValueError(
            f"block_mask was created for block_mask.shape={block_mask.shape} but got q_len={length} and "
            f"kv_len={key_length}. As the block mask was created for a {'smaller' if small else 'larger'} length, create "
            "a new block mask"
        )
    if query.device is not block_mask.kv_num_blocks.device:
        raise RuntimeError(
            "Expect q/k/v and block_mask to be on the same device but got "
            f"{query.device} and {block_mask.kv_num_blocks.device}."
        )
