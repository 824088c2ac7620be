"""Ops that add up many numbers, and what they should give: computed in NumPy's long double, which has eleven bits to spare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["SUMS", "Sum"]

LONG = np.longdouble


@dataclass(frozen=True)
class Sum:
    """An op on arrays; `exact` gets the arrays in long double, `call` the framework and its tensors."""

    name: str
    on: str
    call: Callable
    exact: Callable
    inputs: Callable[[np.random.Generator], tuple]


def _uniform(*shape: int) -> Callable:
    return lambda rng: (rng.random(shape, np.float32),)


def _normal(*shape: int, mean: float = 0, scale: float = 1) -> Callable:
    return lambda rng: ((rng.standard_normal(shape) * scale + mean).astype(np.float32),)


def _transposed(rng: np.random.Generator) -> tuple:
    return (rng.random((500, 3000), np.float32).T,)


def _stepped(rng: np.random.Generator) -> tuple:
    return (rng.random((4000, 900), np.float32)[::2, ::3],)


def _factors(rng: np.random.Generator) -> tuple:
    return (rng.uniform(0.9, 1.11, 1000).astype(np.float32),)


def _confident(classes: int, lead: float) -> Callable:
    """Logits of which the first is larger than the others by `lead`."""

    def inputs(rng: np.random.Generator) -> tuple:
        x = rng.standard_normal((200, classes)).astype(np.float32)
        x[:, 0] = x.max(1) + np.float32(lead)
        return (x,)

    return inputs


def _log_softmax(x: Any) -> Any:
    shifted = x - x.max(1, keepdims=True)
    top = x.argmax(1)[:, None]
    terms = np.exp(shifted)
    np.put_along_axis(terms, top, LONG(0), 1)
    return shifted - np.log1p(terms.sum(1, keepdims=True))


def _normalized(x: Any, axis: int, eps: float = 1e-5) -> Any:
    centred = x - x.mean(axis, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axis, keepdims=True) + LONG(eps))


def _logistic(x: Any) -> Any:
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0)


def _sum(name: str, on: str, inputs: Callable, axis: int | None) -> Sum:
    dims = {} if axis is None else {"dim": axis}
    return Sum(name, on, lambda torch, x: getattr(x, name)(**dims), lambda x: getattr(x, name)(axis), inputs)


def _std(axis: int | None = None) -> dict[str, Callable]:
    dims = {} if axis is None else {"dim": axis}
    return {"call": lambda torch, x: x.std(**dims), "exact": lambda x: x.std(axis, ddof=1)}


def _norm(on: str, scale: float, axis: int | None) -> Sum:
    def call(torch: Any, x: Any) -> Any:
        return torch.linalg.vector_norm(x, dim=axis)

    return Sum("vector_norm", on, call, lambda x: np.sqrt((x * x).sum(axis)), _normal(100, 1000, scale=scale))


SUMS = [
    _sum("sum", "10^6 numbers in [0, 1)", _uniform(1_000_000), None),
    _sum("sum", "3000 along the last axis", _uniform(500, 3000), 1),
    _sum("sum", "100 along the last axis", _uniform(5000, 100), 1),
    _sum("sum", "3000 along the first axis", _uniform(3000, 500), 0),
    _sum("sum", "300 along the axis between", _uniform(50, 300, 50), 1),
    _sum("sum", "3000, transposed, first axis", _transposed, 0),
    _sum("sum", "every second of 4000 rows, every third column", _stepped, 0),
    _sum("mean", "3000 along the first axis", _uniform(3000, 500), 0),
    _sum("mean", "3000 along the last axis", _uniform(500, 3000), 1),
    _sum("prod", "1000 numbers in [0.9, 1.11)", _factors, None),
    Sum("cumsum", "10^5 numbers in [0, 1)", lambda torch, x: x.cumsum(0), lambda x: np.cumsum(x), _uniform(100_000)),
    Sum("cumprod", "1000 numbers in [0.9, 1.11)", lambda torch, x: x.cumprod(0), lambda x: np.cumprod(x), _factors),
    Sum("var", "10^5 normal, mean 10^4", lambda torch, x: x.var(), lambda x: x.var(ddof=1), _normal(100_000, mean=1e4)),
    Sum("var", "1000 rows, mean 10^4", lambda torch, x: x.var(1), lambda x: x.var(1, ddof=1), _normal(100, 1000, mean=1e4)),
    Sum("std", "10^5 normal, mean 10^4", **_std(), inputs=_normal(100_000, mean=1e4)),
    Sum("std", "1000 columns", **_std(0), inputs=_normal(1000, 100)),
    _norm("10^5 normal", 1, None),
    _norm("1000 normal times 10^20", 1e20, 1),
    _norm("1000 normal times 10^-30", 1e-30, 1),
    Sum("norm", "10^5 normal", lambda torch, x: x.norm(), lambda x: np.sqrt((x * x).sum()), _normal(100_000)),
    Sum("logsumexp", "50 classes, normal times 3", lambda torch, x: x.logsumexp(1),
        lambda x: np.log(np.exp(x).sum(1)), _normal(500, 50, scale=3)),
    Sum("softmax", "50 classes, normal times 3", lambda torch, x: x.softmax(1),
        lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True), _normal(500, 50, scale=3)),
    Sum("log_softmax", "50 classes, normal times 3", lambda torch, x: x.log_softmax(1), _log_softmax, _normal(500, 50, scale=3)),
    Sum("log_softmax", "the sure one of 10 classes, 25 ahead", lambda torch, x: x.log_softmax(1)[:, :1],
        lambda x: _log_softmax(x)[:, :1], _confident(10, 25)),
    Sum("cross_entropy", "the sure one of 10 classes, 25 ahead",
        lambda torch, x: torch.nn.functional.cross_entropy(x, torch.zeros(200, dtype=torch.int64), reduction="none"),
        lambda x: -_log_softmax(x)[:, 0], _confident(10, 25)),
    Sum("binary_cross_entropy_with_logits", "normal times 10, all true",
        lambda torch, x: torch.nn.functional.binary_cross_entropy_with_logits(x, torch.ones_like(x), reduction="none"),
        _logistic, _normal(1000, scale=10)),
    Sum("binary_cross_entropy_with_logits", "normal times 10, all false",
        lambda torch, x: torch.nn.functional.binary_cross_entropy_with_logits(x, torch.zeros_like(x), reduction="none"),
        lambda x: _logistic(-x), _normal(1000, scale=10)),
    Sum("layer_norm", "512 normal, mean 10^4", lambda torch, x: torch.nn.functional.layer_norm(x, (512,)),
        lambda x: _normalized(x, 1), _normal(100, 512, mean=1e4)),
    Sum("batch_norm", "512 normal, mean 10^4", lambda torch, x: torch.nn.functional.batch_norm(x, None, None, training=True),
        lambda x: _normalized(x, 0), _normal(512, 100, mean=1e4)),
    Sum("matmul", "200 × 2000 × 200 numbers in [0, 1)", lambda torch, x: x @ x.T,
        lambda x: x @ x.T, _uniform(200, 2000)),
]  # fmt: skip
