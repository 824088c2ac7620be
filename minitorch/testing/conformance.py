"""The conformance templates: what every row must do on every backend, generated from its samples.

    forward     values, shapes and dtypes are those of the float64 reference (NumPy's), within the dtype's tolerance
    gradient    backward gives the reference's gradients
    inplace     x.op_() writes op(x) into x, counts one version up, and has op's gradient
    out         op(..., out=t) writes op(...) into t and returns t
    view        a view shares memory: writing to it changes its base
    gradcheck   first and second derivatives agree with finite differences, in float64
    errors      the error samples raise what they say, and nothing is changed
    dtypes      each dtype that the reference accepts is accepted, with the same result dtype; the others are refused

`run(device)` runs all of it; tests/conformance hands the templates to pytest row by row. While you write a row or a backend:

    python -m minitorch.testing.conformance DEVICE [REGEX] [--core] [--import MODULE]
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minitorch import dtypes, tape
from minitorch.autograd import gradcheck, gradgradcheck
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.ops.samples import Sample
from minitorch.rows import OPS, Op
from minitorch.tensor import Tensor
from minitorch.testing.compare import TOLERANCES, assert_close
from minitorch.testing.make import Make

REFUSALS = (TypeError, ValueError, RuntimeError, IndexError, NotImplementedError)


def rows() -> list[Op]:
    """The rows that have samples, by name."""
    return [OPS[name] for name in sorted(OPS) if OPS[name].samples is not None]


def samples(op: Op, device: Device, dtype: DType = dtypes.float64, requires_grad: bool = True) -> list[Sample]:
    """A row's samples on a device; the same values each time."""
    if op.samples is None:
        return []
    return list(op.samples(Make(dtype, device, zlib.crc32(op.name.encode()), requires_grad)))


def reference_device() -> Device:
    return Device("numpy/cpu")


# --- What a call gives ------------------------------------------------------------------------------------------------


def call(op: Op, sample: Sample) -> Any:
    return op.function(*sample.args, **sample.kwargs)


def results_of(value: Any) -> list[Tensor]:
    """The Tensors in a result, in order."""
    if isinstance(value, Tensor):
        return [value]
    return [t for part in value for t in results_of(part)] if isinstance(value, list | tuple) else []


def tensors_in(sample: Sample) -> list[Tensor]:
    return results_of(list(sample.args)) + results_of(list(sample.kwargs.values()))


def gradients(op: Op, sample: Sample, function: Callable | None = None) -> list[Tensor]:
    """The gradients of a weighted sum of the results with respect to the operands that require grad."""
    results = [r for r in results_of(function(sample) if function else call(op, sample)) if r.requires_grad]
    inputs = [t for t in tensors_in(sample) if t.requires_grad]
    if not results or not inputs:
        return []
    seeds = [weights(result) for result in results]
    found = tape.run([r._node for r in results], [s._array for s in seeds],
                     inputs=[t._node for t in inputs])  # fmt: skip
    zero = tape.ops_on_tensors.zeros_like
    return [
        tape.wrap(found[t._node], t.dtype, t.device, None) if t._node in found else zero(t.detach()) for t in inputs
    ]


def weights(result: Tensor) -> Tensor:
    """1.0, 1.1, 1.2, ... in the shape of a result: a gradient in which a transposition shows."""
    values = 1.0 + 0.1 * np.arange(result.numel()).reshape(result.shape)
    array = result.device.backend.from_host(values, result.dtype, result.device)
    return tape.wrap(array, result.dtype, result.device, None)


# --- Templates --------------------------------------------------------------------------------------------------------


def check_forward(op: Op, device: Device) -> int:
    """Values against the float64 reference, in float32 and float64."""
    count = 0
    for dtype in (dtypes.float64, dtypes.float32):
        relative, absolute = TOLERANCES[dtype]
        for sample, expected in zip(samples(op, device, dtype), samples(op, reference_device()), strict=True):
            got, wanted = results_of(call(op, sample)), results_of(call(op, expected))
            for one, other in zip(got, wanted, strict=True):
                _same_kind(op, sample, one, other, dtype)
            loose = 1.0 if dtype is dtypes.float64 else op.tolerance
            assert_close(got, wanted, rtol=relative * loose, atol=absolute * loose, what=f"{op.name}{sample}")
            count += 1
    return count


def _same_kind(op: Op, sample: Sample, got: Tensor, wanted: Tensor, dtype: DType) -> None:
    """The result's dtype is the reference's, but for the precision under test; and it is what the array really has."""
    expected = wanted.dtype
    if expected is dtypes.float64 and dtypes.float64 not in (*sample.args, *sample.kwargs.values()):
        expected = dtype if any(t.dtype is dtype for t in tensors_in(sample)) else got.dtype
    elif expected is dtypes.complex128 and any(t.dtype in (dtype, dtype.to_complex()) for t in tensors_in(sample)):
        expected = dtype.to_complex()  # complex numbers made of real ones
    actual = got.device.backend.dtype_of(got._array)
    if got.dtype is not expected or actual is not got.dtype:
        raise AssertionError(
            f"{op.name}{sample}: expected dtype {expected!r}, got a Tensor of {got.dtype!r} on an array of {actual!r}"
        )


def check_gradient(op: Op, device: Device) -> int:
    """Gradients against the reference's."""
    count = 0
    for sample, expected in zip(samples(op, device), samples(op, reference_device()), strict=True):
        assert_close(gradients(op, sample), gradients(op, expected), what=f"gradient of {op.name}{sample}")
        count += 1
    return count


def check_gradcheck(op: Op, device: Device, second: bool = True) -> int:
    """First and second derivatives against finite differences."""
    count = 0
    for sample in samples(op, device):
        inputs = [t for t in tensors_in(sample) if t.requires_grad]
        if not inputs or not any(r.requires_grad for r in results_of(call(op, sample))):
            continue
        function = _of_inputs(op, sample, inputs)
        gradcheck(function, inputs, atol=1e-5, rtol=1e-4)
        if second and op.second:
            gradgradcheck(function, inputs, atol=1e-4, rtol=1e-3)
        count += 1
    return count


def _of_inputs(op: Op, sample: Sample, inputs: list[Tensor]) -> Callable:
    """The call as a function of those of its tensors that require grad."""

    def function(*values: Tensor) -> Any:
        new = dict(zip(map(id, inputs), values, strict=True))

        def replaced(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return type(value)([replaced(part) for part in value])
            return new.get(id(value), value)

        result = op.function(*map(replaced, sample.args), **{k: replaced(v) for k, v in sample.kwargs.items()})
        return tuple(results_of(result))

    return function


def check_inplace(op: Op, device: Device) -> int:
    """x.op_() against op(x), on a copy, and its gradient on a computed tensor."""
    if not op.inplace:
        return 0
    count = 0
    for sample, again in zip(samples(op, device), samples(op, device), strict=True):
        target, *rest = sample.args
        expected = call(op, again)
        if not isinstance(target, Tensor) or expected.shape != target.shape:
            continue
        if not dtypes.can_cast(expected.dtype, target.dtype):
            continue
        expected = expected.to(target.dtype)  # x.eq_(y) writes 0 and 1 into a float x
        copy = target.detach().clone()
        version = copy._version
        result = getattr(copy, f"{op.name}_")(*_detached(rest), **sample.kwargs)
        if result is not copy or copy._version <= version:
            raise AssertionError(f"{op.name}_{sample}: must return the tensor itself and count its version up")
        assert_close(copy, expected.detach(), what=f"{op.name}_{sample}")
        if expected.requires_grad:
            plain = gradients(op, again)
            through = gradients(op, sample, lambda s: getattr(s.args[0] * 1, f"{op.name}_")(*s.args[1:], **s.kwargs))
            assert_close(through, plain, what=f"gradient of {op.name}_{sample}")
        count += 1
    return count


def _detached(values: list) -> list:
    return [value.detach() if isinstance(value, Tensor) else value for value in values]


def check_out(op: Op, device: Device) -> int:
    """op(..., out=t) against op(...)."""
    if not op.out or op.family == "composition":
        return 0
    count = 0
    for sample in samples(op, device, requires_grad=False):
        expected = results_of(call(op, sample))
        targets = [tape.ops_on_tensors.zeros_like(result) for result in expected]
        out = tuple(targets) if op.several else targets[0]
        if op.function(*sample.args, **sample.kwargs, out=out) is not out:
            raise AssertionError(f"{op.name}{sample}: out= must be returned")
        assert_close(targets, expected, what=f"{op.name}{sample} with out=")
        count += 1
    return count


def check_view(op: Op, device: Device) -> int:
    """Writing to a view writes to its base, whichever way the backend keeps its arrays."""
    if not op.view:
        return 0
    count = 0
    for sample in samples(op, device, requires_grad=False):
        base = sample.args[0]
        for result in results_of(call(op, sample)):
            if not result.numel() or 0 in result.stride():
                continue
            before = base.clone()
            result.fill_(77)
            changed = int((base != before).sum().item())
            if not changed or not any(bool(again.eq(77).any()) for again in results_of(call(op, sample))):
                raise AssertionError(f"{op.name}{sample}: a write to the view must change its base, and did not")
            base.copy_(before)
            count += 1
    return count


def check_errors(op: Op, device: Device) -> int:
    """The error samples are refused in the words that they say."""
    count = 0
    for error_sample in op.errors(Make(dtypes.float64, device, 0)) if op.errors else ():
        before = [(t, t._version, t.detach().clone()) for t in tensors_in(error_sample.sample)]
        try:
            call(op, error_sample.sample)
        except error_sample.error as error:
            if not re.search(error_sample.pattern, str(error)):
                raise AssertionError(
                    f"{op.name}{error_sample.sample}: expected an error that says {error_sample.pattern!r}, got: {error}"
                ) from error
        else:
            raise AssertionError(
                f"{op.name}{error_sample.sample}: expected {error_sample.error}, and nothing was raised"
            )
        for tensor, version, values in before:
            assert_close(tensor, values, what=f"an argument after {op.name}{error_sample.sample} was refused")
            if tensor._version != version:
                raise AssertionError(f"{op.name}{error_sample.sample}: was refused, and yet counted as a write")
        count += 1
    return count


DTYPES = (
    dtypes.bool,
    dtypes.uint8,
    dtypes.int32,
    dtypes.int64,
    dtypes.float16,
    dtypes.bfloat16,
    dtypes.float32,
    dtypes.float64,
    dtypes.complex64,
    dtypes.complex128,
)


def check_dtypes(op: Op, device: Device) -> int:
    """Every dtype is taken or refused as the reference does, with its result dtype."""
    count = 0
    for dtype in DTYPES:
        if not device.backend.supports(dtype):
            continue
        expected = _dtypes_of(op, reference_device(), dtype)
        got = _dtypes_of(op, device, dtype)
        if got != expected:
            raise AssertionError(f"{op.name} on {dtype!r}: expected result dtypes {expected}, got {got}")
        count += 1
    return count


def _dtypes_of(op: Op, device: Device, dtype: DType) -> Any:
    try:
        return [[r.dtype for r in results_of(call(op, sample))] for sample in samples(op, device, dtype, False)[:2]]
    except REFUSALS:
        return "refused"


TEMPLATES: dict[str, Callable[[Op, Device], int]] = {
    "forward": check_forward,
    "gradient": check_gradient,
    "inplace": check_inplace,
    "out": check_out,
    "view": check_view,
    "errors": check_errors,
    "dtypes": check_dtypes,
    "gradcheck": check_gradcheck,
}


def run(device: str | Device, chosen: list[Op] | None = None) -> Iterator[tuple[str, str, int, Exception | None]]:
    """Run the templates on a device: yields (row, template, samples checked, what went wrong or None).

    Differences are formed on the reference only: elsewhere its gradients are what is compared with.
    """
    device = Device(device)
    for op in rows() if chosen is None else chosen:
        for name, template in TEMPLATES.items():
            if name == "gradcheck" and device is not reference_device():
                continue
            try:
                yield op.name, name, template(op, device), None
            except Exception as error:
                yield op.name, name, 0, error


def main(arguments: list[str]) -> int:
    """Say what fails on a device; the exit status is 1 if anything does."""
    parser = argparse.ArgumentParser(
        prog="python -m minitorch.testing.conformance", description="Test rows on a device."
    )
    parser.add_argument("device", help="numpy/cpu, cuda, ...")
    parser.add_argument("regex", nargs="?", default="", help="only rows whose name it is found in")
    parser.add_argument("--core", action="store_true", help="only core rows, whose kernels every backend must have")
    parser.add_argument(
        "--import", dest="modules", metavar="MODULE", action="append", default=[], help="has rows of yours"
    )
    options = parser.parse_args(arguments)
    for module in options.modules:
        importlib.import_module(module)
    chosen = [op for op in rows() if re.search(options.regex, op.name) and (op.body is None or not options.core)]
    checked = failed = 0
    for row, template, count, error in run(options.device, chosen):
        checked += count
        if error is not None:
            failed += 1
            sys.stdout.write(f"{row}, {template}: {type(error).__name__}: {error}\n")
    place = Device(options.device).qualified
    sys.stdout.write(f"{len(chosen)} rows on {place}: {checked} samples checked, {failed} templates failed\n")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
