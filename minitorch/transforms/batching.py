"""vmap: an array is a Tensor with one more dimension, hidden in front, and each op works on all its slices together.

Most rows need nothing of their own: elementwise ones broadcast, those along a dimension take the next one, and those with a body
are made of others. `moved.py` has the rest. A row that fits nowhere is applied to one slice after the other, with a warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from minitorch.backend import Array, Device
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.dtypes import DType
from minitorch.ops import stack
from minitorch.rows import OPS, Op
from minitorch.tape import mode
from minitorch.tensor import Tensor
from minitorch.transforms.arguments import bound, called, composed
from minitorch.transforms.arrays import Operators
from minitorch.transforms.level import PLAIN, Level, Transform, current, ground, transforms
from minitorch.transforms.trees import leaves, mapped

RULES: dict[str, Callable] = {}  # row -> rule(values) -> Tensor(s) with the hidden dimension; filled by moved.py

# Rows of the general family whose result has the shape that the operands broadcast to.
ALIGNED = frozenset(
    ("abs", "angle", "cast", "clone", "conj", "contiguous_copy", "fill_masked", "imag", "imaginary", "make_complex", "maximum",
     "minimum", "real", "relu", "relu_gradient", "sgn", "where", "zero_where", "mantissa_exponent", "alias")
)  # fmt: skip
# Rows with a dimension whose operands are not of one rank, or which 0-d slices change.
MADE_OF_OTHERS = frozenset(("resample", "resample_transpose", "unfold"))
# Rows on matrices whose leading dimensions are many matrices: one more of these is nothing new.
MATRICES = frozenset(
    ("cholesky_factor", "compact_lu", "determinant", "eig_factors", "eig_values", "eigh_factors", "eigh_values",
     "inverse_matrix", "matrix_exponential", "qr_factors", "sign_and_log", "svd_factors", "svd_values", "tril", "triu")
)  # fmt: skip


class Batched(Operators):
    """A Tensor of which the first dimension is hidden; or, not `hidden`, one that is the same for all."""

    __slots__ = ("device", "dtype", "hidden", "shape", "value")

    def __init__(self, device: Device, value: Tensor, hidden: bool):
        self.device, self.value, self.hidden = device, value, hidden
        self.shape, self.dtype = value.shape[1:] if hidden else value.shape, value.dtype


class BatchLevel(Level):
    """The kernels of one vmap over one device. `transform.facts` has the number of slices as `count`."""

    def kernel(self, op_name: str) -> Callable | None:
        if op_name in PLAIN:
            return getattr(self, op_name)
        op = OPS.get(op_name)
        if op is None or op.family == "composition":
            return partial(composed, getattr(OPS_ON_TENSORS, op_name), Batched)
        rule = self._rule(op)
        return None if rule is None else partial(self._mapped, op, rule)

    def _rule(self, op: Op) -> Callable | None:
        """How a row gets over the hidden dimension; None if by its body."""
        if op.name in RULES:
            return partial(RULES[op.name], self.count)
        if op.family == "elementwise" or op.name in ALIGNED:
            return partial(_aligned, op)
        if op.name in MATRICES:
            return lambda given: called(op, mapped(plain, given))
        if op.name not in MADE_OF_OTHERS and any(p.kind in ("Dim", "Dims", "DimList") for p in op.settings):
            return partial(_along, op, self.count)
        return partial(_one_by_one, op, self.count) if op.body is None else None

    @property
    def count(self) -> int:
        return self.transform.facts["count"]

    def _mapped(self, op: Op, rule: Callable, *arguments: Any, **settings: Any) -> Any:
        """A row by its rule; on operands that are the same for all slices, just the row."""
        given = bound(op, arguments, settings)
        if any(isinstance(leaf, Batched) and leaf.hidden for p in op.operands for leaf in leaves(given[p.name])):
            return self._raised(op, rule(given), True)
        return self._raised(op, called(op, mapped(plain, given)), False)

    def _raised(self, op: Op, result: Any, hidden: bool) -> Any:
        if isinstance(result, Batched):  # the rule left it to the row's body
            return result
        if isinstance(result, Tensor):
            return Batched(self.device, result, hidden)
        return op.pack([Batched(self.device, part, hidden) for part in result])

    # --- The port -------------------------------------------------------------------------------------------------------

    def lifted(self, tensor: Tensor) -> Batched:
        return Batched(self.device, tensor, False)

    def below(self, array: Batched) -> list[Tensor]:
        return [array.value]

    def to_host(self, array: Batched) -> Any:
        if array.hidden:
            raise RuntimeError(
                "vmap: It looks like you're asking for the value of a Tensor, by .item(), by data-dependent control flow such as "
                "`if tensor:`, or by conversion to NumPy. Inside vmap it stands for many values; use where(...) instead"
            )
        return array.value._to_host()

    def nonzero_arrays(self, mask: Batched) -> tuple:
        if mask.hidden:
            raise RuntimeError(
                "vmap: the shape of this result depends on the values, so that it would differ between slices (nonzero, unique, "
                "masked_select, indexing by a mask); use where(...) instead"
            )
        return super().nonzero_arrays(mask)

    def move(self, array: Batched, dtype: DType, device: Device) -> Batched:
        return Batched(device, array.value.to(device.backend.inner), array.hidden)

    def strides(self, array: Batched) -> tuple[int, ...]:
        return array.value.stride()[1:] if array.hidden else array.value.stride()

    def detached(self, array: Batched) -> Batched:
        return Batched(array.device, array.value.detach(), array.hidden)


# --- The hidden dimension ---------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """The Tensor of an array; anything else as it is."""
    return value.value if isinstance(value, Batched) else value


def in_front(array: Batched, count: int) -> Tensor:
    """The Tensor with `count` slices in front: its own, or the same one again and again."""
    return array.value if array.hidden else array.value.expand(count, *array.value.shape)


def at_rank(array: Array, rank: int) -> Any:
    """The Tensor with 1s behind the hidden dimension, so that `rank` others follow and broadcasting meets the right ones."""
    if not isinstance(array, Batched):
        return array
    missing = rank - len(array.shape)
    if not array.hidden or missing <= 0:
        return array.value
    return array.value.reshape(array.value.shape[0], *[1] * missing, *array.shape)


# --- Families ---------------------------------------------------------------------------------------------------------


def _aligned(op: Op, given: dict[str, Any]) -> Any:
    """What broadcasts goes on broadcasting."""
    operands = [p.name for p in op.operands]
    rank = max(len(given[name].shape) for name in operands if isinstance(given[name], Batched))
    return called(op, {**given, **{name: at_rank(given[name], rank) for name in operands}})


def _along(op: Op, count: int, given: dict[str, Any]) -> Any:
    """What works along some dimensions works along the next ones; 0-d slices get a dimension for the time being."""
    values = {
        name: mapped(lambda part: in_front(part, count) if isinstance(part, Batched) else part, value)
        for name, value in given.items()
    }
    flat = [part for p in op.operands for part in leaves(given[p.name]) if isinstance(part, Batched)]
    alone = all(not part.shape for part in flat)
    for p in op.settings:
        if p.kind == "Dim":
            values[p.name] = given[p.name] + 1
        elif p.kind in ("Dims", "DimList"):
            values[p.name] = (1,) if alone and p.kind == "Dims" else tuple([dim + 1 for dim in given[p.name]])
    if not alone:
        return called(op, values)
    columns = {p.name: mapped(lambda part: part.reshape(count, 1) if isinstance(part, Tensor) else part, values[p.name])
               for p in op.operands}  # fmt: skip
    result = called(op, values | columns)
    return mapped(lambda part: part.reshape(count), result if isinstance(result, Tensor) else list(result))


def _one_by_one(op: Op, count: int, given: dict[str, Any]) -> Any:
    """The row on each slice, and the results on top of each other."""
    warnings.warn(
        f"There is a performance drop because we have not yet implemented the batching rule for {op.name}: it is called once for "
        f"each of {count} slices",
        stacklevel=2,
    )
    results = [called(op, dict(_slice(given, number))) for number in range(count)]
    if isinstance(results[0], Tensor):
        return stack(results)
    return [stack(list(parts)) for parts in zip(*results, strict=True)]


def _slice(given: dict[str, Any], number: int) -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        yield (
            name,
            mapped(
                lambda part: part.value[number] if isinstance(part, Batched) and part.hidden else plain(part), value
            ),
        )


class Randomness:
    """What one vmap does about random numbers inside: "error", "same" for all slices, or "different" for each."""

    def __init__(self, kind: str, transform: Transform):
        self.kind, self.transform, self.outer = kind, transform, mode.randomness

    def __enter__(self) -> None:
        mode.randomness = self

    def __exit__(self, *raised: object) -> None:
        mode.randomness = self.outer

    def drawn(self, draw: Callable[[Any, Device], Tensor], size: Any, device: Device) -> Tensor:
        """`draw(size, device)`, of more numbers where slices differ."""
        self._allowed()
        mode.randomness = self.outer
        try:
            if self.kind == "same":
                return draw(size, ground(device))
            many = draw((self.transform.facts["count"], *size), ground(device))
        finally:
            mode.randomness = self
        return self._slices(many)

    def drawn_for(self, draw: Callable[..., Tensor], sources: Any) -> Tensor:
        """`draw(*sources)`, of Tensors that say how numbers are distributed: with all slices in front, where slices differ."""
        self._allowed()
        arrays = [current(self._outside(source)) for source in sources]
        hidden = any(self.transform.has(tensor) and tensor._array.hidden for tensor in arrays)
        if self.kind == "same" and hidden:
            raise RuntimeError(
                "Vmap does not currently support same randomness with a batched tensor input. Please file an issue with your use "
                "case: draw outside of vmap, or pass randomness='different'"
            )
        before, mode.randomness = mode.randomness, self.outer
        try:
            if self.kind == "same":
                return draw(*[plain(tensor._array) if self.transform.has(tensor) else tensor for tensor in arrays])
            lifted = [tensor if self.transform.has(tensor) else self.transform.enter(tensor) for tensor in arrays]
            rank, count = max(len(tensor.shape) for tensor in lifted), self.transform.facts["count"]
            every = [in_front(tensor._array, count).contiguous() for tensor in lifted]
            return self._slices(draw(*[e.reshape(count, *[1] * (rank + 1 - e.ndim), *e.shape[1:]) for e in every]))
        finally:
            mode.randomness = before

    def _allowed(self) -> None:
        if self.kind == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
                "randomness flags on vmap or perform the randomness operation out of vmap"
            )

    def _slices(self, many: Tensor) -> Tensor:
        """A Tensor with all slices in front, as one of this vmap."""
        return self.transform.enter(many, lambda tensor: Batched(self.transform.over(tensor.device), tensor, True))

    def _outside(self, tensor: Tensor) -> Tensor:
        """The Tensor without what transforms inside of this vmap know of it."""
        inside = transforms()[transforms().index(self.transform) + 1 :]
        while getattr(tensor.device.backend, "transform", None) in inside and inside:
            tensor = tensor.device.backend.below(current(tensor)._array)[0]
        return tensor


def batch_transform(count: int) -> Transform:
    """A run of vmap over `count` slices."""
    return Transform(BatchLevel, count=count)
