"""Pieces of Programs that read: fields at known places, in runs and in strips; texts whose size the data say.

Invariant: every load lies under a need of its own run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from arrowsmith.charsets import expansion, known
from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.program import ops as o
from arrowsmith.program.floats import KINDS
from arrowsmith.program.ops import Op, R
from arrowsmith.testing.growing import Gen, Known, Piece

TABLES = ("cp037", "cp500", "cp1252", "ascii", "latin-1")
CODECS = ("utf-8", "utf-16-be", "utf-16-le")
ABSENT = (b"", b"", b"", b"\x00", b"\x00\x40", b"\xff ")

# --- fields at known places ---


def number_load(g: Gen, at: int) -> tuple[int, R | None]:
    """Emit a load at *at*; how many bytes it reads, and its register if it is worth a put."""
    order, absent = g.one("big", "little"), g.one(*ABSENT)
    match g.one(*[name for name, cls in LOADS.items() if g.may(cls)]):
        case "int":
            size = g.one(1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 8, 12, 16)
            encoding = g.one("twos", "unsigned", "twos", "unsigned", "ones", "magnitude")
            given = {"encoding": encoding, "absent": absent, **_bounds(g, size, encoding)}
            return size, g.b.value(o.LoadInt, at=at, size=size, order=order, **given)
        case "bits":
            size = g.number(1, 8)
            width = g.number(1, 8 * size)
            low = g.number(0, 8 * size - width)
            return size, g.b.value(o.LoadBits, at=at, size=size, order=order, low=low, width=width, signed=g.yes())
        case "float":
            kind = g.one(*KINDS)
            return KINDS[kind].size, g.b.value(o.LoadFloat, at=at, kind=kind, order=order, absent=absent)
        case "packed":
            size = g.one(1, 2, 3, 4, 5, 8, 9, 10, 13, 16, 20)
            digits = min(g.one(2 * size, 2 * size - 1, g.number(1, 38)), 38)
            sign = g.one("trailing", "trailing", "unsigned", "none")
            given = {"sign": sign, "missing_sign": g.number(0, 4) == 0 and sign != "none", "absent": absent, **g.fail()}
            return size, g.b.value(o.Unpack, at=at, size=size, digits=max(digits, 1), **given)
        case "zoned":
            size = g.one(1, 2, 3, 5, 8, 9, 12, 16, 18, 19, 25, 38)
            sign = g.one("none", "trailing", "leading", "trailing_separate", "leading_separate")
            given = {"table": g.one(*DIGIT_TABLES), "sign": sign, "absent": absent, **g.fail()}
            if g.yes():
                flags = {name: g.yes() for name in ("anywhere", "point", "blank_zero")}
                given |= {"lenient": True, "scale": g.number(-1, 4), **flags}
            number = g.b.value(o.Unzone, at=at, size=size, digits=min(g.one(size, g.number(1, 38)), 38), **given)
            if g.may(o.Spell) and g.yes():
                text = g.b.value(o.Spell, a=number, at=at, size=size, table=given["table"])
                g.put_text(Known(text, False, size + 1), size + 1)
            return size, number
        case _:
            value = g.draw(st.binary(min_size=1, max_size=4))
            g.b.emit(o.Expect(at=at, value=value, **g.fail()))
            return len(value), None


def _bounds(g: Gen, size: int, encoding: str) -> dict[str, Any]:
    """What an integer is to be, mostly anything."""
    if g.number(0, 2):
        return {}
    below = g.one(
        *(n for n in (3, 100, 10**4, 1 << 31, 10**9, 1 << 63, 10**18, 10**28, 10**38) if n <= 1 << (8 * size - 1))
    )
    least = g.one(0, 2) if encoding == "unsigned" else g.one(1 - below, 0, -(1 << (8 * size - 1)))
    return {"least": least, "below": below, **g.fail()}


LOADS: dict[str, type[Op]] = {
    "int": o.LoadInt,
    "bits": o.LoadBits,
    "float": o.LoadFloat,
    "packed": o.Unpack,
    "zoned": o.Unzone,
    "expect": o.Expect,
}


def text_load(g: Gen, at: int, size: R | int) -> Known:
    """Emit a text or bytes load; its room is that of its bytes times the factor."""
    factor: int
    if g.may(o.LoadBytes) and (g.yes() or not g.may(o.LoadText)):
        hexed = g.yes()
        r = g.b.value(o.LoadBytes, at=at, size=size, hex=hexed, pad=g.one(b"", b"", b"\x00", b" "))
        factor, binary = 2 if hexed else 1, not hexed
    else:
        codec = g.one(*TABLES, *CODECS)
        undecodable = g.one("replace", "error")
        table = known(codec)
        charset = g.b.charset(table) if table else codec
        pad = g.one(b"", b"", b"\x40", b" \x00")
        pad = pad if not codec.startswith("utf-16") or len(pad) == 2 else b""
        given = {
            "trim": g.one("none", "left", "right", "right", "both"),
            "pad": pad,
            **g.one({"absent": g.one(*ABSENT)}, {"until": g.one(b"\x00", b"\x40", b"a")}),
            **g.fail(),
        }
        r = g.b.value(o.LoadText, at=at, size=size, charset=charset, undecodable=undecodable, **given)
        factor, binary = expansion(table or codec, undecodable), False
    return Known(r, binary, factor if isinstance(size, R) else factor * size)


def one_field(g: Gen, at: int) -> int:
    """Emit a field at *at*, and put it; its size."""
    if g.may(o.LoadText, o.LoadBytes) and g.number(0, 2) == 0:
        length = g.number(0, 9) if g.yes() else int(g.one(16, 17, 33))
        text = text_load(g, at, length)
        g.put_text(text, text.room)
        g.texts.append(text)
        return length
    size, r = number_load(g, at)
    if r is not None:
        kind = g.b.registers[r.n]
        g.put(r, kind)
        if kind == "i64":
            g.ints.append(r)
        elif kind == "f64":
            g.floats.append(r)
    return size


def _fields(g: Gen) -> None:
    """A run of fields at known places, needed whole or in reach."""
    fields = g.number(1, 4)

    def emit(g: Gen) -> int:
        at = 0
        for _ in range(fields):
            size = one_field(g, at)
            at += 0 if g.number(0, 9) == 0 else size  # an overlay, now and then
        return at + 64

    if g.may(o.Reach) and g.number(0, 4) == 0:
        with g.b.block() as ops:
            emit(g.inner())
        end = extent_of(ops)
        g.b.emit(o.Reach(n=end, then=o.Block(ops)))
    else:
        with g.b.block() as ops:
            emit(g)
        end = extent_of(ops)
        g.b.emit(o.Need(n=end, site=g.site()))
        g.b.here.extend(ops)
    if g.number(0, 9):
        g.b.emit(o.Skip(n=end))


def extent_of(ops: Iterable[Op]) -> int:
    """Bytes behind the cursor that the loads in *ops* read."""
    ends = [0]
    for op in ops:
        size = (
            KINDS[op.kind].size
            if isinstance(op, o.LoadFloat)
            else len(op.value)
            if isinstance(op, o.Expect)
            else getattr(op, "size", 0)
        )
        ends.append(getattr(op, "at", 0) + (size if isinstance(size, int) else 0))
    return max(ends)


def _strips(g: Gen) -> None:
    """Strips of fields at known places."""
    if g.depth:
        return
    for _ in range(g.number(1, 3)):
        with g.b.block() as ops:
            inner = g.inner(ints=[], floats=[], texts=[])
            at = 0
            for _ in range(g.number(1, 4)):
                at += one_field(inner, at)
        g.b.emit(o.Need(n=extent_of(ops)))
        g.b.emit(o.Strip(body=o.Block(ops)))


# --- sizes in the data ---


def count_byte(g: Gen) -> R:
    """Emit a byte that says how many; its register."""
    g.b.emit(o.Need(n=1))
    r = g.b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    g.b.emit(o.Skip(n=1))
    g.ints.append(r)
    return r


def _sized_text(g: Gen) -> None:
    size = count_byte(g) if g.number(0, 3) or not g.ints else g.draw(st.sampled_from(g.ints))
    g.b.emit(o.Need(n=size, site=g.site()))
    text = text_load(g, 0, size)
    _put_sized(g, text, size)
    g.b.emit(o.Skip(n=size))


def _put_sized(g: Gen, text: Known, size: R) -> None:
    if text.room == 1:
        g.put_text(text, g.one(size, None))
    elif g.yes():
        g.put_text(text, g.b.value(o.Let, how="mul", a=size, b=text.room))
    else:
        g.put_text(text, None)
    g.texts.append(Known(text.register, text.binary, None))


def _scanned(g: Gen) -> None:
    length = g.b.register()
    marks = g.draw(
        st.lists(st.sampled_from([b"\n", b"\r\n", b"\x00", b"ab", b"\x15"]), min_size=1, max_size=3, unique=True)
    )
    size = g.b.value(o.Scan, length=length, marks=tuple(marks), require=g.yes(), step=g.one(1, 1, 1, 2), site=g.site())
    text = text_load(g, 0, size)
    _put_sized(g, text, size)
    g.b.emit(o.Skip(n=size))
    g.b.emit(o.Skip(n=length))


def _rest(g: Gen) -> None:
    rest = g.b.value(o.Remain)
    text = text_load(g, 0, rest)
    _put_sized(g, text, rest)
    if g.bounded and g.yes():
        g.b.emit(o.Skip(n=rest))
        g.ended = True


FIELDS: tuple[Piece, ...] = (
    (_fields, ()),
    (_fields, ()),
    (_fields, ()),
    (_strips, (o.Strip,)),
    (_sized_text, (o.LoadText,)),
    (_scanned, (o.Scan, o.LoadText)),
    (_rest, (o.Remain, o.LoadText)),
)
