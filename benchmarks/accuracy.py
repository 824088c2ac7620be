"""How many digits of the results are right: every floating pointwise op and the sums, beside PyTorch, by mpmath with 60 digits.

    python -m benchmarks.accuracy                        # the whole table to docs/accuracy.md and docs/accuracy.json
    python -m benchmarks.accuracy --only gelu lgamma     # some ops, printed
    python -m benchmarks.accuracy --dtype float64        # printed

An error is given in ULP, units in the last place of the exact value: 0.5 is correct rounding. Points are left out at which there
is no exact value, or one beyond the dtype's largest number.
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
from .accuracy_sums import SUMS, Sum

__all__ = ["Error", "measure", "measure_sums", "page"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
DIGITS = 60


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


def _slope(function: Callable, x: Any, limit: float) -> Any:
    """The derivative; None at 0, where functions have their bends, and where there is no value."""
    if x == 0 or truth(function, (x,), math.inf) is None:
        return None
    return truth(lambda place: mp.diff(function, place), (x,), limit)


def grid(function: Function, count: int, dtype: Any) -> list[np.ndarray]:
    """One array an operand, all of them as long."""
    first = points(function.low, function.high, function.places, count, dtype)
    if function.second is None:
        return [first]
    rng = np.random.default_rng(1)
    second = points(*function.second, (0.0, 1.0), count, dtype)
    chosen = rng.permutation(first)[: 4 * count]
    near = np.clip(
        chosen * rng.uniform(0.9, 1.1, len(chosen)), *function.second
    )  # where two numbers meet, much cancels
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


def of_function(name: str, dtype: Any, count: int, peers: Iterable[str]) -> dict[str, Error]:
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
            slopes = [_slope(function.exact, x, limit) for x in few[0]]
        for peer in peers:
            namespace = module(peer)
            values = call(namespace, name, function, arrays) if namespace else None
            if values is not None:
                results[peer] = Error(values, exact, list(zip(*arrays, strict=True)), dtype)
            if slopes is not None and values is not None:
                found = call_gradient(namespace, name, few)
                results[f"{peer} gradient"] = Error(found, slopes, [(x,) for x in few[0]], dtype)
    return results


def measure(names: Iterable[str], dtype: Any, count: int, peers: Iterable[str], told: Callable) -> dict[str, dict]:
    """{name: {"ulp": ..., "torch_ulp": ..., "mean_ulp": ..., "where": ..., "gradient_ulp": ...}}"""
    report: dict[str, dict[str, Any]] = {}
    for name in names:
        found = of_function(name, dtype, count, peers)
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


def _short(value: float) -> float:
    return float(f"{value:.3g}")


# --- Sums -------------------------------------------------------------------------------------------------------------


def of_sum(entry: Sum, peers: Iterable[str]) -> dict[str, tuple[float, float]]:
    """The largest error in ULP and the largest relative error, by peer."""
    arrays = entry.inputs(np.random.default_rng(0))
    exact = np.asarray(entry.exact(*[array.astype(np.longdouble) for array in arrays]))
    unit = np.spacing(np.abs(exact).astype(np.float32)).astype(np.longdouble)
    results = {}
    for peer in peers:
        namespace = module(peer)
        if namespace is not None:
            found = np.asarray(entry.call(namespace, *[namespace.from_numpy(array) for array in arrays]).numpy())
            distance = np.abs(found.astype(np.longdouble) - exact)
            with np.errstate(all="ignore"):
                largest = (float(np.max(distance / unit)), float(np.max(distance / np.abs(exact))))
            results[peer] = tuple(value if math.isfinite(value) else math.inf for value in largest)
    return results


def measure_sums(peers: Iterable[str]) -> list[dict[str, Any]]:
    report = []
    for entry in SUMS:
        line: dict[str, Any] = {"op": entry.name, "on": entry.on}
        for peer, (ulp, relative) in of_sum(entry, peers).items():
            stem = "torch_" if peer == "torch" else ""
            line[f"{stem}ulp"], line[f"{stem}relative"] = _short(ulp), _short(relative)
        report.append(line)
    return report


# --- The page ---------------------------------------------------------------------------------------------------------

INTRODUCTION = """# Accuracy

How far results lie from the exact values, in ULP: units in the last place of the exact value, of which 0.5 is correct rounding.
NumPy backend, float32, beside PyTorch {torch}. This page is written by `python -m benchmarks.accuracy`, which says how it
measures; `tests/ops/test_accuracy.py` keeps the bounds.

## Elementwise

The largest error over numbers of all sizes in the domain, halves, and numbers close to 0, 1, poles and zeros; the exact values
are mpmath's, with {digits} digits. What the hardware rounds once (sums and products of two numbers, square roots) or not at all
(comparisons, signs, whole parts) isn't listed. Where both columns of a derivative are large, its formula is one in which digits
cancel, mostly far out, where it is next to nothing.
"""
SUMS_TEXT = """
## Sums and what is made of them

The largest error of all elements, in ULP and relative to the exact value, which is computed in 80-bit floats.
"""


def page(functions: dict[str, dict], sums: list[dict]) -> str:
    torch = module("torch")
    text = INTRODUCTION.format(torch=torch.__version__.partition("+")[0] if torch else "(not installed)", digits=DIGITS)
    lines = [
        "op",
        "domain",
        "max ULP",
        "mean ULP",
        "PyTorch's max",
        "where ours is worst",
        "derivative's max ULP",
        "PyTorch's",
    ]
    rows = [
        [f"`{name}`", line["domain"], *_cells(line, "ulp", "mean_ulp", "torch_ulp"),
         ", ".join(f"{x:.6g}" for x in line["where"] or ()), *_cells(line, "gradient_ulp", "torch_gradient_ulp")]
        for name, line in functions.items()
    ]  # fmt: skip
    heads = ["op", "of", "max ULP", "PyTorch's", "relative", "PyTorch's"]
    others = [
        [f"`{line['op']}`", line["on"], *_cells(line, "ulp", "torch_ulp", "relative", "torch_relative")]
        for line in sums
    ]
    return text + _table(lines, rows) + SUMS_TEXT + _table(heads, others)


def _cells(line: dict, *keys: str) -> list[str]:
    return ["" if line.get(key) is None else f"{line[key]:.2g}" for key in keys]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _summary(functions: dict[str, dict], sums: list[dict]) -> dict[str, dict]:
    """What the page of the ops shows: a line for each op, of several the worst."""
    summary = {
        name: {key: value for key, value in line.items() if key.endswith("ulp")} for name, line in functions.items()
    }
    for line in sums:
        known = summary.setdefault(line["op"], {})
        for key in ("ulp", "torch_ulp"):
            if key in line and line[key] > known.get(key, 0):
                known[key] = line[key]
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="OP", help="print some ops instead of writing the page")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32", help="float64 is printed")
    parser.add_argument("--points", type=int, default=120, help="how many numbers of each kind (120)")
    parser.add_argument("--peers", default="minitorch,torch", help="minitorch alone, or both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there instead of the page")
    settings = parser.parse_args()
    dtype, peers = np.dtype(settings.dtype).type, settings.peers.split(",")
    if settings.only or dtype is np.float64:
        measure(settings.only or FUNCTIONS, dtype, settings.points, peers, print)
        return
    functions = measure(
        FUNCTIONS, dtype, settings.points, peers, lambda line: print(line.partition(":")[0], flush=True)
    )
    sums = measure_sums(peers)
    if settings.json:
        settings.json.write_text(json.dumps({"functions": functions, "sums": sums}))
        return
    (DOCS / "accuracy.md").write_text(page(functions, sums))
    (DOCS / "accuracy.json").write_text(json.dumps(_summary(functions, sums), indent=1) + "\n")


if __name__ == "__main__":
    main()
