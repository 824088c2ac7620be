"""`GradScaler`: multiply the loss by a large number, so that small gradients don't become 0 in float16, and divide it out again.

    scaler.scale(loss).backward()
    scaler.step(optimizer)      # divides the gradients; skips the step where one of them is inf or nan
    scaler.update()             # a smaller scale after a skipped step, a larger one after many good steps

float16 holds nothing below 6e-8. The best scale is the largest that doesn't overflow; the scaler finds it by trying.
"""

from __future__ import annotations

import enum
import inspect
import warnings
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from minitorch import dtypes
from minitorch.amp.autocast_mode import cuda_is_available
from minitorch.autograd import no_grad
from minitorch.backend import Device
from minitorch.ops import creation
from minitorch.tensor import Tensor

__all__ = ["GradScaler", "OptState"]


class OptState(enum.Enum):
    """How far an optimizer is with this step."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


def _nothing_done() -> dict[str, Any]:
    return {"stage": OptState.READY, "found_inf_per_device": {}}


class GradScaler:
    """The scale of the loss, and what happens when it was too large.

    The scale starts at `init_scale`, is multiplied by `backoff_factor` after a step with an inf or nan, and by `growth_factor`
    after `growth_interval` steps without. enabled=False: every method does as if there were no scale.

    >>> import minitorch
    >>> weight = minitorch.nn.Parameter(minitorch.tensor([2.0]))
    >>> optimizer = minitorch.optim.SGD([weight], lr=0.5)
    >>> scaler = GradScaler("cpu", init_scale=1024.0)
    >>> scaler.scale((weight * 3).sum()).backward()
    >>> scaler.step(optimizer)
    >>> scaler.update()
    >>> weight.detach(), scaler.get_scale()
    (tensor([0.5000]), 1024.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ):
        self._device, self._enabled = device, enabled
        if device == "cuda" and enabled and not cuda_is_available():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            self._enabled = False
        if self._enabled:
            assert growth_factor > 1.0, "The growth factor must be > 1.0."
            assert backoff_factor < 1.0, "The backoff factor must be < 1.0."
            self._init_scale, self._init_growth_tracker = init_scale, 0
            self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
            self._growth_interval = growth_interval
            # A tensor each, on the device of the first loss, so that a GPU need not be waited for.
            self._scale: Tensor | None = None
            self._growth_tracker: Tensor | None = None
            self._per_optimizer_states = self._fresh()

    @staticmethod
    def _fresh() -> dict[int, dict[str, Any]]:
        return defaultdict(_nothing_done)

    # --- The loss -----------------------------------------------------------------------------------------------------

    def scale(self, outputs: Any) -> Any:
        """The loss, or each of several in lists or other iterables, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            if self._scale is None:
                self._start(outputs.device)
            return outputs * self._started("scale")[0].to(outputs.device)
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, list | tuple) else scaled  # type: ignore[call-arg]
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def _start(self, device: Device) -> None:
        assert self._growth_tracker is None, "_growth_tracker initialized before _scale"
        self._scale = creation.full((), self._init_scale, dtype=dtypes.float32, device=device)
        self._growth_tracker = creation.full((), self._init_growth_tracker, dtype=dtypes.int32, device=device)

    def _started(self, name: str) -> tuple[Tensor, Tensor]:
        fix = "This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration."
        assert self._scale is not None, f"Attempted {name} but _scale is None.  {fix}"
        assert self._growth_tracker is not None, f"Attempted {name} but _growth_tracker is None.  {fix}"
        return self._scale, self._growth_tracker

    # --- The gradients ------------------------------------------------------------------------------------------------

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the scale, for those who look at them before `step`."""
        if not self._enabled:
            return
        scale, _ = self._started("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        inverse = scale.double().reciprocal().float()
        state["found_inf_per_device"] = self._unscale_grads_(optimizer, inverse, allow_fp16=False)
        state["stage"] = OptState.UNSCALED

    def _unscale_grads_(self, optimizer: Any, inverse: Tensor, allow_fp16: bool) -> dict[Device, Tensor]:
        """Multiply all gradients; returns, for each device, 1 if there was an inf or nan among them, else 0."""
        found: dict[Device, Tensor] = {}
        with no_grad():
            for parameter in [parameter for group in optimizer.param_groups for parameter in group["params"]]:
                gradient = parameter.grad
                if gradient is None:
                    continue
                if gradient.dtype is dtypes.float16 and not allow_fp16:
                    raise ValueError("Attempting to unscale FP16 gradients.")
                bad = (~gradient.isfinite()).any().float()
                gradient.copy_(gradient * inverse.to(gradient.device))
                before = found.get(gradient.device)
                found[gradient.device] = bad if before is None else before.maximum(bad)
        return found

    def _check_inf_per_device(self, optimizer: Any) -> dict[Device, Tensor]:
        """Look for inf and nan, and leave the gradients as they are, for optimizers that divide them themselves."""
        scale, _ = self._started("_check_inf_per_device")
        found = self._unscale_grads_(optimizer, creation.ones_like(scale), allow_fp16=True)
        self._per_optimizer_states[id(optimizer)]["found_inf_per_device"] = found
        return found

    def _found_inf_per_device(self, optimizer: Any) -> dict[Device, Tensor]:
        return self._per_optimizer_states[id(optimizer)]["found_inf_per_device"]

    # --- The step -----------------------------------------------------------------------------------------------------

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """optimizer.step(), with gradients divided by the scale; nothing where one of them is inf or nan."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._started("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if getattr(optimizer, "_step_supports_amp_scaling", False):
            result = self._own_step(optimizer, state, args, kwargs)
        else:
            if state["stage"] is OptState.READY:
                self.unscale_(optimizer)
            assert state["found_inf_per_device"], "No inf checks were recorded for this optimizer."
            bad = sum(found.item() for found in state["found_inf_per_device"].values())
            result = None if bad else optimizer.step(*args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def _own_step(self, optimizer: Any, state: dict[str, Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """The step of an optimizer that divides, and skips, by itself: it is told the scale and what was found."""
        if "grad_scaler" in inspect.signature(optimizer.step).parameters:
            warnings.warn(
                "GradScaler is going to stop passing itself as a keyword argument to the passed optimizer. In the near future "
                "GradScaler registers `grad_scale: Tensor` and `found_inf: Tensor` to the passed optimizer and let the "
                "optimizer use them directly.",
                FutureWarning,
                stacklevel=3,
            )
            return optimizer.step(*args, **{**kwargs, "grad_scaler": self})
        if state["stage"] is OptState.READY:
            self._check_inf_per_device(optimizer)
        scale, _ = self._started("step")
        given = getattr(optimizer, "grad_scale", None)
        if state["stage"] is not OptState.UNSCALED:
            given = scale * (1 if given is None else given)
        optimizer.grad_scale = given
        optimizer.found_inf = sum(found.to(scale.device) for found in state["found_inf_per_device"].values())
        try:
            return optimizer.step(*args, **kwargs)
        finally:
            del optimizer.grad_scale, optimizer.found_inf

    # --- The scale ----------------------------------------------------------------------------------------------------

    def update(self, new_scale: Any = None) -> None:
        """Choose the scale of the next step, by what was found in this one; or set it to `new_scale`."""
        if not self._enabled:
            return
        scale, tracker = self._started("update")
        if new_scale is None:
            states = self._per_optimizer_states.values()
            found = [bad.to(scale.device) for state in states for bad in state["found_inf_per_device"].values()]
            assert found, "No inf checks were recorded prior to update."
            self._adapt(scale, tracker, bool(sum(bad.item() for bad in found)))
        elif isinstance(new_scale, float):
            scale.fill_(new_scale)
        else:
            fits = isinstance(new_scale, Tensor) and new_scale.device.type == self._device and new_scale.numel() == 1
            assert fits and not new_scale.requires_grad, (
                "new_scale should be a float or a 1-element torch.cuda.FloatTensor or torch.FloatTensor with requires_grad=False."
            )
            scale.copy_(new_scale.reshape(()))
        self._per_optimizer_states = self._fresh()

    def _adapt(self, scale: Tensor, tracker: Tensor, bad: bool) -> None:
        if bad:
            scale.mul_(self._backoff_factor)
            tracker.zero_()
            return
        good = int(tracker.item()) + 1
        if good == self._growth_interval:
            grown = scale * self._growth_factor
            if grown.isfinite():
                scale.copy_(grown)
            good = 0
        tracker.fill_(good)

    def _get_scale_async(self) -> Tensor | None:
        return self._scale

    def get_scale(self) -> float:
        """The scale; 1.0 if the scaler is off."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else int(self._growth_tracker.item())

    def get_growth_factor(self) -> float:
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        return self._enabled

    # --- State --------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """What a later run needs to go on, {} if the scaler is off; take it after `update`."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a state_dict."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._init_scale, self._init_growth_tracker = state_dict["scale"], state_dict["_growth_tracker"]
        if self._scale is not None and self._growth_tracker is not None:
            self._scale.fill_(self._init_scale)
            self._growth_tracker.fill_(self._init_growth_tracker)
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._enabled:
            assert not self._per_optimizer_states, (
                "A GradScaler instance may only be pickled at the beginning of an iteration, or at the end after scaler.update()."
            )
            state |= {"_init_scale": self.get_scale(), "_init_growth_tracker": self._get_growth_tracker()}
            state |= {"_scale": None, "_growth_tracker": None}
        return state
