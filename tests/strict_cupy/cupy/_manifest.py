"""What the real CuPy has, from manifest.json: names, signatures, the loops of ufuncs."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

MANIFEST: dict[str, Any] = json.loads(Path(__file__).resolve().parent.parent.joinpath("manifest.json").read_text())
MODULES: dict[str, dict[str, dict[str, Any]]] = MANIFEST["modules"]
HIDDEN: dict[str, dict[str, Any]] = MANIFEST["hidden"]["ufuncs"]
CLASSES: dict[str, dict[str, dict[str, Any]]] = MANIFEST["classes"]


@functools.cache
def accepts(home: str, name: str) -> Callable[..., None]:
    """A function of the real name and signature that does nothing but refuse what the real one refuses."""
    namespace: dict[str, Any] = {}
    text = (MODULES.get(home) or CLASSES[home])[name]["signature"]
    exec(f"def {name}{text}: pass", namespace)
    return namespace[name]


def bound(home: str, name: str, body: Callable) -> Callable:
    """A function with the real signature, which calls `body` with what the caller gave, by position where that can be.

    So a body may have names of its own for the first parameters, as NumPy has.
    """
    check = accepts(home, name)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [each.name for each in inspect.signature(check).parameters.values() if each.kind in kinds]

    @functools.wraps(body)
    def function(*args: Any, **kwargs: Any) -> Any:
        check(*args, **kwargs)
        while kwargs and len(args) < len(names) and names[len(args)] in kwargs:
            args += (kwargs.pop(names[len(args)]),)
        return body(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__module__ = home
    function.__signature__ = inspect.signature(check)
    return function


def missing(home: str, name: str) -> Callable:
    """For what CuPy has and the stand-in doesn't compute."""

    def body(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"CuPy has {home}.{name}, and this stand-in doesn't imitate it; add it there")

    if MODULES[home][name].get("signature"):
        return bound(home, name, body)
    body.__name__ = name
    return body


def complete(path: str, home: type) -> None:
    """Give a class the methods that the real one has and nobody wrote: they say so when they are called."""
    for name, entry in CLASSES[path].items():
        if entry["kind"] == "function" and not name.startswith("_") and not hasattr(home, name):

            def absent(self: Any, *args: Any, _name: str = name, **kwargs: Any) -> Any:
                raise NotImplementedError(
                    f"CuPy has {path}.{_name}, and this stand-in doesn't imitate it; add it there"
                )

            setattr(home, name, absent)


def fill(home: str, namespace: dict[str, Any], written: dict[str, Any]) -> None:
    """Put every name of a module of the real CuPy into the stand-in's: as `written` has it, else as one that says no."""
    for name, entry in MODULES[home].items():
        kind = entry["kind"]
        if name in written:
            namespace[name] = written[name]
        elif kind == "constant":
            value = entry["value"]
            namespace[name] = float(value) if value in ("inf", "-inf", "nan") else value
        elif kind != "module":  # modules are imported where there is one
            namespace[name] = missing(home, name)
