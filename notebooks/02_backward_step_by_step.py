# %% [markdown]
# # 2 · Backward, step by step
#
# Going back along a graph looks easy: every node multiplies what comes in by its own factor and passes it on. That is
# a recursion of five lines. This notebook writes these lines, in three ways. Two give wrong numbers. The third is right,
# and would need 73,000 years for a graph of 61 nodes.
#
# Then it does what the engine does, one node at a time, and looks at every gradient on the way. As in
# [notebook 1](01_a_number_that_remembers.ipynb), all nodes are the engine's own.

# %%
import textwrap
from heapq import heappop, heappush
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

import minitorch as mt
from minitorch.tape import Leaf
from minitorch.viz import layout

# %% [markdown]
# ## The smallest trouble
#
# Double a number, and double it again. So `c` is four times `a`, and the derivative is 4.

# %%
a = mt.tensor(3.0, dtype=mt.float64, requires_grad=True)
b = a + a
c = b + b

c.backward()
assert a.grad.item() == 4
a.grad

# %% [markdown]
# The engine is right. Now we try it ourselves. A node can do one thing: given the gradient of its result, it says those
# of its operands. In the engine this is called `pull`. Its last argument is the array library.

# %%
half = mt.tensor(0.5, dtype=mt.float64, requires_grad=True)
five = mt.tensor(5.0, dtype=mt.float64, requires_grad=True)
node = (half * five).grad_fn


def pull(node, gradient):
    """Return the gradients of a node's operands, from that of its result."""
    return node.op.pull(node, np.float64(gradient), node.device.kernels)


assert pull(node, 10.0) == (10.0 * 5.0, 10.0 * 0.5)
pull(node, 10.0)

# %% [markdown]
# That is the whole of the chain rule, for one node. What is left is to call `pull` on all nodes of a graph.
# On the way back a node may be reached more than once: `b` is both operands of `c`. What arrives must be added.
#
# ## First idea: add it up, pass it on
#
# Keep a sum for each node. When a gradient arrives, add it, and pass the sum on to the operands.


# %%
def add_and_pass_on(node, gradient, sums, depth=0):
    sums[node] = sums.get(node, 0.0) + gradient
    print("    " * depth + f"{names[node]} gets {gradient:g} and has {sums[node]:g}", end="")
    print(" now" if type(node) is Leaf else f", so it passes on {sums[node]:g}")
    if type(node) is not Leaf:
        for operand, its_gradient in zip(node.edges, pull(node, sums[node]), strict=True):
            add_and_pass_on(operand, its_gradient, sums, depth + 1)


names = {a._node: "a", b._node: "b", c._node: "c"}
sums = {}
add_and_pass_on(c._node, 1.0, sums)

assert sums[a._node] == 6  # wrong: it should be 4

# %% [markdown]
# 6 is too much. Look at `b`. First 1 arrives, and `b` passes on 1. Then another 1 arrives. Now `b` has 2, which is right,
# and passes on 2. But 1 of these 2 has been passed on before. **It is counted twice.**
#
# ## Second idea: pass on only once
#
# So let a node pass on when it is first reached, and never again.


# %%
def pass_on_once(node, gradient, sums):
    first = node not in sums
    sums[node] = sums.get(node, 0.0) + gradient
    if first and type(node) is not Leaf:
        for operand, its_gradient in zip(node.edges, pull(node, sums[node]), strict=True):
            pass_on_once(operand, its_gradient, sums)


sums = {}
pass_on_once(c._node, 1.0, sums)

assert sums[b._node] == 2  # right
assert sums[a._node] == 2  # wrong: what reached b later never came here

# %% [markdown]
# 2 is too little. `b` passed on what it had before all had arrived.
#
# ## Third idea: pass on just what came in
#
# No sum on the way. Each gradient travels alone, and only the leaf adds. We count the calls.


# %%
def pass_on_each(node, gradient, sums):
    """Send one gradient all the way down to the leaves; return how many calls that took."""
    if type(node) is Leaf:
        sums[node] = sums.get(node, 0.0) + gradient
        return 1
    pulled = pull(node, gradient)
    return 1 + sum(pass_on_each(node.edges[port], gradient, sums) for port, gradient in enumerate(pulled))


def ladder(rungs):
    """A number, doubled again and again."""
    bottom = top = mt.tensor(1.0, dtype=mt.float64, requires_grad=True)
    for _ in range(rungs):
        top = top + top
    return bottom, top


calls = []
for rungs in range(13):
    bottom, top = ladder(rungs)
    sums = {}
    calls.append(pass_on_each(top._node, 1.0, sums))
    assert sums[bottom._node] == 2**rungs  # right at last
    assert calls[rungs] == 2 ** (rungs + 1) - 1
calls

# %% [markdown]
# It is right. But look at the counts: each rung doubles the work. The recursion does not see a ladder. It sees every
# *way* down the ladder, one by one, and there are twice as many with every rung.

# %%
INK, GREY, BLUE, ORANGE = "#1f2937", "#6b7280", "#2a6fbb", "#c2600a"
figure = plt.figure(figsize=(10.5, 3.4), layout="constrained")
graph, tree, plot = figure.subplots(1, 3, width_ratios=[1, 2.6, 2.2])


for depth in range(4):
    face, edge, name = ("#e3eefa", BLUE, "leaf") if depth == 3 else ("white", INK, f"rung {3 - depth}")
    for axes, xs in ((graph, [0]), (tree, (np.arange(2**depth) + 0.5) / 2**depth)):
        axes.plot(xs, [-depth] * len(xs), "o", ms=13, mfc=face, mec=edge, mew=1.2, zorder=2)
    graph.annotate(name, (0.28, -depth), va="center", color=INK)
    if depth < 3:
        for bow in (-0.35, 0.35):
            style = {"arrowstyle": "-", "connectionstyle": f"arc3,rad={bow}", "color": GREY}
            graph.add_patch(FancyArrowPatch((0, -depth), (0, -depth - 1), **style))
        for child in range(2 ** (depth + 1)):
            ends = (child // 2 + 0.5) / 2**depth, (child + 0.5) / 2 ** (depth + 1)
            tree.plot(ends, (-depth, -depth - 1), color=GREY, lw=1, zorder=1)
graph.set_xlim(-0.5, 1.1)
for axes, title in ((graph, "the graph: 4 nodes"), (tree, "what the recursion visits: 15 calls")):
    axes.set_ylim(-3.3, 0.3)
    axes.set_title(title, loc="left", size=11)
    axes.axis("off")
plot.semilogy(calls, "o-", color=ORANGE, ms=4, label="calls of the recursion")
plot.semilogy(np.arange(1, len(calls) + 1), "o-", color=BLUE, ms=4, label="nodes in the graph")
plot.set(xlabel="rungs", yticks=[1, 10, 100, 1000, 10000])
plot.spines[["top", "right"]].set_visible(False)
plot.legend(frameon=False)
plot.minorticks_off()

# %% [markdown]
# A ladder of 60 rungs is a small graph: networks easily have more nodes. The recursion would make 2⁶¹ − 1 calls. At a
# million calls in a second that takes 73,000 years. The engine visits each node once:

# %%
bottom, top = ladder(60)
top.backward()

assert bottom.grad.item() == 2.0**60
print(f"gradient {bottom.grad.item():.0f}; the recursion would take {(2**61 - 1) / 1e6 / 3600 / 24 / 365:,.0f} years")

# %% [markdown]
# ## What is missing is an order
#
# All three ideas fail at the same point. `b` must add first and pass on **once**, as in the second idea, but only
# **when nothing more can arrive**. How does it know?
#
# Gradients come to `b` from the nodes that used `b`. These were all made *after* `b`: nobody can use a number
# that is not there yet. So we go through the nodes from the newest to the oldest. When it is `b`'s turn, all its
# users have had theirs.
#
# That is why every node has a **sequence number**, given when it is made. Here is a graph with a trap: `product` is used
# twice, once directly and once by a detour.

# %%
a = mt.tensor(2.0, dtype=mt.float64, requires_grad=True)
b = mt.tensor(3.0, dtype=mt.float64, requires_grad=True)
product = b * a
shifted = product + a
result = product * shifted

tensors = {"a": a, "b": b, "product": product, "shifted": shifted, "result": result}
names = {tensor._node: name for name, tensor in tensors.items()}
for node, name in names.items():
    print(f"{name:<9}{tensors[name].item():>4g}   number {node.number:>5}   from", [names[edge] for edge in node.edges])
    assert all(edge.number < node.number for edge in node.edges)

# %% [markdown]
# Every edge leads to a lower number. Leaves have negative ones: they pass nothing on, so they may come last.
#
# By hand, with the product rule: `result` = ab · (ab + a), and its derivatives are 2ab² + 2ab = 48 for `a` and
# 2a²b + a² = 28 for `b`. We will see these numbers again.
#
# ## The walk
#
# "Always the highest number among the nodes that wait": that is a **heap**. It hands out the smallest of what lies on it,
# so we put the numbers on it with a minus sign. The walk stops after every node and tells what it did.


# %%
def backward_steps(tensor):
    """Go back from a tensor; for each node yield it, the gradients that arrived, and the (operand number, gradient) sent."""
    arrived, heap = {tensor._node: [1.0]}, [(-tensor._node.number, tensor._node)]
    while heap:
        _, node = heappop(heap)
        gradients = arrived.pop(node)
        pulled = () if type(node) is Leaf else pull(node, sum(gradients))
        sent = [(port, gradient) for port, gradient in enumerate(pulled) if node.edges[port] is not None]
        for port, gradient in sent:
            operand = node.edges[port]
            if operand not in arrived:
                arrived[operand] = []
                heappush(heap, (-operand.number, operand))
            arrived[operand].append(gradient)
        yield node, gradients, sent


# %% [markdown]
# A node goes on the heap when the first gradient arrives for it. It comes off when its turn comes, and what has arrived
# until then is added up and pulled through. The engine's loop is this one; it stands in `minitorch/tape.py`, under
# *The walk*. (It also fits shapes and dtypes, and calls hooks. We need no shapes here, and hooks come in a moment.)

# %%
steps = list(backward_steps(result))

print(f"{'step':<6}{'node':<9}{'number':>6}   {'comes in':<16}goes out")
for count, (node, gradients, sent) in enumerate(steps, start=1):
    came = " + ".join(f"{each:g}" for each in gradients)
    came += f" = {sum(gradients):g}" if len(gradients) > 1 else ""
    gone = ", ".join(f"{gradient:g} to {names[node.edges[port]]}" for port, gradient in sent) or "stays: it is a leaf"
    print(f"{count:<6}{names[node]:<9}{node.number:>6}   {came:<16}{gone}")

found = {names[node]: float(sum(gradients)) for node, gradients, _ in steps}
assert found == {"result": 1, "shifted": 6, "product": 14, "a": 48, "b": 28}

# %% [markdown]
# See step 3. `product` got 8 in step 1, directly. Its number is lower than that of `shifted`, so it waited, and in
# step 2 the other 6 arrived.
#
# Does the engine really go this way? We can listen. A **hook** is called with a tensor's gradient as soon as it is known.

# %%
heard = []
for name, tensor in tensors.items():
    tensor.register_hook(lambda gradient, name=name: heard.append((name, gradient.item())))
result.backward()

assert heard == list(found.items())  # the same nodes, in the same order, with the same gradients
assert (a.grad.item(), b.grad.item()) == (48, 28)
heard

# %% [markdown]
# ## In pictures
#
# The same steps, drawn, with the places of notebook 1. `layout` too goes from the highest number down: users first.


# %%
LEAF, RESULT, RUNS = {"fc": "#e3eefa", "ec": BLUE}, {"fc": "white", "ec": INK}, {"fc": "#fff6e8", "ec": ORANGE}
DASHED = {"fc": "white", "ls": (0, (3, 2))}
EMPTY, WAITS, FULL = DASHED | {"ec": GREY}, DASHED | {"ec": ORANGE}, {"fc": "#fbe3c6", "ec": ORANGE}
LABEL = {"weight": "bold", "size": 10, "bbox": {"fc": "white", "ec": "none", "pad": 1.5}}


def box(axes, x, y, width, height, colors):
    """A rounded box around (x, y)."""
    corner, shape = (x - width / 2, y - height / 2), "round,pad=0,rounding_size=0.09"
    axes.add_patch(FancyBboxPatch(corner, width, height, boxstyle=shape, **{"lw": 1.2} | colors))


def write(axes, x, y, text, color=INK, **style):
    axes.text(x, y, text.replace("-", "−"), ha="center", va="center", color=color, **style)


def wire(axes, points, gradient=None):
    """An edge; grey and forward, or with the gradient that runs back along it."""
    bow = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        bow += [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1), (x1, y1)]
    path = Path(bow, [Path.MOVETO] + [Path.CURVE4] * (len(bow) - 1))
    head = "<|-" if gradient is not None else "-|>"
    color, width, order = (ORANGE, 2, 2) if gradient is not None else ("#9ca3af", 1.1, 1)
    style = {"arrowstyle": f"{head},head_width=2.5,head_length=5", "color": color, "lw": width, "zorder": order}
    axes.add_patch(FancyArrowPatch(path=path, **style))
    if gradient is not None:
        x, y = np.mean(points, axis=0) if len(points) == 2 else points[1]
        write(axes, x, y, f"{gradient:g}", ORANGE, **LABEL)


def draw(axes, finished, waiting, running=None, sent=()):
    """Draw the graph of `tensors` in the middle of a walk."""
    places, edges = layout(result._node)
    at = {thing: (1.62 * column, 1.1 * row) for thing, (column, row) in places.items()}
    for port, path in edges:
        (x0, y0), *bends, (x1, y1) = [at[thing] for thing in reversed(path)]
        y1 += 0.18 * (port - (len(path[0].edges) - 1) / 2)
        wire(axes, [(x0 + 0.55, y0), *bends, (x1 - 0.55, y1)], dict(sent).get(port) if path[0] is running else None)
    for node, name in names.items():
        x, y = at[node]
        kind = RUNS | {"lw": 2.2} if node is running else LEAF if type(node) is Leaf else RESULT
        box(axes, x, y, 1.1, 0.5, kind)
        write(axes, x, y - 0.09, f"{name} = {tensors[name].item():g}", weight="bold", size=8.8)
        write(axes, x, y + 0.12, "leaf" if type(node) is Leaf else f"{node.op.name}, {node.number}", GREY, size=8)
        if node in finished:
            text, look, color = f"gradient {finished[node]:g}", FULL, INK
        elif node in waiting:
            text, look, color = " + ".join(map("{:g}".format, waiting[node])) + " waits", WAITS, ORANGE
        else:
            text, look, color = "no gradient yet", EMPTY, GREY
        box(axes, x, y + 0.4, 1.04, 0.22, look)
        write(axes, x, y + 0.4, text, color, size=7.6)


# %%
figure, panels = plt.subplots(3, 2, figsize=(12, 7.2), layout="constrained")
finished, waiting = {}, {result._node: [1.0]}
draw(panels.flat[0], finished, waiting)
panels.flat[0].set_title("before: 1 waits at the end", loc="left", size=11)
for panel, (count, (node, gradients, sent)) in zip(panels.flat[1:], enumerate(steps, start=1), strict=True):
    finished[node] = sum(gradients)
    del waiting[node]
    for port, gradient in sent:
        waiting.setdefault(node.edges[port], []).append(gradient)
    draw(panel, finished, waiting, node, sent)
    then = "and passes on" if sent else "and keeps it"
    panel.set_title(f"step {count}: {names[node]} has {finished[node]:g} {then}", loc="left", size=11)
for panel in panels.flat:
    panel.set(xlim=(-5.5, 0.65), ylim=(1.4, -0.85), aspect="equal")
    panel.axis("off")

# %% [markdown]
# An orange box is the node whose turn it is, and orange arrows carry what it sends. A dashed slip waits: more may come.
# Watch `product`: **8 waits** after step 1, **8 + 6 waits** after step 2, and in step 3 it passes on 14, once.
#
# ## Across calls, leaves go on adding
#
# A leaf adds within a walk, and it goes on adding in the next one. Run the formula again and go back:


# %%
def formula(a, b):
    product = b * a
    return product * (product + a)


formula(a, b).backward()
assert a.grad.item() == 48 + 48

a.grad = b.grad = None  # what optimizer.zero_grad() does
formula(a, b).backward()
assert a.grad.item() == 48

# %% [markdown]
# This is meant to be so: a batch that does not fit into memory can be cut into parts whose gradients add up. But it is
# the reason why every training loop calls `zero_grad()`.
#
# ## Once is enough
#
# `pull` needs the values that the node kept. After a node's turn nobody needs them any more, and the engine lets go of
# them at once. So the memory shrinks while backward runs, and the same graph can't be gone through twice:

# %%
assert product.grad_fn.saved is None
try:
    result.backward()
    refused = False
except RuntimeError as error:
    refused = True
    print(textwrap.fill(f"{type(error).__name__}: {error}", 100))
assert refused

again = formula(a, b)
again.backward(retain_graph=True)  # keep the values
again.backward()
assert a.grad.item() == 48 * 3

# %% [markdown]
# ## A deep graph
#
# A recursion has another weakness: Python allows about a thousand calls inside each other. The walk needs no such calls,
# since its heap lies in ordinary memory. Here is a chain of 100,000 additions, with `x` used in every one of them:

# %%
x = mt.tensor(1.0, dtype=mt.float64, requires_grad=True)
y = x
for _ in range(100_000):
    y = y + x

try:
    pass_on_each(y._node, 1.0, {})
except RecursionError as error:
    print("the recursion:", error)

y.backward()
assert x.grad.item() == 100_001
print("the engine:   ", x.grad)

# %% [markdown]
# ## Trust, but check
#
# How do we know that 48 and 28 are right? There is a judge who knows nothing of graphs: the definition of the derivative.
# Change one input by a little in both directions, and see how the result changes. `gradcheck` does that for every input.

# %%
epsilon = 1e-6
with mt.no_grad():
    measured = (formula(a + epsilon, b) - formula(a - epsilon, b)).item() / (2 * epsilon)

print(f"measured {measured:.8f}, by the graph {found['a']:.8f}")
assert np.isclose(measured, found["a"])
assert mt.autograd.gradcheck(formula, (a, b))

# %% [markdown]
# A check is worth something only if it can fail. `detach()` cuts a tensor off from the graph. Here it cuts the direct
# way from `product` to the result, so only the detour is left. The value is right, the derivative is not:


# %%
def forgetful(a, b):
    product = b * a
    return product.detach() * (product + a)


assert forgetful(a, b).item() == formula(a, b).item()
try:
    mt.autograd.gradcheck(forgetful, (a, b))
    noticed = False
except RuntimeError as error:
    noticed = True
    print(f"{type(error).__name__}: {error}")
assert noticed

# %% [markdown]
# ## What to take along
#
# - A node may pass on only when everything has arrived, and then once. Less counts too little, more counts twice.
# - Nodes are numbered as they are made. Going from the highest number to the lowest, all users come before what they use.
# - A heap hands out the next node. Each node has one turn, however many ways lead to it, and no recursion is needed.
# - Where ways meet, gradients add: at a node within one walk, at a leaf also across walks.
# - Kept values are dropped on the way. `retain_graph=True` keeps them.
#
# **Try it.**
#
# 1. In `backward_steps`, push `operand.number` without the minus sign. Which step goes wrong first?
# 2. Write `shifted * product` in place of `product * shifted`. Which of the three recursions still fail?
# 3. The first graph, `c = b + b`, can be gone through twice without `retain_graph`. Why? (What does `add` keep?)
# 4. Count the calls of `pass_on_each` if every rung is `top + top + top`.
