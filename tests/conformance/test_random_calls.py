"""Random calls over the op table: a few thousand of them each time, what they must find, and errors that name the op."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import minitorch
from minitorch import errors
from minitorch.backend import Device
from minitorch.nn import functional
from minitorch.ops.samples import Sample
from minitorch.rows import OPS
from minitorch.testing import random_calls
from minitorch.testing.conformance.cases import results_of

CALLS = 3000
CPU = Device("numpy/cpu")


@pytest.fixture(scope="module")
def outcomes():
    return random_calls.run(CALLS, seed=20)


def test_every_call_is_right_or_an_error_that_names_the_op(outcomes) -> None:
    faulty = [line for line in random_calls.report(outcomes) if ": " in line][2:]
    assert not [outcome for outcome in outcomes if outcome.faults], "\n".join(faulty)


def test_the_calls_are_worth_making(outcomes) -> None:
    """Enough of them succeed and enough are refused, for many ops, dtypes and layouts."""
    endings = [outcome.ending for outcome in outcomes]
    assert len(outcomes) > 0.95 * CALLS
    assert 0.4 < endings.count("equal") / len(endings) < 0.9
    assert {"TypeError", "RuntimeError", "IndexError", "ValueError", "OutOfMemory"} <= set(endings)
    assert len({outcome.op for outcome in outcomes}) == len(random_calls.targets()) > 500


def test_a_seed_makes_the_same_call_again() -> None:
    one, other = (random_calls.again("conv2d", "3.7") for _ in range(2))
    assert repr(one) == repr(other)
    assert repr(one) != repr(random_calls.again("conv2d", "3.8"))


# --- What must be found -----------------------------------------------------------------------------------------------


def _raise(error: Exception) -> Any:
    raise error


def _by_strides(input: Any) -> Any:
    return input * 1 if input.is_contiguous() else input + 1


def _rounded(input: Any) -> Any:
    return input.half().float() if input.dtype is minitorch.float32 else input * 1


def _changing(input: Any) -> Any:
    with minitorch.no_grad():
        input.detach().mul_(2)
    return input * 0


def _warning(input: Any) -> Any:
    warnings.warn("divide by zero", RuntimeWarning, stacklevel=1)
    return input * 1


FAULTY: dict[str, tuple[Callable, str]] = {
    "an error that is none": (lambda input: _raise(AssertionError("broken()")), "error"),
    "an attribute": (lambda input: _raise(AttributeError("broken()")), "error"),
    "an anonymous error": (lambda input: _raise(RuntimeError("no")), "unnamed"),
    "strides": (_by_strides, "differs"),
    "precision": (_rounded, "differs"),
    "a changed input": (_changing, "changed"),
    "a warning": (_warning, "warning"),
    "too slow": (lambda input: sum(range(300_000)) and input * 1, "slow"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faults_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_calls, "LONGEST", 0.003)

    class Broken:
        family, tolerance, parameters = "broken", 1.0, ()

        def samples(self, make: Any) -> Any:
            yield Sample(make(3, 4))
            yield Sample(make.strided(3, 4))

    broken: Any = Broken()
    broken.name, (broken.function, kind) = "broken", FAULTY[name]
    monkeypatch.setattr(random_calls, "_kept", {})
    tried = filter(None, (random_calls.tried(broken, str(seed), CPU) for seed in range(60)))
    assert any(fault.kind == kind for outcome in tried for fault in outcome.faults)


# --- Errors name the op that was called -------------------------------------------------------------------------------


def message_of(call: Callable[[], object], kind: Any) -> str:
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_the_op_that_was_called_is_named() -> None:
    x = minitorch.ones(2, 3)
    text = message_of(lambda: x.sum(5), IndexError)
    first, where = text.splitlines()
    assert first.startswith("Dimension out of range")
    assert where == "  where:    sum(input=[2, 3] torch.float32, dim=5, keepdim=False, dtype=None)"
    text = message_of(lambda: minitorch.std(x, dim=7), IndexError)  # which is served by another op
    assert text.count("where:") == 1 and "std(input=" in text and "var" not in text


def test_what_python_raises_becomes_what_users_catch() -> None:
    x = minitorch.ones(2, 3)
    text = message_of(lambda: x.sum(0, dtype="float"), TypeError)
    assert "wrong type" in text and "sum(" in text
    text = message_of(lambda: minitorch.full((2,), 300, dtype=minitorch.uint8), RuntimeError)
    assert "full(" in text
    text = message_of(lambda: minitorch.linspace(0, b"x", 3, dtype=minitorch.bfloat16), TypeError)
    assert "linspace(" in text
    with pytest.raises(TypeError, match=r"must be a torch.dtype"):
        minitorch.zeros(2, dtype=1)
    assert minitorch.ones(1, dtype=minitorch.bfloat16).dtype is minitorch.bfloat16


def test_a_method_with_too_many_arguments_says_its_name() -> None:
    assert "sqrt()" in message_of(lambda: minitorch.sqrt(minitorch.ones(2), 1), TypeError)
    assert "atan() takes 1" in message_of(lambda: minitorch.ones(2).atan(1), TypeError)


def test_an_error_of_ours_stays_what_it_is() -> None:
    with pytest.raises(errors.ShapeMismatch) as caught:
        minitorch.ones(2).add(minitorch.ones(3))
    assert caught.value.__cause__ is not None and "add(" in str(caught.value)
    with pytest.raises(KeyboardInterrupt):  # is none of the op's
        OPS["add"].function(minitorch.ones(2), Interrupting())


class Interrupting:
    @property
    def dtype(self) -> Any:
        raise KeyboardInterrupt


# --- Requests for too much --------------------------------------------------------------------------------------------

MUCH = 2**40
HUGE: dict[str, Callable[[], object]] = {
    "zeros": lambda: minitorch.zeros(MUCH),
    "full": lambda: minitorch.full((MUCH,), 1.0),
    "ones": lambda: minitorch.ones(2**20, 2**20, dtype=minitorch.bool),
    "rand": lambda: minitorch.rand(MUCH),
    "randperm": lambda: minitorch.randperm(MUCH),
    "arange": lambda: minitorch.arange(MUCH),
    "linspace": lambda: minitorch.linspace(0, 1, MUCH),
    "eye": lambda: minitorch.eye(2**20),
    "tril_indices": lambda: minitorch.tril_indices(2**20, 2**20),
    "tile": lambda: minitorch.ones(2).tile((MUCH,)),
    "clone": lambda: minitorch.ones(1).expand(MUCH).clone(),
    "exp": lambda: minitorch.ones(1).expand(MUCH).exp(),
    "mul": lambda: minitorch.ones(2**20, 1) * minitorch.ones(1, 2**20),
    "one_hot": lambda: functional.one_hot(minitorch.tensor([0, 1]), MUCH),
    "pad": lambda: functional.pad(minitorch.ones(2), (0, MUCH)),
    "interpolate": lambda: functional.interpolate(minitorch.ones(1, 1, 2, 2), (2**20, 2**20)),
    "adaptive_avg_pool2d": lambda: functional.adaptive_avg_pool2d(minitorch.ones(1, 1, 2, 2), 2**20),
    "adaptive_max_pool2d": lambda: functional.adaptive_max_pool2d(minitorch.ones(1, 1, 3, 3), 2**20),
    "col2im": lambda: functional.fold(minitorch.ones(1, 4, 1), (2**20, 2**20), (2, 2), stride=2**20),
    "hann_window": lambda: minitorch.hann_window(MUCH),
    "vander": lambda: minitorch.vander(minitorch.ones(2), MUCH),
    "repeat_interleave": lambda: minitorch.repeat_interleave(minitorch.ones(2), MUCH),
    "diag_embed": lambda: minitorch.diag_embed(minitorch.ones(2), MUCH),
    "fft": lambda: minitorch.fft.fft(minitorch.ones(2), MUCH),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_request_for_a_million_million_elements_fails_at_once(name: str) -> None:
    start = time.process_time()
    text = message_of(HUGE[name], (MemoryError, RuntimeError, ValueError))
    assert time.process_time() - start < 1
    assert name in text


def test_large_sizes_that_fit_are_served_without_loops_over_elements() -> None:
    start = time.process_time()
    pooled = functional.adaptive_avg_pool1d(minitorch.tensor([[[1.0, 2.0, 4.0]]]), 2**17)
    padded = functional.pad(minitorch.ones(1, 1, 3), (2**17, 2**17), mode="replicate")
    tiled = minitorch.ones(3).tile((2**17,))
    assert time.process_time() - start < 1
    assert [tuple(t.shape) for t in results_of([pooled, padded, tiled])] == [
        (1, 1, 2**17),
        (1, 1, 3 + 2**18),
        (3 * 2**17,),
    ]
    assert pooled[0, 0, :: 2**15].tolist() == [1.0, 1.0, 2.0, 4.0]
