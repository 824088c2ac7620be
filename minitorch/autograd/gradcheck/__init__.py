"""gradcheck: are the derivatives that autograd gives those of the function? And if not, why?

    gradcheck       compares the Jacobian that the tape gives with differences (f(x + eps) - f(x - eps)) / 2 eps, in float64
    gradgradcheck   does so for the derivative of the derivative

What to read: `jacobian` computes both Jacobians, `causes` knows what each mistake makes of one, `diagnosis` tells mistakes from
kinks, random functions and rounding, `verdict` says it in words and as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch import tape
from minitorch.tensor import Tensor

from . import transforms
from .diagnosis import diagnose
from .jacobian import Checked, Direction, analytical, components, host, numerical, pull, random_direction, seeds_of, units
from .verdict import Comparison, GradcheckError, Verdict

__all__ = ["Comparison", "GradcheckError", "Verdict", "gradcheck", "gradgradcheck"]


def gradcheck(
    func: Callable,
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool | Verdict:
    """Does backward through `func` give the derivatives that differences of its values give?

    Checked is each of `inputs` that requires grad, real or complex, against each result that does. Returns True, or raises
    GradcheckError, whose `.verdict` says what is wrong. With raise_exception=False the `Verdict` is returned, right or wrong:
    it equals True or False, and prints and draws what was found. (It is an int, as bool is; only `is True` can't be asked of it.)

    eps is the step of the differences; a derivative is right within atol + rtol * |difference|. fast_mode compares v J u for
    random u and v in place of whole Jacobians J: the time of a few calls, whatever the sizes. nondet_tol is how far two backward
    passes, or two calls, may differ. masked is for layouts that minitorch doesn't have. An expanded input, which PyTorch refuses, is
    checked as if each of its elements were its own.

    >>> import minitorch
    >>> x = minitorch.tensor([0.5, -1.0], dtype=minitorch.float64, requires_grad=True)
    >>> gradcheck(minitorch.sin, x)
    True
    >>> gradcheck(lambda x: x.detach() * x, x, raise_exception=False)
    gradcheck: Jacobian mismatch for output 0 with respect to input 0: every entry is 1/2 times what it should be
      where:    d output 0 [0] / d input 0 [0]; 2 of 4 entries disagree
      expected: 1 (differences)
      got:      0.5 (backward), a relative error of 0.5
      hint:     half of it is missing
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    settings = _Settings(
        eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes, check_batched_grad, check_batched_forward_grad,
        check_forward_ad, check_backward_ad, fast_mode, bool(masked),
    )  # fmt: skip
    try:
        verdict = _check(func, _listed(inputs), settings)
    except GradcheckError as error:
        if raise_exception or not isinstance(error.verdict, Verdict):
            raise
        return error.verdict
    return True if raise_exception else verdict


def gradgradcheck(
    func: Callable,
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool | Verdict:
    """The same for the gradient itself: is backward of backward right?

    The function checked takes `inputs` and `grad_outputs` (random ones, if none are given) and gives the gradients of the inputs.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_batched_grad=True requires check_rev_over_rev to be True")
    inputs = _listed(inputs)
    if grad_outputs is None:
        random = np.random.default_rng(0)
        outputs = [output for output in _tensors(func(*inputs)) if output.requires_grad]
        grad_outputs = [_random_like(output, random, gen_non_contig_grad_outputs) for output in outputs]
    seeds = _listed(grad_outputs)
    wanted = [position for position, each in enumerate(inputs) if isinstance(each, Tensor) and each.requires_grad]

    def gradient(*arguments: Any) -> tuple[Tensor, ...]:
        """The gradients of the inputs, which PyTorch would get from autograd.grad(..., create_graph=True)."""
        values, starts = arguments[: len(inputs)], arguments[len(inputs) :]
        for position in wanted:  # forward mode hands in copies
            values[position].requires_grad_()
        outputs = [output for output in _tensors(func(*values)) if output.requires_grad]
        edges = [values[position]._node for position in wanted]
        found = tape.run(*tape.starts(outputs, starts, True), inputs=edges, create_graph=True)
        return tuple([found[edge] for edge in edges if edge in found])

    return gradcheck(
        gradient, (*inputs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


class _Settings(NamedTuple):
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


def _listed(values: Any) -> tuple:
    return tuple(values) if isinstance(values, list | tuple) else (values,)


def _tensors(result: Any) -> list[Tensor]:
    return [each for each in _listed(result) if isinstance(each, Tensor)]


def _random_like(output: Tensor, random: np.random.Generator, strided: bool) -> Tensor:
    """A gradient for an output, with components from -1 to 1."""
    shape = (*output.shape, 2) if strided else tuple(output.shape)
    values = random.uniform(-1, 1, shape)
    if output.dtype.is_complex:
        values = values + 1j * random.uniform(-1, 1, shape)
    array = output.device.backend.from_host(np.asarray(values, host(output).dtype), output.dtype, output.device)
    made: Any = tape.wrap(array, output.dtype, output.device, None)
    return (made[..., 0].detach() if strided else made).requires_grad_()


# --- The check --------------------------------------------------------------------------------------------------------


def _check(func: Callable, inputs: tuple, settings: _Settings) -> Verdict:
    """A verdict on Jacobians; what else is wrong is raised."""
    checked = Checked(func, inputs)
    if not checked.positions:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    if settings.check_forward_ad:
        transforms.require("check_forward_ad", "forward_ad")
    comparisons = list(_comparisons(checked, settings))
    if not all(each.right for each in comparisons):
        return _refuse(checked, comparisons, settings)
    if settings.check_forward_ad and settings.check_undefined_grad:
        transforms.check_undefined_tangents(checked)
    if settings.check_batched_forward_grad:
        transforms.require("check_batched_forward_grad", "forward_ad", "vmap")
        transforms.check_batched_forward_grad(checked)
    if settings.check_backward_ad:
        _check_backward(checked, settings)
    worst = max((each.relative_error for each in comparisons), default=0.0)
    shown = f"{len(comparisons)} Jacobian{'s' * (len(comparisons) != 1)} compared, largest relative error {worst:.2g}"
    return Verdict("right", f"right: {shown}", comparisons=comparisons)


def _refuse(checked: Checked, comparisons: list[Comparison], settings: _Settings) -> Verdict:
    """Raise what is wrong with Jacobians that disagree; whole ones tell more than projections do."""

    def again(func: Callable, inputs: tuple) -> Verdict:
        return _check(func, inputs, settings)

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


def _comparisons(checked: Checked, settings: _Settings) -> Iterator[Comparison]:
    """Both Jacobians of each differentiable result by each checked input."""
    ways = _Ways(checked, settings)
    differences = {position: ways.numerical(position) for position in checked.positions}
    if not checked.outputs:
        _check_constant(differences, settings)
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

    def __init__(self, checked: Checked, settings: _Settings):
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
        return [None if each is None else self._along(position, each) for position, each in zip(self.along, found, strict=True)]

    def _along(self, position: int, columns: np.ndarray) -> np.ndarray:
        direction = self.along[position]
        moved = direction.real.reshape(1, -1) @ columns.real
        return moved if direction.imag is None else moved + 1j * (direction.imag.reshape(1, -1) @ columns.imag)

    def compare(
        self, number: int, position: int, found: np.ndarray | None, true: np.ndarray, mode: str
    ) -> Comparison:
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


def _check_constant(differences: dict[int, list[np.ndarray]], settings: _Settings) -> None:
    """A function none of whose results requires grad must not depend on its inputs."""
    slack = settings.nondet_tol if settings.fast_mode else 0.0
    for position, jacobians in differences.items():
        for number, jacobian in enumerate(jacobians):
            if not (np.abs(jacobian) <= slack).all():
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


def _check_reentrant(checked: Checked, number: int, settings: _Settings) -> None:
    """Two backward passes with the same gradient must give the same; on the way, gradients have the dtypes they must have."""
    result = checked.results[number]
    seed = np.random.default_rng(1).uniform(size=tuple(result.shape))
    pairs = zip(*[pull(checked, {number: seed}, settings.check_grad_dtypes) for _ in range(2)], strict=True)
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


def _check_backward(checked: Checked, settings: _Settings) -> None:
    """No gradient that comes in, or one of zeros, gives no gradient, or one of zeros."""
    if settings.check_batched_grad:
        transforms.require("check_batched_grad", "vmap")
        for number in checked.outputs:
            transforms.check_batched_grad(checked, number)
    zeros = {number: np.zeros(tuple(checked.results[number].shape)) for number in checked.outputs}
    if not zeros:
        return
    _check_zero(pull(checked, zeros), settings, "value", "backward not multiplied by grad_output")
    if not settings.check_undefined_grad or len(zeros) < 2:
        return
    for undefined in zeros:  # the others stay defined
        rest = {number: seed for number, seed in zeros.items() if number != undefined}
        what = f"Expected all input grads to be undefined or zero when the gradient of output {undefined} is undefined"
        try:
            found = pull(checked, rest)
        except GradcheckError as error:
            text = f"Expected backward function to handle undefined output grads: output {undefined} has none"
            raise GradcheckError(Verdict("undefined", text, got=error.__cause__)) from error
        _check_zero(found, settings, "undefined", what)


def _check_zero(found: list[np.ndarray | None], settings: _Settings, kind: str, what: str) -> None:
    for gradient in found:
        if gradient is not None and not (np.allclose(gradient, 0) if settings.masked else (gradient == 0).all()):
            cause = "ignores gradient" if kind == "value" else "undefined"
            raise GradcheckError(Verdict(kind, what, cause=cause, got=f"up to {np.abs(gradient).max():.6g}"))
