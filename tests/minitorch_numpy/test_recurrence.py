"""The recurrent kernels against the rows' bodies, on sequences longer than conformance's, of several lengths, both ways."""

import numpy as np
import pytest
from minitorch_numpy import recurrence, threads

import minitorch
from minitorch.backend import BODIES

SIZES = {"one length": (4,) * 6, "several lengths": (7, 7, 5, 2, 2, 1), "one step": (3,), "one sequence": (1,) * 9}
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def kernels():
    return minitorch.device("numpy/cpu").kernels


def drawn(name, sizes, dtype, biases):
    """Operands and settings of a row, and gradients of those of its results that users see."""
    generator = np.random.default_rng(0)
    batch, rows, width, hidden, gates = sizes[0], sum(sizes), 5, 6, GATES[name]

    def some(*shape):
        return generator.standard_normal(shape).astype(dtype)

    states = [some(batch, hidden) for _ in range(2 if name == "lstm" else 1)]
    weights = [some(gates * hidden, width), some(gates * hidden, hidden)]
    offsets = [some(gates * hidden) for _ in range(2)] if biases else [None, None]
    gradients = [some(rows, hidden), *[some(batch, hidden) for _ in states]]
    return some(rows, width), states, weights, offsets, gradients


def assert_close(found, wanted, dtype):
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert one.dtype == other.dtype == dtype
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * max(1, np.abs(other).max()))


@pytest.fixture(params=["one thread", "three threads"])
def _threads(request, monkeypatch):
    monkeypatch.setattr(threads, "_chosen", 3 if request.param == "three threads" else 1)
    monkeypatch.setattr(recurrence, "WORTH_THREADS", 0)


@pytest.mark.usefixtures("_threads")
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "extra"), [("rnn", (False,)), ("rnn", (True,)), ("gru", ()), ("lstm", ())])
def test_kernel_and_body(name, extra, dtype, backwards, sizes):
    biases = dtype == "float64" or backwards
    x, states, weights, offsets, gradients = drawn(name, sizes, dtype, biases)
    project = (None,) if name == "lstm" else ()
    arguments = (x, *states, *weights, *offsets, *project, *extra, sizes, backwards)
    found = getattr(kernels(), f"{name}_sequence")(*arguments)
    wanted = BODIES[f"{name}_sequence"](kernels(), *arguments)
    assert_close(found, wanted, dtype)
    for g in (gradients, [None, *gradients[1:]], [gradients[0], *[None for _ in states]]):  # None: nobody asked for it
        g = [*g, *[None] * (len(wanted) - len(g))]
        arguments = (g, x, *states, *weights, *project, *extra, sizes, backwards, wanted, (True,) * 8)
        by_kernel = getattr(kernels(), f"{name}_gradients")(*arguments)
        by_body = BODIES[f"{name}_gradients"](kernels(), *arguments)
        assert_close(by_kernel, by_body, dtype)


@pytest.mark.parametrize("name", GATES)
def test_operands_stay_as_they_are(name):
    """What is written in place belongs to the kernel: states and gradients that come in are only read."""
    x, states, weights, offsets, gradients = drawn(name, (3, 3, 2), "float64", True)
    project, extra = ((None,) if name == "lstm" else ()), ((False,) if name == "rnn" else ())
    operands = [x, *states, *weights, *offsets, *gradients]
    before = [array.copy() for array in operands]
    found = getattr(kernels(), f"{name}_sequence")(x, *states, *weights, *offsets, *project, *extra, (3, 3, 2), False)
    kept = [array.copy() for array in found]
    g = [*gradients, *[None] * (len(found) - len(gradients))]
    settings = (*project, *extra, (3, 3, 2), False)
    getattr(kernels(), f"{name}_gradients")(g, x, *states, *weights, *settings, found, (True,) * 8)
    for one, other in zip([*operands, *found], [*before, *kept], strict=True):
        np.testing.assert_array_equal(one, other)
