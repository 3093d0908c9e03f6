"""`import arrowsmith`: names come from the modules that define them when they are first used."""

from __future__ import annotations

import importlib
import types
from importlib import metadata

import pytest

import arrowsmith


def test_each_public_name_is_what_its_module_defines() -> None:
    for name, home in arrowsmith._HOMES.items():
        assert getattr(arrowsmith, name) is getattr(importlib.import_module(f"arrowsmith.{home}"), name)


def test_all_names_are_listed() -> None:
    assert set(arrowsmith.__all__) == set(arrowsmith._HOMES)
    assert set(arrowsmith.__all__) <= set(dir(arrowsmith))


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'arrowsmith' has no attribute 'opne'"):
        _ = arrowsmith.opne


def test_version_is_the_installed_one() -> None:
    try:
        installed = metadata.version("arrowsmith")
    except metadata.PackageNotFoundError:
        pytest.skip("arrowsmith is not installed here")

    assert arrowsmith.__version__ == installed


def test_name_is_kept_once_fetched() -> None:
    """The second use costs a dictionary look-up."""
    assert arrowsmith.DataError is vars(arrowsmith)["DataError"]
    assert isinstance(arrowsmith, types.ModuleType)
