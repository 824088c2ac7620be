"""Random numbers as Tensors: PyTorch's CPU numbers, word for word, or Philox's on devices whose backend draws there.

The generator of the device (generators.py) draws; what the host's drew is then moved. A tensor that exists is filled in the
order in which its elements lie in memory, so a transposed one gets other numbers than its contiguous twin.

    factories      rand, randn, randint, randperm, normal                      new tensors
    like           rand_like, randn_like, randint_like                         new tensors laid out as another one
    fills          uniform_, normal_, random_, bernoulli_, exponential_, ...   methods; their derivative is zero
    sampling.py    bernoulli, multinomial, poisson, binomial, ...              what tensors of parameters say
    dropping.py    dropout and its kin
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch import generator as host
from minitorch.backend import Device, default_device
from minitorch.checks import room_for
from minitorch.dtypes import DType
from minitorch.explain import broadcast_shapes
from minitorch.inplace import check_writable, write, written
from minitorch.operands import meet
from minitorch.ops.creation import sizes_of
from minitorch.ops.generators import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
    stream_of,
    thread_safe_generator,
)
from minitorch.ops.sampling import (
    bernoulli,
    binomial,
    drawn_for,
    multinomial,
    poisson,
    record,
    sample_dirichlet,
    standard_gamma,
    tensor_of,
    values_of,
)
from minitorch.tape import mode
from minitorch.tensor import Tensor

# --- New tensors ------------------------------------------------------------------------------------------------------

# draw(stream, shape, NumPy dtype, axes): `axes` is None, or the order of dims in which a tensor that isn't contiguous is filled
Draw = Callable[[Any, Sequence[int], np.dtype, Any], Any]


def drawn(draw: Draw, generator: Any, size: Sequence[int], dtype: DType, device: Device) -> Tensor:
    """A new tensor of drawn numbers; inside vmap as many as it has slices, or as its `randomness` says."""
    if mode.randomness is not None:
        return mode.randomness.drawn(lambda size, device: drawn(draw, generator, size, dtype, device), size, device)
    if device.type == "cpu":
        room_for(size, dtype.itemsize)
    return tensor_of(draw(stream_of(generator, device), size, dtypes.numpy_dtype(dtype), None), dtype, device)


def _asked(made: Tensor, requires_grad: bool) -> Tensor:
    return made.requires_grad_() if requires_grad else made


def _new(
    name: str,
    draw: Draw,
    generator: Any,
    size: Sequence[int],
    dtype: DType | None,
    device: Any,
    requires_grad: bool,
    out: Any,
) -> Tensor:
    """A tensor of drawn numbers, or `out` filled with them."""
    if out is None:
        dtype = dtype or dtypes.get_default_dtype()
        place = default_device() if device is None else Device(device)
        return _asked(drawn(draw, generator, size, dtype, place), requires_grad)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if dtype is not None and dtype is not out.dtype:
        raise RuntimeError(
            f"{name}(): dtype {dtype!r} does not match dtype of out parameter ({out.dtype!r}); leave one away"
        )
    if tuple(out.shape) == tuple(size):
        return _fill(name, out, draw, generator)
    return written(name, out, drawn(draw, generator, size, out.dtype, out.device))


def _shape(name: str, sizes: tuple, size: Any) -> tuple[int, ...]:
    """The shape in `rand(2, 3)`, `rand((2, 3))` and `rand(size=(2, 3))`."""
    if not sizes and size is None:
        raise TypeError(f"{name}(): missing the size, such as {name}(2, 3)")
    return sizes_of(sizes if size is None else (tuple(size),))


def rand(
    *sizes: Any, size: Any = None, generator: Any = None, out: Any = None, dtype: DType | None = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Uniform on [0, 1).

    >>> import minitorch
    >>> _ = minitorch.manual_seed(0)
    >>> minitorch.rand(2, 2)
    tensor([[0.4963, 0.7682],
            [0.0885, 0.1320]])
    """
    draw = lambda stream, shape, kind, axes: stream.uniform(shape, dtype=kind)
    return _new("rand", draw, generator, _shape("rand", sizes, size), dtype, device, requires_grad, out)


def randn(
    *sizes: Any, size: Any = None, generator: Any = None, out: Any = None, dtype: DType | None = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal with mean 0 and standard deviation 1.

    >>> import minitorch
    >>> _ = minitorch.manual_seed(0)
    >>> minitorch.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    draw = lambda stream, shape, kind, axes: stream.normal(shape, dtype=kind, contiguous=axes is None)
    return _new("randn", draw, generator, _shape("randn", sizes, size), dtype, device, requires_grad, out)


def randint(
    *bounds: Any, low: int | None = None, high: int | None = None, size: Any = None, generator: Any = None, out: Any = None,
    dtype: DType | None = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Whole numbers from `low` (0 if left out) to `high` - 1: `randint(high, size)` or `randint(low, high, size)`.

    >>> import minitorch
    >>> _ = minitorch.manual_seed(0)
    >>> minitorch.randint(0, 10, (2, 3))
    tensor([[4, 9, 3],
            [0, 3, 9]])
    """
    values = list(bounds)
    if size is None and values and isinstance(values[-1], Sequence):
        size = values.pop()
    low, high = _bounds("randint", values, low, high)
    if not isinstance(size, Sequence):
        raise TypeError(f"randint(): argument 'size' must be tuple of ints, as in randint(0, 10, (2, 3)); got {size!r}")
    draw = lambda stream, shape, kind, axes: stream.randint(low, high, shape, kind)
    dtype = dtypes.int64 if out is dtype is None else dtype
    return _new("randint", draw, generator, sizes_of((size,)), dtype, device, requires_grad, out)


def _bounds(name: str, values: list, low: Any, high: Any) -> tuple[int, int]:
    """`low` and `high` out of positional arguments (high) or (low, high), and of keywords."""
    if values and high is None:
        high = values.pop()
    if values and low is None:
        low = values.pop()
    if values or high is None:
        raise TypeError(f"{name}() received an invalid combination of arguments; expected ints (high) or (low, high)")
    return operator.index(0 if low is None else low), operator.index(high)


def randperm(
    n: int,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers 0 to n - 1 in random order.

    >>> import minitorch
    >>> _ = minitorch.manual_seed(0)
    >>> minitorch.randperm(5)
    tensor([4, 0, 1, 3, 2])
    """
    size = sizes_of((n,))

    def draw(stream: Any, shape: Sequence[int], kind: np.dtype, axes: Any) -> Any:
        found = [stream.randperm(size[0], kind) for _ in range(math.prod(shape[:-1]))]  # one for each slice of vmap
        return found[0] if len(shape) == 1 else found[0].__array_namespace__().stack(found).reshape(shape)

    dtype = dtypes.int64 if out is dtype is None else dtype
    return _new("randperm", draw, generator, size, dtype, device, requires_grad, out)


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, out: Any = None, dtype: DType | None = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal with `mean` and `std`: two numbers and a size, or tensors with one of each for every element."""
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        if size is not None or dtype is not None:
            raise TypeError("normal() received an invalid combination of arguments; tensors say size and dtype")
        parts = [value for value in (mean, std) if isinstance(value, Tensor)]
        broadcast_shapes(*[part.shape for part in parts])  # an error if they don't fit

        def draw_each(stream: Any, *values: Any) -> Any:
            given = iter(values)
            return stream.normal_tensor(*[next(given) if isinstance(one, Tensor) else one for one in (mean, std)])

        return drawn_for("normal", draw_each, generator, parts, parts[0].dtype, out)
    if size is None:
        raise TypeError("normal() received an invalid combination of arguments; two numbers need a size=(...)")
    draw = lambda stream, shape, kind, axes: stream.normal(shape, mean, std, kind, axes is None)
    return _new("normal", draw, generator, sizes_of((size,)), dtype, device, requires_grad, out)


# --- Laid out as another tensor ---------------------------------------------------------------------------------------


def draw_like(
    input: Tensor,
    draw: Draw,
    generator: Any = None,
    dtype: DType | None = None,
    device: Any = None,
    memory_format: Any = None,
) -> Tensor:
    """A new tensor of drawn numbers, its elements in the order in which those of `input` lie."""
    dtype = dtype or input.dtype
    device = input.device if device is None else Device(device)
    if (
        mode.randomness is not None
        or input.is_contiguous()
        or not (memory_format is None or "preserve" in str(memory_format))
    ):
        return drawn(draw, generator, input.shape, dtype, device)
    axes = _dense_axes(input.shape, input.stride())
    long = [axis for axis in axes if input.shape[axis] > 1]
    shape, order = [input.shape[axis] for axis in axes], None if long == sorted(long) else axes
    values = draw(stream_of(generator, device), shape, dtypes.numpy_dtype(dtype), order)
    return tensor_of(values.transpose(_places(axes)), dtype, device)


def _places(axes: Sequence[int]) -> list[int]:
    """The permutation that undoes `axes`."""
    return sorted(range(len(axes)), key=axes.__getitem__)


def _dense_axes(shape: Sequence[int], strides: Sequence[int]) -> tuple[int, ...]:
    """A tensor's dims from the outermost in memory to the innermost, as PyTorch lays a new one out after it.

    Dims that were expanded (stride 0) say nothing and hold their place, so that only inserting one by one sorts as it does.
    """
    order = list(range(len(shape)))[::-1]  # innermost first
    for start in range(1, len(order)):
        place = start
        for below in range(start - 1, -1, -1):
            inner, outer = order[below], order[place]
            if strides[inner] == 0 or strides[outer] == 0:
                continue
            if (strides[inner], shape[inner]) <= (strides[outer], shape[outer]):
                break
            order[below], order[place], place = outer, inner, below
    return tuple(order[::-1])


def rand_like(
    input: Tensor, *, generator: Any = None, dtype: DType | None = None, device: Any = None, requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Uniform on [0, 1) in the shape, dtype, device and memory order of input."""
    draw = lambda stream, shape, kind, axes: stream.uniform(shape, dtype=kind)
    return _asked(draw_like(input, draw, generator, dtype, device, memory_format), requires_grad)


def randn_like(
    input: Tensor, *, generator: Any = None, dtype: DType | None = None, device: Any = None, requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Normal with mean 0 and standard deviation 1 in the shape, dtype, device and memory order of input."""
    draw = lambda stream, shape, kind, axes: stream.normal(shape, dtype=kind, contiguous=axes is None)
    return _asked(draw_like(input, draw, generator, dtype, device, memory_format), requires_grad)


def randint_like(
    input: Tensor, *bounds: Any, low: int | None = None, high: int | None = None, generator: Any = None,
    dtype: DType | None = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Whole numbers from `low` to `high` - 1 in the shape, dtype, device and memory order of input."""
    low, high = _bounds("randint_like", list(bounds), low, high)
    draw = lambda stream, shape, kind, axes: stream.randint(low, high, shape, kind)
    return _asked(draw_like(input, draw, generator, dtype, device, memory_format), requires_grad)


# --- Fills ------------------------------------------------------------------------------------------------------------


def _fill(name: str, target: Tensor, draw: Draw, generator: Any) -> Tensor:
    """Overwrite a tensor with numbers drawn in the order in which its elements lie in memory."""
    if mode.enabled and target.requires_grad:
        check_writable(name, target)
    if target.is_meta:  # no values, so no numbers are drawn
        return target
    if mode.randomness is not None:
        result = drawn(draw, generator, target.shape, target.dtype, target.device)
        record(name.rstrip("_"), [target], result)
        return write(name, target, meet(target, result)[1])
    stream, kind = stream_of(generator, target.device), dtypes.numpy_dtype(target.dtype)
    if target.is_contiguous():
        values = draw(stream, target.shape, kind, None)
    else:
        layout = np.lib.stride_tricks.as_strided(np.empty((), np.int8), target.shape, target.stride())  # never read
        axes = host.fill_axes(layout)
        values = draw(stream, [target.shape[axis] for axis in axes], kind, axes).transpose(_places(axes))
    result = tensor_of(values, target.dtype, target.device)
    record(name.rstrip("_"), [target], result)
    return write(name, target, result)


def uniform_(self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill with numbers uniform on [from_, to)."""
    low, high = float(from_), float(to)
    return _fill("uniform_", self, lambda stream, shape, kind, axes: stream.uniform(shape, low, high, kind), generator)


def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill with normal numbers."""
    draw = lambda stream, shape, kind, axes: stream.normal(shape, float(mean), float(std), kind, axes is None)
    return _fill("normal_", self, draw, generator)


_UNSAID: Any = object()


def random_(self: Tensor, from_: Any = _UNSAID, to: Any = _UNSAID, *, generator: Any = None) -> Tensor:
    """Fill with whole numbers: `random_()` as far as the dtype counts, `random_(to)` below to, `random_(from_, to)` between."""
    if to is _UNSAID:
        bounds = (None, None) if from_ is _UNSAID else (0, from_)
    else:
        bounds = (0 if from_ is _UNSAID else from_, to)
    return _fill("random_", self, lambda stream, shape, kind, axes: stream.random(shape, kind, *bounds), generator)


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """Fill with 1 at probability `p`, else 0; a tensor `p` holds a probability for each element."""
    if not isinstance(p, Tensor):
        return _fill(
            "bernoulli_", self, lambda stream, shape, kind, axes: stream.bernoulli(float(p), shape, kind), generator
        )
    each = p.detach().expand(self.shape)
    if mode.randomness is not None:
        draw_each = lambda stream, values: stream.bernoulli_tensor(values, dtypes.numpy_dtype(self.dtype))
        return write(
            "bernoulli_", self, meet(self, drawn_for("bernoulli", draw_each, generator, [each], self.dtype))[1]
        )

    def draw(stream: Any, shape: Sequence[int], kind: np.dtype, axes: Any) -> Any:
        probabilities = values_of(each, stream)
        return stream.bernoulli_tensor(probabilities if axes is None else probabilities.transpose(axes), kind)

    return _fill("bernoulli_", self, draw, generator)


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill with exponential numbers of rate `lambd`."""
    return _fill(
        "exponential_", self, lambda stream, shape, kind, axes: stream.exponential(shape, lambd, kind), generator
    )


def geometric_(self: Tensor, p: float, *, generator: Any = None) -> Tensor:
    """Fill with the number of trials up to the first success, each of which has probability `p`."""
    return _fill("geometric_", self, lambda stream, shape, kind, axes: stream.geometric(shape, p, kind), generator)


def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill with Cauchy numbers."""
    return _fill(
        "cauchy_", self, lambda stream, shape, kind, axes: stream.cauchy(shape, median, sigma, kind), generator
    )


def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Tensor:
    """Fill with exp(x) of normal numbers x."""
    return _fill(
        "log_normal_", self, lambda stream, shape, kind, axes: stream.log_normal(shape, mean, std, kind), generator
    )


FUNCTIONS = {
    "Generator": Generator, "default_generator": default_generator, "manual_seed": manual_seed, "seed": seed,
    "initial_seed": initial_seed, "get_rng_state": get_rng_state, "set_rng_state": set_rng_state,
    "thread_safe_generator": thread_safe_generator,
    "rand": rand, "randn": randn, "randint": randint, "randperm": randperm, "normal": normal, "bernoulli": bernoulli,
    "multinomial": multinomial, "poisson": poisson, "binomial": binomial, "_standard_gamma": standard_gamma,
    "_sample_dirichlet": sample_dirichlet, "rand_like": rand_like, "randn_like": randn_like, "randint_like": randint_like,
}  # fmt: skip

METHODS = {
    "uniform_": uniform_, "normal_": normal_, "random_": random_, "bernoulli_": bernoulli_, "exponential_": exponential_,
    "geometric_": geometric_, "cauchy_": cauchy_, "log_normal_": log_normal_, "bernoulli": bernoulli, "multinomial": multinomial,
}  # fmt: skip
