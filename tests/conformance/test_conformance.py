"""Every row on every backend that is installed here: minitorch.testing.conformance, a test per row, template and device."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minitorch import backend
from minitorch.backend import Device
from minitorch.rows import OPS, Op
from minitorch.testing import conformance
from minitorch.testing.conformance import TEMPLATES

REFERENCE = "numpy/cpu"

BY_HAND = "gives a Python bool, which no template looks at: tests/test_table.py"
RANDOM = "gives other values each time: tests/ops/test_random.py"
UNSAMPLED = {  # public rows without samples, and why
    "allclose": BY_HAND,
    "equal": BY_HAND,
    "is_complex": BY_HAND,
    "alpha_dropout": RANDOM,
    "dropout": RANDOM,
    "dropout1d": RANDOM,
    "dropout2d": RANDOM,
    "dropout3d": RANDOM,
    "feature_alpha_dropout": RANDOM,
}


def places() -> list[str]:
    """Each device type of each backend that can be used here."""
    usable = [name for name in backend.names() if backend.why_unusable(name) is None]
    return [f"{name}/{kind}" for name in usable for kind in backend.get(name).device_types]


def concerns(template: str, row: Op) -> bool:
    """Has the row what the template is about?"""
    return {
        "inplace": row.inplace,
        "out": row.out and row.family != "composition",
        "view": row.view,
        "errors": row.errors is not None,
        "gradcheck": row.differentiable or row.family == "composition",
    }.get(template, True)


def cases() -> Iterator[tuple[str, str, str]]:
    """(device, row, template): differences are only formed on the reference, where they cost least."""
    for place in places():
        for row in conformance.rows():
            for template in TEMPLATES:
                if concerns(template, row) and (template != "gradcheck" or place == REFERENCE):
                    yield place, row.name, template


@pytest.mark.parametrize(("place", "row", "template"), list(cases()))
def test_row(place: str, row: str, template: str) -> None:
    count = TEMPLATES[template](OPS[row], Device(place))
    if template != "gradcheck" or OPS[row].differentiable:  # the parts of a composition may have no derivative
        assert count, f"{row} has no sample that the template {template!r} could use"


def test_the_reference_is_always_here() -> None:
    assert REFERENCE in places()


def test_every_public_row_has_samples() -> None:
    without = {name for name, row in OPS.items() if row.public and row.samples is None}
    assert without == UNSAMPLED.keys(), "give the row samples=, or say here why it has none"
