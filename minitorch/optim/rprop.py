"""Resilient propagation: only the gradient's sign counts, and steps grow until it turns (Riedmiller and Braun, ICNN 1993)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer, buffer_like
from .settings import check_learning_rate

__all__ = ["Rprop"]


def rprop_update(
    k: Any,
    param: Array,
    grad: Array,
    prev: Array,
    step_size: Array,
    shrink: float,
    grow: float,
    smallest: float,
    largest: float,
    maximize: bool,
) -> tuple[Array, Array, Array]:
    """One step: the new parameter, the gradient to compare the next one with, and the new step sizes.

    s' = s·grow where g and the last gradient have one sign, s·shrink where they have not (there g counts as 0), within
    [smallest, largest];  w' = w - sign(g)·s'.
    """
    if maximize:
        grad = -grad
    agreement = grad * prev
    turned = agreement < 0
    factor = k.where(turned, k.full_like(param, shrink), k.full_like(param, 1.0))
    factor = k.where(agreement > 0, k.full_like(param, grow), factor)
    grad = k.where(turned, k.full_like(param, 0.0), grad)
    step_size = k.maximum(step_size * factor, k.full_like(param, smallest))
    step_size = k.minimum(step_size, k.full_like(param, largest))
    return param - k.sign(grad) * step_size, grad, step_size


class Rprop(RuleOptimizer):
    """Take steps that know nothing of the gradient but its sign, for full batches; `rprop_update` has the formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = Rprop([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    rule = staticmethod(rprop_update)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        check_learning_rate(lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}; expected 0 < first < 1 < second")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("prev", "step_size")

    def begin(self, name: str, group: dict[str, Any], param: Tensor) -> Tensor:
        return buffer_like(param, number(group["lr"]) if name == "step_size" else 0)

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        return (*group["etas"], *group["step_sizes"], group["maximize"]), ()
