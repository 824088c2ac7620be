"""Optimizer: parameters in groups with settings, a state for each parameter, and the way in and out of a checkpoint.

An algorithm is two things. A subclass says its settings, their checks and what it keeps for each parameter. Its update rule
is a plain function on arrays, `<algorithm>_update(k, param, grad, ...)`, which returns the new values (rules.py).
"""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import numpy as np

from minitorch.autograd import enable_grad, no_grad
from minitorch.errors import DeviceMismatch, DTypeMismatch, ShapeMismatch, message
from minitorch.hooks import RemovableHandle
from minitorch.ops.interchange import as_tensor
from minitorch.tensor import Tensor, wrap

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook", "required"]


class _Required:
    """The default of a setting that every parameter group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()

_before_any_step: OrderedDict[int, Callable] = OrderedDict()
_after_any_step: OrderedDict[int, Callable] = OrderedDict()


def register_optimizer_step_pre_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before every optimizer's step; a pair that it returns replaces args and kwargs."""
    return RemovableHandle(_before_any_step, hook)


def register_optimizer_step_post_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after every optimizer's step."""
    return RemovableHandle(_after_any_step, hook)


class Optimizer:
    """What all optimizers share; a subclass gives `step`.

    `params` is an iterable of Tensors, of pairs (name, Tensor), or of dicts with such an iterable under "params" and settings
    of their own. `defaults` holds the settings of groups that don't say otherwise.
    """

    _opt_called = False  # has step() been called? A learning-rate scheduler asks

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]):
        if isinstance(params, Tensor):
            raise TypeError(
                message(
                    f"params argument given to the optimizer should be an iterable of Tensors or dicts, but got a "
                    f"{type(params).__name__}",
                    hint="put the tensor in a list: [tensor]",
                )
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._forget_hooks()
        groups = list(params)
        if not groups:
            raise ValueError(
                message(
                    "optimizer got an empty parameter list",
                    where=type(self).__name__,
                    hint="pass model.parameters(); a generator is empty after its first use, so make a new one",
                )
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "step" in vars(cls):
            cls.step = _calling_hooks(cls.step)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; `closure` computes the loss anew, which is returned."""
        raise NotImplementedError(f"{type(self).__name__} must define step()")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or with `set_to_none=False` fill them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none:
                    param.grad = None
                elif param.grad is not None:
                    param.grad = param.grad.detach() if param.grad.requires_grad else param.grad
                    param.grad.zero_()

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for index, group in enumerate(self.param_groups):
            settings = [f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params"]
            text += f"\nParameter Group {index}\n{''.join(settings)}"
        return text + ")"

    # --- Parameter groups ---------------------------------------------------------------------------------------------

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimize more parameters, with settings of their own: `{"params": [...], "lr": 0.1}`."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params, names = _unzip(param_group["params"])
        self._check_params(params)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
        if len(params) != len(set(params)):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; each is updated once for every time it "
                "is listed",
                stacklevel=3,
            )
        self._check_against_groups(set(params), bool(names) or "param_names" in param_group)
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        self.param_groups.append(param_group)

    def _check_params(self, params: list[Any]) -> None:
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}")
            if not (param.is_leaf or param.retains_grad):
                raise ValueError(
                    message(
                        "can't optimize a non-leaf Tensor",
                        got=f"a result of {param.grad_fn.name()} of shape {tuple(param.shape)}",
                        hint="pass the tensor that it was computed from, or .detach().requires_grad_()",
                    )
                )

    def _check_against_groups(self, params: set[Tensor], named: bool) -> None:
        for index, group in enumerate(self.param_groups):
            if named != ("param_names" in group):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{'with' if named else 'without'} names to the optimizer"
                )
            if not params.isdisjoint(group["params"]):
                raise ValueError(
                    message(
                        "some parameters appear in more than one parameter group",
                        where=f"parameter group {len(self.param_groups)}",
                        got=f"{len(params.intersection(group['params']))} that group {index} has already",
                    )
                )

    # --- Steps --------------------------------------------------------------------------------------------------------

    def _loss(self, closure: Callable[[], Any] | None) -> Any:
        if closure is None:
            return None
        with enable_grad():
            return closure()

    def _ready(self) -> list[tuple[dict[str, Any], list[tuple[Tensor, Tensor]]]]:
        """For each group its parameters with their gradients; all are checked before the first one is changed."""
        ready = []
        for group in self.param_groups:
            pairs = []
            for param in group["params"]:
                grad = param.grad
                if grad is None:
                    continue
                if (
                    grad._array.shape != param._array.shape
                    or grad.dtype is not param.dtype
                    or grad.device is not param.device
                ):
                    raise misfit(self, "gradient", grad, param)
                pairs.append((param, grad))
            ready.append((group, pairs))
        return ready

    # --- Checkpoints --------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """`{"state": ..., "param_groups": ...}` with parameters numbered in the order of the groups, as PyTorch does."""
        for hook in self._state_dict_pre_hooks.values():
            hook(self)
        number: dict[Tensor, int] = {}
        groups, start = [], 0
        for group in self.param_groups:
            for position, param in enumerate(group["params"], start):
                number.setdefault(param, position)
            start += len(group["params"])
            groups.append({**group, "params": [number[param] for param in group["params"]]})
            groups[-1]["params"] = groups[-1].pop("params")  # PyTorch lists it last
        state = {number[key] if isinstance(key, Tensor) else key: value for key, value in self.state.items()}
        packed = {"state": state, "param_groups": groups}
        for hook in self._state_dict_post_hooks.values():
            packed = _or(hook(self, packed), packed)
        return packed

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over settings and state from a `state_dict()`, ours or PyTorch's own with its tensors.

        The state is copied, and takes each parameter's dtype and device. Nothing is changed when it doesn't fit (ValueError).
        """
        state_dict = state_dict.copy()
        for hook in self._load_state_dict_pre_hooks.values():
            state_dict = _or(hook(self, state_dict), state_dict)
        saved_groups = [
            {name: value if name == "params" else deepcopy(_native(value)) for name, value in group.items()}
            for group in state_dict["param_groups"]
        ]
        _check_sizes(
            [len(group["params"]) for group in saved_groups], [len(group["params"]) for group in self.param_groups]
        )
        param_of: dict[Any, Tensor] = {}
        for saved, group in zip(saved_groups, self.param_groups, strict=True):
            param_of.update(zip(saved["params"], group["params"], strict=True))
            saved["params"] = group["params"]
            if "param_names" in group:
                saved.setdefault("param_names", group["param_names"])
            for name, default in self.defaults.items():  # settings that didn't exist when the checkpoint was written
                if default is not required:
                    saved.setdefault(name, default)
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        with no_grad():
            for key, value in state_dict["state"].items():
                param = param_of.get(key)
                state[key if param is None else param] = value if param is None else _fitted(value, param)
                self._adapt(state[key if param is None else param])
        self.state, self.param_groups = state, saved_groups
        for hook in self._load_state_dict_post_hooks.values():
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget_hooks()

    def _adapt(self, state: dict[str, Any]) -> None:
        """Make what a checkpoint says of a parameter what this version keeps; old ones have plain numbers as counts."""

    # --- Hooks --------------------------------------------------------------------------------------------------------

    def _forget_hooks(self) -> None:
        self._step_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._step_post_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._state_dict_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._state_dict_post_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._load_state_dict_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._load_state_dict_post_hooks: OrderedDict[int, Callable] = OrderedDict()

    def register_step_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; a pair that it returns replaces args and kwargs."""
        return RemovableHandle(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return RemovableHandle(self._step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before a state dict is made."""
        return _registered(self._state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with each state dict made; a dict that it returns replaces it."""
        return _registered(self._state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before loading; a dict that it returns is loaded instead."""
        return _registered(self._load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after loading."""
        return _registered(self._load_state_dict_post_hooks, hook, prepend)


def _registered(hooks: OrderedDict[int, Callable], hook: Callable, prepend: bool) -> RemovableHandle:
    handle = RemovableHandle(hooks, hook)
    hooks.move_to_end(handle.id, last=not prepend)
    return handle


def _or(result: Any, otherwise: Any) -> Any:
    return otherwise if result is None else result


def _calling_hooks(step: Callable) -> Callable:
    """A step that calls the hooks around itself."""

    @functools.wraps(step)
    def with_hooks(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        if not (self._step_pre_hooks or self._step_post_hooks or _before_any_step or _after_any_step):
            return step(self, *args, **kwargs)
        args = (self, *args)
        for hook in (*_before_any_step.values(), *self._step_pre_hooks.values()):
            replaced = hook(self, args, kwargs)
            if replaced is not None:
                if not isinstance(replaced, tuple) or len(replaced) != 2:
                    raise RuntimeError(
                        f"step pre-hook {hook} must return None or a tuple (args, kwargs), but got {replaced}"
                    )
                args, kwargs = replaced
        result = step(*args, **kwargs)
        for hook in (*self._step_post_hooks.values(), *_after_any_step.values()):
            hook(self, args, kwargs)
        return result

    return with_hooks


# --- Arrays in and out of Tensors -------------------------------------------------------------------------------------


def array_of(target: Tensor) -> Any:
    """The array of a tensor that is about to be written, in a form that can be."""
    if target._view is not None:
        target._sync()
    array = target._array
    if not array.shape:
        array = target._array = target.device.backend.writable(array)
    return array


def store(target: Tensor, array: Any) -> None:
    """Give a tensor its new values, unless the kernel wrote them already, and say that they changed."""
    if array is target._array:
        target._bump()
    else:
        with no_grad():
            target.detach().copy_(wrap(array, target.dtype, target.device))


def number(setting: Any) -> float:
    """A setting that may be a one-element Tensor, as a Python number."""
    return setting.item() if isinstance(setting, Tensor) else setting


def misfit(optimizer: Optimizer, what: str, found: Tensor, param: Tensor) -> Exception:
    if found.shape != param.shape:
        kind, expected, got = ShapeMismatch, tuple(param.shape), tuple(found.shape)
    elif found.device is not param.device:
        kind, expected, got = DeviceMismatch, param.device, found.device
    else:
        kind, expected, got = DTypeMismatch, param.dtype, found.dtype
    place = next(
        f"parameter {position} of group {index}"
        for index, group in enumerate(optimizer.param_groups)
        for position, other in enumerate(group["params"])
        if other is param
    )
    return kind(
        message(
            f"{type(optimizer).__name__}.step(): a {what} doesn't fit its parameter; nothing was updated",
            where=place,
            expected=expected,
            got=got,
            hint="call zero_grad() after changing a parameter's shape, dtype or device, and make a new optimizer",
        )
    )


# --- Reading checkpoints ----------------------------------------------------------------------------------------------


def _check_sizes(saved: list[int], own: list[int]) -> None:
    if len(saved) != len(own):
        raise ValueError(
            message("loaded state dict has a different number of parameter groups", expected=len(own), got=len(saved))
        )
    if saved != own:
        raise ValueError(
            message(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
                expected=f"{own} parameters by group",
                got=saved,
            )
        )


def _native(value: Any) -> Any:
    """A foreign library's tensor as ours; anything else as it is."""
    if hasattr(value, "__dlpack__") and not isinstance(value, Tensor):
        return as_tensor(np.asarray(value))
    return value


HOST = ("step", "mu_product", "eta", "mu")  # counts: they stay on the host, whatever the parameter's device and dtype


def _fitted(value: Any, param: Tensor, key: Any = None) -> Any:
    """A copy of a state value with the parameter's dtype and device; a step count stays as it is, on the host."""
    value = _native(value)
    if isinstance(value, Tensor):
        if not value.shape and key in HOST:
            return value.detach().clone()
        dtype = param.dtype if param.is_floating_point() else value.dtype
        return value.detach().to(device=param.device, dtype=dtype, copy=True)
    if isinstance(value, dict):
        return {name: _fitted(item, param, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_fitted(item, param) for item in value)
    return value


def _unzip(params: Any) -> tuple[list[Any], list[str]]:
    """Parameters and, if they came in pairs (name, parameter), their names."""
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the order of a set changes from run to "
            "run; use a list instead"
        )
    params = [params] if isinstance(params, Tensor) else list(params)
    named = [param for param in params if isinstance(param, tuple)]
    if not named:
        return params, []
    if len(named) != len(params):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return [param for _, param in named], [name for name, _ in named]
