"""cuBLAS's general matrix product on raw memory: Fortran order, leading dimensions and strides mean what they say.

A wrong leading dimension gives wrong numbers here too; one that reaches past an allocation is an illegal access.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from cupy._array import QUIET, cast
from cupy._manifest import MODULES, bound, fill
from cupy._ufuncs import dtype_of
from cupy.cuda import memory
from cupy.cuda._errors import CUDARuntimeError
from cupy.cuda.device import get_cublas_handle

HOME = "cupy_backends.cuda.libs.cublas"
ENUM = {name: entry["value"] for name, entry in MODULES[HOME].items() if entry["kind"] == "constant"}
STATUS = {1: "CUBLAS_STATUS_NOT_INITIALIZED", 7: "CUBLAS_STATUS_INVALID_VALUE", 15: "CUBLAS_STATUS_NOT_SUPPORTED"}
# CUDA's number for an element type -> NumPy's character; E is bfloat16
ELEMENTS = {0: "f", 1: "d", 2: "e", 3: "b", 4: "F", 5: "D", 10: "i", 14: "E"}
# How it is computed -> (operands, result) -> the type of the sums, which alpha and beta have too
FLOATS = {("e", "e"): "f", ("e", "f"): "f", ("E", "E"): "f", ("E", "f"): "f", ("f", "f"): "f", ("F", "F"): "F",
          ("b", "f"): "f"}  # fmt: skip
DOUBLES = {("d", "d"): "d", ("D", "D"): "D"}
HALVES, INTEGERS = {("e", "e"): "e"}, {("b", "i"): "i"}
COMPUTE = {  # the numbers of before CUDA 11, which were element types, are refused
    ENUM[name]: FLOATS if "32F" in name else DOUBLES if "64F" in name else HALVES if "16F" in name else INTEGERS
    for name in ENUM
    if name.startswith("CUBLAS_COMPUTE_")
}


class CUBLASError(RuntimeError):
    """An error of cuBLAS, known by its number."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(STATUS[status])


def matrices(
    pointer: int, dtype: np.dtype, rows: int, columns: int, leading: int, stride: int, count: int
) -> np.ndarray:
    """A batch of matrices in Fortran order, as (count, rows, columns)."""
    if leading < max(1, rows):
        raise CUBLASError(7)
    size = dtype.itemsize
    last = (count - 1) * stride + (columns - 1) * leading + rows
    room = bytes_at(pointer, last * size)
    return np.ndarray((count, rows, columns), dtype, room, 0, (stride * size, size, leading * size))


def bytes_at(pointer: int, size: int) -> Any:
    """The bytes from a pointer on, where they belong to one allocation."""
    blocks = ((memory.address(host), host.nbytes) for host in list(memory.live.values()))
    if not any(start <= pointer and pointer + size <= start + room for start, room in blocks):
        raise CUDARuntimeError(700)
    return (ctypes.c_char * size).from_address(pointer)


def operand(pointer: int, dtype: np.dtype, operation: int, rows: int, columns: int, *place: int) -> np.ndarray:
    """op(A) of `rows` by `columns`, where op leaves it, transposes it or transposes and conjugates it."""
    if operation == ENUM["CUBLAS_OP_N"]:
        return matrices(pointer, dtype, rows, columns, *place)
    turned = matrices(pointer, dtype, columns, rows, *place).swapaxes(1, 2)
    if operation == ENUM["CUBLAS_OP_T"]:
        return turned
    if operation == ENUM["CUBLAS_OP_C"]:
        return turned.conj()
    raise CUBLASError(7)


def tensor_float(host: np.ndarray) -> np.ndarray:
    """float32 rounded to the ten bits of mantissa that TensorFloat-32 has."""
    bits = host.astype(np.float32).view(np.uint32)
    return ((bits + np.uint32(0x0FFF) + ((bits >> np.uint32(13)) & np.uint32(1))) & np.uint32(0xFFFFE000)).view(
        np.float32
    )


def product(a: np.ndarray, b: np.ndarray, sums: np.dtype, how: int) -> np.ndarray:
    """The batch's products, summed in the type of the computation."""
    if how == ENUM["CUBLAS_COMPUTE_32F_FAST_TF32"] and sums.char == "f":
        a, b = tensor_float(a), tensor_float(b)
    a, b = a.astype(sums), b.astype(sums)
    if sums.char != "e":
        return a @ b
    total = np.zeros((a.shape[0], a.shape[1], b.shape[2]), sums)
    for step in range(a.shape[2]):  # every sum is rounded
        total += a[:, :, step, None] * b[:, None, step, :]
    return total


def gemmStridedBatchedEx(
    handle: int, transa: int, transb: int, m: int, n: int, k: int, alpha: int, A: int, Atype: int, lda: int, strideA: int,
    B: int, Btype: int, ldb: int, strideB: int, beta: int, C: int, Ctype: int, ldc: int, strideC: int, batchCount: int,
    computeType: int, algo: int,
) -> None:  # fmt: skip
    """C = alpha op(A) op(B) + beta C for each of a batch; alpha and beta are addresses on the host."""
    if handle != get_cublas_handle():
        raise CUBLASError(1)
    if min(m, n, k, batchCount) < 0:
        raise CUBLASError(7)
    kinds = (ELEMENTS.get(Atype), ELEMENTS.get(Ctype))
    if Atype != Btype or kinds not in COMPUTE.get(computeType, {}):
        raise CUBLASError(15)
    if not m or not n or not batchCount:
        return
    into, out, sums = dtype_of(kinds[0]), dtype_of(kinds[1]), dtype_of(COMPUTE[computeType][kinds])
    scale_a, scale_c = (np.frombuffer(ctypes.string_at(each, sums.itemsize), sums)[0] for each in (alpha, beta))
    target = matrices(C, out, m, n, ldc, strideC, batchCount)
    with np.errstate(**QUIET):
        result = np.zeros(target.shape, sums)
        if k:
            a = operand(A, into, transa, m, k, lda, strideA, batchCount)
            b = operand(B, into, transb, k, n, ldb, strideB, batchCount)
            result = scale_a * product(a, b, sums, computeType)
        if scale_c != 0:  # else C may hold anything
            result = result + scale_c * target.astype(sums)
        target[...] = cast(result.astype(sums), out)


def gemmEx(
    handle: int, transa: int, transb: int, m: int, n: int, k: int, alpha: int, A: int, Atype: int, lda: int, B: int,
    Btype: int, ldb: int, beta: int, C: int, Ctype: int, ldc: int, computeType: int, algo: int,
) -> None:  # fmt: skip
    """The same for one matrix."""
    gemmStridedBatchedEx(handle, transa, transb, m, n, k, alpha, A, Atype, lda, 0, B, Btype, ldb, 0, beta, C, Ctype, ldc,
                         0, 1, computeType, algo)  # fmt: skip


WRITTEN: dict[str, Any] = {
    "CUBLASError": CUBLASError,
    "gemmEx": bound(HOME, "gemmEx", gemmEx),
    "gemmStridedBatchedEx": bound(HOME, "gemmStridedBatchedEx", gemmStridedBatchedEx),
    "getVersion": lambda handle: 130000,
    "setMathMode": lambda handle, mode: None,
}
fill(HOME, globals(), WRITTEN)
