"""Single operations at the sizes of real networks, forward and backward, and Adam's step alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .workload import Code, Workload, register

__all__ = ["SHAPES", "array", "labels"]

# What each operation works on; the gradient that goes in has the shape of what comes out.
SHAPES = {
    "softmax_cross_entropy": (512, 1000),
    "layer_norm": (16, 256, 512),
    "gelu": (16, 256, 512),
    "batch_norm": (32, 64, 32, 32),
    "conv2d": (32, 64, 32, 32),
    "max_pool2d": (32, 64, 32, 32),
    "embedding": (10000, 128),
    "attention": (8, 12, 128, 64),
    "reductions": (1024, 2048),
    "adam_step": (1_000_000,),
}


def array(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def labels(count: int, below: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, below, count)


def _forward_and_backward(name: str, function: Callable, *parameters: tuple[int, ...], **settings: Any) -> Workload:
    """out = function(F, input, *parameters); out.backward(g). What must agree: the output and all gradients."""

    def framework(torch: Any) -> Code:
        arrays = [array(shape, seed) for seed, shape in enumerate((SHAPES[name], *parameters))]
        leaves = [torch.tensor(values, requires_grad=True) for values in arrays]
        out = function(torch, *leaves)
        g = torch.tensor(array(tuple(out.shape), 9))

        def step() -> Any:
            for leaf in leaves:
                leaf.grad = None
            out = function(torch, *leaves)
            out.backward(g)
            return out, *(leaf.grad for leaf in leaves)

        return Code.step(step)

    return Workload(f"operation.{name}", framework, "operations_by_hand:build", block_seconds=0.15, **settings)


def _cross_entropy(torch: Any, x: Any) -> Any:
    rows, classes = SHAPES["softmax_cross_entropy"]
    return torch.nn.functional.cross_entropy(x, torch.tensor(labels(rows, classes)))


def _batch_norm(torch: Any, x: Any, weight: Any, bias: Any) -> Any:
    return torch.nn.functional.batch_norm(x, None, None, weight, bias, True)


def _embedding(torch: Any, weight: Any) -> Any:
    return torch.nn.functional.embedding(torch.tensor(labels(4096, SHAPES["embedding"][0])).view(32, 128), weight)


def _attention(torch: Any, q: Any, k: Any, v: Any) -> Any:
    return torch.softmax(q @ k.transpose(2, 3) * 0.125, -1) @ v


def _reductions(torch: Any) -> Code:
    x = torch.tensor(array(SHAPES["reductions"]))
    return Code.step(lambda: (x.sum(), x.sum(0), x.mean(1), x.amax(1), x.amax(0), x.var(1), x.argmax(1)))


def _adam_step(torch: Any) -> Code:
    weights = [torch.nn.Parameter(torch.tensor(array(SHAPES["adam_step"], seed))) for seed in range(4)]
    for seed, weight in enumerate(weights):
        weight.grad = torch.tensor(array(SHAPES["adam_step"], 10 + seed))
    optimizer = torch.optim.Adam(weights, lr=0.001)
    return Code(optimizer.step, lambda: (optimizer.step(), weights[0].detach())[1])


register(
    _forward_and_backward("softmax_cross_entropy", _cross_entropy),
    _forward_and_backward(
        "layer_norm", lambda torch, x, w, b: torch.nn.functional.layer_norm(x, (512,), w, b), (512,), (512,)
    ),
    _forward_and_backward("gelu", lambda torch, x: torch.nn.functional.gelu(x)),
    _forward_and_backward("batch_norm", _batch_norm, (64,), (64,)),
    _forward_and_backward(
        "conv2d", lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b, padding=1), (64, 64, 3, 3), (64,)
    ),
    _forward_and_backward("max_pool2d", lambda torch, x: torch.nn.functional.max_pool2d(x, 2)),
    _forward_and_backward("embedding", _embedding),
    _forward_and_backward("attention", _attention, SHAPES["attention"], SHAPES["attention"]),
    Workload("operation.reductions", _reductions, "operations_by_hand:build", block_seconds=0.15),
    Workload("operation.adam_step", _adam_step, "operations_by_hand:build", block_seconds=0.15),
)
