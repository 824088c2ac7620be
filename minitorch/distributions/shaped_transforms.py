"""Transforms of vectors and matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.composed_transforms import Transform, _need_dims
from minitorch.distributions.elementwise_transforms import clipped_sigmoid
from minitorch.distributions.parameters import tril_matrix_to_vec, vec_to_tril_matrix
from minitorch.nn.functional import logsigmoid, pad, softplus
from minitorch.size import Size
from minitorch.tensor import Tensor


class ReshapeTransform(Transform):
    """The last dimensions `in_shape` become `out_shape`."""

    bijective = True

    def __init__(self, in_shape: Sequence[int], out_shape: Sequence[int], cache_size: int = 0) -> None:
        self.in_shape, self.out_shape = Size(in_shape), Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError("in_shape, out_shape have different numbers of elements")
        super().__init__(cache_size=cache_size)

    def _again(self) -> tuple:
        return self.in_shape, self.out_shape

    @constraints.dependent_property
    def domain(self):
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self):
        return constraints.independent(constraints.real, len(self.out_shape))

    def _call(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[: x.dim() - len(self.in_shape)] + self.out_shape)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.reshape(y.shape[: y.dim() - len(self.out_shape)] + self.in_shape)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x.new_zeros(x.shape[: x.dim() - len(self.in_shape)])

    def forward_shape(self, shape: Any) -> Any:
        return _exchanged(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Any) -> Any:
        return _exchanged(shape, self.out_shape, self.in_shape)


def _exchanged(shape: Any, old: Size, new: Size) -> Any:
    """A shape whose end `old` is replaced by `new`."""
    _need_dims(shape, len(old))
    cut = len(shape) - len(old)
    if shape[cut:] != old:
        raise ValueError(f"Shape mismatch: expected {shape[cut:]} but got {old}")
    return shape[:cut] + new


class _OfVectors(Transform):
    """Events have a dimension at least."""

    def forward_shape(self, shape: Any) -> Any:
        _need_dims(shape, 1)
        return shape

    inverse_shape = forward_shape


class SoftmaxTransform(_OfVectors):
    """y = softmax(x): shares of 1, from one number more than needed, so that it has no Jacobian; the inverse is log."""

    domain = constraints.real_vector
    codomain = constraints.simplex
    _alike = True

    def _call(self, x: Tensor) -> Tensor:
        weights = (x - x.max(-1, True)[0]).exp()
        return weights / weights.sum(-1, True)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()


class StickBreakingTransform(_OfVectors):
    """n numbers to n + 1 shares of 1: each says what part of the rest its share takes, x = 0 that all are equal.

    z[i] = sigmoid(x[i] - log(n - i)), y[i] = z[i] (1 - z[0]) ... (1 - z[i - 1]).
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True
    _alike = True

    def _call(self, x: Tensor) -> Tensor:
        z = clipped_sigmoid(x - _rests(x, x.shape[-1]))
        return pad(z, [0, 1], value=1) * pad((1 - z).cumprod(-1), [1, 0], value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        shares = y[..., :-1]
        rest = (1 - shares.cumsum(-1)).clamp(min=minitorch.finfo(y.dtype).tiny)
        return shares.log() - rest.log() + _rests(y, y.shape[-1] - 1)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        x = x - _rests(x, x.shape[-1])
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        return super().forward_shape(shape)[:-1] + (shape[-1] + 1,)

    def inverse_shape(self, shape: Any) -> Any:
        return super().forward_shape(shape)[:-1] + (shape[-1] - 1,)


def _rests(like: Tensor, count: int) -> Tensor:
    """log of n, n - 1, ..., 1."""
    return minitorch.arange(count, 0, -1, dtype=like.dtype, device=like.device).log()


class LowerCholeskyTransform(Transform):
    """Lower triangular matrices with a positive diagonal, by exp of the diagonal."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky
    _alike = True

    def _call(self, x: Tensor) -> Tensor:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(Transform):
    """Positive definite matrices, from the Cholesky factor that LowerCholeskyTransform gives."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite
    _alike = True

    def _call(self, x: Tensor) -> Tensor:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Tensor) -> Tensor:
        return LowerCholeskyTransform().inv(minitorch.linalg.cholesky(y))


class CorrCholeskyTransform(Transform):
    """n (n - 1) / 2 numbers to the Cholesky factor of a correlation matrix of size n.

    Signed stick breaking: r = tanh(x) below the diagonal, y[i, j] = r[i, j] sqrt((1 - r[i, 0]^2) ... (1 - r[i, j - 1]^2)),
    and the diagonal makes the rows' length 1 (Lewandowski, Kurowicka and Joe 2009; Stan's reference manual).
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        eps = minitorch.finfo(x.dtype).eps
        r = vec_to_tril_matrix(x.tanh().clamp(-1 + eps, 1 - eps), diag=-1)
        rests = (1 - r**2).sqrt().cumprod(-1)
        ones = minitorch.eye(r.shape[-1], dtype=r.dtype, device=r.device)
        return (r + ones) * pad(rests[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        rests = pad((1 - (y * y).cumsum(-1))[..., :-1], [1, 0], value=1)
        r = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(rests, diag=-1).sqrt()
        return (r.log1p() - (-r).log1p()) / 2  # atanh

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        rests = 1 - (y * y).cumsum(-1)
        breaking = 0.5 * tril_matrix_to_vec(rests, diag=-2).log().sum(-1)
        return breaking - 2 * (x + softplus(-2 * x) - math.log(2.0)).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        _need_dims(shape, 1)
        count = shape[-1]
        size = round((0.25 + 2 * count) ** 0.5 + 0.5)
        if size * (size - 1) // 2 != count:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return shape[:-1] + (size, size)

    def inverse_shape(self, shape: Any) -> Any:
        _need_dims(shape, 2)
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return shape[:-2] + (shape[-1] * (shape[-1] - 1) // 2,)
