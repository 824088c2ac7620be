"""ReLU on arrays of any size, and on what is no number."""

import numpy as np
import pytest
from minitorch_numpy.backend import ROW

import minitorch


@pytest.mark.parametrize("size", [5, ROW - 1, ROW, ROW + 1, 5 * ROW + 7])
@pytest.mark.parametrize("dtype", [minitorch.float32, minitorch.float64])
def test_relu_and_its_gradient(size, dtype):
    values = np.random.default_rng(0).standard_normal(size)
    values[:5] = np.nan, np.inf, -np.inf, 0.0, -0.0
    x = minitorch.tensor(values, dtype=dtype, requires_grad=True)
    out = x.relu()
    seed = np.linspace(-1, 1, size)
    seed[4] = np.inf
    out.backward(minitorch.tensor(seed, dtype=dtype))
    kind = x.grad.numpy().dtype
    np.testing.assert_array_equal(out.detach().numpy(), np.where(values < 0, 0, values).astype(kind))
    np.testing.assert_array_equal(x.grad.numpy(), np.where(values <= 0, 0, seed).astype(kind))
