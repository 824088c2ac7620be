"""The von Mises distribution, of angles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.parameters import broadcast_all, lazy_property, standard_uniform
from minitorch.special import i0e, i1e
from minitorch.tensor import Tensor

__all__ = ["VonMises"]


class VonMises(Distribution):
    """Density exp(kappa cos(x - loc)) / (2 pi I0(kappa)), kappa = `concentration`: angles in radians around loc.

    Drawn by rejection from a wrapped Cauchy distribution (Best and Fisher 1979, "Efficient simulation of the von Mises
    distribution"), in float64.
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        kappa = self.concentration  # log I0(kappa) = log(i0e(kappa)) + kappa
        return kappa * ((value - self.loc).cos() - 1) - math.log(2 * math.pi) - i0e(kappa).log()

    mean = property(lambda self: self.loc)
    mode = property(lambda self: self.loc)

    @lazy_property
    def variance(self) -> Tensor:
        """1 - I1(kappa) / I0(kappa), of angles on the circle."""
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    @lazy_property
    def _proposal_r(self) -> Tensor:
        """How wide the wrapped Cauchy distribution is; its series for small concentrations, where digits would cancel."""
        kappa = self.concentration.double()
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        return minitorch.where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with minitorch.no_grad():
            shape = self._extended_shape(sample_shape)
            kappa, r = self.concentration.double(), self._proposal_r
            angle = minitorch.zeros(shape, dtype=kappa.dtype, device=kappa.device)
            done = minitorch.zeros(shape, dtype=minitorch.bool, device=kappa.device)
            while not done.all():
                first, second, side = standard_uniform((3, *shape), kappa).unbind()
                cosine = (math.pi * first).cos()
                f = (1 + r * cosine) / (r + cosine)
                c = kappa * (r - f)
                accepted = (c * (2 - c) - second > 0) | ((c / second).log() + 1 - c >= 0)
                angle = minitorch.where(accepted, (side - 0.5).sign() * f.acos(), angle)
                done = done | accepted
            return ((angle + math.pi + self.loc.double()) % (2 * math.pi) - math.pi).to(self.loc.dtype)
