"""What all schedulers share: counting steps, setting the groups' rates, and going in and out of a checkpoint."""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable
from typing import Any

from minitorch.optim.optimizer import Optimizer
from minitorch.tensor import Tensor

__all__ = [
    "LRScheduler",
    "by_group",
    "check_optimizer",
    "copied",
    "functions_saved",
    "load_functions",
    "set_value",
    "values",
]


class LRScheduler:
    """A schedule; a subclass gives `get_lr`, the rates of the groups at step `last_epoch`.

    `last_epoch` other than -1 resumes: the optimizer's groups must then have an "initial_lr" already. A subclass may have
    `_get_closed_form_lr` too, the same from `last_epoch` alone, for those who jump to an epoch.
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for index, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{index}] when resuming scheduler with "
                    "last_epoch >= 0; load the optimizer's state_dict first, or leave last_epoch out"
                )
        self.base_lrs = values(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[Any]:
        """The learning rate of each group at `last_epoch`."""
        raise NotImplementedError(f"{type(self).__name__} must define get_lr()")

    def get_last_lr(self) -> list[Any]:
        """The learning rates that the last step set, by group."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on by one epoch (or batch) and set the groups' learning rates; `epoch`, to go elsewhere, is deprecated."""
        if self._step_count == 1 and not getattr(self.optimizer, "_opt_called", False):
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`: the first learning rate of the schedule "
                "was never used. Call optimizer.step() first",
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is not None:
            warn_of_epoch()
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
        self._set_rates(closed or self.get_lr)

    def _set_rates(self, rates: Callable[[], list[Any]]) -> None:
        self._get_lr_called_within_step = True
        try:
            found = rates()
        finally:
            self._get_lr_called_within_step = False
        for group, lr in zip(self.optimizer.param_groups, found, strict=True):
            set_value(group, "lr", lr)
        self._last_lr = self._present()

    def _warn_outside_of_step(self) -> None:
        """Rules say the next rate, so that who asks for the present one gets it wrong."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.", stacklevel=3
            )

    def state_dict(self) -> dict[str, Any]:
        """All there is to say about the scheduler, apart from the optimizer."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict()` gave, here or in PyTorch."""
        vars(self).update(state_dict)

    def _present(self) -> list[Any]:
        return values(self.optimizer, "lr")


class _LRScheduler(LRScheduler):
    """The name of LRScheduler in old programs."""


def check_optimizer(optimizer: Any) -> None:
    """A schedule is one of an Optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def warn_of_epoch() -> None:
    """`step(epoch)` jumps, which most rules can't."""
    warnings.warn(
        "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible; call "
        "`scheduler.step()` without it",
        stacklevel=3,
    )


def copied(value: Any) -> Any:
    """A setting that changes of the original don't reach."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def values(optimizer: Optimizer, key: str) -> list[Any]:
    """One setting of all groups."""
    return [copied(group[key]) for group in optimizer.param_groups]


def set_value(group: dict[str, Any], key: str, value: Any) -> None:
    """Change a setting; a Tensor stays the same one."""
    if isinstance(group[key], Tensor):
        group[key].fill_(float(value))
    else:
        group[key] = value


def by_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """A value for each group, out of one for all or a list of them."""
    count = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        value = [value] * count
    if len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {count}."
        )
    return [copied(item) for item in value]


def functions_saved(functions: list[Any]) -> list[dict[str, Any] | None]:
    """What a checkpoint keeps of functions: the attributes of callable objects, and of functions nothing."""
    return [None if isinstance(f, types.FunctionType) else dict(vars(f)) for f in functions]


def load_functions(functions: list[Any], saved: list[dict[str, Any] | None]) -> None:
    """Give callable objects their attributes back."""
    for function, attributes in zip(functions, saved, strict=True):
        if attributes is not None:
            vars(function).update(attributes)
