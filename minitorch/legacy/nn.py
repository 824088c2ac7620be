"""Networks as they were written before autograd, in Torch: each layer carries its derivatives, and nothing is recorded.

A layer is three formulas. With y = f(x, w), and g the gradient of the loss with respect to y:

    updateOutput(x)              y             remembered as `output`
    updateGradInput(x, g)        dL/dx         remembered as `gradInput`: what the layer below gets as its g
    accGradParameters(x, g)      dL/dw         added to `gradWeight` and `gradBias`

Backpropagation is then no more than calling these in the right order: a Sequential runs its layers forward in order, and back
in reverse. A loss, here a Criterion, begins the way back. `StochasticGradient` is the training loop. With autograd nobody writes
the second and the third formula; what they are, this file shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from minitorch.autograd import no_grad
from minitorch.nn import functional
from minitorch.ops import creation, random
from minitorch.tensor import Tensor

__all__ = ["BatchNormalization", "CAddTable", "ClassNLLCriterion", "ConcatTable", "Container", "Criterion", "Dropout", "Linear",
           "LogSoftMax", "MSECriterion", "Module", "ReLU", "Reshape", "Sequential", "Sigmoid", "SpatialConvolution",
           "SpatialMaxPooling", "StochasticGradient", "Tanh", "View"]  # fmt: skip


class Module:
    """A layer: give it updateOutput and updateGradInput, and accGradParameters if there is something to learn."""

    weight: Any = None
    bias: Any = None
    gradWeight: Any = None
    gradBias: Any = None
    output: Any = None
    gradInput: Any = None
    train = True  # between training() and evaluate()
    modules: Sequence[Module] = ()  # of layers made of layers
    updateOutput: Callable[..., Any]
    updateGradInput: Callable[..., Any]

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1.0) -> None:
        """Add scale * dL/dw to the gradients of the parameters; layers without parameters have nothing to add."""

    @no_grad()
    def forward(self, input: Any) -> Any:
        """The output for this input."""
        self.output = self.updateOutput(input)
        return self.output

    @no_grad()
    def backward(self, input: Any, gradOutput: Any, scale: float = 1.0) -> Any:
        """Go back through the layer, with the input of the last `forward`: returns dL/dx, adds dL/dw."""
        self.gradInput = self.updateGradInput(input, gradOutput)
        self.accGradParameters(input, gradOutput, scale)
        return self.gradInput

    def parameters(self) -> tuple[list[Tensor], list[Tensor]]:
        """All that is learned, and the gradients of it, in the same order."""
        found = [module.parameters() for module in self.modules]
        if self.weight is not None:
            found.append(([self.weight, self.bias], [self.gradWeight, self.gradBias]))
        return [w for weights, _ in found for w in weights], [g for _, gradients in found for g in gradients]

    def zeroGradParameters(self) -> None:
        for gradient in self.parameters()[1]:
            gradient.zero_()

    def updateParameters(self, learningRate: float) -> None:
        """One step downhill: w = w - learningRate * dL/dw."""
        for value, gradient in zip(*self.parameters(), strict=True):
            value.sub_(gradient * learningRate)

    def training(self, train: bool = True) -> Self:
        """Behave as while learning: Dropout drops, BatchNormalization looks at the batch."""
        self.train = train
        for module in self.modules:
            module.training(train)
        return self

    def evaluate(self) -> Self:
        """Behave as in use: nothing depends on chance or on the rest of the batch."""
        return self.training(False)

    def _learn(self, weight: Tensor, bias: Tensor) -> None:
        self.weight, self.bias = weight, bias
        self.gradWeight, self.gradBias = creation.zeros_like(weight), creation.zeros_like(bias)

    def _learn_sums(self, inputs: int, *size: int) -> None:
        bound = 1 / math.sqrt(inputs)  # so small that sums of so many start where activations have slopes
        self._learn(*[creation.empty(*shape).uniform_(-bound, bound) for shape in (size, size[:1])])


# --- Layers that learn ------------------------------------------------------------------------------------------------


class Linear(Module):
    """y = x Wᵀ + b for x of shape (N, inputSize); W is (outputSize, inputSize)."""

    def __init__(self, inputSize: int, outputSize: int):
        self._learn_sums(inputSize, outputSize, inputSize)

    def updateOutput(self, input: Tensor) -> Tensor:
        return input @ self.weight.t() + self.bias

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        return gradOutput @ self.weight  # back along the same connections

    def accGradParameters(self, input: Tensor, gradOutput: Tensor, scale: float = 1.0) -> None:
        # A weight's gradient: what came in at its one end, times what is wanted at its other, summed over the batch.
        self.gradWeight.add_(gradOutput.t() @ input * scale)
        self.gradBias.add_(gradOutput.sum(0) * scale)


class SpatialConvolution(Module):
    """A Linear that looks at every kH x kW window of (N, C, H, W) with the same weights.

    The windows are laid out as columns (C * kH * kW, places); then all three formulas are those of Linear. On the way back each
    pixel gets the sum over all windows that it was in: `fold` is the transpose of `unfold`.
    """

    def __init__(self, nInputPlane: int, nOutputPlane: int, kW: int, kH: int,
                 dW: int = 1, dH: int = 1, padW: int = 0, padH: int = 0):  # fmt: skip
        self.window = {"kernel_size": (kH, kW), "padding": (padH, padW), "stride": (dH, dW)}
        self._learn_sums(nInputPlane * kH * kW, nOutputPlane, nInputPlane, kH, kW)

    def updateOutput(self, input: Tensor) -> Tensor:
        sizes = zip(input.shape[2:], *self.window.values(), strict=True)
        places = [(size + 2 * pad - width) // step + 1 for size, width, pad, step in sizes]
        output = self.weight.flatten(1) @ functional.unfold(input, **self.window) + self.bias.unsqueeze(1)
        return output.reshape(len(input), -1, *places)

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        return functional.fold(
            self.weight.flatten(1).t() @ gradOutput.flatten(2), tuple(input.shape[2:]), **self.window
        )

    def accGradParameters(self, input: Tensor, gradOutput: Tensor, scale: float = 1.0) -> None:
        g, columns = gradOutput.flatten(2), functional.unfold(input, **self.window)
        self.gradWeight.add_((g @ columns.transpose(1, 2)).sum(0).reshape(self.weight.shape) * scale)
        self.gradBias.add_(g.sum((0, 2)) * scale)


class BatchNormalization(Module):
    """y = (x - mean) / sqrt(var + eps) * weight + bias by channel; in use, mean and var are moving averages of the training's."""

    def __init__(self, nOutput: int, eps: float = 1e-5, momentum: float = 0.1):
        self.eps, self.momentum = eps, momentum
        self._learn(random.rand(nOutput), creation.zeros(nOutput))
        self.running_mean, self.running_var = creation.zeros(nOutput), creation.ones(nOutput)

    def _normal(self, input: Tensor) -> tuple[Tensor, Tensor, tuple[int, ...], Callable]:
        """x normalized, 1 / sqrt(var + eps), the dims that are averaged over, and what lays a channel's number over them."""
        dims = (0, *range(2, input.ndim))
        spread = lambda channel: channel.reshape(-1, *[1] * (input.ndim - 2))
        mean = input.mean(dims) if self.train else self.running_mean
        var = (input - spread(mean)).square().mean(dims) if self.train else self.running_var
        deviation = spread((var + self.eps).rsqrt())
        return (input - spread(mean)) * deviation, deviation, dims, spread

    def updateOutput(self, input: Tensor) -> Tensor:
        normal, _, dims, spread = self._normal(input)
        if self.train:
            self.running_mean.lerp_(input.detach().mean(dims), self.momentum)
            self.running_var.lerp_(input.detach().var(dims), self.momentum)
        return normal * spread(self.weight) + spread(self.bias)

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        normal, deviation, dims, spread = self._normal(input)
        g = gradOutput * spread(self.weight)
        if not self.train:
            return g * deviation
        # Every x moves the mean and the variance of all: what g has in common with a shift or a stretch of x is lost.
        shift, stretch = g.mean(dims, keepdim=True), (g * normal).mean(dims, keepdim=True)
        return (g - shift - normal * stretch) * deviation

    def accGradParameters(self, input: Tensor, gradOutput: Tensor, scale: float = 1.0) -> None:
        normal, _, dims, _ = self._normal(input)
        self.gradWeight.add_((gradOutput * normal).sum(dims) * scale)
        self.gradBias.add_(gradOutput.sum(dims) * scale)


# --- Layers that only compute -----------------------------------------------------------------------------------------


class ReLU(Module):
    """y = max(x, 0), whose slope is 1 or 0."""

    def updateOutput(self, input: Tensor) -> Tensor:
        return input.clamp(min=0)

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        return gradOutput * (input > 0)


class Tanh(Module):
    """y = tanh(x), dy/dx = 1 - y²."""

    def updateOutput(self, input: Tensor) -> Tensor:
        return input.tanh()

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        return gradOutput * (1 - self.output * self.output)


class Sigmoid(Module):
    """y = 1 / (1 + exp(-x)), dy/dx = y (1 - y)."""

    def updateOutput(self, input: Tensor) -> Tensor:
        return input.sigmoid()

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        return gradOutput * self.output * (1 - self.output)


class LogSoftMax(Module):
    """y = x - log(sum(exp(x))) along dim 1: raising one x lowers all y by its share exp(y)."""

    def updateOutput(self, input: Tensor) -> Tensor:
        return input - input.logsumexp(1, keepdim=True)

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        return gradOutput - self.output.exp() * gradOutput.sum(1, keepdim=True)


class Dropout(Module):
    """y = x * noise, where noise is 0 with probability p, else 1 / (1 - p), so that the mean stays."""

    def __init__(self, p: float = 0.5):
        self.p = p

    def updateOutput(self, input: Tensor) -> Tensor:
        kept = creation.empty_like(input.detach()).bernoulli_(1 - self.p)
        self.noise = kept / (1 - self.p) if self.train else 1.0
        return input * self.noise

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        return gradOutput * self.noise  # the same draw: what was dropped learns nothing


class SpatialMaxPooling(Module):
    """The largest of each kH x kW window; its gradient goes to the place where it was found."""

    def __init__(self, kW: int, kH: int, dW: int | None = None, dH: int | None = None):
        self.window = {"kernel_size": (kH, kW), "stride": (dH or kH, dW or kW)}

    def updateOutput(self, input: Tensor) -> Tensor:
        output, self.indices = functional.max_pool2d(input, **self.window, return_indices=True)
        return output

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        planes = creation.zeros_like(input.detach()).flatten(2)  # windows that overlap may share their largest: added
        return planes.scatter_add(2, self.indices.flatten(2), gradOutput.flatten(2)).reshape(input.shape)


class Reshape(Module):
    """Each sample of the batch in another shape; nothing is computed, so the gradient is reshaped back."""

    def __init__(self, *size: int):
        self.size = size

    def updateOutput(self, input: Tensor) -> Tensor:
        return input.reshape(len(input), *self.size)

    def updateGradInput(self, input: Tensor, gradOutput: Tensor) -> Tensor:
        return gradOutput.reshape(input.shape)


View = Reshape


# --- Layers made of layers --------------------------------------------------------------------------------------------


class Container(Module):
    """Several layers: what is asked of it, it asks of each."""

    def __init__(self, *modules: Module):
        self.modules = list(modules)

    def add(self, module: Module) -> Self:
        self.modules = [*self.modules, module]
        return self


class Sequential(Container):
    """One layer after the other. The way back is the chain rule: from the last to the first, each with the input it had."""

    def updateOutput(self, input: Any) -> Any:
        self.inputs = []
        for module in self.modules:
            self.inputs.append(input)
            module.output = input = module.updateOutput(input)
        return input

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        for module, given in reversed([*zip(self.modules, self.inputs, strict=True)]):
            module.gradInput = gradOutput = module.updateGradInput(given, gradOutput)
        return gradOutput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1.0) -> None:
        above = [*[module.gradInput for module in self.modules[1:]], gradOutput]
        for module, given, g in zip(self.modules, self.inputs, above, strict=True):
            module.accGradParameters(given, g, scale)


class ConcatTable(Container):
    """The same input to each layer, and a list of what they make of it. The ways back meet at the input, and add up."""

    def updateOutput(self, input: Any) -> list[Any]:
        for module in self.modules:
            module.output = module.updateOutput(input)
        return [module.output for module in self.modules]

    def updateGradInput(self, input: Any, gradOutput: Sequence[Any]) -> Any:
        for module, g in zip(self.modules, gradOutput, strict=True):
            module.gradInput = module.updateGradInput(input, g)
        return sum(module.gradInput for module in self.modules)

    def accGradParameters(self, input: Any, gradOutput: Sequence[Any], scale: float = 1.0) -> None:
        for module, g in zip(self.modules, gradOutput, strict=True):
            module.accGradParameters(input, g, scale)


class CAddTable(Module):
    """The sum of a list; each of its elements gets the whole gradient."""

    def updateOutput(self, input: Sequence[Tensor]) -> Any:
        return sum(input)

    def updateGradInput(self, input: Sequence[Tensor], gradOutput: Tensor) -> list[Tensor]:
        return [gradOutput for _ in input]


class Criterion:
    """A loss: updateOutput says how wrong the input is, updateGradInput how that changes with the input."""

    updateOutput: Callable[[Tensor, Tensor], Tensor]
    updateGradInput: Callable[[Tensor, Tensor], Tensor]

    @no_grad()
    def forward(self, input: Tensor, target: Tensor) -> float:
        return self.updateOutput(input, target).item()

    @no_grad()
    def backward(self, input: Tensor, target: Tensor) -> Tensor:
        return self.updateGradInput(input, target)


class MSECriterion(Criterion):
    """The mean of (x - target)²."""

    def updateOutput(self, input: Tensor, target: Tensor) -> Tensor:
        return (input - target).square().mean()

    def updateGradInput(self, input: Tensor, target: Tensor) -> Tensor:
        return (input - target) * (2 / input.numel())


class ClassNLLCriterion(Criterion):
    """The mean of -x[target], for log-probabilities x (N, classes), as LogSoftMax makes them, and classes counted from 0."""

    def updateOutput(self, input: Tensor, target: Tensor) -> Tensor:
        return -input.gather(1, target.unsqueeze(1)).mean()

    def updateGradInput(self, input: Tensor, target: Tensor) -> Tensor:
        return creation.zeros_like(input).scatter(1, target.unsqueeze(1), -1 / len(target))


class StochasticGradient:
    """The training loop: forward, back, one step downhill, for each (input, target) of a dataset, `maxIteration` times.

    >>> import minitorch
    >>> _ = minitorch.manual_seed(0)
    >>> net, x = Sequential(Linear(2, 8), Tanh(), Linear(8, 1)), minitorch.randn(16, 2)
    >>> StochasticGradient(net, MSECriterion(), 0.1, 100).train([(x, x.sum(1, keepdim=True))]) < 0.01
    True
    """

    def __init__(self, module: Module, criterion: Criterion, learningRate: float = 0.01, maxIteration: int = 25):
        self.module, self.criterion = module, criterion
        self.learningRate, self.maxIteration = learningRate, maxIteration
        self.hookIteration: Callable = lambda trainer, iteration, loss: None  # called after each pass over the data

    def train(self, dataset: Iterable[tuple[Tensor, Tensor]]) -> float:
        mean, module, criterion = math.nan, self.module, self.criterion
        for iteration in range(self.maxIteration):
            losses = []
            for input, target in dataset:
                losses.append(criterion.forward(module.forward(input), target))
                module.zeroGradParameters()
                module.backward(input, criterion.backward(module.output, target))
                module.updateParameters(self.learningRate)
            mean = sum(losses) / len(losses)
            self.hookIteration(self, iteration + 1, mean)
        return mean
