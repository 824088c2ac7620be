"""The digits of results, by `python -m benchmarks.accuracy` on few points; docs/accuracy.md has the figures of many."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import minitorch
from minitorch.rows import OPS

pytest.importorskip("mpmath")

ROOT = Path(__file__).resolve().parents[2]
USUAL = 2.5  # NumPy's own functions are good to 2; what is computed in float64 and rounded once to 0.51
# What is worse: differences of rounded numbers, exponentials of rounded numbers, and lgamma next to its zeros.
LARGER = {
    "addcmul": 1e4, "digamma": 0.51, "erfc": 6, "gelu": 20, "igamma": 0.51, "lgamma": 6, "logaddexp": 10, "logaddexp2": 1e3,
    "logit": 1e3, "logsigmoid": 2.5, "mish": 4, "ndtri": 0.51, "softplus": 2.5, "tanhshrink": 1e9, "zeta": 0.51,
}  # fmt: skip
SUMS = {  # ULP
    ("log_softmax", "50 classes, normal times 3"): 4,
    ("log_softmax", "the sure one of 10 classes, 25 ahead"): 16,
    ("cross_entropy", "the sure one of 10 classes, 25 ahead"): 16,
    ("binary_cross_entropy_with_logits", "normal times 10, all false"): 4,
    ("layer_norm", "512 normal, mean 10^4"): 8,
    ("batch_norm", "512 normal, mean 10^4"): 100,
    ("logsumexp", "50 classes, normal times 3"): 2,
}
RELATIVE = {"sum": 1e-7, "mean": 1.2e-7, "cumsum": 1e-7, "var": 1e-6, "std": 1e-6, "vector_norm": 2e-7, "norm": 2e-7}

# What the hardware rounds once, or chooses without rounding.
ONCE = (
    "above_threshold", "add", "addcdiv", "addcmul", "ceil", "clamp_inside", "clamp_numbers", "clamp_tensors", "copysign", "div",
    "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "hardshrink", "heaviside", "interpolated", "mul", "neg",
    "next_float", "next_of_kind", "numbers_for_nan", "positive", "pow_integers", "pow_number", "pow_tensors",
    "reciprocal", "remainder", "round", "sgn", "sign", "sloped", "softshrink", "sqrt", "square", "sub", "trunc",
    "trunc_divide", "zero",
)  # fmt: skip


@pytest.fixture(scope="module")
def figures(tmp_path_factory) -> dict:
    target = tmp_path_factory.mktemp("accuracy") / "figures.json"
    command = [
        sys.executable,
        "-m",
        "benchmarks.accuracy",
        "--points",
        "8",
        "--peers",
        "minitorch",
        "--json",
        str(target),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads(target.read_text())


def test_elementwise_ops_are_right_to_the_last_digits(figures):
    over = {
        name: (line["ulp"], line["where"])
        for name, line in figures["functions"].items()
        if float(line["ulp"]) > LARGER.get(name, USUAL)
    }
    assert not over
    assert len(figures["functions"]) > 70 and all(line["points"] > 20 for line in figures["functions"].values())


def test_sums_are_right_over_any_axis_and_stride(figures):
    over = [
        line
        for line in figures["sums"]
        if float(line["relative"]) > RELATIVE.get(line["op"], 1e-5)
        or float(line["ulp"]) > SUMS.get((line["op"], line["on"]), 100)
    ]
    assert not over
    assert SUMS.keys() <= {(line["op"], line["on"]) for line in figures["sums"]}


def test_every_elementwise_function_is_measured_or_rounded_once(figures):
    alike = {"modified_bessel_i0": "i0", "modified_bessel_i1": "i1", "polygamma_of": "polygamma"}
    of_integers = [name for name in OPS if "polynomial" in name]
    rows = [
        name
        for name, row in OPS.items()
        if row.family == "elementwise" and row.result == "same" and "float" not in row.refuses and not row.view
    ]
    solved = {"_standard_gamma_grad", "_dirichlet_grad", "gamma_drawn"}  # by series and fits: compared with PyTorch
    known = {*ONCE, *solved, *of_integers, *figures["functions"]}
    assert not [
        name for name in rows if alike.get(name, name) not in known and not name.startswith(("bitwise", "logical"))
    ]


def test_norms_of_the_largest_and_the_smallest_numbers():
    large, small = minitorch.full((3, 10), 1e20), minitorch.full((3, 10), 1e-30)
    for value in (large, small):
        expected = minitorch.full((3,), (10**0.5) * value[0, 0].item())
        for norm in (
            minitorch.linalg.vector_norm(value, dim=1),
            minitorch.linalg.norm(value, dim=1),
            value.norm(dim=1),
            value.norm(3, 1) / 10 ** (1 / 3 - 1 / 2),
            minitorch.linalg.matrix_norm(value) / 3**0.5 + 0 * value[:, 0],
            minitorch.nn.functional.pairwise_distance(value, 0 * value, eps=0.0),
        ):
            assert minitorch.allclose(norm, expected, rtol=1e-6, atol=0)
        unit = minitorch.nn.functional.normalize(value, dim=1, eps=0.0)
        assert minitorch.allclose(unit, minitorch.full((3, 10), 10**-0.5), rtol=1e-6)
    assert minitorch.allclose(large.renorm(2, 0, 1.0).norm(dim=1), minitorch.ones(3), rtol=1e-6)
