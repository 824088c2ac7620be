"""The checks of forward mode and of batched gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import tape
from minitorch.autograd import forward_ad
from minitorch.func import vmap
from minitorch.tensor import Tensor

from .jacobian import Checked, Direction, components, floating, host, units
from .verdict import GradcheckError, Verdict

# --- Forward mode -----------------------------------------------------------------------------------------------------


def forward_jacobian(checked: Checked, position: int, directions: Sequence[Direction] | None) -> list[np.ndarray]:
    """The Jacobian of each result by one input in forward mode, laid out as `jacobian.numerical` lays out differences."""
    tensor = checked.inputs[position]
    rows = [_pushed(checked, position, direction) for direction in directions or units(tensor)]
    counts = [len(components(host(result))) for result in checked.results]
    if not rows:
        return [np.zeros((0, count)) for count in counts]
    return [np.stack([row[number] for row in rows]) for number in range(len(counts))]


def _pushed(checked: Checked, position: int, direction: Direction) -> list[np.ndarray]:
    """The results' tangents along a direction, as vectors."""
    tensor = checked.inputs[position]
    real = [components(host(each)) for each in push(checked, {position: _tensor_like(tensor, direction.real)})]
    if direction.imag is None:
        return real
    tangents = push(checked, {position: _tensor_like(tensor, direction.imag * 1j)})
    return [one + 1j * components(host(other)) for one, other in zip(real, tangents, strict=True)]


def push(checked: Checked, tangents: dict[int, Tensor], undefined: int | None = None) -> list[Tensor]:
    """The tangents of the results from those of some inputs. Those of other inputs are zeros; that of `undefined` is left out."""
    with forward_ad.dual_level():
        arguments: list[Any] = []
        for position, value in enumerate(checked.inputs):
            if isinstance(value, Tensor):
                value = value.detach()
                if position in checked.positions and position != undefined:
                    value = forward_ad.make_dual(value, tangents[position] if position in tangents else _zeros(value))
            arguments.append(value)
        pairs = [forward_ad.unpack_dual(result) for result in floating(checked.func(*arguments))]
        return [_zeros(value) if tangent is None else tangent for value, tangent in pairs]


def check_undefined_tangents(checked: Checked) -> None:
    """An input without a tangent must count as one whose tangent is zero."""
    ones = {i: _tensor_like(checked.inputs[i], np.ones(checked.inputs[i].shape)) for i in checked.positions}
    for position in checked.positions:
        tangents = {i: tangent for i, tangent in ones.items() if i != position}
        undefined, zero = push(checked, tangents, position), push(checked, tangents)
        same = len(undefined) == len(zero) and all(map(np.allclose, map(host, undefined), map(host, zero)))
        if not same:
            text = f"Mismatch in tangent values when input {position} has an undefined tangent value"
            raise GradcheckError(
                Verdict("undefined", text, expected=[*map(host, zero)], got=[*map(host, undefined)], cause="tangent")
            )


# --- Batches ----------------------------------------------------------------------------------------------------------


def check_batched_grad(checked: Checked, number: int) -> None:
    """vmap of backward must give what backward gives one by one."""
    output, tensors = checked.results[number], [checked.inputs[position] for position in checked.positions]
    edges = [tensor._node for tensor in tensors]

    def pulled(seed: Tensor) -> tuple[Tensor, ...]:
        nodes, starts = tape.starts([output], [seed], True)
        found = tape.run(nodes, starts, inputs=edges, retain_graph=True, create_graph=True)
        return tuple([found.get(edge, _zeros(tensor)) for edge, tensor in zip(edges, tensors, strict=True)])

    _compare_batched(pulled, output, f"backward from output {number}")


def check_batched_forward_grad(checked: Checked) -> None:
    """vmap of forward mode must give what forward mode gives one by one."""
    for position in checked.positions:

        def pushed(tangent: Tensor, position: int = position) -> tuple[Tensor, ...]:
            return tuple(push(checked, {position: tangent}))

        _compare_batched(pushed, checked.inputs[position], f"forward mode from input {position}")


def _compare_batched(function: Callable, like: Tensor, what: str) -> None:
    random = np.random.default_rng(0)
    batch = [_tensor_like(like, random.standard_normal(tuple(like.shape))) for _ in range(2)]
    singly = [[host(part) for part in function(each)] for each in batch]
    try:
        together = vmap(function)(tape.ops_on_tensors.stack(batch))
    except RuntimeError as error:
        raise GradcheckError(Verdict("batched", f"While computing batched gradients of {what}", got=error)) from error
    for number, (got, *expected) in enumerate(zip(together, *singly, strict=True)):
        if not np.allclose(host(got), np.stack(expected)):
            raise GradcheckError(
                Verdict(
                    "batched",
                    f"batched gradients differ from single ones: {what}, result {number}",
                    expected=np.stack(expected),
                    got=host(got),
                )
            )


def _zeros(tensor: Tensor) -> Tensor:
    return tape.ops_on_tensors.zeros_like(tensor.detach())


def _tensor_like(tensor: Tensor, values: np.ndarray) -> Tensor:
    kind = np.complex128 if tensor.dtype.is_complex else np.float64
    here = host(tensor)
    array = tensor.device.backend.from_host(values.astype(kind).astype(here.dtype), tensor.dtype, tensor.device)
    return tape.wrap(array, tensor.dtype, tensor.device, None)
