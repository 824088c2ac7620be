"""A function's run on a tape of its own, which can then be walked back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch import tape
from minitorch.ops import zeros_like
from minitorch.tape import mode
from minitorch.tensor import Tensor
from minitorch.transforms.level import Level, Transform, current
from minitorch.transforms.trees import filled, mapped, tensors_of


class Recorded:
    """A function's run on a level of its own: its inputs and outputs there, ready for walks back."""

    def __init__(self, name: str, function: Callable, primals: Any, has_aux: bool):
        """`primals` is what `function` is called with: a tuple."""
        self.transform = Transform(Level)
        self.recording, mode.enabled = mode.enabled, True  # no_grad around a transform doesn't reach into it
        try:
            with self.transform:
                self.primals = primals
                self.inputs = [
                    self._leaf(tensor) for tensor in tensors_of(primals, f"{name}(f, *primals): Expected primals which")
                ]
                result = function(*filled(primals, self.inputs))
        finally:
            mode.enabled = self.recording
        result, self.aux = split(name, result) if has_aux else (result, None)
        self.aux = self.lowered(self.aux)
        self.result = result

    def _leaf(self, tensor: Tensor) -> Tensor:
        return self.transform.enter(current(tensor)).requires_grad_(tensor.dtype.inexact)

    def lowered(self, tree: Any) -> Any:
        """Tensors of this level as the Tensors below that they are made of."""
        return mapped(self._lowered, tree)

    def _lowered(self, value: Any) -> Any:
        while self.transform.has(value):
            value = current(value)._array
        return value if self.recording or not isinstance(value, Tensor) else value.detach()

    def pulled(self, outputs: list[Tensor], cotangents: list[Tensor], retain_graph: bool, create_graph: bool) -> list:
        """The inputs' gradients, Tensors of the level below; zeros where nothing depends on an input."""
        pairs = [
            (current(out)._node, cotangent)
            for out, cotangent in zip(outputs, cotangents, strict=True)
            if self.transform.has(out) and out.requires_grad
        ]
        before, mode.enabled = mode.enabled, create_graph
        try:
            found = tape.run(
                [node for node, _ in pairs],
                [cotangent for _, cotangent in pairs],
                inputs=[leaf._node for leaf in self.inputs if leaf._node is not None],
                retain_graph=retain_graph,
            )
        finally:
            mode.enabled = before
        gradients = [found.get(leaf._node) for leaf in self.inputs]
        return [
            zeros_like(self._lowered(leaf)) if gradient is None else gradient
            for leaf, gradient in zip(self.inputs, gradients, strict=True)
        ]


def split(name: str, result: Any) -> tuple[Any, Any]:
    """A function's result and what it returns besides (has_aux)."""
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(
            f"{name}(f, *primals): output of function f should be a tuple: (output, aux) if has_aux is True; "
            f"got {type(result).__name__}"
        )
    return result
