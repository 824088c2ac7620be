"""What has no derivative, and says so on the way back: the result is on the tape, so that nobody takes it for a constant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from minitorch.rows import Array, op
from minitorch.tape import mode
from minitorch.tensor import Tensor


def refusing(name: str, why: str = "detach() what it is taken of") -> Callable:
    """A rule for an operand of a row by which it has no derivative."""

    def partial(k):
        raise RuntimeError(f"derivative for {name} is not implemented; {why}")

    partial.refused = True  # on the tape all the same, so that backward says so
    return partial


def _refuse(name: str, node: str) -> NoReturn:
    if node:
        raise NotImplementedError(f"the derivative for '{name}' is not implemented; detach() what it is taken of")
    refusing(name)(None)
    raise AssertionError


@op(
    grad=lambda derived, node_name: _refuse(derived, node_name),
    public=False,
    grad_name=lambda node: node.params[1] or "NotImplemented",
)
def tied(k, tensors: list[Array], derived: str, node_name: str):
    """The first of the tensors, on the tape as a result of the op `derived` from the others."""
    return tensors[0]


def underivable(name: str, result: Any, *inputs: Tensor | None, node: str = "") -> Any:
    """A result that was computed outside the tape, on the tape if an input is, with a derivative that raises.

    `node` is the name of its node, where PyTorch has one of its own for this.
    """
    given = [tensor for tensor in inputs if tensor is not None and tensor.requires_grad]
    return tied([result, *given], name, node) if given and mode.enabled else result
