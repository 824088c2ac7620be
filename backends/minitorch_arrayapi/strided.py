"""Views that only strides can show, for libraries whose arrays have NumPy's: windows, and complex numbers as pairs."""

from __future__ import annotations

from minitorch.backend import Array


class StridedViews:
    """Mixed into the backend, which gives `restrided`."""

    def restrided(self, input: Array, size: tuple[int, ...], strides: tuple[int, ...]) -> Array:
        """The memory from the first element on under another size and other strides, in bytes."""
        raise NotImplementedError

    def unfold(self, input: Array, dimension: int, size: int, step: int) -> Array:
        if not input.shape:
            return input.reshape(1)[:size]
        length, stride = input.shape[dimension], input.strides[dimension]
        if not 0 <= size <= length or step <= 0:
            raise ValueError("no such windows")
        shape, strides = [*input.shape, size], [*input.strides, stride]
        shape[dimension], strides[dimension] = (length - size) // step + 1, stride * step
        return self.restrided(input, tuple(shape), tuple(strides))

    def view_as_real(self, input: Array) -> Array:
        # Of a NumPy scalar, `real` would be a copy of half the size.
        real = (input if input.shape else input.reshape(1)).real
        return self.restrided(real, (*input.shape, 2), (*input.strides, input.itemsize // 2))

    def view_as_complex(self, input: Array) -> Array:
        if input.shape[-1] != 2 or input.strides[-1] != input.itemsize:
            raise ValueError("not pairs in memory")
        return input.view(f"c{2 * input.itemsize}")[..., 0]
