"""Module: the base class of everything that holds parameters.

Assigning is registering. A Parameter, a buffer or another Module that is assigned to an attribute stays an ordinary
attribute; what the module adds is one dict, `_kinds`, that says which of its attributes it is made of::

    self.weight = Parameter(...)        _kinds["weight"] = "parameter"
    self.layer = Linear(2, 3)           _kinds["layer"] = "module"

All else follows from walking these names, here and in the submodules: what an optimizer gets, what is saved, what moves to
another device, what `repr` prints. Attributes are read at Python's own speed, since nothing intercepts reading. The dicts
that PyTorch keeps, `_parameters`, `_buffers` and `_modules`, are live views of the same names.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Self

from minitorch.autograd.places import MODULE_CALLS
from minitorch.nn import state
from minitorch.nn.calling import call_with_hooks, say_where
from minitorch.nn.conversion import Convertible
from minitorch.nn.hooks import HOOKS_OF_ALL, REGISTRATION_HOOKS, Hooked
from minitorch.nn.parameter import Buffer, Parameter
from minitorch.nn.registry import (
    BUFFERS,
    MODULE,
    PARAMETER,
    Filed,
    after_hooks,
    buffer_kind,
    check_kind,
    check_name,
    indented,
    typename,
)
from minitorch.tensor import Tensor


class Module(Hooked, Convertible):
    """A function with parameters. Subclass it, assign layers and Parameters in `__init__`, and say in `forward` what it does.

    >>> from minitorch import nn
    >>> class Twice(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.layer = nn.Linear(2, 2)
    ...     def forward(self, x):
    ...         return self.layer(self.layer(x))
    >>> Twice()
    Twice(
      (layer): Linear(in_features=2, out_features=2, bias=True)
    )
    >>> [name for name, _ in Twice().named_parameters()]
    ['layer.weight', 'layer.bias']
    """

    _version = 1  # of what state_dict() holds, for modules that change it over time
    dump_patches = False  # PyTorch's, from when it pickled source code
    call_super_init = False  # does __init__ pass its arguments on to the next class, for mixing in others?
    training: bool
    _kinds: dict[str, str]  # name -> what it is filed as

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if (args or kwargs) and not self.call_super_init:
            wrong = f"got an unexpected keyword argument '{next(iter(kwargs))}'" if kwargs else (
                f"takes 1 positional argument but {len(args) + 1} were given"
            )  # fmt: skip
            raise TypeError(f"{type(self).__name__}.__init__() {wrong}")
        self.__setstate__({"training": True})
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """What pickle calls; a module that was pickled before there were some of its dicts gets them empty."""
        self.__dict__.update({"_kinds": {}, "_hooks": {}, "_state_hooks": {}, **state})

    # --- Calling ------------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if self._hooks or HOOKS_OF_ALL:
                return call_with_hooks(self, args, kwargs)
            if kwargs:
                return self.forward(*args, **kwargs)
            return self.forward(*args)
        except Exception as error:
            say_where(error, self, args)
            raise

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; subclasses define it. Call the module itself, so that hooks run too."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # --- Registration -------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        kinds = self.__dict__.get("_kinds")
        wanted = _kind_of(value)
        if kinds is None:
            if wanted is not None:
                what = "parameters" if wanted == PARAMETER else wanted
                raise AttributeError(f"cannot assign {what} before Module.__init__() call")
            object.__setattr__(self, name, value)
            return
        filed = kinds.get(name)
        if (
            wanted == PARAMETER
            or (wanted == MODULE and filed != PARAMETER)
            or (wanted and filed not in (PARAMETER, MODULE))
        ):
            self._register_instead(name, value, wanted)
        elif filed is not None:
            check_kind(name, filed, value)
            self.__dict__[name] = after_hooks(self, name, value, filed) if REGISTRATION_HOOKS else value
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._kinds.pop(name, None)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name[0].isdigit()]

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter; None holds its place, and is left out of what the module saves and trains."""
        check_name(self, "parameter", name, PARAMETER)
        if not (param is None or isinstance(param, Parameter)):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._register(name, param, PARAMETER)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is part of the module's state but isn't trained; `persistent`: is it saved?"""
        check_name(self, "buffer", name, *BUFFERS)
        if not (tensor is None or isinstance(tensor, Tensor)):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._register(name, tensor, buffer_kind(persistent))

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule under a name that may be computed."""
        if not (module is None or isinstance(module, Module)):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        check_name(self, "module", name, MODULE)
        self._register(name, module, MODULE)

    register_module = add_module

    def _register(self, name: str, value: Any, kind: str) -> None:
        if kind == PARAMETER and value is not None and value.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To "
                f"express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        if REGISTRATION_HOOKS:
            value = after_hooks(self, name, value, kind)
        earlier = self._kinds.get(name)
        if earlier != kind and not (earlier in BUFFERS and kind in BUFFERS):
            self._kinds.pop(name, None)  # what was there goes; what comes is the last of its kind
        self._kinds[name] = kind
        self.__dict__[name] = value

    def _register_instead(self, name: str, value: Any, kind: str) -> None:
        """Register by the public methods, which users replace by their own, in place of whatever has the name now."""
        if kind == MODULE:
            self._register(name, value, kind)
        elif kind in BUFFERS:
            self.register_buffer(name, value, value.persistent)
        else:
            own, kinds = self.__dict__, self._kinds
            before, order = own.get(name, self), dict(kinds)  # the module itself stands for no attribute
            if kinds.get(name) != PARAMETER:
                kinds.pop(name, None)
                own.pop(name, None)
            try:
                self.register_parameter(name, value)
            except Exception:
                kinds.clear()
                kinds.update(order)
                own.update({name: before} if before is not self else {})
                raise

    def _filed(self, *kinds: str) -> list[tuple[str, Any]]:
        """(name, value) of the attributes of these kinds, None included, in the order of their registration."""
        values = self.__dict__
        return [(name, values[name]) for name, kind in self._kinds.items() if kind in kinds]

    _parameters = property(lambda self: Filed(self, PARAMETER))
    _buffers = property(lambda self: Filed(self, *BUFFERS))
    _modules = property(lambda self: Filed(self, MODULE))

    # --- Walking ------------------------------------------------------------------------------------------------------

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """(dotted name, module) of this module and all below it, depth first, each module once."""
        seen = set() if memo is None else memo
        stack = [(prefix, self)]
        while stack:
            name, module = stack.pop()
            if module in seen:
                continue
            if remove_duplicate:
                seen.add(module)
            yield name, module
            below = name + "." if name else ""
            stack += [(below + child, m) for child, m in reversed(module._filed(MODULE)) if m is not None]

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) of the modules directly below."""
        seen: set[Module] = set()
        for name, module in self._filed(MODULE):
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below."""
        return (module for _, module in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """(dotted name, parameter) of this module and, if `recurse`, of those below; a shared one once."""
        return self._named_members(lambda module: module._filed(PARAMETER), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters: what an optimizer gets."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """(dotted name, buffer) of this module and, if `recurse`, of those below."""
        return self._named_members(lambda module: module._filed(*BUFFERS), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers: state that isn't trained."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named_members(
        self, get_members_fn: Callable[[Any], Iterable], prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator:  # fmt: skip
        seen: set[int] = set()  # by id: a Tensor's == is elementwise
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in get_members_fn(module):
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield (f"{path}.{name}" if path else name), value

    def get_submodule(self, target: str) -> Module:
        """The module at a dotted path such as "encoder.layers.0"; "" is the module itself."""
        module: Any = self
        for name in target.split(".") if target else ():
            module = _attribute(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put `module` in place of the one at a dotted path; `strict`: there must be one."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            self.get_submodule(target)
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path."""
        path, _, name = target.rpartition(".")
        found = _attribute(self.get_submodule(path), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = _attribute(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    # --- Mode, gradients ----------------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Behave as in training (dropout drops, batch norm uses the batch), here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Behave as in use: `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask for the gradients of all parameters, or no longer."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all parameters' gradients, or with `set_to_none=False` write zeros into them."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad.detach_().requires_grad_(False).zero_()

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing, for programs that ask for it: there is no compiler here, a module runs as it is."""

    # --- State (the work is done in state.py) -------------------------------------------------------------------------

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """An ordered dict of all parameters and saved buffers by dotted name, detached but sharing memory."""
        if args:
            warnings.warn("Positional args are being deprecated, use kwargs instead", FutureWarning, stacklevel=2)
            keywords = {"destination": destination, "prefix": prefix, "keep_vars": keep_vars}
            return state.collect(self, **{**keywords, **dict(zip(keywords, args, strict=False))})
        return state.collect(self, destination, prefix, keep_vars)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> state._IncompatibleKeys:
        """Copy the values of a state_dict into this module, or with `assign=True` take its tensors themselves.

        All keys and shapes are checked before anything is written: after an error the module is as it was.
        `strict=False` allows keys to be missing or superfluous; which were is returned.
        """
        return state.load(self, state_dict, strict, assign)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put this module's own entries into `destination`; for overriding."""
        state.save_own(self, destination, prefix, keep_vars)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: dict, strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        """Take this module's own entries from `state_dict`; for overriding."""
        state.load_own(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)

    get_extra_state = state.get_extra_state
    set_extra_state = state.set_extra_state

    # --- Printing -----------------------------------------------------------------------------------------------------

    def _get_name(self) -> str:
        return self.__class__.__name__

    def extra_repr(self) -> str:
        """What `repr` says about the module itself, in one line or several; for overriding."""
        return ""

    def __repr__(self) -> str:
        own = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): {indented(repr(module))}" for name, module in self._filed(MODULE)]
        if len(own) <= 1 and not children:
            return f"{self._get_name()}({''.join(own)})"
        return f"{self._get_name()}(\n  " + "\n  ".join([*own, *children]) + "\n)"


def _attribute(module: Module, name: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    return getattr(module, name)


def _kind_of(value: Any) -> str | None:
    """What a module files a value as, None if it doesn't."""
    if isinstance(value, Parameter):
        return PARAMETER
    if isinstance(value, Module):
        return MODULE
    return buffer_kind(value.persistent) if isinstance(value, Buffer) else None


MODULE_CALLS.add(Module.__call__.__code__)
