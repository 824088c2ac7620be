"""Recurrent networks: a cell, which takes one step, and layers of cells that walk along a sequence.

With x the input of a step, h the state before it, and each of W_* x + b_* a part of one product:

    tanh, relu   h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(that, 0)
    GRU          r = sigmoid(W_ir x + W_hr h), z = sigmoid(W_iz x + W_hz h), n = tanh(W_in x + r * (W_hn h)),
                 h' = (1 - z) * n + z * h                                        (Cho et al. 2014, arXiv:1406.1078)
    LSTM         i, f, o = sigmoid(W_i* x + W_h* h), g = tanh(W_ig x + W_hg h),
                 c' = f * c + i * g, h' = o * tanh(c')                           (Hochreiter and Schmidhuber 1997)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from minitorch.errors import ShapeMismatch, message
from minitorch.ops.dropping import dropout as drop
from minitorch.ops.joining import concatenate, stack
from minitorch.ops.recurrence import gru_sequence, lstm_sequence, rnn_sequence
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor

State = tuple[Tensor, ...]  # (h,), of an LSTM (h, c)
GATES = {"rnn_tanh": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}


class Weights(NamedTuple):
    """What one layer computes with in one direction; `project` is an LSTM's W_hr, which makes h shorter than c."""

    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor | None = None
    b_hh: Tensor | None = None
    project: Tensor | None = None


def _sequence(
    name: str, rows: Tensor, state: State, w: Weights, sizes: tuple[int, ...], backwards: bool
) -> tuple[Tensor, State]:
    """One layer in one direction over the rows of all steps, of which step t has sizes[t]: the outputs, and the last state."""
    if name == "lstm":
        outputs, h, c, _, _ = lstm_sequence(rows, *state, *w, sizes, backwards)
        return outputs, (h, c)
    if name == "gru":
        outputs, h, _ = gru_sequence(rows, *state, *w[:4], sizes, backwards)
    else:
        outputs, h = rnn_sequence(rows, *state, *w[:4], name == "rnn_relu", sizes, backwards)
    return outputs, (h,)


def _layers(
    name: str, rows: Tensor, sizes: tuple[int, ...], hx: State, weights: list[Weights], directions: int, dropout: float
) -> tuple[Tensor, State]:
    """All layers; `dropout` between them."""
    last = []
    for first in range(0, len(weights), directions):
        if first and dropout:
            rows = drop(rows, dropout, True)
        outputs = []
        for number in range(first, first + directions):
            start = tuple([part[number] for part in hx])
            found, state = _sequence(name, rows, start, weights[number], sizes, number > first)
            outputs.append(found)
            last.append(state)
        rows = outputs[0] if directions == 1 else concatenate(outputs, -1)
    return rows, tuple([stack(list(parts)) for parts in zip(*last, strict=True)])


# --- As PyTorch says it ------------------------------------------------------------------------------------------------


def _weights(name: str, params: Sequence[Tensor], has_biases: bool, count: int) -> list[Weights]:
    """The flat list of parameters, one Weights for each layer and direction."""
    size = 4 if has_biases else 2
    if name == "lstm" and len(params) == count * (size + 1):
        groups = [params[start : start + size + 1] for start in range(0, len(params), size + 1)]
        return [Weights(*group[:size], project=group[size]) for group in groups]
    if len(params) != count * size:
        raise RuntimeError(
            f"{name}(): got an incorrect number of RNN parameters: expected {size} for each of {count} layers and directions, "
            f"got {len(params)}"
        )
    return [Weights(*params[start : start + size]) for start in range(0, len(params), size)]


def _state(name: str, hx: Any, count: int) -> State:
    if name == "lstm" and (isinstance(hx, Tensor) or len(hx) != 2):
        raise RuntimeError("lstm expects two hidden states")
    state = tuple(hx) if name == "lstm" else (hx,)
    for part in state:
        if part.ndim != 3 or part.shape[0] != count:
            raise RuntimeError(
                f"{name}(): Expected hidden states of shape ({count}, batch, size), a layer for each of {count} layers and "
                f"directions, got {list(part.shape)}"
            )
    return state


def _refuse_numbers(name: str, input: Tensor) -> None:
    if not input.dtype.inexact:
        raise RuntimeError(f'"{name}" not implemented for {input.dtype!r}: expected a floating point tensor')


def _recurrent(name: str, first: Tensor, *rest: Any) -> tuple[Tensor, ...]:
    """PyTorch's two forms: (input, hx, params, ..., batch_first), and (data, batch_sizes, hx, params, ...) of a packed batch."""
    _refuse_numbers(name, first)
    packed = isinstance(rest[2], list | tuple)
    batch_first = False
    if packed:
        batch_sizes, hx, params, has_biases, layers, dropout, train, bidirectional = rest
    else:
        hx, params, has_biases, layers, dropout, train, bidirectional, batch_first = rest
    directions = 2 if bidirectional else 1
    weights = _weights(name, params, has_biases, layers * directions)
    state = _state(name, hx, layers * directions)
    if first.ndim != (2 if packed else 3):
        raise RuntimeError(
            f"{name}(): Expected {'(rows, features)' if packed else '(steps, batch, features)'}, got {list(first.shape)}"
        )
    data = first.transpose(0, 1) if batch_first else first
    if not data.shape[0]:
        raise RuntimeError(f"{name}(): Expected sequence length to be larger than 0 in RNN")
    sizes = tuple(batch_sizes.tolist()) if packed else (data.shape[1],) * data.shape[0]
    if packed and (sum(sizes) != data.shape[0] or list(sizes) != sorted(sizes, reverse=True)):
        raise RuntimeError(
            f"{name}(): Expected batch_sizes that fall and add up to the {data.shape[0]} rows of data, got {list(sizes)}"
        )
    _check_shapes(name, data, sizes[0], state, weights, directions)
    rows = data if packed else data.reshape((sum(sizes), data.shape[2]))
    rows, last = _layers(name, rows, sizes, state, weights, directions, dropout if train else 0.0)
    if packed:
        return (rows, *last)
    outputs = rows.reshape((*data.shape[:2], rows.shape[1]))
    return (outputs.transpose(0, 1) if batch_first else outputs, *last)


def _check_shapes(name: str, data: Tensor, batch: int, state: State, weights: list[Weights], directions: int) -> None:
    """Refuse what doesn't fit together, layer by layer."""
    width = data.shape[-1]
    for number, w in enumerate(weights):
        hidden = w.w_ih.shape[0] // GATES[name]
        gates, out = GATES[name] * hidden, hidden if w.project is None else w.project.shape[0]
        if number and number % directions == 0:
            width = out * directions
        shapes = (gates, width), (gates, out), (gates,), (gates,), (out, hidden)
        given = [
            (key, part.shape, shape) for key, part, shape in zip(w._fields, w, shapes, strict=True) if part is not None
        ]
        given += [("h", state[0].shape[1:], (batch, out)), ("c", state[-1].shape[1:], (batch, hidden))]
        for what, got, shape in given:
            if tuple(got) != shape:
                raise ShapeMismatch(
                    message(
                        f"{name}(): {what} of layer {number // directions} doesn't fit",
                        expected=f"{list(shape)} for an input of shape {list(data.shape)} and a batch of {batch}",
                        got=f"{list(got)}",
                    )
                )


def _samples(gates: int, states: int = 1, low: float = -1.0):
    """One layer with biases, and one both ways without; `low` keeps max(., 0) away from its kink."""

    def samples(make):
        def some(*shape):
            return make(*shape, low=low, high=1.0)

        def hidden(*shape):
            return some(*shape) if states == 1 else [some(*shape) for _ in range(states)]

        shapes = ((gates * 2, 2), (gates * 2, 2), (gates * 2,), (gates * 2,))
        yield Sample(
            some(2, 1, 2), hidden(1, 1, 2), [some(*shape) for shape in shapes], True, 1, 0.0, False, False, False
        )
        both = [some(*shape) for shape in (shapes[:2] * 2)]
        yield Sample(some(1, 2, 2), hidden(2, 1, 2), both, False, 1, 0.0, False, True, True)

    return samples


def _errors(make):
    yield ErrorSample(
        Sample(make(3, 2, 2), make(1, 2, 2), [make(2, 2)], True, 1, 0.0, False, False, False),
        RuntimeError,
        "incorrect number of RNN parameters",
    )
    yield ErrorSample(
        Sample(make(0, 2, 2), make(1, 2, 2), [make(2, 2), make(2, 2)], False, 1, 0.0, False, False, False),
        RuntimeError,
        "sequence length to be larger than 0",
    )


@composition(method=False, samples=_samples(1), errors=_errors, autocast="lower")
def rnn_tanh(
    input: Array, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any,
    batch_first: Any,
):  # fmt: skip
    """Layers of h' = tanh(W_ih x + b_ih + W_hh h + b_hh): (steps, batch, features) -> outputs (steps, batch, hidden), last h.

    `params` lists W_ih, W_hh and, with biases, b_ih, b_hh of each layer and direction. Called as (data, batch_sizes, hx, params,
    has_biases, num_layers, dropout, train, bidirectional), it walks a packed batch, of which step t has batch_sizes[t] rows.
    """
    return _recurrent("rnn_tanh", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@composition(method=False, samples=_samples(1, low=0.1), autocast="lower")
def rnn_relu(
    input: Array, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any,
    batch_first: Any,
):  # fmt: skip
    """`rnn_tanh` with max(., 0) in place of tanh."""
    return _recurrent("rnn_relu", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@composition(method=False, samples=_samples(3), autocast="cuda lower")
def gru(
    input: Array, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any,
    batch_first: Any,
):  # fmt: skip
    """Layers of gated recurrent units, called as `rnn_tanh` is; the weights hold the reset, update and new gates on top of
    each other (Cho et al. 2014, arXiv:1406.1078)."""
    return _recurrent("gru", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@composition(method=False, samples=_samples(4, 2), autocast="lower")
def lstm(
    input: Array, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any,
    batch_first: Any,
):  # fmt: skip
    """Layers of long short-term memory, called as `rnn_tanh` is: outputs, last h, last c (Hochreiter and Schmidhuber 1997).

    hx is (h, c); the weights hold the gates i, f, g, o on top of each other. With a fifth parameter for each layer, W_hr
    (projection, hidden), h is W_hr times what it would be (Sak et al. 2014, arXiv:1402.1128).
    """
    return _recurrent("lstm", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


# --- Cells --------------------------------------------------------------------------------------------------------------


def _cell(name: str, input: Tensor, state: State, w: Weights, gates: int) -> State:
    """One step on (batch, features) after a look at the shapes."""
    _refuse_numbers(name, input)
    for number, h in enumerate(state):
        if input.shape[0] != h.shape[0]:
            raise ShapeMismatch(
                f"{name}(): Input batch size {input.shape[0]} doesn't match hidden{number} batch size {h.shape[0]}"
            )
    hidden = state[0].shape[1]
    if input.shape[1] != w.w_ih.shape[1]:
        raise ShapeMismatch(
            f"{name}(): input has inconsistent input_size: got {input.shape[1]} expected {w.w_ih.shape[1]}"
        )
    if hidden != w.w_hh.shape[1]:
        raise ShapeMismatch(f"{name}(): hidden0 has inconsistent hidden_size: got {hidden}, expected {w.w_hh.shape[1]}")
    if w.w_ih.shape[0] != gates * hidden:
        raise ShapeMismatch(
            f"{name}(): weight_ih first dim must be {gates} * hidden_size = {gates * hidden}, but got {w.w_ih.shape[0]}"
        )
    return _sequence(name.removesuffix("_cell"), input, state, w, (input.shape[0],), False)[1]


def _cell_samples(gates: int, states: int = 1):
    def samples(make):
        hx = make(2, 2) if states == 1 else [make(2, 2) for _ in range(states)]
        yield Sample(make(2, 3), hx, make(gates * 2, 3), make(gates * 2, 2), make(gates * 2), make(gates * 2))
        yield Sample(make(2, 3), hx, make(gates * 2, 3), make(gates * 2, 2))

    return samples


def _cell_errors(make):
    yield ErrorSample(Sample(make(2, 4), make(2, 2), make(2, 3), make(2, 2)), RuntimeError, "inconsistent input_size")
    yield ErrorSample(Sample(make(2, 3), make(3, 2), make(2, 3), make(2, 2)), RuntimeError, "hidden0 batch size 3")
    yield ErrorSample(Sample(make(2, 3), make(2, 3), make(2, 3), make(2, 2)), RuntimeError, "inconsistent hidden_size")


@composition(method=False, samples=_cell_samples(1), errors=_cell_errors, autocast="lower")
def rnn_tanh_cell(
    input: Array, hx: Array, w_ih: Array, w_hh: Array, b_ih: Array | None = None, b_hh: Array | None = None
):
    """tanh(input @ w_ih.T + b_ih + hx @ w_hh.T + b_hh): (batch, features), (batch, hidden) -> (batch, hidden)."""
    return _cell("rnn_tanh_cell", input, (hx,), Weights(w_ih, w_hh, b_ih, b_hh), 1)[0]


@composition(method=False, samples=_cell_samples(1), errors=_cell_errors, autocast="lower")
def rnn_relu_cell(
    input: Array, hx: Array, w_ih: Array, w_hh: Array, b_ih: Array | None = None, b_hh: Array | None = None
):
    """max(input @ w_ih.T + b_ih + hx @ w_hh.T + b_hh, 0)."""
    return _cell("rnn_relu_cell", input, (hx,), Weights(w_ih, w_hh, b_ih, b_hh), 1)[0]


@composition(method=False, samples=_cell_samples(3), autocast="cuda lower")
def gru_cell(input: Array, hx: Array, w_ih: Array, w_hh: Array, b_ih: Array | None = None, b_hh: Array | None = None):
    """One step of `gru`: (batch, features), (batch, hidden) -> (batch, hidden)."""
    return _cell("gru_cell", input, (hx,), Weights(w_ih, w_hh, b_ih, b_hh), 3)[0]


@composition(method=False, samples=_cell_samples(4, 2), autocast="cuda lower")
def lstm_cell(
    input: Array, hx: list[Array], w_ih: Array, w_hh: Array, b_ih: Array | None = None, b_hh: Array | None = None
):
    """One step of `lstm`: (batch, features), (h, c) -> (h, c), each (batch, hidden)."""
    if isinstance(hx, Tensor) or len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    return _cell("lstm_cell", input, tuple(hx), Weights(w_ih, w_hh, b_ih, b_hh), 4)
