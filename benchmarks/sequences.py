"""Training steps of a small language model: characters, an LSTM, the next character; Adam."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .workload import Code, Workload, register

CHARACTERS, WIDTH, HIDDEN, STEPS, BATCH = 65, 128, 128, 64, 32
RATE = 0.002


def char_lstm_arrays() -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Parameters in PyTorch's order, a batch of characters (BATCH, STEPS) and those that follow them."""
    generator = np.random.default_rng(0)
    bound = 1 / math.sqrt(HIDDEN)
    shapes = (
        (4 * HIDDEN, WIDTH),
        (4 * HIDDEN, HIDDEN),
        (4 * HIDDEN,),
        (4 * HIDDEN,),
        (CHARACTERS, HIDDEN),
        (CHARACTERS,),
    )
    weights = [generator.standard_normal((CHARACTERS, WIDTH), np.float32)]
    weights += [generator.uniform(-bound, bound, shape).astype(np.float32) for shape in shapes]
    text = generator.integers(0, CHARACTERS, (BATCH, STEPS + 1))
    return weights, text[:, :-1], text[:, 1:]


def _char_lstm(torch: Any) -> Code:
    weights, inputs, targets = char_lstm_arrays()
    embedding = torch.nn.Embedding(CHARACTERS, WIDTH)
    lstm = torch.nn.LSTM(WIDTH, HIDDEN, batch_first=True)
    head = torch.nn.Linear(HIDDEN, CHARACTERS)
    parameters = [*embedding.parameters(), *lstm.parameters(), *head.parameters()]
    with torch.no_grad():
        for parameter, weight in zip(parameters, weights, strict=True):
            parameter.copy_(torch.tensor(weight))
    x, y = torch.tensor(inputs), torch.tensor(targets).reshape(-1)
    optimizer = torch.optim.Adam(parameters, lr=RATE)
    cross_entropy = torch.nn.CrossEntropyLoss()

    def step() -> Any:
        optimizer.zero_grad()
        outputs, _ = lstm(embedding(x))
        loss = cross_entropy(head(outputs).reshape(-1, CHARACTERS), y)
        loss.backward()
        optimizer.step()
        return loss

    return Code.step(step)


register(
    Workload(
        "charlstm.adam", _char_lstm, "sequences_by_hand:char_lstm", {"torch": 1.3, "numpy": 1.2}, block_seconds=0.25
    )
)
