"""`python -m minitorch` is the command `minitorch`."""

import sys

from .cli import main

sys.exit(main())
