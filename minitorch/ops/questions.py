"""Questions about a tensor: PyTorch has them as functions as well as methods."""

from __future__ import annotations

from minitorch.tensor import Tensor


def is_inference(input: Tensor) -> bool:
    """Was it made in inference_mode? Always False: tensors made there are ordinary ones here."""
    return False


def is_nonzero(input: Tensor) -> bool:
    """Is the one element of a tensor other than zero? Tensors of more elements, or none, have no answer.

    >>> import minitorch
    >>> minitorch.is_nonzero(minitorch.tensor([0.0]))
    False
    """
    if input.numel() != 1:
        problem = "no values" if not input.numel() else "more than one value"
        raise RuntimeError(f"is_nonzero(): Boolean value of Tensor with {problem} is ambiguous")
    return bool(input.item())


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Have two tensors the same shape?"""
    return input.shape == other.shape


def is_conj(input: Tensor) -> bool:
    """Is it a view that shows conjugates? There are none here: `conj` computes."""
    return input.is_conj()


def is_neg(input: Tensor) -> bool:
    """Is it a view that shows negatives? There are none here: `imag` of a conjugate is computed."""
    return input.is_neg()


def get_device(input: Tensor) -> int:
    """The number of the device that a tensor lives on; -1 on the cpu."""
    return input.get_device()


METHODS = {"is_inference": is_inference, "is_nonzero": is_nonzero, "is_same_size": is_same_size}
FUNCTIONS = {
    function.__name__: function for function in (is_inference, is_nonzero, is_same_size, is_conj, is_neg, get_device)
}
