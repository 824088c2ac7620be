"""Linear algebra under PyTorch's names: the rows of the op table whose home is `torch.linalg`.

>>> import minitorch
>>> minitorch.linalg.solve(minitorch.tensor([[2.0, 0.0], [0.0, 4.0]]), minitorch.tensor([2.0, 4.0]))
tensor([1., 1.])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch.errors import LinAlgError
from minitorch.ops import OPS

FUNCTIONS = {
    (row.torch or "").removeprefix("linalg."): row.function
    for row in OPS.values()
    if row.public and (row.torch or "").startswith("linalg.")
}
globals().update(FUNCTIONS)
__all__ = ["LinAlgError", *sorted(FUNCTIONS)]

if TYPE_CHECKING:
    from minitorch.signatures.linalg import *  # noqa: F403

    def __getattr__(name: str) -> Any: ...  # the table's functions
