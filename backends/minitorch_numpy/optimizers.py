"""The optimizers' updates on NumPy arrays: in place, block by block, without a temporary of full size.

A rule runs some dozen ufuncs over the same elements. Over whole arrays each of them streams from memory; over blocks that fit
into the cache what one ufunc wrote is still there for the next. So a rule is written down once a step (minitorch/programs.py),
and its ufuncs run with `out=` over one stretch of all its arrays after another; small arrays are gathered into a stretch.
What runs is a generated function, which `print(source(...))` shows.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np

from minitorch.generated import define
from minitorch.programs import ONE, Program, record
from minitorch_numpy import threads

BLOCK = 1 << 16  # elements: 256 KB of float32, of each array
SMALL = 1 << 12  # arrays with fewer elements are gathered: copying them costs less than a dozen ufuncs' calls
LINE = 64  # bytes of a cache line, which vectors should not straddle
WORTH_THREADS = 1 << 18  # elements below which starting threads costs more than it saves

Array = np.ndarray
Row = Sequence[Array | None]  # a parameter, its gradient and its state
Run = Callable[[Iterable[Sequence[Array]]], None]  # of stretches of a parameter, its gradient and its state


class NumpyOptimizers:
    """The kernel as NumpyBackend takes it."""

    def update_each(self, rule: Callable, rows: Sequence[Row], settings: tuple) -> None:
        """Write the new parameters and states, which `rule` gives, over the old ones.

        All rows lack the same arrays, and have parameters of one dtype.
        """
        present = [array is not None for array in rows[0]]
        found: list[Any] = list(map(itemgetter(*itertools.compress(itertools.count(), present)), rows))
        if found[0][0].dtype.kind == "c":
            found = [[part(array) for array in row] for row in found for part in (np.real, np.imag)]
        dtype = _computed_in(found[0][0].dtype)
        program, values = _recorded(rule, tuple(present), settings)
        small, large, other = _sorted_by_size(found, dtype)
        if small:
            _run_small(_runner(program, values, dtype, False), small, dtype)
        if large or other:
            run = _runner(program, values, dtype, dtype.char in _weighted)
            _run_large(run, large)
            for row in other:
                _run_in_any_layout(run, row, dtype)


@lru_cache(maxsize=16)  # an optimizer whose settings don't change with its steps needs it once
def _recorded(rule: Callable, present: tuple[bool, ...], settings: tuple) -> tuple[Program, tuple[float, ...]]:
    program, values = record(rule, present, settings)
    return program, tuple(values)


# --- Which stretches --------------------------------------------------------------------------------------------------


def _sorted_by_size(rows: list[Sequence[Array]], dtype: np.dtype) -> tuple[list[Sequence[Array]], ...]:
    """Rows of small arrays, of large ones, and of those that don't lie as they are computed."""
    small: list[Sequence[Array]] = []
    large: list[Sequence[Array]] = []
    other: list[Sequence[Array]] = []
    for row in rows:
        kind = small if row[0].size < SMALL else large
        for array in row:
            if array.dtype != dtype or not array.flags.c_contiguous:
                kind = other
        kind.append(row)
    return small, large, other


def _run_large(run: Run, rows: list[Sequence[Array]]) -> None:
    """Stretch by stretch, on several threads if that pays."""
    sizes = [row[0].size for row in rows]
    parts = [-(-size // BLOCK) for size in sizes]
    count = sum(parts)

    def work(start: int, stop: int) -> None:
        run(rows[start:stop] if count == len(rows) else _cut(rows, parts, start, stop))

    if sum(sizes) < WORTH_THREADS:
        work(0, count)
    else:
        threads.in_ranges(count, work)


def _cut(rows: list[Sequence[Array]], parts: list[int], start: int, stop: int) -> Iterator[Sequence[Array]]:
    """The stretches from number `start` to `stop` of rows that have so many parts."""
    for row, count, end in zip(rows, parts, itertools.accumulate(parts), strict=True):
        for part in range(max(start - end + count, 0), min(stop - end + count, count)):
            place = slice(row[0].size * part // count, row[0].size * (part + 1) // count)
            yield [array.reshape(-1)[place] for array in row]


def _run_small(run: Run, rows: list[Sequence[Array]], dtype: np.dtype) -> None:
    """Several arrays at a time, copied one behind the other into a block, and back."""
    if len(rows) < 3:
        run(rows)
        return
    whole = _gathered.of(dtype, len(rows[0]))
    for batch, count in _batches(rows):
        blocks = [block[:count] for block in whole]
        for position, block in enumerate(blocks):
            np.concatenate([row[position] for row in batch], axis=None, out=block)
        run([blocks])
        del blocks[1]
        first = 0
        for weight, _, *state in batch:
            last = first + weight.size
            for array, block in zip((weight, *state), blocks, strict=True):
                array[...] = block[first:last].reshape(array.shape)
            first = last


def _batches(rows: list[Sequence[Array]]) -> Iterator[tuple[list[Sequence[Array]], int]]:
    """As many rows at a time as fit into a block, and their elements."""
    batch: list[Sequence[Array]] = []
    count = 0
    for row in rows:
        if count + row[0].size > BLOCK:
            yield batch, count
            batch, count = [], 0
        batch.append(row)
        count += row[0].size
    yield batch, count


def _run_in_any_layout(run: Run, row: Sequence[Array], dtype: np.dtype) -> None:
    """For arrays in any layout; those of another dtype come converted and are rounded as they are written back."""
    access: Any = [["readonly" if position == 1 else "readwrite", "contig"] for position in range(len(row))]
    flags: Any = ["external_loop", "buffered", "zerosize_ok"]
    types = [dtype] * len(row)
    with np.nditer(row, flags, access, types, casting="same_kind", buffersize=BLOCK) as chunks:
        run(chunks)  # type: ignore[arg-type]


# --- What is done to a stretch ----------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _runner(program: Program, values: tuple[float, ...], dtype: np.dtype, weighs: bool) -> Run:
    """The program with these constants. A ufunc takes them fastest as 0-d arrays, and ctypes as its own objects."""
    function = _function(program, dtype.char if weighs else "")
    constants = [np.array(value, dtype) for value in values]
    numbers = [NUMBERS[dtype.char](value) for value in values] if weighs else constants

    def room(shape: tuple[int, ...]) -> tuple[Any, list[Array], list[Any]]:
        """How many elements that is, arrays for intermediate values, and the pointers to them."""
        size = math.prod(shape)
        blocks = [*_scratch.of(dtype, program.scratch + 1), *_scratch.of(_BOOL, program.masks)]
        found = [block[:size].reshape(shape) for block in blocks]
        return _whole(size), found, [_pointer(block) for block in found[: program.scratch]] if weighs else []

    return lambda stretches: function(stretches, constants, numbers, room)


_numbers = itertools.count(1)  # each program has a file name of its own, for debuggers


@lru_cache(maxsize=256)
def _function(program: Program, char: str) -> Callable:
    """The generated function; for a dtype's letter with BLAS's calls."""
    namespace = {
        "axpby": _weighted.get(char),
        "to_read": _pointer,
        "to_write": _Pointer.from_buffer,
        "one": _ONE,
        **FUNCTIONS,
    }
    return define(source(program, char != ""), "update", f"optimizer's program {next(_numbers)}", namespace)


def source(program: Program, weighs: bool) -> str:
    """The program as calls of ufuncs, and of BLAS's a·x + b·y, which takes one pass where ufuncs take two or three.

    `a0`, `a1`, ... are a stretch of each array, `c0`, ... constants, `s0`, ... scratch, `m0`, ... masks. BLAS takes the constants
    as `f0`, ..., pointers as `pa0`, `ps0`, ..., and how many elements there are and that they lie side by side.
    """
    kinds = (("a", program.arrays), ("c", len(program.constants)), ("s", program.scratch), ("m", program.masks))
    arrays, constants, scratch, masks = ([f"{kind}{number}" for number in range(count)] for kind, count in kinds)
    names = [*arrays, *constants, *scratch, *masks]
    calls: list[str] = []
    for name, reads, written in program.steps:
        operands = [names[cell] for cell in (*reads, written)]
        if name != "weighted":
            FUNCTIONS[name]  # a KeyError with the name, for a rule that takes what isn't there
            if name == "mul" and operands[0] == operands[1]:
                name, operands = "square", operands[1:]  # which reads once
            calls.append(f"{name}({', '.join(operands)})")
        elif weighs:
            calls += _weighed_by_blas(*operands)
        else:
            known = [program.constants[cell - program.arrays] for cell in reads[1::2]]
            calls += _weighed_by_ufuncs(*operands, known[0] == (ONE, 1), known[1][0] == ONE)
    pointers = [
        f"p{name} = {'to_read' if name == 'a1' else 'to_write'}({name})"
        for name in arrays
        if any(f" p{name}," in call for call in calls)
    ]
    to_scratch = ["p" + name for name in scratch if weighs]
    lines = [
        f"{_listed(constants)} = constants",
        f"{_listed(['f' + name[1:] for name in constants])} = numbers",
        "shape = None",
        f"for {_listed(arrays)} in stretches:",
        "    if a0.shape != shape:",
        "        shape = a0.shape",
        f"        count, {_listed([*scratch, 'spare', *masks])}, {_listed(to_scratch)} = room(shape)",
        *[f"    {line}" for line in (*pointers, *calls)],
    ]
    return "\n".join(["def update(stretches, constants, numbers, room):", *[f"    {line}" for line in lines]]) + "\n"


def _weighed_by_blas(x: str, a: str, y: str, b: str, out: str) -> Iterator[str]:
    if out == x:
        x, a, y, b = y, b, x, a
    elif out != y:
        yield f"positive({y}, {out})"
    yield f"axpby(count, f{a[1:]}, p{x}, one, f{b[1:]}, p{out}, one)"


def _weighed_by_ufuncs(x: str, a: str, y: str, b: str, out: str, alone_x: bool, alone_y: bool) -> Iterator[str]:
    """`alone`: the constant is one."""
    if not alone_x:
        yield f"mul({x}, {a}, spare)"
    if not alone_y:
        yield f"mul({y}, {b}, {out})"
    yield f"add({x if alone_x else 'spare'}, {y if alone_y else out}, {out})"


def _listed(names: Sequence[str]) -> str:
    return f"[{', '.join(names)}]"


_found = {char: threads.find_in_blas(f"cblas_{name}axpby") for char, name in (("f", "s"), ("d", "d"))}
_weighted = {char: found[0] for char, found in _found.items() if found is not None}
for _axpby in _weighted.values():
    _axpby.restype = None
_whole = ctypes.c_int64 if all(found is None or found[1] for found in _found.values()) else ctypes.c_int32
_ONE = _whole(1)


def _where(mask: Array, chosen: Array, otherwise: Array, out: Array) -> None:
    np.copyto(out, otherwise)
    np.copyto(out, chosen, where=mask)


def _maximum(input: Array, other: Array, out: Array) -> None:
    np.maximum(input, other, out=out)  # a third argument without a name is deprecated for this one and the next


def _minimum(input: Array, other: Array, out: Array) -> None:
    np.minimum(input, other, out=out)


FUNCTIONS: dict[str, Callable] = {
    "abs": np.absolute, "add": np.add, "div": np.divide, "gt": np.greater, "lt": np.less, "maximum": _maximum,
    "minimum": _minimum, "mul": np.multiply, "ne": np.not_equal, "neg": np.negative, "positive": np.positive, "sign": np.sign,
    "sqrt": np.sqrt, "square": np.square, "sub": np.subtract, "where": _where,
}  # fmt: skip


class _Blocks(threading.local):
    """Blocks for intermediate values by dtype, made when first needed; each thread has its own."""

    def __init__(self) -> None:
        self.by_dtype: dict[np.dtype, list[Array]] = {}

    def of(self, dtype: np.dtype, count: int) -> list[Array]:
        blocks = self.by_dtype.setdefault(dtype, [])
        while len(blocks) < count:
            memory = np.empty(BLOCK * dtype.itemsize + LINE, np.uint8)
            first = -memory.ctypes.data % LINE
            blocks.append(memory[first : first + BLOCK * dtype.itemsize].view(dtype))
        return blocks[:count]


def _pointer(array: Array) -> Any:
    """What ctypes passes as a pointer to the elements of an array that is contiguous, and lives as long as this."""
    try:
        return _Pointer.from_buffer(array)  # a quarter of the time of asking for the address
    except TypeError:  # it can't be written
        return _Pointer.from_address(array.__array_interface__["data"][0])


_Pointer = ctypes.c_char * 0
NUMBERS: dict[str, type] = {"f": ctypes.c_float, "d": ctypes.c_double}

_scratch, _gathered = _Blocks(), _Blocks()

_BOOL, _FLOAT32 = np.dtype(np.bool_), np.dtype(np.float32)


def _computed_in(dtype: np.dtype) -> np.dtype:
    """16-bit parameters are updated in float32: their own arithmetic is slow, and ml-dtypes leaves it for float32 anyway."""
    return dtype if dtype.itemsize >= 4 else _FLOAT32
