"""minitorch on NVIDIA GPUs through CuPy 14: the array API's kernels, with its own where CuPy is slow, wrong or silent.

    backend.py       conversions, dtypes, the kernels that CuPy defines otherwise than PyTorch
    contraction.py   matrix products on cuBLAS: transposed, broadcast and 16-bit operands without copies
    indexing.py      scattered writes, and index checks that don't wait for the device
    words.py         random words by one kernel
    devices.py       several GPUs, memory, streams, and what to do when memory runs out

Nothing in a training step waits for the GPU: the host reads from it only where a user asks for a value.
"""

from minitorch_cupy.backend import CupyBackend

__all__ = ["CupyBackend"]
