"""Pictures: where the nodes of a tape go, the learning curve of a training run, the page of images that it got wrong."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from statistics import fmean
from typing import Any

import numpy as np

from .errors import missing_extra
from .trainer import Epoch, Mistake

TRAINING, TEST, GREY = "#2a6fbb", "#d1495b", "#6b7280"
SHOWN = 500  # mistakes on a page; a page with every image of a network that learned nothing would be of no use

STYLE = """
:root { color-scheme: light dark; --card: #fff; --page: #f3f4f6; --text: #111827; --faint: #6b7280; --right: #2a6fbb;
  --wrong: #d1495b; --track: #e5e7eb; }
@media (prefers-color-scheme: dark) { :root { --card: #1f2430; --page: #12151c; --text: #e5e7eb; --faint: #9ca3af;
  --right: #74aef0; --wrong: #f0808f; --track: #374151; } }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.5rem; background: var(--page); color: var(--text);
  font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; }
header p { margin: 0 0 .4rem; max-width: 50rem; } .faint { color: var(--faint); }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .9rem; margin-top: 1.5rem; }
figure { margin: 0; padding: 1rem; border-radius: 10px; background: var(--card); }
img { display: block; width: 100%; max-width: 8rem; aspect-ratio: 1; margin: 0 auto; border-radius: 4px;
  image-rendering: pixelated; }
figcaption { margin-top: .7rem; font-variant-numeric: tabular-nums; }
.bar { display: grid; grid-template-columns: minmax(1.1rem, auto) 1fr 3.2rem; gap: .5rem; align-items: center; }
.bar span:last-child { text-align: right; } .bar i { height: 8px; border-radius: 4px; background: var(--track); }
.bar b { display: block; height: 100%; border-radius: 4px; min-width: 2px; background: var(--faint); }
.right b { background: var(--right); } .wrong b { background: var(--wrong); }
.title { display: flex; justify-content: space-between; flex-wrap: wrap; margin-bottom: .3rem; }
.title .right { color: var(--right); } .title .wrong { color: var(--wrong); }
""".strip()


def layout(root: Any) -> tuple[dict[Any, tuple[int, float]], list[tuple[int, list[Any]]]]:
    """Where to draw the graph behind a node, such as `loss.grad_fn`: its users to the right of what they use.

    Returns the place (column, row) of every node, counted from `root` at (0, 0) to the left, and of every bend of an edge that
    skips columns; and for every edge the operand's number and its path, a list of keys of the places.

    >>> import minitorch
    >>> x = minitorch.tensor(2.0, requires_grad=True)
    >>> places, edges = layout((x.exp() * x).grad_fn)
    >>> {node.name(): place for node, place in places.items() if not isinstance(node, tuple)}
    {'MulBackward0': (0, 0.0), 'ExpBackward0': (-1, -0.5), 'AccumulateGrad': (-2, 0.0)}
    """
    column, users, edges, reached = {root: 0}, {root: []}, [], {root}
    while reached:
        node = max(reached, key=lambda node: node.number)  # users come before what they use
        reached.remove(node)
        for operand in filter(None, node.edges):
            reached.add(operand)
            column[operand] = min(column.get(operand, 0), column[node] - 1)
    for node in list(column):
        for port, operand in enumerate(node.edges):
            if operand is not None:
                bends = [(node, port, c) for c in range(column[node] - 1, column[operand], -1)]
                path = [node, *bends, operand]
                edges.append((port, path))
                column |= {bend: bend[2] for bend in bends}
                for user, used in pairwise(path):
                    users.setdefault(used, []).append(user)
    row = {root: 0.0}
    for c in range(-1, min(column.values()) - 1, -1):
        wish = {thing: fmean([row[user] for user in users[thing]]) for thing in users if column[thing] == c}
        order, rows = sorted(wish, key=wish.__getitem__), []
        for thing in order:
            rows.append(max(wish[thing], rows[-1] + 1) if rows else wish[thing])
        shift = fmean(wish.values()) - fmean(rows)
        row |= {thing: place + shift for thing, place in zip(order, rows, strict=True)}
    return {thing: (column[thing], row[thing]) for thing in row}, edges


def learning_curve(history: Sequence[Epoch], title: str = "") -> bytes:
    """Return a PNG with the losses on the left and the test accuracy on the right, by epoch."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator, PercentFormatter
    except ImportError:
        raise missing_extra("matplotlib", "train", "drawing the learning curve") from None
    epochs = [epoch.number for epoch in history]
    figure = Figure(figsize=(10, 4), layout="constrained", dpi=144)
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [epoch.train_loss for epoch in history], color=TRAINING, marker="o", label="training set")
    left.plot(epochs, [epoch.test_loss for epoch in history], color=TEST, marker="o", label="test set")
    left.set_title("cross entropy", loc="left", fontsize=11)
    left.set_ylim(bottom=0)
    left.legend(frameon=False)
    accuracy = [epoch.accuracy for epoch in history]
    right.plot(epochs, accuracy, color=TEST, marker="o")
    right.set_title(f"accuracy on the test set: {accuracy[-1]:.2%} in the end", loc="left", fontsize=11)
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    for axes in (left, right):
        axes.set_xlabel("epoch", color=GREY)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        axes.grid(axis="y", color="#e5e7eb")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(GREY)
        axes.tick_params(colors=GREY, length=0)
        for line in axes.lines:
            line.set(markersize=4, linewidth=1.8)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def mistakes_page(
    mistakes: Sequence[Mistake], classes: Sequence[str], tested: int, title: str = "", summary: str = ""
) -> str:
    """Return an HTML page, whole in itself, of the test images that were got wrong, and what they were taken for."""
    right = tested - len(mistakes)
    shown = f" Shown are the first {SHOWN}." if len(mistakes) > SHOWN else ""
    cards = "\n".join(_card(mistake, classes) for mistake in mistakes[:SHOWN])
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}: what it got wrong</title>
<style>
{STYLE}
</style>
</head>
<body>
<header>
<h1>{escape(title)}: what it got wrong</h1>
<p>{len(mistakes)} of {tested} test images, surest first; {right} were right ({right / max(tested, 1):.2%}).{shown}</p>
<p class="faint">{escape(summary)}</p>
</header>
<main>
{cards}
</main>
</body>
</html>
"""


def _card(mistake: Mistake, classes: Sequence[str]) -> str:
    """One image with the three likeliest classes, and the true one where it is not among them."""
    label, prediction = classes[mistake.label], classes[mistake.prediction]
    order = [int(index) for index in np.argsort(-mistake.probabilities, kind="stable")]
    bars = order[:3] if mistake.label in order[:3] else [*order[:3], mistake.label]
    source = base64.b64encode(png(mistake.image)).decode("ascii")
    lines = [
        f'<figure title="test image {mistake.index}">'
        f'<img alt="test image {mistake.index}" src="data:image/png;base64,{source}">',
        f'<figcaption><div class="title"><span class="right">is {escape(label)}</span>'
        f'<span class="wrong">taken for {escape(prediction)}</span></div>',
    ]
    for index in bars:
        kind = {mistake.label: " right", mistake.prediction: " wrong"}.get(index, "")
        share = float(mistake.probabilities[index])
        lines.append(
            f'<div class="bar{kind}"><span>{escape(classes[index])}</span>'
            f'<i><b style="width:{share:.1%}"></b></i><span>{share:.1%}</span></div>'
        )
    return "\n".join([*lines, "</figcaption></figure>"])


def png(image: np.ndarray) -> bytes:
    """Return an 8-bit grey PNG file of an image (H, W) with values from 0 (black) to 1 (white).

    Format: ISO/IEC 15948.

    >>> png(np.zeros((2, 3)))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    grey = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    height, width = grey.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), grey], axis=1)  # each row starts with its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
