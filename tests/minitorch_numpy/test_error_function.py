"""erfc in single precision against the standard library's."""

import math

import numpy as np
import pytest
from minitorch_numpy.backend import NumpyBackend


def erfc(values):
    return NumpyBackend().erfc(values)


@pytest.mark.parametrize("low, high, tolerance", [(-6, 0.5, 5e-7), (0.5, 3, 1.5e-6), (3, 9, 8e-6)])
def test_relative_error(low, high, tolerance):
    values = np.linspace(low, high, 70001, dtype=np.float32)  # more than a block
    wanted = np.array([math.erfc(value) for value in values])
    found = erfc(values)
    assert found.dtype == np.float32
    assert (np.abs(found - wanted) / wanted).max() < tolerance


def test_ends():
    with np.errstate(all="raise", under="ignore"):
        values = np.array([[np.inf, -np.inf, np.nan], [0.0, -0.0, 3e38]], np.float32)
        np.testing.assert_array_equal(erfc(values), [[0, 2, np.nan], [1, 1, 0]])


def test_any_shape_and_strides():
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8
    np.testing.assert_array_equal(erfc(values.transpose(2, 0, 1)), erfc(values).transpose(2, 0, 1))
    assert erfc(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert erfc(np.array(0.0, np.float32)).shape == ()


def test_other_dtypes_are_as_they_were():
    values = np.linspace(-5, 20, 101)
    wanted = [math.erfc(value) for value in values]
    np.testing.assert_allclose(erfc(values), wanted, 1e-13)
    assert erfc(values.astype(np.float16)).dtype == np.float16
