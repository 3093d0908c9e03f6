"""A Program → the source of its function in the lockstep gear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arrowsmith.program.program import Program
from arrowsmith_vm.facts import own_bytes
from arrowsmith_vm.lockstep import print_bounds, print_columns, print_loads, print_structure, print_values
from arrowsmith_vm.lockstep.cursors import Cursor, Scope, Stream
from arrowsmith_vm.lockstep.printer import Printer, Unsupported
from arrowsmith_vm.lockstep.uses import compared, numbered, seeking, sorts
from arrowsmith_vm.source import INDENTS, Source

#: importing it fills the table of printing functions
_FILLED: Final = (print_bounds, print_loads, print_values, print_structure, print_columns)


def lockstep(program: Program) -> tuple[str, Mapping[int, int]]:
    """The Python module of *program*: a function ``tile``; and what a record may need at most (see `Printer.limits`).

    Raises `Unsupported`."""
    source = Source(depth=1)
    numbers, last_read = numbered(program.body)
    scope = Scope("s", None, 0)
    root = Stream("a", "e", 0, scope)
    bytes_in, texts_in = sorts(program)
    printer = Printer(
        program,
        source,
        scope,
        Cursor("a", "e"),
        numbers,
        last_read,
        root,
        root,
        seeking=seeking(program.body),
        compared=compared(program.body),
        bytes_in=bytes_in,
        texts_in=texts_in,
        own=own_bytes(program),
    )
    for line in ("s = x.scope", "a = x.places", "e = x.left"):
        source.line(line)
    printer.block(program.body)
    if source.deepest > INDENTS:
        raise Unsupported("conditions in one another that are deeper than a Python function takes")
    # a block of neighbouring fields is read where it is known to be there; how far it goes is known only now
    source.lines = [
        (depth, line)
        for depth, text in source.lines
        for line in (printer.regions[text[1:]].lines(source) if text.startswith("@") else [text])
    ]
    constants = "".join(f"{name} = {value}\n" for value, name in source.constants.items())
    return f"{constants}\ndef tile(x):\n{source.text()}", printer.limits
