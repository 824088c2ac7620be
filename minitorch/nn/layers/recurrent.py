"""Recurrent layers: RNN, GRU and LSTM along whole sequences. What they compute is said in minitorch/ops/recurrence.py."""

from __future__ import annotations

import math
import warnings
from numbers import Number
from typing import Any

from minitorch.nn import init
from minitorch.nn.module import Module
from minitorch.nn.packed import PackedSequence
from minitorch.nn.parameter import Parameter
from minitorch.ops.creation import empty, zeros
from minitorch.ops.recurrent import gru, lstm, rnn_relu, rnn_tanh
from minitorch.tensor import Tensor

__all__ = ["GRU", "LSTM", "RNN", "RNNBase"]

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "GRU": 3, "LSTM": 4}
FUNCTIONS = {"RNN_TANH": rnn_tanh, "RNN_RELU": rnn_relu, "GRU": gru, "LSTM": lstm}


class RNNBase(Module):
    """What the recurrent layers share: `num_layers` layers, each of them in one direction or two, with their parameters.

    Each layer has, once for each direction, `weight_ih_l<n>` (gates * hidden, inputs), `weight_hh_l<n>` (gates * hidden,
    hidden), with `bias` also `bias_ih_l<n>` and `bias_hh_l<n>` (gates * hidden), and with `proj_size` also `weight_hr_l<n>`
    (proj_size, hidden); those of the second direction end in `_reverse`. All begin as U(-1/√hidden_size, 1/√hidden_size).
    """

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check(dropout)
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: self._directions]:
                shapes = self._shapes(layer)
                self._all_weights.append([f"{name}_l{layer}{suffix}" for name in shapes])
                for name, shape in zip(self._all_weights[-1], shapes.values(), strict=True):
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _check(self, dropout: Any) -> None:
        """Refuse settings that make no layer."""
        if not isinstance(dropout, Number) or isinstance(dropout, bool) or not 0 <= self.dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if self.dropout > 0 and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater "
                f"than 1, but got dropout={dropout} and num_layers={self.num_layers}",
                stacklevel=4,
            )
        for name, kind in (("bias", bool), ("batch_first", bool), ("input_size", int), ("hidden_size", int)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        for name in ("input_size", "hidden_size", "num_layers"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in GATES:
            raise ValueError("Unrecognized RNN mode: " + self.mode)

    # --- Parameters ---------------------------------------------------------------------------------------------------

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _width(self) -> int:
        """Of a layer's output in one direction."""
        return self.proj_size or self.hidden_size

    def _shapes(self, layer: int) -> dict[str, tuple[int, ...]]:
        """What each direction of a layer consists of."""
        rows = GATES[self.mode] * self.hidden_size
        inputs = self._width * self._directions if layer else self.input_size
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inputs), "weight_hh": (rows, self._width)}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        return shapes

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name, None) for name in self._flat_weights_names]

    def flatten_parameters(self) -> None:
        """Does nothing: here nothing is gained if parameters lie one after the other."""

    def reset_parameters(self) -> None:
        """Draw the first values anew."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    # --- Checks -------------------------------------------------------------------------------------------------------

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Refuse an input of another dtype or shape than the layer takes."""
        kind = self._flat_weights[0].dtype
        if input.dtype is not kind:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({kind}). Convert input: input.to({kind}), or "
                f"convert model: model.to({input.dtype})"
            )
        expected = 3 if batch_sizes is None else 2
        if input.dim() != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )

    def _batch(self, input: Tensor, batch_sizes: Tensor | None) -> int:
        if batch_sizes is not None:
            return int(batch_sizes[0])
        return input.size(0 if self.batch_first else 1)

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of h, (layers * directions, batch, size)."""
        return self.num_layers * self._directions, self._batch(input, batch_sizes), self._width

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, int, int], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Refuse a state of another shape; `msg` words it."""
        if tuple(hx.shape) != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Refuse arguments of `forward` that don't fit the layer or each other."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    # --- The call -----------------------------------------------------------------------------------------------------

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """A state with its sequences in another order."""
        return hx if permutation is None else hx.index_select(1, permutation)

    def _first_state(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        """Zeros."""
        return zeros(self.get_expected_hidden_size(input, batch_sizes), dtype=input.dtype, device=input.device)

    def _with_batch(self, hx: Any, single: bool) -> Any:
        """A given state with a dim for the batch."""
        if hx.dim() != (2 if single else 3):
            kind, dims = ("unbatched 2-D", 2) if single else ("batched 3-D", 3)
            raise RuntimeError(f"For {kind} input, hx should also be {dims}-D but got {hx.dim()}-D tensor")
        return hx.unsqueeze(1) if single else hx

    def _last_state(self, parts: list[Tensor], single: bool) -> Any:
        """The last state as it is returned."""
        return parts[0].squeeze(1) if single else parts[0]

    def _run(self, input: Any, hx: Any) -> tuple[Any, Any]:
        """forward of the layers: tensors (L, N, H), (N, L, H) or without a batch (L, H), or a PackedSequence."""
        if isinstance(input, PackedSequence):
            data, batch_sizes, order, back = input
            single = False
        else:
            data, batch_sizes, order, back = input, None, None, None
            if data.dim() not in (2, 3):
                raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got {data.dim()}D instead")
            single = data.dim() == 2
            data = data.unsqueeze(0 if self.batch_first else 1) if single else data
        if hx is None:
            hx = self._first_state(data, batch_sizes)
        elif batch_sizes is None:
            hx = self._with_batch(hx, single)
        self.check_forward_args(data, hx, batch_sizes)
        hx = self.permute_hidden(hx, order)
        settings = (self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        function = FUNCTIONS[self.mode]
        if batch_sizes is not None:
            output, *last = function(data, batch_sizes, hx, *settings)
            packed = PackedSequence(output, batch_sizes, order, back)
            return packed, self.permute_hidden(self._last_state(last, single), back)
        output, *last = function(data, hx, *settings, self.batch_first)
        output = output.squeeze(0 if self.batch_first else 1) if single else output
        return output, self._last_state(last, single)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        usual = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        for name, value in usual.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        return text


def _refuse_projection(settings: dict[str, Any]) -> None:
    if "proj_size" in settings:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(that, 0), along sequences (Elman 1990).

    RNN(input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True, batch_first=False, dropout=0.0,
    bidirectional=False, device=None, dtype=None). Called with an input (L, N, input_size), with `batch_first` (N, L, input_size),
    and a first state (layers * directions, N, hidden_size), zeros by default; returns the outputs of the last layer,
    (L, N, directions * hidden_size), and the last state. N may be left out of all of them.

    >>> import minitorch
    >>> from minitorch import nn
    >>> outputs, h = nn.RNN(3, 4)(minitorch.zeros(5, 2, 3))
    >>> outputs.shape, h.shape
    (torch.Size([5, 2, 4]), torch.Size([1, 2, 4]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        nonlinearity = args[3] if len(args) > 3 else kwargs.pop("nonlinearity", "tanh")
        modes = {"tanh": "RNN_TANH", "relu": "RNN_RELU"}
        if nonlinearity not in modes:
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(modes[nonlinearity], *args[:3], *args[4:], **kwargs)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        return self._run(input, hx)


class GRU(RNNBase):
    """Gated recurrent units along sequences (Cho et al. 2014, arXiv:1406.1078).

    r, z = sigmoid(...), n = tanh(W_in x + b_in + r * (W_hn h + b_hn)), h' = (1 - z) * n + z * h

    GRU(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False, device=None,
    dtype=None). Called as RNN is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        return self._run(input, hx)


class LSTM(RNNBase):
    """Long short-term memory along sequences (Hochreiter and Schmidhuber 1997).

    i, f, o = sigmoid(...), g = tanh(W_ig x + b_ig + W_hg h + b_hg), c' = f * c + i * g, h' = o * tanh(c')

    LSTM(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False, proj_size=0,
    device=None, dtype=None). Called as RNN is, with a state (h, c). With `proj_size`, h is W_hr times what it would be, and that
    long (Sak et al. 2014, arXiv:1402.1128).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def forward(self, input: Any, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        return self._run(input, hx)

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of c."""
        return self.num_layers * self._directions, self._batch(input, batch_sizes), self.hidden_size

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        self.check_input(input, batch_sizes)
        sizes = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        for number, size in enumerate(sizes):
            self.check_hidden_size(hidden[number], size, f"Expected hidden[{number}] size {{}}, got {{}}")

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        return hx if permutation is None else tuple([part.index_select(1, permutation) for part in hx])

    def _first_state(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        sizes = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        return tuple([zeros(size, dtype=input.dtype, device=input.device) for size in sizes])

    def _with_batch(self, hx: Any, single: bool) -> Any:
        dims = [hx[number].dim() for number in range(2)]
        if dims != ([2, 2] if single else [3, 3]):
            kind, wanted = ("unbatched 2-D", 2) if single else ("batched 3-D", 3)
            raise RuntimeError(
                f"For {kind} input, hx and cx should also be {wanted}-D but got ({dims[0]}-D, {dims[1]}-D) tensors"
            )
        return tuple([part.unsqueeze(1) for part in hx]) if single else tuple(hx)

    def _last_state(self, parts: list[Tensor], single: bool) -> Any:
        return tuple([part.squeeze(1) if single else part for part in parts])
