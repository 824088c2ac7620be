"""Activation functions as `nn.functional` says them: those that may write into their input, and the one that draws."""

from __future__ import annotations

from minitorch.inplace import run_inplace
from minitorch.ops import gates, rectifiers
from minitorch.ops.creation import empty_like, zeros_like
from minitorch.ops.gathering import scatter
from minitorch.ops.rectifiers import celu_, rrelu_, selu_, threshold_
from minitorch.ops.softmax import softmax
from minitorch.rows import OPS
from minitorch.tensor import Tensor

__all__ = ["celu", "celu_", "gumbel_softmax", "hardsigmoid", "hardswish", "mish", "rrelu", "rrelu_", "selu", "selu_",
           "threshold", "threshold_"]  # fmt: skip


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, else alpha * (exp(input / alpha) - 1)."""
    return celu_(input, alpha) if inplace else rectifiers.celu(input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """scale * input where it is positive, else scale * alpha * (exp(input) - 1)."""
    return selu_(input) if inplace else rectifiers.selu(input)


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """input where it is positive, else input times a slope from [lower, upper)."""
    return rrelu_(input, lower, upper, training) if inplace else rectifiers.rrelu(input, lower, upper, training)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input where it is above `threshold`, else `value`."""
    return threshold_(input, threshold, value) if inplace else rectifiers.threshold(input, threshold, value)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """input / 6 + 1 / 2, limited to [0, 1]."""
    return run_inplace(OPS["hardsigmoid"], input, (), {}) if inplace else rectifiers.hardsigmoid(input)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * hardsigmoid(input)."""
    return run_inplace(OPS["hardswish"], input, (), {}) if inplace else rectifiers.hardswish(input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input))."""
    return run_inplace(OPS["mish"], input, (), {}) if inplace else gates.mish(input)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample of the Gumbel-softmax distribution (Jang et al. 2016, arXiv:1611.01144); with `hard`, a vector with a single 1.

    A hard sample has the gradient of the soft one. `eps` is accepted and means nothing, as in PyTorch.
    """
    noise = -empty_like(logits.detach()).exponential_().log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.detach().max(dim, keepdim=True)[1]
    return scatter(zeros_like(logits.detach()), dim, index, 1.0) - soft.detach() + soft
