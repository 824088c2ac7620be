"""The command `minitorch`: the main job, and bad input, each with its exit code and its one line."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minitorch
from minitorch import backend, cli, datasets, trainer

ROW = re.compile(r"^ *(\d+)  +([\d.]+)  +([\d.]+)  +([\d.]+)%$", re.MULTILINE)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys):
    """Run a command line in this process; its exit code, what it printed, and what it complained of."""

    def run(*arguments):
        try:
            code = cli.main(list(map(str, arguments)))
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def idx_folder(folder: Path, shape=(40, 9, 7), labels=4) -> Path:
    """A folder in MNIST's layout, of images that are a bright line in the row of their label."""
    folder.mkdir()
    for part in ("train", "t10k"):
        classes = (np.arange(shape[0]) % labels).astype(np.uint8)
        images = np.zeros(shape, np.uint8)
        images[np.arange(shape[0]), classes] = 255
        for kind, array in (("images-idx3", images), ("labels-idx1", classes)):
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (folder / f"{part}-{kind}-ubyte").write_bytes(header + array.tobytes())
    return folder


# --- The main job -----------------------------------------------------------------------------------------------------


def test_the_main_job(run, tmp_path):
    code, printed, complaints = run("train")
    assert (code, complaints) == (0, "")
    rows = ROW.findall(printed)
    assert [int(row[0]) for row in rows] == list(range(1, 21))
    assert float(rows[-1][3]) >= 97
    assert float(rows[-1][1]) < 0.5 * float(rows[0][1])
    assert float(re.search(r"largest relative error (\S+)", printed)[1]) < 1e-5
    for said in (f"backend    {backend.default_backend().name}, device", "BLAS ", "1442 images", "355", "mlp"):
        assert said in printed
    folder = tmp_path / "runs" / "digits-mlp"
    assert sorted(path.name for path in folder.iterdir()) == ["learning_curve.png", "mistakes.html", "weights.npz"]

    model, test_data = trainer.NeuralNetwork(8, 8), datasets.Digits(train=False)
    trainer.load_weights(model, folder / "weights.npz")
    mistakes = trainer.find_mistakes(model, test_data)
    assert f"accuracy   {rows[-1][3]}% on the test set ({355 - len(mistakes)} of 355)" in printed
    assert (folder / "mistakes.html").read_text().count("<figure") == len(mistakes)
    assert (folder / "learning_curve.png").read_bytes().startswith(b"\x89PNG")


def test_a_seed_gives_the_same_numbers(run):
    tables = [ROW.findall(run("train", "--epochs", 2, "--seed", seed)[1]) for seed in (5, 5, 6)]
    assert len(tables[0]) == 2
    assert tables[0] == tables[1] != tables[2]


def test_a_folder_of_idx_files_and_the_convnet(run, tmp_path):
    data = idx_folder(tmp_path / "lines")
    code, printed, _ = run("train", "--data", data, "--model", "cnn", "--batch-size", 8, "--out", tmp_path / "here")
    assert code == 0
    assert "lines: 40 images to train on, 40 to test, 9x7 pixels" in printed and "ConvolutionalNetwork" in printed
    rows = ROW.findall(printed)
    assert len(rows) == 5 and rows[-1][3] == "100.00"
    assert "0 of 40 test images" in (tmp_path / "here" / "mistakes.html").read_text()


def test_every_option_is_heard(run, tmp_path):
    options = ("--backend", "numpy", "--device", "cpu", "--epochs", 1, "--optimizer", "sgd", "--lr", 0.2, "--seed", 9)
    data = idx_folder(tmp_path / "d")
    code, printed, _ = run("train", "--data", data, *options, "--label-smoothing", 0)
    assert code == 0
    assert ROW.findall(printed) != ROW.findall(run("train", "--data", data, *options)[1])
    assert "training   sgd, lr 0.2, batch size 64, seed 9" in printed
    assert "backend    numpy, device " in printed


# --- What may be missing ----------------------------------------------------------------------------------------------


def hide(monkeypatch, package):
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)


def test_without_tqdm(run, tmp_path, monkeypatch):
    hide(monkeypatch, "tqdm")
    code, printed, complaints = run("train", "--data", idx_folder(tmp_path / "d"), "--epochs", 2)
    assert (code, complaints) == (0, "")
    assert "tqdm is not installed (pip install 'minitorch-ref[train]')" in printed
    assert len(ROW.findall(printed)) == 2


def test_without_matplotlib(run, tmp_path, monkeypatch):
    hide(monkeypatch, "matplotlib")
    code, printed, _ = run("train", "--data", idx_folder(tmp_path / "d"), "--epochs", 1)
    assert code == 0
    assert "curve      not drawn: drawing the learning curve needs matplotlib" in printed and "[train]" in printed
    names = sorted(path.name for path in (tmp_path / "runs" / "d-mlp").iterdir())
    assert names == ["mistakes.html", "weights.npz"]


# --- Bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--data", "nowhere"), r"the folder with the IDX files does not exist; where: nowhere; "),
        (("--data", "empty"), r"an IDX file is missing; where: empty; .*train-images-idx3-ubyte"),
        (("--data", "damaged"), r"the IDX file is cut off; where: damaged.t10k-labels-idx1-ubyte; expected: 48 bytes"),
        (("--data", "none"), r"no images to train on"),
        (("--data", "small", "--model", "cnn"), r"5x5 are too small for --model cnn"),
        (("--data", "unlike"), r"the images differ in size.*\(9, 7\) to train on, \(8, 8\) to test"),
        (("--backend", "abacus"), r"no backend is called 'abacus'; .*one of .*numpy"),
        (("--device", "abacus"), r"no usable backend serves the device 'abacus'; .*numpy.* serves cpu"),
        (("--device", "cpu:x"), r"Invalid device string: 'cpu:x'"),
        (("--out", "file"), r"can't write to the folder for the results; where: file; got: "),
    ],
)
def test_bad_input_is_refused_in_one_line(run, tmp_path, arguments, expected):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    cut = idx_folder(tmp_path / "damaged") / "t10k-labels-idx1-ubyte"
    cut.write_bytes(cut.read_bytes()[:-1])
    idx_folder(tmp_path / "none", shape=(0, 9, 7))
    idx_folder(tmp_path / "small", shape=(8, 5, 5))
    unlike, other = idx_folder(tmp_path / "unlike"), idx_folder(tmp_path / "other", shape=(40, 8, 8))
    (unlike / "t10k-images-idx3-ubyte").write_bytes((other / "t10k-images-idx3-ubyte").read_bytes())
    code, printed, complaints = run("train", *arguments)
    assert (code, printed) == (2, "")
    assert re.match(f"minitorch: error: {expected}", complaints) or re.search(expected, complaints)
    assert complaints.startswith("minitorch: error: ") and complaints.count("\n") == 1
    assert not (tmp_path / "runs").exists() or "small" in arguments


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--epochs", "0"), ("--epochs", "many"), ("--batch-size", "-1"), ("--lr", "0"), ("--lr", "nan"), ("--lr", "x"),
        ("--seed", "-1"), ("--seed", str(2**64)), ("--label-smoothing", "1"), ("--model", "rnn"), ("--optimizer", "magic"),
    ],
)  # fmt: skip
def test_bad_values_are_refused(run, option, value):
    code, _, complaints = run("train", option, value)
    assert code == 2
    assert f"argument {option}: " in complaints and value in complaints and "Traceback" not in complaints


def test_a_command_is_needed(run):
    assert run()[0] == 2 and run("tarin")[0] == 2


def test_a_loss_that_is_lost_fails(run, tmp_path):
    options = ("--optimizer", "sgd", "--lr", "1e30", "--epochs", 2)
    code, _, complaints = run("train", "--data", idx_folder(tmp_path / "d"), *options)
    assert code == 1 and re.search(r"the loss became (nan|inf).*smaller --lr", complaints)
    assert not list((tmp_path / "runs" / "d-mlp").iterdir())


def test_wrong_gradients_stop_the_training(run, monkeypatch):
    monkeypatch.setattr(trainer, "check_gradients", lambda *arguments: float("nan"))
    code, printed, complaints = run("train")
    assert code == 1 and "the gradients are wrong by nan" in complaints and not ROW.findall(printed)


def test_a_full_disk_fails(run, tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    data = idx_folder(tmp_path / "d")
    monkeypatch.setattr(trainer.os, "fsync", fail)
    code, _, complaints = run("train", "--data", data, "--epochs", 1)
    assert code == 1 and "can't write the results" in complaints and "No space left on device" in complaints


def test_an_interrupt_is_no_traceback(run, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", interrupt)
    code, _, complaints = run("train")
    assert code == 130 and complaints == "\nminitorch: interrupted\n"


def test_the_default_backend_is_left_as_it_was(run, tmp_path):
    before = backend.default_backend()
    run("train", "--backend", "numpy", "--data", idx_folder(tmp_path / "d"), "--epochs", 1)
    run("train", "--backend", "numpy", "--device", "abacus")
    assert backend.default_backend() is before


# --- The other commands -----------------------------------------------------------------------------------------------


def test_info(run):
    code, printed, complaints = run("info")
    assert (code, complaints) == (0, "") and "numpy" in printed and minitorch.__version__ in printed


def test_as_a_module():
    finished = subprocess.run(
        [sys.executable, "-m", "minitorch", "--version"], capture_output=True, text=True, check=True
    )
    assert finished.stdout == f"minitorch {minitorch.__version__}\n" and not finished.stderr
