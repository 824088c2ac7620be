"""The graph behind a result: its nodes and edges, and what can be done to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from minitorch.autograd.saved import hooks as _hooks
from minitorch.autograd.saved import saved_tensors_hooks
from minitorch.hooks import RemovableHandle
from minitorch.rows import result_dtype
from minitorch.tape import Node, Output
from minitorch.tensor import Tensor, wrap

__all__ = ["GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "get_gradient_edge",
           "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]  # fmt: skip


class GradientEdge(NamedTuple):
    """Where a tensor's gradient goes: a node, and which of its outputs the tensor is. Serves as an input or output of grad()."""

    node: Any
    output_nr: int
    ownership_token: Any = None  # of one of several results the place of its own


def tensors_at(values: Any, what: str, roots: Sequence[Tensor] = ()) -> list[Tensor]:
    """Tensors as they are, and for edges tensors of zeros without memory that hang there; `roots`: where the walk back begins."""
    values = [values] if isinstance(values, Tensor | GradientEdge) else list(values)
    for number, value in enumerate(values):
        if isinstance(value, GradientEdge):
            end = _end(value, roots)
            zero = end.device.backend.from_host(np.zeros(()), end.dtype, end.device)
            values[number] = wrap(end.device.kernels.expand(zero, tuple(end.shape)), end.dtype, end.device, end)
        elif not isinstance(value, Tensor):
            raise RuntimeError(f"all {what} have to be Tensors or GradientEdges, but got {type(value).__name__}")
    return values


def _end(edge: GradientEdge, roots: Sequence[Tensor]) -> Any:
    """What gradients are sent to: the node, or the Output of it; of an edge made by hand the one behind `roots`."""
    node, index = edge.node, edge.output_nr
    if edge.ownership_token is not None:
        return edge.ownership_token
    if type(node) is not Node or not node.op.several:
        return node
    seen: set[Any] = {root._node for root in roots if root._node is not None}
    stack = list(seen)
    while stack:
        place = stack.pop()
        if type(place) is Output and place.node is node and place.index == index:
            return place
        fresh = {next for next in place.edges if next is not None} - seen
        seen |= fresh
        stack += fresh
    kind = node.op.result[index] if isinstance(node.op.result, tuple) else "same"
    like = SimpleNamespace(shape=node.shape[index], dtype=node.native[index])
    return Output(node, index, like, result_dtype(kind, node.dtype))


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge at which a tensor hangs in the graph; for a leaf, the node that accumulates into its `.grad`."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node = tensor._node
    return GradientEdge(node.node, node.index, node) if type(node) is Output else GradientEdge(node, 0)


def increment_version(tensor: Tensor | Sequence[Tensor]) -> None:
    """Say that tensors were written by other means than an op, so that gradients which need their old values refuse."""
    for one in (tensor,) if isinstance(tensor, Tensor) else tensor:
        one._bump()


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable, *, mode: str = "all") -> RemovableHandle:
    """Call fn once per backward: with the gradients of all `tensors` when all are known, or with the first that comes ("any")."""
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    lock, state = threading.Lock(), {"seen": 0, "gradients": [None] * len(tensors)}

    def hook_of(number: int) -> Callable:
        def hook(gradient: Tensor) -> None:
            with lock:
                state["seen"] += 1
                state["gradients"][number] = gradient
                count, found = state["seen"], list(state["gradients"])
                if count == len(tensors):
                    state["seen"], state["gradients"] = 0, [None] * len(tensors)
            if mode == "any" and count == 1:
                fn(gradient)
            elif mode == "all" and count == len(tensors):
                fn(found)

        return hook

    handles = [tensor.register_hook(hook_of(number)) for number, tensor in enumerate(tensors)]
    return _Handles(handles)


class _Handles(RemovableHandle):
    """Several handles as one."""

    def __init__(self, handles: list[RemovableHandle]):
        self._handles = handles

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()


# --- What is saved ----------------------------------------------------------------------------------------------------


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Refuse saved-tensor hooks inside the block, with this message; also if some are in force already."""
    if _hooks.stack:
        raise RuntimeError(error_message)
    before, _hooks.refusal = _hooks.refusal, error_message
    try:
        yield
    finally:
        _hooks.refusal = before


class save_on_cpu(saved_tensors_hooks):
    """Keep what is saved for backward in the host's memory, and bring it back when it is needed.

    pin_memory is PyTorch's hint for faster copies; the values are the same without it.
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda"):
        super().__init__(lambda tensor: (tensor.device, tensor.cpu()), lambda packed: packed[1].to(packed[0]))


class allow_mutation_on_saved_tensors(saved_tensors_hooks):
    """Let saved tensors be written in place: backward uses the values they had.

    Each is copied when it is saved; PyTorch waits for the write, which costs less memory and gives the same gradients.
    """

    def __init__(self) -> None:
        super().__init__(lambda tensor: tensor.detach().clone(), lambda packed: packed)
