"""Every learning-rate scheduler against PyTorch's: fifty steps, checkpoints, jumps, errors; averages of models."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import minitorch  # noqa: E402

STEPS = 50


class Factor:
    """A callable object, which checkpoints keep."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, epoch):
        return self.rate**epoch


SCHEDULERS = {
    "lambda": lambda s, o: s.LambdaLR(o, lambda epoch: 0.95**epoch),
    "lambdas": lambda s, o: s.LambdaLR(o, [Factor(0.95), lambda epoch: 1 / (1 + epoch)]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.95),
    "multiplicatives": lambda s, o: s.MultiplicativeLR(o, [Factor(0.99), Factor(0.9)]),
    "step": lambda s, o: s.StepLR(o, 3, 0.5),
    "steps": lambda s, o: s.MultiStepLR(o, [2, 5, 5, 9, 30], 0.5),
    "constant": lambda s, o: s.ConstantLR(o, 0.25, 7),
    "linear": lambda s, o: s.LinearLR(o, 0.1, 0.7, 6),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.9),
    "polynomial": lambda s, o: s.PolynomialLR(o, 20, 1.5),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 7, 0.01),
    "long cosine": lambda s, o: s.CosineAnnealingLR(o, 60),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 6),
    "longer restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4, 2, 0.01),
    "cyclic": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 5, 7),
    "cyclic2": lambda s, o: s.CyclicLR(o, [0.01, 0.02], [0.3, 0.4], 5, mode="triangular2"),
    "cyclic exponential": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 5, mode="exp_range", gamma=0.97, cycle_momentum=False),
    "cyclic own": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 5, scale_fn=Factor(0.9), scale_mode="iterations"),
    "one cycle": lambda s, o: s.OneCycleLR(o, [0.3, 0.6], 60),
    "one cycle epochs": lambda s, o: s.OneCycleLR(o, 0.3, epochs=6, steps_per_epoch=10, cycle_momentum=False),
    "three phases": lambda s, o: s.OneCycleLR(o, 0.3, 60, anneal_strategy="linear", three_phase=True, pct_start=0.25),
    "sequential": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.9), s.StepLR(o, 3, 0.5)], [20, 35]
    ),
    "warm cosine": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 5), s.CosineAnnealingLR(o, 45)], [5]),
    "chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.9)]),
    "nested": lambda s, o: s.SequentialLR(
        o, [s.SequentialLR(o, [s.LinearLR(o), s.ExponentialLR(o, 0.9)], [5]), s.PolynomialLR(o, 9)], [30]
    ),
    "average": lambda s, o: averages(s).SWALR(o, 0.05),
    "average line": lambda s, o: averages(s).SWALR(o, [0.05, 0.1], 5, "linear"),
    "average at once": lambda s, o: averages(s).SWALR(o, 0.05, 0),
}
PLATEAUS = {
    "plateau": {"patience": 2},
    "max": {"mode": "max", "factor": 0.5, "patience": 1, "cooldown": 3},
    "absolute": {"threshold_mode": "abs", "threshold": 0.1, "patience": 0, "min_lr": [0.01, 0.02]},
    "absolute max": {"mode": "max", "threshold_mode": "abs", "threshold": 0.1, "patience": 3, "eps": 0.01},
}
NOT_SAVED_ALIKE = {  # functions by which PyTorch's own schedulers differ from ours in what they keep
    "average": {"anneal_func"}, "average line": {"anneal_func"}, "average at once": {"anneal_func"},
}  # fmt: skip


def averages(schedulers):
    return (minitorch if schedulers is minitorch.optim.lr_scheduler else torch).optim.swa_utils


def optimizer(library, name="SGD", tensor=False, **settings):
    params = [library.zeros(2, requires_grad=True), library.zeros(3, requires_grad=True)]
    lr = library.tensor(0.1, dtype=library.float64) if tensor else 0.1
    groups = [{"params": params[:1]}, {"params": params[1:], "lr": lr * 5}]
    return getattr(library.optim, name)(groups, lr=lr, **settings)


def settings_of(made):
    return [
        {key: float(value) if hasattr(value, "item") else value for key, value in group.items() if key != "params"}
        for group in made.param_groups
    ]


def runs(make, name="SGD", tensor=False):
    """The settings of all groups after each of fifty steps, and the scheduler, in both libraries."""
    for library in (minitorch, torch):
        own = optimizer(library, name, tensor, **({"momentum": 0.9} if name == "SGD" else {}))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # both warn of what a schedule within a schedule does when it is made
            scheduler = make(library.optim.lr_scheduler, own)
        found = [settings_of(own)]
        for _ in range(STEPS):
            own.step()
            scheduler.step()
            found.append(settings_of(own))
            assert [float(lr) for lr in scheduler.get_last_lr()] == [group["lr"] for group in found[-1]]
        yield found, scheduler, own


@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("make", SCHEDULERS.values(), ids=SCHEDULERS)
def test_fifty_rates(make, name):
    (ours, _, _), (theirs, _, _) = runs(make, name)
    assert ours == theirs


@pytest.mark.parametrize("make", SCHEDULERS.values(), ids=SCHEDULERS)
def test_rates_that_are_tensors(make):
    (ours, _, our_optimizer), (theirs, _, _) = runs(make, tensor=True)
    assert isinstance(our_optimizer.param_groups[0]["lr"], minitorch.Tensor)
    for one, other in zip(ours, theirs, strict=True):
        assert [group["lr"] for group in one] == pytest.approx([group["lr"] for group in other], rel=1e-12)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_checkpoints_go_both_ways(name):
    make = SCHEDULERS[name]
    (_, ours, our_optimizer), (_, theirs, their_optimizer) = runs(make)
    our_state, their_state = ours.state_dict(), theirs.state_dict()
    for state in (our_state, their_state):
        for key in NOT_SAVED_ALIKE.get(name, ()):
            state.pop(key, None)
    assert our_state == their_state
    state = theirs.state_dict()
    for key in NOT_SAVED_ALIKE.get(name, ()):
        state.pop(key, None)
    ours.load_state_dict(state)
    assert ours.get_last_lr() == theirs.get_last_lr()
    for own, scheduler in ((our_optimizer, ours), (their_optimizer, theirs)):
        own.step()
        scheduler.step()
    assert settings_of(our_optimizer) == settings_of(their_optimizer)


JUMPING = ("step", "steps", "constant", "linear", "exponential", "polynomial", "cosine", "restarts", "lambda")


@pytest.mark.parametrize("name", JUMPING)
def test_jumps(name):
    found = []
    for library in (minitorch, torch):
        own = optimizer(library)
        scheduler = SCHEDULERS[name](library.optim.lr_scheduler, own)
        own.step()
        rates = []
        for epoch in (3, 17, 4, 30, 2):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                scheduler.step(epoch)
            rates.append((scheduler.get_last_lr(), len(caught)))
        found.append(rates)
    assert found[0] == found[1]


def test_restarts_between_epochs():
    found = []
    for library in (minitorch, torch):
        scheduler = library.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer(library), 3, 2)
        found.append([])
        for epoch in np.arange(0, 30, 0.37):
            scheduler.step(float(epoch))
            found[-1].append(scheduler.get_last_lr())
    assert found[0] == found[1]


@pytest.mark.parametrize("kwargs", PLATEAUS.values(), ids=PLATEAUS)
def test_plateaus(kwargs):
    figures = np.concatenate([np.linspace(3, 1, 10), np.ones(15), np.linspace(1, 2, 10), np.linspace(2, 0, 15)])
    found = []
    for library in (minitorch, torch):
        own = optimizer(library)
        scheduler = library.optim.lr_scheduler.ReduceLROnPlateau(own, **kwargs)
        rates = []
        for figure in figures:
            own.step()
            scheduler.step(figure)
            rates.append((settings_of(own), scheduler.get_last_lr(), scheduler.in_cooldown))
        found.append((rates, scheduler.state_dict()))
    assert found[0] == found[1]


ERRORS = [
    lambda s, o: s.StepLR(3, 1),
    lambda s, o: s.ReduceLROnPlateau(3),
    lambda s, o: s.OneCycleLR(3, 0.1, 5),
    lambda s, o: s.CyclicLR(3, 0.1, 0.5),
    lambda s, o: s.StepLR(o, 1, last_epoch=4),
    lambda s, o: s.LambdaLR(o, [abs]),
    lambda s, o: s.MultiplicativeLR(o, [abs]),
    lambda s, o: s.MultiplicativeLR(o, 3),
    lambda s, o: s.ConstantLR(o, 2.0),
    lambda s, o: s.LinearLR(o, 0),
    lambda s, o: s.LinearLR(o, 1, 2),
    lambda s, o: s.OneCycleLR(o, 1.0),
    lambda s, o: s.OneCycleLR(o, 1.0, 0),
    lambda s, o: s.OneCycleLR(o, 1.0, epochs=1, steps_per_epoch=0),
    lambda s, o: s.OneCycleLR(o, 1.0, 5, pct_start=2.0),
    lambda s, o: s.OneCycleLR(o, 1.0, 5, anneal_strategy="no"),
    lambda s, o: s.OneCycleLR(o, [1.0], 5),
    lambda s, o: s.CyclicLR(o, [0.1], 0.5),
    lambda s, o: s.CyclicLR(o, 0.1, 0.5, mode="no"),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 1.5),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, 0),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, 1, "no"),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 1).step(-1),
    lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    lambda s, o: s.ReduceLROnPlateau(o, "no"),
    lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="no"),
    lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    lambda s, o: s.SequentialLR(o, [], []),
    lambda s, o: s.SequentialLR(o, [3], []),
    lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [1]),
    lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    lambda s, o: s.ChainedScheduler([]),
    lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    lambda s, o: s.LRScheduler(o),
    lambda s, o: averages(s).SWALR(o, [0.1]),
    lambda s, o: averages(s).SWALR(o, 0.1, anneal_strategy="no"),
    lambda s, o: averages(s).SWALR(o, 0.1, anneal_epochs=-1),
    lambda s, o: averages(s).get_ema_avg_fn(2.0),
    lambda s, o: averages(s).get_ema_multi_avg_fn(-1.0),
]


@pytest.mark.parametrize("make", ERRORS)
def test_errors_have_one_type_and_one_beginning(make):
    with pytest.raises(Exception) as their_error:
        make(torch.optim.lr_scheduler, optimizer(torch))
    with pytest.raises(type(their_error.value)) as our_error:
        make(minitorch.optim.lr_scheduler, optimizer(minitorch))
    assert str(our_error.value).split()[:2] == str(their_error.value).split()[:2] or not str(their_error.value)


def test_schedulers_of_another_optimizer_are_refused():
    for library in (minitorch, torch):
        schedulers = library.optim.lr_scheduler
        one, other = optimizer(library), optimizer(library)
        for make in (
            lambda: schedulers.SequentialLR(one, [schedulers.StepLR(other, 1)], []),  # noqa: B023
            lambda: schedulers.ChainedScheduler([schedulers.StepLR(one, 1), schedulers.StepLR(other, 1)]),  # noqa: B023
        ):
            with pytest.raises(ValueError, match="belong to the same optimizer"):
                make()


def test_asking_a_rule_for_the_present_rate_warns():
    for library in (minitorch, torch):
        scheduler = library.optim.lr_scheduler.StepLR(optimizer(library), 1)
        with pytest.warns(UserWarning, match="please use `get_last_lr"):
            scheduler.get_lr()


def test_all_names_are_there():
    assert set(torch.optim.lr_scheduler.__all__) <= set(dir(minitorch.optim.lr_scheduler))
    assert set(torch.optim.swa_utils.__all__) <= set(dir(minitorch.optim.swa_utils))
    assert issubclass(minitorch.optim.lr_scheduler._LRScheduler, minitorch.optim.lr_scheduler.LRScheduler)


# --- Averages of models -----------------------------------------------------------------------------------------------


def network(library):
    nn = library.nn
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def pair_of_networks():
    theirs, ours = network(torch), network(minitorch)
    ours.load_state_dict(
        {name: minitorch.from_numpy(value.numpy().copy()) for name, value in theirs.state_dict().items()}
    )
    return ours, theirs


def functions(library, kind):
    utils = library.optim.swa_utils
    return {
        "default": {},
        "ema": {"avg_fn": utils.get_ema_avg_fn(0.9)},
        "emas": {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.9)},
        "swa": {"avg_fn": utils.get_swa_avg_fn()},
        "swas": {"multi_avg_fn": utils.get_swa_multi_avg_fn()},
        "buffers": {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.9), "use_buffers": True},
    }[kind]


@pytest.mark.parametrize("kind", ["default", "ema", "emas", "swa", "swas", "buffers"])
def test_averaged_models(kind):
    models = pair_of_networks()
    averaged = [
        library.optim.swa_utils.AveragedModel(model, **functions(library, kind))
        for library, model in zip((minitorch, torch), models, strict=True)
    ]
    rng = np.random.default_rng(0)
    batches = [np.array(rng.standard_normal((5, 3)), "float32") for _ in range(4)]
    for batch in batches:
        for library, model, average in zip((minitorch, torch), models, averaged, strict=True):
            model(library.from_numpy(batch))
            with library.no_grad():
                for param in model.parameters():
                    param.add_(0.1)
            average.update_parameters(model)
    compare_networks(*averaged)
    for library, average in zip((minitorch, torch), averaged, strict=True):
        loader = [[library.from_numpy(batch), None] for batch in batches]
        library.optim.swa_utils.update_bn(loader, average)
    compare_networks(*averaged)
    assert averaged[0].training


def compare_networks(ours, theirs):
    our_state, their_state = ours.state_dict(), theirs.state_dict()
    assert list(our_state) == list(their_state)
    for name, value in their_state.items():
        assert repr(our_state[name].dtype) == repr(value.dtype)
        np.testing.assert_allclose(our_state[name].numpy(), value.numpy(), rtol=1e-5, atol=1e-6)
