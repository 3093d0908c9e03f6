"""Options → how records are delimited: the Layout's framing, and the bytes around the copybook's part of each record."""

from __future__ import annotations

import json
from collections.abc import Mapping

from arrowsmith.errors import OptionError
from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Ref, Unary
from arrowsmith.layout.framing import Computed, Delimited, Delimiting, Fixed, Framing, Prefixed
from arrowsmith.layout.nodes import Field
from arrowsmith.layout.types import Text
from arrowsmith_copybook.choices import Choices
from arrowsmith_copybook.lengths import read_length

#: Line ends of ASCII text, and of EBCDIC text (CR, LF, NEL).
ASCII_ENDS = (b"\n", b"\r\n", b"\r")
EBCDIC_ENDS = (b"\x15", b"\x25", b"\x0d\x25", b"\x0d\x15", b"\x0d")

#: An IBM record descriptor word: two bytes of length, two bytes of zero.
RDW = 4


def frame(choices: Choices, size: int, fields: Mapping[str, Field], paths: Mapping[str, tuple[str, ...]]) -> Framing:
    """How records of at most *size* bytes are told apart; *fields* and their *paths* in the record by name (as `key` makes it)."""
    given = choices.given
    around = given["record_start_offset"] + given["record_end_offset"]
    if given["record_length_field"]:
        return Computed(length=_length(choices, fields, paths))
    match choices.record_format:
        case "F" | "FB":
            return _fixed(choices, size, around)
        case "V":
            big = given["is_rdw_big_endian"]
            part = -RDW if given["is_rdw_part_of_record_length"] else 0
            return Prefixed(
                width=2,
                order="big" if big else "little",
                offset=0 if big else 2,
                header=RDW,
                adjustment=given["rdw_adjustment"] + part,
                least=1,
            )
        case "D" | "D2" | "T":
            return Delimited(delimiters=EBCDIC_ENDS if choices.ebcdic else ASCII_ENDS)
    raise OptionError(f"record_format={choices.record_format} is not implemented yet", code="C0403")


def _fixed(choices: Choices, size: int, around: int) -> Framing:
    given = choices.given
    length = given["record_length"]
    if choices.variable == "shift_record" and length is None:
        return Delimiting()
    if choices.record_format == "FB" and given["block_length"] is None and given["records_per_block"] is None:
        raise OptionError(
            "record_format=FB with block headers is not implemented yet",
            code="C0403",
            help="files without block headers have the option block_length or records_per_block",
        )
    whole = length if length is not None else size + around
    if (block := given["block_length"]) is not None and block % whole:
        raise OptionError(f"block_length is {block}, which is no multiple of the record's {whole} bytes", code="C0401")
    return Fixed(size=whole)


def _number(field: Field, ref: Ref) -> Expr:
    """A field's value as a number: that of a text by its digits."""
    return Unary("int", ref) if isinstance(field.type, Text) else ref


def _length(choices: Choices, fields: Mapping[str, Field], paths: Mapping[str, tuple[str, ...]]) -> Expr:
    given = choices.given
    wanted = given["record_length_field"]
    if given["record_length_map"] is not None:
        length: Expr = read_length(wanted, {name: Ref(path) for name, path in paths.items()})
        if not isinstance(length, Ref):
            raise OptionError("record_length_map takes the value of one field", code="C0401")
        mapped: Expr = Const(-1)  # a length that no framing allows
        for value, number in reversed(given["record_length_map"].items()):
            if type(number) is not int and not (isinstance(number, str) and number.isdecimal()):
                raise OptionError(f"record_length_map: {json.dumps(number)} is no length", code="C0401")
            mapped = Cond(Binary("eq", length, Const(value)), Const(int(number)), mapped)
        length = mapped
    else:
        length = read_length(wanted, {name: _number(fields[name], Ref(path)) for name, path in paths.items()})
    adjustment = given["rdw_adjustment"]
    return Binary("add", length, Const(adjustment)) if adjustment else length
