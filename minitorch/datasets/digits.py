"""The handwritten digits that come with minitorch; SOURCE.md beside this file names authors, licence and split."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import numpy as np

from .images import Images


class Digits(Images):
    """1,797 handwritten digits of 8×8 pixels (UCI optical recognition, CC BY 4.0): 1,442 to train on, 355 to test.

    Of each digit, in the order of the file, every fifth image is a test image.

    Source: E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49

    >>> digits = Digits(train=False)
    >>> image, label = digits[0]
    >>> len(digits), tuple(image.shape), label
    (355, (1, 8, 8), 5)
    """

    def __init__(
        self,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
    ):
        packed = files("minitorch.datasets").joinpath("digits.csv.gz").read_bytes()
        rows = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), delimiter=",", dtype=np.uint8)
        pixels, labels = rows[:, :-1].reshape(-1, 8, 8), rows[:, -1]
        kept = every_fifth_of_each_class(labels) != train
        super().__init__(pixels[kept], labels[kept], white=16, transform=transform, target_transform=target_transform)


def every_fifth_of_each_class(labels: np.ndarray) -> np.ndarray:
    """Return a mask that picks the fifth, tenth, ... appearance of each label.

    >>> every_fifth_of_each_class(np.array([7, 7, 7, 7, 1, 7, 7])).nonzero()[0].tolist()
    [5]
    """
    picked = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        picked[np.flatnonzero(labels == label)[4::5]] = True
    return picked
