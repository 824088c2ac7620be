"""What a check found: a `Comparison` of two Jacobians for each pair of an output and an input, and the `Verdict` on them all."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from minitorch.errors import message

# Every kind of verdict, and its name in words.
KINDS = {
    "right": "the derivatives are right",
    "precision": "too little precision for differences",
    "kink": "no derivative at this point",
    "random": "the function is random",
    "value": "a derivative is wrong",
    "shape": "a gradient has the wrong shape",
    "dtype": "a gradient has the wrong dtype",
    "not differentiable": "not differentiable",
    "undefined": "undefined gradients are not dealt with",
    "not reentrant": "backward is random",
    "backward": "backward fails",
    "batched": "batched gradients are wrong",
}


class GradcheckError(RuntimeError):
    """The derivatives that autograd gives are not those of the function; `.verdict` says why."""

    def __init__(self, verdict: Verdict | str):
        super().__init__(str(verdict))
        self.verdict = verdict


class Comparison:
    """The Jacobian of one output by one input, from the tape and from differences.

    Both are matrices (input elements, output elements). Of a complex output the real parts come first, then the imaginary
    ones; of a complex input an entry is d/d real + i d/d imaginary, which is what backward gives. In fast mode a matrix has one
    row, and one column or two: the Jacobian projected on random directions.
    """

    def __init__(
        self, output: int, input: int, shapes: tuple[tuple, tuple], analytical: np.ndarray, numerical: np.ndarray,
        close: np.ndarray, mode: str = "backward", path: bool = True,
    ):  # fmt: skip
        self.output, self.input, self.mode = output, input, mode
        self.output_shape, self.input_shape = shapes
        self.analytical, self.numerical = analytical, numerical
        self.wrong = ~close
        self.path = path  # does the tape lead from the output to the input at all?
        self.kind, self.cause, self.explanation = "right", "", ""

    @property
    def right(self) -> bool:
        return not self.wrong.any()

    @property
    def whole(self) -> bool:
        """Are these the whole Jacobians, not their projections?"""
        return len(self.analytical) == int(np.prod(self.input_shape))

    def errors(self) -> np.ndarray:
        """The relative errors, entry by entry; infinite where one of both is no number."""
        with np.errstate(all="ignore"):
            error = np.abs(self.analytical - self.numerical)
            scale = np.maximum(np.abs(self.analytical), np.abs(self.numerical))
            relative = np.where(error == 0, 0.0, error / np.where(scale == 0, 1.0, scale))
        same = self.analytical == self.numerical  # infinities
        return np.where(same, 0.0, np.where(np.isfinite(error), relative, np.inf))

    @property
    def worst(self) -> tuple[int, int]:
        """Row and column of the entry that is most wrong (of those that are wrong, if any is)."""
        errors = self.errors()
        if not self.right:
            errors = np.where(self.wrong, np.round(errors, 3), -1.0)  # the first of equals, rounding or not
        row, column = np.unravel_index(np.argmax(errors), errors.shape)
        return int(row), int(column)

    @property
    def relative_error(self) -> float:
        return float(self.errors()[self.worst]) if self.wrong.size else 0.0

    def place(self) -> str:
        """Where the worst entry is, in words: d output 0 [1] / d input 0 [2, 0]."""
        if not self.whole:
            return f"d output {self.output} / d input {self.input} along a random direction"
        row, column = self.worst
        count = max(int(np.prod(self.output_shape)), 1)
        part = "" if self.wrong.shape[1] == count else ("real part of ", "imaginary part of ")[column // count]
        above = [int(i) for i in np.unravel_index(column % count, self.output_shape)] if self.output_shape else ""
        below = [int(i) for i in np.unravel_index(row, self.input_shape)] if self.input_shape else ""
        return f"{part}d output {self.output} {above}".rstrip() + f" / d input {self.input} {below}".rstrip()


class Verdict(int):
    """The result of a check: true if all is right. Like a bool it is an int, equal to True or to False.

    kind, cause   what is wrong: one of KINDS, and a word for why where that was found, such as "sign"
    comparisons   one for each pair of an output and an input, each with a kind and a cause of its own
    print(verdict), and its picture in a notebook, say the same at length
    """

    kind: str
    cause: str
    parts: _Parts
    comparisons: tuple[Comparison, ...]

    def __new__(
        cls, kind: str, headline: str, *, cause: str = "", where: object = None, expected: object = None,
        got: object = None, hint: object = None, comparisons: Sequence[Comparison] = (),
    ) -> Verdict:  # fmt: skip
        made = super().__new__(cls, kind == "right")
        made.kind, made.cause, made.comparisons = kind, cause, tuple(comparisons)
        made.parts = _Parts(headline, where, expected, got, hint)
        return made

    def __getnewargs_ex__(self) -> tuple:  # a copy or a pickle is made of this, and then gets the attributes
        return (self.kind, self.parts.headline), {}

    def __repr__(self) -> str:
        headline, where, expected, got, hint = self.parts
        return message(f"gradcheck: {headline}", where=where, expected=expected, got=got, hint=hint)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The verdict in words, and a row of a table for each pair of an output and an input."""
        color = "#15803d" if self else "#b91c1c"
        lines = [f'<div><b style="color:{color}">{KINDS[self.kind]}</b><pre>{escape(str(self))}</pre>']
        if self.comparisons:
            heads = (
                "output",
                "input",
                "by",
                "wrong entries",
                "largest relative error",
                "where",
                "tape",
                "differences",
                "",
            )
            lines += [
                "<table>",
                _row("th", heads),
                *[_row("td", _cells(each)) for each in self.comparisons],
                "</table>",
            ]
        return "\n".join([*lines, "</div>"])


class _Parts(NamedTuple):
    """What `errors.message` words a verdict from."""

    headline: str
    where: object
    expected: object
    got: object
    hint: object


def _cells(each: Comparison) -> tuple[str, ...]:
    if not each.wrong.size:
        return (str(each.output), str(each.input), each.mode, "0 of 0", "", "", "", "", "nothing to compare")
    return (
        str(each.output), str(each.input), each.mode, f"{int(each.wrong.sum())} of {each.wrong.size}",
        f"{each.relative_error:.1e}", each.place(), number(each.analytical[each.worst]), number(each.numerical[each.worst]),
        "right" if each.right else f"{each.kind}: {each.cause}" if each.cause else each.kind,
    )  # fmt: skip


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def number(value: complex) -> str:
    """A value as a reader wants to see it."""
    return f"{value:.8g}"
