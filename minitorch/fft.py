"""Discrete Fourier transforms under PyTorch's names: the rows of the op table whose home is `torch.fft`.

>>> import minitorch
>>> minitorch.fft.rfft(minitorch.tensor([1.0, 2.0, 3.0]))
tensor([ 6.0000+0.0000j, -1.5000+0.8660j])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch.ops import OPS
from minitorch.ops.fourier import FREQUENCIES

FUNCTIONS = FREQUENCIES | {
    (row.torch or "").removeprefix("fft."): row.function
    for row in OPS.values()
    if row.public and (row.torch or "").startswith("fft.")
}
globals().update(FUNCTIONS)
__all__ = sorted(FUNCTIONS)

if TYPE_CHECKING:
    from minitorch.signatures.fft import *  # noqa: F403

    def __getattr__(name: str) -> Any: ...  # the table's functions
