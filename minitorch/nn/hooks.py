"""Hooks of modules: functions that users have called around forward, backward, saving, loading and registering.

This file says which there are and how they are added. They are called elsewhere: those on calls in calling.py, those on
saving and loading in state.py, those on registering in registry.py. A module keeps all of its own in two dicts, so that one
look says that there are none; PyTorch's dicts of one kind each, such as `_forward_hooks`, are live views of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, NamedTuple

from minitorch.hooks import RemovableHandle


class Hook(NamedTuple):
    """A hook, when it is called, and how it wants to be called."""

    kind: str
    function: Callable
    with_kwargs: bool = False  # of a hook on forward: show it the keyword arguments too
    always_call: bool = False  # of a hook on forward: call it even if forward raises
    own_way: bool = False  # of a hook on saving: it may return another dict; on loading: it isn't shown the module


HOOKS_OF_ALL: dict[int, Hook] = {}  # on calls of every module, called before its own
REGISTRATION_HOOKS: dict[int, Hook] = {}  # on what is registered in any module


def add_hook(hooks: dict[int, Any], hook: Any, prepend: bool = False) -> RemovableHandle:
    """File a hook last, or first; once all are removed the dict is empty, and calls are as fast as before."""
    earlier = list(hooks)
    handle = RemovableHandle(hooks, hook)
    for number in earlier if prepend else ():
        hooks[number] = hooks.pop(number)
    return handle


def of_kind(hooks: dict[int, Hook], kind: str) -> list[Hook]:
    """The hooks of a kind in the order of their calls; a copy, since a hook may remove itself."""
    return [hook for hook in hooks.values() if hook.kind == kind]


# --- On all modules ---------------------------------------------------------------------------------------------------


def register_module_forward_pre_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, args)` before the forward of every module."""
    return add_hook(HOOKS_OF_ALL, Hook("forward_pre", hook))


def register_module_forward_hook(
    hook: Callable, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after the forward of every module."""
    return add_hook(HOOKS_OF_ALL, Hook("forward", hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, grad_output)` before backward goes through any module."""
    return add_hook(HOOKS_OF_ALL, Hook("backward_pre", hook))


def register_module_full_backward_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` after backward went through any module."""
    return _add_backward(HOOKS_OF_ALL, "backward", hook)


def register_module_backward_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` after the last node of any module; see `Module.register_backward_hook`."""
    return _add_backward(HOOKS_OF_ALL, "last_backward", hook)


def register_module_parameter_registration_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, name, parameter)` when a module gets a parameter; what it returns is registered instead."""
    return add_hook(REGISTRATION_HOOKS, Hook("parameter", hook))


def register_module_buffer_registration_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, name, buffer)` when a module gets a buffer; what it returns is registered instead."""
    return add_hook(REGISTRATION_HOOKS, Hook("buffer", hook))


def register_module_module_registration_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, name, submodule)` when a module gets a submodule; what it returns is registered instead."""
    return add_hook(REGISTRATION_HOOKS, Hook("module", hook))


def _add_backward(hooks: dict[int, Hook], kind: str, hook: Callable, prepend: bool = False) -> RemovableHandle:
    other = "backward" if kind == "last_backward" else "last_backward"
    if of_kind(hooks, other):
        where = "as a global Module hook" if hooks is HOOKS_OF_ALL else "on a single Module"
        raise RuntimeError(
            f"Cannot use both regular backward hooks and full backward hooks {where}. Please use only one of them."
        )
    return add_hook(hooks, Hook(kind, hook), prepend)


# --- On one module ----------------------------------------------------------------------------------------------------


class HooksOf(MutableMapping):
    """The hooks of some kinds as a live dict from number to function: what PyTorch keeps as `_forward_hooks` and so on."""

    def __init__(self, hooks: dict[int, Hook], *kinds: str):
        self._hooks, self._kinds = hooks, kinds

    def __getitem__(self, number: int) -> Callable:
        if number not in self._hooks or self._hooks[number].kind not in self._kinds:
            raise KeyError(number)
        return self._hooks[number].function

    def __setitem__(self, number: int, function: Callable) -> None:
        self._hooks[number] = Hook(self._kinds[0], function)

    def __delitem__(self, number: int) -> None:
        if number not in self:
            raise KeyError(number)
        del self._hooks[number]

    def __iter__(self) -> Iterator[int]:
        return iter([number for number, hook in self._hooks.items() if hook.kind in self._kinds])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return repr(dict(self))


class Hooked:
    """The part of Module that takes hooks."""

    _hooks: dict[int, Hook]  # on calls
    _state_hooks: dict[int, Hook]  # on saving and loading

    def register_forward_pre_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns replaces the positional arguments.

        `with_kwargs`: call `hook(module, args, kwargs)`, which returns None or new (args, kwargs).
        """
        return add_hook(self._hooks, Hook("forward_pre", hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after forward; what it returns replaces the output.

        `with_kwargs`: call `hook(module, args, kwargs, output)`. `always_call`: even if forward raises.
        """
        return add_hook(self._hooks, Hook("forward", hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` before backward goes through the module; its result replaces grad_output."""
        return add_hook(self._hooks, Hook("backward_pre", hook), prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the module's inputs are known.

        Both are tuples, one entry for each positional argument or result; what the hook returns replaces grad_input.
        """
        return _add_backward(self._hooks, "backward", hook, prepend)

    def register_backward_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` after the derivative of the node that made the result.

        Of a module that is more than one op these aren't the gradients of its inputs: prefer `register_full_backward_hook`.
        """
        return _add_backward(self._hooks, "last_backward", hook)

    def register_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before state_dict() collects."""
        return add_hook(self._state_hooks, Hook("save_pre", hook))

    def register_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after state_dict() has collected."""
        return add_hook(self._state_hooks, Hook("save", hook))

    def _register_state_dict_hook(self, hook: Callable) -> RemovableHandle:
        """The same, but what the hook returns takes the place of the state_dict."""
        return add_hook(self._state_hooks, Hook("save", hook, own_way=True))

    def register_load_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call the hook with the module and the arguments of `_load_from_state_dict` before it looks for its entries."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook: Callable, with_module: bool = False) -> RemovableHandle:
        """The same, but with the module only if asked for."""
        return add_hook(self._state_hooks, Hook("load_pre", hook, own_way=not with_module))

    def register_load_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after loading; it may edit the two lists in place."""
        return add_hook(self._state_hooks, Hook("load", hook))

    _forward_pre_hooks = property(lambda self: HooksOf(self._hooks, "forward_pre"))
    _forward_hooks = property(lambda self: HooksOf(self._hooks, "forward"))
    _backward_pre_hooks = property(lambda self: HooksOf(self._hooks, "backward_pre"))
    _backward_hooks = property(lambda self: HooksOf(self._hooks, "backward", "last_backward"))
    _state_dict_pre_hooks = property(lambda self: HooksOf(self._state_hooks, "save_pre"))
    _state_dict_hooks = property(lambda self: HooksOf(self._state_hooks, "save"))
    _load_state_dict_pre_hooks = property(lambda self: HooksOf(self._state_hooks, "load_pre"))
    _load_state_dict_post_hooks = property(lambda self: HooksOf(self._state_hooks, "load"))
