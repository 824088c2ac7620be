"""A few eigenvalues of a large symmetric matrix, from products with it alone: LOBPCG (Knyazev 2001)."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.errors import ShapeMismatch
from minitorch.ops.contraction import matmul
from minitorch.ops.factorizations import linalg_cholesky_ex
from minitorch.ops.joining import concatenate, stack
from minitorch.tape import mode
from minitorch.tensor import Tensor
