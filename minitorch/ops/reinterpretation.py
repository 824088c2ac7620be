"""The bits of a tensor read as numbers of another dtype: `x.view(minitorch.int32)`."""

from __future__ import annotations

from minitorch.dtypes import DType
from minitorch.errors import BackendError, message
from minitorch.rows import Array, op
from minitorch.tensor import Tensor


@op(view=True, result="array", public=False, grad_name="ViewBackward0")
def view_as_dtype(k, input: Array, dtype: DType):
    """The same memory read in another dtype; the last dimension shrinks or grows as the numbers get wider or narrower."""
    raise BackendError(
        message(
            f"view(dtype): the backend {k.backend.name!r} doesn't read memory as another dtype",
            expected="a backend that does, such as numpy or torch",
            hint="move the tensor there first, for example with .to('numpy/cpu')",
        )
    )


def reinterpret(self: Tensor, dtype: DType) -> Tensor:
    """A view of the same memory in another dtype, as PyTorch's `view(dtype)`.

    Of another item size the last dimension, which must have stride 1, is divided or multiplied.
    """
    if dtype is self.dtype:
        return self
    narrow, wide = sorted((self.itemsize, dtype.itemsize))
    if narrow != wide:
        change = f"to view {self.dtype!r} as {dtype!r} (different element sizes)"
        if not self.ndim:
            raise RuntimeError(f"view(): self.dim() cannot be 0 {change}")
        if self.numel() and self.stride(-1) != 1:
            raise RuntimeError(f"view(): self.stride(-1) must be 1 {change}, but got {self.stride(-1)}")
        if dtype.itemsize == wide and self.shape[-1] % (wide // narrow):
            raise RuntimeError(
                f"view(): self.size(-1) must be divisible by {wide // narrow} {change}, but got {self.shape[-1]}"
            )
        steps = self.stride()[:-1]
        if dtype.itemsize == wide and any(step % (wide // narrow) for step in steps):
            raise RuntimeError(
                f"view(): all strides but the last must be divisible by {wide // narrow} {change}: {steps}"
            )
    return view_as_dtype(self, dtype)
