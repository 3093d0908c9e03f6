"""Bounds, movement, control flow, columns and frames, as C."""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith_c.printer import Printer, literal, prints
from arrowsmith_c.refusals import spelled


@prints(o.Need)
def _need(p: Printer, op: o.Need) -> None:
    p.line(f"if ({p.count(op.n)} > {p.left}) {p.short}")


@prints(o.Reach)
def _reach(p: Printer, op: o.Reach) -> None:
    n = p.value(op.n)
    with p.block(f"if (!{p.null(op.n)} && {n} >= 0 && {n} <= {p.left})"):
        p.run(op.then)
    with p.block("else"):
        if p.windows[p.stream]:
            p.line(f"if (!{p.null(op.n)} && {n} > {p.left} && !final) goto more;")
        p.run(op.other)


@prints(o.Skip)
def _skip(p: Printer, op: o.Skip) -> None:
    p.move(p.count(op.n))


@prints(o.Tell)
def _tell(p: Printer, op: o.Tell) -> None:
    p.line(f"r{op.out.n} = p{p.stream} - s{p.stream}; n{op.out.n} = 0;")


@prints(o.Remain)
def _remain(p: Printer, op: o.Remain) -> None:
    p.ends()
    p.line(f"r{op.out.n} = {p.left} < 0 ? 0 : {p.left}; n{op.out.n} = 0;")


@prints(o.Extent)
def _extent(p: Printer, op: o.Extent) -> None:
    k = 0 if op.root else p.stream
    if p.windows[k]:
        p.line("if (!final) goto more;")
    p.line(f"r{op.out.n} = e{k} - s{k}; n{op.out.n} = 0;")


@prints(o.AtPlace)
def _at(p: Printer, op: o.AtPlace) -> None:
    k = 0 if op.root else p.stream
    window = p.windows[k]
    place = p.count(op.position)
    p.line(f"if ({place} > e{k} - s{k}) {'goto more;' if window else 'goto failed;'}")
    with p.inside(f"s{k}", f"e{k}", f"s{k} + {place}", window=window):
        p.run(op.body)


@prints(o.Within)
def _within(p: Printer, op: o.Within) -> None:
    n = p.new()
    with p.block():
        p.line(f"const i64 w{n} = {p.count(op.n)}; if (w{n} > {p.left}) {p.short}")
        with p.inside(f"p{p.stream}", f"p{p.stream} + w{n}", f"p{p.stream}", window=False):
            p.run(op.body)
        p.move(f"w{n}")


@prints(o.If)
def _if(p: Printer, op: o.If) -> None:
    with p.block(f"if (!n{op.test.n} && r{op.test.n})"):
        p.run(op.then)
    with p.block("else"):
        p.run(op.other)


@prints(o.Switch)
def _switch(p: Printer, op: o.Switch) -> None:
    head = ""
    for values, block in op.cases:
        tests = " || ".join(f"r{op.value.n} == {literal(v)}" for v in values) or "0"
        with p.block(f"{head}if (!n{op.value.n} && ({tests}))"):
            p.run(block)
        head = "else "
    with p.block("else" if head else ""):
        p.run(op.default)


@prints(o.Repeat)
def _repeat(p: Printer, op: o.Repeat) -> None:
    i = p.new()
    with p.block():
        count = p.times(op.count)
        with p.block(f"for (i64 i{i} = 0, c{i} = {count}; i{i} < c{i}; i{i}++)"):
            if op.stride:
                p.line(f"const u8 *const b{i} = p{p.stream};")
            p.element(op.level, f"i{i}", op.body)
            if op.stride:
                p.line(f"p{p.stream} = b{i};")
                p.move(literal(op.stride))


@prints(o.Loop)
def _loop(p: Printer, op: o.Loop) -> None:
    i = p.new()
    if op.bitwise:
        p.line(f"const u8 *const b{i} = p{p.stream};")
    with p.block(f"for (i64 i{i} = 0;; i{i}++)"):
        if isinstance(op.stop, int) and op.stop == -1:
            with p.block(f"if ({p.left} <= 0)"):
                if p.windows[p.stream]:
                    p.line(f"if ({p.left} == 0 && !final) goto more;")
                p.line("break;")
        if not op.bitwise:
            p.line(f"const u8 *const b{i} = p{p.stream};")
        p.element(op.level, f"i{i}", op.body)
        if not (isinstance(op.stop, int) and op.stop == -1):
            p.line(f"if (!{p.null(op.stop)} && {p.value(op.stop)}) break;")
        still = f"p{p.stream} - b{i} < (i{i} + 1) / 8" if op.bitwise else f"p{p.stream} <= b{i}"
        p.line(f"if ({still}) goto failed;")


@prints(o.Strip)
def _strip(p: Printer, op: o.Strip) -> None:
    p.run(op.body)


# --- columns and frames ---


@prints(o.Room)
def _room(p: Printer, op: o.Room) -> None:
    with p.block():
        wanted = f"l{op.level} + {p.times(op.n)}"
        p.line(f"if ({wanted} > room{op.level}) {{ k[11] = {-1 - op.level}; k[12] = {wanted}; goto full; }}")


@prints(o.RoomData)
def _room_data(p: Printer, op: o.RoomData) -> None:
    with p.block():
        wanted = f"used{op.column} + {p.times(op.n)}"
        p.line(f"if ({wanted} > bytes{op.column}) {{ k[11] = {op.column}; k[12] = {wanted}; goto full; }}")


@prints(o.Put)
def _put(p: Printer, op: o.Put) -> None:
    column, c, r = p.program.columns[op.column], op.column, op.a.n
    kind = p.program.registers[r]
    with p.block(f"if (!n{r})"):
        if not column.certain:
            p.line(f"valid{c}[l{column.level}] = 1;")
        slot = f"values{c}[l{column.level}]"
        if column.varying:
            p.line(f"used{c} += {_stored(p, op)};")
        elif column.storage == "dec128":
            scale = f" * (u128)ten({op.scale})" if op.scale else ""
            p.line(
                f"const i128 v = (i128)((u128){'(u128)' if kind == 'u64' else '(i128)'}r{r}{scale}); memcpy(&{slot}, &v, 16);"
            )
        elif column.storage == "bool":
            p.line(f"{slot} = r{r} != 0;")
        elif column.storage != "none":
            p.line(f"{slot} = r{r};")


def _stored(p: Printer, op: o.Put) -> str:
    """An expression that stores the text and is the number of its bytes."""
    c, r = op.column, op.a.n
    charset, _ = next(
        spelled(x)
        for x in o.walk(p.program.body)
        if isinstance(x, o.LoadText | o.LoadBytes | o.Const) and x.out == op.a
    )
    to, raw = f"data{c} + used{c}", p.program.columns[c].storage == "binary"
    if charset == "hex":
        return f"hexed({to}, r{r}, z{r})"
    if raw or charset in ("utf8", "binary"):
        return f"(memcpy({to}, r{r}, z{r}), z{r})"
    table = p.program.charset(charset)
    assert table is not None
    utf8 = [(character or "\ufffd").encode() for character in table.table]
    plain = p.table(bytes(u[0] if len(u) == 1 and u[0] < 0x80 else 0x80 for u in utf8))
    wide = p.table(b"", "uint32_t", [int.from_bytes(u, "little") | len(u) << 24 for u in utf8])
    narrow = int(all(len(u) == 1 for u in utf8))
    return f"translated({to}, r{r}, z{r}, {plain}, {wide}, {narrow})"


@prints(o.Mark)
def _mark(p: Printer, op: o.Mark) -> None:
    p.line(f"valid{op.column}[l{p.program.columns[op.column].level}] = 1;")


@prints(o.Frame)
def _frame(p: Printer, op: o.Frame) -> None:
    start, length, kind = p.count(op.start), p.count(op.length), p.count(op.kind)
    p.line(f"if ({kind} > 255 || {length} > 0xFFFFFFFFLL) goto failed;")
    for x in op.carried:
        p.line(f"if ({p.null(x)}) goto failed;")
        if isinstance(x, o.R) and p.program.registers[x.n] != "i64":
            p.line(f"if ((i128)r{x.n} != (i64)r{x.n}) goto failed;")
    p.line(f"if ({start} > e0 - s0 || {length} > e0 - s0 - {start}) goto more;")
    with p.block("if (next < capacity)"):
        p.line(f"starts[next] = position + {start}; lengths[next] = {length}; kinds[next] = {kind};")
        for n, x in enumerate(op.carried):
            p.line(f"carried{n}[next] = {p.value(x)};")
    p.line("next++;")
