"""How gamma and Dirichlet samples move with their parameters, against values that mpmath gave with 50 digits."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch

# shape, number drawn, -(dF / d shape) / (dF / d number)
GAMMA = [
    (0.001, 1e-09, 2.0147693926261681e-5), (0.001, 1.0, 597.22297749594487), (0.05, 0.02, 1.3993036008232004),
    (0.5, 1e-06, 2.7704020422116588e-5), (0.5, 0.5, 1.3373525943353347), (0.5, 4.0, 3.2062683672150201),
    (1, 0.6, 0.89432347640905098), (1, 12.0, 3.1394484478284524), (3, 0.1, 0.12186533324500185),
    (3, 2.5, 0.96336182883997331), (3, 9.0, 1.7397554120638797), (40, 25.0, 0.78658537151811019),
    (40, 41.0, 1.0166258763799657), (40, 70.0, 1.3111714032468077), (5000, 4800.0, 0.97976052490740474),
    (5000, 5200.0, 1.019772532220178),
]  # fmt: skip

# share, its concentration, the sum of all, the same over (1 - share)
SHARES = [
    (1e-06, 0.05, 1.05, 0.00027631048746977292), (0.3, 0.05, 0.09, 73.906902339019626),
    (0.9999, 0.05, 0.09, 223.69327127989817), (0.5, 0.5, 1.0, 1.831931188354438), (0.01, 1, 3.5, 0.039983633135028675),
    (0.7, 1, 3.5, 0.57440331702635554), (0.25, 2.0, 8.0, 0.14154617937240464), (0.6, 2.0, 8.0, 0.21462258662381992),
    (0.999, 5.0, 5.5, 0.20984412788902828), (0.3, 30, 100.0, 0.010089336864100978), (0.35, 30, 100.0, 0.010888337148886068),
    (0.004, 5, 1000.0, 0.00092301509956476885), (0.52, 2000, 4000.0, 0.000254977336690996),
]  # fmt: skip


def columns(table: list, dtype: minitorch.dtype) -> list:
    return [minitorch.tensor(column, dtype=dtype) for column in zip(*table, strict=True)]


@pytest.mark.parametrize(("dtype", "digits"), [(minitorch.float64, 1e-11), (minitorch.float32, 3e-6)])
def test_gamma(dtype, digits):
    shape, drawn, exact = columns(GAMMA, dtype)
    found = minitorch._standard_gamma_grad(shape, drawn)
    np.testing.assert_allclose(found.numpy(), exact.numpy(), rtol=digits)


@pytest.mark.parametrize(("dtype", "digits"), [(minitorch.float64, 1e-11), (minitorch.float32, 3e-6)])
def test_shares(dtype, digits):
    share, concentration, total, exact = columns(
        [row for row in SHARES if dtype is minitorch.float64 or row[0] < 0.99], dtype
    )
    found = minitorch._dirichlet_grad(share, concentration, total)
    np.testing.assert_allclose(found.numpy(), exact.numpy(), rtol=digits)


def test_two_shares_are_one_beta():
    """A share that grows makes the other one shrink by as much."""
    concentration = minitorch.tensor([0.7, 2.0], dtype=minitorch.float64, requires_grad=True)
    drawn = minitorch._sample_dirichlet(concentration)
    first, second = (minitorch.autograd.grad(part, concentration, retain_graph=True)[0] for part in drawn)
    np.testing.assert_allclose(first.numpy(), -second.numpy(), rtol=1e-9)
    slope = minitorch._dirichlet_grad(drawn[0].detach(), concentration[0].detach(), concentration.sum().detach())
    assert float(first[0]) == pytest.approx(float(slope * (1 - drawn[0])), rel=1e-12)


def test_the_mean_of_the_gradients_is_the_gradient_of_the_mean():
    """E[x^2] of Gamma(a, 1) is a (a + 1), so its derivative is 2 a + 1; E[share] is a_0 / total."""
    shape = minitorch.tensor(1.7, dtype=minitorch.float64, requires_grad=True)
    minitorch.distributions.Gamma(shape, 1.0).rsample((20000,)).square().mean().backward()
    assert shape.grad.item() == pytest.approx(2 * 1.7 + 1, rel=0.03)
    concentration = minitorch.tensor([0.8, 1.5, 2.7], dtype=minitorch.float64, requires_grad=True)
    minitorch.distributions.Dirichlet(concentration).rsample((20000,))[:, 0].mean().backward()
    assert concentration.grad.tolist() == pytest.approx([4.2 / 25, -0.8 / 25, -0.8 / 25], rel=0.05)


def test_there_is_no_second_derivative():
    shape = minitorch.ones(3, requires_grad=True)
    (first,) = minitorch.autograd.grad(minitorch._standard_gamma(shape).sum(), shape, create_graph=True)
    with pytest.raises(RuntimeError, match="derivative for _standard_gamma_grad is not implemented"):
        first.sum().backward()


def test_tiny_shapes_and_numbers():
    """Nothing overflows on the way, and dx/da goes with x / a where both are tiny."""
    numbers = minitorch.tensor([5e-324, 1e-300, 1e-30, 1e-6, 1.0, 1e6, 1e15], dtype=minitorch.float64)
    assert minitorch._standard_gamma_grad(numbers[1:, None], numbers).isfinite().all()
    share = minitorch.tensor([1e-300, 1e-10, 0.5, 1.0], dtype=minitorch.float64)
    concentrations = minitorch.tensor([1e-200, 1e-8, 1.0, 1e6], dtype=minitorch.float64)[:, None]
    for others in (1e-8, 1.0, 1e10):
        assert minitorch._dirichlet_grad(share, concentrations, concentrations + others).isfinite().all()


def test_edges():
    zero, one = minitorch.zeros(()), minitorch.ones(())
    assert minitorch._standard_gamma_grad(one, zero).item() == 0
    assert minitorch._standard_gamma_grad(-one, one).isnan()
    assert minitorch._dirichlet_grad(one / 2, one, one).isnan()
    assert minitorch._dirichlet_grad(zero, one, 2 * one).item() == 0
    assert minitorch._dirichlet_grad(one, one, 2 * one).isfinite()
