"""Measure minitorch beside PyTorch and hand-written NumPy.

    python -m benchmarks.run [--only NAME ...] [--threads 1,2] [--blocks 9] [--block-seconds 0.1] [--clock wall] [--json FILE]

For each number of threads, each peer gets a fresh process with that number set for BLAS and OpenMP. The peers first show that
they compute the same; then they are timed in turns, a block of calls each, so that a change of the machine's load meets all.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from . import MODULES
from .machine import facts
from .report import table
from .workload import WORKLOADS, Workload

ROOT = Path(__file__).resolve().parent.parent
PEERS = ("minitorch", "torch", "numpy")
SELF_MEASURED_BLOCKS = 5


class Process:
    """A peer's process, and what it answers."""

    def __init__(self, peer: str, threads: int):
        count = str(threads)
        paths = [str(ROOT), str(ROOT / "backends"), os.environ.get("PYTHONPATH", "")]
        environment = {
            "OPENBLAS_THREAD_TIMEOUT": "16",  # as `import minitorch` sets it: a peer's threads must not spin in another's turn
            **os.environ,
            **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), count),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }
        command = [sys.executable, "-m", "benchmarks.worker", peer, count]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )

    def ask(self, *request: Any) -> Any:
        """The answer to a request; PeerFailed if the peer can't."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerFailed(f"the process ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise PeerFailed(answer["error"])
        return answer["result"]

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


class PeerFailed(Exception):
    """A peer raised an error or died."""


@contextmanager
def peers_with(names: list[str], threads: int) -> Iterator[dict[str, Process]]:
    """The peers' processes, ended afterwards."""
    processes = {peer: Process(peer, threads) for peer in names}
    try:
        yield processes
    finally:
        for process in processes.values():
            process.end()


def measure(workload: Workload, processes: dict[str, Process], options: argparse.Namespace) -> dict[str, Any]:
    """One workload by all peers that can: seconds a call by block, or the workload's own figures."""
    found: dict[str, Any] = {}
    ready: dict[str, Any] = {}
    failures: dict[str, str] = {}
    for peer, process in processes.items():
        try:
            values = process.ask("prepare", workload.name)
        except PeerFailed as error:
            failures[peer] = str(error)
            continue
        if values is not None:
            ready[peer] = values
    if failures:
        found["failures"] = failures
    if not ready:
        return found
    disagreement = _disagreement(ready, workload.tolerance)
    if disagreement:
        return {**found, "disagreement": disagreement}
    chosen = {peer: processes[peer] for peer in ready}
    if workload.measures_itself:
        return {**found, "figures": _figures(chosen, min(options.blocks, SELF_MEASURED_BLOCKS))}
    return {**found, "seconds": _seconds(workload, chosen, options)}


def _disagreement(values: dict[str, list[list[float]]], tolerance: float) -> str | None:
    """Which peers computed something else in which call, or None."""
    names = list(values)
    for other in names[1:]:
        for call, (ours, theirs) in enumerate(zip(values[names[0]], values[other], strict=True)):
            pairs = zip(ours, theirs, strict=True)
            if len(ours) != len(theirs) or any(abs(a - b) > tolerance * max(1.0, abs(b)) for a, b in pairs):
                return f"{names[0]} and {other} differ in call {call}: {ours} and {theirs}"
    return None


def _seconds(workload: Workload, processes: dict[str, Process], options: argparse.Namespace) -> dict[str, list[float]]:
    calls, wanted = {}, options.block_seconds or workload.block_seconds
    for peer, process in processes.items():
        once = min(process.ask("time", 1, "wall") for _ in range(3))
        calls[peer] = max(1, round(wanted / max(once, 1e-7)))
    seconds: dict[str, list[float]] = {peer: [] for peer in processes}
    for block in range(options.blocks + 1):
        for peer, process in processes.items():
            each = process.ask("time", calls[peer], options.clock) / calls[peer]
            if block:  # the first block warms up
                seconds[peer].append(each)
    return seconds


def _figures(processes: dict[str, Process], blocks: int) -> dict[str, dict[str, list[float]]]:
    figures: dict[str, dict[str, list[float]]] = {peer: {} for peer in processes}
    for _ in range(blocks):
        for peer, process in processes.items():
            for name, figure in process.ask("measure").items():
                figures[peer].setdefault(name, []).append(figure)
    return figures


def rows(workload: Workload, threads: int, found: dict[str, Any]) -> list[dict[str, Any]]:
    """What one workload adds to the table: a row, or a row a figure."""
    about = {"workload": workload.name, "threads": threads}
    problems = {key: found[key] for key in ("failures", "disagreement") if key in found}
    if "seconds" in found:
        return [{**about, **problems, **_row(found["seconds"], workload.bars), "bars": workload.bars}]
    if "figures" in found:
        result = []
        for name in next(iter(found["figures"].values())):
            samples = {peer: figures[name] for peer, figures in found["figures"].items() if name in figures}
            bars = {key.removeprefix(name).strip(): bar for key, bar in workload.bars.items() if key.startswith(name)}
            result.append({**about, "figure": name, **problems, **_row(samples, bars), "bars": bars})
        return result
    return [{**about, **problems, "bars": workload.bars}]


def _row(samples: dict[str, list[float]], bars: dict[str, float]) -> dict[str, Any]:
    row: dict[str, Any] = {"best": {}, "median": {}, "ratio_of_best": {}, "median_of_ratios": {}}
    for peer, values in samples.items():
        row["best"][peer], row["median"][peer] = min(values), median(values)
    for first, second in (("minitorch", "torch"), ("minitorch", "numpy"), ("numpy", "torch")):
        if first in samples and second in samples and all(value > 0 for value in samples[second]):
            pairs = zip(samples[first], samples[second], strict=True)
            row["ratio_of_best"][f"{first}/{second}"] = row["best"][first] / row["best"][second]
            row["median_of_ratios"][f"{first}/{second}"] = median(a / b for a, b in pairs)
    if "minitorch" in samples:
        held = {"": row["median"]["minitorch"]}  # a figure with a bar of its own, and then the ratios
        held |= {pair.rpartition("/")[2]: ratio for pair, ratio in row["ratio_of_best"].items() if pair[0] == "m"}
        row["met"] = {peer: held[peer] <= bar for peer, bar in bars.items() if peer in held}
    return row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="workloads or their beginnings: mlp, tiny.add"
    )
    parser.add_argument("--threads", default="1,2", help="numbers of threads, separated by commas")
    parser.add_argument("--peers", default=",".join(PEERS), help="which libraries, separated by commas")
    parser.add_argument(
        "--block-seconds", type=float, help="how long a turn is; on a busy machine many short ones serve best"
    )
    parser.add_argument("--blocks", type=int, default=9, help="how often each peer has its turn")
    parser.add_argument(
        "--clock", choices=("wall", "cpu"), default="wall", help="cpu, for one thread on a busy machine"
    )
    parser.add_argument(
        "--json", type=Path, help="where to write the results (default: benchmarks/results/<date>.json)"
    )
    parser.add_argument("--list", action="store_true", help="print the workloads and end")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    for module in MODULES:
        importlib.import_module(module, __package__)
    chosen = [w for w in WORKLOADS.values() if not arguments.only or w.name.startswith(tuple(arguments.only))]
    if arguments.list:
        print("\n".join(workload.name for workload in chosen))
        return
    if not chosen:
        sys.exit(f"no workload's name begins with {' or '.join(arguments.only)}; --list shows them all")
    before = facts()
    results = []
    for threads in map(int, arguments.threads.split(",")):
        with peers_with(arguments.peers.split(","), threads) as processes:
            for workload in chosen:
                if workload.threads is None or threads in workload.threads:
                    print(f"{workload.name} ({threads})", end=" ", flush=True, file=sys.stderr)
                    results += rows(workload, threads, measure(workload, processes, arguments))
    print(file=sys.stderr)
    report = {
        "machine": before,
        "load_after": facts()["load"],
        "blocks": arguments.blocks,
        "clock": arguments.clock,
        "results": results,
    }
    print(table(report))
    target = arguments.json or ROOT / "benchmarks" / "results" / f"{time.strftime('%Y-%m-%d-%H%M')}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
