"""The modules of torch.nn that PyTorch's database leaves out, as entries of the same kind."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from torch.testing._internal.common_modules import FunctionInput, ModuleInfo, ModuleInput  # noqa: E402

nn = torch.nn

# What PyTorch has and no entry tries: bases, containers (test_module_parity.py), DataParallel (test_parallel_parity.py), and what
# is no module.
UNTRIED = {"Container", "DataParallel", "Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential",
           "RNNBase", "RNNCellBase", "NLLLoss2d"}  # fmt: skip


class Whole:
    """Integers of a shape, from 0 up to `below`."""

    def __init__(self, *shape: int, below: int):
        self.shape, self.below = shape, below


class Layer:
    """A module that the module is made of."""

    def __init__(self, kind: Any, *args: Any, **keywords: Any):
        self.make = lambda: kind(*args, **keywords)


def call(*made: Any, given: list, **keywords: Any) -> tuple:
    """Arguments of the constructor; `given`: shapes of the inputs, or Whole, or other values."""
    return made, keywords, given


def entry(kind: Any, *calls: tuple, modes: bool = False) -> Any:
    """`modes`: does the module differ between training and use?"""

    def inputs(info: Any, device: str, dtype: Any, requires_grad: bool, training: bool) -> list[Any]:
        def value(each: Any) -> Any:
            if isinstance(each, Layer):
                return each.make()
            if isinstance(each, Whole):
                return torch.randint(0, each.below, each.shape)
            if isinstance(each, tuple):
                return torch.randn(each, dtype=dtype, requires_grad=requires_grad)
            return each

        return [
            ModuleInput(
                FunctionInput(*[value(each) if isinstance(each, Layer) else each for each in made], **keywords),
                FunctionInput(*[value(each) for each in given]),
            )
            for made, keywords, given in calls
        ]

    return ModuleInfo(kind, module_inputs_func=inputs, train_and_eval_differ=modes)


DROPOUTS = [(nn.AlphaDropout, (4, 6)), (nn.Dropout, (4, 6)), (nn.Dropout1d, (3, 4, 5)), (nn.Dropout2d, (3, 4, 2, 5)),
            (nn.Dropout3d, (3, 4, 2, 5, 2)), (nn.FeatureAlphaDropout, (3, 4, 5))]  # fmt: skip
LAZY_NORMS = [(getattr(nn, f"Lazy{kind}{ndim}d"), (3, 4, 5, 2, 3)[: ndim + 2])
              for kind in ("BatchNorm", "InstanceNorm") for ndim in (1, 2, 3)]  # fmt: skip
UNPOOLED = torch.tensor([[[0, 3, 4], [1, 2, 5]]])

MORE = [
    entry(
        nn.AdaptiveLogSoftmaxWithLoss,
        call(16, 20, [5, 10, 15], given=[(9, 16), Whole(9, below=20)], div_value=2.0),
        call(16, 20, [4], given=[(16,), Whole(below=20)], head_bias=True),
        call(8, 12, [4, 10], given=[(5, 8), Whole(5, below=4)], div_value=2.0),
    ),
    entry(nn.ChannelShuffle, call(2, given=[(2, 6, 3, 4)])),
    entry(nn.CosineSimilarity, call(given=[(4, 6), (4, 6)]), call(dim=0, eps=1e-3, given=[(4, 6), (4, 1)])),
    entry(nn.CrossMapLRN2d, *[call(size, alpha=0.3, beta=0.6, k=2, given=[(2, 6, 3, 4)]) for size in range(2, 8)]),
    *[entry(kind, call(given=[shape]), call(0.2, given=[shape]), call(0.0, given=[shape]), modes=True)
      for kind, shape in DROPOUTS],
    entry(
        nn.EmbeddingBag,
        call(10, 3, given=[Whole(4, 5, below=10)]),
        call(10, 3, mode="sum", padding_idx=-1, given=[torch.tensor([[9, 1], [2, 9], [2, 2]]), None, (3, 2)]),
        call(10, 20, mode="max", given=[Whole(9, below=10), torch.tensor([0, 3, 3])]),
        call(10, 20, 2.0, 1.0, padding_idx=2, given=[torch.tensor([4, 2, 6, 6, 0, 2, 9, 6]), torch.tensor([0, 4])]),
        call(10, 3, scale_grad_by_freq=True, given=[torch.tensor([4, 2, 6, 6, 0, 2, 9, 6]), torch.tensor([0, 4])]),
        call(10, 3, include_last_offset=True, given=[Whole(9, below=10), torch.tensor([0, 4, 9])]),
    ),
    entry(nn.Flatten, call(given=[(2, 3, 4)]), call(0, 1, given=[(2, 3, 4)])),
    entry(nn.Fold, call((4, 5), (2, 2), given=[(3, 8, 12)]), call((4, 5), 2, 1, 1, 2, given=[(8, 9)])),
    entry(nn.Hardsigmoid, call(given=[(4, 5)])),
    entry(nn.Identity, call(54, unused=1, given=[(3, 2)])),
    entry(nn.LazyLinear, call(7, given=[(3, 5)]), call(7, bias=False, given=[(2, 3, 5)])),
    *[entry(kind, call(given=[shape]), call(affine=False, momentum=None, given=[shape]), call(bias=False, given=[shape]),
            call(track_running_stats=False, given=[shape]), modes=True) for kind, shape in LAZY_NORMS],
    entry(nn.MaxUnpool1d, call(2, given=[(1, 2, 3), UNPOOLED])),
    entry(nn.MaxUnpool2d, call((1, 2), given=[(1, 1, 2, 3), UNPOOLED[None]]),
          call(1, given=[(1, 2, 3), UNPOOLED, [2, 4]], stride=(1, 2))),
    entry(nn.MaxUnpool3d, call(2, given=[(1, 1, 1, 2, 3), UNPOOLED[None, None]])),
    entry(nn.PairwiseDistance, call(given=[(4, 6), (4, 6)]), call(1.0, 1e-3, True, given=[(4, 6), (4, 6)])),
    entry(nn.PixelShuffle, call(2, given=[(2, 8, 3, 2)])),
    entry(nn.PixelUnshuffle, call(2, given=[(2, 3, 4, 6)])),
    entry(nn.RReLU, call(given=[(4, 6)]), call(0.2, 0.9, given=[(40, 3)]), modes=True),
    entry(nn.SyncBatchNorm, call(4, given=[(3, 4)]), call(4, momentum=None, given=[(3, 4, 5)]),
          call(4, affine=False, given=[(3, 4, 2, 5)]), call(4, bias=False, given=[(3, 4, 2, 2, 2)]), modes=True),
    entry(
        nn.TransformerDecoder,
        call(Layer(nn.TransformerDecoderLayer, 4, 2, 8, 0.0), 2, given=[(3, 2, 4), (5, 2, 4)]),
        call(Layer(nn.TransformerDecoderLayer, 4, 2, 8, 0.0, batch_first=True, norm_first=True), 1, given=[(3, 2, 4), (3, 5, 4)]),
    ),
    entry(nn.TripletMarginLoss, call(given=[(4, 6)] * 3), call(2.0, 1.0, 1e-3, True, given=[(4, 6)] * 3),
          call(reduction="none", given=[(4, 6)] * 3)),
    entry(nn.TripletMarginWithDistanceLoss, call(given=[(4, 6)] * 3),
          call(distance_function=nn.functional.cosine_similarity, margin=0.5, swap=True, given=[(4, 6)] * 3)),
    entry(nn.Unflatten, call(1, (2, -1), given=[(3, 8)])),
    entry(nn.Unfold, call((2, 3), given=[(2, 5, 3, 4)]), call(2, 2, 1, 2, given=[(5, 6, 7)])),
    entry(
        nn.Upsample,
        call(scale_factor=2, given=[(1, 2, 3, 4)]),
        call((5, 7), mode="bilinear", given=[(1, 2, 3, 4)]),
        call(None, (1.5, 2.5), "bicubic", True, given=[(1, 2, 3, 4)]),
        call(scale_factor=1.7, mode="linear", recompute_scale_factor=True, given=[(2, 3, 4)]),
        call(scale_factor=2, mode="trilinear", align_corners=False, given=[(1, 1, 2, 3, 4)]),
    ),
    entry(nn.UpsamplingBilinear2d, call(scale_factor=2, given=[(1, 2, 3, 4)]), call((5, 4), given=[(1, 2, 3, 4)])),
    entry(nn.UpsamplingNearest2d, call(scale_factor=1.5, given=[(1, 2, 3, 4)]), call((5, 4), given=[(1, 2, 3, 4)])),
]  # fmt: skip
