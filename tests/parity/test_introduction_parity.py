"""PyTorch's introductory code, run unchanged under `import minitorch as torch`: it prints the same text.

The source is executed twice, with the imports pointing at PyTorch and at minitorch, and what it prints is compared to the
letter.
"""

import contextlib
import importlib
import io
import re
import sys

import pytest

pytest.importorskip("torch")

TENSORS = """
import torch
import numpy as np

device = torch.device("cpu")
a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float32, device=device)
b = torch.ones((2, 3), device=device)
print(a, b, a.shape, a.dtype, a.device)
print(a * b, a.sum(), a[1, 2], a.max(), a.mean(dim=0), a.argmax(), a @ b.T)
print(a.max(dim=1), a.T, a[:, 1:], a[a > 2], a.reshape(3, -1), a.to(torch.int64), a > 2)
print(torch.zeros(2, 0), torch.arange(10), torch.linspace(0, 1, 5, dtype=torch.float64), torch.eye(2), torch.full((2,), 7))
print(torch.rand(1).dtype, torch.tensor([1e10, 1.0]), torch.tensor([float("nan"), float("inf"), -2.5]), torch.tensor(3))
print(torch.arange(2000.0), torch.arange(4000).reshape(20, 200), torch.tensor([1 + 2j, -0.5j]), torch.tensor([True, False]))
print(torch.from_numpy(np.arange(3)), np.asarray(a).sum(), a.numpy(), a.tolist(), a[0, 0].item(), f"{a[0, 1]:.3f}")
t = torch.cat([a, b], dim=1)
t.add_(5)
print(t, torch.stack([a, b]).size(), t.is_contiguous(), t.t().stride(), len(t), torch.is_tensor(t))
x = torch.ones(5)
w = torch.full((5, 3), 0.5, requires_grad=True)
bias = torch.zeros(3, requires_grad=True)
z = torch.matmul(x, w) + bias
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.zeros(3))
print(w, z, loss, z.requires_grad, type(z.grad_fn).__name__ != "", bias.is_leaf)
loss.backward()
print(w.grad, bias.grad)
with torch.no_grad():
    print((x @ w).requires_grad, z.detach())
more = (z.relu(), z.mean(), z.softmax(0), z.max(), z.unsqueeze(0))
for value in (z * 2, z.sum(), z[0], z.view(3, 1), z.exp().log(), (z > 0), *more):
    print(value)
print(torch.manual_seed(1) is not None, torch.rand(2, 2), torch.randn(3), torch.randint(0, 10, (4,)), torch.randperm(5))
"""

NETWORK = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
import torch.nn.functional as F

device = "cpu"
torch.manual_seed(42)
print(f"Using {device} device")


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28*28, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        x = self.flatten(x)
        logits = self.linear_relu_stack(x)
        return logits


model = NeuralNetwork().to(device)
print(model)
X = torch.rand(1, 28, 28, device=device)
logits = model(X)
pred_probab = nn.Softmax(dim=1)(logits)
y_pred = pred_probab.argmax(1)
print(f"Predicted class: {y_pred}")
for name, param in model.named_parameters():
    print(f"Layer: {name} | Size: {param.size()} | Values : {param[:2]} \\n")

training_data = TensorDataset(torch.rand(256, 1, 28, 28), torch.randint(0, 10, (256,)))
train_dataloader = DataLoader(training_data, batch_size=64, shuffle=True)
for X, y in train_dataloader:
    print(f"Shape of X [N, C, H, W]: {X.shape}")
    print(f"Shape of y: {y.shape} {y.dtype}")
    break
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
print(optimizer)


def train(dataloader, model, loss_fn, optimizer):
    size = len(dataloader.dataset)
    model.train()
    for batch, (X, y) in enumerate(dataloader):
        X, y = X.to(device), y.to(device)
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss, current = loss.item(), (batch + 1) * len(X)
        print(f"loss: {loss:>7f}  [{current:>5d}/{size:>5d}]")


def test(dataloader, model, loss_fn):
    size = len(dataloader.dataset)
    num_batches = len(dataloader)
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for X, y in dataloader:
            pred = model(X)
            test_loss += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    test_loss /= num_batches
    correct /= size
    print(f"Test Error: \\n Accuracy: {(100*correct):>0.1f}%, Avg loss: {test_loss:>5f} \\n")


for t in range(2):
    train(train_dataloader, model, loss_fn, optimizer)
    test(train_dataloader, model, loss_fn)
print([tuple(v.shape) for v in model.state_dict().values()], F.relu(torch.tensor([-1.0, 1.0])))
"""


def printed(source: str, package: str) -> str:
    """What a script prints when its `torch` is another package."""
    text = source.replace("import torch.nn.functional as F", f"import {package}.nn.functional as F")
    text = text.replace("from torch", f"from {package}").replace("import torch\n", f"import {package} as torch\n")
    importlib.import_module(package)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, package, "exec"), {"__name__": "__script__", "sys": sys})
    return out.getvalue()


NUMBER = re.compile(r"-?\d+\.\d+")


def test_tensors_print_the_same():
    assert printed(TENSORS, "minitorch") == printed(TENSORS, "torch")


def test_the_network_prints_the_same():
    """Up to the last digit of a loss, which is float32 rounding."""
    got, expected = printed(NETWORK, "minitorch"), printed(NETWORK, "torch")
    assert NUMBER.sub("#", got) == NUMBER.sub("#", expected)
    pairs = zip(NUMBER.findall(got), NUMBER.findall(expected), strict=True)
    assert not [pair for pair in pairs if abs(float(pair[0]) - float(pair[1])) > 2e-6]
