"""|x| of numbers x that lie around 0: what HalfNormal and HalfCauchy share."""

from __future__ import annotations

import math
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.elementwise_transforms import AbsTransform
from minitorch.distributions.transformed_distribution import TransformedDistribution
from minitorch.tensor import Tensor


class Folded(TransformedDistribution):
    """|x|, where x is symmetric around 0: twice the density, on one side."""

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, base_distribution: Distribution, validate_args: bool | None) -> None:
        super().__init__(base_distribution, AbsTransform(), validate_args=validate_args)

    scale = property(lambda self: self.base_dist.scale)
    mode = property(lambda self: minitorch.zeros_like(self.scale))

    def log_prob(self, value: Any) -> Tensor:
        value = minitorch.as_tensor(value, dtype=self.scale.dtype, device=self.scale.device)
        self._check_value(value)
        return minitorch.where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)
