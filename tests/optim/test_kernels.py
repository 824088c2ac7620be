"""The NumPy kernels against the definitions that they speed up."""

import threading
import tracemalloc

import minitorch_numpy.optimizers as kernels
import numpy as np
import pytest

import minitorch
from minitorch.optim.adam import adam_update
from minitorch.optim.sgd import sgd_update

SGD_SETTINGS = {
    "plain": (0.1, 0, 0, 0, False, False),
    "decay": (0.1, 0, 0, 0.01, False, False),
    "maximize": (0.1, 0, 0, 0.01, False, True),
    "momentum": (0.1, 0.9, 0, 0, False, False),
    "dampening": (0.1, 0.9, 0.3, 0.01, False, True),
    "nesterov": (0.1, 0.9, 0, 0.01, True, False),
}
ADAM_SETTINGS = {
    "plain": (3.0, 1e-2, 0.9, 0.999, 1e-8, 0, False, False),
    "decay": (1.0, 1e-2, 0.8, 0.99, 1e-8, 0.1, False, False),
    "decoupled": (7.0, 1e-2, 0.9, 0.999, 1e-3, 0.1, True, False),
    "maximize": (1.0, 1e-2, 0.9, 0.999, 1e-8, 0.1, False, True),
    "no averaging": (1.0, 1e-2, 0.0, 0.0, 1e-8, 0, False, False),
}
SHAPES = [(), (0,), (3, 0), (7,), (5, 3), (kernels.BLOCK,), (2, kernels.BLOCK + 1)]


def arrays(shape, count, dtype="float32"):
    rng = np.random.default_rng(0)
    drawn = [rng.standard_normal(shape) for _ in range(count)]
    if np.dtype(dtype).kind == "c":
        drawn = [real + 1j * rng.standard_normal(shape) for real in drawn]
    return [np.array(array, dtype) for array in drawn]


def sgd_arrays(shape, settings, dtype="float32"):
    param, grad, buffer = arrays(shape, 3, dtype)
    return [param, grad, buffer if settings[1] else None]


def adam_arrays(shape, amsgrad, dtype="float32"):
    param, grad, mean, square, largest = arrays(shape, 5, dtype)
    square, largest = (np.array(np.abs(array), dtype) for array in (square, largest))
    return [param, grad, mean, square, largest if amsgrad else None]


def in_float64(given):
    return [None if array is None else array.astype(np.float64) for array in given]


def check(kernel, definition, given, settings, tolerance=1e-6):
    k = minitorch.device("numpy/cpu").kernels
    expected = definition(k, *in_float64(given), *settings)
    grad_before = given[1].copy()
    result = kernel(*given, *settings)
    written = [array for position, array in enumerate(given) if position != 1]
    assert all(array is before for array, before in zip(result, written, strict=True)), "writes the arrays that it got"
    np.testing.assert_array_equal(given[1], grad_before)
    for array, wanted in zip(result, expected, strict=True):
        if array is not None:
            np.testing.assert_allclose(array.astype(np.float64), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("settings", SGD_SETTINGS.values(), ids=SGD_SETTINGS)
def test_sgd_is_its_definition(shape, settings):
    check(kernels.sgd_update, sgd_update, sgd_arrays(shape, settings), settings)


@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("settings", ADAM_SETTINGS.values(), ids=ADAM_SETTINGS)
def test_adam_is_its_definition(shape, settings, amsgrad):
    check(kernels.adam_update, adam_update, adam_arrays(shape, amsgrad), settings, tolerance=3e-6)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-14), ("float16", 2e-3), ("bfloat16", 2e-2)])
def test_other_precisions(dtype, tolerance):
    if dtype == "bfloat16":
        dtype = pytest.importorskip("ml_dtypes").bfloat16
    settings = SGD_SETTINGS["nesterov"]
    check(kernels.sgd_update, sgd_update, sgd_arrays((9, 5), settings, dtype), settings, tolerance)
    settings = ADAM_SETTINGS["decay"]
    check(kernels.adam_update, adam_update, adam_arrays((9, 5), True, dtype), settings, tolerance)


def test_half_precision_is_rounded_once():
    param, grad = np.ones(4, np.float16), np.full(4, 2.0**-12, np.float16)
    kernels.sgd_update(param, grad, None, 3.0, 0, 0, 0, False, False)
    np.testing.assert_array_equal(param, np.float16(np.float32(1) - np.float32(3 * 2.0**-12)))


@pytest.mark.parametrize("layout", ["transposed gradient", "transposed parameter", "strided", "reversed"])
def test_any_layout(layout):
    given = adam_arrays((300, 500), True)
    if layout == "transposed gradient":
        given[1] = np.asfortranarray(given[1])
    elif layout == "transposed parameter":
        given[0] = np.asfortranarray(given[0])
    elif layout == "strided":
        given = [array[::2, ::3] for array in given]
    else:
        given[0], given[2] = given[0][::-1], given[2][:, ::-1]
    check(kernels.adam_update, adam_update, given, ADAM_SETTINGS["decay"], tolerance=3e-6)


def test_complex_parts_are_updated_on_their_own():
    given = adam_arrays((4, 5), True, "complex64")
    parts = [[None if array is None else part(array).copy() for array in given] for part in (np.real, np.imag)]
    whole = [array.copy() for array in given]
    kernels.adam_update(*given, *ADAM_SETTINGS["decay"])
    definition = adam_update(minitorch.device("numpy/cpu").kernels, *whole, *ADAM_SETTINGS["decay"])
    for array, wanted in zip((given[0], *given[2:]), definition, strict=True):
        np.testing.assert_allclose(array, wanted, rtol=1e-5)
    for part, own in zip((np.real, np.imag), parts, strict=True):
        kernels.adam_update(*own, *ADAM_SETTINGS["decay"])
        np.testing.assert_array_equal(part(given[0]), own[0])
        np.testing.assert_array_equal(part(given[3]), own[3])


def test_overflow_gives_infinity_without_a_warning():
    minitorch.device("numpy/cpu")  # the backend says once what NumPy is to do about overflow
    param, grad, mean, square = np.zeros((4, 3), np.float32)
    grad[:] = 3e38
    kernels.adam_update(param, grad, mean, square, None, *ADAM_SETTINGS["plain"])
    assert np.isinf(square).all()


def test_threads_do_not_share_scratch():
    given = [adam_arrays((3, kernels.BLOCK), False) for _ in range(4)]
    alone = [array if array is None else array.copy() for array in given[0]]
    for _ in range(5):
        kernels.adam_update(*alone, *ADAM_SETTINGS["plain"])
    expected = alone[0]

    def work(own):
        for _ in range(5):
            kernels.adam_update(*own, *ADAM_SETTINGS["plain"])

    workers = [threading.Thread(target=work, args=(own,)) for own in given]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for own in given:
        np.testing.assert_array_equal(own[0], expected)


def test_no_temporary_of_full_size():
    given = adam_arrays((4, kernels.BLOCK), False)
    kernels.adam_update(*given, *ADAM_SETTINGS["plain"])  # the scratch blocks are made once
    tracemalloc.start()
    kernels.adam_update(*given, *ADAM_SETTINGS["plain"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000
