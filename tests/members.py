"""A record by the text of its members."""

from __future__ import annotations

from arrowsmith.layout.nodes import Record
from arrowsmith.layout.text import parse_node


def record(text: str) -> Record:
    parsed = parse_node("record R\n" + "".join(f"  {line}\n" for line in text.splitlines()))
    assert isinstance(parsed, Record)
    return parsed
