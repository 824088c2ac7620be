"""Training steps of small networks: zero_grad, forward, cross-entropy, backward, the optimizer's step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .workload import Code, Workload, register

BATCH = 64


def _layer(generator: np.random.Generator, *shape: int) -> list[np.ndarray]:
    """A weight of that shape and a bias, uniform as PyTorch's default is."""
    bound = 1 / math.sqrt(math.prod(shape[1:]))
    return [generator.uniform(-bound, bound, size).astype(np.float32) for size in (shape, shape[:1])]


def mlp_arrays() -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    weights = [array for shape in ((512, 784), (512, 512), (10, 512)) for array in _layer(generator, *shape)]
    return weights, generator.standard_normal((BATCH, 784), np.float32), generator.integers(0, 10, BATCH)


def convnet_arrays() -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    shapes = ((32, 1, 3, 3), (64, 32, 3, 3), (128, 9216), (10, 128))
    weights = [array for shape in shapes for array in _layer(generator, *shape)]
    return weights, generator.standard_normal((BATCH, 1, 28, 28), np.float32), generator.integers(0, 10, BATCH)


def _mlp(torch: Any) -> Any:
    nn = torch.nn
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def _convnet(torch: Any) -> Any:
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def _training(build: Callable, arrays: Callable, optimizer_name: str, lr: float) -> Callable[[Any], Code]:
    def framework(torch: Any) -> Code:
        weights, inputs, labels = arrays()
        model = build(torch)
        with torch.no_grad():
            for parameter, weight in zip(model.parameters(), weights, strict=True):
                parameter.copy_(torch.tensor(weight))
        x, y = torch.tensor(inputs), torch.tensor(labels)
        optimizer = getattr(torch.optim, optimizer_name)(model.parameters(), lr=lr)
        cross_entropy = torch.nn.CrossEntropyLoss()

        def step() -> Any:
            optimizer.zero_grad()
            loss = cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return Code.step(step)

    return framework


MLP_BARS = {"torch": 1.1, "numpy": 1.1}
register(
    Workload("mlp.sgd", _training(_mlp, mlp_arrays, "SGD", 0.1), "by_hand:training", MLP_BARS),
    Workload("mlp.adam", _training(_mlp, mlp_arrays, "Adam", 0.001), "by_hand:training", MLP_BARS),
    Workload(
        "convnet.sgd",
        _training(_convnet, convnet_arrays, "SGD", 0.01),
        "by_hand:training",
        {"torch": 1.5},
        block_seconds=0.25,
    ),
)
