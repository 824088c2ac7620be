"""Mixed precision under PyTorch's names: `autocast` runs each op in the precision that suits it, `GradScaler` scales the loss."""

from minitorch.amp import autocast_mode, grad_scaler
from minitorch.amp.autocast_mode import autocast, custom_bwd, custom_fwd
from minitorch.amp.grad_scaler import GradScaler
from minitorch.amp.switches import is_autocast_available

__all__ = [
    "GradScaler",
    "autocast",
    "autocast_mode",
    "custom_bwd",
    "custom_fwd",
    "grad_scaler",
    "is_autocast_available",
]
