"""Layers: known results by hand, and what a layer must not do."""

from __future__ import annotations

import pytest

import minitorch
from minitorch import nn


def test_linear() -> None:
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": minitorch.tensor([[2.0, 3.0]]), "bias": minitorch.tensor([1.0])})
    assert layer(minitorch.tensor([[1.0, 10.0]])).tolist() == [[33.0]]


@pytest.mark.parametrize(
    "make", [lambda: nn.Linear(5, 100), lambda: nn.Conv2d(5, 100, 3), lambda: nn.Conv1d(10, 100, 2, groups=2)]
)
def test_first_values_lie_within_their_bound(make) -> None:
    layer = make()
    weight = layer.weight.detach()
    bound = weight[0].numel() ** -0.5
    assert bound * 0.9 < weight.abs().max().item() <= bound
    assert bound * 0.8 < layer.bias.detach().abs().max().item() <= bound


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("Linear", (2, 2)),
        ("Conv1d", (2, 2, 1)),
        ("Conv2d", (2, 2, 1)),
        ("BatchNorm1d", (2,)),
        ("LayerNorm", (2,)),
        ("GroupNorm", (1, 2)),
        ("Embedding", (2, 2)),
        ("EmbeddingBag", (2, 2)),
        ("Conv3d", (2, 2, 1)),
        ("ConvTranspose1d", (2, 2, 1)),
        ("ConvTranspose3d", (2, 2, 1)),
        ("PReLU", ()),
        ("RMSNorm", (2,)),
        ("BatchNorm3d", (2,)),
        ("SyncBatchNorm", (2,)),
        ("InstanceNorm2d", (2, 1e-5, 0.1, True, True)),
        ("Bilinear", (2, 2, 2)),
        ("LazyLinear", (2,)),
        ("LazyConvTranspose2d", (2, 1)),
        ("LazyBatchNorm1d", ()),
        ("AdaptiveLogSoftmaxWithLoss", (4, 5, [2])),
        ("LinearCrossEntropyLoss", (2, 3)),
    ],
)
def test_factory_arguments(name: str, args: tuple) -> None:
    layer = getattr(nn, name)(*args, dtype=minitorch.float64, device="cpu")
    assert {parameter.dtype for parameter in layer.parameters()} == {minitorch.float64}
    assert all(buffer.dtype in (minitorch.float64, minitorch.int64) for buffer in layer.buffers())


def test_cross_map_normalization() -> None:
    random = minitorch.Generator().manual_seed(0)
    x = minitorch.randn(2, 7, 2, 3, generator=random, dtype=minitorch.float64)
    for size in range(2, 8):
        reach = (size - 1) // 2
        sums = [sum(x[:, at] ** 2 for at in range(max(c - reach, 0), min(c + reach + 1, 7))) for c in range(7)]
        expected = x * (2 + 0.3 / size * minitorch.stack(sums, 1)) ** -0.6
        result = nn.CrossMapLRN2d(size, alpha=0.3, beta=0.6, k=2)(x)
        assert minitorch.allclose(result, expected, rtol=1e-12)
    with pytest.raises(ValueError, match="4D"):
        nn.CrossMapLRN2d(3)(x[0])


def test_unpooling_undoes_pooling() -> None:
    x = minitorch.arange(1.0, 25.0).reshape(1, 2, 3, 4)
    for kernel in (1, (1, 2), (3, 4)):
        largest, places = nn.MaxPool2d(kernel, return_indices=True)(x)
        back = nn.MaxUnpool2d(kernel)(largest, places)
        assert back.shape == x.shape
        assert minitorch.equal(back, minitorch.where(back > 0, x, 0.0)) and back.sum() == largest.sum()


def test_fold_counts_what_unfold_took() -> None:
    x = minitorch.ones(1, 2, 4, 5)
    columns = nn.Unfold((2, 3), stride=(2, 1))(x)
    assert tuple(columns.shape) == (1, 12, 6)
    assert nn.Fold((4, 5), (2, 3), stride=(2, 1))(columns)[0, 1, 3].tolist() == [1.0, 2.0, 3.0, 2.0, 1.0]


def test_probabilities_of_an_adaptive_softmax() -> None:
    layer = nn.AdaptiveLogSoftmaxWithLoss(8, 15, [3, 7, 11], div_value=2.0)
    x = minitorch.randn(6, 8) * 5
    all_classes = layer.log_prob(x)
    assert all_classes.exp().sum(1).tolist() == pytest.approx([1.0] * 6, rel=1e-5)
    target = minitorch.tensor([0, 14, 3, 7, 10, 2])
    output, loss = layer(x, target)
    assert output.tolist() == pytest.approx(all_classes.gather(1, target.unsqueeze(1)).squeeze(1).tolist(), rel=1e-5)
    assert loss.item() == pytest.approx(-output.mean().item(), rel=1e-6)
    assert layer.predict(x).tolist() == all_classes.argmax(1).tolist()
    loss.backward()
    assert all(parameter.grad is not None for parameter in layer.parameters())
    layer.reset_parameters()


def test_dropout_in_use_is_the_identity() -> None:
    x = minitorch.ones(4)
    assert nn.Dropout(0.9).eval()(x).tolist() == [1.0] * 4
    assert set(nn.Dropout(0.5)(minitorch.ones(100)).tolist()) == {0.0, 2.0}


def test_batch_norm_counts_only_what_it_saw() -> None:
    layer = nn.BatchNorm1d(2)
    layer(minitorch.tensor([[0.0, 2.0], [2.0, 6.0]]))
    assert layer.running_mean.tolist() == pytest.approx([0.1, 0.4])
    assert layer.running_var.tolist() == pytest.approx([1.1, 1.7])
    assert layer.num_batches_tracked.item() == 1
    with pytest.raises((RuntimeError, ValueError)):
        layer(minitorch.ones(2, 3))
    layer.eval()(minitorch.ones(2, 2))
    assert layer.num_batches_tracked.item() == 1
    layer.reset_running_stats()
    assert layer.running_var.tolist() == [1.0, 1.0] and layer.num_batches_tracked.item() == 0


def test_batch_norm_without_momentum_averages_all() -> None:
    layer = nn.BatchNorm1d(1, momentum=None)
    for value in (0.0, 3.0, 6.0):
        layer(minitorch.tensor([[value - 1], [value + 1]]))
    assert layer.running_mean.tolist() == pytest.approx([3.0])


def test_padding_row_of_an_embedding() -> None:
    layer = nn.Embedding(4, 3, padding_idx=-2)
    assert layer.padding_idx == 2
    assert layer.weight[2].tolist() == [0.0] * 3
    layer(minitorch.tensor([2, 1])).sum().backward()
    assert layer.weight.grad.tolist() == [[0.0] * 3, [1.0] * 3, [0.0] * 3, [0.0] * 3]


def test_frozen_embedding() -> None:
    layer = nn.Embedding.from_pretrained(minitorch.ones(3, 2))
    assert not layer.weight.requires_grad
    assert layer(minitorch.tensor(1)).tolist() == [1.0, 1.0]


def test_loss_weights_move_with_the_module() -> None:
    loss = nn.CrossEntropyLoss(weight=minitorch.ones(3)).double()
    assert loss.weight.dtype is minitorch.float64
    assert list(loss.state_dict()) == ["weight"]


@pytest.mark.parametrize("name", ["relu", "hardtanh", "leaky_relu", "elu", "silu", "relu6"])
def test_in_place_activations_write_into_their_input(name: str) -> None:
    function = getattr(nn.functional, name)
    x = minitorch.tensor([-2.0, -0.5, 0.5, 8.0])
    expected = function(x).tolist()
    assert x.tolist() == [-2.0, -0.5, 0.5, 8.0]
    assert function(x, inplace=True) is x
    assert x.tolist() == expected


def test_implicit_dim_of_softmax_warns() -> None:
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        assert nn.Softmax()(minitorch.zeros(2, 4)).tolist() == [[0.25] * 4] * 2
    with pytest.warns(UserWarning, match="Implicit dimension choice for log_softmax"):
        nn.LogSoftmax()(minitorch.zeros(2, 4, 1))
