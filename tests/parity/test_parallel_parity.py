"""DataParallel without a GPU against PyTorch's."""

from __future__ import annotations

import inspect

import pytest

import minitorch

torch = pytest.importorskip("torch")

LIBRARIES = (torch, minitorch)


@pytest.mark.parametrize("ids", [None, [0], [0, 1]])
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_it_is_the_module(ids, monkeypatch):
    monkeypatch.setattr(minitorch.cuda, "is_available", lambda: False)  # nor the stand-in for one
    seen = []
    for library in LIBRARIES:
        library.manual_seed(0)
        model = library.nn.DataParallel(library.nn.Sequential(library.nn.Linear(3, 2), library.nn.ReLU()), ids)
        result = model(library.ones(4, 3))
        result.sum().backward()
        again = library.nn.parallel.DataParallel(library.nn.Sequential(library.nn.Linear(3, 2), library.nn.ReLU()))
        again.load_state_dict(model.state_dict())
        seen.append(
            (repr(model), list(model.state_dict()), model.device_ids, result.tolist(), model.module[0].weight.grad.tolist(),
             again(library.ones(4, 3)).tolist())
        )  # fmt: skip
    assert seen[1][:3] == seen[0][:3]
    for our, their in zip(seen[1][3:], seen[0][3:], strict=True):
        assert [value for row in our for value in row] == pytest.approx([value for row in their for value in row])


def test_names_and_arguments():
    theirs = set(torch.nn.parallel.__all__) - {"DistributedDataParallel"}  # of several processes, which comes later
    assert set(minitorch.nn.parallel.__all__) == theirs
    for name in theirs:
        given, wanted = (inspect.signature(getattr(library.nn.parallel, name)) for library in (minitorch, torch))
        assert list(given.parameters) == list(wanted.parameters), name
        assert [p.default for p in given.parameters.values()] == [p.default for p in wanted.parameters.values()], name
