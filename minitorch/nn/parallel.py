"""One module on several devices at once: each gets a part of the batch, and a copy of the parameters.

replicate and scatter are copies that autograd knows, so that gradients come back to the one module, summed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from minitorch import cuda
from minitorch.autograd import is_grad_enabled
from minitorch.backend import Device
from minitorch.nn.module import Module
from minitorch.nn.registry import PARAMETER
from minitorch.ops.arranging import cat
from minitorch.tensor import Tensor
from minitorch.transforms.trees import filled, leaves

__all__ = ["DataParallel", "data_parallel", "gather", "parallel_apply", "replicate", "scatter"]

Place = Any  # a Device, its name, or the number of a GPU


def _device(place: Place) -> Device:
    return Device(f"cuda:{place}" if isinstance(place, int) else place)


def scatter(inputs: Any, target_gpus: Sequence[Place], dim: int = 0) -> Any:
    """For each device the same tree, with the next chunk of each tensor along `dim`; other leaves are shared.

    There may be fewer parts than devices. A tuple for a tensor, a list for a tree.
    """
    devices = [_device(place) for place in target_gpus]

    def parts(leaf: Any) -> list[Any]:
        if not isinstance(leaf, Tensor):
            return [leaf] * len(devices)
        return [part.to(device) for part, device in zip(leaf.chunk(len(devices), dim), devices, strict=False)]

    scattered = [parts(leaf) for leaf in leaves(inputs)]
    if isinstance(inputs, Tensor):
        return tuple(scattered[0])
    count = min(map(len, scattered), default=len(devices))
    return [filled(inputs, [part[place] for part in scattered]) for place in range(count)]


def gather(outputs: Sequence[Any], target_device: Place, dim: int = 0) -> Any:
    """One tree from one for each device, with the tensors of each place side by side along `dim`; numbers make a vector."""
    device = _device(target_device)
    if isinstance(outputs[0], dict) and any(len(output) != len(outputs[0]) for output in outputs):
        raise ValueError("All dicts must have the same number of keys")

    def joined(parts: Sequence[Any]) -> Any:
        if not isinstance(parts[0], Tensor):
            return parts[0]
        return cat([(part if part.ndim else part.reshape(1)).to(device) for part in parts], dim)

    columns = zip(*[list(leaves(output)) for output in outputs], strict=True)
    return filled(outputs[0], [joined(column) for column in columns])


def replicate(network: Module, devices: Sequence[Place], detach: bool = False) -> list[Module]:
    """Copies of a module for devices; gradients of their tensors flow back to the module's, unless `detach`.

    What isn't a tensor of its state or a submodule is shared. The copies have no parameters: there is nothing to train.
    """
    copies = []
    for device in map(_device, devices):
        tensors = {
            id(tensor): (tensor.detach() if detach else tensor).to(device)
            for tensor in chain(network.parameters(), network.buffers())
        }
        copies.append(_copy(network, tensors, {}))
    return copies


def _copy(module: Module, tensors: dict[int, Tensor], made: dict[int, Module]) -> Module:
    """A module that has other tensors, all the way down; what it has twice stays one."""
    if id(module) not in made:
        copy = made[id(module)] = object.__new__(type(module))
        for name, value in module.__dict__.items():
            copy.__dict__[name] = (
                _copy(value, tensors, made) if isinstance(value, Module) else tensors.get(id(value), value)
            )
        copy.__dict__["_kinds"] = {name: kind for name, kind in module._kinds.items() if kind != PARAMETER}
    return made[id(module)]


def parallel_apply(
    modules: Sequence[Module],
    inputs: Sequence[Any],
    kwargs_tup: Sequence[dict[str, Any]] | None = None,
    devices: Sequence[Place] | None = None,
) -> list[Any]:
    """Each module's result for its inputs, a tuple or one argument; `devices` follow from these.

    One after the other: GPUs queue their work and don't keep the loop waiting, so they still run at the same time.
    """
    named = [{}] * len(modules) if kwargs_tup is None else kwargs_tup
    for what, given in (("inputs", inputs), ("kwargs_tup", named), ("devices", devices or modules)):
        if len(given) != len(modules):
            raise AssertionError(
                f"The number of modules {len(modules)} is not equal to the number of {what} {len(given)}"
            )
    return [
        module(*(given if isinstance(given, list | tuple) else (given,)), **keywords)
        for module, given, keywords in zip(modules, inputs, named, strict=True)
    ]


class DataParallel(Module):
    """A module that runs on several devices, each with a part of the batch along `dim`; without GPUs, the module itself.

    `device_ids`: numbers of GPUs (all, unless given), or devices of any backend. The module's own parameters must be on the
    first; its buffers there are those of the copy that runs there, so that running averages are kept. The results come
    to `output_device`, the first unless given. A RuntimeError says which tensor is elsewhere.

    >>> import minitorch
    >>> place = "cuda" if minitorch.cuda.is_available() else "cpu"
    >>> model = DataParallel(minitorch.nn.Linear(2, 1).to(place))
    >>> model(minitorch.ones(4, 2)).shape, list(model.state_dict())
    (torch.Size([4, 1]), ['module.weight', 'module.bias'])
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[Place] | None = None,
        output_device: Place | None = None,
        dim: int = 0,
    ):
        super().__init__()
        ids = range(cuda.device_count()) if device_ids is None else device_ids
        if not cuda.is_available():  # a program for GPUs runs without one, too
            ids = [place for place in ids if not isinstance(place, int)]
        self.dim = dim
        self.module = module
        self.device_ids = list(ids)
        if self.device_ids:
            self.output_device = self.device_ids[0] if output_device is None else output_device
            self.src_device_obj = _device(self.device_ids[0])
        if len(self.device_ids) == 1:
            module.to(self.src_device_obj)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        if not self.device_ids:
            return self.module(*inputs, **kwargs)
        for tensor in chain(self.module.parameters(), self.module.buffers()):
            if tensor.device is not self.src_device_obj:
                raise RuntimeError(
                    "module must have its parameters and buffers on device "
                    f"{self.src_device_obj} (device_ids[0]) but found one of them on device: {tensor.device}"
                )
        parts = self.scatter(inputs, kwargs, self.device_ids)
        if len(self.device_ids) == 1:
            return self.module(*parts[0][0], **parts[1][0])
        replicas = self.replicate(self.module, self.device_ids[: len(parts[0])])
        return self.gather(self.parallel_apply(replicas, *parts), self.output_device)

    # The steps, for subclasses to change

    def scatter(self, inputs: tuple, kwargs: dict[str, Any], device_ids: Sequence[Place]) -> tuple[list, list]:
        """For each device the arguments of its copy."""
        if not any(isinstance(leaf, Tensor) for leaf in leaves((inputs, kwargs))):
            device_ids = device_ids[:1]
        parts = scatter((inputs, kwargs), device_ids, self.dim)
        return [part[0] for part in parts], [part[1] for part in parts]

    def replicate(self, module: Module, device_ids: Sequence[Place]) -> list[Module]:
        """The copies."""
        return replicate(module, device_ids, not is_grad_enabled())

    def parallel_apply(self, replicas: Sequence[Module], inputs: Sequence[Any], kwargs: Any) -> list[Any]:
        """Their results."""
        return parallel_apply(replicas, inputs, kwargs, self.device_ids[: len(replicas)])

    def gather(self, outputs: Any, output_device: Place) -> Any:
        """One result."""
        return gather(outputs, output_device, self.dim)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Sequence[Place] | None = None,
    output_device: Place | None = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """`DataParallel(module, ...)(*inputs, **module_kwargs)`, once; `inputs` is a tuple or one argument."""
    arguments = inputs if isinstance(inputs, tuple) else () if inputs is None else (inputs,)
    return DataParallel(module, device_ids, output_device, dim)(*arguments, **(module_kwargs or {}))
