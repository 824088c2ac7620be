"""Every exception minitorch raises of its own, and the one function that words them.

A reader who knows PyTorch catches the builtin type that PyTorch raises, so every class here *is* that builtin::

    RuntimeError
    ├── ShapeMismatch            shapes that don't broadcast, multiply or reshape into each other
    ├── DTypeMismatch            a dtype that the op doesn't take, or two that must agree and don't
    ├── IndexOutOfRange          an index outside its dimension (also an IndexError)
    ├── LinAlgError              a matrix without what was asked of it: singular, or not positive-definite
    ├── DeviceMismatch           arguments that live on different devices
    ├── NotFinite                a nan or inf that anomaly mode found
    ├── Uninitialized            a lazy module's parameter before it has a shape (also a ValueError)
    ├── TapeError                the gradient asked for can't be had
    │   ├── CheckpointError      a function that ran again for its gradient did something else
    │   ├── GraphFreed           backward a second time through a graph whose saved values are gone
    │   └── SavedValueModified   a value that backward needs was changed in place since
    └── BackendError             the backend asked for can't serve the call
        ├── BackendUnavailable   unknown, or its library isn't there, or asked for too late
        └── KernelMissing        the backend has no kernel for the op (also a NotImplementedError)
    MemoryError
    └── OutOfMemory              a device has no memory left (also a RuntimeError)
    ValueError
    └── SettingInvalid           a MINITORCH_* environment variable with a value that can't be read
    ImportError
    └── OptionalDependencyMissing    a library that only some features need isn't installed

An argument of the wrong Python type is a plain TypeError, an index out of range a plain IndexError, a bad value a plain
ValueError: there a class of our own would say no more than the builtin does. All of them are worded by `message`.
"""

from __future__ import annotations


class ShapeMismatch(RuntimeError):
    """The shapes of the arguments don't fit each other or the op."""


class DTypeMismatch(RuntimeError):
    """The dtypes of the arguments don't fit each other or the op."""


class IndexOutOfRange(IndexError, RuntimeError):
    """An index that lies outside its dimension; PyTorch raises one or the other, depending on the op."""


class LinAlgError(RuntimeError):
    """A matrix that has no inverse, or no factorization of the kind that was asked for."""


class DeviceMismatch(RuntimeError):
    """The arguments live on different devices."""


class NotFinite(RuntimeError):
    """Anomaly mode found a nan or inf; its notes say where it came from."""


class Uninitialized(RuntimeError, ValueError):
    """A parameter without a shape was asked for it, or for its values; PyTorch raises one or the other."""


class TapeError(RuntimeError):
    """The tape can't give the gradient that was asked for."""


class CheckpointError(TapeError):
    """A checkpointed function that ran again didn't save what it saved at first."""


class GraphFreed(TapeError):
    """The saved values of this graph went with an earlier backward pass."""


class SavedValueModified(TapeError):
    """A value that backward needs was changed in place after it was saved."""


class BackendError(RuntimeError):
    """The backend can't serve this call."""


class BackendUnavailable(BackendError):
    """No such backend, or one that can't be used here or no longer be chosen."""


class KernelMissing(BackendError, NotImplementedError):
    """The backend has no kernel for this op, and the op has no body to fall back on."""


class OutOfMemory(MemoryError, RuntimeError):
    """A device has no memory left for an array."""


class SettingInvalid(ValueError):
    """A MINITORCH_* environment variable holds a value that can't be read."""


class OptionalDependencyMissing(ImportError):
    """A library that only some features need is not installed."""


def message(
    what: str,
    *,
    where: object = None,
    expected: object = None,
    got: object = None,
    hint: object = None,
) -> str:
    """Word an error in the house's five parts: what failed, where, expected, got, what to do.

    Parts that are None are left out. The first line stands alone, so that a log which keeps one line keeps the point.

    >>> print(message("matmul: inner sizes differ", where="Linear 'head'", expected="(*, 4)", got="(2, 3)",
    ...               hint="give Linear in_features=3"))
    matmul: inner sizes differ
      where:    Linear 'head'
      expected: (*, 4)
      got:      (2, 3)
      hint:     give Linear in_features=3
    """
    parts = (("where", where), ("expected", expected), ("got", got), ("hint", hint))
    lines = [f"  {label + ':':<9} {part}" for label, part in parts if part is not None]
    return "\n".join([what, *lines])


def one_line(text: object) -> str:
    """Return an error's text on one line: the parts that `errors.message` puts on lines of their own, joined.

    >>> one_line("no such file\\n  where:    here\\n  hint:     look there")
    'no such file; where: here; hint: look there'
    """
    return "; ".join(" ".join(line.split()) for line in str(text).splitlines() if line.strip())


def missing_extra(package: str, extra: str, purpose: str) -> OptionalDependencyMissing:
    """Return the error for an optional library that isn't installed; the caller raises it from the ImportError.

    >>> print(missing_extra("matplotlib", "viz", "drawing a learning curve"))
    drawing a learning curve needs matplotlib, which is not installed
      hint:     pip install 'minitorch-ref[viz]'
    """
    text = message(
        f"{purpose} needs {package}, which is not installed",
        hint=f"pip install 'minitorch-ref[{extra}]'",
    )
    return OptionalDependencyMissing(text, name=package)
