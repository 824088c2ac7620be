"""Names that PyTorch's test database doesn't try: the same call in both libraries gives the same values, gradients, errors."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import minitorch.nn.functional

torch = pytest.importorskip("torch")

random = np.random.default_rng(0)
FLOATS = {
    "x": (3, 4), "v": (4,), "one": (1,), "b": (2, 3, 4), "cube": (3, 3, 3), "tall": (7, 3), "batch": (4, 3), "seq": (5, 2, 3),
    "steps": (2, 2, 3), "packed": (9, 3), "h": (2, 4), "hs": (2, 2, 4), "ps": (2, 2, 2), "wide": (4, 8), "experts": (2, 8, 4),
    "signal": (1, 2, 6), "plane": (1, 2, 6, 6), "volume": (1, 2, 5, 5, 5), "kernel": (4, 2, 3), "wi": (4, 3), "wh": (4, 4),
    "bi": (4,), "bh": (4,), "w3i": (12, 3), "w3h": (12, 4), "b3": (12,), "w4i": (16, 3), "w4h": (16, 4), "b4": (16,),
    "p4h": (16, 2), "pr": (2, 4), "q4i": (16, 4), "theta": (1, 2, 3), "complexes": (3, 2),
    "data": (6, 2), "tbc": (5, 2, 3), "ctb": (3, 3, 4), "positive": (3,),
}  # fmt: skip
VALUES = {name: random.normal(size=shape) for name, shape in FLOATS.items()}
VALUES["positive"] = np.abs(VALUES["positive"]) + 0.5
WHOLE = {
    "index": [0, 2, 0], "sizes": [4, 3, 2], "lengths": [2, 0, 4], "offsets": [0, 2, 2, 6], "ends": [3, 4], "bags": [0, 2],
}  # fmt: skip

LSTM = "[w4i, w4h, b4, b4]"
BOTH = "[w4i, w4h, b4, b4, w4i, w4h, b4, b4]"
CALLS = f"""
T.segment_reduce(data, 'sum', lengths=lengths)
T.segment_reduce(data, 'mean', lengths=lengths)
T.segment_reduce(data, 'mean', lengths=lengths, initial=1.5)
T.segment_reduce(data, 'max', lengths=lengths)
T.segment_reduce(data, 'max', lengths=lengths, initial=0.1)
T.segment_reduce(data, 'min', offsets=offsets)
T.segment_reduce((x / x.detach().abs()).reshape(-1), 'max', lengths=T.tensor([6, 6]), initial=1.0)
T.segment_reduce(data, 'prod', offsets=offsets)
T.segment_reduce(data, 'sum', lengths=T.tensor([[1, 1]] * 6), axis=1)
T.segment_reduce(data, 'sum', lengths=T.tensor([2, 3]), unsafe=True)
T.rnn_tanh(seq, hs[:1], [wi, wh, bi, bh], True, 1, 0.0, False, False, False)
T.rnn_relu(seq, hs[:1], [wi, wh], False, 1, 0.0, False, False, False)
T.rnn_tanh(seq, hs, [wi, wh, bi, bh, wi, wh, bh, bi], True, 1, 0.0, False, True, False)
T.rnn_tanh(seq, hs[:1, :1].expand(1, 5, 4), [wi, wh], False, 1, 0.0, True, False, True)
T.rnn_tanh(packed, sizes, hs[:1, :1].expand(1, 4, 4), [wi, wh], False, 1, 0.0, False, False)
T.gru(seq, hs, [w3i, w3h, b3, b3, w3i, w3h, b3, b3], True, 1, 0.0, False, True, False)
T.gru(packed, sizes, hs[:, :1].expand(2, 4, 4), [w3i, w3h, w3i, w3h], False, 1, 0.0, False, True)
T.lstm(seq, (hs[:1], hs[1:]), {LSTM}, True, 1, 0.0, False, False, False)
T.lstm(seq, (hs, hs), {BOTH}, True, 1, 0.0, False, True, False)
T.lstm(seq, (hs, hs), [w4i, w4h, b4, b4, q4i, w4h, b4, b4], True, 2, 0.5, True, False, False)
T.lstm(seq, (ps[:1], hs[1:]), [w4i, p4h, b4, b4, pr], True, 1, 0.0, False, False, False)
T.lstm(packed, sizes, (hs[:, :1].expand(2, 4, 4), hs[:, 1:].expand(2, 4, 4)), {BOTH}, True, 1, 0.0, False, True)
T.rnn_tanh_cell(steps[0], h, wi, wh, bi, bh)
T.rnn_relu_cell(steps[0], h, wi, wh)
T.gru_cell(steps[0], h, w3i, w3h, b3, b3)
T.lstm_cell(steps[0], (h, hs[0]), w4i, w4h, b4, b4)
T.nn.functional.grouped_mm(wide.float(), experts.float(), offs=ends.int())
T.nn.functional.grouped_mm(wide.float(), experts[0].float(), offs=T.tensor([4, 8]).int())
T.nn.functional.grouped_mm(experts.float().mT.contiguous(), experts[0].float(), offs=T.tensor([3, 4]).int())
T.nn.functional.grouped_mm(experts.float().mT.contiguous(), experts.float())
T.hash_tensor(x)
T.hash_tensor(x.float(), 1, keepdim=True)
x.bfloat16().hash_tensor((0, 1))
T.hash_tensor(index)
T.hash_tensor(T.tensor([True, False]))
T.hash_tensor(T.tensor([250, 3], dtype=T.uint8))
T.hash_tensor(T.tensor(-0.0))
T.frobenius_norm(x, (0, 1))
T.frobenius_norm(x, 1, True)
T.frobenius_norm(b, (0, 2))
T.nuclear_norm(x)
T.nuclear_norm(b, (0, 2), keepdim=True)
T.nuclear_norm(x, keepdim=True)
T.norm_except_dim(x)
T.norm_except_dim(b, 1, 2)
T.norm_except_dim(b, 2, 1)
T.norm_except_dim(b, 2, -1)
T.range(1, 4)
T.range(1, 4, 0.5)
T.range(4, 1, -1)
T.range(0, 1, 0.1)
T.range(1.5, 4, dtype=T.int64)
T.range(1, 6, 2, dtype=T.float64)
T.dropout(x, 0.5, True)
T.dropout(x, p=0.5, train=False)
T.dropout_(x * 1, 0.3, True)
T.alpha_dropout(x, 0.5, True)
T.alpha_dropout_(x * 1, 0.5, train=True)
T.feature_dropout(b, 0.5, True)
T.feature_dropout_(b * 1, 0.5, True)
T.feature_alpha_dropout(b, 0.5, train=True)
T.feature_alpha_dropout_(b * 1, 0.5, True)
T.native_dropout(x, 0.5, True)
T.native_dropout(x, 0.5, False)
T.native_dropout(x.detach(), 0.2, None)
T.native_dropout(x, 1.0, True)
T.batch_norm(batch, positive, positive, None, None, True, 0.1, 1e-5, False)
T.batch_norm(batch, None, None, positive.detach(), positive.detach(), False, 0.1, 1e-5, cudnn_enabled=False)
T.instance_norm(b, positive, positive, None, None, True, 0.1, 1e-5, False)
T.layer_norm(x, (4,), v, v, 1e-5, cudnn_enable=False)
T.group_norm(b, 3, positive, None, 1e-5, False)
T.batch_norm_update_stats(batch.detach(), None, None, 0.1)
T.batch_norm_update_stats(b.detach(), positive.detach(), positive.detach() * 2, 0.2)
T.kl_div(x, x.exp(), 2)
T.kl_div(x, x.exp(), reduction=0, log_target=True)
T.binary_cross_entropy_with_logits(x, x.sigmoid().detach(), None, v.exp().detach(), 1)
T.cosine_embedding_loss(x, x * 2, T.tensor([1, -1, 1]), 0.5, 2)
T.hinge_embedding_loss(x, x.detach().sign(), 1.0, 0)
T.margin_ranking_loss(x, x * 2, x.detach().sign(), 0.5, 2)
T.poisson_nll_loss(x, x.exp().detach(), True, True, 1e-8, 1)
T.triplet_margin_loss(x, x * 2, x + 1, 1.0, 2.0, 1e-6, True, 0)
T.ctc_loss(ctb.log_softmax(2), T.tensor([[1, 2], [2, 1], [1, 3]]), (3, 3, 3), (1, 2, 2), 0, 2, False)
T.embedding(x, index, -1, False, False)
T.embedding_bag(x, index, bags)[0]
T.embedding_bag(x, index, bags, False, 1)
T.embedding_bag(x, index, bags, False, 2, False, None, False, 2)
T.embedding_bag(x, index, bags, False, 0, False, positive)[0]
T.embedding_renorm_(x.detach().clone(), index, 0.5, 2.0)
T.embedding_renorm_(x.detach().clone(), index, 0.5, 1.0)
T.convolution(signal, kernel, v, [2], [1], [1], False, [0], 1)
T.convolution(signal, kernel.transpose(0, 1), v, [2], [1], [1], True, [1], 1)
T.convolution(plane, kernel.unsqueeze(3), None, [1, 2], [1], [1], False, [0], 1)
T.max_pool1d_with_indices(signal, 2)
T.max_pool1d_with_indices(signal, [3], stride=[2], padding=[1], ceil_mode=True)
T.nn.functional.max_pool1d_with_indices(signal, 2)
T.nn.functional.max_pool2d_with_indices(plane, 2)
T.nn.functional.max_pool3d_with_indices(volume, 2)
T.nn.functional.adaptive_max_pool1d_with_indices(signal, 4)
T.nn.functional.adaptive_max_pool2d_with_indices(plane, (4, 3))
T.nn.functional.adaptive_max_pool3d_with_indices(volume, 3)
T.nn.functional.fractional_max_pool2d_with_indices(plane, 2, (3, 3), _random_samples=T.full((1, 2, 2), 0.4, dtype=T.float64))
T.nn.functional.fractional_max_pool3d_with_indices(volume, 2, (3, 3, 3), _random_samples=T.full((1, 2, 3), 0.4, dtype=T.float64))
T.nn.functional.lp_pool1d(signal.abs(), 2, 3)
T.nn.functional.lp_pool2d(plane.abs(), 3, 2)
T.nn.functional.lp_pool3d(volume.abs(), 2, 2)
T.conv_tbc(tbc, ctb, v, 1)
T.nn.functional.conv_tbc(tbc, ctb, v, 1)
T.nn.functional.affine_grid(theta, (1, 1, 3, 2), align_corners=False)
T.affine_grid_generator(theta, (1, 1, 3, 2), True)
T.grid_sampler(plane, T.nn.functional.affine_grid(theta, (1, 1, 3, 2), align_corners=False), 0, 1, False)
T.native_channel_shuffle(plane.detach(), 2)
T.nn.functional.native_channel_shuffle(plane.detach(), 2)
T.nn.functional.celu_(x * 1, 0.5)
T.nn.functional.elu_(x * 1, 0.5)
T.nn.functional.hardtanh_(x * 1, -0.5, 0.5)
T.nn.functional.leaky_relu_(x * 1, 0.1)
T.nn.functional.relu_(x * 1)
T.nn.functional.rrelu_(x * 1, 0.1, 0.3)
T.nn.functional.selu_(x * 1)
T.nn.functional.threshold_(x * 1, 0.1, 7.0)
T.celu_(x * 1)
T.relu_(x * 1)
T.rrelu_(x * 1)
T.selu_(x * 1)
T.threshold_(x * 1, 0.1, 7.0)
(x * 1).relu_()
T.addmv_(v[:3] * 1, x, v, beta=2.0, alpha=0.5)
T.chain_matmul(x, x.mT, x)
T.bartlett_window(5)
T.blackman_window(5, periodic=False)
T.hamming_window(5, True, 0.5)
T.kaiser_window(5, True, 10.0)
T.as_tensor([1, 2.5])
T.select_copy(x, 1, 2)
T.slice_copy(x, 1, 0, 3, 2)
T.split_copy(x, 2, 1)
T.detach_copy(x.detach())
T.view_as_real_copy(T.view_as_complex(complexes))
T.view_as_complex_copy(complexes.detach())
T.unsafe_split_with_sizes(x, (1, 3), 1)
x.unsafe_split_with_sizes((1, 3), 1)
T.detach(x)
T.detach_(x * 1)
(x * 1).detach_()
T.zeros(7, 3).fill_diagonal_(1, True)
T.zeros(7, 3).fill_diagonal_(1)
T.zeros(3, 7).fill_diagonal_(2.5, wrap=True)
(cube * 1).fill_diagonal_(4)
T.zeros(3, 4).T.fill_diagonal_(5)
T.is_nonzero(T.tensor([[0.0]]))
T.tensor(3).is_nonzero()
T.is_same_size(x, x.mT)
x.is_same_size(x + 1)
T.is_conj(x), T.is_neg(x), T.get_device(x)
x.element_size(), x.ndimension(), x.nelement(), x.output_nr, x.is_floating_point(), x.is_signed(), x.is_cpu, x.is_pinned()
x.new_tensor([1, 2]), index.new_tensor([1.5]), x.retains_grad
x.type_as(index), index.type_as(x.float())
T.has_lapack, T.has_spectral, T.is_inference_mode_enabled(), T.init_num_threads()
T.get_float32_matmul_precision(), T.get_deterministic_debug_mode(), T.is_deterministic_algorithms_warn_only_enabled()
T.matmul(x, other=v)
T.swapaxes(b, axis0=0, axis1=1)
T.where(x > 0)
T.special.hermite_polynomial_h(x=x.detach(), n=index[1])
T.gather(x, 1, index.unsqueeze(1), sparse_grad=False)
T.arange(end=3)
x.split(split_size=2), x.split(split_size=[1, 3], dim=1)
T.cholesky_solve(x, input2=T.tensor([[2.0, 0, 0], [1, 3, 0], [0, 1, 1]], dtype=T.float64))
T.lobpcg(plane[0, 0] @ plane[0, 0].mT, 2, tol=1e-12)[0]
T.lobpcg(plane[0, 0] @ plane[0, 0].mT, 1, largest=False, tol=1e-12)[1].abs()
T.lobpcg(plane[0].detach() @ plane[0].detach().mT, 2, niter=-1, tol=1e-12)[0]
T.lobpcg(plane[0, 0].detach().mT @ plane[0, 0].detach(), 2, B=T.eye(6, dtype=T.float64) * 3, tol=1e-12)[0]
""".strip().splitlines()

ERRORS = f"""
T.segment_reduce(data, 'median', lengths=lengths)
T.segment_reduce(data, 'sum')
T.segment_reduce(data, 'sum', lengths=T.tensor([1, 2]))
T.segment_reduce(data, 'sum', lengths=T.tensor([-1, 7]))
T.segment_reduce(data, 'sum', indices=index)
T.segment_reduce(data, 'sum', lengths=T.tensor([2]), axis=1)
T.segment_reduce(index, 'sum', lengths=T.tensor([3]))
T.rnn_tanh(seq, hs[:1], [wi, wh], True, 1, 0.0, False, False, False)
T.rnn_tanh(seq, hs, [wi, wh], False, 1, 0.0, False, True, False)
T.rnn_tanh(seq[:0], hs[:1], [wi, wh], False, 1, 0.0, False, False, False)
T.rnn_tanh(seq, hs[:1, :1].expand(1, 3, 4), [wi, wh], False, 1, 0.0, False, False, False)
T.lstm(seq, (hs[:1],), {LSTM}, True, 1, 0.0, False, False, False)
T.rnn_tanh_cell(x, h, wi, wh)
T.rnn_tanh_cell(steps[0], steps[0], wi, wh)
T.gru_cell(steps[0], h, w4i, w4h)
T.lstm_cell(steps[0], (h,), w4i, w4h)
T.nn.functional.grouped_mm(wide.float(), experts.float())
T.nn.functional.grouped_mm(wide.float(), experts.float(), offs=T.tensor([4]).int())
T.nn.functional.grouped_mm(wide.float(), experts.float().mT.contiguous(), offs=ends.int())
T.nn.functional.grouped_mm(wide.float(), experts.float(), offs=ends.int(), bias=v.float())
T.hash_tensor(x[:0])
T.hash_tensor(x[:0], 0)
T.hash_tensor(x, mode=3)
T.frobenius_norm(b, (0, 1, 2))
T.range(4)
T.range(1, 4, -1)
T.range(1, 4, 0)
T.eig(x)
T.symeig(x)
T.solve(x, x)
T.lstsq(x, x)
T.matrix_rank(x)
x.eig()
x.symeig()
x.solve(x)
x.lstsq(x)
x.reinforce(1)
T.native_dropout(x, 2.0, True)
T.native_dropout(index, 0.5, True)
T.dropout(x, 0.5)
T.dropout(x, 0.5, True, True)
T.dropout_(x, 0.5, True)
T.is_nonzero(x)
T.is_nonzero(x[:0])
v.fill_diagonal_(1)
b.detach().fill_diagonal_(1)
T.embedding_renorm_(x.detach().clone(), T.tensor([7]), 1.0, 2.0)
T.embedding_renorm_(x, index, 1.0, 2.0)
T.batch_norm(batch, None, None, None, None, False, 0.1, 1e-5, False)
T.set_num_threads(0)
T.set_num_threads(1.5)
T.set_num_interop_threads(0)
T.set_num_interop_threads('2')
T.set_deterministic_debug_mode('loud')
T.set_deterministic_debug_mode(5)
T.set_deterministic_debug_mode(1.5)
T.lobpcg(x)
T.lobpcg(cube[0], 2)
""".strip().splitlines()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def evaluated(call: str, library: Any) -> tuple[Any, dict[str, Any]]:
    """The result of a call in one of the libraries, and the inputs whose gradients are compared."""
    floats = {name: library.tensor(value, requires_grad=True) for name, value in VALUES.items()}
    whole = {name: library.tensor(value) for name, value in WHOLE.items()}
    (library.default_generator if library is torch else library).manual_seed(0)
    return eval(call, {"T": library, **floats, **whole}), floats


def flat(value: Any) -> list[Any]:
    return [part for each in value for part in flat(each)] if isinstance(value, list | tuple) else [value]


def array(tensor: Any) -> np.ndarray:
    detached = tensor.detach()
    return (detached.float() if "bfloat16" in repr(tensor.dtype) else detached).numpy()


def loss(parts: list[Any]) -> Any:
    """A sum in which each element counts otherwise."""
    terms = [(part * part).real.sum() if part.is_complex() else (part * part + part).sum() for part in parts]
    return sum(terms[1:], terms[0])


@pytest.mark.parametrize("call", CALLS)
def test_same_result(call: str) -> None:
    (theirs, their_inputs), (ours, inputs) = evaluated(call, torch), evaluated(call, minitorch)
    theirs, ours = flat(theirs), flat(ours)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        if not isinstance(other, torch.Tensor):
            assert type(one) is type(other) and one == other
            continue
        assert repr(one.dtype) == repr(other.dtype) and tuple(one.shape) == tuple(other.shape)
        assert one.requires_grad == other.requires_grad
        tolerance = 1e-9 if "64" in repr(one.dtype) else 1e-5
        np.testing.assert_allclose(array(one), array(other), rtol=tolerance, atol=tolerance, equal_nan=True)
    graded = [i for i, part in enumerate(theirs) if isinstance(part, torch.Tensor) and part.requires_grad]
    if graded:
        compare_gradients([ours[i] for i in graded], [theirs[i] for i in graded], inputs, their_inputs)


def compare_gradients(ours: list[Any], theirs: list[Any], inputs: dict[str, Any], their_inputs: dict[str, Any]) -> None:
    expected = torch.autograd.grad(loss(theirs), list(their_inputs.values()), allow_unused=True)
    got = minitorch.autograd.grad(loss(ours), list(inputs.values()), allow_unused=True)
    for name, one, other in zip(inputs, got, expected, strict=True):
        assert (one is None) == (other is None), name
        if one is not None:
            tolerance = 1e-4 if "float32" in repr(ours[0].dtype) else 1e-8
            np.testing.assert_allclose(array(one), array(other), rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("call", ERRORS)
def test_same_error(call: str) -> None:
    with pytest.raises(Exception) as theirs:
        evaluated(call, torch)
    with pytest.raises(Exception) as ours:
        evaluated(call, minitorch)
    kind = RuntimeError if isinstance(theirs.value, NotImplementedError) else type(theirs.value)
    assert isinstance(ours.value, kind) or isinstance(theirs.value, AssertionError), repr(ours.value)
    assert not isinstance(ours.value, AssertionError | AttributeError | KeyError)
