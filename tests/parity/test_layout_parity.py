"""The layout of results: of reductions and scans it is row-major, of reads by index that of the operand.

And whatever it is in PyTorch, for the calls of its test database, with inputs that aren't row-major.
"""

from __future__ import annotations

import itertools
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.rows import OPS, Op

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
pytest.importorskip("ml_dtypes")

from opinfo.checks import attempted  # noqa: E402
from opinfo.database import PRESENT, our_op, samples, takes, title  # noqa: E402
from opinfo.translation import Ours, Untranslatable, tensors_in  # noqa: E402

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
    return op.family == "elementwise" and alone and known and op.name != "bitwise_not"


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


# --- PyTorch's test database ------------------------------------------------------------------------------------------

ELSEWHERE = {  # entries of which results lie otherwise here, and why
    "what LAPACK writes lies column by column in PyTorch": (
        "cholesky cholesky_inverse geqrf lu qr svd linalg.cholesky linalg.cholesky_ex linalg.eig linalg.eigh linalg.inv "
        "linalg.inv_ex linalg.ldl_factor linalg.ldl_factor_ex linalg.lu_factor linalg.lu_factor_ex linalg.matrix_power linalg.qr "
        "linalg.svd linalg.tensorinv"
    ),
    "each transform has an order of its own there": (
        "fft.fft fft.fft2 fft.fftn fft.hfft fft.hfft2 fft.hfftn fft.ifft2 fft.ifftn fft.ihfft2 fft.ihfftn fft.irfft fft.irfft2 "
        "fft.irfftn fft.rfft fft.rfft2 fft.rfftn stft"
    ),
    "images whose channels lie last stay so there; here the kernels give row-major ones": (
        "constant_pad_nd nn.functional.adaptive_avg_pool1d nn.functional.adaptive_avg_pool2d nn.functional.adaptive_avg_pool3d "
        "nn.functional.adaptive_max_pool1d nn.functional.adaptive_max_pool2d nn.functional.avg_pool1d nn.functional.avg_pool2d "
        "nn.functional.channel_shuffle nn.functional.interpolate.area nn.functional.interpolate.bicubic "
        "nn.functional.interpolate.bilinear nn.functional.interpolate.nearest nn.functional.interpolate.nearest-exact "
        "nn.functional.max_pool1d nn.functional.max_pool2d nn.functional.pad.constant nn.functional.pad.reflect "
        "nn.functional.pad.replicate nn.functional.pad.replicate_negative nn.functional.pixel_shuffle "
        "nn.functional.upsample_bilinear nn.functional.upsample_nearest"
    ),
    "made of parts that PyTorch puts together in another way": (
        "mvlgamma.mvlgamma_p_1 mvlgamma.mvlgamma_p_3 mvlgamma.mvlgamma_p_5 nn.functional.local_response_norm "
        "nn.functional.normalize nn.functional.unfold renorm unravel_index"
    ),
    "a table of places or of slices, which PyTorch writes column by column": "argwhere nonzero unique unique_consecutive",
}
DIFFERENT = {name for names in ELSEWHERE.values() for name in names.split()}
TRIED = 8  # calls of each entry that has no difference

# What takes several tensors, which lie alike here.
TOGETHER: dict[str, Callable] = {
    "stack": lambda t, x: t.stack([x, x]),
    "stack, 1": lambda t, x: t.stack([x, x], 1),
    "stack, -1": lambda t, x: t.stack([x, x, x], -1),
    "cat": lambda t, x: t.cat([x, x]),
    "cat, -1": lambda t, x: t.cat([x, x], -1),
    "add": lambda t, x: x + x,
    "where": lambda t, x: t.where(x > 3, x, -x),
    "lerp": lambda t, x: t.lerp(x, x, 0.3),
    "addcmul": lambda t, x: t.addcmul(x, x, x),
    "masked_fill": lambda t, x: x.masked_fill(x > 3, 0.0),
    "gather": lambda t, x: x.gather(0, t.zeros(tuple(x.shape), dtype=t.int64)),
    "scatter": lambda t, x: x.scatter(0, t.zeros(tuple(x.shape), dtype=t.int64), 1.0),
    "index_add": lambda t, x: x.index_add(0, t.tensor([0]), x[:1]),
    "index_copy": lambda t, x: x.index_copy(0, t.tensor([0]), x[:1]),
    "index_put": lambda t, x: x.index_put((t.tensor([0]),), t.tensor(1.0, dtype=x.dtype)),
    "tril_": lambda t, x: x.clone().tril_(),
    "sort": lambda t, x: x.sort(0).indices,
}


def laid_out(x: Any) -> Iterator[Any]:
    """A tensor of PyTorch's transposed, with its channels last, and expanded."""
    yield x.transpose(-1, -2).contiguous().transpose(-1, -2)
    if x.ndim == 4:
        yield x.contiguous(memory_format=torch.channels_last)
    yield x[:1].expand(x.shape)


def steps(tensor: Any) -> list[int]:
    return [step for step, size in zip(tensor.stride(), tensor.shape, strict=True) if size > 1]


def calls(info: Any) -> Iterator[Any]:
    """Calls with one tensor of two dimensions or more, which lies in one of these ways."""
    kind = next((kind for kind in ("float64", "int64") if takes(info, kind)), None)
    found = [] if kind is None else samples(info, kind)
    alone = [s for s in found if isinstance(s.input, torch.Tensor) and not list(tensors_in([s.args, s.kwargs]))]
    plain = [s for s in alone if s.input.ndim > 1 and s.input.numel() > 1 and s.input.layout is torch.strided]
    for sample in plain[:: 1 if title(info) in DIFFERENT else max(len(plain) // TRIED, 1)]:
        for x in laid_out(sample.input):
            yield types.SimpleNamespace(input=x, args=sample.args, kwargs=sample.kwargs)


def misplaced(info: Any) -> list[str]:
    """The calls of an entry that give a result of other strides."""
    found = []
    for call in calls(info):
        expected, error = attempted(info.op, call)
        if error is not None:
            continue
        try:
            got, error = attempted(our_op(info), Ours(call))
        except Untranslatable:
            continue
        for one, other in zip(tensors_in(got), tensors_in(expected), strict=True) if error is None else ():
            if other.numel() > 1 and not other.is_conj() and steps(one) != steps(other):
                strides = f"from {call.input.stride()} here {one.stride()}, there {other.stride()}"
                found.append(f"{list(call.input.shape)}, {call.args}, {call.kwargs}: {strides}")
    return found


@pytest.mark.parametrize("info", PRESENT, ids=title)
def test_results_lie_as_in_pytorch(info: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = misplaced(info)
    if title(info) in DIFFERENT:
        assert found, "lies as in PyTorch now: take it from ELSEWHERE"
    else:
        assert not found, "\n".join(found[:5])


def test_what_lies_elsewhere_exists() -> None:
    assert {title(info) for info in PRESENT} >= DIFFERENT


@pytest.mark.parametrize("name", TOGETHER)
@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4), (2, 3, 4, 5)], ids=str)
def test_tensors_that_lie_alike(name: str, shape: tuple[int, ...]) -> None:
    x = torch.sin(torch.arange(float(np.prod(shape)), dtype=torch.float64)).reshape(shape) * 5
    for theirs in [*laid_out(x), *[x.permute(order) for order in itertools.permutations(range(len(shape)))]]:
        ours = Ours(types.SimpleNamespace(input=theirs, args=(), kwargs={})).input
        got, expected = TOGETHER[name](minitorch, ours), TOGETHER[name](torch, theirs)
        assert steps(got) == steps(expected), f"from {theirs.stride()} here {got.stride()}, there {expected.stride()}"
        assert np.allclose(got.numpy(), expected.numpy())
