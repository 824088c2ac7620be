"""Tensors that take on another shape in place, which no row does."""

from __future__ import annotations

import pytest

import minitorch

BACKENDS = ["numpy", "array_api_strict"]


@pytest.fixture(params=BACKENDS, autouse=True)
def backend(request):
    pytest.importorskip(request.param)
    with minitorch.use_backend(request.param):
        yield request.param


def test_the_same_object_takes_on_the_shape():
    x = minitorch.arange(6).reshape(2, 3).clone()
    version = x._version
    assert x.t_() is x and x.shape == (3, 2) and x.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert x._version > version
    assert x.unsqueeze_(1).shape == (3, 1, 2)
    assert x.squeeze_().transpose_(0, 1).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_view_keeps_its_base():
    base = minitorch.zeros(2, 3)
    view = base[:, :2]
    view.t_()
    view[0, 1] = 7.0
    assert base.tolist() == [[0, 0, 0], [7, 0, 0]]


def test_gradients_find_their_way_back():
    x = minitorch.arange(6.0).reshape(2, 3).requires_grad_()
    y = x * 2
    y.t_()
    (y * minitorch.arange(6.0).reshape(3, 2)).sum().backward()
    assert x.grad.tolist() == [[0, 4, 8], [2, 6, 10]]


def test_a_leaf_that_requires_grad_is_refused():
    with pytest.raises(RuntimeError, match="leaf Variable"):
        minitorch.ones(2, 3, requires_grad=True).t_()
    with pytest.raises(RuntimeError, match="cannot resize"):
        minitorch.ones(2, 3, requires_grad=True).resize_(3)


def test_backward_sees_that_a_saved_tensor_changed():
    x = minitorch.ones(2, 3, requires_grad=True)
    y = x * 2
    z = y * y
    y.t_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_resize_keeps_the_first_elements():
    x = minitorch.arange(6)
    assert x.resize_(2, 2).tolist() == [[0, 1], [2, 3]]
    assert x.resize_((5,)).tolist()[:4] == [0, 1, 2, 3]
    assert x.resize_as_(minitorch.zeros(1, 3)).tolist() == [[0, 1, 2]]


def test_copies_of_views_share_nothing():
    x = minitorch.zeros(2, 3)
    copies = [minitorch.transpose_copy(x, 0, 1), *minitorch.unbind_copy(x), *minitorch.split_with_sizes_copy(x, [1, 1])]
    for copy in copies:
        copy.fill_(1.0)
    assert x.tolist() == [[0, 0, 0], [0, 0, 0]]
    out = minitorch.empty(0)
    assert minitorch.permute_copy(x, (1, 0), out=out) is out and out.shape == (3, 2)


def test_writing_to_a_complex_tensor_through_its_parts():
    z = minitorch.zeros(2, dtype=minitorch.complex64)
    minitorch.view_as_real(z)[:, 1] = 3.0
    assert z.tolist() == [3j, 3j]
    pairs = minitorch.zeros(2, 2)
    minitorch.view_as_complex(pairs)[0] = 1 + 2j
    assert pairs.tolist() == [[1, 2], [0, 0]]


def test_the_gradient_of_a_pair_as_one_complex_number():
    pair = minitorch.tensor([-0.5, 0.25], dtype=minitorch.float64, requires_grad=True)
    (minitorch.view_as_complex(pair) * (1 + 0.5j)).real.backward()
    assert pair.grad.tolist() == [1.0, -0.5]  # NumPy gave a scalar in between, of which only half was read
