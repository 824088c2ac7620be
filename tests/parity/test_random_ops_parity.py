"""Random functions on Tensors against torch's: from one seed the same numbers, strides and grad_fn, and then the same state."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.ops import dropping as functional

torch = pytest.importorskip("torch")

FLOATS = ("float32", "float64", "float16")
SHAPES = ((), (5,), (3, 0), (4, 5), (2, 17))


def draws_by_mkl(fill: Callable[[Any, Any], object]) -> bool:
    """On Intel processors torch gives some fills to MKL, which draws other numbers."""
    one, many = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    fill(torch.empty(1), one)
    fill(torch.empty(100), many)
    return torch.equal(one.get_state(), many.get_state())


needs_plain_bernoulli = pytest.mark.skipif(
    draws_by_mkl(lambda x, g: x.bernoulli_(0.5, generator=g)), reason="torch draws bernoulli_ through MKL here"
)
needs_plain_exponential = pytest.mark.skipif(
    draws_by_mkl(lambda x, g: x.exponential_(generator=g)), reason="torch draws exponential_ through MKL here"
)


def values(tensor: Any) -> np.ndarray:
    return tensor.detach().numpy()


def same(ours: Any, theirs: Any, exact: bool = True, strides: bool = True) -> None:
    """Values, dtype, shape, strides, and what the tape says."""
    assert repr(ours.dtype) == repr(theirs.dtype)
    assert tuple(ours.shape) == tuple(theirs.shape)
    if strides and ours.numel():
        steps = [[s for s, n in zip(x.stride(), x.shape, strict=True) if n > 1] for x in (ours, theirs)]
        assert steps[0] == steps[1]
    assert ours.requires_grad == theirs.requires_grad
    if exact:
        np.testing.assert_array_equal(values(ours), values(theirs))
    else:
        loose = {"float64": 1e-12, "complex128": 1e-12, "float16": 2e-3}.get(values(ours).dtype.name, 1e-6)
        np.testing.assert_allclose(values(ours), values(theirs), rtol=loose, atol=loose)


def both(call: Callable[[Any, Any], Any], seed: int = 0, exact: bool = True, strides: bool = True) -> tuple[Any, Any]:
    """Run `call(library, functional)` in both libraries from one seed, and compare results and states."""
    minitorch.manual_seed(seed)
    ours = call(minitorch, functional)
    torch.manual_seed(seed)
    theirs = call(torch, torch.nn.functional)
    same(ours, theirs, exact, strides)
    np.testing.assert_array_equal(minitorch.get_rng_state().numpy(), torch.get_rng_state().numpy())
    return ours, theirs


def refused(call: Callable[[Any, Any], Any]) -> None:
    """Both libraries raise, ours an error that is a kind of torch's."""
    with pytest.raises(Exception) as theirs:
        call(torch, torch.nn.functional)
    with pytest.raises(theirs.type):
        call(minitorch, functional)


# --- Generators -------------------------------------------------------------------------------------------------------


def test_one_stream_under_both_names() -> None:
    minitorch.manual_seed(3)
    torch.manual_seed(3)
    minitorch.rand(2), torch.rand(2)
    np.testing.assert_array_equal(minitorch.generator.default_generator.uniform((4,)), torch.rand(4).numpy())
    same(minitorch.rand(3), torch.rand(3))
    assert minitorch.initial_seed() == minitorch.generator.initial_seed() == 3
    assert minitorch.manual_seed(4) is minitorch.default_generator
    assert isinstance(minitorch.seed(), int)


def test_states_cross_over() -> None:
    theirs = torch.Generator().manual_seed(9)
    torch.randn(5, generator=theirs)
    ours = minitorch.Generator().set_state(minitorch.from_numpy(theirs.get_state().numpy()))
    assert isinstance(ours.get_state(), minitorch.Tensor)
    assert (repr(ours.get_state().dtype), str(ours.device)) == ("torch.uint8", "cpu")
    assert ours.device is minitorch.device("cpu")
    same(minitorch.randn(7, generator=ours), torch.randn(7, generator=theirs))
    kept = minitorch.get_rng_state()
    first = minitorch.rand(3)
    minitorch.set_rng_state(kept)
    assert first.tolist() == minitorch.rand(3).tolist()
    twin = ours.clone_state()
    assert minitorch.rand(3, generator=twin).tolist() == minitorch.rand(3, generator=ours).tolist()


@pytest.mark.parametrize(
    "call",
    [
        lambda t, F: t.set_rng_state(t.ones(3)),
        lambda t, F: t.Generator().set_state(t.ones(3, dtype=t.uint8)),
        lambda t, F: t.rand(2, generator=3),
        lambda t, F: t.Generator("nowhere"),
    ],
)
def test_generator_refuses(call: Callable) -> None:
    refused(call)


# --- New tensors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FLOATS, "complex64", "complex128"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_rand_and_randn(name: str, shape: tuple[int, ...]) -> None:
    both(lambda t, F: t.rand(shape, dtype=getattr(t, name)))
    both(lambda t, F: t.randn(shape, dtype=getattr(t, name)), exact=False)


@pytest.mark.parametrize(
    "call",
    [
        lambda t, F: t.rand(2, 3),
        lambda t, F: t.rand([2, 3]),
        lambda t, F: t.rand(size=(2, 3)),
        lambda t, F: t.rand(t.Size([2, 3]), requires_grad=True),
        lambda t, F: t.randn(size=[40], requires_grad=True),
        lambda t, F: t.rand(3, generator=t.Generator().manual_seed(5)),
        lambda t, F: t.rand(3, device="cpu"),
        lambda t, F: t.rand(3, out=t.empty(3, dtype=t.float64)),
        lambda t, F: t.rand(2, 3, out=t.zeros(3, 2).t()),
        lambda t, F: t.randn(4, 5, out=t.zeros(5, 4).t()),
        lambda t, F: t.rand(3, out=t.empty(0)),
        lambda t, F: t.randint(10, (7,)),
        lambda t, F: t.randint(-3, 10, (2, 3)),
        lambda t, F: t.randint(high=5, size=(4,)),
        lambda t, F: t.randint(low=2, high=5, size=(4,)),
        lambda t, F: t.randint(3, high=5, size=(4,)),
        lambda t, F: t.randint(0, 1 << 40, (4,)),
        lambda t, F: t.randint(5, [4], dtype=t.float32, requires_grad=True),
        lambda t, F: t.randint(0, 2, (9,), dtype=t.bool),
        lambda t, F: t.randint(5, (4,), out=t.empty(0, dtype=t.int32)),
        lambda t, F: t.randperm(0),
        lambda t, F: t.randperm(50),
        lambda t, F: t.randperm(50, dtype=t.int16),
        lambda t, F: t.randperm(4, out=t.empty(0, dtype=t.float32)),
        lambda t, F: t.normal(1.0, 2.0, (3, 6)),
        lambda t, F: t.normal(mean=0, std=1, size=(5,), dtype=t.float64, requires_grad=True),
        lambda t, F: t.normal(0.0, 1.0, (4, 5), out=t.zeros(5, 4).t()),
        lambda t, F: t.normal(t.arange(4.0)),
        lambda t, F: t.normal(t.arange(40.0, dtype=t.float64).reshape(4, 10), 0.5),
        lambda t, F: t.normal(0.5, t.arange(5.0)),
        lambda t, F: t.normal(t.zeros(4, 1), t.arange(5.0)),
        lambda t, F: t.normal(t.arange(6.0).reshape(2, 3).t(), 1.0),
        lambda t, F: t.normal(t.ones(3, requires_grad=True), 1.0),
        lambda t, F: t.normal(t.arange(4.0), out=t.empty(4)),
        lambda t, F: t.bernoulli(t.linspace(0, 1, 30)),
        lambda t, F: t.bernoulli(t.linspace(0, 1, 30, dtype=t.float64).reshape(5, 6).t()),
        lambda t, F: t.bernoulli(t.linspace(0, 1, 30), out=t.empty(0, dtype=t.int64)),
        lambda t, F: t.bernoulli(t.full((3,), 0.5, requires_grad=True)),
        lambda t, F: t.linspace(0, 1, 9).bernoulli(),
    ],
)
def test_factories(call: Callable) -> None:
    both(call, exact=False)


@needs_plain_bernoulli
@pytest.mark.parametrize(
    "call",
    [
        lambda t, F: t.bernoulli(t.ones(4, 5).t(), 0.3),
        lambda t, F: t.ones(30).int().bernoulli(0.3),
        lambda t, F: t.full((3,), 0.5, requires_grad=True).bernoulli(0.5),
    ],
)
def test_bernoulli_of_one_probability(call: Callable) -> None:
    both(call)


@needs_plain_exponential
@pytest.mark.parametrize(
    "call",
    [
        lambda t, F: t.multinomial(t.arange(1.0, 9.0), 3),
        lambda t, F: t.multinomial(t.arange(1.0, 9.0), 30, True),
        lambda t, F: (
            t.arange(1.0, 9.0, dtype=t.float64).reshape(4, 2).t().multinomial(3, generator=t.Generator().manual_seed(2))
        ),
        lambda t, F: t.arange(1.0, 9.0).multinomial(num_samples=3, replacement=True),
        lambda t, F: t.multinomial(t.arange(1.0, 9.0, requires_grad=True), 3),
        lambda t, F: t.multinomial(t.arange(1.0, 9.0), 3, out=t.empty(0, dtype=t.int64)),
    ],
)
def test_multinomial(call: Callable) -> None:
    both(call, strides=False)


REFUSED = [
    lambda t, F: t.rand(),
    lambda t, F: t.rand(-1),
    lambda t, F: t.rand(2.0),
    lambda t, F: t.rand(3, dtype=t.int64),
    lambda t, F: t.rand(3, dtype=t.float32, out=t.empty(3, dtype=t.float64)),
    lambda t, F: t.rand(3, out=[1.0]),
    lambda t, F: t.randint(5),
    lambda t, F: t.randint(5, 3),
    lambda t, F: t.randint(5, 5, (2,)),
    lambda t, F: t.randint(0.5, 5, (2,)),
    lambda t, F: t.randint(1, 2, 3, (2,)),
    lambda t, F: t.randint(0, 300, (2,), dtype=t.uint8),
    lambda t, F: t.randint(5, (2,), requires_grad=True),
    lambda t, F: t.randint_like(t.ones(2)),
    lambda t, F: t.randint_like(t.ones(2), 5.0),
    lambda t, F: t.randperm(5.0),
    lambda t, F: t.randperm(-1),
    lambda t, F: t.randperm(300, dtype=t.uint8),
    lambda t, F: t.normal(0.0, 1.0),
    lambda t, F: t.normal(0.0, 1.0, (2,), dtype=t.int64),
    lambda t, F: t.normal(t.ones(2), size=(2,)),
    lambda t, F: t.normal(t.ones(2), -1.0),
    lambda t, F: t.normal(t.ones(2, dtype=t.int64), 1.0),
    lambda t, F: t.bernoulli(t.ones(2) * 2),
    lambda t, F: t.bernoulli(t.ones(2, dtype=t.int64)),
    lambda t, F: t.ones(3).bernoulli_(t.ones(2)),
    lambda t, F: t.ones(3).bernoulli_(1.5),
    lambda t, F: t.multinomial(t.ones(2), 3),
    lambda t, F: t.multinomial(t.ones(2, dtype=t.int64), 1),
    lambda t, F: t.ones(3, requires_grad=True).uniform_(),
    lambda t, F: t.ones(4, requires_grad=True)[:2].normal_(),
    lambda t, F: t.ones(1).expand(3).uniform_(),
    lambda t, F: t.ones(3).uniform_(2.0, 1.0),
    lambda t, F: t.ones(3).normal_(0.0, -1.0),
    lambda t, F: t.ones(3, dtype=t.int64).normal_(),
    lambda t, F: t.ones(3).random_(5, 5),
    lambda t, F: t.ones(3).geometric_(0.0),
    lambda t, F: t.ones(3).geometric_(),
    lambda t, F: t.ones(3).exponential_(-1.0),
    lambda t, F: F.dropout(t.ones(3), 1.5),
    lambda t, F: F.dropout(t.ones(3), -0.5),
    lambda t, F: F.dropout(t.ones(3, dtype=t.int64)),
    lambda t, F: F.dropout(t.ones(3, dtype=t.complex64)),
    lambda t, F: F.dropout(t.ones(3, requires_grad=True), inplace=True),
    lambda t, F: F.alpha_dropout(t.ones(3, dtype=t.int64), 0.5, True),
    lambda t, F: F.dropout1d(t.ones(3)),
    lambda t, F: F.dropout1d(t.ones(3), 2.0),
    lambda t, F: F.feature_alpha_dropout(t.ones(3), 0.5, True),
]


@pytest.mark.parametrize("call", REFUSED)
def test_refused(call: Callable) -> None:
    refused(call)


# --- Like -------------------------------------------------------------------------------------------------------------

LAYOUTS: list[Callable[[Any], Any]] = [
    lambda t: t.zeros(()),
    lambda t: t.zeros(4, 5),
    lambda t: t.zeros(4, 5).t(),
    lambda t: t.zeros(3, 4, 5).permute(2, 0, 1),
    lambda t: t.zeros(8, 10)[::2, ::2].t(),
    lambda t: t.zeros(1, 5).expand(4, 5),
    lambda t: t.zeros(4, 1).expand(4, 5),
    lambda t: t.zeros(1, 5, 1).expand(4, 5, 6),
    lambda t: t.zeros(5, 1, 6).permute(2, 1, 0).expand(6, 4, 5),
    lambda t: t.zeros(8, 1)[::2].t(),
    lambda t: t.zeros(0, 5).t(),
    lambda t: t.zeros(4, 5, dtype=t.float64)[:, 1:4],
]


@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_like(layout: int) -> None:
    make = LAYOUTS[layout]
    both(lambda t, F: t.rand_like(make(t)))
    both(lambda t, F: t.randn_like(make(t)), exact=False)
    both(lambda t, F: t.randint_like(make(t), 3, 50))
    both(lambda t, F: t.randint_like(make(t), high=50, dtype=t.int16))
    both(lambda t, F: t.rand_like(make(t), dtype=t.float32, requires_grad=True))
    both(
        lambda t, F: t.randn_like(make(t), memory_format=getattr(t, "contiguous_format", "torch.contiguous_format")),
        exact=False,
    )


def test_like_leaves_the_tape() -> None:
    both(lambda t, F: t.rand_like(t.ones(3, requires_grad=True)))


# --- Fills ------------------------------------------------------------------------------------------------------------

FILLS: dict[str, Callable[[Any], Any]] = {
    "uniform_": lambda x: x.uniform_(-1, 3),
    "uniform_ to": lambda x: x.uniform_(to=3),
    "normal_": lambda x: x.normal_(1, 2),
    "normal_ std": lambda x: x.normal_(std=0.02),
    "random_": lambda x: x.random_(),
    "random_ to": lambda x: x.random_(7),
    "random_ to=": lambda x: x.random_(to=7),
    "random_ from to": lambda x: x.random_(-3, 7),
    "random_ from": lambda x: x.random_(5, None),
    "geometric_": lambda x: x.geometric_(0.3),
    "cauchy_": lambda x: x.cauchy_(1.0, 2.0),
    "log_normal_": lambda x: x.log_normal_(0.0, 0.5),
    "bernoulli_": lambda x: x.bernoulli_(0.3),
    "bernoulli_ default": lambda x: x.bernoulli_(),
    "exponential_": lambda x: x.exponential_(2.0),
}
marked = [
    pytest.param(
        name, marks=needs_plain_bernoulli if "bern" in name else needs_plain_exponential if "expo" in name else ()
    )
    for name in FILLS
]

VIEWS: list[Callable[[Any], Any]] = [
    lambda x: x,
    lambda x: x.t(),
    lambda x: x[1:3, 2:],
    lambda x: x[::2, ::3],
    lambda x: x[2],
    lambda x: x[:, 3],
    lambda x: x[1, 1],
    lambda x: x[:, None].transpose(0, 2),
]


@pytest.mark.parametrize("fill", marked)
def test_fill(fill: str) -> None:
    for view in VIEWS:

        def call(t: Any, F: Any, view: Callable = view) -> Any:
            base = t.zeros(6, 20)
            part = view(base)
            assert FILLS[fill](part) is part
            assert base._version == 1
            return base

        both(call, exact=False)


@pytest.mark.parametrize(
    "fill", [p for p in marked if "uni" in p.values[0] or "norm" in p.values[0] or "expo" in p.values[0]]
)
@pytest.mark.parametrize("name", ["float64", "float16"])
def test_fill_dtypes(fill: str, name: str) -> None:
    both(lambda t, F: FILLS[fill](t.zeros(5, 7, dtype=getattr(t, name))), exact=False)


@pytest.mark.parametrize("name", ["int64", "uint8", "bool", "float16"])
def test_random_dtypes(name: str) -> None:
    both(lambda t, F: t.zeros(40, dtype=getattr(t, name)).random_())
    both(lambda t, F: t.zeros(40, dtype=getattr(t, name)).random_(0, 2))


def test_fill_by_tensors_of_probabilities() -> None:
    both(lambda t, F: t.zeros(4, 5).bernoulli_(t.linspace(0, 1, 5)))
    both(lambda t, F: t.zeros(5, 4).t().bernoulli_(t.linspace(0, 1, 20, dtype=t.float64).reshape(4, 5)))
    both(lambda t, F: t.zeros(4, dtype=t.int64).bernoulli_(t.tensor(0.5)))


@pytest.mark.parametrize("fill", marked)
def test_fill_on_the_tape(fill: str) -> None:
    """The gradient of what was there is zero, through a view only where the view is."""

    def gradient(t: Any, F: Any) -> Any:
        x = t.ones(3, 4, requires_grad=True)
        y = x * 2
        FILLS[fill](y[:, 1:])
        (y * y.detach()).sum().backward()
        return x.grad

    both(gradient, exact=False, strides=False)

    def whole(t: Any, F: Any) -> Any:
        x = t.ones(3, requires_grad=True)
        y = FILLS[fill](x * 2)
        y.sum().backward()
        assert x.grad.tolist() == [0, 0, 0]
        return y

    ours, theirs = both(whole, exact=False)
    assert ours.grad_fn.name()[:-1] == theirs.grad_fn.name()[:-1]  # torch numbers the forms of one function


def test_drawn_for_tensors_that_require_grad() -> None:
    def call(t: Any, F: Any) -> Any:
        mean, std = t.ones(4, 1, requires_grad=True), t.ones(3, requires_grad=True)
        t.normal(mean, std).sum().backward()
        assert mean.grad.tolist() == [[0], [0], [0], [0]]
        assert std.grad.tolist() == [0, 0, 0]
        return t.normal(mean, 2.0)

    both(call, exact=False)


def test_fill_of_a_leaf_without_a_tape() -> None:
    def call(t: Any, F: Any) -> Any:
        x = t.ones(3, 4, requires_grad=True)
        with t.no_grad():
            x.uniform_()
        assert x.is_leaf
        return x

    both(call)


# --- Dropout ----------------------------------------------------------------------------------------------------------

DROPOUTS: list[Callable[[Any, Any], Any]] = [
    lambda F, x: F.dropout(x),
    lambda F, x: F.dropout(x, 0.2),
    lambda F, x: F.dropout(x, p=0.7, training=False),
    lambda F, x: F.dropout(x, 0.0),
    lambda F, x: F.dropout(x, 1.0),
    lambda F, x: F.dropout(x.transpose(0, 1), 0.4),
    lambda F, x: F.alpha_dropout(x),
    lambda F, x: F.alpha_dropout(x, 0.3, True),
    lambda F, x: F.alpha_dropout(x, 1.0, True),
    lambda F, x: F.feature_alpha_dropout(x, 0.3, True),
    lambda F, x: F.dropout1d(x[..., 0], 0.3),
    lambda F, x: F.dropout1d(x[:, 0, :, 0], 0.3),
    lambda F, x: F.dropout1d(x[..., 0], 0.3, training=False),
    lambda F, x: F.dropout2d(x, 0.3),
    lambda F, x: F.dropout2d(x[0], 0.3),
    lambda F, x: F.dropout2d(x[0, 0], 0.3),
    lambda F, x: F.dropout3d(x, 0.3),
    lambda F, x: F.dropout3d(x[None], 0.3),
    lambda F, x: F.dropout(x * 1, inplace=True),
    lambda F, x: F.alpha_dropout(x * 1, 0.3, True, True),
    lambda F, x: F.dropout1d((x * 1)[:, 0, :, 0], 0.3, inplace=True),
    lambda F, x: F.dropout2d(x * 1, 0.3, inplace=True),
    lambda F, x: F.dropout3d((x * 1), 0.3, inplace=True),
]


@needs_plain_bernoulli
@pytest.mark.parametrize("name", ["float32", "float64"])
@pytest.mark.parametrize("number", range(len(DROPOUTS)))
def test_dropout(number: int, name: str) -> None:
    kept = []

    def call(t: Any, F: Any) -> Any:
        x = t.arange(1.0, 361.0, dtype=getattr(t, name)).reshape(3, 4, 5, 6).requires_grad_()
        result = DROPOUTS[number](F, x)
        (result * result).sum().backward()
        kept.append(x.grad)
        return result

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both(call, exact=number not in (7, 9, 19), strides=False)
    same(*kept, exact=False, strides=False)


@needs_plain_bernoulli
def test_dropout_of_nothing_draws_nothing() -> None:
    both(lambda t, F: F.dropout(t.ones(0, 3)))
    both(lambda t, F: F.dropout(t.ones(3, dtype=t.int64), 0.0))
    both(lambda t, F: F.dropout(t.ones(3, dtype=t.int64), 1.0))


def test_dropout_warns_where_torch_does() -> None:
    for name, shape in (("dropout2d", (2, 3)), ("dropout2d", (2, 3, 4)), ("dropout3d", (2, 3))):
        for library, F in ((torch, torch.nn.functional), (minitorch, functional)):
            with pytest.warns(UserWarning, match=name):
                getattr(F, name)(library.ones(shape))
