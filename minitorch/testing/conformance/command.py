"""`minitorch conformance`, and the same as `python -m minitorch.testing.conformance`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from minitorch import backend
from minitorch.errors import BackendError, OptionalDependencyMissing
from minitorch.testing.conformance.matrix import matrix
from minitorch.testing.conformance.page import page
from minitorch.testing.conformance.report import Report, as_json, complaints, headline, summary
from minitorch.testing.conformance.run import choose, run_in_processes
from minitorch.testing.conformance.templates import TEMPLATES

ABOUT = "Try every row of the op table on a backend, in every dtype, against NumPy in the highest precision."


def add_arguments(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The arguments, for both ways to call it."""
    parser.add_argument("device", nargs="?", help="as --backend")
    parser.add_argument("regex", nargs="?", default="", help="as --op")
    parser.add_argument(
        "--backend",
        metavar="NAME",
        action="append",
        default=[],
        help="a backend (all its kinds of devices), a device such as cuda:1 or torch/cpu, a class as package.module:attr, or "
        "`all` that can be used here; may be given again; else the default backend",
    )
    parser.add_argument("--op", metavar="REGEX", default="", help="only rows whose name it is found in")
    parser.add_argument("--template", action="append", default=[], choices=list(TEMPLATES), help="only this template")
    parser.add_argument("--core", action="store_true", help="only core rows, whose kernels every backend must have")
    parser.add_argument(
        "--import", dest="modules", metavar="MODULE", action="append", default=[], help="has rows of yours"
    )
    parser.add_argument(
        "--jobs", type=_at_least_one, default=_processors(), metavar="N", help="processes; else one a processor"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page that shows and filters the outcomes")
    parser.add_argument("--matrix", metavar="FILE", help="write a picture: rows by places, coloured by their error")
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    parser.set_defaults(run=run_command)
    return parser


def add_conformance(commands: Any) -> None:
    """The subcommand `minitorch conformance`."""
    add_arguments(commands.add_parser("conformance", help="does a backend compute what it must?", description=ABOUT))


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what fails on a place; the exit status is 1 if anything does, 2 if it can't be tried."""
    parser = argparse.ArgumentParser(prog="python -m minitorch.testing.conformance", description=ABOUT)
    return run_command(add_arguments(parser).parse_args(arguments))


def run_command(options: argparse.Namespace) -> int:
    """Run what the options ask for, place by place."""
    for module in options.modules:
        importlib.import_module(module)
    chosen = choose(options.regex or options.op, options.core)
    templates = options.template or list(TEMPLATES)
    try:
        places = [place for name in _asked(options) for place in places_of(name)]
    except BackendError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    reports = []
    for place in places:
        start = time.perf_counter()
        bar = _Bar(place, len(chosen))
        outcomes = run_in_processes(place, chosen, templates, options.modules, options.jobs, bar.step)
        bar.close()
        seconds = time.perf_counter() - start
        reports.append(Report(place, [op.name for op in chosen], outcomes, seconds, tuple(options.modules)))
        _say(reports[-1])
    try:
        _write(options, reports)
    except (OSError, OptionalDependencyMissing) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 1 if any(report.failed or not report.samples for report in reports) else 0


def _asked(options: argparse.Namespace) -> list[str]:
    asked = [*filter(None, [options.device]), *options.backend]
    if "all" in asked:
        return [name for name in backend.names() if backend.why_unusable(name) is None]
    return asked or [backend.default_backend().name]


def places_of(name: str) -> Iterator[str]:
    """The places that a name means: itself if it is a device's, else each kind of device of the backend."""
    backend.hasten(name.partition("/")[0])
    is_device = "/" in name or re.fullmatch(r"\w+:\d+", name)
    if not is_device and (":" in name or name in backend.names()):
        yield from (f"{name}/{kind}" for kind in backend.get(name).device_types)
    else:
        backend.parse_device(name)
        yield name


def _say(report: Report) -> None:
    lines = [headline(report), *summary(report), *complaints(report)]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _write(options: argparse.Namespace, reports: list[Report]) -> None:
    if options.json:
        text = json.dumps(as_json(reports), indent=1)
        text = re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)  # a list, a line
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    if options.html:
        Path(options.html).write_text(page(reports), encoding="utf-8")
    if options.matrix:
        Path(options.matrix).write_bytes(matrix(reports))


def _at_least_one(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, got {text!r}")
    return number


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Bar:
    """A progress bar where tqdm is installed and somebody watches."""

    def __init__(self, place: str, rows: int):
        try:
            from tqdm import tqdm
        except ImportError:
            self.bar = None
        else:
            self.bar = tqdm(total=rows, desc=place, unit=" rows", leave=False, disable=None, dynamic_ncols=True)

    def step(self) -> None:
        if self.bar is not None:
            self.bar.update(1)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
