"""The layers, one file for each kind; `minitorch.nn` has them all."""
