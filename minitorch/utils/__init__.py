"""Tools around training; `minitorch.utils.data` feeds batches to it."""

from . import data

__all__ = ["data"]
