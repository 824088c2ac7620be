"""How glibc gets the memory of arrays: it keeps what was freed, and asks for huge pages.

With its defaults every array above 128 KB goes back to the system and is faulted in again, which on chained operations with
fresh results of a few MB costs several times the arithmetic; `mallopt` raises both limits
(https://man7.org/linux/man-pages/man3/mallopt.3.html). And arrays lie in pages of 4 KB, at whose ends the processor stops to
fetch ahead; NumPy asks for pages of 2 MB only for arrays from 4 MB on. So the heap is made large once, which takes room among the
addresses and no memory yet, and that room is advised (https://man7.org/linux/man-pages/man2/madvise.2.html).
MINITORCH_MALLOC=0 leaves the process as it was.
"""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
MADV_HUGEPAGE = 14
HUGE_PAGE = 1 << 21
LARGEST = 1 << 30  # bytes of an array that comes from the heap, and of the room that is made there


def keep_freed_memory() -> bool:
    """Raise glibc's thresholds and ask for huge pages; says whether there was a glibc to do so."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        libc = ctypes.CDLL(None)
        kept = libc.mallopt(M_MMAP_THRESHOLD, LARGEST) and libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        if kept:
            _ask_for_huge_pages(libc)
    except (OSError, AttributeError):  # another C library
        return False
    return bool(kept)


def _ask_for_huge_pages(libc: ctypes.CDLL) -> None:
    """Make room at the heap's end and advise the system to back it with huge pages; where it refuses, all stays as it is."""
    libc.malloc.restype = libc.sbrk.restype = ctypes.c_void_p
    block = libc.malloc(ctypes.c_size_t(LARGEST - HUGE_PAGE))
    if block is None:
        return
    libc.free(ctypes.c_void_p(block))  # the threshold keeps it in the process
    first, end = -(-block // HUGE_PAGE) * HUGE_PAGE, libc.sbrk(0)
    if first < end <= block + 2 * LARGEST:  # else it came from elsewhere
        libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), MADV_HUGEPAGE)
