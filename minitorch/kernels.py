"""`k`: the namespace through which ops call kernels, `k.add(a, b)` on raw arrays.

A kernel has its op's name and signature. Looked up once and then cached: the backend's own kernel of that name, else the op's
body with `k` bound to that backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from .dtypes import FLOAT8, DType, bfloat16, float16, float32, float64
from .errors import KernelMissing, message

if TYPE_CHECKING:
    from .backend import Array, Backend

BODIES: dict[str, Callable] = {}  # op name -> the row's body, filled by the op table
WIDE: dict[str, Callable] = {}  # op name -> the body as it is written, of those that BODIES holds `in_float64`
POINTWISE: set[str] = set()  # the ops whose bodies make each element of the operands' elements at its place alone

# Kernels that every backend must have besides those of the core rows: bodies and rules call them as `k.<name>`.
SUPPORT = {
    "reshape(input, shape)": "the elements in row-major order under another shape, copied where they must be",
    "new_full(input, size, fill_value, dtype=None)": "one value everywhere, where `input` lives, in its dtype or a DType",
    "arange_like(input, end)": "0, 1, ... end - 1 as int64, where `input` lives",
    "pow(input, exponent)": "input ** exponent; of whole numbers, only powers from 0 up are asked for",
    "argsort_stable(input, dim, descending)": "the int64 indices that sort along `dim`; equal values keep their order",
    "nonzero_arrays(mask)": "where a mask is True: a tuple of one int64 vector per dimension",
    "lowest(input)": "a 0-d array of what no value of this dtype is below: -inf, or the smallest integer",
}


class Kernels:
    """`k`: a backend's kernels by op name, each looked up once."""

    def __init__(self, backend: Backend):
        self.__dict__["backend"] = backend

    def __getattr__(self, name: str) -> Callable:
        backend = self.__dict__["backend"]
        kernel = backend.kernel(name)
        if kernel is None:
            body = BODIES.get(name)
            if body is None:
                raise KernelMissing(
                    message(
                        f"the backend {backend.name!r} has no kernel {name!r}, and the op table has no body for it",
                        expected="a kernel for each core row of the op table, or a row with a body",
                        hint=f"give {type(backend).__name__} a method {name!r} with the row's signature, or use another backend",
                    )
                )
            kernel = partial(body, self)
        self.__dict__[name] = kernel
        return kernel


class GuardedKernels(Kernels):
    """`k` of one of several devices, where a library computes on a current one: each kernel runs with this one current."""

    def __init__(self, backend: Backend, kernels: Kernels, guard: AbstractContextManager):
        super().__init__(backend)
        self.__dict__.update(kernels=kernels, guard=guard)

    def __getattr__(self, name: str) -> Callable:
        kernel, guard = getattr(self.__dict__["kernels"], name), self.__dict__["guard"]

        def guarded(*arguments: Any, **settings: Any) -> Any:
            with guard:
                return kernel(*arguments, **settings)

        self.__dict__[name] = guarded
        return guarded


class ShortKernels(Kernels):
    """`k` for float16 and bfloat16 where the library computes them badly: in float32, rounded once at the end.

    And for float8, which is moved and compared in the same way, and not computed in.
    """

    def __init__(self, backend: Backend, kernels: Kernels):
        super().__init__(backend)
        self.__dict__["kernels"] = kernels

    def __getattr__(self, name: str) -> Callable:
        backend = self.__dict__["backend"]
        kernel = getattr(self.__dict__["kernels"], name)
        if name not in backend.short_kernels:
            kernel = _in_float32(name, kernel, backend, self.__dict__["kernels"].cast)
        self.__dict__[name] = kernel
        return kernel


# What is done to types that are for storage alone: these move numbers, or compare them.
STORAGE_KERNELS = """
    abs alias as_strided_contiguous as_strided_scatter basic_index cat clone conj contiguous_copy copy diag_embed diagonal
    diagonal_scatter eq expand fill flip full_like gather index index_select isfinite isinf isnan isreal masked_select ne new_full
    pad_constant permute positive real repeat_interleave reshape reshape_copy roll select_scatter slice_scatter stack take
    transpose tril triu unfold view_as_size where zero zero_where
"""
ON_STORAGE = frozenset(STORAGE_KERNELS.split())


def _in_float32(name: str, kernel: Callable, backend: Backend, cast: Callable) -> Callable:
    short = {backend.native_dtype(dtype): dtype for dtype in (float16, bfloat16, *FLOAT8) if backend.supports(dtype)}
    full = backend.native_dtype(float32)

    def widened(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)([widened(part) for part in value])
        return cast(value, float32) if getattr(value, "dtype", None) in short else value

    def narrowed(value: Any, dtype: DType) -> Any:
        if isinstance(value, list | tuple):
            return type(value)([narrowed(part, dtype) for part in value])
        return cast(value, dtype) if getattr(value, "dtype", None) == full else value

    def compute(*arguments: Any, **settings: Any) -> Any:
        dtype = next(_dtypes_in(arguments, short), None)
        if dtype is not None and dtype.storage and name not in ON_STORAGE:
            raise NotImplementedError(
                f"not implemented for {dtype!r}, which is for storage; convert it with .float() first"
            )
        result = kernel(*widened(arguments), **settings)
        return result if dtype is None else narrowed(result, dtype)

    return compute


def _dtypes_in(arguments: Any, short: dict[Any, DType]) -> Iterator[DType]:
    for argument in arguments:
        if isinstance(argument, list | tuple):
            yield from _dtypes_in(argument, short)
        elif getattr(argument, "dtype", None) in short:
            yield short[argument.dtype]


def in_float64(body: Callable) -> Callable:
    """A body that computes float32 in float64 and rounds once."""

    def compute(k: Kernels, *arguments: Any) -> Array:
        like = next(argument for argument in arguments if hasattr(argument, "dtype"))
        if k.backend.dtype_of(like) is not float32:
            return body(k, *arguments)
        wide = [k.cast(argument, float64) if hasattr(argument, "dtype") else argument for argument in arguments]
        return k.cast(body(k, *wide), float32)

    return compute


class Writers(dict):
    """The kernels that can write into an array that they are given, by op name (or None): `writers["add"](a, b, target)`."""

    allowed = True  # not while ops are watched (watching.py): each write is an op then that an observer sees
    shared: ClassVar[dict[str, Writers]] = {}  # those of each library, by the backend's name

    def __init__(self, backend: Backend):
        self.backend = backend

    def __missing__(self, name: str) -> Callable | None:
        kernel = self[name] = self.backend.kernel_into(name) if Writers.allowed else None
        return kernel

    @classmethod
    def allow(cls, allowed: bool) -> None:
        """Find writers from now on, or none."""
        cls.allowed = allowed
        for writers in cls.shared.values():
            writers.clear()
