"""What is tried: every public row has samples, and the reference is always there to compare with.

The tests of the rows themselves stand in the package: `pytest --pyargs minitorch.testing.conformance`.
"""

from __future__ import annotations

from minitorch.rows import OPS
from minitorch.testing.conformance import DRAWS
from minitorch.testing.conformance.test_rows import places

BY_HAND = "gives a Python bool, which no template looks at: tests/test_table.py"
DRAWN = "draws its windows unless they are given: tests/parity/test_opinfo.py gives them"
UNSAMPLED = {  # public rows without samples, and why
    "allclose": BY_HAND,
    "equal": BY_HAND,
    "fractional_max_pool2d": DRAWN,
    "fractional_max_pool3d": DRAWN,
    "is_complex": BY_HAND,
}


def test_the_reference_is_always_here() -> None:
    assert "numpy/cpu" in places([])


def test_every_public_row_has_samples() -> None:
    without = {name for name, row in OPS.items() if row.public and row.samples is None} - DRAWS.keys()
    assert without == UNSAMPLED.keys(), "give the row samples=, or say here why it has none"
