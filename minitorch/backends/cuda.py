"""What programs for PyTorch ask and set about NVIDIA's libraries: `matmul.allow_tf32` is the precision of `minitorch.switches`.

>>> import minitorch
>>> minitorch.backends.cuda.matmul.allow_tf32 = True
>>> minitorch.get_float32_matmul_precision()
'high'
>>> minitorch.backends.cuda.matmul.allow_tf32 = False
"""

from __future__ import annotations

from minitorch.cuda import is_available
from minitorch.switches import matmul_switches

__all__ = ["is_built", "matmul"]

matmul = matmul_switches()


def is_built() -> bool:
    """Can minitorch use NVIDIA's GPUs here? There is nothing to build, so this is `cuda.is_available()`."""
    return is_available()
