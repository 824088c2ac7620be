"""Recurrent networks: a cell, which takes one step, and layers of cells that walk along a sequence.

With x the input of a step, h the state before it, and each of W_* x + b_* a part of one product:

    tanh, relu   h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(that, 0)
    GRU          r = sigmoid(W_ir x + W_hr h), z = sigmoid(W_iz x + W_hz h), n = tanh(W_in x + r * (W_hn h)),
                 h' = (1 - z) * n + z * h                                        (Cho et al. 2014, arXiv:1406.1078)
    LSTM         i, f, o = sigmoid(W_i* x + W_h* h), g = tanh(W_ig x + W_hg h),
                 c' = f * c + i * g, h' = o * tanh(c')                           (Hochreiter and Schmidhuber 1997)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from minitorch.errors import ShapeMismatch
from minitorch.ops.activation import relu as relu_of
from minitorch.ops.activation import sigmoid
from minitorch.ops.contraction import linear
from minitorch.ops.dropping import dropout as drop
from minitorch.ops.joining import concatenate, stack
from minitorch.ops.pointwise import tanh
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor

State = tuple[Tensor, ...]  # (h,), of an LSTM (h, c)


class Weights(NamedTuple):
    """What one layer computes with in one direction; `project` is an LSTM's W_hr, which makes h shorter than c."""

    ih: Tensor
    hh: Tensor
    b_ih: Tensor | None = None
    b_hh: Tensor | None = None
    project: Tensor | None = None


# --- One step: from W_ih x + b_ih, a state and the weights to the next state -----------------------------------------


def _tanh_step(x: Tensor, state: State, w: Weights) -> State:
    return (tanh(x + linear(state[0], w.hh, w.b_hh)),)


def _relu_step(x: Tensor, state: State, w: Weights) -> State:
    return (relu_of(x + linear(state[0], w.hh, w.b_hh)),)


def _gru_step(x: Tensor, state: State, w: Weights) -> State:
    h = state[0]
    reset, update, new = x.chunk(3, 1)
    reset_h, update_h, new_h = linear(h, w.hh, w.b_hh).chunk(3, 1)
    reset, update = sigmoid(reset + reset_h), sigmoid(update + update_h)
    new = tanh(new + reset * new_h)
    return (new + update * (h - new),)


def _lstm_step(x: Tensor, state: State, w: Weights) -> State:
    h, c = state
    i, f, g, o = (x + linear(h, w.hh, w.b_hh)).chunk(4, 1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    h = sigmoid(o) * tanh(c)
    return h if w.project is None else linear(h, w.project), c


Step = Callable[[Tensor, State, Weights], State]
_STEPS: dict[str, Step] = {"rnn_tanh": _tanh_step, "rnn_relu": _relu_step, "gru": _gru_step, "lstm": _lstm_step}


# --- A layer, along a sequence -----------------------------------------------------------------------------------------


def _walk(step: Step, inputs: Sequence[Tensor], start: State, w: Weights) -> tuple[list[Tensor], State]:
    """The outputs of a layer at each step, and its last state.

    Steps may have fewer and fewer rows, as sequences of a packed batch end: what leaves keeps its state.
    """
    state, left, outputs = start, [], []
    for x in inputs:
        rows = x.shape[0]
        if rows < state[0].shape[0]:
            left.append(tuple([part[rows:] for part in state]))
            state = tuple([part[:rows] for part in state])
        state = step(x, state, w)
        outputs.append(state[0])
    return outputs, _joined([state, *reversed(left)]) if left else state


def _walk_back(step: Step, inputs: Sequence[Tensor], start: State, w: Weights) -> tuple[list[Tensor], State]:
    """The same from the last step to the first: sequences join in as the walk comes to their ends."""
    state = tuple([part[: inputs[-1].shape[0]] for part in start])
    outputs = []
    for x in reversed(inputs):
        have, rows = state[0].shape[0], x.shape[0]
        if rows > have:
            state = _joined([state, tuple([part[have:rows] for part in start])])
        state = step(x, state, w)
        outputs.append(state[0])
    return outputs[::-1], state


def _joined(states: list[State]) -> State:
    return tuple([concatenate(list(parts)) for parts in zip(*states, strict=True)])


def _layers(
    name: str, data: Tensor, sizes: list[int] | None, hx: State, weights: list[Weights], layers: int, directions: int,
    dropout: float, train: bool,
) -> tuple[Tensor, State]:  # fmt: skip
    """All layers over (steps, batch, features), or over packed rows of which step t has sizes[t]."""
    step, last = _STEPS[name], []
    for layer in range(layers):
        outputs = []
        for direction, walk in enumerate((_walk, _walk_back)[:directions]):
            number = layer * directions + direction
            w = weights[number]
            x = linear(data, w.ih, w.b_ih)
            inputs = x.unbind(0) if sizes is None else x.split(sizes)
            found, state = walk(step, inputs, tuple([part[number] for part in hx]), w)
            outputs.append(stack(found) if sizes is None else concatenate(found))
            last.append(state)
        data = outputs[0] if directions == 1 else concatenate(outputs, -1)
        if dropout and train and layer < layers - 1:
            data = drop(data, dropout, True)
    return data, tuple([stack(list(parts)) for parts in zip(*last, strict=True)])


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
        sizes = batch_sizes.tolist()
    else:
        hx, params, has_biases, layers, dropout, train, bidirectional, batch_first = rest
        sizes = None
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
    batch = sizes[0] if sizes else data.shape[1]
    if state[0].shape[1] != batch:
        raise ShapeMismatch(f"{name}(): Expected hidden states for a batch of {batch}, got {list(state[0].shape)}")
    data, last = _layers(name, data, sizes, state, weights, layers, directions, dropout, train)
    return (data.transpose(0, 1) if batch_first else data, *last)


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
    if input.shape[1] != w.ih.shape[1]:
        raise ShapeMismatch(
            f"{name}(): input has inconsistent input_size: got {input.shape[1]} expected {w.ih.shape[1]}"
        )
    if hidden != w.hh.shape[1]:
        raise ShapeMismatch(f"{name}(): hidden0 has inconsistent hidden_size: got {hidden}, expected {w.hh.shape[1]}")
    if w.ih.shape[0] != gates * hidden:
        raise ShapeMismatch(
            f"{name}(): weight_ih first dim must be {gates} * hidden_size = {gates * hidden}, but got {w.ih.shape[0]}"
        )
    return _STEPS[name.removesuffix("_cell")](linear(input, w.ih, w.b_ih), state, w)


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
