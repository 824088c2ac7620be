"""The op table: what a row is, and the families of rows.

    @elementwise(input=lambda other: other, other=lambda input: input)
    def mul(k, input: Array, other: Array): ...

The decorated function is the definition. Its signature is PyTorch's, without `out=`, `device=` and the like, which the engine
adds; its body says what the op means in terms of other kernels, or is `...` for a core op that every backend must have.
Annotations say what the engine does with an argument before the kernel sees it:

    Array            a tensor operand; all of a call's Arrays are promoted to one dtype (or must share it: promote=False)
    Array | None     an operand that may be left out
    list[Array]      any number of operands
    Index, Mask      a tensor of integers (arrives as int64) or of bools, left out of promotion
    Dim, Dims        one dimension, or several or None for all: arrives as int, or tuple of ints, counted from the front
    DimList          the same, but () means none of them
    Sizes            a shape: arrives as a tuple of ints
    Cast             a dtype, or None: the operands are converted first; neither kernel nor rules see it
    Rare             a setting that mostly keeps its default, such as `alpha` of add; any other value is served by the function
                     `rare=`, called with all arguments, so that neither kernel nor rules see it

Each keyword of the decorator is the derivative for that argument, a function whose parameter names say what it reads: `k` the
kernels, `g` the gradient of the result, `out` the result, any argument by its name, `<argument>_shape` its shape alone. What
a rule reads is kept until backward, and nothing else. A rule uses operators and `k.<op>` only, so that it runs on raw
arrays as well as on Tensors (`create_graph=True`). Broadcasting and dtype conversion are undone by the tape, never by a rule.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from . import dtypes
from .backend import BODIES, POINTWISE, WIDE, Array, in_float64
from .dtypes import DType

__all__ = ["Array", "Cast", "Dim", "DimList", "Dims", "Index", "Mask", "OPS", "Op", "Rare", "Sizes",
           "composition", "elementwise", "linear", "multilinear", "op"]  # fmt: skip

Index = Mask = Cast = Rare = Dim = Dims = DimList = Sizes = (
    Any  # what annotations are called; the engine reads them as text
)

OPERANDS = ("Array", "Array | None", "list[Array]", "Index", "Index | None", "Mask")
OPS: dict[str, Op] = {}


class Parameter:
    """One parameter of a row's signature."""

    __slots__ = ("default", "has_default", "keyword_only", "kind", "name")

    def __init__(self, name: str, kind: str, keyword_only: bool, has_default: bool, default: Any):
        self.name, self.kind, self.keyword_only = name, kind, keyword_only
        self.has_default, self.default = has_default, default

    @property
    def is_operand(self) -> bool:
        return self.kind in OPERANDS


NUMPY_NAMES = {"dim": "axis", "keepdim": "keepdims"}  # what PyTorch's ops also call these arguments


class Op:
    """One row: a definition, its derivatives, and what the templates need to know about it."""

    def __init__(self, definition: Callable, family: str, rules: dict[str, Any], facts: dict[str, Any]):
        self.name = definition.__name__
        self.definition = definition
        self.family = family
        self.parameters = read_signature(definition, skip=family != "composition")
        self.operands = [parameter for parameter in self.parameters if parameter.is_operand]
        self.settings = [p for p in self.parameters if not p.is_operand and p.kind not in ("Cast", "Rare")]
        self.body = None if _is_empty(definition) else definition
        self.grad: Callable | None = facts.pop("grad", None)  # one function for all gradients
        self.forward: Callable | None = facts.pop("forward", None)
        # forward mode, where the family doesn't give it: reads arguments, `out`, and `tangents` by operand (None: a constant)
        self.rules = rules  # one function (or number) per operand
        self.takes: str = facts.pop("takes", "any")
        # "any"; "inexact": others become floats; "floats": others are refused; "accumulates": small integers become int64,
        # "numbers": bools become int64
        self.refuses: str = facts.pop("refuses", "")  # those of "bool integer float complex" that PyTorch's op refuses
        self.result = facts.pop("result", "same")
        # same, bool, int64, real, complex, array; for several results a tuple of these or int32
        self.promote: bool = facts.pop("promote", family == "elementwise")
        self.numbers: bool = facts.pop("numbers", family == "elementwise")  # may operands be Python numbers?
        self.view: bool = facts.pop("view", False)
        self.public: bool = facts.pop("public", True)  # False: only for rules and bodies
        self.method: bool = facts.pop("method", self.public)
        self.yields: bool = facts.pop("yields", False)  # PyTorch's op keeps no result: users may write into them
        self.exact: str = facts.pop("exact", "")  # the operand of which a number isn't rounded to 16 bits (operands.py)
        self.inplace: bool = facts.pop("inplace", family == "elementwise" and self.result == "same")
        self.out: bool = facts.pop("out", self.public and not self.view)
        self.samples: Callable | None = facts.pop("samples", None)
        self.errors: Callable | None = facts.pop("errors", None)
        self.explain_with: Callable | None = facts.pop("explain", None)
        self.rare: Callable | None = facts.pop("rare", None)  # serves calls in which a Rare setting has been set
        self.fields: tuple[str, ...] | None = facts.pop("fields", None)  # names of several results
        self.result_name: str = facts.pop("result_name", self.name)  # what the type of several results is called
        self.torch: str | None = facts.pop("torch", None)  # PyTorch's name, where it isn't torch.<name>
        self.autocast = _policies(facts.pop("autocast", ""))  # the dtype that it runs in under autocast, by device type
        self.with_slope: str = facts.pop("with_slope", "")  # a kernel that may give the first operand's slope as well
        wide = facts.pop("wide", False)  # does its body compute float32 in float64, since each rounding would show?
        self.tolerance: float = facts.pop("tolerance", 1.0)  # a factor on conformance's, with a reason in the row
        self.second: bool = facts.pop("second", True)  # has the derivative a derivative that differences can check?
        self.special: bool = facts.pop("special", True)  # is it the formula that says where nan and inf end up?
        self.grad_name: str | Callable = facts.pop("grad_name", _camel(self.name) + "Backward0")
        if facts:
            raise TypeError(f"row {self.name}: unknown facts or arguments {sorted(facts)}")
        self._read_rules()
        self.function: Callable = definition  # replaced by dispatch.install
        self._alone: dict[int, _Alone] = {}
        self._packed: Callable | None = None
        self._enter(wide)

    def _enter(self, wide: bool) -> None:
        """Into the table, and the body among those that serve backends without a kernel."""
        OPS[self.name] = self
        if self.body is not None and self.family != "composition":
            BODIES[self.name] = in_float64(self.body) if wide else self.body
            if wide:
                WIDE[self.name] = self.body
            if self.family == "elementwise":
                POINTWISE.add(self.name)

    @property
    def differentiable(self) -> bool:
        return bool(self.rules) or self.grad is not None

    @property
    def several(self) -> bool:
        """Has it several results?"""
        return isinstance(self.result, tuple) or self.result == "list"

    @property
    def result_names(self) -> tuple[str, ...]:
        """What a derivative calls one of a fixed number of results: its field, or `result0`, `result1`, ..."""
        if not isinstance(self.result, tuple):
            return ()
        return self.fields or tuple([f"result{number}" for number in range(len(self.result))])

    def outputs_of(self, node: Any) -> int:
        """How many results a recorded application has."""
        return len(self.result) if isinstance(self.result, tuple) else len(node.shape)

    def maps(self, operand: str) -> bool:
        """Does the rule say the gradient itself, in terms of `g`? Else it says what the gradient is multiplied by."""
        return self.family != "elementwise" or "g" in self.reads.get(operand, ())

    @property
    def formula(self) -> str:
        """What the row computes, as mathematics."""
        return _formula(self)

    def derivative(self, operand: str) -> str:
        """The derivative for an operand, as mathematics: the gradient if `maps(operand)`, else a partial derivative."""
        return _derivative(self, operand)

    def _read_rules(self) -> None:
        """What must be kept for backward: operands, the output, settings, shapes."""
        operands = [parameter.name for parameter in self.operands]
        self.reads = {name: arguments_of(rule) for name, rule in self.rules.items() if callable(rule)}
        if self.grad is not None:
            self.reads = dict.fromkeys(operands, arguments_of(self.grad))
        for name in self.rules:
            if name not in operands:
                raise TypeError(f"row {self.name}: a derivative for {name!r}, which is no operand")
        read = {name for names in self.reads.values() for name in names}
        if taken := read & {"g", "k", "out", "needs", *self.result_names} & set(operands):
            raise TypeError(f"row {self.name}: a derivative couldn't tell an operand from the engine's {sorted(taken)}")
        self.saves = tuple(name for name in operands if name in read)
        self.saves_results = tuple(name for name in self.result_names if name in read or "out" in read)
        self.saves_out = "out" in read or bool(self.saves_results)
        self.keeps = tuple(p.name for p in self.settings if p.name in read)
        self.keeps_shapes = tuple(name for name in operands if f"{name}_shape" in read)
        given = ("k", "g", "out", "needs", *self.result_names)
        known = {*given, *operands, *self.keeps, *(f"{name}_shape" for name in operands)}
        if read - known:
            raise TypeError(f"row {self.name}: a derivative reads {sorted(read - known)}, which it doesn't have")

    def savers(self, saved: str) -> list[str]:
        """The operands whose derivative reads the operand `saved`."""
        return [name for name, names in self.reads.items() if saved in names]

    def __getattr__(self, name: str) -> Any:
        """`pull` and `pull_tensors`, the generated backward functions, are compiled at their first use."""
        if name not in ("pull", "pull_tensors"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        function = self.__dict__[name] = _compile_pull(self, name == "pull_tensors")
        return function

    def pack(self, results: list) -> Any:
        """Several results as one value: a named tuple where the row names them."""
        if self.fields is None:
            return tuple(results)
        if self._packed is None:
            self._packed = result_type(self.result_name, self.fields)
        return self._packed(*results)

    def alone(self, index: int) -> _Alone:
        """The op that gives one of several results, for making a view again."""
        found = self._alone.get(index)
        if found is None:
            found = self._alone[index] = _Alone(self, index)
        return found

    def on_arrays(self, k: Any, array: Any, settings: tuple) -> Any:
        """The kernel applied to an array, for making a view again."""
        return getattr(k, self.name)(array, *settings)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def _policies(text: str) -> dict[str, str]:
    """`autocast="lower"`, or "cpu float32, cuda widest", by device type; what the words mean: minitorch/amp/policies.py."""
    found: dict[str, str] = {}
    for part in text.split(", ") if text else ():
        *devices, policy = part.split()
        found |= dict.fromkeys(devices or ("cpu", "cuda"), policy)
    return found


def result_dtype(result: str, kind: DType) -> DType:
    """The dtype of one of several results, of which a row says `result`, where the operands are of `kind`."""
    if result in ("bool", "int32", "int64"):
        return dtypes.BY_NAME[result]
    return kind if result == "same" else kind.to_real() if result == "real" else kind.to_complex()


def result_type(name: str, fields: tuple[str, ...]) -> Callable:
    """A named tuple that prints as PyTorch's results do."""

    def show(self: tuple) -> str:
        return (
            f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={v!r}" for f, v in zip(fields, self, strict=True)) + ")"
        )

    return type(
        name, (namedtuple(name, fields),), {"__repr__": show, "__slots__": (), "__module__": "torch.return_types"}
    )


class _Alone:
    """Result number `index` of an op with several results, as an op."""

    def __init__(self, op: Op, index: int):
        self.name, self.op, self.index = op.name, op, index

    def function(self, *arguments: Any) -> Any:
        return self.op.function(*arguments)[self.index]

    def on_arrays(self, k: Any, array: Any, settings: tuple) -> Any:
        return self.op.on_arrays(k, array, settings)[self.index]


def read_signature(definition: Callable, skip: bool = True) -> list[Parameter]:
    """The row's parameters after `k` (compositions have no `k`); inspect.signature would cost a third of the import time."""
    code = definition.__code__
    count = code.co_argcount
    names = code.co_varnames[: count + code.co_kwonlyargcount]
    defaults = definition.__defaults__ or ()
    if any(type(annotation) is not str for annotation in definition.__annotations__.values()):
        raise TypeError(
            f"row {definition.__name__}: annotations are read as text; put `from __future__ import annotations` on top of "
            f"{definition.__module__}"
        )
    positional = dict(zip(names[count - len(defaults) : count], defaults, strict=True))
    values = positional | (definition.__kwdefaults__ or {})
    return [
        Parameter(name, definition.__annotations__.get(name, ""), position >= count, name in values, values.get(name))
        for position, name in enumerate(names)
        if position or not skip
    ]


def arguments_of(function: Callable) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount]


def _core(): ...


def _is_empty(function: Callable) -> bool:
    """Is the body just `...`? Compared by instructions alone, since a docstring shifts the constants."""
    return function.__code__.co_code[::2] == _core.__code__.co_code[::2]


def _camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))  # Log1P, Deg2Rad


Decorator = Callable[[Callable], Callable[..., Any]]  # a row's function has another signature than its definition


def _family(family: str) -> Callable[..., Decorator]:
    def decorator(**keywords: Any) -> Decorator:
        def add(definition: Callable) -> Callable[..., Any]:
            names = {parameter.name for parameter in read_signature(definition)}
            rules = {name: keywords.pop(name) for name in list(keywords) if name in names}
            return _install(Op(definition, family, rules, keywords))

        return add

    return decorator


_install: Callable = lambda row: row.function  # this and the next are replaced by dispatch.py, one floor up
_compile_pull: Callable = lambda row, on_tensors: None
_formula: Callable = lambda row: row.name  # this and the next are replaced by reading.py
_derivative: Callable = lambda row, operand: ""

# rule: the partial derivative; the gradient is g * conj(partial). A rule that reads `g` says g * partial itself, so that it can
# say 0 where an infinite `g` doesn't pass; `g` may be a tangent as well.
elementwise = _family("elementwise")
linear = _family("linear")  # rule: the transposed map applied to g
multilinear = _family("multilinear")  # rule: the transposed map with the other operands held fixed
op = _family("op")  # the general family


def composition(**facts: Any) -> Decorator:
    """A plain function on Tensors that calls other ops; it has no derivative of its own and needs no kernel."""

    def add(definition: Callable) -> Callable[..., Any]:
        row = Op(definition, "composition", {}, {"inplace": False, "out": False, **facts})
        return _install(row)

    return add
