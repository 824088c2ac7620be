"""Where minitorch is meant to differ from PyTorch: opinfo_deviations.toml, held to strictly."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from opinfo.checks import Check
from opinfo.database import LISTS, title
from opinfo.translation import Untranslatable, shown


class Deviation:
    """Calls of some entries in which minitorch is meant to differ; `calls` is a pattern of how `shown` words them.

    With a `tolerance` the results differ by no more than that. `right` says that what is here is as right as PyTorch's.
    """

    def __init__(
        self, ops: list[str], reason: str, checks: str, calls: str = "", tolerance: float = 0.0, right: bool = False
    ):
        self.ops, self.reason, self.tolerance, self.right = ops, reason, tolerance, right
        self.checks, self.calls = re.compile(checks), re.compile(calls)


def listed(file: str) -> list[Deviation]:
    """The deviations that a list speaks of."""
    return [Deviation(**entry) for entry in tomllib.loads((LISTS / file).read_text()).get("deviation", ())]


DEVIATIONS = listed("opinfo_deviations.toml")


class Verdict:
    """The outcome of one check of one entry.

    Of `count` calls, spread evenly over all from the first on, or of all. A deviation that announces failures and of
    which none is seen is `gone`.
    """

    def __init__(self, info: Any, check: Check, count: int | None = None, deviations: Sequence[Deviation] = DEVIATIONS):
        self.right = self.as_right = self.announced = self.inexpressible = 0
        self.failures: list[str] = []
        self.gone: list[str] = []
        calls = list(check.calls(info))
        chosen = set(range(len(calls)))
        if count is not None and count < len(calls):
            chosen = {number * len(calls) // count for number in range(count)}
        own = [d for d in deviations if title(info) in d.ops and d.checks.fullmatch(check.name)]
        seen: dict[Deviation, list[bool | None]] = {deviation: [] for deviation in own}
        for number, (sample, compare) in enumerate(calls):
            text = shown(sample)
            mine = [deviation for deviation in own if deviation.calls.search(text)]
            failed = self._judge(text, compare, mine) if number in chosen else None
            for deviation in mine:
                seen[deviation].append(failed)
        for deviation, outcomes in seen.items():
            if outcomes and set(outcomes) == {False}:  # each call was tried, and was right
                self.gone.append(deviation.reason)

    def _judge(self, text: str, compare: Callable[[float], object], mine: list[Deviation]) -> bool:
        """Compare, which raises where the libraries differ by more than a tolerance; does it?"""
        error = _outcome(compare, 0.0)
        if error is None:
            self.right += 1
        elif isinstance(error, Untranslatable):
            self.inexpressible += 1
        elif meant := [d for d in mine if not d.tolerance or _outcome(compare, d.tolerance) is None]:
            self.as_right += meant[0].right
            self.announced += not meant[0].right
        else:
            self.failures.append(f"{text}: {error if isinstance(error, AssertionError) else repr(error)}")
        return error is not None


def _outcome(compare: Callable[[float], object], tolerance: float) -> Exception | None:
    try:
        compare(tolerance)
    except Exception as error:
        return error
    return None
