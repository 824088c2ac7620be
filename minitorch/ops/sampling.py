"""Random numbers whose distribution tensors say: a probability, a rate, weights for each element.

The result is no function of the parameters that has a derivative: on the tape these get zeros, as in PyTorch, or, where PyTorch
refuses, an error at backward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minitorch import dtypes
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.errors import DeviceMismatch, message
from minitorch.inplace import written
from minitorch.ops.generators import DeviceGenerator, stream_of
from minitorch.ops.sampling_gradients import gamma_drawn, shares_drawn
from minitorch.tape import mode, new_node
from minitorch.tensor import Tensor, wrap

# --- On the tape ------------------------------------------------------------------------------------------------------


class _Drawn:
    """The op of drawn numbers, on the tape: they don't vary with what was there, so all gradients are zero."""

    saves, saves_out, several = (), False, False

    def __init__(self, name: str):
        self.name = name
        self.grad_name = "".join([part.capitalize() for part in name.split("_")]) + "Backward0"

    def pull(self, node, g, k):
        return tuple([k.new_full(g, shape, 0) for shape in node.params])

    def pull_tensors(self, node, g, ops, wrap):
        return self.pull(node, g, ops)


class _Undefined(_Drawn):
    """The op of numbers of which PyTorch, or this library so far, has no derivative."""

    def pull(self, node, g, k):
        raise RuntimeError(f"derivative for {self.name} is not implemented; detach() what it is drawn for")


def record(name: str, sources: Sequence[Tensor], result: Tensor, op: type[_Drawn] = _Drawn) -> None:
    """Let drawn numbers require grad if something that they were drawn for does, as PyTorch does."""
    if mode.enabled and any(source.requires_grad for source in sources):
        shapes = [tuple(source.shape) for source in sources]
        result._node = new_node(op(name), tuple([source._node for source in sources]), result, params=shapes)


# --- Parameters as the generator takes them ---------------------------------------------------------------------------


def tensor_of(array: Any, dtype: DType, device: Device) -> Tensor:
    """Drawn numbers on their device; the host's are moved there."""
    backend = device.backend
    return wrap(backend.from_host(array, dtype, device) if backend.random_namespace is None else array, dtype, device)


def values_of(value: Any, stream: Any) -> Any:
    """What a generator takes: numbers, and arrays where it draws."""
    if not isinstance(value, Tensor):
        return value
    if not isinstance(stream, DeviceGenerator):
        return value._to_host()
    if value._view is not None:
        value._sync()
    return value._array


def drawn_for(
    name: str,
    draw: Callable[..., Any],
    generator: Any,
    sources: Sequence[Tensor],
    dtype: DType,
    out: Any = None,
    op: type[_Drawn] = _Drawn,
) -> Tensor:
    """draw(stream, *values), whose distribution comes from tensors; on the tape these get zeros.

    Inside vmap it is drawn for all slices together: then the values have more dims in front.
    """
    device = sources[0].device
    for source in sources:
        if source.device is not device:
            raise DeviceMismatch(
                message(
                    f"{name}(): Expected all tensors to be on the same device",
                    expected=device.qualified,
                    got=source.device.qualified,
                    hint="move them first, for example with tensor.to(other.device)",
                )
            )
    if mode.randomness is not None:
        result = mode.randomness.drawn_for(
            lambda *below: drawn_for(name, draw, generator, below, dtype, None, op), sources
        ).to(device)
    else:
        stream = stream_of(generator, device)
        result = tensor_of(draw(stream, *[values_of(source, stream) for source in sources]), dtype, device)
    if out is not None:
        return written(name, out, result)
    if dtype.inexact:
        record(name, sources, result, op)
    return result


# --- Samplers ---------------------------------------------------------------------------------------------------------


def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None, out: Any = None) -> Tensor:
    """1 with the probability that `input` holds (or with probability `p`, in the shape of input), else 0.

    >>> import minitorch
    >>> minitorch.bernoulli(minitorch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    dtype = out.dtype if isinstance(out, Tensor) else input.dtype
    if p is None:
        draw = lambda stream, values: stream.bernoulli_tensor(values, dtypes.numpy_dtype(dtype))
    else:
        draw = lambda stream, values: stream.bernoulli(p, values.shape, dtypes.numpy_dtype(dtype))
    return drawn_for("bernoulli", draw, generator, [input], dtype, out)


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Tensor:
    """Indices drawn with the weights `input`: (K,) gives (num_samples,), (N, K) gives (N, num_samples), int64.

    >>> import minitorch
    >>> minitorch.multinomial(minitorch.tensor([0.0, 3.0, 0.0]), 2, replacement=True)
    tensor([1, 1])
    """
    if isinstance(out, Tensor) and out.dtype is not dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype!r}")

    def draw(stream: Any, weights: Any) -> Any:
        slices = weights.shape[:-1] if weights.ndim > max(input.ndim, 2) else None  # of vmap, and rows
        rows = weights if slices is None else weights.reshape(-1, weights.shape[-1])
        found = stream.multinomial(rows, num_samples, replacement)
        return found if slices is None else found.reshape(*slices, num_samples)

    return drawn_for("multinomial", draw, generator, [input], dtypes.int64, out)


def poisson(input: Tensor, generator: Any = None) -> Tensor:
    """How often events occur that are expected `input` times, elementwise: whole numbers in the dtype of input.

    >>> import minitorch
    >>> minitorch.poisson(minitorch.tensor([0.0, 0.0]))
    tensor([0., 0.])
    """
    return drawn_for("poisson", lambda stream, rate: stream.poisson(rate), generator, [input], input.dtype)


def binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Tensor:
    """Successes in `count` trials that succeed with probability `prob`, elementwise: whole numbers in their floating dtype.

    >>> import minitorch
    >>> minitorch.binomial(minitorch.tensor([3.0, 3.0]), minitorch.tensor([0.0, 1.0]))
    tensor([0., 3.])
    """
    if not count.dtype.is_floating_point:
        raise ValueError(f"binomial only supports floating-point dtypes for count, got: {count.dtype!r}")
    if prob.dtype is not count.dtype:
        raise RuntimeError(
            f"binomial(): Found dtype {prob.dtype!r} for prob but expected {count.dtype!r}, that of count"
        )
    draw = lambda stream, count, prob: stream.binomial(count, prob)
    return drawn_for("binomial", draw, generator, [count, prob], count.dtype, op=_Undefined)


def standard_gamma(input: Tensor, generator: Any = None) -> Tensor:
    """Gamma numbers of shape `input` and rate 1, elementwise; they move with their shape by `_standard_gamma_grad`."""
    draw = lambda stream, shape: stream.standard_gamma(shape)
    return gamma_drawn(input, drawn_for("_standard_gamma", draw, generator, [input.detach()], input.dtype))


def sample_dirichlet(input: Tensor, generator: Any = None) -> Tensor:
    """Parts of 1 along the last dimension, of a Dirichlet distribution with the concentrations `input`.

    They move with these by `_dirichlet_grad`.
    """
    draw = lambda stream, concentrations: stream.dirichlet(concentrations)
    return shares_drawn(input, drawn_for("_sample_dirichlet", draw, generator, [input.detach()], input.dtype))
