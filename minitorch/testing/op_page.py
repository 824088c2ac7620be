"""The page of the ops, `docs/ops.md`: all that can be asked of the rows, told one op after the other.

Formulas and derivatives come from `minitorch.reading`, kernels from the backends' classes, whether or not their libraries
are here, and what an op takes from calls on its samples.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

from minitorch import dtypes
from minitorch.backend import Backend, Device
from minitorch.ops import ALIASES, FUNCTIONS
from minitorch.reading import call as plain_call
from minitorch.reading import helpers, is_equation
from minitorch.rows import OPS, Op
from minitorch.testing.conformance.cases import refuses, samples
from minitorch.testing.wording import family, paragraph, signature

DISTRIBUTION = "minitorch-ref"
ACCURACY = Path(__file__).resolve().parents[2] / "docs" / "accuracy.json"  # of a checkout
KINDS = {"bools": dtypes.bool, "integers": dtypes.int64, "floats": dtypes.float32, "complex": dtypes.complex64}
NAMES = {"array_api_strict": "array API", "cupy": "CuPy", "jax": "JAX", "numpy": "NumPy", "torch": "torch"}
ASKED = 3  # samples of a row that are tried in each dtype

HEAD = """\
Under each name: what the op computes, its call, its formula and its derivatives, all read from the rows. `d out/d x` is a partial
derivative, which the gradient of the result is multiplied by (conjugated, if complex); `grad x` is the gradient itself,
made from `g`, the gradient of the result. `out` is the result, `x^H` a matrix transposed, and conjugated if complex;
`a if c else b` chooses element by element. Where a derivative takes more than a few lines, the code that computes
it is shown; what a name computes that isn't on this page stands in the family's file.

*Kernels*: the backends that have one of their own ("array API" is the reference, which torch and JAX build on); elsewhere the
row's body serves. *Made of other ops*: the tape records these, and their derivatives are the op's. *Error*: the largest
that was seen in float32, in units in the last place; [accuracy.md](accuracy.md) says where.
"""


# --- Pieces of a row's entry ------------------------------------------------------------------------------------------


def _in_markdown(text: str) -> str:
    """Prose as Markdown: signs that it would take for its own are escaped, but not in `code`."""
    signs = re.compile(r"(?<! )\*+|\*+(?! )|(?<!\w)_|_(?!\w)|<(?=[a-zA-Z/!])|\](?=\()")
    parts = text.split("`")
    return "`".join(signs.sub(r"\\\g<0>", part) if n % 2 == 0 else part for n, part in enumerate(parts))


def mathematics(row: Op) -> Iterator[str]:
    """The call, the formula and the derivatives, aligned at their equals signs."""
    known = row.formula != plain_call(row) or row.family == "elementwise"
    lines = [("out", row.formula)] if known and not is_equation(row.formula) else []
    for operand in row.operands:
        found = row.derivative(operand.name)
        name = f"d out/d {operand.name}" if not row.maps(operand.name) else f"grad {operand.name}"
        lines += [(name, found)] * bool(found)
    yield signature(row)
    yield from [""] * known
    yield from row.formula.splitlines() if known and is_equation(row.formula) else []
    yield from [""] * bool(lines and not known)
    width = max((len(name) for name, _ in lines), default=0)
    for name, text in lines:
        first, *rest = text.splitlines()
        yield f"{name:<{width}} = {first}"
        yield from (f"{'':<{width}}   {line}" for line in rest)
    for source in helpers(row):
        yield from ("", *source.rstrip().splitlines())


def facts(row: Op) -> str:
    """A line of what else there is to know."""
    kinds = takes(row)
    out = row.out or any(parameter.name == "out" for parameter in row.parameters)
    forms = [f"`{row.name}_`"] * row.inplace + ["`out=`"] * out + ["a view"] * row.view
    parts = [
        f"takes {'all kinds' if len(kinds) == len(KINDS) else ', '.join(kinds)}" if kinds else "",
        "forms: " + ", ".join(forms) if forms else "",
        "made of other ops"
        if row.family == "composition"
        else f"kernels: {', '.join(native(row)) or 'none, the body serves'}",
        accuracy().get(row.name, ""),
    ]
    line = "; ".join(filter(None, parts))
    return line[0].upper() + line[1:] + "."


def takes(row: Op) -> list[str]:
    """The kinds of numbers that the row's samples are taken in."""
    here = Device("numpy/cpu")
    accepted = []
    for kind, dtype in KINDS.items():
        tried = samples(row, here, dtype, requires_grad=False)[:ASKED]
        accepted += [kind] * any(not refuses(row, sample) for sample in tried)
    return accepted


def native(row: Op) -> list[str]:
    """The backends that have a kernel of their own for the row: the reference, and those that override it."""
    classes = backend_classes()
    reference = classes["array_api_strict"]
    names = []
    for name, backend in sorted(classes.items()):
        inherited = backend is not reference and _same(backend, reference, row.name)
        names += [NAMES[name]] * (backend.overrides(row.name) and not inherited)
    return names


def _same(backend: type[Backend], reference: type[Backend], name: str) -> bool:
    """Is a backend's kernel the reference's?"""
    return backend.functions.get(name) == reference.functions.get(name) and (
        getattr(backend, name, None) is getattr(reference, name, None)
    )


@cache
def backend_classes() -> dict[str, type[Backend]]:
    """What this distribution's entry points call, by backend name; classes, so that no library need be there."""
    points = importlib.metadata.distribution(DISTRIBUTION).entry_points.select(group="minitorch.backends")
    return {point.name: point.load() for point in points}


@cache
def accuracy() -> dict[str, str]:
    """What was measured of each row, where the measurements are there."""
    if not ACCURACY.exists():
        return {}
    measured = json.loads(ACCURACY.read_text(encoding="utf-8"))
    return {
        name: f"error: {found['ulp']:.2g} ULP"
        + (f" (PyTorch {found['torch_ulp']:.2g})" if found.get("torch_ulp") is not None else "")
        for name, found in measured.items()
        if isinstance(found, dict) and "ulp" in found
    }


# --- The page ---------------------------------------------------------------------------------------------------------


def op_tables() -> Iterator[str]:
    """Every public op, by family; then the functions that are no rows, and second names."""
    yield HEAD
    public = sorted((row for row in OPS.values() if row.public), key=lambda row: (family(row), row.torch or row.name))
    families = {name: list(members) for name, members in groupby(public, family)}
    yield "Families: " + ", ".join(f"[{name}](#{name})" for name in families) + "."
    for name, members in families.items():
        yield f"\n## {name}\n"
        yield _in_markdown(paragraph(sys.modules[members[0].definition.__module__].__doc__))
        for row in members:
            yield from entry(row)
    yield "\n## Functions without a row\n"
    plain = sorted(name for name in FUNCTIONS if name not in OPS and name not in ALIASES)
    yield "They make tensors or ask about them: " + ", ".join(f"`{name}`" for name in plain) + "."
    yield "\n## Second names\n"
    yield ", ".join(f"`{alias}` = `{name}`" for alias, name in sorted(ALIASES.items()) if name in OPS) + "."


def entry(row: Op) -> Iterator[str]:
    """One op."""
    yield f"\n### {row.torch or row.name}\n"
    yield _in_markdown(paragraph(row.definition.__doc__))
    yield "\n```text"
    yield from mathematics(row)
    yield "```\n"
    yield facts(row)
