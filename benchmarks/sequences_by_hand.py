"""The language model's training step in NumPy alone. The LSTM is the NumPy backend's kernels, the fastest that we know."""

from __future__ import annotations

import numpy as np
from minitorch_numpy.allocation import keep_freed_memory
from minitorch_numpy.backend import NumpyBackend

from .by_hand import Adam, CrossEntropy, Parameters
from .sequences import BATCH, CHARACTERS, HIDDEN, RATE, STEPS, char_lstm_arrays
from .workload import Code

__all__ = ["CharLSTM", "char_lstm"]

Array = np.ndarray


class CharLSTM:
    """Embedding, LSTM, linear layer, cross-entropy."""

    def __init__(self, weights: list[Array], inputs: Array, targets: Array):
        self.parameters = Parameters(weights)
        self.kernels = NumpyBackend()
        self.inputs = inputs.T.reshape(-1)  # step by step, as the LSTM walks
        self.cross_entropy = CrossEntropy(targets.T.reshape(-1), CHARACTERS)
        self.sizes = (BATCH,) * STEPS
        self.start = np.zeros((BATCH, HIDDEN), np.float32)

    def step(self) -> float:
        """Loss of the batch, and all gradients."""
        table, w_ih, w_hh, b_ih, b_hh, head, bias = self.parameters.arrays
        by_table, *by_lstm, by_head, by_bias = self.parameters.gradients
        start = self.start
        x = table.take(self.inputs, 0)
        found = self.kernels.lstm_sequence(x, start, start, w_ih, w_hh, b_ih, b_hh, None, self.sizes, False)
        logits = np.matmul(found[0], head.T)
        np.add(logits, bias, out=logits)
        loss = self.cross_entropy(logits)
        np.matmul(logits.T, found[0], out=by_head)
        np.add.reduce(logits, 0, None, by_bias)
        g = (np.matmul(logits, head), None, None, None, None)
        needs = (True,) * 8
        gradients = self.kernels.lstm_gradients(g, x, start, start, w_ih, w_hh, None, self.sizes, False, found, needs)
        for target, gradient in zip(by_lstm, gradients[3:7], strict=True):
            target[...] = gradient
        by_table[...] = self.kernels.embedding_gradient(gradients[0], self.inputs, table.shape, -1, False)
        return loss


def char_lstm(name: str) -> Code:
    """A workload of `sequences`."""
    keep_freed_memory()
    model = CharLSTM(*char_lstm_arrays())
    optimizer = Adam(model.parameters, RATE)

    def step() -> float:
        loss = model.step()
        optimizer.step()
        return loss

    return Code.step(step)
