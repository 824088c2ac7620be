"""Recurrent layers, cells and packed sequences against PyTorch's: text, first values, results, gradients, refusals."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.nn.utils import rnn

torch = pytest.importorskip("torch")

LIBRARIES = (torch, minitorch)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """On a busy machine PyTorch's threads wait for each other at every one of many small steps."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


LAYERS = [
    ("RNN", (3, 4), {}),
    ("RNN", (3, 4, 2, "relu", False, True), {}),
    ("RNN", (3, 4), {"nonlinearity": "relu", "bidirectional": True}),
    ("GRU", (3, 4), {}),
    ("GRU", (3, 4, 3, False), {"batch_first": True, "dropout": 0.25}),
    ("GRU", (3, 4), {"num_layers": 2, "bidirectional": True}),
    ("LSTM", (3, 4), {}),
    ("LSTM", (3, 4, 2, True, True, 0.5, True, 2), {}),
    ("LSTM", (3, 4), {"bias": False, "proj_size": 3}),
    ("LSTM", (3, 4), {"num_layers": 2, "bidirectional": True, "dtype": "float64"}),
    ("RNNBase", ("GRU", 3, 4), {"num_layers": 2}),
]
CELLS = [
    ("RNNCell", (3, 4), {}),
    ("RNNCell", (3, 4, False, "relu"), {}),
    ("GRUCell", (3, 4), {}),
    ("GRUCell", (3, 4, False), {}),
    ("LSTMCell", (3, 4), {}),
    ("LSTMCell", (3, 4), {"bias": False, "dtype": "float64"}),
]


def made(library: Any, name: str, args: tuple, keywords: dict) -> Any:
    keywords = {key: getattr(library, value) if key == "dtype" else value for key, value in keywords.items()}
    library.manual_seed(0)
    return getattr(library.nn, name)(*args, **keywords)


def arrays(values: Any) -> list[np.ndarray]:
    """The arrays of nested results, in order; None gives none."""
    if values is None:
        return []
    if isinstance(values, (tuple, list)):
        return [array for value in values for array in arrays(value)]
    return [values.detach().numpy()]


def assert_alike(theirs: Any, ours: Any, tolerance: float = 1e-5) -> None:
    theirs, ours = arrays(theirs), arrays(ours)
    assert len(theirs) == len(ours)
    for one, other in zip(theirs, ours, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        np.testing.assert_allclose(other, one, rtol=tolerance, atol=tolerance)


def outcome(call: Callable) -> tuple:
    """A result, or the error's type and the first words of its first line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return "fine", call()
        except Exception as error:
            return type(error).__mro__[-4:], re.sub(r"^\w+\(\): ", "", str(error).splitlines()[0])[:60]


# --- Modules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "args", "keywords"), LAYERS + CELLS)
def test_first_values_names_and_text(name: str, args: tuple, keywords: dict) -> None:
    theirs, ours = (made(library, name, args, keywords) for library in LIBRARIES)
    assert repr(theirs) == repr(ours)
    assert list(theirs.state_dict()) == list(ours.state_dict())
    for (key, one), other in zip(theirs.state_dict().items(), ours.state_dict().values(), strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=key)
    if name in ("RNN", "GRU", "LSTM"):
        assert [[w.shape for w in ws] for ws in ours.all_weights] == [
            [w.shape for w in ws] for ws in theirs.all_weights
        ]
        assert ours._flat_weights_names == theirs._flat_weights_names
        assert len(ours._flat_weights) == len(theirs._flat_weights)
        assert ours.flatten_parameters() is None
    settings = [key for key, value in vars(theirs).items() if isinstance(value, int | float | str)]
    assert {key: getattr(ours, key) for key in settings} == {key: getattr(theirs, key) for key in settings}


@pytest.mark.parametrize("name", ["RNNBase", "RNN", "GRU", "LSTM", "RNNCellBase", "RNNCell", "GRUCell", "LSTMCell"])
def test_signatures(name: str) -> None:
    theirs, ours = (getattr(library.nn, name) for library in LIBRARIES)
    methods = ["__init__"] + [key for key in vars(theirs) if not key.startswith("_") and callable(vars(theirs)[key])]
    for method in methods:
        parameters = [inspect.signature(getattr(cls, method)).parameters for cls in (theirs, ours)]
        assert list(parameters[0]) == list(parameters[1]), method
        assert [p.default for p in parameters[0].values()] == [p.default for p in parameters[1].values()], method


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")  # that PyTorch is slow then
@pytest.mark.parametrize(("name", "args", "keywords"), LAYERS[:-1])
@pytest.mark.parametrize("form", ["batch", "state", "single", "single with state", "packed", "packed with state"])
def test_calls(name: str, args: tuple, keywords: dict, form: str) -> None:
    results = [called(library, made(library, name, args, keywords), form) for library in LIBRARIES]
    assert_alike(*results)


def called(library: Any, model: Any, form: str) -> list:
    """What a layer gives for one form of its arguments, and all gradients."""
    draw = np.random.default_rng(1)
    kind = model._flat_weights[0].detach().numpy().dtype

    def leaf(*shape: int) -> Any:
        return library.tensor(draw.standard_normal(shape).astype(kind), requires_grad=True)

    count = model.num_layers * (2 if model.bidirectional else 1)
    batch = () if form.startswith("single") else (3,)
    x = leaf(*batch, 5, 3) if model.batch_first else leaf(5, *batch, 3)
    h = leaf(count, *batch, model.proj_size or model.hidden_size)
    state = (h, leaf(count, *batch, model.hidden_size)) if model.mode == "LSTM" else h
    given = x
    if form.startswith("packed"):
        given = library.nn.utils.rnn.pack_padded_sequence(x, [2, 5, 3], model.batch_first, enforce_sorted=False)
    library.manual_seed(3)  # of dropout
    outputs, last = model(given, state) if form.endswith("state") else model(given)
    last = list(last) if isinstance(last, tuple) else [last]
    plain = outputs.data if form.startswith("packed") else outputs
    (plain * plain).sum().backward(retain_graph=True)
    for part in last:
        (part * part * 2).sum().backward(retain_graph=True)
    return [
        list(outputs) if form.startswith("packed") else outputs,
        *last,
        x.grad,
        h.grad,
        *[p.grad for p in model.parameters()],
    ]


@pytest.mark.parametrize(("name", "args", "keywords"), CELLS)
@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("with_state", [False, True])
def test_cells(name: str, args: tuple, keywords: dict, batch: tuple, with_state: bool) -> None:
    def run(library: Any) -> list:
        model, draw = made(library, name, args, keywords), np.random.default_rng(1)
        kind = model.weight_ih.detach().numpy().dtype
        x, h, c = (
            library.tensor(draw.standard_normal((*batch, width)).astype(kind), requires_grad=True)
            for width in (3, 4, 4)
        )
        state = (h, c) if name == "LSTMCell" else h
        found = model(x, state) if with_state else model(x)
        parts = list(found) if isinstance(found, tuple) else [found]
        sum((part * part).sum() for part in parts).backward()
        return [parts, x.grad, h.grad, c.grad, [p.grad for p in model.parameters()]]

    assert_alike(*map(run, LIBRARIES))


# --- Random shapes ------------------------------------------------------------------------------------------------------


def random_case(name: str, seed: int) -> tuple[dict, list[int], int]:
    """Settings of a layer, lengths of sequences, and a width of the input."""
    draw = np.random.default_rng(seed)
    settings = {
        "num_layers": int(draw.integers(1, 4)), "bias": bool(draw.integers(2)), "batch_first": bool(draw.integers(2)),
        "bidirectional": bool(draw.integers(2)) or name == "GRU",
    }  # fmt: skip
    hidden = int(draw.integers(1, 20))
    if name == "LSTM" and hidden > 1 and draw.integers(3) == 0:
        settings["proj_size"] = int(draw.integers(1, hidden))
    lengths = draw.integers(1, 12, draw.integers(1, 7)).tolist()
    return {"hidden_size": hidden, **settings}, lengths, int(draw.integers(1, 9))


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("seed", range(50))
def test_random_shapes(name: str, seed: int) -> None:
    """LSTM packed; GRU in both directions, packed or not; RNN packed or not: results and all gradients."""
    settings, lengths, width = random_case(name, seed)
    packed = name == "LSTM" or seed % 2

    def run(library: Any) -> list:
        library.manual_seed(seed)
        model = getattr(library.nn, name)(width, **settings)
        draw = np.random.default_rng(seed)

        def leaf(*shape: int) -> Any:
            return library.tensor(draw.standard_normal(shape).astype(np.float32), requires_grad=True)

        steps, batch, count = max(lengths), len(lengths), model.num_layers * (1 + model.bidirectional)
        x = leaf(batch, steps, width) if model.batch_first else leaf(steps, batch, width)
        states = [leaf(count, batch, model.proj_size or model.hidden_size)]
        if name == "LSTM":
            states.append(leaf(count, batch, model.hidden_size))
        pack, pad = library.nn.utils.rnn.pack_padded_sequence, library.nn.utils.rnn.pad_packed_sequence
        given = pack(x, lengths, model.batch_first, enforce_sorted=False) if packed else x
        outputs, last = model(given, tuple(states) if name == "LSTM" else states[0])
        padded = pad(outputs, model.batch_first, 0.5)[0] if packed else outputs
        parts = [padded, *last] if name == "LSTM" else [padded, last]
        sum((part * part.cos()).mean() for part in parts).backward()
        return [parts, x.grad, [state.grad for state in states], [p.grad for p in model.parameters()]]

    assert_alike(*map(run, LIBRARIES))


def test_a_language_model_learns_alike() -> None:
    """From the same seed the same losses, step after step."""

    def losses(library: Any) -> list[float]:
        library.manual_seed(0)
        nn, draw = library.nn, np.random.default_rng(0)
        embedding, lstm, head = nn.Embedding(9, 12), nn.LSTM(12, 16, 2, batch_first=True), nn.Linear(16, 9)
        parameters = [parameter for module in (embedding, lstm, head) for parameter in module.parameters()]
        optimizer = library.optim.Adam(parameters, lr=0.01)
        found = []
        for _ in range(30):
            text = library.tensor(np.cumsum(draw.integers(1, 3, (4, 11)), 1) % 9)
            optimizer.zero_grad()
            logits = head(lstm(embedding(text[:, :-1]))[0])
            loss = nn.functional.cross_entropy(logits.reshape(-1, 9), text[:, 1:].reshape(-1))
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        return found

    theirs, ours = map(losses, LIBRARIES)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    assert ours[-1] < 0.7 * ours[0]


# --- Refusals -----------------------------------------------------------------------------------------------------------

REFUSED = {
    "proj_size of GRU": lambda t: t.nn.GRU(2, 3, proj_size=1),
    "proj_size of RNN": lambda t: t.nn.RNN(2, 3, proj_size=1),
    "nonlinearity": lambda t: t.nn.RNN(2, 3, 1, "gelu"),
    "keyword": lambda t: t.nn.RNN(2, 3, bogus=1),
    "dropout as bool": lambda t: t.nn.LSTM(2, 3, dropout=True),
    "dropout too large": lambda t: t.nn.LSTM(2, 3, dropout=1.5),
    "bias": lambda t: t.nn.LSTM(2, 3, bias=1),
    "batch_first": lambda t: t.nn.LSTM(2, 3, batch_first=None),
    "no layers": lambda t: t.nn.GRU(2, 3, 0),
    "no input": lambda t: t.nn.GRU(0, 3),
    "no hidden": lambda t: t.nn.GRU(2, 0),
    "float": lambda t: t.nn.GRU(2.0, 3),
    "large projection": lambda t: t.nn.LSTM(2, 3, proj_size=3),
    "negative projection": lambda t: t.nn.LSTM(2, 3, proj_size=-1),
    "mode": lambda t: t.nn.RNNBase("X", 2, 3),
    "no forward": lambda t: t.nn.RNNBase("GRU", 2, 3)(t.zeros(1, 1, 2)),
    "a vector": lambda t: t.nn.LSTM(2, 3)(t.zeros(2)),
    "a vector for GRU": lambda t: t.nn.GRU(2, 3)(t.zeros(2)),
    "width": lambda t: t.nn.LSTM(2, 3)(t.zeros(4, 3, 3)),
    "dtype": lambda t: t.nn.LSTM(2, 3)(t.zeros(4, 3, 2, dtype=t.float64)),
    "hidden": lambda t: t.nn.GRU(2, 3)(t.zeros(4, 3, 2), t.zeros(2, 3, 3)),
    "cell": lambda t: t.nn.LSTM(2, 3)(t.zeros(4, 3, 2), (t.zeros(1, 3, 3), t.zeros(1, 3, 2))),
    "dims of hidden": lambda t: t.nn.GRU(2, 3)(t.zeros(4, 3, 2), t.zeros(3, 3)),
    "dims of hidden, single": lambda t: t.nn.GRU(2, 3)(t.zeros(4, 2), t.zeros(1, 3, 3)),
    "dims of states": lambda t: t.nn.LSTM(2, 3)(t.zeros(4, 3, 2), (t.zeros(3, 3), t.zeros(3, 3))),
    "dims of states, single": lambda t: t.nn.LSTM(2, 3)(t.zeros(4, 2), (t.zeros(1, 3, 3), t.zeros(1, 3, 3))),
    "no steps": lambda t: t.nn.LSTM(2, 3)(t.zeros(0, 3, 2)),
    "cell's input": lambda t: t.nn.LSTMCell(2, 3)(t.zeros(1, 1, 2)),
    "cell's state": lambda t: t.nn.LSTMCell(2, 3)(t.zeros(2), (t.zeros(1, 1, 3), t.zeros(3))),
    "cell's hidden": lambda t: t.nn.GRUCell(2, 3)(t.zeros(1, 2), t.zeros(1, 1, 3)),
    "cell's nonlinearity": lambda t: t.nn.RNNCell(2, 3, nonlinearity="x")(t.zeros(2)),
    "cell's batch": lambda t: t.nn.GRUCell(2, 3)(t.zeros(4, 2), t.zeros(3, 3)),
    "cell's width": lambda t: t.nn.GRUCell(2, 3)(t.zeros(4, 3)),
    "no sequences": lambda t: t.nn.utils.rnn.pack_sequence([]),
    "empty": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(0, 3, 2), [3, 2, 1]),
    "too few lengths": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(4, 3, 2), [4, 2]),
    "length 0": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(4, 3, 2), [4, 2, 0]),
    "unsorted": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(4, 3, 2), [2, 4, 1]),
    "lengths in 2-D": lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(4, 3, 2), t.tensor([[3, 2, 1]])),
    "no iterable": lambda t: t.nn.utils.rnn.pad_sequence(3),
    "side": lambda t: t.nn.utils.rnn.pad_sequence([t.zeros(2)], padding_side="up"),
    "nothing to pad": lambda t: t.nn.utils.rnn.pad_sequence([]),
    "no pair": lambda t: t.nn.utils.rnn.PackedSequence(t.zeros(2)),
    "total_length": lambda t: t.nn.utils.rnn.pad_packed_sequence(
        t.nn.utils.rnn.pack_sequence([t.zeros(3)]), total_length=2
    ),
}


@pytest.mark.parametrize("which", REFUSED)
def test_refusals(which: str) -> None:
    theirs, ours = (outcome(lambda library=library: REFUSED[which](library)) for library in LIBRARIES)
    assert theirs[0] != "fine"
    assert ours == theirs


def test_dropout_of_one_layer_warns() -> None:
    for library in LIBRARIES:
        with pytest.warns(
            UserWarning, match="expects num_layers greater than 1, but got dropout=0.5 and num_layers=1"
        ) as seen:
            library.nn.LSTM(2, 3, dropout=0.5)
        assert len(seen) == 1


# --- Sequences ------------------------------------------------------------------------------------------------------------

SEQUENCES = [
    lambda t, u, s: u.pack_sequence(s, enforce_sorted=False),
    lambda t, u, s: u.pack_sequence(sorted(s, key=len, reverse=True)),
    lambda t, u, s: u.pad_sequence(s),
    lambda t, u, s: u.pad_sequence(s, True, 7.0),
    lambda t, u, s: u.pad_sequence(s, True, -1, "left"),
    lambda t, u, s: u.pad_sequence((one.int() for one in s), padding_value=2.5),
    lambda t, u, s: u.pad_sequence(t.stack([s[0], s[0] + 1])),
    lambda t, u, s: u.unpad_sequence(u.pad_sequence(s, True), t.tensor([2, 4, 1]), True),
    lambda t, u, s: u.unpad_sequence(u.pad_sequence(s), t.tensor([2, 4, 1])),
    lambda t, u, s: u.unpack_sequence(u.pack_sequence(s, enforce_sorted=False)),
    lambda t, u, s: u.pad_packed_sequence(u.pack_sequence(s, False), True, 9.0, 6),
    lambda t, u, s: u.pad_packed_sequence(u.pack_padded_sequence(u.pad_sequence(s), t.tensor([3, 3, 3]))),
    lambda t, u, s: u.pack_padded_sequence(u.pad_sequence(s, True), [1, 4, 2], True, False),
    lambda t, u, s: u.invert_permutation(t.tensor([2, 0, 3, 1])),
    lambda t, u, s: u.invert_permutation(None),
    lambda t, u, s: u.PackedSequence((s[0], t.tensor([1, 1]))),
    lambda t, u, s: u.PackedSequence(s[1], t.tensor([3, 1]), t.tensor([1, 2, 0])),
    lambda t, u, s: u.pack_sequence(s, False).double(),
    lambda t, u, s: u.pack_sequence(s, False).to(t.float16).float(),
    lambda t, u, s: [getattr(u.pack_sequence(s, False), kind)() for kind in ("half", "long", "int", "short", "char", "byte")],
    lambda t, u, s: copy.deepcopy(u.pack_sequence(s, False)),
    lambda t, u, s: pickle.loads(pickle.dumps(u.pack_sequence(s, False))),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SEQUENCES)))
@pytest.mark.parametrize("rest", [(), (2,)])
def test_sequences(number: int, rest: tuple) -> None:
    results = []
    for library in LIBRARIES:
        draw = np.random.default_rng(0)
        sequences = [library.tensor(draw.integers(0, 9, (length, *rest)).astype(np.float32)) for length in (2, 4, 1)]
        results.append(SEQUENCES[number](library, library.nn.utils.rnn, sequences))
    assert repr(results[0]) == repr(results[1])
    assert type(results[0]).__name__ == type(results[1]).__name__


def test_a_packed_sequence_that_does_not_move_is_itself() -> None:
    packed = rnn.pack_sequence([minitorch.tensor([1.0, 2.0])])
    assert packed.to("cpu") is packed and packed.cpu() is packed and packed.float() is packed
    assert not packed.is_cuda and not packed.is_pinned()
    assert packed.pin_memory().data.tolist() == [1.0, 2.0]
    assert packed._fields == ("data", "batch_sizes", "sorted_indices", "unsorted_indices")


def test_names() -> None:
    assert sorted(rnn.__all__) == sorted(torch.nn.utils.rnn.__all__)
