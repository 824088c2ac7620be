"""minitorch.func, autograd.functional and autograd.forward_ad against PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch
import minitorch.autograd.functional
from minitorch import autograd, nn

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's own, at its first jvp and linearize

RANDOM = np.random.default_rng(0)
A, B, C = (RANDOM.normal(size=shape).astype(np.float64) for shape in ((3, 4), (4, 2), (3, 4)))
V = RANDOM.normal(size=3)


def same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, minitorch.Tensor), f"expected a Tensor, got {ours!r}"
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-6, atol=1e-12)
        assert repr(ours.dtype) == repr(theirs.dtype)
        assert ours.requires_grad == theirs.requires_grad
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for name in theirs:
            same(ours[name], theirs[name])
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
    else:
        assert ours == theirs


def both(program: Any, *arrays: np.ndarray) -> None:
    """`program(library, *tensors)` in both libraries."""
    same(
        program(minitorch, *[minitorch.tensor(array) for array in arrays]),
        program(torch, *[torch.tensor(array) for array in arrays]),
    )


def cubed(x: Any) -> Any:
    return (x**3).sum() + x.prod()


PROGRAMS = {
    "grad": lambda t, x: t.func.grad(cubed)(x),
    "grad of grad": lambda t, x: t.func.grad(lambda y: t.func.grad(cubed)(y).sum())(x),
    "grad, second argument": lambda t, x: t.func.grad(lambda a, b: (a.sin() * b.exp()).sum(), argnums=1)(x, x * 2),
    "grad, both, aux": lambda t, x: t.func.grad(lambda a, b: ((a * b).sum(), a + 1), argnums=(0, 1), has_aux=True)(
        x, x * 2
    ),
    "grad of a dict": lambda t, x: t.func.grad(lambda d: (d["a"] * d["b"].exp()).sum())({"a": x, "b": x * 2}),
    "grad_and_value": lambda t, x: t.func.grad_and_value(cubed)(x),
    "grad through detach": lambda t, x: t.func.grad(lambda y: t.func.grad(lambda z: (z * z.detach()).sum())(y).sum())(
        x
    ),
    "perturbation": lambda t, x: t.func.grad(lambda y: (y * t.func.grad(lambda z: (y + z).sum())(y)).sum())(x),
    "vjp": lambda t, x: (lambda out, pull: (out, pull((x, x.sum()))))(*t.func.vjp(lambda a: (a**2, a.sum()), x)),
    "jvp": lambda t, x: t.func.jvp(lambda a: (a**2, a.sum()), (x,), (x.cos(),)),
    "jvp of jvp": lambda t, x: t.func.jvp(lambda a: t.func.jvp(t.sin, (a,), (a,))[1], (x,), (x,)),
    "jvp of grad": lambda t, x: t.func.jvp(t.func.grad(cubed), (x,), (x,)),
    "grad of jvp": lambda t, x: t.func.grad(lambda a: t.func.jvp(t.tanh, (a,), (x,))[1].sum())(x),
    "jacrev": lambda t, x: t.func.jacrev(lambda a: (a.exp(), {"s": a.sum()}))(x),
    "jacrev in chunks": lambda t, x: t.func.jacrev(t.exp, chunk_size=2)(x),
    "jacfwd": lambda t, x: t.func.jacfwd(lambda a, b: a * b.sum(), argnums=(0, 1))(x, x + 1),
    "jacfwd, aux": lambda t, x: t.func.jacfwd(lambda a: (a.exp(), a + 1), has_aux=True)(x),
    "hessian": lambda t, x: t.func.hessian(cubed)(x),
    "linearize": lambda t, x: (lambda out, push: (out, push(x), push(x * 2)))(*t.func.linearize(t.sin, x)),
    "vmap": lambda t, x: t.func.vmap(lambda a: a * a.sum())(t.stack([x, x * 2])),
    "vmap over a tree": lambda t, x: t.func.vmap(lambda d: {"s": d["a"].sum() + d["b"]})(
        {"a": t.stack([x, x]), "b": x[:2]}
    ),
    "vmap, other dims": lambda t, x: t.func.vmap(t.mul, in_dims=(1, None), out_dims=1)(t.stack([x, x * 2], 1), x),
    "vmap in chunks": lambda t, x: t.func.vmap(lambda a: a.exp(), chunk_size=2)(x),
    "vmap of vmap": lambda t, x: t.func.vmap(t.func.vmap(t.mul, in_dims=(0, None)), in_dims=(None, 0))(x, x),
    "vmap of grad": lambda t, x: t.func.vmap(t.func.grad(cubed))(t.stack([x, x * 2])),
    "grad of vmap": lambda t, x: t.func.grad(lambda a: t.func.vmap(t.sin)(a).sum())(x),
    "vmap of jacrev": lambda t, x: t.func.vmap(t.func.jacrev(t.sin))(t.stack([x, x * 2])),
    "vmap of hessian": lambda t, x: t.func.vmap(t.func.hessian(cubed))(t.stack([x, x * 2])),
    "writes inside grad": lambda t, x: t.func.grad(written)(x),
    "functional.jacobian": lambda t, x: t.autograd.functional.jacobian(lambda a, b: (a * b, a.sum()), (x, x + 1)),
    "functional.hessian": lambda t, x: t.autograd.functional.hessian(cubed, x),
    "functional.vjp": lambda t, x: t.autograd.functional.vjp(t.exp, x, x),
    "functional.jvp": lambda t, x: t.autograd.functional.jvp(t.exp, x, x),
    "functional.vhp": lambda t, x: t.autograd.functional.vhp(lambda a, b: (a**2 * b).sum(), (x, x), (x, x)),
    "functional.hvp": lambda t, x: t.autograd.functional.hvp(lambda a, b: (a**2 * b).sum(), (x, x), (x, x)),
    "functional, create_graph": lambda t, x: t.autograd.functional.jacobian(
        t.exp, x.requires_grad_(), create_graph=True
    ),
}


def written(x: Any) -> Any:
    y = x * 2
    y[0] = x[1] * 5
    y += x
    return y.sum() * y[2]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    both(PROGRAMS[name], V)


RANDOM_PROGRAMS = {
    "rand": lambda t, x, how: t.func.vmap(lambda a: a + t.rand(3), randomness=how)(t.stack([x, x * 2])),
    "randn_like": lambda t, x, how: t.func.vmap(lambda a: t.randn_like(a), randomness=how)(t.stack([x, x * 2])),
    "dropout": lambda t, x, how: t.func.vmap(t.nn.functional.dropout, randomness=how)(t.stack([x, x * 2])),
    "inside grad": lambda t, x, how: t.func.vmap(t.func.grad(lambda a: (a * t.rand(3)).sum()), randomness=how)(
        t.stack([x, x * 2])
    ),
    "two vmaps": lambda t, x, how: t.func.vmap(
        lambda a: t.func.vmap(lambda b: b * t.rand(()), randomness=how)(a), randomness=how
    )(t.stack([x, x * 2])),
    "in chunks": lambda t, x, how: t.func.vmap(lambda a: a + t.rand(1), randomness=how, chunk_size=2)(x.reshape(3, 1)),
}


@pytest.mark.parametrize("how", ["same", "different", "error"])
@pytest.mark.parametrize("name", RANDOM_PROGRAMS)
def test_random_numbers(name: str, how: str) -> None:
    if how == "error":
        for library, x in ((minitorch, minitorch.tensor(V)), (torch, torch.tensor(V))):
            with pytest.raises(RuntimeError, match="randomness error mode"):
                RANDOM_PROGRAMS[name](library, x, how)
        return
    minitorch.manual_seed(0), torch.manual_seed(0)
    both(lambda t, x: RANDOM_PROGRAMS[name](t, x, how), V)


def test_forward_ad() -> None:
    def program(t: Any, x: Any) -> Any:
        with t.autograd.forward_ad.dual_level():
            dual = t.autograd.forward_ad.make_dual(x, x.cos())
            return tuple(t.autograd.forward_ad.unpack_dual((dual**2).sum()))

    both(program, V)


def test_captured_parameters_keep_their_tape() -> None:
    def program(t: Any, x: Any, w: Any) -> Any:
        w.requires_grad_()
        slope = t.func.grad(lambda a: (a * w).exp().sum())(x)
        slope.sum().backward()
        return slope, w.grad

    both(program, V, V + 1)


def make(nn: Any) -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 4 * 4, 5)
    )


def test_gradients_of_each_example() -> None:
    minitorch.manual_seed(0), torch.manual_seed(0)
    images, labels = RANDOM.normal(size=(6, 1, 8, 8)).astype(np.float32), RANDOM.integers(0, 5, 6)

    def program(t: Any, module: Any, x: Any, y: Any) -> Any:
        state = {name: value.detach() for name, value in module.named_parameters()}

        def loss(state: Any, image: Any, label: Any) -> Any:
            scores = t.func.functional_call(module, state, (image.unsqueeze(0),))
            return t.nn.functional.cross_entropy(scores, label.unsqueeze(0))

        return t.func.vmap(t.func.grad(loss), in_dims=(None, 0, 0))(state, x, y)

    ours = program(minitorch, make(nn), minitorch.tensor(images), minitorch.tensor(labels))
    theirs = program(torch, make(torch.nn), torch.tensor(images), torch.tensor(labels))
    for name, value in theirs.items():
        np.testing.assert_allclose(ours[name].numpy(), value.numpy(), atol=1e-6)


def test_ensemble() -> None:
    def program(t: Any, x: Any) -> Any:
        t.manual_seed(0)
        models = [t.nn.Linear(3, 2) for _ in range(4)]
        parameters, buffers = t.func.stack_module_state(models)
        call = lambda p, b, v: t.func.functional_call(models[0], (p, b), (v,))
        return t.func.vmap(call, in_dims=(0, 0, None))(parameters, buffers, x)

    both(program, V.astype(np.float32))


REFUSED = {
    "grad of a vector": lambda t, x: t.func.grad(t.sin)(x),
    "argnums too high": lambda t, x: t.func.grad(t.sum, argnums=3)(x),
    "vmap over a number": lambda t, x: t.func.vmap(lambda a, b: a)(x, 2),
    "vmap over two lengths": lambda t, x: t.func.vmap(t.add)(x, x[:2]),
    "vmap, in_dims beyond": lambda t, x: t.func.vmap(t.sin, in_dims=4)(x),
    "vmap without inputs": lambda t, x: t.func.vmap(lambda: x)(),
    "vmap, value asked": lambda t, x: t.func.vmap(lambda a: a * a.item())(x),
    "vmap, branch on value": lambda t, x: t.func.vmap(lambda a: a if a > 0 else -a)(x),
    "vmap to a number": lambda t, x: t.func.vmap(lambda a: 2)(x),
    "jvp of a list": lambda t, x: t.func.jvp(t.sin, [x], [x]),
    "jvp of other shapes": lambda t, x: t.func.jvp(t.sin, (x,), (x[:2],)),
    "functional, strict": lambda t, x: t.autograd.functional.jacobian(lambda a: t.ones(2), x, strict=True),
    "dual outside of a level": lambda t, x: t.autograd.forward_ad.make_dual(x, x),
    "two levels": lambda t, x: nested_levels(t),
    "functional_call, strict": lambda t, x: t.func.functional_call(t.nn.Linear(3, 2), {"a": x}, (x,), strict=True),
}


def nested_levels(t: Any) -> None:
    with t.autograd.forward_ad.dual_level(), t.autograd.forward_ad.dual_level():
        pass


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(Exception) as theirs:
        REFUSED[name](torch, torch.tensor(V))
    with pytest.raises(theirs.type):
        REFUSED[name](minitorch, minitorch.tensor(V))
    assert autograd.is_grad_enabled()
