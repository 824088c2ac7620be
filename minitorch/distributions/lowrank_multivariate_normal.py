"""The normal distribution of long vectors, whose covariance is a thin matrix times its transpose and a diagonal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.multivariate_normal import log_diagonal, times_vector, whitened_square
from minitorch.distributions.parameters import lazy_property, standard_normal
from minitorch.tensor import Tensor

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Distribution):
    """The covariance is W W^T + diag(d): W = `cov_factor` (*, n, m), d = `cov_diag` (*, n), for m much smaller than n.

    Only the m x m matrix K = I + W^T diag(1 / d) W is factorized (`_capacitance_tril`), since
    det(W W^T + D) = det(K) det(D) and (W W^T + D)^-1 = D^-1 - D^-1 W K^-1 W^T D^-1 (Woodbury).
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m")
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        try:
            batch = minitorch.broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        except RuntimeError as error:
            shapes = f"loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            raise ValueError(f"Incompatible batch shapes: {shapes}") from error
        self.loc, self.cov_diag = loc.expand(*batch, -1), cov_diag.expand(*batch, -1)
        self.cov_factor = cov_factor.expand(*batch, -1, -1)
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        ones = minitorch.eye(cov_factor.shape[-1], dtype=cov_factor.dtype, device=cov_factor.device)
        self._capacitance_tril = minitorch.linalg.cholesky(self._scaled_factor() @ cov_factor + ones)
        super().__init__(batch, event_shape, validate_args=validate_args)

    def _scaled_factor(self) -> Tensor:
        """W^T D^-1."""
        return self._unbroadcasted_cov_factor.mT / self._unbroadcasted_cov_diag.unsqueeze(-2)

    mean = property(lambda self: self.loc)
    mode = property(lambda self: self.loc)

    @lazy_property
    def variance(self) -> Tensor:
        variance = self._unbroadcasted_cov_factor.pow(2).sum(-1) + self._unbroadcasted_cov_diag
        return variance.expand(self._extended_shape())

    def _square(self, matrix: Tensor) -> Tensor:
        return matrix.expand(*self._extended_shape(), *self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance: sqrt(D) times that of I + D^-1/2 W W^T D^-1/2."""
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        ones = minitorch.eye(self._event_shape[0], dtype=root.dtype, device=root.device)
        return self._square(root * minitorch.linalg.cholesky(scaled @ scaled.mT + ones))

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        factor = self._unbroadcasted_cov_factor
        return self._square(factor @ factor.mT + self._unbroadcasted_cov_diag.diag_embed())

    def _whitener(self) -> Tensor:
        """A = L^-1 W^T D^-1 with L L^T = K, so that the inverse covariance is D^-1 - A^T A."""
        return minitorch.linalg.solve_triangular(self._capacitance_tril, self._scaled_factor(), upper=False)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        a = self._whitener()
        return self._square(self._unbroadcasted_cov_diag.reciprocal().diag_embed() - a.mT @ a)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape, dtype, device = self._extended_shape(sample_shape), self.loc.dtype, self.loc.device
        along = standard_normal(shape[:-1] + self.cov_factor.shape[-1:], dtype, device)
        across = standard_normal(shape, dtype, device)
        spread = times_vector(self._unbroadcasted_cov_factor, along)
        return self.loc + spread + self._unbroadcasted_cov_diag.sqrt() * across

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        n = self._event_shape[0]
        return -0.5 * (n * math.log(2 * math.pi) + self._log_det() + self._mahalanobis(value - self.loc))

    def entropy(self) -> Tensor:
        n = self._event_shape[0]
        return (0.5 * (n * (1.0 + math.log(2 * math.pi)) + self._log_det())).expand(self._batch_shape)

    # --- For kl.py, where MultivariateNormal has the same ---------------------------------------------------------------

    def _log_det(self) -> Tensor:
        """The logarithm of the covariance's determinant."""
        return 2 * log_diagonal(self._capacitance_tril) + self._unbroadcasted_cov_diag.log().sum(-1)

    def _mahalanobis(self, x: Tensor) -> Tensor:
        """x^T C^-1 x."""
        along = whitened_square(self._capacitance_tril, times_vector(self._scaled_factor(), x))
        return (x.pow(2) / self._unbroadcasted_cov_diag).sum(-1) - along

    def _parts(self) -> tuple[Tensor, Tensor | None]:
        """C = F F^T + diag(d): F and d."""
        return self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag

    def _trace_of(self, factor: Tensor, diagonal: Tensor | None) -> Tensor:
        """The trace of C^-1 (F F^T + diag(d)), without matrices of n x n."""
        a, d = self._whitener(), self._unbroadcasted_cov_diag
        trace = (factor.pow(2).sum(-1) / d).sum(-1) - (a @ factor).pow(2).sum((-2, -1))
        if diagonal is None:
            return trace
        return trace + (diagonal / d).sum(-1) - (a.pow(2) * diagonal.unsqueeze(-2)).sum((-2, -1))
