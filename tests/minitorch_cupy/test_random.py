"""Random numbers on a GPU: Philox's, drawn there, the same as those of its NumPy twin."""

from __future__ import annotations

import copy
import ctypes
import pickle
import shutil
import subprocess

import numpy as np
import pytest
from minitorch_cupy.words import TEXT

import minitorch
from minitorch import cuda
from minitorch.generator.philox import words
from minitorch.generator.philox_distributions import PhiloxGenerator
from minitorch.ops.generators import fork_rng

cupy = pytest.importorskip("cupy")

# What is asked of minitorch on the device, and what its twin must give.
DRAWS = {
    "rand": (lambda **d: minitorch.rand(3, 5, **d), lambda g: g.uniform((3, 5))),
    "rand float64": (lambda **d: minitorch.rand(7, dtype=minitorch.float64, **d), lambda g: g.uniform((7,), dtype=np.float64)),
    "rand complex": (lambda **d: minitorch.rand(3, dtype=minitorch.cfloat, **d), lambda g: g.uniform((3,), dtype=np.complex64)),
    "rand half": (lambda **d: minitorch.rand(9, dtype=minitorch.float16, **d), lambda g: g.uniform((9,), dtype=np.float16)),
    "randn": (lambda **d: minitorch.randn(5, 3, **d), lambda g: g.normal((5, 3))),
    "normal": (lambda **d: minitorch.normal(2.0, 3.0, (4,), **d), lambda g: g.normal((4,), 2.0, 3.0)),
    "randint": (lambda **d: minitorch.randint(-3, 9, (20,), **d), lambda g: g.randint(-3, 9, (20,))),
    "randperm": (lambda **d: minitorch.randperm(30, **d), lambda g: g.randperm(30)),
    "uniform_": (lambda **d: minitorch.empty(6, **d).uniform_(-1, 2), lambda g: g.uniform((6,), -1, 2)),
    "random_": (lambda **d: minitorch.empty(6, **d).random_(), lambda g: g.random((6,), np.float32)),
    "bernoulli_": (lambda **d: minitorch.empty(40, **d).bernoulli_(0.3), lambda g: g.bernoulli(0.3, (40,))),
    "exponential_": (lambda **d: minitorch.empty(6, **d).exponential_(2.0), lambda g: g.exponential((6,), 2.0)),
    "geometric_": (lambda **d: minitorch.empty(6, **d).geometric_(0.4), lambda g: g.geometric((6,), 0.4)),
    "cauchy_": (lambda **d: minitorch.empty(6, **d).cauchy_(1.0, 2.0), lambda g: g.cauchy((6,), 1.0, 2.0)),
    "log_normal_": (lambda **d: minitorch.empty(6, **d).log_normal_(), lambda g: g.log_normal((6,))),
    "bernoulli": (
        lambda **d: minitorch.bernoulli(minitorch.full((30,), 0.4, **d)),
        lambda g: g.bernoulli_tensor(np.full(30, 0.4, np.float32)),
    ),
    "multinomial": (
        lambda **d: minitorch.multinomial(minitorch.tensor([[1.0, 2.0], [0.0, 3.0]], **d), 5, replacement=True),
        lambda g: g.multinomial(np.array([[1.0, 2.0], [0.0, 3.0]], np.float32), 5, True),
    ),
    "poisson": (
        lambda **d: minitorch.poisson(minitorch.full((40,), 7.0, **d)),
        lambda g: g.poisson(np.full(40, 7.0, np.float32)),
    ),
    "binomial": (
        lambda **d: minitorch.binomial(minitorch.full((30,), 90.0, **d), minitorch.full((30,), 0.4, **d)),
        lambda g: g.binomial(np.full(30, 90.0, np.float32), np.full(30, 0.4, np.float32)),
    ),
    "multinomial without": (
        lambda **d: minitorch.multinomial(minitorch.arange(1.0, 9.0, **d), 5),
        lambda g: g.multinomial(np.arange(1.0, 9.0, dtype=np.float32), 5),
    ),
    "dropout": (lambda **d: minitorch.nn.functional.dropout(minitorch.ones(50, **d), 0.3), lambda g: g.dropout_mask((50,), 0.3)),
    "randn_like": (lambda **d: minitorch.randn_like(minitorch.ones(2, 3, **d)), lambda g: g.normal((2, 3))),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWS)
def test_the_twin_draws_the_same(name):
    ours, twins = DRAWS[name]
    minitorch.manual_seed(11)
    found, expected = ours(device="cuda"), twins(PhiloxGenerator(np).manual_seed(11))
    assert found.is_cuda
    values = cupy.asnumpy(found._array)
    assert values.dtype == expected.dtype and values.shape == expected.shape
    np.testing.assert_allclose(values, expected, rtol=1e-5 if values.dtype.kind in "fc" else 0)


@pytest.mark.skipif(not hasattr(cupy, "strict"), reason="only the stand-in counts")
@pytest.mark.parametrize("name", DRAWS)
def test_nothing_waits_and_nothing_moves(name):
    DRAWS[name][0](device="cuda")
    if name.startswith("multinomial"):
        pytest.skip("its weights are a host's list here")
    cupy.strict.reset()
    with cupy.strict.no_syncs():
        DRAWS[name][0](device="cuda")
    assert cupy.strict.transfers() == 0


def test_one_seed_for_all():
    minitorch.manual_seed(4)
    first = minitorch.rand(4, device="cuda").tolist()
    host = minitorch.rand(4).tolist()
    minitorch.manual_seed(4)
    assert minitorch.rand(4).tolist() == host and minitorch.rand(4, device="cuda").tolist() == first != host
    cuda.manual_seed_all(4)
    assert minitorch.rand(4, device="cuda").tolist() == first and minitorch.rand(4).tolist() != host
    assert cuda.initial_seed() == 4
    cuda.manual_seed(5)
    assert minitorch.rand(4, device="cuda").tolist() != first
    cuda.seed()
    assert cuda.initial_seed() not in (4, 5)
    cuda.seed_all()
    if cuda.device_count() > 1:
        minitorch.manual_seed(4)
        assert minitorch.rand(4, device="cuda:1").tolist() == first


def test_a_generator_of_ones_own():
    generator = minitorch.Generator(device="cuda").manual_seed(9)
    assert isinstance(generator, minitorch.Generator) and generator.device is minitorch.device("cuda")
    expected = minitorch.rand(3, device="cuda", generator=generator).tolist()
    state = generator.get_state()
    assert state.shape == (16,) and state.dtype is minitorch.uint8 and state.device.type == "cpu"
    then = minitorch.randn(3, device="cuda", generator=generator).tolist()
    for other in (copy.deepcopy(generator), pickle.loads(pickle.dumps(generator)), generator.clone_state()):
        other.set_state(state)
        assert minitorch.randn(3, device="cuda", generator=other).tolist() == then
    generator.manual_seed(9)
    assert minitorch.zeros(3).cuda().uniform_(generator=generator).tolist() == expected


def test_generators_and_devices_must_agree():
    with pytest.raises(RuntimeError, match="Expected a 'cuda:0' device type for generator but found 'cpu'"):
        minitorch.rand(2, device="cuda", generator=minitorch.Generator())
    with pytest.raises(RuntimeError, match="Expected a 'cpu' device type for generator but found 'cuda:0'"):
        minitorch.rand(2, generator=minitorch.Generator("cuda"))
    with pytest.raises(RuntimeError, match="Expected a 'cpu' device type"):
        minitorch.zeros(2).normal_(generator=minitorch.Generator("cuda"))


def test_states():
    state = cuda.get_rng_state()
    first = minitorch.rand(5, device="cuda").tolist()
    cuda.set_rng_state(state)
    assert minitorch.rand(5, device="cuda").tolist() == first
    assert len(cuda.get_rng_state_all()) == cuda.device_count()
    before = cuda.get_rng_state()
    with fork_rng():
        minitorch.rand(3, device="cuda")
        assert (cuda.get_rng_state() != before).any()
    assert (cuda.get_rng_state() == before).all()


def test_fills_through_views_reach_their_base():
    base = minitorch.zeros(4, 6, device="cuda")
    base[1:3, ::2].normal_()
    assert (base != 0).sum().item() == 6 and (base[1:3, ::2] != 0).all().item()
    turned = minitorch.zeros(3, 2, device="cuda").T
    turned.uniform_()
    assert (turned > 0).all().item()


def test_weights_are_drawn_on_the_host():
    minitorch.manual_seed(0)
    there = minitorch.nn.Linear(3, 2).to("cuda").weight
    minitorch.manual_seed(0)
    assert (there.cpu() == minitorch.nn.Linear(3, 2).weight).all()


def test_the_kernel_computes_the_definition(tmp_path):
    """Its text, run by the processor: as a loop, since a thread's number is all that it asks of a GPU."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no C++ compiler")
    loop = 'extern "C" void run(unsigned long long first, unsigned long long seed, int count, unsigned long long *words) {\n'
    loop += f"for (int i = 0; i < count; ++i) {{ unsigned long long word; {TEXT} words[i] = word; }} }}"
    (tmp_path / "words.cpp").write_text(loop)
    library = tmp_path / "words.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, tmp_path / "words.cpp"], check=True
    )
    run = ctypes.CDLL(str(library)).run
    for seed, offset in ((0, 0), (7 << 32 | 5, (1 << 34) + 8), ((1 << 64) - 1, (1 << 40) - 4)):
        found = np.zeros(11, np.uint64)
        run(ctypes.c_uint64(offset // 4), ctypes.c_uint64(seed), 11, ctypes.c_void_p(found.ctypes.data))
        assert found.tolist() == words(np, seed, offset, 11).tolist()
