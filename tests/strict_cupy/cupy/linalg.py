"""cupy.linalg: what fails gives numbers that mean nothing, as nobody looks unless cupyx.errstate(linalg='raise') asks for it."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from cupy import strict
from cupy._bridge import computed
from cupy._functions import WRITTEN as TOP
from cupy._manifest import fill

raises = contextvars.ContextVar("raises", default=False)  # cupyx.errstate(linalg="raise")


def matrix_by_matrix(function: Callable) -> Callable:
    """One matrix after the other where one of them fails, as that leaves the others alone."""

    def body(a: np.ndarray, *args: Any, **kwargs: Any) -> Any:
        if a.dtype.name in ("float16", "bfloat16"):
            raise TypeError(f"{a.dtype} is unsupported in linalg")
        if raises.get():
            strict.sync("linalg='raise'")
        try:
            return function(a, *args, **kwargs)
        except LinAlgError:
            if raises.get() or a.ndim < 2 or a.shape[-1] != a.shape[-2]:
                raise
            if a.ndim == 2:
                return failed(function, a, *args, **kwargs)
            one_by_one = [body(each, *args, **kwargs) for each in a]
            return np.stack(one_by_one)

    return body


def failed(function: Callable, a: np.ndarray, *args: Any, **kwargs: Any) -> np.ndarray:
    """What is left when nobody looks at the error: the matrix where `cholesky` gave up, nan where it was divided by zero."""
    if function is np.linalg.cholesky:
        return np.tril(a.astype(np.result_type(a, np.float32) if a.dtype.kind == "f" else float))
    healthy = np.eye(len(a), dtype=a.dtype)
    return np.full_like(function(healthy, *args, **kwargs), np.nan)


NAMES = ("cholesky", "inv", "solve", "eigh", "eigvalsh", "eig", "eigvals", "svd", "qr", "det", "slogdet", "pinv", "lstsq",
         "matrix_rank", "matrix_power", "cond", "tensorinv", "tensorsolve")  # fmt: skip
ARRAYS = {"solve": 2, "lstsq": 2, "tensorsolve": 2}
SYNCING = {"lstsq": "linalg.lstsq"}
WRITTEN: dict[str, Any] = {
    name: computed(
        "cupy.linalg", name, matrix_by_matrix(getattr(np.linalg, name)), ARRAYS.get(name, 1), SYNCING.get(name, "")
    )
    for name in NAMES
}
WRITTEN |= {
    "LinAlgError": LinAlgError,
    "norm": computed("cupy.linalg", "norm", np.linalg.norm),
    "matmul": TOP["matmul"],
    "matrix_transpose": TOP["matrix_transpose"],
    "cross": computed("cupy.linalg", "cross", lambda x1, x2, axis=-1: np.linalg.cross(x1, x2, axis=axis), 2),
}
fill("cupy.linalg", globals(), WRITTEN)
