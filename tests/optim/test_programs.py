"""Rules written down as steps: whatever they compute, the steps in their cells compute the same."""

import minitorch_numpy.optimizers as kernels
import numpy as np
import pytest

import minitorch
from minitorch.backend import BODIES
from minitorch.programs import record

update_each = kernels.NumpyOptimizers().update_each


# Of two values and a number.
STEPS = [
    lambda k, a, b, n: a + b, lambda k, a, b, n: a - b, lambda k, a, b, n: a * b, lambda k, a, b, n: a * n,
    lambda k, a, b, n: n - a, lambda k, a, b, n: a * n + b * 0.5, lambda k, a, b, n: b - a * n, lambda k, a, b, n: -a,
    lambda k, a, b, n: a * n - b, lambda k, a, b, n: k.maximum(a, b), lambda k, a, b, n: k.minimum(a, b),
    lambda k, a, b, n: k.sqrt(k.abs(a) + n), lambda k, a, b, n: a / (k.abs(b) + n), lambda k, a, b, n: n / (k.abs(a) + 1.0),
    lambda k, a, b, n: k.sign(a) * n, lambda k, a, b, n: k.where(a > b, a, b * n),
    lambda k, a, b, n: k.where(a < b, k.full_like(a, n), a),
]  # fmt: skip


def random_rule(seed, arrays):
    """A rule of random steps whose results are any of its values, some of them twice, some as they came."""

    def rule(k, *values):
        rng = np.random.default_rng(seed)
        values = list(values)
        for _ in range(rng.integers(1, 14)):
            one, other = (values[rng.integers(len(values))] for _ in range(2))
            values.append(STEPS[rng.integers(len(STEPS))](k, one, other, float(rng.uniform(0.5, 2))))
        return tuple([values[rng.integers(len(values))] for _ in range(arrays - 1)])

    return rule


@pytest.mark.parametrize("blas", [True, False])
@pytest.mark.parametrize("seed", range(150))
def test_random_rules(seed, blas, monkeypatch):
    if not blas:
        monkeypatch.setattr(kernels, "_weighted", {})
    arrays = 2 + seed % 3
    rule = random_rule(seed, arrays)
    rng = np.random.default_rng(seed)
    rows = [
        [rng.standard_normal(size) for _ in range(arrays)] for size in (kernels.SMALL, (3, 5), (kernels.BLOCK + 7,))
    ]
    copies = [[array.copy() for array in row] for row in rows]
    wanted = BODIES["update_each"](minitorch.device("numpy/cpu").kernels, rule, copies, ())
    wanted = [[np.array(array) for array in row] for row in wanted]
    update_each(rule, rows, ())
    for row, copied, want in zip(rows, copies, wanted, strict=True):
        np.testing.assert_array_equal(row[1], copied[1])
        for array, value in zip((row[0], *row[2:]), want, strict=True):
            np.testing.assert_allclose(array, value, rtol=1e-9, atol=1e-9)


def test_arrays_may_change_places():
    one, grad, other = np.ones(5), np.zeros(5), np.full(5, 2.0)
    update_each(lambda k, param, grad, state: (state, param), [(one, grad, other)], ())
    assert one.tolist() == [2.0] * 5
    assert other.tolist() == [1.0] * 5


def test_products_with_constants_are_added_in_one_step():
    program, constants = record(lambda k, p, g: (p - g * 0.1,), [True, True], ())
    assert program.steps == [("weighted", (1, 2, 0, 3), 0)]
    assert constants == [-0.1, 1.0]


def test_a_product_that_is_read_twice_stays():
    def rule(k, param, grad):
        step = grad * 0.1
        return (param - step * step,)

    assert [step[0] for step in record(rule, [True, True], ())[0].steps] == ["mul", "mul", "sub"]


def test_an_op_without_a_kernel_says_its_name():
    with pytest.raises(KeyError, match="cosh"):
        update_each(lambda k, param, grad: (k.cosh(grad),), [(np.ones(3), np.ones(3))], ())
