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
from .verdict import Comparison, Verdict, number

DOUBLE = (dtypes.float64, dtypes.complex128)
FINER = 1e-2  # of eps, for a second look at a slope
COARSE = 2.0**-8  # a step at which differences are good for three digits in float32


def diagnose(checked: Checked, comparisons: Sequence[Comparison], settings: Any, again: Callable) -> Verdict:
    """The verdict on comparisons of which some are wrong; `again(func, inputs)` does the whole check once more."""
    for suspicion in (_random, _imprecise):
        verdict = suspicion(checked, comparisons, settings, again)
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


def _random(checked: Checked, comparisons: Sequence[Comparison], settings: Any, again: Callable) -> Verdict | None:
    """Two calls with the same arguments must give the same."""
    for output, (one, other) in enumerate(zip(checked.values(), checked.values(), strict=True)):
        with np.errstate(all="ignore"):
            gap = np.abs(one - other)
        spread = float(np.where(one == other, 0.0, gap).max(initial=0.0))
        if spread > settings.nondet_tol:
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
    low = [f"input {i} is {checked.inputs[i].dtype!r}" for i in checked.positions if checked.inputs[i].dtype not in DOUBLE]
    low += [f"output {i} is {each.dtype!r}" for i, each in enumerate(checked.results) if each.dtype not in DOUBLE]
    if low and _right_in_double(checked, again):
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
        expected="torch.float64 or torch.complex128",
        got=reason,
        hint="make the inputs with dtype=minitorch.float64, and compute in it",
        comparisons=comparisons,
    )


def _right_in_double(checked: Checked, again: Callable) -> bool:
    try:
        return bool(again(checked.func, tuple([_doubled(each) for each in checked.inputs])))
    except Exception:  # a function may hold float32 weights, which don't mix with float64; then this proves nothing
        return False


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
    if not seen or "" in seen:
        return None
    word = max(seen, key=lambda name: seen[name])
    return word, *_AT_A_POINT[word]


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
    """What the wrong entries of one element of the input are: words of _AT_A_POINT, or "" for a wrong derivative."""
    words: set[str] = set()
    parts = [(direction.real, np.real)] + ([] if direction.imag is None else [(direction.imag * 1j, np.imag)])
    for step, part in parts:
        left, right = _one_sided(checked, each, step, settings.eps)
        near_left, near_right = _one_sided(checked, each, step, settings.eps * FINER)
        tape = part(each.analytical[row])
        with np.errstate(all="ignore"):
            middle, near = (left + right) / 2, (near_left + near_right) / 2
            slack = settings.atol + settings.rtol * np.maximum(np.abs(near_left), np.abs(near_right))
            gap, near_gap = np.abs(right - left), np.abs(near_right - near_left)
            within = (tape >= np.minimum(near_left, near_right) - slack) & (tape <= np.maximum(near_left, near_right) + slack)
            tests = (
                ("", ~np.isclose(tape, middle, settings.rtol, settings.atol)),
                ("edge", np.isfinite(left) != np.isfinite(right)),
                ("jump", np.abs(near) > 0.1 / FINER * np.abs(middle) + slack),
                ("kink nearby", np.abs(tape - near) <= slack),
                ("kink", (gap > slack) & (near_gap > 0.5 * gap) & within),
            )
        wrong = each.wrong[row] & tests[0][1]
        found = np.zeros(wrong.shape, int)
        for code, (_, holds) in enumerate(tests[1:], 1):
            found = np.where((found == 0) & holds, code, found)
        words |= {tests[code][0] for code in found[wrong]}
    return words or {""}


def _one_sided(checked: Checked, each: Comparison, step: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """The slopes to the left and to the right of the point."""
    here = checked.values()[each.output]
    up = checked.values_beside(each.input, eps * step)[each.output]
    down = checked.values_beside(each.input, -eps * step)[each.output]
    with np.errstate(all="ignore"):
        return (here - down) / eps, (up - here) / eps
