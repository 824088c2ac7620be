"""Adam: steps scaled by running averages of the gradient and of its square (Kingma and Ba, arXiv 1412.6980)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_hints, check_not_negative, check_rate_and_betas

__all__ = ["Adam"]


def adam_update(
    k: Any,
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    max_exp_avg_sq: Array | None,
    step: float,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled_weight_decay: bool,
    maximize: bool,
) -> tuple[Array, Array, Array, Array | None]:
    """Step number `step`, counted from 1: the new parameter and the new averages.

    m' = β₁·m + (1 - β₁)·g;  v' = β₂·v + (1 - β₂)·g²;  w' = w - lr/(1 - β₁ᵗ) · m' / (√v' / c + ε) with c = √(1 - β₂ᵗ); here both
    sides of the fraction are multiplied by c. With `max_exp_avg_sq` (AMSGrad: Reddi, Kale and Kumar, ICLR 2018) its largest
    value so far takes the place of v'.
    """
    if maximize:
        grad = -grad
    if weight_decay and decoupled_weight_decay:
        param = param * (1 - lr * weight_decay)
    elif weight_decay:
        grad = grad + param * weight_decay
    exp_avg = exp_avg * beta1 + grad * (1 - beta1)
    exp_avg_sq = exp_avg_sq * beta2 + grad * grad * (1 - beta2)
    largest = exp_avg_sq
    if max_exp_avg_sq is not None:
        largest = max_exp_avg_sq = k.maximum(max_exp_avg_sq, exp_avg_sq)
    correction = math.sqrt(1 - beta2**step)
    size = lr * correction / (1 - beta1**step)
    param = param - exp_avg / (k.sqrt(largest) + eps * correction) * size
    return param, exp_avg, exp_avg_sq, max_exp_avg_sq


class Adam(RuleOptimizer):
    """Take steps of about `lr` in each coordinate, smaller where the gradient's sign changes; `adam_update` has the formulas.

    `weight_decay` adds to the gradient, or with `decoupled_weight_decay` shrinks the parameter itself (AdamW). `foreach`,
    `fused` and `capturable` are accepted for PyTorch's sake and change nothing.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = Adam([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    rule = staticmethod(adam_update)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ):
        _check_tensor("lr", lr, foreach, capturable)
        check_rate_and_betas(lr, eps, betas)
        check_not_negative("weight_decay value", weight_decay)
        if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
            raise ValueError("betas must be either both floats or both Tensors")
        for index, beta in enumerate(betas):
            _check_tensor(f"betas[{index}]", beta, foreach, capturable)
        defaults = {
            "lr": lr, "betas": tuple(map(number, betas)), "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_hints(foreach, fused, differentiable)

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq" if group["amsgrad"] else None)

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        return (
            *counts, number(group["lr"]), *map(number, group["betas"]), group["eps"], group["weight_decay"],
            group["decoupled_weight_decay"], group["maximize"],
        ), ()  # fmt: skip


def _check_tensor(name: str, value: Any, foreach: bool | None, capturable: bool) -> None:
    """PyTorch's `foreach` takes no settings on a device, unless it is to be captured in a graph."""
    if isinstance(value, Tensor) and foreach and not capturable:
        raise ValueError(f"{name} as a Tensor is not supported for capturable=False and foreach=True")
