"""Checkpoints: keep a function's arguments in place of what it saves for backward, and run it again when backward gets there.

    y = checkpoint(block, x, use_reentrant=False)

Two styles. The newer one (use_reentrant=False) lets the function record its nodes as ever, but packs what they save by a hook
that keeps nothing: the first derivative that asks for a value runs the function again, with the same random numbers, and gathers
the values of all of them. The older one records a single node for the whole function, whose derivative runs it again and goes
back through it; it asks that an argument require grad, and doesn't serve `autograd.grad`.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from minitorch import autograd, tape
from minitorch.amp.autocast_mode import Remembered
from minitorch.autograd.places import Place
from minitorch.autograd.saved import pack, saved_tensors_hooks, unpacked
from minitorch.errors import CheckpointError, SavedValueModified
from minitorch.ops.generators import fork_rng, rng_states
from minitorch.tape import mode
from minitorch.tensor import Tensor, wrap
from minitorch.watching import observing

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn", "set_checkpoint_debug_enabled",
           "set_checkpoint_early_stop"]  # fmt: skip


class _Settings(threading.local):
    early_stop = True
    debug: bool | None = None


_settings = _Settings()


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Shall checkpoints made inside the block stop running again once they have all values? They do, unless told otherwise."""
    before, _settings.early_stop = _settings.early_stop, enable
    try:
        yield
    finally:
        _settings.early_stop = before


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Let all checkpoints inside the block be made with debug=`enabled`; None leaves it to each."""
    before, _settings.debug = _settings.debug, enabled
    try:
        yield
    finally:
        _settings.debug = before


def noop_context_fn() -> tuple[AbstractContextManager, AbstractContextManager]:
    """Nothing around the function, neither at first nor when it runs again."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable,
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[AbstractContextManager, AbstractContextManager]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """function(*args, **kwargs), keeping only the arguments; backward runs the function again for what it needs.

    preserve_rng_state=False: the second run may draw other random numbers. context_fn: two `with` blocks, around the first run
    and around the second. determinism_check="none": don't compare shapes, dtypes and devices of both runs. debug: an error about
    such a difference lists the ops of both. early_stop: the second run ends with the last value that was saved.
    Raises CheckpointError where the second run saves something else.

    >>> import minitorch
    >>> x = minitorch.tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: (x * x).exp(), x, use_reentrant=False).sum().backward()
    >>> x.grad
    tensor([  5.4366, 218.3926])
    """
    if use_reentrant is None:
        use_reentrant = _said_nothing("checkpoint")
    preserve = kwargs.pop("preserve_rng_state", True)
    if not use_reentrant:
        if determinism_check not in ("default", "none"):
            raise ValueError(
                f"determinism_check should be one of ['default', 'none'], but got {determinism_check}",
            )
        early_stop = early_stop and _settings.early_stop
        debug = debug if _settings.debug is None else _settings.debug
        frame = _Frame(function, args, kwargs, preserve, determinism_check == "default", debug, early_stop)
        return frame.run(*context_fn())
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if context_fn is not noop_context_fn or debug:
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    if not any(isinstance(arg, Tensor) and arg.requires_grad for arg in args):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)
    return _Rerun.apply(function, preserve, *args)


def _said_nothing(name: str) -> bool:
    warnings.warn(
        f"torch.utils.checkpoint{'' if name == 'checkpoint' else '.' + name}: the use_reentrant parameter should be passed "
        "explicitly: use_reentrant=False is recommended. It is True now, as in PyTorch, which will raise an exception one day.",
        stacklevel=3,
    )
    return True


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Run a Sequential, or a list of functions, in `segments` parts of which all but the last are checkpoints.

    >>> import minitorch
    >>> from minitorch import nn
    >>> net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    >>> checkpoint_sequential(net, 2, minitorch.ones(3, 2), use_reentrant=False).shape
    torch.Size([3, 1])
    """
    if use_reentrant is None:
        use_reentrant = _said_nothing("checkpoint_sequential")
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions)
    size = len(functions) // segments
    for start in range(0, size * (segments - 1), size):
        input = checkpoint(
            _part(functions[start : start + size]), input, use_reentrant=use_reentrant, preserve_rng_state=preserve
        )
    return _part(functions[size * (segments - 1) :])(input)


def _part(functions: Sequence[Callable]) -> Callable:
    def run(input: Any) -> Any:
        for function in functions:
            input = function(input)
        return input

    return run


@contextmanager
def _drawing_again(states: list | None) -> Iterator[None]:
    """Random numbers as they were drawn from `states`, and nothing drawn as far as anybody else can see."""
    with fork_rng(enabled=states is not None):
        for generator, state in states or ():
            generator.set_state(state)
        yield


def _devices(args: Sequence[Any]) -> list:
    return list({arg.device for arg in args if isinstance(arg, Tensor)})


# --- The newer style --------------------------------------------------------------------------------------------------


class _Stop(BaseException):
    """Ends a second run that has all values; no Exception, so that the function's own handlers let it pass."""


class _Frame:
    """One call of a checkpointed function: how to make it again, and the values that its nodes ask for."""

    def __init__(
        self, function: Callable, args: tuple, kwargs: dict, preserve: bool, check: bool, debug: bool, early: bool
    ):
        self.function, self.kwargs, self.check, self.debug, self.early = function, kwargs, check, debug, early
        self.given: tuple | None = args
        # Hooks around this checkpoint pack its arguments: an outer checkpoint doesn't keep those of an inner one.
        self.args = tuple([pack(arg) if isinstance(arg, Tensor) else arg for arg in args]) if mode.enabled else args
        self.versions = [arg._version if isinstance(arg, Tensor) else None for arg in self.args]
        self.states = rng_states(_devices(args)) if preserve else None
        self.autocast = Remembered()
        self.kinds: list[str] = []  # of what was saved, in order
        self.values: dict[int, Tensor] = {}  # gathered by the second run, until they are asked for
        self.lock = threading.RLock()
        self.ops: list[str] = []
        self.again: AbstractContextManager = nullcontext()

    def run(self, first: AbstractContextManager, again: AbstractContextManager) -> Any:
        """The function's result, with nodes that keep nothing."""
        args, self.given, self.again = self.given or (), None, again
        with first, _listing(self.ops) if self.debug else nullcontext():
            if not mode.enabled:
                return self.function(*args, **self.kwargs)
            with saved_tensors_hooks(self._note, self._value):
                return self.function(*args, **self.kwargs)

    def _note(self, tensor: Tensor) -> int:
        self.kinds.append(_kind(tensor))
        return len(self.kinds) - 1

    def _value(self, index: int) -> Tensor:
        with self.lock:
            if index not in self.values:
                self._run_again()
            return self.values.pop(index)

    def _run_again(self) -> None:
        kinds: list[str] = []
        values: dict[int, Tensor] = {}
        ops: list[str] = []

        def gather(tensor: Tensor) -> Tensor:
            bare = wrap(tensor._array, tensor.dtype, tensor.device)  # without what recorded it this time
            if len(kinds) < len(self.kinds):
                values[len(kinds)] = bare
            kinds.append(_kind(tensor))
            if self.early and len(kinds) == len(self.kinds):
                raise _Stop
            return bare

        args = self._args_again()
        before, mode.enabled = mode.enabled, True
        try:
            listing = _listing(ops) if self.debug else nullcontext()
            with (
                self.autocast.again(),
                _drawing_again(self.states),
                self.again,
                listing,
                saved_tensors_hooks(gather, lambda bare: bare),
            ):
                self.function(*args, **self.kwargs)
        except _Stop:
            pass
        finally:
            mode.enabled = before
        self._compare(kinds, ops)
        self.values = values

    def _args_again(self) -> list:
        for index, (arg, version) in enumerate(zip(self.args, self.versions, strict=True)):
            if isinstance(arg, Tensor) and arg._version != version:
                raise SavedValueModified(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: argument "
                    f"{index} of a checkpoint, of shape {list(arg.shape)}, is at version {arg._version}; expected version "
                    f"{version} instead"
                )
        return [unpacked(arg) for arg in self.args]

    def _compare(self, kinds: list[str], ops: list[str]) -> None:
        """Refuse values that don't look like those that were saved."""
        told = "\nTo see which ops ran each time, pass debug=True to checkpoint()."
        if self.debug:
            told = f"\nops of the first run:\n{_lines(self.ops)}\nops of the second run:\n{_lines(ops)}"
        if len(kinds) < len(self.kinds) or (len(kinds) != len(self.kinds) and self.check):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self.kinds)}\n"
                f"Number of tensors saved during recomputation: {len(kinds)}.{told}"
            )
        if self.check and kinds != self.kinds:
            pairs = [(i, a, b) for i, (a, b) in enumerate(zip(self.kinds, kinds, strict=True)) if a != b]
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the "
                "forward pass.\n"
                + "\n".join(
                    f"tensor at position {i}:\nsaved metadata: {a}\nrecomputed metadata: {b}" for i, a, b in pairs
                )
                + told
            )


def _kind(tensor: Tensor) -> str:
    return f"{{'shape': {tensor.shape!r}, 'dtype': {tensor.dtype!r}, 'device': {tensor.device!r}}}"


def _listing(ops: list[str]) -> AbstractContextManager:
    """Write down each op that runs, with the line that called it."""

    def note(op: Any, operands: Sequence, settings: Sequence, result: Any) -> None:
        place = Place(op, operands, settings)
        ops.append(f"{place.called}  {place.filename}:{place.line_number}: {place.line}")

    return observing(note)


def _lines(ops: list[str]) -> str:
    return "\n".join(f"  {op}" for op in ops)


# --- The older style --------------------------------------------------------------------------------------------------


class _Rerun(autograd.Function):
    """A whole function as one node."""

    @staticmethod
    def forward(ctx: Any, function: Callable, preserve: bool, *args: Any) -> Any:
        ctx.function = function
        ctx.states = rng_states(_devices(args)) if preserve else None
        ctx.autocast = Remembered()
        ctx.others = [None if isinstance(arg, Tensor) else arg for arg in args]
        ctx.save_for_backward(*[arg if isinstance(arg, Tensor) else None for arg in args])
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple:
        if _walk_is_partial():
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter "
                "to .backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without "
                "passing the `inputs` argument."
            )
        args = [
            other if tensor is None else tensor.detach().requires_grad_(tensor.requires_grad)
            for tensor, other in zip(ctx.saved_tensors, ctx.others, strict=True)
        ]
        with ctx.autocast.again(), _drawing_again(ctx.states), autograd.enable_grad():
            result = ctx.function(*args)
        outputs = result if isinstance(result, tuple) else (result,)
        pairs = [
            (out, gradient)
            for out, gradient in zip(outputs, gradients, strict=True)
            if isinstance(out, Tensor) and out.requires_grad
        ]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        autograd.backward([out for out, _ in pairs], [gradient for _, gradient in pairs])
        return None, None, *[arg.grad if isinstance(arg, Tensor) else None for arg in args]


def _walk_is_partial() -> bool:
    """Does the walk back that is running want some gradients only? Asked of its frame, so that no other walk pays for it."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code is not tape.run.__code__:
        frame = frame.f_back
    return frame is not None and frame.f_locals["inputs"] is not None
