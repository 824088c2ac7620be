"""Muon: momentum whose matrix is made orthogonal, so that all directions get steps of one size (Jordan et al. 2024).

The iteration is that of https://kellerjordan.github.io/posts/muon/; "match_rms_adamw" is of Liu et al., arXiv 2502.16982.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from minitorch.backend import Array
from minitorch.dtypes import bfloat16, float32, float64
from minitorch.tensor import Tensor

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_one_element

__all__ = ["Muon"]

EPS = 1e-7
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5


def muon_update(
    k: Any,
    param: Array,
    grad: Array,
    momentum_buffer: Array,
    lr: float,
    momentum: float,
    weight_decay: float,
    nesterov: bool,
    coefficients: tuple[float, float, float],
    eps: float,
    steps: int,
    adjust: str | None,
) -> tuple[Array, Array]:
    """One step: the new parameter and the new momentum.

    b' = μ·b + (1 - μ)·g;  O = orthogonalized(b', or with Nesterov μ·b' + (1 - μ)·g);  w' = (1 - lr·weight_decay)·w - lr·r·O,
    where r = √max(1, rows/columns), or 0.2·√max(rows, columns) to match the sizes of AdamW's steps.
    """
    momentum_buffer = momentum_buffer * momentum + grad * (1 - momentum)
    direction = grad * (1 - momentum) + momentum_buffer * momentum if nesterov else momentum_buffer
    rows, columns = param.shape
    ratio = 0.2 * math.sqrt(max(rows, columns)) if adjust == "match_rms_adamw" else math.sqrt(max(1, rows / columns))
    update = k.cast_like(_orthogonalized(k, direction, coefficients, eps, steps), param)
    return param * (1 - lr * weight_decay) - update * (lr * ratio), momentum_buffer


def _orthogonalized(k: Any, matrix: Array, coefficients: tuple[float, float, float], eps: float, steps: int) -> Array:
    """About the nearest orthogonal matrix, U·Vᵀ of U·S·Vᵀ, by `steps` of X' = a·X + (b·XXᵀ + c·(XXᵀ)²)·X.

    The coefficients rise steeply at 0 and end between 0.7 and 1.2 in place of 1, which does. Rounded to bfloat16 as in PyTorch.
    """
    a, b, c = coefficients
    rounded = _rounding(k)
    tall = matrix.shape[0] > matrix.shape[1]
    wide = rounded(k.cast(matrix, float32))
    wide = k.transpose(wide, 0, 1) if tall else wide
    length = rounded(k.sqrt(k.sum(wide * wide, (0, 1), False)))
    wide = rounded(wide / k.maximum(length, k.full_like(length, eps)))
    for _ in range(steps):
        gram = rounded(k.matmul(wide, k.transpose(wide, 0, 1)))
        change = rounded(_multiply_add(k, gram, b, k.matmul(gram, gram) * c))
        wide = rounded(_multiply_add(k, wide, a, k.matmul(change, wide)))
    return k.transpose(wide, 0, 1) if tall else wide


def _multiply_add(k: Any, input: Array, factor: float, other: Array) -> Array:
    """factor·input + other in float32, rounded once, as processors do; in float64 the product is exact.

    Sums of a few bfloat16 numbers' products often lie in the middle between two bfloat16 numbers, where one more
    rounding decides.
    """
    return k.cast(k.cast(input, float64) * float(np.float32(factor)) + k.cast(other, float64), float32)


def _rounding(k: Any) -> Callable[[Array], Array]:
    if not k.backend.supports(bfloat16):
        return lambda array: array
    return lambda array: k.cast(k.cast(array, bfloat16), float32)


class Muon(RuleOptimizer):
    """Steps for the weights of hidden layers, matrices all; `muon_update` has the formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([[1.0, 0.0], [0.0, 3.0]], requires_grad=True)
    >>> optimizer = Muon([weight], lr=0.1, weight_decay=0)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([[0.8867, 0.0000],
            [0.0000, 2.9250]], requires_grad=True)
    """

    rule = staticmethod(muon_update)
    pointwise: ClassVar[bool] = False
    counters: ClassVar[dict[str, float]] = {}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
        eps: float = EPS,
        ns_steps: int = STEPS,
        adjust_lr_fn: str | None = None,
    ):
        check_one_element("lr", lr)
        for name, value in (("Learning rate", lr), ("momentum", momentum), ("weight decay", weight_decay)):
            if not value >= 0:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Adjust learning rate function {adjust_lr_fn} is not supported; it may be 'original' or 'match_rms_adamw'"
            )
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                if param.dim() != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {param.size()}"
                    )

    def check(self, group: dict[str, Any], param: Tensor) -> None:
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        if group["ns_steps"] >= 100:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("momentum_buffer",)

    def _counts(self, state: dict[str, Any], fresh: bool) -> tuple[Any, ...]:
        return ()

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        settings = [
            group[name]
            for name in ("momentum", "weight_decay", "nesterov", "ns_coefficients", "eps", "ns_steps", "adjust_lr_fn")
        ]
        return (number(group["lr"]), *settings), ()
