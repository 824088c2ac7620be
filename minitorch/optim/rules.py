"""What the optimizers share that have a rule for one parameter: they say its settings, and one step does the rest.

A rule is a plain function on arrays, `<algorithm>_update(k, param, grad, *buffers, *settings)`; it returns the new parameter and
the new buffers. All parameters of one dtype, device and age go to the kernel `update_each` at once, which applies the rule to
each; a backend may do so in place, block by block, without the arrays that the rule makes on its way (minitorch_numpy does).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from minitorch.autograd import enable_grad, no_grad
from minitorch.backend import BODIES, Array
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.dtypes import float32, float64, get_default_dtype
from minitorch.ops.creation import full_like, tensor
from minitorch.tensor import Tensor

from .optimizer import Optimizer, array_of, misfit, store

__all__ = ["RuleOptimizer"]

Member = tuple[Tensor, Tensor, tuple[str | None, ...]]  # a parameter, its gradient, and the names of its buffers


def update_each(k: Any, rule: Callable, rows: Sequence[Sequence[Array | None]], settings: tuple) -> list[tuple] | None:
    """For each row (param, grad, *buffers) what `rule` makes of it; all rows lack the same buffers, which are None.

    A kernel that writes the arrays that it got returns None. A complex parameter is two real ones, as in PyTorch.
    """
    if not k.is_complex(rows[0][0]):
        return [rule(k, *row, *settings) for row in rows]
    return [_on_both_parts(k, rule, row, settings) for row in rows]


BODIES["update_each"] = update_each


def _on_both_parts(k: Any, rule: Callable, row: Sequence[Any], settings: tuple) -> tuple:
    real, imaginary = (
        rule(k, *[None if array is None else part(array) for array in row], *settings) for part in (k.real, k.imag)
    )
    return tuple([None if a is None else k.make_complex(a, b) for a, b in zip(real, imaginary, strict=True)])


class RuleOptimizer(Optimizer):
    """An optimizer with a rule for one parameter; a subclass gives `rule`, `buffers` and `numbers`."""

    rule: Callable[..., tuple]
    pointwise: ClassVar[bool] = True  # does the rule look at each element alone? Else it is called on whole arrays
    counters: ClassVar[dict[str, float]] = {"step": 0.0}  # what is counted for each parameter, and where it starts

    def buffers(self, group: dict[str, Any], dims: int) -> tuple[str | None, ...]:
        """The names of the state tensors of a parameter with so many dims, as the rule takes them; None for one not used."""
        raise NotImplementedError

    def begin(self, name: str, group: dict[str, Any], param: Tensor) -> Tensor:
        """A buffer before the first step."""
        return buffer_like(param)

    def size(self, name: str, param: Tensor) -> tuple[int, ...]:
        """The shape of a buffer."""
        return param._array.shape

    def numbers(self, group: dict[str, Any], *counts: Any) -> tuple[tuple, tuple[float, ...]]:
        """The rule's settings, and what the counters besides `step` become; `step` counts from 1."""
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; `closure` computes the loss anew, which is returned."""
        loss = self._loss(closure)
        ready = [(group, self._with_state(group, pairs)) for group, pairs in self._ready()]
        for group, members in ready:
            if len({id(member[0]) for member in members}) == len(members):
                self._update(group, members)
            else:
                for member in members:  # a parameter that is listed twice takes two steps, one after the other
                    self._update(group, [member])
        return loss

    def check(self, group: dict[str, Any], param: Tensor) -> None:
        """Raise, before anything is changed, if a parameter can't be updated."""

    def _with_state(self, group: dict[str, Any], pairs: list[tuple[Tensor, Tensor]]) -> list[Member]:
        """The parameters with the names of their buffers and what is known of them; raises if it doesn't fit."""
        members = []
        names_of: dict[int, tuple[str | None, ...]] = {}
        for param, grad in pairs:
            self.check(group, param)
            dims = len(param._array.shape)
            names = names_of.get(dims)
            if names is None:
                names = names_of[dims] = self.buffers(group, dims)
            state = self.state.get(param, {})
            for name in names if state else ():
                if name is None or (held := state.get(name)) is None:
                    continue
                if held._array.shape != self.size(name, param) or held.device is not param.device:
                    raise misfit(self, "state", held, param)
            members.append((param, grad, names))
        return members

    def _update(self, group: dict[str, Any], members: list[Member]) -> None:
        batches: dict[tuple, tuple[list[list[Tensor | None]], list[dict[str, Any]]]] = {}
        for param, grad, names in members:
            state = self.state[param] if self.counters or any(names) else {}
            counts = self._counts(state, self._begin(state, names, group, param))
            key = (names, counts, param.dtype, param.device)
            batch = batches.get(key)
            if batch is None:
                batch = batches[key] = ([], [])
            batch[0].append([param, grad, *[state[name] if name else None for name in names]])
            batch[1].append(state)
        for (_, counts, _, _), (rows, states) in batches.items():
            settings, after = self.numbers(group, *counts)
            if group.get("differentiable"):
                self._update_on_tape(rows, settings)
            else:
                self._update_batch(rows, settings)
            if self.counters:
                for state in states:
                    self._count(state, after)

    def _begin(
        self, state: dict[str, Any], names: tuple[str | None, ...], group: dict[str, Any], param: Tensor
    ) -> bool:
        """Make the counters and buffers that a parameter hasn't yet."""
        fresh = False
        if self.counters and not state:
            state.update({name: counter(start) for name, start in self.counters.items()})
        for name in names:
            if name is not None and state.get(name) is None:
                state[name] = self.begin(name, group, param)
                fresh = True
        return fresh

    def _counts(self, state: dict[str, Any], fresh: bool) -> tuple[Any, ...]:
        if len(self.counters) == 1:  # as nearly everywhere
            return (float(state["step"]._array) + 1,)
        counts = [float(state[name]._array) for name in self.counters]
        return (counts[0] + 1, *counts[1:])

    def _count(self, state: dict[str, Any], after: tuple[float, ...]) -> None:
        step = state["step"]
        step._array = step._array + 1
        step._bump()
        if after:
            for name, value in zip([name for name in self.counters if name != "step"], after, strict=True):
                target = state[name]
                target._array = target.device.kernels.full_like(target._array, value)
                target._bump()

    def _update_batch(self, rows: list[list[Tensor | None]], settings: tuple) -> None:
        arrays = [
            [  # array_of, without a call where nothing is to be done
                None if t is None else t._array if t._view is None and t._array.shape else array_of(t) for t in row
            ]
            for row in rows
        ]
        kernels, rule = rows[0][0].device.kernels, type(self).rule  # type: ignore[union-attr]
        if self.pointwise:
            results = kernels.update_each(rule, arrays, settings)
        else:
            results = [rule(kernels, *row, *settings) for row in arrays]
        for place, row in enumerate(rows):
            del row[1]  # the gradient stays as it is
            if results is None:  # the kernel wrote the arrays that it got
                for target in row:
                    if target is not None:
                        target._bump()
            else:
                for target, array in zip(row, results[place], strict=True):
                    if target is not None:
                        store(target, array)

    def _update_on_tape(self, rows: list[list[Tensor | None]], settings: tuple) -> None:
        """The rule on Tensors, which autograd records: what an outer optimization differentiates through."""
        rule = type(self).rule
        for param, grad, *buffers in rows:
            assert param is not None
            row = (param.clone(), grad, *[None if buffer is None else buffer.clone() for buffer in buffers])
            with enable_grad():
                if param.is_complex():
                    results = _on_both_parts(OPS_ON_TENSORS, rule, row, settings)
                else:
                    results = rule(OPS_ON_TENSORS, *row, *settings)
                for target, value in zip((param, *buffers), results, strict=True):
                    if target is not None:
                        target.copy_(value)

    def _adapt(self, state: dict[str, Any]) -> None:
        for name, start in self.counters.items():
            if name in state and not isinstance(state[name], Tensor):
                state[name] = counter(type(start)(state[name]))


def buffer_like(param: Tensor, value: Any = 0) -> Tensor:
    """A state tensor with one value everywhere; both parts of a complex one have it."""
    with no_grad():
        return full_like(param, complex(value, value) if value and param.is_complex() else value)


def counter(value: float) -> Tensor | int:
    """A count as in PyTorch's checkpoints: a 0-d tensor on the host, or if it is an int that int."""
    if isinstance(value, int):
        return value
    return tensor(value, dtype=float64 if get_default_dtype() is float64 else float32, device="cpu")
