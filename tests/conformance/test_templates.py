"""The judges judged: each template sees a fault that is put there on purpose, and passes again without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from minitorch.autograd.saved import Slot
from minitorch.backend import Device
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS
from minitorch.tensor import Tensor
from minitorch.testing.conformance import DRAWS, TEMPLATES
from minitorch.transforms import graph
from minitorch.transforms.batching import RULES

pytest.importorskip("array_api_strict")
STRICT, NUMPY = "array_api_strict/cpu", "numpy/cpu"


def kernel(place: str, name: str, change: Callable[[Callable], Callable]) -> Callable[[pytest.MonkeyPatch], None]:
    """Put a changed kernel in place of a backend's own."""

    def sabotage(patch: pytest.MonkeyPatch) -> None:
        kernels = Device(place).kernels
        patch.setattr(kernels, name, change(getattr(kernels, name)))

    return sabotage


def refusing_bools(add: Callable) -> Callable:
    def changed(a: Any, b: Any) -> Any:
        if "bool" in str(a.dtype):
            raise TypeError("no bools")
        return add(a, b)

    return changed


def unpacking_another(patch: pytest.MonkeyPatch) -> None:
    honest = Slot.unpack
    patch.setattr(Slot, "unpack", lambda slot: honest(slot) * 2)


def ignoring_out(patch: pytest.MonkeyPatch) -> None:
    honest = OPS["exp"].function
    patch.setattr(OPS["exp"], "function", lambda input, out=None: honest(input) if out is None else out)


def uncounted(patch: pytest.MonkeyPatch) -> None:
    honest = Tensor.exp_

    def changed(self: Tensor) -> Tensor:
        before = self._writes
        honest(self)
        self._writes = before
        return self

    patch.setattr(Tensor, "exp_", changed)


def losing_nan(maximum: Callable) -> Callable:
    """A maximum that forgets nan, as C's fmax does."""
    k = Device(STRICT).kernels
    return lambda a, b: maximum(k.where(a != a, b, a), k.where(b != b, a, b))


def out_of_step(patch: pytest.MonkeyPatch) -> None:
    honest = DRAWS["rand"].function

    def changed(*size: Any, **settings: Any) -> Tensor:
        if settings["device"] is Device(STRICT):
            honest(1)
        return honest(*size, **settings)

    patch.setattr(DRAWS["rand"], "function", changed)


def not_raised(make: Any) -> Iterator[ErrorSample]:
    yield ErrorSample(Sample(make(2), make(2)), RuntimeError, "")


def other_words(make: Any) -> Iterator[ErrorSample]:
    yield ErrorSample(Sample(make(2, 3), make(2, 4)), RuntimeError, "something else")


def losing_a_tangent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OPS["sum"], "forward", lambda input, tangents: OPS["sum"].function(tangents["input"]) * 0)


def mixed_slices(patch: pytest.MonkeyPatch) -> None:
    """A batching rule that forgets to count the hidden dimension."""
    honest = RULES["permute"]
    wrong = lambda count, given: honest(count, given).roll(1, 0)
    patch.setitem(RULES, "permute", wrong)


def ignoring_keepdim(patch: pytest.MonkeyPatch) -> None:
    kernels = Device("meta").kernels
    honest = kernels.amax
    patch.setattr(kernels, "amax", lambda input, dim, keepdim: honest(input, dim, False))


def rounding_settings(patch: pytest.MonkeyPatch) -> None:
    """A trace that doesn't keep what a row was called with."""
    patch.setattr(graph, "text", lambda value, honest=graph.text: honest(-value if value == 1.5 else value))


FAULTS = {
    "a wrong value": ("forward", "exp", STRICT, kernel(STRICT, "exp", lambda exp: lambda x: exp(x) * 1.001)),
    "a wrong shape": (
        "forward",
        "sum",
        STRICT,
        kernel(STRICT, "sum", lambda sum: lambda x, dim, keepdim: sum(x, dim, True)),
    ),
    "a wrong dtype": (
        "forward",
        "add",
        NUMPY,
        kernel(NUMPY, "add", lambda add: lambda a, b: add(a, b).astype("float64")),
    ),
    "a wrong kernel in a rule": ("gradient", "sin", STRICT, kernel(STRICT, "cos", lambda cos: lambda x: -cos(x))),
    "an uncounted write": ("inplace", "exp", NUMPY, uncounted),
    "a write that isn't one": ("inplace", "exp", NUMPY, lambda patch: patch.setattr(Tensor, "exp_", lambda self: self)),
    "out= without effect": ("out", "exp", NUMPY, ignoring_out),
    "a view that is a copy": (
        "view",
        "permute",
        NUMPY,
        kernel(NUMPY, "permute", lambda f: lambda x, dims: f(x, dims).copy()),
    ),
    "a refused dtype": ("dtypes", "add", STRICT, kernel(STRICT, "add", refusing_bools)),
    "an error that isn't raised": (
        "errors",
        "add",
        NUMPY,
        lambda patch: patch.setattr(OPS["add"], "errors", not_raised),
    ),
    "an error in other words": ("errors", "add", NUMPY, lambda patch: patch.setattr(OPS["add"], "errors", other_words)),
    "nan lost": ("special", "maximum", STRICT, kernel(STRICT, "maximum", losing_nan)),
    "a tangent lost": ("tangent", "sum", NUMPY, losing_a_tangent),
    "slices mixed up": ("slices", "permute", NUMPY, mixed_slices),
    "a dimension not kept": ("meta", "amax", NUMPY, ignoring_keepdim),
    "a setting lost": ("trace", "constant_pad_nd", NUMPY, rounding_settings),
    "another stream": ("random", "rand", STRICT, out_of_step),
    "another value unpacked": ("watched", "sin", NUMPY, unpacking_another),
    "a derivative of another function": (
        "gradcheck",
        "sin",
        NUMPY,
        kernel(NUMPY, "sin", lambda sin: lambda x: sin(2 * x)),
    ),
}


def forget(device: Device) -> None:
    """Drop the kernels that are kept for float16 and bfloat16, since they were made of the changed ones."""
    kept = vars(device.short_kernels)
    for name in kept.keys() - {"backend", "kernels"}:
        del kept[name]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen(fault: str) -> None:
    template, row, place, sabotage = FAULTS[fault]
    op = DRAWS.get(row) or OPS[row]
    forget(Device(place))
    with pytest.MonkeyPatch.context() as patch:
        sabotage(patch)
        with pytest.raises(AssertionError, match=rf"^{template} of {row}\(.*\) in \w+ on {place}, sample \d+: "):
            TEMPLATES[template](op, Device(place))
    forget(Device(place))
    assert TEMPLATES[template](op, Device(place))


def test_every_template_has_a_fault() -> None:
    assert {template for template, *_ in FAULTS.values()} == TEMPLATES.keys()
