"""A plugin for pytest: the option `--backend`, for `pytest --pyargs minitorch.testing.conformance`.

    pytest -p minitorch.testing.backend_option --pyargs minitorch.testing.conformance --backend torch

It must be asked for with `-p`, since pytest reads no conftest.py of installed packages before it reads its options.
"""

from __future__ import annotations

from typing import Any


def pytest_addoption(parser: Any) -> None:
    parser.addoption(
        "--backend",
        action="append",
        default=[],
        metavar="NAME",
        help="what conformance is tried on: a backend, a device, or a class as package.module:attr; else all that can be used",
    )
