"""Averages of a model's parameters over the steps: equal ones (SWA: Izmailov et al., UAI 2018) or decaying ones (EMA)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from minitorch.autograd import no_grad
from minitorch.dtypes import int64
from minitorch.nn import Module
from minitorch.nn.layers.batch_normalization import BatchNorm
from minitorch.ops.creation import tensor
from minitorch.tensor import Tensor

from .lr_scheduler.scheduler import LRScheduler, by_group
from .optimizer import Optimizer

__all__ = [
    "AveragedModel",
    "SWALR",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, Any], Tensor]
Averages = Callable[[list[Tensor], list[Tensor], Any], None]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """`decay` · average + (1 - `decay`) · present, a function of both and of the number averaged so far."""
    _check_decay(decay)

    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Average:
    """average + (present - average) / (number averaged so far + 1)."""

    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """The same as `get_ema_avg_fn` for lists, in place."""
    _check_decay(decay)

    def ema_update(ema_param_list: list[Tensor], current_param_list: list[Tensor], _: Any) -> None:
        _move_all(ema_param_list, current_param_list, 1 - decay)

    return ema_update


def get_swa_multi_avg_fn() -> Averages:
    """The same as `get_swa_avg_fn` for lists, in place."""

    def swa_update(averaged_param_list: list[Tensor], current_param_list: list[Tensor], num_averaged: Any) -> None:
        _move_all(averaged_param_list, current_param_list, 1 / (float(num_averaged) + 1))

    return swa_update


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def _move_all(averages: list[Tensor], present: list[Tensor], share: float) -> None:
    with no_grad():
        for average, value in zip(averages, present, strict=True):
            if average.is_floating_point() or average.is_complex():
                average.lerp_(value, share)
            else:
                average.copy_(average * (1 - share) + value * share)


class AveragedModel(Module):
    """A copy of `model` in `module` whose parameters are averages: call `update_parameters(model)` after steps.

    The first call copies. After that `avg_fn` says a parameter's new average, or `multi_avg_fn` writes those of all; without
    either, all models count alike. `use_buffers` averages buffers too, which otherwise follow the model's.

    >>> from minitorch import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = AveragedModel(model)
    >>> for value in (1.0, 2.0, 6.0):
    ...     _ = nn.init.constant_(model.weight, value)
    ...     average.update_parameters(model)
    >>> average.module.weight.item()
    3.0
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ):
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model says."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the present parameters of `model` into the average."""
        mine, its = self.module.parameters(), model.parameters()
        if self.use_buffers:
            mine, its = chain(mine, self.module.buffers()), chain(its, model.buffers())
        averages = [average.detach() for average in mine]
        present = [value.detach().to(average.device) for average, value in zip(averages, its, strict=False)]
        with no_grad():
            if self.n_averaged.item() == 0:
                _copy_all(averages, present)
            elif self.avg_fn is not None:
                new = [self.avg_fn(a, p, self.n_averaged.to(a.device)) for a, p in zip(averages, present, strict=True)]
                _copy_all(averages, new)
            else:
                self._average(averages, present)
            if not self.use_buffers:
                _copy_all(list(self.module.buffers()), list(model.buffers()))
            self.n_averaged += 1

    def _average(self, averages: list[Tensor], present: list[Tensor]) -> None:
        """By the function for lists, which gets tensors of one dtype and device at a time."""
        several = self.multi_avg_fn or get_swa_multi_avg_fn()
        alike: dict[tuple, tuple[list[Tensor], list[Tensor]]] = {}
        for average, value in zip(averages, present, strict=True):
            group = alike.setdefault((average.device, average.dtype), ([], []))
            group[0].append(average)
            group[1].append(value)
        for (device, _), group in alike.items():
            several(*group, self.n_averaged.to(device))


def _copy_all(targets: list[Tensor], sources: list[Tensor]) -> None:
    for target, source in zip(targets, sources, strict=True):
        target.detach().copy_(source)


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of all batch norms anew, from one pass over the batches of `loader`.

    A batch is a tensor, or a list or tuple that begins with one.
    """
    momenta: dict[Any, Any] = {}
    for module in model.modules():
        if isinstance(module, BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    training = model.training
    model.train()
    for module in momenta:
        module.momentum = None
    with no_grad():
        for batch in loader:
            first = batch[0] if isinstance(batch, list | tuple) else batch
            model(first if device is None else first.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(training)


class SWALR(LRScheduler):
    """To the rate `swa_lr` in `anneal_epochs` epochs, along half a cosine or a line, and then no further."""

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ):
        for group, rate in zip(optimizer.param_groups, by_group("swa_lr", optimizer, swa_lr), strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def anneal_func(self, t: float) -> float:
        """How much of the way is done after the part `t` of the time."""
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[Any]:
        self._warn_outside_of_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = (self.anneal_func(max(0, min(1, time / max(1, self.anneal_epochs)))) for time in (step - 1, step))
        rates = []
        for group in self.optimizer.param_groups:
            lr, end = group["lr"], group["swa_lr"]
            start = end if before == 1 else (lr - before * end) / (1 - before)
            rates.append(end * now + start * (1 - now))
        return rates
