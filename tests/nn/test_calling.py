"""What happens around forward: hooks of all kinds, and the note that an error gets on its way up."""

from __future__ import annotations

import traceback

import pytest

import minitorch
from minitorch import nn
from minitorch.nn import hooks


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(2, 2))

    def forward(self, x: minitorch.Tensor) -> minitorch.Tensor:
        return self.linear_relu_stack(self.flatten(x))


class TestNote:
    def raised(self, module: nn.Module, *args: object) -> Exception:
        with pytest.raises(RuntimeError) as caught:
            module(*args)
        return caught.value

    def test_names_the_module_that_failed(self) -> None:
        error = self.raised(Network(), minitorch.ones(5, 2, 2))
        assert error.__notes__ == ["in linear_relu_stack.2 (Linear) of Network, called with [5, 3] torch.float32"]
        assert "in linear_relu_stack.2 (Linear) of Network" in "".join(traceback.format_exception(error))

    def test_of_a_module_by_itself(self) -> None:
        error = self.raised(nn.Linear(4, 3), minitorch.ones(5))
        assert error.__notes__ == ["in Linear, called with [5] torch.float32"]

    def test_of_a_module_that_is_not_registered(self) -> None:
        hidden = [Network()]

        class Outer(nn.Module):
            def forward(self, x: minitorch.Tensor) -> minitorch.Tensor:
                return hidden[0](x)

        error = self.raised(Outer(), minitorch.ones(5, 2, 2))
        assert error.__notes__ == ["in linear_relu_stack.2 (Linear) of Network, called with [5, 3] torch.float32"]

    def test_of_forward_itself(self) -> None:
        class Failing(nn.Module):
            def forward(self, *args: object) -> None:
                error = RuntimeError("no")
                error.add_note("a note of its own")
                raise error

        error = self.raised(nn.Sequential(Failing()), 3)
        assert error.__notes__ == ["a note of its own", "in 0 (Failing) of Sequential, called with int"]
        assert self.raised(Failing()).__notes__[1] == "in Failing, called with no arguments"

    def test_from_a_hook(self) -> None:
        def fail(module: nn.Module, args: tuple) -> None:
            raise RuntimeError("from the hook")

        model = Network()
        model.flatten.register_forward_pre_hook(fail)
        error = self.raised(model, minitorch.ones(1, 4))
        assert error.__notes__ == ["in flatten (Flatten) of Network, called with [1, 4] torch.float32"]

    def test_a_good_call_leaves_no_trace(self) -> None:
        error = RuntimeError("mine")

        class Catching(nn.Module):
            def forward(self, x: object) -> object:
                try:
                    raise error
                except RuntimeError:
                    return x

        assert Catching()(3) == 3
        assert not hasattr(error, "__notes__")


class TestHooks:
    def test_order_and_replacement(self) -> None:
        module = nn.Identity()
        module.register_forward_pre_hook(lambda m, args: (args[0] * 2,))
        module.register_forward_pre_hook(lambda m, args: args[0] + 1)
        module.register_forward_pre_hook(lambda m, args: args[0] + 10, prepend=True)
        module.register_forward_hook(lambda m, args, output: (args[0], output))
        assert module(1) == (23, 23)

    def test_a_hook_may_remove_itself(self) -> None:
        module = nn.Identity()
        seen = []
        handle = module.register_forward_hook(lambda m, args, output: (seen.append(output), handle.remove())[0])
        module.register_forward_hook(lambda m, args, output: seen.append("second"))
        module(1), module(2)
        assert seen == [1, "second", "second"]

    def test_handle_is_a_block_too(self) -> None:
        module = nn.Identity()
        with module.register_forward_hook(lambda m, args, output: output + 1):
            assert module(1) == 2
        assert module(1) == 1

    def test_on_all_modules(self) -> None:
        seen = []
        handles = [
            hooks.register_module_forward_pre_hook(lambda m, args: seen.append(f"{type(m).__name__} in")),
            hooks.register_module_forward_hook(lambda m, args, output: seen.append(f"{type(m).__name__} out")),
            hooks.register_module_full_backward_pre_hook(lambda m, g: seen.append(f"{type(m).__name__} back")),
            hooks.register_module_full_backward_hook(lambda m, gi, go: seen.append(f"{type(m).__name__} through")),
        ]
        try:
            model = nn.Sequential(nn.Tanh())
            model[0].register_forward_hook(lambda m, args, output: seen.append("own"))
            model(minitorch.ones(1, requires_grad=True)).backward()
        finally:
            for handle in handles:
                handle.remove()
        assert seen == ["Sequential in", "Tanh in", "Tanh out", "own", "Sequential out", "Sequential back", "Tanh back",
                        "Tanh through", "Sequential through"]  # fmt: skip
        model[0]._hooks.clear()
        del seen[:]
        model(minitorch.ones(1))
        assert not seen

    def test_a_failing_always_hook_does_not_hide_the_error(self) -> None:
        module = nn.Linear(2, 2)
        module.register_forward_hook(lambda m, args, output: 1 / 0, always_call=True)
        with (
            pytest.warns(UserWarning, match="was silenced as another error was raised in forward: division by zero"),
            pytest.raises(RuntimeError),
        ):
            module(minitorch.ones(3))

    def test_pre_hook_with_wrong_result(self) -> None:
        module = nn.Identity()
        module.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
        with pytest.raises(RuntimeError, match="must return None or a tuple of"):
            module(1)


class TestBackwardHooks:
    def test_sees_only_what_passes_the_module(self) -> None:
        """x is used beside the module too; grad_input is the module's share alone."""
        seen = []
        module = nn.Identity()
        module.register_full_backward_hook(lambda m, gi, go: seen.append((gi[0].tolist(), go[0].tolist())))
        x = minitorch.tensor([1.0, 2.0], requires_grad=True)
        (module(x * 3) * 2 + x).sum().backward()
        assert seen == [([2.0, 2.0], [2.0, 2.0])]
        assert x.grad.tolist() == [7.0, 7.0]

    def test_an_unused_input_still_lets_the_hook_run(self) -> None:
        class First(nn.Module):
            def forward(self, a: minitorch.Tensor, b: minitorch.Tensor) -> minitorch.Tensor:
                return a * 2

        seen = []
        module = First()
        module.register_full_backward_hook(lambda m, gi, go: seen.append(gi))
        a, b = (minitorch.ones(1, requires_grad=True) for _ in range(2))
        module(a, b).backward()
        assert len(seen) == 1 and seen[0][0].tolist() == [2.0]
        assert seen[0][1].tolist() == b.grad.tolist() == [0.0]

    def test_inputs_of_several_dtypes(self) -> None:
        class Sum(nn.Module):
            def forward(self, a: minitorch.Tensor, b: minitorch.Tensor) -> minitorch.Tensor:
                return a + b

        seen = []
        module = Sum()
        module.register_full_backward_hook(lambda m, gi, go: seen.extend(g.dtype for g in gi))
        a = minitorch.ones(1, requires_grad=True)
        b = minitorch.ones(1, dtype=minitorch.float64, requires_grad=True)
        module(a, b).backward()
        assert seen == [minitorch.float32, minitorch.float64] == [a.grad.dtype, b.grad.dtype]

    def test_twice_through_a_retained_graph(self) -> None:
        count = []
        module = nn.Linear(1, 1)
        module.register_full_backward_hook(lambda m, gi, go: count.append(go))
        x = minitorch.ones(1, requires_grad=True)
        output = module(x)
        output.backward(retain_graph=True)
        output.backward()
        assert len(count) == 2
        assert x.grad.tolist() == pytest.approx([2 * module.weight.item()])

    def test_gradients_of_gradients_pass(self) -> None:
        module = nn.Tanh()
        seen = []
        module.register_full_backward_hook(lambda m, gi, go: seen.append(gi[0].requires_grad))
        x = minitorch.tensor(0.5, requires_grad=True, dtype=minitorch.float64)
        (slope,) = minitorch.autograd.grad(module(x), x, create_graph=True)
        (curvature,) = minitorch.autograd.grad(slope, x)
        tanh = minitorch.tanh(x).item()
        assert seen == [True]
        assert curvature.item() == pytest.approx(-2 * tanh * (1 - tanh**2))

    def test_without_a_tape_there_is_nothing_to_hook(self) -> None:
        module = nn.Linear(1, 1)
        module.register_full_backward_hook(lambda m, gi, go: pytest.fail("no backward here"))
        with minitorch.no_grad():
            assert not module(minitorch.ones(1)).requires_grad

    def test_writing_into_a_hooked_input_is_refused(self) -> None:
        module = nn.ReLU(inplace=True)
        module.register_full_backward_hook(lambda m, gi, go: None)
        with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
            module(minitorch.ones(1, requires_grad=True) * 1)

    def test_other_results_than_tensors(self) -> None:
        module = nn.Identity()
        module.register_full_backward_hook(lambda m, gi, go: None)
        with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple of Tensors"):
            module([minitorch.ones(1)])


class TestRegistrationHooks:
    def test_what_they_return_is_registered(self) -> None:
        handle = hooks.register_module_parameter_registration_hook(
            lambda module, name, parameter: nn.Parameter(parameter.detach() + 1)
        )
        with handle:
            module = nn.Module()
            module.a = nn.Parameter(minitorch.zeros(1))
            module.register_parameter("b", nn.Parameter(minitorch.zeros(1)))
            module.register_parameter("c", None)
        module.d = nn.Parameter(minitorch.zeros(1))
        assert [module.a.item(), module.b.item(), module.c, module.d.item()] == [1, 1, None, 0]

    def test_they_see_every_kind(self) -> None:
        seen = []
        note = lambda module, name, value: seen.append(name)
        with hooks.register_module_buffer_registration_hook(note), hooks.register_module_module_registration_hook(note):
            module = nn.Sequential(nn.BatchNorm1d(1, affine=False))
            module[0].running_mean = minitorch.ones(1)
        assert seen == ["running_mean", "running_var", "num_batches_tracked", "0", "running_mean"]


def test_new_numbers_avoid_those_of_a_pickle() -> None:
    module = nn.Identity()
    first = module.register_forward_hook(lambda m, args, output: output + 1)
    following = first.id + 1
    module._hooks[following] = module._hooks.pop(first.id)  # as if it came from a process that had counted further
    module.register_forward_hook(lambda m, args, output: output + 10)
    assert len(module._hooks) == 2 and module(0) == 11


def test_full_and_other_backward_hooks_exclude_each_other() -> None:
    module = nn.Tanh()
    handle = module.register_backward_hook(lambda m, grad_in, grad_out: None)
    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full backward hooks"):
        module.register_full_backward_hook(lambda m, grad_in, grad_out: None)
    handle.remove()
    module.register_full_backward_hook(lambda m, grad_in, grad_out: None)
