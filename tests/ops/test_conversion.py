"""Copies: how they lie in memory."""

import minitorch


def test_clone_keeps_the_layout_and_contiguous_makes_rows():
    x = minitorch.arange(6.0).reshape(2, 3).t()
    assert x.clone().stride() == (1, 3)
    assert x.clone(memory_format=minitorch.contiguous_format).stride() == (2, 1)
    assert x.contiguous().stride() == (2, 1)
    assert x.contiguous().tolist() == x.clone().tolist() == x.tolist()


def test_a_copy_of_an_expanded_tensor_has_room_for_all():
    copy = minitorch.arange(3.0).expand(2, 3).clone()
    assert copy.stride() == (3, 1)
    copy[0] = 7
    assert copy.tolist() == [[7, 7, 7], [0, 1, 2]]


def test_one_place_of_an_expanded_tensor_can_be_written():
    base = minitorch.zeros(3)
    base.expand(2, 3)[1, :2] = 5
    assert base.tolist() == [5, 5, 0]


def test_writing_a_detached_tensor_through_a_view_gives_it_a_gradient():
    value = minitorch.ones(4, requires_grad=True)
    base = minitorch.zeros(4)
    detached = base.detach()
    detached[1:] = value[1:] * 3
    assert detached.requires_grad
    assert not base.requires_grad
    (detached * detached).sum().backward()
    assert value.grad.tolist() == [0, 18, 18, 18]
    assert base.tolist() == [0, 3, 3, 3]
