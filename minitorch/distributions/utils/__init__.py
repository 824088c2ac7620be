"""PyTorch's names for what `minitorch.distributions.parameters` holds."""

from minitorch.distributions.parameters import (
    broadcast_all,
    clamp_probs,
    euler_constant,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
    tril_matrix_to_vec,
    vec_to_tril_matrix,
)
from minitorch.distributions.parameters import standard_normal as _standard_normal  # noqa: F401
from minitorch.distributions.parameters import sum_rightmost as _sum_rightmost  # noqa: F401

__all__ = ["broadcast_all", "logits_to_probs", "clamp_probs", "probs_to_logits", "lazy_property", "tril_matrix_to_vec",
           "vec_to_tril_matrix", "euler_constant"]  # fmt: skip
