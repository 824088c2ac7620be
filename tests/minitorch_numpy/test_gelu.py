"""Exact GELU in single precision against the standard library's erfc, near zero and far out."""

import math

import numpy as np
import pytest
from minitorch_numpy.backend import NumpyBackend


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
