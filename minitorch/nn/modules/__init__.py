"""The layers under the names of PyTorch's files: `minitorch.nn.modules.batchnorm._BatchNorm` and the like.

Each place is a module that holds names of `minitorch.nn.layers`, and the base classes under PyTorch's names for them; this
package has all the layers too.
"""

from __future__ import annotations

import sys
from functools import partial
from types import ModuleType
from typing import Any

from minitorch.nn import hooks, lazy, module, state
from minitorch.nn.layers import (
    activation,
    adaptive_softmax,
    attention,
    batch_normalization,
    container,
    convolution,
    distance,
    dropout,
    flatten,
    linear,
    loss,
    margin_loss,
    normalization,
    padding,
    pooling,
    recurrent,
    recurrent_cell,
    sizes,
    sparse,
    transformer,
    unfolding,
    vision,
)

PLACES: dict[str, tuple[ModuleType, ...]] = {
    "activation": (activation, attention),
    "adaptive": (adaptive_softmax,),
    "batchnorm": (batch_normalization,),
    "channelshuffle": (vision,),
    "container": (container,),
    "conv": (convolution,),
    "distance": (distance,),
    "dropout": (dropout,),
    "flatten": (flatten,),
    "fold": (unfolding,),
    "instancenorm": (batch_normalization,),
    "lazy": (lazy,),
    "linear": (linear,),
    "linear_cross_entropy_options": (loss,),
    "loss": (loss, margin_loss),
    "module": (module, hooks),
    "normalization": (normalization,),
    "padding": (padding,),
    "pixelshuffle": (vision,),
    "pooling": (pooling,),
    "rnn": (recurrent, recurrent_cell),
    "sparse": (sparse,),
    "transformer": (transformer,),
    "upsampling": (vision,),
    "utils": (sizes,),
}

OTHER_NAMES: dict[str, dict[str, Any]] = {
    "batchnorm": {"_NormBase": batch_normalization.RunningNorm, "_BatchNorm": batch_normalization.BatchNorm,
                  "_LazyNormBase": batch_normalization.LazyNorm},
    "conv": {"_ConvNd": convolution.AnyConvolution, "_ConvTransposeNd": convolution.TransposedConvolution},
    "dropout": {"_DropoutNd": dropout.DropoutLayer},
    "instancenorm": {"_InstanceNorm": batch_normalization.InstanceNorm, "_NormBase": batch_normalization.RunningNorm},
    "linear": {"NonDynamicallyQuantizableLinear": attention.NonDynamicallyQuantizableLinear},
    "loss": {"_Loss": loss.Loss, "_WeightedLoss": loss.WeightedLoss},
    "module": {"_IncompatibleKeys": state._IncompatibleKeys},
    "padding": {"_CircularPadNd": padding.CircularPad, "_ConstantPadNd": padding.ConstantPad,
                "_ReflectionPadNd": padding.ReflectionPad, "_ReplicationPadNd": padding.ReplicationPad},
    "pooling": {"_AdaptiveAvgPoolNd": pooling.AdaptiveAvgPool, "_AdaptiveMaxPoolNd": pooling.AdaptiveMaxPool,
                "_AvgPoolNd": pooling.AvgPool, "_LPPoolNd": pooling.LPPool, "_MaxPoolNd": pooling.MaxPool,
                "_MaxUnpoolNd": pooling.MaxUnpool},
    "utils": {"consume_prefix_in_state_dict_if_present": state.consume_prefix_in_state_dict_if_present,
              "_reverse_repeat_tuple": lambda t, n: tuple([value for value in reversed(t) for _ in range(n)]),
              "_ntuple": lambda count, name="parse": partial(sizes.each_dim, count=count),
              "_single": partial(sizes.each_dim, count=1), "_pair": partial(sizes.each_dim, count=2),
              "_triple": partial(sizes.each_dim, count=3), "_quadruple": partial(sizes.each_dim, count=4)},
}  # fmt: skip


def _open(name: str, sources: tuple[ModuleType, ...]) -> ModuleType:
    """The module that `import minitorch.nn.modules.<name>` finds."""
    place = ModuleType(f"{__name__}.{name}", f"Names of {', '.join(source.__name__ for source in sources)}.")
    for source in sources:
        names = getattr(source, "__all__", None) or [each for each in vars(source) if not each.startswith("_")]
        vars(place).update({each: getattr(source, each) for each in names})
    vars(place).update(OTHER_NAMES.get(name, {}))
    sys.modules[place.__name__] = place
    return place


globals().update({name: _open(name, sources) for name, sources in PLACES.items()})
globals().update({name: getattr(source, name) for sources in PLACES.values() for source in sources
                  if source.__name__.startswith("minitorch.nn.layers.") for name in getattr(source, "__all__", ())})  # fmt: skip
Module = module.Module
