"""One step of a walk back: what `autograd.steps` yields, and how it prints."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

from minitorch.autograd.function import FunctionCtx
from minitorch.autograd.places import place_of
from minitorch.autograd.saved import unpacked
from minitorch.errors import message
from minitorch.rows import Op, arguments_of, result_dtype
from minitorch.tape import Leaf
from minitorch.tensor import Tensor, wrap

SHOWN = 8  # elements of a tensor; of larger ones shape, dtype and range are told
RULE = 60  # letters of a derivative; a longer one gets lines of its own


class Step:
    """A node whose turn it is on the way back, with the gradients that arrive at it and that leave it.

    node, op         the tape's node, and the row (or other op) that it is an application of; None for a leaf
    name, shape      `MulBackward0`, and the shape of its result (of its results, if there are several)
    formula          what the op computes, from its row; "" where there is no row
    operands         the names of its arguments that are tensors
    derivatives      by operand: the gradient in terms of `g`, or the partial derivative that it is multiplied by
    incoming         the gradient of the result (a tuple, with None where one didn't come, if there are several)
    outgoing         a list of gradients, one for each operand; None where none is wanted
    saved, settings  what the op kept for this: tensors by name, and other arguments by name
    source, module   the line that called the op and the module that it ran in, where `recording_lines` recorded them

    Assigning to `incoming` computes `outgoing` anew; what `outgoing` holds at the end of the loop body flows on.
    """

    def __init__(self, node: Any, gradient: Any, pull: Callable[[Any], list]):
        leaf = type(node) is Leaf
        self.node, self.op = node, (None if leaf else _op_of(node))
        self.name: str = node.name()
        self.operands: tuple[str, ...] = () if leaf else _operands(node)
        self.saved: dict[str, Tensor] = {} if leaf else dict(_saved(node))
        self.settings: dict[str, Any] = _settings(node)
        self._several = isinstance(gradient, list)
        kinds = _results(node) if self._several else ()
        self.shape = tuple([shape for shape, _ in kinds]) if self._several else tuple(node.shape)
        self.source, self.module = _place(node)
        self._dtypes = tuple([dtype for _, dtype in kinds]) if self._several else (node.dtype,)
        self._shapes = self.shape if self._several else (self.shape,)
        arrays = gradient if self._several else [gradient]
        self._incoming: list[Tensor | None] = [
            None if array is None else wrap(array, dtype, node.device, None)
            for array, dtype in zip(arrays, self._dtypes, strict=True)
        ]
        self._pull = pull
        self._outgoing: list[Tensor | None] = []
        self._pulled_from: tuple | None = None

    # --- Gradients ----------------------------------------------------------------------------------------------------

    @property
    def incoming(self) -> Any:
        return tuple(self._incoming) if self._several else self._incoming[0]

    @incoming.setter
    def incoming(self, value: Any) -> None:
        values = list(value) if self._several else [value]
        if len(values) != len(self._incoming):
            raise ValueError(f"{self.name} has {len(self._incoming)} results, got {len(values)} gradients for them")
        for number, (one, shape, dtype) in enumerate(zip(values, self._shapes, self._dtypes, strict=True)):
            self._check(f"incoming[{number}]" if self._several else "incoming", one, shape, dtype, self._several)
        self._incoming, self._pulled_from = values, None

    @property
    def outgoing(self) -> list[Tensor | None]:
        state = tuple([None if one is None else one._version for one in self._incoming])  # counts writes
        if state != self._pulled_from:
            self._pulled_from = state
            self._outgoing = [
                None if array is None else wrap(array, edge.dtype, edge.device, None)
                for array, edge in zip(self._pull(self.arriving()), self.node.edges, strict=True)
            ]
        return self._outgoing

    def arriving(self) -> Any:
        """The array of `incoming` (a list of them for several results), for the walk."""
        arrays = [None if one is None else one._array for one in self._incoming]
        return arrays if self._several else arrays[0]

    def leaving(self) -> list:
        """The arrays of `outgoing`, checked, since they may have been assigned."""
        gradients = self.outgoing
        if len(gradients) != len(self.node.edges):
            raise ValueError(f"{self.name} has {len(self.node.edges)} operands, got {len(gradients)} gradients")
        for number, (one, edge) in enumerate(zip(gradients, self.node.edges, strict=True)):
            if one is not None:
                wanted = (None, None) if edge is None else (tuple(edge.shape), edge.dtype)
                self._check(f"outgoing[{number}]", one, *wanted, True)
        return [None if one is None else one._array for one in gradients]

    def _check(self, what: str, value: Any, shape: Any, dtype: Any, optional: bool) -> None:
        """Refuse a gradient that the walk couldn't go on with."""
        if value is None and optional:
            return
        found = f"{list(value.shape)} {value.dtype!r}" if isinstance(value, Tensor) else type(value).__name__
        if shape is None:
            expected = "None, since that operand wants no gradient"
        else:
            expected = f"a Tensor {list(shape)} {dtype!r}"
        if found != expected.removeprefix("a Tensor "):
            raise ValueError(message(f"step.{what} of {self.name}", expected=expected, got=found))

    # --- Words --------------------------------------------------------------------------------------------------------

    @property
    def formula(self) -> str:
        return self.op.formula if isinstance(self.op, Op) else ""

    @property
    def derivatives(self) -> dict[str, str]:
        """By operand that wants a gradient, what its rule says."""
        if not isinstance(self.op, Op):
            return {}
        listed = self.op.operands[0].kind == "list[Array]"
        return {
            name: self.op.derivative(self.op.operands[0].name if listed else name)
            for name, edge in zip(self.operands, self.node.edges, strict=True)
            if edge is not None
        }

    def _rule(self, name: str) -> str:
        """The gradient of an operand in terms of `g`."""
        text = self.derivatives.get(name, "")
        if not text or self.op is None or self.op.maps(name):
            return text
        if "\n" in text:
            return f"g * partial\npartial = {text}"
        if text in ("1", "-1"):
            return text.replace("1", "g")
        if self.node.dtype.is_complex:
            return f"g * conj({text})"
        whole = isinstance(ast.parse(text, mode="eval").body, ast.Name | ast.Call | ast.Constant)
        return f"g * {text}" if whole else f"g * ({text})"

    def _lines(self) -> Iterator[tuple[str, str]]:
        """What to print: label and text."""
        facts = {"formula": self.formula, "source": self.source, "module": self.module}
        yield from ((label, text) for label, text in facts.items() if text)
        if self.settings:
            yield "with", ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        yield from (("saved", f"{name}: {brief(tensor)}") for name, tensor in self.saved.items())
        yield from (("incoming", brief(one)) for one in self._incoming)
        for name, gradient in zip(self.operands, self.outgoing, strict=True):
            if gradient is None:
                yield "outgoing", f"{name}: none is wanted"
            else:
                rule = self._rule(name)
                if not rule or (len(rule) <= RULE and "\n" not in rule):
                    yield "outgoing", f"{name}: {rule}{' = ' if rule else ''}{brief(gradient)}"
                else:
                    yield "outgoing", f"{name}: {brief(gradient)}\n  = " + rule.replace("\n", "\n    ")

    @property
    def _title(self) -> str:
        if self._several:
            return f"{self.name}, results of shapes {', '.join(str(list(shape)) for shape in self.shape)}"
        return f"{self.name}, {'leaf' if self.op is None else 'result'} of shape {list(self.shape)}"

    def __repr__(self) -> str:
        lines, before = [self._title], ""
        for label, text in self._lines():
            first, *others = text.split("\n")
            lines.append(f"  {'' if label == before else label:<8}  {first}")
            lines += [f"{'':<12}{line}" for line in others]
            before = label
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """A table with the same lines."""
        rows, before = [], ""
        for label, text in self._lines():
            shown = escape(text).replace("\n", "<br>")
            rows.append(
                f"<tr><th style='text-align:left'>{'' if label == before else label}</th>"
                f"<td style='text-align:left'><code style='white-space:pre-wrap'>{shown}</code></td></tr>"
            )
            before = label
        return f"<table><caption><b>{escape(self._title)}</b></caption>{''.join(rows)}</table>"


def brief(tensor: Tensor | None) -> str:
    """A tensor in a line."""
    if tensor is None:
        return "none came"
    if tensor.numel() <= SHOWN:
        return " ".join(repr(tensor.detach()).split()).replace("[ ", "[")
    values = tensor.detach()
    values = values.abs() if tensor.dtype.is_complex else values
    low, high = values.min().item(), values.max().item()
    of = "absolute values" if tensor.dtype.is_complex else "values"
    return f"{list(tensor.shape)} {tensor.dtype!r}, {of} from {low:.4g} to {high:.4g}"


def alone(array: Any, like: Any) -> Any:
    """A copy that nobody else holds, laid out alike: so that sums round as they do in backward."""
    return like.device.kernels.clone(array)


# --- What a node knows ------------------------------------------------------------------------------------------------


def _op_of(node: Any) -> Any:
    """The row or other op of a node, also where saved-tensor hooks put another in its place."""
    return getattr(node.op, "row", node.op)


def _operands(node: Any) -> tuple[str, ...]:
    """A name for each edge of a node."""
    op, count = _op_of(node), len(node.edges)
    names: Sequence[str] = ()
    if isinstance(op, Op):
        first = op.operands[0]
        listed = first.kind == "list[Array]"
        names = [f"{first.name}[{i}]" for i in range(count)] if listed else [p.name for p in op.operands]
    elif hasattr(op, "function"):  # of autograd.Function
        names = [name for name in arguments_of(op.function.forward) if name != "ctx"]
    return tuple(names if len(names) == count else [f"operand {i}" for i in range(count)])


def _saved(node: Any) -> Iterator[tuple[str, Tensor]]:
    """The tensors that a node keeps, by name."""
    for name, value in zip(node.op.saves, node.saved or (), strict=False):
        if value is not None:
            yield name, unpacked(value)
    out = _saved_result(node)
    if isinstance(out, tuple):
        yield from ((f"out[{number}]", part) for number, part in enumerate(out) if part is not None)
    elif out is not None:
        yield "out", out
    for kept in node.saved or ():
        if isinstance(kept, FunctionCtx):
            yield from ((f"saved[{i}]", unpacked(tensor)) for i, tensor in enumerate(kept._saved) if tensor is not None)


def _saved_result(node: Any) -> Any:
    """The result as a node keeps it: a Tensor, or a tuple of them."""
    if node.saved and not isinstance(node.op, Op) and isinstance(_op_of(node), Op):  # packed by a hook
        return unpacked(node.saved[-1])
    if not node.op.saves_out or node.out is None:
        return None
    if not node.op.several:
        return wrap(node.out, node.dtype, node.device, None)
    kinds = zip(node.out, _results(node), strict=True)
    return tuple([None if array is None else wrap(array, dtype, node.device, None) for array, (_, dtype) in kinds])


def _place(node: Any) -> tuple[str | None, str | None]:
    """The line of the forward call and the module that it ran in, as far as they are known."""
    place = place_of(node)
    if place is None or not place.filename:
        return None, None
    return str(place), place.module_path or None


def _settings(node: Any) -> dict[str, Any]:
    if type(node) is Leaf or not isinstance(_op_of(node), Op):
        return {}
    op = _op_of(node)
    kept = [*op.keeps, *[f"{name}_shape" for name in op.keeps_shapes]]
    return dict(zip(kept, node.params, strict=True))


def _results(node: Any) -> list[tuple[tuple[int, ...], Any]]:
    """Shape and dtype of each of several results."""
    op = _op_of(node)
    if not isinstance(op, Op):
        likes = getattr(op, "likes", None) or op.kinds
        return [((), None) if like is None else like[:2] for like in likes]
    kinds = op.result if isinstance(op.result, tuple) else ("same",) * len(node.shape)
    return [(tuple(shape), result_dtype(kind, node.dtype)) for kind, shape in zip(kinds, node.shape, strict=True)]
