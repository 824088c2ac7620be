"""`tensor_repr` against `repr(torch.Tensor)`: equal strings on thousands of seeded random tensors, options and suffixes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch import dtypes
from minitorch.printing import get_printoptions, printoptions, set_printoptions, tensor_repr

torch = pytest.importorskip("torch")
_tensor_str = pytest.importorskip("torch._tensor_str")

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64")
COMPLEX = ("complex64", "complex128")
CASES = 80  # for each dtype
ALL = (*FLOATS, *INTEGERS, *COMPLEX, "bool")
SPECIALS = (0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 1e-4, 1e8, 999.99996, 5e-324, 1e-45, 0.5, 99999999.0)

GradFn = Callable[[Any], Any]
DERIVED: tuple[GradFn, ...] = (
    lambda x: x + 1,
    lambda x: x.cumsum(0) if x.ndim else x.exp(),
    lambda x: torch.nn.functional.softplus(x.real),
    lambda x: x.conj() * 2,
    lambda x: x.expand(2, *x.shape),
)


def expected_and_got(tensor: Any, class_name: str = "tensor") -> tuple[str, str]:
    """What torch prints, and what minitorch prints for the same values."""
    widened = {"bfloat16": torch.float32, "complex32": torch.complex64}
    name = str(tensor.dtype).removeprefix("torch.")
    host = tensor.detach()
    if not tensor.is_meta:
        host = host.to(widened.get(name, host.dtype)).resolve_conj().resolve_neg().as_subclass(torch.Tensor).numpy()
    got = tensor_repr(
        host,
        dtype=dtypes.BY_NAME[name],
        device=str(tensor.device),
        default_dtype=dtypes.BY_NAME[str(torch.get_default_dtype()).removeprefix("torch.")],
        default_device="cpu",
        requires_grad=tensor.requires_grad,
        grad_fn_name=tensor.grad_fn.name() if tensor.grad_fn is not None else None,
        is_parameter=isinstance(tensor, torch.nn.Parameter),
        class_name=class_name,
    )
    return repr(tensor), got


def check(tensor: Any, class_name: str = "tensor") -> None:
    expected, got = expected_and_got(tensor, class_name)
    assert got == expected, f"{get_printoptions()}\ntorch:\n{expected}\nminitorch:\n{got}"


def random_shape(generator: random.Random) -> tuple[int, ...]:
    kind = generator.random()
    if kind < 0.1:
        return tuple(generator.choice((0, 1, 2, 3)) for _ in range(generator.randint(0, 4)))
    if kind < 0.3:
        return (generator.choice((1, 2, 5, 17, 60, 999, 1000, 1001, 1003)),)
    if kind < 0.4:
        return (generator.randint(1, 40), generator.randint(1, 60))
    return tuple(generator.randint(1, 9) for _ in range(generator.randint(0, 5)))


def random_reals(generator: random.Random, numbers: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    magnitude = 10.0 ** generator.choice((-30, -8, -4, -2, 0, 1, 3, 7, 8, 9, 30))
    spread = generator.choice((0, 0, 1, 3, 20))
    values = numbers.standard_normal(shape) * magnitude * 10.0 ** (numbers.uniform(-1, 1, shape) * spread)
    if generator.random() < 0.25:
        values = np.round(values)
    if generator.random() < 0.25:
        values = np.abs(values)
    if generator.random() < 0.2:
        values = np.where(numbers.random(shape) < 0.9, generator.choice((0.0, -0.0)), values)
    if generator.random() < 0.3:
        values = np.where(numbers.random(shape) < 0.3, numbers.choice(SPECIALS, shape), values)
    return np.asarray(values)


def random_values(name: str, generator: random.Random, numbers: np.random.Generator, shape: tuple[int, ...]) -> Any:
    dtype = getattr(torch, name)
    if name == "bool":
        return torch.from_numpy(np.asarray(numbers.random(shape) < generator.random()))
    if name in INTEGERS:
        limits = np.iinfo(name)
        top = min(int(limits.max), 10 ** generator.randint(0, 20))
        values = numbers.integers(max(int(limits.min), -top), top, shape, dtype=name, endpoint=True)
        return torch.from_numpy(np.asarray(values))
    values = random_reals(generator, numbers, shape)
    if name in COMPLEX:
        values = np.asarray(values.astype(complex))
        values.imag = random_reals(generator, numbers, shape)
    return torch.from_numpy(values).to(dtype)


def random_layout(tensor: Any, generator: random.Random) -> Any:
    """A view with other strides, of the same values or some of them."""
    kind = generator.randint(0, 5)
    if tensor.ndim == 0 or kind == 0:
        return tensor
    if kind == 1:
        return tensor.permute(generator.sample(range(tensor.ndim), tensor.ndim))
    if kind == 2:
        return tensor.transpose(0, -1)[::2]
    if kind == 3:
        return tensor.unsqueeze(0).expand(3, *tensor.shape)
    if kind == 4:
        return tensor[..., 1:]
    return tensor


def random_tensor(name: str, generator: random.Random, numbers: np.random.Generator) -> Any:
    tensor = random_layout(random_values(name, generator, numbers, random_shape(generator)), generator)
    if name in FLOATS + COMPLEX and generator.random() < 0.4:
        tensor = tensor.detach().requires_grad_()
        if generator.random() < 0.6:
            tensor = generator.choice(DERIVED)(tensor)
    if name in FLOATS + COMPLEX and generator.random() < 0.1:
        tensor = torch.nn.Parameter(tensor.detach())
    if generator.random() < 0.05:
        tensor = tensor.to("meta")
    return tensor


def random_options(generator: random.Random) -> dict[str, Any]:
    choices: dict[str, tuple[Any, ...]] = {
        "precision": (0, 1, 2, 4, 7, 17),
        "threshold": (0, 1, 10, 100, 1000, math.inf),
        "edgeitems": (0, 1, 2, 3, 5, 10),
        "linewidth": (0, 1, 10, 19.5, *range(30, 130), 1000),
        "profile": ("default", "short", "full"),
        "sci_mode": (True, False, None),
    }
    return {key: generator.choice(values) for key, values in choices.items() if generator.random() < 0.35}


@pytest.mark.parametrize("name", ALL)
def test_random_tensors(name: str) -> None:
    generator, numbers = random.Random(f"tensors {name}"), np.random.default_rng(len(name))
    for _ in range(CASES):
        check(random_tensor(name, generator, numbers))


@pytest.mark.parametrize("name", ALL)
def test_random_options(name: str) -> None:
    generator, numbers = random.Random(f"options {name}"), np.random.default_rng(len(name))
    for _ in range(CASES):
        options = random_options(generator)
        with printoptions(**options), _tensor_str.printoptions(**options):
            assert get_printoptions() == _tensor_str.get_printoptions()
            check(random_tensor(name, generator, numbers))


@pytest.mark.parametrize("default", FLOATS)
def test_default_dtype(default: str) -> None:
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, default))
    try:
        for name in ALL:
            for shape in ((), (2,), (0,), (2, 0)):
                tensor = torch.ones(shape, dtype=getattr(torch, name))
                check(tensor)
                check(tensor.to("meta"))
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize("length", range(1, 60, 2))
def test_suffixes_wrap_at_the_same_column(length: int) -> None:
    tensor = torch.ones(length, dtype=torch.float64, requires_grad=True)
    for case in (tensor, tensor * 2, tensor.detach(), tensor.reshape(1, -1), torch.nn.Parameter(tensor.detach())):
        for linewidth in range(20, 100, 11):
            with printoptions(linewidth=linewidth), _tensor_str.printoptions(linewidth=linewidth):
                check(case)


def test_whole_numbers_at_the_edges_of_the_styles() -> None:
    generator = random.Random(0)
    edges = (0.0, 1.0, 1000.0, 1001.0, 999.5, 1e8, 1e8 + 1, 1e-4, 9.9999e-5, 1e5, 0.1, 0.99995, 9.99995, -5e-5, 2**24)
    for _ in range(500):
        values = generator.sample(edges, generator.randint(1, 4))
        check(torch.tensor([value * generator.choice((1, -1)) for value in values], dtype=torch.float64))


@pytest.mark.parametrize("shape", [(), (3,), (0,), (2, 40), (2000,), (30, 50)])
def test_subclasses(shape: tuple[int, ...]) -> None:
    class Mask(torch.Tensor):
        pass

    class Weight(torch.nn.Parameter):
        pass

    values = torch.randn(shape, dtype=torch.float64)
    check(values.as_subclass(Mask), "Mask")
    check(values.as_subclass(Mask).requires_grad_(), "Mask")
    check(Weight(values), "Weight")


def test_contents_in_place_of_the_numbers() -> None:
    for shape in ((), (0,), (3,), (2, 0)):
        for device in ("cpu", "meta"):
            tensor = torch.zeros(shape, dtype=torch.int32, device=device)
            got = tensor_repr(
                np.zeros(shape, np.int32),
                dtype=dtypes.int32,
                device=device,
                default_dtype=dtypes.float32,
                default_device="cpu",
                contents="one\n       two",
            )
            assert got == torch.Tensor.__repr__(tensor, tensor_contents="one\n       two")


def test_option_sequences() -> None:
    generator = random.Random(1)
    before = _tensor_str.get_printoptions()
    try:
        for _ in range(500):
            options = random_options(generator)
            set_printoptions(**options)
            torch.set_printoptions(**options)
            assert get_printoptions() == _tensor_str.get_printoptions()
    finally:
        set_printoptions(**before)
        torch.set_printoptions(**before)
