"""NumPy on the CPU: the array-API reference with overrides where NumPy has something faster."""

from minitorch_numpy.backend import NumpyBackend

backend = NumpyBackend  # what the entry point calls

__all__ = ["NumpyBackend", "backend"]
