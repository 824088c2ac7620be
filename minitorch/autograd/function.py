"""`Function`: an op of one's own, with a forward and a backward written by hand.

    class Exp(Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, g):
            (result,) = ctx.saved_tensors
            return g * result

    y = Exp.apply(x)

One application is one Node of the tape. The backward gets and gives Tensors; what it does is recorded itself if the graph is to
be differentiated again (`create_graph=True`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from minitorch import tape, watching
from minitorch.autograd.saved import Slot, pack, unpacked
from minitorch.backend import topmost
from minitorch.errors import SavedValueModified
from minitorch.ops import zeros, zeros_like
from minitorch.rows import OPS
from minitorch.tape import Leaf, Output, mode
from minitorch.tensor import Tensor, wrap
from minitorch.transforms.batching import Batched, BatchLevel
from minitorch.transforms.dual import Dual, DualLevel
from minitorch.transforms.level import current

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx:
    """What a forward hands on to its backward: saved tensors, settings, and any attribute that is set on it."""

    def __init__(self, needs: tuple[bool, ...]):
        self.needs_input_grad = needs  # which of the arguments want a gradient
        self._saved: tuple[Tensor | Slot | None, ...] = ()
        self._versions: tuple[int | None, ...] = ()
        self._dirty: tuple[Tensor, ...] = ()
        self._without: tuple[Tensor, ...] = ()
        self._materialize = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs for the backward, which finds them in `saved_tensors`."""
        for tensor in tensors:
            if not (tensor is None or isinstance(tensor, Tensor)):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {tensor!r} is of type {type(tensor).__name__}"
                )
        self._saved = tensors
        self._versions = tuple([None if tensor is None else tensor._version for tensor in tensors])

    save_for_forward = save_for_backward

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What save_for_backward kept; refused where one of them was written in place since."""
        for number, (tensor, version) in enumerate(zip(self._saved, self._versions, strict=True)):
            if isinstance(tensor, Tensor) and tensor._version != version:
                raise SavedValueModified(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: saved "
                    f"tensor {number} of shape {list(tensor.shape)} is at version {tensor._version}; expected version {version} "
                    "instead"
                )
        return tuple([unpacked(value) for value in self._saved])

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs the forward has written in place; it must return them."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self._without = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Shall the backward get zeros for outputs that nobody used (True, the default), or None?"""
        self._materialize = value


class _Applied:
    """What a Node of a Function has in the place of a row."""

    saves, saves_out, several, view, torch = (), False, True, False, None

    def __init__(self, function: type[Function], outputs: list, dirty: tuple[Tensor, ...]):
        self.function = function
        # The results that are arguments, written in place.
        self.written = {number for number, out in enumerate(outputs) if any(out is one for one in dirty)}
        # Of each output the shape, dtype and device, or None if it is no Tensor.
        self.likes: list[Any] = [
            (tuple(t.shape), t.dtype, t.device) if isinstance(t, Tensor) else None for t in outputs
        ]
        self.name, self.grad_name = function.__name__, f"{function.__name__}Backward"

    def outputs_of(self, node: Any) -> int:
        return len(self.likes)

    def pull(self, node: Any, g: list, k: Any) -> list:
        given = [None if one is None else wrap(one, *like[1:]) for one, like in zip(g, self.likes, strict=True)]
        return [None if one is None else current(one)._array for one in self._backward(node, given)]

    def pull_tensors(self, node: Any, g: list, k: Any, wrap: Callable) -> list:
        return self._backward(node, g)

    def _backward(self, node: Any, gradients: list) -> list[Any]:
        """Call the user's backward and check what it gives."""
        if node.saved is None:
            tape.check_saved(node)
        ctx: Any = next(iter(node.saved or ()))
        if ctx._materialize:
            gradients = [
                zeros(like[0], dtype=like[1], device=like[2]) if one is None and like is not None else one
                for one, like in zip(gradients, self.likes, strict=True)
            ]
        found = self.function.backward(ctx, *gradients)
        found = list(found) if isinstance(found, tuple | list) else [found]
        wanted = len(node.edges)
        if len(found) > wanted and all(one is None for one in found[wanted:]):
            found = found[:wanted]
        if len(found) != wanted:
            raise RuntimeError(
                f"function {self.grad_name} returned an incorrect number of gradients (expected {wanted}, got {len(found)})"
            )
        for number, (one, edge) in enumerate(zip(found, node.edges, strict=True)):
            if one is not None and not isinstance(one, Tensor):
                raise RuntimeError(
                    f"expected Variable or None (got {type(one).__name__}) from {self.grad_name} for input {number}"
                )
            if one is not None and edge is not None and not _fits(tuple(one.shape), tuple(edge.shape)):
                raise RuntimeError(
                    f"Function {self.grad_name} returned an invalid gradient at index {number} - got {list(one.shape)} but "
                    f"expected shape compatible with {list(edge.shape)}"
                )
        return found


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Can a gradient of `shape` be summed to `wanted`?"""
    tail = shape[len(shape) - len(wanted) :]
    return len(shape) >= len(wanted) and all(w in (1, s) for s, w in zip(tail, wanted, strict=True))


class Function:
    """The base class of ops of one's own: subclasses say `forward` and `backward`, and are called by `apply`.

    forward(ctx, *args) computes; or forward(*args) does, and setup_context(ctx, inputs, output) keeps what backward needs:
    `minitorch.func` asks for that style. backward(ctx, *gradients of the outputs) returns a gradient, or None, for each argument.
    jvp(ctx, *tangents) serves forward mode. vmap(info, in_dims, *args) serves vmap, unless generate_vmap_rule = True says that
    forward and backward may just run on batched tensors.
    """

    generate_vmap_rule = False

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
            "mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple, *args: Any) -> Any:
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap static method or set generate_vmap_rule=True."
        )

    def __init_subclass__(cls) -> None:
        if "vjp" in cls.__dict__ and "backward" not in cls.__dict__:
            cls.backward = cls.vjp  # type: ignore[method-assign]

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run forward, and record one Node for it if an argument requires grad."""
        devices = {arg.device for arg in args if isinstance(arg, Tensor)}
        top = topmost(devices) if devices else None
        if top is not None and top.backend.inner is not None:
            return _on_level(cls, top, tuple([arg.to(top) if isinstance(arg, Tensor) else arg for arg in args]))
        return _recorded(cls, args, None)


def _separate(cls: type[Function]) -> bool:
    """Has it a setup_context, so that forward takes no ctx?"""
    return cls.setup_context is not Function.setup_context


def _recorded(cls: type[Function], args: tuple, computed: Any) -> Any:
    """Forward (or what was computed elsewhere already), and the Node for it."""
    needs = tuple(isinstance(arg, Tensor) and arg.requires_grad for arg in args)
    ctx = FunctionCtx(needs)
    before, level = mode.enabled, computed is not None
    mode.enabled = before and level
    try:
        result = computed if level else cls.forward(*args) if _separate(cls) else cls.forward(ctx, *args)
        if _separate(cls):
            cls.setup_context(ctx, args, result)
    finally:
        mode.enabled = before
    for one in ctx._dirty:
        one._bump()
    outputs = list(result) if isinstance(result, tuple) else [result]
    if not (mode.enabled and any(needs)):
        return result
    return _with_node(cls, ctx, args, outputs, isinstance(result, tuple))


def _with_node(cls: type[Function], ctx: FunctionCtx, args: tuple, outputs: list, several: bool) -> Any:
    edges = tuple([arg._node if isinstance(arg, Tensor) else None for arg in args])
    _check_dirty(ctx, args, outputs)
    tensors = [out for out in outputs if isinstance(out, Tensor)]
    if not tensors:
        return tuple(outputs) if several else outputs[0]
    node = tape.new_node(_Applied(cls, outputs, ctx._dirty), edges, tensors[0])
    node.saved = (ctx,)  # given up after backward, as all saved values are
    results = []
    for number, out in enumerate(outputs):
        if not isinstance(out, Tensor):
            results.append(out)
            continue
        same = number in node.op.written or not any(out is arg for arg in args)
        fresh = out if same else wrap(out._array, out.dtype, out.device)
        if out.dtype.inexact and not any(out is one for one in ctx._without):
            fresh._node = Output(node, number, fresh._array, fresh.dtype)
        results.append(fresh)
        ctx._saved = tuple([fresh if one is out else one for one in ctx._saved])
    ctx._saved = tuple([pack(value) if isinstance(value, Tensor) else None for value in ctx._saved])
    ctx._versions = tuple([value._version if isinstance(value, Tensor) else None for value in ctx._saved])
    made = tuple([out for out in results if isinstance(out, Tensor)])
    watching.watched(node.op, [arg for arg in args if isinstance(arg, Tensor)], (), made)
    return tuple(results) if several else results[0]


def _check_dirty(ctx: FunctionCtx, args: tuple, outputs: list) -> None:
    for one in ctx._dirty:
        if type(one._node) is Leaf:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        if not any(one is out for out in outputs):
            raise RuntimeError("Some elements marked as dirty during the forward method were not returned as output.")
        if one._is_view():
            raise RuntimeError(
                f"mark_dirty: a view can't be written by a custom Function; write to a clone(): {list(one.shape)}"
            )


# --- Under transforms -------------------------------------------------------------------------------------------------


def _on_level(cls: type[Function], device: Any, args: tuple) -> Any:
    """An application inside of a transform: applied to the tensors below, and differentiated or batched here."""
    backend = device.backend
    if not _separate(cls):
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override "
            f"the setup_context staticmethod: {cls.__name__} does not"
        )
    if isinstance(backend, DualLevel):
        return _dual(cls, device, args)
    if isinstance(backend, BatchLevel):
        return _batched(cls, device, args)
    below = tuple([current(arg)._array if isinstance(arg, Tensor) else arg for arg in args])
    return _recorded(cls, args, _raised(device, cls.apply(*below), lambda tensor: tensor))


def _raised(device: Any, result: Any, array: Callable) -> Any:
    """Tensors of the level below as ones of this level."""
    if isinstance(result, tuple):
        return tuple([_raised(device, part, array) for part in result])
    return wrap(array(result), result.dtype, device) if isinstance(result, Tensor) else result


def _dual(cls: type[Function], device: Any, args: tuple) -> Any:
    arrays = [current(arg)._array if isinstance(arg, Tensor) else arg for arg in args]
    primals = tuple([array.primal if isinstance(array, Dual) else array for array in arrays])
    ctx = FunctionCtx(tuple([isinstance(primal, Tensor) for primal in primals]))
    result = cls.apply(*primals)
    cls.setup_context(ctx, primals, result)
    tangents = [
        (zeros_like(array.primal.detach()) if array.tangent is None and ctx._materialize else array.tangent)
        if isinstance(array, Dual)
        else None
        for array in arrays
    ]
    moved = cls.jvp(ctx, *tangents)
    outputs = result if isinstance(result, tuple) else (result,)
    moved = moved if isinstance(moved, tuple) else (moved,)
    _check_tangents(cls, outputs, moved)
    found = tuple(
        [
            wrap(Dual(device, out, tangent), out.dtype, device) if isinstance(out, Tensor) else out
            for out, tangent in zip(outputs, moved, strict=True)
        ]
    )
    return _recorded(cls, args, found if isinstance(result, tuple) else found[0])


def _check_tangents(cls: type[Function], outputs: tuple, tangents: tuple) -> None:
    """Each output needs a tangent, a Tensor of its shape or None."""
    if len(tangents) != len(outputs):
        raise RuntimeError(
            f"Function's jvp returned an invalid number of forward gradients (expected {len(outputs)} but got "
            f"{len(tangents)}): {cls.__name__}"
        )
    for number, (out, tangent) in enumerate(zip(outputs, tangents, strict=True)):
        if tangent is None or not isinstance(out, Tensor):
            continue
        if not isinstance(tangent, Tensor):
            raise RuntimeError(
                f"expected Variable or None (got {type(tangent).__name__}) for grad output {number}: jvp of {cls.__name__}"
            )
        if tuple(tangent.shape) != tuple(out.shape):
            raise RuntimeError(
                f"Trying to set a forward gradient that has a different size than that of the original Tensor: jvp of "
                f"{cls.__name__} gave {list(tangent.shape)} for output {number} of shape {list(out.shape)}"
            )


class _Info:
    """What `vmap` learns: how many slices there are, and what is to be done about random numbers."""

    def __init__(self, batch_size: int, randomness: str):
        self.batch_size, self.randomness = batch_size, randomness


def _batched(cls: type[Function], device: Any, args: tuple) -> Any:
    count = device.backend.count
    if cls.generate_vmap_rule:
        return _recorded(cls, args, None)
    arrays = [current(arg)._array if isinstance(arg, Tensor) else arg for arg in args]
    in_dims = tuple([0 if isinstance(array, Batched) and array.hidden else None for array in arrays])
    below = [array.value if isinstance(array, Batched) else array for array in arrays]
    result, out_dims = cls.vmap(_Info(count, "error"), in_dims, *below)
    outputs, dims = (result, out_dims) if isinstance(result, tuple) else ((result,), (out_dims,))
    found = tuple(
        [
            wrap(Batched(device, out if dim is None else out.movedim(dim, 0), dim is not None), out.dtype, device)
            for out, dim in zip(outputs, dims if isinstance(dims, tuple) else (dims,) * len(outputs), strict=True)
        ]
    )
    return _recorded(cls, args, found if isinstance(result, tuple) else found[0])


def once_differentiable(function: Callable) -> Callable:
    """Decorate a backward that can't be differentiated itself: that it was tried is said when somebody does."""

    @functools.wraps(function)
    def wrapper(ctx: Any, *gradients: Any) -> Any:
        recording = mode.enabled
        mode.enabled = False
        try:
            result = function(ctx, *[g.detach() if isinstance(g, Tensor) else g for g in gradients])
        finally:
            mode.enabled = recording
        if not recording or not any(_recorded_one(value) for value in (*gradients, *ctx._saved)):
            return result
        several = isinstance(result, tuple | list)
        found = [
            _Refusing.apply(one.detach().requires_grad_()) if isinstance(one, Tensor) else one
            for one in (result if several else (result,))
        ]
        return tuple(found) if several else found[0]

    return wrapper


def _recorded_one(value: Any) -> bool:
    """Does a tensor, perhaps a packed one, require grad?"""
    return value.edge is not None if isinstance(value, Slot) else isinstance(value, Tensor) and value.requires_grad


class _Refusing(Function):
    """What once_differentiable puts on its results."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return OPS["clone"].function(x)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")
