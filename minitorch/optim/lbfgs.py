"""L-BFGS: steps along the gradient times an estimate of the inverse Hessian, from the last changes (Liu and Nocedal 1989)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from minitorch.autograd import enable_grad, no_grad
from minitorch.ops.arranging import cat
from minitorch.tensor import Tensor

from .line_search import strong_wolfe
from .optimizer import Optimizer, number
from .settings import check_learning_rate

__all__ = ["LBFGS"]


KEPT = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")  # in PyTorch's order


class LBFGS(Optimizer):
    """Minimize a smooth function of all parameters at once; `step` needs a closure, which it calls several times.

    A step makes up to `max_iter` iterations and about `max_eval` calls of the closure, and ends early when the largest gradient
    is at most `tolerance_grad`, or loss or parameters change by no more than `tolerance_change`. `line_search_fn` is
    "strong_wolfe", or None for steps of length `lr`. One parameter group; it keeps 2·`history_size` vectors of all parameters.

    >>> import minitorch
    >>> weight = minitorch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = LBFGS([weight], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((weight - 3) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(29., grad_fn=<SumBackward0>)
    >>> weight
    tensor([3.0000, 3.0000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ):
        check_learning_rate(lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params: list[Tensor] = self.param_groups[0]["params"]

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Minimize for a while; returns the loss at the start. `closure` computes the loss and its gradients."""
        group = self.param_groups[0]
        line_search = group["line_search_fn"]
        if line_search not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        with no_grad():
            return self._step(closure, group, line_search is not None)

    def _step(self, closure: Callable[[], Any], group: dict[str, Any], searches: bool) -> Any:
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        lr, small_change = number(group["lr"]), group["tolerance_change"]
        first_loss = self._evaluate(closure)
        loss, evaluations = float(first_loss), 1
        state["func_evals"] += 1
        gradient = self._gradient()
        if _largest(gradient) <= group["tolerance_grad"]:
            return first_loss
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            direction = self._direction(state, gradient, group["history_size"])
            state["prev_flat_grad"], state["prev_loss"] = gradient, loss
            length = lr if state["n_iter"] > 1 else min(1.0, (1.0 / gradient.abs().sum()).item()) * lr
            state["d"], state["t"] = direction, length
            slope = gradient.dot(direction).item()
            if slope > -small_change:
                break
            last, used = iteration == group["max_iter"], 0
            if searches:
                start = [param.clone() for param in self._params]
                at = lambda t, start=start, d=direction: self._at(closure, start, t, d)
                loss, gradient, length, used = strong_wolfe(
                    at, length, direction, loss, gradient, slope, most=group["max_eval"] - evaluations
                )
                self._move(length, direction)
            else:
                self._move(length, direction)
                if not last:
                    loss, gradient, used = float(self._evaluate(closure)), self._gradient(), 1
            state["t"] = length
            evaluations += used
            state["func_evals"] += used
            still = _largest(direction) * length <= small_change or abs(loss - state["prev_loss"]) < small_change
            if last or evaluations >= group["max_eval"] or still or _largest(gradient) <= group["tolerance_grad"]:
                break
        for name in KEPT:
            state[name] = state.pop(name)
        return first_loss

    def _direction(self, state: dict[str, Any], gradient: Tensor, most: int) -> Tensor:
        """The direction -H·g, by the two loops over the remembered changes y of the gradient and s of the parameters."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return -gradient
        changes, moves, weights = state["old_dirs"], state["old_stps"], state["ro"]
        y, s = gradient - state["prev_flat_grad"], state["d"] * state["t"]
        curvature = y.dot(s)
        if curvature.item() > 1e-10:
            if len(changes) == most:
                del changes[0], moves[0], weights[0]
            changes.append(y)
            moves.append(s)
            weights.append(1.0 / curvature)
            state["H_diag"] = curvature / y.dot(y)
        shares = state.setdefault("al", [None] * most)
        direction = -gradient
        for i in reversed(range(len(changes))):
            shares[i] = moves[i].dot(direction) * weights[i]
            direction = direction - changes[i] * shares[i]
        direction = direction * state["H_diag"]
        for i in range(len(changes)):
            direction = direction + moves[i] * (shares[i] - changes[i].dot(direction) * weights[i])
        return direction

    # --- All parameters as one vector; complex numbers as two real ones each ------------------------------------------

    def _evaluate(self, closure: Callable[[], Any]) -> Any:
        with enable_grad():
            return closure()

    def _gradient(self) -> Tensor:
        grads = [param.new_zeros(param.shape) if param.grad is None else param.grad for param in self._params]
        return cat([_real(grad.detach()).reshape(-1) for grad in grads])

    def _move(self, length: float, direction: Tensor) -> None:
        """Go along `direction`."""
        start = 0
        for param in self._params:
            target = _real(param.detach())
            stop = start + target.numel()
            target.add_(direction[start:stop].reshape(target.shape), alpha=length)
            start = stop

    def _at(
        self, closure: Callable[[], Any], start: list[Tensor], length: float, direction: Tensor
    ) -> tuple[float, Tensor]:
        """The loss and its gradient so far along `direction` from `start`, where the parameters are left."""
        self._move(length, direction)
        loss = float(self._evaluate(closure))
        gradient = self._gradient()
        for param, value in zip(self._params, start, strict=True):
            param.detach().copy_(value)
        return loss, gradient


def _real(tensor: Tensor) -> Tensor:
    return tensor.view_as_real() if tensor.is_complex() else tensor


def _largest(vector: Tensor) -> float:
    return vector.abs().max().item()
