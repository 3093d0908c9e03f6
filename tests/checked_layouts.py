"""Layouts to be checked, of lines in their text form or of nodes."""

from __future__ import annotations

from arrowsmith.layout.nodes import Layout, Node, Record, Table

BYTE = "integer(bits=8, encoding=unsigned)"


def text_of(lines: str, head: str = "layout L framing=whole()", record: str = "record R") -> str:
    """A layout of one table, whose record has *lines* as members."""
    inside = "\n".join(f"      {line}" for line in lines.splitlines())
    return f"{head}\n  table\n    {record}\n{inside}\n"


def layout_of(*members: Node) -> Layout:
    return Layout(name="L", tables=(Table(record=Record(name="R", members=members)),))
