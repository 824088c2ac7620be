"""How a Kullback-Leibler divergence finds its formula: by the types of both distributions, the most derived ones first."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from minitorch.distributions.distribution import Distribution
from minitorch.tensor import Tensor

_KL_REGISTRY: dict[tuple[type, type], Callable] = {}
_KL_MEMOIZE: dict[tuple[type, type], Callable | None] = {}  # what was found for a pair of types


def register_kl(type_p: type, type_q: type) -> Callable:
    """Decorate a function of (p, q) that gives KL(p || q) for these types and what derives from them.

    Where two formulas fit and neither is for more derived types of both, the one whose type of p is is taken, with a warning;
    registering one for the pair itself settles that.
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def decorator(fun: Callable) -> Callable:
        _KL_REGISTRY[type_p, type_q] = fun
        _KL_MEMOIZE.clear()
        return fun

    return decorator


def _most_derived(matches: list[tuple[type, type]], first: int) -> tuple[type, type]:
    """The match that is the most derived in the type number `first`, then in the other."""
    best = matches[0]
    for match in matches[1:]:
        place = first if match[first] is not best[first] else 1 - first
        if match[place] is not best[place] and issubclass(match[place], best[place]):
            best = match
    return best


def _dispatch_kl(type_p: type, type_q: type) -> Callable | None:
    """The formula for two types, or None."""
    matches = [(p, q) for p, q in _KL_REGISTRY if issubclass(type_p, p) and issubclass(type_q, q)]
    if not matches:
        return None
    by_p, by_q = _most_derived(matches, 0), _most_derived(matches, 1)
    if _KL_REGISTRY[by_p] is not _KL_REGISTRY[by_q]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). "
            f"Please register_kl({by_p[0].__name__}, {by_q[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return _KL_REGISTRY[by_p]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """KL(p || q), the expected log p(x) - log q(x) of x drawn from p, in nats; of shape batch_shape.

    Raises NotImplementedError where no formula is registered.
    """
    kinds = type(p), type(q)
    if kinds not in _KL_MEMOIZE:
        _KL_MEMOIZE[kinds] = _dispatch_kl(*kinds)
    formula = _KL_MEMOIZE[kinds]
    if formula is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {kinds[0].__name__} and q type {kinds[1].__name__}"
        )
    return formula(p, q)
