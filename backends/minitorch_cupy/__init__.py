"""minitorch on NVIDIA GPUs through CuPy 14: the array API's kernels, with its own where CuPy is slow, wrong or silent.

backend.py   conversions, dtypes, what CuPy defines otherwise      contraction.py   matrix products on cuBLAS
indexing.py  scattered writes, index checks that don't wait        words.py         random words by one kernel
devices.py   several GPUs, memory, streams, and what to do when memory runs out
"""

from minitorch_cupy.backend import CupyBackend

__all__ = ["CupyBackend"]
