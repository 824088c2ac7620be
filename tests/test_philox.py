"""Philox4x32-10 and the distributions over it, on NumPy: known answers, statistics, states."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from minitorch.generator.philox import philox, words
from minitorch.generator.philox_distributions import PhiloxGenerator

# counter, key -> words: the vectors that Random123 publishes (tests/kat_vectors)
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(counter, key, expected):
    found = philox(tuple(np.array([word], np.uint64) for word in counter), key)
    assert tuple(int(word[0]) for word in found) == expected


def test_the_counter_and_the_key_have_64_bits():
    assert words(np, 0, 0, 4).tolist() == list(KNOWN[0][2])
    far = (1 << 34) + 8  # block 2^32 + 2
    counter = tuple(np.array([word], np.uint64) for word in (2, 1, 0, 0))
    assert words(np, 7 << 32 | 5, far, 4).tolist() == [int(word[0]) for word in philox(counter, (5, 7))]
    assert words(np, 3, 4, 6).tolist() == words(np, 3, 0, 10).tolist()[4:]


@pytest.fixture
def generator():
    return PhiloxGenerator(np).manual_seed(1)


N = 200_000


def close(values, mean, variance):
    """Mean and variance within 5 standard errors (the variance's taken from the sample)."""
    values = np.asarray(values, np.float64)
    assert abs(values.mean() - mean) < 5 * math.sqrt(variance / values.size)
    spread = ((values - mean) ** 2).std() / math.sqrt(values.size)
    assert abs(((values - mean) ** 2).mean() - variance) < 5 * spread


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments(generator, dtype):
    close(generator.uniform((N,), dtype=dtype), 0.5, 1 / 12)
    close(generator.uniform((N,), -2, 4, dtype), 1, 3)
    close(generator.normal((N,), 3, 2, dtype), 3, 4)
    close(generator.exponential((N,), 2, dtype), 0.5, 0.25)
    close(generator.geometric((N,), 0.3, dtype), 1 / 0.3, 0.7 / 0.09)
    close(generator.bernoulli(0.2, (N,), dtype), 0.2, 0.16)
    close(np.log(generator.log_normal((N,), 1, 0.5, dtype)), 1, 0.25)
    close(generator.dropout_mask((N,), 0.25, dtype), 1, 1 / 3)
    close(generator.bernoulli_tensor(np.full(N, 0.7, dtype)), 0.7, 0.21)
    close(generator.normal_tensor(np.full(N, 2, dtype), np.full(N, 3, dtype)), 2, 9)
    cauchy = generator.cauchy((N,), 1, 2, dtype)
    assert abs(np.median(cauchy) - 1) < 0.05 and abs(np.median(abs(cauchy - 1)) - 2) < 0.05
    assert all(
        found.dtype == dtype
        for found in (generator.normal((2,), dtype=dtype), generator.exponential((2,), dtype=dtype), cauchy)
    )


def test_ranges(generator):
    uniform = generator.uniform((N,))
    assert uniform.min() >= 0 and uniform.max() < 1 and (uniform * 2**24 % 1 == 0).all()
    assert np.isfinite(generator.normal((N,))).all()
    assert generator.uniform((N,), 1, 1 + 2**-23).max() < 1 + 2**-23  # where rounding would reach the end
    assert generator.geometric((N,), 0.99).min() == 1
    short = generator.uniform((N,), dtype=np.float16)
    assert short.dtype == np.float16 and short.max() < 1
    for low, high in ((0, 10), (-5, 5), (-(1 << 62), 1 << 62)):
        whole = generator.randint(low, high, (N,))
        assert whole.dtype == np.int64 and low <= whole.min() and whole.max() < high
        close(whole / (high - low), (low + high - 1) / 2 / (high - low), (1 - (high - low) ** -2) / 12)
    assert set(generator.randint(0, 3, (100,), np.uint8).tolist()) == {0, 1, 2}
    assert generator.random((N,), np.int64).min() >= 0
    assert np.unique(generator.random((1000,), np.int64, -(1 << 63))).size == 1000


def test_neighbours_do_not_correlate(generator):
    normal = generator.normal((N,), dtype=np.float64)
    for lag in (1, 2, 4, N // 2):
        assert abs(np.corrcoef(normal[:-lag], normal[lag:])[0, 1]) < 5 / math.sqrt(N - lag)
    one, two = PhiloxGenerator(np).manual_seed(1), PhiloxGenerator(np).manual_seed(2)
    assert abs(np.corrcoef(one.uniform((N,)), two.uniform((N,)))[0, 1]) < 5 / math.sqrt(N)


def test_complex_numbers(generator):
    found = generator.normal((N,), dtype=np.complex64)
    assert found.dtype == np.complex64
    close(found.real, 0, 0.5)
    close(found.imag, 0, 0.5)
    assert generator.uniform((3, 2), dtype=np.complex128).shape == (3, 2)


def test_permutations(generator):
    assert sorted(generator.randperm(1000)) == list(range(1000))
    first = np.array([generator.randperm(4)[0] for _ in range(4000)])
    assert (abs(np.bincount(first, minlength=4) - 1000) < 140).all()
    assert generator.randperm(0).shape == (0,)


def test_multinomial(generator):
    weights = np.array([[1, 0, 3, 0], [0, 2, 0, 2]], np.float32)
    found = generator.multinomial(weights, 20_000, True)
    assert found.shape == (2, 20_000) and found.dtype == np.int64
    shares = [np.bincount(row, minlength=4) / 20_000 for row in found]
    assert (abs(np.array(shares) - weights / 4) < 0.02).all()
    assert ((shares == np.zeros(4)) == (weights == 0)).all()
    alone = np.sort(generator.multinomial(weights, 2), -1)
    assert alone.tolist() == [[0, 2], [1, 3]]
    firsts = [int(generator.multinomial(np.array([1.0, 3.0]), 1)[0]) for _ in range(4000)]
    assert abs(np.mean(firsts) - 0.75) < 0.035
    with pytest.raises(RuntimeError, match="num_samples <= 4"):
        generator.multinomial(weights, 5)


def test_rejection_in_rounds(generator):
    """Mean and variance of what is drawn by rejection, on both sides of where the method changes."""
    count = N // 5
    with np.errstate(all="ignore"):
        for rate in (0.5, 9.9, 10.0, 300.0):
            close(generator.poisson(np.full(count, rate)), rate, rate)
        for trials, p in ((5, 0.5), (30, 0.9), (1000, 0.7), (100_000, 0.00005)):
            found = generator.binomial(np.full(count, float(trials)), np.full(count, p))
            close(found, trials * p, trials * p * (1 - p))
            assert found.min() >= 0 and found.max() <= trials
        for alpha in (0.3, 1.0, 7.0):
            close(generator.standard_gamma(np.full(count, alpha)), alpha, alpha)
        shares = generator.dirichlet(np.tile(np.float32([0.5, 1.5]), (count, 1)))
        close(shares[:, 0], 0.25, 0.25 * 0.75 / 3)
        edges = generator.binomial(np.float32([5, 5, 0, 5]), np.float32([0, 1, 0.5, np.nan]))
        assert edges.dtype == np.float32 and edges.tolist()[:3] == [0, 5, 0] and np.isnan(edges[3])
        assert generator.poisson(np.zeros((2, 0), np.float16)).shape == (2, 0)
        assert (generator.poisson(np.zeros(9)) == 0).all()
        assert (generator.standard_gamma(np.zeros(3, np.float32)) == np.finfo(np.float32).tiny).all()


def test_the_state_is_two_integers(generator):
    generator.uniform((3, 3))
    assert generator.get_offset() == 12
    state = generator.get_state()
    assert state.dtype == np.uint8 and state.view("<u8").tolist() == [1, 12]
    expected = generator.normal((5,))
    assert (generator.set_state(state).normal((5,)) == expected).all()
    assert (PhiloxGenerator(np).set_state(state).normal((5,)) == expected).all()
    assert generator.initial_seed() == 1
    with pytest.raises(RuntimeError, match="not the state of a device's generator"):
        generator.set_state(np.zeros(5056, np.uint8))
    with pytest.raises(TypeError, match="not a generator state"):
        generator.set_state(state.astype(np.int64))
    with pytest.raises(RuntimeError, match="a multiple of 4"):
        generator.set_offset(3)


def test_split_calls_give_the_same_units(generator):
    whole = generator.uniform((12,))
    again = PhiloxGenerator(np).manual_seed(1)
    assert np.concatenate([again.uniform((8,)), again.uniform((4,))]).tolist() == whole.tolist()


def test_seeds(generator):
    assert PhiloxGenerator(np).initial_seed() != PhiloxGenerator(np).initial_seed()
    assert generator.manual_seed(-1).initial_seed() == (1 << 64) - 1
    assert generator.seed() == generator.initial_seed() and generator.get_offset() == 0
    with pytest.raises(ValueError, match="overflows 64 bits"):
        generator.manual_seed(1 << 64)
    one, two = (PhiloxGenerator(np).manual_seed(seed).uniform((4,)).tolist() for seed in (5, 5 + (1 << 32)))
    assert one != two


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda g: g.uniform((2,), 1, 0), RuntimeError),
        (lambda g: g.uniform((2,), dtype=np.int64), NotImplementedError),
        (lambda g: g.normal((2,), std=-1), RuntimeError),
        (lambda g: g.bernoulli(1.5, (2,)), RuntimeError),
        (lambda g: g.exponential((2,), 0), RuntimeError),
        (lambda g: g.randint(3, 3, (2,)), RuntimeError),
        (lambda g: g.randint(0, 300, (2,), np.uint8), RuntimeError),
        (lambda g: g.randperm(-1), RuntimeError),
        (lambda g: g.geometric((2,), 0), RuntimeError),
    ],
)
def test_refusals(generator, call, error):
    with pytest.raises(error):
        call(generator)
    assert generator.get_offset() == 0


def test_pickles_of_arrays_only():
    with pytest.raises(
        (TypeError, AttributeError, pickle.PicklingError)
    ):  # its namespace is a module: users pickle theirs
        pickle.dumps(PhiloxGenerator(np))
