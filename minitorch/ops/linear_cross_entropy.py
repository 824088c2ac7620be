"""The last layer of a classifier and its loss as one function."""

from __future__ import annotations

import math
from typing import Any

from minitorch.ops.contraction import linear
from minitorch.ops.cross_entropy import cross_entropy
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Index, composition


def _samples(make):
    yield Sample(make(3, 2), make(4, 2), make.integers((3,), 0, 4))
    yield Sample(make(2), make(4, 2), make.integers((), 0, 4), linear_bias=make(4))
    yield Sample(make(3, 2), make(4, 5, 2), make.integers((3, 5), 0, 4), reduction="sum", label_smoothing=0.1)


def _errors(make):
    yield ErrorSample(Sample(make(3, 2), make(4, 3), make.integers((3,), 0, 4)), RuntimeError, "last dimensions")


@composition(method=False, samples=_samples, errors=_errors, torch="nn.functional.linear_cross_entropy")
def linear_cross_entropy(
    input: Array,
    linear_weight: Array,
    target: Index,
    *,
    linear_bias: Array | None = None,
    weight: Array | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
):
    """cross_entropy(linear(input, linear_weight, linear_bias), target); a weight (C, d1, ..., D) makes logits (N, C, d1, ...).

    `options`, PyTorch's ways to compute it in chunks, don't change the result and mean nothing here.
    """
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    width, outputs = linear_weight.shape[-1], tuple(linear_weight.shape[:-1])
    if input.shape[-1] != width:
        raise RuntimeError(
            f"expected equal input and linear_weight last dimensions (in_features), got {input.shape[-1]} and "
            f"{width}, respectively"
        )
    if linear_bias is not None and tuple(linear_bias.shape) != outputs:
        raise RuntimeError(f"expected linear_bias shape {outputs}, got {tuple(linear_bias.shape)}")
    if len(outputs) > 1 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {width}), got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*input.shape[:-1], *outputs)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    count = math.prod(outputs)
    logits = linear(
        input, linear_weight.reshape((count, width)), None if linear_bias is None else linear_bias.reshape((count,))
    )
    ignore_index = -100 if ignore_index is None else ignore_index
    return cross_entropy(logits.reshape(shape), target, weight, None, ignore_index, None, reduction, label_smoothing)
