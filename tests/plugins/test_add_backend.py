"""Backends of other distributions: a toy one from scratch, CONTRIBUTING.md's, and what docs/backends.md says about them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cached_property
from pathlib import Path

import pytest

from minitorch.backend import Backend
from minitorch.rows import OPS
from minitorch.testing import tables
from minitorch.testing.conformance import TEMPLATES
from minitorch.testing.conformance.xfails import KEYS

ROOT = Path(__file__).resolve().parents[2]
TOY = Path(__file__).parent / "toy_backend"


def install(project: Path, site: Path) -> None:
    """What an installer leaves behind for a project of single modules: the modules and their metadata."""
    facts = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    metadata = site / f"{facts['name'].replace('-', '_')}-{facts['version']}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {facts['name']}\nVersion: {facts['version']}\n")
    groups = facts["entry-points"].items()
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items()) for group, points in groups
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    for module in project.glob("*.py"):
        shutil.copy(module, site)


def run(site: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in another process, which finds what lies in `site` as if it were installed."""
    paths = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        cwd=site,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    install(TOY, tmp_path / "site")
    return tmp_path / "site"


def conforms(site: Path, *arguments: str) -> int:
    """How many rows were tried, all without fault."""
    done = run(site, "-m", "minitorch.testing.conformance", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return int(re.match(r"(\d+) rows on ", done.stdout)[1])


# --- A backend from scratch -------------------------------------------------------------------------------------------


def test_the_toy_is_small() -> None:
    lines = [line for path in TOY.rglob("*.py") for line in path.read_text().splitlines() if line.strip()]
    assert len(lines) < 80
    assert f"in {len(lines)} lines that aren't blank" in (ROOT / "CONTRIBUTING.md").read_text()


def test_the_toy_uses_nothing_but_the_port() -> None:
    imported = re.findall(r"^(?:from|import) (\S+)", (TOY / "minitorch_toy.py").read_text(), re.MULTILINE)
    assert set(imported) == {"__future__", "numpy", "minitorch", "minitorch.backend"}


def test_the_toy_has_the_core_kernels(toy: Path) -> None:
    sampled = [row for row in OPS.values() if row.body is None and row.samples is not None]
    assert conforms(toy, "toy/cpu", "--core") == len(sampled)


def test_a_class_can_be_tried_without_an_entry_point(toy: Path) -> None:
    (toy / "minitorch_toy-0.1.dist-info" / "entry_points.txt").unlink()
    assert conforms(toy, "--backend", "minitorch_toy:ToyBackend", "--op", "^(sum|exp|index_add)$") == 3
    done = run(toy, "-m", "minitorch", "conformance", "--backend", "minitorch_toy:ToyBackend", "--op", "^exp$")
    assert done.returncode == 0 and done.stdout.startswith("1 rows on toy/cpu"), done.stdout + done.stderr


def test_the_toy_has_all_other_ops_for_nothing(toy: Path) -> None:
    assert conforms(toy, "toy/cpu", "^(softmax|cumsum|scatter|pow|index_put|sort|layer_norm|max_pool2d|linear)") > 8


def test_the_toy_is_found_and_trains(toy: Path) -> None:
    program = (
        "import minitorch\n"
        "x = minitorch.ones(2, 3, requires_grad=True)\n"
        "loss = minitorch.nn.functional.cross_entropy(x @ minitorch.ones(3, 4), minitorch.tensor([0, 3]))\n"
        "loss.backward()\n"
        "print(x.device.qualified, type(x._array).__name__, x.grad.shape)"
    )
    done = run(toy, "-c", program, MINITORCH_BACKEND="toy")
    assert (done.stdout, done.stderr) == ("toy/cpu ndarray torch.Size([2, 3])\n", "")


def test_a_kernel_left_out_is_named(toy: Path) -> None:
    module = toy / "minitorch_toy.py"
    module.write_text(module.read_text().replace("def index_copy(", "def forgotten("))
    done = run(
        toy,
        "-c",
        "import minitorch as m; x = m.zeros(3); x.index_copy(0, m.tensor([1]), x[:1])",
        MINITORCH_BACKEND="toy",
    )
    for part in (
        "KernelMissing: the backend 'toy' has no kernel 'index_copy', and the op table has no body for it",
        "expected: a kernel for each core row of the op table, or a row with a body",
        "hint:     give ToyBackend a method 'index_copy' with the row's signature, or use another backend",
    ):
        assert part in done.stderr


def test_a_library_that_is_not_there_makes_its_backend_unusable(toy: Path) -> None:
    module = toy / "minitorch_toy.py"
    module.write_text(module.read_text().replace("import numpy as np", "import numpy as np\nimport not_installed_here"))
    done = run(toy, "-c", "import minitorch; minitorch.ones(2)", MINITORCH_BACKEND="toy")
    assert (
        "BackendUnavailable: the backend 'toy' can't be used here: No module named 'not_installed_here'" in done.stderr
    )
    assert re.search(r"expected: one of the backends whose library is here: .*\bnumpy\b", done.stderr)
    assert "hint:     install not_installed_here, or choose another" in done.stderr
    done = run(toy, "-c", "from minitorch import backend; print('toy' in backend.names(), backend.why_unusable('toy'))")
    assert done.stdout == "True ModuleNotFoundError: No module named 'not_installed_here'\n"


# --- What CONTRIBUTING.md says ----------------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    section = (ROOT / "CONTRIBUTING.md").read_text().split("## Add a backend in an hour")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def test_a_stranger_adds_a_backend(tmp_path: Path) -> None:
    pytest.importorskip("array_api_strict")
    project = tmp_path / "project"
    project.mkdir()
    (points,), (code,) = blocks("toml"), blocks("python")
    (project / "pyproject.toml").write_text(f'[project]\nname = "minitorch-mine"\nversion = "1.0"\n\n{points}')
    (project / "minitorch_mine.py").write_text(code)
    install(project, tmp_path / "site")
    assert conforms(tmp_path / "site", "mine/cpu", "--core") > 70


# --- What docs/backends.md says ---------------------------------------------------------------------------------------

GUIDE = (ROOT / "docs" / "backends.md").read_text()


def test_the_core_kernels_are_listed() -> None:
    (listed,) = re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL)
    missing = [name for name, row in OPS.items() if tables.is_core(row) and not re.search(rf"\b{name}\(", listed)]
    assert missing == []


def test_the_attributes_are_the_ports() -> None:
    """What the table says of a backend is there, with the default that it says; and nothing public is left out."""
    section = GUIDE.split("## What a backend says of itself")[1].split("\n## ")[0]
    said = {
        name
        for line in section.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line[2:].split(" | ")[0])
    }
    made = (classmethod, cached_property)  # from what the backend says, not said by it
    facts = {name for name, value in vars(Backend).items() if not callable(value) and not isinstance(value, made)}
    assert said == {name for name in facts if not name.startswith("_")}
    for line in section.splitlines():
        found = re.match(r"\| `(\w+)` \| .* \| `(.+)` \|$", line)
        if found:
            assert repr(getattr(Backend, found[1])).replace("'", '"') == found[2], line
    methods = re.findall(r"`(\w+)`", section.split("and the methods")[1].split("**")[0])
    assert methods and [name for name in methods if not callable(getattr(Backend, name))] == []


def test_the_guides_examples_run() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    done = run(ROOT, "-c", code)
    assert "numpy" in done.stdout, done.stderr
    (listed,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    (entry,) = tomllib.loads(listed)["deviation"]
    assert set(entry) == KEYS and entry["row"] in OPS and entry["template"] in TEMPLATES
