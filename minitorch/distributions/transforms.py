"""Invertible maps of random variables, with the logarithm of how much they stretch space.

`t(x)` is y, `t.inv(y)` is x, `t.log_abs_det_jacobian(x, y)` is log |det dy/dx|. A transform says where x and y may lie
(`domain`, `codomain`), whether it is `bijective`, and, of single numbers, whether it rises or falls (`sign`). With
`cache_size=1` the last pair (x, y) is remembered, for inverses that are costly or lose digits.

    composed_transforms.py       Transform, its inverse, compositions, side by side along a dimension
    elementwise_transforms.py    single numbers
    shaped_transforms.py         vectors and matrices

>>> import minitorch
>>> double = AffineTransform(loc=0.0, scale=2.0)
>>> double.inv(double(minitorch.tensor([3.0])))
tensor([3.])
"""

from minitorch.distributions.composed_transforms import (
    CatTransform,
    ComposeTransform,
    IndependentTransform,
    StackTransform,
    Transform,
    identity_transform,
)
from minitorch.distributions.elementwise_transforms import (
    AbsTransform,
    AffineTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
    TanhTransform,
)
from minitorch.distributions.shaped_transforms import (
    CorrCholeskyTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    ReshapeTransform,
    SoftmaxTransform,
    StickBreakingTransform,
)

__all__ = ["AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform",
           "CumulativeDistributionTransform", "ExpTransform", "IndependentTransform", "LowerCholeskyTransform",
           "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform", "SigmoidTransform", "SoftplusTransform",
           "TanhTransform", "SoftmaxTransform", "StackTransform", "StickBreakingTransform", "Transform",
           "identity_transform"]  # fmt: skip
