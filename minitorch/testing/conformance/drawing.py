"""Random numbers as rows: what draws, on which arguments it is tried, and what its numbers are compared with.

On a device whose backend draws from the host's stream the numbers must be the reference's bit for bit, and so must be the
stream's state afterwards. A device that draws itself is compared with NumPy computing the same counter-based generator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from minitorch import backend, dtypes
from minitorch.backend import Backend, Device
from minitorch.dtypes import DType
from minitorch.ops import FUNCTIONS
from minitorch.ops.samples import Sample
from minitorch.rows import OPS
from minitorch.tensor import Tensor
from minitorch.testing.compare import assert_close
from minitorch.testing.conformance.cases import Case, call, reference_device, refuses, results_of, samples, tensors_in

SEED = 20_230_427
functions: Any = FUNCTIONS


class Drawn:
    """A function that draws, with samples, so that it can stand among the rows."""

    family = "random"
    tolerance, differentiable = 1.0, False

    def __init__(self, name: str, samples: Callable[[Any], Iterator[Sample]]):
        self.name, self.samples = name, samples
        self.function: Any = functions.get(name) or (OPS[name].function if name in OPS else getattr(Tensor, name))


def new(*arguments: tuple, dtype: DType | None = None) -> Callable[[Any], Iterator[Sample]]:
    """Calls that make a tensor on the device under test, in the dtype under test."""
    return lambda make: (Sample(*each, dtype=dtype or make.dtype, device=make.device) for each in arguments)


def filled(*arguments: tuple, low: float = -3.0, high: float = 3.0) -> Callable[[Any], Iterator[Sample]]:
    """Calls on a tensor: fewer than 16 elements, more, transposed ones, none."""

    def made(make: Any) -> Iterator[Sample]:
        plain = partial(make, low=low, high=high, requires_grad=False)
        for each in arguments:
            yield Sample(plain(5), *each)
            yield Sample(plain(3, 7), *each)
            yield Sample(make.strided(3, 4, low=low, high=high, requires_grad=False), *each)
            yield Sample(plain(0, 2), *each)

    return made


def channels(*dims: int) -> Callable[[Any], Iterator[Sample]]:
    """Dropout of whole channels: of (N, C, ...)."""
    return lambda make: (Sample(make(3, 4, *[2] * (d - 2)), 0.4, True) for d in dims)


def weighted(make: Any) -> Iterator[Sample]:
    """Weights to draw indices with."""
    yield Sample(make(5, low=0.1, high=1.0), 3)
    yield Sample(make(2, 4, low=0.1, high=1.0), 6, True)


def means(make: Any) -> Iterator[Sample]:
    """Means and deviations: tensors, and tensors with numbers."""
    yield Sample(make(3, 7), make(3, 7, low=0.5, high=2.0))
    yield Sample(make(5), 2.0)
    yield Sample(1.0, make(5, low=0.5, high=2.0))


_FEW_AND_MANY = ((5,), (3, 7), (0,), (2, 1, 16))
_ALL = {
    "alpha_dropout": filled((0.3, True)),
    "bernoulli": filled((), (0.3,), low=0.1, high=0.9),
    "bernoulli_": filled((), (0.3,)),
    "cauchy_": filled(()),
    "dropout": filled((0.3, True), (1.0, True)),
    "dropout1d": channels(3),
    "dropout2d": channels(4),
    "dropout3d": channels(5),
    "exponential_": filled((), (2.0,)),
    "feature_alpha_dropout": channels(3, 4),
    "feature_dropout": channels(3, 4),
    "geometric_": filled((0.3,)),
    "log_normal_": filled(()),
    "multinomial": weighted,
    "normal": means,
    "normal_": filled((), (1.0, 2.0)),
    "rand": new(*_FEW_AND_MANY),
    "rand_like": filled(()),
    "randint": new((0, 10, (5,)), (-5, 100, (3, 7)), (7, (0,))),
    "randint_like": filled((10,)),
    "randn": new(*_FEW_AND_MANY),
    "randn_like": filled(()),
    "random_": filled((), (10,), (3, 9)),
    "randperm": new((0,), (1,), (10,)),
    "uniform_": filled((), (-1.0, 4.0)),
}
DRAWS = {name: Drawn(name, made) for name, made in _ALL.items()}


# --- The comparison ---------------------------------------------------------------------------------------------------


def philox_on_numpy() -> Backend:
    """NumPy's backend, drawing as devices that draw themselves do."""
    kind = type(backend.get("numpy"))
    return type("PhiloxOnNumPy", (kind,), {"name": "philox_on_numpy", "random_namespace": np})()


def reference_of(device: Device) -> Device:
    """Where the same seed must give the same numbers."""
    if device.backend.random_namespace is None:
        return reference_device()
    return Device(f"{__name__}:philox_on_numpy/cpu")


def drawn_cases(op: Any, dtype: DType, device: Device) -> list[Case]:
    """A draw's samples on a device and on its reference."""
    here, there = (samples(op, place, dtype, False) for place in (device, reference_of(device)))
    again = samples(op, reference_of(device), dtype, False)
    lists = zip(here, there, again, strict=True)
    return [
        Case(op, dtype, device, number, sample, None, other, more) for number, (sample, other, more) in enumerate(lists)
    ]


def check_random(case: Case) -> float | None:
    """The same seed gives the reference's numbers, and leaves the stream where the reference's is."""
    layouts = [[tensor.stride() for tensor in tensors_in(sample)] for sample in (case.sample, case.twin)]
    if layouts[0] != layouts[1]:  # numbers are drawn in the order in which elements lie in memory
        return None
    before = functions["get_rng_state"]()
    try:
        if refuses(case.op, case.raised):
            return None
        got, state = _drawn_twice(case.op, case.sample, case.device)
        wanted, expected_state = _drawn_twice(case.op, case.twin, reference_of(case.device))
    finally:
        functions["set_rng_state"](before)
    for one, other in zip(got, wanted, strict=True):
        if one.dtype is not other.dtype:
            raise AssertionError(f"expected dtype {other.dtype!r}, got {one.dtype!r}")
    on_host = case.device.backend.random_namespace is None
    if on_host and not np.array_equal(state, expected_state):
        raise AssertionError("the generator's state after the draw is not the reference's")
    return assert_close(got, wanted, factor=0.0 if on_host else 4.0, what="numbers drawn")


def _drawn_twice(op: Any, sample: Sample, device: Device) -> tuple[list[Tensor], np.ndarray]:
    """What is drawn from the seed and right after it, and the state of the host's stream then."""
    functions["manual_seed"](SEED)
    first = results_of(call(op, sample))
    after = functions["rand"](3, dtype=dtypes.float32, device=device)
    return [*first, after], functions["get_rng_state"]()._to_host()
