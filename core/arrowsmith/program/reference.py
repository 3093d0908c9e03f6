"""The reference of ops and of the verifier's invariants, as Markdown, from the table of ops: the generated parts of docs/program.md.

Invariant: nothing is said here; every sentence comes from a docstring.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields

from arrowsmith.program import verify
from arrowsmith.program.ops import OPS, Op

#: section → its first op; a section ends where the next begins
SECTIONS = {
    "Bounds and movement": "need",
    "Loads: bytes to registers": "load.int",
    "Registers": "let",
    "Structure": "if",
    "Columns": "room",
    "Framers only": "frame",
}


def ops() -> str:
    """Each op with its fields and its meaning, by section, in the table's order."""
    starts = {first: title for title, first in SECTIONS.items()}
    lines: list[str] = []
    for name, cls in OPS.items():
        if name in starts:
            lines += [f"### {starts[name]}", ""]
        lines += [f"#### `{name}`", "", f"    {signature(cls)}", "", *_paragraphs(cls), ""]
    return "\n".join(lines)


def signature(cls: type[Op]) -> str:
    """The line of an op, its fields in place of values."""
    outs = [f.name for f in fields(cls) if f.type == "Out"]
    shown = [_field(f) for f in fields(cls) if f.name != "site" and f.type != "Out"]
    return " ".join([f"{', '.join(outs)} =" if outs else "", cls.name, *shown]).strip()


def _field(f: Field[object]) -> str:
    kind = (
        str(f.type).replace("Literal[", "").rstrip("]").replace('"', "").replace(", ", "|")
        if str(f.type).startswith("Literal")
        else f.type
    )
    if f.type == "Block":
        return f"{{ {f.name} }}" if f.default is MISSING else f"[else {{ {f.name} }}]"
    if f.name == "cases":
        return "{ case VALUES { … } … }"
    return f"{f.name}:{kind}" if f.default is MISSING else f"[{f.name}:{kind}={f.default!r}]"


def _paragraphs(cls: type[Op]) -> Iterator[str]:
    text = inspect.getdoc(cls) or ""
    yield from (line.replace("``", "`") for line in text.split("\n"))


def invariants() -> str:
    """What a verified Program keeps."""
    text = inspect.getdoc(verify) or ""
    listed = text[text.index("Bounds\n") : text.index("Invariant:")]
    titled = re.sub(r"(?m)^(Bounds|Registers|Structure|Attributes)$", r"### \1\n", listed)
    return titled.rstrip() + "\n"
