"""Pruning: set the entries of a parameter that matter least to zero, and keep them there.

`l1_unstructured(module, "weight", 0.3)` moves the parameter to `weight_orig`, registers the buffer `weight_mask` of zeros and
ones, and hangs a hook on the module that sets `weight` to their product before each forward. Methods that follow each other
on one parameter are kept in a PruningContainer; `remove` makes the result permanent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

from minitorch.errors import message
from minitorch.nn.module import Module
from minitorch.nn.utils.convert_parameters import parameters_to_vector
from minitorch.ops import kthvalue, norm, ones_like, rand, rand_like, topk, zeros_like
from minitorch.tensor import Tensor

__all__ = ["BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer",
           "RandomStructured", "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned",
           "l1_unstructured", "ln_structured", "random_structured", "random_unstructured", "remove"]  # fmt: skip

AModule = TypeVar("AModule", bound=Module)


# --- Methods ----------------------------------------------------------------------------------------------------------


class BasePruningMethod(ABC):
    """The hook; subclasses say in `compute_mask` what stays.

    PRUNING_TYPE says what a further method in a container is shown: "unstructured" the entries that are left, "structured" the
    channels of its `dim` that are left, "global" everything.
    """

    PRUNING_TYPE: str
    _tensor_name: str

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask for a tensor of importances `t`, on top of the mask that there is already."""

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    def apply_mask(self, module: Module) -> Tensor:
        """The parameter with zeros where the mask has them."""
        original = getattr(module, self._tensor_name + "_orig")
        return getattr(module, self._tensor_name + "_mask").to(dtype=original.dtype) * original

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter by `cls(*args, **kwargs)`, by the size of `importance_scores` if given; returns the hook."""
        value = getattr(module, name)
        scores = value if importance_scores is None else importance_scores
        _check_scores(scores, value)
        method = cls(*args, **kwargs)
        method._tensor_name = name
        earlier = [number for number, hook in module._forward_pre_hooks.items() if _prunes(hook, name)]
        if earlier:
            container: BasePruningMethod = module._forward_pre_hooks[earlier[0]]
            if not isinstance(container, PruningContainer):
                container = PruningContainer(container)
            mask = container.combined_mask(method, scores, getattr(module, name + "_mask").detach().clone())
            container.add_pruning_method(method)
            method = container
            del module._forward_pre_hooks[earlier[0]]
        else:
            mask = method.compute_mask(scores, default_mask=ones_like(value))
            del module._parameters[name]
            module.register_parameter(name + "_orig", value)
        module.register_buffer(name + "_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A tensor pruned by this method, without a module."""
        scores = t if importance_scores is None else importance_scores
        _check_scores(scores, t)
        return t * self.compute_mask(scores, default_mask=ones_like(t) if default_mask is None else default_mask)

    def remove(self, module: Module) -> None:
        """Make the pruned parameter an ordinary one again; what was pruned stays zero."""
        name = self._tensor_name
        value = self.apply_mask(module)
        parameter = module._parameters[name + "_orig"]
        for attribute in (name, name + "_orig", name + "_mask"):
            delattr(module, attribute)
        parameter.data = value.data
        setattr(module, name, parameter)


class PruningContainer(BasePruningMethod):
    """Methods that were applied to one parameter one after the other."""

    def __init__(self, *args: BasePruningMethod):
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod | None) -> None:
        """Add one more, for the same parameter."""
        if not (method is None or isinstance(method, BasePruningMethod)):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)  # type: ignore[operator]

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: int) -> BasePruningMethod:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of the last method, applied to what the ones before it have left."""
        return self.combined_mask(self._pruning_methods[-1], t, default_mask)

    def combined_mask(self, method: BasePruningMethod, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of a method, which is shown what a mask has left."""
        seen = _still_there(method, t, default_mask)
        mask = default_mask.to(dtype=t.dtype, copy=True)
        mask[seen] = method.compute_mask(t[seen], default_mask=default_mask[seen]).to(dtype=mask.dtype)
        return mask


def _still_there(method: Any, t: Tensor, mask: Tensor) -> Any:
    """The index of what a further method is shown."""
    if method.PRUNING_TYPE == "unstructured":
        return mask == 1
    everything: list[Any] = [slice(None)] * t.ndim
    if method.PRUNING_TYPE == "structured":
        if not hasattr(method, "dim"):
            raise AttributeError(
                'Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.'
            )
        if method.dim < -t.ndim:
            raise IndexError(f"Index is out of bounds for tensor with dimensions {t.ndim}")
        dim = method.dim % t.ndim
        everything[dim] = mask.sum(dim=[d for d in range(t.ndim) if d != dim]) != 0
    elif method.PRUNING_TYPE != "global":
        raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
    return tuple(everything)


class Identity(BasePruningMethod):
    """Prunes nothing; gives a parameter the form of a pruned one."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask as it is."""
        return default_mask

    @classmethod
    def apply(cls, module: Module, name: str) -> BasePruningMethod:  # type: ignore[override]
        """Prune a parameter of a module; returns the hook."""
        return super().apply(module, name)


class RandomUnstructured(BasePruningMethod):
    """Prunes entries by chance; `amount`: how many of them, or which fraction."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float):
        _check_amount(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask with zeros in places drawn by chance."""
        return _without_highest(default_mask, _how_many(self.amount, t.numel()), lambda: rand_like(t))

    @classmethod
    def apply(cls, module: Module, name: str, amount: float) -> BasePruningMethod:  # type: ignore[override]
        """Prune a parameter of a module; returns the hook."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(BasePruningMethod):
    """Prunes the entries of the smallest absolute values; `amount`: how many of them, or which fraction."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float):
        _check_amount(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask with zeros where `t` is smallest."""
        return _without_highest(default_mask, _how_many(self.amount, t.numel()), lambda: -t.abs())

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Module, name: str, amount: float, importance_scores: Tensor | None = None
    ) -> BasePruningMethod:
        """Prune a parameter of a module; returns the hook."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class RandomStructured(BasePruningMethod):
    """Prunes whole channels along `dim` by chance; `amount`: how many of them, or which fraction."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1):
        _check_amount(amount)
        self.amount = amount
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask with zeros in channels drawn by chance."""
        _check_structured(t, self.dim)
        channels = t.shape[self.dim]
        number = _how_many(self.amount, channels)
        if number == 0:
            return default_mask
        drawn = rand(channels).to(t.device)
        return _only(t, self.dim, drawn > kthvalue(drawn, number).values) * default_mask.to(dtype=t.dtype)

    @classmethod
    def apply(cls, module: Module, name: str, amount: float, dim: int = -1) -> BasePruningMethod:  # type: ignore[override]
        """Prune a parameter of a module; returns the hook."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(BasePruningMethod):
    """Prunes whole channels along `dim`, those of the smallest norm of order `n`; `amount`: how many, or which fraction."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, n: Any, dim: int = -1):
        _check_amount(amount)
        self.amount = amount
        self.n = n
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask with zeros in the channels of the smallest norms."""
        _check_structured(t, self.dim)
        channels = t.shape[self.dim]
        number = _how_many(self.amount, channels)
        if number == 0:
            return default_mask
        dims = [dim for dim in range(t.ndim) if dim != self.dim % t.ndim]
        kept = topk(norm(t, p=self.n, dim=dims), k=channels - number).indices
        return _only(t, self.dim, kept) * default_mask.to(dtype=t.dtype)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Module, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None
    ) -> BasePruningMethod:
        """Prune a parameter of a module; returns the hook."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes where a given mask is zero."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor):
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The product of both masks."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module: Module, name: str, mask: Tensor) -> BasePruningMethod:  # type: ignore[override]
        """Prune a parameter of a module; returns the hook."""
        return super().apply(module, name, mask=mask)


# --- The same as functions --------------------------------------------------------------------------------------------


def identity(module: AModule, name: str) -> AModule:
    """Give a parameter the form of a pruned one, without pruning anything."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: AModule, name: str, amount: float) -> AModule:
    """Prune entries of a parameter by chance; `amount`: how many, or which fraction."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: AModule, name: str, amount: float, importance_scores: Tensor | None = None) -> AModule:
    """Prune the smallest entries of a parameter, or those of the lowest scores.

    >>> from minitorch import nn, tensor
    >>> layer = nn.Linear(3, 1, bias=False)
    >>> layer.weight.data = tensor([[3.0, -1.0, 2.0]])
    >>> l1_unstructured(layer, "weight", amount=1).weight.tolist()
    [[3.0, -0.0, 2.0]]
    >>> sorted(layer.state_dict())
    ['weight_mask', 'weight_orig']
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: AModule, name: str, amount: float, dim: int) -> AModule:
    """Prune whole channels of a parameter by chance."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: AModule, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None
) -> AModule:
    """Prune the channels of the smallest norms of a parameter, or of its scores."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: AModule, name: str, mask: Tensor) -> AModule:
    """Prune a parameter where a mask is zero."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]], pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None, **kwargs: Any,
) -> None:  # fmt: skip
    """Prune several parameters, given as (module, name), as if they were one, by an unstructured method."""
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores: Any = {} if importance_scores is None else importance_scores
    if not isinstance(scores, Mapping):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    pairs = list(parameters)
    values = [getattr(module, name) for module, name in pairs]
    masks = [
        getattr(module, name + "_mask", ones_like(value)) for (module, name), value in zip(pairs, values, strict=True)
    ]
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method {pruning_method} of type '
            f"{method.PRUNING_TYPE}"
        )
    importances = parameters_to_vector([scores.get(pair, value) for pair, value in zip(pairs, values, strict=True)])
    whole = PruningContainer().combined_mask(method, importances, parameters_to_vector(masks))
    parts = whole.split([value.numel() for value in values])
    for (module, name), value, part in zip(pairs, values, parts, strict=True):
        custom_from_mask(module, name, mask=part.view_as(value))


def remove(module: AModule, name: str) -> AModule:
    """Make a pruned parameter an ordinary one again; what was pruned stays zero, and may change from now on."""
    for number, hook in module._forward_pre_hooks.items():
        if _prunes(hook, name):
            hook.remove(module)
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Is a parameter of the module, or of one below it, pruned?"""
    return any(
        isinstance(hook, BasePruningMethod) for below in module.modules() for hook in below._forward_pre_hooks.values()
    )


# --- Checks and masks -------------------------------------------------------------------------------------------------


def _prunes(hook: Any, name: str) -> bool:
    return isinstance(hook, BasePruningMethod) and hook._tensor_name == name


def _check_scores(scores: Tensor, value: Tensor) -> None:
    if scores.shape != value.shape:
        raise AssertionError(
            message("importance_scores must have the shape of what is pruned", expected=value.shape, got=scores.shape)
        )


def _check_amount(amount: Any) -> None:
    if not isinstance(amount, Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if float(amount) < 0 or (not isinstance(amount, Integral) and float(amount) > 1):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _how_many(amount: Any, total: int) -> int:
    """How many of `total` to prune."""
    number = int(amount) if isinstance(amount, Integral) else round(amount * total)
    if number > total:
        raise ValueError(f"amount={number} should be smaller than the number of parameters to prune={total}")
    return number


def _check_structured(t: Tensor, dim: int) -> None:
    if t.ndim <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
            f"{t.shape} with {t.ndim} dims"
        )
    if dim >= t.ndim:
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")


def _without_highest(mask: Tensor, number: int, scores: Callable[[], Tensor]) -> Tensor:
    """A copy of a mask with zeros where the highest scores are, which are asked for only if there is something to prune."""
    mask = mask.clone().contiguous()
    if number:
        mask.view(-1)[topk(scores().reshape(-1), k=number).indices] = 0
    return mask


def _only(t: Tensor, dim: int, kept: Tensor) -> Tensor:
    """Zeros of the shape of a tensor, but ones in some channels along `dim`."""
    mask = zeros_like(t)
    mask[tuple([kept if d == dim % t.ndim else slice(None) for d in range(t.ndim)])] = 1
    return mask
