"""A chain of 10^6 recorded ops: forward, backward and letting go of it, none of which may recurse."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from .workload import Code, Workload, register

LENGTH = 1_000_000


def chain(torch: Any) -> Code:
    """x + 1 + 1 + 1 ..., with the seconds that each of the three ways through the chain took."""
    start = torch.tensor([1.0], requires_grad=True)
    one = torch.tensor([1.0])

    def walk() -> dict[str, float]:
        start.grad = None
        times = [perf_counter()]
        x = start
        for _ in range(LENGTH):
            x = x + one
        times.append(perf_counter())
        x.backward(retain_graph=True)  # so that backward and letting go are measured apart
        times.append(perf_counter())
        assert x.item() == LENGTH + 1 and start.grad.item() == 1.0
        times.append(perf_counter())
        del x
        times.append(perf_counter())
        return {"forward": times[1] - times[0], "backward": times[2] - times[1], "free": times[4] - times[3]}

    return Code.step(walk)


register(
    Workload(
        "depth.chain",
        chain,
        bars={"forward torch": 3.0, "backward torch": 3.0, "free torch": 3.0},
        measures_itself=True,
        threads=(1,),
    )
)
