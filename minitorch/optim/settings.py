"""The checks of settings that several algorithms share; each raises what PyTorch raises."""

from __future__ import annotations

from typing import Any

from minitorch.errors import message
from minitorch.tensor import Tensor


def check_not_negative(name: str, value: Any) -> None:
    """`value` must be a number from 0 up; NaN is none."""
    if not value >= 0:
        raise ValueError(f"Invalid {name}: {value}; expected a number from 0 up")


def check_one_element(name: str, value: Any) -> None:
    """A setting that is a Tensor must be a single number."""
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"Tensor {name} must be 1-element, but got a tensor of shape {tuple(value.shape)}")


def check_learning_rate(lr: Any) -> None:
    """A learning rate is a number from 0 up, or a Tensor with one element."""
    check_one_element("lr", lr)
    check_not_negative("learning rate", lr)


def check_betas(betas: tuple[Any, Any]) -> None:
    """The decay rates of averages lie in [0, 1)."""
    for index, beta in enumerate(betas):
        check_one_element(f"betas[{index}]", beta)
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}; expected a number in [0, 1)")


def check_hints(foreach: bool | None, fused: bool | None, differentiable: bool) -> None:
    """`foreach` and `fused` only say how PyTorch computes; `differentiable` says what, and is not served."""
    if foreach and fused:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    if differentiable:
        raise NotImplementedError(
            message(
                "differentiable=True is not served: an optimizer's step can't be differentiated through",
                hint="write the update as tensor operations, with gradients from autograd.grad(loss, w, create_graph=True)",
            )
        )
