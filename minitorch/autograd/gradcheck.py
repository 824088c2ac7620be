"""Derivatives checked against finite differences: (f(x + eps) - f(x - eps)) / 2 eps, element by element, in float64.

`gradcheck` compares the Jacobian that backward computes with the numerical one; `gradgradcheck` does so for the derivative of
the derivative. What disagrees is reported with its place, both values, and the likeliest reason: float32 input, a kink, a
function that isn't deterministic, or a wrong derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes, tape
from minitorch.errors import message
from minitorch.tensor import Tensor


class GradcheckError(RuntimeError):
    """The analytical and the numerical derivative disagree."""


def gradcheck(
    func: Callable,
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
) -> bool:
    """Does backward through `func` give the derivative that differences of its values give?

    `inputs` are the arguments; those float64 (or complex128) tensors that require grad are checked.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    try:
        _check(func, inputs, eps, atol, rtol, nondet_tol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable,
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
) -> bool:
    """The same for the gradient itself: is backward of backward right?"""
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    outputs = _outputs(func(*inputs))
    if grad_outputs is None:
        random = np.random.default_rng(0)
        grad_outputs = tuple([_seeded(output, random) for output in outputs])
    grad_outputs = (grad_outputs,) if isinstance(grad_outputs, Tensor) else tuple(grad_outputs)
    count = len(inputs)

    def gradient(*arguments: Any) -> tuple[Tensor, ...]:
        arguments, seeds = arguments[:count], arguments[count:]
        checked = [a for a in arguments if isinstance(a, Tensor) and a.requires_grad]
        results = _outputs(func(*arguments))
        nodes, starts = tape.starts(results, seeds, True)
        edges = [argument._node for argument in checked]
        found = tape.run(nodes, starts, inputs=edges, create_graph=True)
        return tuple([found[edge] for edge in edges if edge in found and found[edge].requires_grad])

    return gradcheck(
        gradient,
        inputs + grad_outputs,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
    )


def _seeded(output: Tensor, random: np.random.Generator) -> Tensor:
    values = random.uniform(0.5, 1.5, output.shape)
    if output.dtype.is_complex:
        values = values + 1j * random.uniform(0.5, 1.5, output.shape)
    array = output.device.backend.from_host(np.asarray(values), output.dtype, output.device)
    return tape.wrap(array, output.dtype, output.device, None).requires_grad_()


def _outputs(result: Any) -> list[Tensor]:
    """The differentiable results of a call."""
    results = [result] if isinstance(result, Tensor) else list(result)
    return [r for r in results if isinstance(r, Tensor) and r.requires_grad]


def _check(func: Callable, inputs: tuple, eps: float, atol: float, rtol: float, nondet_tol: float) -> None:
    checked = [(i, t) for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True."
        )
    for position, tensor in checked:
        if tensor.dtype not in (dtypes.float64, dtypes.complex128):
            raise GradcheckError(
                message(
                    f"gradcheck: input {position} is {tensor.dtype!r}, in which differences of values are mostly rounding",
                    expected="torch.float64 or torch.complex128",
                    hint="make the inputs with dtype=minitorch.float64",
                )
            )
    outputs = _outputs(func(*inputs))
    again = _outputs(func(*inputs))
    for number, (first, second) in enumerate(zip(outputs, again, strict=True)):
        spread = np.abs(_values(first) - _values(second)).max(initial=0.0)
        if spread > nondet_tol:
            raise GradcheckError(
                f"gradcheck: output {number} differs between two calls by {spread:.3g}: the function is random or "
                "keeps state; fix its seed, or pass nondet_tol="
            )
    for position, tensor in checked:
        numerical = _numerical(func, inputs, position, eps)
        for number, output in enumerate(outputs):
            analytical = _analytical(func, inputs, position, number, output)
            _compare(position, number, tensor, analytical, numerical[number], atol, rtol)


def _values(tensor: Tensor) -> np.ndarray:
    return np.array(tensor.detach()._to_host())


def _numerical(func: Callable, inputs: tuple, position: int, eps: float) -> list[np.ndarray]:
    """d output / d input as (input elements, output elements) for each output; complex inputs have two steps each."""
    tensor = inputs[position]
    base = _values(tensor)
    steps = (1.0, 1.0j) if tensor.dtype.is_complex else (1.0,)
    rows: list[list[np.ndarray]] = []
    for place in np.ndindex(*base.shape):
        for step in steps:
            ends = []
            for sign in (1, -1):
                moved = base.copy()
                moved[place] += sign * eps * step
                ends.append([_values(o).reshape(-1) for o in _outputs(func(*_replaced(inputs, position, moved)))])
            rows.append([(up - down) / (2 * eps) for up, down in zip(*ends, strict=True)])
    outputs = _outputs(func(*inputs))
    empty = [np.zeros((0, output.numel())) for output in outputs]
    return [np.stack([row[n] for row in rows]) if rows else empty[n] for n in range(len(outputs))]


def _replaced(inputs: tuple, position: int, values: np.ndarray) -> tuple:
    old = inputs[position]
    array = old.device.backend.from_host(values, old.dtype, old.device)
    moved = tape.wrap(array, old.dtype, old.device, None).requires_grad_()
    return (*inputs[:position], moved, *inputs[position + 1 :])


def _analytical(func: Callable, inputs: tuple, position: int, number: int, output: Tensor) -> np.ndarray:
    """The same matrix by backward, one output element at a time."""
    tensor = inputs[position]
    columns = []
    seeds = (1.0, 1.0j) if output.dtype.is_complex else (1.0,)
    for place in np.ndindex(*output.shape):
        for seed in seeds:
            start = np.zeros(output.shape, np.complex128 if output.dtype.is_complex else np.float64)
            start[place] = seed
            result = _outputs(func(*inputs))[number]
            array = result.device.backend.from_host(start, result.dtype, result.device)
            found = tape.run([result._node], [array], inputs=[tensor._node])
            gradient = found.get(tensor._node)
            host = (
                np.zeros(tensor.shape, start.dtype)
                if gradient is None
                else np.array(result.device.backend.to_host(gradient))
            )
            columns.append(host.reshape(-1))
    if not columns:
        return np.zeros((tensor.numel() * (2 if tensor.dtype.is_complex else 1), 0))
    return _as_differences(np.stack(columns), tensor.dtype.is_complex, output.dtype.is_complex)


def _as_differences(gradients: np.ndarray, complex_input: bool, complex_output: bool) -> np.ndarray:
    """Backward's gradients of real and imaginary parts, arranged as the differences are: (input steps, output elements)."""
    if complex_input:  # the gradient's real part belongs to a real step, its imaginary part to an imaginary one
        gradients = np.stack([np.real(gradients), np.imag(gradients)], axis=2).reshape(len(gradients), -1)
    gradients = np.real(gradients)
    if complex_output:
        return (gradients[0::2] + 1j * gradients[1::2]).T
    return gradients.T


def _compare(
    position: int, number: int, tensor: Tensor, analytical: np.ndarray, numerical: np.ndarray, atol: float, rtol: float
) -> None:
    if np.allclose(analytical, numerical, rtol, atol, equal_nan=True):
        return
    error = np.abs(analytical - numerical)
    error = np.where(np.isnan(error), np.inf, error)
    row, column = np.unravel_index(np.argmax(error - rtol * np.abs(numerical)), error.shape)
    steps = 2 if tensor.dtype.is_complex else 1
    place = tuple(int(i) for i in np.unravel_index(row // steps, tuple(tensor.shape)))
    ratio = analytical[row, column] / numerical[row, column] if numerical[row, column] else float("nan")
    hint = "the derivative looks wrong"
    if abs(ratio + 1) < 1e-3:
        hint = "the sign of the derivative looks wrong"
    elif abs(ratio - 0.5) < 1e-3 or abs(ratio - 2) < 1e-3 or ratio == 0:
        hint = "is there a kink here, or a term missing or counted twice?"
    raise GradcheckError(
        message(
            f"gradcheck: Jacobian mismatch for output {number} with respect to input {position}",
            where=f"d output[{column}] / d input{list(place)}",
            expected=f"{numerical[row, column]:.8g} (differences)",
            got=f"{analytical[row, column]:.8g} (backward)",
            hint=f"{hint}; {int((error > atol + rtol * np.abs(numerical)).sum())} of {error.size} entries disagree",
        )
    )
