"""Adding rows at repeated places, fast: `np.add.at` costs ten times what the additions do."""

from __future__ import annotations

import itertools

import numpy as np

from minitorch_numpy.summation import ones

FEW = 1024  # numbers that np.add.at adds in the time that sorting their places takes
SHORT = 1 << 16  # places that 16 bits can tell apart
LONG = 2048  # numbers of a run, on average, from which a product for each run costs less than np.add.reduceat


def add_rows(target: np.ndarray, index: np.ndarray, source: np.ndarray) -> None:
    """target[index[i]] += source[i] for every i, in place.

    The sources are sorted by place; then the first of every place are added in one fancy-indexed addition, then the
    second of every place, and so on: as many rounds as the commonest place has sources. Where that is many, whole runs
    are summed instead.
    """
    if not index.size:
        return
    if target.ndim == 1 and target.dtype.kind == "f" and index.size > 64:
        target += np.bincount(index, source, len(target)).astype(target.dtype, copy=False)
        return
    if (target.ndim == 1 or source.size <= FEW) and target.dtype.kind != "c" and target.dtype.isbuiltin:
        np.add.at(target, index, source)  # slow only for many rows
        return
    short = index.astype(np.uint16) if len(target) <= SHORT else index  # 16 bits are sorted in two passes
    order = np.argsort(short, kind="stable")
    places = index[order]
    starts = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1])))
    counts = np.diff(np.append(starts, places.size))
    if counts.max() > 32:
        target[places[starts]] += _sums_of_runs(source.take(order, 0), starts)
        return
    for turn in range(int(counts.max())):
        still = starts[counts > turn]
        target[places[still]] += source[order[still + turn]]


def _sums_of_runs(rows: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The sum of each run of rows: long ones by BLAS, in a quarter of the time of np.add.reduceat."""
    if rows.size < LONG * len(starts) or rows.dtype.char not in "fd":
        return np.add.reduceat(rows, starts, axis=0)
    flat = rows.reshape(len(rows), -1)
    sums, each = np.empty((len(starts), flat.shape[1]), rows.dtype), ones(len(rows), rows.dtype)
    for out, (first, last) in zip(sums, itertools.pairwise([*starts.tolist(), len(rows)]), strict=True):
        np.dot(each[first:last], flat[first:last], out)
    return sums.reshape(len(starts), *rows.shape[1:])
