"""The Gumbel distribution, of the largest of many numbers."""

from __future__ import annotations

import math
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.elementwise_transforms import AffineTransform, ExpTransform
from minitorch.distributions.parameters import broadcast_all, euler_constant
from minitorch.distributions.transformed_distribution import TransformedDistribution
from minitorch.distributions.uniform import Uniform
from minitorch.tensor import Tensor

__all__ = ["Gumbel"]


class Gumbel(TransformedDistribution):
    """Distribution function exp(-exp(-(x - loc) / scale)): loc - scale log(-log u) of uniform u."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        limits = minitorch.finfo(self.loc.dtype)
        ends = minitorch.full_like(self.loc, limits.tiny), minitorch.full_like(self.loc, 1 - limits.eps)
        to_exponential = [ExpTransform().inv, AffineTransform(0, -minitorch.ones_like(self.scale))]
        to_gumbel = [ExpTransform().inv, AffineTransform(self.loc, -self.scale)]
        super().__init__(Uniform(*ends, validate_args=validate_args), to_exponential + to_gumbel, validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        y = (self.loc - value) / self.scale
        return y - y.exp() - self.scale.log()

    mean = property(lambda self: self.loc + self.scale * euler_constant)
    mode = property(lambda self: self.loc)
    stddev = property(lambda self: math.pi / math.sqrt(6) * self.scale)
    variance = property(lambda self: self.stddev.pow(2))

    def entropy(self) -> Tensor:
        return self.scale.log() + (1 + euler_constant)
