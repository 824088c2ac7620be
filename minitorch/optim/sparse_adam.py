"""SparseAdam: Adam that moves only where there is a gradient, for rows of a table that few examples look up."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

from minitorch.backend import Array
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_rate_and_betas

__all__ = ["SparseAdam"]


def sparse_adam_update(
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
    maximize: bool,
) -> tuple[Array, Array, Array]:
    """Step number `step`, counted from 1: the new parameter and the new averages.

    Where g ≠ 0: m' = β₁·m + (1 - β₁)·g;  v' = β₂·v + (1 - β₂)·g²;  w' = w - lr·√(1 - β₂ᵗ)/(1 - β₁ᵗ) · m' / (√v' + ε).
    Elsewhere all stay as they are: the averages forget nothing for a gradient that isn't there.
    """
    there = grad != 0
    if maximize:
        grad = -grad
    exp_avg = k.where(there, exp_avg * beta1 + grad * (1 - beta1), exp_avg)
    exp_avg_sq = k.where(there, exp_avg_sq * beta2 + grad * grad * (1 - beta2), exp_avg_sq)
    size = lr * math.sqrt(1 - beta2**step) / (1 - beta1**step)
    moved = param - exp_avg / (k.sqrt(exp_avg_sq) + eps) * size
    return k.where(there, moved, param), exp_avg, exp_avg_sq


class SparseAdam(RuleOptimizer):
    """Adam that leaves parameter and averages alone where the gradient is 0; `sparse_adam_update` has the formulas.

    Gradients are dense, as all of minitorch's are; the steps are those of PyTorch's SparseAdam, which takes sparse ones only,
    with `grad.to_sparse()`.

    >>> import minitorch
    >>> table = minitorch.ones(3, 2, requires_grad=True)
    >>> optimizer = SparseAdam([table], lr=0.1)
    >>> minitorch.nn.functional.embedding(minitorch.tensor([1]), table).sum().backward()
    >>> optimizer.step()
    >>> table
    tensor([[1.0000, 1.0000],
            [0.9000, 0.9000],
            [1.0000, 1.0000]], requires_grad=True)
    """

    rule = staticmethod(sparse_adam_update)
    counters: ClassVar[dict[str, float]] = {"step": 0}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ):
        check_rate_and_betas(lr, eps, betas)
        for name, value in (("learning rate", lr), ("epsilon value", eps)):
            if not value > 0:
                raise ValueError(f"Invalid {name}: {value}; expected a number above 0")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        complex_params = [
            [index, position]
            for index, group in enumerate(self.param_groups)
            for position, param in enumerate(group["params"])
            if param.is_complex()
        ]
        if complex_params:
            raise ValueError(
                f"Complex params at indices {complex_params}: SparseAdam does not support complex parameters"
            )

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("exp_avg", "exp_avg_sq")

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        return (*counts, number(group["lr"]), *group["betas"], group["eps"], group["maximize"]), ()

    def _counts(self, state: dict[str, Any], fresh: bool) -> tuple[Any, ...]:
        return (state["step"] + 1,)

    def _count(self, state: dict[str, Any], after: tuple[float, ...]) -> None:
        state["step"] += 1
