"""Where ops were called: the user's line and the modules around it, kept with the nodes that the calls recorded.

A place is noted fast and told slowly: what it takes to find the line is kept, and looked up when somebody asks.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator, Sequence
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

from minitorch.explain import describe
from minitorch.operands import shortened
from minitorch.rows import Op
from minitorch.tape import Node, Output

__all__ = ["MODULE_CALLS", "Place", "node_of", "place_of", "remember"]

_OURS = (os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep, "<minitorch ")
MODULE_CALLS: set[CodeType] = set()  # the code of Module.__call__, handed in from two floors up


class Place:
    """The call of an op: the first line outside minitorch on the way to it, the modules around it, and what it was given."""

    __slots__ = ("_code", "_instruction", "arguments", "modules", "op")

    def __init__(self, op: Any, operands: Sequence[Any], settings: Sequence[Any]):
        self.op = op
        self.arguments = _like(operands), settings
        self.modules: list[Any] = []  # the innermost first
        self._code: CodeType | None = None
        self._instruction = -1
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            if code in MODULE_CALLS:
                self.modules.append(frame.f_locals["self"])
            elif self._code is None and not code.co_filename.startswith(_OURS):
                self._code, self._instruction = code, frame.f_lasti
            frame = frame.f_back

    @property
    def filename(self) -> str:
        return "" if self._code is None else self._code.co_filename

    @property
    def line_number(self) -> int:
        if self._code is None:
            return 0
        spans = self._code.co_lines()
        found = (line for start, end, line in spans if start <= self._instruction < end)
        return next(found, None) or self._code.co_firstlineno

    @property
    def line(self) -> str:
        """The line's text, also of a notebook's cell; empty where it can't be had."""
        return linecache.getline(self.filename, self.line_number).strip()

    @property
    def called(self) -> str:
        """The call with its shapes and dtypes: `mul(input: [2, 3] torch.float32, other: [] torch.float32)`."""
        operands, settings = self.arguments
        if not isinstance(self.op, Op):  # a Function: its arguments have no names
            return f"{self.op.name}({', '.join(map(_described, operands))})"
        given = [f"{p.name}: {_described(value)}" for p, value in zip(self.op.operands, operands, strict=True)]
        given += [f"{p.name}={shortened(value)}" for p, value in zip(self.op.settings, settings, strict=True)]
        return f"{self.op.name}({', '.join(given)})"

    @property
    def module_path(self) -> str:
        """`layers.2 (Linear) of Net`: the innermost module, named from the outermost; empty outside of modules."""
        if not self.modules:
            return ""
        *rest, outermost = self.modules
        path, above = [], outermost
        for module in reversed(rest):
            name = next((name for name, below in above.named_modules() if below is module), None)
            if name is not None:  # what isn't registered below the module that called it has no name
                path.append(name)
                above = module
        kind, root = type(above).__name__, type(outermost).__name__
        return f"{'.'.join(path)} ({kind}) of {root}" if path else root

    def told(self) -> Iterator[str]:
        """What there is to say of the place, line by line."""
        yield f"op:       {self.called}"
        if self._code is not None:
            yield f"called:   {self.filename}:{self.line_number}: {self.line}"
        if self.modules:
            yield f"module:   {self.module_path}"


class _Like:
    """What a tensor looked like."""

    def __init__(self, tensor: Any):
        self.shape, self.dtype = tensor._array.shape, tensor.dtype


def _like(operands: Sequence[Any]) -> list[Any]:
    return [
        None if value is None else _like(value) if isinstance(value, list | tuple) else _Like(value)
        for value in operands
    ]


def _described(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_described(part) for part in value)}]"
    return f"{list(value.shape)} {value.dtype!r}" if isinstance(value, _Like) else describe(value)


_places: WeakKeyDictionary[Node, Place] = WeakKeyDictionary()


def remember(node: Node, place: Place) -> None:
    """Keep the place of the call that recorded `node`, as long as the node lives."""
    _places[node] = place


def place_of(node: Any) -> Place | None:
    """Where a node was recorded, if somebody watched then."""
    return _places.get(node)


def node_of(result: Any) -> Node | None:
    """The node that an op recorded for its result or results."""
    for part in result if isinstance(result, tuple) else (result,):
        node = part._node
        if node is not None:
            return node.node if type(node) is Output else node
    return None
