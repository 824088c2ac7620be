"""Modules whose parameters get their shapes from the first input.

    LazyLinear(10)      weight: <UninitializedParameter>      is a LazyLinear
    layer(input)        weight: (10, input.shape[-1])         has become a Linear

Initialise, move and load before that first call as ever; what reads a shape fails with an error that says what to do.
"""

from __future__ import annotations

from typing import Any

from minitorch.nn.module import Module
from minitorch.nn.parameter import is_lazy
from minitorch.nn.registry import BUFFER, PARAMETER, UNSAVED_BUFFER

__all__ = ["LazyModuleMixin"]


class LazyModuleMixin(Module):
    """A base, before the module's own, of modules that make their parameters when they are first called.

    `__init__` puts `UninitializedParameter`s in the parameters' places; `initialize_parameters`, called with the first
    arguments, materializes them; then the module becomes a `cls_to_become`.

    >>> import minitorch
    >>> from minitorch import nn
    >>> layer = nn.LazyLinear(3)
    >>> layer.weight
    <UninitializedParameter>
    >>> layer(minitorch.zeros(1, 5)).shape, layer
    (torch.Size([1, 3]), Linear(in_features=5, out_features=3, bias=True))
    """

    cls_to_become: type[Module] | None = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._load_hook = self.register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize the parameters, as the arguments of the first call ask for; subclasses define it."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Is there a parameter or buffer without a shape?"""
        return any(is_lazy(value) for _, value in self._filed(PARAMETER, BUFFER, UNSAVED_BUFFER))

    def materialize_all(self, shape: tuple[int, ...]) -> None:
        """Give all that has no shape the same one."""
        for _, value in self._filed(PARAMETER, BUFFER, UNSAVED_BUFFER):
            if is_lazy(value):
                value.materialize(shape)

    def _infer_parameters(self, module: Any, args: tuple, kwargs: dict | None = None) -> None:
        """The hook before the first forward."""
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """What has no shape is saved as it is."""
        for kind in (PARAMETER, BUFFER):
            for name, value in self._filed(kind):
                if value is not None:
                    destination[prefix + name] = value if is_lazy(value) or keep_vars else value.detach()

    def _lazy_load_hook(self, module: Any, state_dict: Any, prefix: str, *_: Any) -> None:
        """What has no shape gets that of what will be loaded."""
        for name, value in self._filed(PARAMETER, BUFFER, UNSAVED_BUFFER):
            loaded = state_dict.get(prefix + name)
            if is_lazy(value) and loaded is not None and not is_lazy(loaded):
                value.materialize(loaded.shape)
