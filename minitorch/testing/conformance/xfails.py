"""Known deviations: what a backend lists in the file `xfails.toml` of its package, and what the list is held to.

    [[deviation]]
    row = "atan2"
    template = "special"
    dtype = ["float32", "float64"]       # or one name; left out: every dtype
    backend = "jax"                      # where a package holds several backends; left out: all of them
    reason = "XLA flushes denormal numbers to zero"
    issue = "https://github.com/..."     # where the library's people know about it; may be left out

A listed case that fails is a known deviation. One that passes is a failure, so that the list shrinks when a library is mended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from minitorch.backend import Backend
from minitorch.backends import DEVIATIONS, listed_deviations
from minitorch.errors import message
from minitorch.testing.conformance.outcome import Fault, Outcome

KEYS = {"row", "template", "dtype", "backend", "reason", "issue"}
NEEDED = {"row", "template", "reason"}


@dataclass(frozen=True)
class Deviation:
    """One entry of the list."""

    row: str
    template: str
    reason: str
    dtype: tuple[str, ...] = ()
    issue: str = ""

    def covers(self, outcome: Outcome) -> bool:
        same = (self.row, self.template) == (outcome.row, outcome.template)
        return same and (not self.dtype or outcome.dtype in self.dtype)

    @property
    def why(self) -> str:
        return f"{self.reason} ({self.issue})" if self.issue else self.reason


def deviations(backend: type[Backend]) -> list[Deviation]:
    """What a backend's package lists for it; nothing, where the backend is a single module."""
    return [_deviation(entry, backend) for entry in listed_deviations(backend)]


def _deviation(entry: dict[str, Any], backend: type[Backend]) -> Deviation:
    unknown, missing = entry.keys() - KEYS, NEEDED - entry.keys()
    if unknown or missing:
        raise ValueError(
            message(
                "a known deviation that can't be read",
                where=f"the file {DEVIATIONS} in the package of {backend.__module__}.{backend.__name__}",
                expected=f"the keys {', '.join(sorted(NEEDED))}, and perhaps {', '.join(sorted(KEYS - NEEDED))}",
                got=entry,
            )
        )
    dtype = entry.get("dtype", ())
    dtypes = (dtype,) if isinstance(dtype, str) else tuple(dtype)
    return Deviation(entry["row"], entry["template"], entry["reason"], dtypes, entry.get("issue", ""))


def judge(outcomes: Iterable[Outcome], listed: list[Deviation]) -> list[Outcome]:
    """The outcomes with what is known marked as such, and a fault for what is listed and passes.

    An entry that names dtypes must fail in each; one that names none, in some.
    """
    judged = list(outcomes)
    for deviation in listed:
        covered = [outcome for outcome in judged if deviation.covers(outcome)]
        passed = [outcome for outcome in covered if not outcome.faults]
        for outcome in covered:
            outcome.known = deviation.why if outcome.faults else ""
        for outcome in passed if deviation.dtype or len(passed) == len(covered) else ():
            words = f"{outcome.template} of {outcome.row} in {outcome.dtype} is listed in {DEVIATIONS}, but passes: take it out"
            outcome.faults.append(Fault(-1, "", words))
    return judged
