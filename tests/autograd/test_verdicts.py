"""What gradcheck says of mistakes that have no usual cause, and where it can't compare: in words and as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.autograd import Function, gradcheck, steps
from minitorch.autograd.gradcheck import GradcheckError, Verdict


def wrong(forward: Callable, backward: Callable, **more: Any) -> Callable:
    """The function `forward(*inputs)` with the derivative `backward(g, *inputs)`."""

    def setup(ctx: Any, inputs: tuple, output: Any) -> None:
        ctx.save_for_backward(*inputs)

    methods = {
        "forward": staticmethod(forward),
        "setup_context": staticmethod(setup),
        "backward": staticmethod(lambda ctx, g: backward(g, *ctx.saved_tensors)),
    } | {name: staticmethod(method) for name, method in more.items()}
    return type("Wrong", (Function,), methods).apply


def leaf(*values: Any) -> Any:
    return minitorch.tensor(values, dtype=minitorch.float64).requires_grad_()


def verdict(function: Callable, *inputs: Any, **settings: Any) -> Verdict:
    found = gradcheck(function, inputs, raise_exception=False, **settings)
    assert not found
    return found


factors = minitorch.arange(18.0, dtype=minitorch.float64).reshape(2, 3, 3).sin()
mixed = minitorch.tensor([2.0, 1.0, 1.0, 5.0], dtype=minitorch.float64)
only_largest = minitorch.tensor([1.0, 3.0, 1.0, 3.0], dtype=minitorch.float64)
MISTAKES = {
    "the incoming gradient transposed": (
        wrong(lambda x: (x.reshape(2, 1, 1) * factors).sum(0), lambda g, x: (factors * g.mT).sum((1, 2))),
        leaf(0.5, -1.5), "transposed", "incoming gradient is transposed.* axes 0 and 1",
    ),
    "a gradient where none should be": (wrong(lambda x: x * 0, lambda g, x: g), leaf(0.5, 1.5), "", "wrong"),
    "a strange factor of one number": (wrong(lambda x: x * x, lambda g, x: g * 0.7391 * x), leaf(1.5), "", "wrong"),
    "elements that have nothing in common": (
        wrong(lambda x: x * x, lambda g, x: g * 2 * x * mixed),
        leaf(0.5, 1.5, -0.5, -1.5), "some elements", "wrong at 2 of 4 elements of the input\n",
    ),
    "the largest elements": (
        wrong(lambda x: x * x, lambda g, x: g * 2 * x * only_largest),
        leaf(0.3, 0.9, 0.5, 0.9), "some elements", r"those where the input is 0\.9: 3 times what it should be there",
    ),
    "an index of complex numbers": (
        wrong(lambda x: x * 1j, lambda g, x: g * -1j * minitorch.tensor([1.0, 2.0, 1.0])),
        minitorch.tensor([0.5 + 1j, 1 - 2j, 2j], dtype=minitorch.complex128, requires_grad=True),
        "some elements", "those at index 1 of axis 0: 2 times",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_the_cause(name: str) -> None:
    function, x, cause, words = MISTAKES[name]
    found = verdict(function, x)
    assert found.kind == "value" and (not cause or found.cause == cause)
    with pytest.raises(GradcheckError, match=words):
        gradcheck(function, (x,))


def test_differences_that_only_fast_mode_minds() -> None:
    """Errors that are small element by element add up along a direction in which the derivative itself cancels."""
    signs = minitorch.tensor([1.0, -1.0] * 20, dtype=minitorch.float64)
    function = wrong(lambda x: (x * signs).sum(), lambda g, x: g * (signs + 0.9e-3))
    assert gradcheck(function, (leaf(*range(40)),))
    found = [gradcheck(function, (leaf(*range(40)),), fast_mode=True, raise_exception=False) for _ in range(20)]
    minded = [one for one in found if not one]
    assert minded and all(one.cause == "fast mode" and "use fast_mode=False" in str(one) for one in minded)


def test_a_shape_that_depends_on_the_values() -> None:
    found = verdict(lambda x: x[x > 0], leaf(1e-8, 1.0))
    assert found.kind == "shape" and "has another shape when input 0 changes a little" in str(found)


def test_a_backward_that_raises() -> None:
    def refuse(g: Any, x: Any) -> Any:
        raise ZeroDivisionError("no such slope")

    found = verdict(wrong(lambda x: x * 2, refuse), leaf(1.0))
    assert found.kind == "backward" and "ZeroDivisionError: no such slope" in str(found)
    assert "no such slope" in found._repr_html_() and "<table>" not in found._repr_html_()


def test_an_undefined_tangent_must_count_as_zero() -> None:
    def jvp(ctx: Any, dx: Any, dy: Any) -> Any:
        return (
            3 * dx
            if dy is None
            else 2 * dx
            if dx is not None and not dy.any()
            else (2 * dx if dx is not None else 0) + dy
        )

    def setup(ctx: Any, inputs: tuple, output: Any) -> None:
        ctx.set_materialize_grads(False)

    function = wrong(lambda x, y: 2 * x + y, lambda g: (2 * g, g), jvp=jvp, setup_context=setup)
    flags = {"check_forward_ad": True, "check_undefined_grad": True}
    found = verdict(lambda x, y: function(x, y * 1 if y.requires_grad else y), leaf(1.0), leaf(2.0), **flags)
    assert found.kind == "undefined"


def test_nothing_to_compare() -> None:
    empty = minitorch.zeros(0, 3, dtype=minitorch.float64, requires_grad=True)
    assert gradcheck(lambda x: x.exp(), (empty,), check_forward_ad=True)
    found = verdict(wrong(lambda x, y: (x.sum() + y) * 1, lambda g, x, y: (g.expand(0, 3), g * 2)), empty, leaf(1.0))
    assert "nothing to compare" in found._repr_html_()


def test_float32_that_cannot_be_tried_in_float64() -> None:
    weight, often = minitorch.ones(3, 3) * 1e3, minitorch.tensor([1, 2, 3])
    x = minitorch.rand(3, 3, requires_grad=True)
    wrong_slope = wrong(lambda x: x @ weight, lambda g, x: g * 2)
    found = verdict(lambda x, often: wrong_slope(x) * often, x, often)
    assert found.kind == "value" and "the derivative is wrong" in str(found)  # by what float32 tells


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda step: setattr(step, "incoming", [minitorch.ones(2)] * 3), "has 2 results, got 3 gradients"),
        (lambda step: step.outgoing.append(None), "has 1 operands, got 2 gradients"),
    ],
)
def test_steps_refuse_what_the_walk_cannot_go_on_with(change: Callable, words: str) -> None:
    x = minitorch.ones(4, requires_grad=True)
    first, second = x.split(2)
    with pytest.raises(ValueError, match=words):
        for step in steps((first * second).sum()):
            if step.name == "SplitBackward0":
                change(step)


def test_steps_take_none_for_one_of_several() -> None:
    x = minitorch.ones(4, requires_grad=True)
    first, second = x.split(2)
    for step in steps((first * second).sum()):
        if step.name == "SplitBackward0":
            step.incoming = [minitorch.full((2,), 5.0), None]
    assert np.array_equal(x.grad.numpy(), [5, 5, 0, 0])
