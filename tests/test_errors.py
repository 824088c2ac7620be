"""Errors: caught as PyTorch's builtin types, and worded in five parts."""

from __future__ import annotations

import pytest

from minitorch import errors


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("ShapeMismatch", RuntimeError),
        ("DTypeMismatch", RuntimeError),
        ("DeviceMismatch", RuntimeError),
        ("GraphFreed", RuntimeError),
        ("SavedValueModified", RuntimeError),
        ("BackendUnavailable", RuntimeError),
        ("KernelMissing", NotImplementedError),
        ("SettingInvalid", ValueError),
        ("OptionalDependencyMissing", ImportError),
    ],
)
def test_an_error_is_what_pytorch_users_catch(name, builtin):
    assert issubclass(getattr(errors, name), builtin)


def test_parts_that_are_not_given_are_left_out():
    assert errors.message("it failed") == "it failed"
    assert errors.message("it failed", got=0) == "it failed\n  got:      0"


def test_a_missing_library_says_how_to_install_it():
    error = errors.missing_extra("tqdm", "progress", "the progress bar")
    assert error.name == "tqdm"
    assert "pip install 'minitorch-ref[progress]'" in str(error)
