"""Tables of vectors, looked up by number; and numbers as vectors with a single 1."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.errors import message
from minitorch.operands import some
from minitorch.ops.creation import arange
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Index, composition, linear
from minitorch.tape import mode
from minitorch.tensor import Tensor


def _explain_embedding(weight: Tensor, indices: Tensor, padding_idx: int, scale_grad_by_freq: bool) -> None:
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D: expected (num_embeddings, embedding_dim), got {list(weight.shape)}")
    rows = weight.shape[0]
    bad = next((value for value in indices.reshape((-1,)).tolist() if not 0 <= value < rows), None)
    if bad is not None:
        raise IndexError(
            message(
                "index out of range in self",
                where="embedding()",
                expected=f"indices from 0 to {rows - 1}, for a table of {rows} vectors",
                got=str(bad),
                hint="give the Embedding as many num_embeddings as there are different tokens",
            )
        )


def _embedding_samples(make):
    yield Sample(make(5, 3), make.integers((4,), 0, 5))
    yield Sample(
        make(5, 3), make.integers((2, 3), 0, 5)
    )  # padding and scaling change the gradient on purpose: see the tests
    yield Sample(make(5, 3), make.integers((), 0, 5))
    yield Sample(make(5, 3), make.integers((0,), 0, 5))


def _embedding_errors(make):
    yield ErrorSample(Sample(make(3, 2), make.integers((2,), 3, 4)), IndexError, "index out of range in self")
    yield ErrorSample(Sample(make(3, 2), make.integers((2,), -1, 0)), IndexError, "index out of range in self")
    yield ErrorSample(Sample(make(3), make.integers((2,), 0, 2)), RuntimeError, "must be 2-D")
    yield ErrorSample(Sample(make(3, 2), make(2)), RuntimeError, "scalar type")


@linear(weight=lambda k, g, indices, weight_shape, padding_idx, scale_grad_by_freq: k.embedding_gradient(
            g, indices, weight_shape, padding_idx, scale_grad_by_freq),
        method=False, out=False, samples=_embedding_samples, errors=_embedding_errors, explain=_explain_embedding)  # fmt: skip
def embedding(k, weight: Array, indices: Index, padding_idx: int = -1, scale_grad_by_freq: bool = False):
    """The rows of `weight` that `indices` name: (num_embeddings, dim), (*) -> (*, dim).

    out[i] = weight[indices[i]]

    The row `padding_idx` gets no gradient; with `scale_grad_by_freq`, each row's is divided by how often it was named.
    """
    if len(weight.shape) != 2:
        raise ValueError("no table of vectors")
    flat = k.reshape(indices, (_count(indices.shape),))
    return k.reshape(k.index_select(weight, 0, flat), (*indices.shape, weight.shape[1]))


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _weighed(k: Any, rows: Any, flat: Any, count: int, padding_idx: int, scale_grad_by_freq: bool) -> Any:
    """The rows, each divided by how often it is looked up if `scale_grad_by_freq`; those of the padding are 0, even of nan."""
    if scale_grad_by_freq:
        ones = k.new_full(rows, (flat.shape[0],), 1)
        often = k.index_add(k.new_full(rows, (count,), 0), 0, flat, ones)
        rows = rows / k.reshape(k.index_select(often, 0, flat), (flat.shape[0], 1))
    if padding_idx >= 0:
        rows = k.where(k.reshape(flat != padding_idx, (flat.shape[0], 1)), rows, k.full_like(rows, 0))
    return rows


def _gather_back(k, g, indices, size, padding_idx, scale_grad_by_freq):
    flat = k.reshape(indices, (_count(indices.shape),))
    rows = _weighed(k, k.index_select(g, 0, flat), flat, size[0], padding_idx, scale_grad_by_freq)
    return k.reshape(rows, (*indices.shape, size[1]))


@linear(input=_gather_back, public=False, takes="floats",
        samples=lambda make: iter([Sample(make(4, 3), make.integers((4,), 0, 5), (5, 3), 1, True),
                                   Sample(make(2, 2, 3), make.integers((2, 2), 0, 5), (5, 3), -1, False),
                                   Sample(make(5, 3), make.integers((5,), 0, 2), (5, 3), 0, False)]))  # fmt: skip
def embedding_gradient(k, input: Array, indices: Index, size: tuple, padding_idx: int, scale_grad_by_freq: bool):
    """Zeros of `size` to whose rows `indices` those of `input` are added: the transpose of `embedding`."""
    flat = k.reshape(indices, (_count(indices.shape),))
    rows = k.reshape(input, (flat.shape[0], size[1]))
    rows = _weighed(k, rows, flat, size[0], padding_idx, scale_grad_by_freq)
    return k.index_add(k.new_full(input, size, 0), 0, flat, rows)


# --- As nn.functional says it -----------------------------------------------------------------------------------------


def functional_embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` that `input` names; rows longer than `max_norm` are first shortened, in place.

    `sparse` is accepted and means nothing here: gradients are dense.
    """
    if padding_idx is None:
        padding_idx = -1
    else:
        rows = weight.shape[0]
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    if max_norm is not None:
        shorten(weight, input, max_norm, norm_type)
    return embedding(weight, input, padding_idx, scale_grad_by_freq)


def shorten(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are looked up, in place, to a norm of at most `max_norm`."""
    before, mode.enabled = mode.enabled, False
    try:
        places = indices.reshape((-1,))
        rows = weight[places]
        norms = rows.norm(norm_type, 1, True)
        weight[places] = rows * (max_norm / (norms + 1e-7)).clamp(max=1.0)
    finally:
        mode.enabled = before


def _one_hot_samples(make):
    yield Sample(make.integers((4,), 0, 3), 3)
    yield Sample(make.integers((2, 2), 0, 3), 5)
    yield Sample(make.integers((), 0, 3))


@composition(method=False, samples=_one_hot_samples, torch="nn.functional.one_hot")
def one_hot(tensor: Index, num_classes: int = -1):
    """Each number as a vector with a 1 at its place: (*) -> (*, num_classes), int64; -1 counts classes up to the largest.

    >>> import minitorch
    >>> minitorch.nn.functional.one_hot(minitorch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if tensor.dtype is not dtypes.int64:
        raise RuntimeError(
            f"one_hot is only applicable to index tensor of type LongTensor; got {tensor.dtype!r}, convert it with .long()"
        )
    if not tensor.numel():
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    elif some(tensor < 0):
        raise RuntimeError(f"Class values must be non-negative, got {int(tensor.min())}.")
    elif num_classes == -1:
        num_classes = int(tensor.max()) + 1
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    elif some(tensor >= num_classes):
        raise RuntimeError(
            f"Class values must be smaller than num_classes: got {int(tensor.max())} for {num_classes} classes."
        )
    return (tensor.contiguous().unsqueeze(-1) == arange(num_classes, device=tensor.device)).to(dtypes.int64)
