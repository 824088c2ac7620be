"""The LKJ distribution of correlation matrices, as their Cholesky factors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.beta import Beta
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.parameters import broadcast_all
from minitorch.size import Size
from minitorch.tensor import Tensor

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Lower factors L of correlation matrices M = L L^T of size `dim`; the density of M goes with det(M)^(concentration - 1).

    At 1 all correlation matrices are as likely; above, the identity is the likeliest. Drawn by the onion method: row by row,
    the length of what lies below the diagonal from a beta distribution, its direction uniform on the sphere.
    (Lewandowski, Kurowicka and Joe 2009, "Generating random correlation matrices based on vines and extended onion method")
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        rows = minitorch.arange(dim - 1, dtype=self.concentration.dtype, device=self.concentration.device)
        rows = minitorch.cat([rows.new_zeros(1), rows])
        last = self.concentration.unsqueeze(-1) + 0.5 * (dim - 2)
        self._beta = Beta(rows + 0.5, last - 0.5 * rows)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def _shape_of_part(self, name: str, batch_shape: Size) -> Size:
        return batch_shape + (self.dim,)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with minitorch.no_grad():
            shares = self._beta.sample(sample_shape).unsqueeze(-1)
            shape = self._extended_shape(sample_shape)
            drawn = minitorch.randn(shape, dtype=shares.dtype, device=shares.device).tril(-1)
            lengths = drawn.norm(dim=-1, keepdim=True)
            below = shares.sqrt() * minitorch.where(lengths == 0, 0.0, drawn / lengths)  # the first row is empty
            rest = (1 - below.pow(2).sum(-1)).clamp(min=minitorch.finfo(below.dtype).tiny)
            return below + rest.sqrt().diag_embed()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        n, below = self.dim, self.dim - 1
        diagonal = value.diagonal(dim1=-2, dim2=-1)[..., 1:]
        powers = n - minitorch.arange(2, n + 1, device=value.device) + 2 * (self.concentration - 1).unsqueeze(-1)
        alpha = self.concentration + 0.5 * below
        normalizer = 0.5 * below * math.log(math.pi) + (alpha - 0.5).mvlgamma(below) - alpha.lgamma() * below
        return (powers * diagonal.log()).sum(-1) - normalizer
