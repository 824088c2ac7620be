"""Parametrizations that are often wanted: orthogonal matrices, lengths apart from directions, a largest singular value of 1."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, TypeVar

from minitorch import linalg
from minitorch.autograd import no_grad
from minitorch.nn.functional import normalize
from minitorch.nn.module import Module
from minitorch.nn.utils import parametrize
from minitorch.nn.utils.spectral_norm import as_matrix, check_iterations, output_dim
from minitorch.nn.utils.weight_norm import _weight_norm
from minitorch.ops import allclose, cat, eye, geqrf, matrix_exp, mv, norm_except_dim, randn, vdot, zeros_like
from minitorch.tensor import Tensor
from minitorch.type_limits import finfo

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

AModule = TypeVar("AModule", bound=Module)


# --- Orthogonal -------------------------------------------------------------------------------------------------------


class _OrthMaps(Enum):
    """How a matrix with n (n - 1) / 2 free numbers becomes an orthogonal one."""

    matrix_exp = auto()  # exp(A) of a skew-symmetric A
    cayley = auto()  # (I - A/2)⁻¹ (I + A/2) of a skew-symmetric A
    householder = auto()  # a product of reflections


class _Orthogonal(Module):
    """Matrices X `(*, n, k)` -> orthogonal ones of the same shape: QᴴQ = I if n >= k, else QQᴴ = I.

    With `use_trivialization` the result is `base` times the map's, so that any orthogonal matrix can be reached from the
    neighbourhood of zero (Lezcano-Casado 2019, arXiv:1909.09501).
    """

    base: Tensor

    def __init__(self, weight: Tensor, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True):
        super().__init__()
        if weight.is_complex() and orthogonal_map == _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        wide = X.shape[-2] < X.shape[-1]
        X = X.mT if wide else X
        Q = self._reflected(X) if self.orthogonal_map == _OrthMaps.householder else self._rotated(X)
        if hasattr(self, "base"):
            Q = self.base @ Q
        return Q.mT if wide else Q

    def _reflected(self, X: Tensor) -> Tensor:
        """The product of reflections along the columns below the diagonal; the diagonal, of ±1, gives the signs."""
        vectors = X.tril(-1)
        scales = 2.0 / (1.0 + (vectors * vectors).sum(-2))
        return linalg.householder_product(vectors, scales) * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)

    def _rotated(self, X: Tensor) -> Tensor:
        """A function of the skew-symmetric matrix below whose diagonal X stands."""
        n, k = X.shape[-2:]
        X = X.tril()
        if n != k:
            X = cat([X, X.new_zeros(n, n - k).expand(*X.shape[:-2], -1, -1)], -1)
        A = X - X.mH
        if self.orthogonal_map == _OrthMaps.matrix_exp:
            Q = matrix_exp(A)
        else:
            identity = eye(n, dtype=A.dtype, device=A.device)
            Q = linalg.solve(identity - A / 2, identity + A / 2)
        return Q[..., :k]

    @no_grad()
    def right_inverse(self, Q: Tensor) -> Tensor:
        """What gives Q; of a matrix that isn't orthogonal, what gives the Q of its QR factors."""
        if self.shape != Q.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        wide = Q.shape[-2] < Q.shape[-1]
        tall = Q.mT if wide else Q
        if not hasattr(self, "base"):
            if self.orthogonal_map != _OrthMaps.householder:
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            return _reflections(tall).mT if wide else _reflections(tall)
        n, k = tall.shape[-2:]
        if n != k:  # more columns, to have a basis of the whole space
            tall = cat([tall, randn(*tall.shape[:-2], n, n - k, dtype=Q.dtype, device=Q.device)], -1)
        self.base = tall.clone() if n == k and _is_orthogonal(tall) else _make_orthogonal(tall)
        negative = zeros_like(Q)
        negative.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return negative  # for which each of the maps is the identity but for signs that `base` can bear


def _reflections(Q: Tensor) -> Tensor:
    """The vectors of the reflections whose product is Q, with ±1 on the diagonal."""
    vectors, scales = geqrf(Q)
    signs = vectors.diagonal(dim1=-2, dim2=-1)
    signs.sign_()
    signs[scales == 0.0] *= -1
    return vectors


def _is_orthogonal(Q: Tensor) -> bool:
    n, k = Q.shape[-2:]
    identity = eye(k, dtype=Q.dtype, device=Q.device)
    return allclose(Q.mH @ Q, identity, atol=10.0 * n * finfo(Q.dtype).eps)


def _make_orthogonal(A: Tensor) -> Tensor:
    """The Q of the QR factors for which R has a positive diagonal."""
    factors, scales = geqrf(A)
    signs = factors.diagonal(dim1=-2, dim2=-1).sgn()
    return linalg.householder_product(factors, scales) * signs.unsqueeze(-2)


def orthogonal(
    module: AModule, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> AModule:
    """Let a matrix, or a batch of them, be orthogonal (complex: unitary) whatever the optimizer does.

    `orthogonal_map`: "matrix_exp", "cayley" or "householder"; None: the first for square and complex matrices, else the last.

    >>> from minitorch import nn
    >>> Q = orthogonal(nn.Linear(3, 3)).weight
    >>> (Q @ Q.T).detach().round(decimals=5).abs()
    tensor([[1., 0., 0.],
            [0., 1., 0.],
            [0., 0., 1.]])
    """
    weight = _weight(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in _OrthMaps.__members__:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    chosen = _Orthogonal(weight, _OrthMaps[orthogonal_map], use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, chosen, unsafe=True)


def _weight(module: Module, name: str) -> Tensor:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


# --- Weight norm ------------------------------------------------------------------------------------------------------


class _WeightNorm(Module):
    """Lengths g and directions v -> w = g v / ‖v‖, where the norm goes over all dims but `dim`."""

    def __init__(self, dim: int | None = 0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The lengths, and the weight itself as directions."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: AModule, name: str = "weight", dim: int | None = 0) -> AModule:
    """Compute a weight from its length and direction, w = g v / ‖v‖ (Salimans and Kingma 2016, arXiv:1602.07868).

    The originals are `original0`, the lengths, and `original1`, the directions. States that the old form of weight_norm saved
    can be loaded. `dim`: the dim of the outputs, each of which has a length of its own; None: one length for all.
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: Any, prefix: str, *others: Any) -> None:
        old, new = [f"{prefix}{name}{suffix}" for suffix in ("_g", "_v")], f"{prefix}parametrizations.{name}.original"
        if all(key in state_dict for key in old):
            state_dict.update({f"{new}{position}": state_dict.pop(key) for position, key in enumerate(old)})

    module._register_load_state_dict_pre_hook(rename)
    return module


# --- Spectral norm ----------------------------------------------------------------------------------------------------


class _SpectralNorm(Module):
    """A weight -> the weight divided by uᵀ W v, its largest singular value as far as power iterations know it."""

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12):
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})")
        check_iterations(n_power_iterations)
        self.dim = dim % ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            for name, length in zip(("_u", "_v"), matrix.shape, strict=True):
                self.register_buffer(name, normalize(matrix.new_empty(length).normal_(), dim=0, eps=eps))
            self._power_method(matrix, 15)

    @no_grad()
    def _power_method(self, matrix: Tensor, iterations: int) -> None:
        """Turn u and v towards the singular vectors of the largest value."""
        for _ in range(iterations):
            self._u.copy_(normalize(mv(matrix, self._v), dim=0, eps=self.eps))
            self._v.copy_(normalize(mv(matrix.mH, self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()  # backward needs them as they are now
        return weight / vdot(u, mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself, which is taken to be normalized already."""
        return value


def spectral_norm(
    module: AModule, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> AModule:
    """Divide a weight by its largest singular value, so that the layer stretches nothing (Miyato et al. 2018,
    arXiv:1802.05957).

    The value is estimated by power iterations, `n_power_iterations` of them whenever the weight is read in training. `dim`:
    the dim of the outputs; None: 1 for transposed convolutions, else 0.
    """
    chosen = _SpectralNorm(_weight(module, name), n_power_iterations, output_dim(module, dim), eps)
    return parametrize.register_parametrization(module, name, chosen)
