"""A thousand training steps without the garbage collector: what is not freed by reference counts alone stays, and shows."""

from __future__ import annotations

import gc
import os
from typing import Any

import numpy as np

from .workload import Code, Workload, register

WARM_UP, STEPS = 100, 1000


def resident() -> float:
    """The process's resident memory in MB, or its peak where the system has no /proc."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def live_tensors(torch: Any) -> int:
    return sum(isinstance(thing, torch.Tensor) for thing in gc.get_objects())


def training(torch: Any) -> Code:
    """A small network with everything that could make a circle: dropout, normalization, momentum, views, in-place."""
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(
        nn.Linear(64, 128),
        nn.LayerNorm(128),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    generator = np.random.default_rng(0)
    inputs = torch.tensor(generator.standard_normal((32, 64)).astype(np.float32))
    labels = torch.tensor(generator.integers(0, 10, 32))

    def step() -> None:
        optimizer.zero_grad()
        hidden = inputs.view(32, 8, 8).transpose(1, 2).reshape(32, 64) * 2.0
        hidden += 1.0
        loss = nn.functional.cross_entropy(model(hidden), labels)
        loss.backward()
        optimizer.step()

    def train() -> dict[str, float]:
        for _ in range(WARM_UP):
            step()
        gc.collect()
        gc.disable()
        try:
            tensors, memory = live_tensors(torch), resident()
            for _ in range(STEPS):
                step()
            return {"tensor growth": live_tensors(torch) - tensors, "MB growth": resident() - memory}
        finally:
            gc.enable()

    return Code.step(train)


register(
    Workload(
        "memory.thousand_steps",
        training,
        bars={"tensor growth": 0.0, "MB growth": 1.0},
        measures_itself=True,
        threads=(1,),
    )
)
