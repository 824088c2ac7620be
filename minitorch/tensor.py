"""Tensor: an array with its dtype, its device and the node that made it.

`_node` says all there is to say about gradients: None for a tensor without one, a Leaf for one that the user asked
gradients for, a Node (or Output) for a result. Ops attach themselves as methods (dispatch.py), so this file holds only what
a Tensor *is*: its slots, its metadata, its way to the host and the start of backward.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import layouts, tape
from .backend import Device
from .dtypes import DType, get_default_dtype
from .errors import message
from .hooks import RemovableHandle
from .layouts import MemoryFormat
from .printing import tensor_repr
from .size import Size
from .tape import Leaf, Output

_new = object.__new__
_new_tuple = tuple.__new__


if TYPE_CHECKING:
    from minitorch.signatures import Methods  # what dispatch.py and ops/operators.py attach
else:
    Methods = object


class Tensor(Methods):
    """An n-dimensional array that remembers where it came from."""

    __slots__ = (
        "__weakref__",
        "_array",  # what the backend computes on
        "_grad",  # set only on tensors without a Leaf: retained or assigned by the user
        "_node",
        "_root",  # the tensor whose memory and version a view shares; set only where `_view` is
        "_writes",  # writes in place so far; of a view: the root's version that its node and array are up to date with
        "_view",  # None, or (parent, op, params): how this view was made
        "device",
        "dtype",
    )
    __array_priority__ = 1000  # NumPy arrays on the left leave binary operators to us
    __hash__ = object.__hash__
    _is_parameter = False  # what nn.Parameter says of itself, for printing

    # --- Metadata -----------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        return _new_tuple(Size, self._array.shape)  # a third of the time that Size(...) takes

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        if dim is None:
            return Size(self._array.shape)
        ndim = len(self._array.shape)
        if not -ndim <= dim < ndim:
            bounds = f"[{-max(ndim, 1)}, {max(ndim, 1) - 1}]"
            raise IndexError(f"Dimension out of range (expected to be in range of {bounds}, but got {dim})")
        return self._array.shape[dim]

    @property
    def ndim(self) -> int:
        return len(self._array.shape)

    dim = ndimension = lambda self: len(self._array.shape)

    def numel(self) -> int:
        """How many elements."""
        return prod(self._array.shape)

    nelement = numel

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    element_size = lambda self: self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.numel() * self.dtype.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """Elements to step over in memory per step along each dimension."""
        strides = self.device.backend.strides(self._array)
        return strides if dim is None else strides[dim]

    def is_contiguous(self, memory_format: MemoryFormat = layouts.contiguous_format) -> bool:
        """Do the elements lie in memory in row-major order (or that of another memory format), without gaps?"""
        return layouts.is_contiguous(self._array.shape, self.stride(), memory_format)

    def is_floating_point(self) -> bool:
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        return self.dtype.is_complex

    def is_signed(self) -> bool:
        return self.dtype.is_signed

    def get_device(self) -> int:
        return -1 if self.device.index is None else self.device.index

    is_cuda = property(lambda self: self.device.type == "cuda")
    is_cpu = property(lambda self: self.device.type == "cpu")
    is_meta = property(lambda self: self.device.type == "meta")
    layout = layouts.strided

    # --- Gradients ----------------------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        if self._view is not None:
            self._sync()
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for this tensor's gradient (or no longer); leaves only."""
        if requires_grad:
            if not self.requires_grad:
                if not self.dtype.inexact:
                    raise RuntimeError(
                        message(
                            "only Tensors of floating point and complex dtype can require gradients",
                            where=f"requires_grad_() on a tensor of shape {list(self.shape)}",
                            expected="a floating point or complex dtype",
                            got=repr(self.dtype),
                            hint="convert it first with .float(), or make it so: dtype=minitorch.float32",
                        )
                    )
                self._node = Leaf(self._array, self.dtype, self.device, getattr(self, "_grad", None))
        elif self.requires_grad:
            if type(self._node) is not Leaf:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in "
                    "a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                )
            self._grad, self._node = self._node.grad, None
        return self

    @property
    def is_leaf(self) -> bool:
        return not self.requires_grad or type(self._node) is Leaf

    @property
    def grad_fn(self) -> Any:
        if self._view is not None:
            self._sync()
        node = self._node
        return node.node if type(node) is Output else None if type(node) is Leaf else node

    @property
    def output_nr(self) -> int:
        return self._node.index if self.requires_grad and type(self._node) is Output else 0

    @property
    def grad(self) -> Tensor | None:
        node = self._node
        return node.grad if type(node) is Leaf else getattr(self, "_grad", None)

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            for what, got, expected in (
                ("type", type(value).__name__, "Tensor")
                if not isinstance(value, Tensor)
                else ("size", value.shape, self.shape),
                ("dtype", getattr(value, "dtype", None), self.dtype),
                ("device", getattr(value, "device", None), self.device),
            ):
                if got != expected:
                    raise (TypeError if what == "type" else RuntimeError)(
                        f"assigned grad has data of a different {what}: expected {expected}, got {got}"
                    )
        if type(self._node) is Leaf:
            self._node.grad = value
        else:
            self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Sequence[Tensor] | Tensor | None = None,
    ) -> None:
        """Add d(self)/d(leaf) to the `.grad` of every leaf that self was computed from.

        >>> import minitorch
        >>> x = minitorch.tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
        """
        tape.backward(
            [self],
            None if gradient is None else [gradient],
            retain_graph=create_graph if retain_graph is None else retain_graph,
            create_graph=create_graph,
            inputs=[inputs] if isinstance(inputs, Tensor) else inputs,
        )

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor in `.grad` though it is no leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if type(self._node) is Leaf:
            return
        me = weakref.ref(self)

        def keep(gradient: Tensor) -> None:
            tensor = me()
            if tensor is not None:
                tensor._grad = gradient.clone()

        self.register_hook(keep)
        self._grad = None

    @property
    def retains_grad(self) -> bool:
        return type(self._node) is not Leaf and self._node is not None and hasattr(self, "_grad")

    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(grad)` when the gradient of this tensor is known; a Tensor that it returns replaces the gradient."""
        if not self.requires_grad:  # asked so, since it brings a view's node up to date
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node: Any = self._node
        node.hooks = {} if node.hooks is None else node.hooks
        return RemovableHandle(node.hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(tensor)` after a gradient was added to this leaf's `.grad`."""
        if type(self._node) is not Leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        if self._node.after is None:
            self._node.after = {}
        me = weakref.ref(self)
        return RemovableHandle(self._node.after, lambda: hook(me()) if me() is not None else None)

    def detach(self) -> Tensor:
        """The same memory, cut off from the tape."""
        if self._view is not None:
            self._sync()
        backend = self.device.backend
        self._array = backend.writable(self._array)
        detached = wrap(backend.detached(self._array), self.dtype, self.device, None)
        detached._view = (self, None, ())
        detached._root = self if self._view is None else self._root
        detached._writes = detached._root._writes
        return detached

    def detach_(self) -> Tensor:
        """Cut this tensor itself off from the tape."""
        if self._view is not None and self._view[1] is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        self._node = None
        return self

    @property
    def data(self) -> Tensor:
        """The same memory with a tape and a version counter of its own; prefer detach()."""
        self._array = self.device.backend.writable(self._array)
        return wrap(self._array, self.dtype, self.device, None)

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        self._array, self.dtype, self.device = value._array, value.dtype, value.device
        self._writes += 1  # a saved value is never silently another one
        if type(self._node) is Leaf:
            leaf = self._node
            leaf.shape, leaf.native = self._array.shape, self._array.dtype
            leaf.dtype, leaf.device = self.dtype, self.device

    @property
    def _base(self) -> Tensor | None:
        return self._root if self._view is not None and self._view[1] is not None else None

    @property
    def _version(self) -> int:
        """How often this memory was written in place."""
        return self._writes if self._view is None else self._root._writes

    def _is_view(self) -> bool:
        return self._base is not None

    def _sync(self) -> None:
        """Bring a view whose root was written since it was made up to date, by making it again from its parent."""
        root = self._root
        if self._writes == root._writes:
            return
        parent, op, params = self._view
        if parent._view is not None:
            parent._sync()
        if parent.device is not self.device:
            raise RuntimeError(_taken_over(self))
        aliasing = self.device.backend.aliasing
        if op is None:  # detach(): the memory is shared, the tape is not
            if not aliasing:
                self._array = parent._array
        elif parent._node is not None or not aliasing:
            before, tape.mode.enabled = tape.mode.enabled, True
            try:
                fresh = op.function(parent, *params)
            finally:
                tape.mode.enabled = before
            self._node = fresh._node
            if not aliasing:
                self._array = fresh._array
        self._writes = root._writes

    def _bump(self) -> None:
        """Say that the memory was written by other means than an op (an optimizer's kernel)."""
        if self._view is None:
            self._writes += 1
        else:
            self._root._writes += 1

    def _add_array_(self, array: Any) -> None:
        """self += array, in place, on arrays alone."""
        backend = self.device.backend
        add = backend.kernel_into("add")
        if add is not None and not isinstance(self._array, np.generic):
            add(self._array, array, out=self._array)
        else:
            self._array = backend.writable(self._array)
            total = self.device.kernels.add(self._array, array)
            if backend.aliasing:
                backend.assign(self._array, total)
            else:
                self._array = total
        self._bump()

    # --- To the host --------------------------------------------------------------------------------------------------

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The values as a NumPy array, sharing memory where the backend can."""
        if self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.device.type != "cpu" and not force:
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory "
                "first."
            )
        array = self._to_host()
        return array.view() if array is self._array else array  # whose shape and flags are the caller's own

    def _to_host(self) -> np.ndarray:
        if self._view is not None:
            self._sync()
        self._array = self.device.backend.writable(self._array)
        return self.device.backend.to_host(self._array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        if copy is False and dtype is not None and array.dtype != dtype:
            raise ValueError(f"__array__(): a {self.dtype!r} tensor can't become {np.dtype(dtype)} without a copy")
        return array.astype(array.dtype if dtype is None else dtype, copy=bool(copy))

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        return self._to_host().tolist()

    def item(self) -> Any:
        """The value of a one-element tensor as a Python number."""
        if self.numel() != 1:
            raise RuntimeError(f"a Tensor with {self.numel()} elements cannot be converted to Scalar")
        return self._to_host().item()

    def __bool__(self) -> bool:
        count = self.numel()
        if count != 1:
            problem = "no values" if count == 0 else "more than one value"
            raise RuntimeError(f"Boolean value of Tensor with {problem} is ambiguous")
        return bool(self.item())

    def _number(self, kind: type) -> Any:
        if self.numel() != 1:
            raise ValueError(
                f"only one element tensors can be converted to Python scalars, not shape {list(self.shape)}"
            )
        value = self.item()
        if self.dtype.is_complex and kind is not complex:
            if value.imag:
                raise RuntimeError(f"value {value} cannot be converted to {kind.__name__}: its imaginary part is not 0")
            value = value.real
        return kind(value)

    def __int__(self) -> int:
        return self._number(int)

    def __float__(self) -> float:
        return self._number(float)

    def __complex__(self) -> complex:
        return self._number(complex)

    def __index__(self) -> int:
        if self.dtype.inexact or self.numel() != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self) -> int:
        if not self._array.shape:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self._array.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __reversed__(self) -> Tensor:
        return self.flip(0) if self._array.shape else self

    def __contains__(self, element: Any) -> bool:
        if not isinstance(element, (Tensor, bool, int, float, complex, np.generic)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}"
            )
        return bool((self == element).any())

    def __format__(self, spec: str) -> str:
        is_number = type(self) is Tensor and not self._array.shape
        return format(self.item(), spec) if is_number else object.__format__(self, spec)

    def __repr__(self, *, tensor_contents: str | None = None) -> str:
        return _describe(self, tensor_contents)


def fill(tensor: Tensor, array: Any, dtype: DType, device: Device, node: Any) -> Tensor:
    """Set the slots of a new tensor that shares nothing with another one."""
    tensor._array = array
    tensor.dtype = dtype
    tensor.device = device
    tensor._node = node
    tensor._view = None
    tensor._writes = 0
    return tensor


def wrap(array: Any, dtype: DType, device: Device, node: Any = None) -> Tensor:
    """A Tensor around an array."""
    return fill(_new(Tensor), array, dtype, device, node)


def _taken_over(view: Tensor) -> str:
    return message(
        "a view was made before forward mode took over the memory that it shows, or before it gave it back",
        where=f"a view of shape {list(view.shape)}",
        hint="take the view again: what it was made from is up to date",
    )


def _describe(tensor: Tensor, contents: str | None) -> str:
    node = tensor.grad_fn
    return tensor_repr(
        tensor._array if tensor.device.type == "meta" else tensor._to_host(),
        dtype=tensor.dtype,
        device=str(tensor.device),
        default_dtype=get_default_dtype(),
        default_device="cpu",
        requires_grad=tensor.requires_grad,
        grad_fn_name=None if node is None else node.name(),
        is_parameter=tensor._is_parameter,
        class_name="tensor" if type(tensor).__module__.startswith("minitorch.") else type(tensor).__name__,
        contents=contents,
    )
