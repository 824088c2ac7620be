"""Checks of sizes and of indices: how their errors are worded, and what one remembers whose answer comes later.

A request for more memory than the machine has is refused before any of it is allocated, since a system that hands out memory
which it doesn't have ends the process later, with no word.

On the host a bad index is refused at once. A device that works behind the host's back is asked without waiting; when the host
reads from it, the error still has to name the op and the line of the user's program, so a check notes them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from math import prod
from types import FrameType
from typing import NamedTuple

from .errors import IndexOutOfRange, OutOfMemory, message

OURS = os.path.dirname(__file__)

# Bytes that the machine has, as far as one can ask.
MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else sys.maxsize


def room_for(size: Sequence[int], itemsize: int) -> None:
    """Refuse an array of `size` elements that no memory of this machine can hold."""
    wanted = prod(size) * itemsize
    if wanted > MEMORY:
        raise OutOfMemory(
            message(
                f"not enough memory: you tried to allocate {wanted} bytes",
                expected=f"at most {MEMORY} bytes, all that this machine has",
                got=f"size {list(size)} of {itemsize} bytes an element",
                hint="ask for less, or work in parts",
            )
        )


# What PyTorch says, where it says something of its own.
WORDS = {
    "embedding": "index out of range in self",
    "nll_of_classes": "Target {bad} is out of bounds.",
    "softmax_cross_entropy": "Target {bad} is out of bounds.",
}


class Check(NamedTuple):
    """An index into a dimension, within [low, high); the op that was running, and the line that asked for it."""

    low: int
    high: int
    dim: int
    op: str = ""
    place: str = ""


def noted(low: int, high: int, dim: int, skip: int = 1) -> Check:
    """A check that is answered later; frames of folders named `minitorch...` are ours, the first other one is the user's."""
    op, frame = "", sys._getframe(skip)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith("<minitorch "):
            op = file[len("<minitorch ") : -1].removeprefix("op ")
        elif not _is_ours(frame):
            return Check(low, high, dim, op, f"{file}, line {frame.f_lineno}")
        frame = frame.f_back
    return Check(low, high, dim, op)


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(OURS) or frame.f_globals.get("__name__", "").startswith("minitorch_")


def out_of_range(check: Check, bad: int | None, late: bool = False) -> IndexOutOfRange:
    """The error about an index; `bad` is None where any index would be, since there are no elements."""
    text = WORDS.get(check.op, "index {bad} is out of bounds for dimension {dim} with size {high}")
    hint = "indices count from 0; look at tensor.shape"
    if late:
        hint = "the device works behind the host's back: this was found when the host read from it, and results since the check "
        hint += "are worthless"
    empty = "no index, since there are no elements"
    return IndexOutOfRange(
        message(
            text.format(bad="0" if bad is None else bad, dim=check.dim, high=check.high),
            where=" at ".join(filter(None, (check.op and f"{check.op}()", check.place))) or None,
            expected=f"indices from {check.low} to {check.high - 1}" if check.high > check.low else empty,
            got=bad,
            hint=hint,
        )
    )
