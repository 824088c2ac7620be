"""Speed, side by side with PyTorch and hand-written NumPy: `python -m benchmarks.run`."""

MODULES = (".tiny", ".networks", ".transformer", ".operations", ".depth", ".memory", ".startup")
