"""Products large enough for the paths that conformance's small samples never take."""

import numpy as np
import pytest

import minitorch

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("rows", "inner", "outputs"), [(1, 30, 4096), (8, 100, 512), (64, 50, 512), (65, 50, 512), (8, 1, 2048)]
)
def test_few_rows_by_a_transposed_weight(rows, inner, outputs, dtype):
    x, weight = (RNG.standard_normal(shape).astype(dtype) for shape in ((rows, inner), (outputs, inner)))
    bias = RNG.standard_normal(outputs).astype(dtype)
    expected = x.astype(np.float64) @ weight.astype(np.float64).T
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    kernels = minitorch.device("numpy/cpu").kernels
    for result, wanted in (
        (kernels.matmul(x, weight.T), expected),
        (kernels.linear(x, weight, bias), expected + bias),
        (kernels.matmul(np.asfortranarray(x), weight.T), expected),
    ):
        np.testing.assert_allclose(result, wanted, rtol=tolerance, atol=tolerance)
        assert result.dtype == dtype
        assert result.flags.c_contiguous, "a product is laid out in rows, whichever way it was computed"
