"""A Program becomes an image, machine code for one target with its constants; or the listing of it.

The image's first byte is its entry; at `CONTEXT_SIZE` stands how many bytes its argument must point to.
Invariant: the same Program and target give the same bytes; nothing but Python's own memory is touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from arrowsmith.program.kernel import Target
from arrowsmith.program.ops import Op
from arrowsmith.program.program import Program
from arrowsmith_x86_64 import (
    framer,
    select_arithmetic,
    select_bounds,
    select_columns,
    select_dates,
    select_decimals,
    select_floats,
    select_integers,
    select_require,
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
from arrowsmith_x86_64.framer import emit_framer
from arrowsmith_x86_64.listing import listing
from arrowsmith_x86_64.select import Decode, Select, Selector
from arrowsmith_x86_64.table import emit_table
from arrowsmith_x86_64.templates import Templates

#: where in the image the size of the context stands (8 bytes, little-endian)
CONTEXT_SIZE: Final = 8

TABLE: Final[dict[type[Op], Select]] = {
    **select_bounds.TABLE,
    **select_columns.TABLE,
    **select_require.TABLE,
    **select_structure.TABLE,
    **select_texts.TABLE,
    **select_words.TABLE,
    **framer.TABLE,
}

DECODERS: Final[dict[type[Op], Decode]] = {
    **select_arithmetic.DECODERS,
    **select_dates.DECODERS,
    **select_decimals.DECODERS,
    **select_floats.DECODERS,
    **select_integers.DECODERS,
    **select_texts.DECODERS,
    **select_values.DECODERS,
    **select_words.DECODERS,
    **select_zoned.DECODERS,
}


def image(program: Program, target: Target) -> bytes:
    """The bytes of *program* for the convention of *target* and those of its features that are whole."""
    selector = selected(program, target)
    code, _, _ = selector.a.image()
    size = selector.context.size.to_bytes(8, "little")
    return code[:CONTEXT_SIZE] + size + code[CONTEXT_SIZE + 8 :]


def printed(program: Program, target: Target) -> str:
    """The listing of the same."""
    selector = selected(program, target)
    _, instructions, notes = selector.a.image()
    return listing(instructions, notes, selector.context.name)


@dataclass(frozen=True, slots=True)
class Listing:
    """Prints as the listing, which takes as long to make as the code does."""

    program: Program
    target: Target

    def __str__(self) -> str:
        return printed(self.program, self.target)

    def __repr__(self) -> str:
        return repr(str(self))


def selected(program: Program, target: Target) -> Selector:
    """The selection of *program*, done."""
    selector = Selector(
        program=program,
        facts=facts(program),
        context=Context(program),
        a=Assembler(whole(target.features)),
        encodings=Encodings(program),
        table=TABLE,
        decoders=DECODERS,
        decode=Templates(),
        comparisons=select_require.comparisons,
        tested=select_require.require_comparisons,
    )
    emit_kernel = emit_framer if program.kind == "framer" else emit_table
    emit_kernel(selector, CONVENTIONS[target.convention])
    return selector
