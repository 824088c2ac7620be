"""Pointwise kernels for which NumPy has a function of another form than the row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from minitorch_arrayapi.backend import ArrayAPIBackend

from minitorch.backend import BODIES, Array, Kernels
from minitorch.errors import message
from minitorch_numpy.layout import other_order, row_major
from minitorch_numpy.network import by_rows

BLOCK = 1 << 16  # elements: 256 KB of float32; fewer, and the calls would cost more than the cache saves


def in_blocks(body: Callable, k: Kernels) -> Callable:
    """A pointwise body of several steps, block by block, so that what lies between its steps stays in the cache."""

    def compute(input: Array, *others: Any, **settings: Any) -> Array:
        if input.size <= BLOCK:
            for other in others:
                if getattr(other, "size", 0) > BLOCK:
                    break
            else:
                return body(k, input, *others, **settings)
        operands = [input, *[other for other in others if isinstance(other, np.ndarray | np.generic)]]
        rest = others[len(operands) - 1 :]
        shape = np.broadcast_shapes(*[operand.shape for operand in operands])
        if all(operand.shape == shape for operand in operands):
            order = other_order(input)
            if order is not None:  # the result lies as the input does
                turned = compute(*[operand.transpose(order) for operand in operands], *rest, **settings)
                return turned.transpose(np.argsort(order))
            count, width = math.prod(shape), 1
            operands = [np.ascontiguousarray(operand).reshape(-1) for operand in operands]
        else:  # along the first dim, which an operand may not have
            count, width = shape[0], math.prod(shape[1:])
            operands = [operand.reshape((1,) * (len(shape) - operand.ndim) + operand.shape) for operand in operands]
        if any(other is None for other in rest) or not count * width:
            return body(k, input, *others, **settings)

        def block(start: int, stop: int) -> Array:
            parts = [operand if len(operand) == 1 else operand[start:stop] for operand in operands]
            return body(k, *parts, *rest, **settings)

        step = max(BLOCK // width, 1)
        first = block(0, min(step, count))
        out = np.empty((count, *first.shape[1:]), first.dtype)
        out[:step] = first

        def work(start: int, stop: int) -> None:
            for place in range(start, stop, step):
                out[place : min(place + step, stop)] = block(place, min(place + step, stop))

        by_rows(count - step, width, lambda start, stop: work(start + step, stop + step)) if count > step else None
        return out.reshape(shape)

    return compute


def _refuse_zero(divisor: Array) -> None:
    """Of whole numbers NumPy would make 0 without a word."""
    if divisor.dtype.kind in "iu" and np.count_nonzero(divisor) != divisor.size:
        raise RuntimeError(
            message("ZeroDivisionError", expected="whole numbers other than 0", hint="divide floats for inf and nan")
        )


class NumpyPointwise:
    def where(self, condition: Array, input: Array, other: Array) -> Array:
        size = input.itemsize
        if condition.size < 1024 or size > 8 or input.dtype != other.dtype:
            return np.where(condition, input, other)
        # By bits: np.where takes a branch for each element, and guesses wrong where the condition has no pattern.
        chosen = np.negative(condition.view(np.int8)).astype(f"i{size}", copy=False)
        input, kind = input.view(chosen.dtype), input.dtype
        other = other.view(chosen.dtype)
        bits = np.bitwise_and(np.bitwise_xor(input, other), chosen)
        return np.bitwise_xor(bits, other).view(kind)

    def fill_masked(self, input: Array, mask: Array, value: Array) -> Array:
        return row_major(self.where(mask, value, input))

    def logsigmoid(self, input: Array) -> Array:
        return row_major(in_blocks(BODIES["logsigmoid"], self.k)(input))

    def sigmoid(self, input: Array) -> Array:
        raised = np.exp(np.negative(input))
        raised += 1
        return np.reciprocal(raised)

    def clamp_numbers(self, input: Array, min: float | None = None, max: float | None = None) -> Array:
        if min is not None:
            input = np.maximum(input, input.dtype.type(min))
        return input if max is None else np.minimum(input, input.dtype.type(max))

    def floor_divide(self, input: Array, other: Array) -> Array:
        _refuse_zero(other)
        return np.floor_divide(input, other)

    def fmod(self, input: Array, other: Array) -> Array:
        _refuse_zero(other)
        return np.fmod(input, other)

    def remainder(self, input: Array, other: Array) -> Array:
        _refuse_zero(other)
        rest = np.remainder(input, other)
        if rest.dtype.kind != "f":
            return rest
        if not rest.shape:
            return np.copysign(rest, input) if rest == 0 else rest
        return np.copysign(rest, input, out=rest, where=np.equal(rest, 0))

    def sign(self, input: Array) -> Array:
        if input.dtype.kind in "fiu":
            return np.subtract(np.greater(input, 0), np.less(input, 0), dtype=input.dtype)
        return ArrayAPIBackend.sign(self, input)  # type: ignore[arg-type]

    def mantissa_exponent(self, input: Array) -> tuple[Array, Array]:
        mantissa, exponent = np.frexp(input)
        return np.asarray(mantissa), np.asarray(exponent, np.int64)

    def interpolated(self, input: Array, end: Array, weight: Array) -> Array:
        way = end - input
        if not weight.shape:  # one weight for all: one side only
            return input + weight * way if abs(weight) < 0.5 else end - way * (1 - weight)
        return np.where(abs(weight) < 0.5, input + weight * way, end - way * (1 - weight))
