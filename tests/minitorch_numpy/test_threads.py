"""Work in ranges: who does what, what is kept, and what is put back."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from minitorch_numpy import threads


@pytest.fixture(autouse=True)
def three(monkeypatch):
    monkeypatch.setattr(threads, "_chosen", 3)


def test_ranges_in_order_and_whole():
    assert threads.in_ranges(10, lambda start, stop: (start, stop)) == [(0, 3), (3, 6), (6, 10)]
    assert threads.in_ranges(2, lambda start, stop: (start, stop)) == [(0, 1), (1, 2)]
    assert threads.in_ranges(0, lambda start, stop: (start, stop)) == [(0, 0)]


def test_on_several_threads_at_once():
    meeting = threading.Barrier(3, timeout=10)
    names = threads.in_ranges(3, lambda start, stop: (meeting.wait(), threading.current_thread().name)[1])
    assert len(set(names)) == 2  # the caller's, and the name that the others share
    assert threading.current_thread().name == names[0]


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_an_error_comes_back_after_all_have_ended(wrong):
    ended = []

    def work(start, stop):
        if start == wrong:
            raise ValueError(f"range {start}")
        ended.append(start)

    with pytest.raises(ValueError, match=f"range {wrong}"):
        threads.in_ranges(3, work)
    assert sorted(ended) == [start for start in range(3) if start != wrong]
    assert threads._limit.holders == 0


def test_numpy_error_state_goes_along():
    with np.errstate(divide="raise"):
        states = threads.in_ranges(3, lambda start, stop: np.geterr()["divide"])
    assert states == ["raise"] * 3


def test_blas_has_one_thread_inside_and_its_own_number_after():
    if threads._get_blas_threads is None:
        pytest.skip("this NumPy's BLAS can't be asked")
    before = threads._get_blas_threads()
    threads._set_blas_threads(2)
    try:
        assert threads.in_ranges(3, lambda start, stop: threads._get_blas_threads()) == [1, 1, 1]
        assert threads._get_blas_threads() == 2
    finally:
        threads._set_blas_threads(before)


def test_work_in_a_worker_stays_there():
    assert threads.in_ranges(3, lambda start, stop: len(threads.in_ranges(6, lambda *_: None)))[1:] == [1, 1]


def test_a_number_of_threads_below_one_is_refused():
    with pytest.raises(ValueError, match="from 1 up, got 0"):
        threads.set_number(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # of JAX, where another test has loaded it
def test_a_forked_child_starts_threads_of_its_own():
    threads.in_ranges(3, lambda start, stop: None)
    child = os.fork()
    if child == 0:
        os._exit(0 if len(threads.in_ranges(3, lambda start, stop: start)) == 3 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_numpy_does_not_warn_in_other_threads():
    program = """
import subprocess
import sys
import threading
import minitorch

def work():
    x = minitorch.tensor([0.0, 1e38], requires_grad=True)
    (x.sqrt().sum() + (1 / x).sum() + (x * x * x).sum() + minitorch.nn.functional.gelu(x).log().sum()).backward()
    minitorch.fft.ifft(1 / x.detach())
    minitorch.linalg.det(minitorch.full((3, 3), float("nan")))

minitorch.tensor(1.0)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-W", "always", "-c", program], capture_output=True, text=True, check=True)
    assert not done.stderr


# --- Beside -------------------------------------------------------------------------------------------------------------


def test_work_beside_the_caller():
    meeting = threading.Barrier(3, timeout=10)
    with threads.beside() as begin:
        waits = [begin(lambda number=number: (meeting.wait(), number)[1]) for number in range(2)]
        meeting.wait()  # both have begun on other threads
        assert [wait() for wait in waits] == [0, 1]
        assert [wait() for wait in waits] == [0, 1]
    assert threads._limit.holders == 0


def test_who_waits_does_what_nobody_has_begun():
    go, busy = threading.Event(), threading.Barrier(3, timeout=10)
    with threads.beside() as begin:
        for _ in range(2):
            begin(lambda: (busy.wait(), go.wait(10)))
        busy.wait()  # now both other threads are
        wait = begin(threading.current_thread)
        assert wait() is threading.current_thread()
        go.set()


def test_all_is_done_at_the_end_of_the_block():
    done = []
    with pytest.raises(ValueError, match="in the block"), threads.beside() as begin:
        for number in range(5):
            begin(lambda number=number: done.append(number))
        raise ValueError("in the block")
    assert sorted(done) == list(range(5)) and threads._limit.holders == 0


def test_an_error_beside_comes_back_where_it_is_waited_for():
    def fail():
        raise ValueError("beside")

    with threads.beside() as begin:
        wait = begin(fail)
        with pytest.raises(ValueError, match="beside"):
            wait()


def test_one_thread_does_it_at_once(monkeypatch):
    monkeypatch.setattr(threads, "_chosen", 1)
    with threads.beside() as begin:
        wait = begin(threading.current_thread)
        assert wait() is threading.current_thread()


PRODUCTS_AROUND = """
import numpy as np
a = np.random.default_rng(0).standard_normal((600, 600))
before = a @ a
import minitorch
minitorch.zeros(2)
after = a @ a
assert np.array_equal(before, after)
"""


@pytest.mark.skipif(
    getattr(threads._library, "openblas_thread_timeout", None) is None, reason="needs NumPy with OpenBLAS"
)
@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        ("import minitorch; minitorch.zeros(2)", None, "16"),
        (PRODUCTS_AROUND, None, "16"),
        (PRODUCTS_AROUND, "20", "20"),
    ],
)
def test_blas_threads_sleep_early_unless_somebody_said_otherwise(code, given, expected):
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_THREAD_TIMEOUT"}
    environment |= {"OPENBLAS_THREAD_TIMEOUT": given} if given else {}
    environment["OPENBLAS_NUM_THREADS"] = "2"
    code += "\nfrom minitorch_numpy import threads\nprint(threads._library.openblas_thread_timeout(), threads.number())"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [expected, "2"]
