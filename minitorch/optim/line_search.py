"""A line search for the strong Wolfe conditions: go down enough, until the slope is flat enough (Nocedal and Wright, ch. 3.5)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from minitorch.tensor import Tensor

__all__ = ["strong_wolfe"]

DOWN = 1e-4  # of the decrease that the first slope promises, this share must come
FLAT = 0.9  # and the slope must have fallen to this share
CLOSE = 1e-9  # a bracket that moves the parameters by less isn't worth searching


class Point(NamedTuple):
    """A place on the line: how far, and what is there."""

    length: float
    loss: float
    gradient: Tensor
    slope: float


def strong_wolfe(
    at: Callable[[float], tuple[float, Tensor]],
    length: float,
    direction: Tensor,
    loss: float,
    gradient: Tensor,
    slope: float,
    most: int = 25,
) -> tuple[float, Tensor, float, int]:
    """Find how far to go along `direction`: the loss and gradient there, the length, and how often `at` was called.

    `at(length)` gives loss and gradient; `loss`, `gradient` and `slope` are those at 0, `length` is the first try.
    """

    def point(length: float) -> Point:
        value, found = at(length)
        return Point(length, value, found, found.dot(direction).item())

    start = Point(0.0, loss, gradient, slope)
    bracket, calls, done = _bracketed(point, start, point(length), most)
    low = high = 0
    if not done:
        low, high = _ordered(bracket)
    stalled = False
    reach = direction.abs().max().item()
    while not done and calls < most:
        if abs(bracket[1].length - bracket[0].length) * reach < CLOSE:
            break
        trial, stalled = _inside(bracket, stalled)
        new = point(trial)
        calls += 1
        if new.loss > loss + DOWN * new.length * slope or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = _ordered(bracket)
            continue
        if abs(new.slope) <= -FLAT * slope:
            done = True
        elif new.slope * (bracket[high].length - bracket[low].length) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = new
    best = bracket[low]
    return best.loss, best.gradient, best.length, calls + 1


def _bracketed(point: Callable[[float], Point], start: Point, new: Point, most: int) -> tuple[list[Point], int, bool]:
    """Two points with a good one between them, or a good one; how many more points were tried; was a good one found?"""
    last, calls = start, 0
    while calls < most:
        if new.loss > start.loss + DOWN * new.length * start.slope or (calls > 1 and new.loss >= last.loss):
            return [last, new], calls, False
        if abs(new.slope) <= -FLAT * start.slope:
            return [new], calls, True
        if new.slope >= 0:
            return [last, new], calls, False
        bounds = new.length + 0.01 * (new.length - last.length), new.length * 10
        further = _lowest_of_cubic(last, new, bounds)
        last, new = new, point(further)
        calls += 1
    return [start, new], calls, False


def _ordered(bracket: list[Point]) -> tuple[int, int]:
    """Which end is lower, and which higher?"""
    return (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)


def _inside(bracket: list[Point], stalled: bool) -> tuple[float, bool]:
    """The next length to try, away from the ends if the last one was at an end already; and whether it is near one."""
    length = _lowest_of_cubic(bracket[0], bracket[1])
    smallest, largest = sorted((bracket[0].length, bracket[1].length))
    margin = 0.1 * (largest - smallest)
    if min(largest - length, length - smallest) >= margin:
        return length, False
    if not stalled and smallest < length < largest:
        return length, True
    return (largest - margin if abs(length - largest) < abs(length - smallest) else smallest + margin), False


def _lowest_of_cubic(one: Point, two: Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic through two points with their slopes is lowest, within `bounds` or else between them."""
    left, right = (one, two) if one.length <= two.length else (two, one)
    lowest, highest = bounds or (left.length, right.length)
    middle = one.slope + two.slope - 3 * (one.loss - two.loss) / (one.length - two.length)
    square = middle * middle - one.slope * two.slope
    if not square >= 0:
        return (lowest + highest) / 2
    root = math.sqrt(square)
    width = right.length - left.length
    place = right.length - width * (right.slope + root - middle) / (right.slope - left.slope + 2 * root)
    return min(max(place, lowest), highest)
