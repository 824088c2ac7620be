"""Hand-written derivatives against the tape: a layer's forward formula, recorded, says what its backward formulas must give."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch
from minitorch.datasets import Digits
from minitorch.legacy import nn
from minitorch.testing.compare import assert_close


def batch(*size: int) -> minitorch.Tensor:
    return minitorch.randn(*size)


LAYERS = {
    "Linear": (lambda: nn.Linear(3, 4), (5, 3)),
    "ReLU": (nn.ReLU, (5, 3)),
    "Tanh": (nn.Tanh, (5, 3)),
    "Sigmoid": (nn.Sigmoid, (5, 3)),
    "LogSoftMax": (nn.LogSoftMax, (5, 3)),
    "Dropout": (lambda: nn.Dropout(0.4), (5, 6)),
    "Reshape": (lambda: nn.Reshape(3, 2), (5, 6)),
    "View": (lambda: nn.View(-1), (5, 2, 3)),
    "SpatialConvolution": (lambda: nn.SpatialConvolution(2, 3, 2, 3), (4, 2, 5, 6)),
    "SpatialConvolution with steps and padding": (lambda: nn.SpatialConvolution(2, 3, 3, 2, 2, 1, 1, 2), (4, 2, 5, 6)),
    "SpatialMaxPooling": (lambda: nn.SpatialMaxPooling(2, 3), (4, 2, 6, 6)),
    "SpatialMaxPooling that overlaps": (lambda: nn.SpatialMaxPooling(3, 2, 1, 1), (4, 2, 5, 5)),
    "BatchNormalization": (lambda: nn.BatchNormalization(3), (5, 3)),
    "BatchNormalization of images": (lambda: nn.BatchNormalization(3), (5, 3, 2, 2)),
    "BatchNormalization in use": (lambda: nn.BatchNormalization(3).evaluate(), (5, 3)),
    "Dropout in use": (lambda: nn.Dropout(0.4).evaluate(), (5, 3)),
    "Sequential": (lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh()).add(nn.Linear(4, 2)).add(nn.LogSoftMax()), (5, 3)),
    "a way around": (
        lambda: nn.Sequential(
            nn.ConcatTable(nn.Linear(3, 3), nn.Sequential(nn.Linear(3, 3), nn.ReLU())), nn.CAddTable()
        ),
        (5, 3),
    ),
}


def close(found: Any, expected: Any) -> None:
    assert_close(found, expected)


@pytest.fixture(autouse=True)
def in_float64() -> Any:
    before = minitorch.get_default_dtype()
    minitorch.set_default_dtype(minitorch.float64)
    yield
    minitorch.set_default_dtype(before)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_agrees_with_the_tape(name: str) -> None:
    make, size = LAYERS[name]
    layer, x = make(), batch(*size)
    parameters, gradients = layer.parameters()
    x.requires_grad_()
    for parameter in parameters:
        parameter.requires_grad_()
    layer.output = layer.updateOutput(x)
    g = minitorch.randn_like(layer.output)
    expected = minitorch.autograd.grad(layer.output, [x, *parameters], g)
    with minitorch.no_grad():
        found = layer.updateGradInput(x, g)
        layer.accGradParameters(x, g)
    close([found, *gradients], list(expected))
    with minitorch.no_grad():
        layer.accGradParameters(x, g, 0.5)
    close(gradients, [1.5 * gradient for gradient in expected[1:]])
    layer.zeroGradParameters()
    assert all(not gradient.any() for gradient in gradients)


@pytest.mark.parametrize("criterion", [nn.MSECriterion, nn.ClassNLLCriterion])
def test_a_criterion_agrees_with_the_tape(criterion: Any) -> None:
    x = minitorch.randn(5, 3, requires_grad=True)
    target = minitorch.randint(0, 3, (5,)) if criterion is nn.ClassNLLCriterion else batch(5, 3)
    loss = criterion().updateOutput(x, target)
    (expected,) = minitorch.autograd.grad(loss, x)
    close(criterion().backward(x, target), expected)
    assert criterion().forward(x, target) == loss.item()


def test_layers_record_nothing_and_keep_averages() -> None:
    layer, x = nn.BatchNormalization(3, momentum=0.25), batch(6, 3)
    assert not layer.forward(x.requires_grad_()).requires_grad
    modern = minitorch.nn.BatchNorm1d(3, momentum=0.25)
    modern(x)
    close([layer.running_mean, layer.running_var], [modern.running_mean, modern.running_var])


def test_training_and_evaluate_reach_every_layer() -> None:
    inner = nn.Dropout()
    net = nn.Sequential(nn.ConcatTable(nn.Sequential(inner), nn.ReLU()), nn.CAddTable())
    assert not net.evaluate().train and not inner.train
    assert net.training().train and inner.train


def test_a_convnet_learns_the_digits() -> None:
    minitorch.set_default_dtype(minitorch.float32)
    minitorch.manual_seed(0)
    sets = [Digits(train=train) for train in (True, False)]
    (images, labels), (test_images, test_labels) = [
        (minitorch.stack([image for image, _ in digits]), minitorch.tensor([label for _, label in digits]))
        for digits in sets
    ]
    net = nn.Sequential(
        nn.SpatialConvolution(1, 8, 3, 3, 1, 1, 1, 1), nn.BatchNormalization(8), nn.ReLU(), nn.SpatialMaxPooling(2, 2),
        nn.View(-1), nn.Dropout(0.1), nn.Linear(8 * 4 * 4, 32), nn.Tanh(), nn.Linear(32, 10), nn.LogSoftMax(),
    )  # fmt: skip
    order, losses = minitorch.randperm(len(images)), []
    loop = nn.StochasticGradient(net, nn.ClassNLLCriterion(), learningRate=0.1, maxIteration=10)
    loop.hookIteration = lambda trainer, iteration, loss: losses.append(loss)
    loop.train([(images[some], labels[some]) for some in order.split(32)])
    right = net.evaluate().forward(test_images).argmax(1) == test_labels
    assert len(losses) == 10 and losses[-1] < losses[0]
    assert right.float().mean().item() > 0.95
