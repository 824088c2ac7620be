"""A few numbers go through a row's body one by one; what comes out is what arrays give."""

import numpy as np
import pytest
from minitorch_numpy.one_by_one import FEW_BY_BODY, NUMBERS

import minitorch
from minitorch.backend import WIDE
from minitorch.rows import OPS

EDGES = [0.0, -0.0, 1.0, -1.0, 0.3, -0.3, 2.5, -2.5, 7.9, -8.1, 31.0, -31.0, 1e30, -1e30, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(WIDE))
def test_one_number_is_as_good_as_many(name, dtype):
    kernels = minitorch.zeros(()).device.kernels
    operands = [p.name for p in OPS[name].operands]
    settings = [2] * len(OPS[name].settings)
    edges = np.array(EDGES)
    if len(operands) > 1:  # of two that are as large, no digit of a difference is left
        edges = edges[~(abs(edges) == 1e30)]
    grid = [a.astype(dtype) for a in np.meshgrid(*[edges] * len(operands))]
    many = getattr(kernels, name)(*grid, *settings)
    assert many.size > FEW_BY_BODY
    for place in np.ndindex(many.shape):
        one = getattr(kernels, name)(*[array[place] for array in grid], *settings)
        assert one.dtype == dtype and one.shape == ()
        np.testing.assert_allclose(one, many[place], rtol=1e-12 if dtype == np.float64 else 1e-6, atol=1e-300)


@pytest.mark.parametrize("name", sorted(set(WIDE) - {"lgamma"}))
def test_an_ordinary_number_needs_no_array(name):
    ordinary = [0.4] * len(OPS[name].operands) + [2] * len(OPS[name].settings)
    if name == "_dirichlet_grad":
        ordinary = [0.4, 0.5, 2.0]
    assert isinstance(WIDE[name](NUMBERS, *ordinary), float)


def test_the_result_lies_as_the_input_does():
    turned = minitorch.rand(2, 3).T
    assert minitorch.special.bessel_j0(turned).stride() == turned.stride()
