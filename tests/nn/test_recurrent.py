"""Recurrent layers and packed sequences by what they are made of: cells, single sequences, single directions."""

import copy

import pytest

import minitorch
from minitorch import func, nn
from minitorch.autograd import gradcheck, gradgradcheck
from minitorch.nn.utils import rnn

KINDS = [(nn.RNN, nn.RNNCell), (nn.GRU, nn.GRUCell), (nn.LSTM, nn.LSTMCell)]
LENGTHS = (3, 5, 1)


@pytest.fixture(autouse=True)
def _seeded():
    minitorch.manual_seed(0)


def first(state):
    return state[0] if isinstance(state, tuple) else state


@pytest.mark.parametrize(("layer", "cell"), KINDS)
def test_a_layer_is_its_cell_again_and_again(layer, cell):
    whole, one = layer(3, 4), cell(3, 4)
    one.load_state_dict({key.removesuffix("_l0"): value for key, value in whole.state_dict().items()})
    x, state = minitorch.randn(6, 2, 3), None
    outputs, last = whole(x)
    for step, output in zip(x, outputs, strict=True):
        state = one(step, state)
        assert minitorch.allclose(output, first(state), atol=1e-6)
    assert minitorch.allclose(first(last)[0], first(state), atol=1e-6)


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_a_packed_batch_is_each_sequence_alone(layer):
    model = layer(3, 4, num_layers=2, bidirectional=True)
    sequences = [minitorch.randn(length, 3) for length in LENGTHS]
    outputs, last = model(rnn.pack_sequence(sequences, enforce_sorted=False))
    for number, (sequence, output) in enumerate(zip(sequences, rnn.unpack_sequence(outputs), strict=True)):
        alone, state = model(sequence)
        assert minitorch.allclose(output, alone, atol=1e-6)
        assert minitorch.allclose(first(last)[:, number], first(state), atol=1e-6)


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_the_second_direction_reads_from_the_end(layer):
    both, one = layer(3, 4, bidirectional=True), layer(3, 4)
    names = [key for key in both.state_dict() if key.endswith("_reverse")]
    one.load_state_dict({key.removesuffix("_reverse"): both.state_dict()[key] for key in names})
    x = minitorch.randn(5, 2, 3)
    assert minitorch.allclose(both(x)[0][..., 4:], one(x.flip(0))[0].flip(0), atol=1e-6)


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_derivatives_of_a_packed_batch(layer):
    settings = {"proj_size": 1} if layer is nn.LSTM else {}
    model = layer(2, 2, bidirectional=True, dtype=minitorch.float64, **settings)
    x = minitorch.randn(3, 2, 2, dtype=minitorch.float64, requires_grad=True)

    def run(x, *parameters):
        names = [name for name, _ in model.named_parameters()]
        packed = rnn.pack_padded_sequence(x, [1, 3], enforce_sorted=False)
        outputs, last = func.functional_call(model, dict(zip(names, parameters, strict=True)), (packed,))
        return outputs.data, first(last)

    parameters = [parameter.detach().requires_grad_() for parameter in model.parameters()]
    assert gradcheck(run, (x, *parameters))
    assert gradgradcheck(run, (x, *parameters))


def test_weights_are_read_when_they_are_used():
    model = nn.GRU(2, 3)
    model.weight_ih_l0 = nn.Parameter(minitorch.zeros(9, 2))
    assert model._flat_weights[0] is model.weight_ih_l0 is model.all_weights[0][0]
    twin = copy.deepcopy(model)
    assert twin._flat_weights[0] is twin.weight_ih_l0
    assert model.double()._flat_weights[1].dtype is minitorch.float64


def test_dropout_drops_between_layers_in_training_alone():
    model, x = nn.LSTM(2, 8, num_layers=2, dropout=0.5), minitorch.randn(4, 2, 2)
    assert not minitorch.equal(model(x)[0], model(x)[0])
    model.eval()
    assert minitorch.equal(model(x)[0], model(x)[0])


def test_no_gradient_where_none_is_asked_for():
    model, x = nn.LSTM(2, 3), minitorch.randn(4, 2, 2)
    with minitorch.no_grad():
        assert not model(x)[0].requires_grad
    model.requires_grad_(False)
    x.requires_grad_()
    model(x)[1][1].sum().backward()
    assert x.grad.shape == x.shape and model.weight_ih_l0.grad is None


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_an_empty_batch(layer):
    outputs, last = layer(2, 3)(minitorch.zeros(4, 0, 2))
    assert outputs.shape == (4, 0, 3) and first(last).shape == (1, 0, 3)


def test_lengths_beyond_the_input_are_refused():
    with pytest.raises(RuntimeError, match="the longest length is 5, but the input has 4 steps"):
        rnn.pack_padded_sequence(minitorch.zeros(4, 2, 1), [5, 2])


@pytest.mark.parametrize("sizes", [[2, 3], [3, 1]])
def test_batch_sizes_that_fit_no_data_are_refused(sizes):
    packed = rnn.PackedSequence(minitorch.zeros(5, 2), minitorch.tensor(sizes))
    with pytest.raises(RuntimeError, match="Expected batch_sizes that fall and add up to the 5 rows of data"):
        nn.GRU(2, 3)(packed)


def test_weights_that_fit_no_input_are_refused():
    x, h = minitorch.zeros(4, 2, 3), minitorch.zeros(1, 2, 5)
    weights = [minitorch.zeros(20, 3), minitorch.zeros(20, 4)]
    with pytest.raises(RuntimeError, match=r"w_hh of layer 0 doesn't fit\n.*\[20, 5\].*\n.*\[20, 4\]"):
        minitorch.lstm(x, (h, h), weights, False, 1, 0.0, False, False, False)
    with pytest.raises(RuntimeError, match="c of layer 0 doesn't fit"):
        minitorch.lstm(x, (h, h[:, :1]), [weights[0], minitorch.zeros(20, 5)], False, 1, 0.0, False, False, False)


def test_learns_to_remember_the_first_of_a_sequence():
    model, head = nn.LSTM(2, 8, batch_first=True), nn.Linear(8, 1)
    optimizer = minitorch.optim.Adam([*model.parameters(), *head.parameters()], lr=0.05)
    x = minitorch.randn(16, 6, 2)
    target, losses = x[:, 0, :1], []
    for _ in range(60):
        optimizer.zero_grad()
        loss = ((head(model(x)[1][0][0]) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0]
