"""Negative log-likelihoods of numbers: counts that are Poisson, measurements that are normal."""

from __future__ import annotations

import math
from typing import Any

from minitorch.operands import some
from minitorch.ops.creation import full_like
from minitorch.ops.cross_entropy import reduction_of
from minitorch.ops.distance import raised_to
from minitorch.ops.loss import reduce_losses
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor


def _poisson_samples(make):
    for reduction in ("mean", "sum", "none"):
        yield Sample(make(2, 3), make(2, 3, low=0.2, requires_grad=False), reduction=reduction)
    yield Sample(make(2, 3, low=0.2), make(2, 3, low=0.2, requires_grad=False), log_input=False, full=True)


@composition(method=False, samples=_poisson_samples)
def poisson_nll_loss(input: Array, target: Array, log_input: bool = True, full: bool = False, size_average: bool | None = None,
                     eps: float = 1e-8, reduce: bool | None = None, reduction: str = "mean"):  # fmt: skip
    """rate - target * log(rate), where `input` is the logarithm of the rate, or the rate itself.

    `full` adds Stirling's approximation of log(target!) where target > 1.
    """
    if size_average is not None or reduce is not None:
        reduction = reduction_of(reduction, size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction: expected one of 'none', 'mean', 'sum'")
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        losses = losses + stirling.masked_fill(target <= 1, 0)
    return reduce_losses(losses, reduction)


def _gaussian_samples(make):
    for reduction in ("mean", "sum", "none"):
        yield Sample(make(2, 3), make(2, 3), make(2, 3, low=0.2), reduction=reduction)
    yield Sample(make(2, 3), make(2, 3), make(2, low=0.2), full=True)
    yield Sample(make(2, 3), make(2, 3), make(2, 1, low=0.2))
    yield Sample(make(2, 3), make(2, 3), 0.5)


def _gaussian_errors(make):
    yield ErrorSample(Sample(make(2), make(2), make(2, low=-2, high=-1)), ValueError, "var has negative entry/entries")
    yield ErrorSample(Sample(make(2, 3), make(2, 3), make(3, 2, low=1)), ValueError, "var is of incorrect size")
    yield ErrorSample(Sample(make(2), make(2), make(2, low=1), reduction="x"), ValueError, "x is not valid")


@composition(method=False, samples=_gaussian_samples, errors=_gaussian_errors, torch="nn.functional.gaussian_nll_loss")
def gaussian_nll_loss(input: Array, target: Array, var: Any, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean"):  # fmt: skip
    """(log(var) + (input - target)^2 / var) / 2, where a variance below `eps` counts as `eps`.

    `var` is a number, in the shape of the input, or one for all of its last dim, or of any other dim, where it has size 1;
    `full` adds log(2 pi) / 2.
    """
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = full_like(input, var)
    elif tuple(var.shape) != tuple(input.shape):
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = var.unsqueeze(-1)
        elif input.ndim != var.ndim or sum(v for x, v in zip(input.shape, var.shape, strict=True) if x != v) != 1:
            raise ValueError(f"var is of incorrect size: {list(var.shape)} for an input of size {list(input.shape)}")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid: expected a reduction of 'none', 'mean' or 'sum'")
    if isinstance(var, Tensor) and some(var < 0):
        raise ValueError("var has negative entry/entries")
    spread = raised_to(var, eps)
    losses = 0.5 * (spread.log() + (input - target) ** 2 / spread)
    return reduce_losses(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)
