"""Matrix products on cuBLAS: every layout and type, without copies."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import minitorch
from minitorch import dtypes
from minitorch.backend import Device

cupy = pytest.importorskip("cupy")
pytest.importorskip("ml_dtypes")

TOLERANCES = {
    "float16": 2e-3,
    "bfloat16": 1.6e-2,
    "float32": 1e-5,
    "float64": 1e-12,
    "complex64": 1e-5,
    "complex128": 1e-12,
}


@pytest.fixture
def backend():
    return Device("cuda").backend


def made(shape, dtype, seed=0):
    random = np.random.default_rng(seed)
    values = random.standard_normal(shape)
    if "complex" in dtype:
        values = values + 1j * random.standard_normal(shape)
    return values.astype(dtypes.numpy_dtype(dtypes.BY_NAME[dtype]))


def laid(host, layout):
    """The same matrices on the device, lying in rows, in columns, in a wider matrix, every other row, or every other column."""
    if layout == "rows":
        return cupy.array(host)
    if layout == "columns":
        return cupy.array(np.ascontiguousarray(host.swapaxes(-1, -2))).swapaxes(-1, -2)
    wide = np.repeat(np.repeat(host, 2, -1), 2, -2)
    device = cupy.array(wide)
    if layout == "part of rows":
        device[..., : host.shape[-2], : host.shape[-1]] = cupy.array(host)
        return device[..., : host.shape[-2], : host.shape[-1]]
    return device[..., ::2, ::2]


def wide(host):
    return host.astype(np.complex128 if host.dtype.kind == "c" else np.float64)


def check(found, a, b):
    dtype = a.dtype.name
    expected = np.matmul(wide(a), wide(b))
    scale = np.matmul(abs(wide(a)), abs(wide(b)))
    got = cupy.asnumpy(found)
    assert got.dtype == a.dtype and got.shape == expected.shape
    assert (abs(wide(got) - expected) <= TOLERANCES[dtype] * scale + 1e-30).all()


LAYOUTS = ("rows", "columns", "part of rows", "every other")


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(("left", "right"), list(itertools.product(LAYOUTS, LAYOUTS)))
def test_layouts(backend, dtype, left, right):
    for a_shape, b_shape in (
        ((4, 3), (3, 5)),
        ((2, 4, 3), (2, 3, 5)),
        ((2, 2, 4, 3), (2, 2, 3, 5)),
        ((3, 1, 2), (3, 2, 1)),
    ):
        a, b = made(a_shape, dtype), made(b_shape, dtype, 1)
        check(backend.matmul(laid(a, left), laid(b, right)), a, b)


SHAPES = [
    ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((4, 2, 3), (3,)), ((3,), (4, 3, 2)), ((4, 2, 3), (3, 5)), ((2, 3), (4, 3, 5)),
    ((2, 1, 2, 3), (3, 3, 2)), ((2, 1, 2, 3), (1, 3, 3, 2)), ((1, 1, 2, 3), (5, 1, 3, 2)), ((3, 1, 2, 3), (1, 4, 3, 2)),
    ((0, 2, 3), (3, 2)), ((2, 2, 0), (2, 0, 3)), ((2, 0, 3), (2, 3, 4)), ((2, 1, 1), (2, 1, 1)), ((2, 5, 1), (2, 1, 4)),
    ((20, 1, 2, 3), (1, 20, 3, 2)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int64"])
@pytest.mark.parametrize(("a_shape", "b_shape"), SHAPES)
def test_shapes(backend, dtype, a_shape, b_shape):
    if dtype == "int64":
        a, b = np.arange(np.prod(a_shape)).reshape(a_shape), np.arange(np.prod(b_shape)).reshape(b_shape)
        assert (cupy.asnumpy(backend.matmul(cupy.array(a), cupy.array(b))) == np.matmul(a, b)).all()
    else:
        a, b = made(a_shape, dtype), made(b_shape, dtype, 1)
        check(backend.matmul(cupy.array(a), cupy.array(b)), a, b)


def test_shapes_that_do_not_fit():
    with pytest.raises(RuntimeError, match="Expected size"):
        minitorch.ones(2, 3, 4, device="cuda") @ minitorch.ones(2, 3, 4, device="cuda")
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        minitorch.ones(2, 3, 4, device="cuda") @ minitorch.ones(3, 4, 3, device="cuda")


def test_nothing_is_copied(backend, monkeypatch):
    """Attention's operands, (batch, time, heads, width) seen as (batch, heads, time, width), a shared and a broadcast one."""
    a = cupy.array(made((3, 5, 4, 2), "float32")).transpose(0, 2, 1, 3)
    b = cupy.array(made((3, 5, 4, 2), "float32", 1)).transpose(0, 2, 3, 1)
    shared = cupy.array(made((5, 3), "float32", 2))
    taken = []
    allocate = cupy.cuda.get_allocator()
    host_a, host_b, host_shared = cupy.asnumpy(a), cupy.asnumpy(b), cupy.asnumpy(shared)
    cupy.cuda.set_allocator(lambda size: (taken.append(size), allocate(size))[1])
    try:
        scores = backend.matmul(a, b)
        assert taken == [scores.nbytes]
        product = backend.matmul(scores, cupy.broadcast_to(shared, (3, 1, 5, 3)))
        assert taken[1:] == [product.nbytes]
        turned = backend.matmul(shared.T, scores.swapaxes(-1, -2))
        assert taken[2:] == [turned.nbytes]
    finally:
        cupy.cuda.set_allocator(allocate)
    check(scores, host_a, host_b)
    check(product, cupy.asnumpy(scores), np.broadcast_to(host_shared, (3, 1, 5, 3)))
    check(turned, host_shared.T, cupy.asnumpy(scores).swapaxes(-1, -2))


def test_short_floats_are_summed_in_float32():
    """A sum of 4096 ones and a row of small numbers, which float16 and bfloat16 would stop counting."""
    for dtype in (minitorch.float16, minitorch.bfloat16):
        a = minitorch.ones(2, 1, 4096, dtype=dtype, device="cuda")
        b = minitorch.full((2, 4096, 1), 0.25, dtype=dtype, device="cuda")
        assert (a @ b).tolist() == [[[1024.0]], [[1024.0]]]
        assert (a[0] @ b[0]).dtype is dtype


def test_linear_keeps_short_floats_short(monkeypatch, backend):
    """Not by way of float32 copies: the product itself is asked for in bfloat16."""
    kinds = []
    real = type(backend).matmul
    monkeypatch.setattr(type(backend), "matmul", lambda self, a, b: (kinds.append(a.dtype.name), real(self, a, b))[1])
    layer = minitorch.nn.Linear(4, 3).to(minitorch.bfloat16).to("cuda")
    x = minitorch.rand(2, 4, dtype=minitorch.bfloat16, device="cuda", requires_grad=True)
    out = layer(x)
    assert kinds == ["bfloat16"] and out.dtype is minitorch.bfloat16
    expected = x.detach().cpu().float() @ layer.weight.detach().cpu().float().T + layer.bias.detach().cpu().float()
    assert (out.detach().cpu().float() - expected).abs().max() < 0.02
