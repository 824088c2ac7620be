"""Exact GELU in single precision against the standard library's erfc, near zero and far out."""

import math

import numpy as np
import pytest
from minitorch_numpy.backend import NumpyBackend

import minitorch
from minitorch.nn.functional import gelu as gelu_of_torch


def below(x):
    """The part of the normal distribution below x."""
    return math.erfc(-x / math.sqrt(2)) / 2


def gelu(x):
    return x * below(x)


def slope(x):
    return below(x) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("low, high, tolerance", [(-13, -5, 1.5e-6), (-5, 5, 1.5e-6), (4, 30, 2e-7)])
def test_relative_error(low, high, tolerance):
    values = np.linspace(low, high, 70001, dtype=np.float32)  # more than a block
    found = NumpyBackend().gelu(values)
    wanted = np.array([gelu(float(value)) for value in values])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=0)


@pytest.mark.parametrize("low, high", [(-30, -5), (-5, 5), (4, 30)])
def test_slope(low, high):
    values = np.linspace(low, high, 70001, dtype=np.float32)
    wanted = np.array([slope(float(value)) for value in values])
    found = NumpyBackend().gelu_slope(values, "none")
    np.testing.assert_allclose(found, wanted, rtol=0, atol=4e-7)
    np.testing.assert_allclose(found[values < -5], wanted[values < -5], rtol=1e-5, atol=1e-36)


def test_ends():
    values = np.array([[np.inf, -np.inf, np.nan], [0.0, 3e38, -3e38]], np.float32)
    np.testing.assert_array_equal(NumpyBackend().gelu(values), [[np.inf, 0, np.nan], [0, np.float32(3e38), 0]])
    np.testing.assert_array_equal(NumpyBackend().gelu_slope(values, "none"), [[1, 0, np.nan], [0.5, 1, 0]])


def test_any_shape_strides_and_dtype():
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4) - 12
    backend = NumpyBackend()
    np.testing.assert_array_equal(backend.gelu(values.transpose(2, 0, 1)), backend.gelu(values).transpose(2, 0, 1))
    assert backend.gelu(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert backend.gelu(np.array(0.0, np.float32)).shape == ()
    wide = values.astype(np.float64)
    np.testing.assert_allclose(backend.gelu(wide), [[[gelu(x) for x in row] for row in part] for part in wide], 1e-13)


@pytest.mark.parametrize("ends", [(), (np.inf, -np.inf, np.nan, 3e38, -3e38)])
def test_with_slope(ends):
    values = np.append(np.linspace(-30, 30, 70001, dtype=np.float32), np.array(ends, np.float32))
    backend = NumpyBackend()
    result, slope = backend.gelu_with_slope(values)
    np.testing.assert_array_equal(result, backend.gelu(values))
    np.testing.assert_array_equal(slope, backend.gelu_slope(values, "none"))
    matrix = values[:70000].reshape(700, 100)
    result, slope = backend.gelu_with_slope(matrix.T)
    np.testing.assert_array_equal(result, backend.gelu(matrix).T)
    np.testing.assert_array_equal(slope, backend.gelu_slope(matrix, "none").T)
    assert backend.gelu_with_slope(values.astype(np.float64))[1] is None


def test_the_slope_that_the_kernel_found_is_the_derivative():
    values = minitorch.linspace(-7, 7, 2001)
    x = values.clone().requires_grad_()
    y = gelu_of_torch(x)
    assert y.grad_fn.out is not None
    assert y.grad_fn._saved_self is x and not hasattr(y.grad_fn, "_saved_result")
    y.mul_(2)  # of the result itself the derivative reads nothing
    (first,) = minitorch.autograd.grad(y.sum(), x, retain_graph=True)
    (again,) = minitorch.autograd.grad(y.sum(), x, create_graph=True)  # on the tape the slope is computed from x
    wanted = 2 * np.vectorize(slope)(values.numpy().astype(np.float64))
    np.testing.assert_allclose(first.numpy(), wanted, rtol=0, atol=1e-6)
    np.testing.assert_allclose(again.detach().numpy(), wanted, rtol=0, atol=1e-6)
    (second,) = minitorch.autograd.grad(again.sum(), x)
    bell = np.exp(-(values.numpy().astype(np.float64) ** 2) / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(second.numpy(), 2 * bell * (2 - values.numpy() ** 2), rtol=0, atol=2e-5)


def test_hooks_on_saved_tensors_see_what_pytorch_saves():
    x, packed = minitorch.linspace(-2, 2, 1000).requires_grad_(), []

    def pack(tensor):
        packed.append(tensor)
        return tensor.detach().numpy().copy()

    with minitorch.autograd.graph.saved_tensors_hooks(pack, minitorch.from_numpy):
        y = gelu_of_torch(x)
    assert len(packed) == 1 and packed[0] is x
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.vectorize(slope)(x.detach().numpy()), rtol=0, atol=4e-7)
