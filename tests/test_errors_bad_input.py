"""Bad input: what the message says (what failed, where, expected, got, what to do), and that nothing changes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

import minitorch
from minitorch import backend, errors, nn, ones, tape, tensor

LABELS = ("where", "expected", "got", "hint")


def refused(call: Callable[[], object], kind: type[Exception]) -> tuple[dict[str, str], list[str]]:
    """The parts of the message with which a call is refused, by label ("what" is the first line), and the notes added to it."""
    with pytest.raises(kind) as caught:
        call()
    return parts_of(str(caught.value)), getattr(caught.value, "__notes__", [])


def parts_of(text: str) -> dict[str, str]:
    what, *lines = text.splitlines()
    parts = {"what": what}
    for line in lines:
        label, _, said = line.strip().partition(":")
        assert label in LABELS, line
        parts[label] = said.strip()
    return parts


def complete(parts: dict[str, str], **expected: str) -> None:
    """All five parts are there, and say this."""
    assert set(parts) == {"what", *LABELS}
    for label, said in expected.items():
        assert said in parts[label], f"{label}: {parts[label]}"


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(8, 4))
        self.head = nn.Linear(3, 2)

    def forward(self, x: minitorch.Tensor) -> minitorch.Tensor:
        return self.head(self.body(x))


# --- Shapes -----------------------------------------------------------------------------------------------------------


def test_shapes_that_do_not_broadcast() -> None:
    parts, _ = refused(lambda: ones(2, 3) + ones(2, 4), errors.ShapeMismatch)
    complete(
        parts,
        what="The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        where="add(input, other)",
        expected="shapes that are equal from the right, or 1",
        got="input [2, 3], other [2, 4]",
        hint="reshape or slice one of them",
    )


@pytest.mark.parametrize(
    ("first", "second", "hint"),
    [((2, 3), (3, 2), "try .T"), ((2, 3), (2,), "unsqueeze"), ((2, 3), (4, 3), "reshape or slice")],
)
def test_the_hint_fits_the_shapes(first: tuple, second: tuple, hint: str) -> None:
    parts, _ = refused(lambda: ones(*first) * ones(*second), errors.ShapeMismatch)
    assert hint in parts["hint"]


def test_operands_that_do_not_stand_side_by_side() -> None:
    parts, _ = refused(lambda: minitorch.where(ones(2, 1) > 0, ones(3), ones(4)), errors.ShapeMismatch)
    complete(parts, where="where(input, other)", got="input [3], other [4]")
    parts, _ = refused(lambda: minitorch.where(ones(5) > 0, ones(3), 1.0), errors.ShapeMismatch)
    complete(parts, where="where(condition, input)", got="condition [5], input [3]")


def test_a_write_that_would_need_to_grow_its_tensor() -> None:
    parts, _ = refused(lambda: ones(2, 3).add_(ones(4, 2, 3)), errors.ShapeMismatch)
    assert parts["what"].startswith("add_(): output with shape [2, 3] doesn't match")
    assert (parts["expected"], parts["got"]) == ("values that broadcast to [2, 3]", "values of shape [4, 2, 3]")
    assert "without the trailing underscore" in parts["hint"]


def test_matmul() -> None:
    parts, _ = refused(lambda: ones(2, 3) @ ones(2, 4), errors.ShapeMismatch)
    complete(
        parts,
        what="(2x3 and 2x4)",
        where="matmul",
        expected="(..., 3, m)",
        got="[2, 3] @ [2, 4]",
        hint="transposed: try .mT",
    )


def test_matmul_inside_a_module() -> None:
    parts, notes = refused(lambda: Net()(ones(2, 8)), errors.ShapeMismatch)
    complete(
        parts,
        where="linear()",
        expected="an input of shape (..., 3)",
        got="an input of shape [2, 4]",
        hint="in_features",
    )
    assert notes == ["in head (Linear) of Net, called with [2, 4] torch.float32"]
    _, notes = refused(lambda: Net()(ones(2, 9)), errors.ShapeMismatch)
    assert notes == ["in body.1 (Linear) of Net, called with [2, 9] torch.float32"]


# --- Indices ----------------------------------------------------------------------------------------------------------


def test_an_index_of_the_wrong_dtype() -> None:
    parts, _ = refused(lambda: ones(2, 3)[tensor([0.5])], IndexError)
    complete(
        parts, where="indexing a tensor of shape [2, 3]", expected="torch.int64", got="torch.float32", hint=".long()"
    )


@pytest.mark.parametrize(
    ("call", "op", "argument"),
    [
        (lambda: ones(2, 3).gather(0, tensor([[0.5]])), "gather()", "'index'"),
        (lambda: ones(2, 3).index_select(0, tensor([0.5])), "index_select()", "'index'"),
        (lambda: nn.Embedding(3, 2)(tensor([0.5])), "embedding()", "'indices'"),
    ],
)
def test_an_index_argument_of_the_wrong_dtype(call: Callable, op: str, argument: str) -> None:
    parts, _ = refused(call, RuntimeError)
    assert parts["what"].startswith(op)
    assert argument in parts["what"]
    assert (parts["expected"], parts["got"]) == ("torch.int64 or torch.int32", "torch.float32")
    assert ".long()" in parts["hint"]


@pytest.mark.parametrize(
    ("key", "what", "expected"),
    [
        (5, "index 5 is out of bounds for dimension 0 with size 2", "an index from -2 to 1"),
        ((0, -4), "index -4 is out of bounds for dimension 1 with size 3", "an index from -3 to 2"),
        ((..., 3), "index 3 is out of bounds for dimension 1 with size 3", "an index from -3 to 2"),
        (tensor([0, 2]), "index 2 is out of bounds for dimension 0 with size 2", "indices from -2 to 1"),
        ((slice(None), [0, -4]), "index -4 is out of bounds for dimension 1 with size 3", "indices from -3 to 2"),
    ],
)
def test_an_index_out_of_range(key: object, what: str, expected: str) -> None:
    parts, _ = refused(lambda: ones(2, 3)[key], errors.IndexOutOfRange)
    complete(parts, what=what, where="indexing a tensor of shape [2, 3]", expected=expected, hint="count from 0")


@pytest.mark.parametrize("key", [5, tensor([0, 2])])
def test_a_write_out_of_range(key: object) -> None:
    x = ones(2, 3)
    refused(lambda: x.__setitem__(key, 7.0), IndexError)
    assert x.tolist() == ones(2, 3).tolist()


@pytest.mark.parametrize(
    ("call", "op"),
    [
        (lambda: ones(2, 3).gather(1, tensor([[5]])), "gather()"),
        (lambda: ones(2, 3).index_select(1, tensor([5])), "index_select()"),
        (lambda: ones(2, 3).index_add(1, tensor([5]), ones(2, 1)), "index_add()"),
    ],
)
def test_an_index_argument_out_of_range(call: Callable, op: str) -> None:
    parts, _ = refused(call, errors.IndexOutOfRange)
    complete(
        parts, what=f"{op}: index 5 is out of bounds for dimension 1 with size 3", where=op, expected="0 to 2", got="5"
    )


def test_a_token_that_the_table_does_not_have() -> None:
    parts, notes = refused(lambda: nn.Sequential(nn.Embedding(3, 2))(tensor([3])), IndexError)
    complete(parts, where="embedding()", expected="indices from 0 to 2", got="3", hint="num_embeddings")
    assert notes == ["in 0 (Embedding) of Sequential, called with [1] torch.int64"]


def test_too_many_indices() -> None:
    parts, _ = refused(lambda: ones(2, 3)[0, 0, 0], IndexError)
    assert parts["what"] == "too many indices for tensor of dimension 2"
    parts, _ = refused(lambda: tensor(1.0)[0], IndexError)
    assert "tensor.item()" in parts["hint"]


# --- The tape ---------------------------------------------------------------------------------------------------------


def test_backward_through_a_freed_graph() -> None:
    x = ones(3, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    parts, _ = refused(y.backward, errors.GraphFreed)
    complete(
        parts,
        what="Trying to backward through the graph a second time",
        where="the derivative of mul, whose result has shape [3]",
        expected="the values that mul saved for it",
        got="the first backward() freed them",
        hint="retain_graph=True",
    )
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_a_saved_argument_that_was_modified() -> None:
    x = ones(3, requires_grad=True)
    h = x.exp()
    y = (h * h).sum()
    with minitorch.no_grad():
        h.add_(1).add_(1)
    parts, _ = refused(y.backward, errors.SavedValueModified)
    complete(
        parts,
        what="mul saved its argument 'input', of shape [3], which is at version 2; expected version 0 instead",
        where="the derivative of mul",
        expected="version 0",
        got="version 2",
        hint="clone()",
    )
    assert x.grad is None


def test_a_saved_result_that_was_modified() -> None:
    x = ones(3, requires_grad=True)
    y = x.exp()
    z = y.add_(1)
    parts, _ = refused(z.sum().backward, errors.SavedValueModified)
    complete(
        parts, what="exp saved its output, of shape [3], which is at version 1; expected version 0 instead", where="exp"
    )


@pytest.mark.parametrize(
    ("write", "name", "what"),
    [
        (lambda x: x.mul_(2), "mul_()", "a leaf Variable"),
        (lambda x: x[0].mul_(2), "mul_()", "a view of a leaf Variable"),
        (lambda x: x.__setitem__(0, 7.0), "copy_()", "a view of a leaf Variable"),
        (lambda x: x.uniform_(), "uniform_()", "a leaf Variable"),
    ],
)
def test_in_place_on_a_leaf(write: Callable, name: str, what: str) -> None:
    x = ones(3, requires_grad=True)
    parts, _ = refused(lambda: write(x), RuntimeError)
    complete(parts, what=what, where=name, expected="a leaf without requires_grad", got=what, hint="no_grad()")
    assert x.tolist() == [1.0, 1.0, 1.0]
    assert x._version == 0


def test_in_place_on_what_became_a_leaf_later() -> None:
    x = ones(2, 3)
    view, detached = x[0], x.detach()[0]
    x.requires_grad_()
    parts, _ = refused(lambda: view.add_(1), RuntimeError)
    assert parts["got"] == "a view of a leaf Variable that requires grad"
    detached.add_(1)
    assert x.tolist() == [[2.0] * 3, [1.0] * 3]


@pytest.mark.parametrize(
    "call",
    [
        lambda: ones(2, dtype=minitorch.int64, requires_grad=True),
        lambda: tensor([1, 2], requires_grad=True),
        lambda: minitorch.arange(2).requires_grad_(),
        lambda: nn.Parameter(tensor([1, 2])),
    ],
)
def test_integers_that_should_require_grad(call: Callable) -> None:
    parts, _ = refused(call, RuntimeError)
    complete(
        parts,
        what="only Tensors of floating point and complex dtype can require gradients",
        where="requires_grad_() on a tensor of shape [2]",
        expected="a floating point or complex dtype",
        got="torch.int64",
        hint=".float()",
    )


# --- Operands ---------------------------------------------------------------------------------------------------------


def test_what_is_no_tensor() -> None:
    parts, _ = refused(lambda: minitorch.add(ones(2), "x"), TypeError)
    assert parts["what"] == "add(): argument 'other' must be Tensor, not str"
    assert (parts["expected"], parts["got"]) == ("a Tensor or a number", "str: 'x'")
    parts, _ = refused(lambda: minitorch.matmul(ones(2), ones(2).numpy()), TypeError)
    assert "minitorch.from_numpy(...)" in parts["hint"]


def test_dtypes_that_must_agree() -> None:
    parts, _ = refused(lambda: ones(2, 3) @ ones(3, 2).double(), errors.DTypeMismatch)
    complete(
        parts, what="matmul()", expected="one dtype", got="torch.float32 and torch.float64", hint=".to(other.dtype)"
    )


def test_mixed_devices() -> None:
    pytest.importorskip("array_api_strict")
    elsewhere = ones(2, 3, device="array_api_strict/device1")
    parts, _ = refused(lambda: ones(2, 3) + elsewhere, errors.DeviceMismatch)
    complete(
        parts,
        what="add(): Expected all tensors to be on the same device",
        where="the arguments of add",
        expected="one device",
        got="input on numpy/cpu, other on array_api_strict/device1:0",
        hint="tensor.to(other.device)",
    )
    parts, _ = refused(lambda: minitorch.cat([ones(2, 3), elsewhere]), errors.DeviceMismatch)
    complete(parts, got="tensors[0] on numpy/cpu, tensors[1] on array_api_strict/device1:0")
    parts, notes = refused(lambda: nn.Linear(3, 2)(elsewhere), errors.DeviceMismatch)
    complete(parts, got="input on array_api_strict/device1:0, weight on numpy/cpu")
    assert notes == ["in Linear, called with [2, 3] torch.float32"]


# --- Backends ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choose",
    [
        lambda: minitorch.set_backend("nunpy"),
        lambda: minitorch.use_backend("nunpy"),
        lambda: ones(2, device="nunpy/cpu"),
    ],
)
def test_an_unknown_backend(choose: Callable) -> None:
    parts, _ = refused(choose, errors.BackendUnavailable)
    complete(
        parts,
        what="no backend is called 'nunpy'",
        where="MINITORCH_BACKEND, set_backend",
        got="'nunpy'",
        hint="spelling",
    )
    assert re.fullmatch(r"one of .*\bnumpy\b.*", parts["expected"])


def test_an_unusable_backend() -> None:
    parts, _ = refused(lambda: minitorch.set_backend("minitorch.no_such_module:backend"), errors.BackendUnavailable)
    assert "can't be used here: No module named 'minitorch.no_such_module'" in parts["what"]
    assert re.match(r"one of the backends whose library is here: .*\bnumpy\b", parts["expected"])
    assert "install minitorch.no_such_module, or choose another" in parts["hint"]
    assert backend.default_backend().name != "minitorch.no_such_module:backend"


def test_a_device_that_nobody_serves() -> None:
    parts, _ = refused(lambda: ones(2, device="abacus"), errors.BackendError)
    complete(
        parts,
        what="no usable backend serves the device 'abacus'",
        expected="numpy serves cpu",
        got="'abacus'",
        hint="minitorch info",
    )


PROGRAM = """
import os, minitorch
x = minitorch.ones(2)
os.environ["MINITORCH_BACKEND"] = "array_api_strict"
try:
    minitorch.ones(2)
except minitorch.errors.BackendUnavailable as error:
    print(error)
minitorch.set_backend("numpy")
print(minitorch.ones(2).device.qualified, x.device.qualified)
"""


def test_a_backend_that_is_switched_too_late() -> None:
    environment = {**os.environ, "MINITORCH_BACKEND": "numpy"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert done.stderr == ""
    *message, after = done.stdout.splitlines()
    complete(
        parts_of("\n".join(message)),
        what="MINITORCH_BACKEND was changed after the first tensor was made, too late to be heard",
        where="the environment",
        expected="'numpy', as it was when it was read",
        got="'array_api_strict'",
        hint="minitorch.set_backend('array_api_strict')",
    )
    assert after == "numpy/cpu numpy/cpu"


def test_an_unknown_backend_in_the_environment() -> None:
    environment = {**os.environ, "MINITORCH_BACKEND": "nunpy"}
    done = subprocess.run(
        [sys.executable, "-c", "import minitorch; minitorch.ones(2)"], env=environment, capture_output=True, text=True
    )
    assert "BackendUnavailable: no backend is called 'nunpy'" in done.stderr


# --- Nothing changes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fail",
    [
        lambda x, b: x + b,
        lambda x, b: x.add_(b),
        lambda x, b: x[0].mul_(b),
        lambda x, b: x.__setitem__(0, b),
        lambda x, b: x.__setitem__(tensor([0, 9]), 1.0),
        lambda x, b: x.copy_(b),
        lambda x, b: x.masked_fill_(b > 0, 7.0),
        lambda x, b: x.index_add_(0, tensor([0, 5]), ones(2, 3)),
        lambda x, b: x.scatter_(1, tensor([[0], [9]]), 7.0),
        lambda x, b: x.int().div_(2),
        lambda x, b: minitorch.add(x, b, out=x),
        lambda x, b: x.view(5),
        lambda x, b: x.requires_grad_().sum(9).backward(),
    ],
)
def test_nothing_changes_on_failure(fail: Callable) -> None:
    x = ones(2, 3)
    view, version = x[1], x._version
    refused_here = (RuntimeError, IndexError, ValueError)
    with pytest.raises(refused_here):
        fail(x, ones(2, 4))
    assert (x._version, x._array.tolist(), view.tolist()) == (version, ones(2, 3).tolist(), [1.0] * 3)
    assert x.grad is None
    assert tape.mode.enabled
    view.detach().add_(1)
    assert x.tolist() == [[1.0] * 3, [2.0] * 3]
