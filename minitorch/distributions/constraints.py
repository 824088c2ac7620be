"""Where the parameters and the values of distributions may lie: `constraint.check(value)` says which events do.

`event_dim` is how many of the last dimensions make one event: `check` gives a bool for each event, of shape
`value.shape[: value.ndim - event_dim]`. Constraints without parameters are instances (`positive`), the others classes
(`greater_than(0.5)`).

>>> import minitorch
>>> positive.check(minitorch.tensor([1.0, 0.0]))
tensor([ True, False])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import minitorch
from minitorch.tensor import Tensor

__all__ = ["Constraint", "boolean", "cat", "corr_cholesky", "dependent", "dependent_property", "greater_than",
           "greater_than_eq", "independent", "integer_interval", "interval", "half_open_interval", "is_dependent",
           "less_than", "lower_cholesky", "lower_triangular", "MixtureSameFamilyConstraint", "multinomial", "nonnegative",
           "nonnegative_integer", "one_hot", "positive", "positive_semidefinite", "positive_definite", "positive_integer",
           "real", "real_vector", "simplex", "square", "stack", "symmetric", "unit_interval"]  # fmt: skip


class Constraint:
    """A region of values. `_bounds` names the attributes that its text shows."""

    is_discrete: Any = False
    event_dim: Any = 0
    _bounds: tuple[str, ...] = ()

    def check(self, value: Tensor) -> Tensor:
        """Which events lie inside: bools."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__[1:]}({', '.join([f'{name}={getattr(self, name)}' for name in self._bounds])})"


# --- Those that only an instance of a distribution knows -----------------------------------------------------------------


class _Dependent(Constraint):
    """A region that depends on other parameters, so that nothing can be checked."""

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented):
        self._is_discrete, self._event_dim = is_discrete, event_dim

    @property
    def is_discrete(self) -> bool:
        if self._is_discrete is NotImplemented:
            raise NotImplementedError(".is_discrete cannot be determined statically")
        return self._is_discrete

    @property
    def event_dim(self) -> int:
        if self._event_dim is NotImplemented:
            raise NotImplementedError(".event_dim cannot be determined statically")
        return self._event_dim

    def __call__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> _Dependent:
        """The same with more said about it."""
        said = (self._is_discrete, is_discrete), (self._event_dim, event_dim)
        discrete, dims = (old if new is NotImplemented else new for old, new in said)
        return _Dependent(is_discrete=discrete, event_dim=dims)

    def check(self, value: Any) -> Tensor:
        raise ValueError("Cannot determine validity of dependent constraint")


class _DependentProperty(property, _Dependent):
    """A property that gives a constraint; on the class, without an instance, it is a dependent constraint itself.

    `@dependent_property` and `@dependent_property(is_discrete=False, event_dim=0)` both decorate.
    """

    def __init__(
        self, fn: Callable | None = None, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented
    ):
        super().__init__(fn)
        self._is_discrete, self._event_dim = is_discrete, event_dim

    def __call__(self, fn: Callable) -> _DependentProperty:  # type: ignore[override]
        return _DependentProperty(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


def is_dependent(constraint: Any) -> bool:
    """Is it one that can't be checked?"""
    return isinstance(constraint, _Dependent)


# --- Made of others ------------------------------------------------------------------------------------------------------


def _need(condition: bool, text: str) -> None:
    """What PyTorch asserts."""
    if not condition:
        raise AssertionError(text)


def _need_constraint(value: Any) -> None:
    _need(isinstance(value, Constraint), f"base_constraint must be a Constraint, got {type(value).__name__}")


def _all_of_last(result: Tensor, kept: int) -> Tensor:
    """Are all true that follow the first `kept` dimensions?"""
    return result.reshape(*result.shape[:kept], -1).all(-1)


class _IndependentConstraint(Constraint):
    """A constraint whose last `reinterpreted_batch_ndims` batch dimensions belong to the event."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int):
        _need_constraint(base_constraint)
        kind = type(reinterpreted_batch_ndims).__name__
        _need(isinstance(reinterpreted_batch_ndims, int), f"reinterpreted_batch_ndims must be an int, got {kind}")
        at_least = f"reinterpreted_batch_ndims must be >= 0, got {reinterpreted_batch_ndims}"
        _need(reinterpreted_batch_ndims >= 0, at_least)
        self.base_constraint, self.reinterpreted_batch_ndims = base_constraint, reinterpreted_batch_ndims

    is_discrete = property(lambda self: self.base_constraint.is_discrete)
    event_dim = property(lambda self: self.base_constraint.event_dim + self.reinterpreted_batch_ndims)

    def check(self, value: Tensor) -> Tensor:
        result = self.base_constraint.check(value)
        if result.dim() < self.reinterpreted_batch_ndims:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        return _all_of_last(result, result.dim() - self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"{type(self).__name__[1:]}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Constraint):
    """The support of a mixture: of all its components, which are broadcast left of the event."""

    def __init__(self, base_constraint: Constraint):
        _need_constraint(base_constraint)
        self.base_constraint = base_constraint

    is_discrete = property(lambda self: self.base_constraint.is_discrete)
    event_dim = property(lambda self: self.base_constraint.event_dim)

    def check(self, value: Tensor) -> Tensor:
        result = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        if value.dim() < self.event_dim:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        return _all_of_last(result, value.dim() - self.event_dim)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


class _Several(Constraint):
    """Constraints side by side along `dim`."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0):
        _need(all(isinstance(c, Constraint) for c in cseq), "All elements of cseq must be Constraint instances")
        self.cseq, self.dim = list(cseq), dim

    is_discrete = property(lambda self: any(c.is_discrete for c in self.cseq))
    event_dim = property(lambda self: max(c.event_dim for c in self.cseq))

    def _check_dim(self, value: Tensor) -> None:
        inside = -value.dim() <= self.dim < value.dim()
        _need(inside, f"dim {self.dim} out of range for value with {value.dim()} dimensions")


class _Cat(_Several):
    """Parts of `lengths` along `dim`, each with its constraint."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0, lengths: Sequence[int] | None = None):
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        fits = len(self.lengths) == len(self.cseq)
        _need(fits, f"lengths ({len(self.lengths)}) must match cseq ({len(self.cseq)})")

    def check(self, value: Tensor) -> Tensor:
        self._check_dim(value)
        starts = accumulate(self.lengths, initial=0)
        parts = [value.narrow(self.dim, start, length) for start, length in zip(starts, self.lengths, strict=False)]
        return minitorch.cat([c.check(part) for c, part in zip(self.cseq, parts, strict=True)], self.dim)


class _Stack(_Several):
    """Slices along `dim`, each with its constraint."""

    @property
    def event_dim(self) -> int:
        dim = max(c.event_dim for c in self.cseq)
        return dim + 1 if self.dim + dim < 0 else dim

    def check(self, value: Tensor) -> Tensor:
        self._check_dim(value)
        slices = value.unbind(self.dim)
        return minitorch.stack([c.check(v) for v, c in zip(slices, self.cseq, strict=False)], self.dim)


# --- Numbers -------------------------------------------------------------------------------------------------------------


class _Boolean(Constraint):
    """0 or 1."""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value == 0) | (value == 1)


class _Real(Constraint):
    """All but nan."""

    def check(self, value: Tensor) -> Tensor:
        return value == value


class _LowerBounded(Constraint):
    _bounds = ("lower_bound",)

    def __init__(self, lower_bound: Any):
        self.lower_bound = lower_bound


class _UpperBounded(Constraint):
    _bounds = ("upper_bound",)

    def __init__(self, upper_bound: Any):
        self.upper_bound = upper_bound


class _BothBounded(Constraint):
    _bounds = ("lower_bound", "upper_bound")

    def __init__(self, lower_bound: Any, upper_bound: Any):
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    def _holds(self, value: Tensor) -> Tensor:
        """Both ends included."""
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class _GreaterThan(_LowerBounded):
    """value > lower_bound."""

    def check(self, value: Tensor) -> Tensor:
        return self.lower_bound < value


class _GreaterThanEq(_LowerBounded):
    """value >= lower_bound."""

    def check(self, value: Tensor) -> Tensor:
        return self.lower_bound <= value


class _LessThan(_UpperBounded):
    """value < upper_bound."""

    def check(self, value: Tensor) -> Tensor:
        return value < self.upper_bound


class _Interval(_BothBounded):
    """lower_bound <= value <= upper_bound."""

    def check(self, value: Tensor) -> Tensor:
        return self._holds(value)


class _HalfOpenInterval(_BothBounded):
    """lower_bound <= value < upper_bound."""

    def check(self, value: Tensor) -> Tensor:
        return (self.lower_bound <= value) & (value < self.upper_bound)


class _IntegerInterval(_BothBounded):
    """Whole numbers of an interval, both ends included."""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value % 1 == 0) & self._holds(value)


class _IntegerLessThan(_UpperBounded):
    """Whole numbers up to a bound, included."""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value % 1 == 0) & (value <= self.upper_bound)


class _IntegerGreaterThan(_LowerBounded):
    """Whole numbers from a bound on, included."""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value % 1 == 0) & (value >= self.lower_bound)


# --- Vectors -------------------------------------------------------------------------------------------------------------


class _OneHot(Constraint):
    """One 1 among zeros."""

    is_discrete = True
    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return boolean.check(value).all(-1) & (value.sum(-1) == 1)


class _Simplex(Constraint):
    """Shares of 1, up to 1e-6."""

    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Multinomial(Constraint):
    """Counts that come to `upper_bound` at most."""

    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any):
        self.upper_bound = upper_bound

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


# --- Matrices ------------------------------------------------------------------------------------------------------------


def _has_lower_shape(value: Tensor) -> Tensor:
    return (value.tril() == value).all(-1).all(-1)


def _is_lower_factor(value: Tensor) -> Tensor:
    return _has_lower_shape(value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class _LowerTriangular(Constraint):
    """Nothing but zeros above the diagonal."""

    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        return _has_lower_shape(value)


class _LowerCholesky(Constraint):
    """Lower triangular with a positive diagonal."""

    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        return _is_lower_factor(value)


class _CorrCholesky(Constraint):
    """A Cholesky factor of a correlation matrix: its rows have length 1."""

    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        tolerance = minitorch.finfo(value.dtype).eps * value.shape[-1] * 10
        lengths = minitorch.linalg.norm(value.detach(), dim=-1)
        return _is_lower_factor(value) & ((lengths - 1.0).abs() <= tolerance).all(-1)


class _Square(Constraint):
    """As many rows as columns."""

    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        square = value.shape[-2] == value.shape[-1]
        return minitorch.full(value.shape[:-2], square, dtype=minitorch.bool, device=value.device)


class _Symmetric(_Square):
    """Equal to its transpose, up to 1e-6."""

    def check(self, value: Tensor) -> Tensor:
        square = super().check(value)
        return minitorch.isclose(value, value.mT, atol=1e-6).all(-2).all(-1) if square.all() else square


class _PositiveSemidefinite(_Symmetric):
    """Symmetric without negative eigenvalues."""

    def check(self, value: Tensor) -> Tensor:
        symmetric = super().check(value)
        return (minitorch.linalg.eigvalsh(value) >= 0).all(-1) if symmetric.all() else symmetric


class _PositiveDefinite(_Symmetric):
    """Symmetric with a Cholesky factor."""

    def check(self, value: Tensor) -> Tensor:
        symmetric = super().check(value)
        return minitorch.linalg.cholesky_ex(value).info == 0 if symmetric.all() else symmetric


# --- Public names --------------------------------------------------------------------------------------------------------

dependent = _Dependent()
dependent_property = _DependentProperty
independent = _IndependentConstraint
cat = _Cat
stack = _Stack
boolean = _Boolean()
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
integer_interval = _IntegerInterval
one_hot = _OneHot()
simplex = _Simplex()
multinomial = _Multinomial
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
