"""Conformance: every row of the op table, on every backend, in every dtype, held to NumPy's numbers in the highest precision.

    forward     values, dtypes and shapes are the reference's, in every dtype that the row takes and the backend has
    special     and so they are on nan, inf, zeros of both signs, halves and ties
    gradient    backward gives the reference's gradients
    inplace     x.op_() writes op(x) into x, counts one version up, and has op's gradient
    out         op(..., out=t) writes op(...) into t and returns t
    view        a view and its base share what is written to either
    errors      what must be refused is refused, in the words that the row says, and nothing is changed
    dtypes      each dtype is taken or refused as the reference does
    gradcheck   first and second derivatives agree with finite differences
    random      the same seed gives the reference's numbers

The tolerances are one table, `minitorch.testing.TOLERANCES`. What a backend is known to get wrong stands in the file
`xfails.toml` of its package. To try all rows of your backend, or some while you write them:

    minitorch conformance --backend NAME [--op REGEX] [--html report.html]
    python -m minitorch.testing.conformance DEVICE [REGEX]
    pytest -p minitorch.testing.backend_option --pyargs minitorch.testing.conformance --backend NAME
"""

from minitorch.testing.conformance.cases import cases, on_reference, reference_device, rows, samples
from minitorch.testing.conformance.command import main
from minitorch.testing.conformance.drawing import DRAWS
from minitorch.testing.conformance.outcome import Fault, Outcome, check
from minitorch.testing.conformance.reproduce import again, code
from minitorch.testing.conformance.run import choose, run
from minitorch.testing.conformance.templates import TEMPLATES, Template
from minitorch.testing.conformance.xfails import Deviation, deviations, judge

__all__ = [
    "DRAWS", "Deviation", "Fault", "Outcome", "TEMPLATES", "Template", "again", "cases", "check", "choose", "code", "deviations",
    "judge", "main", "on_reference", "reference_device", "rows", "run", "samples",
]  # fmt: skip
