"""Dropout: in training, values become 0 at random and the others larger, so that the mean stays (Srivastava et al. 2014).

Each is a product with a mask of drawn numbers, so the derivative is that of `mul`, which keeps the mask.
"""

from __future__ import annotations

import math
import warnings

from minitorch import dtypes
from minitorch.ops.generators import stream_of
from minitorch.ops.random import Draw, draw_like, tensor_of
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor

# What SELU gives for very negative inputs: minus scale * alpha of Klambauer et al. (2017), arXiv:1706.02515.
_SELU_FLOOR = 1.0507009873554805 * 1.6732632423543772


def _drop(
    input: Tensor, p: float, training: bool, inplace: bool, channels: bool = False, alpha: bool = False
) -> Tensor:
    """All kinds of dropout; of single values, or of whole channels of `(N, C, ...)`."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if p == 0 or not training or not input.numel():
        return input
    if channels and input.ndim < 2:
        raise RuntimeError(
            f"Feature dropout requires at least 2 dimensions in the input, but its shape is {list(input.shape)}"
        )
    if p == 1:
        return input.mul_(0) if inplace else input * 0
    if alpha:
        return _drop_alpha(input, p, inplace, channels)
    mask = _drawn(input, channels, lambda stream, shape, kind, axes: stream.dropout_mask(shape, p, kind))
    return input.mul_(mask) if inplace else input * mask


def _drawn(input: Tensor, channels: bool, draw: Draw) -> Tensor:
    """A mask drawn for each value, or for each channel."""
    if not channels:
        return draw_like(input, draw)
    shape = (*input.shape[:2], *[1] * (input.ndim - 2))
    values = draw(stream_of(None, input.device), shape, dtypes.numpy_dtype(input.dtype), None)
    return tensor_of(values, input.dtype, input.device)


def _drop_alpha(input: Tensor, p: float, inplace: bool, channels: bool) -> Tensor:
    """Dropped values become SELU's floor; then a scale and a shift bring mean and variance back to 0 and 1."""
    kept = _drawn(input, channels, lambda stream, shape, kind, axes: stream.bernoulli(1 - p, shape, kind))
    scale = 1 / math.sqrt((_SELU_FLOOR * _SELU_FLOOR * p + 1) * (1 - p))
    shift = (kept - 1).mul_(_SELU_FLOOR * scale).add_(_SELU_FLOOR * scale * p)
    kept.mul_(scale)
    return input.mul_(kept).add_(shift) if inplace else (input * kept).add_(shift)


@composition(method=False, torch="nn.functional.dropout")
def dropout(input: Array, p: float = 0.5, training: bool = True, inplace: bool = False):
    """input with each value set to 0 with probability p, the others divided by 1 - p; input itself outside training.

    out = input * keep / (1 - p), where keep is 0 with probability p, else 1

    >>> import minitorch
    >>> _ = minitorch.manual_seed(0)
    >>> minitorch.dropout(minitorch.ones(6))
    tensor([0., 0., 2., 0., 0., 0.])
    """
    return _drop(input, p, training, inplace)


@composition(method=False, torch="nn.functional.alpha_dropout")
def alpha_dropout(input: Array, p: float = 0.5, training: bool = False, inplace: bool = False):
    """Dropout that keeps mean 0 and variance 1 of inputs that have them: for SELU (Klambauer et al. 2017)."""
    return _drop(input, p, training, inplace, alpha=True)


@composition(method=False, torch="nn.functional.feature_alpha_dropout")
def feature_alpha_dropout(input: Array, p: float = 0.5, training: bool = False, inplace: bool = False):
    """`alpha_dropout` of whole channels of `(N, C, ...)`."""
    return _drop(input, p, training, inplace, channels=True, alpha=True)


@composition(method=False, torch="nn.functional.dropout1d")
def dropout1d(input: Array, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Dropout of whole channels of `(N, C, L)` or `(C, L)` (Tompson et al. 2015, arXiv:1411.4280)."""
    if 0.0 <= p <= 1.0 and input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input: (C, L) or (N, C, L)"
        )
    return (
        _drop_unbatched(input, p, training, inplace)
        if input.ndim == 2
        else _drop(input, p, training, inplace, channels=True)
    )


@composition(method=False, torch="nn.functional.dropout2d")
def dropout2d(input: Array, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Dropout of whole channels of `(N, C, H, W)`; three dims count as `(N, C, L)`, as in PyTorch, with a warning."""
    if 0.0 <= p <= 1.0 and input.ndim != 4:
        instead = "dropout1d" if input.ndim == 3 else "dropout"
        warnings.warn(f"dropout2d: expected (N, C, H, W), got {input.ndim} dims; use {instead} instead", stacklevel=2)
    return _drop(input, p, training, inplace, channels=True)


@composition(method=False, torch="nn.functional.dropout3d")
def dropout3d(input: Array, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Dropout of whole channels of `(N, C, D, H, W)` or `(C, D, H, W)`."""
    if 0.0 <= p <= 1.0 and input.ndim not in (4, 5):
        warnings.warn(f"dropout3d: expected (N, C, D, H, W), got {input.ndim} dims; use dropout instead", stacklevel=2)
    return (
        _drop(input, p, training, inplace, channels=True)
        if input.ndim == 5
        else _drop_unbatched(input, p, training, inplace)
    )


def _drop_unbatched(input: Tensor, p: float, training: bool, inplace: bool) -> Tensor:
    """Channel dropout of `(C, ...)`."""
    result = _drop(input.unsqueeze(0), p, training, inplace, channels=True)
    return input if inplace else result.squeeze(0)
