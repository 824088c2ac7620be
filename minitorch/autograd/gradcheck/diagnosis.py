"""From Jacobians that disagree to a verdict: is it the function, the point, the precision, or the derivative?

Each suspicion is put to the test: the function is called twice, its slopes are taken on one side alone and with other steps, the
check is done again in float64. What is left is a wrong derivative, and `causes` finds out how it is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.tensor import Tensor

from .causes import Evidence, cause_of
from .jacobian import Checked, Direction, host, numerical, units
from .verdict import Comparison, GradcheckError, Verdict, number

DOUBLE = (dtypes.float64, dtypes.complex128)
FINER = 1e-2  # of eps, for a second look at a slope
COARSE = 2.0**-8  # a step at which differences are good for three digits in float32


def diagnose(checked: Checked, comparisons: Sequence[Comparison], settings: Any, again: Callable) -> Verdict:
    """The verdict on comparisons of which some are wrong; `again(func, inputs)` does the whole check once more."""
    verdict = suspect_chance(checked, settings.nondet_tol, comparisons)
    if verdict is None:
        verdict = _imprecise(checked, comparisons, settings, again)
    if verdict is not None:
        return verdict
    wrong = [each for each in comparisons if not each.right]
    for each in wrong:
        _explain(checked, each, settings)
    first = next((each for each in wrong if each.kind == "value"), wrong[0])
    mode = "" if first.mode == "backward" else "computed with forward mode "
    explanation, hint = first.explanation.split("\n")
    row, column = first.worst
    true, found = first.numerical[row, column], first.analytical[row, column]
    return Verdict(
        first.kind,
        f"Jacobian {mode}mismatch for output {first.output} with respect to input {first.input}: {explanation}",
        cause=first.cause,
        where=f"{first.place()}; {int(first.wrong.sum())} of {first.wrong.size} entries disagree",
        expected=f"{number(true)} (differences)",
        got=f"{number(found)} ({first.mode}), a relative error of {first.relative_error:.2g}",
        hint=hint,
        comparisons=comparisons,
    )


def _explain(checked: Checked, each: Comparison, settings: Any) -> None:
    """Write into a comparison what kind of fault it has, its cause, and an explanation and a hint as two lines."""
    point = _points(checked, each, settings) if each.whole and each.mode == "backward" else None
    if point is not None:
        each.kind, (each.cause, explanation, hint) = "kink", point
    else:
        values = host(checked.inputs[each.input])
        each.kind = "value" if each.path else "not differentiable"
        each.cause, explanation, hint = cause_of(Evidence(each, settings.rtol, settings.atol, values))
    each.explanation = f"{explanation}\n{hint}"


# --- The function -----------------------------------------------------------------------------------------------------


def suspect_chance(checked: Checked, tolerance: float, comparisons: Sequence[Comparison] = ()) -> Verdict | None:
    """Two calls with the same arguments must give the same."""
    for output, (one, other) in enumerate(zip(checked.values(), checked.values(), strict=True)):
        with np.errstate(all="ignore"):
            gap = np.abs(one - other)
        spread = float(np.where(one == other, 0.0, gap).max(initial=0.0))
        if spread > tolerance:
            return Verdict(
                "random",
                f"output {output} differs between two calls by {spread:.3g}: the function is random, or keeps state",
                cause="random",
                hint="seed it inside the function, switch dropout off with eval(), or pass nondet_tol=",
                comparisons=comparisons,
            )
    return None


# --- The precision ----------------------------------------------------------------------------------------------------


def _imprecise(checked: Checked, comparisons: Sequence[Comparison], settings: Any, again: Callable) -> Verdict | None:
    """Do the derivatives agree once differences have enough digits: in float64, or with a larger step?"""
    low = [
        f"input {i} is {checked.inputs[i].dtype!r}" for i in checked.positions if checked.inputs[i].dtype not in DOUBLE
    ]
    low += [f"output {i} is {each.dtype!r}" for i, each in enumerate(checked.results) if each.dtype not in DOUBLE]
    double = _in_double(checked, again) if low else None
    if double is not None and not double:
        return _also_in_double(double, low[0], comparisons)
    if double:
        proof = "in float64 the same check finds all derivatives right"
    elif _right_with_larger_step(checked, comparisons):
        proof = f"with eps={COARSE:g} differences and derivatives agree"
    else:
        return None
    reason = low[0] if low else "the function loses digits inside"
    return Verdict(
        "precision",
        f"{reason}, and differences of its values with eps={settings.eps:g} are mostly rounding; {proof}",
        cause="float32" if low else "rounding",
        expected="torch.float64 or torch.complex128" if low else None,
        got=reason if low else None,
        hint="make the inputs with dtype=minitorch.float64"
        if low
        else "compute in float64 throughout, or pass a larger eps=",
        comparisons=comparisons,
    )


def _in_double(checked: Checked, again: Callable) -> Verdict | None:
    """The verdict on the same function in float64; None where it can't be had, as with weights of float32 inside."""
    try:
        verdict = again(checked.func, tuple([_doubled(each) for each in checked.inputs]))
        return verdict if any(each.path for each in verdict.comparisons) else None  # it may not read its arguments
    except GradcheckError as error:
        return error.verdict if isinstance(error.verdict, Verdict) else None
    except Exception:  # whatever the function raises when float32 and float64 meet
        return None


def _also_in_double(double: Verdict, low: str, comparisons: Sequence[Comparison]) -> Verdict:
    """What is wrong in float64, which tells more than what was found in a lower precision."""
    headline, where, expected, got, hint = double.parts
    return Verdict(
        double.kind, f"{headline} ({low}; these are the figures in float64)", cause=double.cause, where=where,
        expected=expected, got=got, hint=hint, comparisons=double.comparisons or comparisons,
    )  # fmt: skip


def _doubled(value: Any) -> Any:
    if not (isinstance(value, Tensor) and value.dtype.inexact):
        return value
    made: Any = value.detach().to(dtypes.complex128 if value.dtype.is_complex else dtypes.float64)
    return made.requires_grad_() if value.requires_grad else made


def _right_with_larger_step(checked: Checked, comparisons: Sequence[Comparison]) -> bool:
    """Does the larger step agree with the tape everywhere, and was it the smaller that was off?"""
    for each in comparisons:
        if each.right:
            continue
        if not each.whole or each.mode != "backward":
            return False
        coarse = numerical(checked, each.input, units(checked.inputs[each.input]), COARSE)[each.output]
        tape, fine, wrong = each.analytical, each.numerical, each.wrong
        agrees = np.isclose(tape, coarse, 1e-2, 1e-3)
        with np.errstate(all="ignore"):
            nearer = np.abs(tape - coarse) < np.abs(fine - coarse)
        if not (agrees & nearer)[wrong].all():
            return False
    return True


# --- The point --------------------------------------------------------------------------------------------------------


def _points(checked: Checked, each: Comparison, settings: Any) -> tuple[str, str, str] | None:
    """A cause where every wrong entry lies at a kink, a jump or an edge of the function."""
    tensor = checked.inputs[each.input]
    seen: dict[str, int] = {}
    for row, direction in enumerate(units(tensor)):
        if each.wrong[row].any():
            for word in _point(checked, each, row, direction, settings):
                seen[word] = seen.get(word, 0) + 1
    if "edge" in seen:
        seen.pop("nan", None)  # 0 * inf, in the entries beside
    word = max(seen, key=lambda name: seen[name])
    return (word, *_AT_A_POINT[word]) if seen.keys() <= _AT_A_POINT.keys() else None


_AT_A_POINT = {
    "kink": ("there is a kink at this point: the slopes on both sides differ", "check at a point beside the kink"),
    "kink nearby": (
        "the slope changes within eps of this point, and much nearer it is as backward says",
        "there is a kink nearby, or eps is too large for this curve: check at another point, or with a smaller eps",
    ),
    "jump": ("the function jumps at this point", "check at a point beside the jump"),
    "edge": ("the function ends at this point: on one side it is no number", "check at a point inside the domain"),
}


def _point(checked: Checked, each: Comparison, row: int, direction: Direction, settings: Any) -> set[str]:
    """What is the matter with the wrong entries of one element of the input: words of _AT_A_POINT, "nan", or "wrong"."""
    words: set[str] = set()
    for step, part in ((direction.real, np.real), (direction.imag, np.imag)):
        if step is None:
            continue
        step = step if part is np.real else step * 1j
        tape = part(each.analytical[row])
        left, right = _one_sided(checked, each, step, settings.eps)
        near_left, near_right = _one_sided(checked, each, step, settings.eps * FINER)
        with np.errstate(all="ignore"):
            middle, near = (left + right) / 2, (near_left + near_right) / 2
            low, high = np.minimum(near_left, near_right), np.maximum(near_left, near_right)
            slack = settings.atol + settings.rtol * np.maximum(np.abs(low), np.abs(high))
            tests = {
                "edge": np.isfinite(left) != np.isfinite(right),
                "nan": ~np.isfinite(tape),
                "jump": np.abs(near) > 0.1 / FINER * np.abs(middle) + slack,  # grows as the step shrinks
                "kink nearby": np.abs(tape - near) <= slack,
                "kink": (high - low > slack) & (tape >= low - slack) & (tape <= high + slack),
                "wrong": np.ones(tape.shape, bool),
            }
            wrong = each.wrong[row] & ~np.isclose(tape, middle, settings.rtol, settings.atol)
        first = np.argmax(np.stack(list(tests.values())), axis=0)
        words |= {list(tests)[index] for index in first[wrong]}
    return words or {"wrong"}


def _one_sided(checked: Checked, each: Comparison, step: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """The slopes to the left and to the right of the point."""
    here = checked.values()[each.output]
    up = checked.values_beside(each.input, eps * step)[each.output]
    down = checked.values_beside(each.input, -eps * step)[each.output]
    with np.errstate(all="ignore"):
        return (here - down) / eps, (up - here) / eps
