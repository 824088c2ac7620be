"""Tensors of 2 × 3: no work to speak of, so what is measured is the way of a call through the library."""

from __future__ import annotations

from typing import Any

import numpy as np

from .workload import Code, Workload, register

X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]], np.float32)
Y = np.array([[1.0, 0.5, -0.75], [0.25, -2.0, 1.25]], np.float32)

# By name: how minitorch and PyTorch say it, and how NumPy does.
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
BACKWARD = {
    "product": (
        "loss = (x * y).sum(); loss.backward()",
        "loss = np.add.reduce(x * y, None); gx = ones * y; gy = ones * x",
    ),
    "chain": (
        "loss = ((((x * y + x).sin() * y + x).sin() * y + x).sin() * y).sum(); loss.backward()",
        """
a = x * y + x; sa = np.sin(a); b = sa * y + x; sb = np.sin(b); c = sb * y + x; sc = np.sin(c); loss = np.add.reduce(sc * y, None)
gc = y * np.cos(c); gb = gc * y * np.cos(b); ga = gb * y * np.cos(a)
gx = gc + gb + ga * y + ga; gy = sc + gc * sb + gb * sa + ga * x
""",
    ),
}


def _tensors(torch: Any, requires_grad: bool) -> dict[str, Any]:
    tensors = {"x": torch.tensor(X), "y": torch.tensor(Y), "z": torch.tensor(X.T.copy())}
    for tensor in tensors.values():
        tensor.requires_grad_(requires_grad)
    return {"torch": torch, **tensors}


def _arrays() -> dict[str, Any]:
    more = {"zeros": np.zeros_like(X), "ones": np.ones_like(X), "sixth": np.float32(6)}
    return {"np": np, "x": X, "y": Y, "z": X.T.copy(), **more}


def _forward(name: str, expression: str, requires_grad: bool) -> Workload:
    def framework(torch: Any) -> Code:
        names = _tensors(torch, requires_grad)
        return Code(expression, lambda: eval(expression, names), names)

    group = "tiny_recorded" if requires_grad else "tiny"
    return Workload(f"{group}.{name}", framework, "tiny:by_hand", {"torch": 0.8}, block_seconds=0.02, threads=(1,))


def _backward(name: str, statement: str) -> Workload:
    def framework(torch: Any) -> Code:
        names = _tensors(torch, True)

        def result() -> tuple:
            names["x"].grad = names["y"].grad = None
            exec(statement, names)
            return names["x"].grad, names["y"].grad

        return Code(statement, result, names)

    return Workload(
        f"tiny_backward.{name}", framework, "tiny:by_hand", {"torch": 1.0}, block_seconds=0.02, threads=(1,)
    )


def by_hand(name: str) -> Code:
    """The same on arrays; the gradients are worked out by hand."""
    group, _, row = name.partition(".")
    names = _arrays()
    if group != "tiny_backward":
        expression = FORWARD[row][1]
        return Code(expression, lambda: eval(expression, names), names)
    statement = BACKWARD[row][1]

    def result() -> tuple:
        exec(statement, names)
        return names["gx"], names["gy"]

    return Code(statement, result, names)


register(
    *(_forward(name, code, requires_grad) for requires_grad in (False, True) for name, (code, _) in FORWARD.items())
)
register(*(_backward(name, code) for name, (code, _) in BACKWARD.items()))
