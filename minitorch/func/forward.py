"""Forward mode on functions: `jvp`, `linearize`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.ops import zeros_like
from minitorch.tensor import Tensor
from minitorch.transforms.dual import Dual, DualLevel
from minitorch.transforms.level import Transform, current
from minitorch.transforms.trees import filled, leaves, mapped, tensors_of


def jvp(
    func: Callable, primals: tuple, tangents: tuple, *, strict: bool = False, has_aux: bool = False
) -> tuple:
    """`func(*primals)`, and its derivative in the direction `tangents`: (output, tangent of the output).

    With has_aux `func` returns (output, aux) and jvp (output, tangent, aux).

    >>> import minitorch
    >>> x = minitorch.tensor([1.0, 2.0])
    >>> minitorch.func.jvp(lambda x: x**2, (x,), (minitorch.ones(2),))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    flat = _checked(primals, tangents)
    with Transform(DualLevel) as transform:
        inputs = [_dual(transform, primal, tangent) for primal, tangent in flat]
        result = func(*filled(primals, inputs))
    aux = None
    if has_aux:
        if not (isinstance(result, tuple) and len(result) == 2):
            raise RuntimeError("jvp(f, primals, tangents): output of function f should be a tuple: (output, aux)")
        result, aux = result
    tensors_of(result, "jvp(f, primals, tangents): Expected f to be a function that has non-empty output which")
    pairs = [unpacked(transform, leaf, strict) for leaf in leaves(result)]
    output, tangent = filled(result, [pair[0] for pair in pairs]), filled(result, [pair[1] for pair in pairs])
    return (output, tangent, mapped(lambda value: lowered(transform, value), aux)) if has_aux else (output, tangent)


def _dual(transform: Transform, primal: Tensor, tangent: Tensor) -> Tensor:
    return transform.enter(
        current(primal), lambda below: Dual(transform.over(below.device), below, current(tangent).to(below.device))
    )


def unpacked(transform: Transform, value: Tensor, strict: bool = False) -> tuple[Tensor, Tensor]:
    """Value and tangent of a function's result; zeros where it doesn't depend on what has a tangent."""
    if not transform.has(value):
        if strict:
            raise RuntimeError("jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs.")
        return value, zeros_like(value.detach())
    array = current(value)._array
    return array.primal, zeros_like(array.primal.detach()) if array.tangent is None else array.tangent


def lowered(transform: Transform, value: Any) -> Any:
    """The Tensor below, without its tangent."""
    return current(value)._array.primal if transform.has(value) else value


def _checked(primals: Any, tangents: Any) -> list[tuple[Tensor, Tensor]]:
    """The primals, each with its tangent."""
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise RuntimeError(
                f"jvp(f, primals, tangents): Expected {name} to be a tuple. E.g. it should be valid to call f(*primals)."
            )
    first = tensors_of(primals, "jvp(f, primals, tangents): Expected primals which")
    second = tensors_of(tangents, "jvp(f, primals, tangents): Expected tangents which")
    if len(first) != len(second) or not first:
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure, not empty: "
            f"{len(first)} primals, {len(second)} tangents"
        )
    for primal, tangent in zip(first, second, strict=True):
        if tuple(primal.shape) != tuple(tangent.shape):
            raise RuntimeError(
                f"jvp(f, primals, tangents): a primal of shape {list(primal.shape)} has a tangent of shape {list(tangent.shape)}"
            )
    return list(zip(first, second, strict=True))


def linearize(func: Callable, *primals: Any) -> tuple[Any, Callable]:
    """`func(*primals)`, and a function that maps tangents of the primals to those of the result there."""

    def jvp_fn(*tangents: Any) -> Any:
        return jvp(func, primals, tangents)[1]

    return func(*primals), jvp_fn
