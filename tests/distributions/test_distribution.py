"""What all distributions keep to: shapes, expand, subclasses, copies, and that samples have the moments that are said."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import distributions as d

double = minitorch.float64


def some(*values: float) -> minitorch.Tensor:
    return minitorch.tensor(values, dtype=double)


MATRIX = minitorch.tensor([[2.0, 0.5], [0.5, 1.0]], dtype=double)
SHARES = some(0.2, 0.5, 0.3)
TEMPERATURE = minitorch.tensor(0.7, dtype=double)

CONTINUOUS = {
    "Beta": lambda: d.Beta(some(1.5, 3.0), some(2.0, 1.2)),
    "Cauchy": lambda: d.Cauchy(some(0.5, -1.0), some(1.0, 2.0)),
    "Chi2": lambda: d.Chi2(some(2.5, 5.0)),
    "ContinuousBernoulli": lambda: d.ContinuousBernoulli(some(0.2, 0.5, 0.9)),
    "Exponential": lambda: d.Exponential(some(0.5, 2.0)),
    "FisherSnedecor": lambda: d.FisherSnedecor(some(6.0, 8.0), some(12.0, 16.0)),
    "Gamma": lambda: d.Gamma(some(1.3, 4.0), some(1.0, 2.0)),
    "GeneralizedPareto": lambda: d.GeneralizedPareto(some(0.0, 1.0, 0.0), some(1.0, 2.0, 1.0), some(-0.3, 0.1, 0.0)),
    "Gumbel": lambda: d.Gumbel(some(0.5, -1.0), some(1.0, 2.0)),
    "HalfCauchy": lambda: d.HalfCauchy(some(1.0, 2.0)),
    "HalfNormal": lambda: d.HalfNormal(some(1.0, 2.0)),
    "InverseGamma": lambda: d.InverseGamma(some(7.0, 9.0), some(1.0, 2.0)),
    "Kumaraswamy": lambda: d.Kumaraswamy(some(1.5, 3.0), some(2.0, 1.2)),
    "Laplace": lambda: d.Laplace(some(0.5, -1.0), some(1.0, 2.0)),
    "LogNormal": lambda: d.LogNormal(some(0.1, -0.5), some(0.3, 0.4)),
    "Normal": lambda: d.Normal(some(0.5, -1.0), some(1.0, 2.0)),
    "Pareto": lambda: d.Pareto(some(1.0, 2.0), some(7.0, 9.0)),
    "RelaxedBernoulli": lambda: d.RelaxedBernoulli(TEMPERATURE, some(0.3, 0.6)),
    "StudentT": lambda: d.StudentT(some(9.0, 12.0), some(0.5, -1.0), some(1.0, 2.0)),
    "Uniform": lambda: d.Uniform(some(-1.0, 2.0), some(0.5, 5.0)),
    "VonMises": lambda: d.VonMises(some(0.5, -1.0), some(1.0, 4.0)),
    "Weibull": lambda: d.Weibull(some(1.0, 2.0), some(1.5, 3.0)),
    "MixtureSameFamily": lambda: d.MixtureSameFamily(d.Categorical(SHARES), d.Normal(some(-1.0, 0.0, 2.0), some(0.5, 1.0, 0.7))),
}  # fmt: skip
DISCRETE = {
    "Bernoulli": lambda: d.Bernoulli(some(0.2, 0.7)),
    "Binomial": lambda: d.Binomial(7, some(0.2, 0.7)),
    "Categorical": lambda: d.Categorical(SHARES),
    "Geometric": lambda: d.Geometric(some(0.4, 0.7)),
    "NegativeBinomial": lambda: d.NegativeBinomial(some(3.0, 5.5), some(0.2, 0.5)),
    "Poisson": lambda: d.Poisson(some(0.7, 6.0)),
}
VECTORS = {
    "Dirichlet": lambda: d.Dirichlet(some(1.0, 2.0, 3.5)),
    "LogisticNormal": lambda: d.LogisticNormal(some(0.1, -0.5), some(0.3, 0.4)),
    "LowRankMultivariateNormal": lambda: d.LowRankMultivariateNormal(some(0.5, -1.0), some(1.0, 0.5)[:, None], some(0.5, 1.0)),
    "Multinomial": lambda: d.Multinomial(6, SHARES),
    "MultivariateNormal": lambda: d.MultivariateNormal(some(0.5, -1.0), MATRIX),
    "OneHotCategorical": lambda: d.OneHotCategorical(SHARES),
    "OneHotCategoricalStraightThrough": lambda: d.OneHotCategoricalStraightThrough(SHARES),
    "RelaxedOneHotCategorical": lambda: d.RelaxedOneHotCategorical(TEMPERATURE, SHARES),
    "Wishart": lambda: d.Wishart(some(5.0, 7.0), MATRIX),
    "LKJCholesky": lambda: d.LKJCholesky(3, some(0.8, 2.0)),
    "Independent": lambda: d.Independent(d.Normal(some(0.5, -1.0), some(1.0, 2.0)), 1),
}  # fmt: skip
ALL = CONTINUOUS | DISCRETE | VECTORS


def test_nothing_is_left_out():
    abstract = {"Distribution", "ExponentialFamily", "TransformedDistribution"}
    classes = {
        name
        for name in d.__all__
        if isinstance(getattr(d, name), type) and issubclass(getattr(d, name), d.Distribution)
    }
    assert classes - abstract == ALL.keys()


def test_it_is_imported_at_its_first_use():
    program = """
import sys, minitorch
assert "minitorch.distributions" not in sys.modules
minitorch.distributions.Normal(0.0, 1.0)
import minitorch.distributions as again
assert again is minitorch.distributions
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", ALL)
def test_shapes_and_moments_of_samples(name):
    """Over 20000 draws, within six standard errors of what mean and variance say."""
    one = ALL[name]()
    sample = one.sample((20000,))
    assert sample.shape == (20000, *one.batch_shape, *one.event_shape)
    assert not sample.requires_grad
    assert one.support.check(sample).all()
    assert one.log_prob(sample).shape == (20000, *one.batch_shape)
    try:
        mean, variance = one.mean, one.variance
    except NotImplementedError:
        return
    if name in ("Cauchy", "HalfCauchy", "Categorical"):
        assert not mean.isfinite().any() and not variance.isfinite().any()
    elif name == "VonMises":  # of angles on the circle
        np.testing.assert_allclose(1 - (sample - mean).cos().mean(0), variance, atol=0.02)
    else:
        assert ((sample.mean(0) - mean).abs() < 6 * (variance / 20000).sqrt() + 1e-12).all()
        np.testing.assert_allclose(sample.var(0), variance, rtol=0.25)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_densities_are_those_of_the_distribution_function(name):
    """exp(log_prob) is the derivative of cdf, and icdf its inverse, where there are any."""
    one = CONTINUOUS[name]()
    value = one.sample((5,)).requires_grad_()
    try:
        below = one.cdf(value)
    except NotImplementedError:
        assert name in ("Beta", "FisherSnedecor", "StudentT", "VonMises", "RelaxedBernoulli")
        return
    (density,) = minitorch.autograd.grad(below.sum(), value)
    np.testing.assert_allclose(density, one.log_prob(value.detach()).exp(), rtol=1e-6, atol=1e-9)
    try:
        again = one.icdf(below.detach())
    except NotImplementedError:
        assert name in ("Chi2", "Gamma", "InverseGamma", "MixtureSameFamily")
        return
    np.testing.assert_allclose(again, value.detach(), rtol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_probabilities_come_to_one(name):
    """By enumeration, or as the mean of p(x) / q(x) over draws from a q that is wider."""
    one = ALL[name]()
    if one.has_enumerate_support:
        total = one.log_prob(one.enumerate_support()).exp().sum(0)
    elif name in DISCRETE:
        counts = minitorch.arange(400, dtype=double).reshape(-1, *[1] * len(one.batch_shape))
        total = one.log_prob(counts).exp().sum(0)
    elif name in CONTINUOUS:
        total = integral(one)
    else:
        return
    np.testing.assert_allclose(total, 1, rtol=2e-3)


def integral(one: Any) -> Any:
    """Of the density, by the midpoint rule in a variable that leads to the support."""
    grid = minitorch.linspace(-40, 40, 40001, dtype=double)
    if one.support is minitorch.distributions.constraints.real or isinstance(one, d.MixtureSameFamily):
        if isinstance(one, d.VonMises):
            grid = minitorch.linspace(-np.pi, np.pi, 10001, dtype=double)
        x, stretch = grid.sinh() if isinstance(one, d.Cauchy) else grid, 1.0
        stretch = grid.cosh() if isinstance(one, d.Cauchy) else stretch
        value = x.reshape(-1, *[1] * len(one.batch_shape))
        stretch = stretch if isinstance(stretch, float) else stretch.reshape(value.shape)
        return (one.log_prob(value).exp() * stretch).sum(0) * (grid[1] - grid[0])
    wide = grid.reshape(-1, 1).expand(-1, *one.batch_shape)
    transform = unbounded(one)
    value = transform(wide)
    inside = one.support.check(value) & value.isfinite()
    value = minitorch.where(inside, value, one.sample())
    density = (one.log_prob(value) + transform.log_abs_det_jacobian(wide, value)).exp()
    return minitorch.where(inside, density, 0.0).sum(0) * (grid[1] - grid[0])


def unbounded(one: Any) -> Any:
    """The transform from all numbers to the support."""
    upper = getattr(one.support, "upper_bound", None)
    if isinstance(upper, minitorch.Tensor) and upper.isinf().any():  # some end nowhere
        end = minitorch.where(upper.isinf(), 1e3, upper)
        return d.biject_to(d.constraints.interval(one.support.lower_bound, end))
    return d.biject_to(one.support)


@pytest.mark.parametrize("name", ALL)
def test_copies_and_expansions_are_equal(name):
    one = ALL[name]()
    value = one.sample((3,))
    wide = one.expand((4, 3, *one.batch_shape))
    assert type(wide) is type(one)
    assert wide.sample((2,)).shape == (2, 4, 3, *one.batch_shape, *one.event_shape)
    np.testing.assert_array_equal(wide.log_prob(value)[0], one.log_prob(value))
    for again in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert repr(again) == repr(one)
        np.testing.assert_array_equal(again.log_prob(value), one.log_prob(value))


@pytest.mark.parametrize("name", ALL)
def test_a_subclass_with_an_init_of_its_own_says_how_to_expand(name):
    one = ALL[name]()
    kind = type(one)
    plain = type("Plain", (kind,), {})
    own = type("Own", (kind,), {"__init__": lambda self: None})
    for derived in (plain, own):
        made = object.__new__(derived)
        vars(made).update(vars(one))
        if derived is own:
            with pytest.raises(NotImplementedError, match="must also define a custom"):
                made.expand((2, *one.batch_shape))
        else:
            assert type(made.expand((2, *one.batch_shape))) is plain


def test_a_subclass_as_people_write_them():
    class Shifted(d.Normal):
        def __init__(self, shift, validate_args=None):
            self.shift = shift
            super().__init__(shift + 1.0, 1.0, validate_args=validate_args)

        def expand(self, batch_shape, _instance=None):
            new = self._get_checked_instance(Shifted, _instance)
            new.shift = self.shift.expand(batch_shape)
            return super().expand(batch_shape, _instance=new)

    wide = Shifted(minitorch.zeros(3)).expand((2, 3))
    assert wide.shift.shape == wide.loc.shape == wide.batch_shape == (2, 3)
    assert wide.mean.tolist() == [[1.0] * 3] * 2


def test_modes_at_the_ends():
    assert d.Dirichlet(minitorch.ones(3)).mode.isnan().all()  # all shares are as likely
    assert d.Dirichlet(minitorch.ones(3) / 2).mode.tolist() == [1.0, 0.0, 0.0]
    assert d.Bernoulli(minitorch.tensor([0.5, 0.6])).mode.tolist()[1] == 1.0
    assert d.Bernoulli(0.5).mode.isnan()


def test_checks_can_be_turned_off():
    value = minitorch.tensor(-1.0)
    with pytest.raises(ValueError, match="within the support"):
        d.Exponential(1.0).log_prob(value)
    assert d.Exponential(1.0, validate_args=False).log_prob(value).item() == 1.0
    d.Distribution.set_default_validate_args(False)
    try:
        assert d.Exponential(-1.0).rate.item() == -1.0
    finally:
        d.Distribution.set_default_validate_args(True)


def test_lazy_parameters_belong_to_the_tape_of_whoever_asks():
    probs = minitorch.tensor([0.2, 0.7], requires_grad=True)
    one = d.Bernoulli(probs)
    with minitorch.no_grad():
        logits = one.logits
    assert logits.requires_grad and one.logits is logits
    assert type(d.Bernoulli.logits).__name__ == "_LazyOfClass"


def test_divergences_are_expected_differences():
    p, q = d.Gamma(some(2.0), some(1.0)), d.Gamma(some(3.0), some(2.0))
    value = p.sample((40000,))
    assert (p.log_prob(value) - q.log_prob(value)).mean().item() == pytest.approx(
        d.kl_divergence(p, q).item(), rel=0.06
    )


def test_an_ambiguous_divergence_warns_once_told_which_not():
    class First(d.Normal):
        pass

    class Second(d.Normal):
        pass

    registry = d.kl_divergence.__globals__["_KL_REGISTRY"]
    before = dict(registry)
    try:
        d.register_kl(First, d.Normal)(lambda p, q: "first")
        d.register_kl(d.Normal, Second)(lambda p, q: "second")
        with pytest.warns(
            RuntimeWarning, match=r"Ambiguous kl_divergence\(First, Second\). Please register_kl\(First, Second\)"
        ):
            assert d.kl_divergence(First(0.0, 1.0), Second(0.0, 1.0)) == "first"
        d.register_kl(First, Second)(lambda p, q: "both")
        assert d.kl_divergence(First(0.0, 1.0), Second(0.0, 1.0)) == "both"
        assert d.kl_divergence(Second(0.0, 1.0), First(0.0, 1.0)).item() == 0.0
    finally:
        registry.clear()
        d.register_kl(d.Normal, d.Normal)(before[d.Normal, d.Normal])
        registry.update(before)


def test_wishart_draws_singular_ones_again(monkeypatch):
    one = d.Wishart(some(5.0), MATRIX)
    bad, good = minitorch.zeros(1, 2, 2, dtype=double), MATRIX[None]
    draws = iter([bad, good])
    monkeypatch.setattr(one, "_bartlett_sampling", lambda shape: next(draws), raising=False)
    with pytest.warns(UserWarning, match="Singular sample"):
        assert one.sample().tolist() == good.tolist()


def test_on_another_backend():
    """Parameters on a device of another library give results there."""
    with minitorch.use_backend("array_api_strict"):
        shape = minitorch.tensor([1.5], requires_grad=True)
        one = d.Gamma(shape, minitorch.tensor([2.0]))
        value = one.rsample((3,))
        value.sum().backward()
        assert shape.grad.shape == (1,)
        assert one.log_prob(value.detach()).isfinite().all()
        one = d.MultivariateNormal(minitorch.zeros(2), minitorch.eye(2))
        assert one.log_prob(one.sample((3,))).shape == (3,)
