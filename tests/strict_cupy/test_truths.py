"""The stand-in answers as CuPy does on a GPU: its answers to the probes against those that a GPU gave (truths.json)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
TRUTHS = HERE / "truths.json"

spec = importlib.util.spec_from_file_location("strict_cupy_probes", HERE / "probes.py")
probes = importlib.util.module_from_spec(spec)
spec.loader.exec_module(probes)


def answers(tmp_path: Path) -> dict:
    """What the stand-in answers, in a process where nothing else is on the path."""
    out = tmp_path / "answers.json"
    subprocess.run([sys.executable, HERE / "probes.py", "--stand-in", "--json", out], check=True)
    return json.loads(out.read_text())


def agree(here, there) -> bool:
    """The same kind of answer; floats may differ by the rounding of another implementation."""
    if isinstance(here, list):
        return isinstance(there, list) and len(here) == len(there) and all(map(agree, here, there))
    if "values" not in here or "values" not in there:
        return here == there
    if {**here, "values": 0} != {**there, "values": 0}:
        return False
    dtype = complex if here["dtype"].startswith("complex") else float
    if here["dtype"].startswith(("int", "uint", "bool")):
        return here["values"] == there["values"]
    error = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 1e-5, "complex64": 1e-5}.get(here["dtype"], 1e-12)
    numbers = [np.array([dtype(each) for each in side["values"]]) for side in (here, there)]
    return np.allclose(*numbers, rtol=error, atol=error, equal_nan=True)


@pytest.mark.skipif(not TRUTHS.exists(), reason="no GPU has answered the probes yet (probes.py --json truths.json)")
def test_the_stand_in_answers_as_a_gpu_did(tmp_path):
    truths = json.loads(TRUTHS.read_text())["answers"]
    found = answers(tmp_path)["answers"]
    assert found.keys() == truths.keys(), "the probes changed: ask a GPU again"
    asked = [probe for probe in found if "unasked" not in truths[probe]]
    assert not {probe: (found[probe], truths[probe]) for probe in asked if not agree(found[probe], truths[probe])}


def test_the_probes_run_and_say_on_what(tmp_path):
    found = answers(tmp_path)
    assert found["machine"] == "the stand-in"
    assert len(found["answers"]) == len(probes.probes()) == len(set(probes.probes())) > 200
    errors = {answer["error"] for answer in found["answers"].values() if isinstance(answer, dict) and "error" in answer}
    assert not errors & {"NameError", "SyntaxError"}
    assert found["answers"]["cp.arange(3)[cp.array([5, -4])]"] == {
        "array": "device", "dtype": "int64", "shape": [2], "order": "C", "values": ["2", "2"]
    }  # fmt: skip


def test_a_difference_is_seen():
    one = {"array": "device", "dtype": "float64", "shape": [1], "order": "C", "values": ["1.0"]}
    assert agree(one, one | {"values": ["1.0000000000000002"]})
    for changed in ({"values": ["1.1"]}, {"values": ["nan"]}, {"dtype": "float32"}, {"order": "F"}, {"shape": [1, 1]}):
        assert not agree(one, one | changed)
    assert not agree(one, {"error": "TypeError"})
    assert not agree([one], [one, one])
