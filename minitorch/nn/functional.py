"""The functions behind the layers, under PyTorch's names and signatures.

What they compute is said by the rows in `minitorch.ops`; those whose signature is PyTorch's already are these rows
themselves. Here stands what PyTorch adds: `inplace=`, `training=`, and old ways to say `reduction` and `dim`.
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.autograd import no_grad
from minitorch.inplace import run_inplace
from minitorch.ops import activation, loss
from minitorch.ops.activation import gelu, logsigmoid, sigmoid, softplus
from minitorch.ops.comparison import where
from minitorch.ops.contraction import linear
from minitorch.ops.convolution import conv1d, conv2d
from minitorch.ops.indexing import one_hot
from minitorch.ops.pointwise import tanh
from minitorch.ops.shape import pad
from minitorch.ops.statistics import vector_norm
from minitorch.rows import OPS
from minitorch.tensor import Tensor

__all__ = ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm", "binary_cross_entropy",
           "binary_cross_entropy_with_logits", "conv1d", "conv2d", "cross_entropy", "dropout", "dropout1d", "dropout2d", "elu",
           "embedding", "gelu", "group_norm", "hardtanh", "huber_loss", "l1_loss", "layer_norm", "leaky_relu", "linear",
           "log_softmax", "logsigmoid", "max_pool1d", "max_pool2d", "mse_loss", "nll_loss", "normalize", "one_hot", "pad", "relu",
           "relu6", "sigmoid", "silu", "smooth_l1_loss", "softmax", "softmin", "softplus", "tanh"]  # fmt: skip
