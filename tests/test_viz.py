"""The pictures of a training run: PNG files by hand, the learning curve, the page of mistakes."""

from __future__ import annotations

import base64
import io
import re
import struct
import sys
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest

from minitorch import viz
from minitorch.trainer import Epoch, Mistake

HISTORY = [Epoch(1, 2.0, 2.1, 0.5), Epoch(2, 1.0, 1.2, 0.75), Epoch(3, 0.5, 0.9, 0.875)]


def mistake(index=0, label=1, prediction=0, probabilities=(0.5, 0.1, 0.25, 0.15)):
    return Mistake(index, np.eye(4), label, prediction, np.array(probabilities))


def decoded(content: bytes) -> np.ndarray:
    """The grey values of a PNG file as `viz.png` writes it, each checksum verified."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, rest = {}, content[8:]
    while rest:
        (size,) = struct.unpack(">I", rest[:4])
        kind, body = rest[4:8], rest[8 : 8 + size]
        assert struct.unpack(">I", rest[8 + size : 12 + size]) == (zlib.crc32(kind + body),)
        chunks[kind], rest = body, rest[12 + size :]
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *kind = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert kind == [8, 0, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:]


def test_png_values():
    image = np.array([[0, 0.5, 1], [-1, 2, 0.2]])
    assert decoded(viz.png(image)).tolist() == [[0, 128, 255], [0, 255, 51]]


def test_png_is_read_by_others():
    image = pytest.importorskip("matplotlib.image")
    values = np.arange(12).reshape(3, 4) / 11
    assert np.allclose(image.imread(io.BytesIO(viz.png(values))), np.round(values * 255) / 255)


def test_the_learning_curve_is_a_picture():
    image = pytest.importorskip("matplotlib.image")
    drawn = image.imread(io.BytesIO(viz.learning_curve(HISTORY, "digits")))
    assert drawn.shape[1] > 1000 and drawn[..., :3].std() > 0.05
    assert viz.learning_curve(HISTORY, "digits") == viz.learning_curve(HISTORY, "digits")
    assert viz.learning_curve(HISTORY[:1])


def test_the_learning_curve_says_what_it_needs(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"(?s)learning curve needs matplotlib.*minitorch-ref\[train\]"):
        viz.learning_curve(HISTORY)


class Reader(HTMLParser):
    """Counts tags, and checks that each is closed."""

    def __init__(self, page):
        super().__init__()
        self.count, self.open, self.text = {}, [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_shows_every_mistake():
    page = viz.mistakes_page([mistake(7), mistake(9)], ["a", "b", "c", "d"], 50, "digits", "3 epochs")
    reader = Reader(page)
    text = " ".join("".join(reader.text).split())
    assert reader.count["figure"] == reader.count["img"] == 2
    assert "2 of 50 test images" in text and "48 were right (96.00%)" in text and "3 epochs" in text
    assert text.count("is btaken for a") == 2
    assert decoded(base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])).tolist() == (np.eye(4) * 255).tolist()


def test_the_page_needs_nothing_else():
    page = viz.mistakes_page([mistake()], ["a", "b", "c", "d"], 2)
    assert not re.findall(r"https?:|<script|<link|@import|url\(", page)


def test_the_true_class_is_shown_even_if_it_is_unlikely():
    card = viz.mistakes_page([mistake()], ["a", "b", "c", "d"], 2)
    shown = re.findall(r'<div class="bar( \w+|)"><span>(\w)</span>.*?width:([\d.]+%)', card)
    assert shown == [(" wrong", "a", "50.0%"), ("", "c", "25.0%"), ("", "d", "15.0%"), (" right", "b", "10.0%")]


def test_names_are_escaped():
    page = viz.mistakes_page([mistake()], ["<b>", "a&b", "c", "d"], 2, "<i>", "<u>")
    Reader(page)
    assert "<b>" not in page.replace("<b style", "") and "<i>" not in page.replace("<i><b style", "")
    assert "&lt;b&gt;" in page and "a&amp;b" in page and "&lt;u&gt;" in page


def test_a_long_page_is_cut_and_says_so(monkeypatch):
    monkeypatch.setattr(viz, "SHOWN", 3)
    page = viz.mistakes_page([mistake(index) for index in range(5)], ["a", "b", "c", "d"], 10)
    assert Reader(page).count["figure"] == 3 and "5 of 10" in page and "the first 3" in page


def test_no_mistake_is_a_page_too():
    assert "0 of 10 test images" in viz.mistakes_page([], [], 10) and Reader(viz.mistakes_page([], [], 0)).count["body"]
