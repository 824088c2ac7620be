"""Random calls over the op table: each gives the right answer, or an error that says what was wrong and names the op.

A call starts as one of the row's samples. Then its tensors change (dtype, rank, size, layout, special values) and its settings
become something else, of the right kind or of a wrong one. What comes back must be

    equal      to the same call on contiguous copies of the inputs, and to the one in the highest precision (`conformance`)
    an error   of a type that a user of PyTorch catches, whose text names the op

and never a crash, a warning, a call over a second, or an input that has changed. `python -m minitorch.testing.random_calls
--calls 10000` tries as many calls, the same ones for the same seed, and prints what is wrong; `again` makes one of them anew.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import gc
import math
import random
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.ops.samples import Sample
from minitorch.rows import OPS, Op
from minitorch.tensor import Tensor, wrap
from minitorch.testing.compare import EPSILON, TOLERANCES, host_values, rounded
from minitorch.testing.conformance.cases import on_reference, results_of, rows, samples, tensors_in
from minitorch.testing.conformance.drawing import DRAWS, functions
from minitorch.testing.random_arguments import CREATED, Arguments
from minitorch.type_limits import finfo

try:
    import resource
except ImportError:  # Windows, where the command runs without a limit
    resource = None

ALLOWED = (TypeError, ValueError, IndexError, RuntimeError, MemoryError)
LONGEST = 1.0  # seconds of computing that a call may take
PATIENCE = 30  # seconds after which one is given up
MEMORY = 2 << 30  # bytes of address space that the command leaves itself, so that what is too large fails at once

# Rows that keep running statistics in tensors that they are given.
WRITES = ("batch_norm", "instance_norm", "native_batch_norm")
# Rows that are not compared with the call in the highest precision, and why.
OF_THEIR_DTYPE = {
    "cosine_similarity": "eps is rounded to the dtype",
    "cosine_embedding_loss": "eps is rounded to the dtype",
    "gaussian_nll_loss": "eps is rounded to the dtype",
    **dict.fromkeys(("remainder", "fmod", "floor_divide"), "a number is rounded to the dtype, and the quotient jumps"),
    "slice_scatter": "inf and nan, written among whole numbers, become any of them",
    "select_scatter": "inf and nan, written among whole numbers, become any of them",
    "diagonal_scatter": "inf and nan, written among whole numbers, become any of them",
    "as_strided_scatter": "inf and nan, written among whole numbers, become any of them",
    **dict.fromkeys(("histogram", "histogramdd"), "edges are rounded to the dtype, so that many are one in 16 bits"),
    "batch_norm": "inf or nan where a sum goes beyond the range of the dtype",
    "lp_pool1d": "powers go beyond the range of the dtype",
    "soft_margin_loss": "-1 is 255 in uint8, and its exponential goes beyond the range of complex64",
    "interpolate": "places in the input are computed in float32, as PyTorch does it",
    "gradient": "nan or inf where two coordinates are equal",
    **dict.fromkeys(("median", "nanmedian"), "of no whole numbers, the median is what the dtype makes of nan"),
    "nan_to_num": "puts the largest number of the dtype in place of inf",
    "nextafter": "steps to the next number of the dtype",
}
# Rows that are not compared with the call on contiguous inputs, and why.
OF_THEIR_MEMORY = dict.fromkeys(("as_strided", "as_strided_contiguous", "as_strided_scatter"), "go by strides")
STEPS = 16  # a result may lie this many times as far off as the last digits of the inputs can bring it
EXTREME = 1e15  # numbers above, or below its inverse, have powers that float32 doesn't hold, so that steps in between overflow


class Fault(NamedTuple):
    """What was wrong with a call."""

    kind: str  # differs, error, unnamed, warning, changed, slow
    text: str


class Outcome(NamedTuple):
    """One call: the op, the seed that makes it again, how it ended, and how long it took."""

    op: str
    seed: str
    ending: str  # "equal", "drawn", or the name of an error's type
    seconds: float
    faults: list[Fault]


def targets(pattern: str = "") -> list[Any]:
    """What is called: the public rows with samples, what draws random numbers, and what makes tensors from nothing."""
    found = [op for op in rows() if op.public]
    names = {op.name for op in found}
    found += [drawn for name, drawn in DRAWS.items() if name not in names]
    found += [made for name, made in CREATED.items() if name not in names | DRAWS.keys()]
    return [op for op in found if re.search(pattern, op.name)]


def call_of(op: Any, seed: str, device: Device) -> Sample:
    """The call that a seed stands for."""
    return Arguments(random.Random(f"{op.name} {seed}"), device).mutated(_samples(op, device))


_kept: dict[tuple, list[Sample]] = {}


def _samples(op: Any, device: Device) -> list[Sample]:
    key = (op.name, device)
    if key not in _kept:
        _kept[key] = samples(op, device, requires_grad=False)
    return _kept[key]


# --- One call ---------------------------------------------------------------------------------------------------------


def tried(op: Any, seed: str, device: Device, peer: Callable | None = None) -> Outcome | None:
    """Make one call and judge it; None where the arguments themselves could not be made."""
    try:
        sample = call_of(op, seed, device)
    except ALLOWED:
        return None
    before = [_state(tensor) for tensor in tensors_in(sample)]
    drawn = functions["get_rng_state"]()
    faults: list[Fault] = []
    result, error = None, None
    gc.disable()  # it would look at all that this command keeps, in the time of a call that makes many tensors
    start = time.process_time()
    with warnings.catch_warnings(record=True) as said, _patience():
        warnings.simplefilter("always")
        try:
            result = op.function(*sample.args, **sample.kwargs)
        except Exception as raised:
            error = raised
    seconds = time.process_time() - start
    gc.enable()
    faults += [
        Fault("warning", f"{each.category.__name__}: {each.message}")
        for each in said
        if each.category is not UserWarning
    ]
    if seconds > LONGEST:
        faults.append(Fault("slow", f"{seconds:.1f} s"))
    if (
        not op.name.endswith(("_", *WRITES))
        and not _in_place(op, sample)
        and before != [_state(tensor) for tensor in tensors_in(sample)]
    ):
        faults.append(Fault("changed", "an input is not what it was"))
    if error is not None:
        faults += _judged(op, error)
        return Outcome(op.name, seed, type(error).__name__, seconds, faults)
    if op.name[-1] == "_" or not np.array_equal(drawn._to_host(), functions["get_rng_state"]()._to_host()):
        return Outcome(op.name, seed, "drawn", seconds, faults)
    faults += _compared(op, sample, result)
    if peer is not None and not faults:
        faults += peer(op, sample, result)
    return Outcome(op.name, seed, "equal", seconds, faults)


def _in_place(op: Any, sample: Sample) -> bool:
    """Was it asked to write into its input?"""
    names = [parameter.name for parameter in OPS[op.name].parameters] if op.name in OPS else []
    return bool((dict(zip(names, sample.args, strict=False)) | sample.kwargs).get("inplace"))


def _state(tensor: Tensor) -> tuple:
    """What a call must leave as it was."""
    return tensor._version, tensor.requires_grad, tuple(tensor.shape), np.array(tensor.detach()._to_host()).tobytes()


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """Interrupt what takes too long, where there are signals."""

    def give_up(number: int, frame: Any) -> None:
        raise TimeoutError(f"given up after {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _judged(op: Any, error: Exception) -> list[Fault]:
    """Is it an error as it should be?"""
    text = f"{type(error).__name__}: {error}"
    if not isinstance(error, ALLOWED) or isinstance(error, RecursionError):
        return [Fault("error", f"{text} {_origin(error)}")]
    home = getattr(op, "torch", None) or op.name
    names = {op.name, op.name.rstrip("_"), home, home.rpartition(".")[2]}
    if not any(re.search(rf"(?<!\w){re.escape(name)}_?(?!\w)", str(error)) for name in names):
        return [Fault("unnamed", f"{text} {_origin(error)}")]
    return []


def _origin(error: BaseException) -> str:
    """Where it was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"[{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}]"


# --- The reference ----------------------------------------------------------------------------------------------------


def _compared(op: Any, sample: Sample, result: Any) -> list[Fault]:
    """The same call on contiguous copies, and in the highest precision."""
    for tensor in results_of(result):
        inside = tensor.device.backend.dtype_of(tensor._array)
        if inside is not tensor.dtype:
            return [Fault("differs", f"a Tensor of {tensor.dtype!r} on an array of {inside!r}")]
    direct = isinstance(op, Op) and op.family == "elementwise" and op.body is None
    if op.name in OF_THEIR_MEMORY or _beyond(sample, result) or (_extreme(sample) and not direct):
        return []
    plain, tolerance = changed(sample, _contiguous), _tolerance(op, sample, result)
    faults = _against(op, plain, result, tolerance, "contiguous")
    if not faults and op.name not in OF_THEIR_DTYPE:
        faults = _against(op, changed(plain, on_reference), result, tolerance, "raised")
    in_value = any(" differ: " in fault.text for fault in faults)  # not in shape or dtype
    return [] if in_value and _of_rounding(op, plain, result) else faults


def _of_rounding(op: Any, sample: Sample, result: Any) -> bool:
    """Would inputs that differ in their last digit, computed exactly, give results that lie as far apart?

    So it is where large terms cancel, where rounding decides between equal pivots, and beside a jump. Each step of a formula
    rounds, as an input does: hence STEPS.
    """
    draw = np.random.default_rng(0)

    def shaken(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(map(shaken, value))
        raised = on_reference(value)
        if not (isinstance(value, Tensor) and value.dtype in EPSILON):
            return raised
        array = raised.detach()._array
        factors = 1 + EPSILON[value.dtype] * draw.uniform(-1, 1, array.shape)
        return wrap(array * factors.astype(array.real.dtype), raised.dtype, raised.device)

    def exactly(change: Callable) -> list[np.ndarray]:
        other = changed(sample, change)
        return [host_values(tensor) for tensor in results_of(op.function(*other.args, **other.kwargs))]

    with np.errstate(all="ignore"):
        exact = exactly(on_reference)
        got = [host_values(tensor) for tensor in results_of(result)]
        if [array.shape for array in got] != [array.shape for array in exact]:
            return False
        others = [exactly(shaken) for _ in range(8)]
        for place, (one, wanted) in enumerate(zip(got, exact, strict=True)):
            spread = np.max([abs(other[place] - wanted) for other in others], axis=0)
            same = (one == wanted) | (~np.isfinite(one) & ~np.isfinite(wanted))  # what underflows makes nan of inf
            beside_a_jump = np.isfinite(wanted) & ~np.isfinite(spread)
            if not (same | beside_a_jump | (abs(one - wanted) <= STEPS * spread)).all():
                return False
    return True


def _beyond(sample: Sample, result: Any) -> bool:
    """Are there numbers, or tensors of one, that the dtype of the result doesn't hold? They take it before they are used."""
    limits = [finfo(tensor.dtype).max for tensor in results_of(result) if tensor.dtype.inexact]
    numbers = [value for value in (*sample.args, *sample.kwargs.values()) if isinstance(value, int | float | complex)]
    numbers += [host_values(tensor).item() for tensor in tensors_in(sample) if tensor.ndim == 0]
    return any(limit < abs(number) < math.inf for limit in limits for number in numbers)


def _extreme(sample: Sample) -> bool:
    """Are there numbers so large or small that steps in between leave the range of float32?"""
    if any(
        isinstance(value, int | float) and abs(value) > EXTREME for value in (*sample.args, *sample.kwargs.values())
    ):
        return True
    for tensor in tensors_in(sample):
        values = np.abs(host_values(tensor)) if tensor.dtype.inexact and tensor.numel() < 1 << 22 else np.ones(1)
        values = values[np.isfinite(values) & (values != 0)]
        if values.size and (values.max() > EXTREME or values.min() < 1 / EXTREME):
            return True
    return False


def changed(sample: Sample, change: Callable[[Any], Any]) -> Sample:
    """The call with its arguments changed."""
    return Sample(*map(change, sample.args), **{name: change(value) for name, value in sample.kwargs.items()})


def _contiguous(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_contiguous, value))
    if not isinstance(value, Tensor):
        return value
    copy = value.detach().clone().contiguous()
    return copy.requires_grad_() if value.requires_grad else copy


def _tolerance(op: Any, sample: Sample, result: Any) -> list[float]:
    """That of the least precise dtype in the call."""
    found = [tensor.dtype for tensor in (*tensors_in(sample), *results_of(result))]
    coarsest = max([TOLERANCES[dtype] for dtype in found if dtype in TOLERANCES], default=(0.0, 0.0))
    return [getattr(op, "tolerance", 1.0) * each for each in coarsest]


def _against(op: Any, other: Sample, result: Any, tolerance: Sequence[float], what: str) -> list[Fault]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            wanted = op.function(*other.args, **other.kwargs)
        except ALLOWED as error:
            return [Fault("differs", f"{what}: {error}")] if what == "contiguous" else []
    said = difference(result, wanted, tolerance, same_dtype=what == "contiguous")
    return [Fault("differs", f"{what}: {said}")] if said else []


def difference(result: Any, wanted: Any, tolerance: Sequence[float], same_dtype: bool = True) -> str:
    """How two results differ, by more than a relative and an absolute tolerance; empty if they agree."""
    ones, others = results_of(result), results_of(wanted)
    if not ones and not others:
        return "" if repr(result) == repr(wanted) else f"{result!r}, expected {wanted!r}"
    if len(ones) != len(others):
        return f"{len(ones)} results, expected {len(others)}"
    for one, other in zip(ones, others, strict=True):
        if tuple(one.shape) != tuple(other.shape):
            return f"shape {list(one.shape)}, expected {list(other.shape)}"
        if same_dtype and one.dtype is not other.dtype:
            return f"{one.dtype!r}, expected {other.dtype!r}"
        if 0 < one.numel() <= 1 << 22 and (said := unequal(host_values(one), host_values(other), one.dtype, tolerance)):
            return said  # an expanded result may have more values than memory
    return ""


def unequal(got: np.ndarray, exact: np.ndarray, dtype: DType, tolerance: Sequence[float]) -> str:
    """Where an array differs from its reference by more than the tolerance; empty if nowhere."""
    relative, absolute = tolerance if dtype.inexact else (0.0, 0.0)
    if np.iscomplexobj(exact) and not dtype.is_complex:
        return f"{dtype!r}, expected complex numbers"
    with np.errstate(all="ignore"):
        wanted = rounded(exact, dtype)
        close = np.isclose(got, wanted, relative, absolute, equal_nan=True)
        if dtype.is_complex:  # what is not finite differs between formulas that are equal otherwise
            close |= ~np.isfinite(got) & ~np.isfinite(wanted)
    if close.all():
        return ""
    place = tuple(int(i) for i in np.argwhere(~close)[0])
    return f"{(~close).sum()} of {close.size} differ: {got[place]} at {list(place)}, expected {wanted[place]}"


# --- The command ------------------------------------------------------------------------------------------------------


def run(calls: int, pattern: str = "", seed: int = 0, device: str = "numpy/cpu", **more: Any) -> list[Outcome]:
    """So many calls, spread evenly over the ops."""
    chosen, place = targets(pattern), Device(device)
    outcomes = []
    for number in range(calls):
        op = chosen[number % len(chosen)]
        outcome = tried(op, f"{seed}.{number // len(chosen)}", place, **more)
        if outcome is not None:
            outcomes.append(outcome)
    return outcomes


def again(name: str, seed: str, device: str = "numpy/cpu") -> Sample:
    """The call that a line of the report is about."""
    return call_of(next(op for op in targets(f"^{name}$")), seed, Device(device))


def report(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Counts, the slowest call, and one line for each fault."""
    endings = collections.Counter(outcome.ending for outcome in outcomes)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    faulty = [outcome for outcome in outcomes if outcome.faults]
    yield f"{len(outcomes)} calls: " + ", ".join(f"{count} {name}" for name, count in endings.most_common())
    yield f"slowest: {slowest.seconds:.2f} s, {slowest.op} {slowest.seed}"
    yield f"faulty: {len(faulty)}"
    for outcome in faulty:
        for fault in outcome.faults:
            yield f"{fault.kind} {outcome.op} {outcome.seed}: {' '.join(fault.text.split())[:300]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try calls and print what is wrong; the exit status is 1 if anything is."""
    parser = argparse.ArgumentParser(prog="python -m minitorch.testing.random_calls", description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000, help="how many")
    parser.add_argument("--op", default="", metavar="REGEX", help="only ops whose name it is found in")
    parser.add_argument("--seed", type=int, default=0, help="other calls for another number")
    parser.add_argument("--device", default="numpy/cpu")
    options = parser.parse_args(arguments)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    outcomes = run(options.calls, options.op, options.seed, options.device)
    sys.stdout.write("\n".join(report(outcomes)) + "\n")
    return int(any(outcome.faults for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
