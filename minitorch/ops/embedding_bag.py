"""Bags of vectors: several rows of a table at a time, added up, averaged, or their largest values taken."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.ops.comparison import where
from minitorch.ops.creation import arange, ones, zeros
from minitorch.ops.embedding import embedding, shorten
from minitorch.ops.gathering import index_add, index_select
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.scan import cumsum
from minitorch.rows import Array, Index, composition
from minitorch.tensor import Tensor


def _samples(make):
    for mode in ("sum", "mean", "max"):
        yield Sample(make.integers((2, 3), 0, 5), make(5, 3), mode=mode)
        yield Sample(
            make.integers((6,), 0, 5), make(5, 2), make.permutations((3,), 3).sort()[0] * 2, mode=mode, padding_idx=None
        )
    yield Sample(make.integers((2, 3), 0, 5), make(5, 3), mode="sum", per_sample_weights=make(2, 3))


def _errors(make):
    yield ErrorSample(
        Sample(make.integers((3,), 0, 5), make(5, 3)), ValueError, "offsets has to be a 1D Tensor but got None"
    )
    yield ErrorSample(
        Sample(make.integers((3,), 5, 6), make(5, 3), make.integers((1,), 0, 1)), IndexError, "out of range"
    )
    yield ErrorSample(Sample(make.integers((2, 3), 0, 5), make(5, 3), mode="x"), ValueError, "mode has to be one of")


@composition(method=False, samples=_samples, errors=_errors, torch="nn.functional.embedding_bag")
def embedding_bag(
    input: Index,
    weight: Array,
    offsets: Index | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Array | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
):
    """The sum, mean or maximum of the rows of `weight` that each bag names: (B, D).

    out[b] = sum over the i in bag b of per_sample_weights[i] * weight[input[i]], or their mean or maximum

    A bag is a row of `input` (B, L), or what lies between two `offsets` of a vector. Rows numbered `padding_idx` don't count.
    `per_sample_weights` multiply the rows before they are added. `sparse` is accepted and means nothing: gradients are dense.
    """
    _check(input, weight, offsets, scale_grad_by_freq, mode, per_sample_weights)
    flat, starts = _flat(input, offsets, include_last_offset)
    rows = weight.shape[0]
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise RuntimeError("padding_idx must be within the number of embeddings")
        padding_idx %= rows
    if max_norm is not None:
        shorten(weight, flat, max_norm, norm_type)
    vectors = embedding(weight, flat, -1 if padding_idx is None else padding_idx, scale_grad_by_freq)
    count, bags = flat.numel(), starts.numel()
    marks = index_add(
        zeros(count + 1, dtype=dtypes.int64, device=flat.device),
        0,
        starts,
        ones(bags, dtype=dtypes.int64, device=flat.device),
    )
    bag = cumsum(marks, 0)[:count] - 1
    counted = flat != padding_idx if padding_idx is not None else flat == flat
    if mode == "max":
        return _largest(vectors, bag, starts, counted)
    if weight.dtype in (dtypes.float16, dtypes.bfloat16):
        vectors = vectors.float()  # added up there, and rounded once
    if per_sample_weights is not None:
        vectors = vectors * per_sample_weights.to(vectors.dtype).reshape((count, 1))
    vectors = where(counted.unsqueeze(1), vectors, 0.0)
    total = index_add(zeros(bags, weight.shape[1], dtype=vectors.dtype, device=weight.device), 0, bag, vectors)
    if mode == "mean":
        total = total / _sizes(bag, counted, bags).clamp_min(1).unsqueeze(1).to(total.dtype)
    return total.to(weight.dtype)


def _sizes(bag: Tensor, counted: Tensor, bags: int) -> Tensor:
    """How many vectors count in each bag."""
    return index_add(zeros(bags, dtype=dtypes.int64, device=bag.device), 0, bag, counted.long())


def _largest(vectors: Tensor, bag: Tensor, starts: Tensor, counted: Tensor) -> Tensor:
    """The largest value of each column in each bag, 0 in an empty one: the bags side by side, filled up to one length."""
    bags, count = starts.numel(), bag.numel()
    lengths = _sizes(bag, bag == bag, bags)
    longest = int(lengths.max()) if bags else 0
    if not longest:
        return vectors.sum(0, True).expand(bags, vectors.shape[1]) * 0
    steps = arange(longest, device=bag.device).unsqueeze(0)
    place = (starts.unsqueeze(1) + steps).clamp_max(count - 1)
    present = (steps < lengths.unsqueeze(1)) & index_select(counted, 0, place.reshape(-1)).reshape(place.shape)
    values = index_select(vectors, 0, place.reshape(-1)).reshape((bags, longest, vectors.shape[1]))
    values = where(present.unsqueeze(2), values, -float("inf"))
    return where(present.any(1).unsqueeze(1), values.max(1)[0], 0.0)


def _flat(input: Tensor, offsets: Tensor | None, include_last_offset: bool) -> tuple[Tensor, Tensor]:
    """All numbers in one vector, and where each bag starts in it."""
    if input.ndim == 2:
        bags, length = input.shape
        return input.reshape(-1).long(), arange(bags, device=input.device) * length
    assert offsets is not None
    count, first = input.numel(), int(offsets[0]) if offsets.numel() else 0
    if first != 0:
        raise RuntimeError(
            f"offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {first}"
        )
    if offsets.numel() and int(offsets[-1]) > count:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length({count}), but got offsets[-1] of {int(offsets[-1])}"
        )
    if include_last_offset and not offsets.numel():
        raise RuntimeError("include_last_offset: number of offsets should be at least 1")
    return input.long(), (offsets[:-1] if include_last_offset else offsets).long()


def _check(
    input: Tensor, weight: Tensor, offsets: Any, scale_grad_by_freq: bool, mode: str, per_sample_weights: Any
) -> None:
    for name, value in (("input", input), ("offsets", offsets)):
        if value is not None and value.dtype not in (dtypes.int32, dtypes.int64):
            raise RuntimeError(
                f"embedding_bag(): expected {name} to have dtype torch.int32 or torch.int64, got {value.dtype!r}"
            )
    if not weight.dtype.is_floating_point:
        raise RuntimeError(f"embedding_bag(): expected weight to have a floating-point dtype, got {weight.dtype!r}")
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D: expected (num_embeddings, embedding_dim), got {list(weight.shape)}")
    if per_sample_weights is not None and tuple(per_sample_weights.shape) != tuple(input.shape):
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({list(per_sample_weights.shape)}) is not None, then it must have the same "
            f"shape as the input ({list(input.shape)})"
        )
    if input.ndim == 2 and offsets is not None:
        raise ValueError(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences"
        )
    if input.ndim not in (1, 2):
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if input.ndim == 1 and (offsets is None or offsets.ndim != 1):
        raise ValueError(f"offsets has to be a 1D Tensor but got {None if offsets is None else list(offsets.shape)}")
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for "
            f"mode='sum' (got mode='{mode}')"
        )
