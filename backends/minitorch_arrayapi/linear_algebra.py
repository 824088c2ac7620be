"""Linear algebra by the standard's extension `linalg`, which is LAPACK in most libraries."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.backend import BODIES, Array, Kernels

SINGULAR = (ValueError, RuntimeError)  # what libraries' own LinAlgErrors are: NumPy's the one, PyTorch's the other


class LinearAlgebraKernels:
    """Mixed into the backend; `self.xp` is the library's namespace.

    Some libraries raise where a matrix has no inverse or factor, and others give nan. Here the row's body has the last word:
    it gives inf or nan for that matrix, and the right numbers for the others of its batch.
    """

    xp: Any
    dtype_of: Any
    cast: Any
    to_host: Any

    def _or_body(self, name: str, *arrays: Array) -> Array:
        return BODIES[name](Kernels(self), *arrays)  # type: ignore[arg-type]

    def solution(self, A: Array, B: Array) -> Array:
        try:
            return self.xp.linalg.solve(A, B)
        except SINGULAR:
            return self._or_body("solution", A, B)

    def inverse_matrix(self, A: Array) -> Array:
        try:
            return self.xp.linalg.inv(A)
        except SINGULAR:
            return self._or_body("inverse_matrix", A)

    def cholesky_factor(self, A: Array) -> Array:
        try:
            return self.xp.linalg.cholesky(A)
        except SINGULAR:
            return self._or_body("cholesky_factor", A)

    def qr_factors(self, A: Array, complete: bool) -> tuple[Array, Array]:
        return tuple(self.xp.linalg.qr(A, mode="complete" if complete else "reduced"))

    def determinant(self, A: Array) -> Array:
        return self.xp.linalg.det(A)

    def sign_and_log(self, A: Array) -> tuple[Array, Array]:
        return tuple(self.xp.linalg.slogdet(A))

    def svd_factors(self, A: Array, full: bool) -> tuple[Array, Array, Array]:
        return tuple(self.xp.linalg.svd(A, full_matrices=full))

    def svd_values(self, A: Array) -> Array:
        return self.xp.linalg.svdvals(A)

    def eigh_factors(self, A: Array) -> tuple[Array, Array]:
        return tuple(self.xp.linalg.eigh(A))

    def eigh_values(self, A: Array) -> Array:
        return self.xp.linalg.eigvalsh(A)

    def eig_factors(self, A: Array) -> tuple[Array, Array]:
        """Complex ones, also of a real matrix; NumPy gives real ones where it can."""
        values, vectors = self._general("eig", A)
        return self._as_complex(values, A), self._as_complex(vectors, A)

    def eig_values(self, A: Array) -> Array:
        return self._as_complex(self._general("eigvals", A), A)

    def _general(self, name: str, A: Array) -> Any:
        """A function on any square matrix, which the standard has since 2025: by NumPy where the library doesn't."""
        own = getattr(self.xp.linalg, name, None)
        return getattr(np.linalg, name)(self.to_host(A)) if own is None else own(A)

    def _as_complex(self, found: Array, A: Array) -> Array:
        found = self.xp.asarray(found, device=A.device) if isinstance(found, np.ndarray) else found
        return self.cast(found, self.dtype_of(A).to_complex())
