"""CTC: the likelihood is the sum over all alignments, and the derivative that of softmax and loss together."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import minitorch
from minitorch.nn import functional as F


def collapsed(alignment):
    """An alignment without repetitions, then without blanks."""
    return [symbol for symbol, _ in itertools.groupby(alignment) if symbol]


def by_enumeration(log_probs, text):
    """-log of the sum over all alignments that collapse to the text."""
    frames, classes = log_probs.shape
    total = sum(
        math.exp(sum(log_probs[t, s] for t, s in enumerate(alignment)))
        for alignment in itertools.product(range(classes), repeat=frames)
        if collapsed(alignment) == text
    )
    return -math.log(total) if total else math.inf


def frames(*shape):
    return minitorch.tensor(np.random.default_rng(0).normal(size=shape)).requires_grad_()


@pytest.mark.parametrize("text", [[], [1], [1, 2], [1, 1], [2, 2, 1], [1, 2, 1, 2], [1, 1, 1]])
def test_all_alignments_count(text):
    log_probs = frames(4, 1, 3).log_softmax(2)
    targets = minitorch.tensor([[*text, 0]])
    loss = F.ctc_loss(log_probs, targets, (4,), (len(text),), reduction="sum")
    expected = by_enumeration(log_probs.detach().numpy()[:, 0], text)
    assert float(loss) == pytest.approx(expected, rel=1e-12)


def test_the_derivative_is_that_of_softmax_and_loss():
    targets = minitorch.tensor([[1, 2, 1], [2, 2, 0]])

    def loss(logits):
        return F.ctc_loss(logits.log_softmax(2), targets, (6, 4), (3, 2), reduction="sum")

    assert minitorch.autograd.gradcheck(loss, (frames(6, 2, 3),))


def test_a_text_too_long_for_its_frames():
    log_probs = frames(2, 1, 3).log_softmax(2).detach().requires_grad_()
    targets = minitorch.tensor([[1, 1, 2]])
    loss = F.ctc_loss(log_probs, targets, (2,), (3,), reduction="sum")
    assert math.isinf(loss)
    loss.backward()
    assert bool(log_probs.grad.isnan().all())
    log_probs.grad = None
    loss = F.ctc_loss(log_probs, targets, (2,), (3,), reduction="sum", zero_infinity=True)
    loss.backward()
    assert float(loss) == 0 and log_probs.grad.abs().sum() == 0


def test_texts_in_one_vector_are_those_of_a_matrix():
    log_probs = frames(5, 2, 4).log_softmax(2)
    matrix = minitorch.tensor([[1, 2, 3], [3, 1, 0]])
    one = F.ctc_loss(log_probs, matrix, minitorch.tensor([5, 4]), minitorch.tensor([3, 2]), reduction="none")
    other = F.ctc_loss(log_probs, minitorch.tensor([1, 2, 3, 3, 1]), (5, 4), (3, 2), reduction="none")
    assert one.tolist() == other.tolist()


def test_no_second_derivative():
    log_probs = frames(3, 1, 3)
    loss = F.ctc_loss(log_probs, minitorch.tensor([[1]]), (3,), (1,))
    (gradient,) = minitorch.autograd.grad(loss, log_probs, create_graph=True)
    with pytest.raises(NotImplementedError, match="not implemented"):
        minitorch.autograd.grad(gradient.square().sum(), log_probs)
