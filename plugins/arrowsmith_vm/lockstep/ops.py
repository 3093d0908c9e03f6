"""Each op that the lockstep gear has, printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from arrowsmith.program import ops as o
from arrowsmith.program.floats import KINDS
from arrowsmith.program.ops import Block, R
from arrowsmith_vm.lockstep.printer import Cursor, Printer, Stream, Unsupported, Value, picked, prints

# --- bounds and movement ---------------------------------------------------------------------------------------------


@prints(o.Need)
def _need(p: Printer, op: o.Need) -> None:
    if isinstance(op.n, int):
        if op.n < 0:
            p.line(f"x.stop_if({p.s}, True)")
        p.line(f"x.need({p.s}, {p.cursor.left}, {p.cursor.off + op.n})")
        p.know(p.cursor.off + op.n)
        return
    n = p.ready(op.n)
    p.line(f"x.need_each({p.s}, {p.cursor.left}, {p.cursor.off}, {n.name}, {n.there or None})")
    _there_now(p, op.n, n)
    p.know(p.cursor.off)


def _there_now(p: Printer, register: R, value: Value) -> None:
    """A null would have stopped here."""
    if value.there and p.kind(register) == "i64":
        p.scope.registers[register.n] = Value(value.name, "", True)


@prints(o.Reach)
def _reach(p: Printer, op: o.Reach) -> None:
    test = p.fresh("t")
    if isinstance(op.n, int):
        p.line(f"{test} = x.reaches({p.cursor.left}, {p.cursor.off + op.n})" if op.n >= 0 else f"{test} = False")
    else:
        n = p.ready(op.n)
        p.line(f"{test} = ({n.name} >= 0) & ({n.name} <= behind({p.cursor.left}, {p.cursor.off}))")
        if n.there:
            p.line(f"{test} = both({test}, {n.there})")
    then, other = p.fresh("s"), p.fresh("s")
    p.line(f"{then} = {p.s}.where({test})")
    p.line(f"{other} = {p.s}.where(opposite({test}))")
    known = p.cursor.off + op.n if isinstance(op.n, int) and op.n >= 0 else 0
    p.arms(op, [(then, op.then), (other, op.other)], known)


@prints(o.Skip)
def _skip(p: Printer, op: o.Skip) -> None:
    if isinstance(op.n, int):
        if op.n < 0:
            p.line(f"x.stop_if({p.s}, True)")
        p.cursor.off += max(op.n, 0)
        return
    n = p.ready(op.n)
    p.line(f"x.stop_if({p.s}, {n.name} < 0, {n.there or None})")
    if n.there:
        p.line(f"x.stop_if({p.s}, opposite({n.there}))")
    _there_now(p, op.n, n)
    p.moved(n)


@prints(o.Tell)
def _tell(p: Printer, op: o.Tell) -> None:
    if op.out.n in p.seeking:
        p.assign(op.out, Value(""))
    else:
        name = p.fresh("v")
        p.line(f"{name} = each({p.s}, {p.size_of(p.stream)} - behind({p.cursor.left}, {p.cursor.off}))")
        p.assign(op.out, Value(name, "", True))
    p.scope.told[op.out.n] = p.stream, replace(p.cursor, regions=list(p.cursor.regions))


@prints(o.Remain)
def _remain(p: Printer, op: o.Remain) -> None:
    name = p.fresh("v")
    p.line(f"{name} = each({p.s}, np.maximum(behind({p.cursor.left}, {p.cursor.off}), 0))")
    p.assign(op.out, Value(name, "", True))


@prints(o.Extent)
def _extent(p: Printer, op: o.Extent) -> None:
    name = p.fresh("v")
    p.line(f"{name} = each({p.s}, {p.size_of(p.root if op.root else p.stream)})")
    p.assign(op.out, Value(name, "", True))


@prints(o.AtPlace)
def _at(p: Printer, op: o.AtPlace) -> None:
    stream = p.root if op.root else p.stream
    told = p.told(op.position) if isinstance(op.position, R) else None
    if isinstance(op.position, int) and op.position < 0:
        p.line(f"x.stop_if({p.s}, True)")
    if told is not None and told[0] is stream:
        cursor = told[1]
    else:
        cursor = p.start_of(stream)
        if isinstance(op.position, int):
            cursor.off += max(op.position, 0)
        else:
            position = p.ready(op.position)
            places, left = p.fresh("a"), p.fresh("e")
            arguments = f"{cursor.places}, {cursor.left}, {cursor.off}, {position.name}"
            p.line(f"x.need_each({p.s}, {cursor.left}, {cursor.off}, {position.name}, {position.there or None})")
            p.line(f"{places}, {left} = moved({arguments})")
            cursor = Cursor(places, left)
    if cursor.known < cursor.off:
        p.line(f"x.need({p.s}, {cursor.left}, {cursor.off})")
    with p.elsewhere(stream, cursor):
        p.block(op.body)


@prints(o.Within)
def _within(p: Printer, op: o.Within) -> None:
    before, left = p.cursor, p.fresh("e")
    if isinstance(op.n, int):
        n = max(op.n, 0)
        if op.n < 0:
            p.line(f"x.stop_if({p.s}, True)")
        p.line(f"x.need({p.s}, {before.left}, {before.off + n})")
        p.know(before.off + n)
        p.line(f"{left} = Left({before.off + n}, {before.off + n})")
    else:
        size = p.ready(op.n)
        p.line(f"x.need_each({p.s}, {before.left}, {before.off}, {size.name}, {size.there or None})")
        _there_now(p, op.n, size)
        p.know(before.off)
        p.line(f"{left} = Left({before.off}, {size.name} + {before.off})")
    inner = Cursor(before.places, left, before.off, list(before.regions))
    with p.elsewhere(Stream(before.places, left, before.off, p.scope), inner):
        p.block(op.body)
    if isinstance(op.n, int):
        p.cursor.off += n
    else:
        p.moved(size)


# --- loads -----------------------------------------------------------------------------------------------------------


def _present(p: Printer, block: str, at: int, size: int, absent: bytes) -> str:
    """Print which items are not absent; return the variable, "" where all are."""
    if not absent or not size:
        return ""
    there = p.fresh("g")
    p.line(f"{there} = present({block}, {at}, {size}, {absent!r})")
    return there


@prints(o.LoadInt)
def _load_int(p: Printer, op: o.LoadInt) -> None:
    block, at = p.at(op.at, op.size)
    name = p.fresh("v")
    whole, signed = op.size in (1, 2, 4, 8), op.encoding == "twos" or (op.size == 16 and op.encoding == "unsigned")
    if op.size > 8:
        p.line(f"{name} = wide({block}, {at}, {op.size}, {op.order!r}, {signed})")
        if op.encoding in ("ones", "magnitude"):
            p.line(f"{name} = wide_complement({name}, {8 * op.size}, {op.encoding!r})")
    elif op.encoding in ("ones", "magnitude"):
        p.line(f"{name} = complement({block}.unsigned({at}, {op.size}, {op.order!r}), {8 * op.size}, {op.encoding!r})")
    elif whole:
        code = f"{'>' if op.order == 'big' else '<'}{'i' if signed else 'u'}{op.size}"
        p.line(f"{name} = {p.whole(op.at, op.size, code)}")
    else:
        p.line(f"{name} = integer({block}, {at}, {op.size}, {op.order!r}, {signed})")
    p.assign(op.out, Value(name, _present(p, block, at, op.size, op.absent), False))


@prints(o.LoadBits)
def _load_bits(p: Printer, op: o.LoadBits) -> None:
    block, at = p.at(op.at, op.size)
    name = p.fresh("v")
    p.line(f"{name} = bits({block}, {at}, {op.size}, {op.order!r}, {op.low}, {op.width}, {op.signed})")
    p.assign(op.out, Value(name, "", p.kind(op.out) == "i64"))


@prints(o.LoadFloat)
def _load_float(p: Printer, op: o.LoadFloat) -> None:
    block, at = p.at(op.at, KINDS[op.kind].size)
    name, there = p.fresh("v"), p.fresh("g")
    if op.kind == "ieee64" and not op.absent:
        p.line(f"{name} = {p.whole(op.at, 8, '>f8' if op.order == 'big' else '<f8')}")
        p.assign(op.out, Value(name))
        return
    reader = p.constant("float", f"floating({op.kind!r}, {op.order!r}, {op.absent!r})")
    p.line(f"{name}, {there} = {reader}({block}, {at})")
    p.assign(op.out, Value(name, there if op.absent else "", False))


def _result(
    p: Printer, op: o.Unpack | o.Unzone | o.LoadText, name: str, there: str, refused: str, *, null: bool
) -> None:
    """Print what the disposition makes of the items that are refused; *null*: some may be absent."""
    if op.fail == "trap":
        p.line(f"x.fail_if({p.s}, {refused}, {there})")
    else:
        p.line(f"{there} = x.refused({p.s}, {refused}, {there}, {op.site})")
    p.assign(op.out, Value(name, there if null or op.fail == "null" else "", p.kind(op.out) == "i64"))


@prints(o.Unpack)
def _unpack(p: Printer, op: o.Unpack) -> None:
    block, at = p.at(op.at, op.size)
    name, there, refused = p.fresh("v"), p.fresh("g"), p.fresh("t")
    reader = p.constant("bcd", f"packed({op.size}, {op.digits}, {op.sign!r}, {op.missing_sign}, {op.absent!r})")
    p.line(f"{name}, {there}, {refused} = {reader}({block}, {at})")
    _result(p, op, name, there, refused, null=bool(op.absent))


@prints(o.Unzone)
def _unzone(p: Printer, op: o.Unzone) -> None:
    block, at = p.at(op.at, op.size)
    name, there, refused = p.fresh("v"), p.fresh("g"), p.fresh("t")
    made = (
        f"zoned({op.size}, {op.digits}, {op.scale}, {op.table!r}, {op.sign!r}, {op.lenient}, {op.anywhere}, {op.point},"
        f" {op.blank_zero}, {op.absent!r})"
    )
    p.line(f"{name}, {there}, {refused} = {p.constant('zone', made)}({block}, {at})")
    _result(p, op, name, there, refused, null=bool(op.absent) or (op.lenient and not op.blank_zero))


@prints(o.LoadText)
def _text(p: Printer, op: o.LoadText) -> None:
    if op.out.n in p.own:
        raise Unsupported("a text whose bytes are asked for as they were read")
    name, there, refused = p.fresh("v"), p.fresh("g"), p.fresh("t")
    if op.size == 0:
        p.line(f"{name} = constant('', {p.s}.n)")
        p.assign(op.out, Value(name))
        return
    arguments = f"charset({op.charset!r}), {op.trim!r}, {op.pad!r}, {op.undecodable!r}, {op.absent!r}"
    if isinstance(op.size, int):
        block, at = p.at(op.at, op.size)
        p.line(f"{name}, {there}, {refused} = {p.constant('text', f'text({arguments})')}({block}, {at}, {op.size})")
    else:
        sizes = _sizes(p, op.size)
        reader = p.constant("text", f"varying_text({arguments})")
        p.line(f"{name}, {there}, {refused} = {reader}({p.cursor.places}, {p.cursor.off + op.at}, {sizes})")
    _result(p, op, name, there, refused, null=bool(op.absent))


def _sizes(p: Printer, size: R) -> str:
    value = p.ready(size)
    if value.there:
        raise Unsupported("a text whose size may be null")
    return value.name


@prints(o.LoadBytes)
def _bytes(p: Printer, op: o.LoadBytes) -> None:
    name = p.fresh("v")
    if op.size == 0:
        p.line(f"{name} = constant('', {p.s}.n)")
    elif isinstance(op.size, int):
        block, at = p.at(op.at, op.size)
        p.line(f"{name} = binary({block}, {at}, {op.size}, {op.pad!r}, {op.hex})")
    else:
        sizes = _sizes(p, op.size)
        p.line(f"{name} = varying_binary({p.cursor.places}, {p.cursor.off + op.at}, {sizes}, {op.pad!r}, {op.hex})")
    p.assign(op.out, Value(name))


@prints(o.Expect)
def _expect(p: Printer, op: o.Expect) -> None:
    if not op.value:
        return
    block, at = p.at(op.at, len(op.value))
    refused = p.fresh("t")
    p.line(f"{refused} = differs({block}, {at}, {op.value!r})")
    if op.fail == "trap":
        p.line(f"x.fail_if({p.s}, {refused})")
    else:
        p.line(f"x.refused({p.s}, {refused}, None, {op.site})")


# --- registers -------------------------------------------------------------------------------------------------------


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
    if how == "float" and isinstance(op.a, R) and p.kind(op.a) in ("i64", "u64"):
        a = p.value(op.a)
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
    if op.how not in ("eq", "ne") or not isinstance(op.a, R) or not isinstance(op.b, R):
        raise Unsupported(f"text.let {op.how} has no lockstep form")
    a, name = p.value(op.a), p.fresh("v")
    literal = p.compared.get(op.b.n)
    b = Value(repr(literal)) if literal is not None else p.value(op.b)
    p.line(f"{name} = {'~' if op.how == 'ne' else ''}same({a.name}, {b.name})")
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


# --- structure -------------------------------------------------------------------------------------------------------


@prints(o.If)
def _if(p: Printer, op: o.If) -> None:
    if p.kind(op.test) in ("i128", "text"):
        raise Unsupported(f"if of {p.kind(op.test)}")
    value, test = p.value(op.test), p.fresh("t")
    p.line(f"{test} = both({value.name} != 0, {value.there or None})")
    then, other = p.fresh("s"), p.fresh("s")
    p.line(f"{then} = {p.s}.where({test})")
    p.line(f"{other} = {p.s}.where(~{test})")
    p.arms(op, [(then, op.then), (other, op.other)])


@prints(o.Switch)
def _switch(p: Printer, op: o.Switch) -> None:
    kind = p.kind(op.value)
    if kind not in ("i64", "u64"):
        raise Unsupported(f"switch of {kind}")
    value = p.value(op.value)
    low, high = (0, 1 << 64) if kind == "u64" else (-(1 << 63), 1 << 63)
    keys: dict[int, int] = {}
    for arm, (values, _) in enumerate(op.cases):
        for v in values:
            if low <= v < high:
                keys.setdefault(v, arm)
    ordered = sorted(keys)
    dtype = "np.uint64" if kind == "u64" else "np.int64"
    known = p.constant("keys", f"np.array({ordered!r}, {dtype})")
    arms = p.constant("arms", f"np.array({[keys[k] for k in ordered]!r}, np.uint16)")
    names = [p.fresh("s") for _ in range(len(op.cases) + 1)]
    p.line(
        f"{', '.join(names)}, = split({p.s}, {value.name}.astype({dtype}), {value.there or None}, {known}, {arms}, {len(names)})"
    )
    p.arms(op, list(zip(names, [*(body for _, body in op.cases), op.default], strict=True)))


@prints(o.Strip)
def _strip(p: Printer, op: o.Strip) -> None:
    p.block(op.body)


@prints(o.Repeat)
def _repeat(p: Printer, op: o.Repeat) -> None:
    stride = op.stride or advance(op.body)
    if op.level < 0 or stride is None:
        raise Unsupported("a repeat without a list, or whose elements have no common size")
    if op.level in p.levels or p.program.levels[op.level].parent != p.scope.level:
        raise Unsupported("a level that several repeats fill")
    if exposed(op.body, set()) & {r.n for inner in o.walk(op.body) for r in o.outputs(inner)}:
        raise Unsupported("a repeat whose elements depend on the ones before")
    p.levels.add(op.level)
    outer = p.times
    if isinstance(op.count, int):
        count = Value(str(max(op.count, 0)))
        if op.count > o.MOST:
            raise Unsupported("more elements than a batch holds")
        p.times = None if p.times is None else p.times * max(op.count, 0)
    else:
        count, p.times = p.ready(op.count), None
    name = p.fresh("s")
    p.line(f"{name} = x.elements({p.s}, {op.level}, {count.name}, {count.there or None})")
    with p.inside(name, level=op.level, element=(p.cursor.off, stride)) as scope:
        p.block(op.body)
    p.times = outer
    for n in scope.written:
        p.assign(R(n), Value(""))
    if isinstance(op.count, int):
        p.cursor.off += max(op.count, 0) * stride
    elif stride:
        far = p.fresh("v")
        by = f"np.maximum({count.name}, 0)"
        if count.there:
            by = f"np.where(everywhere({count.there}, {p.s}), {by}, 0)"
        p.line(f"{far} = {by} * {stride}")
        p.moved(Value(far))


def advance(body: Block) -> int | None:
    """How many bytes *body* moves the cursor, where that is the same for all items."""
    total = 0
    for op in body:
        moves: set[int | None] = {0}
        match op:
            case o.Skip(n=n):
                moves = {max(n, 0) if isinstance(n, int) else None}
            case o.If(then=then, other=other) | o.Reach(then=then, other=other):
                moves = {advance(then), advance(other)}
            case o.Switch(cases=cases, default=default):
                moves = {advance(b) for _, b in cases} | {advance(default)}
            case o.Repeat(count=count, stride=stride, body=inner):
                step = stride or advance(inner)
                moves = {
                    None
                    if step is None
                    else 0
                    if not step
                    else step * max(count, 0)
                    if isinstance(count, int)
                    else None
                }
            case o.Strip(body=inner):
                moves = {advance(inner)}
            case o.Within(n=n):
                moves = {max(n, 0) if isinstance(n, int) else None}
            case _:
                pass
        if len(moves) != 1 or None in moves:
            return None
        (move,) = moves
        total += move or 0
    return total


def exposed(body: Block, written: set[int]) -> set[int]:
    """The registers that *body* reads, on some path, before it has written them; *written* is extended by those written on every path."""
    found: set[int] = set()
    for op in body:
        found |= {r.n for r in o.inputs(op)} - written
        arms = list(o.blocks(op))
        if isinstance(op, o.If | o.Reach | o.Switch):
            ways = [set(written) for _ in arms]
            for arm, way in zip(arms, ways, strict=True):
                found |= exposed(arm, way)
            written |= set.intersection(*ways)
        else:
            for arm in arms:  # it may run not once
                found |= exposed(arm, set(written))
        written |= {r.n for r in o.outputs(op)}
    return found


# --- columns ---------------------------------------------------------------------------------------------------------


def _room_for(p: Printer, key: int, n: R | int) -> None:
    """Print, or note among the limits that hold for every tile, that *n* slots of level *key* (bytes of column −1 − *key*) are wanted."""
    if isinstance(n, int):
        if n > o.MOST:
            p.line(f"x.stop_if({p.s}, True)")
        elif p.times is None:
            p.line(f"x.room({p.s}, {key}, {max(n, 0)}, None)")
        else:
            p.limits[key] = p.limits.get(key, 0) + max(n, 0) * p.times
        return
    value = p.ready(n)
    p.line(f"x.room({p.s}, {key}, {value.name}, {value.there or None})")


@prints(o.Room)
def _room(p: Printer, op: o.Room) -> None:
    _room_for(p, op.level, op.n)


@prints(o.RoomData)
def _room_data(p: Printer, op: o.RoomData) -> None:
    _room_for(p, -1 - op.column, op.n)


@prints(o.Mark)
def _mark(p: Printer, op: o.Mark) -> None:
    p.line(f"x.mark({p.s}, {op.column}, None)")


_INTEGERS: Final = tuple(f"{s}{n}" for s in "iu" for n in (8, 16, 32, 64))


@prints(o.Put)
def _put(p: Printer, op: o.Put) -> None:
    c, kind = op.column, p.kind(op.a)
    column = p.program.columns[c]
    if column.level != p.scope.level:
        raise Unsupported("a put into another level's slot")
    value = p.value(op.a)
    name, there = value.name, value.there or None
    match column.storage, kind:
        case (("utf8" | "binary"), "text"):
            p.line(f"x.put_text({p.s}, {c}, {name}, {there})")
        case "none", _:
            p.line(f"x.mark({p.s}, {c}, {there})")
        case storage, ("i64" | "u64") if storage in _INTEGERS:
            _stored(p, op, name, there)
        case "bool", ("i64" | "u64"):
            _stored(p, op, f"{name} != 0", there)
        case "dec128", _:
            wide = name if kind == "i128" else f"widened({name}{'.astype(np.uint64)' if kind == 'u64' else ''})"
            wide = f"scaled({wide}, {op.scale})" if op.scale else wide
            p.line(f"x.put_wide({p.s}, {c}, {wide}, {there})")
        case (("f32" | "f64"), "f64"):
            _stored(p, op, name, there)
        case "f64", ("i64" | "u64"):
            _stored(p, op, f"to_float({name}{'.astype(np.uint64)' if kind == 'u64' else ''})", there)
        case storage, _:
            raise Unsupported(f"{kind} put into {storage}")


def _stored(p: Printer, op: o.Put, values: str, there: str | None) -> None:
    """Print the store of *values*; of a column that is never null, without validity."""
    if p.program.columns[op.column].certain and p.scope is p.root.scope:
        p.line(f"x.store({op.column}, {values})")
    else:
        p.line(f"x.put({p.s}, {op.column}, {values}, {there})")
