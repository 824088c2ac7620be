"""What is measured: a workload is the same code for minitorch and PyTorch, and the best NumPy that we can write by hand."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["WORKLOADS", "Code", "Workload", "digest", "register"]


@dataclass(frozen=True)
class Code:
    """What is timed, a statement or a function, and what must agree between the peers after it has run."""

    statement: str | Callable[[], Any]
    result: Callable[[], Any]
    names: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def step(cls, function: Callable[[], Any]) -> Code:
        """A function whose own result must agree."""
        return cls(function, function)


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    `framework(torch)` builds it with the module that it is given, minitorch or PyTorch. `by_hand` builds it with NumPy alone;
    it is named, `module:function`, since only NumPy's own process may import what it needs.
    A bar is what the ratio of minitorch's time to a peer's may be at most. A workload that `measures_itself` returns named
    figures (seconds, megabytes, counts) from each call, and its bars are by figure: `{"forward torch": 3.0, "growth": 0.0}`.
    """

    name: str
    framework: Callable[[Any], Code]
    by_hand: str | None = None
    bars: dict[str, float] = field(default_factory=dict)
    measures_itself: bool = False
    block_seconds: float = 0.1
    threads: tuple[int, ...] | None = None
    tolerance: float = 1e-3

    def build_by_hand(self) -> Code | None:
        """The workload in NumPy, if there is such."""
        if self.by_hand is None:
            return None
        module, _, function = self.by_hand.partition(":")
        return getattr(importlib.import_module(f".{module}", __package__), function)(self.name)

    @property
    def group(self) -> str:
        """What stands before the dot, as in `tiny.add`."""
        return self.name.partition(".")[0]


WORKLOADS: dict[str, Workload] = {}


def register(*workloads: Workload) -> None:
    """Put workloads into the table."""
    for workload in workloads:
        assert workload.name not in WORKLOADS, workload.name
        WORKLOADS[workload.name] = workload


def digest(result: Any) -> list[float]:
    """A few numbers that stand for a result: for each array its mean size and two projections."""
    if isinstance(result, (tuple, list)):
        return [number for part in result for number in digest(part)]
    if hasattr(result, "detach"):
        result = result.detach().numpy()
    values = np.asarray(result, np.float64).reshape(-1)
    if values.size == 1:
        return [float(values[0])]
    waves = np.cos(np.arange(values.size) * 0.7), np.sin(np.arange(values.size) * 0.3)
    scale = np.abs(values).mean() * np.sqrt(values.size) + 1e-30  # what a projection of independent numbers comes to
    return [float(np.abs(values).mean()), *(1.0 + float(values @ wave / scale) for wave in waves)]
