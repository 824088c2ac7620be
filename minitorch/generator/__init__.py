"""Random numbers on the host: PyTorch's CPU generator, word for word.

`manual_seed(0)` gives the numbers that PyTorch 2.13 gives. Every distribution is a recipe over one stream of 32-bit words. A
recipe fixes two things: how many words each element takes, so that mixed calls stay in step, and the formula from words
to values.

    word            32 bits of the stream                          stream.py: seeds, states, words
    pair            64 bits: the first word high, the second low   recipes.py: formulas from words to values
    float32 unit    the low 24 bits of a word / 2^24               distributions.py: which recipe when
    float64 unit    the low 53 bits of a pair / 2^53               limits.py: dtypes, bounds, refusals

What goes through log, sin, cos or tan agrees with PyTorch to the last bits, as far as the mathematics libraries agree. All
else agrees exactly, and so does the state after any call. On Intel processors PyTorch draws `bernoulli_(p)` and dropout
through MKL: there its numbers are others than on any other processor, and others than ours.
"""

from __future__ import annotations

from .distributions import Generator
from .limits import Array
from .recipes import fill_axes

__all__ = [
    "Generator",
    "default_generator",
    "fill_axes",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]

default_generator = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Start the default generator's stream of `seed` anew, and return the generator.

    >>> manual_seed(0).randint(0, 10, (5,)).tolist()
    [4, 9, 3, 0, 3]
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator at a seed that nobody can foresee, and return it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default generator was started with."""
    return default_generator.initial_seed()


def get_rng_state() -> Array:
    """The default generator's state: uint8, shape (5056,)."""
    return default_generator.get_state()


def set_rng_state(new_state: Array) -> None:
    """Set the default generator's state to one that `get_rng_state` gave."""
    default_generator.set_state(new_state)
