"""Functions on the parameters of a whole model, and on how a module gets a parameter.

clip_grad.py          gradients that are too large, made smaller
convert_parameters.py all parameters as one vector
parametrize.py        a parameter that is computed from others; parametrizations.py: ready-made ones
weight_norm.py        length and direction apart, as a hook: PyTorch's old form
spectral_norm.py      a largest singular value of 1, as a hook: PyTorch's old form
prune.py              zeros that stay
fusion.py             a layer and the batch norm after it as one layer
memory_format.py      how convolutions' weights lie in memory
init.py               modules without first values
stateless.py          functional_call, by its old path
"""

from minitorch.nn.utils import init, parametrizations, parametrize, rnn, stateless
from minitorch.nn.utils.clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from minitorch.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from minitorch.nn.utils.fusion import (
    fuse_conv_bn_eval,
    fuse_conv_bn_weights,
    fuse_linear_bn_eval,
    fuse_linear_bn_weights,
)
from minitorch.nn.utils.init import skip_init
from minitorch.nn.utils.memory_format import convert_conv2d_weight_memory_format, convert_conv3d_weight_memory_format
from minitorch.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from minitorch.nn.utils.weight_norm import remove_weight_norm, weight_norm

__all__ = [
    "clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_",
    "convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format", "fuse_conv_bn_eval",
    "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights", "get_total_norm", "init",
    "parameters_to_vector", "parametrizations", "parametrize", "remove_spectral_norm", "remove_weight_norm", "rnn",
    "skip_init", "spectral_norm", "stateless", "vector_to_parameters", "weight_norm",
]  # fmt: skip
