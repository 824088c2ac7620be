"""Moving and converting all that a module holds, in place: to another device, dtype or memory format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

from minitorch.autograd import no_grad
from minitorch.backend import Device
from minitorch.dtypes import DType, bfloat16, float16, float32, float64
from minitorch.layouts import MemoryFormat
from minitorch.nn.registry import BUFFERS, PARAMETER
from minitorch.ops.creation import empty_like
from minitorch.tensor import Tensor


class Convertible:
    """The part of Module that moves and converts; the Parameters stay the same objects, so optimizers keep theirs."""

    if TYPE_CHECKING:
        _kinds: dict[str, str]
        children: Callable[[], Iterator[Any]]
        _filed: Callable[..., list[tuple[str, Any]]]

    def apply(self, fn: Callable[[Any], None]) -> Self:
        """Call `fn` on every module below, then on this one; for example to initialise."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace every parameter's data, its gradient's and every buffer by `fn` of it."""
        for module in self.children() if recurse else ():
            module._apply(fn)
        with no_grad():
            for name, value in self._filed(PARAMETER, *BUFFERS):
                if value is None:
                    continue
                if self._kinds[name] != PARAMETER:
                    self.__dict__[name] = fn(value)
                    continue
                gradient = value.grad
                changed, changed_gradient = fn(value), None if gradient is None else fn(gradient)
                value.data = changed
                if gradient is not None:
                    gradient.data = changed_gradient
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """`to(device)`, `to(dtype)`, `to(device, dtype)` or `to(tensor)`: move and convert all parameters and buffers.

        A dtype must be floating or complex and changes only tensors that are so already. `memory_format=` is for tensors of
        four or five dims.
        """
        device, dtype, non_blocking, memory_format = _where_to(*args, **kwargs)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype!r}"
            )

        def convert(tensor: Tensor) -> Tensor:
            keywords: dict[str, Any] = {"device": device, "non_blocking": non_blocking}
            if tensor.is_floating_point() or tensor.is_complex():
                keywords["dtype"] = dtype
            if memory_format is not None and tensor.ndim in (4, 5):
                keywords["memory_format"] = memory_format
            try:
                return tensor.to(**keywords)
            except NotImplementedError as error:
                if tensor.is_meta:
                    error.add_note(
                        "Module.to_empty(device=...) puts uninitialised tensors in the place of meta tensors"
                    )
                raise

        return self._apply(convert)

    def cpu(self) -> Self:
        """Move all parameters and buffers to the CPU."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device: int | str | Device | None = None) -> Self:
        """Move all parameters and buffers to a CUDA device."""
        place = "cuda" if device is None else f"cuda:{device}" if isinstance(device, int) else device
        return self._apply(lambda t: t.to(place))

    def to_empty(self, *, device: str | Device | None, recurse: bool = True) -> Self:
        """Put uninitialised tensors of the same shapes on `device`, without copying values."""
        return self._apply(lambda t: empty_like(t, device=device), recurse)

    def share_memory(self) -> Self:
        """Move all parameters and buffers to memory that other processes can map: `Tensor.share_memory_`."""
        return self._apply(lambda t: t.share_memory_())

    def type(self, dst_type: DType | str) -> Self:
        """Convert all parameters and buffers to `dst_type`."""
        return self._apply(lambda t: t.type(dst_type) if isinstance(dst_type, str) else t.to(dst_type))

    def float(self) -> Self:
        """Convert floating-point parameters and buffers to float32."""
        return self._apply(lambda t: t.to(float32) if t.is_floating_point() else t)

    def double(self) -> Self:
        """Convert floating-point parameters and buffers to float64."""
        return self._apply(lambda t: t.to(float64) if t.is_floating_point() else t)

    def half(self) -> Self:
        """Convert floating-point parameters and buffers to float16."""
        return self._apply(lambda t: t.to(float16) if t.is_floating_point() else t)

    def bfloat16(self) -> Self:
        """Convert floating-point parameters and buffers to bfloat16."""
        return self._apply(lambda t: t.to(bfloat16) if t.is_floating_point() else t)


def _where_to(
    *args: Any, device: Any = None, dtype: DType | None = None, non_blocking: bool = False,
    memory_format: MemoryFormat | None = None,
) -> tuple[Any, DType | None, bool, MemoryFormat | None]:  # fmt: skip
    """The device, dtype and memory format that the arguments of `Module.to` name."""
    for argument in args:
        if isinstance(argument, Tensor):
            device, dtype = argument.device, argument.dtype
        elif isinstance(argument, DType):
            dtype = argument
        elif isinstance(argument, bool):
            non_blocking = argument
        elif argument is not None:
            device = argument
    return (Device(device) if isinstance(device, str) else device), dtype, non_blocking, memory_format
