"""Backward in slow motion: `for step in steps(loss)` stops at every node, shows what flows there, and lets it be changed.

    >>> import minitorch
    >>> w = minitorch.tensor(2.0, requires_grad=True)
    >>> for step in minitorch.autograd.steps((w * w).log()):
    ...     print(step)
    LogBackward0, result of shape []
      formula   log(input)
      saved     input: tensor(4.)
      incoming  tensor(1.)
      outgoing  input: g * (1 / input) = tensor(0.2500)
    MulBackward0, result of shape []
      formula   input * other
      saved     input: tensor(2.)
                other: tensor(2.)
      incoming  tensor(0.2500)
      outgoing  input: g * other = tensor(0.5000)
                other: g * input = tensor(0.5000)
    AccumulateGrad, leaf of shape []
      incoming  tensor(1.)

The walk is the one of `tape.run`, with the same order, the same rules and the same hooks; only what serves speed is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop
from typing import Any

from minitorch import tape
from minitorch.autograd.step import Step, alone
from minitorch.hooks import call_after, call_before, call_hooks
from minitorch.tape import Leaf, Output, mode
from minitorch.tensor import Tensor, wrap

__all__ = ["Step", "steps"]


def steps(
    loss: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> Iterator[Step]:
    """loss.backward(gradient, retain_graph, inputs=inputs), with a stop at each node; the loop body runs before it is left.

    A `Step` shows the gradient that comes in, those that go out, one for each operand, and what was kept. Assign to `incoming` or
    to an item of `outgoing`, or write into them, and that flows on. A leaf's `.grad` is added to when the loop goes on from the
    leaf's step. Leave the loop early, and the other leaves stay as they were, and the graph can still be walked; at its end
    the kept values are freed, unless `retain_graph`.
    """
    roots, seeds = tape.starts([loss], None if gradient is None else [gradient], False)
    if inputs is None:
        return _walk(roots, seeds, None, retain_graph)
    tensors = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not tensors:
        raise RuntimeError("'inputs' argument to steps() cannot be empty")
    return _walk(roots, seeds, {tape.edge_of(tensor, "steps()"): tensor for tensor in tensors}, retain_graph)


def _walk(roots: list, seeds: list, wanted: dict[Any, Tensor] | None, retain_graph: bool) -> Iterator[Step]:
    useful = set() if wanted is None else tape.on_the_way(roots, set(wanted))
    pending: dict[Any, Any] = {}
    heap: list[tuple[int, Any]] = []
    walked = []
    for root, seed in zip(roots, seeds, strict=True):
        tape.send(root, alone(seed, root), pending, heap)
    while heap:
        node = heappop(heap)[1]
        gradient = pending.pop(node)
        if node.hooks is not None:
            with _as_in_backward(node):
                gradient = call_hooks(node, gradient, False)
        if wanted is not None and node in wanted and type(node) is not Leaf:
            wanted[node].retain_grad()
            wanted[node]._grad = wrap(alone(gradient, node), node.dtype, node.device, None)
            if not any(edge in useful for edge in node.edges):  # nothing behind it is asked for
                continue
        if node.hooks is not None:
            with _as_in_backward(node):
                gradient = call_before(node, gradient, False)
        if type(node) is Output:
            tape.collect(node, gradient, pending, heap)
            continue
        step = Step(
            node, gradient, lambda gradient, node=node: _pull(node, gradient, None if wanted is None else useful)
        )
        yield step
        walked.append(node)
        arrays = step.leaving()
        with _as_in_backward(node):
            if type(node) is Leaf and (wanted is None or node in wanted):
                tape.accumulate(node, alone(step.arriving(), node), False)
            for edge, array in zip(node.edges, arrays, strict=True):
                if array is not None:
                    tape.send(edge, array, pending, heap)
    for node in () if retain_graph else walked:
        if type(node) is not Leaf:
            node.saved = node.out = None


def _pull(node: Any, gradient: Any, useful: set | None) -> list:
    """The gradients of the operands, arrays of their shapes and dtypes that nobody else holds; None where none is wanted."""
    if type(node) is Leaf:
        return []
    with _as_in_backward(node):
        pulled = node.op.pull(node, gradient, node.device.kernels if node.dtype.full else node.device.short_kernels)
        if node.hooks is not None:
            pulled = call_after(node, gradient, pulled, False)
        return [
            None
            if edge is None or array is None or (useful is not None and edge not in useful)
            else alone(tape.fit_array(edge, array, node), edge)
            for edge, array in zip(node.edges, pulled, strict=True)
        ]


@contextmanager
def _as_in_backward(node: Any) -> Iterator[None]:
    """As rules and hooks run in backward: nothing is recorded, and the library computes on the node's device."""
    before, guards = mode.enabled, []
    if node.device.backend.inner is None:
        mode.enabled = False
    tape.guard(node.device, guards)
    try:
        yield
    finally:
        tape.guard(None, guards)
        mode.enabled = before
