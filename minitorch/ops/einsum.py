"""einsum: Einstein's notation. A letter for each dimension; letters that are missing from the result are summed over.

    einsum("ij,jk->ik", A, B)       A @ B
    einsum("bij,bjk->bik", A, B)    a batch of them
    einsum("ii->i", A)              the diagonal
    einsum("...ij->...ji", A)       transposes, whatever comes before

Two operands at a time are brought to (batch, rows, columns), multiplied as matrices, and named again; which two, paths.py says.
"""

from __future__ import annotations

import itertools
import math
import string
from collections.abc import Sequence
from typing import Any, NamedTuple

from minitorch.errors import ShapeMismatch
from minitorch.ops.contraction import matmul
from minitorch.ops.paths import path
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.strides import diagonal
from minitorch.rows import composition
from minitorch.tensor import Tensor

Labels = tuple[Any, ...]  # one for each dim: a letter, or -1, -2, ... for the dims of `...`, counted from the right


class Term(NamedTuple):
    tensor: Tensor
    labels: Labels

    def sizes(self) -> dict[Any, int]:
        return dict(zip(self.labels, self.tensor.shape, strict=True))


def _samples(make):
    yield Sample("ij,jk->ik", make(2, 3), make(3, 4))
    yield Sample("bij,bjk", make(2, 2, 3), make(2, 3, 2))
    yield Sample("ii->i", make(3, 3))
    yield Sample("...ij->...ji", make(2, 2, 3))
    yield Sample("i,j,k->kji", make(2), make(3), make(2))
    yield Sample("ij,ij->", make(2, 3), make(2, 3))
    yield Sample("ij,jk,kl->il", make(2, 3), make(3, 4), make(4, 2))


def _errors(make):
    yield ErrorSample(
        Sample("ij,jk->ik", make(2, 3), make(4, 5)), RuntimeError, "does not broadcast with previously seen size"
    )
    yield ErrorSample(Sample("ij", make(2)), RuntimeError, "does not match the number of dimensions")
    yield ErrorSample(Sample("i->j", make(2)), RuntimeError, "does not appear in the equation")


@composition(method=False, samples=_samples, errors=_errors, autocast="cuda lower")
def einsum(equation: str, *operands: Any) -> Tensor:
    """The sum of products that `equation` says, or that lists of dimension numbers say: einsum(A, [0, 1], B, [1, 2], [0, 2]).

    >>> import minitorch
    >>> minitorch.einsum("i,i->", minitorch.tensor([1.0, 2.0]), minitorch.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if isinstance(equation, Tensor):
        equation, operands = _from_lists(equation, *operands)
    elif len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    names, result = _read(equation, operands)
    terms = [
        _without_repeats(tensor, labels, n) for n, (tensor, labels) in enumerate(zip(operands, names, strict=True))
    ]
    _check_sizes(terms)
    if result is None:
        result = _implied(names)
    known = {label for term in terms for label in term.labels}
    for label in result:
        if label not in known:
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
    return _arranged(_contract(terms, result), result)


# --- Reading ----------------------------------------------------------------------------------------------------------


def _from_lists(*arguments: Any) -> tuple[str, tuple[Tensor, ...]]:
    """The form with lists of dimension numbers, as an equation."""
    letters = string.ascii_uppercase + string.ascii_lowercase

    def spell(numbers: Sequence[Any]) -> str:
        return "".join("..." if number is Ellipsis else letters[number] for number in numbers)

    pairs = len(arguments) // 2
    equation = ",".join(spell(numbers) for numbers in arguments[1 : 2 * pairs : 2])
    if len(arguments) % 2:
        equation += "->" + spell(arguments[-1])
    return equation, arguments[0 : 2 * pairs : 2]


def _read(equation: str, operands: Sequence[Tensor]) -> tuple[list[Labels], Labels | None]:
    """The labels of each operand's dims, and of the result's if the equation says them."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(operands):
        fewer = "fewer" if len(operands) < len(parts) else "more"
        raise RuntimeError(f"einsum(): {fewer} operands were provided than specified in the equation")
    names = [_labels(part, tensor.ndim, n) for n, (part, tensor) in enumerate(zip(parts, operands, strict=True))]
    if not arrow:
        return names, None
    dots = max((-label for labels in names for label in labels if isinstance(label, int)), default=0)
    result = _labels(right, len(right.replace("...", "")) + ("..." in right) * dots, None)
    repeated = [label for label in result if result.count(label) > 1]
    if repeated:
        raise RuntimeError(f"einsum(): output subscript {repeated[0]} appears more than once in the output")
    return names, result


def _labels(text: str, ndim: int, operand: int | None) -> Labels:
    before, dots, after = text.partition("...")
    for character in before + after:
        if character not in string.ascii_letters:
            raise RuntimeError(f"einsum(): invalid subscript {character!r} in {text!r}, subscripts must be in [a-zA-Z]")
    missing = ndim - len(before) - len(after)
    if (missing and not dots) or missing < 0:
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(before) + len(after)}) does not match the number of "
            f"dimensions ({ndim}) for operand {operand}" + ("" if dots else " and no ellipsis was given")
        )
    return (*before, *range(-missing, 0), *after)


def _implied(names: list[Labels]) -> Labels:
    """Without an arrow: the dims of `...`, then in alphabetical order the letters that appear once."""
    everything = list(itertools.chain(*names))
    dots = sorted({label for label in everything if isinstance(label, int)})
    return (*dots, *sorted(label for label in everything if isinstance(label, str) and everything.count(label) == 1))


def _without_repeats(tensor: Tensor, labels: Labels, operand: int) -> Term:
    """Take the diagonal where a letter appears twice in one operand."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            if tensor.shape[first] != tensor.shape[second]:
                sizes = f"{tensor.shape[second]} != {tensor.shape[first]}"
                raise ShapeMismatch(
                    f"einsum(): subscript {label} is repeated for operand {operand} but the sizes don't match, {sizes}"
                )
            tensor = diagonal(tensor, 0, first, second)
            labels = (*labels[:first], *labels[first + 1 : second], *labels[second + 1 :], label)
    return Term(tensor, labels)


def _check_sizes(terms: list[Term]) -> None:
    seen: dict[Any, int] = {}
    for number, term in enumerate(terms):
        for label, size in term.sizes().items():
            if seen.setdefault(label, size) not in (size, 1) and size != 1:
                raise ShapeMismatch(
                    f"einsum(): subscript {label} has size {size} for operand {number} which does not broadcast with previously "
                    f"seen size {seen[label]}"
                )
            seen[label] = max(seen[label], size) if size else 0


# --- Computing --------------------------------------------------------------------------------------------------------


def _contract(terms: list[Term], result: Labels) -> Term:
    """Multiply terms along the path until one is left, then sum what the result doesn't name."""
    for places in path([term.labels for term in terms], [term.tensor.shape for term in terms], result):
        chosen = [terms[place] for place in places]
        terms = [term for place, term in enumerate(terms) if place not in places]
        while len(chosen) > 1:
            first, second, *chosen = chosen
            wanted = set(result).union(*(term.labels for term in (*chosen, *terms)))
            chosen.insert(0, _multiply(first, second, wanted))
        terms += chosen
    return _summed(terms[0], set(result))


def _summed(term: Term, wanted: set) -> Term:
    """Sum over the labels that nobody wants any more."""
    over = [dim for dim, label in enumerate(term.labels) if label not in wanted]
    if not over:
        return term
    return Term(term.tensor.sum(tuple(over)), tuple(label for label in term.labels if label in wanted))


def _multiply(first: Term, second: Term, wanted: set) -> Term:
    """The product of two terms as one product of matrices (batch, rows, inner) @ (batch, inner, columns)."""
    first = _squeezed(first, second)
    second = _squeezed(second, first)
    first = _summed(first, wanted | set(second.labels))
    second = _summed(second, wanted | set(first.labels))
    sizes = first.sizes() | second.sizes()
    shared = [label for label in first.labels if label in second.labels]
    batch = [label for label in shared if label in wanted]
    inner = [label for label in shared if label not in wanted]
    rows = [label for label in first.labels if label not in shared]
    columns = [label for label in second.labels if label not in shared]
    shape = lambda *groups: tuple(math.prod(sizes[label] for label in group) for group in groups)
    if inner:
        left = _arranged(first, (*batch, *rows, *inner)).reshape(shape(batch, rows, inner)[not batch :])
        right = _arranged(second, (*batch, *inner, *columns)).reshape(shape(batch, inner, columns)[not batch :])
        product = matmul(left, right)
    else:  # nothing to sum: elementwise, with a dim of size 1 where the other has its own
        left = _arranged(first, (*batch, *rows)).reshape((*shape(batch, rows), 1))
        right = _arranged(second, (*batch, *columns)).reshape((shape(batch)[0], 1, *shape(columns)))
        product = left * right
    labels = (*batch, *rows, *columns)
    return Term(product.reshape(tuple(sizes[label] for label in labels)), labels)


def _squeezed(term: Term, other: Term) -> Term:
    """Drop the dims of size 1 that broadcast against the other term's."""
    sizes = other.sizes()
    drops = [n == 1 and sizes.get(label, 1) != 1 for label, n in zip(term.labels, term.tensor.shape, strict=True)]
    if not any(drops):
        return term
    shape = tuple(n for n, drop in zip(term.tensor.shape, drops, strict=True) if not drop)
    return Term(
        term.tensor.reshape(shape), tuple(label for label, drop in zip(term.labels, drops, strict=True) if not drop)
    )


def _arranged(term: Term, labels: Sequence[Any]) -> Any:
    """The term's tensor with its dims in the order of `labels`."""
    order = tuple(term.labels.index(label) for label in labels)
    return term.tensor if order == tuple(range(len(order))) else term.tensor.permute(order)
