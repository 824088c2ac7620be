"""Writes into one of several results: those that the row's derivative doesn't name may be written, the others are missed, but
for rows that `yields` them: there the derivative has a copy.
"""

from __future__ import annotations

import numpy as np
import pytest

import minitorch as mt
from minitorch import nn
from minitorch.errors import SavedValueModified
from minitorch.nn import functional as F
from minitorch.rows import Op
from minitorch.tape import Output
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


def gradients(result, inputs):
    for tensor in inputs:  # which samples may share
        tensor.grad = None
    (result * weights(result)).sum().backward()
    return [tensor.grad for tensor in inputs]


def written(op, sample, index):
    """A call's result number `index`, doubled in place."""
    return results_of(call(op, sample))[index].mul_(2)


def test_every_row_with_several_results():
    free, kept = set(), set()
    for op in rows():
        for sample in samples(op, reference_device(), mt.float64)[:3]:
            if refuses(op, sample) or not (op.differentiable or op.family == "composition"):
                continue
            inputs = [tensor for tensor in tensors_in(sample) if tensor.requires_grad]
            for index, result in enumerate(results_of(call(op, sample))):
                edge = result._node
                if type(edge) is not Output or not isinstance(row := edge.node.op, Op) or not row.result_names:
                    continue
                if row.result_names[edge.index] in row.saves_results and not row.yields:
                    kept.add(row.name)
                    with pytest.raises(SavedValueModified):
                        gradients(written(op, sample, index), inputs)
                    continue
                free.add(row.name)
                expected = gradients(results_of(call(op, sample))[index] * 2, inputs)
                for one, other in zip(gradients(written(op, sample, index), inputs), expected, strict=True):
                    assert (one is None) == (other is None), row.name
                    assert one is None or np.array_equal(one.numpy(), other.numpy(), equal_nan=True), row.name
    assert {"batch_norm_training", "max_pooling", "softmax_cross_entropy", "sort", "max_along"} <= free
    assert {"rnn_sequence", "gru_sequence", "lstm_sequence"} <= free
    assert {"singular_vectors", "attention"} <= kept


def test_batch_norm_before_relu_in_place():
    """What most convolutional networks do."""
    torch_like = []
    for inplace in (False, True):
        mt.manual_seed(0)
        net = nn.Sequential(
            nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(inplace), nn.MaxPool2d(2), nn.ELU(inplace=inplace)
        )
        loss = F.cross_entropy(net(mt.randn(4, 2, 6, 6)).flatten(1), mt.tensor([0, 1, 2, 3]))
        loss /= 2
        loss.backward()
        torch_like.append([parameter.grad for parameter in net.parameters()])
    for one, other in zip(*torch_like, strict=True):
        assert mt.equal(one, other)


def test_what_no_derivative_reads_is_not_kept():
    """A graph holds neither the values of a sort nor what batch_norm gave: only the parts that the derivatives name."""
    x = mt.randn(5, requires_grad=True)
    values, places = x.sort()
    out = values._node.node.out
    assert out[0] is None and out[1] is not None and values._node.node.shape == [(5,), (5,)]
    assert values.grad_fn._saved_indices.tolist() == places.tolist()
    assert "_saved_values" not in dir(values.grad_fn)
    with pytest.raises(AttributeError, match="_saved_indices"):
        values.grad_fn._saved_values
