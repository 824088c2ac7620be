"""Products that sum over an index: matrix products and what is made of them.

    out = A @ B      dA = g @ B^H      dB = A^H @ g

where ^H is the transpose, conjugated for complex numbers. Batch dims broadcast; the tape sums their gradients back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from minitorch import dtypes
from minitorch.errors import DTypeMismatch, ShapeMismatch, message
from minitorch.ops.formulas import conjugate
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition, multilinear, op
from minitorch.rows import linear as linear_row
from minitorch.tensor import Tensor

# --- Pieces -----------------------------------------------------------------------------------------------------------


@linear_row(input=lambda k, g: k.adjoint_matrix(g), public=False,
        samples=lambda make: iter([Sample(make(2, 3)), Sample(make(2, 3, 4))]))  # fmt: skip
def adjoint_matrix(k, input: Array):
    """The last two dims swapped, conjugated if complex; for rules, which give it to a product and to nobody else."""
    last = len(input.shape) - 1
    return k.permute(conjugate(k, input), (*range(last - 1), last, last - 1))


def _row(k: Any, x: Any) -> Any:
    """(..., n) as matrices of one row."""
    return k.reshape(x, (*x.shape[:-1], 1, x.shape[-1]))


def _column(k: Any, x: Any) -> Any:
    """(..., n) as matrices of one column."""
    return k.reshape(x, (*x.shape, 1))


def _rows(k: Any, x: Any) -> Any:
    """(..., n) as one matrix."""
    if len(x.shape) == 2:
        return x
    count = 1
    for size in x.shape[:-1]:
        count *= size
    return k.reshape(x, (count, x.shape[-1]))


# --- Matrix products --------------------------------------------------------------------------------------------------


def _left(k, g, input_shape, other):
    """The gradient of the left factor: g @ other^H."""
    if len(other.shape) > 1 < len(input_shape):
        return k.matmul(g, k.adjoint_matrix(other))
    other = conjugate(k, other)
    if len(other.shape) > 1:  # a vector on the left: each matrix tells it what it gave
        return k.reshape(k.matmul(other, _column(k, g)), tuple(other.shape[:-1]))
    return _column(k, g) * other if len(input_shape) > 1 else g * other


def _right(k, g, input, other_shape):
    """The gradient of the right factor: input^H @ g; one large product where a batch shares the factor."""
    if len(other_shape) > 2 and len(input.shape) > 1:
        return k.matmul(k.adjoint_matrix(input), g)
    if len(input.shape) == 1:
        input = conjugate(k, input)
        return _column(k, input) * _row(k, g) if len(other_shape) > 1 else g * input
    g = _rows(k, g) if len(other_shape) == 2 else k.reshape(g, (_size(g.shape),))
    return k.matmul(k.adjoint_matrix(_rows(k, input)), g)


def _size(shape: Sequence[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _cannot_multiply(name: str, input: Tensor, mat2: Tensor, what: str | None = None) -> NoReturn:
    rows, inner = (_size(input.shape[:-1]), input.shape[-1]) if input.ndim != 1 else (1, input.shape[0])
    got = "x".join(map(str, mat2.shape))
    if mat2.ndim > 1 and mat2.shape[-1] == inner:
        hint = "the second factor looks transposed: try .mT on it"
    elif input.ndim > 1 and input.shape[-2] == mat2.shape[0]:
        hint = "the first factor looks transposed: try .mT on it"
    else:
        hint = "the last size of the first factor must be the last but one of the second"
    raise ShapeMismatch(
        message(
            what or f"mat1 and mat2 shapes cannot be multiplied ({rows}x{inner} and {got})",
            where=f"{name}()",
            expected=f"(..., n, {inner}) @ (..., {inner}, m)",
            got=f"{list(input.shape)} @ {list(mat2.shape)}",
            hint=hint,
        )
    )


def _explain_matmul(input: Tensor, mat2: Tensor) -> None:
    a, b = tuple(input.shape), tuple(mat2.shape)
    if not a or not b:
        raise ShapeMismatch(f"both arguments to matmul need to be at least 1D, but they are {len(a)}D and {len(b)}D")
    if len(a) == len(b) == 1:
        what = (
            f"inconsistent tensor size, expected tensor [{a[0]}] and src [{b[0]}] to have the same number of elements, but got "
            f"{a[0]} and {b[0]} elements respectively"
        )
    elif len(b) == 1:
        what = f"size mismatch, got input ({_size(a[:-1])}), mat ({_size(a[:-1])}x{a[-1]}), vec ({b[0]})"
    elif len(b) > 2:
        _explain_batch(a, b)
        batch = _size(b[:-2])
        what = f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {a[-1]}] but got: [{batch}, {b[-2]}]."
    else:
        what = None
    if a[-1] != b[-2 if len(b) > 1 else -1]:
        _cannot_multiply("matmul", input, mat2, what)


def _explain_batch(a: Sequence[int], b: Sequence[int]) -> None:
    for position in range(3, min(len(a), len(b)) + 1):
        x, y = a[-position], b[-position]
        if x != y and 1 not in (x, y):
            dim = max(len(a), len(b)) - position
            raise ShapeMismatch(
                message(
                    f"The size of tensor a ({x}) must match the size of tensor b ({y}) at non-singleton dimension {dim}",
                    where="the batch dims of matmul()",
                    got=f"{list(a)} @ {list(b)}",
                )
            )


def _matmul_samples(make):
    shapes = (
        ((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((4, 2, 3), (4, 3, 2)), ((4, 2, 3), (3, 2)),
        ((2, 3), (4, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((3,), (2, 3, 2)), ((2, 2, 3), (3,)), ((0, 3), (3, 2)), ((2, 0), (0, 3)),
    )  # fmt: skip
    for first, second in shapes:
        yield Sample(make(*first), make(*second))
    yield Sample(make.strided(4, 3), make.strided(3, 4))


def _matmul_errors(make):
    yield ErrorSample(
        Sample(make(2, 3), make(4, 5)), RuntimeError, r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 4x5\)"
    )
    yield ErrorSample(Sample(make(3), make(4)), RuntimeError, "inconsistent tensor size")
    yield ErrorSample(Sample(make(2, 3), make(4)), RuntimeError, "size mismatch")
    yield ErrorSample(Sample(make(2, 3, 4), make(3, 4, 5)), RuntimeError, "must match the size of tensor b")
    yield ErrorSample(Sample(make(), make(2)), RuntimeError, "need to be at least 1D")


def _matmul_name(node: Any) -> str:
    """PyTorch's matmul is one of several ops, by the dims of its factors."""
    return {0: "DotBackward0", 1: "MvBackward0", 2: "MmBackward0"}.get(len(node.shape), "UnsafeViewBackward0")


@multilinear(input=_left, other=_right, samples=_matmul_samples, errors=_matmul_errors, explain=_explain_matmul,
             grad_name=_matmul_name, refuses="bool", autocast="lower")  # fmt: skip
def matmul(k, input: Array, other: Array):
    """The matrix product over the last dim of `input` and the last but one of `other`; leading dims are a batch and broadcast.

    out[..., i, j] = sum over n of input[..., i, n] * mat2[..., n, j]

    Vectors count as a row on the left and as a column on the right, and the dim of size 1 is dropped from the result.

    >>> import minitorch
    >>> minitorch.tensor([[1.0, 2.0], [3.0, 4.0]]) @ minitorch.tensor([1.0, 1.0])
    tensor([3., 7.])
    """
    ...


# --- Products of fixed dims -------------------------------------------------------------------------------------------


def _product_of(k: Any, input: Any, ndim: int, other: Any, other_ndim: int) -> Any:
    """matmul, for factors of so many dims only; what is wrong is said by `explain`."""
    if len(input.shape) != ndim or len(other.shape) != other_ndim:
        raise ValueError("wrong number of dims")
    return k.matmul(input, other)


def _explain_dims(name: str, ndim: int, first: str, other_ndim: int, second: str):
    def explain(input: Tensor, other: Tensor) -> None:
        for tensor, wanted, text in ((input, ndim, first), (other, other_ndim, second)):
            if tensor.ndim != wanted:
                shapes = f"{list(input.shape)} and {list(other.shape)}"
                raise ShapeMismatch(message(f"{name}(): {text}", got=shapes, hint="matmul() takes factors of any dims"))
        _explain_matmul(input, other)
        if name == "bmm":
            a, b = input.shape, other.shape
            text = f"Expected size for first two dimensions of batch2 tensor to be: [{a[0]}, {a[2]}] but got: [{b[0]}, {b[1]}]."
            _cannot_multiply(name, input, other, text)

    return explain


def _one_sample(first: tuple, second: tuple):
    return lambda make: iter([Sample(make(*first), make(*second))])


def _by_left(k, g, mat2):
    return k.matmul(g, k.adjoint_matrix(mat2))


def _by_right(k, g, input):
    return k.matmul(k.adjoint_matrix(input), g)


@multilinear(input=_by_left, mat2=_by_right, samples=_one_sample((2, 3), (3, 4)), refuses="bool",
             explain=_explain_dims("mm", 2, "self must be a matrix", 2, "mat2 must be a matrix"),
             autocast="lower")  # fmt: skip
def mm(k, input: Array, mat2: Array):
    """The product of two matrices."""
    return _product_of(k, input, 2, mat2, 2)


@multilinear(input=_by_left, mat2=_by_right, samples=_one_sample((4, 2, 3), (4, 3, 2)), refuses="bool",
             explain=_explain_dims("bmm", 3, "batch1 must be a 3D tensor", 3, "batch2 must be a 3D tensor"),
             autocast="lower")  # fmt: skip
def bmm(k, input: Array, mat2: Array):
    """The products of two batches of matrices, one by one."""
    if input.shape[:1] != mat2.shape[:1]:
        raise ValueError("batches of different sizes")
    return _product_of(k, input, 3, mat2, 3)


_MATRIX_VECTOR = "vector + matrix @ vector expected"


@multilinear(input=lambda k, g, vec: _column(k, g) * conjugate(k, vec), vec=_by_right, samples=_one_sample((2, 3), (3,)),
             refuses="bool", explain=_explain_dims("mv", 2, _MATRIX_VECTOR, 1, _MATRIX_VECTOR),
             autocast="cuda lower")  # fmt: skip
def mv(k, input: Array, vec: Array):
    """The product of a matrix and a vector."""
    return _product_of(k, input, 2, vec, 1)


@multilinear(input=lambda k, g, tensor: g * conjugate(k, tensor), tensor=lambda k, g, input: g * conjugate(k, input),
             samples=lambda make: iter([Sample(make(3), make(3))]),
             refuses="bool", explain=_explain_dims("dot", 1, "1D tensors expected", 1, "1D tensors expected"),
             autocast="cuda widest")  # fmt: skip
def dot(k, input: Array, tensor: Array):
    """The sum of the products of two vectors' elements, without conjugation."""
    return _product_of(k, input, 1, tensor, 1)


@composition(samples=lambda make: iter([Sample(make(3), make(3))]), out=True, autocast="cuda widest")
def vdot(input: Array, other: Array, *, out=None):
    """The dot product with the first vector conjugated."""
    return dot(input.conj() if input.dtype.is_complex else input, other, out=out)


@composition(samples=lambda make: iter([Sample(make(2), make(3))]), out=True)
def outer(input: Array, vec2: Array, *, out=None):
    """All products of an element of one vector with an element of the other: (n), (m) -> (n, m)."""
    for name, vector in (("self", input), ("vec2", vec2)):
        if vector.ndim != 1:
            raise ShapeMismatch(f"outer: Expected 1-D argument {name}, but got {vector.ndim}-D")
    return input.reshape((-1, 1)).mul(vec2, out=out)


# --- Sums of products -------------------------------------------------------------------------------------------------


def _scaled_sum(input: Tensor, product: Tensor, beta: Any, alpha: Any, out: Any) -> Tensor:
    """beta * input + alpha * product; with beta = 0 the input isn't looked at, so that its nan doesn't spread."""
    if input.dtype is not product.dtype:
        raise DTypeMismatch(
            f"the input and the matrices must have the same dtype, but got {input.dtype!r} and {product.dtype!r}; convert one"
        )
    if not input.dtype.full:  # rounded once
        result = _scaled_sum(input.float(), product.float(), beta, alpha, None).to(input.dtype)
        return result if out is None else result.mul(1, out=out)
    if tuple(input.shape) != tuple(product.shape):
        input = input.expand(tuple(product.shape))
    if not input.dtype.inexact:  # the factors become numbers of the tensors' type
        kind = bool if input.dtype is dtypes.bool else int
        beta, alpha = kind(beta), kind(alpha)
    product = product if alpha == 1 else product * alpha
    if beta == 0:
        return product if out is None else product.mul(1, out=out)
    return (input if beta == 1 else input * beta).add(product, out=out)


def _sum_samples(*shapes: tuple):
    def samples(make):
        yield Sample(*[make(*shape) for shape in shapes])
        yield Sample(*[make(*shape) for shape in shapes], beta=0.5, alpha=2.0)

    return samples


@composition(samples=_sum_samples((2, 4), (2, 3), (3, 4)), inplace=True, out=True, autocast="lower")
def addmm(input: Array, mat1: Array, mat2: Array, *, beta=1, alpha=1, out=None):
    """beta * input + alpha * (mat1 @ mat2)."""
    return _scaled_sum(input, mm(mat1, mat2), beta, alpha, out)


@composition(samples=_sum_samples((2,), (2, 3), (3,)), inplace=True, out=True, autocast="cuda lower")
def addmv(input: Array, mat: Array, vec: Array, *, beta=1, alpha=1, out=None):
    """beta * input + alpha * (mat @ vec)."""
    return _scaled_sum(input, mv(mat, vec), beta, alpha, out)


@composition(samples=_sum_samples((2, 3), (2,), (3,)), inplace=True, out=True, autocast="cuda lower")
def addr(input: Array, vec1: Array, vec2: Array, *, beta=1, alpha=1):
    """beta * input + alpha * outer(vec1, vec2)."""
    dtype = dtypes.result_of([tensor.dtype for tensor in (input, vec1, vec2)])
    wide = dtype if dtype.full else dtypes.float32  # so that it is rounded once
    return _scaled_sum(input.to(wide), outer(vec1.to(wide), vec2.to(wide)), beta, alpha, None).to(dtype)


@composition(samples=_sum_samples((2, 2, 4), (2, 2, 3), (2, 3, 4)), inplace=True, out=True, autocast="lower")
def baddbmm(input: Array, batch1: Array, batch2: Array, *, beta=1, alpha=1, out=None):
    """beta * input + alpha * bmm(batch1, batch2)."""
    return _scaled_sum(input, bmm(batch1, batch2), beta, alpha, out)


@composition(samples=_sum_samples((2, 4), (3, 2, 3), (3, 3, 4)), inplace=True, out=True, autocast="lower")
def addbmm(input: Array, batch1: Array, batch2: Array, *, beta=1, alpha=1, out=None):
    """beta * input + alpha * (the sum of bmm(batch1, batch2) over the batch)."""
    if batch1.ndim != 3 or batch2.ndim != 3 or batch1.shape[::2] != batch2.shape[:2]:
        bmm(batch1, batch2)  # which says what is wrong
    count, rows, inner = batch1.shape
    flat = batch1.transpose(0, 1).reshape(rows, count * inner)
    product = matmul(flat, batch2.reshape(count * inner, batch2.shape[2]))  # one sum, rounded once
    return _scaled_sum(input, product, beta, alpha, out)


# --- Linear maps ------------------------------------------------------------------------------------------------------


def _linear_input(k, g, weight):
    if len(weight.shape) == 1:
        return _column(k, g) * conjugate(k, weight)
    return k.matmul(g, conjugate(k, weight))


def _linear_weight(k, g, input, weight_shape):
    """(g^T x)*, as one product over all rows, laid out like the weight."""
    g = k.reshape(g, (_size(g.shape), 1)) if len(weight_shape) == 1 else _rows(k, _at_least_2d(k, g))
    product = conjugate(k, k.matmul(k.adjoint_matrix(g), _rows(k, _at_least_2d(k, input))))
    return product if len(weight_shape) > 1 else k.reshape(product, tuple(weight_shape))


def _at_least_2d(k: Any, x: Any) -> Any:
    return _row(k, x) if len(x.shape) == 1 else x


def _explain_linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if not input.ndim or not weight.ndim:
        raise ShapeMismatch(
            f"both arguments to linear need to be at least 1D, but they are {input.ndim}D and {weight.ndim}D"
        )
    if input.shape[-1] != weight.shape[-1]:
        rows, (outputs, inputs) = _size(input.shape[:-1]), (1, *weight.shape)[-2:]
        raise ShapeMismatch(
            message(
                f"mat1 and mat2 shapes cannot be multiplied ({rows}x{input.shape[-1]} and {inputs}x{outputs})",
                where=f"linear(): weight {list(weight.shape)} is (out_features, in_features)",
                expected=f"an input of shape (..., {inputs})",
                got=f"an input of shape {list(input.shape)}",
                hint="flatten or reshape the input, or give the layer the in_features that it gets",
            )
        )
    if bias is not None and bias.ndim and bias.shape[-1] not in (1, weight.shape[0]):
        raise ShapeMismatch(
            message(
                f"The expanded size of the tensor ({weight.shape[0]}) must match the existing size ({bias.shape[-1]})",
                where="linear()",
                expected=f"a bias of shape ({weight.shape[0]},) for a weight of shape {list(weight.shape)}",
                got=f"a bias of shape {list(bias.shape)}",
            )
        )


def _linear_samples(make):
    yield Sample(make(2, 3), make(4, 3), make(4))
    yield Sample(make(2, 3), make(4, 3))
    yield Sample(make(3), make(4, 3), make(4))
    yield Sample(make(2, 2, 3), make(4, 3), make(4))
    yield Sample(make.strided(3, 4), make.strided(2, 4), make(2))
    yield Sample(make(2, 3), make(3))
    yield Sample(make(3), make(3))


def _linear_errors(make):
    yield ErrorSample(
        Sample(make(2, 3), make(4, 5)), RuntimeError, r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 5x4\)"
    )
    yield ErrorSample(Sample(make(2, 3), make(4, 3), make(5)), RuntimeError, "expanded size")


def _linear_name(node: Any) -> str:
    with_bias = node.edges[2] is not None
    if len(node.shape) == 2:
        return "AddmmBackward0" if with_bias else "MmBackward0"
    return "ViewBackward0" if with_bias else "UnsafeViewBackward0"


def _linear_forward(input: Array, weight: Array, tangents: dict) -> Array:
    """Input and weight move one at a time; the bias, which is only added, just moves along."""
    x, w, moved = tangents.values()
    products = [linear(*pair) for pair in ((x, weight), (input, w)) if pair[0] is not None and pair[1] is not None]
    return sum(products if moved is None else [*products, moved])


@op(input=_linear_input, weight=_linear_weight, bias=lambda g: g, forward=_linear_forward, method=False, refuses="bool",
    samples=_linear_samples, errors=_linear_errors, explain=_explain_linear, torch="nn.functional.linear",
    grad_name=_linear_name, autocast="lower")  # fmt: skip
def linear(k, input: Array, weight: Array, bias: Array | None = None):
    """input @ weight.T + bias: (..., in), (out, in), (out) -> (..., out).

    >>> import minitorch
    >>> minitorch.nn.functional.linear(minitorch.tensor([1.0, 2.0]), minitorch.tensor([[1.0, 1.0], [0.0, 1.0]]))
    tensor([3., 2.])
    """
    last = len(weight.shape) - 1
    out = k.matmul(input, weight if last < 1 else k.permute(weight, (*range(last - 1), last, last - 1)))
    return out if bias is None else out + bias


def _bilinear_samples(make):
    yield Sample(make(2, 3), make(2, 4), make(5, 3, 4), make(5))
    yield Sample(make(3), make(4), make(5, 3, 4))


@composition(method=False, torch="nn.functional.bilinear", samples=_bilinear_samples, autocast="cuda widest")
def bilinear(input1: Array, input2: Array, weight: Array, bias: Array | None = None):
    """input1^T weight[o] input2 + bias[o]: (..., n), (..., m), (out, n, m) -> (..., out)."""
    sizes = [tuple(input.shape[-1:]) for input in (input1, input2)]
    if weight.ndim != 3 or sizes != [(size,) for size in weight.shape[1:]]:
        raise ShapeMismatch(
            message(
                "bilinear(): the sizes of the inputs don't fit the weight",
                expected="(..., n) and (..., m) with a weight (out, n, m)",
                got=f"{list(input1.shape)} and {list(input2.shape)} with {list(weight.shape)}",
            )
        )
    halfway = matmul(input1.reshape((*input1.shape[:-1], 1, 1, input1.shape[-1])), weight)
    out = matmul(halfway, input2.reshape((*input2.shape[:-1], 1, input2.shape[-1], 1)))
    out = out.reshape(tuple(out.shape[:-2]))
    return out if bias is None else out + bias
