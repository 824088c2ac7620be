"""Random programs that assign, register and delete attributes of a module leave the same module in both libraries."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from telling import LIBRARIES, error_of

VALUES: dict[str, Callable[[Any], Any]] = {
    "parameter": lambda library: library.nn.Parameter(library.ones(1)),
    "buffer": lambda library: library.nn.Buffer(library.ones(1)),
    "unsaved buffer": lambda library: library.nn.Buffer(library.ones(1), persistent=False),
    "tensor": lambda library: library.ones(1),
    "module": lambda library: library.nn.ReLU(),
    "None": lambda library: None,
    "number": lambda library: 3,
}
STEPS: dict[str, Callable[[Any, str, Any], Any]] = {
    "set": setattr,
    "set again": setattr,
    "delete": lambda module, name, value: delattr(module, name),
    "register_parameter": lambda module, name, value: module.register_parameter(name, value),
    "register_buffer": lambda module, name, value: module.register_buffer(name, value),
    "register_buffer, unsaved": lambda module, name, value: module.register_buffer(name, value, persistent=False),
    "add_module": lambda module, name, value: module.add_module(name, value),
    "_parameters": lambda module, name, value: module._parameters.pop(name),
    "_buffers": lambda module, name, value: module._buffers.pop(name),
    "_modules": lambda module, name, value: module._modules.pop(name),
}
NAMES = ("a", "b", "c", "training", "forward", "plain")


def summary(module: Any) -> list:
    """What can be seen of a module."""
    filed = [[(name, value is None) for name, value in entries.items()]
             for entries in (module._parameters, module._buffers, module._modules)]  # fmt: skip
    held = [type(getattr(module, name, None)).__name__ for name in ("a", "b", "c")]
    held = ["Tensor" if name == "Buffer" else name for name in held]  # PyTorch's buffers are plain tensors
    return [*filed, held, list(module.state_dict()), repr(module)]


def told(library: Any, seed: int) -> list:
    chosen = random.Random(seed)

    class Holder(library.nn.Module):
        plain = 1

    module, story = Holder(), []
    for _ in range(15):
        step, name, kind = (chosen.choice([*table]) for table in (STEPS, NAMES, VALUES))
        if name == "training" and step in ("set", "set again", "delete"):
            continue
        error = error_of(partial(STEPS[step], module, name, VALUES[kind](library)))
        story.append((step, name, kind, error, summary(module)))
    return story


@pytest.mark.parametrize("seed", range(150))
def test_program(seed: int) -> None:
    theirs, ours = (told(library, seed) for library in LIBRARIES)
    before = None
    for expected, got in zip(theirs, ours, strict=True):
        if got != expected:  # an assignment that fails takes away what was there in PyTorch, and nothing here
            assert got[:4] == expected[:4] and got[3] != "no error" and got[4] == before
            return
        before = got[4]
