"""`minitorch gradcheck`: right, wrong and impossible functions, each with its exit code."""

from __future__ import annotations

import sys

import pytest

from minitorch import cli

MODULE = """
import minitorch

def area(width, height):
    return width * height

def cut(width, height):
    return width.detach() * height

def logarithm(x):
    return x.log()

def cube_inputs():
    return minitorch.tensor([1.0, 2.0], dtype=minitorch.float64, requires_grad=True)

def cube(x):
    return x**3

def inputs():
    return [minitorch.ones(2, dtype=minitorch.float32, requires_grad=True)]

def sine(x):
    return x.sin()

class Shapes:
    square = staticmethod(lambda x: x * x)

def broken(x):
    raise ValueError("not today")
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    (tmp_path / "geometry.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        try:
            code = cli.main(["gradcheck", *arguments])
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    path = list(sys.path)
    yield run
    sys.modules.pop("geometry", None)
    assert sys.path == path


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("geometry:area", "--shape", "2,3", "--shape", "3"), 0, "right: 2 Jacobians compared"),
        (
            ("geometry:area", "--shape", "2,3", "--shape", "3", "--fast", "--second"),
            0,
            "second derivatives: gradcheck: right",
        ),
        (("geometry:area", "--shape", "2", "--shape", "", "--complex"), 0, "right"),
        (("geometry:cut", "--shape", "2,3", "--shape", "3"), 1, "with respect to input 0: the tape has no way"),
        (("geometry:logarithm", "--shape", "5"), 1, "the function itself gives nan"),
        (("geometry:logarithm", "--shape", "5", "--low", "0.5"), 0, "right"),
        (("geometry:logarithm", "--shape", "5", "--low", "0.5", "--rtol", "0", "--atol", "0"), 1, "mismatch"),
        (("geometry:cube",), 0, "right: 1 Jacobian compared"),
        (("geometry:sine",), 1, "input 0 is torch.float32"),
        (("geometry:Shapes.square", "--shape", "3,1", "--seed", "4"), 0, "right"),
        (("minitorch:sin", "--shape", "3"), 0, "right"),
    ],
)
def test_a_function_is_checked(run, arguments, code, says):
    found, printed, complaints = run(*arguments)
    assert (found, complaints) == (code, "") and says in printed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("geometry",), "no function is named; expected: PACKAGE.MODULE:FUNCTION"),
        (("geography:area",), "No module named 'geography'"),
        (("geometry:volume",), "has no attribute 'volume'"),
        (("minitorch:sin",), "what to call sin with is not said; hint: give --shape"),
        (("geometry:area", "--shape", "3"), "missing 1 required positional argument"),
        (("geometry:broken", "--shape", "3"), "ValueError: not today"),
        (("geometry:cube", "--shape", "3,x"), "argument --shape: expected sizes such as 3,4, got '3,x'"),
    ],
)
def test_what_cannot_be_tried(run, arguments, says):
    code, printed, complaints = run(*arguments)
    assert (code, printed) == (2, "") and says in complaints and "Traceback" not in complaints
