"""The generalized Pareto distribution, of what exceeds a high threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.parameters import broadcast_all, standard_uniform
from minitorch.tensor import Tensor

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """Probability (1 + c z)^(-1 / c) to exceed loc + scale z, c = `concentration`; exp(-z) for c = 0.

    For c < 0 values end at loc - scale / c.
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        end = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, minitorch.where(self.concentration < 0, end, math.inf))

    def _cases(self) -> tuple[Tensor, Tensor]:
        """Where the concentration is 0, and the concentration with 1 there."""
        zero = minitorch.isclose(self.concentration, minitorch.zeros_like(self.concentration))
        return zero, minitorch.where(zero, 1.0, self.concentration)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(standard_uniform(self._extended_shape(sample_shape), self.loc))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        z, (zero, c) = (value - self.loc) / self.scale, self._cases()
        power, log = 1 / c + 1, (c * z).log1p()
        exceeds = minitorch.where((power == 0) & log.isinf(), 0.0, power * log)  # c = -1 is uniform up to its end
        return -self.scale.log() - minitorch.where(zero, z, exceeds)

    def log_survival_function(self, value: Tensor) -> Tensor:
        """The logarithm of the probability to exceed `value`."""
        self._check_value(value)
        z, (zero, c) = (value - self.loc) / self.scale, self._cases()
        return minitorch.where(zero, -z, -(c * z).log1p() / c)

    def log_cdf(self, value: Tensor) -> Tensor:
        """The logarithm of the distribution function."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        zero, c = self._cases()
        rest = (-value).log1p()
        return minitorch.where(zero, self.loc - self.scale * rest, self.loc + self.scale / c * (-c * rest).expm1())

    @property
    def mean(self) -> Tensor:
        """nan for concentrations from 1 on."""
        finite = self.concentration < 1
        mean = self.loc + self.scale / (1 - minitorch.where(finite, self.concentration, 0.5))
        return minitorch.where(finite, mean, math.nan)

    @property
    def variance(self) -> Tensor:
        """nan for concentrations from 1/2 on."""
        finite = self.concentration < 0.5
        c = minitorch.where(finite, self.concentration, 0.25)
        return minitorch.where(finite, self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)), math.nan)

    mode = property(lambda self: self.loc)

    def entropy(self) -> Tensor:
        return (self.scale.log() + self.concentration + 1).expand(self._batch_shape)
