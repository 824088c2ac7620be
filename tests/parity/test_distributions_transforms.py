"""minitorch.distributions' transforms, constraints, registries and refusals against torch.distributions'."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from distribution_cases import between, lower, positive_definite, shares
from distribution_comparison import CLOSE, LIBRARIES, agree, host, outcome

import minitorch

torch = pytest.importorskip("torch")

# --- Transforms ----------------------------------------------------------------------------------------------------------

Make = Callable[[Any, Any], Any]  # a library and its distributions


def uniform(t: Any, low: float, high: float) -> Any:
    return t.distributions.Uniform(t.tensor(low, dtype=t.float64), t.tensor(high, dtype=t.float64))


TRANSFORMS: dict[str, tuple[Make, np.ndarray]] = {
    "abs": (lambda t, d: d.AbsTransform(), between(-2, 2, 3)),
    "affine": (lambda t, d: d.AffineTransform(1.5, -2), between(-2, 2, 2, 3)),
    "affine-tensors": (lambda t, d: d.AffineTransform(t.ones(3).double(), t.full((2, 1), 2.5).double()), between(-2, 2, 2, 3)),
    "affine-event": (lambda t, d: d.AffineTransform(0.5, t.tensor([1.0, 2.0, 3.0]).double(), event_dim=1), between(-2, 2, 2, 3)),
    "cat": (lambda t, d: d.CatTransform([d.ExpTransform(), d.AffineTransform(1, 2)], 1, [1, 2]), between(-2, 2, 2, 3)),
    "cat-inside": (
        lambda t, d: d.CatTransform([d.IndependentTransform(d.ExpTransform(), 1), d.StickBreakingTransform().inv], -1, [2, 3]),
        np.concatenate([between(-1, 1, 4, 2), shares(4, 3)], -1),
    ),
    "compose": (lambda t, d: d.ComposeTransform([d.AffineTransform(0.5, 2), d.ExpTransform()]), between(-2, 2, 3)),
    "compose-dims": (
        lambda t, d: d.ComposeTransform([d.ExpTransform(), d.StickBreakingTransform()]), between(-1, 1, 2, 3)),
    "compose-none": (lambda t, d: d.ComposeTransform([]), between(-2, 2, 3)),
    "correlations": (lambda t, d: d.CorrCholeskyTransform(), between(-1, 1, 2, 6)),
    "cdf": (lambda t, d: d.CumulativeDistributionTransform(uniform(t, -1.0, 2.0)), between(-0.9, 1.9, 3)),
    "exp": (lambda t, d: d.ExpTransform(), between(-2, 2, 3)),
    "exp-inverse": (lambda t, d: d.ExpTransform().inv, between(0.5, 2, 3)),
    "independent": (lambda t, d: d.IndependentTransform(d.SigmoidTransform(), 1), between(-2, 2, 2, 3)),
    "lower-cholesky": (lambda t, d: d.LowerCholeskyTransform(), between(-1, 1, 2, 3, 3)),
    "positive-definite": (lambda t, d: d.PositiveDefiniteTransform(), between(-1, 1, 2, 3, 3)),
    "power": (lambda t, d: d.PowerTransform(t.tensor([2.0, -1.0, 0.5]).double()), between(0.5, 2, 2, 3)),
    "reshape": (lambda t, d: d.ReshapeTransform((2, 3), (6,)), between(-1, 1, 4, 2, 3)),
    "sigmoid": (lambda t, d: d.SigmoidTransform(), between(-5, 5, 3)),
    "softmax": (lambda t, d: d.SoftmaxTransform(), between(-2, 2, 2, 3)),
    "softplus": (lambda t, d: d.SoftplusTransform(), between(-3, 3, 3)),
    "stack": (lambda t, d: d.StackTransform([d.ExpTransform(), d.TanhTransform()], 1), between(-1, 1, 3, 2)),
    "stick-breaking": (lambda t, d: d.StickBreakingTransform(), between(-2, 2, 2, 3)),
    "tanh": (lambda t, d: d.TanhTransform(), between(-2, 2, 3)),
}  # fmt: skip


def both(name: str, compute: Callable[..., Any], numbers: np.ndarray | None = None) -> list[Any]:
    """`compute(library, transform, x)` in both libraries, with gradients by x."""
    outcomes = []
    for t in LIBRARIES:
        make, x = TRANSFORMS[name]
        given = t.tensor(x if numbers is None else numbers, requires_grad=True)
        transform = make(t, t.distributions)
        outcomes.append(outcome(t, lambda t=t, f=transform, x=given: compute(t, f, x), [given]))
    return outcomes


every = pytest.mark.parametrize("name", TRANSFORMS)


@every
def test_a_transform_and_its_inverse(name):
    agree(*both(name, lambda t, f, x: f(x)), "forward")
    with torch.no_grad():
        y = host(TRANSFORMS[name][0](torch, torch.distributions)(torch.tensor(TRANSFORMS[name][1])))
    agree(*both(name, lambda t, f, y: f.inv(y), y), "inverse")
    agree(*both(name, lambda t, f, x: f.log_abs_det_jacobian(x, f(x))), "jacobian")
    agree(*both(name, lambda t, f, y: f.inv.log_abs_det_jacobian(y, f.inv(y)), y), "jacobian of the inverse")


@every
def test_what_a_transform_says(name):
    shape = TRANSFORMS[name][1].shape
    for ask in (
        lambda f: repr(f), lambda f: repr(f.inv), lambda f: f.bijective, lambda f: f.event_dim, lambda f: f.domain.event_dim,
        lambda f: f.codomain.event_dim, lambda f: f.domain.is_discrete, lambda f: type(f.domain).__name__,
        lambda f: type(f.codomain).__name__, lambda f: f.inv.inv is f, lambda f: f.with_cache(0) is f,
        lambda f: tuple(f.forward_shape(torch.Size(shape))), lambda f: tuple(f.inverse_shape(f.forward_shape(torch.Size(shape)))),
        lambda f: host(f.sign), lambda f: host(f.inv.sign), lambda f: f == f.with_cache(1), lambda f: f.inv == f,
    ):  # fmt: skip
        found = []
        for t in LIBRARIES:
            transform = TRANSFORMS[name][0](t, t.distributions)
            try:
                found.append(ask(transform))
            except Exception as error:
                found.append(type(error).__name__)
        assert np.array_equal(found[0], found[1]), inspect.getsource(ask)


@every
def test_a_cache_keeps_the_last_pair(name):
    kept = []
    for t in LIBRARIES:
        make, numbers = TRANSFORMS[name]
        transform = make(t, t.distributions).with_cache()
        x = t.tensor(numbers)
        y = transform(x)
        kept.append((transform(x) is y, transform.inv(y) is x, transform.with_cache(1) is transform))
    assert kept[0] == kept[1]


# --- Constraints ---------------------------------------------------------------------------------------------------------

CONSTRAINTS: dict[str, Callable[[Any, Any], Any]] = {
    name: lambda t, c, name=name: getattr(c, name)
    for name in ("boolean", "corr_cholesky", "lower_cholesky", "lower_triangular", "nonnegative", "nonnegative_integer",
                 "one_hot", "positive", "positive_definite", "positive_integer", "positive_semidefinite", "real",
                 "real_vector", "simplex", "square", "symmetric", "unit_interval", "dependent")
} | {
    "greater_than": lambda t, c: c.greater_than(0.5),
    "greater_than_eq": lambda t, c: c.greater_than_eq(t.tensor([0.5, 1.0]).double()),
    "less_than": lambda t, c: c.less_than(0.5),
    "interval": lambda t, c: c.interval(-1.0, 0.5),
    "half_open_interval": lambda t, c: c.half_open_interval(0, 1),
    "integer_interval": lambda t, c: c.integer_interval(0, 1),
    "multinomial": lambda t, c: c.multinomial(2),
    "independent": lambda t, c: c.independent(c.positive, 1),
    "cat": lambda t, c: c.cat([c.positive, c.real], 1, [1, 1]),
    "stack": lambda t, c: c.stack([c.positive, c.unit_interval], -1),
    "mixture": lambda t, c: c.MixtureSameFamilyConstraint(c.simplex),
}  # fmt: skip

VALUES = {
    "numbers": np.array([[-1.0, 0.0], [0.5, 1.0], [2.0, np.nan], [np.inf, 0.3]]),
    "shares": np.stack([shares(2), np.array([0.0, 1.0]), np.array([0.5, 0.6])]),
    "definite": np.concatenate(
        [positive_definite(2, 2), lower(2, 2), np.eye(2)[None], -np.eye(2)[None], np.ones((1, 2, 2))]
    ),
    "wide": between(-1, 1, 2, 3),
    "correlations": np.array([[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [0.6, 0.9]]]),
    "scalar": np.array(1.0),
}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints(name):
    for label, numbers in VALUES.items():
        found = []
        for t in LIBRARIES:
            constraint = CONSTRAINTS[name](t, t.distributions.constraints)
            found.append(outcome(t, lambda t=t, c=constraint, n=numbers: c.check(t.tensor(n)), []))
        if isinstance(found[0], str) and isinstance(found[1], str):
            continue  # a shape that the constraint has no answer for: which error doesn't matter
        agree(*found, f"{name} of {label}")
    says = []
    for t in LIBRARIES:
        constraint = CONSTRAINTS[name](t, t.distributions.constraints)
        try:
            says.append((repr(constraint), constraint.event_dim, constraint.is_discrete))
        except NotImplementedError as error:
            says.append((repr(constraint), str(error)))
    assert says[0] == says[1]


@pytest.mark.parametrize("name", CONSTRAINTS)
@pytest.mark.parametrize("registry", ["biject_to", "transform_to"])
def test_registries(registry, name):
    x = (
        between(-1, 1, 4, 2, 2)
        if name in ("lower_cholesky", "positive_definite", "positive_semidefinite")
        else between(-1, 1, 3)
    )
    x = between(-1, 1, 3, 2) if name in ("cat", "stack", "greater_than_eq") else x
    found = []
    for t in LIBRARIES:
        constraint = CONSTRAINTS[name](t, t.distributions.constraints)
        try:
            transform = getattr(t.distributions, registry)(constraint)
        except NotImplementedError as error:
            found.append(str(error))
        else:
            found.append([repr(transform), host(transform(t.tensor(x)))])
    if isinstance(found[0], str):
        assert found[0] == found[1]
    else:
        assert found[0][0] == found[1][0]
        np.testing.assert_allclose(found[1][1], found[0][1], **CLOSE)


# --- Names and refusals --------------------------------------------------------------------------------------------------


def public(module: Any) -> set[str]:
    return {name for name in dir(module) if not name.startswith("_")}


def test_names():
    for name in ("", ".constraints", ".transforms", ".kl", ".constraint_registry", ".utils"):
        theirs, ours = (__import__(t.__name__ + ".distributions" + name, fromlist=["x"]) for t in LIBRARIES)
        exported = set(getattr(theirs, "__all__", [])) | (public(theirs) if name == "" else set())
        assert not exported - public(ours), name


def test_import_paths():
    for name in torch.distributions.__all__:
        theirs = getattr(torch.distributions, name)
        if isinstance(theirs, type):
            path = theirs.__module__.replace("torch", "minitorch", 1)
            assert getattr(__import__(path, fromlist=["x"]), name) is getattr(minitorch.distributions, name)


@pytest.mark.parametrize(
    "name", [name for name in torch.distributions.__all__ if isinstance(getattr(torch.distributions, name), type)]
)
def test_signatures(name):
    theirs, ours = (inspect.signature(getattr(t.distributions, name)) for t in LIBRARIES)
    shown = [[(p.name, p.default, p.kind) for p in s.parameters.values()] for s in (theirs, ours)]
    if name != "Distribution":  # whose defaults are Size([]) there, () here
        assert shown[0] == shown[1]


REFUSED: dict[str, Callable[[Any, Any], Any]] = {
    "scale": lambda t, d: d.Normal(t.zeros(2), t.tensor([1.0, -1.0])),
    "nan": lambda t, d: d.Normal(t.tensor(float("nan")), 1.0),
    "value": lambda t, d: d.Exponential(t.tensor([1.0, 2.0])).log_prob(t.tensor([-1.0, 1.0])),
    "shape": lambda t, d: d.Normal(t.zeros(2), t.ones(2)).log_prob(t.zeros(3)),
    "event": lambda t, d: d.Dirichlet(t.ones(3)).log_prob(t.ones(2) / 2),
    "number": lambda t, d: d.Normal(0.0, 1.0).log_prob(1.0),
    "neither": lambda t, d: d.Bernoulli(),
    "twice": lambda t, d: d.Categorical(t.ones(2), t.ones(2)),
    "scalar": lambda t, d: d.Categorical(t.tensor(1.0)),
    "scalar-logits": lambda t, d: d.Categorical(logits=t.tensor(1.0)),
    "probs": lambda t, d: d.Bernoulli(1.5),
    "geometric": lambda t, d: d.Geometric(t.tensor([0.0, 0.5])),
    "uniform": lambda t, d: d.Uniform(2.0, 1.0),
    "dirichlet": lambda t, d: d.Dirichlet(t.tensor(1.0)),
    "text": lambda t, d: d.Normal("0", 1.0),
    "mvn": lambda t, d: d.MultivariateNormal(t.zeros(2)),
    "mvn-definite": lambda t, d: d.MultivariateNormal(t.zeros(2), t.ones(2, 2)),
    "mvn-vector": lambda t, d: d.MultivariateNormal(t.zeros(2), t.ones(2)),
    "low-rank": lambda t, d: d.LowRankMultivariateNormal(t.zeros(2), t.ones(3, 1), t.ones(2)),
    "lkj": lambda t, d: d.LKJCholesky(1),
    "multinomial": lambda t, d: d.Multinomial(t.tensor(3), t.ones(2)),
    "mixture": lambda t, d: d.MixtureSameFamily(d.Normal(0.0, 1.0), d.Normal(t.zeros(2), t.ones(2))),
    "mixture-count": lambda t, d: d.MixtureSameFamily(d.Categorical(t.ones(3)), d.Normal(t.zeros(2), t.ones(2))),
    "mixture-batch": lambda t, d: d.MixtureSameFamily(d.Categorical(t.ones(4, 2)), d.Normal(t.zeros(3, 2), t.ones(3, 2))),
    "independent": lambda t, d: d.Independent(d.Normal(0.0, 1.0), 1),
    "transformed": lambda t, d: d.TransformedDistribution(d.Normal(0.0, 1.0), d.Normal(0.0, 1.0)),
    "transformed-list": lambda t, d: d.TransformedDistribution(d.Normal(0.0, 1.0), [1]),
    "transformed-shape": lambda t, d: d.TransformedDistribution(d.Normal(0.0, 1.0), d.StickBreakingTransform()),
    "wishart": lambda t, d: d.Wishart(1.0, t.eye(3)),
    "binomial": lambda t, d: d.Binomial(t.tensor([1.0, 2.0]), t.tensor([0.5, 0.5])).enumerate_support(),
    "binomial-kl": lambda t, d: d.kl_divergence(d.Binomial(2, t.tensor(0.5)), d.Binomial(3, t.tensor(0.5))),
    "kl": lambda t, d: d.kl_divergence(d.Normal(0.0, 1.0), d.Bernoulli(0.5)),
    "kl-unknown": lambda t, d: d.kl_divergence(d.Cauchy(0.0, 1.0), d.Gumbel(0.0, 1.0)),
    "kl-transforms": lambda t, d: d.kl_divergence(d.LogNormal(0.0, 1.0), d.Weibull(1.0, 1.0)),
    "register": lambda t, d: d.transform_to.register(3, lambda constraint: constraint),
    "cache": lambda t, d: d.ExpTransform(cache_size=2),
    "reshape": lambda t, d: d.ReshapeTransform((2,), (3,)),
    "too-few": lambda t, d: d.StickBreakingTransform().forward_shape(()),
    "default": lambda t, d: d.Distribution.set_default_validate_args(3),
    "mode": lambda t, d: d.RelaxedBernoulli(t.tensor(1.0), 0.5).mode,
    "mean": lambda t, d: d.RelaxedBernoulli(t.tensor(1.0), 0.5).mean,
    "tril": lambda t, d: d.utils.tril_matrix_to_vec(t.ones(2, 2), 3),
    "vec": lambda t, d: d.utils.vec_to_tril_matrix(t.ones(5)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    found = []
    for t in LIBRARIES:
        with pytest.raises(Exception) as caught:
            REFUSED[name](t, t.distributions)
        text = " ".join(str(caught.value).replace("minitorch", "torch").split())
        found.append((next(k.__name__ for k in type(caught.value).__mro__ if k.__module__ == "builtins"), text))
    assert found[0] == found[1]


def test_warnings():
    found = []
    for t in LIBRARIES:
        d = t.distributions

        class Undescribed(d.Distribution):
            pass

        class Described(Undescribed):
            arg_constraints = {}  # noqa: RUF012

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            Undescribed()
            Described()._validate_sample(t.tensor(1.0))
            d.Normal(0.0, 1.0).sample_n(2)
            d.Wishart(1.5, t.eye(2))
        found.append([(w.category, str(w.message).partition("does not")[2] or str(w.message)) for w in caught])
    assert found[0] == found[1]
