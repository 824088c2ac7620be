"""Trace: arrays that write down what is done with them. Each stands for a Tensor, so that the function runs as it ever does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from minitorch.backend import Array, Device
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.dtypes import DType
from minitorch.rows import OPS
from minitorch.tensor import Tensor
from minitorch.transforms.arguments import bound, called, composed
from minitorch.transforms.arrays import Operators
from minitorch.transforms.graph import Equation, Variable
from minitorch.transforms.level import PLAIN, Level, Transform
from minitorch.transforms.trees import mapped


class Symbol(Operators):
    """A Tensor under a name of the graph."""

    __slots__ = ("device", "dtype", "shape", "value", "variable")

    def __init__(self, device: Device, name: str, value: Tensor):
        self.device, self.value, self.shape, self.dtype = device, value, value.shape, value.dtype
        self.variable = Variable(name, tuple(value.shape), value.dtype)


class Notes:
    """What a trace has written so far."""

    def __init__(self) -> None:
        self.equations: list[Equation] = []
        self.constants: dict[str, Tensor] = {}
        self._known: dict[int, str] = {}
        self.count = 0  # of names given to results

    def constant(self, tensor: Tensor) -> str:
        """The name of a Tensor that isn't one of the function's arguments."""
        name = self._known.setdefault(id(tensor), f"c{len(self.constants)}")
        self.constants[name] = tensor  # kept, so that its id stays its own
        return name

    def name(self) -> str:
        """One for the next result."""
        self.count += 1
        return f"v{self.count - 1}"


class SymbolLevel(Level):
    """The kernels of a trace over one device: each row is applied to the Tensors below, and written down."""

    def kernel(self, op_name: str) -> Callable:
        op = OPS.get(op_name)
        if op is not None and op.family == "composition":
            return partial(composed, getattr(OPS_ON_TENSORS, op_name), Symbol)
        return partial(self._noted, op_name)

    @property
    def notes(self) -> Notes:
        return self.transform.facts["notes"]

    def _noted(self, name: str, *arguments: Any, **settings: Any) -> Any:
        positional, named = mapped(
            lambda value: value.value if isinstance(value, Symbol) else value, [arguments, settings]
        )
        op = None if name in PLAIN else OPS.get(name)
        if op is None:
            result = getattr(OPS_ON_TENSORS, name)(*positional, **named)
        else:
            result = called(op, bound(op, positional, named))
        if result is None:  # a check, which passed
            return None
        parts = [result] if isinstance(result, Tensor) else list(result)
        symbols = [Symbol(self.device, self.notes.name(), part) for part in parts]
        arguments, settings = mapped(
            lambda value: value.variable if isinstance(value, Symbol) else value, [arguments, settings]
        )
        outputs = [symbol.variable for symbol in symbols]
        one = isinstance(result, Tensor)
        self.notes.equations.append(Equation(name, arguments, settings, outputs[0] if one else outputs))
        return symbols[0] if one else symbols

    # --- The port -------------------------------------------------------------------------------------------------------

    def lifted(self, tensor: Tensor) -> Symbol:
        return Symbol(self.device, self.notes.constant(tensor), tensor)

    def below(self, array: Symbol) -> list[Tensor]:
        return [array.value]

    def to_host(self, array: Symbol) -> Any:
        warnings.warn(
            "the value of a tensor was asked for while tracing (by .item(), `if tensor:` or the like): the graph holds for "
            "inputs that lead the same way",
            stacklevel=4,
        )
        return array.value._to_host()

    def move(self, array: Symbol, dtype: DType, device: Device) -> Array:
        raise RuntimeError("trace: a graph lies on one device; move the tensors before or after")

    def strides(self, array: Symbol) -> tuple[int, ...]:
        return array.value.stride()

    def detached(self, array: Symbol) -> Symbol:
        return Symbol(self.device, array.variable.name, array.value.detach())


def symbol_transform() -> Transform:
    """A run of trace."""
    return Transform(SymbolLevel, notes=Notes())
