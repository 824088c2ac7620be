"""Settings: read at first use, kept, and explained when they can't be read."""

from __future__ import annotations

import pytest

from minitorch.config import SETTINGS, Setting, _switch, _threads, describe
from minitorch.errors import SettingInvalid


def test_a_setting_is_read_at_first_use_and_stays(monkeypatch):
    setting = Setting("MINITORCH_TEST", "1", "for this test", _switch)
    monkeypatch.setenv("MINITORCH_TEST", "off")
    assert not setting.changed
    assert setting.value is False
    monkeypatch.setenv("MINITORCH_TEST", "on")
    assert setting.value is False
    assert setting.changed
    setting.forget()
    assert setting.value is True
    assert not setting.changed


def test_an_empty_variable_is_an_unset_one(monkeypatch):
    monkeypatch.setenv("MINITORCH_TEST", "")
    assert Setting("MINITORCH_TEST", "auto", "for this test", _threads).value is None


@pytest.mark.parametrize("text", ["0", "-2", "two", "1.5", "²"])
def test_a_bad_value_says_which_variable_and_what_it_takes(monkeypatch, text):
    monkeypatch.setenv("MINITORCH_TEST", text)
    with pytest.raises(SettingInvalid) as raised:
        Setting("MINITORCH_TEST", "auto", "for this test", _threads).value
    for part in ("MINITORCH_TEST", "a whole number from 1 up, or 'auto'", repr(text), "for this test"):
        assert part in str(raised.value)


def test_the_description_has_every_setting_and_names_strangers(monkeypatch):
    monkeypatch.setenv("MINITORCH_BACKND", "torch")
    lines = describe().splitlines()
    assert [line.split()[0] for line in lines[: len(SETTINGS)]] == [setting.name for setting in SETTINGS]
    assert lines[-1].split()[:4] == ["MINITORCH_BACKND", "torch", "environment", "unknown:"]
