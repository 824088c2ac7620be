"""What a module saves and loads: `state_dict` and `load_state_dict`.

Loading has two steps. First every module looks for its entries, compares shapes and notes what it would write; only if
nothing is wrong with any of them, it is all written. So an error leaves the whole model as it was.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from minitorch.autograd import no_grad
from minitorch.nn.hooks import of_kind
from minitorch.nn.parameter import Parameter, is_lazy
from minitorch.nn.registry import BUFFER, MODULE, PARAMETER
from minitorch.tensor import Tensor

if TYPE_CHECKING:
    from minitorch.nn.module import Module

EXTRA = "_extra_state"  # the key of what get_extra_state() returns


class StateDict(OrderedDict):
    """Tensors by dotted name; `_metadata` says by module path which version of the module wrote them."""

    def __init__(self, *items: Any):
        super().__init__(*items)
        self._metadata: Any = OrderedDict()


class _IncompatibleKeys(NamedTuple):
    """What load_state_dict(strict=False) didn't find, and what it found and had no use for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


# --- Saving -----------------------------------------------------------------------------------------------------------


def collect(module: Module, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """Module.state_dict: the module's own entries, then those of its children."""
    if destination is None:
        destination = StateDict()
    metadata = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = metadata
    for hook in of_kind(module._state_hooks, "save_pre"):
        hook.function(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._filed(MODULE):
        if child is not None:
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook in of_kind(module._state_hooks, "save"):
        changed = hook.function(module, destination, prefix, metadata)
        if changed is not None and not hook.own_way:
            raise RuntimeError("state_dict post-hook must return None")
        destination = destination if changed is None else changed
    return destination


def save_own(module: Module, destination: Any, prefix: str, keep_vars: bool) -> None:
    """Module._save_to_state_dict: the module's own entries."""
    for kind in (PARAMETER, BUFFER):
        for name, tensor in module._filed(kind):
            if tensor is not None:
                destination[prefix + name] = tensor if keep_vars else tensor.detach()
    if type(module).get_extra_state is not get_extra_state:
        destination[prefix + EXTRA] = module.get_extra_state()


def get_extra_state(self: Module) -> Any:
    """What to save with the module besides tensors; override it together with `set_extra_state`."""
    raise RuntimeError(f"{type(self).__name__} has no extra state: it doesn't override get_extra_state")


def set_extra_state(self: Module, state: Any) -> None:
    """Take what `get_extra_state` gave when the module was saved; override it together with that."""
    raise RuntimeError(f"{type(self).__name__} has no extra state: it doesn't override set_extra_state")


# --- Loading ----------------------------------------------------------------------------------------------------------


class Metadata(dict):
    """What a state_dict says of one module, and what has been found so far that is to be written."""

    writes: list[Callable]


def load(module: Module, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> _IncompatibleKeys:
    """Module.load_state_dict: check everything, then write everything."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    entries = StateDict(state_dict)  # hooks may edit it
    entries._metadata = getattr(state_dict, "_metadata", entries._metadata)
    keys, errors, writes = _IncompatibleKeys([], []), [], []
    visited: list[Module] = []
    _look(module, entries, "", assign, keys, errors, writes, visited)

    def problems() -> list[str]:
        named = (("Missing", keys.missing_keys), ("Unexpected", keys.unexpected_keys)) if strict else ()
        texts = [f"{what} key(s) in state_dict: {', '.join(map(_quoted, wrong))}. " for what, wrong in named if wrong]
        return texts + errors

    if not problems():
        _write(writes)
    for each in visited:
        for hook in of_kind(each._state_hooks, "load"):  # may forgive keys, or find fault
            if hook.function(each, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, "
                    "if incompatible_keys need to be modified, it should be done inplace."
                )
    if problems():
        listing = "\n\t".join(problems())
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{listing}")
    _write(writes)
    return keys


def _look(
    module: Module, entries: StateDict, prefix: str, assign: bool,
    keys: _IncompatibleKeys, errors: list[str], writes: list[Callable], visited: list[Module],
) -> None:  # fmt: skip
    """Let a module and those below find their entries; `visited` gets them, children first."""
    metadata = Metadata(entries._metadata.get(prefix[:-1], {}))
    metadata.writes = writes
    if assign:
        metadata["assign_to_params_buffers"] = True
    module._load_from_state_dict(entries, prefix, metadata, True, keys.missing_keys, keys.unexpected_keys, errors)
    for name, child in module._filed(MODULE):
        if child is None:
            continue
        below = f"{prefix}{name}."
        theirs = StateDict((key, value) for key, value in entries.items() if key.startswith(below))
        theirs._metadata = entries._metadata
        _look(child, theirs, below, assign, keys, errors, writes, visited)
    visited.append(module)


def load_own(
    module: Module, state_dict: Any, prefix: str, local_metadata: dict, strict: bool,
    missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
) -> None:  # fmt: skip
    """Module._load_from_state_dict: note what to write into the module's own tensors.

    `local_metadata.writes` collects it; called without that, it is written at once.
    """
    for hook in of_kind(module._state_hooks, "load_pre"):
        shown = () if hook.own_way else (module,)
        hook.function(*shown, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
    writes = getattr(local_metadata, "writes", None)
    planned: list[Callable] = [] if writes is None else writes
    own = {name: tensor for kind in (PARAMETER, BUFFER) for name, tensor in module._filed(kind) if tensor is not None}
    for name, target in own.items():
        key = prefix + name
        if key not in state_dict:
            missing_keys += [key] if strict else []
            continue
        value = state_dict[key]
        if is_lazy(target) and is_lazy(value):
            continue
        if isinstance(value, Tensor) and target.ndim == 0 and value.ndim == 1 and len(value) == 1:
            value = value[0]  # as PyTorch saved scalars once
        assign = local_metadata.get("assign_to_params_buffers", False)
        problem = _misfit(key, target, value, assign)
        if problem is not None:
            error_msgs.append(problem)
        elif assign:
            planned.append(partial(_assign, module, name, target, value))
        else:
            planned.append(partial(_copy, key, target, value))
    extra = prefix + EXTRA
    takes_extra = type(module).set_extra_state is not set_extra_state
    if takes_extra and extra in state_dict:
        planned.append(partial(module.set_extra_state, state_dict[extra]))
    elif takes_extra and strict:
        missing_keys.append(extra)
    if strict:
        unexpected_keys += _unexpected(module, state_dict, prefix, own, takes_extra)
    if writes is None:
        _write(planned)


def _unexpected(module: Module, state_dict: Any, prefix: str, own: dict, takes_extra: bool) -> list[str]:
    """The keys below `prefix` that neither this module nor a child of it knows."""
    unknown = [prefix + EXTRA] if prefix + EXTRA in state_dict and not takes_extra else []
    children = {name for name, _ in module._filed(MODULE)}
    for key in state_dict:
        if key.startswith(prefix) and key != prefix + EXTRA:
            name, dot, _ = key[len(prefix) :].partition(".")
            if name not in (children if dot else own):
                unknown.append(key)
    return unknown


def _misfit(key: str, target: Tensor, value: Any, assign: bool) -> str | None:
    """Why a value can't be loaded into a tensor, None if it can."""
    if not isinstance(value, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint but '
            f"received {type(value)}"
        )
    if value.shape != target.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in current model "
            f"is {target.shape}."
        )
    if value.is_meta and not (target.is_meta or assign):
        return (
            f'While copying the parameter named "{key}", whose dimensions in the model are {target.shape} and whose dimensions '
            f"in the checkpoint are {value.shape}, an exception occurred : ('Cannot copy out of meta tensor; no data!',)."
        )
    return None


def _copy(key: str, target: Tensor, value: Tensor) -> None:
    """Write the loaded values into the module's tensor."""
    if target.is_meta and not value.is_meta:
        warnings.warn(
            f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, which "
            "is a no-op; assign=True puts the checkpoint's own tensor in its place",
            stacklevel=5,  # the caller of load_state_dict
        )
    elif not target.is_meta:
        target.copy_(value)


def _assign(module: Module, name: str, target: Tensor, value: Tensor) -> None:
    """Put the loaded tensor itself in place of the module's."""
    if isinstance(target, Parameter):
        if isinstance(value, Parameter):
            value.requires_grad_(target.requires_grad)
        else:
            value = Parameter(value, requires_grad=target.requires_grad)
    setattr(module, name, value)


def _write(writes: list[Callable]) -> None:
    with no_grad():
        for write in writes:
            write()
    writes.clear()


def _quoted(key: str) -> str:
    return f'"{key}"'


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take a prefix from the keys of a state_dict, in place: "module." from that of a model inside another, say.

    >>> state = {"module.weight": 1, "bias": 2}
    >>> consume_prefix_in_state_dict_if_present(state, "module.")
    >>> state
    {'bias': 2, 'weight': 1}
    """
    for entries in (state_dict, getattr(state_dict, "_metadata", {})):
        for key in list(entries):
            if key.startswith(prefix) or (entries is not state_dict and key and key == prefix.replace(".", "")):
                entries[key[len(prefix) :]] = entries.pop(key)
