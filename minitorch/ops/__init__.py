"""The op table: one file per family; read top to bottom it is the course on derivatives.

Importing a family makes its rows into functions and Tensor methods. This file then adds PyTorch's other names for the same
ops, and the operators.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from minitorch import dispatch as _dispatch
from minitorch import explain as _explain
from minitorch import reading as _reading
from minitorch.operands import some
from minitorch.ops import (
    activation,
    adaptive_pooling,
    arithmetic,
    arranging,
    attention,
    bessel,
    calculus,
    comparison,
    complex_numbers,
    contraction,
    conversion,
    convolution,
    copying,
    counting,
    creation,
    cross_entropy,
    ctc,
    distance,
    dropping,
    einsum,
    embedding,
    embedding_bag,
    extremes,
    factorizations,
    floats,
    fourier,
    gamma,
    gates,
    gathering,
    grid_sampling,
    grouped,
    hashing,
    indefinite,
    indexing,
    interchange,
    interpolation,
    joining,
    legacy,
    likelihood_loss,
    linear_cross_entropy,
    linear_systems,
    lobpcg,
    local_normalization,
    loss,
    low_rank,
    margin_loss,
    matrices,
    matrix_functions,
    matrix_norms,
    memory,
    metadata,
    multi_head,
    native_forms,
    native_normalization,
    normal_distribution,
    normalization,
    operators,
    pointwise,
    polynomials,
    pooling,
    questions,
    random,
    rectifiers,
    recurrence,
    recurrent,
    reduction,
    reinterpretation,
    replacing,
    sample_statistics,
    sampling_gradients,
    scan,
    searching,
    segments,
    shape,
    short_time,
    shuffle,
    softmax,
    sorting,
    special,
    spectral,
    statistics,
    strides,
    tensor_products,
    tensor_types,
    transposed_convolution,
    triangles,
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
    "swapdims": "transpose",
    "true_divide": "div",
    "trapz": "trapezoid",
    "row_stack": "vstack",
    "conj_physical": "conj",
}

_CREATION = (
    "tensor", "zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like",
    "arange", "linspace", "logspace", "eye", "complex", "is_tensor", "numel",
    "scalar_tensor", "empty_strided", "empty_permuted",
)  # fmt: skip
_PLAIN = {name: getattr(creation, name) for name in _CREATION} | {
    "adjoint": shape.adjoint,
    "chain_matmul": matrix_functions.chain_matmul,
    "pca_lowrank": low_rank.pca_lowrank,
    "svd_lowrank": low_rank.svd_lowrank,
    "ravel": shape.ravel,
    "zero_": lambda input: input.zero_(),
    "broadcast_shapes": _explain.broadcast_shapes,
    "nonzero": indexing.nonzero,
    "cat": joining.concatenate,
    **windows.WINDOWS,
    "index_put": replacing.put_at,
    "tril_indices": triangles.tril_indices,
    "triu_indices": triangles.triu_indices,
    **interchange.FUNCTIONS,
    **metadata.FUNCTIONS,
    **legacy.FUNCTIONS,
    **lobpcg.FUNCTIONS,
    **native_forms.FUNCTIONS,
    **questions.FUNCTIONS,
    **complex_numbers.FUNCTIONS,
    "resolve_conj": floats.resolve_conj,
    "resolve_neg": floats.resolve_neg,
    "clone": conversion.cloned,
    "fill": conversion.filled,
}


# Those that make tensors, and so take layout=.
_MAKERS = {*_CREATION[:-3], "scalar_tensor", "tril_indices", "triu_indices", "rand", "randn", "randint", "randperm", "normal",
           "rand_like", "randn_like", "randint_like", *windows.WINDOWS} - {"complex", "is_tensor", "numel"}  # fmt: skip

# In-place methods that PyTorch has as functions too.
_IN_PLACE = (
    "abs", "acos", "acosh", "addmv", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "as_strided", "asin", "asinh",
    "atan", "atanh", "ceil", "clamp", "clamp_max", "clamp_min", "clip", "conj_physical", "cos", "cosh", "deg2rad", "detach",
    "erf", "erfc", "exp", "exp2", "expm1", "fill", "fix", "floor", "frac", "gcd", "i0", "index_put", "lcm", "ldexp", "log",
    "log10", "log1p", "log2", "logit", "nan_to_num", "neg", "negative", "rad2deg", "reciprocal", "relu", "round", "rsqrt",
    "sigmoid", "sin", "sinc", "sinh", "sqrt", "square", "tan", "tanh", "trunc", "xlogy",
)  # fmt: skip


# What rules may call besides ops, on Tensors; on arrays these are kernels.
_FOR_RULES = {
    "zeros_like": creation.zeros_like, "ones_like": creation.ones_like,
    "full_like": lambda input, value, dtype=None: creation.full_like(input.detach(), value, dtype),
    "new_full": lambda input, size, value, dtype=None: creation.full(
        size, value, dtype=dtype or input.dtype, device=input.device
    ),
    "arange_like": lambda input, end: creation.arange(end, device=input.device),
    "argsort_stable": lambda input, dim, descending: OPS["sort"].function(input, dim, descending)[1],
    "nonzero_arrays": lambda mask: tuple(
        [_dispatch.wrap(array, _dispatch.dtypes.int64, mask.device) for array in mask.device.kernels.nonzero_arrays(mask._array)]
    ),
    "lowest": lambda input: _dispatch.wrap(input.device.kernels.lowest(input._array), input.dtype, input.device),
    "some": some,
    "check_index": lambda index, low, high, dim: None,  # was checked when the forward pass ran
}  # fmt: skip


def _in_module(row: Op) -> bool:
    """Has the row its home in a module of PyTorch's, and not beside the others?"""
    return (row.torch or "").startswith(("fft.", "linalg.", "special."))


def _complete() -> dict[str, object]:
    """Attach aliases, methods and operators; returns the public functions by name."""
    rows = {row.function for row in OPS.values()}
    for module in (
        complex_numbers, conversion, creation, comparison, shape, joining, indexing, arranging, replacing, metadata,
        floats, gamma, legacy, native_forms, questions, triangles, copying, interchange, memory,
    ):  # fmt: skip
        for name, method in module.METHODS.items():
            setattr(Tensor, name, method)
    for name, method in random.METHODS.items():
        setattr(Tensor, name, _dispatch.named_in_errors(name, method))
    functions = {name: row.function for name, row in OPS.items() if row.public and not _in_module(row)} | _PLAIN
    for name, function in (_PLAIN | random.FUNCTIONS).items():
        if isinstance(function, FunctionType) and function not in rows:
            functions[name] = _dispatch.named_in_errors(
                name, creation.laid_out(function) if name in _MAKERS else function
            )
    for alias, name in ALIASES.items():
        if name in functions:
            functions[alias] = functions[name]
            if hasattr(Tensor, name):
                setattr(Tensor, alias, getattr(Tensor, name))
            if hasattr(Tensor, f"{name}_"):
                setattr(Tensor, f"{alias}_", getattr(Tensor, f"{name}_"))
    functions |= {f"{name}_": getattr(Tensor, f"{name}_") for name in _IN_PLACE}
    operators.attach()
    vars(_dispatch.OPS_ON_TENSORS).update(_FOR_RULES | indexing.ON_TENSORS)
    return random.FUNCTIONS | functions | rectifiers.FUNCTIONS | tensor_types.FUNCTIONS


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...  # the table's functions


FUNCTIONS = _complete()
globals().update(FUNCTIONS)
__all__ = sorted(FUNCTIONS)
