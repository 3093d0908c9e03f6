"""Every Layout that `check` accepts can be lowered, and every Program that comes out passes `verify`."""

from __future__ import annotations

from hypothesis import given

from arrowsmith.errors import DictionaryError
from arrowsmith.layout.check import check
from arrowsmith.layout.nodes import Layout
from arrowsmith.lower import Wishes, lower
from arrowsmith.lower.framers import NO_SIZE
from arrowsmith.testing.strategies import sound_layouts


@given(sound_layouts())
def test_a_clean_layout_can_be_lowered(layout: Layout) -> None:
    """Only a record without a fixed size under fixed framing is found by lowering alone."""
    assert not check(layout)
    for fail in ("trap", "null"):
        try:
            lower(layout, Wishes(fail=fail))
        except DictionaryError as error:
            if error.code != NO_SIZE:
                raise
