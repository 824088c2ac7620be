"""The stand-in is no suite: its modules are imported as `cupy`, never as tests."""

collect_ignore = ["cupy", "cupyx", "cupy_backends"]
