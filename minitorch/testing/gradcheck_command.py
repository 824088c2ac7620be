"""`minitorch gradcheck package.module:function`: is the derivative of a function of yours right?"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from minitorch import dtypes
from minitorch.autograd import gradcheck, gradgradcheck
from minitorch.errors import message, one_line
from minitorch.testing.make import Make

ABOUT = """Compare the derivatives that autograd gives with differences of the function's values, and say what is wrong.
The exit status is 0 if they agree, 1 if not, 2 if it can't be tried. Without --shape, the inputs are what NAME_inputs() or
inputs() of the module gives, where NAME is the function's."""


def add_gradcheck(commands: Any) -> None:
    """The subcommand `minitorch gradcheck`."""
    parser = commands.add_parser(
        "gradcheck", help="are a function's derivatives right, and if not, why?", description=ABOUT
    )
    parser.add_argument("function", metavar="PACKAGE.MODULE:FUNCTION", help="what to check, found from this folder")
    parser.add_argument(
        "--shape", metavar="3,4", type=_shape, action="append", default=[], help="of the next argument; '' for a scalar"
    )
    parser.add_argument("--low", type=float, default=-3.0, help="the least value of an input (-3)")
    parser.add_argument("--high", type=float, default=3.0, help="the largest (3)")
    parser.add_argument("--complex", action="store_true", help="complex128 inputs in place of float64")
    parser.add_argument("--seed", type=int, default=0, help="of the inputs' values")
    parser.add_argument("--fast", action="store_true", help="along one random direction, for large inputs")
    parser.add_argument("--second", action="store_true", help="check the second derivatives, too")
    parser.add_argument("--eps", type=float, default=1e-6, help="the step of the differences (1e-6)")
    parser.add_argument("--atol", type=float, default=1e-5, help="how far a derivative may be off (1e-5)")
    parser.add_argument("--rtol", type=float, default=1e-3, help="and how far in proportion (1e-3)")
    parser.set_defaults(run=run_gradcheck)


def run_gradcheck(options: argparse.Namespace) -> int:
    """Check, print the verdict, and return the exit status."""
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        function, inputs = _find(options)
        checks = [gradcheck, gradgradcheck] if options.second else [gradcheck]
        return max([_say(check, function, inputs, options) for check in checks])
    except Exception as error:  # of the user's module or function: whatever it is, nothing could be checked
        sys.stderr.write(f"minitorch: error: {type(error).__name__}: {one_line(error)}\n")
        return 2
    finally:
        sys.path.remove(here)


def _say(check: Callable, function: Callable, inputs: tuple, options: argparse.Namespace) -> int:
    verdict = check(
        function,
        inputs,
        eps=options.eps,
        atol=options.atol,
        rtol=options.rtol,
        fast_mode=options.fast,
        raise_exception=False,
    )
    what = "" if check is gradcheck else "second derivatives: "
    sys.stdout.write(f"{what}{verdict}\n")
    return 0 if verdict else 1


def _find(options: argparse.Namespace) -> tuple[Callable, tuple]:
    module_name, _, name = options.function.partition(":")
    if not name:
        raise ValueError(message("no function is named", expected="PACKAGE.MODULE:FUNCTION", got=options.function))
    module = importlib.import_module(module_name)
    function = attrgetter(name)(module)
    if options.shape:
        make = Make(dtypes.complex128 if options.complex else dtypes.float64, seed=options.seed)
        return function, tuple([make(*shape, low=options.low, high=options.high) for shape in options.shape])
    for maker in (f"{name}_inputs", "inputs"):
        if callable(getattr(module, maker, None)):
            inputs = getattr(module, maker)()
            return function, tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    hint = f"give --shape for each argument, or write {name}_inputs() in {module_name}"
    raise ValueError(message(f"what to call {name} with is not said", hint=hint))


def _shape(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple([int(size) for size in text.strip("() ").split(",") if size.strip()])
    except ValueError:
        sizes = (-1,)
    if min(sizes, default=0) < 0:
        raise argparse.ArgumentTypeError(f"expected sizes such as 3,4, got {text!r}")
    return sizes
