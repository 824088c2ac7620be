"""The switches for the whole process do what they say, and come back."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

import minitorch
from minitorch import registry, switches


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All switches as they were before."""
    before = minitorch.get_num_threads()
    monkeypatch.setattr(switches, "_interop", None)
    monkeypatch.setattr(switches, "_precision", "highest")
    yield
    minitorch.set_num_threads(before)
    minitorch.use_deterministic_algorithms(False)


def test_threads_are_the_backends(restored: None) -> None:
    for count in (2, 1):
        minitorch.set_num_threads(count)
        assert minitorch.get_num_threads() == registry.default_backend().threads() == count


@pytest.mark.parametrize("count", [0, -1, 1.5, "2"])
def test_threads_are_counted_from_one(restored: None, count: object) -> None:
    for function in (minitorch.set_num_threads, minitorch.set_num_interop_threads):
        with pytest.raises(RuntimeError, match=function.__name__):
            function(count)  # type: ignore[arg-type]


def test_interop_threads_are_set_once(restored: None) -> None:
    assert minitorch.get_num_interop_threads() == 1
    minitorch.set_num_interop_threads(3)
    assert minitorch.get_num_interop_threads() == 3
    with pytest.raises(RuntimeError, match="only once"):
        minitorch.set_num_interop_threads(3)


def test_precision_is_kept_and_checked(restored: None) -> None:
    minitorch.set_float32_matmul_precision("medium")
    assert minitorch.get_float32_matmul_precision() == "medium"
    with pytest.warns(UserWarning, match="no effect"):
        minitorch.set_float32_matmul_precision("low")
    assert minitorch.get_float32_matmul_precision() == "medium"


@pytest.mark.parametrize(("word", "number"), [("default", 0), ("warn", 1), ("error", 2)])
def test_debug_mode_is_the_deterministic_switch(restored: None, word: str, number: int) -> None:
    for value in (word, number):
        minitorch.set_deterministic_debug_mode(value)
        assert minitorch.get_deterministic_debug_mode() == number
        assert minitorch.are_deterministic_algorithms_enabled() == (number > 0)
        assert minitorch.is_deterministic_algorithms_warn_only_enabled() == (number == 1)


def test_denormals_stay() -> None:
    assert minitorch.set_flush_denormal(True) is False
    assert minitorch.tensor([1e-39]).mul(1.0).item() > 0


def test_range_warns_and_includes_the_end() -> None:
    with pytest.warns(UserWarning, match="deprecated"):
        assert minitorch.range(1, 3).tolist() == [1.0, 2.0, 3.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minitorch.arange(1, 3)


def test_device_modules() -> None:
    cpu, cuda = minitorch.cpu, minitorch.cuda
    for name, module in (
        ("cpu", cpu),
        ("numpy/cpu", cpu),
        (minitorch.device("cpu"), cpu),
        ("cuda:1", cuda),
        (None, cpu),
    ):
        assert minitorch.get_device_module(name) is module
    with pytest.raises(RuntimeError, match="expected 'cpu' or 'cuda'"):
        minitorch.get_device_module("tpu")
    assert (cpu.device_count(), cpu.is_available(), cpu.is_initialized(), cpu.current_device()) == (
        1,
        True,
        True,
        "cpu",
    )
    cpu.set_device("cpu")
    cpu.synchronize()
