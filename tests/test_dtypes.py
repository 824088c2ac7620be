"""Number types: float8 as storage, limits, the default device, old-style types; PyTorch's answers are in tests/parity."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import minitorch
from minitorch import dtypes

FLOAT8 = [dtype.name for dtype in dtypes.FLOAT8]


def test_types_of_ml_dtypes_say_what_is_missing() -> None:
    """Without ml-dtypes all other types work, and these say which extra brings them."""
    code = (
        "import sys; sys.modules['ml_dtypes'] = None\n"
        "import minitorch\n"
        "minitorch.ones(2).half()\n"
        "for name in ('bfloat16', 'float8_e5m2'):\n"
        "    try: minitorch.ones(2).to(getattr(minitorch, name))\n"
        "    except Exception as error: assert 'minitorch-ref[dtypes]' in str(error) and name in str(error), error\n"
        "    else: raise SystemExit(name)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", FLOAT8)
def test_float8_is_for_storage(name: str) -> None:
    dtype = getattr(minitorch, name)
    x = minitorch.tensor([1.0, 2.0, 4.0, 8.0]).to(dtype)
    assert x.itemsize == 1
    assert x[1:3].reshape(2, 1).tolist() == [[2.0], [4.0]]
    assert minitorch.cat([x, x.flip(0)]).float().tolist() == [1, 2, 4, 8, 8, 4, 2, 1]
    assert (x == minitorch.tensor(2.0).to(dtype)).tolist() == [False, True, False, False]
    x[0] = 16.0
    assert x.tolist() == [16, 2, 4, 8]
    for compute in (lambda: x + x, lambda: x.sum(), lambda: x.exp(), lambda: x @ x, lambda: x.float() + x):
        with pytest.raises(RuntimeError, match=r"storage|Float8"):
            compute()
    assert minitorch.equal(pickle.loads(pickle.dumps(x)).float(), x.float())
    assert copy.deepcopy(x).dtype is dtype


def test_gradients_pass_through_float8() -> None:
    x = minitorch.tensor([1.1, 2.2], requires_grad=True)
    (x.to(minitorch.float8_e5m2).float() * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_limits_are_values() -> None:
    assert minitorch.finfo() == minitorch.finfo(minitorch.float32) != minitorch.finfo(minitorch.float64)
    assert pickle.loads(pickle.dumps(minitorch.iinfo(minitorch.int8))) == minitorch.iinfo(minitorch.int8)
    with pytest.raises(AttributeError):
        minitorch.finfo().max = 1.0


# --- Where new tensors go ---------------------------------------------------------------------------------------------


@pytest.fixture
def other_device():
    before = minitorch.get_default_device()
    yield minitorch.device("array_api_strict/cpu")
    minitorch.set_default_device(None)
    assert minitorch.get_default_device() is before


def test_default_device(other_device) -> None:
    makers = {
        "ones": lambda: minitorch.ones(2),
        "tensor": lambda: minitorch.tensor([1]),
        "rand": lambda: minitorch.rand(2),
        "as_tensor": lambda: minitorch.as_tensor(np.ones(2)),
        "arange": lambda: minitorch.arange(3),
        "Linear": lambda: minitorch.nn.Linear(1, 1).weight,
    }
    own = {
        "from_numpy": lambda: minitorch.from_numpy(np.ones(2)),
        "FloatTensor": lambda: minitorch.FloatTensor([1]),
        "Tensor": lambda: minitorch.Tensor(2),
    }
    with other_device:
        assert {name for name, make in makers.items() if make().device is not other_device} == set()
        assert {name for name, make in own.items() if make().device is other_device} == set()
    minitorch.set_default_device(other_device)
    assert minitorch.get_default_device() is other_device is minitorch.ones(2).device
    with minitorch.device("numpy/cpu"):
        assert minitorch.ones(2).device is minitorch.device("numpy/cpu")
    assert minitorch.ones(2).device is other_device


def test_default_device_is_checked() -> None:
    with pytest.raises(RuntimeError, match="nowhere"):
        minitorch.set_default_device("nowhere")
    assert minitorch.ones(2).device is minitorch.device("cpu")


# --- Old-style types --------------------------------------------------------------------------------------------------


def test_tensor_as_a_class() -> None:
    class Mine(minitorch.Tensor):
        pass

    assert type(Mine(2, 3)) is Mine
    assert Mine([1.5]).tolist() == [1.5]
    assert type(minitorch.Tensor(2)) is minitorch.Tensor


def test_complex32_says_that_it_is_not_here() -> None:
    with pytest.raises(AttributeError, match="complex64"):
        minitorch.complex32
