"""What is compared of each entry: the calls of a check, each with a function that raises where the libraries differ."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import minitorch
from opinfo.comparison import same, same_memory
from opinfo.database import has_gradient, methods, our_method, our_op, samples, takes, written_out
from opinfo.translation import Ours, Precise, tensors_in

torch = pytest.importorskip("torch")

Comparison = tuple[Any, Callable[[float], object]]  # a sample, and what compares it to a tolerance

UNSPECIFIED = (
    "empty",
    "empty_like",
    "empty_permuted",
    "empty_strided",
    "new_empty",
    "new_empty_strided",
)  # only shape, dtype and strides
DTYPES = ("float64", "float32", "int64", "bool", "bfloat16", "complex64")
PROPER = (TypeError, ValueError, IndexError, RuntimeError)


@dataclass(frozen=True)
class Check:
    """One thing that is compared, of the entries to which it applies."""

    name: str
    subject: str  # what is counted: "forward", "gradient" or "errors"
    applies: Callable[[Any], bool]
    calls: Callable[[Any], Iterator[Comparison]]  # of an entry


def attempted(op: Callable, sample: Any) -> tuple[Any, Exception | None]:
    """The result of a call, or the error that it ended in; numbers are drawn from one seed."""
    torch.default_generator.manual_seed(42)
    minitorch.manual_seed(42)
    try:
        return op(sample.input, *sample.args, **sample.kwargs), None
    except Exception as error:
        return None, error


def precise(op: Callable, sample: Any, result: Any) -> Any:
    """PyTorch's result in double precision, where the given one is in a lower one."""
    if any(t.dtype in (torch.float32, torch.bfloat16, torch.complex64) for t in tensors_in(result)):
        return attempted(op, Precise(sample))[0]
    return None


# --- Values -----------------------------------------------------------------------------------------------------------


def values(info: Any, dtype: str) -> Iterator[Comparison]:
    """Every call in one dtype; of a dtype that PyTorch refuses, one."""
    for sample in samples(info, dtype)[: None if takes(info, dtype) else 1]:
        yield sample, lambda tolerance, sample=sample: compare_values(info, sample, tolerance)


def results(info: Any, sample: Any, own: Ours) -> tuple[Any, Any] | None:
    """Both libraries' results; None if both raise."""
    theirs, their_error = attempted(info.op, sample)
    result, error = attempted(our_op(info), own)
    if their_error is not None:
        assert error is not None, f"torch raises {their_error!r}, here the result is {result!r}"
        assert isinstance(error, PROPER), f"torch raises {their_error!r}, here it is {error!r}"
        return None
    if error is not None:
        raise error
    return result, theirs


def compare_values(info: Any, sample: Any, tolerance: float) -> None:
    """The same result, or an error from both."""
    both = results(info, sample, Ours(sample))
    if both is None:
        return
    result, theirs = both
    if info.name in UNSPECIFIED:
        result, theirs = minitorch.zeros_like(result), torch.zeros_like(theirs)
    try:
        same(result, theirs, tolerance)
    except AssertionError:
        truth = precise(info.op, sample, theirs)
        if truth is None:
            raise
        same(result, theirs, tolerance, truth=truth)


def memory(info: Any) -> Iterator[Comparison]:
    """Every call in the first dtype that the entry takes."""
    for sample in samples(info, next(dtype for dtype in DTYPES if takes(info, dtype))):
        yield sample, lambda tolerance, sample=sample: compare_memory(info, sample)


def compare_memory(info: Any, sample: Any) -> None:
    own = Ours(sample)
    both = results(info, sample, own)
    if both is not None:
        same_memory(*both, own, sample)


# --- Gradients --------------------------------------------------------------------------------------------------------


def gradients(info: Any, dtype: str, order: int) -> Iterator[Comparison]:
    for sample in samples(info, dtype, requires_grad=True):
        yield sample, lambda tolerance, sample=sample: compare_gradients(info, sample, order, tolerance)


def compare_gradients(info: Any, sample: Any, order: int, tolerance: float) -> None:
    own = Ours(sample)
    theirs, their_error = attempted(info.op, sample)
    if their_error is not None:
        return
    result, error = attempted(our_op(info), own)
    if error is not None:
        raise error
    theirs, result = sample.output_process_fn_grad(theirs), sample.output_process_fn_grad(result)
    pairs = list(zip(tensors_in(result), tensors_in(theirs), strict=True))
    inputs = [t for t in tensors_in([sample.input, sample.args, sample.kwargs]) if t.requires_grad]
    compare_derivatives(pairs, [(own.of(t), t) for t in inputs], order, tolerance)


def compare_derivatives(outputs: list, inputs: list, order: int, tolerance: float) -> None:
    """Derivatives of pairs of results by pairs of inputs; for order 2, the derivatives of these also by their seeds."""
    outputs = [(a, b) for a, b in outputs if b.requires_grad]
    if not outputs or not inputs:
        return
    for a, _ in outputs:
        assert a.requires_grad, "only torch's result has a gradient"
    seeds = [seed(b) for _, b in outputs]
    if order == 2:
        seeds = [(a.requires_grad_(), b.requires_grad_()) for a, b in seeds]
    first = derivatives(outputs, inputs, seeds, create_graph=order == 2)
    if order == 1:
        for number, (one, other) in enumerate(first):
            same_gradient(one, other, f"gradient {number}", tolerance)
        return
    again = [(a, b) for a, b in first if b is not None and b.requires_grad]
    for a, b in again:
        assert (a is not None and a.requires_grad) or not b.any(), "only torch's gradient has a gradient"
    again = [(a, b) for a, b in again if a is not None and a.requires_grad]
    if again:
        inputs = [*inputs, *seeds]
        for number, (one, other) in enumerate(derivatives(again, inputs, [seed(b) for _, b in again])):
            same_gradient(one, other, f"second gradient {number}", tolerance)


def seed(tensor: Any) -> tuple[Any, Any]:
    """A gradient to begin with, in both libraries."""
    numbers = np.linspace(1.0, 2.0, tensor.numel()).reshape(tuple(tensor.shape))
    theirs = torch.from_numpy(numbers).to(tensor.dtype)
    return Ours(types.SimpleNamespace(input=theirs, args=(), kwargs={})).input, theirs


def derivatives(outputs: list, inputs: list, seeds: list, create_graph: bool = False) -> list[tuple[Any, Any]]:
    """torch.autograd.grad of pairs, in both libraries."""
    options = {"allow_unused": True, "create_graph": create_graph}
    one, other = ([[pair[side] for pair in pairs] for pairs in (outputs, inputs, seeds)] for side in (0, 1))
    try:
        expected = torch.autograd.grad(*other, **options)
    except RuntimeError:  # PyTorch itself can't
        return []
    return list(zip(minitorch.autograd.grad(*one, **options), expected, strict=True))


def same_gradient(one: Any, other: Any, where: str, tolerance: float) -> None:
    """None means zero."""
    if one is None or other is None:
        known = other if one is None else one
        assert known is None or not known.any(), f"{where}: only {'torch' if one is None else 'minitorch'} has one"
    else:
        same(one.detach(), other.detach(), tolerance, where)


# --- Methods, operators, out= -----------------------------------------------------------------------------------------


def variants(info: Any) -> Iterator[Comparison]:
    """The Tensor method, the operator, both in place, and out=."""
    for sample in samples(info, "float64"):
        for theirs in methods(info):
            if our_method(theirs) is not None and info.name not in UNSPECIFIED:
                yield sample, lambda tolerance, sample=sample, theirs=theirs: compare_method(theirs, sample, tolerance)
        if info.supports_out and not written_out(info):
            for form in (fresh_out, strided_out):
                yield sample, lambda tolerance, sample=sample, form=form: compare_out(info, sample, form, tolerance)


def compare_method(theirs: Callable, sample: Any, tolerance: float) -> None:
    own = Ours(sample)
    copied = copy.deepcopy(types.SimpleNamespace(input=sample.input, args=sample.args, kwargs=sample.kwargs))
    expected, their_error = attempted(theirs, copied)
    result, error = attempted(our_method(theirs), own)
    where = f"the method {theirs.__name__}"
    if their_error is not None:
        assert error is not None, f"{where}: torch raises {their_error!r}, here the result is {result!r}"
        assert isinstance(error, PROPER), f"{where}: torch raises {their_error!r}, here it is {error!r}"
        return
    if error is not None:
        raise AssertionError(f"{where}: {error!r}") from error
    same(result, expected, tolerance, where)
    assert (result is own.input) == (expected is copied.input), f"{where} must return the tensor itself, or a new one"
    same(own.input, copied.input, tolerance, f"{where}, the tensor afterwards")


def fresh_out(expected: Any) -> Any:
    return torch.empty(0, dtype=expected.dtype)


def strided_out(expected: Any) -> Any:
    """A tensor of the right shape that is no contiguous one."""
    return torch.zeros((*expected.shape, 2), dtype=expected.dtype)[..., 0]


def compare_out(info: Any, sample: Any, form: Callable[[Any], Any], tolerance: float) -> None:
    expected, error = attempted(info.op, sample)
    several = isinstance(expected, tuple) and all(isinstance(part, torch.Tensor) for part in expected)
    if error is not None or not (several or isinstance(expected, torch.Tensor)):
        return
    targets = tuple(map(form, expected)) if several else form(expected)
    given = types.SimpleNamespace(input=sample.input, args=sample.args, kwargs={**sample.kwargs, "out": targets})
    own = Ours(given)
    theirs, _ = attempted(info.op, given)
    if [id(t) for t in tensors_in(theirs)] != [id(t) for t in tensors_in(targets)]:
        return  # PyTorch's has no out= for this
    result, error = attempted(our_op(info), own)
    if error is not None:
        raise AssertionError(f"out=: {error!r}") from error
    mine = list(tensors_in(own.kwargs["out"]))
    assert [id(t) for t in tensors_in(result)] == [id(t) for t in mine], "out= must be returned"
    if info.name not in UNSPECIFIED:
        same(mine, list(tensors_in(expected)), tolerance, "out=")
    for target, theirs in zip(mine, tensors_in(targets), strict=True):
        if form is strided_out and theirs.numel():
            assert np.may_share_memory(target.numpy(), own.memory(theirs)), "out= must keep its memory"


def inplace_gradients(info: Any) -> Iterator[Comparison]:
    for sample in samples(info, "float64", requires_grad=True):
        if isinstance(sample.input, torch.Tensor) and sample.input.is_floating_point():
            for theirs in (info.inplace_variant, info.inplace_operator_variant):
                if theirs is not None and getattr(theirs, "__name__", "<lambda>") != "<lambda>":
                    yield sample, lambda tolerance, s=sample, theirs=theirs: compare_inplace(theirs, s, tolerance)


def compare_inplace(theirs: Callable, sample: Any, tolerance: float) -> None:
    """Gradients through an in-place method on a copy of the input."""
    own = Ours(sample)
    inputs = [t for t in tensors_in([sample.input, sample.args, sample.kwargs]) if t.requires_grad]
    pairs = [(own.of(t), t) for t in inputs]
    copied = types.SimpleNamespace(input=sample.input.clone(), args=sample.args, kwargs=sample.kwargs)
    own.input = own.input.clone()
    expected, their_error = attempted(theirs, copied)
    if their_error is not None:
        return
    result, error = attempted(our_method(theirs), own)
    if error is not None:
        raise error
    compare_derivatives([(result, expected)], pairs, 1, tolerance)


# --- Errors -----------------------------------------------------------------------------------------------------------


def errors(info: Any) -> Iterator[Comparison]:
    """What torch refuses is refused, with an error of torch's type."""
    for case in info.error_inputs_func(info, "cpu"):
        # `Exception` stands for numbers in place of tensors, which minitorch takes wherever they have a meaning.
        if case.error_type is not Exception and attempted(info.op, case.sample_input)[1] is not None:
            yield case.sample_input, lambda tolerance, case=case: compare_errors(info, case)


def compare_errors(info: Any, case: Any) -> None:
    result, error = attempted(our_op(info), Ours(case.sample_input))
    expected = f"{case.error_type.__name__} ({case.error_regex})"
    assert error is not None, f"torch raises {expected}, here the result is {result!r}"
    assert isinstance(error, case.error_type), f"expected {expected}, got {error!r}"


# --- The list ---------------------------------------------------------------------------------------------------------


def _values(dtype: str) -> Check:
    wanted = "bfloat16" in dtype  # few ops refuse it here where PyTorch has no kernel for it: that is no fault
    return Check(dtype, "forward", lambda info: not wanted or takes(info, dtype), lambda info: values(info, dtype))


def _gradients(name: str, dtype: str, order: int) -> Check:
    def applies(info: Any) -> bool:
        return has_gradient(info, dtype) and (order == 1 or info.supports_gradgrad)

    return Check(name, "gradient", applies, lambda info: gradients(info, dtype, order))


CHECKS = [
    *map(_values, DTYPES),
    Check("memory", "forward", lambda info: any(takes(info, dtype) for dtype in DTYPES), memory),
    Check("variants", "forward", lambda info: takes(info, "float64"), variants),
    _gradients("gradient", "float64", 1),
    _gradients("second gradient", "float64", 2),
    _gradients("complex gradient", "complex128", 1),
    _gradients("complex second gradient", "complex128", 2),
    Check(
        "in-place gradient",
        "gradient",
        lambda info: has_gradient(info, "float64") and info.supports_inplace_autograd,
        inplace_gradients,
    ),
    Check("errors", "errors", lambda info: info.error_inputs_func is not None, errors),
]
