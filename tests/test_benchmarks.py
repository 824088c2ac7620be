"""The benchmarks still run: their peers agree, and a table and a file come out. Speed is no matter of tests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_a_short_run(tmp_path):
    target = tmp_path / "results.json"
    chosen = ["tiny.mixed", "tiny_backward.chain", "mlp.adam", "charlstm.adam", "gpt.adamw", "operation.embedding"]
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


@pytest.mark.parametrize("backward", [False, True])
def test_every_row_beside_pytorch(tmp_path, backward):
    pytest.importorskip("torch")
    target = tmp_path / "rows.json"
    command = [sys.executable, "-m", "benchmarks.rows", "--only", "^mul$", "^std_mean$", "^eq$", "--json", str(target)]
    command += ["--backward"] if backward else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    report = json.loads(target.read_text())
    assert set(report["seconds"]) == {"mul", "std_mean"} | (set() if backward else {"eq"})
    assert report["rows"] == len(report["seconds"]) and "mul" in done.stdout
    assert all(0 < seconds < 0.1 for row in report["seconds"].values() for seconds in row.values())


def test_the_gpu_benchmark_runs_to_its_end(tmp_path):
    pytest.importorskip("cupy")
    target = tmp_path / "gpu.json"
    parts = ["machine", "launches", "products", "steps", "scatter", "copies", "random", "probes", "conformance"]
    command = [sys.executable, "-m", "benchmarks.gpu", "--small", "--json", str(target), "--only", *parts]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    report = json.loads(target.read_text())
    assert done.returncode == 0 and list(report) == parts, done.stderr or report
    assert report["machine"]["stand_in"] == ("stand-in" in done.stdout)
    assert set(report["launches"]) > {"cupy.add", "minitorch.add", "minitorch.linear and back"}
    assert len(report["products"]) == 20 and all(row["minitorch"] > 0 for row in report["products"].values())
    assert report["scatter"]["deterministic, largest difference"] == 0
    assert report["conformance"]["status"] == 0
