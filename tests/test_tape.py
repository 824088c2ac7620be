"""What rows can't say about the tape: depth, order, memory, threads, and whose memory a gradient is."""

import gc
import inspect
import sys
import threading
import weakref

import numpy as np
import pytest

import minitorch
from minitorch.tensor import Tensor
from minitorch.utils.checkpoint import checkpoint


def test_a_long_chain_needs_no_recursion():
    x = minitorch.ones(1, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1
    del y


def test_nothing_recurses():
    """Ways through many nodes, and many ways into one, with hardly a stack; benchmarks/depth.py takes ten times as many."""
    limit = sys.getrecursionlimit()
    x = minitorch.ones(1, requires_grad=True)
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        y = x
        for _ in range(20_000):
            y = y + 1
        y.backward()
        minitorch.cat([x] * 100_000).sum().backward()
        minitorch.stack([x * 1 for _ in range(10_000)]).sum().backward()
        z = x
        with minitorch.autograd.detect_anomaly():
            for style in (True, False) * 50:
                z = checkpoint(lambda z: z * 1, z, use_reentrant=style)
            z.backward()
    finally:
        sys.setrecursionlimit(limit)
    assert x.grad.item() == 110_002


def test_nodes_run_once_in_reverse_order_of_recording():
    seen = []
    x = minitorch.ones((), requires_grad=True)
    a = x * 2
    b = a * 3
    c = a * 5
    d = b + c
    for name, tensor in (("a", a), ("b", b), ("c", c), ("d", d)):
        tensor.register_hook(lambda g, name=name: seen.append(name))
    d.backward()
    assert seen == ["d", "c", "b", "a"]


def test_a_leaf_owns_its_gradient():
    x, y = (minitorch.ones(3, requires_grad=True) for _ in range(2))
    (x + y).sum().backward()
    x.grad.mul_(5)
    assert y.grad.tolist() == [1, 1, 1]
    seed = minitorch.ones(3)
    z = minitorch.ones(3, requires_grad=True)
    (z * 1 + 0).backward(seed)
    z.grad.zero_()
    assert seed.tolist() == [1, 1, 1]
    w = minitorch.ones(3, requires_grad=True)
    w.clone().backward(seed)
    w.grad.add_(1)
    assert seed.tolist() == [1, 1, 1]


def test_a_fresh_gradient_is_kept_without_a_copy():
    x = minitorch.ones(1000, requires_grad=True)
    made = []
    y = x * minitorch.full((1000,), 2.0)
    kernels = x.device.kernels
    clone = kernels.clone
    kernels.__dict__["clone"] = lambda array: made.append(1) or clone(array)
    try:
        y.backward(minitorch.ones(1000))
    finally:
        kernels.__dict__["clone"] = clone
    assert not made
    assert x.grad.tolist() == [2.0] * 1000


def test_saved_values_go_as_soon_as_they_were_used():
    x = minitorch.ones(3, requires_grad=True)
    y = x * 1
    held = weakref.ref(y)
    z = (y * y).sum()
    del y
    assert held() is not None
    z.backward()
    assert held() is None


def live_tensors() -> int:
    return sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())


def test_nothing_leaks_without_the_garbage_collector():
    x = minitorch.ones(4, 4, requires_grad=True)

    def step():
        y = (x * x).exp() * 1
        y[0] = y[1] * 2
        v = y.t()
        v.mul_(0.5)
        y.register_hook(lambda g: g)
        loss = v.reshape(-1).sort().values.sum()
        loss.backward(retain_graph=True)
        minitorch.autograd.grad(loss, x)
        x.grad = None

    gc.collect()
    gc.disable()
    try:
        step()
        before = live_tensors()
        for _ in range(100):
            step()
        assert live_tensors() - before <= 0
    finally:
        gc.enable()


def test_threads_lose_no_gradient():
    x = minitorch.zeros(1, requires_grad=True)

    def work():
        for _ in range(200):
            (x * 1).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad.item() == 800


def test_threads_walk_back_through_one_graph():
    """Its saved values are shared too, packed or not: the sums are exact, since all numbers are small and whole."""
    x = minitorch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with minitorch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(force=True), minitorch.from_numpy):
        packed = (x * x * 2).sum()
    y = (x * x).sum() + packed + checkpoint(lambda x: x * x * x, x, use_reentrant=False).sum()

    def work():
        for _ in range(50):
            y.backward(retain_graph=True)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad.tolist() == [400 * 9, 400 * 24, 400 * 45]


def test_a_checkpoint_keeps_its_arguments_alone():
    """What is computed in between is gone after the forward pass, and all is gone after backward, without the collector."""
    x = minitorch.ones(8, requires_grad=True)
    between = []

    def block(x):
        y = x.exp()
        between.append(weakref.ref(y))
        return y.sin() * y

    gc.disable()
    try:
        y = checkpoint(block, x, use_reentrant=False)
        assert between[0]() is None
        before = live_tensors()
        y.sum().backward()
        assert len(between) == 2 and between[1]() is None
        assert live_tensors() - before <= 1  # x.grad
        del y
        assert live_tensors() - before <= 0
    finally:
        gc.enable()


def test_grad_mode_is_per_thread():
    states = []
    with minitorch.no_grad():
        thread = threading.Thread(target=lambda: states.append(minitorch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert states == [True]


def test_no_grad_decorates_functions_and_generators():
    @minitorch.no_grad()
    def function():
        return minitorch.is_grad_enabled()

    @minitorch.no_grad
    def generator():
        yield minitorch.is_grad_enabled()
        yield minitorch.is_grad_enabled()

    assert function() is False
    values = generator()
    assert next(values) is False
    assert minitorch.is_grad_enabled()
    assert next(values) is False


def test_a_failed_backward_changes_no_gradient():
    x = minitorch.ones(2, requires_grad=True)
    y = x * 2
    z = (y * y).sum() + x.sum()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match=r"mul saved its argument 'input'.*version 1; expected version 0"):
        z.backward()
    assert x.grad is None


def test_gradients_across_devices_come_home():
    pytest.importorskip("array_api_strict")
    x = minitorch.ones(3, requires_grad=True)
    y = x.to("array_api_strict/cpu") * 2
    assert y.device.qualified == "array_api_strict/cpu"
    y.to("numpy/cpu").sum().backward()
    assert x.grad.tolist() == [2, 2, 2]
    assert isinstance(x.grad._array, np.ndarray)


def test_the_generated_code_is_there_for_debuggers():
    import linecache

    minitorch.ones(1) * 2
    assert "kernels.mul(" in "".join(linecache.getlines("<minitorch op mul>"))


def test_training_keeps_nothing_without_the_garbage_collector():
    minitorch.manual_seed(0)
    nn = minitorch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(), nn.Linear(36, 10)
    )
    optimizer = minitorch.optim.Adam(model.parameters())
    images, labels = minitorch.rand(8, 1, 8, 8), minitorch.randint(0, 10, (8,))

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()

    step(), step()
    gc.collect()
    gc.disable()
    try:
        before = live_tensors()
        for _ in range(50):
            step()
        assert live_tensors() - before <= 0
    finally:
        gc.enable()
