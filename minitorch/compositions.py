"""Compositions as users call them: plain functions on Tensors, with out=, errors that name the op, and autocast around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import CO_VARARGS
from typing import Any

from . import watching
from .explain import attribute
from .inplace import given_out
from .rows import NUMPY_NAMES, Op
from .tensor import Tensor


def forms(op: Op, definition: Callable, serves_out: bool) -> tuple[Callable, Callable]:
    """A composition's ordinary form, and that of watched functions; both close over the same names, so they can swap code."""

    def function(*arguments: Any, **settings: Any) -> Any:
        out = settings.pop("out", None) if serves_out else None
        try:
            result = definition(*arguments, **settings)
            return result if out is None else given_out(op, out, result)
        except Exception as error:
            given = [*zip([p.name for p in op.parameters], arguments, strict=False), *settings.items()]
            renamed = by_torch_names(error, [p.name for p in op.parameters], settings)
            if renamed is not None:
                return op.function(*arguments, **renamed, **({} if out is None else {"out": out}))
            if isinstance(error, AttributeError | TypeError):  # perhaps of what has no shape or dtype
                _refuse_others(op, arguments, settings)
            name_op(error, op, given)
            raise

    def prepared(*arguments: Any, **settings: Any) -> Any:
        return watching.run_prepared(op, forms(op, definition, serves_out)[0], arguments, settings)

    return function, prepared


def by_torch_names(error: Exception, names: Sequence[str], settings: dict[str, Any]) -> dict[str, Any] | None:
    """What to call a function with that refused `axis` for `dim`, and so on; None if it isn't for such a name of NumPy's."""
    others = {other: name for name, other in NUMPY_NAMES.items() if name in names and other not in names}
    if not isinstance(error, TypeError) or others.keys().isdisjoint(settings):
        return None
    return {others.get(name, name): value for name, value in settings.items()}


def _refuse_others(op: Op, arguments: tuple, settings: dict[str, Any]) -> None:
    """Name the argument of a composition that should be a Tensor and isn't."""
    given = list(zip(op.parameters, arguments, strict=False)) + [
        (p, settings[p.name]) for p in op.parameters if p.name in settings
    ]
    values = [(p.name, value, p.kind) for p, value in given if value is not None or not p.has_default]
    if op.definition.__code__.co_flags & CO_VARARGS:  # `*tensors`
        alone = len(arguments) == 1 and isinstance(arguments[0], list | tuple)
        values = [("tensors", value, "Array") for value in (arguments[0] if alone else arguments)]
    for name, value, kind in values:
        for part in value if kind == "list[Array]" and isinstance(value, list | tuple) else (value,):
            wanted = kind.removesuffix(" | None") in ("Array", "Index", "Mask", "Tensor", "list[Array]")
            if wanted and not isinstance(part, Tensor):
                raise TypeError(f"{op.name}(): argument '{name}' must be Tensor, not {type(part).__name__}") from None


def name_op(error: Exception, op: Op, given: Sequence[tuple[str, Any]]) -> None:
    """Let an error name the op that the user called."""
    name = op.torch or op.name
    names = (name, op.name, name.rpartition(".")[2])
    attribute(error, names, given)
