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

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from minitorch.autograd import no_grad
from minitorch.autograd.places import MODULE_CALLS
from minitorch.backend import Device
from minitorch.dtypes import DType, bfloat16, float16, float32, float64
from minitorch.hooks import RemovableHandle
from minitorch.nn import state
from minitorch.nn.calling import HOOKS_OF_ALL, Hook, add_hook, call_with_hooks, say_where
from minitorch.nn.parameter import Buffer, Parameter
from minitorch.nn.registry import (
    BUFFERS,
    MODULE,
    PARAMETER,
    Filed,
    buffer_kind,
    check_kind,
    check_name,
    indented,
    typename,
)
from minitorch.tensor import Tensor


class Module:
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
    training: bool
    _kinds: dict[str, str]  # name -> what it is filed as
    _hooks: dict[int, Hook]  # on calls
    _state_hooks: dict[int, Hook]  # on saving and loading

    def __init__(self) -> None:
        self.__dict__.update(training=True, _kinds={}, _hooks={}, _state_hooks={})

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
            if filed is None and wanted != MODULE and hasattr(type(self), name):
                raise KeyError(f"attribute '{name}' already exists")
            self._register(name, value, wanted)
        elif filed is not None:
            check_kind(name, filed, value)
            self.__dict__[name] = value
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
        if self._kinds.get(name) != kind:  # what was there goes; what comes is the last of its kind
            self._kinds.pop(name, None)
        self._kinds[name] = kind
        self.__dict__[name] = value

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
        return self._named_members(prefix, recurse, remove_duplicate, PARAMETER)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters: what an optimizer gets."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """(dotted name, buffer) of this module and, if `recurse`, of those below."""
        return self._named_members(prefix, recurse, remove_duplicate, *BUFFERS)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers: state that isn't trained."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named_members(self, prefix: str, recurse: bool, remove_duplicate: bool, *kinds: str) -> Iterator:
        seen: set[int] = set()  # by id: a Tensor's == is elementwise
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in module._filed(*kinds):
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

    # --- Conversion ---------------------------------------------------------------------------------------------------

    def apply(self, fn: Callable[[Module], None]) -> Self:
        """Call `fn` on every module below, then on this one; for example to initialise."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace every parameter's data, its gradient's and every buffer by `fn` of it; the Parameters stay the same objects."""
        for module in self.children() if recurse else ():
            module._apply(fn)
        with no_grad():
            for name, value in self._filed(PARAMETER, *BUFFERS):
                if value is None:
                    continue
                if self._kinds[name] != PARAMETER:
                    self.__dict__[name] = fn(value)
                    continue
                gradient = value.grad
                value.grad = None
                value.data = fn(value)
                if gradient is not None:
                    value.grad = fn(gradient)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """`to(device)`, `to(dtype)`, `to(device, dtype)` or `to(tensor)`: move and convert all parameters and buffers.

        A dtype must be floating or complex and changes only tensors that are so already.
        """
        device, dtype, non_blocking = _where_to(*args, **kwargs)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype!r}"
            )

        def convert(tensor: Tensor) -> Tensor:
            takes_dtype = tensor.is_floating_point() or tensor.is_complex()
            return tensor.to(device=device, dtype=dtype if takes_dtype else None, non_blocking=non_blocking)

        return self._apply(convert)

    def cpu(self) -> Self:
        """Move all parameters and buffers to the CPU."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device: int | str | Device | None = None) -> Self:
        """Move all parameters and buffers to a CUDA device."""
        place = "cuda" if device is None else f"cuda:{device}" if isinstance(device, int) else device
        return self._apply(lambda t: t.to(place))

    def to_empty(self, *, device: str | Device | None, recurse: bool = True) -> Self:
        """Put uninitialised tensors of the same shapes on `device`, without copying values."""
        return self._apply(lambda t: t.new_empty(t.shape, device=device), recurse)

    def type(self, dst_type: DType) -> Self:
        """Convert all parameters and buffers to `dst_type`."""
        return self._apply(lambda t: t.to(dst_type))

    def float(self) -> Self:
        """Convert floating-point parameters and buffers to float32."""
        return self._apply(lambda t: t.to(float32) if t.is_floating_point() else t)

    def double(self) -> Self:
        """Convert floating-point parameters and buffers to float64."""
        return self._apply(lambda t: t.to(float64) if t.is_floating_point() else t)

    def half(self) -> Self:
        """Convert floating-point parameters and buffers to float16."""
        return self._apply(lambda t: t.to(float16) if t.is_floating_point() else t)

    def bfloat16(self) -> Self:
        """Convert floating-point parameters and buffers to bfloat16."""
        return self._apply(lambda t: t.to(bfloat16) if t.is_floating_point() else t)

    # --- State (the work is done in state.py) -------------------------------------------------------------------------

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """An ordered dict of all parameters and saved buffers by dotted name, detached but sharing memory."""
        return state.collect(self, destination, prefix, keep_vars)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> state.Keys:
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

    get_extra_state: Callable[..., Any] = state.no_extra_state
    set_extra_state: Callable[..., Any] = state.no_extra_state

    # --- Hooks (called in calling.py and state.py) --------------------------------------------------------------------

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
        return add_hook(self._hooks, Hook("backward", hook), prepend)

    def register_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before state_dict() collects."""
        return add_hook(self._state_hooks, Hook("save_pre", hook))

    def register_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after state_dict() has collected."""
        return add_hook(self._state_hooks, Hook("save", hook))

    def register_load_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call the hook with the module and the arguments of `_load_from_state_dict` before it looks for its entries."""
        return add_hook(self._state_hooks, Hook("load_pre", hook))

    def register_load_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after loading; it may edit the two lists in place."""
        return add_hook(self._state_hooks, Hook("load", hook))

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


def _where_to(
    *args: Any, device: Any = None, dtype: DType | None = None, non_blocking: bool = False
) -> tuple[Any, DType | None, bool]:
    """The device and dtype that the arguments of `Module.to` name."""
    for argument in args:
        if isinstance(argument, Tensor):
            device, dtype = argument.device, argument.dtype
        elif isinstance(argument, DType):
            dtype = argument
        elif isinstance(argument, bool):
            non_blocking = argument
        elif argument is not None:
            device = argument
    return (Device(device) if isinstance(device, str) else device), dtype, non_blocking


def _kind_of(value: Any) -> str | None:
    """What a module files a value as, None if it doesn't."""
    if isinstance(value, Parameter):
        return PARAMETER
    if isinstance(value, Module):
        return MODULE
    return buffer_kind(value.persistent) if isinstance(value, Buffer) else None


MODULE_CALLS.add(Module.__call__.__code__)
