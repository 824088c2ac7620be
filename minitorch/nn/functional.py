"""The functions behind the layers, under PyTorch's names and signatures.

What they compute is said by the rows in `minitorch.ops`; a row whose signature is PyTorch's already is used as it is. What is
added here is what PyTorch adds to its ops: `inplace=`, and old ways to say `reduction` and `dim`.
"""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.autograd import no_grad
from minitorch.inplace import run_inplace
from minitorch.ops import activation, loss
from minitorch.ops.activation import gelu, logsigmoid, sigmoid, softplus
from minitorch.ops.comparison import where
from minitorch.ops.contraction import bilinear, linear
from minitorch.ops.convolution import conv1d, conv2d
from minitorch.ops.dropping import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from minitorch.ops.indexing import one_hot
from minitorch.ops.joining import pad
from minitorch.ops.normalization import batch_norm, group_norm, layer_norm
from minitorch.ops.pointwise import tanh
from minitorch.ops.pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    avg_pool1d,
    avg_pool2d,
    max_pool1d,
    max_pool2d,
)
from minitorch.ops.statistics import vector_norm
from minitorch.rows import OPS
from minitorch.tensor import Tensor
