"""What training loops do besides the step: none of it makes the host wait, forward or backward."""

from __future__ import annotations

import pytest

import minitorch
from minitorch import nn

cupy = pytest.importorskip("cupy")
pytestmark = pytest.mark.skipif(not hasattr(cupy, "strict"), reason="only the stand-in counts")

F = nn.functional


def clip(x, i):
    layer = nn.Linear(5, 2, device="cuda")
    layer(x).sum().backward()
    nn.utils.clip_grad_norm_(layer.parameters(), 1.0)
    nn.utils.clip_grad_value_(layer.parameters(), 0.5)


def write_through_a_mask(x, i):
    i[i > 2] = -100
    x.detach()[x > 0] = 0.5


CALLS = {
    "accuracy": lambda x, i: (x.argmax(1) == i).float().mean(),
    "broadcasting": lambda x, i: (x * x[0] + x[:, :1] - 2).sum().backward(),
    "clip": clip,
    "cross_entropy": lambda x, i: F.cross_entropy(x, i, x[0].detach(), ignore_index=2, label_smoothing=0.1).backward(),
    "cumsum": lambda x, i: x.cumsum(1).sum().backward(),
    "einsum": lambda x, i: minitorch.einsum("ij,kj->ik", x, x).sum().backward(),
    "embedding": lambda x, i: F.embedding(i, x, padding_idx=0).sum().backward(),
    "finite": lambda x, i: x.isnan().any() | x.isinf().any(),
    "gather": lambda x, i: x.gather(1, i[:, None]).sum().backward(),
    "index": lambda x, i: x[i].sum().backward(),
    "joining": lambda x, i: minitorch.cat([minitorch.stack([x, x])[0], x]).split(2)[0].sum().backward(),
    "masked": lambda x, i: x.masked_fill(x > 0, float("-inf")).softmax(1).sum().backward(),
    "maxima": lambda x, i: (x.max(1)[0].sum() + x.max() + x.amin(0).sum()).backward(),
    "new": lambda x, i: minitorch.zeros(3, device="cuda") + minitorch.ones_like(x[0, :3]) + x.new_full((3,), 2.0),
    "norms": lambda x, i: (x.norm() + x.std() + F.layer_norm(x, (5,)).sum()).backward(),
    "pooling": lambda x, i: F.avg_pool2d(F.max_pool2d(x.reshape(1, 1, 4, 5), 2), 2).sum().backward(),
    "powers": lambda x, i: (x**2 + x**0.5 + 2**x + x.prod(1, keepdim=True)).sum().backward(),
    "sorting": lambda x, i: (x.topk(2)[0].sum() + x.sort(1)[0].sum()).backward(),
    "where": lambda x, i: minitorch.where(x > 0, x, 0.0).sum().backward(),
    "write through a mask": write_through_a_mask,
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_nothing_waits(name):
    def arguments():
        return minitorch.rand(4, 5, device="cuda").requires_grad_(), minitorch.randint(0, 5, (4,), device="cuda")

    CALLS[name](*arguments())
    with cupy.strict.no_syncs():
        CALLS[name](*arguments())


@pytest.mark.parametrize("call", [lambda x: x.item(), lambda x: x.nonzero(), lambda x: bool(x), lambda x: repr(x)])
def test_the_counter_counts(call):
    x = minitorch.ones(1, device="cuda")
    with pytest.raises(cupy.strict.UnwantedSync), cupy.strict.no_syncs():
        call(x)
