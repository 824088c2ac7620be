"""Weight normalization as a hook: before each forward the weight is computed from its direction and its length.

PyTorch's old form, which code and saved states still use; the new one is `parametrizations.weight_norm`.
"""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from minitorch.errors import message
from minitorch.nn.module import Module
from minitorch.nn.parameter import Parameter, is_lazy
from minitorch.ops import norm_except_dim
from minitorch.tensor import Tensor

__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]

AModule = TypeVar("AModule", bound=Module)


def _weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """w = g v / ‖v‖, where the norm goes over all dims but one; over all if `dim` is -1."""
    return v * (g / norm_except_dim(v, 2, dim))


def check_shape_known(weight: Tensor) -> None:
    """Raise for the parameter of a lazy module that wasn't called yet."""
    if is_lazy(weight):
        raise ValueError(
            message(
                "A norm needs the shape of its weight, and this parameter is uninitialized",
                hint="call the lazy module with an input first",
            )
        )


class WeightNorm:
    """The hook: it sets `module.<name>` from `<name>_g`, the lengths, and `<name>_v`, the directions."""

    def __init__(self, name: str, dim: int | None):
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight that the two parameters make."""
        return _weight_norm(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> WeightNorm:
        """Put the two parameters in the weight's place and hang the hook on the module."""
        warnings.warn(
            "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
            FutureWarning,
            stacklevel=3,
        )
        if any(isinstance(hook, WeightNorm) and hook.name == name for hook in module._forward_pre_hooks.values()):
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        hook = WeightNorm(name, dim)
        weight = getattr(module, name)
        check_shape_known(weight)
        lengths = Parameter(norm_except_dim(weight, 2, hook.dim).detach())
        del module._parameters[name]
        module.register_parameter(name + "_g", lengths)
        module.register_parameter(name + "_v", Parameter(weight.data))
        hook(module)
        module.register_forward_pre_hook(hook)
        return hook

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again, with the value that it has now."""
        weight = self.compute_weight(module)
        for suffix in ("", "_g", "_v"):
            delattr(module, self.name + suffix)
        setattr(module, self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any = None) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: AModule, name: str = "weight", dim: int | None = 0) -> AModule:
    """Compute a weight from its length and direction, w = g v / ‖v‖ (Salimans and Kingma 2016, arXiv:1602.07868).

    `dim`: the dim of the outputs, each of which has a length of its own; None: one length for all.
    """
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: AModule, name: str = "weight") -> AModule:
    """Undo `weight_norm`; the weight keeps its value."""
    for number, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
