"""How many digits of the results are right: every floating pointwise op and the sums, beside PyTorch, by mpmath with 60 digits.

    python -m benchmarks.accuracy                        # the whole table to docs/accuracy.md and docs/accuracy.json
    python -m benchmarks.accuracy --only gelu lgamma     # some ops, printed
    python -m benchmarks.accuracy --dtype float64        # printed

An error is given in ULP, units in the last place of the exact value: 0.5 is correct rounding. Where exact value or argument can't be
had in the dtype, or the value is beyond its largest number, a point is left out.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

from .accuracy_functions import FUNCTIONS, Function, points
from .accuracy_sums import SUMS

__all__ = ["Error", "measure", "of_function", "row_name"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
DIGITS = 60
PEERS = ("minitorch", "torch")


class Error:
    """The largest and the mean error in ULP, and where the largest is."""

    def __init__(self, found: Iterable[Any], exact: Iterable[Any], places: Iterable[Any], dtype: Any):
        errors, at = [], []
        for value, truth, place in zip(found, exact, places, strict=True):
            if truth is not None:
                errors.append(ulps(float(value), truth, dtype))
                at.append(place)
        worst = int(np.argmax(errors)) if errors else None
        self.points = len(errors)
        self.worst = errors[worst] if worst is not None else 0.0
        self.mean = float(np.mean(errors)) if errors else 0.0
        self.where = at[worst] if worst is not None else None


def ulps(found: float, exact: Any, dtype: Any) -> float:
    """The distance in units in the last place of the exact value; inf where one is no number."""
    if not math.isfinite(found):
        return math.inf
    return float(abs(mp.mpf(found) - exact) / mp.mpf(float(np.spacing(abs(dtype(float(exact)))))))


def module(name: str) -> Any:
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def find(namespace: Any, name: str) -> Callable | None:
    """An op by its name, in the homes that ops have."""
    for home in (namespace, namespace.special, namespace.nn.functional):
        if hasattr(home, name):
            return getattr(home, name)
    return None


def row_name(name: str) -> str:
    """The row of the op table that an op's accuracy is entered under."""
    return {"polygamma": "polygamma", "pow": "pow"}.get(name, name)


def truth(function: Callable, arguments: tuple, limit: float) -> Any:
    """The exact value; None where there is none, or none that the dtype has."""
    try:
        value = function(*[mp.mpf(float(argument)) for argument in arguments])
    except (ValueError, ZeroDivisionError, OverflowError, mp.libmp.NoConvergence, NotImplementedError):
        return None
    if isinstance(value, mp.mpc):
        if value.imag != 0:
            return None
        value = value.real
    return value if mp.isfinite(value) and abs(value) < limit else None


def grid(function: Function, count: int, dtype: Any) -> list[np.ndarray]:
    """One array an operand, all of them as long."""
    first = points(function.low, function.high, function.places, count, dtype)
    if function.second is None:
        return [first]
    rng = np.random.default_rng(1)
    second = points(*function.second, (0.0, 1.0), count, dtype)
    chosen = rng.permutation(first)[: 4 * count]
    near = np.clip(chosen * rng.uniform(0.9, 1.1, len(chosen)), *function.second)  # where two numbers meet, much cancels
    pairs = [(chosen, rng.choice(second, len(chosen))), (chosen, near.astype(dtype))]
    return [np.concatenate(column).astype(dtype) for column in zip(*pairs, strict=True)]


def call(namespace: Any, name: str, function: Function, arrays: list[np.ndarray]) -> np.ndarray | None:
    op = find(namespace, name)
    if op is None:
        return None
    operands = [namespace.tensor(array) for array in arrays]
    if name == "addcmul":
        operands = [operands[0], operands[1], operands[1]]
    return np.asarray(op(*function.first, *operands, *function.settings).numpy())


def call_gradient(namespace: Any, name: str, arrays: list[np.ndarray]) -> np.ndarray | None:
    op = find(namespace, name)
    if op is None:
        return None
    leaf = namespace.tensor(arrays[0], requires_grad=True)
    op(leaf).backward(namespace.ones_like(leaf))
    return np.asarray(leaf.grad.numpy())


def of_function(name: str, dtype: Any = np.float32, count: int = 60, peers: Iterable[str] = PEERS) -> dict[str, Error]:
    """The errors of an op's values, by peer, and of its derivatives as `<peer> gradient`."""
    function = FUNCTIONS[name]
    limit = float(np.finfo(dtype).max)
    arrays = grid(function, count, dtype)
    results: dict[str, Error] = {}
    with mp.workdps(DIGITS):
        exact = [truth(function.exact, arguments, limit) for arguments in zip(*arrays, strict=True)]
        few = [array[:: max(len(arrays[0]) // (2 * count), 1)] for array in arrays]
        slopes: list[Any] | None = None
        if function.gradient and len(arrays) == 1:
            derivative = lambda x: mp.diff(function.exact, x)
            slopes = [truth(derivative, (x,), limit) if x != 0 else None for x in few[0]]
        for peer in peers:
            namespace = module(peer)
            values = call(namespace, name, function, arrays) if namespace else None
            if values is not None:
                results[peer] = Error(values, exact, list(zip(*arrays, strict=True)), dtype)
            if slopes is not None and values is not None:
                found = call_gradient(namespace, name, few)
                results[f"{peer} gradient"] = Error(found, slopes, [(x,) for x in few[0]], dtype)
    return results


def measure(names: Iterable[str], dtype: Any = np.float32, count: int = 60, told: Callable = lambda line: None) -> dict:
    """{name: {"ulp": ..., "torch_ulp": ..., "mean_ulp": ..., "where": ..., "gradient_ulp": ...}}"""
    report: dict[str, dict[str, Any]] = {}
    for name in names:
        found = of_function(name, dtype, count)
        line: dict[str, Any] = {"points": found["minitorch"].points, "domain": _domain(FUNCTIONS[name])}
        for key, error in found.items():
            peer, _, part = key.partition(" ")
            stem = ("torch_" if peer == "torch" else "") + (f"{part}_" if part else "")
            line[f"{stem}ulp"], line[f"{stem}mean_ulp"] = (_short(value) for value in (error.worst, error.mean))
            line[f"{stem}where"] = None if error.where is None else [float(x) for x in error.where]
        report[name] = line
        told(f"{name}: {line}")
    return report


def _domain(function: Function) -> str:
    text = f"[{function.low:g}, {function.high:g}]"
    return text if function.second is None else f"{text} × [{function.second[0]:g}, {function.second[1]:g}]"


def _short(value: float) -> float | str:
    return float(f"{value:.3g}") if math.isfinite(value) else "inf"
