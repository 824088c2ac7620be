"""How much of the database is right: every call of every entry in scope, counted."""

from __future__ import annotations

import argparse
import json
import re
import sys
import warnings
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from opinfo.checks import CHECKS
from opinfo.database import ENTRIES, OUT_OF_SCOPE, PRESENT, missing_names, op_db, title
from opinfo.deviations import Verdict

SUBJECTS = {"forward": "all values right", "gradient": "all gradients right", "errors": "all errors proper"}


def command() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", action="store_true", help="what this command does")
    parser.add_argument("--json", type=Path, help="add every check's outcome to this file, as a line")
    parser.add_argument("--samples", type=int, help="try so many calls of each check, not all")
    parser.add_argument("--only", default="", help="a pattern of the entries' names")
    parser.add_argument("--checks", default="", help="a pattern of the checks' names")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    tasks = [
        (number, options.samples, options.checks)
        for number, info in enumerate(PRESENT)
        if re.search(options.only, title(info))
    ]
    rows = []
    with Pool(options.processes) as pool:
        for more in pool.imap_unordered(tried, tasks):
            rows += more
            if options.json:
                options.json.open("a").writelines(f"{json.dumps(row)}\n" for row in more)
    sys.stdout.write("\n".join(summary(rows)) + "\n")


def tried(task: tuple[int, int | None, str]) -> list[dict[str, Any]]:
    """The outcomes of the checks of one entry."""
    warnings.simplefilter("ignore")
    info, rows = PRESENT[task[0]], []
    for check in CHECKS:
        if check.applies(info) and re.search(task[2], check.name):
            verdict = Verdict(info, check, task[1])
            rows.append({"entry": title(info), "check": check.name, "subject": check.subject, **vars(verdict)})
    return rows


def summary(rows: list[dict[str, Any]]) -> list[str]:
    """The figures, in lines."""
    missing, out = missing_names(), sum(map(len, OUT_OF_SCOPE.values()))
    lines = [
        f"{len(op_db)} entries, {len(op_db) - len(ENTRIES)} ({out} names) out of scope, {len(ENTRIES)} in scope",
        f"names present: {_share(len(ENTRIES) - len([n for n in missing if '.' not in n]), len(ENTRIES))}; missing: {missing}",
    ]
    for subject, words in SUBJECTS.items():
        own = [row for row in rows if row["subject"] == subject]
        entries = {row["entry"] for row in own}
        differ = {row["entry"] for row in own if row["announced"] or row["failures"]}
        calls = {key: sum(row[key] for row in own) for key in ("right", "as_right", "announced", "inexpressible")}
        calls["wrong"] = sum(len(row["failures"]) for row in own)
        lines += [
            f"{words}: {_share(len(entries - differ), len(entries))} entries; not {sorted(differ)}",
            f"    calls: {', '.join(f'{number} {key}' for key, number in calls.items())}".replace("_", " "),
        ]
    lines += [f"  gone: {row['entry']}, {row['check']}: {row['gone']}" for row in rows if row["gone"]]
    return [*lines, *(f"  {row['entry']}, {row['check']}: {row['failures'][0]}" for row in rows if row["failures"])]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(whole, 1):.2f} %)"
