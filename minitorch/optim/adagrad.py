"""Adagrad: steps divided by the root of the sum of all squared gradients so far (Duchi, Hazan and Singer, JMLR 12, 2011)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer, buffer_like
from .settings import check_hints, check_learning_rate, check_not_negative

__all__ = ["Adagrad"]


def adagrad_update(
    k: Any,
    param: Array,
    grad: Array,
    sum: Array,
    step: float,
    lr: float,
    lr_decay: float,
    weight_decay: float,
    eps: float,
    maximize: bool,
) -> tuple[Array, Array]:
    """Step number `step`, counted from 1: the new parameter and the new sum of squares.

    s' = s + g²;  w' = w - lr / (1 + (t - 1)·lr_decay) · g / (√s' + ε).
    """
    if maximize:
        grad = -grad
    if weight_decay:
        grad = grad + param * weight_decay
    sum = sum + grad * grad
    return param - grad / (k.sqrt(sum) + eps) * (lr / (1 + (step - 1) * lr_decay)), sum


class Adagrad(RuleOptimizer):
    """Take smaller steps where gradients were large; `adagrad_update` has the formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = Adagrad([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    rule = staticmethod(adagrad_update)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        check_learning_rate(lr)
        check_not_negative("lr_decay value", lr_decay)
        check_not_negative("weight_decay value", weight_decay)
        check_not_negative("initial_accumulator_value value", initial_accumulator_value)
        check_not_negative("epsilon value", eps)
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_hints(foreach, fused, differentiable)
        for group in self.param_groups:
            for param in group["params"]:
                self._begin(self.state[param], ("sum",), group, param)

    def share_memory(self) -> None:
        """Put the sums where other processes can write them."""
        for state in self.state.values():
            state["sum"].share_memory_()

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("sum",)

    def begin(self, name: str, group: dict[str, Any], param: Tensor) -> Tensor:
        return buffer_like(param, self.defaults["initial_accumulator_value"])

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        settings = [group[name] for name in ("lr_decay", "weight_decay", "eps", "maximize")]
        return (*counts, number(group["lr"]), *settings), ()
