"""How a Module files its attributes: by kind, under names that are checked here."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from minitorch.nn.hooks import REGISTRATION_HOOKS, of_kind
from minitorch.tensor import Tensor

if TYPE_CHECKING:
    from minitorch.nn.module import Module

PARAMETER, BUFFER, UNSAVED_BUFFER, MODULE = "parameter", "buffer", "unsaved buffer", "module"
BUFFERS = (BUFFER, UNSAVED_BUFFER)


class Filed(MutableMapping):
    """A module's attributes of one kind as a live dict: what PyTorch keeps as `_parameters`, `_buffers`, `_modules`.

    >>> from minitorch import nn
    >>> nn.Sequential(nn.ReLU())._modules
    {'0': ReLU()}
    """

    def __init__(self, module: Module, *kinds: str):
        self._module, self._of = module, kinds

    def __getitem__(self, name: str) -> Any:
        if self._module._kinds.get(name) not in self._of:
            raise KeyError(name)
        return self._module.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        kinds = self._module._kinds
        if kinds.get(name) not in self._of:
            kinds[name] = self._of[0]
        self._module.__dict__[name] = value

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        del self._module._kinds[name], self._module.__dict__[name]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._module._filed(*self._of)])

    def __len__(self) -> int:
        return len(self._module._filed(*self._of))

    def __repr__(self) -> str:
        return repr(dict(self))


def buffer_kind(persistent: bool) -> str:
    return BUFFER if persistent else UNSAVED_BUFFER


def check_name(module: Module, what: str, name: Any, *kinds: str) -> None:
    """Raise unless an attribute of one of these kinds may have this name."""
    if "_kinds" not in module.__dict__:
        raise AttributeError(f"cannot assign {what} before Module.__init__() call")
    if not isinstance(name, str):
        raise TypeError(f"{what} name should be a string. Got {typename(name)}")
    if "." in name:
        raise KeyError(f'{what} name can\'t contain "."' + (f", got: {name}" if what == "module" else ""))
    if name == "":
        raise KeyError(f'{what} name can\'t be empty string ""')
    if module._kinds.get(name) not in kinds and hasattr(module, name):
        raise KeyError(f"attribute '{name}' already exists")


def check_kind(name: str, kind: str, value: Any) -> None:
    """Raise unless a value may take the place of an attribute of this kind."""
    if value is None or (kind in BUFFERS and isinstance(value, Tensor)):
        return
    place, expected = {
        PARAMETER: ("parameter", "torch.nn.Parameter or None"),
        MODULE: ("child module", "torch.nn.Module or None"),
    }.get(kind, ("buffer", "torch.nn.Buffer, torch.Tensor or None"))
    raise TypeError(f"cannot assign '{typename(value)}' as {place} '{name}' ({expected} expected)")


def after_hooks(module: Module, name: str, value: Any, kind: str) -> Any:
    """What the hooks on registration make of a value; they aren't shown that there is no parameter."""
    if value is None and kind == PARAMETER:
        return None
    for hook in of_kind(REGISTRATION_HOOKS, BUFFER if kind in BUFFERS else kind):
        changed = hook.function(module, name, value)
        value = value if changed is None else changed
    return value


def typename(value: Any) -> str:
    """How error messages call the type of a value: `torch.FloatTensor`, `int`, `minitorch.nn.layers.linear.Linear`."""
    if isinstance(value, Tensor):
        return value.type()
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def indented(text: str) -> str:
    """All lines but the first two spaces further in."""
    return text.replace("\n", "\n  ")
