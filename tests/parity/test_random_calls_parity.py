"""Random calls over the op table, made in PyTorch too: where both give a result, it is the same."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import dtypes
from minitorch.testing import random_calls
from minitorch.testing.conformance.cases import results_of, tensors_in

torch = pytest.importorskip("torch")

# Where PyTorch and minitorch differ, and why.
_FREE = "the vectors are determined up to a factor, and the order of complex eigenvalues is the library's"
_TIES = "of equal values any may be the one"
_EXACT = "PyTorch's polynomials are off in the tenth digit; ours are held to mpmath"
_INVALID = "PyTorch says nothing about input that isn't what the op is for, and computes something"
_MEMORY = "goes by strides, which the call made in PyTorch doesn't have"
DIFFERENT: dict[str, str] = {
    **dict.fromkeys(("linalg_svd", "svd", "linalg_eig", "linalg_eigh", "linalg_eigvals"), _FREE),
    **dict.fromkeys(("kthvalue", "topk", "mode", "median", "nanmedian"), _TIES),
    **dict.fromkeys(("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "airy_ai", "polygamma"), _EXACT),
    **dict.fromkeys(("_standard_gamma_grad", "_dirichlet_grad"), "PyTorch's fits have 3 digits; ours are held to mpmath"),
    **dict.fromkeys(("searchsorted", "bucketize", "linalg_cholesky_ex", "cholesky_inverse", "lu_unpack", "ormqr",
                     "linalg_ldl_solve", "linalg_householder_product", "grid_sampler_3d"), _INVALID),
    **dict.fromkeys(("as_strided", "as_strided_contiguous", "as_strided_scatter"), _MEMORY),
    **dict.fromkeys(("empty", "empty_like", "empty_permuted", "empty_strided"), "the values are unspecified"),
    "cumulative_trapezoid": "PyTorch takes differences of unsigned x, which wrap round",
    "trapezoid": "PyTorch takes differences of unsigned x, which wrap round",
    "gradient": "nan here and inf there, where two coordinates are equal",
    "hinge_embedding_loss": "PyTorch gives back whole numbers for whole numbers, although the margin is a float",
    "unique_consecutive": "PyTorch leaves the inverse away where it is asked for by position",
    "matrix_exp": "in bfloat16 PyTorch's steps give nan for large matrices; here it is computed in float32 and rounded once",
    "logdet": "the sign of an imaginary part of pi hangs on the last bit",
    "logit": "PyTorch clamps to [eps, 1 - eps] in another order, which shows where eps is above 1 / 2",
    "multilabel_soft_margin_loss": "PyTorch divides by the number of the input's classes, where the target is broadcast",
}  # fmt: skip


class Untranslatable(Exception):
    """PyTorch has no such function, or takes no such argument."""


def theirs(op: Any) -> Any:
    """PyTorch's function for an op."""
    path = getattr(op, "torch", None) or op.name
    places = (torch, torch.Tensor) if getattr(op, "method", False) else (torch.nn.functional, torch)
    for root in places:
        found = root
        for name in path.split("."):
            found = getattr(found, name, None)
        if found is not None:
            return found
    raise Untranslatable


def translated(value: Any) -> Any:
    """An argument as PyTorch takes it."""
    if isinstance(value, minitorch.Tensor):
        array = np.array(value.detach()._to_host())
        if value.dtype is dtypes.bfloat16:
            return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
        return torch.from_numpy(array)
    if isinstance(value, dtypes.DType):
        return getattr(torch, value.name)
    if isinstance(value, list | tuple):
        return type(value)(map(translated, value))
    if isinstance(value, int | float | complex | str | None):
        return value
    raise Untranslatable


def ours(value: Any) -> Any:
    """PyTorch's results as minitorch's."""
    if isinstance(value, torch.Tensor):
        value = value.detach().resolve_conj().resolve_neg()
        if value.dtype is torch.bfloat16:
            return minitorch.tensor(value.double().numpy()).to(minitorch.bfloat16)
        return minitorch.tensor(value.numpy())
    return tuple(map(ours, value)) if isinstance(value, list | tuple) else value


def _ordinary(tensor: Any) -> bool:
    """Has it finite numbers only, none of them extreme? What a formula makes of others is not compared here."""
    values = np.abs(np.array(tensor.detach()._to_host()).astype(complex))
    return bool(np.all(np.isfinite(values) & (values < 1e6) & ((values == 0) | (values > 1e-6))))


def compared(op: Any, sample: Any, result: Any) -> list[random_calls.Fault]:
    """How PyTorch's result differs."""
    settings = (value for value in (*sample.args, *sample.kwargs.values()) if isinstance(value, int | float))
    ordinary = all(_ordinary(tensor) for tensor in tensors_in(sample)) and all(abs(value) < 1e6 for value in settings)
    if (
        op.name in DIFFERENT or not ordinary or re.search(r"\d{6}", repr(sample))
    ):  # and no sizes to run out of memory with
        return []
    try:
        function = theirs(op)
        plain = random_calls.changed(sample, translated)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs_result = function(*plain.args, **plain.kwargs)
            wanted = ours(theirs_result)
    except Untranslatable:
        return []
    except Exception:  # what PyTorch refuses is not compared
        return []
    if any(tensor.numel() > 1 << 20 for tensor in results_of(result)):
        return []
    tolerance = [4 * each for each in random_calls._tolerance(op, sample, result)]
    said = random_calls.difference(result, wanted, tolerance)
    return [random_calls.Fault("PyTorch", said)] if said else []


def test_where_both_give_a_result_it_is_the_same() -> None:
    compared_calls = []

    def peer(op: Any, sample: Any, result: Any) -> list[random_calls.Fault]:
        faults = compared(op, sample, result)
        compared_calls.append(op.name)
        return faults

    outcomes = random_calls.run(2500, seed=50, peer=peer)
    faulty = list(random_calls.report(outcomes))[3:]
    assert not faulty, "\n".join(faulty)
    assert len(compared_calls) > 1200
