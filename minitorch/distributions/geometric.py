"""The geometric distribution: failures before the first success."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.parameters import Binary, broadcast_all
from minitorch.nn.functional import binary_cross_entropy_with_logits
from minitorch.tensor import Tensor

__all__ = ["Geometric"]


class Geometric(Binary, Distribution):
    """Probability (1 - p)^k p of k failures before the first success."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        given = self._set_parameter(probs, logits)
        super().__init__(given.shape, validate_args=validate_args)
        if self._validate_args and logits is None and not (given > 0).all():
            raise ValueError(
                f"Expected parameter probs ({type(given).__name__} of shape {tuple(given.shape)}) of distribution {self!r} "
                f"to be positive but found invalid values:\n{given.detach()[~(given > 0)]}"
            )

    mean = property(lambda self: 1.0 / self.probs - 1.0)
    mode = property(lambda self: minitorch.zeros_like(self.probs))
    variance = property(lambda self: (1.0 / self.probs - 1.0) / self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        probs, shape = self.probs, self._extended_shape(sample_shape)
        with minitorch.no_grad():
            drawn = minitorch.empty(shape, dtype=probs.dtype, device=probs.device)
            drawn.uniform_(minitorch.finfo(probs.dtype).tiny, 1)
            return (drawn.log() / (-probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        value, probs = broadcast_all(value, self.probs)
        certain = (probs == 1) & (value == 0)
        return value * (-minitorch.where(certain, 0.0, probs)).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs
