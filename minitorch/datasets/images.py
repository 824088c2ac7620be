"""A data set of grey images with a class each, held in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minitorch
from minitorch.utils.data import Dataset


class Images(Dataset):
    """Pairs of an image (1, H, W), float32 from 0 to 1, and its class, an int.

    `pixels` (N, H, W) holds whole numbers from 0 to `white`, `labels` (N,) whole numbers from 0. Kept as tensors:
    `images` (N, 1, H, W) and `labels` (N,) int64. `transform` and `target_transform` are applied to what indexing returns.
    """

    def __init__(
        self,
        pixels: np.ndarray,
        labels: np.ndarray,
        *,
        white: int = 255,
        classes: Sequence[str] | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
    ):
        self.images = minitorch.from_numpy((pixels.astype(np.float32) / np.float32(white))[:, None])
        self.labels = minitorch.from_numpy(labels.astype(np.int64))
        count = int(labels.max()) + 1 if len(labels) else 0
        self.classes = [str(label) for label in range(count)] if classes is None else list(classes)
        self.transform = transform
        self.target_transform = target_transform
        self._targets = labels.tolist()

    def __len__(self) -> int:
        return len(self._targets)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, target = self.images[index], self._targets[index]
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target
