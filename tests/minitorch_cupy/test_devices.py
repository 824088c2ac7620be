"""`minitorch.cuda`: several GPUs, memory, streams, and what is said where there is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import minitorch
from minitorch import cuda
from minitorch.errors import BackendError, DeviceMismatch, OutOfMemory

cupy = pytest.importorskip("cupy")
STAND_IN = hasattr(cupy, "strict")
only_stand_in = pytest.mark.skipif(not STAND_IN, reason="asks the stand-in for a fault")
two = pytest.mark.skipif(not cuda.is_available() or cuda.device_count() < 2, reason="one GPU")


# --- Devices ----------------------------------------------------------------------------------------------------------


def test_devices_and_their_names():
    assert cuda.is_available() and cuda.is_initialized() and cuda.device_count() >= 1
    assert minitorch.device("cuda") is minitorch.device("cuda:0") is minitorch.ones(1).cuda().device
    assert cuda.current_device() == 0
    properties = cuda.get_device_properties(0)
    assert properties.name == cuda.get_device_name("cuda:0") and properties.total_memory > 0
    assert cuda.get_device_capability() == (properties.major, properties.minor)
    assert cuda.is_bf16_supported()
    with pytest.raises(BackendError, match="device cuda:99 does not exist"):
        minitorch.zeros(1, device="cuda:99")
    with pytest.raises(ValueError, match="Expected a cuda device, but got: cpu"):
        cuda.get_device_name("cpu")


@two
def test_the_current_device():
    with cuda.device(1):
        assert cuda.current_device() == 1
        inside = minitorch.ones(2, device="cuda")
        with cuda.device_of(minitorch.ones(1)):
            assert cuda.current_device() == 1
        with cuda.device_of(minitorch.ones(1, device="cuda:0")):
            assert cuda.current_device() == 0
    assert cuda.current_device() == 0
    assert inside.get_device() == 1 and inside._array.device.id == 1
    cuda.set_device("cuda:1")
    try:
        assert minitorch.rand(1, device="cuda").get_device() == 1
        assert (minitorch.ones(1, device="cuda:0") + 1).get_device() == 0
    finally:
        cuda.set_device(0)


@two
def test_tensors_compute_where_they_are():
    x = minitorch.rand(3, 4, device="cuda:1", requires_grad=True)
    y = minitorch.nn.functional.softmax(x @ x.T, 1).sum(0).to("cuda:0")
    (y * y).sum().backward()
    assert y.get_device() == 0 and x.grad.get_device() == 1 and cuda.current_device() == 0
    reference = x.detach().cpu().requires_grad_()
    (minitorch.nn.functional.softmax(reference @ reference.T, 1).sum(0) ** 2).sum().backward()
    assert (x.grad.cpu() - reference.grad).abs().max() < 1e-5
    x.detach().add_(1).mul_(2)[0] = 5
    assert x[0].tolist() == [5.0] * 4
    with pytest.raises(DeviceMismatch, match="Expected all tensors to be on the same device"):
        x + y


@two
def test_short_floats_compute_where_they_are():
    x = minitorch.randn(3, 4, dtype=minitorch.float16, device="cuda:1")
    assert x.softmax(1).sum(1).tolist() == pytest.approx([1.0] * 3, rel=2e-3)


@two
def test_a_leaf_reached_twice_through_moves():
    x = minitorch.ones(2, device="cuda:0", requires_grad=True)
    (x.to("cuda:1") + x.to("cuda:1") * 2).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0] and x.grad.get_device() == 0


def test_numbers_and_arrays_arrive():
    for values in (np.float32(1.5), np.array(True), np.arange(6).reshape(2, 3).T, np.zeros((0, 2)), np.array(1 + 2j)):
        there = minitorch.tensor(values).cuda()
        assert there.shape == np.shape(values) and there.tolist() == values.tolist()
    assert minitorch.tensor(1.5, dtype=minitorch.bfloat16).cuda().item() == 1.5
    x = minitorch.ones(3).cuda(non_blocking=True)
    assert x.to("cuda", non_blocking=True) is x
    assert x.cuda("cuda:0") is x and x.cuda(0) is x
    assert minitorch.ones(2).pin_memory().cuda(non_blocking=True).tolist() == [1.0, 1.0]


# --- Memory -----------------------------------------------------------------------------------------------------------


def test_memory_is_counted():
    before, kept = cuda.memory_allocated(), cuda.memory_reserved()
    x = minitorch.zeros(1 << 20).cuda()
    assert cuda.memory_allocated() - before == 4 << 20
    cuda.reset_peak_memory_stats()
    y = x + 1
    del y
    assert cuda.max_memory_allocated() - cuda.memory_allocated() == 4 << 20
    assert cuda.memory_allocated() - before == 4 << 20
    assert cuda.memory_reserved() >= kept
    del x
    cuda.empty_cache()
    assert cuda.memory_reserved() <= cuda.memory_allocated() + kept
    cuda.reset_peak_memory_stats()
    assert cuda.max_memory_allocated() == cuda.memory_allocated()
    free, total = cuda.mem_get_info()
    assert 0 < free <= total == cuda.get_device_properties().total_memory
    assert re.search(r"MiB +of tensors", cuda.memory_summary())
    assert cuda.memory_stats()["allocated_bytes.all.current"] == cuda.memory_allocated()


def test_out_of_memory_once_is_mended(monkeypatch):
    x = minitorch.ones(1 << 16).cuda()
    backend, events = x.device.backend, []
    allocate = backend._allocate

    def allocate_at_second_call(size):
        if not events:
            events.append("refused")
            raise cupy.cuda.memory.OutOfMemoryError(size, 0)
        return allocate(size)

    monkeypatch.setattr(backend, "_allocate", allocate_at_second_call)
    monkeypatch.setattr(backend, "empty_cache", lambda: events.append("freed"))
    assert (x + 1).sum().item() == 1 << 17
    assert events == ["refused", "freed"]


def test_out_of_memory_says_how_much():
    """In a kernel, in a rule's operators on the way back, and in a transfer."""
    x = minitorch.ones(1 << 16).cuda().requires_grad_()
    there, loss = x.detach().cpu(), (x * 2).exp().sum()
    pool = cupy.get_default_memory_pool()
    cuda.empty_cache()
    pool.set_limit(size=pool.used_bytes() + (1 << 16))
    try:
        for call in (lambda: x + 1, lambda: loss.backward(), lambda: there.cuda()):
            with pytest.raises(OutOfMemory, match=r"CUDA out of memory\. Tried to allocate 262,144 bytes") as caught:
                call()
            text = str(caught.value)
            assert "bytes in use by tensors" in text and "use smaller batches" in text and "GPU 0" in text
            assert isinstance(caught.value, MemoryError) and isinstance(caught.value, RuntimeError)
    finally:
        pool.set_limit(size=0)
    assert cuda.OutOfMemoryError is OutOfMemory
    assert x.sum().item() == 1 << 16


# --- Streams ----------------------------------------------------------------------------------------------------------


def test_streams_and_events():
    side = cuda.Stream()
    assert cuda.current_stream() == cuda.default_stream() != side
    start, end = cuda.Event(enable_timing=True), cuda.Event(enable_timing=True)
    start.record()
    with cuda.stream(side):
        assert cuda.current_stream() == side
        side.wait_stream(cuda.default_stream())
        x = minitorch.ones(4).cuda() * 2
        event = side.record_event()
    assert cuda.current_stream() == cuda.default_stream()
    event.wait()
    end.record()
    end.synchronize()
    assert event.query() and start.elapsed_time(end) >= 0
    side.synchronize()
    assert side.query() and x.tolist() == [2.0] * 4
    with pytest.raises(RuntimeError, match="enable_timing=True"):
        event.elapsed_time(end)
    with cuda.stream(None):
        assert cuda.current_stream() == cuda.default_stream()
    assert "cuda:0" in repr(side) and hash(side) == hash(side)


@two
def test_a_stream_belongs_to_its_gpu():
    side = cuda.Stream(1)
    with cuda.stream(side):
        assert cuda.current_device() == 1 and cuda.current_stream() == side
        assert cuda.current_stream(0) == cuda.default_stream(0)
    assert cuda.current_device() == 0


# --- Where there is none ----------------------------------------------------------------------------------------------


def alone(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    return done.stdout.strip(), done.stderr


QUIET = """
import minitorch as m
c = m.cuda
assert 'cupy' not in __import__('sys').modules
c.empty_cache(); c.manual_seed(1); c.manual_seed_all(1); m.manual_seed(0)
print(c.is_available(), c.device_count(), c.is_bf16_supported())
"""
LOUD = QUIET + "m.ones(2, device='cuda')"


@only_stand_in
def test_no_driver():
    out, error = alone(LOUD, STRICT_CUPY_GPUS="no-driver")
    assert out == "False 0 False"
    assert "no NVIDIA driver that is new enough" in error and "cudaErrorInsufficientDriver" in error
    assert "`nvidia-smi` must work first" in error


@only_stand_in
def test_a_driver_but_no_gpu():
    out, error = alone(LOUD, STRICT_CUPY_GPUS="none")
    assert out == "False 0 False"
    assert "no NVIDIA GPU is to be seen (cudaErrorNoDevice)" in error and "CUDA_VISIBLE_DEVICES" in error


@only_stand_in
def test_no_cupy():
    out, error = alone(LOUD, PYTHONPATH="")
    assert out == "False 0 False"
    assert "CuPy is not installed" in error
    assert "minitorch-ref[cuda12]" in error and "minitorch-ref[cuda13]" in error


@only_stand_in
def test_one_gpu_needs_no_guards():
    code = """
import minitorch as m
k = m.ones(1).cuda().device.kernels
assert type(k).__name__ == 'Kernels', type(k)
x = m.ones(3, device='cuda', requires_grad=True)
(x * x).sum().backward()
print(x.grad.tolist())
"""
    assert alone(code, STRICT_CUPY_GPUS="1") == ("[2.0, 2.0, 2.0]", "")


def test_importing_loads_no_cupy():
    code = "import sys, minitorch; minitorch.cuda; minitorch.ones(2).sum(); print('cupy' in sys.modules)"
    assert alone(code)[0] == "False"
