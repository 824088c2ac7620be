"""Tensors of 2 × 3: no work to speak of, so what is measured is the way of a call through the library."""

from __future__ import annotations

from typing import Any

import numpy as np

from .workload import Code, Workload, register

X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]], np.float32)
Y = np.array([[1.0, 0.5, -0.75], [0.25, -2.0, 1.25]], np.float32)

# name: (minitorch and PyTorch, NumPy)
FORWARD = {
    "add": ("x + y", "x + y"),
    "mul": ("x * y", "x * y"),
    "mul_scalar": ("x * 2.0", "x * 2.0"),
    "matmul": ("x @ z", "x @ z"),
    "exp": ("torch.exp(x)", "np.exp(x)"),
    "relu": ("torch.relu(x)", "np.maximum(x, zeros)"),
    "sum": ("x.sum()", "np.add.reduce(x, None)"),
    "mean": ("x.mean()", "np.add.reduce(x, None) / sixth"),
    "index": ("x[0]", "x[0]"),
    "view": ("x.view(6)", "x.reshape(6)"),
    "mixed": (
        "((torch.exp(x * 0.5) + y).relu() * y - x @ (z @ x)).view(6)[1:].sum() * 2.0",
        "np.add.reduce((np.maximum(np.exp(x * 0.5) + y, zeros) * y - x @ (z @ x)).reshape(6)[1:]) * 2.0",
    ),
}
CHAIN = "loss = ((((x * y + x).sin() * y + x).sin() * y + x).sin() * y).sum(); loss.backward()"
PRODUCT = "loss = (x * y).sum(); loss.backward()"
PRODUCT_BY_HAND = "np.add.reduce(x * y, None); gx = ones * y; gy = ones * x"
CHAIN_BY_HAND = """
a = x * y + x; sa = np.sin(a); b = sa * y + x; sb = np.sin(b); c = sb * y + x; sc = np.sin(c); loss = np.add.reduce(sc * y, None)
gc = y * np.cos(c); gb = gc * y * np.cos(b); ga = gb * y * np.cos(a)
gx = gc + gb + ga * y + ga; gy = sc + gc * sb + gb * sa + ga * x
"""


def _tensors(torch: Any, requires_grad: bool) -> dict[str, Any]:
    tensors = {"x": torch.tensor(X), "y": torch.tensor(Y), "z": torch.tensor(X.T.copy())}
    for tensor in tensors.values():
        tensor.requires_grad_(requires_grad)
    return {"torch": torch, **tensors}


def _arrays() -> dict[str, Any]:
    more = {"zeros": np.zeros_like(X), "ones": np.ones_like(X), "sixth": np.float32(6)}
    return {"np": np, "x": X, "y": Y, "z": X.T.copy(), **more}


def _forward(name: str, expression: str, by_hand: str, requires_grad: bool) -> Workload:
    def framework(torch: Any) -> Code:
        names = _tensors(torch, requires_grad)
        return Code(expression, lambda: eval(expression, names), names)

    def numpy() -> Code:
        names = _arrays()
        return Code(by_hand, lambda: eval(by_hand, names), names)

    group = "tiny_recorded" if requires_grad else "tiny"
    return Workload(f"{group}.{name}", framework, numpy, {"torch": 0.8}, block_seconds=0.02, threads=(1,))


def _backward(name: str, statement: str, by_hand: str) -> Workload:
    def framework(torch: Any) -> Code:
        names = _tensors(torch, True)

        def result() -> tuple:
            names["x"].grad = names["y"].grad = None
            exec(statement, names)
            return names["x"].grad, names["y"].grad

        return Code(statement, result, names)

    def numpy() -> Code:
        names = _arrays()

        def result() -> tuple:
            exec(by_hand, names)
            return names["gx"], names["gy"]

        return Code(by_hand, result, names)

    return Workload(f"tiny_backward.{name}", framework, numpy, {"torch": 1.0}, block_seconds=0.02, threads=(1,))


register(*(_forward(name, *codes, False) for name, codes in FORWARD.items()))
register(*(_forward(name, *codes, True) for name, codes in FORWARD.items()))
register(_backward("product", PRODUCT, PRODUCT_BY_HAND), _backward("chain", CHAIN, CHAIN_BY_HAND))
