"""Parametrizations: a module's tensor becomes a function of others, which are what is trained.

After `register_parametrization(module, "weight", f)` reading `module.weight` computes f(original), where the original is a
parameter of `module.parametrizations.weight`; assigning to `module.weight` sets the original to `f.right_inverse(value)`.
The module's class becomes a subclass made for it alone, in which the tensors' names are properties.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from minitorch.autograd import no_grad
from minitorch.errors import message
from minitorch.nn.layers.container import ModuleDict, ModuleList
from minitorch.nn.module import Module
from minitorch.nn.parameter import Parameter
from minitorch.tensor import Tensor

__all__ = ["ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
           "transfer_parametrizations_and_params", "type_before_parametrizations"]  # fmt: skip

AModule = TypeVar("AModule", bound=Module)


# --- Cache ------------------------------------------------------------------------------------------------------------

_cache: dict[tuple[int, str], Tensor] = {}
_cached_blocks = 0  # how many `with cached():` are open


@contextmanager
def cached() -> Iterator[None]:
    """Within the block each parametrized tensor is computed once, when it is first read.

    Worth it where one is read often, as the weights of a recurrent cell. Optimizer steps belong outside the block.
    """
    global _cached_blocks
    _cached_blocks += 1
    try:
        yield
    finally:
        _cached_blocks -= 1
        if not _cached_blocks:
            _cache.clear()


# --- The list of a tensor's parametrizations --------------------------------------------------------------------------


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, first to last, and the original that goes into the first.

    The original is called `original`, or `original0`, `original1`, ... if the first one takes several tensors: as many as its
    `right_inverse` gives. `unsafe`: the result may have another shape or dtype than the tensor had.
    """

    original: Any
    unsafe: bool

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False):
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        with no_grad():
            inverse: Any = original
            for module in reversed(list(self)):
                inverse = _inverse_if_any(module, inverse)
            _check_inverse(inverse)
            self.is_tensor = isinstance(inverse, Tensor)
            self.ntensors = 1 if self.is_tensor else len(inverse)
            if self.is_tensor:
                _check_same("What `right_inverse` returns must have the tensor's", original, inverse, "dtype", "device")
            if not unsafe:
                _check_same(_MAY_NOT_CHANGE, original, self._computed([inverse] if self.is_tensor else inverse))
        if isinstance(inverse, Tensor):
            _put_into(original, inverse)
            _file(self, "original", original)
            return
        for position, one in enumerate(inverse):
            one = Parameter(one, original.requires_grad) if isinstance(original, Parameter) else one
            _file(self, f"original{position}", one.requires_grad_(original.requires_grad))

    def right_inverse(self, value: Any) -> None:
        """Set the original so that the parametrized tensor becomes `value`, as far as the right inverses can."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
        if self.is_tensor:
            _check_tensor("`right_inverse` should return a tensor", value)
        elif not isinstance(value, Sequence) or len(value) != self.ntensors:
            got = f"{len(value)} of them" if isinstance(value, Sequence) else type(value).__name__
            raise ValueError(f"'right_inverse' must return a sequence of {self.ntensors} tensors. Got {got}.")
        values: list[Any] = [value] if self.is_tensor else list(value)
        pairs = list(zip(self._originals(), values, strict=True))
        for original, tensor in pairs:
            _check_tensor("'right_inverse' must return tensors", tensor)
            _check_same("What `right_inverse` returns must have the original's", original, tensor, "dtype")
        for original, tensor in pairs:
            _put_into(original, tensor)

    def forward(self) -> Any:
        return self._computed(self._originals())

    def _computed(self, originals: Sequence[Tensor]) -> Any:
        first, *others = self
        result = first(*originals)
        for parametrization in others:
            result = parametrization(result)
        return result

    def _originals(self) -> list[Tensor]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{position}") for position in range(self.ntensors)]


_MAY_NOT_CHANGE = "Registering a parametrization, unless with unsafe=True, may not change the tensor's"


def _inverse_if_any(module: Any, value: Any) -> Any:
    if not hasattr(module, "right_inverse"):
        return value
    try:
        return module.right_inverse(value)
    except NotImplementedError:  # as a method may say that it is for some settings only
        return value


def _check_inverse(inverse: Any) -> None:
    if not isinstance(inverse, (Tensor, Sequence)):
        raise ValueError(
            f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got {type(inverse).__name__}"
        )
    for position, one in enumerate(() if isinstance(inverse, Tensor) else inverse):
        _check_tensor(f"'right_inverse' must return a Tensor or a Sequence of tensors; element {position} is none", one)


def _check_tensor(what: str, value: Any) -> None:
    if not isinstance(value, Tensor):
        raise ValueError(f"{what}. Got {type(value).__name__}.")


def _check_same(what: str, before: Tensor, after: Any, *facts: str) -> None:
    """Raise unless two tensors have the same dtype and shape, or what `facts` say instead."""
    _check_tensor("A parametrization must return a tensor", after)
    for fact in facts or ("dtype", "shape"):
        expected, got = getattr(before, fact), getattr(after, fact)
        if expected != got:
            raise ValueError(message(f"{what} {fact}", expected=expected, got=got))


def _put_into(original: Tensor, value: Tensor) -> None:
    """Let a tensor that somebody holds have the memory of another."""
    if value is not original:
        original.data = value.detach()


def _file(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


# --- The class of a parametrized module -------------------------------------------------------------------------------


def _parametrized_class(kind: type, names: Iterable[str]) -> type:
    """A subclass in which these names are computed."""
    members: dict[str, Any] = {name: _property(name) for name in names}
    members["__getstate__"] = _refuse_to_pickle
    if not hasattr(kind, "__deepcopy__"):
        members["__deepcopy__"] = _deep_copy
    return type(f"Parametrized{kind.__name__}", (kind,), members)


def _property(name: str) -> property:
    def compute(module: Any) -> Any:
        if not _cached_blocks:
            return module.parametrizations[name]()
        key = id(module), name
        if key not in _cache:
            _cache[key] = module.parametrizations[name]()
        return _cache[key]

    def assign(module: Any, value: Any) -> None:
        module.parametrizations[name].right_inverse(value)

    return property(compute, assign)


def _refuse_to_pickle(module: Module) -> Any:
    raise RuntimeError(
        message(
            "Serialization of parametrized modules is only supported through state_dict()",
            where=type(module).__name__,
            hint="save module.state_dict(); load it into a module that was parametrized in the same way",
        )
    )


def _deep_copy(module: Any, memo: dict) -> Any:
    """A copy with a class of its own, so that the two can lose their parametrizations one by one."""
    kind = type_before_parametrizations(module)
    twin = object.__new__(_parametrized_class(kind, module.parametrizations))
    memo[id(module)] = twin
    twin.__dict__.update(copy.deepcopy(module.__dict__, memo))
    return twin


# --- Registering and removing -----------------------------------------------------------------------------------------


def register_parametrization(
    module: AModule, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> AModule:
    """Compute a parameter or buffer of a module by a parametrization, or by one more after those that it has.

    `parametrization.right_inverse`, if it has one, says what the original begins as; without one it begins as the tensor
    itself. unsafe: shapes and dtypes aren't checked, and may change.

    >>> from minitorch import nn, tensor
    >>> class Positive(nn.Module):
    ...     def forward(self, x): return x.exp()
    ...     def right_inverse(self, y): return y.log()
    >>> layer = register_parametrization(nn.Linear(1, 1, bias=False), "weight", Positive())
    >>> layer.weight = tensor([[2.0]])
    >>> layer.weight.detach(), layer.parametrizations.weight.original.detach()
    (tensor([[2.]]), tensor([[0.6931]]))
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_added(getattr(module, tensor_name), parametrization)
        entries = _lists_of(module)[tensor_name]
        entries.append(parametrization)
        entries.unsafe |= unsafe
    elif tensor_name in module._parameters or tensor_name in module._buffers:
        entries = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
        delattr(module, tensor_name)
        kind = type_before_parametrizations(module)
        if not is_parametrized(module):
            module.parametrizations = ModuleDict()
        module.__class__ = _parametrized_class(kind, [*_lists_of(module), tensor_name])
        _lists_of(module)[tensor_name] = entries
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'"
        )
    return module


def _check_added(value: Tensor, parametrization: Any) -> None:
    """Raise unless one more parametrization, and its right inverse, keep dtype and shape of a tensor."""
    result = parametrization(value)
    _check_same(_MAY_NOT_CHANGE, value, result)
    if hasattr(parametrization, "right_inverse"):
        try:
            inverse = parametrization.right_inverse(result)
        except NotImplementedError:
            return
        _check_same("parametrization.right_inverse, unless with unsafe=True, must keep the tensor's", value, inverse)


def _lists_of(module: Any) -> ModuleDict:
    """The ParametrizationLists of a module by the names of their tensors."""
    return module.parametrizations


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Has the module a parametrized tensor: any, or one of this name?"""
    entries = getattr(module, "parametrizations", None)
    if not isinstance(entries, ModuleDict):
        return False
    return len(entries) > 0 if tensor_name is None else tensor_name in entries


def remove_parametrizations(module: AModule, tensor_name: str, leave_parametrized: bool = True) -> AModule:
    """Make a parametrized tensor an ordinary one again: with the value that it has now, or else the original's."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    entries = _lists_of(module)[tensor_name]
    if entries.is_tensor:
        tensor = entries.original
        if leave_parametrized:
            with no_grad():
                _put_into(tensor, getattr(module, tensor_name))
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        tensor = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence "
            "of tensors."
        )
    kind = type_before_parametrizations(module)
    del _lists_of(module)[tensor_name]
    names = list(_lists_of(module))
    module.__class__ = _parametrized_class(kind, names) if names else kind
    if not names:
        delattr(module, "parametrizations")
    _file(module, tensor_name, tensor)
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that the module had before its first parametrization."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Module, to_module: Any, tensor_name: str | None = None) -> Module:
    """Give a module the parametrizations of another, all or those of one tensor, with their originals; both then share them."""
    if not is_parametrized(from_module):
        return to_module
    for name in _lists_of(from_module) if tensor_name is None else [tensor_name]:
        source = _lists_of(from_module)[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in source:
            register_parametrization(to_module, name, parametrization)
        for original in source._parameters.keys() | source._buffers.keys():
            setattr(_lists_of(to_module)[name], original, getattr(source, original))
    return to_module
