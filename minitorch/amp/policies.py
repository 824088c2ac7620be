"""What autocast does with the operands of an op, and the settings that say so; both belong to a thread.

A row says in which precision it runs, `autocast="lower"` or "cpu float32, cuda widest" (see rows.py):

    lower     the fast dtype: matrix products and convolutions, which gain speed and lose little
    float32   sums of many numbers, exponentials, losses: they lose too much in a short dtype
    widest    the widest dtype among the operands, for ops that want one dtype and don't promote themselves
    refused   the op overflows in float16, and there is a better one

Only floating point operands of that device type are converted, and float64 never is. All other ops run in the dtype in which
their operands come. Which op says what is PyTorch's choice, read from its dispatcher for `cpu` and for `cuda`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from minitorch import dtypes, watching
from minitorch.dtypes import DType
from minitorch.rows import OPS, Op
from minitorch.tape import Leaf, mode
from minitorch.tensor import Tensor

DEVICE_TYPES: tuple[str, ...] = ("cpu", "cuda")


class Settings(threading.local):
    """This thread's autocast, by device type, and the weights that it has converted."""

    def __init__(self) -> None:
        self.enabled = dict.fromkeys(DEVICE_TYPES, False)
        self.dtype = {"cpu": dtypes.bfloat16, "cuda": dtypes.float16}
        self.nesting = 0  # how many autocast blocks are around
        self.keeps = True  # are converted weights kept until the outermost block ends?
        self.kept: dict[
            int, tuple[Any, tuple, Tensor]
        ] = {}  # by id: a weak reference, what it was like, its conversion


settings = Settings()


def enable(device_type: str, enabled: bool) -> None:
    """Switch one device type on or off, in this thread."""
    settings.enabled[device_type] = enabled
    watching.set_prepare(prepare if any(settings.enabled.values()) else None)


def prepare(op: Op, operands: Sequence[Any]) -> tuple:
    """The operands that an op gets."""
    values = tuple(operands)
    for device_type, policy in op.autocast.items():
        if settings.enabled[device_type]:
            values = _POLICIES[policy](op, values, device_type)
    return values


# --- The policies -----------------------------------------------------------------------------------------------------


def _lower(op: Op, values: tuple, device_type: str) -> tuple:
    return _converted(values, settings.dtype[device_type], device_type)


def _float32(op: Op, values: tuple, device_type: str) -> tuple:
    return _converted(values, dtypes.float32, device_type)


def _widest(op: Op, values: tuple, device_type: str) -> tuple:
    widest = lower = settings.dtype[device_type]
    for tensor in _tensors(values):
        if not _eligible(tensor, device_type):
            continue
        if dtypes.float32 in (widest, tensor.dtype):
            widest = dtypes.float32
        elif tensor.dtype is not lower:
            raise RuntimeError(
                f"Unexpected floating ScalarType in at::autocast::prioritize: {op.name}() got {tensor.dtype!r}; expected "
                f"{lower!r} or torch.float32 where autocast runs in {lower!r}"
            )
    return _converted(values, widest, device_type)


def _refused(op: Op, values: tuple, device_type: str) -> tuple:
    raise RuntimeError(
        "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\nMany models use a sigmoid layer "
        "right before the binary cross entropy layer. In this case, combine the two layers using "
        "torch.nn.functional.binary_cross_entropy_with_logits or torch.nn.BCEWithLogitsLoss. binary_cross_entropy_with_logits "
        "and BCEWithLogits are safe to autocast."
    )


_POLICIES: dict[str, Callable[[Op, tuple, str], tuple]] = {
    "lower": _lower,
    "float32": _float32,
    "widest": _widest,
    "refused": _refused,
}


# --- Converting -------------------------------------------------------------------------------------------------------


def _eligible(tensor: Tensor, device_type: str) -> bool:
    dtype = tensor.dtype
    return dtype.is_floating_point and dtype is not dtypes.float64 and tensor.device.type == device_type


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _converted(values: Any, dtype: DType, device_type: str) -> Any:
    """Tensors, also those in lists, in another dtype; anything else as it is."""
    if isinstance(values, Tensor):
        suits = values.dtype is dtype or not _eligible(values, device_type)
        return values if suits else _cast(values, dtype, device_type)
    if isinstance(values, list | tuple) and any(True for _ in _tensors(values)):
        parts = [_converted(value, dtype, device_type) for value in values]
        return parts if isinstance(values, list) else tuple(parts)
    return values


def _cast(tensor: Tensor, dtype: DType, device_type: str) -> Tensor:
    """The conversion is an op like others, so gradients find their way back; that of a weight is kept."""
    convert = OPS["cast"].function
    if not _is_weight(tensor) or dtype is not settings.dtype[device_type] or not settings.keeps:
        return convert(tensor, dtype)
    state = (dtype, tensor._version, mode.enabled)  # a weight may be written, and no_grad end, within the block
    found = settings.kept.get(id(tensor))
    if found is not None and found[0]() is tensor and found[1] == state:
        return found[2]
    result = convert(tensor, dtype)
    settings.kept[id(tensor)] = (weakref.ref(tensor), state, result)
    return result


def _is_weight(tensor: Tensor) -> bool:
    return type(tensor._node) is Leaf and tensor._view is None and tensor.dtype is dtypes.float32
