"""What every differentiable row must do while somebody watches: under anomaly mode, saved-tensor hooks and checkpoints."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from minitorch.autograd import detect_anomaly
from minitorch.autograd.graph import saved_tensors_hooks
from minitorch.ops import isfinite, manual_seed
from minitorch.ops.samples import Sample
from minitorch.tensor import Tensor
from minitorch.testing.compare import GRADIENT, assert_close
from minitorch.testing.conformance.cases import Case, call, gradients, refuses, results_of, tensors_in
from minitorch.utils.checkpoint import checkpoint


def check_watched(case: Case) -> float | None:
    """The gradient as it is without: where all is finite nothing may be raised, and packing must lose nothing."""
    op = case.op
    if refuses(op, case.sample):
        return None
    manual_seed(0)
    wanted = gradients(op, case.sample)
    manual_seed(0)
    values = [*tensors_in(case.sample), *results_of(call(op, case.sample)), *wanted]
    finite = all(bool(isfinite(t.detach()).all()) for t in values)

    def packed(sample: Sample) -> Any:
        with saved_tensors_hooks(lambda tensor: tensor.detach().clone(), lambda kept: kept):
            return call(op, sample)

    def again(sample: Sample) -> Any:
        return checkpoint(lambda: call(op, sample), use_reentrant=False)

    error = 0.0
    for sample, function in ((case.again, packed), (case.twin, again)):
        manual_seed(0)
        with detect_anomaly() if finite else nullcontext():
            got: list[Tensor] = gradients(op, sample, function)
        error = max(error, assert_close(got, wanted, factor=GRADIENT * op.tolerance, what="gradient"))
    return error
