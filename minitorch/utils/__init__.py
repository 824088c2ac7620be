"""Tools around training; `minitorch.utils.data` feeds batches to it."""
