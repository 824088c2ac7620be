"""What distributions do with their parameters: broadcast them, convert between probabilities and logits, compute some lazily."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import minitorch
from minitorch.tensor import Tensor

euler_constant = 0.5772156649015329


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """The values as Tensors of one shape; numbers take dtype and device of the first Tensor, or the default ones.

    >>> broadcast_all(1.0, minitorch.zeros(2))
    (tensor([1., 1.]), tensor([0., 0.]))
    """
    if not all(isinstance(value, Tensor | int | float) for value in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    first = next((value for value in values if isinstance(value, Tensor)), None)
    dtype, device = (minitorch.get_default_dtype(), None) if first is None else (first.dtype, first.device)
    tensors = [v if isinstance(v, Tensor) else minitorch.tensor(v, dtype=dtype, device=device) for v in values]
    return tuple(minitorch.broadcast_tensors(*tensors))


def standard_normal(shape: Sequence[int], dtype: Any, device: Any) -> Tensor:
    """Numbers of the standard normal distribution."""
    return minitorch.empty(shape, dtype=dtype, device=device).normal_()


def standard_uniform(shape: Sequence[int], like: Tensor) -> Tensor:
    """Numbers uniform on [0, 1), in the dtype and on the device of `like`."""
    return minitorch.rand(shape, dtype=like.dtype, device=like.device)


def sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last `dim` dimensions."""
    return value if dim == 0 else value.reshape(*value.shape[:-dim], -1).sum(-1)


# --- Probabilities -------------------------------------------------------------------------------------------------------


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """The sigmoid where each logit stands for itself, else softmax along the last dimension."""
    return logits.sigmoid() if is_binary else logits.softmax(-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Away from 0 and 1, by one rounding of 1."""
    eps = minitorch.finfo(probs.dtype).eps
    return probs.clamp(eps, 1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """log(p / (1 - p)) where each probability stands for itself, else log(p); 0 and 1 are moved inside a little."""
    inside = clamp_probs(probs)
    return inside.log() - (-inside).log1p() if is_binary else inside.log()


# --- Triangles -----------------------------------------------------------------------------------------------------------


def _triangle(size: int, diag: int, device: Any) -> Tensor:
    """True on and below the diagonal number `diag`."""
    return minitorch.ones(size, size, dtype=minitorch.bool, device=device).tril(diag)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The elements on and below a diagonal, row by row: (*, n, n) gives (*, m)."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _triangle(n, diag, mat.device)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """The matrices with these elements on and below a diagonal, row by row, else 0: (*, m) gives (*, n, n)."""
    count, twice = vec.shape[-1], 1 + 2 * diag
    n = (math.sqrt(twice**2 + 8 * count + 4 * abs(diag) * (diag + 1)) - twice) / 2
    if abs(round(n) - n) > minitorch.finfo(vec.dtype).eps:
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as "
            "the lower triangular part of a square D x D matrix."
        )
    size = round(n)
    mask = _triangle(size, diag, vec.device)
    flat = mask.flatten()
    place = (flat.cumsum(0) - 1).clamp(min=0)  # which element of vec goes where
    spread = vec[..., place] if count else vec.new_zeros(*vec.shape[:-1], size * size)
    return minitorch.where(flat, spread, 0.0).reshape(*vec.shape[:-1], size, size)


# --- Lazily --------------------------------------------------------------------------------------------------------------


class lazy_property:
    """A property that is computed at its first use, with gradients on, and is an ordinary attribute from then on."""

    def __init__(self, wrapped: Callable):
        self.wrapped = wrapped
        update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, obj_type: Any = None) -> Any:
        if instance is None:
            return _LazyOfClass(self.wrapped)
        with minitorch.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class _LazyOfClass(lazy_property, property):
    """What a class shows where its instances have a lazy property: a property, for `help`."""

    def __init__(self, wrapped: Callable):
        property.__init__(self, wrapped)


class Binary:
    """Each element is given by a probability or by its logit; the other one is computed lazily.

    `_param` is the one that was given.
    """

    _is_binary = True
    _given: str

    def _set_parameter(self, probs: Any, logits: Any) -> Tensor:
        """Take the one of the two that is given, and return it as a Tensor."""
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        self._given, value = ("probs", probs) if logits is None else ("logits", logits)
        (vars(self)[self._given],) = broadcast_all(value)
        return self._param

    @property
    def _param(self) -> Tensor:
        return vars(self)[self._given]

    @lazy_property
    def logits(self) -> Tensor:
        return probs_to_logits(self.probs, self._is_binary)

    @lazy_property
    def probs(self) -> Tensor:
        return logits_to_probs(self.logits, self._is_binary)

    @property
    def param_shape(self) -> minitorch.Size:
        """The shape of the parameter that was given."""
        return self._param.shape
