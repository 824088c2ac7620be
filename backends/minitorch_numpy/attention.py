"""Attention in blocks of queries and keys whose scores stay in the cache, by online softmax (minitorch/ops/attention.py).

Arrays are (A, B, L, E): samples, heads, positions, numbers. Small heads go through several at a time, large ones in pieces; what
a causal mask hides altogether isn't computed. Heads are shared out among threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from minitorch.backend import BODIES, Array
from minitorch_numpy import threads
from minitorch_numpy.network import tops
from minitorch_numpy.summation import ones

SIDE = 256  # queries and keys of a block
TOGETHER = 1 << 17  # pairs of them that go through together: 512 KB of float32
WORTH_THREADS = 1 << 22  # multiplications below which starting threads costs more than it saves


class Problem(NamedTuple):
    """What one call is about: operands with two leading dims, and how scores are covered."""

    query: Array
    key: Array
    value: Array
    mask: Array | None
    diagonal: int | None
    scale: float

    def places(self, samples: range, heads: range) -> Iterator[tuple[slice, slice]]:
        """Samples and heads that go through together."""
        pairs = min(self.query.shape[2], SIDE) * min(self.key.shape[2], SIDE)
        some = max(TOGETHER // pairs, 1)
        step = max(some // len(heads), 1)
        for sample in samples[::step]:
            for head in heads[::some]:
                yield slice(sample, min(sample + step, samples.stop)), slice(head, min(head + some, heads.stop))

    def part(self, place: tuple[slice, slice]) -> Problem:
        """The same about some of the heads."""
        mask = None if self.mask is None else self.mask[_fitting(self.mask, place)]
        return self._replace(query=self.query[place], key=self.key[place], value=self.value[place], mask=mask)

    def seen(self, rows: slice) -> Iterator[slice]:
        """Blocks of keys that some of the queries `rows` may look at."""
        count = self.key.shape[2]
        if self.diagonal is not None:
            count = min(count, rows.stop + self.diagonal)
        return _blocks(count, self.key.shape[2])

    def scores(self, queries: Array, rows: slice, columns: slice) -> Array:
        """The scores of a block, from queries that are scaled already; -inf where a query may not look."""
        scores = np.matmul(queries, self.key[:, :, columns].mT)
        if self.mask is not None:
            np.add(scores, self.mask[_fitting(self.mask, (slice(None), slice(None), rows, columns))], out=scores)
        if self.diagonal is not None and columns.stop - 1 > rows.start + self.diagonal:
            offset = self.diagonal + rows.start - columns.start
            np.add(scores, _later(*scores.shape[2:], offset, scores.dtype.char), out=scores)
        return scores


class NumpyAttention:
    def attention(
        self, query: Array, key: Array, value: Array, mask: Array | None, diagonal: int | None, scale: float
    ) -> tuple[Array, Array]:
        if not (query.size and key.size and value.size):
            return BODIES["attention"](self.k, query, key, value, mask, diagonal, scale)
        problem = _problem(query, key, value, mask, diagonal, scale)
        result = _like(problem.query, value.shape[-1])
        logarithm = np.empty((*problem.query.shape[:3], 1), query.dtype)

        def work(place: tuple[slice, slice]) -> None:
            part, out, logarithms = problem.part(place), result[place], logarithm[place]
            for rows in _blocks(query.shape[-2], query.shape[-2]):
                _forward(part, rows, out[:, :, rows], logarithms[:, :, rows])

        _on_threads(problem, work)
        shape = query.shape[:-1]
        return result.reshape((*shape, value.shape[-1])), logarithm.reshape((*shape, 1))

    def attention_gradients(
        self, by_out: Array, by_logarithm: Array | None, query: Array, key: Array, value: Array, mask: Array | None,
        diagonal: int | None, scale: float, result: Array, logarithm: Array, needs: Sequence[bool],
    ) -> tuple[Array, Array, Array, Array | None]:  # fmt: skip
        if not (query.size and key.size and value.size):
            operands = (query, key, value, mask, diagonal, scale, result, logarithm, needs)
            return BODIES["attention_gradients"](self.k, by_out, by_logarithm, *operands)
        problem = _problem(query, key, value, mask, diagonal, scale)
        outer, out, base = (_with_heads(array) for array in (by_out, result, logarithm))
        inner = np.vecdot(outer, out)[..., None]  # what the weights' sum takes back
        if by_logarithm is not None:
            inner = inner - _with_heads(by_logarithm)
        base = np.maximum(base, _lowest(base))
        gradients = [_like(array, array.shape[-1]) for array in problem[:3]]
        pairs = (*query.shape[:-1], key.shape[-2])
        by_mask = np.zeros(pairs, query.dtype) if needs[3] else None

        def work(place: tuple[slice, slice]) -> None:
            own = [array[place] for array in (outer, inner, base, *gradients)]
            _backward(problem.part(place), *own, None if by_mask is None else _with_heads(by_mask)[place])

        _on_threads(problem, work)
        by_query, by_key, by_value = (
            gradient.reshape(array.shape) for gradient, array in zip(gradients, (query, key, value), strict=True)
        )
        return by_query, by_key, by_value, by_mask


# --- One block --------------------------------------------------------------------------------------------------------


def _forward(problem: Problem, rows: slice, out: Array, logarithm: Array) -> None:
    """Attention of some queries, block of keys after block of keys."""
    queries = problem.query[:, :, rows] * np.asarray(problem.scale, out.dtype)
    top: Array | None = None
    total = logarithm  # holds the sums of exp(score - top) until the end
    for columns in problem.seen(rows):
        weights = problem.scores(queries, rows, columns)
        _, highest = tops(weights)
        np.maximum(highest, _lowest(highest) if top is None else top, out=highest)
        np.exp(np.subtract(weights, highest, out=weights), out=weights)
        sums = np.matmul(weights, ones(weights.shape[3], weights.dtype))[..., None]
        if top is None:
            np.matmul(weights, problem.value[:, :, columns], out=out)
            total[...] = sums
        else:
            fade = np.exp(np.subtract(top, highest, out=top), out=top)
            np.multiply(out, fade, out=out)
            np.add(out, np.matmul(weights, problem.value[:, :, columns]), out=out)
            np.add(np.multiply(total, fade, out=total), sums, out=total)
        top = highest
    if top is None:
        out[...], logarithm[...] = 0, -np.inf
        return
    np.divide(out, total if total.all() else np.where(total == 0, 1, total), out=out)
    np.add(np.log(total, out=total), top, out=logarithm)


def _backward(
    problem: Problem, outer: Array, inner: Array, base: Array,
    by_query: Array, by_key: Array, by_value: Array, by_mask: Array | None,
) -> None:  # fmt: skip
    """Write the gradients of some heads; each block's weights are made again from the logarithm of their sum."""
    scale = np.asarray(problem.scale, by_query.dtype)
    written = 0  # keys whose gradients hold something already
    for rows in _blocks(by_query.shape[2], by_query.shape[2]):
        queries, g = problem.query[:, :, rows] * scale, outer[:, :, rows]
        own = by_query[:, :, rows]
        first = True
        for columns in problem.seen(rows):
            fresh = columns.start >= written
            written = max(written, columns.stop)
            keys = problem.key[:, :, columns]
            weights = problem.scores(queries, rows, columns)
            np.exp(np.subtract(weights, base[:, :, rows], out=weights), out=weights)
            _add_product(weights.mT, g, by_value[:, :, columns], fresh)
            by_scores = np.matmul(g, problem.value[:, :, columns].mT)
            np.multiply(np.subtract(by_scores, inner[:, :, rows], out=by_scores), weights, out=by_scores)
            _add_product(by_scores, keys, own, first)
            _add_product(by_scores.mT, queries, by_key[:, :, columns], fresh)
            if by_mask is not None:
                by_mask[:, :, rows, columns] = by_scores
            first = False
        if first:
            own[...] = 0
        np.multiply(own, scale, out=own)
    by_key[:, :, written:] = 0
    by_value[:, :, written:] = 0


def _add_product(a: Array, b: Array, target: Array, fresh: bool) -> None:
    """target += a @ b, where `fresh` says that there is nothing in it yet."""
    if fresh:
        np.matmul(a, b, out=target)
    else:
        np.add(target, np.matmul(a, b), out=target)


# --- Places and shapes ------------------------------------------------------------------------------------------------


def _problem(query: Array, key: Array, value: Array, mask: Array | None, diagonal: int | None, scale: float) -> Problem:
    if mask is not None:
        mask = mask.reshape((1,) * (query.ndim - mask.ndim) + mask.shape)
        if query.ndim > 4:
            mask = np.broadcast_to(mask, (*query.shape[:-2], *mask.shape[-2:]))
        mask = _with_heads(mask)
    return Problem(*[_with_heads(array) for array in (query, key, value)], mask, diagonal, scale)


def _with_heads(array: Array) -> Array:
    """(*, L, E) as (A, B, L, E)."""
    if array.ndim == 4:
        return array
    if array.ndim < 4:
        return array.reshape((1,) * (4 - array.ndim) + array.shape)
    return array.reshape(-1, *array.shape[-3:])


def _like(array: Array, width: int) -> Array:
    """An empty array whose dims lie in memory as those of `array` do: heads that were split off lie side by side again."""
    if 0 in array.strides:  # expanded
        return np.empty((*array.shape[:3], width), array.dtype)
    order = sorted(range(3), key=lambda axis: -abs(array.strides[axis]))
    empty = np.empty([*[array.shape[axis] for axis in order], width], array.dtype)
    return empty.transpose([*[order.index(axis) for axis in range(3)], 3])


def _fitting(mask: Array, place: Sequence[slice]) -> tuple[slice, ...]:
    """The place in an array in which some of the dims have size 1."""
    return tuple([part if size > 1 else slice(None) for part, size in zip(place, mask.shape, strict=False)])


def _blocks(stop: int, count: int) -> Iterator[slice]:
    """Blocks of positions up to `stop` of `count`."""
    for start in range(0, stop, SIDE):
        yield slice(start, min(start + SIDE, count))


@lru_cache(maxsize=32)
def _later(rows: int, columns: int, offset: int, dtype: str) -> Array:
    """-inf where a column is later than its row and `offset`, else 0."""
    late = np.arange(columns) > np.arange(rows)[:, None] + offset
    cover = np.where(late, -np.inf, 0).astype(dtype)
    cover.setflags(write=False)
    return cover


def _lowest(like: Array) -> Array:
    """A number to subtract from scores that are all -inf, which leaves them so."""
    return np.asarray(np.finfo(like.dtype).min, like.dtype)


def _on_threads(problem: Problem, work: Callable[[tuple[slice, slice]], None]) -> None:
    """Call `work` on all heads; threads share out samples, or heads where these are more."""
    samples, heads = map(range, problem.query.shape[:2])

    def several(start: int, stop: int) -> None:
        part = (samples[start:stop], heads) if len(samples) >= len(heads) else (samples, heads[start:stop])
        for place in problem.places(*part):
            work(place)

    count = max(len(samples), len(heads))
    if problem.query.size * problem.key.shape[2] < WORTH_THREADS:
        several(0, count)
    else:
        threads.in_ranges(count, several)
