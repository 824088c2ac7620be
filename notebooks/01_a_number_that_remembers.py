# %% [markdown]
# # 1 · A number that remembers
#
# A Python number forgets. `2.0 * 3.0` is `6.0`, and nothing about `6.0` says where it came from.
#
# A tensor remembers. That memory is all it takes to compute derivatives, of anything, exactly.
#
# This notebook opens the memory and looks inside: what is kept, where it lies, and how the chain rule reads it.
# Nothing here is a toy copy. Every cell runs on minitorch's own engine, the one that trains networks.
#
# You need some Python, and you should know what a derivative is.

# %%
import inspect
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

import minitorch as mt
from minitorch import dispatch
from minitorch.rows import OPS
from minitorch.viz import layout

# %% [markdown]
# ## A number forgets
#
# Here is the smallest thing that can learn: a line with two knobs, `w` and `b`. At `x = 3` it should say 7.
# It says 5. The loss is the square of the error.


# %%
def loss_of(w, b, x=3.0, target=7.0):
    return (w * x + b - target) ** 2


loss_of(w=2.0, b=-1.0)

# %% [markdown]
# Which way should we turn `w` to make the loss smaller, and how strongly does it react?
# With plain numbers we can only try. Turn the knob a little and look:

# %%
nudge = 0.001
(loss_of(2.0 + nudge, -1.0) - loss_of(2.0, -1.0)) / nudge

# %% [markdown]
# About −12: turn `w` up by a little, and the loss falls twelve times as much.
#
# This works, but it is only about right, and each knob needs a run of its own. A network has millions of knobs.
# We want all the answers at once, and we want them exact.
#
# ## A tensor remembers
#
# The same line again, in tensors of one number each. `requires_grad=True` marks the knobs:
# *I will ask how the result depends on this one.* We do one operation per line, so that each result has a name.

# %%
w = mt.tensor(2.0, dtype=mt.float64, requires_grad=True)
b = mt.tensor(-1.0, dtype=mt.float64, requires_grad=True)
x = mt.tensor(3.0, dtype=mt.float64)
target = mt.tensor(7.0, dtype=mt.float64)

product = w * x
prediction = product + b
error = prediction - target
loss = error.square()

assert loss.item() == loss_of(w=2.0, b=-1.0)
loss

# %% [markdown]
# The value is the same. But look at the end of the line: `grad_fn=<SquareBackward0>`.
# The number 4 knows that it is a square.
#
# Let us ask all of them.

# %%
named = {"w": w, "x": x, "b": b, "target": target}
named |= {"product": product, "prediction": prediction, "error": error, "loss": loss}

print(f"{'name':<12}{'value':>6}   {'requires_grad':<15}{'is_leaf':<9}grad_fn")
for name, tensor in named.items():
    made_by = tensor.grad_fn.name() if tensor.grad_fn is not None else "-"
    print(f"{name:<12}{tensor.item():>6}   {tensor.requires_grad!s:<15}{tensor.is_leaf!s:<9}{made_by}")

assert w.is_leaf and w.grad_fn is None
assert not product.is_leaf and product.grad_fn.name() == "MulBackward0"

# %% [markdown]
# Two kinds of tensors:
#
# - A **leaf** was made by you. No operation stands behind it, so its `grad_fn` is `None`.
# - A **result** was made by an operation. Its `grad_fn` is the **node** that recorded this operation.
#
# `requires_grad` is catching. One operand that has it is enough, and the result has it too.
# `x` and `target` do not have it: they are given, and nobody will ask for their derivative.
#
# ## From node to node
#
# A node points back to the nodes of its operands. PyTorch calls these pointers `next_functions`, since the way back is
# the way that gradients will go. We can follow them by hand.

# %%
for operand, _ in loss.grad_fn.next_functions:
    print("square  was given the result of", operand.name())
for operand, _ in error.grad_fn.next_functions:
    print("sub     was given the result of", operand.name() if operand is not None else None)

assert loss.grad_fn.next_functions[0][0] is error.grad_fn

# %% [markdown]
# The second operand of `sub` was `target`. It wants no gradient, so there is nothing to point to: `None`.
#
# Inside, minitorch keeps the pointers in a plain tuple, `edges`. Let us follow every one of them to its end.


# %%
def tell(node, depth=0):
    print("    " * depth + node.name())
    for operand in node.edges:
        if operand is not None:
            tell(operand, depth + 1)


tell(loss.grad_fn)

# %% [markdown]
# Each branch ends at `AccumulateGrad`. That is the node of a leaf, the place where its gradient will gather.
# There are two, one for `w` and one for `b`.
#
# All nodes and pointers together are the **graph**. Nobody declared it. It came into being while we computed.
#
# ## A picture of it
#
# A drawing needs two decisions: where the nodes go, and what is written on them. First the places. Columns are steps
# before the end. Rows are chosen so that a node stands next to the nodes that use it. An edge that skips columns gets
# a bend in each, so that it runs past the nodes there. `minitorch.viz.layout` does that in thirty lines.


# %%
places, edges = layout(loss.grad_fn)
[(node.name(), place) for node, place in places.items() if hasattr(node, "name")]

# %% [markdown]
# Then the drawing. A box is a node; blue boxes are leaves. It shows the tensor's name and value, the operation,
# and the values that the node keeps. Below hangs the gradient: an empty dashed slip as long as there is none.

# %%
INK, GREY, BLUE, ORANGE = "#1f2937", "#6b7280", "#2a6fbb", "#c2600a"
LEAF, RESULT = {"fc": "#e3eefa", "ec": BLUE}, {"fc": "white", "ec": INK}
EMPTY, FULL = {"fc": "white", "ec": GREY, "ls": (0, (3, 2))}, {"fc": "#fbe3c6", "ec": ORANGE}


def sheet(places):
    """Axes in inches with room for these places, and a function that says where a place lies on them."""
    columns, rows = zip(*places.values(), strict=True)
    figure = plt.figure(figsize=(1.95 * (max(columns) - min(columns)) + 1.75, 1.3 * (max(rows) - min(rows)) + 1.25))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, figure.get_figwidth()), ylim=(figure.get_figheight(), 0))
    axes.axis("off")
    return axes, lambda place: (1.95 * (place[0] - min(columns)) + 0.875, 1.3 * (place[1] - min(rows)) + 0.5)


def box(axes, x, y, width, height, colors):
    """A rounded box around (x, y)."""
    corner, shape = (x - width / 2, y - height / 2), "round,pad=0,rounding_size=0.09"
    axes.add_patch(FancyBboxPatch(corner, width, height, boxstyle=shape, lw=1.2, **colors))


def arrow(axes, points):
    """A smooth line through the points, from left to right."""
    bow = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        bow += [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1), (x1, y1)]
    path = Path(bow, [Path.MOVETO] + [Path.CURVE4] * (len(bow) - 1))
    axes.add_patch(FancyArrowPatch(path=path, arrowstyle="-|>,head_width=2.5,head_length=5", color=GREY, lw=1.3))


def write(axes, x, y, text, color=INK, **style):
    axes.text(x, y, text.replace("-", "−"), ha="center", va="center", color=color, **style)


def draw(**named):
    """Draw what was recorded for the newest of these tensors, with its values, kept values and gradients."""
    tensors = {tensor._node: (name, tensor) for name, tensor in named.items() if tensor.requires_grad}
    places, edges = layout(max(tensors, key=lambda node: node.number))
    axes, at = sheet(places)
    for port, path in edges:
        (x0, y0), *bends, (x1, y1) = [at(places[thing]) for thing in reversed(path)]
        ports = [edge is not None for edge in path[0].edges]
        arrow(axes, [(x0 + 0.72, y0), *bends, (x1 - 0.72, y1 + 0.2 * (sum(ports[:port]) - (sum(ports) - 1) / 2))])
    for node, (name, tensor) in tensors.items():
        x, y = at(places[node])
        box(axes, x, y, 1.44, 0.6, LEAF if tensor.is_leaf else RESULT)
        write(axes, x, y - 0.11, f"{name} = {tensor.item():.4g}", weight="bold")
        about, passed_on = "leaf", False
        if not tensor.is_leaf:
            passed_on = node.saved is None
            kept = [other for other, operand in named.items() if any(operand is each for each in node.saved or ())]
            about = node.op.name + (f", keeps {' and '.join(kept)}" if kept else "")
        write(axes, x, y + 0.14, about, BLUE if tensor.is_leaf else GREY, size=8.5)
        if tensor.grad is not None:
            box(axes, x, y + 0.47, 1.3, 0.25, FULL)
            write(axes, x, y + 0.47, f"gradient {tensor.grad.item():.4g}", size=9)
        else:
            box(axes, x, y + 0.47, 1.3, 0.25, EMPTY)
            write(axes, x, y + 0.47, "passed on" if passed_on else "no gradient yet", GREY, size=8, style="italic")


draw(**named)

# %% [markdown]
# Read it from left to right: this is what was computed. `x` and `target` are missing. They want no gradient, so the
# graph has no node for them. But `mul` *keeps* `x`, and `square` keeps `error`. `add` and `sub` keep nothing.
#
# Why these, and no others?
#
# ## The row that knows the derivative
#
# Each operation is one row of a table. This is the row of `mul`, as it stands in minitorch's source:

# %%
print(inspect.getsource(OPS["mul"].definition))

# %% [markdown]
# Read the first line aloud. *The derivative for `input` is `other`; the derivative for `other` is `input`.*
# That is the product rule, and it is all that `mul` says about gradients.
#
# The names in a rule also say what must be kept: a rule that reads `other` needs `other` later, when gradients are
# computed. So `mul` kept `x`, for the sake of `w`. It did not keep `w`: only a gradient for `x` would need that.
# The rules of `add` and `sub` are plain numbers, 1 and −1. They read nothing, so nothing is kept.
#
# (`samples` and `errors` are for the tests: inputs to try. The three dots say that the array library has this operation.)

# %%
keeps_w, keeps_x = product.grad_fn.saved

assert keeps_w is None
assert keeps_x is x

for name in ("mul", "square", "add", "sub"):
    print(f"{name:<7} its rules read {OPS[name].saves}")
print("add's rules are", OPS["add"].rules, "and sub's", OPS["sub"].rules)

# %% [markdown]
# ## How an operation records
#
# You call `w * x`. Who makes the node? A function that minitorch wrote itself, from the row. Here it is, whole:

# %%
print(dispatch.forward_source(OPS["mul"]))

# %% [markdown]
# Four steps:
#
# 1. **Is all as usual?** Two tensors, same dtype, same device. If not, `regular` brings them into that form first.
# 2. **Compute.** `kernels.mul` is NumPy's multiplication here. It knows nothing of gradients.
# 3. **Wrap** the array in a new tensor, `result`.
# 4. **Record**, but only if some operand has an edge to give: the operation, the edges, and what the rules read.
#    `number` comes from a counter that only goes up. It will matter in notebook 2.
#
# (Some lines serve features that we leave aside: results written to `out=`, views of other tensors, 16-bit numbers.)
#
# The last *if* is why `requires_grad` is catching. And why numbers that nobody will ask about leave no trace:

# %%
assert (x * target).grad_fn is None

with mt.no_grad():  # the second half of the condition: mode.enabled
    forgotten = w * x

assert forgotten.grad_fn is None and not forgotten.requires_grad

# %% [markdown]
# ## The chain rule, by hand
#
# How does the loss react to `w`? Along the graph from `loss` to `w` there are four operations.
# Each has one factor, *the derivative of its result for its operand*. The chain rule says: multiply them.
#
# $$\frac{d\,\mathrm{loss}}{d\,\mathrm{w}} = \frac{d\,\mathrm{loss}}{d\,\mathrm{error}}
# \cdot \frac{d\,\mathrm{error}}{d\,\mathrm{prediction}} \cdot \frac{d\,\mathrm{prediction}}{d\,\mathrm{product}}
# \cdot \frac{d\,\mathrm{product}}{d\,\mathrm{w}}$$
#
# We need not look the factors up in a book. They stand in the rows, and a rule is happy with plain numbers.

# %%
loss_by_error = OPS["square"].rules["input"](error.item())
error_by_prediction = OPS["sub"].rules["input"]
prediction_by_product = OPS["add"].rules["input"]
product_by_w = OPS["mul"].rules["input"](x.item())

by_hand_w = loss_by_error * error_by_prediction * prediction_by_product * product_by_w
print(f"{loss_by_error} · {error_by_prediction} · {prediction_by_product} · {product_by_w} = {by_hand_w}")

prediction_by_b = OPS["add"].rules["other"]
by_hand_b = loss_by_error * error_by_prediction * prediction_by_b
print(f"{loss_by_error} · {error_by_prediction} · {prediction_by_b} = {by_hand_b}")

# %% [markdown]
# −12, as the nudge said, but exact. And see how much the two products share. Whoever starts at the *end* computes the
# shared part once: the factor for `error`, then for `prediction`, and only then do the ways to `w` and `b` part.
# That is backpropagation. The engine does it in one call.

# %%
loss.backward()

assert w.grad.item() == by_hand_w == -12
assert b.grad.item() == by_hand_b == -4
print("w.grad =", w.grad, "  b.grad =", b.grad)
draw(**named)

# %% [markdown]
# The leaves got their gradients. The results in between had one too, for a moment. They passed it on and let it go, for
# in a large network these would fill the memory. The kept values are gone as well, for the same reason.
#
# To look at the gradients on the way, say so before you go back. Once more, from the start:


# %%
def remember(w_value, b_value, x_value=3.0, target_value=7.0):
    """Compute the loss again, in fresh tensors that all retain their gradient."""
    w = mt.tensor(w_value, dtype=mt.float64, requires_grad=True)
    b = mt.tensor(b_value, dtype=mt.float64, requires_grad=True)
    product = w * mt.tensor(x_value, dtype=mt.float64)
    prediction = product + b
    error = prediction - target_value
    loss = error.square()
    for result in (product, prediction, error, loss):
        result.retain_grad()
    return {"w": w, "b": b, "product": product, "prediction": prediction, "error": error, "loss": loss}


tensors = remember(2.0, -1.0)
tensors["loss"].backward()
draw(**tensors)

# %% [markdown]
# Now read it from right to left. The loss reacts to itself one to one: **1**. Times 2 · error: **−4**. Times 1, times 1.
# At `prediction` the way forks. `b` gets −4 · 1, and `w` gets −4 · x, which is **−12**.
#
# The rule at every node: *what came in, times my own factor*. No node knows the whole.
#
# ## "No gradient yet" is not 0
#
# An empty slip and a 0 look much alike, and mean different things. With `b = 1` the line says exactly 7:

# %%
perfect = remember(2.0, 1.0)

assert perfect["w"].grad is None  # nobody has gone back yet
perfect["loss"].backward()

assert perfect["w"].grad.item() == 0.0  # somebody has, and the loss does not react
draw(**perfect)

# %% [markdown]
# Nothing is missing here. The error is 0, so every factor before it is multiplied by 0. **0 is an answer:** turning the
# knobs a little changes nothing, we stand at the bottom. **None means that nobody asked,** or that no way leads from the
# loss to this tensor.
#
# ## What the number means
#
# A derivative is a slope. Here is the loss for many values of `w`, and the line with the slope −12 that touches it
# where we are. Beside it, what the slope is good for: turn the knob a little *against* it, and again, and again.

# %%
knob, losses = mt.tensor(2.0, dtype=mt.float64, requires_grad=True), []
for _ in range(12):
    loss_now = (knob * x - 1.0 - target).square()
    losses.append((knob.item(), loss_now.item()))
    knob.grad = None  # or the new gradient would be added to the old one
    loss_now.backward()
    with mt.no_grad():
        knob -= 0.02 * knob.grad

ws, figure = np.linspace(1.6, 3.6, 200), plt.figure(figsize=(9.5, 3.4), layout="constrained")
left, right = figure.subplots(1, 2, sharey=True)
for axes in (left, right):
    axes.plot(ws, loss_of(ws, b=-1.0), color=INK)
    axes.set(xlim=(1.6, 3.6), ylim=(-0.6, 8.5), xlabel="w", xticks=[2, 2.5, 3, 3.5], yticks=[0, 4, 8])
    axes.spines[["top", "right"]].set_visible(False)
left.plot(ws, 4 + w.grad.item() * (ws - 2), color=ORANGE, ls="--")
left.plot(2, 4, "o", color=ORANGE)
left.annotate(f"slope {w.grad.item():.0f}", (2.03, 4.1), color=ORANGE)
left.set_title("loss, and its slope at w = 2", loc="left", size=11)
right.plot(*zip(*losses, strict=True), "o", color=ORANGE, alpha=0.8)
right.set_title("twelve steps against the slope", loc="left", size=11)

assert losses[-1][1] < 0.01

# %% [markdown]
# Those twelve steps are learning. A network does just that, with more knobs.
#
# ## Every formula is such a graph
#
# Nothing in `draw` or in the engine knows about lines. Here is another formula, and `a` is used twice in it:

# %%
a = mt.tensor(2.0, dtype=mt.float64, requires_grad=True)
c = mt.tensor(3.0, dtype=mt.float64, requires_grad=True)
area = c * a
wave = a.sin()
total = area + wave
for result in (area, wave, total):
    result.retain_grad()
total.backward()

assert np.isclose(a.grad.item(), 3.0 + np.cos(2.0))
draw(a=a, c=c, area=area, wave=wave, total=total)

# %% [markdown]
# Two arrows leave `a`, so two gradients come back: 3 by way of `area`, and cos 2 = −0.4161 by way of `wave`.
# The gradient of `a` is their **sum**, 2.584. For a small change of `a` reaches `total` on both ways, and both count.
#
# The sum raises a question. A node may pass its gradient on only when *all* of it has arrived. Who knows when that is?
# The obvious recursion does not. That is [notebook 2](02_backward_step_by_step.ipynb).
#
# ## What to take along
#
# - A tensor that requires grad has a node: a leaf's node, or the node of the operation that made it.
# - A node keeps its operation, its edges, and exactly the values that the derivative reads.
# - An operation's derivative is one row: a factor for each operand.
# - `backward()` starts with 1 at the end and multiplies, node by node; where ways meet, it adds.
# - `None` and 0 are different answers.
#
# **Try it.** Change a cell and predict the picture before you run it.
#
# 1. Set `requires_grad=True` on `x` in the first graph. Which box appears? What does `mul` keep now?
# 2. Write `error * error` in place of `error.square()`. How many arrows run from `error` to `loss`?
# 3. Put `product.detach()` in place of `product` in the prediction. What does `w.grad` say, and why is it not 0?
