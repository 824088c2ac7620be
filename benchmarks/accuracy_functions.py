"""What the pointwise ops should give, by mpmath, and at which numbers to ask: the left-hand side of `benchmarks.accuracy`.

A function takes mpmath's numbers. Where it raises, or its value is no real number, the point is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

__all__ = ["FUNCTIONS", "Function", "points"]


@dataclass(frozen=True)
class Function:
    """An op's exact value, and the numbers between `low` and `high` that it is asked at, besides those near `places`."""

    exact: Callable
    low: float = -1e30
    high: float = 1e30
    places: tuple[float, ...] = (0.0, 1.0, -1.0)
    second: tuple[float, float] | None = None  # the second operand's range
    settings: tuple = ()  # further arguments
    first: tuple = ()  # arguments before the operand
    gradient: bool = True


def points(low: float, high: float, places: tuple[float, ...], count: int, dtype: Any) -> np.ndarray:
    """Numbers of all sizes, numbers of usual sizes, halves, and numbers close to the places, in order and without repeats."""
    rng = np.random.default_rng(0)
    sizes = 10.0 ** np.linspace(-37, 30, count)
    steps = 2.0 ** -np.arange(1, 24, 3)
    parts = [
        sizes,
        -sizes,
        rng.uniform(-20, 20, 2 * count),
        rng.uniform(-2, 2, count),
        rng.uniform(max(low, -1e4), min(high, 1e4), count),
        np.arange(-20, 20.5, 0.5),
        *(np.concatenate([place + steps, place - steps]) for place in places),
    ]
    found = np.unique(np.concatenate(parts).astype(dtype))
    return found[(found >= low) & (found <= high)]


def _softplus(x: Any) -> Any:
    return mp.log1p(mp.exp(x))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _normal(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _ndtri(p: Any) -> Any:
    return -mp.sqrt(2) * mp.erfinv(1 - 2 * p) if p > mp.mpf("1e-30") else mp.nan


def _tanh_gelu(x: Any) -> Any:
    return x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf(0.044715) * x**3)))


def _erfcx(x: Any) -> Any:
    return mp.exp(x * x) * mp.erfc(x)


def _log_gamma(x: Any) -> Any:
    return mp.loggamma(x).real


def _sinc(x: Any) -> Any:
    return mp.sincpi(x)


# How far out functions that swing are followed.
HARD = 1e4
FUNCTIONS: dict[str, Function] = {
    # Exponentials and logarithms
    "exp": Function(mp.exp),
    "exp2": Function(lambda x: mp.mpf(2) ** x),
    "expm1": Function(mp.expm1),
    "log": Function(mp.log, 0),
    "log2": Function(lambda x: mp.log(x, 2), 0),
    "log10": Function(mp.log10, 0),
    "log1p": Function(mp.log1p, -1),
    "logaddexp": Function(lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), -100, 100, second=(-100, 100)),
    "logaddexp2": Function(lambda x, y: mp.log(mp.mpf(2) ** x + mp.mpf(2) ** y, 2), -100, 100, second=(-100, 100)),
    "rsqrt": Function(lambda x: 1 / mp.sqrt(x), 0),
    "pow": Function(lambda x, y: x**y, 0, 1e4, second=(-20, 20)),
    "hypot": Function(mp.hypot, second=(-1e30, 1e30)),
    "addcmul": Function(lambda x, y: x + y * y, -100, 100, second=(-100, 100)),
    # Trigonometry
    "sin": Function(mp.sin),
    "cos": Function(mp.cos),
    "tan": Function(mp.tan),
    "asin": Function(mp.asin, -1, 1),
    "acos": Function(mp.acos, -1, 1),
    "atan": Function(mp.atan),
    "atan2": Function(mp.atan2, second=(-1e30, 1e30)),
    "sinh": Function(mp.sinh),
    "cosh": Function(mp.cosh),
    "tanh": Function(mp.tanh),
    "asinh": Function(mp.asinh),
    "acosh": Function(mp.acosh, 1),
    "atanh": Function(mp.atanh, -1, 1),
    "deg2rad": Function(mp.radians),
    "rad2deg": Function(mp.degrees),
    "sinc": Function(_sinc, -HARD, HARD),
    "logit": Function(lambda x: mp.log(x) - mp.log1p(-x), 0, 1, (0.0, 0.5, 1.0)),
    # Activations
    "sigmoid": Function(_sigmoid),
    "logsigmoid": Function(lambda x: -_softplus(-x)),
    "silu": Function(lambda x: x * _sigmoid(x)),
    "softplus": Function(_softplus, high=20),
    "gelu": Function(lambda x: x * _normal(x)),
    "mish": Function(lambda x: x * mp.tanh(_softplus(x))),
    "elu": Function(lambda x: x if x > 0 else mp.expm1(x)),
    "celu": Function(lambda x: x if x > 0 else mp.expm1(x)),
    "selu": Function(
        lambda x: mp.mpf("1.0507009873554804934193349852946")
        * (x if x > 0 else mp.mpf("1.6732632423543772848170429916717") * mp.expm1(x))
    ),
    "softsign": Function(lambda x: x / (1 + abs(x))),
    "tanhshrink": Function(lambda x: x - mp.tanh(x)),
    "hardsigmoid": Function(lambda x: min(max(x + 3, 0), 6) / 6, gradient=False),
    "hardswish": Function(lambda x: x * min(max(x + 3, 0), 6) / 6, places=(0.0, 3.0, -3.0), gradient=False),
    "leaky_relu": Function(lambda x: x if x > 0 else mp.mpf(0.01) * x, gradient=False),
    # The error function and the normal distribution
    "erf": Function(mp.erf),
    "erfc": Function(mp.erfc),
    "erfcx": Function(_erfcx, -9, 1e30),
    "erfinv": Function(mp.erfinv, -1, 1),
    "ndtr": Function(_normal),
    "ndtri": Function(_ndtri, 0, 1, (0.0, 0.5, 1.0)),
    "log_ndtr": Function(lambda x: mp.log(_normal(x)), -1e4, 1e30),
    "entr": Function(lambda x: -x * mp.log(x), 0),
    "xlogy": Function(lambda x, y: x * mp.log(y), second=(1e-30, 1e30)),
    "xlog1py": Function(lambda x, y: x * mp.log1p(y), second=(-0.99, 1e30)),
    # The gamma function's family
    "lgamma": Function(_log_gamma, -50, 1e30, (0.0, 1.0, 2.0, -1.0, -2.457024738)),
    "digamma": Function(mp.digamma, -50, 1e30, (0.0, 1.0, 1.461632145, -0.504083008, -1.0)),
    "polygamma": Function(lambda x: mp.polygamma(1, x), -20, 1e30, first=(1,), gradient=False),
    "zeta": Function(mp.zeta, 1.0625, 30, (1.0,), second=(0.01, 1e4), gradient=False),
    "igamma": Function(lambda a, x: mp.gammainc(a, 0, x, regularized=True), 0.01, 2e4, second=(0.001, 2e4), gradient=False),
    "igammac": Function(lambda a, x: mp.gammainc(a, x, regularized=True), 0.01, 2e4, second=(0.001, 2e4), gradient=False),
    # Bessel's functions
    "i0": Function(lambda x: mp.besseli(0, x), -88, 88),
    "i1": Function(lambda x: mp.besseli(1, x), -88, 88),
    "i0e": Function(lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), -HARD, HARD),
    "i1e": Function(lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), -HARD, HARD),
    "modified_bessel_k0": Function(lambda x: mp.besselk(0, x), 0.001, 80, gradient=False),
    "modified_bessel_k1": Function(lambda x: mp.besselk(1, x), 0.001, 80, gradient=False),
    "scaled_modified_bessel_k0": Function(lambda x: mp.besselk(0, x) * mp.exp(x), 0.001, HARD, gradient=False),
    "scaled_modified_bessel_k1": Function(lambda x: mp.besselk(1, x) * mp.exp(x), 0.001, HARD, gradient=False),
    "bessel_j0": Function(lambda x: mp.besselj(0, x), -HARD, HARD, gradient=False),
    "bessel_j1": Function(lambda x: mp.besselj(1, x), -HARD, HARD, gradient=False),
    "bessel_y0": Function(lambda x: mp.bessely(0, x), 0, HARD, gradient=False),
    "bessel_y1": Function(lambda x: mp.bessely(1, x), 0, HARD, gradient=False),
    "spherical_bessel_j0": Function(mp.sinc, -HARD, HARD, gradient=False),
    "airy_ai": Function(mp.airyai, -50, 20, gradient=False),
}  # fmt: skip
