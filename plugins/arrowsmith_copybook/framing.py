"""Options → how records are delimited: the Layout's framing, and the bytes around the copybook's part of each record."""

from __future__ import annotations

import json
from collections.abc import Mapping

from arrowsmith.errors import OptionError
from arrowsmith.layout.expr import Binary, Cond, Const, Expr
from arrowsmith.layout.framing import Blocked, Computed, Delimited, Delimiting, Fixed, Framing, Prefixed, Spanned
from arrowsmith_copybook.choices import Choices
from arrowsmith_copybook.formulas import Value, read_length
from arrowsmith_copybook.words import key

#: Line ends of ASCII text (of D2 without the carriage return alone), and of EBCDIC text (CR, LF, NEL).
ASCII_ENDS = (b"\n", b"\r\n", b"\r")
EBCDIC_ENDS = (b"\x15", b"\x25", b"\x0d\x25", b"\x0d\x15", b"\x0d")

#: An IBM record or block descriptor word: two bytes of length, two bytes of zero; that of a block may be one length of 31 bits.
#: z/OS DFSMS Using Data Sets, "Variable-Length Record Formats".
WORD = 4
#: Bytes that a block has at most (Cobrix's limit).
MOST_BLOCK = 256 << 20


def frame(choices: Choices, size: int, fields: Mapping[str, Value]) -> Framing:
    """How records of at most *size* bytes are told apart; *fields* of the record by name (as `key` makes it)."""
    given = choices.given
    around = given["record_start_offset"] + given["record_end_offset"]
    if given["record_length_field"]:
        length = _length(choices, fields)
        return Computed(length=Binary("add", length, Const(around)) if around else length)
    match choices.record_format:
        case "F":
            return _fixed(choices, size, around)
        case "FB" if given["block_length"] is None and given["records_per_block"] is None:
            return Blocked(block=_block(choices), records=Fixed(size=_record(choices, size + around)))
        case "FB":
            return _fixed(choices, size, around)
        case "V":
            return _header(choices)
        case "VB":
            return Blocked(block=_block(choices), records=_header(choices, either=True))
        case "VS" | "VBS":
            return Spanned(
                blocked=choices.record_format == "VBS",
                adjustment=given["rdw_adjustment"],
                block_adjustment=given["bdw_adjustment"],
            )
        case "D" | "D2" | "T":
            ends = ASCII_ENDS[:2] if choices.record_format == "D2" else ASCII_ENDS
            split = given["allow_partial_records"]
            return Delimited(
                delimiters=EBCDIC_ENDS if choices.ebcdic else ends,
                most=size + around if split else 0,
                longer="split" if split else "error",
            )


def _record(choices: Choices, size: int) -> int:
    """Bytes of each record, which the copybook says are *size*."""
    length: int | None = choices.given["record_length"]
    return size if length is None else length


def _header(choices: Choices, *, either: bool = False) -> Prefixed:
    """A record descriptor word; *either*: the length stands in one of its halves and the other is zero."""
    given = choices.given
    part = -WORD if given["is_rdw_part_of_record_length"] else 0
    big = given["is_rdw_big_endian"]
    first = 0 if big or either else 2
    return Prefixed(
        width=2,
        order="big" if big else "little",
        offset=first,
        header=WORD,
        adjustment=given["rdw_adjustment"] + part,
        least=1,
        second=2 if either else -1,
    )


def _block(choices: Choices) -> Prefixed:
    """A block descriptor word."""
    given = choices.given
    big = given["is_bdw_big_endian"]
    return Prefixed(
        width=2,
        order="big" if big else "little",
        offset=0 if big else 2,
        header=WORD,
        adjustment=given["bdw_adjustment"],
        least=1,
        most=MOST_BLOCK,
        extended=True,
        zeros=True,
    )


def _fixed(choices: Choices, size: int, around: int) -> Framing:
    given = choices.given
    if choices.variable == "shift_record" and given["record_length"] is None:
        return Delimiting()
    whole = _record(choices, size + around)
    if (block := given["block_length"]) is not None and block % whole:
        raise OptionError(f"block_length is {block}, which is no multiple of the record's {whole} bytes", code="C0401")
    return Fixed(size=whole)


def _length(choices: Choices, fields: Mapping[str, Value]) -> Expr:
    given = choices.given
    wanted: str = given["record_length_field"]
    if given["record_length_map"] is None:
        length = read_length(wanted, fields)
    else:
        value = fields.get(key(wanted.strip().removeprefix("@")))
        if value is None or value.kind not in ("text", "integer"):
            raise OptionError("record_length_map takes the value of one field", code="C0401")
        length = _mapped(given["record_length_map"], value)
    adjustment = given["rdw_adjustment"]
    return Binary("add", length, Const(adjustment)) if adjustment else length


def _mapped(lengths: Mapping[str, object], value: Value) -> Expr:
    """The length that the map has for *value*; ``_`` stands for every other one, and for none."""
    numbers: dict[str, int] = {}
    for text, number in lengths.items():
        if type(number) is not int and not (isinstance(number, str) and number.isdecimal()):
            raise OptionError(f"record_length_map: {json.dumps(number)} is no length", code="C0401")
        numbers[text] = int(number)
    if not numbers:
        raise OptionError('record_length_map has no length: it is as {"A": 100, "_": 20}', code="C0401")
    mapped: Expr = Const(numbers.pop("_", -1))  # −1 is a length that no framing allows
    for text, length in reversed(numbers.items()):
        whole = text.strip().lstrip("+-").isdecimal()
        if value.kind == "text" or whole:
            wanted = Const(text) if value.kind == "text" else Const(int(text))
            mapped = Cond(Binary("eq", value.expr, wanted), Const(length), mapped)
    return mapped
