"""The outcomes as a picture: rows by places, coloured by their largest error in ULP."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from minitorch.errors import missing_extra
from minitorch.testing.conformance.outcome import Outcome
from minitorch.testing.conformance.report import Report, row_family, worst

# The largest error (ULP) that a colour stands for; beyond the last lies what is still within tolerance.
STEPS = (
    (0.0, "#e8f1fa"),
    (1.0, "#c3dcf2"),
    (4.0, "#86b6e0"),
    (16.0, "#3f84c0"),
    (64.0, "#1b4f86"),
    (np.inf, "#0b2747"),
)
ABSENT, KNOWN, FAILED = "#ffffff", "#f2c14e", "#d1495b"
A_COLUMN = 66  # lines in a column of the picture
LINE, SQUARE, LABELS, OVER, UNDER = (
    0.18,
    0.27,
    2.35,
    1.75,
    0.75,
)  # inches: a line, a square, names, places above, the legend


def matrix(reports: Sequence[Report]) -> bytes:
    """A PNG: the op table by family in columns, in which each place has a narrow column of its own."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise missing_extra("matplotlib", "viz", "drawing the matrix") from None
    colours = [_colours(report) for report in reports]
    columns = _columns({row for each in colours for row in each})
    longest, squares = max(map(len, columns)), SQUARE * len(reports)
    width, height = max((LABELS + squares) * len(columns) + 0.9, 8.0), LINE * longest + OVER + UNDER
    figure = Figure(figsize=(width, height), dpi=130)
    FigureCanvasAgg(figure)
    figure.suptitle("Conformance: the largest error of each op", x=0.15 / width, y=1 - 0.15 / height, ha="left", va="top",
                    fontweight="bold")  # fmt: skip
    for number, column in enumerate(columns):
        left = LABELS + number * (LABELS + squares)
        inside = (left / width, UNDER / height, squares / width, LINE * longest / height)
        _column(figure.add_axes(inside), column, colours, [report.device.qualified for report in reports], longest)
    _legend(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _columns(rows: set[str]) -> list[list[tuple[str, bool]]]:
    """The lines of each column: the rows, each family after a line with its name, which is marked by True."""
    lines: list[tuple[str, bool]] = []
    for name, members in groupby(sorted(rows, key=lambda row: (row_family(row), row)), row_family):
        lines += [(name.replace("_", " "), True), *((row, False) for row in members)]
    count = max(-(-len(lines) // A_COLUMN), 1)
    length = -(-len(lines) // count)
    return [lines[start : start + length] for start in range(0, len(lines), length)] or [[]]


def _column(
    axes: Any, lines: list[tuple[str, bool]], colours: list[dict[str, str]], places: list[str], longest: int
) -> None:
    """Squares for some rows on all places."""
    for height, (row, is_family) in enumerate(lines):
        if not is_family:
            axes.barh([height] * len(colours), [0.92] * len(colours), 0.92, left=np.arange(len(colours)) - 0.46,
                      color=[each.get(row, ABSENT) for each in colours])  # fmt: skip
    axes.set_xlim(-0.5, len(colours) - 0.5)
    axes.set_ylim(longest - 0.5, -0.5)
    axes.set_yticks(range(len(lines)), [row for row, _ in lines], fontsize=7.5, family="monospace")
    for label, (_, is_family) in zip(axes.get_yticklabels(), lines, strict=True):
        if is_family:
            label.set(family="sans-serif", fontweight="bold", fontsize=8.5, color="#374151")
    axes.set_xticks(range(len(places)), places, rotation=60, ha="left", rotation_mode="anchor", fontsize=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _legend(figure: Any) -> None:
    from matplotlib.patches import Patch

    labels = ["exact"]
    labels += [f"up to {step:g} ULP" for step, _ in STEPS[1:-1]] + [f"over {STEPS[-2][0]:g} ULP, within tolerance"]
    patches = [Patch(facecolor=colour, label=label) for (_, colour), label in zip(STEPS, labels, strict=True)]
    patches += [Patch(facecolor=KNOWN, label="known deviation"), Patch(facecolor=FAILED, label="fails")]
    figure.legend(handles=patches, loc="lower left", ncols=4, frameon=False, fontsize=8)


def _colours(report: Report) -> dict[str, str]:
    return {row: _colour(list(group)) for row, group in groupby(report.outcomes, lambda outcome: outcome.row)}


def _colour(members: list[Outcome]) -> str:
    if any(outcome.failed for outcome in members):
        return FAILED
    if any(outcome.known for outcome in members):
        return KNOWN
    found = worst(members)
    error = found.ulp if found is not None else 0.0
    return next(colour for step, colour in STEPS if error <= step)
