"""Adadelta: steps as large as the running average of earlier steps, relative to that of gradients (Zeiler, arXiv 1212.5701)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_learning_rate, check_not_negative

__all__ = ["Adadelta"]


def adadelta_update(
    k: Any,
    param: Array,
    grad: Array,
    square_avg: Array,
    acc_delta: Array,
    lr: float,
    rho: float,
    eps: float,
    weight_decay: float,
    maximize: bool,
) -> tuple[Array, Array, Array]:
    """One step: the new parameter, and the new averages of squared gradients and of squared steps.

    v' = ρ·v + (1 - ρ)·g²;  Δ = √(u + ε) / √(v' + ε) · g;  u' = ρ·u + (1 - ρ)·Δ²;  w' = w - lr·Δ.
    """
    if maximize:
        grad = -grad
    if weight_decay:
        grad = grad + param * weight_decay
    square_avg = square_avg * rho + grad * grad * (1 - rho)
    delta = k.sqrt((acc_delta + eps) / (square_avg + eps)) * grad
    acc_delta = acc_delta * rho + delta * delta * (1 - rho)
    return param - delta * lr, square_avg, acc_delta


class Adadelta(RuleOptimizer):
    """Find the size of the steps from the gradients seen so far; `adadelta_update` has the formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = Adadelta([weight])
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.9968, -1.9968], requires_grad=True)
    """

    rule = staticmethod(adadelta_update)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        check_learning_rate(lr)
        if not 0 <= rho <= 1:
            raise ValueError(f"Invalid rho value: {rho}; expected a number from 0 to 1")
        check_not_negative("epsilon value", eps)
        check_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "capturable": capturable,
            "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("square_avg", "acc_delta")

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        return (number(group["lr"]), group["rho"], group["eps"], group["weight_decay"], group["maximize"]), ()
