"""Which op runs in which dtype under autocast, against PyTorch: its own lists for both device types, and its whole database.

On `cpu` each call is made in both libraries. On `cuda` PyTorch's list says what comes out, and the calls run on whatever stands
behind `cuda` here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")
pytest.importorskip("ml_dtypes")
pytest.importorskip("expecttest")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.autocast_test_lists import AutocastCPUTestLists, AutocastTestLists

from opinfo.checks import attempted  # noqa: E402
from opinfo.database import PRESENT, samples, takes, title  # noqa: E402
from opinfo.database import our_op as our_entry  # noqa: E402
from opinfo.translation import Ours, Untranslatable  # noqa: E402


def dtypes_of(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [dtypes_of(part) for part in value]
    return str(value.dtype) if hasattr(value, "dtype") else type(value).__name__


# --- PyTorch's lists ---------------------------------------------------------------------------------------------------

INTERNAL = ("_addmm_activation", "_convolution", "_native_multi_head_attention", "__div__", "cudnn_convolution",
            "cudnn_convolution_transpose", "einsum")  # fmt: skip
OUR_NAMES = {
    "nll_loss2d": "nll_loss",
    "reflection_pad1d": "pad",
    "linalg_vecdot": "vecdot",
    "linalg_multi_dot": "multi_dot",
}
OUR_ARGUMENTS: dict[str, Callable] = {
    "reflection_pad1d": lambda input, padding: ((input, padding, "reflect"), {}),
    "poisson_nll_loss": lambda input, other, *more: ((input, other, True, False, 1e-8, 1), {}),
    "margin_ranking_loss": lambda input, other, target: ((input, other, target.expand(8, 8)), {}),  # shapes are checked
}


OURS = (minitorch, minitorch.nn.functional, minitorch.linalg, minitorch.Tensor)


def ours_of(value: Any, device: str = "cpu") -> Any:
    if isinstance(value, torch.Tensor):
        array = value.float().numpy() if value.is_floating_point() else value.numpy()
        return minitorch.tensor(array).to(getattr(minitorch, str(value.dtype).removeprefix("torch."))).to(device)
    return type(value)(ours_of(part, device) for part in value) if isinstance(value, list | tuple) else value


def found_in(name: str, *places: Any) -> Callable:
    return next(getattr(place, name) for place in places[name.startswith("__") and -1 :] if hasattr(place, name))


def listed(lists: Any, *groups: str) -> Iterator[tuple[str, str, tuple, dict]]:
    """Ops of PyTorch's lists: the list, the name, arguments and settings."""
    for group in groups:
        for name, arguments, *more in getattr(lists, group):
            if name not in INTERNAL:
                yield group, name, arguments, more[0] if more and isinstance(more[0], dict) else {}


def called(name: str, arguments: tuple, settings: dict) -> Any:
    """The result on minitorch."""
    function = found_in(OUR_NAMES.get(name, name), *OURS)
    own, own_settings = OUR_ARGUMENTS[name](*arguments, **settings) if name in OUR_ARGUMENTS else (arguments, settings)
    return function(*own, **own_settings)


def in_autocast(t: Any, device: str, dtype: Any, call: Callable[[], Any]) -> Any:
    """The dtype of the result, or the beginning of the error."""
    with t.autocast(device, dtype):
        try:
            return dtypes_of(call())
        except RuntimeError as error:
            return str(error).replace("\n", " ")[:50]


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


CPU = [
    *listed(AutocastCPUTestLists("cpu"), "torch_16", "torch_fp32", "nn_16", "nn_fp32", "torch_expect_builtin_promote",
            "methods_expect_builtin_promote", "torch_need_autocast_promote")
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize(("group", "name", "arguments", "settings"), CPU, ids=text)
def test_on_the_cpu(group: str, name: str, arguments: tuple, settings: dict, dtype: str) -> None:
    theirs = found_in(name, torch, torch.nn.functional, torch._C._nn, torch.Tensor)
    expected = in_autocast(torch, "cpu", getattr(torch, dtype), lambda: theirs(*arguments, **settings))
    own = ours_of(arguments)
    assert in_autocast(minitorch, "cpu", getattr(minitorch, dtype), lambda: called(name, own, settings)) == expected


CUDA = [
    *listed(AutocastTestLists("cpu"), "torch_fp16", "torch_fp32", "torch_need_autocast_promote", "nn_fp16", "nn_fp32",
            "linalg_fp16", "methods_fp16", "methods_fp32", "banned")
]  # fmt: skip


@pytest.mark.parametrize(("group", "name", "arguments", "settings"), CUDA, ids=text)
def test_on_a_gpu(group: str, name: str, arguments: Any, settings: dict) -> None:
    own = ours_of(arguments, "cuda")
    found = in_autocast(minitorch, "cuda", minitorch.float16, lambda: called(name, own, settings))
    expected = "torch.float16" if "fp16" in group else "torch.float32"
    if group == "banned":
        assert found == "torch.nn.functional.binary_cross_entropy and torch"
    else:
        assert found == expected or found == [expected] * len(found)


DIFFERENT = {
    "as_strided.partial_views": "the sample can't be translated: test_opinfo.py",
    "einsum": "PyTorch multiplies dims of size 1 by matrix products too",
    "tensordot": "PyTorch multiplies dims of size 1 by matrix products too",
    "svd_lowrank": "refused, for it asks for full precision before it starts",
    "pca_lowrank": "refused, for it asks for full precision before it starts",
    "linalg.pinv": "PyTorch's last step is a matrix product in bfloat16; ours stays in float32",
    "linalg.pinv.hermitian": "PyTorch's last step is a matrix product in bfloat16; ours stays in float32",
}


def test_all_ops_of_the_database_have_pytorchs_dtypes() -> None:
    """float32 arguments of every op that PyTorch's database holds, also of those that no list names."""
    different: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for info in [info for info in PRESENT if takes(info, "float32")]:
            for sample in samples(info, "float32")[:2]:
                try:
                    own = Ours(sample)
                except Untranslatable:
                    continue
                with torch.autocast("cpu"), minitorch.autocast("cpu"):
                    theirs, refused = attempted(info.op, sample)
                    result, error = attempted(our_entry(info), own)
                if refused is None and (error is not None or dtypes_of(result) != dtypes_of(theirs)):
                    different.setdefault(title(info), (dtypes_of(theirs), error or dtypes_of(result)))
    assert different.keys() <= DIFFERENT.keys(), {k: v for k, v in different.items() if k not in DIFFERENT}
