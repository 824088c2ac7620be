"""The optimizers' updates on NumPy arrays: in place, block by block, without a temporary of full size.

A rule runs some dozen ufuncs over the same elements. Over whole arrays each of them streams from memory; over blocks that fit
into the cache what one ufunc wrote is still there for the next. So a rule is written down once a step (minitorch/programs.py),
and its ufuncs run with `out=` over one stretch of all its arrays after another; small arrays are gathered into a stretch.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

import numpy as np

from minitorch.programs import ONE, Program, record
from minitorch_numpy import threads

BLOCK = 1 << 16  # elements: 256 KB of float32, of each array
SMALL = 1 << 12  # arrays with fewer elements are gathered: copying them costs less than a dozen ufuncs' calls
WORTH_THREADS = 1 << 18  # elements below which starting threads costs more than it saves

Array = np.ndarray
Row = Sequence[Array | None]  # a parameter, its gradient and its state
Numbers = tuple[list[Array], list[Any]]  # constants as arrays for the ufuncs, and as C's numbers for BLAS
Run = Callable[[Sequence[Array], Sequence[Any], int], None]  # of stretches, the pointers to them, and their size


class NumpyOptimizers:
    """The kernel as NumpyBackend takes it."""

    def update_each(self, rule: Callable, rows: Sequence[Row], settings: tuple) -> None:
        """Write the new parameters and states, which `rule` gives, over the old ones.

        All rows lack the same arrays, and have parameters of one dtype.
        """
        found = [[array for array in row if array is not None] for row in rows]
        if found[0][0].dtype.kind == "c":
            found = [[part(array) for array in row] for row in found for part in (np.real, np.imag)]
        dtype = _computed_in(found[0][0].dtype)
        program, numbers = _recorded(rule, tuple([array is not None for array in rows[0]]), settings, dtype)
        small, large, other = _sorted_by_size(found, dtype)
        if small:
            _run_small(partial(_machine(program, dtype, False).run, numbers), small, dtype)
        if large or other:
            machine = _machine(program, dtype, _blas_weighted(dtype) is not None)
            _run_large(partial(machine.run, numbers), large, dtype)
            for row in other:
                _run_in_any_layout(partial(machine.run, numbers), row, dtype)


@lru_cache(maxsize=16)  # an optimizer whose settings don't change with its steps needs it once
def _recorded(rule: Callable, present: tuple[bool, ...], settings: tuple, dtype: np.dtype) -> tuple[Program, Numbers]:
    program, values = record(rule, present, settings)
    number = NUMBERS.get(dtype.char, float)
    return program, ([np.array(value, dtype) for value in values], [number(value) for value in values])


# --- Which stretches --------------------------------------------------------------------------------------------------


def _sorted_by_size(rows: list[list[Array]], dtype: np.dtype) -> tuple[list[list[Array]], ...]:
    """Rows of small arrays, of large ones, and of those that don't lie as they are computed."""
    small: list[list[Array]] = []
    large: list[list[Array]] = []
    other: list[list[Array]] = []
    for row in rows:
        kind = small if row[0].size < SMALL else large
        for array in row:
            if array.dtype != dtype or not array.flags.c_contiguous:
                kind = other
        kind.append(row)
    return small, large, other


def _run_large(run: Run, rows: list[list[Array]], dtype: np.dtype) -> None:
    """Stretch by stretch, on several threads if that pays."""
    stretches = []
    for row in rows:
        size = row[0].size
        parts = math.ceil(size / BLOCK)
        bounds = [size * part // parts for part in range(parts + 1)]
        stretches += [(row, first, last) for first, last in itertools.pairwise(bounds)]

    def work(start: int, stop: int) -> None:
        for row, first, last in stretches[start:stop]:
            flat = [array.reshape(-1)[first:last] for array in row]
            run(flat, [_pointer(array) for array in flat], last - first)

    if sum([row[0].size for row in rows]) < WORTH_THREADS:
        work(0, len(stretches))
    else:
        threads.in_ranges(len(stretches), work)


def _run_small(run: Run, rows: list[list[Array]], dtype: np.dtype) -> None:
    """Several arrays at a time, copied one behind the other into a block, and back."""
    if len(rows) < 3:
        for row in rows:
            run([array.reshape(-1) for array in row], (), row[0].size)
        return
    whole, _ = _gathered.of(dtype, len(rows[0]))
    for batch, count in _batches(rows):
        blocks = [block[:count] for block in whole]
        for position, block in enumerate(blocks):
            np.concatenate([row[position] for row in batch], axis=None, out=block)
        run(blocks, (), count)
        del blocks[1]
        first = 0
        for weight, _, *state in batch:
            last = first + weight.size
            for array, block in zip((weight, *state), blocks, strict=True):
                array[...] = block[first:last].reshape(array.shape)
            first = last


def _batches(rows: list[list[Array]]) -> Iterator[tuple[list[list[Array]], int]]:
    """As many rows at a time as fit into a block, and their elements."""
    batch: list[list[Array]] = []
    count = 0
    for row in rows:
        if count + row[0].size > BLOCK:
            yield batch, count
            batch, count = [], 0
        batch.append(row)
        count += row[0].size
    yield batch, count


def _run_in_any_layout(run: Run, row: list[Array], dtype: np.dtype) -> None:
    """For arrays in any layout; those of another dtype come converted and are rounded as they are written back."""
    access: Any = [["readonly" if position == 1 else "readwrite", "contig"] for position in range(len(row))]
    flags: Any = ["external_loop", "buffered", "zerosize_ok"]
    types = [dtype] * len(row)
    with np.nditer(row, flags, access, types, casting="same_kind", buffersize=BLOCK) as chunks:
        for chunk in chunks:
            run(chunk, list(map(_pointer, chunk)), chunk[0].size)


# --- What is done to a stretch ----------------------------------------------------------------------------------------


class _Machine:
    """A program as calls of ufuncs, and of BLAS's a·x + b·y, which takes one pass where ufuncs take two or three.

    It runs on a list of cells: those of the program, then one more scratch, then what BLAS wants to know: the pointer to each
    array and scratch, the constants as C's numbers, the number of elements and that they lie side by side. A ufunc takes its
    constants fastest as 0-d arrays, and ctypes everything as its own objects: then there is nothing to convert.
    """

    def __init__(self, program: Program, dtype: np.dtype, blas: Callable | None):
        self.program, self.dtype = program, dtype
        self.spare = program.arrays + len(program.constants) + program.scratch + program.masks
        self.calls: list[tuple[Callable, Callable[[list], tuple]]] = []  # and what takes the arguments out of the cells
        for name, reads, written in program.steps:
            if name != "weighted":
                self._call(FUNCTIONS[name], *reads, written)
            elif blas is not None:
                self._weigh(blas, reads, written)
            else:
                self._weigh_by_ufuncs(reads, written)

    def _call(self, function: Callable, *cells: int) -> None:
        self.calls.append((function, itemgetter(*cells)))

    def _weigh(self, blas: Callable, reads: tuple[int, ...], out: int) -> None:
        x, a, y, b = reads
        if out == x:
            x, a, y, b = y, b, x, a
        elif out != y:
            self._call(np.positive, y, out)
        arrays, constants = self.program.arrays, len(self.program.constants)
        pointers = [self.spare + 1 + (cell if cell < arrays else cell - constants) for cell in (x, out)]
        floats = self.spare + 1 + self.program.scratch  # from the first constant's cell, which comes after the arrays
        count = floats + arrays + constants
        self._call(blas, count, floats + a, pointers[0], count + 1, floats + b, pointers[1], count + 1)

    def _weigh_by_ufuncs(self, reads: tuple[int, ...], out: int) -> None:
        x, a, y, b = reads
        constants = self.program.constants
        if constants[a - self.program.arrays][0] != ONE or constants[a - self.program.arrays][1] != 1:
            self._call(np.multiply, x, a, self.spare)
            x = self.spare
        if constants[b - self.program.arrays][0] != ONE:
            self._call(np.multiply, y, b, out)
            y = out
        self._call(np.add, x, y, out)

    def run(self, numbers: Numbers, arrays: Sequence[Array], pointers: Sequence[Any], count: int) -> None:
        """Run the calls on one stretch of `count` elements of each array."""
        scratch, at = _scratch.of(self.dtype, self.program.scratch + 1)
        *short, spare = [block[:count] for block in scratch]
        if self.program.masks:
            masks, _ = _scratch.of(_BOOL, self.program.masks)
            short += [mask[:count] for mask in masks]
        cells = [*arrays, *numbers[0], *short, spare, *pointers, *at[:-1], *numbers[1], _whole(count), _ONE]
        for function, taken in self.calls:
            function(*taken(cells))


@lru_cache(maxsize=256)
def _machine(program: Program, dtype: np.dtype, weighs: bool) -> _Machine:
    return _Machine(program, dtype, _blas_weighted(dtype) if weighs else None)


def _blas_weighted(dtype: np.dtype) -> Callable | None:
    """BLAS's y ← a·x + b·y as a function (n, a, x, step of x, b, y, step of y), of ctypes' numbers and pointers."""
    return _weighted.get(dtype.char)


_found = {char: threads.find_in_blas(f"cblas_{name}axpby") for char, name in (("f", "s"), ("d", "d"))}
_weighted = {char: found[0] for char, found in _found.items() if found is not None}
for _function in _weighted.values():
    _function.restype = None
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
    "sqrt": np.sqrt, "sub": np.subtract, "where": _where,
}  # fmt: skip


class _Blocks(threading.local):
    """Blocks for intermediate values and pointers to them, by dtype, made when first needed; each thread has its own."""

    def __init__(self) -> None:
        self.by_dtype: dict[np.dtype, tuple[list[Array], list[Any]]] = {}

    def of(self, dtype: np.dtype, count: int) -> tuple[list[Array], list[Any]]:
        blocks, pointers = self.by_dtype.setdefault(dtype, ([], []))
        while len(blocks) < count:
            blocks.append(np.empty(BLOCK, dtype))
            pointers.append(_pointer(blocks[-1]))
        return blocks[:count], pointers[:count]


def _pointer(array: Array) -> Any:
    """What ctypes passes as a pointer to the elements of an array that is contiguous, and lives as long as this."""
    if array.flags.writeable:
        return _Pointer.from_buffer(array)  # a quarter of the time of asking for the address
    return _Pointer.from_address(array.__array_interface__["data"][0])


_Pointer = ctypes.c_char * 0
NUMBERS: dict[str, type] = {"f": ctypes.c_float, "d": ctypes.c_double}

_scratch, _gathered = _Blocks(), _Blocks()

_BOOL, _FLOAT32 = np.dtype(np.bool_), np.dtype(np.float32)


def _computed_in(dtype: np.dtype) -> np.dtype:
    """16-bit parameters are updated in float32: their own arithmetic is slow, and ml-dtypes leaves it for float32 anyway."""
    return dtype if dtype.itemsize >= 4 else _FLOAT32
