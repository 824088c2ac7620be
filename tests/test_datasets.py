"""The digits that come with minitorch, and IDX folders, sound and damaged."""

from __future__ import annotations

import gzip
import hashlib
import re
import struct
from importlib.resources import files

import numpy as np
import pytest

from minitorch.datasets import IDX, Digits, Images, read_idx
from minitorch.utils.data import DataLoader

# --- Digits -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    return Digits(train=True), Digits(train=False)


def test_every_image_is_in_one_part(digits):
    training, test = (part.images.numpy().reshape(-1, 64) for part in digits)
    packed = files("minitorch.datasets").joinpath("digits.csv.gz").read_bytes()
    rows = np.array([line.split(",") for line in gzip.decompress(packed).decode().split()], dtype=np.float32)
    assert (len(training), len(test), len(rows)) == (1442, 355, 1797)
    labelled = [np.column_stack([part.images.numpy().reshape(-1, 64) * 16, part.labels.numpy()]) for part in digits]
    assert sorted(map(tuple, np.concatenate(labelled))) == sorted(map(tuple, rows))


def test_the_test_set_has_every_fifth_of_each_digit(digits):
    counts = [np.bincount(part.labels.numpy()) for part in digits]
    assert counts[0].tolist() == [143, 146, 142, 147, 145, 146, 145, 144, 140, 144]
    assert counts[1].tolist() == [35, 36, 35, 36, 36, 36, 36, 35, 34, 36]


def test_a_digit_is_a_float32_image_and_an_int(digits):
    image, label = digits[0][0]
    assert (tuple(image.shape), str(image.dtype), label, type(label)) == ((1, 8, 8), "torch.float32", 0, int)
    assert image.numpy()[0, 0].tolist() == [0, 0, 5 / 16, 13 / 16, 9 / 16, 1 / 16, 0, 0]
    assert digits[0].classes == list("0123456789")
    assert float(digits[0].images.min()) == 0 and float(digits[0].images.max()) == 1


def test_transforms_are_applied():
    part = Digits(train=False, transform=lambda image: image * 2, target_transform=lambda label: -label)
    image, label = part[3]
    assert np.array_equal(image.numpy(), part.images[3].numpy() * 2)
    assert label == -int(part.labels[3])


def test_batches(digits):
    X, y = next(iter(DataLoader(digits[1], batch_size=7)))
    assert (tuple(X.shape), tuple(y.shape), str(y.dtype)) == ((7, 1, 8, 8), (7,), "torch.int64")
    assert np.array_equal(X.numpy(), digits[1].images.numpy()[:7])
    assert y.tolist() == digits[1].labels.tolist()[:7]


def test_the_file_is_the_one_that_its_source_note_describes():
    folder = files("minitorch.datasets")
    note = folder.joinpath("SOURCE.md").read_text(encoding="utf-8")
    (digest,) = re.findall(r"\b[0-9a-f]{64}\b", note)
    assert hashlib.sha256(folder.joinpath("digits.csv.gz").read_bytes()).hexdigest() == digest
    assert "CC BY 4.0" in note and "10.24432/C50P49" in note


def test_classes_are_counted():
    assert Images(np.zeros((2, 3, 3), np.uint8), np.array([2, 0], np.uint8)).classes == ["0", "1", "2"]
    assert Images(np.zeros((0, 3, 3), np.uint8), np.zeros(0, np.uint8)).classes == []


# --- IDX --------------------------------------------------------------------------------------------------------------


def idx(array: np.ndarray, code: int = 0x08) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape) + array.tobytes()


IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10
LABELS = np.array([4, 1], np.uint8)


@pytest.fixture
def folder(tmp_path):
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(IMAGES))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS)))
    return tmp_path


@pytest.mark.parametrize("train", [True, False])
def test_a_folder_plain_and_gzipped(folder, train):
    data = IDX(folder, train)
    assert np.array_equal(data.images.numpy()[:, 0], IMAGES.astype(np.float32) / np.float32(255))
    assert data.labels.tolist() == [4, 1] and data[1][1] == 1
    assert data.classes == ["0", "1", "2", "3", "4"]
    assert IDX(folder, train, classes=["shirt", "shoe"]).classes == ["shirt", "shoe"]


@pytest.mark.parametrize(
    ("code", "stored"), [(0x08, "u1"), (0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]
)
@pytest.mark.parametrize("shape", [(5,), (2, 3), (0, 4), ()])
def test_every_type_is_read(tmp_path, code, stored, shape):
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(stored)
    (tmp_path / "values").write_bytes(idx(values, code))
    found = read_idx(tmp_path / "values")
    assert found.dtype == np.dtype(stored).newbyteorder("=")
    assert found.shape == shape and np.array_equal(found, values)
    assert found.flags.writeable


SOUND = idx(IMAGES)
DAMAGED = {
    "empty": (b"", "not an IDX file"),
    "two bytes": (b"\0\0", "not an IDX file"),
    "magic": (b"\1" + SOUND[1:], "not an IDX file.*got: *01 00 08 03"),
    "type": (b"\0\0\7" + SOUND[3:], "not an IDX file"),
    "header": (SOUND[:10], "header is cut off.*16 bytes of header.*10 bytes"),
    "values": (SOUND[:-1], r"is cut off.*40 bytes \(2 x 3 x 4\).*39 bytes"),
    "more": (SOUND + b"\0", "more bytes.*40 bytes.*41 bytes"),
    "sizes that overflow": (b"\0\0\x08\3" + b"\xff" * 12, "is cut off"),
    "another type": (idx(IMAGES.astype(">i4"), 0x0C), "something else.*3 dimensions of int32"),
    "labels": (idx(LABELS), "something else.*1 dimensions"),
    "count": (idx(IMAGES[:1]), "one label for each image.*expected: 1 labels.*got: *2"),
}


@pytest.mark.parametrize("fault", DAMAGED)
@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_file_is_named(folder, fault, packed):
    content, expected = DAMAGED[fault]
    path = folder / "train-images-idx3-ubyte"
    path.unlink()
    if packed:
        path, content = path.with_name(f"{path.name}.gz"), gzip.compress(content)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"(?s){expected}") as error:
        IDX(folder)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda packed: packed[:-9], "gzip file is cut off"),
        (lambda packed: b"PK" + packed[2:], "not a sound gzip file"),
        (lambda packed: packed[:10] + b"\x07" + packed[11:], "not a sound gzip file"),  # a block of no known kind
        (lambda packed: packed[:-8] + b"\0\0\0\0" + packed[-4:], "not a sound gzip file"),  # the checksum
    ],
)
def test_a_damaged_gzip_file_is_named(folder, spoil, expected):
    path = folder / "train-labels-idx1-ubyte.gz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match=expected) as error:
        IDX(folder)
    assert str(path) in str(error.value)


def test_what_is_missing_is_named(folder):
    with pytest.raises(FileNotFoundError, match=r"folder .* does not exist"):
        IDX(folder / "nowhere")
    with pytest.raises(FileNotFoundError, match="not a folder"):
        IDX(folder / "train-images-idx3-ubyte")
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"(?s)t10k-labels-idx1-ubyte or .*\.gz.*got: *t10k-images-idx3-ubyte, "
    ):
        IDX(folder, train=False)
    assert len(IDX(folder, train=True)) == 2
