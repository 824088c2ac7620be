"""The Transformer's layers: order of norms, copies that begin alike, masks that are read only once, and learning."""

from __future__ import annotations

import pytest

import minitorch
from minitorch import nn
from minitorch.nn import functional as F


def test_an_encoder_layer_is_its_formula():
    for norm_first in (False, True):
        layer = nn.TransformerEncoderLayer(4, 2, 8, 0.0, "gelu", norm_first=norm_first)
        x = minitorch.randn(5, 3, 4)

        def attended(x, layer=layer):
            return layer.self_attn(x, x, x)[0]

        def changed(x, layer=layer):
            return layer.linear2(F.gelu(layer.linear1(x)))

        if norm_first:
            wanted = x + attended(layer.norm1(x))
            wanted = wanted + changed(layer.norm2(wanted))
        else:
            wanted = layer.norm1(x + attended(x))
            wanted = layer.norm2(wanted + changed(wanted))
        assert minitorch.allclose(layer(x), wanted, atol=1e-5)


def test_copies_begin_alike_and_go_their_own_way():
    layer = nn.TransformerEncoderLayer(4, 2, 8)
    model = nn.TransformerEncoder(layer, 3, nn.LayerNorm(4))
    weights = [copy.linear1.weight for copy in model.layers]
    assert all(weight.tolist() == layer.linear1.weight.tolist() for weight in weights)
    assert len({id(weight) for weight in [layer.linear1.weight, *weights]}) == 4
    whole = nn.Transformer(4, 2, 3, 1, 8)  # which draws all matrices anew
    assert len({str(copy.linear1.weight.tolist()) for copy in whole.encoder.layers}) == 3


@pytest.mark.parametrize("batch_first", [False, True])
def test_causal_masks_are_known(monkeypatch, batch_first):
    """From a mask that is the causal one the layers go on without it."""
    seen = []
    monkeypatch.setattr(
        nn.MultiheadAttention,
        "forward",
        lambda self, x, *rest, is_causal: (seen.append(is_causal) or x, None),
    )
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=batch_first)
    x = minitorch.zeros((2, 5, 4) if batch_first else (5, 2, 4))
    causal = nn.Transformer.generate_square_subsequent_mask(5)
    for mask in (causal, causal == -float("inf"), None, causal * 0, minitorch.zeros(10, 5, 5)):
        nn.TransformerEncoder(layer, 1)(x, mask)
    assert seen == [True, True, False, False, False]
    nn.TransformerEncoder(layer, 1)(x, causal, is_causal=False)
    assert seen[-1] is False


def test_a_decoder_reads_the_memory_and_nothing_later():
    minitorch.manual_seed(0)
    model = nn.Transformer(4, 2, 1, 1, 8, dropout=0.0)
    causal = nn.Transformer.generate_square_subsequent_mask(3)
    src, tgt = minitorch.randn(6, 1, 4), minitorch.randn(3, 1, 4)
    out = model(src, tgt, tgt_mask=causal)
    changed = tgt.clone()
    changed[2] = 3.0
    assert minitorch.allclose(model(src, changed, tgt_mask=causal)[:2], out[:2])
    assert not minitorch.allclose(model(src * 2, tgt, tgt_mask=causal), out)


def test_learning_to_repeat():
    """Half a second of training is enough to copy what comes first."""
    minitorch.manual_seed(0)
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True), 1)
    embedding, positions, head = nn.Embedding(5, 16), nn.Embedding(4, 16), nn.Linear(16, 5)
    modules = nn.ModuleList([model, embedding, positions, head])
    optimizer = minitorch.optim.Adam(modules.parameters(), lr=0.01)
    for _ in range(60):
        letters = minitorch.randint(0, 5, (16, 4))
        scores = head(model(embedding(letters) + positions(minitorch.arange(4))))
        loss = F.cross_entropy(scores.reshape(-1, 5), letters[:, :1].expand(16, 4).reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5
