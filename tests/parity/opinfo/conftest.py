"""No tests of their own are in here; the modules need PyTorch."""

collect_ignore_glob = ["*.py"]
