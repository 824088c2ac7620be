"""What a run came to: its figures by row, family and dtype, as text and as JSON."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from minitorch.backend import Device
from minitorch.rows import OPS
from minitorch.testing.conformance.outcome import Outcome
from minitorch.testing.wording import family
from minitorch.version import __version__

UNIT = ("forward", "special", "gradient")  # the templates whose error is one against the reference


@dataclass
class Report:
    """The outcomes on one place."""

    place: str
    rows: list[str]
    outcomes: list[Outcome]
    seconds: float
    modules: tuple[str, ...] = ()

    @property
    def device(self) -> Device:
        return Device(self.place)

    @property
    def facts(self) -> dict[str, str]:
        """With which versions this was found."""
        ours = {"minitorch": __version__, "Python": platform.python_version(), "NumPy": np.__version__}
        return {**ours, **self.device.backend.facts()}

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.failed]

    @property
    def known(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.known]

    @property
    def samples(self) -> int:
        return sum(outcome.samples for outcome in self.outcomes)


def row_family(row: str) -> str:
    return family(OPS[row]) if row in OPS else "random"


def worst(outcomes: Iterable[Outcome]) -> Outcome | None:
    """The outcome with the largest error against the reference that was within tolerance."""
    measured = [outcome for outcome in outcomes if outcome.template in UNIT]
    return max(measured, key=lambda outcome: outcome.ulp, default=None)


# --- Text -------------------------------------------------------------------------------------------------------------


def headline(report: Report) -> str:
    """One line about a place."""
    known = f", {len(report.known)} known deviations" if report.known else ""
    return (
        f"{len(report.rows)} rows on {report.device.qualified}: {report.samples} samples checked, "
        f"{len(report.failed)} cases failed{known}"
    )


def summary(report: Report) -> Iterator[str]:
    """A table with a line for each family."""
    yield f"  {'family':<18}{'rows':>6}{'cases':>7}{'samples':>9}{'failed':>8}{'known':>7}{'worst ULP':>11}  of"
    ordered = sorted(report.outcomes, key=lambda outcome: row_family(outcome.row))
    for name, group in groupby(ordered, lambda outcome: row_family(outcome.row)):
        yield _line(name, list(group))
    yield _line("all", report.outcomes)
    yield f"  {report.seconds:.1f} s"


def _line(name: str, members: list[Outcome]) -> str:
    tried = [outcome for outcome in members if outcome.samples]
    found = worst(members)
    of = f"{found.template} of {found.row} in {found.dtype}" if found is not None and found.ulp else ""
    figures = (
        f"{len({outcome.row for outcome in members}):>6}{len(tried):>7}{sum(o.samples for o in members):>9}"
        f"{sum(o.failed for o in members):>8}{sum(bool(o.known) for o in members):>7}"
    )
    return f"  {name:<18}{figures}{found.ulp if found is not None else 0:>11.1f}  {of}".rstrip()


def complaints(report: Report) -> Iterator[str]:
    """What failed, row by row and template by template with the first sample of each; then what was known to fail."""
    for (row, template), group in groupby(report.failed, lambda outcome: (outcome.row, outcome.template)):
        members = list(group)
        count = sum(len(outcome.faults) for outcome in members)
        yield f"\nFAILED {template} of {row}: {count} samples in {', '.join(outcome.dtype for outcome in members)}"
        yield members[0].faults[0].message
    for (row, template), group in groupby(report.known, lambda outcome: (outcome.row, outcome.template)):
        members = list(group)
        dtypes = ", ".join(outcome.dtype for outcome in members)
        yield f"\nknown: {template} of {row} in {dtypes}: {members[0].known}"


# --- JSON -------------------------------------------------------------------------------------------------------------


def as_json(reports: Iterable[Report]) -> dict[str, Any]:
    """The figures of a run, as `docs/conformance.json` keeps them."""
    return {report.device.qualified: _figures(report) for report in reports}


def _figures(report: Report) -> dict[str, Any]:
    by_dtype = sorted(report.outcomes, key=lambda outcome: outcome.dtype)
    largest = {}
    for dtype, group in groupby(by_dtype, lambda outcome: outcome.dtype):
        found = worst(outcome for outcome in group if outcome.samples)
        if found is not None:
            largest[dtype] = [round(found.ulp, 1), found.row, found.template]
    return {
        "facts": report.facts,
        "seconds": round(report.seconds, 1),
        "processor_seconds": round(sum(outcome.seconds for outcome in report.outcomes), 1),
        "rows": len(report.rows),
        "cases": sum(bool(outcome.samples) for outcome in report.outcomes),
        "samples": report.samples,
        "failed": sorted({outcome.row for outcome in report.failed}),
        "known": sorted({outcome.row for outcome in report.known}),
        "worst": largest,
        "by_row": {name: _row(list(group)) for name, group in groupby(report.outcomes, lambda outcome: outcome.row)},
    }


def _row(members: list[Outcome]) -> list:
    """[samples, largest error in ULP]"""
    found = worst(members)
    return [sum(outcome.samples for outcome in members), round(found.ulp, 1) if found is not None else 0.0]
