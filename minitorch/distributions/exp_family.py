"""Exponential families: densities exp(<t(x), theta> - F(theta) + k(x)), of which F alone says the entropy and divergences."""

from __future__ import annotations

from typing import Any

import minitorch
from minitorch.distributions.distribution import Distribution, _undefined
from minitorch.distributions.parameters import sum_rightmost
from minitorch.tensor import Tensor

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """The density is exp(<t(x), theta> - F(theta) + k(x)).

    Subclasses say theta (`_natural_params`), F (`_log_normalizer`) and the expected k(x) (`_mean_carrier_measure`).
    The gradient of F is the expected t(x) (Nielsen and Nock 2010, "Entropies and cross-entropies of exponential families").
    """

    _natural_params: Any = property(_undefined, doc="theta: a tuple of Tensors.")
    _mean_carrier_measure: Any = property(_undefined, doc="The expected k(x).")

    def _log_normalizer(self, *natural_params: Any) -> Tensor:
        raise NotImplementedError

    def _expectations(self) -> tuple[list[Tensor], Tensor, Any]:
        """theta, F(theta), and the gradient of F, on a tape of their own."""
        theta = [parameter.detach().requires_grad_() for parameter in self._natural_params]
        normalizer = self._log_normalizer(*theta)
        return theta, normalizer, minitorch.autograd.grad(normalizer.sum(), theta, create_graph=True)

    def entropy(self) -> Tensor:
        """F(theta) - <theta, grad F(theta)> - E[k(x)]; its gradient doesn't reach the parameters."""
        theta, normalizer, means = self._expectations()
        result = normalizer - self._mean_carrier_measure
        for parameter, mean in zip(theta, means, strict=True):
            term = parameter * mean
            result = result - sum_rightmost(term, term.dim() - len(self._batch_shape))
        return result
