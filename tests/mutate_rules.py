"""Mutation test of the derivatives: are the samples and templates good enough to see a rule that is wrong?

    python tests/mutate_rules.py --count 500 --seed 0 --json mutants.json

A mutant is the code of one function (a rule of a row, a helper that rules call, a part of the engine that undoes or carries
derivatives) with one small mistake: a sign, a factor, a conjugate, an axis, a swapped operand. It is put into a forked
process, where the narrowest part of the suite that concerns the function is run. A mutant that nothing complains about has
survived: a sample is missing, or the mutant computes the same numbers.

The suite doesn't collect this file: 500 mutants take about half an hour.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import inspect
import json
import os
import random
import re
import signal
import sys
import time
import tomllib
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from minitorch import backward, inplace, tape
from minitorch.backend import BODIES, Device, why_unusable
from minitorch.rows import OPS, Op
from minitorch.testing.conformance.cases import call, results_of, samples, tensors_in
from minitorch.testing.conformance.templates import TEMPLATES
from minitorch.transforms import batching, dual, moved, recording

HERE = Path(__file__).parent
ORDER = ("gradcheck", "tangent", "gradient", "slices", "inplace", "view", "meta", "trace", "forward")
RULE_TESTS = ("ops", "nn", "tensor", "distributions", "parity/test_slopes_parity.py", "parity/test_programs_parity.py",
              "parity/test_random_programs.py")  # fmt: skip
LEFT_OUT = ("test_accuracy",)  # about values only, and takes long
ELSEWHERE = ("array_api_strict/cpu", "torch/cpu")  # whose dtypes don't mix, and whose shapes must be shapes
ROWS, USERS = 8, 12  # rows tried of those that reach a function, and of those that use such a row
SECONDS = 200  # for one mutant
ENGINE = {
    tape: ("fit_array", "fit_tensor", "_sum_to", "_real_part", "_collect", "_send", "_on_the_way", "_accumulate"),
    backward: ("pull_source", "_pull_one", "rewrap"),
    inplace: ("_rebase", "_steps", "_order", "_stem", "_replaced"),
    inplace._Write: ("pull_tensors", "_laid_out", "_view_of"),
    dual: ("_elementwise", "_linear", "_transposed", "_pulled", "_sum"),
    dual.DualLevel: ("_pushed", "_paired"),
    recording.Recorded: ("pulled", "_lowered"),
    batching: ("_aligned", "_along", "at_rank", "in_front", "_slice"),
    moved: ("_matmul", "_ranked", "_index_select", "_rows", "_unrows", "_numbered", "_folded", "_convolved"),
}  # whose mutants are tried on a handful of rows of every kind, and on the tests below
ENGINE_ROWS = ("add", "mul", "sum", "matmul", "expand", "cat", "where", "div", "unbind", "index_select", "real", "fill_diagonal",
               "make_complex", "cumsum", "conv2d", "amax", "sort", "index_add", "linalg_slogdet", "diagonal", "relu")  # fmt: skip
ENGINE_TESTS = (  # the quickest to find something first
    "test_tape.py",
    "parity/test_programs_parity.py",
    "parity/test_random_programs.py",
    "parity/test_dual_writes_parity.py",
    "parity/test_random_transforms.py",
    "parity/test_func_parity.py",
    "parity/test_function_parity.py",
    "parity/test_hooks_parity.py",
    "parity/test_engine_parity.py",
    "parity/test_promotion_parity.py",
    "transforms",
    "autograd",
)


class Target(NamedTuple):
    """A function that may be mutated, and the rows whose derivatives it serves; none for the engine's."""

    function: types.FunctionType | None
    rows: tuple[str, ...]

    @property
    def place(self) -> str:
        code: Any = self.function and self.function.__code__
        return f"{Path(code.co_filename).stem}.py:{code.co_firstlineno} {code.co_name}"


class Mutant(NamedTuple):
    """One mistake in one function: its number there, what was there, what is there now, and the line with it."""

    target: Target
    number: int
    kind: str
    before: str
    after: str
    line: int
    reads: str


# --- What may be mutated ----------------------------------------------------------------------------------------------


def unwrapped(value: Any) -> Iterator[types.FunctionType]:
    """The functions behind a rule: itself, or what a partial or a closure holds."""
    if isinstance(value, partial):
        yield from unwrapped(value.func)
    elif isinstance(value, types.FunctionType):
        yield value
        for cell in value.__closure__ or ():
            yield from unwrapped(cell.cell_contents)


def reached(function: types.FunctionType) -> Iterator[types.FunctionType]:
    """What a rule calls that is there for derivatives: helpers of the families, formulas."""
    for code in all_code(function.__code__):
        for name in code.co_names:
            helper = function.__globals__.get(name)
            if isinstance(helper, types.FunctionType) and helper.__module__.startswith("minitorch.ops"):
                yield from unwrapped(helper)
            op = OPS.get(name)
            if op is not None and op.family == "composition" and name in BODIES:  # a formula
                yield from unwrapped(BODIES[name])


def behind(op: Op) -> set[types.FunctionType]:
    """The rules of a row, and what they call."""
    rules = [*op.rules.values(), *filter(None, (op.grad, op.forward))]
    return closure(function for rule in rules for function in unwrapped(rule))


def closure(functions: Iterable[types.FunctionType]) -> set[types.FunctionType]:
    """Functions, and what they call, but for rows."""
    waiting, seen = list(functions), set()
    while waiting:
        function = waiting.pop()
        if function not in seen:
            seen.add(function)
            waiting += reached(function)
    return seen


def all_code(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and those inside of it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from all_code(constant)


def targets() -> list[Target]:
    """The rules, what they call, and the engine's functions."""
    rows: dict[types.FunctionType, list[str]] = {}
    definitions = {op.definition for op in OPS.values() if op.public or op.family != "composition"}  # formulas stay
    for op in OPS.values():
        for function in behind(op) - definitions:
            rows.setdefault(function, []).append(op.name)
    found = [Target(function, tuple(names)) for function, names in rows.items() if in_ops(function)]
    for holder, names in ENGINE.items():
        found += [Target(function_of(holder, name), ()) for name in names if hasattr(holder, name)]
    return sorted(found, key=lambda target: (target.function.__module__, target.function.__code__.co_firstlineno))


def in_ops(function: types.FunctionType) -> bool:
    return Path(function.__code__.co_filename).parent.name == "ops"


def function_of(holder: Any, name: str) -> types.FunctionType:
    found = inspect.getattr_static(holder, name)
    return found.__func__ if isinstance(found, staticmethod) else found


# --- Mistakes ---------------------------------------------------------------------------------------------------------

QUIET = ("-q", "-s", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
SWAPS = {
    "max": "min", "maximum": "minimum", "amax": "amin", "sin": "cos", "sinh": "cosh", "tril": "triu", "gt": "lt", "ge": "le",
    "argmax": "argmin", "exp": "expm1", "log": "log1p", "sqrt": "rsqrt", "zeros_like": "ones_like", "real": "imag", "erf": "erfc",
    "logical_and": "logical_or", "lgamma": "digamma",
}  # fmt: skip
SWAPS |= {value: key for key, value in SWAPS.items()}
DROPS = frozenset(
    ("sum", "conj", "conjugate", "spread", "transpose", "swapaxes", "real", "permute", "flip", "reshape", "cast_like", "expand",
     "sgn", "abs", "adjoint", "tril", "triu", "cumsum", "square", "fill_masked", "hermitian", "transposed", "unsqueeze",
     "squeeze", "relu_gradient", "neg", "sign", "reciprocal", "diagonal", "resolve", "movedim", "sqrt", "exp", "log", "sum_to",
     "clone", "contiguous", "to", "detach", "masked", "spread_back", "zero_where")
)  # fmt: skip
OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Pow: ast.Mult,
         ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}  # fmt: skip
TURNED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.Gt, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
          ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}  # fmt: skip
TEXTS = {"g * partial": "g", "k.conj(partial)": "partial", '"-g"': '"g"', '"g"': '"-g"'}  # in generated source


def mistakes(node: ast.AST, names: list[str]) -> Iterator[tuple[str, ast.AST]]:
    """What may be there instead of a node."""
    if isinstance(node, ast.BinOp):
        if type(node.op) in OTHER:
            yield "another operator", ast.BinOp(node.left, OTHER[type(node.op)](), node.right)
        if isinstance(node.op, ast.Sub | ast.Div | ast.Pow | ast.MatMult):
            yield "swapped operands", ast.BinOp(node.right, node.op, node.left)
        if isinstance(node.op, ast.Mult | ast.Add | ast.MatMult):
            yield "left factor or term dropped", node.right
        if isinstance(node.op, ast.Mult | ast.Add | ast.Sub | ast.Div | ast.MatMult):
            yield "right factor or term dropped", node.left
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        if not isinstance(node.operand, ast.Constant):
            yield "sign or not dropped", node.operand
    elif isinstance(node, ast.Call):
        yield from mistaken_calls(node)
    elif isinstance(node, ast.Constant):
        yield from mistaken_constants(node)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in TURNED:
        yield "comparison turned", ast.Compare(node.left, [TURNED[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.IfExp):
        yield "branches swapped", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.BoolOp):
        yield "and for or", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield "first two swapped", ast.Tuple([node.elts[1], node.elts[0], *node.elts[2:]], ast.Load())
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names and len(names) > 1:
        yield "another argument", ast.Name(names[(names.index(node.id) + 1) % len(names)], ast.Load())


def mistaken_calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    of_k = isinstance(node.func, ast.Attribute)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    operands = [arg for arg in node.args if not (isinstance(arg, ast.Name) and arg.id == "k")]
    method = isinstance(node.func, ast.Attribute) and not (
        isinstance(node.func.value, ast.Name) and node.func.value.id in ("k", "ops", "math")
    )
    if name in DROPS:
        kept = node.func.value if method and isinstance(node.func, ast.Attribute) else operands[0] if operands else None
        if kept is not None:
            yield f"{name} dropped", kept
    if name in SWAPS and of_k and isinstance(node.func, ast.Attribute):
        swapped = ast.Attribute(node.func.value, SWAPS[name], ast.Load())
        yield f"{SWAPS[name]} for {name}", ast.Call(swapped, node.args, node.keywords)
    if name in ("matmul", "where", "sub", "div", "solve", "masked", "fill_masked") and len(operands) > 1:
        first = len(node.args) - len(operands) + (name == "where")
        if len(node.args) > first + 1:
            args = list(node.args)
            args[first], args[first + 1] = args[first + 1], args[first]
            yield "swapped operands", ast.Call(node.func, args, node.keywords)


def mistaken_constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "a truth turned", ast.Constant(not value)
    elif isinstance(value, int):
        yield "off by one", ast.Constant(value + 1)
    elif isinstance(value, float):
        yield "another constant", ast.Constant(value * 2 + 1)
    elif isinstance(value, str):
        for text, other in TEXTS.items():
            if text in value:
                yield "generated text", ast.Constant(value.replace(text, other))


def places(function: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every expression in a function's body as (parent, field, index, node), but for texts, annotations and refusals."""
    waiting: list[ast.AST] = list(function.body) if isinstance(function, ast.FunctionDef) else []
    if isinstance(function, ast.Lambda):
        yield function, "body", None, function.body
        waiting = [function.body]
    while waiting:
        parent = waiting.pop()
        if isinstance(parent, ast.Raise | ast.Assert | ast.JoinedStr):
            continue
        if isinstance(parent, ast.Expr) and isinstance(parent.value, ast.Constant):
            continue
        if isinstance(parent, ast.If) and any(isinstance(line, ast.Raise) for line in parent.body):
            continue
        for field, value in ast.iter_fields(parent):
            if field in ("annotation", "returns", "decorator_list", "args") and not isinstance(parent, ast.Call):
                continue
            for index, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield parent, field, index if isinstance(value, list) else None, child
                    waiting.append(child)


def located(tree: ast.Module, code: types.CodeType) -> ast.AST | None:
    """The node of a function, by its code."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            if min([node.lineno, *[d.lineno for d in node.decorator_list]]) == code.co_firstlineno:
                return node
        elif isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and node.lineno == code.co_firstlineno:
            body = node.body
            last = [at for at in code.co_positions() if None not in at and at[2] != at[3]][-1]
            if last == (body.lineno, body.end_lineno, body.col_offset, body.end_col_offset):
                found.append(node)
    return found[0] if found else None


@functools.cache
def parsed(filename: str) -> ast.Module:
    return ast.parse(Path(filename).read_text())


def mutants_of(target: Target) -> Iterator[Mutant]:
    """All mutants of a function, one after the other: while one is looked at, the parsed file holds its mistake."""
    code = target.function.__code__
    node = located(parsed(code.co_filename), code)
    if node is None:
        return
    number = 0
    names = [name for name in code.co_varnames[: code.co_argcount] if name not in ("k", "self", "ops", "wrap", "count")]
    statements = {id(part): each for each in ast.walk(node) if isinstance(each, ast.stmt) for part in ast.walk(each)}
    for parent, field, index, child in list(places(node)):
        alternatives = list(mistakes(child, names))
        returned = (isinstance(parent, ast.Return) or parent is node) and field in ("value", "body")
        if returned and isinstance(child, ast.BinOp | ast.Call | ast.Name) and target.rows:
            alternatives.append(("sign flipped", ast.UnaryOp(ast.USub(), child)))
        for kind, other in alternatives:
            before, after = ast.unparse(child), ast.unparse(other)
            if before == after:
                continue
            put(parent, field, index, ast.copy_location(other, child))
            reads = ast.unparse(statements.get(id(parent), node)).splitlines()[0]
            yield Mutant(target, number, kind, before, after, getattr(child, "lineno", 0), reads)
            put(parent, field, index, child)
            number += 1


def put(parent: ast.AST, field: str, index: int | None, child: ast.AST) -> None:
    if index is None:
        setattr(parent, field, child)
    else:
        getattr(parent, field)[index] = child


def constant_rules() -> Iterator[tuple[Op, str, int | float, int | float]]:
    """Rules that are numbers, with what they may be instead."""
    for op in OPS.values():
        for name, rule in op.rules.items():
            if not callable(rule):
                yield op, name, rule, -rule or 1
                yield op, name, rule, rule * 2 or 2


# --- Trying them ------------------------------------------------------------------------------------------------------


def path_of(code: types.CodeType, wanted: types.CodeType, path: tuple = ()) -> tuple | None:
    """Where a code object lies inside of a module's: its numbers among its neighbours."""
    if code == wanted:
        return path
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    for number, constant in enumerate(inner):
        found = path_of(constant, wanted, (*path, number))
        if found is not None:
            return found
    return None


def apply(mutant: Mutant) -> None:
    """Give the living function the mutant's code; what was generated from it is made again."""
    function: Any = mutant.target.function
    filename = function.__code__.co_filename
    original = compile(Path(filename).read_text(), filename, "exec")
    path = path_of(original, function.__code__)
    if path is None:
        raise LookupError(f"no code of {mutant.target.place} in its module")
    held = mutants_of(mutant.target)
    next(again for again in held if again.number == mutant.number)  # the file holds it from here on
    code: Any = compile(ast.fix_missing_locations(parsed(filename)), filename, "exec")
    for number in path:
        code = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)][number]
    old = function.__code__
    if (code.co_code, code.co_consts, code.co_names) == (old.co_code, old.co_consts, old.co_names):
        raise LookupError(f"the same code in {mutant.target.place}")
    if code.co_freevars == old.co_freevars:
        function.__code__ = code
    else:  # a mutant that no longer reads a variable from outside
        raise LookupError(f"other closures in {mutant.target.place}")
    forget_generated()


def forget_generated() -> None:
    for op in OPS.values():
        op.__dict__.pop("pull", None)
        op.__dict__.pop("pull_tensors", None)


def complaint(names: Sequence[str], place: str = "numpy/cpu", order: Sequence[str] = ORDER) -> str:
    """The first fault of some rows in the order of templates that are quick to see one."""
    device = Device(place)
    for template in map(TEMPLATES.__getitem__, order):
        for name in names:
            op = OPS[name]
            if op.samples is None or not template.applies(op, device):
                continue
            for dtype in template.dtypes_on(device):
                try:
                    for case in template.cases(op, dtype, device):
                        with warnings.catch_warnings():
                            warnings.simplefilter("error")
                            template.check(case)
                except Exception as error:
                    return f"{template.name} of {name}: {type(error).__name__}"
    return ""


@functools.cache
def tapes() -> dict[str, set[str]]:
    """The rows that each row leaves on the tape when its samples are called, with gradients asked for wherever they can be."""
    found = {}
    for op in OPS.values():
        names: set[str] = set()
        try:
            made = samples(op, Device("numpy/cpu"))
        except Exception:  # a row of a test's own
            made = []
        for sample in made:
            for tensor in tensors_in(sample):
                if tensor.dtype.inexact and tensor.is_leaf:
                    tensor.requires_grad_()
            with contextlib.suppress(Exception), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                names |= recorded(results_of(call(op, sample)))
        found[op.name] = names - {op.name}
    return found


def recorded(results: list[Any]) -> set[str]:
    seen, waiting = set(), [result._node for result in results]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += node.edges
    return {node.op.name for node in seen if isinstance(node, tape.Node)}


@functools.cache
def mentioned() -> dict[str, set[str]]:
    """The rows that each row's rules call, or that a composition is made of."""
    found = {}
    for op in OPS.values():
        called = behind(op) | (closure([op.definition]) if op.family == "composition" else set())
        names = {
            name for one in called for code in all_code(one.__code__) for name in (*code.co_names, *code.co_consts)
        }
        found[op.name] = names & OPS.keys() - {op.name}  # as OPS["name"] too
    return found


@functools.cache
def users(names: tuple[str, ...]) -> list[str]:
    """Rows with samples that leave one of these on the tape, or are made of one, perhaps by way of others; the simplest first."""
    wanted, found = set(names), []
    for _ in range(3):
        more = [name for name in OPS if (tapes()[name] | mentioned()[name]) & wanted and name not in wanted]
        found += sorted(more, key=lambda name: len(tapes()[name]))
        wanted |= set(more)
    return [name for name in found if OPS[name].samples is not None]


def by_rows(names: tuple[str, ...]) -> str:
    """What the templates say: of the rows themselves, then of those that use them; on NumPy, then where dtypes don't mix."""
    if not names:
        return complaint([name for name in ENGINE_ROWS if name in OPS])
    chosen = sorted(names, key=lambda name: (OPS[name].samples is None, not OPS[name].public))[:ROWS]
    using = users(names)[:USERS]
    found = complaint(chosen) or complaint(using)
    return found or next(
        filter(None, (complaint([*chosen, *using], place, ("gradient",)) for place in elsewhere())), ""
    )


def by_bodies(function: types.FunctionType | None) -> str:
    """What the templates say, where bodies compute the rows' values, of the rows whose bodies call the function."""
    names = defined_with().get(function, [])[:ROWS]
    return next(filter(None, (complaint(names, place, ("forward",)) for place in elsewhere())), "")


@functools.cache
def defined_with() -> dict[types.FunctionType | None, list[str]]:
    found: dict[types.FunctionType | None, list[str]] = {}
    for name, body in BODIES.items():
        for function in closure(unwrapped(body)):
            found.setdefault(function, []).append(name)
    return found


def elsewhere() -> list[str]:
    return [place for place in ELSEWHERE if why_unusable(place.partition("/")[0]) is None]


class Suite:
    """A plugin of pytest that collects tests once, and then tries mutants on them, each in a process of its own."""

    def __init__(self, run: Callable[[Suite], None]):
        self.run, self.items, self.failed = run, [], ""

    def pytest_runtestloop(self, session: Any) -> bool:
        self.items = [item for item in session.items if not any(part in item.nodeid for part in LEFT_OUT)]
        self.run(self)
        return True

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid.rpartition("tests/")[2]

    def complaint(self, rank: Callable[[str], int | None]) -> str:
        """The first test that fails, of those that have a rank, by rank."""
        ranked = [(rank(item.nodeid), number) for number, item in enumerate(self.items)]
        for _, number in sorted([pair for pair in ranked if pair[0] is not None]):
            item = self.items[number]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self.failed:
                return self.failed
        return ""


@functools.cache
def mentions(file: str, words: frozenset[str]) -> bool:
    """Does a file of tests speak of some row?"""
    found = {word.rstrip("_") for word in re.findall(r"\w+", (HERE.parent / file).read_text())}
    return not words.isdisjoint(found)


def rank_of(target: Target) -> Callable[[str], int | None]:
    """In which order tests are tried on a mutant of a rule: of its family, of its rows alone, in files that name its rows."""
    if not target.rows:
        return lambda test: next((n for n, part in enumerate(ENGINE_TESTS) if f"tests/{part}" in test), None)
    family = Path(target.function.__code__.co_filename).stem if target.function else ""
    words = {name.removeprefix("linalg_") for name in (*target.rows[:ROWS], *users(target.rows)[:USERS])}

    def rank(test: str) -> int | None:
        if "test_opinfo" in test or "test_slopes" in test:
            title = test.partition("[")[2].removesuffix("]").replace(".", "_")
            if not any(re.search(rf"(^|_){re.escape(word)}([-_]|$)", title) for word in words):
                return None
            return 1 if "gradient" in title or "slopes" in test else 2
        if not any(f"tests/{part}" in test for part in RULE_TESTS):
            return None
        file = test.partition("::")[0]
        if family and f"test_{family}" in file:
            return 0
        return 3 if "test_edges" in file or mentions(file, frozenset(words)) else None

    return rank


def forked(work: Callable[[], str]) -> tuple[str, float]:
    """What `work` says in a process of its own, which is given up after a while; and the seconds it took."""
    reading, writing = os.pipe()
    start = time.time()
    child = os.fork()
    if child == 0:
        os.close(reading)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1), os.dup2(silence, 2)
        signal.alarm(SECONDS)  # ends the process
        try:
            said = work()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:4000])
        os._exit(0)
    os.close(writing)
    said = b"".join(iter(lambda: os.read(reading, 4096), b"")).decode()
    os.close(reading)
    status = os.waitpid(child, 0)[1]
    return said or ("" if status == 0 else f"the process ended with {status}"), time.time() - start


class Trial(NamedTuple):
    """A mutant: what it is, what puts it into a process, and the function that it is a mistake in."""

    facts: dict[str, Any]
    put_in: Callable[[], None]
    target: Target

    def complaint(self, suite: Suite | None) -> str:
        """What the rows' templates, or the collected tests, say of it; for a process of its own."""
        try:
            self.put_in()
        except (LookupError, SyntaxError) as error:
            return f"not a mutant: {error}"
        if suite is not None:
            return suite.complaint(rank_of(self.target))
        return by_rows(self.target.rows) or by_bodies(self.target.function)


def trials(only: str) -> Iterator[Trial]:
    """Every mutant."""
    for op, name, rule, other in constant_rules():
        place = f"rule of {op.name} for {name}"
        facts = {
            "place": place,
            "line": 0,
            "kind": "constant rule",
            "before": str(rule),
            "after": str(other),
            "reads": "",
        }
        if only in place:
            yield Trial(facts | {"rows": [op.name]}, partial(with_constant, op, name, other), Target(None, (op.name,)))
    for target in targets():
        for mutant in mutants_of(target) if only in target.place else ():
            facts = {"place": target.place, "rows": list(target.rows[:6])}
            facts |= dict(zip(Mutant._fields[2:], mutant[2:], strict=True))
            yield Trial(facts, partial(apply, mutant), target)


def unchanged() -> Iterator[Trial]:
    """The same work without a mistake: all must survive."""
    for rows in ((), ("mul",), ("scatter_reduce",), ("attention",), ("hermitian_vectors",)):
        facts = {"place": f"nothing, by {rows}", "line": 0, "kind": "none", "before": "", "after": "", "rows": rows}
        yield Trial(facts, lambda: None, Target(None, rows))


def with_constant(op: Op, name: str, other: float) -> None:
    op.rules[name] = other
    forget_generated()


# --- The count --------------------------------------------------------------------------------------------------------


def key_of(facts: dict[str, Any]) -> tuple[str, ...]:
    """What stays the same of a mutant when lines above it come and go."""
    file, _, name = facts["place"].partition(":")
    place = f"{file} {name.partition(' ')[2]}" if name else file
    return place, facts["kind"], facts["before"], facts["after"]


def spot_of(facts: dict[str, Any]) -> tuple[Any, ...]:
    """The same with the line, counted from that of the function."""
    return *key_of(facts), facts["line"] - int("0" + "".join(re.findall(r":(\d+) ", facts["place"])))


@functools.cache
def equal_ones() -> set[tuple[str, ...]]:
    """The mutants that compute the same: mutants_equal.toml says why."""
    listed = tomllib.loads((HERE / "mutants_equal.toml").read_text())["equal"]
    return {(one["place"], one["reads"]) for one in listed}


def is_equal(facts: dict[str, Any]) -> bool:
    """Is it listed as computing the same?"""
    return (key_of(facts)[0], facts["reads"]) in equal_ones()


Found = list[dict[str, Any]]


def by_templates(everything: Iterable[Trial], count: int, found: Found, write: Callable) -> list[tuple[Trial, dict]]:
    """Try mutants until `count` are judged; what comes of each is added to `found`. Gives those that survived."""
    left = []
    for trial in everything:
        if len(found) == count:
            break
        killed, seconds = forked(partial(trial.complaint, None))
        if killed.startswith("not a mutant"):
            continue
        found.append(trial.facts | {"killed": killed, "seconds": round(seconds, 2)})
        if not killed and not is_equal(trial.facts):
            left.append((trial, found[-1]))
        write()
    return left


def by_suite(left: list[tuple[Trial, dict]], write: Callable) -> None:
    """Try on tests, which are collected once, what the rows' templates let live."""

    def run(suite: Suite) -> None:
        for trial, facts in left:
            facts["killed"], seconds = forked(partial(trial.complaint, suite))
            facts["seconds"] = round(facts["seconds"] + seconds, 2)
            if not facts["killed"]:
                sys.stderr.write("survived: {place} line {line}: {kind}: {before} -> {after}\n".format(**facts))
            write()

    paths = [HERE / part for part in dict.fromkeys((*RULE_TESTS, *ENGINE_TESTS, "parity/test_opinfo.py"))]
    pytest.main([*QUIET, *[str(path) for path in paths if path.exists()]], plugins=[Suite(run)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a part of the names of the places to try")
    parser.add_argument("--none", action="store_true", help="no mutants: does all pass in such a process?")
    parser.add_argument("--rows", action="store_true", help="by the rows' templates only, which is quick")
    parser.add_argument("--tests", action="store_true", help="by the tests only")
    parser.add_argument("--again", help="a file that --json wrote: try only what survived there")
    parser.add_argument("--json", help="where to write what came of each mutant")
    chosen = parser.parse_args()
    tapes()
    everything = list(unchanged() if chosen.none else trials(chosen.only))
    random.Random(chosen.seed).shuffle(everything)
    sys.stderr.write(f"{len(everything)} mutants\n")
    there = {(key_of(trial.facts)[0], trial.facts["reads"]) for trial in everything}
    for place, reads in sorted(equal_ones() - there if not (chosen.none or chosen.only) else ()):
        sys.stderr.write(f"no longer a mutant: {place}: {reads}\n")
    if chosen.again:
        keys = {spot_of(one) for one in json.loads(Path(chosen.again).read_text()) if not one["killed"]}
        everything = [trial for trial in everything if spot_of(trial.facts) in keys]
    found: Found = []

    def write() -> None:
        if chosen.json:
            Path(chosen.json).write_text(json.dumps(found, indent=1))

    if chosen.tests:
        found += [trial.facts | {"killed": "", "seconds": 0.0} for trial in everything[: chosen.count]]
        left = [pair for pair in zip(everything, found, strict=False) if not is_equal(pair[1])]
    else:
        left = by_templates(everything, chosen.count, found, write)
    sys.stderr.write(f"{len(found)} tried, {len(left)} survive the rows' templates\n")
    if left and not chosen.rows:
        by_suite(left, write)
    survived = [one for one in found if not one["killed"]]
    equal = [one for one in survived if is_equal(one)]
    sys.stderr.write(
        f"{len(found)} tried, {len(found) - len(survived)} killed, {len(equal)} equal, {len(survived) - len(equal)} survived\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
