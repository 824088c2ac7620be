"""Devices, the registry and the choice of a backend."""

import subprocess
import sys

import pytest

import minitorch
from minitorch import backend
from minitorch.errors import BackendError


def run(code, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def test_devices_are_interned():
    assert minitorch.device("cpu") is minitorch.device("cpu:0") is minitorch.zeros(1).device
    assert minitorch.device("numpy/cpu") is minitorch.device("cpu")
    assert isinstance(minitorch.device("cpu"), minitorch.device)
    assert str(minitorch.device("cpu")) == "cpu"
    assert repr(minitorch.device("cpu")) == "device(type='cpu')"


def test_a_device_that_nobody_serves_lists_those_that_are():
    with pytest.raises(BackendError, match=r"no usable backend serves the device 'xpu'.*\n.*\n.*numpy serves cpu"):
        minitorch.zeros(1, device="xpu")


def test_unknown_backends_list_the_usable_ones():
    with pytest.raises(BackendError, match="no backend is called 'nmupy'") as caught:
        minitorch.set_backend("nmupy")
    assert "numpy" in str(caught.value)


def test_a_backend_for_a_while():
    pytest.importorskip("array_api_strict")
    with minitorch.use_backend("array_api_strict"):
        inside = minitorch.ones(2)
        assert inside.device.backend.name == "array_api_strict"
        assert str(inside.device) == "cpu"
    assert str(inside.device) == "array_api_strict/cpu"
    assert minitorch.ones(2).device.backend.name == "numpy"
    assert inside.to("cpu").device.backend.name == "numpy"
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        inside + minitorch.ones(2)


def test_the_environment_chooses_and_later_changes_are_refused():
    pytest.importorskip("array_api_strict")
    done = run("import minitorch as m; print(m.ones(1).device.backend.name)", MINITORCH_BACKEND="array_api_strict")
    assert done.stdout.strip() == "array_api_strict", done.stderr
    late = "import os, minitorch as m; m.ones(1); os.environ['MINITORCH_BACKEND'] = 'torch'; m.ones(1)"
    done = run(late, MINITORCH_BACKEND="numpy")
    assert "too late" in done.stderr
    assert "set_backend('torch')" in done.stderr
    done = run("import minitorch as m; m.ones(1)", MINITORCH_BACKEND="nothing")
    assert "no backend is called 'nothing'" in done.stderr


def test_a_backend_may_be_named_by_module_and_attribute():
    made = backend.get("minitorch_numpy:backend")
    assert made.name == "numpy"


def test_choosing_numpy_imports_no_other_library():
    done = run(
        "import sys, minitorch as m; m.ones(2, 2).exp().sum();"
        "others = ('torch', 'jax', 'cupy', 'scipy', 'array_api_strict', 'array_api_compat', 'ml_dtypes', 'matplotlib');"
        "print([n for n in others if n in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr
