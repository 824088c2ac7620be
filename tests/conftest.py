"""What holds for every test: one BLAS thread a worker, no window for pictures, global state as it was found.

Where no GPU is, `cupy` is the stand-in of tests/strict_cupy, here and in the processes that tests start: it comes first on
the path and is loaded, like CuPy itself, by those who ask for it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy loads: workers share the processors already
os.environ.setdefault("MPLBACKEND", "Agg")

import hypothesis
import pytest

from minitorch import backend, dtypes, tape
from minitorch.ops import generators


def a_gpu_is_here() -> bool:
    """Is there a real CuPy, and a GPU for it?"""
    if importlib.util.find_spec("cupy") is None:
        return False
    import cupy

    return cupy.cuda.is_available()


STAND_IN = str(Path(__file__).resolve().parent / "strict_cupy")
if STAND_IN not in sys.path and not a_gpu_is_here():
    for name in [name for name in sys.modules if name.partition(".")[0] in ("cupy", "cupyx", "cupy_backends")]:
        del sys.modules[name]  # a real one without a GPU
    sys.path.insert(0, STAND_IN)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [STAND_IN, os.environ.get("PYTHONPATH")]))

for name in backend.names():  # before any of their libraries is loaded
    backend.hasten(name)

hypothesis.settings.register_profile("house", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def global_state() -> Iterator[None]:
    """Start each test from one seed; fail it if it leaves grad mode, default dtype or default backend changed."""
    generators.manual_seed(0)
    before = tape.mode.enabled, dtypes.get_default_dtype(), backend.default_backend()
    yield
    after = tape.mode.enabled, dtypes.get_default_dtype(), backend.default_backend()
    tape.mode.enabled = before[0]
    dtypes.set_default_dtype(before[1])
    backend.set_backend(before[2].name)
    assert after == before, "the test left grad mode, the default dtype or the default backend changed"
