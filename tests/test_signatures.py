"""The stubs for editors and type checkers: fresh, whole, and right about what is called."""

from __future__ import annotations

import ast
from typing import Any

import pytest

import minitorch
from minitorch.testing import signatures

if not signatures.FOLDER.is_dir():
    pytest.skip("the stubs are not here", allow_module_level=True)

STUBS = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in signatures.FOLDER.glob("*.pyi")}


def declared(body: list[ast.stmt]) -> dict[str, Any]:
    return {each.name: each for each in body if isinstance(each, ast.FunctionDef | ast.ClassDef)}


def test_the_stubs_are_fresh() -> None:
    hint = "run `python -m minitorch.testing.signatures`"
    made = signatures.stubs()
    assert made.keys() == STUBS.keys(), hint
    for name, text in made.items():
        assert (signatures.FOLDER / name).read_text(encoding="utf-8") == text, hint


def test_every_function_and_method_is_declared() -> None:
    main = declared(STUBS["__init__.pyi"].body)
    functions = {name for name, value in minitorch.ops.FUNCTIONS.items() if hasattr(value, "__code__")}
    assert functions <= main.keys()
    assert {"add", "add_", "sort", "masked_fill_", "reshape"} <= declared(main["Methods"].body).keys()
    assert {"svd", "solve"} <= declared(STUBS["linalg.pyi"].body).keys()


def test_declarations_say_what_calls_give() -> None:
    main = declared(STUBS["__init__.pyi"].body)
    said = lambda name: ast.unparse(main[name]).splitlines()[0]
    assert said("add") == "def add(input: Any, other: Any, *, alpha: Any=1, out: Any=None) -> Tensor:"
    assert said("is_tensor").endswith("-> builtins.bool:")
    assert said("unique").endswith("-> Any:")  # it depends on the call
    assert said("sort").endswith("-> SortResult:")
    assert [each.target.id for each in main["SortResult"].body] == ["values", "indices"]


def test_the_stubs_are_for_type_checkers_only() -> None:
    assert minitorch.Tensor.__mro__ == (minitorch.Tensor, object)
    assert not list(signatures.FOLDER.glob("*.py"))
