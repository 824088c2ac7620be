"""Speed, side by side with PyTorch and hand-written NumPy: `python -m benchmarks.run`."""

MODULES = (
    ".tiny",
    ".networks",
    ".sequences",
    ".transformer",
    ".operations",
    ".optimizers",
    ".depth",
    ".memory",
    ".startup",
)
