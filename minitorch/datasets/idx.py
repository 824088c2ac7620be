"""IDX, the file format of MNIST and Fashion-MNIST: a magic number, the sizes, then the values, all big-endian.

    0 0 type ndim | size (uint32) for each dimension | values in row-major order

Format: Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits, 1998.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minitorch.errors import message

from .images import Images

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class IDX(Images):
    """The images and labels of a folder in MNIST's layout, plain files or gzipped (`.gz`).

    Read are `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, with `train=False` the two whose names start with
    `t10k`. Errors: FileNotFoundError names what is missing, ValueError the file that is damaged and where.
    """

    def __init__(
        self,
        folder: str | Path,
        train: bool = True,
        classes: Sequence[str] | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
    ):
        part = "train" if train else "t10k"
        images_file = _find(Path(folder), f"{part}-images-idx3-ubyte")
        labels_file = _find(Path(folder), f"{part}-labels-idx1-ubyte")
        pixels, labels = read_idx(images_file), read_idx(labels_file)
        _check_kind(pixels, 3, images_file)
        _check_kind(labels, 1, labels_file)
        if len(pixels) != len(labels):
            raise ValueError(
                message(
                    "there must be one label for each image",
                    where=f"{images_file} and {labels_file.name}",
                    expected=f"{len(pixels)} labels",
                    got=len(labels),
                    hint="take both files from the same source",
                )
            )
        super().__init__(pixels, labels, classes=classes, transform=transform, target_transform=target_transform)


def read_idx(path: str | Path) -> np.ndarray:
    """Return the array of one IDX file, gzipped where its name ends in `.gz`; ValueError where the file is damaged."""
    path = Path(path)
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise _damaged(
            path,
            "this is not an IDX file",
            expected="a first word 00 00, a type (08, 09, 0b, 0c, 0d or 0e), a number of dimensions",
            got=content[:4].hex(" ") or "an empty file",
        )
    dtype, start = np.dtype(TYPES[content[2]]), 4 + 4 * content[3]
    if len(content) < start:
        raise _damaged(
            path, "the IDX header is cut off", expected=f"{start} bytes of header", got=f"{len(content)} bytes"
        )
    shape = tuple(np.frombuffer(content[4:start], dtype=">u4").tolist())
    size = start + math.prod(shape) * dtype.itemsize
    if len(content) != size:
        fault = "is cut off" if len(content) < size else "has more bytes than its header says"
        sizes = " x ".join(map(str, shape))
        raise _damaged(path, f"the IDX file {fault}", expected=f"{size} bytes ({sizes})", got=f"{len(content)} bytes")
    values = np.frombuffer(content, dtype=dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))


def _find(folder: Path, name: str) -> Path:
    candidates = [folder / name, folder / f"{name}.gz"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    if not folder.is_dir():
        raise FileNotFoundError(
            message(
                "the folder with the IDX files does not exist" if not folder.exists() else "this is not a folder",
                where=folder,
                hint="give the folder that holds train-images-idx3-ubyte[.gz] and its three companions",
            )
        )
    held = sorted(entry.name for entry in folder.iterdir())
    raise FileNotFoundError(
        message(
            "an IDX file is missing",
            where=folder,
            expected=f"{name} or {name}.gz",
            got=", ".join(held[:8]) + (", ..." if len(held) > 8 else "") or "an empty folder",
            hint="put MNIST's or Fashion-MNIST's four files there under their own names",
        )
    )


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except EOFError:
        raise _damaged(
            path, "the gzip file is cut off", expected="a whole gzip stream", got=f"{len(content)} bytes of one"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path, "this is not a sound gzip file", expected="a gzip stream", got=error) from None


def _check_kind(array: np.ndarray, ndim: int, path: Path) -> None:
    if array.ndim != ndim or array.dtype != np.uint8:
        kind = "images (count, rows, columns)" if ndim == 3 else "labels (count)"
        raise _damaged(
            path,
            "this IDX file holds something else",
            expected=f"{kind} of unsigned bytes",
            got=f"{array.ndim} dimensions of {array.dtype}",
        )


def _damaged(path: Path, what: str, expected: object, got: object) -> ValueError:
    return ValueError(message(what, where=path, expected=expected, got=got, hint="fetch the file anew"))
