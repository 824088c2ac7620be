"""What nn.functional adds to the ops: in-place forms, random slopes, former names, and places that can't be counted."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch.nn import functional as F


@pytest.mark.parametrize(
    "name, settings",
    [
        ("celu", {"alpha": 0.7}), ("elu", {}), ("hardsigmoid", {}), ("hardswish", {}), ("hardtanh", {}), ("leaky_relu", {}),
        ("mish", {}), ("relu", {}), ("relu6", {}), ("rrelu", {}), ("selu", {}), ("silu", {}),
        ("threshold", {"threshold": 0.1, "value": 5.0}),
    ],
)  # fmt: skip
def test_in_place_activations(name, settings):
    function = getattr(F, name)
    source = minitorch.tensor([-2.0, -0.5, 0.0, 0.5, 4.0], requires_grad=True)
    expected = function(source, **settings)
    (gradient,) = minitorch.autograd.grad(expected.sum(), source)
    target = source * 1
    assert function(target, inplace=True, **settings) is target
    assert target.tolist() == expected.tolist() and target._version == 1
    assert minitorch.autograd.grad(target.sum(), source)[0].tolist() == gradient.tolist()


def test_a_random_slope_stays_in_its_bounds_and_is_the_derivative():
    minitorch.manual_seed(0)
    x = minitorch.full((1000,), -1.0).requires_grad_()
    out = F.rrelu(x, 0.1, 0.3, training=True)
    slopes = -out.detach().numpy()
    assert 0.1 <= slopes.min() < 0.12 and 0.28 < slopes.max() <= 0.3
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), slopes)
    assert F.rrelu(minitorch.tensor([2.0]), training=True).tolist() == [2.0]


@pytest.mark.parametrize("hard", [False, True])
def test_gumbel_softmax(hard):
    minitorch.manual_seed(0)
    logits = minitorch.tensor([0.0, 1.0]).expand(4000, 2).clone().requires_grad_()
    drawn = F.gumbel_softmax(logits, 0.5, hard)
    assert minitorch.allclose(drawn.sum(1), minitorch.ones(4000), atol=1e-5)
    share = float((drawn[:, 1] > 0.5).float().mean())
    assert abs(share - 1 / (1 + np.exp(-1))) < 0.03
    if hard:
        assert set(drawn.detach().round().flatten().tolist()) == {0.0, 1.0}
    (drawn * minitorch.tensor([1.0, 2.0])).sum().backward()
    assert logits.grad.abs().sum() > 0


@pytest.mark.parametrize("name", ["upsample", "upsample_nearest", "upsample_bilinear"])
def test_former_names_say_so(name):
    with pytest.warns(UserWarning, match="is deprecated. Use `nn.functional.interpolate` instead"):
        assert getattr(F, name)(minitorch.ones(1, 1, 2, 2), 4).shape == (1, 1, 4, 4)


def test_whole_numbers_are_resized_to_whole_numbers():
    image = minitorch.tensor([[[[0, 255], [255, 0]]]], dtype=minitorch.uint8)
    bigger = F.interpolate(image, 4, mode="bilinear")
    assert bigger.dtype is minitorch.uint8 and bigger[0, 0, 0].tolist() == [0, 64, 191, 255]
    cubic = F.interpolate(image, 4, mode="bicubic")
    assert cubic.dtype is minitorch.uint8 and cubic[0, 0, 0, 0] == 0


@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("place", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_places_that_are_no_numbers(mode, padding_mode, place):
    """PyTorch 2.13 reads elsewhere in memory for some of these."""
    image = minitorch.ones(1, 1, 3, 3)
    grid = minitorch.full((1, 1, 1, 2), place)
    value = float(F.grid_sample(image, grid, mode, padding_mode, align_corners=False))
    assert value in (0.0, 1.0) if padding_mode != "reflection" else True


def test_max_pooling_of_an_empty_batch_has_a_gradient():
    x = minitorch.zeros(0, 2, 4, requires_grad=True)
    F.max_pool1d(x, 2).sum().backward()
    assert x.grad.shape == (0, 2, 4)


def test_unfold_and_fold_are_transposes():
    minitorch.manual_seed(0)
    settings = {"kernel_size": (2, 3), "dilation": (1, 2), "padding": (1, 2), "stride": (2, 1)}
    image = minitorch.randn(2, 3, 5, 6, dtype=minitorch.float64)
    columns = F.unfold(image, **settings)
    other = minitorch.randn(*columns.shape, dtype=minitorch.float64)
    folded = F.fold(other, (5, 6), **settings)
    assert float((columns * other).sum()) == pytest.approx(float((image * folded).sum()))


def test_each_row_of_a_bag_counts_as_often_as_it_was_named():
    """PyTorch 2.13 divides by the counts of other rows."""
    weight = minitorch.zeros(4, 1, requires_grad=True)
    bags = F.embedding_bag(
        minitorch.tensor([2, 1, 1, 0]), weight, minitorch.tensor([0]), mode="sum", scale_grad_by_freq=True
    )
    bags.sum().backward()
    assert weight.grad.flatten().tolist() == [1, 1, 1, 0]


def test_running_statistics_of_instances_are_those_of_the_mean_sample():
    minitorch.manual_seed(0)
    x = minitorch.randn(3, 2, 5, dtype=minitorch.float64) * 2 + 1
    mean, var = minitorch.zeros(2, dtype=minitorch.float64), minitorch.ones(2, dtype=minitorch.float64)
    F.instance_norm(x, mean, var, momentum=0.3)
    np.testing.assert_allclose(mean.numpy(), 0.3 * x.numpy().mean(2).mean(0))
    np.testing.assert_allclose(var.numpy(), 0.7 + 0.3 * x.numpy().var(2, ddof=1).mean(0))
    by_running = F.instance_norm(x, mean, var, use_input_stats=False)
    expected = (x.numpy() - mean.numpy()[:, None]) / np.sqrt(var.numpy()[:, None] + 1e-5)
    np.testing.assert_allclose(by_running.numpy(), expected)
