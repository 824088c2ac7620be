"""A training step of a small GPT, of the size that nanoGPT trains on a processor: 4 layers of 4 heads, 128 wide, 12 × 64 letters.

Layer norms before each block, exact GELU, the embedding's weights shared with the last layer, AdamW; no biases, no dropout.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .workload import Code, Workload, register

__all__ = ["BATCH", "BETAS", "BLOCK", "DECAY", "HEADS", "LAYERS", "LR", "VOCABULARY", "WIDTH", "gpt_arrays"]

LAYERS, HEADS, WIDTH, BLOCK, BATCH, VOCABULARY = 4, 4, 128, 64, 12, 65
LR, BETAS, DECAY = 1e-3, (0.9, 0.99), 0.1


def gpt_arrays() -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """First values in the order of the model's parameters, and letters with those that come next."""
    generator = np.random.default_rng(0)

    def normal(*shape: int, std: float = 0.02) -> np.ndarray:
        return (generator.standard_normal(shape) * std).astype(np.float32)

    one = np.ones(WIDTH, np.float32)
    weights = [normal(VOCABULARY, WIDTH), normal(BLOCK, WIDTH)]
    for _ in range(LAYERS):
        thin = 0.02 / (2 * LAYERS) ** 0.5
        weights += [one, normal(3 * WIDTH, WIDTH), normal(WIDTH, WIDTH, std=thin)]
        weights += [one, normal(4 * WIDTH, WIDTH), normal(WIDTH, 4 * WIDTH, std=thin)]
    letters = generator.integers(0, VOCABULARY, (BATCH, BLOCK + 1))
    return [*weights, one], letters[:, :-1].copy(), letters[:, 1:].copy()


def gpt(torch: Any) -> Any:
    """The model, made of `torch`'s modules."""
    nn = torch.nn
    functional = nn.functional

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.project = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
            self.join = nn.Linear(WIDTH, WIDTH, bias=False)

        def forward(self, x: Any) -> Any:
            batch, length, width = x.shape
            parts = self.project(x).split(width, dim=2)
            query, key, value = (p.view(batch, length, HEADS, width // HEADS).transpose(1, 2) for p in parts)
            out = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
            return self.join(out.transpose(1, 2).contiguous().view(batch, length, width))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1 = nn.LayerNorm(WIDTH, bias=False)
            self.attention = Attention()
            self.norm2 = nn.LayerNorm(WIDTH, bias=False)
            self.wide = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
            self.gelu = nn.GELU()
            self.narrow = nn.Linear(4 * WIDTH, WIDTH, bias=False)

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.norm1(x))
            return x + self.narrow(self.gelu(self.wide(self.norm2(x))))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters = nn.Embedding(VOCABULARY, WIDTH)
            self.positions = nn.Embedding(BLOCK, WIDTH)
            self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
            self.norm = nn.LayerNorm(WIDTH, bias=False)
            self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
            self.head.weight = self.letters.weight

        def forward(self, letters: Any, targets: Any) -> Any:
            x = self.letters(letters) + self.positions(torch.arange(letters.shape[1]))
            logits = self.head(self.norm(self.blocks(x)))
            return functional.cross_entropy(logits.view(-1, VOCABULARY), targets.view(-1))

    return GPT()


def _training(torch: Any) -> Code:
    weights, letters, targets = gpt_arrays()
    model = gpt(torch)
    with torch.no_grad():
        for parameter, weight in zip(model.parameters(), weights, strict=True):
            parameter.copy_(torch.tensor(weight))
    x, y = torch.tensor(letters), torch.tensor(targets)
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() < 2]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=LR, betas=BETAS)

    def step() -> Any:
        loss = model(x, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    return Code.step(step)


register(
    Workload("gpt.adamw", _training, "transformer_by_hand:build", {"torch": 1.3, "numpy": 1.15}, block_seconds=0.5)
)
