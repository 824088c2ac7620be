"""Values at edges that samples don't reach: nan, infinities, ties, zeros among factors, far ends of special functions."""

from __future__ import annotations

import math

import pytest

import minitorch
from minitorch import special, tensor

nan, inf = math.nan, math.inf


def same(result, expected: list) -> bool:
    return minitorch.allclose(result, tensor(expected, dtype=result.dtype), equal_nan=True)


@pytest.fixture(params=["numpy", "array_api_strict"])
def backend(request):
    pytest.importorskip(request.param)
    with minitorch.use_backend(request.param):
        yield request.param


def test_running_extremes_keep_nan_and_point_to_the_last_of_equal_ones(backend):
    values, places = tensor([1.0, 1.0, nan, 5.0, nan]).cummax(0)
    assert same(values, [1, 1, nan, nan, nan]) and places.tolist() == [0, 1, 2, 2, 4]
    assert tensor([2, 3, 2, 1]).cummin(0).indices.tolist() == [0, 0, 2, 3]


def test_running_log_sums_begin_with_nothing(backend):
    assert same(tensor([-inf, 0.0, 0.0]).logcumsumexp(0), [-inf, 0.0, math.log(2)])


def test_nothing_is_above_nan_in_a_search(backend):
    edges = tensor([1.0, 2.0, nan])
    assert minitorch.searchsorted(edges, tensor([0.0, 2.0, 3.0, nan])).tolist() == [0, 1, 3, 3]
    assert minitorch.searchsorted(edges, tensor([2.0, nan]), right=True).tolist() == [3, 3]


def test_a_product_of_scattered_values_divides_by_no_zero(backend):
    x = tensor([2.0, 3.0], requires_grad=True)
    source = tensor([0.0, 4.0, 0.0, 5.0], requires_grad=True)
    x.scatter_reduce(0, tensor([0, 0, 1, 1]), source, "prod").sum().backward()
    assert x.grad.tolist() == [0, 0]
    assert source.grad.tolist() == [8, 0, 15, 0]


def test_equal_scattered_extremes_share_the_gradient(backend):
    x = tensor([2.0, 0.0], requires_grad=True)
    source = tensor([2.0, 2.0, 1.0], requires_grad=True)
    x.scatter_reduce(0, tensor([0, 0, 1]), source, "amax").sum().backward()
    assert same(x.grad, [1 / 3, 0]) and same(source.grad, [1 / 3, 1 / 3, 1])


def test_the_most_frequent_value_is_the_smallest_of_several(backend):
    assert [part.item() for part in tensor([3, 1, 3, 1, 2]).mode()] == [1, 3]


def test_medians_and_quantiles_with_nan(backend):
    x = tensor([3.0, nan, 1.0, 2.0])
    assert x.nanmedian().item() == 2 and x.nanmedian(0).indices.item() == 3
    assert math.isnan(tensor([nan, nan]).nanmedian().item())
    assert math.isnan(x.quantile(0.5).item()) and x.nanquantile(0.5).item() == 2


def test_distinct_values_of_nothing_and_of_nan(backend):
    assert minitorch.zeros(0).unique(return_counts=True)[1].tolist() == []
    assert minitorch.unique(tensor([nan, 1.0, nan])).numel() == 3  # nan equals nothing


def test_floats_next_to_each_other(backend):
    x = tensor([1.0, 1.0, 0.0, -inf, 2.0, 3.0], dtype=minitorch.float64)
    to = tensor([2.0, 0.0, 1.0, 0.0, 2.0, nan], dtype=minitorch.float64)
    expected = [math.nextafter(a, b) for a, b in zip(x.tolist(), to.tolist(), strict=True)]
    assert minitorch.equal(minitorch.nextafter(x, to)[:5], tensor(expected[:5], dtype=minitorch.float64))
    mantissa, exponent = minitorch.frexp(tensor([8.0, -0.3, 0.0, 5e-324, inf], dtype=minitorch.float64))
    assert mantissa.tolist() == [0.5, -0.6, 0.0, 0.5, inf] and exponent.tolist() == [4, -1, 0, -1073, 0]


def test_the_sign_of_zero_counts(backend):
    assert minitorch.signbit(tensor([-0.0, 0.0, -1.0])).tolist() == [True, False, True]
    assert minitorch.copysign(tensor([1.0, 2.0]), tensor([-0.0, 0.0])).tolist() == [-1, 2]


def test_the_other_number_where_one_is_nan(backend):
    assert same(minitorch.fmax(tensor([nan, 1.0, nan]), tensor([2.0, nan, nan])), [2, 1, nan])
    assert same(minitorch.xlogy(tensor([0.0, 0.0, 1.0]), tensor([0.0, nan, 0.0])), [0, nan, -inf])


def test_the_gamma_family_at_its_poles(backend):
    assert same(minitorch.lgamma(tensor([0.0, -1.0, 1.0, 2.0, inf])), [inf, inf, 0, 0, inf])
    assert same(minitorch.digamma(tensor([0.0, -1.0, inf])), [-inf, nan, inf])
    assert same(minitorch.polygamma(1, tensor([0.0, -1.0])), [inf, inf])
    assert same(special.zeta(tensor([1.0, 0.5, 2.0, 3.0]), tensor([2.0, 2.0, -1.0, -0.5])), [inf, nan, inf, 0.41439819])
    a, x = tensor([0.0, 0.0, 1.0, 1.0, inf, -1.0]), tensor([0.0, 1.0, 0.0, inf, 1.0, 1.0])
    assert same(minitorch.igamma(a, x), [nan, 1, 0, 1, 0, nan]) and same(
        minitorch.igammac(a, x), [nan, 0, 1, 0, 1, nan]
    )


def test_the_ends_of_the_normal_distribution(backend):
    assert same(minitorch.erfinv(tensor([-1.0, 0.0, 1.0, 2.0])), [-inf, 0, inf, nan])
    assert same(special.ndtri(tensor([0.0, 0.5, 1.0, -0.1])), [-inf, 0, inf, nan])
    assert same(special.log_ndtr(tensor([-100.0, 40.0])), [-5005.5242, 0])
    assert same(special.entr(tensor([0.0, -1.0, 1.0])), [0, -inf, 0])


def test_bessel_functions_at_0_and_far_out(backend):
    assert same(special.bessel_y0(tensor([0.0, -1.0, inf])), [-inf, nan, 0])
    assert same(special.modified_bessel_k0(tensor([0.0, -1.0, inf])), [inf, nan, 0])
    assert same(special.i1e(tensor([0.0, -inf, 1e30])), [0, 0, 0]) and same(
        special.bessel_j0(tensor([0.0, -inf])), [1, 0]
    )
    x = tensor(0.0, requires_grad=True)
    special.i1(x).backward()
    assert x.grad.item() == 0.5


@pytest.mark.parametrize("call", [
    lambda: minitorch.ones(3).tensor_split(2**40), lambda: minitorch.ones(3).combinations(2**20, True),
    lambda: special.legendre_polynomial_p(minitorch.ones(3), 2**40), lambda: minitorch.mvlgamma(minitorch.ones(3), 2**40),
    lambda: minitorch.ones(3).repeat_interleave(2**40), lambda: minitorch.tril_indices(2**20, 2**20),
])  # fmt: skip
def test_too_much_is_refused_before_it_is_begun(call):
    with pytest.raises((RuntimeError, ValueError, MemoryError)):
        call()


def test_no_tensor_is_refused_by_name():
    for call in (
        lambda: minitorch.kron(minitorch.ones(2), [1]),
        lambda: minitorch.meshgrid(3),
        lambda: minitorch.diff("x"),
    ):
        with pytest.raises(TypeError, match=r"\(\): argument '\w+' must be Tensor, not"):
            call()


@pytest.mark.parametrize(
    ("function", "at", "slope"),
    [
        (lambda x: x.clamp(0.0, 1.0), [0.0, 1.0, -0.5, 1.5], [1, 1, 0, 0]),
        (lambda x: x.clamp(tensor(0.0), tensor(1.0)), [0.0, 1.0, -0.5, 1.5], [1, 1, 0, 0]),
        (lambda x: x.relu(), [0.0, -0.0], [0, 0]),
        (lambda x: x.abs(), [0.0], [0]),
        (lambda x: minitorch.nn.functional.hardtanh(x, 0.0, 1.0), [0.0, 1.0], [0, 0]),
        (lambda x: minitorch.nn.functional.relu6(x), [0.0, 6.0], [0, 0]),
        (lambda x: minitorch.nn.functional.leaky_relu(x, 0.5), [0.0], [0.5]),
        (lambda x: minitorch.nn.functional.hardshrink(x, 1.0), [1.0, -1.0], [0, 0]),
        (lambda x: minitorch.nn.functional.softshrink(x, 1.0), [1.0, -1.0], [0, 0]),
        (lambda x: minitorch.nn.functional.hardsigmoid(x), [3.0, -3.0], [0, 0]),
        (lambda x: minitorch.nn.functional.threshold(x, 1.0, 0.0), [1.0], [0]),
        (lambda x: minitorch.maximum(x, tensor(1.0)), [1.0], [0.5]),
    ],
    ids=["clamp", "clamp by tensors", "relu", "abs", "hardtanh", "relu6", "leaky_relu", "hardshrink", "softshrink",
         "hardsigmoid", "threshold", "maximum"],
)  # fmt: skip
def test_the_slope_at_a_bend_is_pytorchs(function, at: list, slope: list):
    x = tensor(at, requires_grad=True)
    function(x).sum().backward()
    assert x.grad.tolist() == slope


def test_powers_of_zero_stay_as_the_exponent_moves():
    exponent = tensor([0.0, 0.5, 1.0, 2.0, -1.0], requires_grad=True)
    tensor([0.0]).pow(exponent).sum().backward()
    assert exponent.grad.tolist() == [0, 0, 0, 0, -inf]


def test_slopes_of_powers_of_whole_exponents():
    base = tensor([0.0, 3.0, 3.0, 3.0, 0.0], requires_grad=True)
    base.pow(tensor([0.0, 0.0, 1.0, 2.0, 1.0])).sum().backward()
    assert base.grad.tolist() == [0, 0, 1, 6, 1]


def test_softplus_is_straight_from_where_its_product_with_beta_passes_the_threshold():
    x = tensor([0.6, 0.4, 1.5], dtype=minitorch.float64, requires_grad=True)
    minitorch.nn.functional.softplus(x, beta=2.0, threshold=1.0).sum().backward()
    assert x.grad.tolist() == pytest.approx([1, 1 / (1 + math.exp(-0.8)), 1], rel=1e-12)


@pytest.mark.parametrize("dtype", [minitorch.float32, minitorch.float16])
def test_the_next_number_moves_with_the_one_it_is_next_to(dtype):
    number, toward = (tensor(values, dtype=dtype, requires_grad=True) for values in ([1.0, 2.0], [3.0, 1.0]))
    number.nextafter(toward).sum().backward()
    assert number.grad.tolist() == [1, 1] and toward.grad.tolist() == [0, 0]


@pytest.mark.parametrize(("function", "end"), [(minitorch.xlogy, 0.0), (special.xlog1py, -1.0)])
def test_nothing_times_a_logarithm_has_no_slope_where_there_is_no_logarithm(function, end):
    x = tensor([0.0, 0.0, 1.0], requires_grad=True)
    function(x, tensor([end, end - 1, end])).sum().backward()
    assert x.grad.tolist() == [0, 0, -inf]


def test_the_logit_has_a_slope_between_0_and_1_alone():
    x = tensor([-0.5, 0.5, 1.5], requires_grad=True)
    x.logit().sum().backward()
    assert same(x.grad, [nan, 4.0, nan])
