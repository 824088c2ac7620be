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
            lines += [f"    {line}" for line in _pull_one(op, p.name)]
        parts = [f"grad_{p.name}" if p in differentiable else "None" for p in op.operands]
        lines.append(f"    return ({joined(parts)})")
    return "\n".join(lines) + "\n"


def _pull_one(op: Op, name: str) -> Iterator[str]:
    rule = op.rules[name]
    yield f"if edge_{name} is None: grad_{name} = None"
    if not callable(rule):
        constant = {1: "g", -1: "-g"}.get(rule, f"g * {rule!r}")
        yield f"else: grad_{name} = {constant}"
        return
    call = f"RULES[{name!r}]({', '.join(op.reads[name])})"
    yield "else:"
    if op.family == "elementwise":
        yield f"    partial = {call}"
        yield "    if node.dtype.category == 3 and hasattr(partial, 'shape'): partial = k.conj(partial)"
        yield f"    grad_{name} = g * partial"
    else:
        yield f"    grad_{name} = {call}"


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
