"""einsum's order: as opt-einsum plans it where it is installed and enabled, else left to right."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import minitorch
from minitorch.backends import opt_einsum
from minitorch.ops import paths
from minitorch.testing import assert_close

family = sys.modules["minitorch.ops.einsum"]  # the name in the package is the function
CHAIN = "ij,jk,kl,l->i"
LABELS, SHAPES = ("ij", "jk", "kl", "l"), ((20, 30), (30, 40), (40, 50), (50,))


def operands() -> list[Any]:
    minitorch.manual_seed(0)
    return [minitorch.randn(shape, dtype=minitorch.float64, requires_grad=True) for shape in SHAPES]


def multiplied(monkeypatch: pytest.MonkeyPatch, equation: str, *tensors: Any) -> list[tuple[str, str]]:
    """The labels of what was multiplied, in order."""
    seen = []
    multiply = family._multiply

    def watched(first: Any, second: Any, wanted: set) -> Any:
        seen.append(("".join(first.labels), "".join(second.labels)))
        return multiply(first, second, wanted)

    monkeypatch.setattr(family, "_multiply", watched)
    minitorch.einsum(equation, *tensors)
    return seen


def test_the_order_is_left_to_right_without_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    with opt_einsum.flags(enabled=False):
        assert multiplied(monkeypatch, CHAIN, *operands()) == [("ij", "jk"), ("ik", "kl"), ("il", "l")]


def test_the_order_is_left_to_right_where_opt_einsum_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths.importlib.util, "find_spec", lambda name: None)
    assert not opt_einsum.is_available() and not opt_einsum.enabled
    assert opt_einsum.get_opt_einsum() is None
    assert multiplied(monkeypatch, CHAIN, *operands()) == [("ij", "jk"), ("ik", "kl"), ("il", "l")]
    with pytest.raises(ValueError, match=r"opt_einsum is not available.*\n.*\n.*minitorch-ref\[einsum\]"):
        opt_einsum.enabled = True


@pytest.mark.parametrize("strategy", ["auto", "greedy", "optimal", None])
def test_a_plan_multiplies_the_vector_first(monkeypatch: pytest.MonkeyPatch, strategy: str | None) -> None:
    pytest.importorskip("opt_einsum")
    with opt_einsum.flags(strategy=strategy):
        seen = multiplied(monkeypatch, CHAIN, *operands())
    assert [{*pair} for pair in seen] == [{"kl", "l"}, {"jk", "k"}, {"ij", "j"}]


def test_a_plan_changes_neither_values_nor_gradients() -> None:
    pytest.importorskip("opt_einsum")
    results = []
    for equation, shapes in (
        (CHAIN, SHAPES),
        ("...ij,jk,...k->...i", ((2, 1, 3, 4), (4, 5), (3, 5))),
        ("bi,bj,bk->bjki", ((2, 3), (1, 4), (2, 5))),  # a dim of size 1 that broadcasts
        ("ii,ij,jk,k", ((3, 3), (3, 2), (2, 4), (4,))),
        ("i,j,k,l->", ((2,), (3,), (2,), (2,))),
    ):
        for enabled in (False, True):
            minitorch.manual_seed(0)
            tensors = [minitorch.randn(shape, dtype=minitorch.float64, requires_grad=True) for shape in shapes]
            with opt_einsum.flags(enabled=enabled):
                result = minitorch.einsum(equation, *tensors)
            (result**2).sum().backward()
            results.append([result.detach(), *(tensor.grad for tensor in tensors)])
    for plain, planned in zip(results[::2], results[1::2], strict=True):
        assert_close(planned, plain)


def test_two_operands_need_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths.OptEinsum, "get_opt_einsum", lambda self: pytest.fail("not asked for"))
    assert minitorch.einsum("ij,jk", minitorch.ones(2, 3), minitorch.ones(3, 2)).tolist() == [[3.0, 3.0], [3.0, 3.0]]


def test_flags_are_set_and_come_back() -> None:
    pytest.importorskip("opt_einsum")
    assert opt_einsum.enabled and opt_einsum.strategy == "auto"
    with opt_einsum.flags(enabled=False):
        assert not opt_einsum.enabled
        with pytest.raises(ValueError, match="not enabled"):
            opt_einsum.strategy = "greedy"
    assert opt_einsum.set_flags(_strategy="greedy") == (True, "auto")
    try:
        assert opt_einsum.strategy == "greedy"
        with pytest.raises(ValueError, match="must be one of"):
            opt_einsum.strategy = "fast"
    finally:
        opt_einsum.strategy = "auto"
    assert opt_einsum.enabled


@pytest.mark.parametrize(
    ("count", "order"), [(1, []), (2, [(0, 1)]), (3, [(0, 1), (1, 0)]), (4, [(0, 1), (2, 0), (1, 0)])]
)
def test_left_to_right(count: int, order: list) -> None:
    assert paths.left_to_right(count) == order
