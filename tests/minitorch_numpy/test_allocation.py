"""What the NumPy backend asks of glibc's malloc, looked at from outside: in processes of their own."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
PROGRAM = """
import minitorch
minitorch.zeros(2)
inside, flags = False, []
for line in open("/proc/self/smaps"):
    if "-" in line.split()[0]:
        inside = line.rstrip().endswith("[heap]")
    elif inside and line.startswith("VmFlags"):
        flags += line.split()
print("hg" in flags)
def faults():
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for turn in range(20):
    if turn == 10:
        before = faults()
    a = minitorch.zeros(1000, 500) + 1
    del a
print(faults() - before)
"""


def run(switch):
    environment = {**os.environ, "MINITORCH_MALLOC": switch}
    found = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    advised, faults = found.stdout.split()
    return advised == "True", int(faults)


@pytest.mark.skipif(
    not HUGE_PAGES.exists() or "[never]" in HUGE_PAGES.read_text() or platform.libc_ver()[0] != "glibc",
    reason="needs Linux with huge pages, and glibc",
)
def test_freed_memory_stays_and_lies_in_huge_pages():
    advised, faults = run("1")
    assert advised
    assert faults < 100  # an array of 2 MB has 488 pages
    advised, faults = run("0")
    assert not advised
    assert faults > 1000
