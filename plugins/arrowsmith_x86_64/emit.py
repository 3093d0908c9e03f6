"""A Program becomes an image: machine code for one target, with its constants, and the listing of it.

The image's first byte is its entry; at `CONTEXT_SIZE` stands how many bytes its argument must point to.
Invariant: the same Program and target give the same bytes; nothing but Python's own memory is touched.
"""

from __future__ import annotations

from typing import Final

from arrowsmith.program.ops import Op
from arrowsmith.program.program import Program
from arrowsmith_x86_64 import (
    framer,
    select_arithmetic,
    select_bounds,
    select_columns,
    select_decimals,
    select_floats,
    select_integers,
    select_structure,
    select_texts,
    select_values,
    select_words,
    select_zoned,
)
from arrowsmith_x86_64.abi import CONVENTIONS
from arrowsmith_x86_64.assembler import Assembler
from arrowsmith_x86_64.context import Context
from arrowsmith_x86_64.encodings import Encodings
from arrowsmith_x86_64.facts import facts
from arrowsmith_x86_64.features import whole
from arrowsmith_x86_64.fusion import decode
from arrowsmith_x86_64.listing import listing
from arrowsmith_x86_64.select import Decode, Select, Selector
from arrowsmith_x86_64.table import emit_table

#: where in the image the size of the context stands (8 bytes, little-endian)
CONTEXT_SIZE: Final = 8

TABLE: Final[dict[type[Op], Select]] = {
    **select_bounds.TABLE,
    **select_columns.TABLE,
    **select_structure.TABLE,
    **select_texts.TABLE,
    **select_words.TABLE,
    **framer.TABLE,
}

DECODERS: Final[dict[type[Op], Decode]] = {
    **select_arithmetic.DECODERS,
    **select_decimals.DECODERS,
    **select_floats.DECODERS,
    **select_integers.DECODERS,
    **select_texts.DECODERS,
    **select_values.DECODERS,
    **select_words.DECODERS,
    **select_zoned.DECODERS,
}


def image(program: Program, convention: str, features: frozenset[str]) -> tuple[bytes, str]:
    """The bytes and the listing of *program* for a *convention* and those of *features* that are whole."""
    a = Assembler(whole(features))
    selector = Selector(
        program=program,
        facts=facts(program),
        context=Context(program),
        a=a,
        encodings=Encodings(program),
        table=TABLE,
        decoders=DECODERS,
        decode=decode,
    )
    if program.kind == "framer":
        framer.emit_framer(selector, CONVENTIONS[convention])
    else:
        emit_table(selector, CONVENTIONS[convention])
    code, instructions = a.image()
    size = selector.context.size.to_bytes(8, "little")
    return code[:CONTEXT_SIZE] + size + code[CONTEXT_SIZE + 8 :], listing(instructions)
