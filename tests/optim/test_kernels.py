"""NumPy's way to run an optimizer's rule, in place and block by block, against the rule itself."""

import threading
import tracemalloc

import minitorch_numpy.optimizers as kernels
import numpy as np
import pytest

import minitorch
from minitorch.backend import BODIES
from minitorch.optim.adadelta import adadelta_update
from minitorch.optim.adagrad import adagrad_update
from minitorch.optim.adam import adam_update
from minitorch.optim.adamax import adamax_update
from minitorch.optim.asgd import asgd_update
from minitorch.optim.nadam import nadam_update
from minitorch.optim.radam import radam_update
from minitorch.optim.rmsprop import rmsprop_update
from minitorch.optim.rprop import rprop_update
from minitorch.optim.sgd import sgd_update
from minitorch.programs import record

# A rule, which of its buffers there are, and its settings.
CASES = {
    "sgd": (sgd_update, [False], (0.1, 0, 0, 0, False, False)),
    "sgd maximize": (sgd_update, [False], (0.1, 0, 0, 0.01, False, True)),
    "sgd momentum": (sgd_update, [True], (0.1, 0.9, 0, 0, False, False)),
    "sgd dampening": (sgd_update, [True], (0.1, 0.9, 0.3, 0.01, False, True)),
    "sgd nesterov": (sgd_update, [True], (0.1, 0.9, 0, 0.01, True, False)),
    "adam": (adam_update, [True, True, False], (3.0, 1e-2, 0.9, 0.999, 1e-8, 0, False, False)),
    "adam decay": (adam_update, [True, True, False], (1.0, 1e-2, 0.8, 0.99, 1e-8, 0.1, False, True)),
    "adam amsgrad": (adam_update, [True, True, True], (7.0, 1e-2, 0.9, 0.999, 1e-3, 0.1, True, False)),
    "adam alone": (adam_update, [True, True, False], (1.0, 1e-2, 0.0, 0.0, 1e-8, 0, False, False)),
    "adadelta": (adadelta_update, [True, True], (1.0, 0.9, 1e-6, 0.1, True)),
    "adagrad": (adagrad_update, [True], (3.0, 0.1, 0.5, 0.1, 1e-10, True)),
    "adamax": (adamax_update, [True, True], (3.0, 0.1, 0.9, 0.99, 1e-8, 0.1, True)),
    "asgd": (asgd_update, [True], (0.1, 0.5, 1e-2, 0.1, True)),
    "asgd begins": (asgd_update, [True], (0.1, 1, 1e-2, 0, False)),
    "nadam": (nadam_update, [True, True], (3.0, 0.4, 0.5, 0.1, 0.9, 0.99, 1e-8, 0.1, False, True)),
    "radam begins": (radam_update, [True, True], (3.0, 0.1, 0.9, 0.99, 1e-8, 0.1, True, False)),
    "radam": (radam_update, [True, True], (30.0, 0.1, 0.9, 0.99, 1e-8, 0.1, False, False)),
    "rmsprop": (rmsprop_update, [True, False, False], (0.1, 0.9, 1e-8, 0, 0, False)),
    "rmsprop all": (rmsprop_update, [True, True, True], (0.1, 0.9, 1e-2, 0.1, 0.5, True)),
    "rprop": (rprop_update, [True, True], (0.5, 1.2, 1e-3, 1.0, True)),
}
SHAPES = [(), (0,), (3, 0), (7,), (5, 3), (kernels.BLOCK,), (2, kernels.BLOCK + 1)]
adam = CASES["adam amsgrad"]
update_each = kernels.NumpyOptimizers().update_each


def arrays(case, shape, dtype="float32", seed=0):
    """A parameter, a gradient and positive buffers (RMSprop's mean below the root of its mean square)."""
    rng = np.random.default_rng(seed)
    drawn = [rng.standard_normal(shape) + 1j * rng.standard_normal(shape) for _ in range(2 + len(case[1]))]
    for position, drawing in enumerate(drawn[2:]):
        drawn[2 + position] = (np.abs(drawing.real) + 1j * np.abs(drawing.imag)) * 0.1**position
    if np.dtype(dtype).kind != "c":
        drawn = [drawing.real for drawing in drawn]
    present = [True, True, *case[1]]
    return [np.array(array, dtype) if there else None for array, there in zip(drawn, present, strict=True)]


def expected(case, given):
    wide = {"c": np.complex128}.get(given[0].dtype.kind, np.float64)
    row = [None if array is None else array.astype(wide) for array in given]
    return BODIES["update_each"](minitorch.device("numpy/cpu").kernels, case[0], [row], case[2])[0]


def check(case, rows, tolerance=1e-5):
    wanted = [expected(case, row) for row in rows]
    grads = [row[1].copy() for row in rows]
    assert update_each(case[0], rows, case[2]) is None, "in place"
    for row, grad, want in zip(rows, grads, wanted, strict=True):
        np.testing.assert_array_equal(row[1], grad)
        for array, value in zip((row[0], *row[2:]), want, strict=True):
            if array is not None:
                wide = array.astype(value.dtype)
                np.testing.assert_allclose(wide, value, rtol=tolerance, atol=tolerance)


@pytest.fixture(params=["blas", "ufuncs"])
def weighing(request, monkeypatch):
    """With BLAS's a·x + b·y, and as on machines where NumPy has no OpenBLAS."""
    if request.param == "ufuncs":
        monkeypatch.setattr(kernels, "_weighted", {})
    elif "f" not in kernels._weighted:
        pytest.skip("no OpenBLAS")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_kernel_is_its_rule(case, shape, weighing):
    check(case, [arrays(case, shape)])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_many_parameters_at_once(case, weighing):
    """Small ones are gathered, in several batches."""
    shapes = [(3, 5), (), (0,), (kernels.SMALL,), (kernels.SMALL - 1,), *[(2, 7)] * (kernels.BLOCK // kernels.SMALL)]
    check(case, [arrays(case, shape, seed=seed) for seed, shape in enumerate(shapes)])


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-14), ("float16", 2e-3), ("bfloat16", 2e-2)])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_other_precisions(case, dtype, tolerance):
    if dtype == "bfloat16":
        dtype = pytest.importorskip("ml_dtypes").bfloat16
    if case[0] is adadelta_update and dtype == "float16":
        return  # in float16 its averages are too small to compare
    check(case, [arrays(case, (9, 5), dtype), arrays(case, (4,), dtype, seed=1)], tolerance)


@pytest.mark.parametrize("shape", [(), (4, 5), (kernels.BLOCK,)], ids=str)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_complex_numbers_are_two_real_ones(case, shape):
    check(case, [arrays(case, shape, "complex64")])


def test_half_precision_is_rounded_once():
    param, grad = np.ones(4, np.float16), np.full(4, 2.0**-12, np.float16)
    update_each(sgd_update, [(param, grad, None)], (3.0, 0, 0, 0, False, False))
    np.testing.assert_array_equal(param, np.float16(np.float32(1) - np.float32(3 * 2.0**-12)))


@pytest.mark.parametrize("layout", ["transposed gradient", "transposed parameter", "strided", "reversed"])
def test_any_layout(layout):
    given = arrays(adam, (300, 500))
    if layout == "transposed gradient":
        given[1] = np.asfortranarray(given[1])
    elif layout == "transposed parameter":
        given[0] = np.asfortranarray(given[0])
    elif layout == "strided":
        given = [array[::2, ::3] for array in given]
    else:
        given[0], given[2] = given[0][::-1], given[2][:, ::-1]
    check(adam, [given])


def test_overflow_gives_infinity_without_a_warning():
    minitorch.device("numpy/cpu")  # the backend says once what NumPy is to do about overflow
    param, grad, mean, square = np.zeros((4, 3), np.float32)
    grad[:] = 3e38
    update_each(adam_update, [(param, grad, mean, square, None)], CASES["adam"][2])
    assert np.isinf(square).all()


def test_threads_do_not_share_scratch():
    given = [arrays(adam, (3, kernels.BLOCK)) for _ in range(4)]
    alone = [array.copy() for array in given[0]]
    for _ in range(5):
        update_each(adam_update, [alone], adam[2])

    def work(own):
        for _ in range(5):
            update_each(adam_update, [own], adam[2])

    workers = [threading.Thread(target=work, args=(own,)) for own in given]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for own in given:
        np.testing.assert_array_equal(own[0], alone[0])


@pytest.mark.parametrize("count", [1, 2])
def test_several_threads_make_the_same_step(count):
    """Stretches are the same however many threads share them."""
    given = [arrays(adam, (3, kernels.BLOCK), seed=seed) for seed in range(4)]
    copies = [[array.copy() for array in row] for row in given]
    before = minitorch.get_num_threads()
    try:
        minitorch.set_num_threads(count)
        update_each(adam_update, given, adam[2])
        minitorch.set_num_threads(1)
        update_each(adam_update, copies, adam[2])
    finally:
        minitorch.set_num_threads(before)
    for row, copied in zip(given, copies, strict=True):
        np.testing.assert_array_equal(row[0], copied[0])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_temporary_of_full_size(case):
    given = arrays(case, (8, kernels.BLOCK))
    update_each(case[0], [given], case[2])  # the scratch blocks are made once
    tracemalloc.start()
    update_each(case[0], [given], case[2])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000


def test_a_program_takes_few_steps_and_little_scratch():
    """Adam: a weighted sum, a square, a weighted sum, root, floor, quotient, and a weighted sum again."""
    program, constants = record(adam_update, [True, True, True, True, False], CASES["adam"][2])
    assert [step[0] for step in program.steps] == ["weighted", "mul", "weighted", "sqrt", "add", "div", "weighted"]
    assert program.scratch == 1
    assert program.masks == 0
    other, others = record(adam_update, [True, True, True, True, False], (4.0, *CASES["adam"][2][1:]))
    assert other is program, "another step has other constants alone"
    assert len(others) == len(constants)
    assert others != constants
