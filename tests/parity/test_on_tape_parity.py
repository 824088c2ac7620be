"""Which results are on the tape, and what some nodes are called: for the calls of PyTorch's test database."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
pytest.importorskip("ml_dtypes")

from opinfo.checks import attempted  # noqa: E402
from opinfo.database import PRESENT, our_op, samples, takes, title  # noqa: E402
from opinfo.translation import Ours, Untranslatable, shown, tensors_in  # noqa: E402

TRIED = 4  # calls of each entry
CALLS: dict[str, Callable] = {
    "split": lambda t, x: x.split(2),
    "split by sizes": lambda t, x: x.split([1, 3]),
    "split_with_sizes": lambda t, x: x.split_with_sizes([1, 3]),
    "chunk": lambda t, x: x.chunk(2, 1),
    "unique": lambda t, x: t.unique(x, return_inverse=True)[0],
    "unique along a dim": lambda t, x: t.unique(x, dim=0),
    "unique_consecutive": lambda t, x: t.unique_consecutive(x, dim=0),
    "geqrf": lambda t, x: t.geqrf(x),
    "heaviside": lambda t, x: t.heaviside(x, x.detach()),
    "heaviside by its values": lambda t, x: t.heaviside(x.detach(), x),
    "histogram": lambda t, x: t.histogram(x, 3),
    "histogram by weights": lambda t, x: t.histogram(x.detach(), 3, weight=x),
    "histogramdd": lambda t, x: t.histogramdd(x, [2, 2, 2, 2])[0],
    "histc": lambda t, x: t.histc(x, 3),
    "bincount": lambda t, x: t.bincount(t.tensor([0, 1, 1, 2]), x[0]),
    "ldl_factor": lambda t, x: t.linalg.ldl_factor(x),
    "ldl_solve": lambda t, x: t.linalg.ldl_solve(x.detach(), t.tensor([1, 2, 3, 4], dtype=t.int32), x),
    "log1p": lambda t, x: t.log1p(x),
    "deg2rad": lambda t, x: t.deg2rad(x),
}


@pytest.mark.parametrize("info", [info for info in PRESENT if takes(info, "float64")], ids=title)
def test_what_is_on_the_tape(info: Any) -> None:
    found = samples(info, "float64", requires_grad=True)
    for sample in found[:: max(len(found) // TRIED, 1)]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected, error = attempted(info.op, sample)
            if error is not None:
                continue
            try:
                got, error = attempted(our_op(info), Ours(sample))
            except Untranslatable:
                continue
        if error is None:
            ours = [tensor.requires_grad for tensor in tensors_in(got)]
            assert ours == [tensor.requires_grad for tensor in tensors_in(expected)], shown(sample)


def on_tape(t: Any, function: Callable) -> list[tuple[bool, str | None, type | None]]:
    """Of each result whether it is on the tape, its node's name, and the error of going back from it."""
    x = t.tensor(
        [[float((7 * i + 3 * j) % 5) for j in range(4)] for i in range(4)], dtype=t.float64, requires_grad=True
    )
    results, found = function(t, x), []
    for result in results if isinstance(results, tuple | list) else [results]:
        node, error = result.grad_fn, None
        if node is not None:
            try:
                t.autograd.grad(result.sum(), x, retain_graph=True)
            except RuntimeError as raised:
                error = type(raised)
        name = None if node is None else node.name().removeprefix("torch::autograd::")
        found.append((result.requires_grad, name, error))
    return found


@pytest.mark.parametrize("name", CALLS)
def test_nodes_and_refusals(name: str) -> None:
    assert on_tape(minitorch, CALLS[name]) == on_tape(torch, CALLS[name])
