"""func.functionalize and func.debug_unwrap against PyTorch's."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's own


def through_a_view(m: Any, a: Any) -> Any:
    b = a + 1
    b.view(-1).add_(1)
    return b


def into_an_argument(m: Any, a: Any) -> Any:
    a.view(-1).add_(1)
    return a


def into_a_part(m: Any, a: Any) -> Any:
    a.mul_(2)
    part = a[0]
    part.zero_()
    return part + 1


def in_a_dict(m: Any, a: Any) -> Any:
    b = a.clone()
    b.t()[1] = 5
    return {"x": [b, b.sum()]}


def into_zeros_made_of_it(m: Any, a: Any) -> Any:
    b = a.new_zeros(2, 3)
    b[0] = a[1] * 2
    b[:, 1].mul_(a.sum())
    return b, b.t()


FUNCTIONS = [through_a_view, into_an_argument, into_a_part, in_a_dict, into_zeros_made_of_it]


def flat(tree: Any) -> list:
    if isinstance(tree, dict):
        return flat(list(tree.values()))
    return [x for part in tree for x in flat(part)] if isinstance(tree, list | tuple) else [tree.tolist()]


@pytest.mark.parametrize("remove", ["mutations", "mutations_and_views"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_as_pytorch(function, remove):
    found = []
    for m in (torch, minitorch):
        x = m.arange(6.0).reshape(2, 3)
        result = m.func.functionalize(lambda a, m=m: function(m, a), remove=remove)(x)
        found.append((flat(result), x.tolist()))
    assert found[0] == found[1]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("transform", ["grad", "jacfwd", "vmap", "eager"])
def test_under_transforms(function, transform):
    """What PyTorch gives without functionalize, which has no derivative there."""

    def summed(m: Any, a: Any, f: Any) -> Any:
        result = f(a * 1)
        return (
            result["x"][0] if isinstance(result, dict) else result[0] if isinstance(result, tuple) else result
        ).sum()

    def found(m: Any, f: Any) -> list:
        x = m.arange(6.0).reshape(2, 3)
        if transform == "eager":
            x.requires_grad_()
            summed(m, x, f).backward()
            return x.grad.tolist()
        x = m.stack([x, -x]) if transform == "vmap" else x
        return getattr(m.func, transform)(lambda a: summed(m, a, f))(x).tolist()

    theirs = found(torch, lambda a: function(torch, a))
    assert found(minitorch, minitorch.func.functionalize(lambda a: function(minitorch, a))) == theirs


def test_errors_and_unwrapping():
    for m in (torch, minitorch):
        with pytest.raises(RuntimeError, match=r"Valid options for inputs|functionalize"):
            m.func.functionalize(lambda x: x, remove="views")
        seen = []

        def look(x, m=m, seen=seen):
            one = m.func.debug_unwrap(x, recurse=False)
            seen.append((m.func.debug_unwrap(x).tolist(), list(one.shape)))
            return x.sum()

        m.func.vmap(m.func.grad(look))(m.tensor([[1.0, 2.0]]))
        assert seen == [([[1.0, 2.0]], [2])] or m is torch
        assert m.func.debug_unwrap(m.ones(2)).tolist() == [1.0, 1.0]
    assert seen == [([[1.0, 2.0]], [2])]


def test_the_same_tensor_comes_back():
    x = minitorch.ones(2)
    bumped = minitorch.func.functionalize(lambda a, b: (a.add_(1), b))
    first, second = bumped(x, x)
    assert first is x and second is x and x.tolist() == [2.0, 2.0]


def into_zeros(m: Any, a: Any) -> Any:
    b = m.zeros(2, 3)
    b[0] = a[1] * 2
    b[:, 1].mul_(a.sum())
    return b.sum()


def added_to_ones(m: Any, a: Any) -> Any:
    return (m.ones(2, 3).add_(a * a) * m.eye(3)[0]).sum()


@pytest.mark.parametrize("function", [into_zeros, added_to_ones])
def test_values_are_written_into_what_a_function_makes(function):
    for transform in ("grad", "jacfwd", "jacrev", "hessian"):
        found = [
            getattr(m.func, transform)(lambda a, m=m: function(m, a))(m.arange(6.0).reshape(2, 3)).tolist()
            for m in (torch, minitorch)
        ]
        assert found[0] == found[1], transform
    x = minitorch.arange(6.0).reshape(2, 3)
    graph = minitorch.func.trace(lambda a: function(minitorch, a))(minitorch.ones(2, 3))
    assert graph(x).tolist() == function(minitorch, x).tolist()
    both = minitorch.vmap(lambda a: function(minitorch, a))(minitorch.stack([x, -x]))  # which PyTorch refuses
    assert both.tolist() == [function(minitorch, x).tolist(), function(minitorch, -x).tolist()]


def test_values_of_a_transform_are_not_written_elsewhere():
    x, buffer = minitorch.ones(2), minitorch.zeros(2)
    words = r"add_\(\): a tensor that a transform .* knows nothing of"
    for transform in (minitorch.func.grad, minitorch.func.jacfwd, minitorch.func.trace, minitorch.vmap):
        with pytest.raises(RuntimeError, match=words):
            transform(lambda a: buffer.add_(a).sum())(x)
    with pytest.raises(RuntimeError, match="mutate a captured Tensor"):
        torch.func.grad(lambda a: captured.add_(a).sum())(torch.ones(2))
    assert buffer.tolist() == [0.0, 0.0]


captured = torch.zeros(2)
