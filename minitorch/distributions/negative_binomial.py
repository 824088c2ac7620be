"""The negative binomial distribution: successes before a number of failures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.gamma import Gamma
from minitorch.distributions.parameters import Binary, broadcast_all, lazy_property
from minitorch.nn.functional import logsigmoid
from minitorch.tensor import Tensor

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Binary, Distribution):
    """Successes, of probability `probs` each, before `total_count` failures, which may be no whole number.

    Poisson numbers whose rate is Gamma(total_count, exp(-logits)).
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        given = self._set_parameter(probs, logits)
        count, vars(self)[self._given] = broadcast_all(total_count, given)
        self.total_count = count.type_as(given)
        super().__init__(count.shape, validate_args=validate_args)

    mean = property(lambda self: self.total_count * self.logits.exp())
    variance = property(lambda self: self.mean / (-self.logits).sigmoid())

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @lazy_property
    def _gamma(self) -> Gamma:
        return Gamma(concentration=self.total_count, rate=(-self.logits).exp(), validate_args=False)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with minitorch.no_grad():
            return minitorch.poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        n = self.total_count
        powers = n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        choices = (n + value).lgamma() - (1.0 + value).lgamma() - n.lgamma()
        return powers + choices.masked_fill(n + value == 0.0, 0.0)
