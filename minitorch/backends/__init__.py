"""What the installed backends can do here: `report()` for people, `capabilities(name)` for programs.

`cuda`, `cudnn`, `mps` and `opt_einsum` are what programs for PyTorch ask and set under `torch.backends`.

    >>> import minitorch
    >>> minitorch.backends.capabilities("numpy").devices
    ('cpu',)

Asking imports the array library of each backend that is asked about.
"""

from __future__ import annotations

import importlib.resources
import sys
import tomllib
from dataclasses import dataclass
from typing import Any

from minitorch import dtypes
from minitorch.backend import Backend, get, names, why_unusable
from minitorch.backends import cuda, cudnn, mps
from minitorch.errors import one_line
from minitorch.ops.paths import opt_einsum
from minitorch.rows import OPS

__all__ = [
    "Capabilities",
    "capabilities",
    "cuda",
    "cudnn",
    "listed_deviations",
    "mps",
    "opt_einsum",
    "places",
    "report",
]

DEVIATIONS = "xfails.toml"  # in a backend's package: what it is known to get wrong


@dataclass(frozen=True)
class Capabilities:
    """What a backend that can be used says of itself."""

    name: str
    facts: dict[str, str]  # versions and settings
    devices: tuple[str, ...]  # device types, with their number where it isn't one
    dtypes: tuple[str, ...]
    missing: tuple[str, ...]  # the dtypes of PyTorch that the library doesn't have
    own: int  # rows for which it has a kernel, those included that every backend must have
    bodies: int  # rows that are served by their bodies
    aliasing: bool  # do views share memory, or are they made again after a write?
    short_floats: bool  # are float16 and bfloat16 computed as they are, or in float32 and rounded once?
    draws: bool  # are random numbers drawn on its devices, or on the host?
    deviations: int  # entries in its list of known deviations


def capabilities(name: str) -> Capabilities:
    """Ask a backend; one that can't be used raises the error that says why."""
    found = get(name)
    rows = [row.name for row in OPS.values() if row.family != "composition"]
    own = sum(map(found.overrides, rows))
    have = tuple(dtype.name for dtype in dtypes.BY_NAME.values() if found.supports(dtype))
    return Capabilities(
        name,
        found.facts(),
        tuple(_counted(kind, found.device_count(kind)) for kind in found.device_types),
        have,
        tuple(name for name in dtypes.BY_NAME if name not in have),
        own,
        len(rows) - own,
        found.aliasing,
        found.short_floats,
        found.random_namespace is not None,
        len(listed_deviations(type(found))),
    )


def _counted(device_type: str, count: int) -> str:
    return device_type if count == 1 else f"{device_type} x {count}"


def listed_deviations(kind: type[Backend]) -> list[dict[str, Any]]:
    """What a backend's package lists as known deviations of that backend; nothing, where it is a single module."""
    is_package = hasattr(sys.modules.get(kind.__module__), "__path__")
    package = kind.__module__ if is_package else kind.__module__.rpartition(".")[0]
    path = importlib.resources.files(package) / DEVIATIONS if package else None
    if path is None or not path.is_file():
        return []
    listed = tomllib.loads(path.read_text(encoding="utf-8")).get("deviation", [])
    return [entry for entry in listed if entry.get("backend", kind.name) == kind.name]


def places() -> list[str]:
    """Each device type of each backend that can be used here, such as `torch/cpu`."""
    usable = [name for name in names() if why_unusable(name) is None]
    return [f"{name}/{kind}" for name in usable for kind in get(name).device_types]


def report() -> str:
    """A paragraph for each installed backend: its devices and versions, or why it can't be used, and what it can do."""
    if not names():
        return "none is installed; from a checkout, run `pip install -e .` first"
    width = max(map(len, names()))
    return "\n".join(line for name in names() for line in _lines(name, width))


def _lines(name: str, width: int) -> list[str]:
    reason = why_unusable(name)
    if reason is not None:
        return [f"{name:<{width}}  not usable: {one_line(reason)}"]
    can = capabilities(name)
    facts = ", ".join(f"{key} {value}" for key, value in can.facts.items())
    short = (
        "" if {"float16", "bfloat16"} <= {*can.missing} else "as they are" if can.short_floats else "by way of float32"
    )
    dtypes = f"all but {', '.join(can.missing)}" if can.missing else "all"
    lines = [
        f"usable: {', '.join(can.devices)}{f'; {facts}' if facts else ''}",
        f"dtypes: {dtypes}{short and f'; float16 and bfloat16 {short}'}",
        f"kernels of its own: {can.own}, bodies of the table: {can.bodies}; views "
        f"{'share memory' if can.aliasing else 'are made again after a write'}",
        f"random numbers: drawn {'on its devices' if can.draws else 'on the host'}; known deviations: {can.deviations or 'none'}",
    ]
    return [f"{name if number == 0 else '':<{width}}  {line}" for number, line in enumerate(lines)]
