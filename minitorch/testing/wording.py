"""A row in words: its family, its call and what its docstring says first."""

from __future__ import annotations

from collections.abc import Iterable

from minitorch.rows import Op, Parameter


def family(row: Op) -> str:
    return row.definition.__module__.rpartition(".")[2]


def signature(row: Op) -> str:
    """A row's call as its user writes it.

    >>> from minitorch.rows import OPS
    >>> signature(OPS["sum"])
    'sum(input, dim=None, keepdim=False, *, dtype=None)'
    """
    return f"{row.torch or row.name}({joined(row.parameters)})"


def joined(parameters: Iterable[Parameter]) -> str:
    """Parameters as they stand between parentheses."""
    parts, starred = [], False
    for parameter in parameters:
        if parameter.keyword_only and not starred:
            starred = True
            parts.append("*")
        parts.append(f"{parameter.name}={parameter.default!r}" if parameter.has_default else parameter.name)
    return ", ".join(parts)


def sentence(text: str | None) -> str:
    """The first paragraph of a docstring as a cell of a table."""
    return paragraph(text).removesuffix(".").replace("|", "\\|")


def paragraph(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n\n")[0].split())
