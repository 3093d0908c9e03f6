"""The clauses of data descriptions: each function reads one from behind its first word and puts what it says into the entry.

The functions share the reader's place in the tokens; what is missing or misspelt is a diagnostic, and the entry is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from arrowsmith.diagnostics import Span, nearest
from arrowsmith_copybook.entry import Literal, Named, Occurs, Sign, ValueRange
from arrowsmith_copybook.tokens import Token
from arrowsmith_copybook.words import CLAUSES, FIGURATIVES, USAGES, usage_of

if TYPE_CHECKING:
    from arrowsmith_copybook.entries import Reader


def read_picture(reader: Reader, token: Token) -> None:
    reader.take("IS")
    pic = reader.token
    if pic.kind != "word":
        raise reader.fail("C0105", "the picture is missing", label="expected a picture before this")
    reader.at += 1
    text, span = pic.text, pic.span
    while reader.token.kind == "word" and reader.token.text.startswith("("):  # PIC X (10)
        span = Span(span.source, span.start, reader.token.span.end)
        text += reader.token.text
        reader.at += 1
    reader.put("picture", Named(text, span), token)


def read_usage(reader: Reader, token: Token) -> None:
    reader.take("IS")
    if not usage_of(reader.token.upper):
        close = nearest(reader.token.upper, USAGES) if reader.token.kind == "word" else ""
        raise reader.fail(
            "C0105",
            f"{reader.token.text or 'the end'} is no usage",
            label="expected DISPLAY, COMP, COMP-3, BINARY, …",
            help=f"did you mean {close}?" if close else "",
        )
    read_usage_word(reader)


def read_usage_word(reader: Reader) -> None:
    token = reader.token
    usage = usage_of(token.upper)
    reader.at += 1
    if usage == "OBJECT":
        reader.take("REFERENCE")
        if reader.token.kind == "word" and not begins_clause(reader.token.upper):
            reader.at += 1
    unsigned = reader.take("UNSIGNED") or token.upper.startswith("UNSIGNED-")
    reader.take("SIGNED")
    if usage.endswith("POINTER") and reader.take("TO"):
        reader.word("the name of what the pointer points to")
    reader.put("usage", Named(usage, token.span), token)
    if unsigned:
        reader.given["unsigned"] = True


def read_sign(reader: Reader, token: Token) -> None:
    reader.take("IS")
    if reader.token.upper not in ("LEADING", "TRAILING"):
        raise reader.fail("C0105", "SIGN says LEADING or TRAILING", label="expected LEADING or TRAILING here")
    reader.at += 1
    read_sign_place(reader, reader.tokens[reader.at - 1])


def read_sign_place(reader: Reader, token: Token) -> None:
    leading = token.upper == "LEADING"
    separate = reader.take("SEPARATE")
    reader.take("CHARACTER")
    reader.put("sign", Sign(leading=leading, separate=separate, span=token.span), token)


def read_occurs(reader: Reader, token: Token) -> None:
    if reader.take("DYNAMIC", "ANY"):
        raise reader.fail(
            "C0304", "a dynamic table has no storage in a record", token.span, label="no number of repetitions"
        )
    counted = reader.token
    least = most = reader.number("the number of repetitions")
    if to := reader.take("TO"):
        most = reader.number("the greatest number of repetitions")
    reader.take("TIMES")
    depending, indexes, keys = None, [], []
    while True:
        if reader.take("DEPENDING"):
            reader.take("ON")
            depending = read_qualified(reader, "the name of the item that holds the count")
        elif reader.take("INDEXED"):
            reader.take("BY")
            indexes += read_names(reader, "an index name")
        elif reader.token.upper in ("ASCENDING", "DESCENDING"):
            direction = reader.token.upper.lower()
            reader.at += 1
            reader.take("KEY")
            reader.take("IS", "ARE")
            keys += [(direction, name) for name in read_names(reader, "a key's name")]
        else:
            break
    if depending is not None and not to:
        least = 0
    if not (0 <= least <= most and 1 <= most < 1 << 31):
        raise reader.fail(
            "C0304",
            f"an item is repeated 1 to {(1 << 31) - 1} times, not {least}{f' to {most}' if most != least else ''}",
            counted.span,
            label="the smaller count comes first" if least > most else "",
        )
    reader.put(
        "occurs",
        Occurs(
            least=least,
            most=most,
            depending=depending,
            keys=tuple(keys),
            indexes=tuple(indexes),
            span=Span(token.span.source, token.span.start, reader.tokens[reader.at - 1].span.end),
        ),
        token,
    )


def read_names(reader: Reader, what: str) -> list[str]:
    found = [reader.word(what).text]
    while reader.token.kind == "word" and not begins_clause(reader.token.upper) and not reader.begins_entry():
        found.append(reader.word(what).text)
    return found


def read_qualified(reader: Reader, what: str) -> Named:
    token = reader.word(what)
    groups = []
    while reader.take("OF", "IN"):
        groups.append(clean_name(reader.word("the name of a group").text))
    return Named(clean_name(token.text), token.span, tuple(groups))


def read_redefines(reader: Reader, token: Token) -> None:
    reader.put("redefines", read_qualified(reader, "the name of the item that is redefined"), token)


def read_renames(reader: Reader, token: Token) -> None:
    names = [read_qualified(reader, "the name of the item that is renamed")]
    if reader.take("THRU", "THROUGH"):
        names.append(read_qualified(reader, "the name of the last item that is renamed"))
    reader.put("renames", tuple(names), token)


def read_value(reader: Reader, token: Token) -> None:
    reader.put("values", read_values(reader, many=token.upper == "VALUES"), token)


def read_values(reader: Reader, *, many: bool) -> tuple[ValueRange, ...]:
    reader.take("IS", "ARE")
    ranges = [read_range(reader)]
    # FALSE behind a value begins the phrase that says what SET TO FALSE stores
    while many and at_literal(reader) and reader.token.upper != "FALSE" and not reader.begins_entry():
        ranges.append(read_range(reader))
    return tuple(ranges)


def read_range(reader: Reader) -> ValueRange:
    first = read_literal(reader)
    return ValueRange(first, read_literal(reader)) if reader.take("THRU", "THROUGH") else ValueRange(first)


def at_literal(reader: Reader) -> bool:
    token = reader.token
    return token.kind == "literal" or numeric(token.text) or token.upper in (*FIGURATIVES, "ALL")


def read_literal(reader: Reader) -> Literal:
    repeated = reader.take("ALL")
    token = reader.token
    if token.kind == "literal":
        reader.at += 1
        text = token.text
        while reader.token.text == "&" and reader.following.kind == "literal":
            text += reader.following.text
            reader.at += 2
        return Literal(
            kind="hex" if token.prefix in ("X", "H", "NX") else "text",
            text=text,
            repeated=repeated,
            span=token.span,
        )
    if token.upper in FIGURATIVES:
        reader.at += 1
        return Literal(kind="figurative", text=FIGURATIVES[token.upper], repeated=repeated, span=token.span)
    if token.kind == "word" and (numeric(token.text) or token.upper in reader.constants):
        reader.at += 1
        text = str(reader.constants.get(token.upper, token.text))
        return Literal(kind="number", text=text, repeated=repeated, span=token.span)
    if token.kind == "word" and not begins_clause(token.upper):
        reader.at += 1  # the name of a constant that some other text declares
        return Literal(kind="figurative", text=token.upper, repeated=repeated, span=token.span)
    raise reader.fail("C0105", "a value is missing", label="expected a literal before this")


def read_blank(reader: Reader, token: Token) -> None:
    reader.take("WHEN")
    reader.take("IS")
    if not reader.take("ZERO", "ZEROS", "ZEROES"):
        raise reader.fail("C0105", "BLANK is followed by WHEN ZERO", label="expected ZERO before this")
    reader.put("blank_zero", True, token)


def read_justified(reader: Reader, token: Token) -> None:
    reader.take("RIGHT", "LEFT")
    reader.put("justified", True, token)


def read_synchronized(reader: Reader, token: Token) -> None:
    reader.take("LEFT", "RIGHT")
    reader.put("synchronized", True, token)


def read_group_usage(reader: Reader, token: Token) -> None:
    reader.take("IS")
    read_usage_word(reader)


def read_type_clause(reader: Reader, token: Token) -> None:
    reader.take("TO")
    reader.put("type_name", read_qualified(reader, "the name of a type"), token)


def read_same_as(reader: Reader, token: Token) -> None:
    reader.take("AS")
    reader.put("type_name", read_qualified(reader, "the name of an item"), token)


def read_byte_length(reader: Reader, token: Token) -> None:
    reader.take("IS", "OF")
    reader.put("byte_length", reader.number("a number of bytes"), token)


def read_external(reader: Reader, token: Token) -> None:
    if reader.take("AS", "BY"):
        reader.at += 1
    reader.put("external", True, token)


def read_global(reader: Reader, token: Token) -> None:
    reader.put("global_", True, token)


def read_typedef(reader: Reader, token: Token) -> None:
    reader.take("STRONG")
    reader.put("typedef", True, token)


def pass_by(reader: Reader, token: Token) -> None:
    """A word that changes nothing about storage."""


def read_constant_clause(reader: Reader, token: Token) -> None:
    reader.take("IS", "GLOBAL")
    reader.take("AS")
    read_literal(reader)
    reader.put("typedef", True, token)


#: The word that begins a clause → the function that reads the clause from behind it.
READERS: dict[str, Callable[[Reader, Token], None]] = {
    "PIC": read_picture,
    "PICTURE": read_picture,
    "USAGE": read_usage,
    "SIGN": read_sign,
    "LEADING": read_sign_place,
    "TRAILING": read_sign_place,
    "OCCURS": read_occurs,
    "REDEFINES": read_redefines,
    "RENAMES": read_renames,
    "VALUE": read_value,
    "VALUES": read_value,
    "BLANK": read_blank,
    "JUST": read_justified,
    "JUSTIFIED": read_justified,
    "SYNC": read_synchronized,
    "SYNCHRONIZED": read_synchronized,
    "SYNCHRONISED": read_synchronized,
    "GROUP-USAGE": read_group_usage,
    "TYPE": read_type_clause,
    "SAME": read_same_as,
    "TYPEDEF": read_typedef,
    "BYTE-LENGTH": read_byte_length,
    "EXTERNAL": read_external,
    "GLOBAL": read_global,
    "CONSTANT": read_constant_clause,
    "VOLATILE": pass_by,
    "ALIGNED": pass_by,
}


def begins_clause(word: str) -> bool:
    return word in CLAUSES or bool(usage_of(word))


def numeric(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(E[+-]?\d+)?", text, re.IGNORECASE) is not None


def clean_name(text: str) -> str:
    """A name without the colons and quotes that preprocessor tags leave in it."""
    return text.replace(":", "").replace("'", "").replace('"', "")
