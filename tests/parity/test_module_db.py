"""PyTorch's own database of modules, run on minitorch.

`module_db` says how PyTorch makes and calls the modules of torch.nn; more_modules.py says it of those that it leaves out. Here
each is made in both libraries from one seed, and text, state, first values, results, gradients of inputs and parameters, the
state after the call and errors are compared.

    module_db_deviations.toml   [missing]: entries that minitorch doesn't have yet; [[deviation]]: where it is meant to differ.
                                What exists now, or no longer differs, must go from the list.

    MINITORCH_MODULE_SAMPLES=all pytest tests/parity/test_module_db.py    tries every call, not some of each entry
    python tests/parity/test_module_db.py --count                         tries every call, and counts the entries that are right
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import inspect
import os
import pickle
import re
import sys
import tomllib
import types
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from unittest import mock

import pytest

import minitorch

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
pytest.importorskip("ml_dtypes")

from opinfo.checks import Check, derivatives, same_gradient, seed  # noqa: E402
from opinfo.comparison import same  # noqa: E402
from opinfo.database import LISTS, found  # noqa: E402
from opinfo.deviations import Verdict, listed  # noqa: E402
from opinfo.translation import Ours, Precise, shown, tensors_in  # noqa: E402

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from more_modules import MORE, UNTRIED
    from torch.testing._internal.common_modules import ModuleErrorEnum, module_db

FILE = "module_db_deviations.toml"
MISSING: dict[str, str] = tomllib.loads((LISTS / FILE).read_text())["missing"]
DEVIATIONS = listed(FILE)
TAKEN_APART = (torch.nn.TransformerEncoderLayer, torch.nn.TransformerDecoderLayer)  # modules that others are made of
UNSHARED = {"made_from", "use_nested_tensor"}  # attributes of the test's own; about a form of tensor that isn't here
SAMPLES = os.environ.get("MINITORCH_MODULE_SAMPLES", "")


class Entry:
    """One entry of the database."""

    variant_test_name = ""

    def __init__(self, info: Any):
        self.info, self.name = info, info.module_cls.__name__

    theirs = property(lambda self: self.info.module_cls)
    ours = property(lambda self: getattr(minitorch.nn, self.name, None))

    def takes(self, dtype: str) -> bool:
        return getattr(torch, dtype) in self.info.supported_dtypes("cpu")

    def calls(self, dtype: str, function: str = "module_inputs_func") -> Iterator[Call]:
        """The database's calls, in training and, where that differs, in use."""
        for training in (True, False) if self.info.train_and_eval_differ else (True,):
            torch.manual_seed(7)
            with ExitStack() as patches:
                for kind in TAKEN_APART:
                    patches.enter_context(mock.patch.object(kind, "__init__", remembering(kind.__init__)))
                make = getattr(self.info, function)
                inputs = make(self.info, "cpu", getattr(torch, dtype), dtype in ("float64", "float32"), training)
            yield from (Call(self, input, dtype, training) for input in inputs)


def remembering(init: Any) -> Any:
    """A module's __init__ that keeps what it was called with."""

    def remembered(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.made_from = args, kwargs

    return remembered


class Call:
    """How the database makes a module and calls it; `input` is how a failure's message says how it was made."""

    def __init__(self, entry: Entry, made: Any, dtype: str, training: bool):
        made = getattr(made, "module_error_input", made)
        self.entry, self.training, self.dtype = entry, training, dtype
        self.made_from, self.made_with = made.constructor_input.args, dict(made.constructor_input.kwargs)
        if "dtype" in inspect.signature(entry.theirs).parameters or entry.name in ("RNN", "GRU", "LSTM"):
            self.made_with |= {"dtype": getattr(torch, dtype)}
        self.args = getattr(made.forward_input, "args", ())  # none where making it is the error
        self.kwargs = getattr(made.forward_input, "kwargs", {})
        made = types.SimpleNamespace(input=entry.name, args=self.made_from, kwargs=self.made_with)
        self.input = type("Made", (), {"__repr__": lambda self: f"{shown(made)}{'' if training else '.eval()'}"})()


class Twins(Ours):
    """A call with minitorch's tensors, modules and functions."""

    def __init__(self, call: Call):
        self.kept: list[Any] = []
        super().__init__(types.SimpleNamespace(input=None, args=call.args, kwargs=call.kwargs))
        self.made_from, self.made_with = self.of(call.made_from), self.of(call.made_with)

    def of(self, value: Any) -> Any:
        if isinstance(value, torch.nn.utils.rnn.PackedSequence):
            return minitorch.nn.utils.rnn.PackedSequence(*[self.of(part) for part in value])
        if isinstance(value, TAKEN_APART):
            args, kwargs = self.of(value.made_from)
            twin = getattr(minitorch.nn, type(value).__name__)(*args, **kwargs)
            twin.load_state_dict(self.state_of(value))
            return twin
        if dataclasses.is_dataclass(value):
            fields = {field.name: self.of(getattr(value, field.name)) for field in dataclasses.fields(value)}
            return getattr(minitorch.nn, type(value).__name__)(**fields)
        if inspect.isroutine(value):
            return found(minitorch, f"nn.functional.{value.__name__}")
        return super().of(value)

    def state_of(self, module: Any) -> dict[str, Any]:
        """The state of PyTorch's module; it is kept, since tensors are known by their id."""
        self.kept.append(dict(module.state_dict()))
        return self.of(self.kept[-1])


# --- What is compared -------------------------------------------------------------------------------------------------


def make(library: Any, kind: Any, call: Any, dummy: Any = None) -> Any:
    """The module from seed 0; a lazy one is called once."""
    library.manual_seed(0)
    module = kind(*call.made_from, **call.made_with)
    if dummy is not None:
        module(*dummy)
    return module


def attempted(module: Any, call: Any) -> tuple[Any, Exception | None]:
    torch.manual_seed(42)
    minitorch.manual_seed(42)
    try:
        return module(*call.args, **call.kwargs), None
    except Exception as error:
        return None, error


def compare(call: Call, tolerance: float) -> None:
    """Fail unless both libraries' modules are alike, from their making to the gradients after a call."""
    twins, entry = Twins(call), call.entry
    lazy = entry.info.is_lazy
    theirs = make(torch, entry.theirs, call, [t.detach() for t in call.args] if lazy else None)
    ours = make(minitorch, entry.ours, twins, [t.detach() for t in twins.args] if lazy else None)
    if not lazy:
        theirs.to(getattr(torch, call.dtype)), ours.to(getattr(minitorch, call.dtype))
    assert repr(ours) == repr(theirs), f"the text is {ours!r}, torch's is {theirs!r}"
    for name, value in vars(theirs).items():
        if not name.startswith("_") and name not in UNSHARED and not isinstance(value, torch.nn.Module):
            assert getattr(ours, name) == twins.of(value), f"{name} is {getattr(ours, name)!r}, torch's is {value!r}"
    same_state(ours, theirs, 0.0, "first values of ")
    assert minitorch.rand(2).tolist() == torch.rand(2).tolist(), (
        "the first values used another number of random numbers"
    )
    ours.load_state_dict(twins.state_of(theirs))
    ours.train(call.training), theirs.train(call.training)
    ours = pickle.loads(pickle.dumps(ours))
    precise = copy.deepcopy(theirs).double()
    expected, their_error = attempted(theirs, call)
    result, error = attempted(ours, twins)
    for problem in (their_error, error):
        if problem is not None:  # the database means these calls to work
            raise problem
    doubled = Precise(types.SimpleNamespace(input=None, args=call.args, kwargs=call.kwargs))
    truth = attempted(precise, doubled)[0]
    arguments = [
        (twins.of(given), given, double)
        for given, double in zip(*[tensors_in([each.args, each.kwargs]) for each in (call, doubled)], strict=True)
        if given.requires_grad
    ]
    same(result, expected, tolerance, truth=truth)
    same_state(ours, theirs, tolerance, "after the call, ")
    if call.dtype in ("float64", "float32"):
        compare_gradients(
            [part for part in zip(*map(tensors_in, (result, expected, truth)), strict=True) if part[1].requires_grad],
            [*arguments, *zip(ours.parameters(), theirs.parameters(), precise.parameters(), strict=True)],
            tolerance,
        )


def same_state(ours: Any, theirs: Any, tolerance: float, where: str) -> None:
    state, expected = ours.state_dict(), theirs.state_dict()
    assert list(state) == list(expected), f"{where}: keys {list(state)}, torch's are {list(expected)}"
    for name, value in expected.items():
        same(state[name], value, tolerance, where + name)


def compare_gradients(outputs: list[tuple], inputs: list[tuple], tolerance: float) -> None:
    """The gradients of inputs and parameters: ours, PyTorch's, and where they differ those in double precision."""
    if not outputs or not inputs:
        return
    seeds = [seed(expected) for _, expected, _ in outputs]
    gradients = derivatives([part[:2] for part in outputs], [part[:2] for part in inputs], seeds)
    for number, (one, other) in enumerate(gradients):
        try:
            same_gradient(one, other, f"gradient {number}", tolerance)
        except AssertionError:
            if one is None or other is None:
                raise
            truths, sources = ([part[2] for part in parts] for parts in (outputs, inputs))
            doubles = [theirs.double() for _, theirs in seeds]
            known = torch.autograd.grad(truths, sources, doubles, allow_unused=True, retain_graph=True)
            same(one.detach(), other.detach(), tolerance, f"gradient {number}", known[number])


def compare_errors(call: Call) -> None:
    """Fail unless both libraries refuse in the same place, with an error of the same type."""
    twins, seen = Twins(call), []
    for library, kind, own in ((torch, call.entry.theirs, call), (minitorch, call.entry.ours, twins)):
        try:
            module = make(library, kind, own)
            seen.append((ModuleErrorEnum.FORWARD_ERROR, attempted(module, own)[1]))
        except Exception as error:
            seen.append((ModuleErrorEnum.CONSTRUCTION_ERROR, error))
    (expected_place, expected), (place, error) = seen
    assert error is not None or expected is None, f"torch raises {expected!r}, here nothing is"
    assert place is expected_place, (
        f"torch raises {expected!r} in {expected_place.name}, here {error!r} in {place.name}"
    )
    assert isinstance(error, type(expected)), f"torch raises {expected!r}, here it is {error!r}"


def check(dtype: str) -> Check:
    return Check(
        dtype,
        "values",
        lambda entry: entry.takes(dtype),
        lambda entry: ((call, lambda tolerance, call=call: compare(call, tolerance)) for call in entry.calls(dtype)),
    )


CHECKS = [
    *map(check, ("float64", "float32", "float16", "bfloat16")),
    Check(
        "errors",
        "errors",
        lambda entry: entry.info.module_error_inputs_func is not None,
        lambda entry: (
            (call, lambda tolerance, call=call: compare_errors(call))
            for call in entry.calls("float32", "module_error_inputs_func")
        ),
    ),
]
COUNTS = {"float64": 6, "float32": 12, "errors": 1000}  # calls tried of each entry, evenly spread over the database's
ENTRIES = [Entry(info) for info in [*module_db, *MORE]]
PRESENT = [entry for entry in ENTRIES if entry.ours is not None]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize(
    ("entry", "check"),
    [
        pytest.param(entry, check, id=f"{entry.name}-{check.name}")
        for entry in PRESENT
        for check in CHECKS
        if check.applies(entry)
    ],
)
def test_parity(entry: Entry, check: Check) -> None:
    count = None if SAMPLES == "all" else int(SAMPLES or COUNTS.get(check.name, 3))
    verdict = Verdict(entry, check, count, DEVIATIONS)
    assert not verdict.failures, "\n".join([f"{len(verdict.failures)} calls differ", *verdict.failures[:5]])
    assert not verdict.gone, f"this deviation is gone, take it from {FILE}: {verdict.gone}"


def test_lists_are_fresh() -> None:
    missing = {entry.name for entry in ENTRIES} - {entry.name for entry in PRESENT}
    assert set(MISSING) == missing, f"present now, or missing and not said so in {FILE}: {set(MISSING) ^ missing}"
    assert {name for deviation in DEVIATIONS for name in deviation.ops} <= {entry.name for entry in PRESENT}
    assert len(module_db) == 114


def test_every_module_is_tried() -> None:
    theirs = {
        name for name, kind in vars(torch.nn).items() if isinstance(kind, type) and issubclass(kind, torch.nn.Module)
    }
    assert theirs - {entry.name for entry in ENTRIES} == UNTRIED
    missing = {name for name in theirs if not hasattr(minitorch.nn, name)}
    arriving = {"RNNBase", "RNNCellBase"} if "RNN" in MISSING else set()
    assert missing <= MISSING.keys() | arriving, missing


def command() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", action="store_true", help="what this command does")
    parser.add_argument("--only", default="", help="a pattern of the entries' names")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    wrong, announced, calls = [], {}, 0
    tried = [entry for entry in PRESENT if re.search(options.only, entry.name)]
    for entry in tried:
        for check in CHECKS:
            if check.applies(entry):
                verdict = Verdict(entry, check, None, DEVIATIONS)
                calls += verdict.right + verdict.as_right + verdict.announced + len(verdict.failures)
                wrong += [f"  {entry.name}, {check.name}: {failure}" for failure in verdict.failures]
                announced |= {entry.name: True} if verdict.announced else {}
    failing = {line.split(",")[0].strip() for line in wrong}
    right = len(tried) - len(failing | announced.keys())
    sys.stdout.write("\n".join([
        f"{len(ENTRIES)} entries, {len(PRESENT)} present; missing: {sorted(MISSING)}",
        f"all calls right: {right} of {len(tried)} entries tried; announced to differ: {sorted(announced)}",
        f"{calls} calls, {len(wrong)} wrong", *wrong,
    ]) + "\n")  # fmt: skip


if __name__ == "__main__":
    command()
