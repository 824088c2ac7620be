"""The promotion lattice against PyTorch's, pair by pair, for tensors, 0-d tensors and Python numbers."""

import itertools

import pytest

from minitorch import dtypes

torch = pytest.importorskip("torch")


def outcome(function, *arguments):
    try:
        return repr(function(*arguments))
    except RuntimeError:
        return "refused"


def theirs(dtype):
    return getattr(torch, dtype.name)


# NumPy has no complex of two float16s, so complex32 is complex64 here.
def without_complex32(text):
    return text.replace("complex32", "complex64")


@pytest.mark.parametrize(("first", "second"), list(itertools.product(dtypes.ALL, dtypes.ALL)), ids=repr)
def test_pairs(first, second):
    assert outcome(dtypes.promote_types, first, second) == outcome(torch.promote_types, theirs(first), theirs(second))
    assert dtypes.can_cast(first, second) == torch.can_cast(theirs(first), theirs(second))
    weak = outcome(torch.result_type, torch.zeros(2, dtype=theirs(first)), torch.zeros((), dtype=theirs(second)))
    if (first.name, second.category) == ("float16", dtypes.COMPLEX):
        weak = without_complex32(weak)
    assert outcome(dtypes.result_of, [first], [second]) == weak


@pytest.mark.parametrize("dtype", dtypes.ALL, ids=repr)
@pytest.mark.parametrize("value", [True, 1, 1.0, 1j])
def test_numbers(dtype, value):
    number = dtypes.of_number(value)
    for shape, groups in (((2,), ([dtype], [])), ((), ([], [dtype]))):
        expected = without_complex32(outcome(torch.result_type, torch.zeros(shape, dtype=theirs(dtype)), value))
        assert outcome(dtypes.result_of, *groups, [number]) == expected
