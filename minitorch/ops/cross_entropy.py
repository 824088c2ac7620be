"""Losses of classifiers: the negative log-probability of the right class.

    nll_loss        mean of -log_probability[n, target[n]]
    cross_entropy   the same of logits: log_softmax first, fused so that the logarithm is taken of N numbers, not of N * C

Inputs are (N, C), (C) or (N, C, d1, ...); targets hold class numbers (N), (), (N, d1, ...), or for `cross_entropy` probabilities
in the shape of the input.
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.errors import message
from minitorch.ops.formulas import formula
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.softmax import log_softmax
from minitorch.rows import Array, Index, composition, op
from minitorch.tensor import Tensor

REDUCTIONS = ("none", "mean", "sum")


def reduction_of(reduction: str, size_average: bool | None = None, reduce: bool | None = None) -> str:
    """The way to reduce a loss, also from the two arguments that said it before `reduction` did."""
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        text = f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead."
        warnings.warn(text, stacklevel=4)
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction: expected one of 'none', 'mean', 'sum'")
    return reduction


# --- Pieces -----------------------------------------------------------------------------------------------------------


def class_weights(k: Any, like: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any]:
    """For each sample its class's weight, 0 if it is ignored, and a target that names a class in any case."""
    valid = target != ignore_index
    safe = k.where(valid, target, k.full_like(target, 0))
    if weight is None:
        return k.cast_like(valid, like), safe
    chosen = k.index_select(weight, 0, safe)
    return k.where(valid, chosen, k.full_like(chosen, 0)), safe


def shares_of(k: Any, g: Any, weights: Any, reduction: str) -> Any:
    """The gradient of each sample's loss; an ignored sample has none, whatever the others add up to."""
    if reduction != "mean":
        return g * weights
    share = weights * (g / k.sum(weights, (0,), False))
    return k.where(weights == 0, k.full_like(share, 0), share)


def _column(k: Any, x: Any) -> Any:
    return k.reshape(x, (x.shape[0], 1))


def reduced(k: Any, losses: Any, weights: Any, reduction: str) -> Any:
    """From weighted losses to one number: the mean is one over the weights."""
    if reduction == "none":
        return losses
    total = k.sum(losses, (0,), False)
    return total if reduction == "sum" else total / k.sum(weights, (0,), False)


# --- Rows -------------------------------------------------------------------------------------------------------------


def _nll_gradient(k, g, target, input_shape, weight, reduction, ignore_index):
    weights, safe = class_weights(k, g, target, weight, ignore_index)
    shares = k.zero_where(shares_of(k, g, weights, reduction), target == ignore_index)
    return k.scatter_add(k.new_full(g, tuple(input_shape), 0), 1, _column(k, safe), -_column(k, shares))


def explain_classes(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int) -> None:
    classes = input.shape[1]
    for value in target.reshape((-1,)).tolist():
        if value != ignore_index and not 0 <= value < classes:
            raise IndexError(
                message(
                    f"Target {value} is out of bounds.",
                    where="the targets of a classification loss",
                    expected=f"class numbers from 0 to {classes - 1}, for {classes} classes, or ignore_index={ignore_index}",
                    hint="count classes from 0, and let the last layer give one output for each",
                )
            )


@op(input=_nll_gradient, public=False, takes="floats", refuses="complex", explain=explain_classes,
    torch="nn.functional.nll_loss", grad_name="NllLossBackward0")  # fmt: skip
def nll_of_classes(k, input: Array, target: Index, weight: Array | None, reduction: str, ignore_index: int):
    """The weighted sum, mean or list of -input[n, target[n]]."""
    weights, safe = class_weights(k, input, target, weight, ignore_index)
    picked = k.reshape(k.gather(input, 1, _column(k, safe)), safe.shape)
    losses = k.where(weights == 0, k.full_like(weights, 0), -picked * weights)
    return reduced(k, losses, weights, reduction)


@formula
def cross_entropy_gradient(
    k, g: Any, probabilities: Array, target: Array, weight: Any, reduction: str, ignore_index: int
):
    """(softmax - 1 at the target) times the sample's share."""
    weights, safe = class_weights(k, probabilities, target, weight, ignore_index)
    hit = k.cast_like(_column(k, safe) == k.arange_like(probabilities, probabilities.shape[1]), probabilities)
    return (probabilities - hit) * _column(k, shares_of(k, g, weights, reduction))


def _softmax_cross_entropy_gradient(k, g, result1, target, weight, reduction, ignore_index):
    loss, probabilities = g
    gradient = None
    if loss is not None:
        gradient = k.cross_entropy_gradient(loss, result1, target, weight, reduction, ignore_index)
    if probabilities is not None:  # only in the derivative of a derivative
        through = k.softmax_gradient(probabilities, result1, 1)
        gradient = through if gradient is None else gradient + through
    return gradient, None, None


@op(grad=_softmax_cross_entropy_gradient, public=False, takes="floats", refuses="complex", result=("same", "same"),
    explain=explain_classes, torch="nn.functional.cross_entropy", grad_name="NllLossBackward0")  # fmt: skip
def softmax_cross_entropy(k, input: Array, target: Index, weight: Array | None, reduction: str, ignore_index: int):
    """cross_entropy of class numbers, and the softmax, which the derivative reads."""
    logarithms = k.log_softmax(input, 1)
    return k.nll_of_classes(logarithms, target, weight, reduction, ignore_index), k.exp(logarithms)


# --- What users call --------------------------------------------------------------------------------------------------


def _class_samples(make):
    for reduction in REDUCTIONS:
        yield Sample(make(3, 4), make.integers((3,), 0, 4), reduction=reduction)
    yield Sample(make(3, 4), make.integers((3,), 0, 4), make(4, low=0.2, high=2.0, requires_grad=False))
    yield Sample(make(4), make.integers((), 0, 4))
    yield Sample(make(2, 3, 4), make.integers((2, 4), 0, 3), reduction="none")
    yield Sample(make(3, 4), make.integers((3,), 0, 4), ignore_index=1, reduction="sum")


def _class_errors(make):
    yield ErrorSample(Sample(make(2, 3), make.integers((2,), 3, 4)), IndexError, "Target 3 is out of bounds")
    yield ErrorSample(Sample(make(2, 3), make.integers((3,), 0, 3)), ValueError, "to match target batch_size")
    yield ErrorSample(
        Sample(make(2, 3), make.integers((2,), 0, 3), reduction="x"), ValueError, "not a valid value for reduction"
    )
    yield ErrorSample(Sample(make(2, 3), make(2)), RuntimeError, "expected target dtype to be Long")


@composition(
    method=False, samples=_class_samples, errors=_class_errors, torch="nn.functional.nll_loss", autocast="float32"
)
def nll_loss(
    input: Array,
    target: Index,
    weight: Array | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
):
    """-input[n, target[n]] * weight[target[n]]: the mean (over the weights), the sum, or each.

    `input` holds log-probabilities (N, C), (C) or (N, C, d1, ...). Samples whose target is `ignore_index` don't count.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    check_classes(input._array.shape, target, weight)
    losses = nll_of_classes(_as_rows(input), _flat(target), weight, reduction, ignore_index)
    return _shaped_like_targets(losses, input, target) if reduction == "none" else losses


def _shaped_like_targets(losses: Tensor, input: Tensor, target: Tensor) -> Tensor:
    return losses.reshape(tuple(target.shape) if input.ndim > 1 else ())


@composition(
    method=False,
    samples=_class_samples,
    errors=_class_errors,
    torch="nn.functional.cross_entropy",
    autocast="float32",
)
def cross_entropy(
    input: Array,
    target: Index,
    weight: Array | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
):
    """-log(softmax(input)[n, target[n]]), weighted and reduced as in `nll_loss`; or of targets that are probabilities.

    `input` holds logits (N, C), (C) or (N, C, d1, ...). With `label_smoothing` s, the target is 1 - s of what it was and s of
    the uniform distribution (Szegedy et al. 2016, arXiv:1512.00567).

    >>> import minitorch
    >>> logits = minitorch.tensor([[2.0, 0.0], [0.0, 2.0]])
    >>> minitorch.nn.functional.cross_entropy(logits, minitorch.tensor([0, 1]))
    tensor(0.1269)
    """
    if size_average is not None or reduce is not None or reduction not in REDUCTIONS:
        reduction = reduction_of(reduction, size_average, reduce)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if target.dtype.inexact and tuple(target.shape) == tuple(input.shape):
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    check_classes(input._array.shape, target, weight)
    rows, flat = (input, target) if len(input._array.shape) == 2 else (_as_rows(input), _flat(target))
    if label_smoothing:
        losses = _smoothed(rows, flat, weight, reduction, ignore_index, label_smoothing)
    else:
        losses = softmax_cross_entropy(rows, flat, weight, reduction, ignore_index)[0]
    return _shaped_like_targets(losses, input, target) if reduction == "none" else losses


def _as_rows(input: Tensor) -> Tensor:
    """(N, C), (C) or (N, C, d1, ...) with the classes last, as a matrix."""
    if input.ndim == 2:
        return input
    if input.ndim == 1:
        return input.reshape((1, input.shape[0]))
    return input.movedim(1, -1).reshape((input.numel() // max(input.shape[1], 1), input.shape[1]))


def _flat(target: Tensor) -> Tensor:
    return target if target.ndim == 1 else target.reshape((target.numel(),))


def check_classes(shape: tuple[int, ...], target: Tensor, weight: Tensor | None) -> None:
    """Raise unless class numbers and weights fit logits of a shape."""
    goal = target._array.shape
    classes_are_numbers = target.dtype.name in ("int64", "uint8")
    if len(shape) == 2 and len(goal) == 1 and shape[0] == goal[0] and weight is None and classes_are_numbers:
        return
    if not shape:
        raise RuntimeError("input tensor should be 1D or 2D or more: the classes are its dim 1, or its only one")
    if len(shape) == 1:
        if len(goal) > 1 or target.numel() != 1:
            raise ValueError(f"Expected input batch_size (1) to match target batch_size ({target.numel()}).")
    elif shape[0] != (goal[0] if goal else 1):
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({goal[0] if goal else 1})."
        )
    elif goal == shape and not target.dtype.inexact:
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target.dtype!r}")
    elif len(shape) == 2 and len(goal) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    elif (shape[0], *shape[2:]) != goal:
        raise RuntimeError(f"Expected target size {[shape[0], *shape[2:]]}, got {list(goal)}")
    if not classes_are_numbers:
        raise RuntimeError(
            message(
                f"expected target dtype to be Long or Byte, but got {target.dtype!r}",
                expected="class numbers as int64, or probabilities in the shape of the input",
                got=f"a target of shape {list(goal)} for an input of shape {list(shape)}",
                hint="convert class numbers with .long()",
            )
        )
    classes = shape[min(len(shape) - 1, 1)]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
            f"{list(weight.shape)}"
        )


def _of_probabilities(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float) -> Tensor:
    dim = 1 if input.ndim > 1 else 0
    classes = input.shape[dim]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    terms = log_softmax(input, dim) * target
    if weight is not None:
        terms = terms * weight.reshape((classes, *(1,) * (input.ndim - 1 - dim)))
    if reduction == "none":
        return -terms.sum(dim)
    total = -terms.sum()
    return total if reduction == "sum" else total / (input.numel() // max(classes, 1))


def _smoothed(
    rows: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int, smoothing: float
) -> Tensor:
    """The loss of the target, and the loss of all classes alike, mixed."""
    logarithms = log_softmax(rows, 1)
    classes = rows.shape[1]
    sharp = nll_of_classes(logarithms, target, weight, reduction, ignore_index)
    even = -(logarithms if weight is None else logarithms * weight).sum(1)
    valid = target != ignore_index
    even = even.masked_fill(~valid, 0)
    if reduction != "none":
        even = even.sum()
    if reduction == "mean":
        counted = (
            valid.to(rows.dtype) if weight is None else weight[target.masked_fill(~valid, 0)].masked_fill(~valid, 0)
        )
        even = even / counted.sum()
    return (1 - smoothing) * sharp + (smoothing / classes) * even
