"""Functions of functions: gradients, Jacobians and batches of any function of Tensors, nested in any order.

grad, vjp, jacrev      reverse mode                 vmap               many examples at once
jvp, jacfwd, linearize forward mode                 functional_call    a module as a function of its parameters
hessian                forward over reverse         functionalize      a function without writes
"""

from minitorch.func.batching import vmap
from minitorch.func.forward import jvp, linearize
from minitorch.func.functionalizing import debug_unwrap, functionalize
from minitorch.func.jacobians import hessian, jacfwd, jacrev
from minitorch.func.modules import functional_call, replace_all_batch_norm_modules_, stack_module_state
from minitorch.func.reverse import grad, grad_and_value, vjp
from minitorch.func.tracing import trace
from minitorch.transforms import moved as _moved  # noqa: F401  (fills the table of batching rules)

__all__ = ["debug_unwrap", "functional_call", "functionalize", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp",
           "linearize", "replace_all_batch_norm_modules_", "stack_module_state", "trace", "vjp", "vmap"]  # fmt: skip
