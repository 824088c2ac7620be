"""Python's numbers that an integer type can't hold: taken modulo its range in arithmetic and comparisons, refused elsewhere."""

import pytest

import minitorch

torch = pytest.importorskip("torch")

EXPRESSIONS = [f"{name} {sign} {number}" for name in ("u", "s", "i") for number in (-1, 255, 300, -129, 2**40)
               for sign in ("+", "-", "*", "&", "|", "==", "!=", "<", ">=")]  # fmt: skip
EXPRESSIONS += [
    "300 - u", "u // 300", "u % 300", "u.add(300)", "u.eq(-1)", "u.clone().add_(300)", "u.clone().mul_(-1)", "s * 1000",
    "t.full((1,), -1, dtype=t.uint8)", "t.full((1,), 300, dtype=t.uint8)", "t.tensor([300], dtype=t.uint8)",
    "t.tensor([-1], dtype=t.uint8)", "t.tensor([129], dtype=t.int8)", "t.tensor([2**40], dtype=t.int32)", "u.clamp(max=300)",
    "t.tensor([1.5e10], dtype=t.int32)", "u.clone().fill_(300)", "u.clone().fill_(-1)", "u.masked_fill(u > 0, -1)",
    "u.masked_fill(u > 0, 300)", "u.index_fill(0, first, -1)", "u.index_fill(0, first, 300)",
    "u.clone().__setitem__(0, 300)", "t.full((1,), 1e10, dtype=t.float16)",
]  # fmt: skip


def told(library, expression):
    names = {
        "t": library, "u": library.tensor([255, 0, 7], dtype=library.uint8),
        "s": library.tensor([-1, 5, 100], dtype=library.int8), "i": library.tensor([1, -2, 300], dtype=library.int32),
        "first": library.tensor([0]),
    }  # fmt: skip
    try:
        value = eval(expression, names)
    except RuntimeError as error:
        assert "overflow" in str(error)
        return "overflow"
    return value if value is None else (str(value.dtype), value.tolist())


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same_value(expression):
    assert told(minitorch, expression) == told(torch, expression)
