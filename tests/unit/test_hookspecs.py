"""The hookspecs: ten hooks, each with a docstring of one form, with an example that runs."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from arrowsmith import hookspecs

HOOKS: dict[str, Callable[..., Any]] = {
    name: function for name, function in vars(hookspecs).items() if name.startswith("arrowsmith_")
}

every_hook = pytest.mark.parametrize("name", HOOKS)


def test_there_are_ten_hooks() -> None:
    """An eleventh hook needs a plugin of ours that uses it, in the same change."""
    assert list(HOOKS) == [
        "arrowsmith_formats",
        "arrowsmith_framers",
        "arrowsmith_transforms",
        "arrowsmith_emitters",
        "arrowsmith_allocators",
        "arrowsmith_sinks",
        "arrowsmith_select_emitter",
        "arrowsmith_select_allocator",
        "arrowsmith_kernel_loaded",
        "arrowsmith_batch_written",
    ]


@every_hook
def test_first_result_is_for_questions_only(name: str) -> None:
    assert HOOKS[name].arrowsmith_spec["firstresult"] is name.startswith("arrowsmith_select_")  # type: ignore[attr-defined]  # set by pluggy's marker


@every_hook
def test_docstring_has_the_fixed_form(name: str) -> None:
    """An imperative first sentence; Called, Results, Raising in this order; one example."""
    doc = inspect.getdoc(HOOKS[name]) or ""

    assert re.match(r"(Offer|Choose|Return) [^\n]*[.:]", doc)
    assert re.findall(r"^(Called|Results|Raising): +\S.*[.]$", doc, re.MULTILINE) == ["Called", "Results", "Raising"]
    assert doc.count("Example::") == 1


@every_hook
def test_example_is_an_implementation_that_registers(name: str) -> None:
    """The example runs as it is printed, and its arguments are some of the hook's."""
    example = (inspect.getdoc(HOOKS[name]) or "").partition("Example::")[2]
    scope: dict[str, Any] = {"hookimpl": hookspecs.hookimpl}

    exec(textwrap.dedent(example), scope)

    written = scope[name]
    assert written.arrowsmith_impl
    assert set(inspect.signature(written).parameters) <= set(inspect.signature(HOOKS[name]).parameters)


@every_hook
def test_event_takes_one_report(name: str) -> None:
    """So fields can be added without touching the hook."""
    if name in ("arrowsmith_kernel_loaded", "arrowsmith_batch_written"):
        assert list(inspect.signature(HOOKS[name]).parameters) == ["report"]
    else:
        assert "report" not in inspect.signature(HOOKS[name]).parameters
