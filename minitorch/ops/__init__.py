"""The op table: one file per family; read top to bottom it is the course on derivatives.

Importing a family makes its rows into functions and Tensor methods. This file then adds PyTorch's other names for the same
ops, and the operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch import dispatch as _dispatch
from minitorch.ops import (
    activation,
    adaptive_pooling,
    attention,
    comparison,
    complex_numbers,
    contraction,
    conversion,
    convolution,
    creation,
    cross_entropy,
    ctc,
    distance,
    dropping,
    einsum,
    embedding,
    embedding_bag,
    factorizations,
    fourier,
    gates,
    gathering,
    grid_sampling,
    indefinite,
    indexing,
    interpolation,
    joining,
    likelihood_loss,
    linear_cross_entropy,
    linear_systems,
    local_normalization,
    loss,
    low_rank,
    margin_loss,
    matrices,
    matrix_functions,
    matrix_norms,
    multi_head,
    native_normalization,
    normalization,
    operators,
    pointwise,
    pooling,
    random,
    rectifiers,
    reduction,
    scan,
    shape,
    short_time,
    shuffle,
    softmax,
    sorting,
    special,
    spectral,
    statistics,
    strides,
    transposed_convolution,
    triangular,
    unfolding,
    unpooling,
    windows,
)
from minitorch.rows import OPS, Op
from minitorch.tensor import Tensor

ALIASES = {
    "absolute": "abs",
    "affine_grid_generator": "affine_grid",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "clip": "clamp",
    "concat": "cat",
    "concatenate": "cat",
    "divide": "div",
    "fix": "trunc",
    "ger": "outer",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "moveaxis": "movedim",
    "multiply": "mul",
    "native_channel_shuffle": "channel_shuffle",
    "negative": "neg",
    "not_equal": "ne",
    "subtract": "sub",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "true_divide": "div",
    "row_stack": "vstack",
    "conj_physical": "conj",
}

_CREATION = (
    "tensor", "as_tensor", "from_numpy", "zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like",
    "arange", "linspace", "logspace", "eye", "complex", "is_tensor", "numel",
)  # fmt: skip
_PLAIN = {name: getattr(creation, name) for name in _CREATION} | {
    "adjoint": shape.adjoint,
    "chain_matmul": matrix_functions.chain_matmul,
    "pca_lowrank": low_rank.pca_lowrank,
    "svd_lowrank": low_rank.svd_lowrank,
    "ravel": shape.ravel,
    "zero_": lambda input: input.zero_(),
    "broadcast_shapes": shape.broadcast_shapes,
    "nonzero": indexing.nonzero,
    "cat": joining.concatenate,
    **windows.WINDOWS,
}


# What rules may call besides ops, on Tensors; on arrays these are kernels.
_FOR_RULES = {
    "zeros_like": creation.zeros_like, "ones_like": creation.ones_like,
    "full_like": lambda input, value: creation.full_like(input.detach(), value),
    "new_full": lambda input, size, value: creation.full(size, value, dtype=input.dtype, device=input.device),
    "arange_like": lambda input, end: creation.arange(end, device=input.device),
    "check_index": lambda index, low, high, dim: None,  # was checked when the forward pass ran
}  # fmt: skip


def _in_module(row: Op) -> bool:
    """Has the row its home in a module of PyTorch's, and not beside the others?"""
    return (row.torch or "").startswith(("linalg.", "fft."))


def _complete() -> dict[str, object]:
    """Attach aliases, methods and operators; returns the public functions by name."""
    for module in (complex_numbers, conversion, creation, comparison, shape, joining, indexing, random):
        for name, method in module.METHODS.items():
            setattr(Tensor, name, method)
    functions = {name: row.function for name, row in OPS.items() if row.public and not _in_module(row)} | _PLAIN
    for alias, name in ALIASES.items():
        if name in functions:
            functions[alias] = functions[name]
            if hasattr(Tensor, name):
                setattr(Tensor, alias, getattr(Tensor, name))
            if hasattr(Tensor, f"{name}_"):
                setattr(Tensor, f"{alias}_", getattr(Tensor, f"{name}_"))
    operators.attach()
    vars(_dispatch.OPS_ON_TENSORS).update(_FOR_RULES)
    return functions | random.FUNCTIONS | rectifiers.FUNCTIONS


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...  # the table's functions


FUNCTIONS = _complete()
globals().update(FUNCTIONS)
__all__ = sorted(FUNCTIONS)
