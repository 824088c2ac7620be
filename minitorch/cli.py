"""The command `minitorch`: `train` does the main job, `info` says what is usable, `conformance` whether it computes right,
`gradcheck` whether a function of yours has the derivatives that it says.

A subcommand is one function that adds its parser and names what runs it; COMMANDS lists them.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import minitorch

from . import backend, datasets, info, nn, trainer, viz
from .errors import OptionalDependencyMissing
from .testing.conformance.command import add_conformance
from .testing.gradcheck_command import add_gradcheck

INPUT, FAILED, INTERRUPTED = 2, 1, 130  # exit codes, besides 0


class Refused(Exception):
    """What the user asked for can't be done; said in one line, without a traceback."""

    def __init__(self, reason: object, code: int = INPUT):
        super().__init__(info.one_line(reason))
        self.code = code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, 1 (it failed), 2 (bad input) or 130 (interrupted)."""
    parser = argparse.ArgumentParser(prog="minitorch", description="PyTorch that you can read.")
    parser.add_argument("--version", action="version", version=f"minitorch {minitorch.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in COMMANDS:
        add(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except Refused as refusal:
        print(f"minitorch: error: {refusal}", file=sys.stderr)
        return refusal.code
    except KeyboardInterrupt:
        print("\nminitorch: interrupted", file=sys.stderr)
        return INTERRUPTED


# --- info -------------------------------------------------------------------------------------------------------------


def add_info(commands: Any) -> None:
    """`minitorch info`."""
    parser = commands.add_parser("info", help="versions, backends, BLAS and its threads, settings")
    parser.set_defaults(run=run_info)


def run_info(options: argparse.Namespace) -> int:
    print(info.report())
    return 0


# --- train ------------------------------------------------------------------------------------------------------------


def add_train(commands: Any) -> None:
    """`minitorch train`."""
    parser = commands.add_parser(
        "train",
        help="train a network on handwritten digits, or on a folder of IDX files",
        description="Train PyTorch's introduction network on the digits that come with minitorch, or on your IDX files.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--data", metavar="FOLDER", help="IDX files (MNIST, Fashion-MNIST) in place of the digits")
    parser.add_argument("--model", choices=sorted(trainer.MODELS, reverse=True), default="mlp", help="the network")
    parser.add_argument("--backend", metavar="NAME", help="the array library that computes; else MINITORCH_BACKEND")
    parser.add_argument("--device", metavar="D", help="such as cpu or cuda:1; else the backend's first")
    parser.add_argument("--epochs", type=_at_least_one, help="20 for the digits, else 5")
    parser.add_argument("--batch-size", type=_at_least_one, default=64, help="images a step")
    parser.add_argument("--optimizer", choices=sorted(trainer.OPTIMIZERS), default="adam", help="the rule of a step")
    parser.add_argument("--lr", type=_positive, help="learning rate; else one that suits the optimizer")
    parser.add_argument("--label-smoothing", type=_share, default=0.1, help="in the training loss only")
    parser.add_argument("--seed", type=_seed, default=0, help="of the weights and of the order of the images")
    parser.add_argument("--out", metavar="DIR", help="where the files go; else runs/DATA-MODEL")
    parser.set_defaults(run=run_train)


def run_train(options: argparse.Namespace) -> int:
    """Train, print what happens, and write the weights, the learning curve and the page of mistakes."""
    with contextlib.ExitStack() as stack:
        device = _device(options, stack)
        training_data, test_data = _data(options)
        out = _folder(options)
        minitorch.manual_seed(options.seed)
        model = _model(options, training_data, test_data).to(device)
        print(f"minitorch  {minitorch.__version__}")
        print(f"backend    {device.backend.name}, device {device}")
        print(f"BLAS       {info.blas()}")
        print(f"data       {_describe_data(options, training_data, test_data)}")
        print(f"model      {_describe_model(options, model)}")
        loss_fn = nn.CrossEntropyLoss(label_smoothing=options.label_smoothing)
        _check(model, loss_fn, training_data, device)
        history = _fit(options, model, loss_fn, training_data, test_data, device)
        _write(out, options, model, history, test_data, device)
    return 0


def _device(options: argparse.Namespace, stack: contextlib.ExitStack) -> backend.Device:
    """The device to train on; the backend asked for serves new tensors until `stack` ends."""
    try:
        if options.backend is not None:
            stack.enter_context(backend.use_backend(options.backend))
        return backend.default_device() if options.device is None else backend.parse_device(options.device)
    except RuntimeError as error:
        raise Refused(error) from error


def _data(options: argparse.Namespace) -> tuple[datasets.Images, datasets.Images]:
    if options.data is None:
        return datasets.Digits(train=True), datasets.Digits(train=False)
    try:
        training_data, test_data = datasets.IDX(options.data, train=True), datasets.IDX(options.data, train=False)
    except (OSError, ValueError) as error:
        raise Refused(error) from error
    if not len(training_data) or not len(test_data):
        raise Refused(f"there are no images to train on or to test with; where: {options.data}")
    sizes = [tuple(data.images.shape[2:]) for data in (training_data, test_data)]
    if sizes[0] != sizes[1]:
        raise Refused(
            f"the images differ in size; where: {options.data}; got: {sizes[0]} to train on, {sizes[1]} to test"
        )
    return training_data, test_data


def _folder(options: argparse.Namespace) -> Path:
    name = "digits" if options.data is None else Path(options.data).resolve().name
    out = Path("runs", f"{name}-{options.model}") if options.out is None else Path(options.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"can't write to the folder for the results; where: {out}; got: {error.strerror}") from error
    if not os.access(out, os.W_OK):
        raise Refused(f"can't write to the folder for the results; where: {out}; hint: give another with --out")
    return out


def _model(options: argparse.Namespace, *data: datasets.Images) -> nn.Module:
    height, width = data[0].images.shape[2:]
    if options.model == "cnn" and min(height, width) < 6:
        raise Refused(f"images of {height}x{width} are too small for --model cnn; expected: 6x6 or larger")
    return trainer.MODELS[options.model](height, width, max(len(part.classes) for part in data))


def _check(model: Any, loss_fn: Callable, data: datasets.Images, device: backend.Device) -> None:
    X, y = data.images[:8].to(device), data.labels[:8].to(device)
    error = trainer.check_gradients(model, loss_fn, X, y)
    print(f"gradients  largest relative error {error:.1e} against differences of the loss in float64")
    if not error < trainer.TOLERANCE:
        raise Refused(
            f"the gradients are wrong by {error:.1e}; expected: less than {trainer.TOLERANCE:.0e}; "
            f"hint: `minitorch info` says which version of which library computes here; try another --backend",
            FAILED,
        )


def _fit(
    options: argparse.Namespace,
    model: Any,
    loss_fn: Callable,
    training_data: datasets.Images,
    test_data: datasets.Images,
    device: backend.Device,
) -> list[trainer.Epoch]:
    """Train with a progress bar where tqdm is installed and somebody watches, and a line of the table for each epoch."""
    epochs = options.epochs or (20 if options.data is None else 5)
    make, usual = trainer.OPTIMIZERS[options.optimizer]
    lr = options.lr or usual
    print(f"training   {options.optimizer}, lr {lr:g}, batch size {options.batch_size}, seed {options.seed}")
    bar = _bar(epochs * -(-len(training_data) // options.batch_size))
    write, step = (print, lambda: None) if bar is None else (bar.write, partial(bar.update, 1))
    start = time.perf_counter()
    write("\nepoch  train loss  test loss  test accuracy")
    history = trainer.train(
        model,
        training_data,
        test_data,
        make(model.parameters(), lr),
        epochs=epochs,
        batch_size=options.batch_size,
        loss_fn=loss_fn,
        device=device,
        on_step=step,
        on_epoch=lambda e: write(f"{e.number:5d}  {e.train_loss:10.4f}  {e.test_loss:9.4f}  {e.accuracy:13.2%}"),
    )
    if bar is not None:
        bar.close()
    last, seconds = history[-1], time.perf_counter() - start
    if not math.isfinite(last.train_loss):
        raise Refused(f"the loss became {last.train_loss}: nothing was written; hint: try a smaller --lr", FAILED)
    right = f"{round(last.accuracy * len(test_data))} of {len(test_data)}"
    print(f"\naccuracy   {last.accuracy:.2%} on the test set ({right}), {seconds:.1f} s of training")
    return history


def _bar(steps: int) -> Any:
    """A progress bar on stderr, where that is a terminal; None where tqdm is not installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        print("progress   no bar: tqdm is not installed (pip install 'minitorch-ref[train]')")
        return None
    return tqdm(total=steps, unit=" steps", leave=False, disable=None, dynamic_ncols=True)


def _write(
    out: Path,
    options: argparse.Namespace,
    model: Any,
    history: Sequence[trainer.Epoch],
    test_data: datasets.Images,
    device: backend.Device,
) -> None:
    title = f"{_data_name(options)}, {options.model}"
    summary = (
        f"{len(history)} epochs, seed {options.seed}, backend {device.backend.name}, minitorch {minitorch.__version__}"
    )
    mistakes = trainer.find_mistakes(model, test_data, device)
    page = viz.mistakes_page(mistakes, test_data.classes, len(test_data), title, summary)
    weights, curve, wrong = out / "weights.npz", out / "learning_curve.png", out / "mistakes.html"
    try:
        trainer.save_weights(model, weights)
        print(f"weights    {weights}")
        try:
            trainer.write_atomically(curve, viz.learning_curve(history, title))
            print(f"curve      {curve}")
        except OptionalDependencyMissing as error:
            print(f"curve      not drawn: {info.one_line(error)}")
        trainer.write_atomically(wrong, page.encode())
        print(f"mistakes   {wrong} ({len(mistakes)} images)")
    except OSError as error:
        raise Refused(
            f"can't write the results; where: {error.filename or out}; got: {error.strerror}", FAILED
        ) from error


def _data_name(options: argparse.Namespace) -> str:
    return "digits" if options.data is None else Path(options.data).resolve().name


def _describe_data(options: argparse.Namespace, training_data: datasets.Images, test_data: datasets.Images) -> str:
    height, width = training_data.images.shape[2:]
    return f"{_data_name(options)}: {len(training_data)} images to train on, {len(test_data)} to test, {height}x{width} pixels"


def _describe_model(options: argparse.Namespace, model: Any) -> str:
    count = sum(parameter.numel() for parameter in model.parameters())
    return f"{options.model}: {type(model).__name__}, {count:,} parameters"


# --- Values on the command line ---------------------------------------------------------------------------------------


def _at_least_one(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, got {text!r}")
    return number


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**64):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 2**64 - 1, got {text!r}")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _positive(text: str) -> float:
    number = _number(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number over 0, got {text!r}")
    return number


def _share(text: str) -> float:
    number = _number(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 up, less than 1, got {text!r}")
    return number


COMMANDS = (add_train, add_info, add_conformance, add_gradcheck)
