"""What holds for every test: one BLAS thread a worker, no window for pictures, and global state as it was found."""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy loads: workers share the processors already
os.environ.setdefault("MPLBACKEND", "Agg")

import hypothesis
import pytest

from minitorch import backend, dtypes, generator, tape

hypothesis.settings.register_profile("house", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def global_state() -> Iterator[None]:
    """Start each test from one seed; fail it if it leaves grad mode, default dtype or default backend changed."""
    generator.manual_seed(0)
    before = tape.mode.enabled, dtypes.get_default_dtype(), backend.default_backend()
    yield
    after = tape.mode.enabled, dtypes.get_default_dtype(), backend.default_backend()
    tape.mode.enabled = before[0]
    dtypes.set_default_dtype(before[1])
    backend.set_backend(before[2].name)
    assert after == before, "the test left grad mode, the default dtype or the default backend changed"
