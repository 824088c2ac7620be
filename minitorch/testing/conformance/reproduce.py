"""A failing sample as a program: what went in, as literals; what came out here and on the reference; and the verdict again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import minitorch
from minitorch import dtypes
from minitorch.backend import Device
from minitorch.ops.samples import Sample
from minitorch.rows import OPS, Op
from minitorch.tensor import Tensor
from minitorch.testing.compare import host_values
from minitorch.testing.conformance.cases import Case
from minitorch.testing.conformance.drawing import DRAWS, SEED, Drawn
from minitorch.testing.conformance.outcome import words
from minitorch.testing.conformance.templates import TEMPLATES


def case_of(place: str, row: str, template: str, dtype: str, number: int) -> Case:
    """The case of that number; the same values each time."""
    op = DRAWS[row] if TEMPLATES[template].about is Drawn else OPS[row]
    return TEMPLATES[template].cases(op, dtypes.BY_NAME[dtype], Device(place))[number]


def again(place: str, row: str, template: str, dtype: str, number: int) -> None:
    """Try one sample again; AssertionError says what is wrong with it."""
    case = case_of(place, row, template, dtype, number)
    try:
        TEMPLATES[template].check(case)
    except Exception as error:
        raise AssertionError(words(TEMPLATES[template], case, error)) from error


def code(place: str, row: str, template: str, dtype: str, number: int, modules: Sequence[str] = ()) -> str:
    """A program that shows a sample of a row, and then fails as the template does."""
    verdict = f"conformance.again({place!r}, {row!r}, {template!r}, {dtype!r}, {number})"
    lines = ["from math import inf, nan", "", "import minitorch as torch", "from minitorch.testing import conformance"]
    lines += [f"import {module}" for module in modules]
    if number >= 0:
        case = case_of(place, row, template, dtype, number)
        lines += ["", *_shown(case, place, template)]
    return "\n".join([*lines, "", f"{verdict}  # raises AssertionError: what is wrong", ""])


def _shown(case: Case, place: str, template: str) -> list[str]:
    """The arguments, each with a name, and the call."""
    names: list[str] = []
    lines: list[str] = []

    def named(value: Any) -> str:
        if isinstance(value, list | tuple):
            inside = ", ".join(map(named, value)) + ("," if isinstance(value, tuple) and len(value) == 1 else "")
            return f"[{inside}]" if isinstance(value, list) else f"({inside})"
        if not isinstance(value, Tensor):
            return repr(str(value)) if isinstance(value, Device) else repr(value)
        names.append("abcdefghijklmnopqrstuvw"[len(names)])
        lines.append(f"{names[-1]} = {literal(value, place)}")
        return names[-1]

    sample: Sample = case.sample
    arguments = [*map(named, sample.args), *(f"{name}={named(value)}" for name, value in sample.kwargs.items())]
    if template == "random":
        lines.append(f"torch.manual_seed({SEED})")
    if template == "errors":
        return [*lines, f"# must be refused: {_call(case.op, arguments)}"]
    lines.append(f"print({_call(case.op, arguments, template == 'inplace')})")
    if template in ("forward", "special", "gradient"):
        there = [f"{name} = conformance.on_reference({name})" for name in names]
        lines += ["# and on the reference:", *there, f"print({_call(case.op, arguments)})"]
    return lines


def _call(op: Op | Drawn, arguments: list[str], inplace: bool = False) -> str:
    if inplace:
        return f"{arguments[0]}.detach().clone().{op.name}_({', '.join(arguments[1:])})"
    for home, path in ((minitorch, "torch"), (minitorch.nn.functional, "torch.nn.functional")):
        function = getattr(home, op.name, None)
        if function is not None and (isinstance(op, Drawn) or function is op.function):  # some take arguments otherwise
            return f"{path}.{op.name}({', '.join(arguments)})"
    if op.name in OPS:
        return f"torch.rows.OPS[{op.name!r}].function({', '.join(arguments)})"
    return f"{arguments[0]}.{op.name}({', '.join(arguments[1:])})"


def literal(tensor: Tensor, place: str) -> str:
    """A tensor as the expression that makes it, with the order of its elements in memory."""
    strides = tensor.stride()
    order = sorted(range(tensor.ndim), key=lambda d: -strides[d])
    plain = tensor.is_contiguous() or 0 in strides or order == list(range(tensor.ndim))
    values = host_values(tensor) if plain else host_values(tensor).transpose(order)
    text = f"torch.tensor({_listed(values)}, dtype={tensor.dtype!r}, device={place!r})"
    if not tensor.numel():
        text += f".reshape({tuple(tensor.shape)!r})"
    if not plain:
        text += f".permute({tuple(int(d) for d in np.argsort(order))!r})"
    return f"{text}.requires_grad_()" if tensor.requires_grad else text


def _listed(values: np.ndarray) -> str:
    return repr(values.tolist())
