"""Jacobians, Hessians and their products with vectors, in the older interface of `torch.autograd.functional`.

`minitorch.func` computes them; here are the arguments and checks of the older names. Inputs are a Tensor or a tuple of them,
and so are outputs. create_graph: may the result be differentiated again? strict: is it an error where an output doesn't depend
on an input?
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch import func as transforms
from minitorch.ops import ones_like
from minitorch.tape import mode
from minitorch.tensor import Tensor
from minitorch.transforms.level import current
from minitorch.transforms.recording import Recorded

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = Tensor | tuple[Tensor, ...]


def _as_tuple(value: Any, name: str, caller: str) -> tuple[Tensor, ...]:
    several = isinstance(value, tuple | list)
    values = tuple(value) if several else (value,)
    for number, one in enumerate(values):
        if not isinstance(one, Tensor):
            which = f"the value at index {number}" if several else f"the given {name}"
            raise TypeError(
                f"The {name} given to {caller} must be either a Tensor or a tuple of Tensors but {which} has type {type(one)}."
            )
    return values


OUTPUTS = "outputs of the user-provided function"


def _checked(func: Callable, caller: str) -> Callable:
    """func, refused where it returns something else than Tensors."""

    def checked(*inputs: Tensor) -> Any:
        result = func(*inputs)
        _as_tuple(result, OUTPUTS, caller)
        return result

    return checked


def _like(value: Any, results: list) -> Any:
    """Results in the form of the argument: one Tensor, or a tuple."""
    return tuple(results) if isinstance(value, tuple | list) else results[0]


def _vectors(v: Any, like: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"The vector v can only be None if the {name} contains a single Tensor with a single element."
            )
        return (ones_like(like[0].detach()),)
    vectors = _as_tuple(v, "v", name)
    if len(vectors) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}.")
    for number, (one, other) in enumerate(zip(vectors, like, strict=True)):
        if tuple(one.shape) != tuple(other.shape):
            raise RuntimeError(
                f"v has invalid size: should be {list(other.shape)} but got {list(one.shape)} (entry {number})."
            )
    return vectors


def _finished(values: Any, create_graph: bool) -> Any:
    """Cut off from the tape, unless the result is to be differentiated again."""
    if create_graph:
        return values
    if isinstance(values, tuple | list):
        return type(values)([_finished(value, create_graph) for value in values])
    return values.detach()


class _Run(Recorded):
    """A function of tensors, run on a tape of its own, with the checks of this interface."""

    def __init__(self, caller: str, function: Callable, inputs: Any, create_graph: bool, strict: bool):
        self.strict, self.create_graph = strict, create_graph
        given = _as_tuple(inputs, "inputs", caller)
        super().__init__(caller, function, given, False)
        self.outputs = list(_as_tuple(self.result, OUTPUTS, caller))
        if strict:
            for number, out in enumerate(self.outputs):
                if not (self.transform.has(out) and out.requires_grad):
                    raise RuntimeError(
                        f"Output {number} of the user-provided function does not require gradients. The outputs must be computed "
                        "in a differentiable manner from the input when running in strict mode."
                    )

    def back(self, outputs: list[Tensor], vectors: list[Tensor]) -> list[Tensor]:
        if self.strict:
            self.independent(outputs, "The output")
        return self.pulled(outputs, vectors, True, self.create_graph)

    def independent(self, outputs: list[Tensor], which: str) -> None:
        """Raise if an input isn't on the way from the outputs, of which an error says `which`."""
        seen = {current(out)._node for out in outputs}
        stack: list[Any] = list(seen)
        while stack:
            for edge in stack.pop().edges:
                if edge is not None and edge not in seen:
                    seen.add(edge)
                    stack.append(edge)
        for number, leaf in enumerate(self.inputs):
            if leaf._node not in seen:
                raise RuntimeError(
                    f"{which} of the user-provided function is independent of input {number}. This is not allowed in strict mode."
                )


def vjp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """The outputs, and the product of the vector v with the Jacobian: (outputs, gradients of the inputs)."""
    run = _Run("vjp", func, inputs, create_graph, strict)
    vectors = _vectors(v, tuple(run.outputs), "user-provided function's output")
    gradients = run.back(run.outputs, list(vectors))
    return _finished(run.lowered(run.result), create_graph), _finished(_like(inputs, gradients), create_graph)


def jvp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """The outputs, and the product of the Jacobian with the vector v, by forward mode."""
    given = _as_tuple(inputs, "inputs", "jvp")
    vectors = _vectors(v, given, "input to the user-provided function")
    if strict:
        run = _Run("jvp", func, inputs, False, True)
        run.independent(run.outputs, "The output")
    outputs, tangents = transforms.jvp(_checked(func, "jvp"), given, vectors)
    return _finished(outputs, create_graph), _finished(tangents, create_graph)


def jacobian(
    func: Callable,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian: for an output of shape (*out) and an input of shape (*in) a Tensor of shape (*out, *in).

    Several outputs give a tuple of them, several inputs a tuple in each. `vectorize` is accepted: all rows are computed together.

    >>> import minitorch
    >>> minitorch.autograd.functional.jacobian(lambda x: x.exp(), minitorch.zeros(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
            'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    given = _as_tuple(inputs, "inputs", "jacobian")
    if strategy == "forward-mode" and create_graph:
        raise NotImplementedError(
            "jacobian(): create_graph=True and strategy='forward-mode' are not both supported yet"
        )
    if strict and vectorize:
        raise RuntimeError("jacobian(): strict=True and vectorize=True are not supported together")
    if strict:
        run = _Run("jacobian", func, inputs, create_graph, True)
        for number, out in enumerate(run.outputs):
            run.independent([out], f"Output {number}")
    numbers = tuple(range(len(given)))
    transform = transforms.jacfwd if strategy == "forward-mode" else transforms.jacrev
    found = transform(_checked(func, "jacobian"), numbers)(*given)
    several = isinstance(inputs, tuple | list)
    outputs = isinstance(found, tuple) and bool(found) and isinstance(found[0], tuple)
    rows = [row if several else row[0] for row in (found if outputs else (found,))]
    return _finished(tuple(rows) if outputs else rows[0], create_graph)


def _depend(run: _Run, gradients: list[Tensor]) -> None:
    """Raise where one of the gradients, which `run` gave, doesn't change with the inputs."""
    for number, gradient in enumerate(gradients):
        if not (run.transform.has(gradient) and gradient.requires_grad):
            raise RuntimeError(
                "While computing the hessian, found that the jacobian of the user-provided function with respect to input "
                f"{number} is independent of the input. This is not allowed in strict mode. You should make sure that your "
                "function is thrice differentiable and that the hessian depends on the inputs."
            )


def hessian(
    func: Callable,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function with one number as its result: (*in_i, *in_j) for each pair of inputs."""
    given = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def first(*values: Tensor) -> Any:
        run = _Run("hessian", func, values, True, strict)
        out = _scalar(run, "hessian")
        return tuple(run.pulled([out], [ones_like(run.lowered(out).detach())], True, True))

    if strict:
        run = _Run("hessian", first, given, False, False)
        _depend(run, run.outputs)
    found = jacobian(
        first, given, create_graph, strict and not vectorize, vectorize and not strict, outer_jacobian_strategy
    )
    return found if isinstance(inputs, tuple | list) else found[0][0]


def _scalar(run: _Run, caller: str) -> Tensor:
    if len(run.outputs) != 1 or isinstance(run.result, tuple):
        raise RuntimeError(f"The function given to {caller} should return a single Tensor")
    if run.outputs[0].numel() != 1:
        raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
    return run.outputs[0]


def _gradients_and_value(caller: str, func: Callable, strict: bool) -> Callable:
    """A function that returns the gradients of `func`, and last its value: what is differentiated a second time."""

    def first(*values: Tensor) -> tuple:
        run = _Run(caller, func, values, True, strict)
        out = _scalar(run, caller)
        value = run.lowered(out)
        return (*run.back([out], [ones_like(value.detach())]), value)

    return first


def vhp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """The function's value, and the product of the vector v with its Hessian, by reverse mode twice."""
    given = _as_tuple(inputs, "inputs", "vhp")
    vectors = _vectors(v, given, "input to the user-provided function")

    first = _gradients_and_value("vhp", func, strict)
    run = _Run("vhp", first, given, create_graph, False)
    if strict:
        _depend(run, run.outputs[:-1])
    gradients = run.pulled(run.outputs[:-1], list(vectors), True, create_graph and mode.enabled)
    return _finished(run.lowered(run.outputs[-1]), create_graph), _finished(_like(inputs, gradients), create_graph)


def hvp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """The function's value, and the product of its Hessian with the vector v, by forward mode over reverse mode."""
    given = _as_tuple(inputs, "inputs", "hvp")
    vectors = _vectors(v, given, "input to the user-provided function")

    first = _gradients_and_value("hvp", func, strict)
    if strict:
        run = _Run("hvp", first, given, False, False)
        _depend(run, run.outputs[:-1])
    outputs, tangents = transforms.jvp(first, given, vectors)
    return _finished(outputs[-1], create_graph), _finished(_like(inputs, list(tangents[:-1])), create_graph)
