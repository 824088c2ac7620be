"""What the stand-in has and CuPy hasn't: counters of what blocks the host, and switches for its faults.

A test that wants no waits says `with cupy.strict.no_syncs():`, or counts them: `reset()`, then `count()` and `reasons()`.
STRICT_CUPY_GPUS in the environment says what the machine pretends to have when `cupy` is imported.
"""

from __future__ import annotations

import collections
import contextlib
import os
from collections.abc import Iterator

import numpy as np

gpus = os.environ.get("STRICT_CUPY_GPUS", "2")  # a number, `none`, or `no-driver`
random = np.random.default_rng(0)  # chooses what the GPU leaves open: which write wins, in which order atomics run

_syncs: collections.Counter[str] = collections.Counter()
_transfers: collections.Counter[str] = collections.Counter()
_forbidden = 0
_refused_allocations = 0


class UnwantedSync(AssertionError):
    """The host waited for the device where a test had forbidden it."""


def sync(why: str) -> None:
    """The host waits for the device here."""
    if _forbidden:
        raise UnwantedSync(f"the host waits for the device: {why}")
    _syncs[why] += 1


def transfer(why: str) -> None:
    """Data goes from the host to the device here; that alone doesn't make the host wait."""
    _transfers[why] += 1


def count(why: str | None = None) -> int:
    """How often the host has waited for the device, altogether or for one reason, since `reset`."""
    return _syncs.total() if why is None else _syncs[why]


def reasons() -> dict[str, int]:
    """What made the host wait, and how often."""
    return dict(_syncs)


def transfers(why: str | None = None) -> int:
    """How many arrays or scalars went from the host to the device since `reset`."""
    return _transfers.total() if why is None else _transfers[why]


def reset() -> None:
    """Start counting again."""
    _syncs.clear()
    _transfers.clear()


@contextlib.contextmanager
def no_syncs() -> Iterator[None]:
    """Raise UnwantedSync where the host would wait for the device."""
    global _forbidden
    _forbidden += 1
    try:
        yield
    finally:
        _forbidden -= 1


def seed(value: int) -> None:
    """Choose again what the GPU leaves open."""
    global random
    random = np.random.default_rng(value)


def refuse_allocations(number: int) -> None:
    """Let the next allocations fail, also after the pool has given back what it had kept."""
    global _refused_allocations
    _refused_allocations = number


def allocation_is_refused() -> bool:
    global _refused_allocations
    if not _refused_allocations:
        return False
    _refused_allocations -= 1
    return True
