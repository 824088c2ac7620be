"""`trace`: a function of Tensors becomes a Graph of op rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.tensor import Tensor
from minitorch.transforms.graph import Graph
from minitorch.transforms.level import current
from minitorch.transforms.symbols import Symbol, symbol_transform
from minitorch.transforms.trees import filled, mapped, tensors_of


def trace(func: Callable) -> Callable:
    """A function that takes the arguments of `func` and returns the Graph of what `func` does with them.

    The graph holds for tensors of the same shapes and dtypes; Python's `if` and `for` go the way that these arguments go. Numbers
    drawn at random are drawn once, and are constants of the graph. Gradients taken inside become part of it. Arguments on `meta`
    serve as well, since values aren't needed.

    >>> import minitorch
    >>> graph = minitorch.func.trace(lambda x: (x * x).sum())(minitorch.ones(3))
    >>> print(graph)
    def graph(k, x0):
        v0 = k.mul(x0, x0)
        v1 = k.sum(v0, (0,), False)
        return v1
    <BLANKLINE>
    """

    def traced(*args: Any) -> Graph:
        values = tensors_of(args, "trace(f)(*args): args")
        with symbol_transform() as transform:
            names = [f"x{number}" for number in range(len(values))]
            entered = [
                transform.enter(
                    current(value), lambda below, name=name: Symbol(transform.over(below.device), name, below)
                )
                for name, value in zip(names, values, strict=True)
            ]
            result = func(*filled(args, entered))

            def variable(value: Any) -> Any:
                if not isinstance(value, Tensor):
                    return value
                return current(value if transform.has(value) else transform.enter(value))._array.variable

            outputs = mapped(variable, result)
        notes = transform.facts["notes"]
        return Graph([current(value)._array.variable for value in entered], notes.constants, notes.equations, outputs)

    return traced
