"""Tools around training; `minitorch.utils.data` feeds batches to it, `checkpoint` saves memory."""

from . import checkpoint, data

__all__ = ["checkpoint", "data"]
