"""How a tensor prints: `repr` as PyTorch gives it, character for character, and the options that shape it.

A tensor's text is its numbers, nested in brackets, followed by what the numbers don't say (device, size, dtype, gradient)::

    tensor([[0.5000, 2.0000],
            [1.0000,    nan]], dtype=torch.float64, requires_grad=True)

1. Above `threshold` elements only the first and last `edgeitems` of every axis are kept; nothing else is ever looked at.
2. All numbers share one style: whole ("3."), fixed ("3.1416") or scientific ("3.1416e+00"). Finite numbers other than
   zero choose it, and the widest of them sets the width that all are padded to.
3. Rows break where the next number would pass `linewidth`; suffixes that don't fit go to a line of their own.

Everything here works on host NumPy arrays; it knows neither Tensor nor backend.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from . import dtypes
from .dtypes import DType
from .errors import message

__all__ = ["get_printoptions", "printoptions", "set_printoptions", "tensor_repr"]


@dataclass(frozen=True, slots=True)
class _Options:
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: float = 80
    sci_mode: bool | None = None


_PROFILES = {
    "default": _Options(),
    "short": _Options(precision=2, edgeitems=2),
    "full": _Options(threshold=float("inf")),
}

_options = _PROFILES["default"]


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: float | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print; what is None stays as it is, except `sci_mode`, where None means: decide for each tensor.

    Args:
        precision: digits after the point (4).
        threshold: more elements than this are summarised (1000; `math.inf` prints everything).
        edgeitems: elements kept at both ends of every summarised axis (3).
        linewidth: characters in a line (80).
        profile: "default", "short" (two digits, two edge items) or "full" (never summarise); the rest overrides it.
        sci_mode: scientific notation always (True), never (False), or where magnitudes ask for it (None).

    Raises:
        TypeError: `precision` or `edgeitems` is no integer.
        ValueError: one of them is negative, or the profile is unknown. (PyTorch ignores an unknown profile.)

    >>> set_printoptions(precision=2)
    >>> get_printoptions()["precision"]
    2
    >>> set_printoptions(profile="default")
    """
    global _options
    options = _options if profile is None else _profile(profile)
    changes: dict[str, Any] = {"sci_mode": sci_mode}
    if precision is not None:
        changes["precision"] = _count("precision", precision)
    if threshold is not None:
        changes["threshold"] = threshold
    if edgeitems is not None:
        changes["edgeitems"] = _count("edgeitems", edgeitems)
    if linewidth is not None:
        changes["linewidth"] = linewidth
    _options = replace(options, **changes)


def get_printoptions() -> dict[str, Any]:
    """Return the options in force, as keyword arguments that `set_printoptions` takes."""
    return asdict(_options)


@contextmanager
def printoptions(**changes: Any) -> Iterator[None]:
    """Set print options for the length of a `with` block; takes what `set_printoptions` takes.

    >>> with printoptions(profile="full"):
    ...     get_printoptions()["threshold"]
    inf
    """
    global _options
    before = _options
    set_printoptions(**changes)
    try:
        yield
    finally:
        _options = before


def _profile(name: str) -> _Options:
    try:
        return _PROFILES[name]
    except (KeyError, TypeError):
        known = ", ".join(map(repr, _PROFILES))
        raise ValueError(
            message("set_printoptions: unknown profile", expected=f"one of {known}", got=repr(name))
        ) from None


def _count(name: str, value: int) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        got = f"{value!r} ({type(value).__name__})"
        raise TypeError(message(f"set_printoptions: {name} must be an integer", expected="an int", got=got)) from None
    if count < 0:
        raise ValueError(message(f"set_printoptions: {name} can't be negative", expected="0 or more", got=count))
    return count


def tensor_repr(
    array: np.ndarray,
    *,
    dtype: DType,
    device: str,
    default_dtype: DType,
    default_device: str,
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
    is_parameter: bool = False,
    class_name: str = "tensor",
    contents: str | None = None,
) -> str:
    """Return what `repr` of a tensor shows.

    Args:
        array: the values on the host, in any layout; on `device="meta"` only its `shape` is read. Formats that NumPy lacks
            come as ml_dtypes arrays or already widened (bfloat16 as float32, complex32 as complex64).
        dtype, device: the tensor's own; said where they don't go without saying.
        default_dtype: the dtype that new float tensors get. It, its complex kin, int64 and bool go without saying.
        default_device: the device that goes without saying: "cpu" here means every cpu, "cuda:0" only that one.
        requires_grad, grad_fn_name: "AddBackward0" gives `grad_fn=<AddBackward0>`; a leaf says `requires_grad=True`.
        is_parameter: whether it is an `nn.Parameter`, which says so on a line before.
        class_name: the name of a Tensor subclass, in place of "tensor".
        contents: text to show in place of the numbers, for values that can't be shown.

    >>> from minitorch.dtypes import float32, float64
    >>> print(tensor_repr(np.array([[1, 2.5], [-3, np.nan]]), dtype=float64, device="cpu",
    ...                   default_dtype=float32, default_device="cpu", grad_fn_name="AddBackward0"))
    tensor([[ 1.0000,  2.5000],
            [-3.0000,     nan]], dtype=torch.float64, grad_fn=<AddBackward0>)
    """
    options = _options
    suffixes = []
    if not _is_same_device(device, default_device):
        suffixes.append(f"device='{device}'")
    suffixes += _size_and_dtype(tuple(array.shape), dtype, device, default_dtype, options)
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")

    prefix = class_name + "("
    if contents is None:
        contents = "..." if _is_meta(device) else _contents(array, dtype, len(prefix), options)
    text = _with_suffixes(prefix + contents, suffixes, len(prefix), options.linewidth) + ")"
    if not is_parameter:
        return text
    return "Parameter containing:\n" + (text if class_name == "tensor" else f"Parameter({text})")


def _is_meta(device: str) -> bool:
    return device.partition(":")[0] == "meta"


def _is_same_device(device: str, default: str) -> bool:
    device_type, _, index = device.partition(":")
    default_type, _, default_index = default.partition(":")
    return device_type == default_type and default_index in ("", index)


def _size_and_dtype(
    shape: tuple[int, ...], dtype: DType, device: str, default_dtype: DType, options: _Options
) -> list[str]:
    is_meta, is_empty = _is_meta(device), 0 in shape
    # Where the brackets hold no number, the size has to be said: always on meta, and without edge items for any tensor that
    # has elements, since a summary of it would keep none.
    said = [f"size={shape}"] if is_meta or (len(shape) != 1 if is_empty else options.edgeitems == 0) else []
    unsaid = (default_dtype,)
    if not is_meta and not is_empty:  # the numbers tell these apart
        unsaid = (default_dtype, default_dtype.to_complex(), dtypes.int64, dtypes.bool)
    return said if dtype in unsaid else [*said, f"dtype={dtype!r}"]


def _with_suffixes(text: str, suffixes: Sequence[str], indent: int, linewidth: float) -> str:
    used = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if used + len(suffix) + 2 > linewidth:
            text += ",\n" + " " * indent + suffix
            used = indent + len(suffix)
        else:
            text += ", " + suffix
            used += len(suffix) + 2
    return text


def _contents(array: np.ndarray, dtype: DType, indent: int, options: _Options) -> str:
    if not array.size:
        return "[]"
    cut = (False,) * array.ndim
    if array.size > options.threshold:
        if options.edgeitems == 0 and array.ndim:
            return "[...]"
        cut = tuple(length > 2 * options.edgeitems for length in array.shape)
        array = _edges(array, cut, options.edgeitems)
    values = np.ravel(array)
    if dtype.is_complex:
        texts, width = _complex_texts(values, options)
    elif dtype.is_floating_point:
        texts, width = _float_texts(values, options)
    else:
        texts = [str(value) for value in values.tolist()]
        width = max(map(len, texts))
        texts = _padded(texts, width)
    if array.ndim == 0:
        return texts[0]
    return _nested(iter(texts), array.shape, cut, indent, width, options)


def _edges(array: np.ndarray, cut: Sequence[bool], edgeitems: int) -> np.ndarray:
    """Return the first and last `edgeitems` of every axis that is cut, without touching the rest of the array."""
    ends = np.r_[:edgeitems, -edgeitems:0]
    kept = [ends if is_cut else np.arange(length) for is_cut, length in zip(cut, array.shape, strict=True)]
    return np.asarray(array[np.ix_(*kept)])


def _padded(texts: list[str], width: int) -> list[str]:
    return [text.rjust(width) for text in texts]


def _complex_texts(values: np.ndarray, options: _Options) -> tuple[list[str], int]:
    reals, real_width = _float_texts(np.real(values), options)
    imaginaries, imaginary_width = _float_texts(np.imag(values), options)
    texts = []
    for real, imaginary in zip(reals, imaginaries, strict=True):
        imaginary = imaginary.lstrip()
        texts.append(real + ("" if imaginary[0] == "-" else "+") + imaginary + "j")
    return texts, real_width + imaginary_width + 1


def _float_texts(values: np.ndarray, options: _Options) -> tuple[list[str], int]:
    """Return every value's text, padded, and the width that rows are laid out for.

    Zeros, infinities and nan choose neither style nor width, so a text may be wider than that.
    """
    if values.dtype not in (np.float32, np.float64):
        values = values.astype(np.float32)
    telling = values[np.isfinite(values) & (values != 0)]
    style = _style(np.abs(telling, dtype=np.float64), options.sci_mode)
    width = max(map(len, _spelled(telling, style, options.precision)), default=1)
    return _padded(_spelled(values, style, options.precision), width), width


def _style(magnitudes: np.ndarray, sci_mode: bool | None) -> str:
    if not magnitudes.size:
        return "whole"
    smallest, largest = float(magnitudes.min()), float(magnitudes.max())
    plain = "whole" if (magnitudes == np.ceil(magnitudes)).all() else "fixed"
    if sci_mode is None:
        sci_mode = largest / smallest > 1000 or largest > 1e8 or (plain == "fixed" and smallest < 1e-4)
    return "scientific" if sci_mode else plain


def _spelled(values: np.ndarray, style: str, precision: int) -> list[str]:
    numbers = values.tolist()
    if style == "whole":
        return [f"{number:.0f}" + ("." if number - number == 0 else "") for number in numbers]
    specification = f".{precision}{'e' if style == 'scientific' else 'f'}"
    return [format(number, specification) for number in numbers]


def _nested(
    texts: Iterator[str], shape: tuple[int, ...], cut: Sequence[bool], indent: int, width: int, options: _Options
) -> str:
    """Bracket the texts, which come in row-major order, for an array of `shape` whose axes are `cut` in the middle."""
    indent += 1
    if len(shape) == 1:
        items = [next(texts) for _ in range(shape[0])]
        if cut[0]:
            items.insert(options.edgeitems, " ...")
        per_line = max(1, int((options.linewidth - indent + 1) // (width + 2)))
        rows = [", ".join(items[start : start + per_line]) for start in range(0, len(items), per_line)]
        return "[" + (",\n" + " " * indent).join(rows) + "]"
    blocks = [_nested(texts, shape[1:], cut[1:], indent, width, options) for _ in range(shape[0])]
    if cut[0]:
        blocks.insert(options.edgeitems, "...")
    return "[" + ("," + "\n" * (len(shape) - 1) + " " * indent).join(blocks) + "]"
