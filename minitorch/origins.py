"""Where recorded ops were called: kept beside the nodes of the tape, and only while somebody asks for it.

note(node)        remember the line that is running now, and the modules around it
origin_of(node)   what was remembered, or None
"""

from __future__ import annotations

import linecache
import os
import sys
from itertools import pairwise
from types import CodeType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

_INSIDE = os.path.dirname(__file__) + os.sep
_GENERATED = "<minitorch "  # the file name of code that dispatch makes
_origins: WeakKeyDictionary[Any, Origin] = WeakKeyDictionary()
module_calls: set[CodeType] = set()  # the code of Module.__call__; nn, a floor above, hands it in


class Origin(NamedTuple):
    """The user's line that called an op, and the module in whose forward it ran ("" outside of modules)."""

    file: str
    line: int
    module: str

    @property
    def text(self) -> str:
        """The source of the line, where it can be had: files, notebook cells, examples of docstrings."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.text else f"{self.file}:{self.line}"


def note(node: Any) -> None:
    """Remember for `node` the innermost running line outside of this package, and the modules that are being called."""
    file, line, modules = "", 0, []
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code in module_calls:
            modules.append(frame.f_locals["self"])
        elif not line and not code.co_filename.startswith((_INSIDE, _GENERATED)):
            file, line = code.co_filename, frame.f_lineno
        frame = frame.f_back
    if line:
        _origins[node] = Origin(file, line, _path(modules[::-1]) if modules else "")


def origin_of(node: Any) -> Origin | None:
    """What note() remembered of a node."""
    return _origins.get(node)


def _path(modules: list[Any]) -> str:
    """`layers.0 (Linear) of Network`, from the modules being called, the outermost first."""
    names = []
    for module, below in pairwise(modules):
        name = next((name for name, child in module.named_children() if child is below), None)
        if name is None:  # called by a module that isn't its parent
            name = next((name for name, child in module.named_modules() if child is below), "?")
        names.append(name)
    outermost, innermost = type(modules[0]).__name__, type(modules[-1]).__name__
    return f"{'.'.join(names)} ({innermost}) of {outermost}" if names else outermost
