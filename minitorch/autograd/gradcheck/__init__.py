"""gradcheck: are the derivatives that autograd gives those of the function? And if not, why?

    gradcheck       compares the Jacobian that the tape gives with differences (f(x + eps) - f(x - eps)) / 2 eps, in float64
    gradgradcheck   does so for the derivative of the derivative

    >>> import minitorch
    >>> x = minitorch.tensor([0.5, -1.0], dtype=minitorch.float64, requires_grad=True)
    >>> minitorch.autograd.gradcheck(minitorch.sin, x)
    True
    >>> minitorch.autograd.gradcheck(lambda x: x.detach() * x, x, raise_exception=False)
    gradcheck: Jacobian mismatch for output 0 with respect to input 0: every entry is 1/2 times what it should be
      where:    d output 0 [0] / d input 0 [0]; 2 of 4 entries disagree
      expected: 1 (differences)
      got:      0.5 (backward), a relative error of 0.5
      hint:     half of it is missing

What to read: `checking` says what is compared, `jacobian` computes both Jacobians, `causes` knows what each mistake makes of one,
`diagnosis` tells mistakes from kinks, random functions and rounding, `verdict` says it in words and as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import tape
from minitorch.tensor import Tensor

from .checking import Settings, check
from .jacobian import host
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

    Checked is each of `inputs` that requires grad, real or complex, against each result that does: within atol + rtol * |slope|,
    where slopes are taken with steps of eps. Returns True, or raises GradcheckError, whose `.verdict` says what is wrong; with
    raise_exception=False returns the `Verdict`, right or wrong, which equals True or False (but `is` neither), prints and draws.

    fast_mode compares v J u for random u and v in place of whole Jacobians J. nondet_tol is how far two backward passes may
    differ. With check_undefined_grad, backward from one output leaves the gradients of the others undefined, else they are zeros.
    masked is for layouts that minitorch doesn't have. Unlike PyTorch's, it takes expanded inputs, each element as its own.
    """
    _require_one_of(check_forward_ad=check_forward_ad, check_backward_ad=check_backward_ad)
    _require("check_batched_grad", check_batched_grad, check_backward_ad=check_backward_ad)
    _require("check_batched_forward_grad", check_batched_forward_grad, check_forward_ad=check_forward_ad)
    settings = Settings(
        eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes, check_batched_grad, check_batched_forward_grad,
        check_forward_ad, check_backward_ad, fast_mode, bool(masked),
    )  # fmt: skip
    try:
        verdict = check(func, _listed(inputs), settings)
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
    _require_one_of(check_fwd_over_rev=check_fwd_over_rev, check_rev_over_rev=check_rev_over_rev)
    _require("check_undefined_grad", check_undefined_grad, check_rev_over_rev=check_rev_over_rev)
    _require("check_batched_grad", check_batched_grad, check_rev_over_rev=check_rev_over_rev)
    inputs = _listed(inputs)
    seeds = _seeds(func, inputs, gen_non_contig_grad_outputs) if grad_outputs is None else _listed(grad_outputs)
    wanted = [position for position, each in enumerate(inputs) if isinstance(each, Tensor) and each.requires_grad]

    def gradient(*arguments: Any) -> tuple[Tensor, ...]:
        """The gradients of the inputs, which PyTorch would get from autograd.grad(..., create_graph=True)."""
        values, starts = arguments[: len(inputs)], arguments[len(inputs) :]
        for position in wanted:  # forward mode hands in copies
            values[position].requires_grad_()
        outputs = _differentiable(func(*values))
        edges = [values[position]._node for position in wanted]
        found = tape.run(*tape.starts(outputs, starts, True), inputs=edges, create_graph=True)
        return tuple([found[edge] for edge in edges if edge in found])

    return gradcheck(
        gradient, (*inputs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


def _require_one_of(**flags: bool) -> None:
    if not any(flags.values()):
        raise AssertionError(f"Expected at least one of {' or '.join(flags)} to be True")


def _require(flag: str, value: bool, **needed: bool) -> None:
    for name, given in needed.items():
        if value and not given:
            raise AssertionError(f"Setting {flag}=True requires {name} to be True")


def _listed(values: Any) -> tuple:
    return tuple(values) if isinstance(values, list | tuple) else (values,)


def _differentiable(result: Any) -> list[Tensor]:
    return [each for each in _listed(result) if isinstance(each, Tensor) and each.requires_grad]


def _seeds(func: Callable, inputs: tuple, strided: bool) -> tuple[Tensor, ...]:
    random = np.random.default_rng(0)
    return tuple([_random_like(output, random, strided) for output in _differentiable(func(*inputs))])


def _random_like(output: Tensor, random: np.random.Generator, strided: bool) -> Tensor:
    """A gradient for an output, its components alternately negative and positive, so that rules for both are tried."""
    shape = (*output.shape, 2) if strided else tuple(output.shape)
    signs = np.where(np.arange(output.numel()) % 2, 1.0, -1.0).reshape(tuple(output.shape))
    values = random.uniform(0.1, 1, shape) * (signs[..., None] if strided else signs)
    if output.dtype.is_complex:
        values = values + 1j * random.uniform(-1, 1, shape)
    array = output.device.backend.from_host(np.asarray(values, host(output).dtype), output.dtype, output.device)
    made: Any = tape.wrap(array, output.dtype, output.device, None)
    return (made[..., 0].detach() if strided else made).requires_grad_()
