"""Autocast as the rows say it: each row runs in the dtype of its policy, on the samples that it is tried on anyway."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import minitorch
from minitorch import watching
from minitorch.amp import policies
from minitorch.rows import OPS, composition
from minitorch.tensor import Tensor
from minitorch.testing.make import Make

pytest.importorskip("ml_dtypes")

LOWER, FLOAT32 = minitorch.bfloat16, minitorch.float32
ROWS = [op for op in OPS.values() if op.autocast]
ON_CPU = [op for op in ROWS if "cpu" in op.autocast and op.samples is not None]


def floats(result: Any) -> list[Any]:
    """The dtypes of the floating point results."""
    parts = result if isinstance(result, list | tuple) else [result]
    return [part.dtype for part in parts if isinstance(part, Tensor) and part.is_floating_point()]


def test_policies_and_device_types_are_known() -> None:
    assert len(ROWS) > 150
    assert {policy for op in ROWS for policy in op.autocast.values()} == set(policies._POLICIES)
    assert {device for op in ROWS for device in op.autocast} == set(policies.DEVICE_TYPES)


@pytest.mark.parametrize("op", ON_CPU, ids=lambda op: op.name)
def test_a_row_runs_in_the_dtype_that_it_says(op: Any) -> None:
    policy = op.autocast["cpu"]
    given = LOWER if policy == "float32" else FLOAT32
    expected = LOWER if policy == "lower" else FLOAT32
    for sample in list(op.samples(Make(FLOAT32)))[:3]:

        def converted(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return type(value)(converted(part) for part in value)
            short = isinstance(value, Tensor) and value.dtype is FLOAT32
            return value.detach().to(given) if short else value

        with minitorch.autocast("cpu"):
            args = [converted(arg) for arg in sample.args]
            result = op.function(*args, **{name: converted(value) for name, value in sample.kwargs.items()})
        assert set(floats(result)) <= {expected}


def test_nothing_is_left_behind() -> None:
    weight = minitorch.ones(2, 2, requires_grad=True)
    with minitorch.autocast("cpu"):
        with minitorch.autocast("cpu"):
            weight @ weight
        assert len(policies.settings.kept) == 1
    assert not policies.settings.kept
    with (
        pytest.raises(ZeroDivisionError),
        minitorch.autocast("cpu"),
        minitorch.autocast("cpu", dtype=minitorch.float16),
    ):
        1 // 0
    assert not minitorch.is_autocast_enabled("cpu") and minitorch.get_autocast_dtype("cpu") is LOWER
    assert not watching.watching() and not policies.settings.kept and policies.settings.nesting == 0


def test_where_the_memory_is_given_it_says_the_dtype() -> None:
    x, target = minitorch.full((2, 2), 1.001), minitorch.zeros(2, 2)
    exact = x @ x
    with minitorch.autocast("cpu"):
        assert minitorch.equal(target.clone().addmm_(x, x), exact)
        assert minitorch.equal(minitorch.mm(x, x, out=target), exact)
        assert minitorch.equal(minitorch.addmm(minitorch.zeros(2, 2), x, x, out=target), exact)
        recorded = minitorch.zeros(2, 2, requires_grad=True) * 1
        assert minitorch.equal(recorded.addmm_(x, x).detach(), exact)


def test_a_thread_has_autocast_of_its_own() -> None:
    x, found = minitorch.ones(2, 2), []

    def elsewhere() -> None:
        found.append((x @ x).dtype)
        with minitorch.autocast("cpu", dtype=minitorch.float16):
            started.set()
            go_on.wait(10)
            found.append((x @ x).dtype)

    started, go_on = threading.Event(), threading.Event()
    thread = threading.Thread(target=elsewhere)
    with minitorch.autocast("cpu"):
        thread.start()
        started.wait(10)
        found.append((x @ x).dtype)
    found.append((x @ x).dtype)
    go_on.set()
    thread.join()
    assert found == [FLOAT32, LOWER, FLOAT32, minitorch.float16]
    assert not watching.watching()


def test_a_row_of_ones_own_says_its_policy() -> None:
    def squared_distance(input: Any, other: Any) -> Any:
        return (input - other).square().sum()

    squared_distance.__annotations__ = {"input": "Array", "other": "Array"}
    try:
        function = composition(autocast="cpu float32")(squared_distance)
        short = minitorch.ones(2).bfloat16()
        assert function(short, short).dtype is LOWER
        with minitorch.autocast("cpu"):
            assert function(short, short).dtype is FLOAT32
        assert function(short, short).dtype is LOWER
    finally:
        del OPS["squared_distance"], Tensor.squared_distance
