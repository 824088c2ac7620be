"""The continuous Bernoulli distribution, of numbers between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.exp_family import ExponentialFamily
from minitorch.distributions.parameters import (
    Binary,
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    standard_uniform,
)
from minitorch.nn.functional import binary_cross_entropy_with_logits
from minitorch.tensor import Tensor

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(Binary, ExponentialFamily):
    """Density C(p) p^x (1 - p)^(1 - x) on [0, 1], with C(p) = 2 artanh(1 - 2 p) / (1 - 2 p), and 2 at p = 1/2.

    Where p lies between `lims` the quotients lose their digits, and the first terms of their series in p - 1/2 stand in.
    (Loaiza-Ganem and Cunningham 2019, arXiv:1907.06845)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Any = None, logits: Any = None, lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        given = self._set_parameter(probs, logits)
        if logits is None:
            if validate_args is not None and not constraints.unit_interval.check(given).all():
                raise ValueError("The parameter probs has invalid values")
            vars(self)["probs"] = clamp_probs(given)
        self._lims = lims
        super().__init__(given.shape, validate_args=validate_args)

    @lazy_property
    def probs(self) -> Tensor:
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    # --- Where p is not too near to 1/2 -------------------------------------------------------------------------------

    def _outside_unstable_region(self) -> Tensor:
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut_probs(self) -> Tensor:
        """The probabilities, moved out of the unstable region."""
        return minitorch.where(self._outside_unstable_region(), self.probs, self._lims[0])

    def _cont_bern_log_norm(self) -> Tensor:
        """log C(p)."""
        p = self._cut_probs()
        quotient = ((-p).log1p() - p.log()) / (1 - 2 * p)
        square = (self.probs - 0.5) ** 2
        series = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * square) * square
        return minitorch.where(self._outside_unstable_region(), quotient.log(), series)

    @property
    def mean(self) -> Tensor:
        p, distance = self._cut_probs(), self.probs - 0.5
        exact = p / (2.0 * p - 1.0) + 1.0 / ((-p).log1p() - p.log())
        series = 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * distance**2) * distance
        return minitorch.where(self._outside_unstable_region(), exact, series)

    @property
    def variance(self) -> Tensor:
        p, square = self._cut_probs(), (self.probs - 0.5) ** 2
        exact = p * (p - 1.0) / (1.0 - 2.0 * p) ** 2 + 1.0 / ((-p).log1p() - p.log()) ** 2
        series = 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * square) * square
        return minitorch.where(self._outside_unstable_region(), exact, series)

    # --- Draws and functions ------------------------------------------------------------------------------------------

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(standard_uniform(self._extended_shape(sample_shape), self.probs))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        logits, value = broadcast_all(self.logits, value)
        return self._cont_bern_log_norm() - binary_cross_entropy_with_logits(logits, value, reduction="none")

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        p = self._cut_probs()
        exact = (p.pow(value) * (1.0 - p).pow(1.0 - value) + p - 1.0) / (2.0 * p - 1.0)
        inside = minitorch.where(self._outside_unstable_region(), exact, value)
        return minitorch.where(value <= 0.0, 0.0, minitorch.where(value >= 1.0, 1.0, inside))

    def icdf(self, value: Tensor) -> Tensor:
        p = self._cut_probs()
        rest = (-p).log1p()
        exact = ((value * (2.0 * p - 1.0) - p).log1p() - rest) / (p.log() - rest)
        return minitorch.where(self._outside_unstable_region(), exact, value)

    def entropy(self) -> Tensor:
        below, above = (-self.probs).log1p(), self.probs.log()
        return self.mean * (below - above) - self._cont_bern_log_norm() - below

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        low, high = (limit - 0.5 for limit in self._lims)
        outside = (x <= low) | (x > high)
        cut = minitorch.where(outside, x, low)
        series = 0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0
        return minitorch.where(outside, (cut.expm1() / cut).log(), series)
