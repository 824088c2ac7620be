"""The stand-in's devices, memory and streams: bookkeeping that tests of a backend can lean on."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

cp = pytest.importorskip("cupy")
if not hasattr(cp, "strict"):
    pytest.skip("a real CuPy is here, and nothing stands in for it", allow_module_level=True)
cpx = pytest.importorskip("cupyx")
runtime = cp.cuda.runtime


@pytest.fixture
def pool():
    """A pool of one's own, which every array of the test comes from."""
    mine = cp.cuda.MemoryPool()
    with cp.cuda.using_allocator(mine.malloc):
        yield mine


# --- devices ----------------------------------------------------------------------------------------------------------


def test_two_devices_of_which_one_is_current():
    assert runtime.getDeviceCount() == 2
    assert cp.cuda.is_available()
    with cp.cuda.Device(1):
        assert cp.cuda.Device().id == 1 == runtime.getDevice()
        there = cp.zeros(2)
        assert (there + 1).device == cp.cuda.Device(1)
        with cp.cuda.Device(0):
            assert cp.cuda.get_device_id() == 0
        assert cp.cuda.get_device_id() == 1
    assert cp.cuda.get_device_id() == 0
    assert there.device.id == 1
    assert there[1:].device.id == 1


@pytest.mark.parametrize("operation", [
    lambda here, there: here + there,
    lambda here, there: there + 1,
    lambda here, there: there.sum(),
    lambda here, there: cp.concatenate([here, there]),
    lambda here, there: here @ there,
    lambda here, there: here[there.view("q")],
    lambda here, there: cp.add(here, 1, out=there),
    lambda here, there: there.fill(0) or there.astype("f"),
])  # fmt: skip
def test_refuses_to_mix_devices(operation):
    here = cp.ones(2)
    with cp.cuda.Device(1):
        there = cp.ones(2)
    with pytest.raises(ValueError, match="different from the current device"):
        operation(here, there)


def test_copies_between_devices():
    with cp.cuda.Device(1):
        there = cp.arange(3)
    for here in (cp.asarray(there), there.copy(), cp.array(there)):
        assert here.device.id == 0
        assert here.tolist() == [0, 1, 2]
    assert copy.deepcopy(there).device.id == 1
    assert there.get().tolist() == [0, 1, 2]
    with pytest.raises(NotImplementedError, match="non-contiguous"):
        with cp.cuda.Device(1):
            spread = cp.arange(8).reshape(2, 4)[:, ::2]
        spread.copy()


def test_a_device_that_is_not_there():
    with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorInvalidDevice"), cp.cuda.Device(2):
        pass
    with pytest.raises(runtime.CUDARuntimeError):
        runtime.getDeviceProperties(2)


def test_tells_about_devices():
    properties = runtime.getDeviceProperties(1)
    assert isinstance(properties["name"], bytes) and properties["totalGlobalMem"] == runtime.memGetInfo()[1]
    assert cp.cuda.Device(0).compute_capability == "90"
    assert runtime.runtimeGetVersion() >= 13000 <= runtime.driverGetVersion()
    assert pickle.loads(pickle.dumps(runtime.CUDARuntimeError(100))).status == 100


STATES = {
    "none": "cudaErrorNoDevice: no CUDA-capable device is detected",
    "no-driver": "cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime version",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("use", [
    "cp.zeros(3)",
    "cp.asarray([1])",
    "cp.cuda.runtime.getDeviceCount()",
    "cp.cuda.Device()",
    "cp.cuda.Device(0).use()",
    "cp.cuda.Stream()",
    "cp.cuda.runtime.memGetInfo()",
    "cpx.empty_pinned(3)",
])  # fmt: skip
def test_without_a_gpu(state, use):
    program = (
        "import cupy as cp, cupyx as cpx\n"
        "assert not cp.cuda.is_available()\n"
        f"try:\n    {use}\nexcept Exception as error:\n    print(error)"
    )
    where = {"PYTHONPATH": str(Path(__file__).parent), "STRICT_CUPY_GPUS": state}
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | where, capture_output=True, text=True)
    assert done.stdout.strip() == STATES[state], done.stderr


# --- memory -----------------------------------------------------------------------------------------------------------


def test_counts_bytes(pool):
    assert (pool.used_bytes(), pool.total_bytes()) == (0, 0)
    array = cp.zeros(1000, "f")
    assert pool.used_bytes() == 4096
    view = array[10:]
    del array
    assert pool.used_bytes() == 4096, "a view keeps its memory"
    del view
    assert (pool.used_bytes(), pool.free_bytes(), pool.n_free_blocks()) == (0, 4096, 1)
    again = cp.zeros(1000, "f")
    assert pool.total_bytes() == 4096, "taken from what was kept"
    result = again + 1
    assert pool.used_bytes() == 8192
    del again, result
    free = runtime.memGetInfo()[0]
    pool.free_all_blocks()
    assert pool.total_bytes() == 0
    assert runtime.memGetInfo()[0] == free + 8192


def test_every_device_has_its_own_bytes(pool):
    kept = cp.zeros(1000)
    with cp.cuda.Device(1):
        assert pool.used_bytes() == 0
        other = cp.zeros(2000)
        assert pool.used_bytes() == 16384
    assert pool.used_bytes() == 8192
    assert kept.data.mem.device_id == 0 and other.data.device_id == 1


def test_runs_out_of_memory(pool):
    pool.set_limit(10_000)
    assert pool.get_limit() == 10_000
    first = cp.zeros(1000)
    with pytest.raises(
        cp.cuda.memory.OutOfMemoryError, match=r"Out of memory allocating 8,192 bytes.*limit set to: 10,000"
    ):
        first + 1
    del first
    for size in (600, 700):  # what was freed is given back before it fails
        cp.zeros(size)
    assert issubclass(cp.cuda.memory.OutOfMemoryError, MemoryError)
    pool.set_limit(0)
    cp.zeros(10_000)


def test_a_test_can_refuse_allocations(pool):
    cp.strict.refuse_allocations(1)
    with pytest.raises(cp.cuda.memory.OutOfMemoryError):
        cp.zeros(3)
    cp.zeros(3)


def test_the_default_pool_is_where_arrays_come_from():
    before = cp.get_default_memory_pool().used_bytes()
    kept = cp.ones(5000, "d")
    assert cp.get_default_memory_pool().used_bytes() == before + 40448
    assert kept.nbytes == 40000


def test_an_array_over_memory(pool):
    memory = cp.cuda.alloc(64)
    array = cp.ndarray((2, 4), "d", memory)
    array[...] = cp.arange(8.0).reshape(2, 4)
    assert cp.ndarray(4, "d", memory + 32).tolist() == [4, 5, 6, 7]
    host = np.zeros(8)
    memory.copy_to_host(host.ctypes.data, 64)
    assert host.tolist() == list(range(8))


def test_pinned_memory():
    pinned = cpx.zeros_pinned((2, 3), "f")
    assert cp.cuda.pinned_memory.is_memory_pinned(pinned.ctypes.data)
    assert not cp.cuda.pinned_memory.is_memory_pinned(np.zeros(3).ctypes.data)
    array = cp.ones((2, 3), "f")
    assert array.get(out=pinned, blocking=False) is pinned
    assert pinned.sum() == 6
    array.set(np.full((2, 3), 2, "f"))
    assert float(array.sum()) == 12
    with pytest.raises(TypeError):
        array.set(np.ones((2, 3)))
    with pytest.raises(TypeError):
        array.set(cp.ones((2, 3), "f"))
    where = pinned.ctypes.data
    del pinned
    assert not cp.cuda.pinned_memory.is_memory_pinned(where)


# --- streams ----------------------------------------------------------------------------------------------------------


def test_streams_and_events():
    assert cp.cuda.get_current_stream() == cp.cuda.Stream.null
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        assert cp.cuda.get_current_stream() is stream
        with cp.cuda.Device(1):
            assert cp.cuda.get_current_stream() == cp.cuda.Stream.null
        start, end = stream.record(), cp.cuda.Event()
        end.record()
    assert cp.cuda.get_current_stream() == cp.cuda.Stream.null
    assert cp.cuda.get_elapsed_time(start, end) >= 0
    stream.wait_event(start)
    assert end.done and stream.done
    assert cp.cuda.ExternalStream(stream.ptr) == stream
    cp.strict.reset()
    stream.synchronize()
    end.synchronize()
    assert cp.strict.count() == 2


def test_elapsed_time_needs_both_times():
    never = cp.cuda.Event()
    with pytest.raises(RuntimeError):
        cp.cuda.get_elapsed_time(never, cp.cuda.Stream.null.record())
