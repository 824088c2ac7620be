"""Parameter and Buffer: tensors that a Module files when they are assigned to one of its attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.errors import Uninitialized, message
from minitorch.ops.creation import empty
from minitorch.tensor import Tensor, fill

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "factory_kwargs",
    "is_lazy",
]


def factory_kwargs(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """From a layer's keywords those of the tensors that it makes, once each: device, dtype, memory_format.

    They may also come as a dict under "factory_kwargs", if the layer has its own use for a name. TypeError for any others.

    >>> factory_kwargs({"device": "cpu", "factory_kwargs": {"dtype": "float64"}})
    {'dtype': 'float64', 'device': 'cpu'}
    """
    given = dict(kwargs or {})
    result = dict(given.pop("factory_kwargs", {}))
    unknown = given.keys() - {"device", "dtype", "memory_format"}
    if unknown:
        raise TypeError(f"unexpected kwargs {unknown}")
    for name in given.keys() & result.keys():
        raise TypeError(f"{name} specified twice, in **kwargs and in factory_kwargs")
    return result | given


class Parameter(Tensor):
    """A tensor that a module trains: assigned to an attribute of a Module, it is among its `parameters()`.

    It shares the memory of `data`. What ops make of it are plain Tensors.

    >>> import minitorch
    >>> from minitorch import nn
    >>> nn.Parameter(minitorch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    _is_parameter = True

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        return _sharing(cls, data).requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict) -> Parameter:
        """A parameter with a copy of the values; like PyTorch's, without the gradient."""
        return type(self)(self.data.clone(), self.requires_grad)


class Buffer(Tensor):
    """A tensor that is part of a module's state but isn't trained; `persistent`: is it in the state_dict?"""

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        buffer = _sharing(cls, data)
        buffer.persistent = persistent
        return buffer


def _sharing(cls: type, data: Any) -> Any:
    """A new leaf of class `cls` in the memory of `data`."""
    if data is None:
        data = empty(0)
    if not isinstance(data, Tensor):
        raise TypeError(f"{cls.__name__}(): argument 'data' must be Tensor, not {type(data).__name__}; wrap it with "
                        "minitorch.tensor(...)")  # fmt: skip
    shared = data.data
    return fill(object.__new__(cls), shared._array, shared.dtype, shared.device, None)


# --- Without a shape yet ----------------------------------------------------------------------------------------------


class UninitializedTensorMixin(Tensor):
    """A tensor that has a dtype and a device, and no shape and values until `materialize`; nothing computes with it.

    It can be moved and converted, copied and pickled, so that it stands in a module for what lazy modules make later.
    """

    cls_to_become: type[Tensor]

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        tensor = object.__new__(cls)
        tensor._node = tensor._view = None
        tensor._wants_gradient = requires_grad
        tensor.data = empty(0, device=device, dtype=dtype)
        return tensor

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of this shape; its values aren't set."""
        made = empty(shape, device=device or self.device, dtype=dtype or self.dtype)
        self.__class__ = self.cls_to_become  # pyright: ignore
        fill(self, made._array, made.dtype, made.device, None)
        self.requires_grad_(self.__dict__.pop("_wants_gradient"))

    requires_grad = property(lambda self: self._wants_gradient, lambda self, value: self.requires_grad_(value))  # pyright: ignore

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        self._wants_gradient = requires_grad
        return self

    @property
    def _array(self) -> Any:  # pyright: ignore
        raise Uninitialized(
            message(
                "Attempted to use an uninitialized parameter, which has no values yet",
                hint="call the lazy module that it belongs to with an input first, so that it learns its shapes",
            )
        )

    @property
    def shape(self) -> Any:
        raise Uninitialized(
            message(
                "Can't access the shape of an uninitialized parameter or buffer",
                hint="call the lazy module that it belongs to with an input first, also before loading its state into a "
                "module whose shapes are known",
            )
        )

    def _converted(self, convert: Callable[[Tensor], Tensor]) -> Any:
        """What a conversion makes of an empty tensor says which dtype and device are meant."""
        like = convert(empty(0, device=self.device, dtype=self.dtype))
        return type(self)(self.requires_grad, like.device, like.dtype)

    def to(self, *args: Any, **kwargs: Any) -> Any:
        return self._converted(lambda empty: empty.to(*args, **kwargs))

    def half(self, *args: Any) -> Any:
        return self._converted(lambda empty: empty.half(*args))

    def float(self, *args: Any) -> Any:
        return self._converted(lambda empty: empty.float(*args))

    def double(self, *args: Any) -> Any:
        return self._converted(lambda empty: empty.double(*args))

    def bfloat16(self, *args: Any) -> Any:
        return self._converted(lambda empty: empty.bfloat16(*args))

    def cpu(self, *args: Any) -> Any:
        return self._converted(lambda empty: empty.cpu(*args))

    @property
    def data(self) -> Any:
        return self

    @data.setter
    def data(self, value: Tensor) -> None:
        self.dtype, self.device = value.dtype, value.device

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return type(self), (self.requires_grad, self.device, self.dtype)

    def __deepcopy__(self, memo: dict) -> Any:
        return self._converted(lambda empty: empty)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A Parameter whose shape isn't known yet."""

    cls_to_become = Parameter


class UninitializedBuffer(UninitializedTensorMixin, Buffer):
    """A Buffer whose shape isn't known yet."""

    cls_to_become = Buffer

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> UninitializedBuffer:
        buffer = super().__new__(cls, requires_grad, device, dtype)
        buffer.persistent = persistent
        return buffer


def is_lazy(param: Any) -> bool:
    """Is it a parameter or buffer whose shape isn't known yet?"""
    return isinstance(param, UninitializedTensorMixin)
