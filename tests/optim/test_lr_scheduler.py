"""Learning-rate schedules by their values, and what they refuse."""

import math

import pytest

import minitorch
from minitorch.optim import SGD, Adam
from minitorch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    StepLR,
)


def sgd(lr=1.0, **settings):
    return SGD([minitorch.zeros(1, requires_grad=True)], lr=lr, **settings)


def rates(make, steps, optimizer=None):
    optimizer = optimizer or sgd()
    scheduler = make(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        assert scheduler.get_last_lr() == [found[-1]]
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda o: StepLR(o, 2, gamma=0.5), [1, 1, 0.5, 0.5, 0.25]),
        (lambda o: MultiStepLR(o, [1, 3, 3], gamma=0.5), [1, 0.5, 0.5, 0.125, 0.125]),
        (lambda o: ExponentialLR(o, 0.5), [1, 0.5, 0.25, 0.125]),
        (lambda o: LambdaLR(o, lambda epoch: 1 / (1 + epoch)), [1, 1 / 2, 1 / 3, 1 / 4]),
        (lambda o: LinearLR(o, 0.25, 1.0, 3), [0.25, 0.5, 0.75, 1, 1]),
        (lambda o: CosineAnnealingLR(o, 4, eta_min=0.5), [0.75 + math.cos(math.pi * e / 4) / 4 for e in range(10)]),
        (
            lambda o: OneCycleLR(o, 2.0, 5, pct_start=0.6, anneal_strategy="linear", cycle_momentum=False),
            [0.08, 1.04, 2.0],
        ),
    ],
)
def test_rates(make, expected):
    assert rates(make, len(expected)) == pytest.approx(expected)


def test_schedulers_multiply():
    optimizer = sgd()
    StepLR(optimizer, 1, gamma=0.5)
    scheduler = StepLR(optimizer, 1, gamma=0.25)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_one_cycle_moves_momentum():
    optimizer = sgd(momentum=0.9)
    OneCycleLR(optimizer, 1.0, 10)
    assert optimizer.param_groups[0]["momentum"] == pytest.approx(0.95)
    optimizer = Adam([minitorch.zeros(1, requires_grad=True)])
    scheduler = OneCycleLR(optimizer, 1.0, epochs=2, steps_per_epoch=5)
    for _ in range(2):
        optimizer.step()
        scheduler.step()
    assert optimizer.param_groups[0]["betas"] == pytest.approx((0.85, 0.999))
    for _ in range(8):
        scheduler.step()
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        scheduler.step()


def test_a_rate_that_is_a_tensor_stays_one():
    lr = minitorch.tensor(1.0)
    optimizer = sgd(lr)
    scheduler = ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == 0.5
    assert scheduler.base_lrs[0].item() == 1.0


def test_a_scheduler_resumes():
    optimizer = sgd()
    scheduler = CosineAnnealingLR(optimizer, 7)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    other = sgd()
    other.load_state_dict(optimizer.state_dict())
    resumed = CosineAnnealingLR(other, 7, last_epoch=scheduler.last_epoch - 1)
    loaded = CosineAnnealingLR(sgd(), 5)
    loaded.load_state_dict(scheduler.state_dict())
    assert "optimizer" not in scheduler.state_dict()
    assert loaded.T_max == 7
    assert loaded.last_epoch == resumed.last_epoch == 3
    assert other.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]


def test_lambda_objects_are_saved_and_functions_are_not():
    class Factor:
        def __init__(self, value):
            self.value = value

        def __call__(self, epoch):
            return self.value

    first = LambdaLR(sgd(), [Factor(0.5)])
    second = LambdaLR(sgd(), [Factor(0.25)])
    second.load_state_dict(first.state_dict())
    assert second.lr_lambdas[0].value == 0.5
    assert LambdaLR(sgd(), lambda epoch: 1).state_dict()["lr_lambdas"] == [None]


def test_stepping_too_early_is_noticed():
    scheduler = StepLR(sgd(), 1)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        scheduler.step()


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda: LRScheduler(sgd()), NotImplementedError, "get_lr"),
        (lambda: StepLR(sgd(), 1, last_epoch=4), KeyError, "initial_lr"),
        (lambda: LambdaLR(sgd(), [abs, abs]), ValueError, "Expected 1 lr_lambdas, but got 2"),
        (lambda: LinearLR(sgd(), 0), ValueError, "Starting multiplicative factor"),
        (lambda: LinearLR(sgd(), 1, 2), ValueError, "Ending multiplicative factor"),
        (lambda: OneCycleLR(sgd(), 1.0), ValueError, "You must define either total_steps"),
        (lambda: OneCycleLR(sgd(), 1.0, 0), ValueError, "positive integer total_steps"),
        (lambda: OneCycleLR(sgd(), 1.0, epochs=1, steps_per_epoch=0), ValueError, "positive integer steps_per_epoch"),
        (lambda: OneCycleLR(sgd(), 1.0, 5, pct_start=2.0), ValueError, "between 0 and 1 pct_start"),
        (lambda: OneCycleLR(sgd(), 1.0, 5, anneal_strategy="no"), ValueError, "'cos' or 'linear'"),
        (lambda: OneCycleLR(sgd(), [1.0, 2.0], 5), ValueError, "max_lr must have the same length"),
    ],
)
def test_wrong_arguments(make, error, says):
    with pytest.raises(error, match=says):
        make()
