"""NAdam: Adam with Nesterov's momentum, which looks one step ahead (Dozat, ICLR workshop 2016)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_not_negative, check_rate_and_betas

__all__ = ["NAdam"]


def nadam_update(
    k: Any,
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    step: float,
    now: float,
    ahead: float,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled_weight_decay: bool,
    maximize: bool,
) -> tuple[Array, Array, Array]:
    """Step number `step`, counted from 1, with the shares `now` of the gradient and `ahead` of the average.

    m' = β₁·m + (1 - β₁)·g;  v' = β₂·v + (1 - β₂)·g²;  w' = w - lr · (now·g + ahead·m') / (√v' / √(1 - β₂ᵗ) + ε).
    """
    if maximize:
        grad = -grad
    if weight_decay and decoupled_weight_decay:
        param = param * (1 - lr * weight_decay)
    elif weight_decay:
        grad = grad + param * weight_decay
    exp_avg = exp_avg * beta1 + grad * (1 - beta1)
    exp_avg_sq = exp_avg_sq * beta2 + grad * grad * (1 - beta2)
    correction = math.sqrt(1 - beta2**step)
    direction = grad * (now * correction) + exp_avg * (ahead * correction)
    return param - direction / (k.sqrt(exp_avg_sq) + eps * correction) * lr, exp_avg, exp_avg_sq


class NAdam(RuleOptimizer):
    """Adam that steps along the next momentum instead of the last; `nadam_update` has the formulas.

    The momentum rises: μₜ = β₁·(1 - 0.96^(t·momentum_decay) / 2), and the shares are (1 - μₜ) / (1 - μ₁⋯μₜ) of the gradient and
    μₜ₊₁ / (1 - μ₁⋯μₜ₊₁) of the average.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = NAdam([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.8944, -1.8944], requires_grad=True)
    """

    rule = staticmethod(nadam_update)
    counters: ClassVar[dict[str, float]] = {"step": 0.0, "mu_product": 1.0}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ):
        check_rate_and_betas(lr, eps, betas)
        check_not_negative("weight_decay value", weight_decay)
        check_not_negative("momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("exp_avg", "exp_avg_sq")

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        step, product = counts
        beta1, beta2 = group["betas"]
        momentum, following = (
            beta1 * (1 - 0.5 * 0.96 ** (time * group["momentum_decay"])) for time in (step, step + 1)
        )
        product *= momentum
        shares = (1 - momentum) / (1 - product), following / (1 - product * following)
        settings = [group[name] for name in ("eps", "weight_decay", "decoupled_weight_decay", "maximize")]
        return (step, *shares, number(group["lr"]), beta1, beta2, *settings), (product,)
