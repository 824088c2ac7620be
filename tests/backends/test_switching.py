"""Choosing a backend: by environment, for good, for a while; what each wrong choice is told; and whose library is imported."""

from __future__ import annotations

import asyncio
import contextvars
import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

import minitorch
from minitorch import backend, registry
from minitorch.backend import Device
from minitorch.errors import BackendError, BackendUnavailable

LIBRARIES = {  # what must not be imported unless its backend is asked for; a key stands for itself
    "array_api_strict": ("array_api_strict",),
    "cupy": ("cupy", "cupyx", "array_api_compat.cupy"),
    "jax": ("jax", "jaxlib"),
    "torch": ("torch", "array_api_compat.torch"),
    "numpy": (),
}
OTHERS = [name for name in backend.present() if name != "numpy"]
STEP = (
    "import minitorch as m; x = m.ones(2, 3, requires_grad=True);"
    "m.nn.functional.cross_entropy(x @ m.ones(3, 4), m.tensor([0, 3])).backward(); assert x.grad.tolist();"
)


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, without warnings."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def imported(code: str, **environment: str) -> set[str]:
    """The backends whose library a program has imported at its end."""
    done = run(f"{code}\nimport sys; print('MODULES', *sys.modules)", **environment)
    assert "MODULES" in done.stdout, done.stderr
    modules = set(done.stdout.split("MODULES")[1].split())
    return {name for name, libraries in LIBRARIES.items() if modules & set(libraries)}


# --- Nobody's library but the one asked for ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["numpy", *OTHERS])
def test_a_backend_imports_its_own_library_only(name: str) -> None:
    code = STEP if backend.why_unusable(name) is None else "import minitorch"
    assert imported(code, MINITORCH_BACKEND=name) == {name} - {"numpy"}


QUESTIONS = {
    "an unqualified device that another backend serves": "m.device('cuda')",
    "a device that nobody serves": "m.ones(2, device='xpu')",
    "an unknown backend": "m.set_backend('nupmy')",
    "a backend that can't be used": "m.set_backend('minitorch_numpy:nothing')",
    "the name of a device": "print(m.ones(2), repr(m.device('cpu')), m.device('cpu').qualified)",
    "what is installed": "m.backend.names(), m.backend.present(), m.registry.device_types('torch')",
    "mixed devices": "m.ones(2) + m.ones(2, device='toy/cpu')",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_about_backends_import_none(question: str) -> None:
    code = f"import minitorch as m, minitorch.registry, contextlib\nwith contextlib.suppress(Exception): {QUESTIONS[question]}"
    allowed = {"cupy"} if "cuda" in QUESTIONS[question] else set()  # there it is asked for
    assert imported(code, MINITORCH_BACKEND="numpy") <= allowed


def test_cuda_is_cupys_unless_torch_is_the_default() -> None:
    assert registry.serving("cuda") == "cupy"
    assert registry.serving("cpu") == "numpy"
    assert registry.serving("xpu") is None


def test_torch_serves_cuda_where_it_has_a_gpu() -> None:
    torch = pytest.importorskip("torch")
    found = backend.get("torch")
    assert found.device_types == (("cpu", "cuda") if torch.cuda.is_available() else ("cpu",))
    assert type(found).device_types == ("cpu",), "the class must not promise what takes PyTorch to know"
    if not torch.cuda.is_available():
        with pytest.raises(BackendError, match="no usable backend serves the device 'torch/cuda'"):
            Device("torch/cuda")


# --- Three ways to choose ---------------------------------------------------------------------------------------------


@pytest.fixture
def other() -> str:
    """A usable backend besides NumPy."""
    usable = [name for name in OTHERS if backend.why_unusable(name) is None]
    if not usable:
        pytest.skip("NumPy's is the only backend here")
    return usable[0]


@pytest.fixture
def reset() -> Iterator[None]:
    yield
    minitorch.set_backend("numpy")


def made_by() -> str:
    return minitorch.ones(1).device.backend.name


def test_set_backend(other: str, reset: None) -> None:
    old = minitorch.ones(2)
    minitorch.set_backend(other)
    assert made_by() == other
    assert str(old.device) == "numpy/cpu" and old.device.backend.name == "numpy", "tensors stay where they are"
    minitorch.set_backend("numpy")
    assert made_by() == "numpy" and str(old.device) == "cpu"


def test_use_backend_nests_and_ends_with_an_error(other: str) -> None:
    outer = minitorch.use_backend(other)
    with outer, minitorch.use_backend("numpy"), outer:  # the same object twice, too
        assert made_by() == other
    assert made_by() == "numpy"
    with pytest.raises(KeyError), outer:
        raise KeyError
    assert made_by() == "numpy"


def test_use_backend_decorates(other: str) -> None:
    assert minitorch.use_backend(other)(made_by)() == other
    assert made_by() == "numpy"


def test_set_backend_inside_use_backend_counts_afterwards(other: str, reset: None) -> None:
    with minitorch.use_backend("numpy"):
        minitorch.set_backend(other)
        assert made_by() == "numpy"
    assert made_by() == other


def test_threads_dont_notice_each_others_backend(other: str) -> None:
    inside, checked, seen = threading.Event(), threading.Event(), []

    def use() -> None:
        with minitorch.use_backend(other):
            inside.set()
            checked.wait(10)
            seen.append(made_by())

    thread = threading.Thread(target=use)
    thread.start()
    inside.wait(10)
    seen.append(made_by())
    checked.set()
    thread.join()
    assert seen == ["numpy", other]


def test_tasks_dont_notice_each_others_backend(other: str) -> None:
    async def use(name: str) -> str:
        with minitorch.use_backend(name):
            await asyncio.sleep(0.01)
            return made_by()

    async def both() -> list[str]:
        return await asyncio.gather(use(other), use("numpy"), use(other))

    assert asyncio.run(both()) == [other, "numpy", other]
    assert contextvars.copy_context().run(made_by) == "numpy"


def test_the_environment_chooses(other: str) -> None:
    code = "import minitorch as m; print(m.ones(1).device.backend.name)"
    assert run(code, MINITORCH_BACKEND=other).stdout.strip() == other
    assert run(code, MINITORCH_BACKEND="").stdout.strip() == "numpy"
    assert run(code, MINITORCH_BACKEND="minitorch_numpy:backend").stdout.strip() == "numpy"


# --- What a wrong choice is told --------------------------------------------------------------------------------------


def says(text: str, *parts: str) -> None:
    missing = [part for part in parts if part not in text]
    assert not missing, f"{missing} not in:\n{text}"


@pytest.mark.parametrize("name", [name for name in OTHERS if name != "cupy"])
def test_a_library_that_is_not_installed(name: str) -> None:
    """An import hook plays the machine without it: names the library, the command that installs it, and what else is here."""
    hide = (
        "import sys, importlib.abc\n"
        "class Hide(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {name!r}: raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)\n"
        "sys.meta_path.insert(0, Hide())\n"
    )
    done = run(f"{hide}import minitorch as m; m.ones(1)", MINITORCH_BACKEND=name)
    says(
        done.stderr,
        f"BackendUnavailable: the backend {name!r} can't be used here: No module named {name!r}",
        "where:    MINITORCH_BACKEND, set_backend or a device name",
        "expected: one of the backends whose library is here: ",
        f"hint:     {type(backend.get(name)).install}, or choose another",
    )


def test_a_library_that_is_broken() -> None:
    hide = "import sys, types; sys.modules['array_api_strict'] = types.ModuleType('array_api_strict')\n"
    pytest.importorskip("array_api_strict")
    broken = "def refuse(self): raise OSError('libstrict.so.1: cannot open shared object file')\n"
    code = f"{hide}import minitorch_arrayapi as a\n{broken}a.ArrayAPIStrict.__init__ = refuse\nimport minitorch as m; m.ones(1)"
    done = run(code.replace("a.ArrayAPIStrict", "a.array_api_strict"), MINITORCH_BACKEND="array_api_strict")
    says(done.stderr, "can't be used here: libstrict.so.1: cannot open", "is installed, but doesn't work")


def test_an_unknown_name() -> None:
    with pytest.raises(BackendUnavailable) as caught:
        minitorch.set_backend("nupmy")
    says(str(caught.value), "no backend is called 'nupmy'", "did you mean 'numpy'?", "numpy")
    with pytest.raises(BackendUnavailable) as caught:
        minitorch.device("tensorflow/cpu")
    says(
        str(caught.value),
        "no backend is called 'tensorflow'",
        "check the spelling, or install the package that brings it",
    )


def test_an_unknown_module_or_attribute() -> None:
    with pytest.raises(BackendUnavailable, match="No module named 'no_such_module'"):
        minitorch.set_backend("no_such_module:Backend")
    with pytest.raises(BackendUnavailable, match="has no attribute 'nothing'"):
        minitorch.set_backend("minitorch_numpy:nothing")


def test_a_switch_that_comes_too_late() -> None:
    code = "import os, minitorch as m; m.ones(1); os.environ['MINITORCH_BACKEND'] = 'torch'; m.ones(1)"
    says(
        run(code, MINITORCH_BACKEND="numpy").stderr,
        "MINITORCH_BACKEND was changed after the first tensor was made, too late to be heard",
        "got:      'torch'",
        "set it before the program starts, or call minitorch.set_backend('torch')",
    )


def test_a_device_that_nobody_serves() -> None:
    with pytest.raises(BackendError) as caught:
        minitorch.ones(1, device="xpu")
    says(
        str(caught.value),
        "no usable backend serves the device 'xpu'",
        "numpy serves cpu",
        "`minitorch info` says what is missing",
    )


def test_a_device_that_its_backend_does_not_have() -> None:
    with pytest.raises(BackendError, match="no usable backend serves the device 'numpy/cuda'"):
        minitorch.device("numpy/cuda")


def test_two_backends_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Second(type(backend.get("numpy"))):
        """Another with NumPy's name."""

    monkeypatch.setattr(sys.modules["minitorch_numpy"], "second", Second, raising=False)
    with pytest.raises(BackendUnavailable) as caught:
        backend.get("minitorch_numpy:second")
    says(str(caught.value), "two backends are called 'numpy'", "give one of the classes another `name`")
    assert backend.get("numpy") is minitorch.ones(1).device.backend


def test_present_means_that_the_library_can_be_found() -> None:
    for name in backend.names():
        library = LIBRARIES[name][:1] if name in LIBRARIES else ()
        assert registry.is_here(name) == all(importlib.util.find_spec(one) is not None for one in library)
