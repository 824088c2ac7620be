"""Random programs of views, in-place writes and reads, run on PyTorch and on minitorch: values, versions and gradients agree.

A program is drawn from a seed: steps on a growing list of float64 tensors, of which the first two require grad. A step that
PyTorch refuses must be refused here. Where PyTorch refuses what is well defined, or gives what depends on the order in which
memory is read, the program ends there, or goes on with a copy: see LENIENT and `Run.take`.
"""

from __future__ import annotations

import functools
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

PROGRAMS, LENGTH = 500, 14  # programs in a test, steps in a program at most
SHAPES = ((3, 4), (4,), (2, 3, 4))
REFUSALS = (RuntimeError, IndexError, ValueError, TypeError, ZeroDivisionError)
LENIENT = (  # PyTorch's refusals that have no counterpart here, and why
    "some elements of the input tensor and the written-to tensor refer",  # here operands are read before memory is written
    "is a view and its base or another view of its base has been modified inplace",  # here such a view is made again
    "A view was created in no_grad mode",  # the same
    "refers to a single memory location",  # in backward(): here gradients of expanded tensors are written as any other
    "has been modified by an inplace operation",  # here a view's write keeps its own result, which nothing can change
)

# Each step takes the library, its operands and two small numbers.
VIEWS: dict[str, Callable] = {
    "select": lambda t, x, a, b: x.select(a % x.ndim, b % x.shape[a % x.ndim]),
    "slice": lambda t, x, a, b: x[a % x.shape[0] :: b],
    "narrow": lambda t, x, a, b: x.narrow(a % x.ndim, b % x.shape[a % x.ndim], 1),
    "transpose": lambda t, x, a, b: x.transpose(a % x.ndim, b % x.ndim),
    "reversed": lambda t, x, a, b: x.permute(tuple(reversed(range(x.ndim)))),
    "flat": lambda t, x, a, b: x.view(-1),
    "reshape": lambda t, x, a, b: x.reshape(x.numel()),
    "unsqueeze": lambda t, x, a, b: x.unsqueeze(a % (x.ndim + 1)),
    "squeeze": lambda t, x, a, b: x.squeeze(),
    "expand": lambda t, x, a, b: x.unsqueeze(0).expand(a + 1, *x.shape),
    "diagonal": lambda t, x, a, b: x.diagonal(a - 1),
    "unbind": lambda t, x, a, b: x.unbind(a % x.ndim)[b % x.shape[a % x.ndim]],
    "split": lambda t, x, a, b: x.split(a + 1)[0],
    "detach": lambda t, x, a, b: x.detach(),
    "view_as": lambda t, x, a, b: x.view_as(x),
    "slice_without_tape": lambda t, x, a, b: _without_tape(
        t,
        lambda: (x.detach() if x.requires_grad else x)[
            a % x.shape[0] :
        ],  # PyTorch calls a view a leaf that requires grad
    ),
    "detach_without_tape": lambda t, x, a, b: _without_tape(t, lambda: x.detach().transpose(a % x.ndim, b % x.ndim)),
    "movedim": lambda t, x, a, b: x.movedim(a % x.ndim, b % x.ndim),
    "chain": lambda t, x, a, b: x.unsqueeze(0).transpose(0, -1)[a % x.shape[-1] :].squeeze(-1),
}
ARRANGED: dict[str, Callable] = {  # reads whose results lie in memory as a library sees fit: here as there
    "sum": lambda t, x, y, a, b: x.sum(a % x.ndim),
    "mean": lambda t, x, y, a, b: x.mean((a % x.ndim, b % x.ndim) if a % x.ndim != b % x.ndim else a % x.ndim, b > 1),
    "amax": lambda t, x, y, a, b: x.amax(a % x.ndim, b > 1),
    "prod": lambda t, x, y, a, b: x.prod(a % x.ndim),
    "norm": lambda t, x, y, a, b: (x + 2).norm(dim=a % x.ndim),
    "cumsum": lambda t, x, y, a, b: x.cumsum(a % x.ndim),
    "list": lambda t, x, y, a, b: x[[a % x.shape[0], b % x.shape[0], a % x.shape[0]]],
}
READS: dict[str, Callable] = ARRANGED | {
    "sin": lambda t, x, y, a, b: x.sin(),
    "exp": lambda t, x, y, a, b: (x * 0.3).exp(),
    "mul": lambda t, x, y, a, b: x * y,
    "add": lambda t, x, y, a, b: x + y * 0.5,
    "clone": lambda t, x, y, a, b: x.clone(),
    "cat": lambda t, x, y, a, b: t.cat([x.reshape(-1), y.reshape(-1)])[: x.numel()].reshape(x.shape),
    "where": lambda t, x, y, a, b: t.where(x > 0, x, y),
    "own_product": lambda t, x, y, a, b: own(t, "Product").apply(x, y),
    "leaf": lambda t, x, y, a, b: x.detach().clone().requires_grad_(),
    "slope": lambda t, x, y, a, b: (
        t.autograd.grad((x * x).sin().sum(), x, create_graph=a > 1)[0].clone() if x.requires_grad else x.clone()
    ),
}
WRITES: dict[str, Callable] = {
    "add_": lambda t, x, y, a, b: x.add_(y),
    "mul_": lambda t, x, y, a, b: x.mul_(y),
    "mul_number_": lambda t, x, y, a, b: x.mul_(0.5 + a),
    "sin_": lambda t, x, y, a, b: x.sin_(),
    "tanh_": lambda t, x, y, a, b: x.tanh_(),
    "copy_": lambda t, x, y, a, b: x.copy_(y),
    "fill_": lambda t, x, y, a, b: x.fill_(0.25 * a),
    "zero_": lambda t, x, y, a, b: x.zero_(),
    "set_row": lambda t, x, y, a, b: x.__setitem__(a % x.shape[0], y.reshape(-1)[b % y.numel()]),
    "set_slice": lambda t, x, y, a, b: x.__setitem__(slice(a % x.shape[0], None), y),
    "set_list": lambda t, x, y, a, b: x.__setitem__([a % x.shape[0], b % x.shape[0]], 0.5),
    "masked_fill_": lambda t, x, y, a, b: x.masked_fill_(x.detach() > 0.1 * a, 0.3),
    "clamp_": lambda t, x, y, a, b: x.clamp_(-0.5, 0.7),
    "index_add_": lambda t, x, y, a, b: x.index_add_(0, t.tensor([a % x.shape[0]]), y[:1]),
    "add_without_tape_": lambda t, x, y, a, b: _without_tape(t, lambda: x.add_(y)),
    "own_doubling_": lambda t, x, y, a, b: own(t, "Doubling").apply(x.clone() if x._is_view() else x),
    "hook": lambda t, x, y, a, b: (
        x.register_hook(lambda g: g * (0.5 + a)) if not x._is_view() else None
    ),  # PyTorch makes the node of a view of a view from the base once that is written, past the hooks in between
    "hook_of_node": lambda t, x, y, a, b: (
        x.grad_fn.register_prehook(lambda given: tuple([g if g is None else g * (1.5 + a) for g in given]))
        if x.grad_fn is not None and not x._is_view()  # PyTorch makes the node of a view anew, without its hooks
        else None
    ),
    "increment_version": lambda t, x, y, a, b: t.autograd.graph.increment_version(x) if a == 0 else None,
}
STEPS = VIEWS | READS | WRITES


@functools.cache
def own(t: Any, name: str) -> Any:
    """A custom op of a library: one that saves what it reads, one that writes what it is given."""

    class Product(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            result = x * y
            ctx.save_for_backward(x, y, result)
            return result

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y, result = ctx.saved_tensors
            return (g * y + 0 * result).sum_to_size(x.shape), (g * x).sum_to_size(y.shape)

    class Doubling(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    return {"Product": Product, "Doubling": Doubling}[name]


def _without_tape(t: Any, step: Callable) -> Any:
    with t.no_grad():
        return step()


def steps_of(seed: int) -> list[tuple[str, int, int, int, int]]:
    """(name, first operand, second operand, two numbers) of each step."""
    draw = random.Random(seed)
    tables = (VIEWS, READS, WRITES)
    return [
        (
            draw.choice(list(draw.choices(tables, (2, 1, 2))[0])),
            draw.randrange(1000), draw.randrange(1000), draw.randrange(4), draw.randrange(1, 4),
        )
        for _ in range(draw.randint(3, LENGTH))
    ]  # fmt: skip


class Run:
    """A program's tensors in one library."""

    def __init__(self, t: Any):
        self.t = t
        self.tensors = [
            (t.arange(math.prod(shape), dtype=t.float64) * 0.37 + number).sin().reshape(shape).clone()
            for number, shape in enumerate(SHAPES)
        ]
        for leaf in self.tensors[:2]:
            leaf.requires_grad_()

    def operands(self, step: tuple) -> tuple[Any, Any]:
        count = len(self.tensors)
        return self.tensors[step[1] % count], self.tensors[step[2] % count]

    def take(self, step: tuple, apart: bool) -> tuple[Exception | None, Any]:
        """What a step raises, and what it returns; `apart` if the operands must not share memory."""
        x, y = self.operands(step)
        name, numbers = step[0], step[3:]
        try:
            return None, STEPS[name](self.t, x, *(() if name in VIEWS else (y.clone() if apart else y,)), *numbers)
        except REFUSALS as error:
            return error, None

    def backward(self) -> Exception | None:
        """Gradients of a sum in which each element weighs differently, and arrives in another layout than its tensor's."""
        total = None
        for number, x in enumerate(self.tensors):
            if x.requires_grad:
                turned = x.permute(tuple(reversed(range(x.ndim))))
                weights = (self.t.arange(x.numel(), dtype=self.t.float64) * 0.1 + number).reshape(turned.shape)
                total = (turned * weights).sum() if total is None else total + (turned * weights).sum()
        try:
            if total is not None:
                total.backward()
        except RuntimeError as error:
            return error
        return None


def facts(x: Any) -> tuple:
    """What is seen of a tensor besides its values."""
    return tuple(x.shape), x.requires_grad, x.is_leaf, x._version


def strides(x: Any) -> list[int]:
    """Those that mean something: not of sizes of 1, nor where there are no elements."""
    return [stride for stride, size in zip(x.stride(), x.shape, strict=True) if size > 1] if x.numel() else []


def lenient(error: Exception | None) -> bool:
    return error is not None and any(words in str(error) for words in LENIENT)


def refused(theirs: Exception | None, ours: Exception | None) -> str | None:
    """A complaint if one library refuses what the other takes."""
    if (theirs is None and ours is None) or lenient(theirs) or (theirs and isinstance(ours, type(theirs))):
        return None
    if ours is not None and "refers to a single memory location" in str(ours):
        return None  # PyTorch still fills expanded tensors, with a warning that it will stop to
    return f"PyTorch raises {theirs!r}, minitorch {ours!r}"


def difference(seed: int) -> str | None:
    """Run a program on both libraries; what differs first, if anything."""
    a, b = Run(torch), Run(minitorch)
    for number, step in enumerate(steps_of(seed)):
        x, y = a.operands(step)
        apart = x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr()
        (theirs, one), (ours, other) = a.take(step, apart), b.take(step, apart)
        complaint = refused(theirs, ours)
        if complaint or (theirs is None) != (ours is None):
            return complaint and f"step {number}, {step}: {complaint}"
        if theirs is None and step[0] not in WRITES:
            a.tensors.append(one)
            b.tensors.append(other)
            if (
                step[0] in VIEWS | ARRANGED
                and strides(x) == strides(b.tensors[step[1] % (len(b.tensors) - 1)])
                and strides(one) != strides(other)
            ):
                return f"step {number}, {step}: expected strides {strides(one)}, got {strides(other)}"
        for index, (x, y) in enumerate(zip(a.tensors, b.tensors, strict=True)):
            try:
                expected = facts(x)
            except RuntimeError as error:
                assert lenient(error), error
                return None
            if facts(y) != expected:
                return f"step {number}, {step}: tensor {index}: expected {expected}, got {facts(y)}"
            if not np.allclose(x.detach().numpy(), y.detach().numpy(), 1e-12, 0, equal_nan=True):
                return f"step {number}, {step}: tensor {index}: expected {x}, got {y}"
    return _gradients_differ(a, b)


def _gradients_differ(a: Run, b: Run) -> str | None:
    theirs, ours = a.backward(), b.backward()
    if theirs is not None or ours is not None:
        return refused(theirs, ours)
    for index, (x, y) in enumerate(zip(a.tensors, b.tensors, strict=True)):
        if not x.is_leaf or (x.grad is None and y.grad is None):
            continue
        if x.grad is None or y.grad is None or not np.allclose(x.grad, y.grad.numpy(), 1e-10, 1e-300, equal_nan=True):
            return f"the gradient of tensor {index}: expected {x.grad}, got {y.grad}"
    return None


@pytest.mark.parametrize("start", range(0, 4 * PROGRAMS, PROGRAMS))
def test_random_programs(start: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, on writes to expanded tensors
        found = {seed: difference(seed) for seed in range(start, start + PROGRAMS)}
    assert not {seed: complaint for seed, complaint in found.items() if complaint}


def test_programs_say_something() -> None:
    """Most run to their end, with gradients."""
    whole = 0
    for seed in range(100):
        run = Run(minitorch)
        taken = sum(run.take(step, True)[0] is None for step in steps_of(seed))
        whole += taken >= 2 and run.backward() is None and run.tensors[0].grad is not None
    assert whole > 80
