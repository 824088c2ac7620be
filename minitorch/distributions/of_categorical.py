"""What distributions share that are made of a Categorical and whose events are vectors of its classes."""

from __future__ import annotations

from typing import Any

from minitorch.distributions.categorical import Categorical
from minitorch.distributions.distribution import Distribution


class OfCategorical(Distribution):
    """`probs`, `logits` and shapes are those of `_categorical`; the classes are the event dimension."""

    def __init__(self, categorical: Categorical, validate_args: bool | None) -> None:
        self._categorical = categorical
        super().__init__(categorical.batch_shape, categorical.param_shape[-1:], validate_args=validate_args)

    _param: Any = property(lambda self: self._categorical._param)
    probs: Any = property(lambda self: self._categorical.probs)
    logits: Any = property(lambda self: self._categorical.logits)
    param_shape: Any = property(lambda self: self._categorical.param_shape)
