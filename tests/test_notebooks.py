"""The notebooks run, as scripts and in a kernel, and each .ipynb is what its .py gives.

`python tests/test_notebooks.py` writes the .ipynb files anew, with outputs.
"""

from __future__ import annotations

import ast
import os
import runpy
import sys
from pathlib import Path

import jupytext
import matplotlib.pyplot as plt
import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))
WRITE = "write it anew: python tests/test_notebooks.py"

CELLS = 40  # fewer than this in a notebook
BYTES = 500_000  # of an .ipynb with its pictures
SECONDS = 60  # for one cell, on a busy machine
LIBRARIES = {"matplotlib", "minitorch", "numpy"}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python"},
}

each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def stored(script: Path) -> nbformat.NotebookNode:
    return nbformat.read(script.with_suffix(".ipynb"), as_version=4)


def executed(script: Path, folder: Path) -> nbformat.NotebookNode:
    """Return the notebook of a script, run by a fresh kernel in a folder; a cell that raises is a CellExecutionError."""
    notebook = jupytext.read(script)
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", nbformat.NotebookNode()
    resources = {"metadata": {"path": str(folder)}}
    kernel = {"kernel_name": METADATA["kernelspec"]["name"], "timeout": SECONDS, "startup_timeout": SECONDS}
    NotebookClient(notebook, resources=resources, record_timing=False, **kernel).execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    return notebook


def pictures(notebook: nbformat.NotebookNode) -> list[int]:
    """How many pictures each cell shows."""
    return [sum("image/png" in output.get("data", {}) for output in cell.get("outputs", [])) for cell in notebook.cells]


@pytest.fixture
def kernel_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a kernel show pictures, as it does where no backend is set."""
    monkeypatch.delenv("MPLBACKEND", raising=False)


@pytest.fixture
def no_figure_stays():
    yield
    plt.close("all")


def test_there_are_notebooks():
    assert len(SCRIPTS) >= 2


@each_script
def test_script_runs(script, no_figure_stays):
    runpy.run_path(str(script))


@each_script
def test_notebook_runs_and_shows_its_pictures(script, tmp_path, kernel_draws):
    fresh = executed(script, tmp_path)
    assert sum(pictures(fresh)) > 0
    assert pictures(fresh) == pictures(stored(script)), f"the stored outputs are of another version; {WRITE}"


def test_a_cell_that_raises_fails(tmp_path):
    script = tmp_path / "broken.py"
    script.write_text("# %%\n1 + 1\n\n# %%\nassert 1 == 2\n")
    with pytest.raises(AssertionError):
        runpy.run_path(str(script))
    with pytest.raises(CellExecutionError, match="assert 1 == 2"):
        executed(script, tmp_path)


@each_script
def test_notebook_and_script_agree(script):
    ours, theirs = jupytext.read(script).cells, stored(script).cells
    for number, (source, cell) in enumerate(zip(ours, theirs, strict=False)):
        same = (source.cell_type, source.source) == (cell.cell_type, cell.source)
        assert same, f"cell {number} of {script.stem}.ipynb differs from the script's; {WRITE}"
    assert len(ours) == len(theirs), WRITE


@each_script
def test_outputs_are_of_one_run_from_top_to_bottom(script):
    code = [cell for cell in stored(script).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1)), WRITE
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


@each_script
def test_notebook_is_short_and_stands_alone(script):
    cells = jupytext.read(script).cells
    assert len(cells) < CELLS
    assert script.with_suffix(".ipynb").stat().st_size < BYTES
    imported = set()
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or ".").split(".")[0])
    assert imported - sys.stdlib_module_names <= LIBRARIES


def test_the_folder_holds_notebooks_and_nothing_else():
    expected = {"README.md", "jupytext.toml"} | {script.stem + end for script in SCRIPTS for end in (".py", ".ipynb")}
    found = {path.name for path in FOLDER.iterdir() if not path.name.startswith((".", "__"))}
    assert found == expected
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"({script.stem}.ipynb)" in readme for script in SCRIPTS)


def main() -> None:
    """Write every .ipynb anew from its script."""
    os.environ.pop("MPLBACKEND", None)
    for script in SCRIPTS:
        nbformat.write(executed(script, FOLDER), script.with_suffix(".ipynb"))


if __name__ == "__main__":
    main()
