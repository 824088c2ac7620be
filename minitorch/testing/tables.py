"""The tables of the project's pages, made from the op table and the backends.

A page holds them between the lines `<!-- generated: NAME -->` and `<!-- end -->`. To print one, and to write all of a page:

    python -m minitorch.testing.tables NAME
    python -m minitorch.testing.tables --refresh PAGE

The names:

    ops          every public op by family: meaning, formula, derivatives, dtypes, kernels, accuracy       (docs/ops.md)
    counts       how many rows of which kind                                                                 (README.md)
    backends     the backends that come with minitorch                                                       (README.md)
    conformance  what the last whole run of conformance came to, device by device                            (README.md)
    core         the kernels that every backend must have                                                    (docs/backends.md)
    tolerances   how close is close, by dtype and by row                                                     (docs/backends.md)
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

from minitorch.backend import SUPPORT
from minitorch.rows import OPS, Op
from minitorch.testing.compare import EPSILON, GRADIENT, TOLERANCES
from minitorch.testing.op_page import backend_classes, op_tables
from minitorch.testing.wording import family, joined, sentence

WIDTH = 120
FIGURES = Path(__file__).resolve().parents[2] / "docs" / "conformance.json"  # of a checkout
SHOWN = ("float64", "float32", "float16", "bfloat16", "complex64")  # dtypes whose largest error stands in the README


def is_core(row: Op) -> bool:
    """Must every backend have its kernel?"""
    return row.body is None


def has_body(row: Op) -> bool:
    """Is it defined by other kernels, so that a backend may leave it alone?"""
    return row.body is not None and row.family != "composition"


def kernel_signature(row: Op) -> str:
    """A row's kernel as the engine calls it: without what the engine takes care of.

    >>> kernel_signature(OPS["sum"])
    'sum(input, dim=None, keepdim=False)'
    """
    return f"{row.name}({joined(p for p in row.parameters if p.kind not in ('Cast', 'Rare'))})"


def table(heads: list[str], lines: list[list[str]]) -> Iterator[str]:
    """A Markdown table."""
    for cells in (heads, ["---"] * len(heads), *lines):
        yield "| " + " | ".join(cells) + " |"


# --- The tables -------------------------------------------------------------------------------------------------------


def counts() -> Iterator[str]:
    """How large the op table is."""
    every = list(OPS.values())
    public, own = sum(row.public for row in every), sum(row.differentiable for row in every)
    core, bodies = sum(map(is_core, every)), sum(map(has_body, every))
    yield (
        f"The op table has {len(every)} rows; {public} are public, and [docs/ops.md](docs/ops.md) lists them. {core} are core: "
        f"a backend must have their kernels. {bodies} have a body in terms of other kernels, which a backend may override. "
        f"{len(every) - core - bodies} are compositions, plain functions of other ops. {own} have a derivative of their own."
    )


def backends() -> Iterator[str]:
    """Our backends, whether or not their libraries are installed here."""
    kernels = [row.name for row in OPS.values() if row.family != "composition"]
    lines = []
    for name, backend in sorted(backend_classes().items()):
        own = sum(map(backend.overrides, kernels))
        devices = ", ".join(f"`{kind}`" for kind in backend.device_types)
        lines.append([f"`{name}`", sentence(backend.__doc__), devices, str(own), str(len(kernels) - own)])
    yield from table(["backend", "what it is", "devices", "kernels of its own", "bodies of the table"], lines)


def core() -> Iterator[str]:
    """The kernels that a backend must have: those of the core rows, and those that stand for no row."""
    yield "```text"
    for name, members in groupby(
        sorted(filter(is_core, OPS.values()), key=lambda row: (family(row), row.name)), family
    ):
        line = f"{name}: ".ljust(13)
        for row in members:
            call = kernel_signature(row)
            if len(line) + len(call) > WIDTH:
                yield line.rstrip()
                line = " " * 13
            line += call + "  "
        yield line.rstrip()
    yield "without a row:"
    yield from (f"    {call:<48}{meaning}" for call, meaning in SUPPORT.items())
    yield "```"


def tolerances() -> Iterator[str]:
    """The table of tolerances, and the rows that have a factor on it."""
    lines = []
    for dtype, (relative, absolute) in TOLERANCES.items():
        lines.append([f"`{dtype.name}`", f"{relative:g}", f"{absolute:g}", f"{relative / EPSILON[dtype]:.0f}"])
    yield from table(["dtype", "relative", "absolute", "relative in ULP"], lines)
    factors = {name: row.tolerance for name, row in OPS.items() if row.tolerance != 1}
    listed = ", ".join(f"`{name}` {factor:g}" for name, factor in sorted(factors.items())) or "none"
    yield (
        f"\nWhole numbers and bools must be equal. Gradients take several steps, so they may be {GRADIENT:g} times as far off. "
        f"Rows with a factor of their own: {listed}."
    )


def conformance() -> Iterator[str]:
    """What the run whose figures are in `docs/conformance.json` came to."""
    lines = []
    for place, found in json.loads(FIGURES.read_text(encoding="utf-8")).items():
        largest = [found["worst"][name][0] if name in found["worst"] else None for name in SHOWN]
        numbers = [found["rows"], found["samples"], len(found["failed"]), len(found["known"])]
        cells = [
            *(f"{number:,}" for number in numbers),
            *("" if error is None else f"{error:g}" for error in largest),
            f"{found['processor_seconds']:.0f} s",
        ]
        lines.append([f"`{place}`", *cells])
    yield from table(
        ["device", "rows", "samples", "rows that fail", "known to deviate", *SHOWN, "processor time"], lines
    )


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "backends": backends,
    "conformance": conformance,
    "core": core,
    "counts": counts,
    "ops": op_tables,
    "tolerances": tolerances,
}


# --- The command ------------------------------------------------------------------------------------------------------


def refresh(page: Path) -> None:
    """Write the tables into a page."""
    blocks = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
    made = blocks.sub(
        lambda block: block[1] + "\n".join(TABLES[block[2]]()) + "\n" + block[3], page.read_text(encoding="utf-8")
    )
    page.write_text(made, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Print the tables of these names, or write them into pages."""
    if arguments[:1] == ["--refresh"]:
        for page in arguments[1:]:
            refresh(Path(page))
        return 0
    if not arguments or set(arguments) - TABLES.keys():
        sys.stderr.write(
            f"usage: python -m minitorch.testing.tables NAME... or --refresh PAGE...; names: {', '.join(TABLES)}\n"
        )
        return 2
    for name in arguments:
        sys.stdout.write("\n".join(TABLES[name]()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
