"""Number types against torch's: limits, conversions of float8, questions, old-style types."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import dtypes

torch = pytest.importorskip("torch")

NAMES = [dtype.name for dtype in dtypes.ALL]


def outcome(call: Callable[[Any], Any], library: Any) -> str:
    """What a call gives, as text, or the kind of its error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return repr(call(library))
    except (RuntimeError, TypeError, ValueError) as error:
        return next(kind.__name__ for kind in (TypeError, ValueError, RuntimeError) if isinstance(error, kind))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["finfo", "iinfo"])
def test_limits(kind: str, name: str) -> None:
    def facts(library: Any) -> Any:
        found = getattr(library, kind)(getattr(library, name))
        return found, str(found), {key: getattr(found, key) for key in dir(found) if key[0] != "_" and key != "shown"}

    assert outcome(facts, minitorch) == outcome(facts, torch)


@pytest.mark.parametrize("name", NAMES)
def test_attributes(name: str) -> None:
    def facts(library: Any) -> Any:
        dtype = getattr(library, name)
        return [
            dtype,
            dtype.abbr,
            dtype.itemsize,
            dtype.is_signed,
            dtype.is_complex,
            dtype.is_floating_point,
            dtype.to_real(),
        ]

    assert outcome(facts, minitorch) == outcome(facts, torch)
    if name != "float16":  # complex32 there
        assert outcome(lambda t: getattr(t, name).to_complex(), minitorch) == outcome(
            lambda t: getattr(t, name).to_complex(), torch
        )


@pytest.mark.parametrize("name", [dtype.name for dtype in dtypes.FLOAT8])
def test_float8_conversions(name: str) -> None:
    """From all 256 bit patterns, and to float8 from floats of every size, halves, infinities and nan."""
    bits = np.arange(256, dtype=np.uint8)
    ours = minitorch.from_numpy(bits.view(dtypes.numpy_dtype(getattr(dtypes, name))))
    theirs = torch.from_numpy(bits).view(getattr(torch, name))
    np.testing.assert_array_equal(ours.float().numpy(), theirs.float().numpy())
    assert ours.dtype is getattr(minitorch, name)

    random = np.random.default_rng(0)
    edges = [
        0.0,
        -0.0,
        np.inf,
        -np.inf,
        np.nan,
        448,
        449,
        464,
        465,
        480,
        240,
        248,
        57344,
        61440,
        65536,
        2.0**-127,
        2.0**-128,
    ]
    sizes = 10.0 ** random.integers(-10, 10, 3000)
    exact = ours.float().numpy()
    halves = (exact[:-1] + exact[1:]) / 2
    values = np.concatenate([edges, random.standard_normal(3000) * sizes, halves])
    with np.errstate(all="ignore"):
        values32 = values.astype(np.float32)
    for given in (values32, values, values32.astype(np.float16), np.arange(-20, 20)):
        a = minitorch.from_numpy(given).to(getattr(minitorch, name)).float().numpy()
        b = torch.from_numpy(given).to(getattr(torch, name)).float().numpy()
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", NAMES)
def test_creation(name: str) -> None:
    """Zeros, ones, values, views, copies and text of every dtype."""
    for call in (
        lambda t: t.zeros(2, 2, dtype=getattr(t, name)).tolist(),
        lambda t: t.ones(3, dtype=getattr(t, name))[1:].tolist(),
        lambda t: t.full((2,), 1, dtype=getattr(t, name)),
        lambda t: t.tensor([1, 2, 3], dtype=getattr(t, name)),
        lambda t: t.arange(1, 7).to(getattr(t, name)).reshape(2, 3).t(),
        lambda t: t.zeros_like(t.ones(2), dtype=getattr(t, name)).tolist(),
        lambda t: t.ones(2, dtype=getattr(t, name)).fill_(2) if not name.startswith("float8") else 0,
        lambda t: t.ones(2, dtype=getattr(t, name)).copy_(t.tensor([2.0, 4.0])),
        lambda t: t.cat([t.ones(2, dtype=getattr(t, name)), t.tensor([4.0]).to(getattr(t, name))]),
        lambda t: t.where(
            t.tensor([True, False]), t.ones(2, dtype=getattr(t, name)), t.tensor(2.0).to(getattr(t, name))
        ),
        lambda t: t.ones(2, dtype=getattr(t, name)) == t.ones(2, dtype=getattr(t, name)),
        lambda t: t.ones(2, dtype=getattr(t, name)).type(),
        lambda t: t.ones(2).to(getattr(t, name)).to(t.float64),
        lambda t: t.tensor(3.0).to(getattr(t, name)).item(),
        lambda t: t.is_floating_point(t.ones(1, dtype=getattr(t, name))),
        lambda t: t.is_signed(t.ones(1, dtype=getattr(t, name))),
    ):
        assert outcome(call, minitorch) == outcome(call, torch)


VIEWED: list[Callable[[Any], Any]] = [
    lambda t: t.tensor([1.0, -2.0]).view(t.int32),
    lambda t: t.tensor([[1.0, -2.0], [3.0, 4.0]]).view(t.uint8),
    lambda t: t.arange(8, dtype=t.uint8).view(t.int16),
    lambda t: t.arange(8, dtype=t.uint8).reshape(2, 4).view(t.float32).shape,
    lambda t: t.tensor(1.0).view(t.int32),
    lambda t: t.tensor(1.0).view(t.int16),
    lambda t: t.arange(6, dtype=t.uint8).view(t.int32),
    lambda t: t.arange(6.0).reshape(2, 3).t().view(t.int16),
    lambda t: t.arange(6.0).reshape(2, 3).t().view(t.int32),
    lambda t: t.arange(6.0).reshape(2, 3).view(t.float64),
    lambda t: t.arange(12, dtype=t.int16).reshape(3, 4)[:, 2:].view(t.int32).shape,
    lambda t: t.arange(12, dtype=t.int16).reshape(4, 3)[:, :2].view(t.int32).shape,
    lambda t: t.tensor([1.0, 2.0]).to(t.float8_e4m3fn).view(t.uint8),
    lambda t: t.tensor([56, 64], dtype=t.uint8).view(t.float8_e4m3fn),
    lambda t: t.ones(2).bfloat16().view(t.int16),
    lambda t: t.zeros(0, 4).view(t.int16).shape,
    lambda t: t.tensor([1.0]).view(t.float32)._is_view(),
    lambda t: (lambda x: (x.view(t.int32).fill_(0), x, x._version))(t.ones(3)),
    lambda t: (lambda x, y: (x.fill_(2.0), y))(*(lambda x: (x, x.view(t.int32)))(t.ones(2))),
]


@pytest.mark.parametrize("number", range(len(VIEWED)))
def test_views_as_another_dtype(number: int) -> None:
    assert outcome(VIEWED[number], minitorch) == outcome(VIEWED[number], torch)


BAREBONES = {
    "sum": lambda t, x: x.sum(),
    "cumsum": lambda t, x: x.cumsum(0),
    "mul": lambda t, x: x * x,
    "mul by a number": lambda t, x: x * 3,
    "div": lambda t, x: x / 2,
    "sort": lambda t, x: x.sort().values,
    "unique": lambda t, x: x.unique(),
    "and": lambda t, x: x & 3,
    "or": lambda t, x: x | x,
    "xor": lambda t, x: x ^ 1,
    "eq": lambda t, x: x == 2,
    "exp": lambda t, x: x.exp(),
    "mixed with floats": lambda t, x: x * t.ones(3),
    "mixed with integers": lambda t, x: x * t.ones(3, dtype=t.int32),
    "index": lambda t, x: x[t.tensor([2, 0])],
    "slice": lambda t, x: x[::2],
    "mean": lambda t, x: x.mean(),
    "all": lambda t, x: x.all(),
    "clone": lambda t, x: x.clone(),
    "from a negative number": lambda t, x: t.tensor([-1]).to(x.dtype),
    "to int8": lambda t, x: (x + 0.0).to(t.int8),
}


@pytest.mark.parametrize("name", ["uint16", "uint32", "uint64"])
@pytest.mark.parametrize("case", BAREBONES)
def test_unsigned(case: str, name: str) -> None:
    def call(library: Any) -> Any:
        return BAREBONES[case](library, library.tensor([3, 1, 2], dtype=getattr(library, name)))

    assert outcome(call, minitorch) == outcome(call, torch)


FILLS: list[Any] = [2.7, -1, 300, -300, -255, -256, 1j, 2 + 0j, float("nan"), float("inf"), True, 1 << 40]


@pytest.mark.parametrize(
    "name", ["bool", "uint8", "int8", "int32", "int64", "uint16", "float16", "float32", "complex64"]
)
@pytest.mark.parametrize("value", FILLS, ids=repr)
def test_fill(value: Any, name: str) -> None:
    """What is filled in takes the tensor's dtype."""
    for call in (
        lambda t: t.ones(2, dtype=getattr(t, name)).fill_(value),
        lambda t: t.fill(t.ones(2, dtype=getattr(t, name)), t.tensor(2.7)),
        lambda t: t.ones(2, dtype=getattr(t, name)).fill_(t.ones(2)),
        lambda t: t.ones(2, dtype=getattr(t, name)).fill_("a"),
    ):
        assert outcome(call, minitorch) == outcome(call, torch)


# --- Questions and old-style types ------------------------------------------------------------------------------------

ASKED: list[Callable[[Any], Any]] = [
    lambda t: t.result_type(t.ones(2), 1j),
    lambda t: t.result_type(1, 2),
    lambda t: t.result_type(True, 2.5),
    lambda t: t.result_type(t.ones(2, dtype=t.int8), t.ones((), dtype=t.int64)),
    lambda t: t.result_type(tensor=t.ones(2), other=t.ones(())),
    lambda t: t.result_type("a", 2.5),
    lambda t: t.can_cast(3, t.float32),
    lambda t: t.promote_types(t.float32, "int"),
    lambda t: t.is_floating_point(3),
    lambda t: t.is_signed("x"),
    lambda t: t.finfo("float32"),
    lambda t: t.iinfo(3),
    lambda t: t.iinfo(),
    lambda t: t.typename(t.ones(1).long()),
    lambda t: t.typename(3),
    lambda t: t.set_default_dtype(t.int64),
    lambda t: t.set_default_dtype(t.float8_e4m3fn),
    lambda t: t.set_default_tensor_type(t.LongTensor),
    lambda t: t.set_default_tensor_type(t.float32),
    lambda t: t.tensor([1]).type("torch.FloatTensor"),
    lambda t: t.tensor([1]).type(t.DoubleTensor),
    lambda t: t.tensor([1]).type(t.float64),
    lambda t: t.tensor([1]).type("torch.float64"),
    lambda t: t.tensor([1]).type("FloatTensor"),
    lambda t: t.tensor([1]).type(float),
    lambda t: t.tensor([1]).type(t.Tensor),
    lambda t: t.tensor([1]).type("torch.ComplexFloatTensor"),
    lambda t: t.FloatTensor(),
    lambda t: t.FloatTensor(2, 3).shape,
    lambda t: t.FloatTensor(t.Size([2, 3])).shape,
    lambda t: t.FloatTensor((2, 3)),
    lambda t: t.FloatTensor([[1, 2], [3, 4.5]]),
    lambda t: t.FloatTensor(np.ones((2, 2))),
    lambda t: t.FloatTensor(range(3)),
    lambda t: t.FloatTensor(t.ones(2)),
    lambda t: t.FloatTensor(t.ones(2, dtype=t.int64)),
    lambda t: t.FloatTensor(3.5),
    lambda t: t.FloatTensor("abc"),
    lambda t: t.FloatTensor(None),
    lambda t: t.LongTensor([1.7, True]),
    lambda t: t.BoolTensor([0, 3]),
    lambda t: t.ByteTensor([-1]),
    lambda t: t.Tensor(),
    lambda t: t.Tensor(2, 0).shape,
    lambda t: t.Tensor([1, 2]),
    lambda t: t.Tensor(t.ones(2, dtype=t.int64)),
    lambda t: t.Tensor(3.5),
    lambda t: [isinstance(t.ones(2), kind) for kind in (t.FloatTensor, t.DoubleTensor, t.cuda.FloatTensor, t.Tensor)],
    lambda t: (
        t.LongTensor.dtype,
        t.LongTensor.is_cuda,
        t.LongTensor.__name__,
        t.cuda.LongTensor.is_cuda,
        t.HalfTensor,
    ),
    lambda t: (t.half, t.short, t.cdouble, t.cfloat, t.double, t.long, t.int, t.float, t.bool),
]


@pytest.mark.parametrize("number", range(len(ASKED)))
def test_questions_and_old_types(number: int) -> None:
    assert outcome(ASKED[number], minitorch) == outcome(ASKED[number], torch)


def test_default_tensor_type() -> None:
    def call(library: Any) -> Any:
        library.set_default_tensor_type("torch.DoubleTensor")
        try:
            return library.get_default_dtype(), library.ones(2).dtype, library.Tensor(1).dtype
        finally:
            library.set_default_tensor_type(library.FloatTensor)

    assert outcome(call, minitorch) == outcome(call, torch)
