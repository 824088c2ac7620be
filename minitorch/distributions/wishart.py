"""The Wishart distribution, of positive definite matrices."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.chi2 import Chi2
from minitorch.distributions.exp_family import ExponentialFamily
from minitorch.distributions.multivariate_normal import Matrix, log_diagonal, the_one_given
from minitorch.distributions.parameters import vec_to_tril_matrix
from minitorch.size import Size
from minitorch.tensor import Tensor

__all__ = ["Wishart"]


class Wishart(Matrix, ExponentialFamily):
    """The sum of `df` matrices x x^T of normal x with covariance C, for whole df; any df > p - 1 will do.

    C is given as `covariance_matrix`, as its inverse `precision_matrix` or as its Cholesky factor `scale_tril`, of size p.
    Drawn by Bartlett's decomposition, L A A^T L^T with a lower triangular A: chi numbers on its diagonal, normal ones below.

    Singular draws are drawn again. PyTorch 2.13 has that test the wrong way round: it throws the first draw away if it is fine,
    with the warning for singular ones, so that its numbers are those of the second draw.
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, df: Any, covariance_matrix: Tensor | None = None, precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None, validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        name, matrix = the_one_given(
            AssertionError,
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        degrees = df if isinstance(df, Tensor) else minitorch.tensor(df, dtype=matrix.dtype, device=matrix.device)
        batch_shape = minitorch.broadcast_shapes(matrix.shape[:-2], degrees.shape)
        self.df, p = degrees.expand(batch_shape), matrix.shape[-1]
        if (self.df <= p - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {p - 1}.")
        if (self.df < p).any():
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.",
                stacklevel=2,
            )
        self._set_matrix(name, matrix, batch_shape)
        super().__init__(batch_shape, matrix.shape[-2:], validate_args=validate_args)
        self._set_factor(name, matrix)
        falling = minitorch.arange(p, dtype=matrix.dtype, device=matrix.device)
        self._dist_chi2 = Chi2(self.df.unsqueeze(-1) - falling)

    def _shape_of_part(self, name: str, batch_shape: Size) -> Size:
        return batch_shape + self._event_shape[-1:]

    @property
    def arg_constraints(self) -> dict[str, Any]:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def _df_of_matrix(self) -> Tensor:
        return self.df.unsqueeze(-1).unsqueeze(-1)

    @property
    def mean(self) -> Tensor:
        return self._df_of_matrix() * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        """(df - p - 1) C; nan for df up to p + 1."""
        factor = self._df_of_matrix() - self._event_shape[-1] - 1
        return minitorch.where(factor <= 0, math.nan, factor) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        """df (C[i, j]^2 + C[i, i] C[j, j])."""
        c = self.covariance_matrix
        diagonal = c.diagonal(dim1=-2, dim2=-1)
        return self._df_of_matrix() * (c.pow(2) + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def _bartlett_sampling(self, sample_shape: Sequence[int] = ()) -> Tensor:
        p = self._event_shape[-1]
        lengths = self._dist_chi2.rsample(sample_shape).sqrt()
        lengths = lengths.clamp(min=minitorch.finfo(lengths.dtype).eps)
        shape = (*sample_shape, *self._batch_shape, p * (p - 1) // 2)
        below = vec_to_tril_matrix(minitorch.randn(shape, dtype=lengths.dtype, device=lengths.device), diag=-1)
        factor = self._unbroadcasted_scale_tril @ (lengths.diag_embed() + below)
        return factor @ factor.mT

    def rsample(self, sample_shape: Sequence[int] = (), max_try_correction: int | None = None) -> Tensor:
        """Draws; singular ones are drawn again, `max_try_correction` times at most (10)."""
        sample = self._bartlett_sampling(sample_shape)
        for _ in range(10 if max_try_correction is None else max_try_correction):
            singular = ~self.support.check(sample)
            if not singular.any():
                break
            warnings.warn("Singular sample detected.", stacklevel=2)
            again = self._bartlett_sampling(sample_shape)
            sample = minitorch.where(singular.unsqueeze(-1).unsqueeze(-1), again, sample)
        return sample

    def _half_log_det(self) -> Tensor:
        """log det(2 C) / 2."""
        return self._event_shape[-1] * math.log(2) / 2 + log_diagonal(self._unbroadcasted_scale_tril)

    def log_prob(self, value: Tensor) -> Tensor:
        """(df - p - 1) / 2 log det x - tr(C^-1 x) / 2 - df / 2 log det(2 C) - log of the p-dimensional gamma(df / 2)."""
        self._check_value(value)
        df, p = self.df, self._event_shape[-1]
        solved = minitorch.cholesky_solve(value, self._unbroadcasted_scale_tril)
        trace = solved.diagonal(dim1=-2, dim2=-1).sum(-1)
        height = (df - p - 1) / 2 * minitorch.linalg.slogdet(value).logabsdet - trace / 2
        return height - df * self._half_log_det() - (df / 2).mvlgamma(p)

    def entropy(self) -> Tensor:
        df, p = self.df, self._event_shape[-1]
        halves = minitorch.arange(p, dtype=df.dtype, device=df.device) / 2
        digamma = ((df / 2).unsqueeze(-1) - halves).digamma().sum(-1)
        return (p + 1) * self._half_log_det() + (df / 2).mvlgamma(p) - (df - p - 1) / 2 * digamma + df * p / 2

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        p = self._event_shape[-1]
        half_df = y + (p + 1) / 2
        log_det = minitorch.linalg.slogdet(-2 * x).logabsdet
        return half_df * (p * math.log(2) - log_det) + half_df.mvlgamma(p)
