"""In which order `einsum` multiplies three operands or more: as opt-einsum plans it where that is installed, else left to right.

    A @ B @ v    left to right costs n^3, A @ (B @ v) costs n^2

`minitorch.backends.opt_einsum` is what PyTorch's module of this name is: it says whether there is a plan, and of which kind.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from minitorch.errors import message

STRATEGIES = ("auto", "greedy", "optimal")  # "optimal" tries all orders; "auto" does so for few operands only
Path = list[tuple[int, ...]]  # the operands to multiply next, by place; their product goes to the end


class OptEinsum:
    """The settings of einsum's plan."""

    def __init__(self) -> None:
        self._wanted: bool | None = None  # None: if it can be had
        self._strategy: str | None = "auto"

    def is_available(self) -> bool:
        """Is opt-einsum installed?"""
        return importlib.util.find_spec("opt_einsum") is not None

    def get_opt_einsum(self) -> Any:
        """The module opt_einsum, or None."""
        if not self.is_available():
            return None
        import opt_einsum

        return opt_einsum

    @property
    def enabled(self) -> bool:
        """Is there a plan? By default if opt-einsum is installed."""
        return self.is_available() if self._wanted is None else self._wanted

    @enabled.setter
    def enabled(self, value: bool) -> None:
        if value and not self.is_available():
            raise ValueError(
                message(
                    "opt_einsum is not available, so it cannot be enabled",
                    where="minitorch.backends.opt_einsum",
                    hint="pip install 'minitorch-ref[einsum]'",
                )
            )
        self._wanted = bool(value)

    @property
    def strategy(self) -> str | None:
        """How much is tried to find a good order: "auto", "greedy" or "optimal"."""
        return self._strategy

    @strategy.setter
    def strategy(self, value: str | None) -> None:
        if value is not None and not self.enabled:
            raise ValueError(
                f"opt_einsum is not enabled, so a strategy ({value!r}) has no meaning: einsum goes from left to right"
            )
        if value not in (None, *STRATEGIES):
            raise ValueError(f"`strategy` must be one of the following: [{', '.join(STRATEGIES)}] but is {value}")
        self._strategy = value

    def set_flags(self, _enabled: bool | None = None, _strategy: str | None = None) -> tuple[bool, str | None]:
        """Set what is given; returns what was set before."""
        before = self.enabled, self._strategy if self.enabled else None
        if _enabled is not None:
            self.enabled = _enabled
        if _strategy is not None:
            self.strategy = _strategy
        return before

    @contextmanager
    def flags(self, enabled: bool | None = None, strategy: str | None = None) -> Iterator[None]:
        """The settings for the length of a block."""
        before = self._wanted, self._strategy
        try:
            self.set_flags(enabled, strategy)
            yield
        finally:
            self._wanted, self._strategy = before


opt_einsum = OptEinsum()


def path(labels: Sequence[Sequence[Any]], shapes: Sequence[Sequence[int]], result: Sequence[Any]) -> Path:
    """The order to multiply operands in, whose dims have these labels and sizes."""
    library = opt_einsum.get_opt_einsum() if len(labels) > 2 and opt_einsum.enabled else None
    if library is None:
        return left_to_right(len(labels))
    letters: dict[Any, str] = {}
    for label in (label for group in labels for label in group):
        letters.setdefault(label, library.get_symbol(len(letters)))
    spelled = ["".join(letters[label] for label in group) for group in (*labels, result)]
    equation = f"{','.join(spelled[:-1])}->{spelled[-1]}"
    return library.contract_path(equation, *shapes, shapes=True, optimize=opt_einsum.strategy or "auto")[0]


def left_to_right(count: int) -> Path:
    """The first two, then their product, which stands at the end, and the next, which stands at the front."""
    return [(0, 1), *((place, 0) for place in range(count - 2, 0, -1))] if count > 1 else []
