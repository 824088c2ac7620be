"""`__torch_function__` for functions of one's own does what PyTorch's does."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch.nn.functional

torch = pytest.importorskip("torch")


class Base:
    answer: Any = "base"

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return NotImplemented if cls.answer is NotImplemented else (cls.answer, func.__name__, types, args, kwargs)


class Derived(Base):
    answer = "derived"


class Silent(Base):
    answer = NotImplemented


def own(*values: Any, **settings: Any) -> None: ...


LIBRARIES = [pytest.param(torch, id="torch"), pytest.param(minitorch, id="minitorch")]
CALLS = [
    (Base(), 1), (Base(), Derived()), (Derived(), Base()), (Silent(), 3, Base()), (1, "two"), (), (Silent(),), (Base(), Base()),
]  # fmt: skip


@pytest.mark.parametrize("values", CALLS)
def test_the_same_is_asked(values: tuple) -> None:
    outcomes = []
    for library in (torch, minitorch):
        F = library.nn.functional
        with_tensor = (library.ones(2), *values)
        asked = [F.has_torch_function(values), F.has_torch_function_variadic(*with_tensor)]
        asked += [F.has_torch_function_unary(value) for value in values]
        try:
            outcome = F.handle_torch_function(own, values, *values, setting=2)
        except TypeError as error:
            outcome = str(error)
        outcomes.append((asked, outcome))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("switch", ["DisableTorchFunction", "DisableTorchFunctionSubclass"])
def test_nobody_is_asked_inside(library: Any, switch: str) -> None:
    F = library.nn.functional
    with getattr(library._C if library is torch else library, switch)():
        assert not F.has_torch_function_unary(Base())
        with getattr(library._C if library is torch else library, switch)():
            pass
        assert not F.has_torch_function((Base(),))
    assert F.has_torch_function((Base(),))
