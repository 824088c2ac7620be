"""Write manifest.json: the names and the signatures of a really installed CuPy, which the stand-in is driven by.

    python tests/strict_cupy/make_manifest.py [--out FILE]

CuPy imports without a driver, so any machine can do it: `pip install cupy-cuda13x==VERSION`. A function's entry is its
signature as `inspect` gives it, or as the first line of the docstring does for what is compiled; a ufunc's is its loops.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import re
import sys
import types
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).with_name("manifest.json")
MODULES = (
    "cupy",
    "cupy.cuda",
    "cupy.cuda.device",
    "cupy.cuda.memory",
    "cupy.cuda.pinned_memory",
    "cupy.cuda.runtime",
    "cupy.cuda.stream",
    "cupy.fft",
    "cupy.lib.stride_tricks",
    "cupy.linalg",
    "cupy.random",
    "cupy_backends.cuda.libs.cublas",
    "cupyx",
    "cupyx.scipy.special",
)
CLASSES = (
    "cupy.ndarray",
    "cupy.ufunc",
    "cupy.cuda.Device",
    "cupy.cuda.Event",
    "cupy.cuda.MemoryPointer",
    "cupy.cuda.MemoryPool",
    "cupy.cuda.PinnedMemoryPool",
    "cupy.cuda.Stream",
)
# Ufuncs that stand behind functions, and decide which dtypes those take.
HIDDEN = {
    "where": ("cupy._sorting.search", "_where_ufunc"),
    "clip": ("cupy._core._routines_math", "clip"),
    "round": ("cupy._core.core", "_round_ufunc"),
}
PACKAGES = ("cupy", "cupyx", "cupy_backends")
# What every class has is no news, but for what arrays refuse or give a meaning of their own.
ORDINARY = {*dir(object), "__pyx_vtable__", "__setstate__", "__weakref__", "__slots__", "__module__"}
OVERRIDDEN = {"__eq__", "__ge__", "__gt__", "__le__", "__lt__", "__ne__", "__format__"}


def signature(function: Any) -> str | None:
    """The parameters as they would be written, `(a, axis=None, *, copy=None)`; None where nothing says them."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return documented_signature(inspect.getdoc(function) or "")
    plain = [
        each.replace(annotation=each.empty, default=each.default if each.default is each.empty else Text(each.default))
        for each in found.parameters.values()
    ]
    return str(inspect.Signature(plain))


class Text:
    """A default value that is written as Python reads it; `...` stands for what it can't read."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        if isinstance(self.value, type):
            return self.value.__name__ if self.value in (bool, float, int) else "..."
        return repr(self.value) if isinstance(self.value, bool | int | float | str | tuple | None) else "..."


def documented_signature(text: str) -> str | None:
    """The same, from the line that Cython puts on top of a docstring: `ndarray.sort(self, int axis=-1) -> ndarray`."""
    found = re.match(r"[\w.]+(\(.*?\))(?: -> [\w. ]+)?$", text.partition("\n")[0])
    if not found:
        return None
    declared = re.sub(r"(?:\b\w+ +)+(?=\w+ *[,=)])", "", found[1])  # without C's types
    declared = re.sub(r"=(?!None|True|False|[-'\"(\d])\w+", "=...", declared)  # constants of the module
    return str(inspect.signature(eval(f"lambda {declared[1:-1]}: None")))  # unreadable ones fail here


def loops(function: Any) -> dict[str, Any]:
    """A ufunc: its loops, which of them are there to raise an error, and those that `dtype=` chooses from."""

    def text(loop: Any) -> str:
        return "->".join("".join(dtype.char for dtype in dtypes) for dtypes in (loop.in_types, loop.out_types))

    found = {
        "kind": "ufunc",
        "name": function.name,
        "nin": function.nin,
        "nout": function.nout,
        "types": function.types,
    }
    refused = [text(loop) for loop in function._ops.ops if loop.error_func is not None]
    chosen = [text(loop) for loop in function._out_ops.ops] if function._out_ops else []
    return found | ({"refused": refused} if refused else {}) | ({"dtype_types": chosen} if chosen else {})


def entry(value: Any, ufunc: type) -> dict[str, Any]:
    """What the manifest says of one public name."""
    if isinstance(value, types.ModuleType):
        return {"kind": "module"}
    if isinstance(value, ufunc):
        return loops(value)
    if isinstance(value, type):
        return {"kind": "class", "module": value.__module__, "name": value.__name__}
    if callable(value):
        return {"kind": "function", "signature": signature(value)}
    if isinstance(value, str):
        return {"kind": "constant", "value": value}
    if isinstance(value, bool | int | float | None):
        finite = value is None or abs(value) < float("inf")  # JSON has no inf and no nan
        return {"kind": "constant", "value": value if finite else repr(value)}
    return {"kind": "object", "class": type(value).__name__}


def names(home: Any, kinds: type) -> dict[str, dict[str, Any]]:
    """The entries of what a module or a class holds; a class's special methods count as its public ones."""
    special = isinstance(home, type)
    found = {}
    for name in sorted(dir(home)):
        dunder = name.startswith("__") and name.endswith("__")
        if name in ORDINARY - OVERRIDDEN or (name.startswith("_") and not (special and dunder)):
            continue
        value = getattr(home, name)
        if isinstance(value, types.ModuleType) and value.__name__.partition(".")[0] not in PACKAGES:
            continue  # what a module of CuPy imports for itself
        if type(value).__name__ == "_Feature":  # `from __future__ import annotations`
            continue
        found[name] = entry(value, kinds)
    return found


def read() -> dict[str, Any]:
    """The manifest of the CuPy that is installed here, past the stand-in that lies beside this file."""
    sys.path[:] = [each for each in sys.path if Path(each).resolve() != MANIFEST.parent]
    cupy = importlib.import_module("cupy")
    modules = {name: names(importlib.import_module(name), cupy.ufunc) for name in MODULES}
    classes = {}
    for path in CLASSES:
        home, _, name = path.rpartition(".")
        classes[path] = names(getattr(importlib.import_module(home), name), cupy.ufunc)
    hidden = {name: loops(getattr(importlib.import_module(home), inner)) for name, (home, inner) in HIDDEN.items()}
    return {"cupy": cupy.__version__, "modules": modules, "classes": classes, "hidden": {"ufuncs": hidden}}


def text(manifest: dict[str, Any]) -> str:
    """The manifest as it is written: one name a line, so that a difference reads well."""
    lines = ["{", f' "cupy": {json.dumps(manifest["cupy"])},']
    for part in ("modules", "classes", "hidden"):
        lines.append(f' "{part}": {{')
        for home, entries in manifest[part].items():
            lines.append(f"  {json.dumps(home)}: {{")
            lines += [f"   {json.dumps(name)}: {json.dumps(each)}," for name, each in entries.items()]
            lines[-1] = lines[-1].rstrip(",")
            lines.append("  },")
        lines[-1] = "  }"
        lines.append(" },")
    lines[-1] = " }"
    return "\n".join([*lines, "}"]) + "\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--out", type=Path, default=MANIFEST)
    arguments.parse_args().out.write_text(text(read()))


if __name__ == "__main__":
    main()
