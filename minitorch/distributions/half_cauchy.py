"""The half Cauchy distribution."""

from __future__ import annotations

import math
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.cauchy import Cauchy
from minitorch.distributions.folded import Folded

__all__ = ["HalfCauchy"]


class HalfCauchy(Folded):
    """|x| of Cauchy x around 0."""

    arg_constraints = {"scale": constraints.positive}

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), validate_args)

    mean = property(lambda self: minitorch.full_like(self.scale, math.inf))
    variance = property(lambda self: self.base_dist.variance)
