"""Conformance as pytest sees it: a test for each row, template and place, `pytest --pyargs minitorch.testing.conformance`.

The places are those of `--backend` (see backend_option.py), else those of every backend that can be used here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from minitorch import backend
from minitorch.backend import Device
from minitorch.rows import OPS
from minitorch.testing.conformance.command import places_of
from minitorch.testing.conformance.drawing import DRAWS
from minitorch.testing.conformance.run import choose, run
from minitorch.testing.conformance.templates import TEMPLATES
from minitorch.testing.conformance.transformed import DATA_DEPENDENT


def places(asked: list[str]) -> list[str]:
    """The places of these names, or of all backends that can be used here."""
    names = asked or [name for name in backend.names() if backend.why_unusable(name) is None]
    return [place for name in names for place in places_of(name)]


def cases(asked: list[str]) -> Iterator[tuple[str, str, str]]:
    """(place, row, template) for each template that concerns a row there."""
    for place in places(asked):
        for row in choose():
            for template in TEMPLATES.values():
                if template.applies(row, Device(place)):
                    yield place, row.name, template.name


def pytest_generate_tests(metafunc: Any) -> None:
    asked = metafunc.config.getoption("backend", default=None) or []
    metafunc.parametrize(("place", "row", "template"), list(cases(asked)))


def test_row(place: str, row: str, template: str) -> None:
    op = DRAWS[row] if template == "random" else OPS[row]
    outcomes = list(run(place, [op], [template]))
    failed = [fault.message for outcome in outcomes if outcome.failed for fault in outcome.faults]
    assert not failed, "\n".join(failed[:3])
    parts_only = (
        template in ("gradcheck", "tangent", "watched") and not op.differentiable
    )  # which may have no derivative
    by_values = template in ("meta", "slices") and row in DATA_DEPENDENT
    if (
        not (parts_only or by_values) and template != "special"
    ):  # nor need special values lie in the range that a row takes
        assert any(outcome.samples for outcome in outcomes), (
            f"no sample of {row} is of use to the template {template!r}"
        )
