"""First values: ranges, moments and special cases."""

from __future__ import annotations

import math

import pytest

import minitorch
from minitorch.nn import init


def test_fills_off_the_tape() -> None:
    weight = minitorch.nn.Parameter(minitorch.zeros(4, 4))
    for fill in (init.ones_, init.zeros_, init.eye_, init.xavier_normal_, init.kaiming_uniform_, init.trunc_normal_):
        assert fill(weight) is weight
        assert weight.is_leaf and weight.requires_grad


def test_xavier_and_kaiming_scales() -> None:
    weight = minitorch.empty(300, 200)
    for fill, std in (
        (init.xavier_uniform_, math.sqrt(2 / 500)),
        (init.xavier_normal_, math.sqrt(2 / 500)),
        (init.kaiming_uniform_, math.sqrt(2 / 200)),
        (lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"), math.sqrt(2 / 300)),
        (lambda w: init.kaiming_normal_(w, a=1.0), math.sqrt(1 / 200)),
    ):
        assert fill(weight).std().item() == pytest.approx(std, rel=0.02)
        assert abs(weight.mean().item()) < std / 50


@pytest.mark.parametrize(("mean", "std", "a", "b"), [(0.0, 1.0, -2.0, 2.0), (0.0, 1.0, 2.0, 3.0), (5.0, 0.1, 4.9, 6.0)])
def test_truncated(mean: float, std: float, a: float, b: float) -> None:
    values = init.trunc_normal_(minitorch.empty(5000), mean, std, a, b)
    assert a <= values.min().item() and values.max().item() <= b

    def density(x: float) -> float:
        return math.exp(-0.5 * ((x - mean) / std) ** 2) / math.sqrt(2 * math.pi)

    def below(x: float) -> float:
        return 0.5 * (1 + math.erf((x - mean) / std / math.sqrt(2)))

    expected = mean + std * (density(a) - density(b)) / (below(b) - below(a))
    assert values.mean().item() == pytest.approx(expected, abs=0.06 * std)


def test_truncated_far_away_warns() -> None:
    with pytest.warns(UserWarning, match="more than 2 std"):
        init.trunc_normal_(minitorch.empty(3), mean=10.0, a=0.0, b=1.0)


def test_dirac_passes_channels_on() -> None:
    weight = init.dirac_(minitorch.empty(4, 2, 3, 3), groups=2)
    image = minitorch.arange(2 * 2 * 5 * 5, dtype=minitorch.float32).reshape(1, 4, 5, 5)
    assert minitorch.nn.functional.conv2d(image, weight, padding=1, groups=2).tolist() == image.tolist()


def test_sparse() -> None:
    weight = init.sparse_(minitorch.empty(10, 4), 0.25)
    assert (weight == 0).sum(0).tolist() == [3, 3, 3, 3]


def test_nothing_to_fill_warns() -> None:
    with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op"):
        init.kaiming_uniform_(minitorch.empty(0, 3))


def test_unknown_gain() -> None:
    with pytest.raises(ValueError, match="Unsupported nonlinearity swish"):
        init.calculate_gain("swish")


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (2, 3, 2)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    weight = init.orthogonal_(minitorch.empty(shape, dtype=minitorch.float64), gain=2.0).flatten(1)
    product = weight @ weight.T if weight.shape[0] < weight.shape[1] else weight.T @ weight
    assert minitorch.allclose(product, 4 * minitorch.eye(len(product), dtype=minitorch.float64))


def test_nothing_is_drawn_for_tensors_without_values() -> None:
    minitorch.manual_seed(0)
    expected = minitorch.rand(1).item()
    minitorch.manual_seed(0)
    for fill in (init.normal_, init.uniform_, init.orthogonal_, init.trunc_normal_, init.kaiming_normal_):
        fill(minitorch.empty(10**5, 10**5, device="meta"))
    assert minitorch.rand(1).item() == expected


def test_old_names_warn() -> None:
    with pytest.warns(FutureWarning, match="in favor of `nn.init.constant_`"):
        assert init.constant(minitorch.empty(1), 3.0).item() == 3
