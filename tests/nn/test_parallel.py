"""DataParallel and its steps on two devices: those of array-api-strict, which refuses to mix them, and GPUs or their stand-in."""

from __future__ import annotations

from collections import namedtuple

import pytest

import minitorch
from minitorch import nn
from minitorch.nn import parallel

pytest.importorskip("array_api_strict")

Pair = namedtuple("Pair", "first second")


@pytest.fixture(params=["strict", "gpus"])
def devices(request):
    if request.param == "strict":
        return [minitorch.device(f"array_api_strict/{name}") for name in ("cpu", "device1")]
    if minitorch.cuda.device_count() < 2:
        pytest.skip("two GPUs")
    return [minitorch.device(f"cuda:{number}") for number in range(2)]


def places(*tensors):
    return [tensor.device for tensor in tensors]


def made(devices):
    minitorch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).to(devices[0])


@pytest.mark.parametrize("batch", [5, 2, 1])
@pytest.mark.parametrize("output", [0, 1])
def test_results_and_gradients_are_those_of_the_module(devices, batch, output):
    alone, shared = made(devices), made(devices)
    model = nn.DataParallel(shared, devices, devices[output])
    x = minitorch.randn(batch, 3).to(devices[0])
    inputs = [x.clone().requires_grad_() for _ in range(2)]
    expected, found = alone(inputs[0]), model(inputs[1])
    assert places(found) == [devices[output]]
    (expected**2).sum().backward()
    (found**2).sum().backward()
    pairs = [(expected, found), (inputs[0].grad, inputs[1].grad)]
    pairs += [(one.grad, other.grad) for one, other in zip(alone.parameters(), shared.parameters(), strict=True)]
    for one, other in pairs:
        assert minitorch.allclose(one.to("cpu"), other.to("cpu"), rtol=1e-5, atol=1e-6)


class Tree(nn.Module):
    """Takes and gives trees, and says where it runs."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(minitorch.ones(2))
        self.again = nn.ModuleList([nn.Linear(2, 2)])
        self.seen = []

    def forward(self, pair, *, scale, name="none"):
        self.seen.append((pair.first.device, name, len(list(self.parameters()))))
        return {"sum": pair.first + pair.second[0] * self.weight, "number": (scale * self.again[0].weight).sum()}


def test_trees_keywords_and_numbers(devices):
    model = Tree().to(devices[0])
    first, second, scale = (
        minitorch.randn(4, 2).to(devices[0]),
        minitorch.randn(4, 2).to(devices[0]),
        minitorch.randn(4, 1).to(devices[0]),
    )
    result = nn.DataParallel(model, devices)(Pair(first, [second]), scale=scale, name="kept")
    assert model.seen == [(devices[0], "kept", 0), (devices[1], "kept", 0)]
    assert minitorch.allclose(result["sum"], first + second)
    assert result["number"].shape == (2,)
    assert places(*result.values()) == [devices[0]] * 2


def test_running_averages_of_the_first_device_stay(devices):
    model = nn.BatchNorm1d(2).to(devices[0])
    nn.DataParallel(model, devices)(minitorch.randn(8, 2).to(devices[0]))
    assert model.running_mean.abs().sum().item() > 0
    assert model.num_batches_tracked.item() == 1


def test_without_gradients_copies_have_none(devices):
    model = made(devices)
    with minitorch.no_grad():
        assert not nn.DataParallel(model, devices)(minitorch.randn(4, 3).to(devices[0])).requires_grad
    copies = parallel.replicate(model, devices, detach=True)
    assert [copy[0].weight.requires_grad for copy in copies] == [False, False]
    copies = parallel.replicate(model, devices)
    assert places(*[copy[2].bias for copy in copies]) == devices
    assert [list(copy.parameters()) for copy in copies] == [[], []]
    assert len(list(model.parameters())) == 4


def test_a_module_that_occurs_twice_is_copied_once(devices):
    layer = nn.Linear(2, 2).to(devices[0])
    copy = parallel.replicate(nn.Sequential(layer, layer), devices[1:])[0]
    assert copy[0] is copy[1]


def test_a_module_without_tensors_for_input_runs_once(devices):
    class Constant(nn.Module):
        def forward(self, number=3):
            return minitorch.ones(2) * number

    assert nn.DataParallel(Constant(), devices)().tolist() == [3, 3]
    assert nn.DataParallel(Constant(), devices)(2).tolist() == [2, 2]


def test_one_device_takes_the_module_itself(devices):
    model = made(devices).to(devices[1])
    wrapped = nn.DataParallel(model, devices[1:])
    assert places(wrapped(minitorch.randn(3, 3).to(devices[0])), model[0].weight) == [devices[1]] * 2
    assert parallel.data_parallel(model, minitorch.randn(3, 3).to(devices[1]), devices[1:]).shape == (3, 2)


def test_scatter_and_gather(devices):
    x = minitorch.arange(6.0).reshape(2, 3)
    parts = parallel.scatter(x, devices, dim=1)
    assert isinstance(parts, tuple)
    assert [part.tolist() for part in parts] == [[[0, 1], [3, 4]], [[2], [5]]]
    assert places(*parts) == devices
    assert minitorch.equal(parallel.gather(parts, "cpu", dim=1), x)
    trees = parallel.scatter({"x": x, "n": (1, None)}, devices)
    assert [(tree["x"].tolist(), tree["n"]) for tree in trees] == [([[0, 1, 2]], (1, None)), ([[3, 4, 5]], (1, None))]
    assert parallel.scatter([], devices) == [[], []]


def test_what_is_refused(devices):
    model = nn.DataParallel(made(devices).to(devices[1]), devices)
    with pytest.raises(RuntimeError, match=f"must have its parameters and buffers on device {devices[0]}"):
        model(minitorch.randn(2, 3).to(devices[0]))
    with pytest.raises(AssertionError, match="number of modules 1 is not equal to the number of inputs 2"):
        parallel.parallel_apply([made(devices)], [1, 2])
    with pytest.raises(ValueError, match="same number of keys"):
        parallel.gather([{}, {"x": 1}], "cpu")
