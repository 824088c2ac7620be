"""GPUs as places: which is current, their memory, their streams."""

from __future__ import annotations

from typing import Any

from minitorch.backend import Array, Backend, Device
from minitorch.dtypes import DType
from minitorch.errors import BackendUnavailable, OutOfMemory, message

EXTRAS = "install CuPy: pip install 'minitorch-ref[cuda13]' for CUDA 13, or 'minitorch-ref[cuda12]' for CUDA 12"


def unusable(what: str, hint: str) -> BackendUnavailable:
    return BackendUnavailable(
        message(f"the backend 'cupy' can't be used here: {what}", where="device 'cuda'", hint=hint)
    )


def count_gpus(cupy: Any) -> int:
    """How many GPUs there are; none is an error that says what is missing."""
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        if "InsufficientDriver" in str(error):
            what = f"CuPy {cupy.__version__} is installed, but no NVIDIA driver that is new enough for it ({error})"
            raise unusable(what, "install or renew NVIDIA's driver: `nvidia-smi` must work first") from None
        if "NoDevice" not in str(error):
            raise
        count = 0
    if not count:
        what = "CuPy and the driver are installed, but no NVIDIA GPU is to be seen (cudaErrorNoDevice)"
        raise unusable(what, "is CUDA_VISIBLE_DEVICES empty? does `nvidia-smi -L` list one?")
    return count


class CupyDevices(Backend):
    """Mixed into the backend; `self.cupy` is the library."""

    device_types = ("cuda",)
    cupy: Any

    def open_devices(self) -> None:
        """Look for GPUs, and put an allocator before CuPy's that notes peaks and words errors."""
        self.places = [self.cupy.cuda.Device(index) for index in range(count_gpus(self.cupy))]
        self.guarded = len(self.places) > 1
        self.peaks = [0] * len(self.places)
        self._allocate = self.cupy.cuda.get_allocator()
        self.cupy.cuda.set_allocator(self.allocate)

    def device_count(self, device_type: str) -> int:
        return len(self.places)

    def current_index(self, device_type: str) -> int:
        return self.cupy.cuda.runtime.getDevice()

    def set_current(self, index: int) -> None:
        self.places[index].use()

    def place(self, device: Device) -> Any:
        return self.places[device.index or 0]

    guard = place

    def move(self, array: Array, dtype: DType, device: Device) -> Array:
        if device.backend is not self:
            return super().move(array, dtype, device)
        with self.place(device):
            return self.cupy.array(array)

    def synchronize(self, device: Device) -> None:
        self.place(device).synchronize()
        self.report(device.index or 0)

    # --- Memory -------------------------------------------------------------------------------------------------------

    def allocate(self, size: int) -> Any:
        """Memory from CuPy's pool; where there is none, once more after the pool has given back what it keeps."""
        try:
            memory = self._allocate(size)
        except self.cupy.cuda.memory.OutOfMemoryError:
            self.empty_cache()
            try:
                memory = self._allocate(size)
            except self.cupy.cuda.memory.OutOfMemoryError as error:
                raise self._out_of_memory(size) from error
        index = self.cupy.cuda.runtime.getDevice()
        self.peaks[index] = max(self.peaks[index], self._pool.used_bytes())  # one atomic read, from CuPy 14 on
        return memory

    def _out_of_memory(self, size: int) -> OutOfMemory:
        index = self.cupy.cuda.runtime.getDevice()
        free, total = self.cupy.cuda.runtime.memGetInfo()
        return OutOfMemory(
            message(
                f"CUDA out of memory. Tried to allocate {size:,} bytes",
                where=f"GPU {index}, {total:,} bytes in all",
                expected=f"at least as much free; {free:,} bytes are",
                got=f"{self._pool.used_bytes():,} bytes in use by tensors of this process",
                hint="use smaller batches, delete tensors that hold the tape (keep loss.item(), not loss), or free memory that "
                "other processes have (`nvidia-smi` lists them)",
            )
        )

    @property
    def _pool(self) -> Any:
        return self.cupy.get_default_memory_pool()

    def empty_cache(self) -> None:
        """Give back to the driver what the pool keeps for reuse, on the current GPU."""
        self._pool.free_all_blocks()

    def memory(self, device: Device) -> dict[str, int]:
        with self.place(device):
            used, reserved = self._pool.used_bytes(), self._pool.total_bytes()
            free, total = self.cupy.cuda.runtime.memGetInfo()
        peak = max(self.peaks[device.index or 0], used)
        return {"allocated": used, "peak": peak, "reserved": reserved, "free": free, "total": total}

    def reset_peak(self, device: Device) -> None:
        """Let the peak be what is in use now."""
        with self.place(device):
            self.peaks[device.index or 0] = self._pool.used_bytes()

    def properties(self, device: Device) -> dict[str, Any]:
        """Name, compute capability, memory and so on, as the CUDA runtime tells them."""
        return self.cupy.cuda.runtime.getDeviceProperties(device.index or 0)

    def new_stream(self, device: Device, priority: int) -> Any:
        with self.place(device):
            return self.cupy.cuda.Stream(non_blocking=True, priority=priority)

    def current_stream(self, device: Device, default: bool = False) -> Any:
        return self.cupy.cuda.Stream.null if default else self.cupy.cuda.get_current_stream(device.index or 0)

    def new_event(self, timing: bool, blocking: bool) -> Any:
        return self.cupy.cuda.Event(block=blocking, disable_timing=not timing)

    def elapsed_time(self, start: Any, end: Any) -> float:
        return self.cupy.cuda.get_elapsed_time(start, end)
