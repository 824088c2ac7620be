"""Special functions under the names that PyTorch gives them, `torch.special`; the rows stand in the families of minitorch.ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorch.ops import FUNCTIONS
from minitorch.rows import OPS

_ELSEWHERE = {
    "expit": "sigmoid", "gammainc": "igamma", "gammaincc": "igammac", "gammaln": "lgamma", "multigammaln": "mvlgamma",
    "psi": "digamma",
}  # fmt: skip
_SHARED = (
    "digamma", "erf", "erfc", "erfinv", "exp2", "expm1", "i0", "log1p", "log_softmax", "logit", "logsumexp", "polygamma", "round",
    "sinc", "softmax", "xlogy",
)  # fmt: skip

_own = {name: row.function for name, row in OPS.items() if (row.torch or "").startswith("special.")}
_functions = (
    _own | {name: FUNCTIONS[name] for name in _SHARED} | {name: FUNCTIONS[other] for name, other in _ELSEWHERE.items()}
)
globals().update(_functions)
__all__ = sorted(_functions)

if TYPE_CHECKING:
    from minitorch.signatures.special import *  # noqa: F403
