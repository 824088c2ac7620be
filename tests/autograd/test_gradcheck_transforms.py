"""gradcheck of forward mode and of batched gradients."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch.autograd import gradcheck, gradgradcheck
from minitorch.autograd.gradcheck import transforms

EVERY = {"check_forward_ad": True, "check_batched_grad": True, "check_batched_forward_grad": True}


def numbers(*shape, dtype=minitorch.float64):
    values = np.random.default_rng(len(shape)).uniform(0.3, 2.0, shape)
    values = values + 1j * values**2 if dtype.is_complex else values
    return minitorch.tensor(values.tolist(), dtype=dtype, requires_grad=True)


def complex_numbers(*shape):
    return numbers(*shape, dtype=minitorch.complex128)


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        (minitorch.sin, (numbers(3),)),
        (lambda x, n: x**n, (numbers(2, 3), 3)),
        (lambda z: z * z.exp(), (complex_numbers(3),)),
        (lambda z: z.abs(), (complex_numbers(3),)),
        (lambda x: x * (1 + 2j), (numbers(3),)),
    ],
)
def test_forward_and_batched(function, inputs, fast_mode):
    assert gradcheck(function, inputs, fast_mode=fast_mode, **EVERY)
    assert gradgradcheck(function, inputs, fast_mode=fast_mode, check_fwd_over_rev=True, check_batched_grad=True)


def test_several_inputs():
    assert gradcheck(lambda x, W: ((x @ W).tanh(), x.sum()), (numbers(2, 3), numbers(3, 4)), **EVERY)
    assert gradcheck(minitorch.matmul, (numbers(2, 3), numbers(3, 4)), check_backward_ad=False, check_forward_ad=True)


def test_a_wrong_tangent(monkeypatch):
    class Wrong:
        dual_level, make_dual = transforms.forward_ad.dual_level, staticmethod(transforms.forward_ad.make_dual)
        unpack = staticmethod(transforms.forward_ad.unpack_dual)

        @classmethod
        def unpack_dual(cls, tensor):
            primal, tangent = cls.unpack(tensor)
            return primal, None if tangent is None else -tangent

    monkeypatch.setattr(transforms, "forward_ad", Wrong)
    verdict = gradcheck(minitorch.sin, numbers(3), check_forward_ad=True, raise_exception=False)
    assert (verdict.kind, verdict.cause) == ("value", "sign")
    assert "Jacobian computed with forward mode mismatch for output 0" in str(verdict)


@pytest.mark.parametrize(
    "flags", [{"check_batched_grad": True}, {"check_batched_forward_grad": True, "check_forward_ad": True}]
)
def test_wrong_batches(monkeypatch, flags):
    vmap = transforms.vmap
    monkeypatch.setattr(transforms, "vmap", lambda function: lambda batch: vmap(function)(batch.flip(0)))
    assert gradcheck(minitorch.sin, numbers(3), raise_exception=False, **flags).kind == "batched"

    def fails(batch):
        raise RuntimeError("no rule for this one")

    monkeypatch.setattr(transforms, "vmap", lambda function: fails)
    verdict = gradcheck(minitorch.sin, numbers(3), raise_exception=False, **flags)
    assert verdict.kind == "batched" and "no rule for this one" in str(verdict)
