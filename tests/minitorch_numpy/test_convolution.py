"""Convolution on NumPy arrays against its definition, summed position by position in double precision."""

import itertools

import numpy as np
import pytest
from minitorch_numpy import convolution, threads, winograd

# shape, weight's shape, stride, padding, dilation, groups
CASES = {
    "line": ((2, 3, 11), (4, 3, 3), (1,), (1,), (1,), 1),
    "line, in steps": ((2, 4, 12), (6, 2, 4), (3,), (2,), (2,), 2),
    "plane": ((3, 4, 9, 8), (6, 4, 3, 3), (1, 1), (0, 0), (1, 1), 1),
    "few channels": ((2, 1, 9, 8), (8, 1, 3, 3), (1, 1), (1, 1), (1, 1), 1),
    "more padding than kernel": ((2, 2, 3, 4), (3, 2, 2, 3), (1, 1), (3, 4), (1, 1), 1),
    "no two dims alike": ((2, 4, 10, 7), (6, 2, 3, 2), (2, 1), (1, 0), (1, 3), 2),
    "one tap": ((2, 5, 4, 6), (3, 5, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    "one tap, in steps": ((2, 5, 5, 6), (3, 5, 1, 1), (2, 2), (0, 0), (1, 1), 1),
    "depthwise": ((2, 6, 7, 7), (6, 1, 3, 3), (1, 1), (1, 1), (1, 1), 6),
    "depthwise, in steps": ((2, 6, 7, 7), (6, 1, 3, 3), (2, 2), (1, 1), (1, 1), 6),
    "a rest that no window sees": ((1, 2, 8, 8), (3, 2, 3, 3), (3, 3), (0, 0), (1, 1), 1),
    "space": ((2, 2, 5, 4, 6), (4, 2, 2, 3, 2), (1, 1, 1), (1, 0, 1), (1, 1, 1), 1),
    "no images": ((0, 2, 5, 5), (3, 2, 3, 3), (1, 1), (0, 0), (1, 1), 1),
}
TOLERANCE = {"float64": 1e-13, "float32": 2e-6, "float16": 2e-3, "complex64": 2e-6}
BLOCKS = {
    "usual": {},
    "small": {"BLOCK": 64, "COLUMNS": 5},
    "always flat": {"LINE": 10**9},
    "never flat": {"LINE": -(10**9)},
}


def drawn(shape, dtype, seed):
    generator = np.random.default_rng(seed)
    values = generator.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * generator.standard_normal(shape)
    return values.astype(dtype)


def windows(input, kernel, stride, padding, dilation):
    """Each output position with its window, `(N, C, *kernel)`."""
    padded = np.pad(input, [(0, 0), (0, 0), *((pad, pad) for pad in padding)])
    sizes = zip(padded.shape[2:], kernel, stride, dilation, strict=True)
    counts = [(size - reach * (width - 1) - 1) // step + 1 for size, width, step, reach in sizes]
    for position in itertools.product(*map(range, counts)):
        starts = [place * step for place, step in zip(position, stride, strict=True)]
        reaches = zip(starts, kernel, dilation, strict=True)
        yield position, padded[(..., *(slice(s, s + reach * (width - 1) + 1, reach) for s, width, reach in reaches))]


def expected(input, weight, bias, stride, padding, dilation, groups):
    results = {}
    for position, window in windows(input, weight.shape[2:], stride, padding, dilation):
        parts = np.split(window, groups, 1)
        kernels = np.split(weight, groups)
        products = [
            p.reshape(len(p), -1) @ w.reshape(len(w), -1).T if p.size else np.zeros((len(p), len(w)))
            for p, w in zip(parts, kernels, strict=True)
        ]
        results[position] = np.concatenate(products, 1) + bias
    sizes = [1 + last for last in max(results)]
    out = np.zeros((len(input), len(weight), *sizes), np.result_type(input, weight))
    for position, result in results.items():
        out[(..., *position)] = result
    return out


def assert_close(found, wanted, dtype):
    assert found.shape == wanted.shape
    assert found.dtype == dtype
    if wanted.size:
        assert np.abs(found - wanted).max() <= TOLERANCE[dtype] * max(np.abs(wanted).max(), 1)


def check(input, weight, bias, settings, dtype):
    wide = np.complex128 if np.dtype(dtype).kind == "c" else np.float64
    out = convolution.conv_forward(input, weight, bias, *settings)
    assert_close(out, expected(input.astype(wide), weight.astype(wide), bias.astype(wide), *settings), dtype)
    g = drawn(out.shape, dtype, 3)
    gradient = convolution.conv_input_gradient(g, weight, input.shape, *settings)
    assert_close(gradient, expected_input_gradient(g.astype(wide), weight.astype(wide), input.shape, settings), dtype)
    gradient = convolution.conv_weight_gradient(g, input, weight.shape, *settings)
    assert_close(gradient, expected_weight_gradient(g.astype(wide), input.astype(wide), weight.shape, settings), dtype)


def expected_weight_gradient(g, input, shape, settings):
    """A sum over positions of g times the window."""
    gradient, groups = np.zeros(shape, g.dtype), settings[3]
    for position, window in windows(input, shape[2:], *settings[:3]):
        for part, gs, ws in zip(
            np.split(gradient, groups),
            np.split(g[(..., *position)], groups, 1),
            np.split(window, groups, 1),
            strict=True,
        ):
            part += np.tensordot(gs, ws, (0, 0))
    return gradient


def expected_input_gradient(g, weight, shape, settings):
    """Convolution is linear in the input: each element's gradient is g times the convolution of a 1 in its place."""
    places = np.argwhere(np.ones(shape[1:]))
    ones = np.zeros((len(places), *shape[1:]))
    ones[(np.arange(len(places)), *places.T)] = 1
    responses = expected(ones, weight, np.zeros(len(weight)), *settings)
    axes = tuple(range(1, g.ndim))
    return np.tensordot(g, responses, (axes, axes)).reshape(shape)


@pytest.mark.parametrize("blocks", BLOCKS)
@pytest.mark.parametrize("case", CASES)
def test_definition(case, blocks, monkeypatch):
    for name, value in BLOCKS[blocks].items():
        monkeypatch.setattr(convolution, name, value)
    convolution._plan.cache_clear()
    shape, weight_shape, *settings = CASES[case]
    arrays = drawn(shape, "float64", 0), drawn(weight_shape, "float64", 1), drawn(weight_shape[:1], "float64", 2)
    if not shape[0]:
        assert convolution.conv_forward(*arrays, *settings).shape == (0, 3, 3, 3)
        assert not convolution.conv_weight_gradient(np.zeros((0, 3, 3, 3)), arrays[0], weight_shape, *settings).any()
        return
    check(*arrays, settings, "float64")
    convolution._plan.cache_clear()


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_dtypes(dtype):
    shape, weight_shape, *settings = CASES["plane"]
    check(drawn(shape, dtype, 0), drawn(weight_shape, dtype, 1), drawn(weight_shape[:1], dtype, 2), settings, dtype)


def test_integers():
    input, weight = np.arange(32).reshape(1, 2, 4, 4), np.arange(18).reshape(1, 2, 3, 3)
    out = convolution.conv_forward(input, weight, None, (1, 1), (0, 0), (1, 1), 1)
    assert out.dtype == np.int64
    assert out.tolist() == expected(input, weight, 0, (1, 1), (0, 0), (1, 1), 1).tolist()


def test_any_strides():
    shape, weight_shape, *settings = CASES["plane"]
    input, weight = drawn(shape[::-1], "float64", 0).T, drawn(weight_shape[::-1], "float64", 1).T
    check(input, weight, np.zeros(len(weight)), settings, "float64")


def test_no_bias_and_no_channels():
    out = convolution.conv_forward(
        np.ones((2, 0, 5, 5)), np.ones((3, 0, 3, 3)), np.arange(3.0), (1, 1), (0, 0), (1, 1), 1
    )
    assert out[0, :, 1, 1].tolist() == [0, 1, 2]
    assert convolution.conv_forward(np.ones((1, 1, 3)), np.ones((1, 1, 3)), None, (1,), (0,), (1,), 1).tolist() == [
        [[3]]
    ]


@pytest.mark.parametrize("tiles", [True, False])
@pytest.mark.parametrize("number", [np.inf, np.nan])
def test_what_is_not_finite_stays_where_it_is(number, tiles, monkeypatch):
    monkeypatch.setattr(winograd, "pays", lambda *_: tiles)
    settings = (1, 1), (1, 1), (1, 1), 1
    input, weight = drawn((2, 2, 9, 9), "float64", 0), drawn((3, 2, 3, 3), "float64", 1)
    input[1, 0, 4, 4] = number
    out = convolution.conv_forward(input, weight, None, *settings)
    assert np.argwhere(~np.isfinite(out)).tolist() == [
        [1, o, y, x] for o, y, x in itertools.product(range(3), (3, 4, 5), (3, 4, 5))
    ]
    g = np.ones(out.shape)
    gradient = convolution.conv_weight_gradient(g, input, weight.shape, *settings)
    assert np.isfinite(gradient).tolist() == np.broadcast_to([[[[False]], [[True]]]], weight.shape).tolist()
    weight[0, 0, 2, 2] = number
    gradient = convolution.conv_input_gradient(g, weight, input.shape, *settings)
    spoilt = np.zeros(input.shape, bool)
    spoilt[:, 0, 1:, 1:] = True  # a position's last tap lies one row and one column after it
    assert (~np.isfinite(gradient)).tolist() == spoilt.tolist()


def test_an_infinity_at_the_edge_is_in_no_other_taps_gradient():
    settings = (1, 1), (0, 0), (1, 1), 1
    input, weight_shape = drawn((2, 16, 12, 12), "float64", 0), (4, 16, 3, 3)
    assert convolution._plan(input.shape, weight_shape, *settings).flat  # where windows run over the end of a line
    input[:, :, 5, 0] = np.inf
    gradient = convolution.conv_weight_gradient(np.ones((2, 4, 10, 10)), input, weight_shape, *settings)
    assert np.isfinite(gradient).all((0, 1)).tolist() == [[False, True, True]] * 3


TILED = [((3, 2, 9, 13), 4, (0, 0)), ((5, 3, 8, 8), 2, (1, 1)), ((2, 2, 3, 3), 3, (0, 0)), ((2, 2, 1, 6), 2, (2, 3))]


@pytest.mark.parametrize("shape, outputs, padding", TILED)
@pytest.mark.parametrize("columns", [1, 20])
def test_tiles(shape, outputs, padding, columns, monkeypatch):
    monkeypatch.setattr(winograd, "COLUMNS", columns)
    monkeypatch.setattr(winograd, "pays", lambda *_: True)
    arrays = drawn(shape, "float64", 0), drawn((outputs, shape[1], 3, 3), "float64", 1), drawn((outputs,), "float64", 2)
    check(*arrays, ((1, 1), padding, (1, 1), 1), "float64")


def test_tiles_in_single_precision():
    settings = (1, 1), (1, 1), (1, 1), 1
    input, weight = drawn((8, 64, 16, 16), "float32", 0), drawn((64, 64, 3, 3), "float32", 1)
    assert winograd.pays(input.shape, weight.shape, *settings)
    by_tiles = convolution.conv_forward(input, weight, None, *settings)
    exact = convolution.conv_forward(input.astype("d"), weight.astype("d"), None, *settings)
    assert 1e-8 < np.abs(by_tiles - exact).max() / np.abs(exact).max() < 5e-6


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": (3, 1)},
        {"stride": (1, 2)},
        {"dilation": (2, 1)},
        {"groups": 2},
        {"channels": 4},
        {"images": 1, "size": 8},
    ],
)
def test_tiles_are_for_wide_3_by_3_only(change):
    setting = {
        "images": 32,
        "channels": 64,
        "size": 32,
        "kernel": (3, 3),
        "stride": (1, 1),
        "dilation": (1, 1),
        "groups": 1,
    }
    for chosen, wanted in ((setting, True), (setting | change, False)):
        shape = (chosen["images"], chosen["channels"], chosen["size"], chosen["size"])
        weight_shape = (64, chosen["channels"] // chosen["groups"], *chosen["kernel"])
        assert (
            winograd.pays(shape, weight_shape, chosen["stride"], (1, 1), chosen["dilation"], chosen["groups"]) == wanted
        )


def test_threads_change_nothing_but_rounding(monkeypatch):
    settings = (1, 1), (1, 1), (1, 1), 1
    input, weight = drawn((7, 16, 20, 20), "float32", 0), drawn((16, 16, 3, 3), "float32", 1)
    found = {}
    for count in (1, 3):
        monkeypatch.setattr(threads, "_chosen", count)
        out = convolution.conv_forward(input, weight, None, *settings)
        back = convolution.conv_input_gradient(out, weight, input.shape, *settings)
        found[count] = out, back, convolution.conv_weight_gradient(out, input, weight.shape, *settings)
    for alone, together in zip(found[1], found[3], strict=True):
        assert np.abs(alone - together).max() <= 2e-6 * np.abs(alone).max()
