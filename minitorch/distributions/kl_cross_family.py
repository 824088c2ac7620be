"""Kullback-Leibler divergences of distributions of different families.

Most are -entropy(p) - E[log q(x)], written with the moments of p that log q needs.
"""

from __future__ import annotations

import math

import minitorch
from minitorch.distributions.bernoulli import Bernoulli
from minitorch.distributions.beta import Beta
from minitorch.distributions.binomial import Binomial
from minitorch.distributions.continuous_bernoulli import ContinuousBernoulli
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.exponential import Exponential
from minitorch.distributions.gamma import Gamma
from minitorch.distributions.gumbel import Gumbel
from minitorch.distributions.kl_registry import register_kl
from minitorch.distributions.laplace import Laplace
from minitorch.distributions.normal import Normal
from minitorch.distributions.parameters import euler_constant
from minitorch.distributions.pareto import Pareto
from minitorch.distributions.poisson import Poisson
from minitorch.distributions.uniform import Uniform
from minitorch.tensor import Tensor

where = minitorch.where

# --- Values of p that q can't give ---------------------------------------------------------------------------------------

IMPOSSIBLE: dict[type[Distribution], tuple[type[Distribution], ...]] = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}


def _infinite(p, q):
    """inf, since p gives values with positive probability that q doesn't."""
    return minitorch.full_like(p.mean, math.inf)


for _p, _others in IMPOSSIBLE.items():
    for _q in _others:
        register_kl(_p, _q)(_infinite)


# --- The expected log q(x), from moments of p ------------------------------------------------------------------------------


def _expected_exponential(q: Exponential, mean: Tensor) -> Tensor:
    return q.rate.log() - q.rate * mean


def _expected_gamma(q: Gamma, mean: Tensor, mean_log: Tensor) -> Tensor:
    a = q.concentration
    return a * q.rate.log() - a.lgamma() + (a - 1) * mean_log - q.rate * mean


def _expected_normal(q: Normal, mean: Tensor, variance: Tensor) -> Tensor:
    return -0.5 * (math.log(2 * math.pi) + ((mean - q.loc).pow(2) + variance) / q.variance) - q.scale.log()


def _expected_gumbel(q: Gumbel, mean: Tensor, mean_exp: Tensor) -> Tensor:
    """`mean_exp` is the expected exp(-x / q.scale)."""
    return -q.scale.log() - (mean - q.loc) / q.scale - (q.loc / q.scale).exp() * mean_exp


def _expected_continuous_bernoulli(q: ContinuousBernoulli, mean: Tensor) -> Tensor:
    return mean * q.logits + (-q.probs).log1p() + q._cont_bern_log_norm()


# --- From shares of 1 ----------------------------------------------------------------------------------------------------


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p, q):
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Beta, ContinuousBernoulli)
def _beta_continuous_bernoulli(p, q):
    return -p.entropy() - _expected_continuous_bernoulli(q, p.mean)


@register_kl(Beta, Exponential)
@register_kl(ContinuousBernoulli, Exponential)
@register_kl(Gamma, Exponential)
def _exponential(p, q):
    return -p.entropy() - _expected_exponential(q, p.mean)


@register_kl(Beta, Gamma)
def _beta_gamma(p, q):
    mean_log = p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    return -p.entropy() - _expected_gamma(q, p.mean, mean_log)


@register_kl(Beta, Normal)
@register_kl(ContinuousBernoulli, Normal)
@register_kl(Exponential, Normal)
@register_kl(Gamma, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Laplace, Normal)
@register_kl(Uniform, Normal)
def _normal(p, q):
    return -p.entropy() - _expected_normal(q, p.mean, p.variance)


@register_kl(Beta, Uniform)
def _beta_uniform(p, q):
    return where((q.low > 0) | (q.high < 1), math.inf, -p.entropy() + (q.high - q.low).log())


@register_kl(ContinuousBernoulli, Uniform)
def _continuous_bernoulli_uniform(p, q):
    """As in PyTorch inf also where the ends are 0 and 1 themselves."""
    return where((q.low >= 0) | (q.high <= 1), math.inf, -p.entropy() + (q.high - q.low).log())


# --- From positive numbers -----------------------------------------------------------------------------------------------


@register_kl(Exponential, Gamma)
def _exponential_gamma(p, q):
    return -p.entropy() - _expected_gamma(q, p.mean, -euler_constant - p.rate.log())


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p, q):
    product = p.rate * q.scale
    return -p.entropy() - _expected_gumbel(q, p.mean, product / (product + 1))


@register_kl(Gamma, Gumbel)
def _gamma_gumbel(p, q):
    mean_exp = (1 + (p.rate * q.scale).reciprocal()).pow(-p.concentration)
    return -p.entropy() - _expected_gumbel(q, p.mean, mean_exp)


def _pareto_moments(p: Pareto) -> tuple[Tensor, Tensor]:
    """Mean and variance, and where these are infinite numbers whose gradients aren't."""
    mean = p.alpha * p.scale / (p.alpha - 1)
    return mean, p.scale * mean / ((p.alpha - 1) * (p.alpha - 2))


@register_kl(Pareto, Exponential)
def _pareto_exponential(p, q):
    return where(p.alpha <= 1, math.inf, -p.entropy() - _expected_exponential(q, _pareto_moments(p)[0]))


@register_kl(Pareto, Gamma)
def _pareto_gamma(p, q):
    mean_log = p.scale.log() + p.alpha.reciprocal()
    return where(p.alpha <= 1, math.inf, -p.entropy() - _expected_gamma(q, _pareto_moments(p)[0], mean_log))


@register_kl(Pareto, Normal)
def _pareto_normal(p, q):
    return where(p.alpha <= 2, math.inf, -p.entropy() - _expected_normal(q, *_pareto_moments(p)))


# --- From all numbers ----------------------------------------------------------------------------------------------------


@register_kl(Normal, Gumbel)
def _normal_gumbel(p, q):
    mean_exp = (0.5 * (p.scale / q.scale).pow(2) - p.loc / q.scale).exp()
    return -p.entropy() - _expected_gumbel(q, p.mean, mean_exp)


@register_kl(Normal, Laplace)
def _normal_laplace(p, q):
    """The expected |x - loc| of normal x is that of the folded normal distribution."""
    distance = p.loc - q.loc
    ratio = distance / p.scale
    peak = math.sqrt(2 / math.pi) * p.scale * (-0.5 * ratio.pow(2)).exp()
    return -p.entropy() + (2 * q.scale).log() + (peak + distance * (math.sqrt(0.5) * ratio).erf()) / q.scale


# --- From an interval ----------------------------------------------------------------------------------------------------


def _mean_log(low: Tensor, high: Tensor) -> Tensor:
    """The expected log x of uniform x."""
    return (high.xlogy(high) - low.xlogy(low)) / (high - low) - 1


@register_kl(Uniform, Beta)
def _uniform_beta(p, q):
    a, b = q.concentration1, q.concentration0
    expected = (a - 1) * _mean_log(p.low, p.high) + (b - 1) * _mean_log(1 - p.high, 1 - p.low)
    divergence = -p.entropy() - expected + a.lgamma() + b.lgamma() - (a + b).lgamma()
    return where((p.high > 1) | (p.low < 0), math.inf, divergence)


@register_kl(Uniform, ContinuousBernoulli)
def _uniform_continuous_bernoulli(p, q):
    """As in PyTorch inf also where the ends are 0 and 1 themselves."""
    divergence = -p.entropy() - _expected_continuous_bernoulli(q, p.mean)
    return where((p.high >= 1) | (p.low <= 0), math.inf, divergence)


@register_kl(Uniform, Exponential)
def _uniform_exponential(p, q):
    return where(p.low < 0, math.inf, -p.entropy() - _expected_exponential(q, p.mean))


@register_kl(Uniform, Gamma)
def _uniform_gamma(p, q):
    divergence = -p.entropy() - _expected_gamma(q, p.mean, _mean_log(p.low, p.high))
    return where(p.low < 0, math.inf, divergence)


@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p, q):
    mean_exp = q.scale * ((-p.low / q.scale).exp() - (-p.high / q.scale).exp()) / (p.high - p.low)
    return -p.entropy() - _expected_gumbel(q, p.mean, mean_exp)


@register_kl(Uniform, Pareto)
def _uniform_pareto(p, q):
    expected = q.alpha.log() + q.alpha * q.scale.log() - (q.alpha + 1) * _mean_log(p.low, p.high)
    return where(p.low < q.scale, math.inf, -p.entropy() - expected)
