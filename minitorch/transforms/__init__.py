"""Transforms of programs: each is a backend whose arrays are made of Tensors of the level below.

    level.py       a level: a device over a device; what reverse mode needs (`func.grad`, `func.vjp`)
    dual.py        forward mode: arrays with a tangent
    batching.py    vmap: arrays with a hidden dimension
    meta.py        shapes and dtypes without memory
    symbols.py     trace: arrays that write down what is done with them

Ordinary calls notice nothing: a Tensor of a level has that level's device, so dispatch takes that level's kernels, and these call
ops on the Tensors below. Levels lie on each other in any order and number.
"""
