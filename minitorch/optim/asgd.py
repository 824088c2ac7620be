"""Averaged stochastic gradient descent: decaying steps, and beside the parameter its average (Polyak and Juditsky 1992)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer, counter
from .settings import check_learning_rate, check_not_negative

__all__ = ["ASGD"]


def asgd_update(
    k: Any,
    param: Array,
    grad: Array,
    ax: Array,
    eta: float,
    mu: float,
    lambd: float,
    weight_decay: float,
    maximize: bool,
) -> tuple[Array, Array]:
    """One step of size `eta`: the new parameter, and the new average, in which it has the share `mu`.

    w' = (1 - λ·η)·w - η·g;  a' = a + μ·(w' - a).
    """
    if maximize:
        grad = -grad
    if weight_decay:
        grad = grad + param * weight_decay
    param = param * (1 - lambd * eta) - grad * eta
    return param, param if mu == 1 else ax * (1 - mu) + param * mu


class ASGD(RuleOptimizer):
    """Walk against the gradient in smaller and smaller steps, and average where one has been in `state["ax"]`.

    After step t, η = lr / (1 + λ·lr·t)^alpha and μ = 1 / max(1, t - t0); `asgd_update` has the other formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = ASGD([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.8000, -1.6000], requires_grad=True)
    """

    rule = staticmethod(asgd_update)
    counters: ClassVar[dict[str, float]] = {"step": 0.0, "eta": 0.0, "mu": 1.0}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ):
        check_learning_rate(lr)
        check_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("ax",)

    def begin(self, name: str, group: dict[str, Any], param: Tensor) -> Tensor:
        self.state[param]["eta"] = counter(number(group["lr"]))
        return super().begin(name, group, param)

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        step, eta, mu = counts
        lr, lambd = number(group["lr"]), group["lambd"]
        after = lr / (1 + lambd * lr * step) ** group["alpha"], 1 / max(1, step - group["t0"])
        return (eta, mu, lambd, group["weight_decay"], group["maximize"]), after
