"""The generator by itself: pinned numbers, seeds and states, threads, refusals, and the shape of each distribution.

The numbers pinned here are PyTorch 2.13's, so that a machine without torch notices too when one goes astray.
"""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from minitorch import generator
from minitorch.generator import Generator, fill_axes
from minitorch.generator.recipes import multiply_add, pairs_of, swapped_forward
from minitorch.generator.stream import BLOCK

WEIGHTS = np.float32([1, 2, 3, 4])
PINNED: dict[str, tuple[Callable[[Generator], np.ndarray], list]] = {
    "uniform": (lambda g: g.uniform((3,)), [0.49625658988952637, 0.7682217955589294, 0.08847743272781372]),
    "uniform between": (
        lambda g: g.uniform((3,), -1.1, 1.3),
        [0.09101583808660507, 0.7437323331832886, -0.887654185295105],
    ),
    "uniform float64": (lambda g: g.uniform((2,), dtype=np.float64), [0.9700530018065531, 0.707819864399788]),
    "normal of a few": (lambda g: g.normal((3,)), [1.5409960746765137, -0.293428897857666, -2.1787893772125244]),
    "normal by 16": (lambda g: g.normal((20,))[:3], [-1.1258398294448853, -1.152360200881958, -0.2505785822868347]),
    "normal float64": (lambda g: g.normal((16,), dtype=np.float64)[:2], [-2.310411800234176, -0.3732508612577643]),
    "log_normal": (lambda g: g.log_normal((3,)), [59.2634162902832, 1.5115599632263184, 0.03481946140527725]),
    "cauchy": (lambda g: g.cauchy((3,)), [10.597729682922363, 0.7647672891616821, -0.12829934060573578]),
    "exponential": (lambda g: g.exponential((2,)), [3.508326292037964, 1.2303847074508667]),
    "geometric": (lambda g: g.geometric((4,), 0.2), [1, 2, 4, 1]),
    "bernoulli": (lambda g: g.bernoulli(0.5, (8,)), [0, 0, 1, 0, 0, 0, 1, 1]),
    "randint": (lambda g: g.randint(0, 10, (8,)), [4, 9, 3, 0, 3, 9, 7, 3]),
    "randint of 64 bits": (lambda g: g.randint(0, 10**18, (2,)), [123822223749065263, 192915183495924928]),
    "random int32": (lambda g: g.random((3,), np.int32), [209652396, 398764591, 924231285]),
    "randperm": (lambda g: g.randperm(8), [4, 0, 7, 3, 2, 5, 1, 6]),
    "multinomial": (lambda g: g.multinomial(WEIGHTS, 3), [2, 1, 3]),
    "multinomial with replacement": (lambda g: g.multinomial(WEIGHTS, 8, True), [3, 3, 2, 3, 3, 3, 1, 2]),
}


@pytest.mark.parametrize("name", PINNED)
def test_pinned_numbers(name: str) -> None:
    draw, expected = PINNED[name]
    np.testing.assert_allclose(draw(Generator().manual_seed(0)), expected, rtol=1e-6, atol=0)


# --- Seeds, states, copies --------------------------------------------------------------------------------------------


def test_seeds() -> None:
    one = Generator()
    assert one.manual_seed(-1) is one
    assert one.initial_seed() == 2**64 - 1
    assert one.seed() == one.initial_seed()
    assert one.seed() != one.seed()
    assert np.array_equal(one.manual_seed(np.int64(5)).random32(9), Generator().manual_seed(5 + 2**32).random32(9))


def test_importing_leaves_numpy_random_alone() -> None:
    script = "import sys, minitorch.generator; sys.exit('numpy.random' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("before", [0, 1, 623, 624, 625, 2000])
def test_a_state_brings_back_the_numbers(before: int) -> None:
    one = Generator().manual_seed(1)
    one.random32(before)
    one.normal((1,))  # leaves the second of its pair for the next call
    state = one.get_state()
    assert state.shape == (5056,)
    assert state.dtype == np.uint8
    first = one.normal((3,)), one.random32(700)
    other = Generator().set_state(state)
    assert other.initial_seed() == 1
    for ours, again in zip(first, (other.normal((3,)), other.random32(700)), strict=True):
        np.testing.assert_array_equal(ours, again)
    np.testing.assert_array_equal(one.get_state(), other.get_state())


@pytest.mark.parametrize("clone", [Generator.clone_state, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_go_on_independently(clone: Callable[[Generator], Generator]) -> None:
    one = Generator().manual_seed(3)
    one.normal((5,))
    other = clone(one)
    expected = one.normal((5,))
    one.random32(10)
    np.testing.assert_array_equal(other.normal((5,)), expected)


def test_seeding_forgets_the_spare_normal() -> None:
    one = Generator().manual_seed(0)
    first = one.normal((1,))
    assert one.manual_seed(0).normal((1,)) == first


def test_nothing_is_drawn_for_nothing() -> None:
    one = Generator().manual_seed(0)
    before = one.get_state()
    for drawn in (one.uniform((0, 3)), one.normal((0,)), one.randperm(0), one.randperm(1), one.randint(0, 5, (0,)),
                  one.bernoulli(0.5, (2, 0)), one.log_normal((0,)), one.dropout_mask((4,), 0.0), one.dropout_mask((4,), 1.0),
                  one.random32(0)):  # fmt: skip
        assert isinstance(drawn, np.ndarray)
    np.testing.assert_array_equal(one.get_state(), before)


def test_default_generator() -> None:
    assert generator.manual_seed(4) is generator.default_generator
    state, first = generator.get_rng_state(), generator.default_generator.uniform((4,))
    generator.set_rng_state(state)
    np.testing.assert_array_equal(generator.default_generator.uniform((4,)), first)
    assert generator.initial_seed() == 4
    assert generator.seed() == generator.initial_seed()


def test_threads_share_one_stream() -> None:
    """Every call gets words that follow one another, and no word goes to two calls."""
    threads, calls, size = 8, 20, 500
    expected = {tuple(row) for row in Generator().manual_seed(0).uniform((threads * calls, size)).tolist()}
    shared, got = Generator().manual_seed(0), []

    def work() -> None:
        for _ in range(calls):
            got.append(tuple(shared.uniform((size,)).tolist()))

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(got) == threads * calls
    assert set(got) == expected


# --- Values -----------------------------------------------------------------------------------------------------------


def test_blocks_don_t_show() -> None:
    for size in (BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5):
        whole, parts = Generator().manual_seed(0), Generator().manual_seed(0)
        np.testing.assert_array_equal(
            whole.uniform((size,)),
            np.concatenate([parts.uniform((1,)) for _ in range(3)] + [parts.uniform((size - 3,))]),
        )
        np.testing.assert_array_equal(whole.get_state(), parts.get_state())


def test_scalars_are_arrays() -> None:
    one = Generator()
    half = np.full((), 0.5, np.float32)
    for drawn in (one.uniform(()), one.normal(()), one.bernoulli(0.5, ()), one.bernoulli_tensor(half), one.dropout_mask((), 0.5),
                  one.normal_tensor(half, 1.0), one.normal_tensor(half, half), one.randint(0, 3, ()), one.exponential(()),
                  one.uniform((), dtype=np.complex64)):  # fmt: skip
        assert isinstance(drawn, np.ndarray)
        assert drawn.shape == ()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_moments(dtype: type) -> None:
    """The first moments lie within five standard errors."""
    one, n = Generator().manual_seed(0), 200_000
    moments = [
        (one.uniform((n,), 2, 5, dtype), 3.5, 3 / math.sqrt(12)),
        (one.normal((n,), 1.0, 2.0, dtype), 1.0, 2.0),
        (one.normal((n,), 1.0, 2.0, dtype, contiguous=False), 1.0, 2.0),
    ]
    if dtype is not np.complex64:
        moments += [
            (one.exponential((n,), 4.0, dtype), 0.25, 0.25),
            (one.geometric((n,), 0.25, dtype), 4.0, math.sqrt(12)),
            (one.bernoulli(0.3, (n,), dtype), 0.3, math.sqrt(0.21)),
            (one.bernoulli_tensor(np.full(n, 0.3, dtype)), 0.3, math.sqrt(0.21)),
            (one.dropout_mask((n,), 0.2, dtype), 1.0, 0.5),
            (one.log_normal((n,), 0.0, 0.5, dtype), math.exp(0.125), 0.604),
        ]
    for values, mean, deviation in moments:
        assert values.dtype == dtype
        real = values.real.astype(np.float64)
        assert abs(real.mean() - mean) < max(5 * deviation / math.sqrt(n), 1e-3 * mean)
    assert abs(np.median(one.cauchy((n,), 3.0, 2.0)) - 3.0) < 0.05


def test_uniform_never_reaches_high() -> None:
    one = Generator().manual_seed(0)
    assert one.uniform((100_000,), 0, 1, np.float16).max() < 1
    assert (one.uniform((10_000,), 1.0, 1.0 + 2**-23) == 1).all()


def test_a_low_that_is_high() -> None:
    assert (Generator().uniform((5,), 3, 3) == 3).all()


def test_whole_numbers_cover_their_range() -> None:
    one = Generator().manual_seed(0)
    for low, high in ((0, 7), (-3, 4), (250, 256)):
        np.testing.assert_array_equal(np.unique(one.randint(low, high, (1000,))), np.arange(low, high))
    assert set(one.random((100,), np.bool_).tolist()) == {False, True}
    assert one.random((1000,), np.uint8).max() == 255
    assert one.random((1000,), np.int64, -(2**63)).min() < 0


def test_multinomial_follows_its_weights() -> None:
    one, weights = Generator().manual_seed(0), np.float32([[1, 0, 3], [2, 2, 0]])
    drawn = one.multinomial(weights, 20_000, replacement=True)
    for row, expected in zip(drawn, weights / weights.sum(1, keepdims=True), strict=True):
        np.testing.assert_allclose(np.bincount(row, minlength=3) / 20_000, expected, atol=0.02)
    once = np.array([one.multinomial(weights[0], 2) for _ in range(50)])
    assert np.array_equal(np.sort(once, axis=1), np.tile([0, 2], (50, 1)))


def test_bernoulli_tensor_takes_each_probability() -> None:
    p = np.float32([[0, 1], [1, 0]])
    np.testing.assert_array_equal(Generator().bernoulli_tensor(p), p)
    assert Generator().bernoulli_tensor(p, np.int8).dtype == np.int8


# --- Recipes ----------------------------------------------------------------------------------------------------------


@given(st.data())
def test_swapped_forward(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 40))
    targets = [data.draw(st.integers(i, n - 1)) for i in range(n)]
    values = list(range(n))
    for i, j in enumerate(targets):
        values[i], values[j] = values[j], values[i]
    assert swapped_forward(np.array(targets, np.int64)).tolist() == values


def test_pairs_have_the_first_word_high() -> None:
    assert pairs_of(np.array([1, 2, 3, 4], np.uint64)).tolist() == [(1 << 32) + 2, (3 << 32) + 4]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("scale", "shift"), [(2.7, 1.5), (-0.1, 0.3), (1e-3, -7.0), (1.0, 0.7), (3.3, 0.0)])
def test_multiply_add_rounds_once(dtype: type, scale: float, shift: float) -> None:
    values = Generator().manual_seed(0).normal((500,), dtype=dtype)
    scale, shift = dtype(scale), dtype(shift)
    exact = [Fraction(float(x)) * Fraction(float(scale)) + Fraction(float(shift)) for x in values]
    got = multiply_add(values.copy(), scale, shift)
    for value, each in zip(exact, got, strict=True):
        neighbours = np.nextafter(each, [-np.inf, np.inf], dtype=dtype)
        error = abs(Fraction(float(each)) - value)
        assert all(error <= abs(Fraction(float(other)) - value) for other in neighbours)


def test_fill_axes() -> None:
    x = np.zeros((2, 3, 4))
    assert fill_axes(x) == (0, 1, 2)
    assert fill_axes(x.transpose(2, 0, 1)) == (1, 2, 0)
    assert fill_axes(x[:, ::2, 1:]) == (0, 1, 2)
    assert fill_axes(np.zeros(())) == ()


# --- Refusals ---------------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, type[Exception], Callable[[Generator], object]]] = [
    ("seed overflows", ValueError, lambda g: g.manual_seed(2**64)),
    ("seed overflows", ValueError, lambda g: g.manual_seed(-(2**63) - 1)),
    ("not a seed", RuntimeError, lambda g: g.manual_seed(1.0)),  # type: ignore[arg-type]
    ("not a seed", RuntimeError, lambda g: g.manual_seed(True)),
    ("device 'cpu'", RuntimeError, lambda g: Generator("cuda")),
    ("uint8", TypeError, lambda g: g.set_state(np.zeros(5056))),
    ("5056 bytes", RuntimeError, lambda g: g.set_state(np.zeros(5055, np.uint8))),
    ("not a valid", RuntimeError, lambda g: g.set_state(np.zeros(5056, np.uint8))),
    ("low <= high", RuntimeError, lambda g: g.uniform((2,), 1, 0)),
    ("low <= high", RuntimeError, lambda g: g.uniform((2,), math.nan, 0)),
    ("within float16", RuntimeError, lambda g: g.uniform((2,), 0, 1e5, np.float16)),
    ("high - low", RuntimeError, lambda g: g.uniform((2,), -60_000, 60_000, np.float16)),
    ("int32", NotImplementedError, lambda g: g.uniform((2,), dtype=np.int32)),
    ("std >= 0", RuntimeError, lambda g: g.normal((2,), 0, -1)),
    ("std >= 0", RuntimeError, lambda g: g.normal((2,), 0, math.nan)),
    ("int64", NotImplementedError, lambda g: g.normal((2,), dtype=np.int64)),
    ("every std", RuntimeError, lambda g: g.normal_tensor(0.0, np.float32([1, -1]))),
    ("normal_tensor", TypeError, lambda g: g.normal_tensor(0.0, 1.0)),
    ("std > 0", RuntimeError, lambda g: g.log_normal((2,), 0, 0)),
    ("lambd > 0", RuntimeError, lambda g: g.exponential((2,), 0)),
    ("sigma > 0", RuntimeError, lambda g: g.cauchy((2,), 0, -1)),
    ("0 < p < 1", RuntimeError, lambda g: g.geometric((2,), 1.0)),
    ("bool", NotImplementedError, lambda g: g.geometric((2,), 0.5, np.bool_)),
    ("0 <= p <= 1", RuntimeError, lambda g: g.bernoulli(1.5, (2,))),
    ("complex64", NotImplementedError, lambda g: g.bernoulli(0.5, (2,), np.complex64)),
    ("every 0 <= p", RuntimeError, lambda g: g.bernoulli_tensor(np.float32([0.5, 1.5]))),
    ("int64", NotImplementedError, lambda g: g.bernoulli_tensor(np.array([0, 1]))),
    ("0 <= p <= 1", RuntimeError, lambda g: g.dropout_mask((2,), 1.5)),
    ("low < high", RuntimeError, lambda g: g.randint(3, 3, (2,))),
    ("bounds of int8", RuntimeError, lambda g: g.randint(0, 200, (2,), np.int8)),
    ("bounds of bool", RuntimeError, lambda g: g.random((2,), np.bool_, 0, 3)),
    ("uint16", NotImplementedError, lambda g: g.random((2,), np.uint16)),
    ("64 bits", NotImplementedError, lambda g: g.random((2,), np.int32, -(2**63))),
    ("0 <= n", RuntimeError, lambda g: g.randperm(-1)),
    ("256", RuntimeError, lambda g: g.randperm(257, np.uint8)),
    ("bool", NotImplementedError, lambda g: g.randperm(2, np.bool_)),
    ("floating-point", RuntimeError, lambda g: g.multinomial(np.array([1, 2]), 1)),
    ("(N, K)", RuntimeError, lambda g: g.multinomial(np.ones((2, 2, 2)), 1)),
    ("num_samples > 0", RuntimeError, lambda g: g.multinomial(WEIGHTS, 0)),
    ("number of categories", RuntimeError, lambda g: g.multinomial(WEIGHTS, 5)),
    ("finite weights", RuntimeError, lambda g: g.multinomial(-WEIGHTS, 1)),
    ("sum > 0", RuntimeError, lambda g: g.multinomial(0 * WEIGHTS, 1)),
]


@pytest.mark.parametrize(("text", "kind", "call"), REFUSED)
def test_refusals(text: str, kind: type[Exception], call: Callable[[Generator], object]) -> None:
    one = Generator().manual_seed(0)
    before = one.get_state()
    with pytest.raises(kind) as caught:
        call(one)
    assert text in str(caught.value)
    np.testing.assert_array_equal(one.get_state(), before)


def test_bounds_beyond_a_float_s_whole_numbers_warn() -> None:
    with pytest.warns(UserWarning, match="only up to 2\\^24"):
        Generator().random((2,), np.float32, 0, 2**25)
