"""Devices and their names; how a backend is chosen, and what is said of wrong choices: tests/backends/test_switching.py."""

import copy
import pickle

import pytest

import minitorch
from minitorch import backend


def test_devices_are_interned():
    assert minitorch.device("cpu") is minitorch.device("cpu:0") is minitorch.zeros(1).device
    assert minitorch.device("numpy/cpu") is minitorch.device("cpu")
    assert isinstance(minitorch.device("cpu"), minitorch.device)
    assert copy.deepcopy(minitorch.device("cpu")) is minitorch.device("cpu")
    assert pickle.loads(pickle.dumps(minitorch.device("cpu"))) is minitorch.device("cpu")


def test_names_say_the_backend_where_it_must_be_said():
    pytest.importorskip("array_api_strict")
    here, there = minitorch.device("cpu"), minitorch.device("array_api_strict/cpu")
    assert (str(here), repr(here)) == ("cpu", "device(type='cpu')")
    assert (str(there), repr(there)) == ("array_api_strict/cpu", "device(type='array_api_strict/cpu')")
    with minitorch.use_backend("array_api_strict"):
        assert (str(here), str(there)) == ("numpy/cpu", "cpu")
        assert minitorch.device("cpu") is there


def test_a_backend_may_be_named_by_module_and_attribute():
    assert backend.get("minitorch_numpy:backend") is backend.get("numpy")
