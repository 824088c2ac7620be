"""Adding rows at repeated places, each way that `add_rows` takes, against np.add.at in double precision."""

import numpy as np
import pytest
from minitorch_numpy import scatter
from minitorch_numpy.scatter import add_rows

SHAPES = {  # rows, places, what a row is
    "one by one": (20, 7, (3,)),
    "numbers": (500, 30, ()),
    "rounds": (300, 100, (5, 2)),
    "short runs": (3000, 50, (4,)),
    "long runs": (3000, 9, (4, 32)),
    "more places than 16 bits tell apart": (3000, 70000, (2,)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.int32, np.complex64])
@pytest.mark.parametrize("name", SHAPES)
def test_add_rows(name, dtype):
    count, places, shape = SHAPES[name]
    rng = np.random.default_rng(0)
    index = rng.integers(0, places, count)
    index[::5] = places - 1  # one place has many, at the far end
    source = (rng.standard_normal((count, *shape)) * 9).astype(dtype)
    target = (rng.standard_normal((places, *shape)) * 9).astype(dtype)
    wanted = target.astype(np.result_type(dtype, np.float64))
    np.add.at(wanted, index, source)
    add_rows(target, index, source)
    short = dtype in (np.float32, np.complex64)
    np.testing.assert_allclose(target, wanted, rtol=1e-4 if short else 1e-12, atol=2e-4 if short else 1e-9)


def test_what_is_not_finite_stays_in_its_place():
    index = np.repeat([0, 1, 2], 1000)
    source = np.ones((3000, 4), np.float32)
    source[1500, 1], source[2500, 2] = np.inf, np.nan
    assert source.size > 3 * scatter.LONG
    target = np.zeros((3, 4), np.float32)
    add_rows(target, index, source)
    np.testing.assert_array_equal(target, [[1000] * 4, [1000, np.inf, 1000, 1000], [1000, 1000, np.nan, 1000]])
