"""The examples in the pages of docs/ run, and show what the pages say."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).resolve().parent.parent / "docs").glob("*.md"))
BLOCK = re.compile(r"^```python\n(>>> .*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCK.search(page.read_text())], ids=lambda page: page.name)
def test_examples(page):
    text = page.read_text(encoding="utf-8")
    blocks = [(text[: found.start()].count("\n") + 1, found[1]) for found in BLOCK.finditer(text)]
    names: dict = {}
    said: list[str] = []
    for line, block in blocks:  # each sees the names of those before it
        test = doctest.DocTestParser().get_doctest(block, names, f"{page.name}, line {line}", str(page), line)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
        runner.run(test, out=said.append, clear_globs=False)
        names = test.globs
    assert not said, "".join(said)


def test_a_page_is_found():
    assert any(page.name == "autograd.md" for page in PAGES)
    assert len(BLOCK.findall((PAGES[0].parent / "autograd.md").read_text())) > 5
