"""Student's t distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.chi2 import Chi2
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.parameters import broadcast_all, standard_normal
from minitorch.tensor import Tensor

__all__ = ["StudentT"]


class StudentT(Distribution):
    """loc + scale x / sqrt(y / df), where x is standard normal and y chi-squared with df degrees of freedom."""

    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """nan for df up to 1."""
        return minitorch.where(self.df <= 1, math.nan, self.loc)

    mode = property(lambda self: self.loc)

    @property
    def variance(self) -> Tensor:
        """inf for df up to 2, nan up to 1."""
        df = minitorch.where(self.df > 2, self.df, 3.0)
        variance = minitorch.where(self.df > 2, self.scale.pow(2) * df / (df - 2), math.inf)
        return minitorch.where(self.df <= 1, math.nan, variance)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        drawn = standard_normal(self._extended_shape(sample_shape), self.df.dtype, self.df.device)
        return self.loc + self.scale * drawn * (self._chi2.rsample(sample_shape) / self.df).rsqrt()

    def _log_beta(self) -> Tensor:
        """log B(df / 2, 1 / 2)."""
        return (0.5 * self.df).lgamma() + 0.5 * math.log(math.pi) - (0.5 * (self.df + 1.0)).lgamma()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        y = (value - self.loc) / self.scale
        normalizer = self.scale.log() + 0.5 * self.df.log() + self._log_beta()
        return -0.5 * (self.df + 1.0) * (y**2 / self.df).log1p() - normalizer

    def entropy(self) -> Tensor:
        half, above = 0.5 * self.df, 0.5 * (self.df + 1)
        return self.scale.log() + above * (above.digamma() - half.digamma()) + 0.5 * self.df.log() + self._log_beta()
