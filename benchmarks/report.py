"""The table that a run prints."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["table"]

RATIOS = (("minitorch/torch", "ours/torch"), ("minitorch/numpy", "ours/numpy"), ("numpy/torch", "numpy/torch"))


def table(report: dict[str, Any]) -> str:
    """A line a workload: the best times, the ratios of best times (and the median of the blocks' ratios), and the bars."""
    machine = ", ".join(f"{key} {value}" for key, value in report["machine"].items() if value is not None)
    head = ["workload", "threads", "ours", "torch", "numpy", *(title for _, title in RATIOS), "bar"]
    lines = [head, *(_line(row) for row in report["results"]), *_means(report["results"])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = [f"{machine}; load after {report['load_after']}; ratio of best times (median of the blocks' ratios)", ""]
    for line in lines:
        cells = [cell.ljust(width) if column in (0, 8) else cell.rjust(width) for column, (cell, width) in
                 enumerate(zip(line, widths, strict=True))]  # fmt: skip
        text.append("  ".join(cells).rstrip())
    return "\n".join([*text, *_problems(report["results"])])


def _line(row: dict[str, Any]) -> list[str]:
    figure = row.get("figure", "")
    unit = figure if "growth" in figure else "seconds"
    cells = [f"{row['workload']} {figure}".strip(), str(row["threads"])]
    for peer in ("minitorch", "torch", "numpy"):
        best = row.get("best" if unit == "seconds" else "median", {}).get(peer)
        cells.append("-" if best is None else _seconds(best) if unit == "seconds" else f"{best:.2f}")
    for key, _ in RATIOS:
        best, middle = (row.get(name, {}).get(key) for name in ("ratio_of_best", "median_of_ratios"))
        cells.append("-" if best is None or unit != "seconds" else f"{best:.2f} ({middle:.2f})")
    met = row.get("met", {})
    verdicts = {True: "met", False: "OVER", None: "not measured"}
    bars = [f"{peer} {bar:g} {verdicts[met.get(peer)]}".strip() for peer, bar in row["bars"].items()]
    return [*cells, ", ".join(bars)]


def _means(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Geometric means of the ratios over the groups of tiny ops."""
    lines = []
    for group in ("tiny", "tiny_recorded", "tiny_backward"):
        members = [row for row in rows if row["workload"].startswith(f"{group}.") and "best" in row]
        if not members:
            continue
        cells = [f"{group}: geometric mean", str(members[0]["threads"]), "", "", ""]
        for key, _ in RATIOS:
            pairs = [(row["ratio_of_best"].get(key), row["median_of_ratios"].get(key)) for row in members]
            columns = zip(*(pair for pair in pairs if None not in pair), strict=True)
            means = [math.exp(sum(map(math.log, column)) / len(column)) for column in columns]
            cells.append(f"{means[0]:.2f} ({means[1]:.2f})" if means else "-")
        lines.append([*cells, ""])
    return lines


def _problems(rows: list[dict[str, Any]]) -> list[str]:
    lines = []
    for row in rows:
        for peer, error in row.get("failures", {}).items():
            lines.append(f"{row['workload']} ({row['threads']}): {peer} failed: {error}")
        if "disagreement" in row:
            lines.append(f"{row['workload']} ({row['threads']}): not timed, as {row['disagreement']}")
    return ["", *lines] if lines else []


def _seconds(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.2f} {unit}"
    return f"{seconds * 1e9:.0f} ns"
