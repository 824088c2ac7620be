"""Functions on the parameters of a whole model (clip their gradients, line them up in one vector), and sequences (rnn)."""

from minitorch.nn.utils import rnn
from minitorch.nn.utils.clip_grad import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from minitorch.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm", "parameters_to_vector",
           "rnn", "vector_to_parameters"]  # fmt: skip
