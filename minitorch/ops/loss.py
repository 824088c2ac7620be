"""Losses of regression and of yes-or-no questions: each is elementwise, then averaged, summed, or left as it is."""

from __future__ import annotations

import math
import warnings
from typing import Any

from minitorch.errors import ShapeMismatch
from minitorch.explain import broadcast_clash, broadcast_shape
from minitorch.operands import some
from minitorch.ops.cross_entropy import reduction_of
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition, op
from minitorch.tensor import Tensor

# --- Pieces -----------------------------------------------------------------------------------------------------------


def _reduced(k: Any, losses: Any, reduction: str) -> Any:
    if reduction == "none":
        return losses
    dims = tuple(range(len(losses.shape)))
    return k.mean(losses, dims, False) if reduction == "mean" else k.sum(losses, dims, False)


def _share(g: Any, shape: tuple[int, ...], reduction: str) -> Any:
    """The gradient of each element's loss: a number for all, or one for each."""
    return g / max(math.prod(shape), 1) if reduction == "mean" else g


def reduce_losses(losses: Tensor, reduction: str) -> Tensor:
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _of_one_shape(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both as they broadcast, with a warning: mostly that wasn't meant."""
    if input._array.shape != target._array.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely lead to "
            "incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=4,
        )
        clash = broadcast_clash(input.shape, target.shape)
        if clash is not None:
            dim, a, b = clash
            raise ShapeMismatch(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {dim}"
            )
        shape = broadcast_shape([input.shape, target.shape])
        return input.expand(shape), target.expand(shape)
    return input, target


def _samples(make):
    for reduction in ("mean", "sum", "none"):
        yield Sample(make(2, 3), make(2, 3), reduction=reduction)
    yield Sample(make.strided(3, 4), make(3, 4))
    yield Sample(make(), make())


def _errors(make):
    yield ErrorSample(Sample(make(2, 3), make(2, 3), reduction="x"), ValueError, "not a valid value for reduction")


# --- Differences ------------------------------------------------------------------------------------------------------


def _squared_gradients(k, g, input, target, reduction, needs):
    difference = input - target
    gradient = difference * (2 * _share(g, difference.shape, reduction))
    return gradient, -gradient if needs[1] else None


@op(grad=_squared_gradients, public=False, promote=True, takes="floats", refuses="complex",
    torch="nn.functional.mse_loss", grad_name="MseLossBackward0")  # fmt: skip
def squared_error(k, input: Array, target: Array, reduction: str):
    """(input - target)^2, reduced."""
    difference = input - target
    return _reduced(k, difference * difference, reduction)


@composition(method=False, samples=_samples, errors=_errors, torch="nn.functional.mse_loss", autocast="float32")
def mse_loss(
    input: Array,
    target: Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Array | None = None,
):
    """The mean (sum, or each) of (input - target)^2; with weights, the mean over the weights.

    out = mean((input - target)^2)

    >>> import minitorch
    >>> minitorch.nn.functional.mse_loss(minitorch.tensor([1.0, 2.0]), minitorch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    input, target = _of_one_shape(input, target)
    if weight is not None:
        return _weighted(squared_error(input, target, "none"), weight, reduction)
    return squared_error(input, target, reduction)


def _weighted(losses: Tensor, weight: Tensor, reduction: str) -> Tensor:
    if tuple(weight.shape) != tuple(losses.shape):
        raise ValueError(f"Weights and input must have the same size: {list(weight.shape)} and {list(losses.shape)}")
    losses = losses * weight
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / weight.sum()


@composition(method=False, samples=_samples, errors=_errors, torch="nn.functional.l1_loss", autocast="float32")
def l1_loss(
    input: Array,
    target: Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Array | None = None,
):
    """The mean (sum, or each) of |input - target|; with weights, the mean over the weights.

    out = mean(|input - target|)
    """
    reduction = reduction_of(reduction, size_average, reduce)
    input, target = _of_one_shape(input, target)
    losses = (input - target).abs()
    return reduce_losses(losses, reduction) if weight is None else _weighted(losses, weight, reduction)


def _bent_gradients(k, g, input, target, reduction, width, slope, needs):
    """The slope of a parabola within `width` of 0, and of a straight line outside."""
    difference = input - target
    gradient = k.clamp_numbers(difference, -width, width) * (slope / width * _share(g, difference.shape, reduction))
    return gradient, -gradient if needs[1] else None


def _bent(k: Any, input: Any, target: Any, reduction: str, width: float, slope: float) -> Any:
    """A parabola within `width` of 0 that goes on as a line of that `slope`."""
    difference = k.abs(input - target)
    inside = k.clamp_numbers(difference, None, width)
    return _reduced(k, inside * (difference - 0.5 * inside) * (slope / width), reduction)


def _with(width: str):
    def samples(make):
        yield from _samples(make)
        yield Sample(make(2, 3), make(2, 3), **{width: 0.5})

    return samples


@op(grad=_bent_gradients, public=False, promote=True, takes="floats", refuses="complex",
    torch="nn.functional.smooth_l1_loss", grad_name="SmoothL1LossBackward0")  # fmt: skip
def smooth_absolute(k, input: Array, target: Array, reduction: str, width: float, slope: float):
    """|input - target| with its corner rounded, reduced."""
    return _bent(k, input, target, reduction, width, slope)


@op(grad=_bent_gradients, public=False, promote=True, takes="floats", refuses="complex",
    torch="nn.functional.huber_loss", grad_name="HuberLossBackward0")  # fmt: skip
def huber(k, input: Array, target: Array, reduction: str, width: float, slope: float):
    """(input - target)^2 / 2 with its arms straightened, reduced."""
    return _bent(k, input, target, reduction, width, slope)


@composition(method=False, samples=_with("beta"), errors=_errors, torch="nn.functional.smooth_l1_loss",
             autocast="float32")  # fmt: skip
def smooth_l1_loss(
    input: Array,
    target: Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
):
    """d^2 / (2 beta) where d = |input - target| < beta, else d - beta / 2 (Girshick 2015, arXiv:1504.08083).

    out = mean(d^2 / (2 * beta) if d < beta else d - beta / 2), where d = |input - target|
    """
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta: got {beta}")
    if beta == 0:
        return l1_loss(input, target, size_average, reduce, reduction)
    reduction = reduction_of(reduction, size_average, reduce)
    input, target = _of_one_shape(input, target)
    return smooth_absolute(input, target, reduction, float(beta), 1.0)


@composition(method=False, samples=_with("delta"), errors=_errors, torch="nn.functional.huber_loss",
             autocast="float32")  # fmt: skip
def huber_loss(input: Array, target: Array, reduction: str = "mean", delta: float = 1.0, weight: Array | None = None):
    """d^2 / 2 where d = |input - target| < delta, else delta * (d - delta / 2) (Huber 1964)."""
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta: got {delta}")
    reduction = reduction_of(reduction)
    input, target = _of_one_shape(input, target)
    if weight is not None:
        return reduce_losses(huber(input, target, "none", float(delta), float(delta)) * weight, reduction)
    return huber(input, target, reduction, float(delta), float(delta))


# --- Yes or no --------------------------------------------------------------------------------------------------------


def _weigh(x: Any, weight: Any) -> Any:
    return x if weight is None else x * weight


def _bce_gradients(k, g, input, target, weight, reduction, needs):
    share = _weigh(_share(g, input.shape, reduction), weight)
    spread = input * (1 - input)
    by_input = share * (input - target) / k.maximum(spread, k.full_like(spread, 1e-12))
    by_target = share * (_log(k, 1 - input) - _log(k, input)) if needs[1] else None
    return by_input, by_target, None


def _log(k: Any, x: Any) -> Any:
    """log(x), but never below -100, so that a sure wrong answer costs much and not everything."""
    return k.maximum(k.log(x), k.full_like(x, -100))


def _explain_bce(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str) -> None:
    if some((input < 0) | (input > 1)):
        raise RuntimeError(
            "binary_cross_entropy(): all elements of input should be between 0 and 1: they are probabilities; for logits "
            "there is binary_cross_entropy_with_logits"
        )


@op(grad=_bce_gradients, public=False, promote=False, takes="floats", refuses="complex", explain=_explain_bce,
    torch="nn.functional.binary_cross_entropy", grad_name="BinaryCrossEntropyBackward0")  # fmt: skip
def bernoulli_nll(k, input: Array, target: Array, weight: Array | None, reduction: str):
    """-(t log p + (1 - t) log(1 - p)), weighted and reduced."""
    if k.some((input < 0) | (input > 1)):
        raise ValueError("not probabilities")
    losses = (target - 1) * _log(k, 1 - input) - target * _log(k, input)
    return _reduced(k, _weigh(losses, weight), reduction)


def _probability_samples(make):
    for reduction in ("mean", "sum", "none"):
        yield Sample(make(2, 3, low=0.1, high=0.9), make(2, 3, low=0.1, high=0.9), reduction=reduction)
    yield Sample(
        make(2, 3, low=0.1, high=0.9), make(2, 3, low=0.1, high=0.9), make(3, low=0.5, high=2.0, requires_grad=False)
    )


@composition(
    method=False,
    samples=_probability_samples,
    torch="nn.functional.binary_cross_entropy",
    autocast="cpu float32, cuda refused",
)
def binary_cross_entropy(
    input: Array,
    target: Array,
    weight: Array | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
):
    """-(t log p + (1 - t) log(1 - p)) of probabilities p; the logarithms are kept above -100."""
    reduction = reduction_of(reduction, size_average, reduce)
    if tuple(target.shape) != tuple(input.shape):
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    if weight is not None:
        weight = weight.expand(broadcast_shape([target.shape, weight.shape]) or tuple(target.shape))
    return bernoulli_nll(input, target, weight, reduction)


def _logit_gradients(k, g, input, target, weight, pos_weight, reduction, needs):
    share = _weigh(_share(g, input.shape, reduction), weight)
    positives = target if pos_weight is None else target * pos_weight
    by_input = share * ((1 - target) * k.sigmoid(input) - positives * k.sigmoid(-input))
    if not needs[1]:
        by_target = None
    elif pos_weight is None:
        by_target = -share * input
    else:
        right, left = _softpluses(k, input)
        by_target = share * (pos_weight * left - right)
    return by_input, by_target, None, None


def _softpluses(k: Any, x: Any) -> tuple[Any, Any]:
    """log(1 + exp(x)) and log(1 + exp(-x)), without overflow."""
    rest, zero = k.log1p(k.exp(-k.abs(x))), k.full_like(x, 0)
    return rest + k.maximum(x, zero), rest + k.maximum(-x, zero)


@op(grad=_logit_gradients, public=False, promote=True, takes="floats", refuses="complex",
    torch="nn.functional.binary_cross_entropy_with_logits", grad_name="BinaryCrossEntropyWithLogitsBackward0")  # fmt: skip
def logistic_nll(k, input: Array, target: Array, weight: Array | None, pos_weight: Array | None, reduction: str):
    """-(w t log s(x) + (1 - t) log(1 - s(x))) with s the sigmoid, weighted and reduced."""
    right, left = _softpluses(
        k, input
    )  # of which neither is a difference, so that a sure answer's loss keeps its digits
    losses = (1 - target) * right + (target if pos_weight is None else target * pos_weight) * left
    return _reduced(k, _weigh(losses, weight), reduction)


def _logit_samples(make):
    for reduction in ("mean", "sum", "none"):
        yield Sample(make(2, 3), make(2, 3, low=0.0, high=1.0), reduction=reduction)
    yield Sample(make(2, 3), make(2, 3, low=0.0, high=1.0), pos_weight=make(3, low=0.5, high=2.0, requires_grad=False))
    yield Sample(make(2, 3), make(2, 3, low=0.0, high=1.0), make(3, low=0.5, high=2.0, requires_grad=False))


@composition(
    method=False, samples=_logit_samples, torch="nn.functional.binary_cross_entropy_with_logits", autocast="float32"
)
def binary_cross_entropy_with_logits(
    input: Array,
    target: Array,
    weight: Array | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Array | None = None,
):
    """binary_cross_entropy(sigmoid(input), target), exact for logits of any size; `pos_weight` multiplies the positives' part."""
    reduction = reduction_of(reduction, size_average, reduce)
    if tuple(target.shape) != tuple(input.shape):
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return logistic_nll(input, target, weight, pos_weight, reduction)


def _divergence_samples(make):
    for reduction in ("sum", "none", "batchmean"):
        yield Sample(make(2, 3, low=-2.0, high=-0.2), make(2, 3, low=0.1, high=0.9), reduction=reduction)
    yield Sample(make(2, 3, low=-2.0, high=-0.2), make(2, 3, low=-2.0, high=-0.2), reduction="sum", log_target=True)


@composition(method=False, samples=_divergence_samples, torch="nn.functional.kl_div", autocast="float32")
def kl_div(
    input: Array,
    target: Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
):
    """t * (log t - input): how far log-probabilities `input` are from the distribution t; "batchmean" is what theory means.

    out = mean(target * (log(target) - input))
    """
    batch = reduction == "batchmean"
    reduction = "sum" if batch else reduction_of(reduction, size_average, reduce)
    if log_target:
        losses = target.exp() * (target - input)
    else:
        losses = target * target.masked_fill(target == 0, 1).log() - target * input  # 0 log 0 is 0
    losses = reduce_losses(losses, reduction)
    return losses / input.shape[0] if batch and input.ndim else losses
