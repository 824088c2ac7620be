"""The small GPT's training step in NumPy alone: forward keeps what backward needs, in arrays that are made once."""

from __future__ import annotations

import math

import numpy as np
from minitorch_numpy import threads
from minitorch_numpy.allocation import keep_freed_memory

from .by_hand import Adam, CrossEntropy, Parameters, blocks
from .transformer import BATCH, BETAS, BLOCK, DECAY, HEADS, LAYERS, LR, VOCABULARY, WIDTH, gpt_arrays
from .workload import Code

__all__ = ["build"]

Array = np.ndarray
ROWS, DEPTH = BATCH * BLOCK, WIDTH // HEADS
ONES = np.ones(WIDTH, np.float32)


class Norm:
    """normal * weight, with normal = (x - mean) / sqrt(var + eps)"""

    def __init__(self, weight: Array, gradient: Array):
        self.weight, self.gradient = weight, gradient
        self.normal, self.out = np.empty((2, ROWS, WIDTH), np.float32)

    def forward(self, x: Array) -> Array:
        np.subtract(x, (x.dot(ONES) / WIDTH)[:, None], out=self.normal)
        self.scale = 1 / np.sqrt(np.vecdot(self.normal, self.normal) / WIDTH + np.float32(1e-5))
        np.multiply(self.normal, self.scale[:, None], out=self.normal)
        return np.multiply(self.normal, self.weight, out=self.out)

    def backward(self, g: Array, back: Array) -> None:
        """Add the gradient of x to `back`."""
        product = np.multiply(g, self.normal, out=self.out)
        np.dot(np.ones(ROWS, np.float32), product, out=self.gradient)
        along, mean = product.dot(self.weight) / WIDTH, g.dot(self.weight) / WIDTH
        inner = np.multiply(g, self.weight, out=g)
        np.subtract(inner, np.multiply(self.normal, along[:, None], out=self.normal), out=inner)
        np.subtract(inner, mean[:, None], out=inner)
        np.add(back, np.multiply(inner, self.scale[:, None], out=inner), out=back)


class Attention:
    """softmax(q kᵀ / √D, below the diagonal) v, of all heads, with the weights kept."""

    def __init__(self) -> None:
        self.weights, self.back = np.empty((2, BATCH, HEADS, BLOCK, BLOCK), np.float32)
        self.out, self.inner = np.empty((2, BATCH, BLOCK, HEADS, DEPTH), np.float32)
        self.by_parts = np.empty((BATCH, BLOCK, 3, HEADS, DEPTH), np.float32)
        self.cover = np.where(np.tri(BLOCK), 0, -np.inf).astype(np.float32)
        self.share = np.float32(1 / math.sqrt(DEPTH))

    def forward(self, parts: Array) -> Array:
        self.parts = parts.reshape(self.by_parts.shape).transpose(2, 0, 3, 1, 4)
        threads.in_ranges(BATCH, self._forward)
        return self.out.reshape(ROWS, WIDTH)

    def _forward(self, start: int, stop: int) -> None:
        for some in pairs(start, stop):
            query, key, value = self.parts[:, some]
            weights = np.matmul(query * self.share, key.mT, out=self.weights[some])
            np.add(weights, self.cover, out=weights)
            np.subtract(weights, np.maximum.reduce(weights, 3, keepdims=True), out=weights)
            np.exp(weights, out=weights)
            np.divide(weights, weights.dot(ONES[:BLOCK])[..., None], out=weights)
            np.matmul(weights, value, out=self.out[some].transpose(0, 2, 1, 3))

    def backward(self, g: Array) -> Array:
        self.g = g.reshape(self.out.shape)
        threads.in_ranges(BATCH, self._backward)
        return self.by_parts.reshape(ROWS, 3 * WIDTH)

    def _backward(self, start: int, stop: int) -> None:
        by_parts = self.by_parts.transpose(2, 0, 3, 1, 4)
        for some in pairs(start, stop):
            (query, key, value), (by_query, by_key, by_value) = self.parts[:, some], by_parts[:, some]
            weights, g = self.weights[some], self.g[some].transpose(0, 2, 1, 3)
            np.matmul(weights.mT, g, out=by_value)
            back = np.matmul(g, value.mT, out=self.back[some])
            np.subtract(back, np.vecdot(g, self.out[some].transpose(0, 2, 1, 3))[..., None], out=back)
            np.multiply(back, weights, out=back)
            np.matmul(back, key, out=by_query)
            np.matmul(back.mT, query * self.share, out=by_key)
            np.multiply(by_query, self.share, out=by_query)


def pairs(start: int, stop: int) -> list[slice]:
    """Samples whose scores stay in the cache together."""
    return [slice(first, min(first + 4, stop)) for first in range(start, stop, 4)]


class Gelu:
    """x Φ(x) and its derivative at once, which share all that is dear: Φ by Abramowitz and Stegun 7.1.26."""

    series = tuple(np.array(c, np.float32) for c in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592))
    one, half, least, slope_of_t, density, minus_half = (
        np.array(c, np.float32) for c in (1, 0.5, 1e-30, 0.3275911 / math.sqrt(2), 1 / math.sqrt(2 * math.pi), -0.5)
    )

    def __init__(self) -> None:
        self.out, self.slope = np.empty((2, ROWS, 4 * WIDTH), np.float32)

    def forward(self, x: Array) -> Array:
        flat, out, slope = x.reshape(-1), self.out.reshape(-1), self.slope.reshape(-1)

        def work(start: int, stop: int) -> None:
            for block in blocks(stop - start):
                place = slice(block.start + start, block.stop + start)
                self._both(flat[place], out[place], slope[place])

        threads.in_ranges(flat.size, work)
        return self.out

    def _both(self, x: Array, out: Array, slope: Array) -> None:
        size = np.abs(x)
        t = np.multiply(size, self.slope_of_t)
        np.divide(self.one, np.add(t, self.one, out=t), out=t)
        tail = np.multiply(t, self.series[0], out=out)
        for coefficient in self.series[1:]:
            np.multiply(np.add(tail, coefficient, out=tail), t, out=tail)
        bell = np.multiply(np.multiply(x, x, out=t), self.minus_half, out=t)
        np.exp(bell, out=bell)
        np.multiply(np.subtract(self.one, np.multiply(tail, bell, out=tail), out=tail), self.half, out=tail)
        sign = np.divide(x, np.add(size, self.least, out=size), out=size)
        np.add(np.multiply(tail, sign, out=tail), self.half, out=slope)
        np.multiply(x, slope, out=out)
        np.add(slope, np.multiply(np.multiply(bell, x, out=bell), self.density, out=bell), out=slope)

    def backward(self, g: Array) -> Array:
        return np.multiply(g, self.slope, out=self.slope)


class Block:
    """x + attention(norm(x)), then x + narrow(gelu(wide(norm(x))))"""

    def __init__(self, arrays: list[Array], gradients: list[Array]):
        self.arrays, self.gradients = arrays, gradients
        self.norms = [Norm(arrays[place], gradients[place]) for place in (0, 3)]
        self.attention, self.gelu = Attention(), Gelu()
        self.seen = {}

    def product(self, x: Array, place: int) -> Array:
        self.seen[place] = x
        return x.dot(self.arrays[place].T)

    def product_back(self, g: Array, place: int) -> Array:
        np.dot(g.T, self.seen[place], out=self.gradients[place])
        return g.dot(self.arrays[place])

    def forward(self, x: Array) -> Array:
        parts = self.product(self.norms[0].forward(x), 1)
        x = np.add(x, self.product(self.attention.forward(parts), 2), out=x)
        wide = self.product(self.norms[1].forward(x), 4)
        return np.add(x, self.product(self.gelu.forward(wide), 5), out=x)

    def backward(self, g: Array) -> None:
        """From the gradient of the result to that of x, in place."""
        back = self.product_back(self.gelu.backward(self.product_back(g, 5)), 4)
        self.norms[1].backward(back, g)
        back = self.product_back(self.attention.backward(self.product_back(g, 2)), 1)
        self.norms[0].backward(back, g)


class GPT:
    """The model, its loss and all gradients."""

    def __init__(self, weights: list[Array], letters: Array, targets: Array):
        self.parameters = Parameters(weights)
        arrays, gradients = self.parameters.arrays, self.parameters.gradients
        self.letters = letters.reshape(-1)
        self.order = np.argsort(self.letters, kind="stable")
        self.blocks = [Block(arrays[i : i + 6], gradients[i : i + 6]) for i in range(2, 2 + 6 * LAYERS, 6)]
        self.norm = Norm(arrays[-1], gradients[-1])
        self.cross_entropy = CrossEntropy(targets.reshape(-1), VOCABULARY)

    def step(self) -> float:
        letters, positions = self.parameters.arrays[:2]
        by_letters, by_positions = self.parameters.gradients[:2]
        x = (letters.take(self.letters, 0).reshape(BATCH, BLOCK, WIDTH) + positions).reshape(ROWS, WIDTH)
        for block in self.blocks:
            x = block.forward(x)
        hidden = self.norm.forward(x)
        logits = hidden.dot(letters.T)
        loss = self.cross_entropy(logits)
        np.dot(logits.T, hidden, out=by_letters)
        g = np.zeros((ROWS, WIDTH), np.float32)
        self.norm.backward(logits.dot(letters), g)
        for block in reversed(self.blocks):
            block.backward(g)
        np.add.reduce(g.reshape(BATCH, BLOCK, WIDTH), 0, out=by_positions)
        one_hot = np.zeros((VOCABULARY, ROWS), np.float32)  # few letters: adding up by a product is fastest
        one_hot[self.letters, np.arange(ROWS)] = 1
        np.add(by_letters, one_hot.dot(g), out=by_letters)
        return loss


def build(name: str) -> Code:
    """The code of `gpt.adamw`."""
    keep_freed_memory()
    model = GPT(*gpt_arrays())
    optimizer = Adam(model.parameters, LR, BETAS)
    matrices = [array for array in model.parameters.arrays if array.ndim > 1]
    kept = np.array(1 - LR * DECAY, np.float32)

    def step() -> float:
        loss = model.step()
        for matrix in matrices:
            np.multiply(matrix, kept, out=matrix)
        optimizer.step()
        return loss

    return Code.step(step)
