"""Registers from registers, parameters and what the record has put, printed."""

from __future__ import annotations

from typing import Final

from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_vm.facts import HALF, WHOLE, Fact, anything, arithmetic
from arrowsmith_vm.scalar.loads import note, refused
from arrowsmith_vm.scalar.printer import Printer, prints

#: ``let`` on integers → the expression of the exact result
_INTEGER: Final = {
    "neg": "-{a}",
    "not": "1 if {a} == 0 else 0",
    "inv": "~{a}",
    "abs": "abs({a})",
    "add": "{a} + {b}",
    "sub": "{a} - {b}",
    "mul": "{a} * {b}",
    "div": "{a} // {b}",
    "mod": "{a} % {b}",
    "shl": "{a} << {b}",
    "shr": "{a} >> {b}",
    "and": "{a} & {b}",
    "or": "{a} | {b}",
    "xor": "{a} ^ {b}",
    "min": "min({a}, {b})",
    "max": "max({a}, {b})",
}
_COMPARE: Final = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_FLOAT: Final = {
    "neg": "-{a}",
    "abs": "abs({a})",
    "add": "{a} + {b}",
    "sub": "{a} - {b}",
    "mul": "{a} * {b}",
    "div": "{a} / {b}",
    "mod": "{a} % {b}",
    # a comparison with no number is false, so these pick b where b is none; a sum is no number where a or b is none
    "min": "({b} if {b} < {a} else {a}) if {a} == {a} and {b} == {b} else NAN",
    "max": "({b} if {b} > {a} else {a}) if {a} == {a} and {b} == {b} else NAN",
}


def name(operand: R | int) -> str:
    """The expression of *operand* inside a larger one."""
    return f"r{operand.n}" if isinstance(operand, R) else f"({operand})" if operand < 0 else str(operand)


@prints(o.Let)
def _let(p: Printer, op: o.Let) -> None:
    how, a, b = op.how, op.a, op.b
    out = p.program.registers[op.out.n]
    if how == "null":
        p.assign(op.out, "None", anything(out))
    elif how == "present":
        p.assign(op.out, f"0 if {p.nulls(a)} else 1" if p.nulls(a) else "1", Fact(0, 1))
    elif how == "copy":
        p.assign(op.out, name(a), p.fact(a))
    elif how == "else":
        fact = p.fact(a)
        if fact.null:
            p.assign(op.out, f"{name(b)} if {p.nulls(a)} else {name(a)}", Fact(fact.low, fact.high) | p.fact(b))
        else:
            p.assign(op.out, name(a), fact)
    else:
        operands = (a,) if o.LET[how] == 1 else (a, b)
        nulls = p.nulls(*operands)
        before = dict(p.facts)
        if nulls:
            p.line(f"if {nulls}: r{op.out.n} = None")
            with p.source.block("else:"):
                for x in operands:
                    if isinstance(x, R):
                        fact = p.fact(x)
                        p.facts[x.n] = Fact(fact.low, fact.high)
                fact = _computed(p, op, operands)
            p.facts = before
            p.know_of(op.out, Fact(fact.low, fact.high, True))
        else:
            p.know_of(op.out, _computed(p, op, operands))


def _computed(p: Printer, op: o.Let, operands: tuple[R | int, ...]) -> Fact:
    """Print the result of an op whose operands are not null; return what is known of it."""
    how = op.how
    out = f"r{op.out.n}"
    if how == "float":
        p.line(f"{out} = float({name(op.a)})")
        return anything("f64", null=False)
    if how == "trunc":
        # NaN fails both comparisons; the float above the greatest i64 is 2^63
        p.line(f"if not {-float(HALF)!r} <= {name(op.a)} < {float(HALF)!r}: raise Trap")
        p.line(f"{out} = int({name(op.a)})")
        return anything("i64", null=False)
    if any(p.kind(x) == "f64" for x in operands):
        return _floating(p, op, operands)
    for x in operands:
        fact = p.fact(x)
        if not fact.signed:
            p.trap_if(f"not {-HALF} <= {name(x)} < {HALF}")
            if isinstance(x, R):
                p.facts[x.n] = Fact(max(fact.low, -HALF), min(fact.high, HALF - 1))
    a, b = p.fact(op.a), p.fact(op.b)
    if how in ("div", "mod") and b.low <= 0 <= b.high:
        p.trap_if(f"{name(op.b)} == 0")
    if how in ("shl", "shr"):
        if b.low < 0 or b.high > 63:
            p.trap_if(f"not 0 <= {name(op.b)} <= 63")
        b = Fact(max(b.low, 0), min(max(b.high, 0), 63))
    if how == "tens":
        if b.low < o.TENS.start or b.high >= o.TENS.stop:
            p.trap_if(f"not {o.TENS.start} <= {name(op.b)} < {o.TENS.stop}")
        p.line(
            f"{out} = float({name(op.a)} * 10**{name(op.b)}) if {name(op.b)} >= 0 else {name(op.a)} / 10**-{name(op.b)}"
        )
        return anything("f64", null=False)
    if how in _COMPARE:
        p.line(f"{out} = 1 if {name(op.a)} {_COMPARE[how]} {name(op.b)} else 0")
        return Fact(0, 1)
    exact = arithmetic(how, a, b)
    expression = _INTEGER[how].format(a=name(op.a), b=name(op.b))
    if exact.signed:
        p.line(f"{out} = {expression}")
        return exact
    p.line(f"{out} = (({expression}) + {HALF} & {WHOLE - 1}) - {HALF}")
    return anything("i64", null=False)


def _floating(p: Printer, op: o.Let, operands: tuple[R | int, ...]) -> Fact:
    a, b = (
        name(x) if p.kind(x) == "f64" else f"{float(x)!r}" if isinstance(x, int) else f"float({name(x)})"
        for x in (op.a, op.b)
    )
    if op.how in _COMPARE:
        p.line(f"r{op.out.n} = 1 if {a} {_COMPARE[op.how]} {b} else 0")
        return Fact(0, 1)
    if op.how in ("div", "mod"):
        p.trap_if(f"{b} == 0")
    p.line(f"r{op.out.n} = {_FLOAT[op.how].format(a=a, b=b)}")
    if op.how not in ("min", "max"):
        p.line(f"if r{op.out.n} != r{op.out.n}: r{op.out.n} = NAN")
    return anything("f64", null=False)


@prints(o.Const)
def _const(p: Printer, op: o.Const) -> None:
    if isinstance(op.value, str | bytes):
        p.assign(op.out, repr(op.value), anything("text", null=False))
    else:
        number = float(op.value)
        exact = number == number and abs(number) != float("inf")
        p.assign(op.out, repr(number) if exact else f"float({str(number)!r})", anything("f64", null=False))


@prints(o.TextLet)
def _text_let(p: Printer, op: o.TextLet) -> None:
    operands = (op.a, op.b, op.low, op.high, op.base)
    nulls = p.nulls(*operands)
    expression, fact = _text_expression(p, op)
    if nulls:
        p.assign(op.out, f"None if {nulls} else {expression}", Fact(fact.low, fact.high, True))
    else:
        p.assign(op.out, expression, fact)


def _text_expression(p: Printer, op: o.TextLet) -> tuple[str, Fact]:
    a, b, low, high = name(op.a), name(op.b), name(op.low), name(op.high)
    text, length = anything("text", null=False), Fact(0, HALF - 1)
    match op.how:
        case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
            return f"(1 if raw({a}) {_COMPARE[op.how]} raw({b}) else 0)", Fact(0, 1)
        case "cat":
            return f"{a} + {b}", text
        case "len":
            return f"len({a})", length
        case "room":
            return f"room({a})", length
        case "int":
            return f"number({a}, {name(op.base)})", anything("i64", null=False)
        case "str":
            return f"str({a})", text
        case "slice":
            return f"part({a}, {low}, {high})", text
        case "reverse":
            return f"{a}[::-1]", text
        case "byte":
            return f"byte({a}, {low})", Fact(0, 255)
        case "decode":
            reader = p.constant("decoded", f"decoded(charset({op.charset!r}))")
            return f"{reader}({a})", text
        case how:
            raise AssertionError(f"text.let {how} is not in TEXT_LET")


@prints(o.GetParam)
def _param(p: Printer, op: o.GetParam) -> None:
    p.assign(op.out, f"parameters[{op.index}]", anything("i64", null=False))


@prints(o.Carried)
def _carried(p: Printer, op: o.Carried) -> None:
    p.assign(op.out, f"carried[{op.index}][f]", anything("i64", null=False))


@prints(o.GetIndex)
def _index(p: Printer, op: o.GetIndex) -> None:
    p.assign(op.out, p.counters[-1 - op.up], Fact(0, o.MOST))


#: storage → what a stored value is, of the unsigned cell {v}
_FETCHED: Final = {
    **{f"i{n}": f"({{v}} ^ {1 << (n - 1)}) - {1 << (n - 1)}" for n in (8, 16, 32, 64)},
    **dict.fromkeys(("u8", "u16", "u32", "u64", "f32", "f64", "bool"), "{v}"),
}


@prints(o.Fetch)
def _fetch(p: Printer, op: o.Fetch) -> None:
    c = op.column
    column = p.program.columns[c]
    null = p.nulls(op.index)
    index, slot = name(op.index), p.source.fresh("t")
    if null:
        p.line(f"if {null}: r{op.out.n} = None")
    with p.source.block("else:" if null else "if True:"):
        p.line(f"{slot} = {index} + first{column.level}")
        p.line(f"if {index} < 0 or {slot} >= n{column.level}: raise Trap")
        with p.source.block(f"if not k{c}[{slot}]:"):
            p.line(f"r{op.out.n} = None")
        with p.source.block("else:"):
            match column.storage:
                case "utf8":
                    value = f"str(d{c}[o{c}[{slot}]:o{c}[{slot} + 1]], 'utf-8')"
                case "binary":
                    value = f"bytes(d{c}[o{c}[{slot}]:o{c}[{slot} + 1]])"
                case "dec128":
                    half = 1 << 127
                    value = f"(v{c}[2 * {slot}] | v{c}[2 * {slot} + 1] << 64 ^ {half}) - {half}"
                case "none" | "f16":
                    value = "0"
                case storage:
                    value = _FETCHED[storage].format(v=f"v{c}[{slot}]")
            p.line(f"r{op.out.n} = {value}")
    p.know_of(op.out, anything(p.program.registers[op.out.n]))


@prints(o.Label)
def _label(p: Printer, op: o.Label) -> None:
    label = f"{p.constant('label', f'labels({op.labels!r})')}(r{op.a.n})"
    null = p.nulls(op.a)
    p.assign(op.out, f"None if {null} else {label}" if null else label, anything("text", null=bool(null)))


@prints(o.Date)
def _date(p: Printer, op: o.Date) -> None:
    parts = (op.year, op.month, op.day)
    null = p.nulls(*parts)
    days = f"days({', '.join(name(x) for x in parts)})"
    p.line(f"r{op.out.n} = " + (f"None if {null} else {days}" if null else days))
    refused(p, op.out, op.fail, op.site, f"r{op.out.n} is BAD")
    p.know_of(op.out, Fact(-719162, 2932896, bool(null) or op.fail == "null"))


@prints(o.Require)
def _require(p: Printer, op: o.Require) -> None:
    if op.fail == "trap":
        p.trap_if(f"r{op.test.n} == 0")
        return
    with p.source.block(f"if r{op.test.n} == 0:"):
        if isinstance(op.what, R):
            p.line(f"r{op.what.n} = None")
        note(p, op.site)
    if isinstance(op.what, R):
        fact = p.fact(op.what)
        p.know_of(op.what, Fact(fact.low, fact.high, True))


@prints(o.FailNow)
def _fail(p: Printer, op: o.FailNow) -> None:
    p.line("raise Trap")
