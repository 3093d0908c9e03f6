"""Sources and options → Layout: sheet, text without comments and directives, tokens, outline, tree, types, nodes, in this order."""

from __future__ import annotations

from collections.abc import Sequence

from arrowsmith.diagnostics import Source
from arrowsmith.interfaces import Options
from arrowsmith.layout.nodes import Layout
from arrowsmith_cstruct.abi import STANDARD
from arrowsmith_cstruct.attributes import take_attributes
from arrowsmith_cstruct.choices import Choices, choose
from arrowsmith_cstruct.comments import Remarks
from arrowsmith_cstruct.declarations import Context, Declared, read_declarations
from arrowsmith_cstruct.macros import expand
from arrowsmith_cstruct.mapping import lay_out
from arrowsmith_cstruct.outline import check_types, outline
from arrowsmith_cstruct.parsing import parse
from arrowsmith_cstruct.preprocess import prepare
from arrowsmith_cstruct.roots import choose_root
from arrowsmith_cstruct.sheet import Sheet, join
from arrowsmith_cstruct.sites import Sites
from arrowsmith_cstruct.tokens import read_tokens


def read_layout(sources: Sequence[Source], options: Options) -> Layout:
    """The Layout that *sources*, one behind the other, declare."""
    choices = choose(options)
    sheet = join(sources)
    try:
        name, root = choose_root(sheet, declare(sheet, choices), options["root"])
        return lay_out(sheet, name, root, choices)
    except RecursionError:
        raise sheet.refusal("H0107", "these declarations are nested too deeply", 0) from None


def declare(sheet: Sheet, choices: Choices) -> Declared:
    """The types that a sheet declares."""
    prepared = prepare(sheet, choices.packing)
    tokens, attributes = take_attributes(sheet, read_tokens(sheet, prepared.text))
    found = outline(sheet, tokens)
    macros = expand(sheet, found, prepared.macros)
    check_types(found, STANDARD)
    return read_declarations(
        Context(
            sheet=sheet,
            outline=found,
            tree=parse(sheet, found, macros),
            sites=Sites(found, Remarks(prepared.text, prepared.comments), attributes),
            packing=prepared.packing,
            abi=choices.abi,
            bit_fields=choices.bit_fields,
        )
    )
