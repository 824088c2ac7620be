"""Storages, strides, memory formats: what a tensor says about its memory, by writing through it."""

from __future__ import annotations

import multiprocessing
import os

import numpy as np
import pytest

import minitorch
from minitorch import layouts
from minitorch.errors import BackendError


@pytest.fixture(params=["numpy/cpu", "torch/cpu", "cupy/cuda"])
def device(request: pytest.FixtureRequest) -> minitorch.device:
    pytest.importorskip(request.param.partition("/")[0])
    return minitorch.device(request.param)


def test_views_lie_in_one_storage(device):
    x = minitorch.arange(12.0, device=device).reshape(3, 4)
    view = x.t()[1:, 2:]
    assert view.untyped_storage() is x.untyped_storage()
    assert (view.storage_offset(), view.stride(), x.untyped_storage().nbytes()) == (9, (1, 4), 48)
    assert view.data_ptr() == x.data_ptr() + 9 * 4 == view.const_data_ptr()
    view.untyped_storage()[36:40] = 0
    assert x[2, 1] == 0 and view[0, 0] == 0


def test_a_fresh_result_has_a_storage_of_its_own(device):
    x = minitorch.ones(4, device=device)
    y = x + 1
    assert y.untyped_storage().data_ptr() != x.untyped_storage().data_ptr()
    assert y.storage_offset() == 0 and y.untyped_storage().nbytes() == 16
    assert (x * 2).sum().untyped_storage().nbytes() == 4


def test_bytes_of_a_storage(device):
    storage = minitorch.tensor([1, 2, -1], dtype=minitorch.int16, device=device).untyped_storage()
    assert storage.tolist() == list(storage) == [1, 0, 2, 0, 255, 255]
    assert (len(storage), storage.size(), storage.element_size(), storage[4], storage[-1]) == (6, 6, 1, 255, 255)
    assert storage[2:4].tolist() == [2, 0]
    storage[0] = 7
    copy = storage.clone()
    storage.fill_(1)
    assert (copy.tolist(), storage.tolist()) == ([7, 0, 2, 0, 255, 255], [1] * 6)
    assert storage.copy_(copy).tolist() == copy.tolist()
    assert storage.resize_(6) is storage and not storage.resizable()
    for wrong in (lambda: storage.resize_(8), lambda: storage.copy_(storage[1:]), lambda: storage[::2]):
        with pytest.raises(RuntimeError):
            wrong()
    with pytest.raises(IndexError):
        storage[6]
    assert repr(copy[:2]) == f" 7\n 0\n[torch.storage.UntypedStorage(device={device}) of size 2]"


def test_typed_storage_warns_and_counts_numbers():
    x = minitorch.arange(4.0)
    with pytest.warns(UserWarning, match="untyped_storage"):
        storage = x[2:].storage()
    assert (storage.tolist(), len(storage), storage.nbytes(), storage[-1]) == ([0.0, 1.0, 2.0, 3.0], 4, 16, 3.0)
    storage[1] = 5
    assert x[1] == 5 and storage.untyped() is x.untyped_storage()
    storage.fill_(2)
    assert x.tolist() == [2.0] * 4
    assert storage.copy_(minitorch.TypedStorage([1, 2, 3, 4], dtype=minitorch.int32)).tolist() == [1.0, 2.0, 3.0, 4.0]
    assert minitorch.is_storage(storage) and minitorch.is_storage(storage.untyped()) and not minitorch.is_storage(x)


def test_set_shares_the_memory_of_another(device):
    x, y = minitorch.zeros(2, device=device), minitorch.arange(6.0, device=device)
    assert x.set_(y) is x and x.is_set_to(y)
    x[0] = 9
    assert y[0] == 9
    x.set_(y.untyped_storage(), 1, (2, 2), (1, 2))
    assert x.tolist() == [[1.0, 3.0], [2.0, 4.0]] and not x.is_set_to(y)
    assert x.set_(y.untyped_storage()).tolist() == y.tolist()
    assert x.set_().shape == (0,)
    with pytest.raises(RuntimeError, match="Could not set tensor of type"):
        x.set_(y.long())
    with pytest.raises(RuntimeError, match="out of bounds for storage of size 24"):
        x.set_(y.untyped_storage(), 4, (4,), (1,))


def test_as_strided_reads_and_writes_the_memory_around_a_view(device):
    x = minitorch.arange(8.0, device=device)
    view = x[4:6]
    around = view.as_strided((2, 2), (3, 1), 1)
    assert around.tolist() == [[1.0, 2.0], [4.0, 5.0]]
    assert view.as_strided((2,), (2,)).tolist() == [4.0, 6.0]
    around.mul_(10)
    assert x.tolist() == [0.0, 10.0, 20.0, 3.0, 40.0, 50.0, 6.0, 7.0]
    assert x.reshape(2, 4).t().as_strided((8,), (1,)).tolist() == x.tolist()
    with pytest.raises(RuntimeError, match="out of bounds"):
        view.as_strided((3,), (3,), 3)


@pytest.mark.parametrize("offset", [0, 3])
@pytest.mark.parametrize("view", [lambda x: x[2:], lambda x: x.reshape(2, 3).t(), lambda x: x[None, 1:4].expand(2, 3)])
def test_as_strided_of_views_is_differentiated_as_differences_say(view, offset):
    def f(x):
        return (view(x * 1).as_strided((2, 2), (1, 1), offset) ** 2).sum()

    x = minitorch.linspace(1, 2, 6, dtype=minitorch.float64, requires_grad=True)
    (gradient,) = minitorch.autograd.grad(f(x), x)
    shown = set(view(minitorch.arange(6)).flatten().tolist())
    for place in range(6):
        step = minitorch.zeros(6, dtype=minitorch.float64)
        step[place] = 1e-6
        slope = ((f(x + step) - f(x - step)) / 2e-6).item()
        # Like PyTorch's, the gradient reaches those elements that the view shows; the others are not its operand.
        assert gradient[place].item() == pytest.approx(slope if place in shown else 0, abs=1e-6)


def test_writing_through_as_strided_is_on_the_tape():
    x = minitorch.ones(6, requires_grad=True)
    y = x * 1
    y.reshape(2, 3).t().as_strided((2,), (4,), 1).mul_(3)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 3.0, 1.0, 1.0, 1.0, 3.0]


def test_resize_keeps_memory_that_is_large_enough(device):
    x = minitorch.arange(6.0, device=device)
    place = x.data_ptr()
    assert x.resize_(2, 2).tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert x.resize_(6).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] and x.data_ptr() == place
    assert x.resize_(8).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 0.0]
    assert x.resize_(1, 2, 2, 2, memory_format=minitorch.channels_last).stride() == (8, 1, 4, 2)
    with pytest.raises(RuntimeError, match="cannot resize variables that require grad"):
        minitorch.ones(2, requires_grad=True).resize_(3)


def test_memory_formats(device):
    x = minitorch.arange(120.0, device=device).reshape(2, 3, 4, 5)
    last = x.contiguous(memory_format=minitorch.channels_last)
    assert last.stride() == (60, 1, 15, 3) and minitorch.equal(last, x)
    assert last.is_contiguous(memory_format=minitorch.channels_last) and not last.is_contiguous()
    assert last.contiguous(memory_format=minitorch.channels_last) is last
    assert last.dim_order() == (0, 2, 3, 1)
    for kept in (
        last.clone(),
        last.double(),
        minitorch.zeros_like(last),
        minitorch.full_like(last, 2),
        last.to(minitorch.int8),
    ):
        assert kept.stride() == last.stride()
    for rows in (last.contiguous(), last.clone(memory_format=minitorch.contiguous_format),
                 minitorch.ones_like(last, memory_format=minitorch.contiguous_format)):  # fmt: skip
        assert rows.is_contiguous()
    assert minitorch.empty(2, 3, 4, 5, memory_format=minitorch.channels_last, device=device).stride() == last.stride()
    assert x.new_zeros(1, 2, 3, 4, 5).to(memory_format=minitorch.channels_last_3d).stride() == (120, 1, 40, 10, 2)
    x.requires_grad_().to(memory_format=minitorch.channels_last).sum().backward()
    assert x.grad.tolist() == minitorch.ones(2, 3, 4, 5).tolist()
    with pytest.raises(RuntimeError, match="required rank 4"):
        x[0].contiguous(memory_format=minitorch.channels_last)
    with pytest.raises(TypeError, match="must be a memory format"):
        x.clone(memory_format="channels_last")
    assert repr([minitorch.channels_last, minitorch.strided]) == "[torch.channels_last, torch.strided]"
    assert x.layout is minitorch.strided and isinstance(minitorch.strided, minitorch.layout)


def test_ambiguous_orders():
    assert minitorch.ones(2, 3).t().dim_order(ambiguity_check=True) == (1, 0)
    with pytest.raises(RuntimeError, match="unique dim order"):
        minitorch.ones(1, 3).dim_order(ambiguity_check=True)
    assert minitorch.ones(2, 1, 3, 3).dim_order(ambiguity_check=[minitorch.contiguous_format]) == (0, 1, 2, 3)


@pytest.mark.parametrize("name", ["array_api_strict/cpu", "jax/cpu"])
def test_backends_that_show_no_memory_say_so(name):
    pytest.importorskip(name.partition("/")[0])
    x = minitorch.arange(4.0, device=name)
    for ask in (x.data_ptr, x.untyped_storage, lambda: x.is_set_to(x)):
        with pytest.raises(BackendError, match=rf"{name.partition('/')[0]}.*doesn't say where in memory"):
            ask()
    assert x[1:].storage_offset() == 0
    with pytest.raises(RuntimeError, match="shows no memory around a tensor"):
        x[2:].as_strided((4,), (1,))
    assert x.resize_(2).tolist() == [0.0, 1.0] and x.resize_(3).tolist() == [0.0, 1.0, 0.0]


def test_formats_of_sizes():
    assert layouts.contiguous_strides((2, 0, 3)) == (3, 3, 1)
    assert layouts.suggested_format((2, 3, 4, 5), (60, 1, 15, 3)) is layouts.channels_last
    assert layouts.suggested_format((2, 1, 1, 1), (1, 1, 1, 1)) is layouts.contiguous_format
    assert layouts.preserved_strides((3, 2), (0, 1)) == (2, 1)


def _write_there(tensor: minitorch.Tensor) -> None:
    tensor[0] = 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="shares by fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_shared_memory_is_seen_by_forked_processes():
    x = minitorch.zeros(3, requires_grad=True)
    y = minitorch.zeros(3)
    for tensor in (x, y):
        assert not tensor.is_shared() and tensor.share_memory_() is tensor and tensor.is_shared()
    child = multiprocessing.get_context("fork").Process(target=_write_there, args=(y,))
    child.start()
    child.join()
    assert y.tolist() == [5.0, 0.0, 0.0]
    z = minitorch.zeros(3)
    view = z[1:]
    for left_behind in (z, view):
        with pytest.raises(RuntimeError, match="lie in this memory"):
            left_behind.share_memory_()


def test_numpy_arrays_made_of_a_tensor_can_be_changed_without_it():
    x = minitorch.zeros(4)
    array = x.numpy()
    array.shape = (2, 2)
    array.flags.writeable = False
    assert x.shape == (4,) and x.add_(1).tolist() == [1.0] * 4
    assert isinstance(x.numpy().base, np.ndarray)
