"""Losses that depend on what a factorization leaves open, the phases of its complex vectors, are refused at every size."""

from __future__ import annotations

import pytest

import minitorch
from minitorch import linalg

FACTORS = {
    "eigh": lambda a: linalg.eigh(a + a.mH)[1],
    "eig": lambda a: linalg.eig(a)[1],
    "svd": lambda a: linalg.svd(a)[0],
    "svd, right": lambda a: linalg.svd(a)[2],
}


@pytest.mark.parametrize("name", FACTORS)
@pytest.mark.parametrize("size", [1, 3])
def test_phases_have_no_derivative(name: str, size: int) -> None:
    minitorch.manual_seed(1)
    a = minitorch.randn(size, size, dtype=minitorch.complex128, requires_grad=True)
    vectors = FACTORS[name](a)
    with pytest.raises(RuntimeError, match=r"phi|ill-defined"):
        (vectors * (1 + 2j)).imag.sum().backward(retain_graph=True)
    vectors.abs().square().sum().backward()  # which depends on no phase
    assert a.grad is not None
