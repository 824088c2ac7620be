"""Neural networks: Module and Parameter, the layers built from them, losses, first values.

module.py      Module: registration, walking, printing
registry.py    how a Module files its attributes
conversion.py  moving a Module to another device or dtype
hooks.py       which hooks a Module takes
calling.py     calls them around forward, and notes which module an error came from
state.py       state_dict and loading
parameter.py   Parameter and Buffer
layers/        one file per kind of layer
functional.py  the functions that layers call
init.py        first values
utils/         clipping, parametrizations, pruning, fusion
"""

from minitorch.nn import functional, init, utils
from minitorch.nn.layers.activation import (
    ELU,
    GELU,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softmax2d,
    Softmin,
    Softplus,
    Tanh,
)
from minitorch.nn.layers.container import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from minitorch.nn.layers.convolution import Conv1d, Conv2d
from minitorch.nn.layers.dropout import AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout
from minitorch.nn.layers.flatten import Flatten, Unflatten
from minitorch.nn.layers.linear import Bilinear, Identity, Linear
from minitorch.nn.layers.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from minitorch.nn.layers.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm
from minitorch.nn.layers.pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    MaxPool1d,
    MaxPool2d,
)
from minitorch.nn.layers.sparse import Embedding
from minitorch.nn.module import Module
from minitorch.nn.parameter import Buffer, Parameter

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AlphaDropout", "AvgPool1d", "AvgPool2d", "BCELoss",
    "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d", "Bilinear", "Buffer", "Conv1d", "Conv2d",
    "CrossEntropyLoss", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "ELU", "Embedding",
    "FeatureAlphaDropout", "Flatten", "GELU", "GroupNorm", "Hardtanh", "HuberLoss", "Identity", "KLDivLoss",
    "L1Loss", "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "MSELoss", "MaxPool1d",
    "MaxPool2d", "Module", "ModuleDict", "ModuleList", "NLLLoss", "Parameter", "ParameterDict", "ParameterList",
    "RMSNorm", "ReLU", "ReLU6", "Sequential", "SiLU", "Sigmoid", "SmoothL1Loss", "Softmax", "Softmax2d",
    "Softmin", "Softplus", "Tanh", "Unflatten", "functional", "init", "utils",
]  # fmt: skip
