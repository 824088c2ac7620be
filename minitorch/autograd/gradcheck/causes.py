"""Why a derivative is wrong, found by trying: what would the tape's Jacobian be if this were the mistake? Is it that?

Each function here tries one family of mistakes on the two Jacobians of a `Comparison`, and returns a `Cause` where a mistake
explains every entry, else None. CAUSES is the order in which they are tried: the simplest explanation first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

import numpy as np

from .verdict import Comparison, number


class Cause(NamedTuple):
    """A word for a mistake, what is seen of it, and what to do about it."""

    name: str
    explanation: str
    hint: str


class Evidence(NamedTuple):
    """Two Jacobians, how close is close, and the input's values."""

    comparison: Comparison
    rtol: float
    atol: float
    values: np.ndarray  # of the input

    @property
    def tape(self) -> np.ndarray:
        return self.comparison.analytical

    @property
    def true(self) -> np.ndarray:
        return self.comparison.numerical

    def explained_by(self, expected: np.ndarray) -> bool:
        """Is the tape's Jacobian what it would be by this mistake?"""
        return bool(np.isclose(self.tape, expected, self.rtol, self.atol).all())

    def grid(self, jacobian: np.ndarray) -> np.ndarray:
        """A Jacobian with an axis for each of the input's, one for real and imaginary parts, and one for each of the output's."""
        each = self.comparison
        return jacobian.reshape(*each.input_shape, -1, *each.output_shape)


def cause_of(evidence: Evidence) -> Cause:
    """The first mistake that explains all; where none does, how much is wrong."""
    with np.errstate(all="ignore"):
        for attempt in CAUSES:
            found = attempt(evidence)
            if found is not None:
                return found
    hint = "no single mistake explains all entries: derive the formula again, term by term"
    return Cause("unknown", "the derivative is wrong", hint)


def _not_finite(evidence: Evidence) -> Cause | None:
    wrong = evidence.comparison.wrong
    if not np.isfinite(evidence.true[wrong]).all():
        return Cause("not finite", "the function itself gives nan or inf here", "check it at a point inside its domain")
    if not np.isfinite(evidence.tape[wrong]).all():
        hint = "look for 0 * inf, 0 / 0 or the root of 0; with where(), both branches are differentiated"
        return Cause("nan", "backward gives nan or inf where the function is smooth", hint)
    return None


def _zero(evidence: Evidence) -> Cause | None:
    if not evidence.comparison.path:
        hint = "look for detach(), no_grad(), .item(), .numpy() or a new tensor made from values on the way"
        return Cause(
            "detached", "the tape has no way from this output back to this input, and yet it depends on it", hint
        )
    if not evidence.tape.any():
        hint = "look for detach() on the way, or a derivative that gives zeros"
        return Cause("zero", "backward gives zero everywhere", hint)
    return None


def _sign(evidence: Evidence) -> Cause | None:
    if evidence.explained_by(-evidence.true):
        return Cause("sign", "the sign is wrong: every entry is -1 times what it should be", "change the sign")
    return None


def _conjugate(evidence: Evidence) -> Cause | None:
    """f' in place of conj(f'): of a complex output the imaginary parts' gradients change their sign, too."""
    parts = evidence.grid(evidence.true).shape[len(evidence.comparison.input_shape)]
    count = evidence.true.shape[1] // max(parts, 1)
    flip = np.where(np.arange(evidence.true.shape[1]) < count, 1, -1)
    if evidence.explained_by(np.conj(evidence.true) * flip):
        hint = "the gradient of a holomorphic f is g * conj(f')"
        return Cause("conjugate", "a conjugate is missing (or one too many)", hint)
    return None


def _transposed(evidence: Evidence) -> Cause | None:
    """Two axes of equal size exchanged: both of the input, both of the incoming gradient, or one of each."""
    tape, true = evidence.grid(evidence.tape), evidence.grid(evidence.true)
    inputs = len(evidence.comparison.input_shape)
    for first, second in combinations([axis for axis in range(true.ndim) if axis != inputs], 2):
        if true.shape[first] != true.shape[second]:
            continue
        if not np.isclose(tape, true.swapaxes(first, second), evidence.rtol, evidence.atol).all():
            continue
        if second < inputs:
            what = f"the gradient is transposed: its axes {first} and {second} are exchanged"
        elif first > inputs:
            first, second = first - inputs - 1, second - inputs - 1
            what = f"the incoming gradient is transposed, or summed over the wrong axis: axes {first} and {second} are exchanged"
        else:
            what = f"a factor is transposed: axis {first} of the input and axis {second - inputs - 1} of the output are exchanged"
        return Cause("transposed", what, "the gradient of x @ W is g @ W.mT for x and x.mT @ g for W")
    return None


def _ignores_gradient(evidence: Evidence) -> Cause | None:
    """The same gradient whatever comes in: that of the sum of the outputs."""
    if evidence.true.shape[1] > 1 and evidence.explained_by(evidence.true.sum(1, keepdims=True) + 0 * evidence.true):
        return Cause("ignores gradient", "backward doesn't depend on the gradient that comes in", "multiply by it")
    return None


def _missing_sum(evidence: Evidence) -> Cause | None:
    """Of a gradient that must be summed over a broadcast axis only a part arrives."""
    tape, true = evidence.grid(evidence.tape), evidence.grid(evidence.true)
    inputs = len(evidence.comparison.input_shape)
    for axis in range(inputs + 1, true.ndim):
        others = tuple(i for i in range(true.ndim) if i != axis)
        right = np.isclose(tape, true, evidence.rtol, evidence.atol).all(others)
        zero = (tape == 0).all(others)
        part = right.any() and (zero & ~right).any() and (right | zero).all()
        if part and _is_broadcast(evidence, axis - inputs - 1):
            kept = ", ".join(str(i) for i in np.flatnonzero(right))
            what = f"only what comes in at index {kept} of axis {axis - inputs - 1} of the output arrives"
            return Cause("missing sum", f"a sum over a broadcast axis is missing: {what}", "sum over that axis")
    return None


def _needless_sum(evidence: Evidence) -> Cause | None:
    tape, true = evidence.grid(evidence.tape), evidence.grid(evidence.true)
    for axis in range(len(evidence.comparison.input_shape)):
        summed = np.broadcast_to(true.sum(axis, keepdims=True), true.shape)
        if true.shape[axis] > 1 and np.isclose(tape, summed, evidence.rtol, evidence.atol).all():
            what = f"the gradient is summed over axis {axis} of the input, which was not broadcast"
            return Cause("needless sum", what, "sum over broadcast axes only")
    return None


def _factor(evidence: Evidence) -> Cause | None:
    """Every entry is off by one and the same number."""
    factor = _common_factor(evidence.tape, evidence.true)
    if factor is None or not evidence.explained_by(factor * evidence.true):
        return None
    what = f"every entry is {_shown(factor)} times what it should be"
    for axis, size in enumerate(evidence.comparison.output_shape):
        if size > 1 and abs(factor * size - 1) < 1e-3 and _is_broadcast(evidence, axis):
            hint = f"{_shown(factor)} is one over the size of axis {axis} of the output: is a mean taken in place of a sum?"
            return Cause("factor", what, hint)
    hint = {2.0: "something is counted twice", 0.5: "half of it is missing"}.get(
        np.round(np.real(factor), 3), "look for a constant that was lost"
    )
    return Cause("factor", what, hint)


def _is_broadcast(evidence: Evidence, axis: int) -> bool:
    """Does some element of the input reach all along an axis of the output?"""
    true = evidence.grid(evidence.true)
    along = len(evidence.comparison.input_shape) + 1 + axis
    return bool((true != 0).all(along).any())


def _common_factor(tape: np.ndarray, true: np.ndarray) -> complex | None:
    """The factor by least squares; a single entry has one always, so there it must be a simple fraction."""
    square = np.vdot(true, true)
    if not square:
        return None
    factor = np.vdot(true, tape) / square
    if np.count_nonzero(true) == 1:
        nearest = float(Fraction(float(np.real(factor))).limit_denominator(4))
        if abs(factor - nearest) > 1e-4 * abs(factor) or abs(nearest) > 10:
            return None
    return factor


def _shown(factor: complex) -> str:
    """A factor as a simple fraction, where it is one."""
    if abs(np.imag(factor)) > 1e-4 * abs(factor):
        return f"({np.round(factor, 4):g})"
    fraction = Fraction(float(np.real(factor))).limit_denominator(100)
    close = abs(float(fraction) - np.real(factor)) < 1e-4 * abs(factor)
    return str(fraction) if close and abs(factor) > 0.01 else f"{np.real(factor):.6g}"


def _lost_input(evidence: Evidence) -> Cause | None:
    """The input itself is a factor too many or too few: 1 for log(x), x for x**2 / 2 are right, x and 1 are not."""
    values = evidence.values.reshape(-1, 1)
    if len(values) > 1:
        for power, what in ((1, "multiplied"), (-1, "divided")):
            if evidence.explained_by(evidence.true / np.conj(values) ** power):
                return Cause("lost input", f"the gradient is not {what} by the input", f"it must be {what} by it")
    return None


def _some_elements(evidence: Evidence) -> Cause | None:
    """Some elements of the input have a right derivative that isn't zero, others a wrong one: which, and by how much?"""
    wrong = np.asarray(evidence.comparison.wrong.any(1))
    right = ~wrong & evidence.true.any(1)
    if not right.any():
        return None
    what = f"wrong at {int(wrong.sum())} of {len(wrong)} elements of the input"
    region = next((name for name, inside in _regions(evidence) if (inside == wrong)[wrong | right].all()), None)
    if region is not None:
        what = f"{what}, those {region}"
    tape, true = evidence.tape[wrong], evidence.true[wrong]
    factor = _common_factor(tape, true)
    if not tape.any():
        what += ": zero there"
    elif factor is not None and np.isclose(tape, factor * true, evidence.rtol, evidence.atol).all():
        what += f": {_shown(factor)} times what it should be there"
    return Cause("some elements", what, "a branch of the derivative, or an index, is wrong")


def _regions(evidence: Evidence) -> Iterator[tuple[str, np.ndarray]]:
    """Sets of the input's elements that have a name."""
    values, shape = evidence.values.reshape(-1), evidence.comparison.input_shape
    if values.dtype.kind != "c":
        yield "where the input is negative", values < 0
        yield "where the input is positive", values > 0
        yield "where the input is zero", values == 0
        yield "where the input is over 1", values > 1
        yield "where the input is under 1 in size", abs(values) < 1
    for axis, size in enumerate(shape):
        places = np.indices(shape)[axis].reshape(-1)
        for index in range(size):
            yield f"at index {index} of axis {axis}", places == index
    largest = values.reshape(-1)[np.argmax(np.abs(values))] if values.size else 0
    yield f"where the input is {number(largest)}", values == largest


CAUSES: tuple[Callable[[Evidence], Cause | None], ...] = (
    _not_finite, _zero, _sign, _conjugate, _transposed, _factor, _ignores_gradient, _missing_sum, _needless_sum, _lost_input,
    _some_elements,
)  # fmt: skip
