"""The benchmarks still run: their peers agree, and a table and a file come out. Speed is no matter of tests."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_short_run(tmp_path):
    target = tmp_path / "results.json"
    chosen = ["tiny.mixed", "tiny_backward.chain", "mlp.adam", "operation.embedding"]
    settings = ["--peers", "minitorch,numpy", "--threads", "1", "--blocks", "1", "--json", str(target)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--only", *chosen, *settings],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(target.read_text())
    assert [row["workload"] for row in report["results"]] == chosen
    for row in report["results"]:
        assert "failures" not in row and "disagreement" not in row, row
        assert set(row["best"]) == {"minitorch", "numpy"}
        assert row["workload"] in done.stdout
    assert str(ROOT) not in target.read_text()
