"""The tensor as an object, against PyTorch's: one line of Python in both libraries gives the same value or kind of error."""

from __future__ import annotations

import copy
import pickle
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import layouts
from minitorch.printing import printoptions

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's own, of its __array_wrap__ and TypedStorage

ERRORS = (TypeError, ValueError, IndexError, RuntimeError, OverflowError, BufferError, AttributeError)


def outcome(library: Any, function: Callable) -> Any:
    """What comes out, in plain Python; of errors the kind."""
    try:
        return plain(function(library))
    except ERRORS as error:
        return next(kind for kind in ERRORS if isinstance(error, kind))


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor | minitorch.Tensor):
        return (str(value.dtype), tuple(value.shape), value.stride(), value.requires_grad, value.tolist())
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray | np.generic):
        return ("numpy", str(value.dtype), value.tolist())
    return value


def written_after(way: Callable, t: Any) -> list:
    """Copies of a tensor and a view of it, and what is in the first after a write into the second."""
    x = t.arange(4)
    whole, part = way([x, x[2:]])
    part.copy_(part + 1)
    return [whole, part, part.storage_offset(), x]


COUNTS = (
    {},
    {"count": 2},
    {"offset": 1},
    {"offset": 2, "count": 3},
    {"count": 0},
    {"count": 9},
    {"offset": 8},
    {"offset": -1},
)
KINDS = ("sparse", "quantized", "meta", "cpu", "cuda", "mkldnn", "xla", "nested")

LINES: list[Callable] = [
    # numbers
    *[lambda t, c=c, v=v: c(t.tensor(v)) for c in (int, float, complex, bool) for v in (2.5, 3, True, 2j, [1], [1, 2], [])],
    *[lambda t, v=v: int(t.tensor(v)) for v in (float("nan"), float("inf"), 1 + 0j)],
    *[lambda t, v=v: range(5)[t.tensor(v)] for v in (3, True, [2], 2.0, [1, 2])],
    lambda t: (t.ones(0, 2).tolist(), t.tensor(3).tolist(), t.tensor([[1.5]]).item()),
    lambda t: t.ones(2).item(),
    lambda t: (len(t.ones(3, 2)), t.ones(1, 2).ndim),
    lambda t: len(t.tensor(1)),
    lambda t: iter(t.tensor(1)),
    lambda t: list(t.arange(6).reshape(2, 3)),
    lambda t: list(reversed(t.arange(3))),
    lambda t: (1 in t.ones(2), 2 in t.ones(2), t.tensor(1.0) in t.ones(2)),
    *[lambda t, v=v: v in t.ones(2) for v in ("a", None, [1])],
    lambda t: (t.ones(2) == None, t.ones(2) != None, t.ones(2) == "a"),  # noqa: E711
    lambda t: t.ones(2) < None,
    lambda t: (f"{t.tensor(1.5):.3f}", f"{t.tensor(3):>4}", f"{t.ones(2)}", f"{t.tensor(1 + 2j):.2f}", f"{t.tensor(2.5)}"),
    lambda t: f"{t.ones(1):.2f}",
    # NumPy
    lambda t: t.ones(3) + np.ones(3),
    lambda t: np.ones(3) + t.ones(3),
    lambda t: np.float64(2) * t.ones(2),
    lambda t: np.sin(t.ones(2)),
    lambda t: np.isnan(t.ones(2)),
    lambda t: np.add(t.ones(2), 1),
    lambda t: np.asarray(t.arange(3)),
    lambda t: np.array(t.arange(3), dtype=np.float32),
    lambda t: np.array(t.ones(2, requires_grad=True)),
    lambda t: t.ones(2, requires_grad=True).numpy(),
    lambda t: t.ones(2, requires_grad=True).numpy(force=True),
    lambda t: memoryview(t.ones(2)),
    *[lambda t, a=a: t.from_numpy(a) for a in (np.arange(6.0)[::2], np.arange(3)[::-1], np.zeros(2, ">f4"), np.array("a"),
                                               np.float32(3), [1.0], np.array(3))],
    lambda t: t.from_numpy(np.arange(6.0)[2:]).storage_offset(),
    lambda t: t.from_numpy(np.arange(6.0)[1::2]).untyped_storage().nbytes(),
    lambda t: t.as_tensor(np.float32(3)),
    lambda t: t.as_tensor(np.arange(3), dtype=t.float32),
    *[lambda t, o=o, k=k: t.asarray(o, **k) for o in ([1, 2], 5.0, np.arange(3.0), b"abcd", bytearray(8))
      for k in ({}, {"copy": True}, {"copy": False}, {"requires_grad": True})],
    lambda t: t.asarray(np.arange(3.0), dtype=t.float32, copy=False),
    *[lambda t, k=k: t.asarray(np.float64(5), **k) for k in ({}, {"copy": True})],
    *[lambda t, g=g: t.asarray(t.ones(2, requires_grad=True), requires_grad=g) for g in (None, True, False)],
    lambda t: t.asarray(t.ones(2, requires_grad=True) * 2, requires_grad=True).is_leaf,
    *[lambda t, n=n, k=k: t.frombuffer(bytearray(range(n)), dtype=t.int16, **k) for n in (0, 7, 8)
      for k in COUNTS],
    lambda t: t.frombuffer(5, dtype=t.int16),
    # DLPack
    lambda t: t.from_dlpack(np.arange(3)),
    lambda t: t.ones(2).__dlpack_device__(),
    lambda t: t.ones(2, requires_grad=True).__dlpack__(),
    lambda t: t.from_dlpack(t.arange(6).reshape(2, 3).t()),
    lambda t: t.utils.dlpack.from_dlpack(t.utils.dlpack.to_dlpack(t.arange(3))),
    # element by element
    lambda t: t.arange(3).apply_(lambda value: value * 2),
    lambda t: t.ones(2, 2).map_(t.arange(2.0), lambda a, b: a + b),
    lambda t: t.ones(2).map2_(t.ones(2), t.ones(2), lambda a, b, c: a + b + c),
    lambda t: t.ones(2).map_(t.ones(2).long(), lambda a, b: a + b),
    lambda t: t.ones(2).map_(t.ones(3), lambda a, b: a + b),
    lambda t: t.ones(2, requires_grad=True).apply_(abs),
    # memory
    lambda t: t.arange(6.0)[2:].as_strided((2,), (1,), 0),
    lambda t: t.arange(6.0)[2:].as_strided((2, 2), (1, 2)),
    lambda t: t.arange(6.0)[2:].as_strided((8,), (1,), 0),
    lambda t: t.arange(6.0).as_strided((2,), (-1,), 3),
    lambda t: t.arange(6.0).reshape(2, 3).t().as_strided((2,), (2,), 1),
    lambda t: t.ones(2).set_(t.arange(3.0)),
    lambda t: t.ones(2).set_(t.arange(3)),
    lambda t: t.ones(2).set_(t.arange(4.0).untyped_storage(), 1, (2,), (2,)),
    lambda t: t.ones(2).set_(t.arange(4.0).untyped_storage()),
    lambda t: t.ones(2).set_(),
    lambda t: t.ones(2).is_set_to(t.ones(2)),
    lambda t: t.ones(4).is_set_to(t.ones(4)[1:]),
    lambda t: t.arange(6).resize_(2, 2),
    lambda t: t.arange(6).resize_(2, 2).resize_(6),
    lambda t: t.arange(6).reshape(2, 3).t().resize_(4),
    lambda t: t.ones(2, requires_grad=True).resize_(3),
    lambda t: t.arange(24.0).resize_(1, 2, 3, 4, memory_format=t.channels_last),
    lambda t: t.ones(2, 3).resize_(2, 3, memory_format=t.preserve_format),
    lambda t: t.ones(2, 3, 4).contiguous(memory_format=t.channels_last),
    lambda t: t.empty(2, 3, memory_format=t.preserve_format),
    lambda t: t.empty(2, 3, 4, 5, memory_format=t.channels_last).stride(),
    lambda t: t.ones(2).untyped_storage().tolist(),
    lambda t: (t.arange(4)[1:].storage().tolist(), t.ones(3).storage().nbytes(), t.ones(3).storage()[1]),
    lambda t: repr(t.tensor([1, 2]).untyped_storage()),
    lambda t: repr(t.tensor([1, 2]).storage()),
    lambda t: (t.UntypedStorage(3).nbytes(), t.UntypedStorage([1, 2]).tolist()),
    lambda t: t.ones(2).share_memory_().is_shared(),
    lambda t: [repr(each) for each in (t.channels_last, t.channels_last_3d, t.contiguous_format, t.preserve_format, t.strided)],
    # copies
    lambda t: pickle.loads(pickle.dumps(t.arange(6).reshape(2, 3).t()[1:])),
    lambda t: pickle.loads(pickle.dumps(t.ones(2, requires_grad=True) * 2)),
    lambda t: pickle.loads(pickle.dumps(t.nn.Parameter(t.ones(2)))),
    lambda t: copy.deepcopy(t.arange(6).reshape(2, 3).t()[1:]),
    lambda t: copy.deepcopy(t.ones(2, requires_grad=True) * 2),
    lambda t: copy.deepcopy(t.ones(2, requires_grad=True)),
    lambda t: written_after(copy.deepcopy, t),
    lambda t: written_after(lambda both: [copy.copy(each) for each in both], t),
    lambda t: copy.copy(t.arange(4)[2:]).storage_offset(),
    lambda t: copy.copy(t.ones(2, requires_grad=True) * 2),
    # the rest
    lambda t: (t.ones(2).new([1, 2]), t.ones(2).new(0, 2), t.ones(2).new().shape == (0,)),
    lambda t: t.ones(2).resize(1, 2),
    lambda t: t.ones(2).module_load(t.zeros(2)),
    lambda t: t.ones(2).as_subclass(t.nn.Parameter).is_leaf,
    lambda t: t.ones(2).as_subclass(int),
    lambda t: [getattr(t.ones(2), f"is_{kind}") for kind in KINDS],
    lambda t: (t.ones(2).name, t.ones(2).is_inference(), t.ones(2, 3).dense_dim(), t.ones(2, 3).sparse_dim()),
    lambda t: (t.ones(2).element_size(), t.ones(3, dtype=t.bfloat16).nbytes, t.ones(2, dtype=t.complex64).itemsize),
    lambda t: (t.Size([2, 3]) * 2, t.Size([2, 3]) + (4,), (1, *t.Size([2])), t.Size([2, 3])[::-1], t.Size([2, 3]).numel()),
    *[lambda t, v=v: t.Size(v) for v in ([2.5], 5, "a", [True], [[1]])],
    lambda t: t.Size([2]) + [1],
    lambda t: (repr(pickle.loads(pickle.dumps(t.Size([2])))), type((1,) + t.Size([2])).__name__, t.Size(t.tensor([1, 2]))),
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_the_same_line(line):
    assert outcome(minitorch, line) == outcome(torch, line)


# --- Strides of random views ------------------------------------------------------------------------------------------


def random_view(generator: random.Random) -> list[tuple]:
    """A program of view ops, each for the shape that the one before leaves."""
    steps, x = [], torch.zeros([generator.choice((1, 2, 2, 3, 3)) for _ in range(generator.randint(1, 5))])
    steps.append(("zeros", tuple(x.shape)))
    for _ in range(generator.randint(0, 3)):
        name = generator.choice(("permute", "slice", "slice"))
        if name == "permute":
            step: tuple = (name, generator.sample(range(x.ndim), x.ndim))
        else:
            step = (name, generator.randrange(x.ndim), generator.randint(0, 1), generator.randint(1, 2))
        changed = apply(x, step)
        if changed.numel():
            x = changed
            steps.append(step)
    return steps


def apply(x: Any, step: tuple) -> Any:
    if step[0] == "permute":
        return x.permute(step[1])
    return x[(slice(None),) * step[1] + (slice(step[2], None, step[3]),)]


ABOUT: dict[str, Callable] = {
    "stride": lambda t, x, f: x,
    "where": lambda t, x, f: (x.storage_offset(), x.untyped_storage().nbytes(), x._is_view(), x.is_contiguous()),
    "clone": lambda t, x, f: x.clone(memory_format=f),
    "like": lambda t, x, f: t.zeros_like(x, memory_format=f),
    "like of another dtype": lambda t, x, f: t.ones_like(x, dtype=t.int8),
    "full_like": lambda t, x, f: t.full_like(x, 3),
    "contiguous": lambda t, x, f: x.contiguous(memory_format=f),
    "is_contiguous": lambda t, x, f: x.is_contiguous(memory_format=f),
    "to": lambda t, x, f: x.to(memory_format=f),
    "to another dtype": lambda t, x, f: x.to(t.float64, memory_format=f),
    "as_strided": lambda t, x, f: x.as_strided((1, 1), (1, 1)),
    "pickle": lambda t, x, f: pickle.loads(pickle.dumps(x)),
    "deepcopy": lambda t, x, f: copy.deepcopy(x),
}


def without_ones(value: Any) -> Any:
    """Strides of dimensions of size 1 say nothing, and NumPy chooses them otherwise."""
    if isinstance(value, torch.Tensor | minitorch.Tensor):
        return [(size, step) for size, step in zip(value.shape, value.stride(), strict=True) if size != 1]
    return value


@pytest.mark.parametrize("seed", range(60))
def test_memory_of_random_views(seed):
    generator = random.Random(seed)
    for _ in range(4):
        steps = random_view(generator)
        ndim = len(steps[0][1])
        formats = [
            "contiguous_format",
            "preserve_format",
            *{4: ["channels_last"], 5: ["channels_last_3d"]}.get(ndim, []),
        ]
        form = generator.choice(formats)
        for name, ask in ABOUT.items():
            results = []
            for library in (torch, minitorch):
                x = library.zeros(steps[0][1])
                for step in steps[1:]:
                    x = apply(x, step)
                results.append(
                    outcome(library, lambda t, ask=ask, x=x, form=form: without_ones(ask(t, x, getattr(t, form))))
                )
            assert results[0] == results[1], f"{name} with {form} of {steps}"


def test_layouts_that_copies_keep():
    generator = random.Random(0)
    for _ in range(500):
        x = torch.empty([generator.choice((1, 1, 2, 3)) for _ in range(generator.randint(1, 5))])
        for _ in range(3):
            x = x.permute(generator.sample(range(x.ndim), x.ndim))
            x = x.expand([2 if size == 1 and generator.random() < 0.3 else size for size in x.shape])
            x = x[(slice(None),) * generator.randrange(x.ndim) + (slice(0, None, generator.randint(1, 2)),)]
        size, stride = tuple(x.shape), x.stride()
        assert layouts.preserved_strides(size, stride) == torch.empty_like(x).stride(), (size, stride)
        for name in ("contiguous_format", "channels_last", "channels_last_3d"):
            expected = x.is_contiguous(memory_format=getattr(torch, name))
            assert layouts.is_contiguous(size, stride, getattr(layouts, name)) == expected, (size, stride)


# --- Printing, through repr -------------------------------------------------------------------------------------------

DTYPES = (
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)


def random_values(generator: np.random.Generator, dtype: str) -> np.ndarray:
    shape = [(), (0,), (2, 0), (1,), (7,), (40,), (3, 4), (2, 3, 4), (30, 50), (1, 1, 2)][generator.integers(10)]
    values = generator.standard_normal(shape) * 10.0 ** generator.integers(-6, 7)
    if generator.random() < 0.3:
        values = np.round(values)
    if "float" in dtype and values.size and generator.random() < 0.3:
        values = np.where(generator.random(shape) < 0.3, generator.choice([np.nan, np.inf, -np.inf, 0.0]), values)
    if dtype.startswith("complex"):
        return values + 1j * generator.standard_normal(shape)
    return values if "float" in dtype else np.clip(np.round(values), 0, 100)


@pytest.mark.parametrize("dtype", DTYPES)
def test_repr_of_random_tensors(dtype):
    generator = np.random.default_rng(DTYPES.index(dtype))
    for number in range(25):
        values = random_values(generator, dtype)
        options: dict[str, Any] = [
            {}, {"precision": 2}, {"threshold": 5, "edgeitems": 2}, {"linewidth": 40}, {"sci_mode": True}, {"sci_mode": False},
            {"profile": "short"}, {"profile": "full"},
        ][number % 8]  # fmt: skip
        texts = []
        for library in (torch, minitorch):
            x = library.tensor(values).to(getattr(library, dtype))
            if x.is_floating_point() and number % 3:
                x.requires_grad_()
            shown = x * 2 if number % 5 == 4 and x.requires_grad else x
            with printoptions(**options) if library is minitorch else torch._tensor_str.printoptions(**options):
                texts.append(repr(shown))
        assert texts[0] == texts[1]


def test_repr_of_subclasses_and_parameters():
    for make in (
        lambda t: t.nn.Parameter(t.ones(2)),
        lambda t: [t.nn.Parameter(t.ones(2, 2))],
        lambda t: t.ones(2).as_subclass(type("Marked", (t.Tensor,), {})),
        lambda t: type("Own", (t.nn.Parameter,), {})(t.ones(2)),
        lambda t: t.nn.Buffer(t.ones(2)),
    ):
        assert repr(make(minitorch)) == repr(make(torch))


def test_warnings_are_those_of_pytorch():
    read_only = np.arange(3.0)
    read_only.flags.writeable = False
    for line in (lambda t: t.from_numpy(read_only), lambda t: t.ones(2).storage(), lambda t: t.ones(2).resize(2)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            line(minitorch)
        assert [each.category for each in caught] == [UserWarning]
