"""Forward mode on functions: `jvp`, `linearize`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minitorch.ops import zeros_like
from minitorch.tensor import Tensor
from minitorch.transforms.dual import Dual, DualLevel
from minitorch.transforms.level import Transform, current
from minitorch.transforms.recording import split
from minitorch.transforms.trees import filled, leaves, tensors_of


def jvp(func: Callable, primals: tuple, tangents: tuple, *, strict: bool = False, has_aux: bool = False) -> tuple:
    """`func(*primals)`, and its derivative in the direction `tangents`: (output, tangent of the output).

    With has_aux `func` returns (output, aux) and jvp (output, tangent, aux).

    >>> import minitorch
    >>> x = minitorch.tensor([1.0, 2.0])
    >>> minitorch.func.jvp(lambda x: x**2, (x,), (minitorch.ones(2),))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    output, tangent = pushed("jvp", func, primals, _checked(primals, tangents), strict)
    if not has_aux:
        return output, tangent
    output, aux = split("jvp", output)
    return output, tangent[0], aux


def pushed(
    name: str, func: Callable, primals: tuple, tangents: Sequence[Tensor | None], strict: bool = False
) -> tuple[Any, Any]:
    """`func(*primals)` and the tangent of its result; None for the tangent of a primal means that it doesn't move."""
    flat = tensors_of(primals, f"{name}(f, primals, tangents): Expected primals which")
    with Transform(DualLevel) as transform:
        inputs = [_dual(transform, primal, tangent) for primal, tangent in zip(flat, tangents, strict=True)]
        result = func(*filled(primals, inputs))
    tensors_of(result, f"{name}(f, primals, tangents): Expected f to be a function that has non-empty output which")
    pairs = [unpacked(transform, leaf, strict) for leaf in leaves(result)]
    return filled(result, [pair[0] for pair in pairs]), filled(result, [pair[1] for pair in pairs])


def _dual(transform: Transform, primal: Tensor, tangent: Tensor | None) -> Tensor:
    def array(below: Tensor) -> Dual:
        return Dual(transform.over(below.device), below, None if tangent is None else current(tangent).to(below.device))

    return transform.enter(current(primal), array)


def unpacked(transform: Transform, value: Tensor, strict: bool = False) -> tuple[Tensor, Tensor]:
    """Value and tangent of a function's result; zeros where it doesn't depend on what has a tangent."""
    array = current(value)._array if transform.has(value) else None
    if array is not None and array.tangent is not None:
        return array.primal, array.tangent
    if strict:
        raise RuntimeError("jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs.")
    primal = value if array is None else array.primal
    return primal, zeros_like(primal.detach())


def _checked(primals: Any, tangents: Any) -> list[Tensor]:
    """The tangents, one for each primal."""
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
    return second


def linearize(func: Callable, *primals: Any) -> tuple[Any, Callable]:
    """`func(*primals)`, and a function that maps tangents of the primals to those of the result there."""

    def jvp_fn(*tangents: Any) -> Any:
        return jvp(func, primals, tangents)[1]

    return func(*primals), jvp_fn
