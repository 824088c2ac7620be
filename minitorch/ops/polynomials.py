"""Orthogonal polynomials, each by its recurrence: from p[i - 1] and p[i] to p[i + 1]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.ops.samples import Sample
from minitorch.rows import Array, elementwise

HIGHEST = 10_000  # degree, which takes as many steps


def _samples(make):
    yield Sample(make(2, 5, low=-1, high=1), make.integers((5,), 0, 9))
    yield Sample(make(3), 4)
    yield Sample(make(low=-1, high=1), make.integers((3,), -1, 3))


def _summed(k: Any, x: Any, n: Any, first: Any, step: Callable) -> Any:
    """p[n](x) with p[0] = 1, p[1] = first and p[i + 1] = step(i, p[i], p[i - 1]); 0 for n below 0."""
    n = k.trunc(n) + k.full_like(x, 0)
    zero = k.full_like(n, 0)
    before, now = k.full_like(n, 1), first + zero
    result = k.where(n < 0, zero, k.where(n < 1, before, now))
    finite = k.where(k.isfinite(n), n, zero)
    degree = int(k.amax(finite, tuple(range(len(n.shape))), False)) if 0 not in n.shape else 0
    if degree > HIGHEST:
        raise ValueError(f"polynomials are summed up to degree {HIGHEST} here, got {degree}")
    for i in range(1, degree):
        before, now = now, step(i, now, before)
        result = k.where(n == i + 1, now, result)
    return result


def _polynomial(name: str):
    return elementwise(takes="inexact", refuses="complex", samples=_samples, torch=f"special.{name}", method=False)


@_polynomial("chebyshev_polynomial_t")
def chebyshev_polynomial_t(k, x: Array, n: Array):
    """The Chebyshev polynomial of the first kind of degree n: cos(n acos(x)) on [-1, 1].

    T(0) = 1, T(1) = x, T(n + 1) = 2 * x * T(n) - T(n - 1)
    """
    twice = 2 * x
    return _summed(k, x, n, x, lambda i, now, before: twice * now - before)


@_polynomial("chebyshev_polynomial_u")
def chebyshev_polynomial_u(k, x: Array, n: Array):
    """The Chebyshev polynomial of the second kind of degree n: it begins with 1, 2 x.

    U(0) = 1, U(1) = 2 * x, U(n + 1) = 2 * x * U(n) - U(n - 1)
    """
    twice = 2 * x
    return _summed(k, x, n, twice, lambda i, now, before: twice * now - before)


@_polynomial("chebyshev_polynomial_v")
def chebyshev_polynomial_v(k, x: Array, n: Array):
    """The Chebyshev polynomial of the third kind of degree n: it begins with 1, 2 x - 1.

    V(0) = 1, V(1) = 2 * x - 1, V(n + 1) = 2 * x * V(n) - V(n - 1)
    """
    twice = 2 * x
    return _summed(k, x, n, twice - 1, lambda i, now, before: twice * now - before)


@_polynomial("chebyshev_polynomial_w")
def chebyshev_polynomial_w(k, x: Array, n: Array):
    """The Chebyshev polynomial of the fourth kind of degree n: it begins with 1, 2 x + 1.

    W(0) = 1, W(1) = 2 * x + 1, W(n + 1) = 2 * x * W(n) - W(n - 1)
    """
    twice = 2 * x
    return _summed(k, x, n, twice + 1, lambda i, now, before: twice * now - before)


@_polynomial("shifted_chebyshev_polynomial_t")
def shifted_chebyshev_polynomial_t(k, x: Array, n: Array):
    """The Chebyshev polynomial of the first kind of degree n at 2 x - 1."""
    return k.chebyshev_polynomial_t(2 * x - 1, n)


@_polynomial("shifted_chebyshev_polynomial_u")
def shifted_chebyshev_polynomial_u(k, x: Array, n: Array):
    """The Chebyshev polynomial of the second kind of degree n at 2 x - 1."""
    return k.chebyshev_polynomial_u(2 * x - 1, n)


@_polynomial("shifted_chebyshev_polynomial_v")
def shifted_chebyshev_polynomial_v(k, x: Array, n: Array):
    """The Chebyshev polynomial of the third kind of degree n at 2 x - 1."""
    return k.chebyshev_polynomial_v(2 * x - 1, n)


@_polynomial("shifted_chebyshev_polynomial_w")
def shifted_chebyshev_polynomial_w(k, x: Array, n: Array):
    """The Chebyshev polynomial of the fourth kind of degree n at 2 x - 1."""
    return k.chebyshev_polynomial_w(2 * x - 1, n)


@_polynomial("hermite_polynomial_h")
def hermite_polynomial_h(k, x: Array, n: Array):
    """The physicists' Hermite polynomial of degree n: it begins with 1, 2 x, 4 x^2 - 2.

    H(0) = 1, H(1) = 2 * x, H(n + 1) = 2 * x * H(n) - 2 * n * H(n - 1)
    """
    twice = 2 * x
    return _summed(k, x, n, twice, lambda i, now, before: twice * now - 2 * i * before)


@_polynomial("hermite_polynomial_he")
def hermite_polynomial_he(k, x: Array, n: Array):
    """The probabilists' Hermite polynomial of degree n: it begins with 1, x, x^2 - 1.

    He(0) = 1, He(1) = x, He(n + 1) = x * He(n) - n * He(n - 1)
    """
    return _summed(k, x, n, x, lambda i, now, before: x * now - i * before)


@_polynomial("laguerre_polynomial_l")
def laguerre_polynomial_l(k, x: Array, n: Array):
    """The Laguerre polynomial of degree n: it begins with 1, 1 - x.

    L(0) = 1, L(1) = 1 - x, (n + 1) * L(n + 1) = (2 * n + 1 - x) * L(n) - n * L(n - 1)
    """
    return _summed(k, x, n, 1 - x, lambda i, now, before: ((2 * i + 1 - x) * now - i * before) / (i + 1))


@_polynomial("legendre_polynomial_p")
def legendre_polynomial_p(k, x: Array, n: Array):
    """The Legendre polynomial of degree n: it begins with 1, x, (3 x^2 - 1) / 2.

    P(0) = 1, P(1) = x, (n + 1) * P(n + 1) = (2 * n + 1) * x * P(n) - n * P(n - 1)
    """
    return _summed(k, x, n, x, lambda i, now, before: ((2 * i + 1) * x * now - i * before) / (i + 1))
