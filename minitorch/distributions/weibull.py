"""The Weibull distribution, of lifetimes."""

from __future__ import annotations

from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.elementwise_transforms import AffineTransform, PowerTransform
from minitorch.distributions.exponential import Exponential
from minitorch.distributions.parameters import broadcast_all, euler_constant
from minitorch.distributions.transformed_distribution import TransformedDistribution
from minitorch.tensor import Tensor

__all__ = ["Weibull"]


class Weibull(TransformedDistribution):
    """Probability exp(-(x / scale)^c) to exceed x, c = `concentration`."""

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        base = Exponential(minitorch.ones_like(self.scale), validate_args=validate_args)
        steps = [PowerTransform(self.concentration_reciprocal), AffineTransform(0, self.scale)]
        super().__init__(base, steps, validate_args=validate_args)

    concentration_reciprocal = property(lambda self: self.concentration.reciprocal())

    def _moment(self, n: int) -> Tensor:
        """The expected (x / scale)^n: gamma(1 + n / c)."""
        return (1 + n * self.concentration_reciprocal).lgamma().exp()

    mean = property(lambda self: self.scale * self._moment(1))
    variance = property(lambda self: self.scale.pow(2) * (self._moment(2) - self._moment(1).pow(2)))

    @property
    def mode(self) -> Tensor:
        c = self.concentration
        return self.scale * ((c - 1) / c) ** self.concentration_reciprocal

    def entropy(self) -> Tensor:
        inverse = self.concentration_reciprocal
        return euler_constant * (1 - inverse) + (self.scale * inverse).log() + 1
