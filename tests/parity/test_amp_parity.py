"""Mixed precision against PyTorch's: blocks, networks that train, checkpoints, Functions, GradScaler, old names.

Values in bfloat16 agree to its 8 bits; what is compared closely is dtypes and the arithmetic of the scale. Which op runs in which
dtype: test_autocast_dtypes.py.
"""

from __future__ import annotations

import pickle
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import registry

torch = pytest.importorskip("torch")
pytest.importorskip("ml_dtypes")

BOTH = (torch, minitorch)


def told(value: Any) -> Any:
    """Values without the library that they come from: numbers to 1 in 100, dtypes as text."""
    if isinstance(value, list | tuple):
        return [told(part) for part in value]
    if isinstance(value, dict):
        return {key: told(part) for key, part in value.items()}
    if hasattr(value, "detach"):
        return str(value.dtype), pytest.approx(value.detach().float().numpy(), rel=1e-2, abs=1e-2, nan_ok=True)
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def agree(program: Callable[[Any], Any]) -> None:
    theirs, ours = ([*program(t)] for t in BOTH)
    assert len(theirs) == len(ours)
    for step, (expected, found) in enumerate(zip(theirs, ours, strict=True)):
        assert plain(found) == told(expected), step


def plain(value: Any) -> Any:
    """What `told` gives, as plain numbers, for the other side of a comparison with a tolerance."""
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if hasattr(value, "detach"):
        return str(value.dtype), value.detach().float().numpy()
    return value if isinstance(value, bool | int | float | str | None) else str(value)


# --- Blocks -----------------------------------------------------------------------------------------------------------


def blocks(t: Any) -> Iterator[Any]:
    x = t.tensor([[1.0, 2.0], [3.0, 4.0]])
    with t.autocast("cpu"):
        yield x @ x, (x @ x).exp(), t.is_autocast_enabled("cpu"), t.get_autocast_dtype("cpu")
        with t.autocast("cpu", enabled=False):
            yield x @ x, t.is_autocast_enabled("cpu")
        with t.autocast("cpu", dtype=t.float16):
            yield x @ x, t.get_autocast_dtype("cpu")
        yield x @ x, x.double() @ x.double(), t.mm(x, x, out=t.zeros(2, 2)), t.zeros(2, 2).addmm_(x, x)
    yield x @ x, t.is_autocast_enabled("cpu"), t.is_autocast_cache_enabled(), t.is_autocast_enabled()

    @t.autocast("cpu", dtype=t.float16)
    def product(a: Any) -> Any:
        return a @ a

    yield product(x), product(product(x)), x @ x
    t.set_autocast_enabled("cpu", True)
    yield x @ x
    t.set_autocast_enabled("cpu", False)
    yield x @ x, t.autocast_increment_nesting(), t.autocast_increment_nesting(), t.autocast_decrement_nesting()
    t.autocast_decrement_nesting()
    found: list = []
    with t.autocast("cpu"):
        thread = threading.Thread(target=lambda: found.extend([t.is_autocast_enabled("cpu"), x @ x]))
        thread.start()
        thread.join()
    yield found


def test_blocks_nest_and_end_as_in_pytorch() -> None:
    agree(blocks)


def weights(t: Any) -> Iterator[Any]:
    weight = t.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = t.tensor([[0.5, -1.0]])
    for cache in (True, False):
        weight.grad = None
        with t.autocast("cpu", cache_enabled=cache):
            y = (x @ weight) @ weight
        y.sum().backward()
        first, second = y.grad_fn.next_functions[1][0], y.grad_fn.next_functions[0][0].next_functions[1][0]
        yield y, weight.grad, first is second  # was the weight converted once, or twice?


def test_weights_are_converted_once() -> None:
    agree(weights)


def test_a_weight_that_was_written_is_converted_again():
    """PyTorch goes on with the old values: here the conversion knows what version it is of, and whether it was recorded."""
    weight, one = minitorch.ones(1, 1, requires_grad=True), minitorch.ones(1, 1)
    with minitorch.autocast("cpu"):
        with minitorch.no_grad():
            assert (one @ weight).item() == 1
            weight.mul_(3)
        y = one @ weight
        assert y.item() == 3 and y.requires_grad
        with minitorch.no_grad():
            weight.mul_(3)
        assert (one @ weight).item() == 9


# --- Training ---------------------------------------------------------------------------------------------------------


def trained(t: Any, dtype: Any, optimizer: str = "SGD", scaled: bool = False) -> list[float]:
    t.manual_seed(0)
    x, target = t.randn(64, 20), t.randint(0, 5, (64,))
    net = t.nn.Sequential(
        t.nn.Linear(20, 32), t.nn.LayerNorm(32), t.nn.ReLU(), t.nn.Linear(32, 32), t.nn.BatchNorm1d(32), t.nn.GELU(),
        t.nn.Linear(32, 5),
    )  # fmt: skip
    steps = getattr(t.optim, optimizer)(net.parameters(), lr=0.05 if optimizer == "SGD" else 0.01)
    scaler = t.amp.GradScaler("cpu", enabled=scaled, growth_interval=5)
    losses = []
    for _ in range(20):
        with t.autocast("cpu", dtype):
            loss = t.nn.functional.cross_entropy(net(x), target)
        assert {str(p.dtype) for p in net.parameters()} == {"torch.float32"}
        steps.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(steps)
        scaler.update()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("optimizer", ["SGD", "AdamW"])
@pytest.mark.parametrize(("dtype", "scaled"), [("bfloat16", False), ("float16", True)])
def test_networks_train_as_in_pytorch(optimizer: str, dtype: str, scaled: bool) -> None:
    theirs, ours = (trained(t, getattr(t, dtype), optimizer, scaled) for t in BOTH)
    assert ours == pytest.approx(theirs, rel=1e-2)
    assert ours[-1] < 0.8 * ours[0]


def checkpointed(t: Any, reentrant: bool) -> Iterator[Any]:
    weight = t.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = t.tensor([[0.5, -1.0]], requires_grad=True)
    seen: list = []

    def block(x: Any) -> Any:
        y = x @ weight
        seen.append((str(y.dtype), t.is_autocast_enabled("cpu")))
        return y.relu()

    with t.autocast("cpu"):
        y = t.utils.checkpoint.checkpoint(block, x, use_reentrant=reentrant)
    y.float().sum().backward()
    yield seen, y, x.grad, weight.grad


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoints_run_again_under_the_same_autocast(reentrant: bool) -> None:
    agree(lambda t: checkpointed(t, reentrant))


def functions(t: Any) -> Iterator[Any]:
    def function(**settings: Any) -> Any:
        class Product(t.autograd.Function):
            @staticmethod
            @t.amp.custom_fwd(device_type="cpu", **settings)
            def forward(ctx: Any, a: Any, b: Any) -> Any:
                ctx.save_for_backward(a, b)
                seen.append(t.is_autocast_enabled("cpu"))
                return a @ b

            @staticmethod
            @t.amp.custom_bwd(device_type="cpu")
            def backward(ctx: Any, gradient: Any) -> Any:
                a, b = ctx.saved_tensors
                seen.append(t.is_autocast_enabled("cpu"))
                return gradient @ b.t(), a.t() @ gradient

        return Product.apply

    for settings in ({}, {"cast_inputs": t.float32}, {"cast_inputs": t.bfloat16}):
        for enabled in (True, False):
            seen: list = []
            a = t.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
            with t.autocast("cpu", enabled=enabled):
                y = function(**settings)(a, a.detach().bfloat16() if enabled else a)
            y.sum().backward()
            yield y, a.grad, seen


def test_custom_functions() -> None:
    agree(functions)


# --- Under transforms, and layer by layer ------------------------------------------------------------------------------

F = lambda t: t.nn.functional
PROGRAMS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "grad": lambda t, x, w: t.func.grad(lambda w: F(t).linear(x, w).sum())(w),
    "vmap": lambda t, x, w: t.func.vmap(lambda row: F(t).linear(row, w))(x),
    "jvp": lambda t, x, w: t.func.jvp(lambda w: x @ w, (w,), (w,)),
    "gradients of samples": lambda t, x, w: t.func.vmap(
        lambda row: t.func.grad(lambda w: F(t).mse_loss(F(t).linear(row, w), row))(w)
    )(x),
    "hessian": lambda t, x, w: t.func.hessian(lambda w: (x @ w @ w).sum())(w),
    "a derivative of a derivative": lambda t, x, w: twice_differentiated(t, x, w.clone().requires_grad_()),
    "convolution and norms": lambda t, x, w: layers(t)(t.arange(72.0).reshape(2, 1, 6, 6)),
    "norms of short inputs": lambda t, x, w: [
        layer(x.bfloat16()) for layer in (t.nn.LayerNorm(2), t.nn.RMSNorm(2), t.nn.BatchNorm1d(2), t.nn.BatchNorm1d(2).eval())
    ],
    **{
        name: lambda t, x, w, name=name: getattr(t, name)(x[:1], t.zeros(1, 2), *[t.ones(2, 2)] * 2, *[t.ones(2)] * 2)
        for name in ("rnn_tanh_cell", "rnn_relu_cell")
    },
    "lstm_cell": lambda t, x, w: t.lstm_cell(
        x[:1], (t.zeros(1, 1), t.zeros(1, 1)), t.ones(4, 2), t.ones(4, 1), t.ones(4), t.ones(4)
    ),
    "lstm": lambda t, x, w: t.lstm(
        x.reshape(2, 1, 2), (t.zeros(1, 1, 1), t.zeros(1, 1, 1)), [t.ones(4, 2), t.ones(4, 1), t.ones(4), t.ones(4)],
        True, 1, 0.0, False, False, False,
    ),
}  # fmt: skip


def twice_differentiated(t: Any, x: Any, w: Any) -> Any:
    (gradient,) = t.autograd.grad((x @ w).exp().sum(), w, create_graph=True)
    gradient.sum().backward()
    return gradient, w.grad


def layers(t: Any) -> Any:
    t.manual_seed(0)
    nn = t.nn
    return nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.GroupNorm(1, 2), nn.Flatten(), nn.Linear(8, 3),
        nn.LogSoftmax(1),
    )  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_under_autocast(name: str) -> None:
    def program(t: Any) -> Iterator[Any]:
        with t.autocast("cpu"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield PROGRAMS[name](t, t.tensor([[0.5, -1.0], [2.0, 1.0]]), t.tensor([[0.1, 0.2], [0.3, 0.4]]))

    agree(program)


# --- GradScaler -------------------------------------------------------------------------------------------------------


def scaling(t: Any) -> Iterator[Any]:
    weight = t.nn.Parameter(t.tensor([1.0, 2.0]))
    other = t.nn.Parameter(t.tensor([3.0]))
    first, second = t.optim.SGD([weight], lr=0.5), t.optim.SGD([other], lr=0.5)
    scaler = t.amp.GradScaler("cpu", init_scale=8.0, growth_factor=4.0, backoff_factor=0.25, growth_interval=2)
    yield scaler.get_scale(), scaler.state_dict(), scaler.is_enabled()
    for factor in (1.0, 1.0, float("inf"), 1.0, float("nan"), 1.0, 1.0, 1.0):
        for optimizer in (first, second):
            optimizer.zero_grad()
        losses = scaler.scale([(weight * factor).sum(), [(other * 2).sum()]])
        yield losses
        (losses[0] + losses[1][0]).backward()
        scaler.unscale_(second)
        yield weight.grad, other.grad
        scaler.step(first)
        scaler.step(second)
        scaler.update()
        yield weight, other, scaler.get_scale(), scaler._get_growth_tracker()
    again = t.amp.GradScaler("cpu")
    again.load_state_dict(scaler.state_dict())
    yield again.state_dict(), pickle.loads(pickle.dumps(scaler)).state_dict()
    scaler.update(3.0)
    yield scaler.get_scale()
    scaler.update(t.tensor(5.0))
    yield scaler.get_scale(), scaler.get_growth_factor(), scaler.get_backoff_factor(), scaler.get_growth_interval()
    huge = t.amp.GradScaler("cpu", init_scale=3e38, growth_interval=1)
    huge.scale((weight * 1e-9).sum()).backward()
    huge.step(first)
    huge.update()
    yield huge.get_scale()
    off = t.amp.GradScaler("cpu", enabled=False)
    loss = weight.sum()
    yield off.scale(loss) is loss, off.get_scale(), off.state_dict(), off.unscale_(first), off.step(first), off.update()


def test_the_scale_is_pytorchs() -> None:
    agree(scaling)


def misused(t: Any) -> Iterator[Any]:
    weight = t.nn.Parameter(t.ones(2))
    half = t.nn.Parameter(t.ones(2, dtype=t.float16))
    optimizer, empty = t.optim.SGD([weight], lr=0.5), t.optim.SGD([t.nn.Parameter(t.ones(1))], lr=0.5)
    short = t.optim.SGD([half], lr=0.5)

    def fresh() -> Any:
        scaler = t.amp.GradScaler("cpu")
        scaler.scale((weight.sum() + half.float().sum()) * 1e-3).backward()
        return scaler

    def twice(name: str, then: str) -> None:
        scaler = fresh()
        getattr(scaler, name)(optimizer)
        getattr(scaler, then)(optimizer)

    yield from (
        attempted_in(call)
        for call in (
            lambda: t.amp.GradScaler("cpu").step(optimizer),
            lambda: t.amp.GradScaler("cpu").update(),
            lambda: t.amp.GradScaler("cpu", growth_factor=1.0),
            lambda: t.amp.GradScaler("cpu", backoff_factor=1.0),
            lambda: t.amp.GradScaler("cpu").scale(3),
            lambda: fresh().update(),
            lambda: fresh().step(empty),
            lambda: fresh().step(short),
            lambda: fresh().step(optimizer, closure=lambda: 0),
            lambda: twice("unscale_", "unscale_"),
            lambda: twice("step", "step"),
            lambda: twice("step", "unscale_"),
            lambda: t.amp.GradScaler("cpu").load_state_dict({}),
            lambda: t.autocast("foo"),
            lambda: t.autocast(3),
            lambda: t.autocast("cpu")(3),
            lambda: t.amp.is_autocast_available(3),
            lambda: t.set_autocast_dtype("cpu", 3),
            lambda: t.set_autocast_enabled("cpu", 3),
        )
    )


def attempted_in(call: Callable[[], Any]) -> Any:
    try:
        return str(call())
    except (AssertionError, RuntimeError, TypeError, ValueError) as error:
        kinds = (AssertionError, TypeError, ValueError, RuntimeError)
        return next(kind.__name__ for kind in kinds if isinstance(error, kind))


def test_misuse_is_refused_as_in_pytorch() -> None:
    agree(misused)


# --- Old names --------------------------------------------------------------------------------------------------------


def old(t: Any) -> Iterator[Any]:
    for call in (
        lambda: t.cpu.amp.autocast()._enabled,
        lambda: t.cuda.amp.autocast()._enabled,
        lambda: t.cpu.amp.GradScaler().is_enabled(),
        lambda: t.cuda.amp.GradScaler().is_enabled(),
        lambda: t.autocast("cuda")._enabled,
        lambda: t.autocast("cpu", dtype=t.float32)._enabled,
        lambda: t.amp.GradScaler().is_enabled(),
        t.is_autocast_cpu_enabled,
        t.get_autocast_cpu_dtype,
        t.get_autocast_gpu_dtype,
        lambda: t.set_autocast_cpu_dtype(t.bfloat16),
        lambda: t.set_autocast_gpu_dtype(t.float16),
        lambda: t.set_autocast_cpu_enabled(False),
    ):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            result = call()
        yield result, [(w.category.__name__, str(w.message).split(" (Triggered")[0]) for w in said]


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what holds without a GPU")
def test_old_names_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "why_unusable", lambda name: "not here")
    agree(old)


def test_ops_are_as_before_afterwards() -> None:
    x = minitorch.ones(2, 2)
    x @ x, minitorch.nn.functional.mse_loss(x, x)
    functions = (minitorch.matmul, minitorch.nn.functional.mse_loss)
    before = [function.__code__ for function in functions]
    with minitorch.autocast("cpu"):
        assert all(function.__code__ is not code for function, code in zip(functions, before, strict=True))
    assert [function.__code__ for function in functions] == before
    np.testing.assert_array_equal((x @ x).numpy(), 2.0)
