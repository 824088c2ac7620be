"""Made by `python -m minitorch.testing.signatures` from minitorch.fft."""

import builtins
from typing import Any, NamedTuple

from minitorch.tensor import Tensor

def fft(input: Any, n: Any = None, dim: Any = -1, norm: Any = None, *, out: Any = None) -> Tensor:
    """The discrete Fourier transform along one dim; inputs become complex."""
def fft2(input: Any, s: Any = None, dim: Any = ..., norm: Any = None, *, out: Any = None) -> Tensor:
    """The discrete Fourier transform along two dims; inputs become complex."""
def fftfreq(n: builtins.int, d: builtins.float = ..., *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Any:
    """The frequencies of `fft`'s results, for `n` samples that are `d` apart: 0 and up, then the negative ones."""
def fftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None, *, out: Any = None) -> Tensor:
    """The discrete Fourier transform along `dim`, or all dims; inputs become complex."""
def fftshift(input: Any, dim: Any = None) -> Tensor:
    """Frequency 0 moved from the front to the middle."""
def hfft(input: Any, n: Any = None, dim: Any = -1, norm: Any = None, *, out: Any = None) -> Tensor:
    """The transform of numbers along one dim that are half of a symmetric whole: real numbers."""
def hfft2(input: Any, s: Any = None, dim: Any = ..., norm: Any = None, *, out: Any = None) -> Tensor:
    """The transform of numbers along two dims that are half of a symmetric whole: real numbers."""
def hfftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None, *, out: Any = None) -> Tensor:
    """The transform of numbers along `dim`, or all dims that are half of a symmetric whole: real numbers."""
def ifft(input: Any, n: Any = None, dim: Any = -1, norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse of the discrete Fourier transform along one dim."""
def ifft2(input: Any, s: Any = None, dim: Any = ..., norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse of the discrete Fourier transform along two dims."""
def ifftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse of the discrete Fourier transform along `dim`, or all dims."""
def ifftshift(input: Any, dim: Any = None) -> Tensor:
    """Frequency 0 moved from the middle to the front: the inverse of `fftshift`."""
def ihfft(input: Any, n: Any = None, dim: Any = -1, norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse of `hfft`: from real numbers the first half."""
def ihfft2(input: Any, s: Any = None, dim: Any = ..., norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse of `hfft2`: from real numbers the first half."""
def ihfftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse of `hfftn`: from real numbers the first half."""
def irfft(input: Any, n: Any = None, dim: Any = -1, norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse transform to real numbers along one dim, from the first half; `n` says how many."""
def irfft2(input: Any, s: Any = None, dim: Any = ..., norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse transform to real numbers along two dims, from the first half of the last one."""
def irfftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None, *, out: Any = None) -> Tensor:
    """The inverse transform to real numbers along `dim`, or all dims, from the first half of the last one."""
def rfft(input: Any, n: Any = None, dim: Any = -1, norm: Any = None, *, out: Any = None) -> Tensor:
    """The transform of real numbers along one dim, of the last dim the first half."""
def rfft2(input: Any, s: Any = None, dim: Any = ..., norm: Any = None, *, out: Any = None) -> Tensor:
    """The transform of real numbers along two dims, of the last dim the first half."""
def rfftfreq(n: builtins.int, d: builtins.float = ..., *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Any:
    """The frequencies of `rfft`'s results, for `n` samples that are `d` apart: from 0 up."""
def rfftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None, *, out: Any = None) -> Tensor:
    """The transform of real numbers along `dim`, or all dims, of the last dim the first half."""
