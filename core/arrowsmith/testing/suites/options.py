"""What the options of every offer promise, whatever is offered."""

from __future__ import annotations

from collections.abc import Sequence

from arrowsmith.interfaces import Option, plain


def explain_themselves(options: Sequence[Option]) -> None:
    """Each option has a name of its own and a description, and its default is a value that it takes; else AssertionError."""
    names = [plain(name) for option in options for name in (option.name, *option.aliases)]
    assert len(set(names)) == len(names)
    for option in options:
        assert option.doc.strip(), option.name
        if isinstance(option.default, option.type) and not option.many and not option.prefix:
            assert option.value(option.default) == option.default
