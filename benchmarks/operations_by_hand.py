"""The single operations in NumPy alone: blocks that stay in the cache, `out=` where it saves a pass, no whole temporaries."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from minitorch_numpy import convolution, pooling, threads
from minitorch_numpy.allocation import keep_freed_memory

from .by_hand import Adam, Parameters, sum_by_channel
from .operations import SHAPES, array, labels
from .workload import Code

__all__ = ["build"]

Array = np.ndarray
BLOCK = 1 << 16  # elements: 256 KB


def build(name: str) -> Code:
    """The code of `operation.<row>`."""
    keep_freed_memory()
    row = name.partition(".")[2]
    return Code.step(BUILDERS[row](SHAPES[row]))


def blocks_of_rows(start: int, stop: int, width: int) -> Iterator[slice]:
    count = max(BLOCK // width, 1)
    for first in range(start, stop, count):
        yield slice(first, min(first + count, stop))


def softmax_cross_entropy(shape: tuple[int, ...]) -> Callable:
    x, g_in = array(shape), np.float32(array((), 9))
    rows, chosen = np.arange(shape[0]), labels(*shape)
    g = np.empty_like(x)

    def step() -> tuple:
        def work(start: int, stop: int) -> float:
            loss = 0.0
            for block in blocks_of_rows(start, stop, shape[1]):
                part = g[block]
                np.subtract(x[block], np.maximum.reduce(x[block], 1, keepdims=True), out=part)
                picked = part[rows[: len(part)], chosen[block]]
                np.exp(part, out=part)
                total = np.add.reduce(part, 1, keepdims=True)
                np.multiply(part, g_in / shape[0] / total, out=part)
                part[rows[: len(part)], chosen[block]] -= g_in / shape[0]
                loss += float(np.log(total).sum() - picked.sum())
            return loss

        return sum(threads.in_ranges(shape[0], work)) / shape[0], g

    return step


def layer_norm(shape: tuple[int, ...]) -> Callable:
    width = shape[-1]
    x, weight, bias, g = array(shape), array((width,), 1), array((width,), 2), array(shape, 9)
    rows, grads = x.reshape(-1, width), g.reshape(-1, width)
    out, gx = np.empty_like(rows), np.empty_like(rows)

    def work(start: int, stop: int) -> tuple:
        gw, gb = np.zeros_like(weight), np.zeros_like(weight)
        for block in blocks_of_rows(start, stop, width):
            mean = np.add.reduce(rows[block], 1, keepdims=True) / width
            centred = rows[block] - mean
            scale = 1 / np.sqrt(np.einsum("ij,ij->i", centred, centred)[:, None] / width + 1e-5)
            centred *= scale
            np.multiply(centred, weight, out=out[block])
            out[block] += bias
            gw += np.einsum("ij,ij->j", grads[block], centred)
            gb += np.add.reduce(grads[block], 0)
            inner = grads[block] * weight
            projection = np.einsum("ij,ij->i", inner, centred)[:, None] / width
            inner -= np.add.reduce(inner, 1, keepdims=True) / width
            centred *= projection
            inner -= centred
            np.multiply(inner, scale, out=gx[block])
        return gw, gb

    def step() -> tuple:
        parts = threads.in_ranges(len(rows), work)
        return out, gx, *(sum(part) for part in zip(*parts, strict=True))

    return step


def gelu(shape: tuple[int, ...]) -> Callable:
    """x · Φ(x), Φ by Abramowitz and Stegun 7.1.26, whose exponential the derivative shares."""
    x, g = array(shape).reshape(-1), array(shape, 9).reshape(-1)
    out, gx = np.empty_like(x), np.empty_like(x)
    coefficients = [np.float32(c) for c in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)]

    def work(start: int, stop: int) -> None:
        for block in blocks_of_rows(start, stop, 1):
            part = x[block]
            size = np.abs(part)
            t = 1 / (1 + np.float32(0.3275911 / math.sqrt(2)) * size)
            bell = np.exp(np.float32(-0.5) * part * part)
            series = coefficients[0] * t
            for coefficient in coefficients[1:]:
                series += coefficient
                series *= t
            series *= bell
            half = np.copysign(np.float32(0.5) - np.float32(0.5) * series, part)
            half += np.float32(0.5)
            np.multiply(part, half, out=out[block])
            bell *= part
            bell *= np.float32(1 / math.sqrt(2 * math.pi))
            bell += half
            np.multiply(g[block], bell, out=gx[block])

    def step() -> tuple:
        threads.in_ranges(len(x), work)
        return out, gx

    return step


def batch_norm(shape: tuple[int, ...]) -> Callable:
    batch, channels = shape[:2]
    size = math.prod(shape[2:])
    x, g = array(shape).reshape(batch, channels, size), array(shape, 9).reshape(batch, channels, size)
    weight, bias = array((channels,), 1), array((channels,), 2)
    out, gx = np.empty_like(x), np.empty_like(x)

    def channel_sums(left: Array, right: Array) -> Array:
        return np.einsum("ncs,ncs->c", left, right)

    def step() -> tuple:
        count = batch * size
        mean = sum_by_channel(x) / count
        square = channel_sums(x, x) / count
        scale = 1 / np.sqrt(square - mean * mean + 1e-5)
        gb, gw = sum_by_channel(g), channel_sums(g, x)
        gw = (gw - gb * mean) * scale
        slope, shift = weight * scale, bias - mean * weight * scale
        # gx = slope · (g - gb / count - normalized · gw / count), gathered to a · g + b · x + c
        b = -slope * scale * gw / count
        c = -slope * gb / count - b * mean

        def work(start: int, stop: int) -> None:
            for image in range(start, stop):
                np.multiply(x[image], slope[:, None], out=out[image])
                out[image] += shift[:, None]
                np.multiply(g[image], slope[:, None], out=gx[image])
                gx[image] += b[:, None] * x[image]
                gx[image] += c[:, None]

        threads.in_ranges(batch, work)
        return out, gx, gw, gb

    return step


def conv2d(shape: tuple[int, ...]) -> Callable:
    x, weight, bias, g = array(shape), array((64, 64, 3, 3), 1), array((64,), 2), array(shape, 9)
    settings = (1, 1), (1, 1), (1, 1), 1

    def step() -> tuple:
        return (
            convolution.conv_forward(x, weight, bias, *settings),
            convolution.conv_input_gradient(g, weight, shape, *settings),
            convolution.conv_weight_gradient(g, x, weight.shape, *settings),
            sum_by_channel(g),
        )

    return step


def max_pool2d(shape: tuple[int, ...]) -> Callable:
    x, g = array(shape), array((*shape[:2], shape[2] // 2, shape[3] // 2), 9)

    def step() -> tuple:
        out, indices = pooling.max_pool(x, (2, 2), (2, 2), (0, 0), (1, 1), False)
        return out, pooling.max_pool_gradient(g, indices, shape, 2)

    return step


def embedding(shape: tuple[int, ...]) -> Callable:
    weight, g = array(shape), array((32, 128, shape[1]), 9)
    chosen = labels(4096, shape[0])
    gradient = np.empty_like(weight)
    rows = g.reshape(-1, shape[1])

    def step() -> tuple:
        out = np.take(weight, chosen, axis=0)
        gradient[...] = 0
        order = np.argsort(chosen, kind="stable")
        places, starts = np.unique(chosen[order], return_index=True)
        lengths = np.diff(starts, append=len(order))
        for turn in range(int(lengths.max())):  # the first gradient of each word, then the second: no place comes twice
            once = lengths > turn
            gradient[places[once]] += rows[order[starts[once] + turn]]
        return out.reshape(g.shape), gradient

    return step


def attention(shape: tuple[int, ...]) -> Callable:
    heads = (shape[0] * shape[1], *shape[2:])
    q, k, v, g = (array(shape, seed).reshape(heads) for seed in (0, 1, 2, 9))
    out, gq, gk, gv = (np.empty_like(q) for _ in range(4))
    scale = np.float32(0.125)

    def work(start: int, stop: int) -> None:
        weights, back = np.empty((2, shape[2], shape[2]), np.float32)
        for head in range(start, stop):
            np.matmul(q[head], k[head].T, out=weights)
            np.multiply(weights, scale, out=weights)
            np.subtract(weights, np.maximum.reduce(weights, 1, keepdims=True), out=weights)
            np.exp(weights, out=weights)
            np.divide(weights, np.add.reduce(weights, 1, keepdims=True), out=weights)
            np.matmul(weights, v[head], out=out[head])
            np.matmul(weights.T, g[head], out=gv[head])
            np.matmul(g[head], v[head].T, out=back)
            np.subtract(back, np.einsum("ij,ij->i", back, weights)[:, None], out=back)
            np.multiply(back, weights, out=back)
            np.multiply(back, scale, out=back)
            np.matmul(back, k[head], out=gq[head])
            np.matmul(back.T, q[head], out=gk[head])

    def step() -> tuple:
        threads.in_ranges(len(q), work)
        return out, gq, gk, gv

    return step


def reductions(shape: tuple[int, ...]) -> Callable:
    x = array(shape)
    width = np.float32(shape[1])
    variance = np.empty(shape[0], np.float32)

    def step() -> tuple:
        total = np.add.reduce(x, None)
        mean = np.add.reduce(x, 1) / width
        for block in blocks_of_rows(0, *shape):
            centred = x[block] - mean[block, None]
            np.einsum("ij,ij->i", centred, centred, out=variance[block])
        return (
            total,
            np.add.reduce(x, 0),
            mean,
            np.maximum.reduce(x, 1),
            np.maximum.reduce(x, 0),
            variance / (width - 1),
            np.argmax(x, 1),
        )

    return step


def adam_step(shape: tuple[int, ...]) -> Callable:
    parameters = Parameters([array(shape, seed) for seed in range(4)])
    for seed, gradient in enumerate(parameters.gradients):
        gradient[...] = array(shape, 10 + seed)
    optimizer = Adam(parameters, 0.001)

    def step() -> Array:
        optimizer.step()
        return parameters.arrays[0]

    return step


BUILDERS: dict[str, Callable] = {
    builder.__name__: builder
    for builder in (
        *(softmax_cross_entropy, layer_norm, gelu, batch_norm, conv2d, max_pool2d, embedding, attention, reductions),
        adam_step,
    )
}
