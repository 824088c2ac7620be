"""The short-time Fourier transform: a signal in overlapping frames, each weighed by a window and transformed; and back."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.operands import some
from minitorch.ops.complex_numbers import imag, real
from minitorch.ops.fourier import fft_fft, fft_ifft, fft_irfft, fft_rfft
from minitorch.ops.joining import pad, pad_constant
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS, Array, composition
from minitorch.tensor import Tensor


def _window(name: str, input: Tensor, window: Tensor | None, n_fft: int, hop: int | None, length: int | None) -> tuple:
    """The window of n_fft points, with zeros around a shorter one, and the step from frame to frame."""
    hop = n_fft // 4 if hop is None else hop
    length = n_fft if length is None else length
    if hop <= 0:
        raise RuntimeError(f"{name}: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={length}, n_fft={n_fft}")
    if window is None:
        window = real(OPS_ON_TENSORS.new_full(input.detach(), (length,), 1))
    assert window is not None
    if window.ndim != 1 or window.shape[0] != length:
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={length}, but got window with size "
            f"{list(window.shape)}"
        )
    before = (n_fft - length) // 2
    return pad_constant(window, ((before, n_fft - length - before),), 0), hop


def _onesided(onesided: bool | None, *tensors: Tensor) -> bool:
    """Is the second half left out? It is, unless said otherwise, where it is the conjugate of the first."""
    symmetric = not any(tensor.dtype.is_complex for tensor in tensors)
    if onesided and not symmetric:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    return symmetric if onesided is None else onesided


def _stft_samples(make):
    yield Sample(make(20), 6, return_complex=True)
    yield Sample(make(2, 17), 8, 3, window=make(8, low=0.5), return_complex=True)
    yield Sample(make(2, 17), 8, 4, 6, make(6, low=0.5), center=False, normalized=True, return_complex=True)
    yield Sample(make(20), 6, onesided=False, return_complex=False)
    yield Sample(make.strided(17, 2).t(), 8, 4, center=False, return_complex=True)


def _stft_errors(make):
    yield ErrorSample(Sample(make(20), 6), RuntimeError, "requires the return_complex parameter")
    yield ErrorSample(Sample(make(20), 6, 0, return_complex=True), RuntimeError, "expected hop_length > 0")
    yield ErrorSample(Sample(make(20), 6, win_length=7, return_complex=True), RuntimeError, "win_length <= n_fft")
    yield ErrorSample(Sample(make(1, 1, 20), 6, return_complex=True), RuntimeError, "expected a 1D or 2D tensor")
    yield ErrorSample(Sample(make(4), 6, center=False, return_complex=True), RuntimeError, "expected 0 < n_fft")


@composition(special=False, samples=_stft_samples, errors=_stft_errors, autocast="cpu float32")
def stft(
    input: Array,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
):
    """The transforms of frames of `n_fft` points, `hop_length` apart: (..., time) -> (..., frequency, frame).

    out[f, t] = sum over n of window[n] * input[t * hop_length + n] * exp(-2 pi i f n / n_fft)

    With `center` the signal is padded by n_fft // 2 at both ends, so that frame t is centred at t * hop_length.
    """
    _check_signal(input, window, return_complex, center, align_to_window)
    signal = input if input.ndim == 2 else input.unsqueeze(0)
    if center:
        signal = pad(signal.unsqueeze(0), (n_fft // 2, n_fft // 2), pad_mode).squeeze(0)
    weights, hop = _window("stft", input, window, n_fft, hop_length, win_length)
    if not center and align_to_window and win_length is not None:  # frames begin where the window does
        before = (n_fft - win_length) // 2
        signal = pad_constant(signal, ((0, 0), (before, n_fft - win_length - before)), 0)
    batch, length = signal.shape
    if not 0 < n_fft <= length:
        raise RuntimeError(
            f"stft: expected 0 < n_fft <= {length}, the length of the (padded) input, but got n_fft={n_fft}"
        )
    count = 1 + (length - n_fft) // hop
    frames = signal.contiguous().as_strided((batch, count, n_fft), (length, hop, 1)) * weights
    transform = fft_rfft if _onesided(onesided, signal, weights) else fft_fft
    found = transform(frames, None, -1, "ortho" if normalized else None).transpose(1, 2)
    found = found if input.ndim == 2 else found.squeeze(0)
    return found if return_complex or return_complex is None else OPS["stack"].function([real(found), imag(found)], -1)


def _check_signal(
    input: Tensor, window: Tensor | None, return_complex: bool | None, center: bool, align_to_window: bool | None
) -> None:
    if return_complex is None and not input.dtype.is_complex and not (window is not None and window.dtype.is_complex):
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs: pass return_complex=True"
        )
    if not input.dtype.inexact:
        raise RuntimeError(f"stft: expected a tensor of floating point or complex values, got {input.dtype!r}")
    if input.ndim not in (1, 2):
        raise RuntimeError(f"stft: expected a 1D or 2D tensor, got {input.ndim}D")
    if center and align_to_window is not None:
        raise RuntimeError("stft: align_to_window should only be set when center = False")


def _istft_samples(make):
    kind = (make.dtype if make.dtype.inexact else dtypes.float32).to_complex()

    def spectrum(*shape):
        return make(*shape, dtype=kind)

    def window(size):
        return make(size, low=0.5, high=2.0, dtype=kind.to_real())

    yield Sample(spectrum(5, 6), 8)
    yield Sample(spectrum(2, 5, 6), 8, 3, window=window(8), length=15)
    yield Sample(spectrum(4, 5), 6, 2, 4, window(4), normalized=True)
    yield Sample(spectrum(6, 5), 6, onesided=False, return_complex=True)


@composition(
    samples=_istft_samples,
    errors=lambda make: iter([ErrorSample(Sample(make(5, 3), 8), RuntimeError, "complex-valued input")]),
)
def istft(
    input: Array,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
):
    """The signal of least distance to a given `stft`: frames are weighed once more, added, and divided by the squares' sum."""
    if not input.dtype.is_complex:
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if input.ndim not in (2, 3) or not input.numel():
        raise RuntimeError(
            f"istft: expected a tensor with 2 or 3 dimensions and some elements, got {list(input.shape)}"
        )
    spectra = (input if input.ndim == 3 else input.unsqueeze(0)).transpose(1, 2)
    weights, hop = _window("istft", input, window, n_fft, hop_length, win_length)
    if return_complex and onesided:
        raise RuntimeError("cannot have onesided output if window or input is complex")
    if not return_complex and weights.dtype.is_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    wanted, twosided = spectra.shape[-1], spectra.shape[-1] == n_fft if onesided is None else not onesided
    if wanted != (n_fft if twosided else n_fft // 2 + 1):
        raise RuntimeError(f"istft: expected the frequency dimension (3rd to the last) of the input to match n_fft={n_fft} and "
                           f"onesided={onesided}, but got {wanted}")  # fmt: skip
    norm = "ortho" if normalized else None
    if return_complex:
        frames = fft_ifft(spectra, None, -1, norm)
    else:
        frames = fft_irfft(spectra[..., : n_fft // 2 + 1], n_fft, -1, norm)
    start = n_fft // 2 if center else 0
    signal, envelope = (
        _added(frames * weights, hop),
        _added((weights * weights).expand(1, spectra.shape[1], n_fft), hop),
    )
    stop = signal.shape[-1] - start if length is None else min(start + length, signal.shape[-1])
    signal, envelope = signal[:, start:stop], envelope[:, start:stop]
    if envelope.numel() and some(envelope.detach().abs() <= 1e-11):
        smallest = envelope.detach().abs().amin().item()
        raise RuntimeError(f"istft: window overlap add min: {smallest}: no frame with weight covers some of the points")
    signal = signal / envelope
    if length is not None and signal.shape[-1] < length:
        signal = pad_constant(signal, ((0, 0), (0, length - signal.shape[-1])), 0)
    return signal if input.ndim == 3 else signal.squeeze(0)


def _added(frames: Any, hop: int) -> Any:
    """Overlapping frames added up, each `hop` behind the one before."""
    batch, count, size = frames.shape
    k = OPS_ON_TENSORS
    places = (k.arange_like(frames, count) * hop).reshape((-1, 1)) + k.arange_like(frames, size)
    empty = k.new_full(frames.detach(), (batch, size + hop * (count - 1)), 0)
    return empty.index_add(1, places.reshape(-1), frames.reshape((batch, count * size)))
