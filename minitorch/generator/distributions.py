"""Generator: PyTorch's distributions over the stream of words."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import DTypeLike

from minitorch.errors import message

from . import one_by_one
from .limits import (
    BAREBONES,
    HIGHEST_UINT64,
    Array,
    counting_bits,
    is_floating,
    largest_value,
    name_of,
    real_dtype,
    require,
    require_dtype,
    require_floating,
    require_weights,
    rounded,
    whole_range,
    working_dtype,
)
from .recipes import (
    LOW53,
    apply_in_place,
    distribution_function,
    fill_axes,
    multiply_add,
    normals_by_2,
    normals_by_16,
    pairs_of,
    swapped_forward,
    units_of,
)
from .stream import BLOCK, Stream


class Generator(Stream):
    """A stream of random numbers with a seed and a state that can be kept, PyTorch's `torch.Generator`.

    Methods take NumPy dtypes and return new arrays in C order; a tensor filled in place takes its numbers in the order that
    `fill_axes` says. Threads may share a generator: a call draws all its words at one go.

    >>> generator = Generator().manual_seed(0)
    >>> generator.uniform((3,)).round(4).tolist() == np.float32([0.4963, 0.7682, 0.0885]).tolist()
    True
    >>> generator.manual_seed(0).randperm(5).tolist()
    [4, 0, 1, 3, 2]
    """

    # --- Continuous ---------------------------------------------------------------------------------------------------

    def uniform(
        self, shape: Sequence[int], low: float = 0.0, high: float = 1.0, dtype: DTypeLike = np.float32
    ) -> Array:
        """Uniform on [low, high); a complex dtype draws real and imaginary parts in turn."""
        dtype = np.dtype(dtype)
        if dtype.kind == "c":
            return self.uniform((*shape, 2), low, high, real_dtype(dtype)).view(dtype)[..., 0]
        require_floating("uniform_", dtype)
        limit = largest_value(dtype)
        require(-limit <= low <= high <= limit, "uniform_", f"low <= high, both within {name_of(dtype)}", (low, high))
        require(high - low <= limit, "uniform_", f"high - low within {name_of(dtype)}", (low, high))
        working = working_dtype(dtype)
        begin, end = working.type(low), working.type(high)
        whole_unit = low == 0 and high == 1

        def recipe(words: Array) -> Array:
            values = units_of(words, working)
            if not whole_unit:
                values = multiply_add(values, end - begin, begin)
            elif dtype == working:
                return values
            values = rounded(values, dtype)
            values[values == dtype.type(end)] = dtype.type(begin)  # rounding may reach `high`, which is outside
            return values

        return self._draw(shape, dtype, working.itemsize // 4, recipe)

    def normal(
        self,
        shape: Sequence[int],
        mean: float = 0.0,
        std: float = 1.0,
        dtype: DTypeLike = np.float32,
        contiguous: bool = True,
    ) -> Array:
        """Normal with `mean` and `std`; a complex dtype gets half the variance in each part.

        PyTorch has two recipes: by 16, where there are 16 elements or more, else pairs in float64, of which one may stay
        over for the next call. It fills a tensor that isn't contiguous by pairs: then say `contiguous=False`.
        """
        dtype = np.dtype(dtype)
        require(std >= 0, "normal", "std >= 0", std)
        if dtype.kind == "c":
            parts = self.normal((*shape, 2), mean, std / math.sqrt(2), real_dtype(dtype), contiguous)
            return parts.view(dtype)[..., 0]
        require_floating("normal_", dtype)
        size = math.prod(shape)
        with self._lock:
            if size >= 16 and contiguous:
                return self._normals_by_16(size, mean, std, dtype).reshape(shape)
            values = self._normals_by_2(size)
        return rounded(multiply_add(values, float(std), float(mean)), dtype).reshape(shape)

    def normal_tensor(self, mean: Array | float, std: Array | float) -> Array:
        """Normal with a mean and a std for each element: `torch.normal(mean, std)`; one of the two must be an array."""
        if isinstance(std, np.ndarray):
            require(std.dtype.kind != "c" and not bool((std < 0).any()), "normal", "every std real and >= 0", std)
            dtype = mean.dtype if isinstance(mean, np.ndarray) else std.dtype
            out = self.normal(np.broadcast_shapes(np.shape(mean), std.shape), 0.0, 1.0, dtype)
            return apply_in_place(operator.add, apply_in_place(operator.mul, out, std), mean)
        if not isinstance(mean, np.ndarray):
            raise TypeError(message("normal_tensor: no array", hint="for two numbers use normal(shape, mean, std)"))
        return apply_in_place(operator.add, self.normal(mean.shape, 0.0, std, mean.dtype), mean)

    def log_normal(
        self, shape: Sequence[int], mean: float = 1.0, std: float = 2.0, dtype: DTypeLike = np.float32
    ) -> Array:
        """exp(x) of a normal x with `mean` and `std`."""
        dtype = np.dtype(dtype)
        require(std > 0, "log_normal_", "std > 0", std)
        require_floating("log_normal_", dtype)
        with self._lock:
            values = self._normals_by_2(math.prod(shape))
        with np.errstate(over="ignore"):
            return rounded(np.exp(multiply_add(values, float(std), float(mean))), dtype).reshape(shape)

    def exponential(self, shape: Sequence[int], lambd: float = 1.0, dtype: DTypeLike = np.float32) -> Array:
        """Exponential with rate `lambd`: -log(1 - u) / lambd."""
        dtype = np.dtype(dtype)
        require(lambd > 0, "exponential_", "lambd > 0", lambd)
        require_floating("exponential_", dtype)
        scale = -1.0 / lambd
        return self._from_units(shape, dtype, lambda u: scale * np.log1p(-u))

    def cauchy(
        self, shape: Sequence[int], median: float = 0.0, sigma: float = 1.0, dtype: DTypeLike = np.float32
    ) -> Array:
        """Cauchy: median + sigma tan(pi (u - 1/2))."""
        dtype = np.dtype(dtype)
        require(sigma > 0, "cauchy_", "sigma > 0", sigma)
        require_floating("cauchy_", dtype)
        scale, shift = float(sigma), float(median)
        return self._from_units(shape, dtype, lambda u: multiply_add(np.tan(math.pi * (u - 0.5)), scale, shift))

    def _from_units(self, shape: Sequence[int], dtype: np.dtype, formula: Callable[[Array], Array]) -> Array:
        """An array of `formula(units)` with float64 units, rounded to `dtype`."""
        return self._draw(shape, dtype, 2, lambda words: rounded(formula(units_of(words, np.float64)), dtype))

    def _normals_by_16(self, size: int, mean: float, std: float, dtype: np.dtype) -> Array:
        working = working_dtype(dtype)
        per_element = working.itemsize // 4
        scale, shift = working.type(std), working.type(mean)

        def draw(count: int) -> Array:
            normals = normals_by_16(self._words(count * per_element), working)
            return rounded(multiply_add(normals, scale, shift), dtype)

        out = np.empty(size, dtype)
        whole = size - size % 16
        for start in range(0, whole, BLOCK):
            stop = min(start + BLOCK, whole)
            out[start:stop] = draw(stop - start)
        if whole < size:  # the last 16 are drawn anew, over the end of the last whole block
            if dtype == working:
                self._words((size - whole) * per_element)  # PyTorch draws for the rest too, and then doesn't use it
            out[-16:] = draw(16)
        return out

    def _normals_by_2(self, size: int) -> Array:
        """Standard normals in float64, beginning with the one that the last call left over."""
        out = np.empty(size)
        kept = int(size > 0 and self._spare is not None)
        if kept:
            out[0], self._spare = self._spare, None
        missing = size - kept
        fresh = normals_by_2(units_of(self._words(4 * ((missing + 1) // 2)), np.float64))
        out[kept:] = fresh[:missing]
        if missing % 2:
            self._spare = float(fresh[-1])
        return out

    # --- Discrete -----------------------------------------------------------------------------------------------------

    def bernoulli(self, p: float, shape: Sequence[int], dtype: DTypeLike = np.float32) -> Array:
        """1 with probability `p`, else 0: `tensor.bernoulli_(p)`."""
        dtype = np.dtype(dtype)
        require(0 <= p <= 1, "bernoulli_", "0 <= p <= 1", p)
        require_dtype(dtype.kind != "c" and name_of(dtype) not in BAREBONES, "bernoulli_", dtype)
        threshold = np.uint64(math.ceil(p * 2.0**53))  # u < p, without leaving the integers
        return self._draw(shape, dtype, 2, lambda words: ((pairs_of(words) & LOW53) < threshold).astype(dtype))

    def bernoulli_tensor(self, p: Array, dtype: DTypeLike | None = None) -> Array:
        """1 with probability p[i], of p's dtype unless told: `torch.bernoulli(p)` and `tensor.bernoulli_(p)`."""
        require_floating("bernoulli", p.dtype)
        require(bool(((p >= 0) & (p <= 1)).all()), "bernoulli", "every 0 <= p <= 1", p)
        units = self.uniform(p.shape, dtype=working_dtype(p.dtype))
        return np.asarray(units < p.astype(units.dtype)).astype(p.dtype if dtype is None else dtype)

    def dropout_mask(self, shape: Sequence[int], p: float, dtype: DTypeLike = np.float32) -> Array:
        """What dropout multiplies by: 0 with probability `p`, else 1 / (1 - p); p = 0 and p = 1 draw nothing."""
        dtype = np.dtype(dtype)
        require(0 <= p <= 1, "dropout", "0 <= p <= 1", p)
        require_floating("dropout", dtype)
        if p in (0, 1):
            return np.full(shape, 1 - p, dtype)
        scale = rounded(1 / working_dtype(dtype).type([1 - p]), dtype)[0]
        mask = self.bernoulli(1 - p, shape, dtype)
        mask *= scale
        return mask

    def geometric(self, shape: Sequence[int], p: float, dtype: DTypeLike = np.float32) -> Array:
        """The number of trials up to the first success: ceil(log u / log(1 - p))."""
        dtype = np.dtype(dtype)
        require(0 < p < 1, "geometric_", "0 < p < 1", p)
        require_dtype(dtype.kind not in "bc" and name_of(dtype) not in BAREBONES, "geometric_", dtype)
        scale = math.log1p(-p)
        with np.errstate(divide="ignore"):
            return self._from_units(shape, dtype, lambda u: np.ceil(np.log(u) / scale))

    def poisson(self, rates: Array) -> Array:
        """How often each event occurs that is expected `rates[i]` times, of rates' dtype."""
        require_floating("poisson", rates.dtype)
        finite = bool(((rates >= 0) & np.isfinite(rates)).all())
        require(
            finite,
            "invalid Poisson rate, expected rate to be non-negative: poisson",
            "every rate finite and >= 0",
            rates,
        )
        with self._lock, self._one_by_one(2 * rates.size) as unit:
            values = [one_by_one.poisson(rate, unit) for rate in rates.astype(np.float64).ravel().tolist()]
        return rounded(np.array(values, np.float64), rates.dtype).reshape(rates.shape)

    def binomial(self, count: Array, p: Array) -> Array:
        """Successes in `count[i]` trials with probability `p[i]`, of their dtype: float32 or float64."""
        require_dtype(name_of(count.dtype) in ("float32", "float64"), "binomial", count.dtype)
        require(bool(np.isfinite(count).all()), "binomial", "every count finite", count)
        count, p = np.broadcast_arrays(count, p)
        pairs = zip(count.ravel().tolist(), p.ravel().tolist(), strict=True)
        with self._lock, self._one_by_one(2 * count.size) as unit:
            values = [one_by_one.binomial(trials, chance, unit) for trials, chance in pairs]
        return np.array(values, count.dtype).reshape(count.shape)

    def standard_gamma(self, alpha: Array) -> Array:
        """Gamma with shape `alpha[i]` and rate 1, of alpha's dtype: float32 or float64; at least its smallest normal number."""
        dtype = alpha.dtype
        require_dtype(name_of(dtype) in ("float32", "float64"), "_standard_gamma", dtype)
        require(bool((alpha >= 0).all()), "_standard_gamma", "every alpha >= 0", alpha)
        boosted, inverse = (part.astype(np.float64).ravel().tolist() for part in one_by_one.boost(alpha))
        shapes = zip(boosted, inverse, (alpha > 0).ravel().tolist(), strict=True)
        with self._lock, self._one_by_one(4 * alpha.size) as unit:
            normal = partial(self._next_normal, unit)
            values = [one_by_one.gamma(d, e, unit, normal) if positive else 0.0 for d, e, positive in shapes]
        return np.maximum(np.array(values).astype(dtype), np.finfo(dtype).tiny).reshape(alpha.shape)

    def _next_normal(self, unit: Callable[[], float]) -> float:
        """One standard normal, as `normals_by_2` has it; the second of a pair waits for the next call."""
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        angle, radius = 2 * math.pi * unit(), math.sqrt(-2 * math.log1p(-unit()))
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def dirichlet(self, alpha: Array) -> Array:
        """Parts of 1 along the last axis: gamma numbers of shapes `alpha` over their sum, within (0, 1)."""
        dtype = alpha.dtype
        values = self.standard_gamma(alpha.astype(np.float64))
        shares = (values / values.sum(-1, keepdims=True)).astype(dtype)
        return np.clip(shares, np.finfo(dtype).tiny, np.nextafter(dtype.type(1), dtype.type(0)))

    def randint(self, low: int, high: int, shape: Sequence[int], dtype: DTypeLike = np.int64) -> Array:
        """Whole numbers from `low` to `high` - 1."""
        return self.random(shape, dtype, low, high)

    def random(
        self, shape: Sequence[int], dtype: DTypeLike = np.int64, low: int | None = None, high: int | None = None
    ) -> Array:
        """Whole numbers as `tensor.random_` draws them.

        Without bounds from 0, with `low` alone from there, to the largest that `dtype` counts up to without a gap. With both,
        low <= x < high. Ranges of 2^28 and more take a pair of words for each element, smaller ones a word.
        """
        dtype = np.dtype(dtype)
        return self._integers(shape, dtype, *whole_range(dtype, low, high))

    def _integers(self, shape: Sequence[int], dtype: np.dtype, low: int, count: int, paired: bool) -> Array:
        """low + value % count, value being a pair or a word."""
        word = np.uint64 if paired else np.uint32

        def recipe(words: Array) -> Array:
            values = pairs_of(words) if paired else words.astype(np.uint32)
            if count & (count - 1) == 0:
                values &= word((count - 1) & HIGHEST_UINT64)
            else:
                # The remainder; NumPy divides three times as fast as it takes remainders.
                values -= values // word(count) * word(count)
            if low:
                values = values.astype(np.uint64, copy=False) + np.uint64(low & HIGHEST_UINT64)
            return rounded(values.view(np.int64) if values.itemsize == 8 else values, dtype)

        return self._draw(shape, dtype, 1 + paired, recipe)

    def randperm(self, n: int, dtype: DTypeLike = np.int64) -> Array:
        """The numbers 0 to n - 1 in random order, by the shuffle of Fisher and Yates; n < 2^32 / 20."""
        dtype = np.dtype(dtype)
        require_dtype(dtype.kind not in "bc" and name_of(dtype) not in BAREBONES, "randperm", dtype)
        require(0 <= n < ((1 << 32) - 1) // 20, "randperm", "0 <= n < 2^32 / 20", n)
        limit = math.inf if name_of(dtype) == "bfloat16" else (1 << counting_bits(dtype)) + is_floating(dtype)
        require(n <= limit, "randperm", f"n <= {limit}, as far as {name_of(dtype)} counts", n)
        targets = np.arange(n)
        targets[:-1] += self.random32(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint32)
        return rounded(swapped_forward(targets), dtype)

    def multinomial(self, p: Array, num_samples: int, replacement: bool = False) -> Array:
        """Indices drawn with the weights `p` (K,) or (N, K): int64, (num_samples,) or (N, num_samples).

        Without replacement: those of the largest p / q, q exponential; equal ratios come in the order of their index. With
        replacement: the first whose share of the weight, added to all before it, reaches u.
        """
        require_weights(p, num_samples, replacement)
        if not replacement or num_samples == 1:
            axes = fill_axes(p)
            times = self.exponential([p.shape[axis] for axis in axes], 1.0, p.dtype).transpose(np.argsort(axes))
            with np.errstate(divide="ignore", over="ignore"):
                ratios = (p / times).astype(working_dtype(p.dtype), copy=False)
            if num_samples == 1:
                return ratios.argmax(axis=-1, keepdims=True)
            return np.argsort(-ratios, axis=-1, kind="stable")[..., :num_samples]
        rows = p.reshape(-1, p.shape[-1])
        units = self.uniform((len(rows), num_samples), dtype=np.float64)
        out = np.empty(units.shape, np.int64)
        for weights, row_units, row in zip(rows, units, out, strict=True):
            row[:] = np.searchsorted(distribution_function(weights), row_units)
        return out.reshape(p.shape[:-1] + (num_samples,))
