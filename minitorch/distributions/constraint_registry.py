"""Which transform leads from all real numbers to a constraint: `biject_to` and `transform_to`.

`biject_to(constraint)` is bijective and has a Jacobian, for densities of transformed variables. `transform_to(constraint)`
may have more inputs than it needs (softmax for shares of 1), for parameters that an optimizer moves.

>>> import minitorch
>>> transform_to(constraints.positive)(minitorch.zeros(2))
tensor([1., 1.])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.distributions import constraints, transforms

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """Factories of transforms by the type of constraint that they lead to."""

    def __init__(self) -> None:
        self._registry: dict[type, Callable] = {}

    def register(self, constraint: Any, factory: Callable | None = None) -> Callable:
        """File a factory that takes a constraint and gives a transform; without `factory`, as a decorator."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: constraints.Constraint) -> transforms.Transform:
        """The transform from the real numbers to this constraint."""
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _into(*kinds: Any, by: tuple[ConstraintRegistry, ...] = (biject_to, transform_to)) -> Callable:
    """File one factory for several constraints in one registry or both."""

    def file(factory: Callable) -> Callable:
        for registry in by:
            for kind in kinds:
                registry.register(kind, factory)
        return factory

    return file


@_into(constraints.real)
def _real(constraint):
    return transforms.identity_transform


@_into(constraints.greater_than, constraints.greater_than_eq)
def _above(constraint):
    """Also `positive` and `nonnegative`, which are instances of these."""
    return transforms.ComposeTransform(
        [transforms.ExpTransform(), transforms.AffineTransform(constraint.lower_bound, 1)]
    )


@_into(constraints.less_than)
def _below(constraint):
    return transforms.ComposeTransform(
        [transforms.ExpTransform(), transforms.AffineTransform(constraint.upper_bound, -1)]
    )


@_into(constraints.interval, constraints.half_open_interval)
def _between(constraint):
    low, high = constraint.lower_bound, constraint.upper_bound
    if isinstance(low, int | float) and isinstance(high, int | float) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


@_into(constraints.corr_cholesky)
def _correlation(constraint):
    return transforms.CorrCholeskyTransform()


biject_to.register(constraints.simplex, lambda constraint: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda constraint: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda constraint: transforms.LowerCholeskyTransform())


@_into(constraints.positive_definite, constraints.positive_semidefinite, by=(transform_to,))
def _definite(constraint):
    return transforms.PositiveDefiniteTransform()


def _file_composed(to: ConstraintRegistry) -> None:
    """Constraints made of others: their parts are looked up in the same registry."""
    independent = lambda c: transforms.IndependentTransform(to(c.base_constraint), c.reinterpreted_batch_ndims)
    to.register(constraints.independent, independent)
    to.register(constraints.cat, lambda c: transforms.CatTransform([to(part) for part in c.cseq], c.dim, c.lengths))
    to.register(constraints.stack, lambda c: transforms.StackTransform([to(part) for part in c.cseq], c.dim))


_file_composed(biject_to)
_file_composed(transform_to)
