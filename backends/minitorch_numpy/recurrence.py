"""Recurrent layers on NumPy arrays: what the rows of minitorch/ops/recurrence.py say, in arrays that are made once.

Gates lie one after the other, not side by side, so that each step's ufuncs go through whole stretches of memory, and its products
are small enough for BLAS to leave out what prepares large ones. sigmoid(x) = tanh(x / 2) / 2 + 1 / 2, with the halves put into
the weights, so that one tanh goes through all gates of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from minitorch.backend import BODIES, Array
from minitorch_numpy import threads
from minitorch_numpy.summation import ones

Sizes = tuple[int, ...]
# Where a walk is cut, so that another thread does the products for one piece while this one walks along the next. Those at both
# ends are short: before the first (on the way back, after it) there is nothing to walk along meanwhile, and back from the last
# one there are no products before it ends.
CUTS = (0.1, 0.25, 0.5, 0.75, 0.9, 1)
WORTH_THREADS = 1 << 19  # numbers of gates; for fewer the products take no time to speak of


@lru_cache(maxsize=64)
def steps(sizes: Sizes, backwards: bool) -> list[tuple[slice, int]]:
    """The rows of each step, and how many they are, in the order of the walk."""
    ends = np.cumsum(sizes).tolist()
    found = [(slice(end - rows, end), rows) for end, rows in zip(ends, sizes, strict=True)]
    return found[::-1] if backwards else found


def _pieces(sizes: Sizes, backwards: bool, gates: Array) -> list[tuple[slice, list[tuple[slice, int]]]]:
    """The walk in pieces: the rows of each, and its steps. One piece where no other thread would do its products."""
    walk = steps(sizes, backwards)
    cuts = CUTS if threads.number() > 1 and gates.size >= WORTH_THREADS else (1,)
    bounds = pairwise([0, *[round(len(walk) * cut) for cut in cuts]])
    parts = [walk[first:last] for first, last in bounds if first < last]
    ends = [(part[0][0], part[-1][0]) for part in parts]
    return [(slice(min(a.start, b.start), max(a.stop, b.stop)), part) for (a, b), part in zip(ends, parts, strict=True)]


def _walk(product: Callable, sizes: Sizes, backwards: bool, gates: Array) -> Iterator[tuple[slice, int]]:
    """The steps in order, each of them after `product(rows)` has been called for its rows."""
    pieces = _pieces(sizes, backwards, gates)
    with threads.beside(len(pieces) > 1) as begin:
        waits = [begin(partial(product, rows)) for rows, _ in pieces]
        for wait, (_, walk) in zip(waits, pieces, strict=True):
            wait()
            yield from walk


def _walk_back(
    product: Callable, sizes: Sizes, backwards: bool, gates: Array, totals: list
) -> Iterator[tuple[slice, int]]:
    """The steps in the opposite order; `totals` get the sums over what `product(rows)` gives for all rows that are done."""
    pieces, waits = _pieces(sizes, backwards, gates), []
    with threads.beside(len(pieces) > 1) as begin:
        for rows, walk in reversed(pieces):
            yield from reversed(walk)
            waits.append(begin(partial(product, rows)))
        found = [wait() for wait in waits]
    totals += [sum(parts[1:], parts[0]) for parts in zip(*found, strict=True)]


@lru_cache(maxsize=16)
def _places_before(sizes: Sizes, backwards: bool) -> Array:
    """For each row, where the state before it lies in what `_before` puts together."""
    places, rows = np.arange(sizes[0]), []  # of the state
    for place, count in steps(sizes, backwards):
        rows.append(places[:count].copy())
        places[:count] = np.arange(place.start, place.stop) + sizes[0]
    found = np.concatenate(rows[::-1] if backwards else rows)
    found.setflags(write=False)
    return found


def _before(first: Array, after: Array, sizes: Sizes, backwards: bool) -> Array:
    """The state before each row, from the first one and those after each row."""
    return np.concatenate([first, after]).take(_places_before(sizes, backwards), 0)


@lru_cache(maxsize=32)
def _numbers(dtype: np.dtype, *numbers: float) -> Array:
    """A number for each gate, as what (gates, rows, hidden) is multiplied by."""
    array = np.array(numbers, dtype).reshape(-1, 1, 1)
    array.setflags(write=False)
    return array


def _by_gate(weight: Array, scale: Array) -> Array:
    """W (gates * hidden, n) as (gates, n, hidden), each gate times its number."""
    return np.multiply(weight.reshape(len(scale), -1, weight.shape[1]).transpose(0, 2, 1), scale, order="C")


def _bias(bias: Array | None, scale: Array) -> Array:
    return scale * 0 if bias is None else bias.reshape(len(scale), 1, -1) * scale


def _start(gradient: Array | None, like: Array) -> Array:
    """The gradient of the last state, to be written on."""
    return np.zeros(like.shape, like.dtype) if gradient is None else np.array(gradient, order="C")


def _side_by_side(by_gates: Array) -> Array:
    """(gates, rows, hidden) as (rows, gates * hidden): large products take less time than several smaller ones."""
    return np.ascontiguousarray(by_gates.transpose(1, 0, 2)).reshape(by_gates.shape[1], -1)


def _sums(by_gates: Array, *inputs: Array) -> list[Array]:
    """The gradients of weights and of a bias from those of (rows, gates * hidden)."""
    return [*[by_gates.T.dot(x) for x in inputs], ones(len(by_gates), by_gates.dtype).dot(by_gates)]


class NumpyRecurrence:
    def _body(self, name: str, *arguments: Any) -> Any:
        """The row's body, for what is rare, and for cells: turning the weights around costs more than a single step does."""
        return BODIES[name](self.k, *arguments)  # type: ignore[arg-type]

    # --- Elman's network ----------------------------------------------------------------------------------------------

    def rnn_sequence(
        self, input: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, relu: bool,
        sizes: Sizes, backwards: bool,
    ) -> tuple[Array, Array]:  # fmt: skip
        if input.dtype.kind == "c" or len(sizes) == 1:
            return self._body("rnn_sequence", input, h, w_ih, w_hh, b_ih, b_hh, relu, sizes, backwards)
        outputs = np.matmul(input, w_ih.T)
        for bias in (b_ih, b_hh):
            if bias is not None:
                np.add(outputs, bias, outputs)
        h, inner, room = np.array(h, order="C"), np.ascontiguousarray(w_hh.T), np.empty(h.shape, h.dtype)
        zeros = np.zeros(h.shape, h.dtype)
        for place, rows in steps(sizes, backwards):
            out, now = outputs[place], h[:rows]
            np.add(out, np.matmul(now, inner, room[:rows]), out)
            np.maximum(out, zeros[:rows], out=out) if relu else np.tanh(out, out)
            now[...] = out
        return outputs, h

    def rnn_gradients(
        self, g: Sequence, input: Array, h: Array, w_ih: Array, w_hh: Array, relu: bool, sizes: Sizes, backwards: bool,
        out: Sequence, needs: Sequence[bool],
    ) -> tuple:  # fmt: skip
        if input.dtype.kind == "c":
            return self._body("rnn_gradients", g, input, h, w_ih, w_hh, relu, sizes, backwards, out, needs)
        outputs = out[0]
        sums = np.greater(outputs, 0).astype(outputs.dtype) if relu else 1 - outputs * outputs
        by_h = _start(g[1], h)
        for place, rows in reversed(steps(sizes, backwards)):
            by, to = by_h[:rows], sums[place]
            if g[0] is not None:
                np.add(by, g[0][place], by)
            np.matmul(np.multiply(by, to, to), w_hh, by)
        by_w_ih, by_w_hh, by_bias = _sums(sums, input, _before(h, outputs, sizes, backwards))
        by_input = np.matmul(sums, w_ih) if needs[0] else None
        return by_input, by_h, by_w_ih, by_w_hh, by_bias, by_bias

    # --- Gated recurrent units ----------------------------------------------------------------------------------------

    def gru_sequence(
        self, input: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, sizes: Sizes,
        backwards: bool,
    ) -> tuple[Array, Array, Array]:  # fmt: skip
        if input.dtype.kind == "c" or len(sizes) == 1:
            return self._body("gru_sequence", input, h, w_ih, w_hh, b_ih, b_hh, sizes, backwards)
        dtype, hidden = input.dtype, w_hh.shape[1]
        scale, half = _numbers(dtype, 0.5, 0.5, 1), _numbers(dtype, 0.5)
        gates, outputs = np.empty((4, len(input), hidden), dtype), np.empty((len(input), hidden), dtype)
        outer, bias = _by_gate(w_ih, scale), _bias(b_hh, scale)
        last = np.broadcast_to(bias[2], (len(h), hidden))
        bias = _bias(b_ih, scale) + bias * _numbers(dtype, 1, 1, 0)
        h, inner, room = np.array(h, order="C"), _by_gate(w_hh, scale), np.empty((3, *h.shape), dtype)

        def product(rows: slice) -> None:
            part = np.matmul(input[rows], outer, gates[:3, rows])
            np.add(part, bias, part)

        for place, rows in _walk(product, sizes, backwards, gates):
            now, part, space = h[:rows], gates[:, place], room[:, :rows]
            open_gates, (reset, update, new, from_h) = part[:2], part
            np.matmul(now, inner, space)
            np.tanh(np.add(open_gates, space[:2], open_gates), open_gates)
            np.add(np.multiply(open_gates, half, open_gates), half, open_gates)
            np.add(space[2], last[:rows], from_h)
            spare = np.multiply(reset, from_h, space[0])
            np.tanh(np.add(new, spare, new), new)
            np.multiply(np.subtract(now, new, spare), update, spare)
            now[...] = np.add(new, spare, outputs[place])
        return outputs, h, gates

    def gru_gradients(
        self, g: Sequence, input: Array, h: Array, w_ih: Array, w_hh: Array, sizes: Sizes, backwards: bool, out: Sequence,
        needs: Sequence[bool],
    ) -> tuple:  # fmt: skip
        if input.dtype.kind == "c" or g[2] is not None:
            return self._body("gru_gradients", g, input, h, w_ih, w_hh, sizes, backwards, out, needs)
        outputs, _, gates = out
        before, by_h = _before(h, outputs, sizes, backwards), _start(g[1], h)
        sums = np.empty_like(gates)  # by new, r, z and W_hn h: the first three are sums with x, the last three with h
        inner, room = w_hh.reshape(3, -1, w_hh.shape[1]), np.empty((3, *h.shape), h.dtype)
        by_input, one = (np.empty_like(input) if needs[0] else None), _numbers(input.dtype, 1)[0]
        hidden = w_hh.shape[1]
        outer = np.concatenate([w_ih[2 * hidden :], w_ih[: 2 * hidden]])  # by new, r, z, as the sums lie

        def product(rows: slice) -> list[Array]:
            part = _side_by_side(sums[:, rows])
            by_x, by_state = part[:, : 3 * hidden], part[:, hidden:]
            if by_input is not None:
                np.matmul(by_x, outer, by_input[rows])
            return [*_sums(by_x, input[rows]), *_sums(by_state, before[rows])]

        totals: list[Array] = []
        for place, rows in _walk_back(product, sizes, backwards, gates, totals):
            by, space = by_h[:rows], room[:, :rows]
            reset, update, new, from_h = gates[:, place]
            by_new, by_reset, by_update, by_from_h = sums[:, place]
            if g[0] is not None:
                np.add(by, g[0][place], by)
            rest, spare = np.subtract(one, update, space[0]), space[1]
            np.multiply(np.subtract(before[place], new, by_update), by, by_update)
            np.multiply(by_update, np.multiply(update, rest, spare), by_update)
            np.multiply(by, rest, by_new)
            np.multiply(by_new, np.subtract(one, np.multiply(new, new, spare), spare), by_new)
            np.multiply(by_new, reset, by_from_h)
            np.multiply(by_from_h, from_h, by_reset)
            np.multiply(by_reset, np.subtract(one, reset, spare), by_reset)
            np.multiply(by, update, by)
            np.matmul(sums[1:, place], inner, space)
            np.add(by, np.add.reduce(space, 0, None, space[0]), by)
        by_w_ih, by_b_ih, by_w_hh, by_b_hh = totals
        by_w_ih, by_b_ih = (np.concatenate([total[hidden:], total[:hidden]]) for total in (by_w_ih, by_b_ih))
        return by_input, by_h, by_w_ih, by_w_hh, by_b_ih, by_b_hh

    # --- Long short-term memory ---------------------------------------------------------------------------------------

    def lstm_sequence(
        self, input: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None,
        project: Array | None, sizes: Sizes, backwards: bool,
    ) -> tuple[Array, Array, Array, Array, Array]:  # fmt: skip
        if project is not None or input.dtype.kind == "c" or len(sizes) == 1:
            return self._body("lstm_sequence", input, h, c, w_ih, w_hh, b_ih, b_hh, project, sizes, backwards)
        dtype, hidden = input.dtype, w_hh.shape[1]
        scale, shift = _numbers(dtype, 0.5, 0.5, 1, 0.5), _numbers(dtype, 0.5, 0.5, 0, 0.5)
        outer, bias = _by_gate(w_ih, scale), _bias(b_ih, scale) + _bias(b_hh, scale)
        gates = np.empty((4, len(input), hidden), dtype)
        outputs, cells = np.empty((2, len(input), hidden), dtype)
        h, c, inner = np.array(h, order="C"), np.array(c, order="C"), _by_gate(w_hh, scale)
        room = np.empty((4, *h.shape), dtype)

        def product(rows: slice) -> None:
            part = np.matmul(input[rows], outer, gates[:, rows])
            np.add(part, bias, part)

        for place, rows in _walk(product, sizes, backwards, gates):
            part, space, cell = gates[:, place], room[:, :rows], cells[place]
            now, before, spare = h[:rows], c[:rows], space[0]
            np.tanh(np.add(part, np.matmul(now, inner, space), part), part)
            np.add(np.multiply(part, scale, part), shift, part)
            i, f, new, o = part
            np.add(np.multiply(f, before, cell), np.multiply(i, new, spare), cell)
            before[...] = cell
            now[...] = np.multiply(o, np.tanh(cell, spare), outputs[place])
        return outputs, h, c, gates, cells

    def lstm_gradients(
        self, g: Sequence, input: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, project: Array | None, sizes: Sizes,
        backwards: bool, out: Sequence, needs: Sequence[bool],
    ) -> tuple:  # fmt: skip
        if project is not None or input.dtype.kind == "c" or g[3] is not None or g[4] is not None:
            return self._body("lstm_gradients", g, input, h, c, w_ih, w_hh, project, sizes, backwards, out, needs)
        outputs, _, _, gates, cells = out
        by_h, by_c = _start(g[1], h), _start(g[2], c)
        before, h_before = _before(c, cells, sizes, backwards), _before(h, outputs, sizes, backwards)
        sums, room, inner = np.empty_like(gates), np.empty((4, *h.shape), h.dtype), w_hh.reshape(4, -1, w_hh.shape[1])
        by_input, one = (np.empty_like(input) if needs[0] else None), _numbers(input.dtype, 1)[0]

        def product(rows: slice) -> list[Array]:
            part = _side_by_side(sums[:, rows])
            if by_input is not None:
                np.matmul(part, w_ih, by_input[rows])
            return _sums(part, input[rows], h_before[rows])

        totals: list[Array] = []
        for place, rows in _walk_back(product, sizes, backwards, gates, totals):
            part, to, space = gates[:, place], sums[:, place], room[:, :rows]
            (i, f, new, o), (by_i, by_f, by_new, by_o) = part, to
            by, by_cell, top = by_h[:rows], by_c[:rows], space[0]
            if g[0] is not None:
                np.add(by, g[0][place], by)
            np.multiply(by, np.tanh(cells[place], top), by_o)
            np.subtract(one, np.multiply(top, top, top), top)
            np.add(by_cell, np.multiply(np.multiply(top, o, top), by, top), by_cell)
            np.multiply(by_cell, new, by_i)
            np.multiply(by_cell, before[place], by_f)
            np.multiply(by_cell, i, by_new)
            np.multiply(by_cell, f, by_cell)
            np.multiply(part, part, space)  # from here on the slopes: s - s * s of a sigmoid, 1 - t * t of a tanh
            np.subtract(part[:2], space[:2], space[:2])
            np.subtract(one, space[2], space[2])
            np.subtract(o, space[3], space[3])
            np.multiply(to, space, to)
            np.add.reduce(np.matmul(to, inner, space), 0, None, by)
        by_w_ih, by_w_hh, by_bias = totals
        return by_input, by_h, by_c, by_w_ih, by_w_hh, by_bias, by_bias, None
