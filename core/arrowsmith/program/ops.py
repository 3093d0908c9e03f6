"""The table of ops: what a Program can say.  Printer, parser, verifier, oracle, docs and every emitter's coverage derive from it.

An op is a frozen value; `OPS` maps its printed name to its class.  The anatomy of a line::

    r3 = load.int  +4 size=4 order=big encoding=twos          ; ORDER.NUMBER
    ^out ^name     ^at ^attributes                             ^from the source map

Roles of fields come from their annotations: `Reg` and `Out` registers, `Operand` a register or an integer, `At` a place in
bytes behind the cursor, `ColumnNo`, `LevelNo`, `Block`, `Fail` the disposition; the rest are attributes.
It is one file, however long: a table that is looked things up in, each op with its meaning beside its fields.
Invariant: structured control flow only; the cursor, the stream and the registers are all the state there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import ClassVar, Literal, NamedTuple, TypeAlias, TypeVar, dataclass_transform


class R(NamedTuple):
    """Register number n."""

    n: int

    def __repr__(self) -> str:
        return f"r{self.n}"


Reg: TypeAlias = R
Out: TypeAlias = R
Operand: TypeAlias = "R | int"
At: TypeAlias = int
ColumnNo: TypeAlias = int
LevelNo: TypeAlias = int
#: an integer of the kind of what the op writes, which 64 bits need not hold
Bound: TypeAlias = int
Order: TypeAlias = Literal["big", "little"]

#: the most slots or bytes that one batch holds (its offsets are int32, with slack behind)
MOST = 2**31 - 1 - 64

#: What a fallible op does on bytes that it refuses: the record fails; the register becomes null and the site is logged as
#: invalid; the same, logged as "view does not fit" (the site's `tolerant` mark says so in reports).
Fail: TypeAlias = Literal["trap", "null"]

#: Kinds of registers.  Any register may be null.  ``text`` is a view of bytes together with the charset that they are in.
Kind: TypeAlias = Literal["i64", "u64", "i128", "f64", "text"]


class Block(tuple["Op", ...]):
    """Ops in order."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Block({tuple.__repr__(self)})"


_T = TypeVar("_T", bound="Op")

#: printed name → class; filled by the decorator below, in the order of this file.
OPS: dict[str, type[Op]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def op(name: str) -> Callable[[type[_T]], type[_T]]:
    """Make the decorated class a frozen value that prints as *name*, and enter it into the table."""

    def register(cls: type[_T]) -> type[_T]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.name = name
        OPS[name] = made
        return made

    return register


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """What every op is.  ``site`` numbers the op in the Program's source map (−1: not numbered yet)."""

    name: ClassVar[str] = ""
    #: the fields that name registers which the op writes
    writes: ClassVar[tuple[str, ...]] = ("out",)
    site: int = -1


# --- bounds and movement ---------------------------------------------------------------------------------------------


@op("need")
class Need(Op):
    """Trap unless ``n`` bytes lie between the cursor and the end of the stream, and where ``n`` is negative or null (so does
    every op below whose operand says how many bytes, or where)."""

    n: Operand


@op("reach")
class Reach(Op):
    """Run ``then`` where ``n`` bytes lie behind the cursor, else (negative and null too) ``other``: the fields there are absent."""

    n: Operand
    then: Block
    other: Block = Block()


@op("skip")
class Skip(Op):
    """Move the cursor ``n`` ≥ 0 bytes forward (trap where negative or null).  Needs no data there: a cursor behind the end stands
    exactly one byte behind it, however far the skip went; every need fails there, ``need 0`` too, and ``reach`` takes
    ``other``."""

    n: Operand


@op("tell")
class Tell(Op):
    """out (i64) = the cursor, in bytes from the stream's start."""

    out: Out


@op("remain")
class Remain(Op):
    """out (i64) = bytes from the cursor to the stream's end, never below 0.  So many bytes are proven to be there."""

    out: Out


@op("extent")
class Extent(Op):
    """out (i64) = bytes of the current stream; ``root``: of the record's own."""

    out: Out
    root: bool = False


@op("at")
class AtPlace(Op):
    """Run ``body`` with the cursor at ``position`` of the current stream (``root``: of the record's own, as the stream), then
    put it back.  Trap where the position is negative, null or behind the end (the end itself is allowed)."""

    position: Operand
    body: Block
    root: bool = False


@op("within")
class Within(Op):
    """Run ``body`` in a stream that begins at the cursor and has ``n`` bytes (trap if they are not there, or n is negative);
    then stand behind them."""

    n: Operand
    body: Block


@op("transform")
class Transform(Op):
    """Run ``body`` in a stream that ``how``, one of the Program's transforms (`arrowsmith.transforms`), makes of the ``n`` bytes at the
    cursor and of ``arguments``, integers (i64) and texts (their bytes, in whatever charset); then stand behind those bytes.
    Trap where it makes none: it raises, what it returns is no bytes or more than 2^30 of them, or an argument is null."""

    how: str
    n: Operand
    arguments: tuple[Operand, ...]
    body: Block


# --- loads: bytes to registers ---------------------------------------------------------------------------------------


@op("load.int")
class LoadInt(Op):
    """out = the integer in ``size`` bytes (1–8: i64, or u64 where unsigned and 8; 9–16: i128, where 16 unsigned wraps around
    from 2^127 on). ``encoding`` unsigned, twos, ones (a negative zero is 0), magnitude (sign bit first; the same).  Null
    (absent) where every byte is one and the same of ``absent``.  ``below``, where it is not 0: an integer that is not ``least`` ≤
    it < ``below`` is refused; an unsigned one of 8 bytes that is below 2^63 is an i64."""

    out: Out
    at: At
    size: int
    order: Order = "big"
    encoding: Literal["unsigned", "twos", "ones", "magnitude"] = "twos"
    absent: bytes = b""
    least: Bound = 0
    below: Bound = 0
    fail: Fail = "trap"


@op("load.bits")
class LoadBits(Op):
    """out (i64; u64 where width is 64 and unsigned) = bits of the integer in ``size`` bytes (1–8): ``width`` of them above the
    ``low`` least significant ones; ``signed``: two's complement."""

    out: Out
    at: At
    size: int
    order: Order
    low: int
    width: int
    signed: bool = False


@op("load.float")
class LoadFloat(Op):
    """out (f64) = the floating-point number; `arrowsmith.program.floats` defines each ``kind``.  A value beyond double's range is
    infinite, below it zero; what double cannot hold exactly is rounded to nearest even.  A NaN keeps sign and payload and is
    quiet; ieee64 keeps all its bits.  Null where every byte is one and the same of ``absent``."""

    out: Out
    at: At
    kind: str
    order: Order = "big"
    absent: bytes = b""


@op("unpack.bcd")
class Unpack(Op):
    """out (i64 up to 18 digits, else i128) = the packed decimal in ``size`` bytes, unscaled.

    ``sign``: ``trailing`` (last nibble A C E F plus, B D minus), ``unsigned`` (the same, minus refused),
    ``none``.  ``missing_sign``: a last nibble of 0–9 reads as plus.  Refused: any digit nibble above 9, and a magnitude ≥
    10^``digits``.  Null where every byte is one and the same of ``absent``.
    """

    out: Out
    at: At
    size: int
    digits: int
    sign: Literal["trailing", "unsigned", "none"] = "trailing"
    missing_sign: bool = False
    absent: bytes = b""
    fail: Fail = "trap"


@op("unzone")
class Unzone(Op):
    """out (i64 up to 18 digits, else i128) = the zoned or written-out number in ``size`` bytes × 10^``scale`` by a digit ``table``.

    Strict (not ``lenient``): every byte a plain digit, but for the sign: ``trailing``/``leading`` — that digit may carry an
    overpunch (a plain digit is plus); ``…_separate`` — that byte must be a sign character.  The value is the digits as they
    are.

    ``lenient``, a left-to-right scan: digits count; one sign, by an overpunched digit (first or last byte) or a sign character
    in any place (a second sign is refused, whatever ``sign`` says); with ``anywhere`` any digits may be overpunched, and the last
    such decides; BLANK and LOW ignored; where ``point``, one POINT or COMMA fixes the fraction, and without one the number is
    whole: the value is then rescaled to ``scale`` digits behind the point, and refused if non-zero digits are lost.  No digit at
    all, whatever else is allowed there: 0 if ``blank_zero``, else null (absent).  Sign ``none``: a minus is refused (with
    ``anywhere``, one that is left at the end), and an overpunched plus unless ``anywhere``.  ``bits``, where not 0: instead of
    more than ``digits`` digits, what no two's-complement integer of so many bits is, is refused (``scale`` 0, and 10^``digits``
    is one).

    Both: the magnitude is refused if ≥ 10^``digits``. Null where every byte is one and the same of ``absent`` (looked at first).
    """

    out: Out
    at: At
    size: int
    digits: int
    scale: int = 0
    table: str = "ebcdic"
    sign: Literal["none", "trailing", "leading", "trailing_separate", "leading_separate"] = "none"
    lenient: bool = False
    anywhere: bool = False
    point: bool = False
    blank_zero: bool = False
    bits: int = 0
    absent: bytes = b""
    fail: Fail = "trap"


@op("spell")
class Spell(Op):
    """out (text) = how the number in ``size`` bytes (1–38) is written: + or − where one of the bytes has a sign by the digit ``table``
    (the last such says which), then the digits in their order, zeros too; all other bytes are left out.  Null where ``a``, the
    number that ``unzone`` reads there, is null."""

    out: Out
    a: Reg
    at: At
    size: int
    table: str = "ebcdic"


@op("text")
class LoadText(Op):
    """out (text) = ``size`` bytes, trimmed, in ``charset`` (a name in the Program's charsets, or a multi-byte codec).

    ``trim`` takes bytes equal to one of ``pad`` from the ends, or, where ``pad`` is empty, bytes whose character is ≤ U+0020
    (utf-16 and utf-32: units of 2 and 4 bytes; other multi-byte codecs: bytes ≤ 0x20).  ``undecodable``: bytes without a
    character become U+FFFD (``replace``; one per wrong sequence, as Python's decoders cut them) when the text is put, or are
    refused here (``error``, looked at after trimming).  Null where every byte (and there is one) is one and the same of
    ``absent``.  ``until``: a byte that ends the text where it is among the ``size``: all else is said of those before the first.
    """

    out: Out
    at: At
    size: Operand
    charset: str
    trim: Literal["none", "left", "right", "both"] = "none"
    pad: bytes = b""
    undecodable: Literal["replace", "error"] = "error"
    absent: bytes = b""
    until: bytes = b""
    fail: Fail = "trap"


@op("bytes")
class LoadBytes(Op):
    """out (text, of charset ``binary``) = ``size`` bytes as they are; ``pad`` (one byte) is trimmed at the right.  ``hex``: their
    digits 0–9 A–F, as a text and not binary."""

    out: Out
    at: At
    size: Operand
    pad: bytes = b""
    hex: bool = False


@op("scan")
class Scan(Op):
    """out (i64) = bytes from the cursor to the first occurrence of any of ``marks`` (the longest of those at one place; its
    length goes to ``length``). Where there is none before the stream's end: trap if ``require``, else all that remains, and
    length 0.  ``step``: candidates are that many bytes apart (2 for UTF-16)."""

    writes: ClassVar[tuple[str, ...]] = ("out", "length")
    out: Out
    length: Out
    marks: tuple[bytes, ...]
    require: bool = True
    step: int = 1


@op("expect")
class Expect(Op):
    """Refuse any bytes but ``value`` at the place."""

    at: At
    value: bytes
    fail: Fail = "trap"


# --- registers -------------------------------------------------------------------------------------------------------


@op("let")
class Let(Op):
    """out = ``how`` of ``a`` and ``b``; a null operand gives null (looked at before anything traps).  `LET` lists the names.

    On i64, two's complement with wrap-around (u64 and i128 operands trap where the value is no i64): ``neg not inv abs``
    (not: 1 where a is 0, else 0), ``add sub mul div mod shl shr and or xor min max``, ``eq ne lt le gt ge`` → 0 or 1.  div and
    mod round towards minus infinity; by 0 they trap; shifts take 0–63, others trap; shr keeps the sign. On f64 (both
    operands, or the other an integer literal): ``neg abs add sub mul div`` (by 0: trap) ``min max`` and the comparisons; a
    result that is no number is the NaN 0x7FF8000000000000, of min and max too where an operand is none; min is b where b < a,
    else a. ``float`` makes an f64 of an integer (u64 and i64 alike; nearest even), ``trunc`` an i64 of an f64, towards zero
    (trap where it does not fit), ``tens`` an f64 of integers: a × 10^b, rounded once, to nearest even (0 has no sign; a trap
    unless b is −128 to 127). Of any kind, value untouched: ``copy``; ``else`` → b where a is null, else a; ``present`` →
    1, or 0 where a is null; ``null`` → null, of the kind that out has (a is not looked at).
    """

    out: Out
    how: str
    a: Operand = 0
    b: Operand = 0


@op("const")
class Const(Op):
    """out = a literal: f64, text in utf8, or bytes (a text of charset binary)."""

    out: Out
    value: float | str | bytes


@op("text.let")
class TextLet(Op):
    """out = ``how`` of texts ``a`` and ``b``, by the bytes of their utf8 (binary: their bytes); null of a null
    operand.  `TEXT_LET` lists the names.

    ``eq ne lt le gt ge`` → i64; ``cat`` → text (both binary or none); ``len`` → i64, characters (binary: bytes); ``room`` →
    i64, the most bytes that putting it takes: its bytes × `arrowsmith.charsets.expansion`; ``int`` → i64, of ASCII digits and
    letters in base ``base`` behind at most one sign, nothing else (trap otherwise, unless 2 ≤ base ≤ 36, and where it is no i64); ``str`` →
    text of an integer register; ``slice`` → text, from ``low`` to ``high`` (characters; binary: bytes; trap unless 0 ≤ low ≤
    high ≤ len); ``reverse`` → text (by characters; binary: bytes); ``byte`` → i64, byte number ``low`` (trap where there is
    none); ``decode`` → text: the bytes of a binary one as text in ``charset`` (as ``text`` names it; trap where they are none).
    """

    out: Out
    how: str
    a: Operand
    b: Operand = 0
    low: Operand = 0
    high: Operand = 0
    base: Operand = 10
    charset: str = ""


@op("param")
class GetParam(Op):
    """out (i64) = parameter ``index`` of the Plan."""

    out: Out
    index: int


@op("carried")
class Carried(Op):
    """out (i64) = value ``index`` (0–7) that the framer carried with this frame."""

    out: Out
    index: int


@op("index")
class GetIndex(Op):
    """out (i64) = number of the current element, from 0, of the repeat or loop that is ``up`` of them above the innermost."""

    out: Out
    up: int = 0


@op("fetch")
class Fetch(Op):
    """out = the value that this record has put into slot ``index`` (from 0, among this record's slots of the column's level, a
    list's: not level 0) of ``column``; trap outside the slots that are finished: not the one whose element is being read.  A
    slot that was not put is null, and so is a null index's. Kinds: u64 of u64, i128 of dec128, f64 of f32 and f64, text of
    utf8 and binary, else i64 (bool: 0 or 1)."""

    out: Out
    column: ColumnNo
    index: Operand


@op("label")
class Label(Op):
    """out (text) = the label of integer ``a``; its decimal digits where it has none; null of null."""

    out: Out
    a: Reg
    labels: tuple[tuple[int, str], ...]


@op("date")
class Date(Op):
    """out (i64) = days since 1970-01-01 of year, month, day (proleptic Gregorian), or of year and day of the year where
    ``month`` is −1; refuses an impossible date (years are 1–9999); null of a null operand."""

    out: Out
    year: Operand
    month: Operand
    day: Operand
    fail: Fail = "trap"


@op("require")
class Require(Op):
    """Refuse the record's field where ``test`` is 0; a null test passes.  ``null``: register ``what`` becomes null instead, else
    it keeps its value."""

    writes: ClassVar[tuple[str, ...]] = ("what",)
    test: Reg
    what: Operand = -1
    fail: Fail = "trap"


@op("fail")
class FailNow(Op):
    """Trap."""


# --- structure -------------------------------------------------------------------------------------------------------


@op("if")
class If(Op):
    """Run ``then`` where ``test`` is neither 0 nor null, else ``other``."""

    test: Reg
    then: Block
    other: Block = Block()


@op("switch")
class Switch(Op):
    """Run the block of the case that lists ``value``, else ``default``; null takes the default.  Cases are disjoint."""

    value: Reg
    cases: tuple[tuple[tuple[int, ...], Block], ...]
    default: Block = Block()


@op("repeat")
class Repeat(Op):
    """Run ``body`` ``count`` times (null and negative: 0; trap above `MOST`), each for one new slot of ``level``; the list of
    the slot that is open around it is all slots that were opened in it.  Level −1: a loop without a list.  ``stride`` > 0: each
    element begins ``stride`` bytes behind the one before it, whatever the body read, and the repeat ends where the next one
    would begin."""

    count: Operand
    level: LevelNo
    body: Block
    stride: int = 0


@op("loop")
class Loop(Op):
    """Run ``body`` for one new slot of ``level`` at a time: until ``stop`` (set in the body) is neither 0 nor null behind an
    element; or, where ``stop`` is −1, while the cursor is before the stream's end.  An element that does not move the cursor
    forward traps (unless ``stop`` ends the loop there); ``bitwise``: eight that do not (the first n together move it n / 8 bytes)."""

    level: LevelNo
    body: Block
    stop: Operand = -1
    bitwise: bool = False


@op("strip")
class Strip(Op):
    """Run ``body``.  A mark for emitters: the body is static (the cursor moves by constants, lists have constant counts, and end
    in it), needs no register from outside and gives none, and may be run for a tile of records before the next strip begins."""

    body: Block


# --- columns ---------------------------------------------------------------------------------------------------------


@op("room")
class Room(Op):
    """Make sure that ``n`` slots (null and negative: 0) fit ``level`` behind those that are finished; else the kernel stops as
    full at the start of this record.  Trap above `MOST`."""

    level: LevelNo
    n: Operand


@op("room.data")
class RoomData(Op):
    """Make sure that ``n`` more bytes (null and negative: 0) fit the data of ``column``; else the kernel stops as full at the
    start of this record.  Trap above `MOST`."""

    column: ColumnNo
    n: Operand


@op("put")
class Put(Op):
    """Store ``a`` into the current slot of ``column``, valid unless a is null.  A slot is put at most once.

    Integers: the low bytes of the storage's width (the kind and the type of the dictionary make them fit: lowering's
    duty).  dec128: sign- or (u64) zero-extended, times 10^``scale``, modulo 2^128.  f32: from f64, rounded to nearest even, too
    large is infinite, a NaN as `arrowsmith.program.floats.narrow` says.  f64: from f64 or an i64 or u64 (nearest even).  bool:
    an integer ≠ 0.  utf8: the utf8 of a text (not binary).  binary: the bytes of a text, as they are.  none: validity only.  f16
    is not put.
    """

    column: ColumnNo
    a: Reg
    scale: int = 0


@op("mark")
class Mark(Op):
    """Make the current slot of ``column`` (storage none) valid."""

    column: ColumnNo


# --- framers only ----------------------------------------------------------------------------------------------------


@op("frame")
class Frame(Op):
    """Yield one frame: ``length`` bytes from ``start`` of the window's stream, of ``kind`` (0–255; 0: filtered out), carrying
    ``carried``.

    A framer's stream begins where its run begins and ends at the window's end; the next run begins where this one ends; a run
    may yield any number of frames, and one that does not move traps.  A frame, need, within, transform, at, or a cursor at the
    run's end that lies behind the window's end stops the run as ``more``, and in a window that is not the file's last so does
    whatever asks for its end: reach, scan without a hit, remain, extent, a loop to the end.  Frames of a run that stopped so
    are withdrawn.  Trap where an operand is null or negative (carried: null), kind above 255, length above 2^32 − 1.
    """

    start: Operand
    length: Operand
    kind: Operand = 1
    carried: tuple[Operand, ...] = ()


def blocks(o: Op) -> Iterator[Block]:
    """The blocks directly inside *o*, in order."""
    for name in _BLOCKS[type(o)]:
        value = getattr(o, name)
        if name == "cases":
            for _, block in value:
                yield block
        else:
            yield value


def walk(block: Block) -> Iterator[Op]:
    """Every op of *block*, outer before inner, in order."""
    for o in block:
        yield o
        if _BLOCKS[type(o)]:
            for inner in blocks(o):
                yield from walk(inner)


def inputs(o: Op) -> tuple[R, ...]:
    """The registers that *o* itself reads."""
    names = _READS[type(o)]
    if not names:  # every load
        return ()
    found: list[R] = []
    for name in names:
        value = getattr(o, name)
        if isinstance(value, R):
            found.append(value)
        elif isinstance(value, tuple):
            found += [v for v in value if isinstance(v, R)]
    return tuple(found)


def outputs(o: Op) -> tuple[R, ...]:
    """The registers that *o* itself writes."""
    if o.writes == ("out",):  # nearly all
        out: R = getattr(o, "out", None)  # type: ignore[assignment]  # an op whose writes say so has it
        return (out,) if isinstance(out, R) else ()
    return tuple(r for name in o.writes if isinstance(r := getattr(o, name, None), R))


#: op → its fields that hold blocks
_BLOCKS = {cls: tuple(f.name for f in fields(cls) if f.type == "Block" or f.name == "cases") for cls in OPS.values()}
#: op → its fields that name registers which it reads; what a `require` writes is one: it may keep its value
_READS = {
    cls: tuple(f.name for f in fields(cls) if f.type in ("Reg", "Operand", "tuple[Operand, ...]"))
    for cls in OPS.values()
}

#: names of ``let`` → number of operands
LET: dict[str, int] = {
    **dict.fromkeys(("copy", "neg", "not", "inv", "abs", "float", "trunc", "present"), 1),
    "null": 0,
    **dict.fromkeys(("add", "sub", "mul", "div", "mod", "shl", "shr", "and", "or", "xor", "min", "max"), 2),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "else", "tens"), 2),
}
#: powers of ten that ``tens`` takes
TENS = range(-128, 128)

#: names of ``text.let`` → number of texts among the operands (``str`` takes an integer register)
TEXT_LET: dict[str, int] = {
    **dict.fromkeys(("len", "room", "int", "str", "slice", "reverse", "byte", "decode"), 1),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "cat"), 2),
}
