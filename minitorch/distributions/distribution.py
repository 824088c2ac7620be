"""Distribution: what all of them have: shapes, checks of parameters and values, expand.

A distribution has a `batch_shape`, of independent distributions side by side, and an `event_shape`, of one draw from one of them.
`sample((5,))` has the shape (5,) + batch_shape + event_shape, and `log_prob` of that (5,) + batch_shape.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Self

import minitorch
from minitorch.distributions import constraints
from minitorch.distributions.parameters import lazy_property
from minitorch.size import Size
from minitorch.tensor import Tensor

__all__ = ["Distribution"]


def _undefined(self: Any) -> Any:
    raise NotImplementedError


def _without_mode(self: Any) -> Any:
    raise NotImplementedError(f"{self.__class__} does not implement mode")


class Distribution:
    """A probability distribution, whose parameters are attributes with the names of `arg_constraints`.

    What they may be, `arg_constraints` says; what values may be, `support`. Both are checked, unless `validate_args=False` or
    Python runs with -O; outside them a ValueError is raised.
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Shall parameters and values be checked where nobody says?"""
        if value not in [True, False]:
            raise ValueError
        Distribution._validate_args = value

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        """Refuse parameters outside their constraints; those that are computed lazily follow from others."""
        try:
            limits = self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or initialize the "
                "distribution with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
            return
        for name, constraint in limits.items():
            lazy = name not in vars(self) and isinstance(getattr(type(self), name), lazy_property)
            if lazy or constraints.is_dependent(constraint):
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    # --- Shapes -------------------------------------------------------------------------------------------------------

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        """The same distribution with its batch dimensions expanded; parameters share memory.

        What `arg_constraints` names is expanded, as are distributions that this one is made of; the rest is taken over. A
        subclass with an `__init__` of its own overrides this: it fills what is its own into `_instance` and calls it.
        """
        home, owner = (_definer(type(self), name) for name in ("arg_constraints", "__init__"))
        new = self._get_checked_instance(type(self) if issubclass(home, owner) else home, _instance)
        shape, limits = Size(batch_shape), self._constraints_of_all()
        lazy = {name for name in vars(self) if isinstance(getattr(type(self), name, None), lazy_property)}
        for name, value in vars(self).items():
            if name in vars(new) or (name in lazy and name not in limits):
                continue  # the subclass has filled it, or it will be computed again
            if isinstance(value, Distribution):
                value = value.expand(self._shape_of_part(name, shape))
            elif name in limits:
                value = value.expand(shape + value.shape[value.dim() - limits[name].event_dim :])
            setattr(new, name, value)
        new._batch_shape = shape
        return new

    def _constraints_of_all(self) -> dict[str, Any]:
        """`arg_constraints` with those of all classes that this one derives from."""
        found = self.arg_constraints
        for kind in type(self).__mro__[: type(self).__mro__.index(Distribution)]:
            own = vars(kind).get("arg_constraints", {})
            found = (own.__get__(self) if isinstance(own, property) else own) | found
        return found

    def _shape_of_part(self, name: str, batch_shape: Size) -> Size:
        """The batch shape of a distribution that this one is made of, where this one has `batch_shape`."""
        return batch_shape

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """An empty instance to fill, unless a subclass of `cls` made `__init__` its own without saying how to expand."""
        if _instance is None and type(self).__init__ is not cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method "
                "must also define a custom .expand() method."
            )
        return object.__new__(type(self)) if _instance is None else _instance

    @property
    def batch_shape(self) -> Size:
        """The shape of independent distributions side by side."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Size:
        """The shape of a sample."""
        return Size(tuple(sample_shape) + self._batch_shape + self._event_shape)

    # --- What it says about itself ------------------------------------------------------------------------------------

    arg_constraints: Any = property(_undefined, doc="The constraints of the parameters, by name.")
    support: Any = property(_undefined, doc="The constraint of the values.")
    mean: Any = property(_undefined, doc="The expected value.")
    variance: Any = property(_undefined, doc="The expected squared distance from the mean.")
    mode: Any = property(_without_mode, doc="The likeliest value.")
    stddev: Any = property(lambda self: self.variance.sqrt(), doc="The square root of the variance.")

    # --- Draws --------------------------------------------------------------------------------------------------------

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws that no gradient flows through, of shape sample_shape + batch_shape + event_shape."""
        with minitorch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws that the parameters get gradients through, where `has_rsample`."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """`sample((n,))`, as it was once called."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", category=FutureWarning, stacklevel=2
        )
        return self.sample((n,))

    # --- Functions of values ------------------------------------------------------------------------------------------

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability of a discrete value."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of numbers up to `value`."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """The number up to which the probability is `value`."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, along a new first dimension; without `expand` batch dimensions are 1."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """The expected -log_prob, in nats."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """exp(entropy)."""
        return self.entropy().exp()

    def _enumerated(self, values: Tensor, expand: bool) -> Tensor:
        """The values of shape (count,) as `enumerate_support` gives them."""
        count = values.shape[0]
        values = values.reshape(count, *[1] * len(self._batch_shape))
        return values.expand(count, *self._batch_shape) if expand else values

    def _check_value(self, value: Tensor) -> None:
        """Refuse a value outside the support, if values are checked."""
        if self._validate_args:
            self._validate_sample(value)

    def _validate_sample(self, value: Tensor) -> None:
        """Refuse a value whose shape doesn't fit or that lies outside the support."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        shape, events = value.shape, len(self._event_shape)
        if shape[len(shape) - events :] != self._event_shape:
            raise ValueError(f"The right-most size of value must match event_shape: {shape} vs {self._event_shape}.")
        own = self._batch_shape + self._event_shape
        if any(i != 1 and j != 1 and i != j for i, j in zip(reversed(shape), reversed(own), strict=False)):
            raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {own}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `support` to enable sample validation. Please initialize the distribution "
                "with `validate_args=False` to turn off validation.",
                stacklevel=2,
            )
            return
        if support is None:
            raise AssertionError("support is unexpectedly None")
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(shape)}) to be within the support "
                f"({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        given = [(name, vars(self)[name]) for name in self.arg_constraints if name in vars(self)]
        shown = [f"{name}: {value if value.numel() == 1 else value.shape}" for name, value in given]
        return f"{type(self).__name__}({', '.join(shown)})"


def _definer(cls: type, name: str) -> type:
    """The class that an attribute of `cls` comes from."""
    return next(each for each in cls.__mro__ if name in vars(each))
