"""What the README shows is what happens."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import textwrap
from pathlib import Path

import pytest

from minitorch.rows import OPS

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


@pytest.mark.parametrize("package", ["minitorch", "torch"])
def test_the_tour(package: str) -> None:
    pytest.importorskip(package)
    blocks = re.findall(r"```pycon\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 3
    text = "\n".join(blocks if package == "minitorch" else blocks[:2])  # the last prints graphs, which PyTorch has not
    assert text.startswith(">>> import minitorch as torch\n")
    text = text.replace("import minitorch as torch", f"import {package} as torch")
    tour = doctest.DocTestParser().get_doctest(text, {}, package, "README.md", 0)
    said: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(tour, out=said.append) == (0, len(tour.examples)), "".join(said)


def test_the_row_is_the_one_in_the_table() -> None:
    shown = ast.parse(re.search(r"```python\n(@elementwise.*?)```", README, re.DOTALL)[1]).body[0]
    row = OPS[shown.name]
    source = ast.parse(textwrap.dedent(inspect.getsource(row.definition))).body[0]
    assert ast.unparse(shown.args) == ast.unparse(source.args)
    rules = {keyword.arg: ast.unparse(keyword.value) for keyword in source.decorator_list[0].keywords}
    assert {
        keyword.arg: ast.unparse(keyword.value) for keyword in shown.decorator_list[0].keywords
    }.items() <= rules.items()
    assert (row.definition.__doc__ or "").startswith(ast.get_docstring(shown))


def test_the_map_names_what_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    for name in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (root / name).exists(), name
