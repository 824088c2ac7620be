"""cupy.ufunc: loops, keywords and methods as CuPy has them; NumPy computes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cupy import _indexing
from cupy._array import QUIET, SCALARS, add_methods, cast, device_array, ndarray, operand, poison
from cupy._manifest import HIDDEN, MODULES

try:
    import ml_dtypes
except ImportError:  # then there is no bfloat16 in NumPy either
    ml_dtypes = None

AT = {"add": "add", "subtract": "subtract", "maximum": "max", "minimum": "min"} | {
    f"bitwise_{name}": name for name in ("and", "or", "xor")
}


def dtype_of(character: str) -> np.dtype:
    return np.dtype(ml_dtypes.bfloat16) if character == "E" else np.dtype(character)


class Loop:
    """One line of a ufunc's types, as `ff->f`."""

    def __init__(self, text: str) -> None:
        into, _, out = text.partition("->")
        self.text = text
        self.ins, self.outs = [dtype_of(each) for each in into], [dtype_of(each) for each in out]
        self.used = self._computes_in()

    def _computes_in(self) -> list[np.dtype]:
        """What NumPy is given: its own loops differ for integers that give floats, and know no bfloat16."""
        if all(each.kind in "biu" for each in self.ins) and self.outs[0].kind == "f":
            return [self.outs[0]] * len(self.ins)
        return [np.dtype(np.float32) if each.name == "bfloat16" else each for each in self.ins]

    def takes(self, dtypes: list[np.dtype], weak: list[type | None]) -> bool:
        for given, kind, wanted in zip(dtypes, weak, self.ins, strict=True):
            if not np.can_cast(given, wanted):
                if kind is None:
                    return False
                try:
                    if np.result_type(kind(0), wanted) != wanted:
                        return False
                except TypeError:
                    return False
        return True


def kind_score(dtype: np.dtype | type) -> int:
    kind = np.dtype(dtype).kind
    return {"b": 0, "i": 1, "u": 1}.get(kind, 2)


def descriptions(operands: list[Any]) -> tuple[list[np.dtype], list[type | None]]:
    """The dtype of each operand, and the Python type of those that adapt to the others."""
    weak = [type(each) if type(each) in (int, float, complex) else None for each in operands]
    dtypes = [np.dtype(kind) if kind else np.asarray(each).dtype for kind, each in zip(weak, operands, strict=True)]
    arrays = [kind_score(dtype) for dtype, kind in zip(dtypes, weak, strict=True) if kind is None]
    scalars = [kind_score(kind) for kind in weak if kind]
    adapts = bool(arrays and scalars) and max(arrays) >= max(scalars)
    return dtypes, weak if adapts else [None] * len(operands)


class ufunc:
    """One elementwise function; the stand-in has no others than the manifest."""

    def __init__(self, entry: dict[str, Any], compute: Callable) -> None:
        self.name = self.__name__ = entry["name"]
        self.nin, self.nout, self.types = entry["nin"], entry["nout"], entry["types"]
        self.nargs = self.nin + self.nout
        self._loops, self._loops_by_dtype = (
            [Loop(each) for each in types if ml_dtypes or "E" not in each]
            for types in (self.types, entry.get("dtype_types", self.types))
        )
        self._refused = entry.get("refused", ())
        self._compute = compute
        self._chosen: dict[Any, Loop] = {}
        self._plain = self.name.removeprefix("cupy_")

    def __repr__(self) -> str:
        return f"<ufunc '{self.name}'>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        out, dtype, where = kwargs.pop("out", None), kwargs.pop("dtype", None), kwargs.pop("_where", None)
        casting = kwargs.pop("casting", "same_kind")
        if kwargs:
            raise TypeError(f"Wrong arguments {kwargs}")
        if not self.nin <= len(args) <= self.nargs:
            raise TypeError(
                f"Wrong number of arguments for {self.name!r}. It must be either {self.nin} or {self.nargs} (with outputs), "
                f"but given {len(args)}."
            )
        outs = self._outputs(args[self.nin :], out)
        operands = [operand(each) for each in args[: self.nin]]
        loop = self._loop(operands, dtype)
        if loop.text in self._refused:
            raise TypeError(f"cupy.{self._plain} takes no {loop.ins[0]}; use bitwise or logical functions instead")
        results = self._results(loop, operands)
        written = [
            self._write(result, target, dtype, casting, where)
            for result, target, dtype in zip(results, outs, loop.outs, strict=True)
        ]
        return written[0] if self.nout == 1 else tuple(written)

    def _outputs(self, positional: tuple, out: Any) -> list[ndarray | None]:
        if out is not None and positional:
            raise ValueError("Cannot specify 'out' as both a positional and keyword argument")
        if out is not None and not isinstance(out, tuple):
            if self.nout != 1:
                raise ValueError("'out' must be a tuple of arrays")
            out = (out,)
        given = list(positional or out or ())
        if out is not None and len(given) != self.nout:
            raise ValueError("The 'out' tuple must have exactly one entry per ufunc output")
        for each in given:
            if each is not None and not isinstance(each, ndarray):
                raise TypeError(f"Unsupported type {type(each)}")
            if each is not None:
                operand(each)
        return given + [None] * (self.nout - len(given))

    def _loop(self, operands: list[Any], dtype: Any) -> Loop:
        if dtype is not None:
            wanted = np.dtype(dtype)
            for loop in self._loops_by_dtype:
                if all(each == wanted for each in loop.outs):
                    return loop
            raise TypeError(f"Wrong type ({wanted}) of arguments for {self.name}")
        key = tuple([each.dtype if isinstance(each, np.ndarray | np.generic) else type(each) for each in operands])
        if key not in self._chosen:
            dtypes, weak = descriptions(operands)
            found = next((loop for loop in self._loops if loop.takes(dtypes, weak)), None)
            if found is None:
                raise TypeError(f"Wrong type ({tuple(dtypes)}) of arguments for {self.name}")
            self._chosen[key] = found
        return self._chosen[key]

    def _results(self, loop: Loop, operands: list[Any]) -> list[np.ndarray]:
        with np.errstate(**QUIET):
            inputs = []
            for each, given, used in zip(operands, loop.ins, loop.used, strict=True):
                if isinstance(each, np.ndarray):
                    inputs.append(cast(each if each.dtype == given else cast(each, given), used))
                elif type(each) is int and given.kind in "iu":
                    inputs.append(np.asarray(given.type(each)).astype(used))  # OverflowError where it doesn't fit
                else:
                    inputs.append(cast(np.asarray(each), given).astype(used))
            results = self._compute(*inputs)
            results = results if isinstance(results, tuple) else (results,)
            return [cast(np.asarray(result), dtype) for result, dtype in zip(results, loop.outs, strict=True)]

    def _write(self, result: np.ndarray, target: ndarray | None, dtype: np.dtype, casting: str, where: Any) -> ndarray:
        if target is None:
            if where is None:
                return device_array(result)
            target = device_array(poison(np.empty(np.broadcast_shapes(result.shape, np.shape(operand(where))), dtype)))
        if not np.can_cast(dtype, target.dtype, casting):
            raise TypeError(
                f"output (typecode '{dtype.char}') could not be coerced to provided output parameter "
                f"(typecode '{target.dtype.char}') according to the casting rule \"{casting}\""
            )
        if np.broadcast_shapes(result.shape, target.shape) != target.shape:
            raise ValueError("Out shape is mismatched")
        with np.errstate(**QUIET):
            np.copyto(target._host, cast(result, target.dtype), where=True if where is None else operand(where))
        return target

    def outer(self, A: Any, B: Any, **kwargs: Any) -> Any:
        return self(A.reshape(A.shape + (1,) * B.ndim), B.reshape((1,) * A.ndim + B.shape), **kwargs)

    def at(self, a: ndarray, indices: Any, b: Any = None) -> None:
        if self._plain not in AT:
            raise NotImplementedError(f"`{self.name}.at` is not supported yet")
        _indexing.scatter(a, indices, b, AT[self._plain])

    def reduce(
        self, array: ndarray, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> ndarray:
        if self._plain not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.reduce` is not supported yet")
        return (array.sum if self._plain == "add" else array.prod)(axis, dtype, out, keepdims)

    def accumulate(self, array: ndarray, axis: int = 0, dtype: Any = None, out: Any = None) -> ndarray:
        if self._plain not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.accumulate` is not supported yet")
        return (array.cumsum if self._plain == "add" else array.cumprod)(axis, dtype, out)

    def reduceat(self, array: ndarray, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> ndarray:
        if self._plain != "add":
            raise NotImplementedError(f"`{self.name}.reduceat` is not supported yet")
        if out is not None:
            raise NotImplementedError("the stand-in's reduceat writes to no output")
        places = operand(indices) if isinstance(indices, ndarray) else np.asarray(indices)
        return device_array(np.add.reduceat(operand(array), places, axis, dtype))


ufunc.__module__ = "cupy"


def erf(x: np.ndarray) -> np.ndarray:
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def erfc(x: np.ndarray) -> np.ndarray:
    return np.vectorize(math.erfc, otypes=[np.float64])(x)


def log_gamma(x: float) -> float:
    pole = (x <= 0 and x == int(x)) or abs(x) == math.inf
    return math.inf if pole else math.lgamma(x)


def lgamma(x: np.ndarray) -> np.ndarray:
    return np.vectorize(log_gamma, otypes=[np.float64])(x)


def floor_divide(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """CuPy's floats: the floor of the rounded quotient, which NumPy's is not where it lies near a whole number."""
    return np.floor(x / y) if x.dtype.kind == "f" else np.floor_divide(x, y)


def remainder(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return x - floor_divide(x, y) * y if x.dtype.kind == "f" else np.remainder(x, y)


def fmod(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """CuPy's integers go through float64, and lose what lies beyond 2**53."""
    if x.dtype.kind == "f":
        return np.fmod(x, y)
    return np.where(y == 0, 0, np.fmod(x.astype(float), np.where(y == 0, 1, y).astype(float)))


def power(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Integers to negative integers: 1 and -1 have powers, of all others it is 0."""
    if x.dtype.kind == "b":
        x, y = x.astype(np.int8), y.astype(np.int8)
    if x.dtype.kind != "i":
        return np.power(x, y)
    of_one = np.where(x == -1, np.where(y & 1, -1, 1), x == 1).astype(x.dtype)
    return np.where(y < 0, of_one, np.power(x, np.maximum(y, 0)))


OWN: dict[str, Callable] = {
    "floor_divide": floor_divide,
    "remainder": remainder,
    "fmod": fmod,
    "power": power,
    "ceil": lambda x: np.ceil(x) if x.dtype.kind == "f" else x,
    "floor": lambda x: np.floor(x) if x.dtype.kind == "f" else x,
    "trunc": lambda x: np.trunc(x) if x.dtype.kind == "f" else x,
    "erf": erf,
    "erfc": erfc,
    "expit": lambda x: 1 / (1 + np.exp(-x)),
    "gammaln": lgamma,
    "i0": np.i0,
    "fix": lambda x: np.trunc(x) if x.dtype.kind == "f" else x,
    "sinc": np.sinc,
    "xlogy": lambda x, y: np.where((x == 0) & ~np.isnan(y), 0, x * np.log(y)),
    "log_expit": lambda x: -np.logaddexp(0, -x),
    "entr": lambda x: np.where(x > 0, -x * np.log(x), np.where(x == 0, 0, -np.inf)),
}


def not_computed(name: str) -> Callable:
    def compute(*inputs: np.ndarray) -> Any:
        raise NotImplementedError(
            f"CuPy has the ufunc {name}, and this stand-in doesn't compute it; add it to _ufuncs.OWN"
        )

    return compute


def ufuncs(home: str) -> dict[str, ufunc]:
    """The ufuncs of a module; those of two names are one object, as in CuPy."""
    made: dict[str, ufunc] = {}
    found = {}
    for name, entry in MODULES[home].items():
        if entry["kind"] == "ufunc":
            plain = entry["name"].removeprefix("cupy_").removeprefix("cupyx_scipy_special_")
            compute = OWN.get(plain) or getattr(np, plain, None) or getattr(np, name, None)
            if entry["name"] not in made:
                made[entry["name"]] = ufunc(entry, compute or not_computed(name))
            found[name] = made[entry["name"]]
    return found


TOP = ufuncs("cupy")
where_ufunc = ufunc(HIDDEN["where"], np.where)
clip_ufunc = ufunc(HIDDEN["clip"], lambda a, low, high: np.minimum(np.maximum(a, low), high))
round_ufunc = ufunc(HIDDEN["round"], lambda x, decimals: np.round(x, int(decimals)))


def defers(left: ndarray, right: Any) -> bool:
    """Whether an operator leaves the work to its right operand, which is no array of CuPy."""
    if hasattr(right, "__array_ufunc__"):
        return right.__array_ufunc__ is None
    return getattr(right, "__array_priority__", 0) > left.__array_priority__


def operator(function: ufunc, swapped: bool = False) -> Callable:
    def method(self: ndarray, other: Any) -> Any:
        if not isinstance(other, (ndarray, *SCALARS)):
            if defers(self, other):
                return NotImplemented
            raise TypeError(f"Unsupported type {type(other)}")
        return function(other, self) if swapped else function(self, other)

    return method


def in_place(function: ufunc) -> Callable:
    return lambda self, other: function(self, other, self)


def array_ufunc(self: ndarray, numpy_ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy's own functions hand over to CuPy's of the same name."""
    function = TOP.get(numpy_ufunc.__name__)
    if method != "__call__" or function is None:
        return NotImplemented
    if "out" in kwargs:
        kwargs["out"] = kwargs["out"][0]
    for each in (*inputs, kwargs.get("out")):
        if each is not None and not isinstance(each, (ndarray, np.ndarray, *SCALARS)):
            return NotImplemented
    return function(*inputs, **kwargs)


OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "lshift": "left_shift", "rshift": "right_shift", "and": "bitwise_and",
    "or": "bitwise_or", "xor": "bitwise_xor",
}  # fmt: skip
COMPARISONS = {
    "lt": "less",
    "le": "less_equal",
    "eq": "equal",
    "ne": "not_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
add_methods(
    {
        f"__{name}__": operator(TOP[function])
        for name, function in (OPERATORS | COMPARISONS | {"divmod": "divmod"}).items()
    }
    | {f"__r{name}__": operator(TOP[function], True) for name, function in (OPERATORS | {"divmod": "divmod"}).items()}
    | {f"__i{name}__": in_place(TOP[function]) for name, function in OPERATORS.items()}
    | {
        "__neg__": lambda self: TOP["negative"](self),
        "__pos__": lambda self: TOP["positive"](self),
        "__abs__": lambda self: TOP["absolute"](self),
        "__invert__": lambda self: TOP["invert"](self),
        "__array_ufunc__": array_ufunc,
        "conj": lambda self: TOP["conj"](self) if self.dtype.kind == "c" else self,
        "conjugate": lambda self: TOP["conj"](self) if self.dtype.kind == "c" else self,
    }
)
