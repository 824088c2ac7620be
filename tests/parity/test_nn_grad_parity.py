"""nn.grad, the gradients of convolutions as functions, against PyTorch's."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

OTHERS = ["grad_output", "stride", "padding", "dilation", "groups"]
SETTINGS = [{}, {"stride": 2, "padding": 1}, {"dilation": 2, "groups": 2}, {"stride": 3, "padding": 2, "groups": 2}]


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_gradients_of_convolutions(ndim: int, settings: dict) -> None:
    random, groups = np.random.default_rng(ndim), settings.get("groups", 1)
    input, weight = (
        random.standard_normal((2, 4, *(7, 6, 8)[:ndim])),
        random.standard_normal((6, 4 // groups, *(2, 3, 2)[:ndim])),
    )
    seen = []
    for library in (torch, minitorch):
        function = getattr(library.nn.functional, f"conv{ndim}d")
        x, w = library.tensor(input), library.tensor(weight)
        g = function(x, w, **settings).cos()
        by_input, by_weight = (getattr(library.nn.grad, f"conv{ndim}d_{of}") for of in ("input", "weight"))
        assert list(inspect.signature(by_input).parameters) == ["input_size", "weight", *OTHERS]
        assert list(inspect.signature(by_weight).parameters) == ["input", "weight_size", *OTHERS]
        seen.append((by_input(x.shape, w, g, **settings).numpy(), by_weight(x, w.shape, g, **settings).numpy()))
    for theirs, ours in zip(*seen, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
