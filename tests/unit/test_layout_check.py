"""`check`: each rule has a Layout that breaks it, and nearly the same one that does not.

One table has them all, in the order of their codes, so that a rule is looked up by its code and its neighbours stand beside it. That table
is what makes this file long.
"""

from __future__ import annotations

import pytest
from checked_layouts import BYTE, text_of

from arrowsmith.errors import CODES
from arrowsmith.layout.check import MEANING, RULES, check
from arrowsmith.layout.rules.framing import MOST_TABLES
from arrowsmith.layout.text import parse_layout


def many_tables(count: int) -> str:
    """A layout of so many tables that a test may take."""
    return "layout L\n" + "".join(f"  table test=true\n    record A{n}\n      field N {BYTE}\n" for n in range(count))


def page(size: int) -> str:
    """A code page of *size* characters."""
    characters = ", ".join(['"x"'] * size)
    return f'charset("own", {characters})'


def framed(framing: str, lines: str = f"field N {BYTE}", record: str = "record R") -> str:
    return text_of(lines, f"layout L framing={framing}", record)


def two_tables(first: int, second: int) -> str:
    """A layout of two fixed records of so many bytes."""
    head, table = "layout L framing=fixed()", "    record {}\n      padding size={}\n"
    return f"{head}\n  table test=true\n{table.format('A', first)}  table\n{table.format('B', second)}"


def with_header(header: str, parameter: str = 'parameter size path=("SIZE")') -> str:
    return f"layout L\n  {parameter}\n  header H\n{header}\n  table\n    record R\n      field N {BYTE}\n".replace(
        "header H", "record H"
    )


def nests(*members: str) -> str:
    """A layout of tables A and B; A has *members*."""
    inside = "".join(f"      {member}\n" for member in members)
    first = f'  table test=eq(ref("I"), 1)\n    record A\n      field I integer(bits=8)\n{inside}'
    return f"layout L framing=fixed(size=1)\n{first}  table\n    record B\n      field J integer(bits=8)\n"


#: code → (what breaks the rule, what does not, words of the message)
CASES: dict[str, list[tuple[str, str, str]]] = {
    "D0110": [
        (text_of("field T text(size=-1)"), text_of("field T text(size=0)"), "the size of T is -1 bytes"),
        (text_of("field T bytes(size=neg(2))"), text_of("field T bytes(size=const(2))"), "the size of T is -2 bytes"),
        (
            text_of("field P packed(size=0, digits=1)"),
            text_of("field P packed(size=1, digits=1)"),
            "the size of P is 0 bytes",
        ),
        (
            text_of('field T text(size=9, terminator=x"00", every=-2)'),
            text_of('field T text(size=9, terminator=x"00", every=2)'),
            "the terminator of T stands behind a multiple of -2 bytes",
        ),
    ],
    "D0111": [
        (text_of("field N integer(bits=12)"), text_of("field N integer(bits=16)"), "an integer of 12 bits"),
        (
            text_of("field B boolean(base=integer(bits=0))"),
            text_of("field B boolean(base=integer(bits=8))"),
            "of 0 bits",
        ),
    ],
    "D0112": [
        (
            text_of("field P packed(size=20, digits=39)"),
            text_of("field P packed(size=20, digits=38)"),
            "P has 39 digits",
        ),
        (text_of("field Z zoned(size=1, digits=0)"), text_of("field Z zoned(size=1, digits=1)"), "Z has 0 digits"),
        (
            text_of("field N integer(bits=8, digits=-1)"),
            text_of("field N integer(bits=8, digits=1)"),
            "N has -1 digits",
        ),
    ],
    "D0113": [
        (
            text_of("field P packed(size=20, digits=38, scale=-1)"),
            text_of("field P packed(size=20, digits=37, scale=-1)"),
            "needs 39 digits",
        ),
        (
            text_of("field Z zoned(size=3, digits=3, scale=39)"),
            text_of("field Z zoned(size=3, digits=3, scale=38)"),
            "39 digits",
        ),
    ],
    "D0114": [
        (text_of("field P packed(size=3, digits=6)"), text_of("field P packed(size=3, digits=6, sign=none)"), "hold 5"),
        (
            text_of("field Z zoned(size=4, digits=4, sign=leading_separate)"),
            text_of("field Z zoned(size=4, digits=4, sign=leading)"),
            "its 4 bytes hold 3",
        ),
    ],
    "D0115": [
        (
            text_of("field B bits(width=4, shift=5, size=1, advance=true)"),
            text_of("field B bits(width=4, shift=4, size=1, advance=true)"),
            "B has 4 bits from bit 5 on, of 8",
        ),
        (
            text_of("field B bits(width=1, shift=0, size=9, advance=true)"),
            text_of("field B bits(width=1, shift=0, size=8, advance=true)"),
            "in 9 bytes",
        ),
        (
            text_of("field B bits(width=2, shift=0, size=1, boolean=true, advance=true)"),
            text_of("field B bits(width=1, shift=0, size=1, boolean=true, advance=true)"),
            "a boolean of 2 bits",
        ),
    ],
    "D0116": [
        (
            text_of('field T text(size=1, charset="cp07")'),
            text_of('field T text(size=1, charset="cp037")'),
            "did you mean cp037?",
        ),
        (
            text_of('field T text(size=1, charset="zlib")'),
            text_of('field T text(size=1, charset="utf-16-be")'),
            "no charset 'zlib'",
        ),
        (
            text_of('field T text(size=1, charset="a\\u0000")'),
            text_of('field T text(size=1, charset="ascii")'),
            "no charset",
        ),
    ],
    "D0117": [
        (
            text_of('field Z zoned(size=1, digits=1, table="ebdic")'),
            text_of('field Z zoned(size=1, digits=1, table="ebcdic")'),
            "did you mean ebcdic?",
        ),
    ],
    "D0118": [
        (
            text_of('field B bytes(size=4, pad=x"0000")'),
            text_of('field B bytes(size=4, pad=x"00")'),
            "padded with 2 bytes",
        ),
        (
            text_of('field B bytes(size=4, expect=x"5041")'),
            text_of('field B bytes(size=2, expect=x"5041")'),
            "is expected to be 2: 50 41",
        ),
    ],
    "D0119": [
        (
            text_of(f'field E enumeration(base={BYTE}, labels=((1, "a"), (1, "b")))'),
            text_of(f'field E enumeration(base={BYTE}, labels=((1, "a"), (2, "a")))'),
            "1 of E has 2 labels: a and b",
        ),
        (
            text_of('derived D value=1 labels=((1, "a"), (1, "a"))'),
            text_of('derived D value=1 labels=((1, "a"))'),
            "1 of D has 2 labels",
        ),
    ],
    "D0120": [
        (
            text_of("field M moment(base=integer(bits=32, scale=1))"),
            text_of("field M moment(base=integer(bits=32))"),
            "M is a moment of a decimal",
        ),
    ],
    "D0121": [
        (
            text_of('field M moment(base=integer(bits=32), epoch="1970-13-01")'),
            text_of('field M moment(base=integer(bits=32), epoch="1904-01-01T00:00:00")'),
            "the epoch of M",
        ),
    ],
    "D0122": [
        (
            text_of('field D datepattern(base=text(size=8), pattern="YYYYMMDD")'),
            text_of('field D datepattern(base=text(size=8), pattern="yyyyMMdd")'),
            "has YYYYDD, which means nothing",
        ),
        (
            text_of('field D datepattern(base=text(size=3), pattern="yyy")'),
            text_of('field D datepattern(base=text(size=3), pattern="DDD")'),
            "has y, which means nothing",
        ),
        (
            text_of('field D datepattern(base=packed(size=3, digits=5), pattern="yyMMdd")'),
            text_of('field D datepattern(base=packed(size=4, digits=6), pattern="yyMMdd")'),
            "has 6 digits, and the field 5",
        ),
        (
            text_of('field D datepattern(base=zoned(size=8, digits=8), pattern="yyyy-MM")'),
            text_of('field D datepattern(base=text(size=8), pattern="yyyy-MM")'),
            "letters only",
        ),
        (
            text_of('field D datepattern(base=zoned(size=8, digits=8, scale=2), pattern="yyyyMM")'),
            text_of('field D datepattern(base=zoned(size=8, digits=8), pattern="yyyyMM")'),
            "a date in a decimal",
        ),
        (
            text_of("field D datepattern(base=text(size=8), pattern=\"'T'\")"),
            text_of("field D datepattern(base=text(size=8), pattern=\"'T'HH\")"),
            "has no letters",
        ),
    ],
    "D0123": [
        (
            text_of(f"field C calibrated(base={BYTE}, kind=polynomial, points=())"),
            text_of(f"field C calibrated(base={BYTE}, kind=polynomial, points=(1.0))"),
            "no points",
        ),
        (
            text_of(f"field C calibrated(base={BYTE}, kind=spline, points=(1.0, 2.0))"),
            text_of(f"field C calibrated(base={BYTE}, kind=spline, points=(1.0, 2.0, 2.0, 3.0))"),
            "one point",
        ),
        (
            text_of(f"field C calibrated(base={BYTE}, kind=table, points=(1.0, 2.0, 3.0))"),
            text_of(f"field C calibrated(base={BYTE}, kind=table, points=(1.0, 2.0))"),
            "takes pairs",
        ),
        (
            text_of(f"field C calibrated(base={BYTE}, kind=table, points=(2.0, 2.0, 1.0, 3.0))"),
            text_of(f"field C calibrated(base={BYTE}, kind=table, points=(1.0, 2.0, 2.0, 3.0))"),
            "do not rise",
        ),
    ],
    "D0124": [
        (
            text_of("padding", f"layout L charsets=({page(255)})"),
            text_of('field T text(size=1, charset="own")', f"layout L charsets=({page(256)})"),
            "has 255 entries",
        ),
    ],
    "D0125": [
        (
            text_of("field N integer(bits=8, limit=39)"),
            text_of("field N integer(bits=8, limit=38)"),
            "limited to 39 digits",
        ),
    ],
    "D0128": [
        (
            text_of("field Z zoned(size=39, digits=38, written=true)"),
            text_of("field Z zoned(size=38, digits=38, written=true)"),
            "written in 39 bytes",
        ),
        (
            text_of("field Z zoned(size=3, digits=3, scale=1, written=true)"),
            text_of("field Z zoned(size=3, digits=3, written=true)"),
            "with a decimal point",
        ),
    ],
    "D0129": [
        (
            text_of("field S scientific(digits=3, scale=4)"),
            text_of("field S scientific(digits=3, scale=3)"),
            "4 of 3 digits behind its point",
        ),
        (
            text_of('field S scientific(digits=3, letter=x"c5c5")'),
            text_of('field S scientific(digits=3, letter=x"c5")'),
            "2 bytes stand before the exponent",
        ),
    ],
    "D0130": [
        (text_of(f"field {BYTE}"), text_of(f"field {BYTE} hidden=true"), "a field of R has no name"),
        (
            text_of(f"array count=2\n  field {BYTE}"),
            text_of(f"array A count=2\n  field {BYTE}"),
            "an array of R has no name",
        ),
        (
            text_of(f"group G\n  field {BYTE}"),
            text_of(f"group G hidden=true\n  field {BYTE}"),
            "a field of G has no name",
        ),
    ],
    "D0131": [
        (text_of("padding size=-1"), text_of("padding size=0"), "padding of -1 bytes"),
        (text_of("padding size=4 align=4"), text_of("padding size=4\npadding align=4"), "has a size and aligns to 4"),
    ],
    "D0132": [
        (text_of(f"array A count=-1\n  field {BYTE}"), text_of(f"array A count=0\n  field {BYTE}"), "a negative count"),
        (
            text_of(f'field N {BYTE}\narray A count=ref("N") least=5 most=4\n  field {BYTE}'),
            text_of(f'field N {BYTE}\narray A count=ref("N") least=4 most=4\n  field {BYTE}'),
            "at least 5 and at most 4",
        ),
        (
            text_of(f"array A count=5 most=4\n  field {BYTE}"),
            text_of(f"array A count=5 least=5\n  field {BYTE}"),
            "has 5 elements, outside 0 to 4",
        ),
    ],
    "D0133": [
        (
            text_of(f'array A count=2 until=eq(ref("A"), 0)\n  field {BYTE}'),
            text_of(f'array A until=eq(ref("A"), 0)\n  field {BYTE}'),
            "both a count and a condition",
        ),
    ],
    "D0134": [
        (
            text_of(f'field N {BYTE}\narray A count=ref("N") most=4 storage=7\n  field integer(bits=16)'),
            text_of(f'field N {BYTE}\narray A count=ref("N") most=4 storage=8\n  field integer(bits=16)'),
            "needs 8 bytes, and its storage is 7",
        ),
        (
            text_of("array A count=2 storage=7 stride=4\n  field integer(bits=16)"),
            text_of("array A count=2 storage=8 stride=4\n  field integer(bits=16)"),
            "needs 8 bytes",
        ),
    ],
    "D0135": [
        (
            text_of("array A count=2 stride=1\n  field integer(bits=16)"),
            text_of("array A count=2 stride=2\n  field integer(bits=16)"),
            "the stride of the array A is 1 bytes",
        ),
    ],
    "D0136": [
        (text_of("overlay"), text_of(f"overlay\n  field A {BYTE}"), "no views"),
        (
            text_of(f'field N {BYTE}\noverlay selected=(eq(ref("N"), 1))\n  field A {BYTE}\n  field B {BYTE}'),
            text_of(f'field N {BYTE}\noverlay selected=(eq(ref("N"), 1), none)\n  field A {BYTE}\n  field B {BYTE}'),
            "2 views and 1 conditions",
        ),
    ],
    "D0137": [
        (text_of("choice C"), text_of(f"choice C\n  arm test=none\n    field A {BYTE}"), "no alternatives"),
        (
            text_of(f"choice C\n  arm test=none\n    field A {BYTE}\n  arm test=true\n    field B {BYTE}"),
            text_of(f"choice C\n  arm test=true\n    field A {BYTE}\n  arm test=none\n    field B {BYTE}"),
            "always taken",
        ),
    ],
    "D0138": [
        (
            text_of("array A\n  derived D value=index()"),
            text_of("array A count=3\n  derived D value=index()"),
            "without bytes",
        ),
    ],
    "D0139": [
        (
            text_of(f"group G root=true\n  field A {BYTE}"),
            text_of(f"group G at=0 root=true\n  field A {BYTE}"),
            "says no position",
        ),
        (text_of(f"group G at=-1\n  field A {BYTE}"), text_of(f"group G at=1\n  field A {BYTE}"), "at position -1"),
        (
            text_of("group G within=3\n  field A integer(bits=32)"),
            text_of("group G within=4\n  field A integer(bits=32)"),
            "needs 4 bytes and stands within 3",
        ),
        (
            text_of(f'group G within=1 transform=("", ())\n  field A {BYTE}'),
            text_of(f'group G within=1 transform=("xor", (255))\n  field A {BYTE}'),
            "a transform without a name",
        ),
    ],
    "D0140": [
        (
            text_of(f"field B bits(width=4, shift=0, size=1)\nfield N {BYTE}"),
            text_of(f"field B bits(width=4, shift=0, size=1, advance=true)\nfield N {BYTE}"),
            "the bit field B is followed by N",
        ),
        (
            text_of("field B bits(width=4, shift=0, size=1)"),
            text_of("field B bits(width=4, shift=0, size=1)\npadding size=1"),
            "the bit field B ends its group",
        ),
        (
            text_of("field B boolean(base=bits(width=1, shift=0, size=1))\nderived D value=1"),
            text_of("overlay\n  group\n    field B boolean(base=bits(width=1, shift=0, size=1))\n  padding size=1"),
            "the bit field B ends its group",
        ),
    ],
    "D0141": [
        (
            text_of('derived D value=true kind=bool labels=((1, "yes"))'),
            text_of('derived D value=int(true) labels=((1, "yes"))'),
            "of kind bool has labels",
        ),
    ],
    "D0150": [
        (
            text_of(f'field COUNT {BYTE}\narray A count=ref("COUNTS")\n  field {BYTE}'),
            text_of(f'field COUNT {BYTE}\narray A count=ref("COUNT")\n  field {BYTE}'),
            "the count of A: there is no COUNTS that is read before this place",
        ),
        (
            text_of(f'group G\n  field N {BYTE}\npadding size=ref("G", "M")'),
            text_of(f'group G\n  field N {BYTE}\npadding size=ref("G", "N")'),
            "there is no M in G",
        ),
        (text_of("padding size=ref()"), text_of("padding size=const(1)"), "a reference names nothing"),
    ],
    "D0151": [
        (
            text_of(f'padding size=ref("N")\nfield N {BYTE}'),
            text_of(f'field N {BYTE}\npadding size=ref("N")'),
            "N is read only later",
        ),
        (
            text_of(f'choice C\n  arm test=true\n    field A {BYTE}\n  arm test=none\n    padding size=ref("C", "A")'),
            text_of(
                f'choice C\n  arm test=true\n    field A {BYTE}\n  arm test=none\n    padding\npadding size=ref("C", "A")'
            ),
            "another alternative",
        ),
        (
            text_of('field T text(size=len(ref("T")))'),
            text_of('field T text(size=4) valid=eq(len(ref("T")), 4)'),
            "only later",
        ),
        (
            text_of(f'overlay selected=(eq(ref("A"), 1), none)\n  field A {BYTE}\n  field B {BYTE}'),
            text_of(f'overlay selected=(none, eq(ref("A"), 1))\n  field A {BYTE}\n  field B {BYTE}'),
            "A is read only later",
        ),
    ],
    "D0152": [
        (
            text_of(f'field N {BYTE}\nfield N {BYTE}\npadding size=ref("N")'),
            text_of(f'field N {BYTE}\npadding size=ref("N")\nfield N {BYTE}'),
            "N means 2 fields",
        ),
    ],
    "D0153": [
        (
            text_of(f'array A count=2\n  group\n    field N {BYTE}\npadding size=ref("A", "N")'),
            text_of(f'array A count=2\n  group\n    field N {BYTE}\npadding size=item(ref("A"), 0, "N")'),
            "leads through the array A",
        ),
        (
            text_of(f'array A count=2\n  group\n    field N {BYTE}\narray B count=2\n  padding size=ref("A", "N")'),
            text_of(f'array A count=2\n  group\n    field N {BYTE}\n    padding size=ref("A", "N")'),
            "leads through the array A",
        ),
    ],
    "D0154": [
        (
            text_of(f'group G\n  field N {BYTE}\n  padding size=ref("G", "N", up=2)'),
            text_of(f'group G\n  field N {BYTE}\n  padding size=ref("G", "N", up=1)\n  padding size=ref("N", up=0)'),
            "sought 2 groups up, and there are 1",
        ),
    ],
    "D0155": [
        (
            text_of('padding size=param("syze")', "layout L\n  parameter size"),
            text_of('padding size=param("size")', "layout L\n  parameter size"),
            "did you mean size?",
        ),
        (
            with_header(f'    field SIZE {BYTE}\n    padding size=param("size")'),
            with_header(f"    field SIZE {BYTE}\n    padding size=const(1)"),
            "there is no parameter size here",
        ),
    ],
    "D0156": [
        (text_of('padding size=add(1, "a")'), text_of("padding size=add(1, 2)"), "add of an integer and text"),
        (
            text_of("padding size=len(3)"),
            text_of('padding size=len("abc")'),
            "len takes text or bytes or a list, not an integer",
        ),
        (
            text_of("padding size=cond(1, 2, 3)"),
            text_of("padding size=cond(true, 2, 3)"),
            "the test of a cond takes a boolean",
        ),
        (
            text_of("optional test=lt(true, false)\n  padding"),
            text_of("optional test=ne(true, false)\n  padding"),
            "not a boolean",
        ),
        (
            text_of("optional test=present(1)\n  padding"),
            text_of(f'field N {BYTE}\noptional test=present(ref("N"))\n  padding'),
            "present",
        ),
        (
            text_of('field P packed(size=2, digits=3, scale=1)\npadding size=add(ref("P"), 1)'),
            text_of('field P packed(size=2, digits=3)\npadding size=add(ref("P"), 1)'),
            "add of a decimal and an integer",
        ),
        (
            text_of(f'field N {BYTE}\npadding size=item(ref("N"), 0)'),
            text_of(f'array N count=2\n  field {BYTE}\npadding size=item(ref("N"), 0)'),
            "N is no array",
        ),
    ],
    "D0157": [
        (text_of('padding size=binary("ad", 1, 2)'), text_of("padding size=add(1, 2)"), "there is no operator ad"),
        (text_of('padding size=unary("negg", 1)'), text_of("padding size=abs(1)"), "did you mean neg?"),
    ],
    "D0158": [
        (
            text_of("optional test=eq(9223372036854775808, 1)\n  padding"),
            text_of("optional test=eq(9223372036854775807, 1)\n  padding"),
            "does not fit 64 bits",
        ),
        (text_of("derived D value=nan kind=double"), text_of("derived D value=inf kind=double"), "not-a-number"),
    ],
    "D0159": [
        (
            text_of("array A count=2\n  padding size=index(up=1)"),
            text_of("array A count=2\n  padding size=index()"),
            "1 are around",
        ),
        (
            text_of("array A count=index()\n  padding"),
            text_of("array A until=eq(index(), 3)\n  padding"),
            "0 are around",
        ),
    ],
    "D0160": [
        (text_of("padding size=str(1)"), text_of('padding size=int("1")'), "the size is text, and must be an integer"),
        (
            text_of("optional test=1\n  padding"),
            text_of("optional test=true\n  padding"),
            "is an integer, and must be a boolean",
        ),
        (text_of('derived D value="a"'), text_of('derived D value="a" kind=utf8'), "the value of D is text"),
        (
            text_of(f'field N {BYTE} valid=ref("N")'),
            text_of(f'field N {BYTE} valid=ne(ref("N"), 0)'),
            "the condition valid of N is an integer",
        ),
    ],
    "D0170": [
        ("layout L", text_of(f"field N {BYTE}"), "the layout L has no tables"),
        (
            f"layout L\n  table\n    record A\n      field N {BYTE}\n  table test=true\n    record B\n",
            f"layout L\n  table test=true\n    record A\n      field N {BYTE}\n  table\n    record B\n",
            "the tables behind A are never reached",
        ),
        (
            many_tables(MOST_TABLES + 1),
            many_tables(MOST_TABLES),
            "has 255 tables",
        ),
    ],
    "D0171": [
        (
            f"layout L\n  table test=true\n    record A\n      field N {BYTE}\n  table\n    record A\n",
            f"layout L\n  table test=true\n    record A\n      field N {BYTE}\n  table\n    record B\n",
            "there are several tables A",
        ),
    ],
    "D0172": [
        (
            framed("fixed()", f'field N {BYTE}\narray A count=ref("N")\n  field {BYTE}'),
            framed("fixed()", f'field N {BYTE}\narray A count=ref("N") storage=9 most=9\n  field {BYTE}'),
            "the count of A depends on N",
        ),
        (framed("fixed()", "derived D value=1"), framed("fixed()"), "record R has no bytes"),
        (
            framed("fixed(size=3)", "field N integer(bits=32)"),
            framed("fixed(size=4)", "field N integer(bits=32)"),
            "needs 4 bytes",
        ),
        (
            framed("fixed(size=3)", "field N integer(bits=32)"),
            framed("fixed(size=3)", "field N integer(bits=32)", "record R short=absent"),
            "needs 4 bytes",
        ),
        (framed("fixed(size=2)", record="record R excess=error"), framed("fixed(size=2)"), "at most 1 bytes"),
        (framed("fixed(size=-2)"), framed("fixed(size=2)"), "records of -2 bytes"),
        (
            two_tables(1, 2),
            two_tables(2, 2),
            "record B has 2 bytes, and A has 1",
        ),
    ],
    "D0173": [
        (framed("prefixed(width=9)"), framed("prefixed(width=8)"), "has 9 bytes"),
        (framed("prefixed(width=2, offset=-1)"), framed("prefixed(width=2, header=4, offset=2)"), "before the record"),
    ],
    "D0174": [
        (framed("delimited(delimiters=())"), framed('delimited(delimiters=(x"0a"))'), "delimited by nothing"),
        (
            framed('delimited(delimiters=(x""))'),
            framed('delimited(delimiters=(x"0d0a", x"0d"))'),
            "delimited by nothing",
        ),
        (
            framed('delimited(delimiters=(x"0a", x"0a"))'),
            framed('delimited(delimiters=(x"0a", x"0d"))'),
            "given 2 times",
        ),
    ],
    "D0175": [
        (framed("computed(length=remaining())"), framed('computed(length=ref("N"))'), "uses remaining()"),
        (
            framed('computed(length=ref("N"))', f"field T text(size=none)\nfield N {BYTE}"),
            framed('computed(length=ref("N"))', f'field T text(size=none, terminator=x"00")\nfield N {BYTE}'),
            "N, which stands behind T",
        ),
    ],
    "D0176": [
        (
            framed("delimiting()", "field T text(size=none)"),
            framed("delimiting()", 'field T text(size=none, terminator=x"00")'),
            "T takes all bytes",
        ),
        (
            framed("delimiting()", f"array A\n  field {BYTE}"),
            framed("delimiting()", f"group within=8\n  array A\n    field {BYTE}"),
            "A takes all bytes",
        ),
        (framed("delimiting()", "derived D value=1"), framed("delimiting()"), "record R has no bytes"),
        (framed('delimiting(count="N")'), framed("delimiting()"), "the parameter N says, which is not there"),
    ],
    "D0177": [
        (
            framed("prefixed(width=2, least=9, most=8)"),
            framed("prefixed(width=2, least=8, most=8)"),
            "at least 9 and at most 8",
        ),
        (framed("whole(most=0)"), framed("whole(most=1)"), "at most 0 bytes"),
        (framed("delimiting(most=-1)"), framed("delimiting(most=1)"), "at most -1 bytes"),
    ],
    "D0178": [
        (
            with_header("    field SICE integer(bits=8)"),
            with_header("    field SIZE integer(bits=8)"),
            "did you mean SICE?",
        ),
        (
            with_header("    field SIZE text(size=1)"),
            with_header("    field SIZE boolean(base=integer(bits=8))"),
            "no integer",
        ),
        (
            text_of("padding", 'layout L\n  parameter size path=("SIZE")'),
            text_of("padding", "layout L\n  parameter size default=4"),
            "there is no header",
        ),
        (
            text_of("padding", "layout L\n  parameter a\n  parameter a"),
            text_of("padding", "layout L\n  parameter a"),
            "several parameters a",
        ),
        (
            text_of("padding", "layout L\n  parameter a default=9223372036854775808"),
            text_of("padding", "layout L\n  parameter a default=-9223372036854775808"),
            "does not fit 64 bits",
        ),
    ],
    "D0179": [
        (
            with_header("    field SIZE integer(bits=8)\n    field T bytes(size=none)"),
            with_header('    field SIZE integer(bits=8)\n    field T bytes(size=ref("SIZE"))'),
            "the header has no end of its own",
        ),
    ],
    "D0180": [
        (nests('nested B table="C"'), nests('nested B table="B"'), "there is no table C"),
        (nests('nested B table="B"', 'nested C table="B"'), nests('nested B table="B"'), "nested in A and in A"),
        (nests('nested A table="A"'), nests('nested B table="B"'), "nested in itself"),
        (
            nests('optional test=eq(ref("I"), 1)\n        nested B table="B"'),
            nests('nested B table="B"'),
            "which not every record has once",
        ),
    ],
    "D0181": [
        (
            text_of("padding", "layout L\n  generated S what=path"),
            text_of("field I integer(bits=8)", 'layout L level=ref("I")\n  generated S what=path'),
            "records have no level",
        ),
        (
            text_of("padding", "layout L\n  generated what=length"),
            text_of("padding", "layout L\n  generated L what=length"),
            "no name",
        ),
        (
            text_of("padding", "layout L\n  generated N what=number level=-1"),
            text_of("padding", "layout L\n  generated N what=number"),
            "level -1",
        ),
    ],
}

FLAT = [(code, *case) for code, cases in CASES.items() for case in cases]


@pytest.mark.parametrize(("code", "bad", "good", "words"), FLAT, ids=[f"{c[0]}-{i}" for i, c in enumerate(FLAT)])
def test_each_rule_finds_its_fault_and_nothing_else(code: str, bad: str, good: str, words: str) -> None:
    """What breaks one rule breaks no other; with the fault mended nothing is found."""
    found = check(parse_layout(bad))

    assert {diagnostic.code for diagnostic in found} == {code}
    rendered = "\n".join(diagnostic.render() for diagnostic in found)
    assert words in rendered
    assert [diagnostic.render() for diagnostic in check(parse_layout(good))] == []


def test_every_rule_of_meaning_has_a_case() -> None:
    """A new rule needs a Layout that breaks it, above."""
    assert [rule.code for rule in MEANING] == sorted(CASES)


def test_rules_are_registered_with_their_docs() -> None:
    """In the order of their codes, form first; each line says the fault."""
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    for rule in RULES:
        assert CODES[rule.code] == rule.doc
        assert rule.doc[0].islower()
        assert not rule.doc.endswith(".")
