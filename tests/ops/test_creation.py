"""Of which dtype and where new tensors are."""

from __future__ import annotations

import pytest

import minitorch


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(True, minitorch.bool), (3, minitorch.int64), (3.0, minitorch.float32), (3j, minitorch.complex64)],
)
def test_full_has_the_dtype_of_its_value(value, dtype):
    made = minitorch.full((2,), value)
    assert made.dtype is dtype and made.tolist() == [value, value]
    assert minitorch.full((2,), value, dtype=minitorch.complex128).dtype is minitorch.complex128


@pytest.mark.parametrize("name", ["zeros_like", "ones_like", "empty_like", "rand_like", "randn_like"])
def test_what_is_like_a_tensor_is_where_it_is(name):
    pytest.importorskip("array_api_strict")
    with minitorch.use_backend("array_api_strict"):
        elsewhere = minitorch.ones(2, 3, dtype=minitorch.float64)
    made = getattr(minitorch, name)(elsewhere)
    assert made.device == elsewhere.device != minitorch.ones(1).device
    assert made.shape == (2, 3) and made.dtype is minitorch.float64


def test_what_is_like_a_tensor_goes_where_it_is_told_to():
    pytest.importorskip("array_api_strict")
    with minitorch.use_backend("array_api_strict"):
        place = minitorch.ones(1).device
    made = minitorch.full_like(minitorch.ones(2), 3, device=place)
    assert made.device == place and made.tolist() == [3, 3]
