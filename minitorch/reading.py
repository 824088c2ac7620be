"""A row read as mathematics: its formula and its derivatives, made from the sources of its definition and its rules.

    >>> from minitorch.rows import OPS
    >>> OPS["mul"].formula
    'input * other'
    >>> OPS["tanh"].derivative("input")
    '1 - out * out'
    >>> OPS["mm"].derivative("input")
    'g @ mat2^H'

A formula is what the docstring displays (under its first sentence), else what its first sentence begins with, else the body,
if that comes down to a few lines, else the call. A derivative comes from its rule: the gradient, said in terms of the gradient
`g` of the result, or, of an elementwise row whose rule doesn't read `g`, the partial derivative that `g` is multiplied by.

What only serves computers is left out (conversions of dtypes, arrays full of one number), helpers are replaced by what they
compute, and x^H is a transposed matrix, conjugated if complex. Where there are no sources (a frozen program), calls remain.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from functools import cache

from . import rows
from .mathematics import WIDTH, Choice, Reader, Steps, Unreadable, render
from .rows import Op

LINES = 6  # what would need more stays a call
CODE = 24  # of a helper that is shown as it is
ENDS = re.compile(r"[,;:.] | (?=\([A-Z][a-z]+ |(?:along|at|by|for|from|in|of|on|over|where|with|without|to|toward) )")
PLUMBING = re.compile(r"\b_\w|isinstance|OPS\[|builtins|\bdtype\b|\bout=|\bdevice\b|\bto_\w+\(")  # no mathematics


@cache
def formula(row: Op) -> str:
    """What the row computes, in terms of its arguments."""
    said = displayed(row.definition.__doc__) or leading(
        row.definition.__doc__, [parameter.name for parameter in row.parameters]
    )
    if said or row.body is None:
        return said or call(row)
    shown = _shown(row.definition)
    return shown if shown and not PLUMBING.search(shown) else call(row)


@cache
def derivative(row: Op, name: str) -> str:
    """The derivative for one operand: the gradient where `row.maps` it, else a partial derivative; "" where there is none."""
    operands = {operand.name: operand for operand in row.operands}
    if row.grad is not None and name in operands:
        whole_numbers = operands[name].kind.startswith(("Index", "Mask"))
        return "" if whole_numbers else _one_of_all(row, list(operands).index(name))
    rule = row.rules.get(name)
    if rule is None:
        return ""
    if callable(rule):
        return _shown(rule) or _named(rule)
    factor = f"{rule:.6g}"
    return factor if row.family == "elementwise" else {"1": "g", "-1": "-g"}.get(factor, f"{factor} * g")


def helpers(row: Op) -> list[str]:
    """The sources of what the row's derivatives call by a name that begins with `_`, where these are short."""
    texts = " ".join(derivative(row, operand.name) for operand in row.operands)
    family = vars(sys.modules[row.definition.__module__])
    sources = []
    for name in dict.fromkeys(re.findall(r"\b(_\w+)\(", texts)):
        try:
            source = inspect.getsource(family[name])
        except (KeyError, OSError, TypeError):
            continue
        sources += [source] * (len(source.splitlines()) <= CODE)
    return sources


def call(row: Op) -> str:
    """The row's call by its name.

    >>> from minitorch.rows import OPS
    >>> call(OPS["sum"])
    'sum(input, dim, keepdim)'
    """
    return f"{row.name}({', '.join(parameter.name for parameter in row.parameters if parameter.kind != 'Cast')})"


def displayed(doc: str | None) -> str:
    """The formula that stands by itself under a docstring's first paragraph, without `out = `.

    >>> displayed("The square. Nothing more.\\n\\n    out = input * input")
    'input * input'
    """
    paragraph = inspect.cleandoc(doc or "").partition("\n\n")[2].partition("\n\n")[0]
    is_formula = " = " in paragraph and not paragraph.startswith(">>>") and not paragraph.endswith((".", ":"))
    return paragraph.removeprefix("out = ") if is_formula else ""


def is_equation(text: str) -> bool:
    """Does a formula say more than what `out` is?

    >>> is_equation("A @ out = B"), is_equation("a * b, where b = 1 - a")
    (True, False)
    """
    return " = " in text.splitlines()[0].partition("where ")[0]


def leading(doc: str | None, arguments: Sequence[str] = ()) -> str:
    """What a docstring's first sentence begins with, if that is an expression.

    >>> leading("log(1 + input), without the rounding near 0."), leading("The sine, of radians.")
    ('log(1 + input)', '')
    """
    text = " ".join((doc or "").split("\n\n")[0].split()) + " "
    for found in ENDS.finditer(text):
        begin = text[: found.start()]
        try:
            parsed = ast.parse(re.sub(r"\|([^|]+)\|", r"abs(\1)", begin), mode="eval").body
        except SyntaxError:
            continue
        inside = parsed.operand if isinstance(parsed, ast.UnaryOp) else parsed
        whole = isinstance(inside, ast.BinOp | ast.Call | ast.Compare) or (
            inside is not parsed and begin[1:] in arguments
        )
        if whole and not re.search(r"\w \(", begin) and any(isinstance(part, ast.Name) for part in ast.walk(parsed)):
            return begin
    return ""


def _shown(function: Callable) -> str:
    """A function as a few lines, or "" if they would be many."""
    try:
        return fitting(render(Reader(function).read()))
    except Unreadable:
        return ""


def fitting(text: str) -> str:
    """The text in lines that fit a page, or "" if they would be many."""
    lines = [part for line in text.splitlines() for part in wrapped(line)]
    return "" if len(lines) > LINES else "\n".join(lines)


def wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _one_of_all(row: Op, position: int) -> str:
    """The derivative for one operand where one function gives all of them."""
    assert row.grad is not None
    if row.operands[0].kind == "list[Array]":
        return _shown(row.grad) or _named(row.grad)
    try:
        choices, names = Reader(row.grad).read()
    except Unreadable:
        choices, names = [], []
    value = choices[0].value if len(choices) == 1 else None
    if isinstance(value, ast.Tuple) and position < len(value.elts):
        part = value.elts[position]
        part = part.body if isinstance(part, ast.IfExp) and "needs" in ast.unparse(part.test) else part
        if isinstance(part, ast.Constant) and part.value is None:
            return ""
        read = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
        text = fitting(render(Steps([Choice(None, part)], names if read & {name for name, _ in names} else [])))
        if text:
            return text
    return f"{_named(row.grad)}[{position}]"


def _named(function: Callable) -> str:
    """A call of a function by its name."""
    name = getattr(function, "__name__", "rule")
    arguments = ", ".join(each for each in rows.arguments_of(function) if each != "k")
    return f"{'rule' if name == '<lambda>' else name}({arguments})"


rows._formula, rows._derivative = formula, derivative
