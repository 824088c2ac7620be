"""Anomaly mode: the first nan or inf is an error that says where it came from.

    with minitorch.autograd.detect_anomaly():
        loss = model(x)
        loss.backward()

Forward, an op whose result isn't finite though its operands were; on the way back, a node that gives such a gradient. The notes
on the error name the op, the line that called it, the module, the shapes, and the first bad element. PyTorch looks for nan on
the way back only.

While it is on, results and gradients are each summed once: a sum is finite if its terms are, unless they are so large that it
overflows, and then all are looked at. `-inf` that was there before, such as a mask's, raises nothing.
"""

from __future__ import annotations

import cmath
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from minitorch import tape, watching
from minitorch.autograd.places import Place, node_of, place_of, remember
from minitorch.errors import NotFinite
from minitorch.tape import Node, mode

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_anomaly_enabled",
           "set_detect_anomaly"]  # fmt: skip


class _State(threading.local):
    enabled = False
    check = True
    inside = False  # of a walk back, where the node that a bad value comes from has the say


_state = _State()


class set_detect_anomaly:
    """Switch anomaly mode on or off: at once, and until the end of the block if used in `with`. Per thread."""

    def __init__(self, mode: bool, check_nan: bool = True):
        self._before = _state.enabled, _state.check
        _set(bool(mode), bool(check_nan))

    def __enter__(self) -> None:
        pass

    def __exit__(self, *raised: object) -> None:
        _set(*self._before)


class detect_anomaly:
    """Raise at the first nan or inf inside the block, with the line of the forward pass that it comes from.

    check_nan=False only keeps the lines, for errors that a derivative raises.

    >>> import minitorch
    >>> x = minitorch.tensor([1.0, 0.0], requires_grad=True)
    >>> try:
    ...     with minitorch.autograd.detect_anomaly():
    ...         x.log()
    ... except RuntimeError as error:
    ...     print(error, error.__notes__[0], sep="\\n")
    Function 'log' returned inf values in its 0th output.
    op:       log(input: [2] torch.float32)
    """

    def __init__(self, check_nan: bool = True):
        self.check_nan = check_nan

    def __enter__(self) -> None:
        self._setting = set_detect_anomaly(True, self.check_nan)

    def __exit__(self, *raised: object) -> None:
        self._setting.__exit__()


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """Switch anomaly mode on or off, in this thread."""
    _set(bool(mode), bool(check_nan))


def is_anomaly_enabled() -> bool:
    """Is anomaly mode on, in this thread?"""
    return _state.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Does anomaly mode look for nan and inf, if it is on?"""
    return _state.check


def _set(enabled: bool, check: bool) -> None:
    if enabled != _state.enabled:
        if enabled:
            watching.begin(_observe)
            mode.walk = _checked_walk
        else:
            watching.end(_observe)
            del mode.walk
    _state.enabled, _state.check = enabled, check


# --- Forward ----------------------------------------------------------------------------------------------------------


def _observe(op: Any, operands: Sequence, settings: Sequence, result: Any) -> None:
    node = node_of(result)
    if node is not None:
        remember(node, Place(op, operands, settings))
    if not _state.check or _state.inside or op.view:
        return
    for index, tensor in enumerate(result if op.several else (result,)):
        # Further results of a private row are for its derivative alone; those of ctc_loss hold log(0).
        if (not index or getattr(op, "public", True)) and not _finite(tensor):
            _blame(op, operands, settings, index, tensor)


def _finite(tensor: Any) -> bool:
    """Are all values finite? One sum; if that overflows, all are looked at. True of what has no values, as on meta."""
    backend, dtype, array = tensor.device.backend, tensor.dtype, tensor._array
    if not dtype.inexact or backend.inner is not None or tensor.device.type == "meta":
        return True
    if array.shape:
        kernels = tensor.device.kernels if dtype.full else tensor.device.short_kernels
        array = kernels.sum(array, tuple(range(len(array.shape))), False)
    return cmath.isfinite(complex(array)) or not _bad(tensor)


def _bad(tensor: Any) -> str:
    """Which of nan and inf there is among the values; empty if neither is."""
    host = _host(tensor)
    return "nan" if np.isnan(host).any() else "" if np.isfinite(host).all() else "inf"


def _host(tensor: Any) -> np.ndarray:
    host = tensor.device.backend.to_host(tensor._array)
    return host if tensor.dtype.full or host.dtype == np.float16 else host.astype(np.float32)


def _blame(op: Any, operands: Sequence, settings: Sequence, index: int, result: Any) -> None:
    """Raise, unless what is wrong with the result was wrong with an operand already."""
    found = _bad(result)
    given = {_bad(tensor) for tensor in _tensors(operands) if tensor.dtype.inexact}
    given |= {str(abs(value)) for value in settings if isinstance(value, float) and not cmath.isfinite(value)}
    if "nan" in given or (found == "inf" and "inf" in given):
        return
    error = NotFinite(f"Function '{op.torch or op.name}' returned {found} values in its {index}th output.")
    for line in Place(op, operands, settings).told():
        error.add_note(line)
    error.add_note(_first(result))
    raise error


def _tensors(operands: Sequence) -> Iterator[Any]:
    for value in operands:
        if isinstance(value, list | tuple):
            yield from _tensors(value)
        elif value is not None:
            yield value


def _first(tensor: Any) -> str:
    """The first element that isn't finite, and how many there are."""
    host = _host(tensor)
    bad = ~np.isfinite(host)
    where = np.unravel_index(int(np.argmax(bad)), host.shape) if host.shape else ()
    place = f"[{', '.join(str(int(i)) for i in where)}]"
    return f"element:  {place} = {host[where]}, the first of {int(bad.sum())} among {host.size} that aren't finite"


# --- On the way back --------------------------------------------------------------------------------------------------


def _checked_walk(pending: dict, heap: list, *rest: Any) -> dict:
    """The walk back, with a hook on every node that looks at what comes out of it."""
    if not heap or heap[0][1].device.backend.inner is not None:  # of a transform: the ops below are watched themselves
        return tape.plain_walk(pending, heap, *rest)
    nodes = _nodes([node for _, node in heap]) if _state.check else []
    handles = [node.register_hook(_check_of(node)) for node in nodes]
    before, _state.inside = _state.inside, True
    try:
        return tape.plain_walk(pending, heap, *rest)
    except Exception as error:
        _say_place(error)
        raise
    finally:
        _state.inside = before
        for node, handle in zip(nodes, handles, strict=True):
            handle.remove()
            if not node.hooks:
                node.hooks = None


def _nodes(roots: list) -> list[Node]:
    """All nodes from which gradients may be pulled."""
    seen, stack = set(roots), roots
    while stack:
        for edge in stack.pop().edges:
            if edge is not None and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    return [node for node in seen if type(node) is Node]


def _check_of(node: Node) -> Callable:
    def check(inputs: tuple, outputs: tuple) -> None:
        for index, gradient in enumerate(inputs):
            if gradient is not None and not _finite(gradient):
                error = NotFinite(f"Function '{node.name()}' returned {_bad(gradient)} values in its {index}th output.")
                given = ", ".join(
                    f"{list(g.shape)} {g.dtype!r}, {_bad(g) or 'finite'}" for g in outputs if g is not None
                )
                error.add_note(f"gradient: of the result {given}; of operand {index} {list(gradient.shape)}")
                error.add_note(_first(gradient))
                raise error

    return check


def _say_place(error: Exception) -> None:
    """Say on an error that a derivative raised where the forward pass recorded its node."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not tape.plain_walk.__code__:
        trace = trace.tb_next
    node = None if trace is None else trace.tb_frame.f_locals.get("node")
    if node is None or any(note.startswith("op: ") for note in getattr(error, "__notes__", ())):
        return
    place = place_of(node)
    if place is None:
        error.add_note(f"op:       {node.op.name}; its line isn't known: anomaly mode was off when it ran")
        return
    for line in place.told():
        error.add_note(line)
