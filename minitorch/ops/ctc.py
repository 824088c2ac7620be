"""Connectionist temporal classification: the likelihood of a text under all alignments with a longer row of frames.

    alpha[t, s] = the probability of all alignments of the first t + 1 frames that end in symbol s of the text with its blanks

(Graves et al. 2006). A symbol follows itself, the one before it, or, if they differ, the one before the blank between them. From
the other end the same recurrence gives beta; alpha * beta is what each frame contributes, and so the derivative.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch.operands import as_index
from minitorch.ops.cross_entropy import reduction_of
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.scan import shifted
from minitorch.rows import Array, Index, composition, op
from minitorch.tensor import Tensor

# --- The recurrence ---------------------------------------------------------------------------------------------------


def _log_sum(k: Any, terms: Sequence[Any]) -> Any:
    """log(sum(exp)) of a few arrays, -inf where all are."""
    top = terms[0]
    for term in terms[1:]:
        top = k.maximum(top, term)
    safe = k.where(k.isfinite(top), top, k.full_like(top, 0))
    total = None
    for term in terms:
        total = k.exp(term - safe) if total is None else total + k.exp(term - safe)
    return safe + k.log(total)


def _minus_infinity(k: Any, like: Any) -> Any:
    return k.full_like(like, -math.inf)


def _may_skip(k: Any, symbols: Any) -> Any:
    """Where a symbol may follow the one two places before it: at every letter that differs from the last."""
    place = k.arange_like(symbols, symbols.shape[1])
    return (place % 2 == 1) & (symbols != shifted(k, symbols, 2, -1))


def _frames(k: Any, log_probs: Any, symbols: Any) -> Any:
    """(T, N, S): how probable each symbol is in each frame."""
    shape = (log_probs.shape[0], *symbols.shape)
    return k.gather(log_probs, 2, k.expand(k.reshape(symbols, (1, *symbols.shape)), shape))


def _frame(k: Any, x: Any, t: int) -> Any:
    return k.basic_index(x, (t,))


def _ends(k: Any, symbols: Any, target_lengths: Any) -> Any:
    """True at the last letter of each text and at the blank behind it."""
    place = k.arange_like(symbols, symbols.shape[1])
    behind = k.reshape(target_lengths * 2, (symbols.shape[0], 1))
    return (place == behind) | (place == behind - 1)


def _betas(k: Any, frames: Any, symbols: Any, input_lengths: Any, target_lengths: Any) -> Any:
    """The recurrence from the end: as alpha, of the alignments of the frames from t on that begin in symbol s."""
    nothing = _minus_infinity(k, _frame(k, frames, 0))
    ends = _ends(k, symbols, target_lengths)
    may_skip = shifted(k, k.cast_like(_may_skip(k, symbols), symbols), -2, 0) == 1
    beta, betas = nothing, []
    for t in reversed(range(frames.shape[0])):
        now = _frame(k, frames, t)
        skipped = k.where(may_skip, shifted(k, beta, -2, -math.inf), nothing)
        beta = _log_sum(k, [beta, shifted(k, beta, -1, -math.inf), skipped]) + now
        last = k.expand(k.reshape(input_lengths == t + 1, (symbols.shape[0], 1)), symbols.shape)
        beta = k.where(last, k.where(ends, now, nothing), beta)
        betas.append(beta)
    return k.stack(betas[::-1], 0)


def _ctc_gradient(k, g, log_probs, symbols, input_lengths, target_lengths, zero_infinity, out):
    if g[1] is not None:
        raise NotImplementedError("ctc_loss(): the derivative of its derivative is not implemented")
    losses, alphas = out
    frames = _frames(k, log_probs, symbols)
    betas = _betas(k, frames, symbols, input_lengths, target_lengths)
    batch = symbols.shape[0]
    nothing = k.full_like(frames, 0)
    possible = k.isfinite(alphas) & k.isfinite(betas)
    share = k.exp(k.where(possible, alphas + betas - frames, nothing) + k.reshape(losses, (1, batch, 1)))
    share = k.where(possible, share, nothing)
    index = k.expand(k.reshape(symbols, (1, *symbols.shape)), frames.shape)
    gradient = k.scatter_add(k.exp(log_probs), 2, index, -share)
    # The alignments beyond a sample's frames don't count, nor does a sample without any.
    number = k.reshape(k.arange_like(input_lengths, frames.shape[0]), (frames.shape[0], 1))
    within = k.reshape(number < k.reshape(input_lengths, (1, batch)), (frames.shape[0], batch, 1))
    lost = k.expand(k.reshape(losses == math.inf, (1, batch, 1)), gradient.shape)
    gradient = k.where(lost, k.full_like(gradient, 0 if zero_infinity else math.nan), gradient)
    gradient = gradient * k.reshape(
        k.where(losses == math.inf, k.full_like(losses, 0), g[0]) if zero_infinity else g[0], (1, batch, 1)
    )
    return k.where(k.expand(within, gradient.shape), gradient, k.full_like(gradient, 0)), None, None, None


@op(grad=_ctc_gradient, result=("same", "same"), public=False, takes="floats", refuses="complex", second=False,
    grad_name="CtcLossBackward0", torch="nn.functional.ctc_loss")  # fmt: skip
def ctc_alignments(
    k, log_probs: Array, symbols: Index, input_lengths: Index, target_lengths: Index, zero_infinity: bool
):
    """-log of the probability of each text, and alpha (T, N, S); `symbols` (N, S) are the texts with blanks around each letter.

    The derivative is that of log_softmax too: it takes for granted that each frame's probabilities add up to 1.
    """
    frames = _frames(k, log_probs, symbols)
    nothing = _minus_infinity(k, _frame(k, frames, 0))
    place = k.arange_like(symbols, symbols.shape[1])
    begins = (place == 0) | ((place == 1) & (k.reshape(target_lengths, (symbols.shape[0], 1)) > 0))
    may_skip = _may_skip(k, symbols)
    alpha = k.where(begins, _frame(k, frames, 0), nothing)
    alphas = [alpha]
    for t in range(1, frames.shape[0]):
        skipped = k.where(may_skip, shifted(k, alpha, 2, -math.inf), nothing)
        alpha = _log_sum(k, [alpha, shifted(k, alpha, 1, -math.inf), skipped]) + _frame(k, frames, t)
        alphas.append(alpha)
    alphas = k.stack(alphas, 0)
    none = input_lengths == 0
    last = k.where(none, k.full_like(input_lengths, 0), input_lengths - 1)
    final = k.gather(alphas, 0, k.expand(k.reshape(last, (1, symbols.shape[0], 1)), (1, *symbols.shape)))
    final = k.where(_ends(k, symbols, target_lengths), k.reshape(final, symbols.shape), nothing)
    losses = -k.logsumexp(final, (1,), False)
    without_frames = k.where(target_lengths == 0, k.full_like(losses, 0), k.full_like(losses, math.inf))
    return k.where(none, without_frames, losses) + 0.0, alphas


# --- PyTorch's function -----------------------------------------------------------------------------------------------


def _samples(make):
    texts = make.integers((2, 3), 1, 4)
    frames = make(
        5, 2, 4, low=-3.0, high=-0.1, requires_grad=False
    )  # its gradient is that of log_softmax: see the tests
    for reduction in ("mean", "sum", "none"):
        yield Sample(frames, texts, (5, 4), (3, 2), reduction=reduction)
    yield Sample(frames, make.integers((5,), 1, 4), (5, 5), (3, 2))
    yield Sample(make(5, 4, high=-0.1, requires_grad=False), make.integers((2,), 0, 3), (5,), (2,), blank=3)


def _errors(make):
    frames = make(5, 2, 4)
    yield ErrorSample(
        Sample(frames, make.integers((2, 3), 1, 4), (5, 6), (3, 2)),
        RuntimeError,
        "input_lengths to have value at most 5",
    )
    yield ErrorSample(Sample(frames, make.integers((2, 3), 1, 4), (5, 5), (3, 4)), RuntimeError, "[Tt]arget")
    yield ErrorSample(
        Sample(frames, make.integers((2, 3), 1, 4), (5, 5), (3, 2), blank=4),
        RuntimeError,
        "blank must be in label range",
    )


@composition(method=False, samples=_samples, errors=_errors, autocast="cpu float32")
def ctc_loss(
    log_probs: Array,
    targets: Index,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
):
    """-log of the probability of each text under all of its alignments with (T, N, C) or (T, C) log-probabilities.

    out = -log(sum over alignments a of exp(sum over t of log_probs[t, a[t]]))

    `targets` are (N, S), or all texts in one vector. The mean is one of losses by letter. With `zero_infinity`, a text
    too long for its frames costs nothing.
    """
    reduction = reduction_of(reduction)
    if not log_probs.dtype.is_floating_point:
        raise RuntimeError(
            f'"ctc_loss_cpu" not implemented for {log_probs.dtype!r}: expected floating-point log-probabilities'
        )
    frames = log_probs if log_probs.ndim == 3 else log_probs.unsqueeze(1)
    inputs, lengths = _lengths(input_lengths), _lengths(target_lengths)
    _check(frames, targets, inputs, lengths, blank)
    letters = _letters(targets, lengths, log_probs.ndim == 2)
    symbols = [[blank] + [s for letter in row for s in (letter, blank)] for row in letters]
    width = max(map(len, symbols), default=1)
    table = as_index([row + [blank] * (width - len(row)) for row in symbols], log_probs.device).reshape(
        (len(symbols), width)
    )
    device = log_probs.device
    losses = ctc_alignments(frames, table, as_index(inputs, device), as_index(lengths, device), zero_infinity)[0]
    if zero_infinity:
        losses = losses.masked_fill(losses.detach() == math.inf, 0)
    if reduction == "none":
        return losses if log_probs.ndim == 3 else losses.squeeze(0)
    if reduction == "sum":
        return losses.sum()
    return (losses / as_index([max(length, 1) for length in lengths], device).to(losses.dtype)).mean()


def _lengths(value: Any) -> list[int]:
    if isinstance(value, Tensor):
        if value.dtype.inexact:
            raise RuntimeError("lengths must be of integral type")
        value = value.reshape(-1).tolist()
    return [int(length) for length in (value if isinstance(value, list | tuple) else [value])]


def _check(frames: Tensor, targets: Tensor, inputs: list[int], lengths: list[int], blank: int) -> None:
    time, batch, classes = frames.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: expected 0 to {classes - 1}, got {blank}")
    if len(inputs) != batch or len(lengths) != batch:
        raise RuntimeError(
            f"input_lengths and target_lengths must be of size batch_size {batch}: got {len(inputs)} and {len(lengths)}"
        )
    if any(not 0 <= length <= time for length in inputs):
        raise RuntimeError(f"Expected input_lengths to have value at most {time}, but got {inputs}")
    if min(lengths, default=0) < 0:
        raise RuntimeError(f"Expected target_lengths to have value at least 0, but got {lengths}")
    most = targets.shape[-1] if targets.ndim == 2 or batch == 1 else sum(lengths)
    if max(lengths, default=0) > most or (targets.ndim == 1 and batch > 1 and targets.numel() != most):
        raise RuntimeError(f"Expected targets of shape {list(targets.shape)} to hold target_lengths {lengths}")


def _letters(targets: Tensor, lengths: list[int], single: bool) -> list[list[int]]:
    """The texts as lists of numbers."""
    values = targets.long().tolist()
    if targets.ndim == 2:
        return [row[:length] for row, length in zip(values, lengths, strict=True)]
    if single:
        return [values[: lengths[0]]]
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    return [values[start : start + length] for start, length in zip(starts, lengths, strict=True)]
