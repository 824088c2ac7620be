"""Bad indices are told late, but surely; scattered writes are right in every type, and repeatable where that is asked for."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from minitorch_cupy.indexing import SLOTS

import minitorch
from minitorch import nn
from minitorch.backend import Device
from minitorch.errors import IndexOutOfRange

cupy = pytest.importorskip("cupy")


@pytest.fixture(autouse=True)
def clean():
    """Each test starts and ends without an error that nobody has heard of."""
    minitorch.cuda.synchronize()
    yield
    minitorch.cuda.synchronize()


def indices(*values):
    return minitorch.tensor(values).cuda()


def ones(*shape):
    return minitorch.ones(*shape, device="cuda")


CALLS = {
    "embedding": (lambda: nn.functional.embedding(indices(1, 7), ones(3, 2)), "index out of range in self", 7),
    "a negative one": (lambda: nn.functional.embedding(indices(-1, 2), ones(3, 2)), "index out of range in self", -1),
    "gather": (lambda: ones(1, 3).gather(1, indices(1, 5)[None]), "index 5 is out of bounds for dimension 1 with size 3", 5),
    "getitem": (lambda: ones(4)[indices(0, -5)], "index -5 is out of bounds for dimension 0 with size 4", -5),
    "two": (lambda: ones(4, 2)[indices(0, 1), indices(3, 0)], "index 3 is out of bounds for dimension 1 with size 2", 3),
    "index_add": (lambda: ones(3).index_add(0, indices(0, 3), ones(2)), "index 3 is out of bounds", 3),
    "index_copy": (lambda: ones(3).index_copy(0, indices(0, 3), ones(2)), "index 3 is out of bounds", 3),
    "scatter": (lambda: ones(3).scatter(0, indices(9), 1.0), "index 9 is out of bounds", 9),
    "cross_entropy": (lambda: nn.functional.cross_entropy(ones(2, 3), indices(0, 3)), "Target 3 is out of bounds", 3),
    "nll_loss": (lambda: nn.functional.nll_loss(ones(2, 3), indices(-4, 0)), "Target -4 is out of bounds", -4),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_bad_index_is_told_when_the_host_reads(name):
    call, words, bad = CALLS[name]
    result = call()  # nothing is raised here
    line = inspect.getsourcelines(inspect.currentframe())[1] + 2
    with pytest.raises(IndexOutOfRange, match=re.escape(words)) as caught:
        result.sum().item()
    text = str(caught.value)
    assert f"got:      {bad}" in text and "the device works behind the host's back" in text
    place = re.search(r"where: +(\w+)\(\) at (.*), line (\d+)", text)
    assert place[2] == __file__ and int(place[3]) not in (line, 0)
    result.sum().item()  # told once


READS = {
    "synchronize": lambda: minitorch.cuda.synchronize(),
    "tolist": lambda: ones(1).tolist(),
    "repr": lambda: repr(ones(1)),
    "cpu": lambda: ones(1).cpu(),
}


@pytest.mark.parametrize("name", READS)
def test_any_read_tells(name):
    CALLS["embedding"][0]()
    with pytest.raises(IndexOutOfRange):
        READS[name]()


def test_of_several_the_first_is_told():
    CALLS["gather"][0]()
    CALLS["embedding"][0]()
    with pytest.raises(IndexOutOfRange, match="index 5 is out of bounds"):
        minitorch.cuda.synchronize()


def test_good_indices_are_silent_and_right():
    table = minitorch.arange(12.0).reshape(4, 3)
    where = minitorch.tensor([3, 0, 0, -1])
    assert (table.cuda()[where.cuda()].cpu() == table[where]).all()
    minitorch.cuda.synchronize()


def test_no_index_fits_a_dimension_without_elements():
    with pytest.raises(IndexError, match="index out of range in self"):
        nn.functional.embedding(indices(0), minitorch.ones(0, 2).cuda())
    assert nn.functional.embedding(indices().long(), minitorch.ones(0, 2).cuda()).shape == (0, 2)


def test_more_checks_than_slots():
    table = minitorch.ones(3, 1).cuda()
    good, bad = indices(1), indices(3)
    for _ in range(SLOTS + 1):
        nn.functional.embedding(good, table)
    nn.functional.embedding(bad, table)
    with pytest.raises(IndexOutOfRange):
        for _ in range(SLOTS + 1):
            nn.functional.embedding(good, table)


def test_masks_with_one_number_and_with_several():
    host = minitorch.arange(6.0).reshape(2, 3)
    for mask, value in (
        (host > 2, 7.0),
        ((host > 1) & (host < 5), minitorch.tensor([-1.0, -2.0, -3.0])),
        (host[:, 0] > 2, minitorch.tensor(5.0)),
    ):
        expected, found = host.numpy().copy(), host.cuda()
        expected[mask.numpy()] = np.asarray(value)
        found[mask.cuda()] = value.cuda() if isinstance(value, minitorch.Tensor) else value
        assert found.tolist() == expected.tolist()


def test_each_gpu_has_its_own():
    if minitorch.cuda.device_count() < 2:
        pytest.skip("one GPU")
    backend, elsewhere = Device("cuda").backend, indices(3).to("cuda:1")
    backend.check_index(elsewhere._array, 0, 3, 0)  # with the first one current
    with pytest.raises(IndexOutOfRange):
        minitorch.cuda.synchronize(1)
    nn.functional.embedding(indices(1, 7).to("cuda:1"), minitorch.ones(3, 2, device="cuda:1"))
    minitorch.zeros(1).cuda().item()
    with pytest.raises(IndexOutOfRange):
        minitorch.zeros(1, device="cuda:1").item()


def test_a_check_on_another_stream_is_waited_for():
    with minitorch.cuda.stream(minitorch.cuda.Stream()):
        CALLS["embedding"][0]()
    with pytest.raises(IndexOutOfRange):
        minitorch.zeros(1).cuda().item()


@pytest.mark.skipif(not hasattr(cupy, "strict"), reason="only the stand-in counts")
@pytest.mark.parametrize("deterministic", [False, True])
def test_scattered_reads_and_writes_do_not_wait(deterministic):
    table, source, where = minitorch.ones(5, 2).cuda(), minitorch.ones(3, 2).cuda(), indices(4, 0, 0)
    minitorch.use_deterministic_algorithms(deterministic)
    try:
        with cupy.strict.no_syncs():
            table.index_add(0, where, source).index_copy(0, where, source).index_select(0, where)
            table[where] = source
            nn.functional.embedding(where, table.requires_grad_()).sum().backward()
    finally:
        minitorch.use_deterministic_algorithms(False)


DTYPES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_index_add_in_every_type(dtype, deterministic):
    dtype = getattr(minitorch, dtype)
    random = np.random.default_rng(0)
    base, source = random.integers(-3, 4, (4, 5, 2)), random.integers(-3, 4, (4, 40, 2))
    where = random.integers(0, 5, 40)
    arguments = [minitorch.tensor(values).to(dtype) for values in (base, source)]
    expected = arguments[0].index_add(1, minitorch.tensor(where), arguments[1])
    minitorch.use_deterministic_algorithms(deterministic)
    try:
        found = arguments[0].cuda().index_add(1, minitorch.tensor(where).cuda(), arguments[1].cuda())
    finally:
        minitorch.use_deterministic_algorithms(False)
    assert found.dtype is dtype and found.cpu().tolist() == expected.tolist()


def test_deterministic_sums_lose_nothing_beside_large_numbers():
    """What differences of one running sum (CuPy's add.reduceat) would lose, or make nan."""
    values = minitorch.tensor([1e30, float("inf"), 1.0, 2.0, 1e-20, float("nan")])
    where = minitorch.tensor([0, 4, 1, 1, 2, 3])
    minitorch.use_deterministic_algorithms(True)
    try:
        found = minitorch.zeros(6).cuda().index_add(0, where.cuda(), values.cuda()).tolist()
    finally:
        minitorch.use_deterministic_algorithms(False)
    assert found[:3] == [pytest.approx(1e30), 3.0, pytest.approx(1e-20)]
    assert np.isnan(found[3]) and found[4:] == [float("inf"), 0.0]


def test_deterministic_writes_keep_the_last():
    where = minitorch.tensor([0, 2, 0, 2, 2])
    base = minitorch.zeros(3).cuda()
    minitorch.use_deterministic_algorithms(True)
    try:
        for _ in range(5):
            assert base.index_copy(0, where.cuda(), minitorch.arange(5.0).cuda()).tolist() == [2.0, 0.0, 4.0]
            written = base.clone()
            written[where.cuda()] = minitorch.arange(5.0).cuda()
            assert written.tolist() == [2.0, 0.0, 4.0]
    finally:
        minitorch.use_deterministic_algorithms(False)


def test_expanded_tensors_are_not_written():
    wide = minitorch.zeros(1, 3).cuda().expand(2, 3)
    for write in (lambda: wide.add_(1), lambda: wide.copy_(minitorch.ones(2, 3)), lambda: wide.exp_()):
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
            write()
    assert Device("cuda").backend.to_host(wide._array).sum() == 0
