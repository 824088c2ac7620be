"""The checks of settings that several algorithms share; each raises what PyTorch raises."""

from __future__ import annotations

from typing import Any

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


def check_rate_and_betas(lr: Any, eps: float, betas: tuple[Any, Any]) -> None:
    """What Adam and its relatives have in common: a rate, a floor, and decay rates of averages in [0, 1)."""
    check_learning_rate(lr)
    check_not_negative("epsilon value", eps)
    for index, beta in enumerate(betas):
        check_one_element(f"betas[{index}]", beta)
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}; expected a number in [0, 1)")


def check_hints(foreach: bool | None, fused: bool | None, differentiable: bool) -> None:
    """`foreach` and `fused` say how PyTorch computes, in ways that exclude each other."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
