"""PyTorch's names for the exchange of arrays with other libraries; minitorch/ops/interchange.py says how."""

from minitorch.ops.interchange import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
