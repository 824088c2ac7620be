"""All parameters of a model as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from minitorch.autograd import no_grad
from minitorch.nn.registry import typename
from minitorch.ops.joining import concatenate
from minitorch.tensor import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All values in one vector, one parameter after the other; differentiable."""
    return concatenate([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Set the parameters to consecutive pieces of a vector; they share its memory from then on."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    each = list(parameters)
    total = sum(parameter.numel() for parameter in each)
    if vec.numel() < total:
        raise RuntimeError(f"vector_to_parameters: expected a vector of {total} values, got {vec.numel()}")
    start = 0
    with no_grad():
        for parameter in each:
            parameter.data = vec[start : start + parameter.numel()].view_as(parameter).data
            start += parameter.numel()
