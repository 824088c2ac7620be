"""The same training script on PyTorch and on minitorch: from the same seed, the same losses, without copying weights.

Initialisation, shuffling and dropout draw from the generator, so that one wrong draw anywhere shows in the first loss; one
wrong gradient shows in the second.
"""

import pytest

import minitorch

torch = pytest.importorskip("torch")


def mlp(t):
    """PyTorch's introduction: Flatten, three Linears with ReLU; SGD with momentum over shuffled batches."""
    t.manual_seed(0)
    images, labels = t.rand(640, 1, 8, 8), t.randint(0, 10, (640,))
    loader = t.utils.data.DataLoader(t.utils.data.TensorDataset(images, labels), batch_size=64, shuffle=True)
    model = t.nn.Sequential(
        t.nn.Flatten(),
        t.nn.Linear(64, 128),
        t.nn.ReLU(),
        t.nn.Dropout(0.2),
        t.nn.Linear(128, 128),
        t.nn.ReLU(),
        t.nn.Linear(128, 10),
    )
    optimizer = t.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    return train(t, model, optimizer, t.nn.CrossEntropyLoss(), loader, epochs=10)


def convnet(t):
    """Two convolutions with batch norm and pooling; Adam."""
    t.manual_seed(0)
    images, labels = t.randn(320, 1, 12, 12), t.randint(0, 10, (320,))
    loader = t.utils.data.DataLoader(t.utils.data.TensorDataset(images, labels), batch_size=32, shuffle=True)
    model = t.nn.Sequential(
        t.nn.Conv2d(1, 8, 3, padding=1), t.nn.BatchNorm2d(8), t.nn.ReLU(), t.nn.Conv2d(8, 16, 3), t.nn.GELU(), t.nn.MaxPool2d(2),
        t.nn.Flatten(), t.nn.Linear(16 * 5 * 5, 32), t.nn.ReLU(), t.nn.Linear(32, 10),
    )  # fmt: skip
    return train(t, model, t.optim.Adam(model.parameters(), lr=1e-3), t.nn.CrossEntropyLoss(), loader, epochs=10)


def embedding_model(t):
    """A next-token model: embedding, layer norm, a hidden layer; AdamW."""
    t.manual_seed(0)
    text = t.randint(0, 27, (1640,))
    contexts = t.stack([text[i : i + 1600] for i in range(8)], 1)
    targets = text[8:1608]
    loader = t.utils.data.DataLoader(t.utils.data.TensorDataset(contexts, targets), batch_size=160, shuffle=True)
    model = t.nn.Sequential(
        t.nn.Embedding(27, 16),
        t.nn.LayerNorm(16),
        t.nn.Flatten(),
        t.nn.Linear(128, 64),
        t.nn.Tanh(),
        t.nn.Linear(64, 27),
    )
    return train(
        t,
        model,
        t.optim.AdamW(model.parameters(), lr=3e-3),
        t.nn.CrossEntropyLoss(label_smoothing=0.1),
        loader,
        epochs=10,
    )


def train(t, model, optimizer, criterion, loader, epochs):
    losses = []
    for _ in range(epochs):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@pytest.mark.parametrize("script", [mlp, convnet, embedding_model], ids=lambda script: script.__name__)
def test_same_losses(script):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        expected = script(torch)
    finally:
        torch.set_num_threads(threads)
    got = script(minitorch)
    assert len(got) == len(expected) == 100
    assert got[0] == pytest.approx(expected[0], rel=1e-6)
    assert got == pytest.approx(expected, abs=1e-4)
    assert expected[-1] < expected[0]
