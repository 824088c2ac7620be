"""A graph of op rows: what `minitorch.func.trace` writes down, and what drawing, exporting and compiling read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from minitorch.dispatch import OPS_ON_TENSORS, define
from minitorch.dtypes import BY_NAME, DType
from minitorch.tensor import Tensor
from minitorch.transforms.trees import leaves


@dataclass(frozen=True)
class Variable:
    """A name in a graph, with what is known of its value."""

    name: str
    shape: tuple[int, ...]
    dtype: DType


@dataclass(frozen=True)
class Equation:
    """One application of a row: `outputs = op(*arguments, **settings)`, where Variables stand for arrays."""

    op: str
    arguments: tuple
    settings: dict[str, Any]
    outputs: Any  # a Variable, or a list of them

    def __str__(self) -> str:
        given = [text(value) for value in self.arguments] + [
            f"{name}={text(value)}" for name, value in self.settings.items()
        ]
        names = (
            self.outputs.name
            if isinstance(self.outputs, Variable)
            else "".join(f"{one.name}, " for one in self.outputs)
        )
        return f"{names.strip()} = k.{self.op}({', '.join(given)})"

    def reads(self) -> Iterator[Variable]:
        """The Variables that it needs."""
        return variables([self.arguments, self.settings])


def variables(tree: Any) -> Iterator[Variable]:
    """The Variables in a tree."""
    return (leaf for leaf in leaves(tree) if isinstance(leaf, Variable))


def text(value: Any) -> str:
    """An argument, or a tree of them, as Python."""
    if isinstance(value, Variable):
        return value.name
    if isinstance(value, DType):
        return f"dtypes.{value.name}"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name!r}: {text(part)}' for name, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(text, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, slice):
        return f"slice({text(value.start)}, {text(value.stop)}, {text(value.step)})"
    return f'float("{value!r}")' if repr(value) in ("inf", "-inf", "nan") else repr(value)


class Graph:
    """A program: inputs and constants go in, equations are carried out in order, outputs come out.

    Call it with Tensors of any backend like the function that it was made of. `print(graph)` shows it as Python.
    """

    def __init__(self, inputs: list[Variable], constants: dict[str, Tensor], equations: list[Equation], outputs: Any):
        self.inputs, self.outputs = inputs, outputs  # outputs: a tree of Variables, formed as the function's result
        self.equations = _needed(equations, outputs)
        read = {one.name for one in variables([[e.arguments, e.settings] for e in self.equations] + [outputs])}
        # Tensors that the function used besides its arguments.
        self.constants = {name: value for name, value in constants.items() if name in read}

    @property
    def source(self) -> str:
        """The definition of a function `graph(k, inputs..., constants...)`, in which `k` has the ops by name."""
        parameters = ["k", *[one.name for one in self.inputs], *self.constants]
        body = [f"    {equation}" for equation in self.equations]
        return "\n".join([f"def graph({', '.join(parameters)}):", *body, f"    return {text(self.outputs)}", ""])

    __str__ = source.fget  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Graph: {len(self.inputs)} inputs, {len(self.constants)} constants, {len(self.equations)} equations>"

    def function(self) -> Callable:
        """The source as a function; a debugger steps through it."""
        return define(self.source, "graph", f"graph {id(self):#x}", {"dtypes": _DTYPES})

    def __call__(self, *arguments: Any) -> Any:
        flat = list(leaves(arguments))
        if len(flat) != len(self.inputs):
            raise TypeError(f"this graph takes {len(self.inputs)} tensors, got {len(flat)}")
        for variable, value in zip(self.inputs, flat, strict=True):
            if tuple(value.shape) != variable.shape or value.dtype is not variable.dtype:
                raise RuntimeError(
                    f"the graph was traced with {variable.name} of shape {list(variable.shape)} and {variable.dtype!r}, got "
                    f"{list(value.shape)} and {value.dtype!r}; trace the function again for these"
                )
        device = flat[0].device if flat else None
        constants = [value if device is None else value.to(device) for value in self.constants.values()]
        return self.function()(OPS_ON_TENSORS, *flat, *constants)


class _Names:
    """`dtypes.float32` in a graph's source."""

    def __getattr__(self, name: str) -> DType:
        if name not in BY_NAME:
            raise AttributeError(name)
        return BY_NAME[name]


_DTYPES = _Names()


def _needed(equations: list[Equation], outputs: Any) -> list[Equation]:
    """The equations on which some output depends."""
    wanted = {one.name for one in variables([outputs])}
    kept = []
    for equation in reversed(equations):
        if any(one.name in wanted for one in variables([equation.outputs])):
            kept.append(equation)
            wanted |= {one.name for one in equation.reads()}
    return kept[::-1]
