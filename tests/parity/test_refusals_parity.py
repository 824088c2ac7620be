"""Calls that PyTorch refuses: minitorch refuses them with an error that the same `except` catches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import minitorch

torch = pytest.importorskip("torch")

CALLS: dict[str, Callable] = {
    "shapes of heaviside": lambda m: m.heaviside(m.zeros(1, 2, 1, 2), m.zeros(3)),
    "shapes of add": lambda m: m.add(m.zeros(1, 2, 1, 2), m.zeros(3)),
    "shapes of normal": lambda m: m.normal(m.zeros(2, 1, 4), m.ones(3)),
    "shapes of bilinear": lambda m: m.nn.functional.bilinear(m.zeros(3), m.zeros(4), m.zeros(3, 2)),
    "too few dims": lambda m: m.zeros(3).permute(()),
    "too many dims": lambda m: m.zeros(3).permute(0, 0),
    "a dim twice": lambda m: m.zeros(3, 2).permute(0, 0),
    "a dim too large": lambda m: m.zeros(3, 2).permute(0, 5),
    "gather": lambda m: m.gather(m.zeros(3, 2), 0, m.tensor([[5, 0]])),
    "scatter": lambda m: m.zeros(3, 2).scatter(0, m.tensor([[5, 0]]), 1.0),
    "scatter_add": lambda m: m.zeros(3, 2).scatter_add(0, m.tensor([[5, 0]]), m.zeros(1, 2)),
    "index_select": lambda m: m.zeros(3, 2).index_select(0, m.tensor([5])),
    "index_add": lambda m: m.zeros(3, 2).index_add(0, m.tensor([5]), m.zeros(1, 2)),
    "index_copy": lambda m: m.zeros(3, 2).index_copy(0, m.tensor([5]), m.zeros(1, 2)),
    "index_fill": lambda m: m.zeros(3, 2).index_fill(0, m.tensor([5]), 1.0),
    "an index": lambda m: m.zeros(3, 2)[5],
    "indices": lambda m: m.zeros(3, 2)[m.tensor([5])],
    "take": lambda m: m.take(m.zeros(3, 2), m.tensor([50])),
    "targets": lambda m: m.nn.functional.nll_loss(m.zeros(2, 3), m.tensor([1, 7])),
    "one_hot": lambda m: m.nn.functional.one_hot(m.tensor([1, 7]), 3),
    "// 0": lambda m: m.tensor([1, 2]) // 0,
    "// 0 in place": lambda m: m.tensor([1, 2]).floor_divide_(0),
    "// with a 0": lambda m: m.tensor([1, 2]) // m.tensor([1, 0]),
    "% 0": lambda m: m.tensor([1, 2]) % 0,
    "% 0 in place": lambda m: m.tensor([1, 2], dtype=m.uint8).remainder_(0),
    "fmod 0": lambda m: m.tensor([1, 2]).fmod(0),
    "div trunc 0": lambda m: m.div(m.tensor([1, 2]), 0, rounding_mode="trunc"),
    "div floor 0": lambda m: m.div(m.tensor([1, 2]), m.tensor(0), rounding_mode="floor"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_what_is_raised(name):
    with pytest.raises(Exception) as theirs:
        CALLS[name](torch)
    with pytest.raises(theirs.type) as ours:
        CALLS[name](minitorch)
    if "ZeroDivisionError" in str(theirs.value):
        assert "ZeroDivisionError" in str(ours.value)
