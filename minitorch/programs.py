"""Programs: a pointwise function of arrays, written down as steps.

An optimizer's rule is a plain function, `rule(k, param, grad, *state, *settings)`, which returns the new values of all arrays but
the gradient. Called with recorders in place of arrays it tells its steps; a backend then runs them block by block, out of its
cache, or as one kernel, and needs no array between the steps. A rule is called anew each time, since what it makes of its
settings changes; the steps mostly don't, and what follows from them is kept.

    Program   steps on numbered cells: the arrays, then constants, then scratch, then masks
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

__all__ = ["Program", "record"]

Recorded = tuple[Any, ...]  # an op's name, and the values or constants that it takes
Step = tuple[str, list[int], int]  # an op's name, what it takes, and what it makes

COMPARISONS = frozenset(("eq", "ge", "gt", "le", "lt", "ne"))
# Steps that a backend may make in several passes: what they write must be none of what they read.
SEVERAL_PASSES = frozenset(("where",))
ONE = -(1 << 30)  # the constant that nobody recorded


class Program:
    """What a rule does to one stretch of its arrays. `grad`, the second, is only read; the others end as the rule's results.

    Besides the ops that the rule calls there is `weighted`, of (x, a, y, b) with two constants: a·x + b·y, for which many
    libraries have a function.
    """

    __slots__ = ("arrays", "constants", "masks", "scratch", "steps")

    def __init__(self, arrays: int, constants: list[tuple[int, int]], steps: list[tuple[str, tuple[int, ...], int]]):
        self.arrays = arrays
        self.constants = constants  # which of the recorded ones, and their sign
        self.steps = steps  # an op's name, the cells that it reads, and the cell that it writes
        self.scratch = self.masks = 0

    def values(self, recorded: list[float]) -> list[float]:
        """The constants in the order of their cells."""
        return [sign * (1.0 if number == ONE else recorded[-1 - number]) for number, sign in self.constants]


class Value:
    """What stands for an array while a rule is written down."""

    __slots__ = ("number", "take")

    def __init__(self, number: int, take: Callable[..., Value]):
        self.number, self.take = number, take

    def __add__(self, other: Any) -> Value:
        return self.take("add", self, other)

    def __sub__(self, other: Any) -> Value:
        return self.take("sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return self.take("sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return self.take("mul", self, other)

    def __truediv__(self, other: Any) -> Value:
        return self.take("div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return self.take("div", other, self)

    def __neg__(self) -> Value:
        return self.take("neg", self)

    def __gt__(self, other: Any) -> Value:
        return self.take("gt", self, other)

    def __lt__(self, other: Any) -> Value:
        return self.take("lt", self, other)

    def __ne__(self, other: Any) -> Value:  # type: ignore[override]
        return self.take("ne", self, other)

    __radd__, __rmul__ = __add__, __mul__


class _Recorder:
    """`k` for a rule that is written down: `k.sqrt(value)` is a step like any other."""

    def __init__(self, arrays: int):
        self.values = arrays  # how many there are; the first are the arrays as they come in
        self.constants: list[float] = []
        self.steps: list[Recorded] = []  # constants have numbers from -1 down

    def __getattr__(self, name: str) -> Callable[..., Value]:
        return partial(self.take, name)

    def take(self, *step: Any) -> Value:
        numbers = []
        for operand in step:
            if type(operand) is Value:
                numbers.append(operand.number)
            elif type(operand) is str:
                numbers.append(operand)
            else:
                self.constants.append(operand)
                numbers.append(-len(self.constants))
        self.steps.append(tuple(numbers))
        self.values += 1
        return Value(self.values - 1, self.take)

    def full_like(self, input: Value, fill_value: float) -> float:
        """A constant needs no array."""
        return fill_value


def record(
    rule: Callable[..., Sequence[Any]], present: Sequence[bool], settings: Sequence[Any]
) -> tuple[Program, list[float]]:
    """The program of a rule and its constants; `present` says which of its arrays there are, the others being None."""
    recorder = _Recorder(0)
    arguments: list[Value | None] = []
    for there in present:
        arguments.append(Value(recorder.values, recorder.take) if there else None)
        recorder.values += there
    arrays = recorder.values
    results = rule(recorder, *arguments, *settings)
    program = _program(tuple(recorder.steps), tuple([value.number for value in results if value is not None]), arrays)
    return program, program.values(recorder.constants)


@lru_cache(maxsize=256)
def _program(recorded: tuple[Recorded, ...], ends: tuple[int, ...], arrays: int) -> Program:
    """The program of recorded steps, whose values `ends` the arrays but the second become."""
    steps: list[Step] = [(name, list(numbers), arrays + place) for place, (name, *numbers) in enumerate(recorded)]
    signs: dict[int, tuple[int, int]] = {}  # a constant -> which of the recorded ones, and its sign
    steps = _weighed(steps, ends, signs)
    becomes = [pair for pair in zip(ends, [0, *range(2, arrays)], strict=True) if pair[0] != pair[1]]
    for place, (number, cell) in enumerate(becomes):
        if number < arrays:  # one array as it was becomes another: it may be written itself by then
            made = arrays + len(recorded) + place
            steps.append(("positive", [number], made))
            becomes[place] = (made, cell)
    return _placed(steps, arrays, becomes, signs)


def _weighed(steps: list[Step], ends: tuple[int, ...], signs: dict[int, tuple[int, int]]) -> list[Step]:
    """One step in place of two or three where products with constants are added."""
    reads = dict.fromkeys(ends, 2)
    for _, numbers, _ in steps:
        for number in numbers:
            reads[number] = reads.get(number, 0) + 1
    products: dict[int, tuple[int, int]] = {}  # value -> the value and the constant that it is the product of
    result: list[Step] = []
    for name, numbers, made in steps:
        if name == "mul" and numbers[0] >= 0 > numbers[1] and reads.get(made) == 1:
            products[made] = (numbers[0], numbers[1])
        elif name in ("add", "sub") and min(numbers) >= 0 and not products.keys().isdisjoint(numbers):
            x, a = products.pop(numbers[1], (numbers[1], ONE))
            y, b = products.pop(numbers[0], (numbers[0], ONE))
            if name == "sub":
                a, negated = ONE - 1 - len(signs), a
                signs[a] = (negated, -1)
            result.append(("weighted", [x, a, y, b], made))
            continue
        result.append((name, numbers, made))
    read = {number for _, numbers, _ in result for number in numbers}.union(ends)
    return [step for step in result if step[2] in read]


class _Places:
    """Which cell each value and constant has, by kind; scratch and masks that are done with are given again."""

    def __init__(self, arrays: int):
        self.of = {number: ("array", number) for number in range(arrays)}
        self.free: dict[str, list[int]] = {"scratch": [], "mask": []}
        self.used = {"scratch": 0, "mask": 0, "constant": 0}

    def give(self, number: int, kind: str) -> None:
        if not self.free.get(kind):
            self.free.setdefault(kind, []).append(self.used[kind])
            self.used[kind] += 1
        self.of[number] = (kind, self.free[kind].pop())

    def take_back(self, numbers: set[int]) -> None:
        for number in numbers:
            kind, cell = self.of[number]
            if kind in ("scratch", "mask"):
                self.free[kind].append(cell)


def _placed(steps: list[Step], arrays: int, ends: list[tuple[int, int]], signs: dict[int, tuple[int, int]]) -> Program:
    """Give each value a cell: that of the array which it becomes if its old value is done with, else the next free scratch."""
    never = len(steps)
    last_read = dict.fromkeys(range(arrays), -1)
    for time, (_, numbers, _) in enumerate(steps):
        last_read.update(dict.fromkeys(numbers, time))
    written = {made for _, _, made in steps}
    target = {number: cell for number, cell in reversed(ends) if number in written}
    last_read.update(dict.fromkeys((number for number, _ in ends), never))
    places = _Places(arrays)
    found = []
    for time, (name, numbers, made) in enumerate(steps):
        for number in numbers:
            if number < 0 and number not in places.of:
                places.give(number, "constant")
        reads = [places.of[number] for number in numbers]
        done = {number for number in numbers if last_read[number] == time}
        if name not in SEVERAL_PASSES:
            places.take_back(done)
        cell = target.get(made)
        if cell is not None and last_read[cell] + (name in SEVERAL_PASSES) <= time:
            places.of[made] = ("array", cell)
        else:
            places.give(made, "mask" if name in COMPARISONS else "scratch")
        if name in SEVERAL_PASSES:
            places.take_back(done)
        found.append((name, reads, places.of[made]))
    found += [("positive", [places.of[n]], ("array", c)) for n, c in ends if places.of[n] != ("array", c)]
    return _numbered(found, arrays, places, signs)


def _numbered(found: list, arrays: int, places: _Places, signs: dict[int, tuple[int, int]]) -> Program:
    start = {"array": 0, "constant": arrays, "scratch": arrays + places.used["constant"]}
    start["mask"] = start["scratch"] + places.used["scratch"]
    steps = [(name, tuple([start[kind] + i for kind, i in reads]), start[k] + i) for name, reads, (k, i) in found]
    constants = [signs.get(number, (number, 1)) for number, (kind, _) in places.of.items() if kind == "constant"]
    program = Program(arrays, constants, steps)
    program.scratch, program.masks = places.used["scratch"], places.used["mask"]
    return program
