"""Where backends are found, and which one serves: names, loading, MINITORCH_BACKEND, `set_backend`, `use_backend`.

A backend is an entry point of the group `minitorch.backends`: a callable that makes it, as a rule its class. Loading the entry
point imports the backend's own package; only the call imports the array library. So questions about all backends (which
of them serves `cuda`? which is meant by `nupmy`?) are answered by the classes, and import nobody's library.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

from .config import BACKEND, suggest
from .errors import BackendError, BackendUnavailable, message

if TYPE_CHECKING:
    from .backend import Backend

_loaded: dict[str, Backend] = {}
_process_default: Backend | None = None
_context_default: ContextVar[Backend | None] = ContextVar("backend", default=None)

WHERE = "MINITORCH_BACKEND, set_backend or a device name"


@functools.cache
def _entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    return {point.name: point for point in importlib.metadata.entry_points(group="minitorch.backends")}


def names() -> list[str]:
    """The names of all installed backends, usable or not."""
    return sorted(_entry_points())


def is_loaded(name: str) -> bool:
    """Was it asked for, so that its library is imported?"""
    return name in _loaded


def get(name: str) -> Backend:
    """The backend of that name (or `package.module:attribute`), loaded at its first use."""
    found = _loaded.get(name)
    if found is None:
        made = _made(name)
        found = _loaded.setdefault(made.name, made)
        if type(found) is not type(made):
            raise BackendUnavailable(
                message(
                    f"two backends are called {made.name!r}",
                    where=WHERE,
                    got=f"{_path(made)}, after {_path(found)} was loaded",
                    hint="give one of the classes another `name`",
                )
            )
        _loaded[name] = found
    return found


def _path(made: Backend) -> str:
    return f"{type(made).__module__}.{type(made).__qualname__}"


def factory(name: str) -> Callable[[], Backend]:
    """What makes the backend, mostly its class: to be asked what it says without importing its library."""
    if ":" in name:
        module, _, attribute = name.partition(":")
        return getattr(importlib.import_module(module), attribute)
    point = _entry_points().get(name)
    if point is None:
        raise BackendUnavailable(_unknown(name))
    return point.load()


def _made(name: str) -> Backend:
    try:
        return factory(name)()
    except BackendError:
        raise
    except Exception as error:
        raise BackendUnavailable(
            message(
                f"the backend {name!r} can't be used here: {error}",
                where=WHERE,
                expected=f"one of the backends whose library is here: {_listing(but=name)}",
                hint=f"{_remedy(name, error)}, or choose another",
            )
        ) from error


def _remedy(name: str, error: Exception) -> str:
    """What to do about a backend that doesn't load."""
    install = getattr(_declared(name), "install", "")
    if not isinstance(error, ModuleNotFoundError):
        return f"its library is installed, but doesn't work: see the error above (installed by: {install or 'its package'})"
    if install:
        return install
    return f"install {error.name or 'what it needs'}"


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, names(), 1)
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    return message(
        f"no backend is called {name!r}",
        where=WHERE,
        expected=f"one of {_listing()}",
        got=repr(name),
        hint=f"check the spelling{meant}, or install the package that brings it; from a checkout, `pip install -e .` first",
    )


def why_unusable(name: str) -> str | None:
    """None if a backend loads here, else the reason why it doesn't. This imports its library."""
    try:
        get(name)
    except BackendUnavailable as error:
        cause = error.__cause__
        return str(error) if cause is None else f"{type(cause).__name__}: {cause}"
    return None


# --- What can be said of a backend without its library ----------------------------------------------------------------


def _declared(name: str) -> Any:
    """The loaded backend, else what makes it; None where even its package can't be imported."""
    try:
        return _loaded.get(name) or factory(name)
    except Exception:
        return None


def is_here(name: str) -> bool:
    """Is the library installed that a backend needs? Whether it works is only seen by loading it."""
    declared = _declared(name)
    library = getattr(declared, "library", "")
    try:
        return declared is not None and (not library or importlib.util.find_spec(library) is not None)
    except ImportError:
        return False
    except ValueError:  # a module in sys.modules that says nothing of where it is from
        return True


def present() -> list[str]:
    """The backends whose library is installed."""
    return [name for name in names() if is_here(name)]


def hasten(name: str) -> None:
    """Set the environment so that a backend which is not loaded yet compiles with less care, in less time."""
    suggest(getattr(_declared(name), "haste", {}))


def _listing(but: str = "") -> str:
    return ", ".join(name for name in present() if name != but) or "none, for none is installed"


def device_types(name: str) -> tuple[str, ...]:
    """The device types that a backend serves; of one that isn't loaded, those that its class promises."""
    return getattr(_declared(name), "device_types", ())


def serving(device_type: str) -> str | None:
    """Which backend an unqualified device type means.

    The default one if it serves it; else the only one whose class promises it; of several, the one that minitorch starts with.
    """
    default = default_backend()
    if device_type in default.device_types:
        return default.name
    promise = [name for name in names() if device_type in getattr(_class(name), "device_types", ())]
    return promise[0] if len(promise) == 1 else BACKEND.default if BACKEND.default in promise else None


def _class(name: str) -> Any:
    """A backend's class, loaded or not, so that an answer doesn't depend on what was loaded before."""
    declared = _declared(name)
    return declared if callable(declared) else type(declared)


# --- The choice -------------------------------------------------------------------------------------------------------


def default_backend() -> Backend:
    """The backend of new tensors: `use_backend`'s, else `set_backend`'s, else MINITORCH_BACKEND's as it was at first use."""
    global _process_default
    chosen = _context_default.get()
    if chosen is not None:
        return chosen
    if _process_default is None:
        BACKEND.hear()
        _process_default = get(BACKEND.value)
    elif BACKEND.changed:
        raise BackendUnavailable(
            message(
                f"{BACKEND.name} was changed after the first tensor was made, too late to be heard",
                where="the environment",
                expected=f"{BACKEND.value!r}, as it was when it was read",
                got=repr(BACKEND.text),
                hint=f"set it before the program starts, or call minitorch.set_backend({BACKEND.text!r})",
            )
        )
    return _process_default


def set_backend(name: str) -> None:
    """Let `name` serve the tensors made from now on, in all threads; those that exist stay where they are.

    Inside a `use_backend` block it counts from the block's end.
    """
    global _process_default
    _process_default = get(name)
    BACKEND.hear()


class use_backend(contextlib.ContextDecorator):
    """`with use_backend("torch"):` new tensors inside come from that backend; other threads and tasks don't notice.

    >>> with use_backend("numpy") as backend:
    ...     backend.name
    'numpy'
    """

    def __init__(self, name: str):
        self.backend = get(name)
        self.entered: list[Token] = []

    def __enter__(self) -> Backend:
        self.entered.append(_context_default.set(self.backend))
        return self.backend

    def __exit__(self, *raised: object) -> None:
        _context_default.reset(self.entered.pop())
