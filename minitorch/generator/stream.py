"""The stream of random words: MT19937 as PyTorch seeds and serializes it.

The Mersenne Twister (Matsumoto & Nishimura 1998) is NumPy's, at C speed; both libraries seed it the same way, with the low
32 bits of the seed.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import operator
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from minitorch.errors import message

from .limits import HIGHEST_UINT64, LOWEST_INT64, Array
from .recipes import pairs_of, units_of

DEFAULT_SEED = 67280421310721  # of a generator that nobody seeded; PyTorch's choice
BLOCK = 32768  # elements drawn at a time, a multiple of 16: what one block touches stays in the processor's cache

# PyTorch's serialized CPU generator, 5056 bytes. `next` counts the words of `key` that have gone, `left` is 625 - next.
STATE = np.dtype(
    [
        ("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("key", "<u8", 624),
        ("unused_x", "<f8"), ("spare", "<f8"), ("unused_rho", "<f8"), ("has_spare", "<i4"), ("padding", "<i4"),
        ("float_spare", "<f4"), ("has_float_spare", "<i4"),
    ]
)  # fmt: skip


class Stream:
    """The words that a seed gives, one after the other, and a state that can be kept; a lock keeps threads apart.

    >>> Stream().manual_seed(0).random32(3).tolist()
    [2357136044, 2546248239, 3071714933]
    """

    device = "cpu"

    def __init__(self, device: str = "cpu"):
        if str(device) != "cpu":
            raise RuntimeError(
                message("Generator: this one draws on the host", expected="device 'cpu'", got=repr(str(device)))
            )
        self._lock = threading.Lock()
        self._engine: Any = None  # NumPy's MT19937, made at the first draw: importing numpy.random takes 15 ms
        self._restart(DEFAULT_SEED)

    # --- Seed and state -----------------------------------------------------------------------------------------------

    def manual_seed(self, seed: int) -> Self:
        """Start the stream of `seed` anew; -2^63 <= seed < 2^64, and a negative seed counts from 2^64 down."""
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise RuntimeError(
                message("manual_seed: not a seed", expected="an int", got=f"{seed!r} ({type(seed).__name__})")
            )
        if not LOWEST_INT64 <= seed <= HIGHEST_UINT64:
            raise ValueError(message("manual_seed: the seed overflows 64 bits", expected="-2^63 to 2^64 - 1", got=seed))
        with self._lock:
            self._restart(int(seed) & HIGHEST_UINT64)
        return self

    def seed(self) -> int:
        """Start a stream that nobody can foresee, and return its seed."""
        seed = int.from_bytes(os.urandom(8), "little")
        self.manual_seed(seed)
        return seed

    def initial_seed(self) -> int:
        """The seed that the stream was started with."""
        return self._seed

    def get_state(self) -> Array:
        """The state as PyTorch serializes it: uint8, shape (5056,)."""
        state = np.zeros(1, STATE)
        with self._lock:
            engine = self._started().state["state"]
            state["seed"], state["seeded"], state["key"] = self._seed, 1, engine["key"]
            # Before the first draw as after the last of a key, the engine's next step is to renew the key.
            state["next"] = engine["pos"] if self._drawn else 0
            state["left"] = 625 - engine["pos"] if self._drawn else 1
            if self._spare is not None:
                state["spare"], state["has_spare"] = self._spare, 1
        return state.view(np.uint8)

    def set_state(self, new_state: Array) -> Self:
        """Go on from a state that `get_state` gave, ours or PyTorch's."""
        if getattr(new_state, "dtype", None) != np.uint8:
            got = f"{type(new_state).__name__} of {getattr(new_state, 'dtype', 'no dtype')}"
            raise TypeError(message("set_state: not a generator state", expected="an array of uint8", got=got))
        if new_state.size != STATE.itemsize:
            sizes = {"expected": f"{STATE.itemsize} bytes", "got": f"{new_state.size} bytes"}
            raise RuntimeError(message("set_state: not a CPU generator state", **sizes))
        state = np.frombuffer(new_state.tobytes(), STATE)[0]
        left, gone = int(state["left"]), int(state["next"])
        if not state["seeded"] or not (left == 1 or (1 < left <= 624 and left + gone == 625)):
            expected = "what get_state returned"
            raise RuntimeError(message("set_state: not a valid Mersenne Twister state", expected=expected))
        with self._lock:
            key = {"key": state["key"].astype(np.uint32), "pos": 624 if left == 1 else gone}
            self._started().state = {"bit_generator": "MT19937", "state": key}
            self._seed = int(state["seed"])
            self._drawn = gone > 0
            self._spare = float(state["spare"]) if state["has_spare"] else None
        return self

    def clone_state(self) -> Self:
        """A second generator in the same state; from there the two go on independently."""
        return type(self)(self.device).set_state(self.get_state())

    def __getstate__(self) -> dict[str, Array]:
        return {"state": self.get_state()}

    def __setstate__(self, state: dict[str, Array]) -> None:
        self.__init__()
        self.set_state(state["state"])

    def _restart(self, seed: int) -> None:
        self._seed = seed
        self._spare: float | None = None  # the second normal of a pair, for the next call
        self._drawn = False
        if self._engine is not None:
            np.random.RandomState(self._engine).seed(seed & 0xFFFFFFFF)

    def _started(self) -> Any:
        if self._engine is None:
            self._engine = np.random.MT19937(0)
            self._restart(self._seed)
        return self._engine

    # --- Words --------------------------------------------------------------------------------------------------------

    def random32(self, n: int) -> Array:
        """The next `n` words: uint32."""
        with self._lock:
            return self._words(n).astype(np.uint32)

    def random64(self, n: int) -> Array:
        """The next `n` pairs of words: uint64, the first word high."""
        with self._lock:
            return pairs_of(self._words(2 * n))

    def _words(self, count: int) -> Array:
        """The next words, each in a uint64; the caller holds the lock."""
        engine = self._started()
        self._drawn |= count > 0
        return engine.random_raw(count)

    @contextlib.contextmanager
    def _one_by_one(self, expected: int) -> Iterator[Callable[[], float]]:
        """The next uniform number in float64, as a function; about so many are expected. The caller holds the lock.

        They are drawn ahead, and what nobody took is put back.
        """
        engine = self._started()
        before, drawn, ahead, block = engine.state, self._drawn, 0, iter(())

        def blocks() -> Iterator[Iterator[float]]:
            nonlocal ahead, block
            while True:
                count = min(max(expected - ahead, 16), BLOCK)
                ahead += count
                block = iter(units_of(self._words(2 * count), np.float64).tolist())
                yield block

        try:
            yield itertools.chain.from_iterable(blocks()).__next__
        finally:
            engine.state, self._drawn = before, drawn
            self._words(2 * (ahead - operator.length_hint(block)))

    def _draw(self, shape: Sequence[int], dtype: np.dtype, per_element: int, recipe: Callable[[Array], Array]) -> Array:
        """An array of `recipe(words)`, block by block, `per_element` words for each element."""
        size = math.prod(shape)
        with self._lock:
            if size <= BLOCK:
                return recipe(self._words(size * per_element)).reshape(shape)
            out = np.empty(size, dtype)
            for start in range(0, size, BLOCK):
                stop = min(start + BLOCK, size)
                out[start:stop] = recipe(self._words((stop - start) * per_element))
        return out.reshape(shape)
