"""How long `import` takes in a fresh process, over what NumPy takes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from .workload import Code, Workload, register

PROGRAM = """
import sys, time
import numpy
before = time.perf_counter()
import {name}
print(time.perf_counter() - before)
"""


def startup(torch: Any) -> Code:
    """One fresh process a call."""

    def measure() -> dict[str, float]:
        program = PROGRAM.format(name=torch.__name__)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return {"import": float(done.stdout)}

    return Code.step(measure)


register(Workload("startup.import", startup, bars={"import torch": 0.2}, measures_itself=True, threads=(1,)))
