"""`tensor_repr` and its options without PyTorch at hand: one text for each rule, PyTorch 2.13's own."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from minitorch import dtypes
from minitorch.printing import get_printoptions, printoptions, set_printoptions, tensor_repr

NAN, INF = math.nan, math.inf


@pytest.fixture(autouse=True)
def default_options() -> Iterator[None]:
    with printoptions(profile="default"):
        yield


def text(values: Any, dtype: dtypes.DType = dtypes.float32, **options: Any) -> str:
    settings: dict[str, Any] = {"device": "cpu", "default_dtype": dtypes.float32, "default_device": "cpu"}
    array = values if isinstance(values, np.ndarray) else np.array(values, dtypes.numpy_dtype(dtype))
    return tensor_repr(array, dtype=dtype, **{**settings, **options})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (1.5, "tensor(1.5000)"),
        ([1, 2, 3], "tensor([1., 2., 3.])"),
        ([1, -2.5], "tensor([ 1.0000, -2.5000])"),
        ([0.0, -0.0], "tensor([0., -0.])"),
        ([NAN, INF, -INF], "tensor([nan, inf, -inf])"),
        ([1.5, NAN, -INF], "tensor([1.5000,    nan,   -inf])"),
        ([1, 1000], "tensor([   1., 1000.])"),
        ([1, 1001], "tensor([1.0000e+00, 1.0010e+03])"),
        ([2e8, 3e8], "tensor([2.0000e+08, 3.0000e+08])"),
        ([0.5, 0.00005], "tensor([5.0000e-01, 5.0000e-05])"),
        ([0.0001, 0.05], "tensor([1.0000e-04, 5.0000e-02])"),
        ([], "tensor([])"),
        ([[], []], "tensor([], size=(2, 0))"),
        ([[1, 2], [3, 4]], "tensor([[1., 2.],\n        [3., 4.]])"),
        ([[[1], [2]], [[3], [4]]], "tensor([[[1.],\n         [2.]],\n\n        [[3.],\n         [4.]]])"),
    ],
)
def test_floats(values: Any, expected: str) -> None:
    assert text(values) == expected


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, -20], dtypes.int64, "tensor([  1, -20])"),
        ([1, 2], dtypes.uint8, "tensor([1, 2], dtype=torch.uint8)"),
        ([2**63, 1], dtypes.uint64, "tensor([9223372036854775808,                   1], dtype=torch.uint64)"),
        ([True, False], dtypes.bool, "tensor([ True, False])"),
        (True, dtypes.bool, "tensor(True)"),
        ([], dtypes.int64, "tensor([], dtype=torch.int64)"),
        ([0.1], dtypes.float16, "tensor([0.1000], dtype=torch.float16)"),
        ([0.1], dtypes.float64, "tensor([0.1000], dtype=torch.float64)"),
        ([1e8], dtypes.float64, "tensor([100000000.], dtype=torch.float64)"),
        ([1e-4, 0.05], dtypes.float64, "tensor([0.0001, 0.0500], dtype=torch.float64)"),
        ([1 + 2j, -1.5 - 10j], dtypes.complex64, "tensor([ 1.0000+2.j, -1.5000-10.j])"),
        ([1 + 1j, complex(NAN, -0.0)], dtypes.complex128, "tensor([1.+1.j, nan-0.j], dtype=torch.complex128)"),
    ],
)
def test_other_dtypes(values: Any, dtype: dtypes.DType, expected: str) -> None:
    assert text(values, dtype) == expected


def test_bfloat16_comes_widened_or_as_ml_dtypes() -> None:
    values = np.array([0.25, 2**17], np.float32)
    expected = "tensor([2.5000e-01, 1.3107e+05], dtype=torch.bfloat16)"
    assert text(values, dtypes.bfloat16) == expected
    pytest.importorskip("ml_dtypes")
    assert text(values.astype(dtypes.numpy_dtype(dtypes.bfloat16)), dtypes.bfloat16) == expected


def test_dtypes_that_go_without_saying_follow_the_default() -> None:
    assert text([0.5], dtypes.float64, default_dtype=dtypes.float64) == "tensor([0.5000])"
    assert text([0.5], dtypes.float32, default_dtype=dtypes.float64) == "tensor([0.5000], dtype=torch.float32)"
    assert text([1j], dtypes.complex128, default_dtype=dtypes.float64) == "tensor([0.+1.j])"


@pytest.mark.parametrize(
    ("device", "default", "is_said"),
    [
        ("cpu", "cpu", False),
        ("cuda:0", "cpu", True),
        ("cuda:0", "cuda", False),
        ("cuda:0", "cuda:0", False),
        ("cuda:1", "cuda:0", True),
        ("cpu", "cuda:0", True),
    ],
)
def test_device(device: str, default: str, is_said: bool) -> None:
    said = f", device='{device}'" if is_said else ""
    assert text([1], device=device, default_device=default) == f"tensor([1.]{said})"


def test_meta_shows_no_values() -> None:
    array = np.zeros((2, 3), np.float32)
    assert text(array, device="meta") == "tensor(..., device='meta', size=(2, 3))"
    assert text(array, dtypes.int64, device="meta") == "tensor(..., device='meta', size=(2, 3), dtype=torch.int64)"


def test_gradient_suffixes() -> None:
    assert text([1], requires_grad=True) == "tensor([1.], requires_grad=True)"
    assert text([1], requires_grad=True, grad_fn_name="AddBackward0") == "tensor([1.], grad_fn=<AddBackward0>)"
    assert text([1], is_parameter=True, requires_grad=True) == "Parameter containing:\ntensor([1.], requires_grad=True)"


def test_class_name_moves_the_indentation() -> None:
    assert text([[1], [2]], class_name="Mask") == "Mask([[1.],\n      [2.]])"
    assert text([1], class_name="Weight", is_parameter=True) == "Parameter containing:\nParameter(Weight([1.]))"


def test_contents_replace_the_numbers() -> None:
    assert text([1], dtypes.int32, contents="<hidden>") == "tensor(<hidden>, dtype=torch.int32)"


def test_suffixes_that_do_not_fit_go_to_a_new_line() -> None:
    values = np.full(8, 0.25)
    numbers = "[" + ", ".join(["0.2500"] * 8) + "]"
    on_one_line = f"tensor({numbers}, requires_grad=True)"
    assert len(on_one_line) == 92
    assert text(values, requires_grad=True) == f"tensor({numbers},\n       requires_grad=True)"
    with printoptions(linewidth=93):
        assert text(values, requires_grad=True) == on_one_line
    with printoptions(linewidth=92):
        assert text(values, requires_grad=True) != on_one_line


def test_rows_break_at_linewidth_and_zeros_count_as_one_character() -> None:
    assert [line.count("1.") for line in text(np.ones(20)).split("\n")] == [18, 2]
    assert [line.count("0.") for line in text(np.zeros(30)).split("\n")] == [24, 6]
    complex_rows = text(np.full(20, 1 + 1j), dtypes.complex64).split("\n")
    assert [line.count("j") for line in complex_rows] == [10, 10]


def test_summary() -> None:
    assert text(np.arange(1001), dtypes.int64) == "tensor([   0,    1,    2,  ...,  998,  999, 1000])"
    assert "..." not in text(np.arange(1000), dtypes.int64)
    with printoptions(threshold=3, edgeitems=1):
        expected = "tensor([[ 0,  ...,  2],\n        ...,\n        [12,  ..., 14]])"
        assert text(np.arange(15).reshape(5, 3), dtypes.int64) == expected
        assert text(np.arange(4).reshape(2, 2), dtypes.int64) == "tensor([[0, 1],\n        [2, 3]])"
    with printoptions(threshold=3, edgeitems=0):
        assert text(np.arange(4), dtypes.int64) == "tensor([...], size=(4,))"


def test_summary_looks_at_nothing_else() -> None:
    huge = np.broadcast_to(np.float32(1), (10**6, 10**6))
    start = time.perf_counter()
    assert text(huge).count("1.") == 36
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("order", ["C", "F"])
def test_layout_does_not_matter(order: Any) -> None:
    values = np.array([[0, 1, 2], [3, 4, 5]])
    assert text(np.asarray(values, order=order), dtypes.int64) == "tensor([[0, 1, 2],\n        [3, 4, 5]])"
    assert text(np.repeat(values, 2, axis=1)[::-1, ::-2], dtypes.int64) == "tensor([[5, 4, 3],\n        [2, 1, 0]])"


def test_precision_and_sci_mode() -> None:
    set_printoptions(precision=2)
    assert text([0.125, 3]) == "tensor([0.12, 3.00])"
    set_printoptions(sci_mode=True)
    assert text([1, 2]) == "tensor([1.00e+00, 2.00e+00])"
    set_printoptions(sci_mode=False)
    assert text([1e-5, 1e5]) == "tensor([     0.00, 100000.00])"


def test_profiles_and_what_overrides_them() -> None:
    default = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}
    assert get_printoptions() == default
    set_printoptions(profile="short", linewidth=40, sci_mode=False)
    assert get_printoptions() == {**default, "precision": 2, "edgeitems": 2, "linewidth": 40, "sci_mode": False}
    set_printoptions(precision=3)
    assert get_printoptions() == {**default, "precision": 3, "edgeitems": 2, "linewidth": 40}
    set_printoptions(profile="full")
    assert get_printoptions() == {**default, "threshold": INF}


def test_block_restores_what_it_found() -> None:
    set_printoptions(precision=6, sci_mode=True)
    before = get_printoptions()
    with pytest.raises(KeyError), printoptions(profile="short"):
        raise KeyError
    assert get_printoptions() == before


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"profile": "shrot"}, ValueError, "one of 'default', 'short', 'full'"),
        ({"profile": []}, ValueError, "unknown profile"),
        ({"precision": 2.5}, TypeError, "precision must be an integer"),
        ({"edgeitems": -1}, ValueError, "edgeitems can't be negative"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], error: type[Exception], words: str) -> None:
    before = get_printoptions()
    with pytest.raises(error, match=words):
        set_printoptions(linewidth=10, **options)
    assert get_printoptions() == before
