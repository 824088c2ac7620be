"""What all optimizers share: groups, checks, hooks, checkpoints."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import minitorch
from minitorch.optim import SGD, Adam, AdamW, Optimizer
from minitorch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook, required


def leaf(*values):
    return minitorch.tensor(values, requires_grad=True)


def with_grad(*values):
    param = leaf(*values)
    (param * param).sum().backward()
    return param


class Sign(Optimizer):
    """A user's own algorithm."""

    def __init__(self, params, lr=required):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        loss = None if closure is None else closure()
        with minitorch.no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    if param.grad is not None:
                        param -= param.grad.sign() * group["lr"]
        return loss


# --- Groups -----------------------------------------------------------------------------------------------------------


def test_groups_have_settings_of_their_own():
    first, second = with_grad(1.0), with_grad(1.0)
    optimizer = SGD([{"params": first}, {"params": [second], "lr": 0.25}], lr=0.125)
    optimizer.step()
    assert first.item() == 0.75
    assert second.item() == 0.5
    third = with_grad(1.0)
    group = {"params": [third], "lr": 0.5}
    optimizer.add_param_group(group)
    assert optimizer.param_groups[2] is group
    assert group["momentum"] == 0


def test_names_are_kept():
    optimizer = SGD([("weight", leaf(1.0)), ("bias", leaf(2.0))], lr=0.1)
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]
    with pytest.raises(ValueError, match="with/without names"):
        optimizer.add_param_group({"params": [leaf(1.0)]})
    with pytest.raises(ValueError, match="Some param names are missing"):
        SGD([("weight", leaf(1.0)), leaf(2.0)], lr=0.1)


def computed():
    return leaf(1.0) * 2


@pytest.mark.parametrize(
    ("params", "error", "says"),
    [
        (lambda: leaf(1.0), TypeError, "iterable of Tensors or dicts"),
        (list, ValueError, "empty parameter list"),
        (lambda: {leaf(1.0)}, None, None),
        (lambda: [{"params": {leaf(1.0)}}], TypeError, "ordered collections"),
        (lambda: [1.0], TypeError, "can only optimize Tensors, but one of the params is float"),
        (lambda: [computed()], ValueError, "non-leaf Tensor(.|\n)*MulBackward0"),
        (lambda: [{"params": [param := leaf(1.0)]}, {"params": [param]}], ValueError, "more than one parameter group"),
    ],
)
def test_wrong_parameters(params, error, says):
    if error is None:
        SGD(params())
        return
    with pytest.raises(error, match=says):
        SGD(params())


def test_wrong_groups():
    optimizer = SGD([leaf(1.0)])
    with pytest.raises(TypeError, match="param_group must be a dict"):
        optimizer.add_param_group([leaf(1.0)])
    with pytest.raises(ValueError, match="required optimization parameter lr"):
        Sign([leaf(1.0)])
    with pytest.warns(UserWarning, match="duplicate parameters"):
        SGD([param := leaf(1.0), param])


def test_a_refused_group_changes_nothing():
    optimizer = SGD([param := leaf(1.0)])
    group = {"params": (value for value in [param])}
    with pytest.raises(ValueError, match="more than one"):
        optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    assert set(group) == {"params"}


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda p: SGD(p, lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda p: SGD(p, lr=float("nan")), ValueError, "Invalid learning rate: nan"),
        (lambda p: SGD(p, lr=minitorch.tensor([0.1, 0.2])), ValueError, "Tensor lr must be 1-element"),
        (lambda p: SGD(p, momentum=-1), ValueError, "Invalid momentum value"),
        (lambda p: SGD(p, weight_decay=-1), ValueError, "Invalid weight_decay value"),
        (lambda p: SGD(p, nesterov=True), ValueError, "Nesterov momentum requires"),
        (lambda p: SGD(p, nesterov=True, momentum=0.9, dampening=0.1), ValueError, "Nesterov momentum requires"),
        (lambda p: SGD(p, foreach=True, fused=True), RuntimeError, "cannot be `True` together"),
        (lambda p: SGD(p, differentiable=True, fused=True), RuntimeError, "does not support `differentiable`"),
        (lambda p: Adam(p, lr=-1), ValueError, "Invalid learning rate"),
        (lambda p: Adam(p, eps=-1), ValueError, "Invalid epsilon value"),
        (lambda p: Adam(p, betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
        (lambda p: Adam(p, betas=(0.9, -0.1)), ValueError, "Invalid beta parameter at index 1: -0.1"),
        (lambda p: AdamW(p, weight_decay=-1), ValueError, "Invalid weight_decay value"),
    ],
)
def test_wrong_settings(make, error, says):
    with pytest.raises(error, match=says):
        make([leaf(1.0)])


# --- Steps ------------------------------------------------------------------------------------------------------------


def test_parameters_without_a_gradient_stay():
    first, second = with_grad(1.0), leaf(1.0)
    optimizer = Adam([first, second], lr=0.1)
    optimizer.step()
    assert second.item() == 1.0
    assert second not in optimizer.state
    assert first.item() != 1.0


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW, Sign])
def test_closure_is_called_with_gradients_and_its_loss_returned(kind):
    param = leaf(3.0)
    optimizer = kind([param], lr=0.1)

    def closure():
        optimizer.zero_grad()
        assert minitorch.is_grad_enabled()
        loss = (param * param).sum()
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    assert loss.item() == 9.0
    assert param.item() < 3.0
    assert optimizer.step.__name__ == "step"


def test_closure_records_even_without_grad_mode():
    param = leaf(3.0)
    optimizer = SGD([param], lr=0.1)

    def closure():
        loss = (param * param).sum()
        loss.backward()
        return loss

    with minitorch.no_grad():
        optimizer.step(closure)
    assert param.grad.item() == 6.0


def test_zero_grad():
    first, second = with_grad(1.0), leaf(1.0)
    optimizer = SGD([first, second])
    before = first.grad
    optimizer.zero_grad(set_to_none=False)
    assert first.grad is before
    assert before.tolist() == [0.0]
    assert second.grad is None
    optimizer.zero_grad()
    assert first.grad is None


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_a_step_counts_as_a_write(kind):
    param = leaf(3.0)
    optimizer = kind([param], lr=0.1)
    loss = (param * param).sum()
    loss.backward(retain_graph=True)
    before = param._version
    optimizer.step()
    assert param._version == before + 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_a_step_writes_into_the_parameter_s_memory(kind):
    param = with_grad(3.0, 4.0)
    alias = param.detach()
    optimizer = kind([param], lr=0.5)
    optimizer.step()
    assert alias.tolist() == param.tolist()
    assert param.is_leaf
    assert param.requires_grad


@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, lr=0.5, momentum=0.9), lambda p: Adam(p, lr=0.5)], ids=["SGD", "Adam"]
)
def test_a_gradient_that_does_not_fit_stops_the_step_before_it_begins(make):
    first, second = with_grad(1.0, 2.0), with_grad(1.0, 2.0)
    optimizer = make([first, second])
    second.data = minitorch.tensor([1.0, 2.0, 3.0])
    with pytest.raises(RuntimeError, match=r"parameter 1 of group 0(.|\n)*\(3,\)(.|\n)*\(2,\)"):
        optimizer.step()
    assert first.tolist() == [1.0, 2.0]
    assert not optimizer.state.get(first)
    second.data = minitorch.tensor([1.0, 2.0], dtype=minitorch.float64)
    with pytest.raises(RuntimeError, match="gradient doesn't fit"):
        optimizer.step()
    assert first.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, lr=0.5, momentum=0.9), lambda p: Adam(p, lr=0.5)], ids=["SGD", "Adam"]
)
def test_state_that_does_not_fit_stops_the_step_before_it_begins(make):
    first, second = with_grad(1.0, 2.0), with_grad(1.0, 2.0)
    optimizer = make([first, second])
    other = make([with_grad(1.0, 2.0), with_grad(1.0, 2.0, 3.0)])
    other.step()
    optimizer.load_state_dict(other.state_dict())
    with pytest.raises(RuntimeError, match="state doesn't fit"):
        optimizer.step()
    assert first.tolist() == [1.0, 2.0]


def test_zero_dimensions_and_no_elements():
    number, nothing = minitorch.tensor(2.0, requires_grad=True), minitorch.zeros(0, 3, requires_grad=True)
    (number * number + nothing.sum()).backward()
    for kind in (SGD, Adam):
        kind([number, nothing], lr=0.25).step()
    assert number.item() == pytest.approx(0.75)
    assert nothing.shape == (0, 3)


def test_lr_may_be_a_tensor():
    lr = minitorch.tensor(0.25)
    param = with_grad(1.0)
    optimizer = SGD([param], lr=lr)
    optimizer.step()
    assert param.item() == 0.5
    lr.fill_(0.125)
    optimizer.step()
    assert param.item() == 0.25


def test_adam_and_zero_gradients_meet_no_nan():
    param = leaf(1.0, 2.0)
    (param * 0).sum().backward()
    Adam([param]).step()
    assert param.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("backend", ["array_api_strict", "torch"])
@pytest.mark.parametrize(
    ("kind", "settings"), [(SGD, {"momentum": 0.9, "nesterov": True}), (Adam, {"amsgrad": True}), (AdamW, {})]
)
def test_every_backend_takes_the_same_steps(backend, kind, settings):
    pytest.importorskip(backend)
    ends = []
    for name in ("numpy", backend):
        with minitorch.use_backend(name):
            params = [leaf(1.0, -2.0), minitorch.tensor(3.0, requires_grad=True)]
            optimizer = kind(params, lr=0.1, weight_decay=0.1, **settings)
            for _ in range(5):
                descend(optimizer, params)
            ends.append([*params[0].tolist(), params[1].item()])
            assert params[0].device.backend.name == name
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


# --- Hooks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SGD, Sign])
def test_step_hooks(kind):
    seen = []
    optimizer = kind([with_grad(1.0)], lr=0.5)
    handles = [
        optimizer.register_step_pre_hook(lambda self, args, kwargs: seen.append("before")),
        optimizer.register_step_post_hook(lambda self, args, kwargs: seen.append("after")),
        register_optimizer_step_pre_hook(lambda self, args, kwargs: seen.append(self)),
        register_optimizer_step_post_hook(lambda self, args, kwargs: seen.append(self)),
    ]
    optimizer.step()
    assert seen == [optimizer, "before", "after", optimizer]
    for handle in handles:
        handle.remove()
    optimizer.step()
    assert len(seen) == 4


def test_a_step_pre_hook_may_replace_the_arguments():
    optimizer = SGD([with_grad(1.0)])
    with optimizer.register_step_pre_hook(lambda self, args, kwargs: ((self, lambda: "loss"), {})):
        assert optimizer.step() == "loss"
    with (
        optimizer.register_step_pre_hook(lambda self, args, kwargs: 1),
        pytest.raises(RuntimeError, match="None or a tuple"),
    ):
        optimizer.step()


def test_state_dict_hooks():
    seen = []
    optimizer = SGD([leaf(1.0)])
    optimizer.register_state_dict_pre_hook(lambda self: seen.append("save"))
    optimizer.register_state_dict_post_hook(lambda self, state: {**state, "extra": 1})
    optimizer.register_load_state_dict_pre_hook(lambda self, state: seen.append(state.pop("extra")))
    optimizer.register_load_state_dict_pre_hook(lambda self, state: seen.append("first"), prepend=True)
    optimizer.register_load_state_dict_post_hook(lambda self: seen.append("loaded"))
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)
    assert seen == ["save", "first", 1, "loaded"]
    assert state["extra"] == 1


# --- Checkpoints ------------------------------------------------------------------------------------------------------


def trained(kind, **settings):
    params = [leaf(1.0, 2.0), leaf(3.0)]
    optimizer = kind(params, **settings)
    for _ in range(3):
        descend(optimizer, params)
    return optimizer, params


def descend(optimizer, params):
    optimizer.zero_grad()
    sum((param**2).sum() for param in params).backward()
    optimizer.step()


MAKERS = [
    (SGD, {"lr": 0.1, "momentum": 0.9}),
    (Adam, {"lr": 0.1, "amsgrad": True}),
    (AdamW, {"lr": 0.1}),
]


@pytest.mark.parametrize(("kind", "settings"), MAKERS)
def test_a_loaded_optimizer_goes_on_alike_and_on_its_own(kind, settings):
    optimizer, params = trained(kind, **settings)
    saved = optimizer.state_dict()
    others = [param.detach().clone().requires_grad_() for param in params]
    other = kind(others, lr=5.0)
    other.load_state_dict(saved)
    assert other.param_groups[0]["lr"] == 0.1
    for _ in range(3):
        descend(other, others)
    for _ in range(3):  # later, so that state shared with the other would show
        descend(optimizer, params)
    for param, same in zip(params, others, strict=True):
        assert param.tolist() == same.tolist()


@pytest.mark.parametrize("way", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
@pytest.mark.parametrize(("kind", "settings"), MAKERS)
def test_copies_and_pickles(kind, settings, way):
    optimizer, params = trained(kind, **settings)
    other = way(optimizer)
    descend(optimizer, params)
    descend(other, other.param_groups[0]["params"])
    for param, same in zip(params, other.param_groups[0]["params"], strict=True):
        assert param is not same
        assert param.tolist() == same.tolist()


def test_state_takes_the_parameter_s_dtype_but_the_count_stays():
    optimizer, _ = trained(Adam)
    double = Adam([minitorch.zeros(2, dtype=minitorch.float64), minitorch.zeros(1, dtype=minitorch.float64)])
    double.load_state_dict(optimizer.state_dict())
    state = double.state[double.param_groups[0]["params"][0]]
    assert state["exp_avg"].dtype is minitorch.float64
    assert state["step"].dtype is minitorch.float32
    assert state["step"].item() == 3


def test_settings_that_a_checkpoint_lacks_keep_their_defaults():
    optimizer, _ = trained(SGD, momentum=0.5)
    saved = optimizer.state_dict()
    del saved["param_groups"][0]["maximize"]
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["maximize"] is False


def test_a_checkpoint_that_does_not_fit_changes_nothing():
    optimizer, _ = trained(SGD, lr=0.5, momentum=0.5)
    groups, state = optimizer.param_groups, optimizer.state
    with pytest.raises(ValueError, match="different number of parameter groups"):
        optimizer.load_state_dict(SGD([{"params": [leaf(1.0)]}, {"params": [leaf(1.0)]}]).state_dict())
    with pytest.raises(ValueError, match="doesn't match the size"):
        optimizer.load_state_dict(SGD([leaf(1.0)]).state_dict())
    assert optimizer.param_groups is groups
    assert optimizer.state is state


def test_state_dict_numbers_parameters_through_all_groups():
    first, second, third = leaf(1.0), leaf(2.0), leaf(3.0)
    optimizer = SGD([{"params": [first, second]}, {"params": [third]}])
    saved = optimizer.state_dict()
    assert [group["params"] for group in saved["param_groups"]] == [[0, 1], [2]]
    assert list(saved["param_groups"][0])[-1] == "params"


def test_repr():
    assert repr(SGD([leaf(1.0)], lr=0.1)).splitlines()[:3] == ["SGD (", "Parameter Group 0", "    dampening: 0"]


def test_a_training_loop_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, params = trained(Adam, lr=0.1)
    assert np.isfinite(params[0].detach().numpy()).all()
