"""Adamax: Adam with the largest of the decaying gradients in place of their mean square (Kingma and Ba, arXiv 1412.6980)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_not_negative, check_rate_and_betas

__all__ = ["Adamax"]


def adamax_update(
    k: Any,
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_inf: Array,
    step: float,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    maximize: bool,
) -> tuple[Array, Array, Array]:
    """Step number `step`, counted from 1: the new parameter, average and largest size.

    m' = β₁·m + (1 - β₁)·g;  u' = max(β₂·u, |g| + ε);  w' = w - lr/(1 - β₁ᵗ) · m' / u'.
    """
    if maximize:
        grad = -grad
    if weight_decay:
        grad = grad + param * weight_decay
    exp_avg = exp_avg * beta1 + grad * (1 - beta1)
    exp_inf = k.maximum(exp_inf * beta2, k.abs(grad) + eps)
    return param - exp_avg / exp_inf * (lr / (1 - beta1**step)), exp_avg, exp_inf


class Adamax(RuleOptimizer):
    """Take steps of at most about `lr` in each coordinate; `adamax_update` has the formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = Adamax([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    rule = staticmethod(adamax_update)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ):
        check_rate_and_betas(lr, eps, betas)
        check_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("exp_avg", "exp_inf")

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        return (
            *counts,
            number(group["lr"]),
            *group["betas"],
            group["eps"],
            group["weight_decay"],
            group["maximize"],
        ), ()
