"""PhiloxGenerator: the distributions over Philox's words, drawn where the numbers are used.

It has the methods of `distributions.Generator` and returns arrays of the library whose namespace it was made with. No method
reads from the device, so probabilities and weights in arrays are taken as they come: what is no probability draws nonsense
(PyTorch stops the device then). 16-bit floats are drawn in float32. A call takes whole blocks of four words, so equal calls
give equal numbers whatever the array library, and two calls of 4 elements give what one of 8 gives (uniform in float32).
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import numpy as np

from minitorch.dtypes import from_numpy_dtype
from minitorch.errors import message
from minitorch.type_limits import finfo

from . import in_rounds
from .limits import (
    HIGHEST_UINT64,
    LOWEST_INT64,
    is_floating,
    real_dtype,
    require,
    require_dtype,
    require_floating,
    require_weights,
    whole_range,
    working_dtype,
)
from .philox import Array, normals, pairs, units, words


def _double(array: Array) -> Array:
    return array.astype(np.float64)


STATE = np.dtype([("seed", "<u8"), ("offset", "<i8")])  # PyTorch's serialized CUDA generator, 16 bytes


class PhiloxGenerator:
    """A stream of random numbers whose state is a seed and an offset in words.

    `xp` is a namespace with NumPy's names; `guard` gives the context in which it is used, `make_words` the words if not `xp`.

    >>> generator = PhiloxGenerator(np).manual_seed(0)
    >>> generator.uniform((2,)).tolist() == [0x27E8D5 / 2**24, 0x69C58D / 2**24]
    True
    """

    def __init__(self, xp: Any, guard: Callable[[], Any] = contextlib.nullcontext, make_words: Callable | None = None):
        self.xp, self._guard, self._lock = xp, guard, threading.Lock()
        self._make_words = make_words or partial(words, xp)
        self.seed()

    # --- Seed and state -----------------------------------------------------------------------------------------------

    def manual_seed(self, seed: int) -> Self:
        """Start the stream of `seed` anew; -2^63 <= seed < 2^64, and a negative seed counts from 2^64 down."""
        if not LOWEST_INT64 <= seed <= HIGHEST_UINT64:
            raise ValueError(message("manual_seed: the seed overflows 64 bits", expected="-2^63 to 2^64 - 1", got=seed))
        self._seed, self._offset = int(seed) & HIGHEST_UINT64, 0
        return self

    def seed(self) -> int:
        """Start a stream that nobody can foresee, and return its seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the stream was started with."""
        return self._seed

    def get_offset(self) -> int:
        """How many words are gone."""
        return self._offset

    def set_offset(self, offset: int) -> None:
        """Go on from word number `offset`, a multiple of 4."""
        require(offset >= 0 and offset % 4 == 0, "set_offset", "a multiple of 4 from 0 up", offset)
        self._offset = int(offset)

    def get_state(self) -> np.ndarray:
        """The state as PyTorch serializes it: uint8, shape (16,), seed and offset."""
        return np.array([(self._seed, self._offset)], STATE).view(np.uint8)

    def set_state(self, new_state: np.ndarray) -> Self:
        """Go on from a state that `get_state` gave, ours or PyTorch's."""
        if getattr(new_state, "dtype", None) != np.uint8:
            got = f"{type(new_state).__name__} of {getattr(new_state, 'dtype', 'no dtype')}"
            raise TypeError(message("set_state: not a generator state", expected="an array of uint8", got=got))
        if new_state.size != STATE.itemsize:
            sizes = {"expected": f"{STATE.itemsize} bytes", "got": f"{new_state.size} bytes"}
            raise RuntimeError(message("set_state: not the state of a device's generator", **sizes))
        seed, offset = np.frombuffer(new_state.tobytes(), STATE)[0].item()
        self.set_offset(offset)
        self._seed = seed
        return self

    # --- Words --------------------------------------------------------------------------------------------------------

    def _words(self, count: int) -> Array:
        with self._lock:
            start = self._offset
            self._offset += -(-count // 4) * 4
        return self._make_words(self._seed, start, count)

    def _units(self, shape: Sequence[int], double: bool) -> Array:
        return units(self.xp, self._words(math.prod(shape) * (1 + double)), double).reshape(tuple(shape))

    def _from_units(self, shape: Sequence[int], dtype: Any, formula: Callable[[Array], Array]) -> Array:
        """`formula` of units, in float64 for float64 and else in float32."""
        with self._guard():
            return formula(self._units(shape, working_dtype(dtype) == np.float64)).astype(dtype)

    # --- Continuous ---------------------------------------------------------------------------------------------------

    def uniform(self, shape: Sequence[int], low: float = 0.0, high: float = 1.0, dtype: Any = np.float32) -> Array:
        """Uniform on [low, high); a complex dtype draws real and imaginary parts in turn."""
        dtype = np.dtype(dtype)
        require(low <= high, "uniform_", "low <= high", (low, high))
        if dtype.kind == "c":
            return self._complex(self.uniform((*shape, 2), low, high, real_dtype(dtype)), dtype)
        require_floating("uniform_", dtype)

        def formula(unit: Array) -> Array:
            if low == 0 and high == 1 and dtype.itemsize > 2:
                return unit
            values = (unit * (high - low) + low).astype(dtype)
            return self.xp.where(values < dtype.type(high), values, dtype.type(low))  # rounding may reach `high`

        return self._from_units(shape, dtype, formula)

    def _complex(self, parts: Array, dtype: np.dtype) -> Array:
        with self._guard():
            return parts.view(dtype)[..., 0]

    def normal(
        self,
        shape: Sequence[int],
        mean: float = 0.0,
        std: float = 1.0,
        dtype: Any = np.float32,
        contiguous: bool = True,
    ) -> Array:
        """Normal with `mean` and `std`; a complex dtype gets half the variance in each part."""
        dtype = np.dtype(dtype)
        require(std >= 0, "normal", "std >= 0", std)
        if dtype.kind == "c":
            return self._complex(self.normal((*shape, 2), mean, std / math.sqrt(2), real_dtype(dtype)), dtype)
        require_floating("normal_", dtype)
        with self._guard():
            size = math.prod(shape)
            values = normals(self.xp, self._units((size + size % 2,), working_dtype(dtype) == np.float64))[:size]
            values = values if std == 1 and mean == 0 else values * std + mean
            return values.astype(dtype).reshape(tuple(shape))

    def normal_tensor(self, mean: Array | float, std: Array | float) -> Array:
        """Normal with a mean and a std for each element."""
        like: Any = mean if hasattr(mean, "dtype") else std
        shape = np.broadcast_shapes(getattr(mean, "shape", ()), getattr(std, "shape", ()))
        values = self.normal(shape, 0.0, 1.0, like.dtype)
        with self._guard():
            return (values * std + mean).astype(like.dtype)

    def log_normal(self, shape: Sequence[int], mean: float = 1.0, std: float = 2.0, dtype: Any = np.float32) -> Array:
        """exp(x) of a normal x with `mean` and `std`."""
        require(std > 0, "log_normal_", "std > 0", std)
        require_floating("log_normal_", np.dtype(dtype))
        values = self.normal(shape, mean, std, working_dtype(np.dtype(dtype)))
        with self._guard():
            return self.xp.exp(values).astype(dtype)

    def exponential(self, shape: Sequence[int], lambd: float = 1.0, dtype: Any = np.float32) -> Array:
        """Exponential with rate `lambd`: -log(1 - u) / lambd."""
        require(lambd > 0, "exponential_", "lambd > 0", lambd)
        require_floating("exponential_", np.dtype(dtype))
        return self._from_units(shape, np.dtype(dtype), lambda u: self.xp.log1p(-u) * (-1 / lambd))

    def cauchy(self, shape: Sequence[int], median: float = 0.0, sigma: float = 1.0, dtype: Any = np.float32) -> Array:
        """Cauchy: median + sigma tan(pi (u - 1/2))."""
        require(sigma > 0, "cauchy_", "sigma > 0", sigma)
        require_floating("cauchy_", np.dtype(dtype))
        return self._from_units(
            shape, np.dtype(dtype), lambda u: self.xp.tan(math.pi * (u - 0.5)) * float(sigma) + float(median)
        )

    # --- Discrete -----------------------------------------------------------------------------------------------------

    def bernoulli(self, p: float, shape: Sequence[int], dtype: Any = np.float32) -> Array:
        """1 with probability `p`, else 0."""
        dtype = np.dtype(dtype)
        require(0 <= p <= 1, "bernoulli_", "0 <= p <= 1", p)
        require_dtype(dtype.kind != "c", "bernoulli_", dtype)
        return self._from_units(shape, dtype, lambda u: u < p)

    def bernoulli_tensor(self, p: Array, dtype: Any = None) -> Array:
        """1 with probability p[i], of p's dtype unless told."""
        require_floating("bernoulli", p.dtype)
        with self._guard():
            unit = self._units(p.shape, working_dtype(p.dtype) == np.float64)
            return (unit < p.astype(unit.dtype)).astype(dtype or p.dtype)

    def dropout_mask(self, shape: Sequence[int], p: float, dtype: Any = np.float32) -> Array:
        """What dropout multiplies by: 0 with probability `p`, else 1 / (1 - p); p = 1 draws nothing."""
        require(0 <= p <= 1, "dropout", "0 <= p <= 1", p)
        require_floating("dropout", np.dtype(dtype))
        scale = 1 / (1 - p) if p < 1 else 0.0
        return self._from_units(shape, np.dtype(dtype), lambda u: (u >= p) * u.dtype.type(scale))

    def geometric(self, shape: Sequence[int], p: float, dtype: Any = np.float32) -> Array:
        """The number of trials up to the first success: ceil(log u / log(1 - p)), u on (0, 1]."""
        require(0 < p < 1, "geometric_", "0 < p < 1", p)
        require_dtype(np.dtype(dtype).kind not in "bc", "geometric_", np.dtype(dtype))
        scale = 1 / math.log1p(-p)
        xp = self.xp
        return self._from_units(shape, np.dtype(dtype), lambda u: xp.maximum(xp.ceil(xp.log(1 - u) * scale), 1))

    def poisson(self, rates: Array) -> Array:
        """How often each event occurs that is expected `rates[i]` times, of rates' dtype."""
        require_floating("poisson", rates.dtype)
        return self._in_rounds(rates.shape, rates.dtype, lambda unit: in_rounds.poisson(self.xp, _double(rates), unit))

    def binomial(self, count: Array, p: Array) -> Array:
        """Successes in `count[i]` trials with probability `p[i]`, of their dtype."""
        require_floating("binomial", count.dtype)
        recipe = lambda unit: in_rounds.binomial(self.xp, _double(count), _double(p), unit)
        return self._in_rounds(np.broadcast_shapes(count.shape, p.shape), count.dtype, recipe)

    def standard_gamma(self, alpha: Array) -> Array:
        """Gamma with shape `alpha[i]` and rate 1, of alpha's dtype; at least its smallest normal number."""
        require_floating("_standard_gamma", alpha.dtype)
        normal = lambda: self.normal(alpha.shape, 0.0, 1.0, np.float64)
        recipe = lambda unit: in_rounds.gamma(self.xp, _double(alpha), unit, normal)
        values = self._in_rounds(alpha.shape, alpha.dtype, recipe)
        with self._guard():
            return self.xp.maximum(values, self.xp.full_like(values, finfo(from_numpy_dtype(alpha.dtype)).tiny))

    def dirichlet(self, alpha: Array) -> Array:
        """Parts of 1 along the last axis: gamma numbers of shapes `alpha` over their sum."""
        require_floating("_sample_dirichlet", alpha.dtype)
        with self._guard():
            values = self.standard_gamma(_double(alpha))
            shares = values / values.sum(axis=-1, keepdims=True)
            limits = finfo(from_numpy_dtype(alpha.dtype))
            return self.xp.clip(shares, limits.tiny, 1 - limits.eps / 2).astype(alpha.dtype)

    def _in_rounds(self, shape: Sequence[int], dtype: Any, recipe: Callable[[Callable[[], Array]], Array]) -> Array:
        with self._guard():
            return recipe(lambda: self._units(shape, True)).astype(dtype)

    def randint(self, low: int, high: int, shape: Sequence[int], dtype: Any = np.int64) -> Array:
        """Whole numbers from `low` to `high` - 1."""
        return self.random(shape, dtype, low, high)

    def random(
        self, shape: Sequence[int], dtype: Any = np.int64, low: int | None = None, high: int | None = None
    ) -> Array:
        """Whole numbers as `tensor.random_` draws them: low + word % count, or a pair for a range of 2^28 and more."""
        dtype = np.dtype(dtype)
        low, count, paired = whole_range(dtype, low, high)
        with self._guard():
            values = self._words(math.prod(shape) * (1 + paired))
            values = pairs(values) if paired else values
            if count < 1 << 64:
                values = values % count
            values = (values + (low & HIGHEST_UINT64)).view(self.xp.int64)
            values = values.astype(np.float32) if is_floating(dtype) and dtype.itemsize == 2 else values
            return values.astype(dtype).reshape(tuple(shape))

    def randperm(self, n: int, dtype: Any = np.int64) -> Array:
        """The numbers 0 to n - 1 in random order: the order of 64-bit words."""
        dtype = np.dtype(dtype)
        require_dtype(dtype.kind not in "bc", "randperm", dtype)
        require(n >= 0, "randperm", "n >= 0", n)
        with self._guard():
            return self.xp.argsort(pairs(self._words(2 * n)), kind="stable").astype(dtype)

    def multinomial(self, p: Array, num_samples: int, replacement: bool = False) -> Array:
        """Indices drawn with the weights `p` (K,) or (N, K): int64, (num_samples,) or (N, num_samples)."""
        require_weights(p, num_samples, replacement, values=False)
        xp = self.xp
        if not replacement:
            times = self.exponential(p.shape, 1.0, np.float64)
            with self._guard():
                ratios = p.astype(np.float64) / xp.maximum(times, 1e-300)
                return xp.argsort(-ratios, axis=-1, kind="stable")[..., :num_samples].astype(np.int64)
        with self._guard():
            rows = p.reshape(-1, p.shape[-1]).astype(np.float64)
            unit = self._units((rows.shape[0], num_samples), True)
            shares = xp.cumsum(rows, axis=1)
            row = xp.arange(rows.shape[0]).reshape(
                -1, 1
            )  # row n's shares and units lie in [n, n + 1]: one search for all
            shares = (shares / shares[:, -1:] + row).reshape(-1)
            found = xp.searchsorted(shares, (unit + row).reshape(-1), side="right").reshape(unit.shape)
            chosen = xp.minimum(found - row * p.shape[-1], p.shape[-1] - 1)
            return chosen.astype(np.int64).reshape(p.shape[:-1] + (num_samples,))
