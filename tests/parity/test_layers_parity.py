"""What layers do besides being called, and where they are imported from, as in PyTorch."""

from __future__ import annotations

import importlib
import math
import pkgutil
from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

LIBRARIES = (torch, minitorch)
NOT_HERE = {"_functions", "linear_cross_entropy", "_ConvTransposeMixin"}  # PyTorch's inner workings


def alike(result: Any, expected: Any) -> None:
    np.testing.assert_allclose(result.detach().numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-6)


# --- Import paths -----------------------------------------------------------------------------------------------------

PATHS = [each.name for each in pkgutil.iter_modules(torch.nn.modules.__path__) if each.name not in NOT_HERE]


@pytest.mark.parametrize("name", PATHS)
def test_import_path(name: str) -> None:
    ours = importlib.import_module(f"minitorch.nn.modules.{name}")
    theirs = importlib.import_module(f"torch.nn.modules.{name}")
    bases = {
        each
        for each, value in vars(theirs).items()
        if isinstance(value, type) and issubclass(value, torch.nn.Module) and value.__module__ == theirs.__name__
    }
    missing = {each for each in bases | set(theirs.__all__) if not hasattr(ours, each)} - NOT_HERE
    assert not missing
    assert getattr(minitorch.nn.modules, name) is ours


def test_names_of_the_package() -> None:
    missing = {each for each in torch.nn.modules.__all__ if not hasattr(minitorch.nn.modules, each)}
    assert missing == {each for each in missing if not hasattr(minitorch.nn, each)}


@pytest.mark.parametrize("name", ["_ConvNd", "_ConvTransposeNd"])
def test_base_classes(name: str) -> None:
    for library in LIBRARIES:
        conv = library.nn.modules.conv
        assert isinstance(library.nn.ConvTranspose1d(1, 1, 1), getattr(conv, name))
        assert isinstance(library.nn.Conv1d(1, 1, 1), conv._ConvNd)
        assert isinstance(library.nn.SyncBatchNorm(1), library.nn.modules.batchnorm._BatchNorm)
        assert not isinstance(library.nn.InstanceNorm1d(1), library.nn.modules.batchnorm._BatchNorm)


def test_sizes() -> None:
    for library in LIBRARIES:
        utils = library.nn.modules.utils
        assert utils._pair(3) == (3, 3) and utils._triple((1, 2, 3)) == (1, 2, 3) and utils._ntuple(4)(0) == (0,) * 4


def test_consumed_prefix() -> None:
    seen = []
    for library in LIBRARIES:
        state = library.nn.ModuleDict({"module": library.nn.Linear(2, 2)}).state_dict()
        library.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
        seen.append((list(state), list(state._metadata)))
    assert seen[0] == seen[1]


# --- Convolution ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("batched", [True, False])
def test_output_size_of_transposed_convolutions(ndim: int, batched: bool) -> None:
    array = np.random.default_rng(0).standard_normal(((2,) if batched else ()) + (3,) + (4, 3, 2)[:ndim])
    layers = []
    for library in LIBRARIES:
        library.manual_seed(0)
        kind = getattr(library.nn, f"ConvTranspose{ndim}d")
        layers.append(kind(3, 2, 3, stride=3, padding=1, dilation=2, dtype=library.float64))
    least = [(size - 1) * 3 - 2 + 2 * 2 + 1 for size in (4, 3, 2)[:ndim]]
    for extra in range(4):
        size = [each + extra for each in least]
        if extra == 3:
            for layer, library in zip(layers, LIBRARIES, strict=True):
                with pytest.raises(ValueError, match="requested an output size of"):
                    layer(library.tensor(array), output_size=size)
            continue
        expected, *results = [
            layer(library.tensor(array), output_size=given)
            for layer, library, given in zip([*layers, layers[1]], [*LIBRARIES, minitorch],
                                             [size, size, (*array.shape[:-ndim], *size)], strict=True)
        ]  # fmt: skip
        for result in results:
            assert tuple(result.shape) == tuple(expected.shape)
            alike(result, expected)
    for layer, library in zip(layers, LIBRARIES, strict=True):
        with pytest.raises(ValueError, match="output_size must have"):
            layer(library.tensor(array), output_size=[1] * (ndim + 4))


@pytest.mark.parametrize("padding, dilation", [(0, 1), ((1, 2), 1), ("same", (1, 3)), ("valid", 2)])
def test_padding_as_pad_takes_it(padding: Any, dilation: Any) -> None:
    pads = [
        list(library.nn.Conv2d(1, 1, (2, 4), padding=padding, dilation=dilation)._reversed_padding_repeated_twice)
        for library in LIBRARIES
    ]
    assert pads[0] == pads[1]
    assert all(library.nn.modules.utils._reverse_repeat_tuple((1, 2), 2) == (2, 2, 1, 1) for library in LIBRARIES)


def test_convolution_with_a_weight_of_its_own() -> None:
    for library in LIBRARIES:

        class Standardized(library.nn.Conv2d):
            def forward(self, input):
                return self._conv_forward(input, self.weight * 0, self.bias)

        layer = Standardized(1, 2, 3, padding=1, padding_mode="circular")
        assert layer(library.ones(1, 1, 4, 4))[0, 1].eq(layer.bias[1]).all()


# --- Normalisation ----------------------------------------------------------------------------------------------------


def test_conversion_to_sync_batchnorm() -> None:
    told = []
    for library in LIBRARIES:
        nn = library.nn
        model = nn.Sequential(nn.BatchNorm2d(3, eps=1e-3), nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm1d(4, affine=False)),
                              nn.InstanceNorm2d(4)).eval()  # fmt: skip
        weight, mean = model[0].weight, model[0].running_mean
        converted = nn.SyncBatchNorm.convert_sync_batchnorm(model)
        assert converted[0].weight is weight and converted[0].running_mean is mean and not converted[0].training
        told.append((repr(converted), list(converted.state_dict())))
    assert told[0] == told[1]


def test_batch_norm_loads_a_state_of_version_one() -> None:
    for library in LIBRARIES:
        layer = library.nn.BatchNorm1d(2)
        layer(library.rand(3, 2))
        old = {name: value for name, value in layer.state_dict().items() if name != "num_batches_tracked"}
        assert not layer.load_state_dict(old).missing_keys and int(layer.num_batches_tracked) == 1


def test_instance_norm_refuses_stale_averages() -> None:
    for library in LIBRARIES:
        state = dict(library.nn.InstanceNorm1d(2, track_running_stats=True).state_dict())
        with pytest.raises(
            RuntimeError, match=r"Unexpected running stats buffer\(s\) \"running_mean\" and \"running_var\""
        ):
            library.nn.InstanceNorm1d(2).load_state_dict(state)


def test_instance_norm_of_other_channels() -> None:
    for library in LIBRARIES:
        with pytest.warns(UserWarning, match="input's size at dim=1 does not match num_features"):
            library.nn.InstanceNorm1d(3)(library.rand(2, 4, 5))
        with pytest.raises(ValueError, match="to match num_features"):
            library.nn.InstanceNorm1d(3, affine=True)(library.rand(2, 4, 5))


def test_subclass_with_its_own_check() -> None:
    for library in LIBRARIES:

        class BatchNorm(library.nn.modules.batchnorm._BatchNorm):
            def _check_input_dim(self, input):
                if input.dim() != 3:
                    raise ValueError("mine")

        BatchNorm(2)(library.rand(3, 2, 2))
        with pytest.raises(ValueError, match="mine"):
            BatchNorm(2)(library.rand(3, 2))


# --- Tables, classes --------------------------------------------------------------------------------------------------


def test_embedding_bag_from_pretrained() -> None:
    told = []
    for library in LIBRARIES:
        vectors = library.arange(12.0).reshape(4, 3)
        bags = library.nn.EmbeddingBag.from_pretrained(vectors, mode="sum", padding_idx=0)
        bags.weight.data[1] = 5.0
        told.append(
            (repr(bags), bags.weight.requires_grad, bags(library.tensor([[1, 2], [0, 3]])).tolist(), vectors.tolist())
        )
        with pytest.raises(AssertionError):
            library.nn.EmbeddingBag.from_pretrained(vectors[0])
        with pytest.raises(AssertionError):
            library.nn.EmbeddingBag(4, 3, padding_idx=4)
    assert told[0] == told[1]


def test_adaptive_softmax() -> None:
    layers = []
    for library in LIBRARIES:
        library.manual_seed(0)
        layers.append(library.nn.AdaptiveLogSoftmaxWithLoss(8, 15, [3, 7, 11], div_value=1.5, head_bias=True))
    for array in np.random.default_rng(1).standard_normal((4, 6, 8)).astype(np.float32) * 4:
        (expected, classes), (result, ours) = (
            (layer.log_prob(library.tensor(array)), layer.predict(library.tensor(array)))
            for layer, library in zip(layers, LIBRARIES, strict=True)
        )
        alike(result, expected)
        assert ours.tolist() == classes.tolist() == expected.argmax(1).tolist()


@pytest.mark.parametrize(
    "input, target", [((3, 8), (4,)), ((8,), (1,)), ((3, 8), ()), ((3, 8), (3, 1)), ((3, 8), (3,))]
)
def test_adaptive_softmax_refuses(input: tuple, target: tuple) -> None:
    texts = []
    for library in LIBRARIES:
        layer = library.nn.AdaptiveLogSoftmaxWithLoss(8, 15, [3, 7], div_value=2.0)
        with pytest.raises(RuntimeError) as caught:
            layer(library.zeros(input), library.full(target, 15, dtype=library.int64))
        texts.append(str(caught.value).partition("\n")[0])
    assert texts[0] == texts[1]


@pytest.mark.parametrize("cutoffs", [[], [0, 3], [5, 3], [3, 3], [15], [2.5], [-1]])
def test_adaptive_softmax_refuses_cutoffs(cutoffs: list) -> None:
    for library in LIBRARIES:
        with pytest.raises(ValueError, match="cutoffs should be a sequence"):
            library.nn.AdaptiveLogSoftmaxWithLoss(8, 15, cutoffs)


@pytest.mark.parametrize("name, args", [("NLLLoss2d", ()), ("Container", ())])
def test_old_names(name: str, args: tuple) -> None:
    for library in LIBRARIES:
        with pytest.warns(FutureWarning, match=name):
            getattr(library.nn, name)(*args)


@pytest.mark.parametrize(
    "options",
    [{"acc_policy": "x"}, {"chunking_method": "aspect_ratio:0"}, {"chunking_method": "x"}, {"batch_chunk_size": 0},
     {"batch_chunk_size": 1.5}, {"chunking_method": "aspect_ratio:2"}, {"batch_chunk_size": 3, "chunking_method": None}, {}],
)  # fmt: skip
def test_options_of_linear_cross_entropy(options: dict) -> None:
    seen = []
    for library in LIBRARIES:
        try:
            seen.append(repr(library.nn.LinearCrossEntropyOptions(**options)))
        except ValueError as error:
            seen.append(str(error))
    assert seen[0] == seen[1]


CHUNKS = [{}, {"chunking_method": "aspect_ratio"}, {"chunking_method": "aspect_ratio:4"}, {"chunking_method": None},
          {"batch_chunk_size": 3}, {"batch_chunk_size": 100, "chunking_method": None},
          {"batch_chunk_size": 3, "chunking_method": "aspect_ratio"}]  # fmt: skip


@pytest.mark.parametrize("sizes", [(40, 11, 3), (7, 4, 9), (1, 5, 2), (64, 1000, 10)])
@pytest.mark.parametrize("options", CHUNKS)
def test_sizes_of_chunks(options: dict, sizes: tuple[int, int, int]) -> None:
    samples, classes, features = sizes
    seen: list[Any] = []
    for library in LIBRARIES:
        made = library.nn.LinearCrossEntropyOptions(**options)
        try:
            if library is torch:
                seen.append(made._adjust(samples, features, classes, torch.float32).batch_chunk_size)
            else:
                seen.append(made.rows(samples, classes, features))
        except ValueError as error:
            seen.append(str(error))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("options", CHUNKS[:-1])
def test_linear_cross_entropy_in_chunks(options: dict, reduction: str, bias: bool) -> None:
    """Of some samples, of one without a batch, and with weights and samples that are left out."""
    rng = np.random.default_rng(0)
    values = [rng.standard_normal(shape) for shape in ((7, 3), (11, 3), (11,))]
    classes, weights = rng.integers(0, 11, 7), rng.uniform(0.5, 2, 11)
    seen: list[list] = []
    for library in LIBRARIES:
        input, matrix, added = (library.from_numpy(value.copy()).requires_grad_() for value in values)
        target, weight = library.from_numpy(classes.copy()), library.from_numpy(weights.copy())
        given = {"reduction": reduction, "options": library.nn.LinearCrossEntropyOptions(**options)}
        given |= {"linear_bias": added} if bias else {}
        compute = library.nn.functional.linear_cross_entropy
        losses = [compute(input, matrix, target, **given), compute(input[0], matrix, target[0], **given),
                  compute(input, matrix, target, weight=weight, ignore_index=int(classes[2]), **given)]  # fmt: skip
        sum((number + 1) * (loss * loss).sum() for number, loss in enumerate(losses)).backward()
        seen.append([loss.detach().numpy() for loss in losses])
        seen[-1] += [leaf.grad.numpy() for leaf in (input, matrix, added) if leaf.grad is not None]
    for their, our in zip(*seen, strict=True):
        assert our.shape == their.shape
        np.testing.assert_allclose(our, their, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("outputs", "goal", "given"),
    [((4,), (5, 4), {}), ((4,), (5,), {"label_smoothing": 0.1}), ((4, 2), (5, 2), {})],
    ids=["probabilities", "smoothing", "several"],
)
def test_chunks_that_cannot_be(outputs: tuple, goal: tuple, given: dict) -> None:
    seen = []
    for library in LIBRARIES:
        target = (
            library.full(goal, 0.25)
            if len(outputs) == 1 and len(goal) == 2
            else library.ones(goal, dtype=library.int64)
        )
        weight = library.arange(3.0 * math.prod(outputs)).reshape((*outputs, 3)).sin()
        with pytest.warns(UserWarning, match="linear_cross_entropy: ``options`` ignored"):
            loss = library.nn.functional.linear_cross_entropy(
                library.ones(5, 3), weight, target, options=library.nn.LinearCrossEntropyOptions(), **given
            )
        seen.append(loss.item())
    assert seen[1] == pytest.approx(seen[0])


@pytest.mark.parametrize(
    "given",
    [None, {}, {"device": "cpu"}, {"factory_kwargs": {"dtype": 1}, "device": "cpu"}, {"other": 1},
     {"dtype": 1, "factory_kwargs": {"dtype": 2}}],
)  # fmt: skip
def test_factory_kwargs(given: dict | None) -> None:
    seen = []
    for library in LIBRARIES:
        try:
            seen.append(library.nn.factory_kwargs(given))
        except TypeError as error:
            seen.append(str(error))
    assert seen[0] == seen[1]
