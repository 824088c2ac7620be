"""What `minitorch info` says, and that it is true."""

from __future__ import annotations

import importlib.metadata
import sys

import numpy as np
import pytest

import minitorch
from minitorch import backend, backends, info
from minitorch.errors import BackendUnavailable


def test_the_report_has_its_sections():
    lines = info.report().splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "Versions", "Backends", "BLAS", "Settings", "Packages",
    ]  # fmt: skip
    text = "\n".join(lines)
    assert minitorch.__version__ in text and np.__version__ in text and "MINITORCH_BACKEND" in text
    assert sys.version.split()[0] in text


def test_the_backends_and_where_new_tensors_go(monkeypatch):
    assert info.backend_lines()[:-1] == backends.report().splitlines()
    assert info.backend_lines()[-1] == f"new tensors go to {backend.default_backend().name}, device cpu"

    def default_backend():
        raise BackendUnavailable("no backend is called 'abacus'\n  hint: check the spelling")

    monkeypatch.setattr(backend, "default_backend", default_backend)
    assert (
        info.backend_lines()[-1] == "new tensors can't be made: no backend is called 'abacus'; hint: check the spelling"
    )


# --- BLAS -------------------------------------------------------------------------------------------------------------


class Pretended:
    """A BLAS whose threads are a number."""

    def __init__(self, threads):
        self.threads, self.asked = threads, []

    def set(self, threads):
        self.asked.append(threads)
        self.threads = threads

    def blas(self):
        return info.Blas("pretended 1.0", lambda: self.threads, self.set)


def test_threads_of_this_blas():
    found = info.blas()
    if found.threads is None or found.set_threads is None:
        pytest.skip("this BLAS doesn't let its threads be asked for")
    before = found.threads
    threadpoolctl = pytest.importorskip("threadpoolctl")
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        assert str(info.blas()).endswith(", 1 thread")
    assert found.threads == before


def test_measuring_sets_the_threads_back():
    pretended = Pretended(7)
    one, two = info.measure(pretended.blas(), 4, 5, 6, seconds=0.01)
    assert one > 0 and two > 0
    assert pretended.threads == 7 and set(pretended.asked) == {1, 2, 7}


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [((0.002, 0.001), "two faster"), ((0.001, 0.002), "one faster"), ((0.001, 0.00099), "no difference")],
)
def test_the_verdict(monkeypatch, seconds, verdict):
    monkeypatch.setattr(info, "blas", Pretended(2).blas)
    monkeypatch.setattr(info, "processors", lambda: 2)
    monkeypatch.setattr(info, "measure", lambda *arguments: seconds)
    first, *measured = info.blas_lines()
    assert first == "pretended 1.0, 2 threads" and len(measured) == 2
    assert all(line.endswith(f": {verdict}") for line in measured)


def test_what_is_not_measured_has_a_reason(monkeypatch):
    monkeypatch.setattr(info, "processors", lambda: 1)
    monkeypatch.setattr(info, "blas", Pretended(1).blas)
    assert "one processor" in info.blas_lines()[1]
    monkeypatch.setattr(info, "blas", lambda: info.Blas("mute", None, None))
    assert info.blas_lines()[0] == "mute, threads unknown" and "not measured" in info.blas_lines()[1]


def test_without_openblas_threadpoolctl_is_asked(monkeypatch):
    pytest.importorskip("threadpoolctl")
    monkeypatch.setattr(info, "_openblas", lambda verb: None)
    assert info.blas().threads in (None, *range(1, 1025))
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert info.blas().threads is None


# --- Packages ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_folders(tmp_path, monkeypatch):
    """Two folders on the path, each with a package `strange`."""
    for name in ("first", "second"):
        (tmp_path / name / "strange").mkdir(parents=True)
        (tmp_path / name / "strange" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second")])
    return tmp_path.resolve()


def test_a_hidden_package_is_found(two_folders):
    first, second = (str(two_folders / name / "strange" / "__init__.py") for name in ("first", "second"))
    assert info.places("strange") == [first, second]
    lines = list(info._package("strange", "strange-distribution"))
    assert lines[0].split() == ["strange", first]
    assert f"lies in {second}, hidden by this one" in lines[1]
    assert "no distribution 'strange-distribution' is installed" in lines[2]


def test_a_foreign_distribution_is_named(two_folders, monkeypatch):
    owners = {"minitorch": ["minitorch", "minitorch-ref"], "torch": ["Torch"]}
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: owners)
    found = [line for line in info.packages() if "distribution 'minitorch' installs" in line]
    assert len(found) == 1 and "pip uninstall minitorch," in found[0]
    assert not [line for line in info.packages() if "'Torch' installs" in line]


def test_nothing_installed_is_said(two_folders):
    assert list(info._package("nowhere_at_all", "nowhere")) == ["nowhere_at_all not installed"]
