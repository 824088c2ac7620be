"""The entries of PyTorch's test database, minitorch's op for each, and the calls that the database tries it on."""

from __future__ import annotations

import tomllib
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import minitorch.nn.functional

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

LISTS = Path(__file__).parent.parent
OUT_OF_SCOPE: dict[str, list[str]] = tomllib.loads((LISTS / "opinfo_out_of_scope.toml").read_text())
MISSING: dict[str, str] = tomllib.loads((LISTS / "opinfo_missing.toml").read_text())


def found(root: Any, path: str) -> Any:
    """An attribute of an attribute of ..., or None."""
    for name in path.removeprefix("torch.").split("."):  # some aliases are written with the module's name
        root = getattr(root, name, None)
    return root


def title(info: Any) -> str:
    """An entry's name, which is unique; `info.name` is not."""
    return f"{info.name}.{info.variant_test_name}" if info.variant_test_name else info.name


def why_not(name: str) -> str | None:
    """The reason for which a name is out of scope, or None."""
    return next((reason for reason, names in OUT_OF_SCOPE.items() if name in names), None)


def written_out(info: Any) -> bool:
    """Is the op a lambda of the database?"""
    return isinstance(info.op, types.FunctionType) and info.op.__name__ == "<lambda>"


def our_op(info: Any) -> Callable | None:
    """minitorch's op of the same name; None if there is none. A lambda is made to see minitorch as `torch`."""
    ours = found(minitorch, info.name)
    if not callable(ours) or isinstance(ours, minitorch.dtype):
        ours = found(minitorch.Tensor, info.name)
    if ours is None and not (written_out(info) and hasattr(minitorch.Tensor, f"{info.name}_")):
        return None
    if not written_out(info):
        return ours
    names = {"torch": minitorch, "wrapper_set_seed": lambda op, *args, **kwargs: op(*args, **kwargs)}
    code, defaults, cells = info.op.__code__, info.op.__defaults__, info.op.__closure__
    return types.FunctionType(code, names, info.name, defaults, cells)


ENTRIES = [info for info in op_db if why_not(info.name) is None]
PRESENT = [info for info in ENTRIES if our_op(info) is not None]


def methods(info: Any) -> Iterator[Callable]:
    """PyTorch's other forms of an entry: the Tensor method, the operator, and both in place."""
    variants = (info.method_variant, info.inplace_variant, info.operator_variant, info.inplace_operator_variant)
    yield from (variant for variant in variants if getattr(variant, "__name__", "<lambda>") != "<lambda>")


def our_method(theirs: Callable) -> Callable | None:
    """minitorch's form of one of `methods`; operators are Python's own."""
    operator = getattr(theirs, "__module__", None) == "_operator"
    return theirs if operator else getattr(minitorch.Tensor, theirs.__name__, None)


def missing_names() -> list[str]:
    """Entries in scope that minitorch doesn't have; of those that it has, missing aliases and methods."""
    missing = set()
    for info in ENTRIES:
        if our_op(info) is None:
            missing.add(info.name)
            continue
        missing |= {alias.name for alias in info.aliases if found(minitorch, alias.name) is None}
        missing |= {f"Tensor.{method.__name__}" for method in methods(info) if our_method(method) is None}
    return sorted(name for name in missing if why_not(name) is None)


def takes(info: Any, dtype: str) -> bool:
    return getattr(torch, dtype) in info.supported_dtypes("cpu")


def has_gradient(info: Any, dtype: str) -> bool:
    return info.supports_autograd and getattr(torch, dtype) in info.supported_backward_dtypes("cpu")


def samples(info: Any, dtype: str, requires_grad: bool = False) -> list[Any]:
    """The database's calls of one dtype."""
    # Not through `info.sample_inputs`, which searches the call stack for the test's name: that takes most of its time.
    made = iter(info.sample_inputs_func(info, "cpu", getattr(torch, dtype), requires_grad))
    found = []
    while True:
        torch.default_generator.manual_seed(42)
        try:
            sample = next(made, None)
        except Exception:  # the database can't make samples of a dtype that the op doesn't take
            assert not takes(info, dtype)
            sample = None
        if sample is None:
            return found
        found.append(sample)
