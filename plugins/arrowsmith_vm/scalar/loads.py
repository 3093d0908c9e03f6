"""Bounds, movement and loads, printed."""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.floats import KINDS
from arrowsmith.program.ops import R
from arrowsmith_vm.facts import HALF, Fact, anything, integer
from arrowsmith_vm.scalar.printer import Cursor, Printer, Stream, prints

# --- bounds and movement ---------------------------------------------------------------------------------------------


@prints(o.Need)
def _need(p: Printer, op: o.Need) -> None:
    p.size(op.n)
    if isinstance(op.n, int):
        p.line(f"if {p.beyond(op.n)}: raise {p.short}")
        p.know(op.n)
    else:
        p.reserve(op.n)


@prints(o.Reach)
def _reach(p: Printer, op: o.Reach) -> None:
    if isinstance(op.n, int) and op.n < 0:
        p.block(op.other)
        return
    if isinstance(op.n, int):
        test = f"not {p.beyond(op.n)}"
    else:
        name = f"r{op.n.n}"
        test = f"{name} >= 0 and not {p.beyond(name)}"
        if p.fact(op.n).null:
            test = f"{name} is not None and {test}"
    if p.stream.window:
        asked = p.beyond(op.n if isinstance(op.n, int) else f"r{op.n.n}")
        null = f"{p.nulls(op.n)} or " if p.nulls(op.n) else ""
        p.line(f"if not final and not ({null}not {asked}): raise More")
    p.branches([(f"if {test}:", op.then), ("else:", op.other)])


@prints(o.Skip)
def _skip(p: Printer, op: o.Skip) -> None:
    p.size(op.n)
    p.move(op.n)


@prints(o.Tell)
def _tell(p: Printer, op: o.Tell) -> None:
    place = p.told()
    p.assign(op.out, place, Fact(0, HALF - 1))
    if place.isdecimal():
        p.places[op.out.n] = int(place)


@prints(o.Remain)
def _remain(p: Printer, op: o.Remain) -> None:
    p.ends()
    p.assign(op.out, f"max({p.stream.end} - ({p.cursor.at()}), 0)", Fact(0, HALF - 1))


@prints(o.Extent)
def _extent(p: Printer, op: o.Extent) -> None:
    stream = p.root if op.root else p.stream
    if stream.window:
        p.line("if not final: raise More")
    p.assign(op.out, f"{stream.end} - {stream.start}" if stream.start else stream.end, Fact(0, HALF - 1))


@prints(o.AtPlace)
def _at(p: Printer, op: o.AtPlace) -> None:
    stream = p.root if op.root else p.stream
    place = p.size(op.position)
    if stream.start:
        name = p.source.fresh("p")
        p.line(f"{name} = {stream.start} + {place}")
        cursor = Cursor(name, 0, 0)
    else:
        cursor = Cursor("", op.position, op.position) if isinstance(op.position, int) else Cursor(place, 0, 0)
        if cursor.var:  # the register may be written inside
            name = p.source.fresh("p")
            p.line(f"{name} = {place}")
            cursor = Cursor(name, 0, 0)
    p.line(f"if {cursor.at()} > {stream.end}: raise {'More' if stream.window else 'Trap'}")
    with p.inside(stream, cursor):
        p.block(op.body)


def _inner(p: Printer, n: R | int) -> tuple[str, Cursor]:
    """Print the check that *n* bytes are there and the slice that they are; return its name and the place behind it."""
    p.size(n)
    if isinstance(n, int):
        p.line(f"if {p.beyond(n)}: raise {p.short}")
        p.know(n)
    else:
        p.reserve(n)
    before = p.cursor
    p.move(n)
    inner, behind = p.source.fresh("s"), p.cursor
    p.cursor = before
    p.line(f"{inner} = {p.stream.bytes}[{before.at()}:{behind.at()}]")
    return inner, behind


@prints(o.Within)
def _within(p: Printer, op: o.Within) -> None:
    inner, behind = _inner(p, op.n)
    end = p.source.fresh("e")
    p.line(f"{end} = {op.n if isinstance(op.n, int) else f'r{op.n.n}'}")
    with p.inside(Stream(inner, end, solid=p.stream.solid), Cursor("", 0, 0)):
        p.block(op.body)
    p.cursor = behind


@prints(o.Transform)
def _transform(p: Printer, op: o.Transform) -> None:
    inner, behind = _inner(p, op.n)
    p.trap_if(p.nulls(*op.arguments))
    arguments = []
    for a in op.arguments:
        value = f"r{a.n}" if isinstance(a, R) else str(a)
        arguments.append(f"own({value})" if p.kind(a) == "text" else value)
    end = p.source.fresh("e")
    how = p.constant("maker", f"maker({op.how!r})")
    p.line(f"{inner} = {how}({', '.join([f'bytes({inner})', *arguments])})")
    p.line(f"{end} = len({inner})")
    with p.inside(Stream(inner, end), Cursor("", 0, 0)):
        p.block(op.body)
    p.cursor = behind


# --- loads -----------------------------------------------------------------------------------------------------------

#: bytes → struct codes, unsigned and signed
_CODES = {2: "Hh", 4: "Ii", 8: "Qq"}


def _number(p: Printer, at: int, size: int, order: str, signed: bool) -> str:
    """The expression of an integer in the stream."""
    low, high = p.cursor.at(at), p.cursor.at(at + size)
    if size == 1:
        byte = f"{p.stream.bytes}[{low}]"
        return f"({byte} ^ 128) - 128" if signed else byte
    if size in _CODES:
        code = (">" if order == "big" else "<") + _CODES[size][signed]
        return f"{p.constant('load', f'Struct({code!r}).unpack_from')}({p.stream.bytes}, {low})[0]"
    return f"from_bytes({p.stream.cut(low, high)}, {order!r}{', signed=True' if signed else ''})"


def _unless_absent(p: Printer, out: R, at: int, size: int, absent: bytes) -> bool:
    """Print the test for absent bytes; True where what follows is to be printed under ``else``."""
    if not absent or not size:
        return False
    name = p.constant("absent", f"fillings({absent!r}, {size})")
    p.line(f"if {p.stream.cut(p.cursor.at(at), p.cursor.at(at + size))} in {name}: r{out.n} = None")
    return True


@prints(o.LoadInt)
def _load_int(p: Printer, op: o.LoadInt) -> None:
    signed = op.encoding == "twos" or (op.size == 16 and op.encoding == "unsigned")
    fact = integer(op.size, op.encoding)
    number = _number(p, op.at, op.size, op.order, signed)
    half = 1 << (8 * op.size - 1)

    def load() -> None:
        p.assign(op.out, number, fact)
        if op.encoding == "ones":
            p.line(f"if r{op.out.n} >= {half}: r{op.out.n} -= {2 * half - 1}")
        elif op.encoding == "magnitude":
            p.line(f"if r{op.out.n} >= {half}: r{op.out.n} = {half} - r{op.out.n}")
        if op.below:
            refused(p, op.out, op.fail, op.site, f"not {op.least} <= r{op.out.n} < {op.below}")

    if _unless_absent(p, op.out, op.at, op.size, op.absent):
        with p.source.block("else:"):
            load()
        null = True
    else:
        load()
        null = op.fail == "null" and op.below > 0
    low, high = (op.least, op.below - 1) if op.below else (fact.low, fact.high)
    p.know_of(op.out, Fact(max(low, fact.low), min(high, fact.high), null))


@prints(o.LoadBits)
def _load_bits(p: Printer, op: o.LoadBits) -> None:
    number = _number(p, op.at, op.size, op.order, False)
    top = 1 << (op.width - 1)
    if op.low:
        number = f"({number} >> {op.low})"
    if op.low + op.width < 8 * op.size:
        number = f"({number} & {2 * top - 1})"
    if op.signed:
        p.assign(op.out, f"({number} ^ {top}) - {top}", Fact(-top, top - 1))
    else:
        p.assign(op.out, number, Fact(0, 2 * top - 1))


def _read(p: Printer, op: o.LoadFloat | o.Unpack | o.Unzone, reader: str, size: int) -> None:
    p.line(f"r{op.out.n} = {reader}({p.stream.cut(p.cursor.at(op.at), p.cursor.at(op.at + size))})")


def refused(p: Printer, out: R, fail: o.Fail, site: int, condition: str) -> None:
    """Print what the disposition does where *condition* holds."""
    if fail == "trap":
        p.trap_if(condition)
        return
    with p.source.block(f"if {condition}:"):
        p.line(f"r{out.n} = None")
        note(p, site)


def note(p: Printer, site: int) -> None:
    """Print the entry of an event into the log."""
    p.line("if logged >= log_room: raise Full(LOG_FULL, 8 * logged + 8)")
    p.line(f"log[logged] = f << 32 | {site}")
    p.line("logged += 1")


@prints(o.LoadFloat)
def _load_float(p: Printer, op: o.LoadFloat) -> None:
    reader = p.constant("float", f"floating({op.kind!r}, {op.order!r}, {op.absent!r})")
    _read(p, op, reader, KINDS[op.kind].size)
    p.know_of(op.out, anything("f64", null=bool(op.absent)))


@prints(o.Unpack)
def _unpack(p: Printer, op: o.Unpack) -> None:
    reader = f"packed({op.size}, {op.digits}, {op.sign!r}, {op.missing_sign}, {op.absent!r})"
    _read(p, op, p.constant("bcd", reader), op.size)
    refused(p, op.out, op.fail, op.site, f"r{op.out.n} is BAD")
    most = 10**op.digits - 1
    low = -most if op.sign == "trailing" else 0
    p.know_of(op.out, Fact(low, most, bool(op.absent) or op.fail == "null"))


@prints(o.Unzone)
def _unzone(p: Printer, op: o.Unzone) -> None:
    reader = (
        f"zoned({op.size}, {op.digits}, {op.scale}, {op.table!r}, {op.sign!r}, {op.lenient}, {op.anywhere}, {op.point},"
        f" {op.blank_zero}, {op.absent!r}{f', {op.bits}' if op.bits else ''})"
    )
    _read(p, op, p.constant("zone", reader), op.size)
    refused(p, op.out, op.fail, op.site, f"r{op.out.n} is BAD")
    most = 1 << (op.bits - 1) if op.bits else 10**op.digits - 1
    null = bool(op.absent) or op.fail == "null" or (op.lenient and not op.blank_zero)
    p.know_of(op.out, Fact(0 if op.sign == "none" else -most, most, null))


@prints(o.Spell)
def _spell(p: Printer, op: o.Spell) -> None:
    spell = p.constant("spell", f"spelling({op.table!r})")
    null = p.nulls(op.a)
    text = f"{spell}({_span(p, op.at, op.size)})"
    p.assign(op.out, f"None if {null} else {text}" if null else text, anything("text", null=bool(null)))


def _span(p: Printer, at: int, size: R | int) -> str:
    """The expression of *size* bytes."""
    low = p.cursor.at(at)
    high = p.cursor.at(at + size) if isinstance(size, int) else f"{low} + r{size.n}"
    return p.stream.cut(low, high)


@prints(o.LoadText)
def _text(p: Printer, op: o.LoadText) -> None:
    keep = op.out.n in p.keep
    rest = f", until={op.until!r}" if op.until else ""
    made = f"text(charset({op.charset!r}), {op.trim!r}, {op.pad!r}, {op.undecodable!r}, {op.absent!r}, {keep}{rest})"
    p.line(f"r{op.out.n} = {p.constant('text', made)}({_span(p, op.at, op.size)})")
    if op.undecodable == "error":
        refused(p, op.out, op.fail, op.site, f"r{op.out.n} is BAD")
    p.know_of(op.out, anything("text", null=bool(op.absent) or op.fail == "null"))


@prints(o.LoadBytes)
def _bytes(p: Printer, op: o.LoadBytes) -> None:
    data = _span(p, op.at, op.size)
    if op.pad:
        data += f".rstrip({op.pad!r})"
    p.assign(op.out, f"{data}.hex().upper()" if op.hex else data, anything("text", null=False))


@prints(o.Scan)
def _scan(p: Printer, op: o.Scan) -> None:
    find = p.constant("find", f"scanner({op.marks!r}, {op.step})")
    hit = p.source.fresh("t")
    p.line(f"{hit} = {find}({p.stream.bytes}, {p.cursor.at()}, {p.stream.end})")
    with p.source.block(f"if {hit} is None:"):
        p.ends()
        if op.require:
            p.line(f"raise {p.short}")
        else:
            p.line(f"r{op.out.n} = max({p.stream.end} - ({p.cursor.at()}), 0)")
            p.line(f"r{op.length.n} = 0")
    with p.source.block("else:"):
        p.line(f"r{op.out.n} = {hit}[0] - ({p.cursor.at()})" if p.cursor.at() != "0" else f"r{op.out.n} = {hit}[0]")
        p.line(f"r{op.length.n} = {hit}[1]")
    p.know_of(op.out, Fact(0, HALF - 1))
    p.know_of(op.length, Fact(0, max(len(m) for m in op.marks)))


@prints(o.Expect)
def _expect(p: Printer, op: o.Expect) -> None:
    condition = f"{_span(p, op.at, len(op.value))} != {op.value!r}"
    if op.fail == "trap":
        p.trap_if(condition)
        return
    with p.source.block(f"if {condition}:"):
        note(p, op.site)
