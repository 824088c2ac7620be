"""Adam: steps scaled by running averages of the gradient and of its square (Kingma and Ba, arXiv 1412.6980)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from minitorch.backend import BODIES, Array
from minitorch.tensor import Tensor

from .optimizer import Optimizer, array_of, buffer_like, check_state, number, step_counter, store
from .settings import check_betas, check_hints, check_learning_rate, check_not_negative

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

    m' = β₁·m + (1 - β₁)·g;  v' = β₂·v + (1 - β₂)·g²;  w' = w - lr/(1 - β₁ᵗ) · m' / (√v' / √(1 - β₂ᵗ) + ε).
    With `max_exp_avg_sq` (AMSGrad: Reddi, Kale and Kumar, ICLR 2018) its largest value so far takes the place of v'.
    A complex parameter is two real ones.
    """
    if k.backend.dtype_of(param).is_complex:
        settings = (step, lr, beta1, beta2, eps, weight_decay, decoupled_weight_decay, maximize)
        return _on_both_parts(k, adam_update, (param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq), settings)
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
    size = lr / (1 - beta1**step)
    spread = k.sqrt(largest) * (1 / math.sqrt(1 - beta2**step)) + eps
    return param - exp_avg / spread * size, exp_avg, exp_avg_sq, max_exp_avg_sq


BODIES["adam_update"] = adam_update


def _on_both_parts(k: Any, update: Callable[..., tuple], arrays: tuple[Array | None, ...], settings: tuple) -> Any:
    real, imaginary = (
        update(k, *[None if array is None else part(array) for array in arrays], *settings) for part in (k.real, k.imag)
    )
    return tuple(None if a is None else k.make_complex(a, b) for a, b in zip(real, imaginary, strict=True))


class Adam(Optimizer):
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
        check_learning_rate(lr)
        check_not_negative("epsilon value", eps)
        check_betas(betas)
        check_not_negative("weight_decay value", weight_decay)
        check_hints(foreach, fused, differentiable)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "differentiable": differentiable, "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; `closure` computes the loss anew, which is returned."""
        loss = self._loss(closure)
        ready = self._ready()
        for group, pairs in ready:
            for param, _ in pairs:
                self._check(param, group["amsgrad"])
        for group, pairs in ready:
            settings = (
                number(group["lr"]), *map(number, group["betas"]), group["eps"], group["weight_decay"],
                group["decoupled_weight_decay"], group["maximize"],
            )  # fmt: skip
            for param, grad in pairs:
                self._update(param, grad, self.state[param], group["amsgrad"], settings)
        return loss

    def _check(self, param: Tensor, amsgrad: bool) -> None:
        state = self.state.get(param)
        if state:
            check_state(self, param, state["exp_avg"], state["exp_avg_sq"])
            if amsgrad:
                check_state(self, param, state.get("max_exp_avg_sq"))

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], amsgrad: bool, settings: tuple) -> None:
        if not state:
            state["step"] = step_counter()
            state["exp_avg"] = buffer_like(param)
            state["exp_avg_sq"] = buffer_like(param)
        if amsgrad and "max_exp_avg_sq" not in state:
            state["max_exp_avg_sq"] = buffer_like(param)
        counter, mean, square = state["step"], state["exp_avg"], state["exp_avg_sq"]
        largest = state["max_exp_avg_sq"] if amsgrad else None
        count = counter._array + 1
        updated = param.device.kernels.adam_update(
            array_of(param), grad._array, array_of(mean), array_of(square), None if largest is None else array_of(largest),
            float(count), *settings,
        )  # fmt: skip
        counter._array = count
        counter._bump()
        for target, array in zip((param, mean, square, largest), updated, strict=True):
            if target is not None:
                store(target, array)
