"""Formulas: pieces of derivatives that are worth a kernel of their own on arrays, and none of their own derivative on Tensors.

    @formula
    def layer_norm_gradients(k, g, input, weight): ...

On raw arrays `k.layer_norm_gradients` is a kernel like any other: the body below, or a backend's faster one. On Tensors
(`create_graph=True`) the same body runs on the ops, each of which is recorded, so that its derivative needs no saying.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from minitorch.backend import BODIES
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.rows import OPS, composition


def formula(definition: Callable) -> Callable:
    """Enter a body into the table as `k.<name>`, for rules and bodies only; returns the body itself."""
    BODIES[definition.__name__] = definition
    composition(public=False)(definition)
    OPS[definition.__name__].function = functools.partial(definition, OPS_ON_TENSORS)
    return definition


# --- Pieces that several families use ---------------------------------------------------------------------------------


def conjugate(k: Any, x: Any) -> Any:
    """The complex conjugate; real numbers as they are."""
    return k.conj(x) if k.is_complex(x) else x


def kept(shape: Sequence[int], dim: Sequence[int]) -> tuple[int, ...]:
    """The shape after a reduction over `dim` with keepdim=True."""
    return tuple([1 if position in dim else size for position, size in enumerate(shape)])


def count(shape: Sequence[int], dim: Sequence[int]) -> int:
    """How many elements each result of a reduction over `dim` is made of."""
    return math.prod([shape[position] for position in dim])


def centred_on_mean(k: Any, input: Any, dim: Sequence[int]) -> Any:
    """input less its mean, and less the mean of that: a large mean is rounded by more than small differences bear."""
    centred = input - k.mean(input, dim, True)
    return centred - k.mean(centred, dim, True)


def named_by_dims(name: str) -> Callable[[Any], str]:
    """PyTorch's name for the node of a reduction: it has two, one for all dims and one for some."""
    return lambda node: f"{name}Backward{1 if node.shape else 0}"
