"""What gradcheck compares: Jacobians, pair by pair, and what else must hold of a backward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from . import transforms
from .diagnosis import diagnose, suspect_chance
from .jacobian import Checked, Direction, analytical, numerical, pull, random_direction, seeds_of, units
from .verdict import Comparison, GradcheckError, Verdict


class Settings(NamedTuple):
    """The keywords of gradcheck."""

    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    check_undefined_grad: bool
    check_grad_dtypes: bool
    check_batched_grad: bool
    check_batched_forward_grad: bool
    check_forward_ad: bool
    check_backward_ad: bool
    fast_mode: bool
    masked: bool


def check(func: Callable, inputs: tuple, settings: Settings) -> Verdict:
    """A verdict on Jacobians; what else is wrong is raised."""
    checked = Checked(func, inputs, settings.check_undefined_grad, settings.check_grad_dtypes)
    if not checked.positions:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    comparisons = list(_comparisons(checked, settings))
    if not all(each.right for each in comparisons):
        return _refuse(checked, comparisons, settings)
    if settings.check_forward_ad and settings.check_undefined_grad:
        transforms.check_undefined_tangents(checked)
    if settings.check_batched_forward_grad:
        transforms.check_batched_forward_grad(checked)
    if settings.check_batched_grad:
        for number in checked.outputs:
            transforms.check_batched_grad(checked, number)
    if settings.check_backward_ad:
        _check_zero(checked, settings)
        _check_negative(checked, settings)
    worst = max((each.relative_error for each in comparisons), default=0.0)
    shown = f"{len(comparisons)} Jacobian{'s' * (len(comparisons) != 1)} compared, largest relative error {worst:.2g}"
    return Verdict("right", f"right: {shown}", comparisons=comparisons)


def _refuse(checked: Checked, comparisons: list[Comparison], settings: Settings) -> Verdict:
    """Raise what is wrong with Jacobians that disagree; whole ones tell more than projections do."""

    def again(func: Callable, inputs: tuple) -> Verdict:
        return check(func, inputs, settings)

    if settings.fast_mode:
        comparisons = list(_comparisons(checked, settings._replace(fast_mode=False)))
        if all(each.right for each in comparisons):
            raise GradcheckError(
                Verdict(
                    "value",
                    "Fast gradcheck failed but element-wise differences are small",
                    cause="fast mode",
                    hint="use fast_mode=False, or a larger rtol",
                    comparisons=comparisons,
                )
            )
    raise GradcheckError(diagnose(checked, comparisons, settings, again))


def _comparisons(checked: Checked, settings: Settings) -> Iterator[Comparison]:
    """Both Jacobians of each differentiable result by each checked input."""
    ways = _Ways(checked, settings)
    differences = {position: ways.numerical(position) for position in checked.positions}
    if not checked.outputs:
        _check_constant(checked, differences, settings)
    if settings.check_backward_ad:
        for number in checked.outputs:
            found = ways.analytical(number)
            _check_reentrant(checked, number, settings)
            for position, jacobian in zip(checked.positions, found, strict=True):
                yield ways.compare(number, position, jacobian, differences[position][number], "backward")
    if settings.check_forward_ad:
        for position in checked.positions:
            tangents = transforms.forward_jacobian(checked, position, ways.directions(position))
            for number in checked.outputs:
                yield ways.compare(number, position, ways.projected(tangents[number], number), differences[position][number],
                                   "forward mode")  # fmt: skip


class _Ways:
    """How Jacobians are taken: whole, or in fast mode between a random direction and a random seed."""

    def __init__(self, checked: Checked, settings: Settings):
        self.checked, self.settings = checked, settings
        random = np.random.default_rng(0)
        self.fast = settings.fast_mode
        if self.fast:
            self.along = {i: random_direction(checked.inputs[i], random) for i in checked.positions}
            self.seeds = [random_direction(result, random) for result in checked.results]

    def directions(self, position: int) -> list[Direction] | None:
        return [self.along[position]] if self.fast else None

    def numerical(self, position: int) -> list[np.ndarray]:
        directions = iter([self.along[position]]) if self.fast else units(self.checked.inputs[position])
        found = numerical(self.checked, position, directions, self.settings.eps)
        return [self.projected(jacobian, number) for number, jacobian in enumerate(found)]

    def projected(self, jacobian: np.ndarray, number: int) -> np.ndarray:
        """A Jacobian's rows times the seed, or the seeds of the real and of the imaginary part."""
        if not self.fast:
            return jacobian
        seed = self.seeds[number].real.reshape(-1)
        parts = jacobian.reshape(len(jacobian), -1, len(seed)) if len(seed) else np.zeros((len(jacobian), 1, 0))
        return parts @ seed

    def analytical(self, number: int) -> list[np.ndarray | None]:
        result = self.checked.results[number]
        if not self.fast:
            return analytical(self.checked, number, seeds_of(result))
        seed = self.seeds[number].real
        found = analytical(self.checked, number, iter([seed, seed * 1j] if result.dtype.is_complex else [seed]))
        return [
            None if each is None else self._along(position, each)
            for position, each in zip(self.along, found, strict=True)
        ]

    def _along(self, position: int, columns: np.ndarray) -> np.ndarray:
        direction = self.along[position]
        moved = direction.real.reshape(1, -1) @ np.real(columns)
        return moved if direction.imag is None else moved + 1j * (direction.imag.reshape(1, -1) @ np.imag(columns))

    def compare(self, number: int, position: int, found: np.ndarray | None, true: np.ndarray, mode: str) -> Comparison:
        atol = self.settings.atol
        if self.fast:  # v^T E u for a matrix E of atol everywhere
            direction = self.along[position]
            spread = direction.real.sum() + (0 if direction.imag is None else direction.imag.sum())
            atol = atol * spread * self.seeds[number].real.sum()
        given = np.zeros(true.shape, true.dtype) if found is None else found
        close = np.isclose(given, true, self.settings.rtol, atol)
        shapes = tuple(self.checked.results[number].shape), tuple(self.checked.inputs[position].shape)
        return Comparison(number, position, shapes, given, true, close, mode, found is not None)


# --- What else must hold ----------------------------------------------------------------------------------------------


def _check_constant(checked: Checked, differences: dict[int, list[np.ndarray]], settings: Settings) -> None:
    """A function none of whose results requires grad must not depend on its inputs."""
    slack = settings.nondet_tol if settings.fast_mode else 0.0
    for position, jacobians in differences.items():
        for number, jacobian in enumerate(jacobians):
            if not (np.abs(jacobian) <= slack).all():
                chance = suspect_chance(checked, settings.nondet_tol)
                if chance is not None:
                    raise GradcheckError(chance)
                raise GradcheckError(
                    Verdict(
                        "not differentiable",
                        f"Numerical gradient for function expected to be zero: output {number} doesn't require grad",
                        cause="detached",
                        expected=f"output {number} to stay as it is when input {position} changes",
                        got=f"a slope of {np.abs(jacobian).max():.6g}",
                        hint="look for detach(), no_grad(), .item(), .numpy() or a result of whole numbers",
                    )
                )


def _check_reentrant(checked: Checked, number: int, settings: Settings) -> None:
    """Two backward passes with the same gradient must give the same."""
    result = checked.results[number]
    seed = np.random.default_rng(1).uniform(size=tuple(result.shape))
    pairs = zip(*[pull(checked, {number: seed}) for _ in range(2)], strict=True)
    for position, (one, other) in zip(checked.positions, pairs, strict=True):
        if one is None or other is None:
            continue
        with np.errstate(all="ignore"):
            gap = float(np.where(one == other, 0.0, np.abs(one - other)).max(initial=0.0))
        if gap > settings.nondet_tol:
            raise GradcheckError(
                Verdict(
                    "not reentrant",
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                    "gives different values",
                    cause="random",
                    where=f"the gradient of input {position} from output {number}",
                    expected=f"the same gradient twice, within nondet_tol={settings.nondet_tol:g}",
                    got=f"gradients that differ by {gap:.3g}",
                )
            )


def _check_zero(checked: Checked, settings: Settings) -> None:
    """Where gradients of zeros come in, gradients of zeros come out."""
    zeros = {number: np.zeros(tuple(checked.results[number].shape)) for number in checked.outputs}
    for gradient in pull(checked, zeros) if zeros else ():
        if gradient is not None and not (np.allclose(gradient, 0) if settings.masked else (gradient == 0).all()):
            raise GradcheckError(
                Verdict(
                    "value",
                    "backward not multiplied by grad_output",
                    cause="ignores gradient",
                    expected="gradients of zeros from gradients of zeros",
                    got=f"up to {np.abs(gradient).max():.6g}",
                )
            )


def _check_negative(checked: Checked, settings: Settings) -> None:
    """Where a gradient comes in with the other sign, gradients go out with the other sign; PyTorch doesn't look."""
    for number in checked.outputs:
        seed = np.random.default_rng(2).uniform(0.1, 1.0, tuple(checked.results[number].shape))
        pairs = zip(pull(checked, {number: seed}), pull(checked, {number: -seed}), strict=True)
        for position, (one, other) in zip(checked.positions, pairs, strict=True):
            if one is None or other is None or np.allclose(other, -one, settings.rtol, settings.atol):
                continue
            raise GradcheckError(
                Verdict(
                    "value",
                    "backward is not linear in grad_output: it treats negative gradients otherwise than positive ones",
                    cause="not linear",
                    where=f"the gradient of input {position} from output {number}",
                    expected="minus the gradient, from minus grad_output",
                    got=f"gradients whose sum is as large as {np.abs(one + other).max():.6g}",
                    hint="backward must multiply grad_output, not compare it or take its absolute value",
                )
            )
