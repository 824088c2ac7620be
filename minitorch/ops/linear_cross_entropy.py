"""The last layer of a classifier and its loss as one function, whole or a few samples at a time.

With many classes the logits (N, C) are the largest array of a training step. In chunks no more than some rows of them exist at
once, and backward makes them again (a third more work) where the tape would have kept them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from minitorch.ops.contraction import linear
from minitorch.ops.cross_entropy import (
    REDUCTIONS,
    check_classes,
    class_weights,
    cross_entropy,
    explain_classes,
    reduced,
    shares_of,
)
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Index, composition, op
from minitorch.tensor import Tensor

# --- In chunks --------------------------------------------------------------------------------------------------------


def _chunks(k: Any, rows: int, *arrays: Any) -> Iterator[list[Any]]:
    """So many rows at a time of arrays that have equally many."""
    for start in range(0, max(arrays[0].shape[0], 1), rows):  # no samples are one chunk, too
        yield [k.basic_index(array, (slice(start, start + rows),)) for array in arrays]


def _chunk_gradients(
    k, g, input, linear_weight, linear_bias, target, weight, reduction, ignore_index, rows, needs: Sequence[bool]
):
    shares = shares_of(k, g, class_weights(k, input, target, weight, ignore_index)[0], reduction)
    by_input, by_weight, by_bias = [], None, None
    for inputs, targets, share in _chunks(k, rows, input, target, k.expand(shares, target.shape)):
        probabilities = k.softmax(k.linear(inputs, linear_weight, linear_bias), 1)
        by_logits = k.cross_entropy_gradient(share, probabilities, targets, None, "none", ignore_index)
        if needs[0]:
            by_input.append(k.matmul(by_logits, linear_weight))
        if needs[1]:
            part = k.matmul(k.transpose(by_logits, 0, 1), inputs)
            by_weight = part if by_weight is None else by_weight + part
        if needs[2]:
            part = k.sum(by_logits, (0,), False)
            by_bias = part if by_bias is None else by_bias + part
    return k.cat(by_input, 0) if needs[0] else None, by_weight, by_bias, None, None


def _chunk_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(5, 2), make(3, 2), None, make.integers((5,), 0, 3), None, reduction, -100, 2)
    weight = make(3, low=0.2, high=2.0, requires_grad=False)
    yield Sample(make(4, 2), make(3, 2), make(3), make.integers((4,), 0, 3), weight, "mean", 1, 3)


def _explain_chunks(input, linear_weight, linear_bias, target, weight, reduction, ignore_index, rows):
    explain_classes(linear_weight.mT, target, weight, reduction, ignore_index)  # whose dim 1 are the classes


@op(grad=_chunk_gradients, public=False, takes="floats", refuses="complex", samples=_chunk_samples, explain=_explain_chunks,
    torch="nn.functional.linear_cross_entropy")  # fmt: skip
def linear_cross_entropy_of_chunks(
    k, input: Array, linear_weight: Array, linear_bias: Array | None, target: Index, weight: Array | None,
    reduction: str, ignore_index: int, rows: int,
):  # fmt: skip
    """cross_entropy(linear(input, linear_weight, linear_bias), target), of so many `rows` at a time."""
    losses = []
    for inputs, targets in _chunks(k, rows, input, target):
        logarithms = k.log_softmax(k.linear(inputs, linear_weight, linear_bias), 1)
        losses.append(k.nll_of_classes(logarithms, targets, weight, "none", ignore_index))
    weights = class_weights(k, input, target, weight, ignore_index)[0]
    return reduced(k, k.cat(losses, 0), weights, reduction)


# --- PyTorch's function -----------------------------------------------------------------------------------------------


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

    With `options`, a `LinearCrossEntropyOptions`, the logits are made some rows at a time, forward and backward, and never kept;
    class numbers only, logits (N, C), and no label smoothing.
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
    if options is not None and _can_be_chunked(target, outputs, reduction, label_smoothing):
        return _in_chunks(
            input, linear_weight, linear_bias, target, weight, reduction,
            -100 if ignore_index is None else ignore_index, options,
        )  # fmt: skip
    count = math.prod(outputs)
    logits = linear(
        input, linear_weight.reshape((count, width)), None if linear_bias is None else linear_bias.reshape((count,))
    )
    ignore_index = -100 if ignore_index is None else ignore_index
    return cross_entropy(logits.reshape(shape), target, weight, None, ignore_index, None, reduction, label_smoothing)


def _can_be_chunked(target: Tensor, outputs: tuple[int, ...], reduction: str, label_smoothing: float) -> bool:
    possible = len(outputs) == 1 and target.dtype.name == "int64" and not label_smoothing and reduction in REDUCTIONS
    if not possible:
        warnings.warn(
            "linear_cross_entropy: ``options`` ignored; chunks need class numbers of dtype int64, logits (N, C), "
            f"label_smoothing 0 and a known reduction. Got target.dtype={target.dtype}, outputs of shape {outputs}, "
            f"label_smoothing={label_smoothing}, reduction={reduction!r}",
            stacklevel=4,
        )
    return possible


def _in_chunks(
    input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None, target: Tensor, weight: Tensor | None,
    reduction: str, ignore_index: int, options: Any,
) -> Tensor:  # fmt: skip
    check_classes((*input.shape[:-1], linear_weight.shape[0]), target, weight)
    single = input.ndim == 1
    matrix = input.unsqueeze(0) if single else input
    rows = options.rows(len(matrix), *linear_weight.shape)
    losses = linear_cross_entropy_of_chunks(
        matrix, linear_weight, linear_bias, target.reshape((len(matrix),)), weight, reduction, ignore_index, rows
    )
    return losses.squeeze(0) if single and reduction == "none" else losses
