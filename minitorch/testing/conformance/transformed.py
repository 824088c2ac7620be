"""What every row must do under the transforms: forward mode, vmap, meta, trace."""

from __future__ import annotations

import warnings
import zlib
from typing import Any

from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.func import jvp, trace, vjp, vmap
from minitorch.ops import arange, manual_seed, stack
from minitorch.rows import Op
from minitorch.tensor import Tensor
from minitorch.testing.compare import GRADIENT, assert_close
from minitorch.testing.conformance.cases import REFUSALS, Case, of_inputs, refuses, results_of, tensors_in, weights
from minitorch.testing.make import Make

# Rows whose result's shape, or what they do, depends on values, and those that the host computes: vmap and meta say so.
DATA_DEPENDENT = frozenset(
    ("argwhere", "bincount", "ctc_loss", "embedding_bag", "grouped_mm", "hash_tensor", "histc", "histogram", "histogramdd",
     "linalg_ldl_factor", "linalg_ldl_factor_ex", "linalg_ldl_solve", "masked_scatter", "masked_select", "nonzero_static",
     "one_hot", "repeat_interleave", "segment_reduce", "unique", "unique_consecutive")
)  # fmt: skip
AGREEMENT = 1e-12  # of forward with reverse mode, relative to the size of the terms


def _dot(one: Tensor, other: Tensor) -> tuple[float, float]:
    """The real inner product, and the sum of the sizes of its terms."""
    terms = one.conj() * other
    real = terms.real if terms.dtype.is_complex else terms
    return float(real.sum()), float(terms.abs().sum())


def _mixed(like: Tensor) -> Tensor:
    """Weights of both signs: a rule that is wrong only for negative gradients must show."""
    signs = 1 - 2 * (arange(like.numel()) % 2).reshape(like.shape)
    return weights(like) * signs.to(like.dtype)


def check_tangent(case: Case) -> float | None:
    """<w, J v> by forward mode is <J^H w, v> by reverse mode."""
    op, sample = case.op, case.sample
    inputs = [t for t in tensors_in(sample) if t.requires_grad]
    if not inputs or refuses(op, sample):
        return None
    function = of_inputs(op, sample, inputs)

    def inexact(*values: Tensor) -> tuple:
        manual_seed(0)
        return tuple(result for result in function(*values) if result.dtype.inexact)

    primals = tuple(t.detach() for t in inputs)
    directions = tuple(_mixed(t) for t in primals)
    outputs, tangents = jvp(inexact, primals, directions)
    if not outputs:
        return None
    cotangents = tuple(-_mixed(t) for t in outputs)
    gradients = vjp(inexact, *primals)[1](cotangents)
    forward = [_dot(w, t) for w, t in zip(cotangents, tangents, strict=True)]
    reverse = [_dot(v, g) for v, g in zip(directions, gradients, strict=True)]
    difference = abs(sum(value for value, _ in forward) - sum(value for value, _ in reverse))
    size = sum(size for _, size in forward) + sum(size for _, size in reverse)
    assert not difference > AGREEMENT * max(size, 1e-3), (
        f"forward mode gives {sum(value for value, _ in forward)}, reverse mode {sum(value for value, _ in reverse)}"
    )
    return difference / max(size, 1e-3) / 2.0**-52


def variants(op: Op, dtype: DType, device: Device) -> list[Case]:
    """Each sample with three sets of values: `sample`, `again` and `twin`."""
    seed = zlib.crc32(op.name.encode())
    lists = [list(op.samples(Make(dtype, device, seed + number, False))) for number in range(3)] if op.samples else []
    return [
        Case(op, dtype, device, number, one, two, three, one)
        for number, (one, two, three) in enumerate(zip(*lists, strict=True))
    ]


def check_slices(case: Case) -> float | None:
    """vmap over all operands at once, and over each alone, against a loop."""
    op = case.op
    columns = list(zip(*map(tensors_in, (case.sample, case.again, case.twin)), strict=False))
    if not columns or any(len({tuple(t.shape) for t in column}) > 1 for column in columns):
        return None
    function = of_inputs(op, case.sample, [column[0] for column in columns])
    chosen = [tuple(range(len(columns)))] + [(n,) for n in range(len(columns)) if 1 < len(columns) < 5]
    return max((_against_loop(op, function, columns, sliced) or 0.0 for sliced in chosen), default=None)


def _against_loop(op: Op, function: Any, columns: list[tuple[Tensor, ...]], sliced: tuple[int, ...]) -> float | None:
    try:
        loop = [
            list(function(*[column[number if place in sliced else 0] for place, column in enumerate(columns)]))
            for number in range(3)
        ]
    except REFUSALS:
        return None
    if any(a.shape != b.shape for results in loop for a, b in zip(results, loop[0], strict=True)):
        return None
    given = [stack(list(column)) if place in sliced else column[0] for place, column in enumerate(columns)]
    in_dims = tuple(0 if place in sliced else None for place in range(len(columns)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no row may fall back to a loop
        try:
            together = vmap(function, in_dims=in_dims, randomness="same")(*given)
        except RuntimeError as error:
            if "vmap:" in str(error) and op.name in DATA_DEPENDENT:
                return None
            raise
    expected = [stack(list(parts)) for parts in zip(*loop, strict=True)]
    assert [t.dtype for t in together] == [t.dtype for t in expected], "dtypes differ from those of a loop"
    return assert_close(list(together), expected, factor=GRADIENT * op.tolerance, what="vmap")


def check_meta(case: Case) -> float | None:
    """Shapes and dtypes on meta, of results and of gradients."""
    op, inputs = case.op, tensors_in(case.sample)
    if not inputs or refuses(op, case.sample):
        return None
    expected = results_of(op.function(*case.sample.args, **case.sample.kwargs))
    hollow = [t.detach().to("meta").requires_grad_(t.requires_grad) for t in inputs]
    try:
        got = of_inputs(op, case.sample, inputs)(*hollow)
    except (NotImplementedError, RuntimeError) as error:
        if "meta tensor" in str(error) and op.name in DATA_DEPENDENT:
            return None
        raise
    for ours, theirs in zip(got, expected, strict=True):
        assert ours.device.type == "meta", f"the result is on {ours.device}"
        assert (tuple(ours.shape), ours.dtype) == (tuple(theirs.shape), theirs.dtype), (
            f"meta gives {list(ours.shape)} {ours.dtype}, values give {list(theirs.shape)} {theirs.dtype}"
        )
        assert ours.requires_grad == theirs.requires_grad, "requires_grad differs"
    return 0.0


def check_trace(case: Case) -> float | None:
    """The graph, run on the arguments that it was made with."""
    op, inputs = case.op, [t.detach() for t in tensors_in(case.sample)]
    if not inputs or refuses(op, case.sample):
        return None
    function = of_inputs(op, case.sample, tensors_in(case.sample))
    manual_seed(0)
    expected = list(function(*inputs))
    manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # values that only decide whether to raise
        graph = trace(function)(*inputs)
    return assert_close(list(graph(*inputs)), expected, what="the graph")
