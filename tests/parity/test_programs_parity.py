"""Small programs run on PyTorch and on minitorch: what they return must agree in value, shape, dtype and requires_grad.

Views, in-place writes, leaves, hooks and retained graphs are where an engine can be wrong though every op is right.
"""

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")


def leaf(t, *shape, dtype=None):
    count = int(np.prod(shape))
    values = t.arange(count, dtype=dtype or t.float64).reshape(shape) / 7 - 0.9
    return values.clone().requires_grad_()


def slice_write(t):
    x, w = leaf(t, 3, 4), leaf(t, 4)
    y = x * 2
    y[1].mul_(w)
    y[:, 2] = w[:3] * 3
    (y * y).sum().backward()
    return y, x.grad, w.grad


def view_of_view_write(t):
    x = leaf(t, 2, 6)
    y = x.exp()
    v = y.view(3, 4).t()[1:3]
    v.add_(v * 2)
    z = (y.sin() * v.sum()).sum()
    z.backward()
    return y, v, x.grad


def earlier_view_sees_write(t):
    x = leaf(t, 4)
    y = x * 1
    before = y[1:]
    y.mul_(3)
    before.sum().backward()
    return before, x.grad


def write_into_constant_base(t):
    base = t.zeros(3, 2, dtype=t.float64)
    w = leaf(t, 2)
    row = base[1]
    row.copy_(w * 2)
    out = (base * base).sum()
    out.backward()
    return base, row, w.grad


def saved_output_rewritten(t):
    x = leaf(t, 3)
    y = x.exp()
    y.add_(1)
    y.sum().backward()
    return x.grad


def saved_input_rewritten(t):
    x = leaf(t, 3)
    y = x * 1
    z = y.sin()
    y.zero_()
    z.sum().backward()
    return x.grad


def chain_of_inplace(t):
    x = leaf(t, 3)
    y = x * 2
    y.add_(1).mul_(y.detach()).sub_(x)
    y.pow_(2)
    y.sum().backward()
    return y, x.grad


def mul_inplace_by_itself(t):
    x, w = leaf(t, 3), leaf(t, 3)
    y = x * 1
    y.mul_(w)
    y.mul_(y)
    y.sum().backward()
    return x.grad, w.grad


def detach_shares(t):
    x = leaf(t, 3)
    y = x * 2
    d = y.detach()
    d.zero_()
    y.sum().backward()
    return y, x.grad


def detach_write_is_noticed(t):
    x = leaf(t, 3)
    y = x * 2
    z = y * y
    y.detach().zero_()
    z.sum().backward()
    return x.grad


def inplace_on_leaf(t):
    leaf(t, 3).add_(1)


def inplace_on_view_of_leaf(t):
    leaf(t, 3)[0].add_(1)


def inplace_on_leaf_without_grad(t):
    x = leaf(t, 3)
    with t.no_grad():
        x.add_(1)
        x[0] = 5
    (x * x).sum().backward()
    return x, x.grad


def inplace_on_expanded(t):
    t.zeros(1).expand(3).add_(1)


def inplace_on_split(t):
    a, _ = (leaf(t, 4) * 1).split(2)
    a.add_(1)


def inplace_shape(t):
    t.zeros(3).add_(t.zeros(2, 3))


def inplace_dtype(t):
    t.zeros(3, dtype=t.int64).add_(0.5)


def accumulates(t):
    x = leaf(t, 2)
    (x * x).sum().backward()
    (x * 3).sum().backward()
    return x.grad


def used_twice(t):
    x = leaf(t, 2)
    b = x + x
    c = b + b
    c.sum().backward()
    return x.grad


def graph_freed(t):
    x = leaf(t, 2)
    y = (x * x).sum()
    y.backward()
    y.backward()


def graph_retained(t):
    x = leaf(t, 2)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad


def add_needs_nothing_saved(t):
    x = leaf(t, 2)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    return x.grad


def second_order(t):
    x = leaf(t, 3)
    (g,) = t.autograd.grad((x**3).sum(), x, create_graph=True)
    (h,) = t.autograd.grad((g * g).sum(), x)
    return g, h


def third_order_through_inplace(t):
    x = leaf(t, 3)
    y = x * 1
    y[1:].mul_(x[:2])
    (g,) = t.autograd.grad((y**3).sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x, create_graph=True)
    (i,) = t.autograd.grad(h.sin().sum(), x)
    return g, h, i


def grad_of_intermediate(t):
    x = leaf(t, 3)
    y = x * 2
    z = (y * y).sum()
    return t.autograd.grad(z, [y, x], retain_graph=True) + t.autograd.grad(z, x)


def unused_input(t):
    x, y = leaf(t, 2), leaf(t, 2)
    return t.autograd.grad(x.sum(), [x, y], allow_unused=True, materialize_grads=True)


def unused_input_refused(t):
    t.autograd.grad(leaf(t, 2).sum(), leaf(t, 2))


def backward_inputs(t):
    x, y = leaf(t, 2), leaf(t, 2)
    (x * y).sum().backward(inputs=[x])
    return x.grad, t.tensor(y.grad is None)


def hooks(t):
    x = leaf(t, 2)
    seen = []
    x.register_hook(lambda g: g * 2)
    y = x * 3
    y.register_hook(lambda g: seen.append(g.clone()))
    handle = y.register_hook(lambda g: g * 100)
    handle.remove()
    y.retain_grad()
    y.sum().backward()
    return x.grad, y.grad, seen[0]


def no_scalar(t):
    (leaf(t, 2) * 2).backward()


def nothing_requires(t):
    t.zeros(2).sum().backward()


def mixed_dtypes(t):
    x, y = leaf(t, 2, dtype=t.float32), leaf(t, 2)
    i = t.tensor([1, 2])
    z = x * y + i / 2 + 2.5 * x
    z.sum().backward()
    return z, x.grad, y.grad


def zero_dim_is_weak(t):
    x = leaf(t, 2, dtype=t.float32)
    s = t.tensor(2.0, dtype=t.float64, requires_grad=True)
    z = x * s
    z.sum().backward()
    return z, x.grad, s.grad


def integer_grad(t):
    t.tensor([1, 2], requires_grad=True)


def complex_chain(t):
    z = t.tensor([1 + 2j, -0.5 + 1j], dtype=t.complex128, requires_grad=True)
    loss = (z * z.conj()).abs().sum() + (z.exp() / z).real.sum()
    loss.backward()
    return loss, z.grad


def index_forms(t):
    x = leaf(t, 4, 5, 2)
    i, j = t.tensor([0, 2, -1]), t.tensor([[1], [0]])
    mask = x.detach()[:, :, 0] > 0
    parts = [
        x[i],
        x[i, :, 1],
        x[:, j],
        x[0, i],
        x[mask],
        x[..., None, 1],
        x[i, i],
        x[:, mask[0]],
        x[1:3, [0, 1]],
        x[j, :, t.tensor([1, 0])],
    ]
    sum((p * p).sum() for p in parts).backward()
    return [*parts, x.grad]


def index_writes(t):
    x = leaf(t, 4, 5)
    y = x * 1
    y[t.tensor([0, 2])] = 1.5
    y[y > 1.6] = x[0, 0]
    y[:, 1:3] = t.ones(2, dtype=t.float64)
    y[3, t.tensor([0, 4])] = x[1, :2]
    y[[1], ...] *= 2
    (y * y).sum().backward()
    return y, x.grad


def versions(t):
    x = t.zeros(3)
    v = x[1:]
    x.add_(1)
    v.mul_(2)
    x.detach().zero_()
    return t.tensor([x._version, v._version])


def grad_modes(t):
    x = leaf(t, 2)
    with t.no_grad():
        a = x * 2
        with t.enable_grad():
            b = x * 2
    with t.set_grad_enabled(False):
        c = x * 2
    with t.inference_mode():
        d = x * 2
    return t.tensor([a.requires_grad, b.requires_grad, c.requires_grad, d.requires_grad, t.is_grad_enabled()])


def copy_and_fill(t):
    x = leaf(t, 2, 2)
    y = x * 1
    y.copy_(x[0] * 2)
    z = x * 1
    z[0].fill_(3)
    (y.sum() + (z * z).sum()).backward()
    return y, z, x.grad


def deep_views(t):
    x = leaf(t, 2, 3, 4)
    y = x.permute(2, 0, 1).unsqueeze(0).expand(2, -1, -1, -1).transpose(1, 3)[..., 1:].flatten(1)
    w = y.unflatten(1, (3, -1)).movedim(0, -1).squeeze().diagonal(0, 0, 1)
    (w * w).sum().backward()
    return y, w, x.grad


def out_variants(t):
    a, b = t.ones(2, 3, dtype=t.float64), t.arange(3, dtype=t.float64)
    out = t.empty(2, 3, dtype=t.float64)
    t.add(a, b, out=out)
    t.mul(out, 2, out=out)
    return out


def out_with_grad(t):
    t.add(leaf(t, 2), 1, out=t.empty(2))


PROGRAMS = [
    value
    for name, value in list(globals().items())
    if callable(value) and getattr(value, "__module__", "") == __name__ and name != "leaf"
]


def outcome(program, module):
    try:
        result = program(module)
    except Exception as error:
        return type(error).__mro__, str(error)
    return result if isinstance(result, list | tuple) else [result]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program):
    expected, got = outcome(program, torch), outcome(program, minitorch)
    if expected and isinstance(expected[0], tuple):
        assert isinstance(got[0], tuple), f"PyTorch raises {expected[1]!r}, minitorch returned {got}"
        assert expected[0][0] in got[0], (
            f"expected {expected[0][0].__name__}: {expected[1]}, got {got[0][0].__name__}: {got[1]}"
        )
        return
    assert not (got and isinstance(got[0], tuple)), f"minitorch raised {got}"
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        assert tuple(ours.shape) == tuple(theirs.shape)
        assert repr(ours.dtype) == str(theirs.dtype)
        assert ours.requires_grad == theirs.requires_grad
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-12, atol=1e-14)
