"""RMSprop: steps divided by the root of the mean square of recent gradients (Hinton, lecture 6e, 2012; centered: Graves 2013)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_learning_rate, check_not_negative

__all__ = ["RMSprop"]


def rmsprop_update(
    k: Any,
    param: Array,
    grad: Array,
    square_avg: Array,
    momentum_buffer: Array | None,
    grad_avg: Array | None,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    maximize: bool,
) -> tuple[Array, Array, Array | None, Array | None]:
    """One step: the new parameter and buffers.

    v' = α·v + (1 - α)·g²;  d = g / (√v' + ε);  w' = w - lr·d, or with momentum b' = momentum·b + d and w' = w - lr·b'.
    Centered (with `grad_avg`), a' = α·a + (1 - α)·g, and v' - a'² is under the root.
    """
    if maximize:
        grad = -grad
    if weight_decay:
        grad = grad + param * weight_decay
    square_avg = square_avg * alpha + grad * grad * (1 - alpha)
    spread = square_avg
    if grad_avg is not None:
        mean = grad_avg = grad_avg * alpha + grad * (1 - alpha)
        spread = square_avg - mean * mean
    direction = grad / (k.sqrt(spread) + eps)
    if momentum_buffer is not None:
        direction = momentum_buffer = momentum_buffer * momentum + direction
    return param - direction * lr, square_avg, momentum_buffer, grad_avg


class RMSprop(RuleOptimizer):
    """Take steps of about the same size whatever the gradient's; `rmsprop_update` has the formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = RMSprop([weight], lr=0.01)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    rule = staticmethod(rmsprop_update)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        check_learning_rate(lr)
        check_not_negative("epsilon value", eps)
        check_not_negative("momentum value", momentum)
        check_not_negative("weight_decay value", weight_decay)
        check_not_negative("alpha value", alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered, "weight_decay": weight_decay,
            "capturable": capturable, "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return (
            "square_avg", "momentum_buffer" if group["momentum"] > 0 else None, "grad_avg" if group["centered"] else None
        )  # fmt: skip

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        settings = [group[name] for name in ("alpha", "eps", "weight_decay", "momentum", "maximize")]
        return (number(group["lr"]), *settings), ()
