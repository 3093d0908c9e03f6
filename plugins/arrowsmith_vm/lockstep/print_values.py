"""Registers from registers, parameters and frames, printed for the lockstep gear."""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_vm.lockstep.cursors import Value, picked
from arrowsmith_vm.lockstep.printer import Printer, Unsupported, prints


@prints(o.Let)
def _let(p: Printer, op: o.Let) -> None:
    how, kind = op.how, p.kind(op.out)
    name = p.fresh("v")
    if how == "null":
        there = p.fresh("g")
        p.line(f"{name} = nothing({p.s}.n, {kind!r})")
        p.line(f"{there} = np.zeros({p.s}.n, np.bool_)")
        p.assign(op.out, Value(name, there))
    elif how == "present":
        there = p.value(op.a).there if isinstance(op.a, R) else ""
        ones = f"np.ones({p.s}.n, np.bool_)"
        p.line(f"{name} = {f'{ones} if {there} is None else {there}' if there else ones}")
        p.assign(op.out, Value(name, "", False))
    elif how == "copy":
        p.assign(op.out, p.array(op.a) if isinstance(op.a, int) else p.value(op.a))
    elif how == "else":
        _else(p, op, name)
    else:
        operands = (op.a,) if o.LET[how] == 1 else (op.a, op.b)
        _computed(p, op, name, operands)


def _else(p: Printer, op: o.Let, name: str) -> None:
    kinds = {p.kind(op.out), p.kind(op.a), p.kind(op.b)}
    if kinds not in ({"i64"}, {"f64"}) or isinstance(op.a, int):
        raise Unsupported(f"else of {p.kind(op.out)}")
    a = p.ready(op.a)
    if not a.there:
        p.assign(op.out, a)
        return
    b = p.ready(op.b)
    there = p.fresh("g")
    p.line(f"{name}, {there} = otherwise({a.name}, {a.there}, {b.name}, {b.there or None})")
    p.assign(op.out, Value(name, there if b.there else "", True))


def _computed(p: Printer, op: o.Let, name: str, operands: tuple[R | int, ...]) -> None:
    how = op.how
    if how == "float" and p.kind(op.a) in ("i64", "u64"):
        a = p.value(op.a) if isinstance(op.a, R) else p.array(op.a)
        p.line(f"{name} = to_float({a.name}{'.astype(np.uint64)' if p.kind(op.a) == 'u64' else ''})")
        p.assign(op.out, Value(name, a.there, True))
        return
    if how in ("float", "trunc") and not (how == "trunc" and isinstance(op.a, R)):
        raise Unsupported(f"{how} of {p.kind(op.a)}")
    if how == "trunc":
        a = p.ready(op.a)
        p.line(f"{name} = trunc(x, {p.s}, {a.name}, {a.there or None})")
        p.assign(op.out, Value(name, a.there, True))
        return
    if how == "tens":
        pair = [p.array(x) for x in operands]
        there = p.there(*pair)
        p.line(f"{name} = tens(x, {p.s}, {pair[0].name}, {pair[1].name}, {there or None})")
        p.assign(op.out, Value(name, there, True))
        return
    floating = any(p.kind(x) == "f64" for x in operands)
    values = [p.ready(x) for x in operands]
    if floating:
        values = [Value(repr(float(x))) if isinstance(x, int) else v for x, v in zip(operands, values, strict=True)]
    elif isinstance(operands[0], int):
        values[0] = p.array(operands[0])
    there = p.there(*values)
    b = values[1].name if len(values) > 1 else "0"
    function = "let_float" if floating else "let"
    p.line(f"{name} = {function}(x, {p.s}, {how!r}, {values[0].name}, {b}, {there or None})")
    flag = how in ("eq", "ne", "lt", "le", "gt", "ge", "not")
    p.assign(op.out, Value(name, there, not flag))


@prints(o.Const)
def _const(p: Printer, op: o.Const) -> None:
    if op.out.n in p.compared:
        p.assign(op.out, Value(""))
        return
    name = p.fresh("v")
    if isinstance(op.value, str | bytes):
        p.line(f"{name} = constant({op.value!r}, {p.s}.n)")
        p.assign(op.out, Value(name))
    else:
        p.line(f"{name} = np.full({p.s}.n, float({str(float(op.value))!r}))")
        p.assign(op.out, Value(name, "", True))


@prints(o.TextLet)
def _text_let(p: Printer, op: o.TextLet) -> None:
    name = p.fresh("v")
    if op.how in ("eq", "ne", "lt", "le", "gt", "ge", "cat"):
        _two_texts(p, op, name)
        return
    if not isinstance(op.a, R):
        raise Unsupported(f"text.let {op.how} of a literal")
    if isinstance(op.base, R):
        raise Unsupported("text.let int in a base that a register says")
    a = p.value(op.a)
    low, high = (p.ready(x) for x in (op.low, op.high))
    there = p.there(a, low, high)
    binary = p.binary(op.a)
    ready = p.kind(op.out) == "i64"
    match op.how:
        case "len":
            p.line(f"{name} = size({a.name}, {binary})")
        case "room":
            p.line(f"{name} = room({a.name})")
        case "str":
            p.line(f"{name} = spelled({a.name})")
        case "reverse":
            p.line(f"{name} = turned({a.name}, {binary})")
        case "int":
            _tried(p, name, f"number({a.name}, {op.base})", there)
        case "slice":
            _tried(p, name, f"part({a.name}, {low.name}, {high.name}, {binary})", there)
        case "byte":
            _tried(p, name, f"byte({a.name}, {low.name})", there)
        case "decode":
            _tried(p, name, f"{p.constant('decode', f'decoded(charset({op.charset!r}))')}({a.name})", there)
        case how:
            raise Unsupported(f"text.let {how} has no lockstep form")
    p.assign(op.out, Value(name, there, ready))


def _tried(p: Printer, name: str, call: str, there: str) -> None:
    """Print *call*, which says which items trap beside the result."""
    wrong = p.fresh("t")
    p.line(f"{name}, {wrong} = {call}")
    p.line(f"x.fail_if({p.s}, {wrong}, {there or None})")


def _two_texts(p: Printer, op: o.TextLet, name: str) -> None:
    if not isinstance(op.a, R) or not isinstance(op.b, R):
        raise Unsupported(f"text.let {op.how} of a literal")
    a = p.value(op.a)
    literal = p.compared.get(op.b.n)
    b = Value(repr(literal)) if literal is not None else p.value(op.b)
    match op.how:
        case "eq":
            p.line(f"{name} = same({a.name}, {b.name})")
        case "ne":
            p.line(f"{name} = ~same({a.name}, {b.name})")
        case "cat":
            p.line(f"{name} = joint({a.name}, {b.name})")
        case how:
            p.line(f"{name} = ordered({how!r}, {a.name}, {b.name})")
    p.assign(op.out, Value(name, p.there(a, b)))


@prints(o.GetParam)
def _param(p: Printer, op: o.GetParam) -> None:
    name = p.fresh("v")
    p.line(f"{name} = np.full({p.s}.n, wrapped(x.run.source.parameters[{op.index}]), np.int64)")
    p.assign(op.out, Value(name, "", True))


@prints(o.Carried)
def _carried(p: Printer, op: o.Carried) -> None:
    name = p.fresh("v")
    p.line(f"{name} = {picked(f'x.carried({op.index})', p.chain(p.root.scope))}")
    p.assign(op.out, Value(name, "", True))


@prints(o.GetIndex)
def _index(p: Printer, op: o.GetIndex) -> None:
    up, chain = op.up, []
    scope = p.scope
    while scope.parent is not None:
        if scope.repeat:
            if not up:
                break
            up -= 1
        chain.append(scope.name)
        scope = scope.parent
    text = f"{scope.name}.number()" if scope.repeat else f"np.zeros({scope.name}.n, np.int64)"
    name = p.fresh("v")
    p.line(f"{name} = {picked(text, chain)}")
    p.assign(op.out, Value(name, "", True))


@prints(o.Label)
def _label(p: Printer, op: o.Label) -> None:
    a = p.ready(op.a)
    name = p.fresh("v")
    p.line(f"{name} = {p.constant('label', f'labels({op.labels!r})')}({a.name})")
    p.assign(op.out, Value(name, a.there))


@prints(o.Date)
def _date(p: Printer, op: o.Date) -> None:
    parts = [p.ready(x) for x in (op.year, op.month, op.day)]
    there, name, refused = p.there(*parts), p.fresh("v"), p.fresh("t")
    p.line(f"{name}, {refused} = days({', '.join(v.name for v in parts)}, {p.s}.n)")
    if op.fail == "trap":
        p.line(f"x.fail_if({p.s}, {refused}, {there or None})")
        p.assign(op.out, Value(name, there, True))
        return
    now = p.fresh("g")
    p.line(f"{now} = x.refused({p.s}, {refused}, {there or None}, {op.site})")
    p.assign(op.out, Value(name, now, True))


@prints(o.Require)
def _require(p: Printer, op: o.Require) -> None:
    test = p.value(op.test)
    if p.kind(op.test) in ("i128", "text"):
        raise Unsupported(f"require of {p.kind(op.test)}")
    refused = p.fresh("t")
    p.line(f"{refused} = {test.name} == 0")
    if op.fail == "trap":
        p.line(f"x.fail_if({p.s}, {refused}, {test.there or None})")
        return
    passed = p.fresh("g")
    p.line(f"{passed} = x.refused({p.s}, {refused}, {test.there or None}, {op.site})")
    if isinstance(op.what, R):
        # null where it was null, and where the test is there and fails
        what, there = p.value(op.what), p.fresh("g")
        p.line(f"{there} = kept({refused}, {test.there or None}, {what.there or None})")
        p.assign(op.what, Value(what.name, there, what.ready))


@prints(o.FailNow)
def _fail(p: Printer, op: o.FailNow) -> None:
    p.line(f"x.fail_if({p.s}, np.ones({p.s}.n, np.bool_))")
