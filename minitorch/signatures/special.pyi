"""Made by `python -m minitorch.testing.signatures` from minitorch.special."""

import builtins
from typing import Any, NamedTuple

from minitorch.tensor import Tensor

def airy_ai(input: Any, *, out: Any = None) -> Tensor:
    """Airy's function Ai, the solution of y'' = x y that falls off to the right."""
def bessel_j0(input: Any, *, out: Any = None) -> Tensor:
    """The Bessel function of the first kind of order 0."""
def bessel_j1(input: Any, *, out: Any = None) -> Tensor:
    """The Bessel function of the first kind of order 1."""
def bessel_y0(input: Any, *, out: Any = None) -> Tensor:
    """The Bessel function of the second kind of order 0."""
def bessel_y1(input: Any, *, out: Any = None) -> Tensor:
    """The Bessel function of the second kind of order 1."""
def chebyshev_polynomial_t(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Chebyshev polynomial of the first kind of degree n: cos(n acos(x)) on [-1, 1]."""
def chebyshev_polynomial_u(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Chebyshev polynomial of the second kind of degree n: it begins with 1, 2 x."""
def chebyshev_polynomial_v(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Chebyshev polynomial of the third kind of degree n: it begins with 1, 2 x - 1."""
def chebyshev_polynomial_w(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Chebyshev polynomial of the fourth kind of degree n: it begins with 1, 2 x + 1."""
def digamma(input: Any, *, out: Any = None) -> Tensor:
    """The derivative of log(gamma(x)): for x from 10 on an asymptotic series, below that by gamma(x + 1) = x gamma(x)."""
def entr(input: Any, *, out: Any = None) -> Tensor:
    """-x log(x), the entropy of a part x; 0 at 0, -inf below."""
def erf(input: Any, *, out: Any = None) -> Tensor:
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to input."""
def erfc(input: Any, *, out: Any = None) -> Tensor:
    """1 - erf(input), accurate far out on the right where erf is 1."""
def erfcx(input: Any, *, out: Any = None) -> Tensor:
    """exp(x^2) erfc(x), which falls off as 1 / x where erfc itself is 0."""
def erfinv(input: Any, *, out: Any = None) -> Tensor:
    """The number whose erf is input; nan outside [-1, 1]."""
def exp2(input: Any, *, out: Any = None) -> Tensor:
    """2 ** input, elementwise."""
def expit(input: Any, *, out: Any = None) -> Tensor:
    """1 / (1 + exp(-input)), elementwise, without overflow."""
def expm1(input: Any, *, out: Any = None) -> Tensor:
    """e ** input - 1, without the cancellation near 0."""
def gammainc(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The lower incomplete gamma function P(a, x): what part of the gamma function's integral lies below x."""
def gammaincc(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The upper incomplete gamma function Q(a, x) = 1 - P(a, x)."""
def gammaln(input: Any, *, out: Any = None) -> Tensor:
    """The logarithm of |gamma(x)|; inf at 0, -1, -2, ..."""
def hermite_polynomial_h(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The physicists' Hermite polynomial of degree n: it begins with 1, 2 x, 4 x^2 - 2."""
def hermite_polynomial_he(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The probabilists' Hermite polynomial of degree n: it begins with 1, x, x^2 - 1."""
def i0(input: Any, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
def i0e(input: Any, *, out: Any = None) -> Tensor:
    """exp(-|x|) I0(x)."""
def i1(input: Any, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1."""
def i1e(input: Any, *, out: Any = None) -> Tensor:
    """exp(-|x|) I1(x)."""
def laguerre_polynomial_l(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Laguerre polynomial of degree n: it begins with 1, 1 - x."""
def legendre_polynomial_p(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Legendre polynomial of degree n: it begins with 1, x, (3 x^2 - 1) / 2."""
def log1p(input: Any, *, out: Any = None) -> Tensor:
    """log(1 + input), without the rounding near 0."""
def log_ndtr(input: Any, *, out: Any = None) -> Tensor:
    """The logarithm of ndtr, accurate far out on the left where that is 0."""
def log_softmax(input: Any, dim: Any, dtype: Any = None, *, out: Any = None) -> Tensor:
    """x - log(sum(exp(x))) along `dim`: the logarithm of softmax, exact also where softmax rounds to 0."""
def logit(input: Any, eps: Any = None, *, out: Any = None) -> Tensor:
    """log(x / (1 - x)), the inverse of the sigmoid; with `eps`, of x limited to [eps, 1 - eps]."""
def logsumexp(input: Any, dim: Any, keepdim: Any = False, *, out: Any = None) -> Tensor:
    """log(sum(exp(x))) over `dim`, taken relative to the largest x, so that nothing overflows."""
def modified_bessel_i0(input: Any, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
def modified_bessel_i1(input: Any, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1."""
def modified_bessel_k0(input: Any, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the second kind of order 0."""
def modified_bessel_k1(input: Any, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the second kind of order 1."""
def multigammaln(input: Any, p: builtins.int, *, out: Any = None) -> Tensor:
    """The logarithm of the gamma function of p dimensions: p (p - 1) / 4 log(pi) + the sum over j < p of lgamma(x - j / 2)."""
def ndtr(input: Any, *, out: Any = None) -> Tensor:
    """The part of the standard normal distribution below x."""
def ndtri(input: Any, *, out: Any = None) -> Tensor:
    """The number below which the part `input` of the standard normal distribution lies; nan outside [0, 1]."""
def polygamma(n: builtins.int, input: Any, *, out: Any = None) -> Tensor:
    """Derivative number n of digamma, the derivative of log(gamma(x))."""
def psi(input: Any, *, out: Any = None) -> Tensor:
    """The derivative of log(gamma(x)): for x from 10 on an asymptotic series, below that by gamma(x + 1) = x gamma(x)."""
def round(input: Any, *, decimals: Any = 0, out: Any = None) -> Tensor:
    """The nearest whole number, halves to even; with `decimals`, to that many places."""
def scaled_modified_bessel_k0(input: Any, *, out: Any = None) -> Tensor:
    """exp(x) K0(x)."""
def scaled_modified_bessel_k1(input: Any, *, out: Any = None) -> Tensor:
    """exp(x) K1(x)."""
def shifted_chebyshev_polynomial_t(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Chebyshev polynomial of the first kind of degree n at 2 x - 1."""
def shifted_chebyshev_polynomial_u(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Chebyshev polynomial of the second kind of degree n at 2 x - 1."""
def shifted_chebyshev_polynomial_v(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Chebyshev polynomial of the third kind of degree n at 2 x - 1."""
def shifted_chebyshev_polynomial_w(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """The Chebyshev polynomial of the fourth kind of degree n at 2 x - 1."""
def sinc(input: Any, *, out: Any = None) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0."""
def softmax(input: Any, dim: Any, dtype: Any = None, *, out: Any = None) -> Tensor:
    """exp(x) / sum(exp(x)) along `dim`: positive numbers that add up to 1."""
def spherical_bessel_j0(input: Any, *, out: Any = None) -> Tensor:
    """sin(x) / x, and 1 at 0; 0 at the ends."""
def xlog1py(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input * log(1 + other), elementwise; 0 where input is 0, whatever the logarithm."""
def xlogy(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input * log(other), elementwise; 0 where input is 0, whatever the logarithm."""
def zeta(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """Hurwitz's zeta function, the sum over n >= 0 of (other + n)^-input."""
