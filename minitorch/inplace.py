"""Writing into memory that exists: in-place forms, `out=`, and writes through views.

`x.op_()` is the op itself, then one `write` of its result into x's memory:

    not a view   x's values are overwritten, its version counts one up, and its node becomes the result's
    a view       the root's values change; the root's node becomes a `write` node, whose derivative is the view's own forward
                 (for what was written) and a hole of zeros (for what was there); other views renew their nodes at next use

Without a tape, a backend's kernel may write straight into the memory (`kernel_into`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from . import dtypes, tape, watching
from .errors import DTypeMismatch, ShapeMismatch, message
from .explain import broadcast_shape
from .operands import constant, regular
from .rows import OPS, Op
from .tape import Leaf, Node, Output, mode, new_node
from .tensor import Tensor, wrap

# --- In place ---------------------------------------------------------------------------------------------------------


def run_inplace(op: Op, target: Tensor, operands: Sequence[Any], keywords: dict[str, Any]) -> Tensor:
    """target.op_(*operands): compute the op and write its result into the target's memory."""
    if target._view is not None:
        target._sync()
    tensors = [value for value in (*operands, *keywords.values()) if isinstance(value, Tensor)]
    recorded = mode.enabled and (
        target._node is not None or _views_leaf(target) or any(tensor.requires_grad for tensor in tensors)
    )
    if recorded:
        check_writable(f"{op.name}_", target)
    elif _straight_into(op, target, operands, keywords):
        _count_write(target)
        return target
    source = target
    if recorded and (op.family == "composition" or op.operands[0].name in op.saves):
        source = _snapshot(target)
    result = _into(op, source, *operands, **keywords)
    write(f"{op.name}_", target, result)
    return target


def _into(op: Op, *arguments: Any, **settings: Any) -> Any:
    """The op, for a target that has its dtype already: autocast has no say."""
    if not (op.autocast and watching.watching()):
        return op.function(*arguments, **settings)
    with watching.unprepared():
        return op.function(*arguments, **settings)


def check_writable(name: str, target: Tensor) -> None:
    """Refuse what the tape could not undo: a leaf that requires grad, and views of one."""
    if type(target._node) is Leaf or _views_leaf(target):
        what = (
            "a leaf Variable that requires grad"
            if target._view is None
            else "a view of a leaf Variable that requires grad"
        )
        raise RuntimeError(
            message(
                f"{what} is being used in an in-place operation: {name}()",
                where=f"{name}() on a tensor of shape {list(target.shape)}",
                expected="a computed tensor, or a leaf without requires_grad",
                got=what,
                hint="write inside `with minitorch.no_grad():`, or use the form without the trailing underscore",
            )
        )
    view = target
    while view._view is not None and view._view[1] is not None and not isinstance(view._node, Output):
        view = view._view[0]
    end = view._node
    if view._view is not None and isinstance(end, Output) and end.index not in getattr(end.node.op, "written", ()):
        raise RuntimeError(
            message(
                f"Output {end.index} of {end.node.name()} is a view and is being modified inplace by {name}()",
                where=f"{name}() on one of several views that one op gave",
                expected="a view that was made alone, such as x[0] or x.narrow(...)",
                hint="use the form without the trailing underscore, or make the view alone",
            )
        )


def _stem(view: Tensor) -> Tensor:
    """The tensor on whose place of the tape a view hangs.

    It is the root of the memory, or a tensor in between that was detached: its memory is the root's, its gradients are its own.
    """
    while view._view is not None and view._view[1] is not None:
        view = view._view[0]
    return view


def _views_leaf(view: Tensor) -> bool:
    """Is it a view of a leaf that requires grad, perhaps since after the view was made?"""
    stem = _stem(view)
    return stem is not view and type(stem._node) is Leaf


def _straight_into(op: Op, target: Tensor, operands: Sequence[Any], keywords: dict[str, Any]) -> bool:
    """Let the kernel write into the target's memory if it can and nothing needs converting; says whether it did."""
    kernel = target.device.writers[op.name]
    if kernel is None or keywords or op.family == "composition" or len(operands) + 1 != len(op.operands):
        return False
    arguments = regular(op, (target, *operands), None)
    if arguments[0] is not target or op.result != "same" or not target._array.shape:
        return False
    for tensor in arguments:
        if tensor._view is not None:
            tensor._sync()
    arrays = [tensor._array for tensor in arguments]
    _copy_results(target)
    try:
        kernel(*arrays, out=target._array)
    except Exception:  # the long way can do it, as where the memory isn't writable yet, or says why not
        return False
    return True


def _wrong_shape(name: str, target: Tensor, shape: Sequence[int]) -> str:
    return message(
        f"{name}(): output with shape {list(target.shape)} doesn't match the broadcast shape {list(shape)}",
        expected=f"values that broadcast to {list(target.shape)}",
        got=f"values of shape {list(shape)}",
        hint="an in-place op can't grow its tensor; use the form without the trailing underscore",
    )


def _refuse_overlap(name: str, target: Tensor, error: Exception | None = None) -> None:
    strides = target.stride()
    if target.numel() and any(
        stride == 0 and size > 1 for stride, size in zip(strides, target._array.shape, strict=True)
    ):
        raise RuntimeError(
            f"{name}(): unsupported operation: more than one element of the written-to tensor refers to a single memory location "
            "(it was expanded). Please clone() the tensor before performing the operation."
        ) from error


def _snapshot(target: Tensor) -> Tensor:
    """The target as it was before the write, on the same place of the tape: the derivative reads the old values."""
    return wrap(target.device.kernels.clone(target._array), target.dtype, target.device, target._node)


def write(name: str, target: Tensor, result: Tensor) -> Tensor:
    """Put `result` (broadcast and converted) into the target's memory, and say so on the tape."""
    transformed = result.device is not target.device and result.device.backend.inner is not None
    if transformed and not result.device.backend.adopt(target):
        raise RuntimeError(_from_a_transform(name, target))
    if tuple(result._array.shape) != tuple(target._array.shape):
        if broadcast_shape([result.shape, target.shape]) != tuple(target.shape):
            raise ShapeMismatch(_wrong_shape(name, target, result.shape))
        result = OPS["expand"].function(result, target.shape)
    if result.dtype is not target.dtype:
        if not dtypes.can_cast(result.dtype, target.dtype):
            raise DTypeMismatch(
                f"{name}(): result type {result.dtype!r} can't be cast to the desired output type {target.dtype!r}; "
                "use the form without the trailing underscore, or convert first"
            )
        result = OPS["cast"].function(result, target.dtype)
    write_array(name, target, result._array)
    if mode.enabled:
        _rebase(target, result)
    return target


def _from_a_transform(name: str, target: Tensor) -> str:
    return message(
        f"{name}(): a tensor that a transform (of minitorch.func or forward_ad) knows nothing of can't take up values that it "
        "follows: derivatives or slices would be lost",
        where=f"{name}() on a tensor of shape {list(target.shape)}",
        expected="a tensor that was computed from the function's arguments",
        got="one made otherwise, such as zeros(...), or from outside of the function",
        hint="make the tensor from an argument, x.new_zeros(...), or use the form without the trailing underscore, or stack()",
    )


def write_array(name: str, target: Tensor, value: Any) -> None:
    """Overwrite the target's memory and count the write."""
    backend = target.device.backend
    _copy_results(target)
    if backend.aliasing:
        if not target._array.shape:
            target._array = backend.writable(target._array)
        try:
            if target._view is not None:  # one place of an expanded tensor can be written, though all of it can't
                target._array = backend.writable(target._array)
            backend.assign(target._array, value)
        except Exception as error:
            _refuse_overlap(name, target, error)
            raise
    else:
        _refuse_overlap(name, target)
        _replace(target, value)
    _count_write(target)


def _written_with(target: Tensor) -> tuple[Tensor, ...]:
    """The tensors whose places on the tape a write concerns: the memory's root, and of a view its stem and itself."""
    return (target,) if target._view is None else (target._root, _stem(target), target)


def _copy_results(target: Tensor) -> None:
    """Copy what derivatives read of a result that is about to be written, of rows that `yields`."""
    for tensor in _written_with(target):
        output = tensor._node
        if type(output) is Output and output.node.out is not None and _yields(output.node.op):
            out = list(output.node.out)
            if out[output.index] is tensor._array:
                out[output.index] = tensor.device.kernels.clone(tensor._array)
                output.node.out = tuple(out)


def _yields(op: Any) -> bool:
    return isinstance(op, Op) and op.yields  # not the op of a user's Function, nor one of the engine's own


def _count_write(target: Tensor) -> None:
    root, *others = concerned = _written_with(target)
    if others and target._writes == root._writes and (mode.enabled is False or others[0]._node is None):
        target._writes += 1  # a view wrote the memory itself: nothing to renew
    root._writes += 1
    for tensor in concerned:
        node = tensor._node
        if type(node) is Node and node.op.saves_out and node.out is not None:
            node.out_version = root._writes
        elif type(node) is Output and (out := node.node.out) is not None and out[node.index] is not None:
            node.node.out_version = 0 if _yields(node.node.op) else root._writes


def _replace(target: Tensor, value: Any) -> None:
    """The same for arrays that can't be written: what the target views gets a new array, in which these elements differ."""
    if target._view is not None:
        parent, op, settings = target._view
        _replace(parent, value if op is None else _replaced(parent, op, settings, value))
    target._array = value


def _replaced(parent: Tensor, op: Any, settings: tuple, value: Any) -> Any:
    """The parent's array with `value` where a view shows it."""
    kernels, array = parent.device.kernels, parent._array
    if op.name in _WAYS_BACK:
        return getattr(kernels, _WAYS_BACK[op.name])(value)
    size, length = prod(array.shape), prod(value.shape)
    positions = op.on_arrays(kernels, kernels.reshape(kernels.arange_like(array, size), array.shape), settings)
    flat = kernels.reshape(array, (size,))
    flat = kernels.scatter(flat, 0, kernels.reshape(positions, (length,)), kernels.reshape(value, (length,)))
    return kernels.reshape(flat, array.shape)


_WAYS_BACK = {"view_as_real": "view_as_complex", "view_as_complex": "view_as_real"}


# --- On the tape ------------------------------------------------------------------------------------------------------


def _steps(view: Tensor, stem: Tensor) -> list[tuple[Op, tuple]]:
    """The (op, settings) that lead from its stem to a view."""
    steps = []
    while view is not stem:
        view, *step = view._view  # type: ignore[misc]
        steps.append(tuple(step))
    return steps[::-1]


def _rebase(target: Tensor, result: Tensor) -> None:
    """Let the target's place on the tape be that of what was written into it."""
    stem = _stem(target)
    if stem is target:
        node = target._node = result._node
        if type(node) is Node and node.op.saves_out and node.out is not None and not node.op.several:
            node.out = target._array  # the same values: one copy is enough
        return
    if stem._node is None and result._node is None:
        return
    stem._node = new_node(WRITE, (stem._node, result._node), stem, params=(_steps(target, stem), _order(stem)))
    target._writes = target._root._writes - 1  # stale: its node is made again from the stem's at next use


def _order(tensor: Tensor) -> tuple[int, ...]:
    """The dims in the order in which memory goes through them, the slowest first."""
    strides = tensor.stride()
    return tuple(sorted(range(len(strides)), key=lambda dim: -strides[dim]))


class _Write:
    """The op of a write through a view, `root[view] = value`; it stands in no table since only the engine applies it."""

    name, grad_name, saves, saves_out, several = "write", "CopySlices", (), False, False

    def pull_tensors(self, node: Node, g: Tensor, ops: Any, wrap: Any) -> tuple[Tensor | None, Tensor | None]:
        """For the value the view's own forward; for what was there before a hole where the value went."""
        before, value = None, None
        g = self._laid_out(g, node.params[1])
        if node.edges[1] is not None:
            value = self._view_of(g, node)
        if node.edges[0] is not None:
            before = ops.clone(g)
            run_inplace(OPS["zero"], self._view_of(before, node), (), {})
        return before, value

    def pull(self, node: Node, g: Any, k: Any) -> tuple[Any, Any]:
        tensors = self.pull_tensors(node, wrap(g, node.dtype, node.device), tape.ops_on_tensors, wrap)
        return tuple([None if tensor is None else tensor._array for tensor in tensors])

    @staticmethod
    def _laid_out(g: Tensor, order: tuple[int, ...]) -> Tensor:
        """The gradient with the layout of what was written, so that the same views can be made of it."""
        if order == tuple(range(len(order))):
            return g.contiguous()
        return g.permute(order).contiguous().permute(tuple([order.index(dim) for dim in range(len(order))]))

    @staticmethod
    def _view_of(tensor: Tensor, node: Node) -> Tensor:
        for op, settings in node.params[0]:
            tensor = op.function(tensor, *settings)
        return tensor


WRITE = _Write()


# --- Methods ----------------------------------------------------------------------------------------------------------


def inplace_method(op: Op) -> Callable:
    """`x.op_(...)`: straight into the memory where nothing is recorded or converted, else by way of run_inplace."""
    name, rounded = op.name, not op.exact

    def general(self: Tensor, *operands: Any, **keywords: Any) -> Tensor:
        return run_inplace(op, self, operands, keywords)

    def binary(self: Tensor, other: Any, **keywords: Any) -> Tensor:
        kind = type(other)
        if ((kind is float and self.dtype.inexact) or (kind is int and self.dtype.category)) and (
            rounded or self.dtype.full
        ):
            other = constant(other, self.dtype, self.device)
        try:
            if (
                not keywords
                and self.dtype is other.dtype
                and self.device is other.device
                and self._view is None
                and other._view is None
                and (self._node is None or (type(self._node) is Leaf and not mode.enabled))
                and (other._node is None or not mode.enabled)
            ):
                self.device.writers[name](self._array, other._array, self._array)
                self._writes += 1
                return self
        except (AttributeError, TypeError, ValueError):
            pass  # no such kernel, a number, another dtype, a 0-d array, shapes that don't fit: run_inplace knows
        return run_inplace(op, self, (other,), keywords)

    method = binary if op.family == "elementwise" and len(op.operands) == 2 and op.takes == "any" else general
    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"In-place form of `{name}`: writes the result into this tensor's memory and returns the tensor."
    return method


# --- out= -------------------------------------------------------------------------------------------------------------


def run_out(op: Op, out: Any, **arguments: Any) -> Any:
    """op(..., out=tensor): compute without a tape and write the result(s) into tensors that the caller made."""
    values = [value for value in arguments.values() if isinstance(value, Tensor)]
    targets = out if isinstance(out, tuple | list) else (out,)
    for target in targets:
        if not isinstance(target, Tensor):
            raise TypeError(f"{op.name}(): argument 'out' must be Tensor, not {type(target).__name__}")
    if mode.enabled and any(value.requires_grad for value in (*values, *targets)):
        raise RuntimeError(_no_tape(op.name))
    positional = {p.name: arguments.pop(p.name) for p in op.parameters if not p.keyword_only and p.name in arguments}
    results = _into(op, *positional.values(), **arguments)
    for target, result in zip(targets, results if op.several else (results,), strict=True):
        write_out(op.name, target, result)
    return out


def given_out(op: Op, out: Any, result: Any) -> Any:
    """out= of a composition that leaves it to the engine."""
    if isinstance(result, Tensor):
        return written(op.torch or op.name, out, result)
    for target, part in zip(out, result, strict=True):
        written(op.torch or op.name, target, part)
    return op.pack(out)


def written(name: str, out: Tensor, result: Tensor) -> Tensor:
    """out= of a function that isn't one row: the result is written into `out`, which is returned."""
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if mode.enabled and (result.requires_grad or out.requires_grad):
        raise RuntimeError(_no_tape(name))
    write_out(name, out, result)
    return out


def _no_tape(name: str) -> str:
    return (
        f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires "
        "grad; leave out= away, or work inside `with minitorch.no_grad():`"
    )


def write_out(name: str, target: Tensor, result: Tensor) -> None:
    """Put `result` into a tensor that was passed as out=, which takes on its shape."""
    _refuse_overlap(name, target)
    if not dtypes.can_cast(result.dtype, target.dtype):
        raise DTypeMismatch(
            f"{name}(): result type {result.dtype!r} can't be cast to the desired output type {target.dtype!r}"
        )
    if tuple(target.shape) == tuple(result.shape):
        write(name, target, result)
        return
    if target.numel():
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(target.shape)}, which does not match the "
            f"required output shape {list(result.shape)}; pass an empty tensor, minitorch.empty(0), to have it sized",
            stacklevel=4,
        )
    target._array = target.device.kernels.clone(OPS["cast"].function(result, target.dtype)._array)
    _count_write(target)
