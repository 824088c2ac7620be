"""Collation: which batch comes of which samples."""

from collections import OrderedDict, UserDict, UserList, namedtuple
from types import MappingProxyType

import numpy as np
import pytest

import minitorch
from minitorch.utils.data import default_collate, default_convert
from minitorch.utils.data.collate import collate, default_collate_fn_map

Point = namedtuple("Point", ["x", "y"])


def test_tensors_are_stacked():
    batch = default_collate([minitorch.tensor([1, 2]), minitorch.tensor([3, 4])])
    assert batch.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("samples", "dtype", "values"),
    [
        ([1, 2], "int64", [1, 2]),
        ([1.5, 2.5], "float64", [1.5, 2.5]),
        ([True, False], "bool", [True, False]),
        ([np.float32(1.5), np.float32(2)], "float32", [1.5, 2.0]),
        ([np.int16(1), np.int16(2)], "int16", [1, 2]),
        ([np.bool_(True), np.bool_(False)], "bool", [True, False]),
        ([np.array([1, 2], np.int8), np.array([3, 4], np.int8)], "int8", [[1, 2], [3, 4]]),
    ],
)
def test_numbers_and_arrays(samples, dtype, values):
    batch = default_collate(samples)
    assert batch.dtype is getattr(minitorch, dtype)
    assert batch.tolist() == values


def test_text_stays():
    assert default_collate(["a", "b"]) == ["a", "b"]
    assert default_collate([b"a", b"b"]) == [b"a", b"b"]


def test_containers():
    first, second = default_collate([(1, "a"), (2, "b")])
    assert first.tolist() == [1, 2]
    assert second == ("a", "b")
    point = default_collate([Point(1, 2.0), Point(3, 4.0)])
    assert type(point) is Point
    assert point.x.tolist() == [1, 3]
    assert [part.tolist() for part in default_collate([[1, 2], [3, 4]])] == [[1, 3], [2, 4]]
    nested = default_collate([{"a": (1, {"b": 2})}, {"a": (3, {"b": 4})}])
    assert nested["a"][1]["b"].tolist() == [2, 4]


@pytest.mark.parametrize("kind", [OrderedDict, UserDict, dict])
def test_mappings_keep_their_type(kind):
    batch = default_collate([kind({"a": 1}), kind({"a": 2})])
    assert type(batch) is kind
    assert batch["a"].tolist() == [1, 2]


def test_types_that_can_not_be_made_become_plain():
    assert type(default_collate([UserList([1]), UserList([2])])) is UserList
    batch = default_collate([MappingProxyType({"a": 1}), MappingProxyType({"a": 2})])
    assert batch["a"].tolist() == [1, 2]
    assert type(default_collate([range(2), range(2)])) is list


def test_wrong_samples():
    with pytest.raises(RuntimeError, match=r"equal size(.|\n)*sample 1(.|\n)*collate_fn"):
        default_collate([(1, 2), (3,)])
    with pytest.raises(TypeError, match=r"must contain tensors(.|\n)*object"):
        default_collate([object()])
    with pytest.raises(TypeError, match=r"must contain tensors(.|\n)*<U1"):
        default_collate([np.array(["a"])])
    with pytest.raises(RuntimeError, match=r"\[2\](.|\n)*\[3\]"):
        default_collate([minitorch.zeros(2), minitorch.zeros(3)])


def test_new_types_can_be_registered(monkeypatch):
    monkeypatch.setitem(default_collate_fn_map, set, lambda batch, *, collate_fn_map: set.union(*batch))
    assert default_collate([{1}, {2}]) == {1, 2}
    assert collate([{1}, {2}], collate_fn_map={set: lambda batch, *, collate_fn_map: len(batch)}) == 2


def test_convert():
    assert default_convert(np.array([1, 2])).tolist() == [1, 2]
    assert default_convert(np.float32(1)).dtype is minitorch.float32
    kept = minitorch.tensor(1)
    assert default_convert(kept) is kept
    assert default_convert("text") == "text"
    assert default_convert(3) == 3
    assert default_convert(np.str_("a")) == "a"
    words = np.array(["a"])
    assert default_convert(words) is words
    first, second = default_convert((np.array([1]), {"a": np.array([2.5])}))
    assert first.tolist() == [1]
    assert second["a"].tolist() == [2.5]
    assert type(default_convert(Point(np.array(1), 2))) is Point
