"""Jacobians in two ways: from differences of a function's values, and from the tape.

    numerical    (f(x + eps u) - f(x - eps u)) / 2 eps  along directions u: rows of the Jacobian
    analytical   backward from seeds v: columns of the Jacobian

In full mode the directions and the seeds are all unit vectors, in fast mode one random vector each; then the two ways are
compared in the number v J u alone. Layout: see `Comparison`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from minitorch import dtypes, tape
from minitorch.errors import ShapeMismatch
from minitorch.tensor import Tensor

from .verdict import GradcheckError, Verdict


class Checked:
    """A function at a point: which inputs are checked, what it gives there, and what it gives nearby."""

    def __init__(self, func: Callable, inputs: tuple, undefined: bool = True, dtypes: bool = False):
        self.func, self.inputs = func, inputs
        self.undefined = undefined  # are the other outputs' gradients left out when backward starts from one, or zeros?
        self.dtypes = dtypes  # must gradients have the dtypes of the inputs?
        self.positions = [i for i, each in enumerate(inputs) if isinstance(each, Tensor) and each.requires_grad]
        self.results = floating(func(*inputs))
        self.outputs = [i for i, each in enumerate(self.results) if each.requires_grad]

    def values(self) -> list[np.ndarray]:
        """The results at the inputs as they are now, each as a vector of reals."""
        return [components(host(result)) for result in floating(self.func(*self.inputs))]

    def values_beside(self, position: int, step: np.ndarray) -> list[np.ndarray]:
        """The results where an input is a step further on."""
        with moved(self.inputs[position], step):
            found = self.values()
        for number, (result, value) in enumerate(zip(self.results, found, strict=True)):
            if len(components(host(result))) != len(value):
                raise GradcheckError(
                    Verdict(
                        "shape",
                        f"output {number} has another shape when input {position} changes a little",
                        cause="shape",
                        expected=f"{result.numel()} elements",
                        got=f"{len(value)}, real and imaginary parts counted singly",
                    )
                )
        return found


def floating(result: Any) -> list[Tensor]:
    """The results of a call that may have a derivative."""
    results = result if isinstance(result, list | tuple) else (result,)
    return [each for each in results if isinstance(each, Tensor) and each.dtype.inexact]


def host(tensor: Tensor) -> np.ndarray:
    return np.array(tensor.detach()._to_host())


def components(values: np.ndarray) -> np.ndarray:
    """Values as a vector of reals: real parts, then imaginary parts."""
    flat: Any = values.reshape(-1)
    return np.concatenate([flat.real, flat.imag]) if flat.dtype.kind == "c" else flat.astype(np.float64)


@contextmanager
def moved(tensor: Tensor, step: np.ndarray) -> Iterator[None]:
    """Move a tensor itself for a while: the function may use it without reading its arguments, as layers do their weights."""
    held = tensor._array
    here = host(tensor)
    wide = here.astype(np.complex128 if here.dtype.kind == "c" else np.float64)
    there = np.where(step != 0, wide + step, wide).astype(here.dtype)  # what isn't moved keeps the sign of its zeros
    tensor._array = tensor.device.backend.from_host(there, tensor.dtype, tensor.device)
    try:
        yield
    finally:
        tensor._array = held


# --- From differences -------------------------------------------------------------------------------------------------


def numerical(checked: Checked, position: int, directions: Iterator[Direction], eps: float) -> list[np.ndarray]:
    """The Jacobian of each result by one input along directions: (directions, result's components)."""
    rows = [slopes(checked, position, direction, eps) for direction in directions]
    counts = [len(components(host(result))) for result in checked.results]
    if not rows:
        return [np.zeros((0, count)) for count in counts]
    return [np.stack([row[number] for row in rows]) for number in range(len(counts))]


def slopes(checked: Checked, position: int, direction: Direction, eps: float) -> list[np.ndarray]:
    """How fast each result changes along a direction, by central differences."""
    along_real = _central(checked, position, direction.real * eps, eps)
    if direction.imag is None:
        return along_real
    along_imaginary = _central(checked, position, direction.imag * (eps * 1j), eps)
    return [real + 1j * imaginary for real, imaginary in zip(along_real, along_imaginary, strict=True)]


def _central(checked: Checked, position: int, step: np.ndarray, eps: float) -> list[np.ndarray]:
    up, down = checked.values_beside(position, step), checked.values_beside(position, -step)
    with np.errstate(all="ignore"):
        return [(high - low) / (2 * eps) for high, low in zip(up, down, strict=True)]


class Direction(NamedTuple):
    """Where an input goes: its real part, and then, apart from that, the imaginary part of a complex one."""

    real: np.ndarray
    imag: np.ndarray | None


def units(tensor: Tensor) -> Iterator[Direction]:
    """One direction for each element."""
    for place in np.ndindex(*tensor.shape):
        unit = np.zeros(tensor.shape)
        unit[place] = 1.0
        yield Direction(unit, unit if tensor.dtype.is_complex else None)


def random_direction(tensor: Tensor, random: np.random.Generator) -> Direction:
    """A random unit vector without negative components, so that tolerances add up as values do."""
    parts = [random.uniform(size=tuple(tensor.shape)) for _ in range(2 if tensor.dtype.is_complex else 1)]
    parts = [part / (np.linalg.norm(part) or 1.0) for part in parts]
    return Direction(parts[0], parts[1] if len(parts) == 2 else None)


# --- From the tape ----------------------------------------------------------------------------------------------------


def seeds_of(result: Tensor) -> Iterator[np.ndarray]:
    """One seed for each component of a result: 1 asks for the gradient of a real part, i for that of an imaginary one."""
    for factor in (1.0, 1.0j) if result.dtype.is_complex else (1.0,):
        for place in np.ndindex(*result.shape):
            seed = np.zeros(result.shape, np.complex128 if result.dtype.is_complex else np.float64)
            seed[place] = factor
            yield seed


def analytical(checked: Checked, number: int, seeds: Iterator[np.ndarray]) -> list[np.ndarray | None]:
    """The Jacobian of one result by each checked input: (input elements, seeds); None where the tape has no way there."""
    tensors = [checked.inputs[position] for position in checked.positions]
    pulled = [pull(checked, {number: seed}) for seed in seeds]
    jacobians: list[np.ndarray | None] = []
    for index, tensor in enumerate(tensors):
        jacobian = np.zeros((tensor.numel(), len(pulled)), np.complex128 if tensor.dtype.is_complex else np.float64)
        gradients = [each[index] for each in pulled]
        for column, gradient in enumerate(gradients):
            if gradient is not None:
                jacobian[:, column] = gradient.reshape(-1)
        reached = not gradients or any(gradient is not None for gradient in gradients)
        jacobians.append(jacobian if reached else None)
    return jacobians


def pull(checked: Checked, seeds: dict[int, np.ndarray]) -> list[np.ndarray | None]:
    """The gradients of the checked inputs that backward gives from seeds at some of the results; None where it gives none."""
    zeros = {number: np.zeros(tuple(checked.results[number].shape)) for number in checked.outputs}
    try:
        found = _run(checked, seeds if checked.undefined else {**zeros, **seeds})
    except Exception as error:
        raise GradcheckError(_failed(checked, {**zeros, **seeds}, error)) from error
    tensors = [checked.inputs[position] for position in checked.positions]
    return [_gradient(found.get(tensor._node), tensor, checked.dtypes) for tensor in tensors]


def _run(checked: Checked, seeds: dict[int, np.ndarray]) -> dict[Any, Any]:
    results = [checked.results[number] for number in seeds]
    starts = [
        each.device.backend.from_host(np.asarray(seed, dtypes.numpy_dtype(each.dtype)), each.dtype, each.device)
        for each, seed in zip(results, seeds.values(), strict=True)
    ]
    wanted = [checked.inputs[position]._node for position in checked.positions]
    return tape.run([each._node for each in results], starts, inputs=wanted, retain_graph=True)


def _failed(checked: Checked, seeds: dict[int, np.ndarray], error: Exception) -> Verdict:
    """Why backward raised: a gradient of a wrong shape, one that didn't come in, or something else."""
    if isinstance(error, ShapeMismatch):
        hint = "the gradient of an input has the input's shape"
        return Verdict("shape", "Analytical gradient has incorrect size", cause="shape", got=error, hint=hint)
    got = f"{type(error).__name__}: {error}"
    try:
        _run(checked, seeds)
    except Exception:  # the same, most likely; the first one is reported
        return Verdict("backward", "backward raised an exception", cause=type(error).__name__, got=got)
    text = "Expected backward function to handle undefined output grads: it fails where some outputs have none"
    return Verdict("undefined", text, cause=type(error).__name__, got=got, hint="take None for zeros")


def _gradient(array: Any, tensor: Tensor, check_dtypes: bool) -> np.ndarray | None:
    if array is None:
        return None
    backend = tensor.device.backend
    if tuple(array.shape) != tuple(tensor.shape):
        raise GradcheckError(
            Verdict(
                "shape",
                "Analytical gradient has incorrect size",
                cause="shape",
                expected=f"{list(tensor.shape)}, the shape of the input",
                got=list(array.shape),
            )
        )
    if check_dtypes and backend.dtype_of(array) is not tensor.dtype:
        raise GradcheckError(
            Verdict(
                "dtype",
                "Gradient has dtype mismatch",
                cause="dtype",
                expected=tensor.dtype,
                got=backend.dtype_of(array),
            )
        )
    return np.array(backend.to_host(array))
