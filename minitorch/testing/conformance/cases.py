"""What is tried: a row's samples in every dtype on a device, and next to each the same numbers on the reference.

The reference is NumPy's kernels in the highest precision: float64, complex128, int64. A sample is made in the dtype under test
first and raised to that precision then, so both sides compute on the same numbers.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minitorch import dtypes, tape
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS, Op
from minitorch.tensor import Tensor, wrap
from minitorch.testing.conformance.special import Special, grid
from minitorch.testing.make import Make

DTYPES = (
    dtypes.bool,
    dtypes.uint8,
    dtypes.int8,
    dtypes.int16,
    dtypes.int32,
    dtypes.int64,
    dtypes.float16,
    dtypes.bfloat16,
    dtypes.float32,
    dtypes.float64,
    dtypes.complex64,
    dtypes.complex128,
)
HIGHEST: dict[int, DType] = {dtypes.FLOAT: dtypes.float64, dtypes.COMPLEX: dtypes.complex128}

REFUSALS = (TypeError, ValueError, RuntimeError, IndexError, NotImplementedError)


class Case(NamedTuple):
    """One sample of a row in one dtype on one device."""

    op: Op
    dtype: DType
    device: Device
    number: int  # of the sample
    sample: Any
    again: Any  # the same, made a second time
    twin: Any  # the same on the reference device
    raised: Any  # and there in the highest precision
    refusal: ErrorSample | None = None  # how the sample must be refused, if it must


def rows() -> list[Op]:
    """The rows that have samples, by name."""
    return [OPS[name] for name in sorted(OPS) if OPS[name].samples is not None]


def samples(
    op: Op, device: Device, dtype: DType = dtypes.float64, requires_grad: bool = True, maker: type[Make] = Make
) -> list[Sample]:
    """A row's samples on a device; the same values each time."""
    if op.samples is None:
        return []
    seed = zlib.crc32(op.name.encode())
    more = grid(op, device, dtype, seed) if maker is Special else []
    return [*op.samples(maker(dtype, device, seed, requires_grad)), *more]


def reference_device() -> Device:
    return Device("numpy/cpu")


def cases(op: Op, dtype: DType, device: Device, requires_grad: bool = True, maker: type[Make] = Make) -> list[Case]:
    """A row's samples in a dtype, each with its reference."""
    here = [samples(op, device, dtype, requires_grad, maker) for _ in range(2)]
    there = [samples(op, reference_device(), dtype, requires_grad, maker) for _ in range(2)]
    lists = zip(*here, there[0], map(raised, there[1]), strict=True)
    return [Case(op, dtype, device, number, *each) for number, each in enumerate(lists)]


def raised(sample: Sample) -> Sample:
    """The same numbers in the highest precision, in the same order in memory."""
    return Sample(
        *map(on_reference, sample.args), **{name: on_reference(value) for name, value in sample.kwargs.items()}
    )


def on_reference(value: Any) -> Any:
    """An argument as the reference gets it: tensors in NumPy's hands, in the highest precision."""
    if isinstance(value, list | tuple):
        return type(value)(map(on_reference, value))
    return _raised(value.to(reference_device())) if isinstance(value, Tensor) else value


def _raised(tensor: Tensor) -> Tensor:
    signed = (
        tensor.dtype.category == dtypes.INTEGER and tensor.dtype.is_signed
    )  # the others wrap round at 0, as they must
    dtype = dtypes.int64 if signed else HIGHEST.get(tensor.dtype.category)
    if dtype is None or dtype is tensor.dtype:
        return tensor
    array = tensor.detach()._array.astype(dtypes.numpy_dtype(dtype), order="K")
    high = wrap(array, dtype, tensor.device)
    return high.requires_grad_() if tensor.requires_grad else high


# --- What a call gives ------------------------------------------------------------------------------------------------


def call(op: Op, sample: Sample) -> Any:
    return op.function(*sample.args, **sample.kwargs)


def results_of(value: Any) -> list[Tensor]:
    """The Tensors in a result, in order."""
    if isinstance(value, Tensor):
        return [value]
    return [t for part in value for t in results_of(part)] if isinstance(value, list | tuple) else []


def tensors_in(sample: Sample) -> list[Tensor]:
    return results_of(list(sample.args)) + results_of(list(sample.kwargs.values()))


def refuses(op: Op, sample: Sample) -> bool:
    """Does the op refuse the call?"""
    try:
        call(op, sample)
    except REFUSALS:
        return True
    return False


def of_inputs(op: Op, sample: Sample, inputs: list[Tensor]) -> Callable:
    """The call as a function of those of its tensors that require grad."""

    def function(*values: Tensor) -> Any:
        new = dict(zip(map(id, inputs), values, strict=True))

        def replaced(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return type(value)([replaced(part) for part in value])
            return new.get(id(value), value)

        result = op.function(*map(replaced, sample.args), **{k: replaced(v) for k, v in sample.kwargs.items()})
        return tuple(results_of(result))

    return function


def gradients(op: Op, sample: Sample, function: Callable | None = None) -> list[Tensor]:
    """The gradients of a weighted sum of the results with respect to the operands that require grad."""
    results = [r for r in results_of(function(sample) if function else call(op, sample)) if r.requires_grad]
    inputs = [t for t in tensors_in(sample) if t.requires_grad]
    if not results or not inputs:
        return []
    seeds = [weights(result) for result in results]
    found = tape.run([r._node for r in results], [s._array for s in seeds],
                     inputs=[t._node for t in inputs])  # fmt: skip
    zero = tape.ops_on_tensors.zeros_like
    return [
        tape.wrap(found[t._node], t.dtype, t.device, None) if t._node in found else zero(t.detach()) for t in inputs
    ]


def weights(result: Tensor) -> Tensor:
    """A gradient in which a transposition shows: eighths from 1 to 3.75 in mixed order, which every dtype holds exactly."""
    values = 1.0 + (np.arange(result.numel()) * 7 % 23).reshape(result.shape) / 8
    values = values * (1 + 0.5j) if result.dtype.is_complex else values
    array = result.device.backend.from_host(values, result.dtype, result.device)
    return tape.wrap(array, result.dtype, result.device, None)
