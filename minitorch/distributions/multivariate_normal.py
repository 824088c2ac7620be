"""The normal distribution of vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.parameters import lazy_property, standard_normal
from minitorch.size import Size
from minitorch.tensor import Tensor

__all__ = ["MultivariateNormal"]


def times_vector(matrix: Tensor, vector: Tensor) -> Tensor:
    """Matrices times vectors, batch dimensions broadcast."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def log_diagonal(factor: Tensor) -> Tensor:
    """log |det| of triangular matrices."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def whitened_square(factor: Tensor, x: Tensor) -> Tensor:
    """x^T (L L^T)^-1 x of a lower triangular L: (*batch, n, n) and (*samples, *batch, n) give (*samples, *batch).

    The samples are the columns that one solve per matrix serves.
    """
    samples = x.dim() - factor.dim() + 1
    batch, n = x.shape[samples:-1], x.shape[-1]
    columns = x.reshape(-1, *batch, n).movedim(0, -1)
    solved = minitorch.linalg.solve_triangular(factor.expand(*batch, n, n), columns, upper=False)
    return solved.pow(2).sum(-2).movedim(-1, 0).reshape(x.shape[:-1])


def factor_of_inverse(precision: Tensor) -> Tensor:
    """The Cholesky factor of the inverse of a positive definite matrix: that of the matrix turned by 180 degrees, inverted."""
    turned = minitorch.linalg.cholesky(precision.flip((-2, -1)))
    ones = minitorch.eye(precision.shape[-1], dtype=precision.dtype, device=precision.device)
    return minitorch.linalg.solve_triangular(turned.flip((-2, -1)).mT, ones, upper=False)


class Matrix:
    """A positive definite matrix that is given as itself, as its inverse or as its Cholesky factor; the others come lazily.

    `_unbroadcasted_scale_tril` is the factor without the batch dimensions that only other parameters have.
    """

    _unbroadcasted_scale_tril: Tensor
    _batch_shape: Size

    def _set_matrix(self, name: str, matrix: Tensor, batch_shape: Size) -> None:
        vars(self)[name] = matrix.expand(*batch_shape, -1, -1)

    def _set_factor(self, name: str, matrix: Tensor) -> None:
        factor = {"covariance_matrix": minitorch.linalg.cholesky, "precision_matrix": factor_of_inverse}
        self._unbroadcasted_scale_tril = matrix if name == "scale_tril" else factor[name](matrix)

    def _in_batch(self, matrix: Tensor) -> Tensor:
        return matrix.expand(*self._batch_shape, *matrix.shape[-2:])

    @lazy_property
    def scale_tril(self) -> Tensor:
        return self._in_batch(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        factor = self._unbroadcasted_scale_tril
        return self._in_batch(factor @ factor.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        return self._in_batch(minitorch.cholesky_inverse(self._unbroadcasted_scale_tril))


def the_one_given(error: type[Exception], **matrices: Tensor | None) -> tuple[str, Tensor]:
    """Name and value of the one matrix that isn't None."""
    given = [(name, matrix) for name, matrix in matrices.items() if matrix is not None]
    if len(given) != 1:
        raise error("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
    return given[0]


class MultivariateNormal(Matrix, Distribution):
    """Density exp(-(x - loc)^T C^-1 (x - loc) / 2) / sqrt(det(2 pi C)), C = `covariance_matrix`.

    C is given, or its inverse `precision_matrix`, or its Cholesky factor `scale_tril`, which saves the factorization.
    Samples are loc + scale_tril @ (standard normal numbers).
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc: Tensor, covariance_matrix: Tensor | None = None, precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None, validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        name, matrix = the_one_given(
            ValueError, covariance_matrix=covariance_matrix, precision_matrix=precision_matrix, scale_tril=scale_tril
        )
        if matrix.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        batch_shape = minitorch.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        self._set_matrix(name, matrix, batch_shape)
        self.loc = loc.expand(*batch_shape, -1)
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        self._set_factor(name, matrix)

    mean = property(lambda self: self.loc)
    mode = property(lambda self: self.loc)

    @property
    def variance(self) -> Tensor:
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(self._extended_shape())

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        drawn = standard_normal(self._extended_shape(sample_shape), self.loc.dtype, self.loc.device)
        return self.loc + times_vector(self._unbroadcasted_scale_tril, drawn)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        n = self._event_shape[0]
        return -0.5 * (n * math.log(2 * math.pi) + self._log_det() + self._mahalanobis(value - self.loc))

    def entropy(self) -> Tensor:
        n = self._event_shape[0]
        return (0.5 * (n * (1.0 + math.log(2 * math.pi)) + self._log_det())).expand(self._batch_shape)

    # --- For kl.py, where LowRankMultivariateNormal has the same --------------------------------------------------------

    def _log_det(self) -> Tensor:
        """log det C."""
        return 2 * log_diagonal(self._unbroadcasted_scale_tril)

    def _mahalanobis(self, x: Tensor) -> Tensor:
        """x^T C^-1 x."""
        return whitened_square(self._unbroadcasted_scale_tril, x)

    def _parts(self) -> tuple[Tensor, Tensor | None]:
        """C = F F^T + diag(d): F, and d or None."""
        return self._unbroadcasted_scale_tril, None

    def _trace_of(self, factor: Tensor, diagonal: Tensor | None) -> Tensor:
        """The trace of C^-1 (F F^T + diag(d))."""
        total: Tensor | float = 0.0
        for part in (factor, None if diagonal is None else diagonal.sqrt().diag_embed()):
            if part is not None:
                whitened = minitorch.linalg.solve_triangular(self._unbroadcasted_scale_tril, part, upper=False)
                total = total + whitened.pow(2).sum((-2, -1))
        return total  # type: ignore[return-value]
