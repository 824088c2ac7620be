"""The stand-in for CuPy refuses what CuPy refuses, leaves open what the GPU leaves open, and counts what blocks the host."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

cp = pytest.importorskip("cupy")
if not hasattr(cp, "strict"):
    pytest.skip("a real CuPy is here, and nothing stands in for it", allow_module_level=True)
cpx = pytest.importorskip("cupyx")
special = pytest.importorskip("cupyx.scipy.special")
ml_dtypes = pytest.importorskip("ml_dtypes")

spec = importlib.util.spec_from_file_location("strict_cupy_probes", Path(__file__).with_name("probes.py"))
probes = importlib.util.module_from_spec(spec)
spec.loader.exec_module(probes)

NAMES = {
    "cp": cp,
    "cpx": cpx,
    "np": np,
    "special": special,
    "nan": np.nan,
    "inf": np.inf,
    "bfloat16": ml_dtypes.bfloat16,
}
NAMES |= {each.__name__: each for each in (probes.write, probes.fill, probes.at, probes.put, probes.sort)}


@pytest.fixture(autouse=True)
def fresh_counters():
    cp.strict.reset()
    cp.strict.seed(0)


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSED = {
    TypeError: """
        np.asarray(cp.arange(3))
        np.array([cp.arange(3)[0]])
        np.concatenate([cp.ones(1), np.ones(1)])
        np.block([cp.ones(1)])
        cp.arange(3) + np.arange(3)
        np.arange(3) + cp.arange(3)
        cp.arange(3) + [1, 2, 3]
        cp.arange(3) < np.arange(3)
        cp.arange(3) == None
        cp.arange(3) @ np.arange(3)
        cp.exp([1.0])
        cp.exp(np.ones(2))
        np.add(cp.ones(2), np.ones(2))
        cp.add(cp.ones(2), 1, out=np.ones(2))
        cp.maximum(cp.ones(2), [1, 2])
        cp.concatenate([cp.ones(1), np.ones(1)])
        cp.concatenate([np.ones(1)])
        cp.stack([cp.ones(1), [1.0]])
        cp.sum([1, 2])
        cp.sum(np.ones(2))
        cp.reshape(np.ones(2), (2, 1))
        cp.where(np.array([True]), cp.ones(1), cp.zeros(1))
        cp.where(cp.array([True]), np.ones(1), cp.zeros(1))
        cp.matmul(cp.ones((2, 2)), np.ones((2, 2)))
        cp.dot(cp.ones(2), np.ones(2))
        cp.zeros_like(np.ones(2))
        cp.linalg.inv(np.eye(2))
        cp.fft.fft(np.ones(4))
        cp.ones(2).fill([1, 2])
        cp.sum(cp.ones(3), where=cp.ones(3, '?'))
        cp.prod(cp.ones(3), initial=1)
        cp.max(cp.ones(3), initial=1)
        cp.ones(3).mean(where=cp.ones(3, '?'))
        cp.add(1, cp.ones(2), where=cp.ones(2, '?'))
        cp.add(cp.ones(2), 1, order='C')
        cp.add(cp.ones(2), 1, subok=False)
        cp.add(cp.ones(2))
        cp.take(cp.arange(3), 1, mode='clip')
        cp.argsort(cp.arange(3), stable=True)
        cp.sort(cp.arange(3), order='x')
        cp.argpartition(cp.arange(3), 1, kind='introselect')
        cp.einsum('i,i->', cp.ones(2), cp.ones(2), order='C')
        cp.einsum('i,i->', cp.ones(2), cp.ones(2), out=cp.ones(()))
        cp.zeros(2, device='gpu')
        cp.arange(2, like=cp.zeros(1))
        cp.unique(cp.arange(3), sorted=True)
        cp.count_nonzero(cp.arange(3), keepdims=True)
        cp.clip(cp.arange(3), min=0, max=1)
        cp.var(cp.ones(3), correction=1)
        cp.std(cp.ones(3), mean=1)
        cp.reshape(cp.ones(4), shape=(2, 2))
        cp.ones(3).astype('i', casting='safe')
        cp.linalg.inv(cp.eye(2, dtype='e'))
        cp.linalg.svd(cp.eye(2), hermitian=True)
        cp.nansum(cp.ones(2), initial=1.0)
        cp.average(cp.ones(2), weights=np.ones(2))
        cp.tile(cp.ones(2), np.array([2]))
        cp.flip(m=cp.ones(2))
        range(cp.array(3))
        [1, 2][cp.array(1)]
        hash(cp.arange(3))
        len(cp.array(1))
        list(cp.array(1))
        -cp.array([True])
        cp.array([True]) - cp.array([True])
        cp.array([1.0]) & cp.array([1.0])
        cp.array([1.0]) << 1
        cp.logical_and(cp.array([1j]), cp.array([1j]))
        cp.clip(cp.array([1j]), 0, 1)
        cp.add(cp.ones(2), 1, out=cp.ones(2, 'i'))
        at(cp.subtract, cp.zeros(3), cp.array([0, 0]), 1.0)
        at(cp.add, cp.zeros(3, 'h'), cp.array([0]), 1)
        at(cp.add, cp.zeros(3, bfloat16), cp.array([0]), 1.0)
        at(cp.maximum, cp.zeros(3, 'e'), cp.array([0]), 1.0)
        cp.take(cp.arange(3), 0, out=cp.ones(()))
        write(cp.zeros(3), slice(0, 2), [1, 2])
    """,
    AttributeError: """
        cp.errstate
        cp.seterr
        cp.block
        cp.vecdot
        cp.unstack
        cp.einsum_path
        cp.nditer
        cp.longdouble
        cp.linalg.vecdot
        cp.linalg.svdvals
        cp.linalg.trace
        cp.ones(2).to_device
        cp.ones(2).__array_namespace__
        cp.ones(2).__index__
        cp.ones(2).setflags
        cp.ones(2).resize
        cp.ones(2).flags.writeable
        cp.sum([1, 2]).nothing if False else cp.nothing
    """,
    NotImplementedError: """
        at(cp.multiply, cp.ones(3), cp.array([0, 0]), 2.0)
        cp.maximum.reduce(cp.arange(3))
        cp.maximum.accumulate(cp.arange(3))
        cp.maximum.reduceat(cp.arange(6), cp.array([0, 2]))
        cp.sort(cp.ones(3, bfloat16))
        sort(cp.arange(6).reshape(2, 3).T)
        cp.searchsorted(cp.arange(4), np.array([2]))
        cp.ElementwiseKernel('T x', 'T y', 'y = x', 'copy')
        cp.RawKernel('', 'kernel')
        cp.fuse(lambda x: x)
        cp.random.rand(3)
        cp.ones(2).byteswap()
        cp.ones(2).byteswap(True)
        special.lambertw(cp.ones(2))
        cp.cuda.Device.from_pci_bus_id('0000:01:00.0')
        cp.cuda.Stream().begin_capture()
        cp.broadcast(cp.ones(2))
        special.zeta(cp.ones(2), 2.0)
    """,
    ValueError: """
        cp.sort(cp.array(1.0))
        cp.nonzero(cp.array(1))
        cp.sort(cp.arange(3), kind='quicksort')
        cp.repeat(cp.arange(2), np.array([1, 2]))
        cp.asarray('text')
        cp.array([object()])
        cp.from_dlpack(np.ones(2))
        cp.max(cp.ones(0))
        bool(cp.ones(2))
        fill(cp.zeros(3), np.ones(3))
        write(cp.zeros(3), slice(0, 2), np.array([1.0, 2.0]))
        write(cp.zeros(3), slice(None), np.array([1, 2, 3]))
        cp.ones(2, 'B') + cp.ones(3, 'B')
        cp.ones((2, 2), 'f').T.view('e')
        cp.matmul(cp.array(1.0), cp.ones(3))
        cp.bincount(cp.array([-1]))
        cp.ones((2, 3)).T.reshape(6, copy=False)
        cp.asarray(np.ones(2), copy=False)
        cp.where(cp.array([True]), cp.ones(1))
        cp.add(cp.ones(2), 1, cp.ones(2), out=cp.ones(2))
    """,
    IndexError: """
        cp.arange(3)[5]
        cp.arange(3)[0, 0]
        cp.arange(3)[cp.array([1.0])]
        cp.arange(3)[cp.array([True, False])]
        cp.take(cp.ones(0), cp.array([0]))
        put(cp.arange(3), cp.array([4]), 9, 'raise')
    """,
    OverflowError: "cp.ones(2, 'B') + 300",
    BufferError: "np.from_dlpack(cp.arange(3))",
    KeyError: """
        cp.matmul(cp.ones((2, 2, 3), bfloat16), cp.ones((2, 3, 2), bfloat16))
        cp.einsum('bij,bjk->bik', cp.ones((1, 2, 2), bfloat16), cp.ones((1, 2, 2), bfloat16))
    """,
}


@pytest.mark.parametrize(
    ("expression", "error"),
    [(line.strip(), error) for error, lines in REFUSED.items() for line in lines.strip().splitlines()],
)
def test_refuses(expression, error):
    with pytest.raises(error):
        eval(expression, NAMES)


# --- what is allowed, and what it gives -------------------------------------------------------------------------------

GIVES = {
    "cp.ones(2, 'f') + 1.0": np.array([2, 2], "f"),
    "cp.ones(2, 'f') + np.float64(1)": np.array([2, 2], "d"),
    "cp.ones(2, 'f') + 1j": np.array([1 + 1j] * 2, "F"),
    "np.float32(2) * cp.ones(2, 'e')": np.array([2, 2], "f"),
    "cp.ones(2, '?') + 1": np.array([2, 2]),
    "cp.ones(2, 'B') + 1": np.array([2, 2], "B"),
    "cp.ones(2, 'b') + 1.5": np.array([2.5, 2.5]),
    "np.exp(cp.zeros(2))": np.ones(2),
    "np.concatenate([cp.ones(1), cp.zeros(1)])": np.array([1.0, 0.0]),
    "np.linalg.det(cp.eye(2))": np.array(1.0),
    "cp.exp(cp.zeros(1, 'h'))": np.ones(1, "f"),
    "cp.true_divide(cp.ones(2, 'i'), 2, dtype='f')": np.array([0.5, 0.5], "f"),
    "cp.where(cp.array([True]), cp.ones(1, bfloat16), 0)": np.ones(1, "f"),  # no loop of bfloat16
    "cp.ones(1, bfloat16) + cp.ones(1, 'e')": np.full(1, 2, "f"),
    "cp.flip(a=cp.arange(2), axis=0)": np.array([1, 0]),
    "cp.sum(keepdims=True, a=cp.ones(2))": np.array([2.0]),
    # places wrap round
    "cp.arange(3)[cp.array([5, -4])]": np.array([2, 2]),
    "cp.arange(12).reshape(3, 4)[cp.array([4]), cp.array([-5])]": np.array([7]),
    "cp.take(cp.arange(3), cp.array([7, -1]))": np.array([1, 2]),
    "cp.take_along_axis(cp.arange(3), cp.array([4]), 0)": np.array([1]),
    "cp.arange(300)[cp.array([7], 'B')]": np.array([7]),
    "cp.take(cp.arange(300), cp.array([7], 'B'))": np.array([7]),
    "write(cp.zeros(3), cp.array([4]), 7.0)": np.array([0, 7.0, 0]),
    "write(cp.zeros((2, 3)), (cp.array([2]), cp.array([5])), 7.0)": np.array([[0, 0, 7.0], [0, 0, 0]]),
    "put(cp.arange(3), cp.array([4]), 9)": np.array([0, 9, 2]),
    "at(cp.add, cp.zeros(3), cp.array([0, 3]), 1.0)": np.array([2.0, 0, 0]),
    "write(cp.zeros(3), cp.array([True, False, True]), cp.array([1.0, 2.0]))": np.array([1.0, 0, 2.0]),
    # numbers as the GPU has them
    "cp.array([7, -7]) // cp.array([0, 0])": np.array([0, 0]),
    "cp.array([7, -7]) % cp.array([0, 0])": np.array([0, 0]),
    "cp.array([7.0, -7.0]) // 0.0": np.array([np.inf, -np.inf]),
    "cp.array([7.0, 1.0]) % cp.array([3.0, inf])": np.array([1.0, np.nan]),
    "cp.fmod(cp.array([2**53 + 1]), cp.array([2]))": np.array([0]),
    "cp.array([7, 1, -1]) ** cp.array([-1, -1, -3])": np.array([0, 1, -1]),
    "cp.array([nan, -1, 300, inf], 'f').astype('i')": np.array([0, -1, 300, 2**31 - 1], "i"),
    "cp.array([nan, -1, 300, inf], 'f').astype('I')": np.array([0, 0, 300, 2**32 - 1], "I"),
    "cp.array([nan, -1, inf], 'd').astype('q')": np.array([-(2**63), -1, 2**63 - 1]),
    "cp.array([nan, -1, 300], 'f').astype('B')": np.array([0, 0, 44], "B"),
    "cp.round(cp.array([True]))": np.ones(1, "e"),
    "cp.array([True]) ** cp.array([True])": np.ones(1, "b"),
    "cp.sqrt(cp.array([-1.0]))": np.array([np.nan]),
    "cp.array([1]) / cp.array([0])": np.array([np.inf]),
    # reductions stay on the device
    "cp.sum(cp.ones(3))": np.array(3.0),
    "cp.sum(cp.ones(3, 'i'))": np.array(3),
    "cp.sum(cp.ones(3, 'B'))": np.array(3, "Q"),
    "cp.sum(cp.full(3000, 1.0, 'e'))": np.array(3000, "e"),
    "cp.mean(cp.arange(4))": np.array(1.5),
    "cp.argmax(cp.array([1.0, nan, 2.0]))": np.array(1),
    "cp.allclose(cp.ones(2), cp.ones(2))": np.array(True),
    "cp.var(cp.arange(4.0), None, None, None, 1)": np.array(5 / 3),
    "cp.linalg.norm(cp.array([3.0, 4.0]))": np.array(5.0),
    "cp.linalg.inv(cp.stack([cp.zeros((1, 1)), cp.ones((1, 1))]))": np.array([[[np.nan]], [[1.0]]]),
    "cp.linalg.cholesky(cp.array([[-1.0]]))": np.array([[-1.0]]),  # nobody looks at the error
    "special.erf(cp.array([0.0, inf]))": np.array([0.0, 1.0]),
    "special.gammaln(cp.array([3.0, 0.0]))": np.array([np.log(2.0), np.inf]),
    "cpx.rsqrt(cp.array([4.0]))": np.array([0.5]),
    "cp.array([cp.ones(2), cp.zeros(2)])": np.array([[1.0, 1], [0, 0]]),
    "cp.lib.stride_tricks.sliding_window_view(cp.arange(4), 3)": np.array([[0, 1, 2], [1, 2, 3]]),
    "write(cp.broadcast_to(cp.zeros(2), (2, 2)), 0, 5.0)": np.full((2, 2), 5.0),  # there are no read-only arrays
}


@pytest.mark.parametrize("expression", GIVES)
def test_gives(expression):
    result = eval(expression, NAMES)
    assert isinstance(result, cp.ndarray)
    assert result.dtype == GIVES[expression].dtype
    np.testing.assert_allclose(result.get(), GIVES[expression], rtol=1e-12)


def test_nothing_warns_about_numbers():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cp.log(cp.array([0.0, -1.0]))
        cp.array([1, -1]) // cp.array([0, 0])
        cp.array([np.nan, 1e30]).astype("i")
        cp.exp(cp.array([1e4])) - cp.exp(cp.array([1e4]))
        cp.mean(cp.ones(0))
        cp.var(cp.ones(1), ddof=1)
        cp.nanmax(cp.array([np.nan]))


@pytest.mark.parametrize("function", [cp.subtract, cp.gcd, cp.lcm])
def test_loops_that_are_there_to_say_no(function):
    with pytest.raises(TypeError, match=f"cupy.{function.__name__.removeprefix('cupy_')} takes no bool"):
        function(cp.array([True]), cp.array([True]))


@pytest.mark.parametrize("method", ["scatter_add", "scatter_max", "scatter_min"])
def test_the_old_scatter_methods_are_deprecated(method):
    array = cp.zeros(3, "f")
    with pytest.warns(DeprecationWarning, match="at"):
        getattr(cpx, method)(array, cp.array([0, 0]), cp.ones(2, "f"))


def test_results_are_in_c_order():
    columns = cp.asarray(np.ones((2, 3), order="F"))
    assert columns.flags.f_contiguous
    for result in (columns + 1, cp.exp(columns), columns.copy(), cp.concatenate([columns, columns]), columns.T + 1):
        assert result.flags.c_contiguous
    for kept in (columns.astype("i"), cp.copy(columns), cp.zeros_like(columns)):
        assert kept.flags.f_contiguous and not kept.flags.c_contiguous


def test_views_share_memory_and_know_where_they_come_from():
    array = cp.arange(6)
    for view in (
        array[1:3],
        array.reshape(2, 3),
        array.ravel(),
        cp.expand_dims(array, 0),
        cp.flip(array),
        array.view("Q"),
    ):
        assert view.base is array
        assert cp.may_share_memory(view, array)
    assert array[1:].data.ptr == array.data.ptr + 8
    assert array.reshape(2, 3).T.reshape(6).base is None
    array[1:][0] = 9
    assert array.tolist() == [0, 9, 2, 3, 4, 5]


# --- what the GPU leaves open -----------------------------------------------------------------------------------------


def test_the_winner_of_two_writes_is_anybodys_guess():
    index = cp.arange(1000) % 2
    winners = set()
    for _ in range(5):
        array = cp.zeros(2)
        array[index] = cp.arange(1000.0)
        winners.add(tuple(array.tolist()))
    assert len(winners) > 1
    assert all(first % 2 == 0 and second % 2 == 1 for first, second in winners)


def test_atomics_run_in_any_order():
    values = cp.asarray(np.random.default_rng(0).normal(size=2000).astype("f"))
    index = cp.zeros(2000, "i")
    sums = {float(probes.at(cp.add, cp.zeros((), "f").reshape(1), index, values)[0]) for _ in range(8)}
    assert len(sums) > 1
    np.testing.assert_allclose(list(sums), float(values.astype("d").sum()), rtol=1e-4)


def test_memory_copied_onto_a_part_of_itself_is_anybodys_guess():
    array = cp.arange(100)
    array[1:] = array[:-1]
    assert array.tolist() != [0, *range(99)]
    array = cp.arange(6).reshape(2, 3)
    array[:, 1:] = array[:, :-1]  # a kernel's work, which buffers what it reads
    assert array.tolist() == [[0, 0, 1], [3, 3, 4]]


@pytest.mark.parametrize("dtype", ["f", "d", "e", "i", "B", "F"])
def test_uninitialised_memory_is_poisoned(dtype):
    for array in (cp.empty(3, dtype), cp.empty_like(cp.zeros(3, dtype)), cp.ndarray(3, dtype)):
        host = array.get()
        assert not np.any(host == 0) and not np.any(host == 1)


# --- what makes the host wait -----------------------------------------------------------------------------------------

SYNCS = {
    "a.get()": 1, "cp.asnumpy(a)": 1, "a[0].item()": 1, "float(a[0])": 1, "int(a[0])": 1, "bool(a[0])": 1,
    "a.tolist()": 1, "str(a)": 1, "a[a > 1]": 1, "a.nonzero()": 1, "cp.where(a > 1)": 1, "cp.argwhere(a)": 1,
    "cp.unique(a)": 1, "cp.repeat(a, n)": 1, "cp.bincount(n)": 2, "cp.compress(a > 1, a)": 1, "cp.flatnonzero(a)": 1,
    "put(a, n, 1.0, 'raise')": 1, "write(a, a > 1, 0.0)": 1, "cp.arange(a[0])": 1, "'{}'.format(a)": 1,
    "cp.cuda.Device(0).synchronize()": 1, "cp.cuda.Stream.null.synchronize()": 1, "cp.cuda.runtime.deviceSynchronize()": 1,
    "a.set(np.ones(3))": 1, "cp.extract(a > 1, a)": 1, "pickle.dumps(a)": 1, "cp.histogram(a)": 1,
    # and what doesn't
    "a + 1": 0, "a[n]": 0, "a.sum()": 0, "cp.where(a > 1, a, 0)": 0, "cp.take(a, n)": 0, "write(a, n, 1.0)": 0,
    "at(cp.add, a, n, 1.0)": 0, "cp.argsort(a)": 0, "cp.repeat(a, 2)": 0, "a.reshape(3, 1)": 0, "a @ a": 0,
    "a.get(blocking=False)": 0, "cp.array(np.ones(3))": 0, "put(a, n, 1.0)": 0, "cp.full(3, 1.0)": 0, "a.fill(0)": 0,
    "cp.copyto(a, 0, where=a > 1)": 0, "cp.linalg.cholesky(cp.eye(2))": 0, "a.get(out=pinned, blocking=False)": 0,
    "a.get(out=np.ones(3), blocking=False)": 1,
}  # fmt: skip


@pytest.mark.parametrize("expression", SYNCS)
def test_counts_what_makes_the_host_wait(expression):
    names = NAMES | {"a": cp.arange(3.0), "n": cp.array([0, 1, 1]), "pickle": pickle, "pinned": cpx.empty_pinned(3)}
    cp.strict.reset()
    eval(expression, names)
    assert cp.strict.count() == SYNCS[expression], cp.strict.reasons()
    if SYNCS[expression]:
        with pytest.raises(cp.strict.UnwantedSync), cp.strict.no_syncs():
            eval(expression, names)


def test_counts_transfers():
    cp.strict.reset()
    array = cp.asarray(np.ones(3)) + 1
    array[[0, 1]] = 2.0
    assert cp.strict.transfers() == 2
    assert cp.strict.transfers("array") == 1


# --- names and signatures ---------------------------------------------------------------------------------------------


def test_has_cupys_names_and_no_others():
    manifest = importlib.import_module("cupy._manifest")
    for home in ("cupy", "cupy.linalg", "cupy.fft", "cupyx", "cupyx.scipy.special", "cupy.cuda.runtime"):
        module = importlib.import_module(home)
        real = {name for name, entry in manifest.MODULES[home].items() if entry["kind"] != "module"}
        assert real <= set(dir(module)), home
    of_its_own = {"strict", "annotations", "Any", "np", "classes", "constants", "NoKernels", "PARTS"}
    public = {name for name in vars(cp) if not name.startswith("_")}
    assert public - set(manifest.MODULES["cupy"]) <= of_its_own


def test_array_has_cupys_methods_and_no_others():
    known = set(importlib.import_module("cupy._manifest").CLASSES["cupy.ndarray"])
    special_names = {"__slots__", "__module__", "__doc__", "__init__", "__hash__", "__reduce__", "__repr__", "__str__"}
    assert set(vars(cp.ndarray)) - known - special_names <= {"_host", "_memory", "_read", "__static_attributes__"}


@pytest.mark.parametrize(
    "path", ["ufunc", "cuda.Device", "cuda.Event", "cuda.MemoryPointer", "cuda.MemoryPool", "cuda.Stream"]
)
def test_classes_have_what_cupys_have_and_no_more(path):
    home = eval(f"cp.{path}", NAMES)
    real = importlib.import_module("cupy._manifest").CLASSES[f"cupy.{path}"]
    methods = {name for name, entry in real.items() if entry["kind"] == "function" and not name.startswith("_")}
    assert not {name for name in methods if not hasattr(home, name)}
    assert not {name for name in vars(home) if not name.startswith("_")} - set(real)


def test_signatures_are_cupys():
    assert str(inspect.signature(cp.sum)) == "(a, axis=None, dtype=None, out=None, keepdims=False)"
    assert "equal_nan" in inspect.signature(cp.unique).parameters
    assert list(inspect.signature(cp.ndarray.take).parameters) == ["self", "indices", "axis", "out"]


def test_every_written_function_takes_what_its_signature_says():
    """Bodies are called as the caller wrote it, so they must know CuPy's parameters by CuPy's names."""
    functions = importlib.import_module("cupy._functions").WRITTEN
    for name, function in functions.items():
        body = getattr(function, "__wrapped__", None)
        if body is None or not inspect.isfunction(body):
            continue
        taken = inspect.signature(body).parameters
        if any(each.kind in (each.VAR_KEYWORD, each.VAR_POSITIONAL) for each in taken.values()):
            continue
        assert list(taken) == list(inspect.signature(function).parameters), name


@pytest.mark.parametrize("number", range(1, 6))
def test_array_api_compat_imports_over_it(number):
    xp = pytest.importorskip("array_api_compat.cupy")
    array = xp.asarray([1.0, 2.0, 3.0], device=xp.__array_namespace_info__().default_device())
    assert xp.matmul(array, array).item() == 14
    assert xp.concat([array] * number).shape == (3 * number,)
    assert [each.item() for each in itertools.islice(xp.astype(array, xp.int32), 2)] == [1, 2]
