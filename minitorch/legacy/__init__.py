"""Backpropagation before autograd: `minitorch.legacy.nn`, layers that carry their derivatives themselves, for reading."""
