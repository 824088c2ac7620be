"""What each public op costs on a few elements, beside PyTorch: a row's first sample, forward, or forward and backward.

    python -m benchmarks.rows                                 # all rows, some 20 seconds: means, and the worst 40
    python -m benchmarks.rows --backward --json FILE          # with the gradients of the sum of the results
    python -m benchmarks.rows --only pool 'fft_' --worst 100  # by regular expressions

What is computed hardly counts here, so a row far above the others makes many small calls where few would do, or spends its
time on preparations. Both libraries run in one process on one thread, a block of calls each in turn; the best block counts.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import re
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import minitorch
from minitorch.backend import Device
from minitorch.rows import OPS, Op
from minitorch.testing.conformance.cases import samples

from .machine import facts

torch: Any = importlib.import_module("torch")

BLOCKS = 7
BLOCK_SECONDS = 2e-4  # far shorter than the turns that an operating system gives


class Row(NamedTuple):
    """A row's best times, in seconds a call."""

    name: str
    minitorch: float
    torch: float

    @property
    def ratio(self) -> float:
        return self.minitorch / self.torch


def calls(op: Op, dtype: Any, backward: bool) -> tuple[Callable, Callable] | None:
    """One call by minitorch and by PyTorch; None where one of them can't."""
    theirs = _of_torch(op)
    found = [sample for sample in samples(op, Device("numpy/cpu"), dtype) if _has_elements(sample.args)]
    if theirs is None or not found:
        return None
    args, kwargs = found[0].args, found[0].kwargs
    pair = (
        _call(op.function, args, kwargs, minitorch.Tensor, backward),
        _call(theirs, _for_torch(args), _for_torch(kwargs), torch.Tensor, backward),
    )
    try:
        return pair if all(call() is not False for call in pair) else None
    except Exception:  # another form in PyTorch, or a dtype that it doesn't take there
        return None


def _of_torch(op: Op) -> Callable | None:
    found: Any = torch
    for part in (op.torch or op.name).split("."):
        found = getattr(found, part, None)
    return found or getattr(torch.Tensor, op.name, None)


def _has_elements(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_has_elements, value))
    return not isinstance(value, minitorch.Tensor) or value.numel() > 0


def _for_torch(value: Any) -> Any:
    if isinstance(value, minitorch.Tensor):
        return torch.from_numpy(value.detach().numpy().copy()).requires_grad_(value.requires_grad)
    if isinstance(value, minitorch.dtype):
        return getattr(torch, value.name)
    if isinstance(value, dict):
        return {name: _for_torch(part) for name, part in value.items()}
    return type(value)(map(_for_torch, value)) if type(value) in (list, tuple) else value


def _call(function: Callable, args: Any, kwargs: dict[str, Any], tensor: type, backward: bool) -> Callable:
    if not backward:
        return lambda: function(*args, **kwargs)
    leaves = [leaf for leaf in _tensors([args, list(kwargs.values())], tensor) if leaf.requires_grad]

    def back() -> bool:
        for leaf in leaves:
            leaf.grad = None
        results = [result for result in _tensors(function(*args, **kwargs), tensor) if result.requires_grad]
        for result in results:
            result.sum().abs().backward(retain_graph=len(results) > 1)
        return bool(results)

    return back


def _tensors(value: Any, tensor: type) -> list[Any]:
    if isinstance(value, list | tuple):
        return [found for part in value for found in _tensors(part, tensor)]
    return [value] if isinstance(value, tensor) else []


def measure(ours: Callable, theirs: Callable) -> tuple[float, float]:
    """The best seconds a call of each, in turns."""
    counts = [_count(call) for call in (ours, theirs)]
    blocks = [
        [_seconds(call, count) for call, count in zip((ours, theirs), counts, strict=True)] for _ in range(BLOCKS)
    ]
    first, second = map(min, zip(*blocks, strict=True))
    return first, second


def _count(call: Callable) -> int:
    """How many calls fill a block."""
    count = 1
    while _seconds(call, count) * count < BLOCK_SECONDS:
        count *= 2
    return count


def _seconds(call: Callable, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def summary(rows: list[Row]) -> dict[str, Any]:
    """The figures that one looks at first."""
    ratios = [row.ratio for row in rows]
    return {
        "rows": len(rows),
        "geometric mean": math.exp(sum(map(math.log, ratios)) / len(ratios)),
        "median": median(ratios),
        "above 10": sum(ratio > 10 for ratio in ratios),
        "above 5": sum(ratio > 5 for ratio in ratios),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=[""], metavar="RE", help="rows whose names match")
    parser.add_argument("--backward", action="store_true", help="forward and backward, where there is a gradient")
    parser.add_argument("--dtype", default="float32", help="of the samples")
    parser.add_argument("--worst", type=int, default=40, help="how many rows to print")
    parser.add_argument("--json", type=Path, help="where to write all rows")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(1)
    minitorch.set_num_threads(1)
    warnings.simplefilter("ignore")
    rows, dtype = [], getattr(minitorch, arguments.dtype)
    for op in list(OPS.values()):
        if op.public and any(re.search(pattern, op.name) for pattern in arguments.only):
            pair = calls(op, dtype, arguments.backward)
            if pair:
                rows.append(Row(op.name, *measure(*pair)))
    rows.sort(key=lambda row: -row.ratio)
    found = summary(rows)
    print(", ".join(f"{name} {value:.4g}" for name, value in found.items()))
    print(f"{'ours/torch':>10}  {'row':40} {'ours, µs':>10} {'torch, µs':>10}")
    for row in rows[: arguments.worst]:
        print(f"{row.ratio:10.1f}  {row.name:40} {row.minitorch * 1e6:10.1f} {row.torch * 1e6:10.1f}")
    if arguments.json:
        report = {"machine": facts(), "dtype": arguments.dtype, "backward": arguments.backward, **found}
        report["seconds"] = {row.name: {"minitorch": row.minitorch, "torch": row.torch} for row in rows}
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
