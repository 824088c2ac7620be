"""Functions of `torch` that take their arguments otherwise than their namesakes in `nn.functional`.

PyTorch's `torch.batch_norm` is the op that `nn.functional.batch_norm` calls: other order, other names, `reduction` as a number.
Here the one in `nn.functional` is the row, and `torch.batch_norm` calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from minitorch import dtypes
from minitorch.inplace import check_writable
from minitorch.ops.convolution import conv1d, conv2d, conv3d
from minitorch.ops.creation import arange, empty_like, full_like, zeros
from minitorch.ops.embedding import shorten
from minitorch.ops.embedding_bag import embedding_bag
from minitorch.ops.indexing import nonzero
from minitorch.ops.pooling import max_pool1d
from minitorch.ops.replacing import index_reduce
from minitorch.ops.shape import split, transpose
from minitorch.ops.transposed_convolution import conv_transpose1d, conv_transpose2d, conv_transpose3d
from minitorch.rows import OPS
from minitorch.tape import mode
from minitorch.tensor import Tensor

_gather, _where = OPS["gather"].function, OPS["where"].function

# --- The same op under other argument names ------------------------------------------------------------------------------

_FORMS = {
    "alpha_dropout": "input p train",
    "batch_norm": "input weight bias running_mean running_var training momentum eps cudnn_enabled",
    "binary_cross_entropy_with_logits": "input target weight pos_weight reduction",
    "cosine_embedding_loss": "input1 input2 target margin reduction",
    "ctc_loss": "log_probs targets input_lengths target_lengths blank reduction zero_infinity",
    "dropout": "input p train",
    "embedding": "weight indices padding_idx scale_grad_by_freq sparse",
    "feature_alpha_dropout": "input p train",
    "feature_dropout": "input p train",
    "group_norm": "input num_groups weight bias eps cudnn_enabled",
    "hinge_embedding_loss": "input target margin reduction",
    "instance_norm": "input weight bias running_mean running_var use_input_stats momentum eps cudnn_enabled",
    "kl_div": "input target reduction log_target",
    "layer_norm": "input normalized_shape weight bias eps cudnn_enable",
    "margin_ranking_loss": "input1 input2 target margin reduction",
    "poisson_nll_loss": "input target log_input full eps reduction",
    "triplet_margin_loss": "anchor positive negative margin p eps swap reduction",
}
_RENAMED = {"train": "training"}
_IGNORED = ("cudnn_enabled", "cudnn_enable", "sparse")  # which kernel computes it, and how its gradient is stored
_WITHOUT_DEFAULTS = ("batch_norm", "dropout", "alpha_dropout", "feature_alpha_dropout", "feature_dropout", "instance_norm",
                     "poisson_nll_loss")  # fmt: skip
_REDUCTIONS = ("none", "mean", "sum")  # by PyTorch's numbers


def _formed(name: str, parameters: tuple[str, ...]) -> Callable:
    row = OPS[name].function
    most = len(parameters)

    def function(*arguments: Any, **keywords: Any) -> Any:
        if len(arguments) > most:
            raise TypeError(f"{name}(): takes {most} arguments, {', '.join(parameters)}; got {len(arguments)}")
        given = dict(zip(parameters, arguments, strict=False))
        for key, value in keywords.items():
            if key in given or key not in parameters:
                raise TypeError(f"{name}(): {'two values for' if key in given else 'unexpected'} argument {key!r}")
            given[key] = value
        if name in _WITHOUT_DEFAULTS and len(given) < most:
            raise TypeError(f"{name}(): missing arguments: {', '.join(p for p in parameters if p not in given)}")
        if isinstance(given.get("reduction"), int):
            given["reduction"] = _REDUCTIONS[given["reduction"]]
        return row(**{_RENAMED.get(key, key): value for key, value in given.items() if key not in _IGNORED})

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`nn.functional.{name}` called as ({', '.join(parameters)})."
    kinds = [Parameter(parameter, Parameter.POSITIONAL_OR_KEYWORD) for parameter in parameters]
    function.__signature__ = Signature(kinds)  # type: ignore[attr-defined]
    return function


_INPLACE_DROPOUT = ("alpha_dropout", "dropout", "feature_alpha_dropout", "feature_dropout")


def _dropout_in_place(name: str) -> Callable:
    row = OPS[name].function

    def function(input: Tensor, p: float, train: bool) -> Tensor:
        return row(input, p, train, True)

    function.__name__ = function.__qualname__ = f"{name}_"
    function.__doc__ = f"`{name}` into the input's memory."
    return function


# --- Ops with results or arguments of their own --------------------------------------------------------------------------


def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """dropout, and the mask of what was kept; without `train` all is kept, and None means train."""
    if train is False:
        return input.clone(), full_like(input.detach(), True, dtype=dtypes.bool)
    if not 0 <= p <= 1:
        raise RuntimeError(f"native_dropout(): expected p to be in [0, 1], got p={p}")
    if not input.dtype.inexact:
        raise RuntimeError(f"native_dropout(): the result can't be cast to the desired output type {input.dtype!r}")
    kept = empty_like(input.detach(), dtype=dtypes.bool).bernoulli_(1 - p)
    return input * kept * (0.0 if p == 1 else 1 / (1 - p)), kept


def convolution(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, transposed: bool,
    output_padding: Any, groups: int,
) -> Tensor:  # fmt: skip
    """conv1d, conv2d or conv3d, or the transposed one, as the number of the weight's dims says."""
    ndim = weight.ndim - 2
    if ndim not in (1, 2, 3):
        raise RuntimeError(f"convolution(): expected a weight of 3 to 5 dims, got {list(weight.shape)}")
    stride, padding, dilation, output_padding = (
        value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
        for value in (stride, padding, dilation, output_padding)
    )
    if transposed:
        spread = (conv_transpose1d, conv_transpose2d, conv_transpose3d)[ndim - 1]
        return spread(input, weight, bias, stride, padding, output_padding, groups, dilation)
    return (conv1d, conv2d, conv3d)[ndim - 1](input, weight, bias, stride, padding, dilation, groups)


def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """The largest value of each window of (N, C, L), and its place."""
    return max_pool1d(input, kernel_size, stride or None, padding, dilation, ceil_mode, True)


def batch_norm_update_stats(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, momentum: float
) -> tuple[Tensor, Tensor]:
    """The mean and (biased) variance of each channel of (N, C, *), and the moving averages updated by them in place."""
    dims = (0, *range(2, input.ndim))
    values = input.detach()
    mean, var = values.mean(dims), values.var(dims, correction=0)
    count = input.numel() // max(input.shape[1], 1)
    for running, value in ((running_mean, mean), (running_var, var * (count / max(count - 1, 1)))):
        if running is not None:
            running.mul_(1 - momentum).add_(value * momentum)
    return mean, var


def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Scale the rows that `indices` names, in place, to a norm of at most `max_norm`; it has no derivative."""
    if mode.enabled and input.requires_grad:
        check_writable("embedding_renorm_", input)
        raise RuntimeError("the derivative for 'embedding_renorm_' is not implemented; call it inside no_grad()")
    shorten(input, indices, max_norm, norm_type)
    return input


def embedding_bag_with_places(
    weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: bool = False, mode: int = 0, sparse: bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """embedding_bag, the bag of each index, the sizes of bags, and of mode 2 (max) which index each maximum came from.

    The mode is a number: 0 sum, 1 mean, 2 max. Of a sum there is nothing to say but the sum, in PyTorch as here.
    """
    if mode not in (0, 1, 2):
        raise ValueError(f"embedding_bag(): expected mode 0 (sum), 1 (mean) or 2 (max), got {mode!r}")
    out = embedding_bag(
        indices, weight, offsets, None, 2.0, scale_grad_by_freq, ("sum", "mean", "max")[mode], sparse, per_sample_weights,
        include_last_offset, padding_idx,
    )  # fmt: skip
    bags, count, device = out.shape[0], indices.numel(), weight.device
    if mode == 0:
        nothing, none = (zeros(size, dtype=dtypes.int64, device=device) for size in (0, bags))
        return out, nothing, none, none.clone()
    ends = offsets[1:] if include_last_offset else offsets[1:].new_tensor([*offsets[1:].tolist(), count])
    sizes = (ends - offsets[:bags]).long()
    bag = arange(bags, device=device).repeat_interleave(sizes)
    counted = indices.long() != (-1 if padding_idx is None else padding_idx % weight.shape[0])
    sizes = zeros(bags, dtype=dtypes.int64, device=device).index_add(0, bag, counted.long())
    if mode == 1:
        return out, bag, sizes, sizes.clone()
    places = arange(count, device=device).unsqueeze(1).expand(count, weight.shape[1])
    found = (weight.detach()[indices] == out.detach()[bag]) & counted.unsqueeze(1)
    first = index_reduce(zeros(out.shape, dtype=dtypes.int64, device=device) + count, 0, bag,
                         places.where(found, zeros((), dtype=dtypes.int64, device=device) + count), "amin")  # fmt: skip
    named = indices[first.clamp_max(max(count - 1, 0))] if count else first
    return out, bag, sizes, named.where(first < count, zeros((), dtype=named.dtype, device=device))


def where(condition: Tensor, input: Any = None, other: Any = None, *, out: Tensor | None = None) -> Any:
    """input where `condition` is True, else other; with the condition alone, where it is True: an index vector for each dim."""
    if input is None and other is None and out is None:
        return nonzero(condition, as_tuple=True)
    return _where(condition, input, other, out=out)


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """out[i][j] = input[index[i][j]][j] along dim 0, and so on; `sparse_grad` means nothing: gradients are dense."""
    return _gather(input, dim, index, out=out)


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """`transpose` under NumPy's name."""
    return transpose(input, axis0, axis1)


def split_method(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of runs of `split_size` elements along `dim`, or of the sizes that a list gives."""
    return split(self, split_size, dim)


def detach(input: Tensor) -> Tensor:
    """The same memory, cut off from the tape."""
    return input.detach()


FUNCTIONS = {
    **{name: _formed(name, tuple(parameters.split())) for name, parameters in _FORMS.items()},
    **{f"{name}_": _dropout_in_place(name) for name in _INPLACE_DROPOUT},
    **{f.__name__: f for f in (native_dropout, convolution, max_pool1d_with_indices, batch_norm_update_stats, embedding_renorm_,
                               detach, gather, swapaxes, where)},
    "embedding_bag": embedding_bag_with_places,
}  # fmt: skip
METHODS = {"gather": gather, "split": split_method, "swapaxes": swapaxes}
