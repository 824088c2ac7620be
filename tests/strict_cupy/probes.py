"""What a CuPy answers to about 200 small questions, as JSON: the truths that the stand-in is held against.

    python tests/strict_cupy/probes.py --json tests/strict_cupy/truths.json     on a machine with a GPU

It runs on whichever `cupy` is imported, and says which one that was. A probe is an expression; its answer is dtype, shape,
order and elements of the result, or the name of the exception. Where the answer is left open (the winner of two writes), the
probe asks only what is certain.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

GROUPS: dict[str, str] = {}
GROUPS["what comes from the host"] = """
np.asarray(cp.arange(3))
np.array([cp.arange(3)[0]])
np.from_dlpack(cp.arange(3))
cp.arange(3) + np.arange(3)
np.arange(3) + cp.arange(3)
cp.arange(3) + [1, 2, 3]
cp.arange(3) == None
cp.exp([1.0])
cp.exp(np.ones(2))
np.exp(cp.ones(2))
np.sum(cp.ones(2))
cp.add(cp.ones(2), np.float32(1))
cp.ones(2, 'f') + np.float64(1)
cp.ones(2, 'f') + 1.0
cp.ones(2, 'f') + 1j
cp.ones(2, 'B') + 1
cp.ones(2, 'B') + 300
cp.ones(2, 'B') - 2
cp.ones(2, 'b') + 1.5
cp.ones(2, '?') + 1
cp.ones(2, '?') + True
np.float32(2) * cp.ones(2, 'e')
cp.concatenate([cp.ones(1), np.ones(1)])
cp.stack([cp.ones(1), [1.0]])
cp.sum([1, 2])
cp.where(np.array([True]), cp.ones(1), cp.zeros(1))
cp.maximum(cp.ones(2), [1, 2])
cp.array([cp.ones(2), cp.zeros(2)])
cp.from_dlpack(np.ones(2))
cp.asarray(np.ones((2, 2), order='F'))
cp.asarray('text')
cp.array([object()])
cp.full(2, np.array(3.0))
cp.searchsorted(cp.arange(4), 2)
cp.searchsorted(cp.arange(4), np.array([2]))
fill(cp.zeros(3), np.ones(3))
fill(cp.zeros(3), np.array(2.0))
"""
GROUPS["keywords"] = """
cp.sum(cp.ones(3), where=cp.ones(3, '?'))
cp.sum(cp.ones(3), initial=1)
cp.max(cp.ones(3), initial=1)
cp.add(1, cp.ones(2), where=cp.ones(2, '?'))
cp.add(cp.ones(2), 1, order='C')
cp.take(cp.arange(3), 1, mode='clip')
cp.argsort(cp.arange(3), stable=True)
cp.sort(cp.arange(3), kind='quicksort')
cp.sort(cp.arange(3), kind='stable')
cp.argpartition(cp.arange(3), 1, kind='introselect')
cp.einsum('i,i->', cp.ones(2), cp.ones(2), order='C')
cp.einsum('i,i->', cp.ones(2), cp.ones(2))
cp.zeros(2, device='gpu')
cp.zeros(2, like=cp.zeros(1))
cp.unique(cp.arange(3), sorted=True)
cp.count_nonzero(cp.arange(3), keepdims=True)
cp.clip(cp.arange(3), min=0, max=1)
cp.arange(3).clip(min=1, max=1)
cp.clip(cp.arange(3), 1, 1)
cp.var(cp.ones(3), correction=1)
cp.std(cp.ones(3), mean=1)
cp.astype(cp.ones(2), 'i')
cp.reshape(cp.ones(4), newshape=(2, 2))
cp.reshape(cp.ones(4), shape=(2, 2))
cp.vecdot(cp.ones(2), cp.ones(2))
cp.linalg.vecdot(cp.ones(2), cp.ones(2))
cp.errstate(all='ignore')
cp.block([[cp.ones(1)]])
cp.ones(2).to_device('cpu')
cp.ones(2).__array_namespace__()
cp.ones(2).setflags(write=False)
cp.ones(2).flags.writeable
range(cp.array(3))
[1, 2][cp.array(1)]
"""
GROUPS["methods of ufuncs"] = """
at(cp.add, cp.zeros(3), cp.array([0, 0, 5]), 1.0)
at(cp.subtract, cp.zeros(3, 'i'), cp.array([0, 0]), 1)
at(cp.subtract, cp.zeros(3), cp.array([0, 0]), 1.0)
at(cp.multiply, cp.ones(3), cp.array([0, 0]), 2.0)
at(cp.maximum, cp.zeros(3), cp.array([0, 0]), cp.array([1.0, 3.0]))
at(cp.maximum, cp.zeros(3, 'e'), cp.array([0, 0]), cp.array([1.0, 3.0]))
at(cp.add, cp.zeros(3, 'e'), cp.array([0, 0]), cp.array([1.0, 3.0]))
at(cp.add, cp.zeros(3, 'q'), cp.array([0, 0]), cp.array([1, 3]))
at(cp.add, cp.zeros(3, 'h'), cp.array([0, 0]), cp.array([1, 3]))
at(cp.add, cp.zeros(3, 'F'), cp.array([0, 0]), 1.0)
at(cp.add, cp.zeros(3, bfloat16), cp.array([0, 0]), 1.0)
at(cp.bitwise_or, cp.zeros(3, 'i'), cp.array([0, 0]), cp.array([1, 2]))
cp.add.reduce(cp.arange(6).reshape(2, 3))
cp.multiply.reduce(cp.arange(1, 4))
cp.maximum.reduce(cp.arange(3))
cp.add.accumulate(cp.arange(3))
cp.maximum.accumulate(cp.arange(3))
cp.add.reduceat(cp.arange(6), cp.array([0, 2, 4]))
cp.maximum.reduceat(cp.arange(6), cp.array([0, 2, 4]))
cp.multiply.outer(cp.arange(2), cp.arange(3))
"""
GROUPS["places"] = """
cp.arange(3)[5]
cp.arange(3)[cp.array([5, -4])]
cp.arange(3)[[1, 3]]
cp.arange(3)[np.array([1, 3])]
cp.arange(3)[cp.array(1)]
cp.arange(3)[cp.array([1.0])]
cp.arange(12).reshape(3, 4)[cp.array([4]), cp.array([-5])]
cp.arange(12).reshape(3, 4)[:, cp.array([9])]
cp.arange(12).reshape(3, 4)[cp.array([0, 1]), :, None]
cp.arange(3)[cp.array([True, False, True])]
cp.arange(3)[cp.array([True, False])]
cp.arange(3)[0, 0]
write(cp.zeros(3), cp.array([4]), 7.0)
write(cp.zeros(3), cp.array([True, False, True]), 7.0)
write(cp.zeros(3), cp.array([True, False, True]), cp.array([1.0, 2.0]))
write(cp.zeros(3), cp.array([0, 1]), [1, 2])
write(cp.zeros(3), slice(0, 2), [1, 2])
write(cp.zeros(3), slice(0, 2), np.array([1.0, 2.0]))
write(cp.zeros(3), slice(None), np.array([1.0, 2.0, 3.0]))
write(cp.zeros(3), slice(None), np.array([1, 2, 3]))
write(cp.zeros((2, 2)), 0, cp.array([1, 2]))
write(cp.zeros(2), slice(None), cp.array([1 + 2j, 3]))
len(set(write(cp.zeros(1), cp.zeros(50, 'i'), cp.arange(50.0)).get().tolist()) & set(range(50)))
cp.take(cp.arange(3), cp.array([7, -1]))
cp.take(cp.arange(3), [7])
cp.take(cp.arange(3), np.array([7]))
cp.take(cp.arange(6).reshape(2, 3), cp.array(3), axis=1)
cp.take(cp.ones(0), cp.array([0]))
cp.take_along_axis(cp.arange(6).reshape(2, 3), cp.array([[4], [-1]]), 1)
cp.take_along_axis(cp.arange(6).reshape(2, 3), cp.array([0]), 1)
put(cp.arange(3), cp.array([4]), 9)
put(cp.arange(3), cp.array([4]), 9, 'clip')
put(cp.arange(3), cp.array([4]), 9, 'raise')
cp.nonzero(cp.array([0, 1, 2]))
cp.nonzero(cp.array(1))
cp.argwhere(cp.array([[0, 1], [1, 0]]))
cp.repeat(cp.arange(2), cp.array([1, 2]))
cp.repeat(cp.arange(2), [1, 2])
cp.repeat(cp.arange(2), np.array([1, 2]))
"""
GROUPS["reductions"] = """
cp.sum(cp.ones(3))
cp.sum(cp.ones(3, 'i'))
cp.sum(cp.ones(3, 'B'))
cp.sum(cp.ones(3, '?'))
cp.sum(cp.ones(3, '?'), dtype='?')
cp.sum(cp.full(3000, 1.0, 'e'))
cp.sum(cp.ones(3, bfloat16))
cp.mean(cp.ones(3, 'e'))
cp.mean(cp.ones(3, 'i'))
cp.prod(cp.full(3, 2, 'b'))
cp.var(cp.arange(4), ddof=1)
cp.std(cp.array([1 + 1j, 2]))
cp.max(cp.array([1.0, nan, 2.0]))
cp.min(cp.array([1.0, nan, 2.0]))
cp.argmax(cp.array([1.0, nan, 2.0]))
cp.max(cp.ones(0))
cp.sum(cp.ones(0))
cp.argmax(cp.ones((2, 3)), axis=(1,))
cp.all(cp.ones(3, 'B'))
cp.any(cp.zeros((2, 3)), axis=1, keepdims=True)
cp.cumsum(cp.ones((2, 2), 'i'))
cp.cumsum(cp.ones(3, '?'))
cp.cumprod(cp.arange(1, 4), axis=0)
cp.cumsum(cp.array(3.0), axis=0)
cp.logaddexp(cp.array([-inf, 0.0]), cp.array([-inf, 0.0]))
cp.count_nonzero(cp.arange(4))
cp.nansum(cp.array([1.0, nan]))
cp.nanmax(cp.array([nan, nan]))
cp.median(cp.arange(4))
cp.allclose(cp.ones(2), cp.ones(2))
cp.array_equal(cp.ones(2), cp.ones(2))
bool(cp.ones(2))
bool(cp.ones(0))
float(cp.ones(1))
int(cp.array(2.7))
"""
GROUPS["numbers"] = """
cp.array([7, -7]) // cp.array([0, 0])
cp.array([7, -7]) % cp.array([0, 0])
cp.array([7.0, -7.0]) // 0.0
cp.array([7.0, -7.0, 1.0, -1.0]) % cp.array([3.0, 3.0, inf, inf])
cp.fmod(cp.array([7, -7]), cp.array([3, 0]))
cp.fmod(cp.array([2**53 + 1]), cp.array([2]))
cp.array([7, 1, -1]) ** cp.array([-1, -1, -3])
cp.array([True]) ** cp.array([True])
cp.array([0.0]) / 0.0
cp.array([1]) / cp.array([0])
cp.array([1], 'b') / cp.array([2], 'b')
cp.array([nan, -1, 300, inf, -inf], 'f').astype('B')
cp.array([nan, -1, 300, inf, -inf], 'f').astype('b')
cp.array([nan, -1, 300, inf, -inf], 'f').astype('i')
cp.array([nan, -1, 300, inf, -inf], 'f').astype('I')
cp.array([nan, -1, 300, inf, -inf], 'f').astype('q')
cp.array([nan, -1, 300, inf, -inf], 'd').astype('i')
cp.array([nan, -1, 300, inf, -inf], 'd').astype('Q')
cp.array([nan, 0.5, 0.0]).astype('?')
cp.array([1 + 2j]).astype('f')
cp.sign(cp.array([nan, -0.0, 2.0]))
cp.maximum(cp.array([nan, 1.0]), cp.array([0.0, nan]))
cp.fmax(cp.array([nan, 1.0]), cp.array([0.0, nan]))
cp.heaviside(cp.array([nan, 0.0]), 0.5)
cp.round(cp.array([0.5, 1.5, -2.5]))
cp.round(cp.array([True]))
cp.round(cp.array([123456]), -2)
cp.floor(cp.array([True]))
cp.ceil(cp.array([3]))
-cp.array([True])
cp.array([True]) - cp.array([True])
cp.array([True]) * cp.array([True])
~cp.array([True])
cp.array([-1], 'b') >> cp.array([3], 'b')
cp.array([-1]) < cp.array([1], 'Q')
cp.sqrt(cp.array([-1.0]))
cp.log(cp.array([0.0, -1.0]))
cp.exp(cp.array([1], 'h'))
cp.exp(cp.array([1], 'i'))
cp.isnan(cp.array([1]))
cp.clip(cp.array([nan, 5.0]), 0.0, 1.0)
cp.clip(cp.array([1 + 1j]), 0, 1)
cp.add(cp.ones(2, 'f'), cp.ones(2), dtype='f')
cp.add(cp.ones(2), cp.ones(2), out=cp.ones(2, 'i'))
cp.add(cp.ones(2), cp.ones(2), out=cp.ones(2, 'f'))
cp.true_divide(cp.ones(2, 'i'), 2, dtype='f')
cp.logical_and(cp.array([1j]), cp.array([1j]))
cp.linalg.cholesky(cp.array([[-1.0]])).shape
cp.linalg.inv(cp.zeros((2, 2))).shape
"""
GROUPS["order and views"] = """
cp.add(cp.ones((2, 3), order='F'), 1)
cp.ones((2, 3), order='F').astype('i')
cp.ones((2, 3), order='F').copy()
cp.copy(cp.ones((2, 3), order='F'))
cp.zeros_like(cp.ones((2, 3), order='F'))
cp.empty_like(cp.ones((2, 3), order='F')).shape
cp.exp(cp.ones((2, 3)).T)
cp.sum(cp.ones((2, 3, 4)).transpose(2, 0, 1), axis=0)
cp.concatenate([cp.ones((2, 3), order='F')] * 2)
cp.ascontiguousarray(cp.array(1.0))
cp.broadcast_to(cp.ones(3), (2, 3))
write(cp.broadcast_to(cp.ones(3), (2, 3)), 0, 5.0)
cp.ones((2, 3)).T.reshape(6).base is None
cp.arange(6).reshape(2, 3).ravel().base is None
cp.arange(4.0).real.base is None
cp.arange(4)[::-1].strides
cp.ones(2, 'f').view('i')
cp.ones((2, 2), 'f').T.view('e')
cp.diagonal(cp.arange(9).reshape(3, 3))
cp.lib.stride_tricks.as_strided(cp.arange(6), (2, 2), (8, 16))
cp.lib.stride_tricks.sliding_window_view(cp.arange(5), 3)
cp.split(cp.arange(4), 2)
cp.expand_dims(cp.arange(2), (0, 2))
"""
GROUPS["sorting"] = """
cp.sort(cp.array(1.0))
cp.argsort(cp.array(1.0))
cp.sort(cp.array([nan, 1.0, -inf]))
cp.argsort(cp.array([1, 0, 1, 0]))
cp.sort(cp.array([3, 1, 2], bfloat16))
cp.sort(cp.array([2 + 1j, 1]))
cp.sort(cp.arange(6).reshape(2, 3)[:, ::-1], axis=0)
sort(cp.arange(6).reshape(2, 3).T)
cp.partition(cp.array([3, 1, 2]), 1)
cp.lexsort(cp.array([[1, 0], [0, 1]]))
cp.lexsort((cp.array([1, 0]), cp.array([0, 1])))
cp.unique(cp.array([2, 1, 2]), return_counts=True)
cp.bincount(cp.array([1, 1, 3]), minlength=6)
cp.bincount(cp.array([-1]))
cp.isin(cp.array([1, 2]), cp.array([2]))
cp.digitize(cp.array([0.5]), cp.array([0.0, 1.0]))
"""
GROUPS["products"] = """
cp.matmul(cp.ones((2, 3), 'e'), cp.ones((3, 2), 'e'))
cp.matmul(cp.ones((2, 3), bfloat16), cp.ones((3, 2), bfloat16))
cp.matmul(cp.ones((2, 2, 3), 'e'), cp.ones((2, 3, 2), 'e'))
cp.matmul(cp.ones((2, 2, 3), bfloat16), cp.ones((2, 3, 2), bfloat16))
cp.matmul(cp.ones((2, 2, 3)), cp.ones((3, 2)))
cp.matmul(cp.ones(3), cp.ones(3))
cp.matmul(cp.array(1.0), cp.ones(3))
cp.matmul(cp.ones((2, 2), '?'), cp.ones((2, 2), '?'))
cp.matmul(cp.full((1, 300), 1, 'b'), cp.full((300, 1), 1, 'b'))
cp.matmul(cp.ones((2, 2)), np.ones((2, 2)))
cp.dot(cp.ones((2, 3)), cp.ones((2, 3)))
cp.dot(cp.ones((2, 3)), cp.ones(3))
cp.tensordot(cp.ones((2, 3)), cp.ones((3, 4)), 1)
cp.einsum('bij,bjk->bik', cp.ones((2, 2, 2)), cp.ones((2, 2, 2)))
cp.einsum('ij->ji', cp.arange(4).reshape(2, 2))
cp.outer(cp.arange(2), cp.arange(2))
"""
GROUPS["the device"] = """
cp.cuda.is_available()
cp.cuda.Device(0) == cp.cuda.Device(0)
cp.arange(2).device == cp.cuda.Device(0)
cp.cuda.Device(99).use()
cp.cuda.Stream.null.ptr
cp.cuda.get_current_stream() == cp.cuda.Stream.null
isinstance(cp.cuda.MemoryPool().malloc(1000).ptr, int)
used(1000)
limited(1 << 20, 1 << 21)
cpx.zeros_pinned(3, 'f')
cp.arange(3).get(blocking=False)
hash(cp.arange(3))
"""


def write(array: Any, index: Any, value: Any) -> Any:
    array[index] = value
    return array


def fill(array: Any, value: Any) -> Any:
    array.fill(value)
    return array


def at(function: Any, array: Any, index: Any, value: Any) -> Any:
    function.at(array, index, value)
    return array


def put(array: Any, *arguments: Any) -> Any:
    array.put(*arguments)
    return array


def sort(array: Any) -> Any:
    array.sort()
    return array


def answer(value: Any) -> Any:
    """A result in JSON's terms; floats as text, which keeps nan and the sign of zero."""
    if isinstance(value, list | tuple):
        return [answer(each) for each in value]
    if hasattr(value, "get") and hasattr(value, "dtype"):  # an array of the device
        host = value.get()
        order = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else "neither"
        return {"array": "device", "dtype": host.dtype.name, "shape": host.shape, "order": order, "values": texts(host)}
    if isinstance(value, np.ndarray):
        return {"array": "host", "dtype": value.dtype.name, "shape": value.shape, "values": texts(value)}
    return {"value": value if isinstance(value, bool | int | str | None) else repr(value)}


def texts(host: np.ndarray) -> list[str]:
    elements = host.reshape(-1)
    return [
        str(each.item() if host.dtype.kind in "biu" else complex(each) if host.dtype.kind == "c" else float(each))
        for each in elements
    ]


def ask(cupy: Any, expression: str) -> Any:
    """The answer to one probe."""

    def used(size: int) -> int:
        pool = cupy.cuda.MemoryPool()
        kept = pool.malloc(size)
        return pool.used_bytes() if kept.ptr else -1

    def limited(limit: int, size: int) -> Any:
        pool = cupy.cuda.MemoryPool()
        pool.set_limit(limit)
        return pool.malloc(size)

    import cupyx

    names = {"cp": cupy, "cpx": cupyx, "np": np, "nan": np.nan, "inf": np.inf}
    if "bfloat16" in expression:
        if not importlib.util.find_spec("ml_dtypes"):
            return {"unasked": "ml_dtypes is not installed"}
        names["bfloat16"] = importlib.import_module("ml_dtypes").bfloat16
    names |= {each.__name__: each for each in (write, fill, at, put, sort, used, limited)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return answer(eval(expression, names))
    except Exception as error:
        return {"error": type(error).__name__}


def probes() -> list[str]:
    return [line for group in GROUPS.values() for line in group.strip().splitlines()]


def answers(cupy: Any) -> dict[str, Any]:
    strict = hasattr(cupy, "strict")
    machine = "the stand-in" if strict else cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    versions = {"cupy": cupy.__version__, "numpy": np.__version__}
    return versions | {"machine": machine, "answers": {each: ask(cupy, each) for each in probes()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument(
        "--stand-in", action="store_true", help="ask the stand-in beside this file, not an installed CuPy"
    )
    arguments = parser.parse_args()
    here = Path(__file__).resolve().parent
    if not arguments.stand_in:
        sys.path[:] = [each for each in sys.path if Path(each).resolve() != here]
    import cupy

    arguments.json.write_text(json.dumps(answers(cupy), indent=1) + "\n")


if __name__ == "__main__":
    main()
