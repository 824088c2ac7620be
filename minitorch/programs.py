"""Programs: a pointwise function of arrays, written down as steps.

An optimizer's rule is a plain function, `rule(k, param, grad, *state, *settings)`, which returns the new values of all arrays but
the gradient. Called once with recorders in place of arrays it tells its steps; a backend then runs them block by block, out of
its cache, or as one kernel, and needs no array between the steps.

    Program   steps on numbered cells: the arrays, then constants, then scratch, then masks
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

__all__ = ["Program", "Step", "record"]

Step = tuple[str, tuple[int, ...], int]  # op name, the cells that it reads, the cell that it writes

COMPARISONS = frozenset(("eq", "ge", "gt", "le", "lt", "ne"))
# Steps that a backend may make in several passes: what they write must be none of what they read.
SEVERAL_PASSES = frozenset(("where",))


class Program:
    """What a rule does to one stretch of its arrays. `grad`, the second, is only read; the others end as the rule's results.

    Besides the ops that the rule calls there is `weighted`, of (x, a, y, b) with two constants: a·x + b·y, for which many
    libraries have a function.
    """

    __slots__ = ("arrays", "constants", "masks", "scratch", "steps")

    def __init__(self, arrays: int, scratch: int, masks: int, constants: list[float], steps: list[Step]):
        self.arrays, self.scratch, self.masks = arrays, scratch, masks
        self.constants = constants
        self.steps = steps


class Value:
    """What stands for an array while a rule is written down."""

    __slots__ = ("number", "record")

    def __init__(self, number: int, record: Callable[..., Value]):
        self.number, self.record = number, record

    def __add__(self, other: Any) -> Value:
        return self.record("add", self, other)

    def __sub__(self, other: Any) -> Value:
        return self.record("sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return self.record("sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return self.record("mul", self, other)

    def __truediv__(self, other: Any) -> Value:
        return self.record("div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return self.record("div", other, self)

    def __neg__(self) -> Value:
        return self.record("neg", self)

    def __gt__(self, other: Any) -> Value:
        return self.record("gt", self, other)

    def __lt__(self, other: Any) -> Value:
        return self.record("lt", self, other)

    __radd__, __rmul__ = __add__, __mul__


class _Recorder:
    """`k` for a rule that is written down: `k.sqrt(value)` is a step like any other."""

    def __init__(self, arrays: int):
        self.values = arrays  # how many there are; the first are the arrays as they come in
        self.constants: list[float] = []
        self.steps: list[tuple[str, list[int], int]] = []  # constants have numbers from -1 down

    def __getattr__(self, name: str) -> Callable[..., Value]:
        return partial(self.record, name)

    def record(self, name: str, *operands: Any) -> Value:
        numbers = [operand.number if type(operand) is Value else self.constant(operand) for operand in operands]
        value = Value(self.values, self.record)
        self.steps.append((name, numbers, self.values))
        self.values += 1
        return value

    def full_like(self, input: Value, fill_value: float) -> float:
        """A constant needs no array."""
        return fill_value

    def constant(self, value: float) -> int:
        self.constants.append(value)
        return -len(self.constants)


def record(rule: Callable[..., Sequence[Any]], present: Sequence[bool], settings: Sequence[Any]) -> Program:
    """The program of a rule; `present` says which of its arrays there are, the others being None."""
    count = sum(present)
    recorder = _Recorder(count)
    values = iter(range(count))
    arguments = [Value(next(values), recorder.record) if there else None for there in present]
    results = rule(recorder, *arguments, *settings)
    cells = [value.number for value in arguments if value is not None]
    del cells[1]  # the gradient
    ends = [value.number for value in results if value is not None]
    _weigh(recorder, ends)
    return _placed(recorder, count, [pair for pair in zip(ends, cells, strict=True) if pair[0] != pair[1]])


def _weigh(recorder: _Recorder, ends: list[int]) -> None:
    """Make one step of two or three where products with constants are added."""
    reads = dict.fromkeys(ends, 2)
    for _, numbers, _ in recorder.steps:
        for number in numbers:
            reads[number] = reads.get(number, 0) + 1
    products: dict[int, tuple[int, int]] = {}  # value -> the value and the constant that it is the product of
    one = recorder.constant(1.0)
    steps, recorder.steps = recorder.steps, []
    for name, numbers, made in steps:
        if name == "mul" and numbers[0] >= 0 > numbers[1] and reads.get(made) == 1:
            products[made] = (numbers[0], numbers[1])
        elif name in ("add", "sub") and min(numbers) >= 0 and not products.keys().isdisjoint(numbers):
            x, a = products.pop(numbers[1], (numbers[1], one))
            y, b = products.pop(numbers[0], (numbers[0], one))
            a = recorder.constant(-recorder.constants[-1 - a]) if name == "sub" else a
            recorder.steps.append(("weighted", [x, a, y, b], made))
            continue
        recorder.steps.append((name, numbers, made))
    read = {number for _, numbers, _ in recorder.steps for number in numbers}.union(ends)
    recorder.steps = [step for step in recorder.steps if step[2] in read]


def _placed(recorder: _Recorder, arrays: int, ends: list[tuple[int, int]]) -> Program:
    """Give each value a cell: that of the array which it becomes if its old value is done with, else the next free scratch."""
    never = len(recorder.steps)
    last_read = dict.fromkeys(range(arrays), -1)
    for time, (_, numbers, _) in enumerate(recorder.steps):
        last_read.update(dict.fromkeys(numbers, time))
    written = {number for _, _, number in recorder.steps}
    target = {number: cell for number, cell in reversed(ends) if number in written}
    last_read.update(dict.fromkeys((number for number, _ in ends), never))
    place = {number: ("array", number) for number in range(arrays)}
    free: dict[str, list[int]] = {"scratch": [], "mask": []}
    used = {"scratch": 0, "mask": 0}
    steps = []
    for time, (name, numbers, made) in enumerate(recorder.steps):
        reads = [place.get(number, ("constant", -1 - number)) for number in numbers]
        done = {place[n] for n in numbers if last_read.get(n) == time and n >= arrays and place[n][0] in free}
        kind, cell = "mask" if name in COMPARISONS else "scratch", target.get(made)
        if name not in SEVERAL_PASSES:
            _release(free, done)
        if cell is not None and last_read[cell] + (name in SEVERAL_PASSES) <= time:
            place[made] = ("array", cell)
        else:
            if not free[kind]:
                free[kind].append(used[kind])
                used[kind] += 1
            place[made] = (kind, free[kind].pop())
        if name in SEVERAL_PASSES:
            _release(free, done)
        steps.append((name, reads, place[made]))
    steps += [("positive", [place[n]], ("array", c)) for n, c in ends if place[n] != ("array", c)]
    start = {"array": 0, "constant": arrays, "scratch": arrays + len(recorder.constants)}
    start["mask"] = start["scratch"] + used["scratch"]
    cells = [(name, tuple([start[kind] + i for kind, i in reads]), start[k] + i) for name, reads, (k, i) in steps]
    return Program(arrays, used["scratch"], used["mask"], recorder.constants, cells)


def _release(free: dict[str, list[int]], cells: set[tuple[str, int]]) -> None:
    for kind, number in cells:
        free[kind].append(number)
