"""PyTorch's own test database, run on minitorch.

`op_db` holds, for each op of PyTorch, the calls that PyTorch tries it on and the calls that it must refuse. Here each is made in
both libraries, and values, dtypes, shapes, memory, first and second gradients, methods, in-place forms, out= and errors are
compared; opinfo/checks.py says how.

    opinfo_out_of_scope.toml  names that minitorch leaves out, by reason
    opinfo_missing.toml       names that minitorch doesn't have yet; a name that comes to exist must go from the list
    opinfo_deviations.toml    where minitorch is meant to differ, and why; a deviation that is gone must go from the list

    MINITORCH_OPINFO_SAMPLES=all pytest tests/parity/test_opinfo.py    tries every call, not some of each entry
    python tests/parity/test_opinfo.py --count [--json FILE]           tries every call, and counts what is right
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
pytest.importorskip("ml_dtypes")

from opinfo.checks import CHECKS, Check  # noqa: E402
from opinfo.count import command  # noqa: E402
from opinfo.database import ENTRIES, MISSING, OUT_OF_SCOPE, PRESENT, missing_names, op_db, title  # noqa: E402
from opinfo.deviations import DEVIATIONS, Verdict  # noqa: E402

SAMPLES = os.environ.get("MINITORCH_OPINFO_SAMPLES", "")
# Calls tried of each entry, evenly spread over the database's; the same ones each time.
COUNTS = {"float64": 24, "gradient": 16, "errors": 1000, "variants": 3, "in-place gradient": 3, "complex gradient": 8}
CASES = [
    pytest.param(info, check, id=f"{title(info)}-{check.name}")
    for info in PRESENT
    for check in CHECKS
    if check.applies(info)
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize(("info", "check"), CASES)
def test_parity(info: Any, check: Check) -> None:
    verdict = Verdict(info, check, None if SAMPLES == "all" else int(SAMPLES or COUNTS.get(check.name, 6)))
    assert not verdict.failures, "\n".join([f"{len(verdict.failures)} calls differ", *verdict.failures[:5]])
    assert not verdict.gone, f"this deviation is gone, take it from opinfo_deviations.toml: {verdict.gone}"


def test_missing_names() -> None:
    assert sorted(set(MISSING) - set(missing_names())) == [], "these exist now: take them from opinfo_missing.toml"
    assert sorted(set(missing_names()) - set(MISSING)) == [], "these are missing: opinfo_missing.toml doesn't say so"


def test_lists_name_entries_that_exist() -> None:
    assert {op for deviation in DEVIATIONS for op in deviation.ops} <= {title(info) for info in PRESENT}
    assert {name for names in OUT_OF_SCOPE.values() for name in names} <= {info.name for info in op_db}
    assert len(ENTRIES) > 650


if __name__ == "__main__":
    command()
