"""Few programs for many shapes: filled-up kernels give what the library's own do, and compile next to nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from minitorch import backend
from minitorch.backend import Device

jax = pytest.importorskip("jax")
pytest.importorskip("minitorch_arrayapi.jax")
from minitorch_arrayapi.compiled import LENGTHS, SIDE  # noqa: E402

RANDOM = np.random.default_rng(0)
SHORT, LONG = LENGTHS
SHAPES = [(), (0,), (2, 0), (1,), (3, 4), (SHORT,), (SHORT + 1,), (LONG,), (LONG + 1,), (5, 6, 7)]


def kernel(name: str) -> Callable:
    return getattr(Device("jax/cpu").kernels, name)


def taken(array: np.ndarray) -> jax.Array:
    return backend.get("jax").taken(array)


def made(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    return np.asarray(RANDOM.uniform(-5, 5, shape)).astype(dtype)


class Compilations:
    """How many programs were compiled inside."""

    def __enter__(self) -> Compilations:
        self.count = 0
        self.open = True
        jax.monitoring.register_event_duration_secs_listener(self.listen)
        return self

    def listen(self, event: str, duration: float, **settings: object) -> None:
        self.count += self.open and event.endswith("backend_compile_duration")

    def __exit__(self, *raised: object) -> None:
        self.open = False


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "complex64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_pointwise_functions_of_any_size(shape: tuple[int, ...], dtype: str) -> None:
    x, y = made(shape, dtype), made(shape[-1:], dtype)
    found = kernel("add")(taken(x), taken(y))
    assert isinstance(found, jax.Array) and found.shape == shape and str(found.dtype) == dtype
    np.testing.assert_array_equal(np.asarray(found), x + y)
    chosen = kernel("where")(taken(x == x), taken(y), taken(x))
    np.testing.assert_array_equal(np.asarray(chosen), np.broadcast_to(y, shape))


def test_operands_that_broadcast_to_more_than_a_vector() -> None:
    x, y = made((LONG, 1), "float64"), made((3,), "float64")
    np.testing.assert_array_equal(np.asarray(kernel("mul")(taken(x), taken(y))), x * y)


MATRICES = [
    ((3, 4), (4, 2)),
    ((SIDE, SIDE), (SIDE, SIDE)),
    ((SIDE + 1, 2), (2, SIDE)),
    ((2, SIDE + 1), (SIDE + 1, 2)),
    ((2, 3, 4), (4, 5)),
    ((2, 1, 3, 4), (3, 4, 2)),
    ((SIDE + 1, 2, 3), (3, 2)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((0, 2, 3), (0, 3, 2)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((3,), (3,)),
]


@pytest.mark.parametrize("dtype", ["float64", "int32", "complex128"])
@pytest.mark.parametrize(("left", "right"), MATRICES, ids=str)
def test_products_of_any_size(left: tuple[int, ...], right: tuple[int, ...], dtype: str) -> None:
    a, b = made(left, dtype), made(right, dtype)
    found = kernel("matmul")(taken(a), taken(b))
    assert str(found.dtype) == dtype
    np.testing.assert_allclose(np.asarray(found), np.matmul(a, b), rtol=1e-12, atol=1e-12)


def test_what_fills_up_does_not_leak() -> None:
    a = np.array([[np.inf, 1.0], [np.nan, 2.0]])
    np.testing.assert_array_equal(np.asarray(kernel("matmul")(taken(a), taken(np.eye(2)))), np.matmul(a, np.eye(2)))
    assert np.asarray(kernel("div")(taken(np.ones(3)), taken(np.full(3, 2.0)))).tolist() == [0.5, 0.5, 0.5]


def test_matrices_that_dont_fit_are_refused() -> None:
    with pytest.raises(TypeError):
        kernel("matmul")(taken(np.ones((2, 3))), taken(np.ones((4, 2))))


def test_moves_compile_nothing_and_new_shapes_little() -> None:
    with Compilations() as moves:
        for n in range(2, 12):
            x = taken(np.arange(n * 3.0).reshape(n, 3))
            kernel("cat")(
                [
                    kernel("permute")(kernel("basic_index")(x, (slice(1, None),)), (1, 0)),
                    kernel("new_full")(x, (3, 1), 7.0),
                ],
                1,
            )
    assert moves.count == 0
    with Compilations() as sines:
        for n in range(1, 31):
            kernel("sin")(taken(np.ones(n, np.float32)))
            kernel("matmul")(taken(np.ones((n % SIDE + 1, 2))), taken(np.ones((2, 3))))
    assert sines.count <= 2


def test_arrays_that_leave_are_not_to_be_written() -> None:
    x = taken(np.zeros(3))
    seen = backend.get("jax").to_host(x)
    with pytest.raises(ValueError, match="read-only"):
        seen[0] = 1
