"""The stand-in's matrix product on raw memory, against NumPy: every transpose, type and layout, and every wrong argument."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

cp = pytest.importorskip("cupy")
if not hasattr(cp, "strict"):
    pytest.skip("a real CuPy is here, and nothing stands in for it", allow_module_level=True)
cublas = pytest.importorskip("cupy_backends.cuda.libs.cublas")
ml_dtypes = pytest.importorskip("ml_dtypes")
runtime = cp.cuda.runtime

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
NUMBERS = {
    np.dtype("e"): runtime.CUDA_R_16F,
    BFLOAT16: runtime.CUDA_R_16BF,
    np.dtype("f"): runtime.CUDA_R_32F,
    np.dtype("d"): runtime.CUDA_R_64F,
    np.dtype("F"): runtime.CUDA_C_32F,
    np.dtype("D"): runtime.CUDA_C_64F,
}
OPERATIONS = {"N": cublas.CUBLAS_OP_N, "T": cublas.CUBLAS_OP_T, "C": cublas.CUBLAS_OP_C}
APPLY = {"N": lambda x: x, "T": lambda x: x.swapaxes(-1, -2), "C": lambda x: x.swapaxes(-1, -2).conj()}


def numbers(shape, dtype, seed=0):
    random = np.random.default_rng(seed)
    host = random.normal(size=shape)
    return (host + 1j * random.normal(size=shape) if dtype.kind == "c" else host).astype(dtype)


def columns(host, padding=0):
    """A batch of matrices in Fortran order on the device, each column `padding` longer than it need be; and what to say of it."""
    count, rows, width = host.shape
    room = np.full((count, width, rows + padding), 77).astype(host.dtype)
    room[:, :, :rows] = host.swapaxes(1, 2)
    return cp.asarray(room), rows + padding, (rows + padding) * width


def gemm(transa, transb, a, b, c, *, alpha=1, beta=0, compute=None, padding=(0, 0, 0), **changed):
    """alpha op(a) op(b) + beta c as cuBLAS computes it, for batches (count, rows, columns) of the host."""
    compute = compute or (cublas.CUBLAS_COMPUTE_64F if c.dtype.char in "dD" else cublas.CUBLAS_COMPUTE_32F)
    sums = c.dtype if c.dtype.char in "dFD" else np.dtype("e" if compute == cublas.CUBLAS_COMPUTE_16F else "f")
    scales = np.array([alpha, beta], sums)
    k = a.shape[2] if transa == "N" else a.shape[1]
    (a_device, lda, stride_a), (b_device, ldb, stride_b) = columns(a, padding[0]), columns(b, padding[1])
    c_device, ldc, stride_c = columns(c, padding[2])
    given = {
        "handle": cp.cuda.device.get_cublas_handle(), "transa": OPERATIONS[transa], "transb": OPERATIONS[transb],
        "m": c.shape[1], "n": c.shape[2], "k": k, "alpha": scales.ctypes.data, "A": a_device.data.ptr,
        "Atype": NUMBERS[a.dtype], "lda": lda, "strideA": stride_a, "B": b_device.data.ptr, "Btype": NUMBERS[b.dtype],
        "ldb": ldb, "strideB": stride_b, "beta": scales.ctypes.data + sums.itemsize, "C": c_device.data.ptr,
        "Ctype": NUMBERS[c.dtype], "ldc": ldc, "strideC": stride_c, "batchCount": len(c), "computeType": compute,
        "algo": cublas.CUBLAS_GEMM_DEFAULT,
    }  # fmt: skip
    cublas.gemmStridedBatchedEx(*(given | changed).values())
    result = c_device.get()
    assert (result[:, :, c.shape[1] :] == 77).all(), "it wrote between the columns"
    return result[:, :, : c.shape[1]].swapaxes(1, 2)


def operands(transa, transb, dtype, out=None, count=2, m=3, n=4, k=5):
    a = numbers((count, m, k) if transa == "N" else (count, k, m), dtype, 1)
    b = numbers((count, k, n) if transb == "N" else (count, n, k), dtype, 2)
    return a, b, numbers((count, m, n), out or dtype, 3)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize(("transa", "transb"), list(itertools.product("NTC", repeat=2)))
def test_agrees_with_numpy(dtype, transa, transb):
    a, b, c = operands(transa, transb, dtype)
    result = gemm(transa, transb, a, b, c, alpha=0.5, beta=2, padding=(1, 2, 3))
    wide = np.dtype("D" if dtype.kind == "c" else "d")
    expected = 0.5 * (APPLY[transa](a.astype(wide)) @ APPLY[transb](b.astype(wide))) + 2 * c.astype(wide)
    error = {"e": 2e-3, "f": 1e-6, "F": 1e-6}.get(dtype.char, 1e-14) if dtype != BFLOAT16 else 1e-2
    np.testing.assert_allclose(result.astype(wide), expected, rtol=error, atol=error)


@pytest.mark.parametrize("dtype", [np.dtype("e"), BFLOAT16], ids=str)
def test_short_floats_are_summed_in_float32(dtype):
    """4096 ones more than once: in float16 a sum stops at 2048, in bfloat16 at 256."""
    ones = np.ones((1, 4096, 1)).astype(dtype)
    assert gemm("T", "N", ones, ones, np.zeros((1, 1, 1), dtype)).astype(float) == 4096
    assert gemm("T", "N", ones, ones, np.zeros((1, 1, 1), "f")).astype(float) == 4096


def test_the_type_of_the_sums_is_as_asked():
    ones = np.ones((1, 4096, 1), "e")
    assert gemm("T", "N", ones, ones, np.zeros((1, 1, 1), "e"), compute=cublas.CUBLAS_COMPUTE_16F) == 2048
    a = np.full((1, 1, 1), 1 + 2**-12, "f")
    one = np.ones((1, 1, 1), "f")
    assert gemm("N", "N", a, one, one) == a
    assert gemm("N", "N", a, one, one, compute=cublas.CUBLAS_COMPUTE_32F_FAST_TF32) == 1


def test_what_c_holds_matters_only_with_beta():
    a, b, c = operands("N", "N", np.dtype("f"))
    c[...] = np.nan
    assert np.isfinite(gemm("N", "N", a, b, c)).all()
    assert np.isnan(gemm("N", "N", a, b, c, beta=1)).all()


def test_strides_of_zero_repeat_a_matrix():
    a, b, c = operands("N", "N", np.dtype("f"))
    np.testing.assert_allclose(gemm("N", "N", a, b, c, strideA=0), a[:1] @ b, rtol=1e-5)


def test_no_sums_and_no_batch():
    a, b, c = operands("N", "N", np.dtype("f"), k=0)
    assert (gemm("N", "N", a, b, c, lda=3, ldb=1) == 0).all()
    a, b, c = operands("N", "N", np.dtype("f"))
    np.testing.assert_array_equal(gemm("N", "N", a, b, c, batchCount=0), c)


def test_a_wrong_leading_dimension_gives_wrong_numbers():
    a, b, c = operands("N", "N", np.dtype("f"), k=4)
    right = gemm("N", "N", a, b, c, padding=(2, 0, 0))
    wrong = gemm("N", "N", a, b, c, padding=(2, 0, 0), lda=4)
    assert abs(right - wrong).max() > 0.1


@pytest.mark.parametrize(("changed", "status"), [
    ({"lda": 2}, "INVALID_VALUE"),
    ({"ldb": 4}, "INVALID_VALUE"),
    ({"ldc": 2}, "INVALID_VALUE"),
    ({"m": -1}, "INVALID_VALUE"),
    ({"n": -4}, "INVALID_VALUE"),
    ({"Btype": 1}, "NOT_SUPPORTED"),
    ({"Ctype": 2}, "NOT_SUPPORTED"),
    ({"computeType": 70}, "NOT_SUPPORTED"),
    ({"computeType": 0}, "NOT_SUPPORTED"),
    ({"handle": 5}, "NOT_INITIALIZED"),
])  # fmt: skip
def test_refuses(changed, status):
    a, b, c = operands("N", "N", np.dtype("f"))
    with pytest.raises(cublas.CUBLASError, match=status):
        gemm("N", "N", a, b, c, **changed)


@pytest.mark.parametrize(
    "changed", [{"lda": 30}, {"k": 50, "ldb": 50}, {"strideB": 10**6}, {"batchCount": 90}, {"A": 64}]
)
def test_an_access_past_an_allocation_is_illegal(changed):
    a, b, c = operands("N", "N", np.dtype("f"))
    with pytest.raises(runtime.CUDARuntimeError, match="IllegalAddress"):
        gemm("N", "N", a, b, c, **changed)


def test_one_matrix():
    a, b = numbers((3, 4), np.dtype("d")), numbers((4, 5), np.dtype("d"), 1)
    scales = np.array([1.0, 0.0])
    a_device, b_device, c = cp.asarray(a), cp.asarray(b), cp.empty((3, 5))
    # C order read as Fortran order is the transpose: c.T = b.T a.T
    cublas.gemmEx(
        cp.cuda.device.get_cublas_handle(), OPERATIONS["N"], OPERATIONS["N"], 5, 3, 4, scales.ctypes.data, b_device.data.ptr,
        runtime.CUDA_R_64F, 5, a_device.data.ptr, runtime.CUDA_R_64F, 4, scales.ctypes.data + 8, c.data.ptr,
        runtime.CUDA_R_64F, 5, cublas.CUBLAS_COMPUTE_64F, cublas.CUBLAS_GEMM_DEFAULT,
    )  # fmt: skip
    np.testing.assert_allclose(c.get(), a @ b)
