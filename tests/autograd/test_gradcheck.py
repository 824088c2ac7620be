"""gradcheck: a table of functions, right ones and ones with one mistake each, and the verdict on every one of them.

Each row is a function of the library `m` (minitorch or PyTorch) and its inputs, and, where the derivative is written by hand,
of that: the same table is put to PyTorch's gradcheck, which must find right what ours does, and wrong what ours does.
"""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import minitorch
from minitorch import tape
from minitorch.autograd import gradcheck, gradgradcheck
from minitorch.autograd.gradcheck import GradcheckError, Verdict

VALUES = np.random.default_rng(0)
x3, x23, x33, w33 = (VALUES.uniform(0.3, 2.0, shape) for shape in ((3,), (2, 3), (3, 3), (3, 3)))
signed = np.array([0.5, -1.5, 2.5, -0.7])
z3 = VALUES.uniform(0.3, 2.0, 3) + 1j * VALUES.uniform(0.3, 2.0, 3)


# --- Derivatives by hand ----------------------------------------------------------------------------------------------


class Rule:
    """An op on the tape whose derivative is written by hand, for one call."""

    name, grad_name, saves, several = "rule", "RuleBackward", (), False

    def __init__(self, backward: Callable, inputs: tuple):
        self.backward, self.inputs = backward, inputs

    def pull(self, node, g, k):
        wrapped = tape.wrap(g, node.dtype, node.device, None)
        return tuple([each._array for each in self.gradients(wrapped)])

    def pull_tensors(self, node, g, k, wrap):
        return self.gradients(g)

    def gradients(self, g):
        found = self.backward(g, *self.inputs)
        return found if isinstance(found, tuple) else (found,)


def by_hand(m: Any, forward: Callable, backward: Callable) -> Callable:
    """The function `forward(m, *inputs)` with the derivative `backward(g, *inputs)`."""
    if m is minitorch:

        def function(*inputs):
            with minitorch.no_grad():
                result = forward(m, *inputs)
            node = tape.new_node(Rule(backward, inputs), tuple([each._node for each in inputs]), result)
            return tape.wrap(result._array, result.dtype, result.device, node)

        return function

    class Function(m.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):
            ctx.save_for_backward(*inputs)
            return forward(m, *inputs)

        @staticmethod
        def backward(ctx, g):
            return backward(g, *ctx.saved_tensors)

    return Function.apply


class Row(NamedTuple):
    """A function, the derivative written for it (None: the library's own), and what is to be said about it."""

    name: str
    forward: Callable
    backward: Callable | None
    inputs: tuple
    kind: str
    cause: str = ""
    says: str = ""
    dtype: str | None = None

    def function(self, m: Any) -> Callable:
        if self.backward is None:
            return lambda *inputs: self.forward(m, *inputs)
        return by_hand(m, self.forward, self.backward)

    def tensors(self, m: Any) -> tuple:
        values = [np.asarray(each) for each in self.inputs]
        return tuple(
            [
                m.tensor(each.tolist(), dtype=getattr(m, self.dtype or str(each.dtype))).requires_grad_()
                for each in values
            ]
        )


twice = lambda m, x: x * m.ones(2, 3, dtype=m.float64)
matmul = lambda m, x, W: x @ W

RIGHT = [
    Row("sin", lambda m, x: x.sin(), lambda g, x: g * x.cos(), (x23,), "right"),
    Row("matmul", matmul, lambda g, x, W: (g @ W.t(), x.t() @ g), (x23, w33), "right"),
    Row("broadcast", twice, lambda g, x: g.sum(0), (x3,), "right"),
    Row("the engine's sum", twice, lambda g, x: g, (x3,), "right"),
    Row("square of complex", lambda m, z: z * z, lambda g, z: g * 2 * z.conj(), (z3,), "right"),
    Row("abs of complex", lambda m, z: z.abs(), None, (z3,), "right"),
    Row("real to complex", lambda m, x: x * (1 + 2j), None, (x3,), "right"),
    Row("complex to both", lambda m, z: (z.exp(), z.real, z.imag * z.abs()), None, (z3,), "right"),
    Row("two outputs", lambda m, x, y: (x * y, x.sum()), None, (x3, x3), "right"),
    Row("an output of whole numbers", lambda m, x: x.max(0), None, (x3,), "right"),
    Row("zero at 0, as differences say", lambda m, x: x.abs(), None, (np.zeros(2),), "right"),
    Row("a constant", lambda m, x: m.ones(3, dtype=m.float64), None, (x3,), "right"),
    Row("steps", lambda m, x: x.floor(), None, (x3,), "right"),
    Row("scalar", lambda m, x: x**3, None, (np.float64(2.0),), "right"),
    Row("no elements", lambda m, x: x * 2, None, (np.zeros((0, 3)),), "right"),
    Row("itself", lambda m, x: x, None, (x3,), "right"),
    Row("a view", lambda m, x: x.t(), None, (x23,), "right"),
]  # fmt: skip

WRONG = [
    Row("sign", lambda m, x: x.sin(), lambda g, x: -g * x.cos(), (x23,), "value", "sign"),
    Row("twice", lambda m, x: x * x, lambda g, x: g * x * 4, (x3,), "value", "factor", "2 times"),
    Row("half", lambda m, x: x * x, lambda g, x: g * x, (x3,), "value", "factor", "1/2 times"),
    Row("half, of one number", lambda m, x: x * x, lambda g, x: g * x, (np.float64(0.7),), "value", "factor", "1/2 times"),
    Row("i times", lambda m, z: z * z, lambda g, z: g * 2 * z.conj() * 1j, (z3,), "value", "factor", "1j"),
    Row("mean for sum", twice, lambda g, x: g.mean(0), (x3,), "value", "factor", "a mean taken in place of a sum"),
    Row("factor transposed", matmul, lambda g, x, W: (g @ W, x.t() @ g), (x23, w33), "value", "transposed",
        "input 0: a factor is transposed"),
    Row("other factor transposed", matmul, lambda g, x, W: (g @ W.t(), x @ g), (x33, w33), "value", "transposed",
        "input 1: a factor is transposed"),
    Row("gradient transposed", matmul, lambda g, x, W: (g @ W.t(), g.t() @ x), (x23, w33), "value", "transposed",
        "input 1: the gradient is transposed"),
    Row("incoming transposed", lambda m, x: x * 2, lambda g, x: g.t() * 2, (x33,), "value", "transposed"),
    Row("missing sum", twice, lambda g, x: g[0], (x3,), "value", "missing sum", "index 0 of axis 0"),
    Row("needless sum", lambda m, x: x * x, lambda g, x: (g * 2 * x).sum().expand(3), (x3,), "value", "needless sum"),
    Row("gradient ignored", lambda m, x: x.exp(), lambda g, x: x.exp(), (x3,), "value", "ignores gradient"),
    Row("gradient ignored, of one", lambda m, x: x.exp(), lambda g, x: x.exp(), (np.float64(0.7),), "value", "ignores gradient"),
    Row("no conjugate", lambda m, z: z * z, lambda g, z: g * 2 * z, (z3,), "value", "conjugate"),
    Row("one conjugate too many", lambda m, z: z.abs(), lambda g, z: g * z.conj() / z.abs(), (z3,), "value", "conjugate"),
    Row("zero", lambda m, x: x.sin(), lambda g, x: g * 0, (x3,), "value", "zero"),
    Row("not a number", lambda m, x: x.sin(), lambda g, x: g * float("nan"), (x3,), "value", "nan"),
    Row("some elements", lambda m, x: x.abs(), lambda g, x: g, (signed,), "value", "some elements",
        "where the input is negative: -1 times"),
    Row("one place", lambda m, x: x * x, lambda g, x: (g * 2 * x) * (x < 1.9), (np.array([1.0, 2.0, 1.5]),), "value",
        "some elements", "at index 1 of axis 0"),
    Row("a little too large", lambda m, x: x.sin(), lambda g, x: g * x.cos() * 1.005, (x3,), "value", "factor", "1.005 times"),
    Row("a kink, and a mistake", lambda m, x, y: x.relu() + y.sin(), lambda g, x, y: (g * (x > 0), -g * y.cos()),
        (np.zeros(3), x3), "value", "sign", "input 1"),
    Row("not divided", lambda m, x: x.log(), lambda g, x: g, (x3,), "value", "lost input", "not divided by the input"),
    Row("not multiplied", lambda m, x: x * x / 2, lambda g, x: g, (x3,), "value", "lost input", "not multiplied"),
    Row("another function", lambda m, x: x.sin(), lambda g, x: g * (x * x).exp(), (x3,), "value", "unknown"),
    Row("product rule cut", lambda m, x: x.detach() * x, None, (x3,), "value", "factor", "1/2 times"),
    Row("cut off", lambda m, x, y: x.detach() * y, None, (x3, x3), "not differentiable", "detached", "input 0"),
    Row("cut off whole", lambda m, x: x.detach() * 3, None, (x3,), "not differentiable", "detached"),
    Row("shape", lambda m, x: x * 2, lambda g, x: g.t() * 2, (x23,), "shape", "shape", "[3, 2]"),
    Row("kink", lambda m, x: x.relu(), None, (np.zeros(2),), "kink", "kink"),
    Row("kink among others", lambda m, x: x.relu(), None, (np.array([1.0, 0.0, -1.0]),), "kink", "kink", "1 of 9"),
    Row("kink nearby", lambda m, x: x.abs(), None, (np.array([3e-7]),), "kink", "kink nearby"),
    Row("no kink but a mistake", lambda m, x: x.relu(), lambda g, x: g * 5, (np.zeros(2),), "value", "factor"),
    Row("jump", lambda m, x: x.sign(), None, (np.array([0.0, 1.0]),), "kink", "jump"),
    Row("edge", lambda m, x: x.sqrt(), None, (np.array([0.0, 1.0]),), "kink", "edge"),
    Row("outside", lambda m, x: x.log(), None, (np.array([-1.0, 1.0]),), "value", "not finite"),
    Row("random", lambda m, x: m.nn.functional.dropout(x, 0.5, True), None, (VALUES.uniform(1, 2, 30),), "random", "random"),
    Row("random, and cut off", lambda m, x: x.detach() * m.rand(3), None, (x3,), "random", "random"),
    Row("float32", lambda m, x: x.sin(), None, (x3,), "precision", "float32", "input 0 is torch.float32", dtype="float32"),
    Row("float32 and wrong", lambda m, x: x.sin(), lambda g, x: -g * x.cos(), (x3,), "value", "sign", "torch.float32",
        dtype="float32"),
    Row("float32 inside", lambda m, x: x.to(m.float32).sin().to(m.float64), None, (x3,), "precision", "rounding"),
    Row("backward is random", lambda m, x: x * 2, lambda g, x: g * (2 + 1e-9 * random.random()), (x3,),
        "not reentrant", "random"),
]  # fmt: skip

rows = pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in RIGHT + WRONG])


@rows
def test_the_verdict(row):
    verdict = gradcheck(row.function(minitorch), row.tensors(minitorch), raise_exception=False)
    assert (verdict.kind, verdict.cause) == (row.kind, row.cause), verdict
    assert row.says in str(verdict)
    assert bool(verdict) is (row.kind == "right")


@pytest.mark.parametrize("fast_mode", [False, True])
@rows
@pytest.mark.filterwarnings("ignore:Input #0 requires gradient and is not a double")
def test_pytorch_says_so_too(row, fast_mode):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    ours = gradcheck(row.function(minitorch), row.tensors(minitorch), raise_exception=False, fast_mode=fast_mode)
    try:
        theirs = torch.autograd.gradcheck(
            row.function(torch), row.tensors(torch), raise_exception=False, fast_mode=fast_mode
        )
    except RuntimeError:  # a gradient of the wrong shape
        theirs = False
    assert ours == theirs


SECOND = [
    Row("cube", lambda m, x: x**3, lambda g, x: g * 3 * x * x, (x3,), "right"),
    Row("linear", lambda m, x: x * 2, lambda g, x: g * 2, (x3,), "right"),
    Row("complex", lambda m, z: z * z.exp(), None, (z3,), "right"),
    Row("matmul", matmul, None, (x23, w33), "right"),
    Row("cut off from x", lambda m, x: x**3, lambda g, x: g * 3 * x.detach() * x, (x3,), "value", "factor"),
    Row(
        "cut off from g",
        lambda m, x: x**3,
        lambda g, x: g.detach() * 3 * x * x,
        (x3,),
        "not differentiable",
        "detached",
    ),
    Row("relu", lambda m, x: x.relu(), None, (signed,), "right"),
]


@pytest.mark.parametrize("row", SECOND, ids=lambda row: row.name)
def test_second_derivatives(row):
    verdict = gradgradcheck(row.function(minitorch), row.tensors(minitorch), raise_exception=False)
    assert (verdict.kind, verdict.cause) == (row.kind, row.cause), verdict
    torch = pytest.importorskip("torch")
    for fast_mode in (False, True):
        theirs = torch.autograd.gradgradcheck(
            row.function(torch), row.tensors(torch), raise_exception=False, fast_mode=fast_mode
        )
        assert theirs == gradgradcheck(
            row.function(minitorch), row.tensors(minitorch), raise_exception=False, fast_mode=fast_mode
        )


@pytest.mark.parametrize(
    "value", [np.float64(1.3), VALUES.uniform(0.3, 2, 2), VALUES.uniform(0.3, 2, (2, 3))], ids=np.shape
)
@pytest.mark.parametrize("fast_mode", [False, True])
def test_what_is_wrong_for_negative_gradients_only(value, fast_mode):
    def rule_of_rule(g):  # the same gate, whose own derivative forgets negative gradients
        class Gate(minitorch.autograd.Function):
            @staticmethod
            def forward(ctx, g, x):
                ctx.save_for_backward(g, x)
                return g * (x > 0)

            @staticmethod
            def backward(ctx, h):
                g, x = ctx.saved_tensors
                return h * (x > 0) * (g > 0), None

        return Gate

    row = Row("relu", lambda m, x: x.relu(), lambda g, x: rule_of_rule(g).apply(g, x), (value,), "right")
    function, inputs = row.function(minitorch), row.tensors(minitorch)
    assert gradcheck(function, inputs, fast_mode=fast_mode)
    assert not gradgradcheck(function, inputs, fast_mode=fast_mode, raise_exception=False)
    assert not gradgradcheck(
        function, inputs, fast_mode=fast_mode, raise_exception=False, gen_non_contig_grad_outputs=True
    )

    row = Row("clipped", lambda m, x: x * 2, lambda g, x: (g * 2).clamp(min=0), (value,), "value", "not linear")
    verdict = gradcheck(row.function(minitorch), row.tensors(minitorch), fast_mode=fast_mode, raise_exception=False)
    assert (verdict.kind, verdict.cause) == (row.kind, row.cause)


def test_signatures_are_pytorch_s():
    torch = pytest.importorskip("torch")
    from inspect import signature

    for ours, theirs in ((gradcheck, torch.autograd.gradcheck), (gradgradcheck, torch.autograd.gradgradcheck)):
        mine, other = signature(ours).parameters, signature(theirs).parameters
        assert {name: (p.kind, p.default) for name, p in mine.items()} == {
            name: (p.kind, p.default) for name, p in other.items()
        }


# --- What a verdict is ------------------------------------------------------------------------------------------------


def vector() -> Any:
    return minitorch.tensor([0.5, -1.0], dtype=minitorch.float64, requires_grad=True)


def test_right_is_true():
    assert gradcheck(minitorch.sin, vector()) is True
    assert gradgradcheck(minitorch.sin, vector()) is True
    verdict = gradcheck(minitorch.sin, [vector()], raise_exception=False)
    assert verdict == True and verdict and verdict.kind == "right"  # noqa: E712
    assert "1 Jacobian compared" in str(verdict)


def test_wrong_is_raised_or_false():
    wrong = by_hand(minitorch, lambda m, x: x.sin(), lambda g, x: -g * x.cos())
    verdict = gradcheck(wrong, vector(), raise_exception=False)
    assert verdict == False and not verdict  # noqa: E712
    assert str(verdict) == "\n".join(
        [
            "gradcheck: Jacobian mismatch for output 0 with respect to input 0: the sign is wrong: every entry is -1 times what "
            "it should be",
            "  where:    d output 0 [0] / d input 0 [0]; 2 of 4 entries disagree",
            "  expected: 0.87758256 (differences)",
            "  got:      -0.87758256 (backward), a relative error of 2",
            "  hint:     change the sign",
        ]
    )
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0") as raised:
        gradcheck(wrong, vector())
    assert isinstance(raised.value, RuntimeError) and raised.value.verdict.cause == "sign"


def test_a_verdict_is_drawn_as_a_table():
    two = by_hand(minitorch, matmul, lambda g, x, W: (g @ W.t(), g.t() @ x))
    inputs = [minitorch.tensor(each.tolist(), dtype=minitorch.float64, requires_grad=True) for each in (x23, w33)]
    page = gradcheck(two, inputs, raise_exception=False)._repr_html_()
    assert page.count("<tr>") == 3 and "value: transposed" in page and "<td>right</td>" in page
    assert "<b style" in page and "&#x27;" not in page
    assert gradcheck(minitorch.sin, vector(), raise_exception=False)._repr_html_().count("<tr>") == 2


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_verdict_can_be_copied_and_sent(again):
    verdict = gradcheck(lambda x: x.detach() * x, vector(), raise_exception=False)
    made = again(verdict)
    assert type(made) is Verdict and made == verdict and str(made) == str(verdict)
    error = again(GradcheckError(verdict))
    assert str(error) == str(verdict) and error.verdict == verdict


# --- What else may happen ---------------------------------------------------------------------------------------------


def test_a_function_may_use_its_inputs_without_being_given_them():
    layer = minitorch.nn.Linear(3, 2, dtype=minitorch.float64)
    held = layer.weight._array
    data = minitorch.tensor(x23.tolist(), dtype=minitorch.float64)
    assert gradcheck(lambda *parameters: layer(data).sin(), tuple(layer.parameters()))
    assert layer.weight._array is held and layer.weight.grad is None
    failing = lambda *parameters: 1 / 0
    with pytest.raises(ZeroDivisionError):
        gradcheck(failing, tuple(layer.parameters()))
    assert layer.weight._array is held


def test_float32_that_is_not_read_from_the_arguments():
    layer = minitorch.nn.Linear(3, 2)
    data = minitorch.tensor(x23.tolist())
    verdict = gradcheck(lambda *parameters: layer(data).sin(), tuple(layer.parameters()), raise_exception=False)
    assert verdict.kind == "precision" and "with eps=0.00390625 differences and derivatives agree" in str(verdict)


def test_inputs_that_need_no_gradient_and_that_are_no_tensors():
    assert gradcheck(lambda x, n, y: x**n * y, (vector(), 3, minitorch.ones(2, dtype=minitorch.float64)))
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(minitorch.sin, minitorch.ones(2))


def test_expanded_and_strided_inputs():
    column = minitorch.ones(2, 1, dtype=minitorch.float64).expand(2, 3).requires_grad_()
    assert gradcheck(lambda x: x.sin() * 2, column)
    assert gradgradcheck(lambda x: x.sin() * 2, column, gen_non_contig_grad_outputs=True)
    assert gradcheck(lambda x: x.sin(), vector()[None].t())


def test_an_undefined_gradient_must_be_dealt_with():
    class Two(Rule):
        several = True

        def outputs_of(self, node):
            return 2

        def pull(self, node, g, k):
            return (g[0] + g[1] * 2,)  # fails where one of them is None

    def function(x):
        array = x._array
        node = tape.new_node(Two(None, (x,)), (x._node,), x)
        halves = [tape.Output(node, index, array, x.dtype) for index in range(2)]
        return tuple([tape.wrap(array * (1 + index), x.dtype, x.device, half) for index, half in enumerate(halves)])

    verdict = gradcheck(function, vector(), raise_exception=False)
    assert (verdict.kind, verdict.cause) == ("undefined", "TypeError")
    assert gradcheck(function, vector(), check_undefined_grad=False)


def test_dtypes_of_gradients():
    wrong = by_hand(minitorch, lambda m, x: x * 1, lambda g, x: g)
    assert gradcheck(wrong, vector(), check_grad_dtypes=True)

    x = vector()
    x.register_hook(lambda g: g.to(minitorch.float32))
    assert gradcheck(lambda x: x * 1, x)
    assert gradcheck(lambda x: x * 1, x, check_grad_dtypes=True, raise_exception=False).kind == "dtype"


def test_random_backward_within_tolerance():
    row = next(row for row in WRONG if row.name == "backward is random")
    assert gradcheck(row.function(minitorch), row.tensors(minitorch), nondet_tol=1e-6)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"check_backward_ad": False}, "check_forward_ad or check_backward_ad"),
        (
            {"check_batched_grad": True, "check_backward_ad": False, "check_forward_ad": True},
            "check_batched_grad=True requires",
        ),
        ({"check_batched_forward_grad": True}, "check_batched_forward_grad=True requires check_forward_ad"),
    ],
)
def test_flags_that_do_not_go_together(flags, words):
    with pytest.raises(AssertionError, match=words):
        gradcheck(minitorch.sin, vector(), **flags)
