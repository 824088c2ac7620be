"""Every optimizer in PyTorch's own database of them, with every set of arguments listed there, against PyTorch's.

`python tests/parity/test_optim_db.py` counts: how many entries, inputs and errors there are, and how many of them are compared.
"""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
common = pytest.importorskip("torch.testing._internal.common_optimizers")

import minitorch  # noqa: E402

SHAPES = [(4, 3), (7, 2), (2, 5), (3, 3)]  # matrices, since Muon takes nothing else
OTHER_SHAPES = [(6,), (), (2, 3, 4), (1,)]
STEPS = 5
DTYPES = ("float32", "float64", "complex64", "complex128")

TOLERANCE = 1e-6
NOT_DIFFERENTIABLE = dict.fromkeys(
    ("Adamax", "Rprop"), "PyTorch's own backward fails: its step writes what it has saved"
)
# Error inputs that can't be made of minitorch's tensors.
NO_SUCH_ERROR = {
    ("SparseAdam", "dense params required"): "there are no sparse tensors",
    ("SparseAdam", "dense params required in param_groups"): "there are no sparse tensors",
}


def ours(value):
    """minitorch's form of PyTorch's arguments."""
    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided:
            raise NotImplementedError("sparse")
        result = minitorch.from_numpy(value.detach().numpy().copy()).requires_grad_(value.requires_grad)
        if value.grad is not None:
            result.grad = ours(value.grad)
        return result
    if isinstance(value, dict):
        return {key: ours(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([ours(item) for item in value])
    return value


def entries():
    for info in common.optim_db:
        for entry in info.optim_inputs_func("cpu", torch.float32):
            yield pytest.param(info, entry.kwargs, id=f"{info.name}-{entry.desc.replace(' ', '_')}")


def errors():
    for info in common.optim_db:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = info.optim_error_inputs_func("cpu", torch.float32)
        for error in found:
            yield pytest.param(info, error, id=f"{info.name}-{error.optimizer_error_input.desc.replace(' ', '_')}")


def drawn(shapes, dtype, seed):
    rng = np.random.default_rng(seed)
    values = [rng.standard_normal(shape) for shape in shapes]
    if dtype.startswith("complex"):
        values = [value + 1j * rng.standard_normal(value.shape) for value in values]
    return [np.array(value, dtype) for value in values]


class Pair:
    """The same parameters in two groups, and an optimizer, in both libraries."""

    def __init__(self, info, kwargs, dtype, shapes):
        values = drawn(shapes, dtype, 0)
        self.theirs = [torch.from_numpy(value.copy()).requires_grad_() for value in values]
        self.ours = [minitorch.from_numpy(value.copy()).requires_grad_() for value in values]
        self.shapes, self.dtype, self.closure = shapes, dtype, info.step_requires_closure
        self.sparse = info.only_supports_sparse_grads  # theirs; ours has 0 where theirs has nothing
        make = getattr(minitorch.optim, info.name)
        if info.supports_param_groups:
            their_groups, our_groups = (
                [{"params": params[:2]}, {"params": params[2:], "lr": 0.02}] for params in (self.theirs, self.ours)
            )
        else:
            their_groups, our_groups = self.theirs, self.ours
        self.their = info.optim_cls(their_groups, **kwargs)
        self.our = make(our_groups, **ours(kwargs))

    def step(self, number):
        if self.closure:
            self._descend()
            return
        for place, grad in enumerate(drawn(self.shapes, self.dtype, number + 1)):
            if self.sparse:  # some elements have no gradient; in one step no element of a parameter has
                grad[np.abs(grad) < (9 if (number, place) == (1, 0) else 0.5)] = 0
            self.ours[place].grad, given = minitorch.from_numpy(grad.copy()), torch.from_numpy(grad.copy())
            self.theirs[place].grad = given.to_sparse() if self.sparse else given
        if number == 2:  # so that one of a group's parameters has taken fewer steps than the others
            self.ours[1].grad = self.theirs[1].grad = None
        self.our.step()
        self.their.step()

    def _descend(self):
        def closure(library, optimizer, params):
            def loss_of():
                optimizer.zero_grad()
                # in real numbers: of complex ones PyTorch's last digits hang on the processor and on an element's place,
                # and L-BFGS divides by differences of gradients; at lr=0.01 that alone moves PyTorch's own steps by 1e-5
                parts = [library.view_as_real(param) if param.is_complex() else param for param in params]
                loss = sum(((part - 1) ** 2 * (place + 1)).sum() for place, part in enumerate(parts))
                loss.backward()
                return loss

            return loss_of

        our_loss, their_loss = (
            self.our.step(closure(minitorch, self.our, self.ours)),
            self.their.step(closure(torch, self.their, self.theirs)),
        )
        assert our_loss.item() == pytest.approx(their_loss.item(), rel=1e-5, abs=1e-8)

    def check(self, tolerance):
        for our, their in zip(self.ours, self.theirs, strict=True):
            np.testing.assert_allclose(our.detach().numpy(), their.detach().numpy(), rtol=tolerance, atol=tolerance)

    def check_state(self, tolerance):
        our_state, their_state = self.our.state_dict(), self.their.state_dict()
        assert our_state["param_groups"] == ours(their_state["param_groups"])
        assert [list(group) for group in our_state["param_groups"]] == [
            list(group) for group in their_state["param_groups"]
        ]
        assert our_state["state"].keys() == their_state["state"].keys()
        for number, state in their_state["state"].items():
            assert list(our_state["state"][number]) == list(state)
            for key, value in state.items():
                assert_alike(our_state["state"][number][key], value, tolerance)


def assert_alike(our, their, tolerance):
    if isinstance(their, torch.Tensor):
        if isinstance(our, minitorch.Tensor):
            assert tuple(our.shape) == tuple(their.shape)
            assert repr(our.dtype) == repr(their.dtype)
            our = our.numpy()
        np.testing.assert_allclose(our, their.numpy(), rtol=tolerance, atol=tolerance)
    elif isinstance(their, list):
        assert len(our) == len(their)
        for one, other in zip(our, their, strict=True):
            assert_alike(one, other, tolerance)
    elif isinstance(their, float):
        assert our == pytest.approx(their, rel=tolerance, abs=tolerance)
    else:
        assert our == their


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("info", "kwargs"), list(entries()))
def test_five_steps(info, kwargs, dtype):
    if dtype.startswith("complex") and not info.supports_complex:
        return
    pair = Pair(info, kwargs, dtype, SHAPES if info.name == "Muon" else SHAPES[:2] + OTHER_SHAPES)
    assert repr(pair.our) == repr(pair.their)
    for number in range(STEPS):
        pair.step(number)
        pair.check(TOLERANCE)
    if info.name != "LBFGS":
        pair.check_state(TOLERANCE)
    elif dtype in ("float64", "complex128"):
        pair.check_state(1e-4)  # of differences of gradients


@pytest.mark.parametrize(("info", "kwargs"), list(entries()))
def test_checkpoints_go_both_ways(info, kwargs):
    pair = Pair(info, kwargs, "float32", SHAPES)
    for number in range(2):
        pair.step(number)
    following = Pair(info, {}, "float32", SHAPES)
    for there, here in ((following.ours, pair.ours), (following.theirs, pair.theirs)):
        for one, other in zip(there, here, strict=True):
            one.data.copy_(other.data)
    following.our.load_state_dict(pair.their.state_dict())
    following.their.load_state_dict(theirs(pair.our.state_dict()))
    for number in range(3, 6):
        following.step(number)
        following.check(TOLERANCE)


def theirs(value):
    """PyTorch's form of a state dict of ours."""
    if isinstance(value, minitorch.Tensor):
        return torch.from_numpy(np.array(value.detach().numpy()))
    if isinstance(value, dict):
        return {key: theirs(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([theirs(item) for item in value])
    return value


@pytest.mark.parametrize(("info", "error"), list(errors()))
def test_errors(info, error):
    given = error.optimizer_error_input
    if (info.name, given.desc) in NO_SUCH_ERROR:
        return
    if given.params is None:
        given.params = [torch.nn.Parameter(torch.randn(2, 3)) for _ in range(2)]
    make = getattr(minitorch.optim, info.name)
    params, kwargs = ours(given.params), ours(given.kwargs)
    if isinstance(given.params, list) and len(given.params) == 2 and given.params[0] is given.params[1]:
        params[1] = params[0]
    if given.desc == "duplicate parameters should not occur across param groups either":
        params[1]["params"] = params[0]["params"]
    if error.error_type is UserWarning:
        with pytest.warns(UserWarning, match=error.error_regex):
            make(params, **kwargs)
    elif error.error_on is common.OptimizerErrorEnum.CONSTRUCTION_ERROR:
        with pytest.raises(error.error_type, match=error.error_regex):
            make(params, **kwargs)
    else:
        optimizer = make(params, **kwargs)
        with pytest.raises(error.error_type, match=error.error_regex):
            optimizer.step()


@pytest.mark.parametrize("info", [pytest.param(info, id=info.name) for info in common.optim_db])
def test_differentiable(info):
    """The gradient of what five steps lead to, by the first gradient, as PyTorch has it."""
    if "differentiable" not in info.supported_impls or info.name in NOT_DIFFERENTIABLE:
        return
    results = []
    for library, make in ((torch, info.optim_cls), (minitorch, getattr(minitorch.optim, info.name))):
        start = library.tensor([1.0, -2.0, 0.5], dtype=library.float64, requires_grad=True)
        grad = library.tensor([0.3, -0.2, 0.7], dtype=library.float64, requires_grad=True)
        param = start.clone()
        param.retain_grad()
        optimizer = make([param], lr=0.1, differentiable=True)
        for _ in range(STEPS):
            param.grad = grad
            optimizer.step()
        (param * param).sum().backward()
        results.append((param.detach().numpy(), grad.grad.numpy()))
    for result, wanted in zip(results[1], results[0], strict=True):
        np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(64, 64), (128, 512), (300, 200)])
def test_muon_on_larger_matrices(shape):
    """As near as PyTorch to itself: in longer sums roundings to bfloat16 hang on their order, which oneDNN chooses by processor.

    With `torch.backends.mkldnn.flags(enabled=False)` its own five steps differ by 6e-6, 3e-6 and 7e-6.
    """
    info = next(info for info in common.optim_db if info.name == "Muon")
    pair = Pair(info, {}, "float32", [shape] * 3)
    for number in range(STEPS):
        pair.step(number)
    pair.check(2e-4)  # a last digit of bfloat16, 2**-8, times lr = 0.02


def test_exceptions_are_needed():
    names = {info.name for info in common.optim_db}
    assert NOT_DIFFERENTIABLE.keys() <= names
    listed = {(info.values[0].name, info.values[1].optimizer_error_input.desc) for info in errors()}
    assert NO_SUCH_ERROR.keys() <= listed


def count():
    """The lines that the command prints."""
    optimizers, cases, refused = list(common.optim_db), list(entries()), list(errors())
    yield f"optimizers: {len(optimizers)} compared"
    yield f"sets of arguments: {len(cases)} compared, five steps to {TOLERANCE}"
    yield f"errors: {len(refused) - len(NO_SUCH_ERROR)} of {len(refused)} compared"


if __name__ == "__main__":
    print(*count(), sep="\n")  # noqa: T201
