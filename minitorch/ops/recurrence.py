"""Recurrence: one layer of a recurrent network in one direction, along all sequences of a batch, as a row.

    rnn    h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(that, 0)
    gru    r, z = sigmoid(...), new = tanh(W_in x + b_in + r * (W_hn h + b_hn)), h' = (1 - z) * new + z * h
    lstm   i, f, o = sigmoid(...), new = tanh(...), c' = f * c + i * new, h' = o * tanh(c')

The rows of a step lie together, and the steps one after the other: step t has sizes[t] rows, no more than the step before,
since the longest sequence comes first. What hangs on the inputs alone is one product for all steps; each step adds what hangs on
the state. The gates are results too, so that backward reads them, and a derivative of the derivative finds its way through them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Any

from minitorch.ops.formulas import conjugate, formula
from minitorch.ops.samples import Sample
from minitorch.rows import Array, op

Steps = list[tuple[int, int]]  # of each step, in the order of the walk: where its rows begin, and how many they are

# --- The walk ---------------------------------------------------------------------------------------------------------


def places(sizes: Sequence[int], backwards: bool) -> Steps:
    """The steps, from the first to the last or the other way round."""
    steps = list(zip(accumulate(sizes, initial=0), sizes, strict=False))
    return steps[::-1] if backwards else steps


def _part(k: Any, x: Any, start: int, rows: int) -> Any:
    return x if x is None or rows == x.shape[0] else k.basic_index(x, (slice(start, start + rows),))


def _walk(k: Any, step: Callable, columns: Sequence[Any], state: Sequence[Any], steps: Steps) -> tuple[list, list]:
    """Take all steps: `step(state, parts)` gives the state after it and what it found, with as many rows as it has.

    `parts` are the step's rows of each of `columns`. The first rows of the state take part, the others wait: their sequences
    have ended, or on the way back have not begun. Returns the last state, and what was found with the rows in order.
    """
    state, found = list(state), []
    for start, rows in steps:
        parts = [_part(k, column, start, rows) for column in columns]
        after, here = step([_part(k, part, 0, rows) for part in state], parts)
        if rows < state[0].shape[0]:
            waiting = [_part(k, part, rows, part.shape[0] - rows) for part in state]
            after = [k.cat(list(pair), 0) for pair in zip(after, waiting, strict=True)]
        state = list(after)
        found.append((start, here))
    found.sort(key=itemgetter(0))
    return state, [k.cat(list(parts), 0) for parts in zip(*[here for _, here in found], strict=True)]


def _before(k: Any, first: Sequence[Any], after: Sequence[Any], steps: Steps) -> list:
    """The states before each step, from the first ones and those after each step."""
    return _walk(k, lambda state, parts: (parts, state), after, first, steps)[1]


def _gates(k: Any, x: Any, count: int) -> list:
    """What stands side by side in the rows of x."""
    width = x.shape[1] // count
    return [k.basic_index(x, (slice(None), slice(n * width, (n + 1) * width))) for n in range(count)]


def _plus(x: Any, y: Any) -> Any:
    return x if y is None else x + y


def _or_zeros(k: Any, gradient: Any, like: Any) -> Any:
    return k.full_like(like, 0) if gradient is None else gradient


def _each(gates: Any, k: Any, count: int) -> list:
    """The gates that are stacked; as many None for none."""
    return [None if gates is None else k.basic_index(gates, (n,)) for n in range(count)]


def _conjugates(k: Any, values: Any) -> Any:
    """All arrays in nested lists, conjugated: the derivatives are polynomials in them."""
    if isinstance(values, list | tuple):
        return [_conjugates(k, value) for value in values]
    return None if values is None else conjugate(k, values)


def _of_weight(k: Any, by_gates: Any, x: Any) -> Any:
    """The gradient of W where gates = W x in each row: one product over all steps."""
    return k.matmul(k.permute(by_gates, (1, 0)), x)


# --- Elman's network ----------------------------------------------------------------------------------------------------


@formula
def rnn_gradients(
    k, g: Any, input: Array, h: Array, w_ih: Array, w_hh: Array, relu: bool, sizes: Any, backwards: bool, out: Any, needs: Any
):  # fmt: skip
    """The gradients of input, h, w_ih, w_hh, b_ih and b_hh."""
    if k.is_complex(input):
        input, h, w_ih, w_hh, out = _conjugates(k, [input, h, w_ih, w_hh, out])
    outputs, steps = out[0], places(sizes, backwards)
    slopes = 1 - k.cast_like(outputs <= 0, outputs) if relu else 1 - outputs * outputs

    def back(state: Any, parts: Any) -> Any:
        by_output, slope = parts
        by_sum = _plus(state[0], by_output) * slope
        return (k.matmul(by_sum, w_hh),), (by_sum,)

    (by_h,), (by_sums,) = _walk(k, back, (g[0], slopes), (_or_zeros(k, g[1], h),), steps[::-1])
    (before,) = _before(k, (h,), (outputs,), steps)
    by_input = k.matmul(by_sums, w_ih) if needs[0] else None
    by_bias = k.sum(by_sums, (0,), False)
    return by_input, by_h, _of_weight(k, by_sums, input), _of_weight(k, by_sums, before), by_bias, by_bias


def _rnn_back(k, g, input, h, w_ih, w_hh, relu, sizes, backwards, out, needs):
    return k.rnn_gradients(g, input, h, w_ih, w_hh, relu, sizes, backwards, out, needs)


def _samples(gates: int, states: int = 1, low: float = -0.6, **settings: Any):
    """Sequences of one length, and of several, in both directions; `low` keeps max(., 0) away from its kink."""

    def samples(make):
        def some(*shape):
            return make(*shape, low=low, high=0.6)

        def weights(inner):
            return some(gates * 2, 3), some(gates * 2, inner)

        biases = some(gates * 2), some(gates * 2)
        more = (None,) if states == 2 else ()
        yield Sample(some(4, 3), *[some(2, 2) for _ in range(states)], *weights(2), *biases, *more,
                     **settings, sizes=(2, 2), backwards=False)  # fmt: skip
        for backwards in (False, True):
            yield Sample(some(4, 3), *[some(3, 2) for _ in range(states)], *weights(2), None, None, *more,
                         **settings, sizes=(3, 1), backwards=backwards)  # fmt: skip
        if states == 2:  # a projection
            yield Sample(
                some(3, 3), some(2, 1), some(2, 2), *weights(1), *biases, some(1, 2), sizes=(2, 1), backwards=True
            )

    return samples


def _rnn_samples(make):
    for relu, low in ((False, -0.6), (True, 0.1)):
        yield from _samples(1, low=low, relu=relu)(make)


@op(grad=_rnn_back, result=("same", "same"), public=False, yields=True, promote=False, takes="floats",
    samples=_rnn_samples)  # fmt: skip
def rnn_sequence(
    k, input: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, relu: bool, sizes: Any,
    backwards: bool,
):  # fmt: skip
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(that, 0), along sequences: the outputs, and the last h."""

    if relu and k.is_complex(input):
        raise NotImplementedError("relu is not implemented for complex numbers, which have no order")

    def step(state: Any, parts: Any) -> Any:
        total = parts[0] + k.linear(state[0], w_hh, b_hh)
        h = k.relu(total) if relu else k.tanh(total)
        return (h,), (h,)

    (h,), (outputs,) = _walk(k, step, (k.linear(input, w_ih, b_ih),), (h,), places(sizes, backwards))
    return outputs, h


# --- Gated recurrent units ------------------------------------------------------------------------------------------------


@formula
def gru_gradients(
    k, g: Any, input: Array, h: Array, w_ih: Array, w_hh: Array, sizes: Any, backwards: bool, out: Any, needs: Any
):
    """The gradients of input, h, w_ih, w_hh, b_ih and b_hh."""
    if k.is_complex(input):
        input, h, w_ih, w_hh, out = _conjugates(k, [input, h, w_ih, w_hh, out])
    outputs, _, gates = out
    steps = places(sizes, backwards)
    (before,) = _before(k, (h,), (outputs,), steps)
    reset, update, new, inner = _each(gates, k, 4)
    to_new = (1 - update) * (1 - new * new)
    to_update = (before - new) * update * (1 - update)
    to_reset = inner * reset * (1 - reset)
    by_reset, by_update, by_new, by_inner = _each(g[2], k, 4)
    if g[2] is not None:  # where somebody differentiates the gates: in a derivative of a derivative
        by_reset, by_update = by_reset * reset * (1 - reset), by_update * update * (1 - update)
        by_new = by_new * (1 - new * new)

    def back(state: Any, parts: Any) -> Any:
        by_output, update, reset, to_new, to_update, to_reset, *extra = parts
        by_h = _plus(state[0], by_output)
        new = _plus(by_h * to_new, extra[2])
        first = [_plus(new * to_reset, extra[0]), _plus(by_h * to_update, extra[1])]
        by_hidden = k.cat([*first, _plus(new * reset, extra[3])], 1)
        return (by_h * update + k.matmul(by_hidden, w_hh),), (k.cat([*first, new], 1), by_hidden)

    columns = (g[0], update, reset, to_new, to_update, to_reset, by_reset, by_update, by_new, by_inner)
    (by_h,), (by_sums, by_hidden) = _walk(k, back, columns, (_or_zeros(k, g[1], h),), steps[::-1])
    by_input = k.matmul(by_sums, w_ih) if needs[0] else None
    by_b_ih, by_b_hh = k.sum(by_sums, (0,), False), k.sum(by_hidden, (0,), False)
    return by_input, by_h, _of_weight(k, by_sums, input), _of_weight(k, by_hidden, before), by_b_ih, by_b_hh


def _gru_back(k, g, input, h, w_ih, w_hh, sizes, backwards, out, needs):
    return k.gru_gradients(g, input, h, w_ih, w_hh, sizes, backwards, out, needs)


@op(grad=_gru_back, result=("same", "same", "same"), public=False, yields=True, promote=False, takes="floats",
    samples=_samples(3))  # fmt: skip
def gru_sequence(
    k, input: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, sizes: Any, backwards: bool
):  # fmt: skip
    """Gated recurrent units along sequences: the outputs, the last h, and the stacked gates r, z, new and W_hn h + b_hn."""

    def step(state: Any, parts: Any) -> Any:
        reset, update, new = _gates(k, parts[0], 3)
        reset_h, update_h, inner = _gates(k, k.linear(state[0], w_hh, b_hh), 3)
        reset, update = k.sigmoid(reset + reset_h), k.sigmoid(update + update_h)
        new = k.tanh(new + reset * inner)
        h = new + update * (state[0] - new)
        return (h,), (h, reset, update, new, inner)

    (h,), (outputs, *gates) = _walk(k, step, (k.linear(input, w_ih, b_ih),), (h,), places(sizes, backwards))
    return outputs, h, k.stack(gates, 0)


# --- Long short-term memory ---------------------------------------------------------------------------------------------------


@formula
def lstm_gradients(
    k, g: Any, input: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, project: Any, sizes: Any, backwards: bool,
    out: Any, needs: Any,
):  # fmt: skip
    """The gradients of input, h, c, w_ih, w_hh, b_ih, b_hh and project."""
    if k.is_complex(input):
        input, h, c, w_ih, w_hh, project, out = _conjugates(k, [input, h, c, w_ih, w_hh, project, out])
    outputs, _, _, gates, cells = out
    steps = places(sizes, backwards)
    h_before, c_before = _before(k, (h, c), (outputs, cells), steps)
    i, f, new, o = _each(gates, k, 4)
    top = k.tanh(cells)
    through = o * (1 - top * top)  # from h' to c'
    slopes = i * (1 - i), f * (1 - f), 1 - new * new, o * (1 - o)
    ways = [slope * value for slope, value in zip(slopes, (new, c_before, i, top), strict=True)]
    extra = _each(g[3], k, 4)
    if g[3] is not None:  # where somebody differentiates the gates: in a derivative of a derivative
        extra = [slope * gradient for slope, gradient in zip(slopes, extra, strict=True)]

    def back(state: Any, parts: Any) -> Any:
        by_output, by_cell, f, through, *rest = parts
        by_h = _plus(state[0], by_output)
        by_top = by_h if project is None else k.matmul(by_h, project)
        by_c = _plus(state[1] + by_top * through, by_cell)
        each = [
            _plus(by * way, more) for by, way, more in zip((by_c, by_c, by_c, by_top), rest[:4], rest[4:], strict=True)
        ]
        by_sums = k.cat(each, 1)
        return (k.matmul(by_sums, w_hh), by_c * f), (by_sums, by_h)

    first = _or_zeros(k, g[1], h), _or_zeros(k, g[2], c)
    (by_h, by_c), (by_sums, by_out) = _walk(k, back, (g[0], g[4], f, through, *ways, *extra), first, steps[::-1])
    by_input = k.matmul(by_sums, w_ih) if needs[0] else None
    by_bias = k.sum(by_sums, (0,), False)
    by_project = None if project is None else _of_weight(k, by_out, o * top)
    by_w_ih, by_w_hh = _of_weight(k, by_sums, input), _of_weight(k, by_sums, h_before)
    return by_input, by_h, by_c, by_w_ih, by_w_hh, by_bias, by_bias, by_project


def _lstm_back(k, g, input, h, c, w_ih, w_hh, project, sizes, backwards, out, needs):
    return k.lstm_gradients(g, input, h, c, w_ih, w_hh, project, sizes, backwards, out, needs)


@op(grad=_lstm_back, result=("same",) * 5, public=False, yields=True, promote=False, takes="floats",
    samples=_samples(4, 2))  # fmt: skip
def lstm_sequence(
    k, input: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None,
    project: Array | None, sizes: Any, backwards: bool,
):  # fmt: skip
    """Long short-term memory along sequences: the outputs, the last h and c, the stacked gates i, f, new and o, and all c.

    With `project`, h is that matrix times what it would be.
    """

    def step(state: Any, parts: Any) -> Any:
        h, c = state
        i, f, new, o = _gates(k, parts[0] + k.linear(h, w_hh, b_hh), 4)
        i, f, new, o = k.sigmoid(i), k.sigmoid(f), k.tanh(new), k.sigmoid(o)
        c = f * c + i * new
        h = o * k.tanh(c)
        h = h if project is None else k.linear(h, project)
        return (h, c), (h, c, i, f, new, o)

    x = k.linear(input, w_ih, b_ih)
    (h, c), (outputs, cells, *gates) = _walk(k, step, (x,), (h, c), places(sizes, backwards))
    return outputs, h, c, k.stack(gates, 0), cells
