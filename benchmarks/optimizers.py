"""One step of each optimizer: over ten million parameters in 200 tensors, and over those of a small network.

`optimizer.adam` is PyTorch as it comes, which on a processor takes one tensor after another; `optimizer.adam_foreach` is its
form for many tensors. Ours is the same both times.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .workload import Code, Workload, register

SIZES = {"": [(250, 200)] * 200, "_mlp": [(128, 784), (128,), (64, 128), (64,), (10, 64), (10,)]}
SETTINGS: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.9}, "Adam": {}, "AdamW": {}, "Adadelta": {}, "Adafactor": {}, "Adagrad": {}, "Adamax": {},
    "ASGD": {}, "NAdam": {}, "RAdam": {}, "RMSprop": {}, "Rprop": {},
}  # fmt: skip
BARS = {("Adam", "", False): {"torch": 0.7}}


def _workload(name: str, size: str, foreach: bool | None) -> Workload:
    def framework(torch: Any) -> Code:
        rng = np.random.default_rng(0)
        params = []
        for shape in SIZES[size]:
            param = torch.tensor(rng.standard_normal(shape, np.float32)).requires_grad_()
            param.grad = torch.tensor(rng.standard_normal(shape, np.float32))
            params.append(param)
        optimizer = getattr(torch.optim, name)(params, foreach=foreach, **SETTINGS[name])

        def result() -> Any:
            optimizer.step()
            return params[0], params[-1]

        return Code(optimizer.step, result)

    title = f"optimizer.{name.lower()}{size}{'_foreach' if foreach else ''}"
    return Workload(title, framework, bars=BARS.get((name, size, bool(foreach)), {}))


register(*(_workload(name, size, foreach) for size in SIZES for name in SETTINGS for foreach in (None, True)))
