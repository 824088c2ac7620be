"""Values and gradients where a formula has an edge: ties, 0, bounds, infinities. What PyTorch defines there is what we give.

Each case is one function of one tensor; what it gives and the gradient that reaches the tensor must be equal, nan to nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")

inf, nan = math.inf, math.nan
ZEROS = [0.0, -0.0, nan, inf, -inf]
TIES = [2.0, 2.0, 1.0, 2.0]
ROWS = [[1.0, 1.0, 0.0], [0.0, 3.0, 3.0], [2.0, 2.0, 2.0]]


def pairs(op: str, other: list[float], **settings: Any) -> Callable:
    return lambda t, x: getattr(t, op)(x, t.tensor(other), **settings)


def second(op: str, first: list[float]) -> Callable:
    """The tensor is the second operand."""
    return lambda t, x: getattr(t, op)(t.tensor(first), x)


def functional(op: str, *args: Any, **settings: Any) -> Callable:
    return lambda t, x: getattr(t.nn.functional, op)(x, *args, **settings)


CASES: dict[str, tuple[Callable, list]] = {
    # Signs and roots at 0
    "abs": (lambda t, x: x.abs(), [0.0, -0.0, 1.0, -1.0, nan, inf]),
    "sign": (lambda t, x: x.sign(), ZEROS),
    "sgn": (lambda t, x: x.sgn(), ZEROS),
    "sqrt": (lambda t, x: x.sqrt(), [*ZEROS, -1.0]),
    "rsqrt": (lambda t, x: x.rsqrt(), [*ZEROS, -1.0]),
    "reciprocal": (lambda t, x: x.reciprocal(), ZEROS),
    "log": (lambda t, x: x.log(), [*ZEROS, -1.0]),
    "log1p": (lambda t, x: x.log1p(), [-1.0, -2.0, *ZEROS]),
    "acos": (lambda t, x: x.acos(), [1.0, -1.0, 2.0, nan]),
    "asin": (lambda t, x: x.asin(), [1.0, -1.0, 2.0, nan]),
    "acosh": (lambda t, x: x.acosh(), [1.0, 0.5, inf]),
    "atanh": (lambda t, x: x.atanh(), [1.0, -1.0, 0.0, 2.0]),
    "atan2 at 0": (pairs("atan2", [0.0, 1.0, -1.0]), [0.0, 0.0, -0.0]),
    "hypot at 0": (pairs("hypot", [0.0, 1.0, inf]), [0.0, 0.0, nan]),
    "sinc": (lambda t, x: x.sinc(), [0.0, -0.0, nan]),
    "exp": (lambda t, x: x.exp(), ZEROS),
    "expm1": (lambda t, x: x.expm1(), [*ZEROS, -100.0]),
    "sigmoid": (lambda t, x: x.sigmoid(), [*ZEROS, 200.0, -200.0]),
    "tanh": (lambda t, x: x.tanh(), ZEROS),
    "logit": (lambda t, x: x.logit(), [0.0, 1.0, -0.5, 1.5, nan]),
    "logit with eps": (lambda t, x: x.logit(0.25), [0.0, 0.25, 0.75, 1.0, 0.5]),
    # Powers
    "x to 0": (lambda t, x: x**0, [0.0, 2.0, nan, inf]),
    "x to a half": (lambda t, x: x**0.5, [0.0, 4.0, inf]),
    "x to 1": (lambda t, x: x**1, [0.0, nan]),
    "x to -1": (lambda t, x: x**-1, [0.0, 2.0, inf]),
    "x to tensors": (pairs("pow", [0.0, 2.0, 0.0, -1.0, 0.5]), [0.0, 0.0, 2.0, 0.0, 0.0]),
    "0 to x": (second("pow", [0.0, 0.0, 0.0, 2.0, 1.0]), [0.0, 2.0, -1.0, 0.0, nan]),
    "2 to x": (lambda t, x: 2**x, [0.0, inf, -inf, nan]),
    "0 to x, a number": (lambda t, x: 0.0**x, [0.0, 2.0, -1.0]),
    # Products with logarithms
    "xlogy": (pairs("xlogy", [0.0, 0.0, nan, 2.0, inf]), [0.0, 1.0, 0.0, 0.0, 0.0]),
    "xlogy's second": (second("xlogy", [0.0, 1.0, 0.0, 0.0]), [0.0, 0.0, nan, 2.0]),
    "xlog1py": (lambda t, x: t.special.xlog1py(x, t.tensor([-1.0, -1.0, nan, 2.0])), [0.0, 1.0, 0.0, 0.0]),
    "entr": (lambda t, x: t.special.entr(x), [0.0, -1.0, 1.0, inf, nan]),
    # Limits
    "clamp": (lambda t, x: x.clamp(0.0, 1.0), [0.0, 1.0, -1.0, 2.0, 0.5, nan]),
    "clamp from above the end": (lambda t, x: x.clamp(1.0, 0.0), [0.0, 1.0, 0.5]),
    "clamp by tensors": (lambda t, x: x.clamp(t.tensor([0.0]), t.tensor([1.0])), [0.0, 1.0, -1.0, 2.0, nan]),
    "clamp's lower limit": (lambda t, x: t.tensor([1.0, 0.0, 2.0]).clamp(x, t.full((3,), 1.5)), [1.0, 1.0, 1.0]),
    "clamp's upper limit": (lambda t, x: t.tensor([1.0, 2.0, 0.5]).clamp(t.full((3,), 0.5), x), [1.0, 1.0, 0.0]),
    "clamp_min": (lambda t, x: x.clamp_min(1.0), [1.0, 0.0, nan]),
    "maximum": (pairs("maximum", [1.0, 0.0, nan, 1.0]), [1.0, 1.0, 0.0, nan]),
    "minimum": (pairs("minimum", [1.0, 0.0, nan, 1.0]), [1.0, 1.0, 0.0, nan]),
    "fmax": (pairs("fmax", [1.0, 0.0, nan, 1.0]), [1.0, 1.0, 0.0, nan]),
    "fmin": (pairs("fmin", [1.0, 0.0, nan, 1.0]), [1.0, 1.0, 0.0, nan]),
    "floor": (lambda t, x: x.floor(), [1.0, 0.5, nan]),
    "frac": (lambda t, x: x.frac(), [1.0, -1.0, -1.5]),
    "fmod": (lambda t, x: x.fmod(2.0), [4.0, -4.0, -0.0, 0.0, inf, nan]),
    "remainder": (lambda t, x: x.remainder(2.0), [4.0, -4.0, -0.0, 0.0, -1.0]),
    "remainder by a negative": (lambda t, x: x.remainder(-2.0), [4.0, -4.0, -0.0, 0.0, 1.0]),
    "remainder by 0 and inf": (pairs("remainder", [0.0, inf, -inf]), [1.0, 1.0, 1.0]),
    "copysign": (pairs("copysign", [-0.0, 0.0, -1.0]), [0.0, -0.0, 0.0]),
    "nan_to_num": (lambda t, x: x.nan_to_num(), ZEROS),
    "lerp at both ends": (lambda t, x: x.lerp(t.tensor([1.0, inf]), 0.5), [inf, 1.0]),
    # Activations at their bends
    "relu": (functional("relu"), ZEROS),
    "relu6": (functional("relu6"), [0.0, 6.0, 7.0, -1.0, nan]),
    "hardtanh": (functional("hardtanh"), [-1.0, 1.0, 0.0, 2.0, nan]),
    "leaky_relu": (functional("leaky_relu", 0.1), ZEROS),
    "elu": (functional("elu"), ZEROS),
    "elu, alpha 2": (functional("elu", 2.0), [0.0, -0.0, -1.0]),
    "celu": (functional("celu"), ZEROS),
    "selu": (functional("selu"), ZEROS),
    "prelu": (lambda t, x: t.nn.functional.prelu(x, t.tensor([0.25])), ZEROS),
    "threshold": (functional("threshold", 1.0, 5.0), [1.0, 2.0, 0.0, nan]),
    "hardshrink": (functional("hardshrink", 0.5), [0.5, -0.5, 0.6, 0.0, nan]),
    "softshrink": (functional("softshrink", 0.5), [0.5, -0.5, 0.6, 0.0, nan]),
    "hardsigmoid": (functional("hardsigmoid"), [-3.0, 3.0, 0.0, 4.0]),
    "hardswish": (functional("hardswish"), [-3.0, 3.0, 0.0, 4.0]),
    "softplus": (functional("softplus"), [20.0, 20.5, -100.0, inf, -inf, nan]),
    "softsign": (functional("softsign"), [0.0, -0.0]),
    "silu": (functional("silu"), [0.0, -200.0, inf]),
    "gelu at 0": (functional("gelu"), [0.0, -0.0, nan]),
    # Ties of one value for all: the gradient is shared
    "max": (lambda t, x: x.max(), TIES),
    "min": (lambda t, x: x.min(), [-value for value in TIES]),
    "max with nan": (lambda t, x: x.max(), [1.0, nan, 2.0]),
    "amax": (lambda t, x: x.amax(1), ROWS),
    "amin": (lambda t, x: x.amin(1), ROWS),
    "aminmax": (lambda t, x: t.aminmax(x, dim=1)[1], ROWS),
    "median": (lambda t, x: x.median(), TIES),
    "median of an even number": (lambda t, x: x.median(), [4.0, 3.0, 2.0, 1.0]),
    "nanmedian": (lambda t, x: x.nanmedian(), [nan, 1.0, 1.0]),
    # Ties along a dim: one element gets all of it
    "max along": (lambda t, x: x.max(1).values, ROWS),
    "min along": (lambda t, x: x.min(1).values, ROWS),
    "median along": (lambda t, x: x.median(1).values, ROWS),
    "sort": (lambda t, x: x.sort(dim=1, stable=True).values, ROWS),
    "cummax": (lambda t, x: x.cummax(1).values, ROWS),
    "cummin": (lambda t, x: x.cummin(1).values, ROWS),
    "max_pool1d": (functional("max_pool1d", 2, 1), [[[1.0, 1.0, 1.0, 0.0]]]),
    "max_pool1d with nan": (functional("max_pool1d", 2, 1), [[[1.0, nan, 1.0, 0.0]]]),
    "quantile": (lambda t, x: x.quantile(0.5), [1.0, 2.0, 3.0]),
    # Norms and spreads of nothing but zeros
    "norm": (lambda t, x: x.norm(), [0.0, 0.0]),
    "norm 1": (lambda t, x: x.norm(1), [0.0, 0.0, 1.0]),
    "norm inf": (lambda t, x: x.norm(inf), [1.0, -1.0, 0.0]),
    "norm inf of zeros": (lambda t, x: x.norm(inf), [0.0, 0.0]),
    "norm -inf": (lambda t, x: x.norm(-inf), [1.0, -1.0, 2.0]),
    "norm 0": (lambda t, x: x.norm(0), [0.0, 1.0]),
    "norm 3": (lambda t, x: x.norm(3), [0.0, 0.0]),
    "norm 3 with a zero": (lambda t, x: x.norm(3), [0.0, 1.0]),
    "vector_norm": (lambda t, x: t.linalg.vector_norm(x), [0.0, 0.0]),
    "std": (lambda t, x: x.std(), [1.0, 1.0, 1.0]),
    "std of one": (lambda t, x: x.std(), [1.0]),
    "var": (lambda t, x: x.var(), [1.0, 1.0]),
    "var of one": (lambda t, x: x.var(), [1.0]),
    "normalize": (functional("normalize", dim=0), [0.0, 0.0]),
    "cdist": (lambda t, x: t.cdist(x, t.tensor(ROWS)), ROWS),
    "pdist": (lambda t, x: t.nn.functional.pdist(x), [[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]]),
    "dist": (lambda t, x: t.dist(x, t.tensor([1.0, 2.0])), [1.0, 2.0]),
    "cosine_similarity": (lambda t, x: t.nn.functional.cosine_similarity(x, t.tensor([1.0, 0.0]), 0), [0.0, 0.0]),
    # Products with zeros, sums of nothing
    "prod with a zero": (lambda t, x: x.prod(), [2.0, 0.0, 4.0]),
    "prod with two": (lambda t, x: x.prod(), [2.0, 0.0, 0.0]),
    "cumprod": (lambda t, x: x.cumprod(0), [2.0, 0.0, 4.0]),
    "sum of none": (lambda t, x: x.sum(), []),
    "prod of none": (lambda t, x: x.prod(), []),
    "mean of none": (lambda t, x: x.mean(), []),
    "logsumexp of -inf": (lambda t, x: x.logsumexp(0), [-inf, -inf]),
    "logsumexp of inf": (lambda t, x: x.logsumexp(0), [inf, 0.0]),
    "softmax of -inf": (lambda t, x: x.softmax(0), [-inf, 0.0]),
    "softmax of nothing but -inf": (lambda t, x: x.softmax(0), [-inf, -inf]),
    "log_softmax of inf": (lambda t, x: x.log_softmax(0), [inf, 0.0]),
    "log_softmax of -inf": (lambda t, x: x.log_softmax(0), [-inf, 0.0]),
    "logaddexp of infinities": (pairs("logaddexp", [inf, -inf, 0.0]), [inf, 0.0, -inf]),
    "logcumsumexp": (lambda t, x: x.logcumsumexp(0), [-inf, 0.0, 0.0]),
    "where beside a root": (lambda t, x: t.where(x > 0, x.sqrt(), t.zeros(2)), [0.0, 4.0]),
    # Losses
    "l1_loss": (lambda t, x: t.nn.functional.l1_loss(x, t.tensor([1.0, 0.0])), [1.0, 1.0]),
    "smooth_l1_loss": (lambda t, x: t.nn.functional.smooth_l1_loss(x, t.zeros(3)), [1.0, -1.0, 0.0]),
    "huber_loss": (lambda t, x: t.nn.functional.huber_loss(x, t.zeros(3)), [1.0, -1.0, 0.0]),
    "hinge_embedding_loss": (lambda t, x: t.nn.functional.hinge_embedding_loss(x, t.tensor([1.0, -1.0])), [1.0, 1.0]),
    "margin_ranking_loss": (lambda t, x: t.nn.functional.margin_ranking_loss(x, t.ones(2), t.ones(2)), [1.0, 2.0]),
    "binary_cross_entropy": (lambda t, x: t.nn.functional.binary_cross_entropy(x, t.tensor([0.0, 1.0])), [0.0, 1.0]),
    "binary_cross_entropy, wrong": (
        lambda t, x: t.nn.functional.binary_cross_entropy(x, t.tensor([1.0, 0.0])),
        [0.0, 1.0],
    ),
    "kl_div": (lambda t, x: t.nn.functional.kl_div(x, t.tensor([0.0, 1.0]), reduction="sum"), [-1.0, 0.0]),
    # The gamma function's poles and other ends
    "lgamma": (lambda t, x: x.lgamma(), [0.0, -1.0, 1.0, inf, nan]),
    "digamma": (lambda t, x: x.digamma(), [0.0, -0.0, inf]),
    "erfinv": (lambda t, x: x.erfinv(), [1.0, -1.0, 0.0, 2.0]),
    "ndtri": (lambda t, x: t.special.ndtri(x), [0.0, 1.0, 0.5, 2.0]),
    "erf": (lambda t, x: x.erf(), [0.0, inf, -inf, nan]),
    "i0": (lambda t, x: x.i0(), [0.0, nan]),
    "i1": (lambda t, x: t.special.i1(x), [0.0, 1.0]),
}  # fmt: skip

# Where the sign of a zero is part of the definition.
SIGNED = {
    "abs", "sign", "sqrt", "reciprocal", "sinc", "floor", "frac", "fmod", "remainder", "remainder by a negative", "copysign",
    "expm1", "tanh", "prelu", "leaky_relu",
}  # fmt: skip


def outcome(library: Any, function: Callable, values: list) -> tuple[list, list]:
    leaf = library.tensor(values, requires_grad=True)
    result = function(library, leaf)
    if result.requires_grad:
        result.backward(library.ones_like(result))
    gradient = library.zeros_like(leaf) if leaf.grad is None else leaf.grad + 0
    return flat(result.detach().tolist()), flat(gradient.tolist())


def flat(value: Any) -> list[float]:
    return [number for part in value for number in flat(part)] if isinstance(value, list) else [value]


def alike(a: float, b: float, signed: bool) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if signed and a == b == 0:
        return math.copysign(1, a) == math.copysign(1, b)
    return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-7)


@pytest.mark.filterwarnings("ignore")  # PyTorch's about degrees of freedom
@pytest.mark.parametrize("name", CASES)
def test_an_edge_is_as_pytorch_defines_it(name):
    function, values = CASES[name]
    ours, theirs = outcome(minitorch, function, values), outcome(torch, function, values)
    for part, found, expected in zip(("value", "gradient"), ours, theirs, strict=True):
        signed = name in SIGNED and part == "value"
        same = len(found) == len(expected) and all(map(alike, found, expected, [signed] * len(found)))
        assert same, f"{part}: {found}, PyTorch's {expected}"
