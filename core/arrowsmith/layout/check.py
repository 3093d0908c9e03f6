"""A Layout becomes the list of what is wrong with it.

`FORM` is looked at first, rule by rule, and ends the check where something is found; then every rule of `MEANING`, in the
order of the codes.  Each rule is in `arrowsmith.layout.rules` and on its own in `docs/layout.md`.
Invariant: `check` raises for no Layout, and a Layout without diagnostics can be lowered.
"""

from __future__ import annotations

from typing import Any

from arrowsmith.diagnostics import Diagnostic, combined
from arrowsmith.layout.nodes import Layout
from arrowsmith.layout.rules.expressions import EXPRESSIONS
from arrowsmith.layout.rules.form import FORM
from arrowsmith.layout.rules.framing import FRAMING
from arrowsmith.layout.rules.physical import PHYSICAL
from arrowsmith.layout.rules.rule import Rule, Survey
from arrowsmith.layout.rules.structure import STRUCTURE

MEANING: tuple[Rule[Survey], ...] = (*PHYSICAL, *STRUCTURE, *EXPRESSIONS, *FRAMING)

RULES: tuple[Rule[Any], ...] = (*FORM, *MEANING)


def check(layout: Layout) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with *layout*, in the order of `RULES`; empty where nothing is."""
    for form in FORM:
        found = tuple(form.diagnostics(layout))
        if found:
            return found
    survey = Survey(layout)
    return tuple(diagnostic for rule in MEANING for diagnostic in rule.diagnostics(survey))


def checked(layout: Layout) -> Layout:
    """*layout* itself, or a `DictionaryError` with everything that is wrong with it."""
    found = check(layout)
    if found:
        raise combined(found)
    return layout
