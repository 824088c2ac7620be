"""Windows: weights that fade a stretch of a signal in and out.

PyTorch has two sets. `hann_window(n, periodic=True)` and its four sisters are one period of a wave unless periodic=False;
`signal.windows.hann(M, sym=True)` and the others are symmetric unless sym=False. A periodic window of n points is a symmetric
one of n + 1 without its last. All are computed in float64 and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.ops.creation import tensor
from minitorch.tensor import Tensor

# --- Shapes, at the points 0 ... last of a window -----------------------------------------------------------------------


def _cosines(points: np.ndarray, last: float, factors: Iterable[float]) -> np.ndarray:
    """a0 - a1 cos x + a2 cos 2x - ..., where x goes from 0 to 2 pi."""
    turn = 2 * np.pi * points / last
    return sum(((-1) ** n * a * np.cos(n * turn) for n, a in enumerate(factors)), np.zeros(points.shape))


def _triangle(points: np.ndarray, last: float) -> np.ndarray:
    return 1 - np.abs(2 * points / last - 1)


def _bell(points: np.ndarray, last: float, beta: float) -> np.ndarray:
    """Kaiser's: I0(beta sqrt(1 - x^2)) / I0(beta), where x goes from -1 to 1."""
    across = 2 * points / last - 1
    return np.i0(beta * np.sqrt(np.maximum(1 - across * across, 0))) / np.i0(beta)


BLACKMAN, NUTTALL = (0.42, 0.5, 0.08), (0.3635819, 0.4891775, 0.1365995, 0.0106411)


def _sampled(count: int, symmetric: bool, shape: Callable[[np.ndarray, float], np.ndarray]) -> np.ndarray:
    """A shape at `count` points; a window of one point is 1."""
    if count < 2:
        return np.ones(count)
    return shape(np.arange(count, dtype=np.float64), count - 1 if symmetric else count)


# --- signal.windows -----------------------------------------------------------------------------------------------------


def _made(name: str, M: int, sym: bool, shape: Callable, settings: dict[str, Any]) -> Tensor:
    """The window of a function of `signal.windows`, after the checks that all share."""
    dtype = settings.get("dtype") or dtypes.get_default_dtype()
    layout = settings.pop("layout", None)
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout is not None and "strided" not in str(layout):
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    if dtype not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype!r}")
    return tensor(_sampled(M, sym, shape), **{**settings, "dtype": dtype})


def bartlett(M: int, *, sym: bool = True, **settings: Any) -> Tensor:
    """A triangle from 0 up to 1 and back to 0."""
    return _made("bartlett", M, sym, _triangle, settings)


def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, **settings: Any) -> Tensor:
    """a[0] - a[1] cos x + a[2] cos 2x - ..., where x goes from 0 to 2 pi."""
    if not isinstance(a, list | tuple):
        raise TypeError(f"Coefficients must be a list/tuple, got {type(a).__name__}")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    return _made("general_cosine", M, sym, lambda points, last: _cosines(points, last, a), settings)


def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, **settings: Any) -> Tensor:
    """alpha - (1 - alpha) cos x, where x goes from 0 to 2 pi."""
    return general_cosine(M, a=[alpha, 1 - alpha], sym=sym, **settings)


def hamming(M: int, *, sym: bool = True, **settings: Any) -> Tensor:
    """0.54 - 0.46 cos x."""
    return general_hamming(M, sym=sym, **settings)


def hann(M: int, *, sym: bool = True, **settings: Any) -> Tensor:
    """(1 - cos x) / 2: a cosine's period, from 0 up to 1 and back to 0."""
    return general_hamming(M, alpha=0.5, sym=sym, **settings)


def blackman(M: int, *, sym: bool = True, **settings: Any) -> Tensor:
    """0.42 - 0.5 cos x + 0.08 cos 2x."""
    return general_cosine(M, a=BLACKMAN, sym=sym, **settings)


def nuttall(M: int, *, sym: bool = True, **settings: Any) -> Tensor:
    """0.3635819 - 0.4891775 cos x + 0.1365995 cos 2x - 0.0106411 cos 3x."""
    return general_cosine(M, a=NUTTALL, sym=sym, **settings)


def cosine(M: int, *, sym: bool = True, **settings: Any) -> Tensor:
    """Half a sine's period, at the middles of as many parts as there are points."""
    return _made("cosine", M, sym, lambda points, last: np.sin(np.pi * (points + 0.5) / (last + 1)), settings)


def exponential(M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, **settings: Any) -> Tensor:
    """exp(-|n - center| / tau); the center is the middle unless it is given, for which sym must be False."""
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    return _made("exponential", M, sym, lambda points, last: _decay(points, last, center, tau), settings)


def _decay(points: np.ndarray, last: float, center: float | None, tau: float) -> np.ndarray:
    return np.exp(-np.abs(points - (last / 2 if center is None else center)) / tau)


def gaussian(M: int, *, std: float = 1.0, sym: bool = True, **settings: Any) -> Tensor:
    """exp(-(n - middle)^2 / (2 std^2))."""
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    return _made("gaussian", M, sym, lambda points, last: np.exp(-(((points - last / 2) / std) ** 2) / 2), settings)


def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, **settings: Any) -> Tensor:
    """I0(beta sqrt(1 - x^2)) / I0(beta), where x goes from -1 to 1 and I0 is Bessel's function."""
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    return _made("kaiser", M, sym, lambda points, last: _bell(points, last, beta), settings)


SIGNAL = {
    function.__name__: function
    for function in (bartlett, blackman, cosine, exponential, gaussian, general_cosine, general_hamming, hamming, hann,
                     kaiser, nuttall)
}  # fmt: skip


# --- The older five -----------------------------------------------------------------------------------------------------


def _older(name: str, count: int, periodic: bool, shape: Callable, settings: dict[str, Any]) -> Tensor:
    dtype: DType = settings.get("dtype") or dtypes.get_default_dtype()
    settings.pop("layout", None)
    if count < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={count}")
    if not dtype.is_floating_point:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {dtype!r}")
    return tensor(_sampled(count, not periodic, shape), **{**settings, "dtype": dtype})


def hann_window(window_length: int, periodic: bool = True, **settings: Any) -> Tensor:
    """(1 - cos x) / 2."""
    return _older("hann_window", window_length, periodic, lambda n, last: _cosines(n, last, (0.5, 0.5)), settings)


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, **settings: Any
) -> Tensor:
    """alpha - beta cos x."""
    return _older("hamming_window", window_length, periodic, lambda n, last: _cosines(n, last, (alpha, beta)), settings)


def blackman_window(window_length: int, periodic: bool = True, **settings: Any) -> Tensor:
    """0.42 - 0.5 cos x + 0.08 cos 2x."""
    return _older("blackman_window", window_length, periodic, lambda n, last: _cosines(n, last, BLACKMAN), settings)


def bartlett_window(window_length: int, periodic: bool = True, **settings: Any) -> Tensor:
    """A triangle from 0 up to 1 and back to 0."""
    return _older("bartlett_window", window_length, periodic, _triangle, settings)


def kaiser_window(window_length: int, periodic: bool = True, beta: float = 12.0, **settings: Any) -> Tensor:
    """I0(beta sqrt(1 - x^2)) / I0(beta)."""
    return _older("kaiser_window", window_length, periodic, lambda n, last: _bell(n, last, beta), settings)


WINDOWS = {
    function.__name__: function
    for function in (hann_window, hamming_window, blackman_window, bartlett_window, kaiser_window)
}
