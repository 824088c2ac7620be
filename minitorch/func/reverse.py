"""Reverse mode on functions: `grad`, `grad_and_value`, `vjp`.

The function runs on a level of its own (minitorch.transforms.level), where its inputs are leaves; the tape of that level is then
walked back. Whatever the levels below have to record of it, they record, so these may be nested in any order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from minitorch.ops import ones_like
from minitorch.tape import mode
from minitorch.tensor import Tensor
from minitorch.transforms.recording import Recorded
from minitorch.transforms.trees import filled, leaves, tensors_of

Argnums = int | Sequence[int]


def vjp(func: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """`func(*primals)`, and a function from a gradient of the result to those of the primals.

    Returns (output, vjp_fn), with has_aux (output, vjp_fn, aux); `func` then returns (output, aux). vjp_fn may be called again.

    >>> import minitorch
    >>> out, pull = minitorch.func.vjp(lambda x: x**2, minitorch.tensor([1.0, 2.0]))
    >>> pull(minitorch.tensor([1.0, 10.0]))
    (tensor([ 2., 40.]),)
    """
    run = Recorded("vjp", func, primals, has_aux)
    outputs = tensors_of(run.result, "vjp(f, *primals): Expected f to be a function that has non-empty output which")

    def vjp_fn(*cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given = list(
            leaves(cotangents[0] if len(cotangents) == 1 and not isinstance(run.result, tuple) else cotangents)
        )
        given = list(leaves(cotangents[0])) if len(given) != len(outputs) and len(cotangents) == 1 else given
        _fit(outputs, given)
        gradients = run.pulled(outputs, given, retain_graph, mode.enabled if create_graph is None else create_graph)
        return filled(run.primals, gradients)

    lowered = run.lowered(run.result)
    return (lowered, vjp_fn, run.aux) if has_aux else (lowered, vjp_fn)


def _fit(outputs: list[Tensor], cotangents: list) -> None:
    if len(outputs) != len(cotangents):
        raise RuntimeError(
            f"Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function: "
            f"{len(outputs)} outputs, {len(cotangents)} cotangents"
        )
    for index, (out, cotangent) in enumerate(zip(outputs, cotangents, strict=True)):
        if not isinstance(cotangent, Tensor) or tuple(cotangent.shape) != tuple(out.shape):
            got = list(cotangent.shape) if isinstance(cotangent, Tensor) else type(cotangent).__name__
            raise RuntimeError(
                f"Mismatch in shape: cotangent[{index}] has a shape of {got} and output[{index}] has a shape of {list(out.shape)}"
            )


def grad_and_value(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
    """A function that returns the gradient of `func` with respect to its arguments `argnums`, and its value.

    `func` must return one number, a Tensor with one element; with has_aux (number, aux), and value becomes (value, aux).
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        chosen = chosen_arguments(argnums, len(args))
        run = Recorded(
            "grad", of_chosen(func, args, chosen, kwargs), tuple([args[number] for number in chosen]), has_aux
        )
        out = run.result
        if not isinstance(out, Tensor):
            raise RuntimeError(f"Expected f(*args) to return a Tensor, got {type(out).__name__}")
        if out.ndim != 0:
            raise RuntimeError(
                "Expected f(*args) to return a scalar tensor, got tensor with "
                f"{out.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
            )
        value = run.lowered(out)
        gradients = run.pulled([out], [ones_like(value.detach())], retain_graph=False, create_graph=mode.enabled)
        gradients = filled(run.primals, gradients)
        gradients = gradients[0] if isinstance(argnums, int) else gradients
        return (gradients, (value, run.aux)) if has_aux else (gradients, value)

    return wrapper


def grad(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
    """A function that returns the gradient of `func` with respect to its arguments `argnums`.

    `func` must return one number, a Tensor without dimensions; with has_aux (number, aux), which gives (gradient, aux).

    >>> import minitorch
    >>> from minitorch.func import grad
    >>> grad(grad(minitorch.sin))(minitorch.tensor(1.0))
    tensor(-0.8415)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradients, value = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return wrapper


def chosen_arguments(argnums: Argnums, count: int) -> tuple[int, ...]:
    """The positions that are differentiated, counted from the front."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if not numbers:
        raise RuntimeError("argnums must be non-empty")
    found = []
    for number in numbers:
        if not isinstance(number, int):
            raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(number).__name__}")
        if not -count <= number < count:
            raise RuntimeError(f"Got argnum={number}, but only {count} positional inputs")
        found.append(number % count)
    if len(set(found)) != len(found):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return tuple(found)


def of_chosen(func: Callable, args: tuple, chosen: tuple[int, ...], kwargs: dict) -> Callable:
    """`func` as a function of the chosen arguments alone."""

    def of(*values: Any) -> Any:
        given = list(args)
        for number, value in zip(chosen, values, strict=True):
            given[number] = value
        return func(*given, **kwargs)

    return of
