"""Causal masks known by their kind, which scaled_dot_product_attention follows without a tensor of their size."""

from __future__ import annotations

import enum
import warnings
from typing import Any

from minitorch import dtypes
from minitorch.ops.creation import ones
from minitorch.tensor import Tensor

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(enum.IntEnum):
    """Where the triangle of what may be seen touches: query 0 sees key 0, or the last query sees the last key."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias:
    """The mask of `seq_len_q` queries and `seq_len_kv` keys, as `attn_mask` of scaled_dot_product_attention; no Tensor.

    >>> causal_lower_right(2, 3)
    tensor([[ True,  True, False],
            [ True,  True,  True]])
    """

    def __init__(self, variant: CausalVariant, seq_len_q: int, seq_len_kv: int):
        if not isinstance(variant, CausalVariant):
            raise AssertionError(f"variant must be a CausalVariant, got {type(variant).__name__}")
        self.variant = variant
        self.seq_len_q = seq_len_q
        self.seq_len_kv = seq_len_kv
        if variant is CausalVariant.LOWER_RIGHT and seq_len_q > seq_len_kv:
            warnings.warn(
                "With more queries than keys, a causal bias to the lower right leaves the first queries nothing to look at.",
                stacklevel=2,
            )

    @property
    def diagonal(self) -> int:
        """Query i may look at keys up to i + diagonal."""
        return 0 if self.variant is CausalVariant.UPPER_LEFT else self.seq_len_kv - self.seq_len_q

    def _materialize(self, device: Any = None) -> Tensor:
        """The mask as a Tensor: True where to look."""
        return ones(self.seq_len_q, self.seq_len_kv, dtype=dtypes.bool, device=device).tril(self.diagonal)

    def __repr__(self) -> str:
        return repr(self._materialize())


def causal_upper_left(*size: int) -> CausalBias:
    """The causal mask (queries, keys) in which query i sees keys up to i.

    >>> causal_upper_left(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return _biased(CausalVariant.UPPER_LEFT, size)


def causal_lower_right(*size: int) -> CausalBias:
    """The causal mask (queries, keys) in which the last query sees all keys, as when queries go on where keys began."""
    return _biased(CausalVariant.LOWER_RIGHT, size)


def _biased(variant: CausalVariant, size: tuple[int, ...]) -> CausalBias:
    if len(size) != 2:
        raise AssertionError(f"causal_{variant.name.lower()} only supports 2D tensors")
    return CausalBias(variant, *size)
