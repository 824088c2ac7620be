"""The templates: what every row must do on every backend, one sample in one dtype at a time.

A template is called with a `Case` and gives the largest error in ULPs that it saw, or None where it has nothing to say about
the case. What is wrong, it raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minitorch import dtypes, tape
from minitorch.autograd import grad, gradcheck, gradgradcheck
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.rows import Op
from minitorch.tensor import Tensor
from minitorch.testing.compare import GRADIENT, assert_close, host_values
from minitorch.testing.conformance.cases import (
    DTYPES,
    Case,
    call,
    cases,
    gradients,
    of_inputs,
    reference_device,
    refuses,
    results_of,
    tensors_in,
    weights,
)
from minitorch.testing.conformance.drawing import Drawn, check_random, drawn_cases
from minitorch.testing.conformance.outcome import check
from minitorch.testing.conformance.special import Special
from minitorch.testing.conformance.transformed import check_meta, check_slices, check_tangent, check_trace, variants
from minitorch.testing.conformance.watched import check_watched
from minitorch.testing.make import Make

INEXACT = tuple(dtype for dtype in DTYPES if dtype.inexact)


class Template(NamedTuple):
    """One thing that is asked of every row that it concerns."""

    name: str
    meaning: str
    check: Callable[[Case], float | None]
    dtypes: tuple[DType, ...] = DTYPES
    concerns: Callable[[Any], bool] = lambda op: True
    cases: Callable[[Any, DType, Device], list[Case]] = cases
    only_reference: bool = False  # is it about the row, whatever computes?
    about: type = Op

    def dtypes_on(self, device: Device) -> list[DType]:
        return [dtype for dtype in self.dtypes if device.backend.supports(dtype)]

    def applies(self, op: Op | Drawn, device: Device) -> bool:
        elsewhere = self.only_reference and device is not reference_device()
        return type(op) is self.about and self.concerns(op) and not elsewhere

    def __call__(self, op: Op | Drawn, device: Device) -> int:
        """Try all samples in all dtypes: returns how many were checked, or raises AssertionError about the first fault."""
        if not self.applies(op, device):
            return 0
        outcomes = [check(self, op, dtype, device) for dtype in self.dtypes_on(device)]
        faults = [fault for outcome in outcomes for fault in outcome.faults]
        if faults:
            raise AssertionError(faults[0].message)
        return sum(outcome.samples for outcome in outcomes)


# --- Values -----------------------------------------------------------------------------------------------------------


def check_forward(case: Case) -> float | None:
    """Values against the reference, with the dtypes that NumPy gives; and the arguments are left as they were."""
    if refuses(case.op, case.twin):
        return None
    got, wanted = results_of(call(case.op, case.sample)), results_of(call(case.op, case.raised))
    for one, other in zip(got, results_of(call(case.op, case.twin)), strict=True):
        _same_dtype(one, other)
    error = assert_close(got, wanted, factor=case.op.tolerance)
    _leaves_arguments(case)
    return error


def _leaves_arguments(case: Case) -> None:
    for one, other in zip(tensors_in(case.sample), tensors_in(case.again), strict=True):
        if one._version != other._version:
            raise AssertionError("an argument was written")
        assert_close(one, other, factor=0, what="an argument after the call")


def check_special(case: Case) -> float | None:
    """The same for special values, of which elementwise rows must give small results exactly, and core rows zeros with a sign."""
    error = check_forward(case)
    if error is None or case.op.family != "elementwise":
        return error
    got, wanted = results_of(call(case.op, case.sample)), results_of(call(case.op, case.raised))
    for one, other in zip(got, wanted, strict=True):
        assert_close(one, other, factor=case.op.tolerance, absolute=False)
        if case.op.body is None and case.op.public:
            _same_zeros(one, other)
    return error


def _same_zeros(got: Tensor, wanted: Tensor) -> None:
    values, expected = host_values(got), host_values(wanted)
    if got.dtype.is_floating_point:
        wrong = (values == 0) & (expected == 0) & (np.signbit(values) != np.signbit(expected))
        if wrong.any():
            place = [int(i) for i in np.argwhere(wrong)[0]]
            raise AssertionError(f"a zero has the wrong sign at index {place}")


def _same_dtype(got: Tensor, wanted: Tensor) -> None:
    """The result has the reference's dtype, and so has the array inside."""
    actual = got.device.backend.dtype_of(got._array)
    if got.dtype is not wanted.dtype or actual is not got.dtype:
        raise AssertionError(
            f"expected dtype {wanted.dtype!r}, got a Tensor of {got.dtype!r} on an array of {actual!r}"
        )


def check_dtypes(case: Case) -> float | None:
    """A dtype is taken or refused as the reference does."""
    expected, got = refuses(case.op, case.twin), refuses(case.op, case.sample)
    if expected is not got:
        raise AssertionError(f"expected the dtype to be {_taken(expected)}, and it is {_taken(got)}")
    return 0.0


def _taken(refused: bool) -> str:
    return "refused" if refused else "taken"


def first_two(op: Op, dtype: DType, device: Device) -> list[Case]:
    """Dtypes are taken or refused whatever the shapes are."""
    return cases(op, dtype, device, requires_grad=False)[:2]


def plain(op: Op, dtype: DType, device: Device) -> list[Case]:
    """Samples that ask for no gradient."""
    return cases(op, dtype, device, requires_grad=False)


def special(op: Op, dtype: DType, device: Device) -> list[Case]:
    """Samples of special values."""
    return cases(op, dtype, device, requires_grad=False, maker=Special)


# --- Derivatives ------------------------------------------------------------------------------------------------------


def check_gradient(case: Case) -> float | None:
    """Gradients against the reference's."""
    if refuses(case.op, case.twin):
        return None
    got = gradients(case.op, case.sample)
    for gradient, operand in zip(got, [t for t in tensors_in(case.sample) if t.requires_grad], strict=False):
        _same_dtype(gradient, operand)
    return assert_close(got, gradients(case.op, case.raised), factor=GRADIENT * case.op.tolerance, what="gradient")


def _have_derivatives(results: list[Tensor]) -> bool:
    """Has some result a gradient? Where one is no number, as the variance of a single value, nothing can be compared."""
    return any(r.requires_grad for r in results) and not any(np.isnan(host_values(r)).any() for r in results)


def check_gradcheck(case: Case, second: bool = True) -> float | None:
    """First and second derivatives against finite differences."""
    op, sample = case.op, case.sample
    inputs = [t for t in tensors_in(sample) if t.requires_grad]
    if not inputs or refuses(op, sample) or not _have_derivatives(results_of(call(op, sample))):
        return None
    function = of_inputs(op, sample, inputs)
    gradcheck(function, inputs, atol=1e-5, rtol=1e-4)
    _each_alone(op, function, inputs)
    if second and op.second:
        gradgradcheck(function, inputs, atol=1e-4, rtol=1e-3)
        return _same_on_tensors(op, [r for r in function(*inputs) if r.requires_grad], inputs)
    return 0.0


def _each_alone(op: Op, function: Callable, inputs: list[Tensor]) -> None:
    """An operand's gradient is the same where the others want none."""

    def found(given: list[Tensor], wanted: list[Tensor]) -> list[Any]:
        results = [result for result in function(*given) if result.requires_grad]
        return [*grad(results, wanted, [weights(r) for r in results], materialize_grads=True)] if results else []

    together = found(inputs, inputs) if len(inputs) > 1 else []
    for number, gradient in enumerate(together):
        given = [one if place == number else one.detach() for place, one in enumerate(inputs)]
        alone = found(given, [inputs[number]])
        assert_close(
            alone, [gradient][: len(alone)], factor=GRADIENT * op.tolerance, what=f"gradient of operand {number} alone"
        )


def _same_on_tensors(op: Op, results: list[Tensor], inputs: list[Tensor]) -> float:
    """With create_graph=True a rule runs on Tensors, where formulas have no kernels: the gradients must be the same."""
    seeds = [weights(result) for result in results]
    either = [
        grad(results, inputs, seeds, retain_graph=True, create_graph=recorded, materialize_grads=True)
        for recorded in (True, False)
    ]
    return assert_close(either[0], either[1], factor=GRADIENT * op.tolerance, what="gradient with create_graph=True")


# --- Writing ----------------------------------------------------------------------------------------------------------


def check_inplace(case: Case) -> float | None:
    """x.op_() against op(x), on a copy, and its gradient on a computed tensor."""
    op, sample = case.op, case.sample
    target, *rest = sample.args
    if not isinstance(target, Tensor) or refuses(op, case.twin):
        return None
    expected = call(op, case.again)
    if expected.shape != target.shape or not dtypes.can_cast(expected.dtype, target.dtype):
        return None
    written = expected.to(target.dtype)  # x.eq_(y) writes 0 and 1 into a float x
    copy = target.detach().clone()
    version = copy._version
    result = getattr(copy, f"{op.name}_")(*_detached(rest), **sample.kwargs)
    if result is not copy or copy._version <= version:
        raise AssertionError(f"{op.name}_ must return the tensor itself and count its version up")
    error = assert_close(copy, written.detach(), what="written")
    assert_close(target, case.again.args[0], factor=0, what="the tensor of which the written one is a clone")
    if expected.requires_grad and written.dtype is expected.dtype:
        alone = gradients(op, case.again)
        through = gradients(op, sample, lambda s: getattr(s.args[0] * 1, f"{op.name}_")(*s.args[1:], **s.kwargs))
        error = max(error, assert_close(through, alone, factor=GRADIENT, what="gradient in place"))
    return error


def _detached(values: list) -> list:
    return [value.detach() if isinstance(value, Tensor) else value for value in values]


def check_out(case: Case) -> float | None:
    """op(..., out=t) against op(...)."""
    op, sample = case.op, case.sample
    if refuses(op, case.twin):
        return None
    expected = results_of(call(op, sample))
    targets = [tape.ops_on_tensors.zeros_like(result) for result in expected]
    out = tuple(targets) if op.several else targets[0]
    if op.function(*sample.args, **sample.kwargs, out=out) is not out:
        raise AssertionError("out= must be returned")
    return assert_close(targets, expected, what="out")


def check_view(case: Case) -> float | None:
    """Writing to a view writes to its base and the other way round, whichever way the backend keeps its arrays."""
    op, sample = case.op, case.sample
    if refuses(op, case.twin):
        return None
    base = sample.args[0]
    twins = results_of(call(op, case.twin))
    for number, result in enumerate(results_of(call(op, sample))):
        if case.device.backend.aliasing and result.numel() and _steps(result) != _steps(twins[number]):
            raise AssertionError(f"expected strides {twins[number].stride()}, got {result.stride()}")
        if not result.numel() or 0 in result.stride():
            continue
        kind = bool if base.dtype is dtypes.bool else int
        base.fill_(kind(0))
        result.fill_(kind(1))
        changed = int((base != 0).sum().item())
        again = results_of(call(op, sample))[number]
        if not changed or not bool(again.eq(1).all()):
            raise AssertionError("a write to the view must change its base, and did not")
        base.copy_(case.again.args[0])
        assert_close(
            result, results_of(call(op, case.again))[number], factor=0, what="the view after a write to its base"
        )
    return 0.0


def _steps(tensor: Tensor) -> list[int]:
    """The strides that matter: those of dims with more than one element."""
    return [step for step, size in zip(tensor.stride(), tensor.shape, strict=True) if size > 1]


# --- Refusals ---------------------------------------------------------------------------------------------------------


def error_samples(op: Op, dtype: DType, device: Device) -> list[Case]:
    """The calls that must be refused."""
    made = op.errors(Make(dtype, device, 0)) if op.errors else ()
    return [Case(op, dtype, device, number, each.sample, None, None, None, each) for number, each in enumerate(made)]


def check_errors(case: Case) -> float | None:
    """An error sample is refused in the words that it says, at the latest when the device has done its work."""
    assert case.refusal is not None
    sample, expected, pattern = case.refusal
    before = [(t, t._version, t.detach().clone()) for t in tensors_in(sample)]
    try:
        call(case.op, sample)
        case.device.backend.synchronize(case.device)
    except expected as error:
        if not re.search(pattern, str(error)):
            raise AssertionError(f"expected an error that says {pattern!r}, got: {error}") from error
    else:
        raise AssertionError(f"expected {expected}, and nothing was raised")
    for tensor, version, values in before:
        assert_close(tensor, values, factor=0, what="an argument after the refusal")
        if tensor._version != version:
            raise AssertionError("an argument counted a write, although the call was refused")
    return 0.0


def _has_out(op: Op) -> bool:
    return op.out and op.family != "composition"


def _is_derived(op: Op) -> bool:
    refused = op.rules and all(getattr(rule, "refused", False) for rule in op.rules.values())
    return (op.differentiable and not refused) or op.family == "composition"


_ALL = (
    Template("forward", "values, dtypes and shapes are the reference's", check_forward),
    Template("special", "and so they are on nan, inf, zeros of both signs, halves and ties", check_special,
             (dtypes.int64, dtypes.float32, dtypes.float64), lambda op: op.special, special),
    Template("gradient", "backward gives the reference's gradients", check_gradient, INEXACT, _is_derived),
    Template("inplace", "x.op_() writes op(x) into x, counts one version up, and has op's gradient", check_inplace,
             concerns=lambda op: op.inplace),
    Template("out", "op(..., out=t) writes op(...) into t and returns t", check_out, concerns=_has_out, cases=plain),
    Template("view", "a view and its base share what is written to either", check_view, concerns=lambda op: op.view,
             cases=plain),
    Template("errors", "what must be refused is refused, in the words that the row says", check_errors,
             (dtypes.float64,), lambda op: op.errors is not None, error_samples),
    Template("dtypes", "each dtype is taken or refused as the reference does", check_dtypes, cases=first_two),
    Template("gradcheck", "first and second derivatives agree with finite differences", check_gradcheck,
             (dtypes.float64, dtypes.complex128), _is_derived, only_reference=True),
    Template("tangent", "forward mode agrees with reverse mode", check_tangent, (dtypes.float64, dtypes.complex128), _is_derived,
             only_reference=True),
    Template("slices", "vmap gives what a loop gives", check_slices, (dtypes.int64, dtypes.float64), cases=variants,
             only_reference=True),
    Template("meta", "shapes and dtypes are the same without values", check_meta, (dtypes.int64, dtypes.float64),
             only_reference=True),
    Template("trace", "the graph of a call gives what the call gives", check_trace, (dtypes.int64, dtypes.float64),
             only_reference=True),
    Template("watched", "anomaly mode finds nothing, and packed or computed again, what is saved gives the same gradient",
             check_watched, (dtypes.float64, dtypes.complex128), _is_derived, only_reference=True),
    Template("random", "the same seed gives the reference's numbers", check_random, cases=drawn_cases, about=Drawn),
)  # fmt: skip
TEMPLATES = {template.name: template for template in _ALL}
