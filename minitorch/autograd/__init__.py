"""Gradients on request: `grad`, `backward`, gradient modes, and numerical checks of derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch import tape
from minitorch.autograd import forward_ad, functional
from minitorch.autograd.function import Function
from minitorch.autograd.gradcheck import gradcheck, gradgradcheck
from minitorch.autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from minitorch.tape import Node
from minitorch.tensor import Tensor

__all__ = ["Function", "Node", "backward", "enable_grad", "forward_ad", "functional", "grad", "gradcheck", "gradgradcheck",
           "inference_mode", "is_grad_enabled", "is_inference_mode_enabled", "no_grad", "set_grad_enabled"]  # fmt: skip


def _listed(value: Any) -> list:
    return [value] if isinstance(value, Tensor) else list(value)


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradients of the sum of `tensors` to the `.grad` of the leaves (of `inputs` only, if given)."""
    tape.backward(
        _listed(tensors),
        None if grad_tensors is None else _listed(grad_tensors),
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        inputs=None if inputs is None else _listed(inputs),
    )


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the sum of `outputs` with respect to `inputs`, returned and not accumulated.

    >>> import minitorch
    >>> x = minitorch.tensor(3.0, requires_grad=True)
    >>> (slope,) = minitorch.autograd.grad(x**3, x, create_graph=True)
    >>> minitorch.autograd.grad(slope, x)
    (tensor(18.),)
    """
    outputs, inputs = _listed(outputs), _listed(inputs)
    nodes, seeds = tape.starts(outputs, None if grad_outputs is None else _listed(grad_outputs), create_graph)
    edges = [tape.edge_of(tensor, "grad()") for tensor in inputs]
    found = tape.run(
        nodes,
        seeds,
        inputs=edges,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
    )
    results: list[Tensor | None] = []
    for tensor, edge in zip(inputs, edges, strict=True):
        gradient = found.get(edge)
        if gradient is None:
            if not allow_unused and not materialize_grads:
                raise RuntimeError(
                    "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True "
                    "if this is "
                    "the desired behavior."
                )
            results.append(tape.ops_on_tensors.zeros_like(tensor) if materialize_grads else None)
        else:
            results.append(gradient if create_graph else tape.wrap(gradient, tensor.dtype, tensor.device, None))
    return tuple(results)
