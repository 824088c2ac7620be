"""Tensors of several backends in one program: copies between devices, gradients through them, state dicts, errors when mixed."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch import backends, nn
from minitorch.backend import Device
from minitorch.errors import DeviceMismatch

PLACES = backends.places()
OTHERS = [place for place in PLACES if place != "numpy/cpu"]


@pytest.mark.parametrize("place", PLACES)
def test_there_and_back(place: str) -> None:
    x = minitorch.randn(2, 3)
    there = x.to(place)
    assert there.device is Device(place)
    assert type(there._array) is type(Device(place).backend.from_host(np.ones(1), minitorch.float32, Device(place)))
    back = there.to("numpy/cpu")
    assert back.device is x.device and back.tolist() == x.tolist()
    assert there.to(there.device) is there
    assert there.to(there).device is there.device
    assert x.to(there).device is there.device


@pytest.mark.parametrize("place", OTHERS)
def test_cpu_means_the_cpu_of_the_default_backend(place: str) -> None:
    there = minitorch.ones(2, device=place)
    assert there.cpu().device is Device("numpy/cpu")
    name = Device(place).backend.name
    with minitorch.use_backend(name):
        types = Device(place).backend.device_types
        assert there.cpu().device is Device(f"{name}/cpu" if "cpu" in types else "numpy/cpu")


@pytest.mark.parametrize("place", OTHERS)
def test_gradients_go_through_a_move(place: str) -> None:
    x = minitorch.tensor([1.0, 2.0], requires_grad=True)
    there = x.to(place, minitorch.float64)
    weight = minitorch.tensor([3.0, 4.0], device=place, dtype=minitorch.float64, requires_grad=True)
    (there * weight).cpu().sum().backward()
    assert x.grad is not None and x.grad.device is x.device and x.grad.dtype is minitorch.float32
    assert x.grad.tolist() == [3.0, 4.0]
    assert weight.grad is not None and weight.grad.device is weight.device
    assert weight.grad.tolist() == [1.0, 2.0]


def test_a_network_may_lie_on_all_of_them() -> None:
    """One layer a device: forward goes through all of them and backward goes home."""
    minitorch.manual_seed(0)
    layers = [nn.Linear(3, 3).to(place) for place in PLACES]
    x = minitorch.randn(2, 3, requires_grad=True)
    y = x
    for layer, place in zip(layers, PLACES, strict=True):
        y = layer(y.to(place)).tanh()
    y.cpu().sum().backward()
    together = [nn.Linear(3, 3) for _ in PLACES]
    for one, other in zip(together, layers, strict=True):
        one.load_state_dict({name: value.cpu() for name, value in other.state_dict().items()})
    again = x.detach().requires_grad_()
    z = again
    for layer in together:
        z = layer(z).tanh()
    z.sum().backward()
    assert x.grad is not None and again.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), again.grad.numpy(), rtol=1e-5)
    for layer, place in zip(layers, PLACES, strict=True):
        assert layer.weight.grad.device is Device(place)


@pytest.mark.parametrize("target", PLACES)
@pytest.mark.parametrize("source", PLACES)
def test_a_state_dict_loads_on_any_backend(source: str, target: str) -> None:
    def make(place: str) -> nn.Module:
        return nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)).to(place)

    one, other = make(source), make(target)
    one(minitorch.randn(5, 4).to(source))  # moves the running statistics
    other.load_state_dict(one.state_dict())
    for name, value in other.state_dict().items():
        assert value.device is Device(target)
        assert value.tolist() == one.state_dict()[name].tolist(), name
    x = minitorch.randn(5, 4)
    one.eval(), other.eval()
    np.testing.assert_allclose(
        other(x.to(target)).cpu().detach().numpy(), one(x.to(source)).cpu().detach().numpy(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("place", OTHERS)
def test_devices_dont_mix(place: str) -> None:
    here, there = minitorch.ones(2), minitorch.ones(2, device=place)
    for mix in (
        lambda: here + there,
        lambda: there * here,
        lambda: minitorch.cat([here, there]),
        lambda: here.add_(there),
    ):
        with pytest.raises(DeviceMismatch, match="Expected all tensors to be on the same device") as caught:
            mix()
        for part in ("numpy/cpu", Device(place).qualified, "hint:     move them first, for example with tensor.to("):
            assert part in str(caught.value)
    assert here.tolist() == [1.0, 1.0]
