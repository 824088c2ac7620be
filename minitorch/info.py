"""What `minitorch info` says: versions, backends, settings, BLAS and its threads, and packages that hide each other."""

from __future__ import annotations

import ctypes
import importlib.machinery
import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import backend, backends, config
from .errors import BackendError, one_line
from .version import __version__

TIE = 0.05  # a difference under 5 % is noise


def report() -> str:
    """Return the whole text."""
    sections = {
        "Versions": versions(),
        "Backends": backend_lines(),
        "BLAS": blas_lines(),
        "Settings": config.describe().splitlines(),
        "Packages": packages(),
    }
    return "\n\n".join("\n".join([title, *(f"  {line}" for line in lines)]) for title, lines in sections.items())


def versions() -> list[str]:
    """Python, NumPy and minitorch, and on what they run."""
    return [
        f"minitorch  {__version__}",
        f"Python     {platform.python_version()} ({platform.python_implementation()}, {platform.system()} {platform.machine()})",
        f"NumPy      {np.__version__}",
        f"processors {processors()} for this process, {os.cpu_count()} in the machine",
    ]


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- Backends ---------------------------------------------------------------------------------------------------------


def backend_lines() -> list[str]:
    """What each installed backend can do, or why it can't be used; and which one new tensors go to."""
    lines = backends.report().splitlines()
    try:
        return [*lines, f"new tensors go to {backend.default_backend().name}, device {backend.default_device()}"]
    except BackendError as error:
        return [*lines, f"new tensors can't be made: {one_line(error)}"]


# --- BLAS -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Blas:
    """The BLAS library that NumPy multiplies matrices with, and its threads where it lets us ask (else None)."""

    name: str
    get_threads: Callable[[], int] | None
    set_threads: Callable[[int], object] | None

    @property
    def threads(self) -> int | None:
        return None if self.get_threads is None else self.get_threads()

    def __str__(self) -> str:
        count = {None: "threads unknown", 1: "1 thread"}.get(self.threads, f"{self.threads} threads")
        return f"{self.name}, {count}"


def blas() -> Blas:
    """Find NumPy's BLAS; its threads are those of OpenBLAS, or what threadpoolctl reaches where that is installed."""
    built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    name = f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()
    get, set_ = _openblas("get"), _openblas("set")
    if get is not None and set_ is not None:
        return Blas(name, get, set_)
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return Blas(name, None, None)
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    if not libraries:
        return Blas(name, None, None)
    return Blas(name, libraries[0].get_num_threads, libraries[0].set_num_threads)


def _openblas(verb: str) -> Callable | None:
    """OpenBLAS's function to get or set its threads, under the name that this build of NumPy gives it."""
    try:
        library = ctypes.CDLL(np.linalg._umath_linalg.__file__)  # finds names in what this file is linked to, too
    except (AttributeError, OSError):
        return None
    names = [f"{prefix}_{verb}_num_threads{end}" for prefix in ("scipy_openblas", "openblas") for end in ("64_", "")]
    return next((getattr(library, name) for name in names if hasattr(library, name)), None)


def blas_lines() -> list[str]:
    """The library and its threads, and whether one or two threads are faster for the products of a training step."""
    found = blas()
    lines = [str(found)]
    if found.set_threads is None or found.get_threads is None:
        return [*lines, "one thread or two: not measured, this BLAS doesn't let its threads be set (try threadpoolctl)"]
    if processors() < 2:
        return [*lines, "one thread or two: not measured, this process may use one processor only"]
    for rows, inner, columns in ((64, 784, 512), (1024, 1024, 1024)):
        one, two = measure(found, rows, inner, columns)
        ratio = one / two
        verdict = "no difference" if abs(ratio - 1) < TIE else f"{'two' if ratio > 1 else 'one'} faster"
        size = f"{rows}x{inner} @ {inner}x{columns}"
        lines.append(f"{size:<22} one thread {one * 1e3:.3f} ms, two {two * 1e3:.3f} ms: {verdict}")
    return lines


def measure(found: Blas, rows: int, inner: int, columns: int, seconds: float = 0.1) -> tuple[float, float]:
    """Return the seconds that a float32 product takes with one BLAS thread and with two: the best of turns taken."""
    assert found.get_threads is not None and found.set_threads is not None
    left, right = np.ones((rows, inner), np.float32), np.ones((inner, columns), np.float32)
    out = np.empty((rows, columns), np.float32)
    before = found.get_threads()
    best = {1: float("inf"), 2: float("inf")}
    deadline = time.perf_counter() + 2 * seconds
    try:
        while time.perf_counter() < deadline or float("inf") in best.values():
            for threads in best:
                found.set_threads(threads)
                np.matmul(left, right, out=out)  # wakes the threads
                start = time.perf_counter()
                for _ in range(3):
                    np.matmul(left, right, out=out)
                best[threads] = min(best[threads], (time.perf_counter() - start) / 3)
    finally:
        found.set_threads(before)
    return best[1], best[2]


# --- Packages that hide each other ------------------------------------------------------------------------------------


def packages() -> list[str]:
    """Where `minitorch` and `torch` come from, and which others of these names lie on the path."""
    return [*_package("minitorch", "minitorch-ref"), *_package("torch", "torch")]


def _package(name: str, distribution: str) -> Iterator[str]:
    found = places(name)
    used = getattr(sys.modules.get(name), "__file__", None) or (found[0] if found else None)
    if used is None:
        yield f"{name:<10} not installed"
        return
    used = str(Path(used).resolve())
    yield f"{name:<10} {used}"
    for other in found:
        if other != used:
            yield f"{'':<10} warning: another package named {name} lies in {other}, hidden by this one"
    owners = importlib.metadata.packages_distributions().get(name, [])
    for owner in sorted(set(owners)):
        if owner.lower().replace("_", "-") != distribution:
            hint = f"; pip uninstall {owner}, then reinstall {distribution}" if name == "minitorch" else ""
            yield f"{'':<10} warning: the distribution {owner!r} installs a package named {name} too{hint}"
    if not _has(distribution):
        yield f"{'':<10} note: it only lies on the path; no distribution {distribution!r} is installed"


def _has(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def places(name: str) -> list[str]:
    """The files of every package or module of that name on the path, in the order in which Python looks."""
    found = []
    for entry in sys.path:
        spec = importlib.machinery.PathFinder.find_spec(name, [entry or os.getcwd()])
        if spec is not None and spec.origin is not None:
            found.append(str(Path(spec.origin).resolve()))
    return list(dict.fromkeys(found))
