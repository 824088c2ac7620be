"""The networks, the loops, the numerical check of the gradients, and files that are there whole or not at all."""

from __future__ import annotations

import os

import numpy as np
import pytest

import minitorch
from minitorch import nn, optim, trainer
from minitorch.datasets import Digits, Images
from minitorch.utils.data import DataLoader

CROSS_ENTROPY = nn.CrossEntropyLoss()


@pytest.fixture(scope="module")
def test_data():
    return Digits(train=False)


def some(data, count=100):
    """The first images of a data set, as a data set."""
    return Images(data.images.numpy()[:count, 0], data.labels.numpy()[:count], white=1)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("mlp", [f"linear_relu_stack.{layer}.{kind}" for layer in (0, 2, 4) for kind in ("weight", "bias")]),
        (
            "cnn",
            [f"{part}.{kind}" for part in ("features.0", "features.2") for kind in ("weight", "bias")]
            + [f"{part}.{kind}" for part in ("classifier.0", "classifier.2") for kind in ("weight", "bias")],
        ),
    ],
)
@pytest.mark.parametrize("size", [(28, 28), (8, 8), (7, 9)])
def test_the_networks_fit_every_size(model, names, size):
    network = trainer.MODELS[model](*size, classes=7)
    assert list(network.state_dict()) == names
    assert tuple(network(minitorch.rand(3, 1, *size)).shape) == (3, 7)


def test_the_introduction_network_has_its_sizes():
    shapes = [tuple(parameter.shape) for parameter in trainer.NeuralNetwork().parameters()]
    assert shapes == [(512, 784), (512,), (512, 512), (512,), (10, 512), (10,)]


# --- The numerical check ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["mlp", "cnn"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_right_gradients_pass_the_check(model, seed, test_data):
    minitorch.manual_seed(seed)
    network = trainer.MODELS[model](8, 8)
    before = [parameter.detach().clone() for parameter in network.parameters()]
    error = trainer.check_gradients(network, CROSS_ENTROPY, test_data.images[:8], test_data.labels[:8])
    assert error < 1e-5
    for kept, parameter in zip(before, network.parameters(), strict=True):
        assert np.array_equal(kept.numpy(), parameter.detach().numpy()) and parameter.grad is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda pred, y: CROSS_ENTROPY(pred, y) + CROSS_ENTROPY(pred.detach(), y),  # half of the gradient is missing
        lambda pred, y: (
            CROSS_ENTROPY(pred * 1.0, y) - 0.02 * (pred.detach() * pred).sum()
        ),  # one term counts once, not twice
        lambda pred, y: CROSS_ENTROPY(pred.detach(), y) + 0 * CROSS_ENTROPY(pred, y),  # all of it
        lambda pred, y: CROSS_ENTROPY(minitorch.cat([pred[:, :9], pred[:, 9:].detach()], 1), y),  # one column of ten
    ],
)
def test_wrong_gradients_fail_the_check(wrong, test_data):
    network = trainer.NeuralNetwork(8, 8)
    error = trainer.check_gradients(network, wrong, test_data.images[:8], test_data.labels[:8])
    assert error > 10 * trainer.TOLERANCE


def test_a_parameter_without_a_gradient_is_checked_too(test_data):
    class Forgetful(nn.Module):
        def __init__(self, forgets):
            super().__init__()
            self.layer, self.unused, self.forgets = nn.Linear(64, 10), nn.Linear(3, 3), forgets

        def forward(self, x):
            x = x.flatten(1)
            scale = self.layer.bias.detach().sum() if self.forgets else 1
            return x @ self.layer.weight.T * scale

    for forgets in (False, True):
        network = Forgetful(forgets)
        error = trainer.check_gradients(network, CROSS_ENTROPY, test_data.images[:8], test_data.labels[:8])
        assert (error > 10 * trainer.TOLERANCE) == forgets


# --- The loops --------------------------------------------------------------------------------------------------------


class Rigged(nn.Module):
    """Says the class that the first pixel holds, twice as sure for each unit of the second."""

    def forward(self, x):
        first, second = x[:, 0, 0, 0], x[:, 0, 0, 1]
        return nn.functional.one_hot(first.long(), 3).float() * second.unsqueeze(1)


def rigged_data():
    """Six images; those at 1, 3 and 5 are taken for another class, and 5 is the surest."""
    pixels = np.zeros((6, 1, 2), np.float32)
    pixels[:, 0, 0] = [0, 1, 2, 0, 1, 2]
    pixels[:, 0, 1] = [1, 2, 3, 4, 5, 6]
    return Images(pixels, np.array([0, 0, 2, 1, 1, 1]), white=1, classes=["a", "b", "c"])


def test_the_test_loop_weighs_every_image_alike():
    data = rigged_data()
    logits = Rigged()(data.images).numpy().astype(np.float64)
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(6), data.labels.numpy()]
    loss, accuracy = trainer.evaluate(DataLoader(data, batch_size=4), Rigged())
    assert accuracy == 0.5
    assert loss == pytest.approx(losses.mean(), rel=1e-6)


def test_mistakes_come_surest_first():
    found = trainer.find_mistakes(Rigged(), rigged_data())
    assert [(each.index, each.label, each.prediction) for each in found] == [(5, 1, 2), (3, 1, 0), (1, 0, 1)]
    assert found[0].image.tolist() == [[2, 6]]
    assert found[0].probabilities.sum() == pytest.approx(1) and found[0].probabilities.argmax() == 2


def fit(test_data, seed, **options):
    minitorch.manual_seed(seed)
    network, data = trainer.NeuralNetwork(8, 8), some(test_data)
    make, lr = trainer.OPTIMIZERS[options.pop("optimizer", "adam")]
    return trainer.train(
        network,
        data,
        data,
        make(network.parameters(), lr),
        batch_size=32,
        loss_fn=CROSS_ENTROPY,
        **options,
    )


@pytest.mark.parametrize("optimizer", sorted(trainer.OPTIMIZERS))
def test_training_learns(test_data, optimizer):
    history = fit(test_data, 0, epochs=15, optimizer=optimizer)
    assert [epoch.number for epoch in history] == list(range(1, 16))
    assert history[-1].train_loss < 0.3 * history[0].train_loss
    assert history[-1].accuracy > 0.9


def test_a_seed_gives_the_same_training(test_data):
    assert fit(test_data, 3, epochs=2) == fit(test_data, 3, epochs=2)
    assert fit(test_data, 3, epochs=1) != fit(test_data, 4, epochs=1)


def test_every_step_and_epoch_is_told(test_data):
    steps, epochs = [], []
    history = fit(test_data, 0, epochs=2, on_step=lambda: steps.append(1), on_epoch=epochs.append)
    assert len(steps) == 2 * 4 and epochs == history


def test_the_network_is_switched_to_training_and_back(test_data):
    modes = []

    class Watch(nn.Flatten):
        def forward(self, x):
            modes.append(self.training)
            return super().forward(x)

    network = nn.Sequential(Watch(), nn.Linear(64, 10))
    optimizer = optim.SGD(network.parameters(), lr=0.1)
    data = some(test_data, 20)
    trainer.train(network, data, data, optimizer, epochs=2, batch_size=20, loss_fn=CROSS_ENTROPY)
    assert modes == [True, False, False] * 2


# --- Files ------------------------------------------------------------------------------------------------------------


def test_weights_come_back(tmp_path):
    first, second = trainer.NeuralNetwork(8, 8), trainer.NeuralNetwork(8, 8)
    trainer.save_weights(first, tmp_path / "weights.npz")
    trainer.load_weights(second, tmp_path / "weights.npz")
    for (name, value), other in zip(first.state_dict().items(), second.state_dict().values(), strict=True):
        assert np.array_equal(value.numpy(), other.numpy()), name
    with np.load(tmp_path / "weights.npz") as arrays:
        assert arrays["linear_relu_stack.0.weight"].shape == (512, 64)


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_file_is_there_whole_or_not_at_all(tmp_path, monkeypatch, fails):
    path = tmp_path / "file"
    trainer.write_atomically(path, b"old")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, fail)
    with pytest.raises(OSError, match="No space left"):
        trainer.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    trainer.write_atomically(path, b"new")
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]
