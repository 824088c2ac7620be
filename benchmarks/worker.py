"""One peer in a process of its own: it prepares workloads, checks and times them as its standard input says, line by line.

A process a peer, so that one's threads, memory settings and garbage don't touch another's; the parent lets one run at a time.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import timeit
from typing import Any

from . import MODULES
from .workload import WORKLOADS, Code, digest

CHECKED_CALLS = 5


class Peer:
    """What one library can do with the workloads."""

    def __init__(self, name: str, threads: int):
        self.name = name
        for module in MODULES:
            importlib.import_module(module, __package__)
        self.library: Any = None if name == "numpy" else importlib.import_module(name)
        if self.library:
            for part in ("nn.functional", "optim"):
                importlib.import_module(f"{name}.{part}")
        if name == "torch":
            self.library.set_num_threads(threads)
        self.code: Code | None = None
        self.timer: timeit.Timer | None = None

    def prepare(self, workload: str) -> Any:
        """Build a workload; what it computes in its first calls, for comparison with the other peers."""
        row = WORKLOADS[workload]
        self.code = self.timer = None
        if self.name == "numpy":
            self.code = row.build_by_hand()
        else:
            self.code = row.framework(self.library)
        if self.code is None:
            return None
        self.timer = timeit.Timer(self.code.statement, "import gc; gc.enable()", globals=self.code.names)
        if row.measures_itself:
            return []
        return [digest(self.code.result()) for _ in range(CHECKED_CALLS)]

    def time(self, calls: int, clock: str) -> float:
        """Seconds for so many calls: of the wall, or of the processor, which another program's load hardly moves."""
        assert self.timer is not None
        self.timer.timer = {"wall": time.perf_counter, "cpu": time.process_time}[clock]
        return self.timer.timeit(calls)

    def measure(self) -> dict[str, float]:
        """The figures of a workload that measures itself."""
        assert self.code is not None
        return self.code.result()


def serve(name: str, threads: int) -> None:
    """Answer requests `[method, *arguments]` with `{"result": ...}` or `{"error": ...}` until the input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else prints must not look like an answer
    peer: Peer | None = None
    for line in sys.stdin:
        try:
            peer = peer or Peer(name, threads)
            method, *arguments = json.loads(line)
            answer = {"result": getattr(peer, method)(*arguments)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
