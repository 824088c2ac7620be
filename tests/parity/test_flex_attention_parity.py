"""flex_attention and its masks against PyTorch's eager ones.

PyTorch has gradients on GPUs alone; they are compared with those of the formula written out.
"""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")
from torch.nn.attention import flex_attention as theirs  # noqa: E402

from minitorch.nn.attention import flex_attention as ours  # noqa: E402

LIBRARIES = ((torch, theirs), (minitorch, ours))


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    """PyTorch's own formula without its compiler."""
    monkeypatch.setattr(theirs, "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", True)


def drawn(library, *shape, dtype="float32", seed=0):
    return library.from_numpy(np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype))


def looked_up(table):
    return lambda s, b, h, q, k: s + table[b, h]


def looked_up_by_head(table):
    return lambda s, b, h, q, k: s + table[h, q]


def documents(of):
    return lambda b, h, q, k: of[q] == of[k]


# Each makes a function for a library: of scores, or of places alone.
SCORE_MODS = {
    "none": lambda library: None,
    "distance": lambda library: lambda s, b, h, q, k: s - 0.1 * (q - k).abs(),
    "head": lambda library: lambda s, b, h, q, k: s * (h + 1) + b,
    "table": lambda library: looked_up(drawn(library, 2, 4)),
    "capped": lambda library: lambda s, b, h, q, k: 2 * library.tanh(s / 2),
    "causal": lambda library: lambda s, b, h, q, k: library.where(q >= k, s, -math.inf),
    "nothing": lambda library: lambda s, b, h, q, k: library.where(q == 1, -math.inf, s),
}
MASK_MODS = {
    "none": lambda library, module: None,
    "all": lambda library, module: module.noop_mask,
    "causal": lambda library, module: lambda b, h, q, k: q >= k,
    "window": lambda library, module: module.and_masks(lambda b, h, q, k: q >= k, lambda b, h, q, k: q - k < 3),
    "either": lambda library, module: module.or_masks(lambda b, h, q, k: q < k - 1, lambda b, h, q, k: k == 2),
    "documents": lambda library, module: documents(library.tensor([0, 0, 1, 1, 1, 2, 2, 2, 3])),
    "batch": lambda library, module: lambda b, h, q, k: (b == 0) | (h > 1),
}


def assert_close(our, their, tolerance=1e-5):
    assert tuple(our.shape) == tuple(their.shape)
    assert repr(our.dtype).split(".")[-1] == repr(their.dtype).split(".")[-1]
    np.testing.assert_allclose(
        our.detach().numpy(), their.detach().numpy(), rtol=tolerance, atol=tolerance, equal_nan=True
    )


def attention(
    library, module, score, mask, shapes=((2, 4, 6, 8), (2, 4, 9, 8), (2, 4, 9, 5)), dtype="float32", **given
):
    query, key, value = (drawn(library, *shape, dtype=dtype) for shape in shapes)
    mask_mod, length, key_length = MASK_MODS[mask](library, module), shapes[0][-2], shapes[1][-2]
    block_mask = mask_mod and module.create_block_mask(mask_mod, 2, 4, length, key_length, "cpu", BLOCK_SIZE=4)
    return module.flex_attention(query, key, value, SCORE_MODS[score](library), block_mask, **given)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mask", MASK_MODS)
@pytest.mark.parametrize("score", SCORE_MODS)
def test_values(score, mask, dtype):
    their, our = (
        attention(*pair, score, mask, dtype=dtype, return_aux=pair[1].AuxRequest(lse=True)) for pair in LIBRARIES
    )
    assert_close(our[0], their[0])
    assert_close(our[1].lse, their[1].lse)
    assert our[1].max_scores is None


@pytest.mark.parametrize(
    ("shapes", "given"),
    [
        (((2, 4, 6, 8), (2, 2, 9, 8), (2, 2, 9, 8)), {"enable_gqa": True}),
        (((2, 4, 6, 8), (1, 4, 9, 8), (1, 4, 9, 8)), {}),
        (((2, 4, 6, 8), (2, 4, 9, 8), (2, 4, 9, 8)), {"scale": 0.3}),
    ],
)
def test_shapes_and_scale(shapes, given):
    their, our = (attention(*pair, "distance", "causal", shapes, **given) for pair in LIBRARIES)
    assert_close(our, their)


def test_lse_alone_and_largest_scores():
    with pytest.warns(FutureWarning, match="return_lse is deprecated"):
        their = attention(*LIBRARIES[0], "distance", "causal", return_lse=True)
    our = attention(*LIBRARIES[1], "distance", "causal", return_lse=True)
    for one, other in zip(our, their, strict=True):
        assert_close(one, other)
    largest = attention(*LIBRARIES[1], "none", "none", return_aux=ours.AuxRequest(max_scores=True))[1].max_scores
    query, key = drawn(torch, 2, 4, 6, 8), drawn(torch, 2, 4, 9, 8)
    assert_close(largest, (query @ key.mT / math.sqrt(8)).amax(-1))


def test_gradients_flow_to_what_a_function_looks_up():
    """Queries without a score above -inf, by the mask or by what is added, have gradients of 0."""
    grads = []
    nowhere = np.zeros((3, 4, 1), bool)
    nowhere[:, 0] = nowhere[1, 2] = True
    for library, module in LIBRARIES:
        leaves = [drawn(library, 2, 3, 4, 5, dtype="float64", seed=i).requires_grad_() for i in range(3)]
        table = drawn(library, 3, 4, dtype="float64").requires_grad_()
        if library is torch:
            places = torch.arange(4)
            scores = leaves[0] @ leaves[1].mT / math.sqrt(5) + table[None, :, :, None]
            scores = scores.masked_fill((places[:, None] <= places) & (places[:, None] != 1), -math.inf)
            scores = scores.masked_fill(torch.from_numpy(nowhere), 0)
            output = (scores.softmax(-1) * torch.from_numpy(~nowhere)) @ leaves[2]
        else:
            mask = module.create_block_mask(lambda b, h, q, k: (q > 0) & ((q > k) | (q == 1)), None, None, 4, 4)
            added = table.masked_fill(minitorch.from_numpy(nowhere[..., 0]), -math.inf)
            output = module.flex_attention(*leaves, looked_up_by_head(added), mask)
        (output**2).sum().backward()
        grads.append([leaf.grad for leaf in (*leaves, table)])
    for our, their in zip(grads[1], grads[0], strict=True):
        assert_close(our, their, 1e-12)


# --- Masks ------------------------------------------------------------------------------------------------------------

SIZES = [(1, 1, 8, 8, 4), (2, 3, 9, 9, (4, 2)), (None, None, 9, 9, 128), (2, 4, 7, 9, 3)]
FIELDS = ("kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices", "q_num_blocks", "q_indices",
          "full_q_num_blocks", "full_q_indices")  # fmt: skip


def blocks(pair, mask, size, **given):
    library, module = pair
    *shape, block = size
    return module.create_block_mask(MASK_MODS[mask](library, module), *shape, "cpu", BLOCK_SIZE=block, **given)


def assert_same_mask(our, their, *, named=True):
    for name in FIELDS:
        one, other = getattr(our, name), getattr(their, name)
        assert (one is None) == (other is None)
        if one is not None:
            assert_close(one, other)
    assert_close(our.to_dense(), their.to_dense())
    assert (our.shape, our.BLOCK_SIZE, our.numel()) == (their.shape, their.BLOCK_SIZE, their.numel())
    assert our.sparsity() == their.sparsity()
    assert str(our) == str(their)
    if named:
        assert repr(our) == repr(their)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mask", [name for name in MASK_MODS if name != "none"])
def test_block_masks(mask, size):
    their, our = (blocks(pair, mask, size) for pair in LIBRARIES)
    assert_same_mask(our, their)
    for grid in (-1, 2, (1, 3)):
        assert our.to_string(grid, limit=3) == their.to_string(grid, limit=3)
    their, our = (blocks(pair, mask, size, separate_full_blocks=False) for pair in LIBRARIES)
    assert_same_mask(our, their)
    assert_same_mask(our.to("cpu"), their.to("cpu"))


@pytest.mark.parametrize("index", [0, -1, (0, 1), (slice(0, 1), slice(1, 3)), (slice(None), -1, slice(1, 2))], ids=str)
def test_parts_of_block_masks(index):
    their, our = (blocks(pair, "window", (2, 3, 9, 9, 2))[index] for pair in LIBRARIES)
    assert_same_mask(our, their, named=False)
    with pytest.raises(RuntimeError, match="Cannot use mask_mod from a sliced BlockMask"):
        our.mask_mod(None, None, None, None)


def test_corners_of_block_masks():
    assert_same_mask(*[blocks(pair, "causal", (2, 3, 9, 9, 2))._adjust(6, 5) for pair in reversed(LIBRARIES)])


@pytest.mark.parametrize("score", [name for name in SCORE_MODS if name != "none"])
def test_masks_of_scores(score):
    their, our = (pair[1].create_mask(SCORE_MODS[score](pair[0]), 2, 4, 3, 5, "cpu") for pair in LIBRARIES)
    assert_close(our, their)


# --- Calls and errors -------------------------------------------------------------------------------------------------


def test_names():
    assert set(ours.__all__) == set(theirs.__all__)


@pytest.mark.parametrize("name", ["flex_attention", "create_mask", "create_block_mask", "and_masks", "noop_mask"])
def test_arguments(name):
    given, wanted = (inspect.signature(getattr(module, name)).parameters for module in (ours, theirs))
    unused = ("compute_dq_write_order", "dq_kv_order")  # the order in which a GPU kernel adds up
    assert list(given) == [parameter for parameter in wanted if parameter not in unused]


ERRORS = {
    "head size": ((1, 2, 3, 4), (1, 2, 3, 5), {}),
    "dims": ((2, 3, 4), (2, 3, 4), {}),
    "heads": ((1, 4, 3, 4), (1, 2, 3, 4), {}),
    "shared heads": ((1, 3, 3, 4), (1, 2, 3, 4), {"enable_gqa": True}),
    "batches": ((2, 2, 3, 4), (1, 2, 3, 4), {}),
    "longer than the mask": ((1, 2, 9, 4), (1, 2, 9, 4), {"mask": 8}),
    "shorter than the mask": ((1, 2, 7, 4), (1, 2, 7, 4), {"mask": 8}),
    "two ways to ask for lse": ((1, 2, 3, 4), (1, 2, 3, 4), {"return_lse": True, "return_aux": True}),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    texts = []
    for library, module in LIBRARIES:
        first, second, given = ERRORS[case]
        given = dict(given)
        if "mask" in given:
            size = given.pop("mask")
            given["block_mask"] = module.create_block_mask(module.noop_mask, 1, 1, size, size, "cpu")
        if "return_aux" in given:
            given["return_aux"] = module.AuxRequest()
        with pytest.raises((ValueError, NotImplementedError)) as caught:
            module.flex_attention(drawn(library, *first), drawn(library, *second), drawn(library, *second), **given)
        texts.append((caught.type, str(caught.value).split()[:6]))
    assert texts[1] == texts[0]


def test_errors_of_masks():
    for library, module in LIBRARIES:
        with pytest.raises(RuntimeError, match="All inputs should be callable mask_mods"):
            module.and_masks(1)
        with pytest.raises(AssertionError, match="Expected 4 or 5 positional args, got 1"):
            module.create_mask(lambda b: b, 1, 1, 2, 2, "cpu")
        with pytest.raises(AssertionError, match="requires a mask_mod function"):
            module.create_block_mask(SCORE_MODS["distance"](library), 1, 1, 2, 2, "cpu")
        part = module.create_block_mask(module.noop_mask, 1, 1, 4, 4, "cpu", BLOCK_SIZE=2)[0]
        with pytest.raises(RuntimeError, match="Cannot use mask_mod from a sliced BlockMask"):
            module.flex_attention(*[drawn(library, 1, 1, 4, 2)] * 3, block_mask=part)
