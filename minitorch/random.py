"""The default generators under PyTorch's names: seeds, states, and blocks that leave them as they were.

>>> from minitorch import random
>>> before = random.get_rng_state()
>>> with random.fork_rng():
...     _ = random.manual_seed(1)
>>> bool((random.get_rng_state() == before).all())
True
"""

from minitorch.ops.generators import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
    thread_safe_generator,
)

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
    "thread_safe_generator",
]
