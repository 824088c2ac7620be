"""CTC loss and its gradient against PyTorch's, on random shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")


def drawn(number: int) -> tuple[np.ndarray, np.ndarray, Any, Any, dict]:
    """Log probabilities (T, N, C) or (T, C), targets padded or in a row, lengths, and the settings of a CTCLoss."""
    random = np.random.default_rng(number)
    steps, batch, classes = (int(random.integers(low, high)) for low, high in ((1, 40), (1, 6), (2, 12)))
    blank = int(random.integers(classes))
    longest = int(random.integers(0, max(2, steps // 2)))
    input_lengths = random.integers(1, steps + 1, batch)
    target_lengths = random.integers(0, longest + 1, batch)
    labels = random.integers(0, classes - 1, (batch, longest))
    labels += labels >= blank
    scores = random.standard_normal((steps, batch, classes)) * 3
    if number % 5 == 4:  # a single sequence
        input_lengths, target_lengths = input_lengths[0], target_lengths[0]
        scores, labels = scores[:, 0], labels[0, :target_lengths]
    elif number % 2:
        labels = np.concatenate([row[:length] for row, length in zip(labels, target_lengths, strict=True)])
    reduction = ("mean", "sum", "none")[number % 3]
    settings = {"blank": blank, "reduction": reduction, "zero_infinity": bool(random.integers(2))}
    return scores, labels, input_lengths, target_lengths, settings


@pytest.mark.parametrize("number", range(50))
def test_random_shapes(number: int) -> None:
    scores, labels, input_lengths, target_lengths, settings = drawn(number)
    dtype = ("float32", "float64")[number % 4 // 2]
    seen = []
    for library in (torch, minitorch):
        input = library.tensor(scores, dtype=getattr(library, dtype), requires_grad=True)
        lengths = [library.tensor(each) for each in (input_lengths, target_lengths)]
        loss = library.nn.CTCLoss(**settings)(input.log_softmax(-1), library.tensor(labels), *lengths)
        weights = library.linspace(0.5, 1.5, loss.numel(), dtype=loss.dtype).reshape(loss.shape)
        (loss * weights).sum().backward()
        seen.append((loss.detach().numpy(), input.grad.numpy()))
    for theirs, ours in zip(*seen, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
