"""Transforms lead back by their inverse, and their Jacobians are those of the tape."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch.distributions import biject_to, constraints, transform_to, transforms

T = transforms
double = lambda number: minitorch.tensor(number, dtype=minitorch.float64)
BIJECTIVE = {
    "affine": (T.AffineTransform(1.5, -2.0), (3,)),
    "exp": (T.ExpTransform(), (3,)),
    "sigmoid": (T.SigmoidTransform(), (3,)),
    "softplus": (T.SoftplusTransform(), (3,)),
    "tanh": (T.TanhTransform(), (3,)),
    "exp, power": (T.ComposeTransform([T.ExpTransform(), T.PowerTransform(double(1.7))]), (3,)),
    "inverse": (T.ComposeTransform([T.SigmoidTransform(), T.SigmoidTransform().inv]), (3,)),
    "correlations": (T.CorrCholeskyTransform(), (6,)),
    "stick breaking": (T.StickBreakingTransform(), (4,)),
    "exp, sticks": (T.ComposeTransform([T.TanhTransform(), T.StickBreakingTransform()]), (4,)),
    "independent": (T.IndependentTransform(T.ExpTransform(), 1), (3,)),
    "reshape": (T.ReshapeTransform((4,), (2, 2)), (4,)),
    "cat": (T.CatTransform([T.ExpTransform(), T.TanhTransform()], -1, [1, 2]), (3,)),
    "stack": (T.StackTransform([T.ExpTransform(), T.TanhTransform()], -1), (2,)),
    "cdf": (T.CumulativeDistributionTransform(minitorch.distributions.Normal(double(0.0), double(2.0))), (3,)),
}


def inputs(shape: tuple) -> minitorch.Tensor:
    return minitorch.randn(*shape, dtype=minitorch.float64) * 0.7


def free(y: minitorch.Tensor, count: int) -> minitorch.Tensor:
    """The outputs that say all: of a simplex all but the last, of a factor those below its diagonal."""
    if y.numel() == count:
        return y.reshape(-1)
    return y[:-1] if y.dim() == 1 else minitorch.distributions.utils.tril_matrix_to_vec(y, -1)


@pytest.mark.parametrize("name", BIJECTIVE)
def test_jacobians(name):
    transform, shape = BIJECTIVE[name]
    x = inputs(shape)
    jacobian = minitorch.func.jacrev(lambda x: free(transform(x), x.numel()))(x)
    exact = minitorch.linalg.slogdet(jacobian.reshape(x.numel(), x.numel())).logabsdet
    y = transform(x)
    assert transform.log_abs_det_jacobian(x, y).sum().item() == pytest.approx(exact.item(), abs=1e-9)
    assert transform.inv.log_abs_det_jacobian(y, x).sum().item() == pytest.approx(-exact.item(), abs=1e-9)


@pytest.mark.parametrize("name", BIJECTIVE)
def test_inverses(name):
    transform, shape = BIJECTIVE[name]
    x = inputs((5, *shape) if name != "reshape" else shape)
    y = transform(x)
    assert transform.bijective
    assert transform.codomain.check(y).all()
    np.testing.assert_allclose(transform.inv(y), x, atol=1e-9)
    assert transform.forward_shape(x.shape) == y.shape
    assert transform.inverse_shape(y.shape) == x.shape


CONSTRAINTS = [
    constraints.real, constraints.positive, constraints.nonnegative, constraints.greater_than(1.5), constraints.less_than(-0.5),
    constraints.interval(-1.0, 3.0), constraints.unit_interval, constraints.half_open_interval(0.0, 2.0), constraints.simplex,
    constraints.real_vector, constraints.independent(constraints.positive, 1), constraints.corr_cholesky,
    constraints.lower_cholesky, constraints.positive_definite, constraints.positive_semidefinite,
    constraints.cat([constraints.positive, constraints.real], -1, [1, 2]),
    constraints.stack([constraints.positive, constraints.unit_interval, constraints.real], -1),
]  # fmt: skip


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=repr)
@pytest.mark.parametrize("registry", [biject_to, transform_to])
def test_registries_lead_into_the_constraint(registry, constraint):
    matrices = isinstance(constraint, type(constraints.lower_cholesky) | type(constraints.positive_semidefinite))
    matrices = matrices or isinstance(constraint, type(constraints.positive_definite))
    if matrices and registry is biject_to:
        with pytest.raises(NotImplementedError, match="Cannot transform"):
            registry(constraint)
        return
    x = inputs((6, 3, 3) if matrices else (6, 3))
    transform = registry(constraint)
    assert constraint.check(transform(x)).all()
    assert transform.bijective or registry is transform_to


def test_a_registry_of_ones_own():
    class Even(constraints.Constraint):
        pass

    registry = minitorch.distributions.constraint_registry.ConstraintRegistry()
    registry.register(Even, lambda constraint: transforms.ExpTransform())
    assert registry(Even()) == transforms.ExpTransform()
    with pytest.raises(TypeError, match="Constraint subclass or instance"):
        registry.register(3, lambda constraint: None)


def test_triangles():
    for diagonal in (-2, -1, 0, 1):
        matrix = minitorch.arange(1.0, 33.0).reshape(2, 4, 4).tril(diagonal)
        vector = minitorch.distributions.utils.tril_matrix_to_vec(matrix, diagonal)
        if diagonal < 1:
            again = minitorch.distributions.utils.vec_to_tril_matrix(vector, diagonal)
            np.testing.assert_array_equal(again, matrix)
    with pytest.raises(ValueError, match="cannot be expressed"):
        minitorch.distributions.utils.vec_to_tril_matrix(minitorch.ones(4))
