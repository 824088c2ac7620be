"""The Pareto distribution."""

from __future__ import annotations

import math
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.elementwise_transforms import AffineTransform, ExpTransform
from minitorch.distributions.exponential import Exponential
from minitorch.distributions.parameters import broadcast_all
from minitorch.distributions.transformed_distribution import TransformedDistribution
from minitorch.tensor import Tensor

__all__ = ["Pareto"]


class Pareto(TransformedDistribution):
    """Probability (scale / x)^alpha to exceed x >= scale."""

    arg_constraints = {"alpha": constraints.positive, "scale": constraints.positive}

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = broadcast_all(scale, alpha)
        base = Exponential(self.alpha, validate_args=validate_args)
        super().__init__(base, [ExpTransform(), AffineTransform(0, self.scale)], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Tensor:
        """inf for alpha up to 1."""
        finite = self.alpha > 1
        a = minitorch.where(finite, self.alpha, 2.0)
        return minitorch.where(finite, a * self.scale / (a - 1), math.inf)

    mode = property(lambda self: self.scale)

    @property
    def variance(self) -> Tensor:
        """inf for alpha up to 2."""
        finite = self.alpha > 2
        a = minitorch.where(finite, self.alpha, 3.0)
        return minitorch.where(finite, self.scale.pow(2) * a / ((a - 1).pow(2) * (a - 2)), math.inf)

    def entropy(self) -> Tensor:
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())
