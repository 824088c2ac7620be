"""The capability report says of each backend what is true of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import minitorch
from minitorch import backend, backends, dtypes
from minitorch.errors import BackendUnavailable

USABLE = [name for name in backend.names() if backend.why_unusable(name) is None]


@pytest.mark.parametrize("name", USABLE)
def test_what_a_backend_says_is_true(name: str) -> None:
    said, found = backends.capabilities(name), backend.get(name)
    assert [device.split(" x ")[0] for device in said.devices] == list(found.device_types)
    place = f"{name}/{found.device_types[0]}"
    for dtype in dtypes.ALL:
        if dtype.name in said.dtypes:
            assert minitorch.ones(2, device=place, dtype=dtype).tolist() == [1, 1]
        else:
            with pytest.raises((AttributeError, RuntimeError, TypeError, ImportError)):
                minitorch.ones(2, device=place, dtype=dtype)
    assert {*said.dtypes, *said.missing} == {dtype.name for dtype in dtypes.ALL} and not {*said.dtypes} & {
        *said.missing
    }
    base = minitorch.zeros(3, device=place)
    before = base._array
    base[1:].fill_(1)
    assert (base._array is before) == said.aliasing
    assert said.own + said.bodies == backends.capabilities("numpy").own + backends.capabilities("numpy").bodies
    assert all(isinstance(value, str) for value in said.facts.values())


def test_the_report_names_them_all() -> None:
    text = backends.report()
    assert max(map(len, text.splitlines())) < 160
    for name in backend.names():
        paragraph = text[text.index(f"\n{name} " if not text.startswith(name) else name) :]
        state = "usable: " if name in USABLE else "not usable: "
        assert paragraph.split(name, 1)[1].lstrip().startswith(state)
    for place in backends.places():
        assert place.split("/")[0] in USABLE and minitorch.device(place).qualified.startswith(place)


def test_devices_are_counted_and_reasons_given(monkeypatch: pytest.MonkeyPatch) -> None:
    good = backend.get("numpy")
    monkeypatch.setattr(type(good), "device_types", ("cpu", "tpu"))
    monkeypatch.setattr(good, "device_count", lambda device_type: 1 if device_type == "cpu" else 4)
    monkeypatch.setattr(good, "facts", lambda: {"library": "9.8"})
    reasons = {"broken": "ModuleNotFoundError: No module named 'nowhere'\n  hint: install it", "numpy": None}
    monkeypatch.setattr(backends, "names", lambda: sorted(reasons))
    monkeypatch.setattr(backends, "why_unusable", reasons.get)
    lines = backends.report().splitlines()
    assert lines[0] == "broken  not usable: ModuleNotFoundError: No module named 'nowhere'; hint: install it"
    assert lines[1] == "numpy   usable: cpu, tpu x 4; library 9.8"
    assert backends.places() == ["numpy/cpu", "numpy/tpu"]
    monkeypatch.setattr(backends, "names", list)
    assert "none is installed" in backends.report()


def test_what_can_not_be_used_says_why() -> None:
    with pytest.raises(BackendUnavailable, match="no backend is called 'abacus'"):
        backends.capabilities("abacus")


def test_known_deviations_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends.importlib.resources, "files", {"minitorch_mine": tmp_path}.get)
    mine = type("Mine", (), {"name": "mine", "__module__": "minitorch_mine.backend"})()
    assert backends.listed_deviations(type(mine)) == []
    entry = "[[deviation]]\nrow = 'sum'\ntemplate = 'forward'\nreason = 'because'\n"
    (tmp_path / "xfails.toml").write_text(entry + entry + "backend = 'mine'\n" + entry + "backend = 'other'\n")
    assert len(backends.listed_deviations(type(mine))) == 2, "its own, and those of all backends of the package"
