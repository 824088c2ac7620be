"""Attention layers and the Transformer against torch.nn: the same text, names, first values, results, gradients and errors.

Shapes, settings and masks are drawn at random, the same for both libraries. Dropout draws the same numbers from the same seed.
"""

from __future__ import annotations

import copy
import inspect
import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

LIBRARIES = (torch, minitorch)
SEEDS = range(50)
NAMES = ["MultiheadAttention", "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder",
         "TransformerEncoderLayer"]  # fmt: skip


def both(case: Callable[..., Any], *arguments: Any) -> tuple[Any, Any]:
    """What a case gives with PyTorch and with minitorch, from the same seed and without PyTorch's advice on its fast path."""
    results = []
    for library in LIBRARIES:
        library.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.append(case(library, *arguments))
    return results[0], results[1]


def assert_close(theirs: Any, ours: Any, path: str = "") -> None:
    """Equal structure; arrays equal to 1e-5 of their largest value or of 1; in float64 to 1e-7, as normal draws differ."""
    if isinstance(theirs, list | tuple):
        assert len(theirs) == len(ours), path
        for index, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            assert_close(one, other, f"{path}[{index}]")
    elif hasattr(theirs, "detach"):
        expected, found = theirs.detach().numpy(), ours.detach().numpy()
        assert expected.shape == found.shape, path
        size = np.abs(expected[np.isfinite(expected)]).max(initial=1.0)
        share = 1e-7 if expected.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(found, expected, rtol=0, atol=share * size, err_msg=path)
    else:
        assert theirs == ours, path


class Drawing:
    """Numbers that are the same for both libraries, in float32 or float64."""

    def __init__(self, library: Any, seed: int):
        self.library, self.random = library, np.random.default_rng(seed)
        self.dtype = self.choice(np.float32, np.float64)

    def choice(self, *values: Any) -> Any:
        return values[int(self.random.integers(len(values)))]

    def normal(self, *shape: int, requires_grad: bool = True) -> Any:
        values = self.random.standard_normal(shape).astype(self.dtype)
        return self.library.tensor(values, requires_grad=requires_grad)

    def mask(self, *shape: int) -> Any:
        """None, or a mask of bools or numbers in which the first key is always seen."""
        kind, hidden = self.choice(None, "bool", "float"), self.random.random(shape) < 0.3
        hidden[..., 0] = False
        if kind == "float":
            return self.library.tensor(np.where(hidden, -np.inf, self.random.standard_normal(shape)).astype(self.dtype))
        return None if kind is None else self.library.tensor(hidden)

    def module(self, module: Any) -> Any:
        """The module in this dtype, in training or in use."""
        return (module.double() if self.dtype is np.float64 else module).train(self.choice(True, False))

    def sequences(self, length: int, batch: int, width: int, layout: str) -> Any:
        shapes = {"first": (batch, length, width), "second": (length, batch, width), "none": (length, width)}
        return self.normal(*shapes[layout])


def with_gradients(library: Any, out: Any, module: Any, inputs: list) -> list:
    """A result and the gradients of inputs and parameters, with a different weight for each number of the result."""
    weights = np.cos(np.arange(out.numel())).reshape(tuple(out.shape))
    (out * library.tensor(weights).to(out.dtype)).sum().backward()
    return [out, *[x.grad for x in inputs], *[p.grad for p in module.parameters()]]


# --- MultiheadAttention -----------------------------------------------------------------------------------------------


def random_attention(library: Any, seed: int) -> list:
    draw = Drawing(library, seed)
    heads, batch, length, count = draw.choice(1, 2, 4), draw.choice(1, 3), draw.choice(1, 2, 5), draw.choice(1, 4, 7)
    width = heads * draw.choice(1, 3, 4)
    kdim, vdim = draw.choice((None, None), (3, 5), (width, 2))
    layout = draw.choice("first", "second", "none")
    settings = {
        "dropout": draw.choice(0.0, 0.5), "bias": draw.choice(True, False), "add_bias_kv": draw.choice(True, False),
        "add_zero_attn": draw.choice(True, False), "kdim": kdim, "vdim": vdim, "batch_first": layout == "first",
    }  # fmt: skip
    module = draw.module(library.nn.MultiheadAttention(width, heads, **settings))
    query = draw.sequences(length, batch, width, layout)
    key = draw.sequences(count, batch, kdim or width, layout)
    value = draw.sequences(count, batch, vdim or width, layout)
    inputs = [query, key, value]
    if kdim is None and draw.choice(True, False):
        inputs, key, value, count = [query], query, query, length
    per_head = draw.choice((), (heads * (1 if layout == "none" else batch),))
    masks = {"attn_mask": draw.mask(*per_head, length, count),
             "key_padding_mask": draw.mask(*(() if layout == "none" else (batch,)), count)}  # fmt: skip
    need, average = draw.choice(True, False), draw.choice(True, False)
    out, weights = module(query, key, value, need_weights=need, average_attn_weights=average, **masks)
    return [weights, *with_gradients(library, out, module, inputs)]


@pytest.mark.parametrize("seed", SEEDS)
def test_attention_with_random_settings(seed: int) -> None:
    assert_close(*both(random_attention, seed))


# --- The Transformer --------------------------------------------------------------------------------------------------


def random_transformer(library: Any, seed: int) -> list:
    draw = Drawing(library, seed)
    heads, batch, length, count = draw.choice(1, 2), draw.choice(1, 3), draw.choice(2, 5), draw.choice(1, 4)
    width, layout = heads * draw.choice(4, 7), draw.choice("first", "second", "none")
    settings = {
        "num_encoder_layers": draw.choice(1, 2), "num_decoder_layers": draw.choice(1, 2), "dim_feedforward": 5,
        "dropout": draw.choice(0.0, 0.3), "activation": draw.choice("relu", "gelu"), "batch_first": layout == "first",
        "norm_first": draw.choice(True, False), "bias": draw.choice(True, False), "layer_norm_eps": 1e-3,
    }  # fmt: skip
    module = draw.module(library.nn.Transformer(width, heads, **settings))
    src, tgt = draw.sequences(count, batch, width, layout), draw.sequences(length, batch, width, layout)
    before = () if layout == "none" else (batch,)
    causal = library.nn.Transformer.generate_square_subsequent_mask
    pairs, padding = {"src": (count, count), "memory": (length, count)}, {"src": count, "tgt": length, "memory": count}
    masks = {f"{name}_mask": draw.mask(*shape) for name, shape in pairs.items()}
    masks["tgt_mask"] = draw.choice(None, causal(length), causal(length, dtype=library.bool))
    masks |= {f"{name}_key_padding_mask": draw.mask(*before, size) for name, size in padding.items()}
    hints = {"tgt_is_causal": draw.choice(None, masks["tgt_mask"] is not None)}
    out = module(src, tgt, **masks, **hints)
    return with_gradients(library, out, module, [src, tgt])


@pytest.mark.parametrize("seed", SEEDS)
def test_transformer_with_random_settings_and_masks(seed: int) -> None:
    assert_close(*both(random_transformer, seed))


def test_callable_activations_and_layers_of_ones_own() -> None:
    """A module as the decoder's activation isn't compared: PyTorch 2.13 turns it into relu when it copies the layer."""

    def case(library: Any) -> list:
        nn = library.nn
        layer = nn.TransformerEncoderLayer(4, 2, 6, 0.0, activation=library.tanh)
        draw = Drawing(library, 0)
        model = draw.module(nn.Transformer(4, 2, 1, 1, 6, 0.0, custom_encoder=nn.TransformerEncoder(layer, 2)))
        x = draw.normal(3, 2, 4)
        return [layer.activation_relu_or_gelu, repr(model), *with_gradients(library, model(x, x), model, [x])]

    assert_close(*both(case))


def test_fifty_steps_of_a_small_language_model() -> None:
    """GELU, LayerNorm, causal attention, embeddings and AdamW, on letters of which each depends on the last two."""

    def case(library: Any) -> list:
        nn = library.nn
        letters = np.random.default_rng(0).integers(0, 3, (50, 8, 13))
        letters[..., 2:] = (letters[..., 2:] // 2 + letters[..., 1:-1] + letters[..., :-2]) % 5
        layer = nn.TransformerEncoderLayer(16, 4, 32, 0.0, "gelu", batch_first=True, norm_first=True)
        model = nn.TransformerEncoder(layer, 2, nn.LayerNorm(16))
        embedding, head = nn.Embedding(5, 16), nn.Linear(16, 5)
        causal = nn.Transformer.generate_square_subsequent_mask(12)
        modules = nn.ModuleList([model, embedding, head])
        optimizer, losses = library.optim.AdamW(modules.parameters(), lr=1e-2), []
        for batch in letters:
            x, y = library.tensor(batch[:, :-1].copy()), library.tensor(batch[:, 1:].copy())
            loss = nn.functional.cross_entropy(head(model(embedding(x), causal)).reshape(-1, 5), y.reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    theirs, ours = both(case)
    assert theirs[-1] < 0.9 * theirs[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)


# --- What they look like ----------------------------------------------------------------------------------------------

MODELS: dict[str, Callable[[Any], Any]] = {
    "attention": lambda nn: nn.MultiheadAttention(6, 3),
    "attention of other widths": lambda nn: nn.MultiheadAttention(
        6, 3, kdim=4, vdim=2, add_bias_kv=True, batch_first=True
    ),
    "attention without bias": lambda nn: nn.MultiheadAttention(6, 3, bias=False, add_zero_attn=True),
    "encoder layer": lambda nn: nn.TransformerEncoderLayer(4, 2, 8, activation="gelu", norm_first=True),
    "decoder layer": lambda nn: nn.TransformerDecoderLayer(4, 2, 8, bias=False, layer_norm_eps=1e-3),
    "encoder": lambda nn: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2, nn.LayerNorm(4)),
    "decoder": lambda nn: nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8), 2),
    "transformer": lambda nn: nn.Transformer(4, 2, 2, 2, 8),
}


def look(library: Any, name: str) -> list:
    model = MODELS[name](library.nn)
    plain = {key: value for key, value in vars(model).items() if isinstance(value, bool | int | float | str)}
    own = {key: value for key, value in plain.items() if key[0] != "_" and key != "use_nested_tensor"}
    state = model.state_dict()
    return [repr(model), own, list(state), [name for name, _ in model.named_modules()], *state.values()]


@pytest.mark.parametrize("name", MODELS)
def test_text_attributes_names_and_first_values(name: str) -> None:
    theirs, ours = both(look, name)
    assert_close(theirs, ours)
    for one, other in zip(theirs[4:], ours[4:], strict=True):
        np.testing.assert_array_equal(other.numpy(), one.numpy())


@pytest.mark.parametrize("name", MODELS)
def test_copies_and_states_that_are_loaded(name: str) -> None:
    theirs, ours = both(lambda library: MODELS[name](library.nn))
    twin = copy.deepcopy(ours)
    ours.load_state_dict({key: minitorch.tensor(value.numpy()) for key, value in theirs.state_dict().items()})
    for key, value in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[key].numpy(), value.numpy())
    assert repr(twin) == repr(ours)


@pytest.mark.parametrize("name", NAMES)
def test_signatures_of_forward(name: str) -> None:
    theirs, ours = (inspect.signature(getattr(library.nn, name).forward).parameters for library in LIBRARIES)
    assert [(p.name, p.kind, p.default) for p in ours.values()] == [
        (p.name, p.kind, p.default) for p in theirs.values()
    ]


def test_merged_masks() -> None:
    def case(library: Any) -> list:
        module = library.nn.MultiheadAttention(4, 2)
        x = library.zeros(3, 5, 4)
        masks = [None, library.ones(3, 5)], [None, library.ones(5, 5), library.ones(6, 5, 5)]
        return [module.merge_masks(mask, padding, x) for padding, mask in itertools.product(*masks)]

    assert_close(*both(case))


# --- Mistakes ---------------------------------------------------------------------------------------------------------

MISTAKES: dict[str, Callable[[Any], Any]] = {
    "no heads": lambda t: t.nn.MultiheadAttention(4, 0),
    "heads that don't divide": lambda t: t.nn.MultiheadAttention(4, 3),
    "another activation": lambda t: t.nn.TransformerEncoderLayer(4, 2, activation="tanh"),
    "width": lambda t: attend(t, (3, 2, 5)),
    "ranks": lambda t: t.nn.MultiheadAttention(4, 2)(t.zeros(3, 2, 4), t.zeros(3, 4), t.zeros(3, 4)),
    "four dims": lambda t: attend(t, (3, 2, 4, 1)),
    "lengths": lambda t: t.nn.MultiheadAttention(4, 2)(t.zeros(3, 2, 4), t.zeros(3, 2, 4), t.zeros(5, 2, 4)),
    "rank of a mask": lambda t: attend(t, attn_mask=t.zeros(3)),
    "shape of a mask": lambda t: attend(t, attn_mask=t.zeros(3, 4)),
    "shape of a mask by head": lambda t: attend(t, attn_mask=t.zeros(3, 3, 3)),
    "unbatched mask by head": lambda t: attend(t, (3, 4), attn_mask=t.zeros(3, 3, 3)),
    "rank of padding": lambda t: attend(t, key_padding_mask=t.zeros(3)),
    "samples of padding": lambda t: attend(t, key_padding_mask=t.zeros(3, 3)),
    "length of padding": lambda t: attend(t, key_padding_mask=t.zeros(2, 4)),
    "whole numbers as a mask": lambda t: attend(t, attn_mask=t.zeros(3, 3, dtype=t.int64)),
    "causal without a mask": lambda t: attend(t, is_causal=True),
    "batches": lambda t: t.nn.Transformer(4, 2, 1, 1, 8)(t.zeros(3, 2, 4), t.zeros(3, 3, 4)),
    "features": lambda t: t.nn.Transformer(4, 2, 1, 1, 8)(t.zeros(3, 2, 4), t.zeros(3, 2, 5)),
}


def attend(library: Any, shape: tuple = (3, 2, 4), **masks: Any) -> Any:
    x = library.zeros(shape)
    return library.nn.MultiheadAttention(4, 2)(x, x, x, **masks)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    found = []
    for library in LIBRARIES:
        with warnings.catch_warnings(), pytest.raises((AssertionError, ValueError, RuntimeError)) as caught:
            warnings.simplefilter("ignore")
            MISTAKES[name](library)
        found.append(caught)
    theirs, ours = found
    assert isinstance(ours.value, theirs.type)
    assert str(ours.value).partition("\n")[0].startswith(str(theirs.value).partition(". ")[0].rstrip("."))


@pytest.mark.parametrize("scale", [None, 0.0, 0.3])
@pytest.mark.parametrize("mask", ["bool", "float32", "float64", "bfloat16"])
@pytest.mark.parametrize("operands", ["float32", "float64", "bfloat16"])
def test_dtypes_of_masks(operands: str, mask: str, scale: float | None) -> None:
    def case(library: Any) -> Any:
        draw = Drawing(library, 0)
        query, key = (draw.normal(2, 3, 4, requires_grad=False).to(getattr(library, operands)) for _ in range(2))
        numbers = draw.normal(3, 3, requires_grad=False)
        hidden = numbers > -0.5 if mask == "bool" else numbers.to(getattr(library, mask))
        try:
            out = library.nn.functional.scaled_dot_product_attention(query, key, key, hidden, scale=scale)
        except RuntimeError as error:
            return "Expected attn_mask dtype to be bool or float or to match query dtype" in str(error)
        return [str(out.dtype), out.double()]

    theirs, ours = both(case)
    if isinstance(theirs, list):
        assert theirs[0] == ours[0]
        tolerance = 2e-2 if operands == "bfloat16" else 1e-6
        np.testing.assert_allclose(ours[1].numpy(), theirs[1].numpy(), rtol=tolerance, atol=tolerance)
    else:
        assert theirs and ours is True


def test_masks_of_two_types_are_warned_of() -> None:
    for library in LIBRARIES:
        with pytest.warns(UserWarning, match="mismatched key_padding_mask and attn_mask is deprecated"):
            attend(library, attn_mask=library.zeros(3, 3), key_padding_mask=library.zeros(2, 3, dtype=library.bool))
