"""Stochastic gradient descent, with momentum (Polyak 1964), also Nesterov's form of it (Sutskever et al., ICML 2013)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_hints, check_learning_rate, check_not_negative

__all__ = ["SGD"]


def sgd_update(
    k: Any,
    param: Array,
    grad: Array,
    momentum_buffer: Array | None,
    lr: float,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
    maximize: bool,
) -> tuple[Array, Array | None]:
    """One step: the new parameter and the new momentum buffer.

    g' = ±g + weight_decay·w;  b' = momentum·b + (1 - dampening)·g';  w' = w - lr·d,
    where d is b', or g' + momentum·b' with Nesterov, or g' without a momentum buffer.
    """
    direction = -grad if maximize else grad
    if weight_decay:
        direction = direction + param * weight_decay
    if momentum_buffer is not None:
        velocity = momentum_buffer * momentum + direction * (1 - dampening)
        direction = direction + velocity * momentum if nesterov else velocity
        momentum_buffer = velocity
    return param - direction * lr, momentum_buffer


class SGD(RuleOptimizer):
    """Walk against the gradient, or with momentum against its decaying sum; `sgd_update` has the formulas.

    The first step takes the gradient as it is into the momentum buffer, whatever the dampening. `foreach` and `fused` are
    accepted for PyTorch's sake and change nothing.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = SGD([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([0.8000, 1.6000], requires_grad=True)
    """

    rule = staticmethod(sgd_update)
    counters: ClassVar[dict[str, float]] = {}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        check_learning_rate(lr)
        check_not_negative("momentum value", momentum)
        check_not_negative("weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening, "
                f"but got momentum={momentum} and dampening={dampening}"
            )
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_hints(foreach, fused, differentiable)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("momentum_buffer" if group["momentum"] else None,)

    def _counts(self, state: dict[str, Any], fresh: bool) -> tuple[Any, ...]:
        return (fresh,)

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        fresh = counts[0]
        return (
            number(group["lr"]), group["momentum"], 0 if fresh else group["dampening"], number(group["weight_decay"]),
            group["nesterov"], group["maximize"],
        ), ()  # fmt: skip
