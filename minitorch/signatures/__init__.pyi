"""Made by `python -m minitorch.testing.signatures` from the op table."""

import builtins
from typing import Any, NamedTuple

from minitorch.tensor import Tensor

class AminmaxResult(NamedTuple):
    min: Tensor
    max: Tensor
class CummaxResult(NamedTuple):
    values: Tensor
    indices: Tensor
class CumminResult(NamedTuple):
    values: Tensor
    indices: Tensor
class FrexpResult(NamedTuple):
    mantissa: Tensor
    exponent: Tensor
class GeqrfResult(NamedTuple):
    a: Tensor
    tau: Tensor
class HistogramResult(NamedTuple):
    hist: Tensor
    bin_edges: Tensor
class HistogramddResult(NamedTuple):
    hist: Tensor
    bin_edges: Tensor
class KthvalueResult(NamedTuple):
    values: Tensor
    indices: Tensor
class LinalgCholeskyExResult(NamedTuple):
    L: Tensor
    info: Tensor
class LinalgEigResult(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor
class LinalgEighResult(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor
class LinalgInvExResult(NamedTuple):
    inverse: Tensor
    info: Tensor
class LinalgLdlFactorResult(NamedTuple):
    LD: Tensor
    pivots: Tensor
class LinalgLdlFactorExResult(NamedTuple):
    LD: Tensor
    pivots: Tensor
    info: Tensor
class LinalgLstsqResult(NamedTuple):
    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor
class LinalgLuResult(NamedTuple):
    P: Tensor
    L: Tensor
    U: Tensor
class LinalgLuFactorResult(NamedTuple):
    LU: Tensor
    pivots: Tensor
class LinalgLuFactorExResult(NamedTuple):
    LU: Tensor
    pivots: Tensor
    info: Tensor
class LinalgQrResult(NamedTuple):
    Q: Tensor
    R: Tensor
class LinalgSlogdetResult(NamedTuple):
    sign: Tensor
    logabsdet: Tensor
class LinalgSolveExResult(NamedTuple):
    result: Tensor
    info: Tensor
class LinalgSvdResult(NamedTuple):
    U: Tensor
    S: Tensor
    Vh: Tensor
class LuUnpackResult(NamedTuple):
    P: Tensor
    L: Tensor
    U: Tensor
class ModeResult(NamedTuple):
    values: Tensor
    indices: Tensor
class QrResult(NamedTuple):
    Q: Tensor
    R: Tensor
class SlogdetResult(NamedTuple):
    sign: Tensor
    logabsdet: Tensor
class SortResult(NamedTuple):
    values: Tensor
    indices: Tensor
class SvdResult(NamedTuple):
    U: Tensor
    S: Tensor
    V: Tensor
class TopkResult(NamedTuple):
    values: Tensor
    indices: Tensor
class TriangularSolveResult(NamedTuple):
    solution: Tensor
    cloned_coefficient: Tensor
def _dirichlet_grad(x: Any, alpha: Any, total: Any, *, out: Any = None) -> Tensor:
    """How the share `x`, drawn with concentration `alpha` of `total`, moves with alpha while the other concentrations stay."""
def _sample_dirichlet(input: Tensor, generator: Any = None) -> Tensor:
    """Parts of 1 along the last dimension, of a Dirichlet distribution with the concentrations `input`."""
def _standard_gamma(input: Tensor, generator: Any = None) -> Tensor:
    """Gamma numbers of shape `input` and rate 1, elementwise; they move with their shape by `_standard_gamma_grad`."""
def _standard_gamma_grad(input: Any, output: Any, *, out: Any = None) -> Tensor:
    """How the gamma number `output`, drawn with shape `input` and rate 1, moves with that shape."""
def abs(input: Any, *, out: Any = None) -> Tensor:
    """|input|, elementwise; of complex numbers the modulus. The derivative at 0, and of nan, is 0."""
def abs_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `abs`: writes the result into this tensor's memory and returns the tensor."""
def absolute(input: Any, *, out: Any = None) -> Tensor:
    """|input|, elementwise; of complex numbers the modulus. The derivative at 0, and of nan, is 0."""
def acos(input: Any, *, out: Any = None) -> Tensor:
    """The angle in [0, pi] whose cosine is input; nan outside [-1, 1]."""
def acos_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `acos`: writes the result into this tensor's memory and returns the tensor."""
def acosh(input: Any, *, out: Any = None) -> Tensor:
    """The number >= 0 whose hyperbolic cosine is input; nan below 1."""
def acosh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `acosh`: writes the result into this tensor's memory and returns the tensor."""
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Tensor:
    """The means of `output_size` windows that together cover (N, C, L)."""
def adaptive_avg_pool2d(input: Any, output_size: Any) -> Tensor:
    """The means of output_size windows that together cover (N, C, H, W)."""
def adaptive_avg_pool3d(input: Any, output_size: Any) -> Tensor:
    """The means of output_size windows that together cover (N, C, D, H, W)."""
def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: builtins.bool = False) -> Any:
    """The largest values of `output_size` windows that together cover (N, C, L)."""
def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: builtins.bool = False) -> Any:
    """The largest values of output_size windows that together cover (N, C, H, W)."""
def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: builtins.bool = False) -> Any:
    """The largest values of output_size windows that together cover (N, C, D, H, W)."""
def add(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
    """input + alpha * other, elementwise."""
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
    """beta * input + alpha * (the sum of bmm(batch1, batch2) over the batch)."""
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1, out: Any = None) -> Tensor:
    """input + value * tensor1 / tensor2, elementwise."""
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1, out: Any = None) -> Tensor:
    """input + value * tensor1 * tensor2, elementwise."""
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2)."""
def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
    """beta * input + alpha * (mat @ vec)."""
def addmv_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `addmv`: writes the result into this tensor's memory and returns the tensor."""
def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
    """beta * input + alpha * outer(vec1, vec2)."""
def adjoint(input: Tensor) -> Tensor:
    """The conjugate transpose of a matrix, or of a batch of them."""
def affine_grid(theta: Any, size: Any, align_corners: Any = None) -> Tensor:
    """The grid (N, H, W, 2) of where each place of an image of `size` (N, C, H, W) goes by the affine maps theta (N, 2, 3)."""
def affine_grid_generator(theta: Any, size: Any, align_corners: Any = None) -> Tensor:
    """The grid (N, H, W, 2) of where each place of an image of `size` (N, C, H, W) goes by the affine maps theta (N, 2, 3)."""
def alias_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`alias` in new memory."""
def all(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None) -> Tensor:
    """Is every element nonzero? bool, but uint8 for uint8."""
def allclose(input: Any, other: Any, rtol: builtins.float = ..., atol: builtins.float = ..., equal_nan: Any = False) -> Any:
    """Are all elements close?"""
def alpha_dropout(input: Any, p: Any, train: Any) -> Any:
    """`nn.functional.alpha_dropout` called as (input, p, train)."""
def alpha_dropout_(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """`alpha_dropout` into the input's memory."""
def amax(input: Any, dim: Any = ..., keepdim: Any = False, *, out: Any = None) -> Tensor:
    """The largest values over `dim`; nan if there is one. Equal ones share the gradient."""
def amin(input: Any, dim: Any = ..., keepdim: Any = False, *, out: Any = None) -> Tensor:
    """The smallest values over `dim`; nan if there is one. Equal ones share the gradient."""
def aminmax(input: Any, *, dim: Any = None, keepdim: Any = False, out: Any = None) -> AminmaxResult:
    """The smallest and the largest values, over all elements or along one dim."""
def angle(input: Any, *, out: Any = None) -> Tensor:
    """The angle of complex numbers in the plane, in (-pi, pi]; of real ones 0, or pi below 0."""
def any(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None) -> Tensor:
    """Is some element nonzero? bool, but uint8 for uint8."""
def arange(start: Any = None, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """start, start + step, ... up to but not including end: integers give int64, floats the default dtype."""
def arccos(input: Any, *, out: Any = None) -> Tensor:
    """The angle in [0, pi] whose cosine is input; nan outside [-1, 1]."""
def arccos_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `acos`: writes the result into this tensor's memory and returns the tensor."""
def arccosh(input: Any, *, out: Any = None) -> Tensor:
    """The number >= 0 whose hyperbolic cosine is input; nan below 1."""
def arccosh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `acosh`: writes the result into this tensor's memory and returns the tensor."""
def arcsin(input: Any, *, out: Any = None) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is input; nan outside [-1, 1]."""
def arcsin_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `asin`: writes the result into this tensor's memory and returns the tensor."""
def arcsinh(input: Any, *, out: Any = None) -> Tensor:
    """The number whose hyperbolic sine is input."""
def arcsinh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `asinh`: writes the result into this tensor's memory and returns the tensor."""
def arctan(input: Any, *, out: Any = None) -> Tensor:
    """The angle in (-pi/2, pi/2) whose tangent is input."""
def arctan2(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The angle in [-pi, pi] of the point (other, input). The derivative at (0, 0) is 0."""
def arctan_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `atan`: writes the result into this tensor's memory and returns the tensor."""
def arctanh(input: Any, *, out: Any = None) -> Tensor:
    """The number whose hyperbolic tangent is input; nan outside [-1, 1]."""
def arctanh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `atanh`: writes the result into this tensor's memory and returns the tensor."""
def argmax(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None) -> Tensor:
    """Where the largest value is: its index along `dim`, or in the flattened tensor; the first of equal ones."""
def argmin(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None) -> Tensor:
    """Where the smallest value is: its index along `dim`, or in the flattened tensor; the first of equal ones."""
def argsort(input: Any, dim: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = False) -> Tensor:
    """Where the values come from that sort would give."""
def argwhere(input: Any) -> Tensor:
    """The places of the elements that aren't 0, one per row."""
def as_strided(input: Any, size: Any, stride: Any, storage_offset: Any = None) -> Tensor:
    """A view with any size and strides of the memory that the input lies in, from the input's own offset or another."""
def as_strided_(self, *arguments: Any, **keywords: Any) -> Tensor:
    """In-place form of `as_strided`: this tensor itself takes on the shape, on the same memory."""
def as_strided_contiguous(input: Any, size: Any, stride: Any, storage_offset: Any = 0) -> Tensor:
    """Element (i, j, ...) of the result is number storage_offset + i * stride[0] + j * stride[1] + ... of a contiguous input."""
def as_strided_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`as_strided` in new memory."""
def as_strided_scatter(input: Any, src: Any, size: Any, stride: Any, storage_offset: Any = None) -> Tensor:
    """input with src where as_strided would read it."""
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Like `tensor`, but shares memory with a Tensor or NumPy array where dtype and device allow."""
def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: Any = None, requires_grad: Any = None) -> Tensor:
    """A Tensor of a Tensor, a NumPy array, an array of another library, a buffer, a number or nested lists."""
def asin(input: Any, *, out: Any = None) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is input; nan outside [-1, 1]."""
def asin_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `asin`: writes the result into this tensor's memory and returns the tensor."""
def asinh(input: Any, *, out: Any = None) -> Tensor:
    """The number whose hyperbolic sine is input."""
def asinh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `asinh`: writes the result into this tensor's memory and returns the tensor."""
def atan(input: Any, *, out: Any = None) -> Tensor:
    """The angle in (-pi/2, pi/2) whose tangent is input."""
def atan2(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The angle in [-pi, pi] of the point (other, input). The derivative at (0, 0) is 0."""
def atan_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `atan`: writes the result into this tensor's memory and returns the tensor."""
def atanh(input: Any, *, out: Any = None) -> Tensor:
    """The number whose hyperbolic tangent is input; nan outside [-1, 1]."""
def atanh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `atanh`: writes the result into this tensor's memory and returns the tensor."""
def atleast_1d(*tensors: Any) -> Any:
    """Scalars as vectors of one element, the rest as it is; of several tensors a tuple."""
def atleast_2d(*tensors: Any) -> Any:
    """Scalars and vectors as matrices of one row, the rest as it is; of several tensors a tuple."""
def atleast_3d(*tensors: Any) -> Any:
    """A scalar as (1, 1, 1), a vector as (1, n, 1), a matrix as (m, n, 1), the rest as it is; of several tensors a tuple."""
def avg_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True) -> Tensor:
    """The mean of each window of (N, C, L)."""
def avg_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True, divisor_override: Any = None, *, out: Any = None) -> Tensor:
    """The mean of each window of (N, C, H, W)."""
def avg_pool3d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True, divisor_override: Any = None, *, out: Any = None) -> Tensor:
    """The mean of each window of (N, C, D, H, W)."""
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
    """beta * input + alpha * bmm(batch1, batch2)."""
def bartlett_window(window_length: builtins.int, periodic: builtins.bool = True, **settings: Any) -> Tensor:
    """A triangle from 0 up to 1 and back to 0."""
def batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: Any, momentum: Any, eps: Any, cudnn_enabled: Any) -> Tensor:
    """`nn.functional.batch_norm` called as (input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled)."""
def batch_norm_update_stats(input: Tensor, running_mean: Any, running_var: Any, momentum: builtins.float) -> Any:
    """The mean and (biased) variance of each channel of (N, C, *), and the moving averages updated by them in place."""
def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None, out: Any = None) -> Tensor:
    """1 with the probability that `input` holds (or with probability `p`, in the shape of input), else 0."""
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """input1^T weight[o] input2 + bias[o]: (..., n), (..., m), (out, n, m) -> (..., out)."""
def binary_cross_entropy(input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: builtins.str = 'mean') -> Tensor:
    """-(t log p + (1 - t) log(1 - p)) of probabilities p; the logarithms are kept above -100."""
def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any, pos_weight: Any, reduction: Any) -> Tensor:
    """`nn.functional.binary_cross_entropy_with_logits` called as (input, target, weight, pos_weight, reduction)."""
def bincount(input: Any, weights: Any = None, minlength: builtins.int = 0) -> Tensor:
    """How often 0, 1, 2, ... are in a vector; with weights, the sum of the weights of each."""
def binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Tensor:
    """Successes in `count` trials that succeed with probability `prob`, elementwise: whole numbers in their floating dtype."""
def bitwise_and(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """Bit by bit: are both set? For bools, logical and."""
def bitwise_left_shift(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input * 2 ** other on integers."""
def bitwise_not(input: Any, *, out: Any = None) -> Tensor:
    """All bits turned over; for bools, logical not."""
def bitwise_or(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """Bit by bit: is either set? For bools, logical or."""
def bitwise_right_shift(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """floor(input / 2 ** other) on integers."""
def bitwise_xor(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """Bit by bit: is exactly one set?"""
def blackman_window(window_length: builtins.int, periodic: builtins.bool = True, **settings: Any) -> Tensor:
    """0.42 - 0.5 cos x + 0.08 cos 2x."""
def block_diag(*tensors: Any) -> Tensor:
    """A matrix with the given matrices on its diagonal and zeros around them; vectors count as rows."""
def bmm(input: Any, mat2: Any, *, out: Any = None) -> Tensor:
    """The products of two batches of matrices, one by one."""
def broadcast_shapes(*shapes: Any) -> Any:
    """The shape to which all of these broadcast."""
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, Tensor]:
    """All tensors expanded to their common shape."""
def broadcast_to(input: Any, size: Any) -> Tensor:
    """The tensor expanded to `size`."""
def bucketize(input: Any, boundaries: Any, *, out_int32: Any = False, right: Any = False, out: Any = None) -> Tensor:
    """The number of the interval between the boundaries, a sorted vector, that each value lies in."""
def cartesian_prod(*tensors: Any) -> Tensor:
    """All ways to take one element of each vector, one way per row; of a single vector itself."""
def cat(tensors: Any, dim: builtins.int = 0, *, out: Any = None) -> Tensor:
    """`cat` as users call it: as PyTorch does, it overlooks empty vectors among tensors of more dimensions."""
def cdist(x1: Any, x2: Any, p: builtins.float = ..., compute_mode: builtins.str = 'use_mm_for_euclid_dist_if_necessary') -> Tensor:
    """The p-norm distance of each vector of (*, P, M) from each of (*, R, M): (*, P, R)."""
def ceil(input: Any, *, out: Any = None) -> Tensor:
    """The smallest whole number not below input."""
def ceil_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `ceil`: writes the result into this tensor's memory and returns the tensor."""
def celu(input: Any, alpha: Any = ..., *, out: Any = None) -> Tensor:
    """input where it is positive, else alpha * (exp(input / alpha) - 1) (Barron 2017, arXiv:1704.07483)."""
def celu_(input: Tensor, alpha: builtins.float = ...) -> Tensor:
    """celu into the input's memory."""
def chain_matmul(*matrices: Tensor, out: Any = None) -> Tensor:
    """The product of matrices, in the order that costs least: `linalg.multi_dot`."""
def channel_shuffle(input: Any, groups: builtins.int) -> Tensor:
    """The channels of (N, C, *) dealt out: the first of each group, then the second of each, ... (Zhang et al. 2017)."""
def cholesky(input: Any, upper: Any = False, *, out: Any = None) -> Tensor:
    """The Cholesky factor: `linalg.cholesky`."""
def cholesky_inverse(input: Any, upper: Any = False, *, out: Any = None) -> Tensor:
    """The inverse of A = L L^H, or of U^H U if `upper`."""
def cholesky_solve(input: Any, input2: Any, upper: Any = False, *, out: Any = None) -> Tensor:
    """X with A X = input, for A = L L^H with L = input2 (or U^H U, if `upper`)."""
def chunk(input: Any, chunks: builtins.int, dim: builtins.int = 0) -> Any:
    """At most `chunks` pieces of equal size (the last may be smaller) along `dim`, as many empty ones of none; views."""
def clamp(input: Any, min: Any = None, max: Any = None, *, out: Any = None) -> Tensor:
    """input limited to [min, max], elementwise; the limits are numbers or tensors, and either may be left out."""
def clamp_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `clamp`: writes the result into this tensor's memory and returns the tensor."""
def clamp_max(input: Any, max: Any, *, out: Any = None) -> Tensor:
    """input, but at most max."""
def clamp_max_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `clamp_max`: writes the result into this tensor's memory and returns the tensor."""
def clamp_min(input: Any, min: Any, *, out: Any = None) -> Tensor:
    """input, but at least min."""
def clamp_min_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `clamp_min`: writes the result into this tensor's memory and returns the tensor."""
def clip(input: Any, min: Any = None, max: Any = None, *, out: Any = None) -> Tensor:
    """input limited to [min, max], elementwise; the limits are numbers or tensors, and either may be left out."""
def clip_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `clamp`: writes the result into this tensor's memory and returns the tensor."""
def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy in memory of its own, in the layout of the input or in a memory format; gradients flow through."""
def column_stack(tensors: Any, *, out: Any = None) -> Tensor:
    """The tensors side by side, vectors and scalars as columns."""
def combinations(input: Any, r: builtins.int = 2, with_replacement: builtins.bool = False) -> Tensor:
    """The ways to choose r elements of a vector, one per row, in the order of their places."""
def complex(real: Tensor, imag: Tensor, *, out: Any = None) -> Tensor:
    """real + 1j * imag."""
def concat(tensors: Any, dim: builtins.int = 0, *, out: Any = None) -> Tensor:
    """`cat` as users call it: as PyTorch does, it overlooks empty vectors among tensors of more dimensions."""
def concatenate(tensors: Any, dim: builtins.int = 0, *, out: Any = None) -> Tensor:
    """`cat` as users call it: as PyTorch does, it overlooks empty vectors among tensors of more dimensions."""
def conj(input: Tensor, *, out: Any = None) -> Tensor:
    """The complex conjugate; a real tensor is its own."""
def conj_physical(input: Tensor, *, out: Any = None) -> Tensor:
    """The complex conjugate; a real tensor is its own."""
def conj_physical_(self) -> Any:
    """conj_physical_"""
def constant_pad_nd(input: Any, pad: Any, value: builtins.float = 0) -> Tensor:
    """`value` around the input: (last before, last after, next-to-last before, ...); negative numbers cut off."""
def conv1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: builtins.int = 1) -> Tensor:
    """Convolve (N, C, L) or (C, L) with (O, C / groups, K) to (N, O, L')."""
def conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: builtins.int = 1) -> Tensor:
    """Convolve (N, C, H, W) or (C, H, W) with (O, C / groups, KH, KW) to (N, O, H', W')."""
def conv3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: builtins.int = 1) -> Tensor:
    """Convolve (N, C, D, H, W) or (C, D, H, W) with (O, C / groups, KD, KH, KW) to (N, O, D', H', W')."""
def conv_tbc(input: Any, weight: Any, bias: Any, pad: builtins.int = 0) -> Tensor:
    """conv1d of (T, N, C) with (K, C, O) to (T', N, O)."""
def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: builtins.int = 1, dilation: Any = 1) -> Tensor:
    """Spread (N, C, L) or (C, L) by (C, O / groups, K) to (N, O, L')."""
def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: builtins.int = 1, dilation: Any = 1) -> Tensor:
    """Spread (N, C, H, W) or (C, H, W) by (C, O / groups, KH, KW) to (N, O, H', W')."""
def conv_transpose3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: builtins.int = 1, dilation: Any = 1) -> Tensor:
    """Spread (N, C, D, H, W) or (C, D, H, W) by (C, O / groups, KD, KH, KW) to (N, O, D', H', W')."""
def convolution(input: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: builtins.bool, output_padding: Any, groups: builtins.int) -> Tensor:
    """conv1d, conv2d or conv3d, or the transposed one, as the number of the weight's dims says."""
def copysign(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The size of input with the sign of other, elementwise; the sign of -0 counts."""
def corrcoef(input: Any) -> Tensor:
    """The correlation coefficients of variables, the rows of a matrix, of which each column is an observation."""
def cos(input: Any, *, out: Any = None) -> Tensor:
    """The cosine, of radians."""
def cos_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `cos`: writes the result into this tensor's memory and returns the tensor."""
def cosh(input: Any, *, out: Any = None) -> Tensor:
    """The hyperbolic cosine."""
def cosh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `cosh`: writes the result into this tensor's memory and returns the tensor."""
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: Any, reduction: Any) -> Tensor:
    """`nn.functional.cosine_embedding_loss` called as (input1, input2, target, margin, reduction)."""
def cosine_similarity(x1: Any, x2: Any, dim: builtins.int = 1, eps: builtins.float = ...) -> Tensor:
    """x1 . x2 / (|x1| |x2|) along `dim`; norms below `eps` count as `eps`."""
def count_nonzero(input: Any, dim: Any = None) -> Tensor:
    """How many elements aren't 0."""
def cov(input: Any, *, correction: builtins.int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """The covariances of variables, the rows of a matrix, of which each column is an observation."""
def cross(input: Any, other: Any, dim: Any = None, *, out: Any = None) -> Tensor:
    """The cross product of vectors of size 3 along `dim`, by default the first dimension of size 3."""
def cross_entropy(input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: builtins.int = -100, reduce: Any = None, reduction: builtins.str = 'mean', label_smoothing: builtins.float = ...) -> Tensor:
    """-log(softmax(input)[n, target[n]]), weighted and reduced as in `nll_loss`; or of targets that are probabilities."""
def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: Any, reduction: Any, zero_infinity: Any) -> Tensor:
    """`nn.functional.ctc_loss` called as (log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)."""
def cummax(input: Any, dim: Any, *, out: Any = None) -> CummaxResult:
    """The largest of each element and all before it along `dim`, and where it is: the last of equal ones."""
def cummin(input: Any, dim: Any, *, out: Any = None) -> CumminResult:
    """The smallest of each element and all before it along `dim`, and where it is: the last of equal ones."""
def cumprod(input: Any, dim: Any, *, dtype: Any = None, out: Any = None) -> Tensor:
    """The product of each element and all before it along `dim`."""
def cumsum(input: Any, dim: Any, *, dtype: Any = None, out: Any = None) -> Tensor:
    """The sum of each element and all before it along `dim`; bools and small integers are summed as int64."""
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: builtins.int = -1) -> Tensor:
    """The areas under y from the first point to each later one along `dim` by the trapezoidal rule."""
def deg2rad(input: Any, *, out: Any = None) -> Tensor:
    """Degrees to radians."""
def deg2rad_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `deg2rad`: writes the result into this tensor's memory and returns the tensor."""
def det(input: Any) -> Tensor:
    """The determinant: `linalg.det`."""
def detach(input: Tensor) -> Tensor:
    """The same memory, cut off from the tape."""
def detach_(self) -> Tensor:
    """Cut this tensor itself off from the tape."""
def detach_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`detach` in new memory."""
def diag(input: Any, diagonal: builtins.int = 0, *, out: Any = None) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
def diag_embed(input: Any, offset: builtins.int = 0, dim1: builtins.int = -2, dim2: builtins.int = -1) -> Tensor:
    """Zeros with the last dimension of input on a diagonal of the planes (dim1, dim2), `offset` columns up."""
def diagflat(input: Any, offset: builtins.int = 0) -> Tensor:
    """A matrix with all elements of input on one of its diagonals."""
def diagonal(input: Any, offset: Any = 0, dim1: Any = 0, dim2: Any = 1) -> Tensor:
    """The diagonal of the plane (dim1, dim2), `offset` columns up, as the last dimension; a view."""
def diagonal_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`diagonal` in new memory."""
def diagonal_scatter(input: Any, src: Any, offset: builtins.int = 0, dim1: builtins.int = 0, dim2: builtins.int = 1) -> Tensor:
    """input with src on the diagonal of the planes (dim1, dim2), `offset` columns up."""
def diff(input: Any, n: Any = 1, dim: Any = -1, prepend: Any = None, append: Any = None, *, out: Any = None) -> Tensor:
    """The differences of neighbours along `dim`, taken n times; of bools, whether they differ."""
def digamma(input: Any, *, out: Any = None) -> Tensor:
    """The derivative of log(gamma(x)): for x from 10 on an asymptotic series, below that by gamma(x + 1) = x gamma(x)."""
def dist(input: Any, other: Any, p: builtins.float = 2) -> Tensor:
    """The p-norm of input - other over all elements."""
def div(input: Any, other: Any, *, rounding_mode: Any = None, out: Any = None) -> Tensor:
    """input / other, elementwise; integers divide to floats, unless rounded toward 0 ("trunc") or down ("floor")."""
def divide(input: Any, other: Any, *, rounding_mode: Any = None, out: Any = None) -> Tensor:
    """input / other, elementwise; integers divide to floats, unless rounded toward 0 ("trunc") or down ("floor")."""
def dot(input: Any, tensor: Any, *, out: Any = None) -> Tensor:
    """The sum of the products of two vectors' elements, without conjugation."""
def dropout(input: Any, p: Any, train: Any) -> Any:
    """`nn.functional.dropout` called as (input, p, train)."""
def dropout1d(input: Any, p: builtins.float = ..., training: builtins.bool = True, inplace: builtins.bool = False) -> Any:
    """Dropout of whole channels of `(N, C, L)` or `(C, L)` (Tompson et al. 2015, arXiv:1411.4280)."""
def dropout2d(input: Any, p: builtins.float = ..., training: builtins.bool = True, inplace: builtins.bool = False) -> Any:
    """Dropout of whole channels of `(N, C, H, W)`; three dims count as `(N, C, L)`, as in PyTorch, with a warning."""
def dropout3d(input: Any, p: builtins.float = ..., training: builtins.bool = True, inplace: builtins.bool = False) -> Any:
    """Dropout of whole channels of `(N, C, D, H, W)` or `(C, D, H, W)`."""
def dropout_(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """`dropout` into the input's memory."""
def dsplit(input: Any, indices_or_sections: Any) -> tuple[Tensor, Tensor]:
    """The pieces one behind the other, along dimension 2; views."""
def dstack(tensors: Any, *, out: Any = None) -> Tensor:
    """The tensors one behind the other, along dimension 2; matrices as (m, n, 1)."""
def eig(input: Tensor, *arguments: Any, **keywords: Any) -> Any:
    """Removed: raises a RuntimeError that says to call linalg.eig(A), or linalg.eigvals(A) for the values alone; both are complex."""
def einsum(equation: builtins.str, *operands: Any) -> Tensor:
    """The sum of products that `equation` says, or that lists of dimension numbers say: einsum(A, [0, 1], B, [1, 2], [0, 2])."""
def elu(input: Any, alpha: Any = ..., *, out: Any = None) -> Tensor:
    """input where it is positive, else alpha * (exp(input) - 1) (Clevert et al. 2016, arXiv:1511.07289)."""
def embedding(weight: Any, indices: Any, padding_idx: Any, scale_grad_by_freq: Any, sparse: Any) -> Tensor:
    """`nn.functional.embedding` called as (weight, indices, padding_idx, scale_grad_by_freq, sparse)."""
def embedding_bag(weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: builtins.bool = False, mode: builtins.int = 0, sparse: builtins.bool = False, per_sample_weights: Any = None, include_last_offset: builtins.bool = False, padding_idx: Any = None) -> Any:
    """embedding_bag, the bag of each index, the sizes of bags, and of mode 2 (max) which index each maximum came from."""
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: builtins.float, norm_type: builtins.float) -> Tensor:
    """Scale the rows that `indices` names, in place, to a norm of at most `max_norm`; it has no derivative."""
def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None, memory_format: Any = None) -> Tensor:
    """A tensor of unspecified values (zeros here: a value that changes from run to run teaches nothing)."""
def empty_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, memory_format: Any = None) -> Tensor:
    """Unspecified values (zeros here) in the shape, dtype and device of input."""
def empty_permuted(size: Any, physical_layout: Any, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
    """A tensor of unspecified values (zeros here) whose dimensions lie in memory in the given order, densely."""
def empty_strided(size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
    """A tensor of unspecified values (zeros here) whose elements lie in memory with the given strides."""
def eq(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input == other, elementwise."""
def equal(input: Any, other: Any) -> Any:
    """Have both the same shape and the same values?"""
def erf(input: Any, *, out: Any = None) -> Tensor:
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to input."""
def erf_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `erf`: writes the result into this tensor's memory and returns the tensor."""
def erfc(input: Any, *, out: Any = None) -> Tensor:
    """1 - erf(input), accurate far out on the right where erf is 1."""
def erfc_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `erfc`: writes the result into this tensor's memory and returns the tensor."""
def erfinv(input: Any, *, out: Any = None) -> Tensor:
    """The number whose erf is input; nan outside [-1, 1]."""
def exp(input: Any, *, out: Any = None) -> Tensor:
    """e ** input, elementwise."""
def exp2(input: Any, *, out: Any = None) -> Tensor:
    """2 ** input, elementwise."""
def exp2_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `exp2`: writes the result into this tensor's memory and returns the tensor."""
def exp_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `exp`: writes the result into this tensor's memory and returns the tensor."""
def expand(input: Any, size: Any) -> Tensor:
    """Dimensions of size 1 repeated without a copy; the tape sums the gradient back."""
def expand_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`expand` in new memory."""
def expm1(input: Any, *, out: Any = None) -> Tensor:
    """e ** input - 1, without the cancellation near 0."""
def expm1_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `expm1`: writes the result into this tensor's memory and returns the tensor."""
def eye(n: builtins.int, m: Any = None, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """Ones on the diagonal, zeros elsewhere: (n, m), square if m is left out."""
def feature_alpha_dropout(input: Any, p: Any, train: Any) -> Any:
    """`nn.functional.feature_alpha_dropout` called as (input, p, train)."""
def feature_alpha_dropout_(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """`feature_alpha_dropout` into the input's memory."""
def feature_dropout(input: Any, p: Any, train: Any) -> Any:
    """`nn.functional.feature_dropout` called as (input, p, train)."""
def feature_dropout_(input: Tensor, p: builtins.float, train: builtins.bool) -> Tensor:
    """`feature_dropout` into the input's memory."""
def fill(input: Tensor, value: Any) -> Tensor:
    """`value`, a number or 0-d tensor, in the shape and dtype of input, in memory of its own."""
def fill_(self, value: Any) -> Tensor:
    """`value`, a number or 0-d tensor, everywhere, converted to this tensor's dtype."""
def fix(input: Any, *, out: Any = None) -> Tensor:
    """The whole number next to input toward 0."""
def fix_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `trunc`: writes the result into this tensor's memory and returns the tensor."""
def flatten(input: Any, start_dim: builtins.int = 0, end_dim: builtins.int = -1) -> Tensor:
    """The dimensions start_dim ... end_dim as one."""
def flip(input: Any, dims: Any, *, out: Any = None) -> Tensor:
    """The elements in reverse order along `dims`."""
def fliplr(input: Any) -> Tensor:
    """The columns in reverse order."""
def flipud(input: Any) -> Tensor:
    """The rows in reverse order."""
def float_power(input: Any, exponent: Any, *, out: Any = None) -> Tensor:
    """input ** exponent in float64 or complex128."""
def floor(input: Any, *, out: Any = None) -> Tensor:
    """The largest whole number not above input."""
def floor_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `floor`: writes the result into this tensor's memory and returns the tensor."""
def floor_divide(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """floor(input / other), elementwise."""
def fmax(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The larger of the two, elementwise; where one is nan, the other."""
def fmin(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The smaller of the two, elementwise; where one is nan, the other."""
def fmod(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input - other * trunc(input / other): the sign of the dividend, as C's fmod."""
def frac(input: Any, *, out: Any = None) -> Tensor:
    """input - trunc(input)."""
def frac_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `frac`: writes the result into this tensor's memory and returns the tensor."""
def fractional_max_pool2d(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: builtins.bool = False, _random_samples: Any = None) -> Any:
    """The largest values of output_size windows, of (H, W) or output_ratio * (H, W), spread over (N, C, H, W) at random."""
def fractional_max_pool3d(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: builtins.bool = False, _random_samples: Any = None) -> Any:
    """The largest values of output_size windows spread over (N, C, D, H, W) at random."""
def frexp(input: Any, *, out: Any = None) -> FrexpResult:
    """The mantissa, in [0.5, 1) or (-1, -0.5], and the exponent of floats: input = mantissa * 2^exponent."""
def frobenius_norm(input: Any, dim: Any, keepdim: Any = False, *, out: Any = None) -> Tensor:
    """The root of the sum of squares over one dim or two; `linalg.vector_norm` is what to call."""
def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: Any = None) -> Tensor:
    """A Tensor on the memory of another library's array (or of a bare capsule), on the device where it lies."""
def from_file(filename: builtins.str, shared: Any = None, size: builtins.int = 0, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False) -> Tensor:
    """A 1-d Tensor of `size` elements on a file that is mapped into memory."""
def from_numpy(ndarray: Any) -> Tensor:
    """A Tensor on the same memory as a NumPy array (a copy where the backend can't share it)."""
def frombuffer(buffer: Any, *, dtype: Any, count: builtins.int = -1, offset: builtins.int = 0, requires_grad: builtins.bool = False) -> Tensor:
    """A 1-d Tensor on the bytes of an object with Python's buffer protocol, from byte `offset` on; `count` -1 means all."""
def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """A tensor of `size` with `fill_value` everywhere."""
def full_like(input: Tensor, fill_value: Any, dtype: Any = None, *, device: Any = None, requires_grad: builtins.bool = False, memory_format: Any = None) -> Tensor:
    """`fill_value` in the shape, dtype and device of input."""
def gather(input: Tensor, dim: builtins.int, index: Tensor, *, sparse_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """out[i][j] = input[index[i][j]][j] along dim 0, and so on; `sparse_grad` means nothing: gradients are dense."""
def gaussian_nll_loss(input: Any, target: Any, var: Any, full: builtins.bool = False, eps: builtins.float = ..., reduction: builtins.str = 'mean') -> Tensor:
    """(log(var) + (input - target)^2 / var) / 2, where a variance below `eps` counts as `eps`."""
def gcd(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The greatest common divisor, elementwise, by Euclid's algorithm on all numbers together; of 0 and 0 it is 0."""
def gcd_(self, other: Any, **keywords: Any) -> Tensor:
    """In-place form of `gcd`: writes the result into this tensor's memory and returns the tensor."""
def ge(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input >= other, elementwise."""
def gelu(input: Any, *, approximate: Any = 'none', out: Any = None) -> Tensor:
    """input * P(N(0, 1) <= input) (Hendrycks and Gimpel 2016, arXiv:1606.08415); `approximate="tanh"` for their formula."""
def geqrf(input: Any, *, out: Any = None) -> GeqrfResult:
    """R with, below it, the vectors of the reflections that made it, and their factors; for `orgqr` and `ormqr`."""
def ger(input: Any, vec2: Any, *, out: Any = None) -> Tensor:
    """All products of an element of one vector with an element of the other: (n), (m) -> (n, m)."""
def get_device(input: Tensor) -> builtins.int:
    """The number of the device that a tensor lives on; -1 on the cpu."""
def get_rng_state() -> Tensor:
    """The default generator's state: uint8, shape (5056,)."""
def glu(input: Any, dim: builtins.int = -1) -> Tensor:
    """The first half along `dim` times the sigmoid of the second (Dauphin et al. 2016, arXiv:1612.08083)."""
def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: builtins.int = 1) -> Any:
    """The slope of sampled values along each of `dim` (all of them unless given), one tensor for each."""
def greater(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input > other, elementwise."""
def greater_equal(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input >= other, elementwise."""
def grid_sample(input: Any, grid: Any, mode: builtins.str = 'bilinear', padding_mode: builtins.str = 'zeros', align_corners: Any = None) -> Tensor:
    """input (N, C, H, W) read at the places of grid (N, H', W', 2): (N, C, H', W'); with one dim more, volumes."""
def grid_sampler(input: Any, grid: Any, interpolation_mode: builtins.int, padding_mode: builtins.int, align_corners: builtins.bool) -> Tensor:
    """grid_sample whose modes are numbers: of bilinear, nearest, bicubic, and of zeros, border, reflection."""
def grid_sampler_2d(input: Any, grid: Any, interpolation_mode: builtins.int, padding_mode: builtins.int, align_corners: builtins.bool) -> Tensor:
    """grid_sampler of images."""
def grid_sampler_3d(input: Any, grid: Any, interpolation_mode: builtins.int, padding_mode: builtins.int, align_corners: builtins.bool) -> Tensor:
    """grid_sampler of volumes."""
def group_norm(input: Any, num_groups: Any, weight: Any, bias: Any, eps: Any, cudnn_enabled: Any) -> Tensor:
    """`nn.functional.group_norm` called as (input, num_groups, weight, bias, eps, cudnn_enabled)."""
def grouped_mm(mat_a: Any, mat_b: Any, *, offs: Any = None, bias: Any = None, out_dtype: Any = None) -> Tensor:
    """A matrix product for each group; `offs`, a whole number for each, says where its part of a shared dim ends."""
def gru(input: Any, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any, batch_first: Any) -> tuple[Tensor, Tensor]:
    """Layers of gated recurrent units, called as `rnn_tanh` is; the weights hold the reset, update and new gates on top of each other (Cho et al. 2014, arXiv:1406.1078)."""
def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Tensor:
    """One step of `gru`: (batch, features), (batch, hidden) -> (batch, hidden)."""
def gt(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input > other, elementwise."""
def hamming_window(window_length: builtins.int, periodic: builtins.bool = True, alpha: builtins.float = ..., beta: builtins.float = ..., **settings: Any) -> Tensor:
    """alpha - beta cos x."""
def hann_window(window_length: builtins.int, periodic: builtins.bool = True, **settings: Any) -> Tensor:
    """(1 - cos x) / 2."""
def hardshrink(input: Any, lambd: Any = ..., *, out: Any = None) -> Tensor:
    """0 in [-lambd, lambd], else input."""
def hardsigmoid(input: Any, *, out: Any = None) -> Tensor:
    """input / 6 + 1 / 2, limited to [0, 1]; the derivative at the limits is 0."""
def hardswish(input: Any, *, out: Any = None) -> Tensor:
    """input * hardsigmoid(input) (Howard et al. 2019, arXiv:1905.02244)."""
def hardtanh(input: Any, min_val: builtins.float = ..., max_val: builtins.float = ...) -> Tensor:
    """input limited to [min_val, max_val]; the derivative at the limits is 0."""
def hash_tensor(input: Any, dim: Any = ..., *, keepdim: Any = False, mode: Any = 0, out: Any = None) -> Tensor:
    """The exclusive or of the bits of all values along `dim`: uint64; the order of the values doesn't matter."""
def heaviside(input: Any, values: Any, *, out: Any = None) -> Tensor:
    """0 below 0, 1 above it, and `values` at 0, elementwise."""
def hinge_embedding_loss(input: Any, target: Any, margin: Any, reduction: Any) -> Tensor:
    """`nn.functional.hinge_embedding_loss` called as (input, target, margin, reduction)."""
def histc(input: Any, bins: Any = 100, min: Any = 0, max: Any = 0, *, out: Any = None) -> Tensor:
    """How many values lie in each of `bins` equal intervals of [min, max], or of the range of the values if both are equal."""
def histogram(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: builtins.bool = False, out: Any = None) -> HistogramResult:
    """How many values (or how much of their weight) lie between neighbouring edges, and the edges."""
def histogramdd(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: builtins.bool = False) -> HistogramddResult:
    """How many points, rows of coordinates along the last dimension, lie in each cell of a grid, and the grid's edges."""
def hsplit(input: Any, indices_or_sections: Any) -> Any:
    """The pieces side by side: along dimension 1, or 0 of a vector; views."""
def hstack(tensors: Any, *, out: Any = None) -> Tensor:
    """The tensors side by side: along dimension 1, or 0 for vectors."""
def huber_loss(input: Any, target: Any, reduction: builtins.str = 'mean', delta: builtins.float = ..., weight: Any = None) -> Tensor:
    """d^2 / 2 where d = |input - target| < delta, else delta * (d - delta / 2) (Huber 1964)."""
def hypot(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """sqrt(input^2 + other^2), elementwise, without overflow."""
def i0(input: Any, *, out: Any = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
def i0_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `i0`: writes the result into this tensor's memory and returns the tensor."""
def igamma(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The lower incomplete gamma function P(a, x): what part of the gamma function's integral lies below x."""
def igammac(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The upper incomplete gamma function Q(a, x) = 1 - P(a, x)."""
def imag(input: Any, *, out: Any = None) -> Tensor:
    """The imaginary part."""
def index_add(input: Any, dim: Any, index: Any, source: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
    """input with the slices of `source`, times alpha, added at the slices that `index` names along `dim`."""
def index_copy(input: Any, dim: Any, index: Any, source: Any, *, out: Any = None) -> Tensor:
    """input with the slices of `source` written at the slices that `index` names along `dim`."""
def index_fill(input: Any, dim: builtins.int, index: Any, value: Any) -> Tensor:
    """input with `value` in the slices that `index` names along `dim`."""
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: builtins.bool = False) -> Tensor:
    """input with `values` written (or added) at index tensors; None stands for a whole dimension."""
def index_put_(self, indices: Any, values: Tensor, accumulate: builtins.bool = False) -> Tensor:
    """Write (or add) values at index tensors."""
def index_reduce(input: Any, dim: Any, index: Any, source: Any, reduce: Any, *, include_self: Any = True, out: Any = None) -> Tensor:
    """All slices of source that the vector `index` sends to one slice along `dim` (and input's there), combined."""
def index_select(input: Any, dim: Any, index: Any, *, out: Any = None) -> Tensor:
    """The slices of input along `dim` that a vector of integers names, in its order."""
def initial_seed() -> builtins.int:
    """The seed that the default generator was started with."""
def inner(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The sum over the last dims of both: (..., n), (*, n) -> (..., *); with a 0-d tensor, the product."""
def instance_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: Any, momentum: Any, eps: Any, cudnn_enabled: Any) -> Tensor:
    """`nn.functional.instance_norm` called as (input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled)."""
def interpolate(input: Any, size: Any = None, scale_factor: Any = None, mode: builtins.str = 'nearest', align_corners: Any = None, recompute_scale_factor: Any = None, antialias: builtins.bool = False) -> Tensor:
    """(N, C, *) resized to `size`, or to `scale_factor` times its size: by nearest elements, linearly, by cubics or means."""
def inverse(input: Any, *, out: Any = None) -> Tensor:
    """The inverse of a square matrix: `linalg.inv`."""
def is_complex(input: Any) -> Any:
    """Is the dtype complex?"""
def is_conj(input: Tensor) -> builtins.bool:
    """Is it a view that shows conjugates? There are none here: `conj` computes."""
def is_floating_point(input: Tensor) -> builtins.bool:
    """Is the dtype one of floating-point numbers? Complex ones are not."""
def is_inference(input: Tensor) -> builtins.bool:
    """Was it made in inference_mode? Always False: tensors made there are ordinary ones here."""
def is_neg(input: Tensor) -> builtins.bool:
    """Is it a view that shows negatives? There are none here: `imag` of a conjugate is computed."""
def is_nonzero(input: Tensor) -> builtins.bool:
    """Is the one element of a tensor other than zero? Tensors of more elements, or none, have no answer."""
def is_same_size(input: Tensor, other: Tensor) -> builtins.bool:
    """Have two tensors the same shape?"""
def is_signed(input: Tensor) -> builtins.bool:
    """Has the dtype negative numbers?"""
def is_tensor(obj: Any) -> builtins.bool:
    """Is it a Tensor?"""
def isclose(input: Any, other: Any, rtol: builtins.float = ..., atol: builtins.float = ..., equal_nan: Any = False) -> Tensor:
    """|input - other| <= atol + rtol * |other|, elementwise; infinities equal themselves only."""
def isfinite(input: Any, *, out: Any = None) -> Tensor:
    """Is it neither infinite nor nan?"""
def isin(elements: Any, test_elements: Any, *, assume_unique: Any = False, invert: Any = False, out: Any = None) -> Tensor:
    """Is each element one of the test elements? With `invert`, is it none of them?"""
def isinf(input: Any, *, out: Any = None) -> Tensor:
    """Is it an infinity?"""
def isnan(input: Any, *, out: Any = None) -> Tensor:
    """Is it not a number?"""
def isneginf(input: Any, *, out: Any = None) -> Tensor:
    """Is it -inf?"""
def isposinf(input: Any, *, out: Any = None) -> Tensor:
    """Is it +inf?"""
def isreal(input: Any) -> Tensor:
    """Has it no imaginary part?"""
def istft(input: Any, n_fft: builtins.int, hop_length: Any = None, win_length: Any = None, window: Any = None, center: builtins.bool = True, normalized: builtins.bool = False, onesided: Any = None, length: Any = None, return_complex: builtins.bool = False) -> Any:
    """The signal of least distance to a given `stft`: frames are weighed once more, added, and divided by the squares' sum."""
def kaiser_window(window_length: builtins.int, periodic: builtins.bool = True, beta: builtins.float = ..., **settings: Any) -> Tensor:
    """I0(beta sqrt(1 - x^2)) / I0(beta)."""
def kl_div(input: Any, target: Any, reduction: Any, log_target: Any) -> Tensor:
    """`nn.functional.kl_div` called as (input, target, reduction, log_target)."""
def kron(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The Kronecker product: each element of input times the whole of other, in its place."""
def kthvalue(input: Any, k: builtins.int, dim: builtins.int = -1, keepdim: builtins.bool = False, *, out: Any = None) -> KthvalueResult:
    """The k-th smallest value along `dim`, counted from 1, and where it is."""
def l1_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: builtins.str = 'mean', weight: Any = None) -> Tensor:
    """The mean (sum, or each) of |input - target|; with weights, the mean over the weights."""
def layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: Any, cudnn_enable: Any) -> Tensor:
    """`nn.functional.layer_norm` called as (input, normalized_shape, weight, bias, eps, cudnn_enable)."""
def lcm(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The least common multiple, elementwise; 0 where one of the numbers is 0."""
def lcm_(self, other: Any, **keywords: Any) -> Tensor:
    """In-place form of `lcm`: writes the result into this tensor's memory and returns the tensor."""
def ldexp(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input * 2^other, elementwise."""
def ldexp_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `ldexp`: writes the result into this tensor's memory and returns the tensor."""
def le(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input <= other, elementwise."""
def leaky_relu(input: Any, negative_slope: Any = ..., *, out: Any = None) -> Tensor:
    """input where it is positive, else negative_slope * input."""
def lerp(input: Any, end: Any, weight: Any, *, out: Any = None) -> Tensor:
    """input + weight * (end - input), elementwise; the weight is a number or a tensor."""
def less(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input < other, elementwise."""
def less_equal(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input <= other, elementwise."""
def lgamma(input: Any, *, out: Any = None) -> Tensor:
    """The logarithm of |gamma(x)|; inf at 0, -1, -2, ..."""
def linear(input: Any, weight: Any, bias: Any = None, *, out: Any = None) -> Tensor:
    """input @ weight.T + bias: (..., in), (out, in), (out) -> (..., out)."""
def linear_cross_entropy(input: Any, linear_weight: Any, target: Any, *, linear_bias: Any = None, weight: Any = None, reduction: builtins.str = 'mean', ignore_index: Any = None, label_smoothing: builtins.float = ..., options: Any = None) -> Tensor:
    """cross_entropy(linear(input, linear_weight, linear_bias), target); a weight (C, d1, ..., D) makes logits (N, C, d1, ...)."""
def linspace(start: Any, end: Any, steps: builtins.int, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """`steps` values from start to end, both included, evenly spaced."""
def lobpcg(A: Tensor, k: Any = None, B: Any = None, X: Any = None, n: Any = None, iK: Any = None, niter: Any = None, tol: Any = None, largest: Any = None, method: Any = None, tracker: Any = None, ortho_iparams: Any = None, ortho_fparams: Any = None, ortho_bparams: Any = None) -> Any:
    """The k largest (or smallest) eigenvalues of symmetric A, with vectors: A x = E x, or A x = E B x; (..., k), (..., m, k)."""
def local_response_norm(input: Any, size: builtins.int, alpha: builtins.float = ..., beta: builtins.float = ..., k: builtins.float = ...) -> Tensor:
    """input / (k + alpha * mean of input^2 over `size` neighbouring channels)^beta (Krizhevsky et al. 2012)."""
def log(input: Any, *, out: Any = None) -> Tensor:
    """The natural logarithm, elementwise; nan below 0, -inf at 0."""
def log10(input: Any, *, out: Any = None) -> Tensor:
    """The logarithm to base 10, elementwise."""
def log10_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `log10`: writes the result into this tensor's memory and returns the tensor."""
def log1p(input: Any, *, out: Any = None) -> Tensor:
    """log(1 + input), without the rounding near 0."""
def log1p_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `log1p`: writes the result into this tensor's memory and returns the tensor."""
def log2(input: Any, *, out: Any = None) -> Tensor:
    """The logarithm to base 2, elementwise."""
def log2_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `log2`: writes the result into this tensor's memory and returns the tensor."""
def log_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `log`: writes the result into this tensor's memory and returns the tensor."""
def log_softmax(input: Any, dim: Any, dtype: Any = None, *, out: Any = None) -> Tensor:
    """x - log(sum(exp(x))) along `dim`: the logarithm of softmax, exact also where softmax rounds to 0 or to 1."""
def logaddexp(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """log(exp(input) + exp(other)), without overflow: of complex numbers by way of the one with the larger real part."""
def logaddexp2(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """log2(2^input + 2^other), without overflow."""
def logcumsumexp(input: Any, dim: Any, *, out: Any = None) -> Tensor:
    """log(exp(x[0]) + ... + exp(x[i])) along `dim`, without overflow."""
def logdet(input: Any) -> Tensor:
    """The logarithm of the determinant: nan where that is negative, -inf where it is 0."""
def logical_and(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """Are both nonzero?"""
def logical_not(input: Any, *, out: Any = None) -> Tensor:
    """Is it zero?"""
def logical_or(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """Is either nonzero?"""
def logical_xor(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """Is exactly one nonzero?"""
def logit(input: Any, eps: Any = None, *, out: Any = None) -> Tensor:
    """log(x / (1 - x)), the inverse of the sigmoid; with `eps`, of x limited to [eps, 1 - eps]."""
def logit_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `logit`: writes the result into this tensor's memory and returns the tensor."""
def logsigmoid(input: Any, *, out: Any = None) -> Tensor:
    """log(sigmoid(input)), accurate at both ends."""
def logspace(start: Any, end: Any, steps: builtins.int, base: builtins.float = ..., *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """base ** linspace(start, end, steps)."""
def logsumexp(input: Any, dim: Any, keepdim: Any = False, *, out: Any = None) -> Tensor:
    """log(sum(exp(x))) over `dim`, taken relative to the largest x, so that nothing overflows."""
def lp_pool1d(input: Any, norm_type: builtins.float, kernel_size: Any, stride: Any = None, ceil_mode: builtins.bool = False) -> Tensor:
    """sum(x^p)^(1/p) of each window of (N, C, L)."""
def lp_pool2d(input: Any, norm_type: builtins.float, kernel_size: Any, stride: Any = None, ceil_mode: builtins.bool = False) -> Tensor:
    """sum(x^p)^(1/p) of each window of (N, C, H, W)."""
def lp_pool3d(input: Any, norm_type: builtins.float, kernel_size: Any, stride: Any = None, ceil_mode: builtins.bool = False) -> Tensor:
    """sum(x^p)^(1/p) of each window of (N, C, D, H, W)."""
def lstm(input: Any, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any, batch_first: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Layers of long short-term memory, called as `rnn_tanh` is: outputs, last h, last c (Hochreiter and Schmidhuber 1997)."""
def lstm_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> tuple[Tensor, Tensor]:
    """One step of `lstm`: (batch, features), (h, c) -> (h, c), each (batch, hidden)."""
def lstsq(input: Tensor, *arguments: Any, **keywords: Any) -> Any:
    """Removed: raises a RuntimeError that says to call linalg.lstsq(A, B), whose arguments come the other way round, and linalg.qr(A) for the factors."""
def lt(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input < other, elementwise."""
def lu(input: Any, pivot: Any = True, get_infos: Any = False, *, out: Any = None) -> Any:
    """The older form of `linalg.lu_factor_ex`: (LU, pivots), and with `get_infos` which pivot is 0."""
def lu_solve(input: Any, LU_data: Any, LU_pivots: Any, *, out: Any = None) -> Tensor:
    """X with A X = input: the older form of `linalg.lu_solve`."""
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: Any = True, unpack_pivots: Any = True, *, out: Any = None) -> LuUnpackResult:
    """P, L and U of what `linalg.lu_factor` gave."""
def manual_seed(seed: builtins.int) -> Any:
    """Start the default generator's stream of `seed` anew, and those of all devices, and return the generator."""
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: Any, reduction: Any) -> Tensor:
    """`nn.functional.margin_ranking_loss` called as (input1, input2, target, margin, reduction)."""
def masked_fill(input: Any, mask: Any, value: Any) -> Tensor:
    """input with `value` (a number or 0-d tensor), converted to input's dtype, where `mask` is True."""
def masked_scatter(input: Any, mask: Any, source: Any) -> Tensor:
    """input with the first elements of source, in their order, where `mask` is True."""
def masked_select(input: Any, mask: Any, *, out: Any = None) -> Tensor:
    """The elements where mask is True, in one dimension."""
def matmul(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The matrix product over the last dim of `input` and the last but one of `other`; leading dims are a batch and broadcast."""
def matrix_exp(input: Any) -> Tensor:
    """The matrix exponential: `linalg.matrix_exp`."""
def matrix_power(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """A square matrix times itself, n times: `linalg.matrix_power`."""
def matrix_rank(input: Tensor, *arguments: Any, **keywords: Any) -> Any:
    """Removed: raises a RuntimeError that says to call linalg.matrix_rank(A), whose argument `hermitian` was `symmetric`."""
def max(input: Any, dim: Any = None, keepdim: builtins.bool = False, *, other: Any = None, out: Any = None) -> Any:
    """The largest value; with `dim`, the largest values along it and their indices; with a tensor, `maximum`."""
def max_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: builtins.bool = False, return_indices: builtins.bool = False) -> Any:
    """The largest value of each window of (N, C, L)."""
def max_pool1d_with_indices(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = 0, dilation: Any = 1, ceil_mode: builtins.bool = False) -> Any:
    """The largest value of each window of (N, C, L), and its place."""
def max_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: builtins.bool = False, return_indices: builtins.bool = False) -> Any:
    """The largest value of each window of (N, C, H, W); with `return_indices` also its number in the plane."""
def max_pool3d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: builtins.bool = False, return_indices: builtins.bool = False) -> Any:
    """The largest value of each window of (N, C, D, H, W); with `return_indices` also its number in the volume."""
def max_unpool1d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Tensor:
    """The values that max_pool1d found, back where they were; all else is 0."""
def max_unpool2d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Tensor:
    """The values that max_pool2d found, back where they were; all else is 0."""
def max_unpool3d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Tensor:
    """The values that max_pool3d found, back where they were; all else is 0."""
def maximum(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The larger of the two, elementwise; nan if either is. Ties share the gradient; of nan both get all of it."""
def mean(input: Any, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
    """The arithmetic mean over `dim`: the sum divided by the number of elements."""
def median(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Any:
    """The middle value (of two middle ones the lower); with `dim`, along it, with indices."""
def meshgrid(*tensors: Any, indexing: Any = None) -> Any:
    """The coordinates of a grid whose sides are the given vectors: for each side a tensor of the grid's shape."""
def min(input: Any, dim: Any = None, keepdim: builtins.bool = False, *, other: Any = None, out: Any = None) -> Any:
    """The smallest value; with `dim`, the smallest values along it and their indices; with a tensor, `minimum`."""
def minimum(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The smaller of the two, elementwise; nan if either is. Ties share the gradient; of nan both get all of it."""
def mish(input: Any, *, out: Any = None) -> Tensor:
    """input * tanh(softplus(input)) (Misra 2019, arXiv:1908.08681)."""
def mm(input: Any, mat2: Any, *, out: Any = None) -> Tensor:
    """The product of two matrices."""
def mode(input: Any, dim: builtins.int = -1, keepdim: builtins.bool = False, *, out: Any = None) -> ModeResult:
    """The most frequent value along `dim` (of several the smallest), and its last place."""
def moveaxis(input: Any, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places, the rest in their order; a view."""
def movedim(input: Any, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places, the rest in their order; a view."""
def mse_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: builtins.str = 'mean', weight: Any = None) -> Tensor:
    """The mean (sum, or each) of (input - target)^2; with weights, the mean over the weights."""
def msort(input: Any, *, out: Any = None) -> Tensor:
    """The values in order along the first dimension."""
def mul(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input * other, elementwise."""
def multi_head_attention_forward(query: Any, key: Any, value: Any, embed_dim_to_check: builtins.int, num_heads: builtins.int, in_proj_weight: Any, in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: builtins.bool, dropout_p: builtins.float, out_proj_weight: Any, out_proj_bias: Any, training: builtins.bool = True, key_padding_mask: Any = None, need_weights: builtins.bool = True, attn_mask: Any = None, use_separate_proj_weight: builtins.bool = False, q_proj_weight: Any = None, k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None, average_attn_weights: builtins.bool = True, is_causal: builtins.bool = False) -> Any:
    """Attention of (L, N, E) queries to (S, N, E) keys and values by heads, and the weights (N, L, S), or None."""
def multi_margin_loss(input: Any, target: Any, p: builtins.int = 1, margin: builtins.float = ..., weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: builtins.str = 'mean') -> Tensor:
    """sum over the other classes i of weight[y] * max(0, margin - x[y] + x[i])^p, by the number of classes."""
def multilabel_margin_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: builtins.str = 'mean') -> Tensor:
    """sum over right classes j and wrong ones i of max(0, 1 - x[j] + x[i]), by the number of classes."""
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: builtins.str = 'mean') -> Tensor:
    """The mean over the classes of binary_cross_entropy_with_logits."""
def multinomial(input: Tensor, num_samples: builtins.int, replacement: builtins.bool = False, *, generator: Any = None, out: Any = None) -> Tensor:
    """Indices drawn with the weights `input`: (K,) gives (num_samples,), (N, K) gives (N, num_samples), int64."""
def multiply(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input * other, elementwise."""
def mv(input: Any, vec: Any, *, out: Any = None) -> Tensor:
    """The product of a matrix and a vector."""
def mvlgamma(input: Any, p: builtins.int, *, out: Any = None) -> Tensor:
    """The logarithm of the gamma function of p dimensions: p (p - 1) / 4 log(pi) + the sum over j < p of lgamma(x - j / 2)."""
def nan_to_num(input: Any, nan: Any = None, posinf: Any = None, neginf: Any = None, *, out: Any = None) -> Tensor:
    """input with numbers in the place of nan (0), inf (the largest float) and -inf (the smallest); complex: part by part."""
def nan_to_num_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `nan_to_num`: writes the result into this tensor's memory and returns the tensor."""
def nanmean(input: Any, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None, out: Any = None) -> Tensor:
    """The mean of what isn't nan."""
def nanmedian(input: Any, dim: Any = None, keepdim: builtins.bool = False, *, out: Any = None) -> Any:
    """The middle one of the values that aren't nan (the lower of two); with `dim`, along it, with indices."""
def nanquantile(input: Any, q: Any, dim: Any = None, keepdim: Any = False, *, interpolation: Any = 'linear', out: Any = None) -> Tensor:
    """The quantiles of what isn't nan."""
def nansum(input: Any, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None, out: Any = None) -> Tensor:
    """The sum of what isn't nan."""
def narrow(input: Any, dim: builtins.int, start: builtins.int, length: builtins.int) -> Tensor:
    """`length` slices along `dim` from `start` on; a view."""
def narrow_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`narrow` in new memory."""
def native_batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: Any, momentum: Any, eps: Any, *, out: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """batch_norm, and the statistics of each channel, without gradient; without `training` none."""
def native_channel_shuffle(input: Any, groups: builtins.int) -> Tensor:
    """The channels of (N, C, *) dealt out: the first of each group, then the second of each, ... (Zhang et al. 2017)."""
def native_dropout(input: Tensor, p: builtins.float, train: Any) -> Any:
    """dropout, and the mask of what was kept; without `train` all is kept, and None means train."""
def native_group_norm(input: Any, weight: Any, bias: Any, N: builtins.int, C: builtins.int, HxW: builtins.int, group: builtins.int, eps: builtins.float) -> tuple[Tensor, Tensor, Tensor]:
    """group_norm of N samples of C channels of HxW values, and the statistics (N, group)."""
def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: builtins.float) -> tuple[Tensor, Tensor, Tensor]:
    """layer_norm, and the statistics of each sample, which have no gradient."""
def ne(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input != other, elementwise."""
def neg(input: Any, *, out: Any = None) -> Tensor:
    """-input, elementwise."""
def neg_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `neg`: writes the result into this tensor's memory and returns the tensor."""
def negative(input: Any, *, out: Any = None) -> Tensor:
    """-input, elementwise."""
def negative_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `neg`: writes the result into this tensor's memory and returns the tensor."""
def nextafter(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The float next to input in the direction of other, elementwise."""
def nll_loss(input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: builtins.int = -100, reduce: Any = None, reduction: builtins.str = 'mean') -> Tensor:
    """-input[n, target[n]] * weight[target[n]]: the mean (over the weights), the sum, or each."""
def nonzero(input: Tensor, *, as_tuple: builtins.bool = False, out: Any = None) -> Any:
    """The places of the elements that aren't 0: one row each, or a tuple with an index tensor per dimension."""
def nonzero_static(input: Any, *, size: Any, fill_value: Any = -1, out: Any = None) -> Tensor:
    """The first `size` places of the elements that aren't 0, one per row; missing rows are filled with `fill_value`."""
def norm(input: Any, p: Any = 'fro', dim: Any = None, keepdim: builtins.bool = False, out: Any = None, dtype: Any = None) -> Tensor:
    """The p-norm of the elements over `dim`; "fro" is p = 2."""
def norm_except_dim(v: Any, pow: builtins.float = 2, dim: builtins.int = 0) -> Tensor:
    """The norm over all dims but one, which stays in its place; over all if `dim` is -1. For weight normalization."""
def normal(mean: Any = ..., std: Any = ..., size: Any = None, *, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
    """Normal with `mean` and `std`: two numbers and a size, or tensors with one of each for every element."""
def not_equal(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input != other, elementwise."""
def nuclear_norm(input: Any, dim: Any = ..., keepdim: Any = False, *, out: Any = None) -> Tensor:
    """The sum of singular values of the matrices in two dims; `linalg.matrix_norm(input, "nuc")` is what to call."""
def numel(input: Tensor) -> builtins.int:
    """How many elements."""
def one_hot(tensor: Any, num_classes: builtins.int = -1) -> Tensor:
    """Each number as a vector with a 1 at its place: (*) -> (*, num_classes), int64; -1 counts classes up to the largest."""
def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """A tensor of ones."""
def ones_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, memory_format: Any = None) -> Tensor:
    """Ones in the shape, dtype and device of input."""
def orgqr(input: Any, input2: Any, *, out: Any = None) -> Tensor:
    """The first columns of a product of reflections: `linalg.householder_product`."""
def ormqr(input: Any, input2: Any, input3: Any, left: Any = True, transpose: Any = False, *, out: Any = None) -> Tensor:
    """Q input3 (input3 Q if not `left`; Q^H in Q's place if `transpose`), for the whole Q of the reflections of `geqrf`."""
def outer(input: Any, vec2: Any, *, out: Any = None) -> Tensor:
    """All products of an element of one vector with an element of the other: (n), (m) -> (n, m)."""
def pad(input: Any, pad: Any, mode: builtins.str = 'constant', value: Any = None) -> Tensor:
    """Padding by (last before, last after, next-to-last before, ...): a constant, or the input itself mirrored or continued."""
def pairwise_distance(x1: Any, x2: Any, p: builtins.float = ..., eps: builtins.float = ..., keepdim: builtins.bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dim."""
def pca_lowrank(A: Tensor, q: Any = None, center: builtins.bool = True, niter: builtins.int = 2) -> Any:
    """The principal components of the rows of A: `svd_lowrank` of A, from which the mean row was subtracted if `center`."""
def pdist(input: Any, p: builtins.float = 2) -> Tensor:
    """The p-norm distances of all pairs of rows of (N, M): those above the diagonal of cdist, row by row."""
def permute(input: Any, dims: Any) -> Tensor:
    """The dimensions in another order; shares memory."""
def permute_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`permute` in new memory."""
def pinverse(input: Any, rcond: builtins.float = ...) -> Tensor:
    """The pseudoinverse: `linalg.pinv` with rtol = rcond."""
def pixel_shuffle(input: Any, upscale_factor: builtins.int) -> Tensor:
    """(*, C * r^2, H, W) to (*, C, H * r, W * r) (Shi et al. 2016, arXiv:1609.05158)."""
def pixel_unshuffle(input: Any, downscale_factor: builtins.int) -> Tensor:
    """(*, C, H * r, W * r) to (*, C * r^2, H, W): the inverse of pixel_shuffle."""
def poisson(input: Tensor, generator: Any = None) -> Tensor:
    """How often events occur that are expected `input` times, elementwise: whole numbers in the dtype of input."""
def poisson_nll_loss(input: Any, target: Any, log_input: Any, full: Any, eps: Any, reduction: Any) -> Tensor:
    """`nn.functional.poisson_nll_loss` called as (input, target, log_input, full, eps, reduction)."""
def polar(abs: Any, angle: Any, *, out: Any = None) -> Tensor:
    """The complex numbers of the given size and angle: abs * (cos(angle) + 1j * sin(angle))."""
def polygamma(n: builtins.int, input: Any, *, out: Any = None) -> Tensor:
    """Derivative number n of digamma, the derivative of log(gamma(x))."""
def positive(input: Any) -> Tensor:
    """+input: the tensor itself."""
def pow(input: Any, exponent: Any, *, out: Any = None) -> Tensor:
    """input ** exponent, elementwise; the exponent is a number or a tensor."""
def prelu(input: Any, weight: Any) -> Tensor:
    """input where it is positive, else weight * input: one weight for all, or one for each channel, which is dim 1."""
def prod(input: Any, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
    """The product over `dim`."""
def put(input: Any, index: Any, source: Any, accumulate: builtins.bool = False) -> Tensor:
    """input with the elements of source written (or added) at their numbers in the flattened tensor."""
def qr(input: Any, some: Any = True, *, out: Any = None) -> QrResult:
    """Q and R with input = Q R: the older form of `linalg.qr`."""
def quantile(input: Any, q: Any, dim: Any = None, keepdim: Any = False, *, interpolation: Any = 'linear', out: Any = None) -> Tensor:
    """The values below which the parts q of the sorted values along `dim` lie; nan where there is a nan."""
def rad2deg(input: Any, *, out: Any = None) -> Tensor:
    """Radians to degrees."""
def rad2deg_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `rad2deg`: writes the result into this tensor's memory and returns the tensor."""
def rand(*sizes: Any, size: Any = None, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
    """Uniform on [0, 1)."""
def rand_like(input: Tensor, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, memory_format: Any = None) -> Tensor:
    """Uniform on [0, 1) in the shape, dtype, device and memory order of input."""
def randint(*bounds: Any, low: Any = None, high: Any = None, size: Any = None, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
    """Whole numbers from `low` (0 if left out) to `high` - 1: `randint(high, size)` or `randint(low, high, size)`."""
def randint_like(input: Tensor, *bounds: Any, low: Any = None, high: Any = None, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, memory_format: Any = None) -> Tensor:
    """Whole numbers from `low` to `high` - 1 in the shape, dtype, device and memory order of input."""
def randn(*sizes: Any, size: Any = None, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
    """Normal with mean 0 and standard deviation 1."""
def randn_like(input: Tensor, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, memory_format: Any = None) -> Tensor:
    """Normal with mean 0 and standard deviation 1 in the shape, dtype, device and memory order of input."""
def randperm(n: builtins.int, *, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
    """The numbers 0 to n - 1 in random order."""
def range(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """start, start + step, ... up to and including end, in the default dtype; `arange` is what to call."""
def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension."""
def real(input: Tensor, *, out: Any = None) -> Tensor:
    """The real part."""
def reciprocal(input: Any, *, out: Any = None) -> Tensor:
    """1 / input, elementwise."""
def reciprocal_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `reciprocal`: writes the result into this tensor's memory and returns the tensor."""
def relu(input: Any, *, out: Any = None) -> Tensor:
    """max(input, 0), elementwise. The derivative at 0 is 0."""
def relu6(input: Any) -> Tensor:
    """min(max(input, 0), 6)."""
def relu_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `relu`: writes the result into this tensor's memory and returns the tensor."""
def remainder(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input - other * floor(input / other): the sign of the divisor, as Python's %; but a zero has that of the dividend."""
def renorm(input: Any, p: Any, dim: Any, maxnorm: Any, *, out: Any = None) -> Tensor:
    """The slices along `dim`, those whose p-norm is above `maxnorm` scaled down to it."""
def repeat_interleave(input: Any, repeats: Any = None, dim: Any = None, *, output_size: Any = None) -> Tensor:
    """Each slice along `dim` so many times one after the other; without `dim`, each element of the flattened tensor."""
def reshape(input: Any, shape: Any) -> Tensor:
    """The same elements in row-major order under another shape: a view where the strides allow, else a copy."""
def resize_as_(self, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """This tensor with the size of another one."""
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugates are computed at once here."""
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: negatives are computed at once here."""
def result_type(tensor: Any, other: Any) -> Any:
    """The dtype of an operation on two tensors or numbers, of which 0-d tensors and numbers are weak."""
def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Tensor:
    """x / sqrt(mean(x^2) + eps) * weight over the last dims (Zhang and Sennrich 2019, arXiv:1910.07467)."""
def rnn_relu(input: Any, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any, batch_first: Any) -> tuple[Tensor, Tensor]:
    """`rnn_tanh` with max(., 0) in place of tanh."""
def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Tensor:
    """max(input @ w_ih.T + b_ih + hx @ w_hh.T + b_hh, 0)."""
def rnn_tanh(input: Any, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any, batch_first: Any) -> tuple[Tensor, Tensor]:
    """Layers of h' = tanh(W_ih x + b_ih + W_hh h + b_hh): (steps, batch, features) -> outputs (steps, batch, hidden), last h."""
def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Tensor:
    """tanh(input @ w_ih.T + b_ih + hx @ w_hh.T + b_hh): (batch, features), (batch, hidden) -> (batch, hidden)."""
def roll(input: Any, shifts: Any, dims: Any = None) -> Tensor:
    """The elements shifted along `dims` (or along all of them as one); what falls off comes back at the other end."""
def rot90(input: Any, k: builtins.int = 1, dims: Any = ...) -> Tensor:
    """Turned by 90 degrees k times, from the first of `dims` toward the second."""
def round(input: Any, *, decimals: Any = 0, out: Any = None) -> Tensor:
    """The nearest whole number, halves to even; with `decimals`, to that many places."""
def round_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `round`: writes the result into this tensor's memory and returns the tensor."""
def row_stack(tensors: Any, *, out: Any = None) -> Tensor:
    """The tensors below each other: along dimension 0, vectors as rows."""
def rrelu(input: Any, lower: builtins.float = ..., upper: builtins.float = ..., training: builtins.bool = False) -> Tensor:
    """input where it is positive, else input times a slope: drawn from [lower, upper) in training, their mean outside."""
def rrelu_(input: Tensor, lower: builtins.float = ..., upper: builtins.float = ..., training: builtins.bool = False) -> Tensor:
    """rrelu into the input's memory."""
def rsqrt(input: Any, *, out: Any = None) -> Tensor:
    """1 / sqrt(input), elementwise."""
def rsqrt_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `rsqrt`: writes the result into this tensor's memory and returns the tensor."""
def rsub(input: Any, other: Any, *, alpha: builtins.float = 1) -> Tensor:
    """other - alpha * input, elementwise."""
def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
    """A 0-d tensor of a number, of the default dtype unless another is asked for."""
def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: builtins.float = ..., is_causal: builtins.bool = False, scale: Any = None, enable_gqa: builtins.bool = False) -> Tensor:
    """softmax(query key^T / sqrt(E) + attn_mask) value: (*, L, E), (*, S, E), (*, S, V) to (*, L, V)."""
def scatter(input: Any, dim: builtins.int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None, out: Any = None) -> Tensor:
    """input with `src` (a tensor or a number) written at the places that `index` says along `dim`."""
def scatter_add(input: Any, dim: Any, index: Any, src: Any, *, out: Any = None) -> Tensor:
    """input with every element of `src` added at the place that `index` says along `dim`."""
def scatter_reduce(input: Any, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = True, out: Any = None) -> Tensor:
    """All values of src that `index` sends to one place along `dim` (and input there, if include_self), combined."""
def searchsorted(sorted_sequence: Any, input: Any, *, out_int32: Any = False, right: Any = False, side: Any = None, sorter: Any = None, out: Any = None) -> Tensor:
    """Where each value would have to go for the sequence (or each row of it) to stay sorted."""
def seed() -> builtins.int:
    """Start the default generators at a seed that nobody can foresee, and return it."""
def segment_reduce(data: Any, reduce: builtins.str, *, lengths: Any = None, indices: Any = None, offsets: Any = None, axis: builtins.int = 0, unsafe: builtins.bool = False, initial: Any = None) -> Tensor:
    """The sum, mean, product, max or min of each of the segments that lie one behind the other along `axis`."""
def select(input: Any, dim: builtins.int, index: builtins.int) -> Tensor:
    """The slice number `index` along `dim`, without that dimension; a view."""
def select_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`select` in new memory."""
def select_scatter(input: Any, src: Any, dim: builtins.int, index: builtins.int) -> Tensor:
    """input with src in the place of its slice number `index` along `dim`."""
def selu(input: Any, *, out: Any = None) -> Tensor:
    """scale * input where it is positive, else scale * alpha * (exp(input) - 1) (Klambauer et al. 2017)."""
def selu_(input: Tensor) -> Tensor:
    """selu into the input's memory."""
def set_default_tensor_type(t: Any) -> Any:
    """Let new tensors be of an old-style type of floats, `torch.DoubleTensor` or its name: its dtype, and its device."""
def set_rng_state(new_state: Tensor) -> Any:
    """Set the default generator's state to one that `get_rng_state` gave."""
def sgn(input: Any, *, out: Any = None) -> Tensor:
    """The sign of real numbers; input / |input| of complex ones (0 at 0)."""
def sigmoid(input: Any, *, out: Any = None) -> Tensor:
    """1 / (1 + exp(-input)), elementwise; exp's overflow to inf gives the 0 that it should."""
def sigmoid_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `sigmoid`: writes the result into this tensor's memory and returns the tensor."""
def sign(input: Any, *, out: Any = None) -> Tensor:
    """-1, 0 or 1, elementwise; of nan 0."""
def signbit(input: Any, *, out: Any = None) -> Tensor:
    """Is the number negative, or -0?"""
def silu(input: Any, *, out: Any = None) -> Tensor:
    """input * sigmoid(input), also called swish (Elfwing et al. 2017, arXiv:1702.03118)."""
def sin(input: Any, *, out: Any = None) -> Tensor:
    """The sine, of radians."""
def sin_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `sin`: writes the result into this tensor's memory and returns the tensor."""
def sinc(input: Any, *, out: Any = None) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0."""
def sinc_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `sinc`: writes the result into this tensor's memory and returns the tensor."""
def sinh(input: Any, *, out: Any = None) -> Tensor:
    """The hyperbolic sine."""
def sinh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `sinh`: writes the result into this tensor's memory and returns the tensor."""
def slice_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`slice` in new memory."""
def slice_scatter(input: Any, src: Any, dim: Any = 0, start: Any = None, end: Any = None, step: Any = 1, *, out: Any = None) -> Tensor:
    """input with src in the place of its slices start, start + step, ... before `end` along `dim`."""
def slogdet(input: Any, *, out: Any = None) -> SlogdetResult:
    """The sign and the logarithm of the absolute value of the determinant: `linalg.slogdet`."""
def smooth_l1_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: builtins.str = 'mean', beta: builtins.float = ...) -> Tensor:
    """d^2 / (2 beta) where d = |input - target| < beta, else d - beta / 2 (Girshick 2015, arXiv:1504.08083)."""
def soft_margin_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: builtins.str = 'mean') -> Tensor:
    """log(1 + exp(-target * input)), without overflow."""
def softmax(input: Any, dim: Any, dtype: Any = None, *, out: Any = None) -> Tensor:
    """exp(x) / sum(exp(x)) along `dim`: positive numbers that add up to 1."""
def softmin(input: Any, dim: builtins.int, *, dtype: Any = None) -> Tensor:
    """softmax(-x): the smallest gets the most."""
def softplus(input: Any, beta: Any = ..., threshold: Any = ..., *, out: Any = None) -> Tensor:
    """log(1 + exp(beta * input)) / beta; the input itself where beta * input exceeds `threshold`."""
def softshrink(input: Any, lambd: Any = ..., *, out: Any = None) -> Tensor:
    """input moved toward 0 by lambd, and 0 where that would cross it."""
def softsign(input: Any) -> Tensor:
    """input / (1 + |input|)."""
def solve(input: Tensor, *arguments: Any, **keywords: Any) -> Any:
    """Removed: raises a RuntimeError that says to call linalg.solve(A, B), whose arguments come the other way round, and linalg.lu(A) for the factors."""
def sort(input: Any, dim: Any = -1, descending: Any = False, stable: Any = False, *, out: Any = None) -> SortResult:
    """The values in order along `dim`, and where they were; equal values keep their order."""
def split(tensor: Any, split_size_or_sections: Any, dim: builtins.int = 0) -> Any:
    """Pieces of one size (the last may be smaller), or of given sizes, along `dim`; views."""
def split_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`split` in new memory."""
def split_with_sizes(input: Any, split_sizes: Any, dim: builtins.int = 0) -> tuple[Tensor, Tensor]:
    """Consecutive pieces of the given sizes along `dim`; views."""
def split_with_sizes_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`split_with_sizes` in new memory."""
def sqrt(input: Any, *, out: Any = None) -> Tensor:
    """The square root, elementwise; nan below 0. The derivative at 0 is inf."""
def sqrt_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `sqrt`: writes the result into this tensor's memory and returns the tensor."""
def square(input: Any, *, out: Any = None) -> Tensor:
    """input * input, elementwise."""
def square_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `square`: writes the result into this tensor's memory and returns the tensor."""
def squeeze(input: Any, dim: Any = None) -> Tensor:
    """Without the dimensions of size 1 (or those of them named in `dim`); a view."""
def squeeze_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`squeeze` in new memory."""
def stack(tensors: Any, dim: builtins.int = 0, *, out: Any = None) -> Tensor:
    """The tensors as slices of a new dimension at `dim`; their shapes must be equal."""
def std(input: Any, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None, out: Any = None) -> Tensor:
    """The standard deviation over `dim`: the square root of `var`. Its derivative is 0 where all values are equal."""
def std_mean(input: Any, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean."""
def stft(input: Any, n_fft: builtins.int, hop_length: Any = None, win_length: Any = None, window: Any = None, center: builtins.bool = True, pad_mode: builtins.str = 'reflect', normalized: builtins.bool = False, onesided: Any = None, return_complex: Any = None, align_to_window: Any = None) -> Any:
    """The transforms of frames of `n_fft` points, `hop_length` apart: (..., time) -> (..., frequency, frame)."""
def sub(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
    """input - alpha * other, elementwise."""
def subtract(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
    """input - alpha * other, elementwise."""
def sum(input: Any, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
    """The sum over `dim` (an int, several, or None for all); bools and small integers are summed as int64."""
def svd(input: Any, some: Any = True, compute_uv: Any = True, *, out: Any = None) -> SvdResult:
    """U, S and V (not V^H) with input = U diag(S) V^H: the older form of `linalg.svd`."""
def svd_lowrank(A: Tensor, q: Any = 6, niter: builtins.int = 2, M: Any = None) -> Any:
    """U, S and V of the rank-q matrix that is nearly A (or A - M): A = U diag(S) V^H."""
def swapaxes(input: Tensor, axis0: builtins.int, axis1: builtins.int) -> Tensor:
    """`transpose` under NumPy's name."""
def swapdims(input: Any, dim0: Any, dim1: Any) -> Tensor:
    """Two dimensions exchanged; shares memory."""
def symeig(input: Tensor, *arguments: Any, **keywords: Any) -> Any:
    """Removed: raises a RuntimeError that says to call linalg.eigh(A), or linalg.eigvalsh(A) for the values alone; UPLO='U' reads the upper triangle, as symeig did."""
def t(input: Any) -> Tensor:
    """The transpose of a matrix; vectors and scalars as they are."""
def t_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`t` in new memory."""
def take(input: Any, index: Any, *, out: Any = None) -> Tensor:
    """The elements of the flattened tensor at the given numbers, in the shape of `index`."""
def take_along_dim(input: Any, indices: Any, dim: Any = None, *, out: Any = None) -> Tensor:
    """gather whose other dimensions broadcast; without `dim` on the flattened tensor."""
def tan(input: Any, *, out: Any = None) -> Tensor:
    """The tangent, of radians."""
def tan_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `tan`: writes the result into this tensor's memory and returns the tensor."""
def tanh(input: Any, *, out: Any = None) -> Tensor:
    """The hyperbolic tangent."""
def tanh_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `tanh`: writes the result into this tensor's memory and returns the tensor."""
def tanhshrink(input: Any) -> Tensor:
    """input - tanh(input)."""
def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, pin_memory: builtins.bool = False) -> Tensor:
    """A new leaf with a copy of `data`: numbers, nested lists, a NumPy array or a Tensor."""
def tensor_split(input: Any, indices_or_sections: Any, dim: builtins.int = 0) -> Any:
    """So many pieces of nearly equal size along `dim`, or the pieces between the given indices; views."""
def tensordot(a: Any, b: Any, dims: Any = 2, *, out: Any = None) -> Tensor:
    """The sum of products over pairs of dims: `dims` last of a with as many first of b, or two lists that say which."""
def thread_safe_generator() -> Any:
    """The generator of a data loader's worker thread: None, since threads may share every generator here."""
def threshold(input: Any, threshold: builtins.float, value: builtins.float) -> Tensor:
    """input where it is above `threshold`, else `value`; of whole numbers both are taken as whole numbers."""
def threshold_(input: Tensor, threshold: builtins.float, value: builtins.float) -> Tensor:
    """threshold into the input's memory."""
def tile(input: Any, dims: Any) -> Tensor:
    """The tensor repeated `dims` times along its dimensions."""
def to_dlpack(tensor: Tensor) -> Any:
    """A capsule on a tensor's memory; it can be taken once."""
def topk(input: Any, k: Any, dim: Any = -1, largest: Any = True, sorted: Any = True, *, out: Any = None) -> TopkResult:
    """The k largest (or smallest) values along `dim` in order, and where they were."""
def trace(input: Any) -> Tensor:
    """The sum of a matrix's diagonal."""
def transpose(input: Any, dim0: Any, dim1: Any) -> Tensor:
    """Two dimensions exchanged; shares memory."""
def transpose_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`transpose` in new memory."""
def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: builtins.int = -1) -> Tensor:
    """The area under y along `dim` by the trapezoidal rule, at the points x or at distances dx (1 unless given)."""
def trapz(y: Any, x: Any = None, *, dx: Any = None, dim: builtins.int = -1) -> Tensor:
    """The area under y along `dim` by the trapezoidal rule, at the points x or at distances dx (1 unless given)."""
def triangular_solve(input: Any, A: Any, upper: Any = True, transpose: Any = False, unitriangular: Any = False, *, out: Any = None) -> TriangularSolveResult:
    """X with A X = input, and a copy of A: the older form of `linalg.solve_triangular`; A^T in A's place if `transpose`."""
def tril(input: Any, diagonal: Any = 0, *, out: Any = None) -> Tensor:
    """The matrix with zeros above its diagonal number `diagonal` (of a batch, each one)."""
def tril_indices(row: builtins.int, col: builtins.int, offset: builtins.int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The places on and below a diagonal of a (row, col) matrix: row numbers in the first row, column numbers in the second."""
def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: Any, p: Any, eps: Any, swap: Any, reduction: Any) -> Tensor:
    """`nn.functional.triplet_margin_loss` called as (anchor, positive, negative, margin, p, eps, swap, reduction)."""
def triplet_margin_with_distance_loss(anchor: Any, positive: Any, negative: Any, *, distance_function: Any = None, margin: builtins.float = ..., swap: builtins.bool = False, reduction: builtins.str = 'mean') -> Tensor:
    """triplet_margin_loss with any distance, a function of two tensors."""
def triu(input: Any, diagonal: Any = 0, *, out: Any = None) -> Tensor:
    """The matrix with zeros below its diagonal number `diagonal` (of a batch, each one)."""
def triu_indices(row: builtins.int, col: builtins.int, offset: builtins.int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The places on and above a diagonal of a (row, col) matrix: row numbers in the first row, column numbers in the second."""
def true_divide(input: Any, other: Any, *, rounding_mode: Any = None, out: Any = None) -> Tensor:
    """input / other, elementwise; integers divide to floats, unless rounded toward 0 ("trunc") or down ("floor")."""
def trunc(input: Any, *, out: Any = None) -> Tensor:
    """The whole number next to input toward 0."""
def trunc_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `trunc`: writes the result into this tensor's memory and returns the tensor."""
def typename(obj: Any) -> builtins.str:
    """The name of an object's type with its module; of a Tensor its old-style type."""
def unbind(input: Any, dim: Any = 0) -> tuple[Tensor, Tensor, Tensor]:
    """The slices along `dim`, each without that dimension; views."""
def unbind_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`unbind` in new memory."""
def unflatten(input: Any, dim: builtins.int, sizes: Any) -> Tensor:
    """One dimension as several; one of the sizes may be -1."""
def unfold(input: Any, dimension: Any, size: Any, step: Any) -> Tensor:
    """Windows of `size` slices along a dimension, `step` apart, as a new last dimension; a view."""
def unfold_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`unfold` in new memory."""
def unique(input: Any, sorted: builtins.bool = True, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: Any = None) -> Any:
    """The distinct values in order, or the distinct slices along `dim`."""
def unique_consecutive(input: Any, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: Any = None) -> Any:
    """The values without those that equal the one before; with `dim`, the slices along it."""
def unravel_index(indices: Any, shape: Any) -> Any:
    """The places in a tensor of the given shape that numbers in row-major order mean: a tensor for each dimension."""
def unsafe_chunk(input: Any, chunks: builtins.int, dim: builtins.int = 0) -> Any:
    """At most `chunks` pieces of equal size (the last may be smaller) along `dim`, as many empty ones of none; views."""
def unsafe_split(tensor: Any, split_size_or_sections: Any, dim: builtins.int = 0) -> Any:
    """Pieces of one size (the last may be smaller), or of given sizes, along `dim`; views."""
def unsafe_split_with_sizes(tensor: Any, split_size_or_sections: Any, dim: builtins.int = 0) -> Any:
    """Pieces of one size (the last may be smaller), or of given sizes, along `dim`; views."""
def unsqueeze(input: Any, dim: builtins.int) -> Tensor:
    """A new dimension of size 1 at `dim`; a view."""
def unsqueeze_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`unsqueeze` in new memory."""
def vander(x: Any, N: Any = None, increasing: builtins.bool = False) -> Tensor:
    """The powers of a vector as columns, the highest first (or last, if `increasing`)."""
def var(input: Any, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None, out: Any = None) -> Tensor:
    """The variance over `dim`: sum((x - mean)^2) / (n - correction); correction is 1 unless said otherwise."""
def var_mean(input: Any, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None) -> tuple[Tensor, Tensor]:
    """The variance and the mean."""
def vdot(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The dot product with the first vector conjugated."""
def view_as_complex(input: Any) -> Tensor:
    """Pairs along the last dimension, which has size 2, as complex numbers; a view."""
def view_as_complex_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`view_as_complex` in new memory."""
def view_as_real(input: Any) -> Tensor:
    """The real and imaginary parts as a new last dimension of size 2; a view."""
def view_as_real_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`view_as_real` in new memory."""
def view_copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
    """`view` in new memory."""
def vsplit(input: Any, indices_or_sections: Any) -> Any:
    """The pieces below each other, along dimension 0; views."""
def vstack(tensors: Any, *, out: Any = None) -> Tensor:
    """The tensors below each other: along dimension 0, vectors as rows."""
def where(condition: Tensor, input: Any = None, other: Any = None, *, out: Any = None) -> Tensor:
    """input where `condition` is True, else other; with the condition alone, where it is True: an index vector for each dim."""
def xlogy(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input * log(other), elementwise; 0 where input is 0, whatever the logarithm."""
def xlogy_(self, *operands: Any, **keywords: Any) -> Tensor:
    """In-place form of `xlogy`: writes the result into this tensor's memory and returns the tensor."""
def zero_(input: Any) -> Tensor:
    """zero_"""
def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, out: Any = None) -> Tensor:
    """A tensor of zeros."""
def zeros_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False, memory_format: Any = None) -> Tensor:
    """Zeros in the shape, dtype and device of input."""
class Methods:
    __hash__ = object.__hash__
    def __getattr__(self, name: str) -> Any: ...
    def __getitem__(self, key: Any) -> Tensor: ...
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __neg__(self) -> Tensor: ...
    def __eq__(self, other: Any) -> Any: ...
    def __ne__(self, other: Any) -> Any: ...
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __getitem__
    __floordiv__ = __mod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __and__ = __or__ = __xor__ = __getitem__
    __lt__ = __le__ = __gt__ = __ge__ = __getitem__
    __invert__ = __abs__ = __pos__ = __neg__
    def abs(self, *, out: Any = None) -> Tensor:
        """|input|, elementwise; of complex numbers the modulus. The derivative at 0, and of nan, is 0."""
    def abs_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `abs`: writes the result into this tensor's memory and returns the tensor."""
    def absolute(self, *, out: Any = None) -> Tensor:
        """|input|, elementwise; of complex numbers the modulus. The derivative at 0, and of nan, is 0."""
    def absolute_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `abs`: writes the result into this tensor's memory and returns the tensor."""
    def acos(self, *, out: Any = None) -> Tensor:
        """The angle in [0, pi] whose cosine is input; nan outside [-1, 1]."""
    def acos_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `acos`: writes the result into this tensor's memory and returns the tensor."""
    def acosh(self, *, out: Any = None) -> Tensor:
        """The number >= 0 whose hyperbolic cosine is input; nan below 1."""
    def acosh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `acosh`: writes the result into this tensor's memory and returns the tensor."""
    def add(self, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
        """input + alpha * other, elementwise."""
    def add_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `add`: writes the result into this tensor's memory and returns the tensor."""
    def addbmm(self, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
        """beta * input + alpha * (the sum of bmm(batch1, batch2) over the batch)."""
    def addbmm_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `addbmm`: writes the result into this tensor's memory and returns the tensor."""
    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: Any = 1, out: Any = None) -> Tensor:
        """input + value * tensor1 / tensor2, elementwise."""
    def addcdiv_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `addcdiv`: writes the result into this tensor's memory and returns the tensor."""
    def addcmul(self, tensor1: Any, tensor2: Any, *, value: Any = 1, out: Any = None) -> Tensor:
        """input + value * tensor1 * tensor2, elementwise."""
    def addcmul_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `addcmul`: writes the result into this tensor's memory and returns the tensor."""
    def addmm(self, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
        """beta * input + alpha * (mat1 @ mat2)."""
    def addmm_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `addmm`: writes the result into this tensor's memory and returns the tensor."""
    def addmv(self, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
        """beta * input + alpha * (mat @ vec)."""
    def addmv_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `addmv`: writes the result into this tensor's memory and returns the tensor."""
    def addr(self, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
        """beta * input + alpha * outer(vec1, vec2)."""
    def addr_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `addr`: writes the result into this tensor's memory and returns the tensor."""
    def adjoint(self) -> Tensor:
        """The conjugate transpose of a matrix, or of a batch of them."""
    def airy_ai_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `airy_ai`: writes the result into this tensor's memory and returns the tensor."""
    def all(self, dim: Any = None, keepdim: Any = False, *, out: Any = None) -> Tensor:
        """Is every element nonzero? bool, but uint8 for uint8."""
    def allclose(self, other: Any, rtol: builtins.float = ..., atol: builtins.float = ..., equal_nan: Any = False) -> Any:
        """Are all elements close?"""
    def amax(self, dim: Any = ..., keepdim: Any = False, *, out: Any = None) -> Tensor:
        """The largest values over `dim`; nan if there is one. Equal ones share the gradient."""
    def amin(self, dim: Any = ..., keepdim: Any = False, *, out: Any = None) -> Tensor:
        """The smallest values over `dim`; nan if there is one. Equal ones share the gradient."""
    def aminmax(self, *, dim: Any = None, keepdim: Any = False, out: Any = None) -> AminmaxResult:
        """The smallest and the largest values, over all elements or along one dim."""
    def angle(self, *, out: Any = None) -> Tensor:
        """The angle of complex numbers in the plane, in (-pi, pi]; of real ones 0, or pi below 0."""
    def any(self, dim: Any = None, keepdim: Any = False, *, out: Any = None) -> Tensor:
        """Is some element nonzero? bool, but uint8 for uint8."""
    def apply_(self, callable: Any) -> Any:
        """apply_"""
    def arccos(self, *, out: Any = None) -> Tensor:
        """The angle in [0, pi] whose cosine is input; nan outside [-1, 1]."""
    def arccos_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `acos`: writes the result into this tensor's memory and returns the tensor."""
    def arccosh(self, *, out: Any = None) -> Tensor:
        """The number >= 0 whose hyperbolic cosine is input; nan below 1."""
    def arccosh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `acosh`: writes the result into this tensor's memory and returns the tensor."""
    def arcsin(self, *, out: Any = None) -> Tensor:
        """The angle in [-pi/2, pi/2] whose sine is input; nan outside [-1, 1]."""
    def arcsin_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `asin`: writes the result into this tensor's memory and returns the tensor."""
    def arcsinh(self, *, out: Any = None) -> Tensor:
        """The number whose hyperbolic sine is input."""
    def arcsinh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `asinh`: writes the result into this tensor's memory and returns the tensor."""
    def arctan(self, *, out: Any = None) -> Tensor:
        """The angle in (-pi/2, pi/2) whose tangent is input."""
    def arctan2(self, other: Any, *, out: Any = None) -> Tensor:
        """The angle in [-pi, pi] of the point (other, input). The derivative at (0, 0) is 0."""
    def arctan2_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `atan2`: writes the result into this tensor's memory and returns the tensor."""
    def arctan_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `atan`: writes the result into this tensor's memory and returns the tensor."""
    def arctanh(self, *, out: Any = None) -> Tensor:
        """The number whose hyperbolic tangent is input; nan outside [-1, 1]."""
    def arctanh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `atanh`: writes the result into this tensor's memory and returns the tensor."""
    def argmax(self, dim: Any = None, keepdim: Any = False, *, out: Any = None) -> Tensor:
        """Where the largest value is: its index along `dim`, or in the flattened tensor; the first of equal ones."""
    def argmin(self, dim: Any = None, keepdim: Any = False, *, out: Any = None) -> Tensor:
        """Where the smallest value is: its index along `dim`, or in the flattened tensor; the first of equal ones."""
    def argsort(self, dim: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = False) -> Tensor:
        """Where the values come from that sort would give."""
    def argwhere(self) -> Tensor:
        """The places of the elements that aren't 0, one per row."""
    def as_strided(self, size: Any, stride: Any, storage_offset: Any = None) -> Tensor:
        """A view with any size and strides of the memory that the input lies in, from the input's own offset or another."""
    def as_strided_(self, *arguments: Any, **keywords: Any) -> Tensor:
        """In-place form of `as_strided`: this tensor itself takes on the shape, on the same memory."""
    def as_strided_scatter(self, src: Any, size: Any, stride: Any, storage_offset: Any = None) -> Tensor:
        """input with src where as_strided would read it."""
    def as_subclass(self, cls: Any) -> Any:
        """The same memory, at the same place of the tape, as an object of a subclass of Tensor."""
    def asin(self, *, out: Any = None) -> Tensor:
        """The angle in [-pi/2, pi/2] whose sine is input; nan outside [-1, 1]."""
    def asin_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `asin`: writes the result into this tensor's memory and returns the tensor."""
    def asinh(self, *, out: Any = None) -> Tensor:
        """The number whose hyperbolic sine is input."""
    def asinh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `asinh`: writes the result into this tensor's memory and returns the tensor."""
    def atan(self, *, out: Any = None) -> Tensor:
        """The angle in (-pi/2, pi/2) whose tangent is input."""
    def atan2(self, other: Any, *, out: Any = None) -> Tensor:
        """The angle in [-pi, pi] of the point (other, input). The derivative at (0, 0) is 0."""
    def atan2_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `atan2`: writes the result into this tensor's memory and returns the tensor."""
    def atan_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `atan`: writes the result into this tensor's memory and returns the tensor."""
    def atanh(self, *, out: Any = None) -> Tensor:
        """The number whose hyperbolic tangent is input; nan outside [-1, 1]."""
    def atanh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `atanh`: writes the result into this tensor's memory and returns the tensor."""
    def baddbmm(self, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Tensor:
        """beta * input + alpha * bmm(batch1, batch2)."""
    def baddbmm_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `baddbmm`: writes the result into this tensor's memory and returns the tensor."""
    def bernoulli(self, p: Any = None, *, generator: Any = None, out: Any = None) -> Tensor:
        """1 with the probability that `input` holds (or with probability `p`, in the shape of input), else 0."""
    def bernoulli_(self, p: Any = ..., *, generator: Any = None) -> Tensor:
        """Fill with 1 at probability `p`, else 0; a tensor `p` holds a probability for each element."""
    def bessel_j0_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `bessel_j0`: writes the result into this tensor's memory and returns the tensor."""
    def bessel_j1_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `bessel_j1`: writes the result into this tensor's memory and returns the tensor."""
    def bessel_y0_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `bessel_y0`: writes the result into this tensor's memory and returns the tensor."""
    def bessel_y1_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `bessel_y1`: writes the result into this tensor's memory and returns the tensor."""
    def bfloat16(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.bfloat16."""
    def bincount(self, weights: Any = None, minlength: builtins.int = 0) -> Tensor:
        """How often 0, 1, 2, ... are in a vector; with weights, the sum of the weights of each."""
    def bitwise_and(self, other: Any, *, out: Any = None) -> Tensor:
        """Bit by bit: are both set? For bools, logical and."""
    def bitwise_and_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `bitwise_and`: writes the result into this tensor's memory and returns the tensor."""
    def bitwise_left_shift(self, other: Any, *, out: Any = None) -> Tensor:
        """input * 2 ** other on integers."""
    def bitwise_left_shift_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `bitwise_left_shift`: writes the result into this tensor's memory and returns the tensor."""
    def bitwise_not(self, *, out: Any = None) -> Tensor:
        """All bits turned over; for bools, logical not."""
    def bitwise_not_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `bitwise_not`: writes the result into this tensor's memory and returns the tensor."""
    def bitwise_or(self, other: Any, *, out: Any = None) -> Tensor:
        """Bit by bit: is either set? For bools, logical or."""
    def bitwise_or_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `bitwise_or`: writes the result into this tensor's memory and returns the tensor."""
    def bitwise_right_shift(self, other: Any, *, out: Any = None) -> Tensor:
        """floor(input / 2 ** other) on integers."""
    def bitwise_right_shift_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `bitwise_right_shift`: writes the result into this tensor's memory and returns the tensor."""
    def bitwise_xor(self, other: Any, *, out: Any = None) -> Tensor:
        """Bit by bit: is exactly one set?"""
    def bitwise_xor_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `bitwise_xor`: writes the result into this tensor's memory and returns the tensor."""
    def bmm(self, mat2: Any, *, out: Any = None) -> Tensor:
        """The products of two batches of matrices, one by one."""
    def bool(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.bool."""
    def broadcast_to(self, size: Any) -> Tensor:
        """The tensor expanded to `size`."""
    def byte(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.uint8."""
    def cauchy_(self, median: builtins.float = ..., sigma: builtins.float = ..., *, generator: Any = None) -> Tensor:
        """Fill with Cauchy numbers."""
    def cdouble(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.complex128."""
    def ceil(self, *, out: Any = None) -> Tensor:
        """The smallest whole number not below input."""
    def ceil_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `ceil`: writes the result into this tensor's memory and returns the tensor."""
    def cfloat(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.complex64."""
    def char(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.int8."""
    def chebyshev_polynomial_t_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `chebyshev_polynomial_t`: writes the result into this tensor's memory and returns the tensor."""
    def chebyshev_polynomial_u_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `chebyshev_polynomial_u`: writes the result into this tensor's memory and returns the tensor."""
    def chebyshev_polynomial_v_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `chebyshev_polynomial_v`: writes the result into this tensor's memory and returns the tensor."""
    def chebyshev_polynomial_w_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `chebyshev_polynomial_w`: writes the result into this tensor's memory and returns the tensor."""
    def cholesky(self, upper: Any = False, *, out: Any = None) -> Tensor:
        """The Cholesky factor: `linalg.cholesky`."""
    def cholesky_inverse(self, upper: Any = False, *, out: Any = None) -> Tensor:
        """The inverse of A = L L^H, or of U^H U if `upper`."""
    def cholesky_solve(self, input2: Any, upper: Any = False, *, out: Any = None) -> Tensor:
        """X with A X = input, for A = L L^H with L = input2 (or U^H U, if `upper`)."""
    def chunk(self, chunks: builtins.int, dim: builtins.int = 0) -> Any:
        """At most `chunks` pieces of equal size (the last may be smaller) along `dim`, as many empty ones of none; views."""
    def clamp(self, min: Any = None, max: Any = None, *, out: Any = None) -> Tensor:
        """input limited to [min, max], elementwise; the limits are numbers or tensors, and either may be left out."""
    def clamp_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `clamp`: writes the result into this tensor's memory and returns the tensor."""
    def clamp_inside_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `clamp_inside`: writes the result into this tensor's memory and returns the tensor."""
    def clamp_max(self, max: Any, *, out: Any = None) -> Tensor:
        """input, but at most max."""
    def clamp_max_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `clamp_max`: writes the result into this tensor's memory and returns the tensor."""
    def clamp_min(self, min: Any, *, out: Any = None) -> Tensor:
        """input, but at least min."""
    def clamp_min_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `clamp_min`: writes the result into this tensor's memory and returns the tensor."""
    def clamp_numbers_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `clamp_numbers`: writes the result into this tensor's memory and returns the tensor."""
    def clamp_tensors_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `clamp_tensors`: writes the result into this tensor's memory and returns the tensor."""
    def clip(self, min: Any = None, max: Any = None, *, out: Any = None) -> Tensor:
        """input limited to [min, max], elementwise; the limits are numbers or tensors, and either may be left out."""
    def clip_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `clamp`: writes the result into this tensor's memory and returns the tensor."""
    def clone(self, *, memory_format: Any = None) -> Tensor:
        """A copy in memory of its own, in the layout of the input or in a memory format; gradients flow through."""
    def combinations(self, r: builtins.int = 2, with_replacement: builtins.bool = False) -> Tensor:
        """The ways to choose r elements of a vector, one per row, in the order of their places."""
    def conj(self, *, out: Any = None) -> Tensor:
        """The complex conjugate; a real tensor is its own."""
    def conj_physical(self, *, out: Any = None) -> Tensor:
        """The complex conjugate; a real tensor is its own."""
    def conj_physical_(self) -> Any:
        """conj_physical_"""
    def const_data_ptr(self) -> builtins.int:
        """The address of the first element; 0 where there is none."""
    def constant_pad_nd(self, pad: Any, value: builtins.float = 0) -> Tensor:
        """`value` around the input: (last before, last after, next-to-last before, ...); negative numbers cut off."""
    def contiguous(self, memory_format: Any = ...) -> Tensor:
        """The tensor itself if its elements lie in row-major order (or that of another memory format), else a copy that does."""
    def copy_(self, src: Any, non_blocking: builtins.bool = False) -> Tensor:
        """Write the values of `src`, broadcast and converted, into this tensor."""
    def copysign(self, other: Any, *, out: Any = None) -> Tensor:
        """The size of input with the sign of other, elementwise; the sign of -0 counts."""
    def copysign_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `copysign`: writes the result into this tensor's memory and returns the tensor."""
    def corrcoef(self) -> Tensor:
        """The correlation coefficients of variables, the rows of a matrix, of which each column is an observation."""
    def cos(self, *, out: Any = None) -> Tensor:
        """The cosine, of radians."""
    def cos_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `cos`: writes the result into this tensor's memory and returns the tensor."""
    def cosh(self, *, out: Any = None) -> Tensor:
        """The hyperbolic cosine."""
    def cosh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `cosh`: writes the result into this tensor's memory and returns the tensor."""
    def count_nonzero(self, dim: Any = None) -> Tensor:
        """How many elements aren't 0."""
    def cov(self, *, correction: builtins.int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
        """The covariances of variables, the rows of a matrix, of which each column is an observation."""
    def cpu(self) -> Any:
        """cpu"""
    def cross(self, other: Any, dim: Any = None, *, out: Any = None) -> Tensor:
        """The cross product of vectors of size 3 along `dim`, by default the first dimension of size 3."""
    def cuda(self, device: Any = None, non_blocking: builtins.bool = False, memory_format: Any = None) -> Tensor:
        """The tensor on a GPU: the current one, or the one of a number, a name or a Device."""
    def cummax(self, dim: Any, *, out: Any = None) -> CummaxResult:
        """The largest of each element and all before it along `dim`, and where it is: the last of equal ones."""
    def cummin(self, dim: Any, *, out: Any = None) -> CumminResult:
        """The smallest of each element and all before it along `dim`, and where it is: the last of equal ones."""
    def cumprod(self, dim: Any, *, dtype: Any = None, out: Any = None) -> Tensor:
        """The product of each element and all before it along `dim`."""
    def cumprod_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `cumprod`: writes the result into this tensor's memory and returns the tensor."""
    def cumsum(self, dim: Any, *, dtype: Any = None, out: Any = None) -> Tensor:
        """The sum of each element and all before it along `dim`; bools and small integers are summed as int64."""
    def cumsum_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `cumsum`: writes the result into this tensor's memory and returns the tensor."""
    def data_ptr(self) -> builtins.int:
        """The address of the first element; 0 where there is none."""
    def deg2rad(self, *, out: Any = None) -> Tensor:
        """Degrees to radians."""
    def deg2rad_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `deg2rad`: writes the result into this tensor's memory and returns the tensor."""
    def dense_dim(self) -> Any:
        """dense_dim"""
    def det(self) -> Tensor:
        """The determinant: `linalg.det`."""
    def diag(self, diagonal: builtins.int = 0, *, out: Any = None) -> Tensor:
        """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    def diag_embed(self, offset: builtins.int = 0, dim1: builtins.int = -2, dim2: builtins.int = -1) -> Tensor:
        """Zeros with the last dimension of input on a diagonal of the planes (dim1, dim2), `offset` columns up."""
    def diagflat(self, offset: builtins.int = 0) -> Tensor:
        """A matrix with all elements of input on one of its diagonals."""
    def diagonal(self, offset: Any = 0, dim1: Any = 0, dim2: Any = 1) -> Tensor:
        """The diagonal of the plane (dim1, dim2), `offset` columns up, as the last dimension; a view."""
    def diagonal_scatter(self, src: Any, offset: builtins.int = 0, dim1: builtins.int = 0, dim2: builtins.int = 1) -> Tensor:
        """input with src on the diagonal of the planes (dim1, dim2), `offset` columns up."""
    def diff(self, n: Any = 1, dim: Any = -1, prepend: Any = None, append: Any = None, *, out: Any = None) -> Tensor:
        """The differences of neighbours along `dim`, taken n times; of bools, whether they differ."""
    def digamma(self, *, out: Any = None) -> Tensor:
        """The derivative of log(gamma(x)): for x from 10 on an asymptotic series, below that by gamma(x + 1) = x gamma(x)."""
    def digamma_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `digamma`: writes the result into this tensor's memory and returns the tensor."""
    def dim_order(self, *, ambiguity_check: Any = False) -> Any:
        """The dimensions in the order in which they lie in memory, the slowest first."""
    def dist(self, other: Any, p: builtins.float = 2) -> Tensor:
        """The p-norm of input - other over all elements."""
    def div(self, other: Any, *, rounding_mode: Any = None, out: Any = None) -> Tensor:
        """input / other, elementwise; integers divide to floats, unless rounded toward 0 ("trunc") or down ("floor")."""
    def div_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `div`: writes the result into this tensor's memory and returns the tensor."""
    def divide(self, other: Any, *, rounding_mode: Any = None, out: Any = None) -> Tensor:
        """input / other, elementwise; integers divide to floats, unless rounded toward 0 ("trunc") or down ("floor")."""
    def divide_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `div`: writes the result into this tensor's memory and returns the tensor."""
    def dot(self, tensor: Any, *, out: Any = None) -> Tensor:
        """The sum of the products of two vectors' elements, without conjugation."""
    def double(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.float64."""
    def dsplit(self, indices_or_sections: Any) -> tuple[Tensor, Tensor]:
        """The pieces one behind the other, along dimension 2; views."""
    def eig(self, *arguments: Any, **keywords: Any) -> Any:
        """Removed: raises a RuntimeError that says to call linalg.eig(A), or linalg.eigvals(A) for the values alone; both are complex."""
    def elu_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `elu`: writes the result into this tensor's memory and returns the tensor."""
    def entr_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `entr`: writes the result into this tensor's memory and returns the tensor."""
    def eq(self, other: Any, *, out: Any = None) -> Tensor:
        """input == other, elementwise."""
    def eq_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `eq`: writes the result into this tensor's memory and returns the tensor."""
    def equal(self, other: Any) -> Any:
        """Have both the same shape and the same values?"""
    def erf(self, *, out: Any = None) -> Tensor:
        """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to input."""
    def erf_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `erf`: writes the result into this tensor's memory and returns the tensor."""
    def erfc(self, *, out: Any = None) -> Tensor:
        """1 - erf(input), accurate far out on the right where erf is 1."""
    def erfc_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `erfc`: writes the result into this tensor's memory and returns the tensor."""
    def erfcx_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `erfcx`: writes the result into this tensor's memory and returns the tensor."""
    def erfinv(self, *, out: Any = None) -> Tensor:
        """The number whose erf is input; nan outside [-1, 1]."""
    def erfinv_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `erfinv`: writes the result into this tensor's memory and returns the tensor."""
    def exp(self, *, out: Any = None) -> Tensor:
        """e ** input, elementwise."""
    def exp2(self, *, out: Any = None) -> Tensor:
        """2 ** input, elementwise."""
    def exp2_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `exp2`: writes the result into this tensor's memory and returns the tensor."""
    def exp_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `exp`: writes the result into this tensor's memory and returns the tensor."""
    def expand(self, *size: Any, implicit: builtins.bool = False) -> Tensor:
        """The tensor broadcast to `size`, where -1 keeps a size; shares memory."""
    def expand_as(self, other: Any) -> Any:
        """expand_as"""
    def expm1(self, *, out: Any = None) -> Tensor:
        """e ** input - 1, without the cancellation near 0."""
    def expm1_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `expm1`: writes the result into this tensor's memory and returns the tensor."""
    def exponential_(self, lambd: builtins.float = ..., *, generator: Any = None) -> Tensor:
        """Fill with exponential numbers of rate `lambd`."""
    def fill_(self, value: Any) -> Tensor:
        """`value`, a number or 0-d tensor, everywhere, converted to this tensor's dtype."""
    def fill_diagonal_(self, fill_value: Any, wrap: builtins.bool = False) -> Tensor:
        """Write one value on the main diagonal: of a matrix, or of a tensor whose dims are all equal."""
    def fix(self, *, out: Any = None) -> Tensor:
        """The whole number next to input toward 0."""
    def fix_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `trunc`: writes the result into this tensor's memory and returns the tensor."""
    def flatten(self, start_dim: builtins.int = 0, end_dim: builtins.int = -1) -> Tensor:
        """The dimensions start_dim ... end_dim as one."""
    def flip(self, *dims: Any, **named: Any) -> Tensor:
        """The elements in reverse order along `dims`."""
    def fliplr(self) -> Tensor:
        """The columns in reverse order."""
    def flipud(self) -> Tensor:
        """The rows in reverse order."""
    def float(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.float32."""
    def float_power(self, exponent: Any, *, out: Any = None) -> Tensor:
        """input ** exponent in float64 or complex128."""
    def float_power_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `float_power`: writes the result into this tensor's memory and returns the tensor."""
    def floor(self, *, out: Any = None) -> Tensor:
        """The largest whole number not above input."""
    def floor_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `floor`: writes the result into this tensor's memory and returns the tensor."""
    def floor_divide(self, other: Any, *, out: Any = None) -> Tensor:
        """floor(input / other), elementwise."""
    def floor_divide_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `floor_divide`: writes the result into this tensor's memory and returns the tensor."""
    def fmax(self, other: Any, *, out: Any = None) -> Tensor:
        """The larger of the two, elementwise; where one is nan, the other."""
    def fmax_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `fmax`: writes the result into this tensor's memory and returns the tensor."""
    def fmin(self, other: Any, *, out: Any = None) -> Tensor:
        """The smaller of the two, elementwise; where one is nan, the other."""
    def fmin_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `fmin`: writes the result into this tensor's memory and returns the tensor."""
    def fmod(self, other: Any, *, out: Any = None) -> Tensor:
        """input - other * trunc(input / other): the sign of the dividend, as C's fmod."""
    def fmod_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `fmod`: writes the result into this tensor's memory and returns the tensor."""
    def frac(self, *, out: Any = None) -> Tensor:
        """input - trunc(input)."""
    def frac_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `frac`: writes the result into this tensor's memory and returns the tensor."""
    def frexp(self, *, out: Any = None) -> FrexpResult:
        """The mantissa, in [0.5, 1) or (-1, -0.5], and the exponent of floats: input = mantissa * 2^exponent."""
    def gather(self, dim: builtins.int, index: Tensor, *, sparse_grad: builtins.bool = False, out: Any = None) -> Tensor:
        """out[i][j] = input[index[i][j]][j] along dim 0, and so on; `sparse_grad` means nothing: gradients are dense."""
    def gcd(self, other: Any, *, out: Any = None) -> Tensor:
        """The greatest common divisor, elementwise, by Euclid's algorithm on all numbers together; of 0 and 0 it is 0."""
    def gcd_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `gcd`: writes the result into this tensor's memory and returns the tensor."""
    def ge(self, other: Any, *, out: Any = None) -> Tensor:
        """input >= other, elementwise."""
    def ge_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `ge`: writes the result into this tensor's memory and returns the tensor."""
    def gelu_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `gelu`: writes the result into this tensor's memory and returns the tensor."""
    def geometric_(self, p: builtins.float, *, generator: Any = None) -> Tensor:
        """Fill with the number of trials up to the first success, each of which has probability `p`."""
    def geqrf(self, *, out: Any = None) -> GeqrfResult:
        """R with, below it, the vectors of the reflections that made it, and their factors; for `orgqr` and `ormqr`."""
    def ger(self, vec2: Any, *, out: Any = None) -> Tensor:
        """All products of an element of one vector with an element of the other: (n), (m) -> (n, m)."""
    def greater(self, other: Any, *, out: Any = None) -> Tensor:
        """input > other, elementwise."""
    def greater_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `gt`: writes the result into this tensor's memory and returns the tensor."""
    def greater_equal(self, other: Any, *, out: Any = None) -> Tensor:
        """input >= other, elementwise."""
    def greater_equal_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `ge`: writes the result into this tensor's memory and returns the tensor."""
    def gt(self, other: Any, *, out: Any = None) -> Tensor:
        """input > other, elementwise."""
    def gt_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `gt`: writes the result into this tensor's memory and returns the tensor."""
    def half(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.float16."""
    def hardshrink(self, lambd: Any = ..., *, out: Any = None) -> Tensor:
        """0 in [-lambd, lambd], else input."""
    def hardtanh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `hardtanh`: writes the result into this tensor's memory and returns the tensor."""
    def hash_tensor(self, dim: Any = ..., *, keepdim: Any = False, mode: Any = 0, out: Any = None) -> Tensor:
        """The exclusive or of the bits of all values along `dim`: uint64; the order of the values doesn't matter."""
    def heaviside(self, values: Any, *, out: Any = None) -> Tensor:
        """0 below 0, 1 above it, and `values` at 0, elementwise."""
    def heaviside_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `heaviside`: writes the result into this tensor's memory and returns the tensor."""
    def hermite_polynomial_h_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `hermite_polynomial_h`: writes the result into this tensor's memory and returns the tensor."""
    def hermite_polynomial_he_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `hermite_polynomial_he`: writes the result into this tensor's memory and returns the tensor."""
    def histc(self, bins: Any = 100, min: Any = 0, max: Any = 0, *, out: Any = None) -> Tensor:
        """How many values lie in each of `bins` equal intervals of [min, max], or of the range of the values if both are equal."""
    def histogram(self, bins: Any, *, range: Any = None, weight: Any = None, density: builtins.bool = False, out: Any = None) -> HistogramResult:
        """How many values (or how much of their weight) lie between neighbouring edges, and the edges."""
    def hsplit(self, indices_or_sections: Any) -> Any:
        """The pieces side by side: along dimension 1, or 0 of a vector; views."""
    def hypot(self, other: Any, *, out: Any = None) -> Tensor:
        """sqrt(input^2 + other^2), elementwise, without overflow."""
    def hypot_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `hypot`: writes the result into this tensor's memory and returns the tensor."""
    def i0(self, *, out: Any = None) -> Tensor:
        """The modified Bessel function of the first kind of order 0."""
    def i0_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `i0`: writes the result into this tensor's memory and returns the tensor."""
    def i0e_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `i0e`: writes the result into this tensor's memory and returns the tensor."""
    def i1_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `i1`: writes the result into this tensor's memory and returns the tensor."""
    def i1e_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `i1e`: writes the result into this tensor's memory and returns the tensor."""
    def igamma(self, other: Any, *, out: Any = None) -> Tensor:
        """The lower incomplete gamma function P(a, x): what part of the gamma function's integral lies below x."""
    def igamma_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `igamma`: writes the result into this tensor's memory and returns the tensor."""
    def igammac(self, other: Any, *, out: Any = None) -> Tensor:
        """The upper incomplete gamma function Q(a, x) = 1 - P(a, x)."""
    def igammac_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `igammac`: writes the result into this tensor's memory and returns the tensor."""
    def index_add(self, dim: Any, index: Any, source: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
        """input with the slices of `source`, times alpha, added at the slices that `index` names along `dim`."""
    def index_add_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `index_add`: writes the result into this tensor's memory and returns the tensor."""
    def index_copy(self, dim: Any, index: Any, source: Any, *, out: Any = None) -> Tensor:
        """input with the slices of `source` written at the slices that `index` names along `dim`."""
    def index_copy_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `index_copy`: writes the result into this tensor's memory and returns the tensor."""
    def index_fill(self, dim: builtins.int, index: Any, value: Any) -> Tensor:
        """input with `value` in the slices that `index` names along `dim`."""
    def index_fill_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `index_fill`: writes the result into this tensor's memory and returns the tensor."""
    def index_put(self, indices: Any, values: Tensor, accumulate: builtins.bool = False) -> Tensor:
        """input with `values` written (or added) at index tensors; None stands for a whole dimension."""
    def index_put_(self, indices: Any, values: Tensor, accumulate: builtins.bool = False) -> Tensor:
        """Write (or add) values at index tensors."""
    def index_reduce(self, dim: Any, index: Any, source: Any, reduce: Any, *, include_self: Any = True, out: Any = None) -> Tensor:
        """All slices of source that the vector `index` sends to one slice along `dim` (and input's there), combined."""
    def index_reduce_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `index_reduce`: writes the result into this tensor's memory and returns the tensor."""
    def index_select(self, dim: Any, index: Any, *, out: Any = None) -> Tensor:
        """The slices of input along `dim` that a vector of integers names, in its order."""
    def inner(self, other: Any, *, out: Any = None) -> Tensor:
        """The sum over the last dims of both: (..., n), (*, n) -> (..., *); with a 0-d tensor, the product."""
    def int(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.int32."""
    def interpolated_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `interpolated`: writes the result into this tensor's memory and returns the tensor."""
    def inverse(self, *, out: Any = None) -> Tensor:
        """The inverse of a square matrix: `linalg.inv`."""
    def is_complex(self) -> Any:
        """Is the dtype complex?"""
    def is_conj(self) -> Any:
        """is_conj"""
    def is_distributed(self) -> Any:
        """is_distributed"""
    def is_inference(self) -> builtins.bool:
        """Was it made in inference_mode? Always False: tensors made there are ordinary ones here."""
    def is_neg(self) -> Any:
        """is_neg"""
    def is_nonzero(self) -> builtins.bool:
        """Is the one element of a tensor other than zero? Tensors of more elements, or none, have no answer."""
    def is_pinned(self, device: Any = None) -> Any:
        """is_pinned"""
    def is_same_size(self, other: Tensor) -> builtins.bool:
        """Have two tensors the same shape?"""
    def is_set_to(self, tensor: Tensor) -> builtins.bool:
        """Are these the same elements of the same memory, in the same order?"""
    def is_shared(self) -> builtins.bool:
        """Is it in memory that other processes share? On a GPU it always is."""
    def isclose(self, other: Any, rtol: builtins.float = ..., atol: builtins.float = ..., equal_nan: Any = False) -> Tensor:
        """|input - other| <= atol + rtol * |other|, elementwise; infinities equal themselves only."""
    def isfinite(self, *, out: Any = None) -> Tensor:
        """Is it neither infinite nor nan?"""
    def isinf(self, *, out: Any = None) -> Tensor:
        """Is it an infinity?"""
    def isnan(self, *, out: Any = None) -> Tensor:
        """Is it not a number?"""
    def isneginf(self, *, out: Any = None) -> Tensor:
        """Is it -inf?"""
    def isposinf(self, *, out: Any = None) -> Tensor:
        """Is it +inf?"""
    def isreal(self) -> Tensor:
        """Has it no imaginary part?"""
    def istft(self, n_fft: builtins.int, hop_length: Any = None, win_length: Any = None, window: Any = None, center: builtins.bool = True, normalized: builtins.bool = False, onesided: Any = None, length: Any = None, return_complex: builtins.bool = False) -> Any:
        """The signal of least distance to a given `stft`: frames are weighed once more, added, and divided by the squares' sum."""
    def kron(self, other: Any, *, out: Any = None) -> Tensor:
        """The Kronecker product: each element of input times the whole of other, in its place."""
    def kthvalue(self, k: builtins.int, dim: builtins.int = -1, keepdim: builtins.bool = False, *, out: Any = None) -> KthvalueResult:
        """The k-th smallest value along `dim`, counted from 1, and where it is."""
    def laguerre_polynomial_l_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `laguerre_polynomial_l`: writes the result into this tensor's memory and returns the tensor."""
    def lcm(self, other: Any, *, out: Any = None) -> Tensor:
        """The least common multiple, elementwise; 0 where one of the numbers is 0."""
    def lcm_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `lcm`: writes the result into this tensor's memory and returns the tensor."""
    def ldexp(self, other: Any, *, out: Any = None) -> Tensor:
        """input * 2^other, elementwise."""
    def ldexp_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `ldexp`: writes the result into this tensor's memory and returns the tensor."""
    def le(self, other: Any, *, out: Any = None) -> Tensor:
        """input <= other, elementwise."""
    def le_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `le`: writes the result into this tensor's memory and returns the tensor."""
    def leaky_relu_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `leaky_relu`: writes the result into this tensor's memory and returns the tensor."""
    def legendre_polynomial_p_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `legendre_polynomial_p`: writes the result into this tensor's memory and returns the tensor."""
    def lerp(self, end: Any, weight: Any, *, out: Any = None) -> Tensor:
        """input + weight * (end - input), elementwise; the weight is a number or a tensor."""
    def lerp_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `lerp`: writes the result into this tensor's memory and returns the tensor."""
    def less(self, other: Any, *, out: Any = None) -> Tensor:
        """input < other, elementwise."""
    def less_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `lt`: writes the result into this tensor's memory and returns the tensor."""
    def less_equal(self, other: Any, *, out: Any = None) -> Tensor:
        """input <= other, elementwise."""
    def less_equal_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `le`: writes the result into this tensor's memory and returns the tensor."""
    def lgamma(self, *, out: Any = None) -> Tensor:
        """The logarithm of |gamma(x)|; inf at 0, -1, -2, ..."""
    def lgamma_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `lgamma`: writes the result into this tensor's memory and returns the tensor."""
    def log(self, *, out: Any = None) -> Tensor:
        """The natural logarithm, elementwise; nan below 0, -inf at 0."""
    def log10(self, *, out: Any = None) -> Tensor:
        """The logarithm to base 10, elementwise."""
    def log10_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `log10`: writes the result into this tensor's memory and returns the tensor."""
    def log1p(self, *, out: Any = None) -> Tensor:
        """log(1 + input), without the rounding near 0."""
    def log1p_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `log1p`: writes the result into this tensor's memory and returns the tensor."""
    def log2(self, *, out: Any = None) -> Tensor:
        """The logarithm to base 2, elementwise."""
    def log2_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `log2`: writes the result into this tensor's memory and returns the tensor."""
    def log_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `log`: writes the result into this tensor's memory and returns the tensor."""
    def log_ndtr_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `log_ndtr`: writes the result into this tensor's memory and returns the tensor."""
    def log_normal_(self, mean: builtins.float = ..., std: builtins.float = ..., *, generator: Any = None) -> Tensor:
        """Fill with exp(x) of normal numbers x."""
    def log_softmax(self, dim: Any, dtype: Any = None, *, out: Any = None) -> Tensor:
        """x - log(sum(exp(x))) along `dim`: the logarithm of softmax, exact also where softmax rounds to 0 or to 1."""
    def logaddexp(self, other: Tensor, *, out: Any = None) -> Tensor:
        """log(exp(input) + exp(other)), without overflow: of complex numbers by way of the one with the larger real part."""
    def logaddexp2(self, other: Any, *, out: Any = None) -> Tensor:
        """log2(2^input + 2^other), without overflow."""
    def logaddexp2_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `logaddexp2`: writes the result into this tensor's memory and returns the tensor."""
    def logaddexp_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `logaddexp`: writes the result into this tensor's memory and returns the tensor."""
    def logcumsumexp(self, dim: Any, *, out: Any = None) -> Tensor:
        """log(exp(x[0]) + ... + exp(x[i])) along `dim`, without overflow."""
    def logcumsumexp_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `logcumsumexp`: writes the result into this tensor's memory and returns the tensor."""
    def logdet(self) -> Tensor:
        """The logarithm of the determinant: nan where that is negative, -inf where it is 0."""
    def logical_and(self, other: Any, *, out: Any = None) -> Tensor:
        """Are both nonzero?"""
    def logical_and_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `logical_and`: writes the result into this tensor's memory and returns the tensor."""
    def logical_not(self, *, out: Any = None) -> Tensor:
        """Is it zero?"""
    def logical_not_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `logical_not`: writes the result into this tensor's memory and returns the tensor."""
    def logical_or(self, other: Any, *, out: Any = None) -> Tensor:
        """Is either nonzero?"""
    def logical_or_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `logical_or`: writes the result into this tensor's memory and returns the tensor."""
    def logical_xor(self, other: Any, *, out: Any = None) -> Tensor:
        """Is exactly one nonzero?"""
    def logical_xor_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `logical_xor`: writes the result into this tensor's memory and returns the tensor."""
    def logit(self, eps: Any = None, *, out: Any = None) -> Tensor:
        """log(x / (1 - x)), the inverse of the sigmoid; with `eps`, of x limited to [eps, 1 - eps]."""
    def logit_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `logit`: writes the result into this tensor's memory and returns the tensor."""
    def logsigmoid_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `logsigmoid`: writes the result into this tensor's memory and returns the tensor."""
    def logsumexp(self, dim: Any, keepdim: Any = False, *, out: Any = None) -> Tensor:
        """log(sum(exp(x))) over `dim`, taken relative to the largest x, so that nothing overflows."""
    def long(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.int64."""
    def lstsq(self, *arguments: Any, **keywords: Any) -> Any:
        """Removed: raises a RuntimeError that says to call linalg.lstsq(A, B), whose arguments come the other way round, and linalg.qr(A) for the factors."""
    def lt(self, other: Any, *, out: Any = None) -> Tensor:
        """input < other, elementwise."""
    def lt_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `lt`: writes the result into this tensor's memory and returns the tensor."""
    def lu(self, pivot: Any = True, get_infos: Any = False, *, out: Any = None) -> Any:
        """The older form of `linalg.lu_factor_ex`: (LU, pivots), and with `get_infos` which pivot is 0."""
    def lu_solve(self, LU_data: Any, LU_pivots: Any, *, out: Any = None) -> Tensor:
        """X with A X = input: the older form of `linalg.lu_solve`."""
    def map2_(self, x: Any, y: Any, callable: Any) -> Any:
        """map2_"""
    def map_(self, tensor: Any, callable: Any) -> Any:
        """map_"""
    def masked_fill(self, mask: Any, value: Any) -> Tensor:
        """input with `value` (a number or 0-d tensor), converted to input's dtype, where `mask` is True."""
    def masked_fill_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `masked_fill`: writes the result into this tensor's memory and returns the tensor."""
    def masked_scatter(self, mask: Any, source: Any) -> Tensor:
        """input with the first elements of source, in their order, where `mask` is True."""
    def masked_scatter_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `masked_scatter`: writes the result into this tensor's memory and returns the tensor."""
    def masked_select(self, mask: Any, *, out: Any = None) -> Tensor:
        """The elements where mask is True, in one dimension."""
    def matmul(self, other: Any, *, out: Any = None) -> Tensor:
        """The matrix product over the last dim of `input` and the last but one of `other`; leading dims are a batch and broadcast."""
    def matrix_exp(self) -> Tensor:
        """The matrix exponential: `linalg.matrix_exp`."""
    def matrix_power(self, n: Any, *, out: Any = None) -> Tensor:
        """A square matrix times itself, n times: `linalg.matrix_power`."""
    def max(self, dim: Any = None, keepdim: builtins.bool = False, *, other: Any = None, out: Any = None) -> Any:
        """The largest value; with `dim`, the largest values along it and their indices; with a tensor, `maximum`."""
    def maximum(self, other: Any, *, out: Any = None) -> Tensor:
        """The larger of the two, elementwise; nan if either is. Ties share the gradient; of nan both get all of it."""
    def maximum_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `maximum`: writes the result into this tensor's memory and returns the tensor."""
    def mean(self, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
        """The arithmetic mean over `dim`: the sum divided by the number of elements."""
    def median(self, dim: Any = None, keepdim: builtins.bool = False) -> Any:
        """The middle value (of two middle ones the lower); with `dim`, along it, with indices."""
    def min(self, dim: Any = None, keepdim: builtins.bool = False, *, other: Any = None, out: Any = None) -> Any:
        """The smallest value; with `dim`, the smallest values along it and their indices; with a tensor, `minimum`."""
    def minimum(self, other: Any, *, out: Any = None) -> Tensor:
        """The smaller of the two, elementwise; nan if either is. Ties share the gradient; of nan both get all of it."""
    def minimum_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `minimum`: writes the result into this tensor's memory and returns the tensor."""
    def mm(self, mat2: Any, *, out: Any = None) -> Tensor:
        """The product of two matrices."""
    def mode(self, dim: builtins.int = -1, keepdim: builtins.bool = False, *, out: Any = None) -> ModeResult:
        """The most frequent value along `dim` (of several the smallest), and its last place."""
    def modified_bessel_i0_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `modified_bessel_i0`: writes the result into this tensor's memory and returns the tensor."""
    def modified_bessel_i1_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `modified_bessel_i1`: writes the result into this tensor's memory and returns the tensor."""
    def modified_bessel_k0_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `modified_bessel_k0`: writes the result into this tensor's memory and returns the tensor."""
    def modified_bessel_k1_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `modified_bessel_k1`: writes the result into this tensor's memory and returns the tensor."""
    def module_load(self, other: Tensor, assign: builtins.bool = False) -> Tensor:
        """What `Module.load_state_dict` puts in the place of this tensor: `other`, or this one with its values."""
    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """Dimensions moved to other places, the rest in their order; a view."""
    def movedim(self, source: Any, destination: Any) -> Tensor:
        """Dimensions moved to other places, the rest in their order; a view."""
    def msort(self, *, out: Any = None) -> Tensor:
        """The values in order along the first dimension."""
    def mul(self, other: Any, *, out: Any = None) -> Tensor:
        """input * other, elementwise."""
    def mul_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `mul`: writes the result into this tensor's memory and returns the tensor."""
    def multinomial(self, num_samples: builtins.int, replacement: builtins.bool = False, *, generator: Any = None, out: Any = None) -> Tensor:
        """Indices drawn with the weights `input`: (K,) gives (num_samples,), (N, K) gives (N, num_samples), int64."""
    def multiply(self, other: Any, *, out: Any = None) -> Tensor:
        """input * other, elementwise."""
    def multiply_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `mul`: writes the result into this tensor's memory and returns the tensor."""
    def mv(self, vec: Any, *, out: Any = None) -> Tensor:
        """The product of a matrix and a vector."""
    def mvlgamma(self, p: builtins.int, *, out: Any = None) -> Tensor:
        """The logarithm of the gamma function of p dimensions: p (p - 1) / 4 log(pi) + the sum over j < p of lgamma(x - j / 2)."""
    def mvlgamma_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `mvlgamma`: writes the result into this tensor's memory and returns the tensor."""
    def nan_to_num(self, nan: Any = None, posinf: Any = None, neginf: Any = None, *, out: Any = None) -> Tensor:
        """input with numbers in the place of nan (0), inf (the largest float) and -inf (the smallest); complex: part by part."""
    def nan_to_num_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `nan_to_num`: writes the result into this tensor's memory and returns the tensor."""
    def nanmean(self, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None, out: Any = None) -> Tensor:
        """The mean of what isn't nan."""
    def nanmedian(self, dim: Any = None, keepdim: builtins.bool = False, *, out: Any = None) -> Any:
        """The middle one of the values that aren't nan (the lower of two); with `dim`, along it, with indices."""
    def nanquantile(self, q: Any, dim: Any = None, keepdim: Any = False, *, interpolation: Any = 'linear', out: Any = None) -> Tensor:
        """The quantiles of what isn't nan."""
    def nansum(self, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None, out: Any = None) -> Tensor:
        """The sum of what isn't nan."""
    def narrow(self, dim: builtins.int, start: builtins.int, length: builtins.int) -> Tensor:
        """`length` slices along `dim` from `start` on; a view."""
    def narrow_copy(self, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
        """`narrow` in new memory."""
    def ndtr_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `ndtr`: writes the result into this tensor's memory and returns the tensor."""
    def ndtri_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `ndtri`: writes the result into this tensor's memory and returns the tensor."""
    def ne(self, other: Any, *, out: Any = None) -> Tensor:
        """input != other, elementwise."""
    def ne_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `ne`: writes the result into this tensor's memory and returns the tensor."""
    def neg(self, *, out: Any = None) -> Tensor:
        """-input, elementwise."""
    def neg_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `neg`: writes the result into this tensor's memory and returns the tensor."""
    def negative(self, *, out: Any = None) -> Tensor:
        """-input, elementwise."""
    def negative_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `neg`: writes the result into this tensor's memory and returns the tensor."""
    def new(self, *arguments: Any, device: Any = None) -> Tensor:
        """PyTorch's old constructor: of a size, of values, or of another tensor, in this tensor's dtype and on its device."""
    def new_empty(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
        """`empty(...)` with this tensor's dtype and device."""
    def new_empty_strided(self, size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Any:
        """new_empty_strided"""
    def new_full(self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Any:
        """new_full"""
    def new_ones(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
        """`ones(...)` with this tensor's dtype and device."""
    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Any:
        """new_tensor"""
    def new_zeros(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor:
        """`zeros(...)` with this tensor's dtype and device."""
    def next_float_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `next_float`: writes the result into this tensor's memory and returns the tensor."""
    def next_of_kind_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `next_of_kind`: writes the result into this tensor's memory and returns the tensor."""
    def nextafter(self, other: Any, *, out: Any = None) -> Tensor:
        """The float next to input in the direction of other, elementwise."""
    def nextafter_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `nextafter`: writes the result into this tensor's memory and returns the tensor."""
    def nonzero(self, *, as_tuple: builtins.bool = False, out: Any = None) -> Any:
        """The places of the elements that aren't 0: one row each, or a tuple with an index tensor per dimension."""
    def nonzero_static(self, *, size: Any, fill_value: Any = -1, out: Any = None) -> Tensor:
        """The first `size` places of the elements that aren't 0, one per row; missing rows are filled with `fill_value`."""
    def norm(self, p: Any = 'fro', dim: Any = None, keepdim: builtins.bool = False, out: Any = None, dtype: Any = None) -> Tensor:
        """The p-norm of the elements over `dim`; "fro" is p = 2."""
    def normal_(self, mean: builtins.float = ..., std: builtins.float = ..., *, generator: Any = None) -> Tensor:
        """Fill with normal numbers."""
    def not_equal(self, other: Any, *, out: Any = None) -> Tensor:
        """input != other, elementwise."""
    def not_equal_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `ne`: writes the result into this tensor's memory and returns the tensor."""
    def numbers_for_nan_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `numbers_for_nan`: writes the result into this tensor's memory and returns the tensor."""
    def orgqr(self, input2: Any, *, out: Any = None) -> Tensor:
        """The first columns of a product of reflections: `linalg.householder_product`."""
    def ormqr(self, input2: Any, input3: Any, left: Any = True, transpose: Any = False, *, out: Any = None) -> Tensor:
        """Q input3 (input3 Q if not `left`; Q^H in Q's place if `transpose`), for the whole Q of the reflections of `geqrf`."""
    def outer(self, vec2: Any, *, out: Any = None) -> Tensor:
        """All products of an element of one vector with an element of the other: (n), (m) -> (n, m)."""
    def permute(self, *dims: Any, **named: Any) -> Tensor:
        """The dimensions in another order; shares memory."""
    def pin_memory(self, device: Any = None) -> Tensor:
        """The tensor itself: every copy to a GPU goes through pinned memory and returns at once, wherever it comes from."""
    def pinverse(self, rcond: builtins.float = ...) -> Tensor:
        """The pseudoinverse: `linalg.pinv` with rtol = rcond."""
    def polygamma(self, n: builtins.int) -> Tensor:
        """Derivative number n of digamma."""
    def polygamma_(self, n: builtins.int) -> Tensor:
        """In-place form of `polygamma`."""
    def polygamma_of_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `polygamma_of`: writes the result into this tensor's memory and returns the tensor."""
    def positive(self) -> Tensor:
        """+input: the tensor itself."""
    def pow(self, exponent: Any, *, out: Any = None) -> Tensor:
        """input ** exponent, elementwise; the exponent is a number or a tensor."""
    def pow_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `pow`: writes the result into this tensor's memory and returns the tensor."""
    def pow_integers_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `pow_integers`: writes the result into this tensor's memory and returns the tensor."""
    def pow_number_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `pow_number`: writes the result into this tensor's memory and returns the tensor."""
    def pow_tensors_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `pow_tensors`: writes the result into this tensor's memory and returns the tensor."""
    def prelu(self, weight: Any) -> Tensor:
        """input where it is positive, else weight * input: one weight for all, or one for each channel, which is dim 1."""
    def prod(self, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
        """The product over `dim`."""
    def put(self, index: Any, source: Any, accumulate: builtins.bool = False) -> Tensor:
        """input with the elements of source written (or added) at their numbers in the flattened tensor."""
    def put_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `put`: writes the result into this tensor's memory and returns the tensor."""
    def qr(self, some: Any = True, *, out: Any = None) -> QrResult:
        """Q and R with input = Q R: the older form of `linalg.qr`."""
    def quantile(self, q: Any, dim: Any = None, keepdim: Any = False, *, interpolation: Any = 'linear', out: Any = None) -> Tensor:
        """The values below which the parts q of the sorted values along `dim` lie; nan where there is a nan."""
    def rad2deg(self, *, out: Any = None) -> Tensor:
        """Radians to degrees."""
    def rad2deg_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `rad2deg`: writes the result into this tensor's memory and returns the tensor."""
    def random_(self, from_: Any = ..., to: Any = ..., *, generator: Any = None) -> Tensor:
        """Fill with whole numbers: `random_()` as far as the dtype counts, `random_(to)` below to, `random_(from_, to)` between."""
    def ravel(self) -> Tensor:
        """All elements in one dimension."""
    def reciprocal(self, *, out: Any = None) -> Tensor:
        """1 / input, elementwise."""
    def reciprocal_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `reciprocal`: writes the result into this tensor's memory and returns the tensor."""
    def record_stream(self, stream: Any) -> Any:
        """Nothing to do: the memory of a tensor goes back to the pool in the order of its own stream."""
    def reinforce(self, *arguments: Any, **keywords: Any) -> Any:
        """Removed: raises a RuntimeError that says what to write instead."""
    def relu(self, *, out: Any = None) -> Tensor:
        """max(input, 0), elementwise. The derivative at 0 is 0."""
    def relu_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `relu`: writes the result into this tensor's memory and returns the tensor."""
    def remainder(self, other: Any, *, out: Any = None) -> Tensor:
        """input - other * floor(input / other): the sign of the divisor, as Python's %; but a zero has that of the dividend."""
    def remainder_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `remainder`: writes the result into this tensor's memory and returns the tensor."""
    def renorm(self, p: Any, dim: Any, maxnorm: Any, *, out: Any = None) -> Tensor:
        """The slices along `dim`, those whose p-norm is above `maxnorm` scaled down to it."""
    def renorm_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `renorm`: writes the result into this tensor's memory and returns the tensor."""
    def repeat(self, *repeats: Any) -> Tensor:
        """The tensor repeated along each dimension, in new memory: `repeat(2, 3)`."""
    def repeat_interleave(self, repeats: Any = None, dim: Any = None, *, output_size: Any = None) -> Tensor:
        """Each slice along `dim` so many times one after the other; without `dim`, each element of the flattened tensor."""
    def reshape(self, *dims: Any, **named: Any) -> Tensor:
        """The same elements in row-major order under another shape: a view where the strides allow, else a copy."""
    def reshape_as(self, other: Any) -> Any:
        """reshape_as"""
    def resize(self, *sizes: Any) -> Tensor:
        """A view of another shape with as many elements; PyTorch warns that it will go, and so does this."""
    def resize_(self, *size: Any, memory_format: Any = None) -> Tensor:
        """This tensor with another size: the memory from its first element on, in new memory if there isn't enough; new is 0."""
    def resize_as(self, the_template: Tensor) -> Tensor:
        """A view with the shape of another tensor; PyTorch warns that it will go, and so does this."""
    def resize_as_(self, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
        """This tensor with the size of another one."""
    def resolve_conj(self) -> Tensor:
        """The tensor itself: conjugates are computed at once here."""
    def resolve_neg(self) -> Tensor:
        """The tensor itself: negatives are computed at once here."""
    def roll(self, shifts: Any, dims: Any = None) -> Tensor:
        """The elements shifted along `dims` (or along all of them as one); what falls off comes back at the other end."""
    def rot90(self, k: builtins.int = 1, dims: Any = ...) -> Tensor:
        """Turned by 90 degrees k times, from the first of `dims` toward the second."""
    def round(self, *, decimals: Any = 0, out: Any = None) -> Tensor:
        """The nearest whole number, halves to even; with `decimals`, to that many places."""
    def round_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `round`: writes the result into this tensor's memory and returns the tensor."""
    def rsqrt(self, *, out: Any = None) -> Tensor:
        """1 / sqrt(input), elementwise."""
    def rsqrt_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `rsqrt`: writes the result into this tensor's memory and returns the tensor."""
    def rsub(self, other: Any, *, alpha: builtins.float = 1) -> Tensor:
        """other - alpha * input, elementwise."""
    def scaled_modified_bessel_k0_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `scaled_modified_bessel_k0`: writes the result into this tensor's memory and returns the tensor."""
    def scaled_modified_bessel_k1_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `scaled_modified_bessel_k1`: writes the result into this tensor's memory and returns the tensor."""
    def scatter(self, dim: builtins.int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None, out: Any = None) -> Tensor:
        """input with `src` (a tensor or a number) written at the places that `index` says along `dim`."""
    def scatter_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `scatter`: writes the result into this tensor's memory and returns the tensor."""
    def scatter_add(self, dim: Any, index: Any, src: Any, *, out: Any = None) -> Tensor:
        """input with every element of `src` added at the place that `index` says along `dim`."""
    def scatter_add_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `scatter_add`: writes the result into this tensor's memory and returns the tensor."""
    def scatter_reduce(self, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = True, out: Any = None) -> Tensor:
        """All values of src that `index` sends to one place along `dim` (and input there, if include_self), combined."""
    def scatter_reduce_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `scatter_reduce`: writes the result into this tensor's memory and returns the tensor."""
    def select(self, dim: builtins.int, index: builtins.int) -> Tensor:
        """The slice number `index` along `dim`, without that dimension; a view."""
    def select_scatter(self, src: Any, dim: builtins.int, index: builtins.int) -> Tensor:
        """input with src in the place of its slice number `index` along `dim`."""
    def set_(self, source: Any = None, storage_offset: builtins.int = 0, size: Any = None, stride: Any = None) -> Tensor:
        """Let this tensor be another one's memory, a storage, or a part of it; without arguments, nothing at all."""
    def sgn(self, *, out: Any = None) -> Tensor:
        """The sign of real numbers; input / |input| of complex ones (0 at 0)."""
    def sgn_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `sgn`: writes the result into this tensor's memory and returns the tensor."""
    def share_memory_(self) -> Tensor:
        """Move this tensor into memory that processes forked from this one share."""
    def shifted_chebyshev_polynomial_t_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `shifted_chebyshev_polynomial_t`: writes the result into this tensor's memory and returns the tensor."""
    def shifted_chebyshev_polynomial_u_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `shifted_chebyshev_polynomial_u`: writes the result into this tensor's memory and returns the tensor."""
    def shifted_chebyshev_polynomial_v_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `shifted_chebyshev_polynomial_v`: writes the result into this tensor's memory and returns the tensor."""
    def shifted_chebyshev_polynomial_w_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `shifted_chebyshev_polynomial_w`: writes the result into this tensor's memory and returns the tensor."""
    def short(self, memory_format: Any = ...) -> Tensor:
        """The tensor as torch.int16."""
    def sigmoid(self, *, out: Any = None) -> Tensor:
        """1 / (1 + exp(-input)), elementwise; exp's overflow to inf gives the 0 that it should."""
    def sigmoid_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `sigmoid`: writes the result into this tensor's memory and returns the tensor."""
    def sign(self, *, out: Any = None) -> Tensor:
        """-1, 0 or 1, elementwise; of nan 0."""
    def sign_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `sign`: writes the result into this tensor's memory and returns the tensor."""
    def signbit(self, *, out: Any = None) -> Tensor:
        """Is the number negative, or -0?"""
    def silu_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `silu`: writes the result into this tensor's memory and returns the tensor."""
    def sin(self, *, out: Any = None) -> Tensor:
        """The sine, of radians."""
    def sin_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `sin`: writes the result into this tensor's memory and returns the tensor."""
    def sinc(self, *, out: Any = None) -> Tensor:
        """sin(pi x) / (pi x), and 1 at 0."""
    def sinc_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `sinc`: writes the result into this tensor's memory and returns the tensor."""
    def sinh(self, *, out: Any = None) -> Tensor:
        """The hyperbolic sine."""
    def sinh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `sinh`: writes the result into this tensor's memory and returns the tensor."""
    def slice_scatter(self, src: Any, dim: Any = 0, start: Any = None, end: Any = None, step: Any = 1, *, out: Any = None) -> Tensor:
        """input with src in the place of its slices start, start + step, ... before `end` along `dim`."""
    def slogdet(self, *, out: Any = None) -> SlogdetResult:
        """The sign and the logarithm of the absolute value of the determinant: `linalg.slogdet`."""
    def softmax(self, dim: Any, dtype: Any = None, *, out: Any = None) -> Tensor:
        """exp(x) / sum(exp(x)) along `dim`: positive numbers that add up to 1."""
    def softplus_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `softplus`: writes the result into this tensor's memory and returns the tensor."""
    def solve(self, *arguments: Any, **keywords: Any) -> Any:
        """Removed: raises a RuntimeError that says to call linalg.solve(A, B), whose arguments come the other way round, and linalg.lu(A) for the factors."""
    def sort(self, dim: Any = -1, descending: Any = False, stable: Any = False, *, out: Any = None) -> SortResult:
        """The values in order along `dim`, and where they were; equal values keep their order."""
    def sparse_dim(self) -> Any:
        """sparse_dim"""
    def spherical_bessel_j0_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `spherical_bessel_j0`: writes the result into this tensor's memory and returns the tensor."""
    def split(self, split_size: Any, dim: builtins.int = 0) -> Any:
        """Views of runs of `split_size` elements along `dim`, or of the sizes that a list gives."""
    def split_with_sizes(self, split_sizes: Any, dim: builtins.int = 0) -> tuple[Tensor, Tensor]:
        """Consecutive pieces of the given sizes along `dim`; views."""
    def sqrt(self, *, out: Any = None) -> Tensor:
        """The square root, elementwise; nan below 0. The derivative at 0 is inf."""
    def sqrt_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `sqrt`: writes the result into this tensor's memory and returns the tensor."""
    def square(self, *, out: Any = None) -> Tensor:
        """input * input, elementwise."""
    def square_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `square`: writes the result into this tensor's memory and returns the tensor."""
    def squeeze(self, dim: Any = None) -> Tensor:
        """Without the dimensions of size 1 (or those of them named in `dim`); a view."""
    def squeeze_(self, *arguments: Any, **keywords: Any) -> Tensor:
        """In-place form of `squeeze`: this tensor itself takes on the shape, on the same memory."""
    def std(self, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None, out: Any = None) -> Tensor:
        """The standard deviation over `dim`: the square root of `var`. Its derivative is 0 where all values are equal."""
    def std_mean(self, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None) -> tuple[Tensor, Tensor]:
        """The standard deviation and the mean."""
    def stft(self, n_fft: builtins.int, hop_length: Any = None, win_length: Any = None, window: Any = None, center: builtins.bool = True, pad_mode: builtins.str = 'reflect', normalized: builtins.bool = False, onesided: Any = None, return_complex: Any = None, align_to_window: Any = None) -> Any:
        """The transforms of frames of `n_fft` points, `hop_length` apart: (..., time) -> (..., frequency, frame)."""
    def storage(self) -> Any:
        """`tensor.storage()`: the memory as numbers; PyTorch warns that it will go, and so does this."""
    def storage_offset(self) -> builtins.int:
        """How many elements of its memory lie before its first; 0 on a backend that shows no memory."""
    def storage_type(self) -> Any:
        """storage_type"""
    def sub(self, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
        """input - alpha * other, elementwise."""
    def sub_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `sub`: writes the result into this tensor's memory and returns the tensor."""
    def subtract(self, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
        """input - alpha * other, elementwise."""
    def subtract_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `sub`: writes the result into this tensor's memory and returns the tensor."""
    def sum(self, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
        """The sum over `dim` (an int, several, or None for all); bools and small integers are summed as int64."""
    def sum_to_size(self, *size: Any) -> Tensor:
        """The tensor summed over what broadcasting `size` to its shape would repeat: the reverse of expand."""
    def svd(self, some: Any = True, compute_uv: Any = True, *, out: Any = None) -> SvdResult:
        """U, S and V (not V^H) with input = U diag(S) V^H: the older form of `linalg.svd`."""
    def swapaxes(self, axis0: builtins.int, axis1: builtins.int) -> Tensor:
        """`transpose` under NumPy's name."""
    def swapaxes_(self, *arguments: Any, **keywords: Any) -> Tensor:
        """In-place form of `transpose`: this tensor itself takes on the shape, on the same memory."""
    def swapdims(self, dim0: Any, dim1: Any) -> Tensor:
        """Two dimensions exchanged; shares memory."""
    def swapdims_(self, *arguments: Any, **keywords: Any) -> Tensor:
        """In-place form of `transpose`: this tensor itself takes on the shape, on the same memory."""
    def symeig(self, *arguments: Any, **keywords: Any) -> Any:
        """Removed: raises a RuntimeError that says to call linalg.eigh(A), or linalg.eigvalsh(A) for the values alone; UPLO='U' reads the upper triangle, as symeig did."""
    def t(self) -> Tensor:
        """The transpose of a matrix; vectors and scalars as they are."""
    def t_(self, *arguments: Any, **keywords: Any) -> Tensor:
        """In-place form of `t`: this tensor itself takes on the shape, on the same memory."""
    def take(self, index: Any, *, out: Any = None) -> Tensor:
        """The elements of the flattened tensor at the given numbers, in the shape of `index`."""
    def take_along_dim(self, indices: Any, dim: Any = None, *, out: Any = None) -> Tensor:
        """gather whose other dimensions broadcast; without `dim` on the flattened tensor."""
    def tan(self, *, out: Any = None) -> Tensor:
        """The tangent, of radians."""
    def tan_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `tan`: writes the result into this tensor's memory and returns the tensor."""
    def tanh(self, *, out: Any = None) -> Tensor:
        """The hyperbolic tangent."""
    def tanh_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `tanh`: writes the result into this tensor's memory and returns the tensor."""
    def tensor_split(self, indices_or_sections: Any, dim: builtins.int = 0) -> Any:
        """So many pieces of nearly equal size along `dim`, or the pieces between the given indices; views."""
    def tile(self, *dims: Any, **named: Any) -> Tensor:
        """The tensor repeated `dims` times along its dimensions."""
    def to(self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: builtins.bool = False, copy: builtins.bool = False, memory_format: Any = None) -> Tensor:
        """The tensor with another dtype or on another device: `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`."""
    def to_dense(self, dtype: Any = None) -> Any:
        """to_dense"""
    def topk(self, k: Any, dim: Any = -1, largest: Any = True, sorted: Any = True, *, out: Any = None) -> TopkResult:
        """The k largest (or smallest) values along `dim` in order, and where they were."""
    def trace(self) -> Tensor:
        """The sum of a matrix's diagonal."""
    def transpose(self, dim0: Any, dim1: Any) -> Tensor:
        """Two dimensions exchanged; shares memory."""
    def transpose_(self, *arguments: Any, **keywords: Any) -> Tensor:
        """In-place form of `transpose`: this tensor itself takes on the shape, on the same memory."""
    def triangular_solve(self, A: Any, upper: Any = True, transpose: Any = False, unitriangular: Any = False, *, out: Any = None) -> TriangularSolveResult:
        """X with A X = input, and a copy of A: the older form of `linalg.solve_triangular`; A^T in A's place if `transpose`."""
    def tril(self, diagonal: Any = 0, *, out: Any = None) -> Tensor:
        """The matrix with zeros above its diagonal number `diagonal` (of a batch, each one)."""
    def tril_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `tril`: writes the result into this tensor's memory and returns the tensor."""
    def triu(self, diagonal: Any = 0, *, out: Any = None) -> Tensor:
        """The matrix with zeros below its diagonal number `diagonal` (of a batch, each one)."""
    def triu_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `triu`: writes the result into this tensor's memory and returns the tensor."""
    def true_divide(self, other: Any, *, rounding_mode: Any = None, out: Any = None) -> Tensor:
        """input / other, elementwise; integers divide to floats, unless rounded toward 0 ("trunc") or down ("floor")."""
    def true_divide_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `div`: writes the result into this tensor's memory and returns the tensor."""
    def trunc(self, *, out: Any = None) -> Tensor:
        """The whole number next to input toward 0."""
    def trunc_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `trunc`: writes the result into this tensor's memory and returns the tensor."""
    def trunc_divide_(self, other: Any, **keywords: Any) -> Tensor:
        """In-place form of `trunc_divide`: writes the result into this tensor's memory and returns the tensor."""
    def type(self, dtype: Any = None) -> Any:
        """The old-style type name, or the tensor converted to a dtype, or to an old-style type or its name (and its device)."""
    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the dtype of `other`."""
    def unbind(self, dim: Any = 0) -> tuple[Tensor, Tensor, Tensor]:
        """The slices along `dim`, each without that dimension; views."""
    def unflatten(self, dim: builtins.int, sizes: Any) -> Tensor:
        """One dimension as several; one of the sizes may be -1."""
    def unfold(self, dimension: Any, size: Any, step: Any) -> Tensor:
        """Windows of `size` slices along a dimension, `step` apart, as a new last dimension; a view."""
    def uniform_(self, from_: builtins.float = ..., to: builtins.float = ..., *, generator: Any = None) -> Tensor:
        """Fill with numbers uniform on [from_, to)."""
    def unique(self, sorted: builtins.bool = True, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: Any = None) -> Any:
        """The distinct values in order, or the distinct slices along `dim`."""
    def unique_consecutive(self, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: Any = None) -> Any:
        """The values without those that equal the one before; with `dim`, the slices along it."""
    def unsafe_chunk(self, chunks: builtins.int, dim: builtins.int = 0) -> Any:
        """At most `chunks` pieces of equal size (the last may be smaller) along `dim`, as many empty ones of none; views."""
    def unsafe_split(self, split_size_or_sections: Any, dim: builtins.int = 0) -> Any:
        """Pieces of one size (the last may be smaller), or of given sizes, along `dim`; views."""
    def unsafe_split_with_sizes(self, split_size_or_sections: Any, dim: builtins.int = 0) -> Any:
        """Pieces of one size (the last may be smaller), or of given sizes, along `dim`; views."""
    def unsqueeze(self, dim: builtins.int) -> Tensor:
        """A new dimension of size 1 at `dim`; a view."""
    def unsqueeze_(self, *arguments: Any, **keywords: Any) -> Tensor:
        """In-place form of `unsqueeze`: this tensor itself takes on the shape, on the same memory."""
    def untyped_storage(self) -> Any:
        """The memory that a tensor is a part of."""
    def var(self, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None, out: Any = None) -> Tensor:
        """The variance over `dim`: sum((x - mean)^2) / (n - correction); correction is 1 unless said otherwise."""
    def var_mean(self, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None) -> tuple[Tensor, Tensor]:
        """The variance and the mean."""
    def vdot(self, other: Any, *, out: Any = None) -> Tensor:
        """The dot product with the first vector conjugated."""
    def view(self, *size: Any) -> Tensor:
        """The same memory under another shape (`view(2, -1)`), which must fit the strides, or in another dtype."""
    def view_as(self, other: Any) -> Any:
        """view_as"""
    def view_as_complex(self) -> Tensor:
        """Pairs along the last dimension, which has size 2, as complex numbers; a view."""
    def view_as_real(self) -> Tensor:
        """The real and imaginary parts as a new last dimension of size 2; a view."""
    def vsplit(self, indices_or_sections: Any) -> Any:
        """The pieces below each other, along dimension 0; views."""
    def where(self, condition: Any, other: Any) -> Any:
        """where"""
    def xlog1py_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `xlog1py`: writes the result into this tensor's memory and returns the tensor."""
    def xlogy(self, other: Any, *, out: Any = None) -> Tensor:
        """input * log(other), elementwise; 0 where input is 0, whatever the logarithm."""
    def xlogy_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `xlogy`: writes the result into this tensor's memory and returns the tensor."""
    def zero_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `zero`: writes the result into this tensor's memory and returns the tensor."""
    def zeta_(self, *operands: Any, **keywords: Any) -> Tensor:
        """In-place form of `zeta`: writes the result into this tensor's memory and returns the tensor."""
