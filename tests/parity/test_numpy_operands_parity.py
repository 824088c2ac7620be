"""NumPy's numbers, arrays and names of arguments beside Tensors: type, dtype and values are PyTorch's."""

import warnings

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

NUMBERS = (
    "np.float32(2)",
    "np.float64(2)",
    "np.float16(2)",
    "np.int64(2)",
    "np.int32(2)",
    "np.uint8(2)",
    "np.bool_(True)",
)
OPERATORS = ("+", "-", "*", "/", "**", "//", "%", "==", "!=", "<", ">=")
INTEGERS = ("&", "|", "^", "<<", ">>")

EXPRESSIONS = [
    "x == np.ones(2)", "np.ones(2) == x", "x * np.arange(2)", "x @ np.ones(2)",
    "(w * np.float32(3)).requires_grad", "(np.int64(3) + w).requires_grad",
    "t.tensor([np.float64(1)])", "t.tensor([np.float64(1), np.float32(2)])", "t.tensor([1.0, np.float64(1)])",
    "t.tensor([1, np.float32(1)])", "t.tensor([np.int32(1)])", "t.tensor([np.int32(1), 2])", "t.tensor([np.float16(1), 1])",
    "t.tensor([[np.float64(1)], [2]])", "t.tensor([np.ones(2), [1, 2]])", "t.tensor([np.ones(2, np.float32), np.ones(2)])",
    "t.tensor([t.tensor(1), 2.5])", "t.tensor([t.tensor(1.0, dtype=t.float64)])",
    "t.tensor([np.float64(1)], dtype=t.float32)", "t.as_tensor([np.float64(1)])", "t.Tensor([np.float64(1)])",
    "t.arange(np.int64(0), np.int64(3))", "t.arange(np.float64(3))", "t.chunk(x, np.int64(2))[0]", "t.rsub(x, np.float32(2))",
    "t.nn.functional.one_hot(i, np.int64(3))", "x.sum(axis=0)", "t.mean(m, axis=1, keepdims=True)", "t.cat([m, m], axis=1)",
    "t.stack([x, x], axis=1)", "t.cumprod(x, axis=0)", "m.max(axis=1).values", "m.argmax(axis=0)", "m.sort(axis=0).indices",
    "t.gather(m, axis=1, index=t.zeros(2, 1, dtype=t.int64))", "m.std(axis=(0, 1))", "m.unsqueeze(axis=0)", "m.mean(axis=None)",
    "m.topk(1, axis=0).values", "t.logsumexp(m, axis=0)", "m.clone().cumsum_(axis=0)", "m.squeeze(axis=0)", "m.all(axis=0)",
]  # fmt: skip
EXPRESSIONS += [f"x {sign} {number}" for sign in OPERATORS for number in NUMBERS[:4]]
EXPRESSIONS += [f"{number} {sign} x" for sign in OPERATORS for number in NUMBERS if number != "np.bool_(True)"]
EXPRESSIONS += [f"i {sign} np.int64(1)" for sign in INTEGERS] + [f"i * {number}" for number in NUMBERS[:5]]


def told(library, expression):
    """The value of an expression, with its type and dtype; or the kind of error."""
    names = {
        "t": library, "np": np, "x": library.tensor([1.0, 3.0]), "i": library.tensor([1, 2]),
        "m": library.tensor([[1.0, 5.0], [4.0, 2.0]]),
        "w": library.ones(2, requires_grad=True),
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what NumPy thinks of PyTorch's __array_wrap__
        value = eval(expression, names)
    if not isinstance(value, library.Tensor):
        return type(value).__name__, value
    return "Tensor", str(value.dtype), list(value.shape), value.tolist()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same_value(expression):
    assert told(minitorch, expression) == told(torch, expression)


@pytest.mark.parametrize(
    "call", ["t.gather(m, 0)", "t.cumsum(x)", "x.unsqueeze()", "t.sum(x, axes=0)", "t.cat([x], axes=0)"]
)
def test_arguments_are_still_asked_for(call):
    with pytest.raises(TypeError, match=r"missing 1 required|unexpected keyword"):
        told(minitorch, call)


def test_lists_of_unequal_lengths():
    for library in (torch, minitorch):
        with pytest.raises(ValueError, match=r"expected sequence of length 2 at dim 1 \(got 1\)"):
            library.tensor([[1, 2], [3]])


@pytest.mark.parametrize("name", ["diff", "logsumexp", "cumsum", "nanmean", "std"])
def test_results_are_written_beside_an_axis(name):
    for library in (torch, minitorch):
        x = library.tensor([[1.0, 5.0], [4.0, 2.0]])
        wanted = getattr(library, name)(x, axis=1)
        out = library.zeros_like(wanted)
        assert getattr(library, name)(x, axis=1, out=out) is out
        assert out.tolist() == wanted.tolist()
