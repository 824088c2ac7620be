"""Products: what they say when shapes don't fit, what they leave in memory, and notations that the templates don't try."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch.nn import functional as F


def text_of(call) -> str:
    with pytest.raises(RuntimeError) as raised:
        call()
    return str(raised.value)


def test_a_mismatch_names_shapes_and_remedy():
    text = text_of(lambda: minitorch.zeros(2, 3) @ minitorch.zeros(4, 5))
    assert text.splitlines()[0] == "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"
    assert "[2, 3] @ [4, 5]" in text
    assert "transposed: try .mT" in text_of(lambda: minitorch.zeros(2, 3) @ minitorch.zeros(4, 3))
    assert "in_features" in text_of(lambda: F.linear(minitorch.zeros(2, 3), minitorch.zeros(4, 5)))
    assert "self must be a matrix" in text_of(lambda: minitorch.mm(minitorch.zeros(3), minitorch.zeros(3, 2)))


def test_factors_must_share_a_dtype():
    assert "same dtype" in text_of(lambda: minitorch.zeros(2, 2) @ minitorch.zeros(2, 2, dtype=minitorch.float64))


def test_beta_of_zero_does_not_look_at_the_input():
    input = minitorch.full((2, 2), float("nan"))
    eye = minitorch.eye(2)
    assert minitorch.addmm(input, eye, eye, beta=0).tolist() == eye.tolist()


def test_the_gradient_of_a_weight_is_its_own_contiguous_memory():
    """So that the leaf keeps it without a copy, and an optimizer walks through it in order."""
    weight = minitorch.randn(4, 3, requires_grad=True)
    F.linear(minitorch.randn(5, 3), weight, minitorch.randn(4)).sum().backward()
    assert weight.grad.is_contiguous() and weight.grad._array.base is None


@pytest.mark.parametrize("dtype", [minitorch.float16, minitorch.bfloat16])
def test_narrow_floats_are_multiplied_in_float32(dtype):
    pytest.importorskip("ml_dtypes")
    ones = minitorch.ones(1, 3000, dtype=dtype)
    product = ones @ ones.mT
    assert product.dtype is dtype and abs(float(product) - 3000) <= 8


def test_one_product_for_a_batch_that_shares_its_factor():
    x = np.random.default_rng(0).standard_normal((3, 4, 5))
    weight = np.random.default_rng(1).standard_normal((5, 2))
    assert np.allclose((minitorch.tensor(x) @ minitorch.tensor(weight)).numpy(), x @ weight)
    turned = minitorch.tensor(x).transpose(0, 1)
    assert np.allclose((turned @ minitorch.tensor(weight)).numpy(), x.transpose(1, 0, 2) @ weight)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("bhqd,bhkd->bhqk", ((2, 2, 3, 4), (2, 2, 5, 4))),
        ("ijk,ilm,njm,nlk,abc->", ((2, 3, 2), (2, 3, 4), (2, 3, 4), (2, 3, 2), (2, 2, 2))),
        ("i...,j...->ij...", ((2, 3), (4, 3))),
        ("iji->j", ((3, 2, 3),)),
        ("...,...", ((2, 3), (3,))),
        ("ij,ij->ij", ((1, 3), (2, 3))),
        (",->", ((), ())),
        ("Aa,aB", ((2, 3), (3, 2))),
        ("ij,jk->ik", ((2, 0), (0, 2))),
    ],
)
def test_einsum_is_numpys(equation, shapes):
    generator = np.random.default_rng(0)
    arrays = [generator.standard_normal(shape) for shape in shapes]
    result = minitorch.einsum(equation, *[minitorch.tensor(array) for array in arrays])
    assert np.allclose(result.numpy(), np.einsum(equation, *arrays))


def test_einsum_with_lists_of_dims():
    a, b = minitorch.randn(2, 3), minitorch.randn(3, 4)
    assert minitorch.allclose(minitorch.einsum(a, [0, 1], b, [1, 2], [0, 2]), a @ b, atol=1e-6)
    assert minitorch.allclose(minitorch.einsum(a, [..., 1], a, [..., 1], [...]), (a * a).sum(1), atol=1e-6)


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("ij,jk", "fewer operands"),
        ("ijk->i", "does not match the number of dimensions"),
        ("ij->ijk", "does not appear in the equation"),
        ("i$->i", "invalid subscript"),
        ("ii->i", "is repeated for operand 0"),
        ("ij->ii", "appears more than once"),
    ],
)
def test_einsum_says_what_is_wrong(equation, message):
    assert message in text_of(lambda: minitorch.einsum(equation, minitorch.zeros(2, 3)))
