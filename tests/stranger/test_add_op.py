"""A stranger adds an op with only CONTRIBUTING.md in hand: its code, word for word, in a module outside the package."""

from __future__ import annotations

import doctest
import importlib
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import minitorch
from minitorch import backend, registry
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.rows import OPS
from minitorch.tensor import Tensor
from minitorch.testing import conformance, tables

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"


def code() -> str:
    """The first Python block under the heading."""
    section = CONTRIBUTING.read_text().split("## Add an op in five minutes")[1]
    return re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]


def import_text(text: str, folder: Path) -> ModuleType:
    (folder / "my_ops.py").write_text(text)
    importlib.invalidate_caches()
    return importlib.import_module("my_ops")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the stranger writes; afterwards the table is as it was."""
    assert "log_odds" not in OPS, "minitorch has the op now: let CONTRIBUTING.md add another one"
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("my_ops", None)
    for table in (OPS, backend.BODIES, vars(OPS_ON_TENSORS), *[vars(each.k) for each in registry._loaded.values()]):
        table.pop("log_odds", None)
    for name in ("log_odds", "log_odds_"):
        if hasattr(Tensor, name):
            delattr(Tensor, name)


@pytest.fixture
def my_ops(folder: Path) -> ModuleType:
    return import_text(code(), folder)


def test_function_method_and_doctest(my_ops: ModuleType) -> None:
    x = minitorch.tensor([0.25, 0.5])
    assert my_ops.log_odds(x).tolist() == pytest.approx([math.log(1 / 3), 0.0])
    assert x.log_odds().tolist() == my_ops.log_odds(x).tolist()
    assert my_ops.log_odds(minitorch.tensor([1, 0])).tolist() == [math.inf, -math.inf]  # integers become floats
    assert doctest.testmod(my_ops).attempted == 2
    assert doctest.testmod(my_ops).failed == 0


def test_in_place_and_out(my_ops: ModuleType) -> None:
    x = minitorch.tensor([0.25, 0.5])
    expected = x.log_odds().tolist()
    target = minitorch.empty(2)
    assert my_ops.log_odds(x, out=target) is target
    assert target.tolist() == expected
    assert x.log_odds_() is x
    assert x.tolist() == expected


def test_gradient(my_ops: ModuleType) -> None:
    x = minitorch.tensor([0.25, 0.5], requires_grad=True)
    y = x.log_odds()
    assert y.grad_fn.name() == "LogOddsBackward0"
    y.sum().backward()
    assert x.grad.tolist() == pytest.approx([1 / (0.25 * 0.75), 4.0])


def test_it_conforms_everywhere(my_ops: ModuleType) -> None:
    for name in backend.names():
        if backend.why_unusable(name) is None:
            outcomes = list(conformance.run(f"{name}/{backend.get(name).device_types[0]}", [OPS["log_odds"]]))
            assert [outcome for outcome in outcomes if outcome.failed] == []
            assert sum(outcome.samples for outcome in outcomes) > 50


def test_its_line_in_the_docs(my_ops: ModuleType) -> None:
    page = "\n".join(tables.op_tables())
    entry = page[page.index("### log_odds") :].split("\n### ")[0]
    assert "log(input / (1 - input)), the inverse of the sigmoid; nan outside [0, 1]" in entry
    assert "1 / (input * (1 - input))" in entry and "`log_odds_`" in entry and "`out=`" in entry


def test_the_command(folder: Path, my_ops: ModuleType, capsys: pytest.CaptureFixture) -> None:
    assert conformance.main(["numpy/cpu", "^log_odds$", "--import", "my_ops"]) == 0
    assert re.match(r"1 rows on numpy/cpu: \d+ samples checked, 0 cases failed\n", capsys.readouterr().out)


def test_a_wrong_derivative_fails(folder: Path) -> None:
    wrong = code().replace("1 / (input * (1 - input))", "1 / (input * (1 + input))")
    assert wrong != code()
    import_text(wrong, folder)
    outcomes = [outcome for outcome in conformance.run("numpy/cpu", [OPS["log_odds"]]) if outcome.failed]
    assert {outcome.template for outcome in outcomes} == {"gradcheck"}
    assert "GradcheckError" in outcomes[0].faults[0].message
    assert conformance.main(["numpy/cpu", "^log_odds$"]) == 1


def test_annotations_that_are_not_text_are_refused(folder: Path) -> None:
    with pytest.raises(
        TypeError, match="row log_odds: annotations are read as text; put `from __future__ import annotations`"
    ):
        import_text(code().replace("from __future__ import annotations", ""), folder)
