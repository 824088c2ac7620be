"""What holds for every algorithm: it goes down, on every backend, in place, and a failed step changes nothing."""

import copy
import math
import tracemalloc
import warnings

import numpy as np
import pytest

import minitorch
from minitorch.optim import SGD, Adam


def with_grad(*values):
    param = minitorch.tensor(values, requires_grad=True)
    (param * param).sum().backward()
    return param


ALL = {
    "SGD": {"momentum": 0.9}, "ASGD": {"t0": 1}, "Adadelta": {}, "Adafactor": {}, "Adagrad": {}, "Adam": {"amsgrad": True},
    "AdamW": {}, "Adamax": {}, "NAdam": {}, "RAdam": {}, "RMSprop": {"momentum": 0.9, "centered": True}, "Rprop": {},
    "SparseAdam": {}, "Muon": {}, "LBFGS": {"lr": 0.1},
}  # fmt: skip


def matrices(seed=0, sizes=((3, 4), (2, 5))):
    rng = np.random.default_rng(seed)
    return [minitorch.tensor(rng.standard_normal(size).tolist(), requires_grad=True) for size in sizes]


def descent(optimizer, params):
    def closure():
        optimizer.zero_grad()
        loss = sum(((param - 1) ** 2).sum() for param in params)
        loss.backward()
        return loss

    return closure


@pytest.mark.parametrize(("name", "settings"), ALL.items(), ids=ALL)
def test_every_algorithm_goes_down(name, settings):
    params = matrices()
    optimizer = getattr(minitorch.optim, name)(params, **settings)
    losses = [optimizer.step(descent(optimizer, params)).item() for _ in range(30)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("backend", ["array_api_strict", "torch", "jax"])
@pytest.mark.parametrize(("name", "settings"), ALL.items(), ids=ALL)
def test_every_algorithm_on_every_backend(backend, name, settings):
    pytest.importorskip(backend)
    if (backend, name) == ("jax", "LBFGS"):
        return  # a quarter of a minute for compiling each slice
    ends = []
    for library in ("numpy", backend):
        with minitorch.use_backend(library):
            params = matrices()
            optimizer = getattr(minitorch.optim, name)(params, **settings)
            for _ in range(4):
                optimizer.step(descent(optimizer, params))
            ends.append(np.concatenate([np.asarray(param.tolist()).reshape(-1) for param in params]))
            assert params[0].device.backend.name == library
    rounded = name == "Muon"  # array_api_strict has no bfloat16
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-3 if rounded else 1e-5, atol=1e-3 if rounded else 1e-6)


@pytest.mark.parametrize(("name", "settings"), ALL.items(), ids=ALL)
def test_a_failed_step_changes_nothing(name, settings):
    params = matrices(sizes=((3, 4), (2, 5), (2, 2)))
    optimizer = getattr(minitorch.optim, name)(params, **settings)
    optimizer.step(descent(optimizer, params))
    descent(optimizer, params)()
    before = copy.deepcopy(optimizer.state_dict()), [param.tolist() for param in params]
    params[1].data = minitorch.ones(2, 2)
    if name == "LBFGS":
        return  # it asks the closure for gradients, which fit by then
    with pytest.raises(RuntimeError, match="gradient doesn't fit"):
        optimizer.step()
    params[1].data = minitorch.tensor(before[1][1])
    assert [param.tolist() for param in params] == before[1]
    assert plain(optimizer.state_dict()) == plain(before[0])


def plain(value):
    if isinstance(value, minitorch.Tensor):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("name", sorted(ALL.keys() - {"Adafactor", "Muon", "LBFGS"}))
def test_a_step_allocates_next_to_nothing(name):
    """A step over a million parameters; Adafactor and Muon need matrices on their way, L-BFGS a history."""
    params = [minitorch.zeros(100, 500, requires_grad=True) for _ in range(20)]
    for param in params:
        param.grad = minitorch.ones(100, 500)
    optimizer = getattr(minitorch.optim, name)(params, **ALL[name])
    optimizer.step()
    tracemalloc.start()
    optimizer.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


def test_sparse_adam_moves_only_where_there_is_a_gradient():
    param = minitorch.ones(4, requires_grad=True)
    optimizer = minitorch.optim.SparseAdam([param], lr=0.1)
    for grad in ([1.0, 0.0, -1.0, 0.0], [0.0, 0.0, 1.0, math.nan]):
        param.grad = minitorch.tensor(grad)
        optimizer.step()
    first, second, third, fourth = param.tolist()
    assert (first, second) == pytest.approx((0.9, 1.0), rel=1e-6)
    assert 1.09 < third < 1.11
    assert math.isnan(fourth)
    assert optimizer.state[param]["step"] == 2
    assert optimizer.state[param]["exp_avg"].tolist()[:2] == pytest.approx([0.1, 0.0])


@pytest.mark.parametrize(("name", "text"), [("lr", "learning rate"), ("eps", "epsilon value")])
def test_sparse_adam_wants_numbers_above_0(name, text):
    with pytest.raises(ValueError, match=f"Invalid {text}: 0"):
        minitorch.optim.SparseAdam([minitorch.ones(1, requires_grad=True)], **{name: 0})


def test_a_parameter_listed_twice_takes_two_steps():
    ends = []
    for times in (1, 2):
        param = with_grad(1.0, 2.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            optimizer = Adam([param] * times, lr=0.1)
        for _ in range(3 - times):
            optimizer.step()
        ends.append(param.tolist())
        assert optimizer.state[param]["step"].item() == 2
    assert ends[0] == ends[1]


def test_differentiable_steps_reach_the_first_gradient():
    grad = minitorch.tensor([0.5, -1.0], requires_grad=True)
    param = minitorch.tensor([1.0, 2.0], requires_grad=True).clone()
    param.retain_grad()
    optimizer = SGD([param], lr=0.1, differentiable=True)
    param.grad = grad
    optimizer.step()
    (param * param).sum().backward()
    assert grad.grad.tolist() == pytest.approx([-0.2 * 0.95, -0.2 * 2.1])
