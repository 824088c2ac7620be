"""Every public name of torch, Tensor, linalg, fft, special, nn and optim is here too, or stands in names_missing.toml.

    [out_of_scope]   patterns of names that don't count: other kinds of tensors, other devices, the compiler
    [missing]        names that count and aren't here, each with a reason; a name that comes to exist must go from the list
    [arriving]       the same for names that are being written now
    [keywords]       calls that PyTorch takes by keyword and we don't, each with a reason; the same holds

`python tests/parity/test_names.py` prints how many of the names that count are present.
"""

from __future__ import annotations

import inspect
import re
import tomllib
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import minitorch.nn.functional

torch = pytest.importorskip("torch")

HERE = Path(__file__).parent
LISTS = tomllib.loads((HERE / "names_missing.toml").read_text(encoding="utf-8"))
NAMESPACES = {
    "torch": (torch, minitorch),
    "Tensor": (torch.Tensor, minitorch.Tensor),
    "linalg": (torch.linalg, minitorch.linalg),
    "fft": (torch.fft, minitorch.fft),
    "special": (torch.special, minitorch.special),
    "nn": (torch.nn, minitorch.nn),
    "nn.functional": (torch.nn.functional, minitorch.nn.functional),
    "nn.init": (torch.nn.init, minitorch.nn.init),
    "nn.utils": (torch.nn.utils, minitorch.nn.utils),
    "optim": (torch.optim, minitorch.optim),
}
LEAST = 0.95


def is_public(name: str, value: Any) -> bool:
    """Is it a function, class or constant that users call by this name? Not a module, a type hint, a text of the manual."""
    return not (
        name.startswith("_")
        or isinstance(value, types.ModuleType | str | dict | list)
        or getattr(value, "__module__", None) in ("typing", "typing_extensions", "collections.abc")
        or type(value).__name__.startswith("pybind11")  # classes bound from C++, mostly TorchScript's
        or type(type(value)).__name__.startswith("pybind11")  # and their instances
    )


def in_scope(name: str) -> bool:
    return not any(re.fullmatch(entry["names"], name) for entry in LISTS["out_of_scope"].values())


def names(namespace: str) -> list[str]:
    """The names of a namespace that count."""
    theirs = NAMESPACES[namespace][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [name for name in dir(theirs) if is_public(name, getattr(theirs, name, None)) and in_scope(name)]
    return [name for name in found if name != "Tensor" or namespace == "torch"]  # modules that just import it


def missing(namespace: str) -> set[str]:
    ours = NAMESPACES[namespace][1]
    return {name for name in names(namespace) if not hasattr(ours, name)}


def listed_as_missing(namespace: str) -> set[str]:
    return set(LISTS["missing"].get(namespace, {})) | set(LISTS.get("arriving", {}).get(namespace, []))


def figures() -> Iterator[tuple[str, int, int]]:
    """Of each namespace, how many names count, and how many of them are present."""
    for namespace in NAMESPACES:
        count = len(names(namespace))
        yield namespace, count, count - len(missing(namespace))


# --- Presence ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_missing_names_are_listed(namespace: str) -> None:
    listed = listed_as_missing(namespace)
    gone = missing(namespace)
    assert not gone - listed, f"missing, and not listed: {sorted(gone - listed)}"
    assert not listed - gone, f"present, or not PyTorch's: take from names_missing.toml: {sorted(listed - gone)}"


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_enough_names_are_present(namespace: str) -> None:
    count = len(names(namespace))
    present = count - len(LISTS["missing"].get(namespace, {}))
    assert present >= LEAST * count, f"{present} of {count} names of {namespace} are present"


@pytest.mark.parametrize("subject", LISTS["out_of_scope"])
def test_patterns_are_needed(subject: str) -> None:
    pattern = LISTS["out_of_scope"][subject]["names"]
    everything = {name for theirs, _ in NAMESPACES.values() for name in dir(theirs)}
    assert any(re.fullmatch(pattern, name) for name in everything), f"the pattern of {subject} matches no name"


# --- Keywords ---------------------------------------------------------------------------------------------------------

FAMILIES = {"torch": "", "Tensor": "", "linalg": "linalg_", "fft": "fft_", "special": "special_"}
TORCHSCRIPT = ("Tensor_list", "int", "float")  # overloads that Python has no use for
UNIVERSAL = ("layout", "pin_memory", "device", "non_blocking")


def overloads() -> dict[str, list[Any]]:
    """PyTorch's own record of the forms of each op that take Tensors and give new ones, by name."""
    found: dict[str, list[Any]] = {}
    for schema in torch._C._jit_get_all_schemas():
        arguments = schema.arguments
        if (
            schema.name.startswith("aten::")
            and schema.returns
            and "Dimname" not in str(schema)
            and schema.overload_name not in TORCHSCRIPT
            and any("Tensor" in str(argument.type) for argument in arguments)
            and not any(a.kwarg_only and a.alias_info is not None and a.alias_info.is_write for a in arguments)  # out=
        ):
            found.setdefault(schema.name.removeprefix("aten::"), []).append(schema)
    return found


def refusal(function: Any, schema: Any, is_method: bool) -> str | None:
    """Why our function can't be called with an overload's arguments by their names; None if it can."""
    signature = inspect.signature(function)
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in signature.parameters.values()):
        return None
    arguments = [argument.name for argument in schema.arguments if argument.name not in UNIVERSAL]
    keywords = {"input" if name == "self" else name: None for name in arguments}
    first = [keywords.pop("input", None)] if is_method or arguments[0] == "self" else []
    try:
        signature.bind(*first, **keywords)
    except TypeError as error:
        return f"{schema.overload_name or 'default'}({', '.join(arguments)}): {error}"
    return None


def refused_keywords() -> dict[str, list[str]]:
    """Names whose function doesn't take PyTorch's argument names, and why."""
    found: dict[str, list[str]] = {}
    schemas = overloads()
    for namespace, family in FAMILIES.items():
        ours = NAMESPACES[namespace][1]
        for name in names(namespace):
            function = getattr(ours, name, None)
            if not callable(function) or isinstance(function, type):
                continue
            for schema in schemas.get(family + name, ()):
                if namespace == "Tensor" and not any(argument.name == "self" for argument in schema.arguments):
                    continue
                why = refusal(function, schema, namespace == "Tensor")
                if why is not None:
                    found.setdefault(f"{namespace}.{name}", []).append(why)
    return found


def test_keywords_are_pytorchs() -> None:
    listed, found = set(LISTS["keywords"]) | set(LISTS.get("arriving", {}).get("keywords", [])), refused_keywords()
    assert not found.keys() - listed, {name: found[name] for name in sorted(found.keys() - listed)}
    assert not listed - found.keys(), f"taken now: take from names_missing.toml: {sorted(listed - found.keys())}"


def print_figures() -> None:
    lines = [f"{name:<14} {present:>4} of {count:>4}  {present / count:7.1%}" for name, count, present in figures()]
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    print_figures()
