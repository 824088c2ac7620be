"""The run: every row, template, dtype and sample on a place, in one process or several."""

from __future__ import annotations

import importlib
import multiprocessing
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from minitorch.backend import Device
from minitorch.rows import OPS, Op
from minitorch.testing.conformance.cases import rows
from minitorch.testing.conformance.drawing import DRAWS, Drawn
from minitorch.testing.conformance.outcome import Outcome, check
from minitorch.testing.conformance.templates import TEMPLATES
from minitorch.testing.conformance.xfails import deviations, judge

ROWS_A_TASK = 4
FEW = 40  # rows that take less time than it takes to start processes


def choose(regex: str = "", core: bool = False) -> list[Op | Drawn]:
    """The rows that a regular expression is found in, and what draws numbers."""
    everything = [*rows(), *(() if core else DRAWS.values())]
    return [op for op in everything if re.search(regex, op.name) and (not core or op.body is None)]


def run(
    device: str | Device, chosen: Sequence[Op | Drawn] | None = None, templates: Sequence[str] = tuple(TEMPLATES)
) -> Iterator[Outcome]:
    """Try rows on a device, all by default; what is listed as a known deviation counts as such."""
    device = Device(device)
    listed = deviations(type(device.backend))
    for op in choose() if chosen is None else chosen:
        for template in map(TEMPLATES.__getitem__, templates):
            if template.applies(op, device):
                yield from judge((check(template, op, dtype, device) for dtype in template.dtypes_on(device)), listed)


def run_in_processes(
    place: str,
    chosen: Sequence[Op | Drawn],
    templates: Sequence[str],
    modules: Sequence[str],
    jobs: int,
    on_row: Callable[[], None],
) -> list[Outcome]:
    """The same, shared among processes; `modules` are imported in each of them, since they hold rows."""
    names = [op.name for op in chosen]
    if jobs == 1 or len(names) < FEW:
        outcomes = []
        for op in chosen:
            outcomes += run(place, [op], templates)
            on_row()
        return outcomes
    tasks = [names[start : start + ROWS_A_TASK] for start in range(0, len(names), ROWS_A_TASK)]
    context = multiprocessing.get_context("spawn")  # libraries with threads of their own don't survive a fork
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        futures: dict[Future, int] = {
            pool.submit(_task, place, task, templates, modules): number for number, task in enumerate(tasks)
        }
        found: dict[int, list[Outcome]] = {}
        for future in as_completed(futures):
            found[futures[future]] = future.result()
            for _ in tasks[futures[future]]:
                on_row()
    return [outcome for number in sorted(found) for outcome in found[number]]


def _task(place: str, names: list[str], templates: Sequence[str], modules: Sequence[str]) -> list[Outcome]:
    for module in modules:
        importlib.import_module(module)
    return list(run(place, [DRAWS.get(name) or OPS[name] for name in names], templates))
