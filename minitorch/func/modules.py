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
    if isinstance(dicts, Mapping):
        return dict(dicts)
    if not isinstance(dicts, Sequence):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts).__name__}"
        )
    merged: dict[str, Tensor] = {}
    for number, one in enumerate(dicts):
        if not isinstance(one, Mapping):
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
def _replaced(module: Any, given: dict[str, Tensor], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Put tensors into the places that the names mean, and what was there back in the end."""
    own = {
        name: tensor
        for named in (module.named_parameters, module.named_buffers)
        for name, tensor in named(remove_duplicate=False)
    }
    values = dict(given)
    if tie_weights:
        for name, value in given.items():
            values |= {other: value for other, tensor in own.items() if tensor is own.get(name) and other not in given}
    unknown, missing = sorted(values.keys() - own.keys()), sorted(own.keys() - values.keys())
    if strict and (unknown or missing):
        raise RuntimeError(
            f"Error(s) in loading parametrized buffers for {type(module).__name__}: missing {missing}, unexpected {unknown}"
        )
    before: list[tuple[Any, str, Any]] = []
    try:
        for name, value in values.items():
            path, _, attribute = name.rpartition(".")
            owner = module.get_submodule(path)
            if name not in own:  # as PyTorch has it: only strict=True minds
                continue
            if not isinstance(value, Tensor):
                raise TypeError(f"{name} is not an instance of torch.Tensor: {type(value).__name__}")
            before.append((owner, attribute, owner.__dict__[attribute]))
            owner.__dict__[attribute] = value
        yield
    finally:
        for owner, attribute, value in reversed(before):
            owner.__dict__[attribute] = value


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of several alike modules, stacked along a new first dimension: an ensemble for vmap."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not all(model.training == models[0].training for model in models):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(model) is not type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return (
        {name: _stacked([one[name] for one in parameters]) for name in parameters[0]},
        {name: stack([one[name] for one in buffers]) for name in buffers[0]},
    )


def _stacked(tensors: list[Tensor]) -> Tensor:
    asked = {tensor.requires_grad for tensor in tensors}
    if len(asked) > 1:
        raise RuntimeError("Expected parameters from each model to have the same .requires_grad")
    return stack([tensor.detach() for tensor in tensors]).requires_grad_(asked.pop())
