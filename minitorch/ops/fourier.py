"""Discrete Fourier transforms, along one dim, two, or many.

    X[k] = sum_n x[n] exp(-2 pi i k n / N)

The transform is linear, and its transpose is the unscaled transform in the other direction: "backward" scales the inverse by
1 / N, "forward" the transform, "ortho" both by 1 / sqrt(N), so the transpose has the opposite norm. A transform of real numbers
is symmetric, and of its last dim only the first N // 2 + 1 are kept. All but the first of them, and the one at N / 2, stand for
two, which is what `_weights` counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.inplace import written
from minitorch.operands import to_dim, to_dims
from minitorch.ops.creation import tensor
from minitorch.ops.joining import pad_constant, roll
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition, linear
from minitorch.tensor import Tensor

OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}

# --- The three transforms ---------------------------------------------------------------------------------------------


@linear(input=lambda k, g, dim, norm, inverse: k.fourier(g, dim, OPPOSITE[norm], not inverse), public=False,
        grad_name="FftC2CBackward0")  # fmt: skip
def fourier(k, input: Array, dim: tuple, norm: str, inverse: bool):
    """The transform of complex numbers along some dims, by its definition: one product with a matrix of waves each."""
    for d in dim:
        waves = _waves(k, input, input.shape[d], inverse)
        input = _last(k, k.matmul(_last(k, input, d), waves * _scale(norm, input.shape[d], inverse)), d)
    return input


def _of_real_transpose(k, g, input_shape, dim, norm):
    size = input_shape[dim[-1]]
    return k.fourier_to_real(g / _weights(k, g, size, dim[-1]), dim, OPPOSITE[norm], size)


@linear(input=_of_real_transpose, public=False, result="complex", grad_name="FftR2CBackward0")
def fourier_of_real(k, input: Array, dim: tuple, norm: str):
    """The transform of real numbers, of the last of the dims the first N // 2 + 1."""
    whole = k.fourier(k.make_complex(input, k.full_like(input, 0)), dim, norm, False)
    half = slice(0, input.shape[dim[-1]] // 2 + 1)
    return k.basic_index(whole, (*[slice(None)] * dim[-1], half))


def _to_real_transpose(k, g, dim, norm, size):
    found = k.fourier_of_real(g, dim, OPPOSITE[norm])
    return found * _weights(k, found, size, dim[-1])


@linear(input=_to_real_transpose, public=False, result="real", grad_name="FftC2RBackward0")
def fourier_to_real(k, input: Array, dim: tuple, norm: str, size: int):
    """The inverse transform to real numbers, `size` of them along the last of the dims, of which `input` has half."""
    last, half = dim[-1], input.shape[dim[-1]]
    input = k.fourier(input, dim[:-1], norm, True) * _weights(k, input, size, last)
    waves = k.basic_index(_waves(k, input, size, True), (slice(0, half),)) * _scale(norm, size, True)
    return _last(k, k.real(k.matmul(_last(k, input, last), waves)), last)


def _waves(k: Any, like: Any, size: int, inverse: bool) -> Any:
    """The matrix of exp(-2 pi i j k / size), whose angles are first reduced to one turn."""
    places = k.arange_like(like, size)
    turns = k.remainder(k.reshape(places, (size, 1)) * k.reshape(places, (1, size)), k.new_full(places, (), size))
    angle = k.cast_like(turns, k.real(like)) * ((2 if inverse else -2) * math.pi / size)
    return k.make_complex(k.cos(angle), k.sin(angle))


def _scale(norm: str, size: int, inverse: bool) -> float:
    if norm == "ortho":
        return 1 / math.sqrt(size)
    return 1 / size if (norm == "backward") == inverse else 1.0


def _last(k: Any, x: Any, dim: int) -> Any:
    """x with `dim` and the last dimension swapped."""
    dims = list(range(len(x.shape)))
    dims[dim], dims[-1] = dims[-1], dims[dim]
    return k.permute(x, tuple(dims))


def _weights(k: Any, half: Any, size: int, dim: int) -> Any:
    """How many of `size` numbers each of the first half stands for: 1, 2, 2, ..., and 1 at the end of an even number."""
    places = k.arange_like(half, half.shape[dim])
    single = (places == 0) | (places * 2 == size)
    weights = k.where(single, k.new_full(half, (), 1), k.new_full(half, (), 2))
    return k.reshape(weights, (half.shape[dim], *[1] * (len(half.shape) - 1 - dim)))


# --- What calls say ---------------------------------------------------------------------------------------------------


def _norm(norm: str | None) -> str:
    if norm is not None and norm not in OPPOSITE:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"; expected "backward", "ortho" or "forward"')
    return norm or "backward"


def _float(input: Tensor, complex: bool) -> Tensor:
    """The input as floating point numbers, or as complex ones."""
    if input.dtype.inexact and not input.dtype.full:
        raise RuntimeError(f"Unsupported dtype {input.dtype!r}: convert with .float()")
    dtype = input.dtype if input.dtype.inexact else dtypes.get_default_dtype()
    return input.to(dtype.to_complex() if complex else dtype)


def _real(name: str, input: Tensor) -> Tensor:
    if input.dtype.is_complex:
        raise RuntimeError(f"{name} expects a real input tensor, but got {input.dtype!r}")
    return _float(input, complex=False)


def _check_tensor(input: Any) -> None:
    if not isinstance(input, Tensor):
        raise TypeError(f"fft: argument 'input' must be Tensor, not {type(input).__name__}")


def _one_dim(input: Tensor, n: int | None, dim: int) -> tuple[list[int], list[int | None]]:
    _check_tensor(input)
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    if n is not None and not isinstance(n, int):
        raise TypeError(f"fft: argument 'n' must be int, not {type(n).__name__}")
    return [to_dim(dim, input.ndim)], [n]


def _many_dims(input: Tensor, s: Sequence[int] | None, dim: Sequence[int] | None) -> tuple[list[int], list[int | None]]:
    """The dims and their sizes, where -1 and None keep what is there."""
    _check_tensor(input)
    s = [s] if isinstance(s, int) else s
    dim = [dim] if isinstance(dim, int) else dim
    if s is not None and len(s) > input.ndim and dim is None:
        raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {input.ndim} dimensions.")
    if s is not None and dim is not None and len(s) != len(dim):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    dims = (
        list(range(input.ndim - len(s), input.ndim) if s is not None else range(input.ndim))
        if dim is None
        else list(dim)
    )
    dims = [to_dim(d, input.ndim) for d in dims]
    if len(set(dims)) < len(dims):
        raise RuntimeError("FFT dims must be unique")
    return dims, [None] * len(dims) if s is None else [None if size == -1 else size for size in s]


def _sized(input: Tensor, dims: Sequence[int], sizes: Sequence[int | None]) -> Tensor:
    """Zeros added, or the end cut off, so that the dims have these sizes."""
    pairs = [(0, 0)] * input.ndim
    for d, size in zip(dims, sizes, strict=True):
        wanted = input.shape[d] if size is None else size
        if wanted < 1:
            raise RuntimeError(f"Invalid number of data points ({wanted}) specified")
        pairs[d] = (0, wanted - input.shape[d])
    return pad_constant(input, tuple(pairs), 0) if any(after for _, after in pairs) else input


def _complex_transform(
    input: Tensor, dims: list[int], sizes: list[int | None], norm: str | None, inverse: bool
) -> Tensor:
    mode = _norm(norm)
    input = _sized(_float(input, complex=True), dims, sizes)
    return fourier(input, tuple(dims), mode, inverse) if dims else input.clone()


def _real_transform(name: str, input: Tensor, dims: list[int], sizes: list[int | None], norm: str) -> Tensor:
    input = _real(name, input)
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    return fourier_of_real(_sized(input, dims, sizes), tuple(dims), norm)


def _transform_to_real(name: str, input: Tensor, dims: list[int], sizes: list[int | None], norm: str) -> Tensor:
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    size = sizes[-1] if sizes[-1] is not None else 2 * (input.shape[dims[-1]] - 1)
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")
    input = _sized(_float(input, complex=True), dims, [*sizes[:-1], size // 2 + 1])
    return fourier_to_real(input, tuple(dims), norm, size)


def _hermitian_transform(
    name: str, input: Tensor, dims: list[int], sizes: list[int | None], norm: str | None
) -> Tensor:
    """The transform in the direction forward to real numbers: of the conjugate, backward."""
    return _transform_to_real(name, _float(input, complex=True).conj(), dims, sizes, OPPOSITE[_norm(norm)])


def _inverse_hermitian_transform(
    name: str, input: Tensor, dims: list[int], sizes: list[int | None], norm: str | None
) -> Tensor:
    return _real_transform(name, input, dims, sizes, OPPOSITE[_norm(norm)]).conj()


# --- Samples ----------------------------------------------------------------------------------------------------------


def _lines(make):
    yield Sample(make(4))
    yield Sample(make(2, 5), dim=0, norm="ortho")
    yield Sample(make(2, 3), 5, norm="forward")
    yield Sample(make(2, 6), 4, -1)
    yield Sample(make(0, 3))


def _no_lines(make):
    yield ErrorSample(Sample(make(3), 0), RuntimeError, "Invalid number of data points")
    yield ErrorSample(Sample(make(3), norm="x"), RuntimeError, "Invalid normalization mode")
    yield ErrorSample(Sample(make(3), dim=1), IndexError, "Dimension out of range")


def _planes(make):
    yield Sample(make(3, 4))
    yield Sample(make(2, 3, 4), dim=(0, 2), norm="ortho")
    yield Sample(make(2, 3, 4), (4, 5), (0, -1), "forward")


def _no_planes(make):
    yield ErrorSample(Sample(make(3)), IndexError, "Dimension out of range")
    yield ErrorSample(Sample(make(3, 3), dim=(0, 0)), RuntimeError, "FFT dims must be unique")
    yield ErrorSample(Sample(make(3, 3), (2,), (0, 1)), RuntimeError, "must have the same length")


def _volumes(make):
    yield Sample(make(2, 3, 4))
    yield Sample(make(2, 3, 4), (5, 3), norm="forward")
    yield Sample(make(2, 3, 4), dim=(1,), norm="ortho")


def _no_volumes(make):
    yield ErrorSample(Sample(make(3), (2, 2)), RuntimeError, "Got shape with 2 values")
    yield ErrorSample(Sample(make(3, 3), dim=(0, 0)), RuntimeError, "FFT dims must be unique")


def _transforms(samples: Callable, errors: Callable) -> Callable:
    """What makes a definition a public row, `fft_fft` that of `fft.fft`."""

    def row(definition: Callable) -> Callable:
        home = definition.__name__.replace("_", ".")
        return composition(
            special=False, torch=home, method=False, out=True, samples=samples, errors=errors, autocast="cpu float32"
        )(definition)

    return row


_line, _plane, _volume = (
    _transforms(_lines, _no_lines),
    _transforms(_planes, _no_planes),
    _transforms(_volumes, _no_volumes),
)

# --- Along one dim ----------------------------------------------------------------------------------------------------


@_line
def fft_fft(input: Array, n: int | None = None, dim: int = -1, norm: str | None = None):
    """The discrete Fourier transform along one dim; inputs become complex.

    out[k] = sum over n of input[n] * exp(-2 pi i k n / N)
    """
    return _complex_transform(input, *_one_dim(input, n, dim), norm, inverse=False)


@_line
def fft_ifft(input: Array, n: int | None = None, dim: int = -1, norm: str | None = None):
    """The inverse of the discrete Fourier transform along one dim.

    out[n] = sum over k of input[k] * exp(2 pi i k n / N) / N
    """
    return _complex_transform(input, *_one_dim(input, n, dim), norm, inverse=True)


@_line
def fft_rfft(input: Array, n: int | None = None, dim: int = -1, norm: str | None = None):
    """The transform of real numbers along one dim, of the last dim the first half.

    out[k] = sum over n of input[n] * exp(-2 pi i k n / N), for k up to N / 2
    """
    return _real_transform("rfft", input, *_one_dim(input, n, dim), _norm(norm))


@_line
def fft_irfft(input: Array, n: int | None = None, dim: int = -1, norm: str | None = None):
    """The inverse transform to real numbers along one dim, from the first half; `n` says how many.

    out[n] = sum over k of input[k] * exp(2 pi i k n / N) / N, where input[N - k] = conj(input[k])
    """
    return _transform_to_real("irfft", input, *_one_dim(input, n, dim), _norm(norm))


@_line
def fft_hfft(input: Array, n: int | None = None, dim: int = -1, norm: str | None = None):
    """The transform of numbers along one dim that are half of a symmetric whole: real numbers.

    out[k] = sum over n of input[n] * exp(-2 pi i k n / N), where input[N - n] = conj(input[n])
    """
    return _hermitian_transform("hfft", input, *_one_dim(input, n, dim), norm)


@_line
def fft_ihfft(input: Array, n: int | None = None, dim: int = -1, norm: str | None = None):
    """The inverse of `hfft`: from real numbers the first half.

    out[n] = sum over k of input[k] * exp(2 pi i k n / N) / N, for n up to N / 2
    """
    return _inverse_hermitian_transform("ihfft", input, *_one_dim(input, n, dim), norm)


# --- Along two dims ---------------------------------------------------------------------------------------------------


@_plane
def fft_fft2(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] = (-2, -1), norm: str | None = None):
    """The discrete Fourier transform along two dims; inputs become complex.

    out[k, l] = sum over n, m of input[n, m] * exp(-2 pi i (k n / N + l m / M))
    """
    return _complex_transform(input, *_many_dims(input, s, dim), norm, inverse=False)


@_plane
def fft_ifft2(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] = (-2, -1), norm: str | None = None):
    """The inverse of the discrete Fourier transform along two dims.

    out[n, m] = sum over k, l of input[k, l] * exp(2 pi i (k n / N + l m / M)) / (N M)
    """
    return _complex_transform(input, *_many_dims(input, s, dim), norm, inverse=True)


@_plane
def fft_rfft2(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] = (-2, -1), norm: str | None = None):
    """The transform of real numbers along two dims, of the last dim the first half."""
    return _real_transform("rfft2", input, *_many_dims(input, s, dim), _norm(norm))


@_plane
def fft_irfft2(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] = (-2, -1), norm: str | None = None):
    """The inverse transform to real numbers along two dims, from the first half of the last one."""
    return _transform_to_real("irfft2", input, *_many_dims(input, s, dim), _norm(norm))


@_plane
def fft_hfft2(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] = (-2, -1), norm: str | None = None):
    """The transform of numbers along two dims that are half of a symmetric whole: real numbers."""
    return _hermitian_transform("hfft2", input, *_many_dims(input, s, dim), norm)


@_plane
def fft_ihfft2(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] = (-2, -1), norm: str | None = None):
    """The inverse of `hfft2`: from real numbers the first half."""
    return _inverse_hermitian_transform("ihfft2", input, *_many_dims(input, s, dim), norm)


# --- Along many dims --------------------------------------------------------------------------------------------------


@_volume
def fft_fftn(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] | None = None, norm: str | None = None):
    """The discrete Fourier transform along `dim`, or all dims; inputs become complex.

    out[k, l, ...] = sum over n, m, ... of input[n, m, ...] * exp(-2 pi i (k n / N + l m / M + ...))
    """
    return _complex_transform(input, *_many_dims(input, s, dim), norm, inverse=False)


@_volume
def fft_ifftn(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] | None = None, norm: str | None = None):
    """The inverse of the discrete Fourier transform along `dim`, or all dims.

    out[n, m, ...] = sum over k, l, ... of input[k, l, ...] * exp(2 pi i (k n / N + l m / M + ...)) / (N M ...)
    """
    return _complex_transform(input, *_many_dims(input, s, dim), norm, inverse=True)


@_volume
def fft_rfftn(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] | None = None, norm: str | None = None):
    """The transform of real numbers along `dim`, or all dims, of the last dim the first half."""
    return _real_transform("rfftn", input, *_many_dims(input, s, dim), _norm(norm))


@_volume
def fft_irfftn(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] | None = None, norm: str | None = None):
    """The inverse transform to real numbers along `dim`, or all dims, from the first half of the last one."""
    return _transform_to_real("irfftn", input, *_many_dims(input, s, dim), _norm(norm))


@_volume
def fft_hfftn(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] | None = None, norm: str | None = None):
    """The transform of numbers along `dim`, or all dims that are half of a symmetric whole: real numbers."""
    return _hermitian_transform("hfftn", input, *_many_dims(input, s, dim), norm)


@_volume
def fft_ihfftn(input: Array, s: Sequence[int] | None = None, dim: Sequence[int] | None = None, norm: str | None = None):
    """The inverse of `hfftn`: from real numbers the first half."""
    return _inverse_hermitian_transform("ihfftn", input, *_many_dims(input, s, dim), norm)


# --- Frequencies ------------------------------------------------------------------------------------------------------


def _shift_samples(make):
    yield Sample(make(4))
    yield Sample(make(3, 5), 1)
    yield Sample(make(2, 3, 5), (0, 2))


@composition(torch="fft.fftshift", method=False, samples=_shift_samples)
def fft_fftshift(input: Array, dim: Any = None):
    """Frequency 0 moved from the front to the middle.

    out[(i + N
    2) % N] = input[i]
    """
    dims = to_dims(dim, input.ndim)
    return roll(input, tuple(input.shape[d] // 2 for d in dims), dims)


@composition(torch="fft.ifftshift", method=False, samples=_shift_samples)
def fft_ifftshift(input: Array, dim: Any = None):
    """Frequency 0 moved from the middle to the front: the inverse of `fftshift`.

    out[i] = input[(i + N
    2) % N]
    """
    dims = to_dims(dim, input.ndim)
    return roll(input, tuple(-(input.shape[d] // 2) for d in dims), dims)


def fftfreq(
    n: int, d: float = 1.0, *, out=None, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
):
    """The frequencies of `fft`'s results, for `n` samples that are `d` apart: 0 and up, then the negative ones."""
    return _frequencies((np.arange(n) + n // 2) % n - n // 2, n, d, out, dtype, device, requires_grad)


def rfftfreq(
    n: int, d: float = 1.0, *, out=None, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
):
    """The frequencies of `rfft`'s results, for `n` samples that are `d` apart: from 0 up."""
    return _frequencies(np.arange(n // 2 + 1), n, d, out, dtype, device, requires_grad)


def _frequencies(
    counts: np.ndarray, n: int, d: float, out: Any, dtype: Any, device: Any, requires_grad: bool
) -> Tensor:
    dtype = out.dtype if dtype is None and out is not None else dtype or dtypes.get_default_dtype()
    made = tensor(counts / (n * d), dtype=dtype, device=device, requires_grad=requires_grad)
    return made if out is None else written("fftfreq", out, made)


FREQUENCIES = {"fftfreq": fftfreq, "rfftfreq": rfftfreq}
