"""A stand-in for CuPy over NumPy, for machines without a GPU: it refuses what CuPy refuses and wraps round where CuPy does.

Its names and signatures are CuPy's own (manifest.json, written by make_manifest.py). What it can't imitate says so with
NotImplementedError. `cupy.strict` alone is not CuPy's: counters of what makes the host wait, and switches for faults.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cupy import _array, _functions, _manifest, _ufuncs, cuda, fft, lib, linalg, random, strict

PARTS = (cuda, fft, lib, linalg, random, strict)  # the modules that it has
__version__ = _manifest.MANIFEST["cupy"]


class NoKernels:
    """ElementwiseKernel and its like: the stand-in runs no CUDA text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("this stand-in for CuPy runs no CUDA text; use CuPy's own functions, or a real GPU")


def classes() -> dict[str, Any]:
    """CuPy's classes: dtypes and errors are NumPy's, kernels there are none."""
    found: dict[str, Any] = {"ndarray": _array.ndarray, "ufunc": _ufuncs.ufunc}
    for name, entry in _manifest.MODULES["cupy"].items():
        if entry["kind"] != "class" or name in found:
            continue
        of_numpy = getattr(np, entry["name"], None) or getattr(np.exceptions, entry["name"], None)
        if entry["module"].startswith("numpy") and of_numpy:
            found[name] = of_numpy
        elif "Kernel" in name or name == "RawModule":
            found[name] = type(name, (NoKernels,), {})
    return found


def constants() -> dict[str, Any]:
    return {"s_": np.s_, "index_exp": np.index_exp, "newaxis": None, "exceptions": np.exceptions, "fuse": NoKernels}


_manifest.fill("cupy", globals(), _functions.WRITTEN | _ufuncs.TOP | classes() | constants())
