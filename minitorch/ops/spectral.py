"""Singular values and eigenvalues, with their vectors.

    A = U S V^H     gA = U (skew(U^H gU) / E S + S skew(V^H gV) / E + gS) V^H,   E_ij = S_j^2 - S_i^2, and what lies outside
    A = V L V^H     gA = V (V^H gV / E + gL) V^H, made Hermitian,               E_ij = L_j - L_i, for a Hermitian A
    A V = V L       gA = V^-H ((V^H gV - V^H V Re diag(V^H gV)) / E* + gL) V^H

Vectors are only determined up to a sign, or a phase. Libraries leave it to chance; here the first of the large elements of
each U and V column is made positive, so that all backends give the same. The derivatives hold where all values differ.
"""

from __future__ import annotations

from typing import Any

from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.ops.formulas import conjugate
from minitorch.ops.matrices import (
    ALL,
    check_finite,
    check_matrix,
    check_square,
    column,
    diagonal_of,
    hermitian,
    on_diagonal,
    part,
    positive_definite,
    row,
    triangle,
    with_diagonal,
)
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS, Array, composition, op
from minitorch.tape import mode

# --- The kernels ------------------------------------------------------------------------------------------------------


@op(public=False, result=("same", "real", "same"))
def svd_factors(k, A: Array, full: bool):
    """U, S and V^H with A = U S V^H, S from large to small; U and V square if `full`."""
    ...


@op(public=False, result="real")
def svd_values(k, A: Array):
    """The singular values, from large to small."""
    return k.svd_factors(A, False)[1]


@op(public=False, result=("real", "same"))
def eigh_factors(k, A: Array):
    """The eigenvalues of a Hermitian matrix, from small to large, and orthonormal eigenvectors."""
    ...


@op(public=False, result="real")
def eigh_values(k, A: Array):
    """The eigenvalues of a Hermitian matrix, from small to large."""
    return k.eigh_factors(A)[0]


@op(public=False, result=("complex", "complex"))
def eig_factors(k, A: Array):
    """The eigenvalues of any square matrix and eigenvectors of length 1, both complex."""
    ...


@op(public=False, result="complex")
def eig_values(k, A: Array):
    """The eigenvalues of any square matrix, complex."""
    return k.eig_factors(A)[0]


# --- Signs and phases -------------------------------------------------------------------------------------------------


def _phases(k: Any, vectors: Any) -> Any:
    """Of each column the sign, or phase, of the first element that is nearly as large as any: (..., 1, n)."""
    along = len(vectors.shape) - 2
    if 0 in vectors.shape:
        return k.new_full(vectors, (*vectors.shape[:-2], 1, vectors.shape[-1]), 1)
    size = k.abs(vectors)
    large = k.cast_like(size >= 0.9 * k.amax(size, (along,), True), size)
    return k.sgn(k.gather(vectors, along, k.argmax(large, (along,), True)))


def _turned_svd(k: Any, u: Any, s: Any, vh: Any) -> tuple[Any, Any, Any]:
    """Each pair of singular vectors by one phase, and what has no partner by its own."""
    size, last = s.shape[-1], len(u.shape) - 1
    phases = _phases(k, u)
    shared = k.reshape(part(k, phases, ALL, slice(0, size)), (*s.shape, 1))
    if vh.shape[-2] > size:
        own = _phases(k, k.adjoint_matrix(part(k, vh, slice(size, None), ALL)))
        shared = k.cat([shared, k.reshape(own, (*own.shape[:-2], own.shape[-1], 1))], last - 1)
    return u * conjugate(k, phases), s, vh * shared


def check_gauge(k: Any, name: str, diagonal: Any) -> None:
    """Refuse a loss that depends on the phases of complex vectors."""
    if not k.is_complex(diagonal) or 0 in diagonal.shape:
        return
    if k.some(k.abs(k.imag(diagonal)) > 1e-2):
        raise RuntimeError(
            f"{name}_backward: The vectors in the complex case are specified up to multiplication by e^(i phi). The specified "
            "loss function depends on this quantity, so it is ill-defined."
        )


# --- Singular values --------------------------------------------------------------------------------------------------


def _svd_gradient(k, g, out):
    (by_u, by_s, by_vh), (u, s, vh) = g, out
    if by_u is None and by_s is None and by_vh is None:
        return (None,)
    size = slice(0, s.shape[-1])
    u, vh = part(k, u, ALL, size), part(k, vh, size, ALL)  # full_matrices: what has no singular value has no derivative
    by_u = None if by_u is None else part(k, by_u, ALL, size)
    by_vh = None if by_vh is None else part(k, by_vh, size, ALL)
    if by_u is None and by_vh is None:
        return (k.matmul(u * row(k, k.cast_like(by_s, u)), vh),)
    values = k.cast_like(s, u)
    uh, v = k.adjoint_matrix(u), k.adjoint_matrix(vh)
    gaps = k.cast_like((row(k, s) - column(k, s)) * (row(k, s) + column(k, s)), u)
    gaps = with_diagonal(k, gaps, k.full_like(values, 1))
    inner = 0 if by_s is None else on_diagonal(k, k.cast_like(by_s, u))
    by_phase = 0
    if by_u is not None:
        turn = k.matmul(uh, by_u)
        by_phase = diagonal_of(k, turn)
        turn = turn - k.adjoint_matrix(turn)
        inner = inner + turn / gaps * row(k, values)
        if k.is_complex(u):
            inner = inner + on_diagonal(k, diagonal_of(k, turn) / (2 * values))
    if by_vh is not None:
        turn = k.matmul(by_vh, v)
        by_phase = by_phase - diagonal_of(k, turn)
        turn = k.adjoint_matrix(turn) - turn
        inner = inner + column(k, values) * (turn / gaps)
    check_gauge(k, "linalg_svd", by_phase)
    found = k.matmul(u, inner)
    if by_u is not None and u.shape[-2] > s.shape[-1]:
        found = found + (by_u - k.matmul(u, k.matmul(uh, by_u))) / row(k, values)
    found = k.matmul(found, vh)
    if by_vh is not None and vh.shape[-1] > s.shape[-1]:
        found = found + k.matmul(u / row(k, values), by_vh - k.matmul(k.matmul(by_vh, v), vh))
    return (found,)


@op(
    grad=_svd_gradient,
    public=False,
    result=("same", "real", "same"),
    takes="floats",
    grad_name="LinalgSvdBackward0",
)
def singular_vectors(k, A: Array, full: bool):
    """U, S and V^H, with their signs settled."""
    return _turned_svd(k, *k.svd_factors(A, full))


def _needs_matrix(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")


def _svd_samples(make):
    smooth = not make.dtype.is_complex  # the phases of complex vectors have no derivative
    for shape in ((3, 3), (4, 2), (2, 2, 3), (0, 2)):
        yield Sample(make(*shape, requires_grad=smooth), full_matrices=False)
    yield Sample(make(3, 3, requires_grad=smooth))
    yield Sample(make(4, 3, requires_grad=False))
    yield Sample(make(3, 4, requires_grad=False))


@composition(torch="linalg.svd", method=False, out=True, samples=_svd_samples, errors=_needs_matrix, fields=("U", "S", "Vh"),
             result_name="linalg_svd", autocast="cpu float32")  # fmt: skip
def linalg_svd(A: Array, full_matrices: bool = True, *, driver: str | None = None):
    """U, S and V^H with A = U diag(S) V^H: orthonormal singular vectors, and the singular values from large to small.

    U @ diag(S) @ V^H = A

    The first large element of each singular vector in U is positive, whatever the library.

    >>> import minitorch
    >>> minitorch.linalg.svd(minitorch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    check_matrix("linalg.svd", A)
    _check_driver("linalg.svd", driver)
    check_finite("linalg.svd", A)
    return OPS["linalg_svd"].pack(list(singular_vectors(A, full_matrices)))


def _check_driver(name: str, driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError(
            f"{name}: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


def _differentiated(input: Array) -> bool:
    """May somebody ask for derivatives? Else the values alone are cheaper than the vectors, which these need."""
    return (mode.enabled and input.requires_grad) or input.device.backend.inner is not None


def _some_matrices(make):
    for shape in ((3, 3), (4, 2), (2, 2, 3), (0, 2)):
        yield Sample(make(*shape))


@composition(
    torch="linalg.svdvals", method=False, out=True, samples=_some_matrices, errors=_needs_matrix, autocast="cpu float32"
)
def linalg_svdvals(A: Array, *, driver: str | None = None):
    """The singular values, from large to small."""
    check_matrix("linalg.svdvals", A)
    _check_driver("linalg.svdvals", driver)
    check_finite("linalg.svdvals", A)
    if _differentiated(A):
        return singular_vectors(A, False)[1]
    return svd_values(A)


def _old_svd_samples(make):
    smooth = not make.dtype.is_complex
    yield Sample(make(3, 2, requires_grad=smooth))
    yield Sample(make(2, 3, 3, requires_grad=smooth), False)
    yield Sample(make(3, 3, requires_grad=False), compute_uv=False)


@composition(out=True, samples=_old_svd_samples, errors=_needs_matrix, fields=("U", "S", "V"), autocast="cpu float32")
def svd(input: Array, some: bool = True, compute_uv: bool = True):
    """U, S and V (not V^H) with input = U diag(S) V^H: the older form of `linalg.svd`.

    U @ diag(S) @ V^H = input
    """
    check_matrix("torch.svd", input)
    check_finite("torch.svd", input)
    u, s, vh = singular_vectors(input, not some)
    if not compute_uv:
        u, vh = (OPS_ON_TENSORS.zeros_like(part.detach()) for part in singular_vectors(input, True)[::2])
    return OPS["svd"].pack([u, s, vh.mH.contiguous()])


# --- Hermitian matrices -----------------------------------------------------------------------------------------------


def _eigh_gradient(k, g, out):
    (by_values, by_vectors), (values, vectors) = g, out
    if by_values is None and by_vectors is None:
        return (None,)
    adjoint = k.adjoint_matrix(vectors)
    by_values = None if by_values is None else k.cast_like(by_values, vectors)
    if by_vectors is None:
        return (k.matmul(vectors * row(k, by_values), adjoint),)
    turn = k.matmul(adjoint, by_vectors)
    check_gauge(k, "linalg_eigh", diagonal_of(k, turn))
    gaps = with_diagonal(
        k, k.cast_like(row(k, values) - column(k, values), vectors), k.cast_like(values * 0 + 1, vectors)
    )
    inner = with_diagonal(k, turn / gaps, diagonal_of(k, turn) * 0 if by_values is None else by_values)
    found = k.matmul(vectors, k.matmul(inner, adjoint))
    return ((found + k.adjoint_matrix(found)) / 2,)


@op(
    grad=_eigh_gradient,
    public=False,
    result=("real", "same"),
    takes="floats",
    grad_name="LinalgEighBackward0",
)
def hermitian_vectors(k, A: Array, lower: bool):
    """The eigenvalues and eigenvectors of a Hermitian matrix of which one triangle is read; the gradient is spread over both."""
    values, vectors = k.eigh_factors(hermitian(k, A, lower))
    return values, vectors * conjugate(k, _phases(k, vectors))


def _lower(name: str, UPLO: str) -> bool:
    if UPLO not in ("L", "U", "l", "u"):
        raise RuntimeError(f"{name}: Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return UPLO in "Ll"


def _hermitian_samples(make):
    make.requires_grad = False  # differences of single elements can't be compared: one triangle is read
    yield Sample(positive_definite(make, size=3))
    yield Sample(positive_definite(make, 2, size=4), "U")
    yield Sample(make(3, 3))
    yield Sample(make(0, 0))


def _hermitian_errors(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(2, 3)), RuntimeError, "must be batches of square matrices")
    yield ErrorSample(Sample(make(3, 3), "X"), RuntimeError, "Expected UPLO argument")


@composition(torch="linalg.eigh", method=False, out=True, samples=_hermitian_samples, errors=_hermitian_errors,
             fields=("eigenvalues", "eigenvectors"), result_name="linalg_eigh", autocast="cpu float32")  # fmt: skip
def linalg_eigh(input: Array, UPLO: str = "L"):
    """The eigenvalues of a Hermitian matrix, from small to large, and eigenvectors; of the triangle `UPLO` alone.

    A @ V = V @ diag(values), V^H @ V = 1

    The first large element of each eigenvector is positive, whatever the library.

    >>> import minitorch
    >>> minitorch.linalg.eigh(minitorch.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    check_square("linalg.eigh", input)
    lower = _lower("linalg.eigh", UPLO)
    check_finite("linalg.eigh", triangle(input, lower))
    return OPS["linalg_eigh"].pack(list(hermitian_vectors(input, lower)))


@composition(
    torch="linalg.eigvalsh",
    method=False,
    out=True,
    samples=_hermitian_samples,
    errors=_hermitian_errors,
    autocast="cpu float32",
)
def linalg_eigvalsh(input: Array, UPLO: str = "L"):
    """The eigenvalues of a Hermitian matrix, from small to large."""
    check_square("linalg.eigvalsh", input)
    lower = _lower("linalg.eigvalsh", UPLO)
    check_finite("linalg.eigvalsh", triangle(input, lower))
    if _differentiated(input):
        return hermitian_vectors(input, lower)[0]
    return eigh_values(hermitian(OPS_ON_TENSORS, input, lower))


# --- Any square matrix ------------------------------------------------------------------------------------------------


def _eig_gradient(k, g, out):
    (by_values, by_vectors), (values, vectors) = g, out
    if by_values is None and by_vectors is None:
        return (None,)
    adjoint = k.adjoint_matrix(vectors)
    if by_vectors is None:
        return (k.solution(adjoint, column(k, by_values) * adjoint),)
    turn = k.matmul(adjoint, by_vectors)
    check_gauge(k, "linalg_eig", diagonal_of(k, turn))
    along = k.cast_like(k.real(diagonal_of(k, turn)), vectors)
    turn = turn - k.matmul(adjoint, vectors * row(k, along))
    gaps = with_diagonal(k, conjugate(k, row(k, values) - column(k, values)), k.full_like(values, 1))
    inner = with_diagonal(k, turn / gaps, k.full_like(values, 0) if by_values is None else by_values)
    return (k.solution(adjoint, k.matmul(inner, adjoint)),)


@op(
    grad=_eig_gradient,
    public=False,
    result=("complex", "complex"),
    takes="floats",
    grad_name="LinalgEigBackward0",
)
def general_vectors(k, A: Array):
    """The eigenvalues and eigenvectors of any square matrix, with their phases settled."""
    values, vectors = k.eig_factors(A)
    return values, vectors * conjugate(k, _phases(k, vectors))


def _square_samples(make):
    yield Sample(make(3, 3))
    yield Sample(make(2, 2, 2))
    yield Sample(make(0, 0))


def _square_errors(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(2, 3)), RuntimeError, "must be batches of square matrices")


@composition(torch="linalg.eig", method=False, out=True, errors=_square_errors, fields=("eigenvalues", "eigenvectors"),
             result_name="linalg_eig",
             samples=lambda make: iter([Sample(make(3, 3, requires_grad=False)), Sample(make(0, 0))]),
             autocast="cpu float32")  # fmt: skip
def linalg_eig(input: Array):
    """The eigenvalues of any square matrix, and eigenvectors of length 1; both complex.

    A @ V = V @ diag(values)
    """
    check_square("linalg.eig", input)
    check_finite("linalg.eig", input)
    return OPS["linalg_eig"].pack(list(general_vectors(input)))


@composition(
    torch="linalg.eigvals",
    method=False,
    out=True,
    samples=_square_samples,
    errors=_square_errors,
    autocast="cpu float32",
)
def linalg_eigvals(input: Array):
    """The eigenvalues of any square matrix, complex."""
    check_square("linalg.eigvals", input)
    check_finite("linalg.eigvals", input)
    if _differentiated(input):
        return general_vectors(input)[0]
    return eig_values(input)
