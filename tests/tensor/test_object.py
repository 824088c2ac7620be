"""A tensor as a Python object: copies and pickles, numbers out of it, iteration, element by element, subclasses."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import minitorch
from minitorch import dtypes, nn

WAYS = [lambda objects: pickle.loads(pickle.dumps(objects)), copy.deepcopy]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("backend", ["numpy", "torch", "array_api_strict", "cupy"])
@pytest.mark.parametrize("dtype", dtypes.ALL, ids=lambda dtype: dtype.name)
def test_copies_of_every_dtype_and_layout(way, backend, dtype):
    pytest.importorskip(backend)
    place = minitorch.device(f"{backend}/{'cuda' if backend == 'cupy' else 'cpu'}")
    if not place.backend.supports(dtype):
        pytest.skip("the library lacks this type")
    x = minitorch.arange(6, device=place).to(dtype).reshape(2, 3)
    for original in (x, x.t(), x[1, ::2], x[:, :0], x[0, 0]):
        made = way(original)
        assert (made.dtype, made.shape, made.device) == (dtype, original.shape, original.device)
        assert made.stride() == original.stride() or not original.numel()
        assert made.tolist() == original.tolist()
        if made.numel():
            made.zero_()
    assert x.tolist() == minitorch.arange(6).to(dtype).reshape(2, 3).tolist()


@pytest.mark.parametrize("way", WAYS)
def test_what_shared_memory_shares_it_again(way):
    x = minitorch.arange(6.0)
    a, b, again = way([x, x[2:], x])
    assert a is again and b.storage_offset() == 2
    a[3] = 99
    assert b[1] == 99 and x[3] == 3


@pytest.mark.parametrize("way", [*WAYS, copy.copy])
def test_parameters_and_attributes(way):
    weight = nn.Parameter(minitorch.ones(2))
    weight.tag = ["first"]
    made = way(weight)
    assert type(made) is nn.Parameter and made.requires_grad and made.is_leaf
    frozen = way(minitorch.ones(2, requires_grad=True).detach())
    assert not frozen.requires_grad
    if way is not copy.deepcopy:  # which PyTorch's parameters do without their attributes
        assert made.tag == ["first"]


def test_deepcopy_keeps_gradients_and_leaves_only():
    x = minitorch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    made = copy.deepcopy(x)
    assert made.grad.tolist() == [2.0, 2.0] and made.grad is not x.grad
    with pytest.raises(RuntimeError, match="graph leaves"):
        copy.deepcopy(x * 2)
    assert pickle.loads(pickle.dumps(x)).grad is None
    memo: dict = {}
    assert copy.deepcopy(x, memo) is copy.deepcopy(x, memo)


def test_shallow_copies_share_memory():
    x = minitorch.arange(4.0, requires_grad=True)
    made = copy.copy(x)
    assert made is not x and made.requires_grad and made.data_ptr() == x.data_ptr()


def test_storages_are_pickled():
    storage = minitorch.tensor([1, 2], dtype=minitorch.int8).untyped_storage()
    for made in (pickle.loads(pickle.dumps(storage)), copy.deepcopy(storage)):
        assert made.tolist() == [1, 2] and made.data_ptr() != storage.data_ptr()
    for value in (minitorch.channels_last, minitorch.strided, minitorch.Size([2, 3])):
        assert pickle.loads(pickle.dumps(value)) is value or pickle.loads(pickle.dumps(value)) == value


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_numbers_out_of_tensors():
    assert (int(minitorch.tensor([2.9])), float(minitorch.tensor(3)), complex(minitorch.tensor(1.5))) == (
        2,
        3.0,
        1.5 + 0j,
    )
    assert float(minitorch.tensor(2 + 0j)) == 2.0 and [5, 6][minitorch.tensor(1)] == 6
    for convert in (int, float, complex):
        with pytest.raises(ValueError, match="only one element tensors"):
            convert(minitorch.ones(2))
    for convert in (int, float):
        with pytest.raises(RuntimeError, match="cannot be converted"):
            convert(minitorch.tensor(1 + 2j))
    with pytest.raises(ValueError, match="NaN"):
        int(minitorch.tensor(float("nan")))


def test_iteration():
    x = minitorch.arange(4.0, requires_grad=True)
    first, *_ = x
    first.backward()
    assert x.grad.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert [row.tolist() for row in reversed(minitorch.arange(4).reshape(2, 2))] == [[2, 3], [0, 1]]
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        iter(minitorch.tensor(1))
    assert 2 in x and 9 not in x and minitorch.tensor(1.0) in x
    for stranger in ("a", None):
        with pytest.raises(RuntimeError, match="only supports Tensor or scalar"):
            assert stranger in x
    assert (x == None) is False and (x != None) is True  # noqa: E711


def test_formats():
    assert f"{minitorch.tensor(1.5):.3f} {minitorch.tensor(7):>3} {minitorch.tensor(2.5)}" == "1.500   7 2.5"
    assert f"{minitorch.ones(1)}" == "tensor([1.])"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{minitorch.ones(1):.3f}"


def test_element_by_element():
    x = minitorch.arange(6.0).reshape(2, 3)
    assert x.t().apply_(lambda value: value * 2) is not None and x.tolist() == [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]]
    assert minitorch.tensor([1, 2]).map_(minitorch.tensor([10]), lambda a, b: a + b).tolist() == [11, 12]
    assert minitorch.ones(2).map2_(minitorch.ones(2), minitorch.ones(1), lambda a, b, c: a + b + c).tolist() == [
        3.0,
        3.0,
    ]
    with pytest.raises(RuntimeError, match=r"Can't call apply_\(\)"):
        minitorch.ones(1, requires_grad=True).apply_(abs)
    with pytest.raises(TypeError, match=r"map_: expected torch\.float32"):
        x.map_(minitorch.ones(2, 3, dtype=minitorch.float64), max)


# --- Subclasses and what else there is ---------------------------------------------------------------------------------


class Marked(minitorch.Tensor):
    """A subclass with something of its own."""

    def double_sum(self) -> float:
        return 2 * self.sum().item()


def test_as_subclass_keeps_memory_and_tape():
    x = minitorch.ones(3, requires_grad=True)
    y = (x * 2).as_subclass(Marked)
    assert type(y) is Marked and y.double_sum() == 12.0
    (y * y).sum().backward()
    assert x.grad.tolist() == [8.0] * 3
    z = minitorch.zeros(2)
    z.as_subclass(Marked).add_(1)
    assert z.tolist() == [1.0, 1.0]
    assert type(copy.deepcopy(z.as_subclass(Marked))) is Marked
    with pytest.raises(TypeError, match="inherits from Tensor"):
        z.as_subclass(int)


def test_old_constructors():
    x = minitorch.ones(2, dtype=minitorch.float64)
    assert x.new(2, 3).shape == (2, 3) and x.new([1, 2]).tolist() == [1.0, 2.0] and x.new().shape == (0,)
    assert x.new(minitorch.Size([4])).shape == (4,) and x.new([1]).dtype is minitorch.float64
    with pytest.warns(UserWarning, match="deprecated"):
        assert x.resize(1, 2).shape == (1, 2)
    with pytest.warns(UserWarning, match="deprecated"):
        assert x.resize_as(minitorch.ones(2, 1)).shape == (2, 1)
    assert x.module_load(minitorch.zeros(2)).tolist() == [0.0, 0.0] and x.tolist() == [0.0, 0.0]
    other = minitorch.ones(2)
    assert x.module_load(other, assign=True).data_ptr() == other.data_ptr()


def test_what_it_is_not():
    x = minitorch.ones(2, 3)
    for kind in (
        "sparse",
        "sparse_csr",
        "quantized",
        "mkldnn",
        "mps",
        "xla",
        "xpu",
        "nested",
        "vulkan",
        "meta",
        "cuda",
    ):
        assert getattr(x, f"is_{kind}") is False
    assert x.is_cpu and not x.is_inference() and not x.is_distributed() and x.name is None and not x.volatile
    assert (x.dense_dim(), x.sparse_dim(), x.to_dense() is x) == (2, 0, True)
    assert np.array_equal(x.numpy(), np.ones((2, 3)))
