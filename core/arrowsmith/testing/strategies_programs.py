"""Valid Programs by Hypothesis, for tests that compare executors: `programs` makes tables, `framers` framers.

A Program is put together of pieces (a run of fields, a counted list, a switch, …) that each keep the verifier's rules; `without` leaves ops
out that an emitter refuses.  Data for them: `arrowsmith.testing.strategies_data`.
Invariant: what comes out is verified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from arrowsmith.charsets import expansion, known
from arrowsmith.columns import Storage
from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.floats import KINDS
from arrowsmith.program.flow import displacement
from arrowsmith.program.kinds import STORAGES
from arrowsmith.program.ops import Op, R
from arrowsmith.program.program import Program
from arrowsmith.program.verify import verify

TABLES = ("cp037", "cp500", "cp1252", "ascii", "latin-1")
CODECS = ("utf-8", "utf-16-be", "utf-16-le")
ABSENT = (b"", b"", b"", b"\x00", b"\x00\x40", b"\xff ")
LETS = tuple(how for how in o.LET if how not in ("float", "trunc", "copy", "null"))


@dataclass(slots=True)
class Known:
    """A text register: whether it is binary, and its room, a literal or None."""

    register: R
    binary: bool
    room: int | None


@dataclass(slots=True)
class Gen:
    """What is being built, and what is known where it grows."""

    draw: Any
    b: Builder
    without: frozenset[type[Op]]
    budget: int
    level: int = 0
    depth: int = 0
    turns: int = 0
    loose: bool = False
    bounded: bool = True
    ended: bool = False
    ints: list[R] = field(default_factory=list)
    floats: list[R] = field(default_factory=list)
    texts: list[Known] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)

    def one(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def yes(self) -> bool:
        return bool(self.draw(st.booleans()))

    def site(self) -> int:
        return self.b.site(f"F{len(self.b.sites)}", tolerant=self.number(0, 7) == 0)

    def may(self, *needed: type[Op]) -> bool:
        return not self.without & set(needed)

    def fail(self) -> dict[str, Any]:
        return {"fail": self.one("trap", "null"), "site": self.site()}

    def inner(self, **changed: Any) -> Gen:
        """The same, one block further in: what is learnt there is forgotten behind it.  ``bounded``: its stream may be read to the end."""
        kept = {
            "bounded": False,
            "ints": list(self.ints),
            "floats": list(self.floats),
            "texts": list(self.texts),
            "depth": self.depth + 1,
        }
        return replace(self, **{**kept, **changed})

    # --- columns ---

    def path(self, name: str) -> tuple[str, ...]:
        return (*self.b.levels[self.level].path, name)

    def put(self, r: R, kind: o.Kind) -> None:
        """Put *r* into a column of its own, where that is allowed."""
        if self.loose:
            return
        storage: Storage = self.one(*STORAGES[kind])
        column = self.b.column(
            self.level, storage, self.path(f"c{len(self.b.columns)}"), scratch=self.number(0, 9) == 0
        )
        self.b.emit(o.Put(column=column, a=r, scale=self.number(0, 5) if storage == "dec128" else 0))
        if self.level and storage not in ("none",):
            self.lists.append(column)

    def put_text(self, text: Known, room: R | int | None) -> None:
        if self.loose:
            return
        storage: Storage = "binary" if text.binary or self.number(0, 5) == 0 else "utf8"
        column = self.b.column(self.level, storage, self.path(f"c{len(self.b.columns)}"))
        if room is None:
            room = self.b.value(o.TextLet, how="room", a=text.register)
        self.b.emit(o.RoomData(column=column, n=room))
        self.b.emit(o.Put(column=column, a=text.register))
        if self.level:
            self.lists.append(column)

    def integer(self) -> R | int:
        if self.ints and self.yes():
            return R(self.draw(st.sampled_from(self.ints)).n)
        return int(self.one(0, 1, 2, -1, 7, 63, 2**40, -(2**63), 2**63 - 1))

    # --- blocks ---

    def block(self, pieces: int) -> None:
        allowed = [piece for piece, needed in PIECES if self.may(*needed)]
        for _ in range(pieces):
            if self.budget <= 0 or self.ended:
                return
            self.budget -= 1
            self.draw(st.sampled_from(allowed))(self)


# --- fields at known places ---


def _number_load(g: Gen, at: int) -> tuple[int, R | None]:
    """Emit a load at *at*; how many bytes it reads, and its register if it is worth a put."""
    order, absent = g.one("big", "little"), g.one(*ABSENT)
    match g.one(*[name for name, cls in LOADS.items() if g.may(cls)]):
        case "int":
            size = g.one(1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 8, 12, 16)
            encoding = g.one("twos", "unsigned", "twos", "unsigned", "ones", "magnitude")
            return size, g.b.value(o.LoadInt, at=at, size=size, order=order, encoding=encoding, absent=absent)
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
            return size, g.b.value(o.Unzone, at=at, size=size, digits=min(g.one(size, g.number(1, 38)), 38), **given)
        case _:
            value = g.draw(st.binary(min_size=1, max_size=4))
            g.b.emit(o.Expect(at=at, value=value, **g.fail()))
            return len(value), None


LOADS: dict[str, type[Op]] = {
    "int": o.LoadInt,
    "bits": o.LoadBits,
    "float": o.LoadFloat,
    "packed": o.Unpack,
    "zoned": o.Unzone,
    "expect": o.Expect,
}


def _text_load(g: Gen, at: int, size: R | int) -> Known:
    """Emit a text or bytes load; its room is that of its bytes times the factor."""
    factor: int
    if g.may(o.LoadBytes) and (g.yes() or not g.may(o.LoadText)):
        hexed = g.yes()
        r = g.b.value(o.LoadBytes, at=at, size=size, hex=hexed, pad=g.one(b"", b"", b"\x00", b" "))
        factor, binary = 2 if hexed else 1, not hexed
    else:
        codec = g.one(*TABLES, *CODECS)
        undecodable = g.one("space", "replace", "error")
        table = known(codec)
        charset = g.b.charset(table) if table else codec
        pad = g.one(b"", b"", b"\x40", b" \x00")
        pad = pad if not codec.startswith("utf-16") or len(pad) == 2 else b""
        given = {
            "trim": g.one("none", "left", "right", "right", "both"),
            "pad": pad,
            "absent": g.one(*ABSENT),
            **g.fail(),
        }
        r = g.b.value(o.LoadText, at=at, size=size, charset=charset, undecodable=undecodable, **given)
        factor, binary = expansion(table or codec, undecodable), False
    return Known(r, binary, factor if isinstance(size, R) else factor * size)


def _field(g: Gen, at: int) -> int:
    """Emit a field at *at*, and put it; its size."""
    if g.may(o.LoadText, o.LoadBytes) and g.number(0, 2) == 0:
        length = g.number(0, 9) if g.yes() else int(g.one(16, 17, 33))
        text = _text_load(g, at, length)
        g.put_text(text, text.room)
        g.texts.append(text)
        return length
    size, r = _number_load(g, at)
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
            size = _field(g, at)
            at += 0 if g.number(0, 9) == 0 else size  # an overlay, now and then
        return at + 64

    if g.may(o.Reach) and g.number(0, 4) == 0:
        with g.b.block() as ops:
            emit(g.inner())
        end = _extent(ops)
        g.b.emit(o.Reach(n=end, then=o.Block(ops)))
    else:
        with g.b.block() as ops:
            emit(g)
        end = _extent(ops)
        g.b.emit(o.Need(n=end, site=g.site()))
        g.b.here.extend(ops)
    if g.number(0, 9):
        g.b.emit(o.Skip(n=end))


def _extent(ops: Iterable[Op]) -> int:
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
                at += _field(inner, at)
        g.b.emit(o.Need(n=_extent(ops)))
        g.b.emit(o.Strip(body=o.Block(ops)))


# --- sizes in the data ---


def _count(g: Gen) -> R:
    """Emit a byte that says how many; its register."""
    g.b.emit(o.Need(n=1))
    r = g.b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    g.b.emit(o.Skip(n=1))
    g.ints.append(r)
    return r


def _sized_text(g: Gen) -> None:
    size = _count(g) if g.number(0, 3) or not g.ints else g.draw(st.sampled_from(g.ints))
    g.b.emit(o.Need(n=size, site=g.site()))
    text = _text_load(g, 0, size)
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
    text = _text_load(g, 0, size)
    _put_sized(g, text, size)
    g.b.emit(o.Skip(n=size))
    g.b.emit(o.Skip(n=length))


def _rest(g: Gen) -> None:
    rest = g.b.value(o.Remain)
    text = _text_load(g, 0, rest)
    _put_sized(g, text, rest)
    if g.bounded and g.yes():
        g.b.emit(o.Skip(n=rest))
        g.ended = True


# --- lists ---


def _list(g: Gen) -> int:
    """A new level below the open slot, or −1."""
    return g.b.level(g.level, g.path(f"l{len(g.b.levels)}")) if g.number(0, 5) else -1


def _inside_list(g: Gen, level: int) -> Gen:
    return g.inner(level=level if level > 0 else g.level, loose=level == -1, turns=g.turns + 1, lists=g.lists)


def _repeated(g: Gen) -> None:
    if g.depth > 2:
        return
    level = -1 if g.loose and g.yes() else _list(g)
    count: R | int = g.number(0, 4)
    if g.yes():
        chosen = _count(g) if g.number(0, 3) or not g.ints else g.draw(st.sampled_from(g.ints))
        count = g.b.value(o.Let, how=g.one("and", "min"), a=chosen, b=7)  # min keeps what is negative
    early = level > 0 and g.yes()
    inner = _inside_list(g, level)
    fixed = g.yes()
    with g.b.block() as body:
        if level > 0 and not early:
            g.b.emit(o.Room(level=level, n=1))
        if fixed:
            with g.b.block() as ops:
                at = 0
                for _ in range(g.number(1, 3)):
                    at += _field(inner, at)
            g.b.here.extend(ops)
            g.b.emit(o.Skip(n=_extent(ops)))
        else:
            inner.block(g.number(1, 3))
            g.budget = inner.budget
    if early:
        g.b.emit(o.Room(level=level, n=count))
    stride = 0
    if fixed:
        each = _extent(ops)
        stride = g.one(0, 0, each, each + 2)
        each = stride or each
        if isinstance(count, R):
            total: R | int = g.b.value(o.Let, how="mul", a=count, b=each) if each > 1 else count
            if each:
                g.b.emit(o.Need(n=total, site=g.site()))
            else:
                body.insert(0, o.Need(n=0))
        else:
            g.b.emit(o.Need(n=each * count, site=g.site()))
    g.b.emit(o.Repeat(count=count, level=level, body=o.Block(body), stride=stride, site=g.site()))


def _looped(g: Gen) -> None:
    if g.depth > 2:
        return
    level = -1 if g.loose and g.yes() else _list(g)
    inner = _inside_list(g, level)
    stop: R | int = -1
    with g.b.block() as body:
        if level > 0:
            g.b.emit(o.Room(level=level, n=1))
        ends = _count(inner)
        if g.yes():
            stop = g.b.value(o.Let, how=g.one("eq", "ge"), a=ends, b=g.number(0, 2))
        inner.block(g.number(0, 2))
        g.budget = inner.budget
    loop = o.Loop(level=level, body=o.Block(body), stop=stop, site=g.site())
    if stop == -1 and g.may(o.Within) and (g.number(0, 3) or not g.bounded):
        g.b.emit(o.Within(n=g.number(0, 24), body=o.Block([loop]), site=g.site()))
    else:
        g.b.emit(loop)


# --- conditions and streams ---


def _nested(g: Gen, pieces: int = 2, **changed: Any) -> o.Block:
    inner = g.inner(lists=g.lists, **changed)
    with g.b.block() as ops:
        inner.block(g.number(0, pieces))
    g.budget = inner.budget
    return o.Block(ops)


def _conditional(g: Gen) -> None:
    if g.depth > 2 or not g.ints:
        return
    test = g.draw(st.sampled_from(g.ints))
    if g.yes():
        g.b.emit(o.If(test=test, then=_nested(g), other=_nested(g)))
    else:
        values = g.draw(st.lists(st.integers(-1, 9), min_size=1, max_size=5, unique=True))
        half = g.number(1, len(values))
        cases = tuple((tuple(some), _nested(g)) for some in (values[:half], values[half:]) if some)
        g.b.emit(
            o.Switch(
                value=test,
                cases=cases,
                default=o.Block([o.FailNow(site=g.site())]) if g.number(0, 5) == 0 else _nested(g),
            )
        )


def _streamed(g: Gen) -> None:
    if g.depth > 2:
        return
    match g.one(
        *[name for name, cls in (("at", o.AtPlace), ("within", o.Within), ("transform", o.Transform)) if g.may(cls)]
        or ["-"]
    ):
        case "at":
            place = g.b.value(o.Tell) if g.yes() else g.number(0, 20)
            g.b.emit(o.AtPlace(position=place, body=_nested(g, bounded=True), root=g.yes(), site=g.site()))
        case "within":
            n = _count(g) if g.number(0, 3) == 0 else g.one(3, 20, 40, 80)
            g.b.emit(o.Within(n=n, body=_nested(g, bounded=True), site=g.site()))
        case "transform":
            how = g.one("xor", "rol", "zlib")
            n = _count(g) if g.number(0, 3) == 0 else g.one(8, 24, 80)
            key: tuple[R | int, ...] = ()
            if how != "zlib":
                key = (
                    g.number(0, 9)
                    if how == "rol" or not g.texts or g.yes()
                    else g.draw(st.sampled_from(g.texts)).register,
                )
            g.b.emit(o.Transform(how=how, n=n, arguments=key, body=_nested(g, bounded=True), site=g.site()))


# --- registers ---


def _computed(g: Gen) -> None:
    how = g.one(*LETS)
    a, b = g.integer(), g.integer()
    arity = o.LET[how]
    if how in ("div", "mod", "shl", "shr") and g.number(0, 5):
        b = g.number(1, 63)
    r = g.b.value(o.Let, how=how, a=a, b=b if arity == 2 else 0, site=g.site())
    g.ints.append(r)
    g.put(r, "i64")


def _computed_float(g: Gen) -> None:
    if not g.floats or g.number(0, 3) == 0:
        g.floats.append(
            g.b.value(o.Let, how="float", a=g.integer())
            if g.yes()
            else g.b.value(o.Const, value=g.one(0.1, -1e300, float("inf"), -0.0, 3.0))
        )
    a = g.draw(st.sampled_from(g.floats))
    b = g.draw(st.sampled_from(g.floats)) if g.yes() else g.number(-3, 3)
    how = g.one(
        "neg",
        "abs",
        "add",
        "sub",
        "mul",
        "div",
        "min",
        "max",
        "eq",
        "lt",
        "ge",
        "ne",
        "trunc",
        "copy",
        "else",
        "present",
    )
    if how == "else" and not isinstance(b, R):
        b = a
    r = g.b.value(o.Let, how=how, a=a, b=b if o.LET[how] == 2 else 0, site=g.site())
    kind = g.b.registers[r.n]
    (g.floats if kind == "f64" else g.ints).append(r)
    g.put(r, kind)


def _computed_text(g: Gen) -> None:
    if not g.texts or g.number(0, 5) == 0:
        value = g.one("", "abc", "\u00e9\u20ac", b"", b"\x00\xff1")
        size = len(value.encode()) if isinstance(value, str) else len(value)
        g.texts.append(Known(g.b.value(o.Const, value=value), isinstance(value, bytes), size))
    a = g.draw(st.sampled_from(g.texts))
    how = g.one(*(name for name in o.TEXT_LET if name != "decode" or a.binary))
    given: dict[str, Any] = {"how": how, "a": a.register, "site": g.site()}
    if how == "str":
        given["a"] = g.draw(st.sampled_from(g.ints)) if g.ints else g.b.value(o.Let, how="copy", a=-12)
    elif o.TEXT_LET[how] == 2:
        alike = [t for t in g.texts if t.binary == a.binary or how != "cat"]
        given["b"] = g.draw(st.sampled_from(alike)).register
    elif how in ("slice", "byte"):
        given["low"] = g.number(0, 2)
        given |= {"high": g.number(0, 5)} if how == "slice" else {}
    elif how == "int":
        given["base"] = g.one(10, 16, 2, 36)
    elif how == "decode":
        codec = g.one(*TABLES, *CODECS)
        table = known(codec)
        given["charset"] = g.b.charset(table) if table else codec
    r = g.b.value(o.TextLet, **given)
    if g.b.registers[r.n] == "i64":
        g.ints.append(r)
        g.put(r, "i64")
    else:
        text = Known(r, a.binary and how not in ("str", "decode"), None)
        g.texts.append(text)
        g.put_text(text, None)


def _asked(g: Gen) -> None:
    """Something that is known without reading."""
    choices: dict[str, tuple[type[Op], dict[str, Any]]] = {
        "tell": (o.Tell, {}),
        "remain": (o.Remain, {}),
        "extent": (o.Extent, {"root": g.yes()}),
        "param": (o.GetParam, {"index": g.b.parameter("p")}),
        "carried": (o.Carried, {"index": g.number(0, 7)}),
        "date": (
            o.Date,
            {
                "year": g.one(g.integer(), 2024, 1900),
                "month": g.one(g.integer(), 2, -1),
                "day": g.integer(),
                **g.fail(),
            },
        ),
    }
    if g.turns:
        choices["index"] = (o.GetIndex, {"up": g.number(0, g.turns - 1)})
    fetchable = [c for c in g.lists if g.b.columns[c].storage != "none"]
    if fetchable:
        choices["fetch"] = (o.Fetch, {"column": g.one(*fetchable), "index": g.integer(), "site": g.site()})
    allowed = [name for name, (cls, _) in choices.items() if g.may(cls)]
    if allowed:
        cls, given = choices[g.one(*allowed)]
        r = g.b.value(cls, **given)
        kind = g.b.registers[r.n]
        if kind == "i64":
            g.ints.append(r)
        if kind == "text":
            binary = g.b.columns[given["column"]].storage == "binary"
            g.put_text(Known(r, binary, None), None)
        else:
            g.put(r, kind)


def _labelled(g: Gen) -> None:
    if g.ints:
        r = g.b.value(o.Label, a=g.draw(st.sampled_from(g.ints)), labels=((1, "one"), (2, "zw\u00f6lf"), (-1, "")))
        g.put_text(Known(r, False, 20), 20)


def _required(g: Gen) -> None:
    if g.ints:
        test, fail = g.draw(st.sampled_from(g.ints)), g.fail()
        if fail["fail"] == "null":
            what = g.b.value(o.Let, how="copy", a=g.draw(st.sampled_from(g.ints)))
            g.b.emit(o.Require(test=test, what=what, **fail))
            g.put(what, "i64")
        elif g.number(0, 2) == 0:
            g.b.emit(o.Require(test=test, **fail))


#: piece → ops without which it makes no sense
PIECES: tuple[tuple[Callable[[Gen], None], tuple[type[Op], ...]], ...] = (
    (_fields, ()),
    (_fields, ()),
    (_fields, ()),
    (_strips, (o.Strip,)),
    (_sized_text, (o.LoadText,)),
    (_scanned, (o.Scan, o.LoadText)),
    (_rest, (o.Remain, o.LoadText)),
    (_repeated, (o.Repeat,)),
    (_repeated, (o.Repeat,)),
    (_looped, (o.Loop,)),
    (_conditional, (o.If, o.Switch)),
    (_streamed, ()),
    (_computed, (o.Let,)),
    (_computed_float, (o.Let, o.Const)),
    (_computed_text, (o.TextLet, o.Const)),
    (_asked, ()),
    (_labelled, (o.Label,)),
    (_required, (o.Require,)),
)


@st.composite
def programs(draw: st.DrawFn, *, without: frozenset[type[Op]] = frozenset(), pieces: int = 8) -> Program:
    """Verified tables of up to *pieces* pieces, nested ones included, that have none of the ops *without*."""
    b = Builder("T")
    g = Gen(draw, b, without, budget=pieces)
    g.block(draw(st.integers(1, pieces)))
    body = o.Block(b.here)
    fixed = displacement(body)
    size = fixed + draw(st.integers(0, 3)) if fixed and draw(st.booleans()) else 0
    return b.verified(size=size)


@st.composite
def framers(draw: st.DrawFn, *, without: frozenset[type[Op]] = frozenset()) -> Program:
    """Verified framers: lengths before the records, marks behind them, counted parts, several frames a run."""
    b = Builder("FRAMER", "framer")
    ways = {_prefixed: (), _marked: (o.Scan,), _counted: (o.Repeat,), _several: (o.Repeat,), _choosing: (o.Switch,)}
    draw(st.sampled_from([way for way, needed in ways.items() if not without & set(needed)]))(draw, b)
    return b.verified()


def _prefixed(draw: st.DrawFn, b: Builder) -> None:
    width, header = draw(st.sampled_from((1, 2, 3, 4, 8))), draw(st.integers(0, 3))
    b.emit(o.Need(n=header + width))
    order = draw(st.sampled_from(("big", "little")))
    n = b.value(o.LoadInt, at=header, size=width, order=order, encoding="unsigned" if width < 8 else "twos")
    n = b.value(o.Let, how="add", a=n, b=draw(st.integers(-2, 2)))
    b.emit(o.Skip(n=header + width))
    here = b.value(o.Tell)
    b.emit(o.Need(n=n))
    b.emit(o.Frame(start=here, length=n, carried=tuple(draw(st.lists(st.sampled_from((n, here, 5)), max_size=3)))))
    b.emit(o.Skip(n=n))


def _marked(draw: st.DrawFn, b: Builder) -> None:
    length = b.register()
    marks = tuple(
        draw(st.lists(st.sampled_from([b"\n", b"\r\n", b"\x00", b"\x15\x25"]), min_size=1, max_size=3, unique=True))
    )
    n = b.value(o.Scan, length=length, marks=marks, require=draw(st.booleans()))
    kind = b.value(o.Let, how="gt", a=n, b=draw(st.integers(-1, 1)))
    b.emit(o.Frame(start=0, length=n, kind=kind))
    b.emit(o.Skip(n=n))
    b.emit(o.Skip(n=length))


def _counted(draw: st.DrawFn, b: Builder) -> None:
    b.emit(o.Need(n=2))
    n = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    b.emit(o.Skip(n=2))
    with b.inside(o.Repeat, count=n, level=-1):
        b.emit(o.Need(n=1))
        size = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
        b.emit(o.Skip(n=1))
        b.emit(o.Skip(n=size))
    b.emit(o.Frame(start=0, length=b.value(o.Tell)))


def _several(draw: st.DrawFn, b: Builder) -> None:
    b.emit(o.Need(n=1))
    n = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    b.emit(o.Skip(n=1))
    with b.inside(o.Repeat, count=n, level=-1):
        here, number = b.value(o.Tell), b.value(o.GetIndex)
        b.emit(o.Need(n=3))
        b.emit(o.Frame(start=here, length=3, kind=number if draw(st.booleans()) else 1, carried=(number,)))
        b.emit(o.Skip(n=3))


def _choosing(draw: st.DrawFn, b: Builder) -> None:
    b.emit(o.Need(n=1))
    tag = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    kind, n = b.register(), b.register()
    arms = []
    for values, size in (((0, 1), 1), ((2, 3), 4), ((5,), 9)):
        with b.block() as ops:
            b.emit(o.Let(out=kind, how="copy", a=size % 3))
            b.emit(o.Let(out=n, how="copy", a=size))
        arms.append((values, o.Block(ops)))
    with b.block() as default:
        b.emit(o.Let(out=kind, how="copy", a=0))
        b.emit(o.Let(out=n, how="copy", a=1))
        if draw(st.booleans()):
            b.emit(o.FailNow())
    b.emit(o.Switch(value=tag, cases=tuple(arms), default=o.Block(default)))
    b.emit(o.Need(n=n))
    b.emit(o.Frame(start=0, length=n, kind=kind))
    b.emit(o.Skip(n=n))


__all__ = ["framers", "programs", "verify"]
