"""The layout of results: of reductions and scans it is row-major, of reads by index that of the operand."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.rows import OPS, Op

torch = pytest.importorskip("torch")

OVER_SEVERAL = ("sum", "mean", "amax", "amin", "var", "std", "nansum", "logsumexp", "any", "all", "count_nonzero")
OVER_ONE = ("prod", "max", "min", "argmax", "argmin", "median", "cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")


def torchs(name: str) -> Any:
    found: Any = torch
    for part in (OPS[name].torch or name).split("."):
        found = getattr(found, part, None)
    return found


def keeps(op: Op) -> bool:
    alone = len([p for p in op.parameters if not p.has_default]) == len(op.operands) == 1
    known = op.public and torchs(op.name) is not None
    return op.family == "elementwise" and alone and known and op.name not in ("bitwise_not", "logsigmoid")


KEEPING = [op.name for op in OPS.values() if keeps(op)]


def operands(t: Any) -> list[Any]:
    """The same numbers in every order of their dimensions, then with gaps and with repeated elements."""
    x = t.tensor(np.sin(np.arange(120.0)).reshape(2, 3, 4, 5))
    permuted = [x.permute(order) for order in itertools.permutations(range(4))]
    return [*permuted, x.permute(2, 0, 3, 1)[::2], x[0].permute(2, 1, 0).unsqueeze(0).expand(2, 5, 4, 3)]


@pytest.mark.parametrize("name", OVER_SEVERAL + OVER_ONE)
@pytest.mark.parametrize("number", range(26))
def test_reductions_are_row_major(name: str, number: int) -> None:
    ours, theirs = operands(minitorch)[number], operands(torch)[number]
    for dim in (0, 1, 3, *([(0, 2), (1, 3)] if name in OVER_SEVERAL else [])):
        got, expected = getattr(minitorch, name)(ours, dim), getattr(torch, name)(theirs, dim)
        one, other = (got, expected) if isinstance(expected, torch.Tensor) else (got[0], expected[0])
        assert other.is_contiguous()
        assert one.stride() == other.stride(), f"over {dim}"


@pytest.mark.parametrize(
    ("name", "length"), [*[(name, 5) for name in KEEPING], ("erf", 3000), ("gelu", 3000), ("mish", 3000)]
)
def test_elementwise_ops_keep_the_order(name: str, length: int) -> None:
    """Of few numbers, and of so many that they are computed in blocks."""
    x = np.sin(np.arange(24.0 * length)).reshape(2, 3, 4, length) / 2 + 0.3
    for order in ((3, 1, 0, 2), (0, 2, 3, 1)):
        ours, theirs = minitorch.tensor(x).permute(order), torch.tensor(x).permute(order)
        got, expected = OPS[name].function(ours), torchs(name)(theirs)
        assert got.stride() == expected.stride()
        assert length == 5 or np.allclose(got.numpy(), expected.numpy(), 1e-5, 1e-7, equal_nan=True)


@pytest.mark.parametrize("number", range(26))
def test_indexed_dims_stay_where_they_are(number: int) -> None:
    ours, theirs = operands(minitorch)[number], operands(torch)[number]
    several = [[0, 1, 0], [1, 0, 0]]
    for index in (([0, 1, 0],), (..., [1, 0]), (slice(None), [0, 1, 1], [1, 0, 1]), ([0, 1], slice(None), [1, 0]),
                  (slice(None), several, [[0], [1]])):  # fmt: skip
        assert ours[index].stride() == theirs[index].stride(), index
