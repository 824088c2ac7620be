"""Adafactor: of a matrix's squared gradients the row and column means alone are kept (Shazeer and Stern, arXiv 1804.04235)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

from minitorch.backend import Array
from minitorch.ops.creation import zeros
from minitorch.tensor import Tensor
from minitorch.type_limits import finfo

from .optimizer import number
from .rules import RuleOptimizer
from .settings import check_one_element

__all__ = ["Adafactor"]


def adafactor_update(
    k: Any,
    param: Array,
    grad: Array,
    row_var: Array | None,
    col_var: Array | None,
    variance: Array | None,
    step: float,
    lr: float,
    beta2_decay: float,
    eps1: float | None,
    eps2: float,
    d: float,
    weight_decay: float,
    maximize: bool,
) -> tuple[Array, Array | None, Array | None, Array | None]:
    """Step number `step`, counted from 1: the new parameter and the new means of squares.

    With β = 1 - t^beta2_decay the row means R' = β·R + (1 - β)·mean(g², -1), likewise the column means C'; v = R'C' / mean(R');
    of a vector v' = β·v + (1 - β)·g². u = g / √max(v, ε₁²), and w' = w - α·u / max(1, rms(u) / d), where
    α = max(ε₂, rms(w)) · min(lr, 1/√t).
    """
    if maximize:
        grad = -grad
    if eps1 is None:
        eps1 = finfo(k.backend.dtype_of(param)).eps
    share = step**beta2_decay
    size = _at_least(k, _root_mean_square(k, param), eps2) * min(lr, 1 / math.sqrt(step))
    if weight_decay:
        param = param * (1 - lr * weight_decay)
    square = grad * grad
    if row_var is not None and col_var is not None:
        last = len(grad.shape) - 1
        row_var = row_var * (1 - share) + _mean(k, square, last) * share
        col_var = col_var * (1 - share) + _mean(k, square, last - 1) * share
        estimate = row_var / _at_least(k, _mean(k, row_var, last - 1), eps1) * col_var
    else:
        estimate = variance = variance * (1 - share) + square * share
    update = grad / k.sqrt(_at_least(k, estimate, eps1 * eps1))
    clipped = _at_least(k, _root_mean_square(k, update) / d, 1.0)
    return param - update * (size / clipped), row_var, col_var, variance


def _mean(k: Any, array: Array, dim: int) -> Array:
    return k.sum(array, (dim,), True) / array.shape[dim]


def _root_mean_square(k: Any, array: Array) -> Array:
    count = math.prod(array.shape)
    square = k.matmul(
        k.reshape(array, (1, count)), k.reshape(array, (count, 1))
    )  # one pass, by BLAS where there is one
    return k.sqrt(k.reshape(square, ()) / max(count, 1))


def _at_least(k: Any, array: Array, least: float) -> Array:
    return k.maximum(array, k.new_full(array, (), least))


class Adafactor(RuleOptimizer):
    """Steps relative to the parameter's own size, with little state; `adafactor_update` has the formulas.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = Adafactor([weight], lr=0.1)
    >>> (weight * weight).sum().backward()
    >>> optimizer.step()
    >>> weight
    tensor([ 0.8419, -1.8419], requires_grad=True)
    """

    rule = staticmethod(adafactor_update)
    pointwise: ClassVar[bool] = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ):
        check_one_element("lr", lr)
        for name, value, low in (("Learning rate", lr, 0), ("epsilon1", eps[0] or 0, 0), ("epsilon2", eps[1], 0),
                                 ("Clipping threshold d", d, 1), ("weight_decay", weight_decay, 0)):  # fmt: skip
            if not value >= low:
                raise ValueError(f"{name} should be >= {low} but is: {value}")
        if not beta2_decay <= 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any], param: Tensor) -> None:
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        return ("row_var", "col_var", None) if dims > 1 else (None, None, "variance")

    def begin(self, name: str, group: dict[str, Any], param: Tensor) -> Tensor:
        return zeros(self.size(name, param), dtype=param.dtype, device=param.device)

    def size(self, name: str, param: Tensor) -> tuple[int, ...]:
        size = list(param._array.shape)
        if name != "variance":
            size[-1 if name == "row_var" else -2] = 1
        return tuple(size)

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        return (*counts, number(group["lr"]), group["beta2_decay"], *group["eps"], group["d"], group["weight_decay"],
                group["maximize"]), ()  # fmt: skip
