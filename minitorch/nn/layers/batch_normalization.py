"""Batch and instance normalisation: layers that may keep running averages of what they have seen."""

from __future__ import annotations

import warnings
from typing import Any

from minitorch import dtypes
from minitorch.nn import functional as F
from minitorch.nn.layers.normalization import Affine
from minitorch.nn.lazy import LazyModuleMixin
from minitorch.nn.module import Module
from minitorch.nn.parameter import UninitializedBuffer, UninitializedParameter
from minitorch.ops.creation import ones, tensor, zeros
from minitorch.tensor import Tensor

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
           "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
           "LazyInstanceNorm3d", "SyncBatchNorm"]  # fmt: skip


class RunningNorm(Affine):
    """What they share: channels, a scale and a shift for each, running averages of mean and variance."""

    _version = 2
    ndims: tuple[int, ...]  # how many dims an input may have
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ):  # fmt: skip
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._make_affine(num_features, affine, bias, device, dtype)
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=dtypes.int64, device=device) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget all batches."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget all batches; scale by 1, shift by 0."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in self.ndims:
            expected = " or ".join(f"{ndim}D" for ndim in self.ndims)
            raise ValueError(f"expected {expected} input (got {input.dim()}D input)")

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: dict, strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        """Version 1 had no num_batches_tracked: such a state keeps the module's own."""
        key = prefix + "num_batches_tracked"
        if (local_metadata.get("version") or 1) < 2 and self.num_batches_tracked is not None and key not in state_dict:
            state_dict[key] = self.num_batches_tracked
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


# --- Over the batch ---------------------------------------------------------------------------------------------------


class BatchNorm(RunningNorm):
    """Normalises each channel over the batch (Ioffe and Szegedy 2015, arXiv:1502.03167).

    In training with the batch's own mean and (biased) variance, while running averages of both are kept: running = (1 -
    momentum) running + momentum · new, or with `momentum=None` the mean of all batches. In use with the running averages.
    """

    def _stop_tracking(self) -> None:
        """Normalise by the batch itself from now on, in use too: what `func.replace_all_batch_norm_modules_` wants."""
        self.running_mean = self.running_var = self.num_batches_tracked = None
        self.track_running_stats = False

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        counted = self.num_batches_tracked if self.training and self.track_running_stats else None
        momentum = self.momentum
        if momentum is None:  # the mean of all batches, this one included
            momentum = 0.0 if counted is None else 1.0 / (int(counted) + 1)
        tracks = self.track_running_stats or not self.training
        output = F.batch_norm(
            input,
            self.running_mean if tracks else None,
            self.running_var if tracks else None,
            self.weight,
            self.bias,
            self.training or (self.running_mean is None and self.running_var is None),
            momentum,
            self.eps,
        )
        if counted is not None:
            counted.add_(1)
        return output


class BatchNorm1d(BatchNorm):
    """Batch normalisation of `(N, C)` or `(N, C, L)`."""

    ndims = (2, 3)


class BatchNorm2d(BatchNorm):
    """Batch normalisation of `(N, C, H, W)`.

    >>> from minitorch import nn
    >>> [name for name, _ in nn.BatchNorm2d(3).named_buffers()]
    ['running_mean', 'running_var', 'num_batches_tracked']
    """

    ndims = (4,)


class BatchNorm3d(BatchNorm):
    """Batch normalisation of `(N, C, D, H, W)`."""

    ndims = (5,)


class SyncBatchNorm(BatchNorm):
    """Batch normalisation of `(N, C, *)` over the batches of all processes; here, in a single process, over its own."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, process_group: Any = None, device: Any = None, dtype: Any = None, *,
        bias: bool = True,
    ):  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected at least 2D input (got {input.dim()}D input)")
        if input.shape[1] == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with a SyncBatchNorm in place of each batch normalisation in it; parameters stay the same objects."""
        converted = module
        if isinstance(module, BatchNorm):
            converted = SyncBatchNorm(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                process_group, bias=module.bias is not None,
            )  # fmt: skip
            for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked", "training"):
                setattr(converted, name, getattr(module, name))
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted


# --- Over each sample -------------------------------------------------------------------------------------------------


class InstanceNorm(RunningNorm):
    """Normalises each channel of each sample over space (Ulyanov et al. 2016, arXiv:1607.08022); the batch is optional.

    With `track_running_stats`, in use with running averages.
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ):  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        unbatched = input.dim() == self.ndims[0]
        channels = 0 if unbatched else 1
        if input.shape[channels] != self.num_features:
            self._wrong_channels(channels, input.shape[channels])
        return self._normalized(input.unsqueeze(0)).squeeze(0) if unbatched else self._normalized(input)

    def _normalized(self, input: Tensor) -> Tensor:
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0,
            self.eps,
        )

    def _wrong_channels(self, dim: int, channels: int) -> None:
        if self.affine:
            raise ValueError(
                f"expected input's size at dim={dim} to match num_features ({self.num_features}), but got: {channels}."
            )
        warnings.warn(
            f"input's size at dim={dim} does not match num_features. You can silence this warning by not passing in "
            "num_features, which is not used because affine=False",
            stacklevel=3,
        )

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: dict, strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        """A state without a version is from when running averages were always kept: say so where they aren't."""
        stale = [prefix + name for name in ("running_mean", "running_var") if prefix + name in state_dict]
        if local_metadata.get("version") is None and not self.track_running_stats and stale:
            named = " and ".join(f'"{key}"' for key in stale)
            kind = type(self).__name__
            error_msgs.append(
                f"Unexpected running stats buffer(s) {named} for {kind} with track_running_stats=False. Remove these keys "
                f"from the state_dict, or make the layer with track_running_stats=True to use them."
            )
            for key in stale:
                state_dict.pop(key)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )


class InstanceNorm1d(InstanceNorm):
    """Instance normalisation of `(N, C, L)` or `(C, L)`."""

    ndims = (2, 3)


class InstanceNorm2d(InstanceNorm):
    """Instance normalisation of `(N, C, H, W)` or `(C, H, W)`."""

    ndims = (3, 4)


class InstanceNorm3d(InstanceNorm):
    """Instance normalisation of `(N, C, D, H, W)` or `(C, D, H, W)`."""

    ndims = (4, 5)


# --- Lazy -------------------------------------------------------------------------------------------------------------


class LazyNorm(LazyModuleMixin, RunningNorm):
    """What the layers share that learn `num_features` from their first input."""

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device: Any = None, dtype: Any = None, *, bias: bool = True,
    ):  # fmt: skip
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name in ("weight", "bias") if affine and bias else ("weight",) if affine else ():
            setattr(self, name, UninitializedParameter(device=device, dtype=dtype))
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = tensor(0, dtype=dtypes.int64, device=device)

    def reset_parameters(self) -> None:
        """Forget all batches; scale by 1, shift by 0: once there is something to scale."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """As many features as the input has channels."""
        self.num_features = input.shape[1]
        if self.has_uninitialized_params():  # if not, they were loaded
            self.materialize_all((self.num_features,))
            self.reset_parameters()


class LazyBatchNorm1d(LazyNorm, BatchNorm1d):
    """A BatchNorm1d that learns `num_features` from its first input."""

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(LazyNorm, BatchNorm2d):
    """A BatchNorm2d that learns `num_features` from its first input."""

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(LazyNorm, BatchNorm3d):
    """A BatchNorm3d that learns `num_features` from its first input."""

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(LazyNorm, InstanceNorm1d):
    """An InstanceNorm1d that learns `num_features` from its first input, which has a batch."""

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(LazyNorm, InstanceNorm2d):
    """An InstanceNorm2d that learns `num_features` from its first input, which has a batch."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(LazyNorm, InstanceNorm3d):
    """An InstanceNorm3d that learns `num_features` from its first input, which has a batch."""

    cls_to_become = InstanceNorm3d
