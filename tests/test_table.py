"""The op table as a whole: what must hold for every row, and the tables that are made from it."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import minitorch
from minitorch.backend import BODIES, SUPPORT, Backend
from minitorch.rows import OPS, Op
from minitorch.tensor import Tensor
from minitorch.testing import op_page, tables

PUBLIC = sorted(name for name, row in OPS.items() if row.public)


# --- Every row --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_row_is_where_pytorch_has_it(name: str) -> None:
    home, _, attribute = f"minitorch.{OPS[name].torch or name}".rpartition(".")
    assert callable(getattr(importlib.import_module(home), attribute))


@pytest.mark.parametrize("name", OPS)
def test_a_row_says_what_it_means(name: str) -> None:
    assert (OPS[name].definition.__doc__ or "").strip(), "a docstring, please: docs/ops.md shows its first paragraph"


@pytest.mark.parametrize("name", PUBLIC)
def test_facts_are_methods(name: str) -> None:
    row = OPS[name]
    assert not row.method or hasattr(Tensor, name)
    assert not row.inplace or hasattr(Tensor, f"{name}_")
    assert not (row.inplace and row.view), "a view in place would change a shape, not values"


def kernels_called() -> Iterator[str]:
    """What the engine and the rows call as `k.<name>`, `kernels.<name>` or `device.kernels.<name>`."""
    package = Path(minitorch.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                owner = ast.unparse(node.value)
                if owner in ("k", "kernels") or owner.endswith(".kernels"):
                    yield node.attr


def test_every_kernel_that_is_called_is_asked_for() -> None:
    core = {name for name, row in OPS.items() if row.body is None}
    support = {call.partition("(")[0] for call in SUPPORT}
    given = {name for name in vars(Backend) if not name.startswith("_")}
    assert set(kernels_called()) - core - BODIES.keys() - support - given == {"backend"}, (
        "describe it in backend.SUPPORT"
    )
    assert support <= set(kernels_called())


# --- Ops that no template can look at ---------------------------------------------------------------------------------


def test_allclose() -> None:
    x = minitorch.tensor([1.0, 2.0, float("nan")])
    assert minitorch.allclose(x[:2], x[:2] + 1e-9)
    assert not minitorch.allclose(x[:2], x[:2] + 1e-3)
    assert minitorch.allclose(x[:2], x[:2] + 1e-3, atol=1e-2)
    assert not minitorch.allclose(x, x)
    assert minitorch.allclose(x, x, equal_nan=True)


def test_equal() -> None:
    x = minitorch.tensor([1, 2])
    assert minitorch.equal(x, minitorch.tensor([1, 2]))
    assert not minitorch.equal(x, minitorch.tensor([1, 3]))
    assert not minitorch.equal(x, minitorch.tensor([[1, 2]]))


def test_is_complex() -> None:
    assert minitorch.is_complex(minitorch.tensor([1j]))
    assert not minitorch.is_complex(minitorch.tensor([1.0]))


# --- The tables -------------------------------------------------------------------------------------------------------


def test_the_page_of_ops_has_every_public_op() -> None:
    text = "\n".join(op_page.op_tables())
    assert text.count("\n### ") == len(PUBLIC)
    mul = """
### mul

input * other, elementwise.

```text
mul(input, other)

out           = input * other
d out/d input = other
d out/d other = input
```

Takes all kinds; forms: `mul_`, `out=`; kernels: array API.
"""
    assert mul in text


def test_a_kernel_belongs_to_the_backend_that_has_its_own() -> None:
    assert op_page.native(OPS["add"]) == ["array API"]  # the others have it from there
    assert op_page.native(OPS["lcm"]) == ["NumPy"]
    assert op_page.native(OPS["unfold"]) == ["CuPy", "NumPy", "torch"]


def test_what_an_op_takes_is_asked() -> None:
    assert op_page.takes(OPS["sub"]) == ["integers", "floats", "complex"]
    assert op_page.takes(OPS["bitwise_and"]) == ["bools", "integers"]
    assert op_page.takes(OPS["gelu"]) == ["floats"]


def test_counts_add_up() -> None:
    kinds = [sum(map(test, OPS.values())) for test in (tables.is_core, tables.has_body, is_composition)]
    assert sum(kinds) == len(OPS)
    assert f"{kinds[0]} are core" in next(tables.counts())


def is_composition(row: Op) -> bool:
    return row.family == "composition"


def test_no_operand_is_called_as_a_fact_of_rows() -> None:
    """The decorator would take the fact for the operand's derivative."""
    taken = {op.name: {operand.name for operand in op.operands} & vars(op).keys() for op in OPS.values()}
    assert not {name: names for name, names in taken.items() if names and not is_composition(OPS[name])}


def test_backends_are_listed_whether_or_not_they_are_installed() -> None:
    listed = [line.split("`")[1] for line in tables.backends() if line.startswith("| `")]
    assert listed == ["array_api_strict", "cupy", "jax", "numpy", "torch"]


def test_refresh_writes_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "before\n<!-- generated: counts -->\n{}<!-- end -->\nbetween\n<!-- generated: backends -->\n{}<!-- end -->\n"
    page.write_text(text.format("old\n", ""))
    assert tables.main(["--refresh", str(page)]) == 0
    assert page.read_text() == text.format(next(tables.counts()) + "\n", "\n".join(tables.backends()) + "\n")


def test_the_command_prints(capsys: pytest.CaptureFixture) -> None:
    assert tables.main(["counts"]) == 0
    assert capsys.readouterr().out == next(tables.counts()) + "\n"


@pytest.mark.parametrize("arguments", [[], ["nothing"]])
def test_the_command_says_its_names(arguments: list[str], capsys: pytest.CaptureFixture) -> None:
    assert tables.main(arguments) == 2
    assert "names: backends, conformance, core, counts, ops, tolerances" in capsys.readouterr().err
