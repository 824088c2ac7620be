"""Jacobians and Hessians of functions, by rows (reverse mode) or by columns (forward mode), all rows or columns at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from minitorch.func.batching import vmap
from minitorch.func.forward import pushed
from minitorch.func.reverse import Argnums, chosen_arguments, of_chosen
from minitorch.ops import eye
from minitorch.tape import mode
from minitorch.tensor import Tensor
from minitorch.transforms.recording import Recorded, split
from minitorch.transforms.trees import filled, leaves, tensors_of


def jacrev(func: Callable, argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None) -> Callable:
    """A function that returns the Jacobian of `func`, by reverse mode: best where there are fewer outputs than inputs.

    For an output of shape (*out) and an input of shape (*in) it has the shape (*out, *in). chunk_size: how many rows at a time.

    >>> import minitorch
    >>> minitorch.func.jacrev(lambda x: x**2)(minitorch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        chosen = chosen_arguments(argnums, len(args))
        run = Recorded("jacrev", of_chosen(func, args, chosen, kwargs), tuple([args[n] for n in chosen]), has_aux)
        outputs = tensors_of(run.result, "jacrev: Expected f to be a function that has non-empty output which")
        recorded = mode.enabled

        def rows(out: Tensor) -> list[Tensor]:
            """The Jacobian of one output with respect to each input."""
            below = run.lowered(out)
            basis = eye(out.numel(), dtype=out.dtype, device=below.device).reshape(out.numel(), *out.shape)
            pull = lambda cotangent: tuple(run.pulled([out], [cotangent], True, recorded))
            if not out.numel():
                return [leaf.new_zeros((0, *leaf.shape)) for leaf in leaves(run.primals)]
            return list(vmap(pull, chunk_size=chunk_size)(basis))

        jacobians = []
        for out in outputs:
            parts = [row.reshape(*out.shape, *row.shape[1:]) for row in rows(out)]
            tree = filled(run.primals, parts)
            jacobians.append(tree[0] if isinstance(argnums, int) else tree)
        result = filled(run.result, jacobians)
        return (result, run.aux) if has_aux else result

    return wrapper


def jacfwd(func: Callable, argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error") -> Callable:
    """A function that returns the Jacobian of `func`, by forward mode: best where there are fewer inputs than outputs.

    >>> import minitorch
    >>> minitorch.func.jacfwd(lambda x: x**2)(minitorch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        chosen = chosen_arguments(argnums, len(args))
        primals = tuple([args[number] for number in chosen])
        inputs = tensors_of(primals, "jacfwd: Expected primals which")
        of = of_chosen(func, args, chosen, kwargs)

        def columns(position: int) -> Any:
            """The derivative of the outputs in the direction of each element of one input."""
            primal = inputs[position]
            basis = eye(primal.numel(), dtype=primal.dtype, device=primal.device).reshape(primal.numel(), *primal.shape)

            def push(direction: Tensor) -> Any:
                tangents = [direction if number == position else None for number in range(len(inputs))]
                result = pushed("jacfwd", of, primals, tangents)
                output, tangent, aux = split_tangents(result, has_aux)
                return tangent, output, aux

            return vmap(push, out_dims=(-1, None, None), randomness=randomness)(basis)

        found = [columns(position) for position in range(len(inputs))]
        tangents, output, aux = zip(*found, strict=True)
        jacobians = []
        for number, out in enumerate(leaves(output[0])):
            parts = [
                list(leaves(tangent))[number].reshape(*out.shape, *primal.shape)
                for tangent, primal in zip(tangents, inputs, strict=True)
            ]
            tree = filled(primals, parts)
            jacobians.append(tree[0] if isinstance(argnums, int) else tree)
        result = filled(output[0], jacobians)
        return (result, aux[0]) if has_aux else result

    return wrapper


def split_tangents(result: tuple[Any, Any], has_aux: bool) -> tuple[Any, Any, Any]:
    """Output, tangent and aux of a function that was pushed forward."""
    output, tangent = result
    if not has_aux:
        return output, tangent, ()
    output, aux = split("jacfwd", output)
    return output, tangent[0], aux


def hessian(func: Callable, argnums: Argnums = 0) -> Callable:
    """A function that returns the second derivatives of `func`: forward mode over reverse mode.

    >>> import minitorch
    >>> minitorch.func.hessian(lambda x: (x**3).sum())(minitorch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
