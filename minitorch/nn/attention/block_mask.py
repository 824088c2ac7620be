"""Which of attention's scores count, as a function of places, and which blocks of scores have any: a BlockMask.

A mask is a function `mask_mod(b, h, q_idx, kv_idx)` of four 0-d integer tensors, for batch, head, query and key, which gives
a 0-d bool tensor. GPU kernels leave out blocks without a score that counts; here a BlockMask tells of them, and all are computed.
"""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any

from minitorch import dtypes
from minitorch.func import vmap
from minitorch.nn import functional as F
from minitorch.ops.creation import arange, zeros
from minitorch.tensor import Tensor

__all__ = ["BlockMask", "and_masks", "create_block_mask", "create_mask", "noop_mask", "or_masks"]

Mod = Callable[..., Tensor]
Sizes = tuple[int, int]

BLOCK = 128
TENSORS = ("kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices",
           "q_num_blocks", "q_indices", "full_q_num_blocks", "full_q_indices")  # fmt: skip


# --- Masks as functions -----------------------------------------------------------------------------------------------


def noop_mask(batch: Tensor, head: Tensor, token_q: Tensor, token_kv: Tensor) -> Tensor:
    """The mask that lets every score count."""
    return batch.new_ones((), dtype=dtypes.bool)


def or_masks(*mask_mods: Mod) -> Mod:
    """The mask of scores that count in any of some masks."""
    _check_callable(mask_mods)

    def or_mask(b: Tensor, h: Tensor, q_idx: Tensor, kv_idx: Tensor) -> Tensor:
        result = b.new_zeros((), dtype=dtypes.bool)
        for mask in mask_mods:
            result = result | mask(b, h, q_idx, kv_idx)
        return result

    return or_mask


def and_masks(*mask_mods: Mod) -> Mod:
    """The mask of scores that count in all of some masks."""
    _check_callable(mask_mods)

    def and_mask(b: Tensor, h: Tensor, q_idx: Tensor, kv_idx: Tensor) -> Tensor:
        result = noop_mask(b, h, q_idx, kv_idx)
        for mask in mask_mods:
            result = result & mask(b, h, q_idx, kv_idx)
        return result

    return and_mask


def _check_callable(mask_mods: tuple) -> None:
    if not all(callable(mask) for mask in mask_mods):
        raise RuntimeError(f"All inputs should be callable mask_mods: {mask_mods}")


def everywhere(mod: Mod, shape: tuple[int, ...], device: Any, scores: Tensor | None = None) -> Tensor:
    """What a function of a place gives at each place of (B, H, Q_LEN, KV_LEN); with `scores`, one of a score and its place."""
    first = () if scores is None else (scores,)
    for dim in reversed(range(4)):
        mod = vmap(mod, in_dims=(*[0 for _ in first], *[0 if place == dim else None for place in range(4)]))
    return mod(*first, *[arange(size, device=device) for size in shape])


def create_mask(mod_fn: Mod, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None) -> Tensor:
    """A mask as a bool tensor (B, H, Q_LEN, KV_LEN); None for B or H means 1.

    A function of five, a score first, is one that `flex_attention` takes: what it makes -inf of a score of 0 doesn't count.

    >>> create_mask(lambda b, h, q_idx, kv_idx: q_idx >= kv_idx, None, None, 2, 3)
    tensor([[[[ True, False, False],
              [ True,  True, False]]]])
    """
    shape = (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN)
    count = _places(mod_fn)
    if count == 5:
        return ~everywhere(mod_fn, shape, device, zeros(shape, device=device)).isneginf()
    if count == 4:
        return everywhere(mod_fn, shape, device)
    raise AssertionError(f"Expected 4 or 5 positional args, got {count}")


def _places(mod: Mod) -> int:
    """How many arguments a function wants."""
    return sum(parameter.default is parameter.empty for parameter in inspect.signature(mod).parameters.values())


def mask_of_a_part(batch: Tensor, head: Tensor, token_q: Tensor, token_kv: Tensor) -> Tensor:
    """Stands for the mask function of a part of a BlockMask, whose indices count from other places."""
    raise RuntimeError(
        "Cannot use mask_mod from a sliced BlockMask: its places count from the part's start. Set it to one that adds "
        "the offset and calls the whole BlockMask's mask_mod"
    )


# --- Masks as blocks --------------------------------------------------------------------------------------------------


class BlockMask:
    """A mask, and for each row of blocks (BLOCK_SIZE[0] queries by BLOCK_SIZE[1] keys) those in which a score counts.

    kv_num_blocks, kv_indices    (B, H, rows) and (B, H, rows, columns), int32: how many of a row's blocks have some scores that
                                 count, and which (the first so many; then the others)
    full_kv_...                  the same of blocks all of whose scores count, which aren't among the former; or None
    q_..., full_q_...            the same for each column of blocks
    """

    def __init__(
        self,
        seq_lengths: Sizes,
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None,
        full_kv_indices: Tensor | None,
        q_num_blocks: Tensor | None,
        q_indices: Tensor | None,
        full_q_num_blocks: Tensor | None,
        full_q_indices: Tensor | None,
        BLOCK_SIZE: Sizes = (BLOCK, BLOCK),
        mask_mod: Mod = noop_mask,
    ):
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        for name, count, indices in (
            ("kv", full_kv_num_blocks, full_kv_indices), ("q", full_q_num_blocks, full_q_indices)
        ):  # fmt: skip
            if (count is None) != (indices is None):
                raise AssertionError(f"full_{name}_num_blocks and full_{name}_indices must be both provided or omitted")
        self.seq_lengths, self.BLOCK_SIZE, self.mask_mod = seq_lengths, BLOCK_SIZE, mask_mod
        self.kv_num_blocks, self.kv_indices = kv_num_blocks, kv_indices
        self.full_kv_num_blocks, self.full_kv_indices = full_kv_num_blocks, full_kv_indices
        self.q_num_blocks, self.q_indices = q_num_blocks, q_indices
        self.full_q_num_blocks, self.full_q_indices = full_q_num_blocks, full_q_indices

    @classmethod
    def from_kv_blocks(
        cls,
        kv_num_blocks: Tensor,
        kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None = None,
        full_kv_indices: Tensor | None = None,
        BLOCK_SIZE: int | Sizes = BLOCK,
        mask_mod: Mod | None = None,
        seq_lengths: Sizes | None = None,
        compute_q_blocks: bool = True,
    ) -> BlockMask:
        """A BlockMask from what is known of each row; of the columns it is worked out unless `compute_q_blocks` is False."""
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        of_queries = []
        for count, indices in ((kv_num_blocks, kv_indices), (full_kv_num_blocks, full_kv_indices)):
            known = compute_q_blocks and count is not None and indices is not None
            of_queries += _listed(_marked(count, indices).mT) if known else (None, None)  # type: ignore[arg-type]
        size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
        if seq_lengths is None:
            seq_lengths = (kv_indices.shape[-2] * size[0], kv_indices.shape[-1] * size[1])
        return cls(
            seq_lengths, kv_num_blocks, kv_indices, full_kv_num_blocks, full_kv_indices, *of_queries,
            BLOCK_SIZE=size, mask_mod=noop_mask if mask_mod is None else mask_mod,
        )  # fmt: skip

    @property
    def shape(self) -> tuple[int, ...]:
        """(B, H, Q_LEN, KV_LEN)."""
        return (*self.kv_indices.shape[:-2], *self.seq_lengths)

    def numel(self) -> int:
        """How many scores the mask is of."""
        return math.prod(self.shape)

    def sparsity(self) -> float:
        """The share of scores in blocks where none counts, in percent; below 0 if the last blocks stand over."""
        blocks = self.kv_num_blocks.sum().item()
        if self.full_kv_num_blocks is not None:
            blocks += self.full_kv_num_blocks.sum().item()
        return 100 * (1 - blocks * self.BLOCK_SIZE[0] * self.BLOCK_SIZE[1] / self.numel())

    def to_dense(self) -> Tensor:
        """The blocks with a score that counts, as 1 in an int32 tensor (B, H, rows, columns)."""
        blocks = _marked(self.kv_num_blocks, self.kv_indices)
        if self.full_kv_num_blocks is None or self.full_kv_indices is None:
            return blocks
        return blocks | _marked(self.full_kv_num_blocks, self.full_kv_indices)

    def to(self, device: Any) -> BlockMask:
        """The same with its tensors on a device."""
        tensors = [getattr(self, name) for name in TENSORS]
        moved = [None if tensor is None else tensor.to(device) for tensor in tensors]
        return BlockMask(self.seq_lengths, *moved, BLOCK_SIZE=self.BLOCK_SIZE, mask_mod=self.mask_mod)  # type: ignore[arg-type]

    def __getitem__(self, index: Any) -> BlockMask:
        """The part for some batches, heads and rows of blocks; a number keeps its dim. Its `mask_mod` must be set anew."""
        index = index if isinstance(index, tuple) else (index,)
        index = (*index, slice(None), slice(None), slice(None))[:3]
        index = tuple(map(_kept, index, self.kv_num_blocks.shape[:3]))
        parts = [getattr(self, name) for name in TENSORS[:4]]
        return BlockMask.from_kv_blocks(
            *[None if part is None else part[index] for part in parts],  # type: ignore[arg-type]
            BLOCK_SIZE=self.BLOCK_SIZE, mask_mod=mask_of_a_part, seq_lengths=self.seq_lengths,
            compute_q_blocks=self.q_indices is not None,
        )  # fmt: skip

    def _adjust(self, new_q_len: int, new_kv_len: int) -> BlockMask:
        """The upper left corner, for shorter sequences."""
        rows, columns = -(-new_q_len // self.BLOCK_SIZE[0]), -(-new_kv_len // self.BLOCK_SIZE[1])
        parts: list[Tensor | None] = []
        for count, indices in ((self.kv_num_blocks, self.kv_indices), (self.full_kv_num_blocks, self.full_kv_indices)):
            if count is None or indices is None:
                parts += [None, None]
                continue
            indices = indices[:, :, :rows, :columns]
            count = count[:, :, :rows].clamp(max=columns)
            parts += [(indices < count[..., None]).sum(-1).to(dtypes.int32), indices]
        return BlockMask.from_kv_blocks(
            *parts,  # type: ignore[arg-type]
            BLOCK_SIZE=self.BLOCK_SIZE, mask_mod=self.mask_mod, seq_lengths=(new_q_len, new_kv_len),
            compute_q_blocks=self.q_indices is not None,
        )  # fmt: skip

    # --- As text ------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        shapes = {name: getattr(self, name) for name in TENSORS}
        lines = [f"{name}={None if tensor is None else tensor.shape}" for name, tensor in shapes.items()]
        lines += [f"BLOCK_SIZE={self.BLOCK_SIZE}", f"shape={self.shape}", f"sparsity={self.sparsity():.2f}%"]
        lines += [f"mask_mod={getattr(self.mask_mod, '__name__', self.mask_mod)}"]
        return "BlockMask(\n    " + ",\n    ".join(lines) + "\n)"

    def __str__(self) -> str:
        return f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%, \n{self.to_string().strip()}\n)"

    def to_string(self, grid_size: int | Sizes = (20, 20), limit: int = 4) -> str:
        """A picture of up to `limit` of the masks, in at most so many rows and columns (-1: one for each block).

        >>> mask = create_block_mask(lambda b, h, q_idx, kv_idx: q_idx <= kv_idx, 1, 1, 6, 6, BLOCK_SIZE=2)
        >>> print(mask.to_string().rstrip())
        (0, 0)
        ██████
          ████
            ██
        """
        dense = self.to_dense()
        height, width = (grid_size, grid_size) if isinstance(grid_size, int) else grid_size
        steps = max(1, -(-dense.shape[-2] // height)), max(1, -(-dense.shape[-1] // width))
        places = list(itertools.product(*map(range, dense.shape[:-2])))
        pictures = [f"{place}\n{_picture(dense[place], *steps)}" for place in places[:limit]]
        if len(places) > limit:
            pictures += [
                "...", "To print out more, set BlockMask.to_string(limit=N)",
                "You can also index (BlockMask[batch, head]) to choose a specific batch or head",
            ]  # fmt: skip
        return "\n".join(pictures)


def _picture(blocks: Tensor, height: int, width: int) -> str:
    text = ""
    for row in range(0, blocks.shape[0], height):
        for column in range(0, blocks.shape[1], width):
            share = blocks[row : row + height, column : column + width].float().mean().item()
            text += {0.0: " ", 1.0: "█"}.get(share, "░") * 2
        text += "\n"
    return text


def _kept(index: Any, size: int) -> Any:
    """An index that keeps its dim."""
    if not isinstance(index, int):
        return index
    start = index + size if -size <= index < 0 else index
    return slice(start, start + 1)


def _marked(count: Tensor, indices: Tensor) -> Tensor:
    """Lists of blocks as 1 and 0 in a tensor (..., rows, columns)."""
    columns = indices.shape[-1]
    used = arange(columns, device=indices.device) < count[..., None]
    beside = indices.new_zeros((*indices.shape[:-1], columns + 1))  # those that aren't used mark a column more
    return beside.scatter(-1, indices.where(used, columns).long(), 1)[..., :columns]


def _listed(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """How many blocks of each row are 1, and their columns, then those of the others."""
    order = blocks.argsort(-1, descending=True, stable=True)
    return blocks.sum(-1).to(dtypes.int32), order.to(dtypes.int32)


def create_block_mask(
    mask_mod: Mod,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | Sizes = BLOCK,
    _compile: bool = False,
    separate_full_blocks: bool = True,
) -> BlockMask:
    """The BlockMask of a mask function; None for B or H means that it is the same for all. `_compile` changes nothing.

    >>> causal = create_block_mask(lambda b, h, q_idx, kv_idx: q_idx >= kv_idx, None, None, 256, 256)
    >>> causal.shape, causal.sparsity()
    ((1, 1, 256, 256), 25.0)
    """
    if _places(mask_mod) != 4:
        raise AssertionError(f"create-block_mask requires a mask_mod function! Got {mask_mod}")
    height, width = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
    mask = create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device)
    if mask.dtype is not dtypes.bool:
        raise AssertionError(f"mask.dtype must be torch.bool, got {mask.dtype}")
    mask = F.pad(mask, (0, -KV_LEN % width, 0, -Q_LEN % height))
    counts = mask.unflatten(-1, (-1, width)).unflatten(-3, (-1, height)).sum((-3, -1))
    full = counts == height * width if separate_full_blocks else None
    some = (counts > 0) & ~full if full is not None else counts > 0
    lists = [tensor for blocks in (some, full) if blocks is not None for tensor in _listed(blocks.to(dtypes.int32))]
    return BlockMask.from_kv_blocks(*lists, BLOCK_SIZE=(height, width), mask_mod=mask_mod, seq_lengths=(Q_LEN, KV_LEN))  # type: ignore[misc]
