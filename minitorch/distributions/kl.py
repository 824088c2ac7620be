"""Kullback-Leibler divergences.

    kl_registry.py        kl_divergence, register_kl, and how a formula is found
    kl_same_family.py     of two distributions of one family
    kl_cross_family.py    of different families

>>> import minitorch
>>> from minitorch.distributions import Normal
>>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
tensor(0.5000)
"""

from minitorch.distributions import kl_cross_family, kl_same_family
from minitorch.distributions.kl_registry import (
    kl_divergence,
    register_kl,
)

__all__ = ["register_kl", "kl_divergence", "kl_cross_family", "kl_same_family"]
