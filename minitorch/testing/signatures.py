"""What editors and type checkers are told of the op table: the stubs in `minitorch/signatures`, which nothing runs.

    python -m minitorch.testing.signatures

Functions and methods are made when minitorch is imported, where no type checker sees them. Their parameters come from the
functions themselves, what they return from calls on the rows' samples, their meaning from their docstrings.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import minitorch
from minitorch import dtypes
from minitorch.backend import Device
from minitorch.ops import FUNCTIONS
from minitorch.rows import OPS, Op
from minitorch.tensor import Tensor
from minitorch.testing.conformance.cases import REFUSALS, call, samples
from minitorch.testing.wording import paragraph

FOLDER = Path(minitorch.__file__).parent / "signatures"
MODULES = ("fft", "linalg", "special")  # whose functions are rows too
HEAD = '"""Made by `python -m minitorch.testing.signatures` from {}."""\n\nimport builtins\nfrom typing import Any, NamedTuple\n'
OPERATORS = """\
class Methods:
    __hash__ = object.__hash__
    def __getattr__(self, name: str) -> Any: ...
    def __getitem__(self, key: Any) -> Tensor: ...
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __neg__(self) -> Tensor: ...
    def __eq__(self, other: Any) -> Any: ...
    def __ne__(self, other: Any) -> Any: ...
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __getitem__
    __floordiv__ = __mod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __and__ = __or__ = __xor__ = __getitem__
    __lt__ = __le__ = __gt__ = __ge__ = __getitem__
    __invert__ = __abs__ = __pos__ = __neg__"""
TRIED = (dtypes.float64, dtypes.int64)
PLAIN = ("bool", "float", "int", "str")  # annotations that are passed on


def stubs() -> dict[str, str]:
    """Each file's text by its name: the functions of `minitorch` with the methods of Tensor, and of each module."""
    found = {"__init__.pyi": "\n".join(_main_lines()) + "\n"}
    for name in MODULES:
        functions = vars(import_module(f"minitorch.{name}"))
        lines = [line for each in sorted(functions["__all__"]) for line in stub(each, functions[each])]
        results = sorted(set(re.findall(r"-> (\w+Result):", "\n".join(lines))))
        imported = [f"from minitorch.signatures import {', '.join(results)}"] * bool(results)
        lines = [HEAD.format(f"minitorch.{name}"), *imported, "from minitorch.tensor import Tensor\n", *lines]
        found[f"{name}.pyi"] = "\n".join(lines) + "\n"
    return found


def _main_lines() -> Iterator[str]:
    yield HEAD.format("the op table")
    yield "from minitorch.tensor import Tensor\n"
    for name, members in sorted(returned().items()):
        if isinstance(members, tuple):
            yield f"class {_type_name(name)}(NamedTuple):"
            yield from (f"    {member}: Tensor" for member in members)
    for name in sorted(FUNCTIONS):
        yield from stub(name, FUNCTIONS[name])
    yield OPERATORS
    for name in sorted(vars(Tensor)):
        method = vars(Tensor)[name]
        if not name.startswith("_") and getattr(method, "__module__", "") != Tensor.__module__:
            yield from stub(name, method, "    ")


@cache
def returned() -> dict[str, Any]:
    """What the public rows return: a type in words, or the names of several results."""
    return {row.name: _returned(row) for row in OPS.values() if row.public}


def _type_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_")) + "Result"


def _returned(row: Op) -> Any:
    if any(parameter.name.startswith(("return_", "get_")) for parameter in row.parameters):
        return "Any"  # that is what the parameter says
    found = set()
    for dtype in TRIED:
        for sample in samples(row, Device("numpy/cpu"), dtype, requires_grad=False):
            try:
                result = call(row, sample)
            except REFUSALS:
                continue
            found.add(getattr(result, "_fields", None) or _kind(result))
    return found.pop() if len(found) == 1 else "Any"


def _kind(result: Any) -> str:
    if isinstance(result, tuple | list):
        return f"tuple[{', '.join(map(_kind, result))}]" if isinstance(result, tuple) and 0 < len(result) < 4 else "Any"
    return _known(type(result).__name__)


def stub(name: str, function: Any, indent: str = "") -> Iterator[str]:
    """A function's or a method's declaration."""
    if not isinstance(function, FunctionType):
        return
    parameters = list(inspect.signature(function).parameters.values())
    if indent:
        parameters[:1] = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    yield f"{indent}def {name}({', '.join(_parameters(parameters))}) -> {_result(name, function)}:"
    yield f'{indent}    """{paragraph(function.__doc__) or name}"""'


def _result(name: str, function: Callable) -> str:
    """What a function returns, as far as its row or its annotation says it."""
    kind = returned().get(function.__name__)
    if isinstance(kind, tuple):
        return _type_name(function.__name__)
    said = function.__annotations__.get("return")
    in_place = name.endswith("_") and name[:-1] in OPS
    return kind or ("Tensor" if in_place else _known(said))


def _known(annotation: Any) -> str:
    """A type that the stubs know; Tensor's methods `bool`, `float` and `int` hide these types, so they are named in full."""
    return f"builtins.{annotation}" if annotation in PLAIN else annotation if annotation == "Tensor" else "Any"


def _parameters(parameters: list[inspect.Parameter]) -> Iterator[str]:
    starred = False
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and not starred:
            yield "*"
        starred |= each.kind in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        star = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        kind = "" if each.name == "self" else ": Any"
        if type(each.annotation) is str:
            kind = f": {_known(each.annotation)}" if kind else ""
        default = "" if each.default is each.empty else f" = {_default(each.default)}"
        yield f"{star}{each.name}{kind}{default}"


def _default(value: Any) -> str:
    return repr(value) if value is None or isinstance(value, bool | int | str) else "..."


def main() -> int:
    """Write the stubs."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in stubs().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
