"""Training a classifier of images: the two networks, the loops, a numerical check of the gradients, the weights' file."""

from __future__ import annotations

import copy
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import minitorch
from minitorch import Tensor, nn, optim
from minitorch.utils.data import DataLoader, Dataset

STEPS = (
    1e-7,
    1e-9,
)  # of the differences: the first for accuracy, the second where the first stepped over a kink of ReLU
TOLERANCE = 1e-3  # far above what rounding does, far below what a wrong derivative does


class NeuralNetwork(nn.Module):
    """The network of PyTorch's introduction: the pixels in a row, then three Linear layers with 512 hidden units."""

    def __init__(self, height: int = 28, width: int = 28, classes: int = 10):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(height * width, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.flatten(x)
        logits = self.linear_relu_stack(x)
        return logits


class ConvolutionalNetwork(nn.Module):
    """Two convolutions with 32 and 64 channels, a pooling layer that halves the image, two Linear layers."""

    def __init__(self, height: int = 28, width: int = 28, classes: int = 10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=3),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.classifier = nn.Sequential(
            nn.Linear(64 * ((height - 4) // 2) * ((width - 4) // 2), 128),
            nn.ReLU(),
            nn.Linear(128, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


MODELS = {"mlp": NeuralNetwork, "cnn": ConvolutionalNetwork}


OPTIMIZERS: dict[str, tuple[Callable, float]] = {  # and the learning rate that suits it
    "sgd": (lambda parameters, lr: optim.SGD(parameters, lr=lr, momentum=0.9), 0.05),
    "adam": (lambda parameters, lr: optim.Adam(parameters, lr=lr), 2e-3),
    "adamw": (lambda parameters, lr: optim.AdamW(parameters, lr=lr), 2e-3),
}


@dataclass(frozen=True)
class Epoch:
    """What was measured after an epoch: mean cross entropy on both sets, share of test images classified right."""

    number: int
    train_loss: float
    test_loss: float
    accuracy: float


@dataclass(frozen=True)
class Mistake:
    """A test image (H, W) that the network took for another class, and the probabilities that it gave."""

    index: int
    image: np.ndarray
    label: int
    prediction: int
    probabilities: np.ndarray


def train(
    model: nn.Module,
    training_data: Dataset,
    test_data: Dataset,
    optimizer: optim.Optimizer,
    *,
    epochs: int,
    batch_size: int,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    device: object = "cpu",
    on_step: Callable[[], None] = lambda: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> list[Epoch]:
    """Train `model` in place and return what was measured after each epoch."""
    train_dataloader = DataLoader(training_data, batch_size=batch_size, shuffle=True)
    history = []
    for number in range(1, epochs + 1):
        train_loop(train_dataloader, model, loss_fn, optimizer, device, on_step)
        train_loss, _ = evaluate(DataLoader(training_data, batch_size=500), model, device)
        test_loss, accuracy = evaluate(DataLoader(test_data, batch_size=500), model, device)
        history.append(Epoch(number, train_loss, test_loss, accuracy))
        on_epoch(history[-1])
    return history


def train_loop(
    dataloader: DataLoader,
    model: nn.Module,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    optimizer: optim.Optimizer,
    device: object = "cpu",
    on_step: Callable[[], None] = lambda: None,
) -> None:
    """One pass over the data with a step of the optimizer for each batch."""
    model.train()
    for X, y in dataloader:
        X, y = X.to(device), y.to(device)

        pred = model(X)
        loss = loss_fn(pred, y)

        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        on_step()


def evaluate(dataloader: DataLoader, model: nn.Module, device: object = "cpu") -> tuple[float, float]:
    """Return the mean cross entropy and the share of images classified right."""
    model.eval()
    total, correct, size = 0.0, 0, len(dataloader.dataset)
    with minitorch.no_grad():
        for X, y in dataloader:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            total += nn.functional.cross_entropy(pred, y, reduction="sum").item()
            correct += (pred.argmax(1) == y).sum().item()
    return total / size, correct / size


def check_gradients(
    model: nn.Module, loss_fn: Callable[[Tensor, Tensor], Tensor], X: Tensor, y: Tensor, seed: int = 0
) -> float:
    """Return the largest error of the gradients that backward gives, against differences of the loss.

    On a float64 copy of the model, for each parameter p with gradient g and a random direction v (standard normal):
    |g . v - (loss(p + h v) - loss(p - h v)) / 2h| / |g|. A direction has a part in every entry, so one wrong entry shows.
    """
    model, X = copy.deepcopy(model).double(), X.double()
    loss_fn(model(X), y).backward()
    generator = minitorch.Generator().manual_seed(seed)
    largest = 0.0
    for parameter in model.parameters():
        gradient = minitorch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        direction = minitorch.randn(parameter.shape, generator=generator, dtype=minitorch.float64).to(X.device)
        analytic = (gradient * direction).sum().item()
        slopes = [_slope(lambda: loss_fn(model(X), y), parameter, direction, step) for step in STEPS]
        length = (gradient * gradient).sum().item() ** 0.5
        largest = max(largest, min(abs(analytic - slope) for slope in slopes) / max(length, 1e-4))
    return largest


def _slope(loss: Callable[[], Tensor], parameter: Tensor, direction: Tensor, step: float) -> float:
    with minitorch.no_grad():
        start = parameter.clone()
        parameter.copy_(start + step * direction)
        above = loss().item()
        parameter.copy_(start - step * direction)
        below = loss().item()
        parameter.copy_(start)
    return (above - below) / (2 * step)


def find_mistakes(model: nn.Module, test_data: Dataset, device: object = "cpu") -> list[Mistake]:
    """Return the test images that the model gets wrong, the ones first that it was surest of."""
    model.eval()
    found: list[Mistake] = []
    index = 0
    with minitorch.no_grad():
        for X, y in DataLoader(test_data, batch_size=500):
            probabilities = nn.functional.softmax(model(X.to(device)), dim=1).cpu().numpy()
            for image, label, row in zip(X.numpy()[:, 0], y.tolist(), probabilities, strict=True):
                prediction = int(row.argmax())
                if prediction != label:
                    found.append(Mistake(index, image, label, prediction, row))
                index += 1
    return sorted(found, key=lambda mistake: -mistake.probabilities[mistake.prediction])


def save_weights(model: nn.Module, path: str | Path) -> None:
    """Write the model's state dict as an `.npz` file, one array for each name; `load_weights` reads it."""
    buffer = io.BytesIO()
    np.savez(buffer, **{name: value.detach().cpu().numpy() for name, value in model.state_dict().items()})
    write_atomically(path, buffer.getvalue())


def load_weights(model: nn.Module, path: str | Path) -> None:
    """Load a state dict that `save_weights` wrote; the model's names and shapes must be the file's."""
    with np.load(path, allow_pickle=False) as arrays:
        model.load_state_dict({name: minitorch.from_numpy(arrays[name]) for name in arrays.files})


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, also after a crash: a temporary file, flushed, then renamed."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
