"""One script run with both libraries must tell the same story.

A script takes a library and a list, and notes in the list what it sees; an error that ends it is noted too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

LIBRARIES = (torch, minitorch)
NUMBER = re.compile(r"-?\d+\.\d*(?:e[+-]?\d+)?|-?\binf\b|\bnan\b")


def tell(script: Callable[[Any, list], None], library: Any) -> list[str]:
    """What a script noted; an exception is noted too, by type and message."""
    story: list = []
    try:
        library.manual_seed(0)
        script(library, story)
    except Exception as error:
        story.append(f"{builtin(type(error))}: {error}")
    return [str(line) for line in story]


def builtin(kind: type) -> str:
    """The name of an exception's type, or of the builtin that it is."""
    return next(base.__name__ for base in kind.__mro__ if base.__module__ == "builtins")


def error_of(call: Callable[[], Any]) -> str:
    """The builtin type of the error that a call raises, and the first word of its text; or that it raises none."""
    try:
        call()
    except Exception as error:
        return builtin(type(error))
    return "no error"


def assert_same_story(script: Callable[[Any, list], None], rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """The same lines from both libraries, their floating-point numbers but nearly."""
    expected, got = (tell(script, library) for library in LIBRARIES)
    for position, (theirs, ours) in enumerate(zip(expected, got, strict=False)):
        same = NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
        assert same, f"line {position} of the story:\n{ours}\ninstead of\n{theirs}"
        numbers = [np.array([float(text) for text in NUMBER.findall(line)]) for line in (ours, theirs)]
        np.testing.assert_allclose(*numbers, rtol=rtol, atol=atol, err_msg=f"line {position} of the story: {theirs}")
    assert len(got) == len(expected), (got[len(expected) :], expected[len(got) :])
