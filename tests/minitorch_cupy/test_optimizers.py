"""Optimizers on a GPU: a step waits for nothing and moves nothing, and leads where NumPy's does."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch

cupy = pytest.importorskip("cupy")

SETTINGS = {
    "SGD": {"momentum": 0.9, "nesterov": True}, "ASGD": {"t0": 1}, "Adadelta": {}, "Adafactor": {}, "Adagrad": {},
    "Adam": {"amsgrad": True, "weight_decay": 0.1}, "AdamW": {}, "Adamax": {}, "NAdam": {}, "RAdam": {},
    "RMSprop": {"momentum": 0.9, "centered": True}, "Rprop": {}, "SparseAdam": {}, "Muon": {},
}  # fmt: skip


def problem(name: str, device: str):
    """An optimizer over two matrices with gradients."""
    rng = np.random.default_rng(0)
    params = []
    for shape in ((3, 4), (5, 2)):
        param, grad = (minitorch.tensor(rng.standard_normal(shape).tolist(), device=device) for _ in range(2))
        param.requires_grad_().grad = grad
        params.append(param)
    return params, getattr(minitorch.optim, name)(params, **SETTINGS[name])


@pytest.mark.skipif(not hasattr(cupy, "strict"), reason="only the stand-in counts")
@pytest.mark.parametrize("name", SETTINGS)
def test_the_host_never_waits_in_a_step(name):
    _, optimizer = problem(name, "cuda")
    optimizer.step()  # makes the state
    cupy.strict.reset()
    with cupy.strict.no_syncs():
        optimizer.step()
    assert cupy.strict.transfers() == 0


@pytest.mark.parametrize("name", SETTINGS)
def test_steps_are_those_of_numpy(name):
    ends = []
    for device in ("numpy/cpu", "cuda"):
        params, optimizer = problem(name, device)
        for _ in range(6):
            optimizer.step()
        ends.append([value for param in params for row in param.tolist() for value in row])
    assert ends[1] == pytest.approx(ends[0], rel=1e-5, abs=1e-5)
