"""Rows read as mathematics: that what is read is what is computed."""

from __future__ import annotations

import ast
import math
import sys
from typing import Any

import pytest

import minitorch
from minitorch import mathematics, reading
from minitorch.backend import Device
from minitorch.rows import OPS, Op
from minitorch.tensor import Tensor
from minitorch.testing import assert_close
from minitorch.testing.conformance.cases import samples

HERE = Device("numpy/cpu")


class Chosen(ast.NodeTransformer):
    """`a if c else b` of the text, element by element."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        return ast.Call(ast.Name("choose", ast.Load()), [node.test, node.body, node.orelse], [])


def choose(condition: Any, one: Any, other: Any) -> Any:
    if not hasattr(condition, "dtype"):
        return one if condition else other
    as_array = lambda x: x if hasattr(x, "dtype") else HERE.kernels.full_like(condition, x, minitorch.float64)
    return HERE.kernels.where(condition, as_array(one), as_array(other))


class Names(dict):
    """What a text's names mean: arguments, else what the standard library has, else kernels."""

    def __missing__(self, name: str) -> Any:
        if name in ("factorial", "pi"):
            return getattr(math, name)
        try:
            return getattr(HERE.kernels, name)
        except minitorch.backend.KernelMissing:
            raise KeyError(name) from None


def evaluate(text: str, names: dict[str, Any]) -> Any:
    """The value of a formula in one line, with its `where` lines; NameError if it names what is no kernel."""
    first, *wheres = text.replace("\n    ", " ").splitlines()
    names = Names(names | {"choose": choose})
    for line in [*wheres, f"where value = {first}"]:
        name, _, formula = line.removeprefix("where ").partition(" = ")
        tree = ast.fix_missing_locations(Chosen().visit(ast.parse(formula, mode="eval")))
        names[name] = eval(compile(tree, text, "eval"), {"__builtins__": {}}, names)
    return names["value"]


def arguments(row: Op) -> dict[str, Any] | None:
    """A row's first sample in float64, by parameter, as its rules get them."""
    found = samples(row, HERE, minitorch.float64, requires_grad=False)
    if not found:
        return None
    given = dict(zip([parameter.name for parameter in row.parameters], found[0].args, strict=False)) | found[0].kwargs
    every = {p.name: given.get(p.name, p.default) for p in row.parameters}
    return {name: value._array if isinstance(value, Tensor) else value for name, value in every.items()}


PARTIALS = [
    (name, operand)
    for name, row in OPS.items()
    if row.family == "elementwise"
    for operand, rule in row.rules.items()
    if callable(rule) and "otherwise" not in row.derivative(operand) and " _" not in f" {row.derivative(operand)}"
]


def test_most_partial_derivatives_can_be_evaluated() -> None:
    assert len(PARTIALS) > 90


@pytest.mark.parametrize(("name", "operand"), PARTIALS)
def test_a_partial_derivative_reads_as_it_computes(name: str, operand: str) -> None:
    row = OPS[name]
    names = arguments(row)
    text = row.derivative(operand)
    constants = {name: value for name, value in vars(sys.modules[row.definition.__module__]).items() if name.isupper()}
    if names is None or text == "not implemented" or name == "digamma":  # whose kernels it calls with plain numbers
        return
    kernel = getattr(HERE.kernels, name)
    positional = [names[p.name] for p in row.parameters if not p.keyword_only]
    settings = {p.name: names[p.name] for p in row.settings if p.keyword_only}
    names["out"] = kernel(*positional, **settings)
    names["g"] = names["out"] + 1
    wanted = row.rules[operand](*[HERE.kernels if each == "k" else names[each] for each in row.reads[operand]])
    assert_close(
        minitorch.as_tensor(evaluate(text, constants | names)).double(),
        minitorch.as_tensor(wanted).double(),
    )


def test_what_is_left_out() -> None:
    assert OPS["relu"].derivative("input") == "0 if out <= 0 else g"
    assert OPS["mm"].derivative("mat2") == "input^H @ g"
    assert OPS["add"].derivative("other") == "1"
    assert OPS["where"].derivative("condition") == OPS["ctc_alignments"].derivative("symbols") == ""
    assert OPS["igamma"].derivative("input") == "not implemented"


def test_names_that_are_read_often_stay_names() -> None:
    assert OPS["isclose"].formula == "|input - other| <= atol + rtol * |other|"
    assert OPS["lcm"].formula.splitlines()[1:] == ["where divisor = gcd(input, other)"]
    assert OPS["index_put"].derivative("input") == "g if accumulate else index_put(g, 0, indices, False)"


def test_a_helper_with_loops_stays_a_call() -> None:
    assert OPS["cumprod"].derivative("input") == "_cumprod_gradient(g, input, dim)"


@pytest.mark.parametrize(
    ("doc", "formula"),
    [
        ("input * other, elementwise.", "input * other"),
        ("exp(-|x|) * I0(x).", "exp(-|x|) * I0(x)"),
        ("exp(x) / sum(exp(x)) along `dim`: positive.", "exp(x) / sum(exp(x))"),
        ("x * f(x) (Someone 2020).", "x * f(x)"),
        ("Convolve (N, C, L) with (O, C, K).", ""),
        ("-1, 0 or 1, elementwise.", ""),
        ("-log of it.", ""),
        ("exp(-|x|) I0(x).", ""),
        ("The mean.\n\n    out[i] = 1 / n\n      * sum(x)\n\n    More.", "out[i] = 1 / n\n  * sum(x)"),
        ("The mean.\n\n    out = 1 / n * sum(x)", "1 / n * sum(x)"),
        ("The mean.\n\n    Of n = 3 numbers.", ""),
        ("The mean.\n\n    >>> n = 3", ""),
        (None, ""),
    ],
)
def test_formulas_in_docstrings(doc: str | None, formula: str) -> None:
    assert (reading.displayed(doc) or reading.leading(doc)) == formula


def read(function: Any) -> list[str]:
    return mathematics.render(mathematics.Reader(function).read()).splitlines()


def test_kernels_are_spelled_as_mathematics() -> None:
    spelled = lambda k, a, b: k.sub(k.mul(a, k.add(b, 1)), k.div(k.neg(a), b))
    assert read(spelled) == ["a * (b + 1) - -a / b"]
    compared = lambda k, a, b: k.where(k.lt(a, b), k.cast_like(k.matmul(a, b), a), k.full_like(a, 2))
    assert read(compared) == ["a @ b if a < b else 2"]
    assert read(lambda k, a: k.matmul(k.adjoint_matrix(a), k.conj(k.clone(a)))) == ["a^H @ conj(a)"]


def test_assignments_are_followed() -> None:
    def again(k, a, b):
        a = k.exp(a)
        once = a + b
        often = once * a
        if b is not None:
            often = often - b
        return often / (1 + often)

    assert read(again) == [
        "often / (1 + often)",
        "where often = (exp(a) + b) * exp(a) - b if b is not None else (exp(a) + b) * exp(a)",
    ]


def test_cases_and_refusals() -> None:
    def by_cases(k, a, n):
        if n < 0:
            raise ValueError("no such power")
        if n == 0:
            return k.ones_like(a)
        if n == 1:
            return a
        return k.pow(a, n)

    assert read(by_cases) == ["1       if n == 0", "a       if n == 1", "a ** n  otherwise"]


def test_short_helpers_are_shown() -> None:
    assert [source.splitlines()[0] for source in reading.helpers(OPS["cat"])] == ["def _cut(k, g, shapes, dim):"]
    assert reading.helpers(OPS["mul"]) == []


def test_functions_on_one_line_are_told_apart() -> None:
    twice, thrice = [lambda input: 2 * input, lambda input: 3 * input]
    assert [ast.unparse(mathematics.source_of(each).body) for each in (twice, thrice)] == ["2 * input", "3 * input"]


def test_without_sources_calls_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    reading.formula.cache_clear(), reading.derivative.cache_clear(), mathematics.functions_of.cache_clear()
    monkeypatch.setattr(mathematics.linecache, "getlines", lambda path: [])
    try:
        assert OPS["lcm"].formula == "lcm(input, other)"
        assert OPS["tanh"].derivative("input") == "rule(out)"
        assert OPS["add"].derivative("other") == "1"
    finally:
        reading.formula.cache_clear(), reading.derivative.cache_clear(), mathematics.functions_of.cache_clear()
