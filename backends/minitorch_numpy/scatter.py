"""Adding rows at repeated places, fast: `np.add.at` costs ten times what the additions do."""

from __future__ import annotations

import numpy as np

FEW = 1024  # numbers that np.add.at adds in the time that sorting their places takes


def add_rows(target: np.ndarray, index: np.ndarray, source: np.ndarray) -> None:
    """target[index[i]] += source[i] for every i, in place, in the order of i.

    The sources are sorted by place; then the first of every place are added in one fancy-indexed addition, then the
    second of every place, and so on: as many rounds as the commonest place has sources. Where that is many, whole runs
    are summed by `np.add.reduceat` instead.
    """
    if not index.size:
        return
    if target.ndim == 1 and target.dtype.kind == "f" and index.size > 64:
        target += np.bincount(index, source, len(target)).astype(target.dtype, copy=False)
        return
    if (target.ndim == 1 or source.size <= FEW) and target.dtype.kind != "c" and target.dtype.isbuiltin:
        np.add.at(target, index, source)  # slow only for many rows
        return
    order = np.argsort(index, kind="stable")
    places = index[order]
    starts = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1])))
    counts = np.diff(np.append(starts, places.size))
    if counts.max() > 32:
        target[places[starts]] += np.add.reduceat(source[order], starts, axis=0)
        return
    for turn in range(int(counts.max())):
        still = starts[counts > turn]
        target[places[still]] += source[order[still + turn]]
