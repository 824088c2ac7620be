"""RAdam: Adam that waits with its scaling until the averages know enough (Liu et al., ICLR 2020, arXiv 1908.03265)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_not_negative, check_rate_and_betas

__all__ = ["RAdam"]


def radam_update(
    k: Any,
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    step: float,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled_weight_decay: bool,
    maximize: bool,
) -> tuple[Array, Array, Array]:
    """Step number `step`, counted from 1: the new parameter and the new averages.

    m' = β₁·m + (1 - β₁)·g;  v' = β₂·v + (1 - β₂)·g²;  ρ∞ = 2/(1 - β₂) - 1;  ρ = ρ∞ - 2t·β₂ᵗ/(1 - β₂ᵗ);
    w' = w - lr · m'/(1 - β₁ᵗ) · r · √(1 - β₂ᵗ) / (√v' + ε), r² = (ρ - 4)(ρ - 2)·ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)·ρ), where ρ > 5;
    else w' = w - lr · m'/(1 - β₁ᵗ).
    """
    if maximize:
        grad = -grad
    if weight_decay and decoupled_weight_decay:
        param = param * (1 - lr * weight_decay)
    elif weight_decay:
        grad = grad + param * weight_decay
    exp_avg = exp_avg * beta1 + grad * (1 - beta1)
    exp_avg_sq = exp_avg_sq * beta2 + grad * grad * (1 - beta2)
    size = lr / (1 - beta1**step)
    most = 2 / (1 - beta2) - 1
    known = most - 2 * step * beta2**step / (1 - beta2**step)
    if known <= 5:
        return param - exp_avg * size, exp_avg, exp_avg_sq
    rectified = math.sqrt((known - 4) * (known - 2) * most / ((most - 4) * (most - 2) * known))
    size *= rectified * math.sqrt(1 - beta2**step)
    return param - exp_avg / (k.sqrt(exp_avg_sq) + eps) * size, exp_avg, exp_avg_sq


class RAdam(RuleOptimizer):
    """Adam without its wild first steps; `radam_update` has the formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = RAdam([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.8000, -1.6000], requires_grad=True)
    """

    rule = staticmethod(radam_update)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ):
        check_rate_and_betas(lr, eps, betas)
        check_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("exp_avg", "exp_avg_sq")

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        settings = [group[name] for name in ("eps", "weight_decay", "decoupled_weight_decay", "maximize")]
        return (*counts, number(group["lr"]), *group["betas"], *settings), ()
