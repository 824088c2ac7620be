"""Check what `import minitorch` costs: only NumPy and the standard library, no thread, no stray file, and little time.

Runs with the standard library alone, in the environment whose minitorch is to be judged: `python .ci/check_import.py`.
Each check imports in a fresh interpreter, isolated (-I) so that neither the tree nor PYTHON* variables get a say.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

OPTIONAL = (
    "array_api_strict",
    "cupy",
    "jax",
    "matplotlib",
    "ml_dtypes",
    "opt_einsum",
    "scipy",
    "threadpoolctl",
    "torch",
    "tqdm",
)
SECONDS_OVER_NUMPY = 0.3

WATCH = """
import json, sys, sysconfig
import numpy                                # what NumPy itself opens and starts is not ours to judge
opened, started = [], []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.append(arguments[0])
    elif event.startswith("_thread.start"):
        started.append(event)
sys.addaudithook(watch)
import minitorch
from importlib.util import find_spec
opened, started = list(opened), list(started)
homes = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
for package in ("minitorch", "numpy"):
    homes.update(find_spec(package).submodule_search_locations)
stray = [path for path in opened if not any(path.startswith(home) for home in homes)]
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"opened": stray, "threads": started, "loaded": loaded, "from": minitorch.__file__}))
"""

TIME = "import numpy, time; start = time.perf_counter(); import minitorch; print(time.perf_counter() - start)"


def fresh(program: str) -> str:
    """Run the program in a fresh, isolated interpreter and return what it printed."""
    finished = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True)
    if finished.returncode:
        raise SystemExit(f"import minitorch failed:\n{finished.stderr}")
    return finished.stdout


def complaints(timed: bool) -> list[str]:
    """Return a line for each rule that `import minitorch` breaks."""
    fresh("import minitorch")  # bytecode is compiled once, before anything is judged
    seen = json.loads(fresh(WATCH))
    found = [f"loads {name}" for name in seen["loaded"] if name in OPTIONAL]
    found += [f"opens {path}" for path in seen["opened"]]
    found += [f"starts a thread ({event})" for event in seen["threads"]]
    if timed:
        seconds = statistics.median(float(fresh(TIME)) for _ in range(5))
        print(f"import minitorch: {seconds * 1000:.0f} ms over NumPy (median of 5), from {seen['from']}")
        if seconds >= SECONDS_OVER_NUMPY:
            found.append(f"takes {seconds:.2f} s over NumPy, allowed are {SECONDS_OVER_NUMPY} s")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--untimed", action="store_true", help="leave out the time, for busy machines")
    found = complaints(timed=not parser.parse_args().untimed)
    for complaint in found:
        print(f"import minitorch {complaint}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
