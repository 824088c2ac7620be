"""The readable reference: every core kernel in terms of the Python array API standard (https://data-apis.org/array-api/).

It serves array libraries as they are, through array-api-compat: array-api-strict, PyTorch and JAX here. Faster backends subclass
`ArrayAPIBackend` and override what their library does better.
"""

from minitorch_arrayapi.backend import ArrayAPIBackend
from minitorch_arrayapi.libraries import array_api_strict, torch

__all__ = ["ArrayAPIBackend", "array_api_strict", "torch"]
