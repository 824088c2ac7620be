"""The outcomes as an HTML page, whole in itself: what failed as runnable code, and filters."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from minitorch.testing.conformance.outcome import Fault, Outcome
from minitorch.testing.conformance.report import Report, row_family, worst
from minitorch.testing.conformance.reproduce import code

PROGRAMS = 500  # of failing samples on a page; a backend that gets everything wrong would fill it with the same one


def page(reports: Sequence[Report]) -> str:
    """The page: `page.html` with the figures inside."""
    programs = _Programs()
    entries = [
        _entry(report, row, list(group), programs)
        for report in reports
        for row, group in groupby(report.outcomes, lambda outcome: outcome.row)
    ]
    data = json.dumps({"places": [_place(report) for report in reports], "entries": entries}).replace("</", "<\\/")
    shell = importlib.resources.files("minitorch.testing.conformance").joinpath("page.html").read_text(encoding="utf-8")
    return shell.replace("DATA", data, 1)


def _place(report: Report) -> dict[str, Any]:
    return {
        "name": report.device.qualified,
        "rows": len(report.rows),
        "samples": report.samples,
        "failed": len(report.failed),
        "known": len(report.known),
        "seconds": round(report.seconds, 1),
        "facts": ", ".join(f"{name} {value}" for name, value in report.facts.items()),
    }


def _entry(report: Report, row: str, members: list[Outcome], programs: _Programs) -> dict[str, Any]:
    """A row on a place."""
    found = worst(members)
    status = "failed" if any(o.failed for o in members) else "known" if any(o.known for o in members) else "ok"
    faults = [programs.of(report, outcome, outcome.faults[0]) for outcome in members if outcome.faults]
    words = [row, *(fault["message"] for fault in faults), *{o.dtype for o in members if o.faults}]
    return {
        "row": row,
        "family": row_family(row),
        "place": report.device.qualified,
        "status": status,
        "samples": sum(outcome.samples for outcome in members),
        "ulp": round(found.ulp, 2) if found is not None else 0,
        "worst": f"{found.template}, {found.dtype}" if found is not None else "",
        "templates": [
            _template(name, list(group)) for name, group in groupby(members, lambda outcome: outcome.template)
        ],
        "known": "; ".join(sorted({outcome.known for outcome in members if outcome.known})),
        "faults": faults,
        "search": " ".join(words).lower(),
    }


def _template(name: str, members: list[Outcome]) -> list:
    """[template, dtypes, samples, failing samples, largest error, its dtype]"""
    found = max(members, key=lambda outcome: outcome.ulp)
    faults = sum(len(outcome.faults) for outcome in members)
    tried = sum(bool(outcome.samples) for outcome in members)
    return [name, tried, sum(outcome.samples for outcome in members), faults, round(found.ulp, 2), found.dtype]


class _Programs:
    """The programs of failing samples, as many as a page holds."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, report: Report, outcome: Outcome, fault: Fault) -> dict[str, str]:
        self.count += 1
        if self.count > PROGRAMS or fault.number < 0:
            return {"message": fault.message, "code": ""}
        program = code(report.place, outcome.row, outcome.template, outcome.dtype, fault.number, report.modules)
        return {"message": fault.message, "code": program}
