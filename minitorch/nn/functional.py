"""The functions behind the layers, under PyTorch's names and signatures.

What they compute is said by the rows in `minitorch.ops`; a row whose signature is PyTorch's already is used as it is. What is
added here is what PyTorch adds to its ops: `inplace=`, and a `dim` that may be left out.
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.dtypes import DType
from minitorch.inplace import run_inplace
from minitorch.nn.activation import (
    celu,
    celu_,
    gumbel_softmax,
    hardsigmoid,
    hardswish,
    mish,
    rrelu,
    rrelu_,
    selu,
    selu_,
    threshold,
    threshold_,
)
from minitorch.nn.pooling import (
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool2d_with_indices,
    adaptive_max_pool3d_with_indices,
    fractional_max_pool2d_with_indices,
    fractional_max_pool3d_with_indices,
    max_pool1d_with_indices,
    max_pool2d_with_indices,
    max_pool3d_with_indices,
)
from minitorch.ops import activation
from minitorch.ops.activation import gelu, logsigmoid, sigmoid, softplus
from minitorch.ops.adaptive_pooling import (
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    fractional_max_pool2d,
    fractional_max_pool3d,
)
from minitorch.ops.attention import scaled_dot_product_attention
from minitorch.ops.contraction import bilinear, linear
from minitorch.ops.convolution import conv1d, conv2d, conv3d, conv_tbc
from minitorch.ops.cross_entropy import cross_entropy, nll_loss
from minitorch.ops.ctc import ctc_loss
from minitorch.ops.distance import cosine_similarity, pairwise_distance, pdist
from minitorch.ops.dropping import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from minitorch.ops.embedding import functional_embedding as embedding
from minitorch.ops.embedding import one_hot
from minitorch.ops.embedding_bag import embedding_bag
from minitorch.ops.gates import glu, softsign, tanhshrink
from minitorch.ops.grid_sampling import affine_grid, grid_sample
from minitorch.ops.grouped import grouped_mm
from minitorch.ops.interpolation import interpolate, upsample, upsample_bilinear, upsample_nearest
from minitorch.ops.joining import pad
from minitorch.ops.likelihood_loss import gaussian_nll_loss, poisson_nll_loss
from minitorch.ops.linear_cross_entropy import linear_cross_entropy
from minitorch.ops.local_normalization import instance_norm, local_response_norm
from minitorch.ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from minitorch.ops.margin_loss import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from minitorch.ops.multi_head import multi_head_attention_forward
from minitorch.ops.normalization import batch_norm, group_norm, layer_norm, rms_norm
from minitorch.ops.pointwise import tanh
from minitorch.ops.pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from minitorch.ops.rectifiers import hardshrink, prelu, softshrink
from minitorch.ops.shuffle import channel_shuffle, pixel_shuffle, pixel_unshuffle
from minitorch.ops.shuffle import channel_shuffle as native_channel_shuffle
from minitorch.ops.softmax import log_softmax as log_softmax_along
from minitorch.ops.softmax import softmax as softmax_along
from minitorch.ops.softmax import softmin as softmin_along
from minitorch.ops.statistics import vector_norm
from minitorch.ops.transposed_convolution import conv_transpose1d, conv_transpose2d, conv_transpose3d
from minitorch.ops.unfolding import fold, unfold
from minitorch.ops.unpooling import lp_pool1d, lp_pool2d, lp_pool3d, max_unpool1d, max_unpool2d, max_unpool3d
from minitorch.overrides import (
    handle_torch_function,
    has_torch_function,
    has_torch_function_unary,
    has_torch_function_variadic,
)
from minitorch.rows import OPS
from minitorch.tensor import Tensor

__all__ = ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
           "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices",
           "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "affine_grid", "alpha_dropout", "avg_pool1d",
           "avg_pool2d", "avg_pool3d", "batch_norm", "bilinear", "binary_cross_entropy", "binary_cross_entropy_with_logits",
           "celu", "celu_", "channel_shuffle", "conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d",
           "conv_transpose2d", "conv_transpose3d", "cosine_embedding_loss", "cosine_similarity", "cross_entropy", "ctc_loss",
           "dropout", "dropout1d", "dropout2d", "dropout3d", "elu", "elu_", "embedding", "embedding_bag",
           "feature_alpha_dropout", "fold", "fractional_max_pool2d", "fractional_max_pool2d_with_indices",
           "fractional_max_pool3d", "fractional_max_pool3d_with_indices", "gaussian_nll_loss", "gelu", "glu", "grid_sample",
           "group_norm", "grouped_mm", "gumbel_softmax", "handle_torch_function",
           "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hardtanh_", "has_torch_function",
           "has_torch_function_unary", "has_torch_function_variadic",
           "hinge_embedding_loss", "huber_loss", "instance_norm", "interpolate", "kl_div", "l1_loss", "layer_norm",
           "leaky_relu", "leaky_relu_", "linear", "linear_cross_entropy", "local_response_norm", "log_softmax", "logsigmoid",
           "lp_pool1d", "lp_pool2d", "lp_pool3d", "margin_ranking_loss", "max_pool1d", "max_pool1d_with_indices",
           "max_pool2d", "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices", "max_unpool1d", "max_unpool2d",
           "max_unpool3d", "mish", "mse_loss", "multi_head_attention_forward", "multi_margin_loss", "multilabel_margin_loss",
           "multilabel_soft_margin_loss", "native_channel_shuffle", "nll_loss", "normalize", "one_hot", "pad",
           "pairwise_distance", "pdist", "pixel_shuffle", "pixel_unshuffle", "poisson_nll_loss", "prelu", "relu", "relu6",
           "relu_", "rms_norm", "rrelu", "rrelu_", "scaled_dot_product_attention", "selu", "selu_", "sigmoid", "silu",
           "smooth_l1_loss", "soft_margin_loss", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh",
           "tanhshrink", "threshold", "threshold_", "triplet_margin_loss", "triplet_margin_with_distance_loss", "unfold",
           "upsample", "upsample_bilinear", "upsample_nearest"]  # fmt: skip


# --- Activations that may write into their input ----------------------------------------------------------------------


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0)."""
    return relu_(input) if inplace else activation.relu(input)


def relu_(input: Tensor) -> Tensor:
    """relu into the input's memory."""
    return run_inplace(OPS["relu"], input, (), {})


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input limited to [min_val, max_val]."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return hardtanh_(input, min_val, max_val) if inplace else activation.hardtanh(input, min_val, max_val)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """hardtanh into the input's memory."""
    return run_inplace(OPS["hardtanh"], input, (min_val, max_val), {})


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(input, 0), 6)."""
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is positive, else negative_slope * input."""
    return leaky_relu_(input, negative_slope) if inplace else activation.leaky_relu(input, negative_slope)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """leaky_relu into the input's memory."""
    return run_inplace(OPS["leaky_relu"], input, (negative_slope,), {})


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, else alpha * (exp(input) - 1)."""
    return elu_(input, alpha) if inplace else activation.elu(input, alpha)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """elu into the input's memory."""
    return run_inplace(OPS["elu"], input, (alpha,), {})


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input)."""
    return run_inplace(OPS["silu"], input, (), {}) if inplace else activation.silu(input)


# --- Along one dim ----------------------------------------------------------------------------------------------------


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """exp(input) / sum(exp(input)) along `dim`."""
    return softmax_along(input, _dim("softmax", input, dim, _stacklevel), dtype=dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """softmax of -input along `dim`."""
    return softmin_along(input, _dim("softmin", input, dim, _stacklevel), dtype=dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """log(softmax(input)) along `dim`, without its underflow."""
    return log_softmax_along(input, _dim("log_softmax", input, dim, _stacklevel), dtype=dtype)


def _dim(name: str, input: Tensor, dim: int | None, stacklevel: int) -> int:
    """The dim that PyTorch chooses, with a warning, where none is given."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> Tensor:
    """input divided by its p-norm along `dim`, or by `eps` where the norm is smaller.

    >>> import minitorch
    >>> normalize(minitorch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    length = vector_norm(input, p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    return OPS["div"].function(input, length, out=out)
