"""What only a GPU can tell: measured on the first one at hand, in one run of a few minutes.

    python -m benchmarks.gpu [--only PART ...] [--small] [--json FILE]

Each part is tried, whatever became of the one before; what failed is written down as such, and makes the exit status 1. On the
tests' stand-in for CuPy the parts run too (`--small`), but their times are those of a processor, and the report says so.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cupy
import numpy as np

import minitorch
from minitorch import cuda, nn, trainer
from minitorch.backend import Device
from minitorch.generator.philox import words

from .machine import facts

ROOT = Path(__file__).resolve().parent.parent
STAND_IN = hasattr(cupy, "strict")


def torch_with_cuda() -> Any:
    """PyTorch, if it is installed and sees a GPU."""
    with contextlib.suppress(ImportError):
        import torch

        if torch.cuda.is_available():
            return torch
    return None


def seconds(call: Callable[[], Any], times: int, wait: Callable[[], Any] = cuda.synchronize) -> float:
    """Time of one of `times` calls, the GPU's work included; the best of three rounds, after one to warm up."""
    best = float("inf")
    for _ in range(4):
        wait()
        start = time.perf_counter()
        for _ in range(times):
            call()
        wait()
        best = min(best, (time.perf_counter() - start) / times)
    return best


def peers() -> dict[str, tuple[Any, Callable[[], Any]]]:
    """minitorch, and PyTorch where it sees a GPU: the module, and how to wait."""
    torch = torch_with_cuda()
    return {"minitorch": (minitorch, cuda.synchronize)} | ({"torch": (torch, torch.cuda.synchronize)} if torch else {})


# --- Parts ------------------------------------------------------------------------------------------------------------


def machine(small: bool) -> dict[str, Any]:
    properties = cuda.get_device_properties()
    runtime = cupy.cuda.runtime
    torch = torch_with_cuda()
    return {
        **facts(),
        "stand_in": STAND_IN,
        "gpu": properties.name,
        "gpus": cuda.device_count(),
        "capability": f"{properties.major}.{properties.minor}",
        "memory": properties.total_memory,
        "cupy": cupy.__version__,
        "cuda": runtime.runtimeGetVersion(),
        "driver": runtime.driverGetVersion(),
        "torch_cuda": torch.version.cuda if torch else None,
    }


def launches(small: bool) -> dict[str, float]:
    """Microseconds for an op on 64 x 64 numbers, where the launch is what costs."""
    times, found = (3, {}) if small else (2000, {})
    x = cupy.ones((64, 64), np.float32)
    found |= {f"cupy.{name}": seconds(call, times) * 1e6 for name, call in {
        "add": lambda: x + x, "sum": lambda: x.sum(), "matmul": lambda: x @ x, "exp": lambda: cupy.exp(x),
    }.items()}  # fmt: skip
    for name, (module, wait) in peers().items():
        y, w = (module.ones(64, 64, device="cuda", requires_grad=needs) for needs in (False, True))
        for op, call in {
            "add": lambda y=y: y + y, "mul": lambda y=y: y * 2.0, "sum": lambda y=y: y.sum(), "matmul": lambda y=y: y @ y,
            "exp": lambda y=y: y.exp(), "softmax": lambda y=y: y.softmax(1),
            "linear and back": lambda y=y, w=w: (y @ w).sum().backward(),
        }.items():  # fmt: skip
            found[f"{name}.{op}"] = seconds(call, times, wait) * 1e6
    return found


def products(small: bool) -> dict[str, dict[str, float]]:
    """TFLOP/s of matrix products by layout and type: minitorch's kernel, CuPy's own, PyTorch's."""
    n, batch, times = (8, 2, 1) if small else (2048, 16, 10)
    k = Device("cuda").kernels
    torch = torch_with_cuda()
    found: dict[str, dict[str, float]] = {}
    for name in ("float32", "float64", "float16", "bfloat16"):
        native = np.dtype(minitorch.dtypes.numpy_dtype(getattr(minitorch, name)))
        a = cupy.ones((batch, n, n), np.float32).astype(native)
        layouts = {
            "two matrices": (a[0], a[0]),
            "batch": (a, a),
            "transposed": (a.swapaxes(-1, -2), a.swapaxes(-1, -2)),
            "broadcast": (a, a[:1]),
            "shared right": (a, a[0]),
        }
        for layout, (left, right) in layouts.items():
            work = 2e-12 * n**3 * (1 if left.ndim == 2 else batch)
            row = found[f"{name}, {layout}"] = {
                "minitorch": work / seconds(lambda x=left, y=right: k.matmul(x, y), times)
            }
            try:
                row["cupy"] = work / seconds(lambda x=left, y=right: cupy.matmul(x, y), times)
            except Exception as error:
                row["cupy"] = f"{type(error).__name__}: {error}"
            if torch:
                b = torch.ones(batch, n, n, dtype=getattr(torch, name), device="cuda")
                pair = {"two matrices": (b[0], b[0]), "batch": (b, b), "transposed": (b.mT, b.mT),
                        "broadcast": (b, b[:1]), "shared right": (b, b[0])}[layout]  # fmt: skip
                row["torch"] = work / seconds(lambda pair=pair: pair[0] @ pair[1], times, torch.cuda.synchronize)
    return found


def steps(small: bool) -> dict[str, float]:
    """Milliseconds for a training step of the two networks, batch 64."""
    side, batch, times = (8, 4, 1) if small else (28, 64, 50)
    found = {}
    for name, model_class in trainer.MODELS.items():
        for optimizer in ("sgd", "adam"):
            for device in ("cuda", "cpu"):
                minitorch.manual_seed(0)
                model = model_class(side, side).to(device)
                settle = trainer.OPTIMIZERS[optimizer][0](model.parameters(), 1e-3)
                images = minitorch.rand(batch, 1, side, side).to(device)
                labels = minitorch.randint(0, 10, (batch,)).to(device)

                def step(model=model, settle=settle, images=images, labels=labels) -> None:
                    nn.functional.cross_entropy(model(images), labels).backward()
                    settle.step()
                    settle.zero_grad()

                found[f"{name}, {optimizer}, {device}"] = seconds(step, times if device == "cuda" else 3) * 1e3
    return found


def scatter(small: bool) -> dict[str, float]:
    """Additions to few places: how far runs differ, and what it costs that they don't."""
    count, runs = (50, 3) if small else (1 << 20, 20)
    where, values = minitorch.randint(0, 100, (count,), device="cuda"), minitorch.randn(count, device="cuda")
    zeros = minitorch.zeros(100, device="cuda")
    found = {}
    for word, deterministic in (("fast", False), ("deterministic", True)):
        minitorch.use_deterministic_algorithms(deterministic)
        results = np.array([zeros.index_add(0, where, values).tolist() for _ in range(runs)])
        found[f"{word}, largest difference"] = float(np.ptp(results, 0).max())
        found[f"{word}, milliseconds"] = seconds(lambda: zeros.index_add(0, where, values), runs) * 1e3
    minitorch.use_deterministic_algorithms(False)
    return found


def copies(small: bool) -> dict[str, float]:
    """GB/s between host and device."""
    size = 1 << 10 if small else 1 << 26
    host = minitorch.ones(size)
    there = host.cuda()
    return {
        "to the device": host.nbytes / seconds(lambda: host.cuda(), 3) / 1e9,
        "to the host": host.nbytes / seconds(lambda: there.cpu(), 3) / 1e9,
        "on the device": 2 * host.nbytes / seconds(lambda: there.clone(), 3) / 1e9,
    }


def random(small: bool) -> dict[str, Any]:
    """Milliseconds for a million numbers, and whether the kernel's words are the definition's."""
    size = 1 << 8 if small else 1 << 20
    x = minitorch.ones(size, device="cuda")
    found: dict[str, Any] = {
        "rand": seconds(lambda: minitorch.rand(size, device="cuda"), 3) * 1e3,
        "randn": seconds(lambda: minitorch.randn(size, device="cuda"), 3) * 1e3,
        "dropout": seconds(lambda: nn.functional.dropout(x, 0.3), 3) * 1e3,
    }
    kernel = Device("cuda").backend.random_words
    if kernel is not None:
        found["words agree"] = (
            cupy.asnumpy(kernel(7 << 33, 400, 1001)).tolist() == words(np, 7 << 33, 400, 1001).tolist()
        )
    return found


LIMIT = (
    400.0  # seconds for another program; CuPy compiles its kernels at first use, some thousand in the conformance tests
)


def _run(command: list[str]) -> dict[str, Any]:
    """What became of another program, and the end of what it said."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        try:
            status: Any = subprocess.run(command, cwd=ROOT, stdout=said, stderr=said, timeout=LIMIT).returncode
        except subprocess.TimeoutExpired:
            status = f"stopped after {LIMIT:.0f} s"
        said.seek(0)
        return {"status": status, "seconds": time.perf_counter() - start, "end": said.read().splitlines()[-60:]}


def conformance(small: bool) -> dict[str, Any]:
    """Every op against the float64 reference."""
    chosen = ["^(add|matmul|gather)$"] if small else ["--jobs", str(os.cpu_count())]
    return _run([sys.executable, "-m", "minitorch.testing.conformance", "cupy/cuda", *chosen])


def main_job(small: bool) -> dict[str, Any]:
    """minitorch train, on the GPU."""
    with tempfile.TemporaryDirectory() as folder:
        size = ["--epochs", "1"] if small else []
        command = [sys.executable, "-m", "minitorch", "train", "--device", "cuda", "--out", folder, *size]
        return _run(command)


def probes(small: bool) -> dict[str, Any]:
    """CuPy's answers to the questions that the stand-in is held against."""
    if STAND_IN:
        return {"left out": "the stand-in is not asked about itself"}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "truths.json")
        report = _run([sys.executable, str(ROOT / "tests" / "strict_cupy" / "probes.py"), "--json", str(target)])
        return report | ({"truths": json.loads(target.read_text())} if target.exists() else {})


PARTS = (machine, launches, products, steps, scatter, copies, random, probes, main_job, conformance)


def measure(part: Callable[[bool], dict[str, Any]], small: bool) -> dict[str, Any]:
    """A part's figures; one that fails leaves its error."""
    start = time.perf_counter()
    try:
        found = part(small)
        if found.get("status"):
            found["failed"] = f"ended with status {found['status']}"
    except Exception as error:
        found = {"failed": f"{type(error).__name__}: {error}", "where": traceback.format_exc().splitlines()[-6:]}
    print(f"{part.__name__} ({time.perf_counter() - start:.1f} s)")
    for key, value in found.items():
        if key != "truths":
            print(f"    {key:32} {value}")
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description="Measure what only a GPU can tell.")
    names = [part.__name__ for part in PARTS]
    parser.add_argument("--only", nargs="+", choices=names, default=[], metavar="PART", help=", ".join(names))
    parser.add_argument("--small", action="store_true", help="sizes at which nothing can be measured, for a trial")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    print("on the tests' stand-in for CuPy: its times say nothing about a GPU" if STAND_IN else "on a GPU")
    report: dict[str, Any] = {}
    for part in PARTS:
        if options.only and part.__name__ not in options.only:
            continue
        report[part.__name__] = measure(part, options.small)
        if options.json:  # after each part, so that a run that is cut off leaves what it has
            options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if any("failed" in found for found in report.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
