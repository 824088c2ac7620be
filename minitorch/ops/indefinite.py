"""A = L D L^T for symmetric matrices that need not be positive-definite, by Bunch's and Kaufman's choice of pivots (1977).

D has blocks of one or two rows. Which comes next depends on the numbers, so that the matrices of a batch go different ways: they
are factored one by one, with NumPy, on the host. As in LAPACK, L (without its ones) and D share the lower triangle; a pivot p > 0
says that a row was exchanged with row p, and two equal pivots -p that a block of two begins, whose second row was.
"""

from __future__ import annotations

import math

import numpy as np

from minitorch import dtypes
from minitorch.errors import ShapeMismatch
from minitorch.ops.creation import tensor
from minitorch.ops.matrices import check_info, check_matrix, check_square, positive_definite, shared_batch
from minitorch.ops.refusals import underivable
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS, Array, Index, composition
from minitorch.tensor import Tensor

ALPHA = (1 + math.sqrt(17)) / 8  # at which blocks of one row and of two let the numbers grow equally


def _size(values: np.ndarray) -> np.ndarray:
    """What LAPACK takes for the size of a complex number."""
    return np.abs(np.real(values)) + np.abs(np.imag(values))


def _pivot(A: np.ndarray, k: int) -> tuple[int, int]:
    """How many rows the next block has, and the row that its last one is exchanged with."""
    below = _size(A[k + 1 :, k])
    if not below.size:
        return 1, k
    far = k + 1 + int(np.argmax(below))
    here, column = float(_size(A[k, k])), float(below.max())
    if here >= ALPHA * column:
        return 1, k
    row = max(float(_size(A[far, k:far]).max()), float(_size(A[far + 1 :, far]).max(initial=0)))
    if here * row >= ALPHA * column * column:
        return 1, k
    return (1, far) if float(_size(A[far, far])) >= ALPHA * row else (2, far)


def _exchange(A: np.ndarray, k: int, first: int, second: int, turned) -> None:
    """Rows and columns `first` and `second` of the symmetric rest, of which the lower triangle is there."""
    if first == second:
        return
    A[second + 1 :, [first, second]] = A[second + 1 :, [second, first]]
    between = A[first + 1 : second, first].copy()
    A[first + 1 : second, first] = turned(A[second, first + 1 : second])
    A[second, first + 1 : second] = turned(between)
    A[second, first] = turned(A[second, first])
    A[first, first], A[second, second] = A[second, second], A[first, first]
    A[[first, second], k:first] = A[[second, first], k:first]


def _factored(A: np.ndarray, hermitian: bool) -> tuple[np.ndarray, np.ndarray, int]:
    """L and D in one matrix, the pivots, and the first row of D that is 0 (counted from 1, 0 if none is)."""
    A, size, info, k = A.copy(), len(A), 0, 0
    turned = np.conj if hermitian else np.positive
    pivots = np.zeros(size, np.int32)
    if hermitian:
        np.fill_diagonal(A, np.real(A.diagonal()))
    while k < size:
        steps, far = _pivot(A, k)
        last = k + steps - 1
        pivots[k : last + 1] = far + 1 if steps == 1 else -(far + 1)
        if steps == 1 and not max(_size(A[k:, k])) > 0:
            info = info or k + 1
            k += 1
            continue
        _exchange(A, k, last, far, turned)
        rest = slice(last + 1, size)
        columns = A[rest, k : last + 1].copy()
        multipliers = _divided(_block(A, k, steps, turned).T, columns.T).T
        A[rest, rest] -= np.tril(multipliers @ turned(columns).T)
        A[rest, k : last + 1] = multipliers
        if hermitian:
            np.fill_diagonal(A[rest, rest], np.real(A[rest, rest].diagonal()))
        k += steps
    return A, pivots, info


def _block(A: np.ndarray, k: int, steps: int, turned) -> np.ndarray:
    """A block of D, completed by its upper triangle."""
    block = np.tril(A[k : k + steps, k : k + steps])
    if steps == 2:
        block[0, 1] = turned(block[1, 0])
    return block


def _divided(block: np.ndarray, B: np.ndarray) -> np.ndarray:
    """block^-1 B; a single 0 gives inf."""
    return B / block if len(block) == 1 else np.linalg.solve(block, B)


def _blocks(pivots: np.ndarray) -> list[tuple[int, int, int]]:
    """(first row, rows, the row that the last was exchanged with) of each block."""
    found, k = [], 0
    while k < len(pivots):
        steps = 1 if pivots[k] > 0 else 2
        found.append((k, steps, abs(int(pivots[k])) - 1))
        k += steps
    return found


def _solved(A: np.ndarray, pivots: np.ndarray, B: np.ndarray, hermitian: bool) -> np.ndarray:
    turned, B = np.conj if hermitian else np.positive, B.copy()
    blocks = _blocks(pivots)
    for k, steps, far in blocks:
        last = k + steps - 1
        B[[last, far]] = B[[far, last]]
        B[last + 1 :] -= A[last + 1 :, k : last + 1] @ B[k : last + 1]
        B[k : last + 1] = _divided(_block(A, k, steps, turned), B[k : last + 1])
    for k, steps, far in reversed(blocks):
        last = k + steps - 1
        B[k : last + 1] -= turned(A[last + 1 :, k : last + 1]).T @ B[last + 1 :]
        B[[last, far]] = B[[far, last]]
    return B


# --- What users call --------------------------------------------------------------------------------------------------


def _definite(make):
    make.requires_grad = False
    yield Sample(positive_definite(make, size=4))
    yield Sample(positive_definite(make, 2, size=3))
    yield Sample(make(5, 5))
    yield Sample(make(2, 5, 5), hermitian=True)
    yield Sample(make(0, 0))


def _not_square(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(2, 3)), RuntimeError, "must be batches of square matrices")


@composition(torch="linalg.ldl_factor_ex", method=False, out=True, samples=_definite, errors=_not_square,
             fields=("LD", "pivots", "info"), result_name="linalg_ldl_factor_ex")  # fmt: skip
def linalg_ldl_factor_ex(input: Array, *, hermitian: bool = False, check_errors: bool = False):
    """L and D of a symmetric (or Hermitian) matrix, of which the lower triangle is read; the pivots; which row of D is 0."""
    name = "torch.linalg.ldl_factor_ex"
    check_square(name, input)
    factors = np.tril(np.asarray(input.detach()._to_host()))
    size, batch = factors.shape[-1], factors.shape[:-2]
    pivots, info = np.zeros((*batch, size), np.int32), np.zeros(batch, np.int32)
    for place in np.ndindex(batch) if size else ():
        factors[place], pivots[place], info[place] = _factored(factors[place], hermitian and input.dtype.is_complex)
    results = [tensor(part, device=input.device) for part in (factors, pivots, info)]
    results[0] = underivable("linalg_ldl_factor_ex", results[0], input)
    if check_errors:
        check_info(name, results[2], "The factorization has a zero on the diagonal of D, in row {0}.")
    return OPS["linalg_ldl_factor_ex"].pack(results)


@composition(torch="linalg.ldl_factor", method=False, out=True, samples=_definite, errors=_not_square, fields=("LD", "pivots"),
             result_name="linalg_ldl_factor")  # fmt: skip
def linalg_ldl_factor(input: Array, *, hermitian: bool = False):
    """L and D with A = L D L^T (L D L^H if `hermitian`) in one matrix, and the pivots.

    L @ D @ L^T = A
    """
    return OPS["linalg_ldl_factor"].pack(list(linalg_ldl_factor_ex(input, hermitian=hermitian, check_errors=True)[:2]))


def _factors(make):
    make.requires_grad = False
    yield Sample(make(3, 3, low=0.5, high=2.0), make.integers((3,), 3, 4, dtype=dtypes.int32), make(3, 2))
    block_of_two = make.integers((2, 3), -3, -2, dtype=dtypes.int32)
    block_of_two[:, 0] = 2
    yield Sample(make(2, 3, 3, low=0.5, high=2.0), block_of_two, make(3, 2))


@composition(torch="linalg.ldl_solve", method=False, out=True, samples=_factors)
def linalg_ldl_solve(LD: Array, pivots: Index, B: Array, *, hermitian: bool = False):
    """X with A X = B, for an A that `linalg.ldl_factor` has factored.

    A @ out = B
    """
    name = "torch.linalg.ldl_solve"
    check_square(name, LD)
    check_matrix(name, B)
    if pivots.dtype not in (dtypes.int32, dtypes.int64):
        raise RuntimeError(f"{name}: Expected pivots to be of torch.int32. Got {pivots.dtype!r}")
    if tuple(pivots.shape) != tuple(LD.shape[:-1]) or B.shape[-2] != LD.shape[-1]:
        raise ShapeMismatch(
            f"{name}: shapes don't fit: LD {list(LD.shape)}, pivots {list(pivots.shape)}, B {list(B.shape)}"
        )
    if LD.dtype is not B.dtype:
        raise RuntimeError(f"{name}: LD dtype {LD.dtype!r} does not match b dtype {B.dtype!r}")
    batch = shared_batch(name, LD.shape, B.shape)
    factors, exchanged, right = (_spread(value, batch, ndim) for value, ndim in ((LD, 2), (pivots, 1), (B, 2)))
    result = right.copy()
    for place in np.ndindex(*batch) if right.size else ():
        result[place] = _solved(factors[place], exchanged[place], right[place], hermitian and LD.dtype.is_complex)
    return underivable("linalg_ldl_solve", tensor(result, device=LD.device), LD, B)


def _spread(value: Tensor, batch: tuple[int, ...], ndim: int) -> np.ndarray:
    array = np.asarray(value.detach()._to_host())
    return np.broadcast_to(array, (*batch, *array.shape[-ndim:]))
