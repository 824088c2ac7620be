"""The networks' training steps in NumPy alone, written as a careful person would: the peer that a library can hardly beat.

Every array is made once and written with `out=`; parameters and gradients lie in one flat buffer each, and the optimizers go
through them in blocks that stay in the cache; ReLU compares with an array of zeros, as with a number NumPy does not use SIMD.
Convolution and pooling are the NumPy backend's kernels: plain functions on arrays, and the fastest that we know.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from minitorch_numpy import convolution, pooling, threads
from minitorch_numpy.allocation import keep_freed_memory

from .networks import convnet_arrays, mlp_arrays
from .workload import Code

__all__ = ["Adam", "ConvNet", "MLP", "SGD", "training"]

BLOCK = 1 << 16  # elements: 256 KB
ZEROS = np.zeros(BLOCK, np.float32)

Array = np.ndarray


class Parameters:
    """Arrays that lie one after the other in a flat buffer, and as many for their gradients."""

    def __init__(self, arrays: list[Array]):
        self.flat = np.concatenate([array.reshape(-1) for array in arrays])
        self.flat_gradients = np.zeros_like(self.flat)
        bounds = np.cumsum([0, *(array.size for array in arrays)])
        places = [(slice(a, b), array.shape) for a, b, array in zip(bounds[:-1], bounds[1:], arrays, strict=True)]
        self.arrays = [self.flat[place].reshape(shape) for place, shape in places]
        self.gradients = [self.flat_gradients[place].reshape(shape) for place, shape in places]


def blocks(size: int) -> Iterator[slice]:
    for start in range(0, size, BLOCK):
        yield slice(start, min(start + BLOCK, size))


class SGD:
    """w -= lr · g"""

    def __init__(self, parameters: Parameters, lr: float):
        self.parameters, self.lr = parameters, np.array(lr, np.float32)
        self.room = np.empty(BLOCK, np.float32)

    def step(self) -> None:
        weights, gradients = self.parameters.flat, self.parameters.flat_gradients
        for block in blocks(weights.size):
            change = np.multiply(gradients[block], self.lr, out=self.room[: block.stop - block.start])
            np.subtract(weights[block], change, out=weights[block])


class Adam:
    """w -= lr / (1 - b₁ᵗ) · m / (√v / √(1 - b₂ᵗ) + ε)"""

    def __init__(self, parameters: Parameters, lr: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8):
        self.parameters, self.lr, self.betas, self.eps, self.steps = parameters, lr, betas, np.float32(eps), 0
        self.means, self.squares = np.zeros_like(parameters.flat), np.zeros_like(parameters.flat)
        self.rooms = np.empty((2, BLOCK), np.float32)
        self.factors = [np.array(number, np.float32) for beta in betas for number in (beta, 1 - beta)]

    def step(self) -> None:
        self.steps += 1
        rate = np.array(self.lr / (1 - self.betas[0] ** self.steps), np.float32)
        scale = np.array(math.sqrt(1 - self.betas[1] ** self.steps), np.float32)
        keep, add, keep_square, add_square = self.factors
        for block in blocks(self.parameters.flat.size):
            weight, gradient = self.parameters.flat[block], self.parameters.flat_gradients[block]
            mean, square = self.means[block], self.squares[block]
            first, second = self.rooms[:, : gradient.size]
            np.multiply(mean, keep, out=mean)
            np.add(mean, np.multiply(gradient, add, out=first), out=mean)
            np.multiply(square, keep_square, out=square)
            np.multiply(gradient, gradient, out=first)
            np.add(square, np.multiply(first, add_square, out=first), out=square)
            np.divide(np.sqrt(square, out=first), scale, out=first)
            np.add(first, self.eps, out=first)
            np.multiply(np.divide(mean, first, out=second), rate, out=second)
            np.subtract(weight, second, out=weight)


class CrossEntropy:
    """The mean of -log softmax(z)[label], and its gradient written over z."""

    def __init__(self, labels: Array, classes: int):
        self.labels, self.rows = labels, np.arange(len(labels))
        self.column = np.empty((len(labels), 1), np.float32)
        self.share = np.array(1 / len(labels), np.float32)

    def __call__(self, logits: Array) -> float:
        largest = np.maximum.reduce(logits, 1, None, self.column, True)
        np.subtract(logits, largest, out=logits)
        chosen = np.add.reduce(logits[self.rows, self.labels], None)
        np.exp(logits, out=logits)
        total = np.add.reduce(logits, 1, None, self.column, True)
        np.divide(logits, total, out=logits)
        loss = (np.add.reduce(np.log(total), None) - chosen) * self.share
        logits[self.rows, self.labels] -= 1
        np.multiply(logits, self.share, out=logits)
        return loss


class MLP:
    """Linear layers with ReLU between them."""

    def __init__(self, weights: list[Array], inputs: Array, labels: Array):
        self.parameters = Parameters(weights)
        batch, widths = len(inputs), [len(bias) for bias in weights[1::2]]
        self.inputs, self.cross_entropy = inputs, CrossEntropy(labels, widths[-1])
        self.outputs = [np.empty((batch, width), np.float32) for width in widths]
        self.backs = [np.empty((batch, width), np.float32) for width in widths[:-1]]
        self.masks = [np.empty((batch, width), bool) for width in widths[:-1]]
        self.zeros = [np.zeros((batch, width), np.float32) for width in widths[:-1]]

    def step(self) -> float:
        """Loss of the batch, and all gradients."""
        arrays, last = self.parameters.arrays, len(self.outputs) - 1
        hidden = self.inputs
        for layer, out in enumerate(self.outputs):
            np.matmul(hidden, arrays[2 * layer].T, out=out)
            np.add(out, arrays[2 * layer + 1], out=out)
            hidden = out if layer == last else np.maximum(out, self.zeros[layer], out=out)
        loss = self.cross_entropy(hidden)
        g = hidden
        for layer in range(last, -1, -1):
            before = self.outputs[layer - 1] if layer else self.inputs
            np.matmul(g.T, before, out=self.parameters.gradients[2 * layer])
            np.add.reduce(g, 0, None, self.parameters.gradients[2 * layer + 1])
            if layer:
                back = np.matmul(g, arrays[2 * layer], out=self.backs[layer - 1])
                np.greater(before, self.zeros[layer - 1], out=self.masks[layer - 1])
                g = np.multiply(back, self.masks[layer - 1], out=back)
        return loss


def rectify(array: Array) -> None:
    """ReLU in place, in blocks, on all threads."""
    flat = array.reshape(-1)

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, BLOCK):
            part = flat[first : min(first + BLOCK, stop)]
            np.maximum(part, ZEROS[: part.size], out=part)

    threads.in_ranges(flat.size, work)


def pass_rectified(g: Array, rectified: Array) -> None:
    """ReLU's gradient: g where the result was positive, in place."""
    flat, results = g.reshape(-1), rectified.reshape(-1)

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, BLOCK):
            part, result = flat[first : min(first + BLOCK, stop)], results[first : min(first + BLOCK, stop)]
            np.multiply(part, np.greater(result, ZEROS[: part.size]), out=part)

    threads.in_ranges(flat.size, work)


def sum_by_channel(g: Array) -> Array:
    return np.add.reduce(np.add.reduce(g.reshape(*g.shape[:2], -1), 2), 0)


class ConvNet:
    """conv 32, ReLU, conv 64, ReLU, max-pool 2, linear 128, ReLU, linear 10."""

    settings = ((1, 1), (0, 0), (1, 1), 1)  # stride, padding, dilation, groups

    def __init__(self, weights: list[Array], images: Array, labels: Array):
        self.parameters, self.images = Parameters(weights), images
        features = weights[4].shape[1]
        self.top = MLP(weights[4:], np.empty((len(images), features), np.float32), labels)
        self.top.parameters.arrays, self.top.parameters.gradients = (
            self.parameters.arrays[4:],
            self.parameters.gradients[4:],
        )

    def step(self) -> float:
        """Loss of the batch, and all gradients."""
        arrays, gradients = self.parameters.arrays, self.parameters.gradients
        first = convolution.conv_forward(self.images, arrays[0], arrays[1], *self.settings)
        rectify(first)
        second = convolution.conv_forward(first, arrays[2], arrays[3], *self.settings)
        rectify(second)
        values, indices = pooling.max_pool(second, (2, 2), (2, 2), (0, 0), (1, 1), False)
        self.top.inputs = values.reshape(len(values), -1)
        loss = self.top.step()
        g = (self.top.backs[0] @ arrays[4]).reshape(values.shape)
        g = pooling.max_pool_gradient(g, indices, second.shape, 2)
        pass_rectified(g, second)
        gradients[2][...] = convolution.conv_weight_gradient(g, first, arrays[2].shape, *self.settings)
        gradients[3][...] = sum_by_channel(g)
        g = convolution.conv_input_gradient(g, arrays[2], first.shape, *self.settings)
        pass_rectified(g, first)
        gradients[0][...] = convolution.conv_weight_gradient(g, self.images, arrays[0].shape, *self.settings)
        gradients[1][...] = sum_by_channel(g)
        return loss


def training(name: str) -> Code:
    """A workload of `networks`."""
    keep_freed_memory()  # for what the kernels of convolution and pooling allocate
    model = ConvNet(*convnet_arrays()) if name.startswith("convnet") else MLP(*mlp_arrays())
    if name.endswith("adam"):
        optimizer = Adam(model.parameters, 0.001)
    else:
        optimizer = SGD(model.parameters, 0.01 if name.startswith("convnet") else 0.1)

    def step() -> float:
        loss = model.step()
        optimizer.step()
        return loss

    return Code.step(step)
