"""Losses that ask for a margin: a score must not only be the right way round, but so by a distance.

Each is elementwise or a sum over classes, then averaged, summed, or left as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.dtypes import get_default_dtype, result_of
from minitorch.ops.activation import logsigmoid, relu
from minitorch.ops.comparison import where
from minitorch.ops.creation import arange
from minitorch.ops.cross_entropy import reduction_of
from minitorch.ops.distance import pairwise_distance
from minitorch.ops.gathering import gather, index_select
from minitorch.ops.loss import reduce_losses
from minitorch.ops.pointwise import exp, log1p, logaddexp, minimum
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.scan import cumsum
from minitorch.rows import Array, Index, composition
from minitorch.tensor import Tensor

REDUCTIONS = ("mean", "sum", "none")


def _signs(make: Any, *shape: int) -> Tensor:
    """-1 and 1 at random."""
    return make.bools(shape).to(make.dtype) * 2 - 1 if make.dtype.category else make.bools(shape)


def _unknown_reduction(*arguments: tuple[int, ...]) -> Callable:
    def errors(make: Any):
        sample = Sample(*[make(*shape) for shape in arguments], reduction="x")
        yield ErrorSample(sample, ValueError, "not a valid value for reduction")

    return errors


# --- One number or two ------------------------------------------------------------------------------------------------


def _soft_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(2, 3), _signs(make, 2, 3), reduction=reduction)
    yield Sample(make(), _signs(make))


def _hinge_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(2, 3), _signs(make, 2, 3), reduction=reduction)
    yield Sample(make(5), _signs(make, 5), 0.5)


@composition(method=False, samples=_hinge_samples, errors=_unknown_reduction((2,), (2,)), autocast="float32")
def hinge_embedding_loss(input: Array, target: Array, margin: float = 1.0, size_average: bool | None = None,
                         reduce: bool | None = None, reduction: str = "mean"):  # fmt: skip
    """input where target is 1, max(0, margin - input) where it is -1: distances of like and of unlike pairs."""
    reduction = reduction_of(reduction, size_average, reduce)
    far = (margin - input).clamp_min(0)
    losses = far.masked_fill(target == 1, 0) + input.masked_fill(target == -1, 0)
    return reduce_losses(losses, reduction)


def _ranking_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(2, 3), make(2, 3), _signs(make, 2, 3), reduction=reduction)
    yield Sample(make(5), make(5), _signs(make, 5), 0.5)


@composition(method=False, samples=_ranking_samples, errors=_unknown_reduction((2,), (2,), (2,)), autocast="float32")
def margin_ranking_loss(input1: Array, input2: Array, target: Array, margin: float = 0, size_average: bool | None = None,
                        reduce: bool | None = None, reduction: str = "mean"):  # fmt: skip
    """max(0, margin - target * (input1 - input2)): target 1 asks that input1 be the larger, -1 that input2 be."""
    reduction = reduction_of(reduction, size_average, reduce)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {input1.shape}, "
            f"input2: {input2.shape}, target: {target.shape} "
        )
    return reduce_losses((-target * (input1 - input2) + float(margin)).clamp_min(0), reduction)


@composition(method=False, samples=_soft_samples, errors=_unknown_reduction((2,), (2,)),
             torch="nn.functional.soft_margin_loss", autocast="float32")  # fmt: skip
def soft_margin_loss(input: Array, target: Array, size_average: bool | None = None, reduce: bool | None = None,
                     reduction: str = "mean"):  # fmt: skip
    """log(1 + exp(-target * input)), without overflow."""
    reduction = reduction_of(reduction, size_average, reduce)
    exponent = -target * input
    losses = log1p(exp(exponent)) if exponent.is_complex() else logaddexp(exponent, 0)
    return reduce_losses(losses, reduction)


# --- Vectors ----------------------------------------------------------------------------------------------------------


def _cosine_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(2, 3), make(2, 3), _signs(make, 2), reduction=reduction)
    yield Sample(make(3), make(3), _signs(make), 0.3)


def _cosine_errors(make):
    yield ErrorSample(Sample(make(2, 3), make(2, 3), make(2, 1)), RuntimeError, "0D or 1D target tensor expected")
    yield ErrorSample(Sample(make(3), make(3), make(2)), RuntimeError, "1D target tensor expects 2D input tensors")


@composition(method=False, samples=_cosine_samples, errors=_cosine_errors, autocast="float32")
def cosine_embedding_loss(input1: Array, input2: Array, target: Array, margin: float = 0, size_average: bool | None = None,
                          reduce: bool | None = None, reduction: str = "mean"):  # fmt: skip
    """1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1; vectors lie along the last dim."""
    reduction = reduction_of(reduction, size_average, reduce)
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if not input1.ndim == input2.ndim == target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    if not (input1.dtype.inexact or input2.dtype.inexact):  # small integers would overflow
        input1, input2 = input1.to(get_default_dtype()), input2.to(get_default_dtype())
    tiny = 1e-12
    lengths = ((input1 * input1).sum(target.ndim) + tiny) * ((input2 * input2).sum(target.ndim) + tiny)
    cosine = (input1 * input2).sum(target.ndim) / lengths.sqrt()
    losses = (1 - cosine).masked_fill(target != 1, 0) + (cosine - margin).clamp_min(0).masked_fill(target != -1, 0)
    return reduce_losses(losses, reduction)


def _triplet_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(2, 3), make(2, 3), make(2, 3), reduction=reduction)
    yield Sample(make(3), make(3), make(3), 0.5, 1.0, swap=True)
    yield Sample(make(2, 2, 3), make(2, 2, 3), make(2, 2, 3), 7.5)


def _triplet_errors(make):
    yield ErrorSample(Sample(make(2, 3), make(2, 3), make(3)), RuntimeError, "to have same dimensionality")
    yield ErrorSample(Sample(make(3), make(3), make(3), reduction="x"), ValueError, "not a valid value for reduction")
    yield ErrorSample(Sample(make(3), make(3), make(3), margin=0.0), ValueError, "margin must be greater than 0")


def _triplet(anchor, positive, negative, distance: Callable, margin: float, swap: bool, reduction: str) -> Tensor:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            f"The anchor, positive, and negative tensors are expected to have same dimensionality, but got: anchor "
            f"{anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduce_losses((margin + near - far).clamp_min(0), reduction)


@composition(method=False, samples=_triplet_samples, errors=_triplet_errors, autocast="float32")
def triplet_margin_loss(anchor: Array, positive: Array, negative: Array, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
                        swap: bool = False, size_average: bool | None = None, reduce: bool | None = None,
                        reduction: str = "mean"):  # fmt: skip
    """max(0, margin + |anchor - positive| - |anchor - negative|) in the p-norm.

    With `swap`, the negative's distance from the positive counts where it is the smaller (Balntas et al. 2016).
    """
    reduction = reduction_of(reduction, size_average, reduce)
    return _triplet(anchor, positive, negative, lambda a, b: pairwise_distance(a, b, p, eps), margin, swap, reduction)


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(2, 3), make(2, 3), make(2, 3), swap=True)]),
    errors=_triplet_errors,
    torch="nn.functional.triplet_margin_with_distance_loss",
)
def triplet_margin_with_distance_loss(
    anchor: Array,
    positive: Array,
    negative: Array,
    *,
    distance_function: Callable | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
):
    """triplet_margin_loss with any distance, a function of two tensors.

    out = mean(max(0, d(anchor, positive) - d(anchor, negative) + margin))
    """
    reduction = reduction_of(reduction)
    return _triplet(anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction)


# --- Scores of classes ------------------------------------------------------------------------------------------------


def _multi_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(3, 4), make.integers((3,), 0, 4), reduction=reduction)
    yield Sample(make(3, 4), make.integers((3,), 0, 4), 2, 0.5, make(4, low=0.2, requires_grad=False))
    yield Sample(make(4), make.integers((), 0, 4))


def _multi_errors(make):
    yield ErrorSample(Sample(make(3, 4), make.integers((3,), 0, 4), 3), ValueError, "only p == 1 and p == 2 supported")
    yield ErrorSample(Sample(make(3, 4), make.integers((2,), 0, 4)), RuntimeError, "inconsistent target size")
    yield ErrorSample(
        Sample(make(2, 3, 4), make.integers((2,), 0, 4)), RuntimeError, "Expected non-empty vector or matrix"
    )


@composition(
    method=False,
    samples=_multi_samples,
    errors=_multi_errors,
    torch="nn.functional.multi_margin_loss",
    autocast="float32",
)
def multi_margin_loss(input: Array, target: Index, p: int = 1, margin: float = 1.0, weight: Array | None = None,
                      size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"):  # fmt: skip
    """sum over the other classes i of weight[y] * max(0, margin - x[y] + x[i])^p, by the number of classes.

    out = mean over n of (sum over i != y of weight[y] * max(0, margin - input[n, y] + input[n, i])^p) / C, where y = target[n]
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    rows, flat, count = _scores(input), target.reshape(-1), input.shape[-1] if input.ndim else 1
    if target.ndim > 1 or flat.numel() != rows.shape[0]:
        raise RuntimeError(f"inconsistent target size, expected {rows.shape[0]} but got {list(target.shape)}")
    if weight is not None and weight.ndim != 1:
        raise ValueError(f"weight must be one-dimensional, got {list(weight.shape)}")
    if weight is not None and weight.numel() != count:
        raise RuntimeError(f"inconsistent weight size, expected {count} but got {list(weight.shape)}")
    terms = relu(margin - gather(rows, 1, flat.unsqueeze(1)) + rows)
    terms = terms if p == 1 else terms * terms
    if weight is not None:
        terms = terms * index_select(weight, 0, flat).unsqueeze(1)
    others = flat.unsqueeze(1) != arange(count, device=input.device)
    losses = where(others, terms, 0.0).sum(1) / count
    return reduce_losses(losses if input.ndim == 2 else losses.reshape(()), reduction)


def _scores(input: Tensor) -> Tensor:
    if input.ndim > 2 or (not input.numel() and (input.ndim != 2 or not input.shape[1])):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"expected scores of a floating-point dtype, but got {input.dtype!r}")
    return input if input.ndim == 2 else input.reshape((1, input.numel()))


def _label_samples(make):
    for reduction in REDUCTIONS:
        target = make.integers((2, 4), 0, 4)
        target[0, 2] = -1
        yield Sample(make(2, 4), target, reduction=reduction)
    yield Sample(make(3), make.permutations((3,), 3))


def _label_errors(make):
    yield ErrorSample(Sample(make(3, 4), make.integers((2, 4), 0, 4)), RuntimeError, "inconsistent target size")
    yield ErrorSample(
        Sample(make(2, 3, 4), make.integers((2,), 0, 4)), RuntimeError, "Expected non-empty vector or matrix"
    )


@composition(
    method=False,
    samples=_label_samples,
    errors=_label_errors,
    torch="nn.functional.multilabel_margin_loss",
    autocast="float32",
)
def multilabel_margin_loss(input: Array, target: Index, size_average: bool | None = None, reduce: bool | None = None,
                           reduction: str = "mean"):  # fmt: skip
    """sum over right classes j and wrong ones i of max(0, 1 - x[j] + x[i]), by the number of classes.

    out = mean over n of (sum over right j, wrong i of max(0, 1 - input[n, j] + input[n, i])) / C

    A row of `target` lists the right classes; a -1 ends the list.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    rows = _scores(input)
    if tuple(target.shape) != tuple(input.shape):
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for size of input: {list(input.shape)}")
    target = target.reshape(rows.shape)
    listed = cumsum((target < 0).long(), 1) == 0
    safe = target.masked_fill(~listed, 0).long()
    classes = arange(rows.shape[1], device=input.device)
    right = ((safe.unsqueeze(2) == classes) & listed.unsqueeze(2)).any(1)
    terms = relu(1 - gather(rows, 1, safe).unsqueeze(2) + rows.unsqueeze(1))
    losses = where(listed.unsqueeze(2) & ~right.unsqueeze(1), terms, 0.0).sum((1, 2)) / rows.shape[1]
    return reduce_losses(losses if input.ndim == 2 else losses.reshape(()), reduction)


def _soft_label_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(2, 3), make(2, 3, low=0.0, high=1.0), reduction=reduction)
    yield Sample(make(2, 3), make(2, 3, low=0.0, high=1.0), make(3, low=0.2, requires_grad=False))
    yield Sample(make(3), make(3, low=0.0, high=1.0))


@composition(method=False, samples=_soft_label_samples, errors=_unknown_reduction((2,), (2,)),
             torch="nn.functional.multilabel_soft_margin_loss")  # fmt: skip
def multilabel_soft_margin_loss(input: Array, target: Array, weight: Array | None = None, size_average: bool | None = None,
                                reduce: bool | None = None, reduction: str = "mean"):  # fmt: skip
    """The mean over the classes of binary_cross_entropy_with_logits."""
    if not input.dtype.full:  # terms that may cancel: rounded once
        wide = multilabel_soft_margin_loss(input.float(), target, weight, size_average, reduce, reduction)
        return wide.to(result_of([tensor.dtype for tensor in (input, target, weight) if tensor is not None]))
    reduction = reduction_of(reduction, size_average, reduce)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    losses = losses if weight is None else losses * weight
    return reduce_losses(losses.mean(-1), reduction)
