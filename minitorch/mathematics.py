"""A function's source as mathematics: its value, by cases, and what the names in it stand for.

    >>> def slope(k, x):
    ...     size = k.abs(x)
    ...     return k.where(size > 1, k.full_like(x, 1), size)

reads as `1 if abs(x) > 1 else abs(x)`. What only serves computers is left out, and helpers are replaced by what they compute;
reading.py says what for. Loops, and what else is no formula, are Unreadable.
"""

from __future__ import annotations

import ast
import linecache
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from types import FunctionType
from typing import Any, NamedTuple

from .rows import OPS, arguments_of

WIDTH = 100  # of a line
SINGLE = 88  # a longer choice between two is written in two lines
DEPTH = 3  # how many helpers are looked through
SHORT = 64  # a helper that is longer keeps its name inside another expression
FUNCTIONS = (ast.FunctionDef, ast.Lambda)


class Unreadable(Exception):
    """It is no formula: it has loops, or no source."""


# --- Finding sources --------------------------------------------------------------------------------------------------


@cache
def functions_of(path: str) -> dict[int, list[Any]]:
    """The functions of a source file, by the line that their code begins at."""
    text = "".join(linecache.getlines(path))
    found: dict[int, list[Any]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, FUNCTIONS):
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            found.setdefault(first, []).append(node)
    return found


def source_of(function: FunctionType) -> Any:
    """The syntax tree of a function; several on one line are told apart by their parameters and their columns."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    ends = {(end, column) for _, end, _, column in code.co_positions() if column is not None}
    nodes = [
        node
        for node in functions_of(code.co_filename).get(code.co_firstlineno, [])
        if tuple(each.arg for each in [*node.args.args, *node.args.kwonlyargs]) == names
        and getattr(node, "name", "<lambda>") == code.co_name
    ]
    exact = [n for n in nodes if not isinstance(n, ast.Lambda) or (n.body.end_lineno, n.body.end_col_offset) in ends]
    if not exact:
        raise Unreadable(function.__name__)
    return exact[0]


# --- Reading ----------------------------------------------------------------------------------------------------------


class Choice(NamedTuple):
    """A value, and the condition that it is for; None: in all other cases."""

    condition: ast.expr | None
    value: ast.expr


class Steps(NamedTuple):
    """A function as mathematics: its value by cases, and what the names in it stand for."""

    choices: list[Choice]
    names: list[tuple[str, ast.expr]]

    def single(self) -> ast.expr | None:
        """The value as one expression, if it needs no names."""
        if self.names or len(self.choices) > 2:
            return None
        if len(self.choices) == 1:
            return self.choices[0].value
        (condition, value), (_, other) = self.choices
        return ast.IfExp(condition, value, other) if condition is not None else None


class Reader(ast.NodeTransformer):
    """Turns a function's source into steps."""

    def __init__(self, function: Any, depth: int = 0):
        if not isinstance(function, FunctionType):
            raise Unreadable(repr(function))
        self.function, self.depth = function, depth
        self.known: dict[str, ast.expr] = {}  # what names stand for, where that replaces them
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        self.around = function.__globals__ | {name: cell.cell_contents for name, cell in cells}

    def read(self, arguments: dict[str, ast.expr] | None = None) -> Steps:
        node = source_of(self.function)
        self.known = dict(arguments or {})
        self.steps = steps = Steps([], [])
        body: list[ast.stmt] = [ast.Return(node.body)] if isinstance(node, ast.Lambda) else list(node.body)
        if isinstance(body[0], ast.Expr):  # a docstring
            body = body[1:]
        self.uses = _count_names(body)
        self._walk(body, steps)
        if not steps.choices or steps.choices[-1].condition is not None:
            raise Unreadable(self.function.__name__)
        return steps

    def _walk(self, body: list[ast.stmt], steps: Steps) -> None:
        for statement in body:
            match statement:
                case ast.Return(value=ast.expr() as value):
                    self._finish(value, steps)
                    return
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._assign(name, self.visit(deepcopy(value)), steps)
                case ast.If(test=test, body=[ast.Return(value=ast.expr() as value)], orelse=[]):
                    condition = self.visit(deepcopy(test))
                    decided = constant(condition)
                    if decided is None:
                        steps.choices.append(Choice(condition, self.visit(deepcopy(value))))
                    elif decided.value:
                        self._finish(value, steps)
                        return
                case ast.If(test=test, body=[ast.Assign(targets=[ast.Name(id=name)], value=value)], orelse=[]):
                    before = self.known.get(name, ast.Name(name))
                    chosen = ast.IfExp(self.visit(deepcopy(test)), self.visit(deepcopy(value)), before)
                    self._assign(name, chosen, steps)
                case ast.If(body=[*_, ast.Raise()], orelse=[]):
                    pass  # what is refused is no part of the formula
                case ast.Raise():
                    steps.choices.append(Choice(None, ast.Name("not implemented")))
                    return
                case _:
                    raise Unreadable(ast.dump(statement)[:40])

    def _finish(self, value: ast.expr, steps: Steps) -> None:
        """The last value; where it is all a helper's, the helper's cases are this one's."""
        inner = self._helper_steps(value)
        if inner is None:
            steps.choices.append(Choice(None, self.visit(deepcopy(value))))
            return
        steps.choices.extend(inner.choices)
        steps.names.extend(inner.names)

    def _assign(self, name: str, value: ast.expr, steps: Steps) -> None:
        """A name that is given once and read often stays; others are replaced by their value."""
        again = name in self.known or name in arguments_of(self.function)
        if name in [known for known, _ in steps.names]:  # a better value for a name that stays
            last, before = steps.names.pop()
            if last != name:
                raise Unreadable(f"{name} changes")
            value = _Replaced(name, before).visit(value)
        if again or self.uses[name] <= 1 or isinstance(value, ast.Name | ast.Constant):
            self.known[name] = value
        else:
            steps.names.append((name, value))

    # --- Expressions --------------------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.known:
            return deepcopy(self.known[node.id])
        value = self.around.get(node.id) if node.id in self.function.__code__.co_freevars else None
        return ast.Constant(value) if isinstance(value, int | float | str) else node

    def _comprehension(self, node: Any) -> Any:
        """Its own names hide others, and mustn't catch those in what replaces them."""
        own = {each.id for part in node.generators for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        for name in own & self.known.keys():
            del self.known[name]
        if own & {each.id for value in self.known.values() for each in ast.walk(value) if isinstance(each, ast.Name)}:
            raise Unreadable(f"two meanings of {own}")
        return self.generic_visit(node)

    visit_ListComp = visit_GeneratorExp = visit_SetComp = visit_DictComp = _comprehension

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        decided = constant(node.test)
        return node if decided is None else node.body if decided.value else node.orelse

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        return constant(node) or node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        module = self.around.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return ast.Name(node.attr) if getattr(module, "__name__", "") == "math" else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        inner = self._helper_steps(node)
        taken = {name for name, _ in self.steps.names} | self.known.keys() | {*arguments_of(self.function)}
        if inner is not None and not taken & {name for name, _ in inner.names}:
            value = Steps(inner.choices, []).single()
            if value is not None and len(ast.unparse(value)) <= SHORT:
                self.steps.names.extend(inner.names)
                return value
        self.generic_visit(node)
        return spelled(node)

    def _helper_steps(self, node: ast.expr) -> Steps | None:
        """What a helper, or a row that isn't public, computes from the arguments of this call of it; None for other calls."""
        helper, arguments = self._helper(node)
        if helper is None or self.depth == DEPTH or any(isinstance(each, ast.Starred) for each in arguments):
            return None
        names = arguments_of(helper)
        if len(names) != len(arguments):
            return None
        values = [self.visit(deepcopy(each)) for each in arguments]
        try:
            return Reader(helper, self.depth + 1).read(dict(zip(names, values, strict=True)))
        except Unreadable:
            return None

    def _helper(self, node: ast.expr) -> tuple[FunctionType | None, list[ast.expr]]:
        """The helper that is called, if one is, and its arguments."""
        if not isinstance(node, ast.Call) or node.keywords:
            return None, []
        kernel = _kernel(node)
        if kernel is not None:
            row = OPS.get(kernel)
            body = None if row is None or row.public or kernel in SPELLINGS else row.body
            return body, [ast.Name("k"), *node.args]  # type: ignore[return-value]
        found = self.around.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if not isinstance(found, FunctionType) or found.__name__ in SPELLINGS:
            return None, []
        return (found if found.__name__[0] == "_" or arguments_of(found)[:1] == ("k",) else None), node.args


def constant(node: ast.expr) -> ast.Constant | None:
    """The value of an expression of whole numbers and nothing else."""
    parts = [each for each in ast.walk(node) if isinstance(each, ast.expr)]
    plain = (ast.BinOp, ast.UnaryOp, ast.Compare)
    whole = all(
        type(each.value) is int if isinstance(each, ast.Constant) else isinstance(each, plain) for each in parts
    )
    if not whole or any(isinstance(each, ast.Div | ast.Pow) for each in ast.walk(node)):
        return None
    return ast.Constant(eval(compile(ast.fix_missing_locations(ast.Expression(deepcopy(node))), "formula", "eval")))


class _Replaced(ast.NodeTransformer):
    """Puts a value in the place of a name."""

    def __init__(self, name: str, value: ast.expr):
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return deepcopy(self.value) if node.id == self.name else node


def _kernel(node: ast.Call) -> str | None:
    """The name of the kernel that is called, `k.<name>`."""
    function = node.func
    on_kernels = (
        isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "k"
    )
    return function.attr if on_kernels else None  # type: ignore[union-attr]


def _count_names(body: list[ast.stmt]) -> Counter[str]:
    """How often each name is read."""
    nodes = (node for statement in body for node in ast.walk(statement))
    return Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


# --- Writing ----------------------------------------------------------------------------------------------------------


def _raised(matrix: ast.expr, *_: ast.expr) -> ast.expr:
    text = ast.unparse(matrix)
    return ast.Name(f"{text}^H" if isinstance(matrix, ast.Name) else f"({text})^H")


def _sign(operator: type[ast.operator]) -> Callable[..., ast.expr]:
    return lambda left, right: ast.BinOp(left, operator(), right)


def _compared(operator: type[ast.cmpop]) -> Callable[..., ast.expr]:
    return lambda left, right: ast.Compare(left, [operator()], [right])


def _chosen(condition: ast.expr, one: ast.expr, other: ast.expr) -> ast.expr:
    if isinstance(condition, ast.Call) and isinstance(condition.func, ast.Name) and condition.func.id == "logical_not":
        return ast.IfExp(condition.args[0], other, one)
    return ast.IfExp(condition, one, other)


# Kernels and helpers that mathematics has signs for, or leaves out.
SPELLINGS: dict[str, Callable[..., ast.expr]] = {
    "add": _sign(ast.Add), "sub": _sign(ast.Sub), "mul": _sign(ast.Mult), "div": _sign(ast.Div), "pow": _sign(ast.Pow),
    "matmul": _sign(ast.MatMult), "pow_number": _sign(ast.Pow), "pow_tensors": _sign(ast.Pow),
    "eq": _compared(ast.Eq), "ne": _compared(ast.NotEq), "lt": _compared(ast.Lt), "le": _compared(ast.LtE),
    "gt": _compared(ast.Gt), "ge": _compared(ast.GtE),
    "neg": lambda x: ast.UnaryOp(ast.USub(), x),
    "where": _chosen,
    "full_like": lambda x, value, *_: value,
    "new_full": lambda x, size, value, *_: value,
    "zeros_like": lambda x: ast.Constant(0),
    "ones_like": lambda x: ast.Constant(1),
    "cast": lambda x, dtype: x,
    "cast_like": lambda x, other: x,
    "clone": lambda x: x,
    "contiguous_copy": lambda x: x,
    "adjoint_matrix": _raised,
    "conjugate": lambda x: ast.Call(ast.Name("conj"), [x], []),
}  # fmt: skip
METHODS = ("add", "sub", "mul", "div", "matmul", "eq", "ne", "lt", "le", "gt", "ge")


def spelled(node: ast.Call) -> ast.expr:
    """A call as mathematics writes it, without `k`."""
    kernel = _kernel(node)
    arguments = [each for each in node.args if not (isinstance(each, ast.Name) and each.id == "k")]
    name = kernel or (node.func.id if isinstance(node.func, ast.Name) else None)
    keywords = [each for each in node.keywords if each.arg != "out"]
    if name in SPELLINGS and not keywords and (kernel or name == "conjugate"):
        return SPELLINGS[name](*arguments)
    if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and len(arguments) == 1 and not keywords:
        return SPELLINGS[node.func.attr](node.func.value, *arguments)
    return ast.Call(ast.Name(name) if name else node.func, arguments, keywords)


def render(steps: Steps) -> str:
    """Steps as text: one line where one is enough, else a line for each case and each name."""
    single = Steps(steps.choices, []).single()
    if single is not None and len(ast.unparse(single)) <= SINGLE:
        lines = [ast.unparse(single)]
    else:
        values = [ast.unparse(choice.value) for choice in steps.choices]
        conditions = [choice.condition and ast.unparse(choice.condition) for choice in steps.choices]
        words = [f"if {condition}" if condition else "otherwise" for condition in conditions]
        width = max(map(len, values))
        fits = width + max(map(len, words)) < WIDTH
        lines = [f"{v:<{width}}  {w}" if fits else f"{v}\n    {w}" for v, w in zip(values, words, strict=True)]
        lines = values if len(values) == 1 else lines
    return "\n".join([*lines, *(f"where {name} = {ast.unparse(value)}" for name, value in steps.names)])
