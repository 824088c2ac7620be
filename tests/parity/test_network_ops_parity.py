"""Reductions, products, losses and normalization against PyTorch: values, dtypes, gradients and their gradients.

Each case is one call, made in both libraries from the same float64 arrays; arrays of floats require grad.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.nn import functional as F

torch = pytest.importorskip("torch")
TF = torch.nn.functional

pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's about degrees of freedom, both's about broadcasting
inf, nan = math.inf, math.nan
generator = np.random.default_rng(0)


def draw(*shape: int) -> np.ndarray:
    return np.asarray(generator.standard_normal(shape))


def chances(*shape: int) -> np.ndarray:
    return np.asarray(generator.random(shape) * 0.98 + 0.01)


def whole(high: int, *shape: int) -> np.ndarray:
    return np.asarray(generator.integers(0, high, shape))


class Fixed:
    """An array of floats that doesn't require grad (a weight of classes)."""

    def __init__(self, array: Any):
        self.array = np.asarray(array, np.float64)


def lift(library: Any, value: Any, leaves: list) -> Any:
    """An argument as a tensor of one of the libraries."""
    if isinstance(value, Fixed):
        return library.tensor(value.array)
    if not isinstance(value, np.ndarray):
        return value
    tensor = library.tensor(value)
    if value.dtype.kind in "fc":
        leaves.append(tensor.requires_grad_())
    return tensor


def results(library: Any, function: Callable, args: tuple, settings: dict) -> tuple[list, list]:
    leaves: list = []
    lifted = [lift(library, value, leaves) for value in args]
    named = {name: lift(library, value, leaves) for name, value in settings.items()}
    out = function(*lifted, **named)
    return list(out) if isinstance(out, tuple) else [out], leaves


def host(tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    return tensor.numpy() if isinstance(tensor, minitorch.Tensor) else tensor.resolve_conj().numpy(force=True)


def same(ours: Any, theirs: Any, what: str, tolerance: float) -> None:
    if ours is None or theirs is None:  # no gradient is a gradient of 0
        found = ours if theirs is None else theirs
        assert found is None or not np.any(host(found)), what
        return
    a, b = host(ours), host(theirs)
    assert a.shape == b.shape and repr(ours.dtype) == repr(theirs.dtype), what
    np.testing.assert_allclose(a, b, tolerance, tolerance, equal_nan=True, err_msg=what)


def like(array: np.ndarray) -> np.ndarray:
    """A fixed direction in which to take a derivative."""
    direction = np.cos(np.arange(array.size, dtype=np.float64)).reshape(array.shape) + 0.3
    return direction * (1 + 0.5j) if array.dtype.kind == "c" else direction


def grad(library: Any, outputs: list, inputs: list, directions: list, create_graph: bool) -> tuple:
    return library.autograd.grad(outputs, inputs, directions, create_graph=create_graph, allow_unused=True)


def agree(
    ours: Callable, theirs: Callable, *args: Any, orders: int = 2, tolerance: float = 1e-8, **settings: Any
) -> None:
    """Make the call in both libraries and compare all that comes of it, up to derivatives of order `orders`."""
    (a, a_leaves), (b, b_leaves) = results(minitorch, ours, args, settings), results(torch, theirs, args, settings)
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        same(x, y, "value", tolerance)
        assert x.requires_grad == y.requires_grad
    for order in range(1, orders + 1):
        both = zip(a, b, strict=True)
        pairs = [(x, y) for x, y in both if None not in (x, y) and x.requires_grad and y.requires_grad]
        if not pairs or not b_leaves:
            return
        directions = [like(host(y)) for _, y in pairs]
        create_graph = order < orders
        made = [minitorch.tensor(direction) for direction in directions]
        first = grad(minitorch, [x for x, _ in pairs], a_leaves, made, create_graph)
        made = [torch.tensor(direction) for direction in directions]
        second = grad(torch, [y for _, y in pairs], b_leaves, made, create_graph)
        for x, y in zip(first, second, strict=True):
            same(x, y, f"derivative {order}", tolerance * 10**order)
        a, b = list(first), list(second)


def agree_on(name: str, *args: Any, **settings: Any) -> None:
    """The same for an op by its name: `sum`, or `F.mse_loss`."""
    if name.startswith("F."):
        agree(getattr(F, name[2:]), getattr(TF, name[2:]), *args, **settings)
    else:
        agree(getattr(minitorch, name), getattr(torch, name), *args, **settings)


def case(*args: Any, **settings: Any) -> tuple[tuple, dict]:
    return args, settings


# --- Reductions -------------------------------------------------------------------------------------------------------

ARRAYS = [draw(2, 3), draw(5), draw(), draw(2, 3, 4), draw(3, 1, 2)]
ANY_DIMS = ("sum", "mean", "amax", "amin", "var", "std", "logsumexp", "all", "any", "var_mean", "nansum")
ONE_DIM = ("prod", "max", "min", "argmax", "argmin", "median", "cumsum", "cumprod", "aminmax")


@pytest.mark.parametrize("name", [*ANY_DIMS, *ONE_DIM])
def test_reductions(name):
    for array in ARRAYS:
        orders = 1 if not array.ndim and "var" in name else 2  # of one number, where PyTorch gives no second gradient
        if name not in ("logsumexp", "cumsum", "cumprod"):
            agree_on(name, array)
        for dim in {0, -1, min(1, max(array.ndim - 1, 0))}:
            agree_on(name, array, dim=dim, orders=orders)
            if name not in ("cumsum", "cumprod"):
                agree_on(name, array, dim=dim, keepdim=True, orders=orders)
        if name in ANY_DIMS and array.ndim > 1:
            agree_on(name, array, dim=(0, 1))
            agree_on(name, array, dim=(-1, 0), keepdim=True)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "var", "cumsum", "cumprod", "logsumexp"])
def test_reductions_of_complex_numbers(name):
    agree_on(name, draw(2, 3) + 1j * draw(2, 3), 1)


@pytest.mark.parametrize("name", ["sum", "prod", "cumsum", "cumprod", "amax", "argmax", "max", "median", "any"])
def test_reductions_of_integers_and_bools(name):
    kinds = (np.int64, np.int32, np.uint8) if name in ("argmax", "median") else (np.int64, np.int32, np.uint8, np.bool_)
    for kind in kinds:
        agree_on(name, np.array([[3, 1, 0], [5, 0, 5]], kind), 1)


@pytest.mark.parametrize(
    "values", [[1.0, 2, 2], [2.0, 2, 2], [nan, 1, 2], [1, nan, nan], [inf, inf, 1], [0.0, 0, 3]], ids=str
)
def test_ties_nan_and_zeros(values):
    pair = np.array([values, values[::-1]])
    names = ["max", "min", "amax", "amin", "argmax", "argmin", "median", "norm"]
    scans = ["logsumexp", "cumsum"]
    if np.isfinite(values).all():  # PyTorch divides by nan and inf, where we multiply the others
        names.append("prod")
        scans.append("cumprod")
    for name in names:
        agree_on(name, np.array(values), orders=1)
        agree_on(name, pair, dim=1, orders=1, **({"p": 2} if name == "norm" else {}))
    for name in scans:
        agree_on(name, pair, 1, orders=1)


@pytest.mark.parametrize("p", [0, 1, 2, 3, 0.5, 1.5, -1, inf, -inf, "fro", None])
def test_norms(p):
    orders = 1 if p == 0 else 2  # PyTorch's second gradient of the number of nonzeros is no array
    for array in (draw(3, 4), np.array([[3.0, -3, 1], [2, -5, 4]])):
        agree_on("norm", array, p, orders=orders)
        if p is not None:
            agree_on("norm", array, p, 1, orders=orders)
            agree_on("norm", array, p, (0,), True, orders=orders)
    agree_on("norm", np.zeros((2, 3)), p, orders=1)
    agree_on("norm", draw(3) + 1j * draw(3), p, orders=1)


@pytest.mark.parametrize("correction", [0, 1, 2, 1.5])
def test_variance(correction):
    for name in ("var", "std", "std_mean"):
        agree_on(name, draw(4), 0, correction=correction)
        agree_on(name, draw(2, 5), -1, correction=correction, keepdim=True)


# --- Products ---------------------------------------------------------------------------------------------------------

FACTORS = (
    "23 34", "3 3", "3 32", "23 3", "423 432", "423 32", "23 432", "2123 332", "3 232", "223 3", "3 2132", "2123 3",
    "03 32", "20 03", "503 32", "023 034", "0 0", "20 0", "220 03",
)  # fmt: skip


def shapes_of(text: str) -> list[tuple[int, ...]]:
    """The shapes (2, 3) and (3,) of "23 3"; "-" is ()."""
    return [tuple(int(size) for size in word if size != "-") for word in text.split()]


@pytest.mark.parametrize("shapes", FACTORS)
def test_matmul(shapes):
    first, second = shapes_of(shapes)
    agree_on("matmul", draw(*first), draw(*second))
    agree_on("matmul", draw(*first) + 1j * draw(*first), draw(*second) + 1j * draw(*second))
    agree_on("matmul", whole(9, *first), whole(9, *second))


PRODUCTS = (
    "mm 23 34", "bmm 423 432", "mv 23 3", "dot 3 3", "vdot 3 3", "outer 2 3", "inner 23 43", "inner 223 453", "kron 22 3",
    "kron 2 23", "addmm 24 23 34", "addmm 4 23 34", "addmv 2 23 3", "addr 23 2 3", "baddbmm 14 223 234", "addbmm 24 323 334",
    "F.linear 23 43 4", "F.linear 23 43", "F.linear 3 43 4", "F.linear 253 43 4", "F.linear 3 3", "F.linear 23 3",
    "F.linear 03 43 4", "F.bilinear 263 264 534 5",
)  # fmt: skip


@pytest.mark.parametrize("product", PRODUCTS)
def test_products(product):
    name, _, shapes = product.partition(" ")
    agree_on(name, *[draw(*shape) for shape in shapes_of(shapes)])
    if name != "F.bilinear":
        agree_on(name, *[draw(*shape) + 1j * draw(*shape) for shape in shapes_of(shapes)])
    if "add" in name:
        agree_on(name, *[draw(*shape) for shape in shapes_of(shapes)], beta=0.5, alpha=2.0)


@pytest.mark.parametrize("dims", [0, 1, 2, ([1], [0]), ([0, 1], [0, 1]), ([-1, 0], [1, 0])], ids=str)
def test_tensordot(dims):
    agree_on("tensordot", draw(3, 3), draw(3, 3), dims)


EQUATIONS = (
    "ij,jk->ik 23 34", "ij,jk 23 34", "ii 33", "ii->i 33", "ij-> 23", "i,j->ij 2 3", "bhqk,bkhd->bqhd 2235 2524", "...,... 23 3",
    "...ij,...jk->...ik 234 45", "bn,anm,bm->ba 23 435 25", "ijk,ilm,njm,nlk,abc-> 232 234 234 232 222", "ij,ij->ij 13 23",
    "iji->j 323", "ij,kl-> 23 45", ",-> - -", "ij,jk->ik 20 02",
)  # fmt: skip


@pytest.mark.parametrize("call", EQUATIONS)
def test_einsum(call):
    equation, _, shapes = call.partition(" ")
    agree_on("einsum", equation, *[draw(*shape) for shape in shapes_of(shapes)])


# --- Softmax and losses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name):
    for array in (draw(2, 3), draw(5), draw(2, 3, 4), draw(), draw(3, 0)):
        for dim in {0, -1, max(array.ndim - 2, 0)}:
            agree_on(name, array, dim)
    odd = [[1e4, 0, -1e4], [-inf, 0, 1], [-inf] * 3, [inf, 0, 1], [nan, 1, 2]]
    agree_on(name, np.array(odd), 1, orders=1)
    agree_on(name, draw(300, 700), 1, orders=1)  # in blocks
    agree_on(name, draw(300, 700), 0, orders=1)


def class_cases() -> Iterator[tuple[tuple, dict]]:
    weight = Fixed([0.5, 2, 0.3, 1, 3])
    yield case(draw(4, 5), whole(5, 4))
    yield case(draw(5), np.array(3))
    yield case(draw(2, 3, 4), whole(3, 2, 4))
    yield case(draw(2, 3, 4, 5), whole(3, 2, 4, 5))
    yield case(draw(4, 5), np.array([0, -100, 4, 2]))
    yield case(draw(4, 5), np.array([0, 1, 4, 1]), ignore_index=1)
    yield case(draw(2, 5), np.array([-100, -100]))
    yield case(draw(0, 5), whole(5, 0), orders=1)
    yield case(draw(3, 5), np.array([1, 255, 2], np.uint8), ignore_index=255)
    yield case(draw(4, 5), np.array([0, -100, 4, 1]), weight=weight)
    yield case(draw(2, 5, 3), whole(5, 2, 3), weight=weight)
    yield case(draw(200, 500), whole(500, 200), orders=1)  # in blocks


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_of_classes(reduction):
    for args, settings in class_cases():
        agree_on("F.nll_loss", *args, reduction=reduction, **settings)
        agree_on("F.cross_entropy", *args, reduction=reduction, **settings)
        if args[1].dtype != np.uint8 and args[0].size and args[0].size < 1000:
            agree_on("F.cross_entropy", *args, reduction=reduction, label_smoothing=0.2, **settings)


@pytest.mark.parametrize(("reduction", "smoothing"), list(itertools.product(["mean", "sum", "none"], [0.0, 0.3])))
def test_cross_entropy_of_probabilities(reduction, smoothing):
    settings = {"reduction": reduction, "label_smoothing": smoothing}
    agree_on("F.cross_entropy", draw(4, 5), chances(4, 5), **settings)
    agree_on("F.cross_entropy", draw(5), chances(5), **settings)
    agree_on("F.cross_entropy", draw(2, 5, 3), chances(2, 5, 3), weight=Fixed([0.5, 2, 0, 1, 3]), **settings)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_of_numbers(reduction):
    for name in ("F.mse_loss", "F.l1_loss", "F.smooth_l1_loss", "F.huber_loss"):
        for first, second in (((2, 3), (2, 3)), ((2, 3), (3,)), ((), ())):
            agree_on(name, draw(*first), draw(*second), reduction=reduction)
        if name != "F.smooth_l1_loss":
            agree_on(name, draw(2, 3), draw(2, 3), weight=Fixed(chances(2, 3)), reduction=reduction)
    for width in (0.3, 2.0):
        agree_on("F.smooth_l1_loss", draw(4, 3), draw(4, 3), beta=width, reduction=reduction)
        agree_on("F.huber_loss", draw(4, 3), draw(4, 3), delta=width, reduction=reduction)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_of_yes_and_no(reduction):
    weight = Fixed(chances(3))
    for settings in ({}, {"weight": weight}):
        agree_on("F.binary_cross_entropy", chances(2, 3), chances(2, 3), reduction=reduction, **settings)
        agree_on("F.binary_cross_entropy_with_logits", 4 * draw(2, 3), chances(2, 3), reduction=reduction, **settings)
    agree_on("F.binary_cross_entropy_with_logits", draw(2, 3), chances(2, 3), pos_weight=weight, reduction=reduction)
    agree_on("F.kl_div", draw(2, 3), chances(2, 3), reduction=reduction)
    agree_on("F.kl_div", draw(2, 3), draw(2, 3), reduction=reduction, log_target=True)


# --- Normalization and embedding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_weight", [False, True])
def test_layer_and_group_norm(with_weight):
    for shape, normalized in (((2, 3), (3,)), ((2, 3, 4), (3, 4)), ((3,), (3,)), ((4, 3, 2), [2]), ((2, 1), (1,))):
        affine = [draw(*normalized), draw(*normalized)] if with_weight else []
        agree_on("F.layer_norm", draw(*shape), normalized, *affine)
        agree_on("F.layer_norm", draw(*shape), normalized, *affine[:1], eps=0.1)
        agree_on("F.rms_norm", draw(*shape), normalized, *affine[:1])
    agree_on("F.layer_norm", 3 * draw(500, 600) + 1, (600,), draw(600), draw(600), orders=1)  # in blocks
    for shape, groups in (((2, 4, 3), 2), ((2, 4), 2), ((2, 6, 2, 2), 3), ((2, 6, 2, 2), 1)):
        affine = [draw(shape[1]), draw(shape[1])] if with_weight else []
        agree_on("F.group_norm", draw(*shape), groups, *affine)


@pytest.mark.parametrize("shape", [(4, 3), (3, 2, 4), (2, 3, 2, 2), (2, 3, 2, 2, 2), (64, 3), (20, 8, 25, 25)], ids=str)
def test_batch_norm(shape):
    channels, orders = shape[1], 2 if math.prod(shape) < 1000 else 1
    agree_on("F.batch_norm", draw(*shape) + 5, None, None, draw(channels), draw(channels), True, orders=orders)
    agree_on("F.batch_norm", draw(*shape), None, None, training=True, eps=0.01, orders=orders)

    def trained_then_used(library: Any, functional: Any) -> Callable:
        def run(x: Any, weight: Any, bias: Any) -> tuple:
            mean, var = (library.full((channels,), value, dtype=library.float64) for value in (0.5, 1.5))
            y = functional.batch_norm(x, mean, var, weight, bias, True, 0.3)
            return y, functional.batch_norm(x, mean, var, weight, bias), mean, var

        return run

    args = draw(*shape), draw(channels), draw(channels)
    agree(trained_then_used(minitorch, F), trained_then_used(torch, TF), *args, orders=orders)


@pytest.mark.parametrize(
    "settings", [{}, {"padding_idx": 2}, {"padding_idx": -3}, {"scale_grad_by_freq": True}], ids=str
)
def test_embedding(settings):
    orders = 1 if "scale_grad_by_freq" in settings else 2  # PyTorch has no second gradient of that
    for indices in (np.array([0, 2, 2]), np.array([[1, 2], [3, 1]]), np.array(1), whole(5, 7, 9)):
        agree_on("F.embedding", indices, draw(5, 3), orders=orders, **settings)
    agree_on("F.embedding", whole(50, 3000), draw(50, 8), orders=1, **settings)


def test_one_hot():
    agree_on("F.one_hot", np.array([[0, 1], [2, 1]]))
    agree_on("F.one_hot", np.array(2), 5)
