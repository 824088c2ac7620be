"""`python -m minitorch.testing.conformance`."""

from __future__ import annotations

import sys

from minitorch.testing.conformance.command import main

if __name__ == "__main__":
    sys.exit(main())
