"""Modules as functions of their parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from minitorch.ops import stack
from minitorch.tensor import Tensor

State = Mapping[str, Tensor]


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: State | Sequence[State],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`module(*args, **kwargs)` with other parameters and buffers, by name; the module is afterwards as it was before.

    tie_weights: a tensor that the module has under several names is replaced under all of them. strict: all names must be given.

    >>> from minitorch import nn, ones, func
    >>> layer = nn.Linear(2, 1, bias=False)
    >>> func.functional_call(layer, {"weight": ones(1, 2)}, (ones(2),))
    tensor([2.])
    """
    given = _merged(parameter_and_buffer_dicts)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, given, tie_weights, strict):
        return module(*arguments, **(kwargs or {}))


def _merged(dicts: State | Sequence[State]) -> dict[str, Tensor]:
    """The dict that was given itself, or all that were given in one."""
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts).__name__}"
        )
    merged: dict[str, Tensor] = {}
    for number, one in enumerate(dicts):
        if not isinstance(one, dict):
            raise ValueError(
                f"Expected all elements of parameter_and_buffer_dicts to be dictionaries, got {type(one)} at {number}"
            )
        twice = merged.keys() & one.keys()
        if twice:
            raise ValueError(
                f"{sorted(twice)} appeared in multiple dictionaries; behavior of functional call is ambiguous"
            )
        merged |= one
    return merged


@contextlib.contextmanager
def _replaced(module: Any, given: dict[str, Any], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Put tensors into the places that the names mean, and what was there back in the end.

    What the module has assigned to these places meanwhile, such as a new running mean, is in `given` afterwards.
    """
    own = {
        name: tensor
        for named in (module.named_parameters, module.named_buffers)
        for name, tensor in named(remove_duplicate=False)
    }
    values = _under_all_names(given, own) if tie_weights else dict(given)
    unknown, missing = sorted(values.keys() - own.keys()), sorted(own.keys() - values.keys())
    if strict and (unknown or missing):
        named = (("Unexpected", unknown), ("Missing", missing))
        problems = [f"{what} key(s): {', '.join(map(repr, names))}." for what, names in named if names]
        raise RuntimeError("\n\t".join([f"Error(s) in reparametrizing for {type(module).__name__}:", *problems]))
    before: dict[str, Any] = {}
    try:
        for name, value in values.items():
            if not (value is None or isinstance(value, Tensor)):
                raise TypeError(f"{name}: {value!r} is not an instance of torch.Tensor")
            before[name] = _swap(module, name, value)
        yield
    finally:
        after = {name: _swap(module, name, value) for name, value in reversed(before.items())}
        given.update({name: after[name] for name in given if name in after})


def _under_all_names(given: dict[str, Any], own: dict[str, Tensor]) -> dict[str, Any]:
    """The tensors that were given, under all names that the module has for the tensors that they replace."""
    names_of: dict[int, list[str]] = {}
    for name, tensor in own.items():
        names_of.setdefault(id(tensor), []).append(name)
    values = dict(given)
    for name, value in given.items():
        tied = names_of[id(own[name])] if name in own else [name]
        if any(given.get(other, value) is not value for other in tied):
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(tied)}, which are tied. Consider using "
                "tie_weights=False"
            )
        values |= dict.fromkeys(tied, value)
    return values


_NOTHING: Any = object()  # stands for an attribute that there wasn't


def _swap(module: Any, name: str, value: Any) -> Any:
    """Put a value under a dotted name, and return what was there."""
    path, _, attribute = name.rpartition(".")
    owner = module.get_submodule(path)
    before = getattr(owner, attribute, _NOTHING)
    if not (before is _NOTHING or before is None or isinstance(before, Tensor)):
        raise TypeError(f"attribute `{attribute}`: {before!r} is not an instance of torch.Tensor")
    if attribute in owner._kinds:  # without the checks of an assignment, since the module's own comes back
        owner.__dict__[attribute] = value
    elif value is _NOTHING:
        delattr(owner, attribute)
    else:
        setattr(owner, attribute, value)
    return before


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of several alike modules, stacked along a new first dimension: an ensemble for vmap."""
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not all(model.training == models[0].training for model in models):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(model) is not type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return (
        {name: _stacked([one[name] for one in parameters], name) for name in parameters[0]},
        {name: _stacked([one[name] for one in buffers], name) for name in buffers[0]},
    )


def _stacked(tensors: list[Tensor], name: str) -> Tensor:
    asked = {tensor.requires_grad for tensor in tensors}
    if len(asked) > 1:
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    return stack([tensor.detach() for tensor in tensors]).requires_grad_(asked.pop())


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Let all batch norms of a model use the batch's own mean and variance, always; returns the model.

    Running averages are written in place, which vmap can't do to tensors that have no batch.
    """
    for module in root.modules():
        forget = getattr(module, "_stop_tracking", None)
        if forget is not None:
            forget()
    return root
