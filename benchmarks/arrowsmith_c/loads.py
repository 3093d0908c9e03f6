"""Loads, as C: bytes at a place become a register's value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.program import ops as o
from arrowsmith.program.floats import KINDS
from arrowsmith_c.printer import Printer, literal, prints

UNZONED = {"none": 0, "trailing": 1, "leading": 2, "trailing_separate": 3, "leading_separate": 4}


@contextmanager
def _present(p: Printer, op: Any, size: str) -> Iterator[str]:
    """Lines that load from ``q``, where the bytes are not absent."""
    with p.block():
        p.line(f"const u8 *const q = p{p.stream} + {op.at};")
        tests = " || ".join(f"same(q, {size}, {b})" for b in sorted(set(op.absent)))
        if not tests:
            yield "q"
        else:
            with p.block(f"if ({tests})"):
                p.line(f"n{op.out.n} = 1;")
            with p.block("else"):
                yield "q"


@prints(o.LoadInt)
def _load_int(p: Printer, op: o.LoadInt) -> None:
    r, size, read = op.out.n, op.size, op.order
    with _present(p, op, literal(size)):
        if size <= 8:
            p.line(f"const u64 u = {read}(q, {size});")
            signed = f"(i64)(u << {64 - 8 * size}) >> {64 - 8 * size}"
            magnitude = f"u & {(1 << (8 * size - 1)) - 1}ULL"
        else:
            low, high = (f"q + {size - 8}", "q") if read == "big" else ("q", "q + 8")
            p.line(f"const u128 u = (u128){read}({high}, {size - 8}) << 64 | {read}({low}, 8);")
            signed = f"(i128)(u << {128 - 8 * size}) >> {128 - 8 * size}"
            magnitude = f"u & (((u128)1 << {8 * size - 1}) - 1)"
        top = f"(u >> {8 * size - 1} & 1)"
        kind = "i64" if size <= 8 else "i128"
        p.line({
            "unsigned": f"r{r} = u;",
            "twos": f"r{r} = {signed};",
            "ones": f"r{r} = ({signed}) + ({kind}){top};",
            "magnitude": f"r{r} = {top} ? -({kind})({magnitude}) : ({kind})({magnitude});",
        }[op.encoding])  # fmt: skip
        p.line(f"n{r} = 0;")
        if op.below:
            # least ≤ r < below: how far r is above the least, without a sign
            span = op.below - op.least
            wide = "u128" if size > 8 else "u64"
            test = (
                f"({wide})r{r} - ({wide}){_literal(op.least)} < ({wide}){_literal(span)}"
                if span < 1 << 64 or size > 8
                else "1"
            )
            with p.block(f"if (!({test}))"):
                p.line(f"n{r} = 1;")
                p.refuse(op)


def _literal(number: int) -> str:
    """*number* as C has it, of 128 bits."""
    high, low = number >> 64 & (1 << 64) - 1, number & (1 << 64) - 1
    return f"((u128){high}ULL << 64 | {low}ULL)"


@prints(o.LoadBits)
def _load_bits(p: Printer, op: o.LoadBits) -> None:
    r, off = op.out.n, 64 - op.width
    with p.block():
        p.line(f"const u64 u = {op.order}(p{p.stream} + {op.at}, {op.size}) >> {op.low} << {off};")
        p.line(f"r{r} = {'(i64)' if op.signed else ''}u >> {off}; n{r} = 0;")


@prints(o.LoadFloat)
def _load_float(p: Printer, op: o.LoadFloat) -> None:
    r, size = op.out.n, KINDS[op.kind].size
    with _present(p, op, literal(size)):
        p.line(f"const u64 u = {op.order}(q, {size});")
        p.line({
            "ieee64": f"memcpy(&r{r}, &u, 8);",
            "ieee32": f"r{r} = single(u);",
            "ibm32": f"r{r} = ibm(u, 24);",
            "ibm64": f"r{r} = ibm(u, 56);",
        }[op.kind])  # fmt: skip
        p.line(f"n{r} = 0;")


def _decided(p: Printer, op: Any, test: str) -> None:
    """``v`` is the value where *test* holds."""
    with p.block(f"if (__builtin_expect({test}, 1))"):
        p.line(f"r{op.out.n} = v; n{op.out.n} = 0;")
    with p.block("else"):
        p.line(f"n{op.out.n} = 1;")
        p.refuse(op)


@prints(o.Unpack)
def _unpack(p: Printer, op: o.Unpack) -> None:
    sign = {"none": 0, "trailing": 1, "unsigned": 2}[op.sign]
    narrow = 2 * op.size - (sign > 0) <= 18
    with _present(p, op, literal(op.size)):
        p.line(f"{'i64' if narrow else 'i128'} v;")
        call = f"packed{'64' if narrow else ''}(q, {op.size}, {op.digits}, {sign}, {int(op.missing_sign)}, &v)"
        _decided(p, op, call)


@prints(o.Unzone)
def _unzone(p: Printer, op: o.Unzone) -> None:
    table = p.table(DIGIT_TABLES[op.table])
    zero, sign = DIGIT_TABLES[op.table].index(0), UNZONED[op.sign]
    with _present(p, op, literal(op.size)):
        p.line("i128 v;")
        if not op.lenient:
            _decided(p, op, f"zoned(q, {op.size}, {op.digits}, {zero}, {table}, {sign}, &v)")
            return
        flags = (op.size, op.digits, op.scale, sign, *map(int, (op.anywhere, op.point, op.blank_zero)), op.bits)
        p.line(f"static const number o = {{{', '.join(map(str, flags))}, {table}}};")
        p.line(f"const int how = lenient(q, &o, {zero}, &v);")
        with p.block("if (__builtin_expect(how == 2, 0))"):
            p.line(f"n{op.out.n} = 1;")
        with p.block("else"):
            _decided(p, op, "how")


@prints(o.LoadText)
def _text(p: Printer, op: o.LoadText) -> None:
    r, charset = op.out.n, p.program.charset(op.charset)
    assert charset is not None
    size = p.value(op.size)
    pads = op.pad or bytes(b for b, ch in enumerate(charset.table) if ch and ch <= " ")
    with _present(p, op, size):
        p.line(f"const u8 *a = q, *b = q + {size};")
        if op.until:
            p.line(f"const u8 *const mark = a < b ? memchr(a, {op.until[0]}, b - a) : 0; if (mark) b = mark;")
        table = p.table(bytes(b in pads for b in range(256)))
        if op.trim in ("left", "both"):
            p.line(f"a = left(a, b, {table});")
        if op.trim in ("right", "both"):
            p.line(f"b = right(a, b, {table});")
        p.line(f"r{r} = a; z{r} = b - a; n{r} = 0;")
        if op.undecodable == "error" and "" in charset.table:
            wrong = p.table(bytes(not ch for ch in charset.table))
            with p.block(f"if (!decodable(a, b - a, {wrong}))"):
                p.line(f"n{r} = 1;")
                p.refuse(op)


@prints(o.LoadBytes)
def _bytes(p: Printer, op: o.LoadBytes) -> None:
    r, size = op.out.n, p.value(op.size)
    p.line(f"r{r} = p{p.stream} + {op.at}; z{r} = {size}; n{r} = 0;")
    if op.pad:
        p.line(f"while (z{r} && r{r}[z{r} - 1] == {op.pad[0]}) z{r}--;")


@prints(o.Scan)
def _scan(p: Printer, op: o.Scan) -> None:
    r, length, i = op.out.n, op.length.n, p.new()
    with p.block():
        p.line(f"i64 at{i} = 0, size{i} = 0; const i64 left{i} = {p.left};")
        if len(op.marks) == 1 and len(op.marks[0]) == 1 and op.step == 1:
            p.line(f"const u8 *const m{i} = left{i} > 0 ? memchr(p{p.stream}, {op.marks[0][0]}, left{i}) : 0;")
            p.line(f"if (m{i}) {{ at{i} = m{i} - p{p.stream}; size{i} = 1; }}")
        else:
            with p.block(f"for (; at{i} < left{i}; at{i} += {op.step})"):
                for mark in sorted(dict.fromkeys(op.marks), key=len, reverse=True):
                    there = (
                        f"left{i} - at{i} >= {len(mark)} && !memcmp(p{p.stream} + at{i}, {p.table(mark)}, {len(mark)})"
                    )
                    p.line(f"if ({there}) {{ size{i} = {len(mark)}; break; }}")
        with p.block(f"if (!size{i})"):
            p.ends()
            p.line(p.short if op.require else f"at{i} = left{i} < 0 ? 0 : left{i};")
        p.line(f"r{r} = at{i}; n{r} = 0; r{length} = size{i}; n{length} = 0;")


@prints(o.Expect)
def _expect(p: Printer, op: o.Expect) -> None:
    with p.block(f"if (memcmp(p{p.stream} + {op.at}, {p.table(op.value)}, {len(op.value)}))"):
        p.refuse(op)
