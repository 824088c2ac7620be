"""From a row to the function that users call: one template, filled in for each op as dataclasses do.

    call -> same dtype and device? -> kernel -> Tensor -> a Node, only if some operand requires grad

`forward_source` here and `pull_source` in backward.py are the template; `print(forward_source(OPS["mul"]))` shows what came
out, and a debugger steps through it. What is irregular (Python numbers, mixed dtypes, lists, errors) leaves the hot path for
`regular` and `explain`, and comes back with operands as the template wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Parameter as SignatureParameter
from inspect import Signature, signature
from types import CodeType, FunctionType
from typing import Any

from . import dtypes, hooks, rows, tape, watching
from .backend import Writers
from .backward import joined, pull_source, rewrap, wanted
from .compositions import by_torch_names, forms, name_op
from .explain import attribute, explain
from .generated import define
from .inplace import inplace_method, run_out
from .operands import regular, to_dim, to_dim_list, to_dims, to_float, to_sizes
from .rows import OPS, Op, Parameter, result_dtype
from .tape import Node, Output, check_saved, mode, next_number
from .tensor import Tensor, wrap

_CONVERTERS = {"Dim": "to_dim", "Dims": "to_dims", "DimList": "to_dim_list", "Sizes": "to_sizes"}
_REGULAR = {
    "any": "",
    "inexact": " and kind.inexact",
    "floats": " and kind.inexact",
    "accumulates": " and kind.accumulates",
    "numbers": " and kind.category",
}
_RESULT = {
    "same": "kind",
    "bool": "BOOL",
    "int64": "INT64",
    "real": "kind.to_real()",
    "complex": "kind.to_complex()",
    "array": "device.backend.dtype_of(array)",
}


class TensorOps:
    """`k` for rules that run on Tensors: the ops themselves."""

    def __getattr__(self, name: str) -> Callable:
        if name not in OPS:
            raise AttributeError(f"there is no op {name!r}")
        function = OPS[name].function
        self.__dict__[name] = function
        return function


OPS_ON_TENSORS = TensorOps()


# --- Forward ----------------------------------------------------------------------------------------------------------


def forward_source(op: Op, watched: bool = False) -> str:
    """The source of the public function of a row; `watched`: the form that ends in a call of watching.watched."""
    lines = [f"def {op.name}({', '.join(_signature(op))}):", "    try:"]
    lines += [f"        {_prepare(op)}"] if watched and op.autocast else []
    lines += [f"        {line}" for line in _body(op)]
    if watched:
        operands, settings = joined([p.name for p in op.operands]), joined([p.name for p in op.settings])
        lines.append(f"        watched(OP, ({operands}), ({settings}), result)")
    given = joined([f"({p.name!r}, {p.name})" for p in op.parameters])  # locals() would hold the error, in a circle
    lines += ["        return result"]
    lines += ["    except Exception as error:", f"        name_op(error, OP, ({given}))", "        raise"]
    return "\n".join(lines) + "\n"


def _prepare(op: Op) -> str:
    """Let autocast change the operands, unless the call says a dtype itself."""
    says = [*(["out"] if op.out else []), *[p.name for p in op.parameters if p.kind == "Cast"]]
    operands = joined([p.name for p in op.operands])
    condition = f"if {' and '.join([f'{name} is None' for name in says])}: " if says else ""
    return f"{condition}{operands} = prepared(OP, ({operands}))"


def _body(op: Op) -> Iterator[str]:
    """All but the last step, with the result in `result`."""
    operands = [p.name for p in op.operands]
    first = operands[0]
    yield from _checks(op, first)
    for parameter in op.operands:
        yield from _unwrap(op, parameter)
    for parameter in op.settings:
        converter = _CONVERTERS.get(parameter.kind)
        if converter:
            yield f"{parameter.name} = {converter}({parameter.name}, {_ndim(op, first)})"
        elif parameter.kind.startswith("float") and op.takes in ("floats", "inexact"):
            given = f"type({parameter.name}) is not float" + f" and {parameter.name} is not None" * (
                "None" in parameter.kind
            )
            yield f"if {given}: {parameter.name} = to_float({parameter.name!r}, {parameter.name})"
    if not (op.view or op.result == "array"):
        yield "kernels = device.kernels if kind.full else device.short_kernels"
    else:
        yield "kernels = device.kernels"
    yield "try:"
    arguments = ", ".join(_kernel_arguments(op))
    if op.with_slope:
        yield f"    if {first}._node is not None and mode.enabled: array, slope = kernels.{op.with_slope}({arguments})"
        yield f"    else: array = kernels.{op.name}({arguments})"
    else:
        yield f"    array = kernels.{op.name}({arguments})"
    yield "except Exception as error:"
    yield f"    explain(error, OP, ({joined(operands)}), ({joined([p.name for p in op.settings])}))"
    yield "    raise"
    yield from _several(op) if op.several else _one(op)


def _numpy_names(op: Op) -> list[tuple[str, str]]:
    return [(p.name, rows.NUMPY_NAMES[p.name]) for p in op.parameters if p.name in rows.NUMPY_NAMES and op.public]


def _required(op: Op) -> list[str]:
    """The arguments without a default that Python can't ask for, since one may come under NumPy's name."""
    names = [p.name for p in op.parameters]
    first = min([names.index(name) for name, _ in _numpy_names(op)], default=len(names))
    return [p.name for p in op.parameters[first:] if not p.has_default]


def _signature(op: Op) -> Iterator[str]:
    starred = False
    required = _required(op)
    for p in op.parameters:
        if p.keyword_only and not starred:
            starred = True
            yield "*"
        yield f"{p.name}=DEFAULTS[{p.name!r}]" if p.has_default else p.name + "=MISSING" * (p.name in required)
    more = ["out"] * op.out + [name for _, name in _numpy_names(op)]
    if more and not starred:
        yield "*"
    yield from [f"{name}=None" for name in more]


def _missing(op: Op, name: str) -> str:
    return f"{op.name}() missing 1 required positional argument: {name!r}"


def _checks(op: Op, first: str) -> Iterator[str]:
    """Send out= and irregular operands to the cold path."""
    call = ", ".join(
        f"{p.name}={p.name}" if p.keyword_only else p.name for p in op.parameters if p.kind not in ("Cast", "Rare")
    )
    casts = [p.name for p in op.parameters if p.kind == "Cast"]
    names = [p.name for p in op.operands]
    for name, other in _numpy_names(op):
        yield f"if {other} is not None: {name} = {other}"
    for name in _required(op):
        yield f"if {name} is MISSING: raise TypeError({_missing(op, name)!r})"
    if op.out:
        passed = ", ".join(f"{p.name}={p.name}" for p in op.parameters)
        yield f"if out is not None: return run_out(OP, out, {passed})"
    for p in op.parameters:
        if p.kind == "Rare":
            everything = ", ".join(f"{q.name}={q.name}" for q in op.parameters)
            yield f"if {p.name} != {p.default!r}: return RARE({everything})"
    if casts and op.takes == "accumulates":  # sum(dtype=int32) is summed in int64 and then converted
        cast = casts[0]
        yield f"if {cast} is not None and not {cast}.accumulates: return CAST({op.name}({call}, {cast}=INT64), {cast})"
    tests = []
    for p in op.operands:
        tests += _operand_tests(op, p, first)
    tests += [f"{name} is None" for name in casts]
    yield "try:"
    if op.operands[0].kind == "list[Array]":
        yield f"    device, kind = {first}[0].device, {first}[0].dtype"
    else:
        yield f"    device, kind = {first}.device, {first}.dtype"
    for category, name in enumerate(("bool", "integer", "float", "complex")):
        if name in op.refuses:
            tests.append(f"kind.category != {category}")
    yield f"    fine = {' and '.join(tests) or 'True'}{_REGULAR[op.takes]}"
    yield "except (AttributeError, TypeError, IndexError): fine = False"
    yield "if not fine:"
    yield f"    {', '.join(names)}, = regular(OP, ({joined(names)}), {casts[0] if casts else None})"
    yield f"    return {op.name}({call})"


def _operand_tests(op: Op, p: Parameter, first: str) -> list[str]:
    if p.kind == "list[Array]":
        return [f"all([t.dtype is kind and t.device is device for t in {p.name}])"]
    if p.name == first:
        return {"Index": [f"{p.name}.dtype is INT64"], "Mask": [f"{p.name}.dtype is BOOL"]}.get(p.kind, [])
    wanted = {"Index": "INT64", "Index | None": "INT64", "Mask": "BOOL"}.get(p.kind, "kind")
    if op.operands[0].kind in ("Mask", "Index") and wanted == "kind":  # `where(condition, input, other)`
        wanted = f"{next(q.name for q in op.operands if q.kind == 'Array')}.dtype"
    test = f"{p.name}.dtype is {wanted} and {p.name}.device is device"
    return [f"({p.name} is None or {test})" if p.kind.endswith("None") else test]


def _unwrap(op: Op, p: Parameter) -> Iterator[str]:
    name = p.name
    if op.operands[0].kind in ("Mask", "Index") and p is next((q for q in op.operands if q.kind == "Array"), None):
        yield f"kind = {name}.dtype"
    if p.kind == "list[Array]":
        yield f"for tensor in {name}:"
        yield "    if tensor._view is not None: tensor._sync()"
        yield f"{name}_ = [tensor._array for tensor in {name}]"
        return
    stale = f"{name}._view is not None and {name}._writes != {name}._root._writes"
    if p.kind.endswith("None"):
        yield f"if {name} is not None and {stale}: {name}._sync()"
        yield f"{name}_ = None if {name} is None else {name}._array"
    else:
        yield f"if {stale}: {name}._sync()"
        yield f"{name}_ = {name}._array"
        if op.view:
            yield f"if not {name}_.shape: {name}_ = {name}._array = device.backend.writable({name}_)"


def _ndim(op: Op, first: str) -> str:
    return f"len({first}_[0].shape)" if op.operands[0].kind == "list[Array]" else f"len({first}_.shape)"


def _kernel_arguments(op: Op) -> Iterator[str]:
    for p in op.parameters:
        if p.kind not in ("Cast", "Rare"):
            value = f"{p.name}_" if p.is_operand else p.name
            yield f"{p.name}={value}" if p.keyword_only else value


def _one(op: Op) -> Iterator[str]:
    """Make the one result, and its Node."""
    first = op.operands[0].name
    yield "result = new(Tensor)"
    yield "result._array = array"
    yield f"result.dtype = {_RESULT[op.result]}"
    yield "result.device = device"
    if op.view:
        settings = joined([p.name for p in op.settings])
        yield f"result._root = root = {first} if {first}._view is None else {first}._root"
        yield f"result._view = ({first}, OP, ({settings}))"
        yield "result._writes = root._writes"
    else:
        yield "result._view = None"
        yield "result._writes = 0"
    if not op.differentiable:
        yield "result._node = None"
    else:
        yield from _edges(op)
        extra = " and result.dtype.inexact" if op.result == "array" else ""
        yield f"if ({_any_edge(op)}) and mode.enabled{extra}:"
        yield from _record(op, "array")
        yield "    node.shape, node.native = array.shape, array.dtype"
        yield "    node.dtype = result.dtype"
        yield "    result._node = node"
        yield "else:"
        yield "    result._node = None"


def _several(op: Op) -> Iterator[str]:
    """Make several results; each that can have a gradient gets an Output of the one Node."""
    yield "node = None"
    if op.differentiable:
        yield from _edges(op)
        yield f"if ({_any_edge(op)}) and mode.enabled:"
        yield from _record(op, "array")
        yield "    node.shape, node.native, node.dtype = [a.shape for a in array], [a.dtype for a in array], kind"
    first = op.operands[0].name
    view = f"({first}, ({joined([p.name for p in op.settings])}))" if op.view else "None"
    yield f"result = outputs(OP, array, node, kind, device, {view})"


def _edges(op: Op) -> Iterator[str]:
    for p in op.operands:
        if p.kind == "list[Array]":
            yield f"edges_{p.name} = [tensor._node for tensor in {p.name}]"
        elif wanted(op, p):
            yield f"edge_{p.name} = {p.name}._node" + (
                f" if {p.name} is not None else None" if p.kind.endswith("None") else ""
            )


def _any_edge(op: Op) -> str:
    terms = [
        f"any([edge is not None for edge in edges_{p.name}])"
        if p.kind == "list[Array]"
        else f"edge_{p.name} is not None"
        for p in op.operands
        if p.kind == "list[Array]" or wanted(op, p)
    ]
    return " or ".join(terms)


def _record(op: Op, result: str) -> Iterator[str]:
    """Fill the slots of a new Node; indented for the body of an `if`."""
    if op.operands[0].kind == "list[Array]":
        edges = f"tuple(edges_{op.operands[0].name})"
    else:
        edges = f"({joined([f'edge_{p.name}' if wanted(op, p) else 'None' for p in op.operands])})"
    saved, versions = [], []
    for name in op.saves:
        savers = op.savers(name)
        differentiable = [p.name for p in op.operands if wanted(op, p)]
        needed = (
            ""
            if set(differentiable) <= set(savers)
            else " or ".join(f"edge_{s} is not None" for s in savers if s in differentiable)
        )
        saved.append(f"{name} if {needed} else None" if needed else name)
        optional = next(p for p in op.operands if p.name == name).kind.endswith("None")
        versions.append(f"{name}._writes if {name} is not None else 0" if optional else f"{name}._writes")
    shapes = [
        f"[a.shape for a in {n}_]"
        if _is_list(op, n)
        else f"{n}_.shape if {n}_ is not None else None"
        if _is_optional(op, n)
        else f"{n}_.shape"
        for n in op.keeps_shapes
    ]
    yield "    node = new(Node)"
    yield "    node.op = OP"
    yield f"    node.edges = {edges}"
    yield f"    node.saved = ({joined(saved)})"
    yield f"    node.versions = ({joined(versions)})"
    yield f"    node.params = ({joined([*op.keeps, *shapes])})"
    yield f"    node.out = {_kept_of(op, result) if op.saves_out else 'slope' if op.with_slope else None}"
    yield "    node.out_version = 0"
    yield "    node.device = device"
    yield "    node.hooks = None"
    yield "    node.number = next_number()"


def _kept_of(op: Op, result: str) -> str:
    """What a node keeps of the result: of several those that the derivative names, so that the others may be written to."""
    if op.saves_results == op.result_names:
        return result
    return f"({joined([f'{result}[{i}]' if n in op.saves_results else 'None' for i, n in enumerate(op.result_names)])})"


def _is_list(op: Op, name: str) -> bool:
    return any(p.name == name and p.kind == "list[Array]" for p in op.operands)


def _is_optional(op: Op, name: str) -> bool:
    return any(p.name == name and p.kind.endswith("None") for p in op.operands)


def outputs(op: Op, arrays: Any, node: Node | None, kind: Any, device: Any, view: tuple | None) -> Any:
    """The Tensors of an op with several results."""
    kinds = op.result if isinstance(op.result, tuple) else ("same",) * len(arrays)
    results = []
    for index, (array, result_kind) in enumerate(zip(arrays, kinds, strict=True)):
        dtype = result_dtype(result_kind, kind)
        own = Output(node, index, array, dtype) if node is not None and dtype.inexact else None
        result = wrap(array, dtype, device, own)
        if view is not None:
            parent, settings = view
            result._root = parent if parent._view is None else parent._root
            result._view = (parent, op.alone(index), settings)
            result._writes = result._root._writes
        results.append(result)
    return op.pack(results)


# --- Installation -----------------------------------------------------------------------------------------------------


def _first_call(*args: Any, **keywords: Any) -> Any:
    return globals()["COMPLETE"](globals()["OP"])(*args, **keywords)  # those of the function that wears this code


_codes: dict[Op, dict[bool, CodeType]] = {}  # of the functions that were called: row -> watched? -> code


def complete(op: Op) -> Callable:
    """Give a public function its generated code. It wears `_first_call` until then: 200 ops take long to compile."""
    function = op.function
    namespace = function.__globals__
    with watching.lock:
        watched = watching.watching()
        real = define(forward_source(op, watched), op.name, f"{'watched ' if watched else ''}op {op.name}", namespace)
        function.__defaults__, function.__kwdefaults__ = real.__defaults__, real.__kwdefaults__
        function.__code__ = _codes.setdefault(op, {})[watched] = real.__code__
        namespace[op.name] = function
    return function


def exchange(watched: bool) -> None:
    """Let all functions wear the watched or the ordinary form of their code (see watching.py, which holds the lock)."""
    Writers.allow(not watched)
    for op, codes in _codes.items():
        op.function.__code__ = codes.get(watched, _first_call.__code__)


_MISSING = object()  # the default of an argument that must be given
_NAMES = {
    "__name__": __name__,  # where warnings come from
    "BOOL": dtypes.bool, "INT64": dtypes.int64, "MISSING": _MISSING,
    "Node": Node, "Tensor": Tensor, "check_saved": check_saved, "explain": explain,
    "mode": mode, "name_op": name_op, "new": object.__new__, "next_number": next_number, "outputs": outputs, "regular": regular,
    "prepared": watching.prepared, "rewrap": rewrap, "run_out": run_out, "to_dim": to_dim, "to_dim_list": to_dim_list,
    "to_dims": to_dims, "to_float": to_float, "to_sizes": to_sizes, "watched": watching.watched,
}  # fmt: skip


def install(op: Op) -> Callable:
    """Give a row its public function, its methods and its backward; returns the function."""
    if op.family == "composition":
        op.function = _composed(op) if op.public or op.autocast else op.definition
    else:
        defaults = {p.name: p.default for p in op.parameters if p.has_default}
        names = {"OP": op, "CAST": _cast, "RARE": op.rare, "DEFAULTS": defaults}
        op.function = function = FunctionType(_first_call.__code__, {**_NAMES, **names}, op.name)
        function.__qualname__ = op.name  # what Python says about arguments that don't fit the signature
        function.__doc__ = op.definition.__doc__
        function.__module__ = op.definition.__module__
        function.__annotations__ = {k: v for k, v in op.definition.__annotations__.items() if k != "k"}
        function.__signature__ = _python_signature(op)
    if op.method:
        setattr(Tensor, op.name, op.function)
    if op.inplace:
        setattr(Tensor, f"{op.name}_", inplace_method(op))
    return op.function


def _composed(op: Op) -> Callable:
    """A composition as users call it: operands that aren't Tensors are refused, and out= is served if it doesn't do so itself."""
    serves_out = op.out and "out" not in [p.name for p in op.parameters]
    function, prepared = forms(op, op.definition, serves_out)
    wraps(op.definition)(function)
    if serves_out:
        function.__signature__ = _python_signature(op)  # type: ignore[attr-defined]
    if op.autocast:
        with watching.lock:
            _codes[op] = {False: function.__code__, True: prepared.__code__}
            function.__code__ = _codes[op][watching.watching()]
    return function


def named_in_errors(name: str, function: Callable) -> Callable:
    """A public function that is no row, with errors that name it."""

    @wraps(function)
    def call(*arguments: Any, **settings: Any) -> Any:
        try:
            return function(*arguments, **settings)
        except Exception as error:
            renamed = by_torch_names(error, [*signature(function).parameters], settings)
            if renamed is not None:
                return call(*arguments, **renamed)
            attribute(error, (name,), [*(("", value) for value in arguments), *settings.items()])
            raise

    return call


def compile_pull(op: Op, on_tensors: bool) -> Callable:
    """A row's backward, compiled when it is first needed."""
    label = f"derivative of {op.name}" + (" on tensors" if on_tensors else "")
    namespace = {**_NAMES, "OP": op, "RULES": op.rules, "GRAD": op.grad}
    return define(pull_source(op, on_tensors), f"pull_{op.name}", label, namespace)


def _cast(tensor: Tensor, dtype: Any) -> Tensor:
    return OPS["cast"].function(tensor, dtype)


def _python_signature(op: Op) -> Signature:
    """What `help` shows."""
    kinds = (SignatureParameter.POSITIONAL_OR_KEYWORD, SignatureParameter.KEYWORD_ONLY)
    parameters = [
        SignatureParameter(
            p.name, kinds[p.keyword_only], default=p.default if p.has_default else SignatureParameter.empty
        )
        for p in op.parameters
    ]
    if op.out:
        parameters.append(SignatureParameter("out", SignatureParameter.KEYWORD_ONLY, default=None))
    return Signature(parameters, __validate_parameters__=False)


_NAMES["COMPLETE"] = complete
rows._install, rows._compile_pull = install, compile_pull
tape.wrap, tape.ops_on_tensors = wrap, OPS_ON_TENSORS
hooks.wrap = wrap
watching.exchange = exchange
