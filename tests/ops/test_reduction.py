"""Reductions where the templates have no sample: ties, zeros, nan, no elements, very many elements, narrow floats."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import minitorch

nan, inf = math.nan, math.inf


def gradient(function, values: list) -> list:
    x = minitorch.tensor(values, dtype=minitorch.float64, requires_grad=True)
    function(x).backward()
    return x.grad.tolist()


def test_equal_extremes_share_the_gradient_but_an_index_means_one():
    assert gradient(lambda x: x.max(), [1.0, 2.0, 2.0]) == [0, 0.5, 0.5]
    assert gradient(lambda x: x.amin(0), [1.0, 1.0, 2.0]) == [0.5, 0.5, 0]
    assert gradient(lambda x: x.max(0).values, [1.0, 2.0, 2.0]) == [0, 1, 0]
    assert gradient(lambda x: x.median(), [3.0, 1.0, 3.0]) == [0.5, 0, 0.5]


def test_nan_is_the_extreme():
    x = minitorch.tensor([1.0, nan, 2.0])
    assert math.isnan(x.max()) and math.isnan(x.amin()) and x.argmax() == 1 and x.min(0).indices == 1
    assert gradient(lambda x: x.max(), [1.0, nan, 2.0]) == [0, 1, 0]
    assert gradient(lambda x: x.nanmedian(), [1.0, nan, 3.0, 2.0]) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([2, 3, 4], [12, 8, 6]), ([0, 3, 4], [12, 0, 0]), ([0, 3, 0], [0, 0, 0]), ([5], [1])],
)
def test_prod_divides_by_no_zero(values, expected):
    assert gradient(lambda x: x.prod(), values) == expected


def test_cumprod_divides_by_no_zero():
    assert gradient(lambda x: x.cumprod(0).sum(), [2.0, 0.0, 3.0]) == [1, 2 + 6, 0]


def test_second_derivative_of_prod_with_a_zero():
    x = minitorch.tensor([0.0, 3.0, 4.0], dtype=minitorch.float64, requires_grad=True)
    (first,) = minitorch.autograd.grad(x.prod(), x, create_graph=True)
    (second,) = minitorch.autograd.grad(first[0], x)
    assert second.tolist() == [0, 4, 3]


def test_derivatives_at_corners():
    assert gradient(lambda x: x.norm(), [0.0, 0.0]) == [0, 0]
    assert gradient(lambda x: x.std(), [2.0, 2.0]) == [0, 0]
    assert gradient(lambda x: x.norm(inf), [3.0, -3.0, 1.0]) == [0.5, -0.5, 0]


def test_values_at_corners():
    assert minitorch.tensor([-inf, -inf]).logsumexp(0) == -inf
    assert minitorch.tensor([1e4, 1e4]).logsumexp(0) == 1e4 + math.log(2)
    assert math.isnan(minitorch.tensor([1.0]).var()) and math.isnan(minitorch.zeros(0).mean())
    assert minitorch.zeros(0).sum() == 0 and minitorch.zeros(0).prod() == 1 and minitorch.zeros(0, 2).all()
    assert minitorch.tensor([2, 3], dtype=minitorch.uint8).all().dtype is minitorch.uint8


def test_two_ways_to_say_var():
    x = minitorch.tensor([1.0, 2.0, 4.0])
    assert x.var(False) == x.var(unbiased=False) == x.var(0, False) == x.var(correction=0)
    assert x.std(0, True, True).shape == (1,)


def test_several_results_print_as_in_pytorch():
    expected = "torch.return_types.max(\nvalues=tensor([2.]),\nindices=tensor([1]))"
    assert repr(minitorch.tensor([[1.0, 2.0]]).max(1)) == expected


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin", "argmax", "argmin", "aminmax"])
def test_no_elements_have_no_extreme(name):
    with pytest.raises((RuntimeError, IndexError), match=r"reduction dim|no identity"):
        getattr(minitorch.zeros(0, 3), name)()
    with pytest.raises((RuntimeError, IndexError), match=r"non-zero size|no identity"):
        getattr(minitorch.zeros(0, 3), name)(dim=0)
    if name not in ("aminmax",):
        result = getattr(minitorch.zeros(0, 3), name)(dim=1)
        assert (result[0] if isinstance(result, tuple) else result).shape == (0,)


SHAPES = ((3000,), (100, 50), (5000, 3), (3, 5000), (10, 20, 30, 4), (4, 8, 9, 100), (9000, 1), (1, 9000))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_long_sums(shape):
    """NumPy's kernel adds long sums by BLAS, from several directions; none may lose its way or its precision."""
    values = np.random.default_rng(0).random(shape)
    x = minitorch.tensor(values, dtype=minitorch.float32)
    for count in range(1, len(shape) + 1):
        for dims in itertools.combinations(range(len(shape)), count):
            expected = values.astype(np.float32).astype(np.float64).sum(dims)
            assert np.allclose(x.sum(dims).numpy(), expected, rtol=2e-6)
            assert x.sum(dims, True).shape == tuple(1 if d in dims else n for d, n in enumerate(shape))


def test_a_float32_sum_of_a_million_rows_keeps_its_digits():
    x = minitorch.full((1_000_000, 2), 0.1)
    assert abs(float(x.sum(0)[0]) / 1e5 - 1) < 5e-6


@pytest.mark.parametrize("dtype", [minitorch.float16, minitorch.bfloat16])
def test_narrow_floats_are_summed_in_float32(dtype):
    pytest.importorskip("ml_dtypes")
    assert minitorch.ones(3000, dtype=dtype).mean() == 1
    assert minitorch.full((400,), 300.0, dtype=dtype).norm() == 6000 or dtype is minitorch.bfloat16
    assert minitorch.ones(300, dtype=dtype).sum() == 300 and minitorch.ones(300, dtype=dtype).sum().dtype is dtype


@pytest.mark.parametrize("size", [1e20, 1e-30, 1.0, 0.0])
@pytest.mark.parametrize("ord", [2, 3, 0.5])
@pytest.mark.parametrize("device", ["numpy/cpu", "array_api_strict/cpu"])
def test_norms_are_finite_where_squares_are_not(size: float, ord: float, device: str) -> None:
    pytest.importorskip("array_api_strict")
    x = minitorch.tensor([[3 * size, 4 * size], [0.0, size]], device=device, requires_grad=True)
    norm = minitorch.linalg.vector_norm(x, ord, 1)
    expected = [(3.0**ord + 4.0**ord) ** (1 / ord) * size, size]
    assert norm.tolist() == pytest.approx(expected, rel=3e-7)
    norm.sum().backward()
    assert bool(x.grad.isfinite().all())
