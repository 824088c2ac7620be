"""Signal processing: its windows."""

from minitorch.signal import windows

__all__ = ["windows"]
