"""Our generator against torch's CPU generator: the same numbers, and after every call the same state.

Where a formula goes through log, sin, cos or tan the two mathematics libraries may differ in the last bits; all else is
compared exactly.
"""

from __future__ import annotations

import math
import random as choices
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch import dtypes, generator
from minitorch.generator.limits import rounded

torch = pytest.importorskip("torch")
pytest.importorskip("ml_dtypes")

SIZES = (0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 624, 1000, 100_000)
SEEDS = (0, 1, 42, -1, 2**32 + 5, 2**64 - 1)
FLOATS = ("float32", "float64", "float16", "bfloat16")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64", "bool")
COMPLEX = ("complex64", "complex128")


def numpy(name: str) -> np.dtype:
    return dtypes.numpy_dtype(dtypes.BY_NAME[name])


def empty(size: int | tuple[int, ...], name: str) -> Any:
    return torch.empty(size, dtype=getattr(torch, name))


def host(tensor: Any) -> np.ndarray:
    """A torch tensor's values as NumPy's; bfloat16 through its bits."""
    tensor = tensor.contiguous()
    return (
        tensor.view(torch.int16).numpy().view(numpy("bfloat16")) if tensor.dtype is torch.bfloat16 else tensor.numpy()
    )


class Pair:
    """A generator of ours and one of torch's, which `check` runs side by side."""

    def __init__(self, seed: int):
        self.ours = generator.Generator().manual_seed(seed)
        self.theirs = torch.Generator().manual_seed(seed)

    def check(self, ours: np.ndarray, theirs: Any, exact: bool = True, shift: float = 0.0) -> None:
        expected = host(theirs)
        assert ours.dtype == expected.dtype
        assert ours.shape == expected.shape
        if exact:
            np.testing.assert_array_equal(ours.astype(expected.dtype), expected)
        else:
            self._check_close(ours, expected, shift)
        self.check_state()

    def check_state(self) -> None:
        np.testing.assert_array_equal(self.ours.get_state(), self.theirs.get_state().numpy())

    @staticmethod
    def _check_close(ours: np.ndarray, expected: np.ndarray, shift: float) -> None:
        relative = {"float64": 1e-12, "complex128": 1e-12, "float16": 2e-3, "bfloat16": 2e-2}.get(ours.dtype.name, 1e-6)
        wide = np.complex128 if ours.dtype.kind == "c" else np.float64
        absolute = relative * abs(
            shift
        )  # where a mean nearly cancels a deviation, the difference keeps the error of both
        np.testing.assert_allclose(ours.astype(wide), expected.astype(wide), rtol=relative, atol=absolute)


def draws_by_mkl(fill: Callable[[Any, Any], object]) -> bool:
    """On Intel processors torch gives some fills to MKL, which takes one word however many elements there are."""
    one, many = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    fill(torch.empty(1), one)
    fill(torch.empty(100), many)
    return torch.equal(one.get_state(), many.get_state())


BERNOULLI_BY_MKL = draws_by_mkl(lambda x, g: x.bernoulli_(0.5, generator=g))
EXPONENTIAL_BY_MKL = draws_by_mkl(lambda x, g: x.exponential_(generator=g))
needs_plain_bernoulli = pytest.mark.skipif(
    BERNOULLI_BY_MKL, reason="torch draws bernoulli_ through MKL on this processor"
)
needs_plain_exponential = pytest.mark.skipif(EXPONENTIAL_BY_MKL, reason="torch draws exponential_ through MKL here")


# --- Seeds and states -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [*SEEDS, -(2**63), 2**63])
def test_seed(seed: int) -> None:
    pair = Pair(seed)
    assert pair.ours.initial_seed() == pair.theirs.initial_seed()
    pair.check_state()
    pair.check(pair.ours.uniform((700,)), torch.rand(700, generator=pair.theirs))


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1])
def test_seed_out_of_range(seed: int) -> None:
    for each in (generator.Generator(), torch.Generator()):
        with pytest.raises(ValueError):
            each.manual_seed(seed)


@pytest.mark.parametrize("seed", [1.5, "1", None, True])
def test_seed_of_a_wrong_type(seed: object) -> None:
    for each in (generator.Generator(), torch.Generator()):
        with pytest.raises(RuntimeError):
            each.manual_seed(seed)  # type: ignore[arg-type]


def test_unseeded() -> None:
    assert generator.Generator().initial_seed() == torch.Generator().initial_seed()
    np.testing.assert_array_equal(generator.Generator().get_state(), torch.Generator().get_state().numpy())


def test_default_generator() -> None:
    before = torch.get_rng_state()
    try:
        assert (
            generator.manual_seed(7).initial_seed() == torch.manual_seed(7).initial_seed() == generator.initial_seed()
        )
        np.testing.assert_array_equal(generator.default_generator.uniform((5,)), torch.rand(5).numpy())
        np.testing.assert_array_equal(generator.get_rng_state(), torch.get_rng_state().numpy())
        generator.set_rng_state(torch.manual_seed(8).get_state().numpy())
        np.testing.assert_array_equal(generator.default_generator.uniform((5,)), torch.rand(5).numpy())
    finally:
        torch.set_rng_state(before)


@pytest.mark.parametrize("words", [0, 1, 5, 623, 624, 625, 1248, 5000])
@pytest.mark.parametrize("normals", [0, 1, 2])
def test_states_cross_over(words: int, normals: int) -> None:
    """Our state goes into torch, torch's into ours, and both go on alike."""
    pair = Pair(11)
    torch.rand(words, generator=pair.theirs)
    torch.randn(normals, generator=pair.theirs)
    ours = generator.Generator().set_state(pair.theirs.get_state().numpy())
    np.testing.assert_array_equal(ours.get_state(), pair.theirs.get_state().numpy())
    theirs = torch.Generator()
    theirs.set_state(torch.from_numpy(ours.get_state()))
    np.testing.assert_array_equal(ours.normal((3,)), torch.randn(3, generator=theirs).numpy())
    np.testing.assert_array_equal(ours.uniform((700,)), torch.rand(700, generator=theirs).numpy())


# --- Continuous distributions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FLOATS + COMPLEX)
@pytest.mark.parametrize(
    "bounds", [(0.0, 1.0), (-1.0, 1.0), (2.0, 5.0), (-1.1, 1.1), (-0.3, 0.7), (3.0, 3.0), (0.1, 0.1001)]
)
def test_uniform(name: str, bounds: tuple[float, float]) -> None:
    pair = Pair(5)
    for size in SIZES:
        expected = empty(size, name).uniform_(*bounds, generator=pair.theirs)
        pair.check(pair.ours.uniform((size,), *bounds, numpy(name)), expected)


@pytest.mark.parametrize("name", FLOATS + COMPLEX)
@pytest.mark.parametrize("parameters", [(0.0, 1.0), (0.0, 0.02), (-3.0, 1.0), (1.5, 2.7), (1.0, 0.0)])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_normal(name: str, parameters: tuple[float, float], seed: int) -> None:
    pair = Pair(seed)
    for size in SIZES:
        expected = empty(size, name).normal_(*parameters, generator=pair.theirs)
        pair.check(pair.ours.normal((size,), *parameters, numpy(name)), expected, exact=False, shift=parameters[0])


def test_float64_normals_with_a_mean_are_rounded_once() -> None:
    """The fused multiply-add, apart from the logarithm and the angle: nearly every bit is torch's."""
    pair = Pair(1)
    ours, theirs = pair.ours.normal((100_000,), 1.5, 2.7, np.float64), empty(100_000, "float64")
    theirs.normal_(1.5, 2.7, generator=pair.theirs)
    assert (np.abs(ours - theirs.numpy()) > 1e-12).sum() == 0
    plain = Pair(1).ours.normal((100_000,), 0.0, 1.0, np.float64) * 2.7 + 1.5
    assert (ours == theirs.numpy()).mean() > (plain == theirs.numpy()).mean()


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("shape", [(4, 3), (3, 5), (40, 30)])
def test_normal_into_a_tensor_that_is_not_contiguous(name: str, shape: tuple[int, int]) -> None:
    pair = Pair(9)
    expected = empty(shape, name).t().normal_(1.0, 2.0, generator=pair.theirs)
    ours = pair.ours.normal(shape, 1.0, 2.0, numpy(name), contiguous=False).T
    pair.check(ours, expected, exact=False, shift=1.0)


@pytest.mark.parametrize(("mean", "std"), [("float32", "float32"), ("float64", "float32"), ("float32", "float64"),
                                           ("float16", "float16"), ("bfloat16", "float32"), ("float32", None),
                                           (None, "float32"), (None, "float64"), ("float16", None)])  # fmt: skip
def test_normal_tensor(mean: str | None, std: str | None) -> None:
    for size in (1, 7, 16, 50):
        pair = Pair(size)
        means: Any = 1.25 if mean is None else torch.linspace(-2, 2, size).to(getattr(torch, mean))
        stds: Any = 0.75 if std is None else torch.linspace(0, 3, size).to(getattr(torch, std))
        expected = torch.normal(means, stds, generator=pair.theirs)
        ours = pair.ours.normal_tensor(means if mean is None else host(means), stds if std is None else host(stds))
        pair.check(ours, expected, exact=False, shift=2.0)


def test_normal_tensor_broadcasts() -> None:
    pair = Pair(2)
    mean, std = torch.randn(4, 1), torch.rand(5)
    expected = torch.normal(mean, std, generator=pair.theirs)
    pair.check(pair.ours.normal_tensor(mean.numpy(), std.numpy()), expected, exact=False, shift=2.0)


@pytest.mark.parametrize("name", FLOATS)
def test_log_normal_and_cauchy(name: str) -> None:
    pair = Pair(6)
    for size in SIZES:
        for parameters in ((1.0, 2.0), (0.0, 0.5)):
            expected = empty(size, name).log_normal_(*parameters, generator=pair.theirs)
            pair.check(pair.ours.log_normal((size,), *parameters, numpy(name)), expected, exact=False)
            expected = empty(size, name).cauchy_(*parameters, generator=pair.theirs)
            pair.check(pair.ours.cauchy((size,), *parameters, numpy(name)), expected, exact=False, shift=parameters[0])


@needs_plain_exponential
@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("rate", [1.0, 0.3, 7.5, math.inf])
def test_exponential(name: str, rate: float) -> None:
    pair = Pair(3)
    for size in SIZES:
        expected = empty(size, name).exponential_(rate, generator=pair.theirs)
        pair.check(pair.ours.exponential((size,), rate, numpy(name)), expected, exact=False)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_float64_becomes_a_16_bit_float_through_float32(name: str) -> None:
    """Just above the middle between two neighbours, float32 loses what was above, and the tie goes to the even one."""
    half_step = 2.0 ** -{"float16": 11, "bfloat16": 8}[name]
    values = np.array([1 + half_step, 1 + half_step + 2.0**-30, 1 + half_step * 1.5, 1e300, -0.0])
    expected = torch.from_numpy(values).to(getattr(torch, name))
    np.testing.assert_array_equal(rounded(values, numpy(name)).view(np.int16), host(expected).view(np.int16))


# --- Discrete distributions -------------------------------------------------------------------------------------------


@needs_plain_bernoulli
@pytest.mark.parametrize("name", FLOATS + INTEGERS)
@pytest.mark.parametrize("p", [0.0, 1e-3, 0.3, 0.5, 0.9, 1.0])
def test_bernoulli(name: str, p: float) -> None:
    pair = Pair(4)
    for size in SIZES:
        expected = empty(size, name).bernoulli_(p, generator=pair.theirs)
        pair.check(pair.ours.bernoulli(p, (size,), numpy(name)), expected)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("into", ["float32", "int64", "bool", None])
def test_bernoulli_tensor(name: str, into: str | None) -> None:
    pair = Pair(4)
    for size in SIZES:
        p = torch.linspace(0, 1, size).to(getattr(torch, name))
        if into is None:
            expected = torch.bernoulli(p, generator=pair.theirs)
        else:
            expected = empty(size, into).bernoulli_(p, generator=pair.theirs)
        pair.check(pair.ours.bernoulli_tensor(host(p), None if into is None else numpy(into)), expected)


@needs_plain_bernoulli
@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("p", [0.0, 0.1, 0.3, 0.5, 1.0])
def test_dropout_mask(name: str, p: float) -> None:
    for size in SIZES:
        torch.manual_seed(size)
        expected = torch.nn.functional.dropout(torch.ones(size, dtype=getattr(torch, name)), p)
        ours = generator.Generator().manual_seed(size)
        np.testing.assert_array_equal(ours.dropout_mask((size,), p, numpy(name)), host(expected))
        np.testing.assert_array_equal(ours.get_state(), torch.get_rng_state().numpy())


@pytest.mark.parametrize("name", [*FLOATS, "int32", "int64", "uint8"])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.97])
def test_geometric(name: str, p: float) -> None:
    pair = Pair(8)
    for size in SIZES:
        expected = empty(size, name).geometric_(p, generator=pair.theirs)
        pair.check(pair.ours.geometric((size,), p, numpy(name)), expected)


@pytest.mark.parametrize("bounds", [(0, 2), (0, 10), (-5, 6), (0, 1 << 20), (3, (1 << 28) + 2), (3, (1 << 28) + 3), (0, 1 << 32),
                                    (-7, 1 << 40), (0, 10**18), (-(2**63), 2**63 - 1)])  # fmt: skip
def test_randint(bounds: tuple[int, int]) -> None:
    pair = Pair(12)
    for size in SIZES:
        expected = torch.randint(*bounds, (size,), generator=pair.theirs)
        pair.check(pair.ours.randint(*bounds, (size,)), expected)


@pytest.mark.parametrize("name", FLOATS + INTEGERS)
def test_random_without_bounds(name: str) -> None:
    pair = Pair(13)
    for size in SIZES:
        pair.check(pair.ours.random((size,), numpy(name)), empty(size, name).random_(generator=pair.theirs))


BOUNDS = ((0, 1), (0, 2), (5, 120), (-100, 27), (0, 60_000), (-3, 2**31 - 1), (-(2**40), 2**50), (0, 65504), (1, 257),
          (100, None), (-20, None), (0, None), (-(2**63), None), (2**24 - 3, 2**24 + 9), (-70_000, 3), (0, 0),
          (9, 3))  # fmt: skip


@pytest.mark.parametrize("name", [*FLOATS, *INTEGERS, "uint16", "uint32", "uint64"])
@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
def test_random_with_bounds(name: str, bounds: tuple[int, int | None]) -> None:
    """The same numbers, or an error (a kind of RuntimeError) from both."""
    pair = Pair(14)
    if name == "uint64" and bounds[1] is None and bounds[0] >= 0:
        pytest.skip("torch refuses random_(low, None) of uint64, whose largest value it takes for -1")
    for size in (1, 17, 1000):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            try:
                expected = empty(size, name).random_(*bounds, generator=pair.theirs)
            except RuntimeError:
                with pytest.raises(RuntimeError):
                    pair.ours.random((size,), numpy(name), *bounds)
                return
            ours = pair.ours.random((size,), numpy(name), *bounds)
        pair.check(ours, expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_randperm(seed: int) -> None:
    pair = Pair(seed)
    for size in (*range(40), 100, 1000, 60_000, 100_000):
        pair.check(pair.ours.randperm(size), torch.randperm(size, generator=pair.theirs))


@pytest.mark.parametrize("name", [*FLOATS, "uint8", "int8", "int16", "int32"])
def test_randperm_dtype(name: str) -> None:
    pair = Pair(1)
    for size in (0, 5, 127, 128, 129, 256, 257, 2048, 2049, 2050, 32_768, 32_769):
        try:
            expected = torch.randperm(size, dtype=getattr(torch, name), generator=pair.theirs)
        except RuntimeError:
            with pytest.raises(RuntimeError):
                pair.ours.randperm(size, numpy(name))
            continue
        pair.check(pair.ours.randperm(size, numpy(name)), expected)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("replacement", [True, False])
def test_multinomial(name: str, replacement: bool) -> None:
    if EXPONENTIAL_BY_MKL:
        pytest.skip("torch draws exponential_ through MKL on this processor")
    pair = Pair(15)
    for shape, count in (
        ((1,), 1),
        ((5,), 1),
        ((5,), 3),
        ((4, 7), 1),
        ((4, 7), 2),
        ((1000,), 60),
        ((30, 50), 4),
        ((0, 3), 2),
    ):
        weights = torch.rand(shape, generator=torch.Generator().manual_seed(len(shape))).to(getattr(torch, name))
        weights[..., ::3] *= 2
        if shape[-1] > 3:
            weights[..., 2] = 0
        if name in ("float16", "bfloat16") and not replacement and shape[-1] > 50:
            continue  # with so few bits ratios are equal, and torch leaves the order of those to its sort
        expected = torch.multinomial(weights, count, replacement, generator=pair.theirs)
        pair.check(pair.ours.multinomial(host(weights), count, replacement), expected)


@needs_plain_exponential
@pytest.mark.parametrize("replacement", [True, False])
def test_multinomial_of_transposed_weights(replacement: bool) -> None:
    pair = Pair(16)
    weights = torch.rand(9, 6)
    for count in (1, 4):
        expected = torch.multinomial(weights.t(), count, replacement, generator=pair.theirs)
        pair.check(pair.ours.multinomial(weights.numpy().T, count, replacement), expected)


INVALID = ([0.0, 0.0], [1.0, -1.0], [1.0, math.nan], [1.0, math.inf], [[0.0, 0.0], [1.0, 1.0]], [])


@pytest.mark.parametrize("weights", INVALID, ids=str)
@pytest.mark.parametrize(("count", "replacement"), [(1, False), (2, True), (2, False), (3, False), (0, True)])
def test_multinomial_refuses(weights: list, count: int, replacement: bool) -> None:
    with pytest.raises(RuntimeError):
        torch.multinomial(torch.tensor(weights), count, replacement)
    with pytest.raises(RuntimeError):
        generator.Generator().multinomial(np.array(weights, np.float32), count, replacement)


# --- Filling in place -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["permute", "slice", "step", "unsqueeze", "contiguous", "select"])
def test_fill_axes(view: str) -> None:
    views: dict[str, Callable[[Any], Any]] = {
        "permute": lambda x: x.transpose(0, 2) if isinstance(x, torch.Tensor) else x.transpose(2, 1, 0),
        "slice": lambda x: x[1:3, :, 2:],
        "step": lambda x: x[::2, ::3, ::2],
        "unsqueeze": lambda x: x[:, None].swapaxes(1, 3),
        "contiguous": lambda x: x,
        "select": lambda x: x[:, 1].T,
    }
    pair = Pair(17)
    theirs, ours = torch.zeros(4, 5, 6), np.zeros((4, 5, 6), np.float32)
    views[view](theirs).uniform_(generator=pair.theirs)
    target = views[view](ours)
    target = target.transpose(generator.fill_axes(target))
    target[...] = pair.ours.uniform(target.shape)
    pair.check(ours, theirs)


# --- One stream, many calls -------------------------------------------------------------------------------------------


def random_call(roll: choices.Random, pair: Pair) -> None:
    """One call of a random distribution, size and dtype, on both sides."""
    ours, theirs, size = pair.ours, pair.theirs, roll.choice(SIZES[:-1])
    name = roll.choice(FLOATS)
    kind, tensor = numpy(name), empty(size, name)
    calls: list[Callable[[], None]] = [
        lambda: pair.check(ours.uniform((size,), -1, 2, kind), tensor.uniform_(-1, 2, generator=theirs)),
        lambda: pair.check(ours.normal((size,), 0, 2, kind), tensor.normal_(0, 2, generator=theirs), exact=False),
        lambda: pair.check(ours.normal((3,), 0, 1, kind), tensor.new_empty(3).normal_(generator=theirs), exact=False),
        lambda: pair.check(
            ours.log_normal((size,), 0, 1, kind), tensor.log_normal_(0, 1, generator=theirs), exact=False
        ),
        lambda: pair.check(ours.cauchy((size,), 0, 1, kind), tensor.cauchy_(generator=theirs), exact=False),
        lambda: pair.check(ours.geometric((size,), 0.4, kind), tensor.geometric_(0.4, generator=theirs)),
        lambda: pair.check(ours.randint(-3, 8, (size,)), torch.randint(-3, 8, (size,), generator=theirs)),
        lambda: pair.check(ours.randint(0, 1 << 35, (size,)), torch.randint(0, 1 << 35, (size,), generator=theirs)),
        lambda: pair.check(ours.randperm(size), torch.randperm(size, generator=theirs)),
    ]
    if not BERNOULLI_BY_MKL:
        calls.append(lambda: pair.check(ours.bernoulli(0.3, (size,), kind), tensor.bernoulli_(0.3, generator=theirs)))
    if not EXPONENTIAL_BY_MKL:
        calls.append(
            lambda: pair.check(ours.exponential((size,), 2, kind), tensor.exponential_(2, generator=theirs), False)
        )
    roll.choice(calls)()


@pytest.mark.parametrize("seed", range(6))
def test_mixed_calls(seed: int) -> None:
    roll, pair = choices.Random(seed), Pair(seed)
    for _ in range(60):
        random_call(roll, pair)
        if roll.random() < 0.05:
            pair.ours.manual_seed(seed + 1)
            pair.theirs.manual_seed(seed + 1)
            pair.check_state()
