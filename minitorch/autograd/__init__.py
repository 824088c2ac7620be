"""Gradients on request: `grad`, `backward`, gradient modes, and numerical checks of derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch import tape
from minitorch.autograd import forward_ad, functional, graph
from minitorch.autograd.anomaly_mode import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_detect_anomaly,
)
from minitorch.autograd.function import Function
from minitorch.autograd.gradcheck import gradcheck, gradgradcheck
from minitorch.autograd.lines import recording_lines
from minitorch.autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from minitorch.autograd.stepping import Step, steps
from minitorch.autograd.variable import Variable
from minitorch.func import vmap
from minitorch.tape import Node
from minitorch.tensor import Tensor

__all__ = ["Function", "Node", "Step", "Variable", "backward", "detect_anomaly", "enable_grad", "forward_ad", "functional",
           "grad", "gradcheck", "gradgradcheck", "graph", "inference_mode", "is_anomaly_check_nan_enabled", "is_anomaly_enabled",
           "is_grad_enabled", "is_inference_mode_enabled", "no_grad", "recording_lines", "set_detect_anomaly",
           "set_grad_enabled", "steps"]  # fmt: skip


def _unused(number: int) -> str:
    return (
        f"The differentiated Tensor at index {number} appears to not have been used in the graph. Set allow_unused=True if this "
        "is the desired behavior."
    )


def _listed(value: Any) -> list:
    return [value] if isinstance(value, Tensor | graph.GradientEdge) else list(value)


def backward(
    tensors: Tensor | graph.GradientEdge | Sequence[Any],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | graph.GradientEdge | Sequence[Any] | None = None,
) -> None:
    """Add the gradients of the sum of `tensors` to the `.grad` of the leaves (of `inputs` only, if given)."""
    tensors = graph.tensors_at(tensors, "tensors")
    tape.backward(
        tensors,
        None if grad_tensors is None else _listed(grad_tensors),
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        inputs=None if inputs is None else graph.tensors_at(inputs, "inputs", tensors),
    )


def grad(
    outputs: Tensor | graph.GradientEdge | Sequence[Any],
    inputs: Tensor | graph.GradientEdge | Sequence[Any] | dict[str, Any],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of the sum of `outputs` with respect to `inputs`, returned and not accumulated: a tuple, or of a dict a dict.

    only_inputs: means nothing, as in PyTorch: the gradients of other leaves are never added up.
    is_grads_batched: grad_outputs have one more dimension in front, and so have the results: all are carried back together.

    >>> import minitorch
    >>> x = minitorch.tensor(3.0, requires_grad=True)
    >>> (slope,) = minitorch.autograd.grad(x**3, x, create_graph=True)
    >>> minitorch.autograd.grad(slope, x)
    (tensor(18.),)
    """
    if isinstance(inputs, dict):
        settings = (grad_outputs, retain_graph, create_graph, only_inputs, allow_unused, is_grads_batched,
                    materialize_grads)  # fmt: skip
        return dict(zip(inputs, grad(outputs, tuple(inputs.values()), *settings), strict=True))
    given = _listed(inputs)
    outputs = graph.tensors_at(outputs, "outputs")
    inputs = graph.tensors_at(given, "inputs", outputs)
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got False")
    if is_grads_batched:
        return _batched(outputs, inputs, grad_outputs, create_graph, allow_unused, materialize_grads)
    nodes, seeds = tape.starts(outputs, None if grad_outputs is None else _listed(grad_outputs), create_graph)
    edges = [tape.edge_of(tensor, "grad()") for tensor in inputs]
    found = tape.run(
        nodes,
        seeds,
        inputs=edges,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
    )
    gradients = [found.get(edge) for edge in edges]
    return tuple(
        [
            _answer(number, given[number], tensor, gradient, allow_unused, materialize_grads, create_graph)
            for number, (tensor, gradient) in enumerate(zip(inputs, gradients, strict=True))
        ]
    )


def _answer(
    number: int,
    given: Any,
    tensor: Tensor,
    gradient: Any,
    allow_unused: bool | None,
    materialize: bool,
    create_graph: bool,
) -> Tensor | None:
    """The gradient of an input as the caller gets it: where there is none, None or zeros, if these were asked for."""
    if gradient is not None:
        return gradient if create_graph else tape.wrap(gradient, tensor.dtype, tensor.device, None)
    if not allow_unused and not materialize:
        raise RuntimeError(_unused(number))
    if materialize and isinstance(given, graph.GradientEdge):
        raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
    return tape.ops_on_tensors.zeros_like(tensor) if materialize else None


def _batched(
    outputs: list, inputs: list, gradients: Any, create_graph: bool, allow_unused: bool | None, materialize: bool
) -> tuple[Tensor | None, ...]:
    """`grad` for many gradients of the outputs at once: vmap over the walk back."""
    if gradients is None:
        raise RuntimeError("grad(): is_grads_batched=True needs grad_outputs, with a dimension in front")
    absent: set[int] = set()

    def walk(*given: Tensor) -> tuple[Tensor, ...]:
        found = grad(outputs, inputs, given, True, True, allow_unused=True)
        absent.update(number for number, gradient in enumerate(found) if gradient is None)
        return tuple(gradient for gradient in found if gradient is not None)

    results = iter(vmap(walk)(*_listed(gradients)))
    found = [None if number in absent else next(results) for number in range(len(inputs))]
    if absent and not (allow_unused or materialize):
        raise RuntimeError(_unused(min(absent)))
    return tuple(
        tape.ops_on_tensors.zeros_like(tensor.detach())
        if gradient is None and materialize
        else gradient
        if gradient is None or create_graph
        else gradient.detach()
        for gradient, tensor in zip(found, inputs, strict=True)
    )
