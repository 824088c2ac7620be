"""What happens around `forward`: hooks, and the note on an error that says which module raised it.

    forward pre-hooks -> forward -> forward hooks             each may replace what it is shown
    backward pre-hooks -> the module's backward -> backward hooks

A module without hooks never comes here. For backward hooks the module's tensor inputs, and its results, pass through a gate:
one tape node that changes nothing, but has all their gradients in hand at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from minitorch.nn.hooks import HOOKS_OF_ALL, Hook, of_kind
from minitorch.ops.creation import zeros
from minitorch.tape import Node, Output, mode, new_node
from minitorch.tensor import Tensor, wrap

if TYPE_CHECKING:
    from minitorch.nn.module import Module


# --- Forward ----------------------------------------------------------------------------------------------------------


def call_with_hooks(module: Module, args: tuple, kwargs: dict) -> Any:
    """forward, with all hooks around it."""
    pending = _hooks(module, "forward")
    result = None
    try:
        for hook in _hooks(module, "forward_pre"):
            args, kwargs = _call_pre_hook(hook, module, args, kwargs)
        crossing = Crossing(module) if _hooks(module, "backward") or _hooks(module, "backward_pre") else None
        if crossing is not None:
            args = crossing.enter(args)
        result = module.forward(*args, **kwargs)
        while pending:
            changed = _call_forward_hook(pending.pop(0), module, args, kwargs, result)
            result = result if changed is None else changed
        result = result if crossing is None else crossing.leave(result)
        _hook_last_node(module, result)
        return result
    except Exception:
        for hook in pending:
            if hook.always_call:
                _call_despite_error(hook, module, args, kwargs, result)
        raise


def _hooks(module: Module, kind: str) -> list[Hook]:
    """All modules' hooks of a kind, then the module's own; a copy, since a hook may remove itself."""
    return of_kind(HOOKS_OF_ALL, kind) + of_kind(module._hooks, kind)


def _call_pre_hook(hook: Hook, module: Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    if not hook.with_kwargs:
        changed = hook.function(module, args)
        if changed is None:
            return args, kwargs
        return (changed if isinstance(changed, tuple) else (changed,)), kwargs
    changed = hook.function(module, args, kwargs)
    if changed is None:
        return args, kwargs
    if not (isinstance(changed, tuple) and len(changed) == 2):
        raise RuntimeError(
            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
        )
    return changed


def _call_forward_hook(hook: Hook, module: Module, args: tuple, kwargs: dict, result: Any) -> Any:
    if hook.with_kwargs:
        return hook.function(module, args, kwargs, result)
    return hook.function(module, args, result)


def _call_despite_error(hook: Hook, module: Module, args: tuple, kwargs: dict, result: Any) -> None:
    try:
        _call_forward_hook(hook, module, args, kwargs, result)
    except Exception as error:
        warnings.warn(
            "module forward hook with ``always_call=True`` raised an exception that was silenced as another error was "
            f"raised in forward: {error}",
            stacklevel=4,
        )


# --- Backward ---------------------------------------------------------------------------------------------------------


def _hook_last_node(module: Module, result: Any) -> None:
    """Hang the hooks of `register_backward_hook` on the node that made the (first) result."""
    hooks = _hooks(module, "last_backward")
    while hooks and not isinstance(result, Tensor):
        result = next(iter(result.values() if isinstance(result, dict) else result))
    if hooks and result.grad_fn is not None:
        for hook in hooks:
            result.grad_fn.register_hook(partial(hook.function, module))


class Crossing:
    """One call of a module with backward hooks: the gate that its inputs pass, and the one that its results pass.

    Backward meets the gates in the opposite order: at the results' it learns grad_output, at the inputs' grad_input.
    """

    def __init__(self, module: Module):
        self.module = module
        self.before = [hook.function for hook in _hooks(module, "backward_pre")]
        self.after = [hook.function for hook in _hooks(module, "backward")]
        self.grad_output: tuple | None = None
        self.inputs = 0
        self.has_input_gate = False

    def enter(self, args: tuple) -> tuple:
        """The arguments, behind the gate."""
        self.inputs = len(args)
        passed, self.has_input_gate = _pass_gate(args, self._at_inputs, fill=True)
        return passed

    def leave(self, result: Any) -> Any:
        """The results, behind the gate."""
        if not isinstance(result, (Tensor, tuple)):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(result)}",
                stacklevel=4,
            )
        if isinstance(result, tuple):
            passed = _pass_gate(result, self._at_results)[0]
            return type(result)(*passed) if hasattr(result, "_fields") else passed
        return _pass_gate((result,), self._at_results)[0][0]

    def _at_results(self, gradients: tuple) -> tuple:
        for hook in self.before:
            gradients = self._changed(hook(self.module, gradients), gradients, "pre hook", "grad_output")
        self.grad_output = gradients
        if not self.has_input_gate:  # no input wants a gradient, so backward never gets to an input gate
            self._at_inputs((None,) * self.inputs)
        return gradients

    def _at_inputs(self, gradients: tuple) -> tuple:
        if self.grad_output is None:  # these gradients didn't come by way of the results
            return gradients
        for hook in self.after:
            changed = self._changed(hook(self.module, gradients, self.grad_output), gradients, "hook", "grad_input")
            if not self.has_input_gate and any(gradient is not None for gradient in changed):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )
            gradients = changed
        self.grad_output = None
        return gradients

    def _changed(self, result: Any, gradients: tuple, kind: str, what: str) -> tuple:
        """What a hook made of the gradients."""
        if result is None:
            return gradients
        result = result if isinstance(result, tuple) else (result,)
        if len(result) != len(gradients):
            raise RuntimeError(
                f"Backward {kind} returned an invalid number of {what}, got {len(result)}, but expected {len(gradients)}"
            )
        return result


class Gate:
    """The op of a node that passes tensors on unchanged and shows their gradients; it stands in no table of ops.

    `positions` says which of `count` values are these tensors; for the others, hooks see None. With `fill`, they see zeros
    where a tensor has no gradient.
    """

    name, grad_name, saves, saves_out, several = "backward hook", "BackwardHookFunctionBackward", (), False, True

    def __init__(self, values: tuple, positions: Sequence[int], show: Callable[[tuple], tuple], fill: bool):
        self.count, self.positions, self.show, self.fill = len(values), positions, show, fill
        self.kinds = [(tuple(values[at].shape), values[at].dtype, values[at].device) for at in positions]

    def outputs_of(self, node: Node) -> int:
        return len(self.positions)

    def pull_tensors(self, node: Node, g: list, ops: Any, wrap: Callable) -> list:
        shown: list = [None] * self.count
        for position, gradient, (shape, dtype, device) in zip(self.positions, g, self.kinds, strict=True):
            missing = gradient is None and self.fill
            shown[position] = zeros(shape, dtype=dtype, device=device) if missing else gradient
        changed = self.show(tuple(shown))
        return [changed[position] for position in self.positions]

    def pull(self, node: Node, g: list, k: Any) -> list:
        tensors = [
            None if array is None else wrap(array, dtype, device)
            for array, (_, dtype, device) in zip(g, self.kinds, strict=True)
        ]
        return [None if t is None else t._array for t in self.pull_tensors(node, tensors, None, wrap)]


def _pass_gate(values: tuple, show: Callable[[tuple], tuple], fill: bool = False) -> tuple[tuple, bool]:
    """The values with their tensors behind a new gate, if one of these wants a gradient; and whether there is a gate."""
    positions = [at for at, value in enumerate(values) if isinstance(value, Tensor) and value.dtype.inexact]
    tensors = [values[at] for at in positions]
    if not mode.enabled or not any(tensor.requires_grad for tensor in tensors):
        return values, False
    node = new_node(Gate(values, positions, show, fill), tuple([tensor._node for tensor in tensors]), tensors[0])
    passed = list(values)
    for index, (at, tensor) in enumerate(zip(positions, tensors, strict=True)):
        passed[at] = tensor.detach()  # the same memory, and a view: writing into it is refused with a reason
        passed[at]._node = Output(node, index, tensor._array, tensor.dtype)
    return tuple(passed), True


# --- Errors -----------------------------------------------------------------------------------------------------------


class _Trail:
    """How an error came up through the modules, as far as it has come."""

    def __init__(self, error: Exception, module: Module, args: tuple):
        self.position = len(getattr(error, "__notes__", ()))  # of our note among the error's
        error.add_note("")
        self.outermost = module
        self.path = ""
        self.kind = type(module).__name__
        self.called = "called with " + (", ".join(map(_brief, args)) or "no arguments")


def say_where(error: Exception, module: Module, args: tuple) -> None:
    """Say on `error` which module raised it: `in linear_relu_stack.0 (Linear) of NeuralNetwork, called with ...`.

    Each module that the error passes knows the names below itself only, so the note is written anew at each of them.
    """
    trail = error.__dict__.get("_trail")
    if trail is None:
        trail = error.__dict__["_trail"] = _Trail(error, module, args)
    else:
        name = next((name for name, below in module.named_modules() if below is trail.outermost), None)
        if name is None:  # what failed isn't registered below the module that called it
            return
        trail.path = ".".join(part for part in (name, trail.path) if part)
        trail.outermost = module
    where = f"{trail.path} ({trail.kind}) of {type(module).__name__}" if trail.path else trail.kind
    error.__notes__[trail.position] = f"in {where}, {trail.called}"


def _brief(value: Any) -> str:
    return f"{list(value.shape)} {value.dtype!r}" if isinstance(value, Tensor) else type(value).__name__
