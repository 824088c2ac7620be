"""Data sets: the digits that come with minitorch, and folders of IDX files such as MNIST and Fashion-MNIST."""

from .digits import Digits
from .idx import IDX, read_idx
from .images import Images

__all__ = ["Digits", "IDX", "Images", "read_idx"]
