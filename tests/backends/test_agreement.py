"""Backends agree: the same seed gives the same losses on each of them, and weights go from each to each."""

from __future__ import annotations

import functools

import pytest

import minitorch
from minitorch import backends, datasets, nn, optim, trainer
from minitorch.backend import Device
from minitorch.utils.data import DataLoader

REFERENCE = "numpy/cpu"
STEPS = 100
CLOSE = {minitorch.float32: 1e-4, minitorch.float64: 1e-9}
DIGITS = datasets.Digits(train=True)


OTHERS = [place for place in backends.places() if place != REFERENCE]


def mlp() -> nn.Module:
    """The network of the main job."""
    return trainer.MODELS["mlp"](8, 8)


def convnet() -> nn.Module:
    """A small one with what convnets are made of."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.GELU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


NETWORKS = {
    "mlp": (mlp, lambda p: optim.SGD(p, lr=0.05, momentum=0.9)),
    "convnet": (convnet, lambda p: optim.Adam(p, lr=0.01)),
}


@functools.cache
def losses(place: str, network: str, dtype: minitorch.dtype) -> list[float]:
    """The losses of the first steps of training on a device; weights and order of the images come from one seed.

    They are drawn on the backend's own cpu, or on NumPy's where it has none: on other devices other numbers are drawn.
    """
    make, optimizer = NETWORKS[network]
    minitorch.manual_seed(0)
    device = Device(place)
    with minitorch.use_backend(device.backend.name if "cpu" in device.backend.device_types else "numpy"):
        model = make().to(device, dtype)
        step = optimizer(model.parameters())
        found: list[float] = []
        while len(found) < STEPS:
            for X, y in DataLoader(DIGITS, batch_size=16, shuffle=True):
                loss = nn.functional.cross_entropy(model(X.to(device, dtype)), y.to(device))
                assert loss.device is device
                loss.backward()
                step.step()
                step.zero_grad()
                found.append(loss.item())
                if len(found) == STEPS:
                    break
    return found


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("place", OTHERS)
def test_the_same_seed_gives_the_same_losses(place: str, network: str, dtype: minitorch.dtype) -> None:
    expected = losses(REFERENCE, network, dtype)
    assert expected[-1] < 0.7 * expected[0], "nothing was learned, so that agreement says little"
    assert losses(place, network, dtype) == pytest.approx(expected, rel=0, abs=CLOSE[dtype])
