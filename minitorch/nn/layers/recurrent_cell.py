"""Recurrent cells: one step of RNN, GRU and LSTM."""

from __future__ import annotations

import math
from typing import Any

from minitorch.nn import init
from minitorch.nn.module import Module
from minitorch.nn.parameter import Parameter
from minitorch.ops.creation import empty, zeros
from minitorch.ops.recurrent import gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell
from minitorch.tensor import Tensor

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"]


class RNNCellBase(Module):
    """What the cells share: `weight_ih` (chunks * hidden, input), `weight_hh` (chunks * hidden, hidden), `bias_ih`, `bias_hh`."""

    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the first values anew: U(-1/√hidden_size, 1/√hidden_size)."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"

    def _weights(self) -> tuple[Any, ...]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _as_batch(self, input: Tensor, what: str = "input") -> Tensor:
        """(N, features), N = 1 if there is no batch."""
        if input.dim() not in (1, 2):
            raise ValueError(f"{self._get_name()}: Expected {what} to be 1D or 2D, got {input.dim()}D instead")
        return input.unsqueeze(0) if input.dim() == 1 else input

    def _zeros(self, input: Tensor) -> Tensor:
        return zeros(input.size(0), self.hidden_size, dtype=input.dtype, device=input.device)

    def _step(self, function: Any, input: Tensor, hx: Tensor | None) -> Tensor:
        """forward of a cell whose state is h alone."""
        rows, single = self._as_batch(input), input.dim() == 1
        if hx is not None:
            self._as_batch(hx, "hidden")
        h = self._zeros(rows) if hx is None else hx.unsqueeze(0) if single else hx
        result = function(rows, h, *self._weights())
        return result.squeeze(0) if single else result


class RNNCell(RNNCellBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(that, 0): (N, input_size), (N, hidden_size) -> (N, hidden_size).

    >>> import minitorch
    >>> from minitorch import nn
    >>> nn.RNNCell(3, 4)(minitorch.zeros(2, 3)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None,
        dtype: Any = None,
    ):  # fmt: skip
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        functions = {"tanh": rnn_tanh_cell, "relu": rnn_relu_cell}
        if self.nonlinearity not in functions:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(functions[self.nonlinearity], input, hx)


class GRUCell(RNNCellBase):
    """One step of GRU: (N, input_size), (N, hidden_size) -> (N, hidden_size)."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(gru_cell, input, hx)


class LSTMCell(RNNCellBase):
    """One step of LSTM: (N, input_size), (h, c) of (N, hidden_size) -> (h, c)."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        rows, single = self._as_batch(input), input.dim() == 1
        for number, part in enumerate(hx or ()):
            self._as_batch(part, f"hx[{number}]")
        if hx is None:
            hx = self._zeros(rows), self._zeros(rows)
        elif single:
            hx = hx[0].unsqueeze(0), hx[1].unsqueeze(0)
        h, c = lstm_cell(rows, hx, *self._weights())
        return (h.squeeze(0), c.squeeze(0)) if single else (h, c)
