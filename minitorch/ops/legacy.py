"""What PyTorch keeps for old programs: names that still work, and names whose only answer is what to call instead."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.errors import message
from minitorch.inplace import written
from minitorch.ops.creation import arange
from minitorch.ops.matrix_norms import linalg_matrix_norm
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.statistics import norm, vector_norm
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor


def range_with_end(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    out=None,
) -> Tensor:
    """start, start + step, ... up to and including end, in the default dtype; `arange` is what to call."""
    if end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because it includes the end, unlike Python's range; "
        "call arange(start, end), which doesn't",
        stacklevel=2,
    )
    kind = out.dtype if isinstance(out, Tensor) else dtype or dtypes.get_default_dtype()
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not kind.inexact:
        start, end, step = int(start), int(end), int(step)
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    count = int((end - start) / step + 1)
    steps = arange(count, dtype=dtypes.float64 if kind.inexact else dtypes.int64, device=device)
    made = (steps * step + start).to(kind)
    if requires_grad:
        made.requires_grad_()
    return made if out is None else written("range", out, made)


# --- Norms under their old names ----------------------------------------------------------------------------------------


def _frobenius_samples(make):
    yield Sample(make(3, 4), (0, 1))
    yield Sample(make(3, 4), 1, True)
    yield Sample(make(2, 3, 4), (0, 2))


def _frobenius_errors(make):
    yield ErrorSample(Sample(make(2, 2, 2), (0, 1, 2)), RuntimeError, "Expected at most 2 dimensions")


@composition(method=False, out=True, samples=_frobenius_samples, errors=_frobenius_errors, autocast="cuda float32")
def frobenius_norm(input: Array, dim: Any, keepdim: bool = False):
    """The root of the sum of squares over one dim or two; `linalg.vector_norm` is what to call."""
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) > 2:
        raise RuntimeError(f"frobenius_norm(): Expected at most 2 dimensions, but got {len(dims)} dimensions instead.")
    return vector_norm(input, 2, dims or None, keepdim)


def _nuclear_samples(make):
    yield Sample(make(3, 4))
    yield Sample(make(2, 3, 4), (0, 2), keepdim=True)


@composition(method=False, out=True, samples=_nuclear_samples, autocast="cuda float32")
def nuclear_norm(input: Array, dim: Any = (-2, -1), keepdim: bool = False):
    """The sum of singular values of the matrices in two dims; `linalg.matrix_norm(input, "nuc")` is what to call."""
    if isinstance(dim, bool):  # nuclear_norm(input, keepdim)
        dim, keepdim = (-2, -1), dim
    return linalg_matrix_norm(input, "nuc", dim, keepdim)


def _except_samples(make):
    yield Sample(make(2, 3, 4))
    yield Sample(make(2, 3, 4), 1, 2)
    yield Sample(make(3, 4), 2, -1)


@composition(method=False, samples=_except_samples)
def norm_except_dim(v: Array, pow: float = 2, dim: int = 0):
    """The norm over all dims but one, which stays in its place; over all if `dim` is -1. For weight normalization."""
    if dim == -1:
        return norm(v, pow)
    dim = dim % v.ndim
    return norm(v, pow, tuple([d for d in range(v.ndim) if d != dim]), True)


# --- Names that only say what to call instead ---------------------------------------------------------------------------

_INSTEAD = {
    "eig": "linalg.eig(A), or linalg.eigvals(A) for the values alone; both are complex",
    "lstsq": "linalg.lstsq(A, B), whose arguments come the other way round, and linalg.qr(A) for the factors",
    "matrix_rank": "linalg.matrix_rank(A), whose argument `hermitian` was `symmetric`",
    "solve": "linalg.solve(A, B), whose arguments come the other way round, and linalg.lu(A) for the factors",
    "symeig": "linalg.eigh(A), or linalg.eigvalsh(A) for the values alone; UPLO='U' reads the upper triangle, as symeig did",
}


def _removed(name: str, instead: str) -> Callable:
    def function(input: Tensor, *arguments: Any, **keywords: Any) -> Any:
        raise RuntimeError(
            message(
                f"{name}(): This function was deprecated since version 1.9 and is now removed, in PyTorch as here",
                hint=f"call {instead}",
            )
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Removed: raises a RuntimeError that says to call {instead}."
    return function


def reinforce(self: Tensor, *arguments: Any, **keywords: Any) -> Any:
    """Removed: raises a RuntimeError that says what to write instead."""
    raise RuntimeError(
        message(
            "reinforce() was removed, in PyTorch as here",
            hint="write the loss down: loss = -log_prob_of_the_action * reward; loss.backward()",
        )
    )


_REMOVED = {name: _removed(name, instead) for name, instead in _INSTEAD.items()}
FUNCTIONS: dict[str, Callable] = {"range": range_with_end, **_REMOVED}
METHODS: dict[str, Callable] = {
    "reinforce": reinforce,
    **{name: _REMOVED[name] for name in ("eig", "lstsq", "solve", "symeig")},
}
