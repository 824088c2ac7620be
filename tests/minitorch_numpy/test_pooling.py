"""Pooling on NumPy arrays against its definition, window by window."""

import itertools

import numpy as np
import pytest
from minitorch_numpy import pooling

# shape, kernel, stride, padding, dilation, ceil_mode
CASES = {
    "tiled": ((2, 3, 6, 8), (2, 2), (2, 2), (0, 0), (1, 1), False),
    "overlapping": ((2, 3, 7, 6), (3, 3), (1, 2), (1, 1), (1, 1), False),
    "with a rest": ((2, 2, 7, 8), (2, 3), (3, 3), (0, 1), (1, 1), False),
    "ceiling": ((2, 2, 7, 8), (2, 3), (2, 3), (0, 0), (1, 1), True),
    "ceiling over padding": ((1, 2, 5, 5), (2, 3), (3, 2), (1, 1), (1, 1), True),
    "ceiling with a rest": ((2, 1, 2, 12), (1, 4), (3, 2), (0, 0), (1, 1), True),
    "whole plane": ((2, 3, 5, 4), (5, 4), (5, 4), (0, 0), (1, 1), False),
    "dilated": ((2, 2, 9, 9), (2, 3), (1, 2), (0, 1), (3, 2), False),
    "line": ((2, 3, 9), (3,), (2,), (1,), (1,), True),
    "space": ((1, 2, 4, 5, 6), (2, 2, 3), (2, 1, 3), (1, 0, 1), (1, 1, 1), False),
    "without a batch": ((3, 6, 6), (2, 2), (2, 2), (0, 0), (1, 1), False),
}
UNDILATED = [name for name, case in CASES.items() if set(case[4]) == {1}]


def windows(shape, kernel, stride, padding, dilation, ceil_mode):
    """The places of each window's taps along each axis, first those of the first window."""
    axes = []
    for size, width, step, pad, reach in zip(shape[-len(kernel) :], kernel, stride, padding, dilation, strict=True):
        room = size + 2 * pad - reach * (width - 1) - 1
        count = (-(-room // step) if ceil_mode else room // step) + 1
        starts = [start for start in range(-pad, count * step - pad, step) if not ceil_mode or start < size]
        axes.append([[start + tap * reach for tap in range(width)] for start in starts])
    return axes


def each_window(shape, *settings):
    axes = windows(shape, *settings)
    for position in itertools.product(*(range(len(axis)) for axis in axes)):
        yield position, [axis[place] for axis, place in zip(axes, position, strict=True)]


def out_sizes(shape, *settings):
    return tuple(len(axis) for axis in windows(shape, *settings))


def largest(plane, taps):
    """The largest value in a window and its flat index, the first of equal ones; the last NaN, if there is one."""
    best, where = -np.inf, None
    for place in itertools.product(*taps):
        if all(0 <= at < size for at, size in zip(place, plane.shape, strict=True)):
            value = plane[place]
            if where is None or value > best or np.isnan(value):
                best, where = value, np.ravel_multi_index(place, plane.shape)
    return best, where


def expected_max(input, *settings):
    spatial = len(settings[0])
    planes = input.reshape(-1, *input.shape[-spatial:])
    shape = (*input.shape[:-spatial], *out_sizes(input.shape, *settings))
    values, indices = np.empty((len(planes), *shape[-spatial:])), np.empty((len(planes), *shape[-spatial:]), np.int64)
    for number, plane in enumerate(planes):
        for position, taps in each_window(input.shape, *settings):
            values[(number, *position)], indices[(number, *position)] = largest(plane, taps)
    return values.reshape(shape), indices.reshape(shape)


@pytest.fixture(params=[1 << 16, 30])
def block(request, monkeypatch):
    monkeypatch.setattr(pooling, "BLOCK", request.param)


@pytest.mark.parametrize("kind", ["different", "equal", "nan", "all infinite", "whole numbers", "half precision"])
@pytest.mark.parametrize("case", CASES)
def test_max(case, kind, block):
    shape, *settings = CASES[case]
    generator = np.random.default_rng(0)
    input = generator.standard_normal(shape).astype(np.float16 if kind == "half precision" else np.float32)
    if kind == "equal":
        input = input.round()
    elif kind == "nan":
        input[generator.random(shape) < 0.2] = np.nan
    elif kind == "all infinite":
        input[...] = -np.inf
    elif kind == "whole numbers":
        input = (3 * input).astype(np.int64)
    values, indices = pooling.max_pool(input, *settings)
    wanted = expected_max(input, *settings)
    assert values.dtype == input.dtype
    assert indices.dtype == np.int64
    np.testing.assert_array_equal(values, wanted[0])
    np.testing.assert_array_equal(indices, wanted[1])


@pytest.mark.parametrize("case", CASES)
def test_max_gradient(case, block):
    shape, *settings = CASES[case]
    generator = np.random.default_rng(0)
    values, indices = pooling.max_pool(generator.standard_normal(shape), *settings)
    g = generator.standard_normal(values.shape)
    spatial = len(settings[0])
    gradient = pooling.max_pool_gradient(g, indices, shape, spatial)
    wanted = np.zeros((int(np.prod(shape[:-spatial])), int(np.prod(shape[-spatial:]))))
    for plane, places, part in zip(wanted, indices.reshape(len(wanted), -1), g.reshape(len(wanted), -1), strict=True):
        for place, value in zip(places, part, strict=True):
            plane[place] += value
    np.testing.assert_allclose(gradient, wanted.reshape(shape), 1e-12)


def divisor_of(shape, taps, settings, count_include_pad):
    """How many places of a window count: those in the plane, or those in the padding too; none beyond it."""
    padding = settings[2]
    sizes = shape[-len(padding) :]
    margins = padding if count_include_pad else (0,) * len(padding)
    return np.prod(
        [sum(-m <= at < size + m for at in axis) for axis, size, m in zip(taps, sizes, margins, strict=True)], dtype=int
    )


@pytest.mark.parametrize("count_include_pad, divisor_override", [(True, None), (False, None), (True, 3)])
@pytest.mark.parametrize("case", UNDILATED)
def test_average_and_its_gradient(case, count_include_pad, divisor_override, block):
    shape, kernel, stride, padding, _, ceil_mode = CASES[case]
    settings = CASES[case][1:]
    generator = np.random.default_rng(0)
    input = generator.standard_normal(shape)
    out_shape = (*shape[: -len(kernel)], *out_sizes(shape, *settings))
    means, wanted, g = np.zeros(out_shape), np.zeros(shape), generator.standard_normal(out_shape)
    for position, taps in each_window(shape, *settings):
        divisor = divisor_override or divisor_of(shape, taps, settings, count_include_pad)
        for place in itertools.product(*taps):
            if all(0 <= at < size for at, size in zip(place, shape[-len(kernel) :], strict=True)):
                means[(..., *position)] += input[(..., *place)] / divisor
                wanted[(..., *place)] += g[(..., *position)] / divisor
    more = kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
    np.testing.assert_allclose(pooling.avg_pool(input, *more), means, 1e-10, 1e-12)
    np.testing.assert_allclose(pooling.avg_pool_gradient(g, shape, *more), wanted, 1e-10, 1e-12)
    assert pooling.avg_pool(input.astype(np.float16), *more).dtype == np.float16
