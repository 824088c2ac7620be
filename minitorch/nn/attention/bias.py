"""Causal masks for sequences of different lengths, under PyTorch's import path."""

from __future__ import annotations

from minitorch.ops.causal_bias import CausalBias, CausalVariant, causal_lower_right, causal_upper_left

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]
