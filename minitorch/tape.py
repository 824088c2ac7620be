"""The tape: what was recorded, and the walk back over it.

    Node     one recorded op application: its op, edges to its arguments' nodes, the values its derivatives read
    Output   one of the results of an op that has several
    Leaf     the end of an edge at a tensor that the user made; its `.grad` gathers the gradients

Every node carries a sequence number from one counter, so a node's number is higher than those of the nodes it read from.
Backward is therefore a heap that always takes the highest number: each node runs once, after all of its users, in the same
order every time, without recursion at any depth.

On the way, gradients are raw arrays and the rules call kernels. With `create_graph=True` the same rules run on Tensors, so
the walk itself is recorded and can be differentiated again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any

from .errors import GraphFreed, SavedValueModified, ShapeMismatch, message
from .hooks import call_after, call_before, call_hooks, next_number, register_hook, register_prehook

_accumulate_lock = threading.Lock()


class _GradMode(threading.local):
    enabled = True
    inference = False
    randomness: Any = None  # inside vmap, what is done about random numbers (transforms.batching.Randomness)
    walk: Callable  # the way back: plain_walk, unless anomaly mode looks on


mode = _GradMode()

# The floor above hands in Tensor's constructor, wrap(array, dtype, device, node), and the namespace of ops on Tensors.
wrap: Callable = lambda array, dtype, device, node: None
ops_on_tensors: Any = None
saved_attribute: Callable = lambda node, name: None  # a value that a node keeps, by PyTorch's name for it


class Leaf:
    """Where gradients come to rest. Knows what a gradient must look like, but not the tensor: that would be a cycle."""

    __slots__ = ("__weakref__", "after", "device", "dtype", "grad", "hooks", "native", "number", "shape")
    edges: tuple = ()

    def __init__(self, array: Any, dtype: Any, device: Any, grad: Any = None):
        self.shape = array.shape
        self.native = array.dtype
        self.dtype = dtype
        self.device = device
        self.grad = grad
        self.hooks: dict | None = None  # called with the gradient before it is added to .grad
        self.after: dict | None = None  # called with the tensor after it was added
        self.number = -1 - next_number()  # after all nodes

    next_functions: tuple = ()
    register_hook, register_prehook = register_hook, register_prehook

    def name(self) -> str:
        return "AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


class Node:
    """One op application. Slots are set by the recording code in dispatch.py, one by one, because that is fastest."""

    __slots__ = (
        "__weakref__",
        "device",  # of the result
        "dtype",
        "edges",  # one per operand: Node, Output, Leaf, or None where no gradient is wanted
        "hooks",
        "native",  # the array library's dtype of the result
        "number",
        "op",
        "out",  # the result's array, where a derivative reads it; of a row `with_slope` the slope, if the kernel gave one
        "out_version",  # how often the result was written in place since
        "params",  # the arguments that aren't tensors, as far as a derivative reads them
        "saved",  # the operands that a derivative reads
        "shape",  # a list of shapes where there are several results
        "versions",  # of the saved operands when they were saved
    )

    def name(self) -> str:
        name = self.op.grad_name
        return name if isinstance(name, str) else name(self)

    register_hook, register_prehook = register_hook, register_prehook

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """PyTorch's view of the edges: (node, which of its outputs) by operand."""
        return tuple((edge.node, edge.index) if type(edge) is Output else (edge, 0) for edge in self.edges)

    def __getattr__(self, name: str) -> Any:
        """`_saved_self`, `_saved_result` and the like."""
        if name in Node.__slots__:
            raise AttributeError(name)
        return saved_attribute(self, name)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


def new_node(op: Any, edges: tuple, result: Any, params: Any = ()) -> Node:
    """A Node for one of the engine's own ops, those that stand in no table."""
    node = object.__new__(Node)
    node.op, node.edges, node.params = op, edges, params
    node.saved = node.versions = ()
    node.out, node.out_version, node.hooks = None, 0, None
    node.shape, node.native = result._array.shape, result._array.dtype
    node.dtype, node.device = result.dtype, result.device
    node.number = next_number()
    return node


class Output:
    """Result number `index` of a node with several results; it hands its gradient on to the node."""

    __slots__ = ("__weakref__", "device", "dtype", "hooks", "index", "native", "node", "number", "shape")

    def __init__(self, node: Node, index: int, array: Any, dtype: Any):
        self.node = node
        self.index = index
        self.shape = array.shape
        self.native = array.dtype
        self.dtype = dtype
        self.device = node.device
        self.hooks: dict | None = None
        self.number = next_number()

    @property
    def edges(self) -> tuple:
        return (self.node,)

    @property
    def next_functions(self) -> tuple:
        return self.node.next_functions

    def name(self) -> str:
        return self.node.name()


# --- Saved values -----------------------------------------------------------------------------------------------------


def check_saved(node: Node) -> None:
    """Raise if a saved value is gone or was changed in place; called by a pull only when it sees that something is off."""
    op = node.op
    if node.saved is None:
        raise GraphFreed(
            message(
                "Trying to backward through the graph a second time",
                where=f"the derivative of {op.name}, whose result has shape {list(node.shape)}",
                expected=f"the values that {op.name} saved for it",
                got="nothing: the first backward() freed them on its way",
                hint="pass retain_graph=True to the first backward() to go back twice, or run the forward pass again",
            )
        )
    for name, tensor, version in zip(op.saves, node.saved, node.versions, strict=True):
        if tensor is not None and tensor._version != version:
            raise SavedValueModified(
                _modified(f"its argument {name!r}", op.name, tensor.shape, tensor._version, version)
            )
    if node.out_version:
        raise SavedValueModified(_modified("its output", op.name, node.shape, node.out_version, 0))


def _modified(which: str, op_name: str, shape: Sequence[int], version: int, expected: int) -> str:
    return message(
        f"one of the variables needed for gradient computation has been modified by an inplace operation: {op_name} saved "
        f"{which}, of shape {list(shape)}, which is at version {version}; expected version {expected} instead",
        where=f"the derivative of {op_name}",
        expected=f"{which} as it was when {op_name} ran, at version {expected}",
        got=f"version {version}: writes in place since then: {version - expected}",
        hint="use the form of the writing op without the trailing underscore, or let it write to a clone()",
    )


# --- The walk ---------------------------------------------------------------------------------------------------------


def run(
    roots: Sequence[Any],
    gradients: Sequence[Any],
    *,
    inputs: Iterable[Any] | None = None,
    retain_graph: bool = False,
    create_graph: bool = False,
) -> dict[Any, Any]:
    """Carry `gradients` from the nodes `roots` back along the tape.

    Gradients are raw arrays, or Tensors if `create_graph`. Without `inputs` they are added to the leaves' `.grad`; with
    `inputs` (nodes) nothing is accumulated and a dict node -> gradient is returned.
    """
    wanted = None if inputs is None else set(inputs)
    useful = set() if wanted is None else on_the_way(roots, wanted)
    pending: dict[Any, Any] = {}
    heap: list[tuple[int, Any]] = []
    for root, gradient in zip(roots, gradients, strict=True):
        send(root, gradient, pending, heap)
    before = mode.enabled
    if not roots or roots[0].device.backend.inner is None:  # on a transform's level the tapes below go on recording
        mode.enabled = create_graph
    guards: list = []
    try:
        return mode.walk(pending, heap, wanted, useful, retain_graph, create_graph, guards)
    finally:
        if guards:
            guard(None, guards)
        mode.enabled = before


def guard(device: Any, guards: list) -> None:
    """Let plain operators of rules run on `device` from now on, where a library computes on a current device."""
    while guards:
        guards.pop().__exit__(None, None, None)
    if device is not None and device.backend.guarded:
        guard = device.backend.guard(device)
        guard.__enter__()
        guards.append(guard)


def plain_walk(
    pending: dict, heap: list, wanted: set | None, useful: set, retain_graph: bool, create_graph: bool, guards: list
) -> dict[Any, Any]:
    """Take the latest node, pull its gradient back to its operands, until none is left."""
    found, current = {}, None
    while heap:
        node = heappop(heap)[1]
        gradient = pending.pop(node)
        if node.hooks is not None:
            gradient = call_hooks(node, gradient, create_graph)
        if wanted is not None and node in wanted:
            found[node] = gradient
            if useful.isdisjoint(node.edges):  # nothing behind it is asked for: its saved values stay
                continue
        if node.hooks is not None:
            gradient = call_before(node, gradient, create_graph)
        if type(node) is not Node:
            if type(node) is Output:
                collect(node, gradient, pending, heap)
            elif wanted is None:
                accumulate(node, gradient, create_graph)
            continue
        if create_graph:
            pulled = node.op.pull_tensors(node, gradient, ops_on_tensors, wrap)
        else:
            if node.device is not current:
                current = node.device
                if guards or current.backend.guarded:
                    guard(current, guards)
            pulled = node.op.pull(node, gradient, current.kernels if node.dtype.full else current.short_kernels)
            if not retain_graph:
                node.saved = node.out = None
        pulled = pulled if node.hooks is None else call_after(node, gradient, pulled, create_graph)
        for edge, gradient in zip(node.edges, pulled):  # noqa: B905  (strict= costs a tenth of a microsecond)
            if edge is None or gradient is None or (wanted is not None and edge not in useful):
                continue
            if create_graph:
                gradient = fit_tensor(edge, gradient, node)
            elif gradient.shape != edge.shape or gradient.dtype is not edge.native:
                gradient = fit_array(edge, gradient, node)
            held = pending.get(edge)
            if held is None:
                pending[edge] = gradient
                heappush(heap, (-edge.number, edge))
            elif create_graph or edge.device is current:
                pending[edge] = held + gradient
            else:  # two ways through moves between devices
                pending[edge] = edge.device.kernels.add(held, gradient)
        pulled = gradient = held = None  # a leaf may keep an array that nobody else holds
    return found


_GradMode.walk = staticmethod(plain_walk)


def send(edge: Any, gradient: Any, pending: dict, heap: list) -> None:
    held = pending.get(edge)
    if held is None:
        pending[edge] = gradient
        heappush(heap, (-edge.number, edge))
    else:
        pending[edge] = held + gradient


def collect(output: Output, gradient: Any, pending: dict, heap: list) -> None:
    """Put the gradient of one output into its place in the list that the node will get."""
    node = output.node
    slots = pending.get(node)
    if slots is None:
        slots = pending[node] = [None] * node.op.outputs_of(node)
        heappush(heap, (-node.number, node))
    held = slots[output.index]
    slots[output.index] = gradient if held is None else held + gradient


def on_the_way(roots: Sequence[Any], wanted: set) -> set:
    """The nodes from which some wanted node can be reached: only these need a gradient."""
    seen, stack = set(roots), list(roots)
    while stack:
        for edge in stack.pop().edges:
            if edge is not None and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    useful = set()
    for node in sorted(seen, key=lambda node: node.number):
        if node in wanted or any(edge in useful for edge in node.edges):
            useful.add(node)
    return useful


def fit_array(edge: Any, gradient: Any, node: Any) -> Any:
    """Undo broadcasting and casting: give a gradient the shape and dtype of the value that it belongs to."""
    if gradient.shape != edge.shape:
        gradient = _sum_to(gradient, edge.shape, node.device.kernels, node)
    if gradient.dtype != edge.native:
        kernels = node.device.kernels
        if edge.device is not node.device:
            return gradient
        gradient = _real_part(gradient, edge, kernels, edge.device.backend.dtype_of(gradient))
    return gradient


def fit_tensor(edge: Any, gradient: Any, node: Any) -> Any:
    """The same for a gradient that is a Tensor."""
    if gradient.shape != edge.shape:
        gradient = _sum_to(gradient, edge.shape, ops_on_tensors, node)
    if gradient.dtype is not edge.dtype:
        gradient = _real_part(gradient, edge, ops_on_tensors, gradient.dtype)
    return gradient


def _real_part(gradient: Any, edge: Any, k: Any, dtype: Any) -> Any:
    if dtype.is_complex and not edge.dtype.is_complex:
        gradient = k.real(gradient)
    return k.cast(gradient, edge.dtype)


def _sum_to(gradient: Any, shape: tuple[int, ...], k: Any, node: Any) -> Any:
    """Sum over the dims that broadcasting added or stretched."""
    extra = len(gradient.shape) - len(shape)
    if extra and gradient.shape[extra:] == shape:  # the leading dims alone, as a bias's: nothing is left to reshape
        return k.sum(gradient, tuple(range(extra)), False)
    stretched = tuple(
        [dim for dim, size in enumerate(gradient.shape) if dim < extra or (shape[dim - extra] == 1 and size != 1)]
    )
    summed = k.sum(gradient, stretched, True) if stretched else gradient
    if tuple(summed.shape) == tuple(shape):
        return summed
    if extra <= 0 or tuple(summed.shape[extra:]) != tuple(shape):
        raise ShapeMismatch(
            message(
                f"{node.name()} returned an invalid gradient: its shape is not that of the value it belongs to",
                expected=f"{list(shape)}, or what that can be broadcast to",
                got=list(gradient.shape),
            )
        )
    return k.reshape(summed, shape)


# --- Leaves and hooks -------------------------------------------------------------------------------------------------


def accumulate(leaf: Leaf, gradient: Any, create_graph: bool) -> None:
    """Add to `.grad`, one thread at a time: read, add and write back would lose updates otherwise."""
    with _accumulate_lock:
        held = leaf.grad
        if create_graph:
            leaf.grad = gradient.clone() if held is None else held + gradient
        elif held is None:
            # The leaf's gradient must be its own memory: it may be zeroed or clipped in place. `gradient` is referenced
            # here, in run() and in its callers' argument lists; whatever is above that belongs to somebody else.
            if not leaf.device.backend.is_private(gradient, ACCUMULATE_REFERENCES):
                gradient = leaf.device.kernels.contiguous_copy(gradient)
            leaf.grad = wrap(gradient, leaf.dtype, leaf.device, None)
        elif held._node is not None or held.dtype is not leaf.dtype:
            leaf.grad = wrap(leaf.device.kernels.add(held._array, gradient), leaf.dtype, leaf.device, None)
        else:
            held._add_array_(gradient)
    if leaf.hooks is not None:
        call_after(leaf, gradient, (), create_graph)
    if leaf.after is not None:
        for hook in tuple(leaf.after.values()):
            hook()


ACCUMULATE_REFERENCES = 2  # the name in run() and the one in accumulate()


# --- What users call --------------------------------------------------------------------------------------------------


def backward(
    tensors: Sequence[Any],
    gradients: Sequence[Any] | None = None,
    *,
    retain_graph: bool = False,
    create_graph: bool = False,
    inputs: Sequence[Any] | None = None,
) -> None:
    """Add the gradients of the sum of `tensors` to the leaves' `.grad` (to those of `inputs` only, if given)."""
    nodes, seeds = starts(tensors, gradients, create_graph)
    if inputs is None:
        run(nodes, seeds, retain_graph=retain_graph, create_graph=create_graph)
        return
    if not inputs:
        raise RuntimeError("'inputs' argument to backward() cannot be empty")
    wanted = [edge_of(tensor, "backward()") for tensor in inputs]
    found = run(nodes, seeds, inputs=wanted, retain_graph=retain_graph, create_graph=create_graph)
    for tensor, edge in zip(inputs, wanted, strict=True):
        if edge in found:
            if type(edge) is not Leaf:
                tensor.retain_grad()
                tensor._grad = found[edge] if create_graph else wrap(found[edge], tensor.dtype, tensor.device, None)
            else:
                gradient = found[edge] if edge.hooks is None else call_before(edge, found[edge], create_graph)
                accumulate(edge, gradient, create_graph)


def starts(tensors: Sequence[Any], gradients: Sequence[Any] | None, create_graph: bool) -> tuple[list, list]:
    """The nodes at which the walk begins, and the gradients that it begins with (1 for a scalar)."""
    nodes, seeds = [], []
    for index, tensor in enumerate(tensors):
        gradient = None if gradients is None else gradients[index]
        if not tensor.requires_grad:
            raise RuntimeError(
                f"element {index} of tensors does not require grad and does not have a grad_fn: nothing that it was computed "
                "from had requires_grad=True, or it was computed under no_grad() or detached"
            )
        if gradient is None:
            if tensor.numel() != 1:
                raise RuntimeError(
                    f"grad can be implicitly created only for scalar outputs: this one has shape {list(tensor.shape)}; "
                    "reduce it first (.sum() or .mean()), or pass gradient="
                )
            gradient = ops_on_tensors.ones_like(tensor.detach())
        elif tuple(gradient.shape) != tuple(tensor.shape):
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{index}] has a shape of {list(gradient.shape)} and output[{index}] has a shape "
                f"of {list(tensor.shape)}."
            )
        nodes.append(tensor._node)
        seeds.append(gradient if create_graph else ops_on_tensors.cast(gradient.detach(), tensor.dtype)._array)
    return nodes, seeds


def edge_of(tensor: Any, caller: str) -> Any:
    """The node of a tensor whose gradient is asked for."""
    if not tensor.requires_grad:
        raise RuntimeError(
            f"{caller}: One of the differentiated Tensors does not require grad; call requires_grad_() on it first"
        )
    return tensor._node
