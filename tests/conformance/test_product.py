"""Conformance as a product: the command, its page, picture and figures, lists of known deviations, and the form for pytest."""

from __future__ import annotations

import html
import itertools
import json
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from minitorch import dtypes
from minitorch.errors import BackendError
from minitorch.rows import OPS
from minitorch.testing import assert_close, conformance, tables
from minitorch.testing.conformance import command, reproduce
from minitorch.testing.conformance.cases import refuses, tensors_in
from minitorch.testing.conformance.outcome import Outcome
from minitorch.testing.conformance.run import choose, run_in_processes

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

NUMBERS = itertools.count(1)
BACKEND = """
import numpy as np
from minitorch_numpy import NumpyBackend


class Backend(NumpyBackend):
    \"\"\"NumPy with two faults.\"\"\"

    name = "{package}"

    def cumsum(self, input, dim):
        return np.flip(np.cumsum(np.flip(input, dim), dim, input.dtype), dim)

    def flip(self, input, dims):
        return np.flip(input, dims) if input.dtype == np.float64 else input
"""
KNOWN = """
[[deviation]]
row = "cumsum"
template = "{template}"
backend = "{backend}"
{more}
reason = "it sums from the end"
issue = "https://example.org/issues/1"
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable package with a backend of its own, which gets two ops wrong; each test has one of another name."""
    name = f"faulty_{next(NUMBERS)}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(BACKEND.format(package=name))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    yield folder
    sys.modules.pop(name, None)


def say(package: Path, *arguments: str) -> int:
    """Run the command on the package's backend."""
    return command.main(["--backend", f"{package.name}:Backend", *arguments])


# --- What it says -----------------------------------------------------------------------------------------------------


def test_what_fails_is_named(package: Path, capsys: pytest.CaptureFixture) -> None:
    assert say(package, "--op", "^(cumsum|flip|exp)$", "--template", "forward") == 1
    said = capsys.readouterr().out
    assert re.match(rf"3 rows on {package.name}/cpu: \d+ samples checked, \d+ cases failed\n", said)
    assert re.search(r"^  pointwise +1 +12 +\d+ +0 +0 ", said, re.MULTILINE)
    assert re.search(r"^FAILED forward of flip: \d+ samples in bool, uint8, int8, ", said, re.MULTILINE)
    where = rf"forward of cumsum\(float64\[.*\], 0\) in float64 on {package.name}/cpu, sample \d+: "
    assert re.search(where.replace("float64", "bool"), said), said
    assert "expected: " in said and "got: " in said


def test_the_choice_of_rows_and_templates(package: Path, capsys: pytest.CaptureFixture) -> None:
    assert say(package, "--op", "^exp$") == 0
    assert command.main([f"{package.name}:Backend", "^exp$"]) == 0  # as `python -m` is called
    first, second = re.findall(r"^1 rows .*", capsys.readouterr().out, re.MULTILINE)
    assert first == second
    assert say(package, "--op", "^flip$", "--template", "dtypes") == 0
    assert say(package, "--op", "no such row") == 1, "nothing was checked"
    assert not {op.name for op in choose(core=True)} & conformance.DRAWS.keys()


def test_who_cannot_be_tried(capsys: pytest.CaptureFixture) -> None:
    assert command.main(["--backend", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
    with pytest.raises(BackendError):
        list(command.places_of("cpu:x/y"))
    with pytest.raises(SystemExit):
        command.main(["--jobs", "0"])
    assert (
        command.main(["numpy", "^exp$", "--template", "dtypes", "--html", str(ROOT / "no folder" / "page.html")]) == 2
    )


def test_a_backend_means_all_its_devices() -> None:
    pytest.importorskip("array_api_strict")
    assert list(command.places_of("array_api_strict")) == ["array_api_strict/cpu", "array_api_strict/device1"]
    assert list(command.places_of("array_api_strict/device1")) == ["array_api_strict/device1"]


def test_processes_find_what_one_finds() -> None:
    chosen, steps = choose("^[a-c]"), []
    assert len(chosen) > 40, "few rows stay in one process"
    alone, shared = (
        run_in_processes("numpy/cpu", chosen, ["errors", "random"], [], jobs, lambda: steps.append(1))
        for jobs in (1, 2)
    )
    assert [_shown(outcome) for outcome in alone] == [_shown(outcome) for outcome in shared] != []
    assert len(steps) == 2 * len(chosen)


def _shown(outcome: Outcome) -> tuple:
    return outcome.row, outcome.template, outcome.dtype, outcome.samples, outcome.ulp, outcome.faults


# --- Known deviations -------------------------------------------------------------------------------------------------


def listed(package: Path, template: str = "forward", backend: str = "", more: str = "") -> None:
    text = KNOWN.format(template=template, backend=backend or package.name, more=more)
    (package / "xfails.toml").write_text(text)


def test_a_listed_case_is_known(package: Path, capsys: pytest.CaptureFixture) -> None:
    listed(package)
    assert say(package, "--op", "^cumsum$", "--template", "forward") == 0
    said = capsys.readouterr().out
    assert re.search(r"1 rows .* 0 cases failed, \d+ known deviations\n", said)
    assert re.search(
        r"^known: forward of cumsum in bool.*: it sums from the end \(https://example.org", said, re.MULTILINE
    )


def test_what_is_not_listed_fails(package: Path) -> None:
    listed(package, more='dtype = ["float32"]')
    failed = [
        outcome.dtype
        for outcome in conformance.run(f"{package.name}:Backend/cpu", choose("^cumsum$"), ["forward"])
        if outcome.failed
    ]
    assert "float32" not in failed and "float64" in failed
    listed(package, backend="another")
    assert say(package, "--op", "^cumsum$", "--template", "forward") == 1


@pytest.mark.parametrize("more", ["", 'dtype = "float32"'])
def test_a_listed_case_that_passes_fails(package: Path, capsys: pytest.CaptureFixture, more: str) -> None:
    listed(package, "dtypes", more=more)
    assert say(package, "--op", "^cumsum$", "--template", "dtypes") == 1
    assert re.search(
        r"dtypes of cumsum in \w+ is listed in xfails.toml, but passes: take it out", capsys.readouterr().out
    )


def test_an_entry_that_says_too_little(package: Path) -> None:
    (package / "xfails.toml").write_text('[[deviation]]\nrow = "cumsum"\nwhy = "?"\n')
    with pytest.raises(ValueError, match="expected: the keys reason, row, template"):
        say(package, "--op", "^cumsum$")


def test_our_own_lists_are_about_rows_and_templates() -> None:
    listed = [each for kind in tables.backend_classes().values() for each in conformance.deviations(kind)]
    assert {deviation.row for deviation in listed} <= OPS.keys()
    assert {deviation.template for deviation in listed} <= conformance.TEMPLATES.keys()


# --- A failing sample as a program ------------------------------------------------------------------------------------


def program_of(page: str, row: str, dtype: str) -> str:
    """The program that a page shows for a row's fault in a dtype."""
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1].replace("<\\/", "</"))
    (entry,) = [entry for entry in data["entries"] if entry["row"] == row]
    (program,) = [fault["code"] for fault in entry["faults"] if f" in {dtype} on " in fault["message"]]
    return program


def test_the_program_shows_the_failure(package: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert say(package, "--op", "^cumsum$", "--template", "forward", "--html", str(page)) == 1
    program = program_of(page.read_text(), "cumsum", "float32")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert re.search(
        rf"AssertionError: forward of cumsum\(.*\) in float32 on {package.name}/cpu, sample \d+", done.stderr
    )
    here, there = done.stdout.split("tensor(")[1:]
    assert f"device='{package.name}/cpu'" in here and "float64" in there
    assert re.findall(r"-?\d\.\d+", here) != re.findall(r"-?\d\.\d+", there)


@pytest.mark.parametrize("template", ["forward", "special", "inplace", "view", "errors", "random"])
def test_programs_make_the_sample_that_was_tried(template: str) -> None:
    """Run the program of a sample of every row: it makes the same arguments, and finds no fault on NumPy."""
    tried = 0
    for op in choose():
        chosen = conformance.TEMPLATES[template]
        if not chosen.applies(op, conformance.reference_device()):
            continue
        dtype = "int64" if op.name.startswith("bitwise") else "float64"
        cases = chosen.cases(op, dtypes.BY_NAME[dtype], conformance.reference_device())
        for number in {0, len(cases) - 1} if cases else ():
            program = reproduce.code("numpy/cpu", op.name, template, dtype, number)
            scope = {"print": lambda *values: None}
            try:
                exec(program, scope)
            except (TypeError, RuntimeError, ValueError) as error:
                grows = template == "inplace" and "can't grow its tensor" in str(
                    error
                )  # conformance leaves such samples out
                if not grows and not refuses(op, cases[number].sample):
                    raise
            made = [scope[name] for name in "abcdefgh" if name in scope and "on_reference" not in program]
            wanted = [] if template in ("inplace", "random") else tensors_in(cases[number].sample)[: len(made)]
            for one, other in zip(made, wanted, strict=False):
                assert_close(one, other, factor=0, what=program)
                assert one.stride() == other.stride() or 0 in other.stride()
            tried += 1
    assert tried >= 9


# --- Page, picture, figures -------------------------------------------------------------------------------------------


@pytest.fixture
def page(package: Path, tmp_path: Path) -> Path:
    """A page about two backends."""
    listed(package)
    path = tmp_path / "report.html"
    arguments = ["--backend", "numpy", "--op", "^(cumsum|cumprod|flip|exp)$", "--template", "forward"]
    assert say(package, *arguments, "--html", str(path)) == 1
    return path


def test_the_page_needs_no_network(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"""(src|href)=|url\(|@import|fetch\(|https?://(?!example)""", text)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize(
    ("filters", "rows", "statuses"),
    [
        ("status=ok", 6, {"ok"}),
        ("status=failed", 1, {"failed"}),
        ("status=known", 1, {"known"}),
        ("text=cum", 4, {"ok", "known"}),
        ("text=cum&family=scan&status=ok&order=error", 3, {"ok"}),
        ("family=pointwise", 2, {"ok"}),
        ("text=nothing%20of%20this%20name", 0, set()),
        ("", 1, {"failed"}),
    ],
)
def test_the_page_filters(page: Path, tmp_path: Path, filters: str, rows: int, statuses: set[str]) -> None:
    dom = browse(page, tmp_path, filters)
    shown = re.findall(r'<tr class="entry".*?</tr>', dom, re.DOTALL)
    assert len(shown) == rows
    assert {re.findall(r">([^<]*)</td></tr>", each)[-1] for each in shown} == statuses
    assert f"{rows} of 8" in dom


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_the_page_shows_the_program(page: Path, tmp_path: Path) -> None:
    dom = html.unescape(browse(page, tmp_path, "status=failed"))
    assert "print(torch.flip(a, (0,)))" in dom
    assert "conformance.again(" in dom


def browse(page: Path, tmp_path: Path, filters: str) -> str:
    """What a browser makes of the page."""
    quiet = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        *quiet,
        "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    done = subprocess.run(
        [*command, "--dump-dom", f"{page.as_uri()}#{filters}"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_picture_and_figures(package: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture, figures = tmp_path / "matrix.png", tmp_path / "figures.json"
    arguments = ["--backend", "numpy", "--op", "^(cumsum|exp)$", "--template", "forward"]
    assert say(package, *arguments, "--matrix", str(picture), "--json", str(figures)) == 1
    data = picture.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    assert data.startswith(b"\x89PNG") and width > 800 and height > 300
    found = json.loads(figures.read_text())
    assert found.keys() == {f"{package.name}/cpu", "numpy/cpu"}
    assert found[f"{package.name}/cpu"]["failed"] == ["cumsum"]
    assert found["numpy/cpu"]["failed"] == found["numpy/cpu"]["known"] == []
    assert found["numpy/cpu"]["samples"] == sum(samples for samples, _ in found["numpy/cpu"]["by_row"].values()) > 100
    assert 0 < found["numpy/cpu"]["worst"]["float32"][0] < 2


def test_the_figures_of_the_readme() -> None:
    """They come from a whole run, on rows that still exist, in which nothing failed that isn't listed."""
    if not tables.FIGURES.is_file():
        pytest.skip("the figures stand in the source tree; here only the wheel is installed")
    figures = json.loads(tables.FIGURES.read_text())
    assert {"numpy/cpu", "torch/cpu", "array_api_strict/cpu", "array_api_strict/device1:0"} <= figures.keys()
    names = {op.name for op in choose()}
    for place, found in figures.items():
        assert not found["by_row"].keys() - names, f"{place}: no longer rows; make docs/conformance.json again"
        share = 0.4 if place.startswith("jax/") else 0.9  # a whole run on JAX takes eight minutes, and may be older
        assert found["rows"] >= share * len(names) and not found["failed"], place
    table = "\n".join(tables.conformance())
    assert table in (ROOT / "README.md").read_text()


# --- As pytest sees it ------------------------------------------------------------------------------------------------


def test_pytest_collects_it_from_the_package(package: Path, tmp_path: Path) -> None:
    settings = ["-p", "minitorch.testing.backend_option", "-p", "no:cacheprovider", "-q", "--rootdir", str(tmp_path)]
    command = [sys.executable, "-m", "pytest", *settings, "--pyargs", "minitorch.testing.conformance"]
    chosen = ["--backend", f"{package.name}:Backend", "-k", "cumsum and (forward or errors) or exp-forward"]
    done = subprocess.run([*command, *chosen], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert re.search(rf"forward of cumsum\(.*\) in bool on {package.name}/cpu, sample 0", done.stdout)
    assert re.search(r"1 failed, \d+ passed", done.stdout)
