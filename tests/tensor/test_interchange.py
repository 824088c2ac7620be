"""Tensors on the memory of others, shown by writing on one side and reading on the other."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minitorch
from minitorch import dtypes

# --- NumPy ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", dtypes.ALL, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("make", [minitorch.from_numpy, minitorch.as_tensor, minitorch.asarray])
def test_numpy_arrays_are_shared_both_ways(dtype, make):
    array = np.zeros((2, 3), dtypes.numpy_dtype(dtype))
    x = make(array[:, 1:].T)
    assert x.dtype is dtype and x.stride() == (1, 3) and x.storage_offset() == 0
    x[1, 0] = 1
    assert array[0, 2] == 1
    array[1, 1] = 1
    assert x[0, 1] == 1
    x.numpy()[...] = 1
    assert x.tolist() == [[1, 1], [1, 1]] and array[0, 1] == 1


def test_what_numpy_has_and_tensors_have_not():
    for array, kind, text in (
        (np.arange(3)[::-1], ValueError, "stride.*negative"),
        (np.zeros(3, ">f4"), ValueError, "byte order"),
        (np.array(["a"]), TypeError, "can't convert"),
        (np.zeros(3, [("a", np.int8), ("b", np.int16)])["b"], ValueError, "not a multiple"),
        ([1.0], TypeError, "expected np.ndarray"),
    ):
        with pytest.raises(kind, match=text):
            minitorch.from_numpy(array)
    assert minitorch.tensor(np.arange(3)[::-1]).tolist() == [2, 1, 0]


def test_arrays_that_must_not_be_written():
    array = np.arange(3.0)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        x = minitorch.from_numpy(array)
    for write in (lambda: x.add_(1), lambda: x[1:].fill_(7), lambda: x.detach().zero_(), lambda: x.data.mul_(2)):
        with pytest.raises(ValueError, match="read-only"):
            write()
    assert array.tolist() == [0, 1, 2] and not array.flags.writeable
    assert x.clone().add_(1).tolist() == [1, 2, 3]


def test_array_protocol():
    x = minitorch.zeros(2)
    np.asarray(x)[0] = 1
    assert x.tolist() == [1.0, 0.0]
    copy = np.array(x)
    copy[0] = 5
    assert x[0] == 1 and np.asarray(x, dtype=np.int8).dtype == np.int8
    with pytest.raises(ValueError, match="without a copy"):
        np.array(x, dtype=np.float64, copy=False)
    assert np.array(x, copy=False).base is not None
    with pytest.raises(RuntimeError, match="requires grad"):
        np.asarray(minitorch.ones(2, requires_grad=True))
    with pytest.raises(TypeError, match="bytes-like"):
        memoryview(x)  # PyTorch's tensors have no buffer either; their arrays do
    assert memoryview(x.numpy()).format == "f"


def test_ufuncs_give_tensors():
    x = minitorch.tensor([0.25, 4.0])
    root = np.sqrt(x)
    assert isinstance(root, minitorch.Tensor) and root.tolist() == [0.5, 2.0]
    assert np.isfinite(x).dtype is minitorch.uint8
    both = x + np.ones(2)
    assert isinstance(both, minitorch.Tensor) and both.dtype is minitorch.float64
    with pytest.raises(TypeError):
        np.ones(2) + x
    assert isinstance(np.float64(2) * x, minitorch.Tensor)


def test_asarray():
    array, x = np.arange(3.0), minitorch.ones(2, requires_grad=True)
    assert minitorch.asarray(x) is x and minitorch.asarray(x, requires_grad=False).data_ptr() == x.data_ptr()
    assert not minitorch.asarray(x, requires_grad=False).requires_grad
    copy = minitorch.asarray(array, copy=True)
    copy[0] = 9
    assert array[0] == 0
    assert minitorch.asarray(array, dtype=minitorch.int8).dtype is minitorch.int8
    assert minitorch.asarray([1, 2.5], requires_grad=True).requires_grad
    assert minitorch.asarray(np.float64(2)).dtype is minitorch.float64
    assert minitorch.asarray(bytearray(8), dtype=minitorch.int32).tolist() == [0, 0]
    for impossible in (
        lambda: minitorch.asarray([1], copy=False),
        lambda: minitorch.asarray(array, dtype=minitorch.int8, copy=False),
    ):
        with pytest.raises(ValueError, match="can't alias"):
            impossible()


# --- Buffers and files ------------------------------------------------------------------------------------------------


def test_frombuffer_shares_the_bytes():
    data = bytearray(range(8))
    x = minitorch.frombuffer(data, dtype=minitorch.uint8, count=3, offset=2)
    assert x.tolist() == [2, 3, 4]
    x[0] = 99
    assert data[2] == 99
    data[3] = 77
    assert x[1] == 77
    assert minitorch.frombuffer(bytearray(2), dtype=minitorch.bfloat16).tolist() == [0.0]
    with pytest.warns(UserWarning, match="not writable"):
        minitorch.frombuffer(b"ab", dtype=minitorch.int8)


@pytest.mark.parametrize(
    ("size", "keywords", "text"),
    [
        (0, {}, "must not be 0"),
        (8, {"count": 0}, "must not be 0"),
        (8, {"count": 5}, "must not be greater than actual"),
        (7, {}, "multiple of element size"),
        (8, {"offset": 8}, "no greater than buffer length"),
        (8, {"offset": -1}, "non-negative"),
    ],
)
def test_frombuffer_refuses(size, keywords, text):
    with pytest.raises(ValueError, match=text):
        minitorch.frombuffer(bytearray(size), dtype=minitorch.int16, **keywords)


def test_from_file(tmp_path):
    path = tmp_path / "numbers"
    shared = minitorch.from_file(str(path), shared=True, size=4, dtype=minitorch.int32)
    shared.copy_(minitorch.arange(4))
    private = minitorch.from_file(str(path), size=2, dtype=minitorch.int32)
    private[0] = 9
    assert private.tolist() == [9, 1]
    assert np.fromfile(path, np.int32).tolist() == [0, 1, 2, 3]
    with pytest.raises(RuntimeError, match="take 400 bytes"):
        minitorch.from_file(str(path), size=100)


# --- DLPack -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [dtype for dtype in dtypes.ALL if not dtype.storage], ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_dlpack_with_torch_shares_memory(dtype, backend):
    torch = pytest.importorskip("torch")
    with minitorch.use_backend(backend):
        theirs = torch.zeros(2, 3, dtype=getattr(torch, dtype.name))
        ours = minitorch.from_dlpack(theirs.t()[1:])
        assert ours.dtype is dtype and ours.stride() == (1, 3) and ours.shape == (2, 2)
        ours[0, 1] = 1
        assert theirs[1, 1] == 1
        x = minitorch.zeros(3, 2, dtype=dtype)
        back = torch.from_dlpack(x[1:].t())
        back[1, 0] = 1
        assert x[1, 1] == 1 and back.stride() == (1, 2)


def test_dlpack_with_numpy_and_jax():
    x = minitorch.zeros(3)
    array = np.from_dlpack(x)
    x.add_(2)
    assert array.tolist() == [2, 2, 2]
    jax = pytest.importorskip("jax")
    theirs = jax.numpy.arange(3.0)
    ours = minitorch.from_dlpack(theirs)
    assert ours.data_ptr() == theirs.unsafe_buffer_pointer()
    with pytest.raises(ValueError, match="read-only"):  # JAX's arrays are never written
        ours.add_(1)
    assert jax.dlpack.from_dlpack(x).tolist() == [2, 2, 2]


def test_capsules_and_devices():
    torch = pytest.importorskip("torch")
    x = minitorch.zeros(2)
    torch.utils.dlpack.from_dlpack(minitorch.to_dlpack(x)).add_(3)
    minitorch.utils.dlpack.from_dlpack(minitorch.utils.dlpack.to_dlpack(x)).mul_(2)
    assert x.tolist() == [6.0, 6.0]
    assert minitorch.from_dlpack(torch.utils.dlpack.to_dlpack(torch.ones(2))).tolist() == [1.0, 1.0]
    assert x.__dlpack_device__() == (1, 0)
    assert minitorch.from_dlpack(x).data_ptr() == x.data_ptr()
    assert minitorch.from_dlpack(x, copy=True).data_ptr() != x.data_ptr()
    used = minitorch.to_dlpack(x)
    minitorch.from_dlpack(used)
    with pytest.raises(BufferError, match="taken already"):
        minitorch.from_dlpack(used)
    with pytest.raises(BufferError, match="require gradient"):
        minitorch.ones(2, requires_grad=True).__dlpack__()
    with pytest.raises(TypeError, match="expected an array with __dlpack__"):
        minitorch.from_dlpack([1.0])


def test_cupy_stand_in_shares_memory():
    cupy = pytest.importorskip("cupy")
    theirs = cupy.zeros((2, 3), "float32")
    ours = minitorch.from_dlpack(theirs.T)
    assert str(ours.device) == "cuda:0" and ours.stride() == (1, 3)
    ours[0, 1] = 4
    assert theirs[1, 0] == 4
    assert ours.data_ptr() == theirs.data.ptr and ours.__dlpack_device__() == (2, 0)
    assert ours.as_strided((2,), (1,), 2).tolist() == [0.0, 4.0]


def test_silent_where_pytorch_is():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = minitorch.from_numpy(np.zeros(2))
        np.exp(x), np.asarray(x), minitorch.asarray(x), minitorch.from_dlpack(np.zeros(2))
