"""autograd.steps: the walk back, one node at a time. Its gradients are those of backward, on every row."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minitorch as mt
from minitorch import nn
from minitorch.autograd import Function, recording_lines, steps
from minitorch.errors import GraphFreed
from minitorch.rows import OPS
from minitorch.testing.conformance.cases import (
    call,
    reference_device,
    refuses,
    results_of,
    rows,
    samples,
    tensors_in,
    weights,
)


def number(value):
    return mt.tensor(value, dtype=mt.float64, requires_grad=True)


def same(a, b):
    return np.array_equal(np.asarray(a.detach()), np.asarray(b.detach()), equal_nan=True)


def scalar_of(op, sample):
    """A real number made of all results of a call, or None."""
    results = [result for result in results_of(call(op, sample)) if result.requires_grad]
    parts = [(result * weights(result)).sum() for result in results]
    return sum([part.real if part.dtype.is_complex else part for part in parts]) if parts else None


@pytest.mark.parametrize("dtype", [mt.float32, mt.complex64, mt.bfloat16], ids=str)
def test_every_row_as_backward(dtype):
    checked = 0
    for op in rows():
        if not (op.differentiable or op.family == "composition"):
            continue
        for sample in samples(op, reference_device(), dtype)[:3]:
            if refuses(op, sample):
                continue
            loss = scalar_of(op, sample)
            if loss is None:
                continue
            inputs = [tensor for tensor in tensors_in(sample) if tensor.requires_grad]
            for tensor in inputs:  # which samples may share
                tensor.grad = None
            for step in steps(loss, retain_graph=True):
                assert step.name in repr(step) and step.name in step._repr_html_()
                assert len(step.outgoing) == len(step.operands) == len(step.node.edges), op.name
            stepped = [tensor.grad for tensor in inputs]
            for tensor in inputs:
                tensor.grad = None
            loss.backward()
            for tensor, gradient in zip(inputs, stepped, strict=True):
                assert (gradient is None) == (tensor.grad is None), op.name
                if gradient is not None:
                    assert gradient.dtype is tensor.grad.dtype and same(gradient, tensor.grad), op.name
            checked += 1
    assert checked > (100 if dtype is mt.complex64 else 300)


# --- What a step shows ------------------------------------------------------------------------------------------------


def test_a_step_shows():
    a, b = number(2.0), number(3.0)
    first, second, *leaves = steps((a * b).tanh())
    assert [first.name, second.name] == ["TanhBackward0", "MulBackward0"]
    assert first.op is OPS["tanh"] and first.saved["out"].item() == math.tanh(6.0)
    assert first.derivatives == {"input": "1 - out * out"}
    assert second.formula == "input * other" and second.derivatives == {"input": "other", "other": "input"}
    assert second.saved["input"] is a and second.saved["other"] is b
    assert second.incoming.item() == first.outgoing[0].item() == 1 - math.tanh(6.0) ** 2
    assert [gradient.item() for gradient in second.outgoing] == [a.grad.item(), b.grad.item()]
    assert [leaf.name for leaf in leaves] == ["AccumulateGrad"] * 2
    assert all(leaf.op is None and leaf.operands == () and leaf.outgoing == [] for leaf in leaves)
    assert first.source is None and first.module is None


def test_the_order_is_that_of_backward():
    x = number([1.0, 2.0])
    y = x * x
    loss = (y.exp() + y * x).sum()
    order = []
    nodes, stack = set(), [loss.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node not in nodes:
            nodes.add(node)
            stack += node.edges
    for node in nodes:
        node.register_prehook(lambda gradients, node=node: order.append(node))
    assert [step.node for step in steps(loss, retain_graph=True)] == order
    stepped, order[:] = list(order), []
    loss.backward()
    assert order == stepped and len(order) == len(nodes)


def test_gradients_have_the_shapes_of_operands():
    w, b = number([[1.0, 2.0]]), number(3.0)
    for step in steps((w.expand(3, 2) * w + b).sum()):
        if step.op is not None:
            assert [tuple(g.shape) for g in step.outgoing] == [tuple(edge.shape) for edge in step.node.edges]


def test_large_tensors_are_told_in_a_line():
    x = mt.arange(100.0).requires_grad_()
    first, second, leaf = steps((x * 2).sum())
    assert "incoming  [100] torch.float32, values from 1 to 1" in repr(second)
    assert repr(leaf) == "AccumulateGrad, leaf of shape [100]\n  incoming  [100] torch.float32, values from 2 to 2"
    assert "saved" not in repr(first)


def test_rules_are_said_in_terms_of_g():
    x, z = number(2.0), mt.tensor(1 + 2j, requires_grad=True)
    assert "input: g * (1 - out * out) = tensor(" in repr(next(steps(x.tanh())))
    assert "input: -g = tensor(" in repr(next(steps(-x)))
    assert "input: g * conj(other) = tensor(1.-2.j)" in repr(next(steps(z * z, mt.tensor(1 + 0j))))
    assert "other: none is wanted" in repr(next(steps(x * 3)))


def test_several_results():
    x = number([[3.0, 1.0, 2.0]])
    values, _ = x.sort()
    _, step, _ = steps(values.sum())
    assert step.name == "SortBackward0" and step.shape == ((1, 3), (1, 3))
    assert step.incoming[0].tolist() == [[1.0, 1.0, 1.0]] and step.incoming[1] is None
    assert step.saved["out[1]"].dtype is mt.int64


class Twice(Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x)
        return x * factor, x.clone()

    @staticmethod
    def backward(ctx, g, h):
        return 2 * g + h, None


def test_custom_functions_and_writes_through_views():
    x = number([1.0, 2.0])
    y, _ = Twice.apply(x, 2)
    z = y * 1
    z[0] = 5 * z[1]
    names = {step.name: step for step in steps(z.sum())}
    assert names["TwiceBackward"].operands == ("x", "factor") and names["TwiceBackward"].saved["saved[0]"] is x
    assert names["TwiceBackward"].outgoing[1] is None and names["TwiceBackward"].formula == ""
    assert [gradient.tolist() for gradient in names["CopySlices"].outgoing] == [[0.0, 1.0], 1.0]
    assert x.grad.tolist() == [0.0, 12.0]


def test_packed_values_are_shown_unpacked():
    x = number([1.0, 2.0])
    hooks = lambda tensor: (tensor.tolist(), tensor.dtype), lambda kept: mt.tensor(kept[0], dtype=kept[1])
    with mt.autograd.graph.saved_tensors_hooks(*hooks):
        values, _ = (x.tanh() * x).sort()
        loss = (values * values).sum()
    found = {step.name: step for step in steps(loss)}
    assert found["TanhBackward0"].op is OPS["tanh"] and found["TanhBackward0"].formula == "tanh(input)"
    assert same(found["TanhBackward0"].saved["out"], x.tanh()) and "saved     out: tensor(" in repr(
        found["TanhBackward0"]
    )
    assert found["SortBackward0"].saved["out[1]"].tolist() == [0, 1]
    stepped, x.grad = x.grad, None
    ((x.tanh() * x) ** 2).sum().backward()
    assert np.allclose(stepped.tolist(), x.grad.tolist(), rtol=1e-12)


# --- Changes ----------------------------------------------------------------------------------------------------------


def test_a_changed_gradient_flows_on():
    a, b = number(2.0), number(3.0)
    for step in steps((a * b).exp()):
        if step.name == "MulBackward0":
            step.outgoing[1] = step.outgoing[1] * 100
            step.outgoing[0] = None
    assert a.grad is None and b.grad.item() == pytest.approx(200 * math.exp(6.0))


@pytest.mark.parametrize("read_before", [False, True])
@pytest.mark.parametrize("write", [False, True])
def test_a_changed_incoming_gradient_is_pulled(read_before, write):
    a = number(2.0)
    for step in steps(a * a):
        if step.name == "MulBackward0":
            if read_before:
                assert step.outgoing[0].item() == 2.0
            if write:
                step.incoming.mul_(10)
            else:
                step.incoming = step.incoming * 10
            assert step.outgoing[0].item() == 20.0
        else:
            step.incoming = step.incoming + 1
    assert a.grad.item() == 41.0


def test_gradients_are_nobody_elses():
    x, seed = number([1.0, 2.0]), mt.tensor([1.0, 1.0], dtype=mt.float64)
    kept = []
    for step in steps(x + x, seed):
        for gradient in step.outgoing[:1]:
            gradient.zero_()
        kept.append(step)
    assert x.grad.tolist() == [1.0, 1.0] and seed.tolist() == [1.0, 1.0]
    x.grad.zero_()
    assert kept[-1].incoming.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("value", "words"), [(3.0, "got:      float"), (mt.ones(3), r"got:      \[3\] torch.float32")])
def test_a_gradient_that_does_not_fit_is_refused(value, words):
    a, b = number(2.0), mt.tensor(3.0, dtype=mt.float64)
    walk = steps(a * b)
    step = next(walk)
    with pytest.raises(ValueError, match=r"step.incoming of MulBackward0\n.*expected: a Tensor \[\] torch.float64"):
        step.incoming = value
    step.outgoing[0] = value
    with pytest.raises(ValueError, match=words):
        next(walk)
    walk = steps(a * b)
    next(walk).outgoing[1] = mt.ones(())
    with pytest.raises(ValueError, match="None, since that operand wants no gradient"):
        next(walk)


# --- The graph afterwards ---------------------------------------------------------------------------------------------


def test_leaving_early_leaves_the_graph():
    a, b = number(2.0), number(3.0)
    loss = (a * b).exp()
    for step in steps(loss):
        if step.name == "AccumulateGrad":
            break
    assert a.grad is None and b.grad is None
    loss.backward()
    assert a.grad.item() == pytest.approx(3 * math.exp(6.0))


def test_the_graph_is_freed_at_the_end_unless_retained():
    a = number(2.0)
    loss = a * a
    assert len(list(steps(loss, retain_graph=True))) == len(list(steps(loss))) == 2
    assert a.grad.item() == 8.0
    with pytest.raises(GraphFreed):
        list(steps(loss))
    with pytest.raises(RuntimeError, match="does not require grad"):
        steps(mt.ones(()))
    with pytest.raises(RuntimeError, match="cannot be empty"):
        steps(loss, inputs=[])


def test_inputs():
    a, b = number(2.0), number(3.0)
    middle = a * b
    loss = middle.exp() * b
    names = [step.name for step in steps(loss, retain_graph=True, inputs=[middle, a])]
    assert names == ["MulBackward0", "ExpBackward0", "MulBackward0", "AccumulateGrad"]
    stepped, a.grad, middle.grad = (a.grad, middle.grad), None, None
    assert b.grad is None
    assert [step.name for step in steps(a, inputs=b)] == ["AccumulateGrad"] and a.grad is b.grad is None
    loss.backward(inputs=[middle, a])
    assert stepped[0].item() == a.grad.item() and stepped[1].item() == middle.grad.item()


def test_hooks_are_called_once_and_the_loop_records_as_ever():
    a, seen = number(2.0), []
    y = a * a
    y.retain_grad()
    y.register_hook(lambda gradient: gradient * 2)
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((mt.is_grad_enabled(), len(inputs))))
    a.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.item()))
    for step in steps(y.exp()):
        assert mt.is_grad_enabled() and (a * 2).requires_grad and not step.incoming.requires_grad
    assert seen == [(False, 2), pytest.approx(8 * math.exp(4.0))]
    assert a.grad.item() == pytest.approx(8 * math.exp(4.0))


# --- Lines and modules ------------------------------------------------------------------------------------------------


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 2), nn.Tanh())

    def forward(self, x):
        return self.layers(x) * 2  # the line of all three


def test_lines_and_modules():
    network = Network()
    with recording_lines():
        with recording_lines():
            network(mt.ones(1, 3))
        loss = network(mt.ones(1, 3)).sum()
        _, _ = Twice.apply(loss, 2)  # the engine's own nodes too
        custom = Twice.apply(loss, 2)[0]
    unrecorded = loss * 2
    found = {step.name: step for step in steps(loss, retain_graph=True) if step.op is not None}
    assert found["SumBackward0"].source.endswith("loss = network(mt.ones(1, 3)).sum()")
    assert found["SumBackward0"].module is None
    assert [found[name].module for name in ("MulBackward0", "TanhBackward0", "AddmmBackward0")] == [
        "Network", "layers.1 (Tanh) of Network", "layers.0 (Linear) of Network",
    ]  # fmt: skip
    for name in ("MulBackward0", "TanhBackward0", "AddmmBackward0"):
        assert found[name].source.endswith("return self.layers(x) * 2  # the line of all three")
        assert found[name].source.startswith(f"{__file__}:") and "layers" in repr(found[name])
    assert next(steps(custom, retain_graph=True)).source.endswith("custom = Twice.apply(loss, 2)[0]")
    assert next(steps(unrecorded)).source is None


def test_recording_ends_with_an_error_and_is_for_one_thread():
    import threading

    x, made = number(1.0), []
    with pytest.raises(ZeroDivisionError), recording_lines():
        thread = threading.Thread(target=lambda: made.append(x * 2))
        thread.start()
        thread.join()
        raise ZeroDivisionError
    assert next(steps(made[0])).source is None and next(steps(x * 2)).source is None
