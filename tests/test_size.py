"""`Size`: a tuple in all that a tuple does, PyTorch's in how it prints and what it gives back."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from minitorch.size import Size

SIZE = Size([2, 3, 4])


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (SIZE, "torch.Size([2, 3, 4])"),
        (Size(), "torch.Size([])"),
        (Size((-1, 0)), "torch.Size([-1, 0])"),
        (SIZE[1:], "torch.Size([3, 4])"),
        (SIZE[::-1], "torch.Size([4, 3, 2])"),
        (SIZE[5:], "torch.Size([])"),
        (SIZE + (5,), "torch.Size([2, 3, 4, 5])"),
        ((5,) + SIZE, "torch.Size([5, 2, 3, 4])"),
        (SIZE + SIZE[:1], "torch.Size([2, 3, 4, 2])"),
        (SIZE[:1] * 3, "torch.Size([2, 2, 2])"),
        (2 * SIZE[:1], "torch.Size([2, 2])"),
        (Size(number for number in (np.int64(7), np.uint8(1), True)), "torch.Size([7, 1, 1])"),
        (SIZE + (np.int32(5),), "torch.Size([2, 3, 4, 5])"),
    ],
)
def test_stays_a_size_of_python_ints(size: Size, text: str) -> None:
    assert type(size) is Size
    assert repr(size) == str(size) == f"{size}" == text
    assert all(type(item) is int for item in size)


@pytest.mark.parametrize(("sizes", "count"), [((), 1), ((2, 3, 4), 24), ((5, 0), 0), ((2**40, 2**40), 2**80)])
def test_numel(sizes: tuple[int, ...], count: int) -> None:
    numel = Size(sizes).numel()
    assert numel == count
    assert type(numel) is int


def test_is_the_tuple_of_its_numbers() -> None:
    assert SIZE == (2, 3, 4) and {SIZE: "found"}[(2, 3, 4)] == "found"
    assert SIZE != [2, 3, 4]
    assert SIZE < (3,) and SIZE.index(4) == 2 and SIZE.count(3) == 1 and len(SIZE) == 3
    assert SIZE[-1] == 4 and type(SIZE[0]) is int
    batch, *rest = SIZE
    assert (batch, rest) == (2, [3, 4])
    assert not hasattr(SIZE, "__dict__")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_survives_pickle_and_copy(protocol: int) -> None:
    for twin in (pickle.loads(pickle.dumps(SIZE, protocol)), copy.copy(SIZE), copy.deepcopy(SIZE)):
        assert type(twin) is Size and twin == SIZE


@pytest.mark.parametrize(("items", "position"), [([1.5], 0), ("ab", 0), ([1, None], 1), ([2, np.float64(3)], 1)])
def test_refuses_what_is_no_integer(items: object, position: int) -> None:
    with pytest.raises(TypeError, match=f"must be an integer(.|\n)*as item {position}"):
        Size(items)
    if isinstance(items, list):
        with pytest.raises(TypeError, match=f"as item {position + 3}"):
            SIZE + tuple(items)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: Size(3),
        lambda: Size(1, 2),
        lambda: SIZE + [1],
        lambda: [1] + SIZE,
        lambda: SIZE * 1.5,
        lambda: SIZE["x"],
    ],
)
def test_refuses_what_a_tuple_refuses(attempt: object) -> None:
    with pytest.raises(TypeError):
        attempt()


def test_index_out_of_range() -> None:
    with pytest.raises(IndexError):
        SIZE[3]
