"""The old path of `func.functional_call`."""

from __future__ import annotations

import warnings
from typing import Any

from minitorch import func
from minitorch.nn.module import Module
from minitorch.tensor import Tensor

__all__ = ["functional_call"]


def functional_call(
    module: Module, parameters_and_buffers: dict[str, Tensor], args: Any = None, kwargs: dict[str, Any] | None = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """`module(*args, **kwargs)` with other parameters and buffers; prefer `func.functional_call`, which is the same."""
    warnings.warn(
        "`nn.utils.stateless.functional_call` is deprecated: use `func.functional_call`, which takes the same arguments",
        FutureWarning,
        stacklevel=2,
    )
    return func.functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
