"""The manifest is CuPy's as it is installed, of the release that pyproject.toml asks for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
MANIFEST = json.loads((HERE / "manifest.json").read_text())
KINDS = {"class", "constant", "function", "module", "object", "ufunc"}
ENTRIES = [
    (home, name, entry)
    for part in ("modules", "classes", "hidden")
    for home, entries in MANIFEST[part].items()
    for name, entry in entries.items()
]


def a_real_cupy() -> bool:
    """Whether a CuPy is installed beside the stand-in."""
    path = [each for each in sys.path if Path(each).resolve() != HERE]
    return any((Path(each) / "cupy" / "_core").is_dir() for each in path)


@pytest.mark.skipif(not a_real_cupy(), reason="no CuPy is installed to compare with")
def test_is_that_of_the_installed_cupy(tmp_path):
    read = subprocess.run(
        [sys.executable, HERE / "make_manifest.py", "--out", tmp_path / "manifest.json"], capture_output=True, text=True
    )
    if "libcublas" in read.stderr:
        pytest.skip("CuPy is installed without cuBLAS, which the manifest names too")
    assert not read.returncode, read.stderr
    found = json.loads((tmp_path / "manifest.json").read_text())
    assert found["cupy"] == MANIFEST["cupy"], "another release: run make_manifest.py, and see what changed"
    assert found == MANIFEST


@pytest.mark.parametrize("extra", ["cuda12", "cuda13"])
def test_is_of_a_release_that_we_ask_for(extra):
    project = tomllib.loads((HERE.parent.parent / "pyproject.toml").read_text())["project"]
    (requirement,) = project["optional-dependencies"][extra]
    lowest, below = (int(number) for number in re.search(r">=(\d+),<(\d+)$", requirement).groups())
    assert lowest <= int(MANIFEST["cupy"].partition(".")[0]) < below


def test_every_entry_says_what_it_is():
    assert len(ENTRIES) > 1300
    for home, name, entry in ENTRIES:
        assert entry["kind"] in KINDS, f"{home}.{name}"
        if entry["kind"] == "ufunc":
            ins, outs = entry["nin"], entry["nout"]
            assert all(re.fullmatch(rf".{{{ins}}}->.{{{outs}}}", each) for each in entry["types"]), name


def test_every_signature_can_be_read():
    unknown = []
    for _, name, entry in ENTRIES:
        if entry["kind"] == "function":
            if entry["signature"] is None:
                unknown.append(name)
            else:
                exec(f"def function{entry['signature']}: pass", {})
    assert all(re.fullmatch("__[a-z]+__", name) for name in unknown), "operators are all that has no signature"


@pytest.mark.parametrize(("home", "name", "there"), [
    ("cupy", "add", True),
    ("cupy", "vecdot", False),
    ("cupy", "errstate", False),
    ("cupy.linalg", "eig", True),
    ("cupy.linalg", "svdvals", False),
    ("cupyx", "rsqrt", True),
    ("cupy_backends.cuda.libs.cublas", "gemmStridedBatchedEx", True),
])  # fmt: skip
def test_names(home, name, there):
    assert (name in MANIFEST["modules"][home]) is there
