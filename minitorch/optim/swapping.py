"""An optimizer that works for a while on other parameters, with other state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minitorch.errors import message
from minitorch.tensor import Tensor

from .optimizer import Optimizer

__all__ = ["swap_in_optimizer_params_and_state"]


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Optimizer, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Inside, `optimizer` has these parameters, in the order of its own, and the state and settings of this state dict.

    The state's tensors are used as they are: what a step writes into them is there afterwards. Everything else that changes
    inside is forgotten. RuntimeError if parameters, state or settings don't match the optimizer's.

    >>> import minitorch
    >>> weight, other = minitorch.tensor([1.0], requires_grad=True), minitorch.tensor([5.0], requires_grad=True)
    >>> optimizer = minitorch.optim.Adam([weight], lr=0.5)
    >>> for param in (weight, other):
    ...     param.grad = minitorch.tensor([2.0])
    >>> optimizer.step()
    >>> with swap_in_optimizer_params_and_state(optimizer, {"weight": other}, optimizer.state_dict()):
    ...     optimizer.step()
    >>> weight.item(), other.item()
    (0.5, 4.5)
    """
    swapped = _matched(optimizer, list(swapin_parameters.values()), swapin_optim_state)
    own_state, own_groups = optimizer.state, [dict(group) for group in optimizer.param_groups]
    state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
    try:
        for group, (settings, params) in zip(optimizer.param_groups, swapped, strict=True):
            for number, param in zip(settings["params"], params, strict=True):
                state[param] = dict(swapin_optim_state["state"].get(number, {}))
            group.update(settings, params=params)
        optimizer.state = state
        yield
    finally:
        for group, own in zip(optimizer.param_groups, own_groups, strict=True):
            group.clear()
            group.update(own)
        optimizer.state = own_state


def _matched(optimizer: Optimizer, params: list[Tensor], saved: Any) -> list[tuple[dict[str, Any], list[Tensor]]]:
    """The settings and parameters that each group gets."""
    if not optimizer.state:
        raise _refused("requires initialized optimizer state", hint="call optimizer.step() first")
    if not isinstance(saved, dict):
        raise _refused("requires a state_dict", got=type(saved).__name__)
    state, groups = saved.get("state"), saved.get("param_groups")
    if not isinstance(state, dict) or any(
        isinstance(key, Tensor) or not isinstance(value, dict) for key, value in state.items()
    ):
        raise _refused("requires swapin_optim_state['state'] to be a dict of dicts by the parameters' numbers")
    if not isinstance(groups, list):
        raise _refused("requires swapin_optim_state['param_groups'] to be a list", got=type(groups).__name__)
    if len(groups) != len(optimizer.param_groups):
        raise _refused("requires as many parameter groups as the optimizer's", len(optimizer.param_groups), len(groups))
    found, start, numbers = [], 0, set()
    for index, (own, group) in enumerate(zip(optimizer.param_groups, groups, strict=True)):
        if not isinstance(group, dict) or not isinstance(group.get("params"), list):
            raise _refused(f"requires group {index} to be a dict with the parameters' numbers under 'params'")
        count = len(group["params"])
        if count != len(own["params"]):
            raise _refused(f"requires as many params in group {index} as in the optimizer's", len(own["params"]), count)
        if group.keys() != own.keys():
            raise _refused(f"requires the settings of the optimizer's group {index}", sorted(own), sorted(group))
        if start + count > len(params):
            raise _refused("requires a parameter for each of the optimizer's", got=len(params))
        found.append((group, params[start : start + count]))
        start += count
        numbers.update(group["params"])
    if not state.keys() <= numbers:
        raise _refused("requires state of the groups' parameters alone", got=sorted(state.keys() - numbers))
    return found


def _refused(what: str, expected: Any = None, got: Any = None, hint: str | None = None) -> RuntimeError:
    return RuntimeError(message(f"swap_in_optimizer_params_and_state {what}", expected=expected, got=got, hint=hint))
