"""The generated backward of a row: from the gradient of its result to those of its operands.

`print(minitorch.backward.pull_source(OPS["mul"], False))` shows one. The same template makes the form that runs on Tensors
for `create_graph=True`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .rows import Op, Parameter, arguments_of, result_dtype
from .tape import Node, Output


def pull_source(op: Op, on_tensors: bool) -> str:
    """The source of a node's backward: from the gradient of its result to those of its operands."""
    lines = [f"def pull_{op.name}(node, g, k{', wrap' if on_tensors else ''}):"]
    if op.saves or op.saves_out:
        lines.append("    if node.saved is None or node.out_version: check_saved(node)")
    differentiable = [p for p in op.operands if wanted(op, p)]
    if op.operands[0].kind == "list[Array]":
        lines.append("    edges = node.edges")
    else:
        names = [f"edge_{p.name}" if p in differentiable else "_" for p in op.operands]
        lines.append(f"    {joined(names)} = node.edges")
    if op.saves:
        lines.append(f"    {joined(list(op.saves))} = node.saved")
        lines.append(f"    {joined([f'version_{name}' for name in op.saves])} = node.versions")
    for name in op.saves:
        current = f"({name} if {name}._view is None else {name}._root)._writes"
        lines.append(f"    if {name} is not None:")
        lines.append(f"        if {current} != version_{name}: check_saved(node)")
        if not on_tensors:
            lines.append(f"        {name} = {name}._array")
    kept = [*op.keeps, *(f"{name}_shape" for name in op.keeps_shapes)]
    if kept:
        lines.append(f"    {joined(kept)} = node.params")
    if op.saves_out:
        lines.append("    out = rewrap(node, wrap)" if on_tensors else "    out = node.out")
    if op.saves_results:
        lines.append(f"    {joined([name if name in op.saves_results else '_' for name in op.result_names])} = out")
    if op.grad is not None:
        if "needs" in arguments_of(op.grad):
            lines.append("    needs = [edge is not None for edge in node.edges]")
        lines.append(f"    return GRAD({', '.join(arguments_of(op.grad))})")
    else:
        for p in differentiable:
            found = bool(op.with_slope) and not on_tensors and p is op.operands[0]
            lines += [f"    {line}" for line in _pull_one(op, p.name, found)]
        parts = [f"grad_{p.name}" if p in differentiable else "None" for p in op.operands]
        lines.append(f"    return ({joined(parts)})")
    return "\n".join(lines) + "\n"


def _pull_one(op: Op, name: str, found: bool) -> Iterator[str]:
    """The lines for one operand; `found`: the node may have the partial derivative already."""
    rule = op.rules[name]
    yield f"if edge_{name} is None: grad_{name} = None"
    if not callable(rule):
        constant = {0: "k.full_like(g, 0)", 1: "g", -1: "-g"}.get(rule, f"g * {rule!r}")  # g * 0 is nan where g is inf
        yield f"else: grad_{name} = {constant}"
        return
    call = _call(op, name, "g")
    yield "else:"
    may_be_complex = op.family == "elementwise" and "complex" not in op.refuses
    if op.maps(name):
        if may_be_complex:  # g * conj(partial) is the conjugate of conj(g) * partial
            yield f"    grad_{name} = k.conj({_call(op, name, 'k.conj(g)')}) if node.dtype.category == 3 else {call}"
        else:
            yield f"    grad_{name} = {call}"
    else:
        yield f"    partial = {f'node.out if node.out is not None else {call}' if found else call}"
        if may_be_complex:
            yield "    if node.dtype.category == 3 and hasattr(partial, 'shape'): partial = k.conj(partial)"
        yield f"    grad_{name} = g * partial"


def _call(op: Op, name: str, gradient: str) -> str:
    return f"RULES[{name!r}]({', '.join([gradient if read == 'g' else read for read in op.reads[name]])})"


def rewrap(node: Node, wrap: Callable) -> Any:
    """The saved result as a Tensor (or several) on the tape; not kept as one, since that would be a reference cycle."""
    if not node.op.several:
        return wrap(node.out, node.dtype, node.device, node)
    kinds = node.op.result if isinstance(node.op.result, tuple) else ("same",) * len(node.out)
    tensors = []
    for index, (array, result_kind) in enumerate(zip(node.out, kinds, strict=True)):
        if array is None:  # no derivative reads it
            tensors.append(None)
            continue
        dtype = result_dtype(result_kind, node.dtype)
        tensors.append(wrap(array, dtype, node.device, Output(node, index, array, dtype) if dtype.inexact else None))
    return tensors


def wanted(op: Op, p: Parameter) -> bool:
    return (op.grad is not None or p.name in op.rules) and not p.kind.startswith(("Index", "Mask"))


def joined(parts: list[str]) -> str:
    return "".join(f"{part}, " for part in parts)
