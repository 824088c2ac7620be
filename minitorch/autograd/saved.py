"""What nodes keep for their derivatives: seen by name (`grad_fn._saved_self`), and packed by hooks while it waits.

A row's node keeps Tensors in `saved`, and its result's array in `out`. Under saved-tensor hooks each of them becomes a Slot, and
the node's op is replaced by a _Packed, which unpacks the slots whenever the derivative runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from minitorch import tape, watching
from minitorch.autograd.places import node_of
from minitorch.backward import rewrap
from minitorch.rows import Op
from minitorch.tape import Node, Output, check_saved, mode
from minitorch.tensor import Tensor, wrap

__all__ = ["Slot", "pack", "saved_tensors_hooks"]


class _Hooks(threading.local):
    stack: tuple[tuple[Callable, Callable], ...] = ()
    refusal: str | None = None  # what disable_saved_tensors_hooks says to those who try


hooks = _Hooks()


class saved_tensors_hooks:
    """Pack what is saved for backward inside the block: `pack_hook(tensor)` gives any object, `unpack_hook(object)` the tensor.

    Of blocks in blocks the innermost serves. Hooks run without recording, and must not write into the tensor.

    >>> import minitorch
    >>> x = minitorch.tensor([2.0, 3.0], requires_grad=True)
    >>> with minitorch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(force=True), minitorch.from_numpy):
    ...     y = x.exp()
    >>> y.sum().backward()
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]):
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if hooks.refusal is not None:
            raise RuntimeError(hooks.refusal)
        if not hooks.stack:
            watching.begin(_pack_node)
        hooks.stack += ((self.pack_hook, self.unpack_hook),)

    def __exit__(self, *raised: object) -> None:
        hooks.stack = hooks.stack[:-1]
        if not hooks.stack:
            watching.end(_pack_node)


class Slot:
    """One packed tensor, and its place on the tape."""

    __slots__ = ("edge", "packed", "unpack_hook")

    def __init__(self, tensor: Tensor, edge: Any, pack_hook: Callable, unpack_hook: Callable):
        self.edge, self.unpack_hook = edge, unpack_hook
        before, version = mode.enabled, tensor._version
        mode.enabled = False
        try:
            self.packed = pack_hook(tensor)
        finally:
            mode.enabled = before
        if tensor._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
                "modified by in-place operations as this can lead to unexpected side-effects. Write to a clone() in the hook."
            )

    def unpack(self) -> Tensor:
        """The tensor again, on its old place of the tape."""
        before, mode.enabled = mode.enabled, False
        try:
            tensor = self.unpack_hook(self.packed)
        finally:
            mode.enabled = before
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(tensor).__name__}"
            )
        if tensor._view is not None:
            tensor._sync()
        if tensor._node is self.edge:
            return tensor
        return wrap(tensor._array, tensor.dtype, tensor.device, self.edge)


def pack(tensor: Tensor) -> Tensor | Slot:
    """The tensor as the hooks that are in force keep it; itself where there are none."""
    return Slot(tensor, tensor._node, *hooks.stack[-1]) if hooks.stack else tensor


# --- Nodes ------------------------------------------------------------------------------------------------------------


class _Packed:
    """The op of a node that keeps slots: the row, but for its derivative, which needs them unpacked first.

    The node's `saved` then holds what was saved of the operands and, last, of the result; its `out` stays empty.
    """

    saves_out = False  # as far as writes in place go: what is packed doesn't see them

    def __init__(self, row: Op):
        self.row = row
        self.lock = threading.Lock()  # two threads may walk back through one node

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    def pull(self, node: Node, g: Any, k: Any) -> Any:
        return self._unpacked(node, lambda: self.row.pull(node, g, k))

    def pull_tensors(self, node: Node, g: Any, k: Any, wrap: Callable) -> Any:
        return self._unpacked(node, lambda: self.row.pull_tensors(node, g, k, wrap))

    def _unpacked(self, node: Node, pull: Callable[[], Any]) -> Any:
        kept, versions = node.saved, node.versions
        if kept is None:
            check_saved(node)
        *operands, out = [unpacked(value) for value in kept]  # before the lock: these are the user's functions
        now = [
            tensor._version if isinstance(value, Slot) else version
            for tensor, value, version in zip(operands, kept[:-1], versions, strict=True)
        ]
        with self.lock:
            node.saved, node.versions, node.out = tuple(operands), tuple(now), _arrays(out)
            try:
                return pull()
            finally:
                node.saved, node.versions, node.out = kept, versions, None


def unpacked(value: Any) -> Any:
    """What a slot, or several results' slots, hold; anything else as it is."""
    if type(value) is tuple:
        return tuple([unpacked(part) for part in value])
    return value.unpack() if isinstance(value, Slot) else value


def _arrays(out: Any) -> Any:
    if type(out) is tuple:
        return tuple([_arrays(part) for part in out])
    return None if out is None else out._array


def _opened(node: Node) -> None:
    """Give a node the form in which it can keep slots."""
    if isinstance(node.op, _Packed):
        return
    node.saved = (*node.saved, _result_of(node))
    node.out, node.op = None, _Packed(node.op)


def _result_of(node: Node) -> Any:
    """The saved result as Tensors that hang nowhere: a node that held its own result would be a circle."""
    if node.out is None or not node.op.saves_out:
        return None
    return tuple(rewrap(node, _bare)) if node.op.several else rewrap(node, _bare)


def _bare(array: Any, dtype: Any, device: Any, node: Any) -> Tensor:
    return wrap(array, dtype, device, None)


def _pack_node(op: Any, operands: Sequence, settings: Sequence, result: Any) -> None:
    """Observe an op: pack what its node saved."""
    node = node_of(result) if isinstance(op, Op) else None  # a Function's ctx sees to it itself
    if node is None or not hooks.stack or not (node.saved or node.out is not None):
        return
    _opened(node)
    given = hooks.stack[-1]
    *saved, out = node.saved
    node.saved = (*[_slot(tensor, given) for tensor in saved], _slot(out, given))


def _slot(value: Any, given: tuple[Callable, Callable]) -> Any:
    if type(value) is tuple:
        return tuple([_slot(part, given) for part in value])
    return None if value is None else Slot(value, value._node, *given)


# --- By name ----------------------------------------------------------------------------------------------------------


def names_of(node: Node) -> dict[str, tuple[str, Any]]:
    """What a node keeps, under PyTorch's names: `self` for the first operand, `result` for the result.

    A name leads to ("saved", which), ("out", which of several) or ("params", which).
    """
    op, found = node.op, {}
    first = op.operands[0].name
    for index, name in enumerate(op.saves):
        found["self" if name == first else name] = ("saved", index)
    if getattr(op, "row", op).saves_out:
        row = getattr(op, "row", op)
        kept = enumerate(row.result_names or ["result"])
        found |= {name: ("out", index) for index, name in kept if not row.several or name in row.saves_results}
    for index, name in enumerate((*op.keeps, *[f"{name}_sym_sizes" for name in op.keeps_shapes])):
        found[name.replace(f"{first}_sym", "self_sym")] = ("params", index)
    return found


def _attribute(node: Node, name: str) -> Any:
    """`node._saved_<name>` and `node._raw_saved_<name>`; of a Function's node whatever its ctx has."""
    if not hasattr(node.op, "operands"):
        if node.op.several and not name.startswith("__") and (node.saved or node.saved is None):
            if node.saved is None:
                check_saved(node)
            return getattr(node.saved[0], name)
        raise AttributeError(_no_attribute(node, name))
    raw = name.startswith("_raw_saved_")
    short = name.removeprefix("_raw_saved_" if raw else "_saved_")
    names = names_of(node) if short != name else {}
    if short not in names:
        raise AttributeError(_no_attribute(node, name, [f"_saved_{one}" for one in names]))
    if raw and names[short][0] == "params":
        raise AttributeError(_no_attribute(node, name))
    return SavedTensor(node, *names[short]) if raw else _value(node, *names[short])


def _no_attribute(node: Node, name: str, names: Sequence[str] = ()) -> str:
    there = f"; it has {', '.join(names)}" if names else ""
    return f"'{node.name()}' object has no attribute '{name}'{there}"


def _value(node: Node, kind: str, index: int) -> Any:
    if kind == "params":
        return node.params[index]
    if node.saved is None or (node.out_version and kind == "out"):
        check_saved(node)
    packed = isinstance(node.op, _Packed)
    if kind == "saved":
        value = unpacked(node.saved[index])
        if value is node.saved[index] and value is not None and value._version != node.versions[index]:
            check_saved(node)
        return value
    if not packed:
        found = rewrap(node, wrap)
        return found[index] if node.op.several else found
    value = node.saved[-1][index] if node.op.several else node.saved[-1]
    value = unpacked(value)
    edge = Output(node, index, value._array, value.dtype) if node.op.several else node
    return wrap(value._array, value.dtype, value.device, edge if value.dtype.inexact else None)


class SavedTensor:
    """One value that a node keeps, for hooks of its own."""

    def __init__(self, node: Node, kind: str, index: int):
        self._node, self._kind, self._index = node, kind, index

    def register_hooks(self, pack_hook: Callable, unpack_hook: Callable) -> None:
        """Pack this value, at once; it is unpacked whenever it is needed."""
        node = self._node
        if node.saved is None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are "
                "freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through "
                "the graph a second time or if you need to access saved tensors after calling backward."
            )
        _opened(node)
        *saved, out = node.saved
        place, index = (saved, self._index) if self._kind == "saved" else ([out], 0)
        several = type(place[index]) is tuple
        value = place[index][self._index] if several else place[index]
        if value is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        if isinstance(value, Slot):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is "
                "allowed at a time."
            )
        slot = Slot(value, value._node, pack_hook, unpack_hook)
        if several:
            slot = (*place[index][: self._index], slot, *place[index][self._index + 1 :])
        place[index] = slot
        node.saved = (*(place if place is saved else saved), out if place is saved else place[0])


tape.saved_attribute = _attribute
