"""Sequences of several lengths in one batch: padded to one length, or packed step by step without any padding.

padded    (T, B, *), each sequence followed by padding
packed    (rows, *): the first step of all sequences, the second step of those that have one, ...; the longest comes first
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

from minitorch import dtypes
from minitorch.operands import as_index
from minitorch.ops.creation import arange, empty_like
from minitorch.ops.interchange import as_tensor
from minitorch.ops.joining import pad, stack
from minitorch.tensor import Tensor

__all__ = ["PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence", "pad_sequence",
           "unpack_sequence", "unpad_sequence"]  # fmt: skip


class PackedSequence_(NamedTuple):
    """The four fields of a PackedSequence."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(PackedSequence_):
    """A packed batch, as `pack_sequence` and `pack_padded_sequence` make it and recurrent layers take and return it.

    data              (rows, *), step after step
    batch_sizes       how many sequences have so many steps: an int64 tensor on the CPU
    sorted_indices    which sequence each column of `data` was, if they were sorted; None: they came in this order
    unsorted_indices  the way back

    >>> import minitorch
    >>> pack_sequence([minitorch.tensor([1, 2, 3]), minitorch.tensor([4, 5])]).data
    tensor([1, 4, 2, 5, 3])
    """

    def __new__(
        cls, data: Any, batch_sizes: Tensor | None = None, sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:  # fmt: skip
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:  # PackedSequence((data, batch_sizes))
            if not (isinstance(data, list | tuple) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                f"batch_sizes should always be on CPU, got {batch_sizes.device}. Instances of PackedSequence should never be "
                "created manually. They should be instantiated by functions like pack_sequence and pack_padded_sequences."
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)  # type: ignore[arg-type]

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """`data` on another device or as another dtype, by the arguments of Tensor.to; itself if nothing changes."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._with(data, lambda index: index.to(data.device))

    def _with(self, data: Tensor, moved: Any) -> Self:
        indices = [None if index is None else moved(index) for index in (self.sorted_indices, self.unsorted_indices)]
        return type(self)(data, self.batch_sizes, *indices)

    def cuda(self, *args: Any, **kwargs: Any) -> Self:
        """On the GPU."""
        return self._there("cuda", *args, **kwargs)

    def cpu(self, *args: Any, **kwargs: Any) -> Self:
        """On the CPU."""
        return self._there("cpu", *args, **kwargs)

    def _there(self, kind: str, *args: Any, **kwargs: Any) -> Self:
        """On a device of a kind: the one that the arguments name, else the first."""
        there = self.data.new_empty(0).to(*args, **kwargs).device.type == kind
        return self.to(*args, **kwargs) if there else self.to(*args, **{**kwargs, "device": kind})

    def pin_memory(self) -> Self:
        """With all but `batch_sizes` in pinned memory."""
        return self._with(self.data.pin_memory(), lambda index: index.pin_memory())

    def is_pinned(self) -> bool:
        """Is `data` in pinned memory?"""
        return self.data.is_pinned()

    @property
    def is_cuda(self) -> bool:
        """Is `data` on a GPU?"""
        return self.data.is_cuda

    def double(self) -> Self:
        """As float64."""
        return self.to(dtype=dtypes.float64)

    def float(self) -> Self:
        """As float32."""
        return self.to(dtype=dtypes.float32)

    def half(self) -> Self:
        """As float16."""
        return self.to(dtype=dtypes.float16)

    def long(self) -> Self:
        """As int64."""
        return self.to(dtype=dtypes.int64)

    def int(self) -> Self:
        """As int32."""
        return self.to(dtype=dtypes.int32)

    def short(self) -> Self:
        """As int16."""
        return self.to(dtype=dtypes.int16)

    def char(self) -> Self:
        """As int8."""
        return self.to(dtype=dtypes.int8)

    def byte(self) -> Self:
        """As uint8."""
        return self.to(dtype=dtypes.uint8)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes one; None of None.

    >>> import minitorch
    >>> invert_permutation(minitorch.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    places = arange(permutation.numel(), device=permutation.device)
    return empty_like(permutation).scatter_(0, permutation, places)


# --- Packing ----------------------------------------------------------------------------------------------------------


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack (T, B, *), or with `batch_first` (B, T, *), of which sequence b has `lengths[b]` steps.

    Unless `enforce_sorted` is False the lengths must fall already.
    """
    if isinstance(lengths, Tensor):
        lengths = lengths.to(dtype=dtypes.int64)
    else:
        lengths = as_tensor(lengths, dtype=dtypes.int64, device="cpu")
    batch_dim, sorted_indices = (0 if batch_first else 1), None
    if not enforce_sorted:
        lengths, sorted_indices = lengths.sort(descending=True)
        sorted_indices = sorted_indices.to(input.device)
        input = input.index_select(batch_dim, sorted_indices)
    counts = _check_lengths(input, lengths, batch_dim)
    steps = input.transpose(0, 1) if batch_first else input
    sizes = [sum(count > step for count in counts) for step in range(counts[0])]
    if sizes[-1] == len(counts) and len(sizes) == steps.shape[0]:  # nothing to leave out
        data = steps.reshape((-1, *steps.shape[2:]))
    else:
        places = [step * len(counts) + column for step, size in enumerate(sizes) for column in range(size)]
        data = steps.reshape((-1, *steps.shape[2:])).index_select(0, as_index(places, input.device))
    return PackedSequence(data, as_tensor(sizes, dtype=dtypes.int64, device="cpu"), sorted_indices, None)


def _check_lengths(input: Tensor, lengths: Tensor, batch_dim: int) -> list[int]:
    """The lengths as a list, if they fit the padded batch."""
    if not input.numel():
        raise RuntimeError("Cannot pack empty tensors.")
    if lengths.ndim != 1 or lengths.device.type != "cpu":
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.ndim}D {lengths.device.type} tensor"
        )
    counts, batch = lengths.tolist(), input.size(batch_dim)
    if len(counts) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} (batch_size={batch})"
        )
    if min(counts) <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if counts != sorted(counts, reverse=True):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            f"`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to have them sorted. Got {counts}"
        )
    if counts[0] > input.size(1 - batch_dim):
        raise RuntimeError(
            f"pack_padded_sequence(): the longest length is {counts[0]}, but the input has {input.size(1 - batch_dim)} steps"
        )
    return counts


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The sequences of a packed batch in their first order, as (T, B, *) or (B, T, *), and their lengths.

    T is the longest length, or `total_length`.
    """
    sizes = sequence.batch_sizes.tolist()
    steps = len(sizes) if total_length is None else total_length
    if steps < len(sizes):
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {len(sizes)}"
        )
    batch, data = sizes[0], sequence.data
    rest = tuple(data.shape[1:])
    places = [step * batch + column for step, size in enumerate(sizes) for column in range(size)]
    padded = data.new_full((steps * batch, *rest), padding_value)
    padded = padded.index_copy(0, as_index(places, data.device), data).reshape((steps, batch, *rest))
    padded = padded.transpose(0, 1) if batch_first else padded
    counts = [sum(size > column for size in sizes) for column in range(batch)]
    lengths = as_tensor(counts, dtype=dtypes.int64, device="cpu")
    if sequence.unsorted_indices is None:
        return padded, lengths
    index = sequence.unsorted_indices
    return padded.index_select(0 if batch_first else 1, index), lengths[index.cpu()]


# --- Padding ----------------------------------------------------------------------------------------------------------


def pad_sequence(
    sequences: Tensor | Iterable[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:  # fmt: skip
    """(L, *) of several lengths L on top of each other, as (T, B, *) or (B, T, *), the shorter ones padded.

    >>> import minitorch
    >>> pad_sequence([minitorch.tensor([1, 2]), minitorch.tensor([3])], batch_first=True)
    tensor([[1, 2],
            [3, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    parts = list(sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    first = parts[0]
    for number, part in enumerate(parts):
        if not part.ndim or part.shape[1:] != first.shape[1:]:
            raise RuntimeError(
                f"pad_sequence(): Expected sequences of shape (L, *), the same but for L; got {list(first.shape)} and, as number "
                f"{number}, {list(part.shape)}"
            )
    steps = max(part.shape[0] for part in parts)
    padded = []
    for part in parts:
        missing = steps - part.shape[0]
        around = (missing, 0) if padding_side == "left" else (0, missing)
        padded.append(
            pad(part.to(first.dtype), (0, 0) * (part.ndim - 1) + around, value=padding_value) if missing else part
        )
    return stack([part.to(first.dtype) for part in padded], 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a batch padded on the right, each of its own length."""
    batch = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [sequence[: int(length)].clone() for sequence, length in zip(batch, lengths, strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (L, *) of several lengths L; unless `enforce_sorted` is False the longest comes first."""
    lengths = [sequence.size(0) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed batch, in their first order.

    >>> import minitorch
    >>> unpack_sequence(pack_sequence([minitorch.tensor([1, 2, 3]), minitorch.tensor([4, 5])]))
    [tensor([1, 2, 3]), tensor([4, 5])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
