"""Linear algebra beyond its samples: bodies against libraries, Hermitian and complex derivatives, singular matrices."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from minitorch_arrayapi.fourier import FourierKernels
from minitorch_arrayapi.linear_algebra import LinearAlgebraKernels
from minitorch_numpy.backend import NumpyBackend
from minitorch_numpy.linear_algebra import NumpyLinearAlgebra

import minitorch
from minitorch import linalg
from minitorch.autograd import gradcheck, gradgradcheck
from minitorch.backend import BODIES, Device, Kernels
from minitorch.testing.compare import assert_close
from minitorch.testing.conformance.cases import results_of


class Bare(NumpyBackend):
    """NumPy as if it had no linear algebra and no Fourier transforms but singular values and eigenvalues."""

    LEFT = ("svd_factors", "eigh_factors", "eig_factors")

    def kernel(self, op_name: str) -> Callable | None:
        taken = any(hasattr(kernels, op_name) for kernels in (LinearAlgebraKernels, NumpyLinearAlgebra, FourierKernels))
        return None if taken and op_name not in self.LEFT else super().kernel(op_name)


def bare() -> Kernels:
    return Kernels(Bare())


def full() -> Kernels:
    return Device("numpy/cpu").kernels


def random(*shape: int, complex: bool = False, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    real = generator.normal(size=shape)
    return real + 1j * generator.normal(size=shape) if complex else real


def leaf(array: np.ndarray) -> minitorch.Tensor:
    return minitorch.tensor(array, requires_grad=True)


def definite(A: minitorch.Tensor) -> minitorch.Tensor:
    """A Hermitian positive-definite matrix of any matrix."""
    return A @ A.mH + minitorch.eye(A.shape[-1], dtype=A.dtype)


def hermitian(A: minitorch.Tensor) -> minitorch.Tensor:
    return A + A.mH


both = pytest.mark.parametrize("complex", [False, True], ids=["real", "complex"])

# --- Bodies -----------------------------------------------------------------------------------------------------------

MATRIX_KERNELS = ["inverse_matrix", "determinant", "sign_and_log", "svd_values", "eigh_values", "eig_values"]


def close(one: object, other: object) -> None:
    ones, others = (value if isinstance(value, tuple) else (value,) for value in (one, other))
    for a, b in zip(ones, others, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10)


@both
@pytest.mark.parametrize("name", MATRIX_KERNELS)
def test_bodies_agree_with_the_library(name: str, complex: bool) -> None:
    A = random(2, 5, 5, complex=complex)
    A = A + A.conj().mT if name == "eigh_values" else A
    close(BODIES[name](bare(), A), getattr(full(), name)(A))


@both
def test_other_bodies_agree_with_the_library(complex: bool) -> None:
    A, B = random(2, 5, 5, complex=complex), random(5, 3, complex=complex, seed=1)
    close(bare().solution(A, B), full().solution(A, B[None]))
    positive = A @ A.conj().mT + np.eye(5)
    close(bare().cholesky_factor(positive), full().cholesky_factor(positive))
    for shape in ((5, 5), (6, 3), (3, 6), (2, 4, 1), (0, 3), (3, 0)):
        for complete in (False, True):
            matrix = random(*shape, complex=complex)
            close(bare().qr_factors(matrix, complete), full().qr_factors(matrix, complete))


@both
@pytest.mark.parametrize("shape", [(9, 9), (2, 70, 70), (90, 40), (40, 90)])
def test_lu_by_panels_agrees_with_halves(shape: tuple[int, ...], complex: bool) -> None:
    A = random(*shape, complex=complex)
    close(full().compact_lu(A, True), bare().compact_lu(A, True))
    A[..., :, 1] = 0
    for kernels in (full(), bare()):
        assert np.isfinite(kernels.compact_lu(A, True)[0]).all(), "a column of zeros is left as it is"


@both
@pytest.mark.parametrize("shape", [(1, 1), (7, 7), (8, 3), (3, 8), (2, 5, 5), (0, 3), (3, 0), (2, 0, 0)])
def test_lu_gives_the_matrix_again(shape: tuple[int, ...], complex: bool) -> None:
    A = random(*shape, complex=complex)
    P, L, U = linalg.lu(minitorch.tensor(A))
    np.testing.assert_allclose((P @ L @ U).numpy(), A, atol=1e-12)
    assert (abs(L.numpy()) <= (math.sqrt(2) if complex else 1) + 1e-12).all(), "rows are exchanged"
    _, pivots = linalg.lu_factor(minitorch.tensor(A))
    assert pivots.dtype is minitorch.int32


@both
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_transforms_by_definition_agree_with_the_library(norm: str, complex: bool) -> None:
    x = random(3, 4, 5, complex=True)
    for inverse in (False, True):
        close(bare().fourier(x, (0, 2), norm, inverse), full().fourier(x, (0, 2), norm, inverse))
    for dim in ((2,), (1, 0), (0, 1, 2)):
        close(bare().fourier_of_real(x.real, dim, norm), full().fourier_of_real(x.real, dim, norm))
        for size in (2 * (x.shape[dim[-1]] - 1), 2 * x.shape[dim[-1]] - 1):
            close(bare().fourier_to_real(x, dim, norm, size), full().fourier_to_real(x, dim, norm, size))


# --- Derivatives ------------------------------------------------------------------------------------------------------

OF_HERMITIAN = {
    "cholesky": lambda A: linalg.cholesky(definite(A)),
    "cholesky upper": lambda A: linalg.cholesky(definite(A), upper=True),
    "cholesky_solve": lambda A: minitorch.cholesky_solve(A, linalg.cholesky(definite(A))),
    "cholesky_inverse": lambda A: minitorch.cholesky_inverse(linalg.cholesky(definite(A))),
    "eigh values": lambda A: linalg.eigh(hermitian(A)).eigenvalues,
    "eigvalsh": lambda A: linalg.eigvalsh(hermitian(A), UPLO="U"),
    "eigh vectors": lambda A: linalg.eigh(hermitian(A)).eigenvectors.abs(),
    "pinv hermitian": lambda A: linalg.pinv(hermitian(A), hermitian=True),
}
OF_ANY = {
    "svd": lambda A: (lambda u, s, vh: (u.abs(), s, vh.abs(), u @ vh))(*linalg.svd(A, full_matrices=False)),
    "svd of a tall one": lambda A: (lambda u, s, vh: (u @ vh, s))(*linalg.svd(A[:, :2], full_matrices=False)),
    "svd of a wide one": lambda A: (lambda u, s, vh: (u @ vh, s))(*linalg.svd(A[:2], full_matrices=False)),
    "eig": lambda A: (lambda values, vectors: (values, vectors.abs()))(*linalg.eig(A)),
    "qr": lambda A: tuple(linalg.qr(A)),
    "qr of a tall one": lambda A: tuple(linalg.qr(A[:, :2])),
    "qr of a wide one": lambda A: tuple(linalg.qr(A[:2])),
    "lu": lambda A: tuple(linalg.lu(A)[1:]),
    "lu of a tall one": lambda A: tuple(linalg.lu(A[:, :2])[1:]),
    "lu of a wide one": lambda A: tuple(linalg.lu(A[:2])[1:]),
    "lu_solve": lambda A: linalg.lu_solve(*linalg.lu_factor(A), A[:, :2], adjoint=True),
    "solve": lambda A: linalg.solve(A, A[:, :2].sin()),
    "solve from the right": lambda A: linalg.solve(A, A[:2].sin(), left=False),
    "solve_triangular": lambda A: linalg.solve_triangular(A, A[:, :2].sin(), upper=True),
    "det": linalg.det,
    "slogdet": lambda A: tuple(linalg.slogdet(A)),
    "inv": linalg.inv,
    "pinv": lambda A: linalg.pinv(A[:, :2]),
    "lstsq": lambda A: linalg.lstsq(A[:, :2], A[:, 2:].sin()).solution,
    "matrix_exp": lambda A: linalg.matrix_exp(A),
    "matrix_norm nuc": lambda A: linalg.matrix_norm(A, "nuc"),
    "householder_product": lambda A: linalg.householder_product(A[:, :2], A[0, :2]),
    "fft": lambda A: minitorch.fft.fft2(A, norm="ortho"),
    "irfft": lambda A: minitorch.fft.irfftn(A, (3, 5)),
    "hfft": lambda A: minitorch.fft.hfft2(A),
}  # fmt: skip


@both
@pytest.mark.parametrize("name", [*OF_HERMITIAN, *OF_ANY])
def test_derivatives_against_differences(name: str, complex: bool) -> None:
    """Conformance differentiates real matrices element by element; here Hermitian and complex ones are."""
    function = (OF_HERMITIAN | OF_ANY)[name]
    A = leaf(random(3, 3, complex=complex, seed=3))
    assert gradcheck(function, [A], atol=1e-5, rtol=1e-4)
    assert gradgradcheck(function, [A], atol=1e-4, rtol=1e-3)


def test_the_gradient_of_a_hermitian_matrix_is_hermitian() -> None:
    for function in (linalg.cholesky, lambda A: linalg.eigh(A).eigenvectors, linalg.eigvalsh):
        A = leaf(definite(minitorch.tensor(random(4, 4))).numpy())
        (function(A) * minitorch.tensor(random(4, 4, seed=1))).sum().backward()
        np.testing.assert_allclose(A.grad.numpy(), A.grad.mH.numpy(), atol=1e-12)


def test_the_derivative_of_det_where_there_is_no_inverse() -> None:
    for rank in (2, 1):
        A = leaf(random(3, rank) @ random(rank, 3, seed=1))
        assert abs(linalg.det(A).item()) < 1e-12
        assert gradcheck(linalg.det, [A])


def test_a_loss_that_depends_on_phases_is_refused() -> None:
    for function in (linalg.svd, linalg.eigh, linalg.eig):
        A = leaf(random(3, 3, complex=True))
        with pytest.raises(RuntimeError, match="ill-defined"):
            (function(A)[-1] * (1 + 2j)).sum().real.backward()


def test_qr_whose_basis_is_completed_has_no_derivative() -> None:
    A = leaf(random(4, 2))
    with pytest.raises(RuntimeError, match="not differentiable when mode='complete'"):
        linalg.qr(A, "complete").Q.sum().backward()


# --- Values -----------------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5), (2, 3, 3)])
def test_singular_vectors_have_settled_signs(shape: tuple[int, ...], complex: bool) -> None:
    A = minitorch.tensor(random(*shape, complex=complex))
    for full in (False, True):
        u, s, vh = linalg.svd(A, full_matrices=full)
        size = s.shape[-1]
        np.testing.assert_allclose(
            ((u[..., :size] * s.unsqueeze(-2)) @ vh[..., :size, :]).numpy(), A.numpy(), atol=1e-12
        )
        np.testing.assert_allclose(
            (u.mH @ u).numpy(), np.broadcast_to(np.eye(u.shape[-1]), (u.mH @ u).shape), atol=1e-12
        )
        largest = np.take_along_axis(u.numpy(), abs(u.numpy()).argmax(-2, keepdims=True), -2)
        if not complex:
            assert (largest > -0.99).all()


@pytest.mark.parametrize("device", ["numpy/cpu", "array_api_strict/cpu"])
def test_matrices_without_an_inverse(device: str) -> None:
    """One singular matrix of a batch doesn't spoil the others."""
    matrices = np.stack([np.eye(3), np.diag([1.0, 0.0, 2.0]), 2 * np.eye(3)])
    A = minitorch.tensor(matrices, device=device)
    found, info = linalg.inv_ex(A)
    assert info.tolist() == [0, 2, 0]
    np.testing.assert_array_equal(found[2].cpu().detach()._to_host(), np.eye(3) / 2)
    with pytest.raises(linalg.LinAlgError, match=r"linalg.inv: \(Batch element 1\): The diagonal element 2 is zero"):
        linalg.inv(A)
    with pytest.raises(linalg.LinAlgError, match="the input matrix is singular"):
        linalg.solve(A, minitorch.ones(3, 3, dtype=minitorch.float64, device=device))
    assert linalg.det(A).tolist() == pytest.approx([1.0, 0.0, 8.0])
    assert linalg.cholesky_ex(A).info.tolist() == [0, 2, 0]
    with pytest.raises(linalg.LinAlgError, match=r"\(Batch element 1\).*leading minor of order 2"):
        linalg.cholesky(A)


def test_what_isnt_finite_has_no_singular_values() -> None:
    for function in (linalg.svd, linalg.svdvals, linalg.eigh, linalg.eigvals):
        with pytest.raises(linalg.LinAlgError, match="non-finite"):
            function(minitorch.full((2, 2), math.nan))


def test_determinants_of_float32_are_rounded_once() -> None:
    """NumPy's go through a logarithm, which would cost as many digits as the determinant has."""
    A = random(40, 40).astype(np.float32)
    exact = np.linalg.det(A.astype(np.float64))
    assert linalg.det(minitorch.tensor(A)).item() == pytest.approx(exact, rel=6e-8)


def test_the_other_triangle_is_not_looked_at() -> None:
    A = np.array([[2.0, math.nan], [1.0, 2.0]])
    for matrix, side in ((A, "L"), (A.T, "U")):
        assert linalg.eigh(minitorch.tensor(matrix), side).eigenvalues.tolist() == pytest.approx([1, 3])
        assert linalg.eigvalsh(minitorch.tensor(matrix), side).tolist() == pytest.approx([1, 3])
        assert not linalg.cholesky(minitorch.tensor(matrix), upper=side == "U").isnan().any()


def test_half_floats_are_refused() -> None:
    for function in (linalg.inv, linalg.svd, linalg.qr, linalg.eigh, linalg.det):
        with pytest.raises(RuntimeError, match="Low precision dtypes not supported"):
            function(minitorch.ones(2, 2, dtype=minitorch.float16))


def test_results_are_named_and_may_be_given_places() -> None:
    A = minitorch.tensor([[2.0, 0.0], [0.0, 4.0]])
    assert repr(linalg.slogdet(A)) == "torch.return_types.linalg_slogdet(\nsign=tensor(1.),\nlogabsdet=tensor(2.0794))"
    places = (minitorch.empty(0), minitorch.empty(0))
    result = linalg.qr(A, out=places)
    assert result.Q is places[0] and result.R is places[1]
    assert_close(places[0] @ places[1], A)


@pytest.mark.parametrize("size", [0.01, 1.0, 30.0])
def test_exponentials_of_any_size(size: float) -> None:
    """Against the eigenvalues of symmetric matrices; each of a batch is scaled on its own."""
    A = random(2, 4, 4)
    A = size * (A + A.mT) * np.array([1.0, 0.01])[:, None, None]
    values, vectors = np.linalg.eigh(A)
    expected = (vectors * np.exp(values)[..., None, :]) @ vectors.mT
    found = linalg.matrix_exp(minitorch.tensor(A)).numpy()
    scale = abs(expected).max((-1, -2), keepdims=True)
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-11)


def test_products_are_taken_in_the_cheapest_order() -> None:
    """(10 x 1000) (1000 x 10) (10 x 1000): from the right it would be a hundred times the work, and 1000 x 1000 numbers."""
    a, b, c = (minitorch.tensor(random(*shape)) for shape in ((10, 1000), (1000, 10), (10, 1000)))
    out = linalg.multi_dot([leaf(a.numpy()), b, c])
    first = out._node.edges[0]
    assert first is not None and tuple(first.shape) == (10, 10)
    assert_close(out.detach(), (a @ b) @ c)


def test_indefinite_matrices_with_blocks_of_two() -> None:
    for seed in range(20):
        A = random(6, 6, seed=seed, complex=bool(seed % 2))
        A = A + A.conj().mT
        np.fill_diagonal(A, 0)
        LD, pivots = linalg.ldl_factor(minitorch.tensor(A), hermitian=True)
        assert (pivots < 0).any(), "a zero diagonal needs blocks of two rows"
        B = random(6, 2).astype(A.dtype)
        X = linalg.ldl_solve(LD, pivots, minitorch.tensor(B), hermitian=True).numpy()
        np.testing.assert_allclose(A @ X, B, atol=1e-9)


def test_a_signal_comes_back_from_its_frames() -> None:
    x = minitorch.tensor(random(2, 60))
    window = minitorch.hann_window(12, dtype=minitorch.float64)
    for settings in ({}, {"normalized": True}, {"onesided": False}):
        spectra = minitorch.stft(x, 12, 4, window=window, return_complex=True, **settings)
        assert_close(minitorch.istft(spectra, 12, 4, window=window, length=60, **settings), x)
    with pytest.raises(RuntimeError, match="window overlap add min"):
        minitorch.istft(spectra, 12, 12, window=window, center=False, onesided=False)


def test_low_rank_matrices_are_found_by_chance() -> None:
    minitorch.manual_seed(0)
    A = minitorch.tensor(random(20, 3) @ random(3, 12, seed=1))
    for matrix in (A, A.mT):
        u, s, v = minitorch.svd_lowrank(matrix, 3)
        assert_close((u * s) @ v.mT, matrix)
    u, s, v = minitorch.pca_lowrank(A, 3)
    assert_close((u * s) @ v.mT, A - A.mean(0))


def test_every_result_of_a_composition_is_there() -> None:
    assert len(results_of(linalg.lu(minitorch.eye(2)))) == 3


def test_a_library_without_general_eigenvalues_is_helped_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = pytest.importorskip("array_api_strict")
    device = Device("array_api_strict/cpu")
    A = minitorch.tensor(random(4, 4), device=device)
    expected = linalg.eig(A)
    monkeypatch.delattr(strict.linalg, "eig")
    monkeypatch.delattr(strict.linalg, "eigvals")
    assert_close(list(linalg.eig(A)), list(expected))
    assert_close(linalg.eigvals(A), expected.eigenvalues)
