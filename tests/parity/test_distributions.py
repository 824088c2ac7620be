"""minitorch.distributions against torch.distributions: shapes, moments, functions of values, samples from one seed, divergences.

What is made of which numbers stands in distribution_cases.py. Everything is in float64 and agrees to 1e-6, gradients too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from distribution_cases import CASES, PAIRS, Case
from distribution_comparison import CLOSE, LIBRARIES, agree, host, outcome

import minitorch

torch = pytest.importorskip("torch")

SINGLE = {"rtol": 2e-5, "atol": 1e-5}  # float32, and PyTorch's Bessel functions in float64
# PyTorch's derivatives of gamma and Dirichlet samples have 3 digits; ours are held to exact ones in tests/distributions
FITTED = {"rtol": 3e-3, "atol": 1e-3}


def built(t: Any, case: Case) -> tuple[Any, list[Any]]:
    """A distribution and its parameters."""
    given = [t.tensor(numbers, dtype=getattr(t, case.dtype), requires_grad=True) for numbers in case.numbers]
    return case.make(t, *given), given


def compare(case: Case, compute: Callable[..., Any], what: str, **tolerance: float) -> None:
    """`compute(library, distribution)` in both libraries."""
    outcomes = []
    for t in LIBRARIES:
        distribution, given = built(t, case)
        outcomes.append(outcome(t, lambda t=t, d=distribution: compute(t, d), given))
    agree(*outcomes, what, **(tolerance or tolerance_of(case)))


def tolerance_of(case: Case) -> dict[str, float]:
    return SINGLE if case.dtype == "float32" or case.name.startswith("VonMises") else CLOSE


def drawn(case: Case, count: int = 3) -> np.ndarray:
    """Values of the distribution, the same for both libraries."""
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Wishart's
        return host(built(torch, case)[0].sample((count,)))


every = pytest.mark.parametrize("case", CASES, ids=str)


@every
def test_what_it_says_about_itself(case):
    theirs, ours = (built(t, case)[0] for t in LIBRARIES)
    for name in ("batch_shape", "event_shape", "has_rsample", "has_enumerate_support"):
        assert repr(getattr(ours, name)) == repr(getattr(theirs, name)), name
    assert repr(ours) == repr(theirs)
    assert repr(type(ours).support) == repr(type(theirs).support)
    support = [repr(d.support) for d in (theirs, ours)]
    assert "grad" in support[0] or support[0] == support[1]  # PyTorch expands what has its shape already, with a node
    for name in ("is_discrete", "event_dim"):
        assert getattr(ours.support, name) == getattr(theirs.support, name)
    limits = [{name: repr(limit) for name, limit in d.arg_constraints.items()} for d in (theirs, ours)]
    assert list(limits[0]) == list(limits[1])
    assert ["grad" in limit or limit for limit in limits[0].values()] == ["grad" in v or v for v in limits[1].values()]


@every
def test_moments(case):
    for name in ("mean", "variance", "stddev", "mode"):
        compare(case, lambda t, d, name=name: getattr(d, name), name)


@every
def test_entropy(case):
    compare(case, lambda t, d: d.entropy(), "entropy")
    compare(case, lambda t, d: d.perplexity(), "perplexity")


@every
def test_log_prob_and_cdf(case):
    values = drawn(case)
    compare(case, lambda t, d: d.log_prob(t.tensor(values)), "log_prob")
    compare(case, lambda t, d: d.cdf(t.tensor(values)), "cdf")


@every
def test_log_prob_by_its_value(case):
    values = drawn(case)
    if values.dtype.kind != "f" or built(torch, case)[0].support.is_discrete:
        pytest.skip("discrete")
    outcomes = []
    for t in LIBRARIES:
        distribution, value = built(t, case)[0], t.tensor(values, requires_grad=True)
        outcomes.append(outcome(t, lambda d=distribution, v=value: d.log_prob(v), [value]))
    agree(*outcomes, "log_prob", **tolerance_of(case))


@every
def test_icdf(case):
    values = np.linspace(0.05, 0.95, 4 * 6).reshape(4, 2, 3)
    shape = tuple(built(torch, case)[0].batch_shape)
    values = np.broadcast_to(values.reshape(-1)[:3].reshape(3, *[1] * len(shape)), (3, *shape))
    compare(case, lambda t, d: d.icdf(t.tensor(values.copy(), dtype=getattr(t, case.dtype))), "icdf")


@every
def test_enumerate_support(case):
    for expand in (True, False):
        compare(case, lambda t, d, expand=expand: d.enumerate_support(expand), f"enumerate_support({expand})")


@every
def test_expand(case):
    values = drawn(case)
    theirs, ours = (built(t, case)[0] for t in LIBRARIES)
    shape = (3, *theirs.batch_shape)
    wide = [d.expand(shape) for d in (theirs, ours)]
    assert type(wide[1]) is type(ours)
    assert repr(wide[1]) == repr(wide[0])
    assert tuple(wide[1].batch_shape) == shape
    compare(case, lambda t, d: d.expand(shape).log_prob(t.tensor(values)), "log_prob")
    compare(case, lambda t, d: d.expand(shape).mean, "mean")
    compare(case, lambda t, d: d.expand(shape).variance, "variance")


def draws_by_mkl() -> bool:
    """On Intel processors torch gives bernoulli_ and exponential_ to MKL, which draws other numbers."""
    one, many = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    torch.empty(1).bernoulli_(0.5, generator=one)
    torch.empty(100).bernoulli_(0.5, generator=many)
    return torch.equal(one.get_state(), many.get_state())


BY_MKL = ("Bernoulli", "Exponential", "Pareto", "Weibull", "Independent-0")


def first_draw(t: Any, distribution: Any, method: str) -> Any:
    """A sample; of Wishart PyTorch's first draw, which it throws away (see minitorch/distributions/wishart.py)."""
    t.manual_seed(11)
    if type(distribution).__name__ == "Wishart":
        return distribution._bartlett_sampling((4,))
    return getattr(distribution, method)((4,))


@every
@pytest.mark.parametrize("method", ["sample", "rsample"])
def test_samples_from_one_seed(case, method):
    if case.name.split("-")[0] in BY_MKL and draws_by_mkl():
        pytest.skip("torch draws this through MKL here")
    fitted = ("Beta", "Chi2", "Dirichlet", "FisherSnedecor", "Gamma", "InverseGamma", "StudentT", "Wishart")
    outcomes = []
    for t in LIBRARIES:
        distribution, given = built(t, case)
        outcomes.append(outcome(t, lambda t=t, d=distribution: first_draw(t, d, method), given))
    values = [found if isinstance(found, str) else found[:1] for found in outcomes]
    agree(*values, method, **tolerance_of(case))
    tolerance = FITTED if case.name.split("-")[0] in fitted else tolerance_of(case)
    agree(*outcomes, method, **tolerance)
    assert minitorch.get_rng_state().tolist() == torch.get_rng_state().tolist()


# --- Divergences ---------------------------------------------------------------------------------------------------------


def registered(t: Any) -> list[tuple[str, str]]:
    pairs = t.distributions.kl_divergence.__globals__["_KL_REGISTRY"]
    return sorted((p.__name__, q.__name__) for p, q in pairs)


def test_the_same_divergences_are_there():
    assert registered(minitorch) == registered(torch)


@pytest.mark.parametrize(("first", "second"), registered(torch))
def test_divergences(first, second):
    p, q = PAIRS[first][0], PAIRS[second][1]
    for a, b in ((p, q), (q, p)) if first == second else ((p, q),):
        outcomes = []
        for t in LIBRARIES:
            (one, given), (other, more) = built(t, a), built(t, b)
            compute = lambda t=t, one=one, other=other: t.distributions.kl_divergence(one, other)
            outcomes.append(outcome(t, compute, [*given, *more]))
        agree(*outcomes, f"KL({first} || {second})")
