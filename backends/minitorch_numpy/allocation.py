"""Keep freed memory in the process: glibc's defaults give every array above 128 KB back to the system, and fault it in again.

On chained operations with fresh results of a few MB that costs several times the arithmetic. `mallopt` raises both limits
(https://man7.org/linux/man-pages/man3/mallopt.3.html). MINITORCH_MALLOC=0 leaves the process as it was.
"""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_freed_memory() -> bool:
    """Raise glibc's thresholds; says whether there was a glibc to do so."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, 1 << 30)) and bool(mallopt(M_TRIM_THRESHOLD, 2**31 - 1))
