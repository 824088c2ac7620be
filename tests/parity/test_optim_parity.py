"""Optimizers against PyTorch's: numbers over 100 steps, checkpoints both ways, representations, errors."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import minitorch  # noqa: E402

SHAPES = [(32, 20), (32,), (), (3, 4, 5)]
STEPS = 100

SETTINGS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-3}),
    ("Adam", {"lr": 0.01, "betas": (0.0, 0.9)}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "amsgrad": True}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.3, "amsgrad": True}),
    ("AdamW", {"lr": 0.01, "maximize": True}),
]


def pair(dtype="float32"):
    """The same parameters in both libraries."""
    rng = np.random.default_rng(0)
    values = [np.array(rng.standard_normal(shape), dtype) for shape in SHAPES]
    theirs = [torch.from_numpy(value.copy()).requires_grad_() for value in values]
    ours = [minitorch.from_numpy(value.copy()).requires_grad_() for value in values]
    return ours, theirs


def gradients(step, dtype="float32"):
    """A smooth run of gradients with noise, of very different sizes."""
    rng = np.random.default_rng(step + 1)
    return [
        np.array(10.0 ** (place - 2) * (np.cos(step / 7) + rng.standard_normal(shape)), dtype)
        for place, shape in enumerate(SHAPES)
    ]


def both_step(ours, theirs, our_optimizer, their_optimizer, step, dtype="float32"):
    for our, their, gradient in zip(ours, theirs, gradients(step, dtype), strict=True):
        our.grad, their.grad = minitorch.from_numpy(gradient.copy()), torch.from_numpy(gradient.copy())
    our_optimizer.step()
    their_optimizer.step()


def assert_same(ours, theirs, tolerance):
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our.detach().numpy(), their.detach().numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("foreach", [None, True])
@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_a_hundred_steps(name, settings, foreach, dtype, tolerance):
    ours, theirs = pair(dtype)
    our_optimizer = getattr(minitorch.optim, name)(ours, **settings)
    their_optimizer = getattr(torch.optim, name)(theirs, **settings, foreach=foreach)
    for step in range(STEPS):
        both_step(ours, theirs, our_optimizer, their_optimizer, step, dtype)
        if step == 0:
            assert_same(ours, theirs, tolerance / 10)
    assert_same(ours, theirs, tolerance)
    for our, their in zip(ours, theirs, strict=True):
        our_state, their_state = our_optimizer.state[our], their_optimizer.state[their]
        assert our_state.keys() == their_state.keys()
        for key, their_value in their_state.items():
            our_value = our_state[key]
            assert tuple(our_value.shape) == tuple(their_value.shape)
            assert repr(our_value.dtype) == repr(their_value.dtype)
            np.testing.assert_allclose(our_value.numpy(), their_value.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_complex_parameters(name):
    value = np.array([1 + 2j, -0.5 + 1j], np.complex64)
    our, their = minitorch.from_numpy(value.copy()).requires_grad_(), torch.from_numpy(value.copy()).requires_grad_()
    settings = {"lr": 0.1, "weight_decay": 0.1}
    our_optimizer = getattr(minitorch.optim, name)([our], **settings)
    their_optimizer = getattr(torch.optim, name)([their], **settings)
    for step in range(10):
        gradient = np.array([np.cos(step) + 1j, 0.1 - 2j], np.complex64)
        our.grad, their.grad = minitorch.from_numpy(gradient), torch.from_numpy(gradient.copy())
        our_optimizer.step()
        their_optimizer.step()
    np.testing.assert_allclose(our.detach().numpy(), their.detach().numpy(), rtol=1e-5)


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_representation_and_state_dict_have_one_form(name, settings):
    ours, theirs = pair()
    our_optimizer = getattr(minitorch.optim, name)([{"params": ours[:2]}, {"params": ours[2:], "lr": 0.5}], **settings)
    their_optimizer = getattr(torch.optim, name)(
        [{"params": theirs[:2]}, {"params": theirs[2:], "lr": 0.5}], **settings
    )
    assert repr(our_optimizer) == repr(their_optimizer)
    both_step(ours, theirs, our_optimizer, their_optimizer, 0)
    our_state, their_state = our_optimizer.state_dict(), their_optimizer.state_dict()
    assert our_state["param_groups"] == their_state["param_groups"]
    assert [list(group) for group in our_state["param_groups"]] == [
        list(group) for group in their_state["param_groups"]
    ]
    assert our_state["state"].keys() == their_state["state"].keys()
    for number, state in their_state["state"].items():
        assert list(our_state["state"][number]) == list(state)


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_checkpoints_go_both_ways(name, settings):
    ours, theirs = pair()
    our_optimizer = getattr(minitorch.optim, name)(ours, **settings)
    their_optimizer = getattr(torch.optim, name)(theirs, **settings)
    for step in range(3):
        both_step(ours, theirs, our_optimizer, their_optimizer, step)

    our_next, their_next = pair()
    our_loaded = getattr(minitorch.optim, name)(our_next, lr=7.0)
    our_loaded.load_state_dict(their_optimizer.state_dict())
    their_loaded = getattr(torch.optim, name)(their_next, lr=7.0)
    saved = our_optimizer.state_dict()
    saved["state"] = {
        number: {key: torch.from_numpy(np.array(value.numpy())) for key, value in state.items()}
        for number, state in saved["state"].items()
    }
    their_loaded.load_state_dict(saved)
    assert repr(our_loaded) == repr(their_loaded) == repr(their_optimizer)
    for step in range(3, 6):
        both_step(our_next, their_next, our_loaded, their_loaded, step)
    assert_same(our_next, their_next, 2e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda lib, p: lib.optim.SGD(p[0]),
        lambda lib, p: lib.optim.SGD([]),
        lambda lib, p: lib.optim.SGD([1]),
        lambda lib, p: lib.optim.SGD([p[0] * 2]),
        lambda lib, p: lib.optim.SGD([{"params": set(p)}]),
        lambda lib, p: lib.optim.SGD([{"params": p}, {"params": p}]),
        lambda lib, p: lib.optim.SGD(p).add_param_group(p),
        lambda lib, p: lib.optim.SGD([("name", p[0]), p[1]]),
        lambda lib, p: lib.optim.SGD(p, lr=-1),
        lambda lib, p: lib.optim.SGD(p, lr=lib.tensor([1.0, 2.0])),
        lambda lib, p: lib.optim.SGD(p, momentum=-1),
        lambda lib, p: lib.optim.SGD(p, weight_decay=-1),
        lambda lib, p: lib.optim.SGD(p, nesterov=True),
        lambda lib, p: lib.optim.SGD(p, fused=True, foreach=True),
        lambda lib, p: lib.optim.Adam(p, lr=-1),
        lambda lib, p: lib.optim.Adam(p, eps=-1),
        lambda lib, p: lib.optim.Adam(p, betas=(-1, 0.9)),
        lambda lib, p: lib.optim.Adam(p, betas=(0.9, 1)),
        lambda lib, p: lib.optim.AdamW(p, weight_decay=-1),
        lambda lib, p: lib.optim.Adam(p).load_state_dict(lib.optim.Adam(p[:1]).state_dict()),
        lambda lib, p: lib.optim.Adam([{"params": p[:1]}, {"params": p[1:]}]).load_state_dict(
            lib.optim.Adam(p).state_dict()
        ),
    ],
)
def test_errors_have_one_type_and_one_beginning(make):
    ours, theirs = pair()
    with pytest.raises(Exception) as their_error:
        make(torch, theirs)
    with pytest.raises(type(their_error.value)) as our_error:
        make(minitorch, ours)
    assert str(our_error.value).split()[:3] == str(their_error.value).split()[:3]


def test_swapped_parameters_and_state():
    results = []
    for library, params in zip((minitorch, torch), pair(), strict=True):
        optimizer = library.optim.Adam([{"params": params[:1]}, {"params": params[1:2], "lr": 0.5}])
        others = [library.ones(*param.shape).requires_grad_() for param in params[:2]]
        for param in [*params[:2], *others]:
            param.grad = library.ones(*param.shape)
        with pytest.raises(RuntimeError, match="initialized optimizer state"):
            optimizer_swap(library, optimizer, others, optimizer.state_dict())
        optimizer.step()
        saved = optimizer.state_dict()
        saved["param_groups"][0]["lr"] = 0.25
        optimizer_swap(library, optimizer, others, saved)
        optimizer.step()
        results.append([param.detach().numpy() for param in (*params[:2], *others)])
        results[-1].append(np.array([float(optimizer.state[param]["step"]) for param in params[:2]]))
        for broken in (
            3,
            {"state": {}},
            {**saved, "param_groups": saved["param_groups"][:1]},
            {**saved, "state": {7: {}}},
        ):
            with pytest.raises(RuntimeError, match="swap"):
                optimizer_swap(library, optimizer, others, broken)
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


def optimizer_swap(library, optimizer, others, state):
    with library.optim.swap_in_optimizer_params_and_state(optimizer, dict(enumerate(others)), state):
        optimizer.step()
