from minitorch.func.forward import jvp, linearize
from minitorch.func.reverse import grad, grad_and_value, vjp
