"""Training on a GPU: the host never waits, and the numbers are those of NumPy."""

from __future__ import annotations

import pytest

import minitorch
from minitorch import nn, trainer

cupy = pytest.importorskip("cupy")


def problem(name: str, device: str, dtype: minitorch.dtype = minitorch.float32):
    """A model on a device, and a batch; the same weights and numbers on every device."""
    minitorch.manual_seed(3)
    model = trainer.MODELS[name](8, 8).to(dtype).to(device)
    images, labels = minitorch.rand(16, 1, 8, 8, dtype=dtype).to(device), minitorch.randint(0, 10, (16,)).to(device)
    return model, images, labels


def step(model, images, labels, optimizer):
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss


@pytest.mark.skipif(not hasattr(cupy, "strict"), reason="only the stand-in counts")
@pytest.mark.parametrize("optimizer", trainer.OPTIMIZERS)
@pytest.mark.parametrize("name", trainer.MODELS)
def test_the_host_never_waits_in_a_step(name, optimizer):
    model, images, labels = problem(name, "cuda")
    optimizer = trainer.OPTIMIZERS[optimizer][0](model.parameters(), 0.01)
    step(model, images, labels, optimizer)  # makes the optimizer's state, and constants that are kept
    cupy.strict.reset()
    with cupy.strict.no_syncs():
        loss = step(model, images, labels, optimizer)
    assert cupy.strict.transfers() == 0
    assert loss.item() > 0
    assert cupy.strict.count() == 2  # the index checks' slots, and the loss


@pytest.mark.skipif(not hasattr(cupy, "strict"), reason="only the stand-in counts")
def test_nor_with_dropout_and_batch_norm():
    minitorch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(8, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Dropout(0.2), nn.LayerNorm(8), nn.Linear(8, 3)
    )
    model.to("cuda")
    optimizer = minitorch.optim.AdamW(model.parameters(), weight_decay=0.1)
    inputs, targets = minitorch.rand(4, 8, device="cuda"), minitorch.randint(0, 3, (4,), device="cuda")
    step(model, inputs, targets, optimizer)
    with cupy.strict.no_syncs():
        step(model, inputs, targets, optimizer)


@pytest.mark.parametrize(("dtype", "tolerance"), [(minitorch.float32, 1e-4), (minitorch.float64, 1e-9)])
@pytest.mark.parametrize("name", trainer.MODELS)
def test_twenty_steps_are_those_of_numpy(name, dtype, tolerance):
    losses = {}
    for device in ("numpy/cpu", "cuda", "cuda:1"):
        if device == "cuda:1" and minitorch.cuda.device_count() < 2:
            continue
        model, images, labels = problem(name, device, dtype)
        optimizer = minitorch.optim.Adam(model.parameters(), lr=1e-3)
        losses[device] = [step(model, images, labels, optimizer).item() for _ in range(20)]
    expected = losses.pop("numpy/cpu")
    assert expected[-1] < expected[0] / 1.2, "nothing was learnt"
    for found in losses.values():
        assert max(abs(one - other) for one, other in zip(found, expected, strict=True)) < tolerance


def test_deterministic_algorithms_give_the_same_bits():
    table = minitorch.rand(5, 3, device="cuda")
    words = minitorch.randint(0, 5, (400,), device="cuda")
    weights = minitorch.randn(400, 3, device="cuda")

    def gradient():
        leaf = table.detach().clone().requires_grad_()
        (nn.functional.embedding(words, leaf) * weights).sum().backward()
        return leaf.grad.cpu()

    assert not minitorch.are_deterministic_algorithms_enabled()
    fast = [gradient() for _ in range(8)]
    minitorch.use_deterministic_algorithms(True)
    try:
        assert minitorch.are_deterministic_algorithms_enabled()
        slow = [gradient() for _ in range(8)]
    finally:
        minitorch.use_deterministic_algorithms(False)
    assert all((one == slow[0]).all() for one in slow)
    assert not all((one == fast[0]).all() for one in fast), "atomic additions come in any order"
    assert (slow[0] - fast[0]).abs().max() < 1e-4


def test_mixed_backends_in_one_tape():
    x = minitorch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = (x.cuda() * 2).to("cuda:1" if minitorch.cuda.device_count() > 1 else "cuda") ** 2
    (y.cpu() + x.cuda().cpu()).sum().backward()
    assert x.grad.tolist() == [9.0, 17.0, 25.0]
    assert x.grad.device is x.device


def test_a_module_moves_there_and_back():
    model = nn.Linear(2, 3)
    before = model.weight.detach().clone()
    assert model.cuda() is model and model.weight.is_cuda and model.bias.device is minitorch.device("cuda:0")
    assert (model.cpu().weight == before).all()


def test_new_tensors_may_go_there_by_default():
    with minitorch.use_backend("cupy"):
        weight = nn.Linear(2, 3).weight
        assert weight.is_cuda and minitorch.zeros(2).is_cuda
        assert minitorch.zeros(2, device="cpu").device.backend.name == "numpy"
        assert minitorch.get_rng_state().device.type == "cpu"
