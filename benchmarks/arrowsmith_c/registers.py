"""Registers made of registers, as C."""

from __future__ import annotations

from arrowsmith.charsets import expansion
from arrowsmith.program import ops as o
from arrowsmith.program.floats import double_bits
from arrowsmith.program.ops import R
from arrowsmith_c.printer import TYPES, Printer, prints
from arrowsmith_c.refusals import spelled

#: ``let`` of integers: the value, of ``a`` and ``b`` as i64; wrap-around is that of unsigned numbers
INTEGERS = {
    "neg": "-(u64)a", "not": "a == 0", "inv": "~a", "abs": "a < 0 ? -(u64)a : (u64)a",
    "add": "(u64)a + b", "sub": "(u64)a - b", "mul": "(u64)a * (u64)b",
    "div": "b == -1 ? (i64)-(u64)a : a / b - ((a % b != 0) & ((a < 0) != (b < 0)))",
    "mod": "b == -1 ? 0 : (a % b != 0) & ((a < 0) != (b < 0)) ? a % b + b : a % b",
    "shl": "(u64)a << b", "shr": "a >> b", "and": "a & b", "or": "a | b", "xor": "a ^ b",
    "min": "b < a ? b : a", "max": "b > a ? b : a",
    "eq": "a == b", "ne": "a != b", "lt": "a < b", "le": "a <= b", "gt": "a > b", "ge": "a >= b",
}  # fmt: skip
FLOATS = {
    "neg": "clean(-a)", "abs": "clean(__builtin_fabs(a))",
    "add": "clean(a + b)", "sub": "clean(a - b)", "mul": "clean(a * b)", "div": "clean(a / b)",
    "min": "a != a || b != b ? clean(a + b) : b < a ? b : a", "max": "a != a || b != b ? clean(a + b) : b > a ? b : a",
    "eq": "a == b", "ne": "a != b", "lt": "a < b", "le": "a <= b", "gt": "a > b", "ge": "a >= b",
}  # fmt: skip
#: names that do without b
UNARY = {"neg", "not", "inv", "abs"}


@prints(o.Let)
def _let(p: Printer, op: o.Let) -> None:
    r, a, b = op.out.n, p.value(op.a), p.value(op.b)
    null_a, null_b = p.null(op.a), p.null(op.b)
    match op.how:
        case "null":
            p.line(f"n{r} = 1;")
        case "present":
            p.line(f"r{r} = !{null_a}; n{r} = 0;")
        case "copy":
            p.line(f"r{r} = {a}; n{r} = {null_a};")
        case "else":
            with p.block():
                p.line(f"const {TYPES[p.program.registers[r]]} v = {null_a} ? {b} : {a};")
                p.line(f"n{r} = {null_a} && {null_b}; r{r} = v;")
        case _:
            unary = op.how in UNARY or op.how in ("float", "trunc")
            with p.block(f"if ({null_a}" + (f" || {null_b})" if not unary else ")")):
                p.line(f"n{r} = 1;")
            with p.block("else"):
                _computed(p, op, unary=unary)
                p.line(f"n{r} = 0;")


def _computed(p: Printer, op: o.Let, *, unary: bool) -> None:
    r, kinds = op.out.n, p.program.registers
    if op.how == "float":
        p.line(f"r{r} = (double){p.value(op.a)};")
        return
    if op.how == "trunc":
        p.line(f"const double v = {p.value(op.a)}; if (!(v >= -0x1p63 && v < 0x1p63)) goto failed; r{r} = (i64)v;")
        return
    given = {"a": op.a} if unary else {"a": op.a, "b": op.b}
    if any(isinstance(x, R) and kinds[x.n] == "f64" for x in given.values()):
        for name, x in given.items():
            p.line(f"const double {name} = {p.value(x) if isinstance(x, R) else float(x).hex()};")
        if op.how == "div":
            p.line("if (b == 0) goto failed;")
        p.line(f"r{r} = {FLOATS[op.how]};")
        return
    for name, x in given.items():
        wide = isinstance(x, R) and kinds[x.n] != "i64"
        if wide or (isinstance(x, int) and not -(1 << 63) <= x < 1 << 63):
            p.line(f"if ((i128){p.value(x)} != (i64){p.value(x)}) goto failed;")
        p.line(f"const i64 {name} = {p.value(x)};")
    if op.how == "tens":
        p.line("if (b < -128 || b > 127) goto failed;")
        p.line(f"r{r} = tens(a, b);")
        return
    if op.how in ("div", "mod"):
        p.line("if (b == 0) goto failed;")
    elif op.how in ("shl", "shr"):
        p.line("if (b < 0 || b > 63) goto failed;")
    p.line(f"r{r} = (i64)({INTEGERS[op.how]});")


@prints(o.Const)
def _const(p: Printer, op: o.Const) -> None:
    r = op.out.n
    if isinstance(op.value, float):
        p.line(f"r{r} = from_bits({double_bits(op.value)}ULL); n{r} = 0;")
        return
    data = op.value.encode() if isinstance(op.value, str) else op.value
    p.line(f"r{r} = {p.table(data)}; z{r} = {len(data)}; n{r} = 0;")


@prints(o.TextLet)
def _text_let(p: Printer, op: o.TextLet) -> None:
    """Only ``room``: the most bytes that putting the text takes."""
    assert isinstance(op.a, R)
    charset, undecodable = next(
        spelled(x)
        for x in o.walk(p.program.body)
        if isinstance(x, o.LoadText | o.LoadBytes | o.Const) and x.out == op.a
    )
    factor = {"hex": 2, "utf8": 1, "binary": 1}.get(charset)
    if factor is None:
        table = p.program.charset(charset)
        assert table is not None
        factor = expansion(table, undecodable)
    p.line(f"r{op.out.n} = z{op.a.n} * {factor}; n{op.out.n} = n{op.a.n};")


@prints(o.GetParam)
def _param(p: Printer, op: o.GetParam) -> None:
    p.line(f"r{op.out.n} = parameters[{op.index}]; n{op.out.n} = 0;")


@prints(o.Carried)
def _carried(p: Printer, op: o.Carried) -> None:
    p.line(f"r{op.out.n} = ((const i64 *)k[{14 + op.index}])[f]; n{op.out.n} = 0;")


@prints(o.GetIndex)
def _index(p: Printer, op: o.GetIndex) -> None:
    p.line(f"r{op.out.n} = {p.elements[-1 - op.up]}; n{op.out.n} = 0;")


@prints(o.Date)
def _date(p: Printer, op: o.Date) -> None:
    r, parts = op.out.n, (op.year, op.month, op.day)
    with p.block():
        p.line(f"i64 v; const int nulls = {' || '.join(map(p.null, parts))};")
        with p.block("if (nulls)"):
            p.line(f"n{r} = 1;")
        with p.block(f"else if (day({', '.join(map(p.value, parts))}, &v))"):
            p.line(f"r{r} = v; n{r} = 0;")
        with p.block("else"):
            p.line(f"n{r} = 1;")
            p.refuse(op)


@prints(o.Require)
def _require(p: Printer, op: o.Require) -> None:
    with p.block(f"if (!n{op.test.n} && r{op.test.n} == 0)"):
        p.refuse(op)
        if isinstance(op.what, R):
            p.line(f"n{op.what.n} = 1;")


@prints(o.FailNow)
def _fail(p: Printer, op: o.FailNow) -> None:
    p.line("goto failed;")
