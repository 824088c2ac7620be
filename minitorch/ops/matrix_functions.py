"""Functions of matrices: pseudoinverse, least squares, powers, the exponential, rank; and products of many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch import dtypes
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.errors import ShapeMismatch, message
from minitorch.operands import some
from minitorch.ops.contraction import matmul
from minitorch.ops.linear_systems import linalg_inv, linalg_solve
from minitorch.ops.matrices import (
    batched,
    check_finite,
    check_matrix,
    check_square,
    identity,
    part,
    positive_definite,
    row,
    shared_batch,
    triangle,
)
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.spectral import linalg_eigvalsh, linalg_svdvals
from minitorch.rows import OPS, Array, composition, op
from minitorch.tensor import Tensor


def _needs_matrix(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")


def _not_square(make):
    yield from _needs_matrix(make)
    yield ErrorSample(Sample(make(2, 3)), RuntimeError, "must be batches of square matrices")


def _squares(make):
    yield Sample(make(3, 3))
    yield Sample(make(2, 2, 2))
    yield Sample(make(0, 0))


# --- Pseudoinverse and rank -------------------------------------------------------------------------------------------


def _pinv_gradient(k, g, A, out):
    """dP = -P dA P + P P^H dA^H (1 - A P) + (1 - P A) dA^H P^H P, for a rank that stays."""
    adjoint, turned = k.adjoint_matrix(out), k.adjoint_matrix(g)
    through = k.matmul(turned, k.matmul(out, adjoint))
    around = k.matmul(k.matmul(adjoint, out), turned)
    direct = k.matmul(k.matmul(adjoint, g), adjoint)
    return through - k.matmul(A, k.matmul(out, through)) + around - k.matmul(k.matmul(around, out), A) - direct


@op(A=_pinv_gradient, public=False, takes="floats", grad_name="LinalgPinvBackward0")
def pseudoinverse(k, A: Array, absolute: Array, relative: Array, hermitian: bool):
    """V S^+ U^H, where singular values up to max(absolute, relative times the largest) count as 0."""
    if 0 in A.shape:
        return k.new_full(A, (*A.shape[:-2], A.shape[-1], A.shape[-2]), 0)
    if hermitian:
        values, left = k.eigh_factors(A)
        right = k.adjoint_matrix(left)
    else:
        left, values, right = k.svd_factors(A, False)
    size = k.abs(values)
    limit = k.maximum(k.real(absolute), k.real(relative) * k.amax(size, (len(size.shape) - 1,), True))
    kept = size > limit
    inverted = k.where(kept, 1 / k.where(kept, values, k.new_full(values, (), 1)), k.new_full(values, (), 0))
    return k.matmul(k.adjoint_matrix(right) * row(k, k.cast_like(inverted, A)), k.adjoint_matrix(left))


def _limits(A: Tensor, atol: Any, rtol: Any) -> tuple[Tensor, Tensor]:
    """The tolerances as tensors that broadcast with singular values: rtol is max(m, n) eps unless one of the two is given."""
    default = max(A.shape[-2:]) * _rounding(A)
    absolute = _tolerance(A, 0.0 if atol is None else atol)
    relative = _tolerance(A, default if rtol is None else rtol)
    if rtol is None and atol is not None:
        relative = OPS["where"].function(absolute > 0, absolute * 0, relative)
    return absolute, relative


def _rounding(A: Tensor) -> float:
    """The distance from 1 to the next number."""
    return {"float32": 2.0**-23, "float64": 2.0**-52}.get(A.dtype.to_real().name, 0.0)


def _tolerance(A: Tensor, value: Any) -> Tensor:
    if not isinstance(value, Tensor):
        value = OPS_ON_TENSORS.new_full(A.detach(), (), value)
        return (value.real if value.dtype.is_complex else value).reshape((1,))
    if value.dtype.is_complex:
        raise RuntimeError("linalg: atol and rtol tensors of complex type are not supported")
    return value.detach().to(A.dtype.to_real()).unsqueeze(-1)


def _pinv_samples(make):
    for shape in ((3, 3), (4, 2), (2, 2, 3), (0, 2)):
        yield Sample(make(*shape))
    yield Sample(make(3, 2), rtol=1e-6)
    yield Sample(make(3, 2), atol=1e-6, rtol=0.0)
    yield Sample(make(3, 2), 1e-6)


@composition(torch="linalg.pinv", method=False, out=True, samples=_pinv_samples, errors=_needs_matrix)
def linalg_pinv(input: Array, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None):
    """The Moore-Penrose pseudoinverse: singular values up to max(atol, rtol times the largest) count as 0.

    >>> import minitorch
    >>> minitorch.linalg.pinv(minitorch.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    check_matrix("linalg.pinv", input)
    check_finite("linalg.pinv", input)
    if hermitian:
        check_square("linalg.pinv", input)
    if rcond is not None:
        atol, rtol = 0.0, rcond
    absolute, relative = (limit.to(input.dtype) for limit in _limits(input, atol, rtol))
    return pseudoinverse(input, absolute, relative, hermitian)


@composition(
    samples=lambda make: iter([Sample(make(3, 2)), Sample(make(2, 3, 3), 1e-6)]),
    errors=_needs_matrix,
    autocast="cpu float32",
)
def pinverse(input: Array, rcond: float = 1e-15):
    """The pseudoinverse: `linalg.pinv` with rtol = rcond."""
    return linalg_pinv(input, rcond)


def _rank_samples(make):
    yield from (Sample(make(*shape)) for shape in ((3, 3), (4, 2), (2, 2, 3), (0, 2)))
    yield Sample(make(3, 2), atol=1.0)
    yield Sample(positive_definite(make, size=3), hermitian=True)


@composition(
    torch="linalg.matrix_rank",
    method=False,
    out=True,
    samples=_rank_samples,
    errors=_needs_matrix,
    autocast="cpu float32",
)
def linalg_matrix_rank(input: Array, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None):
    """How many singular values are larger than max(atol, rtol times the largest of them)."""
    check_matrix("linalg.matrix_rank", input)
    check_finite("linalg.matrix_rank", input)
    input = input.detach()
    if tol is not None:
        atol, rtol = tol, 0.0
    values = linalg_eigvalsh(input).abs() if hermitian else linalg_svdvals(input)
    absolute, relative = _limits(input, atol, rtol)
    if 0 in values.shape:
        return OPS_ON_TENSORS.new_full(input, tuple(values.shape[:-1]), 0).real.to(dtypes.int64)
    return (values > OPS["maximum"].function(absolute, relative * values.amax(-1, True))).sum(-1)


# --- Least squares ----------------------------------------------------------------------------------------------------

_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def _lstsq_samples(make):
    yield Sample(make(4, 2), make(4, 3))
    yield Sample(make(2, 3, 3), make(2, 3, 1))
    yield Sample(make(2, 4), make(2, 1))


def _lstsq_errors(make):
    yield ErrorSample(Sample(make(3), make(3)), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(3, 2), make(2, 2)), RuntimeError, "should match")
    yield ErrorSample(Sample(make(3, 2), make(3, 2), driver="x"), RuntimeError, "`driver` should be one of")


@composition(torch="linalg.lstsq", method=False, out=True, samples=_lstsq_samples, errors=_lstsq_errors,
             fields=("solution", "residuals", "rank", "singular_values"), result_name="linalg_lstsq",
             autocast="cpu float32")  # fmt: skip
def linalg_lstsq(input: Array, b: Array, rcond: float | None = None, *, driver: str | None = None):
    """The X of least size among those that make |A X - B| least, by singular values whatever the driver.

    out = argmin over X of |A @ X - B|

    Residuals are given for a tall A of full rank, but not by "gelsy"; the rank by all but "gels"; singular values by "gelsd" and
    "gelss".
    """
    name = "torch.linalg.lstsq"
    check_matrix(name, input)
    driver = driver or "gelsy"
    if driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    vector = input.ndim - 1 == b.ndim and tuple(input.shape[:-1]) == tuple(b.shape)
    right = b.unsqueeze(-1) if vector else b
    if right.ndim < 2 or input.shape[-2] != right.shape[-2]:
        raise ShapeMismatch(
            message(f"{name}: input.size(-2) should match other.size(-2)", got=f"{list(input.shape)}, {list(b.shape)}")
        )
    if input.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, got {input.dtype!r} and {b.dtype!r}"
        )
    shared_batch(name, input.shape, right.shape)
    rtol = max(input.shape[-2:]) * _rounding(input) if rcond is None else rcond
    solved = matmul(linalg_pinv(input, rtol), right)
    nothing = input.detach().reshape(-1)[:0]
    rank = linalg_matrix_rank(input, rtol=rtol, atol=0.0)
    residuals, (rows, columns) = solved.reshape(-1)[:0].abs(), input.shape[-2:]
    if rows > columns and driver != "gelsy" and (driver == "gels" or not some(rank != columns)):
        residuals = (matmul(input, solved) - right).abs().square().sum(-2)
    values = linalg_svdvals(input.detach()) if driver in ("gelsd", "gelss") else nothing.real
    rank = nothing.real.to(dtypes.int64) if driver == "gels" else rank
    return OPS["linalg_lstsq"].pack([solved.squeeze(-1) if vector else solved, residuals, rank, values])


# --- Powers and the exponential ---------------------------------------------------------------------------------------


def _powers(make):
    yield from (Sample(make(3, 3), n) for n in (0, 1, 2, 3, 5, -1, -2))
    yield Sample(make(2, 2, 2), 3)


@composition(torch="linalg.matrix_power", method=False, out=True, tolerance=8.0, samples=_powers,
             errors=lambda make: iter([ErrorSample(Sample(make(2, 3), 2), RuntimeError, "batches of square")]))  # fmt: skip
def linalg_matrix_power(input: Array, n: int):
    """A square matrix times itself, n times; the inverse's power for n < 0.

    out = A @ A @ ... @ A
    """
    check_square("linalg.matrix_power", input, floats=n < 0)
    if n == 0:
        nothing = triangle(input, True, -input.shape[-1])  # zeros that are on the tape
        return nothing + identity(OPS_ON_TENSORS, input, input.shape[-1])
    power, result, left = linalg_inv(input) if n < 0 else input, None, abs(n)
    while left:
        if left & 1:
            result = power if result is None else matmul(result, power)
        left >>= 1
        power = matmul(power, power) if left else power
    assert result is not None
    return result.clone() if result is input else result


@composition(out=True, samples=_powers)
def matrix_power(input: Array, n: int):
    """A square matrix times itself, n times: `linalg.matrix_power`."""
    return linalg_matrix_power(input, n)


PADE_13 = (64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0, 10559470521600.0,
           670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0)  # fmt: skip
PADE_13_REACH = 5.371920351148152  # the 1-norm up to which the quotient is exact to float64's rounding (Higham 2005)


def _exponential_gradient(k, g, input):
    """exp [[A^H, G], [0, A^H]] has the derivative of exp at A^H in direction G in its upper right corner."""
    size, last = input.shape[-1], len(input.shape) - 1
    adjoint = k.adjoint_matrix(input)
    upper, lower = k.cat([adjoint, g], last), k.cat([k.full_like(g, 0), adjoint], last)
    whole = k.matrix_exponential(k.cat([upper, lower], last - 1))
    return part(k, whole, slice(0, size), slice(size, None))


@op(input=_exponential_gradient, public=False, takes="floats", grad_name="LinalgMatrixExpBackward0")
def matrix_exponential(k, input: Array):
    """exp A by Pade's quotient of degree 13 of A / 2^s, which is then squared s times; s for each matrix of a batch."""
    if 0 in input.shape:
        return input
    size, last = input.shape[-1], len(input.shape) - 1
    norm = k.amax(k.sum(k.abs(input), (last - 1,), False), (last - 1,), False)
    steps = k.ceil(k.log2(norm / PADE_13_REACH))
    steps = k.where(k.isfinite(steps) & (steps > 0), steps, k.full_like(steps, 0))
    steps = k.reshape(steps, (*steps.shape, 1, 1))
    power = [batched(k, identity(k, input, size), input.shape[:-2]), input * k.cast_like(k.exp2(-steps), input)]
    square = k.matmul(power[1], power[1])
    fourth = k.matmul(square, square)
    sixth = k.matmul(square, fourth)
    odd, even = (
        k.matmul(sixth, c[6] * sixth + c[5] * fourth + c[4] * square)
        + (c[3] * sixth + c[2] * fourth + c[1] * square + c[0] * power[0])
        for c in ((*PADE_13[1::2],), (*PADE_13[0::2],))
    )
    odd = k.matmul(power[1], odd)
    found = k.solution(even - odd, even + odd)
    for step in range(int(k.amax(steps, tuple(range(len(steps.shape))), False))):
        found = k.where(steps > step, k.matmul(found, found), found)
    return found


@composition(torch="linalg.matrix_exp", method=False, samples=_squares, errors=_not_square)
def linalg_matrix_exp(input: Array):
    """The matrix exponential: 1 + A + A^2 / 2 + A^3 / 6 + ...

    >>> import minitorch
    >>> minitorch.linalg.matrix_exp(minitorch.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    if not input.dtype.full:
        return linalg_matrix_exp(input.float()).to(input.dtype)
    check_square("linalg.matrix_exp", input)
    return matrix_exponential(input)


@composition(samples=_squares, errors=_not_square)
def matrix_exp(input: Array):
    """The matrix exponential: `linalg.matrix_exp`."""
    return linalg_matrix_exp(input)


# --- Tensors as matrices ----------------------------------------------------------------------------------------------


def _tensorinv_samples(make):
    yield Sample(make(2, 3, 6))
    yield Sample(make(4, 2, 2), ind=1)


@composition(torch="linalg.tensorinv", method=False, out=True, samples=_tensorinv_samples, autocast="cpu float32")
def linalg_tensorinv(input: Array, ind: int = 2):
    """The inverse of the map that a tensor is, from its dims from `ind` on to those before."""
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', got {ind}")
    first, rest = tuple(input.shape[:ind]), tuple(input.shape[ind:])
    if math.prod(first) != math.prod(rest):
        raise ShapeMismatch(f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
                            f"{math.prod(rest)} != {math.prod(first)}")  # fmt: skip
    return linalg_inv(input.reshape((math.prod(first), math.prod(rest)))).reshape((*rest, *first))


def _tensorsolve_samples(make):
    yield Sample(make(2, 3, 6), make(2, 3))
    yield Sample(make(2, 6, 3), make(2, 3), dims=(1,))


@composition(torch="linalg.tensorsolve", method=False, out=True, samples=_tensorsolve_samples, autocast="cpu float32")
def linalg_tensorsolve(input: Array, other: Array, dims: Sequence[int] | None = None):
    """X with tensordot(A, X, X.ndim) = other; the `dims` of A are moved to its end first.

    tensordot(A, out, out.ndim) = other
    """
    if dims is not None:
        input = OPS["movedim"].function(input, tuple(dims), tuple(range(input.ndim - len(dims), input.ndim)))
    result = tuple(input.shape[other.ndim :])
    size = math.prod(result)
    if size != other.numel():
        raise ShapeMismatch("Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
                            f"prod(self.shape[:other.ndim]), but got {size} != {other.numel()}")  # fmt: skip
    return linalg_solve(input.reshape((size, size)), other.reshape((size,))).reshape(result)


# --- Products of many -------------------------------------------------------------------------------------------------


def _chains(make):
    yield Sample([make(2, 3), make(3, 4), make(4, 2)])
    yield Sample([make(3), make(3, 4), make(4, 2), make(2)])
    yield Sample([make(2, 3), make(3, 2)])


def _check_chain(tensors: Sequence[Tensor]) -> list[Tensor]:
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    chain = [tensors[0].unsqueeze(0) if tensors[0].ndim == 1 else tensors[0], *tensors[1:-1]]
    chain.append(tensors[-1].unsqueeze(-1) if tensors[-1].ndim == 1 else tensors[-1])
    for place, tensor in enumerate(chain):
        if tensor.ndim != 2:
            raise ShapeMismatch(
                f"multi_dot(): tensor {place} must be 2D (the first and the last may be 1D) but got {tensor.ndim}D"
            )
        if tensor.dtype is not chain[0].dtype:
            raise RuntimeError(f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {chain[0].dtype!r} and "
                               f"tensor {place} {tensor.dtype!r}")  # fmt: skip
        if place and chain[place - 1].shape[1] != tensor.shape[0]:
            raise ShapeMismatch(f"multi_dot(): tensors {place - 1} and {place} with shapes {list(chain[place - 1].shape)} and "
                                f"{list(tensor.shape)} cannot be multiplied")  # fmt: skip
    return chain


@composition(torch="linalg.multi_dot", method=False, out=True, samples=_chains, autocast="lower")
def linalg_multi_dot(tensors: list[Array]):
    """The product of matrices, in the order of multiplications that costs least.

    out = tensors[0] @ tensors[1] @ ...
    """
    chain = _check_chain(tensors)
    product = _cheapest(chain)
    keep = ([] if tensors[0].ndim == 1 else [product.shape[0]]) + ([] if tensors[-1].ndim == 1 else [product.shape[1]])
    return product.reshape(tuple(keep)) if len(keep) < 2 else product


def _cheapest(chain: list[Tensor]) -> Tensor:
    """By the costs of all sub-chains, from short to long."""
    sizes = [chain[0].shape[0], *(tensor.shape[1] for tensor in chain)]
    count = len(chain)
    cost = {(place, place): 0 for place in range(count)}
    cut: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            prices = {
                middle: cost[first, middle]
                + cost[middle + 1, last]
                + sizes[first] * sizes[middle + 1] * sizes[last + 1]
                for middle in range(first, last)
            }
            cut[first, last] = min(prices, key=prices.__getitem__)
            cost[first, last] = prices[cut[first, last]]

    def product(first: int, last: int) -> Tensor:
        if first == last:
            return chain[first]
        return matmul(product(first, cut[first, last]), product(cut[first, last] + 1, last))

    return product(0, count - 1)


def chain_matmul(*matrices: Tensor, out=None) -> Tensor:
    """The product of matrices, in the order that costs least: `linalg.multi_dot`."""
    if len(matrices) == 1:
        return matrices[0]
    return linalg_multi_dot(matrices, out=out)
