"""SparseAdam: Adam for sparse gradients, of which minitorch has none, so that it only says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from minitorch.errors import message
from minitorch.tensor import Tensor

from .optimizer import Optimizer
from .settings import check_rate_and_betas

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Adam that moves only where the gradient isn't zero; as in PyTorch, `step` refuses dense gradients.

    All of minitorch's gradients are dense, so a step that has any raises. It is here for programs that name it.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ):
        if not eps > 0:
            raise ValueError(f"Invalid epsilon value: {eps}; expected a number above 0")
        check_rate_and_betas(lr, eps, betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        complex_params = [
            [index, position]
            for index, group in enumerate(self.param_groups)
            for position, param in enumerate(group["params"])
            if param.is_complex()
        ]
        if complex_params:
            raise ValueError(
                f"Complex params at indices {complex_params}: SparseAdam does not support complex parameters"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Return the loss of `closure` if no parameter has a gradient; raise RuntimeError if one has."""
        loss = self._loss(closure)
        if any(pairs for _, pairs in self._ready()):
            raise RuntimeError(
                message(
                    "SparseAdam does not support dense gradients, please consider Adam instead",
                    where="SparseAdam.step()",
                )
            )
        return loss
