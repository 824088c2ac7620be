"""Distributions to compare with PyTorch's: how each is made, in either library, and of which numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

RANDOM = np.random.default_rng(5)


def between(low: float, high: float, *shape: int) -> np.ndarray:
    return RANDOM.uniform(low, high, shape)


def shares(*shape: int) -> np.ndarray:
    return RANDOM.dirichlet(np.ones(shape[-1]), shape[:-1])


def positive_definite(*shape: int) -> np.ndarray:
    factor = RANDOM.normal(size=(*shape, shape[-1]))
    return factor @ np.swapaxes(factor, -1, -2) + np.eye(shape[-1])


def lower(*shape: int) -> np.ndarray:
    return np.linalg.cholesky(positive_definite(*shape))


class Case(NamedTuple):
    """`make(library, *parameters)` is the distribution; parameters arrive as float64 leaves that require gradients."""

    name: str
    make: Callable[..., Any]
    numbers: tuple[Any, ...]
    dtype: str = "float64"

    def __str__(self) -> str:
        return self.name


def of(kind: str, *numbers: Any, label: str = "", **settings: Any) -> Case:
    """A distribution with positional parameters."""
    return Case(kind + label, lambda t, *given: getattr(t.distributions, kind)(*given, **settings), numbers)


def named(kind: str, name: str, numbers: Any, *first: Any, **settings: Any) -> Case:
    """A distribution whose last parameter is given by name, after those that aren't differentiated."""

    def make(t: Any, given: Any) -> Any:
        before = [t.tensor(each, dtype=t.float64) if isinstance(each, np.ndarray) else each for each in first]
        return getattr(t.distributions, kind)(*before, **{name: given}, **settings)

    return Case(f"{kind}-{name}", make, (numbers,))


def several(kind: str, first: str, **parameters: np.ndarray) -> Case:
    """A distribution with all parameters by name."""
    names = list(parameters)
    make = lambda t, *given: getattr(t.distributions, kind)(**dict(zip(names, given, strict=True)))
    return Case(f"{kind}-{first}", make, tuple(parameters.values()))


def mixture(t: Any, weights: Any, loc: Any, scale: Any) -> Any:
    d = t.distributions
    return d.MixtureSameFamily(d.Categorical(weights), d.Normal(loc, scale))


def vector_mixture(t: Any, weights: Any, loc: Any, scale: Any) -> Any:
    d = t.distributions
    return d.MixtureSameFamily(d.Categorical(weights), d.Independent(d.Normal(loc, scale), 1))


def logistic(t: Any, loc: Any, scale: Any) -> Any:
    d = t.distributions
    uniform = d.Uniform(t.zeros_like(loc), t.ones_like(loc))
    return d.TransformedDistribution(uniform, [d.SigmoidTransform().inv, d.AffineTransform(loc, scale)])


def falling(t: Any, loc: Any, scale: Any) -> Any:
    d = t.distributions
    return d.TransformedDistribution(d.Normal(loc, scale), [d.AffineTransform(1.0, -2.0), d.ExpTransform()])


def of_matrices(t: Any, loc: Any, scale: Any) -> Any:
    d = t.distributions
    return d.TransformedDistribution(d.Independent(d.Normal(loc, scale), 1), d.ReshapeTransform((4,), (2, 2)))


def correlated(t: Any, loc: Any, scale: Any) -> Any:
    d = t.distributions
    return d.TransformedDistribution(d.Normal(loc, scale), d.CorrCholeskyTransform())


CERTAIN = np.array([[1.0, 0.0], [0.0, 1.0]])
NUMBERS = {
    "Bernoulli": (0.3,), "Beta": (1.0, 2.0), "Cauchy": (0, 1), "Chi2": (3,), "ContinuousBernoulli": (0.3,), "Exponential": (2.0,),
    "FisherSnedecor": (3.0, 7.0), "Gamma": (1.0, 2.0), "GeneralizedPareto": (0.0, 1.0, 0.2), "Gumbel": (1.0, 2.0),
    "HalfNormal": (1,), "InverseGamma": (3.0, 1.0), "Kumaraswamy": (2.0, 3.0), "LogNormal": (0.0, 1.0), "LogisticNormal": (0, 1),
    "Normal": (0, 1), "Pareto": (1.0, 3.0), "Poisson": (2,), "StudentT": (3.0,), "Uniform": (0, 1), "Weibull": (1.0, 2.0),
}  # fmt: skip

CASES = [
    of("Bernoulli", between(0.1, 0.9, 2, 3)),
    named("Bernoulli", "logits", between(-2, 2, 3)),
    of("Bernoulli", np.array([0.0, 1.0, 0.5]), label="-ends"),
    of("Beta", between(0.3, 4, 2, 3), between(0.3, 4, 3)),
    of("Beta", between(1.5, 4), between(1.5, 4), label="-scalar"),
    named("Binomial", "probs", between(0.1, 0.9, 3), 5),
    named("Binomial", "logits", between(-2, 2, 2, 3), np.array([3.0, 5.0, 2.0])),
    of("Categorical", shares(2, 4)),
    named("Categorical", "logits", between(-2, 2, 3, 2, 4)),
    of("Categorical", np.array([0.0, 0.25, 0.75]), label="-zero"),
    of("Cauchy", between(-2, 2, 3), between(0.5, 2, 2, 3)),
    of("Chi2", between(0.5, 6, 3)),
    of("ContinuousBernoulli", between(0.05, 0.95, 2, 3)),
    of("ContinuousBernoulli", np.array([0.4995, 0.5, 0.5005]), label="-middle"),
    named("ContinuousBernoulli", "logits", between(-2, 2, 3)),
    of("Dirichlet", between(0.5, 4, 2, 3)),
    of("Dirichlet", between(0.1, 0.9, 3), label="-corner"),
    of("Exponential", between(0.3, 3, 2, 3)),
    of("FisherSnedecor", between(1, 7, 3), between(1, 7, 2, 3)),
    of("Gamma", between(0.3, 5, 2, 3), between(0.3, 3, 3)),
    # in PyTorch log_prob is for float32 only
    of("GeneralizedPareto", between(-1, 1, 4), between(0.5, 2, 4), np.array([-0.4, 0.0, 0.3, 1.2]))._replace(dtype="float32"),
    of("Geometric", between(0.1, 0.9, 3)),
    named("Geometric", "logits", between(-2, 2, 2, 3)),
    of("Gumbel", between(-2, 2, 3), between(0.5, 2, 2, 3)),
    of("HalfCauchy", between(0.5, 2, 3)),
    of("HalfNormal", between(0.5, 2, 2, 3)),
    Case("Independent", lambda t, a, b: t.distributions.Independent(t.distributions.Normal(a, b), 1),
         (between(-1, 1, 2, 3), between(0.5, 2, 2, 3))),
    Case("Independent-0", lambda t, p: t.distributions.Independent(t.distributions.Bernoulli(p), 0), (between(0.1, 0.9, 3),)),
    of("InverseGamma", between(0.6, 5, 3), between(0.3, 3, 2, 3)),
    of("Kumaraswamy", between(0.5, 4, 4), between(0.5, 4, 4)),
    Case("LKJCholesky", lambda t, c: t.distributions.LKJCholesky(3, c), (between(0.5, 3, 2),)),
    of("Laplace", between(-2, 2, 3), between(0.5, 2, 2, 3)),
    of("LogNormal", between(-1, 1, 2, 3), between(0.2, 1, 3)),
    of("LogisticNormal", between(-1, 1, 2, 3), between(0.2, 1, 2, 3)),
    of("LowRankMultivariateNormal", between(-1, 1, 4), between(-1, 1, 4, 2), between(0.5, 2, 4)),
    of("LowRankMultivariateNormal", between(-1, 1, 2, 1, 4), between(-1, 1, 3, 4, 2), between(0.5, 2, 4), label="-batch"),
    Case("MixtureSameFamily", mixture, (shares(2, 3), between(-2, 2, 2, 3), between(0.3, 1, 2, 3))),
    Case("MixtureSameFamily-vectors", vector_mixture, (shares(3), between(-2, 2, 3, 2), between(0.3, 1, 3, 2))),
    named("Multinomial", "probs", shares(2, 3), 6),
    named("Multinomial", "logits", between(-1, 1, 4), 4),
    several("MultivariateNormal", "covariance", loc=between(-1, 1, 3), covariance_matrix=positive_definite(3)),
    several("MultivariateNormal", "precision", loc=between(-1, 1, 2, 3), precision_matrix=positive_definite(3)),
    several("MultivariateNormal", "factor", loc=between(-1, 1, 3), scale_tril=lower(2, 3)),
    several("MultivariateNormal", "batch", loc=between(-1, 1, 4, 1, 3), covariance_matrix=positive_definite(2, 3)),
    named("NegativeBinomial", "probs", between(0.1, 0.7, 3), np.array([2.0, 5.5, 1.0])),
    named("NegativeBinomial", "logits", between(-2, 0.5, 2, 3), 4.0),
    of("Normal", between(-2, 2, 3), between(0.5, 2, 2, 3)),
    of("Normal", between(-2, 2), between(0.5, 2), label="-scalar"),
    of("OneHotCategorical", shares(2, 4)),
    named("OneHotCategorical", "logits", between(-2, 2, 3)),
    of("OneHotCategoricalStraightThrough", shares(2, 4)),
    of("Pareto", between(0.5, 2, 3), between(2.1, 4, 2, 3)),
    of("Poisson", between(0.2, 12, 2, 3)),
    several("RelaxedBernoulli", "probs", temperature=between(0.5, 2), probs=between(0.1, 0.9, 3)),
    several("RelaxedBernoulli", "logits", temperature=between(0.5, 2), logits=between(-1, 1, 2, 3)),
    several("RelaxedOneHotCategorical", "probs", temperature=between(0.5, 2), probs=shares(2, 3)),
    several("RelaxedOneHotCategorical", "logits", temperature=between(0.5, 2), logits=between(-1, 1, 3)),
    of("StudentT", np.array([0.7, 1.5, 4.0, 9.0]), between(-1, 1, 2, 4), between(0.5, 2, 4)),
    Case("Transformed-logistic", logistic, (between(-1, 1, 3), between(0.5, 2, 3))),
    Case("Transformed-falling", falling, (between(-1, 1, 3), between(0.2, 0.6, 3))),
    Case("Transformed-matrices", of_matrices, (between(-1, 1, 3, 4), between(0.5, 2, 3, 4))),
    Case("Transformed-correlations", correlated, (between(-1, 1, 2, 6), between(0.5, 1, 2, 6))),
    of("Uniform", between(-2, 0, 3), between(0.5, 2, 2, 3)),
    of("VonMises", between(-2, 2, 3), between(0.5, 6, 2, 3)),
    of("Weibull", between(0.5, 2, 3), between(0.6, 4, 2, 3)),
    # edges
    of("Beta", np.array([0.5, 1.0]), np.array([0.5, 2.0]), label="-corner"),
    named("Binomial", "probs", CERTAIN, np.array([10.0, 0.0])),
    of("Categorical", CERTAIN, label="-certain"),
    of("Gamma", np.array([1e-3, 0.01]), np.array([1.0, 2.0]), label="-tiny"),
    of("Geometric", np.array([1.0, 0.5]), label="-certain"),
    of("OneHotCategorical", CERTAIN, label="-certain"),
    of("Poisson", np.array([0.0, 1e-3, 100.0]), label="-ends"),
    of("VonMises", np.array([0.0, 1.0]), np.array([1e-7, 300.0]), label="-ends"),
    Case("Independent-of-two", lambda t, a: t.distributions.Independent(t.distributions.Laplace(a, 1.0), 2),
         (between(-1, 1, 4, 2, 3),)),
    Case("LKJCholesky-large", lambda t, c: t.distributions.LKJCholesky(30, c), (np.array(4.0),)),
    Case("Transformed-broadcast", lambda t, a: t.distributions.TransformedDistribution(
        t.distributions.Normal(t.zeros(1).double(), 1.0), t.distributions.AffineTransform(a, 2.0)), (between(-1, 1, 4, 3),)),
    Case("Transformed-nothing", lambda t, a: t.distributions.TransformedDistribution(t.distributions.Normal(a, 1.0), []),
         (between(-1, 1, 3),)),
    Case("Transformed-cache", lambda t, a: t.distributions.TransformedDistribution(
        t.distributions.Normal(a, 1.0), t.distributions.SigmoidTransform(cache_size=1)), (between(-1, 1, 3),)),
    *[Case(f"{kind}-numbers", lambda t, kind=kind, given=given: getattr(t.distributions, kind)(*given), (), "float32")
      for kind, given in NUMBERS.items()],
    several("Wishart", "covariance", df=between(4, 7), covariance_matrix=positive_definite(3)),
    several("Wishart", "precision", df=between(4, 7, 2), precision_matrix=positive_definite(2, 3)),
    several("Wishart", "factor", df=between(4, 7, 2), scale_tril=lower(3)),
]  # fmt: skip

# Two of each type, such that where supports allow it the divergence is finite.
PAIRS: dict[str, tuple[Case, Case]] = {
    "Bernoulli": (of("Bernoulli", np.array([0.2, 0.0, 1.0, 0.5])), of("Bernoulli", np.array([0.7, 0.3, 0.6, 1.0]))),
    "Beta": (of("Beta", between(1, 3, 4), between(1, 3, 4)), of("Beta", between(1, 3, 4), between(1, 3, 4))),
    "Binomial": (named("Binomial", "probs", between(0.1, 0.9, 4), np.array([7.0, 5, 5, 5])),
                 named("Binomial", "logits", between(-1, 1, 4), 5)),
    "Categorical": (of("Categorical", np.array([[0.0, 0.4, 0.6], [0.2, 0.3, 0.5]])),
                    of("Categorical", np.array([[0.2, 0.3, 0.5], [0.0, 0.4, 0.6]]))),
    "Cauchy": (of("Cauchy", between(-1, 1, 4), between(0.5, 2, 4)), of("Cauchy", between(-1, 1, 4), between(0.5, 2, 4))),
    "ContinuousBernoulli": (of("ContinuousBernoulli", np.array([0.2, 0.5, 0.8, 0.9])),
                            named("ContinuousBernoulli", "logits", between(-1, 1, 4))),
    "Dirichlet": (of("Dirichlet", between(0.5, 4, 2, 3)), of("Dirichlet", between(0.5, 4, 3))),
    "Exponential": (of("Exponential", between(0.5, 2, 4)), of("Exponential", between(0.5, 2, 4))),
    "Gamma": (of("Gamma", between(0.5, 3, 4), between(0.5, 2, 4)), of("Gamma", between(0.5, 3, 4), between(0.5, 2, 4))),
    "Geometric": (of("Geometric", between(0.1, 0.9, 4)), named("Geometric", "logits", between(-1, 1, 4))),
    "Gumbel": (of("Gumbel", between(-1, 1, 4), between(0.5, 2, 4)), of("Gumbel", between(-1, 1, 4), between(0.5, 2, 4))),
    "HalfNormal": (of("HalfNormal", between(0.5, 2, 4)), of("HalfNormal", between(0.5, 2, 4))),
    "Independent": (CASES[26], CASES[26]),
    "Laplace": (of("Laplace", between(-1, 1, 4), between(0.5, 2, 4)), of("Laplace", between(-1, 1, 4), between(0.5, 2, 4))),
    "LowRankMultivariateNormal": (
        of("LowRankMultivariateNormal", between(-1, 1, 3), between(-1, 1, 3, 2), between(0.5, 2, 3)),
        of("LowRankMultivariateNormal", between(-1, 1, 2, 3), between(-1, 1, 2, 3, 1), between(0.5, 2, 3))),
    "MultivariateNormal": (
        several("MultivariateNormal", "p", loc=between(-1, 1, 3), covariance_matrix=positive_definite(3)),
        several("MultivariateNormal", "q", loc=between(-1, 1, 2, 3), precision_matrix=positive_definite(2, 3))),
    "Normal": (of("Normal", between(-1, 1, 4), between(0.5, 2, 4)), of("Normal", between(-1, 1, 4), between(0.5, 2, 4))),
    "OneHotCategorical": (of("OneHotCategorical", shares(2, 4)), named("OneHotCategorical", "logits", between(-1, 1, 4))),
    "Pareto": (of("Pareto", np.array([0.6, 0.2, 0.3, 1.0]), np.array([0.8, 1.5, 2.5, 4.0])),
               of("Pareto", np.array([0.5, 0.1, 0.05, 2.0]), between(1, 3, 4))),
    "Poisson": (of("Poisson", between(0.5, 5, 4)), of("Poisson", between(0.5, 5, 4))),
    "TransformedDistribution": (of("LogNormal", between(-1, 1, 4), between(0.5, 2, 4)),
                                of("LogNormal", between(-1, 1, 4), between(0.5, 2, 4))),
    "Uniform": (of("Uniform", np.array([0.1, 0.3, -1.0, 0.2]), np.array([0.9, 0.7, 2.0, 0.95])),
                of("Uniform", np.array([0.0, -1.0, -2.0, 0.3]), np.array([1.0, 2.0, 2.5, 0.8]))),
    "ExponentialFamily": (several("Wishart", "p", df=between(4, 7), covariance_matrix=positive_definite(3)),
                          several("Wishart", "q", df=between(4, 7), covariance_matrix=positive_definite(3))),
}  # fmt: skip
