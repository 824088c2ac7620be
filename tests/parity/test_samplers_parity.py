"""docs/random.md says of each sampler how close its numbers are to torch's: here it is tried, over seeds, sizes and dtypes."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "random.md"
SEEDS = (0, 1, 12345678901)
SIZES = (1, 15, 16, 17, 1000)
SHORT = ("float16", "bfloat16")
FLOATS = ("float32", "float64", *SHORT)
WHOLE = ("bool", "uint8", "int8", "int16", "int32", "int64")
COMPLEX = ("complex64", "complex128")


def spread(t: Any, size: int, low: float, high: float, dtype: Any) -> Any:
    """Parameters from low to high, the same in both libraries."""
    return t.from_numpy(np.linspace(low, high, size)).to(dtype)


def weights(t: Any, size: int, dtype: Any) -> Any:
    return (t.arange(size, dtype=t.float64) % 7 + 1).to(dtype)


# name: (what is drawn, given a library, a size, a dtype and the keyword generator=; the dtypes)
SAMPLERS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "rand": (lambda t, n, dtype, **g: t.rand(n, dtype=dtype, **g), FLOATS + COMPLEX),
    "rand_like": (lambda t, n, dtype, **g: t.rand_like(t.zeros(n, dtype=dtype), **g), FLOATS + COMPLEX),
    "randn": (lambda t, n, dtype, **g: t.randn(n, dtype=dtype, **g), FLOATS + COMPLEX),
    "randn_like": (lambda t, n, dtype, **g: t.randn_like(t.zeros(n, dtype=dtype), **g), FLOATS + COMPLEX),
    "randint": (lambda t, n, dtype, **g: t.randint(0, 2, (n,), dtype=dtype, **g), FLOATS + WHOLE),
    "randint_like": (lambda t, n, dtype, **g: t.randint_like(t.zeros(n, dtype=dtype), 2, **g), FLOATS + WHOLE),
    "randperm": (lambda t, n, dtype, **g: t.randperm(min(n, 100), dtype=dtype, **g), (*FLOATS, *WHOLE[1:])),
    "uniform_": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).uniform_(-1.3, 2.7, **g), FLOATS),
    "normal_": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).normal_(0.3, 1.7, **g), FLOATS + COMPLEX),
    "random_": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).random_(**g), FLOATS + WHOLE),
    "random_(from, to)": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).random_(-5, 90, **g),
                          (*FLOATS, *WHOLE[2:])),
    "random_(to)": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).random_(1, **g),
                    (*FLOATS, *WHOLE, "uint16", "uint32", "uint64")),
    "bernoulli_": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).bernoulli_(0.3, **g), FLOATS + WHOLE),
    "bernoulli_(tensor)": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).bernoulli_(spread(t, n, 0, 1, t.float64), **g),
                           FLOATS + WHOLE),
    "bernoulli": (lambda t, n, dtype, **g: t.bernoulli(spread(t, n, 0, 1, dtype), **g), FLOATS),
    "bernoulli(p)": (lambda t, n, dtype, **g: t.bernoulli(t.zeros(n, dtype=dtype), 0.3, **g), FLOATS + WHOLE),
    "exponential_": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).exponential_(1.7, **g), FLOATS),
    "cauchy_": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).cauchy_(0.3, 1.7, **g), FLOATS),
    "log_normal_": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).log_normal_(0.3, 0.7, **g), FLOATS),
    "geometric_": (lambda t, n, dtype, **g: t.zeros(n, dtype=dtype).geometric_(0.3, **g), (*FLOATS, *WHOLE[1:])),
    "normal(tensor, tensor)": (lambda t, n, dtype, **g: t.normal(spread(t, n, -1, 1, dtype), spread(t, n, 0.1, 2, dtype), **g),
                               FLOATS),
    "normal(tensor, number)": (lambda t, n, dtype, **g: t.normal(spread(t, n, -1, 1, dtype), 0.7, **g), FLOATS),
    "normal(number, tensor)": (lambda t, n, dtype, **g: t.normal(0.3, spread(t, n, 0.1, 2, dtype), **g), FLOATS),
    "normal(number, number)": (lambda t, n, dtype, **g: t.normal(0.3, 1.7, (n,), dtype=dtype, **g), FLOATS),
    "multinomial": (lambda t, n, dtype, **g: t.multinomial(weights(t, n, dtype), max(n // 2, 1), **g), FLOATS[:2]),
    "multinomial(replacement)": (lambda t, n, dtype, **g: t.multinomial(weights(t, n, dtype), 50, True, **g), FLOATS),
    "poisson": (lambda t, n, dtype, **g: t.poisson(spread(t, n, 0, 60, dtype), **g), FLOATS),
    "binomial": (lambda t, n, dtype, **g: t.binomial(weights(t, n, dtype) * 20, spread(t, n, 0, 1, dtype), **g), FLOATS[:2]),
    "_standard_gamma": (lambda t, n, dtype, **g: t._standard_gamma(spread(t, n, 0.01, 9, dtype), **g), FLOATS[:2]),
    "_sample_dirichlet": (lambda t, n, dtype, **g: t._sample_dirichlet(spread(t, 3 * n, 0.1, 9, dtype).reshape(n, 3), **g),
                          FLOATS[:2]),
    "dropout": (lambda t, n, dtype: t.nn.functional.dropout(t.ones(n, dtype=dtype), 0.3), FLOATS),
    "alpha_dropout": (lambda t, n, dtype: t.nn.functional.alpha_dropout(t.ones(n, dtype=dtype), 0.3, True), FLOATS[:2]),
    "feature_alpha_dropout": (
        lambda t, n, dtype: t.nn.functional.feature_alpha_dropout(t.ones(n, 2, 2, dtype=dtype), 0.3, True), FLOATS[:2]),
    "dropout2d": (lambda t, n, dtype: t.nn.functional.dropout2d(t.ones(1, n, 2, 2, dtype=dtype), 0.3), FLOATS),
    "rrelu": (lambda t, n, dtype: t.nn.functional.rrelu(-t.ones(n, dtype=dtype), training=True), FLOATS[:2]),
}  # fmt: skip


def classes() -> dict[str, str]:
    """What the page says: sampler -> "bit" or "ulp"."""
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 3 and cells[0].startswith("`"):
            found |= {name.strip(" `"): cells[1] for name in cells[0].split("`, `")}
    return found


def steps_apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference in units of the last place, of 1 where numbers are smaller."""
    if ours.dtype.kind == "c":
        ours, theirs = ours.view(ours.real.dtype), theirs.view(ours.real.dtype)
    if ours.dtype.kind != "f":
        return float(np.any(ours != theirs))
    if np.array_equal(ours, theirs, equal_nan=True):
        return 0.0
    return float((np.abs(ours - theirs) / np.spacing(np.maximum(np.abs(theirs), 1))).max())


def values(tensor: Any) -> np.ndarray:
    """A tensor's numbers; bfloat16 as float32 whose last place is bfloat16's."""
    array = np.asarray((tensor.float() if "bfloat16" in repr(tensor.dtype) else tensor).detach().numpy())
    return array


def difference(name: str, dtype: str) -> float:
    call = SAMPLERS[name][0]
    worst = 0.0
    for seed in SEEDS:
        minitorch.manual_seed(seed)
        torch.manual_seed(seed)
        for size in SIZES:
            pair = [call(t, size, getattr(t, dtype)) for t in (minitorch, torch)]
            assert repr(pair[0].dtype) == repr(pair[1].dtype)
            assert tuple(pair[0].shape) == tuple(pair[1].shape)
            apart = steps_apart(*map(values, pair))
            worst = max(worst, apart / (1 << 16) if "bfloat16" in repr(pair[0].dtype) else apart)
        assert minitorch.get_rng_state().tolist() == torch.get_rng_state().tolist()
    return worst


def draws_by_mkl() -> bool:
    """On Intel processors torch gives bernoulli_, exponential_ and dropout to MKL, which draws other numbers."""
    one, many = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    torch.empty(1).bernoulli_(0.5, generator=one)
    torch.empty(100).bernoulli_(0.5, generator=many)
    return torch.equal(one.get_state(), many.get_state())


BY_MKL = ("bernoulli_", "bernoulli(p)", "exponential_", "dropout", "multinomial")


@pytest.mark.parametrize(("name", "dtype"), [(name, dtype) for name, (_, kinds) in SAMPLERS.items() for dtype in kinds])
def test_as_close_as_the_page_says(name: str, dtype: str) -> None:
    if any(part in name for part in BY_MKL) and draws_by_mkl():
        pytest.skip("torch draws this through MKL here")
    apart = difference(name, dtype)
    assert apart <= {"bit": 0, "ulp": 4}[classes()[name]]


def test_the_page_lists_all_samplers() -> None:
    assert set(classes()) == set(SAMPLERS)


@pytest.mark.parametrize("name", [name for name in SAMPLERS if "dropout" not in name and name != "rrelu"])
def test_generator_of_its_own(name: str) -> None:
    """With generator= the default one stays where it was."""
    before = minitorch.get_rng_state()
    ours, theirs = (
        SAMPLERS[name][0](t, 5, t.float32, generator=t.Generator().manual_seed(9)) for t in (minitorch, torch)
    )
    assert minitorch.get_rng_state().tolist() == before.tolist()
    if not (any(part in name for part in BY_MKL) and draws_by_mkl()):
        assert steps_apart(values(ours), values(theirs)) <= 4
