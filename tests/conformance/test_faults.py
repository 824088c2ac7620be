"""Faults that a stranger's backend may have, put into a sound one, one at a time: conformance names row, dtype and sample.

The faulty backends are NumPy's with one kernel replaced, found as a stranger's are: `package.module:attribute`.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
from minitorch_numpy import NumpyBackend

from minitorch import backend
from minitorch.rows import OPS
from minitorch.testing.conformance import DRAWS, TEMPLATES

MODULE = "faulty_backends"


class Toy(NumpyBackend):
    """NumPy's backend, of which single kernels can be replaced."""

    replaced: ClassVar[dict[str, Callable]] = {}

    def kernel(self, op_name: str) -> Callable | None:
        return self.replaced.get(op_name) or super().kernel(op_name)

    def kernel_into(self, op_name: str) -> Callable | None:
        return None if op_name in self.replaced else super().kernel_into(op_name)


class Fault(NamedTuple):
    """Where a fault shows first, and what has it."""

    row: str
    template: str
    dtype: str
    members: dict[str, Any]


def kernel(name: str, function: Callable, **members: Any) -> dict[str, Any]:
    """A kernel in place of the sound one, and whatever else the backend's class has."""
    return {"replaced": {name: function}, **members}


def around(name: str, change: Callable, **members: Any) -> dict[str, Any]:
    """A kernel that does something else with the sound one, which it is given first."""
    return kernel(name, partial(change, backend.get("numpy").kernel(name)), **members)


def last_of_ties(find: Callable, x: np.ndarray, dim: Any = None, keepdim: bool = False) -> Any:
    axis = dim[0] if dim and len(dim) == 1 else None
    count = x.size if axis is None else x.shape[axis] if x.ndim else 1
    return count - 1 - find(np.flip(x, axis), dim, keepdim) if x.ndim else find(x, dim, keepdim)


def without_duplicates(x: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray, alpha: float = 1) -> np.ndarray:
    result = np.array(x)
    np.moveaxis(result, dim, 0)[index] += np.moveaxis((source * alpha).astype(x.dtype), dim, 0)
    return result


def wrapped_round(gather: Callable, x: np.ndarray, dim: int, index: np.ndarray) -> Any:
    return gather(x, dim, index % x.shape[dim])


def unstable(sort: Callable, x: np.ndarray, dim: int, descending: bool) -> Any:
    order = sort(np.flip(x, dim), dim, descending) if x.ndim else sort(x, dim, descending)
    return x.shape[dim] - 1 - order if x.ndim else order


def one_axis_off(x: np.ndarray, dim: int) -> np.ndarray:
    return np.cumsum(x, dim - 1 if x.ndim else None, x.dtype).reshape(x.shape)


def one_by_one(x: np.ndarray, dim: Any = None, keepdim: bool = False) -> Any:
    """Sums in the numbers' own precision, one number at a time."""
    if dim is None and x.size:
        return np.add.accumulate(x.reshape(-1), dtype=x.dtype)[-1].reshape(())
    return np.sum(x, dim, x.dtype, keepdims=keepdim)


def in_float32(sum: Callable, x: np.ndarray, *settings: Any) -> Any:
    return sum(x.astype(np.float32), *settings).astype(x.dtype) if x.dtype == np.float64 else sum(x, *settings)


def logical_shift(x: np.ndarray, bits: np.ndarray) -> np.ndarray:
    unsigned = f"u{x.itemsize}"
    return (x.view(unsigned) >> bits.astype(unsigned)).view(x.dtype)


def without_integers(sign: Callable, x: np.ndarray) -> Any:
    if x.dtype.kind in "iu":
        raise TypeError("no integers")
    return sign(x)


def first_of_batch(matmul: Callable, a: np.ndarray, b: np.ndarray) -> Any:
    return matmul(a, b[:1]) if b.ndim == 3 and len(b) == len(a) > 1 else matmul(a, b)


class OtherStream(types.SimpleNamespace):
    """NumPy's names, for drawing on a device, and a cosine that isn't one."""

    def __getattr__(self, name: str) -> Any:
        return np.sin if name == "cos" else getattr(np, name)


FAULTS = {
    # --- values
    "float32 accumulation where float64 is due": Fault(
        "sum",
        "forward",
        "float64",
        around("sum", in_float32),
    ),
    "int64 by way of float64": Fault(
        "mul",
        "special",
        "int64",
        around("mul", lambda mul, a, b: mul(a, b * 1.0).astype(a.dtype) if a.dtype == np.int64 else mul(a, b)),
    ),
    "off-by-one axis": Fault("cumsum", "forward", "bool", kernel("cumsum", one_axis_off)),
    "keepdim lost": Fault(
        "sum", "forward", "bool", around("sum", lambda sum, x, dim=None, keepdim=False: sum(x, dim, False))
    ),
    "wrong promotion": Fault("add", "forward", "bool", kernel("add", lambda a, b: np.add(a, b).astype(np.float64))),
    "int32 for int64": Fault(
        "argmax", "forward", "uint8", around("argmax", lambda f, *a, **s: np.asarray(f(*a, **s)).astype(np.int32))
    ),
    "bool sums by xor": Fault(
        "add", "forward", "bool", kernel("add", lambda a, b: a ^ b if a.dtype == bool else a + b)
    ),
    "C's remainder": Fault("remainder", "forward", "int8", kernel("remainder", np.fmod)),
    "floor_divide truncates": Fault(
        "floor_divide", "forward", "int8", kernel("floor_divide", lambda a, b: np.trunc(a / b).astype(a.dtype))
    ),
    "where picks the other": Fault("where", "forward", "bool", kernel("where", lambda c, a, b: np.where(c, b, a))),
    "atan2 the other way round": Fault("atan2", "forward", "bool", kernel("atan2", lambda a, b: np.arctan2(b, a))),
    "index_add loses duplicates": Fault("index_add", "forward", "bool", kernel("index_add", without_duplicates)),
    "cat in the wrong order": Fault(
        "cat", "forward", "bool", around("cat", lambda cat, tensors, dim=0: cat(tensors[::-1], dim))
    ),
    "the first matrix for the whole batch": Fault("bmm", "forward", "uint8", around("matmul", first_of_batch)),
    "flip of another dim": Fault(
        "flip", "forward", "bool", around("flip", lambda flip, x, dims: flip(x, [d - 1 for d in dims]))
    ),
    "cast to the nearest integer": Fault(
        "cast",
        "forward",
        "float16",
        around(
            "cast", lambda cast, x, dtype: cast(np.round(x) if x.dtype.kind == "f" and not dtype.inexact else x, dtype)
        ),
    ),
    "uint8 that saturates": Fault(
        "sub",
        "forward",
        "uint8",
        kernel("sub", lambda a, b: np.where(a < b, np.uint8(0), a - b) if a.dtype == np.uint8 else a - b),
    ),
    "logical shift of negative numbers": Fault(
        "bitwise_right_shift",
        "forward",
        "int8",
        kernel("bitwise_right_shift", logical_shift),
    ),
    "an argument that is overwritten": Fault(
        "exp", "forward", "float32", kernel("exp", lambda x: np.exp(x, out=x) if x.ndim else np.exp(x))
    ),
    "sums of bfloat16 in bfloat16": Fault("sum", "forward", "bfloat16", kernel("sum", one_by_one, short_floats=True)),
    # --- special values
    "NaN lost in maximum": Fault("maximum", "special", "float32", kernel("maximum", np.fmax)),
    "NaN lost in amax": Fault(
        "amax",
        "special",
        "float32",
        around("amax", lambda amax, x, *rest: amax(np.where(np.isnan(x), -np.inf, x).astype(x.dtype), *rest)),
    ),
    "sign of zero lost": Fault(
        "neg",
        "special",
        "float32",
        kernel("neg", lambda x: np.subtract(0, x, dtype=x.dtype) if x.dtype != bool else ~x),
    ),
    "halves away from zero": Fault(
        "round", "special", "float32", kernel("round", lambda x: np.trunc(x + np.copysign(0.5, x)).astype(x.dtype))
    ),
    "the last of ties": Fault("argmax", "special", "int64", around("argmax", last_of_ties)),
    "an unstable sort": Fault("argsort", "special", "int64", around("argsort_stable", unstable)),
    "logaddexp(-inf, -inf) is nan": Fault(
        "logaddexp",
        "special",
        "float32",
        kernel("logaddexp", lambda a, b: np.log1p(np.exp(-abs(a - b))) + np.maximum(a, b)),
    ),
    "sign(nan) is nan": Fault("sign", "special", "float32", kernel("sign", np.sign)),
    "isfinite(inf)": Fault("isfinite", "special", "float32", kernel("isfinite", lambda x: ~np.isnan(x))),
    "the real part for the absolute value": Fault(
        "abs", "forward", "complex64", kernel("abs", lambda x: x.real if np.iscomplexobj(x) else np.abs(x))
    ),
    # --- derivatives
    "a gradient reshaped, not transposed": Fault(
        "matmul",
        "gradient",
        "float16",
        kernel("adjoint_matrix", lambda x: np.reshape(x, (*x.shape[:-2], x.shape[-1], x.shape[-2]))),
    ),
    "conj missing": Fault("mul", "gradient", "complex64", kernel("conj", lambda x: x)),
    "a slice's gradient one place off": Fault(
        "basic_index", "gradient", "float16", around("basic_index_transpose", lambda f, *a: np.roll(f(*a), 1))
    ),
    "relu's gradient upside down": Fault(
        "relu", "gradient", "float16", kernel("relu_gradient", lambda g, out: g * (out <= 0))
    ),
    # --- memory
    "in-place that doesn't write": Fault(
        "exp",
        "inplace",
        "float16",
        {"kernel_into": lambda self, name: None, "assign": lambda self, target, value: None},
    ),
    "out= that isn't written": Fault(
        "exp", "out", "bool", {"assign": lambda self, target, value: None, "kernel_into": lambda self, name: None}
    ),
    "a view that copies": Fault(
        "basic_index", "view", "bool", around("basic_index", lambda f, x, index: np.array(f(x, index)))
    ),
    "an expand that materialises": Fault(
        "expand", "view", "bool", around("expand", lambda f, x, size: np.array(f(x, size)))
    ),
    "a clone that aliases": Fault("exp", "inplace", "float32", kernel("clone", lambda x: x)),
    "strides in bytes": Fault("permute", "view", "int16", {"strides": lambda self, x: x.strides}),
    # --- refusals and dtypes
    "a silent index wrap": Fault("gather", "errors", "float64", around("gather", wrapped_round)),
    "no whole numbers": Fault("sign", "dtypes", "uint8", around("sign", without_integers)),
    # --- random numbers
    "another random stream": Fault("randn", "random", "float16", {"random_namespace": OtherStream()}),
}


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Where the faulty backends are found."""
    made = types.ModuleType(MODULE)
    monkeypatch.setitem(sys.modules, MODULE, made)
    return made


def device_of(module: types.ModuleType, name: str, members: dict[str, Any]) -> backend.Device:
    """The device of a backend of a class of its own."""
    setattr(module, name, type(name, (Toy,), {"name": name, **members}))
    return backend.Device(f"{MODULE}:{name}/cpu")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_caught(name: str, module: types.ModuleType) -> None:
    fault = FAULTS[name]
    row, template = DRAWS.get(fault.row) or OPS[fault.row], TEMPLATES[fault.template]
    device = device_of(module, "faulty_" + re.sub(r"\W+", "_", name), fault.members)
    with pytest.raises(AssertionError) as caught:
        template(row, device)
    said = str(caught.value)
    place = re.escape(device.qualified)
    assert re.match(rf"{fault.template} of {fault.row}\(.*\) in {fault.dtype} on {place}, sample \d+: ", said), said


@pytest.mark.parametrize(("row", "template"), sorted({(fault.row, fault.template) for fault in FAULTS.values()}))
def test_without_a_fault_it_passes(row: str, template: str, module: types.ModuleType) -> None:
    assert TEMPLATES[template](DRAWS.get(row) or OPS[row], device_of(module, "sound", {}))
