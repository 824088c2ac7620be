"""PyTorch's own test database, run on minitorch.

`op_db` holds, for each op of PyTorch, the calls that PyTorch tries it on and the calls that it must refuse. Here each is made in
both libraries, and values, shapes, dtypes, gradients and errors are compared.

    opinfo_missing.txt        names that minitorch doesn't have yet; a name that comes to exist must go from the list
    opinfo_deviations.toml    where minitorch is meant to differ, and why; a deviation that is gone must go from the list

`python tests/parity/test_opinfo.py` prints the list of missing names anew.
"""

from __future__ import annotations

import copy
import os
import re
import tomllib
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minitorch.nn.functional

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

HERE = Path(__file__).parent
SAMPLES = int(os.environ.get("MINITORCH_OPINFO_SAMPLES", "24"))  # calls tried of each op, in float64
DTYPES = ("float64", "float32", "int64", "bool", "complex64")
TOLERANCES = {
    "float64": 1e-9,
    "complex128": 1e-9,
    "float32": 2e-5,
    "complex64": 2e-5,
    "float16": 2e-3,
    "bfloat16": 2e-2,
}
UNSPECIFIED = (
    "empty",
    "empty_like",
    "empty_permuted",
    "empty_strided",
    "new_empty",
    "new_empty_strided",
)  # only shape and dtype


# --- The same op in both libraries ------------------------------------------------------------------------------------


def found(root: Any, path: str) -> Any:
    """An attribute of an attribute of ..., or None."""
    for name in path.split("."):
        root = getattr(root, name, None)
    return root


def our_op(info: Any) -> Callable | None:
    """minitorch's op of the same name; None if there is none. A lambda of the database is made to see minitorch as `torch`."""
    ours = found(minitorch, info.name)
    if not callable(ours) or isinstance(ours, minitorch.dtype):
        ours = found(minitorch.Tensor, info.name)
    written_out = isinstance(info.op, types.FunctionType) and info.op.__name__ == "<lambda>"
    if ours is None and not (written_out and hasattr(minitorch.Tensor, f"{info.name}_")):
        return None
    if not written_out:
        return ours
    names = {"torch": minitorch, "wrapper_set_seed": lambda op, *args, **kwargs: op(*args, **kwargs)}
    code, defaults, cells = info.op.__code__, info.op.__defaults__, info.op.__closure__
    return types.FunctionType(code, names, info.name, defaults, cells)


def title(info: Any) -> str:
    return f"{info.name}.{info.variant_test_name}" if info.variant_test_name else info.name


def missing_names() -> list[str]:
    """Ops of the database that minitorch doesn't have; of those that it has, missing aliases, methods and in-place methods."""
    missing = set()
    for info in op_db:
        if our_op(info) is None:
            missing.add(info.name)
            continue
        missing |= {alias.name for alias in info.aliases if found(minitorch, alias.name) is None}
        for variant in (info.method_variant, info.inplace_variant):
            name = getattr(variant, "__name__", "<lambda>")
            if name != "<lambda>" and not hasattr(minitorch.Tensor, name):
                missing.add(f"Tensor.{name}")
    return sorted(missing)


class Untranslatable(Exception):
    """An argument for which minitorch has no counterpart yet."""


def translated(value: Any, memo: dict[Any, Any]) -> Any:
    """A value of torch's as minitorch's: tensors with their own copy of the values and the same strides."""
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, torch.Tensor):
        memory = ("memory", value.untyped_storage().data_ptr() or id(value))
        if memory in memo:
            raise Untranslatable  # two tensors on the same memory
        result = memo[memory] = translated_tensor(value)
    elif isinstance(value, torch.Size):
        return minitorch.Size(value)
    elif isinstance(value, list | tuple):
        return type(value)([translated(part, memo) for part in value])
    elif isinstance(value, dict):
        return {name: translated(part, memo) for name, part in value.items()}
    elif isinstance(value, torch.dtype):
        result = found(minitorch, repr(value).removeprefix("torch."))
        if result is None:
            raise Untranslatable
    elif isinstance(value, torch.device):
        return str(value)
    elif isinstance(value, slice):
        return slice(*[translated(part, memo) for part in (value.start, value.stop, value.step)])
    elif type(value).__module__.startswith("torch"):
        result = found(minitorch, repr(value).removeprefix("torch."))
        if result is None:
            raise Untranslatable
    else:
        return value
    memo[id(value)] = result
    return result


def translated_tensor(value: Any) -> Any:
    if value.layout is not torch.strided or value.is_meta or value.dtype is torch.complex32 or value.ndim > 64:
        raise Untranslatable
    last = value.storage_offset() + sum((n - 1) * step for n, step in zip(value.shape, value.stride(), strict=True))
    if value.numel() and (last + 1) * value.itemsize > value.untyped_storage().nbytes():
        raise Untranslatable  # the database means it to be refused
    if (
        value.untyped_storage().nbytes() != value.numel() * value.itemsize
        and not value.is_conj()
        and not value.is_neg()
    ):
        memory = torch.empty(0, dtype=value.dtype).set_(value.detach().untyped_storage())
        result = minitorch.from_numpy(host(memory).copy()).as_strided(
            value.shape, value.stride(), value.storage_offset()
        )
    else:
        result = minitorch.from_numpy(np.array(host(value)))
    return result.requires_grad_() if value.requires_grad else result


def host(value: Any) -> np.ndarray:
    """A torch tensor's values as NumPy's, bfloat16 as float32."""
    value = value.detach()
    return (value.float() if value.dtype is torch.bfloat16 else value).numpy(force=True)


def tensors_in(value: Any) -> Iterator[Any]:
    if isinstance(value, torch.Tensor | minitorch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from tensors_in(part)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


# --- Comparison -------------------------------------------------------------------------------------------------------


def same(ours: Any, theirs: Any, coarse: str = "float64", where: str = "result") -> None:
    """Fail unless two results agree; `coarse` is a dtype through which the values went."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, minitorch.Tensor), f"{where}: expected a Tensor, got {ours!r}"
        assert repr(ours.dtype) == repr(theirs.dtype), f"{where}: dtype {ours.dtype!r}, torch's is {theirs.dtype!r}"
        assert tuple(ours.shape) == tuple(theirs.shape), f"{where}: shape {ours.shape}, torch's is {theirs.shape}"
        assert ours.requires_grad == theirs.requires_grad, f"{where}: requires_grad is {ours.requires_grad} here only"
        close(ours.detach().numpy(), host(theirs), coarse, where)
    elif isinstance(theirs, list | tuple):
        assert isinstance(ours, list | tuple), f"{where}: expected several, got {type(ours).__name__}"
        assert len(ours) == len(theirs), f"{where}: {len(ours)} parts, torch has {len(theirs)}"
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            same(one, other, coarse, f"{where}[{number}]")
    elif isinstance(theirs, torch.dtype):
        assert repr(ours) == repr(theirs)
    else:
        assert type(ours) is type(theirs), f"{where}: {ours!r}, torch's is {theirs!r}"
        close(np.asarray(ours), np.asarray(theirs), coarse, where)


def close(ours: np.ndarray, theirs: np.ndarray, coarse: str, where: str) -> None:
    loose = max(TOLERANCES.get(ours.dtype.name, 0.0), TOLERANCES.get(coarse, 0.0))
    ours = ours.astype(np.float32) if ours.dtype.name == "bfloat16" else ours
    if ours.dtype.kind not in "fc":
        np.testing.assert_array_equal(ours, theirs, err_msg=where)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=loose, atol=loose, equal_nan=True, err_msg=where)


def shown(sample: Any) -> str:
    """A call in a failure's message."""

    def brief(value: Any) -> str:
        if isinstance(value, torch.Tensor):
            return f"{repr(value.dtype).removeprefix('torch.')}{list(value.shape)}"
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(brief, value))}]"
        return repr(value)

    parts = [brief(value) for value in (sample.input, *sample.args)]
    return f"({', '.join(parts + [f'{name}={brief(value)}' for name, value in sample.kwargs.items()])})"


def called(op: Callable, sample: Any) -> Any:
    return op(sample.input, *sample.args, **sample.kwargs)


class Ours:
    """A sample of the database with minitorch's tensors."""

    def __init__(self, sample: Any):
        self.memo: dict[Any, Any] = {}
        self.input, self.args = translated(sample.input, self.memo), translated(sample.args, self.memo)
        self.kwargs = translated(sample.kwargs, self.memo)


def attempted(op: Callable, sample: Any) -> tuple[Any, Exception | None]:
    """The result of a call, or the error that it ended in; numbers are drawn from one seed."""
    torch.default_generator.manual_seed(42)
    minitorch.manual_seed(42)
    try:
        return called(op, sample), None
    except Exception as error:
        return None, error


def samples(info: Any, dtype: str, requires_grad: bool = False, count: int = SAMPLES) -> Iterator[tuple[Any, Ours]]:
    """Calls that both libraries can express."""
    # Not through `info.sample_inputs`, which searches the call stack for the test's name: that takes most of its time.
    made = iter(info.sample_inputs_func(info, "cpu", getattr(torch, dtype), requires_grad))
    taken = 0
    while True:
        torch.default_generator.manual_seed(42)
        try:
            sample = next(made, None)
        except Exception:  # the database can't make samples of a dtype that the op doesn't take
            assert getattr(torch, dtype) not in info.supported_dtypes("cpu")
            return
        if sample is None:
            return
        try:
            yield sample, Ours(sample)
        except Untranslatable:
            continue
        taken += 1
        if taken == count:
            return


# --- Deviations -------------------------------------------------------------------------------------------------------


class Deviation:
    """Calls of one op in which minitorch is meant to differ; `calls` is a pattern of how `shown` words them."""

    def __init__(self, op: str, reason: str, checks: str = ".*", calls: str = ".*"):
        self.op, self.reason = op, reason
        self.checks, self.calls = re.compile(checks), re.compile(calls)


DEVIATIONS = [
    Deviation(op, **entry)
    for op, entries in tomllib.loads((HERE / "opinfo_deviations.toml").read_text()).items()
    for entry in entries
]


class Judge:
    """Takes the calls of one check. Failures that a deviation announces pass; a deviation of which nothing is seen fails."""

    def __init__(self, info: Any, check: str):
        own = [
            deviation for deviation in DEVIATIONS if deviation.op == title(info) and deviation.checks.fullmatch(check)
        ]
        self.seen: dict[Deviation, list[bool]] = {deviation: [] for deviation in own}

    def __call__(self, sample: Any, compare: Callable[[], object]) -> None:
        """Run a comparison of this sample, which raises where the libraries differ."""
        text = shown(sample)
        announced = [deviation for deviation in self.seen if deviation.calls.search(text)]
        try:
            compare()
        except Exception as error:
            if not announced:
                raise AssertionError(f"{text}: {error}") from error
            for deviation in announced:
                self.seen[deviation].append(True)
        else:
            for deviation in announced:
                self.seen[deviation].append(False)

    def conclude(self) -> None:
        for deviation, outcomes in self.seen.items():
            if outcomes and not any(outcomes):
                pytest.fail(f"this deviation is gone, take it from opinfo_deviations.toml: {deviation.reason}")


# --- The tests --------------------------------------------------------------------------------------------------------


def cases(wanted: Callable[[Any], bool] = lambda info: True) -> Any:
    """One test for each op that minitorch has."""
    present = [pytest.param(info, id=title(info)) for info in op_db if our_op(info) is not None and wanted(info)]
    return pytest.mark.parametrize("info", present)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_values(info: Any, dtype: str) -> None:
    judge = Judge(info, dtype)
    taken = getattr(torch, dtype) in info.supported_dtypes("cpu")
    for sample, own in samples(info, dtype, count=SAMPLES if dtype == "float64" else SAMPLES // 2 if taken else 1):
        judge(sample, lambda sample=sample, own=own: compare_values(info, sample, own, dtype))
    judge.conclude()


def compare_values(info: Any, sample: Any, own: Ours, dtype: str) -> None:
    """The same result, or an error from both."""
    theirs, their_error = attempted(info.op, sample)
    result, error = attempted(our_op(info), own)
    if their_error is not None:
        assert error is not None, f"torch raises {their_error!r}, here the result is {result!r}"
        return
    if error is not None:
        raise error
    if info.name in UNSPECIFIED:
        result, theirs = minitorch.zeros_like(result), torch.zeros_like(theirs)
    same(result, theirs, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@cases()
def test_values(info: Any, dtype: str) -> None:
    check_values(info, dtype)


def has_gradient(info: Any, dtype: Any) -> bool:
    return info.supports_autograd and dtype in info.supported_backward_dtypes("cpu")


@cases(lambda info: has_gradient(info, torch.float64))
def test_gradient(info: Any) -> None:
    check_gradient(info, "float64", "gradient")


@cases(lambda info: has_gradient(info, torch.complex128))
def test_complex_gradient(info: Any) -> None:
    check_gradient(info, "complex128", "complex gradient")


def check_gradient(info: Any, dtype: str, check: str) -> None:
    judge = Judge(info, check)
    for sample, own in samples(info, dtype, requires_grad=True, count=SAMPLES if dtype == "float64" else SAMPLES // 2):
        judge(sample, lambda sample=sample, own=own: compare_gradients(info, sample, own, dtype))
    judge.conclude()


def compare_gradients(info: Any, sample: Any, own: Ours, dtype: str) -> None:
    theirs, their_error = attempted(info.op, sample)
    if their_error is not None:
        return
    result, error = attempted(our_op(info), own)
    if error is not None:
        raise error
    theirs, result = sample.output_process_fn_grad(theirs), sample.output_process_fn_grad(result)
    outputs = [(a, b) for a, b in zip(tensors_in(theirs), tensors_in(result), strict=True) if a.requires_grad]
    inputs = [t for t in tensors_in([sample.input, sample.args, sample.kwargs]) if t.requires_grad]
    if not outputs:
        return
    seeds = [torch.linspace(1.0, 2.0, a.numel(), dtype=a.dtype).reshape(a.shape) for a, _ in outputs]
    expected = torch.autograd.grad([a for a, _ in outputs], inputs, seeds, allow_unused=True)
    ours = [own.memo[id(t)] for t in inputs]
    got = minitorch.autograd.grad([b for _, b in outputs], ours, translated(seeds, {}), allow_unused=True)
    for number, (one, other) in enumerate(zip(got, expected, strict=True)):
        if one is None or other is None:  # which means zero
            known = other if one is None else one
            assert known is None or not known.any(), (
                f"gradient {number}: only {'torch' if one is None else 'minitorch'} has one"
            )
        else:
            same(one, other, dtype, f"gradient {number}")


@cases(lambda info: info.error_inputs_func is not None)
def test_errors(info: Any) -> None:
    """What torch refuses is refused, with an error of torch's type."""
    judge = Judge(info, "errors")
    for case in info.error_inputs_func(info, "cpu"):
        sample = case.sample_input
        # `Exception` stands for numbers in place of tensors, which minitorch takes wherever they have a meaning.
        if case.error_type is Exception or attempted(info.op, sample)[1] is None:
            continue
        try:
            own = Ours(sample)
        except Untranslatable:
            continue
        judge(sample, lambda own=own, case=case: compare_errors(info, own, case))
    judge.conclude()


def compare_errors(info: Any, own: Ours, case: Any) -> None:
    result, error = attempted(our_op(info), own)
    assert error is not None, (
        f"torch raises {case.error_type.__name__} ({case.error_regex}), here the result is {result!r}"
    )
    assert isinstance(error, case.error_type), (
        f"expected {case.error_type.__name__} ({case.error_regex}), got {error!r}"
    )


@cases(lambda info: torch.float64 in info.supported_dtypes("cpu"))
def test_variants(info: Any) -> None:
    """The Tensor method, the in-place method and out= on the first calls."""
    judge = Judge(info, "variants")
    for sample, _ in samples(info, "float64", count=3):
        for variant in (info.method_variant, info.inplace_variant):
            ours = getattr(minitorch.Tensor, getattr(variant, "__name__", "<lambda>"), None)
            if ours is not None and info.name not in UNSPECIFIED:
                judge(sample, lambda sample=sample, variant=variant, ours=ours: compare_method(variant, ours, sample))
        if info.supports_out and not isinstance(info.op, types.FunctionType):
            judge(sample, lambda sample=sample: compare_out(info, sample))
    judge.conclude()


def compare_method(theirs: Callable, ours: Callable, sample: Any) -> None:
    own = Ours(sample)
    copied = copy.deepcopy(types.SimpleNamespace(input=sample.input, args=sample.args, kwargs=sample.kwargs))
    expected, their_error = attempted(theirs, copied)
    result, error = attempted(ours, own)
    where = f"the method {theirs.__name__}"
    if their_error is not None:
        assert error is not None, f"{where}: torch raises {their_error!r}, here the result is {result!r}"
        return
    if error is not None:
        raise AssertionError(f"{where}: {error!r}") from error
    same(result, expected, where=where)
    if theirs.__name__.endswith("_") and not theirs.__name__.endswith("__"):
        assert (result is own.input) == (expected is copied.input), f"{where} must return the tensor itself"


def compare_out(info: Any, sample: Any) -> None:
    expected, error = attempted(info.op, sample)
    if error is not None or not isinstance(expected, torch.Tensor):
        return
    own, target = Ours(sample), minitorch.empty(0, dtype=translated(expected.dtype, {}))
    result = our_op(info)(own.input, *own.args, **own.kwargs, out=target)
    assert result is target, "out= must be returned"
    if info.name not in UNSPECIFIED:
        same(target, expected, where="out=")


# --- The lists --------------------------------------------------------------------------------------------------------


def test_missing_names() -> None:
    listed = (HERE / "opinfo_missing.txt").read_text().split()
    missing = missing_names()
    assert sorted(set(listed) - set(missing)) == [], "these exist now: take them from opinfo_missing.txt"
    assert sorted(set(missing) - set(listed)) == [], "these are missing: opinfo_missing.txt doesn't say so"


def test_deviations_name_ops_that_exist() -> None:
    assert {deviation.op for deviation in DEVIATIONS} <= {title(info) for info in op_db if our_op(info) is not None}


if __name__ == "__main__":
    print("\n".join(missing_names()))  # noqa: T201
