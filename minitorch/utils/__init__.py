"""Tools around training; `minitorch.utils.data` feeds batches to it."""

from . import data, dlpack

__all__ = ["data", "dlpack"]
